"""Architectures as text, and the command that counts them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symderiv as sd
from symderiv.cli import main
from symderiv.counting import Conv2d, GlobalAvgPool2d, Linear, MaxPool2d, Parallel, Residual, Sequential
from symderiv.counting.description import read_description, read_sizes
from tests.drawn import drawn

TEXT = """
# a small network
input = 3, H, 2*16
stem = Conv2d(8, 7, stride=2, padding=3,
              bias=False),
3 * Residual(Conv2d(2**3, 3, padding="same"))
Parallel(Conv2d(4, 1), [MaxPool2d(3, 1, padding=1), Conv2d(4, (1, 1))])
GlobalAvgPool2d()
Linear(10)
"""


def test_a_description_is_the_network_it_writes():
    network, given_sizes = read_description(TEXT)
    H = sd.dims("H")
    assert given_sizes == (3, H, 32)
    same = Sequential(Conv2d(8, 7, stride=2, padding=3, bias=False),
                      Sequential(*[Residual(Conv2d(8, 3, padding="same"))] * 3),
                      Parallel(Conv2d(4, 1), Sequential(MaxPool2d(3, 1, padding=1), Conv2d(4, (1, 1)))),
                      GlobalAvgPool2d(), Linear(10))
    read, written = network.table(given_sizes), same.table((3, H, 32))
    assert [row.output for row in read] == [row.output for row in written]
    assert (read.params, read.flops, read.receptive_field) == (written.params, written.flops, written.receptive_field)
    assert read["stem"].params == 3 * 8 * 49


def test_what_a_layer_says_of_itself_can_be_read_again():
    network, _ = read_description(TEXT)
    again, _ = read_description(network.text)
    assert again.layers[0] == network


@pytest.mark.parametrize(("written", "meant"), [
    ("ReLU()", "relu"), ("LeakyReLU(negative_slope=0.2)", "leaky_relu"), ("GELU()", "gelu"), ("Sigmoid()", "sigmoid"),
    ("Softmax(dim=1)", "softmax"), ("LogSoftmax(dim=1)", "log_softmax"), ("SiLU(inplace=True)", "silu"), ("Tanh()", "tanh"),
])
def test_an_activation_may_stand_by_its_own_name(written, meant):
    network, _ = read_description(f"Linear(4)\n{written}")
    assert network.table((3,)).params == 16 and network.layers[1] == read_description(f'Activation("{meant}")')[0].layers[0]


def test_sizes():
    H, W = sd.dims("H W")
    assert read_sizes("4 37 37") == (4, 37, 37) and read_sizes("3, H, W") == (3, H, W) and read_sizes("7") == (7,)


BAD = {
    "": "no layers",
    "Conv2d(8 3)": "comma",
    "Conv2d(8, 3)\nConv(8, 3)": "line 2, column 1: no layer is named Conv\n.*\n.*Conv2d",
    "import os": "a line is a layer",
    "__import__('os').system('x')": "no layer is named",
    "Conv2d.__class__": "no part of a description",
    "(lambda: 3)()": "no layer is named",
    "[Conv2d(8, 3) for _ in range(3)]": "no part of a description",
    "Conv2d(8)": "kernel",
    "ReLU(64)": "no layer is named",
    "PReLU()": "no layer is named",
    "ReLU(inplace=f())": "no layer is named",
    "Conv2d(8, 3, pad=1)": "pad",
    "Conv2d(8, 3, padding=same)": 'in quotes: "same"',
    "Activation(relu)": 'in quotes: "relu"',
    "Conv2d(8, 3, bias='no')": "neither True nor False",
    "Conv2d(*[1, 2])": "one by one",
    "Conv2d(0, 3)": "positive",
    "Conv2d(8, 1/2)": "cannot be computed",
    "Conv2d(9**16**16**16, 1)": "cannot be computed",
    "Conv2d(10**16**16, 1)": "cannot be computed|too large",
    "10**10*Conv2d(1, 1)": "more than",
    "999*(999*Conv2d(1, 1))": "more than",
    "(" * 500 + ")" * 500: "nested",
    "1+" * 5000 + "1": "nested|layer",
    "\0": "null",
    "Sequential(Conv2d)": "without its brackets",
}


@pytest.mark.parametrize("text", BAD, ids=[text[:30] for text in BAD])
def test_bad_descriptions_say_where_and_what(text):
    with pytest.raises(sd.SymderivError, match=BAD[text]):
        read_description(text)


@drawn(50)
@given(st.text(alphabet="Conv2dLinear()[]*+-/=,. 0123456789\n\"'#:", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        network, _ = read_description(text)
    except sd.SymderivError:
        return
    assert isinstance(network, Sequential)


def test_the_command(tmp_path, capsys):
    file = tmp_path / "net.txt"
    file.write_text(TEXT, encoding="utf-8")
    assert main(["count", str(file), "--input", "3 32 32"]) == 0
    assert "stem" in capsys.readouterr().out
    assert main(["count", str(file), "--json", "--operations", "2n", "--also", "bias,pooling"]) == 0
    told = json.loads(capsys.readouterr().out)
    network, sizes = read_description(TEXT)
    assert told["flops"] == str(network.table(sizes, operations="2n", also=["bias", "pooling"]).flops)
    assert main(["count", str(file), "--explain", "stem"]) == 0
    assert "number of windows" in capsys.readouterr().out
    page = tmp_path / "net.html"
    assert main(["count", str(file), "--html", str(page)]) == 0
    assert "<table" in page.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["count", str(file), "--latex"]) == 0
    assert capsys.readouterr().out.startswith(r"\begin{tabular}")


@pytest.mark.parametrize("arguments, said", [
    (["nowhere.txt"], "cannot read"), (["net.txt"], "sizes of the input"), (["net.txt", "--input", "3 4 4"], "layer 1"),
    (["net.txt", "--input", "3,,"], "line 1"), (["net.txt", "--input", "3 64 64", "--also", "x"], "bias"),
    (["net.txt", "--input", "3 64 64", "--explain", "7"], "no layer is at"),
])
def test_the_command_refuses_with_a_reason(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.txt").write_text("Conv2d(8, 7)\n", encoding="utf-8")
    assert main(["count", *arguments]) == 2
    assert said in capsys.readouterr().err
