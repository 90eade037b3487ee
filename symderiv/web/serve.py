"""The page served from this machine: ``symderiv serve``.  Needs the extra ``web`` (Starlette and uvicorn).

One route answers questions: POST /ask with {"job": ..., "fields": {...}}.  Each question is computed in a process of its
own, bounded in time and memory, that can be ended; as many at once as there are processors, the others wait their turn.
Only pages that this server served may ask: Host and Origin are checked.  Nothing is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import webbrowser
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import OutputError
from .assets import asset, page_files
from .desk import SECONDS, Desk, refusal
from .plain_data import Answer

# How long a question may be, in bytes.
MOST_BYTES = 1_000_000
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# No script stands in the page itself, and nothing is asked of another host.
POLICY = "; ".join((
    "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
    "connect-src 'self'", "worker-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'",
    "frame-ancestors 'none'"))
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
           "Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store"}


class Server:
    """What the routes answer."""

    def __init__(self, workers: int | None, seconds: float, hosts: Iterable[str]) -> None:
        self.hosts = frozenset(hosts)
        self.desk = Desk(workers, seconds)
        self.files = {**page_files(), "engine.js": ("text/javascript", asset("engine-server.js"))}

    @contextlib.asynccontextmanager
    async def life(self, _: Any) -> AsyncIterator[None]:
        """While the server runs.  Nobody is heard before the engine is warm: what that takes counts in nobody's time."""
        await self.desk.warm()
        yield
        self.desk.end()

    def distrusted(self, request: Request) -> Response | None:
        """The refusal of a request that comes by another name, or from a page of another server."""
        host = request.headers.get("host", "")
        if host not in self.hosts and host.rsplit(":", 1)[0] not in self.hosts:
            return _refused(403, "this server does not answer to that name", "use the address that it printed")
        origin = request.headers.get("origin")
        if origin is not None and origin.split("://", 1)[-1] != host:
            return _refused(403, "only pages of this server may ask", "open the page that it serves")
        return None

    async def ask(self, request: Request) -> Response:
        """POST /ask."""
        if (refused := self.distrusted(request)) is not None:
            return refused
        if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return _refused(415, "a question is JSON", "Content-Type: application/json")
        try:
            sent = await _sent(request)
        except ClientDisconnect:
            return Response(status_code=499)
        if sent is None:
            return _refused(413, f"a question has at most {MOST_BYTES} bytes", "split it")
        try:
            question = json.loads(sent)
        except (ValueError, RecursionError):
            question = None
        if not isinstance(question, dict) or set(question) - {"job", "fields"}:
            return _refused(400, "that is no question", 'send {"job": ..., "fields": {...}}')
        found = await _while_there(request, self.desk.ask(question.get("job"), question.get("fields", {})))
        if found is None:
            return Response(status_code=499)
        return JSONResponse(found, 429 if found.get("busy") else 200, HEADERS)

    async def file(self, request: Request) -> Response:
        """GET of the page and what belongs to it."""
        if (refused := self.distrusted(request)) is not None:
            return refused
        kind, data = self.files.get(request.path_params.get("name", "index.html"), ("", b""))
        return Response(data, 200, HEADERS, media_type=kind) if kind else await self.missing(request)

    async def missing(self, _: Request, error: Exception | None = None) -> Response:
        """Anything else."""
        return _refused(getattr(error, "status_code", 404), "there is nothing here", "the page is at /")


async def _while_there(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer | None:
    """The answer; None, and nothing is computed any more, where whoever asked has gone or asked again."""
    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    asked, left = asyncio.ensure_future(work), asyncio.ensure_future(gone())
    try:
        await asyncio.wait({asked, left}, return_when=asyncio.FIRST_COMPLETED)
        return asked.result() if asked.done() else None
    finally:
        left.cancel()
        asked.cancel()


async def _sent(request: Request) -> bytes | None:
    """What was sent; None where it is too long."""
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _refused(status: int, message: str, hint: str) -> Response:
    return JSONResponse(refusal(message, hint), status, HEADERS)


def application(workers: int | None, seconds: float = SECONDS, hosts: Iterable[str] = LOOPBACK) -> Starlette:
    """The server as an ASGI application."""
    server = Server(workers, seconds, hosts)
    routes = [Route("/ask", server.ask, methods=["POST"]), Route("/", server.file), Route("/{name}", server.file)]
    return Starlette(routes=routes, lifespan=server.life,
                     exception_handlers={404: server.missing, 405: server.missing})


def serve(port: int, host: str, *, workers: int | None, seconds: float = SECONDS, open_browser: bool = False) -> None:
    """Serve the page until interrupted.  Raises OutputError where the port is in use."""
    listening = listening_at(host, port)
    app = application(workers, seconds, {*LOOPBACK, host})
    asyncio.run(Desk(1).warm())
    with _or_closed(listening, host, port):
        listening.listen(128)
    address = f"http://{host}:{listening.getsockname()[1]}/"
    print(f"symderiv: the page is at {address}  (Ctrl-C ends it)", flush=True)
    if open_browser:
        webbrowser.open(address)
    config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=2,
                            h11_max_incomplete_event_size=64_000)
    uvicorn.Server(config).run(sockets=[listening])


def listening_at(host: str, port: int) -> socket.socket:
    """A socket of its own port, which is yet to listen.  Raises OutputError where that is taken or not allowed."""
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with _or_closed(found, host, port):
        found.bind((host, port))
    return found


@contextlib.contextmanager
def _or_closed(held: socket.socket, host: str, port: int) -> Iterator[None]:
    """What is done to a socket; where the system refuses it, the reason as an OutputError."""
    try:
        yield
    except (OSError, OverflowError) as error:
        held.close()
        raise OutputError(f"cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}",
                          hint="another port: --port 0 takes a free one") from None
