"""symderiv for agents: ``symderiv mcp`` speaks the Model Context Protocol on standard input and output (extra ``mcp``).

The tools answer with data that says what was understood, under which conditions it holds, how sure it is, and what the
digest of the certificate is: an agent that claims a step can cite it.  Nothing that is sent is evaluated as a program.
"""

from __future__ import annotations

from typing import Any

from ..errors import ToolMissing
from .desk import SECONDS, Desk

GUIDE = """symderiv derives, proves and checks matrix calculus with symbolic sizes.  Declare every name in `given`, as in
"W: m n; x: n; y: label m; lambda: scalar; A: n n symmetric".  Expressions are plain (x'*A*x, W*x, softmax(W*x), .* for the
entrywise product) or LaTeX.  "proved" means that a certificate exists which an independent checker accepts; "supported"
means that numbers agree; "refuted" comes with a counterexample; an error says what was not understood and what to do."""


def server(workers: int, seconds: float = SECONDS) -> Any:
    """The server with its tools.  Raises ToolMissing without the extra ``mcp``."""
    try:
        from mcp.server.mcpserver import MCPServer
    except ImportError:
        raise ToolMissing("agents need the package mcp, version 2 or newer", hint="pip install 'symderiv[mcp]'") from None

    from .. import __version__

    desk = Desk(workers, seconds)
    made = MCPServer("symderiv", version=__version__, instructions=GUIDE)

    @made.tool(description="Gradient, Jacobian or derivative of an expression by one or several variables, by commas: "
                           "closed form, index form, LaTeX, status, conditions, notes.")
    async def derive(expr: str, wrt: str, given: str = "") -> dict[str, Any]:
        return await desk.ask("derive", {"expr": expr, "wrt": wrt, "given": given})

    @made.tool(description="Whether two expressions are equal: proved, conditional, supported, refuted (with "
                           "counterexample) or undecided.")
    async def prove(left: str, right: str, given: str = "") -> dict[str, Any]:
        return await desk.ask("prove", {"left": left, "right": right, "given": given})

    @made.tool(description="Referee a derivation, one step a line, LaTeX or plain: of each line its reading, verdict, the "
                           "likely slip, what it should be, a counterexample.")
    async def verify(text: str, given: str = "") -> dict[str, Any]:
        return await desk.ask("verify", {"text": text, "given": given})

    @made.tool(description="Sizes, parameters and operations of an architecture, one layer a line, such as "
                           "Conv2d(64, 7, stride=2, padding=3); `input` gives the sizes: 3, 224, 224.")
    async def count(text: str, input: str = "") -> dict[str, Any]:
        return await desk.ask("count", {"text": text, "input": input})

    return made


def run(workers: int, seconds: float = SECONDS) -> None:
    """Answer on standard input and output until it is closed."""
    server(workers, seconds).run("stdio")


__all__ = ["run", "server"]
