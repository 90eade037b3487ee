"""Running the items of a suite, each in a process of its own; see ``workers`` for what cannot go wrong."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path

from ..arrays.arrays import Tensor
from ..arrays.named_sizes import dims
from ..arrays.registry import RECORDS
from ..differentiation.engine import derive
from ..layers import cross_entropy
from ..render import mathml
from ..render.sections import Rendered
from ..workers import Lost, Pool, answer_of
from .collect import SECONDS, Item, collect, collect_file, unreadable
from .outcomes import Result, result_of
from .run import run, unjudged


def default_workers() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


MANY = 8
"""Items from which on the process that their processes are copies of derives and proves something itself before."""


@lru_cache(maxsize=1)
def _warm() -> None:
    """What a first derivation loads and works out once, so that items do not, one by one.

    Nothing of it is about what items hold: what is kept is kept by what it was worked out from.
    """
    m, n = dims("m n")
    W, x, y = Tensor("W", (m, n)), Tensor("x", (n,)), Tensor("y", (m,))
    for item in (lambda: derive(cross_entropy(W @ x, y), W), lambda: (RECORDS.tanh(x), 2 * RECORDS.sigmoid(2 * x) - 1)):
        run(Item("warm", "", "", 0, function=item), seconds=None)
    gc.freeze()  # what the copies share is not looked through, and so not copied, by each of them


def run_files(files: Sequence[Path], workers: int = 1, typeset: bool = False, seconds: float = SECONDS,
              told: Callable[[int, int, Result], None] = lambda done, found, result: None,
              only: Mapping[Path, Collection[str]] | None = None,
              begun: Callable[[list[Item]], None] = lambda items: None,
              early: Callable[[Item, Rendered], None] | None = None) -> dict[Path, list[Result]]:
    """Read files of derivations and run their items, of some files ``only`` those of some names: the results in their order.

    ``told`` is called with each result: how many are done, and how many have been found; ``begun`` with the items of a file
    that will be run, and ``early``, of a few, with what can be shown of an item before it is known how sure its claims are.
    """
    if not files:
        return {}
    if typeset:
        from ..render import document, html, present  # noqa: F401  Loaded once, before the workers are forked.
    from ..differentiation import engine  # noqa: F401
    from ..numeric import check  # noqa: F401

    pool = Pool(workers, seconds)
    for file in files:
        pool.submit(file, _items_of, file, seconds)
    items: dict[Path, list[Item]] = {}
    results: dict[Item, Result] = {}
    for key, answer in pool.results():
        if isinstance(key, Item):
            results[key] = _result(key, answer)
            told(len(results), sum(map(len, items.values())), results[key])
            continue
        if isinstance(key, tuple):
            shown = _shown_early(answer)
            if early is not None and shown is not None and key[0] not in results:
                early(key[0], shown)
            continue
        assert isinstance(key, Path)
        wanted = None if only is None else only.get(key)
        items[key] = [item for item in _items(key, answer) if wanted is None or item.name in wanted or item.failure]
        if sum(map(len, items.values())) >= MANY:
            _warm()
        for item in items[key]:
            if early is not None and len(items[key]) < MANY:
                pool.submit((item,), _unjudged_named, item, seconds)
            pool.submit(item, _run_named, item, typeset, seconds)
        begun(items[key])
    return {file: [results[item] for item in items[file]] for file in files}


def items_of(file: Path) -> list[Item]:
    """The items of a file, which is read in a process of its own."""
    return _items(file, answer_of(_items_of, file, SECONDS, seconds=SECONDS))


def items_at(path: str | os.PathLike[str]) -> list[Item]:
    """The items of a file, or of all files below a directory.  Raises DeclarationError where there is nothing."""
    return collect(path, items_of)


def result_alone(item: Item) -> Result:
    """The result of one item, run in a process of its own."""
    return _result(item, answer_of(_run_named, replace(item, function=None), False, SECONDS, seconds=SECONDS))


def named_again(wanted: Item, seconds: float = SECONDS) -> Item:
    """An item with its function, from its file."""
    if wanted.failure:
        return wanted
    found = collect_file(wanted.file, seconds)
    item = next((i for i in found if (i.name, i.line) == (wanted.name, wanted.line)), found[0] if found else None)
    if item is None or item.name != wanted.name:
        failure = item.failure if item is not None else ""
        return replace(wanted, failure=failure or f"{wanted.name} is no longer in {wanted.file}")
    return item


def _items_of(file: Path, seconds: float) -> str:
    """What a process says of a file: plain text, of which nothing is run where it is read."""
    return json.dumps([asdict(replace(item, function=None)) for item in collect_file(file, seconds)])


def _items(file: Path, answer: object) -> list[Item]:
    if isinstance(answer, Lost):
        return [unreadable(file, str(answer))]
    try:
        return [Item(**row | {"words": tuple(row["words"])}) for row in json.loads(str(answer))]
    except (ValueError, TypeError):
        return [unreadable(file, "the process that read it gave no list of items")]


def _run_named(wanted: Item, typeset: bool, seconds: float) -> str:
    formulas = mathml.noted()
    return json.dumps([asdict(run(named_again(wanted, seconds), typeset, seconds)), formulas])


def _unjudged_named(wanted: Item, seconds: float) -> str:
    shown = unjudged(named_again(wanted, seconds), seconds)
    return json.dumps(None if shown is None else asdict(shown))


def _shown_early(answer: object) -> Rendered | None:
    try:
        row = None if isinstance(answer, Lost) else json.loads(str(answer))
        return None if row is None else Rendered(**row)
    except (ValueError, TypeError):
        return None


def _result(item: Item, answer: object) -> Result:
    """The result that a process gave for an item, if it is one of that item."""
    try:
        if isinstance(answer, Lost):
            raise ValueError(str(answer))
        row, formulas = json.loads(str(answer))
        result = result_of(row)
        if (result.name, result.title, result.file) != (item.name, item.title, item.file):
            raise ValueError("the process that ran it answered for another item")
        mathml.learn(formulas)
    except (ValueError, TypeError, KeyError) as error:
        return run(replace(item, function=None, failure=str(error)), typeset=True)
    return result
