"""Expressions with axes: declared tensors, operators applied to them, and named definitions.

An array is a SymPy expression with a ``shape``.  Arithmetic on it has NumPy's meaning (``*`` is elementwise, ``@``
the matrix product, shapes broadcast); a scalar, shape (), takes part in SymPy's own arithmetic.  ``x[i, j]`` is the
entry at index letters or at positions counted from 1; what lies outside the range is 0.
"""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from sympy import Expr, Indexed, Integer, S, Symbol, Tuple, floor
from sympy import Sum as SympySum
from sympy.core.expr import AtomicExpr
from sympy.printing.conventions import split_super_sub
from sympy.printing.latex import LatexPrinter, translate
from sympy.printing.str import StrPrinter

from ..answers import written
from ..bounds import DEPTH, apart, ended, extent, first, remembered, spend
from ..errors import DeclarationError, DefinitionCycle, IndexError_, ShapeError
from ..kept import Unchanging
from ..late import digest
from ..terms.affine import interned
from .border import guarded
from .given import NUMBERS, as_expr, operand
from .keeping import from_rows, rows_of
from .registry import ATOM, FUNC, OPERATORS, RECORDS, Operator, Writer, is_array, operator, shape_of
from .sizes import Shape, as_shape, as_size, same_size, show_shape
from .strict import expression, name_of, shown
from .symbols import Index, Label, plain_sum
from .walks import ArrayNode, bottom_up, depth, operators, scalar_nodes, subexpressions

PROPERTIES = ("positive", "one_hot", "sums_to_one", "symmetric", "positive_definite", "invertible", "orthogonal",
              "diagonal")
# Those of square matrices.
SQUARE = frozenset(("symmetric", "positive_definite", "invertible", "orthogonal", "diagonal"))
# Those that give a matrix an inverse.
REGULAR = frozenset(("invertible", "positive_definite", "orthogonal"))


@guarded
class Array(ArrayNode, Unchanging, Expr):
    """Base of every expression that knows its shape."""

    __slots__ = ()
    _op_priority = 20.0
    # SymPy's matrices would read entries from 0 on.
    is_MatrixLike = False
    is_commutative = True
    is_extended_real = True
    is_real = True
    shape: Shape
    op: Any = None
    """Which operator is applied, if one is: asked of every kind of array all the time."""
    _looked_up: ClassVar[Callable[[Any, tuple[Any, ...]], Any]]
    """x[...] at labels and with new axes: the operators of layers hand it in."""

    def _repr_html_(self) -> str:
        return str(written("notebook_cell", self))

    def __reduce__(self) -> tuple[Any, ...]:
        return from_rows, (rows_of(self),)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def T(self) -> Any:
        """All axes reversed, as in NumPy; a vector is its own transpose."""
        return RECORDS.transpose(self) if self.ndim > 1 else self

    def __getitem__(self, key: object) -> Any:
        keys = key if isinstance(key, tuple) else (key,)
        if any(k is None or isinstance(k, Array) for k in keys):
            return self._looked_up(keys)
        if len(keys) > self.ndim:
            raise IndexError_(f"{len(keys)} indices for {self.ndim} axes", where=self)
        if any(isinstance(k, slice) and not is_whole(k) for k in keys):
            return _sliced(self, keys)
        if any(isinstance(k, slice) for k in keys) or len(keys) < self.ndim:
            return RECORDS.take(self, index=_take_key(self, keys))
        return Entry(self, *(_position(self, axis, k) for axis, k in enumerate(keys)))

    def _xreplace(self, rule: Any) -> tuple[Any, bool]:
        return _replaced(self, rule)

    def __iter__(self) -> Any:
        raise TypeError("an array of symbolic size has no iterator; index it with sd.indices")

    def __add__(self, other: object) -> Any:
        return self._with(RECORDS.add, Expr.__add__, operand(other))

    def __radd__(self, other: object) -> Any:
        return self._with(RECORDS.add, Expr.__radd__, operand(other), swapped=True)

    def __sub__(self, other: object) -> Any:
        value = operand(other)
        return self + (-value) if _any_array(self, value) else Expr.__sub__(self, value)

    def __rsub__(self, other: object) -> Any:
        value = operand(other)
        return value + (-self) if _any_array(self, value) else Expr.__rsub__(self, value)

    def __mul__(self, other: object) -> Any:
        return self._with(RECORDS.mul, Expr.__mul__, operand(other))

    def __rmul__(self, other: object) -> Any:
        return self._with(RECORDS.mul, Expr.__rmul__, operand(other), swapped=True)

    def __truediv__(self, other: object) -> Any:
        below = operand(other)
        if not _any_array(self, below):
            return Expr.__truediv__(self, below)
        return RECORDS.mul(self, RECORDS.pow(below, Integer(-1)) if is_array(below) else Integer(1) / below)

    def __rtruediv__(self, other: object) -> Any:
        above = operand(other)
        if not _any_array(self, above):
            return Expr.__rtruediv__(self, above)
        return RECORDS.mul(above, RECORDS.pow(self, Integer(-1)))

    def __pow__(self, other: object, mod: object = None) -> Any:
        if mod is not None:
            raise DeclarationError("powers modulo a number are not covered", where=self, hint="x**p")
        return self._with(RECORDS.pow, Expr.__pow__, operand(other))

    def __rpow__(self, other: object) -> Any:
        return self._with(RECORDS.pow, Expr.__rpow__, operand(other), swapped=True)

    def _with(self, record: Operator, scalar: Callable[[Any, Any], Any], other: Expr, *, swapped: bool = False) -> Any:
        """The operator on arrays, or SymPy's own on two scalars."""
        if not _any_array(self, other):
            return scalar(self, other)
        return record(other, self) if swapped else record(self, other)

    def __floordiv__(self, other: object) -> Any:
        return _rounded_down(self, operand(other))

    def __rfloordiv__(self, other: object) -> Any:
        return _rounded_down(operand(other), self)

    def __mod__(self, other: object) -> Any:
        return self - operand(other) * (self // other)

    def __rmod__(self, other: object) -> Any:
        return operand(other) - self * (operand(other) // self)

    def __divmod__(self, other: object) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: object) -> Any:
        return operand(other) // self, operand(other) % self

    def __getattr__(self, name: str) -> Any:
        hint = f": write sd.{name}(...)" if name in OPERATORS else ""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")

    def __neg__(self) -> Any:
        return RECORDS.mul(Integer(-1), self) if self.shape else Expr.__neg__(self)

    def __abs__(self) -> Any:
        return RECORDS.abs(self)

    def __matmul__(self, other: object) -> Any:
        return RECORDS.matmul(self, as_expr(other))

    def __rmatmul__(self, other: object) -> Any:
        return RECORDS.matmul(as_expr(other), self)


def _rounded_down(above: Any, below: Any) -> Any:
    """⌊a/b⌋ of scalars.  Of arrays // is not NumPy's and not a textbook's."""
    if _any_array(above, below):
        raise DeclarationError("// and % are no operations of arrays", where=above, hint="sd.floor(x / y)")
    return floor(above / below)


def _any_array(*operands: object) -> bool:
    return any(map(is_array, operands))


class _ByName(Array):
    """An array that is written as its name, and is what its content says."""

    __slots__ = ()
    name: str
    _content: tuple[Any, ...]

    def _hashable_content(self) -> tuple[Any, ...]:
        return self._content

    def _sympystr(self, printer: StrPrinter) -> str:
        return self.name

    _sympyrepr = _sympystr

    def _latex(self, printer: LatexPrinter) -> str:
        return latex_name(self.name)

    @property
    def precedence(self) -> int:
        return ATOM


class Tensor(_ByName, AtomicExpr):
    """A declared tensor: a name, a shape and properties.  With ``label_size``, its entries are labels in 1..size."""

    __slots__ = ("_content", "label_size", "name", "properties", "shape")
    shape: Shape
    properties: frozenset[str]
    label_size: Expr | None

    def __new__(cls, name: str, shape: Shape, properties: frozenset[str] = frozenset(),
                label_size: Expr | None = None) -> Tensor:
        obj = AtomicExpr.__new__(cls)
        obj.name, obj.shape, obj.properties, obj.label_size = name, tuple(shape), properties, label_size
        # SymPy asks for this at every comparison: written once.
        obj._content = (name, show_shape(obj.shape), str(sorted(properties)), str(label_size))
        return obj  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.shape, self.properties, self.label_size)

    @property
    def free_symbols(self) -> set[Any]:
        return {self}

    def __str__(self) -> str:
        return self.name


TOO_LONG = 10_000
"""Operators in an expression written out; beyond, it is a network with shared parts, and printing it may never end."""

_APPLIED: WeakValueDictionary[Any, Apply] = WeakValueDictionary()
_NAMED: WeakValueDictionary[Any, Named] = WeakValueDictionary()
# While Python shuts down, a number that is a key can no longer be hashed.
atexit.register(_APPLIED.clear)
atexit.register(_NAMED.clear)


class Apply(Array):
    """An operator applied to operands, with parameters such as ``axis``."""

    __slots__ = ("__weakref__", "_counted", "_depth", "_free", "_length", "_number", "_order", "_shown", "op", "params",
                 "shape")
    _counted: int
    _depth: int
    _length: int
    _number: bool
    _order: str
    _shown: str
    op: Operator
    params: dict[str, Any]
    shape: Shape
    _free: frozenset[Any]

    def __new__(cls, op: Operator, args: tuple[Expr, ...], params: dict[str, Any] | None = None) -> Apply:
        ident = (op, _written(params or {}), args)
        found = _APPLIED.get(ident)
        spend(1 + len(args) // 8)
        if found is None:
            found = cls._made(ident, dict(params or {}))
        if first(hash(found._order)):
            spend(9)
        return found

    @classmethod
    @apart
    def _made(cls, ident: tuple[Operator, str, tuple[Expr, ...]], params: dict[str, Any]) -> Apply:
        op, shown, args = ident
        obj = Expr.__new__(cls, *args)
        obj.op, obj.params, obj._shown = op, params, shown
        obj.shape = tuple(op.shape(obj.args, obj.params))
        obj._free = _joined([*map(_free_symbols, obj.args), *map(_param_symbols, obj.params.values())])
        obj._length = min(TOO_LONG, 1 + sum(map(written_operators, obj.args)))
        obj._depth = 1 + max(map(depth, obj.args), default=0)
        DEPTH.admit(obj._depth)
        obj._number = all(arg.is_number for arg in obj.args)
        obj._order = _order_text.__wrapped__(obj)
        # Operands first, now: a deep expression never needs deep recursion later.  Equal applications are one object,
        # so that comparing networks with shared parts never walks them as trees.
        hash(obj)
        applied: Apply = interned(_APPLIED, ident, obj)
        return applied

    def _made_by(self) -> tuple[Any, ...]:
        return applied, self.op.name, self.params

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    # Nothing else is equal to it.
    __hash__ = object.__hash__

    @property
    def free_symbols(self) -> set[Any]:
        """Kept at construction: a shared sub-expression is never walked twice."""
        return set(self._free)

    @property
    def is_number(self) -> bool:
        """Kept as well: SymPy's asks every operand anew, whenever an expression is formatted, by recursion."""
        return self._number

    @property
    def _operators(self) -> int:
        """How many operators are in it: counted where it is first asked for."""
        if not hasattr(self, "_counted"):
            self._counted = operators(self)
        return self._counted

    @property
    def _extent(self) -> int:
        """How much there is in it, by its operators."""
        return extent(self._operators)

    def compare(self, other: Any) -> int:
        """SymPy's, but of deep expressions by their texts."""
        if isinstance(other, Apply) and max(self._depth, other._depth) > DEEP:
            return (self._order > other._order) - (self._order < other._order)
        return int(Expr.compare(self, other))

    @property
    def func(self) -> Any:
        """Rebuilds the node from new operands."""
        op, params = self.op, self.params
        return lambda *args: Apply(op, args, params)

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.op.name, self._shown, *self.args)

    def sort_key(self, order: object = None) -> Any:
        """Operands first, then operator, so that two operators of equal operands are told apart."""
        if self._depth > DEEP:
            return self.class_key(), (10 ** 6, (self._order,)), S.One.sort_key(), S.One
        key = Expr.sort_key(self, order)
        return (key[0], (key[1][0] + 2, (*key[1][1], self.op.name, self._shown)), *key[2:])

    @property
    def precedence(self) -> int:
        """How tightly the plain text binds."""
        return self.op.binds(self.args, self.params, False)

    @property
    def latex_precedence(self) -> int:
        """How tightly the LaTeX binds."""
        return self.op.binds(self.args, self.params, True)

    def _sympystr(self, printer: StrPrinter) -> str:
        return _once(self, printer, Apply._text)

    _sympyrepr = _sympystr

    def _text(self, printer: StrPrinter) -> str:
        if self._length >= TOO_LONG:
            return f"{self.op.name}(...)"
        with _inside(self, printer) as write:
            text = self._called(write)
        called = getattr(printer, "called", None)
        return str(called(text)) if called is not None else text

    def _called(self, write: Writer) -> str:
        """The rule of the record; without one a call, the options by their names."""
        if self.op.text is not None:
            return self.op.text(write, self.args, self.params)
        shown = [write(arg) for arg in self.args]
        shown += [f"{key}={value}" for key, value in self.params.items() if value is not None]
        return f"{self.op.name}({', '.join(shown)})"

    def _latex(self, printer: LatexPrinter) -> str:
        return _once(self, printer, Apply._tex)

    def _tex(self, printer: LatexPrinter) -> str:
        if self._length >= TOO_LONG:
            return rf"\operatorname{{{self.op.name}}}\left(\dots\right)".replace("_", r"\_")
        with _inside(self, printer) as write:
            text = self.op.latex(write, self.args, self.params) if self.op.latex is not None else \
                latex_call(self._called(write))
            misread = getattr(printer, "misread", None)
            if misread is None or not misread(text):
                return text
            found = _CALL.fullmatch(self._called(write)) if self.precedence in (ATOM, FUNC) else None
            return text if found is None else latex_call(found[0], printer.function_word(found[1]))


def _apply(record: Operator, *args: object, **params: Any) -> Any:
    """A record applied to arrays or scalars; shapes are checked here."""
    operands = tuple(as_expr(arg) for arg in args)
    if record.scalar is not None and not params and all(not getattr(arg, "shape", ()) for arg in operands):
        made = record.scalar(*operands)
        # Asked for now: once SymPy knows it, it never expands nested functions to find out whether they are finite.
        _ = made.is_real
        return made
    return Apply(record, operands, params)


Operator._applied = _apply


def applied(name: str, params: dict[str, Any], *args: Expr) -> Apply:
    """An operator by its name, applied."""
    return Apply(operator(name), args, params)


_CALL = re.compile(r"([A-Za-z]\w*)\((.*)\)", re.DOTALL)
_OPTION = re.compile(r", ([a-z_]+)=")
_TRUTH = re.compile(r"=(True|False)\b")
_WORD = re.compile(r'(?<!\{)"([A-Za-z,>-]+)"')


def latex_call(text: str, word: str | None = None) -> str:
    """A call in plain text whose operands are LaTeX already, as LaTeX: upright words, brackets that grow.

    ``word`` is what the function's name is written as, where that is not the name itself.
    """
    found = _CALL.fullmatch(text)
    if found is None:
        return text
    name, inside = found[1].replace("_", r"\_") if word is None else word, found[2]
    inside = _OPTION.sub(lambda m: rf",\, \mathrm{{{m[1].replace('_', chr(92) + '_')}}}=", inside)
    inside = _TRUTH.sub(lambda m: rf"=\mathrm{{{m[1]}}}", inside)
    inside = _WORD.sub(lambda m: rf'\texttt{{"{m[1]}"}}', inside)
    return rf"\operatorname{{{name}}}\left({inside}\right)"


DEEP = 40
"""Operators one inside the other from which on nothing recurses any more: Python would run out of frames."""


def _once(node: Apply, printer: Any, write: Callable[[Apply, Any], str]) -> str:
    """The text of a node; of a deep one, parts inside are written first, so that printing goes down few levels at a time."""
    texts: dict[Apply, str] = printer.__dict__.setdefault("_texts_of_arrays", {})
    if node in texts:
        return texts[node]
    if node._depth > DEEP and node._length < TOO_LONG:
        for part in bottom_up(node, texts):
            # One level in ten, and whatever takes the step over it.
            if isinstance(part, Apply) and part not in texts and part is not node and part._depth // 10 > max(
                    map(depth, part.args), default=0) // 10:
                with ended():
                    texts[part] = write(part, printer)
    with ended():
        found = write(node, printer)
    if node._depth > DEEP:
        texts[node] = found
    return found


def _replaced(expr: Any, rule: Any) -> tuple[Any, bool]:
    """SymPy's xreplace without recursion over depth, each shared part once: the new expression, whether it is another."""
    done: dict[Any, Any] = {}
    for node in bottom_up(expr, rule):
        if node in rule:
            done[node] = rule[node]
            continue
        args = tuple(done[arg] for arg in node.args)
        if all(new is old for new, old in zip(args, node.args, strict=True)):
            done[node] = node
        elif isinstance(node, SympySum):
            done[node] = plain_sum(args[0], list(args[1:]))
        else:
            done[node] = node.func(*args)
    return done[expr], done[expr] is not expr


def order_key(expr: Any) -> str:
    """A text to sort by: operators and names from the outside in, cut off and completed by a digest.

    Independent of hash seeds, and bounded however often sub-expressions are shared.
    """
    if isinstance(expr, Apply):  # kept with it, and gone with it
        return expr._order
    return expr.name if isinstance(expr, Tensor | Named) else _order_text(expr)


# For scalars above arrays; it keeps them alive, so it must not be large.
@remembered(2_000)
def _order_text(expr: Any) -> str:
    if isinstance(expr, Apply):
        shown = "".join(f",{k}={v}" for k, v in sorted(expr.params.items()) if v is not None)
        text = f"{expr.op.name}({','.join(map(order_key, expr.args))}{shown})"
    elif isinstance(expr, Expr) and expr.args:
        text = f"{type(expr).__name__}({','.join(map(order_key, expr.args))})"
    else:
        text = str(expr)
    return text if len(text) <= 200 else text[:160] + digest(text)


def written_operators(expr: Any) -> int:
    """How many operators an expression has when written out; those of an entry's array count, a name's do not."""
    if isinstance(expr, Apply):
        return expr._length
    if isinstance(expr, Entry):
        return written_operators(expr.base)
    if isinstance(expr, Named | Tensor) or not getattr(expr, "args", ()):
        return 0
    return sum(map(written_operators, expr.args))


def _free_symbols(expr: Any) -> frozenset[Any] | set[Any]:
    """SymPy's, without descending into arrays: those of a deep network are known at its top."""
    if isinstance(expr, Apply | Named):
        return expr._free
    if isinstance(expr, SympySum):
        free = set(_free_symbols(expr.function))
        for letter, *ends in expr.limits:  # a later letter is bound in the ends of an earlier one
            free = (free - {letter}).union(*(end.free_symbols for end in ends))
        return free
    if getattr(expr, "args", ()):
        return set().union(*map(_free_symbols, expr.args))
    return expr.free_symbols  # type: ignore[no-any-return]


def _joined(sets: list[frozenset[Any] | set[Any]]) -> frozenset[Any]:
    """The union; the largest set itself where it holds the others, so that a deep network keeps few sets."""
    largest = max(sets, key=len, default=frozenset())
    if all(s <= largest for s in sets):
        return frozenset(largest)
    return frozenset().union(*sets)


def _written(params: dict[str, Any]) -> str:
    """Parameters as text; letters, labels and arrays in them are told apart by more than their names."""
    if not params:
        return "[]"
    ranges = sorted(str(s.range if isinstance(s, Index) else s._content) for s in _param_symbols(tuple(params.values()))
                    if isinstance(s, Index | Label | Tensor))
    return str(sorted(params.items())) + "".join(ranges)


def _param_symbols(value: object) -> set[Any]:
    if isinstance(value, tuple):
        return set().union(*map(_param_symbols, value))
    return value.free_symbols if isinstance(value, Expr) else set()


class _Writer:
    """Writes operands by a printer; see ``Writer``."""

    def __init__(self, printer: Any, around: tuple[Apply, ...]) -> None:
        self.printer, self.around = printer, around
        self.latex = isinstance(printer, LatexPrinter)

    def __call__(self, operand: Expr, level: int = 0) -> str:
        return str(self.printer.parenthesize(operand, level) if level else self.printer._print(operand))

    def taken(self, name: str) -> bool:
        return name in getattr(self.printer, "names", ())


@contextmanager
def _inside(node: Apply, printer: Any) -> Iterator[Writer]:
    """A writer for the operands of a node, which then stands among the operators around them."""
    around = getattr(printer, "within", ())
    printer.within = (*around, node)
    try:
        yield _Writer(printer, around)
    finally:
        printer.within = around


class Named(_ByName):
    """A definition with a name: the entry at ``letters`` is ``body``; printed by its name alone."""

    __slots__ = ("__weakref__", "_content", "_free", "body", "letters", "name", "shape")
    # SymPy multiplies out what it stands for nowhere, once for every place where it stands.
    is_Atom = True
    letters: tuple[Index, ...]
    body: Expr
    shape: Shape
    _free: frozenset[Any]

    def __new__(cls, name: str, letters: tuple[Index, ...], body: Expr) -> Named:
        ident = (cls, name, tuple(letters), body)
        found = _NAMED.get(ident)
        if found is not None:
            return found
        obj = Expr.__new__(cls, body)
        obj.name, obj.letters, obj.body = ident[1:]
        obj._content = (name, Tuple(*letters), body)
        obj.shape = tuple(letter.hi for letter in letters)
        obj._free = frozenset(_free_symbols(body)) - set(letters)
        hash(obj)
        named: Named = interned(_NAMED, ident, obj)
        return named

    def _made_by(self) -> tuple[Any, ...]:
        return Named, self.name, self.letters

    # Equal ones are one object, and what they stand for is never compared: as for operators applied.
    __eq__, __ne__, __hash__ = Apply.__eq__, Apply.__ne__, Expr.__hash__

    @property
    def free_symbols(self) -> set[Any]:
        """Those of the body but the letters."""
        return set(self._free)

    @property
    def whole(self) -> Array | None:
        """The array that this gives a name to as it is, every entry in its place; None where entries are told by letters."""
        body = self.body
        named = isinstance(body, Entry) and body.indices == self.letters and shape_of(body.base) == self.shape
        return body.base if named else None

    @property
    def func(self) -> Any:
        """Rebuilds the definition with a new body."""
        name, letters = self.name, self.letters
        return lambda body: Named(name, letters, body)

    def sort_key(self, order: object = None) -> Any:
        """By name: a definition prints, and sorts, as its name."""
        return Symbol(self.name).sort_key()


class Spelled(Named):
    """A definition that prints as the entry it stands for, and is equal to the plain one: what ``d.where`` holds."""

    __slots__ = ()

    @property
    def named(self) -> Named:
        """The definition that prints by its name."""
        return Named(self.name, self.letters, self.body)

    def _operand(self) -> Named:
        return self.named

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.named is getattr(other, "named", other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.named)

    def _sympystr(self, printer: StrPrinter) -> str:
        return str(printer._print(self.body))

    _sympyrepr = _sympystr

    def _latex(self, printer: LatexPrinter) -> str:
        return str(printer._print(self.body))


@guarded
class Entry(Indexed):
    """One entry of an array: a scalar."""

    is_commutative: ClassVar[bool] = True
    shape: ClassVar[Shape] = ()
    stays: ClassVar[str] = "entry"

    def __new__(cls, base: Expr, *positions: Expr) -> Entry:
        obj = Expr.__new__(cls, base, *positions)
        return obj  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        return from_rows, (rows_of(self),)

    def _hashable_content(self) -> tuple[Any, ...]:
        """Base and positions.  SymPy's Indexed adds the assumptions worked out so far: two equal entries then differ from
        one moment to the next, and SymPy's caches hand out other expressions in their place."""
        return self._args  # type: ignore[no-any-return]

    def _xreplace(self, rule: Any) -> tuple[Any, bool]:
        return _replaced(self, rule)

    def _eval_is_integer(self) -> bool | None:
        return True if getattr(self.base, "label_size", None) is not None else None

    def _eval_is_real(self) -> bool:
        return True

    def _eval_is_positive(self) -> bool | None:
        """Labels and positive tensors are positive inside their range; outside, an entry is 0."""
        if self._eval_is_nonnegative() and all(map(_on_axis, self.indices, self.base.shape)):
            return True
        return None

    def _eval_is_nonnegative(self) -> bool | None:
        named = getattr(self.base, "label_size", None) is not None
        return True if named or "positive" in getattr(self.base, "properties", ()) else None

    @property
    def free_symbols(self) -> set[Any]:
        return set().union(*(arg.free_symbols for arg in self.args))

    def _sympystr(self, printer: StrPrinter) -> str:
        base = printer.parenthesize(self.base, FUNC, strict=True)
        return f"{base}[{', '.join(printer._print(p) for p in self.indices)}]"

    _sympyrepr = _sympystr

    def _latex(self, printer: LatexPrinter) -> str:
        base = printer.parenthesize(self.base, FUNC, strict=True)
        if "_" in base and not in_brackets(base):
            base = rf"\left({base}\right)"
        base = in_braces(base)
        return f"{base}_{{{','.join(printer._print(p) for p in self.indices)}}}"


def in_brackets(text: str) -> bool:
    """Whether LaTeX is one pair of brackets with all else between them."""
    depth = 0
    for found in re.finditer(r"\\(left|right)(?![A-Za-z])", text):
        depth += 1 if found[1] == "left" else -1
        if depth == 0:
            return text.startswith(r"\left(") and found.end() + 1 == len(text)
    return False


def in_braces(text: str) -> str:
    """LaTeX that may carry a superscript: in braces where it has one already, a fraction in brackets."""
    if text.startswith(r"\frac"):
        return rf"\left({text}\right)"
    return "{" + text + "}" if "^" in text and not in_brackets(text) else text


@remembered(4096)
def latex_name(name: str) -> str:
    """A name as LaTeX: Greek letters and trailing digits by SymPy's rules; LaTeX is left as it is."""
    if "\\" in name or "{" in name:
        # The stem of delta_{t+1} is a Greek letter all the same.
        stem = re.match(r"[A-Za-z]{2,}(?=[_^])", name)
        greek = str(translate(stem[0])) if stem else ""
        return greek + name[len(stem[0]):] if stem and greek.startswith("\\") else name
    adjoint = re.fullmatch(r"d([A-Za-z]\w*?)_d([A-Za-z]\w*)", name)
    if adjoint:
        return rf"\frac{{\partial {latex_name(adjoint[1])}}}{{\partial {latex_name(adjoint[2])}}}"
    if name.endswith("'"):
        return latex_name(name.rstrip("'")) + "'" * (len(name) - len(name.rstrip("'")))
    stem, supers, subs = split_super_sub(name)
    text = str(translate(stem))
    if len(stem) > 1 and text == stem:
        text = rf"\mathrm{{{stem}}}"
    if supers:
        text += "^{" + " ".join(str(translate(s)) for s in supers) + "}"
    if subs:
        text += "_{" + " ".join(str(translate(s)) for s in subs) + "}"
    return text


def tensor(name: str, *sizes: object, **properties: bool) -> Tensor:
    """Declare a tensor; without sizes it is a scalar.

    >>> W = tensor("W", 3, 2);  W.shape
    (3, 2)

    Properties: positive, one_hot, sums_to_one, symmetric, positive_definite, invertible, orthogonal, diagonal.
    Rules that use a property cite it in the proof.  Raises DeclarationError.
    Source: docs/conventions.md, Declarations and Zero extension.
    """
    name = name_of(name, "a tensor", 'tensor("W", m, n)')
    if len(name.split()) > 1:
        raise DeclarationError(f"{name!r} is no name of one tensor", hint="declare one in each call")
    unknown = set(properties) - set(PROPERTIES)
    if unknown:
        raise DeclarationError(f"unknown property {sorted(unknown)[0]!r}", hint="one of " + ", ".join(PROPERTIES))
    shape = as_shape(sizes)
    for key, value in properties.items():
        if not isinstance(value, bool):
            raise DeclarationError(f"{key} is {shown(value)}, but must be True or False")
    held = frozenset(key for key, value in properties.items() if value)
    square = SQUARE & held
    if square and (len(shape) < 2 or not same_size(*shape[-2:])):
        raise ShapeError(f"{name} is declared {sorted(square)[0]} but has shape {show_shape(shape)}, which is not square")
    if "positive_definite" in held:
        held |= {"symmetric", "invertible"}
    if "one_hot" in held:
        held |= {"sums_to_one"}
    return Tensor(name.strip(), shape, held)


def label(name: str, size: object, shape: tuple[object, ...] = ()) -> Label | Tensor:
    """Declare a label in 1..size; with ``shape``, an array of labels.

    Raises DeclarationError for what is no name, or no size.  Source: docs/conventions.md, log.

    NumPy functions take labels counted from 0; in mathematics they count from 1.

    >>> y = sd.label("y", sd.dims("m"))
    >>> print(sd.cross_entropy(sd.tensor("z", sd.dims("m")), y))
    cross_entropy(z, y)
    """
    name = name_of(name, "a label", 'label("y", m)')
    if not isinstance(shape, tuple | list):
        shape = (shape,)
    if shape:
        return Tensor(name, as_shape(shape), label_size=as_size(size))
    return Label(name, size)


def define(name: str, letters: object, body: object = None) -> Named:
    """Define a named array: ``define("p", (i,), exp(z[i])/Sum(exp(z[k]), k))``, or ``define("h", sd.tanh(a))``.

    The letters' ranges give the shape.  Raises IndexError_ for a letter that is free in the body but not listed, or
    listed and summed over, and DefinitionCycle where the body mentions the name itself.
    Source: the component tensors of Alnaes et al. (2014), with a name.

    >>> n = sd.dims("n")
    >>> z, i, k = sd.tensor("z", n), *sd.indices("i k", n)
    >>> print(sd.derive(sd.define("p", (i,), sd.exp(z[i]) / sd.Sum(sd.exp(z[k]), k)), z).closed)
    Diag(p) - p*p.T
    """
    name = name_of(name, "a definition", 'sd.define("p", (i,), ...)')
    if body is None:
        array = as_expr(letters)
        own = tuple(Index(letter, 1, size) for letter, size in zip("ijklpqrs", shape_of(array), strict=False))
        return define(name, own, array[own] if own else array)
    if isinstance(letters, Index):
        letters = (letters,)
    if not isinstance(letters, tuple) or not all(isinstance(letter, Index) for letter in letters):
        raise DeclarationError(f"the letters of {name} must be indices, not {letters!r}",
                               hint='i = sd.indices("i", m); sd.define("p", (i,), ...)')
    expr = as_expr(body)
    if is_array(expr):
        raise ShapeError(f"the body of {name} has shape {show_shape(shape_of(expr))}, but must be one entry", where=expr,
                         hint="index it with the letters of the definition")
    if len(set(letters)) != len(letters):
        raise IndexError_(f"a letter is listed twice in the definition of {name}", where=letters)
    for letter in letters:
        if letter.lo != 1:
            raise IndexError_(f"the letter {letter} of {name} starts at {letter.lo}, but axes start at 1",
                              hint=f"shift it: write {letter} - 1 where {letter} from 0 is meant")
    nodes = scalar_nodes(expr)
    bound = {limit[0] for node in nodes if isinstance(node, SympySum) for limit in node.limits}
    for letter in letters:
        if letter in bound:
            raise IndexError_(f"the index {letter} is both free and bound in the definition of {name}", where=expr,
                              hint="rename the summed index")
    loose = {symbol for symbol in expr.free_symbols if isinstance(symbol, Index)} - set(letters)
    if loose:
        first = min(map(str, loose))
        raise IndexError_(f"the index {first} is free in the body of {name} but not among its letters", where=expr,
                          hint=f"list it, or sum over it: Sum(..., {first})")
    for node in nodes | expr.free_symbols:
        if isinstance(node, Tensor | Named) and node.name == name:
            raise DefinitionCycle(f"the definition of {name} mentions {name} itself", where=expr,
                                  hint="give the new array another name")
    return Named(name, letters, expr)


def entry(array: Expr, out: tuple[Expr, ...]) -> Expr:
    """The entry that an operand contributes at the letters ``out``, broadcast as in NumPy; a scalar stands for itself."""
    shape = shape_of(array)
    if not shape:
        return array
    aligned = out[len(out) - len(shape):]
    return Entry(array, *(Integer(1) if size == 1 else letter for size, letter in zip(shape, aligned, strict=True)))


def _position(array: Array, axis: int, key: object) -> Expr:
    try:
        position = expression(key)
    except DeclarationError:
        position = None
    if position is None or is_array(position):
        raise IndexError_(f"{shown(key)} cannot index an axis", where=array,
                          hint="use an index letter, an integer or a label")
    size = array.shape[axis]
    if position.is_number:
        if not position.is_integer or position < 1:
            raise IndexError_(f"position {position} of {array}: positions count from 1", where=array,
                              hint=f"the first entry is at 1, the last at {size}")
        if size.is_number and position > size:
            raise IndexError_(f"position {position} is out of range 1..{size}", where=array)
    if position.is_integer is not True:
        raise IndexError_(f"{position} is not an index: it need not be an integer", where=array,
                          hint="use letters from sd.indices, labels, sizes and integers; floor(...) for a quotient")
    if isinstance(position, Index) and position.lo == 1:
        _require_same_range(array, axis, position.hi, position)
    if isinstance(position, Label):
        _require_same_range(array, axis, position.size, position)
    return position


def _on_axis(position: Expr, size: Expr) -> bool:
    """Whether a position surely lies on an axis: a letter or a label over it, its first entry or its last."""
    if isinstance(position, Index):
        return bool((position.lo - 1).is_nonnegative and (size - position.hi).is_nonnegative)
    if isinstance(position, Label):
        return same_size(position.size, size)
    return position == 1 or position == size or bool(position.is_positive and (size - position).is_nonnegative)


def _require_same_range(array: Array, axis: int, hi: Expr, letter: Expr) -> None:
    """A plain letter must run over the axis, or provably within it: anything else is more often a slip than meant."""
    size = array.shape[axis]
    if same_size(hi, size) or hi.free_symbols & size.free_symbols:
        return
    if hi.is_number and (not size.is_number or hi < size):
        return
    raise ShapeError(f"index {letter} has size {hi}, but axis {axis + 1} of {array} has size {size}", where=array,
                     hint=f"declare {letter} over {size}, or give both the same size")


def _sliced(array: Array, keys: tuple[object, ...]) -> Any:
    """The proper slices first, each along its axis; then the positions."""
    part: Any = array
    for axis, key in enumerate(keys):
        if isinstance(key, slice):
            part = RECORDS.slice(part, start=key.start, stop=key.stop, step=key.step, axis=axis)
    rest = tuple(slice(None) if isinstance(key, slice) else key for key in keys)
    return part if all(map(is_whole, rest)) else part[rest]


def is_whole(key: object) -> bool:
    """Whether a key is the slice of all positions."""
    return isinstance(key, slice) and key.start is None and key.stop is None and key.step is None


def _take_key(array: Array, keys: tuple[object, ...]) -> tuple[Any, ...]:
    full = keys + (slice(None),) * (array.ndim - len(keys))
    result: list[Any] = []
    for axis, key in enumerate(full):
        if isinstance(key, slice):
            result.append(None)
        else:
            result.append(_position(array, axis, key))
    return tuple(result)


__all__ = ["NUMBERS", "as_expr", "depth", "scalar_nodes", "subexpressions"]
