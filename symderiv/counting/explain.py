"""How the numbers of a row come about, in steps: window positions, parameters, operations, receptive field.

Each step is an equation or an equivalence between expressions, given with what it rests on; the last one of a part is
the number that stands in the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sympy import Add, Expr, Integer, Mul, Symbol

from ..answers import written
from ..arrays.strict import expression
from ..errors import SymderivError
from ..layers.windows import Slide
from .amounts import InnerProducts, Ranges, Weights
from .receptive import Spread
from .rows import OPERATIONS, LayerRows, Row, flops_of
from .size_text import latex, plain, shape_latex, shape_text, text

AXES = {1: ("length",), 2: ("height", "width")}
ENUMERATED = 100_000
"""Windows are counted one by one along axes shorter than this."""


@dataclass(frozen=True)
class ExplainedStep:
    """One step: what is done and why, in words; the formula as text and as LaTeX; the value it ends with, if any."""

    reason: str
    text: str
    latex: str
    value: Any = None

    def __str__(self) -> str:
        return f"{self.reason}: {self.text}" if self.text else self.reason


@dataclass(frozen=True, repr=False)
class Explanation:
    """The steps behind one row, by part: "output", "parameters", "operations", "receptive field"."""

    row: Row
    parts: tuple[tuple[str, tuple[ExplainedStep, ...]], ...]

    @property
    def steps(self) -> tuple[ExplainedStep, ...]:
        """All steps in order."""
        return tuple(step for _, steps in self.parts for step in steps)

    def __iter__(self) -> Iterator[ExplainedStep]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, part: str) -> tuple[ExplainedStep, ...]:
        """The steps of a part."""
        return dict(self.parts)[part]

    def only(self, *parts: str) -> Explanation:
        """The steps of some parts alone."""
        return replace(self, parts=tuple(part for part in self.parts if part[0] in parts))

    def to_dict(self) -> dict[str, Any]:
        """The steps as plain texts, for programs."""
        parts = {name: [{"reason": step.reason, "formula": step.text, "latex": step.latex} for step in steps]
                 for name, steps in self.parts}
        return {"place": self.row.place, "layer": self.row.layer, **parts}

    def __str__(self) -> str:
        lines = [f"{self.row.place}  {self.row.layer} on {shape_text(self.row.input)}"]
        for name, steps in self.parts:
            lines += [f"{name}", *(f"  {step}" for step in steps)]
        return "\n".join(lines)

    __repr__ = __str__

    def latex(self) -> str:
        """The steps as a LaTeX list."""
        return str(written("explanation_latex", self))


def explanation(row: Row, table: LayerRows) -> Explanation:
    """The steps behind a row of a table."""
    plan = row.plan
    parts: list[tuple[str, tuple[ExplainedStep, ...]]] = [("output", tuple(_sizes(row)))]
    parts.append(("parameters", tuple(_parameters(plan.weights, row.params))))
    parts.append(("operations", tuple(_operations(row, table))))
    if plan.slides and row.jump is not None:
        parts.append(("receptive field", tuple(_field(row))))
    return Explanation(row, tuple(parts))


# ------------------------------------------------------------------ sizes

def _sizes(row: Row) -> Iterator[ExplainedStep]:
    slides = row.plan.slides
    spread = any(isinstance(stage, Spread) for stage in row.plan.stages)
    if getattr(row.kind, "ceil_mode", False):
        yield ExplainedStep("sizes are rounded up: padding at the end is taken to include what the last window hangs "
                            "over by", "", "")
    for name, slide in named_axes(slides):
        yield from (_spread(name, slide) if spread else _moves(name, slide))
    if row.plan.made_of is not None:
        sign, sizes = row.plan.made_of
        if sign == "+":
            yield _sum("side by side", list(sizes), Add(*sizes))
        else:
            yield _product("all entries", sizes, Mul(*sizes))
    yield ExplainedStep("the output has the shape", shape_text(row.output), shape_latex(row.output), row.output)


def named_axes(slides: tuple[Slide, ...]) -> Iterator[tuple[str, Slide]]:
    """The axes with their names; two that are alike are told once."""
    if len(slides) == 2 and replace(slides[0], fits=True) == replace(slides[1], fits=True):
        yield "height and width", slides[0]
    else:
        yield from zip(AXES.get(len(slides), ()), slides, strict=True)


def _moves(name: str, slide: Slide) -> Iterator[ExplainedStep]:
    """From the positions a window reads, by the index definition, to the number of windows that fit."""
    n, j = Symbol("n", integer=True), Symbol("j", integer=True)
    s, free = slide.stride, slide.free
    padded = (slide.size + slide.left + slide.right).expand()
    yield _sum(f"{name}: entries with the padding", [slide.size, *(side for side in (slide.left, slide.right) if side != 0)],
               padded)
    yield _formula(f"{name}: of these, window n reads, for j = 1..{text(slide.kernel)}",
                   (s * (n - 1) + slide.dilation * (j - 1) + 1).expand())
    last = (s * (n - 1) + slide.reach + 1).expand()
    yield ExplainedStep(f"{name}: it fits while its last entry does", f"{text(last)} ≤ {text(padded)}",
                        rf"{latex(last)} \le {latex(padded)}")
    moves, exact = slide.moves, (free / s).is_integer
    top = f"({text(free)})" if free.is_Add and s != 1 else text(free)
    shown = top if s == 1 else f"{top}/{text(s)}"
    tex = latex(free) if s == 1 else rf"\frac{{{latex(free)}}}{{{latex(s)}}}"
    yield ExplainedStep(f"{name}: that is, for whole numbers n ≥ 1 with", f"n - 1 ≤ {shown}", rf"n - 1 \le {tex}")
    _count_them(slide)
    floored = (shown, tex) if exact else (f"floor({shown})", rf"\left\lfloor {tex} \right\rfloor")
    only_summed = s == 1 and len(Add.make_args(free)) + 1 == len(Add.make_args(moves))
    said, written = (f"{form} + 1" if only_summed else " = ".join(dict.fromkeys((f"{form} + 1", told(moves))))
                     for form, told in zip(floored, (text, latex), strict=True))
    yield ExplainedStep(f"{name}: the number of windows", said, written, plain(moves))


def _count_them(slide: Slide) -> None:
    """Where sizes are numbers, the windows are counted one by one besides.  Raises SymderivError if that disagrees."""
    sizes = (slide.size, slide.left, slide.right, slide.stride, slide.reach)
    if all(size.is_Integer for size in sizes) and slide.size < ENUMERATED:
        size, left, right, stride, reach = map(int, sizes)
        fits = sum(1 for first in range(0, size + left + right, stride) if first + reach < size + left + right)
        if fits != slide.moves:
            raise SymderivError(f"{fits} windows fit, but the shape rule says {slide.moves}", where=slide)


def _spread(name: str, slide: Slide) -> Iterator[ExplainedStep]:
    """From the positions that copies of a kernel reach to the number of entries between the first and the last."""
    a, j = Symbol("a", integer=True), Symbol("j", integer=True)
    place = (slide.stride * (a - 1) + slide.dilation * (j - 1) + 1).expand()
    yield _formula(f"{name}: entry a = 1..{text(slide.size)} of the input adds weight j = 1..{text(slide.kernel)} at", place)
    full = place.xreplace({a: slide.size, j: slide.kernel}).expand()
    yield _formula(f"{name}: the last of these positions", full)
    texts, formulas = ([f"({written(side)})" for side in (slide.left, slide.right)] for written in (text, latex))
    yield ExplainedStep(f"{name}: less what is cut off before and behind",
                        f"{text(full)} - {' - '.join(texts)} = {text(slide.spread)}",
                        rf"{latex(full)} - {' - '.join(formulas)} = {latex(slide.spread)}", plain(slide.spread))


def _formula(reason: str, expr: Expr) -> ExplainedStep:
    return ExplainedStep(reason, text(expr), latex(expr), plain(expr))


# ------------------------------------------------------------------ parameters and operations

def _parameters(weights: tuple[Weights, ...], total: Any) -> Iterator[ExplainedStep]:
    if not weights:
        yield ExplainedStep("nothing is learnt", "0", "0", 0)
        return
    alike: dict[tuple[Any, ...], list[Weights]] = {}
    for w in weights:
        alike.setdefault((w.shape, w.times), []).append(w)
    counts = []
    for (shape, times), group in alike.items():
        number = times * len(group)
        each = f"{', '.join(w.name for w in group)}, {'each ' if number != 1 else ''}of shape {shape_text(shape)}"
        counts.append(Mul(len(group), group[0].count))
        yield _product(each + (f", {text(times)} of them" if times != 1 else ""), _times(number) + shape, counts[-1])
    if len(counts) > 1:
        yield _sum("in all", counts, total)


def _times(number: Any) -> tuple[Any, ...]:
    return () if number == 1 else (number,)


def _operations(row: Row, table: LayerRows) -> Iterator[ExplainedStep]:
    plan = row.plan
    counts: list[Any] = []
    alike: dict[Any, list[InnerProducts]] = {}
    for p in plan.products:
        alike.setdefault((p.results, p.products, p.times), []).append(p)
    for group in alike.values():
        whole = replace(group[0].repeated(Integer(len(group))), what=", ".join(p.what for p in group))
        yield from _one_family(whole)
        counts.append(flops_of(replace(plan, products=(whole,)), table.operations, ()))
        if table.operations != "mac":
            yield ExplainedStep(OPERATIONS[table.operations].partition(": ")[2], _counted(whole, table.operations, text),
                                _counted(whole, table.operations, latex), plain(counts[-1]))
    for name, what, number in (("bias", "additions of a bias", plan.biased),
                               ("pooling", "entries of all windows", plan.pooled),
                               ("elementwise", "operations entry by entry", plan.entrywise)):
        if name in table.also and number != 0:
            counts.append(number)
            yield _formula(what, number)
    if not counts:
        yield ExplainedStep("there are no inner products", "0", "0", 0)
    elif table.examples != 1:
        yield _product(f"for {text(table.examples)} examples", (table.examples, Add(*counts)), row.flops)
    elif len(counts) > 1:
        yield _sum("in all", counts, row.flops)


def _one_family(p: InnerProducts) -> Iterator[ExplainedStep]:
    again = f", {text(p.times)} times" if p.times != 1 else ""
    if p.summed is None:
        yield _product(f"products of an entry and a weight ({p.what}), for {_letters(p.products)}{again}",
                       _times(p.times) + tuple(n for _, n in p.products), p.count)
        return
    yield _product(f"inner products of {p.what}, one for each {_letters(p.results)}{again}",
                   _times(p.times) + tuple(n for _, n in p.results), p.number)
    length = tuple(n for _, n in p.summed)
    yield _product(f"their length, the sum being over {_letters(p.summed)}", length, Mul(*length))
    yield _product("number times length", (p.number, Mul(*length)), p.count)


def _letters(ranges: Ranges) -> str:
    return ", ".join(f"{letter} = 1..{text(size)}" for letter, size in ranges)


def _counted(p: InnerProducts, operations: str, written: Any) -> str:
    less = f" - {written(p.number)}" if operations == "2n-1" else ""
    times = r" \cdot " if written is latex else "·"
    total = 2 * p.count - (p.number if less else 0)
    return f"2{times}{written(p.count)}{less} = {written(total)}"


def _product(reason: str, factors: tuple[Any, ...], value: Any) -> ExplainedStep:
    def bracketed(n: Any, written: Any, left: str, right: str) -> str:
        return f"{left}{written(n)}{right}" if getattr(n, "is_Add", False) and len(factors) > 1 else str(written(n))

    shown = "·".join(bracketed(n, text, "(", ")") for n in factors)
    tex = r" \cdot ".join(bracketed(n, latex, r"\left(", r"\right)") for n in factors)
    told, written = (" = ".join(dict.fromkeys(filter(None, sides))) for sides in ((shown, text(value)), (tex, latex(value))))
    return ExplainedStep(reason, told, written, plain(value))


def _sum(reason: str, terms: list[Any], total: Any) -> ExplainedStep:
    said, written = (" = ".join(dict.fromkeys((" + ".join(map(form, terms)), form(total)))) for form in (text, latex))
    return ExplainedStep(reason, said, written, plain(total))


# ------------------------------------------------------------------ receptive field

def _field(row: Row) -> Iterator[ExplainedStep]:
    """What the layer adds to the field of the layer before: its reach times the jump between neighbours there."""
    if not any(isinstance(stage, Spread) for stage in row.plan.stages):
        jumps = dict(zip(row.plan.slides, row.jump or (), strict=False))
        for name, slide in named_axes(row.plan.slides):
            before = expression(jumps[slide]) / slide.stride
            factors = (slide.kernel - 1, *_times(slide.dilation), *_times(before))
            apart = f", whose neighbours are {text(before)} apart in the network's input," if before != 1 else ""
            yield _product(f"{name}: besides its first entry{apart} a window reads this much further", factors,
                           (slide.reach * before).expand())
    yield ExplainedStep("an entry depends on so much of the network's input", shape_text(row.receptive_field),
                        shape_latex(row.receptive_field), row.receptive_field)
