"""The graph of an architecture that was counted: a box for each layer, on every edge the shape of what goes along it."""

from __future__ import annotations

from collections.abc import Iterator

from ..counting.layer_plan import Layer
from ..counting.networks import Parallel, Residual, Sequential
from ..counting.rows import Row
from ..counting.size_text import shape_latex
from ..counting.table import Table
from .escape import latex_literal
from .graph import Edge, Graph, Vertex

INPUT, OUTPUT = "input", "output"


def network_graph(table: Table) -> Graph:
    """What reads what in the network of a table, with the shapes."""
    made = _Walk(iter(table.rows), {INPUT: shape_latex(table.input)}, [], [])
    ends = made.through(table.network, [INPUT])
    start, end = (Vertex(name, rf"\text{{{name}}}", rf"\text{{{name}}}", shape_latex(shape), given=True)
                  for name, shape in ((INPUT, table.input), (OUTPUT, table.output)))
    made.edges += [Edge(source, OUTPUT, made.sizes[source]) for source in ends]
    title = table.network.name or type(table.network).__name__
    return Graph(f"Graph of {title}", (start, *made.vertices, end), tuple(made.edges))


class _Walk:
    """A way through a network in the order of the rows of its table."""

    def __init__(self, rows: Iterator[Row], sizes: dict[str, str], vertices: list[Vertex], edges: list[Edge]) -> None:
        self.rows, self.sizes, self.vertices, self.edges = rows, sizes, vertices, edges

    def through(self, layer: Layer, sources: list[str]) -> list[str]:
        """What comes out of a layer that reads these: itself, or the layers at its end."""
        if isinstance(layer, Sequential):
            for inner in layer.layers:
                sources = self.through(inner, sources)
            return sources
        if isinstance(layer, Parallel):
            return self.next([end for branch in layer.layers for end in self.through(branch, sources)])
        if isinstance(layer, Residual):
            body = self.through(Sequential(*layer.layers), sources)
            return self.next([*body, *self.through(layer.shortcut, sources)])
        return self.next(sources)

    def next(self, sources: list[str]) -> list[str]:
        """The box of the next row, with an edge from everything that it reads."""
        row = next(self.rows)
        key = f"r{len(self.vertices)}"
        label = rf"\text{{{latex_literal(row.layer)}}}"
        self.sizes[key] = shape_latex(row.output)
        self.vertices.append(Vertex(key, label, label, self.sizes[key], given=False))
        self.edges += [Edge(source, key, self.sizes[source]) for source in sources]
        return [key]
