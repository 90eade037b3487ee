"""Running the items of a suite, several at a time where asked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from .outcome import Result, run
from .suite import Item, collect_file


def run_all(items: Sequence[Item], workers: int = 1, typeset: bool = False) -> Iterator[tuple[int, Result]]:
    """Run items and yield (position, result) as each is done.

    With several workers, each is a process of its own.  An item that takes its process down is reported as an error,
    and the others still run.
    """
    workers = min(workers, len(items))
    if workers <= 1:
        for position, item in enumerate(items):
            yield position, run(item, typeset)
        return
    yield from _run_in_processes(items, workers, typeset)


def default_workers() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run_in_processes(items: Sequence[Item], workers: int, typeset: bool) -> Iterator[tuple[int, Result]]:
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_all_start_methods, get_context

    # A forked worker has the libraries and the files loaded already; elsewhere it loads them once.
    context = get_context("fork" if "fork" in get_all_start_methods() else "spawn")
    left = list(range(len(items)))
    while left:
        with ProcessPoolExecutor(min(workers, len(left)), mp_context=context) as pool:
            futures = {pool.submit(_run_named, items[k].file, items[k].name, items[k].line, typeset): k for k in left}
            for future in as_completed(futures):
                position = futures[future]
                try:
                    result = future.result()
                except BrokenProcessPool:
                    continue
                left.remove(position)
                yield position, result
        if left and workers == 1:
            # One process, one item: it is this one that did it.
            yield left[0], _died(items[left[0]])
            del left[0]
        elif left:
            # A worker died and took the others' items with it: find out which by running one at a time.
            for position in list(left):
                yield from ((position, result) for _, result in _run_in_processes([items[position]], 1, typeset))
                left.remove(position)


def _run_named(file: str, name: str, line: int, typeset: bool) -> Result:
    for item in collect_file(file):
        if item.name == name and item.line == line:
            return run(item, typeset)
    raise LookupError(f"{name} is no longer in {file}")


def _died(item: Item) -> Result:
    return Result(name=item.name, title=item.title, file=item.file, line=item.line, expect=item.expect, status="error",
                  ok=False, seconds=0.0, chapter=item.chapter,
                  error="the process that ran it ended without an answer (out of memory, or os._exit)")


__all__ = ["default_workers", "run_all"]
