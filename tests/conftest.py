"""Under tests, a proof that the numbers contradict is an error; and what one process has compiled, the others read."""

from __future__ import annotations

import os
import sys

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import symderiv.proof.disagreement as disagreement  # noqa: E402

disagreement.STRICT = True
