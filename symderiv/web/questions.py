"""A question as plain data, its answer as plain data: what pages, agents and editors ask of the engine.

A question is a job (derive, prove, verify, count) and its fields, all text.  An answer is a dict that JSON can carry: the
result, or under "error" a sentence, the place in the text and what to do next.  Nothing raises but a mistake of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sympy import latex

from ..arrays.arrays import latex_name
from ..arrays.assumptions import words
from ..counting.description import read_description, read_sizes
from ..differentiation.engine import derive
from ..errors import DeclarationError, SymderivError
from ..numeric.targets import TARGETS
from ..proof.equality import prove
from ..reader import declare, parse
from ..referee.own_backward import check_written
from ..referee.referee import verify
from ..render.graph import graph_of
from ..render.html import fragment
from ..render.mathml import mathml
from ..render.present import GRAINS
from ..render.python import python
from ..render.refereed import kind, note_html, typeset
from ..visible import carried
from .plain_data import Answer, checked, derivation, described
from .proposals import misread, proposed, variable

# One field of a question; more than a page of mathematics is a document, which the command line takes.
MOST = 200_000
# What answers, the fields that it needs, and all that it knows.
Job = tuple[Callable[[Mapping[str, str]], Answer], tuple[str, ...], tuple[str, ...]]


def answer(job: object, fields: object) -> Answer:
    """The answer to a question; {"error": {...}} where it cannot be answered."""
    return _answered(job, fields, JOBS)


def answer_here(job: object, fields: object) -> Answer:
    """The same for who works on this machine: a backward function of theirs, which is run, is checked too."""
    return _answered(job, fields, JOBS | HERE)


def _answered(job: object, fields: object, jobs: Mapping[str, Job]) -> Answer:
    try:
        run, needed, known = _job(job, jobs)
        return dict(carried(run(_checked(job, fields, needed, known))))
    except SymderivError as error:
        return dict(carried({"error": {**described(error), "field": getattr(error, "field", None)}}))
    except RecursionError:
        return {"error": {"message": "the expression is nested too deeply", "hint": "give its parts names"}}
    except MemoryError:
        return {"error": {"message": "there is not enough memory for this", "hint": "a smaller expression"}}


def _job(job: object, jobs: Mapping[str, Job]) -> Job:
    if not isinstance(job, str) or job not in jobs:
        raise DeclarationError(f"no job is called {str(job)[:40]!r}", hint=f"one of {', '.join(jobs)}")
    return jobs[job]


def _checked(job: object, fields: object, needed: tuple[str, ...], known: tuple[str, ...]) -> dict[str, str]:
    """The fields as text.  Raises DeclarationError for one that is missing, unknown, no text, or too long."""
    if not isinstance(fields, Mapping):
        raise DeclarationError(f"the fields of {job} are an object of texts", hint=f"give {', '.join(needed)}")
    for name, value in fields.items():
        if name not in known:
            raise DeclarationError(f"{job} has no field {str(name)[:40]!r}", hint=f"one of {', '.join(known)}")
        if not isinstance(value, str):
            raise DeclarationError(f"{name} is to be text, not {type(value).__name__}")
        if len(value) > MOST:
            raise DeclarationError(f"{name} has {len(value)} characters, more than {MOST}", hint="split it")
    for name in needed:
        with _within(name):
            if not fields.get(name, "").strip():
                raise DeclarationError(f"{name} is missing", hint=f"{job} needs {' and '.join(needed)}")
    return {name: str(fields.get(name, "")) for name in known}


# ------------------------------------------------------------------ the jobs

def _derive(asked: Mapping[str, str]) -> Answer:
    expr, results = _derivations(asked)
    return {"reading": str(expr), "results": [{**derivation(d), "certificate": _digest(d)} for d in results]}


def _derivations(asked: Mapping[str, str]) -> tuple[Any, Any]:
    """The expression, and its derivatives by each of the variables."""
    given, expr = _read(asked, "expr")
    with _within("wrt"):
        wrt = tuple(dict.fromkeys(parse(name, given) for name in asked["wrt"].replace(",", " ").split()))
    try:
        return expr, derive(expr, wrt, assuming=given.assuming)
    except SymderivError as error:
        with _within("wrt" if error.where in wrt else "expr"):
            raise


def _read(asked: Mapping[str, str], *fields: str) -> tuple[Any, ...]:
    """What is declared, and what stands in fields.  An error says in which field it is."""
    with _within("given"):
        given = declare(asked["given"])
    found = [given]
    for name in fields:
        with _within(name):
            found.append(parse(asked[name], given))
    return tuple(found)


@contextmanager
def _within(field: str) -> Iterator[None]:
    """Errors from here are about a field of the question."""
    try:
        yield
    except SymderivError as error:
        error.field = field  # type: ignore[attr-defined]
        raise


def _show(asked: Mapping[str, str]) -> Answer:
    """What a page shows beside derivatives: pictures, proofs, code, alternatives, a numeric check."""
    expr, results = _derivations(asked)
    return {"reading": _typeset(expr), "results": [_shown(d) for d in results]}


def _shown(d: Any) -> Answer:
    report = d.check()
    return {**derivation(d), "mathml": _mathml(d.latex()),
            "names": [[mathml(latex_name(name)), _mathml(_latex(body))] for name, body in d.where.items()],
            "proofs": {grain: _proof(d.proof, grain) for grain in GRAINS}, "proof_latex": d.proof.latex(),
            "code": {"python": python(d.closed), **{target: _source(d, target) for target in TARGETS}},
            "alternatives": [{"plain": str(each), "mathml": _mathml(_latex(each))} for each in d.alternatives],
            "graph": graph_of(d).svg(document=False), "check": checked(report),
            "certificate": _digest(d)}


def _prove(asked: Mapping[str, str]) -> Answer:
    given, left, right = _read(asked, "left", "right")
    v = prove(left, right, assuming=given.assuming)
    counter = v.counterexample
    return {"left": str(left), "right": str(right), "status": v.status, "evidence": v.evidence,
            "reading": f"{left} = {right}", "mathml": _mathml(f"{_latex(left)} = {_latex(right)}"),
            "counterexample": None if counter is None else str(counter),
            "conditions": [words(condition) for condition in v.conditions],
            "proofs": {grain: _proof(v.proof, grain) for grain in GRAINS} if v.proof is not None else {},
            "certificate": _digest(v)}


def _verify(asked: Mapping[str, str]) -> Answer:
    _read(asked)
    with _within("text"):
        report = _refereed(asked["text"], asked["given"])
    rows = [{**line.to_json(), "number": line.number + 1, "mark": line.mark, "kind": kind(line),
             "certificate": _digest(line),
             "mathml": typeset(line, report), "said": line.explained(), "shown": line.explained(formulas=False),
             "notes": [note_html(note) for note in line.notes],
             "suggested": _mathml(line.suggestion) if line.suggestion and line.diagnosis else None,
             "read": _mathml(line.reading) if line.shows_reading and report.text.source.latex else None,
             "otherwise": [{"mathml": _mathml(each.text), "said": " · ".join(filter(None, (each.status, each.words)))}
                           for each in line.readings[1:]]}
            for line in report.lines]
    return {**report.to_json(), "lines": rows, "summary": report.summary(), "next": next(iter(report.next_step[-1:]), None)}


def _derived(asked: Mapping[str, str]) -> Answer:
    """The derivatives that one line of a text is about, as we derive them."""
    with _within("text"):
        report = _refereed(asked["text"], asked["given"])
    found = [line for line in report.lines if str(line.number + 1) == asked["line"].strip()]
    return {"derivatives": [each for line in found for each in line.derivatives()]}


# A text whose lines are asked about one by one is refereed once.
_refereed = lru_cache(maxsize=2)(verify)


def _count(asked: Mapping[str, str]) -> Answer:
    network, given = read_description(asked["text"])
    sizes = read_sizes(asked["input"]) if asked["input"].strip() else given
    if sizes is None:
        raise DeclarationError("the sizes of the input are not known", hint="3, 224, 224, or a line: input = 3, 224, 224")
    table = network.table(sizes)
    return {**table.to_dict(), "shown": str(table)}


def _preview(asked: Mapping[str, str]) -> Answer:
    """How an expression is read, while it is being written; and declarations for the names that have none."""
    _, expr = _read(asked, "expr")
    return {"reading": _typeset(expr), "shape": [str(size) for size in getattr(expr, "shape", ())]}


def _propose(asked: Mapping[str, str]) -> Answer:
    """Declarations for the names that have none, and what to derive by; or why none help, and in which text."""
    texts = tuple(text for text in asked["text"].split("\n") if text.strip())
    found = proposed(texts, asked["given"])
    place, error = misread(texts, asked["given"]) if not found else (0, None)
    return {"given": found, "wrt": variable("; ".join(filter(str.strip, (asked["given"], found)))),
            "misread": None if error is None else {**described(error), "text": place}}


def _check_backward(asked: Mapping[str, str]) -> Answer:
    _, loss = _read(asked, "loss")
    report = check_written(asked["loss"], asked["given"], asked["wrt"], asked["function"], asked["upstream"] or None)
    return {"status": "supported" if report.ok else "refuted", "reading": str(loss), **report.to_json()}


JOBS: dict[str, Job] = {
    "derive": (_derive, ("expr", "wrt"), ("expr", "given", "wrt")),
    "show": (_show, ("expr", "wrt"), ("expr", "given", "wrt")),
    "prove": (_prove, ("left", "right"), ("left", "right", "given")),
    "verify": (_verify, ("text",), ("text", "given")),
    "derived": (_derived, ("text", "line"), ("text", "given", "line")),
    "count": (_count, ("text",), ("text", "input")),
    "propose": (_propose, ("text",), ("text", "given")),
    "preview": (_preview, ("expr",), ("expr", "given")),
}
HERE: dict[str, Job] = {
    "check_backward": (_check_backward, ("loss", "wrt", "function"), ("loss", "wrt", "function", "given", "upstream")),
}


# ------------------------------------------------------------------ how parts of an answer are written

def _latex(expr: Any) -> str:
    return str(latex(expr))


def _mathml(text: str) -> str:
    return mathml(text, display=True)


def _typeset(expr: Any) -> str:
    return _mathml(_latex(expr))


def _proof(proof: Any, grain: str) -> str:
    return fragment(proof.latex(grain=grain))


def _source(d: Any, target: str) -> str | None:
    """Code for a target; None where it cannot be written for it."""
    try:
        return str(d.source(target))
    except SymderivError:
        return None


def _digest(result: Any) -> str | None:
    """The digest of a certificate; None where there is none."""
    try:
        return str(result.certificate()["digest"])
    except SymderivError:
        return None
