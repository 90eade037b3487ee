"""Fences of Python as formulas: what a name is after the last line that changes it is one equation, in that line's place.

Lines stay where they are.  What cannot be said so (loops, entries picked by an index) stays unread with all that reads it,
and is noted; lines that differ in nothing but names of modules are left as they were written.
"""

from __future__ import annotations

import ast
import copy
import re
import textwrap
import warnings
from dataclasses import dataclass, field
from typing import Any

from ...arrays.registry import RECORDS
from ...functions.elementary import log

FORMULAS_IN = frozenset(["", "python", "python3", "py", "numpy", "pytorch", "text", "txt", "plaintext", "julia", "pseudo"])
_FENCE = re.compile(r"^([ \t]*+```[ \t]*+(\w*+)[^\n]*+)\n(.*?)^[ \t]*+```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^(?= {4}|\t)(?:(?: {4}|\t)[^\n]*+\n|[ \t]*+\n(?= {4}|\t))++", re.MULTILINE)
_PROGRAM = re.compile(r"\w @ \w|\w\.T\b|\b(?:np|torch|jnp)\.|\baxis\s?=")
MAX_CODE, MAX_NODES = 60_000, 400
_MODULES = frozenset("np numpy torch F nn jnp jax math scipy special tf xp".split())  # noqa: SIM905
_SAME = re.compile(r"copy|clone|detach|astype|float|double|array|asarray|tensor|float32|float64|"
                   r"item|contiguous|numpy|as_tensor|type|stop_gradient")
_BINARY = ((re.compile("dot|matmul|mm|mv"), ast.MatMult), (re.compile("multiply|mul"), ast.Mult),
           (re.compile("divide|div"), ast.Div), (re.compile(RECORDS.add.name), ast.Add),
           (re.compile("subtract|sub"), ast.Sub), (re.compile("power|pow"), ast.Pow))
_REDUCED = re.compile(r"sum|mean|max|min|amax|amin|prod|var|std|logsumexp|softmax|log_softmax")
_DRAWN = re.compile(r"randn|rand|random|normal|standard_normal|uniform|randint|zeros|zeros_like|empty|"
                    r"empty_like|load|array|tensor|Parameter|choice|binomial|bernoulli|read_csv|"
                    r"default_rng|manual_seed|seed")
_RESHAPED = re.compile(r"reshape|view|flatten|ravel|squeeze|unsqueeze|expand_dims|repeat|tile|concatenate|"
                       r"cat|stack|hstack|vstack|zeros|zeros_like|empty_like|take|gather|permute|pad")
_LOSS = re.compile(r"[LJ]|.*loss|cost", re.IGNORECASE)
_ACTIVATIONS = re.compile(r"maximum|relu|tanh|sigmoid")
_ASSERTED = re.compile(r"assert_(?:allclose|array_equal|array_almost_equal|almost_equal|equal|close)")
_COMPARED = re.compile(r"allclose|isclose|array_equal|equal")
_OF_SHAPES = re.compile(r"\b(?:shape|ndim|len|isfinite|isnan|isinstance|dtype|size)\b")
_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.LtE: ast.Gt, ast.Lt: ast.GtE, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
_SHAPED_NAMES = re.compile(r"(?<![\w`.])((?:[A-Za-z_]\w{0,15},\s?){0,6}[A-Za-z_]\w{0,15})"
                           r"(?=\s{0,3}:?[^:;()=]{0,40}\([^()=]{0,40},[^()=]{0,40}\))")


class NotSaid(Exception):
    """What no formula says."""


@dataclass
class _Made:
    """What a name is at a place, on which line that is said, and whether another line has read it."""

    formula: ast.expr
    line: int
    read: bool = False


def read_code(text: str) -> tuple[str, list[tuple[int, str]]]:
    """A text whose fences of Python are formulas, of as many lines; and lines that stay unread, each with the reason."""
    found = [(*each.span(3), _parsed(each[3])) for each in _FENCE.finditer(text) if each[2].lower() in FORMULAS_IN]
    found = found or _indented(text)
    programs = [tree for _, _, tree in found if tree is not None]
    statements = (node for tree in programs for node in ast.walk(tree))
    if not any(isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Assert) or (
            isinstance(node, ast.Call) and _ASSERTED.fullmatch(_called(node)[0])) for node in statements):
        return text, []
    reading = _CodeRead(programs)
    pieces, position = [], 0
    for start, end, tree in found:
        if tree is not None:
            made = reading.fence(text[start:end], tree, text.count("\n", 0, start))
            # What is told of its names stands at the end of the line before.
            told = "; ".join(dict.fromkeys(reading.told))
            pieces += [text[position:start - 1], f"  {told}" if told else "", text[start - 1:start], made]
            position = end
    return "".join([*pieces, text[position:]]), reading.notes


def _indented(text: str) -> list[tuple[int, int, ast.Module | None]]:
    """Indented blocks that are Python, in a text in which one of them has signs that programs alone have."""
    blocks = [each for each in _INDENTED.finditer(text) if each.start()]
    return [(*each.span(), _parsed(each[0])) for each in blocks] if any(_PROGRAM.search(each[0]) for each in blocks) else []


def _parsed(code: str) -> ast.Module | None:
    if len(code) > MAX_CODE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _called(node: ast.expr) -> tuple[str, list[ast.expr]]:
    """The name of a function and what it is called with, its own object first: np.sum(x) and x.sum() are the same."""
    if not isinstance(node, ast.Call):
        return "", []
    if isinstance(node.func, ast.Name):
        return node.func.id, node.args
    if not isinstance(node.func, ast.Attribute):
        return "", node.args
    root = node.func.value
    while isinstance(root, ast.Attribute):
        root = root.value
    own = isinstance(root, ast.Name) and root.id in _MODULES
    return node.func.attr, node.args if own else [node.func.value, *node.args]


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _root(node: ast.expr) -> str:
    """The name that a target changes."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            return node.attr
        if (key := _keyed(node)) is not None:
            return key
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _keyed(node: ast.expr) -> str | None:
    """The name that grads["W1"] or params["W1"] stands for."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) \
            and node.slice.value.isidentifier():
        named, key = _root(node.value), node.slice.value
        return f"d{key}" if named.startswith("grad") and not key.startswith("d") else key
    return None


def _counted(node: ast.expr) -> bool:
    """Whether an index runs over all rows: np.arange(N), range(N)."""
    return _called(node)[0] in ("arange", "range")


def _is_number(node: ast.expr, number: int) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, str) and node.value == number


def _labels(programs: list[ast.Module]) -> dict[str, bool]:
    """Names that pick the right class, as in p[y] -= 1 and log(p[np.arange(N), y]), and whether each is one of many rows."""
    found: dict[str, bool] = {}

    def alone(node: ast.expr) -> None:
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name) and len(node.slice.id) < 16:
            found.setdefault(node.slice.id, False)

    for node in (each for tree in programs for each in ast.walk(tree)):
        if isinstance(node, ast.AugAssign) and isinstance(node.value, ast.Constant):
            alone(node.target)
        elif isinstance(node, ast.Call) and _called(node)[0] == log.name and _called(node)[1]:
            alone(_called(node)[1][0])
        elif isinstance(node, ast.Call) and _called(node)[0] in (RECORDS.sum.name, RECORDS.mean.name):
            found |= {picked[0]: True for each in ast.walk(node) if (picked := _picked_of_each(each))}
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2 \
                and _counted(node.slice.elts[0]) and isinstance(node.slice.elts[1], ast.Name):
            found[node.slice.elts[1].id] = True
    masks = {_root(target) for tree in programs for node in ast.walk(tree) if isinstance(node, ast.Assign)
             for target in node.targets if any(isinstance(each, ast.Compare) for each in ast.walk(node.value))}
    loops = {name for tree in programs for node in ast.walk(tree) if isinstance(node, ast.For)
             for name in _names(node.target)}
    return {name: many for name, many in found.items() if name not in masks | loops}


def _made(op: ast.operator, left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.BinOp(left, op, right)


def _picked_of_each(index: ast.AST) -> tuple[str, str] | None:
    """The y and the i of p[i, y[i]], in which i is each row."""
    index = index.slice if isinstance(index, ast.Subscript) else index
    if not isinstance(index, ast.Tuple) or len(index.elts) != 2:
        return None
    row, picked = index.elts
    if isinstance(row, ast.Name) and isinstance(picked, ast.Subscript) and isinstance(picked.value, ast.Name) \
            and isinstance(picked.slice, ast.Name) and picked.slice.id == row.id:
        return picked.value.id, row.id
    return None


class _AsFormula(ast.NodeTransformer):
    """An expression as the formula that is read."""

    def __init__(self, reading: _CodeRead) -> None:
        self.reading = reading

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Refuses what is no formula."""
        if isinstance(node, ast.IfExp | ast.Lambda | ast.ListComp | ast.GeneratorExp | ast.Dict | ast.Starred | ast.JoinedStr
                      | ast.List | ast.Await | ast.NamedExpr | ast.FloorDiv | ast.Mod | ast.SetComp | ast.DictComp):
            raise NotSaid("this is no formula")
        return super().generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name is what it was last made, where that has no line of its own."""
        return self.reading.at(node.id)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Numbers alone."""
        if isinstance(node.value, str | bytes):
            raise NotSaid("this is no formula")
        return node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """self.W is W."""
        if isinstance(node.value, ast.Name) and node.value.id in {"self", "ctx"}:
            return self.visit_Name(ast.Name(node.attr, ast.Load()))
        if isinstance(node.value, ast.Name) and node.value.id in _MODULES:
            return node
        if node.attr in ("shape", "grad", "data", "real", "flat"):
            raise NotSaid(f"what .{node.attr} is here is not known")
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        """~mask is 1 - mask."""
        if isinstance(node.op, ast.Invert | ast.Not):
            return _made(ast.Sub(), ast.Constant(1), self.visit(node.operand))
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """Sizes, and the entries of the right classes; other entries by an index that has a word for a name are not read."""
        index = node.slice
        if (key := _keyed(node)) is not None:
            return self.visit_Name(ast.Name(key, ast.Load()))
        if (size := self.reading.size(node)) is not None:
            return size
        if (hot := self.reading.hot(index)) is not None:
            if _called(node.value)[0] == RECORDS.eye.name:
                return hot
            if not isinstance(index, ast.Tuple):
                return ast.Subscript(self.visit(node.value), index, ast.Load())
            total = ast.Attribute(_made(ast.Mult(), self.visit(node.value), hot), RECORDS.sum.name, ast.Load())
            return ast.Call(total, [], [ast.keyword("axis", ast.Constant(1))])
        if any(len(each) > 1 or not each.islower() for each in _names(index) - _MODULES) or any(
                isinstance(each, ast.Compare) or (isinstance(each, ast.Slice) and (each.lower or each.upper))
                for each in ast.walk(index)):
            raise NotSaid("entries that an index picks are not read here")
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        """Calls by their other names: x.dot(W) is x @ W, and x.copy() is x."""
        name, given = _called(node)
        if (size := self.reading.size(node)) is not None:
            return size
        hot = self.reading.hot(given[0]) if given and name in (RECORDS.one_hot.name, "onehot", "to_categorical") else None
        if hot is not None:
            return hot if isinstance(hot, ast.Name) or len(given) > 1 else node
        if name in self.reading.helpers:
            return self.reading.helper(name, node, self)
        if _RESHAPED.fullmatch(name) or any(each.arg in (None, "out", RECORDS.where.name) for each in node.keywords):
            raise NotSaid(f"{name} is not read here")
        if _SAME.fullmatch(name) and given:
            return self.visit(given[0])
        if len(given) == 2 and (sign := next((op for word, op in _BINARY if word.fullmatch(name)), None)) is not None:
            return _made(sign(), self.visit(given[0]), self.visit(given[1]))
        if name == "square" and len(given) == 1:
            return _made(ast.Pow(), self.visit(given[0]), ast.Constant(2))
        if name in (RECORDS.transpose.name, "t", "swapaxes") and given:
            return ast.Attribute(self.visit(given[0]), "T", ast.Load())
        if name == RECORDS.where.name and len(given) == 3:
            return _where(*[self.visit(each) for each in given])
        return self._reduced(node, name, given) if _REDUCED.fullmatch(name) else self._plain(node)

    def _plain(self, node: ast.Call) -> ast.Call:
        """A call by its own name, with its arguments read."""
        func = node.func
        if isinstance(func, ast.Attribute) and not (isinstance(func.value, ast.Name) and func.value.id in _MODULES):
            func = ast.Attribute(self.visit(func.value), func.attr, ast.Load()) if _called(node)[1] != node.args else \
                ast.Name(func.attr, ast.Load())
        elif isinstance(func, ast.Attribute) and ast.unparse(func.value) not in ("np", "numpy", "torch"):
            func = ast.Name(func.attr, ast.Load())
        return ast.Call(func, [self.visit(each) for each in node.args],
                        [ast.keyword(each.arg, self.visit(each.value)) for each in node.keywords if each.arg != "dtype"])

    def _reduced(self, node: ast.Call, name: str, given: list[ast.expr]) -> ast.Call:
        """x.sum(0, keepdim=True) is x.sum(axis=0, keepdims=True); torch's var divides by n - 1 if nothing else is said."""
        words = {each.arg: each.value for each in node.keywords if each.arg != "dtype"}
        torch = "dim" in words or (isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
                                   and node.func.value.id == "torch")
        biased = [words.pop(key) for key in ("unbiased", "correction") if key in words]
        if name in (RECORDS.var.name, RECORDS.std.name) and torch and not any(_is_number(each, 0) for each in biased):
            raise NotSaid(f"torch's {name} divides by n - 1")
        made = self._plain(ast.Call(node.func, list(node.args), []))
        pairs = (RECORDS.max.name, RECORDS.min.name)
        if len(given) == 2 and name not in pairs and isinstance(given[1], ast.Constant | ast.UnaryOp):
            words = {"axis": made.args.pop(), **words}
        other = {"dim": "axis", "keepdim": "keepdims"}
        made.keywords = [ast.keyword(other.get(key or "", key), value) for key, value in words.items()]
        return made


def _where(case: ast.expr, then: ast.expr, other: ast.expr) -> ast.expr:
    """np.where of numbers as a sum of products with what is 1 in one case and 0 in the other."""
    first = case if _is_number(then, 1) else _made(ast.Mult(), then, case)
    if _is_number(other, 0):
        return first
    rest = _made(ast.Mult(), other, _against(case))
    return rest if _is_number(then, 0) else _made(ast.Add(), first, rest)


def _against(case: ast.expr) -> ast.expr:
    """The opposite of a case."""
    if isinstance(case, ast.Compare) and len(case.ops) == 1 and type(case.ops[0]) in _OPPOSITE:
        return ast.Compare(case.left, [_OPPOSITE[type(case.ops[0])]()], case.comparators)
    return _made(ast.Sub(), ast.Constant(1), case)


class _Replaced(ast.NodeTransformer):
    """An expression with others in the place of names."""

    def __init__(self, put: dict[str, ast.expr]) -> None:
        self.put = put

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """What stands for a name."""
        return copy.deepcopy(self.put.get(node.id, node))


@dataclass
class _CodeRead:
    """What is known of the names of all fences of a text, while they are read in order."""

    programs: list[ast.Module]
    notes: list[tuple[int, str]] = field(default_factory=list)
    versions: dict[str, _Made] = field(default_factory=dict)
    inlined: dict[str, ast.expr] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    sizes: dict[tuple[str, object], ast.expr] = field(default_factory=dict)
    said: dict[int, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    first: int = 0

    def __post_init__(self) -> None:
        self.labels = _labels(self.programs)
        self.rows: dict[str, str] = {}
        defined = {node.name: node for tree in self.programs for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        used = {node.func.id for tree in self.programs for node in ast.walk(tree)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        self.helpers = {name: node for name, node in defined.items() if name in used and node.body
                        and isinstance(node.body[-1], ast.Return) and not isinstance(node.body[-1].value, ast.Tuple | None)}

    # -------------------------------------------------------------- names

    def at(self, name: str) -> ast.expr:
        """What a line reads by a name."""
        self._known(name)
        if name in self.inlined:
            return copy.deepcopy(self.inlined[name])
        if name in self.versions:
            self.versions[name].read = True
        return ast.Name(name, ast.Load())

    def _known(self, name: str) -> None:
        """Refuses a name that was not read, and the gradient by it."""
        for each in (name, *([name[1:]] if name.startswith("d") else [])):
            if each in self.lost:
                raise NotSaid(f"{each} is not read, see line {self.lost[each]}")

    def size(self, node: ast.expr) -> ast.expr | None:
        """X.shape[0] and len(X), by the name that the size has."""
        name, given = _called(node)
        axis: object = 0
        of = given[0] if name == "len" and len(given) == 1 else None
        if name == "size" and len(given) == 2 and isinstance(given[1], ast.Constant):
            of, axis = given[0], given[1].value
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            if not isinstance(node.slice, ast.Constant):
                raise NotSaid("which size this is is not known")
            of, axis = node.value.value, node.slice.value
        if of is None:
            return None
        if (_root(of), axis) not in self.sizes:
            raise NotSaid(f"the size {ast.unparse(node)} has no name: write N = {ast.unparse(node)} above")
        return copy.deepcopy(self.sizes[_root(of), axis])

    def hot(self, index: ast.expr) -> ast.expr | None:
        """The one-hot array of the labels that an index names; that of many rows is told what it is."""
        each = _picked_of_each(index)
        name = ast.Name(each[0], ast.Load()) if each and each[1] not in self.versions else index
        name = index.elts[1] if isinstance(index, ast.Tuple) and len(index.elts) == 2 and _counted(index.elts[0]) else name
        if not isinstance(name, ast.Name) or name.id not in self.labels or (
                self.labels[name.id] != isinstance(index, ast.Tuple) and not isinstance(index, ast.Name)):
            return None
        self._known(name.id)
        if not self.labels[name.id]:
            return ast.Call(ast.Name(RECORDS.one_hot.name, ast.Load()), [name], [])
        rows = "?"
        if isinstance(index, ast.Tuple):
            of = _called(index.elts[0])[1]
            rows = of[0].id if len(of) == 1 and isinstance(of[0], ast.Name) else "?"
        rows = self.rows[name.id] = rows if rows != "?" else self.rows.get(name.id, "?")
        self.told.append(f"`{name.id}_onehot`: shape ({rows}, ?) one-hot")
        return ast.Name(f"{name.id}_onehot", ast.Load())

    def helper(self, name: str, call: ast.Call, reading: _AsFormula) -> ast.expr:
        """What a function of assignments and one value returns."""
        function = self.helpers[name]
        names = [each.arg for each in function.args.args]
        if call.keywords or len(call.args) != len(names):
            raise NotSaid(f"{name} is not read here")
        put: dict[str, ast.expr] = {key: reading.visit(value) for key, value in zip(names, call.args, strict=True)}
        inner = _AsFormula(_CodeRead([]))
        inner.reading.labels, inner.reading.helpers = self.labels, {k: v for k, v in self.helpers.items() if k != name}
        for each in function.body:
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                continue
            value: ast.expr | None = None
            if isinstance(each, ast.Return | ast.Assign) and each.value is not None:
                value = _Replaced(put).visit(inner.visit(copy.deepcopy(each.value)))
            if value is None or sum(1 for _ in ast.walk(value)) > MAX_NODES:
                break
            if isinstance(each, ast.Return):
                return value
            if not isinstance(each, ast.Assign) or len(each.targets) != 1 or not isinstance(each.targets[0], ast.Name):
                break
            put[each.targets[0].id] = value
        raise NotSaid(f"{name} is not read here")

    # -------------------------------------------------------------- lines

    def fence(self, code: str, tree: ast.Module, first: int) -> str:
        """The lines of a fence as formulas, comments that say shapes, and blanks."""
        self.lines, self.first, self.told = code.split("\n"), first, []
        kept = {k: _comment(line) for k, line in enumerate(self.lines)}
        self.body(tree.body)
        made = [self.said.get(first + k, kept[k]) for k in range(len(self.lines))]
        return "\n".join(made)

    def body(self, statements: list[ast.stmt]) -> None:
        """Statements in order; what cannot be said is noted and spoils its own names alone."""
        for each in statements:
            try:
                self._statement(each)
            except (NotSaid, RecursionError) as reason:
                self._lose(each, str(reason) or "this is no formula")

    def _statement(self, each: ast.stmt) -> None:
        if isinstance(each, ast.FunctionDef):
            if each.name not in self.helpers:
                for name in (arg.arg for arg in each.args.args):
                    self.lost.pop(name, None)
                self.body(each.body)
        elif isinstance(each, ast.ClassDef):
            self.body([inner for inner in each.body if getattr(inner, "name", "") != "__init__"])
        elif isinstance(each, ast.With):
            self.body(each.body)
        elif isinstance(each, ast.For | ast.While | ast.If | ast.Try):
            raise NotSaid("a loop is not read" if isinstance(each, ast.For | ast.While) else "a case is not read")
        elif isinstance(each, ast.Assert):
            self._asserted(each, each.test)
        elif isinstance(each, ast.Expr):
            self._alone(each)
        elif isinstance(each, ast.AugAssign):
            self._update(each, each.target, each.op, each.value)
        elif isinstance(each, ast.Assign | ast.AnnAssign) and each.value is not None:
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            if len(targets) != 1:
                raise NotSaid("two names at once")
            self._assign(each, targets[0], each.value)

    def _alone(self, each: ast.Expr) -> None:
        """An expression that stands alone: a docstring says shapes, np.add.at and x.add_() change what they are of."""
        if isinstance(each.value, ast.Constant) and isinstance(each.value.value, str):
            for k in range(each.lineno - 1, each.end_lineno or each.lineno):
                self.said[self.first + k] = _comment("# " + self.lines[k].replace('"""', " ").replace("'''", " "))
            return
        name, given = _called(each.value)
        if _ASSERTED.fullmatch(name):
            self._asserted(each, each.value)
        if given and (name in ("at", "fill", "fill_diagonal", "sort", "put", "copyto") or (
                name.endswith("_") and not name.endswith("__"))):
            raise NotSaid(f"what {ast.unparse(each.value)[:40]} does is not read")

    def _asserted(self, each: ast.stmt, test: ast.expr) -> None:
        """Claim that two values are one, as np.allclose(a, b) and a == b do; what is asserted of shapes says nothing."""
        name, given = _called(test)
        while name in ("all", "bool") and len(given) == 1:
            test = given[0]
            name, given = _called(test)
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
            name, given = "equal", [test.left, *test.comparators]
        if _OF_SHAPES.search(ast.unparse(test)) and name == "equal":
            return
        if not (_COMPARED.fullmatch(name) or _ASSERTED.fullmatch(name)) or len(given) < 2:
            raise NotSaid("what is asserted here is not read")
        left, right = map(self._formula, given[:2])
        # A name alone on the left would be given a new value.
        left, right = (right, left) if isinstance(left, ast.Name) else (left, right)
        left = _made(ast.Add(), left, ast.Constant(0)) if isinstance(left, ast.Name) else left
        self.said[self.first + each.lineno - 1] = f"{ast.unparse(left)} = {ast.unparse(right)}"

    def _lose(self, each: ast.stmt, reason: str) -> None:
        """Leave a statement unread, and what is made in it."""
        names = {_root(node) for node in ast.walk(each) if isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
                 and isinstance(node.ctx, ast.Store)}
        calls = [node for node in ast.walk(each) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
        names |= {_root(given[0]) for call in calls if (given := _called(call.value)[1])}
        line = self.first + each.lineno
        for name in names - {""}:
            self._forget(name, line)
        self.notes.append((line, reason))

    def _forget(self, name: str, line: int) -> None:
        version = self.versions.pop(name, None)
        if version is not None and not version.read:
            self.said[version.line] = ""
        self.inlined.pop(name, None)
        self.lost[name] = line

    def _assign(self, each: ast.stmt, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple):
            self._sizes(target, value)
            return
        name = _root(target)
        if isinstance(target, ast.Subscript) and _keyed(target) is None:
            self._update(each, target, None, value)
            return
        if isinstance(target, ast.Attribute) and ast.unparse(target.value) not in {"self", "ctx"}:
            raise NotSaid("this is no formula")
        if self._says_nothing(name, value):
            return
        if name in _names(value):
            self._change(each, name, value)
            return
        formula = self._formula(value)
        self._of_a_loss(name)
        self.lost.pop(name, None)
        self.inlined.pop(name, None)
        self.same.pop(name, None)
        if isinstance(value, ast.Name):
            self.same[name] = value.id
        if self._through(name, formula):
            self.inlined[name] = formula
            return
        self.versions[name] = _Made(formula, self.first + each.lineno - 1)
        self._say(each, name, value, formula)

    def _of_a_loss(self, name: str) -> None:
        """Refuses a gradient where what it is the gradient of, or by, was not read."""
        if len(name) > 1 and name.startswith("d"):
            for each in (name[1:], *filter(_LOSS.fullmatch, self.lost)):
                self._known(each)

    def _formula(self, value: ast.expr) -> ast.expr:
        formula: ast.expr = _AsFormula(self).visit(copy.deepcopy(value))
        if sum(1 for _ in ast.walk(formula)) > MAX_NODES:
            raise NotSaid("this is too long")
        return ast.fix_missing_locations(formula)

    def _say(self, each: ast.stmt, name: str, value: ast.expr | None, formula: ast.expr) -> None:
        line = self.first + each.lineno - 1
        as_it_was = value is not None and each.lineno == each.end_lineno and ast.dump(value) == ast.dump(formula) \
            and isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
        shown = ast.unparse(formula)
        shown = f"({shown})" if isinstance(formula, ast.Compare) else shown
        written = self.lines[each.lineno - 1]
        self.said[line] = written if as_it_was else f"{written[:len(written) - len(written.lstrip())]}{name} = {shown}"

    def _says_nothing(self, name: str, value: ast.expr) -> bool:
        """Whether a value is drawn, begun with or loaded; what it says of shapes is kept."""
        called, given = _called(value)
        inner = value
        while isinstance(inner, ast.BinOp):
            inner = inner.left if _called(inner.left)[0] or isinstance(inner.left, ast.BinOp) else inner.right
        drawn, sized = _called(inner)
        if isinstance(value, ast.List | ast.Tuple | ast.Dict | ast.Constant) and not (
                isinstance(value, ast.Constant) and isinstance(value.value, int | float)):
            self.versions.pop(name, None)
            return True
        if (isinstance(value, ast.Subscript) and isinstance(value.value, ast.Attribute) and value.value.attr == "shape") \
                or (called in ("len", "size") and given):
            self._size_named(name, value)
            return True
        if _DRAWN.fullmatch(drawn) and not (drawn in ("array", "tensor") and given and not isinstance(given[0], ast.List)):
            listed = sized[0].elts if len(sized) == 1 and isinstance(sized[0], ast.Tuple | ast.List) else sized
            sizes = [ast.unparse(size) for size in listed if isinstance(size, ast.Name)]
            shaped = drawn in (RECORDS.zeros.name, "randn", "rand", "empty", "standard_normal")
            if shaped and sizes and len(sizes) == len(listed):
                self.told.append(f"`{name}`: shape ({', '.join(sizes)}{',' * (len(sizes) == 1)})")
            self._forget(name, self.first)
            self.lost.pop(name)
            if drawn.startswith(RECORDS.zeros.name):
                self.versions[name] = _Made(ast.Constant(0), -1)
            return True
        return False

    def _size_named(self, name: str, value: ast.expr) -> None:
        """N = X.shape[0]."""
        try:
            self.size(value)
        except NotSaid:
            of, at = (value.value.value, value.slice) if isinstance(value, ast.Subscript) and isinstance(
                value.value, ast.Attribute) else (*_called(value)[1], ast.Constant(0))[:2]
            if isinstance(at, ast.Constant):
                self.sizes[_root(of), at.value] = ast.Name(name, ast.Load())

    def _sizes(self, target: ast.Tuple, value: ast.expr) -> None:
        """N, D = X.shape tells the sizes of X; what a cache gives back says nothing."""
        names = [each.id for each in target.elts if isinstance(each, ast.Name)]
        if isinstance(value, ast.Attribute) and value.attr == "shape" and len(names) == len(target.elts):
            of = _root(value.value)
            self.told.append(f"`{of}`: shape ({', '.join('?' if each == '_' else each for each in names)})")
            self.sizes |= {(of, k): ast.Name(each, ast.Load()) for k, each in enumerate(names) if each != "_"}
        elif not isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
            raise NotSaid("two names at once")

    # -------------------------------------------------------------- changes

    def _update(self, each: ast.stmt, target: ast.expr, op: ast.operator | None, value: ast.expr) -> None:
        """name /= N, name[y] -= 1, name[h <= 0] = 0: the same name after it."""
        name = _root(target)
        old = ast.Name(name, ast.Load())
        if isinstance(target, ast.Name) or _keyed(target) is not None or (
                isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"):
            new = _made(op or ast.Add(), old, value)
        elif isinstance(target, ast.Subscript) and (hot := self.hot(target.slice)) is not None:
            begun = self.versions.get(name)
            if op is None and begun is not None and begun.line < 0 and _is_number(value, 1):
                new = hot
            elif isinstance(op, ast.Add | ast.Sub):
                new = _made(op, old, hot if _is_number(value, 1) else _made(ast.Mult(), value, hot))
            else:
                raise NotSaid("what this does to some of the entries is not read")
        elif isinstance(target, ast.Subscript) and op is None and _is_number(value, 0) and self._is_case(target.slice):
            case = target.slice
            inverted = isinstance(case, ast.UnaryOp) and isinstance(case.op, ast.Invert)
            new = _made(ast.Mult(), old, case.operand if inverted else _against(case))  # type: ignore[attr-defined]
        else:
            raise NotSaid("what this does to some of the entries is not read")
        self._change(each, name, new)
        for other in [self.same.get(name), *(key for key, of in self.same.items() if of == name)]:
            if other is not None:
                self.inlined.pop(other, None)
                self.lost[other] = self.first + each.lineno

    def _is_case(self, index: ast.expr) -> bool:
        if isinstance(index, ast.UnaryOp):
            return self._is_case(index.operand)
        return isinstance(index, ast.Compare) or (isinstance(index, ast.Name) and index.id in self.versions and isinstance(
            self.versions[index.id].formula, ast.Compare))

    def _change(self, each: ast.stmt, name: str, value: ast.expr) -> None:
        """A name made of itself: one equation with what it was before, or what is read below for a step back."""
        self._known(name)
        self._of_a_loss(name)
        version = self.versions.get(name)
        if version is None and name not in self.inlined:
            raise NotSaid(f"{name} is changed, and what it was before has no name")
        before = self.inlined.pop(name, None)
        if before is None and version is not None and not self._is_step(name, value):
            if version.read:
                raise NotSaid(f"{name} is changed after it was used")
            self.inlined[name] = version.formula if version.line >= 0 or name not in _names(value) else ast.Constant(0)
            formula = _plus_nothing(self._formula(value))
            del self.inlined[name]
            self.said[version.line] = ""
            self.versions[name] = _Made(formula, self.first + each.lineno - 1)
            self._say(each, name, None, formula)
            return
        if before is not None:
            self.inlined[name] = before
        self.inlined[name] = self._formula(value)

    def _is_step(self, name: str, value: ast.expr) -> bool:
        """Whether a gradient is multiplied by a slope or a mask, so that it is then by what the function was taken of."""
        if not name.startswith("d") or not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Mult):
            return False
        factor = value.right if isinstance(value.left, ast.Name) and value.left.id == name else value.left
        stem = self.versions.get(name[1:])
        masks = {each for each in _names(factor) if each in self.versions
                 and isinstance(self.versions[each].formula, ast.Compare)}
        return name[1:] in _names(factor) or bool(masks) or any(isinstance(x, ast.Compare) for x in ast.walk(factor)) or (
            stem is not None and isinstance(factor, ast.Name) and factor.id in _names(stem.formula))

    def _through(self, name: str, formula: ast.expr) -> bool:
        """Whether dh = g * (h > 0) with h = relu(...): the gradient of what h was taken of, which has no name."""
        stem = self.versions.get(name[1:]) if name.startswith("d") else None
        if stem is None or not _ACTIVATIONS.fullmatch(_called(stem.formula)[0]) or any(
                isinstance(each, ast.Name) and each.id in self.versions for each in _called(stem.formula)[1]):
            return False
        h = name[1:]
        slopes = {f"{h} > 0", f"1 - {h} ** 2", f"1 - {h} * {h}", f"{h} * (1 - {h})"}
        return isinstance(formula, ast.BinOp) and isinstance(formula.op, ast.Mult) and any(
            ast.unparse(side) in slopes for side in (formula.left, formula.right))


def _plus_nothing(formula: ast.expr) -> ast.expr:
    """0 + x as x."""
    if isinstance(formula, ast.BinOp) and isinstance(formula.op, ast.Add) and _is_number(formula.left, 0):
        return formula.right
    return formula


def _comment(line: str) -> str:
    """A comment that says shapes, its names marked as such; "" for any other line."""
    _, sign, said = line.partition("#")
    if not sign or "(" not in said or "=" in said:
        return ""
    return "# " + _SHAPED_NAMES.sub(lambda m: ", ".join(f"`{each.strip()}`" for each in m[1].split(",")), said)

