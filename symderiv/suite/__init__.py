"""Files of derivations: their items, how they are run and kept, the book, certificates, and pytest's items.

What commands ask of them is loaded when it is used.
"""

from ..late import late

__getattr__ = late(__name__, {
    "book": ("results_of",),
    "book_commands": ("made_book", "started", "watched"),
    "certifying": ("certify",),
    "collect": ("RANKS", "SECONDS"),
    "pool": ("default_workers", "items_at", "items_of", "named_again", "result_alone"),
    "run": ("outcome",),
})
