"""Documents refereed by the workers of a Dask cluster: texts go there, reports come back, nothing else is shared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from ..errors import SymderivError
from ..referee.batch import SECONDS, RefereedFile, read, referee_text
from .folders import version

# How long a scheduler has to answer.
CONNECT = 10.0


class SchedulerError(SymderivError):
    """A scheduler that cannot be asked."""


def referee_on(address: str, paths: Sequence[str], given: str | None,
               told: Callable[[int, RefereedFile], None] = lambda done, found: None,
               seconds: float = SECONDS) -> list[RefereedFile]:
    """The reports on several files, in their order, by the workers of the scheduler at ``address``.

    Each text has the budget that it has here.  The cluster gives the texts of a worker that dies to another one; what
    it gives up, and what is left when no answer has come for ``seconds``, is reported as an error of its file.
    Raises SchedulerError where Dask is not installed or the scheduler does not answer.
    """
    results: dict[int, RefereedFile] = {}

    def add(place: int, found: RefereedFile) -> None:
        results[place] = found
        told(len(results), found)

    with _client(address) as client, client.as_current():
        waiting: dict[Any, int] = {}
        for place, path in enumerate(paths):
            try:
                text = read(path)
            except SymderivError as error:
                add(place, RefereedFile(path, None, str(error)))
            else:
                waiting[client.submit(_refereed, path, text, given, version(), pure=False)] = place
        try:
            while waiting:
                done = import_module("distributed").wait(list(waiting), seconds, "FIRST_COMPLETED").done
                for future in sorted(done, key=lambda each: waiting[each]):
                    if future.status in ("lost", "pending"):
                        continue  # the worker that held the report died with it: it is worked out again
                    place = waiting.pop(future)
                    add(place, future.result() if future.status == "finished" else
                        RefereedFile(paths[place], None, f"the cluster gave no report: {_why(future)}"))
        except TimeoutError:
            client.cancel(list(waiting))
        for place in list(waiting.values()):
            add(place, RefereedFile(paths[place], None, f"no worker gave an answer within {seconds:g} seconds"))
    return [results[place] for place in range(len(paths))]


def _client(address: str) -> Any:
    try:
        return import_module("distributed").Client(address, timeout=CONNECT, set_as_default=False)
    except ImportError:
        raise SchedulerError("--scheduler needs Dask, which is not installed", hint="pip install 'symderiv[dask]'") from None
    except (OSError, ValueError) as error:  # a time that runs out is one of the first
        raise SchedulerError(f"the scheduler {address} does not answer: {error or type(error).__name__}",
                             hint="`dask scheduler` starts one and prints its address") from None


def _refereed(path: str, text: str, given: str | None, ours: str) -> RefereedFile:
    """What a worker does.  Another version of symderiv has no say."""
    if version() != ours:
        return RefereedFile(path, None, "a worker of the cluster has another version of symderiv")
    return referee_text(path, text, given)


def _why(future: Any) -> str:
    error = future.exception()
    return "the workers that tried it died" if type(error).__name__ == "KilledWorker" else str(error)
