"""``python -m symderiv`` is the command ``symderiv``."""

import sys

from .cli import main
from .interrupts import install

if __name__ == "__main__":
    install()
    sys.exit(main())
