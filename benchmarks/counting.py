"""How long does the table of a residual network of 152 layers take, its height and width being symbols?"""

from __future__ import annotations

import symderiv as sd
from symderiv.counting import (
    Activation,
    BatchNorm2d,
    Conv2d,
    GlobalAvgPool2d,
    Layer,
    Linear,
    MaxPool2d,
    Residual,
    Sequential,
)

from .measure import Figure, shown, times

BLOCKS = (3, 8, 36, 3)


def figures() -> list[Figure]:
    """The first table of the process, when nothing is known of any layer yet; sizes that were never seen before."""
    (spent,) = times(_table, 1, warm_up=0)
    return [Figure("table of a 152-layer residual network, H and W symbols", shown(spent), "< 1 s", spent < 1)]


def _table(repetition: int) -> None:
    H, W = sd.dims(f"H{repetition} W{repetition}")
    table = resnet(*BLOCKS).table((3, H, W))
    assert table.params == 60_192_808, table.params


def resnet(*blocks: int) -> Sequential:
    """He, Zhang, Ren and Sun, Deep Residual Learning (2015), table 1, with bottlenecks."""
    layers: list[Layer] = [Conv2d(64, 7, stride=2, padding=3, bias=False), BatchNorm2d(), Activation(),
                           MaxPool2d(3, stride=2, padding=1)]
    for stage, number in enumerate(blocks):
        layers += [_bottleneck(64 << stage, 2 if stage and not n else 1, shortcut=not n) for n in range(number)]
    return Sequential(*layers, GlobalAvgPool2d(), Linear(1000))


def _bottleneck(channels: int, stride: int, shortcut: bool) -> Layer:
    body = (Conv2d(channels, 1, bias=False), BatchNorm2d(), Activation(),
            Conv2d(channels, 3, stride=stride, padding=1, bias=False), BatchNorm2d(), Activation(),
            Conv2d(4 * channels, 1, bias=False), BatchNorm2d())
    across = [Conv2d(4 * channels, 1, stride=stride, bias=False), BatchNorm2d()] if shortcut else None
    return Sequential(Residual(*body, shortcut=across), Activation())
