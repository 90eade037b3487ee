"""symderiv for agents: ``symderiv mcp`` speaks the Model Context Protocol on standard input and output (extra ``mcp``).

The tools answer with data that says what was understood, under which conditions it holds, how sure it is, and what the
digest of the certificate is: an agent that claims a step can cite it.  Nothing that is sent is evaluated as a program.
"""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import MCPServer

from .desk import SECONDS, Desk
from .plain_data import Answer
from .questions import answer_here

GUIDE = """symderiv derives, proves and checks matrix calculus with symbolic sizes.  Declare every name in `given`, as in
"W: m n; x: n; y: label m; lambda: scalar; A: n n symmetric".  Expressions are plain (x'*A*x, W*x, softmax(W*x), .* for the
entrywise product) or LaTeX.  "proved" means that a certificate exists which an independent checker accepts; "supported"
means that numbers agree; "refuted" comes with a counterexample; an error says what was not understood and what to do."""


# What of an answer, or of a line of it, is there for eyes.
TYPESET = frozenset({"proofs", "mathml", "said", "shown", "suggested", "read", "otherwise", "mark", "kind", "notes"})


class Tools:
    """What an agent may ask for; the words under each name are what it is told."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def derive(self, expr: str, wrt: str, given: str = "") -> dict[str, Any]:
        """Gradient, Jacobian or derivative of an expression by one or several variables, separated by commas: the
        reading, closed form, index form, LaTeX, status, conditions, notes, the digest of the certificate."""
        return await self.desk.ask("derive", {"expr": expr, "wrt": wrt, "given": given})

    async def prove(self, left: str, right: str, given: str = "") -> dict[str, Any]:
        """Whether two expressions are equal: proved, conditional, supported, refuted with a counterexample, or undecided."""
        return _told(await self.desk.ask("prove", {"left": left, "right": right, "given": given}))

    async def verify(self, text: str, given: str = "") -> dict[str, Any]:
        """Referee a derivation, one step a line, LaTeX or plain: of each line its reading, the verdict, the likely slip,
        what it should be, a counterexample, conditions, the digest of the certificate; and what is not declared."""
        found = await self.desk.ask("verify", {"text": text, "given": given})
        return {**found, "lines": [_told(line) for line in found["lines"]]} if "lines" in found else found

    async def count(self, text: str, input: str = "") -> dict[str, Any]:
        """Sizes, parameters and operations of an architecture, one layer a line, such as Conv2d(64, 7, stride=2, padding=3);
        input gives the sizes, such as 3, 224, 224."""
        return await self.desk.ask("count", {"text": text, "input": input})

    async def check_backward(self, loss: str, wrt: str, function: str, given: str = "",
                             upstream: str = "") -> dict[str, Any]:
        """A backward function written by hand against the derived gradient of a loss by one or several variables: whether
        it agrees, the slip ("factor 1/N lost", "transposed"), a counterexample, what it should be.  The function is named as
        module:function, in the working directory; it takes NumPy arrays by the declared names (labels count from 0) and is
        run.  With ``upstream``, the name of a declared cotangent, ``loss`` is the output of a layer."""
        return await self.desk.ask("check_backward", {"loss": loss, "wrt": wrt, "function": function, "given": given,
                                                      "upstream": upstream})


def _told(found: Answer) -> Answer:
    return {name: value for name, value in found.items() if name not in TYPESET}


def run(workers: int | None, seconds: float = SECONDS) -> None:
    """Answer on standard input and output until it is closed."""
    server, tools = MCPServer("symderiv", instructions=GUIDE), Tools(Desk(workers, seconds, answer_here))
    for tool in (tools.derive, tools.prove, tools.verify, tools.count, tools.check_backward):
        server.tool()(tool)
    server.run("stdio")
