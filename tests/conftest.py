"""Under tests, a proof that the numbers contradict is an error."""

from __future__ import annotations

import symderiv.proof.disagreement as disagreement

disagreement.STRICT = True
