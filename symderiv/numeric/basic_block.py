"""Straight-line code put in order: nested one-line functions taken apart, common parts shared, needless brackets and
factors left out, temporaries written where they are read, buffers used again.

It works on Python's syntax trees of assignments without side effects, so any operator's source can be written the
plain way.  Source: Aho, Lam, Sethi and Ullman, Compilers (2006), 8.5 (value numbering in basic blocks).
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..terms.traversals import reached

WIDTH = 88
"""Longest expression that single-use temporaries are written into."""

LONGEST = 110
"""Longest line that is left as it is."""

SCOPES = (ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp)
VIEWS = frozenset({"transpose", "swapaxes", "moveaxis", "reshape", "squeeze", "expand_dims", "broadcast_to", "asarray",
                   "diagonal", "diag", "ravel", "take_along_axis", "einsum", "sliding_window_view", "entries", "atleast_1d"})
"""Functions whose result may share memory with an operand."""


@dataclass
class Assignment:
    """``name = value``; or, without a name, an assignment in place written as text in ``value``."""

    name: str | None
    value: ast.AST
    kept: bool = False
    """A value that is changed in place later: neither shared nor moved."""

    @property
    def source(self) -> str:
        """The line of code."""
        text = ast.unparse(self.value)
        return text if self.name is None else f"{self.name} = {text}"


class BasicBlock:
    """Statements in order.  ``fresh`` makes names for new values."""

    def __init__(self, fresh: Callable[[], str]) -> None:
        self.statements: list[Assignment] = []
        self.fresh = fresh

    def add(self, name: str, source: str, kept: bool = False) -> None:
        """Append name = source."""
        value = self._flat(ast.parse(source, mode="eval").body)
        self.statements.append(Assignment(name, value, kept))

    def change(self, source: str) -> None:
        """Append a statement that changes a kept value in place."""
        (statement,) = ast.parse(source).body
        self.statements.append(Assignment(None, statement, True))

    def named(self, name: str) -> Assignment | None:
        """The statement that gives a name its value."""
        return next((s for s in reversed(self.statements) if s.name == name), None)

    # -------------------------------------------------------------- one-line functions

    def _flat(self, node: ast.expr) -> ast.expr:
        """Calls of lambdas replaced by their bodies, their arguments by names."""
        if isinstance(node, SCOPES):
            return node
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, field, [self._flat(v) if isinstance(v, ast.expr) else self._keyword(v) for v in value])
            elif isinstance(value, ast.expr) and not isinstance(node, ast.IfExp):
                setattr(node, field, self._flat(value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Lambda):
            return self._applied(node.func, node.args)
        return node

    def _keyword(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.keyword):
            node.value = self._flat(node.value)
        return node

    def _applied(self, function: ast.Lambda, arguments: list[ast.expr]) -> ast.expr:
        values: list[ast.expr] = []
        for a in arguments:
            if isinstance(a, ast.Starred) and isinstance(a.value, ast.Tuple):
                values += a.value.elts
            elif isinstance(a, ast.Starred):
                return ast.Call(function, arguments, [])
            else:
                values.append(a)
        names: dict[str, ast.expr] = {}
        for parameter, value in zip(function.args.args, values, strict=True):
            if not isinstance(value, ast.Name | ast.Constant):
                name = self.fresh()
                self.statements.append(Assignment(name, value))
                value = ast.Name(name, ast.Load())
            names[parameter.arg] = value
        return self._flat(_substituted(function.body, names))

    # -------------------------------------------------------------- the passes

    def tidy(self, result: str, shape: object, shapes: Mapping[str, object], inplace: bool) -> str:
        """Bring the statements into their final form; the source of the result, which has a shape."""
        value = self._flat(ast.parse(result, mode="eval").body)
        self.statements.append(Assignment("", value))
        for s in self.statements:
            s.value = _Simpler().visit(s.value)
        self._drop_unread()
        self._share()
        self._inline()
        for s in self.statements:
            s.value = _Simpler().visit(s.value)
        self._cut()
        if inplace:
            last = self.statements.pop()
            name = self.fresh()
            self.statements += [Assignment(name, last.value), Assignment("", ast.Name(name, ast.Load()))]
            self._reuse({**shapes, name: shape})
            if self.statements[-2].name == name:
                self.statements[-2:] = [Assignment("", self.statements[-2].value)]
        return ast.unparse(self.statements.pop().value)

    def _drop_unread(self) -> None:
        """A value that was to be changed in place, and that nothing else reads, goes with its changes."""
        changed = {name for s in self.statements if s.name is None and (name := _target(s.value))}
        read = Counter(n for s in self.statements for n in _names(s.value) if s.name is not None or n != _target(s.value))
        gone = changed - read.keys()
        self.statements = [s for s in self.statements if (s.name or _target(s.value)) not in gone]

    def _share(self) -> None:
        """Expressions that occur twice are computed once."""
        numbers, known = _Numbers(), dict[int, str]()
        renamed: dict[str, ast.expr] = {}
        kept = {s.name for s in self.statements if s.kept}
        seen: Counter[int] = Counter()
        for s in self.statements:
            if not s.kept:
                costly = _costly(s.value)
                for part in _parts(s.value):
                    if id(part) in costly and not (kept and _names(part) & kept):
                        seen[numbers.of(part)] += 1
        result: list[Assignment] = []
        for s in self.statements:
            if not renamed.keys().isdisjoint(_reads(s.value)):
                s.value = _substituted(s.value, renamed)
            if s.kept:
                result.append(s)
                continue

            def replace(part: ast.expr) -> ast.expr:
                number = numbers.of(part, again=True)
                if number in known:
                    return ast.Name(known[number], ast.Load())
                if seen[number] > 1 and not _names(part) & kept:
                    known[number] = name = self.fresh()
                    result.append(Assignment(name, part))
                    return ast.Name(name, ast.Load())
                return part

            s.value = _rewritten(s.value, replace, root=s.name == "")
            number = numbers.of(s.value, again=True)
            if s.name and isinstance(s.value, ast.Name | ast.Constant):
                renamed[s.name] = s.value
            elif s.name and number in known:
                renamed[s.name] = ast.Name(known[number], ast.Load())
            else:
                if s.name:
                    known.setdefault(number, s.name)
                result.append(s)
        self.statements = result

    def _inline(self) -> None:
        """A value that is read once is written where it is read, while lines stay short."""
        # Most values stay as they are from round to round: what is asked of one is found once.
        reads, width, scoped = cache(_reads), cache(lambda node: len(ast.unparse(node))), cache(_scoped)
        changed = True
        while changed:
            changed = False
            uses = Counter(n for s in self.statements for n in reads(s.value))
            kept = {s.name for s in self.statements if s.kept}
            result: list[Assignment] = []
            pending: dict[str, Assignment] = {}
            for s in self.statements:
                own = [n for n in reads(s.value) if n in pending]
                moved: dict[str, ast.expr] = {}
                for name in own:
                    inner = pending.pop(name)
                    grown = width(s.value) + width(inner.value) - len(name)
                    if grown <= WIDTH and name not in scoped(s.value):
                        moved[name] = inner.value  # type: ignore[assignment]
                        s.value = _substituted(s.value, {name: inner.value})  # type: ignore[dict-item]
                        result = [r for r in result if r is not inner]
                        changed = True
                result.append(s)
                normalised = isinstance(s.value, ast.BinOp) and isinstance(s.value.left, ast.Name) \
                    and _normalisers(s.value.right, s.value.left.id)
                if s.name and uses[s.name] == 1 and not s.kept and not normalised:
                    pending[s.name] = s
                if s.name is None:
                    # What was read before a change in place stays in front of it.
                    pending = {n: p for n, p in pending.items() if not _names(p.value) & kept}
            self.statements = [s for s in result if s.name is None or s.name == "" or s.kept or uses[s.name]]
            if len(self.statements) != len(result):
                changed = True

    def _cut(self) -> None:
        """Long expressions are cut at the largest calls in them that fit on a line."""
        result: list[Assignment] = []
        for s in self.statements:
            while s.name is not None and len(ast.unparse(s.value)) > LONGEST:
                inner = [p for p in _parts(s.value) if p is not s.value and isinstance(p, ast.Call)
                         and len(ast.unparse(p)) <= LONGEST]
                if not inner:
                    break
                part = max(inner, key=lambda p: len(ast.unparse(p)))
                text, name = ast.unparse(part), self.fresh()
                if len(text) < 12:
                    break
                result.append(Assignment(name, part))
                s.value = _rewritten(s.value, lambda p, text=text, name=name: (  # type: ignore[misc]
                    ast.Name(name, ast.Load()) if ast.unparse(p) == text else p), True)
            result.append(s)
        self.statements = result

    def _reuse(self, shapes: dict[str, object]) -> None:
        """t2 = t1 - x, where t1 is a new array that nothing reads later, becomes t1 -= x."""
        self._exponentials(shapes)
        last: dict[str, int] = {}
        for at, s in enumerate(self.statements):
            for name in _names(s.value):
                last[name] = at
        viewed = {n for s in self.statements if s.name and not allocates(s.value) for n in _names(s.value)}
        new = {s.name for s in self.statements if s.name and allocates(s.value) and not _is_call(s.value, "where")} - viewed
        same: dict[str, ast.expr] = {}
        for at, s in enumerate(self.statements):
            if not same.keys().isdisjoint(_reads(s.value)):
                s.value = _substituted(s.value, same)
            value = s.value
            if not (s.name and isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name)
                    and isinstance(value.op, ast.Add | ast.Sub | ast.Mult | ast.Div)):
                continue
            old = value.left.id
            # The array may go by later names: what counts is that none of them is read further on, or has a view.
            known = {old, *(k for k, v in same.items() if isinstance(v, ast.Name) and v.id == old)}
            own = _normalisers(value.right, old)
            fits = bool(own) or (old in shapes and shapes[old] == shapes.get(s.name))
            unread = max(last.get(k, at) for k in known) == at and not known & viewed
            if fits and old in new and unread and (old not in _names(value.right) - own or _apart(value.right)):
                s.value = ast.AugAssign(ast.Name(old, ast.Store()), value.op, value.right)
                same[s.name] = ast.Name(old, ast.Load())
                shapes[old] = shapes.get(s.name)
                s.name = None


    def _exponentials(self, shapes: dict[str, object]) -> None:
        """The exponential of a difference of arrays is written where the difference stands."""
        for s in reversed(self.statements):
            if s.name in shapes and isinstance(s.value, ast.BinOp) and isinstance(s.value.left, ast.Name) \
                    and _normalisers(s.value.right, s.value.left.id):
                shapes.setdefault(s.value.left.id, shapes[s.name])
        result: list[Assignment] = []
        for s in self.statements:
            value = s.value
            if s.name and shapes.get(s.name) and isinstance(value, ast.Call) and _is_call(value, "exp") \
                    and len(value.args) == 1 and isinstance(value.args[0], ast.BinOp):
                result.append(Assignment(s.name, value.args[0], s.kept))
                (out,) = ast.parse(f"np.exp({s.name}, out={s.name})").body
                result.append(Assignment(None, out))
            else:
                result.append(s)
        self.statements = result


def _target(statement: ast.AST) -> str | None:
    """The array that is changed in place, perhaps through a view of it."""
    node: ast.expr | None = statement.target if isinstance(statement, ast.AugAssign) else None
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and _is_call(statement.value, "copyto"):
        node = statement.value.args[0]
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.args[-1]
    return node.id if isinstance(node, ast.Name) else None


def _apart(node: ast.expr) -> bool:
    """Whether a value is worked out into memory of its own, of which it may be a view, before anything is written."""
    while isinstance(node, ast.Subscript) or (isinstance(node, ast.Call) and node.args and not allocates(node)):
        node = node.value if isinstance(node, ast.Subscript) else node.args[0]
    return allocates(node)


def _normalisers(node: ast.expr, name: str) -> set[str]:
    """{name} where an expression is a reduction of that array which keeps its axes."""
    if isinstance(node, ast.Call) and any(k.arg == "keepdims" for k in node.keywords) \
            and isinstance(node.args[0], ast.Name) and node.args[0].id == name:
        return {name}
    return set()


def allocates(node: ast.AST) -> bool:
    """Whether the value is certainly a new array, or a view of one."""
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare):
        return True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "einsum" and len(node.args) > 2:
            return True
        return node.func.attr not in VIEWS and (isinstance(node.func.value, ast.Name | ast.Attribute)
                                               or node.func.attr == "astype")
    return False


def _is_call(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name


class _Numbers:
    """A number for every expression, the same for all that read the same; what parts are made of is looked at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], int] = {}
        self._of: dict[int, tuple[ast.AST, int]] = {}

    def of(self, node: ast.AST, again: bool = False) -> int:
        """The number of an expression; ``again`` where parts of it have been replaced."""
        if not again and id(node) in self._of:
            return self._of[id(node)][1]
        key = (type(node), *(self._field(v) for name, v in ast.iter_fields(node) if name != "ctx"))
        number = self._known.setdefault(key, len(self._known))
        if isinstance(node, ast.Call | ast.BinOp | ast.UnaryOp):
            self._of[id(node)] = node, number  # with the node, so that its identity is not another's later
        return number

    def _field(self, value: object) -> object:
        if isinstance(value, ast.AST):
            return self.of(value)
        return tuple(map(self._field, value)) if isinstance(value, list) else (type(value), value)


def _costly(node: ast.AST) -> set[int]:
    """The parts that are worth a name: not numbers, sizes or views."""
    found: set[int] = set()
    for n in reversed(_nodes(node)):
        if isinstance(n, ast.Call) or (isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult)) or any(
                id(part) in found for part in ast.iter_child_nodes(n)):
            found.add(id(n))
    return found


def _nodes(node: ast.AST) -> list[Any]:
    """The node and all below it, as ast.walk has them, in a third of its time."""
    found = [node]
    for top in found:
        for value in top.__dict__.values():
            if isinstance(value, ast.AST):
                found.append(value)
            elif type(value) is list:
                found += [v for v in value if isinstance(v, ast.AST)]
    return found


def _names(node: ast.AST) -> set[str]:
    return set(_reads(node))


def _reads(node: ast.AST) -> list[str]:
    return [n.id for n in _nodes(node) if type(n) is ast.Name]


def _scoped(node: ast.AST) -> set[str]:
    """Names read inside a comprehension or a choice, where they may be read many times or never."""
    return {name for n in _nodes(node) if isinstance(n, (*SCOPES, ast.IfExp)) for name in _names(n)}


def _parts(node: ast.AST) -> list[ast.expr]:
    """Calls and operations outside comprehensions."""
    outside = reached([node], lambda top: () if isinstance(top, (*SCOPES, ast.IfExp)) else ast.iter_child_nodes(top))
    return [top for top in outside if isinstance(top, ast.Call | ast.BinOp | ast.UnaryOp)]


def _rewritten(node: ast.AST, replace: Callable[[ast.expr], ast.expr], root: bool) -> ast.AST:
    """Every operand replaced, innermost first; the whole too where ``root`` is set."""
    if isinstance(node, (*SCOPES, ast.IfExp)):
        return node
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            setattr(node, field, [_rewritten(v, replace, True) if isinstance(v, ast.AST) else v for v in value])
        elif isinstance(value, ast.AST) and not isinstance(value, ast.operator | ast.unaryop | ast.expr_context):
            setattr(node, field, _rewritten(value, replace, True))
    return replace(node) if root and isinstance(node, ast.Call | ast.BinOp | ast.UnaryOp) else node


def _substituted(node: ast.AST, names: Mapping[str, ast.expr]) -> ast.expr:
    """Names replaced, those that an inner scope binds left alone; the tree is copied."""
    if isinstance(node, ast.Name) and node.id in names:
        return _substituted(names[node.id], {})
    if isinstance(node, ast.Lambda):
        bound = {a.arg for a in node.args.args}
        names = {k: v for k, v in names.items() if k not in bound}
    elif isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
        bound = {n for g in node.generators for n in _names(g.target)}
        names = {k: v for k, v in names.items() if k not in bound}
    fields: dict[str, object] = {}
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            value = [_substituted(v, names) if isinstance(v, ast.AST) else v for v in value]
        elif isinstance(value, ast.AST):
            value = _substituted(value, names)
        fields[field] = value
    return type(node)(**fields)  # type: ignore[return-value]


def _number(node: ast.AST) -> int | float | None:
    """The value of a written number."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    return None


def _constant(value: int | float) -> ast.expr:
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


class _Simpler(ast.NodeTransformer):
    """Factors 1, terms 0, double signs and double reversals left out; x * (1 / n) written x / n."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        a, b, op = node.left, node.right, node.op
        left, right = _number(a), _number(b)
        if isinstance(op, ast.Add | ast.Sub | ast.Mult) and type(left) is type(right) is int:
            assert left is not None and right is not None
            return _constant(left + right if isinstance(op, ast.Add) else left - right if isinstance(op, ast.Sub)
                             else left * right)
        if isinstance(op, ast.Mult):
            return self._product(a, b, left, right)
        if isinstance(op, ast.Add | ast.Sub):
            if right == 0 and type(right) is int:
                return a
            if left == 0 and type(left) is int and isinstance(op, ast.Add):
                return b
            if isinstance(b, ast.UnaryOp) and isinstance(b.op, ast.USub):
                return self.visit_BinOp(ast.BinOp(a, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), b.operand))
            if isinstance(b, ast.BinOp) and isinstance(b.op, ast.Mult | ast.Div) and (factor := _leading(b)) is not None \
                    and factor < 0:
                flipped = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
                return ast.BinOp(a, flipped, self.visit(_with_leading(b, -factor)))
            if isinstance(a, ast.UnaryOp) and isinstance(a.op, ast.USub) and isinstance(op, ast.Add) and _number(a) is None:
                return ast.BinOp(b, ast.Sub(), a.operand)
            if isinstance(a, ast.BinOp) and type(right) is int and type(inner := _number(a.right)) is int \
                    and isinstance(a.op, ast.Add | ast.Sub):
                assert right is not None and inner is not None
                total = (inner if isinstance(a.op, ast.Add) else -inner) + (right if isinstance(op, ast.Add) else -right)
                if total == 0:
                    return a.left
                return ast.BinOp(a.left, ast.Add() if total > 0 else ast.Sub(), ast.Constant(abs(total)))
        if isinstance(op, ast.FloorDiv | ast.Div | ast.Pow) and right == 1 and type(right) is int:
            return a
        return node

    def _product(self, a: ast.expr, b: ast.expr, left: int | float | None, right: int | float | None) -> ast.AST:
        if left == 1 and type(left) is int:
            return b
        if right == 1 and type(right) is int:
            return a
        if left == -1 and type(left) is int:
            if isinstance(b, ast.UnaryOp) and isinstance(b.op, ast.USub):
                return b.operand
            return ast.UnaryOp(ast.USub(), b)
        if isinstance(a, ast.BinOp) and isinstance(a.op, ast.Div) and _number(a.left) is not None and not isinstance(
                b, ast.BinOp):
            top = _number(a.left)
            over = b if top == 1 else ast.BinOp(a.left, ast.Mult(), b)
            return ast.BinOp(over, ast.Div(), a.right)
        if isinstance(a, ast.BinOp) and isinstance(a.op, ast.Div) and _number(a.left) == 1:
            return ast.BinOp(b, ast.Div(), a.right)
        if isinstance(b, ast.BinOp) and isinstance(b.op, ast.Div) and type(top := _number(b.left)) is int and top == 1:
            return ast.BinOp(a, ast.Div(), b.right)
        return ast.BinOp(a, ast.Mult(), b)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        inner = node.operand
        if isinstance(node.op, ast.USub) and _number(inner) == 0:
            return inner
        if isinstance(node.op, ast.USub) and isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.USub):
            return inner.operand
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """arange(1, m + 1) == asarray(y + 1)[..., None] without the two ones."""
        self.generic_visit(node)
        right = node.comparators[0]
        if not (isinstance(node.ops[0], ast.Eq) and isinstance(right, ast.Subscript)):
            return node
        count, label = node.left, right.value
        if isinstance(count, ast.Call) and _is_call(count, "arange") and len(count.args) == 2 \
                and _number(count.args[0]) == 1 and isinstance(label, ast.Call) and _is_call(label, "asarray"):
            top, own = _one_less(count.args[1]), _one_less(label.args[0])
            if top is not None and own is not None:
                count.args[:], label.args[:] = [top], [own]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        inner = node.value
        if isinstance(inner, ast.Subscript) and _reversal(node.slice) and _reversal(inner.slice):
            return inner.value
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "max":
            numbers = [_number(a) for a in node.args]
            if numbers and all(type(value) is int for value in numbers):
                return _constant(max(value for value in numbers if value is not None))
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "np":
            if node.func.attr == "transpose" and len(node.args) == 1 and not node.keywords:
                return ast.Attribute(node.args[0], "T", ast.Load())
            if node.func.attr == "sum" and len(node.args) == 1 and (found := _transposed(node.args[0])) is not None \
                    and len(node.keywords) == 1 and node.keywords[0].arg == "axis" and _number(node.keywords[0].value) == -1:
                array, order = found
                if list(order[:-1]) == sorted(order[:-1]):
                    return ast.Call(node.func, [array], [ast.keyword("axis", ast.Constant(order[-1]))])
        return node


def _one_less(node: ast.expr) -> ast.expr | None:
    """x for x + 1."""
    plus_one = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _number(node.right) == 1
    return node.left if plus_one and isinstance(node, ast.BinOp) else None


def _transposed(node: ast.expr) -> tuple[ast.expr, tuple[int, ...]] | None:
    """(array, order of its axes) of np.transpose(array, order)."""
    if isinstance(node, ast.Call) and _is_call(node, "transpose") and len(node.args) == 2:
        return node.args[0], ast.literal_eval(node.args[1])
    return None


def _leading(node: ast.expr) -> int | float | None:
    """The number a product or quotient begins with."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.MatMult):
        node = node.left
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and _number(node) is None:
        return -1
    return _number(node)


def _with_leading(node: ast.expr, factor: int | float) -> ast.expr:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.MatMult):
        return ast.BinOp(_with_leading(node.left, factor), node.op, node.right)
    if isinstance(node, ast.UnaryOp) and _number(node) is None:
        return node.operand
    return _constant(factor)


def _reversal(key: ast.expr) -> bool:
    return isinstance(key, ast.Slice) and key.lower is None and key.upper is None and key.step is not None \
        and _number(key.step) == -1


def numbered(statements: Iterable[Assignment], result: str) -> tuple[list[str], str]:
    """The lines, temporaries renumbered in the order in which they appear."""
    lines = [s.source for s in statements]
    order: dict[str, str] = {}
    for text in (*lines, result):
        for name in re.findall(r"\bt_\d+\b", text):
            order.setdefault(name, f"t{len(order) + 1}")

    def renamed(text: str) -> str:
        return re.sub(r"\bt_\d+\b", lambda m: order[m.group()], text)
    return [renamed(line) for line in lines], renamed(result)
