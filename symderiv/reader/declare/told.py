"""What a text itself says of its names: ``W \\in \\mathbb{R}^{m \\times n}``, "a symmetric matrix A", "y is one-hot".

Mathematics in sentences is replaced by marks, so that the words around it can be read; what is said becomes ``Told``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...arrays.arrays import PROPERTIES, SQUARE
from ...errors import SymderivError
from ..syntax.connectives import connectives
from ..syntax.names import split_items
from ..syntax.spellings import REALS, SUPERSCRIPTS, sizes_raised
from ..syntax.tokens import Macro, SourceText, tokenize
from .context import Pattern
from .function_names import canonical, known
from .statements import called_head, head

ONE_HOT = next(name for name in PROPERTIES if name.startswith("one"))
UNIT = "of length 1"
COLUMNS = "columns that sum to 1"
SCALAR, FUNCTION, LABEL, LETTER, MAP = "scalar", "function", "label", "index", "map"


@dataclass(frozen=True)
class Told:
    """Something said of one name.

    rank        number of axes, where it is said;  sizes  what they are, as written, where that is said
    properties  such as "symmetric";  meaning  "scalar", "function", "label", "index", "map" of vectors (with the sizes of
                what it takes and gives), or the name of a known function
    depends     what a quantity is said to be a function of;  below  how many of its axes are letters below it, as in x_i
    values      the values that it takes, as a set;  between  the relations in which it stands to the ends of an interval,
                ("",) where several intervals are said
    supposed    whether it is said with "if", for what stands near
    """

    pattern: Pattern
    offset: int
    rank: int | None = None
    sizes: tuple[str, ...] = ()
    properties: frozenset[str] = frozenset()
    meaning: str = ""
    values: str = ""
    between: tuple[str, ...] = ()
    supposed: bool = False
    depends: tuple[str, ...] = ()
    below: int = 0


@dataclass(frozen=True)
class Mathematics:
    """A stretch of mathematics in a text; ``display`` where it stands apart."""

    start: int
    end: int
    text: str
    display: bool = False


# ------------------------------------------------------------------ in formulas

_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
# h = \tanh
NAMED_FUNCTION = re.compile(r"\s{0,3}(?P<name>\\?[A-Za-z]{1,8})\s{0,3}:?=\s{0,3}"
                            r"\\(?:(?:mathrm|operatorname|text)\s?\{\s?)?"
                            r"(?P<function>tanh|sin|cos|exp|log|arctan|sigmoid|[Rr]e[Ll][Uu]|softplus)\s?\}?[\s.,;]{0,4}\Z")
RESTATED = re.compile(r"^\s*(?P<name>[^=():]{1,30}?)\s*(?:=|\\equiv|:=)\s*(?P=name)\s*(?:\\left\s*)?\((?P<of>[^()=]{1,30})\)"
                      r"(?=\s*(?:\\in\b|∈|[.,;]|$))")
ENTRIES_LISTED = re.compile(r"^(?P<name>[^=()]{1,20}?)\s*=\s*[(\[]\s*(?P<entry>[^,=()]{1,20}?)\s*_\s*\{?1\}?\s*,"
                             r"[^()\[\]=]{0,60}?"
                             r"(?:\\[lc]?dots[co]?|\.\.\.|…|\\ldots)\s*,\s*(?P=entry)\s*_\s*\{?\s*(?P<last>\w)\s*\}?\s*[)\]]"
                             r"\s*(?:\^\s*\{?\s*(?:\\top|T|\\intercal)\s*\}?)?\s*(?:\\in\b.*|∈.*)?$")
# diag(\lambda_1, ..., \lambda_n)
_DIAGONAL = re.compile(r"diag\s?\}?\s?(?:\\left\s?)?\(\s?(?P<entry>\\?[A-Za-z]{1,9})\s?_\s?\{?1\}?\s?,[^()=]{0,40}"
                       r"(?:\\[lc]?dots|\.\.\.|…)\s?,\s?(?P=entry)\s?_\s?\{?\s?(?P<last>[A-Za-z])\s?\}?\s?(?:\\right\s?)?\)")
_SPACE = re.compile(rf"(?:\\in\b|∈)\s*{REALS}(?:\s*_\s*(?:\{{?\s*[+]{{1,2}}\s*\}}?|\{{?>0\}}?))?"
                    rf"\s*(?:\^\s*({_BRACES}|\\?[A-Za-z]+|\d+|\([^()]*\)))?")
# Arrays whose entries are of a set of numbers or of an interval: {0, 1}^{N x C}, [0, 1]^n.
_CHOSEN_SPACE = re.compile(r"(?:\\in\b|∈)\s*(?:\\left\s*)?(?:\\?\{([-+\d.,\s]+|\s*\\pm\s*1\s*)(?:\\right\s*)?\\?\}|"
    r"[(\[]\s*[-\d.]+\s*,\s*(?:[\d.]+|\\infty)\s*(?:\\right\s*)?[)\]])"
                           rf"\s*\^\s*({_BRACES}|[A-Za-z]|\d+)")
_MAPS = re.compile(rf"^(.+?)\s*(?::|\\colon)\s*{REALS}\s*(?:\^\s*({_BRACES}|\w))?\s*(?:\\(?:right)?(?:arrow|to|"
    rf"mapsto)|\\to|→)\s*"
                   rf"{REALS}\s*(?:\^\s*({_BRACES}|\w))?\s*$")
_SET = re.compile(r"(?:\\in\b|∈)\s*(?:\\left\s*)?\\?\{(.*?)(?:\\right\s*)?\\?\}\s*\.?\s*$", re.DOTALL)
_END = r"-?\s*(?:\d+(?:\.\d+)?(?:\s*\\?(?:pi(?![A-Za-z])|π))?|\.\d+|\\pi(?![A-Za-z])|π|\\infty(?![A-Za-z])|∞)"
_INTERVAL = re.compile(rf"(?:\\in\b|∈|\bin\b)\s*(?:\\left\s*)?(?P<opens>[(\[\]])\s*(?P<low>{_END})\s*,\s*(?P<high>\+?{_END})"
                       r"\s*(?:\\right\s*)?(?P<closes>[)\]\[])")
_AT_MOST = r"<=|≤|\\leq?(?:slant)?(?![A-Za-z])|<|\\lt(?![A-Za-z])"
_PI = re.compile(r"(\d*)\\?(?:pi|π)")
# 0 < a < 1
_BETWEEN = re.compile(rf"^(?P<low>{_END})\s*(?P<opens>{_AT_MOST})\s*(?P<name>[^<>≤≥=]{{1,40}}?)\s*(?P<closes>{_AT_MOST})"
                      rf"\s*(?P<high>{_END})\s*$")
_SIGNED = re.compile(r"^(.{1,40}?)\s*(?:>|\\gt\b)\s*0\s*$")
_NOT_NEGATIVE = re.compile(r"^(.{1,40}?)\s*(?:\\geq?(?:slant)?\b|>=|≥)\s*0\s*$")
_RUN = re.compile(r"^([A-Za-z])\s*(?:=|\\in\b|∈)\s*\\?\{?\s*(0|1)\s*"
                  r"(?:\.\.|,\s*(?:(?:1|2)\s*,\s*)?(?:\\[lc]?dots[co]?|\.\.\.|…|\\ldots))\s*,?\s*"
                  r"([A-Za-z0-9_{}\\ ^+-]+?)\s*\\?\}?$")
_FAMILY = re.compile(r"\}\s*_\s*\{\s*([a-z])\s*=\s*(0|1)\s*\}\s*\^\s*\{?\s*(\w+)\s*\}?")
NORMAL_LAW = re.compile(r"(?:\\(?:mathcal|mathrm|operatorname)\s*\{?\s*|\b)N(?:ormal)?\s*\}?\s*\(\s*"
                     r"(?:[^,()]{1,40}[;|]|[^,()]*\\mid)?(?P<centre>[^,()|;]{1,40}),"
                     r"\s*(?P<covariance>[^,()]{1,40}?(?:\([^,()]{1,20}\))?)\s*\)")
# epsilon ~, and the I or I_n that ends a covariance
_DRAWN = re.compile(r"([^\s,;()=|]{1,30})\s{0,3}(?:(?:\||\\mid(?![a-z]))[^,;()=]{1,30})?(?:\\sim(?![a-z])|∼|~)\s{0,3}\Z")
_OF_IDENTITY = re.compile(r"(?:(?<![A-Za-z])|\\math\w{1,3}\s?\{?)I(?:_\{?\w{1,3}\}?)?\}?\s{0,3}\Z")
# the deviation of σ², σ²I and diag(σ²)
_SQUARED = re.compile(r"\A(?:\\(?:math\w{1,3}|operatorname|text)\s?\{\s?diag\s?\}\s?\(?\s?)?"
                      r"(\\?[A-Za-z]{1,8}(?:_(?:\w|\{\w{1,9}\}))?)\s?\^\s?\{?2\}?|"
                      r"\A(\\?[A-Za-z]{1,8})\s?\^\s?\{?2\}?_(?:\w|\{\w{1,9}\})")
_SPACING = re.compile(r"\\(?:quad|qquad|,|;|:|!|displaystyle|textstyle|left|right)(?![A-Za-z])|\\label\{[^{}]*\}|~")
_TURNED = r"\s*\^\s*\{?\s*(?:\\top|T|\\intercal|\\mathsf\s*\{?T\}?|\\mathrm\s*\{?T\}?)\s*\}?"
_SELF_TRANSPOSED = re.compile(rf"^\s*([A-Za-z]|\\(?:mathbf|bm|boldsymbol)\s*\{{?\w\}}?|\\[A-Z][a-z]+)"
                              rf"(?:\s*=\s*\1{_TURNED}|{_TURNED}\s*=\s*\1)\s*$")
_DEFINITE = re.compile(r"^(.{1,30}?)\s*(?:=\s*(?P<same>[^=]{1,30})\s*)?(?:\\succ(?P<eq>eq)?(?![A-Za-z])|≻|(?P<or_equal>⪰))"
                       r"\s*(?:0|\\mathbf\s*\{?0\}?)\s*$")
# Sⁿ and Sⁿ₊₊, the symmetric and the positive definite matrices.
_SYMMETRIC_SPACE = re.compile(r"(?:\\in\b|∈)\s*\\(?:mathbb|mathcal|mathbf|mathrm)\s*\{?\s*S(?:ym)?\s*\}?\s*"
                              r"(?=(?:\s*_\s*\{?\+{1,2}\}?)?\s*\^\s*\{?(?P<size>[A-Za-z0-9]+)\}?)(?P<scripts>[\s_^{}+\w]*)$")
_TOTAL = re.compile(r"^\\sum\s*(?:\\limits\s*)?(?:[_^]\s*(?:\{[^{}]*\}|\\?\w)\s*){0,2}([^=+]{1,30}?)\s*=\s*1\s*$")
_SHAPED = re.compile(r"^(.{1,40}?)\s*(?::|\\colon)\s*\(?\s*([^()]+?(?:\\times|×)[^()]+?)\)?\s*$")
_TIMES = re.compile(r"\\times|×|(?<=[\s\w])\s+x\s+(?=\w)|,|\\cdot\b|\*")
_DOTS = re.compile(r"\\[lcd]?dots[bcmio]?\b|\.\.\.|…|\\ldots")


def names_of(text: str, macros: Mapping[str, Macro]) -> list[Pattern]:
    """The names that stand in a list, such as ``W_1, b_1``; none where it is no list of names."""
    text = text.strip().strip(".,;: ").rstrip("\\ ")
    if not text or len(text) > 200:
        return []
    try:
        source = SourceText(text)
        tokens = [x for x in tokenize(source, 0, None, macros)[:-1] if x.key != "align"]
    except SymderivError:
        return []
    found: list[Pattern] = []
    for item in split_items(tokens):
        if len(item) == 1 and item[0].key == "dots":
            continue
        pattern = head(item)
        if pattern is None:
            called = called_head(item)
            pattern = called[0] if called is not None else None
        if pattern is None or len(pattern.base) != 1 or not _is_name(pattern):
            return []
        found.append(pattern)
    return found


def _depended_on(text: str, macros: Mapping[str, Macro]) -> Iterator[str]:
    """The names that something is said to be a function of: of y_1, ..., y_m it is y."""
    listed = _DOTS.search(text) is not None
    yield from ((replace(p, subs=()) if listed else p).text for p in names_of(text, macros))


_DOTS = re.compile(r"\\[lc]?dots|\.\.\.|…")


def _is_name(pattern: Pattern) -> bool:
    """Whether a pattern is a name and no word, no run of letters and no product such as w^Tw."""
    turned = pattern.sups and re.fullmatch(r"top|-?1|T[A-Za-z]{0,3}", pattern.sups[-1])
    return not (turned and pattern.sups[0] not in ("(", "[", "{"))


def sizes_of(text: str) -> tuple[str, ...]:
    """``m \\times n`` as sizes; n x 1 is the vector that people mean by it."""
    text = text.strip().removeprefix("{").removesuffix("}").removeprefix("(").removesuffix(")").strip()
    parts = [part.strip() for part in _TIMES.split(text) if part.strip()]
    return tuple(parts[:-1]) if len(parts) == 2 and parts[1] == "1" else tuple(parts)


def in_formula(text: str, offset: int, macros: Mapping[str, Macro]) -> Iterator[Told]:
    """What one formula, or one part of it between commas, says of names."""
    text = _RAISED.sub(_power_of_reals, _SPACING.sub(" ", text).strip().rstrip(".,; "))
    yield from _anywhere(text, offset, macros)
    restated = RESTATED.match(text)
    if restated:
        # K = K(theta) says what K depends on.
        of = tuple(each.text for each in names_of(restated["of"], macros))
        yield from (Told(each, offset, depends=of) for each in names_of(restated["name"], macros) if of)
        text = restated["name"] + text[restated.end():]
    named = NAMED_FUNCTION.match(text)
    if named and known(canonical(named["function"])):
        yield from (Told(each, offset, meaning=canonical(named["function"])) for each in names_of(named["name"], macros))
        return
    listed = ENTRIES_LISTED.match(text)
    if listed:
        # p = (p_1, ..., p_n)
        yield from (Told(each, offset, 1, (listed["last"],)) for each in names_of(listed["name"], macros))
        return  # where the entry is another's, it is a definition: s = (σ_1, ..., σ_n)
    maps = _MAPS.match(text)
    if maps:
        for pattern in names_of(maps.group(1), macros):
            if maps.group(2) is None and maps.group(3) is None:
                yield Told(pattern, offset, meaning=FUNCTION)
            elif maps.group(2) is not None:
                spaces = [sizes_of(each.strip("{}")) for each in maps.groups()[1:] if each is not None]
                if all(len(each) == 1 for each in spaces):
                    yield Told(pattern, offset, meaning=MAP, sizes=tuple(size for (size,) in spaces))
        return
    position = 0
    for space in _SPACE.finditer(text):
        before = text[position:space.start()]
        defined = _DEFINED.match(before)  # h of h = tanh(W x) in R^m
        names = defined["name"] if defined else re.split(
            r"\\(?:text|mathrm)\s*\{[^{}]*\}|\\(?:quad|qquad)\b|;", before)[-1]
        position = space.end()
        turned = _SELF_TRANSPOSED.match(names)
        if turned:
            yield from in_formula(names, offset, macros)
        yield from _of_space(turned.group(1) if turned else names, space, offset, macros)
    for chosen in _CHOSEN_SPACE.finditer(text):
        names, position = text[position:chosen.start()], chosen.end()
        for pattern in names_of(names, macros):
            sizes = sizes_of(chosen.group(2))
            yield Told(pattern, offset, len(sizes), sizes, values=_listed(chosen.group(1) or ""))
    if position:
        return
    run = _RUN.match(text)
    if run:
        yield Told(Pattern((run.group(1),)), offset, meaning=LETTER, sizes=(run.group(3).strip(),), values=run.group(2))
        return
    yield from _of_relation(text, offset, macros)


# ℝⁿ and ℝᵐˣⁿ
_RAISED = re.compile(rf"({REALS})\s?([{''.join(SUPERSCRIPTS)}×]+)")


def _power_of_reals(found: re.Match[str]) -> str:
    return f"{found[1]}^{{{sizes_raised(found[2])}}}"


def _anywhere(text: str, offset: int, macros: Mapping[str, Macro]) -> Iterator[Told]:
    """What parts of a formula say wherever they stand: families, listed diagonals, normal laws."""
    for index in _FAMILY.finditer(text):
        yield Told(Pattern((index.group(1),)), offset, meaning=LETTER, sizes=(index.group(3),), values=index.group(2))
    for diagonal in _DIAGONAL.finditer(text):
        yield from (Told(each, offset, 1, (diagonal["last"],)) for each in names_of(diagonal["entry"], macros))
    for law in NORMAL_LAW.finditer(text):
        # The second parameter of a normal law is its covariance, if it is a matrix by its letter, or a multiple of I.
        matrices = [each for each in names_of(law["covariance"], macros)
                    if each.base[0][:1].isupper() and not each.sups and each.base[0] != "I"]
        yield from (Told(each, offset, 2, properties=frozenset(["positive_definite"])) for each in matrices)
        yield from (Told(each, offset, 1) for each in (names_of(law["centre"], macros) if matrices else ())
                    if not each.base[0][:1].isupper())
        deviation = _SQUARED.search(law["covariance"]) if not matrices else None
        yield from (Told(each, offset, properties=frozenset(["positive"]))
                    for each in (names_of(deviation[1] or deviation[2], macros) if deviation else ()))
        spread = _OF_IDENTITY.search(law["covariance"]) is not None
        if not matrices and (spread or re.fullmatch(r"[^(){}]{1,20}(?:\^\{?2\}?)?", law["covariance"])):
            yield from (Told(each, offset, 1 if spread else None, meaning="" if spread else SCALAR)
                        for each in names_of(law["centre"], macros) if not (spread and each.base[0][:1].isupper()))
        drawn = _DRAWN.search(text, 0, law.start()) if matrices or spread else None
        yield from (Told(each, offset, 1) for each in (names_of(drawn[1], macros) if drawn else ())
                    if not each.base[0][:1].isupper())


def _before_space(text: str) -> str:
    """What is said to lie in a space, or K of K = K(theta)."""
    restated = RESTATED.match(text)
    if restated:
        return restated["name"]
    found = _SPACE.search(text) or _CHOSEN_SPACE.search(text)
    return text[:found.start()] if found else text


_DEFINED = re.compile(r"(?P<name>[^=,:]{1,40}?)\s*:?=[^=]+\Z")


def _of_space(names: str, space: re.Match[str], offset: int, macros: Mapping[str, Macro]) -> Iterator[Told]:
    listed = names_of(names, macros)
    sizes = sizes_of(space.group(1)) if space.group(1) else ()
    family = bool(_DOTS.search(names)) and len(listed) >= 2
    for pattern in listed[-1:] if family else listed:
        if family and pattern.subs:
            # x_1, ..., x_n are one name with an index that runs to n.
            last = "".join(pattern.subs[-1])
            yield Told(Pattern(pattern.base, font=pattern.font), offset, len(sizes) + 1, (last, *sizes))
        elif family and pattern.sups[:1] == ("(",):
            yield Told(Pattern(pattern.base, (), ("(", "i", ")"), 0, pattern.font), offset, len(sizes), sizes,
                       meaning="" if sizes else SCALAR, values=f"i=1..{''.join(pattern.sups[1:-1])}")
        else:
            yield Told(pattern, offset, len(sizes), sizes, meaning="" if sizes else SCALAR)


def _of_relation(text: str, offset: int, macros: Mapping[str, Macro]) -> Iterator[Told]:
    for rule, positive in ((_SIGNED, True), (_NOT_NEGATIVE, False)):
        found = rule.match(text)
        if found:
            # f''(x) > 0 is claimed of a derivative.
            for pattern in (p for p in names_of(found.group(1), macros) if not (p.primes and "(" in found.group(1))):
                yield Told(pattern, offset, properties=frozenset(["positive"] if positive else []), meaning=SCALAR)
            return
    chosen = _SET.search(text)
    if chosen:
        yield from _of_set(names_of(text[:chosen.start()], macros), chosen.group(1), offset)
        return
    interval = _INTERVAL.search(text) or _BETWEEN.match(text)
    if interval:
        names, ends = interval["name"] if interval.re is _BETWEEN else text[:interval.start()], _ends(interval)
        above_zero = frozenset(["positive"] if ends[:1] == ("> 0",) else [])
        for pattern in names_of(names, macros):
            yield Told(pattern, offset, properties=above_zero, meaning=SCALAR, between=ends[len(above_zero):])
        return
    said = _of_sign(text)
    if said is not None:
        name, sizes, held = said
        yield from (Told(pattern, offset, 2, sizes, frozenset([held])) for pattern in names_of(name, macros))
        return
    found = _TOTAL.match(text)
    if found:
        for pattern in names_of(found.group(1), macros):
            yield Told(pattern, offset, properties=frozenset(["sums_to_one"] if pattern.subs else []))
        return
    found = _SHAPED.match(text)
    if found:
        sizes = sizes_of(found.group(2))
        for pattern in names_of(found.group(1), macros):
            yield Told(pattern, offset, len(sizes), sizes)


def _ends(interval: re.Match[str]) -> tuple[str, ...]:
    """The relations to the ends of an interval, as in ("> 0", "<= 1"); an end at infinity is none."""
    low, high = (_PI.sub(lambda pi: f"{pi[1]}*pi" if pi[1] else "pi", interval[end].replace(" ", "").lstrip("+"))
                 for end in ("low", "high"))
    strict = [interval[sign] in ("<", "\\lt", "]" if sign == "opens" else "[", "(", ")") for sign in ("opens", "closes")]
    ends = (f">{'' if strict[0] else '='} {low}", f"<{'' if strict[1] else '='} {high}")
    return tuple(end for end in ends if "inf" not in end and "∞" not in end)


def _of_sign(text: str) -> tuple[str, tuple[str, ...], str] | None:
    """A name, its sizes and the property that A = Aᵀ, A ≻ 0 or A ∈ Sⁿ says of it; None for any other relation."""
    found = _SELF_TRANSPOSED.match(text)
    if found:
        return found.group(1), (), "symmetric"
    found = _DEFINITE.match(text)
    if found and (found["same"] is None or _SELF_TRANSPOSED.match(f"{found.group(1)} = {found['same']}")):
        return found.group(1), (), "symmetric" if found["eq"] or found["or_equal"] else "positive_definite"
    found = _SYMMETRIC_SPACE.search(text)
    if found:
        held = "positive_definite" if "++" in found["scripts"] else "symmetric"
        return text[:found.start()], (found["size"],) * 2, held
    return None


def _of_set(names: Sequence[Pattern], inside: str, offset: int) -> Iterator[Told]:
    """y in {-1, 1} takes two values; y in {1, ..., K} is a label."""
    if _DOTS.search(inside):
        last = re.split(r",", inside.rstrip(" }\\"))[-1].strip()
        if re.fullmatch(r"[A-Za-z]\w*|\d+", last) and re.match(r"\s*[01]\s*,", inside):
            for pattern in names:
                yield Told(pattern, offset, meaning=LABEL, sizes=(last,))
        return
    values = _listed(inside)
    if values:
        for pattern in names:
            yield Told(pattern, offset, meaning=SCALAR, values=values)


def _listed(inside: str) -> str:
    """The numbers of a set in braces; nothing where it holds other things."""
    values = [re.sub(r"^\+", "", part.strip()) for part in re.sub(r"\\pm\s*1", "-1, 1", inside).split(",")]
    return "{" + ", ".join(values) + "}" if all(re.fullmatch(r"-?\d+(?:\.\d+)?", value) for value in values) else ""


_LETTER = r"\\?[A-Za-z]+(?:_\{?\w\}?)?|\\(?:mathbf|bm|boldsymbol)\s?\{?\\?[A-Za-z]+\}?"
# X = U S V^T, A = Q L Q^T and A = P D P^{-1}, of which words say that it is a decomposition.
_THREE = re.compile(rf"\s*(?P<whole>[^=]{{1,20}})=\s*(?P<one>{_LETTER}?)\s*(?P<two>{_LETTER}?)\s*(?P<three>{_LETTER}?)\s*"
                    rf"(?:(?P<turned>{_TURNED}|'|\s*ᵀ)|\^\s*\{{?\s*-\s*1\s*\}}?)[\s.,;]*")
_FENCES = re.compile(r"\A\s*(?:\$\$|\\\[)|(?:\$\$|\\\])\s*\Z")
_SINGULAR = re.compile(r"\bsvds?\b|\bsingular[ -]value decomposition", re.IGNORECASE)
_EIGEN = re.compile(r"\b(?:eigen-?(?:value |vector )?|spectral )decomposition|\bdiagonali[sz]|\bevd\b", re.IGNORECASE)


def names_decomposition(words: str) -> bool:
    """Whether words speak of a decomposition into singular or eigenvalues, which every matrix, or such a one, has."""
    return bool(_SINGULAR.search(words) or _EIGEN.search(words))


def decomposed(text: str, before: str, behind: str, offset: int, macros: Mapping[str, Macro],
               sizes: Mapping[str, tuple[str, ...]]) -> Iterator[Told]:
    """What is known of the factors of a formula that words beside it call a decomposition into singular or eigenvalues.

    Of a matrix that is known not to be square, and of whose factors no ``sizes`` are known, the middle one is square.
    """
    words = f"{before} {behind}"
    singular = _SINGULAR.search(words)
    found = _THREE.fullmatch(_FENCES.sub("", _SPACING.sub(" ", text))) if singular or _EIGEN.search(words) else None
    if found is None or (found["one"] == found["three"]) == bool(singular) or (singular and not found["turned"]):
        return
    held = {found["two"]: "diagonal", found["one"]: "orthogonal" if found["turned"] else "invertible"}
    known = {group: size for group in ("whole", "one", "two", "three")
             for pattern in names_of(found[group], macros) if (size := sizes.get(pattern.text))}
    thin = known["whole"] if singular and len({*known.get("whole", ())}) == 2 and len(known) == 1 else ()
    for name, what in ({found["three"]: "orthogonal"} | held).items() if singular else held.items():
        square = thin[1:] * 2 if name != found["one"] else thin
        yield from (Told(pattern, offset, 2, square, frozenset([what])) for pattern in names_of(name, macros))


# ------------------------------------------------------------------ in words

_MARK = r"⟨\d+⟩"
_LIST = re.compile(rf"{_MARK}(?:\s*(?:,|,?\s+and|,?\s+und|&)\s*{_MARK})*")
_WORDS_OF_PROPERTIES = (
    (r"positive[ -]?semi-?definite|\bpsd\b", "symmetric"), (r"symmetric positive[ -]definite|positive[ -]definite|"
        r"positiv(?: |-)definit\w{0,2}\b|\bspd\b", "positive_definite"),
    (r"(?<!skew-)(?<!skew )\bsymmetri(?:c|sche?[rns]?)\b|\b(?:kernel|gram|scatter) matri(?:x|ces)\b", "symmetric"),
    (r"\bcovariance matri(?:x|ces)\b", "positive_definite"),
    (r"\binvertible|\bnon-?singular|\binvertierbar", "invertible"),
    (r"\borthogonal\b|\borthonormal\b(?! rows)", "orthogonal"), (r"\bdiagonal\b", "diagonal"),
    (r"\bstandard deviations?\b|\bvariances?\b", "positive"),
    (r"\bunit[ -](?:euclidean[ -])?(?:norm|length|vector)|"
        r"\b(?:norm|length)\s+(?:equal\s+to\s+)?(?:one|1)\b|\bnormali[sz]ed\s+vector", UNIT),
    (r"\bone[- ]?hot\s+columns\b|\bcolumns\s+(?:are\s+)?one[- ]?hot\b", COLUMNS),
    (r"(?<!columns )(?<!columns are )\bone[- ]?hot\b(?!\s+columns\b)", ONE_HOT),
    (r"\bprobability (?:vector|distribution)s?\b|\bsums? to (?:1|one)\b", "sums_to_one"),
)
_SCALAR_WORDS = (r"scalars?|constants?(?!\s+(?:\w+\s+)?(?:matri|vector))|real numbers?|"
    r"real-valued|numbers?|hyper-?parameters?|learning rate|step size|"
    r"coefficient|"
                 r"regulari[sz]ation (?:parameter|constant|strength|weight|coefficient)|temperature|skalare?|zahl(?:en)?")
_NOUN = re.compile(rf"\b(?:(?P<matrix>matri(?:x|ces)|matrizen)|(?P<vector>vectors?|vektor(?:en)?)|"
    rf"(?P<scalar>{_SCALAR_WORDS})|"
                   r"(?P<function>(?:activation|nonlinear|element-?wise|scalar|differentiable|smooth|convex|real|some|"
                       r"any|arbitrary|"
                   r"transfer|link|univariate|\s)*(?:functions?|nonlinearit(?:y|ies)|non-linearit(?:y|ies)|"
                       r"activations?|funktion)))\b")
_KNOWN_FUNCTION = re.compile(r"\b(?:the|an?|our|usual|standard)?\s*(?:logistic\s+|entry-?wise |element-?wise )*"
                             r"(sigmoid|logistic|softmax|relu|rectifier|hyperbolic tangent|tanh|softplus|gelu|silu|"
                                 r"swish|identity)\b"
                             r"(?! (?:of|probabilit|loss|output|layer|distribution|classifi|regression|scores?\b))")
_AT_ONCE = re.compile(r"[\s,(]*(?:(?:activation|non-?linearity|link|transfer|function|unit|as|by|called|denoted)s?"
                      r"[\s,(]*){0,3}")
_RENAMED = {"rectifier": "ReLU", "hyperbolic tangent": "Tanh"}
_ABOUT = re.compile(r"^\W{0,3}(?:(?:which|that)\s+)?(?:is|are|be|being|denotes?|represents?|as|with|has|have|ist|sei|"
    r"sind|seien|:|,|\()?"
                    r"(?:\s+(?:again|now|also|both|all|simply|just|here))?\s*(?:an?|the|some|two|our|eine?r?|der|die)?\s*")
_OF_SIZE = re.compile(rf"(?:of|with|has|have|der|von)?\s*(?:the\s+)?(?:size|shape|dimensions?|length|dimensionality|"
    rf"order|größe|dimension|länge)s?\s*"
                      rf"(?:of|is|=|:)?\s*({_MARK})")
_DIMENSIONAL = re.compile(rf"({_MARK})\s*-?\s*(?:dimensional|vector|dim\b|matrix|matrices|matrizen|real\b|by\b)|"
    rf"({_MARK})\s+(?:symmetric|invertible|square|"
                          rf"orthogonal|diagonal|positive|real)?\s*(?:weight|data|design|feature|parameter|kernel|"
                              rf"covariance)?\s*(?:matri|vector)")
# "an m × n matrix for y and x" is none of these.
_NOT_OF = re.compile(r"\b(?:matri(?:x|ces)|vectors?|scalars?|functions?)\s+(?:for|of|from|between|when|if)\s*"
                     r"(?:all\s+|any\s+)?$")
_SUPPOSING, _SUPPOSED = (re.compile(rf"\b(?:{connectives('if')}){rest}") for rest in (r"\s*$", r"\b[^⟨]*$"))
_ENTRIES = re.compile(rf"^\s*(?:has|have|contains?)\s+({_MARK})\s+(?:entries|components|elements|coordinates|dimensions)")
_BOUNDARY = re.compile(r"[.!?;](?=\s|$)|\n\s*\n|\n\s{0,8}(?:[-*+•]|\d{1,2}[.)])\s|⟪|"
                       r"\b(?:eigenvalues|while|whereas|then|so that|hence|thus|we|therefore|but|dann)\b")


def in_words(text: str, marks: Sequence[Mathematics], macros: Mapping[str, Macro]) -> Iterator[Told]:
    """What sentences say of the names in their mathematics; ``text`` has ⟨k⟩ for the k-th stretch."""
    low = re.sub(r" +(?=[,;.:)])", "", re.sub(r"  +", " ", text.lower()))
    yield from _in_sentences(low, marks, macros)
    yield from _sized_asides(low, marks, macros)
    for found in _IN_A_SPACE.finditer(low):
        # "x ~ N(mu, Sigma) in R^d", with a mark for each
        drawn, space = (marks[int(g[1:-1])] for g in found.groups())
        lies = _SPACE.fullmatch(rf"\in {space.text.strip()}")
        names = re.split(r"\\sim(?![A-Za-z])|∼", drawn.text)[0]
        yield from _of_space(names, lies, drawn.start, macros) if lies else ()
    for found in _ALL_IN.finditer(low):
        # "an anchor a, a positive p and a negative n (all in R^d)"
        lies = _SPACE.fullmatch(rf"\in {marks[int(found.group(1)[1:-1])].text.strip()}")
        before = _BOUNDARY.split(low[max(0, found.start() - 160):found.start()])[-1] if lies else ""
        for each in (marks[int(k)] for k in re.findall(r"⟨(\d+)⟩", before)):
            yield from _of_space(each.text, lies, each.start, macros) if lies else ()
    shorter = _SIZE_ASIDE.sub("", low)
    if shorter != low:
        # "A (n × n) and B (m × m) are symmetric" says it of both.
        yield from (replace(each, rank=None, sizes=(), meaning="") for each in _in_sentences(shorter, marks, macros)
                    if each.properties and not each.meaning)


_CONSTANT = r"(?:fixed|(?:a\s+)?constants?)"
_ALL_IN = re.compile(rf"\b(?:all|each|both)\s+(?:of them\s+|vectors\s+|being\s+)?(?:in|from|of)\s+({_MARK})")
_IN_A_SPACE = re.compile(rf"({_MARK})\s+(?:in|over|on)\s+({_MARK})")
_FIXED = re.compile(r"\b(?:hold(?:ing)?|keep(?:ing)?|treat(?:ing|ed)?|with|for|regard(?:ing)?)\s+"
                    rf"(?:(?:the|these|our|all)\s+(?:\w+\s+)?)?({_MARK})\s+(?:\w+\s+)?(?:{_CONSTANT}|as {_CONSTANT})\b")
_KEPT = re.compile(rf"({_MARK})\s+(?:is|are)\s+(?:then\s+|now\s+)?(?:held|kept|treated|regarded|considered)\s+"
                   rf"(?:as\s+)?{_CONSTANT}\b")
# What a step of EM has found is not varied in the next one.
_RESPONSIBILITIES = re.compile(rf"\bresponsibilit(?:y|ies)\b[^.⟨⟩]{{0,80}}({_MARK})")
_E_STEP = re.compile(rf"\be[- ]step\b[^⟨⟩⟪⟫]{{0,120}}({_MARK})")
_EQUATED = re.compile(r"=|\\propto|∝")
_FRAME = re.compile(r"^\s*(?:\$\$?|\\[(\[]|\\begin\s?\{[a-z]+\*?\})|&")


# \gamma_i \text{ fixed}
_FIXED_BESIDE = re.compile(r"(?:^|[,;]|\\q?quad(?![A-Za-z]))\s*([^,;=]{1,30}?)\s*\\text(?:rm|it)?\s*\{\s*(?:is |are )?"
                           r"(?:held |kept )?(?:fixed|constant)")


def held_fixed(text: str, marks: Sequence[Mathematics], macros: Mapping[str, Macro]) -> Iterator[str]:
    """Names that a text says are held fixed, so that no derivative goes through what they are made of."""
    low = text.lower()
    said = [marks[int(found.group(1)[1:-1])].text for rule in (_FIXED, _KEPT) for found in rule.finditer(low)]
    # Here a display says it as well as a formula of a sentence.
    found_before = [(rule, _FRAME.sub("", marks[int(found.group(1)[1:-1])].text)) for rule in (_RESPONSIBILITIES, _E_STEP)
                    for found in rule.finditer(low.replace("⟪", "⟨").replace("⟫", "⟩"))]
    said += [_EQUATED.split(each)[0] for rule, each in found_before if rule is _RESPONSIBILITIES or _EQUATED.search(each)]
    said += [found.group(1) for each in marks for found in _FIXED_BESIDE.finditer(each.text)]
    for names in said:
        for pattern in names_of(names, macros):
            letters = all(key.isalpha() and key.islower() and len(key) < 4 for item in pattern.subs for key in item)
            yield replace(pattern, font="", subs=() if letters else pattern.subs).text


_SIZED_ASIDE = re.compile(rf"({_MARK})\s*\(\s*(?:of (?:size|shape)\s*)?({_MARK})\s*\)")


def _sized_asides(low: str, marks: Sequence[Mathematics], macros: Mapping[str, Macro]) -> Iterator[Told]:
    """"X (n x d), y (n)": sizes behind names, where one of them is a product of sizes."""
    for sentence in re.split(r"[.!?;](?=\s|$)|\n\s*\n", low):
        found = [[marks[int(g[1:-1])] for g in each.groups()] for each in _SIZED_ASIDE.finditer(sentence)]
        sized = [(name, sizes_of(size.text)) for name, size in found]
        if any(len(sizes) == 2 for _, sizes in sized):
            yield from (Told(pattern, name.start, len(sizes), sizes) for name, sizes in sized
                        for pattern in names_of(name.text, macros) if all(re.fullmatch(r"\\?\w{1,7}", x) for x in sizes))


_SIZE_ASIDE = re.compile(rf"\s*\(\s*(?:of size\s*)?{_MARK}\s*\)")


def _in_sentences(low: str, marks: Sequence[Mathematics], macros: Mapping[str, Macro]) -> Iterator[Told]:
    for listed in _LIST.finditer(low):
        numbers = [int(k) for k in re.findall(r"\d+", listed.group())]
        named = [names_of(_before_space(marks[k].text), macros) for k in numbers]
        # In "one-hot y ∈ {0, 1}ᴷ and p = softmax(z)" the list of names ends with the first.
        kept = max((k for k, each in enumerate(named) if each), default=-1) + 1
        end = listed.end() if kept == len(named) else low.index(f"⟨{numbers[kept]}⟩", listed.start())
        numbers, named = numbers[:kept], named[:kept]
        # A size that was said of what stands before, as in "X of size m × n, W of size", is no name of the list.
        lost = max((k for k, each in enumerate(named) if not each), default=-1)
        numbers, named = numbers[lost + 1:], named[lost + 1:]
        # Of "x ∈ ℝⁿ and σ the logistic function" only σ is a function: it is said already where x lies.
        placed = [bool(_SPACE.search(marks[k].text)) for k in numbers]
        patterns = [p for each in named for p in each]
        bare = [p for each, lies in zip(named, placed, strict=True) for p in each if not lies]
        if not named:
            continue
        behind = _clause(low[end:end + 160])
        before = _ON_WHAT.split(_BOUNDARY.split(low[max(0, listed.start() - 90):listed.start()])[-1])[-1]
        if _BEGINS.search(before) and _NEXT_SUBJECT.match(behind):
            behind = ""
        supposed = bool(_SUPPOSING.search(before))
        offset = marks[numbers[0]].start
        said = _about(behind, True, marks, bool(re.match(r"^\W{0,3}(?:also\s+)?(?:is|are|be|denote|ist|sei|represent|has|"
            r"have|symmetri|one[- ]?hot|(?:semi-?)?positive|orthogonal|invertible|diagonal|s?psd|spd|"
            r"of\b|:|,?\s*an?\b|,?\s*the\b|\()", behind)))
        of_last = said is not None and any(placed) and not re.match(r"\W*(?:are|be|both|all|sind|seien)\b", behind)
        of_first = False
        if said is None:
            near = _near(before)
            said = _said_before(before, marks)
            # "a symmetric A ∈ ℝⁿˣⁿ, B ∈ ℝⁿˣⁿ" is of A; "symmetric matrices A, B" is of both.
            of_first = bool(_ONE.search(near)) or (sum(placed) > 1 and not _MANY_OF.search(near))
            supposed = supposed or bool(_SUPPOSED.search(before))
        elif not said.properties and not said.meaning:
            # "one-hot labels Y of shape N × K": both sides speak of it.
            also = _said_before(before, marks)
            said = replace(said, properties=also.properties) if also is not None else said
        function = _FUNCTION_OF.search(behind)
        if function:
            of = tuple(dict.fromkeys(name for k in re.findall(r"\d+", function.group(1))
                                     for name in _depended_on(marks[int(k)].text, macros)))
            said = Told(Pattern(("",)), 0, meaning=SCALAR, rank=0, depends=of) if of else None
        if said is None:
            continue
        if len(named) > 1 and (of_last or re.match(r"^\W{0,3}(?:is|denotes|represents|equals)\b", behind)):
            # Of "the rows of W and g is the sigmoid" only g is: of both one says "are".  "x ∈ ℝⁿ, y ∈ ℝᵐ one-hot" is of y.
            patterns, bare = list(named[-1]), [p for p in named[-1] if p in bare]
            offset = marks[numbers[-1]].start
        if of_first and said.properties & SQUARE and named[0]:
            patterns = list(named[0])
        # In "y ∈ ℝⁿ and C ∈ ℝⁿˣⁿ be symmetric" only C is a matrix.
        vectors = {p for k, each in zip(numbers, named, strict=True) for p in each if _lies_below_matrices(marks[k].text)}
        if said.properties & SQUARE and len(vectors) < len(set(patterns)):
            patterns = [p for p in patterns if p not in vectors]
        for pattern in (bare or patterns) if said.meaning not in ("", LABEL) else patterns:
            lies = pattern not in bare  # its axes are said where it lies
            yield Told(pattern, offset, None if lies else said.rank, () if lies else said.sizes, said.properties,
                       said.meaning, supposed=supposed, depends=said.depends)


# "K is symmetric, depending on θ" says nothing of θ, and "it is PSD since for any v, ..." nothing of v.
_ON_WHAT = re.compile(r"\b(?:depend(?:s|ing|ent)?\s+(?:only\s+)?(?:up)?on|parameteri[sz]ed\s+by|parametri[sz]ed\s+by|"
                      r"(?:a\s+)?functions?\s+of|since|because|for\s+(?:any|all|every|each))\b")


# Of "for a unit vector u the variance is ..." nothing behind the name is of it.
_BEGINS = re.compile(r"(?:^|[.,;:]\s*)\s*(?:and\s+|so\s+)?(?:for|given|if|when|at|with)\b[^.,;:]{0,60}$")
_NEXT_SUBJECT = re.compile(r"\s*,?\s*(?:the|its|our|this|their|we)\s[^,.;⟨⟪]{1,60}?\s"
                           r"(?:is|are|has|have|equals?|becomes?|reads?)\b")
_ENDED = re.compile(r",\s*(?:and\s+)?$")
_ONE = re.compile(r"\b(?:an?|any|some|every|eine?)\s+(?:[\w-]+\s+){1,5}$")
_MANY_OF = re.compile(r"\b(?:matrices|both|all|matrizen)\b")


def _lies_below_matrices(text: str) -> bool:
    """Whether a formula says that its name is a number or a vector."""
    space = _SPACE.search(text)
    return space is not None and len(sizes_of(space.group(1) or "")) < 2


_FUNCTION_OF = re.compile(rf"^\W{{0,3}}(?:is|be|being)?\s*(?:(?:the|an?|some)\s+)?(?:[\w-]+\s+){{0,2}}?"
                          r"(?:(?:loss|cost|objective|error|energy)(?:\s+function)?,?\s+)?"
                          r"(?:(?:which|that)\s+is\s+)?(?:an?\s+|some\s+)?(?:scalar|differentiable|smooth|real-valued|\s)*"
                          rf"(?:function of|which depends on|"
                          rf"that depends on|depends on)\s+(?:the\s+\w+\s+)?({_MARK}(?:\s*(?:,|and)\s*{_MARK})*)")


def _clause(text: str) -> str:
    """What is said up to the end of a sentence or to what is said of something else."""
    text = _BOUNDARY.split(text)[0]
    stops = [m.start() for m in re.finditer(rf"(?:,|\band\b|\bund\b|\bfor\b|\bwhere\b|\bto\b|\bby\b|"
        rf"\bin\b)\s*(?:the\s+\w+\s+)*{_MARK}", text)]
    # "X of shape N × D, one-hot labels Y": what is said behind the comma is of Y.
    stops += [m.start() for m in re.finditer(rf",\s*(?:and\s+|with\s+)?(?:[\w-]+\s+){{1,3}}{_MARK}", text)
              if not re.search(r"\b(?:size|shape|dimension\w*|length|order|of|is|are|by)\s*⟨", m.group())]
    sized = _OF_SIZE.search(text)
    return text[:min((s for s in stops if sized is None or not sized.start() <= s < sized.end()), default=len(text))]


# "σ² is the noise variance", "σ², the variance, ...", and not "along u, the variance is" or "w is ..., and the variance is".
_VARIANCE_BEHIND = re.compile(r"\A(?:[^\w,]*|\W*(?=[^,.;]{0,60},))(?:[\w-]+\s+){0,3}(?:standard deviation|variance)s?\b")
_VARIANCE_BEFORE = re.compile(r"(?:standard deviation|variance)s?\b[^,;.]{0,12}$")


# "not necessarily symmetric", "need not be positive definite", "a non-symmetric matrix"
_DENIED = re.compile(r"\b(?:not|nor|neither|non|never|without being|isn't|aren't|needn't|nicht)\b[\s-]{1,3}"
                     r"(?:(?:necessarily|be|assumed|always|required|to|an?|even|generally|notwendig\w*)\s{1,3}){0,4}"
                     r"[\w-]{1,20}(?:[ -](?:definite|semidefinite|hot))?(?:\s{1,3}(?:or|nor|and)\s{1,3}[\w-]{1,20})?"
                     r"|\b(?:non|a|anti|skew)-?symmetric\b|\bindefinite\b")


def properties_said(words: str, variance: re.Pattern[str] | None = None) -> frozenset[str]:
    """Properties that words beside a name say it has; a ``variance`` where it is said to be one."""
    words = _DENIED.sub(" ", words)
    return frozenset(name for rule, name in _WORDS_OF_PROPERTIES if re.search(rule, words) and not (
        name == "positive" and variance is not None and not variance.search(words)) and not (
        # "the variance along a vector u" says nothing of the signs of u.
        name == "positive" and re.search(r"\b(?:vector|matri)", words)))


def _near(before: str) -> str:
    """The words right in front of a list of names, back to the last mathematics that is not a size."""
    last = None
    for mark in re.finditer(_MARK, before):
        if not re.match(r"\s*-?\s*(?:dimensional|matri|vector|real|symmetric|invertible|square)", before[mark.end():]):
            last = mark
    return before[last.end():] if last else before


def _said_before(before: str, marks: Sequence[Mathematics]) -> Told | None:
    """What the words before names say of them; of "A is symmetric, B" those before the comma speak of A."""
    return None if "⟩" in before and _ENDED.search(before) else _about(_near(before), False, marks, True)


# Of "v has covariance R, also symmetric" it is R that is.
_SPREAD_OF = re.compile(r"\W{0,3}(?:has|have|having)\s+(?:the\s+)?(?:\w+\s+){0,2}(?:co)?variance\b")


def _about(words: str, behind: bool, marks: Sequence[Mathematics], linked: bool) -> Told | None:
    """What words beside names say of them."""
    if not linked or (behind and _SPREAD_OF.match(words)):
        return None
    if not behind and _NOT_OF.search(words):
        return None
    start = _ABOUT.match(words) if behind else None
    body = words[start.end():] if start else words
    window = body[:90] if behind else re.split(r"\b(?:and|let|with|where|be|is|are|und|sei)\b", body[-60:])[-1]
    properties = properties_said(window, _VARIANCE_BEHIND if behind else _VARIANCE_BEFORE)
    nouns = list(_NOUN.finditer(window))
    noun = (nouns[0] if behind else nouns[-1]) if nouns else None
    if noun and not behind and not re.fullmatch(r"[\s,]*(?:(?:of|in|by)\s+)?(?:(?:size|shape)\s*)?", window[noun.end():]):
        noun = None
    if noun and behind and re.match(r"\W{0,3}the\b", words) and re.match(r"\s*⟨", window[noun.end():]):
        noun = None  # "along p the function f" speaks of f
    if noun and behind and re.search(r"\b(?:of|for|in|to|from|by|between)\b", window[:noun.start()]):
        noun = None
    function = _KNOWN_FUNCTION.search(window)
    if function and "function" not in window and behind and not re.match(r"\s*(?:the|an?)?\s*", body):
        function = None
    sizes = _sizes_said(words, marks)
    meant = canonical(_RENAMED.get(function.group(1), function.group(1))) if function else ""
    if function and known(meant) and (behind or not nouns or noun is not None) and (
            function.start() < 30 if behind else _AT_ONCE.fullmatch(window[function.end():])):
        return Told(Pattern(("",)), 0, meaning=meant)
    entries = _ENTRIES.match(words)
    if entries and behind:
        return Told(Pattern(("",)), 0, 1, (marks[int(entries.group(1)[1:-1])].text.strip(),))
    rank, meaning = len(sizes) or None, ""
    if noun is not None:
        kind = noun.lastgroup
        rank = {"matrix": 2, "vector": 1}.get(kind or "", rank)
        meaning = {"scalar": SCALAR, "function": FUNCTION}.get(kind or "", "")
    if rank is not None and sizes and len(sizes) != rank:
        sizes = (sizes * rank)[:rank] if rank == 2 and len(sizes) == 1 else ()
    if properties & {ONE_HOT, "sums_to_one", UNIT} and rank is None:
        rank = 1
    if properties & SQUARE and rank is None and noun is None:
        rank = 2
    if rank is None and not meaning and not properties:
        return None
    return Told(Pattern(("",)), 0, rank, sizes, properties if not meaning else frozenset(), meaning)


def _sizes_said(words: str, marks: Sequence[Mathematics]) -> tuple[str, ...]:
    for rule in (_OF_SIZE, _DIMENSIONAL):
        found = rule.search(words)
        if found:
            mark = next(g for g in found.groups() if g)
            sizes = sizes_of(marks[int(mark[1:-1])].text)
            if sizes and all(re.fullmatch(r"[\w\\{}^\[\]()+\- ]{1,30}", size) for size in sizes):
                return sizes
    return ()
