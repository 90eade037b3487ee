"""Layers without a window: affine maps, normalisation, look-up, recurrence, attention, and functions entry by entry."""

from __future__ import annotations

from dataclasses import KW_ONLY, replace
from typing import Any, ClassVar

from sympy import Expr, Integer, Mul

from ..arrays.arrays import Tensor
from ..arrays.operator import OPERATORS, operator, shape_of
from ..arrays.sizes import Shape, as_size, same_size, show_shape
from ..bounds import remembered
from ..errors import DeclarationError, ShapeError
from ..layers import activations
from ..layers.attention import attention
from ..layers.linear import linear
from ..layers.normalisation import batch_norm, group_norm, instance_norm, layer_norm
from ..layers.products import matmul
from ..layers.recurrent import gru_cell, lstm_cell, rnn_cell
from ..layers.softmax import log_softmax, softmax
from ..layers.structure import embedding, permute
from .amounts import InnerProducts, Weights, inner_products
from .layer_plan import BATCH, PLACES, Layer, Plan, biased_results, declared, need_rank, signal, weights_of
from .receptive import WHOLE, Mixed, Stage, Window
from .size_text import plain_shape, product

ALIKE: tuple[Stage, ...] = (Window(),)
ACTIVATIONS: dict[str, Any] = {name: getattr(activations, name) for name in activations.__all__ if name != "prelu"} | {
    "softmax": softmax, "log_softmax": log_softmax}


class Linear(Layer):
    """The affine map to ``out_features``: of a vector (n,), or of every row of (T, n)."""

    out_features: Any
    _: KW_ONLY
    bias: bool = True

    unnamed: ClassVar[tuple[str, ...] | None] = ("out_features",)
    sizes: ClassVar[tuple[str, ...]] = ("out_features",)

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator linear."""
        if len(shape) > 2:
            need_rank(self, shape, 1, "(n,), or rows (T, n)")
        size = as_size(self.out_features)
        w, b = declared("W", size, shape[-1]), declared("b", size) if self.bias else None
        y = linear(signal(shape), w, b)
        return Plan(shape_of(y), weights_of(w, b), inner_products((y,)), biased=biased_results(shape_of(y), self.bias),
                    stages=(WHOLE,) if len(shape) == 1 else ALIKE)


class Flatten(Layer):
    """All entries as one vector."""

    def plan(self, shape: Shape) -> Plan:
        """As many entries as before."""
        return Plan((product(shape),), stages=ALIKE if len(shape) == 1 else (WHOLE,), made_of=("·", shape))


class Reshape(Layer):
    """The entries in row order in another shape: ``Reshape((768, 196))``."""

    shape: Any

    def plan(self, shape: Shape) -> Plan:
        """As many entries as before.  Raises ShapeError."""
        sizes = tuple(map(as_size, self.shape if isinstance(self.shape, tuple) else (self.shape,)))
        if not same_size(product(sizes), product(shape)):
            raise ShapeError(f"{product(shape)} entries do not make shape {show_shape(sizes)}, which has {product(sizes)}")
        return Plan(sizes, stages=(Mixed(),))


class Permute(Layer):
    """Axes in another order, counted from 0: ``Permute((1, 0))`` makes (d, T) of (T, d)."""

    axes: Any

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator permute."""
        y = permute(signal(shape), self.axes)
        return Plan(shape_of(y), stages=ALIKE if len(shape) == 2 else (Mixed(),))


class Dropout(Layer):
    """Entries left out at random while learning; the shape stays, and nothing is learnt."""

    p: Any = 0.5

    def plan(self, shape: Shape) -> Plan:
        """The input's shape."""
        return Plan(shape)


class Activation(Layer):
    """A function of every entry, or softmax: the shape stays, and nothing is learnt."""

    function: str = "relu"

    def check(self) -> None:
        """An operator has this name.  Raises UnknownFunction."""
        if activation_named(self.function) is None and operator(self.function.lower()).scalar is None:
            raise DeclarationError(f"{self.function} is not a function of one array that keeps its shape",
                                   hint='Activation("relu"), "sigmoid", "tanh", "gelu", "softmax"')

    def plan(self, shape: Shape) -> Plan:
        """The shape rule of the operator."""
        y = (ACTIVATIONS.get(self._name) or OPERATORS[self._name])(signal(shape))
        return Plan(shape_of(y), entrywise=product(shape))

    @property
    def _name(self) -> str:
        return activation_named(self.function) or self.function


def activation_named(text: str) -> str | None:
    """The function that an activation is called by in any spelling, as ReLU and LeakyReLU are; None where there is none."""
    name = text.lower()
    known = (each for each in (*ACTIVATIONS, *OPERATORS) if each.replace("_", "") == name.replace("_", ""))
    name = name if name in ACTIVATIONS or name in OPERATORS else next(known, name)
    return name if name in ACTIVATIONS or (name in OPERATORS and OPERATORS[name].scalar is not None) else None


# ------------------------------------------------------------------ normalisation

class _BatchNorm(Layer):
    """Shared by the batch norms; the running mean and variance are no parameters."""

    channels: Any = None
    affine: bool = True

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator batch_norm, over the batch and all positions; one scale and one shift a channel."""
        need_rank(self, shape, self.rank + 1, {0: "(n,)", 2: "(C, H, W)"}[self.rank])
        _check_channels(self.channels, shape)
        size, weights = _channel_norm(shape[0], self.rank, self.affine)
        here = dict(zip(PLACES, shape[1:], strict=False))
        return Plan(tuple(n.xreplace(here) for n in size), weights, entrywise=2 * product(shape))


@remembered(512)
def _channel_norm(channels: Expr, rank: int, affine: bool) -> tuple[Shape, tuple[Weights, ...]]:
    """The shape and the parameters of batch_norm, for any number of examples and positions."""
    gamma, beta = (declared(name, channels) if affine else None for name in ("gamma", "beta"))
    y = batch_norm(signal((BATCH, channels, *PLACES[:rank])), gamma, beta, axis=(0, *range(2, 2 + rank)))
    return shape_of(y)[1:], weights_of(gamma, beta)


class BatchNorm1d(_BatchNorm, rank=0):
    """Batch norm of every entry of (n,)."""


class BatchNorm2d(_BatchNorm, rank=2):
    """Batch norm of every channel of (C, H, W): 2C parameters."""


class LayerNorm(Layer):
    """Layer norm over the last axis of (T, d) or (d,), or over the last axes, whose sizes ``shape`` then gives."""

    shape: Any = None
    affine: bool = True
    bias: bool = True

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator layer_norm: a scale and a shift for every entry that is averaged over."""
        sizes = shape[-1:] if self.shape is None else tuple(
            map(as_size, self.shape if isinstance(self.shape, tuple) else (self.shape,)))
        if self.shape is None and len(shape) > 2:
            raise ShapeError(f"layer norm of {len(shape)} axes does not say over which",
                             hint=f"LayerNorm({plain_shape(shape)}) for all of them")
        if len(sizes) > len(shape) or not all(map(same_size, sizes, shape[len(shape) - len(sizes):])):
            raise ShapeError(f"the last axes are not of shape {show_shape(sizes)}")
        gamma = declared("gamma", *sizes) if self.affine else None
        beta = declared("beta", *sizes) if self.affine and self.bias else None
        y = layer_norm(signal(shape), gamma, beta, axis=tuple(range(-len(sizes), 0)))
        return Plan(shape_of(y), weights_of(gamma, beta), stages=ALIKE if len(sizes) == 1 else (WHOLE,))


class GroupNorm(Layer):
    """Norm of each image (C, H, W) over its channels in ``groups`` of one size: 2C parameters."""

    groups: Any
    channels: Any = None
    affine: bool = True

    sizes: ClassVar[tuple[str, ...]] = ("groups",)

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator group_norm."""
        gamma, beta = _image_weights(self, shape, self.channels, self.affine)
        y = group_norm(signal((BATCH, *shape)), as_size(self.groups), gamma, beta)
        return Plan(shape_of(y)[1:], weights_of(gamma, beta), entrywise=2 * product(shape), stages=(WHOLE,))


class InstanceNorm2d(Layer):
    """Norm of every channel of each image (C, H, W) by itself; nothing is learnt unless ``affine=True``: then 2C."""

    channels: Any = None
    affine: bool = False

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator instance_norm."""
        gamma, beta = _image_weights(self, shape, self.channels, self.affine)
        y = instance_norm(signal((BATCH, *shape)), gamma, beta)
        return Plan(shape_of(y)[1:], weights_of(gamma, beta), entrywise=2 * product(shape), stages=(WHOLE,))


def _image_weights(layer: Layer, shape: Shape, channels: Any, affine: bool) -> tuple[Tensor | None, ...]:
    """A scale and a shift for each channel of (C, H, W).  Raises ShapeError."""
    need_rank(layer, shape, 3, "(C, H, W)")
    _check_channels(channels, shape)
    return tuple(declared(name, shape[0]) if affine else None for name in ("gamma", "beta"))


def _check_channels(channels: Any, shape: Shape) -> None:
    if channels is not None and not same_size(as_size(channels), shape[0]):
        raise ShapeError(f"it is declared for {channels} channels, its input has {shape[0]}")


# ------------------------------------------------------------------ look-up

class Embedding(Layer):
    """A learnt row of ``dimension`` entries for each of ``vocabulary`` labels: (T,) to (T, dimension); no operations."""

    vocabulary: Any
    dimension: Any

    sizes: ClassVar[tuple[str, ...]] = ("vocabulary", "dimension")

    def plan(self, shape: Shape) -> Plan:
        """Read from the operator embedding."""
        if len(shape) != 1:
            need_rank(self, shape, 1, "(T,) of labels")
        table = declared("E", self.vocabulary, self.dimension)
        y = embedding(table, Tensor("t", shape, label_size=as_size(self.vocabulary)))
        return Plan(shape_of(y), weights_of(table))


# ------------------------------------------------------------------ recurrence

class _Recurrent(Layer):
    """Shared by the recurrent layers.

    Each gate has a matrix of the input, one of the state, and ``biases`` vectors: 1 as in textbooks, 2 as in PyTorch,
    0 with ``bias=False``.  ``bidirectional`` runs another one backwards and joins the states; without ``sequences``
    only the last state comes out.
    """

    hidden: Any
    _: KW_ONLY
    biases: int = 1
    bias: bool = True
    bidirectional: bool = False
    sequences: bool = True

    unnamed: ClassVar[tuple[str, ...] | None] = ("hidden",)
    gates: ClassVar[tuple[str, ...]]

    def check(self) -> None:
        """A positive size and no more than two biases.  Raises DeclarationError."""
        as_size(self.hidden)
        if self.biases not in (0, 1, 2):
            raise DeclarationError(f"biases={self.biases}: a gate has no bias, one, or two (PyTorch)")

    def plan(self, shape: Shape) -> Plan:
        """Read from one step of the cell, once for every row of (T, n); a vector (n,) is one step."""
        if len(shape) not in (1, 2):
            need_rank(self, shape, 2, "(T, n), or (n,) for one step")
        steps = shape[0] if len(shape) == 2 else Integer(1)
        hidden, directions = as_size(self.hidden), Integer(2 if self.bidirectional else 1)
        biases = self.biases if self.bias else 0
        matrices: list[Tensor] = []
        vectors: list[Tensor] = []
        gates = {}
        for gate in self.gates:
            own = declared(f"W_{gate}", hidden, shape[-1]), declared(f"U_{gate}", hidden, hidden)
            marks = "bc"[:biases]
            added = tuple(declared(f"{mark}_{gate}", hidden) for mark in marks)
            matrices += own
            vectors += added
            # Two biases are added up before the cell sees them.
            gates[gate] = (*own, sum(added[1:], added[0])) if added else own
        state = declared("h", hidden)
        new = self._cell(signal(shape[-1:]), state, gates)
        products = tuple(p.repeated(steps * directions) for p in inner_products(new))
        weights = tuple(replace(w, times=directions) for w in weights_of(*matrices, *vectors))
        size = shape_of(new[0])[0] * directions
        output = (steps, size) if self.sequences and len(shape) == 2 else (size,)
        return Plan(output, weights, products, stages=(WHOLE,),
                    biased=Mul(steps, *(shape_of(v)[0] for v in vectors[:1])) * len(vectors) * directions)

    def _cell(self, x: Tensor, h: Tensor, gates: dict[str, tuple[Any, ...]]) -> tuple[Expr, ...]:
        raise NotImplementedError


class RNN(_Recurrent):
    """tanh(W x + U h + b): (T, n) to (T, hidden)."""

    gates: ClassVar[tuple[str, ...]] = ("h",)

    def _cell(self, x: Tensor, h: Tensor, gates: dict[str, tuple[Any, ...]]) -> tuple[Expr, ...]:
        return (rnn_cell(x, h, *gates["h"]),)


class LSTM(_Recurrent):
    """Long short-term memory, four gates: (T, n) to (T, hidden)."""

    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")

    def _cell(self, x: Tensor, h: Tensor, gates: dict[str, tuple[Any, ...]]) -> tuple[Expr, ...]:
        return tuple(lstm_cell(x, h, declared("c", *h.shape), **gates))


class GRU(_Recurrent):
    """Gated recurrent unit, three gates: (T, n) to (T, hidden)."""

    gates: ClassVar[tuple[str, ...]] = ("r", "z", "n")

    def _cell(self, x: Tensor, h: Tensor, gates: dict[str, tuple[Any, ...]]) -> tuple[Expr, ...]:
        return (gru_cell(x, h, **gates),)


# ------------------------------------------------------------------ attention

class MultiHeadAttention(Layer):
    """Attention of (T, d) by several heads of d/heads entries, with projections to queries, keys, values and back.

    ``kv_heads`` are the heads that keys and values have, where several heads of queries share one; ``context`` is the
    number of keys where they come from another sequence of the same width; ``head_dim`` another size of a head.
    Operations: the projections, the scores Q Kᵀ, and their products with V.
    """

    d: Any
    heads: Any
    bias: bool = True
    _: KW_ONLY
    kv_heads: Any = None
    context: Any = None
    head_dim: Any = None

    def check(self) -> None:
        """The heads part d, and share keys evenly.  Raises DeclarationError."""
        for number, groups, what in ((self.d, self.heads if self.head_dim is None else 1, "entries into heads"),
                                     (self.heads, self._shared(), "heads into groups that share keys")):
            share = as_size(number) / as_size(groups)
            if share.is_number and not share.is_integer:
                raise DeclarationError(f"{number} {what}: {groups} does not divide {number}")

    def _shared(self) -> Any:
        return self.heads if self.kv_heads is None else self.kv_heads

    def plan(self, shape: Shape) -> Plan:
        """Read from attention by one head, counted for all of them."""
        need_rank(self, shape, 2, "(T, d)")
        d, heads, shared = as_size(self.d), as_size(self.heads), as_size(self._shared())
        if not same_size(shape[1], d):
            raise ShapeError(f"it takes rows of {d} entries, not {shape[1]}", hint=f"MultiHeadAttention({shape[1]}, ...)")
        length = shape[0] if self.context is None else as_size(self.context)
        size = d / heads if self.head_dim is None else as_size(self.head_dim)
        x, z = signal(shape), signal((length, d), "x" if self.context is None else "z")
        wq, wk, wv = (declared(name, d, size) for name in ("WQ", "WK", "WV"))
        wo = declared("WO", size, d)
        q, k, v = declared("Q", shape[0], size), declared("K", length, size), declared("V", length, size)
        y = matmul(declared("A", shape[0], size), wo)
        parts = ((matmul(x, wq), heads), (matmul(z, wk), shared), (matmul(z, wv), shared), (attention(q, k, v), heads),
                 (y, heads))
        products: tuple[InnerProducts, ...] = tuple(
            p.repeated(times) for expr, times in parts for p in inner_products((expr,)))
        weights = [Weights(w.name, w.shape, times) for w, times in ((wq, heads), (wk, shared), (wv, shared), (wo, heads))]
        if self.bias:
            weights += [Weights(name, (size,), times) for name, times in (("bQ", heads), ("bK", shared), ("bV", shared))]
            weights.append(Weights("bO", (d,)))
        biased = (shape[0] * (heads * size + d) + 2 * length * shared * size) if self.bias else Integer(0)
        return Plan(shape_of(y), tuple(weights), products, stages=(WHOLE,), biased=biased)


__all__ = ["GRU", "LSTM", "RNN", "Activation", "BatchNorm1d", "BatchNorm2d", "Dropout", "Embedding", "Flatten", "GroupNorm",
           "InstanceNorm2d", "LayerNorm", "Linear", "MultiHeadAttention", "Permute", "Reshape"]
