"""Layers that a paragraph describes in words, against the size of the output or the number of parameters that it gives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .erratum import Erratum
from .plain_numbers import spelled
from .words import paragraphs

_SHAPE = r"\(?\s*(\d+)\s*[*,]\s*(\d+)\s*[*,]\s*(\d+)\s*\)?"
_FILTERS = re.compile(r"\b(\d+)\s+(?:\d+\*\d+\s+)?(?:convolutional |conv )?(?:filters|kernels)\b")
_WINDOW = re.compile(r"(?:filters?|kernels?|size|of|with)\s+(?:of |size |spatial |is )*(\d+)\*(\d+)(?!\d|\s*\*)|"
                     r"\b(\d+)\*(\d+)\s+(?:filters|kernels|conv)")
_STRIDE = re.compile(r"\bstrides?\s+(?:of |is |= ?)?(\d+)")
_PADDING = re.compile(r"\bpadding\s+(?:of |is |= ?)?(\d+)|\b(?:no|without|zero)[ -](?:zero[ -])?padding\b")
_INPUT = re.compile(r"\b[Ii]nput[^.;]{0,60}?" + _SHAPE)
_OUTPUT = re.compile(r"\b[Oo]utput[^.;]{0,60}?" + _SHAPE)
_PARAMETERS = re.compile(r"\b(?:has|have|needs|holds|with|are|is|gives)\s+(\d+)\s+(?:learnable |trainable )?"
                         r"(?:parameters|weights)\b")
_DENSE = re.compile(r"\b(?:fully[- ]connected|dense|linear) layer\b[^.;]{0,40}?\b(\d+)\s+(?:inputs?|units|features)?\s*"
                    r"(?:to|and)\s+(\d+)\b")


def wrong_layers(text: str) -> Iterator[Erratum]:
    """An output or a number of parameters that is not what the one layer of a paragraph has."""
    for start, paragraph in paragraphs(text):
        # The numbers of a shape are not thousands.
        plain = re.sub(r"[$*]{2,}", " ", spelled(re.sub(r",\s+(?=\d)", " , ", paragraph))).replace("$", " ")
        for found, printed, right, why in (*_convolution(plain), *_dense(plain), *_pooling(plain)):
            yield Erratum(start + plain.count("\n", 0, found.start()), printed, right, "size of a layer", why)


def _one(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The match, where there is one alone."""
    found = list(pattern.finditer(text))
    return found[0] if len(found) == 1 else None


def _convolution(plain: str) -> Iterator[tuple[re.Match[str], str, str, str]]:
    if len(re.findall(r"\bconv", plain)) != 1 or re.search(r"pool|transpos|dilat|group|depth", plain):
        return
    filters, window, shape = _one(_FILTERS, plain), _one(_WINDOW, plain), _one(_INPUT, plain)
    if filters is None or window is None or shape is None:
        return
    number, (height, width) = int(filters[1]), (int(side) for side in window.groups() if side)
    given = tuple(map(int, shape.groups()))
    first = given[0] < min(given[1:])  # the channels stand first, or last
    channels, *sides = given if first else (given[2], *given[:2])
    stride, padding, output = _one(_STRIDE, plain), _one(_PADDING, plain), _one(_OUTPUT, plain)
    if stride is not None and padding is not None and output is not None:
        step, zeros = int(stride[1]), int(padding[1] or 0)
        made = [(n + 2 * zeros - f) // step + 1 for n, f in zip(sides, (height, width), strict=True)]
        right = (number, *made) if int(output[1]) == number or (first and int(output[3]) != number) else (*made, number)
        printed = tuple(map(int, output.groups()))
        if printed not in {(number, *made), (*made, number)}:
            yield output, f"output ({', '.join(map(str, printed))})", f"({', '.join(map(str, right))})", (
                f"(n + 2P - F)/S + 1 = {made[0]} along a side")
    counted = _one(_PARAMETERS, plain)
    weights = number * channels * height * width
    if counted is not None and int(counted[1]) not in (weights, weights + number):
        yield counted, f"{counted[1]} parameters", _number(plain, weights, number), (
            f"{number} kernels of {channels}·{height}·{width} entries")


def _dense(plain: str) -> Iterator[tuple[re.Match[str], str, str, str]]:
    layer, counted = _one(_DENSE, plain), _one(_PARAMETERS, plain)
    if layer is None or counted is None:
        return
    inputs, outputs = int(layer[1]), int(layer[2])
    allowed = {inputs * outputs + (outputs if bias else 0) for bias in (False, True)}
    if re.search(r"(?:without|no)(?: a)? bias", plain):
        allowed = {inputs * outputs}
    if int(counted[1]) not in allowed:
        yield counted, f"{counted[1]} parameters", _number(plain, inputs * outputs, outputs), (
            f"{outputs} times {inputs} weights")


_POOL = re.compile(r"[Pp]ool(?:ing)?\s+(?:(?:over|of|with|windows?|size|layer)\s+)*(\d+)\*(\d+)(?: windows)? "
                   r"(?:with |and |at )?(?:a )?stride (?:of )?(\d+)(?: and no padding)? (?:turns|maps|reduces|takes) "
                   r"(?:an? )?" + _SHAPE + r" (?:in)?to " + _SHAPE)


def _pooling(plain: str) -> Iterator[tuple[re.Match[str], str, str, str]]:
    for found in _POOL.finditer(plain):
        height, width, stride, *shapes = map(int, found.groups())
        given, printed = shapes[:3], shapes[3:]
        first = given[0] == printed[0]  # the channels stand first, or last
        sides = given[1:] if first else given[:2]
        made = [(n - f) // stride + 1 for n, f in zip(sides, (height, width), strict=True)]
        right, up = ([given[0], *each] if first else [*each, given[2]] for each in (
            made, [-((f - n) // stride) + 1 for n, f in zip(sides, (height, width), strict=True)]))
        if printed not in (right, up) or (printed == up != right and not re.search(r"ceil|round\w* up", plain)):
            yield found, "*".join(map(str, printed)), "*".join(map(str, right)), f"(n - F)/S + 1 = {made[0]} along a side"


def _number(plain: str, weights: int, biases: int) -> str:
    return str(weights + biases) if re.search(r"\b(?:with|including|and)(?: a)? bias", plain) else str(weights)
