"""``python -m symderiv`` is the command ``symderiv``."""

import sys

from .cli import main

sys.exit(main())
