"""The operators: one file a family, one record an operator.  Importing this package registers them all.

A new operator is one ``register(Operator(...))`` with its definition as an index expression; derivatives, proofs,
checks and printing follow from the record.
"""

from __future__ import annotations

from . import arithmetic  # registers + - * / **
from .constants import eye, one_hot, ones, zeros
from .convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d, flip, insert_zeros
from .elementwise import abs, cos, erf, exp, log, relu, sigmoid, sign, sin, softplus, sqrt, tanh
from .linear import linear
from .losses import bce_with_logits, binary_cross_entropy, cross_entropy, mse, nll
from .matrix import det, inv, logdet
from .products import diag, dot, einsum, matmul, outer, trace, transpose
from .pooling import avg_pool1d, avg_pool2d, global_avg_pool
from .reductions import mean, sum
from .selecting import pick, take
from .softmax import log_softmax, logsumexp, softmax

__all__ = ["avg_pool1d", "avg_pool2d", "global_avg_pool",
           "abs", "arithmetic", "bce_with_logits", "binary_cross_entropy", "conv1d", "conv2d", "conv_transpose1d",
           "conv_transpose2d", "cos", "cross_entropy", "det", "diag",
           "dot", "einsum", "erf", "exp", "eye", "flip", "insert_zeros", "inv", "linear", "log", "log_softmax", "logdet", "logsumexp",
           "matmul", "mean",
           "mse", "nll", "one_hot", "ones", "outer", "pick", "relu", "sigmoid", "sign", "sin", "softmax", "softplus",
           "sqrt", "sum", "take", "tanh", "trace", "transpose", "zeros"]
