"""What a text says of its names, and what its lines leave no choice about, as declarations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..arrays.arrays import SQUARE, Tensor, tensor
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import same_size
from ..errors import SymderivError
from ..reader.declare.context import DeclaredNames, Definition, Expected, FunctionDeclared, Pattern, Quantity
from ..reader.declare.declarations import declare_also
from ..reader.declare.function_names import canonical
from ..reader.declare.random_names import densities, laws_told, random_law, takes_means
from ..reader.declare.statements import DeclarationStatement, head
from ..reader.declare.told import (
    COLUMNS,
    ENTRIES_LISTED,
    FUNCTION,
    LABEL,
    LETTER,
    MAP,
    ONE_HOT,
    SCALAR,
    UNIT,
    Told,
    names_of,
)
from ..reader.syntax import tree as t
from ..reader.syntax.spellings import ACCENTS, GREEK, REALS
from ..reader.syntax.tokens import SourceText, tokenize
from .any_function import declarations, maps_said
from .best_values import says_optimum
from .redefinitions import with_arities
from .roles import LOSSES, OF_THE_CASE, ClassifiedText, names_read, read_rows, reads
from .shape_inference import Axes, Sizes, Walk, best
from .spellings_used import EVENT_HEAD, SpelledName, Spellings, scan
from .sums_over_steps import REST
from .text_rows import TextRow, Written, sentence_until

# Letters that people use for numbers, for vectors, and for functions, where nothing else tells.
_NUMBERS = frozenset(["L", "J", "T", "N", "M", "K", "D", "ell", "Loss", "loss", "cost"])
_VECTORS = frozenset(["theta", "beta", "w", "x", "y", "z", "b", "h", "v", "u"])
_COEFFICIENTS = frozenset(["lambda", "eta", "tau", "epsilon", "varepsilon", "rho"])
_CALLED = frozenset(["f", "g", "h", "sigma", "varsigma", "phi", "varphi", "psi", "rho", "Phi", "s", "a", "F", "G"])
_DENSITIES = ("p", "f")
_MATRICES = frozenset(["Sigma", "Lambda", "Phi", "Psi", "Theta", "Omega", "Gamma"])
_COVARIANCES = frozenset(["Sigma", "Lambda"])
_DIFFERENTIAL = re.compile(r"(?<![A-Za-z\\^{])d\s*(?:[A-Za-z]|\\[a-z])")
# dL/dx of plain text, whose d is no other
_QUOTIENT = re.compile(r"(?<![A-Za-z\\])d\^?\d?\s?[A-Za-z]\w{0,20}\s?/\s?d[A-Za-z]\w{0,20}")
# 1/d, with a sum behind
_OF_D = re.compile(r"(?:\b1\s?/\s?|\\[dt]?frac\s?\{?\s?1\s?\}?\s?\{?\s?)d(?![A-Za-z])[\s})]{0,4}\\?(?:sum|Sigma|∑|Σ)")
_BY_D = re.compile(r"\\frac\s*\{\s*(?:d|\\mathrm\s*\{\s*d)\b")
_LONE_D = re.compile(r"(?<![A-Za-z\\^_{])d\s*(?:[=+.,;)^]|$)")
_SUMMED = re.compile(r"=\s*&?\s*\\sum")
_ENTROPIES = frozenset(["CE", "XE", "XEnt", "CELoss"])
_FOUND = re.compile(r"\s*(?:\\(?:hat|widehat|tilde)\b|p\b|q\b|\\operatorname\{softmax|\\text\{softmax)")
# A:B between factors, in a text that speaks of such products.
_COLON = re.compile(r"[A-Za-z)\]}]\s*(?::|\\colon\b)(?!=)\s*(?:\\[A-Za-z]|[A-Za-z(])")
_SAYS_COLON = re.compile(r"[Ff]robenius|\b[Cc]olon\b|inner product|double[- ]dot|\\tr\b|"
                         r"\\(?:operatorname|mathrm|text)\s*\{\s*[Tt]r")
# df = w:dw, the product of a gradient and a differential
_OF_DIFFERENTIAL = re.compile(r"=[^=]{0,200}[A-Za-z)\]}]\s{0,3}:\s{0,3}(?:\\,\s{0,3})?"
                              r"(?:d|\\(?:mathrm|text)\s?\{\s?d\s?\})\s?\\?[A-Za-z]")
_SAYS_ENTROPY = re.compile(r"[Cc]ross[- ]?[Ee]ntropy")
_TARGET = re.compile(r"-[^=]*?\\sum\s*(?:\\limits)?(?:[_^]\s*(?:\{[^{}]*\}|\w)\s*)*(?P<name>\\?[A-Za-z]+(?:\{\w\})?"
                     r"(?:[_^]\s*(?:\{[^{}]*\}|\w)\s*)?)\s*\\(?:log|ln)(?![a-z])")
# Stands for the choice whether u_o is one of the u_w that are summed over, or a name of its own.
LABELS = "labels"
# Stands for the choice that a name without letters below it is a number beside a vector of that name: λ beside λ_i.
APART = -1
# What people call the last value of a letter; T may be a temperature.
_LASTS = frozenset("CDJKMN")
# Without d, which is a differential as well.
_NAMES_OF_SIZES = ("n", "m", "k", "p", "q", "r", "s", "l", "h", "N", "M", "K", "D", "P", "Q")


@dataclass(frozen=True)
class LetterUse:
    """How people use letters: what each number of axes costs for a name, and what they call sizes, in order."""

    axes: Callable[[SpelledName], dict[int, float]]
    sizes: tuple[str, ...] = _NAMES_OF_SIZES


def axes_in_a_text(each: SpelledName) -> dict[int, float]:
    """In texts capitals are matrices, unless they are losses or numbers; other letters are numbers, unless they are bold."""
    name = each.pattern.base[0]
    stem = name.rstrip("0123456789") or name
    if name in LOSSES and (each.differentiated or name in _NUMBERS or not name.isupper()) and not each.turned:
        return {0: 0.0}
    if name in _MATRICES or (stem.isupper() and len(stem) == 1 and name not in _NUMBERS):
        costs = {2: 0.0, 1: 0.3, 0: 0.35}
    elif name[:1].isupper() and name not in GREEK and name not in _NUMBERS and (each.bold or each.turned):
        costs = {2: 0.0, 1: 0.3, 0: 0.6}
    elif each.bold:
        costs = {1: 0.0, 2: 0.4, 0: 0.6}
    elif name in _NUMBERS:
        costs = {0: 0.0, 2: 0.3, 1: 0.4}
    else:
        costs = {0: 0.0, 1: 0.15 if stem in _VECTORS else 0.25, 2: 0.45}
    if each.powers and name not in _MATRICES:
        costs[1] += 0.2
    if each.turned and costs[0] == 0.0 and name in _NUMBERS:
        # A J that is transposed is no number.
        costs = {2: 0.0, 1: 0.3, 0: 0.35}
    return costs


_OF_ARRAYS = re.compile(r"(?i)matri(?:x|ces)|vector|tensor|\\top(?![a-z])|[\^'`]\s?\{?\s?(?-i:T)\b|[ᵀ‖ℝ⊙@∇]|"
                        r"\\math(?:bb|bf)|\\bm\b|\\boldsymbol|\\(?:\||Vert|lVert|odot|circ|otimes|nabla|det)(?![a-z])|\b(?:tr|trace|det|diag|rank)\b|"
                        r"[A-Z]\s?\^\s?\{?\s?-1|⁻¹|(?-i:\bI\b)|[A-Za-z]'[A-Z]")


def _use_of(text: Written, used: Spellings, taken: TakenNames, use: LetterUse) -> LetterUse:
    """How letters are used; where nothing in a text speaks of arrays, its capitals are numbers too: Y = A K^α L^{1-α}."""
    alone = text.page is not None and not any(each.arity or each.bold or each.turned for each in used.names.values()) \
        and not any(told.rank for told in taken.told.values()) and not _OF_ARRAYS.search(text.source.text)
    return replace(use, axes=_of_numbers) if alone and use is IN_TEXTS else use


def _of_numbers(each: SpelledName) -> dict[int, float]:
    return {0: 0.0} if each.pattern.base[0][:1].isupper() else axes_in_a_text(each)


def axes_alone(each: SpelledName) -> dict[int, float]:
    """In an expression of its own capitals are matrices, Greek letters and c, t, r numbers, others vectors."""
    name = each.pattern.base[0].rstrip("0123456789")
    if name[:1].isupper():
        return {2: 0.0, 1: 0.3, 0: 0.35}
    return {0: 0.0, 1: 0.25, 2: 0.45} if len(name) > 1 or name in ("c", "t", "r") else {1: 0.0, 0: 0.2, 2: 0.45}


IN_TEXTS = LetterUse(axes_in_a_text)
ALONE = LetterUse(axes_alone, ("m", "n", "k", "p", "q"))
# Beside a normalisation, scale and shift have one entry each.
NORMALISED = replace(ALONE, axes=lambda each: {1: 0.0, 0: 0.2} if each.pattern.base[0] in ("gamma", "beta")
                     else axes_alone(each))


@dataclass
class Declaration:
    """One declaration that was made: its text, where it comes from, and whether the text says it or its lines need it.

    ``besides`` are the relations that were declared with it.
    """

    name: str
    text: str
    line: int = 0
    told: bool = True
    besides: tuple[str, ...] = ()

    def __str__(self) -> str:
        reason = f"taken from the text, line {self.line}" if self.told else "read off its lines"
        return f"{'; '.join((self.text, *self.besides))}  ({reason})"


@dataclass
class TakenNames:
    """What a scope knows of its names; ``cost`` is what the shapes of its lines do not fit."""

    told: dict[str, Told] = field(default_factory=dict)
    declarations: dict[str, Declaration] = field(default_factory=dict)
    guessed: dict[str, list[int]] = field(default_factory=dict)
    cost: float = 0.0


def canonical_name(pattern: Pattern, letters: Iterable[str]) -> tuple[str, int]:
    """The spelling under which a name is kept, and how many of its subscripts are index letters."""
    index = set(letters)
    plain = replace(pattern, font="", primes=pattern.primes)
    if plain.sups[:1] == ("(",) and len(plain.sups) == 3 and (plain.sups[1] in index or plain.sups[1] == "i"):
        return replace(plain, sups=("(", "i", ")"), hole=None).text, 1
    subs = tuple(item for item in plain.subs if not all(c in index for key in item for c in key))
    return replace(plain, subs=subs).text, len(plain.subs) - len(subs)


def merged(facts: Iterable[Told], letters: Iterable[str]) -> dict[str, Told]:
    """All that is said of each name; what is said first of its shape holds."""
    found: dict[str, Told] = {}
    index = set(letters)
    for each in facts:
        name, below = canonical_name(each.pattern, index)
        rank = None if each.rank is None and each.meaning != SCALAR else (each.rank or 0) + below
        below_sizes = ("?",) * below if each.sizes and each.meaning not in (LABEL, LETTER) else ()
        now = replace(each, rank=rank, sizes=(*below_sizes, *each.sizes), pattern=replace(each.pattern, font=""),
                      below=below if each.meaning not in (LABEL, LETTER) else 0)
        old = found.get(name)
        if old is None:
            found[name] = now
        elif not now.supposed:
            better = old.rank is None or (old.rank == now.rank and not old.sizes)
            found[name] = replace(old, rank=now.rank if old.rank is None else old.rank,
                                  sizes=now.sizes if better and now.sizes else old.sizes,
                                  properties=old.properties | now.properties, meaning=old.meaning or now.meaning,
                                  values=old.values or now.values, depends=old.depends or now.depends,
                                  # several intervals are as many cases
                                  between=("",) if old.between and now.between not in ((), old.between) else
                                  old.between or now.between)
    return found


# ------------------------------------------------------------------ from words and lines to declarations

def complete(text: Written, context: DeclaredNames, taken: TakenNames, given: set[str],
             chosen: dict[str, int], use: LetterUse = IN_TEXTS) -> DeclaredNames:
    """A context in which the names of a scope are declared, as far as the text or its lines say what they are.

    ``given`` are names that a person declared: they stay.  ``chosen`` are numbers of axes to try.  How people ``use``
    letters decides where lines leave a choice.
    """
    context = context.copy()
    context.macros |= text.macros
    if _colons(text) and ":" not in context.operators:
        _statement(context, "(:): frobenius")
    laws = _laws(text, context, given)
    in_words = list(_named_in_words(text))
    said = [*(told.pattern for told in taken.told.values()), *(pattern for pattern, _ in in_words)]
    used = _spellings(text, context, taken, said, LABELS not in chosen)
    _told_of_spellings(text, used, taken, given)
    # A name that is only ever seen with a power or a star is spelled with it, if the text defines it so.
    used.sizes |= set(_counted(used, taken))
    context.spelled |= {each for each in _spelled(used) if not each.sups or not each.sups[0].isdecimal() or (
        each.text in used.heads and replace(each, sups=()).text not in taken.told)}
    context.stepping = frozenset(used.steps)
    _by_habit(text, context, used, taken)
    mapped = _maps(text, context, used, taken, given)
    functions = dict(_functions(used, taken, text.source))
    for name, target in functions.items():
        if name not in given:
            _declare_function(context, used.names[name].pattern, target)
            taken.declarations.setdefault(name, _declaration(text, taken, name, target))
    _cross_entropy(text, context, used, taken)
    _targets_of_entropies(text, context, taken, used)
    total = any(_SUMMED.search(row.text) for row in text.rows) and bool(used.steps)
    shifted = _said_elsewhere(text, context, used, taken, in_words, total) | mapped
    inputs = _inputs(used, functions, given) - set(shifted) - _said_beside(text, used)
    inputs |= set(_at_last_step(used, inputs, shifted))
    for name in used.names.keys() & shifted:
        used.heads.setdefault(name, used.names[name].first)
    context.worded |= _worded(text, used, given)
    reading = _provisional(text, context, used, inputs, taken, shifted.values())
    left = _left_over(reading, used, functions, inputs, given, context) - set(shifted)
    if set(used.names) - inputs - set(functions) - given - set(used.heads):
        # J = CE(y, p), where nobody says what CE is: then nobody knows what J is either.
        left -= {name for name in used.heads if getattr(taken.told.get(name), "rank", None) is None}
    reading = _provisional(text, context, used, inputs := inputs | left, taken, shifted.values()) if left else reading
    _differentiated(context, reading, inputs, used)
    apart = [name for name in sorted(inputs) if chosen.get(name) == APART or _is_factor(text, used.names[name], taken)]
    use = _use_of(text, used, taken, use)
    options = {name: _options(used.names[name], used, taken.told.get(name), None if name in apart else chosen.get(name), use)
               for name in sorted(inputs, key=lambda name: (used.names[name].first, name))}
    walk = _walk(text, reading, context, options, taken, used)
    taken.cost = walk.cost
    _add(text, context, walk, inputs, used, taken, reading, use)
    _draw(text, context, laws, taken)
    for name in apart:
        _told_apart(context, name, taken)
    _beyond_this_step(context, used, inputs, shifted, taken, total)
    for name, statement in shifted.items():
        context.later[statement] = None
        taken.declarations[name] = Declaration(name, statement, 0, False)
    return context


def _told_of_spellings(text: Written, used: Spellings, taken: TakenNames, given: set[str]) -> None:
    """Keep what is told of names under the spellings that the text has for them, with what these say besides."""
    taken.told = {used.spelled_as(name): told for name, told in taken.told.items()}
    taken.told |= dict(_members(text, used, taken))
    _named_by_ends(text, taken, used, given)
    _best_of_variables(text, taken, used)


def _members(text: Written, used: Spellings, taken: TakenNames) -> Iterator[tuple[str, Told]]:
    """What is said of phi(s, a), where s and a are indices: of the array it has an axis for each."""
    for name, told in taken.told.items():
        each = used.names.get(name)
        if each is None or told.below or told.rank is None or told.meaning not in ("", SCALAR) or each.pattern.subs:
            continue
        called = re.match(r".{0,30}?\(([^()]{1,30})\)", text.source.text[told.offset:told.offset + 80], re.DOTALL)
        letters = re.split(r"\s*(?:,|;|\||\\mid(?![a-z]))\s*", called[1].strip()) if called else []
        if letters and each.arity == len(letters) and {*letters} <= used.called_at:
            yield name, replace(told, rank=told.rank + each.arity, sizes=("?",) * each.arity + told.sizes,
                                meaning="", below=each.arity)


def _laws(text: Written, context: DeclaredNames, given: set[str]) -> dict[str, str]:
    """The laws of what a text draws and takes means of; E then is the sign of these, unless it was declared."""
    shown = text.page.shown if text.page is not None else text.source.text
    found = {} if context.laws or "E" in given or context.starting("E") else laws_told(shown)
    for name, said in found.items():
        source = SourceText(f"{name}: random {said}")
        context.laws[name.removeprefix("\\")] = random_law(DeclarationStatement(source, 0, len(source.text)), 0)[0]
    if found and takes_means(shown):
        context.add(Expected(Pattern(("E",))))
    return found


def _draw(text: Written, context: DeclaredNames, laws: dict[str, str], taken: TakenNames) -> None:
    """Say what is drawn, and declare what nothing but its law speaks of."""
    for name, said in laws.items():
        records = [r for r in context.by_name(name.removeprefix("\\")) if isinstance(r, Quantity)]
        for place, given in enumerate(said[said.index("(") + 1:said.rindex(")")].split(",") if len(records) == 1 else ()):
            shape = shape_of(records[0].value) if not place and not said.endswith("independent") else ()
            for each in names_of(re.sub(r"\^\{?2\}?$", "", given.strip()), text.macros):
                if not context.starting(each.base[0]):
                    _statement(context, f"{each.text}: {' '.join(map(str, shape)) or 'scalar'}")
        taken.declarations[f"law of {name}"] = _declaration(text, taken, name, f"random {said}")


def _maps(text: Written, context: DeclaredNames, used: Spellings, taken: TakenNames, given: set[str]) -> dict[str, str]:
    """Functions of vectors of which nothing else is said, each as one in general position; its coefficients are declared."""
    found = {name: each for name, each in maps_said(used, taken.told, text.source.text) if name not in given}
    taken.told = {name: each for name, each in (taken.told | found).items() if each.meaning != MAP or name in found}
    made = {name: declarations(name, each.sizes, used) for name, each in found.items()}
    for coefficients, _ in made.values():
        for each in coefficients:
            _statement(context, each)
    return {name: statement for name, (_, statement) in made.items()}


def _by_habit(text: Written, context: DeclaredNames, used: Spellings, taken: TakenNames) -> None:
    """What a text writes as everybody does, and says nothing of: sizes, means, probabilities of events."""
    if ("d" in used.sizes or _dimension(text)) and not context.by_name("d") and not any(
            _DIFFERENTIAL.search(_QUOTIENT.sub(" ", row.text)) for row in text.rows):
        _statement(context, "d: size")
    _probabilities(text, context, taken)
    _sample_means(text, context, used, taken)
    for step in sorted(used.steps & used.sizes - used.names.keys() - {*used.last.values()}):
        if not context.by_name(step):
            _statement(context, f"{step}: size")  # Σ_{i=1}^t beside m_t


def _probabilities(text: Written, context: DeclaredNames, taken: TakenNames) -> None:
    """P(y = k | x), of which an equation says what it is, as a name for it wherever it stands."""
    names = {re.sub(r"\s", "", r.name) for r in context.all()}
    heads = [found for row in text.rows if (found := EVENT_HEAD.match(row.text))]
    # What is said of P(X = k) for any k holds for P(X = 0), of which it is a claim.
    general = {found["event"] for found in heads if not found["value"].isdecimal()} | {
        name.partition("=")[0] for name in names if re.search(r"=[a-z][|,;)]", name)}
    for found in heads:
        if found["value"].isdecimal() and found["event"] in general:
            continue
        right, left = _first_side(found["right"]), found["left"]
        if right and left not in taken.declarations and re.sub(r"\s|\\mid|\\vert", "", left) not in names:
            context.later[f"{left} = {right}"] = None
            taken.declarations[left] = Declaration(left, f"{left} = {right}", 0, False)


def _first_side(text: str) -> str:
    """What stands up to the next equals sign, or to the end of a formula."""
    return _EQUALS.split(re.sub(r"[\s.\\]+\Z", "", _BESIDE_IT.split(text.replace("&", " "))[0]))[0].strip()


def _sample_means(text: Written, context: DeclaredNames, used: Spellings, taken: TakenNames) -> None:
    """x̄ beside x_i, where nothing says what it is and x stands nowhere by itself: the mean of all of them."""
    for data in ("x", "y", "z", "t"):
        mean = f"{data}{ACCENTS['bar']}"
        one = used.names.get(data)
        if one is None or one.arity != 1 or (one.whole and not _stands_for_one(text, one)) or mean not in used.names \
                or mean in used.heads or mean in taken.told or used.names[mean].arity or used.names[mean].called \
                or context.by_name(mean):
            continue
        statement = f"{data}\u0304 = mean({data}, axis=0)"
        context.later[statement] = None
        used.heads[mean] = used.names[mean].first
        taken.declarations[mean] = Declaration(mean, statement, 0, False)


def _counted(used: Spellings, taken: TakenNames) -> Iterator[str]:
    """Sizes that are numbers where they stand in formulas, as the n of R^n, unless these say otherwise."""
    sizes = {size_label(size) for told in taken.told.values() for size in told.sizes if size != "?"}
    for name in sizes & used.names.keys() - used.heads.keys() - taken.told.keys():
        each = used.names[name]
        if not (each.arity or each.turned or each.called):
            yield name


def _said_elsewhere(text: Written, context: DeclaredNames, used: Spellings, taken: TakenNames,
                    in_words: Iterable[tuple[Pattern, str]], total: bool) -> dict[str, str]:
    """What words say of names, what is said of them behind their use, and what is said of others at another step."""
    shifted = dict(_shifted(text, context, used)) | {
        canonical_name(p, used.letters)[0]: statement for p, statement in in_words}
    shifted = _one_step_further(text, context, used, shifted)
    shifted |= {**dict(_densities(text, used, taken)), **dict(_said_behind(text, context, used))}
    shifted |= dict(_entries_of_rows(text, used, taken))
    for each in list(used.names.values()) if total else ():
        # What is said of any step holds for the next one, on which the rest of a sum over all steps depends.
        shifted.update(_next_step(text, context, used, each))
    return shifted


def _entries_of_rows(text: Written, used: Spellings, taken: TakenNames) -> Iterator[tuple[str, str]]:
    """y^{(i)} of a Y of one row, and a^{[2](i)} of an A^{[2]} beside it: the value of each example."""
    rows = {name for name, told in taken.told.items() if told.sizes[:1] == ("1",) and len(told.sizes) == 2}
    squeezed = re.sub(r"\s", "", text.source.text) if rows else ""
    found: dict[str, tuple[str, str]] = {}
    for name, each in used.names.items() if rows else ():
        if name in taken.told or name in used.heads or not name[:1].islower() or each.pattern.subs:
            continue
        plain = replace(each.pattern, sups=() if each.pattern.hole is not None else each.pattern.sups, hole=None)
        whole = replace(plain, base=(plain.base[0].upper(),)).text
        own = f"{plain.text[:-1]}(i)}}" if plain.sups else f"{plain.text}^{{(i)}}"
        if (whole in rows or whole in used.heads) and own in squeezed:
            found[name] = whole, f"{own} = {whole}_{{1i}}"
    if any(whole in rows for whole, _ in found.values()):
        yield from ((name, statement) for name, (_, statement) in found.items())


def _colons(text: Written) -> bool:
    """Whether a text writes A:B and speaks of such products, or writes one with a differential."""
    rows = [row.text for row in text.rows if not row.inline and _COLON.search(row.text)] if text.page is not None else []
    return bool(rows) and (_SAYS_COLON.search(text.page.shown) is not None  # type: ignore[union-attr]
                           or any(_OF_DIFFERENTIAL.search(row) for row in rows))


def _densities(text: Written, used: Spellings, taken: TakenNames) -> Iterator[tuple[str, str]]:
    """p(x) by the one law that the text tells, where p is called and nothing else says what it is."""
    shown = text.page.shown if text.page is not None else text.source.text
    told = dict(densities(shown))
    # Of what is said to be the density of x, an equation for log p(x) is a claim.
    said = {name for name in _DENSITIES if any(re.search(
        rf"\b(?:density|pdf)(?: function)?\s{{1,3}}\$?\s?{name}\s?\(\s?{re.escape(x)}\s?\)", shown) for x in told)}
    called = [name for name in _DENSITIES if name in used.names and (name in said or name not in used.heads)
              and name not in taken.told and used.names[name].called >= used.names[name].bare > 0]
    if len(told) == len(called) == 1:
        (x, formula), = told.items()
        # f(mu + eps) is something else of what is drawn.
        if re.search(rf"{called[0]}(?:_\{{?[\w\\]{{1,9}}\}}?)?\s?(?:\\left\s?)?\(\s?{re.escape(x)}(?![A-Za-z])", shown):
            yield called[0], f"{called[0]}({x}) = {formula}"


_NAMES_THIS = re.compile(r"\b(?:(?P<put>writ(?:e|ing)|put(?:ting)?|let(?:ting)?|set(?:ting)?)|"
                         r"(?:denot(?:e|ing)|call(?:ing)?|abbreviat(?:e|ing)|writ(?:e|ing)) "
                         r"(?:this|it|that|the (?:latter|last one))(?: [a-z]{4,12})?(?: by| as)?)\s{0,3}\Z", re.IGNORECASE)
_FOR_THIS = re.compile(r"\s{0,3}(?:for|be|denote) (?:this|it|that|the (?:last|latter|previous|above))\b")


# x_1, ..., x_N
_MANY = re.compile(r"(?<![A-Za-z\\])([a-z])_\{?1\}?\s{0,3},\s{0,3}(?:\\[lc]?dots|\.\.\.|…)\s{0,3},?\s{0,3}\1_\{?([A-Za-z])")


def _spellings(text: Written, context: DeclaredNames, taken: TakenNames, said: Iterable[Pattern], labels: bool) -> Spellings:
    """How the rows of a text spell names; ``labels`` unset takes no letter for a class."""
    spans = [span for row in text.rows for span in (row.pieces or ((row.start, row.end),))]
    many = dict(_MANY.findall(text.page.shown)) if text.page is not None else {}
    used = scan(text.source, spans, context, said, labels, _arrays(text, taken), many,
                classes=_told_classes(text) if labels else frozenset())
    used.labels |= _hot(text, taken) if labels else set()
    for each in used.names.values():
        each.unbound = _first_meant(text, each, used)
    return used


_HOT = re.compile(r"\s{0,9}(?P<name>\\?[A-Za-z]\w{0,9})_\{?(?P<class>[a-z])\}?\s{0,9}=\s{0,9}1\s{0,9}")
_CLASS = r"\b(?:(?:correct|right|true|target|actual|gold|ground[- ]truth)\s{1,3}(?:class|label|category|answer|word)" \
    r"|class label|label|target class)(?:\s{1,3}(?:label|index))?"
_OF_CLASS = re.compile(rf"{_CLASS}(?:\s{{1,3}}(?:is|be|being|by|(?:is )?(?:denoted|called|written)(?: by)?))?"
                       r"[\s(:,$]{0,6}\Z", re.IGNORECASE)
_IS_CLASS = re.compile(r"[\s,$]{0,4}(?:(?:is|be|being|as|denotes?|for)\s{1,3})?(?:the|its|their|an?)\s{1,3}"
                       rf"(?:(?:index|number) of the\s{{1,3}})?{_CLASS}(?!s|\s{{1,3}}(?:vector|matrix))", re.IGNORECASE)
# y, or y in {1, ..., K}
_ONE_OF_MANY = re.compile(r"\s{0,9}(?P<letter>[a-z])\s{0,9}(?P<set>(?:\\in\b|∈)\s{0,9}(?:\\left\s{0,3})?"
                          r"\\\{\s{0,9}[01]\s{0,9},[^{}]{1,60}\\\}\s{0,9})?[.,]?\s{0,9}")


def _told_classes(text: Written) -> frozenset[str]:
    """Letters of which words say that they are the class: "the true class is y", "Let y ∈ {1, ..., K} be the label"."""
    shown = text.page.shown if text.page is not None else ""
    found = set[str]()
    for each in text.page.stretches if text.page is not None else ():
        said = _ONE_OF_MANY.fullmatch(shown[each.start:each.end])
        if said and ((said["letter"] == "y" and said["set"]) or _OF_CLASS.search(shown[max(0, each.start - 60):each.start])
                     or _IS_CLASS.match(shown[each.end:each.end + 60])):
            found.add(said["letter"])
    return frozenset(found)


def _hot(text: Written, taken: TakenNames) -> set[str]:
    """Letters for the class at which an array that is told to be one-hot is 1: "y_k = 1", "the correct class k"."""
    hot = {name.lstrip("\\") for name, said in taken.told.items() if ONE_HOT in said.properties}
    if text.page is None or not hot:
        return set()
    entries = (_HOT.fullmatch(text.page.shown[each.start:each.end]) for each in text.page.stretches)
    ones = {entry["class"] for entry in entries if entry and entry["name"].lstrip("\\") in hot}
    return ones | (_told_classes(text) - hot)


def _named_in_words(text: Written) -> Iterator[tuple[Pattern, str]]:
    """Names for what the row above is about: "Write $\\delta$ for this", "Denote this by $g$"; and lists of entries."""
    page = text.page
    yield from _of_entries(text)
    for each in page.stretches if page is not None else ():
        said = page.shown[each.start:each.end].strip("$ \n") if page is not None and each.display is None else "="
        found = _NAMES_THIS.search(page.shown[max(0, each.start - 60):each.start].rstrip("$")) \
            if page is not None and "=" not in said else None
        if page is None or found is None or (
                found["put"] and not _FOR_THIS.match(page.shown[each.end:each.end + 40].lstrip("$"))):
            continue
        shown = max((x.start for x in page.stretches if x.display is not None and x.end <= each.start), default=0)
        rows = [row for row in text.rows if shown <= row.start < row.end <= each.start and not row.inline]
        event = EVENT_HEAD.match(rows[-1].text) if rows else None
        left, sign, _ = rows[-1].text.partition("=") if rows else ("", "", "")
        left = _first_side(event["right"]) if event else left
        try:
            pattern = head(tokenize(SourceText(said))[:-1])
        except SymderivError:
            continue
        if pattern is not None and sign and left.count("{") == left.count("}"):
            yield pattern, f"{said} = {left.replace('&', ' ').strip()}"


def _of_entries(text: Written) -> Iterator[tuple[Pattern, str]]:
    """s_i = σ_i for s = (σ_1, ..., σ_n)."""
    page, rows = text.page, text.rows
    for each in page.stretches if page is not None and rows else ():
        near = page is not None and each.display is None and rows[0].start - _NEAR_ROWS <= each.start < rows[-1].end
        listed = ENTRIES_LISTED.match(page.shown[each.start:each.end].strip("$ \n")) if near and page is not None else None
        names = [names_of(f"{listed[part]}_i", text.macros) for part in ("name", "entry")] if listed else []
        if listed and all(len(found) == 1 for found in names) and names[0] != names[1]:
            yield replace(names[0][0], subs=()), f"{listed['name']}_i = {names[1][0].base[0]}_i"


_NEAR_ROWS = 400
_DERIVES = re.compile(r"\\partial|\\nabla|[∂∇]")


def _worded(text: Written, used: Spellings, given: set[str]) -> dict[str, str]:
    """Names of which words or laws alone say what they are: nothing that fails by them is wrong."""
    heads = {each: names_of(each.partition("=")[0].partition("(")[0].rstrip(":& "), text.macros) for each in text.worded}
    return {pattern.text: each.strip(" \t\n.,;&\\") for each, found in heads.items() for pattern in found
            if pattern.text in used.names and pattern.text not in used.heads and pattern.text not in given}


def _dimension(text: Written) -> bool:
    """Whether a page calls a space R^d, or takes the mean of d numbers."""
    return (text.page is not None and re.search(rf"{REALS}\s*\^\s*\{{?\s*d\b", text.page.shown) is not None) or any(
        _OF_D.search(row.text) for row in text.rows)


def _arrays(text: Written, taken: TakenNames) -> frozenset[str]:
    """Letters that a text says are arrays, and a d that stands alone and is nowhere the sign of differentials."""
    lone = any(_LONE_D.search(row.text) for row in text.rows) and not _dimension(text) and not any(
        _DIFFERENTIAL.search(row.text) or _BY_D.search(row.text) for row in text.rows)
    told = frozenset(told.pattern.base[0] for told in taken.told.values() if told.rank and len(told.pattern.base) == 1)
    return told | {"d"} if lone else told


def _named_by_ends(text: Written, taken: TakenNames, used: Spellings, given: set[str]) -> None:
    """A name that an equation ends in, and that was not heard of before, is what stands before it; BA of A and B is none."""
    for name in [n for n in used.names if len(n) > 1 and n.isupper() and given.issuperset(n)]:
        del used.names[name]
        used.heads.pop(name, None)
    supposed = {place for row in text.rows if row.supposed for place in range(row.start, row.end)}
    # In "A ∈ ℝ^{m×n}, ..., tr P = n" n is a size.
    sizes = {size for told in taken.told.values() for size in told.sizes}
    used.heads |= {name: place for name, place in used.tails.items() if name in used.names and name not in used.heads
                   and used.names[name].first == place and not used.names[name].arity and name not in taken.told
                   and name not in sizes and place not in supposed}


def _best_of_variables(text: Written, taken: TakenNames, used: Spellings) -> None:
    """What words say is the best value of an x of which the text says what it is, is no definition of x."""
    for name, place in list(used.heads.items()):
        told = taken.told.get(name)
        if told is None or text.page is None or (told.rank is None and told.meaning != SCALAR):
            continue
        if says_optimum([sentence_until(text.source.text, place, reach=300)], name):
            del used.heads[name]


def _differentiated(context: DeclaredNames, reading: ClassifiedText, inputs: set[str], used: Spellings) -> None:
    """Mark what a text differentiates; a bare gradient is by the one name by which it does."""
    for node in (n for p in reading.rows if p.line is not None for n in t.walk(p.line)):
        if isinstance(node, t.Derivative) and isinstance(node.body, t.Name) and node.body.name in used.names:
            used.names[node.body.name].differentiated = True
    by = {n.name for p in reading.rows if p.line is not None for node in t.walk(p.line)
          for v in _differentiated_by(node) for n in t.walk(v) if isinstance(n, t.Name)} & inputs
    if by:
        context.signs = {**context.signs, "nabla": next(iter(by)) if len(by) == 1 else ""}


def _differentiated_by(node: t.Tree) -> tuple[t.Tree, ...]:
    """What a node differentiates by, or takes the differential of."""
    return node.variables if isinstance(node, t.Derivative) else (node.body,) if isinstance(node, t.Differential) else ()


def _shifted(text: Written, context: DeclaredNames, used: Spellings) -> Iterator[tuple[str, str]]:
    """What is said of any layer z^l, or step h_t, said of the next, z^{l+1}, or of the last, z^L, where the text has it."""
    for name, each in used.names.items():
        scripts = (each.pattern.sups, *each.pattern.subs)
        for script in scripts:
            bare = tuple(x for x in script if x not in ("(", ")", "[", "]"))
            step = next((x for x in used.steps if bare == (x, "+", "1") or (bare == (used.last.get(x),) != (x,))), "")
            here = tuple(step if x == bare[0] else x for x in script if x not in ("+", "1"))
            plain = replace(each.pattern, sups=here if script is scripts[0] else scripts[0],
                            subs=tuple(here if item is script else item for item in scripts[1:])).text
            said = _said_of(text, context, used, plain) if step else ""
            own = used.heads.get(name, each.first + 1) <= each.first
            if said and (not own or (bare == (used.last.get(step),) and used.heads.get(plain, own) < each.first
                                     and _DERIVES.search(said))):
                # a^L = softmax(z^L) says what the last a is; of δ^L = ..., where δ^l = ∂C/∂z^l is said above, it is claimed.
                yield name, _moved(said, step, bare[0], len(bare) > 1)
    for pattern in used.later:
        step = pattern.subs[0][0]
        said = _said_of(text, context, used, replace(pattern, subs=((step,),)).text)
        if said and _DERIVES.search(said):
            yield pattern.text, _moved(said, step, step, True)


def _said_of(text: Written, context: DeclaredNames, used: Spellings, name: str) -> str:
    """The equation that says what a name is, as it is written, above these rows or in them; "" where there is none."""
    above = next((r for r in context.by_name(name) if isinstance(r, Definition) and r.source.text == text.source.text), None)
    if above is not None:
        return f"{above.pattern.text} = {text.source.text[slice(*above.tree.span)]}"
    place = used.heads.get(name, used.changed.get(name, -1))
    row = next((r for r in text.rows if r.start <= place < r.end), None)
    if row is None:
        return ""
    start = row.start if "=" not in text.source.text[row.start:place] else place
    said = _BESIDE_IT.split(text.source.text[start:row.end].replace("&", " "))[0]
    left, *rest = _EQUALS.split(re.sub(r"[\s.\\]+\Z", "", said).strip())
    return f"{left} = {rest[0]}" if rest else ""


# Not the \text{softmax} of a call.
_BESIDE_IT = re.compile(r",|\\q?quad|\\text(?!\w*\s?\{[^{}]{1,30}\}\s?(?:\\left)?\s?[(\[])|;")
# Not the one of a sum: \sum_{n=1}^N
_EQUALS = re.compile(r"\\equiv(?![A-Za-z])|:=|\\coloneqq|=(?![^{}]{0,20}\})")


def _one_step_further(text: Written, context: DeclaredNames, used: Spellings, shifted: dict[str, str]) -> dict[str, str]:
    """Also what is said of z^l, said of z^{l+1}, of which the text speaks in what it says of another name alone."""
    found: dict[str, str] = {}
    for name in used.names if any("+1" in name for name in shifted) else ():
        on = _one_step_on(used.names[name].pattern, used)
        said = _said_of(text, context, used, name) if on is not None and on[1].text not in {*used.names, *shifted} else ""
        if on is not None and said:
            found[on[1].text] = _moved(said, on[0], on[0], True)
    return found | shifted


def _next_step(text: Written, context: DeclaredNames, used: Spellings, each: SpelledName) -> Iterator[tuple[str, str]]:
    """What is said of h_t, said of h_{t+1}, where the text has h_{t-1}."""
    keys = each.pattern.subs[0] if each.pattern.subs else tuple(x for x in each.pattern.sups if x not in ("(", ")"))
    step = keys[0] if keys[1:] == ("-", "1") and keys[0] in used.steps else ""
    if not step:
        return

    def at(keys: tuple[str, ...]) -> Pattern:
        return replace(each.pattern, subs=(keys,)) if each.pattern.subs else replace(each.pattern, sups=("(", *keys, ")"))

    said = _said_of(text, context, used, at((step,)).text)
    if said:
        yield at((step, "+", "1")).text, _moved(said, step, step, True)


def _beyond_this_step(context: DeclaredNames, used: Spellings, inputs: set[str], shifted: dict[str, str],
                      taken: TakenNames, total: bool) -> None:
    """Declare what comes in at the next step, as at this one, and the rest of a sum over all steps."""
    for name in sorted(inputs):
        _, pattern = _one_step_on(used.names[name].pattern, used) or ("", None)
        record = next((r for r in context.by_name(name) if isinstance(r, Quantity)), None)
        if pattern is not None and record is not None and isinstance(record.value, Tensor) \
                and pattern.text not in used.names and shifted and not context.by_name(pattern.text):
            context.add(Quantity(pattern, Tensor(pattern.text, record.value.shape, record.value.properties)))
    _through_layers(context, used, inputs, shifted, taken)
    for name, declaration in list(taken.declarations.items()):
        # A loss that is differentiated by z^l depends on it by z^{l+1}, where that is known.
        for record in [r for r in context.by_name(name) if isinstance(r, Quantity) and r.depends]:
            on = {v: step[1].text for v in record.depends if v in used.names and (
                step := _one_step_on(used.names[v].pattern, used)) is not None and step[1].text in shifted}
            if on:
                depends = tuple(on.get(v, v) for v in record.depends)
                context.replace(record, replace(record, depends=depends))
                told = declaration.text.replace(", ".join(record.depends), ", ".join(depends))
                taken.declarations[name] = replace(declaration, text=told)
    if total:
        own = [name for name in sorted(inputs) if context.by_name(name) and not used.steps & {
            k for s in (*used.names[name].pattern.subs, used.names[name].pattern.sups) for k in s}]
        later = _ends_of_step(shifted, used)
        above = [record for record in context.by_name(REST) if isinstance(record, Quantity)]
        for record in above:
            context.remove(record)
        of = dict.fromkeys((*(name for record in above for name in record.depends), *later, *own))
        context.add(Quantity(Pattern((REST,)), tensor(REST), (), tuple(of)))


def _at_last_step(used: Spellings, inputs: set[str], shifted: dict[str, str]) -> Iterator[str]:
    """W^L, b^L and a^{L-1} of W^l, b^l and a^{l-1}, where the text speaks of z^L = W^L a^{L-1} + b^L: names of their own."""
    lasts = {step: last for step, last in used.last.items() if any(last in used.names[name].pattern.sups or any(
        last in item for item in used.names[name].pattern.subs) for name in shifted.keys() & used.names.keys())}
    for name in sorted(inputs) if lasts else ():
        each = used.names[name]
        pattern = replace(each.pattern, subs=tuple(tuple(lasts.get(x, x) for x in item) for item in each.pattern.subs),
                          sups=tuple(lasts.get(x, x) for x in each.pattern.sups))
        if pattern != each.pattern and pattern.text not in {*used.names, *shifted} and "+" not in pattern.sups:
            used.names[pattern.text] = replace(each, pattern=pattern)
            yield pattern.text


def _through_layers(context: DeclaredNames, used: Spellings, inputs: set[str], shifted: dict[str, str],
                    taken: TakenNames) -> None:
    """a^{L-1} as a function of a^{l+1}, or of a^l: what any layer gives comes in at the last one."""
    for step, last in used.last.items():
        for name in [n for n in sorted(inputs) if {last, "-"} <= {*used.names[n].pattern.sups}]:
            sups = tuple(x for x in used.names[name].pattern.sups if x not in ("-", "1"))
            at = sups.index(last)
            here, on = (replace(used.names[name].pattern, sups=(*sups[:at], step, *more, *sups[at + 1:]))
                        for more in ((), ("+", "1")))
            state = on.text if on.text in shifted else here.text
            record = next((r for r in context.by_name(name) if isinstance(r, Quantity)), None)
            if record is not None and not record.depends and (state in shifted or state in used.heads):
                context.replace(record, replace(record, depends=(state,)))
                told = taken.declarations[name]
                taken.declarations[name] = replace(told, text=f"{told.text} function of {state}")


def _ends_of_step(shifted: dict[str, str], used: Spellings) -> list[str]:
    """What the rest of a sum depends on by itself of the next step: its state, and what nothing else of it is made of.

    It depends on a_{t+1} by way of h_{t+1} = tanh(a_{t+1}) alone.
    """
    sides = {name: re.sub(r"[\s{}]", "", said).partition("=") for name, said in shifted.items()
             if "+1" in name and not _DERIVES.search(said)}
    return [name for name, (left, _, _) in sides.items() if name.replace("+1", "-1") in used.names or not any(
        left in right for other, (_, _, right) in sides.items() if other != name)]


def _one_step_on(pattern: Pattern, used: Spellings) -> tuple[str, Pattern] | None:
    """The step and the name of b_{t+1} for that of b_t, of b^{l+1} for that of b^l; None where no step stands in it."""
    steps = used.steps - {*used.last.values()}
    for k, keys in enumerate(pattern.subs):
        if len(keys) == 1 and keys[0] in steps:
            return keys[0], replace(pattern, subs=(*pattern.subs[:k], (*keys, "+", "1"), *pattern.subs[k + 1:]))
    inside = tuple(key for key in pattern.sups if key not in ("(", ")", "[", "]"))
    if len(inside) != 1 or inside[0] not in steps:
        return None
    at = pattern.sups.index(inside[0]) + 1
    return inside[0], replace(pattern, sups=(*pattern.sups[:at], "+", "1", *pattern.sups[at:]))


def _moved(said: str, step: str, to: str, on: bool) -> str:
    """A formula about any step, about the one behind it, or about another."""
    spelled = {key: f"\\{key}" if key == "ell" else key for key in (step, to)}

    def moved(found: re.Match[str]) -> str:
        number = {"-": -1, "+": 1}.get(found.group(2), 0) + on
        return f"{found.group(1)}{{{spelled[to]}{f'{number:+}' if number else ''}}}" if found.group(1) in "_^" \
            else f"{found.group(1)}{spelled[to]}{f'{number:+}' if number else ''}"

    # In LaTeX a script is one letter: W^la is W^l a.
    alone = r"(?:(?<=[_^].)|(?![A-Za-z]))" if len(spelled[step]) == 1 and re.search(r"[\\{]", said) else "(?![A-Za-z])"
    return re.sub(rf"([_^{{(\[])\s*{re.escape(spelled[step])}{alone}\s*(?:([-+])\s*1)?", moved, said)


def _spelled(used: Spellings) -> Iterator[Pattern]:
    for each in used.names.values():
        if len(each.pattern.subs) == 1 and len(each.pattern.subs[0]) == 1 and each.pattern.subs[0][0] in used.heads:
            yield replace(each.pattern, sups=())  # K_y beside y = f + e
        elif len(each.pattern.subs) == 1 and len(each.pattern.subs[0]) == 1 and each.pattern.subs[0][0] in used.steps \
                and replace(each.pattern, subs=()).text in used.names:
            yield each.pattern  # the step length alpha_k beside phi(alpha)
        number = each.called and each.pattern.text in used.heads and [*map("".join, each.pattern.subs)]
        whole = used.names.get(replace(each.pattern, subs=()).text) if number and number[0].isdecimal() else None
        if whole is not None and whole.called and not whole.arity:
            yield replace(each.pattern, sups=())  # J_2(w) = ... beside J(w)
        if each.powers and not each.bare and len(each.powers) == 1 and each.powers <= {"2"}:
            yield replace(each.pattern, sups=tuple(each.powers))
        elif each.pattern.primes:
            yield replace(each.pattern, subs=(), sups=())
        elif each.pattern.sups[:1] and (each.pattern.sups[0] not in ("(", "[") or used.steps & {*each.pattern.sups}):
            yield each.pattern
        elif each.pattern.hole is not None and replace(each.pattern, sups=(), hole=None).text in used.names:
            yield each.pattern  # z^{(i)} beside a z of its own


def _cross_entropy(text: Written, context: DeclaredNames, used: Spellings, taken: TakenNames) -> None:
    """CE(y, ŷ), of which nothing is said, is the cross entropy, where its arguments show which are probabilities."""
    for name in _ENTROPIES & set(used.names):
        each = used.names[name]
        place = text.source.text.find("(", each.first)
        one, _, two = text.source.text[place + 1:place + 60].partition(",")
        order = "target, found" if _FOUND.match(two) else "found, target"
        if _of_several(each) and name not in used.heads and bool(_FOUND.match(one)) != bool(_FOUND.match(two)) \
                and _statement(context, f"{name}({order}) = -sum(target.*log(found))"):
            taken.declarations.setdefault(name, Declaration(name, f"{name}({order}) = -sum(target.*log(found))", 0, False))
            target = names_of((one if order.startswith("target") else two).partition(")")[0], text.macros)
            for pattern in target if len(target) == 1 else ():
                # A cross entropy is one of probabilities.
                key, old = pattern.text, taken.told.get(pattern.text)
                made = old or Told(replace(pattern, font=""), each.first)
                taken.told[key] = replace(made, properties=made.properties | {"sums_to_one"})


def _targets_of_entropies(text: Written, context: DeclaredNames, taken: TakenNames, used: Spellings) -> None:
    """y of L = -Σ y log p, where the text says that this is the cross entropy: its entries sum to 1."""
    if text.page is None or not _SAYS_ENTROPY.search(text.page.shown):
        return
    for row in text.rows:
        found = _TARGET.search(row.text)
        listed = names_of(found["name"], text.macros) if found else []
        for pattern in listed if not re.search(r"1\s*-", row.text) else []:
            name, _ = canonical_name(pattern, used.letters)
            old = taken.told.get(name)
            each = used.names.get(name)
            if each is not None and name not in used.heads and (old is None or not old.meaning) \
                    and (each.arity == 1 or each.turned):
                made = old or Told(replace(each.pattern, font=""), row.start)
                taken.told[name] = replace(made, properties=made.properties | {"sums_to_one"})


def _declaration(text: Written, taken: TakenNames, name: str, spec: str) -> Declaration:
    told = taken.told.get(name)
    line = text.source.place(told.offset)[0] if told is not None else 0
    return Declaration(name, f"{name}: {spec}", line, told is not None)


def _functions(used: Spellings, taken: TakenNames, source: SourceText) -> Iterator[tuple[str, str]]:
    """Names that stand before brackets, or that are said to be functions, with what they are."""
    for name, each in used.names.items():
        told = taken.told.get(name)
        if told is not None and told.meaning and told.meaning not in (SCALAR, LABEL, LETTER, MAP):
            if told.meaning != FUNCTION or (each.called and name not in used.heads):
                yield name, told.meaning
        elif (told is None or told == Told(told.pattern, told.offset, properties=told.properties)) \
                and name not in used.heads and not each.arity and each.pattern.base[0] in _CALLED \
                and each.called and (each.called + each.primed >= each.bare or each.primed) \
                and (each.bare or not each.powers):  # σ²(X'X)^{-1} is a variance times a matrix
            usual, where = _USUAL.get(each.pattern.base[0], (FUNCTION, ""))
            yield name, canonical(usual) if usual != FUNCTION and re.search(where, source.text) else FUNCTION


_GAUSSIAN = r"\b(?:GELU|gelu|Gaussian|normal|probit)|\\sqrt\s*\{\s*2\s*\\pi"
_USUAL = {"sigma": ("logistic", ""), "Phi": (RECORDS.normal_cdf.name, _GAUSSIAN),
          "phi": (RECORDS.normal_pdf.name, _GAUSSIAN), "psi": (RECORDS.digamma.name, r"\\Gamma\b|[Dd]igamma")}
"""What functions by these names mostly are, in a text that has what is said."""


def _declare_function(context: DeclaredNames, pattern: Pattern, target: str) -> None:
    try:
        context.add(FunctionDeclared(pattern, None if target == FUNCTION else target))
    except SymderivError:
        return


def _inputs(used: Spellings, functions: dict[str, str], given: set[str]) -> set[str]:
    """Names whose first use is not their definition."""
    found = set()
    for name, each in used.names.items():
        if name in functions or name in given or (len(each.pattern.base[0]) > 1 and each.pattern.base[0].isascii()
                                                  and each.pattern.base[0][:1].isupper() and each.called == each.bare
                                                  and each.pattern.base[0] not in GREEK):
            # CE(y, p): what such a function is must be said.
            continue
        if _names_gradient(each.pattern.base[0], used):
            continue
        if _of_several(each):
            continue  # k(x, y), of which nothing is said
        power = f"{name}^2" if each.powers and not each.bare else name
        place = used.heads.get(power, used.heads.get(name))
        if place is None or (place > each.unbound and each.called != each.bare and name not in used.formulas):
            found.add(name)
    return found


def _said_beside(text: Written, used: Spellings) -> set[str]:
    """Names of which their first row itself says what they are, behind a use: = XᵀSX,   S = diag(s)."""
    return {name for name, place in used.heads.items() if name in used.names and name not in used.formulas and any(
        row.start <= used.names[name].unbound < place < row.end for row in text.rows)}


_WITH = re.compile(r"\bwith[\s$\\(&,]{0,6}\Z", re.IGNORECASE)
# What is differentiated by, by its name or by none, or stands in brackets behind a function.
_BY_IT = r"(?:\}\s?\{\s?|/\s?)(?:\\partial|\\mathrm\{d\}|d|∂)\s{0,3}\\?NAME(?![A-Za-z])|" \
    r"(?:\\nabla|∇)(?!\s?_)|(?:\\nabla|∇)\s?_\s?\{?\\?NAME|\(\s?\\?NAME\s?[,;|)]"
_ROWS_BEFORE = 2


# A name, or a number, that stands alone.
_LONE = re.compile(r"[\s{}$]{0,9}-?(?:(?:math\w{1,5}\s?\{?)?[A-Za-z]{1,10}\}?(?:_\{?\w{1,4}\}?)?|[\d.]{1,9})[\s{}$.,]{0,9}")
_SENTENCE_ENDS = re.compile(r"[.!?;]\${0,2}\s+[A-Z]")


def _said_behind(text: Written, context: DeclaredNames, used: Spellings) -> Iterator[tuple[str, str]]:
    """What the sentence says of names right behind their first use: = Σ_t L_t with L_t = -y log p.

    What is differentiated by is a variable, of which that is a value.
    """
    source = text.source.text
    for name, place in used.heads.items():
        if name not in used.names or place <= used.names[name].unbound or not _WITH.search(source[max(0, place - 20):place]):
            continue
        each = used.names[name]
        before = [row for row in text.rows if row.start < place][-_ROWS_BEFORE - 1:]
        by = re.compile(_BY_IT.replace("NAME", re.escape(each.pattern.base[0])))
        said = _said_of(text, context, used, name) if before and before[0].start <= each.first else ""
        own = re.compile(rf"(?<![A-Za-z\\]){re.escape(each.pattern.base[0])}(?![A-Za-z])")
        # Q = Q^T says what Q is like, and not what it is; "with A = B" and "with λ = 0" are cases.
        value = said.partition("=")[2].replace("\\", " ")
        end = next((row.end for row in text.rows if row.start <= place < row.end), place)
        case = own.search(value) or _LONE.fullmatch(value) or _SENTENCE_ENDS.search(source, each.first, place) \
            or OF_THE_CASE.match(source, end)
        if said and not case and not any(by.search(row.text) for row in text.rows):
            yield name, said


def _names_gradient(base: str, used: Spellings) -> bool:
    """Whether it is dV beside V: a gradient, or a differential."""
    return base[0] == "d" and len(base) > 1 and (base[1:] in used.names or base[1:] in used.heads)


def _of_several(each: SpelledName) -> bool:
    """Whether a name only ever stands before several arguments."""
    return bool(each.many) and each.many == each.called >= each.bare


def _provisional(text: Written, context: DeclaredNames, used: Spellings, inputs: set[str],
                 taken: TakenNames, shifted: Iterable[str]) -> ClassifiedText:
    """The rows read with every input as an array of as many axes as it has index letters, or one."""
    trial = context.copy()
    if any(_names_gradient(name, used) for name in used.heads):
        trial.signs["d"] = "differential"  # beside a size d, too
    for size in dict.fromkeys(size_label(size) for told in taken.told.values() for size in told.sizes if size != "?"):
        # The sizes that the text speaks of are numbers in its formulas.
        if size not in inputs | _not_sizes(used) and not size.startswith("(") and not size.isdecimal() \
                and not trial.by_name(size):
            _statement(trial, f"{size}: size")
    for name in sorted(inputs):
        each = used.names[name]
        rank = each.arity + (each.pattern.hole is not None) or 1
        _add_array(trial, each.pattern, name, tuple(f"axis{k}" for k in range(rank)) if name not in used.sizes else (), "")
    trial.later |= dict.fromkeys(shifted)
    reading = read_rows(text, trial)
    with_arities(reading, text)
    return reading


def _left_over(reading: ClassifiedText, used: Spellings, functions: dict[str, str], inputs: set[str], given: set[str],
               context: DeclaredNames) -> set[str]:
    """Names that should have been defined by the text, and could not be."""
    unknown: dict[str, int] = {}
    for p in reading.rows:
        unknown |= {n.name: p.row.end for n in (t.walk(p.line) if p.line is not None else ()) if isinstance(n, t.Unknown)}
    found = set()
    # What a line says it is that could not be read is not known, and no input.
    unread = [(p.row.start, p.row.end) for p in reading.rows if p.error is not None]
    lost = {name for name, place in used.heads.items() if any(start <= place < end for start, end in unread)}
    for name, each in used.names.items():
        shown = replace(each.pattern, hole=None, sups=each.pattern.sups).text
        if name not in inputs | lost | given and name not in functions and not _of_several(each) \
                and any(end > used.heads.get(name, -1) and (u in (shown, name) or u.startswith((f"{shown}_", f"{shown}^")))
                        for u, end in unknown.items()):
            found.add(name)
    return found


def _options(each: SpelledName, used: Spellings, told: Told | None, chosen: int | None,
             use: LetterUse) -> list[tuple[int, float]]:
    """Numbers of axes that a name may have, the likeliest first, with what each costs."""
    arity = each.arity + (each.pattern.hole is not None)
    if chosen is not None:
        return [(chosen, 0.0)]
    if told is not None and told.rank is not None and told.rank >= 0:
        rank = max(told.rank, arity) if told.meaning != LABEL else max(arity, 0)
        return [(rank, 0.0)]
    if told is not None and told.meaning in (SCALAR, LABEL):
        return [(arity, 0.0)]
    if each.pattern.text in used.sizes:
        return [(0, 0.0)]
    if arity == 1 and each.pattern.base[0] in _COVARIANCES:
        return [(3, 0.0), (1, 0.25), (2, 0.4)]  # Σ_k is a matrix for each k
    if arity:
        # A bold x_i is a vector, and x_i' is one in plain text.
        vector = arity == 1 and (each.bold or (used.plain and each.turned > 0))
        more = 0.1 if vector else 0.3
        return sorted([(arity, 0.2 if vector else 0.0), *([(arity + 1, more)] if arity < 3 else [])],
                      key=lambda pair: pair[1])
    if each.pattern.base[0] in used.conforming:
        matrix = each.pattern.base[0][0].isupper()
        return [(2, 0.0), (1, 0.3)] if matrix else [(1, 0.0), (2, 0.3)]
    return sorted(use.axes(each).items(), key=lambda pair: pair[1])


_ROW_VECTORS = re.compile(r"\brow[- ]vectors?\b")


def _walk(text: Written, reading: ClassifiedText, context: DeclaredNames, options: dict[str, list[tuple[int, float]]],
          taken: TakenNames, used: Spellings) -> Walk:
    """The cheapest walk over the rows; what the text says of sizes is known from the start."""
    lines = [p.line for p in reading.rows if p.line is not None]
    trial = reading.context.copy()
    for name in options:
        for record in trial.by_name(name):
            trial.remove(record)

    # Where the text has p(x) and p(x_i), x is any of the x_i.
    defined = [r for r in trial.all() if isinstance(r, Definition) and r.parameters]
    parameters, functions = {name for r in defined for name in r.parameters or ()}, {r.name for r in defined}
    indexed = {a.base.name for line in lines for call in t.walk(line) if isinstance(call, t.Call) for a in call.arguments
               if isinstance(a, t.Subscripted) and isinstance(a.base, t.Name)
               and getattr(call.function, "name", "") in functions} & parameters

    indexed |= {name for name in parameters & taken.told.keys() if name in used.names and used.names[name].letters
                and len(taken.told[name].sizes) > 1 and taken.told[name].meaning not in (LABEL, LETTER)
                and _stands_for_one(text, used.names[name])}

    rowwise = text.page is not None and _ROW_VECTORS.search(text.page.shown) is not None
    code = any(isinstance(n, t.Call) and "axis" in dict(n.keywords) for line in lines for n in t.walk(line))

    # The columns of a matrix that is not square may be orthonormal.
    narrow = text.page is not None and re.search(r"orthonormal|\bcolumns\b", text.page.shown) is not None
    square = SQUARE - {"orthogonal"} if narrow else SQUARE

    def sized(walk: Walk) -> None:
        walk.stretches, walk.rowwise = code, rowwise
        walk.arguments = {name: next(iter(each.arguments)) for name, each in used.names.items() if len(each.arguments) == 1}
        walk.alike = _steps_of_one(used)
        walk.families = {*indexed, *(name for name in options if (told := taken.told.get(name)) is not None
                                   and told.below and told.rank is not None)}
        walk.ranges = {told.pattern.base[0]: size_label(told.sizes[0]) for told in taken.told.values()
                       if told.meaning == LETTER and told.values == "1" and told.sizes}
        walk.said = {name: tuple(map(size_label, told.sizes)) for name, told in taken.told.items() if name in used.heads
                     and name not in options and told.sizes and "?" not in told.sizes and len(told.sizes) == told.rank
                     and not told.below and told.meaning not in (LABEL, LETTER)}
        for name in options:
            told = taken.told.get(name)
            if told is not None and told.sizes and told.meaning not in (LABEL, LETTER):
                sizes = (("?",) * (walk.ranks[name] - len(told.sizes)) + told.sizes)[:walk.ranks[name]]
                axes = (walk.sizes.fresh() if size == "?" else walk.sizes.of(size_label(size)) for size in sizes)
                walk.known[name] = Axes(tuple(axes))
            elif told is not None and told.properties & square and walk.ranks[name] == 2:
                walk.known[name] = Axes((walk.sizes.fresh(),) * 2)

    walk = best(lines, trial, options, sized)
    for name in options:
        lower = used.names.get(name.lower())
        if name[:1].isupper() and lower is not None and lower.pattern.text in options and lower.arity:
            _as_rows(walk.sizes, walk.known.get(name, Axes()).sizes, walk.known.get(lower.pattern.text, Axes()).sizes)
    return walk


def _stands_for_one(text: Written, each: SpelledName) -> bool:
    """Whether a name that has entries elsewhere stands alone only where rows say what p(x) is, of any one of them."""
    rows = [row for row, _ in _rows_of_any(text, each)]
    return bool(each.whole) and all(any(row.start <= place < row.end for row in rows) for place in each.whole)


def _rows_of_any(text: Written, each: SpelledName) -> Iterator[tuple[TextRow, str]]:
    """The rows that say what p(x) is, of any x, and p."""
    head = re.compile(r"\s{0,9}\\?(?P<of>[A-Za-z]\w{0,9})\s{0,3}(?:\\[bB]igg?l?|\\left)?[(\[]\s{0,3}\\?"
                      + re.escape(each.pattern.base[0]) + r"\s{0,3}(?:[),;|]|\\mid\b|\\vert\b|\\right)[^=]{0,80}=")
    yield from ((row, found["of"]) for row in text.rows if (found := head.match(row.text)))


def _first_meant(text: Written, each: SpelledName, used: Spellings) -> int:
    """Where a name stands first, but for the z of σ(z) = 1/(1 + e^{-z}) beside σ(Wx): it is any, and no z below.

    That a gradient by it is given says nothing of what it is.
    """
    rows = [row for row, of in _rows_of_any(text, each)
            if of in used.names and used.names[of].arguments - {each.pattern.text}]
    by = {x for x in (*each.whole, *each.parts) if _BY_THIS.search(text.source.text, max(0, x - 30), x)}
    places = (x for x in (*each.whole, *each.parts) if x not in by and not any(row.start <= x < row.end for row in rows))
    return min(places, default=each.first) if rows or each.first in by else each.first


_BY_THIS = re.compile(r"(?:\}\s{0,3}\{|/)\s{0,3}(?:\\partial|∂)\s{0,3}(?:\\(?:bm|\w{4,10})\s{0,3}\{\s{0,3})?\Z")


def _as_rows(sizes: Sizes, matrix: tuple[int, ...], family: tuple[int, ...]) -> None:
    """X beside x_i has these as its rows, or as its columns where lines say so."""
    if len(matrix) != 2 or len(family) != 2:
        return
    for one, two in (family, family[::-1]):
        if not sizes.differ(matrix[0], one) and not sizes.differ(matrix[1], two) \
                and sizes.find(matrix[0]) != sizes.find(two) and sizes.find(matrix[1]) != sizes.find(one):
            sizes.join(matrix[0], one)
            sizes.join(matrix[1], two)
            return


def _steps_of_one(used: Spellings) -> list[tuple[str, str]]:
    """h_t and h_{t-1}, and the like: one quantity at two steps."""
    by_step: dict[Pattern, list[str]] = {}
    for each in used.names.values():
        scripts = (*each.pattern.subs, each.pattern.sups)
        if any({*s} & used.steps for s in scripts):
            bare = replace(each.pattern, subs=tuple(s if s[0] not in used.steps else s[:1] for s in each.pattern.subs),
                           sups=tuple(x for x in each.pattern.sups if x not in ("+", "-", "1")))
            by_step.setdefault(bare, []).append(each.pattern.text)
    return [(names[0], other) for names in by_step.values() for other in names[1:]]


def size_label(text: str) -> str:
    """A size as declarations spell it: a name, a number, or a computed size in brackets."""
    try:
        tokens = tokenize(SourceText(text))[:-1]
    except SymderivError:
        return "n"
    pattern = head(tokens)
    if pattern is not None and len(pattern.base) == 1:
        return replace(pattern, font="").text
    plain = re.sub(r"\\(?:cdot|times)|\s+", " ", text).strip()
    return plain if re.fullmatch(r"\d+", plain) else f"({plain})"


# ------------------------------------------------------------------ what is added

def _add(text: Written, context: DeclaredNames, walk: Walk, inputs: set[str], used: Spellings, taken: TakenNames,
         reading: ClassifiedText, use: LetterUse) -> None:
    """Declare every input with the axes that were found."""
    names = _Names(walk, used, context, use)
    if walk.rowwise and walk.rows:
        _as_rows_too(context, taken)
    for name in sorted(inputs, key=lambda n: (used.names[n].first, n)):
        each, told = used.names[name], taken.told.get(name)
        axes = walk.known.get(name) or walk.name(name) or Axes()
        if name in used.labels:
            continue
        if name in used.sizes and not axes.rank:
            _statement(context, f"{name}: size")
            continue
        if name in names.used and not axes.rank:
            # It is the size of something: the number of entries is meant.
            continue
        sizes = tuple(names.of(size) for size in axes.sizes)
        held = told.properties if told is not None and not told.supposed else frozenset[str]()
        properties = " ".join(sorted(held - {UNIT, COLUMNS})).replace("_", "-")
        spec = _spec(told, sizes, properties, _dependence(name, each, told, sizes, (walk, reading, used)))
        pattern = each.pattern
        if walk.rowwise and walk.rows and len(sizes) == 1 and spec.split()[:1] == [*sizes] and pattern.hole is None:
            spec = f"row vector {spec}"  # x of xW, and what is beside it
        plain = not spec.startswith("label") and "function of" not in spec and not spec.startswith("row")
        if not (_add_array(context, pattern, name, sizes, properties) if plain else _statement(context, f"{name}: {spec}")):
            # "A symmetric P and H" may say it of the first alone.
            spec = " ".join(sizes)
            if not (sizes and properties and _add_array(context, pattern, name, sizes, "")):
                continue
        besides = tuple(each for each in _constraints(name, told, held, sizes, pattern) if _statement(context, each))
        taken.declarations[name] = replace(_declaration(text, taken, name, spec), besides=besides)
        if told is None:
            context.guessed[name] = pattern.base[0] in _COEFFICIENTS if not axes.rank else \
                axes.rank == each.arity or each.bold or each.turned > 0
            taken.guessed[name] = [rank for rank, _ in _options(each, used, told, None, use) if rank != axes.rank]
        taken.guessed |= {name: [APART, *taken.guessed.get(name, ())]} if axes.rank == 1 and _is_twofold(each, told) else {}
    for name in sorted(inputs - set(used.heads)):
        _gathered(text, context, used.names[name].pattern, name, names, taken)
        if name.islower() and used.names[name].arity and name.upper() not in inputs:
            # The rows of a matrix that a section above speaks of.
            for record in [r for r in context.by_name(name.upper()) if isinstance(r, Quantity)]:
                _gathered(text, context, record.pattern, record.name, names, taken)
                context.values.clear()
    _add_labels(text, context, walk, used, names, taken)
    if used.labels:
        taken.guessed = {LABELS: [0], **taken.guessed}


def _constraints(name: str, told: Told | None, held: frozenset[str], sizes: tuple[str, ...],
                 pattern: Pattern) -> Iterator[str]:
    """What is said of a name that is no property of an array, as a constraint."""
    if UNIT in held and len(sizes) == 1:
        yield f"{name}'*{name} = 1"
    if COLUMNS in held and len(sizes) == 2:
        yield f"{name}'*ones({sizes[0]}) = ones({sizes[1]})"
    if "orthogonal" in held and len(sizes) == 2 and sizes[0] != sizes[1]:
        yield f"{name}'*{name} = I"  # its columns are orthonormal
    if told is not None and told.values.startswith("{") and (not sizes or (len(sizes) == 1 and pattern.hole is None)):
        yield f"{name}{'_i' if sizes else ''} \\in \\{told.values[:-1]}\\}}"
    for end in filter(None, told.between) if told is not None and not told.supposed and not sizes else ():
        yield f"{name} {end}"


def _as_rows_too(context: DeclaredNames, taken: TakenNames) -> None:
    """What is said above of a vector holds for the row."""
    for record in [r for n in taken.told for r in context.by_name(n)]:
        if isinstance(record, Quantity) and record.rank == 1 and record.pattern.hole is None and not record.depends:
            size, said = shape_of(record.value)[0], getattr(record.value, "properties", ())
            context.remove(record)
            _statement(context, f"{record.name}: row vector {size} {' '.join(sorted(said)).replace('_', '-')}")


def _dependence(name: str, each: SpelledName, told: Told | None, sizes: tuple[str, ...],
                seen: tuple[Walk, ClassifiedText, Spellings]) -> tuple[str, ...]:
    """What a quantity is a function of: as the text says, as it is always called, or as a loss is differentiated by."""
    if told is not None and told.depends:
        return told.depends
    called = _called_with(each, seen[1].context) if told is None or sizes else ()
    if sizes or (told is not None and told.meaning != SCALAR):
        return called or (_moved_by(name, seen[0], seen[1]) if len(sizes) == 2 else ())
    return called or (_depends(name, *seen) if each.pattern.base[0] in LOSSES else ())


def _moved_by(name: str, walk: Walk, reading: ClassifiedText) -> tuple[str, ...]:
    """What a text differentiates by and speaks of nowhere else, as the θ of a kernel: its matrix depends on it."""
    nodes = [n for p in reading.rows if p.line is not None for n in t.walk(p.line)]
    by = [(n.body, n.variables[0].name) for n in nodes if isinstance(n, t.Derivative) and n.body is not None
          and len(n.variables) == 1 and isinstance(n.variables[0], t.Name)]
    taken = [(body.name, v) for body, v in by if isinstance(body, t.Name)]
    often = Counter(n.name for n in nodes if isinstance(n, t.Name))
    # By a number, K⁻¹ and log|K| may be differentiated as well.
    below = Counter(v for body, v in by if isinstance(body, t.Name) or not (walk.known.get(v) or Axes()).rank)
    context = reading.context
    free = {v for v in below if often[v] == below[v] and any(isinstance(r, Quantity) for r in context.by_name(v))
            and not any(isinstance(r, Definition) and reads(context, r.tree, v) for r in context.all())}
    bodies = {body for body, v in taken if v in free}
    made_of = [r.tree for body in bodies for r in context.by_name(body) if isinstance(r, Definition)]
    return tuple(sorted(free)) if len(free) == 1 and name in bodies | names_read(context, made_of) else ()


def _spec(told: Told | None, sizes: tuple[str, ...], properties: str, depends: tuple[str, ...]) -> str:
    """What is declared of one name."""
    if told is not None and told.meaning == LABEL:
        return f"label {size_label(told.sizes[-1])}" + (f" {sizes[0]}" if sizes else "")
    if depends:
        return " ".join((*sizes, *([properties] if sizes and properties else []), f"function of {', '.join(depends)}"))
    return " ".join((*sizes, properties)).strip() if sizes else f"scalar {properties}".strip()


def _add_labels(text: Written, context: DeclaredNames, walk: Walk, used: Spellings, names: _Names,
                taken: TakenNames) -> None:
    """Declare the letters that pick one of what is summed over elsewhere."""
    picking = {**dict.fromkeys(used.labels, ""), **used.picked}
    told = {name for name, each in taken.told.items() if each.meaning in (LABEL, LETTER)} - used.labels - used.picked.keys()
    for letter in sorted(name for name in picking.keys() - told - used.heads.keys() if not context.by_name(name)):
        sizes = [next(_sizes_at(walk, used, each), None) for each in (letter, picking[letter]) if each]
        hot = [each for name, each in walk.known.items() if name in taken.told and ONE_HOT in taken.told[name].properties]
        if sizes == [None] and len(hot) == 1 and letter in _hot(text, taken):
            sizes = [*hot[0].sizes[-1:]]  # the correct class k of y, which stands in "i = k" alone
        spec = " ".join(["label", *(names.of(size) for size in sizes if size is not None)])
        if None not in sizes and _statement(context, f"{letter}: {spec}"):
            taken.declarations[letter] = Declaration(letter, f"{letter}: {spec}", 0, False)
            _targets(context, letter, [names.of(size) for size in sizes[::-1] if size is not None], used, taken)


def _sizes_at(walk: Walk, used: Spellings, letter: str) -> Iterator[int]:
    """The sizes of the axes at which a letter stands below a name."""
    for name, each in used.names.items():
        axes = walk.known.get(name) or walk.name(name)
        for letters in each.letters if axes is not None else ():
            place = next((k for k, each in enumerate(letters) if each.partition("+")[0] == letter), axes.rank)  # type: ignore[union-attr]
            if place < axes.rank:  # type: ignore[union-attr]
                yield axes.sizes[place]  # type: ignore[union-attr]


def _targets(context: DeclaredNames, letter: str, sizes: list[str], used: Spellings, taken: TakenNames) -> None:
    """The one one-hot array over what a label picks from is that of the label."""
    hot = [r for r in context.all() if isinstance(r, Quantity) and ONE_HOT in getattr(r.value, "properties", ())]
    if len(hot) != 1 or hot[0].name in used.heads or [str(s) for s in shape_of(hot[0].value)] != sizes:
        return
    trial = context.copy()
    trial.remove(hot[0])
    if _statement(trial, f"{hot[0].name} = e_{letter}"):
        context.__dict__.update(trial.__dict__)
        taken.declarations[hot[0].name] = Declaration(hot[0].name, f"{hot[0].name} = e_{letter}", 0, False)


def _by_columns(text: Written, pattern: Pattern) -> bool:
    """Whether words say that columns make up a matrix: "U has the u_w as columns", "the columns of U"."""
    name = rf"\$\\?(?:[a-z]{{1,10}}\s?\{{\s?)?{re.escape(pattern.base[0])}(?![A-Za-z])[^.$]{{0,9}}\$"
    return text.page is not None and re.search(
        rf"{name}[^.;]{{0,60}}\bcolumns?\b|\bcolumns of\s+(?:the\s+)?(?:[a-z]+\s+)?{name}", text.page.shown) is not None


def _gathered(text: Written, context: DeclaredNames, pattern: Pattern, name: str, names: _Names,
              taken: TakenNames) -> None:
    """X beside x^{(i)}, and y beside y^{(i)}, of the same sizes: the matrix whose rows, or columns, are these."""
    record = next((r for r in context.by_name(name) if isinstance(r, Quantity)), None)
    matrix = record is not None and record.rank == 2
    lower = pattern.base[0].lower() if matrix else pattern.base[0].removesuffix(ACCENTS["vec"])
    family = next((r for r in context.all() if isinstance(r, Quantity) and r is not record and r.pattern.base == (lower,)
                   and r.rank == (record.rank if record is not None else 0) and (r.pattern.hole is not None or (
                       lower != pattern.base[0] and r.pattern == replace(pattern, base=(lower,))))), None)
    apart = family is not None and family.pattern != replace(pattern, base=(lower,))  # w^l_{jk} are the entries of W^l
    if record is None or family is None or (apart and (pattern.subs or pattern.sups)) or pattern.base[0].islower() == matrix:
        return
    same = [all(same_size(a, b) or str(a) in names.made.values() for a, b in zip(shape_of(record.value), sizes, strict=True))
            for sizes in (shape_of(family.value), shape_of(family.value)[::-1])]
    if same[0] and not (matrix and same[1] and _by_columns(text, pattern)):
        context.replace(record, replace(record, value=family.value))
    elif same[1] and matrix:
        # Columns are read from the matrix, so that one can differentiate by either.
        trial = context.copy()
        trial.remove(family)
        spelled = family.name if family.pattern.hole is not None else f"{family.name}_i"
        if not _statement(trial, f"{spelled} = {name}[:,i]"):
            return
        context.__dict__.update(trial.__dict__)
    if any(same):
        text_ = f"{name}: made of all {family.name}"
        taken.declarations[name] = replace(taken.declarations.get(name, Declaration(name, "", 0, False)), text=text_)


# λI, λ‖w‖² and λ/2 before one: a factor, and none of the λ_i.
_FACTOR = re.compile(r"\s{0,3}(?:\}?\s{0,3}\{?\s{0,3}2\s{0,3}\}?)?(?:\\[,;!]\s{0,3})?(?:\\left\s{0,3})?"
                     r"(?:(?:\\math(?:bf|bb|rm)\s{0,3}\{?\s{0,3})?I(?![A-Za-z])|\\\||\\lVert|‖)")


def _is_factor(text: Written, each: SpelledName, taken: TakenNames) -> bool:
    """Whether a letter of coefficients of which there are many stands alone for a number as well."""
    told = taken.told.get(each.pattern.text)
    many = any(each.letters) or (told is not None and told.rank == 1)
    written = text.source.text
    return many and each.pattern.base[0] in _COEFFICIENTS and not each.bold and any(
        _FACTOR.match(re.sub(r"\A\\?[A-Za-z]{1,9}", "", written[place:place + 40])) for place in each.whole)


def _is_twofold(each: SpelledName, told: Told | None) -> bool:
    """Whether a name stands alone and with letters, and may be a number where it is alone."""
    letter = each.pattern.base[0]
    return bool(each.whole) and any(each.letters) and not (each.bold or each.turned) and each.pattern.hole is None \
        and (letter in _COEFFICIENTS if told is not None else letter not in _VECTORS)


def _told_apart(context: DeclaredNames, name: str, taken: TakenNames) -> None:
    """λ as a number beside the λ_i, which are many."""
    record = next((r for r in context.by_name(name) if isinstance(r, Quantity) and r.rank == 1), None)
    if record is None:
        return
    # Declared as entries, for which a letter is lent that is none in the text.
    trial, size = context.copy(), shape_of(record.value)[0]
    trial.remove(record)
    letter = next(c for c in "ijklpqrstuvwxyz" if not trial.by_name(c))
    if all(_statement(trial, each) for each in (f"{letter}: index {size}", f"{name}: scalar", f"{name}_{letter}: scalar")):
        trial.remove(trial.by_name(letter)[0])
        context.__dict__.update(trial.__dict__)
        taken.declarations[name] = Declaration(name, f"{name}: scalar, and {name}_i: {size}", 0, False)


def _called_with(each: SpelledName, context: DeclaredNames) -> tuple[str, ...]:
    """What a name is a function of that is always followed by the same name in brackets, as in f(z)."""
    argument, = each.arguments if len(each.arguments) == 1 else ("",)
    return (argument,) if argument and context.by_name(argument) else ()


def _depends(name: str, walk: Walk, reading: ClassifiedText, used: Spellings) -> tuple[str, ...]:
    """What an unknown loss is a function of: what it is differentiated by, the last of what the text defines alone."""
    by = list(dict.fromkeys(walk.upstream.get(name, [])))
    context = reading.context
    kept = [v for v in by if not any(w != v and (_reads(context, w, each) or _of_one_with(context, v, w))
                                     for w in by for each in (v, _matrix_of(v, used)))]
    return tuple(v for v in kept if v != name)


def _of_one_with(context: DeclaredNames, name: str, other: str) -> bool:
    """Whether a name is another for the one quantity that it is made of, as s = log σ², and the other is of that, too."""
    trees = [r.tree for r in context.by_name(name) if isinstance(r, Definition)]
    made_of = [n for n in names_read(context, trees) if any(isinstance(r, Quantity) for r in context.by_name(n))]
    return len(made_of) == 1 and _reads(context, other, made_of[0]) and not any(
        isinstance(r, Definition) and r.name != name and reads(context, r.tree, name) for r in context.all())


def _matrix_of(name: str, used: Spellings) -> str:
    """W^l, where w^l_{jk} are its entries; the name itself where it is that of no entries."""
    pattern = used.names[name].pattern if name in used.names and used.names[name].arity == 2 else None
    if pattern is None or len(pattern.base) > 1:
        return name
    matrix = replace(pattern, base=(pattern.base[0].upper(),)).text
    return matrix if matrix in used.names else name


def _reads(context: DeclaredNames, name: str, other: str) -> bool:
    """Whether a defined name depends on another, or on what the other is another name for."""
    said = [r.tree for r in context.by_name(other) if isinstance(r, Definition)]
    bodies = [tree for tree in said if not isinstance(tree, t.Name)]
    names = {other, *(tree.name for tree in said if isinstance(tree, t.Name))}
    return any(isinstance(r, Definition) and (any(reads(context, r.tree, each) for each in names) or any(
        body in each.children() for body in bodies for each in _trees_read(context, r.tree))) for r in context.by_name(name))


def _trees_read(context: DeclaredNames, tree: t.Tree) -> Iterator[t.Tree]:
    """The nodes of a tree, and of the definitions that it depends on."""
    yield from t.walk(tree)
    for name in names_read(context, (tree,)):
        for record in context.by_name(name):
            if isinstance(record, Definition):
                yield from t.walk(record.tree)


def _not_sizes(used: Spellings) -> set[str]:
    """What is said to be a size, and is something else in formulas: W in R^{h x d} beside h = tanh(Wx)."""
    return {*used.heads} - used.sizes


class _Names:
    """Names for sizes: those of the text where it names them, else fresh ones."""

    def __init__(self, walk: Walk, used: Spellings, context: DeclaredNames, use: LetterUse) -> None:
        self.walk, self.made, self.names = walk, dict[int, str](), use.sizes
        self.defined = _not_sizes(used) | {r.name for r in context.all() if isinstance(r, Definition) and r.parameters}
        self.taken = {*used.names, *used.letters, *(r.name for r in context.all()), *walk.sizes.named}
        for letter, sizes in walk.ran.items():
            # In Σ_k (p_k - 1/K) the letter runs up to K, where K is a number of which nothing else is known.
            last, roots = letter.upper(), {walk.sizes.find(size) for size in sizes}
            if last in _LASTS and last in used.names and walk.ranks.get(last) == 0 and len(roots) == 1 \
                    and not roots & walk.sizes.label.keys() and last not in walk.sizes.named:
                walk.sizes.join(roots.pop(), walk.sizes.of(last))
        self.used: set[str] = {walk.sizes.label[walk.sizes.find(s)] for axes in walk.known.values() for s in axes.sizes
                               if walk.sizes.find(s) in walk.sizes.label}

    def of(self, size: int) -> str:
        """The name of a size."""
        root = self.walk.sizes.find(size)
        label = self.walk.sizes.label.get(root)
        if label is not None and label not in self.defined:
            return label
        if root not in self.made:
            # Names that were given before two sizes were found to be one stay.
            same = [name for old, name in self.made.items() if self.walk.sizes.find(old) == root]
            self.made |= dict.fromkeys([root], same[0]) if same else {}
        if root not in self.made:
            names = (*self.names, *(f"n{k}" for k in range(1, 200)))
            self.made[root] = next((name for name in names if name not in self.taken), "n_")
            self.taken.add(self.made[root])
        return self.made[root]


def _statement(context: DeclaredNames, text: str) -> bool:
    """Add one declaration; whether it could be read."""
    trial = context.copy()
    try:
        declare_also(trial, text)
    except SymderivError:
        return False
    context.__dict__.update(trial.__dict__)
    return True


def _add_array(context: DeclaredNames, pattern: Pattern, name: str, sizes: tuple[str, ...], properties: str) -> bool:
    """Declare an array; where its superscript bracket holds an index letter, one for every value of it."""
    spec = " ".join((*sizes, properties)).strip() if sizes else f"scalar {properties}".strip()
    if pattern.hole is None:
        return _statement(context, f"{name}: {spec}")
    trial = context.copy()
    try:
        declare_also(trial, f"family: {spec}")
        record = next(r for r in trial.by_name("family") if isinstance(r, Quantity))
        value = record.value
        assert isinstance(value, Tensor)
        made = Quantity(pattern, Tensor(pattern.text, value.shape, value.properties), record.origins)
        trial.remove(record)
        trial.add(made)
    except (SymderivError, StopIteration, AssertionError):
        return False
    context.__dict__.update(trial.__dict__)
    return True
