"""Architectures as text: one layer a line, as it is written in Python, and the input.

    input = 3, H, W             # sizes: numbers, or names for symbols
    conv1 = Conv2d(64, 7, stride=2, padding=3, bias=False)
    BatchNorm2d()
    4 * Residual(Conv2d(64, 3, padding=1), ReLU(), Conv2d(64, 3, padding=1))
    Parallel(Conv2d(16, 1), [MaxPool2d(3, 1, padding=1), Conv2d(16, 1)])

A name before ``=`` is the layer's in the table; ``4 *`` repeats; brackets are a Sequential.  The text is read, never run:
layers, numbers, names of sizes, and + - * // ** between them are all there is.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from difflib import get_close_matches
from textwrap import dedent
from typing import Any

from sympy import Expr

from ..arrays.arrays import as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import OPERATORS
from ..arrays.sizes import floor_div, written_out
from ..arrays.strict import shown
from ..bounds import admit_power, bounded
from ..errors import ParseError, SymderivError
from ..layers.windows import MODES
from . import dense, networks
from . import sliding_layers as sliding
from .layer_plan import Layer
from .networks import Residual, Sequential
from .size_text import plain

LAYERS: dict[str, Any] = {name: getattr(room, name) for room in (networks, sliding, dense) for name in room.__all__}
# What an activation may be given in brackets: nothing that is counted depends on it.
SETTINGS = frozenset({"inplace", "dim", "approximate", "negative_slope", "alpha"})
MOST_CHARACTERS = 1_000_000
MOST_LAYERS = 20_000
LARGEST = 10**100


@bounded
def read_description(text: str) -> tuple[Sequential, tuple[Any, ...] | None]:
    """The network, and the sizes of the input where the text gives them.  Raises ParseError with line and column."""
    try:
        return _DescriptionReader(text).network()
    except RecursionError as error:
        raise ParseError("the description is nested too deeply") from error


@bounded
def read_sizes(text: str) -> tuple[Any, ...]:
    """Sizes between commas or blanks: "3, 224, 224", "3 H W".  Raises ParseError."""
    if not isinstance(text, str):
        raise ParseError(f"sizes are read from text, not from {shown(text)}", hint="such as 3, 224, 224")
    value = _DescriptionReader(text if "," in text else ", ".join(text.split())).sizes()
    return value if isinstance(value, tuple) else (value,)


class _DescriptionReader:
    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise ParseError(f"a description is text, not {shown(text)}", hint="one layer a line, such as Conv2d(8, 3)")
        if len(text) > MOST_CHARACTERS:
            raise ParseError(f"a description of {len(text)} characters is too long", hint=f"at most {MOST_CHARACTERS}")
        self.text = dedent(text)
        try:
            with warnings.catch_warnings():
                # Python's advice on the style of a program has no place here.
                warnings.simplefilter("ignore", SyntaxWarning)
                self.tree = ast.parse(self.text)
        except SyntaxError as error:
            raise ParseError(error.msg or "this is no description", line=error.lineno or 1, column=error.offset or 1,
                             where=(error.text or "").strip() or None) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise ParseError("this is no description that can be read", hint="plain text, not too deeply nested") from error

    def network(self) -> tuple[Sequential, tuple[Any, ...] | None]:
        layers: list[Layer] = []
        given: tuple[Any, ...] | None = None
        for line in self.tree.body:
            if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
                name, value = line.targets[0].id, line.value
                if name == "input":
                    read = self.value(value)
                    given = read if isinstance(read, tuple) else (read,)
                    continue
                layers += [layer.named(name) for layer in self.line(value)]
            elif isinstance(line, ast.Expr):
                layers += self.line(line.value)
            else:
                raise self.error(line, "a line is a layer, or name = layer", "Conv2d(8, 3, padding=1)")
        if not layers:
            raise ParseError("there are no layers", hint="one a line, such as Conv2d(8, 3, padding=1)")
        return Sequential(*layers), given

    def sizes(self) -> Any:
        if len(self.tree.body) != 1 or not isinstance(self.tree.body[0], ast.Expr):
            raise ParseError(f"{self.text!r} is no list of sizes", hint="such as 3, 224, 224")
        return self.value(self.tree.body[0].value)

    def line(self, node: ast.expr) -> list[Layer]:
        """The layers of a line; a comma at its end makes a tuple of it."""
        return [self.layer(part) for part in (node.elts if isinstance(node, ast.Tuple) else [node])]

    def layer(self, node: ast.expr) -> Layer:
        value = self.value(node)
        if isinstance(value, list):
            return Sequential(*(self.as_layer(node, v) for v in value))
        return self.as_layer(node, value)

    def as_layer(self, node: ast.expr, value: Any) -> Layer:
        if not isinstance(value, Layer):
            raise self.error(node, "this is not a layer", "Conv2d(8, 3, padding=1)")
        return value

    def value(self, node: ast.expr) -> Any:
        """A layer, a list, a tuple, a number, a word, or an expression in sizes."""
        if isinstance(node, ast.Constant):
            if node.value is None or isinstance(node.value, bool | int | str | float):
                return node.value
        elif isinstance(node, ast.Name):
            if node.id in LAYERS:
                raise self.error(node, f"{node.id} stands without its brackets", f"{node.id}(...)")
            if node.id in MODES or node.id in OPERATORS:
                raise self.error(node, f"{node.id} is a word here", f'in quotes: "{node.id}"')
            return dims(node.id)
        elif isinstance(node, ast.Tuple):
            return tuple(self.value(v) for v in node.elts)
        elif isinstance(node, ast.List):
            return [self.value(v) for v in node.elts]
        elif isinstance(node, ast.Call):
            return self.call(node)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self.number(node.operand)
        elif isinstance(node, ast.BinOp):
            return self.arithmetic(node)
        raise self.error(node, "this is no part of a description",
                         "layers, numbers, names of sizes, and + - * // ** between them")

    def call(self, node: ast.Call) -> Layer:
        if not isinstance(node.func, ast.Name) or node.func.id not in LAYERS:
            name = ast.unparse(node.func)
            function = dense.activation_named(name)
            if function and not node.args and SETTINGS.issuperset([k.arg for k in node.keywords]):
                for setting in node.keywords:
                    self.value(setting.value)
                return dense.Activation(function)
            near = get_close_matches(name, LAYERS, 1, 0.5)
            raise self.error(node, f"no layer is named {name}", f"did you mean {near[0]}?" if near else ", ".join(LAYERS))
        make = LAYERS[node.func.id]
        if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            raise self.error(node, "a layer takes its numbers one by one")
        args = [self.value(a) for a in node.args]
        options = {k.arg: self.value(k.value) for k in node.keywords if k.arg is not None}
        try:
            made: Layer = make(*args, **options)
            return made
        except TypeError as error:
            takes = ", ".join(list(inspect.signature(make.__init__).parameters)[1:])
            raise self.error(node, f"{node.func.id}: {error}", f"{node.func.id}({takes})") from error
        except ParseError:
            raise
        except SymderivError as error:
            raise self.error(node, error.message, error.hint) from error

    def arithmetic(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Mult):
            for times, layers, where in ((left, right, node.right), (right, left, node.left)):
                if isinstance(layers, Layer | list):
                    return self.repeated(node, times, self.layer(where))
        a, b = self.number(node.left, left), self.number(node.right, right)
        if isinstance(node.op, ast.Add):
            return plain(written_out(a + b))
        if isinstance(node.op, ast.Sub):
            return plain(written_out(a - b))
        if isinstance(node.op, ast.Mult):
            return plain(written_out(a * b))
        if isinstance(node.op, ast.FloorDiv) and b != 0:
            return plain(written_out(floor_div(a, b)))
        if isinstance(node.op, ast.Pow) and b.is_Integer and 0 <= b <= 16:
            if a.is_Integer:
                admit_power(a, b)
            return plain(written_out(a**b))
        raise self.error(node, "this cannot be computed here", "+ - * // and ** with whole exponents up to 16")

    def repeated(self, node: ast.expr, times: Any, layer: Layer) -> Layer:
        if not isinstance(times, int) or isinstance(times, bool) or times < 1:
            raise self.error(node, "layers are repeated a whole number of times", "4 * Conv2d(8, 3, padding=1)")
        if times * max(1, _leaves(layer)) > MOST_LAYERS:
            raise self.error(node, f"these are more than {MOST_LAYERS} layers")
        return Sequential(*[layer] * times)

    def number(self, node: ast.expr, value: Any = None) -> Expr:
        value = self.value(node) if value is None else value
        if isinstance(value, bool) or not isinstance(value, int | Expr):
            raise self.error(node, "this is not a size")
        if isinstance(value, int) and abs(value) > LARGEST:
            raise self.error(node, "this number is too large for a size")
        return as_expr(value)

    def error(self, node: ast.AST, message: str, hint: str | None = None) -> ParseError:
        line = getattr(node, "lineno", 1)
        shown = self.text.splitlines()[line - 1].strip() if self.text else None
        return ParseError(message, line=line, column=getattr(node, "col_offset", 0) + 1, where=shown, hint=hint)


def _leaves(layer: Layer) -> int:
    """The number of layers in a network."""
    parts = (*getattr(layer, "layers", ()), *((layer.shortcut,) if isinstance(layer, Residual) else ()))
    return sum(map(_leaves, parts)) if hasattr(layer, "layers") else 1
