"""From a person's text, LaTeX or plain, to expressions, with the declarations that give the names their meaning."""
