"""Names that a text uses and nothing declares: how each is spelled, indexed and called, before any meaning is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise, takewhile

from ..arrays.registry import RECORDS
from ..arrays.symbols import Label
from ..errors import SymderivError
from ..functions.elementary import log
from ..reader.declare.context import DeclaredNames, Pattern, Quantity, arity, numbered
from ..reader.declare.function_names import canonical, known
from ..reader.declare.statements import called_head, head
from ..reader.document.displays import code_in
from ..reader.syntax.grammar import (
    COMPARISONS,
    CONNECTING,
    MODULES,
    TEXT,
    TRANSPOSED,
    connects,
    end_of_remainder,
    pattern_of,
)
from ..reader.syntax.names import (
    OPENING,
    Match,
    Scripts,
    at_letters,
    cut,
    directional,
    find,
    matching,
    mixed_order,
    order_in_letters,
    read_scripts,
    split_items,
)
from ..reader.syntax.spellings import GREEK
from ..reader.syntax.tokens import (
    CONSTANT,
    NUMBER,
    OPERATOR,
    STOP,
    STRUCTURE,
    WORD,
    SourceText,
    Token,
    looks_like_latex,
    tokenize,
)

# Words of the notation itself, which are names of nothing unless they are declared.
_SIGN = re.compile(
    "sum|prod|int|lim|max|min|argmax|argmin|sup|inf|partial|nabla|d|e|pi|infty|I|Id|mathbb|Var|Cov|Pr|operatorname|"
    "if|otherwise|else|for|where|with|and|or|then|when|in|st|such|that|let|as|of|the|is")
_BINDING = frozenset("sum prod".split())  # noqa: SIM905  These are signs here.
_POWERS = frozenset("0123456789")
_STARRED = re.compile(r"[\w)\]]\s*\*\s*[\w(]")
_PICKED = re.compile(r"_\s?\{\s?(?P<letter>[a-z])\s?,?\s?(?P<class>[a-z])\s?_\s?\{?(?P=letter)\}?\s?\}")
_NEAR = 12
_BESIDE_ARGUMENTS = frozenset(["(", ",", "|", "mid", ";", ")"])
_POSITIONS, _STEPPING = frozenset("ijklmn"), frozenset("tknsl") | {"tau", "ell"}
_COUNTING = frozenset("ijklmn")
_VARIABLES = frozenset("uvwxyz")
_OPTIONS = frozenset("axis keepdims dim keepdim stride padding dilation groups reduction causal mode".split())  # noqa: SIM905
CHANGES = frozenset(["delta", "Delta"])
_WORD_HEAD = re.compile(r"\s{0,20}([A-Za-z][A-Za-z0-9]{1,15}(?:_[A-Za-z]\w{1,15})?)(?:_\w)?\s{0,8}=")
STARS = frozenset(["*", "star", "dagger", "prime"])


@dataclass
class SpelledName:
    """One undeclared name.

    arity   the largest number of index letters that stand below it, or in its superscript bracket
    powers  superscripts that are numbers;  bare  how often it stands without any
    arguments  the names that stand alone in brackets right behind it; "" for anything else there
    whole, parts  where it stands without index letters, and with them;  unbound  where first it is not the x of p(x) = ...
    """

    pattern: Pattern
    arity: int = 0
    bare: int = 0
    called: int = 0
    turned: int = 0
    primed: int = 0
    many: int = 0
    entries: int = 0
    powers: set[str] = field(default_factory=set)
    letters: list[tuple[str, ...]] = field(default_factory=list)
    arguments: set[str] = field(default_factory=set)
    bold: bool = False
    differentiated: bool = False
    first: int = 0
    unbound: int = 0
    whole: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)


@dataclass
class Spellings:
    """All undeclared names of a text by their canonical spelling, and its letters that are indices or count steps.

    labels  letters that pick one of what is summed over elsewhere, as o in u_o beside Σ_w u_w
    picked  those of which there is one for each value of a letter, which is the letter below them: P_{i,y_i}
    of_weights  letters that stand nowhere but below a distribution, as in p_y, or a unit vector e_y
    tags    letters below what an equation says it is without them: u_o = W e, and not p_o = exp(u_o)/Σ_w exp(u_w)
    tails   names that end an equation;  last  the letters of the last steps: L layers l
    formulas, valued  names of which is said what they are of any argument, f(x) = ..., and of one: f(x*) = ...
    plain   whether nothing in the text is LaTeX, so that x_i' is a row
    called_at  index letters that stand in brackets behind names, as in π(a|s);  of_laws  names first said of laws: D(q‖p)
    listed  names whose entries are listed with dots: s_1, ..., s_n;  counted  those over whose entries sums run
    """

    names: dict[str, SpelledName] = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)
    heads: dict[str, int] = field(default_factory=dict)
    tails: dict[str, int] = field(default_factory=dict)
    sizes: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    picked: dict[str, str] = field(default_factory=dict)
    of_weights: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    last: dict[str, str] = field(default_factory=dict)
    changes: set[tuple[str, ...]] = field(default_factory=set)
    changed: dict[str, int] = field(default_factory=dict)
    later: dict[Pattern, None] = field(default_factory=dict)
    """Names such as δ c_{t+1};  changed  where an equation says what δ c_t is."""
    formulas: set[str] = field(default_factory=set)
    valued: set[str] = field(default_factory=set)
    called_at: set[str] = field(default_factory=set)
    of_laws: set[str] = field(default_factory=set)
    conforming: frozenset[str] = frozenset()
    """Names beside "@", which multiplies no numbers, and of which a mean is taken."""
    listed: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    patterns: list[Pattern] = field(default_factory=list)
    raised: bool = False
    plain: bool = False
    families: frozenset[str] = frozenset()
    arrays: frozenset[str] = frozenset()
    primed: frozenset[tuple[str, int]] = frozenset()
    numbers: dict[tuple[str, str], str] = field(default_factory=dict)

    def spelled_as(self, name: str) -> str:
        """The first spelling of a name with a number: W1 of lines of code is the W_1 of the formulas beside them."""
        number = numbered(name)
        return name if number is None else self.numbers.setdefault(number, name)

    def primes(self, base: str, number: int) -> int:
        """How many of the primes behind a letter belong to its name: those of h' where it is said what h' is."""
        return number if (base, number) in self.primed else 0


def scan(source: SourceText, spans: Sequence[tuple[int, int]], context: DeclaredNames, said: Iterable[Pattern] = (),
         labels: bool = True, arrays: frozenset[str] = frozenset(), many: Mapping[str, str] | None = None,
         above: DeclaredNames | None = None, classes: frozenset[str] = frozenset(), called: bool = True) -> Spellings:
    """The undeclared names in stretches of a text, which says what those of the patterns ``said`` are.

    ``above`` is what was known before these stretches, if not the context.
    ``many`` are names of which a text lists several, x_1, ..., x_N, with the last letter; ``called`` whether letters may
    stand in brackets as well.
    ``arrays`` are letters of which a text says that they are arrays: its d is a direction then, and no differential.

    ``labels`` unset keeps u_o apart from the u_w that are summed over; ``classes`` are letters that are said to be labels.
    """
    said = tuple(said)
    families = frozenset(each.base[0] for each in said if each.sups[:1] == ("(",))
    runs = _runs(source, spans, context, said)
    primed = frozenset((each.base[0], each.primes) for each in said if each.primes) | _named_with_primes(
        [run for run, _ in runs]) | _called_with_primes([run for run, _ in runs] if source.latex else [])
    found = Spellings(families=families, primed=primed, arrays=arrays, plain=not source.latex,
                      conforming=frozenset(name for run, _ in runs for name in _conforming(run)))
    found.changes |= {each.base for each in said if len(each.base) == 2 and each.base[0] in CHANGES}
    bound = {letter for run, _ in runs for letter in _bound(run)}
    bases, below = _uses(runs, context, source, classes, bound)
    arguments = _in_brackets(run for run, _ in runs)
    # The c of π_θ(c|s) beside π_c and r_c, over whose entries sums run, stands for none by itself.
    summed = set().union(*(below.get(b, ()) for b in bound)) if called else set()
    found.letters = {letter for letter, owners in below.items() if letter.islower() and _is_index(
        letter, owners, bases.get(letter, 0) - (arguments[letter] if owners & summed else 0), bound, context)}
    argued = {letter for letter in found.letters if arguments[letter] and below[letter] & summed}
    found.letters |= {b for b in bound if b.islower()}
    found.letters |= {letter for letter, owners in below.items() if letter in _COUNTING and not bases.get(letter) and any(
        many[name] != letter for name in owners & many.keys())} if many else set()
    found.called_at = _called_at([run for run, _ in runs], below, bases, bound)
    found.letters |= found.called_at
    found.steps = _steps(runs, source, bound) | _steps_above(above or context, below) \
        | _below_matrices(runs, source, below, bound) | _of_points([run for run, _ in runs], bound)
    found.letters -= found.steps
    found.last = dict.fromkeys(found.steps & {"l", "ell"}, "L")
    found.steps |= {*found.last.values()}
    for run, _ in runs:
        _heads(run, context, found)
    # Where no equation says what w^{k+1} is, a letter that counts steps is an exponent above: 1 - β^t.
    found.raised = any(each.sups and {*each.sups} & found.steps for each in found.patterns)
    found.of_weights = _of_weights(below, bases, weights := _distributions(runs))
    found.labels = _labels(below, bases, arguments, weights.union(*(below.get(b, ()) for b in bound)), found, context) \
        | _classes(runs, found) if labels else set()
    found.labels |= {c for c in classes & below.keys() - found.steps - bound if bases.get(c, 0) <= arguments.get(c, 0)}
    found.labels |= (_picked(source, spans) if labels else set()) - found.steps - bound
    found.letters |= found.labels
    found.letters -= {*_tags(below, found, bound), *(c for c, owners in below.items() if owners == {"d"} and c not in bound)}
    found.sizes |= {"d"} if _ROOT_OF_D.search(source.text) and not _BY_D.search(source.text) else set()
    for run, _ in runs if found.labels else ():
        _heads(run, context, found)  # p_y = exp(z_y)/Σ_j exp(z_j) says what p is
    with_digits = {each.base[0] for each in said if any("".join(item).isdecimal() for item in each.subs)}
    found.listed = {name for run, latex in runs for name in _listed(run, source, latex)} - with_digits
    found.counted = _counted(below, found) - with_digits
    _collect_all(runs, context, source, found)
    if any({*chain(*each.letters)} & argued and len({*map(len, each.letters)}) > 1 for each in found.names.values()):
        # θ_{s,a} beside θ_c are two names.
        return scan(source, spans, context, said, labels, arrays, many, above, classes, False)
    return found


def _in_brackets(runs: Iterable[Sequence[Token]]) -> Counter[str]:
    """How often words stand alone in brackets, or between commas in them."""
    return Counter(x.key for run in runs for before, x, behind in zip(run, run[1:], run[2:], strict=False)
                   if before.key in _BESIDE_ARGUMENTS and behind.key in _BESIDE_ARGUMENTS)


def _collect_all(runs: Sequence[tuple[Sequence[Token], bool]], context: DeclaredNames, source: SourceText,
                 found: Spellings) -> None:
    """The names of all runs; x that is summed over in one line may be a variable in the next."""
    letters = found.letters
    for run, latex in runs:
        here = {x.key for x in run if x.key in _VARIABLES & letters - found.called_at} - set(_bound(run))
        found.letters = letters - {x for x in here if not any(
            inside and token.key == x for token, inside, _ in _words(run, context, source, latex))}
        _collect(run, context, source, latex, found)
    found.letters = letters
    for each in [p for p in found.patterns if p.sups == ("2",)]:
        # σ² = ... says what σ is, where σ stands without its square as well.
        for name in _names_of_head(replace(each, sups=()), found):
            if name in found.names and found.names[name].bare and f"{name}^2" in found.heads:
                found.heads.setdefault(name, found.heads[f"{name}^2"])


def _uses(runs: Sequence[tuple[Sequence[Token], bool]], context: DeclaredNames, source: SourceText,
          classes: frozenset[str], bound: set[str]) -> tuple[dict[str, int], dict[str, set[str]]]:
    """How often each word stands for itself, and below what each letter stands."""
    bases: dict[str, int] = {}
    below: dict[str, set[str]] = {}
    used = [(run, latex, list(_words(run, context, source, latex))) for run, latex in runs]
    for _, latex, words in used:
        for token, _, owner in (each for each in words if each[1]):
            for letter in _single(token, latex):
                below.setdefault(letter, set()).add(owner)
    # The y of w_y, beside w_k, is a position where y = k is asked; so is the o of u_o, beside Σ_w u_w, in w ≠ o.
    runs_below = set().union(*(below.get(k, ()) for k in _POSITIONS | bound))
    classes |= {c for c in bound if len(c) == 1 and c.islower()}
    classes |= {c for c, owners in below.items() if len(c) == 1 and c.islower() and owners & runs_below}
    for run, _, words in used:
        compared = set(_compared(run, classes))
        for token, inside, _ in words:
            if not inside and token not in compared:
                bases[token.key] = bases.get(token.key, 0) + 1
    return bases, below


def _runs(source: SourceText, spans: Sequence[tuple[int, int]], context: DeclaredNames,
          said: Iterable[Pattern]) -> list[tuple[list[Token], bool]]:
    """The tokens of stretches of a text, and whether each is LaTeX.

    Where one formula is written with signs of products, letters that stand together are words in all that are plain, as
    they are in code.
    """
    starred = any(_STARRED.search(text) and not looks_like_latex(text) for text in (source.text[a:b] for a, b in spans))
    words, code = _words_for_names(source.text, spans, said), code_in(source.text)
    heads = (EVENT_HEAD.match(source.text[a:b]) for a, b in spans)
    events = frozenset(found["of"] for found in heads if found)
    found = (_tokens(source, a, b, context, starred or any(low < a < high for low, high in code), words) for a, b in spans)
    runs = [(_without_probabilities(run, events) if events else run, latex) for run, latex in found if run]
    return [(_without_remainders(run), latex) for run, latex in runs]


# P(y = k | x) = ..., a probability of an event as the head of what is said of it
EVENT_HEAD = re.compile(r"[\s&]{0,9}(?P<left>(?P<event>(?P<of>Pr|P|p)\s?\(\s?\\?[A-Za-z]{1,8}"
                        r"(?:_\w|\^\{?\([a-z]\)\}?)?)\s?=\s?(?P<value>\w)\s?"
                        r"(?:(?:\\mid(?![a-z])|\\vert(?![a-z])|\||;|,)[^()=]{1,40})?\))"
                        r"[\s&]{0,9}=(?P<right>[^=].{1,400})", re.DOTALL)


def _without_probabilities(tokens: list[Token], of: frozenset[str]) -> list[Token]:
    """The tokens without probabilities of events, which are names as a whole."""
    for place in (k for k, x in enumerate(tokens[:-1]) if x.key in of and tokens[k + 1].key == "("):
        close = matching(tokens, place + 1)
        if close is not None and any(x.key == "=" for x in tokens[place:close]):
            return _without_probabilities([*tokens[:place], *tokens[close + 1:]], of)
    return tokens


def _without_remainders(tokens: list[Token]) -> list[Token]:
    """The tokens without the O of O(h^2), which is no name of anything."""
    places = {k for k, x in enumerate(tokens) if x.key in ("O", "o") and end_of_remainder(tokens, k) is not None}
    return [x for k, x in enumerate(tokens) if k not in places] if places else tokens


def _words_for_names(text: str, spans: Sequence[tuple[int, int]], said: Iterable[Pattern]) -> frozenset[str]:
    """Words that are names: of which sentences speak, and that stand alone before "=" in a text without LaTeX."""
    heads = (_WORD_HEAD.match(text[a:b]) for a, b in (() if looks_like_latex(text) else spans))
    return frozenset((CONSTANT, *(each.base[0] for each in said if len(each.base[0]) > 1),
                      *(head[1] for head in heads if head), *_capitals(text, spans),
                      *(() if looks_like_latex(text) else _words_alone([text[a:b] for a, b in spans]))))


_LONG_WORD = re.compile(r"(?<![A-Za-z_\\])[a-z]{3,12}(?![A-Za-z(])")


def _words_alone(formulas: Sequence[str]) -> Iterator[str]:
    """Words of plain text, such as eps and net, that are no products: a letter of theirs stands alone nowhere."""
    alone = {each for text in formulas for each in re.findall(r"(?<![A-Za-z_])d?([a-z])(?![A-Za-z])", text)}
    for word in sorted({each for text in formulas for each in _LONG_WORD.findall(text)} - CONNECTING):
        if not (set(word) <= alone or word[0] == "d" or known(word) or _SIGN.fullmatch(word)):
            yield word


# CE = ..., \mathrm{NLL}(w) = ...
_CAPITALS_HEAD = re.compile(r"\s{0,9}&?\s{0,9}([A-Z]{2,5})(?:\s{0,9}\([^()]{0,40}\))?\s{0,9}&?\s{0,9}(?::=|=)")


def _capitals(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Runs of capitals that the text says something to be, none of which stands alone, so that it is no product."""
    formulas = [text[a:b] for a, b in spans]
    for word in {found[1] for found in map(_CAPITALS_HEAD.match, formulas) if found}:
        alone = re.compile(rf"(?<![A-Za-z\\])[{word}](?![A-Za-z])")
        if not any(alone.search(each) for each in formulas):
            yield word


def _called_at(runs: Sequence[Sequence[Token]], below: Mapping[str, set[str]], bases: Mapping[str, int],
               bound: set[str]) -> set[str]:
    """Letters that beside subscripts stand in brackets alone, as a and s in π(a|s) = exp(θ_{s,a})/Σ_b ....

    So does the a of π(a) = exp(θ_a)/Σ_b exp(θ_b), in which no other stands, and the s and a of Q(s, a) beside Σ_b Q(s, b).
    """
    counts: Counter[str] = Counter()
    owners: dict[str, set[str]] = {}
    run_over = set().union(*(below.get(c, ()) for c in bound))
    beside: set[str] = set()
    for run in runs:
        for place in (k for k, x in enumerate(run) if x.key == "(" and k and run[k - 1].kind in (WORD, OPERATOR)):
            close = matching(run, place)
            items = {x.key for x in at_letters(run[place + 1:close])} if close is not None else set()
            known_ones = items and run[place - 1].kind == WORD and run[place - 1].key != "pi" and known(run[place - 1].key)
            counts.update(items if not known_ones else ())
            if run[place - 1].kind == WORD and not known_ones:
                for letter in items:
                    owners.setdefault(letter, set()).add(run[place - 1].key)
            alone = len(items) == 1 and not known_ones and below.get(next(iter(items)), set()) & run_over
            beside |= items if items & bound or alone else set()
    summed = run_over if beside - bound else set()
    called = set().union(*(owners.get(c, ()) for c in bound))
    beside |= {c for c, names in owners.items() if names & called}
    counts.update(x.key for run in runs for x in _compared(run, frozenset(beside)) if x.key not in _POSITIONS)
    return {c for c in beside if c.islower() and (c in bound or (
        bases.get(c, 0) <= counts[c] and (below.get(c, set()) & summed or owners.get(c, set()) & called)))}


def _distributions(runs: Sequence[tuple[Sequence[Token], bool]]) -> set[str]:
    """The p of p = softmax(z): of such, and of nothing else, p_y is an entry whatever y is."""
    return {run[0].key for run, _ in runs if len(run) > 3 and run[0].kind == WORD
            and run[1].key == "=" and canonical(run[2].key) == RECORDS.softmax.name and run[3].key == "("}


def _of_weights(below: Mapping[str, set[str]], bases: Mapping[str, int], weights: set[str]) -> set[str]:
    """Letters that stand nowhere but below a distribution, or a unit vector."""
    return {c for c, owners in below.items() if len(c) == 1 and not bases.get(c) and owners & weights
            and owners <= {*weights, "e"}}


def _picked(source: SourceText, spans: Sequence[tuple[int, int]]) -> set[str]:
    """The y of p_{i,y_i}, which picks the class of i."""
    return {each["class"] for a, b in spans for each in _PICKED.finditer(source.text, a, b)}


def _labels(below: Mapping[str, set[str]], bases: Mapping[str, int], arguments: Mapping[str, int], summed: set[str],
            found: Spellings, context: DeclaredNames) -> set[str]:
    """Letters that pick one of what is ``summed`` over elsewhere, or adds up to one."""
    return {c for c, owners in below.items() if c.isalpha() and c.islower() and len(c) == 1 and c not in "ijk"
            and owners & summed and bases.get(c, 0) <= arguments.get(c, 0) and not context.starting(c)
            } - found.tags - found.steps - found.letters


_OVER_AXES = frozenset(record.name for record in (
    RECORDS.mean, RECORDS.var, RECORDS.std, RECORDS.softmax, RECORDS.logsumexp, RECORDS.norm))


def _conforming(run: Sequence[Token]) -> Iterator[str]:
    """The names on both sides of each "@", a transposed one on its left included, and the x of mean(x)."""
    for called, opened, x, closed in zip(run, run[1:], run[2:], run[3:], strict=False):
        if called.key in _OVER_AXES and opened.key == "(" and x.kind == WORD and closed.key in (")", ","):
            yield x.key
    for place in (k for k, x in enumerate(run) if x.key == "@" and k):
        yield from (x.key for x in run[place + 1:place + 2] if x.kind == WORD)
        before = run[place - 2] if run[place - 1].key in TRANSPOSED and place > 1 else run[place - 1]
        yield from (x.key for x in (before,) if x.kind == WORD)


# QK'/sqrt(d) takes the root of a dimension; in d/dX and \\frac{d}{dX} a lone d above is none.
_ROOT_OF_D = re.compile(r"sqrt\s*[({]\s*d\s*[)}]|\\sqrt\s*d(?![A-Za-z])|\N{SQUARE ROOT}\s*d(?![A-Za-z])")
_BY_D = re.compile(r"\\frac\s*\{\s*(?:d|\\mathrm\s*\{\s*d)\s*\}|(?<![A-Za-z_])d\s?/\s?d[A-Za-z]")


_CLASSES = frozenset(["y", "label", "target"])


def _classes(runs: Sequence[tuple[Sequence[Token], bool]], found: Spellings) -> set[str]:
    """Names of classes in code: the y of log(p[y]), and what one_hot is taken of."""
    if not found.plain:
        return set()
    inside = (each for run, _ in runs for each in zip(run, run[1:], run[2:], run[3:], strict=False))
    classes = {x.key for before, sign, x, behind in inside if (
        sign.key == "[" and behind.key == "]" and x.key in _CLASSES) or (
        canonical(before.key) == RECORDS.one_hot.name and sign.key == "(" and behind.key in (")", ","))} - {*found.heads}
    found.called_at |= classes
    return classes


def _counted(below: Mapping[str, set[str]], found: Spellings) -> set[str]:
    """Names with index letters below, so that p_1 beside p_i is its first entry, where no equation says what p_1 is."""
    return {owner for c in found.letters - found.labels for owner in below.get(c, ())} - {
        each.base[0] for each in found.patterns if any(key.isdecimal() for item in each.subs for key in item)}


def _tags(below: Mapping[str, set[str]], found: Spellings, bound: set[str]) -> Iterator[str]:
    """Letters that tell names apart, as w and l do in r_w - r_l, where one of them is no index and nothing runs."""
    free = {c for c in found.letters - found.labels - bound if c not in "ijk"}
    names = [owners for c, owners in below.items() if len(c) == 1 and c.isalpha() and c.islower()
             and c not in found.letters | found.steps | bound]
    yield from (c for c in free if any(owners & below[c] for owners in names))


def _listed(run: Sequence[Token], source: SourceText, latex: bool) -> Iterator[str]:
    """Names whose entries stand on both sides of dots, the first one by its number: s_1, ..., s_n."""
    ended = [*run, Token(STOP, STOP, 0, 0)]
    for place in (k for k, token in enumerate(run) if token.key == "dots"):
        sides: list[set[str]] = [set(), set()]
        for at in range(max(0, place - _NEAR), min(len(run), place + _NEAR)):
            scripts = _scripts(ended, at + 1, source, latex) if run[at].kind == WORD else None
            if scripts is not None and [len(item) for item in scripts.subs] == [1]:
                kind = scripts.subs[0][0].kind
                if kind == (NUMBER if at < place else WORD):
                    sides[at > place].add(run[at].key)
        yield from sides[0] & sides[1]


def _is_index(letter: str, owners: set[str], alone: int, bound: set[str], context: DeclaredNames) -> bool:
    declared = [d for d in context.starting(letter) if not d.pattern.subs and not d.pattern.sups]
    if letter in bound or any(isinstance(d, Quantity) and isinstance(d.value, Label) for d in declared):
        return True
    if alone or declared:
        return False
    return letter in "ijk" or (letter in "lmnpqrstuvabc" and len(owners) > 1)


def _compared(run: Sequence[Token], classes: frozenset[str]) -> Iterator[Token]:
    """Letters that are only compared with each other, as in i = j and k \\neq i: a case, in which both are positions."""
    positions = _POSITIONS | classes
    for before, one, sign, two, behind in zip([None, *run], run, run[1:], run[2:], [*run[3:], None], strict=False):
        lone = not any(x is not None and x.kind in (WORD, NUMBER) and not x.upright and not x.wide for x in (before, behind))
        enclosed = before is not None and behind is not None and (before.key, behind.key) == ("[", "]")
        if lone and sign.kind == OPERATOR and sign.key in COMPARISONS and one.key in positions and (
                two.key in positions or ((sign.key == "!=" or enclosed) and two.kind == NUMBER)):
            yield from (one, two)


def _steps(runs: Iterable[tuple[Sequence[Token], bool]], source: SourceText, bound: set[str]) -> set[str]:
    """Letters that count steps, as t does in h_t = f(h_{t-1}) and k in w^{k+1}: what has them is a name of its own."""
    plain: set[str] = set()
    shifted: set[str] = set()
    said: set[tuple[str, str]] = set()
    before: set[tuple[str, str]] = set()
    for run, latex in runs:
        ended = [*run, Token(STOP, STOP, 0, 0)]
        of_step = ""
        for at, token in enumerate(run):
            scripts = _scripts(ended, at + 1, source, latex) if token.kind == WORD else None
            for item in (*scripts.subs[:1], scripts.sup) if scripts is not None else ():
                first, *more = [x.key for x in item if x.key not in ("(", ")", "[", "]")] or [""]
                if first in _STEPPING and more in ([], ["-", "1"], ["+", "1"]):
                    (shifted if more else plain).add(first)
                    if not at and not more and scripts is not None and next(
                            (x.key for x in ended[scripts.next:] if x.key != "align"), "") in ("=", ":="):
                        of_step = first
                        said.add((token.key, first))
                    elif more == ["-", "1"] and first == of_step:
                        before.add((token.key, first))
    # a_t = W h_{t-1} with h_t = f(a_t), though L may be the sum over all t
    return ((plain & shifted) - bound) | {step for _, step in said & before}


def _below_matrices(runs: Iterable[tuple[Sequence[Token], bool]], source: SourceText, below: Mapping[str, set[str]],
                    bound: set[str]) -> set[str]:
    """Letters that stand alone below a capital that is transposed, as the k of K_k^T: there is a matrix for each of them.

    So is there an x_k of its own where x - x_k is spoken of.  Nothing is summed over them, nor over what they stand below.
    """
    found = set[str]()
    run_over = set().union(*(below.get(b, ()) for b in bound))
    for run, latex in runs:
        ended = [*run, Token(STOP, STOP, 0, 0)]
        for at, token in enumerate(run):
            scripts = _scripts(ended, at + 1, source, latex) if token.kind == WORD else None
            if scripts is None or len(scripts.subs) != 1:
                continue
            turned = token.key.isupper() and scripts.sup and scripts.sup[-1].key in TRANSPOSED
            if turned or (at > 1 and (run[at - 2].key, run[at - 1].key) == (token.key, "-")):
                found |= {x.key for x in scripts.subs[0]} & _STEPPING if len(scripts.subs[0]) == 1 else set()
    return {k for k in found - bound if not below.get(k, set()) & run_over}


def _of_points(runs: Sequence[Sequence[Token]], bound: set[str]) -> set[str]:
    """The k of f(x_k) beside f(x) and ∇f: x_k is another point, for f is a function of all of x."""
    inside = [(a.key, x.key, [y.key for y in behind]) for run in runs for a, sign, x, *behind in zip(
        run, run[1:], run[2:], run[3:], run[4:], run[5:], strict=False) if a.kind == x.kind == WORD and sign.key == "("]
    graded = {x.key for run in runs for sign, x in pairwise(run) if sign.key == "nabla"}
    whole = {(name, x) for name, x, behind in inside if behind[0] == ")" and name in graded}
    return {behind[1] for name, x, behind in inside if (name, x) in whole and behind[0] == "_"
            and behind[1] in _STEPPING and behind[1] not in bound and behind[2] != "^"}


def _steps_above(context: DeclaredNames, below: Mapping[str, set[str]]) -> set[str]:
    """Letters that count the steps of a recurrence above, and stand below what has them there: h_t of h_t = f(h_{t-1})."""
    return {step for step in context.stepping & below.keys() if any(
        r.pattern.base[0] in below[step] and any(step in item for item in (*r.pattern.subs, r.pattern.sups))
        for r in context.all())}


def _named_with_primes(runs: Sequence[Sequence[Token]]) -> frozenset[tuple[str, int]]:
    """Letters whose primes belong to the name, with how many: h' = ... of an h that is not called, nor defined."""
    heads: set[tuple[str, int]] = set()
    never: set[str] = set()
    # Where transposes are written otherwise, and P stands before other things than brackets too, P(Ax + b) is a product.
    turned = any(x.key == "top" or (x.key == "T" and before.key == "^") for run in runs for before, x in pairwise(run))
    whole = {x.key for run in runs for x, behind in pairwise([*run, Token(STOP, STOP, 0, 0)]) if turned and x.kind == WORD
             and len(x.key) == 1 and x.key.isupper() and behind.key not in ("(", "'")}
    for run in runs:
        for at, token in enumerate(run):
            if token.kind != WORD:
                continue
            primes = sum(1 for _ in takewhile(lambda x: x.key == "'", run[at + 1:]))
            behind = run[at + 1 + primes:]
            if primes and len(behind) > 2 and behind[0].key == "_":
                # of α'_j = ... too
                close = matching(behind, 1) if behind[1].key == "{" else 1
                behind = behind[(close or 1) + 1:]
            after = next((x.key for x in behind if x.key != "align"), "")
            opens = at == 0 or run[at - 1].wide or run[at - 1].key in ("align", ",", "and", "text")
            if primes and after == "=" and opens:
                heads.add((token.key, primes))
            elif (not primes and after == "=" and opens) or known(token.key) or (after == "(" and token.key not in whole):
                never.add(token.key)
    return frozenset(each for each in heads if each[0] not in never)


def _called_with_primes(runs: Sequence[Sequence[Token]]) -> frozenset[tuple[str, int]]:
    """Letters that stand with primes for a whole argument where others stand, as in k(x, x') and V(s'), with how many."""
    found: set[tuple[str, int]] = set()
    bare: set[str] = set()
    for run in runs:
        for at, token in enumerate(run):
            if at < 2 or token.kind != WORD or run[at - 1].key not in ("(", ",", ";", "mid", "|"):
                continue
            primes = sum(1 for _ in takewhile(lambda x: x.key == "'", run[at + 1:]))
            after = run[at + 1 + primes].key if at + 1 + primes < len(run) else ""
            if after in (")", ",", ";", "mid", "|"):
                bare |= {token.key} if not primes else set()
                found |= {(token.key, primes)} if primes else set()
    return frozenset(each for each in found if each[0] in bare)


def _tokens(source: SourceText, start: int, end: int, context: DeclaredNames, starred: bool,
            words: frozenset[str]) -> tuple[list[Token], bool]:
    """The tokens of a stretch, words that are products cut into their letters, and whether it is LaTeX.

    ``words`` are those that the text itself takes for names.
    """
    text = source.text[start:end]
    latex = looks_like_latex(text)
    try:
        tokens = tokenize(source, start, end, context.macros)
    except SymderivError:
        return [], latex
    tokens = _without_events(_with_functions(tokens))
    single = any(len(x.key) == 1 and x.kind == WORD for x in tokens)
    products = (x.key in ("*", ".*", "@") and before.key != "^" for before, x in pairwise(tokens))  # u* is no product
    latex = latex or (single and not starred and not any(products))
    tokens = [x for x, *behind in zip(tokens, [*tokens[1:], tokens[-1]], [tokens[0], *tokens], strict=False)
              if not _of_module(x, *behind)]
    made: list[Token] = []
    plain = not source.latex
    for place, token in enumerate(tokens):
        if token.kind == WORD and place + 1 < len(tokens) and connects(token, tokens[place + 1], latex) \
                and not (token.key in words or context.starting(token.key)):
            made.append(replace(token, kind=TEXT))
            continue
        if (plain or not latex) and token.kind == WORD and len(token.key) > 1 and token.key[0] == "d" \
                and "/" in (tokens[place + 1].key, tokens[place - 1].key if place else ""):
            # dL/dw in plain text is about L and w, and d2L/dw2 too.
            above, below = (place, place + 2) if tokens[place + 1].key == "/" else (place - 2, place)
            digits = above >= 0 and order_in_letters(tokens[above].key, tokens[below].key) > 1
            token = cut(token, len(token.key) - 1)[0] if digits and place == below else token
            mixed = place == above and mixed_order(tokens, above + 1, token.key) > 1
            token = cut(token, 1 + ((digits and place == above) or mixed))[1]
        if latex and token.kind == WORD and token.key[0] == "d" and token.key[1:] in words and len(token.key) > 2:
            first, token = cut(token, 1)  # dFL/dx
            made.append(first)
        # KL of \partial KL where the text has KL(p, q), and no product such as KW(y - z).
        called = 1 < len(token.key) < 5 and token.key.isupper() and re.search(
            rf"{token.key}\([^()]{{0,40}}[,;|]", source.text) is not None
        below = plain and place > 0 and tokens[place - 1].key == "_"
        numbered_name = plain and token.key[1:].isdecimal()  # W1 of plain text
        if (latex or _of_letters(token.key, source)) and token.kind == WORD \
                and not (called or below or numbered_name) and token.key not in words \
                and _is_product(token, context):
            while len(token.key) > 1:
                first, token = cut(token, 1)
                made.append(first)
        made.append(token)
    return made, latex


def _without_events(tokens: list[Token]) -> list[Token]:
    """The tokens without what only says what something means: = P(Y=k | x)."""
    for place in (k for k, x in enumerate(tokens[:-1]) if k and x.key in ("P", "p", "Pr") and tokens[k - 1].key == "="):
        close = matching(tokens, place + 1) if tokens[place + 1].key == "(" else None
        if close is not None and any(x.key == "=" for x in tokens[place:close]) and tokens[close + 1].key == "=":
            return _without_events([*tokens[:place - 1], *tokens[close + 1:]])
    return tokens


def _with_functions(tokens: Sequence[Token]) -> list[Token]:
    """The tokens, the name of a function of the library as one word with its underscores, as in layer_norm(x)."""
    made, place = [], 0
    while place < len(tokens):
        token, end, name = tokens[place], place + 1, tokens[place].key
        joined = end
        while token.kind == WORD and end + 2 < len(tokens) and tokens[end].key == "_" and tokens[end + 1].kind == WORD:
            name, end = f"{name}_{tokens[end + 1].key}", end + 2
            joined = end if tokens[end].key == "(" and known(name) else joined
        if joined > place + 1:
            token = replace(token, key="_".join(x.key for x in tokens[place:joined:2]), end=tokens[joined - 1].end)
        made.append(token)
        place = joined
    return made


def _of_module(token: Token, behind: Token, before: Token) -> bool:
    """Whether a token is the np or the point of np.exp, or the name of an option such as axis=0."""
    return (token.key in MODULES and behind.key == ".") or (token.key == "." and before.key in MODULES) \
        or (token.key in _OPTIONS and behind.key == "=" and before.key in (",", "("))


def _is_product(token: Token, context: DeclaredNames) -> bool:
    return len(token.key) > 1 and not token.upright and not token.accents and not known(token.key) \
        and not context.starting(token.key) and token.key.isascii() and not (token.key[0] == "d" and len(token.key) == 2)


def _of_letters(word: str, source: SourceText) -> bool:
    """Whether a word of a line without LaTeX's signs is two or three letters, each of which the text has alone: 2Lf between
    dollar signs, and where the text is no LaTeX dP = GVᵀ, of capitals only.
    """
    return 1 < len(word) < 4 and word.isascii() and word.isalpha() and (source.latex or word.isupper()) and all(
        re.search(rf"(?<![A-Za-z_\\]){letter}(?![A-Za-z_])", source.text) for letter in word)


def _single(token: Token, latex: bool) -> Iterator[str]:
    """The letters of a word in a script."""
    if token.upright and len(token.key) > 1:
        return
    if len(token.key) == 1:
        yield token.key
    elif latex and token.key.isalpha() and not token.accents and len(token.key) <= 3:
        yield from token.key


def _bound(run: Sequence[Token]) -> Iterator[str]:
    """Letters that sums and products bind, or that are said to run: i = 1, ..., n."""
    for place, token in enumerate(run[:-3]):
        if token.kind == WORD and _runs_from(run[place + 1:place + 5]):
            yield token.key
        if _binds(token) or (token.kind == WORD and token.key in _BINDING and run[place + 1].key == "_"):
            scripts = _scripts([*run, Token(STOP, STOP, 0, 0)], place + 1, SourceText(""), True)
            for item in scripts.subs if scripts is not None else ():
                for x in item:
                    if x.kind != WORD:
                        if x.key == "'":
                            continue
                        break
                    yield from (x.key if not x.upright else [x.key])


def _runs_from(behind: Sequence[Token]) -> bool:
    """Whether a letter is said to run from 0 or 1, as in 1, ..., n or 1..n."""
    keys = [token.key for token in behind]
    return keys[:1] == ["="] and keys[1:2] in (["0"], ["1"]) and (keys[2:3] == [".."] or keys[2:4] == [",", "dots"])


def _binds(token: Token) -> bool:
    """Whether a sign sums or multiplies over a letter: the command, or the Greek letter itself in plain text."""
    return token.key in (_BINDING if token.kind == STRUCTURE else ("Sigma", "Pi") if token.end - token.start == 1 else ())


def _words(run: Sequence[Token], context: DeclaredNames, source: SourceText, latex: bool, owner: str = "") \
        -> Iterator[tuple[Token, bool, str]]:
    """Words with whether they stand in an index position; exponents count as places of their own."""
    at = 0
    ended = [*run, Token(STOP, STOP, 0, 0)]
    while at < len(run):
        token = run[at]
        if token.kind != WORD and not _takes_scripts(token):
            at += 1
            continue
        scripts = _scripts(ended, at + 1, source, latex)
        at += 1
        if token.kind != WORD:
            if scripts is not None:
                for item in () if token.key in (*_BINDING, *_BARS) else scripts.subs:
                    yield from _words(item, context, source, latex, token.key if token.kind == OPERATOR else owner)
                yield from _words(_raised(scripts.sup), context, source, latex, owner)
                at = max(at, scripts.next)
            continue
        yield token, bool(owner), owner
        if scripts is None:
            continue
        for item in scripts.subs:
            yield from _words(item, context, source, latex, token.key)
        if _raised(scripts.sup):
            indexed = scripts.sup[0].key in ("(", "[")
            yield from _words(scripts.sup, context, source, latex, token.key if indexed or owner else "")
        at = max(at, scripts.next)


# What stands below these says which norm it is.
_BARS = ("||", "|")


def _takes_scripts(token: Token) -> bool:
    """Whether a sign has letters below it: sums, the gradient by something, a bracket of which an entry is taken, a norm."""
    return token.key in ((*_BINDING, "nabla") if token.kind == STRUCTURE else (")", "]", *_BARS) if token.kind == OPERATOR
                         else ())


def _scripts(ended: list[Token], at: int, source: SourceText, latex: bool) -> Scripts | None:
    try:
        return read_scripts(ended, at, source, latex)[-1]
    except SymderivError:
        return None


def _collect(run: Sequence[Token], context: DeclaredNames, source: SourceText, latex: bool, found: Spellings,
             inside: bool = False) -> None:
    """Put every undeclared name of a run of tokens into what was found."""
    at = 0
    ended = [*run, Token(STOP, STOP, 0, 0)]
    while at < len(run):
        token = run[at]
        if token.kind != WORD and not _takes_scripts(token):
            at += 1
            continue
        scripts = _scripts(ended, at + 1, source, latex)
        if scripts is None:
            at += 1
            continue
        if token.kind != WORD:
            if token.key in _BINDING and len(scripts.sup) == 1 and scripts.sup[0].kind == WORD:
                found.sizes.add(pattern_of(scripts.sup[0], Scripts()).text)
            for item in (*(() if token.key in _BINDING else scripts.subs), _raised(scripts.sup)):
                _collect(item, context, source, latex, found, inside or token.kind == OPERATOR)
            at = max(at + 1, scripts.next)
            continue
        stepped = bool(scripts.sup) and scripts.sup[0].key in found.steps
        for item in (*scripts.subs, *(() if stepped else [_raised(scripts.sup)])):
            _collect(item, context, source, latex, found, inside or item in scripts.subs)
        jacobian = token.key == "D" and [x.key for x in ended[at + 2:at + 3]] == ["("] \
            and ended[at + 1].key in found.formulas
        if jacobian or (token.key == "D" and directional(ended, at) is not None):
            at += 1
            continue
        declared = find(context, ended, at, source, latex)
        if declared is not None and not (
                _is_example(token, declared, found) or _is_numbered(declared) or _is_of_step(declared, scripts, found)):
            at = max(at + 1, declared.scripts.next if declared.scripts.rest is None else at + 1, scripts.next)
            continue
        changed = token.key in CHANGES and scripts.empty and run[at + 1:at + 2] and run[at + 1].kind == WORD
        if changed and found.changes:
            # delta h_t is a name of two signs.
            behind = _scripts(ended, at + 2, source, latex)
            subs = tuple(tuple(x.key for x in item) for item in behind.subs) if behind is not None else ()
            found.later.update({Pattern((token.key, run[at + 1].key), subs): None} if subs and "+" in subs[0] else {})
            at = behind.next if behind is not None else at + 2
            continue
        behind_it = ended[min(scripts.next, len(ended) - 1)]
        called = token.key == "pi" and behind_it.key == "(" and (close := matching(ended, scripts.next)) is not None \
            and any(x.key in found.called_at for x in at_letters(ended[scripts.next + 1:close]))
        dimension = token.key == "d" and "d" in found.sizes and scripts.empty and behind_it.kind != WORD
        if not _skipped(token, inside, found) or called or dimension or (
                token.key in ("pi", "d") and scripts.subs and not inside):
            _note(token, scripts, ended, found)
        at = max(at + 1, scripts.next)


def _is_example(token: Token, declared: Match, found: Spellings) -> bool:
    """Whether x^{(i)} is an example, though x is declared: a number has no entries, or it is said what x^{(i)} is."""
    sup = declared.scripts.sup
    return arity(declared.declared) <= (token.key in found.families) and len(sup) == 3 and sup[0].key == "(" \
        and sup[1].key in found.letters


def _is_numbered(declared: Match) -> bool:
    """Whether lambda_2 is another name than lambda, which is a number and has no entries."""
    below = declared.scripts.subs
    return arity(declared.declared) == 0 and len(below) == 1 and len(below[0]) == 1 and below[0][0].kind == NUMBER


def _is_of_step(declared: Match, scripts: Scripts, found: Spellings) -> bool:
    """Whether x_k, and x_{k+1}, is another name than x: k counts steps."""
    return not declared.declared.pattern.subs and bool(scripts.subs) and scripts.subs[0][0].key in found.steps


def _raised(sup: tuple[Token, ...]) -> tuple[Token, ...]:
    """What stands in an exponent, without the sign of a transpose."""
    return sup[:-1] if sup and sup[-1].key in TRANSPOSED and (len(sup) <= 2 or sup[-2].key in OPENING.values()) else sup


def _skipped(token: Token, inside: bool, found: Spellings) -> bool:
    """Whether a word is no name: a sign of the notation, a function of the library, an index letter, or a word of prose."""
    if token.key in found.arrays and not token.upright:
        return inside
    binds = _binds(token) and token.key != "Pi" and token.key not in found.arrays
    if _SIGN.fullmatch(token.key) or binds or token.font == "bb" or _is_law(token):
        return True
    if known(token.key) and len(token.key) > 1:
        return True
    if token.key in ("True", "False", "None"):
        return True
    if token.key[0] == "d" and 1 < len(token.key) < 4 and token.key not in found.heads:
        # dX, dz: a differential or a gradient, unless the text says what it is.
        return True
    if inside or token.key in found.last or (token.key in found.letters and len(token.key) == 1):
        return True
    return token.upright and len(token.key) > 1 and token.key not in GREEK and token.key not in ("ell", CONSTANT) \
        and token.key.islower() and not token.accents and token.key not in found.heads


def _is_law(token: Token) -> bool:
    """Whether a letter is the N of the normal law."""
    return token.key == "N" and token.font == "cal"


def _note(token: Token, scripts: Scripts, ended: Sequence[Token], found: Spellings) -> None:
    """Count one use of a name."""
    fixed, letters = _split(scripts, found.letters, found.steps)
    below = [[x.key for x in item] for item in scripts.subs]
    found.picked |= {keys[0]: keys[2] for keys in below if len(keys) == 3 and keys[1] == "_" and keys[2] in found.letters}
    if len(fixed) == 1 and not letters and (token.key in found.listed or (
            token.key in found.counted and fixed[0][0].isdecimal())):
        letters, fixed = fixed[0], ()
    pair = "".join(x.key for item in scripts.subs for x in item)
    one_of_two = re.fullmatch(r"[a-z][a-z\d]|\d[a-z]", pair) and pair[pair[0].isdecimal()] in found.letters and not any(
        head.startswith("delta") for head in found.heads)
    if token.key == "delta" and (one_of_two or (len(letters) == 2 and not fixed)):
        return  # Kronecker's sign, also that of delta_{i1}
    sup = tuple(x.key for x in scripts.sup)
    keys, hole, power = tuple[str, ...](), tuple[str, ...](), ""
    turned = bool(sup) and sup[-1] in TRANSPOSED
    if sup[:1] in (("(",), ("[",)):
        close = matching(scripts.sup, 0)
        keys = sup[:(close or 0) + 1]
        hole = keys[1:-1] if len(keys) == 3 and keys[1] in found.letters and keys[0] == "(" else ()
    elif sup and (sup[0] in STARS or sup in (("-",), ("+",))):
        keys = sup[:1]
    elif len(sup) == 1 and scripts.sup[0].upright and len(sup[0]) > 1 and sup[0] not in GREEK and not turned:
        keys = sup  # x^{new} is no power
    elif sup and sup[0] in found.steps and not turned and found.raised:
        keys = sup
    elif len(sup) == 1 and sup[0] in _POWERS:
        power = sup[0]
    primes = found.primes(token.key, scripts.primes)
    pattern = replace(pattern_of(token, replace(scripts, subs=(), sup=(), primes=primes)), subs=fixed, sups=keys,
                      hole=hole[0] if hole else None, font="")
    name = found.spelled_as(pattern.text) if not hole else replace(pattern, sups=("(", "i", ")")).text
    used = found.names.setdefault(name, SpelledName(pattern, first=token.start))
    used.arity = max(used.arity, len(letters))
    used.letters.append(letters)
    (used.parts if letters else used.whole).append(token.start)
    used.bold = used.bold or token.font == "bold"
    used.turned += turned or bool(found.plain and letters and ended[min(scripts.next, len(ended) - 1)].key == "'")
    used.primed += scripts.primes - primes
    used.entries += bool(letters)
    if power:
        used.powers.add(power)
    else:
        used.bare += 1
    behind = ended[min(scripts.next, len(ended) - 1)]
    product = turned or (sup[:1] == ("-",) and sup[1:] not in ((), ("1",)))  # such as σ^{-2}(I - A)
    opens = behind.kind == OPERATOR and behind.key in ("(", "[") and not letters and not product
    called, close = opens and behind.key == "(", matching(ended, scripts.next) if opens else None
    items = at_letters(ended[scripts.next + 1:close]) if close is not None else []
    if items and all(x.key in found.called_at for x in items):
        used.letters[-1] = tuple(x.key for x in items)
        used.arity, called, close = max(used.arity, len(items)), False, None
    if not called and used.called == len(used.letters) - 1:
        used.first = token.start  # D_{KL}(q \| p) is told by what is said of D_{KL} below
    used.called += called
    used.many += called and close is not None and len(split_items(ended[scripts.next + 1:close])) > 1
    if called:
        alone = head(ended[scripts.next + 1:close]) if close is not None else None
        used.arguments.add("" if alone is None else alone.text)


def _split(scripts: Scripts, index: set[str], steps: set[str]) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Items of the subscript that belong to the name, and the positions behind them."""
    fixed: list[tuple[str, ...]] = []
    letters: list[str] = []
    for item in scripts.subs:
        words = [x for x in item if x.kind == WORD]
        parts = [c for x in words for c in (x.key if not x.upright else [x.key])]
        if words and all(p in index for p in parts) and all(f[0] in steps and len(f) < 4 for f in fixed):
            simple = all(x.kind == WORD for x in item)
            letters.extend(parts if simple else ["+".join(parts)])
        elif words and words[0].key in index and len(item) > 1 and item[1].key in ("+", "-", "_"):
            letters.append(words[0].key)
        elif letters and all(x.kind == NUMBER for x in item):
            letters.append(item[0].key)
        elif len(item) > 1 and item[1].key == "_" and words:
            letters.append(words[0].key)
        else:
            fixed.append(tuple(x.key for x in item))
    return tuple(fixed), tuple(letters)


def _heads(run: Sequence[Token], context: DeclaredNames, found: Spellings) -> None:
    """Names that stand alone before an equals sign, with the place where they do so first."""
    parts: list[Sequence[Token]] = [[]]
    depth = 0
    for token in run:
        depth += (token.key in OPENING) - (token.key in OPENING.values()) if token.kind == OPERATOR else 0
        if depth == 0 and (token.wide or token.key in (",", ";", "implies", "and")):
            parts.append([])
        if token.key not in (",", ";", "align"):
            parts[-1].append(token)  # type: ignore[attr-defined]
    for part in parts:
        signs = [k for k, x in enumerate(part) if x.kind == OPERATOR and x.key in ("=", ":=", "equiv")]
        stop = next(iter(signs), None)
        tail = [x for x in part[signs[-1] + 1:] if x.kind != STOP and x.key != "."] if signs else []
        if stop and _says_of_itself(part[0].key, stop, tail):
            continue
        last = head(tail) if tail and signs[-1] - ([-1, *signs])[-2] > 2 else None
        if last is not None and len(last.base) == 1 and not last.subs:
            found.tails.setdefault(replace(last, font="").text, tail[0].start)
        if not stop or _is_law(part[0]):
            continue
        left = tuple(x for x in part[:stop] if x.kind != "text")
        if len(left) > 1 and left[0].key in (log.name, "ln") and left[1].key != "sigma":
            left = left[1:]  # log p(y) = ... says what p(y) is; log σ(x) = ... claims something of the sigmoid
        if len(left) > 1 and left[0].key == "implies" and (left[1].accents or left[-1].key in STARS):
            left = left[1:]  # what was solved for is named where it follows
        pattern = head(left) if left else None
        of_laws = pattern is None and any(x.key == "||" for x in left)
        if pattern is None and left:
            called = called_head(left)
            # f'(z) = ... says what the derivative is of a function that is known from elsewhere.
            pattern = called[0] if called is not None and not called[0].primes else None
            if called is not None and pattern is not None and len(called[1]) == 1 and not called[1][0].subs:
                (found.valued if called[1][0].sups else found.formulas).add(replace(pattern, font="").text)
        if pattern is not None and len(pattern.base) == 2 and pattern.base[0] in CHANGES:
            found.changes.add(pattern.base)
            found.changed.setdefault(replace(pattern, font="").text, left[0].start)
        if pattern is not None and len(pattern.base) == 1:
            found.patterns.append(pattern)
            found.tags |= {key for item in pattern.subs for key in item} - {x.key for x in part[stop + 1:]}
            for name in map(found.spelled_as, _names_of_head(pattern, found)):
                _put_head(name, left, found, of_laws)


def _put_head(name: str, left: Sequence[Token], found: Spellings, of_laws: bool) -> None:
    """Where an equation says what a name is: the first one; what D_KL of some laws is, is told where no law is named."""
    if name in found.of_laws and not of_laws:
        del found.heads[name]
        found.of_laws.remove(name)
    elif of_laws and name not in found.heads:
        found.of_laws.add(name)
    found.heads.setdefault(name, left[0].start)


def _says_of_itself(name: str, stop: int, tail: Sequence[Token]) -> bool:
    """Whether an equation says what the entries of a name are called, as p = (p_1, ..., p_n), or what it depends on, as
    L = L(y)."""
    keys = [x.key for x in tail]
    return (keys[:2] == ["(", name] and "dots" in keys) or (stop == 1 and keys[:2] == [name, "("])


def _names_of_head(pattern: Pattern, found: Spellings) -> Iterator[str]:
    """The names that the left side of an equation may be, with index letters left out."""
    plain = replace(pattern, font="", primes=found.primes(pattern.base[0], pattern.primes))
    subs = tuple(item for item in plain.subs if not all(c in found.letters for key in item for c in key))
    for each in (plain, replace(plain, subs=subs)):
        yield each.text
    if plain.sups[:1] == ("(",):
        yield replace(plain, subs=subs, sups=("(", "i", ")")).text
