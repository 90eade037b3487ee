"""Running the items of a suite in processes of their own, each bounded in time and memory."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from .outcome import Result, run
from .suite import SECONDS, Item, collect_file, unreadable

# A worker stops by itself after its time, with a word on where it was; one that does not is ended so much later.
GRACE = 5.0


class Lost(Exception):
    """A task whose process ended before it had answered."""


class Pool:
    """Worker processes that take tasks in turn.  A task that kills its process, or never ends, costs no other task."""

    def __init__(self, workers: int, seconds: float = SECONDS) -> None:
        # A forked worker has the libraries loaded already; elsewhere it loads them once.
        self.context: Any = get_context("fork" if "fork" in get_all_start_methods() else "spawn")
        self.workers = workers
        self.seconds = seconds
        self.tasks: deque[tuple[Hashable, Callable[..., Any], tuple[Any, ...]]] = deque()
        self.idle: list[tuple[Any, Connection]] = []
        self.busy: dict[Connection, tuple[Any, Hashable, float]] = {}

    def submit(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Add a task; also while results are being read."""
        self.tasks.append((key, function, arguments))

    def results(self) -> Iterator[tuple[Hashable, Any]]:
        """(key, answer) of each task as it is done; the answer is Lost where its process ended before."""
        try:
            while self.tasks or self.busy:
                while self.tasks and len(self.busy) < self.workers:
                    self._begin(*self.tasks.popleft())
                yield from self._answers()
        finally:
            for process, pipe in [*self.idle, *((entry[0], pipe) for pipe, entry in self.busy.items())]:
                _end(process, pipe)
            self.idle, self.busy = [], {}

    def _begin(self, key: Hashable, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        while True:
            process, pipe = self.idle.pop() if self.idle else self._worker()
            try:
                pipe.send((function, arguments))
            except OSError:  # An idle worker that has gone; another takes the task.
                _end(process, pipe)
                continue
            self.busy[pipe] = process, key, time.monotonic() + self.seconds + GRACE
            return

    def _worker(self) -> tuple[Any, Connection]:
        ours, theirs = self.context.Pipe()
        # What a forked worker would hold open of the others' pipes keeps them from seeing their end.
        held = (ours, *(pipe for _, pipe in self.idle), *self.busy) if self.context.get_start_method() == "fork" else ()
        process = self.context.Process(target=_serve, args=(theirs, self.seconds, held), daemon=True)
        process.start()
        theirs.close()
        return process, ours

    def _answers(self) -> Iterator[tuple[Hashable, Any]]:
        """The answers that have come, after waiting for the first or for the next deadline."""
        deadline = min(entry[2] for entry in self.busy.values())
        for pipe in wait(list(self.busy), max(0.0, deadline - time.monotonic())):
            assert isinstance(pipe, Connection)
            process, key, _ = self.busy.pop(pipe)
            try:
                answer, stays = pipe.recv()
                if stays:
                    self.idle.append((process, pipe))
                else:
                    _end(process, pipe)
            except Exception:  # The pipe has ended, or what came through it cannot be read.
                _end(process, pipe)
                answer = Lost("the process that ran it ended without an answer (out of memory, or os._exit)")
            yield key, answer
        for pipe, (process, key, end) in list(self.busy.items()):
            if time.monotonic() >= end and not pipe.poll():
                del self.busy[pipe]
                _end(process, pipe)
                yield key, Lost(f"did not finish within {self.seconds:g} seconds")


def _end(process: Any, pipe: Connection) -> None:
    process.kill()
    process.join()
    pipe.close()


def _serve(pipe: Connection, seconds: float, held: tuple[Connection, ...]) -> None:
    """A worker: answer task after task.  One that ran out of time leaves, as what it left behind may be half done."""
    for other in held:
        other.close()
    with contextlib.suppress(ImportError, ValueError, OSError, AttributeError):
        import resource

        # An item that eats memory without end gets an error before the machine stands still.
        room = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        resource.setrlimit(resource.RLIMIT_AS, (room, resource.getrlimit(resource.RLIMIT_AS)[1]))
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            function, arguments = pipe.recv()
            start = time.monotonic()
            answer = function(*arguments)
            stays = time.monotonic() - start < seconds
            pipe.send((answer, stays))
            if not stays:
                return


def default_workers() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_files(files: Sequence[Path], workers: int = 1, typeset: bool = False, seconds: float = SECONDS,
              told: Callable[[int, int, Result], None] = lambda done, found, result: None) -> dict[Path, list[Result]]:
    """Read files of derivations and run their items: the results of each file, in the order of its items.

    ``told`` is called with each result: how many are done, and how many have been found.
    """
    if not files:
        return {}
    if typeset:
        from .render import document, html, present  # noqa: F401  Loaded once, before the workers are forked.
    from . import engine  # noqa: F401
    from .numeric import check  # noqa: F401

    pool = Pool(workers, seconds)
    for file in files:
        pool.submit(file, _items_of, file, seconds)
    items: dict[Path, list[Item]] = {}
    results: dict[Item, Result] = {}
    for key, answer in pool.results():
        if isinstance(key, Item):
            results[key] = _died(key, answer) if isinstance(answer, Lost) else answer
            told(len(results), sum(map(len, items.values())), results[key])
            continue
        assert isinstance(key, Path)
        items[key] = [unreadable(key, str(answer))] if isinstance(answer, Lost) else answer
        for item in items[key]:
            pool.submit(item, _run_named, item, typeset, seconds)
    return {file: [results[item] for item in items[file]] for file in files}


def run_all(items: Sequence[Item], workers: int = 1, typeset: bool = False,
            seconds: float = SECONDS) -> Iterator[tuple[int, Result]]:
    """Run items and yield (position, result) as each is done; see ``Pool`` for what cannot go wrong."""
    pool = Pool(min(workers, len(items)), seconds)
    for position, item in enumerate(items):
        pool.submit(position, _run_named, replace(item, function=None), typeset, seconds)
    for key, answer in pool.results():
        position = int(str(key))
        yield position, _died(items[position], answer) if isinstance(answer, Lost) else answer


def _items_of(file: Path, seconds: float) -> list[Item]:
    return [replace(item, function=None) for item in collect_file(file, seconds)]


def _run_named(wanted: Item, typeset: bool, seconds: float) -> Result:
    if wanted.failure:
        return run(wanted, typeset, seconds)
    found = collect_file(wanted.file, seconds)
    item = next((i for i in found if (i.name, i.line) == (wanted.name, wanted.line)), found[0])
    if item.name != wanted.name:
        item = replace(wanted, failure=item.failure or f"{wanted.name} is no longer in {wanted.file}")
    return run(item, typeset, seconds)


def _died(item: Item, reason: Lost) -> Result:
    return run(replace(item, function=None, failure=str(reason)), typeset=True)


__all__ = ["GRACE", "Lost", "Pool", "default_workers", "run_all", "run_files"]
