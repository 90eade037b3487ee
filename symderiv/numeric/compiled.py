"""Fast NumPy functions from expressions.

The function is straight-line code: what ``d.source("numpy")`` shows is what runs, behind a check of the shapes.  Arrays
with further leading axes are taken as batches: the code is written once more for the arrays that have them, with
ellipses and stacks of matrices, and an operator that has no such form is computed one instance at a time.
"""

from __future__ import annotations

import ast
import inspect
import keyword
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from itertools import combinations
from types import FunctionType
from typing import Any, Protocol

from sympy import Expr, Integer

from ..answers import ShowsItself
from ..arrays.arrays import Apply, Array, as_expr
from ..arrays.operator import Operator, shape_of
from ..arrays.strict import data_of, whole
from ..bounds import remembered
from ..errors import DeclarationError, EvaluationError, ToolMissing
from ..functions import FUNCTIONS
from ..functions.of_matrices import matrix_exponential
from ..functions.unknown import derives_from
from ..kept import Unchanging
from ..late import has_numpy, np, numbers
from .basic_block import allocates
from .batching import NotVectorised
from .contraction_order import factored, reassociated, shared_chains
from .elimination import singular
from .emission import Emitter, uses_of
from .evaluate import Variables
from .quickest import Quickest
from .reciprocals import by_reciprocals
from .sampling import size_relations
from .unify import concrete, unify
from .unknown_functions import given_value

HELPERS: dict[str, Callable[..., Any]] = {f.__name__: FunctionType(f.__code__, {"np": np, "math": math})
                                         for f in (*(f.helper for f in FUNCTIONS.values()), matrix_exponential)
                                         if f is not None}
"""What the source of functions calls that NumPy lacks."""

RESERVED = frozenset({"np", "jnp", "torch", "math", "dtype", "entries", "compiled", "known", "general", "others", "absent",
                      "contracted", "in_range", "inverse", "log_det", "eigen", "singular_parts", "lower_factor", *HELPERS})


def entries(array: Any, *positions: Any) -> Any:
    """Entries at positions counted from 1, 0 outside the range; axes in front of these are a batch."""
    if 0 in array.shape:
        return np.zeros(np.broadcast_shapes(*map(np.shape, positions)), dtype=array.dtype)
    inside = True
    clipped = []
    for p, size in zip(positions, array.shape[-len(positions):], strict=True):
        inside = inside & (p >= 1) & (p <= size)
        clipped.append(np.clip(p, 1, size) - 1)
    found = array[(..., *clipped)]
    return found if np.all(inside) else np.where(inside, found, array.dtype.type(0))


# Several values as one, so that they are computed by one piece of code; not an operator of expressions.
# ``shared`` where they may share memory with each other and with the arrays given.
TOGETHER = Operator(
    name="together", shape=lambda args, params: (Integer(len(args)),), definition=lambda out, args, params: args[0],
    numpy=lambda sources, params, shapes: f"({''.join(f'{s}, ' for s in sources)})", example=lambda: Integer(0))


def together(exprs: Iterable[Expr], shared: bool = False) -> Apply:
    """Several expressions as one that is compiled to a tuple of their values; one of them may be several itself."""
    return Apply(TOGETHER, tuple(exprs), {"shared": shared})


def parts_of(node: Expr) -> tuple[Expr, ...] | None:
    """The expressions whose values are computed together; None of any other."""
    return node.args if isinstance(node, Apply) and node.op is TOGETHER else None


def inverse(matrix: Any) -> Any:
    """np.linalg.inv, for matrices that have one to working precision.  Raises EvaluationError for others."""
    try:
        found = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        found = None
    if found is None or singular(matrix, found):
        raise EvaluationError("a matrix is singular: it has no inverse", hint="give an invertible matrix")
    return found


def log_det(matrix: Any) -> Any:
    """np.linalg.slogdet.  Raises EvaluationError where a determinant is 0."""
    found = np.linalg.slogdet(matrix)
    if np.any(found[0] == 0):
        raise EvaluationError("a matrix is singular: log det is not defined", hint="give an invertible matrix")
    return found


def eigen(matrix: Any) -> Any:
    """np.linalg.eigh, of finite entries.  Raises EvaluationError for others, of which it makes numbers up."""
    return np.linalg.eigh(_finite(matrix))


def singular_parts(matrix: Any, full_matrices: bool) -> Any:
    """np.linalg.svd, of finite entries.  Raises EvaluationError for others, of which it makes numbers up."""
    return np.linalg.svd(_finite(matrix), full_matrices)


def lower_factor(matrix: Any) -> Any:
    """np.linalg.cholesky, of positive definite matrices.  Raises EvaluationError for others."""
    try:
        return np.linalg.cholesky(_finite(matrix))
    except np.linalg.LinAlgError:
        raise EvaluationError("a matrix that is not positive definite has no Cholesky factor",
                              hint="give a positive definite matrix") from None


def _finite(matrix: Any) -> Any:
    if not np.isfinite(matrix).all():
        raise EvaluationError("an entry of a matrix has no value: its eigenvalues and singular values have none",
                              hint="give finite entries")
    return matrix


CHECKED = {"np.linalg.inv": inverse, "np.linalg.slogdet": log_det, "np.linalg.eigh": eigen,
           "np.linalg.svd": singular_parts, "np.linalg.cholesky": lower_factor}


def leaves(node: Expr) -> list[Expr]:
    """The expressions of a nested tuple of such, in order."""
    parts = parts_of(node)
    return [node] if parts is None else [leaf for part in parts for leaf in leaves(part)]


class CompiledFunction(Protocol):
    """A function of keyword arrays.  Sizes come from the arrays; labels count from 0; float32 stays float32.

    Further leading axes of arrays and labels are batch axes; they broadcast against each other.
    Raises EvaluationError for missing or unknown names, shapes that contradict each other, labels out of range.
    """

    @property
    def names(self) -> list[str]:
        """The variables that may be given."""

    @property
    def source(self) -> str:
        """The code as text."""

    def __call__(self, /, **arrays: Any) -> Any:
        """The value at these arrays."""


class Absent:
    """Stands for an array that is not given, in the key under which a call's shapes are remembered."""

    shape = None
    dtype = None


ABSENT = Absent()

@remembered(1000)
def _path(spec: str, shapes: tuple[tuple[int, ...], ...]) -> Any:
    """The order in which an einsum is cheapest at some shapes."""
    return numbers().einsum_path(spec, *(np.broadcast_to(np.float64(0), shape) for shape in shapes))[0]


def contracted(spec: str, *arrays: Any) -> Any:
    """np.einsum in an order that is looked for once for every shape; compiled code runs where there is NumPy alone."""
    return numbers().einsum(spec, *arrays, optimize=_path(spec, tuple(map(np.shape, arrays))))


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """A Python name for each variable: its own where that is one, and not taken."""
    result: dict[str, str] = {}
    taken = set(RESERVED)
    for name in names:
        word = re.sub(r"\W", "_", name, flags=re.ASCII)
        if not word or not word[0].isalpha() or keyword.iskeyword(word) or re.fullmatch(r"t_?\d+", word):
            word = f"v_{word}"
        while word in taken:
            word += "_"
        taken.add(word)
        result[name] = word
    return result


def words_of(reads: Variables) -> dict[str, str]:
    """A Python name for everything that an expression reads; functions have theirs already."""
    return {**identifiers([*reads.tensors, *reads.labels, *reads.sizes]), **{word: word for word in reads.functions}}


class Code:
    """The statements for one expression: ``lines`` and the source of the ``value``, over ``arguments``."""

    def __init__(self, node: Expr, reads: Variables, names: Mapping[str, str], batched: frozenset[str] = frozenset(),
                 inplace: bool = True) -> None:
        flat = node if parts_of(node) is None else together(factored(leaves(node)))
        if isinstance(flat, Array):
            flat = shared_chains(flat, uses_of(flat))
        program = reassociated(flat, uses_of(flat)) if isinstance(flat, Array) else flat
        # Positions count from 1 in expressions, labels from 0 in NumPy.
        spelled = {name: f"({word} + 1)" if _is_label(reads, name) else word for name, word in names.items()}
        source = Emitter(spelled, uses_of(program), batched, inplace, {s.name: names[n] for n, s in reads.sizes.items()})
        parts = parts_of(program)
        found = [source.array(p) if isinstance(p, Array) else source.scalar(p, ()) for p in parts or (program,)]
        value = found[0] if parts is None else f"({', '.join(found)},)"
        lines, value = source.finished(value, shape_of(node))
        self.value = _owned(value, lines, node, bool(batched))
        text = "\n".join([*lines, self.value])
        ignored = ['divide="ignore"', 'invalid="ignore"'] if source.guarded else []
        if "/ (1 + np.exp(" in text:
            # Where exp overflows, the quotient is 0, which is right.
            ignored.append('over="ignore"')
        self.lines = lines
        self._ranks = {names[n]: len(t.shape) for n, t in reads.tensors.items() if n not in batched and t.label_size is None}
        self._ranks |= {names[n]: 0 for n in reads.sizes}
        self._counts = frozenset(names[n] for n, s in reads.sizes.items() if s.is_integer and s.is_positive)
        self.ignored = ", ".join(ignored)
        self.arguments = [n for n in names if re.search(rf"\b{re.escape(names[n])}\b", text)]
        self.dtype = bool(re.search(r"\bdtype\b", re.sub(r"\.dtype\b|\bdtype=", "", text)))

    @cached_property
    def executed(self) -> list[str]:
        """The statements as they are run: the same, by the functions of NumPy that begin their work soonest."""
        tree = ast.parse("\n".join(["def compiled():", *("    " + line for line in self.body())]))
        (inner,) = tree.body
        assert isinstance(inner, ast.FunctionDef)
        if isinstance(inner.body[0], ast.With):
            inner = inner.body[0]
        inner.body = by_reciprocals(inner.body, self._counts)
        text = ast.unparse(Quickest(self._ranks, {name: f.__name__ for name, f in CHECKED.items()}).visit(tree))
        return [line[4:] for line in text.splitlines()[1:]]

    def body(self) -> list[str]:
        """The statements, ending with the return."""
        lines = [*self.lines, f"return {self.value}"]
        return [f"with np.errstate({self.ignored}):", *("    " + line for line in lines)] if self.ignored else lines


def _is_label(reads: Variables, name: str) -> bool:
    return name in reads.labels or (name in reads.tensors and reads.tensors[name].label_size is not None)


def _owned(value: str, lines: list[str], node: Expr, batched: bool) -> str:
    """The result as an array that shares no memory with the caller's, or as a number of the data's type; each of
    several, which share none with each other."""
    if not isinstance(node, Apply) or node.op is not TOGETHER:
        return _own(value, lines, len(shape_of(node)), batched)
    if node.params.get("shared"):
        return value
    given: dict[str, int] = {}

    def element(part: Expr) -> str:
        if (inner := parts_of(part)) is not None:
            elements = list(map(element, inner))
            return f"({', '.join(elements)}{',' if len(elements) == 1 else ''})"
        text = ast.unparse(next(sources))
        given[text] = given.get(text, 0) + 1
        return _own(text, lines, len(shape_of(part)), batched, again=given[text] > 1)

    values = ast.parse(value, mode="eval").body
    assert isinstance(values, ast.Tuple)
    sources = iter(values.elts)
    return element(node)


def _own(value: str, lines: list[str], rank: int, batched: bool, again: bool = False) -> str:
    if not rank and not batched:
        return value if value.startswith("dtype.type(") else f"dtype.type({value})"
    node: ast.AST = ast.parse(value, mode="eval").body
    if isinstance(node, ast.Name):
        given = [line for line in lines if line.startswith(f"{node.id} = ")]
        node = ast.parse(given[0].partition(" = ")[2], mode="eval").body if given else node
    return value if allocates(node) and not again else f"np.array({value})"


# ------------------------------------------------------------------ the general way

class GeneralFunction:
    """The compiled function for any input: converts, checks, and finds the code for the batch at hand."""

    def __init__(self, node: Expr, reads: Variables, accepted: Variables) -> None:
        self._node = node
        self._reads = reads
        self._accepted = accepted
        self._words = words_of(reads)
        self.code = Code(node, reads, self._words)
        self.source = readable(self.code, reads, self._words)
        self._relations = size_relations(reads, empty=0)
        self._variants: dict[frozenset[str], Callable[..., Any] | None] = {
            frozenset(): _executable(self.code, self._words)}
        self._arguments: dict[frozenset[str], list[str]] = {frozenset(): self.code.arguments}
        self._sizes_known: dict[tuple[Any, ...], dict[str, int]] = {}
        self.known: dict[tuple[Any, ...], tuple[int, ...]] = {}
        self.fast_names: list[str] = []
        self.fast_sizes: list[Expr] = []
        self.__name__ = "compiled"

    @property
    def names(self) -> list[str]:
        """The variables that may be given."""
        return self._accepted.names

    def __call__(self, /, **arrays: Any) -> Any:
        """The value at these arrays."""
        values, given, numbers, extra = self._taken(arrays)
        tensors = self._accepted.tensors
        try:
            batch = np.broadcast_shapes(*(np.shape(values[name])[:count] for name, count in extra.items()))
        except ValueError:
            shown = ", ".join(f"{name}: {np.shape(values[name])[:count]}" for name, count in extra.items())
            raise EvaluationError(f"the leading axes do not fit each other: {shown}",
                                  hint="they broadcast as NumPy's do; sizes that differ must be 1") from None
        sizes = self._sizes(values, given, extra)
        dtype = _common_type(numbers or [v for n, v in values.items()
                                         if n in tensors and tensors[n].label_size is None])
        passed: dict[str, Any] = {}
        for name in self._words:
            passed[name] = self._argument(name, values, sizes, dtype)
        if extra and parts_of(self._node) is not None and self._node.params.get("shared"):
            raise EvaluationError(f"{min(extra)} has leading axes: the structure is that of one matrix",
                                  hint="d.numpy() takes batches; or call d.structure for each instance")
        if extra:
            return self._batch(passed, frozenset(n for n in extra if n in self._words), batch, dtype, sizes)
        self._remember(arrays, passed, sizes, dtype)
        function = self._variants[frozenset()]
        assert function is not None
        try:
            return function(dtype, *(self._needed(name, passed) for name in self._arguments[frozenset()]))
        except OverflowError:
            raise EvaluationError("a number in the expression is too large for floating-point numbers",
                                  hint="d.at(...) takes exact numbers of any size") from None

    def _taken(self, arrays: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, int], list[Any], dict[str, int]]:
        """Arrays, sizes given outright, the arrays of numbers, and how many leading axes beyond its own each has."""
        values: dict[str, Any] = {}
        given: dict[str, int] = {}
        numbers: list[Any] = []
        extra: dict[str, int] = {}
        accepted = self._accepted
        tensors, labels, sizes = accepted.tensors, accepted.labels, accepted.sizes
        for name, value in arrays.items():
            if name in tensors:
                array = values[name] = data_of(value, name)
                if tensors[name].label_size is None and (array.ndim or array.dtype.kind == "c"):
                    numbers.append(array)
                if array.ndim > len(tensors[name].shape):
                    extra[name] = array.ndim - len(tensors[name].shape)
            elif name in labels:
                values[name] = data_of(value, name)
                if values[name].ndim:
                    extra[name] = values[name].ndim
            elif name in sizes:
                if sizes[name].is_integer:
                    given[name] = _size(value, name)
                else:
                    values[name] = data_of(value, name)[()]
            elif derives_from(name, (*accepted.functions.values(), *self._reads.functions.values())):
                values[name] = value
            else:
                raise EvaluationError(f"this function has no variable named {name}",
                                      hint="it takes " + ", ".join(self.names))
        missing = [n for n in (*self._reads.tensors, *self._reads.labels, *self._reads.functions) if n not in arrays]
        if missing:
            raise EvaluationError(f"no value is given for {', '.join(missing)}",
                                  hint="it takes " + ", ".join(self.names))
        return values, given, numbers, extra

    def _argument(self, name: str, values: Mapping[str, Any], sizes: Mapping[str, int], dtype: np.dtype[Any]) -> Any:
        tensors, labels = self._reads.tensors, self._reads.labels
        if name in self._reads.functions:
            return lambda *arguments: given_value(name, values[name], list(arguments))
        if name in tensors:
            array, size = values[name], tensors[name].label_size
            if size is not None:
                return in_range(name, array, concrete(size, sizes, name))
            try:
                return array if array.dtype == dtype else array.astype(dtype)
            except OverflowError:
                raise EvaluationError(f"{name} has entries that are too large for floating-point numbers",
                                      hint="d.at(...) takes exact numbers of any size") from None
        if name in labels:
            array = in_range(name, values[name], concrete(labels[name].size, sizes, name))
            return array if array.ndim else int(array)
        symbol = self._reads.sizes[name].name
        if symbol in sizes:
            return sizes[symbol]
        return dtype.type(values[name]) if name in values else None

    def _needed(self, name: str, passed: Mapping[str, Any]) -> Any:
        if passed[name] is None:
            raise EvaluationError(f"nothing says what {name} is", hint=f"f(..., {name}=4)")
        return passed[name]

    def _sizes(self, values: Mapping[str, Any], given: Mapping[str, int], extra: Mapping[str, int]) -> dict[str, int]:
        """Sizes from shapes, remembered: a second call with the same shapes costs one look-up."""
        tensors = self._accepted.tensors
        key = (tuple((name, value.shape[extra.get(name, 0):]) for name, value in values.items() if name in tensors),
               tuple(given.items()))
        found = self._sizes_known.get(key)
        if found is None:
            found = unify([(name, tensors[name].shape, shape) for name, shape in key[0]], given)
            self._require(found)
            if len(self._sizes_known) > 1000:
                self._sizes_known.clear()
            self._sizes_known[key] = found
        return found

    def _require(self, sizes: Mapping[str, int]) -> None:
        """Raises EvaluationError for sizes at which an operator has no value, such as a kernel larger than its input."""
        values = {symbol: Integer(sizes[symbol.name]) for symbol in self._reads.sizes.values() if symbol.name in sizes}
        for relation in self._relations:
            if relation.xreplace(values) == False:  # noqa: E712  SymPy's false compares equal to Python's
                shown = ", ".join(f"{n} = {sizes[n]}" for n in sorted(s.name for s in relation.free_symbols) if n in sizes)
                raise EvaluationError(f"the sizes {shown} do not satisfy {relation}",
                                      hint="a kernel larger than its input?")

    def _remember(self, arrays: Mapping[str, Any], passed: Mapping[str, Any], sizes: Mapping[str, int],
                  dtype: np.dtype[Any]) -> None:
        """Note shapes that need no conversion: the next call with them takes the short way."""
        tensors = self._accepted.tensors
        if not self.fast_names or any(name not in self.fast_names for name in arrays):
            return
        for name, value in arrays.items():
            if name in tensors and (not isinstance(value, np.ndarray | np.generic) or (
                    tensors[name].label_size is None and value.dtype is not dtype)):
                return
        key: list[Any] = []
        for name in self.fast_names:
            if name in tensors:
                value = arrays.get(name, ABSENT)
                key += [value.shape, value.dtype]
        if len(self.known) > 1000:
            self.known.clear()
        self.known[tuple(key)] = tuple(concrete(size, sizes) for size in self.fast_sizes)

    # -------------------------------------------------------------- batches

    def _batch(self, passed: Mapping[str, Any], lifted: frozenset[str], batch: tuple[int, ...], dtype: np.dtype[Any],
               sizes: Mapping[str, int]) -> Any:
        function = self._variant(lifted)
        if function is not None:
            value = function(dtype, *(self._needed(name, passed) for name in self._arguments[lifted]))

            def spread(node: Expr, value: Any) -> Any:
                shape = batch + tuple(concrete(n, sizes) for n in shape_of(node))
                value = np.asarray(value, dtype=dtype)
                return value if value.shape == shape else np.array(np.broadcast_to(value, shape))

            return _each(spread, self._node, value)
        single = self._variants[frozenset()]
        assert single is not None
        arguments = self._arguments[frozenset()]
        stacked = {name: np.broadcast_to(passed[name], batch + self._own_shape(name, passed[name], batch, lifted))
                   for name in lifted if name in arguments}
        found = [single(dtype, *(stacked[name][at] if name in stacked else self._needed(name, passed)
                                 for name in arguments)) for at in np.ndindex(batch)]

        def stack(node: Expr, *values: Any) -> Any:
            shape = tuple(concrete(n, sizes) for n in shape_of(node))
            return np.array(values, dtype=dtype).reshape((*batch, *shape))

        return _each(stack, self._node, *found)

    def _own_shape(self, name: str, value: Any, batch: tuple[int, ...], lifted: frozenset[str]) -> tuple[int, ...]:
        tensor = self._reads.tensors.get(name)
        rank = 0 if tensor is None else len(tensor.shape)
        return tuple(value.shape[value.ndim - rank:])

    def _variant(self, lifted: frozenset[str]) -> Callable[..., Any] | None:
        """The function in which some variables have leading axes; None where an operator has no such form."""
        if lifted not in self._variants:
            try:
                code = Code(self._node, self._reads, self._words, lifted)
            except NotVectorised:
                self._variants[lifted] = None
            else:
                self._variants[lifted] = _executable(code, self._words)
                self._arguments[lifted] = code.arguments
        return self._variants[lifted]

    def __repr__(self) -> str:
        return f"<compiled function of {', '.join(self.names)}: {self._node}>"


def _each(function: Callable[..., Any], node: Expr, *values: Any) -> Any:
    """The function of an expression and its values; where it is several, of each of them."""
    parts = parts_of(node)
    if parts is None:
        return function(node, *values)
    return tuple(_each(function, part, *(value[k] for value in values)) for k, part in enumerate(parts))


def _size(value: object, name: str) -> int:
    """A size that is given outright.  Raises EvaluationError."""
    try:
        return whole(value, "a size", least=1)
    except DeclarationError as error:
        raise EvaluationError(f"{name}: {error.message}", hint=error.hint) from error


def in_range(name: str, labels: Any, top: int) -> Any:
    """The labels, counted from 0.  Raises EvaluationError out of range or for what is no integer."""
    if labels.dtype.kind not in "iu":
        raise EvaluationError(f"the label {name} must be an integer, not {labels}", where=name)
    if labels.size and (labels.min() < 0 or labels.max() >= top):
        wrong = labels[(labels < 0) | (labels >= top)].flat[0] if labels.ndim else labels
        raise EvaluationError(f"the label {name} = {wrong} is out of range 0..{top - 1}", where=name,
                              hint="labels count from 0")
    return labels


def _common_type(arrays: Iterable[Any]) -> np.dtype[Any]:
    """The floating type of the data: whole numbers count as float64."""
    kinds = [a.dtype if a.dtype.kind in "fc" else np.dtype(np.float64) for a in arrays]
    return np.result_type(*kinds) if kinds else np.dtype(np.float64)


def _executable(code: Code, words: Mapping[str, str]) -> Callable[..., Any]:
    """The statements as a function of the type and the arguments, in order."""
    head = f"def compiled({', '.join(['dtype', *(words[name] for name in code.arguments)])}):"
    return _run([head, *("    " + line for line in code.executed)], {})


def _run(lines: list[str], scope: dict[str, Any]) -> Callable[..., Any]:
    # The text is made of operators' records and checked names alone.
    scope = {"np": np, "math": math, "entries": entries, "contracted": contracted,
             **{f.__name__: f for f in CHECKED.values()}, **HELPERS, **scope}
    exec(compile("\n".join([*lines, ""]), "<symderiv>", "exec"), scope)
    function: Callable[..., Any] = scope["compiled"]
    return function


# ------------------------------------------------------------------ the short way

def _fast(general: GeneralFunction, reads: Variables, accepted: Variables, words: Mapping[str, str]) -> Any:
    """A function that looks up the shapes, and runs the statements at once where it knows them.

    None where a name is no Python name or a size is not to be read off the arrays.
    """
    code = general.code
    names = [*accepted.tensors, *accepted.labels]
    arrays = [n for n in accepted.tensors if n in reads.tensors and reads.tensors[n].label_size is None and
              reads.tensors[n].shape]
    fixed = {s.name for n in reads.tensors for size in reads.tensors[n].shape for s in size.free_symbols}
    # Variables that the value does not need are parameters too, under names that clash with nothing.
    renamed = any(identifiers([n])[n] != n for n in names) or any(words[n] != n for n in names if n in words)
    if not arrays or accepted.functions or renamed:
        return None
    if any(n not in fixed for n in code.arguments if n in reads.sizes):
        return None
    general.fast_names = names
    sizes = [n for n in code.arguments if n in reads.sizes]
    labels = [n for n in code.arguments if _is_label(reads, n)]
    tops: list[Any] = [reads.labels[n].size if n in reads.labels else reads.tensors[n].label_size for n in labels]
    if any(s.name not in fixed for top in tops for s in top.free_symbols):
        return None
    general.fast_sizes = [*(reads.sizes[n] for n in sizes), *tops]
    key = ", ".join(f"{n}.shape, {n}.dtype" for n in accepted.tensors)
    slow = f"return general({', '.join(f'{n}={n}' for n in names)}, **others)"
    # Arrays that the value does not need must fit all the same, so they are part of the key.
    head = f"def compiled(*, {''.join(f'{n}=absent, ' for n in names)}**others):"
    found = "".join(f"{n}, " for n in [*(words[n] for n in sizes), *(f"top_{n}" for n in labels)])
    # A number is of the type of the arrays, as in the long way.
    numbers = [f"        if type({n}) is float or type({n}) is int: {n} = {arrays[0]}.dtype.type({n})"
               for n, tensor in accepted.tensors.items() if not tensor.shape and tensor.label_size is None]
    lines = [head, "    try:", *numbers, f"        {f'{found}= ' if found else ''}known[{key}]",
             "    except Exception:", f"        {slow}"]
    checks = ["others", *(f"type({n}) is not int or not 0 <= {n} < top_{n}" for n in labels if n in reads.labels),
              *(f"{n} is not absent and type({n}) is not int" for n in accepted.labels if n not in labels)]
    lines += [f"    if {' or '.join(checks)}:", f"        {slow}"]
    lines += [f'    in_range("{n}", {n}, top_{n})' for n in labels if n in reads.tensors]
    if code.dtype:
        lines.append(f"    dtype = {arrays[0]}.dtype")
    lines += ["    " + line for line in code.executed]

    def given(**arrays: Any) -> Any:
        return general(**{name: value for name, value in arrays.items() if value is not ABSENT})

    function: Any = _run(lines, {"known": general.known, "general": given, "absent": ABSENT, "in_range": in_range})
    function.names = general.names
    function.source = general.source
    function.__doc__ = general.source
    return function


# ------------------------------------------------------------------ readable source

def readable(code: Code, reads: Variables, words: Mapping[str, str]) -> str:
    """The code as a function of the arrays that can be read, and run, by itself."""
    prelude, parameters = prelude_of(code, reads, words)
    body = [*prelude, *code.body()]
    text = "\n".join(body)
    helpers = [_plain_source(h) for h in (entries, *HELPERS.values()) if f"{h.__name__}(" in text]
    header = ["import math", ""] if any("math." in part for part in (text, *helpers)) else []
    header += ["import numpy as np", "", ""]
    for helper in helpers:
        header += [helper, "", ""]
    return "\n".join([*header, f"def compiled({', '.join(parameters)}):", *("    " + line for line in body), ""])


def _plain_source(function: Callable[..., Any]) -> str:
    """The text of a function without its types, whose names the reader of the text does not have."""
    tree = ast.parse(inspect.getsource(function))
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.unparse(tree)


def prelude_of(code: Code, reads: Variables, words: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """(lines that read the sizes off the shapes, parameters of the function)."""
    arguments = [n for n in code.arguments if n not in reads.sizes]
    sizes = [n for n in code.arguments if n in reads.sizes]
    prelude: list[str] = []
    unknown: list[str] = []
    for size in sizes:
        symbol = reads.sizes[size]
        places = [(n, axis) for n, t in reads.tensors.items() for axis, s in enumerate(t.shape) if s == symbol]
        places.sort(key=lambda place: place[0] not in arguments)
        if places:
            name, axis = places[0]
            if name not in arguments:
                arguments.append(name)
            prelude.append(f"{words[size]} = {words[name]}.shape[{axis}]")
        else:
            unknown.append(size)
    if code.dtype:
        arrays = [n for n in arguments if n in reads.tensors and not _is_label(reads, n)]
        kind = f"np.asarray({words[arrays[0]]}).dtype" if arrays else "np.dtype(float)"
        if arrays and reads.tensors[arrays[0]].shape:
            kind = f"{words[arrays[0]]}.dtype"
        prelude.append(f"dtype = {kind}")
    return prelude, [words[n] for n in (*arguments, *unknown)]


def compile_numpy(expr: object, variables: Iterable[Expr] = ()) -> tuple[CompiledFunction, str]:
    """A fast function for an expression, and its source.

    ``variables`` are further tensors and labels that the function shall accept, though the value may not need them.
    Raises UnknownFunction for what NumPy cannot compute.
    """
    node, reads = closed_expression(expr)
    variables = tuple(variables)
    accepted = Variables([node, *variables])
    one_kind_a_name(accepted, node)
    general = GeneralFunction(node, reads, accepted)
    fast = _fast(general, reads, accepted, general._words)
    compiled = Compiled((general if fast is None else fast) if has_numpy() else _without_numpy)
    compiled.recipe = node, tuple(variables)
    return compiled, general.source


class Compiled(Unchanging, partial[Any], ShowsItself):
    """A compiled function that is pickled as its expression; for calls no more than the function itself.

    As text, and in a notebook, it is its code.
    """

    recipe: tuple[Expr, tuple[Expr, ...]]

    def __str__(self) -> str:
        return str(self.__getattr__("source"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _compiled_again, self.recipe

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Compiled) and self.recipe == other.recipe

    def __hash__(self) -> int:
        return hash(self.recipe)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.func, name)


def _compiled_again(node: Expr, variables: tuple[Expr, ...]) -> CompiledFunction:
    return compile_numpy(node, variables)[0]


def _without_numpy(**_: Any) -> Any:
    raise ToolMissing("compiled functions run on NumPy, which is not installed here",
                      hint="pip install numpy; sd.evaluate and d.at compute without it, slower")


def compile_together(exprs: Iterable[Expr], variables: Iterable[Expr] = (), shared: bool = False) -> CompiledFunction:
    """One function for the values of several expressions, as a tuple; what they have in common is computed once.

    Where they are ``shared``, they may share memory with each other and with the arrays given.
    """
    return compile_numpy(together(exprs, shared), variables)[0]


def one_kind_a_name(reads: Variables, node: Expr) -> None:
    """Raises EvaluationError where a name stands for a tensor and for a label, or for a function."""
    kinds: dict[str, Iterable[str]] = {"a tensor": reads.tensors, "a label": reads.labels, "a function": reads.functions}
    for (what, one), (other, two) in combinations(kinds.items(), 2):
        if twice := {*one} & {*two}:
            raise EvaluationError(f"{min(twice)} names {what} and {other}", where=node, hint="rename one of them")


def closed_expression(expr: object) -> tuple[Expr, Variables]:
    """An expression and what it reads.  Raises EvaluationError where an index is free in it."""
    node = as_expr(expr)
    reads = Variables([node])
    one_kind_a_name(reads, node)
    # A size may have the name of an array, whose shape then says what it is.
    reads.sizes = {f"size {n}" if n in reads.tensors or n in reads.labels else n: s for n, s in reads.sizes.items()}
    if reads.letters:
        raise EvaluationError(f"the index {min(reads.letters)} is free in the expression", where=node,
                              hint="define an array over it: sd.define(name, (i,), ...)")
    return node, reads
