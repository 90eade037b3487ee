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
_FOR = re.compile(r"\b[Ff]or ([a-z]+) (\d+)\b")
_PART = re.compile(r"(?m)^[\s\-]*\(?[a-z1-9]\)\s")
_NAMED = re.compile(r"\b[Tt]he ([a-z]+) (?:is|are|becomes|equals|of)\b")
NEAR = 300
"""How far before a formula it may be announced."""
_STEP = re.compile(r"\b(?:[Aa]t|[Ii]n|[Aa]fter) (?:the )?\$?([a-z])\$?-th (?:iteration|step)")
_NEXT_QUESTION = re.compile(r"\n\W*(?:(?:Question|Problem|Exercise|Task)\s+\d|\d{1,2}[.)]\s)")
_POWER = re.compile(r"(0?\.\d+)\s*\^\s*\{?(\d+)\}?")


def two_values(text: str) -> Iterator[Erratum]:
    """One quantity that is said twice in a paragraph, with different values; the later one, with its working, counts."""
    for start, paragraph in paragraphs(text):
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
                yield Erratum(before[0], f"the {name} is {before[1]}", form if form == str(got) else f"{form} = {got}",
                              "two values for one quantity",
                              f"{before[1]} is {before[2]}, and further on the {name} is {got}")
            said.setdefault(name, (line, form, Fraction(got)))


def wrong_labels(text: str) -> Iterator[Erratum]:
    """A formula announced for one number and labelled with another, for which there is a formula already.

    So are two results in numbers under one label, in one part of an answer.
    """
    seen: dict[str, str] = {}
    counted: dict[str, str] = {}
    quantities: dict[str, set[str]] = {}
    end = 0
    for match in re.finditer(r"\$\$(.*?)\$\$", text, re.DOTALL):
        if _PART.search(text[end:match.start()]):
            counted.clear()
            quantities.clear()
        before, start, end = text[end:match.start()][-NEAR:], max(end, match.start() - NEAR), match.end()
        labels = list(_FOR.finditer(before))
        if not labels:
            continue
        noun, number = labels[-1].groups()
        others = [m[2] for m in labels[:-1] if m[1] == noun and m[2] != number]
        label, formula = labels[-1][0].lower(), match[1].strip()
        if others and label in seen and seen[label] != formula:
            said = text.count("\n", 0, start + labels[-1].start()) + 1
            yield Erratum(said, label, f"for {noun} {others[-1]}", "label",
                          f"what follows has the numbers of {noun} {others[-1]}; those of {noun} {number} stand above")
            continue
        if not others and value(formula.rpartition("=")[2]) is not None and value(formula.partition("=")[0]) is not None:
            after, named = f"for {noun} {int(number) + 1}", set(_NAMED.findall(before))
            other_quantity = bool(named and quantities.setdefault(label, named) != named)
            if counted.get(label, formula) != formula and after not in counted and not other_quantity:
                said = text.count("\n", 0, start + labels[-1].start()) + 1
                yield Erratum(said, label, after, "label", f"those of {noun} {number} stand above, and are other numbers")
                label = after
            counted.setdefault(label, formula)
        seen.setdefault(label, formula)


_NUMBERED = re.compile(r"\b([a-z]+) (\d{1,2})\b(?!\s*[*+\d.])")
_RESULT = re.compile(r"=\s*(\d{3,})(?!\d|\.\d|\s*\*)")
_BESIDE = re.compile(r"\b([A-Za-z]+ \d{1,2})(?:,| has| is|:)\s+\$?(\d{3,})(?![\d.]*\d|\s*[-+*=])")


def exchanged_labels(text: str) -> Iterator[Erratum]:
    """Two numbers that stand each beside the label of the other: "layer 1, 1000" where 1000 was computed for layer 2."""
    for start, paragraph in paragraphs(text):
        results: dict[str, set[str]] = {}
        for sentence in re.split(r"(?<=[.;])\s+|,?\s+and (?=for )", spelled(paragraph)):
            labels = {m[0].lower() for m in _NUMBERED.finditer(sentence.lower())}
            found = _RESULT.findall(sentence)
            if len(labels) == 1 and len(found) == 1:
                results.setdefault(labels.pop(), set()).add(found[0])
        plain = spelled(paragraph)
        beside = {(m[1].lower(), m[2]): m for m in _BESIDE.finditer(plain)}
        for (label, number), match in beside.items():
            other = next((name for name, values in results.items() if number in values), label)
            own = results.get(label, set())
            if number not in own and any((other, each) in beside for each in own):
                yield Erratum(start + plain.count("\n", 0, match.start()), f"{match[1]}, {number}",
                              f"{match[1]}, {min(own)}", "label", f"{number} was computed for {other}")


_TIMES = re.compile(r"=\s*(\d{3,})(?: [a-z]+)?, (?:that is |or |i\.e\. )?(\d+\.\d+) times "
                    r"(less|fewer|smaller|more|larger|as many|as much)\b")


def wrong_ratios(text: str) -> Iterator[Erratum]:
    """A result that is so many times less than one above it, and is so many times as much; or the other way round."""
    for start, paragraph in paragraphs(text):
        plain = spelled(paragraph)
        for match in _TIMES.finditer(plain):
            own, digits, factor = int(match[1]), len(match[2].partition(".")[2]), float(match[2])
            others = [int(m[1]) for m in _RESULT.finditer(plain, 0, match.start())]
            less = match[3] in ("less", "fewer", "smaller")
            quotients = ({round(own / other, digits) for other in others}, {round(other / own, digits) for other in others})
            if factor in quotients[not less] and factor not in quotients[less]:
                more = "as many" if less else "fewer"
                yield Erratum(start + plain.count("\n", 0, match.start()), f"{match[2]} times {match[3]}",
                              f"{match[2]} times {more}", "two modules in one comparison",
                              f"{own} is the {'larger' if less else 'smaller'} of the two")


def forgotten_steps(text: str) -> Iterator[Erratum]:
    """A power with a number where the question speaks of a step: "at the t-th iteration", and 0.9^4."""
    for asked in _STEP.finditer(text):
        letter, ends = asked[1], _NEXT_QUESTION.search(text, asked.end())
        for match in _POWER.finditer(text, asked.end(), ends.start() if ends else len(text)):
            line = text.count("\n", 0, match.start()) + 1
            row = text.split("\n")[line - 1]
            if int(match[2]) > 1 and not re.search(rf"\^\s*\{{?{letter}\b", row):
                yield Erratum(line, f"{match[1]}^{match[2]}", f"{match[1]}^{letter}", "a number for the step",
                              f"the question asks for the {letter}-th step, and no {letter} is in the answer")


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Paragraphs with the line in which each begins."""
    position = 0
    for part in re.split(r"(\n\s*\n)", text):
        if part.strip():
            yield text.count("\n", 0, position) + 1, part
        position += len(part)
