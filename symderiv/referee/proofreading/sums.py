"""Equations of numbers: sums and products that do not come out, results that are rounded wrongly, errors carried on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from .equation_chains import chains
from .erratum import Erratum
from .plain_numbers import Number, spelled, value

_SCALE = {"k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_LARGE = r"(?:[kKMGB](?![A-Za-z])|thousand|million|billion)"
_EXPRESSION = r"[-+*/^().\d\s]*\d[-+*/^().\d\s]*"
_LAST = re.compile(rf"(?<![\w.,^}}])({_EXPRESSION}?)\s*$")
_FIRST = re.compile(rf"\s*({_EXPRESSION}?)\s*\$?\s*({_LARGE})?\s*(?:FLOPs?\b|params?\b|[.,;)](?![\d.])|\$|$|[A-Za-z])")
# A formula whose last number goes on behind it.
_GOES_ON = re.compile(rf"(\d)\$\s*({_LARGE})")
# Arithmetic of another kind than that of numbers.
_OTHER = re.compile(r"\b[p]?mod\b|\b(?:[Bb]inary|[Bb]oolean|[Hh]exadecimal|[Oo]ctal|XOR|[Mm]odulo)\b")
NEAR = 1e-9
OFF = 1.5
"""How many units of its last digit a result is rounded wrongly by; more, and it is computed wrongly."""
LONGEST = 1_000
"""A longer line is no line of a calculation."""
_LABEL = re.compile(r"^\W*([A-Z0])\s*=")
# A product, and its result behind it where the sign between was lost.
_BARE_RESULT = re.compile(r"^(\d+(?:\s*\*\s*\d+)+)\s+(\d{4,})\s*\.?$")
_SUMS = re.compile(r"\\(?:sum|prod)(?![a-z])(?:\s*[_^]\s*(?:\{[^{}]*\}|\w))*")
_SIGN = re.compile(r"(=|\\approx(?![a-z])|≈)")
_BETWEEN_GROUPS = re.compile(r"(?<=,\d{3})×(?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Counted:
    """A line that says what a number is: its label, the arithmetic, the value printed and the right one."""

    line: int
    label: str
    form: str
    printed: Number
    right: Number
    meant: str = ""


def equations(lines: list[str]) -> Iterator[Counted]:
    """Every ``arithmetic = number`` in a text, read in every line from the left."""
    for number, raw in ((number, cell) for number, row in enumerate(lines, 1) for cell in row.split("\t")):
        if "\\begin" in raw or len(raw) > LONGEST or _OTHER.search(raw):
            continue
        plain = spelled(_BETWEEN_GROUPS.sub(",", _SUMS.sub("Σ", raw))).replace("~", " ")
        label = match[1].replace("0", "O") if (match := _LABEL.match(plain)) else ""
        parts = _SIGN.split(plain)[2 if match else 0:]
        sides, signs = parts[::2], parts[1::2]
        below = next((spelled(line).strip() for line in lines[number:] if line.strip()), "")
        if len(sides) == 1 and (bare := _BARE_RESULT.match(sides[0].strip())):
            sides, signs = [bare[1], bare[2]], ["="]
        elif len(sides) == 1 and match and re.search(r"\d\s*[-+*]\s*\d", sides[0]) and re.fullmatch(r"\d{3,}", below):
            sides, signs = [sides[0], below], ["="]
        for (left, right), sign in zip(pairwise(sides), signs, strict=True):
            found = _equation(number, label, left, right, sign != "=")
            if found is not None:
                yield found


def _equation(line: int, label: str, left: str, right: str, about: bool) -> Counted | None:
    """An equation of numbers, or what two are ``about`` alike by."""
    before, after = _LAST.search(left), _FIRST.match(right)
    if before is None or after is None or "Σ" in left + right or not (
            about or re.search(r"\d\s*[-+*/^]\s*\(?\s*-?\d|\d\s*\)", before[1])):
        return None
    a, b = value(before[1]), value(after[1])
    if a is None or b is None:
        return None
    shown = after[1].strip()
    scale = _SCALE.get(after[2] or "", 1)
    if a == b * scale or not re.fullmatch(r"[\d.]+", shown):
        return Counted(line, label, before[1].strip(), b * scale, b * scale) if a == b * scale else None
    if re.fullmatch(r"\d+-\d+", before[1].strip()) and a < 0:
        return None  # a range of pages or questions
    unit = Fraction(scale) / 10**len(shown.partition(".")[2])
    places = a == b * _BINARY.get(after[2] or "", 0) or ("." not in shown and scale == 1 and _windows(before[1], a, b))
    unit = max(unit, _unit(b * scale) or 0)
    # 72 900 000 is rounded, 1000 and 1.5 million are what they say.
    rounded = "." in shown or (unit > 1 and len(str(int(b * scale)).rstrip("0")) > 2)
    # 50000/32 = 1563 steps: what is counted is whole.
    counts = "/" in before[1] and "." not in before[1] + shown and Fraction(b) > 99 and abs(Fraction(a) - Fraction(b)) < 1
    near = places or counts or (rounded and abs(Fraction(a) - b * scale) <= unit / 2) or (about and (
        0 <= Fraction(a) - b * scale < unit if "." in shown else abs(Fraction(a) - b * scale) <= max(unit, b * scale / 10)))
    return Counted(line, label, before[1].strip(), b * scale, b * scale if near else a)


_BINARY = {"k": 2**10, "K": 2**10, "M": 2**20, "G": 2**30}


def _windows(form: str, a: Number, b: Number) -> bool:
    """Whether a number of windows, (n - k)/s + 1, is printed without the part behind the point."""
    return bool(re.search(r"(?:/|\\d?frac).*\+\s*1\s*$", form)) and math.floor(a) == b


def wrong_arithmetic(lines: list[str]) -> list[Erratum]:
    """Equations that do not hold, and totals of numbers of which one is wrong."""
    counted = list(equations(lines))
    counted = [_as_around(each, counted) for each in counted]
    carried = list(_carried(lines, counted))
    told = {finding.line for finding in carried}
    return [*(_finding(each) for each in counted if each.right != each.printed and each.line not in told), *carried]


def _as_around(each: Counted, counted: list[Counted]) -> Counted:
    """A wrong product with a factor that is one digit off one of all other labelled products: what it is with that one."""
    if each.right == each.printed or not each.label:
        return each
    others = [set(re.findall(r"\d+", o.form)) for o in counted if o.label and o is not each and "*" in o.form]
    if len(others) < 3:
        return each
    common = [f for f in set[str]().union(*others) if len(f) > 2 and sum(f in o for o in others) >= len(others) / 2]
    for factor in re.findall(r"\d{3,}", each.form):
        near = [f for f in common if f != factor and len(f) == len(factor) and _apart(f, factor) == 1]
        form = re.sub(rf"\b{factor}\b", near[0], each.form) if len(near) == 1 and factor not in common else each.form
        if form != each.form and (right := value(form)) is not None and right != each.printed:
            return replace(each, right=right, meant=f"with {near[0]} for {factor}, as in the lines around it, {form}")
    return each


def wrong_numbers(text: str) -> Iterator[Erratum]:
    """Two sides of an equation in a formula that are numbers, and not the same number."""
    rows = text.split("\n")
    for sides in chains(_GOES_ON.sub(r"\1\\mathrm{\2}$", text)):
        for left, right in pairwise(sides):
            if not re.search(r"\\|e\^", left.text + right.text) or _OTHER.search(rows[right.line - 1]):
                continue  # read line by line
            if left is sides[0] and left.text.strip() == "0" and len(sides) == 2:
                continue  # a label: what a scan makes of the letter O
            a, b = value(left.text), value(right.text)
            apart = None if a is None or b is None else abs(float(a) - float(b))
            if a is None or b is None or apart is None or _windows(left.text, a, b) or (
                    apart <= max(_last_digit(side.text) / 2 for side in (left, right)) + NEAR):
                continue
            unit = _last_digit(right.text)
            if apart < OFF * unit:
                nearest, sign = round(Fraction(a) / Fraction(unit).limit_denominator()), "\\%" if "%" in right.text else ""
                digits = max(0, len(right.text.strip(" \\%").partition(".")[2]))
                shown = f"{nearest / 10**digits:.{digits}f}{sign}"
                yield Erratum(right.line, f"{left.text} = {right.text}", shown, "rounding", f"the left side is {_shown(a)}")
                continue
            kind = _kind(left.text)
            shown = f"{float(100 * a):g}\\%" if "%" in right.text else _shown(a)
            yield Erratum(right.line, f"{left.text} = {right.text}", shown, kind, f"the left side is {shown}")


def _last_digit(text: str) -> float:
    """What the last digit of a number is worth that is rounded, a decimal or a percentage; 0 for anything else."""
    decimal = re.fullmatch(r"\s*-?\d*(?:\.(\d+))?\s*(\\?%)?\s*", text)
    if decimal is None or not (decimal[1] or decimal[2]):
        return 0.0
    return 10.0 ** -(len(decimal[1] or "") + (2 if decimal[2] else 0))


def _finding(each: Counted) -> Erratum:
    printed, right = _shown(each.printed), _shown(each.right)
    form = each.form.replace("*", "·")
    why = f"{each.meant.replace('*', '·') or form} = {right}"
    unit, places = _unit(each.printed), _places(each.printed)
    unit = unit or (Fraction(1, 10**places) if places else None)
    nearest = round(Fraction(each.right) / unit) * unit if unit else Fraction(each.right)
    right = f"{float(nearest):.{places}f}" if places and Fraction(each.right).denominator != 1 else right
    if unit and nearest != each.printed and abs(Fraction(each.right) - Fraction(each.printed)) < OFF * unit:
        scaled = (_scaled(each.printed), _scaled(nearest)) if unit > 1 else (printed, right)
        return Erratum(each.line, f"{form} = {scaled[0]}", scaled[1], "rounding", why)
    kind = _kind(each.form)
    doubtful = _one_digit(each) if kind == "product of numbers" else ""
    return Erratum(each.line, f"{form} = {printed}", doubtful or right, kind, why, bool(doubtful))


def _kind(form: str) -> str:
    """What kind of arithmetic it is."""
    if re.search(r"\d\s*[-+]", form):
        return "sum of numbers"
    return "quotient of numbers" if re.search(r"/|\\d?frac", form) and not re.search(r"[*·×]|\\cdot|\\times", form) else (
        "product of numbers")


def _places(number: Number) -> int:
    """How many decimals a number is printed with."""
    return next((k for k in range(1, 10) if (Fraction(number) * 10**k).denominator == 1), 0) if Fraction(
        number).denominator != 1 else 0


def _unit(number: Number) -> Fraction | None:
    """The last digit that is printed of a rounded number of thousands or millions."""
    whole = Fraction(number)
    if whole.denominator != 1 or whole % 1000:
        return None
    unit = Fraction(1)
    while whole % (unit * 10) == 0:
        unit *= 10
    return unit if unit >= 1000 and whole / unit < 10_000 else None


def _scaled(number: Number) -> str:
    whole = Fraction(number)
    scale, name = (10**6, "M") if whole >= 10**6 else (10**3, "k")
    return f"{float(whole / scale):g}{name}"


def _shown(number: Number) -> str:
    exact = Fraction(number).limit_denominator(10**12)
    return f"{exact.numerator:,}" if exact.denominator == 1 else f"{float(exact):g}"


def _one_digit(each: Counted) -> str:
    """The equation with one digit changed, in the result or in a factor, that makes it right; else nothing."""
    right, printed = str(each.right), str(each.printed)
    if _apart(right, printed) <= 1:
        return _shown(each.right)
    for match in re.finditer(r"\d+", each.form):
        rest = value(each.form[:match.start()] + "1" + each.form[match.end():])
        factor = str(Fraction(each.printed) / Fraction(rest)) if rest else "/"
        if "/" not in factor and _apart(factor, match[0]) <= 1:
            return f"{each.form[:match.start()]}{factor}{each.form[match.end():]} = {_shown(each.printed)}".replace("*", "·")
    return ""


def _apart(a: str, b: str) -> int:
    """0, 1 or 2: how many digits are to be changed, put in or left out, 2 standing for more."""
    if a == b:
        return 0
    if len(a) == len(b):
        return min(2, sum(x != y for x, y in zip(a, b, strict=True)))
    long, short = (a, b) if len(a) > len(b) else (b, a)
    return 1 if len(long) - len(short) == 1 and any(long[:k] + long[k + 1:] == short for k in range(len(long))) else 2


def _carried(lines: list[str], counted: list[Counted]) -> Iterator[Erratum]:
    """A number that is the sum of those labelled above it, or a sum that reads one of them, where one of them is wrong."""
    labelled = [each for each in counted if each.label and re.search(r"\*", each.form)]
    for number, raw in enumerate(lines, 1):
        plain = spelled(raw)
        if (alone := re.match(r"^\W*([A-Z])\s*=\s*(\d{4,})\s*$", plain)) is None:
            continue
        before = _block(labelled, number)
        wrong = [each for each in before if each.right != each.printed and not _one_digit(each)]
        total = sum(_settled(each)[0] for each in before)
        if wrong and before and Fraction(alone[2]) == total:
            right = sum(_settled(each)[1] for each in before)
            names = ", ".join(each.label for each in wrong)
            yield Erratum(number, f"{alone[1]} = {int(alone[2]):,}", f"{int(right):,}", "carried on",
                          f"the sum of {before[0].label} to {before[-1].label}, of which {names} is wrong")
    for each in counted:
        terms = [t.strip() for t in each.form.split("+")]
        wrong = [w for w in labelled if w.line < each.line and str(w.printed) in terms and w.right != w.printed
                 and not _one_digit(w)]
        if len(terms) > 2 and wrong:
            labels = {str(w.printed): w for w in labelled if w.line < each.line}
            meant = [labels.get(t) or next((w for p, w in labels.items() if len(p) > 4 and len(p) == len(t)
                                            and _apart(p, t) == 1), None) for t in terms]
            right = sum((_settled(w)[1] if w else Fraction(t) for w, t in zip(meant, terms, strict=True)), Fraction(0))
            yield Erratum(each.line, f"{each.form} = {_shown(each.printed)}", _shown(right), "carried on",
                          f"{', '.join(w.label for w in wrong)} is wrong already")


def _settled(each: Counted) -> tuple[Fraction, Fraction]:
    """What is printed and what is right; where a digit makes the difference, what both must have been."""
    if each.right != each.printed and _one_digit(each):
        both = Fraction(each.right) if _apart(str(each.right), str(each.printed)) <= 1 else Fraction(each.printed)
        return both, both
    return Fraction(each.printed), Fraction(each.right)


def _block(labelled: list[Counted], line: int) -> list[Counted]:
    """The labelled numbers above a line, back to where the letters begin anew."""
    found: list[Counted] = []
    for each in reversed([each for each in labelled if each.line < line]):
        if found and each.label >= found[-1].label:
            break
        found.append(each)
    return found[::-1]
