"""The numbers of a row on one line: each as the arithmetic of the sizes that it comes from.

``Explanation`` derives the same numbers step by step; this is what stands in a footnote.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy import Integer, Mul

from ..layers.windows import Slide
from .explain import named_axes
from .receptive import Spread
from .rows import LayerRows, Row
from .size_text import latex


def table_working(table: LayerRows) -> dict[tuple[str, ...], list[str]]:
    """Equations in LaTeX with words before them, of the columns shown: each once, with the layers whose rows it is."""
    found: dict[tuple[str, ...], list[str]] = {}
    for row in table.rows:
        parts = {"output": _sizes, "parameters": _parameters, "operations": _operations}
        working = tuple(told for name, part in parts.items() if not table.columns or name in table.columns
                        for told in part(row))
        if working and row.layer not in found.setdefault(working, []):
            found[working].append(row.layer)
    return found


def _sizes(row: Row) -> Iterator[str]:
    spread = any(isinstance(stage, Spread) for stage in row.plan.stages)
    for name, slide in named_axes(row.plan.slides):
        yield f"{name} ${_spread(slide) if spread else _windows(slide)}$"
    if row.plan.made_of is not None:
        sign, sizes = row.plan.made_of
        yield "output $" + _joined(" + " if sign == "+" else r" \cdot ", sizes, _value(sign, sizes)) + "$"


def _value(sign: str, sizes: Any) -> Any:
    return sum(sizes, Integer(0)) if sign == "+" else Mul(*sizes)


def _windows(slide: Slide) -> str:
    """How many windows fit: floor((n + paddings - reach - 1)/s) + 1."""
    top = latex(slide.size) + "".join(f" + {_term(side)}" for side in (slide.left, slide.right) if side != 0)
    top += f" - {_term(slide.reach + 1)}"
    if slide.stride == 1:
        form = f"{top} + 1"
    else:
        exact = (slide.free / slide.stride).is_integer
        form = rf"\frac{{{top}}}{{{latex(slide.stride)}}}" if exact else (
            rf"\left\lfloor\frac{{{top}}}{{{latex(slide.stride)}}}\right\rfloor")
        form += " + 1"
    return f"{form} = {latex(slide.moves)}"


def _spread(slide: Slide) -> str:
    """How many entries copies of a kernel reach."""
    cut = "".join(f" - {_term(side)}" for side in (slide.left, slide.right) if side != 0)
    return rf"{latex(slide.stride)} \cdot ({latex(slide.size)} - 1) + {_term(slide.reach + 1)}{cut} = {latex(slide.spread)}"


def _term(size: Any) -> str:
    return rf"\left({latex(size)}\right)" if getattr(size, "is_Add", False) else latex(size)


def _parameters(row: Row) -> Iterator[str]:
    products = [_factors((w.times, *w.shape)) for w in row.plan.weights if w.count != 0]
    if products:
        yield f"parameters ${_equal(' + '.join(products), row.params)}$"


def _operations(row: Row) -> Iterator[str]:
    products = []
    for p in row.plan.products:
        results = _factors((p.times, *(n for _, n in p.results)))
        length = _factors(tuple(n for _, n in p.summed)) if p.summed else ""
        whole = rf"{results} \cdot ({length})" if length and r"\cdot" in length else rf"{results} \cdot {length}"
        products.append(whole if length else _factors((p.times, *(n for _, n in p.products))))
    if products and sum((p.count for p in row.plan.products), Integer(0)) == row.flops:
        yield f"operations ${_equal(' + '.join(products), row.flops)}$"


def _factors(sizes: tuple[Any, ...]) -> str:
    kept = [size for k, size in enumerate(sizes) if k or size != 1] or [Integer(1)]
    return r" \cdot ".join(map(_term, kept)) if len(kept) > 1 else latex(kept[0])


def _joined(sign: str, sizes: Any, value: Any) -> str:
    return _equal(sign.join(map(_term, sizes)), value)


def _equal(form: str, value: Any) -> str:
    return form if form == latex(value) else f"{form} = {latex(value)}"
