"""The operators: one file a family, one record an operator.  Importing this package registers them all.

A new operator is one ``register(Operator(...))`` with its definition as an index expression; derivatives, proofs,
checks and printing follow from the record.
"""

from __future__ import annotations

from . import arithmetic as arithmetic  # registers + - * / **
from . import (
    activations as _activations, attention as _attention, comparing as _comparing, constants as _constants,
    contrastive as _contrastive, convolution as _convolution, divergences as _divergences, elementwise as _elementwise,
    extremes as _extremes, linear as _linear, losses as _losses, matrix as _matrix, normalisation as _normalisation,
    pooling as _pooling, products as _products, rearranged as _rearranged, recurrent as _recurrent,
    reductions as _reductions, regression as _regression, selecting as _selecting, sliding as _sliding, softmax as _softmax,
    solving as _solving, spectral as _spectral, statistics as _statistics, structure as _structure,
)
from .activations import *
from .attention import *
from .comparing import *
from .constants import *
from .contrastive import *
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
from .solving import *
from .spectral import *
from .statistics import *
from .structure import *

__all__: list[str] = []
__all__ += _activations.__all__
__all__ += _attention.__all__
__all__ += _comparing.__all__
__all__ += _constants.__all__
__all__ += _contrastive.__all__
__all__ += _convolution.__all__
__all__ += _divergences.__all__
__all__ += _elementwise.__all__
__all__ += _extremes.__all__
__all__ += _linear.__all__
__all__ += _losses.__all__
__all__ += _matrix.__all__
__all__ += _normalisation.__all__
__all__ += _pooling.__all__
__all__ += _products.__all__
__all__ += _rearranged.__all__
__all__ += _recurrent.__all__
__all__ += _reductions.__all__
__all__ += _regression.__all__
__all__ += _selecting.__all__
__all__ += _sliding.__all__
__all__ += _softmax.__all__
__all__ += _solving.__all__
__all__ += _spectral.__all__
__all__ += _statistics.__all__
__all__ += _structure.__all__
