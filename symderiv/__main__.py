"""``python -m symderiv`` is the command ``symderiv``."""

from .cli import main
from .interrupts import ends_with

if __name__ == "__main__":
    ends_with(main)
