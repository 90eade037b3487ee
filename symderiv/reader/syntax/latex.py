"""From a tree back to LaTeX that reads as the same tree: for suggestions, reports and repaired lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ...arrays.arrays import latex_name
from ...arrays.printing import LIBRARY
from ...arrays.registry import RECORDS
from ..declare.function_names import known
from . import tree as t
from .notations import INFIX
from .spellings import APART, GREEK, LATEX_WORDS

_RELATIONS = {"=": "=", "!=": r"\neq", "<": "<", "<=": r"\leq", ">": ">", ">=": r"\geq", "<<": r"\ll", ">>": r"\gg",
              ":=": ":=", "=:": "=:", "approx": r"\approx", "equiv": r"\equiv", "sim": r"\sim", "propto": r"\propto",
              "in": r"\in", "notin": r"\notin", "gets": r"\leftarrow", "to": r"\to", "mapsto": r"\mapsto",
              "subset": r"\subset"}
_BETWEEN = {"implies": r" \Rightarrow ", "iff": r" \Leftrightarrow ", ",": r", \quad "}


_SPELLING: ContextVar[Callable[[t.Tree], str | None]] = ContextVar("spelling", default=lambda tree: None)


def latex(tree: t.Tree) -> str:
    """LaTeX of a tree, without dollar signs."""
    known = _SPELLING.get()(tree)
    return _WRITERS[type(tree)](tree) if known is None else known


@contextmanager
def with_spelling(spelling: Callable[[t.Tree], str | None]) -> Iterator[None]:
    """Within: trees that have a spelling of their own are written so."""
    token = _SPELLING.set(spelling)
    try:
        yield
    finally:
        _SPELLING.reset(token)


_RAISED = "^'"


def _scripted(base: t.Tree, taken: str = "_^'") -> str:
    """A tree that a script can be put on: brackets around what is longer, braces around what has scripts itself."""
    text = latex(base)
    if isinstance(base, t.Terms | t.Factors | t.Fraction | t.Derivative | t.Big):
        return rf"\left( {text} \right)"
    if isinstance(base, t.Bracket | t.Number | t.Sequence | t.Matrix | t.Iverson) and not text.startswith(r"\mathbb"):
        return text
    if isinstance(base, t.Norm | t.Bars | t.Round) and "_" not in text[-4:]:
        return text
    plain = isinstance(base, t.Name | t.Letter | t.Unknown) and not any(c in text for c in taken)
    return text if plain else "{" + text + "}"


def _name(tree: t.Name | t.Unknown | t.Letter) -> str:
    return spelled(tree.name)


def spelled(name: str) -> str:
    """A canonical spelling as LaTeX: Greek letters as commands, accents over their letters."""
    # What a name is a copy of says how it is written: W for the W of one step.
    name = name.replace(APART, "").partition(" of ")[0]
    if any(c in name for c in "\\{( "):
        stem = name
        for end, c in enumerate(name):
            if not c.isalnum():
                stem = name[:end]
                break
        return (latex_name(stem) + name[len(stem):]) if stem in GREEK or (len(stem) > 1 and stem.isalpha() and (
            latex_name(stem).startswith("\\"))) else name
    return latex_name(name)


def _sum(tree: t.Terms) -> str:
    parts = []
    for place, (term, sign) in enumerate(zip(tree.terms, tree.signs, strict=True)):
        mark = ("-" if sign < 0 else "") if not place else (" - " if sign < 0 else " + ")
        parts.append(mark + latex(term))
    return "".join(parts)


def _product(tree: t.Factors) -> str:
    text = latex(tree.factors[0])
    for joint, factor in zip(tree.joints, tree.factors[1:], strict=True):
        text += sign_between(joint) + latex(factor)
    return text


def sign_between(joint: str) -> str:
    """The sign between two factors, with the spaces around it."""
    if joint in INFIX:
        return f" {INFIX[joint].written} " if joint else " "
    sign, _, below = joint.partition("_")
    sign, turned, _ = sign.partition("^")
    accent, _, base = sign.rpartition(" ")
    core = INFIX[base].written if base in INFIX else base
    if accent:
        core = rf"\{accent}{{{core}}}"
    below = below.removeprefix("{").removesuffix("}")
    return f" {core}" + r"^{\top}" * bool(turned) + (f"_{{{below}}}" if below else "") + " "


_MINUS_ONE = t.Terms((t.Number("1"),), (-1,))


def _power(tree: t.Power) -> str:
    mark = ".^" if tree.elementwise else "^"
    if isinstance(tree.base, t.Transpose) and tree.exponent == _MINUS_ONE and not tree.elementwise:
        return rf"{_scripted(tree.base.base, _RAISED)}^{{-\top}}"
    return _scripted(tree.base, _RAISED) + f"{mark}{{{latex(tree.exponent)}}}"


def _entry(tree: t.Subscripted) -> str:
    if isinstance(tree.base, t.Call) and isinstance(tree.base.function, t.Function) and tree.base.function.name == "ones" \
            and not tree.base.arguments:
        return rf"\mathbf{{1}}_{{{_positions(tree.positions)}}}"
    inside = _positions(tree.positions)
    if tree.upper and len(tree.positions) == 1:
        inside = f"({inside})"
    return f"{_scripted(tree.base)}{'^' if tree.upper else '_'}{{{inside}}}"


def _positions(positions: tuple[t.Tree, ...]) -> str:
    return ", ".join(map(latex, positions))


def _function(tree: t.Function) -> str:
    name = tree.name
    if name in LATEX_WORDS:
        text = "\\" + name
    elif len(name) > 1 and name.replace("_", "").isalnum() and name not in GREEK and "_" not in name and name.isalpha():
        text = rf"\operatorname{{{name}}}"
    elif len(name) > 1 and name.replace("_", "").isalnum() and name not in GREEK and known(name):
        text = r"\operatorname{" + name.replace("_", r"\_") + "}"
    else:
        text = spelled(name)
    return text + "'" * tree.primes


def _call(tree: t.Call) -> str:
    assert isinstance(tree.function, t.Function)
    name = tree.function.name.removeprefix(LIBRARY)
    if name == "ones" and not tree.arguments:
        return r"\mathbf{1}"
    if name == "eye":
        return "I" if not tree.arguments else f"I_{{{latex(tree.arguments[0])}}}"
    if name == "ones" and len(tree.arguments) == 1:
        return rf"\mathbf{{1}}_{{{latex(tree.arguments[0])}}}"
    if name == RECORDS.sqrt.name and len(tree.arguments) == 1 and tree.power is None and not tree.keywords:
        return latex(t.Root(tree.arguments[0]))
    if name == RECORDS.inv.name and len(tree.arguments) == 1 and tree.power is None and not tree.keywords:
        return latex(t.Power(tree.arguments[0], _MINUS_ONE))
    power = f"^{{{latex(tree.power)}}}" if tree.power is not None else ""
    inside = [latex(a) for a in tree.arguments] + [f"{key}={latex(value)}" for key, value in tree.keywords]
    return _function(tree.function) + power + r"\left(" + ", ".join(inside) + r"\right)"


def _big(tree: t.Big) -> str:
    """A sum with a range and a condition; letters that only the condition names are not repeated."""
    firm = [b for b in tree.binders if not b.soft]
    low = firm[0].low if firm else None
    below = ", ".join(spelled(b.letter) for b in firm)
    if low is not None:
        below += f"={latex(low)}"
    if tree.condition is not None:
        condition = latex(tree.condition)
        single = len(firm) == 1 and low is None and firm[0].high is None and isinstance(tree.condition, t.Relation) \
            and tree.condition.sides[0] == t.Letter(firm[0].letter)
        below = condition if single else f"{below} : {condition}" if below else condition
    high = firm[0].high if firm else None
    above = f"^{{{latex(high)}}}" if high is not None else ""
    below = f"_{{{below}}}" if below else ""
    return f"{_big_sign(tree.kind)}{below}{above} {latex(tree.body)}"


def _big_sign(kind: str) -> str:
    return rf"\operatorname*{{arg\,{kind[3:]}}}" if kind.startswith("arg") else f"\\{kind}"


def _optimum(tree: t.Optimum) -> str:
    return f"{_big_sign(tree.kind)}_{{{', '.join(map(latex, tree.variables))}}} {latex(tree.body)}"


def _derivative(tree: t.Derivative) -> str:
    if tree.kind == "nabla":
        order = f"^{{{tree.order}}}" if tree.order > 1 else ""
        below = "_{" + ", ".join(map(latex, tree.variables)) + "}" if tree.variables else ""
        return rf"\nabla{below}{order}" + (" " + latex(tree.body) if tree.body is not None else "")
    d = "d" if tree.kind == "total" else r"\partial"
    order = f"^{{{tree.order}}}" if tree.order > 1 else ""
    above = f"{d}{order}" + (" " + latex(tree.body) if tree.body is not None else "")
    return rf"\frac{{{above}}}{{{' '.join(f'{d} {latex(v)}' for v in tree.variables)}}}"


_CLOSE = {"(": ")", "[": "]", "\\{": "\\}", "{": "}", "langle": "\\rangle"}


def _bracket(tree: t.Bracket) -> str:
    return rf"\left{tree.kind} {latex(tree.body)} \right{_CLOSE.get(tree.kind, ')')}"


def _sequence(tree: t.Sequence) -> str:
    if tree.kind == "and":
        return r" \land ".join(map(latex, tree.items))
    if tree.kind == "^":
        return _positions(tree.items)
    open_ = tree.kind if tree.kind in _CLOSE else "("
    shown = "\\langle" if open_ == "langle" else open_
    return rf"\left{shown} {', '.join(map(latex, tree.items))} \right{_CLOSE[open_]}"


def _cases(tree: t.Cases) -> str:
    rows = [latex(value) + (r" & \text{if } " + latex(condition) if condition is not None else r" & \text{otherwise}")
            for value, condition in tree.branches]
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def _matrix(tree: t.Matrix) -> str:
    rows = [" & ".join(map(latex, row)) for row in tree.rows]
    return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}"


def _relation(tree: t.Relation) -> str:
    text = latex(tree.sides[0]) if tree.sides[0] is not None else ""
    for sign, side in zip(tree.signs, tree.sides[1:], strict=True):
        text += f" {_RELATIONS[sign]} " + (latex(side) if side is not None else "")
    return text.strip()


def _line(tree: t.DisplayedLine) -> str:
    text = latex(tree.parts[0]) if tree.parts else ""
    joints = tree.joints
    if len(joints) == len(tree.parts) and tree.parts:
        text, joints = _BETWEEN[joints[0]].strip() + " " + text, joints[1:]
    for joint, part in zip(joints, tree.parts[1:], strict=False):
        text += _BETWEEN.get(joint, r", \quad ") + latex(part)
    return text + "".join(r" \quad " + latex(r) for r in tree.remarks)


def _number(tree: t.Number) -> str:
    text = {"pi": r"\pi", "infty": r"\infty"}.get(tree.text, tree.text)
    return rf"\mathbf{{{text}}}" if tree.font else text


def _space(tree: t.Space) -> str:
    if len(tree.name) == 2:
        return f"{tree.name[0]}{', '.join(map(latex, tree.sizes))}{tree.name[1]}"
    sizes = r" \times ".join(map(latex, tree.sizes))
    return rf"\mathbb{{{tree.name}}}" + (f"^{{{sizes}}}" if sizes else "")


def _expectation(tree: t.ExpectationSign) -> str:
    below = f"_{{{', '.join(map(spelled, tree.over))}}}" if tree.over else ""
    given = rf" \mid {latex(tree.given)}" if tree.given is not None else ""
    return spelled(tree.name) + below + rf"\left[ {latex(tree.body)}{given} \right]"


def _integral(tree: t.Integral) -> str:
    ends = "".join(f"{sign}{{{latex(end)}}}" for sign, end in (("_", tree.low), ("^", tree.high)) if end is not None)
    return rf"\int{ends} {latex(tree.body)} \, d{spelled(tree.letter)}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    t.Number: _number, t.Name: _name, t.Letter: _name, t.Unknown: _name, t.Terms: _sum, t.Factors: _product,
    t.Fraction: lambda x: rf"\frac{{{latex(x.top)}}}{{{latex(x.bottom)}}}", t.Power: _power,
    t.Transpose: lambda x: _scripted(x.base, _RAISED) + ("'" if x.prime else r"^{\top}"),
    t.Root: lambda x: r"\sqrt" + (f"[{latex(x.degree)}]" if x.degree is not None else "") + f"{{{latex(x.base)}}}",
    t.Bracket: _bracket, t.Subscripted: _entry, t.Function: _function, t.Call: _call,
    t.Member: lambda x: spelled(x.around[0]) + latex(x.argument) + x.around[1], t.Big: _big, t.Optimum: _optimum,
    t.Binder: lambda x: x.letter,
    t.At: lambda x: rf"\left. {latex(x.body)} \right|_{{{', '.join(map(latex, x.values))}}}",
    t.ExpectationSign: _expectation, t.Integral: _integral,
    t.Derivative: _derivative, t.Differential: lambda x: "d " + latex(x.body),
    t.Directional: lambda x: rf"D_{{{latex(x.variable)}}} {latex(x.body)}\left[ {latex(x.direction)} \right]",
    t.Remainder: lambda x: ("o" if x.little else "O") + rf"\left( {latex(x.body)} \right)",
    t.Norm: lambda x: rf"\left\| {latex(x.body)} \right\|" + (
        f"_{{{x.kind or latex(x.weight)}}}" if x.kind or x.weight is not None else ""),
    t.Bars: lambda x: rf"\left| {latex(x.body)} \right|",
    t.Round: lambda x: (r"\left\lceil {} \right\rceil" if x.up else r"\left\lfloor {} \right\rfloor").format(latex(x.body)),
    t.Sequence: _sequence, t.Matrix: _matrix, t.Cases: _cases,
    t.Iverson: lambda x: rf"\mathbb{{1}}_{{{latex(x.condition)}}}",
    t.DeltaSign: lambda x: rf"\delta_{{{latex(x.left)}, {latex(x.right)}}}",
    t.Unit: lambda x: f"e_{{{latex(x.position)}}}", t.Not: lambda x: r"\neg " + latex(x.body),
    t.Space: _space,
    t.Relation: _relation, t.Remark: lambda x: rf"\text{{{x.text}}}", t.DisplayedLine: _line, t.Colon: lambda x: ":",
    t.Dots: lambda x: r"\dots", t.String: lambda x: f'"{x.text}"' if x.text not in ("True", "False") else x.text,
}
