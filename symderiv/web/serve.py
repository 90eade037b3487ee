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
from collections.abc import AsyncIterator, Iterable
from typing import Any

from ..errors import OutputError, ToolMissing
from .assets import asset, page_files
from .desk import SECONDS, Desk, refusal

HOST, PORT = "127.0.0.1", 8765
# How long a question may be, in bytes.
MOST_BYTES = 1_000_000
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# No script or style stands in the page itself, and nothing is asked of another host.
POLICY = "; ".join((
    "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
    "connect-src 'self'", "worker-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'",
    "frame-ancestors 'none'"))
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
           "Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store"}


def application(workers: int, seconds: float = SECONDS, hosts: Iterable[str] = LOOPBACK) -> Any:
    """The server as an ASGI application.  Raises ToolMissing without the extra ``web``."""
    try:
        from starlette.applications import Starlette
        from starlette.requests import Request
        from starlette.responses import JSONResponse, Response
        from starlette.routing import Route
    except ImportError:
        raise ToolMissing("the server needs Starlette and uvicorn", hint="pip install 'symderiv[web]'") from None

    allowed = frozenset(hosts)
    desk = Desk(workers, seconds)
    files = {**page_files(), "engine.js": ("text/javascript", asset("engine-server.js"))}

    def trusted(request: Request) -> str:
        """Why a request is not answered; empty where it is."""
        host = request.headers.get("host", "")
        if host.rsplit(":", 1)[0] not in allowed and host not in allowed:
            return "this server does not answer to that name"
        origin = request.headers.get("origin")
        if origin is not None and origin.split("://", 1)[-1] != host:
            return "only pages of this server may ask"
        return ""

    async def body(request: Request) -> bytes | None:
        """What was sent; None where it is too long."""
        parts, length = [], 0
        async for part in request.stream():
            length += len(part)
            if length > MOST_BYTES:
                return None
            parts.append(part)
        return b"".join(parts)

    async def ask(request: Request) -> Response:
        if why := trusted(request):
            return JSONResponse(refusal(why, ""), 403, HEADERS)
        if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return JSONResponse(refusal("a question is JSON", "Content-Type: application/json"), 415, HEADERS)
        sent = await body(request)
        if sent is None:
            return JSONResponse(refusal(f"a question has at most {MOST_BYTES} bytes", "split it"), 413, HEADERS)
        try:
            question = json.loads(sent)
        except (ValueError, RecursionError):
            question = None
        if not isinstance(question, dict) or set(question) - {"job", "fields"}:
            return JSONResponse(refusal('a question is {"job": ..., "fields": {...}}', ""), 400, HEADERS)
        found = await desk.ask(question.get("job"), question.get("fields", {}))
        return JSONResponse(found, 429 if found.get("busy") else 200, HEADERS)

    async def file(request: Request) -> Response:
        if why := trusted(request):
            return JSONResponse(refusal(why, ""), 403, HEADERS)
        kind, data = files[request.path_params.get("name") or "index.html"]
        return Response(data, 200, HEADERS, media_type=kind)

    async def missing(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        return JSONResponse(refusal("there is nothing here", "the page is at /"), status, HEADERS)

    async def known(request: Request) -> Response:
        if request.path_params.get("name", "index.html") not in files:
            return await missing(request, Exception())
        return await file(request)

    @contextlib.asynccontextmanager
    async def life(_: Any) -> AsyncIterator[None]:
        warming = asyncio.ensure_future(desk.warm())
        yield
        warming.cancel()
        desk.end()

    return Starlette(routes=[Route("/ask", ask, methods=["POST"]), Route("/", known), Route("/{name}", known)],
                     exception_handlers={404: missing, 405: missing}, lifespan=life)


def serve(port: int = PORT, host: str = HOST, *, workers: int, seconds: float = SECONDS, open_browser: bool = False) -> None:
    """Serve the page until interrupted.  Raises ToolMissing, and OutputError where the port is in use."""
    app = application(workers, seconds, {*LOOPBACK, host})
    import uvicorn

    taken = listening_at(host, port)
    address = f"http://{host}:{taken.getsockname()[1]}/"
    print(f"symderiv: the page is at {address}  (Ctrl-C ends it)", flush=True)
    if open_browser:
        import webbrowser

        webbrowser.open(address)
    config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=2,
                            h11_max_incomplete_event_size=64_000)
    uvicorn.Server(config).run(sockets=[taken])


def listening_at(host: str, port: int) -> socket.socket:
    """A socket that listens.  Raises OutputError where the port is taken or not allowed."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(128)
    except (OSError, OverflowError) as error:
        raise OutputError(f"cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}",
                          hint="another port: --port 0 takes a free one") from None
    return found


__all__ = ["HOST", "PORT", "SECONDS", "application", "serve"]
