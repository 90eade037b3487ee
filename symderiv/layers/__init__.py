"""The operators: one file a family, one record an operator.  Importing this package registers them all.

A new operator is one ``register(Operator(...))`` with its definition as an index expression; derivatives, proofs,
checks and printing follow from the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import arithmetic as arithmetic  # registers + - * / **
from . import (
    activations as _activations, attention as _attention, comparing as _comparing, constants as _constants,
    convolution as _convolution, divergences as _divergences, elementwise as _elementwise,
    extremes as _extremes, linear as _linear, losses as _losses, matrix as _matrix, normalisation as _normalisation,
    pooling as _pooling, products as _products, rearranged as _rearranged, recurrent as _recurrent,
    reductions as _reductions, regression as _regression, selecting as _selecting, sliding as _sliding, softmax as _softmax,
    spectral as _spectral, statistics as _statistics, structure as _structure,
)
from .activations import *
from .attention import *
from .comparing import *
from .constants import *
from .convolution import *
from .divergences import *
from .elementwise import *
from .extremes import *
from .linear import *
from .losses import *
from .matrix import *
from .normalisation import *
from .pooling import *
from .products import *
from .rearranged import *
from .recurrent import *
from .reductions import *
from .regression import *
from .selecting import *
from .sliding import *
from .softmax import *
from .spectral import *
from .statistics import *
from .structure import *

NAMES: list[str] = [name for family in (
    _activations, _attention, _comparing, _constants, _convolution, _divergences, _elementwise,
    _extremes, _linear, _losses, _matrix, _normalisation, _pooling, _products, _rearranged, _recurrent, _reductions,
    _regression, _selecting, _sliding, _softmax, _spectral, _statistics, _structure) for name in family.__all__]
if not TYPE_CHECKING:  # which reads no list that is computed, and then takes nothing for public
    __all__ = NAMES
