"""A layered drawing of a directed acyclic graph: what is read stands above what reads it, edges run down and across.

Layers, then an order in each layer with few crossings, then coordinates by least squares.
Source: Sugiyama, Tagawa and Toda, IEEE Trans. SMC 11 (1981), 109-125; the coordinates are an isotonic regression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SWEEPS = 8
STRAIGHTENING = 40
APART = 22.0
LANE = 26.0
CHANNEL = 14.0
MARGIN = 10.0
# How far a wire may miss its place and still go straight down.
STRAIGHT = 1.5


@dataclass
class LayeredVertex:
    """A box, or (``width`` of a lane) a place where a long edge passes a layer.

    width  what it needs from its neighbours, with the labels of the edges that end at it;  body  that of the box itself;
    ports  for each vertex above that it is joined to, how wide the edge's labels are where it ends
    """

    key: str
    width: float
    height: float
    layer: int = 0
    passing: bool = False
    given: bool = False
    body: float = 0.0
    x: float = 0.0
    y: float = 0.0
    ports: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """An edge: the corners of its way from the bottom of its source to the top of its target."""

    source: str
    target: str
    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Drawing:
    """Boxes with the middle of their upper side at (x, y), the ways of the edges, and the size of the whole."""

    boxes: Mapping[str, LayeredVertex]
    routes: tuple[Route, ...]
    width: float
    height: float


def draw(boxes: Mapping[str, tuple[float, float]], edges: Mapping[tuple[str, str], float], given: frozenset[str]) -> Drawing:
    """Lay out a graph.

    boxes  (width, height) of each vertex, in topological order;  edges  (source, target) and the width of the labels at
    the target;  given  the vertices that no edge leads to, which are put right above where they are first read
    """
    vertices = {key: LayeredVertex(key, *size, given=key in given) for key, size in boxes.items()}
    for (source, target), width in edges.items():
        vertices[target].ports[source] = width
    for vertex in vertices.values():
        needed = sum(vertex.ports.values())
        vertex.body = max(vertex.width, needed) if len(vertex.ports) > 1 else vertex.width
        vertex.width = max(vertex.width, needed)
    _assign_layers(vertices, list(edges), given)
    links, ways = _pass_through(vertices, list(edges))
    layers = _ordered(vertices, links)
    _place_across(vertices, layers, links)
    below: dict[str, list[str]] = {key: [] for key in vertices}
    for source, target in links:
        below[source].append(target)
    starts = {key: _start(vertices[key], below[key], vertices) for key in vertices}
    tracks = _place_down(vertices, layers, below, starts)
    routes = tuple(Route(way[0], way[-1], _corners(way, vertices, starts, tracks)) for way in ways)
    left = min(v.x - v.width / 2 for v in vertices.values()) - MARGIN
    for vertex in vertices.values():
        vertex.x -= left
    routes = tuple(Route(r.source, r.target, tuple((x - left, y) for x, y in r.corners)) for r in routes)
    width = max(v.x + v.width / 2 for v in vertices.values()) + MARGIN
    height = max(v.y + v.height for v in vertices.values()) + MARGIN
    return Drawing({key: v for key, v in vertices.items() if not v.passing}, routes, width, height)


def _assign_layers(vertices: dict[str, LayeredVertex], edges: list[tuple[str, str]], given: frozenset[str]) -> None:
    for key, vertex in vertices.items():
        if key not in given:
            vertex.layer = 1 + max((vertices[s].layer for s, t in edges if t == key and s not in given), default=0)
    for key in given:
        vertices[key].layer = min((vertices[t].layer for s, t in edges if s == key), default=1) - 1


def _pass_through(vertices: dict[str, LayeredVertex],
                  edges: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[list[str]]]:
    """Links between neighbouring layers, and the way of each edge: long edges get a place in each layer they pass.

    Edges that leave the same vertex share their places, as one wire that branches off.
    """
    links: dict[tuple[str, str], None] = {}
    ways = []
    for source, target in edges:
        way = [source]
        for layer in range(vertices[source].layer + 1, vertices[target].layer):
            key = f"{source}@{layer}"
            if key not in vertices:
                vertices[key] = LayeredVertex(key, LANE, 0.0, layer, passing=True)
            way.append(key)
        way.append(target)
        links.update(dict.fromkeys(pairwise(way)))
        ways.append(way)
        if way[-2] != source:
            ports = vertices[target].ports
            ports[way[-2]] = ports.pop(source)
    return list(links), ways


def _ordered(vertices: dict[str, LayeredVertex], links: list[tuple[str, str]]) -> list[list[str]]:
    """The vertices of each layer from left to right, by barycentres; the order with the fewest crossings met."""
    layers: list[list[str]] = [[] for _ in range(1 + max(v.layer for v in vertices.values()))]
    for key, vertex in vertices.items():
        layers[vertex.layer].append(key)
    above: dict[str, list[str]] = {key: [] for key in vertices}
    below: dict[str, list[str]] = {key: [] for key in vertices}
    for s, t in links:
        above[t].append(s)
        below[s].append(t)
    best = [list(layer) for layer in layers]
    fewest = _crossings(layers, below)
    for sweep in range(SWEEPS):
        neighbours, order = (above, layers[1:]) if sweep % 2 == 0 else (below, layers[-2::-1])
        place = {key: float(k) for layer in layers for k, key in enumerate(layer)}
        for layer in order:
            middle = {key: sum(place[n] for n in neighbours[key]) / len(neighbours[key]) if neighbours[key] else place[key]
                      for key in layer}
            layer.sort(key=lambda key: middle[key])
            place.update({key: float(k) for k, key in enumerate(layer)})
        count = _crossings(layers, below)
        if count < fewest:
            fewest, best = count, [list(layer) for layer in layers]
    return best


def _crossings(layers: Sequence[Sequence[str]], below: Mapping[str, Sequence[str]]) -> int:
    total = 0
    for upper, lower in pairwise(layers):
        place = {key: k for k, key in enumerate(lower)}
        ends = [place[t] for key in upper for t in sorted(below[key], key=place.__getitem__)]
        total += sum(a > b for k, a in enumerate(ends) for b in ends[k + 1:])
    return total


def _place_across(vertices: dict[str, LayeredVertex], layers: list[list[str]], links: list[tuple[str, str]]) -> None:
    for layer in layers:
        right = 0.0
        for key in layer:
            vertices[key].x = right + vertices[key].width / 2
            right += vertices[key].width + APART
    joined: dict[str, list[tuple[str, bool]]] = {key: [] for key in vertices}
    for source, target in links:
        joined[target].append((source, True))
        joined[source].append((target, False))
    for sweep in range(STRAIGHTENING):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted = [_wanted(vertices[key], joined[key], vertices) for key in layer]
            gaps = [0.0, *((vertices[a].width + vertices[b].width) / 2 + APART for a, b in pairwise(layer))]
            for key, x in zip(layer, _apart(wanted, gaps, [_weight(vertices[key]) for key in layer]), strict=True):
                vertices[key].x = x


def _weight(vertex: LayeredVertex) -> float:
    """How much a vertex insists on its place: long wires are to be straight, what is given makes room."""
    return 4.0 if vertex.passing else 0.05 if vertex.given else 1.0


def _wanted(vertex: LayeredVertex, joined: list[tuple[str, bool]], vertices: Mapping[str, LayeredVertex]) -> float:
    """Where a vertex would best stand: amid what it is joined to, right above the port for what it goes to."""
    total = weight = 0.0
    for key, above in joined:
        other = vertices[key]
        place = other.x + vertex.x - _port(vertex, key, vertices) if above else _port(other, vertex.key, vertices)
        share = _weight(other) * _weight(vertex) if vertex.passing else _weight(other)
        total += share * place
        weight += share
    return total / weight if weight else vertex.x


def _port(vertex: LayeredVertex, source: str, vertices: Mapping[str, LayeredVertex]) -> float:
    """Where on the upper side of a vertex the edge from a source ends: ports in the order of their sources."""
    if vertex.passing or len(vertex.ports) < 2:
        return vertex.x
    order = sorted(vertex.ports, key=lambda key: (vertices[key].x, key))
    spare = (vertex.width - sum(vertex.ports.values())) / len(order)
    left = vertex.x - vertex.width / 2
    for key in order:
        width = vertex.ports[key] + spare
        if key == source:
            return left + width / 2
        left += width
    return vertex.x


def _apart(wanted: Sequence[float], gaps: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The numbers nearest to those wanted, in the sense of weighted least squares, that are at least the gaps apart."""
    offsets, total = [], 0.0
    for gap in gaps:
        total += gap
        offsets.append(total)
    blocks: list[tuple[float, float, int]] = []
    for want, offset, heavy in zip(wanted, offsets, weights, strict=True):
        mean, weight, count = want - offset, heavy, 1
        while blocks and blocks[-1][0] > mean:
            other, others, size = blocks.pop()
            mean, weight, count = (mean * weight + other * others) / (weight + others), weight + others, count + size
        blocks.append((mean, weight, count))
    flat = [mean for mean, _, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=True)]


def _start(vertex: LayeredVertex, below: Sequence[str], vertices: Mapping[str, LayeredVertex]) -> float:
    """Where the wire leaves a vertex: right above where it goes, if that is all and the box is wide enough."""
    if vertex.passing or len(below) != 1:
        return vertex.x
    reach = max(0.0, vertex.body / 2 - (8.0 if vertex.given else 16.0))
    return min(max(_port(vertices[below[0]], vertex.key, vertices), vertex.x - reach), vertex.x + reach)


def _place_down(vertices: Mapping[str, LayeredVertex], layers: Sequence[Sequence[str]], below: Mapping[str, Sequence[str]],
                starts: Mapping[str, float]) -> dict[str, float]:
    """Heights: each layer below the wires of those above.  Returns where the wire of each vertex runs across."""
    tracks: dict[str, float] = {}
    top = MARGIN
    for number, layer in enumerate(layers):
        height = max((vertices[key].height for key in layer), default=0.0)
        for key in layer:
            vertex = vertices[key]
            vertex.y = top if vertex.passing else top + (height - vertex.height)
            if vertex.passing:
                vertex.height = height
        top += height + 12.0
        drift = {key: [_port(vertices[t], key, vertices) - starts[key] for t in below[key]] for key in layer}
        across = [key for key in layer if any(abs(shift) > STRAIGHT for shift in drift[key])]
        # What goes to the right is led off from the right end first, so that wires to one side do not cross.
        to_right = [key for key in across if sum(drift[key]) >= 0]
        for key in [*reversed(to_right), *(key for key in across if key not in to_right)]:
            tracks[key] = top
            top += CHANNEL
        top += 30.0 if number + 1 < len(layers) else 0.0
    return tracks


def _corners(way: Sequence[str], vertices: Mapping[str, LayeredVertex], starts: Mapping[str, float],
             tracks: Mapping[str, float]) -> tuple[tuple[float, float], ...]:
    start = vertices[way[0]]
    corners = [(starts[way[0]], start.y + start.height)]
    for upper, lower in pairwise(way):
        across = _port(vertices[lower], upper, vertices)
        if abs(across - corners[-1][0]) > STRAIGHT:
            # Small shifts that were let pass may add up where the wire itself needs no track: right below the place then.
            track = tracks.get(upper, vertices[upper].y + vertices[upper].height + 6.0)
            corners += [(corners[-1][0], track), (across, track)]
    corners.append((corners[-1][0], vertices[way[-1]].y))
    return tuple(corners)
