"""Files of derivations: their items, how they are run and kept, the book, certificates, and pytest's items."""
