"""Figures that are well known, errors that name the layer, options, and what is written down."""

from __future__ import annotations

import numpy as np
import pytest

import symderiv as sd
from symderiv.counting import (
    GRU,
    LSTM,
    RNN,
    Activation,
    AvgPool2d,
    BatchNorm2d,
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    DepthwiseConv2d,
    Dropout,
    Embedding,
    Flatten,
    GlobalAvgPool2d,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
    Linear,
    MaxPool2d,
    MultiHeadAttention,
    Parallel,
    Permute,
    Reshape,
    Residual,
    Sequential,
    Upsample,
    ZeroPad2d,
)
from symderiv.errors import DeclarationError
from symderiv.layers.windows import Slide
from tests.work import at_most

RELU = Activation()


def lenet():
    return Sequential(Conv2d(6, 5, padding=2), Activation("tanh"), AvgPool2d(2), Conv2d(16, 5), AvgPool2d(2), Conv2d(120, 5),
                      Flatten(), Linear(84), Linear(10)), (1, 28, 28)


def alexnet():
    return Sequential(Conv2d(64, 11, stride=4, padding=2), RELU, MaxPool2d(3, 2), Conv2d(192, 5, padding=2), MaxPool2d(3, 2),
                      Conv2d(384, 3, padding=1), Conv2d(256, 3, padding=1), Conv2d(256, 3, padding=1), MaxPool2d(3, 2),
                      Flatten(), Linear(4096), Dropout(), Linear(4096), Linear(1000)), (3, 224, 224)


def alexnet_on_two_cards():
    return Sequential(Conv2d(96, 11, stride=4), MaxPool2d(3, 2), Conv2d(256, 5, padding=2, groups=2), MaxPool2d(3, 2),
                      Conv2d(384, 3, padding=1), Conv2d(384, 3, padding=1, groups=2), Conv2d(256, 3, padding=1, groups=2),
                      MaxPool2d(3, 2), Flatten(), Linear(4096), Linear(4096), Linear(1000)), (3, 227, 227)


def vgg(*blocks):
    layers = []
    for channels, times in blocks:
        layers += [Conv2d(channels, 3, padding=1), RELU] * times + [MaxPool2d(2)]
    return Sequential(*layers, Flatten(), Linear(4096), Linear(4096), Linear(1000)), (3, 224, 224)


def basic(c, stride, first):
    body = (Conv2d(c, 3, stride=stride, padding=1, bias=False), BatchNorm2d(), RELU, Conv2d(c, 3, padding=1, bias=False),
            BatchNorm2d())
    short = [Conv2d(c, 1, stride=stride, bias=False), BatchNorm2d()] if first and stride == 2 else None
    return Sequential(Residual(*body, shortcut=short), RELU)


def bottleneck(c, stride, first):
    body = (Conv2d(c, 1, bias=False), BatchNorm2d(), RELU, Conv2d(c, 3, stride=stride, padding=1, bias=False), BatchNorm2d(),
            RELU, Conv2d(4 * c, 1, bias=False), BatchNorm2d())
    short = [Conv2d(4 * c, 1, stride=stride, bias=False), BatchNorm2d()] if first else None
    return Sequential(Residual(*body, shortcut=short), RELU)


def resnet(block, *numbers):
    layers = [Conv2d(64, 7, stride=2, padding=3, bias=False), BatchNorm2d(), RELU, MaxPool2d(3, stride=2, padding=1)]
    for stage, (number, c) in enumerate(zip(numbers, (64, 128, 256, 512), strict=True)):
        layers += [block(c, 2 if stage and not n else 1, not n) for n in range(number)]
    return Sequential(*layers, GlobalAvgPool2d(), Linear(1000)), (3, 224, 224)


def mobilenet():
    def separable(c, stride):
        return [DepthwiseConv2d(3, stride=stride, padding=1, bias=False), BatchNorm2d(), Conv2d(c, 1, bias=False),
                BatchNorm2d()]
    steps = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))
    return Sequential(Conv2d(32, 3, stride=2, padding=1, bias=False), BatchNorm2d(), *(separable(*s) for s in steps),
                      GlobalAvgPool2d(), Linear(1000)), (3, 224, 224)


def squeezenet():
    def fire(s, e):
        return Sequential(Conv2d(s, 1), Parallel(Conv2d(e, 1), Conv2d(e, 3, padding=1)))
    return Sequential(Conv2d(96, 7, stride=2), MaxPool2d(3, 2), fire(16, 64), fire(16, 64), fire(32, 128), MaxPool2d(3, 2),
                      fire(32, 128), fire(48, 192), fire(48, 192), fire(64, 256), MaxPool2d(3, 2), fire(64, 256),
                      Conv2d(1000, 1), GlobalAvgPool2d()), (3, 224, 224)


def densenet():
    def dense():
        return Parallel(Sequential(), [BatchNorm2d(), RELU, Conv2d(128, 1, bias=False), BatchNorm2d(), RELU,
                                       Conv2d(32, 3, padding=1, bias=False)])
    layers, c = [Conv2d(64, 7, stride=2, padding=3, bias=False), BatchNorm2d(), RELU, MaxPool2d(3, 2, padding=1)], 64
    for stage, number in enumerate((6, 12, 24, 16)):
        layers += [dense() for _ in range(number)]
        c += 32 * number
        if stage < 3:
            c //= 2
            layers += [BatchNorm2d(), Conv2d(c, 1, bias=False), AvgPool2d(2)]
    return Sequential(*layers, BatchNorm2d(), GlobalAvgPool2d(), Linear(1000)), (3, 224, 224)


def unet(*channels):
    def twice(c):
        return [Conv2d(c, 3, padding=1), RELU, Conv2d(c, 3, padding=1), RELU]
    c, *deeper = channels
    if not deeper:
        return twice(c)
    return [*twice(c), Parallel(Sequential(), [MaxPool2d(2), unet(*deeper), ConvTranspose2d(c, 2, stride=2)]), *twice(c)]


def encoder(d, heads, hidden):
    return Sequential(Residual(MultiHeadAttention(d, heads)), LayerNorm(), Residual(Linear(hidden), RELU, Linear(d)),
                      LayerNorm())


def gpt2():
    block = Sequential(Residual(LayerNorm(), MultiHeadAttention(768, 12)),
                       Residual(LayerNorm(), Linear(3072), Activation("gelu"), Linear(768)))
    return Sequential(Embedding(50257, 768), *[block] * 12, LayerNorm()), (1024,)


def vit():
    block = Sequential(Residual(LayerNorm(), MultiHeadAttention(768, 12)),
                       Residual(LayerNorm(), Linear(3072), Activation("gelu"), Linear(768)))
    return Sequential(Conv2d(768, 16, stride=16), Reshape((768, 196)), Permute((1, 0)), *[block] * 12, LayerNorm()), (
        3, 224, 224)


KNOWN = {
    "LeNet-5 has 61,706 parameters": (lenet, 61_706, None),
    "AlexNet has 61,100,840 parameters and 714 M multiply-accumulates": (alexnet, 61_100_840, 714_188_480),
    "AlexNet with groups has 60,965,224": (alexnet_on_two_cards, 60_965_224, 724_406_816),
    "VGG-16 has 138,357,544": (lambda: vgg((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), 138_357_544, 15_470_264_320),
    "VGG-19 has 143,667,240": (lambda: vgg((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)), 143_667_240, None),
    "ResNet-18 has 11,689,512": (lambda: resnet(basic, 2, 2, 2, 2), 11_689_512, 1_814_073_344),
    "ResNet-34 has 21,797,672": (lambda: resnet(basic, 3, 4, 6, 3), 21_797_672, 3_663_761_408),
    "ResNet-50 has 25,557,032": (lambda: resnet(bottleneck, 3, 4, 6, 3), 25_557_032, 4_089_184_256),
    "ResNet-101 has 44,549,160": (lambda: resnet(bottleneck, 3, 4, 23, 3), 44_549_160, 7_801_405_440),
    "ResNet-152 has 60,192,808": (lambda: resnet(bottleneck, 3, 8, 36, 3), 60_192_808, 11_513_626_624),
    "MobileNet has 4,231,976": (mobilenet, 4_231_976, 568_740_352),
    "SqueezeNet 1.0 has 1,248,424": (squeezenet, 1_248_424, None),
    "DenseNet-121 has 7,978,856": (densenet, 7_978_856, 2_834_161_664),
    "U-Net has 31,030,658": (
        lambda: (Sequential(unet(64, 128, 256, 512, 1024), Conv2d(2, 1)), (1, 192, 192)), 31_030_658, None),
    "a Transformer layer has 3,152,384": (lambda: (encoder(512, 8, 2048), (100, 512)), 3_152_384, None),
    "GPT-2 without positions has 123,653,376": (gpt2, 124_439_808 - 1024 * 768, None),
    "ViT-B/16 has 85,646,592 without class token, positions and head": (vit, 86_567_656 - 768 - 197 * 768 - 769_000, None),
    "LSTM(100) of 32 features has 53,200": (lambda: (LSTM(100), (500, 32)), 53_200, 500 * 4 * 100 * 132),
    "LSTM with two biases a gate": (lambda: (LSTM(20, biases=2), (5, 10)), 2_560, None),
    "GRU with a bias after the reset": (lambda: (GRU(32, biases=2), (10, 16)), 4_800, None),
    "RNN(5) of 3 features has 45": (lambda: (RNN(5), (7, 3)), 45, 7 * 5 * 8),
    "a bidirectional LSTM has twice as many": (lambda: (LSTM(100, bidirectional=True), (500, 32)), 106_400, None),
}


@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
def test_known_figures(known):
    network, params, flops = known
    network, shape = network()
    table = network.table(shape)
    assert table.params == params
    assert type(table.params) is int
    if flops is not None:
        assert table.flops == flops


def test_a_stack_of_five_layers():
    net = Sequential(Conv2d(8, 7, stride=2, padding=2), MaxPool2d(2), Conv2d(16, 5, stride=2, padding=1),
                     Conv2d(16, 3, padding=1), MaxPool2d(2))
    t = net.table((4, 37, 37))
    assert [row.output for row in t] == [(8, 18, 18), (8, 9, 9), (16, 4, 4), (16, 4, 4), (16, 2, 2)]
    assert t.output == (16, 2, 2)
    assert t[0].params == 8 * (4 * 49 + 1) and t[0].flops == 8 * 18 * 18 * 4 * 49
    assert t[0].layer == "Conv2d(8, 7, stride=2, padding=2)" and t[0].kernel == (7, 7) and t[0].kernel == 7
    assert t.entries == 64 and t.activations == 8 * 18 * 18 + 8 * 81 + 3 * 256 - 256 + 64


@pytest.mark.parametrize("network, shape, field", [
    (Sequential(*[Conv2d(4, 3)] * 3), (4, 32, 32), 7),
    (Sequential(*[Conv1d(1, 2, dilation=2**n) for n in range(10)]), (1, 2000), 1024),
    (Sequential(*[Conv2d(8, 3, dilation=d, padding=d) for d in (1, 2, 4, 8, 16)]), (8, 64, 64), 63),
    (Sequential(Conv2d(4, (3, 5)), Conv2d(4, (1, 3), stride=(1, 2)), Conv2d(4, 3)), (4, 32, 32), (5, 11)),
    (Parallel(Conv2d(4, 1), Conv2d(4, 5, padding=2)), (4, 32, 32), 5),
    (Residual(Conv2d(4, 3, padding=1), Conv2d(4, 3, padding=1)), (4, 32, 32), 5),
    (Sequential(MaxPool2d(2), Upsample(2)), (1, 8, 8), 2),
    (Sequential(MaxPool2d(2), Upsample(2), Conv2d(1, 3, padding=1)), (1, 8, 8), 4),
    (Sequential(Conv2d(2, 3), Flatten(), Linear(5)), (1, 9, 8), (9, 8)),
], ids=lambda value: str(value)[:60])
def test_receptive_fields(network, shape, field):
    assert network.table(shape).receptive_field == field


def test_the_first_unet_crops_what_it_hands_on():
    def twice(c):
        return [Conv2d(c, 3), RELU, Conv2d(c, 3), RELU]

    net = twice(1024)
    for c, cut in ((512, 4), (256, 16), (128, 40), (64, 88)):
        net = [*twice(c), Parallel(ZeroPad2d(-cut), [MaxPool2d(2), net, ConvTranspose2d(c, 2, stride=2)]), *twice(c)]
    t = Sequential(net, Conv2d(2, 1)).table((1, 572, 572))
    assert t.output == (2, 388, 388) and t.params == 31_030_658


def test_receptive_fields_of_known_networks():
    assert vgg((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))[0].table((3, 224, 224))[30].receptive_field == 212
    assert alexnet()[0].table((3, 224, 224))[8].receptive_field == 195


def test_a_152_layer_network_with_symbolic_sizes_takes_little_work():
    H, W = sd.dims("H W")
    network, _ = resnet(bottleneck, 3, 8, 36, 3)
    with at_most(3_000_000):
        t = network.table((3, H, W))
    assert t.params == 60_192_808
    assert t.subs(H=224, W=224).flops == 11_513_626_624


def test_ways_to_count_operations():
    layer, shape = Conv2d(8, 3, padding=1), (4, 6, 6)
    results, length = 8 * 36, 36
    assert layer.table(shape).flops == results * length
    assert layer.table(shape, operations="2n").flops == results * 2 * length
    assert layer.table(shape, operations="2n-1").flops == results * (2 * length - 1)
    assert layer.table(shape, operations="2n − 1").flops == results * (2 * length - 1)
    assert layer.table(shape, operations="2n-1", also="bias").flops == results * 2 * length
    assert "2n - 1" in str(layer.table(shape, operations="2n-1"))
    assert MaxPool2d(3, 1, padding=1).table((512, 128, 128)).flops == 0
    assert MaxPool2d(3, 1, padding=1).table((512, 128, 128), also=["pooling"]).flops == 75_497_472
    assert Sequential(RELU, BatchNorm2d()).table(shape, also="elementwise").flops == 3 * 4 * 36
    assert layer.table((5, *shape), batch=True).flops == 5 * results * length
    assert layer.table((5, *shape), batch=True).output == (5, 8, 6, 6)


def test_attention_counts_projections_scores_and_values():
    T, d = sd.dims("T d")
    t = MultiHeadAttention(512, 8).table((T, 512))
    assert (t.flops - (4 * T * 512**2 + 2 * T**2 * 512)).expand() == 0
    assert t.params == 4 * (512**2 + 512)
    assert MultiHeadAttention(512, 8, bias=False).table((T, 512)).params == 4 * 512**2
    assert (MultiHeadAttention(d, 4).table((T, d)).params - (4 * d**2 + 4 * d)).expand() == 0
    shared = MultiHeadAttention(512, 8, bias=False, kv_heads=2).table((T, 512))
    assert shared.params == 2 * 512**2 + 2 * 512 * 128
    across = MultiHeadAttention(512, 8, bias=False, context=7).table((T, 512))
    assert (across.flops - (2 * T * 512**2 + 2 * 7 * 512**2 + 2 * 7 * T * 512)).expand() == 0


def test_symbolic_sizes_keep_floors_and_say_when_they_hold():
    H, W, C, F, k = sd.dims("H W C F k")
    t = Sequential(Conv2d(8, 3, stride=2, padding=1), MaxPool2d(2)).table((3, H, W))
    assert str(t.output) == "(8, floor(H/4 - 3/4) + 1, floor(W/4 - 3/4) + 1)"
    assert t.subs(H=37, W=39).output == (8, 9, 10)
    assert {str(c) for c in t.requires} == {"H >= 3", "W >= 3"}
    with pytest.raises(sd.SymderivError, match="layer 2"):
        t.subs(H=2, W=9)
    one = Conv2d(F, k, padding=(k - 1) / 2).table((C, H, W))
    assert one.output == (F, H, W)
    assert (one.params - (F * C * k**2 + F)).expand() == 0
    assert (one.flops - F * C * k**2 * H * W).expand() == 0


def test_two_small_kernels_against_a_large_one():
    C, H, W = sd.dims("C H W")
    small = Conv2d(C, 3, padding="same", bias=False)
    two, one = Sequential(small, small).table((C, H, W)), Conv2d(C, 5, padding="same", bias=False).table((C, H, W))
    assert two.receptive_field == one.receptive_field == 5
    assert 25 * two.flops == 18 * one.flops and 25 * two.params == 18 * one.params


BAD = {
    "a kernel larger than its input": (lambda: Sequential(Conv2d(8, 7), MaxPool2d(2), Conv2d(8, 9, name="last")).table(
        (3, 16, 16)), r"layer 3 \(last\), Conv2d\(8, 9\), with input \(8, 5, 5\)"),
    "deep in a stack": (lambda: Sequential(Conv2d(8, 3), [Conv2d(8, 3), [Conv2d(8, 9)]]).table((3, 8, 8)), r"layer 2\.2\.1"),
    "groups against the input": (lambda: Conv2d(9, 3, groups=3).table((4, 8, 8)), "4 channels"),
    "groups against the filters": (lambda: Conv2d(8, 3, groups=3), "8 filters"),
    "a size that becomes negative": (lambda: ConvTranspose2d(3, 2, padding=5).table((3, 4, 4)), r"\(3, -5, -5\)"),
    "branches of different sizes": (lambda: Parallel(Conv2d(3, 1), Conv2d(3, 3)).table((3, 8, 8)), r"\(3, 6, 6\)"),
    "a sum of different shapes": (lambda: Residual(Conv2d(4, 3, padding=1)).table((3, 8, 8)), "shortcut"),
    "an affine map of an image": (lambda: Sequential(Conv2d(4, 3), Linear(10)).table((3, 8, 8)), "Flatten"),
    "a batch that is not said": (lambda: Conv2d(4, 3).table((1, 3, 8, 8)), "batch=True"),
    "an empty axis": (lambda: Conv2d(4, 3).table((3, 0, 8)), "positive"),
    "no filters": (lambda: Conv2d(0, 3).table((3, 8, 8)), "positive"),
    "three sizes for two axes": (lambda: Conv2d(8, (3, 3, 3)), "3 values for 2 axes"),
    "an unknown padding": (lambda: Conv2d(8, 3, padding="sam").table((3, 8, 8)), "sam"),
    "heads that do not part d": (lambda: MultiHeadAttention(10, 3), "does not divide"),
    "a class for a layer": (lambda: Sequential(Conv2d), "not the class"),
    "an unknown function": (lambda: Activation("foo"), "foo"),
    "a function of two arrays": (lambda: Activation("matmul"), "one array"),
    "too much output padding": (lambda: ConvTranspose2d(8, 3, stride=2, output_padding=2), "output_padding"),
    "same padding of a transposed convolution": (lambda: ConvTranspose2d(8, 3, stride=2, padding="same"), "numbers"),
    "an unknown way to count": (lambda: Conv2d(8, 3).table((3, 8, 8), operations="x"), "mac"),
    "text for a size": (lambda: Conv2d(8, 3).table((3, "H", 8)), "dims"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_bad_input_is_named(case):
    make, said = case
    with pytest.raises(sd.SymderivError, match=said):
        make()


def test_a_table_is_written_for_people_and_programs(tmp_path):
    t = Sequential(Conv2d(8, 3, stride=2, name="first"), Flatten(), Linear(10)).table((3, sd.dims("H"), 9))
    assert "first" in str(t) and "floor((H - 1)/2)" in str(t) and "multiply-accumulates" in str(t)
    assert t.latex().startswith(r"\begin{tabular}") and r"\left\lfloor \frac{H - 1}{2} \right\rfloor" in t.latex()
    assert t.to_dict()["rows"][0]["params"] == 224 and t.to_dict()["output"] == [10]
    page = t.to_html(tmp_path / "t.html").read_text(encoding="utf-8")
    assert "<table" in page and "<math" in page and "http:" not in page.replace("http://www.w3.org/1998/Math/MathML", "")
    assert t["first"] is t[0] and t["3"].params == t[2].params


def test_steps_end_with_the_numbers_of_the_row():
    t = Sequential(Conv2d(8, 7, stride=2, padding=2), ConvTranspose2d(3, 4, stride=2), MaxPool2d(2)).table(
        (4, 37, sd.dims("W")), operations="2n-1", also="bias")
    for row in t:
        found = t.explain(row)
        assert found["output"][-1].value == row.output
        assert found["parameters"][-1].value == row.params
        assert found["operations"][-1].value == row.flops
    text = str(t.explain(0))
    assert "34/2 + 1 = 18" in text and "8·4·7·7 = 1,568" in text and "4·7·7 = 196" in text
    assert t.explain(0).latex().count(r"\item") == len(t.explain(0))


def test_every_layer_can_be_explained():
    T = sd.dims("T")
    for network, shape in ((MultiHeadAttention(8, 2), (T, 8)), (GRU(4, bidirectional=True), (T, 3)), (Embedding(9, 4), (T,)),
                           (lenet()[0], (1, 28, 28)), (Parallel(Conv2d(2, 1), AvgPool2d(3, 1, 1)), (2, 5, 5))):
        table = network.table(shape, also=("bias", "pooling", "elementwise"))
        for row in table:
            found = table.explain(row)
            assert found["parameters"][-1].value == row.params
            assert found["operations"][-1].value == row.flops


@pytest.mark.parametrize("layer, shape, make", [
    (Conv2d(6, 3, stride=2, padding=1, groups=2), (4, 13, 11),
     lambda x: sd.conv2d(x, np.ones((6, 2, 3, 3)), np.ones(6), stride=2, padding=1, groups=2)),
    (Conv2d(6, (3, 5), padding="same", dilation=2), (4, 13, 11),
     lambda x: sd.conv2d(x, np.ones((6, 4, 3, 5)), mode="same", dilation=2)),
    (ConvTranspose2d(5, 3, stride=2, padding=1, output_padding=1), (4, 7, 6),
     lambda x: sd.conv_transpose2d(x, np.ones((4, 5, 3, 3)), stride=2, padding=1, output_padding=1)),
    (Conv1d(5, 4, stride=3), (2, 17), lambda x: sd.conv1d(x, np.ones((5, 2, 4)), stride=3)),
    (MaxPool2d(3, 2), (2, 9, 10), lambda x: sd.max_pool2d(x, 3, stride=2)),
    (AvgPool2d(2), (2, 9, 10), lambda x: sd.avg_pool2d(x, 2)),
    (GlobalAvgPool2d(), (2, 9, 10), lambda x: sd.mean(x, axis=(1, 2))),
    (Linear(7), (5, 3), lambda x: sd.linear(x, np.ones((7, 3)), np.ones(7))),
    (LayerNorm(), (5, 3), lambda x: sd.layer_norm(x)),
], ids=lambda given: None if callable(given) else str(given))
def test_operators_on_arrays_make_the_shapes_of_the_table(layer, shape, make):
    assert make(np.arange(np.prod(shape), dtype=float).reshape(shape)).shape == layer.table(shape).output


def test_a_wrong_number_of_windows_is_not_explained(monkeypatch):
    t = Conv2d(2, 3).table((1, 9, 9))
    moves = Slide.moves
    monkeypatch.setattr(Slide, "moves", property(lambda slide: moves.fget(slide) + 1))
    with pytest.raises(sd.SymderivError, match="7 windows fit, but the shape rule says 8"):
        t.explain(0)


@pytest.mark.parametrize("write", [
    lambda: Conv2d(3, 64, 7), lambda: Conv1d(3, 64, 7), lambda: ConvTranspose2d(16, 33, 3), lambda: Linear(784, 128),
    lambda: LSTM(10, 20), lambda: GRU(1, 2), lambda: DepthwiseConv2d(8, 8, 3)])
def test_numbers_that_begin_with_the_size_of_the_input_are_refused(write):
    """Conv2d(3, 64, 7) of a library that wants the input's channels is not taken for 3 kernels of size 64."""
    with pytest.raises(sd.SymderivError, match="does not say which number is which"):
        write()


def test_norms_of_images_learn_two_numbers_a_channel():
    C, H, W = sd.dims("C H W")
    for norm, learnt in ((GroupNorm(8), 2 * 32), (GroupNorm(8, 32, affine=False), 0), (InstanceNorm2d(), 0),
                         (InstanceNorm2d(32, affine=True), 2 * 32), (BatchNorm2d(), 2 * 32)):
        table = norm.table((32, 9, 7))
        assert (table.output, table.params) == ((32, 9, 7), learnt)
    assert GroupNorm(4).table((4 * C, H, W)).params == 8 * C
    with pytest.raises(sd.SymderivError, match="layer 1"):
        GroupNorm(5).table((32, 9, 7))
    with pytest.raises(sd.SymderivError, match="declared for 16 channels"):
        GroupNorm(8, 16).table((32, 9, 7))


def test_a_table_is_shown_by_the_columns_that_are_asked_for():
    t = Sequential(Conv2d(8, 3), MaxPool2d(2)).table((4, 12, 10))
    shown = t.shown("kernel", "output", "parameters", channels_last=True)
    rows = [line.split("  ") for line in str(shown).splitlines()]
    assert [cell.strip() for cell in rows[0] if cell.strip()] == ["layer", "kernel", "output", "parameters"]
    assert "3×3×4" in str(shown) and "10×8×8" in str(shown) and "receptive" not in shown.latex()
    assert "operations" not in shown.working() and "parameters" in shown.working()
    assert t.shown("output", working=False).working() == "" and str(t.shown()) == str(t)
    with pytest.raises(DeclarationError, match="unknown column"):
        t.shown("colour")
    alike = Sequential(*(Conv2d(4, 3, padding=1, name=name) for name in "ABCDE"))
    assert r"\texttt{A} and 4 more: height" in alike.table((4, 9, 9)).shown("output").working()
    assert r"\texttt{A}, \texttt{B}: height" in Sequential(*alike.layers[:2]).table((4, 9, 9)).shown("output").working()
