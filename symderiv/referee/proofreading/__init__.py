"""What a text prints wrong whatever its names mean: arithmetic, indices, ranges, names off by one, labels, table rows.

Nothing here needs declarations, and nothing is guessed: a finding rests on two things that the text itself says and that
cannot both hold.
"""

from __future__ import annotations

from .erratum import Erratum
from .reader import place_in, proofread

__all__ = ["Erratum", "place_in", "proofread"]
