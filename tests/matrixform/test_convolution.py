"""Gradients of convolutions are convolutions.  Source: Dumoulin and Visin (2016), ch. 4."""

import pytest

import symderiv as sd

N, C, F, L, k, H, W, h, w = sd.dims("N C F L k H W h w")
x, K, b = sd.tensor("x", N, C, L), sd.tensor("K", F, C, k), sd.tensor("b", F)
rows, K1 = sd.tensor("x", C, L), sd.tensor("K", F, C, k)
X, V = sd.tensor("X", H, W), sd.tensor("V", h, w)
images, filters = sd.tensor("X", 2, 2, H, W), sd.tensor("V", 3, 2, h, 2)
y = sd.tensor("y", N, F, L)
vector = sd.tensor("x", L)


def gradient(primal, variable, **options):
    return sd.vjp(primal, variable, sd.tensor("G", *primal.shape), **options)


CASES = [
    (sd.conv1d(x, K, b), x, "conv_transpose1d(G, K)"),
    (sd.conv1d(x, K, b), K, 'conv1d(x, G, spec="ncl,nfl->fcl")'),
    (sd.conv1d(x, K, b), b, "sum(G, axis=(0, 2))"),
    (sd.conv1d(x, K, stride=2, padding=1), x, "conv_transpose1d(G, K, padding=(1, 1), stride=2, output_size=L)"),
    (sd.conv1d(x, K, mode="same"), x, 'conv_transpose1d(G, K, mode="same")'),
    (sd.conv1d(x, K, mode="full"), x, 'conv_transpose1d(G, K, mode="full")'),
    (sd.conv1d(x, K, dilation=2), x, "conv_transpose1d(G, K, dilation=2)"),
    (sd.conv1d(x, K, dilation=2), K, 'conv1d(x, G, stride=2, spec="ncl,nfl->fcl")'),
    (sd.conv1d(x, K, stride=2, dilation=3), x, "conv_transpose1d(G, K, stride=2, dilation=3, output_size=L)"),
    (sd.conv1d(rows, K), rows, "conv_transpose1d(G, K)"),
    (sd.conv1d(rows, K), K, 'conv1d(x, G, spec="cl,fl->fcl")'),
    (sd.conv2d(X, V), X, 'conv2d(G, flip(V, axis=(0, 1)), mode="full")'),
    (sd.conv2d(X, V), V, "conv2d(X, G)"),
    (sd.conv2d(X, V, mode="full"), X, "conv2d(G, flip(V, axis=(0, 1)))"),
    (sd.conv2d(X, V, flip=True), X, 'conv2d(G, V, mode="full")'),
    (sd.conv2d(X, V, stride=2), X, "conv_transpose2d(G, V, stride=2, output_size=(H, W))"),
    (sd.conv2d(X, V, stride=(2, 1)), X, "conv_transpose2d(G, V, stride=(2, 1), output_size=(H, W))"),
    (sd.conv2d(images, filters, padding=((1, 0), (0, 2))), images,
     "conv_transpose2d(G, V, padding=((1, 0), (0, 2)))"),
    (sd.conv2d(images, filters, dilation=(1, 2)), filters, 'conv2d(X, G, stride=(1, 2), spec="nchw,nfhw->fchw")'),
    (sd.conv_transpose1d(y, K), y, "conv1d(G, K)"),
    (sd.conv_transpose1d(y, K, stride=2, padding=1), y, "conv1d(G, K, padding=(1, 1), stride=2)"),
    (sd.conv_transpose1d(y, K, stride=2, padding=1), K,
     'conv1d(G, y, padding=(1, 1), dilation=2, spec="ncl,nfl->fcl")'),
    (sd.avg_pool1d(x, 2), x, 'conv_transpose1d(G, ones(2), stride=2, output_size=L, spec="ncl,l->ncl")/2'),
    (sd.avg_pool1d(vector, 3, stride=1), vector, 'conv1d(G, ones(3), mode="full")/3'),
]


@pytest.mark.parametrize(("primal", "variable", "closed"), CASES, ids=[f"d {p}/d {v}" for p, v, _ in CASES])
def test_the_gradient_is_a_convolution(primal, variable, closed):
    d = gradient(primal, variable)
    assert str(d.closed) == closed
    assert d.status == "proved"
    assert d.check().ok


def test_a_kernel_gradient_with_a_stride_dilates_the_upstream_gradient():
    d = gradient(sd.conv1d(x, K, stride=2), K)
    assert d.closed.params["dilation"] == 2 and d.closed.params["spec"] == "ncl,nfl->fcl"
    assert d.status == "proved" and d.check().ok


def test_names_do_not_matter():
    """The same with every letter of the alphabet turned round."""
    n, c, f, length, size = sd.dims("z y u q a")
    signal, kernel = sd.tensor("P", n, c, length), sd.tensor("A", f, c, size)
    primal = sd.conv1d(signal, kernel)
    G = sd.tensor("Z", *primal.shape)
    assert str(sd.vjp(primal, signal, G).closed) == "conv_transpose1d(Z, A)"
    assert str(sd.vjp(primal, kernel, G).closed) == 'conv1d(P, Z, spec="ncl,nfl->fcl")'
    one = sd.conv2d(sd.tensor("P", n, c), sd.tensor("A", f, size))
    assert str(sd.vjp(one, sd.tensor("P", n, c), sd.tensor("Z", *one.shape)).closed) == \
        'conv2d(Z, flip(A, axis=(0, 1)), mode="full")'


def test_a_layer_with_activation_and_loss():
    """The upstream gradient is itself a product."""
    a = sd.define("a", sd.conv1d(x, K, b))
    loss = sd.sum(sd.tanh(a))
    for variable in (x, K, b):
        d = sd.derive(loss, variable)
        assert d.is_closed and d.status in ("proved", "supported")
        assert d.check().ok
    assert str(sd.derive(loss, x).closed) == "conv_transpose1d(1 - tanh(a).^2, K)"
    assert str(sd.derive(loss, b).closed) == "sum(1 - tanh(a).^2, axis=(0, 2))"


def test_two_layers():
    second = sd.tensor("Q", 2, F, 3)
    loss = sd.mean(sd.conv1d(sd.relu(sd.conv1d(x, K, b, padding=1)), second) ** 2)
    for variable in (x, K, second):
        d = sd.derive(loss, variable)
        assert d.is_closed and d.status == "proved"


def test_windows_of_ones():
    u = sd.tensor("u", k)
    loss = sd.sum(sd.conv1d(vector, u))
    assert str(sd.derive(loss, u).closed) == "conv1d(x, ones(L - k + 1))"
    for variable in (vector, u):
        d = sd.derive(loss, variable)
        assert d.is_closed and d.check().ok


depthwise, u = sd.tensor("x", N, C, L), sd.tensor("u", C, 1, k)


@pytest.mark.parametrize(("variable", "closed"), [
    (depthwise, "conv_transpose1d(G, u, stride=2, output_size=L, groups=C)"), (u, None)])
def test_depthwise(variable, closed):
    d = gradient(sd.conv1d(depthwise, u, groups=C, stride=2), variable)
    assert d.is_closed and d.status == "proved" and d.check().ok
    assert closed is None or str(d.closed) == closed


@pytest.mark.parametrize("name", ["x", "w", "b"])
def test_groups(name):
    variables = {"x": sd.tensor("x", N, 4, L), "w": sd.tensor("w", 6, 2, k), "b": sd.tensor("b", 6)}
    d = gradient(sd.conv1d(*variables.values(), groups=2, stride=2, padding=1), variables[name])
    assert d.status == "proved" and d.check().ok


def test_two_layers_without_an_activation():
    """What comes back is convolved twice: nothing is lost where the padding of the first layer ends."""
    w1, w2, first, second = sd.tensor("w", 3), sd.tensor("u", 3), sd.tensor("K", 4, C, 3), sd.tensor("M", 2, 4, 3)
    plain = gradient(sd.conv1d(sd.conv1d(vector, w1, mode="same"), w2, mode="same"), vector)
    valid = gradient(sd.conv1d(sd.conv1d(vector, w1), w2), vector)
    channels = gradient(sd.conv1d(sd.conv1d(x, first, padding=1), second, padding=1), x)
    assert str(plain.closed) == 'conv1d(conv1d(G, flip(u), mode="same"), flip(w), mode="same")'
    assert str(valid.closed) == 'conv1d(conv1d(G, flip(u), mode="full"), flip(w), mode="full")'
    assert str(channels.closed) == 'conv_transpose1d(conv_transpose1d(G, M, mode="same"), K, mode="same")'
    assert plain.check().ok and valid.check().ok and plain.status == valid.status == "proved"


def test_global_average_pooling_spreads_the_gradient_evenly():
    d = gradient(sd.global_avg_pool(sd.tensor("X", 2, 3, H, W)), sd.tensor("X", 2, 3, H, W))
    assert d.status == "proved" and d.check().ok


def test_what_is_no_convolution_stays_in_index_form():
    """Two windows over one signal: no closed form is pretended."""
    i, j = sd.indices("i", L), sd.indices("j", k)
    u, v = sd.tensor("u", k), sd.tensor("v", k)
    s = sd.define("s", (i,), sd.Sum(vector[i + j - 1] * u[j] * v[k + 1 - j] * vector[i + 2 * j], j))
    d = gradient(s, u)
    assert d.check().ok


@pytest.mark.parametrize(("primal", "variable", "closed"), [
    (sd.windows(vector, 3, stride=2, padding=1), vector, "overlap_add(G, padding=(1, 1), stride=2, output_size=L)"),
    (sd.windows(vector, k), vector, "overlap_add(G, output_size=L)"),
    (sd.windows(X, (2, 3), stride=2), X, "overlap_add(G, stride=2, output_size=(H, W))"),
    (sd.max_pool1d(rows, 2), rows, None),
    (sd.max_pool1d(rows, 3, stride=2), rows, None),
    (sd.max_pool2d(X, 2), X, None),
])
def test_the_gradient_of_windows_adds_them_up(primal, variable, closed):
    d = gradient(primal, variable)
    assert d.is_closed and d.status == "proved" and d.check().ok
    assert str(d.closed).startswith("overlap_add(") and closed in (None, str(d.closed))


@pytest.mark.parametrize(("options", "by_signal", "by_kernel"), [
    ({}, 'conv1d(Z, flip(B), mode="full")', "conv1d(A, Z)"),
    ({"mode": "full"}, "conv1d(Z, flip(B))", "flip(conv1d(Z, A))"),
    ({"flip": True}, 'conv1d(Z, B, mode="full")', "flip(conv1d(A, Z))"),
    ({"padding": 1}, "conv_transpose1d(Z, B, padding=(1, 1))", "conv1d(A, Z, padding=(1, 1))"),
])
def test_names_of_vectors_do_not_matter(options, by_signal, by_kernel):
    """The kernel is the operand of the plainer size, not the one later in the alphabet."""
    z, size = sd.dims("z b")
    one, two = sd.tensor("A", z), sd.tensor("B", size)
    primal = sd.conv1d(one, two, **options)
    G = sd.tensor("Z", *primal.shape)
    assert str(sd.vjp(primal, one, G).closed) == by_signal
    assert str(sd.vjp(primal, two, G).closed) == by_kernel


def test_along_three_axes_as_along_two():
    sizes = sd.dims("D H W p q r")
    signal, kernel = sd.tensor("X", *sizes[:3]), sd.tensor("K", *sizes[3:])
    upstream = sd.tensor("G", *(n - k + 1 for n, k in zip(sizes[:3], sizes[3:], strict=True)))
    found = sd.derive(sd.sum(upstream * sd.conv3d(signal, kernel)), (signal, kernel))
    assert [str(d.closed) for d in found] == ['conv3d(G, flip(K, axis=(0, 1, 2)), mode="full")', "conv3d(X, G)"]
    assert {d.status for d in found} == {"proved"}


def test_the_transpose_along_three_axes_with_channels():
    channels, sizes = sd.dims("C F"), sd.dims("D H W p q r")
    signal, kernel = sd.tensor("X", channels[0], *sizes[:3]), sd.tensor("K", *channels[::-1], *sizes[3:])
    upstream = sd.tensor("G", channels[1], *(n - k + 1 for n, k in zip(sizes[:3], sizes[3:], strict=True)))
    found = sd.derive(sd.sum(upstream * sd.conv3d(signal, kernel)), signal)
    assert str(found.closed) == "conv_transpose3d(G, K)" and found.status == "proved"


def test_what_is_multiplied_with_a_convolution_is_no_part_that_may_be_left_out():
    """Σ_i (Σ_r x[i + r] w[r]) y[3i + 2s] is no convolution of y alone; none of it is seen at sizes where y ends at once."""
    x, w, y, v = sd.tensor("x", L), sd.tensor("w", k), sd.tensor("y", L), sd.tensor("v", k)
    i, (r, s) = sd.indices("i", L), sd.indices("r s", k)
    d = sd.derive(sd.Sum(x[i + r] * w[r] * y[3 * i + 2 * s] * v[s], i, r, s), v)
    assert {x, w, y} <= d.spelled.free_symbols
