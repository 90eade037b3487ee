"""The signs of written mathematics, LaTeX commands and Unicode characters alike, under one canonical spelling each."""

from __future__ import annotations

from ...functions import FUNCTIONS

GREEK = frozenset([
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa",
    "varkappa", "lambda", "mu", "nu", "xi", "omicron", "pi", "varpi", "rho", "varrho", "sigma", "varsigma", "tau",
    "upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma",
    "Upsilon", "Phi", "Psi", "Omega", "ell", "hbar", "imath", "jmath",
])

# Spellings that stand for the plain letter where only that one is declared.
VARIANTS = {"varepsilon": "epsilon", "vartheta": "theta", "varkappa": "kappa", "varpi": "pi", "varrho": "rho",
            "varsigma": "sigma", "varphi": "phi", "imath": "i", "jmath": "j", "ell": "l"}
VARIANTS |= {plain: variant for variant, plain in VARIANTS.items() if plain in GREEK}
# What people type for a Greek letter, as programs do; either stands for the other where that alone is declared.
TYPED = {"epsilon": ("eps",), "varepsilon": ("eps",), "eps": ("epsilon", "varepsilon"), "lambda": ("lam", "lmbda"),
         "lam": ("lambda",), "lmbda": ("lambda",)}

UNICODE_WORDS = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta", "ι":
    "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho", "ς":
    "varsigma", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ":
    "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon", "Φ":
    "Phi", "Ψ": "Psi", "Ω": "Omega",
}
UNICODE_WORDS |= {"ϵ": "varepsilon", "ϑ": "vartheta", "ϕ": "varphi", "ϱ": "varrho", "ℓ": "ell", "µ": "mu", "∞": "infty",
                  "ı": "imath", "ȷ": "jmath"}

# Commands that read as a function or as another upright word.
LATEX_WORDS = frozenset([
    *(f.name for f in FUNCTIONS.values() if f.latex == "\\" + f.name), "ln", "lg", "cot", "sec", "csc", "coth",
    "max", "min", "sup", "inf", "arg", "det", "dim", "ker", "deg", "gcd", "Pr", "infty"])
# Those that LaTeX lacks, and people define.
WORD_COMMANDS = LATEX_WORDS | {"argmax", "argmin", "tr", "Tr", "diag", "rank", "sgn", "sign"}

# The real numbers as a pattern: signs that say nothing else, and the letter R, which says it before a power.
REALS_ALONE = (r"(?:\\mathbb\s*+(?:\{\s*+)?R\s*+\}?|\\(?:R|Reals?|reals?|RR|Re)\b|\\mathbf\s*+\{R\}|"
               r"\\math(?:cal|ds)\s*+\{?R\}?|ℝ)")
REALS = rf"(?:{REALS_ALONE}|\bR)"

OPERATORS = {
    "because": "because", "over": "over", "cr": "newline",
    "oplus": "oplus", "ominus": "ominus", "pm": "pm", "mp": "mp",
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=",
    "lt": "<", "gt": ">", "ll": "<<", "gg": ">>",
    "succ": ">>", "succeq": ">>", "succcurlyeq": ">>", "prec": "<<", "preceq": "<<", "preccurlyeq": "<<",
    "approx": "approx", "simeq": "approx", "cong": "approx", "equiv": "equiv", "sim": "sim", "propto": "propto",
    "coloneqq": ":=", "triangleq": ":=", "doteq": ":=",
    "to": "to", "rightarrow": "to", "longrightarrow": "to", "mapsto": "mapsto", "leftarrow": "gets", "gets": "gets",
    "longleftarrow": "gets", "Rightarrow": "implies", "implies": "implies", "Longrightarrow": "implies",
    "therefore": "implies", "Leftrightarrow": "iff", "iff": "iff", "Longleftrightarrow": "iff",
    "leftrightarrow": "iff", "in": "in", "notin": "notin", "ni": "ni", "subset": "subset", "subseteq": "subset",
    "mid": "|", "vert": "|", "lvert": "|", "rvert": "|", "|": "||", "Vert": "||", "lVert": "||", "rVert": "||",
    "parallel": "||", "lbrace": "\\{", "rbrace": "\\}", "{": "\\{", "}": "\\}", "lbrack": "[", "rbrack": "]",
    "lfloor": "lfloor", "rfloor": "rfloor", "lceil": "lceil", "rceil": "rceil", "langle": "langle", "rangle": "rangle",
    "top": "top", "intercal": "top", "dagger": "dagger", "prime": "'", "dots": "dots", "ldots": "dots", "cdots": "dots",
    "vdots": "dots", "ddots": "dots", "dotsc": "dots", "dotsb": "dots", "colon": ":", "land": "land", "wedge": "land",
    "lor": "lor", "vee": "lor", "neg": "neg", "forall": "forall", "exists": "exists", "setminus": "setminus",
    "backslash": "setminus", "cup": "cup", "cap": "cap", "emptyset": "emptyset", "&": "and", "#": "hash", "%": "percent",
    "_": "underscore", "square": "qed", "blacksquare": "qed", "Box": "qed", "qed": "qed",
}

UNICODE_OPERATORS = {
    "−": "-", "–": "-", "±": "pm", "≤": "<=", "⩽": "<=",
    "≥": ">=", "⩾": ">=",
    "≠": "!=", "≈": "approx", "≃": "approx", "≅": "approx", "≡": "equiv", "∼": "sim", "∝": "propto", "≔": ":=", "≜": ":=",
    "→": "to", "↦": "mapsto", "←": "gets", "⇒": "implies", "⟹": "implies", "∴": "implies", "⇔": "iff", "⟺": "iff",
    "∈": "in", "∉": "notin", "‖": "||", "∥": "||", "∣": "|", "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil",
    "⟨": "langle", "⟩": "rangle", "⊤": "top", "′": "'", "’": "'", "″": "''", "…": "dots", "⋯": "dots", "⋮": "dots",
    "⋱": "dots", "∀": "forall", "∧": "land", "∨": "lor", "∵": "because", "∎": "qed", "■": "qed", "□": "qed",
}

STRUCTURES = {"∂": "partial", "∇": "nabla", "∑": "sum", "∏": "prod", "∫": "int", "√": "sqrt"}
# Words of plain text for ∇, with the order of the derivative.
NABLA = {"grad": 1, "Grad": 1, "Hessian": 2, "hessian": 2, "Hess": 2, "hess": 2}
STRUCTURE_COMMANDS = frozenset([
    "frac", "dfrac", "tfrac", "cfrac", "sfrac", "sqrt", "sum", "prod", "int", "partial", "nabla", "binom", "lim",
    "underbrace", "overbrace", "substack", "pmod", "mod", "bmod",
])

# Notations of mathematics that are not read: what they are, and what says the same.
NOT_READ = {
    **dict.fromkeys(("binom", "choose"), ("a binomial coefficient", "write it as a quotient of products")),
    **dict.fromkeys(("bmod", "pmod", "mod", "\\%"), ("a remainder", r"write it as a - b \lfloor a/b \rfloor")),
    **dict.fromkeys(("impliedby", "Longleftarrow"), ("an arrow that points back", r"turn the line round, with \implies")),
    **dict.fromkeys(("documentclass", "usepackage", "section", "title", "maketitle", "includegraphics", "item"),
                    ("which belongs to a document", "one expression; a document as a whole is for verify, line by line")),
    "lim": ("a limit", "write the value that is approached"),
}

# Superscript and subscript characters, as what they raise or lower.
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵀᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴮᴰᴴᴷᴸᴹᴺᴾᴿ",
                        "0123456789+-()TabcdefghijklmnoprstuvwxyzBDHKLMNPR", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ᵢⱼₖₗₘₙₒₚₛₜₓₐₑᵣᵤᵥ", "0123456789+-()ijklmnopstxaeruv", strict=True))


def sizes_raised(text: str) -> str:
    """The sizes that stand raised behind the sign of the real numbers, in plain letters: m x n for ᵐˣⁿ."""
    return "".join(" x " if c == "ˣ" else SUPERSCRIPTS.get(c, c) for c in text)


ACCENTS = {"hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar",
           "dot": "dot", "ddot": "ddot", "vec": "vec", "overrightarrow": "vec", "check": "check", "breve": "breve",
           "acute": "acute", "grave": "grave", "mathring": "ring", "underline": "underline"}
# Behind a letter that is a name of its own with what stands below it: σ_i beside the function σ.
APART = "\u02c8"
COMBINING = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot", "\u0308": "ddot",
             "\u20d7": "vec", "\u030c": "check", "\u0301": "acute", "\u0300": "grave", "\u0306": "breve"}

FONTS = {"mathbf": "bold", "boldsymbol": "bold", "bm": "bold", "pmb": "bold", "textbf": "bold", "mathbb": "bb",
         "mathds": "bb", "mathcal": "cal", "mathscr": "cal", "mathfrak": "frak", "mathit": "", "mathsf": "sf",
         "mathtt": "tt", "mathnormal": "", "textit": "", "emph": "", "boxed": "", "fbox": "", "ensuremath": "",
         "cancel": "", "mathop": "", "mathrel": "", "mathbin": "", "mathord": "", "mathstrut": ""}
FONT_SWITCHES = {"bf": "bold", "bfseries": "bold", "it": "", "cal": "cal", "rm": "rm", "sf": "sf", "tt": "tt",
                 "mit": "", "frak": "frak", "Bbb": "bb"}
UPRIGHT = frozenset([
    "mathrm", "operatorname", "text", "textrm", "textnormal", "mbox", "hbox", "textsf", "texttt", "textup", "mathup",
    "DeclareMathOperator",
])

SPACES = frozenset([",", ";", ":", "!", " ", ">", "quad", "qquad", "enspace", "thinspace", "medspace", "thickspace",
                    "negthinspace", "displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle", "limits", "nolimits",
                    "nonumber", "notag", "noindent", "centering", "left", "right", "middle", "big", "Big", "bigg", "Bigg",
                    "bigl", "Bigl", "biggl", "Biggl", "bigr", "Bigr", "biggr", "Biggr", "bigm", "Bigm", "biggm", "Biggm",
                    "allowbreak", "protect", "relax", "strut", "hfill", "null", "par", "hline", "/"])
# Commands whose braced argument says nothing about the mathematics.
SKIPPED_WITH_ARGUMENT = frozenset([
    "label", "tag", "hspace", "vspace", "phantom", "hphantom", "vphantom", "color", "textcolor", "ref", "eqref", "cite",
    "footnote", "kern", "rule", "mskip",
])
# Commands that set their first argument over or under the second.
STACKED = frozenset(["overset", "stackrel", "underset"])
# Arrows and equals signs with words on them.
LABELLED = {"xrightarrow": "to", "xleftarrow": "gets", "xRightarrow": "implies", "xlongequal": "=", "xlongrightarrow": "to",
            "xequal": "="}
# Plain TeX's matrices, which take their rows in braces.
BRACED_MATRICES = {"matrix": "matrix", "pmatrix": "pmatrix", "bmatrix": "bmatrix"}
