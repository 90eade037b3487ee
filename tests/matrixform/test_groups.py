"""Convolutions in groups: their gradients are convolutions in groups.

Source: Krizhevsky, Sutskever and Hinton (2012), 3.5; Howard et al. (2017), sec. 3.1 for one group a channel.
"""

import numpy as np
import pytest

import symderiv as sd
from symderiv.errors import DeclarationError, ShapeError

N, C, L, k, g, H, W, h, w = sd.dims("N C L k g H W h w")
T = sd.tensor


def gradients(primal, *variables):
    G = T("G", *primal.shape)
    return [sd.vjp(primal, v, G) for v in variables]


CASES = {
    "groups of unknown number": (
        sd.conv1d(T("x", N, 2 * g, L), T("w", 3 * g, 2, k), groups=g), T("x", N, 2 * g, L), T("w", 3 * g, 2, k),
        "conv_transpose1d(G, w, groups=g)", 'conv1d(x, G, groups=g, spec="ncl,nfl->fcl")'),
    "one kernel a channel": (
        sd.conv1d(T("x", N, C, L), T("w", C, 1, k), groups=C), T("x", N, C, L), T("w", C, 1, k),
        "conv_transpose1d(G, w, groups=C)", 'conv1d(x, G, groups=C, spec="ncl,nfl->fcl")'),
    "two kernels a channel": (
        sd.conv1d(T("x", N, C, L), T("w", 2 * C, 1, k), groups=C), T("x", N, C, L), T("w", 2 * C, 1, k),
        "conv_transpose1d(G, w, groups=C)", 'conv1d(x, G, groups=C, spec="ncl,nfl->fcl")'),
    "dilated": (
        sd.conv1d(T("x", N, 4, L), T("w", 6, 2, k), groups=2, dilation=2), T("x", N, 4, L), T("w", 6, 2, k),
        "conv_transpose1d(G, w, dilation=2, groups=2)", 'conv1d(x, G, stride=2, groups=2, spec="ncl,nfl->fcl")'),
    "transposed": (
        sd.conv_transpose1d(T("x", N, 4, L), T("w", 4, 3, k), groups=2, stride=2), T("x", N, 4, L), T("w", 4, 3, k),
        "conv1d(G, w, stride=2, groups=2)", 'conv1d(G, x, dilation=2, groups=2, spec="ncl,nfl->fcl")'),
    "images": (
        sd.conv2d(T("x", N, C, H, W), T("w", C, 1, h, w), groups=C, padding=1), T("x", N, C, H, W), T("w", C, 1, h, w),
        "conv_transpose2d(G, w, padding=1, groups=C)", 'conv2d(x, G, padding=1, groups=C, spec="nchw,nfhw->fchw")'),
}


# Strides and dilations in groups, of which the number of channels is a number: not every certificate is found.
UNCERTIFIED = ("dilated", "transposed")


@pytest.mark.parametrize(("primal", "signal", "kernel", "by_signal", "by_kernel"), CASES.values(), ids=CASES)
def test_gradients(request, primal, signal, kernel, by_signal, by_kernel):
    first, second = gradients(primal, signal, kernel)
    assert (str(first.closed), str(second.closed)) == (by_signal, by_kernel)
    proved = {"proved", "supported"} if request.node.callspec.id in UNCERTIFIED else {"proved"}
    assert {first.status, second.status} <= proved


def test_the_kernel_of_groups_by_hand():
    rng = np.random.default_rng(0)
    x, G = rng.normal(size=(2, 6, 9)), rng.normal(size=(2, 9, 7))
    e = sd.conv1d(T("x", 2, 6, 9), T("G", 2, 9, 7), groups=3, spec="ncl,nfl->fcl")
    by_hand = np.array([[[sum(x[n, 2 * (f // 3) + c, j:j + 7] @ G[n, f] for n in range(2)) for j in range(3)]
                         for c in range(2)] for f in range(9)])
    assert np.allclose(sd.evaluate(e, x=x, G=G), by_hand)
    u = T("u", 9, 2, 3)
    compiled = sd.derive(sd.sum(e * u), u).numpy()
    assert np.allclose(compiled(x=x, G=G, u=0 * by_hand), by_hand)
    d = sd.vjp(sd.conv1d(T("x", 2, 6, 9), T("w", 9, 2, 3), groups=3), T("w", 9, 2, 3), T("G", 2, 9, 7))
    assert np.allclose(d.numpy()(x=x, G=G, w=by_hand), by_hand)


def test_text_reads_back():
    e = sd.conv1d(T("x", N, 2 * g, L), T("G", N, 3 * g, L), mode="full", groups=g, spec="ncl,nfl->fcl")
    assert sd.parse(str(e), x=T("x", N, 2 * g, L), G=T("G", N, 3 * g, L), g=g) == e


def test_a_spec_without_channels_in_groups_is_refused():
    with pytest.raises(DeclarationError, match="c and f"):
        sd.conv1d(T("x", N, 4, L), T("w", N, 6, L), groups=2, spec="nal,nbl->bal")
    with pytest.raises(ShapeError, match="3 groups"):
        sd.conv1d(T("x", N, 4, L), T("G", N, 6, L), mode="full", groups=3, spec="ncl,nfl->fcl")


def test_another_number_of_groups_is_another_value():
    x, G = T("x", N, 4, L), T("G", N, 4, L)
    two, four = (sd.conv1d(x, G, mode="full", groups=q, spec="ncl,nfl->fcl") for q in (2, 4))
    assert two.shape != four.shape
