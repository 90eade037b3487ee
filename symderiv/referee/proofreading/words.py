"""What sentences say of numbers: one quantity with two values, a label that belongs to another number, a step forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from .erratum import Erratum
from .plain_numbers import spelled, value

_QUANTITY = re.compile(r"[Tt]he (number of [a-z ]+?(?: (?:of|for|in) the [a-z ]+?)?)(?: without [a-z]+)? "
                       r"is\s+\$?(?:\\boxed\{)?"
                       r"([\d\s*+=\\a-z{}]+)")
_FOR = re.compile(r"\bfor ([a-z]+) (\d+)\b")
_PART = re.compile(r"(?m)^[\s\-]*\(?[a-z1-9]\)\s")
NEAR = 300
"""How far before a formula it may be announced."""
_STEP = re.compile(r"\bat (?:the )?\$?([a-z])\$?-th (?:iteration|step)")
_POWER = re.compile(r"(0?\.\d+)\s*\^\s*\{?(\d+)\}?")


def two_values(text: str) -> Iterator[Erratum]:
    """One quantity that is said twice in a paragraph, with different values; the later one, with its working, counts."""
    for start, paragraph in _paragraphs(text):
        said: dict[str, tuple[int, str, Fraction]] = {}
        for match in _QUANTITY.finditer(paragraph.replace("\n", " ")):
            name = re.sub(r"\b(?:of|for|in) the\b", "of the", match[1]).strip()
            form = re.sub(r"[a-z{}\s]+$", "", spelled(match[2]).partition("=")[0]).strip()
            got = value(form)
            line = start + paragraph.count("\n", 0, match.start())
            if got is None:
                continue
            if name in said and said[name][2] != got:
                before = said[name]
                yield Erratum(before[0], f"the {name} is {before[1]}", f"{form} = {got}", "two values for one quantity",
                              f"{before[1]} is {before[2]}, and further on the {name} is {got}")
            said.setdefault(name, (line, form, Fraction(got)))


def wrong_labels(text: str) -> Iterator[Erratum]:
    """A formula announced for one number and labelled with another, for which there is a formula already.

    So are two results in numbers under one label, in one part of an answer.
    """
    seen: dict[str, str] = {}
    counted: dict[str, str] = {}
    end = 0
    for match in re.finditer(r"\$\$(.*?)\$\$", text, re.DOTALL):
        if _PART.search(text[end:match.start()]):
            counted.clear()
        before, start, end = text[end:match.start()][-NEAR:], max(end, match.start() - NEAR), match.end()
        labels = list(_FOR.finditer(before))
        if not labels:
            continue
        noun, number = labels[-1].groups()
        others = [m[2] for m in labels[:-1] if m[1] == noun and m[2] != number]
        label, formula, line = labels[-1][0], match[1].strip(), text.count("\n", 0, match.start()) + 1
        if others and label in seen and seen[label] != formula:
            said = text.count("\n", 0, start + labels[-1].start()) + 1
            yield Erratum(said, label, f"for {noun} {others[-1]}", "label",
                          f"line {line} has the numbers of {noun} {others[-1]}; those of {noun} {number} stand above")
            continue
        if not others and value(formula.rpartition("=")[2]) is not None and value(formula.partition("=")[0]) is not None:
            after = f"for {noun} {int(number) + 1}"
            if counted.get(label, formula) != formula and after not in counted:
                said = text.count("\n", 0, start + labels[-1].start()) + 1
                yield Erratum(said, label, after, "label", f"those of {noun} {number} stand above, and are other numbers")
                label = after
            counted.setdefault(label, formula)
        seen.setdefault(label, formula)


def forgotten_steps(text: str) -> Iterator[Erratum]:
    """A power with a number where the question speaks of a step: "at the t-th iteration", and 0.9^4."""
    for asked in _STEP.finditer(text):
        letter = asked[1]
        for match in _POWER.finditer(text, asked.end()):
            line = text.count("\n", 0, match.start()) + 1
            row = text.split("\n")[line - 1]
            if int(match[2]) > 1 and not re.search(rf"\^\s*\{{?{letter}\b", row):
                yield Erratum(line, f"{match[1]}^{match[2]}", f"{match[1]}^{letter}", "a number for the step",
                              f"the question asks for the {letter}-th step, and no {letter} is in the answer")


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Paragraphs with the line in which each begins."""
    position = 0
    for part in re.split(r"(\n\s*\n)", text):
        if part.strip():
            yield text.count("\n", 0, position) + 1, part
        position += len(part)
