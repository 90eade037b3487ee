"""Activation functions made of the elementary ones, applied to every entry.

Source: Hendrycks and Gimpel, Gaussian Error Linear Units (2016); Clevert, Unterthiner and Hochreiter, Exponential
Linear Units (2016), eq. 16; Klambauer et al., Self-Normalizing Neural Networks (2017), eq. 2; Ramachandran, Zoph
and Le, Searching for Activation Functions (2017); Misra, Mish (2019).
At 0 the pieces of leaky_relu and elu are joined so that the derivative is the one from the left.
"""

from __future__ import annotations

from sympy import Expr, Integer, Rational, exp, pi, sqrt, tanh

from ..arrays.arrays import Tensor, as_expr
from ..arrays.named_sizes import dims
from ..arrays.operator import elementwise, operator
from ..errors import DeclarationError
from ..functions.network_functions import relu, sigmoid, softplus
from ..functions.special import normal_distribution
from .comparing import clip
from .elementwise import abs as as_abs


def _vector() -> Expr:
    return Tensor("x", (dims("n"),))


def _leaky(x: Expr, slope: Expr) -> Expr:
    """slope·x + (1 - slope)·relu(x), which is x above 0 and slope·x below."""
    return slope * x + (1 - slope) * relu(x)


def _elu(x: Expr, alpha: Expr) -> Expr:
    """relu(x) + alpha (e^min(x, 0) - 1); the exponent is never positive, so that nothing overflows."""
    return relu(x) + alpha * (exp(x - relu(x)) - 1)


def _gelu_tanh(x: Expr) -> Expr:
    return x * (1 + tanh(sqrt(2 / pi) * (x + Rational(44715, 10**6) * x**3))) / 2


elementwise("leaky_relu", _leaky, "(lambda x, a: np.where(x > 0, x, a * x))({0}, {1})",
            unit=True, named="h", pieces=True, example=lambda: leaky_relu(_vector()))
elementwise("elu", _elu, "(lambda x, a: np.maximum(x, 0) + a * np.expm1(np.minimum(x, 0)))({0}, {1})",
            unit=True, named="h", pieces=True, reads=("ELU",), example=lambda: elu(_vector()))
elementwise("gelu", lambda x: x * normal_distribution(x),
            "(lambda x: x * (1 + np.vectorize(math.erf, otypes=[dtype])(x / math.sqrt(2))) / 2)({0})",
            unit=True, named="h", reads=("GELU",), example=lambda: gelu(_vector()))
elementwise("gelu_tanh", _gelu_tanh,
            "(lambda x: x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2)({0})",
            example=lambda: gelu(_vector(), approximate="tanh"))
elementwise("silu", lambda x: x * sigmoid(x), "(lambda x: x / (1 + np.exp(-x)))({0})",
            unit=True, named="h", reads=("SiLU", "swish", "Swish"), example=lambda: silu(_vector()))
elementwise("mish", lambda x: x * tanh(softplus(x)),
            "(lambda x: x * np.tanh(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))))({0})",
            unit=True, named="h", example=lambda: mish(_vector()))


def leaky_relu(x: object, slope: object = Rational(1, 100)) -> Expr:
    """x where x > 0, else slope·x, of every entry; the derivative at 0 is the slope.

    Raises DeclarationError for what is no number.  Source: Maas, Hannun and Ng (2013).

    >>> sd.leaky_relu([-1, 2])
    [-1/100, 2]
    """
    return operator("leaky_relu")(x, slope)


def elu(x: object, alpha: object = Integer(1)) -> Expr:
    """x where x > 0, else alpha (exp(x) - 1), of every entry; the derivative at 0 is alpha.

    Raises DeclarationError for what is no number.
    Source: Clevert, Unterthiner and Hochreiter (2016).

    >>> sd.elu([2, 0])
    [2, 0]
    """
    return operator("elu")(x, alpha)


def gelu(x: object, approximate: str = "none") -> Expr:
    """x Φ(x) of every entry, Φ being the normal distribution function; with approximate="tanh" by the usual formula in tanh.

    Raises DeclarationError for another approximation.
    Source: Hendrycks and Gimpel (2016).

    >>> sd.gelu([0])
    [0]
    """
    if approximate not in ("none", "tanh"):
        raise DeclarationError(f"unknown approximation {approximate!r}", hint='"none" or "tanh"')
    return operator("gelu" if approximate == "none" else "gelu_tanh")(x)


def silu(x: object) -> Expr:
    """x σ(x) of every entry, also called swish.  Raises DeclarationError for what is no number.

    Source: Elfwing, Uchibe and Doya (2018).

    >>> sd.silu([0])
    [0]
    """
    return operator("silu")(x)


def mish(x: object) -> Expr:
    """x tanh(softplus(x)) of every entry.  Raises DeclarationError for what is no number.

    Source: Misra (2019).

    >>> sd.mish([0])
    [0]
    """
    return operator("mish")(x)


def selu(x: object) -> Expr:
    """1.0507 elu(x, 1.6733) of every entry, with the constants of self-normalising networks.

    Raises DeclarationError for what is no number.  Source: Klambauer, Unterthiner, Mayr and Hochreiter (2017).

    >>> sd.selu([0])
    [0]
    """
    scale, alpha = Rational("1.0507009873554805"), Rational("1.6732632423543772")
    return scale * operator("elu")(x, alpha)


def prelu(x: object, slope: object) -> Expr:
    """x where x > 0, else slope·x for a slope that is learnt: one number, or an array that broadcasts.

    Raises ShapeError where they do not broadcast.
    Source: He, Zhang, Ren and Sun (2015).

    >>> sd.prelu([-2, 3], 4)
    [-8, 3]
    """
    return operator("leaky_relu")(x, slope)


def relu6(x: object) -> Expr:
    """min(max(x, 0), 6) of every entry.  Raises DeclarationError for what is no number.

    Source: Krizhevsky (2010).

    >>> sd.relu6([-1, 2, 9])
    [0, 2, 6]
    """
    return clip(x, 0, 6)


def hardtanh(x: object, low: object = -1, high: object = 1) -> Expr:
    """Every entry where it is between low and high, else the nearer of the two.

    Raises DeclarationError for what is no number.  Source: Collobert (2004).

    >>> sd.hardtanh([-4, 0, 4])
    [-1, 0, 1]
    """
    return clip(x, low, high)


def hardsigmoid(x: object) -> Expr:
    """min(max(x/6 + 1/2, 0), 1) of every entry.  Raises DeclarationError for what is no number.

    Source: Howard et al. (2019), section 5.2.

    >>> sd.hardsigmoid([-4, 0, 4])
    [0, 1/2, 1]
    """
    return clip(as_expr(x) / 6 + Rational(1, 2), 0, 1)


def hardswish(x: object) -> Expr:
    """x min(max(x/6 + 1/2, 0), 1) of every entry.  Raises DeclarationError for what is no number.

    Source: Howard et al. (2019), section 5.2.

    >>> sd.hardswish([-4, 0, 4])
    [0, 0, 4]
    """
    return as_expr(x) * hardsigmoid(x)


def softsign(x: object) -> Expr:
    """x/(1 + |x|) of every entry.  Raises DeclarationError for what is no number.

    Source: Bergstra, Desjardins, Lamblin and Bengio (2009).

    >>> sd.softsign([-1, 3])
    [-1/2, 3/4]
    """
    return as_expr(x) / (1 + as_abs(x))


__all__ = ["elu", "gelu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "mish", "prelu", "relu6", "selu", "silu",
           "softsign"]
