"""A person's own backward function against the derived gradient, and what it lacks, as a closed form.

The function is called with arrays by name, at points with pairwise different sizes, and its result is compared entry by
entry with the closed form.  Where the two differ, single changes of the closed form are tried: the first that gives the
person's numbers at every point says what the slip is.  All work is counted.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial, reduce
from importlib import import_module
from itertools import combinations
from typing import Any

from sympy import Add, Expr, Integer, Mul, Rational, S, preorder_traversal

from ..answers import ShowsItself
from ..arrays.arrays import Array, Named, Tensor, as_expr
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..bounds import LINE_WORK, bounded, budget
from ..differentiation.engine import Derivation, derive, vjp
from ..errors import DeclarationError, SymderivError
from ..functions.elementary import tanh
from ..functions.network_functions import sigmoid
from ..functions.unknown import function
from ..late import np
from ..layers.convolution import flip
from ..numeric.check import Counterexample
from ..numeric.dual import Numbers
from ..numeric.evaluate import Variables, evaluate_all
from ..numeric.sampling import Sample, sample
from ..reader.declare.declarations import declare
from ..reader.meaning.elaborate import Elaborator
from ..reader.parse import parse
from ..reader.syntax.tokens import SourceText
from .coefficients import SIGN
from .declared_relations import setting_of
from .samples import Laboratory, Setting

TOLERANCE = 1e-6
# Single precision, which PyTorch and JAX use unless they are told otherwise.
SINGLE = 2e-3
POINTS = 4
MAX_CHANGES = 300


@dataclass(frozen=True)
class BackwardReport(ShowsItself):
    """What became of a person's backward function.

    ok              whether it gives the derived gradient at every point;  max_error  the largest relative difference
    diagnosis       the slip in words;  suggestion  the right closed form
    counterexample  sizes, values, the first entry that differs and both values there
    message         what is wrong with the result as such: its shape, or that it is no array
    derived         the derivative that it was compared with

    Source: docs/tutorials/own_work.md, A backward function.

    >>> x = sd.tensor("x")
    >>> sd.check_backward(x**2, x, lambda x: 2 * x).ok
    True
    """

    ok: bool
    max_error: float
    diagnosis: str | None = None
    suggestion: str | None = None
    counterexample: Counterexample | None = None
    message: str = ""
    name: str = ""
    derived: Derivation | None = field(default=None, compare=False, repr=False)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        if self.ok:
            return f"✓ {self.name}: agrees with the derived gradient, largest relative error {self.max_error:.1e}"
        rows = [f"✗ {self.name}: {self.diagnosis or self.message or 'differs from the derived gradient'}"]
        if self.diagnosis and self.message:
            rows.append(f"  {self.message}")
        if self.counterexample is not None:
            rows.append(f"  counterexample: {self.counterexample}")
        if self.suggestion:
            rows.append(f"  should be: {self.suggestion}")
        return "\n".join(rows)

    def to_json(self) -> dict[str, object]:
        """The report as plain data."""
        return {"ok": self.ok, "name": self.name, "max_error": self.max_error if np.isfinite(self.max_error) else None,
                "diagnosis": self.diagnosis, "suggestion": self.suggestion, "message": self.message or None,
                "counterexample": None if self.counterexample is None else str(self.counterexample)}


@bounded
def check_backward(L: object, W: object, fn: Callable[..., object], upstream: object = None, *,
                   seed: int = 0) -> BackwardReport:
    """A person's backward function ``fn`` against the derivative of ``L`` by ``W``.

    L, W      a loss and a variable; or with ``upstream`` a layer's output, whose cotangent is ``upstream``
    fn        takes arrays by keyword, those that it names (labels count from 0), and returns the gradient; NumPy, or
              JAX or torch where it is written for these

    Raises DeclarationError where ``fn`` asks for what the expression does not know, and what ``fn`` itself raises as
    SymderivError with the sizes it was called at.  Source: docs/tutorials/own_work.md, A backward function.

    >>> n = sd.dims("n")
    >>> A, x = sd.tensor("A", n, n), sd.tensor("x", n)
    >>> sd.check_backward(x @ A @ x, x, lambda A, x: (A + A.T) @ x).ok
    True
    """
    if not callable(fn):
        raise DeclarationError(f"a backward function is needed, not {type(fn).__name__}", hint="def backward(W, x, y): ...")
    return _checked(L, W, fn, upstream, _drawn(seed))


def _checked(L: object, W: object, fn: Callable[..., object], upstream: object, points: Draw) -> BackwardReport:
    if isinstance(W, tuple | list):
        return _of_several(L, tuple(W), fn, upstream, points)
    found = derive(L, W) if upstream is None else vjp(L, W, upstream=upstream)
    assert isinstance(found, Derivation)
    return _compared(found, _called(fn), points)


@bounded
def check_written(loss: str, given: str, wrt: str, place: str, upstream: str | None = None) -> BackwardReport:
    """The same for a loss and its variables as text, and a function as "module:function"; the module may stand in the
    working directory.  Raises DeclarationError where there is no such function."""
    context = declare(given)
    elaborator = Elaborator(context, SourceText(given))

    def named(name: str) -> Any:
        record = elaborator.record(name.strip())
        if record is None:
            raise DeclarationError(f"{name.strip()} is not declared", hint='--given "W: m n; x: n"')
        return elaborator.meaning(record).expr
    variables = tuple(map(named, wrt.split(",")))
    setting = setting_of(context)
    return _checked(parse(loss, context), variables if len(variables) > 1 else variables[0], _imported(place),
                    None if upstream is None else named(upstream),
                    partial(_drawn_under, setting) if setting.constraints or setting.choices else _drawn(0))


# Points for what is compared, under what is assumed.
Draw = Callable[[list[Any], list[Any]], list[Sample]]


def _drawn(seed: int) -> Draw:
    return lambda nodes, assumed: [_tidy(sample(nodes, seed * 1009 + k, assuming=assumed), nodes) for k in range(POINTS)]


def _drawn_under(setting: Setting, nodes: list[Any], assumed: list[Any]) -> list[Sample]:
    """Points at which declared relations hold, as rows that add up to 1."""
    found = Laboratory(nodes, setting, assumed)
    if found.problem:
        raise DeclarationError(found.problem)
    batches = [each.data for each in found.batches()[:POINTS]]
    for each in batches:
        each.require(Variables(nodes))
    return [each.row(0) for each in batches]


def _imported(place: str) -> Callable[..., Any]:
    """module:function."""
    module, _, name = place.partition(":")
    if not name:
        raise DeclarationError(f"{place!r} does not name a function", hint="--backward module:function")
    sys.path.insert(0, os.getcwd())
    try:
        found = getattr(import_module(module), name, None)
    except ImportError as error:
        raise DeclarationError(f"the module {module} cannot be imported: {error}",
                               hint="is it in this directory?") from error
    finally:
        sys.path.remove(os.getcwd())
    if not callable(found):
        raise DeclarationError(f"{module} has no function {name}")
    return found  # type: ignore[no-any-return]


def _of_several(L: object, variables: tuple[object, ...], fn: Callable[..., Any], upstream: object,
                points: Draw) -> BackwardReport:
    """The first gradient of a tuple that is wrong, or the worst of the right ones."""
    call = _called(fn)
    reports = []
    for place, variable in enumerate(variables):
        name = str(variable)

        def one(data: Mapping[str, Any], place: int = place, name: str = name) -> Any:
            values = call(data)
            if isinstance(values, Mapping):
                return values.get(name, values.get(f"d{name}"))
            if not isinstance(values, tuple | list) or len(values) != len(variables):
                raise DeclarationError(f"the function returns {type(values).__name__}, not {len(variables)} gradients",
                                       hint="return them as a tuple, in the order of the variables")
            return values[place]
        found = derive(L, variable) if upstream is None else vjp(L, variable, upstream=upstream)
        assert isinstance(found, Derivation)
        reports.append(_compared(found, one, points))
    return next((r for r in reports if not r.ok), max(reports, key=lambda r: r.max_error))


# ------------------------------------------------------------------ calling what somebody wrote

Call = Callable[[Mapping[str, Any]], Any]


def _called(fn: Callable[..., Any]) -> Call:
    """The function with the arrays that it names, in the library that it is written for."""
    try:
        parameters = inspect.signature(fn).parameters
    except (TypeError, ValueError):
        parameters = {}  # type: ignore[assignment]
    everything = not parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    wanted = [n for n, p in parameters.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY, p.POSITIONAL_ONLY)]
    needed = [n for n in wanted if parameters[n].default is inspect.Parameter.empty]
    convert = _library(fn)

    def call(data: Mapping[str, Any]) -> Any:
        missing = [n for n in needed if n not in data]
        if missing:
            raise DeclarationError(f"the function asks for {missing[0]}, which is not in the expression",
                                   hint=f"its names are {', '.join(sorted(data))}")
        given = {n: convert(v) for n, v in data.items() if everything or n in wanted}
        try:
            if any(p.kind is p.POSITIONAL_ONLY for p in parameters.values()):
                return fn(*(given[n] for n in wanted if n in given))
            return fn(**given)
        except SymderivError:
            raise
        except Exception as error:  # Whatever it is, the person is told at which shapes it arose.
            shapes = ", ".join(f"{n}: {np.shape(v)}" for n, v in data.items())
            raise SymderivError(f"the function raises {type(error).__name__}: {error}", where=shapes,
                                hint="it is called with arrays by name; labels count from 0") from error
    return call


def _library(fn: Callable[..., Any]) -> Callable[[Any], Any]:
    """From NumPy to what a function computes with: torch or JAX where the names in it are theirs."""
    code, names = getattr(fn, "__code__", None), getattr(fn, "__globals__", {})
    used = [names.get(n) for n in code.co_names] if code is not None else []
    libraries = {name: m for m in used if inspect.ismodule(m)
                 if (name := m.__name__.partition(".")[0]) in ("torch", "jax")}
    if "torch" in libraries:
        tensor: Callable[[Any], Any] = getattr(libraries["torch"], "as_tensor", lambda value: value)
        return tensor
    if "jax" in libraries:
        numpy_like: Any = getattr(libraries["jax"], "numpy", libraries["jax"])
        return lambda value: numpy_like.asarray(value)
    return lambda value: value


def _as_numpy(value: Any) -> Numbers | None:
    """What a function returned as an array of numbers; None for anything else."""
    for step in ("detach", "cpu"):
        if hasattr(value, step):
            value = getattr(value, step)()
    try:
        found = np.asarray(value, float)
    except (TypeError, ValueError):
        return None
    return found


# ------------------------------------------------------------------ the comparison

@dataclass(frozen=True)
class Called:
    """One point: the data, the right gradient and the person's."""

    point: Sample
    right: Numbers
    theirs: Numbers

    @property
    def scale(self) -> float:
        return max(1.0, float(np.max(np.abs(self.right), initial=0.0)))


def _compared(d: Derivation, call: Call, points: Draw) -> BackwardReport:
    name = f"d/d{d.wrt}"
    suggestion = str(d.closed) + ("" if not d.where else " where " + ", ".join(f"{k} = {v}" for k, v in d.where.items()))
    trials: list[Called] = []
    nodes = [d.primal, d.wrt, *([d.upstream] if d.upstream is not None else [])]
    for point in points(nodes, [c for c in d.required if hasattr(c, "lhs")]):
        right = np.asarray(evaluate_all([d.closed], point.everything, strict=False)[0], float)
        result = call(point.everything)
        single = "32" in str(getattr(result, "dtype", ""))
        theirs = _as_numpy(result)
        if theirs is None:
            return BackwardReport(False, float("inf"), "no array", suggestion, None,
                                  f"the function returns {type(result).__name__}, not an array", name, d)
        trials.append(Called(point, right, theirs))
    allowed = SINGLE if single else TOLERANCE
    worst = max(map(_error, trials))
    if worst <= allowed:
        return BackwardReport(True, worst, name=name, derived=d)
    shaped = [x for x in trials if x.right.shape != x.theirs.shape]
    message = f"its shape is {shaped[0].theirs.shape}, not {shaped[0].right.shape}" if shaped else ""
    with budget(LINE_WORK):
        try:
            diagnosis = _diagnosis(d, trials, allowed)
        except SymderivError:
            diagnosis = None
    return BackwardReport(False, worst, diagnosis or ("shape" if shaped else None), suggestion,
                          None if shaped else _shown(trials, allowed, d), message, name, d)


def _tidy(point: Sample, nodes: list[Any]) -> Sample:
    """A point whose free numbers have two digits behind the point, so that it can be shown."""
    free = {n for n, x in Variables(nodes).tensors.items() if not x.properties and x.label_size is None}
    return Sample({n: np.round(v, 2) if n in free else v for n, v in point.arrays.items()}, point.sizes)


def _error(trial: Called) -> float:
    if trial.right.shape != trial.theirs.shape or not np.all(np.isfinite(trial.theirs)):
        return float("inf")
    return float(np.max(np.abs(trial.right - trial.theirs), initial=0.0)) / trial.scale


def _shown(trials: list[Called], allowed: float, d: Derivation) -> Counterexample | None:
    """The smallest point that tells the two apart, at the entry where they differ most."""
    differing = [x for x in trials if not _error(x) <= allowed]
    trial = min(differing, key=lambda x: sum(np.size(v) for v in x.point.arrays.values()))
    gap = np.abs(np.where(np.isfinite(trial.theirs), trial.theirs, np.inf) - trial.right)
    place = np.unravel_index(int(np.argmax(gap)), gap.shape)
    return Counterexample(trial.point.sizes, trial.point.arrays, tuple(int(p) + 1 for p in place),
                          float(trial.theirs[place]), float(trial.right[place]))


# ------------------------------------------------------------------ what is lacking

_BACK = slice(None, None, -1)
_FLIPPED: dict[str, tuple[Any, ...]] = {"axis 0": (_BACK,), "axis 1": (slice(None), _BACK),
                                        "the last two axes": (..., _BACK, _BACK)}


def _diagnosis(d: Derivation, trials: list[Called], allowed: float) -> str | None:
    """The slip behind the difference: a transpose, a factor of the whole, or one change of the closed form."""
    if all(x.theirs.ndim == 2 and _near(x.theirs.T, x.right, x.scale, allowed) for x in trials):
        return "transposed"
    for where, turned in _FLIPPED.items():
        if all(x.theirs.ndim > len(turned) - 1 - (... in turned) and _near(
                x.theirs[turned], x.right, x.scale, allowed) for x in trials):
            return f"flipped along {where}"
    if not all(x.theirs.shape == x.right.shape for x in trials):
        shape = _added_up(trials, allowed) or _first(_other_axes(d.closed), trials, allowed)
        if shape is not None:
            return shape
    return _multiple(d, trials, allowed) or _first(_changes(d.closed), trials, allowed) or _first(
        _exchanged(_written_out(d), d.primal), trials, allowed) or (
        _first(_changes(_written_out(d)), trials, allowed) if d.where else None) or _scaled(trials, allowed) or _first(
        _derivatives(d), trials, allowed) or _along_the_other_axis(d, trials, allowed)


def _near(a: Numbers, b: Numbers, scale: float, allowed: float) -> bool:
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= 2 * allowed * scale))


def _added_up(trials: list[Called], allowed: float) -> str | None:
    """A result with axes too many, over which it should be summed."""
    for axis in range(trials[0].theirs.ndim):
        if all(axis < x.theirs.ndim and _near(x.theirs.sum(axis), x.right, x.scale, allowed) for x in trials):
            return f"not summed over axis {axis}"
    return None


def _multiple(d: Derivation, trials: list[Called], allowed: float) -> str | None:
    """A factor that the whole lacks, or has too many: a number, a size, a scalar of the expression."""
    # A gradient that vanishes at a point says nothing about a factor.
    trials = [x for x in trials if x.right.shape != x.theirs.shape or np.any(x.right) or not _near(
        x.theirs, x.right, x.scale, allowed)]
    found = [_ratio(x, allowed) for x in trials]
    ratios = [r for r in found if r is not None]
    if not ratios or len(ratios) < len(found):
        return None
    closeness = 1e-3 if allowed == SINGLE else 1e-5
    for words, factor in _multiples(_scalars(trials), len(trials)):
        if all(f and abs(r - f) <= closeness * abs(f) for r, f in zip(ratios, factor, strict=True)):
            return words
    return None


def _ratio(trial: Called, allowed: float) -> float | None:
    """The number by which a result is the right one multiplied; None where it is not."""
    size = float(np.sum(trial.right * trial.right))
    if trial.theirs.shape != trial.right.shape or not size:
        return None
    ratio = float(np.sum(trial.theirs * trial.right)) / size
    near = ratio and _near(trial.theirs, ratio * trial.right, max(trial.scale, abs(ratio) * trial.scale), allowed)
    return ratio if near else None


def _multiples(known: Mapping[str, list[float]], count: int) -> Iterator[tuple[str, list[float]]]:
    """(a slip in words, the factor that a result then has at every point), the simplest first."""
    yield SIGN, [-1.0] * count
    for sign, also in ((1.0, ""), (-1.0, ", and the sign")):
        for number in (2.0, 3.0, 4.0):
            yield f"factor {number:g} too many{also}", [sign * number] * count
            yield f"factor {number:g} lost{also}", [sign / number] * count
    for name, values in known.items():
        yield f"factor 1/{name} lost", values
        yield f"factor {name} lost", [1 / v if v else 0.0 for v in values]
    for one, two in combinations(known, 2):
        pairs = list(zip(known[one], known[two], strict=True))
        yield f"factor 1/({one}*{two}) lost", [a * b for a, b in pairs]
        yield f"factor {one}*{two} lost", [1 / (a * b) if a * b else 0.0 for a, b in pairs]
        yield f"factor {two}/{one} lost", [a / b if b else 0.0 for a, b in pairs]
        yield f"factor {one}/{two} lost", [b / a if a else 0.0 for a, b in pairs]


def _scalars(trials: list[Called]) -> dict[str, list[float]]:
    """Sizes and numbers of the expression by name, with powers that factors often have, at every point."""
    found: dict[str, list[float]] = {}
    for name in trials[0].point.everything:
        values = [x.point.everything[name] for x in trials]
        if all(np.ndim(v) == 0 for v in values):
            numbers = [float(v) for v in values]
            found[name] = numbers
            if all(v > 0 for v in numbers):
                found[f"sqrt({name})"] = [v ** 0.5 for v in numbers]
            found[f"{name}**2"] = [v * v for v in numbers]
    return found


def _scaled(trials: list[Called], allowed: float) -> str | None:
    """A result that only lacks its own sum as a divisor, or another scalar factor."""
    for axis, words in ((None, "its sum"), (-1, "the sum of each row")):
        sums = [x.theirs.sum(axis, keepdims=True) if x.theirs.ndim else x.theirs for x in trials]
        if all(x.theirs.ndim and np.all(s) and _near(x.theirs / s, x.right, x.scale, allowed)
               for x, s in zip(trials, sums, strict=True)):
            return f"not divided by {words}: your result should add up to 1"
    if all(x.right.size > 1 and _ratio(x, allowed) is not None for x in trials):
        return "a scalar factor is wrong: your result is right but for a number that multiplies all of it"
    return None


def _first(changes: Iterator[tuple[str, Expr]], trials: list[Called], allowed: float) -> str | None:
    """The first single change of the closed form that gives the person's numbers at all points, in words."""
    for number, (words, changed) in enumerate(changes):
        if number >= MAX_CHANGES:
            break
        if all(_gives(changed, x, allowed) for x in trials):
            return words
    return None


def _gives(expr: Expr, trial: Called, allowed: float) -> bool:
    try:
        found = np.asarray(evaluate_all([expr], trial.point.everything, strict=False)[0], float)
    except (SymderivError, ArithmeticError, ValueError):
        return False
    return _near(found, trial.theirs, trial.scale, allowed)


def _changes(closed: Expr) -> Iterator[tuple[str, Expr]]:
    """(a slip in words, the closed form with it), terms first."""
    nodes = _nodes(closed)
    for name in sorted((x for x in closed.atoms(Tensor) if shape_of(x) and x.label_size is None and _is_factor(x, nodes)),
                       key=str):
        yield f"factor {name} lost", closed.xreplace({name: RECORDS.ones(shape=shape_of(name))})
    numbers = sorted((x for x in {*closed.atoms(Named), *closed.atoms(Tensor), *filter(RECORDS.norm.of, nodes)}
                      if not shape_of(x)), key=str)
    for rule in (_terms, partial(_scaled_terms, numbers), _factors, _slopes, _reductions, _transposes, _powers, _functions,
                 _flips):
        for node in nodes:
            for words, new in rule(node):
                if new is node or (shape_of(new) != shape_of(node) and rule is not _reductions):
                    continue
                try:
                    changed = closed.xreplace({node: new})
                except SymderivError:
                    continue
                if shape_of(changed) == shape_of(closed):
                    yield words, changed


def _other_axes(closed: Expr) -> Iterator[tuple[str, Expr]]:
    """A sum or a mean over other axes, whose result has another shape."""
    for record in (RECORDS.sum, RECORDS.mean):
        if record.of(closed):
            (array,) = closed.args
            for axis in range(len(shape_of(array))):
                yield f"{record.name} over axis {axis}, not as in {closed}", record(array, axis=axis)


def _derivatives(d: Derivation) -> Iterator[tuple[str, Expr]]:
    """What stands where the derivative of a function that is applied entry by entry should: found by a derivation with an
    unknown function in its place."""
    for node in _nodes(d.primal):
        if not isinstance(node, Array) or len(node.args) != 1 or getattr(node.op, "scalar", None) is None:
            continue
        (inner,) = node.args
        unknown, cell = function(f"{node.op.name}_unknown"), Tensor("cell", shape_of(node))
        changed = d.primal.xreplace({node: unknown(inner)})
        again = derive(changed, d.wrt) if d.upstream is None else vjp(changed, d.wrt, upstream=d.upstream)
        known = derive(RECORDS.sum(node.xreplace({inner: cell})), cell)
        assert isinstance(again, Derivation) and isinstance(known, Derivation)
        closed, slope = _written_out(again), unknown.derivative()(inner)
        by_value = {sigmoid.name: RECORDS.mul(node, 1 - node), tanh.name: 1 - node ** 2}
        others = [node, *([d.upstream] if d.upstream is not None and shape_of(d.upstream) == shape_of(node) else [])]
        for words, new in ((f"{node} itself stands where its derivative should", node),
                           *((f"the slope of {name} stands where that of {node.op.name} should", other)
                             for name, other in by_value.items() if other != known.closed.xreplace({cell: inner})),
                           *((f"the derivative of {node.op.name} is taken at {other}, not at {inner}",
                              _written_out(known).xreplace({cell: other})) for other in others)):
            yield words, closed.xreplace({slope: new}).xreplace({unknown(inner): node})


def _along_the_other_axis(d: Derivation, trials: list[Called], allowed: float) -> str | None:
    """Whether rows were taken for columns throughout: the same of the transposed arrays is the person's, transposed."""
    shape = shape_of(d.wrt)
    read = [x for x in d.closed.atoms(Tensor) | _written_out(d).atoms(Tensor) if x.label_size is None]
    if len(shape) != 2 or any(shape_of(x) != shape for x in read):
        return None
    sizes = dict(zip(map(str, shape), map(str, reversed(shape)), strict=True))
    for x in trials:
        known = x.point.everything
        turned = {sizes.get(n, n): np.asarray(v).T for n, v in known.items()}
        found = np.asarray(evaluate_all([d.closed], turned, strict=False)[0], float).T
        if not _near(found, x.theirs, x.scale, allowed):
            return None
    return "taken along the other axis: rows stand for columns"


def _is_factor(name: Expr, nodes: list[Expr]) -> bool:
    """Whether a name stands nowhere but as a factor of products, perhaps transposed."""
    above = [n for n in nodes if name in n.args]
    others = (n for n in above if not (RECORDS.mul.of(n) or RECORDS.matmul.of(n)))
    return bool(above) and all(RECORDS.transpose.of(n) and _is_factor(n, nodes) for n in others)


def _written_out(d: Derivation) -> Expr:
    """The closed form with what its names stand for, where that is an array too, or a number."""
    stands = {x: d.where[str(x)] for x in d.closed.atoms(Named) if str(x) in d.where}
    return d.closed.xreplace({x: value for x, value in stands.items() if shape_of(value) == shape_of(x)
                              and (isinstance(value, Array) or not shape_of(x))})


def _nodes(expr: Expr) -> list[Expr]:
    """The expression and what stands below it, outer nodes first, each once; what names stand for is left alone."""
    found: dict[Expr, None] = {}
    stack: list[Any] = [expr]
    while stack:
        node = stack.pop(0)
        if node in found or not isinstance(node, Expr) or isinstance(node, Named | Tensor):
            continue
        found[node] = None
        stack.extend(node.args)
    return list(found)


def _terms(node: Expr) -> Iterator[tuple[str, Expr]]:
    """A term lost, with the wrong sign, or taken twice."""
    if not (RECORDS.add.of(node) or isinstance(node, Add)):
        return
    for k, term in enumerate(node.args):
        rest = node.args[:k] + node.args[k + 1:]
        kept = rest[0] if len(rest) == 1 else RECORDS.add(*rest)
        yield f"term {term} missing", kept
        yield f"sign of the term {term}", RECORDS.add(kept, RECORDS.mul(S.NegativeOne, term))
        yield f"term {term} twice", RECORDS.add(node, term)
        for factor, slip in ((Rational(1, 2), "lost"), (Integer(2), "too many")):
            yield f"factor 2 {slip} in the term {term}", RECORDS.add(kept, RECORDS.mul(factor, term))
        for inside, changed in _factors(term):
            yield f"{inside} in the term {term}", RECORDS.add(*node.args[:k], changed, *node.args[k + 1:])


def _scaled_terms(numbers: list[Expr], node: Expr) -> Iterator[tuple[str, Expr]]:
    """A term that lacks a number of the expression as a factor or divisor."""
    for k, term in enumerate(node.args if RECORDS.add.of(node) or isinstance(node, Add) else ()):
        for number in numbers:
            for factor, words in ((1 / number, number), (number, f"1/{number}")):
                yield f"factor {words} lost in the term {term}", RECORDS.add(
                    *node.args[:k], RECORDS.mul(factor, term), *node.args[k + 1:])


def _factors(node: Expr) -> Iterator[tuple[str, Expr]]:
    """A factor lost from a product entry by entry."""
    if not (RECORDS.mul.of(node) and len(node.args) > 1):
        return
    parts = _parts(node)
    for k, factor in enumerate(parts):
        rest = parts[:k] + parts[k + 1:]
        words = SIGN if factor == -1 else f"factor {factor} lost"
        kept = rest[0] if len(rest) == 1 else RECORDS.mul(*rest)
        yield words, kept
        yield f"factor {factor} twice", RECORDS.mul(node, factor)


def _slopes(node: Expr) -> Iterator[tuple[str, Expr]]:
    """Two factors lost that are the slope of a function by its value, as s (1 - s) of a gate s."""
    if not (RECORDS.mul.of(node) and len(node.args) > 2):
        return
    parts = _parts(node)
    for one, two in combinations(range(len(parts)), 2):
        value, rest = sorted((parts[one], parts[two]), key=lambda x: sum(1 for _ in preorder_traversal(x)))
        if shape_of(value) and RECORDS.add.of(rest) and rest.has(value):
            kept = [x for k, x in enumerate(parts) if k not in (one, two)]
            yield f"factor {RECORDS.mul(value, rest)} lost", kept[0] if len(kept) == 1 else RECORDS.mul(*kept)


def _exchanged(closed: Expr, primal: Expr) -> Iterator[tuple[str, Expr]]:
    """A factor of a product, or the slope of a function by its value, with another quantity in its place."""
    nodes = _nodes(closed)
    tensors = {x for x in closed.atoms(Tensor) | primal.atoms(Tensor) if x.label_size is None}
    applied = {n for n in (*nodes, *_nodes(primal)) if isinstance(n, Array) and getattr(n.op, "scalar", None) is not None}
    known = sorted(tensors | applied, key=str)
    for node in nodes:
        for part in dict.fromkeys(_parts(node)) if RECORDS.mul.of(node) else ():
            for other in known if part in known else ():
                if other != part and shape_of(other) == shape_of(part):
                    yield f"{other} stands where {part} should", closed.xreplace(
                        {node: RECORDS.mul(*(each.xreplace({part: other}) if _alone(each, part) else each
                                             for each in _parts(node)))})


def _parts(node: Expr) -> list[Expr]:
    """The factors of a product."""
    return [x for each in node.args for x in Mul.make_args(each)]


def _alone(factor: Expr, part: Expr) -> bool:
    """Whether a factor is what it is compared with, or 1 less that: both are the slope by a value."""
    return factor == part or (RECORDS.add.of(factor) and len(factor.args) == 2 and any(
        RECORDS.mul.of(x) and set(_parts(x)) == {S.NegativeOne, part} for x in factor.args))


def _reductions(node: Expr) -> Iterator[tuple[str, Expr]]:
    """A sum for a mean or a mean for a sum; over another axis; or neither, where the axes stay; for an inner product the
    products of the entries."""
    inner = next((x for x in (node, *node.args) if RECORDS.matmul.of(x) and not shape_of(x)), None)
    if inner is not None and (inner is node or isinstance(node, Mul)):
        rest = [x for x in node.args if x is not inner] if inner is not node else []
        yield f"not summed: the products of entries stand where {inner} should", RECORDS.mul(*rest, *inner.args)
    if not (RECORDS.mean.of(node) or RECORDS.sum.of(node)):
        return
    other = RECORDS.sum if RECORDS.mean.of(node) else RECORDS.mean
    entries = reduce(lambda a, b: a * b, shape_of(node.args[0]), Integer(1))
    kept = reduce(lambda a, b: a * b, shape_of(node), Integer(1))
    lost = "lost" if other is RECORDS.sum else "too many"
    words = f"factor 1/{entries / kept} {lost} in {node}"
    yield words, other(node.args[0], **node.params)
    if shape_of(node):
        record = RECORDS.mean if RECORDS.mean.of(node) else RECORDS.sum
        everywhere = RECORDS.ones(shape=shape_of(node))
        yield f"{node.op.name} over all axes in {node}", RECORDS.mul(record(node.args[0]), everywhere)
        for axis in range(len(shape_of(node.args[0]))):
            yield f"{node.op.name} over axis {axis} in {node}", record(node.args[0], axis=axis, keepdims=True)
    if isinstance(node.args[0], Array) and len(shape_of(node.args[0])) == len(shape_of(node)):
        yield f"{node.op.name} missing in {node}", node.args[0]


def _transposes(node: Expr) -> Iterator[tuple[str, Expr]]:
    """A transpose lost or too many inside, or the factors of a product in the other order."""
    if RECORDS.transpose.of(node):
        yield f"{node} transposed", node.args[0]
    elif isinstance(node, Array) and len(shape_of(node)) == 2:
        yield f"{node} transposed", RECORDS.transpose(node)
    if RECORDS.matmul.of(node) and len(node.args) == 2:
        with suppress(SymderivError):
            yield f"factors of {node} in the wrong order", RECORDS.matmul(*node.args[::-1])
    yield from _without_matrix(node)
    for k, part in enumerate(node.args if RECORDS.outer.of(node) else ()):
        for words, kept in _without_matrix(part):
            yield words, RECORDS.outer(*node.args[:k], kept, *node.args[k + 1:])


def _without_matrix(node: Expr) -> Iterator[tuple[str, Expr]]:
    """A square matrix lost from a product."""
    for lost, kept in (node.args, node.args[::-1]) if RECORDS.matmul.of(node) and len(node.args) == 2 else ():
        if shape_of(kept) == shape_of(node):
            yield f"factor {lost} lost", kept


def _flips(node: Expr) -> Iterator[tuple[str, Expr]]:
    """One operand of a convolution read from its end."""
    if isinstance(node, Array) and node.op.name.startswith("conv"):
        for array in node.args[:2]:
            if not RECORDS.flip.of(array):
                turned = flip(array, None if len(shape_of(array)) == 1 else (-2, -1))
                yield f"{array} flipped in {node}", node.xreplace({array: turned})


def _functions(node: Expr) -> Iterator[tuple[str, Expr]]:
    """A function that was not applied, or was applied to the negative."""
    if len(node.args) != 1 or not isinstance(node, Array) or RECORDS.transpose.of(node):
        return
    (inner,) = node.args
    if isinstance(inner, Expr) and shape_of(inner) == shape_of(node):
        yield f"{str(node).partition('(')[0]} not applied to {inner}", inner
        yield f"sign of what stands in {node}", node.xreplace({inner: RECORDS.mul(S.NegativeOne, inner)})


def _powers(node: Expr) -> Iterator[tuple[str, Expr]]:
    """An exponent off by one, doubled or halved."""
    if not RECORDS.pow.of(node):
        return
    base, exponent = node.args
    for other in (exponent + 1, exponent - 1, exponent * 2, exponent / 2, -exponent):
        if other not in (0, exponent):
            yield f"exponent of {base}: {other}, not {exponent}", base if other == 1 else RECORDS.pow(base, as_expr(other))
