"""Agents: the tools over the protocol, asked by the client of the same package."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest


def said(result: Any) -> dict[str, Any]:
    return dict(json.loads(result.content[0].text))


def test_an_agent_derives_proves_checks_and_counts(tmp_path: Path) -> None:
    pytest.importorskip("mcp.server.mcpserver", reason="needs the extra mcp, version 2")
    from mcp import ClientSession
    from mcp.client.stdio import StdioServerParameters, stdio_client

    (tmp_path / "by_hand.py").write_text("def grad(A, x):\n    return A @ x\n")

    async def talk() -> None:
        command = StdioServerParameters(command=sys.executable, args=["-m", "symderiv", "mcp", "--seconds", "60"],
                                        cwd=tmp_path)
        async with stdio_client(command) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            tools = {tool.name for tool in (await session.list_tools()).tools}
            assert {"derive", "prove", "verify", "count"} <= tools
            found = said(await session.call_tool("derive", {"expr": "x'*A*x", "given": "A: n n; x: n", "wrt": "x"}))
            assert found["results"][0]["closed"] == "(A + A.T)*x" and found["reading"] == "x.T*A*x"
            assert len(found["results"][0]["certificate"]) == 64 and found["results"][0]["conditions"] == []
            found = said(await session.call_tool("prove", {"left": "tr(A*B)", "right": "tr(B*A)",
                                                              "given": "A: m n; B: n m"}))
            assert found["status"] == "proved" and len(found["certificate"]) == 64
            assert found["reading"] == "tr(A*B) = tr(B*A)" and "<math" not in str(found)
            found = said(await session.call_tool("verify", {"text": "\\nabla_x x^\\top x = x", "given": "x: n"}))
            assert found["lines"][0]["status"] == "refuted" and found["lines"][0]["counterexample"]
            assert found["lines"][0]["reading"] and "mathml" not in found["lines"][0]
            lines = said(await session.call_tool("verify", {"text": "x = x + 0\n\\log(ab) = \\log a + \\log b\nx = r + y",
                                                            "given": "x: n; a: scalar; b: scalar"}))["lines"]
            assert len(lines[0]["certificate"]) == 64 and lines[1]["certificate"] is None
            assert lines[1]["conditions"] == ["a*b > 0", "a > 0", "b > 0"]
            assert lines[2]["status"] == "undeclared" and lines[2]["suggestion"]
            found = said(await session.call_tool("count", {"text": "Conv2d(64, 7)", "input": "3, 32, 32"}))
            assert found["params"] == 9472
            asked = {"loss": "x'*A*x/2", "wrt": "x", "given": "A: n n; x: n", "function": "by_hand:grad"}
            found = said(await session.call_tool("check_backward", asked))
            assert found["ok"] is False and found["counterexample"] and "A" in found["suggestion"]
            assert found["status"] == "refuted" and found["reading"] == "(x.T*A*x)/2"
            found = said(await session.call_tool("check_backward", {**asked, "given": "A: n n symmetric; x: n"}))
            assert found["ok"] is True
            found = said(await session.call_tool("check_backward", {**asked, "function": "os:nothing"}))
            assert "no function nothing" in found["error"]["message"]
            found = said(await session.call_tool("prove", {"left": "x" * 1_000_000, "right": "y"}))
            assert "more than" in found["error"]["message"]
            found = said(await session.call_tool("verify", {"text": "\\nabla_w f = 2w\n" * 9999, "given": "w: n"}))
            assert "error" in found or found["needed"]

    asyncio.run(asyncio.wait_for(talk(), 300))
