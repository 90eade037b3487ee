"""The same straight-line code for JAX and PyTorch, which are needed only where it is run.

NumPy's names are theirs too but for the few in the tables; what a library lacks is written as a small function in front,
from helpers.toml.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Any, cast

from sympy import Expr

from ..arrays.strict import shown
from ..errors import DeclarationError, UnknownFunction
from ..functions import FUNCTIONS, ScalarFunction
from ..functions.network_functions import sigmoid as logistic
from ..functions.of_matrices import CHOLESKY, EIGENVALUES, matrix_exponential
from .compiled import Code, closed_expression, compile_numpy, prelude_of, words_of

TARGETS = ("numpy", "jax", "torch")

SAME = frozenset(re.findall(r"\w+", """
    sqrt expm1 log1p exp2 log2 log10 square sum mean einsum where eye arange zeros ones matmul reshape kron stack
    trace squeeze broadcast_to tril triu roll cumsum argmax argmin any all logical_not moveaxis swapaxes diagonal diag
    ravel""")) | {
    f.numpy.removeprefix("np.").partition("(")[0] for f in FUNCTIONS.values()
    if f.torch is None and f.numpy.startswith("np.")}
"""Functions that PyTorch has under NumPy's names, with NumPy's arguments."""

TORCH = {"concatenate": "cat", "max": "amax", "min": "amin", "expand_dims": "unsqueeze", "asarray": "as_tensor",
         "greater": "gt", "equal": "eq", "prod": "prod", "clip": "clamp"}
"""Names of PyTorch's functions for NumPy's."""

LINALG = frozenset({"inv", "det", "slogdet", "norm", "solve", EIGENVALUES, "eigh", "svd", CHOLESKY})


class Translation(ast.NodeTransformer):
    """NumPy's functions replaced by those of another library.  Raises UnknownFunction where there is none."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.needed: set[str] = set()
        self.exponentials: dict[str, ast.expr] = {}
        """What the names of exponentials are exponentials of."""

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, node.value
            self.exponentials.pop(name, None)
            if isinstance(value, ast.Call) and _path(value.func) == "np.exp" and len(value.args) == 1:
                self.exponentials[name] = value.args[0]
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """a/(1 + e^u) as a σ(-u): e^u overflows, and what these libraries differentiate would be nan there."""
        exponent = self._exponent(node.right) if isinstance(node.op, ast.Div) else None
        if exponent is None:
            return self.generic_visit(node)
        turned = exponent.operand if isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub) else \
            ast.UnaryOp(ast.USub(), exponent)
        theirs = logistic.jax if self.module == "jnp" else logistic.torch
        assert theirs is not None
        stable = _filled(theirs, [self.visit(turned)])
        if isinstance(node.left, ast.Constant) and node.left.value == 1:
            return cast(ast.AST, stable)
        return ast.BinOp(self.visit(node.left), ast.Mult(), stable)

    def _exponent(self, node: ast.expr) -> ast.expr | None:
        """u of 1 + e^u."""
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)):
            return None
        one, other = (node.left, node.right) if isinstance(node.left, ast.Constant) else (node.right, node.left)
        if not (isinstance(one, ast.Constant) and one.value == 1):
            return None
        if isinstance(other, ast.Name):
            return self.exponentials.get(other.id)
        return other.args[0] if isinstance(other, ast.Call) and _path(other.func) == "np.exp" else None

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """JAX adds at places by a method, and hands the array back."""
        first, *rest = node.values
        if self.module == "jnp" and isinstance(first, ast.Call) and _path(first.func) == "np.add.at" and len(rest) == 1:
            array, places, values = map(self.visit, first.args)
            target = ast.Subscript(ast.Attribute(array, "at", ast.Load()), places, ast.Load())
            return ast.Call(ast.Attribute(target, "add", ast.Load()), [values], [])
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        path = _path(node.func)
        if path == "np.lib.stride_tricks.sliding_window_view":
            return self._helper("windows", node)
        if path == "entries":
            return self._helper("entries", node)
        for record, pattern in _own():
            found: dict[str, ast.expr] = {}
            theirs = record.jax if self.module == "jnp" else record.torch
            if theirs is not None and _matches(pattern, node, found):
                return cast(ast.AST, _filled(theirs, [self.visit(found[_hole(k)]) for k in range(len(record.derivative))]))
        if path == matrix_exponential.__name__:
            theirs = "jax.scipy.linalg.expm" if self.module == "jnp" else "torch.linalg.matrix_exp"
            return ast.Call(ast.parse(theirs, mode="eval").body, [self.visit(a) for a in node.args], [])
        if path == "dtype.type":
            kind = ast.keyword("dtype", ast.Name("dtype", ast.Load()))
            value: ast.AST = self.visit(node.args[0])
            asarray = "as_tensor" if self.module == "torch" else "asarray"
            return ast.Call(ast.Attribute(ast.Name(self.module, ast.Load()), asarray, ast.Load()),
                            [value], [kind])  # type: ignore[list-item]
        if self.module == "torch":
            return self._torch(node, path)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """PyTorch has no negative steps: a reversal is a flip."""
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        turned = [n for n, key in enumerate(keys) if isinstance(key, ast.Slice) and key.step is not None
                  and ast.unparse(key.step) == "-1"]
        if self.module != "torch" or not turned:
            return self.generic_visit(node)
        if any(not isinstance(key, ast.Slice) or ast.unparse(key) not in (":", "::-1") for key in keys):
            raise UnknownFunction("there is no translation of a negative step for PyTorch", hint='use source("jax")')
        axes = ast.Tuple([ast.Constant(n) for n in turned], ast.Load())
        return self._call("flip", [node.value, axes], [])

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if self.module == "torch" and _path(node) in ("np.nan", "np.pi"):
            return ast.parse(f'float("{node.attr}")' if node.attr == "nan" else "math.pi", mode="eval").body
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.module, node.ctx) if node.id == "np" else node

    def _helper(self, name: str, node: ast.Call) -> ast.AST:
        self.needed.add(name)
        return self.generic_visit(ast.Call(ast.Name(name, ast.Load()), node.args, node.keywords))

    def _torch(self, node: ast.Call, path: str) -> ast.AST:
        args, options = node.args, {k.arg: k.value for k in node.keywords}
        if isinstance(node.func, ast.Attribute) and node.func.attr == "astype":
            return self.generic_visit(ast.Call(ast.Attribute(node.func.value, "to", ast.Load()), args, []))
        if not path.startswith("np."):
            return self.generic_visit(node)
        name = path.removeprefix("np.")
        if name == "dtype":  # nothing that is given says the type
            return ast.parse("torch.get_default_dtype()", mode="eval").body
        if name in ("convolve", "pad"):
            return self._helper(name, node)
        if name in ("maximum", "minimum"):
            if any(isinstance(a, ast.Constant) for a in args):
                number = next(a for a in args if isinstance(a, ast.Constant))
                other = next(a for a in args if a is not number)
                end = ast.keyword("min" if name == "maximum" else "max", number)
                return self._call("clamp", [other], [end])
            return self._call(name, args, [])
        if name in ("var", "std"):
            options.setdefault("ddof", ast.Constant(0))
            options["correction"] = options.pop("ddof")
            return self._call(name, args, [ast.keyword(k, v) for k, v in options.items()])
        if name == "array":
            return self._call("clone", args, [])
        if name == "einsum":
            return self._call("einsum", args, [])
        if name == "transpose" and len(args) == 2:
            return self._call("permute", args, [])
        if name == "take" and "axis" in options:
            return self._call("index_select", [args[0], options["axis"], args[1]], [])
        if name.startswith("linalg.") and name.removeprefix("linalg.") in LINALG:
            return self._call(name, args, node.keywords)
        if name in SAME or name in TORCH:
            return self._call(TORCH.get(name, name), args, node.keywords)
        raise UnknownFunction(f"there is no translation of {path} for PyTorch", hint='use source("numpy") or source("jax")')

    def _call(self, name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.AST:
        function = ast.parse(f"np.{name}", mode="eval").body
        return self.generic_visit(ast.Call(function, args, keywords))


def _hole(slot: int) -> str:
    """What stands for an operand in the source of a function."""
    return f"operand_{slot}_"


@lru_cache(maxsize=1)
def _own() -> tuple[tuple[ScalarFunction, ast.expr], ...]:
    """The functions that other libraries have under names of their own, with what NumPy's source of them looks like."""
    return tuple((f, ast.parse(f.numpy.format(*map(_hole, range(len(f.derivative)))), mode="eval").body)
                 for f in FUNCTIONS.values() if f.jax or f.torch)


def _matches(pattern: ast.AST, node: ast.AST, found: dict[str, ast.expr]) -> bool:
    """Whether a node is an instance of a pattern; the operands that stand in its holes are put into ``found``."""
    if isinstance(pattern, ast.Name) and pattern.id.startswith("operand_"):
        found[pattern.id] = node  # type: ignore[assignment]
        return True
    if type(pattern) is not type(node):
        return False
    for field in pattern._fields:
        ours, theirs = getattr(pattern, field), getattr(node, field)
        if isinstance(ours, list):
            if len(ours) != len(theirs) or not all(_matches(a, b, found) for a, b in zip(ours, theirs, strict=True)):
                return False
        elif isinstance(ours, ast.AST):
            if field != "ctx" and not _matches(ours, theirs, found):
                return False
        elif ours != theirs:
            return False
    return True


def _filled(template: str, operands: list[Any]) -> Any:
    """A library's source of a function with its operands put in."""
    tree = ast.parse(template.format(*map(_hole, range(len(operands)))), mode="eval").body

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> Any:
            return operands[int(node.id.split("_")[1])] if node.id.startswith("operand_") else node
    return Fill().visit(tree)


def _path(node: ast.AST) -> str:
    """a.b.c of nested attributes of a name, else nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def source_for(expr: object, target: str = "numpy", variables: Iterable[Expr] = ()) -> str:
    """The code of an expression for a library: "numpy", "jax" or "torch".

    A function of the arrays, labels counting from 0.  Raises DeclarationError for another library, UnknownFunction
    where the library lacks what the code needs.
    """
    if not isinstance(target, str) or target not in TARGETS:
        raise DeclarationError(f"there is no code for {shown(target)}",
                               hint="one of " + ", ".join(f'"{t}"' for t in TARGETS))
    if target == "numpy":
        return compile_numpy(expr, variables)[1]
    node, reads = closed_expression(expr)
    words = words_of(reads)
    code = Code(node, reads, words, inplace=False)
    prelude, parameters = prelude_of(code, reads, words)
    module = "jnp" if target == "jax" else "torch"
    translation = Translation(module)
    lines = [*prelude, *code.lines, f"return {_unwrapped(code.value)}"]
    body = ["    " + _translated(line, translation) for line in lines]
    text = "\n".join(body)
    imports = ["import math", ""] if "math." in text else []
    if target == "jax":
        imports += ["import jax"] if "jax." in text else []
        imports += ["import jax.scipy.linalg"] if "jax.scipy.linalg" in text else []
        imports += ["import jax.numpy as jnp"]
    else:
        imports += ["import torch"]
    parts = ["\n".join(imports), *(_helpers()[module][name] for name in sorted(translation.needed)),
             "\n".join([f"def compiled({', '.join(parameters)}):", *body])]
    return "\n\n\n".join(parts) + "\n"


@lru_cache(maxsize=1)
def _helpers() -> dict[str, dict[str, str]]:
    """What a library lacks, by its module and its name."""
    return tomllib.loads(resources.files(__package__).joinpath("helpers.toml").read_text(encoding="utf-8"))


def _unwrapped(value: str) -> str:
    """Values are never changed in place here, so copies are not needed."""
    return ast.unparse(_uncopied(ast.parse(value, mode="eval").body))


def _uncopied(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Tuple):
        return ast.Tuple([_uncopied(each) for each in node.elts], ast.Load())
    if isinstance(node, ast.Call) and _path(node.func) == "np.array" and len(node.args) == 1 and not node.keywords:
        return node.args[0]
    return node


def _translated(line: str, translation: Translation) -> str:
    (statement,) = ast.parse(line.replace("return ", "result = ", 1) if line.startswith("return ") else line).body
    text = ast.unparse(ast.fix_missing_locations(translation.visit(statement)))
    return text.replace("result = ", "return ", 1) if line.startswith("return ") else text
