"""The lexer and the patterns around it read each character a bounded number of times."""

from __future__ import annotations

import importlib
import pkgutil
import re
import re._parser as structure
import sys
from collections.abc import Iterator

import pytest

import symderiv as sd
from symderiv.reader.document.displays import hidden, macros_in, read_document, without_macros
from symderiv.reader.syntax.tokens import MAX_LENGTH, Macro, SourceText, closings, tokenize

ROOMS = ("symderiv.reader", "symderiv.referee", "symderiv.counting")


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every pattern that the modules of the rooms hold."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.iter_modules(package.__path__, f"{room}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern):
                    yield f"{module.name}.{name}", value


def nested(parsed: structure.SubPattern, inside: bool = False) -> bool:
    """Whether something is repeated without end within a repetition without end, both ready to give back what they took,
    and nothing that must stand there tells one round from the next."""
    for op, arg in parsed:
        kind = str(op)
        if kind in ("MAX_REPEAT", "MIN_REPEAT"):
            _, most, body = arg
            endless = most == structure.MAXREPEAT
            bare = len(body) == 1 or all(str(o) in ("MAX_REPEAT", "MIN_REPEAT", "SUBPATTERN") for o, _ in body)
            if (endless and inside) or nested(body, inside or (endless and bare and str(body[0][0]) != "IN")):
                return True
        inner = [arg[-1]] if kind == "SUBPATTERN" else arg[1] if kind == "BRANCH" else []
        if any(nested(part, inside and (kind == "SUBPATTERN" or len(part) == 1)) for part in inner):
            return True
    return False


def test_the_check_finds_patterns_that_backtrack_without_end():
    assert nested(structure.parse(r"(?:[-_. ]?[a-z]+)*")) and nested(structure.parse(r"(a+)+"))
    assert not nested(structure.parse(r"(?:[-_. ][a-z]++)*+")) and not nested(structure.parse(r"[a-z]+\s*"))


def test_no_pattern_repeats_what_is_repeated():
    assert not [name for name, pattern in patterns() if nested(structure.parse(pattern.pattern,
        pattern.flags & ~re.UNICODE))]


def calls(text: str) -> int:
    """How many calls it takes to read a text."""
    count = 0

    def counted(frame: object, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        tokenize(SourceText(text))
    except sd.SymderivError:
        pass
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("head, piece, tail", [
    (r"\text{", "the number of examples ", ".}"), (r"\text{", "a", "!}"), (r"\operatorname{", "a b-c.d_e ", "!}"),
    ("", r"\\[", ""), ("", r"\mathbf{a}", ""), ("x", " ", "y"), ("", "%\n", ""), ("", r"\hspace{1em}", ""),
        (r"\hspace{", "1", "q}"),
    ("", r"\xrightarrow[a", ""), ("", "x_{i} + ", "y"), ("", "{", ""), ("", r"\text{", ""), ("1{,}", "000{,}", "000"),
    (r"\mathrm{", "ab ", "}"), ("", r"\frac12 ", ""), ("", "x\u0302", ""), ("", "²³", "")])
def test_twice_the_text_takes_twice_the_steps(head, piece, tail):
    once, twice = (calls(head + piece * k + tail) for k in (200, 400))
    assert twice <= 2.2 * once + 200


@pytest.mark.parametrize("text", [
    r"\text{where m denotes the total number of training examples.}", r"\text{" + "a" * 30 + "!}",
        r"\mathrm{" + "a" * 9000 + "!}",
    r"\text{" + "a " * 9000 + "?}", r"\operatorname{" + "ab" * 9000 + "}"])
def test_prose_is_one_token(text):
    assert len(tokenize(SourceText(text))) == 2


def test_groups_are_closed_as_they_nest():
    assert closings(r"{a\{{b}}c{") == {0: 7, 4: 6}


def test_commands_that_stand_for_more_and_more_are_refused():
    for macros in ({"a": Macro(0, r"\a\a")}, {chr(97 + k): Macro(0, rf"\{chr(98 + k)}\{chr(98 + k)}") for k in range(24)},
                   {"a": Macro(1, r"\a{#1#1}")}):
        with pytest.raises(sd.SymderivError):
            tokenize(SourceText(r"\a{x}"), macros=macros)


@pytest.mark.parametrize("text", [
    r"\newcommand" + " " * 25_000 + "x", r"\newcommand\x[" * 8_000, r"\newcommand{\x}{" * 5_000, r"\begin{verbatim}" * 8_000,
    "```\n" * 8_000, "<!-- given:" * 8_000, r"\begin{align}" + " " * 25_000 + r"\end{aligned}", "\\def\\x" + "#1" * 8_000,
    r"\[" + r"\end{aligned}" + " " * 25_000 + r"x\]", "% given: x: n\n" * 8_000, r"\begin   {align" * 5_000])
def test_documents_of_open_marks_are_read_at_once(text):
    read_document(text), hidden(text), macros_in(text), without_macros(text)


def test_verbatim_stretches_are_left_out_and_mathematics_in_fences_is_not():
    text = "a\n\\begin{verbatim}\n$$x$$\n\\end{verbatim}\n```math\nx = x\n```\n```\n$$y$$\n```\n$$z = z$$\n"
    assert [row.text for row in read_document(text).rows] == ["x = x", "z = z"]


def test_a_text_may_be_long_but_not_endless():
    assert len(tokenize(SourceText("x + " * 4000 + "x"))) == 8002
    with pytest.raises(sd.SymderivError):
        tokenize(SourceText("x" * (MAX_LENGTH + 1)))
