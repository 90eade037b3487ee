"""The operators: one file a family, one record an operator.  Importing this package registers them all.

A new operator is one ``register(Operator(...))`` with its definition as an index expression; derivatives, proofs,
checks and printing follow from the record.
"""

from __future__ import annotations

from . import arithmetic  # registers + - * / **
from .activations import elu, gelu, leaky_relu, mish, silu
from .attention import attention, glu, highway, multi_head_attention, swiglu
from .comparing import clip, maximum, minimum, where
from .constants import eye, one_hot, ones, zeros
from .contrastive import cosine_similarity, info_nce, triplet
from .convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d, flip, insert_zeros
from .divergences import distillation, focal, kl_div, kl_gaussian
from .elementwise import (
    abs,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctanh,
    cos,
    cosh,
    erf,
    exp,
    exp2,
    expm1,
    heaviside,
    log,
    log10,
    log1p,
    log2,
    log_sigmoid,
    power,
    reciprocal,
    relu,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    square,
    tan,
    tanh,
)
from .extremes import argmax_one_hot, argmin_one_hot, max, min
from .linear import linear
from .losses import bce_with_logits, binary_cross_entropy, cross_entropy, mse, nll
from .matrix import det, inv, logdet
from .normalisation import batch_norm, group_norm, instance_norm, l2_normalize, layer_norm, rms_norm, weight_norm
from .pooling import avg_pool1d, avg_pool2d, global_avg_pool
from .products import diag, dot, einsum, matmul, outer, trace, transpose
from .recurrent import gru_cell, lstm_cell, rnn_cell, unroll
from .reductions import mean, sum
from .regression import gaussian_nll, hinge, huber, mae, weight_decay
from .selecting import pick, take
from .softmax import log_softmax, logsumexp, softmax
from .statistics import norm, std, var
from .structure import (
    concat,
    dropout,
    embedding,
    expand,
    expand_dims,
    flatten,
    kron,
    pad,
    permute,
    reshape,
    squeeze,
    stack,
    stretch,
    take_slice,
    vec,
)

__all__ = ["abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "argmax_one_hot", "argmin_one_hot",
           "arithmetic", "attention", "avg_pool1d", "avg_pool2d", "batch_norm", "bce_with_logits",
           "binary_cross_entropy", "clip", "concat", "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "cos",
           "cosh", "cosine_similarity", "cross_entropy", "det", "diag", "distillation", "dot", "dropout", "einsum",
           "elu", "embedding", "erf", "exp", "exp2", "expand", "expand_dims", "expm1", "eye", "flatten", "flip",
           "focal", "gaussian_nll", "gelu", "global_avg_pool", "glu", "group_norm", "gru_cell", "heaviside", "highway",
           "hinge", "huber", "info_nce", "insert_zeros", "instance_norm", "inv", "kl_div", "kl_gaussian", "kron",
           "l2_normalize", "layer_norm", "leaky_relu", "linear", "log", "log10", "log1p", "log2", "log_sigmoid",
           "log_softmax", "logdet", "logsumexp", "lstm_cell", "mae", "matmul", "max", "maximum", "mean", "min",
           "minimum", "mish", "mse", "multi_head_attention", "nll", "norm", "one_hot", "ones", "outer", "pad",
           "permute", "pick", "power", "reciprocal", "relu", "reshape", "rms_norm", "rnn_cell", "sigmoid", "sign",
           "silu", "sin", "sinh", "softmax", "softplus", "sqrt", "square", "squeeze", "stack", "std", "stretch", "sum",
           "swiglu", "take", "take_slice", "tan", "tanh", "trace", "transpose", "triplet", "unroll", "var", "vec",
           "weight_decay", "weight_norm", "where", "zeros"]
