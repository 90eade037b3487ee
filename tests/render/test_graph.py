"""The picture of a computation graph shows what the engine read and computed, with every size, and nothing overlaps."""

import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from sympy import exp

import symderiv as sd
from symderiv.errors import OutputError
from symderiv.render import pdf
from symderiv.render.document import document
from symderiv.render.graph import graph_of
from symderiv.render.layered import draw
from symderiv.render.plain_math import Unwritable, runs, tspans, width
from symderiv.render.sections import Fold, Section

m, n = sd.dims("m n")
W, x, b = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("b", m)
y = sd.label("y", m)


def classifier():
    return sd.derive(sd.cross_entropy(sd.tanh(W @ x + b), y), (W, b))


def flows(graph):
    names = {v.key: v.name for v in graph.vertices}
    return {(names[e.source], names[e.target]): (e.size, e.back) for e in graph.edges}


def test_every_edge_has_its_size_and_adjoints_go_where_the_derivative_needs_them():
    assert flows(classifier()[0].graph()) == {
        ("W", "z"): (r"m \times n", r"m \times n"), ("x", "z"): ("n", ""), ("z", "r"): ("m", "m"), ("b", "r"): ("m", ""),
        ("r", "h"): ("m", "m"), ("h", "s"): ("m", "m"), ("h", "L"): ("m", "m"), ("s", "L"): ("1", "1"),
        ("y", "L"): ("1", "")}


def test_a_batch_of_labels_is_read_too():
    E, Y = sd.tensor("E", m, n), sd.label("Y", m, shape=(sd.dims("N"),))
    wires = flows(sd.derive(sd.sum(sd.embedding(E, Y) ** 2), E).graph())
    assert [sizes for (source, _), sizes in wires.items() if source == "Y"] == [("N", "")]


def test_one_reverse_pass_is_one_graph():
    by_W, by_b = classifier()
    both = flows(graph_of(by_W, by_b))
    assert both["W", "z"] == (r"m \times n", r"m \times n") and both["b", "r"] == ("m", "m") and both["x", "z"] == ("n", "")
    assert by_W.graph().agrees(by_b.graph())
    assert flows(by_W.graph().joined(by_b.graph())) == both
    assert not by_W.graph().agrees(sd.derive(sd.tanh(W @ x), x).graph())


def test_the_adjoints_of_a_jacobian_carry_the_axes_of_the_output():
    i, k = sd.indices("i k", m)
    z = sd.tensor("z", m)
    p = sd.define("p", (i,), exp(z[i]) / sd.Sum(exp(z[k]), k))
    assert flows(sd.derive(p, z).graph()) == {("z", "p"): ("m", r"m \times m")}


def test_what_reads_an_output_is_the_loss_of_which_its_adjoint_comes():
    m, n = sd.dims("m n")
    W, x = sd.tensor("W", m, n), sd.tensor("x", n)
    graph = sd.vjp(sd.define("o", sd.tanh(W @ x)), W, upstream=sd.tensor("G", m)).graph()
    last = graph.edges[-1]
    assert (last.target, last.size, last.back) == ("loss", "m", "m")
    assert "L (1) is computed from o (m)" in graph.words()


def test_sizes_that_are_sums_stand_in_brackets():
    d, k = sd.dims("d k")
    h, w = sd.tensor("h", d), sd.tensor("w", k)
    a = sd.conv1d(h, w)
    sizes = {size for size, _ in flows(sd.derive(sd.sum(sd.relu(a)), h).graph()).values()}
    assert "d - k + 1" in sizes


def test_the_svg_is_well_formed_names_its_parts_and_says_them_in_words():
    graph = classifier()[0].graph()
    tree = ElementTree.fromstring(graph.svg())
    space = "{http://www.w3.org/2000/svg}"
    texts = ["".join(text.itertext()).replace("\u200a", "") for text in tree.iter(f"{space}text")]
    assert {"z = Wx", "r = z + b", "h = tanh(r)", "W", "x", "b", "y"} <= set(texts)
    assert texts.count("m×n") == 2
    assert tree.get("role") == "img" and tree.get("aria-label") == "Computation graph of L"
    words = tree.find(f"{space}desc").text
    assert "z (m) is computed from W (m by n), x (n)." in words and "from L to s" in words
    assert "http" not in graph.svg(document=False)


def test_boxes_do_not_overlap_and_wires_end_at_them():
    r = sd.tensor("x", n)
    V = sd.tensor("V", n, n)
    for _ in range(4):
        r = r * sd.sigmoid(V @ r) + r
    graph = sd.derive(sd.sum(r), V).graph()
    drawing = graph.drawing
    for a, c in combinations(drawing.boxes.values(), 2):
        apart = abs(a.x - c.x) >= (a.width + c.width) / 2 - 1e-6
        assert apart or a.y + a.height <= c.y or c.y + c.height <= a.y
    for route in drawing.routes:
        source, target = drawing.boxes[route.source], drawing.boxes[route.target]
        (x0, y0), (x1, y1) = route.corners[0], route.corners[-1]
        assert abs(x0 - source.x) <= source.body / 2 and y0 == source.y + source.height
        assert abs(x1 - target.x) <= target.body / 2 and y1 == target.y
        assert all(a[0] == c[0] or a[1] == c[1] for a, c in pairwise(route.corners))
        inside = [box for key, box in drawing.boxes.items() if key not in (route.source, route.target)]
        for (ax, ay), (cx, cy) in pairwise(route.corners):
            for box in inside:
                clear = max(ax, cx) <= box.x - box.width / 2 or min(ax, cx) >= box.x + box.width / 2 or (
                    max(ay, cy) <= box.y or min(ay, cy) >= box.y + box.height)
                assert clear


def test_a_layout_keeps_the_order_of_reading():
    drawing = draw(dict.fromkeys("abcd", (30, 20)), dict.fromkeys([("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")], 10),
                   frozenset("ad"))
    tops = {key: box.y for key, box in drawing.boxes.items()}
    assert tops["a"] < tops["b"] < tops["c"] and tops["a"] < tops["d"] < tops["c"]


@pytest.mark.skipif(pdf.tex_engine() is None, reason="no TeX engine is installed")
def test_the_picture_compiles_without_overfull_boxes():
    picture = rf"\fitgraph{{{classifier()[0].graph().picture()}}}"
    _, log = pdf.typeset(document("t", (Section("s", folds=(Fold("Graph", paper=picture),)),)))
    assert "Overfull" not in log


def test_a_graph_is_written_to_a_file_by_its_suffix(tmp_path):
    graph = classifier()[0].graph()
    assert graph.write(tmp_path / "a.svg").read_text().startswith("<svg")
    assert graph.write(tmp_path / "a.tex").read_text().startswith(r"\begin{picture}")
    with pytest.raises(OutputError, match=r"\.svg or \.tex"):
        graph.write(tmp_path / "a.png")


@pytest.mark.parametrize(("latex", "shown"), [
    (r"z_{i} = \sum_{k=1}^{n} W_{ik}\,x_{k}", "zi = ∑k=1nWik xk"),
    (r"\hat{x} = \frac{d}{s + \epsilon}", "x̂ = d/(s + ϵ)"),
    (r"\operatorname{softmax}\left(h^{(1)}\right)", "softmax(h(1))"),
    (r"\sqrt{a} \odot \sigma", "√a ⊙ σ"),
])
def test_short_mathematics_goes_on_a_line_of_characters(latex, shown):
    line = runs(latex)
    assert re.sub(r"\s", "", "".join(run.text for run in line)) == re.sub(r"\s", "", shown)
    assert width(line) > 0
    ElementTree.fromstring(f"<text>{tspans(line)}</text>")


@pytest.mark.parametrize("latex", [r"\begin{pmatrix} 1 \end{pmatrix}", r"x_{i_{j}}", r"\unknown", "a & b"])
def test_what_needs_more_than_a_line_is_refused(latex):
    with pytest.raises(Unwritable):
        runs(latex)


X, ROWS, RATE = sd.tensor("x", n), sd.tensor("A", n, n), sd.tensor("r")
WITH_CONSTANTS = {
    "an identity": (X @ (ROWS + sd.eye(n)) @ X, X), "ones": (sd.ones(n) @ X, X),
    "zeros": (X @ sd.zeros(n, n) @ X + X @ X, X),
    "a trace of a constant": (RATE * sd.trace(sd.eye(n)), RATE), "a Kronecker product": (
        sd.kron(sd.eye(m), ROWS) @ sd.ones(m * n), ROWS),
    "a parameter read at three depths": (sd.log(sd.mean(sd.exp(RATE * X))) / RATE, RATE),
    "a determinant": (sd.logdet(sd.eye(n) + ROWS), ROWS),
}


@pytest.mark.parametrize("name", WITH_CONSTANTS)
def test_what_reads_nothing_stands_above_what_reads_it(name, tmp_path):
    d = sd.derive(*WITH_CONSTANTS[name])
    drawing = d.graph().drawing
    assert all(drawing.boxes[route.source].y < drawing.boxes[route.target].y for route in drawing.routes)
    d.to_html(tmp_path / "page.html")
    assert "<svg" in (tmp_path / "page.html").read_text()
