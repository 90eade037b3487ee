"""Concrete sizes from concrete arrays: symbolic shapes solved against the shapes of the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sympy import Expr, Integer, Symbol

from ..arrays.sizes import Shape, show_shape
from ..errors import EvaluationError


def unify(shapes: Iterable[tuple[str, Shape, tuple[int, ...]]], given: Mapping[str, int]) -> dict[str, int]:
    """Sizes by name from (name, declared shape, shape of the data), and sizes given outright.

    A size is read off where it stands alone, or solved for where it is the only unknown of a linear expression, as in
    n - k + 1.  Raises EvaluationError where shapes contradict each other.
    """
    sizes = dict(given)
    shapes = list(shapes)
    for name, declared, actual in shapes:
        if len(declared) != len(actual):
            raise EvaluationError(f"{name} has shape {show_shape(declared)}, but its array has shape {actual}",
                                  where=name, hint="transpose or reshape the array")
    pending = [(name, axis, size, value) for name, declared, actual in shapes
               for axis, (size, value) in enumerate(zip(declared, actual, strict=True))]
    progress = True
    while pending and progress:
        progress = False
        waiting = []
        for item in pending:
            name, axis, size, value = item
            unknown = sorted((s for s in size.free_symbols if s.name not in sizes), key=str)
            if not unknown:
                _agree(name, axis, size, value, sizes)
                progress = True
            elif len(unknown) == 1 and (solved := _solve(size, unknown[0], value, sizes)) is not None:
                if solved < 1:
                    raise EvaluationError(f"axis {axis} of {name} has size {value}, which makes "
                                          f"{unknown[0]} = {solved}", where=f"{name}: {size}")
                sizes[unknown[0].name] = solved
                progress = True
            else:
                waiting.append(item)
        pending = waiting
    return sizes


def concrete(size: Expr, sizes: Mapping[str, int], where: object = None) -> int:
    """The value of a size.  Raises EvaluationError for a size that nothing determines."""
    if isinstance(size, Integer) or (isinstance(size, Symbol) and size.name in sizes):
        return int(size if isinstance(size, Integer) else sizes[size.name])
    value = size.xreplace({s: Integer(sizes[s.name]) for s in size.free_symbols if s.name in sizes})
    if value.free_symbols:
        name = min(map(str, value.free_symbols))
        raise EvaluationError(f"nothing says what the size {name} is", where=where, hint=f"evaluate(..., {name}=4)")
    if not value.is_integer:
        raise EvaluationError(f"the size {size} is {value}, not an integer", where=where)
    return int(value)


def _agree(name: str, axis: int, size: Expr, value: int, sizes: Mapping[str, int]) -> None:
    expected = concrete(size, sizes, name)
    if expected != value:
        known = ", ".join(f"{s} = {sizes[s.name]}" for s in sorted(size.free_symbols, key=str))
        raise EvaluationError(f"axis {axis} of {name} has size {value}, but {size} is {expected}"
                              + (f" with {known}" if known else ""), where=name,
                              hint="two arrays disagree about a size, or one is transposed")


def _solve(size: Expr, unknown: Symbol, value: int, sizes: Mapping[str, int]) -> int | None:
    partial = size.xreplace({s: Integer(sizes[s.name]) for s in size.free_symbols if s.name in sizes}).expand()
    slope = partial.coeff(unknown, 1)
    rest = (partial - slope * unknown).expand()
    if slope.free_symbols or rest.free_symbols or slope == 0:
        return None
    solution = (value - rest) / slope
    return int(solution) if solution.is_integer else None
