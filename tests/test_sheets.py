"""The answers of the solution book follow its numbers: items called with other sizes and arrays, against plain loops."""

from __future__ import annotations

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
from symderiv.suite.run import outcome
from symderiv.suite.values import ValueComparison, compare_values, nested

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
        if isinstance(part, Table):
            tables.append(part)
        elif isinstance(part, tuple) and isinstance(part[0], str):
            answers[part[0]] = part[1]
            pairs += [part[1:]] if len(part) == 3 else []
        elif isinstance(part, tuple):
            pairs.append(part)
    for left, right in pairs:
        assert str(plain(left)) == str(plain(right))
    return answers, tables


def plain(value):
    return [plain(v) for v in value] if isinstance(value, list | tuple) or hasattr(value, "tolist") else value


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
    _, (symbolic, table) = called("architectures", "shape_of_one_convolution", shape, 5, kernel)
    assert table.output == (5, *(positions(side, kernel) for side in shape[1:]))
    assert symbolic.output != table.output


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
    assert answers["the number of scalars of the output"] == 64 * 24 * 16 and table.output == (64, 24, 16)
    answers, _ = called("architectures", "dense_network", (7, 5, 3, 2))
    assert answers["in all"] == 35 + 15 + 6


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
    assert naive.params == 256 * (64 + 128 * 9 + 64 * 25) and naive.output == (512, 20, 30)
    assert answers["parameters: naive over lean"] == round(naive.params / table.params, 3)
    assert called("architectures", "inception_parameters", 100)[1][0].params == (
        100 * (64 + 96 + 16 + 32) + 96 * 128 * 9 + 16 * 32 * 25)


# ------------------------------------------------------------------ numbers

def test_the_kernel_gradient_of_other_arrays():
    x, w, upstream = [[2, -1, 0, 3], [1, 4, -2, 1], [0, 1, 1, -1]], [[1, -2], [0, 1]], [[2, -1, 3], [1, 5, -4]]
    answers, _ = called("with_numbers", "kernel_gradient", x, w, upstream)
    places = list(product(range(2), range(3)))
    z = {(i, j): sum(w[u][v] * x[i + u][j + v] for u, v in product(range(2), repeat=2)) for i, j in places}
    expected = [[sum(upstream[i][j] * (z[i, j] > 0) * x[i + u][j + v] for i, j in places) for v in range(2)]
                for u in range(2)]
    assert nested(answers["the gradient of the kernel, both ways"]) == expected


def test_means_of_another_batch():
    batch = [[[[1, 4]], [[0, 3]], [[5, 5]]], [[[2, 2]], [[9, 1]], [[-1, 0]]]]
    answers, _ = called("with_numbers", "normalisation_means", batch)
    assert nested(answers["batch normalisation"]) == [Rational(9, 4), Rational(13, 4), Rational(9, 4)]
    assert nested(answers["layer normalisation"]) == [3, Rational(13, 6)]
    assert nested(answers["instance normalisation"])[1] == [2, 5, Rational(-1, 2)]


def test_attention_of_other_logarithms():
    answers, _ = called("with_numbers", "attention_of_logarithms", [[log(3), 0], [log(5), log(7)], [0, 0]])
    assert nested(answers["the attention"]) == [[Rational(1, 4), Rational(3, 4)], [Rational(7, 12), Rational(5, 12)],
                                                [Rational(1, 2), Rational(1, 2)]]


@pytest.mark.parametrize(("x", "w"), [((1, 2, 3, 4), (1, 0, 2)), ((2, -1, 0, 5, 3), (1, 4)), ((1, 1, 2, 3), (3, 1, 2))])
def test_convolutions_of_other_vectors(x, w):
    answers, _ = called("with_numbers", "vector_convolutions", x, w)
    full = [sum(x[i] * w[n - i] for i in range(len(x)) if 0 <= n - i < len(w)) for n in range(len(x) + len(w) - 1)]
    assert nested(answers["full, kernel flipped"]) == full
    assert nested(answers["valid, kernel flipped"]) == full[len(w) - 1:len(x)]
    middle = (len(w) - 1) // 2
    assert nested(answers["same, kernel flipped"]) == full[middle:middle + len(x)]


def test_a_residual_block_with_other_numbers():
    point = {"x_0": Rational(2), "w_0": Rational(3, 4), "w_1": Rational(1, 3), "b_0": Rational(-1, 2), "b_1": Rational(1, 5)}
    answers, _ = called("with_numbers", "residual_block", point)

    def z(p):
        return max(max(p["x_0"] * p["w_0"] + p["b_0"], 0) * p["w_1"] + p["b_1"] + p["x_0"], 0)

    step = Fraction(1, 1000)
    for name in ("w_0", "w_1", "b_0", "b_1"):
        # In the given piece z is affine in each of them, so differences are exact.
        moved = z(point | {name: point[name] + Rational(step)})
        assert answers[rf"$\partial z/\partial {name}$"] == (moved - z(point)) / step


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
    right = next(e.subject for e in entries if isinstance(e.subject, ValueComparison) and e.caption == "in all")
    assert right.status == "proved" and compare_values(right.lhs, 453_750).status == "refuted"


def test_softmax_of_scores_in_floating_point_agrees_with_the_exact_attention():
    answers, _ = called("with_numbers", "attention_of_logarithms")
    scores = [[0.0, log(2)], [log(2), log(3)]]
    for row, exact in zip(scores, nested(answers["the weights"]), strict=True):
        total = sum(exp(s) for s in row)
        assert all(isclose(exp(s) / total, share) for s, share in zip(row, exact, strict=True))
