"""The computation graph of a derivation: what reads what, with sizes, and the way the adjoints go back.

It is read from the engine's own definitions and cotangents, so that it shows what was computed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sympy import latex

from ..arrays.arrays import Apply, Named, Tensor, latex_name
from ..errors import BoundExceeded, OutputError
from ..lowering.export import export_affine
from ..lowering.program import renamed_operator
from ..terms.affine import Affine, LabelRef
from ..terms.nodes import IndexValue, Sym, TensorEntry, subterms
from ..terms.traversals import operands_first
from ..visible import shown
from .files import write_text
from .layered import Drawing, draw
from .look import asset
from .plain_math import Run, Unwritable, runs, tspans, width
from .proofs import Names, NodeLatex

if TYPE_CHECKING:
    from ..differentiation.engine import Derivation

MAX_NODES = 300
# Points a letter, in a box and in the label of an edge; how long an equation may be before its name must do.
LETTER, SMALL = 15.0, 12.5
LONGEST = 15.0
HALF = 4.5
LEGEND = 370.0
COLORS = {"light": "--ink: #1c1d22; --quiet: #5c606b; --wash: #f2f3f5; --forward: #1f4e9c; --backward: #b3480b;",
          "dark": "--ink: #e7e8ec; --quiet: #a3a7b3; --wash: #202229; --forward: #8fb6ff; --backward: #ffa266;"}
STYLE = f"""
svg.graph {{ color-scheme: light dark; {COLORS["light"]} }}
@media (prefers-color-scheme: dark) {{ svg.graph {{ {COLORS["dark"]} }} }}
"""


@dataclass(frozen=True)
class Vertex:
    """Something given (a variable, a parameter, a label; a loss of which only the adjoint is known) or computed.

    ``label`` is LaTeX, such as z = W x.
    """

    key: str
    name: str
    label: str
    size: str
    given: bool


@dataclass(frozen=True)
class Edge:
    """A value that is read: its size, and the size of the adjoint that comes back, where one does."""

    source: str
    target: str
    size: str
    back: str = ""


@dataclass(frozen=True)
class Graph:
    """A computation graph.  ``svg()`` and ``picture()`` draw it; a notebook shows it by itself."""

    title: str
    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]

    @cached_property
    def lines(self) -> dict[str, tuple[Run, ...]]:
        """What is written in each box."""
        return {v.key: _line(v.label, v.name) for v in self.vertices}

    @cached_property
    def drawing(self) -> Drawing:
        """Where everything stands."""
        given = frozenset(v.key for v in self.vertices if v.given)
        # What reads nothing stands right above what reads it, a constant array as well as a variable.
        sources = frozenset(v.key for v in self.vertices) - {e.target for e in self.edges}
        boxes = {key: (width(line) * LETTER + (10 if key in given else 24), 24.0 if key in given else 32.0)
                 for key, line in self.lines.items()}
        edges = {(e.source, e.target): 2 * max(map(_label_width, (e.size, e.back))) + 4 * HALF + 12 for e in self.edges}
        return draw(boxes, edges, sources)

    def agrees(self, other: Graph) -> bool:
        """Whether two graphs have the same boxes and values, and no adjoint of two sizes."""
        return self.vertices == other.vertices and len(self.edges) == len(other.edges) and all(
            (a.source, a.target, a.size) == (b.source, b.target, b.size) and (not a.back or not b.back or a.back == b.back)
            for a, b in zip(self.edges, other.edges, strict=True))

    def joined(self, other: Graph | None) -> Graph:
        """The graph with the adjoints of another that agrees with it as well."""
        if other is None:
            return self
        edges = (replace(a, back=a.back or b.back) for a, b in zip(self.edges, other.edges, strict=True))
        return replace(self, edges=tuple(edges))

    def svg(self, document: bool = True) -> str:
        """The picture as an SVG document, or as a part of a page of HTML."""
        d = self.drawing
        wide, high = max(d.width, LEGEND), d.height + 26
        space = 'xmlns="http://www.w3.org/2000/svg" ' if document else ""
        parts = [f'<svg class="graph" {space}role="img" '
                 f'viewBox="{(d.width - wide) / 2:.0f} 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" height="{high:.0f}" '
                 f'aria-label="{escape(self.title)}">', f"<desc>{escape(self.words())}</desc>"]
        parts.append(f"<style>{STYLE}{asset('graph.css')}</style>")
        back = {(e.source, e.target): e for e in self.edges}
        returning = [route.corners for route in d.routes if back[route.source, route.target].back]
        parts += _svg_wires([route.corners for route in d.routes], "forward", -HALF)
        parts += _svg_wires(returning, "backward", HALF)
        for key, box in d.boxes.items():
            vertex = next(v for v in self.vertices if v.key == key)
            if not vertex.given:
                parts.append(f'<rect class="box" x="{box.x - box.body / 2:.1f}" y="{box.y:.1f}" width="{box.body:.1f}" '
                             f'height="{box.height:.1f}" rx="7"/>')
            parts.append(f'<text x="{box.x:.1f}" y="{box.y + box.height / 2 + 5:.1f}" text-anchor="middle">'
                         f"{tspans(self.lines[key])}</text>")
        for route in d.routes:
            edge = back[route.source, route.target]
            x, y = route.corners[-1]
            parts.append(_svg_label(edge.size, "forward", x - HALF - 4, y - 12, "end"))
            if edge.back:
                parts.append(_svg_label(edge.back, "backward", x + HALF + 4, y - 12, "start"))
        parts += _svg_legend((d.width - LEGEND) / 2 + 12, d.height + 12, any(e.back for e in self.edges))
        return "\n".join([*parts, "</svg>"])

    def picture(self) -> str:
        """The picture for LaTeX, in its own picture environment: it needs the package color."""
        d = self.drawing
        lines = [rf"\begin{{picture}}({d.width:.0f},{d.height:.0f})(0,-{d.height:.0f})"]
        ends = {(route.source, route.target): route.corners for route in d.routes}
        for kind, offset, color in (("size", -HALF, "[rgb]{.12,.31,.61}"), ("back", HALF, "[rgb]{.70,.28,.04}")):
            drawn = {ends[e.source, e.target]: getattr(e, kind) for e in self.edges if getattr(e, kind)}
            lines.append(rf"\color{color}\linethickness{{{'.7' if kind == 'size' else '.4'}pt}}")
            lines += dict.fromkeys(line for way in drawn for line in _picture_wire(way, offset, kind == "size"))
            side = "r" if kind == "size" else "l"
            lines += [rf"\put({way[-1][0] + 2 * offset:.1f},{14 - way[-1][1]:.1f})"
                      rf"{{\makebox(0,0)[{side}]{{\footnotesize ${size}$}}}}" for way, size in drawn.items()]
        lines.append(r"\normalcolor\linethickness{.4pt}")
        for v in self.vertices:
            box = d.boxes[v.key]
            frame = r"\makebox" if v.given else r"\framebox"
            place = f"({box.x - box.body / 2:.1f},{-box.y - box.height:.1f})"
            text = v.label if _fits(v.label) else v.name
            lines.append(rf"\put{place}{{{frame}({box.body:.1f},{box.height:.1f}){{${text}$}}}}")
        # A line's end would count as a space, and move what follows.
        return "%\n".join([*lines, r"\end{picture}"])

    def latex(self) -> str:
        """The picture for LaTeX."""
        return self.picture()

    def words(self) -> str:
        """The graph in a sentence for each box, for those who cannot see it."""
        names = {v.key: "".join(run.text for run in _line(v.name, v.key)).strip() for v in self.vertices}
        told = []
        for v in self.vertices:
            reads = [f"{names[e.source]} ({_spoken(e.size)})" for e in self.edges if e.target == v.key]
            if reads:
                told.append(f"{names[v.key]} ({_spoken(v.size)}) is computed from {', '.join(reads)}.")
        adjoints = [f"from {names[e.target]} to {names[e.source]}" for e in reversed(self.edges) if e.back]
        return " ".join([*told, *(["Adjoints go back " + ", ".join(adjoints) + "."] if adjoints else [])])

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file, .svg or .tex.  Raises OutputError."""
        kind = Path(path).suffix.lower()
        if kind not in (".svg", ".tex"):
            raise OutputError(f"a graph is written as .svg or .tex, not as {kind or 'a file without a suffix'}",
                              hint=f"{Path(path).with_suffix('.svg')}")
        return write_text(path, shown(self.svg() if kind == ".svg" else self.picture()) + "\n")

    def _repr_html_(self) -> str:
        return self.svg(document=False)

    def _repr_latex_(self) -> str:
        return self.picture()

    def __str__(self) -> str:
        return f"{self.title}: {self.words()}"


def graph_of(*derivations: Derivation) -> Graph:
    """The computation graph of what was differentiated, and the adjoints that its derivatives needed.

    Several derivations are of one reverse pass, by several variables.  Raises BoundExceeded beyond a few hundred boxes.
    """
    d = derivations[0]
    proof = d.proof
    root = proof.outputs[-1] if proof.outputs else None
    order = _in_order(root) if root is not None else []
    if len(order) > MAX_NODES:
        raise BoundExceeded(f"a graph of {len(order)} boxes is not readable", hint="derive a part of the network")
    names = Names(proof, every=True)
    if root in names.table:
        # What was differentiated goes by the name that it has in the result.
        names.table[root] = names.root
    write = NodeLatex(names)
    rows = () if d.upstream is not None or root is None else tuple(root.shape)
    flows = {(chain.subject, chain.consumer) for each in derivations for a in each.proof.accumulations
             for chain in a.chains}
    vertices: dict[str, Vertex] = {}
    edges: list[Edge] = []
    keys = {sym: f"v{k}" for k, sym in enumerate(order)}
    for sym, key in keys.items():
        for name, size in _labels_read(sym, names).items():
            vertices.setdefault(f"label {name}", Vertex(f"label {name}", name, name, size, given=True))
            edges.append(Edge(f"label {name}", key, size))
        for read in (s for s in keys if s in _reads(sym)):
            back = _size((*rows, *read.shape)) if (read, sym) in flows else ""
            edges.append(Edge(keys[read], key, _size(read.shape), back))
        given = sym.body is None
        vertices[key] = Vertex(key, names.of(sym), _label(sym, names, write), _size(sym.shape), given)
    if names.upstream is not None and root is not None:
        # What reads the output is known by the adjoint that comes from it alone.
        vertices["loss"] = Vertex("loss", names.output, names.output, "1", given=True)
        edges.append(Edge(keys[root], "loss", _size(root.shape), _size(root.shape)))
    return Graph(f"Computation graph of {d.name.partition('/d')[0][1:]}", tuple(vertices.values()), tuple(edges))


def _in_order(root: Sym) -> list[Sym]:
    """What the root is computed from, each after what it reads."""
    return list(operands_first([root], lambda sym: sorted(_reads(sym) - {sym}, key=lambda s: s.key, reverse=True)))


def _labels_read(sym: Sym, names: Names) -> dict[str, str]:
    """The labels that a definition reads, which are positions and not values: name -> size."""
    found: dict[str, str] = {}
    for node in subterms(sym.body) if sym.body is not None else ():
        places: tuple[Affine, ...] = node.idx if isinstance(node, TensorEntry) else ()
        atoms = [atom for place in places for atom, _ in place.terms]
        atoms += [node.atom] if isinstance(node, IndexValue) else []
        expr = getattr(node, "expr", None)
        atoms += [atom for atom, _ in expr.terms] if isinstance(expr, Affine) else []
        for atom in atoms:
            if isinstance(atom, LabelRef):
                name = str(latex(atom.source)) if atom.sym is None else names.of(atom.sym)
                found[name] = _size(atom.sym.shape if atom.sym is not None else ())
    return dict(sorted(found.items()))


def _label(sym: Sym, names: Names, write: NodeLatex) -> str:
    """The definition as an equation between names."""
    name = names.of(sym)
    if sym.body is None:
        return name
    # A definition that only names an operator's value is shown by the operator.
    array = renamed_operator(sym.array) if isinstance(sym.array, Named) else sym.array
    if isinstance(array, Apply):
        known = {s.array: names.of(s) for s in _reads(sym)}
        written = str(latex(array.func(*(_by_name(arg, known) for arg in array.args))))
        return written if written == name else f"{name} = {written}"
    assert sym.letters is not None
    at = write.entry(sym, tuple(Affine(((i, 1),), 0) for i in sym.letters))
    return f"{at} = {write(sym.body)}"


def _reads(sym: Sym) -> frozenset[Sym]:
    return frozenset() if sym.body is None else frozenset(sym.body.syms)


def _by_name(arg: Any, known: dict[Any, str], depth: int = 4) -> Any:
    """An operand with the arrays that are computed elsewhere by their names: tensors that are written so."""
    if arg in known:
        return arg if isinstance(arg, Tensor) or known[arg] == latex(arg) else Tensor(known[arg], arg.shape)
    if isinstance(arg, Apply) and depth:
        return arg.func(*(_by_name(inner, known, depth - 1) for inner in arg.args))
    return arg


def _size(shape: tuple[Any, ...]) -> str:
    """A shape in LaTeX: m × n; 1 for a scalar."""
    sizes = [str(latex(export_affine(size) if isinstance(size, Affine) else size)) for size in shape]
    if len(sizes) > 1:
        sizes = [rf"\left({size}\right)" if any(sign in size for sign in "+-") else size for size in sizes]
    return r" \times ".join(sizes) or "1"


def _line(label: str, name: str) -> tuple[Run, ...]:
    """The label where it is short and simple enough for a box, else the name."""
    for text in (label, name):
        try:
            line = runs(text)
        except Unwritable:
            continue
        if width(line) <= LONGEST or text is name:
            return line
    return (Run(latex_name(name).replace("\\", ""), True),)


def _fits(label: str) -> bool:
    try:
        return width(runs(label)) <= LONGEST
    except Unwritable:
        return False


def _label_width(size: str) -> float:
    return width(_line(size, size)) * SMALL if size else 0.0


def _spoken(size: str) -> str:
    return "".join(run.text for run in _line(size, size)).replace("×", " by ").replace("\u200a", "").strip()


def _shifted(corners: tuple[tuple[float, float], ...], offset: float) -> list[tuple[float, float]]:
    """The way beside the way: all that runs down is moved sideways, all that runs across so that the two do not cross."""
    moved = []
    for k, (x, y) in enumerate(corners):
        across = corners[k + 1 if k % 2 else k - 1][0] - x if 0 < k < len(corners) - 1 else 0.0
        across = across if k % 2 else -across
        moved.append((x + offset, y - offset * ((across > 0) - (across < 0))))
    return moved


def _svg_wires(ways: list[tuple[tuple[float, float], ...]], kind: str, offset: float) -> list[str]:
    """Wires of one kind; what several have in common is drawn once."""
    segments: dict[tuple[tuple[float, float], tuple[float, float]], None] = {}
    heads: dict[tuple[float, float], None] = {}
    for way in ways:
        points = _shifted(way, offset)
        segments.update(dict.fromkeys(pairwise(points)))
        heads[points[-1] if kind == "forward" else points[0]] = None
    path = " ".join(f"M{a:.1f} {b:.1f}L{c:.1f} {e:.1f}" for (a, b), (c, e) in segments)
    dashes = ' stroke-dasharray="5 3"' if kind == "backward" else ""
    tip = -7 if kind == "forward" else 7
    return [f'<path class="{kind}" stroke-width="1.4" stroke-linecap="round"{dashes} d="{path}"/>',
            f'<path class="{kind}-head" d="{" ".join(f"M{x:.1f} {y:.1f}l-4 {tip}h8z" for x, y in heads)}"/>'] if ways else []


def _svg_label(size: str, kind: str, x: float, y: float, anchor: str) -> str:
    return f'<text class="{kind}-size" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{tspans(_line(size, size))}</text>'


def _svg_legend(x: float, y: float, backward: bool) -> list[str]:
    rows = [("forward", "values and their sizes", ""), ("backward", "adjoints and theirs", ' stroke-dasharray="5 3"')]
    return [f'<path class="{kind}" stroke-width="1.4"{dashes} d="M{x + 190 * k:.1f} {y:.1f} h22"/>'
            f'<text class="{kind}-size" x="{x + 27 + 190 * k:.1f}" y="{y + 4:.1f}">{words}</text>'
            for k, (kind, words, dashes) in enumerate(rows if backward else rows[:1])]


def _picture_wire(way: tuple[tuple[float, float], ...], offset: float, down: bool) -> list[str]:
    points = _shifted(way, offset)
    if not down:
        points.reverse()
    lines = []
    for k, ((x, y), (to_x, to_y)) in enumerate(pairwise(points)):
        command = r"\vector" if k == len(points) - 2 else r"\line"
        across = abs(to_x - x) > abs(to_y - y)
        direction = f"({1 if to_x > x else -1},0)" if across else f"(0,{-1 if to_y > y else 1})"
        lines.append(rf"\put({x:.1f},{-y:.1f}){{{command}{direction}{{{abs(to_x - x) + abs(to_y - y):.1f}}}}}")
    return lines
