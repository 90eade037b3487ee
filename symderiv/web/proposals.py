"""Declarations for expressions that have none: what the referee takes the names of a text for, where that has a meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import combinations

from sympy import preorder_traversal

from ..arrays.arrays import Tensor
from ..arrays.symbols import Index
from ..differentiation.engine import derive
from ..errors import ParseError, SymderivError
from ..reader import declare, parse
from ..reader.declare.context import DeclaredNames
from ..reader.declare.undeclared import UndeclaredName
from ..referee.taken import ALONE, IN_TEXTS, NORMALISED, LetterUse, TakenNames, complete
from ..referee.text_rows import written

MOST_NAMES = 6
"""More names than these are better declared by whoever knows them."""
NUMBERS = frozenset("abcdkrsty")
"""Letters of targets, shifts and factors, which may be numbers beside arrays."""
VARIABLES = ("W", "w", "theta", "beta", "x", "X", "z")
"""What people derive by, first of all; beta beside gamma is the shift of a normalisation."""


def proposed(texts: tuple[str, ...], given: str) -> str:
    """Declarations that give all the texts a meaning; empty where none were found."""
    alone = NORMALISED if any("_norm" in text for text in texts) else ALONE
    found = next(filter(None, (_taken(texts, given, use) for use in (alone, IN_TEXTS))), "") or _searched(texts, given)
    return _with_labels(texts, given, _as_a_loss(texts, given, found, alone)) if found else ""


def _as_a_loss(texts: tuple[str, ...], given: str, found: str, use: LetterUse) -> str:
    """The same declarations, or with one or two targets or shifts as numbers, where that makes a scalar of a text of arrays:
    what is differentiated is mostly a loss, as log(1 + exp(-y w'x)) is one of one example."""
    names = [name for name, kind in re.findall(r"(\w+): ([^;]+)", found) if name in NUMBERS and kind != "scalar"]
    if len(texts) > 1 or not getattr(parse(texts[0], declare(_joined(given, found))), "shape", ()):
        return found
    for chosen in (each for count in (1, 2) for each in combinations(names, count)):
        other = _taken(texts, given, use, tuple(f"{name}: scalar" for name in chosen))
        if re.search(r": (?!scalar|function)", other) and not getattr(
                parse(texts[0], declare(_joined(given, other))), "shape", ()):
            return other
    return found


def misread(texts: tuple[str, ...], given: str) -> tuple[int, ParseError | None]:
    """What is written wrong whatever its names are, and in which of the texts: an error in numbers and in vectors alike."""
    for place, text in enumerate(texts):
        one, other = (_first_error(text, given, kind) for kind in ("scalar", "n"))
        if one is not None and other is not None and one.message == other.message:
            return place, one
    return 0, None


def _first_error(text: str, given: str, kind: str) -> ParseError | None:
    """Why a text is not read where every name that is not declared is of one kind."""
    for _ in range(4 * MOST_NAMES):
        try:
            parse(text, declare(given))
        except UndeclaredName as error:
            given = _joined(given, f"{error.name}: {kind}")
        except ParseError as error:
            return error
        except SymderivError:
            return None
        else:
            return None
    return None


def _taken(texts: tuple[str, ...], given: str, use: LetterUse, numbers: tuple[str, ...] = ()) -> str:
    """Declarations by one use of letters; ``numbers`` are signs of the notation that are names here."""
    taken, known = TakenNames(), _joined(given, *numbers)
    try:
        context = declare(known)
        complete(written(texts), context, taken, {record.name for record in context.all()}, {}, use)
        found = _joined(*(declaration.text for declaration in taken.declarations.values()), *numbers)
        context = declare(_joined(given, found))
        read = [parse(text, context) for text in texts]
        shapes = {tuple(getattr(each, "shape", ())) for each in read}
        if any(isinstance(s, Tensor) and s.label_size is None for each in read for node in preorder_traversal(each)
               for index in getattr(node, "params", {}).get("index", ()) for s in getattr(index, "free_symbols", ())):
            return ""  # E[t] is read at a label, and no number is one
    except UndeclaredName as error:
        # d is the sign of a differential elsewhere.
        more = f"{error.name}: scalar"
        return "" if len(error.name) > 1 or more in numbers else _taken(texts, given, use, (*numbers, more))
    except SymderivError:
        return ""
    return found if len(shapes) == 1 and len(taken.declarations) <= MOST_NAMES else ""


def _with_labels(texts: tuple[str, ...], given: str, found: str) -> str:
    """The same declarations, with a label where an operator takes one: classes are what a loss is mostly given."""
    context = declare(_joined(given, found))
    for node in (node for text in texts for node in preorder_traversal(parse(text, context))):
        if getattr(getattr(node, "op", None), "labels", None) and isinstance(node.args[1], Tensor):
            (*rows, classes), target = node.args[0].shape, node.args[1]
            if target.label_size is None and tuple(target.shape) == (*rows, classes):
                label = " ".join(map(str, (f"{target}: label", classes, *rows)))
                plain = f"{target}: {' '.join(map(str, target.shape))}"
                found = "; ".join(label if part == plain else part for part in found.split("; "))
    # The entry of one class, as in log p_k, is that at a label.
    letters = parse(texts[0], context).atoms(Index) & parse(texts[0], context).free_symbols if len(texts) == 1 else ()
    return _joined(found, *sorted(f"{letter}: label {letter.hi}" for letter in letters))


# ------------------------------------------------------------------ by what readings refuse

@dataclass(frozen=True)
class _Guess:
    """A kind for each name, with the numbers of its sizes, and what each size is: its own number, or made of others."""

    names: tuple[tuple[str, str, tuple[int, ...]], ...] = ()
    sizes: tuple[str, ...] = ()

    def text(self, letters: Iterable[str]) -> str:
        """The declarations, with letters for sizes in order of appearance."""
        shown = "; ".join(f"{name}: " + (kind.format(*(self.sizes[k] for k in axes)) or "scalar")
                          for name, kind, axes in self.names)
        chosen = dict(zip(dict.fromkeys(_SIZE.findall(shown)), letters, strict=False))
        return _SIZE.sub(lambda found: chosen[found.group(1)], shown)

    def having(self, name: str, kind: str) -> _Guess:
        """The same with a name of this kind, whose sizes are new."""
        axes = tuple(range(len(self.sizes), len(self.sizes) + kind.count("{}")))
        names = {each[0]: each for each in self.names} | {name: (name, kind, axes)}
        return _Guess(tuple(names.values()), (*self.sizes, *(f"<{k}>" for k in axes)))

    def put(self, size: str, what: str) -> _Guess:
        """The same with a size that is this."""
        return replace(self, sizes=tuple(each.replace(size, what) for each in self.sizes))


_SIZE = re.compile(r"<(\d+)>")
_PROBES = tuple(f"qq{k}" for k in range(99))
_LETTERS = tuple("mnkpqrsdhNMKPQRSDH")
# What kinds of names cost, by what an error has to speak of before they are tried.
_KINDS = {"": {"": 0.2, "{}": 0.0, "{} {}": 0.45, "{} {} {}": 0.5, "{} {} {} {}": 0.55, "{} {} {} {} {}": 0.6},
          "label|index": {"label {}": 0.3, "label {} {}": 0.4},
          "positive_definite": {"{} {} positive-definite": 0.9}}
_OF_CAPITALS = {"{} {}": 0.0, "{}": 0.3, "": 0.35}
_CLASH = r"{0} (?:against|and|rows?, .*1\.\.|classes, .*has|in .* over) ?{1}\b|{0},?\).*\({1}\b.*do not"
MOST_TRIALS = 300


def _searched(texts: tuple[str, ...], given: str) -> str:
    """Declarations found by trying: what refuses to be read names what is to be declared, or the sizes that clash."""
    queue: list[tuple[float, int, _Guess]] = [(0.0, 0, _Guess())]
    seen = set[str]()
    for count in range(MOST_TRIALS):
        if not queue:
            break
        cost, _, trial = heappop(queue)
        try:
            _tried(texts, _joined(given, trial.text(_PROBES)))
        except SymderivError as error:
            for more, then in _mended(trial, error, texts):
                if (text := then.text(_PROBES)) not in seen:
                    seen.add(text)
                    heappush(queue, (cost + more, len(seen) - 100 * count, then))
        else:
            taken = {name for name, _, _ in trial.names} | {*re.findall(r"\w+", given)}
            return trial.text(letter for letter in (*_LETTERS, *_PROBES) if letter not in taken)
    return ""


def _tried(texts: tuple[str, ...], given: str) -> None:
    """Read all and differentiate it by something.  Raises what says why that cannot be done."""
    context, name = declare(given), variable(given)
    read = [parse(text, context) for text in texts]
    if name:
        derive(read[0], parse(name, context))


def _mended(trial: _Guess, error: SymderivError, texts: tuple[str, ...]) -> Iterator[tuple[float, _Guess]]:
    """What else may be declared after an error, and what that costs."""
    if isinstance(error, UndeclaredName):
        name, start = error.name, (error.column or 1) - 1
        longer = filter(None, (re.match(rf"{re.escape(name)}_\w+", text[start:]) for text in texts))
        name = next((each.group() for each in longer), name)
        if len(trial.names) < 4 * MOST_NAMES:
            yield 0.0, trial.having(name, _kinds(name, "")[0][0])
        return
    said, hint = f"{error.message} {error.hint or ''}", error.hint or ""
    yield from _with_other_sizes(trial, said, hint)
    for name, kind, _ in trial.names:
        word = rf"(?<!\w){re.escape(name)}(?!\w)"
        if re.search(rf"{word}.*is not (?:a size|known to be a positive)", said):
            yield 0.1, trial.having(name, "size")
        elif kind != "size" and re.search(word, f"{said} {error.where}"):
            now = dict(_kinds(name, "label positive_definite"))[kind]
            yield from ((0.05 + cost - now, trial.having(name, each)) for each, cost in _kinds(name, said) if each != kind)


def _with_other_sizes(trial: _Guess, said: str, hint: str) -> Iterator[tuple[float, _Guess]]:
    """Sizes of which an error speaks, made equal, the sum of two, a multiple, or what a name stands for."""
    order = dict.fromkeys(_SIZE.findall("".join(trial.sizes[k] for _, _, axes in trial.names for k in axes)))
    shown = {probe: f"<{size}>" for probe, size in zip(_PROBES, order, strict=False)}
    sizes = [probe for probe in dict.fromkeys(re.findall(r"\bqq\d+\b", said)) if probe in shown]
    pairs = list(combinations(sizes[:6], 2))
    sure = [pair for pair in pairs if re.search(_CLASH.format(*pair), said)]
    for one, two in sure or pairs:
        yield 0.0 if sure else 0.5, trial.put(shown[two], shown[one])
        if " + " in hint:
            yield 0.1, trial.put(shown[one], f"({shown[two]} + {shown[one]})")
    made = [name for name, kind, _ in trial.names if kind == "size"]
    for size in sizes:
        made_of = (*made, *(f"({k}*{shown[size]})" for k in re.findall(r"(\d+)\*", hint)[:1]))
        yield from ((0.1, trial.put(shown[size], each)) for each in made_of)


def _kinds(name: str, said: str) -> list[tuple[str, float]]:
    """The kinds that a name may be of, by its first letter, the likeliest first."""
    found = {kind: cost for word, each in _KINDS.items() if re.search(word, said) for kind, cost in each.items()}
    return sorted((found | (_OF_CAPITALS if name[:1].isupper() else {})).items(), key=lambda pair: pair[1])


def variable(declarations: str) -> str:
    """What one most likely derives by, weights before inputs; never a function, a label or a size."""
    context = declare(declarations)
    declared = (each.partition(":")[0].strip() for each in declarations.split(";"))
    names = [name for name in declared if _is_tensor(name, context)]
    stems = [re.split(r"[_\d]", name)[0] for name in names]
    usual = [each for each in VARIABLES if each in stems and not (each == "beta" and "gamma" in stems)]
    return next((names[stems.index(each)] for each in usual), next(iter(names), ""))


def _is_tensor(name: str, context: DeclaredNames) -> bool:
    try:
        found = parse(name, context)
    except SymderivError:
        return False
    return isinstance(found, Tensor) and found.label_size is None


def _joined(*parts: str) -> str:
    return "; ".join(part for part in (each.strip().rstrip(";") for each in parts) if part)
