"""A person's plain text as LaTeX: escaped, pure ASCII, with the $mathematics$ in it left alone."""

from __future__ import annotations

import re
import unicodedata

from ..visible import shown

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": "$<$", ">": "$>$", "|": "$|$", '"': "''",
}
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "ς": "varsigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "ϵ": "epsilon",
    "ϕ": "phi", "ϑ": "vartheta", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi",
    "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}
SYMBOLS = {
    "∂": "partial", "∇": "nabla", "∑": "sum", "∏": "prod", "∫": "int", "√": "surd", "∞": "infty", "⊤": "top",
    "⊥": "perp", "⊙": "odot", "⊘": "oslash", "⊗": "otimes", "⊕": "oplus", "∗": "ast", "⋆": "star", "⋅": "cdot", "·": "cdot",
    "×": "times", "÷": "div", "±": "pm", "≤": "le", "≥": "ge", "≠": "ne", "≈": "approx", "≡": "equiv", "∼": "sim",
    "∝": "propto", "∈": "in", "∉": "notin", "⊂": "subset", "⊆": "subseteq", "∪": "cup", "∩": "cap", "∀": "forall",
    "∃": "exists", "→": "to", "←": "leftarrow", "↦": "mapsto", "⇒": "Rightarrow", "⇔": "Leftrightarrow",
    "↔": "leftrightarrow", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil", "⟨": "langle", "⟩": "rangle",
    "‖": "|", "ℓ": "ell", "ℝ": "mathbb{R}", "ℕ": "mathbb{N}", "ℤ": "mathbb{Z}", "𝔼": "mathbb{E}", "¬": "neg",
    "∧": "wedge", "∨": "vee", "…": "ldots", "⋯": "cdots", "′": "prime", "″": "prime\\prime", "∘": "circ", "°": "circ",
}
PUNCTUATION = {
    "–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "„": ",,", "«": "``", "»": "''", "−": "$-$",
    "\u00a0": "~", "\u202f": "~", "\u2009": "~", "\u200b": "", "\ufeff": "", "ß": r"\ss{}", "æ": r"\ae{}",
    "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}", "å": r"\aa{}", "Å": r"\AA{}", "ł": r"\l{}", "Ł": r"\L{}", "œ": r"\oe{}",
    "Œ": r"\OE{}", "¿": "?`", "¡": "!`", "§": r"\S{}", "¶": r"\P{}", "©": r"\copyright{}", "ı": r"\i{}",
}
ACCENTS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
           "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c", "\u0328": "k"}

# The signs that latex_text writes as mathematics of their own, back to the character.
LONE_SIGNS = {"<": "<", ">": ">", "|": "|", "-": "−"} | {
    f"{{\\{name}}}": char for char, name in (SYMBOLS | GREEK).items() if char != "°"}


def latex_text(text: str) -> str:
    """Plain text as LaTeX text in ASCII; mathematics between single dollars is kept where it is well formed.

    A character that LaTeX has no name for is shown by its code, as [U+1F600], rather than lost or left to stop the
    typesetter.
    """
    return "".join(ascii_math(part) if math else latex_literal(part) for math, part in split_math(text))


def latex_literal(text: str) -> str:
    """Plain text as LaTeX text in ASCII, dollars included."""
    return "".join(map(_character, text))


def plain_text(text: str) -> str:
    """A title without the dollars around its mathematics, for places that show text only."""
    return "".join(part.strip("$") if math else part for math, part in split_math(text))


def split_math(text: str) -> list[tuple[bool, str]]:
    """Cut text at $…$: (is mathematics, part) pairs, the dollars kept.  A dollar without a partner is text."""
    parts: list[tuple[bool, str]] = []
    start = position = 0
    while (opening := text.find("$", position)) >= 0:
        closing = text.find("$", opening + 1)
        if closing < 0:
            break
        body = text[opening + 1:closing]
        # "$ 5 and $ 6" is money; so is anything that would not compile.
        if body and not body[0].isspace() and not body[-1].isspace() and balanced(body):
            parts += [(False, text[start:opening]), (True, text[opening:closing + 1])]
            start = position = closing + 1
        else:
            position = opening + 1
    parts.append((False, text[start:]))
    return [(math, part) for math, part in parts if part]


def balanced(latex: str) -> bool:
    """Whether braces match, no paragraph ends, and nothing is left open at the end."""
    depth, position = 0, 0
    if "\n\n" in latex:
        return False
    while position < len(latex):
        char = latex[position]
        if char == "\\":
            if position + 1 == len(latex):
                return False
            position += 1
        elif char == "%":
            return False
        else:
            depth += (char == "{") - (char == "}")
            if depth < 0:
                return False
        position += 1
    return depth == 0


def ascii_math(latex: str) -> str:
    """LaTeX mathematics with its Unicode letters and signs replaced by their commands."""
    return "".join(char if char.isascii() else _math_character(char) for char in latex)


def ascii_text(latex: str) -> str:
    """LaTeX text with its other letters and signs as ``latex_text`` writes them."""
    return "".join(char if char.isascii() else _character(char) for char in latex)


def _character(char: str) -> str:
    if char in SPECIAL:
        return SPECIAL[char]
    if char in "\n\t" or (char.isascii() and char.isprintable()):
        return char
    if char in PUNCTUATION:
        return PUNCTUATION[char]
    if (seen := shown(char)) != char:
        return seen
    math = _command(char)
    if math:
        return f"${math}$"
    parts = unicodedata.normalize("NFD", char)
    if len(parts) == 2 and parts[0].isascii() and parts[1] in ACCENTS:
        return f"\\{ACCENTS[parts[1]]}{{{parts[0]}}}"
    return f"[U+{ord(char):04X}]"


def _command(char: str) -> str | None:
    name = GREEK.get(char) or SYMBOLS.get(char)
    if name:
        return f"{{\\{name}}}"
    form = unicodedata.decomposition(char)
    if form.startswith(("<super>", "<sub>")):
        kind, *codes = form.split()
        inner = "".join(chr(int(code, 16)) for code in codes).replace("−", "-")
        if inner.isascii():
            return f"{{}}{'^' if kind == '<super>' else '_'}{{{inner}}}"
    if char in "ᵀᵗ":
        return "{}^{T}"
    if form.startswith("<font>"):
        letter = chr(int(form.split()[1], 16))
        return letter if letter.isascii() else _command(letter)
    return None


def _math_character(char: str) -> str:
    if char == "−":
        return "-"
    name = GREEK.get(char) or SYMBOLS.get(char)
    if name:
        return f"\\{name} "
    command = _command(char)
    if command:
        return command.removeprefix("{}")
    return rf"\text{{{_character(char)}}}"


def underscored(words: str) -> str:
    """A reason in which an underscore outside mathematics, as in the name of an operator, is a character."""
    return re.sub(r"(\$[^$]*\$)|(?<!\\)_", lambda match: match[1] or r"\_", words)
