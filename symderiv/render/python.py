"""Expressions as Python: text that builds them again from ``sd`` and the declared names.

``str`` of an expression is mathematics in plain text, in which ``A*B`` is a product of matrices; Python's ``*`` of two
arrays is NumPy's, entry by entry.  This is the text for Python.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from itertools import accumulate, chain
from typing import Any

import sympy
from sympy import Expr, Integer, KroneckerDelta, Piecewise
from sympy import Sum as SympySum
from sympy.core.function import Function
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, Not, Or

from .. import layers
from ..arrays.arrays import Apply, Entry, Named, Tensor, as_expr, subexpressions
from ..arrays.matrixfunction import MatrixFunction
from ..arrays.operator import ADD, ATOM, FUNC, MUL, POW
from ..arrays.printing import no_minus_first
from ..arrays.registry import RECORDS, Operator
from ..arrays.symbols import Index, Label
from ..arrays.walks import bottom_up, depth
from ..bounds import Bound, bounded
from ..errors import NoRule
from ..functions.unknown import is_opaque, parts_of
from ..layers.operator_text import negated, negative
from ..reader.declare.function_names import canonical

UNARY = MUL + 1
"""A minus sign in front binds tighter than a product and looser than a power."""
TOO_LONG = 200_000
STRETCH = 50
"""The text of so many operators, one inside the other, is made by recursion; what stands below them is there already."""
BRACKETS = Bound("brackets one inside the other", 190, "Python reads no more than 200", "name parts by sd.define")


@bounded
def python(e: object) -> str:
    """Python text that builds an expression again in a namespace with ``sd`` and the declared names.

    ``e`` may be a Derivation: then the text is its closed form with the names of shared parts written out.  Names that
    are no Python names are declared in the text itself.  Raises NoRule for what no public function builds.
    Source: docs/tutorials/solutions.md, Declare, derive.

    >>> x = sd.tensor("x", sd.dims("n"))
    >>> sd.python(sd.softmax(x) * 2)
    '2*sd.softmax(x)'
    """
    found = getattr(e, "spelled", e)
    expr = as_expr(found)
    named = _definitions(expr)
    writer = _Python({node: _letter(node.name, n) for n, node in enumerate(named)})
    for part in chain.from_iterable(map(bottom_up, (*(node.body for node in named), expr))):
        if isinstance(part, Apply) and depth(part) % STRETCH == 0:
            writer.known[part] = writer.written(part)
    text = writer(expr)
    for node in reversed(named):
        text = f"(lambda {writer.names[node]}: {text})({writer.definition(node)})"
    BRACKETS.admit(_nested(text), where=expr)
    return text


def _nested(text: str) -> int:
    """How many brackets stand one inside the other."""
    return max(accumulate(1 if c in "([" else -1 if c in ")]" else 0 for c in text), default=0)


def _definitions(expr: Expr) -> list[Named]:
    """The definitions in an expression, each after those that it needs."""
    found: list[Named] = []
    nodes = [node for node in subexpressions(expr) if isinstance(node, Named)]
    waiting = {node: {n for n in subexpressions(node.body) if isinstance(n, Named)} for node in nodes}
    while waiting:
        ready = [node for node in waiting if waiting[node] <= set(found)]
        found += ready
        for node in ready:
            del waiting[node]
    return found


def _letter(name: str, count: int) -> str:
    """A Python name for a definition, apart from every declared one."""
    return f"_{count}_{name}" if name.isidentifier() else f"_{count}"


def plain(name: str) -> bool:
    """Whether a declared name can stand in Python as it is."""
    return name.isidentifier() and not keyword.iskeyword(name) and name != "sd"


class _Python:
    """Writes nodes with brackets by Python's precedence; ``names`` are those of definitions."""

    def __init__(self, names: dict[Named, str]) -> None:
        self.names = names
        self.known: dict[Any, tuple[str, int]] = {}

    def __call__(self, node: Any, level: int = 0) -> str:
        """The text of a node, bracketed where it binds looser than ``level``."""
        text, own = self.known.get(node) or self.written(node)
        if len(text) > TOO_LONG:
            raise NoRule("the Python text of this expression is too long", hint="define parts of it by name")
        return f"({text})" if own < level else text

    def written(self, node: Any) -> tuple[str, int]:
        """(text, how tightly it binds)."""
        if isinstance(node, tuple | list):
            return f"({''.join(f'{self(x)}, ' for x in node)})", ATOM
        if node is None or isinstance(node, bool | int | str):
            return repr(node), ATOM
        for kind, rule in _RULES.items():
            if isinstance(node, kind):
                return rule(self, node)
        raise NoRule(f"{type(node).__name__} is built by no public function", where=node)

    # ------------------------------------------------------------------ leaves

    def number(self, node: Any) -> tuple[str, int]:
        if node.is_Integer:
            return str(node), ATOM if node >= 0 else UNARY
        if node.is_Rational:
            return f"sd.rational({node.p}, {node.q})", FUNC
        if node in (sympy.oo, -sympy.oo, sympy.zoo, sympy.nan):
            raise NoRule(f"{node} is no number", where=node)
        if node is sympy.E:
            return "sd.exp(1)", FUNC
        if node is sympy.pi:
            return "sd.arccos(-1)", FUNC
        if node.is_Float:
            exact = sympy.Rational(node)
            return f"sd.rational({exact.p}, {exact.q})", FUNC
        raise NoRule(f"{node} is built by no public function", where=node)

    def tensor(self, node: Tensor) -> tuple[str, int]:
        if plain(node.name):
            return node.name, ATOM
        if node.label_size is not None:
            return f"sd.label({node.name!r}, {self(node.label_size)}, shape={self(node.shape)})", FUNC
        parts = [repr(node.name), *map(self, node.shape), *(f"{key}=True" for key in sorted(node.properties))]
        return f"sd.tensor({', '.join(parts)})", FUNC

    def symbol(self, node: Any) -> tuple[str, int]:
        if plain(node.name):
            return node.name, ATOM
        if isinstance(node, Label):
            return f"sd.label({node.name!r}, {self(node.size)})", FUNC
        return (self.index(node) if isinstance(node, Index) else f"sd.dims({node.name!r})"), FUNC

    def index(self, node: Index) -> str:
        low = "" if node.lo == 1 else f", {self(node.lo)}"
        return f"sd.indices({node.name!r}, {self(node.hi)}{low})"

    def named(self, node: Named) -> tuple[str, int]:
        return self.names[node], ATOM

    def definition(self, node: Named) -> str:
        letters = "".join(f"{self._letter(i)}, " for i in node.letters)
        return self.bound(node.letters, f"sd.define({node.name!r}, ({letters}), {self(node.body)})")

    def bound(self, letters: tuple[Any, ...], text: str) -> str:
        """A text with index letters that stand for themselves in it alone."""
        own = [i for i in letters if plain(i.name)]
        if not own:
            return text
        return f"(lambda {', '.join(i.name for i in own)}: {text})({', '.join(map(self.index, own))})"

    def _letter(self, node: Any) -> str:
        return self.symbol(node)[0]

    # ------------------------------------------------------------------ scalars

    def add(self, node: Any) -> tuple[str, int]:
        parts = []
        for n, term in enumerate(no_minus_first(sympy.Add.make_args(node))):
            minus = n > 0 and term.could_extract_minus_sign() and not term.is_Add
            parts.append((" - " if minus else " + " if n else "") + self(-term if minus else term, MUL if n else ADD))
        return "".join(parts), ADD

    def mul(self, node: Any) -> tuple[str, int]:
        if node.args[0] == -1:
            return "-" + self(-node, MUL), MUL
        above, below = [], []
        for factor in sympy.Mul.make_args(node):
            if factor.is_Rational and not factor.is_Integer:
                above += [Integer(factor.p)] if factor.p != 1 else []
                below.append(Integer(factor.q))
            elif factor.is_Pow and factor.exp == -1:
                below.append(factor.base)
            else:
                above.append(factor)
        # A quotient of Python's own numbers would be a float.
        top = "*".join(self(f, UNARY) for f in above) or "1"
        if below and all(f.is_Integer for f in above):
            top = f"sd.rational({top}, 1)"
        return top + "".join(f"/{self(f, UNARY)}" for f in below), MUL

    def pow(self, node: Any) -> tuple[str, int]:
        if node.base is sympy.E:
            return f"sd.exp({self(node.exp)})", FUNC
        if node.exp == sympy.S.Half:
            return f"sd.sqrt({self(node.base)})", FUNC
        if node.exp == -1 and not node.base.is_Integer:
            return f"1/{self(node.base, UNARY)}", MUL
        if node.base.is_Integer and node.exp.is_Integer:
            return f"sd.rational({node.base}, 1)**{self(node.exp, UNARY)}", POW
        return f"{self(node.base, FUNC)}**{self(node.exp, UNARY + 1)}", POW

    def function(self, node: Any) -> tuple[str, int]:
        name = type(node).__name__
        if is_opaque(key := getattr(node, "key", "")):
            return self.opaque(key, node.args)
        inside = ", ".join(map(self, node.args))
        of_sizes = all(s.is_integer for s in node.free_symbols) and not node.atoms(Entry)
        if of_sizes and isinstance(node, sympy.floor):
            top, bottom = sympy.fraction(node.args[0].together())
            return f"({self(top, UNARY)}//{self(bottom, UNARY)})", ATOM
        if of_sizes and isinstance(node, sympy.ceiling):
            top, bottom = sympy.fraction(node.args[0].together())
            return f"-(({self(-top, UNARY)})//{self(bottom, UNARY)})", UNARY
        word = {"Max": "maximum", "Min": "minimum"}.get(name, canonical(name))
        if word not in layers.NAMES:
            raise NoRule(f"{name} is built by no public function", where=node)
        if name in ("Max", "Min"):
            first, *rest = map(self, node.args)
            for each in rest:
                first = f"sd.{word}({first}, {each})"
            return first, FUNC
        return f"sd.{word}({inside})", FUNC

    def opaque(self, key: str, args: tuple[Any, ...]) -> tuple[str, int]:
        name, orders = parts_of(key)
        if any(orders) and len(orders) > 1:
            raise NoRule(f"a partial derivative of the unknown function {name} has no Python text", hint="say what it is")
        prime = f".derivative({orders[0] if orders[0] > 1 else ''})" if any(orders) else ""
        return f"sd.function({name!r}){prime}({', '.join(map(self, args))})", FUNC

    def total(self, node: Any) -> tuple[str, int]:
        letters = tuple(limit[0] for limit in node.limits)
        limits = ", ".join(f"({self._letter(i)}, {self(lo)}, {self(hi)})" for i, lo, hi in node.limits)
        return self.bound(letters, f"sd.Sum({self(node.function)}, {limits})"), FUNC

    def entry(self, node: Entry) -> tuple[str, int]:
        return f"{self(node.base, FUNC)}[{', '.join(map(self, node.indices))}]", ATOM

    def delta(self, node: Any) -> tuple[str, int]:
        return f"sd.delta({', '.join(map(self, node.args[:2]))})", FUNC

    def cases(self, node: Any) -> tuple[str, int]:
        """Values by conditions, the last for all else."""
        if node.args[-1].cond != True:  # noqa: E712
            raise NoRule("a choice without a last branch has no Python text", where=node)
        text = self(node.args[-1].expr)
        for value, condition in reversed([(b.expr, b.cond) for b in node.args[:-1]]):
            if value == 1 and text == "0":
                text = f"sd.iverson({self(condition)})"
            else:
                text = f"sd.where({self(condition)}, {self(value)}, {text})"
        return text, FUNC

    def relation(self, node: Any) -> tuple[str, int]:
        if node.rel_op in ("==", "!="):
            raise NoRule(f"{node} compares as Python does not", where=node, hint="use sd.delta")
        return f"{self(node.lhs, ADD)} {node.rel_op} {self(node.rhs, ADD)}", 1

    def logic(self, node: Any) -> tuple[str, int]:
        if isinstance(node, Not):
            return f"~({self(node.args[0])})", ATOM
        sign = " & " if isinstance(node, And) else " | "
        return sign.join(f"({self(a)})" for a in node.args), 1

    def matrix_entry(self, node: MatrixFunction) -> tuple[str, int]:
        text = f"sd.{node.kind}({self(node.matrix)})"
        if node.kind == "prod":
            text = text[:-1] + f", axis={len(node.matrix.shape) - 1})"
        return text + (f"[{', '.join(map(self, node.positions))}]" if node.positions else ""), FUNC

    # ------------------------------------------------------------------ operators

    def apply(self, node: Apply) -> tuple[str, int]:
        rule = _OPERATORS.get(node.op)
        if rule is not None:
            return rule(self, node)
        if is_opaque(node.op.name):
            return self.opaque(node.op.name, node.args)
        return self.call(node), FUNC

    def call(self, node: Apply) -> str:
        """A call as the plain text has it, operands in Python."""
        if node.op.text is not None and node.precedence == FUNC:
            text = node.op.text(_PythonOperands(self, (node,)), node.args, node.params)
        else:
            options = (f"{k}={self(v)}" for k, v in node.params.items())
            text = f"{node.op.name}({', '.join([*map(self, node.args), *options])})"
        name, bracket, rest = text.partition("(")
        word = canonical(name)
        if word not in layers.NAMES or not bracket:
            raise NoRule(f"the operator {node.op.name} is built by no public function", where=node)
        return f"sd.{word}({rest}"

    def sum(self, node: Apply) -> tuple[str, int]:
        first, *rest = sorted(node.args, key=negative) if negative(node.args[0]) else node.args
        text = self(first, ADD)
        for term in rest:
            text += f" - {self(negated(term), MUL)}" if negative(term) else f" + {self(term, MUL)}"
        return text, ADD

    def product(self, node: Apply) -> tuple[str, int]:
        text = self(node.args[0], MUL if isinstance(node.args[0], Apply) else UNARY)
        if node.args[0] == -1:
            return f"-{'*'.join(self(a, UNARY) for a in node.args[1:])}", MUL
        for factor in node.args[1:]:
            if RECORDS.pow.of(factor) and factor.args[1] == -1:
                text += f"/{self(factor.args[0], UNARY)}"
            else:
                text += f"*{self(factor, UNARY)}"
        return text, MUL

    def power(self, node: Apply) -> tuple[str, int]:
        base, exponent = node.args
        if exponent == -1:
            return f"1/{self(base, UNARY)}", MUL
        return f"{self(base, FUNC)}**{self(exponent, UNARY + 1)}", POW

    def matmul(self, node: Apply) -> tuple[str, int]:
        a, b = node.args
        return f"{self(a, MUL)} @ {self(b, UNARY)}", MUL

    def transpose(self, node: Apply) -> tuple[str, int]:
        return f"{self(node.args[0], FUNC)}.T", FUNC

    def take(self, node: Apply) -> tuple[str, int]:
        keys = ", ".join(":" if p is None else self(p) for p in node.params["index"])
        return f"{self(node.args[0], FUNC)}[{keys}]", ATOM


def _named_call(writer: _Python, node: Apply) -> tuple[str, int]:
    """A call by the public name, a size as a keyword and the sizes of a shape one by one."""
    size = [f"size={writer(node.params['size'])}"] if node.params.get("size") is not None else []
    return f"sd.{node.op.name}({', '.join([*map(writer, (*node.args, *node.params.get('shape', ()))), *size])})", FUNC


def _gelu(writer: _Python, node: Apply) -> tuple[str, int]:
    return f'sd.gelu({writer(node.args[0])}, approximate="tanh")', FUNC


class _PythonOperands:
    """The writer that a record's text rule is handed."""

    latex = False

    def __init__(self, write: _Python, around: tuple[Any, ...]) -> None:
        self.write, self.around = write, around

    def __call__(self, operand: Any, level: int = 0) -> str:
        return self.write(operand)

    def taken(self, name: str) -> bool:
        return True


_OPERATORS: dict[Operator, Callable[[_Python, Any], tuple[str, int]]] = {
    RECORDS.add: _Python.sum, RECORDS.mul: _Python.product, RECORDS.pow: _Python.power, RECORDS.matmul: _Python.matmul,
    RECORDS.transpose: _Python.transpose, RECORDS.take: _Python.take, RECORDS.gelu_tanh: _gelu,
    **dict.fromkeys((RECORDS.outer, RECORDS.eye, RECORDS.one_hot, RECORDS.ones, RECORDS.zeros), _named_call),
}
_RULES: dict[type, Callable[[_Python, Any], tuple[str, int]]] = {
    Tensor: _Python.tensor, Named: _Python.named, Apply: _Python.apply, Entry: _Python.entry,
    MatrixFunction: _Python.matrix_entry,
    sympy.Symbol: _Python.symbol, sympy.Number: _Python.number, sympy.NumberSymbol: _Python.number,
    sympy.Add: _Python.add, sympy.Mul: _Python.mul, sympy.Pow: _Python.pow, sympy.exp: _Python.function,
    KroneckerDelta: _Python.delta, Piecewise: _Python.cases, SympySum: _Python.total, sympy.Max: _Python.function,
    sympy.Min: _Python.function, Relational: _Python.relation, Boolean: _Python.logic, Or: _Python.logic,
    Function: _Python.function,
}
