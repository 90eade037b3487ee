"""The answers of the solution book follow its numbers: items called with other sizes and arrays, against plain loops."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from itertools import product
from math import exp, isclose, prod
from pathlib import Path

import pytest
from sympy import Rational, log

from symderiv.counting import Table
from symderiv.suite.collect import collect
from symderiv.suite.decorators import Placed
from symderiv.suite.run import outcome
from symderiv.suite.values import ValueComparison, comparable, compare_values, nested

FOLDER = Path(__file__).parent.parent / "derivations"


@cache
def module(name):
    spec = spec_from_file_location(f"sheets_{name}", FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def called(file, name, *args, **options):
    """What an item says with other numbers: its parts by caption, its tables, and the pairs that it claims equal."""
    answers, tables, pairs = {}, [], []
    for part in getattr(module(file), name)(*args, **options):
        if isinstance(part, Placed):
            pairs += [part.what] if part.place == "nowhere" else []
            tables += [each for each in part.what if isinstance(each, Table)] if isinstance(part.what, list) else []
        elif isinstance(part, Table):
            tables.append(part)
        elif isinstance(part, tuple) and isinstance(part[0], str):
            answers[part[0]] = part[1]
            pairs += [part[1:]] if len(part) == 3 else []
        elif isinstance(part, tuple):
            pairs.append(part)
    for left, right in pairs:
        assert compare_values(left, right).status == "proved" if comparable(left, right) else left == right
    return answers, tables


def ending(answers, end):
    """What stands below the caption with this end."""
    return next(value for caption, value in answers.items() if caption.endswith(end))


def positions(size, kernel, stride=1, padding=0):
    """Counted one by one."""
    return sum(1 for start in range(-padding, size + padding, stride) if start + kernel <= size + padding)


# ------------------------------------------------------------------ architectures

@pytest.mark.parametrize("shape", [(4, 37, 37), (4, 61, 48), (1, 90, 91)])
def test_five_layers(shape):
    _, (table,) = called("architectures", "shape_after_five_layers", shape)
    sides = []
    for side in shape[1:]:
        for kernel, stride, padding in ((7, 2, 2), (2, 2, 0), (5, 2, 1), (3, 1, 1), (2, 2, 0)):
            side = positions(side, kernel, stride, padding)
        sides.append(side)
    assert table.output == (16, *sides)


@pytest.mark.parametrize(("shape", "kernel"), [((3, 32, 32), 3), ((2, 17, 40), 6)])
def test_one_convolution(shape, kernel):
    _, (table,) = called("architectures", "shape_of_one_convolution", shape, 5, kernel)
    assert table.output == (5, *(positions(side, kernel) for side in shape[1:]))


@pytest.mark.parametrize(("shape", "filters", "kernel", "stride", "padding"),
                         [((3, 227, 227), 64, 11, 4, 2), ((5, 40, 33), 7, 4, 3, 1)])
def test_depthwise_separable(shape, filters, kernel, stride, padding):
    _, (whole, apart) = called("architectures", "depthwise_separable", shape, filters, kernel, stride, padding)
    places = prod(positions(side, kernel, stride, padding) for side in shape[1:])
    assert whole.params == sum(1 for _ in range(filters) for _ in range(kernel * kernel * shape[0] + 1))
    assert (whole.flops, apart.flops) == (filters * places * kernel**2 * shape[0],
                                          places * shape[0] * kernel**2 + filters * places * shape[0])
    assert apart.params == shape[0] * (kernel**2 + 1) + filters * (shape[0] + 1)


def test_image_and_dense_networks():
    answers, (table,) = called("architectures", "image_network", (3, 96, 64))
    assert answers["The number of scalars of the output"] == 64 * 24 * 16 and table.output == (64, 24, 16)
    answers, _ = called("architectures", "dense_network", (7, 5, 3, 2))
    assert answers["(e) In all"] == 35 + 15 + 6


@pytest.mark.parametrize("size", [256, 200])
def test_the_convolutional_classifier(size):
    _, tables = called("architectures", "convolutional_classifier", size, 7)
    table = tables[0]
    assert table["FC-2"].output == (7,)
    side = positions(positions(positions(size, 3, 1, 1), 5, 2, 2), 7, 2)
    side = positions(positions(positions(side, 2, 2), 7), 7)
    assert table["FC-1"].input == (128 * side * side,)


def test_inception_modules():
    shape = (256, 20, 30)
    _, (table,) = called("architectures", "inception_module", shape)
    kernels = (256 * 512, 256 * 64, 64 * 128 * 9, 256 * 64, 64 * 64 * 25, 256 * 64)
    assert (table.params, table.flops, table.output) == (sum(kernels), sum(kernels) * 600, (768, 20, 30))
    answers, (naive,) = called("architectures", "naive_inception_module", shape)
    assert naive.params == 256 * (512 + 128 * 9 + 64 * 25) and naive.output == (960, 20, 30)
    ratio, = (value for name, value in answers.items() if name.startswith("Parameters, naive over the one with bottlenecks"))
    assert ratio == Rational(naive.params, table.params)
    assert ending(answers, "convolution, the parameters") == 256 * (64 + 128 * 9 + 64 * 25)
    assert called("architectures", "inception_parameters", 100)[1][0].params == (
        100 * (64 + 96 + 16 + 32) + 96 * 128 * 9 + 16 * 32 * 25)


# ------------------------------------------------------------------ numbers

def test_the_kernel_gradient_of_other_arrays():
    x, w, upstream = [[2, -1, 0, 3], [1, 4, -2, 1], [0, 1, 1, -1]], [[1, -2], [0, 1]], [[2, -1, 3], [1, 5, -4]]
    answers, _ = called("examples_in_numbers", "kernel_gradient", x, w, upstream)
    places = list(product(range(2), range(3)))
    z = {(i, j): sum(w[u][v] * x[i + u][j + v] for u, v in product(range(2), repeat=2)) for i, j in places}
    expected = [[sum(upstream[i][j] * (z[i, j] > 0) * x[i + u][j + v] for i, j in places) for v in range(2)]
                for u in range(2)]
    assert nested(ending(answers, "$dL/dW$")) == expected


def test_means_of_another_batch():
    batch = [[[[1, 4]], [[0, 3]], [[5, 5]]], [[[2, 2]], [[9, 1]], [[-1, 0]]]]
    answers, _ = called("examples_in_numbers", "normalisation_means", batch)
    means = {caption.split()[1]: value for caption, value in answers.items()}
    assert nested(means["batch"]) == [Rational(9, 4), Rational(13, 4), Rational(9, 4)]
    assert nested(means["layer"]) == [3, Rational(13, 6)]
    assert nested(means["instance"])[1] == [2, 5, Rational(-1, 2)]


def test_attention_of_other_logarithms():
    answers, _ = called("examples_in_numbers", "attention_of_logarithms", [[log(3), 0], [log(5), log(7)], [0, 0]])
    assert nested(ending(answers, r"\,V$")) == [[Rational(1, 4), Rational(3, 4)], [Rational(7, 12), Rational(5, 12)],
                                                [Rational(1, 2), Rational(1, 2)]]


@pytest.mark.parametrize(("x", "w"), [((1, 2, 3, 4), (1, 0, 2)), ((2, -1, 0, 5, 3), (1, 4)), ((1, 1, 2, 3), (3, 1, 2))])
def test_convolutions_of_other_vectors(x, w):
    answers, _ = called("examples_in_numbers", "vector_convolutions", x, w)
    full = [sum(x[i] * w[n - i] for i in range(len(x)) if 0 <= n - i < len(w)) for n in range(len(x) + len(w) - 1)]
    found = {re.split("[,:]", caption)[0].lower(): nested(value) for caption, value in answers.items()}
    middle = (len(w) - 1) // 2
    assert found == {"full": full, "valid": full[len(w) - 1:len(x)], "same": full[middle:middle + len(x)]}


def test_a_residual_block_with_other_numbers():
    point = {"x_0": Rational(2), "w_0": Rational(3, 4), "w_1": Rational(1, 3), "b_0": Rational(-1, 2), "b_1": Rational(1, 5)}
    answers, _ = called("examples_in_numbers", "residual_block", point)

    def z(p):
        return max(max(p["x_0"] * p["w_0"] + p["b_0"], 0) * p["w_1"] + p["b_1"] + p["x_0"], 0)

    step = Fraction(1, 1000)
    for name in ("w_0", "w_1", "b_0", "b_1"):
        # In the given piece z is affine in each of them, so differences are exact.
        moved = z(point | {name: point[name] + Rational(step)})
        found = next(value for caption, value in answers.items() if caption.startswith(rf"$\partial z/\partial {name} "))
        assert found == (moved - z(point)) / step


# ------------------------------------------------------------------ the whole of it

ASKED = [f"000.{n}" for n in range(1, 5)] + [f"001.{n}" for n in ("1a", "1b", "1c", *range(2, 8))] + [
    f"002.{n}" for n in (*(f"1.{k}" for k in range(1, 8)), *(f"2.{k}" for k in range(1, 5)), "3",
                         *(f"4.{k}" for k in range(1, 4)), *(f"5.{k}" for k in range(1, 7)))] + [
    f"003.{n}" for n in ("1", "1f", "2a", "2b", "2c", "3", "4a", "4b", "4c", "4d")] + [
    f"004.{n}" for n in ("T1", "T2", "OT1", "T3")]


def test_every_question_of_the_sheets_has_an_item():
    answered = {item.reference for item in collect(FOLDER)}
    assert not [question for question in ASKED if question not in answered]


def test_a_wrong_number_in_an_item_is_refuted():
    item = next(item for item in collect(FOLDER) if item.name == "dense_network")
    _, entries = outcome(item)
    right = next(e.subject for e in entries if isinstance(e.subject, ValueComparison) and e.caption == "(e) In all")
    assert right.status == "proved" and compare_values(right.lhs, 453_750).status == "refuted"


def test_softmax_of_scores_in_floating_point_agrees_with_the_exact_attention():
    answers, _ = called("examples_in_numbers", "attention_of_logarithms")
    scores = [[0.0, log(2)], [log(2), log(3)]]
    for row, exact in zip(scores, nested(ending(answers, r"\sqrt 2)$")), strict=True):
        total = sum(exp(s) for s in row)
        assert all(isclose(exp(s) / total, share) for s, share in zip(row, exact, strict=True))
