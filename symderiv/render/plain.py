"""Proofs as plain text, for a terminal."""

from __future__ import annotations

from typing import Any

from ..calculus.rules import RULES
from ..lowering.export import export, plain_letters


def proof_text(proof: Any, grain: str = "steps") -> str:
    """The lines of a proof, each with the rule that gave it.

    grain: "answer" gives no lines, "steps" one for each step, "rewrites" the single rule applications too.
    """
    if grain == "answer":
        return ""
    rows: list[str] = []
    for chain in proof.all_chains:
        if chain.subject is not None:
            of = f", through {_shown(chain.consumer)}" if chain.consumer is not None else ""
            rows += ["", f"  by {_shown(chain.subject)}{of}:"]
        else:
            rows.append("")
        rows.append(f"      {export(plain_letters(chain.start))}")
        for step in chain.steps:
            if grain == "rewrites":
                rows += [f"        · {_words(rewrite.rule)}: {export(rewrite.before)} → {export(rewrite.after)}"
                         for rewrite in step.rewrites]
            words = ", ".join((_words(step.rule), *_conditions(step)))
            rows.append(f"    = {export(plain_letters(step.after))}    [{words}]")
    return "\n".join(rows).strip("\n")


def _shown(sym: Any) -> str:
    """A symbol by the expression that it stands for; one without an expression by its name."""
    return str(sym if sym.array is None else sym.array)


def _conditions(step: Any) -> list[str]:
    """The side conditions of a step; that a definition says what it says is not worth a word here."""
    return [f"as {condition}" for condition in step.conditions if not condition.startswith("definition of ")]


def _words(rule: str) -> str:
    return RULES[rule].words if rule in RULES else rule


__all__ = ["proof_text"]
