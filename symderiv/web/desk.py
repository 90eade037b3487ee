"""Questions computed in processes of their own: bounded in time and memory, no more at once than there are processors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from multiprocessing import forkserver, get_context
from typing import Any

from .. import interrupts
from ..suite.pool import default_workers
from ..workers import Lost, Pool
from .plain_data import Answer
from .questions import answer

# How long a question may take, in seconds; how many may wait.
SECONDS = 20.0
WAITING = 256
# What a process may have, in bytes of address space.
MEMORY = 3 << 30


def refusal(message: str, hint: str) -> Answer:
    """An answer that says why there is none."""
    return {"error": {"message": message, "hint": hint}}


def warm_context() -> Any:
    """How workers begin: as copies of one quiet process that has everything loaded, never of this one, which has threads."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["symderiv.web.warm"])
    with interrupts.ignored():
        # What it loads is no business of whoever interrupts: it ends with this process.
        forkserver.ensure_running()
    return context


class Desk:
    """Takes questions and has them computed; what is asked waits its turn."""

    def __init__(self, workers: int | None, seconds: float = SECONDS,
                 answer: Callable[[object, object], Answer] = answer) -> None:
        """``workers`` says how many at once, where not one a processor; ``answer`` what may be asked."""
        self.seconds, self.answer = seconds, answer
        self.free = asyncio.Semaphore(workers or default_workers())
        self.waiting = 0
        self.pools: set[Pool] = set()
        self.context = warm_context()

    async def ask(self, job: object, fields: object) -> Answer:
        """The answer, or why there is none; ``busy`` stands in it where too many wait."""
        if self.waiting >= WAITING:
            return {**refusal("too many questions wait already", "try again in a moment"), "busy": True}
        self.waiting += 1
        try:
            async with self.free:
                found = await self._computed(job, fields, self.seconds)
        finally:
            self.waiting -= 1
        if isinstance(found, Lost):
            return refusal(f"this took too much time or memory: {found}", "a smaller expression, or name its parts")
        return dict(found)

    async def warm(self) -> None:
        """Begin the process that workers are copies of, so that the first question finds it ready."""
        await self._computed("", {}, 120.0)

    def end(self) -> None:
        """End what is being computed; whoever waits for it is told."""
        for pool in list(self.pools):
            self._kill(pool)

    async def _computed(self, job: object, fields: object, seconds: float) -> Any:
        pool = Pool(1, seconds, self.context, MEMORY, grace=0.0)
        pool.submit(None, self.answer, job, fields)
        self.pools.add(pool)
        waiting = asyncio.ensure_future(asyncio.to_thread(lambda: list(pool.results())))
        try:
            ((_, found),) = await asyncio.shield(waiting)
        except asyncio.CancelledError:
            # Nobody waits for it any more: its process is ended before another takes its turn.
            self._kill(pool)
            await asyncio.wait({waiting})
            raise
        finally:
            self.pools.discard(pool)
        return found

    def _kill(self, pool: Pool) -> None:
        pool.tasks.clear()
        for running in list(pool.busy):
            running.process.kill()
