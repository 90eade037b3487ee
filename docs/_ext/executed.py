"""What the documentation computes while it is built: examples, the reference, the picture of the rooms.

    ```{run}            Python, executed in one namespace a page; the value of the last line is shown as a notebook shows it
    ```{reference}      names of symderiv, a line each: signature, docstring, and for an operator its example and derivative
    ```{rooms}          the rooms, from the contract in pyproject.toml and the imports

An example that raises ends the build.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import json
import tomllib
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

import grimp
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

import symderiv as sd
from symderiv.arrays.operator import OPERATORS
from symderiv.errors import SymderivError

ROOT = Path(__file__).parents[2]


class Run(SphinxDirective):
    """Python that is executed; ``:hidden:`` shows the result alone."""

    has_content = True
    option_spec = {"hidden": lambda _: True}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        source = "\n".join(self.content)
        try:
            output = executed(source, self.env.temp_data.setdefault("namespace", {"sd": sd}))
        except Exception as error:
            raise ExtensionError(f"{self.env.docname}, line {self.lineno}: {error}") from error
        shown: list[nodes.Node] = [] if "hidden" in self.options else [
            nodes.literal_block(source, source, language="python")]
        return [*shown, nodes.raw("", f'<div class="output">{output}</div>', format="html")] if output else shown


def executed(source: str, namespace: dict[str, Any]) -> str:
    """Run a text; what it prints and the value of its last line, as HTML."""
    tree, said = ast.parse(source), io.StringIO()
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(said):
        exec(compile(tree, "<example>", "exec"), namespace)
        value = None if last is None else eval(compile(ast.Expression(last.value), "<example>", "eval"), namespace)
    printed = pre(said.getvalue())
    if value is None:
        return printed
    html = getattr(value, "_repr_html_", None)
    return printed + (html() if html else pre(repr(value)))


def pre(text: str) -> str:
    """Plain text as HTML."""
    return f'<pre style="white-space: pre-wrap">{escape(text)}</pre>' if text else ""


class Reference(SphinxDirective):
    """Public names; all operators where none is given."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        names = [name for line in self.content for name in line.split()]
        for missing in set(names) - set(sd.__all__):
            raise ExtensionError(f"nothing public is named {missing}")
        rest = [name for name in sorted(sd.__all__) if name not in self.env.temp_data.setdefault("referred", set())
                and callable(getattr(sd, name))]
        self.env.temp_data["referred"] |= set(names or rest)
        return [part for name in names or rest for part in described(name)]


def described(name: str) -> list[nodes.Node]:
    """A public name: how it is called, what its docstring says, and an example of an operator with its derivative."""
    value = getattr(sd, name)
    try:
        signature = str(inspect.signature(value))
    except (TypeError, ValueError):
        signature = ""
    head = f"sd.{name}{signature}"
    section = nodes.section(ids=[f"sd-{name.lower()}"], names=[])
    section += nodes.title("", f"sd.{name}")
    section += nodes.literal_block(head, head, language="python")
    text = inspect.getdoc(value) or ""
    section += nodes.literal_block(text, text, language="text")
    if name in OPERATORS and OPERATORS[name].example is not None:
        with contextlib.suppress(SymderivError, StopIteration):
            example = OPERATORS[name].example()
            wrt = next(iter(example.free_symbols & set(example.args)), None) or next(a for a in example.args)
            section += nodes.raw("", example._repr_html_() + sd.derive(example, wrt)._repr_html_(), format="html")
    return [section]


class Rooms(SphinxDirective):
    """The rooms of the package from the roof down, with their size and what each imports."""

    def run(self) -> list[nodes.Node]:
        contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
        return [nodes.raw("", picture([[room.strip() for room in layer.split(":")] for layer in contract["layers"]]),
                          format="html")]


def picture(layers: list[list[str]]) -> str:
    """A drawing: a row a layer, a box a room; below its name its lines, and the rooms that it imports most."""
    graph = grimp.build_graph("symderiv", cache_dir=None)
    room = {module: module.split(".")[1] for module in graph.modules if module.count(".")}
    lines = Counter[str]()
    for module, name in room.items():
        path = ROOT / Path(*module.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        lines[name] += len(file.read_text(encoding="utf-8").splitlines())
    uses: dict[str, Counter[str]] = {}
    for module, name in room.items():
        for imported in graph.find_modules_directly_imported_by(module):
            if room.get(imported, name) != name:
                uses.setdefault(name, Counter())[room[imported]] += 1
    width, height, boxes = 880, 46, []
    for row, layer in enumerate(layers):
        x, share = 0.0, width / sum(len(name) + 4 for name in layer)
        for name in layer:
            each = share * (len(name) + 4)
            most = ", ".join(other for other, _ in uses.get(name, Counter()).most_common(4 if len(layer) < 4 else 0))
            y = row * (height + 8)
            said = f"{lines[name]} lines" + (f" · imports {most}" if most else "")
            boxes.append(f'<rect x="{x + 2}" y="{y}" width="{each - 4}" height="{height}" rx="6" fill="none" '
                         f'stroke="currentColor"/><text x="{x + each / 2}" y="{y + 19}" text-anchor="middle" '
                         f'font-weight="600" font-size="14">{escape(name)}</text><text x="{x + each / 2}" y="{y + 36}" '
                         f'text-anchor="middle" font-size="11">{escape(said)}</text>')
            x += each
    return (f'<svg viewBox="0 0 {width} {len(layers) * (height + 8)}" role="img" fill="currentColor" '
            f'aria-label="The rooms of the package, each imports those below it">{"".join(boxes)}</svg>')


def said_of_links(app: Sphinx, error: Exception | None) -> None:
    """After ./run links: how many links lead elsewhere, and what became of each; those within are checked by ./run docs."""
    if app.builder.name == "linkcheck":
        rows = [json.loads(row) for row in (Path(app.outdir) / "output.json").read_text(encoding="utf-8").splitlines()]
        print(f"{len(rows)} links lead to other hosts", *Counter(row["status"] for row in rows).items(),
              "(timeout, unchecked: the host was not reached).  Those between pages are checked by ./run docs.")


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx asks for this."""
    app.connect("build-finished", said_of_links)
    for name, directive in (("run", Run), ("reference", Reference), ("rooms", Rooms)):
        app.add_directive(name, directive)
    return {"parallel_read_safe": True}
