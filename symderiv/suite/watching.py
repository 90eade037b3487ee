"""A book that is written again while its author writes: only the items that changed are run, and the page reloads itself."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Timer

from ..errors import DeclarationError, OutputError
from ..render.html import inner_html
from ..render.look import Look
from ..render.prose import qualified
from ..render.sections import Rendered, Section
from . import cache
from .book import as_page, chosen, results_of
from .collect import SECONDS, Item, files_of, item_sources
from .outcomes import CHECKING, Result
from .pool import run_files
from .run import run
from .shown import steps

_HEAD = 1000  # the policy of a page stands within so many characters
LOOK_AGAIN = 0.02
"""Seconds between two looks at the files."""
SOON = 0.7
"""Seconds after which the page is shown without what is still being worked out, if no derivation has come before."""
WAIT = 20.0
_RELOAD = """<script>
(async () => { for (;;) { try { const said = await (await fetch("/version?" + VERSION)).text();
  if (said !== "VERSION") location.reload(); } catch { await new Promise(again => setTimeout(again, 500)); } } })();
</script>
</body>"""


class Watch:
    """The files at a path, what their items came to, and the page that tells it."""

    def __init__(self, path: Path, look: Callable[[], Look], only: str = "", workers: int = 1,
                 seconds: float = SECONDS) -> None:
        self.path, self.look, self.only, self.workers, self.seconds = path, look, only, workers, seconds
        self.written: dict[Path, tuple[int, int]] = {}
        self.seen: dict[Path, str] = {}
        self.items: dict[tuple[Path, str], tuple[str, Result]] = {}
        self.order: dict[Path, list[str]] = {}
        self.waiting: dict[tuple[Path, str], Result] = {}
        self.html, self.version = "", 0
        self.changed, self.writing = threading.Condition(), threading.Lock()

    def refresh(self) -> int | None:
        """Run what has changed since the last time; how many items that were, None where no file has changed."""
        folder = self.path if self.path.is_dir() else self.path.parent
        settings = list(folder.glob("*.t[oe][mx]*"))
        written = {file: (found.st_mtime_ns, found.st_size) for file in (*folder.rglob("*.py"), *settings) if (
            found := _found(file)) is not None}
        if written == self.written:
            return None  # not read again
        self.written = written
        files = [*files_of(self.path), *settings]
        now = {file: _digest(file.read_text(encoding="utf-8", errors="replace")) for file in files}
        if now == self.seen:
            return None
        first = not self.seen
        if first:
            cache.learn_formulas()
            # What every item loads late is loaded once, by the process that theirs are copies of.
            shown = r"\frac{\partial L}{\partial x} = 2x", "x: n; L = x'*x"
            run(Item("loaded", "", "", 0, function=lambda: [steps([shown[0]], shown[1])]), typeset=True)
        changed = [file for file, digest in now.items() if self.seen.get(file) != digest and file.suffix == ".py"]
        self.seen = now
        self.order = {file: names for file, names in self.order.items() if file in now}
        ran = self._read_all() if first else sum(map(self._read, changed))
        self._write()
        return ran

    def _read_all(self) -> int:
        """Run what has changed since an earlier watch or book; how many items that were."""
        ran: list[Result] = []
        try:
            every = results_of(self.path, self.workers, self.seconds, told=lambda done, found, result: ran.append(result))
        except DeclarationError:
            every = []  # there are no items yet
        for result in every:
            file = Path(result.file)
            if file not in self.order:
                around, own, _ = item_sources(file.read_text(encoding="utf-8", errors="replace"))
            self.items[file, result.name] = _digest(around + own.get(result.name, "")), result
            self.order.setdefault(file, []).append(result.name)
        return len(ran)

    def _read(self, file: Path) -> int:
        """Run the items of a file whose own text, or the text around all items, is new."""
        text = file.read_text(encoding="utf-8", errors="replace")
        around, own, _ = item_sources(text)
        known = {name: self.items.get((file, name)) for name in own}
        stale = {name for name, source in own.items() if known[name] is None or known[name][0] != _digest(around + source)}  # type: ignore[index]
        self.order[file] = list(own) or self.order.get(file, [])
        if stale or not own:
            soon = Timer(SOON, self._write)

            def begun(items: Sequence[Item]) -> None:
                self._begin(file, items)
                soon.start()

            def early(item: Item, page: Rendered) -> None:
                with self.writing:
                    self.waiting[file, item.name] = replace(self.waiting[file, item.name], page=page)
                soon.cancel()
                self._write()

            try:
                results = run_files([file], self.workers, True, self.seconds, begun=begun, early=early,
                                    only={} if stale == set(own) else {file: stale})
            finally:
                soon.cancel()
            with self.writing:
                self.waiting.clear()
                for result in results[file]:
                    self.items[file, result.name] = _digest(around + own.get(result.name, "")), result
                self.order[file] = list(own) or [result.name for result in results[file]]
        return len(stale)

    def _begin(self, file: Path, items: Sequence[Item]) -> None:
        """Have items that are being worked out shown as they are asked now, above what they came to before, in grey."""
        for item in items:
            before = self.items.get((file, item.name))
            old = before[1].page if before else None
            asked = inner_html(Section("", qualified(item.question, file.stem)))
            page = Rendered(asked + (f'<div class="before">{old.html}</div>' if old else ""), "", item.title)
            self.waiting[file, item.name] = Result(
                item.name, item.title, item.file, item.line, item.expect, CHECKING, False, 0.0, page=page,
                chapter=item.chapter, introduction=item.introduction, reference=item.reference, points=item.points)

    def results(self) -> Sequence[Result]:
        """All results in the order of the files and of their items, or what stands for them while they are worked out."""
        known = {place: result for place, (_, result) in self.items.items()} | self.waiting
        return [known[file, name] for file in sorted(self.order) for name in self.order[file] if (file, name) in known]

    def _write(self) -> None:
        with self.writing:
            self._write_what_is_known()

    def _write_what_is_known(self) -> None:
        try:
            found = chosen(self.results(), self.only)
        except Exception:
            found = list(self.results())
        html = as_page(found, self.look())
        with self.changed:
            self.html, self.version = html, self.version + 1
            self.changed.notify_all()

    def page(self) -> str:
        """The page, which asks for its next version."""
        html, ends = self.html, -len("</body>\n</html>\n")  # a whole book is long, and copied once
        head = html[:_HEAD].replace("default-src 'none'", "default-src 'none'; connect-src 'self'", 1)
        tail = html[ends:].replace("</body>", _RELOAD.replace("VERSION", str(self.version)))
        return f"{head}{html[_HEAD:ends]}{tail}"

    def next(self, version: int) -> int:
        """The version, as soon as it is another one, or after a while."""
        with self.changed:
            self.changed.wait_for(lambda: self.version != version, WAIT)
            return self.version

    def forever(self, told: Callable[[int, float], None]) -> Iterator[None]:
        """Look again and again; ``told`` hears how many items were run and how long that took."""
        while True:
            start = time.monotonic()
            ran = self.refresh()
            if ran is not None:
                told(ran, time.monotonic() - start)
            yield
            time.sleep(LOOK_AGAIN)


def serve_watch(watch: Watch, port: int = 0) -> ThreadingHTTPServer:
    """A server of the page on this machine alone.  Raises OutputError where the port is in use."""
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, _, query = self.path.partition("?")
            if name == "/version":
                body, kind = str(watch.next(int(query) if query.isdigit() else -1)), "text/plain"
            else:
                body, kind = watch.page(), "text/html; charset=utf-8"
            data = body.encode()
            self.send_response(200 if name in ("/", "/version", "/index.html") else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing is told of requests."""

    try:
        return ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except (OSError, OverflowError) as error:
        raise OutputError(f"the book cannot be served on port {port}: {getattr(error, 'strerror', None) or error}",
                          hint="another port: --port 0 takes a free one") from error


def _found(file: Path) -> os.stat_result | None:
    """When a file was written, and its size; None where it is gone."""
    try:
        return file.stat()
    except OSError:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
