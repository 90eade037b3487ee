"""Convolutions over batches and channels, transposed convolutions and average pooling."""

from itertools import product

import numpy as np
import pytest

import symderiv as sd
from symderiv.errors import DeclarationError, ShapeError
from symderiv.numeric.compiled import compile_numpy

N, C, F, L, k, H, W, h, w = sd.dims("N C F L k H W h w")
signal, filters, bias = sd.tensor("x", N, C, L), sd.tensor("K", F, C, k), sd.tensor("b", F)
images, filters2 = sd.tensor("X", N, C, H, W), sd.tensor("V", F, C, h, w)
image, kernel = sd.tensor("X", H, W), sd.tensor("V", h, w)
spread = sd.tensor("Y", N, F, L)
random = np.random.default_rng(0)


def data(**shapes):
    return {name: random.standard_normal(shape) for name, shape in shapes.items()}


def agree(e, arrays):
    """The compiled source, which goes another way, and the definition."""
    f, _ = compile_numpy(e, tuple(sorted(e.free_symbols, key=str)))
    expected = sd.evaluate(e, **arrays)
    np.testing.assert_allclose(f(**arrays), expected, atol=1e-12)
    return expected


def correlated(x, v, stride, padding, dilation):
    """conv2d of images by loops over all entries."""
    x = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    rows, columns = (((n - d * (m - 1) - 1) // s) + 1 for n, m, s, d in zip(
        x.shape[2:], v.shape[2:], stride, dilation, strict=True))
    y = np.zeros((len(x), len(v), rows, columns))
    for i, j, p, q in product(range(rows), range(columns), range(v.shape[2]), range(v.shape[3])):
        y[:, :, i, j] += x[:, :, i * stride[0] + p * dilation[0], j * stride[1] + q * dilation[1]] @ v[:, :, p, q].T
    return y


@pytest.mark.parametrize("options", [
    {}, {"stride": 2}, {"padding": (1, 3), "dilation": 2, "stride": 2}, {"mode": "full"}, {"mode": "same", "dilation": 3},
    {"flip": True, "mode": "same"}, {"padding": (k - 2, -1)}, {"padding": "same"}])
def test_conv1d_over_batch_and_channels(options):
    agree(sd.conv1d(signal, filters, bias, **options), data(x=(2, 3, 9), K=(4, 3, 2), b=4))
    agree(sd.conv1d(sd.tensor("x", C, L), filters, **options), data(x=(3, 9), K=(4, 3, 2)))


@pytest.mark.parametrize(("stride", "padding", "dilation"), [
    ((1, 1), (0, 0), (1, 1)), ((2, 1), (1, 0), (1, 2)), ((2, 2), (1, 1), (1, 1)), ((1, 3), (0, 2), (2, 1))])
def test_conv2d_is_the_loop_over_all_entries(stride, padding, dilation):
    arrays = data(X=(2, 2, 5, 6), V=(3, 2, 2, 3))
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    found = agree(sd.conv2d(images, filters2, **options), arrays)
    np.testing.assert_allclose(found, correlated(arrays["X"], arrays["V"], stride, padding, dilation))
    one = agree(sd.conv2d(image, kernel, **options), {"X": arrays["X"][0, 0], "V": arrays["V"][0, 0]})
    np.testing.assert_allclose(one, correlated(arrays["X"][:1, :1], arrays["V"][:1, :1], stride, padding, dilation)[0, 0])


@pytest.mark.parametrize("options", [
    {}, {"stride": 2}, {"stride": 2, "dilation": 3}, {"dilation": 2}, {"padding": 1}, {"padding": (0, -2)}, {"mode": "same"},
    {"padding": (1, 2), "stride": 3, "dilation": 2}, {"stride": 2, "padding": 1, "output_size": 10}])
def test_a_transposed_convolution_is_the_transpose_of_the_convolution(options):
    """⟨y, conv(x)⟩ = ⟨conv_transpose(y), x⟩."""
    arrays = data(Y=(2, 4, 5), K=(4, 3, 3))
    back = agree(sd.conv_transpose1d(spread, filters, **options), arrays)
    options = {key: value for key, value in options.items() if key != "output_size"}
    x = random.standard_normal(back.shape)
    there = sd.evaluate(sd.conv1d(signal, filters, **options), x=x, K=arrays["K"])
    np.testing.assert_allclose((back * x).sum(), (there * arrays["Y"][:, :, :there.shape[2]]).sum())


@pytest.mark.parametrize("options", [{}, {"stride": (2, 1)}, {"padding": ((1, 0), (0, 1)), "dilation": (1, 2)},
                                     {"stride": 2, "padding": 1, "output_padding": 1}])
def test_conv_transpose2d(options):
    agree(sd.conv_transpose2d(image, kernel, **options), data(X=(3, 4), V=(2, 3)))
    many = sd.conv_transpose2d(sd.tensor("X", N, F, H, W), filters2, **options)
    agree(many, data(X=(2, 3, 3, 4), V=(3, 2, 2, 3)))


def test_output_padding_and_output_size_say_the_same():
    x = sd.tensor("x", 4)
    a = sd.conv_transpose1d(x, sd.tensor("w", 3), stride=2, padding=1, output_padding=1)
    b = sd.conv_transpose1d(x, sd.tensor("w", 3), stride=2, padding=1, output_size=8)
    assert a.shape == b.shape == (8,)
    assert sd.prove(a, b).status == "proved"


def test_axes_named_by_a_spec():
    grad = sd.tensor("G", N, F, L - k + 1)
    agree(sd.conv1d(signal, grad, spec="ncl,nfl->fcl"), data(x=(2, 3, 7), G=(2, 2, 5)))
    agree(sd.conv1d(signal, sd.tensor("w", C, k), spec="ncl,cl->ncl"), data(x=(2, 3, 7), w=(3, 2)))
    assert sd.conv1d(signal, filters, spec="bal,oal->bol") == sd.conv1d(signal, filters)


def test_sizes_with_floors():
    assert sd.conv2d(images, filters2, stride=2, padding=1).shape == (
        N, F, sd.conv1d(sd.tensor("a", H), sd.tensor("u", h), stride=2, padding=1).shape[0],
        sd.conv1d(sd.tensor("a", W), sd.tensor("u", w), stride=2, padding=1).shape[0])
    assert sd.conv_transpose2d(image, kernel, stride=2).shape == (2 * H + h - 2, 2 * W + w - 2)


@pytest.mark.parametrize(("build", "error", "words"), [
    (lambda: sd.conv1d(signal, sd.tensor("K", F, L, k)), ShapeError, ["channels", "C", "L"]),
    (lambda: sd.conv2d(images, filters), ShapeError, ["(N, C, H, W)", "(F, C, k)"]),
    (lambda: sd.conv1d(signal, filters, sd.tensor("b", C)), ShapeError, ["bias", "(C)", "F"]),
    (lambda: sd.conv2d(sd.tensor("X", 3, 4), sd.tensor("V", 2, 5)), ShapeError, ["(3, 4)", "(2, 5)", "fit"]),
    (lambda: sd.conv1d(signal, filters, spec="ncl,fcl"), DeclarationError, ["spec", "ncl,fcl"]),
    (lambda: sd.conv2d(images, filters2, stride=(1, 2, 3)), DeclarationError, ["stride", "3 values"]),
    (lambda: sd.flip(image), ShapeError, ["(H, W)", "axis"]),
    (lambda: sd.avg_pool1d(sd.tensor("x", 2), 3), ShapeError, ["fit"]),
])
def test_what_does_not_conform_is_refused(build, error, words):
    with pytest.raises(error) as caught:
        build()
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(("e", "arrays"), [
    (sd.avg_pool1d(sd.tensor("x", L), 3, stride=1, padding=1), {"x": 7}),
    (sd.avg_pool1d(signal, 2), {"x": (2, 3, 7)}),
    (sd.avg_pool2d(images, (2, 3), stride=2, padding=(1, 0)), {"X": (2, 3, 6, 7)}),
    (sd.avg_pool2d(sd.tensor("X", C, H, W), 2, stride=(2, 1)), {"X": (3, 4, 5)}),
    (sd.global_avg_pool(images), {"X": (2, 3, 4, 5)}),
])
def test_average_pooling(e, arrays):
    agree(e, data(**arrays))


def test_average_pooling_of_numbers():
    x = np.arange(1.0, 8)
    assert sd.evaluate(sd.avg_pool1d(sd.tensor("x", L), 2), x=x).tolist() == [1.5, 3.5, 5.5]
    assert sd.evaluate(sd.avg_pool1d(sd.tensor("x", L), 3, stride=2), x=x).tolist() == [2, 4, 6]
    assert sd.evaluate(sd.avg_pool1d(sd.tensor("x", L), 2, padding=(1, 0)), x=x).tolist() == [0.5, 2.5, 4.5, 6.5]


def test_flip_of_an_axis():
    X = sd.tensor("X", H, W)
    a = random.standard_normal((3, 4))
    np.testing.assert_array_equal(agree(sd.flip(X, axis=1), {"X": a}), a[:, ::-1])
    assert sd.flip(sd.flip(X, axis=1), axis=(0, 1)) == sd.flip(X, axis=0)
    assert sd.flip(sd.flip(X, axis=-1), axis=1) == X


@pytest.mark.parametrize(("e", "text"), [
    (sd.conv2d(images, filters2, sd.tensor("b", F), stride=(2, 1), padding=1), "conv2d(X, V, b, padding=1, stride=(2, 1))"),
    (sd.conv2d(image, kernel, padding=((0, 1), (2, 2))), "conv2d(X, V, padding=((0, 1), (2, 2)))"),
    (sd.conv_transpose1d(spread, filters, stride=2, output_size=L), "conv_transpose1d(Y, K, stride=2, output_size=L)"),
    (sd.avg_pool2d(images, 2), "avg_pool2d(X, 2)"),
    (sd.avg_pool2d(images, (3, 2), stride=1), "avg_pool2d(X, (3, 2), stride=1)"),
])
def test_text_leaves_out_what_is_usual(e, text):
    assert str(e) == text


@pytest.mark.parametrize(("channels", "outputs", "groups"), [(4, 6, 2), (3, 3, 3), (3, 6, 3), (4, 2, 2)])
@pytest.mark.parametrize("options", [{}, {"stride": 2, "padding": 1}])
def test_groups_part_the_channels(channels, outputs, groups, options):
    """Each group is a convolution of its own."""
    deep, wide = channels // groups, outputs // groups
    x, w = sd.tensor("x", N, channels, L), sd.tensor("w", outputs, deep, k)
    arrays = data(x=(2, channels, 7), w=(outputs, deep, 3))
    found = agree(sd.conv1d(x, w, groups=groups, **options), arrays)
    part = sd.conv1d(sd.tensor("x", N, deep, L), sd.tensor("w", wide, deep, k), **options)
    for g in range(groups):
        own = sd.evaluate(part, x=arrays["x"][:, g * deep:(g + 1) * deep], w=arrays["w"][g * wide:(g + 1) * wide])
        np.testing.assert_allclose(found[:, g * wide:(g + 1) * wide], own)
    back = sd.conv_transpose1d(sd.tensor("y", N, outputs, L), w, groups=groups, **options)
    there = data(y=found.shape, w=arrays["w"].shape)
    agree(back, there)


def test_depthwise_in_two_axes():
    x, u = sd.tensor("x", N, C, H, W), sd.tensor("u", C, 1, h, w)
    agree(sd.conv2d(x, u, sd.tensor("b", C), groups=C, stride=2), data(x=(2, 3, 5, 6), u=(3, 1, 2, 3), b=3))
    agree(sd.conv_transpose2d(x, u, groups=C, stride=2), data(x=(2, 3, 2, 3), u=(3, 1, 2, 3)))


def test_groups_must_divide_the_channels():
    with pytest.raises(ShapeError, match="groups"):
        sd.conv1d(sd.tensor("x", N, 4, L), sd.tensor("w", 6, 3, k), groups=2)
    with pytest.raises(DeclarationError, match="channels"):
        sd.conv1d(sd.tensor("x", L), sd.tensor("w", k), groups=2)


@pytest.mark.parametrize(("e", "arrays"), [
    (sd.windows(sd.tensor("x", L), 3, stride=2, padding=1), {"x": 7}),
    (sd.windows(sd.tensor("X", N, L), 3, dilation=2), {"X": (2, 7)}),
    (sd.windows(image, (2, 3), stride=(2, 1)), {"X": (5, 6)}),
    (sd.overlap_add(sd.tensor("U", N, H, 3), 8, stride=2, padding=1), {"U": (2, 4, 3)}),
    (sd.overlap_add(sd.tensor("U", H, W, 2, 3), (8, 7), stride=(2, 1)), {"U": (3, 4, 2, 3)}),
    (sd.max_pool1d(sd.tensor("X", N, L), 2), {"X": (2, 7)}),
    (sd.max_pool1d(sd.tensor("X", N, L), 3, stride=2), {"X": (2, 7)}),
    (sd.max_pool2d(images, (2, 3), stride=1), {"X": (2, 3, 5, 6)}),
])
def test_windows_and_what_is_taken_of_them(e, arrays):
    agree(e, data(**arrays))


def test_im2col():
    """A convolution is a product with the matrix of windows."""
    x, w = sd.tensor("x", L), sd.tensor("w", k)
    assert sd.prove(sd.windows(x, k) @ w, sd.conv1d(x, w)).status == "proved"
    assert sd.prove(sd.windows(x, k, stride=2, padding=1) @ w, sd.conv1d(x, w, stride=2, padding=1)).status == "proved"


def test_max_pooling_of_numbers():
    x = np.array([3.0, 1, -4, -1, 5, 9, 2])
    assert sd.evaluate(sd.max_pool1d(sd.tensor("x", L), 2), x=x).tolist() == [3, -1, 9]
    assert str(sd.max_pool1d(sd.tensor("x", L), 3, stride=2)) == "max_pool1d(x, 3, stride=2)"
