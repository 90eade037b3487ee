"""What the commands ``new`` and ``book`` do, from their options."""

from __future__ import annotations

import contextlib
import threading
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from ..render.files import require_writable
from ..render.look import Look
from .book import Book, chosen, results_of, write_book
from .outcomes import Result
from .pool import default_workers
from .settings import for_readers, look_of
from .watching import Watch, serve_watch


def look_asked_for(options: Namespace) -> Look:
    """The look of the folder, with what the options say instead."""
    look = look_of(options.path, title=options.title, language=options.language, answers=options.answers,
                   columns=options.columns)
    return for_readers(look, options.audience)


def made_book(options: Namespace, told: Callable[[int, int, Result], None], say: Callable[[str], None]
              ) -> tuple[list[Result], Book]:
    """Run what has changed and write the book; all results that are in it, and what was written."""
    look = look_asked_for(options)
    require_writable(options.output)
    every = results_of(options.path, options.workers or default_workers(), options.seconds, options.fresh, told)
    results = chosen(every, options.only)
    say("writing the book" if options.no_pdf else "writing the book, and typesetting it with TeX")
    return results, write_book(results, options.output, look, not options.no_pdf, options.fresh, every)


def watched(options: Namespace, say: Callable[[str], None]) -> int:
    """Serve the book and write it again whenever a file changes, until it is stopped."""
    watch = Watch(Path(options.path), lambda: look_asked_for(options), options.only, options.workers or default_workers(),
                  options.seconds)
    server = serve_watch(watch, options.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"http://127.0.0.1:{server.server_port}/ shows the book and reloads; Ctrl-C ends it")
    with contextlib.suppress(KeyboardInterrupt):
        for _ in watch.forever(lambda ran, took: say(f"{ran} items run, written in {took:.2f} s")):
            pass
    return 0
