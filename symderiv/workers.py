"""Tasks in processes of their own, each bounded in time and memory, whose answers carry the task that they belong to.

A process runs one task.  Whatever that does to it (files closed, handlers set, copies of it made by fork, its end) is
gone with it, and costs no other task.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import secrets
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from . import interrupts
from .visible import shown

try:
    import resource
except ImportError:  # a system without such bounds
    resource = None  # type: ignore[assignment]

# How long a task may take, unless something else is asked for.
SECONDS = 30.0
# A task stops by itself after its time, with a word on where it was; one that does not is ended so much later.
GRACE = 5.0
# How often a process is looked at whose pipe says nothing: a copy that it made of itself can hold the pipe open.
TICK = 0.25
# What a task may print; the rest is cut off.
PRINTED = 100_000
_NONCE, _LENGTH = 32, 8


class Lost(Exception):
    """A task whose process gave no answer, and in words why."""


class Pool:
    """Processes that run tasks.  A task that kills its process, or never ends, costs no other task."""

    def __init__(self, workers: int, seconds: float = SECONDS, context: Any = None, memory: int | None = None,
                 grace: float | None = None) -> None:
        """``context`` says how processes begin, where not by a fork of this one; ``memory``, in bytes, what each has;
        ``grace`` how much later than its time a task is ended."""
        # A forked process has the libraries loaded already; elsewhere each loads them.
        self.context: Any = context or get_context("fork" if "fork" in get_all_start_methods() else "spawn")
        self.workers = workers
        self.seconds = seconds
        self.memory = memory
        self.grace = GRACE if grace is None else grace
        self.tasks: deque[tuple[Hashable, Callable[..., Any], tuple[Any, ...]]] = deque()
        self.busy: list[_Running] = []

    def submit(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Add a task; also while results are being read."""
        self.tasks.append((key, function, arguments))

    def results(self) -> Iterator[tuple[Hashable, Any]]:
        """(key, answer) of each task as it is done; the answer is Lost where its process gave none."""
        with interrupts.on_interrupt(self.end):
            try:
                while self.tasks or self.busy:
                    while self.tasks and len(self.busy) < self.workers:
                        with interrupts.held():
                            self.busy.append(_Running(self, *self.tasks.popleft()))
                    yield from self._answers()
            finally:
                self.end()

    def _answers(self) -> Iterator[tuple[Hashable, Any]]:
        """The answers that have come, after waiting for some, or for the next deadline, but not longer than a tick."""
        first = min(running.end_time for running in self.busy)
        wait([running.reader for running in self.busy], max(0.0, min(TICK, first - time.monotonic())))
        for running in list(self.busy):
            answer = running.answer()
            if answer is not None:
                self.busy.remove(running)
                running.end()
                yield running.key, answer[0]

    def end(self) -> None:
        """End what still runs."""
        while self.busy:
            self.busy.pop().end()


class _Running:
    """A process with its task."""

    def __init__(self, pool: Pool, key: Hashable, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.key = key
        self.seconds = pool.seconds
        self.nonce = secrets.token_hex(_NONCE // 2).encode()
        self.reader, writer = pool.context.Pipe(duplex=False)
        self.process = pool.context.Process(target=_serve, daemon=True, args=(
            writer, self.nonce, pool.memory, function, arguments))
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # what waits in them would be written twice
                stream.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that another thread, of a test runner, may hold a lock
            self.process.start()
        writer.close()
        if os.name != "nt":
            os.set_blocking(self.reader.fileno(), False)
        self.end_time = time.monotonic() + self.seconds + pool.grace
        self.data = bytearray()
        self.open = True

    def answer(self) -> tuple[Any] | None:
        """The answer, or Lost; None while there is neither.  Nothing is believed that does not begin with the nonce."""
        late, ended = time.monotonic() >= self.end_time, self.process.exitcode
        self._read()
        if bytes(self.data[:_NONCE]) != self.nonce[:len(self.data)]:
            return (Lost("what came through the pipe of the process that ran it was not its answer"),)
        length = int.from_bytes(self.data[_NONCE:_NONCE + _LENGTH]) if len(self.data) >= _NONCE + _LENGTH else None
        if length is not None and len(self.data) >= _NONCE + _LENGTH + length:
            try:
                return (pickle.loads(self.data[_NONCE + _LENGTH:_NONCE + _LENGTH + length]),)
            except Exception as error:
                return (Lost(f"its answer could not be read: {type(error).__name__}: {error}"),)
        if ended is not None or not self.open:
            self.process.join(GRACE if ended is None else None)
            return (Lost(_ending(self.process.exitcode)),)
        return (Lost(f"did not finish within {self.seconds:g} seconds"),) if late else None

    def _read(self) -> None:
        """All that has come, without waiting; of a flood, no more than shows that it is one."""
        with contextlib.suppress(BlockingIOError):
            while self.open and bytes(self.data[:_NONCE]) == self.nonce[:len(self.data)]:
                try:
                    part = os.read(self.reader.fileno(), 1 << 20) if os.name != "nt" else (
                        self.reader.recv_bytes() if self.reader.poll() else None)
                except (EOFError, ConnectionError):
                    part = b""
                if part is None:
                    return
                self.data += part
                self.open = bool(part)

    def end(self) -> None:
        """End the process, and the copies that it made of itself."""
        with contextlib.suppress(OSError, AttributeError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.reader.close()


class Standing:
    """One process that answers question after question and keeps what it has learnt; where it is lost, another begins."""

    def __init__(self, function: Callable[..., Any], seconds: float, context: Any, memory: int) -> None:
        self.function, self.seconds, self.context, self.memory = function, seconds, context, memory
        self.process: Any = None
        self.pipe: Any = None

    def ask(self, *arguments: Any) -> Any:
        """The answer, or Lost where there was none in time.  One question at a time."""
        if self.process is None or not self.process.is_alive():
            self._begin()
        try:
            self.pipe.send(arguments)
            if self.pipe.poll(self.seconds):
                answer, full = self.pipe.recv()
                if full:
                    self.end()
                return answer
            lost = Lost(f"did not finish within {self.seconds:g} seconds")
        except (OSError, EOFError, pickle.UnpicklingError):
            self.process.join(GRACE)
            lost = Lost(_ending(self.process.exitcode))
        self.end()
        return lost

    def _begin(self) -> None:
        self.end()
        self.pipe, theirs = self.context.Pipe()
        self.process = self.context.Process(target=_answering, daemon=True, args=(theirs, self.memory, self.function))
        self.process.start()
        theirs.close()

    def end(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.pipe.close()
            self.process = None


def _answering(pipe: Any, memory: int, function: Callable[..., Any]) -> None:
    """A process: questions as they come, until nobody asks; with each answer, whether half of its memory has been used."""
    _settle(pipe.fileno(), memory)
    with contextlib.suppress(EOFError, OSError):
        while True:
            arguments = pipe.recv()
            try:
                answer = function(*arguments)
            except BaseException as raised:
                answer = Lost(f"{type(raised).__name__}: {raised}")
            pipe.send((answer, 2 * _peak() > memory))
    os._exit(0)


def _peak() -> int:
    """The most memory that this process has had, in bytes; 0 where the system does not say."""
    if resource is None:
        return 0
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * (1 if sys.platform == "darwin" else 1024)


def _ending(status: int | None) -> str:
    """How a process ended that gave no answer."""
    if status is None:
        return "the process that ran it closed its pipe without an answer"
    if status < 0:
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        return f"the process that ran it ended without an answer: {name} (out of memory, or recursion without end)"
    return f"the process that ran it ended without an answer, with status {status} (out of memory, or os._exit)"


def _serve(writer: Connection, nonce: bytes, memory: int | None, function: Callable[..., Any],
           arguments: tuple[Any, ...]) -> None:
    """A process: one task, one answer."""
    own = os.getpid()
    _settle(writer.fileno(), memory)
    try:
        answer = function(*arguments)
        payload = pickle.dumps(answer)
    except BaseException as raised:
        payload = pickle.dumps(Lost(f"{type(raised).__name__}: {raised}"))
    if os.getpid() == own:  # A copy that the task made of this process has nothing to say.
        message = nonce + len(payload).to_bytes(_LENGTH) + payload
        with contextlib.suppress(OSError):
            if os.name == "nt":
                writer.send_bytes(message)
            else:
                written = 0
                while written < len(message):
                    written += os.write(writer.fileno(), message[written:written + (1 << 20)])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)  # Threads that the task began, and what it registered for the end, do not hold it up.


def _settle(answers: int, memory: int | None) -> None:
    """A session and a bound of memory of its own; it ends with its parent, and holds nothing open but what answers go to."""
    interrupts.reset()
    with contextlib.suppress(OSError, AttributeError):
        os.setsid()
    with contextlib.suppress(ValueError, OSError, AttributeError):
        # A task that eats memory without end gets an error before the machine stands still.
        room = memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        resource.setrlimit(resource.RLIMIT_AS, (room, resource.getrlimit(resource.RLIMIT_AS)[1]))
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    with contextlib.suppress(OSError):
        said = os.dup(2)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for handle in {0, 1, 2, *_handles()} - {answers, said, nowhere}:
            os.dup2(nowhere, handle)  # rather than closed: nothing that is opened later gets its number
        sys.stdout = sys.stderr = _Said(said)


def _handles() -> list[int]:
    """What is open in this process, where the system says so: a fork has all that its parent had."""
    with contextlib.suppress(OSError):
        return [int(name) for name in os.listdir("/dev/fd") if name.isdigit()]
    return []


class _Said(io.TextIOBase):
    """What a task prints, on the parent's standard error: shown escaped, and cut off where it does not end."""

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.room = PRINTED

    def write(self, text: str) -> int:
        """Print; what is too much is dropped, and so is everything where nobody reads."""
        if self.room > 0:
            told = shown(text[:self.room]) + ("\n[…]\n" if len(text) > self.room else "")
            self.room -= len(text)
            with contextlib.suppress(OSError):
                os.write(self.handle, told.encode("utf-8", "backslashreplace"))
        return len(text)


def answer_of(function: Callable[..., Any], *arguments: Any, seconds: float) -> Any:
    """The answer of one task in a process of its own; Lost where it gives none."""
    pool = Pool(1, seconds)
    pool.submit(None, function, *arguments)
    ((_, answer),) = pool.results()
    return answer
