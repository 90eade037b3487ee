"""Shapes, parameters, operations and receptive fields of architectures, read from the operators themselves.

>>> from symderiv.counting import Conv2d, MaxPool2d, Sequential
>>> net = Sequential(Conv2d(8, 7, stride=2, padding=2), MaxPool2d(2), Conv2d(16, 5, stride=2, padding=1))
>>> t = net.table((4, 37, 37))
>>> t.output, t.params, t.flops, t.receptive_field == 25
((16, 4, 4), 4792, 559232, True)

Sizes come from the operators' shape rules, operations from the sums in their index definitions, and parameters from the
shapes of the tensors they take; sizes may be symbols.
"""

from __future__ import annotations

from .dense import (
    GRU,
    LSTM,
    RNN,
    Activation,
    BatchNorm1d,
    BatchNorm2d,
    Dropout,
    Embedding,
    Flatten,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
    Linear,
    MultiHeadAttention,
    Permute,
    Reshape,
)
from .inverse import solve_kernel, solve_padding
from .layer_plan import Layer
from .networks import Parallel, Residual, Sequential
from .receptive import Extent
from .rows import Row
from .sliding_layers import (
    AvgPool1d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    ConvTranspose1d,
    ConvTranspose2d,
    DepthwiseConv2d,
    GlobalAvgPool1d,
    GlobalAvgPool2d,
    MaxPool1d,
    MaxPool2d,
    Upsample,
    ZeroPad2d,
)
from .table import Table

__all__ = ["GRU", "LSTM", "RNN", "Activation", "AvgPool1d", "AvgPool2d", "BatchNorm1d", "BatchNorm2d", "Conv1d", "Conv2d",
           "ConvTranspose1d", "ConvTranspose2d", "DepthwiseConv2d", "Dropout", "Embedding", "Extent", "Flatten",
           "GlobalAvgPool1d", "GlobalAvgPool2d", "GroupNorm", "InstanceNorm2d", "Layer", "LayerNorm", "Linear",
           "MaxPool1d", "MaxPool2d", "MultiHeadAttention", "Parallel", "Permute", "Reshape", "Residual", "Row",
           "Sequential", "Table", "Upsample", "ZeroPad2d", "solve_kernel", "solve_padding"]
