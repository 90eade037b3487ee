"""Shapes that sentences say, with or without marks of mathematics: "`W1` is D×H", "$b$ is $(H,)$", "X: input, shape (N, D)".

Programs have taught people to say shapes as NumPy prints them, beside names in code.  What stands between a name and its
shape is a word or two; a product of sizes, a list of sizes in brackets with a comma, or a word such as "shape" tells that
it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..syntax.spellings import GREEK
from ..syntax.tokens import Macro
from .told import Told, in_formula, names_of, properties_said, sizes_of

_OPEN, _CLOSE = r"(?:\*\*|[$`*]|\\\()?", r"(?:\*\*|[$`*]|\\\))?"
_SCRIPTED = r"(?:_\{?\w{1,6}\}?|\^\{?[(\[]?\w{1,3}[)\]]?\}?|\d{1,2})?"
_NAME = rf"(?:\\(?:mathbf|bm|boldsymbol)\s*\{{?[A-Za-z]\}}?|" \
    rf"\\?(?:{'|'.join(sorted(GREEK))})(?![A-Za-z])|[A-Za-zα-ωΑ-Ω]){_SCRIPTED}"
_CODE = r"(?<=`)[A-Za-z_]\w{0,15}(?=`)"
_NAMED = rf"{_OPEN}(?:{_CODE}|{_NAME}){_CLOSE}"
_NAMES = rf"(?P<names>{_NAMED}(?:\s*(?:,|,?\s+and|&)\s*{_NAMED}){{0,7}}+)"
_SIZE = r"(?:(?!\\(?:math|text|bm|bold|vec|hat|bar|tilde))\\?[A-Za-z]\w{0,7}(?:_\{\w{1,5}\})?|\d+|\?)"
_TIMES = r"\s*(?:\\times\b|×|\bx\b|\bby\b|\*)\s*"
_BARE_PRODUCT = rf"{_SIZE}(?:{_TIMES}{_SIZE}){{1,5}}"
_PRODUCT = rf"(?:\(\s*{_BARE_PRODUCT}\s*\)|{_BARE_PRODUCT})"
_LISTED = rf"[(\[]\s*{_SIZE}\s*,\s*(?:{_SIZE}(?:\s*,\s*{_SIZE}){{0,5}}\s*,?)?\s*[)\]]"
_WORDS = r"(?:(?:an?|the|our)\s+)?(?:[A-Za-z-]+\s+){0,3}?"
_SHAPE = rf"{_OPEN}(?P<shape>{_PRODUCT}|{_LISTED}){_CLOSE}"
_SAID_SHAPE = r"(?:with|has|have|of|,|in)?\s*(?:the\s+)?\(?(?:shape|size|dimensions?)\s*(?:of|is|are|=|==|:)?\s*"
_LINKS = (
    # X is N×D; W1 is the weight matrix of shape (D, H); b1 has shape (H,)
    rf"\s+(?:is|are|be|being)\s+{_WORDS}(?:(?:[A-Za-z-]{{2,20}},\s*)?{_SAID_SHAPE})?",
    rf"(?:\.shape)?\s*{_SAID_SHAPE}",
    r"\.shape\s*(?:is|=|==|:)\s*",
    # X: input data, shape (N, D); | `X` | (N, D) |; W1 (D×H); W1 - D×H
    rf"\s*(?::|\||–|—|\s-\s|→|->)\s*{_WORDS}(?:[^.;\n|$`]{{0,40}}?{_SAID_SHAPE})?",
    r"\s*(?=\()",
    # y one-hot (N, C)
    r"\s+one-hot\s*(?=\()",
    # Y one-hot: (n, k)
    r"\s+(?:[a-z-]{2,12}\s+){0,2}[a-z-]{2,12}\s*:\s*",
    # Y one-hot, shape (n, k)
    rf"\s+(?:[a-z-]{{2,12}}\s+){{0,2}}[a-z-]{{2,12}}\s*{_SAID_SHAPE}",
)
# Between words stands a blank or two: a run of many would be tried in every way to share it.
_STATEMENT = re.compile(re.sub(r"\\s([*+])", lambda m: r"\s{0,3}" if m[1] == "*" else r"\s{1,3}",
                               rf"(?<![\w\\^_{{`'.]){_NAMES}(?:{'|'.join(_LINKS)}){_SHAPE}(?=(?P<behind>[^.;,\n$`|]{{0,40}}))"))
_IN_SPACE = re.compile(rf"(?<![\w\\^_{{`'.$])(?P<names>{_NAME}(?:,? {{0,2}}(?:and )?{_NAME}){{0,5}}) {{1,3}}"
                       r"\(?(?:(?:is|are|be|lies?|lives?|both|all|also) ){0,3}(?:(?:an? )?(?:vector|matri)\w* )?"
                       r"(?:in|∈) (?:R|ℝ)\^(?P<sizes>\w{1,3}\b|[({][\w x×,]{1,20}[)}])")
# gamma in [0, 1), and 0 < beta < 1
_IN_INTERVAL = re.compile(rf"(?<![\w\\^_{{`'.$]){_NAME}(?: {{0,2}}, {{0,2}}{_NAME}){{0,3}} {{1,3}}"
                          r"(?:in|∈) [(\[] ?-?[\w.]+ ?, ?\w[\w.]* ?[)\]]|"
                          r"(?<![\w.\\^_+*/=<≤-])(?<![+*/=<≤-] )-?\d[\d.]* ?"
                          rf"(?:<|<=|≤) ?{_NAME} ?(?:<|<=|≤) ?\d[\d.]*(?![\w*^/(])")
_FORMULA_BEFORE = re.compile(r"(?:[-+*/=^·@−]|(?:^|[\s(=+*/-])(?!a\b)[A-Za-z]\d?)\s{0,3}\Z")
_SIGN_BEFORE = re.compile(r"(?<=[^\s*-])[ \t]{0,3}[-+*/=^·]\s{0,3}\Z")
# (D,), and beside code "Q, K and V are all (T, d)"
_AS_NUMPY, _SAYS_WHAT = re.compile(r"[A-Za-z]\w*\s*,\s*[)\]]$"), re.compile(r"\s+(?:is|are)\b|\s+one-hot\b")
_SHAPE_WORD = re.compile(r"shape|size|dimension", re.IGNORECASE)
# let X be (n, d)
_SUPPOSED = re.compile(r"\bbe\b.*[A-Za-z]")
_BRACKETED_NAMES = re.compile(rf"[(\[]\s*\\?[A-Za-z]\w*(?:\s*,\s*{_SIZE})*\s*,?\s*[)\]]$")
# "a (3×4) grid" names nothing.
_ARTICLES = frozenset(("a", "I", "A"))


def shapes_in(text: str, start: int, end: int, macros: Mapping[str, Macro]) -> Iterator[Told]:
    """What a stretch of sentences says of shapes: names with their sizes, as written."""
    statements = list(_STATEMENT.finditer(text, start, end))
    # "Let Q be (T, d), K be (T, d)": brackets of names behind several names are shapes.
    bracketed = [each["shape"] for each in statements if _BRACKETED_NAMES.match(each["shape"])]
    several = len({*bracketed}) > 1 or len(bracketed) > 2
    fenced = "```" in text
    for found in statements:
        listed = found["shape"].startswith(("(", "[")) and "," in found["shape"]
        between = text[found.end("names"):found.start("shape")]
        bare = not re.search(r"[$`]|\\\(", found["names"])
        said_so = _SHAPE_WORD.search(between) or _SUPPOSED.search(between + found["shape"]) \
            or _AS_NUMPY.search(found["shape"]) or (fenced and _SAYS_WHAT.match(between))
        if listed and not said_so and not several and (bare or not _capitals_or_said(found, text)):
            continue  # f(x, y) and "x is (1, 2)" are no shapes
        if bare and found["names"].strip() in _ARTICLES and not between.strip():
            continue
        sizes = _sizes(found["shape"])
        names = re.sub(r"[$`*]|\\[()]", "", found["names"])
        said = properties_said(f"{between} {found['behind']}".lower())
        # The e of "$y = Xw + e$, $X$ is n x p" ends a formula.
        of_formula = "$" in found["names"] and _SIGN_BEFORE.search(text, max(start, found.start() - 8), found.start())
        for each in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*", names)[1 if of_formula else 0:]:
            for pattern in names_of(each, macros):
                yield Told(pattern, found.start(), len(sizes), sizes, said)


def spaces_in(text: str, start: int, end: int, macros: Mapping[str, Macro]) -> Iterator[Told]:
    """What sentences without marks of mathematics say of spaces: "features x_i in R^p", "x_i (vectors in R^p)"."""
    for found in _IN_SPACE.finditer(text, start, end):
        sizes = sizes_of(found["sizes"].strip("{}() "))
        # "r(x) = A x - b, A in R^{m x n}": the b ends the formula before.
        of_formula = _FORMULA_BEFORE.search(text, max(start, found.start() - 20), found.start())
        for each in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", found["names"])[1 if of_formula else 0:]:
            for pattern in names_of(each, macros):
                yield Told(pattern, found.start(), len(sizes), sizes)
    for found in _IN_INTERVAL.finditer(text, start, end):
        yield from in_formula(re.sub(r" in (?=[(\[])", " ∈ ", found[0]), found.start(), macros)


def _capitals_or_said(found: re.Match[str], text: str) -> bool:
    """Whether (N, D) is a shape by its capitals, or by what its line begins with: "Shapes: $x$ is (n,)"."""
    line = text[text.rfind("\n", 0, found.start()) + 1:found.start()]
    return bool(_SHAPE_WORD.search(line)) or all(re.match(r"\\?[A-Z]", size) for size in _sizes(found["shape"]))


def _sizes(shape: str) -> tuple[str, ...]:
    return sizes_of(re.sub(r"\bby\b", "×", shape.strip("()[] ")))
