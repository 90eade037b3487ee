"""The lines of a proof: derivatives by the chain rule, and both sides of a claim led to each other, with their reasons.

A line that says the same as the one before is left out, and so is a derivative that is 1; what reaches a variable on
several ways is one sum, unless the page is too narrow for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace as dataclass_replace
from typing import Any, Protocol

from sympy import Expr, latex

from ..arrays.arrays import Array, Named, Tensor, latex_name
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..calculus.divisors import divisors
from ..calculus.fold import FOLD, alpha_equal
from ..calculus.rules import RULES
from ..functions import FUNCTIONS
from ..functions.elementary import exp, log
from ..functions.unknown import is_opaque, latex_of
from ..lowering.export import export_affine
from ..proof.steps import Accumulation, Chain, Proof, Step
from ..terms.affine import Affine, Idx, affine
from ..terms.nodes import (
    Add,
    Delta,
    Deriv,
    FunctionValue,
    MatrixFunctionEntry,
    Mul,
    Node,
    Num,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    add,
    delta,
    ent,
    factors_of,
    mul,
    num,
    replace,
    subterms,
)
from .absorbed import handed_on, picked_out, without_constants
from .escape import underscored

WIDE = 150
Row = tuple[str, str]


class Writes(Protocol):
    """What writes expressions: see ``proofs.NodeLatex``."""

    names: Any
    adjoints: Any
    free: int

    def __call__(self, n: Node, level: int = 0) -> str: ...

    def plain(self, n: Node) -> Node: ...

    def index(self, idx: Idx) -> str: ...

    def affine(self, expr: Affine) -> str: ...

    def entry(self, sym: Sym, idx: tuple[Affine, ...]) -> str: ...

    def cotangent(self, acc: Accumulation, idx: tuple[Affine, ...]) -> str: ...

    def partial(self, own: tuple[Affine, ...], sym: Sym, idx: tuple[Affine, ...]) -> str: ...


def align(rows: list[tuple[str, str]]) -> str:
    """An align* display; each row a relation with its right side, and words at the margin.  Long sums are broken."""
    lines = []
    for text, words in rows:
        note = rf" && \text{{{underscored(words)}}}" if words else ""
        lines.append(text + note)
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def broken(text: str) -> str:
    """A right side, broken before a plus or minus of the top level where it is too wide for the page."""
    if len(text) <= WIDE:
        return text
    pieces, depth, current, width = [], 0, "", 0
    for position, ch in enumerate(text):
        if ch in "{(":
            depth += 1
        elif ch in "})":
            depth -= 1
        if depth == 0 and ch in "+-" and width > WIDE // 2 and text[position - 1:position] == " ":
            pieces.append(current)
            current, width = "", 0
        current += ch
        width += 1
    pieces.append(current)
    return r" \\ &\qquad ".join(pieces)


# ------------------------------------------------------------------ derivatives

def derivative_by(acc: Accumulation, write: Writes, grain: str) -> list[str]:
    """One cotangent as displays: the sum of what the definitions that read the variable bring, line by line."""
    if _goes_without_saying(acc) or (grain == "steps" and acc.subject in write.names.absorbed):
        return []
    own = tuple(affine(i) for i in acc.letters)
    left = write.partial(free_letters(acc, write), acc.subject, own)
    joined = _together(acc, write, left) if grain == "steps" else None
    heading = rf"\paragraph{{Derivative with respect to ${write.entry(acc.subject, own)}$.}}"
    parts = [heading, *(_one_by_one(acc, write, grain, left) if joined is None else joined)]
    if acc.named is not None and acc.named in write.adjoints and acc.named.body is not None and acc.content not in (
            None, num(1)):
        name = write.cotangent(acc, tuple(affine(i) for i in acc.named.letters or ()))
        parts.append(align([(f"{left} &= {write(acc.content, 1)}\\,{name}, \\qquad {name} = {write(acc.named.body)}",
                             "a name for the bracket")]))
    return parts


def _goes_without_saying(acc: Accumulation) -> bool:
    """Whether a derivative is 1, as that of a sum by one of its terms."""
    return acc.total is num(1) and len(acc.chains) == 1 and not acc.letters


def _together(acc: Accumulation, write: Writes, left: str) -> list[str] | None:
    """The lines of all chains added up; None where they do not fit on the page."""
    chains = [[picked_out(line, c) for line in (without_constants(c.start), *(step.after for step in c.steps))]
              for c in acc.chains]
    rows: list[Row] = []
    silent = False
    for k in range(max(map(len, chains))):
        line = write.plain(add(*(lines[min(k, len(lines) - 1)] for lines in chains)))
        if k:
            steps = [dataclass_replace(c.steps[k - 1], before=picked_out(c.steps[k - 1].before, c))
                     for c in acc.chains if k <= len(c.steps)]
            silent = all(_shows_nothing(step, write) for step in steps)
            if silent:
                continue
            reasons = list(dict.fromkeys(_reason(step, write) for step in steps))
            words = ", ".join([r for r in reasons if r != steps[0].rule] or reasons)
        else:
            alone = write.names.at_output(acc.chains[0]) or isinstance(line, Deriv)
            terms = all(map(write.names.at_output, acc.chains))
            words = ("sum rule" if terms else "chain rule") if len(chains) > 1 or not alone else ""
        rows.append((write(line), words))
    if len(chains) > 1 and not silent:
        rows.append((write(write.plain(acc.total)), "added up"))
    if len(chains) > 1 and any(len(text) > 3 * WIDE for text, _ in rows):
        return None
    rows = _handed_on(acc, write) or _once_each(rows)
    rows[0] = f"{left} &= {broken(rows[0][0])}", rows[0][1]
    shown = align([rows[0], *((f"&= {broken(text)}", words) for text, words in rows[1:])])
    return [shown + _side_conditions([step for c in acc.chains for step in c.steps], write)]


def _shows_nothing(step: Step, write: Writes) -> bool:
    """Whether a step only gives names to what is written out all the same, as the entries of an inverse are."""
    return bool(step.rewrites) and all(isinstance(r.after, TensorEntry) and r.after.sym in write.names.itself
                                       for r in step.rewrites)


def _handed_on(acc: Accumulation, write: Writes) -> list[Row]:
    """∂L/∂z_i = ∂L/∂r_i in one line, where r is z and what does not depend on it; no lines for anything else."""
    found = handed_on(acc)
    if found is None:
        return []
    (chain,) = acc.chains
    assert chain.consumer is not None
    own = tuple(affine(i) for i in chain.own)
    slope = write(Deriv(ent(chain.consumer, *own), acc.subject, found.idx))
    met = write(write.plain(mul(num(1), *(delta(a - b) for a, b in zip(own, found.idx, strict=True)))))
    return [(write(write.plain(acc.total)), f"chain rule, ${slope} = {met}$")]


def _once_each(rows: list[Row]) -> list[Row]:
    """Rows without those that repeat the one before, or only take a constant out of a sum on the way to the next."""
    told = [row for n, row in enumerate(rows) if not n or row[1] != "constant factor" or n == len(rows) - 1]
    return [row for n, row in enumerate(told) if not n or row[0] != told[n - 1][0]]


def _one_by_one(acc: Accumulation, write: Writes, grain: str, left: str) -> list[str]:
    """The chains one below the other, and their sum."""
    parts = []
    for k, chain in enumerate(acc.chains):
        if len(acc.chains) > 1 and chain.consumer is not None:
            through = write.entry(chain.consumer, tuple(affine(i) for i in chain.own))
            parts.append(f"Part {k + 1}:" if chain.consumer in write.names.absorbed else
                         rf"Part {k + 1}, through ${through}$:")
        parts.append(_chain(chain, write, grain, left if len(acc.chains) == 1 else rf"P_{{{k + 1}}}"))
    if len(acc.chains) > 1:
        parts.append("The parts add up:")
        parts.append(align([(f"{left} &= {broken(write(acc.total))}", "sum over all definitions that read it")]))
    return parts


def free_letters(acc: Accumulation, write: Writes) -> tuple[Affine, ...]:
    """The letters of what is differentiated, where it has axes."""
    if not write.free:
        return ()
    inside = frozenset[Idx]().union(*(c.start.free for c in acc.chains)) if acc.chains else frozenset()
    letters = sorted((i for i in inside if i not in acc.letters), key=lambda i: "ijklpqrst".find(i.name))
    return tuple(affine(i) for i in letters[:write.free])


def _chain(chain: Chain, write: Writes, grain: str, left: str) -> str:
    """One chain as a display."""
    by_rule = chain.kind == "chain rule"
    rows: list[Row] = [(write(write.plain(chain.start)), "chain rule") if by_rule else (_side(chain, write), "")]
    line = chain.start
    for step in chain.steps:
        if grain == "rewrites":
            for r in step.rewrites:
                line = replace(line, {r.before: r.after})
                rows.append((write(write.plain(line)), _words(r.rule)))
        else:
            rows.append((write(write.plain(step.after)), _reason(step, write)))
        line = step.after
    start = chain.start
    if len(rows) > 1 and isinstance(start, TensorEntry) and is_side(start.sym):
        del rows[1]  # what a side stands for is on the page already
    rows = _once_each(rows)
    first = f"{left} &= {broken(rows[0][0])}" if by_rule else f"&\\phantom{{=}}\\; {broken(rows[0][0])}"
    shown = align([(first, rows[0][1]), *((f"&= {broken(text)}", words) for text, words in rows[1:])])
    return shown + _side_conditions(chain.steps, write)


# ------------------------------------------------------------------ reasons

def _reason(step: Step, write: Writes) -> str:
    """Why a line follows, in words: the letter that a sum keeps, the rules, where these are few and textbook names."""
    used = list(dict.fromkeys(r.rule for r in step.rewrites if r.rule in RULES))
    if SIFTING in used and set(used) <= {SIFTING, "one sum for two", "constant factor", "value at the Kronecker delta"}:
        kept = _kept(write.plain(step.before), write)
        if kept:
            return kept
    if used == ["canonical form"]:
        kept = "" if any(isinstance(n, Delta) for n in subterms(step.after)) else _kept(write.plain(step.before), write)
        words = _canonical(step.before, step.after)
        return f"{words}, {kept}" if kept and words == "multiplied out" and _adds_up(step.before) else kept or words
    if [RULES[name].words for name in used] == [step.rule]:
        return _words(step.rule)
    named = [name for name in used if not _trivial(name, step)]
    named = [name for name in named if name not in ALGEBRA] or named
    names = list(dict.fromkeys(word for name in named for word in _words_of(name, step)))
    text = ", ".join(names)
    return _words(step.rule if not names or len(names) > 3 or len(text) > 45 else text)


def _words_of(name: str, step: Step) -> list[str]:
    """What a rule is called; of functions of a matrix, and of unknown ones, which."""
    if name == UNKNOWN:
        return [f"derivative of ${head}$" for head in dict.fromkeys(
            latex_of(n.body.name) for r in step.rewrites if r.rule == name for n in subterms(r.before)
            if isinstance(n, Deriv) and isinstance(n.body, FunctionValue) and is_opaque(n.body.name))]
    kinds = dict.fromkeys(n.body.kind for r in step.rewrites if r.rule == name == MATRIX_FUNCTION
                          for n in subterms(r.before) if isinstance(n, Deriv) and isinstance(n.body, MatrixFunctionEntry))
    return [_OF_MATRICES.get(kind, name) for kind in kinds] or [_PLAIN.get(name, name.replace("_", " "))]


UNKNOWN = "derivative of an unknown function"
MATRIX_FUNCTION = "derivative of a matrix function"
_OF_MATRICES = {RECORDS.inv.name: "derivative of the inverse", RECORDS.det.name: "derivative of the determinant",
                RECORDS.logdet.name: "derivative of the log-determinant"} | {
    record.name: f"derivative of {words}" for record, words in (
        (RECORDS.eigvalsh, "eigenvalues"), (RECORDS.eigvecs, "eigenvectors"), (RECORDS.cholesky, "the Cholesky factor"),
        (RECORDS.spectral_norm, "the largest singular value"), (RECORDS.nuclear_norm, "the nuclear norm"),
        (RECORDS.prod, "a product"), (RECORDS.trace_expm, "the trace of an exponential"))}


def _trivial(name: str, step: Step) -> bool:
    """Whether a rule of differentiation need not be named: of a product, where only one factor varies."""
    return name in LINEAR or (name == PRODUCT and not any(
        r.rule == PRODUCT and isinstance(r.before, Deriv) and isinstance(r.before.body, Mul)
        and sum(r.before.sym in f.syms for f in r.before.body.factors) > 1 for r in step.rewrites))


LINEAR = ("derivative of a variable", "linearity of the derivative", "derivative under the sum")
PRODUCT = "product rule"
ALGEBRA = ("distributivity", "linearity of the sum", "constant factor")
SIFTING = "sifting of the Kronecker delta"
_PLAIN = dict.fromkeys((r.name for r in FOLD if r.words == "written by its name again"), "by definition") | {
    r.name: r.words for r in FOLD if r.words != "written by its name again"} | {
    SIFTING: "carry out the sums over the Kronecker deltas",
    "definition": "by definition", "in exponentials": "written with exponentials"}


def _kept(line: Node, write: Writes) -> str:
    """The sum over k only keeps k = i."""
    found: dict[str, str] = {}
    parts = list(subterms(line))
    deltas = [n.expr for n in parts if isinstance(n, Delta)]
    for b in (b for n in parts if isinstance(n, Sum) for b in n.binders):
        for expr in deltas:
            c = expr.coeff(b)
            place = (expr - affine(b).scaled(c)).scaled(-c)
            if abs(c) == 1 and write.index(b) not in found and not any(write.index(i) in found for i in place.free):
                found[write.index(b)] = write.affine(place)
    if not found or len(found) > 2:
        return ""
    sums = "the sum over" if len(found) == 1 else "the sums over"
    keep = "only keeps" if len(found) == 1 else "only keep"
    return f"{sums} ${', '.join(found)}$ {keep} ${', '.join(f'{k}={v}' for k, v in found.items())}$"


def _canonical(before: Node, after: Node) -> str:
    """What bringing an expression into its normal form came to."""
    if isinstance(before, Sum) and isinstance(after, Sum) and len(before.binders) == len(after.binders) > 1 \
            and len(factors_of(before.body)[1]) == len(factors_of(after.body)[1]):
        return "the sums may be exchanged"
    parts = {n: set(subterms(n)) for n in (before, after)}

    def has(n: Node, kind: str) -> bool:
        return any(_KINDS[kind](t) for t in parts[n])

    for function in (t for t in subterms(before) if isinstance(t, MatrixFunctionEntry) and t not in parts[after]):
        for law, of in _LAWS.get(function.kind, {}).items():
            if of(function.sym.array):
                return law
    if has(before, "power of a sum") and not has(after, "power of a sum"):
        return "$e^{a+b} = e^{a}e^{b}$" + (", cancelled" if has(before, "below") else "")
    if has(before, "logarithm") and not has(after, "logarithm"):
        return r"$\log a - \log b = \log(a/b)$"
    if has(before, "below") and not has(after, "below"):
        return "cancelled"
    return "over one denominator" if has(before, "below") else "multiplied out"


def _is_multiple(array: Expr) -> bool:
    return RECORDS.mul.of(array) and any(not shape_of(arg) for arg in array.args)


def _adds_up(line: Node) -> bool:
    """Whether a sum is one of several terms, which are multiplied out first."""
    return any(isinstance(f, Add) for n in subterms(line) if isinstance(n, Sum) for f in factors_of(n.body)[1])


_KINDS: dict[str, Any] = {
    "logarithm": lambda t: log.of(t),
    "power of a sum": lambda t: isinstance(t, FunctionValue) and exp.of(t) and isinstance(t.children[0], Add),
    "below": lambda t: isinstance(t, Pow) and isinstance(t.exponent, Num) and t.exponent.value < 0 and bool(t.syms),
}


# What a function of a whole matrix is of a product, a transpose, an inverse and a multiple.
_OF_DETERMINANTS: dict[str, Callable[[Any], bool]] = {
    "the determinant of a product is the product of the determinants": RECORDS.matmul.of,
    r"$\det A^\top = \det A$": RECORDS.transpose.of,
    r"$\det A^{-1} = 1/\det A$": RECORDS.inv.of,
    r"$\det(cA) = c^n \det A$": _is_multiple,
}
_LAWS: dict[str, dict[str, Callable[[Any], bool]]] = {
    RECORDS.inv.name: {r"$(AB)^{-1} = B^{-1}A^{-1}$": RECORDS.matmul.of,
                       r"$(A^\top)^{-1} = (A^{-1})^\top$": RECORDS.transpose.of,
                       r"$(cA)^{-1} = c^{-1}A^{-1}$": _is_multiple},
    RECORDS.det.name: _OF_DETERMINANTS,
    RECORDS.logdet.name: _OF_DETERMINANTS,
}


# ------------------------------------------------------------------ claims

def _side(chain: Chain, write: Writes) -> str:
    """One side of a claim as it was stated."""
    start = chain.start
    if isinstance(start, TensorEntry) and start.sym.array is not None:
        if is_side(start.sym):
            return str(latex(start.sym.array.body))
        if RECORDS.zeros.of(start.sym.array):
            return "0"
        if isinstance(start.sym.array, Array) and not isinstance(start.sym.body, FunctionValue):
            return entry_latex(start.sym.array, tuple(map(export_affine, start.idx)))
    return write(start)


def is_side(sym: Sym) -> bool:
    """Whether a symbol only stands for one side of a scalar claim; its letters are those that are free in the claim."""
    return sym.role == "named" and sym.name in ("lhs", "rhs")


def _words(words: str) -> str:
    return words.replace("δ", r"$\delta$").replace("Σ", r"$\sum$").replace("∂", r"$\partial$")


def _side_conditions(steps: Sequence[Step], write: Writes) -> str:
    """What the steps relied on, in a sentence below the display; the two ends of one range in one relation."""
    texts = dict.fromkeys(c for step in steps for c in step.conditions
                          if not c.startswith(("definition", "by the definition")))
    named = {sym.name: name for sym, name in write.names.table.items()} | {
        sym.name: latex_name(sym.name) for step in steps for sym in step.before.syms if sym.role == "declared"}
    shown: list[tuple[str, str]] = []
    lower_ends: dict[tuple[str, str], int] = {}
    divided_by = {f"{x} != 0": x for step in steps for r in step.rewrites for n in (step.before, r.before, r.after)
                  for x in divisors(n)} if any(text.endswith(" != 0") for text in texts) else {}
    for text in texts:
        if text in divided_by:
            shown.append((rf"${write(divided_by[text])} \neq 0$", ""))
            continue
        relation, _, where = text.partition(" wherever")
        low, _, high = relation.partition(" <= ")
        if (low, where) in lower_ends:
            k = lower_ends.pop((low, where))
            shown[k] = (rf"{shown[k][0][:-1]} \le {_index_math(high)}$", where)
            continue
        if high:
            lower_ends[high, where] = len(shown)
        shown.append((_plain_math(relation, named), where))
    said = dict.fromkeys(words + (f" wherever{where}" if where else "") for words, where in shown)
    return "\nHere " + ", ".join(said) + "." if said else ""


def _plain_math(text: str, named: dict[str, str]) -> str:
    """A side condition, its relation set as mathematics; definitions by the names they have in this proof."""
    for sign, tex in (("<=", r"\le"), (">=", r"\ge"), (" = ", "="), ("<", "<"), (">", ">")):
        if sign in text:
            left, _, right = text.partition(sign)
            return f"${_index_math(left)} {tex} {_index_math(right)}$"
    words = text.split(" ")
    return " ".join(f"${named[w]}$" if w in named else f"${latex_name(w)}$" if len(w) == 1 and w != "a" else w
                    for w in words)


def _index_math(text: str) -> str:
    """An index expression as mathematics: a positive term first, subscripts below, functions by their signs."""
    text = re.sub(r"[a-z]\w+(?=['(])", lambda m: FUNCTIONS[m[0]].written if m[0] in FUNCTIONS else m[0], text.strip())
    if "(" not in text:
        terms = re.findall(r"[+-]?[^+-]+", text.replace(" ", ""))
        text = "".join(sorted(terms, key=lambda t: (t.startswith("-"), t.lstrip("+").isdigit()))).removeprefix("+")
    return re.sub(r"([A-Za-z])_(\w+)", r"\1_{\2}", text).replace("*", r"\,")


def _lines(chain: Chain, write: Writes) -> list[tuple[str, Node, Step | None]]:
    """The lines of one side: how each is written, its node, and the step that led there."""
    lines: list[tuple[str, Node, Step | None]] = [(_side(chain, write), chain.start, None)]
    for step in chain.steps:
        lines.append((write(write.plain(step.after)), step.after, step))
    start = chain.start
    if len(lines) > 1 and isinstance(start, TensorEntry) and is_side(start.sym) and start.sym.body is lines[1][1]:
        lines[:2] = [(lines[0][0], lines[1][1], None)]  # a side is what it says: it is on the page already
    return [line for n, line in enumerate(lines)
            if not n or (line[0] != lines[n - 1][0] and not _same_text(line[0], lines[n - 1][0]))]


def equality(proof: Proof, write: Writes, grain: str) -> list[str]:
    """Both sides led to the first line that they have in common, on one way where one of them is only spelled out."""
    if len(proof.chains) != 2:
        return ["The difference of the two sides:", _chain(proof.chains[0], write, grain, "")] if proof.chains else []
    if grain == "rewrites":
        return [part for words, chain in zip(("The left side:", "The right side:"), proof.chains, strict=True)
                for part in (words, _chain(chain, write, grain, ""))]
    sides = [_lines(chain, write) for chain in proof.chains]
    left, right = (lines[:n + 1] for lines, n in zip(sides, _meeting(*sides), strict=True))
    if len(left) == len(right) == 1:
        return ["Both sides say the same." if left[0][0] != right[0][0] else "Both sides are the same."]
    steps = [step for _, _, step in (*left, *right) if step is not None]
    for one, other in ((left, right), (right, left)):
        if len(other) == 1 or _same_text(one[-1][0], other[0][0]):
            rows = [*_rows(one[:-1], write), (f"&= {broken(other[0][0])}", _because(one[-1], write))]
            return [align(rows) + _side_conditions(steps, write)]
    for one, other in ((left, right), (right, left)):
        if all(step is None or step.rule in SPELLED for _, _, step in other):
            rows = [*_rows(one, write), (f"&= {broken(other[0][0])}", "by definition")]
            return [align(rows) + _side_conditions(steps, write)]
    return ["The left side:", align(_rows(left, write)), "The right side:", align(_rows(right, write)),
            "The last lines are the same." + _side_conditions(steps, write)]


def _same_text(one: str, other: str) -> bool:
    """Whether two lines differ in spaces and brackets around single letters alone."""
    return one != other and len({re.sub(r"\((\w)\)", r"\1", re.sub(r"\\[,;]|\\(?:left|right)(?=[()])|\s", "", text))
                                 for text in (one, other)}) == 1


SPELLED = ("by definition", "written with exponentials")
"""Steps that only say what something is: they are read as well from their end."""


def _meeting(left: Sequence[Any], right: Sequence[Any]) -> tuple[int, int]:
    """Where two sides first have a line in common: so many lines down each."""
    pairs = sorted(((i, j) for i in range(len(left)) for j in range(len(right))), key=sum)
    return next(((i, j) for i, j in pairs if left[i][0] == right[j][0] or alpha_equal(left[i][1], right[j][1])),
                (len(left) - 1, len(right) - 1))


def _rows(lines: Sequence[tuple[str, Node, Step | None]], write: Writes) -> list[Row]:
    first, *rest = lines
    return [(f"&\\phantom{{=}}\\; {broken(first[0])}", ""),
            *((f"&= {broken(line[0])}", _because(line, write)) for line in rest)]


def _because(line: tuple[str, Node, Step | None], write: Writes) -> str:
    return _reason(line[2], write) if line[2] is not None else ""


def entry_latex(array: Expr, letters: tuple[Expr, ...]) -> str:
    """The entry of an array expression, bracketed unless the array is a name or a function of something."""
    text = str(latex(array))
    if not letters:
        return text
    plain = isinstance(array, Named | Tensor) and "_" not in text
    name = text if plain else _bracketed(text)
    shown = [str(latex(letter)) for letter in letters]
    return f"{name}_{{{('' if all(len(t) == 1 for t in shown) else ',').join(shown)}}}"


def _bracketed(text: str) -> str:
    """An array expression before its subscript: in brackets, unless it is a function of something without brackets."""
    return text if re.fullmatch(r"\\operatorname\{\w+\}\\left\([^()]*\\right\)", text) else rf"\left({text}\right)"
