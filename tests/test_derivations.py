"""The solution book: every item is proved, every line of every proof is right in numbers, and no slip gets through.

Lines are evaluated by the brute-force evaluator at random small sizes.  A derivative that a line has not carried out
yet is put in as numbers: central differences of the differentiated expression, all else that it reads held fixed.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sympy import Integer

import symderiv as sd
from symderiv import checker
from symderiv.arrays.arrays import Apply, Array, Named, Tensor, as_expr
from symderiv.arrays.operator import shape_of
from symderiv.calculus.expand import defined_symbols, spelled_out
from symderiv.calculus.rules import RuleContext
from symderiv.differentiation.engine import Derivation
from symderiv.errors import BoundExceeded, ShapeError, SymderivError
from symderiv.functions.network_functions import stop_gradient
from symderiv.lowering.export import export, export_affine, export_index, export_sym, plain_letters
from symderiv.lowering.program import Program
from symderiv.numeric.evaluate import evaluate_all
from symderiv.numeric.sampling import sample
from symderiv.proof.equality import Verdict
from symderiv.proof.steps import Chain
from symderiv.render.paper import on_paper
from symderiv.render.prose_tree import AlignedLines, Display, read_fragment, split_top
from symderiv.render.sections import Fold, Section
from symderiv.suite.collect import Item, collect
from symderiv.suite.item_sections import item_section
from symderiv.suite.run import outcome as run_item
from symderiv.suite.values import ValueComparison, compare_values, nested
from symderiv.terms.affine import Idx, affine, constant
from symderiv.terms.nodes import (
    Add,
    Delta,
    Deriv,
    FunctionValue,
    MatrixFunctionEntry,
    Mul,
    Node,
    Num,
    Sum,
    Sym,
    TensorEntry,
    add,
    delta,
    ent,
    mul,
    neg,
    num,
    replace,
    substitute,
    subterms,
    total,
)

FOLDER = Path(__file__).parent.parent / "derivations"
ITEMS = collect(FOLDER)
STEP = 1e-5
SLIPS = 2       # of a statement, drawn anew for each; mutants are tried by the thousand in the campaign
PAGE = 45       # lines of formulas
CHANGES = 6     # of a step, drawn anew for each, beside its sign and one more


def named(items: list[Item]) -> list[str]:
    return [f"{Path(item.file).stem}.{item.name}" for item in items]


@cache
def ran(position: int):
    """The result of an item and what it states: found once for all the tests."""
    return run_item(ITEMS[position])


def outcome(position: int):
    """The result of an item, and its Derivations and Verdicts."""
    result, entries = ran(position)
    return result, tuple(e.subject for e in entries if isinstance(e.subject, Derivation | Verdict))


def compared(position: int) -> tuple[ValueComparison, ...]:
    """The values that an item states to be equal."""
    _, entries = ran(position)
    return tuple(e.subject for e in entries if isinstance(e.subject, ValueComparison) and e.subject.status == "proved")


# One process of a parallel run takes all tests of an item, which is then derived once.
each_item = pytest.mark.parametrize("position", [
    pytest.param(n, id=name, marks=pytest.mark.xdist_group(f"item {n}")) for n, name in enumerate(named(ITEMS))])


@each_item
def test_item_reaches_its_status(position):
    result, _ = outcome(position)
    assert result.ok, result.error
    assert result.status in ("proved", ITEMS[position].expect)
    assert result.parts


def shown(section: Section) -> Iterator[str]:
    """The formulas that an item shows: of its claims and data, and of the proofs on paper or on the page, chain by chain."""
    for body in (section.body, *folded(section.folds)):
        for block in read_fragment(body):
            if isinstance(block, AlignedLines):
                yield " = ".join(side for row in block.rows for side in (row.left, row.right.lstrip("= ")) if side)
            elif isinstance(block, Display):
                yield block.latex
    for part in section.parts:
        yield from shown(part)


def folded(folds: tuple[Fold, ...]) -> Iterator[str]:
    for fold in folds:
        if fold.grain != "rewrites":
            yield from (fold.body, fold.paper)
            yield from folded(fold.folds)


def on_the_terminal(subject) -> Iterator[str]:
    """The lines of a subject and of its proof as text, each with those that go on from it."""
    chain = ""
    for line in f"{subject}\n{getattr(subject, 'proof', '')}".splitlines():
        said = re.sub(r"\s{2,}\[.*\]$", "", line).strip()
        if not said.startswith("="):
            yield chain
            chain = ""
        chain += f" {said}"
    yield chain


@each_item
def test_nothing_that_is_shown_says_that_a_thing_is_itself(position):
    _, entries = ran(position)
    for formula in shown(on_paper(item_section(ITEMS[position], entries))):
        if r"\begin" not in formula:
            sides = [re.sub(r"\\[,;! ]|\s|[{}]", "", side) for side in split_top(formula, "=")]
            assert not [a for a, b in pairwise(sides) if a == b and a], formula
    for line in (each for entry in entries if not isinstance(entry.subject, str) for each in on_the_terminal(entry.subject)):
        sides = [side.strip() for side in re.split(r" = ", line)]
        assert not [a for a, b in pairwise(sides) if a == b and a], line


@each_item
def test_a_first_derivative_is_proved_on_one_page_and_says_no_line_twice_running(position):
    for subject in outcome(position)[1]:
        if isinstance(subject, Derivation) and subject.order == 1:
            lines = [line.strip() for line in subject.proof.latex().split(r"\\")]
            assert len(lines) <= PAGE
            assert not [a for a, b in pairwise(lines) if a == b]


# ------------------------------------------------------------------ lines in numbers

class Point:
    """Sizes and arrays, and the values of lines there."""

    def __init__(self, exprs, assuming, seed):
        self.values = dict(sample(exprs, seed, assuming=assuming).everything)
        self.fresh = 0

    def of(self, expr):
        return np.asarray(evaluate_all([expr], self.values, strict=False)[0], float)

    def line(self, node: Node, letters: tuple[Idx, ...]):
        """The values of a line at all its free letters."""
        derivatives = {n: self.carried_out(n) for n in subterms(node) if isinstance(n, Deriv)}
        body = export(replace(node, derivatives))
        return self.of(Named("line", tuple(map(export_index, letters)), body) if letters else as_expr(body))

    def frozen(self, sym: Sym) -> Sym:
        """A tensor of its own with the symbol's present values."""
        self.fresh += 1
        tensor = Tensor(f"frozen{self.fresh}", tuple(map(export_affine, sym.shape)))
        self.values[tensor.name] = self.of(export_sym(sym))
        return Sym(tensor.name, sym.shape, tensor)

    def carried_out(self, n: Deriv) -> Node:
        """An entry of a tensor that holds the partial derivatives, by central differences."""
        apart = {s: self.frozen(s) for s in (n.body.syms | {n.sym})}
        held: dict[Node, Node] = {}
        for e in subterms(n.body):
            if isinstance(e, TensorEntry):
                held[e] = ent(apart[e.sym], *e.idx)
            elif isinstance(e, MatrixFunctionEntry):
                held[e] = MatrixFunctionEntry(e.kind, apart[e.sym], e.idx)
        # What is stopped keeps its value.
        stopped = {e: e for e in subterms(n.body) if stop_gradient.of(e)}
        body = replace(n.body, held | stopped)
        letters = tuple(sorted(n.body.free, key=lambda i: i.key))
        variable = apart[n.sym].name
        at = np.asarray(self.values[variable], float)
        slopes = []
        for place in np.ndindex(at.shape):
            sides = []
            for step in (STEP, -STEP):
                moved = at.copy()
                moved[place] += step
                self.values[variable] = moved
                sides.append(self.line(body, letters))
            self.values[variable] = at
            slopes.append((sides[0] - sides[1]) / (2 * STEP))
        stacked = np.stack(slopes, axis=-1)
        shape = stacked.shape[:-1] + at.shape
        self.fresh += 1
        tensor = Tensor(f"slope{self.fresh}", tuple(export_affine(i.hi) for i in letters) + tuple(
            map(export_affine, n.sym.shape)))
        self.values[tensor.name] = stacked.reshape(shape)
        holder = Sym(tensor.name, tuple(i.hi for i in letters) + n.sym.shape, tensor)
        return ent(holder, *map(affine, letters), *n.idx)


def sides(subject) -> list:
    """The expressions that a subject is about."""
    return [subject.lhs, subject.rhs] if isinstance(subject, Verdict) else [subject.primal, subject.closed]


def conditions_of(subjects) -> tuple:
    """What an item assumes of its sizes."""
    return tuple(dict.fromkeys(c for s in subjects for c in s.proof.conditions))


def points(subject, assuming, count=2) -> Iterator[Point]:
    for seed in range(count):
        yield Point(sides(subject), assuming, seed)


def letters_of(chain: Chain) -> tuple[Idx, ...]:
    lines = [chain.start, *(s.after for s in chain.steps)]
    return tuple(sorted(frozenset().union(*(line.free for line in lines)), key=lambda i: i.key))


@each_item
def test_every_line_agrees_with_the_line_before(position):
    _, subjects = outcome(position)
    for subject in subjects:
        try:
            lines_agree(subject, conditions_of(subjects))
        except BoundExceeded:
            # The weights of a printed architecture: millions of numbers at its own sizes, which are part of the claim.
            assert not any(s.free_symbols for t in sides(subject)[0].atoms(Tensor) for s in t.shape)


def lines_agree(subject, assuming) -> None:
    for point in points(subject, assuming):
        for chain in subject.proof.all_chains:
            letters = letters_of(chain)
            before = point.line(chain.start, letters)
            for step in chain.steps:
                after = point.line(step.after, letters)
                np.testing.assert_allclose(before, after, rtol=2e-6, atol=2e-6, err_msg=f"{subject}: {step.rule}")
                before = after


@each_item
def test_what_is_proved_is_certified(position):
    for subject in outcome(position)[1]:
        if subject.status == "proved":
            assert checker.check(subject.certificate())
        else:
            with pytest.raises(sd.SymderivError):
                subject.certificate()


# ------------------------------------------------------------------ slips in claims

def slips(node: Node) -> Iterator[tuple[str, Node]]:
    """The expression with one slip each: a sign, a term, an index, a range, a Σ or a δ."""
    for n in subterms(node):
        for what, changed in _slips_at(n):
            if changed is not n:
                yield what, replace(node, {n: changed})


def _slips_at(n: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(n, Add):
        first, *rest = n.children
        yield "sign", add(neg(first), *rest)
        yield "dropped term", add(*rest)
        yield "dropped term", add(*n.children[:-1])
    elif isinstance(n, TensorEntry) and n.idx:
        yield "shifted index", ent(n.sym, *n.idx[:-1], n.idx[-1] + 1)
        yield "shifted index", ent(n.sym, n.idx[0] - 1, *n.idx[1:])
        if len(n.idx) == 2 and n.sym.shape[0] is n.sym.shape[1]:
            yield "transposed", ent(n.sym, n.idx[1], n.idx[0])
    elif isinstance(n, Sum):
        b, *others = n.binders
        yield "dropped sum", total(substitute(n.body, {b: constant(1)}), others)
        shorter = Idx(b.name, b.lo, b.hi - 1, b.tag)
        yield "range", total(substitute(n.body, {b: affine(shorter)}), (shorter, *others))
        later = Idx(b.name, b.lo + 1, b.hi, b.tag)
        yield "range", total(substitute(n.body, {b: affine(later)}), (later, *others))
    elif isinstance(n, Delta):
        yield "shifted index", delta(n.expr + 1)
        yield "dropped δ", num(1)
    elif isinstance(n, FunctionValue):
        yield "sign", neg(n)
    elif isinstance(n, Mul) and len(n.factors) > 1:
        yield "dropped factor", mul(num(n.coeff), *n.factors[1:])
        yield "sign", neg(n)
    elif isinstance(n, Num) and n.value:
        yield "number", num(n.value + 1)


def array_slips(expr) -> Iterator[tuple[str, object]]:
    """The array expression with a transpose dropped or a flip forgotten, where its shape allows that."""
    stack, seen = [as_expr(expr)], set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        stack.extend(a for a in node.args if isinstance(a, Array))
        if isinstance(node, Apply) and node.op.name in ("transpose", "flip", "diag"):
            yield f"dropped {node.op.name}", (node, node.args[0])
        if isinstance(node, Apply) and node.op.name in ("outer", "matmul", "add"):
            # Where the shapes forbid it, the slip is refused when it is written down.
            with suppress(ShapeError):
                yield "operands exchanged", (node, node.op(*reversed(node.args)))
        if isinstance(node, Apply) and node.op.name == "conv1d":
            other = "valid" if node.params.get("mode") == "full" else "full"
            yield "another mode", (node, sd.conv1d(*node.args, mode=other))


def spelled(side) -> tuple[Node, tuple[Idx, ...]]:
    """A side of a claim as one index expression over declared tensors."""
    program = Program()
    expr = as_expr(side)
    if isinstance(expr, Array) and shape_of(expr):
        sym = program.symbol(expr)
        letters = tuple(Idx(name, constant(1), n) for name, n in zip("ijpq", sym.shape, strict=False))
        node: Node = ent(sym, *map(affine, letters))
    else:
        letters, node = (), program.scalar(expr)
    names = frozenset(s for s in defined_symbols(node) if s.body is not None)
    return spelled_out(node, RuleContext(unfolds=names)), letters


def statements(subjects) -> Iterator[tuple[object, object]]:
    """What the subjects state: the sides of claims, and derivatives in index and in closed form."""
    for subject in subjects:
        if isinstance(subject, Verdict):
            yield subject.lhs, subject.rhs
        elif isinstance(subject, Derivation) and subject.indices:
            index = Named("entries", subject.indices, subject.index)
            yield index, subject.closed


def mutants(lhs, rhs) -> Iterator[tuple[str, object]]:
    """Claims that differ from the right one by a slip, one of each kind; the campaign tries them in numbers."""
    told: set[str] = set()
    node, letters = spelled(rhs)
    if not node.children and not isinstance(node, TensorEntry | Delta):
        node, letters = spelled(lhs)
    for what, changed in slips(node):
        if what not in told:
            told.add(what)
            body = export(changed)
            yield what, Named("mutant", tuple(map(export_index, letters)), body) if letters else as_expr(body)
    for what, (old, new) in array_slips(rhs):
        try:
            changed = as_expr(rhs).xreplace({old: new})
        except SymderivError:
            continue
        yield what, changed


def differs(lhs, rhs, assuming) -> bool | None:
    """Whether two expressions differ at a random point, by the evaluator alone; None where they have no values."""
    seen = None
    for seed in range(6):
        try:
            point = Point([lhs, rhs], assuming, seed)
            a, b = point.of(lhs), point.of(rhs)
        except SymderivError:
            continue
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            continue
        if a.shape != b.shape or np.abs(a - b).max() > 1e-6:
            return True
        seen = False
    return seen


def value_slips(value) -> Iterator[object]:
    """The value with one number changed, and with the last entry left out."""
    if isinstance(value, list):
        for n, entry in enumerate(value):
            for changed in value_slips(entry):
                yield [*value[:n], changed, *value[n + 1:]]
        yield value[:-1]
    elif not isinstance(value, str | bool) and value is not None:
        yield value + 1


@each_item
def test_every_slip_is_refuted(position):
    _, subjects = outcome(position)
    refuted = 0
    conditions = conditions_of(subjects)
    drawn = random.Random(position)
    for lhs, rhs in statements(subjects):
        every = list(mutants(lhs, rhs))
        for what, wrong in drawn.sample(every, min(SLIPS, len(every))):
            try:
                verdict = sd.prove(lhs, wrong, assuming=conditions)
            except SymderivError:
                refuted += 1
                continue
            different = differs(lhs, wrong, conditions)
            if different is None:
                assert verdict.status in ("undecided", "refuted"), f"{what}: {lhs} = {wrong}"
            elif different:
                assert verdict.status == "refuted", f"{what}: {lhs} = {wrong} is {verdict.status}"
                refuted += 1
            else:
                # A slip can leave the value as it is: a range shortened by a term that is 0 by zero extension.
                assert verdict.status in ("proved", "supported"), f"{what}: {lhs} = {wrong}"
    for claim in compared(position):
        for wrong in value_slips(nested(claim.rhs)):
            assert compare_values(claim.lhs, wrong).status == "refuted", f"{claim.lhs} = {wrong}"
            refuted += 1
    assert refuted or not (subjects or compared(position))


# ------------------------------------------------------------------ the results, as a person would write them

@each_item
@pytest.mark.parametrize("grain", ["steps", "rewrites"])
def test_proofs_are_written_in_letters_a_person_would_use(position, grain):
    for subject in outcome(position)[1]:
        text = subject.proof.latex(grain=grain)
        for machine in (r"\_0", "lhs", "rhs", "t0"):
            assert machine not in text, text
        # Both sides of an equality end with one line, each in its own display.
        for display in text.split(r"\begin{align*}"):
            lines = [line.split("&&")[0].strip(" \\") for line in display.splitlines() if line.startswith("&=")]
            assert all(a != b for a, b in itertools.pairwise(lines)), text


@each_item
def test_no_letter_means_two_things_in_one_line(position):
    for subject in outcome(position)[1]:
        for chain in subject.proof.all_chains:
            for step in chain.steps:
                line = plain_letters(step.after)
                bound = {b.key for n in subterms(line) if isinstance(n, Sum) for b in n.binders}
                assert not bound & {i.key for i in line.free}, line


@pytest.mark.parametrize(("position", "form"), [
    pytest.param(n, form, id=item.name, marks=pytest.mark.xdist_group(f"item {n}"))
    for name, form in (("weight_gradient", "dL/dW = (softmax(z) - e_y)*x.T"),
                       ("cases_of_softmax", "dP/dh = Diag(P) - P*P.T"),
                       ("softmax_jacobian", "dp/dx = Diag(p) - p*p.T"))
    for n, item in enumerate(ITEMS) if item.name == name])
def test_closed_forms_read_like_the_textbook(position, form):
    assert form in {str(s) for s in outcome(position)[1] if isinstance(s, Derivation)}


@pytest.mark.parametrize("old, new", [("sigmoid", "tanh"), ("tanh", "sigmoid")])
def test_network_is_rewritten_with_another_activation(old, new):
    p, q, r = sd.dims("p q r")
    A, B = sd.tensor("A", q, p), sd.tensor("B", r, q)
    a, b, z = sd.tensor("a", q), sd.tensor("b", r), sd.tensor("z", p)
    unknowns = sd.tensor("F", q, p), sd.tensor("G", r, q), sd.tensor("f", q), sd.tensor("g", r)
    F, G, f, g = unknowns
    found = sd.reparameterize(B @ getattr(sd, old)(A @ z + a) + b, G @ getattr(sd, new)(F @ z + f) + g, unknowns)
    assert found.status == "proved"
    factor = Integer(2) if old == "tanh" else Integer(1) / 2
    offset = b - sd.sum(B, axis=1) if old == "tanh" else b + sd.sum(B, axis=1) / 2
    for unknown, value in ((F, factor * A), (f, factor * a), (G, factor * B), (g, offset)):
        assert sd.prove(found[unknown], value).status == "proved"
        assert not found[unknown].free_symbols & {z}


def test_deeper_network_and_residual_input():
    p, q = sd.dims("p q")
    A, B, C = sd.tensor("A", q, p), sd.tensor("B", q, q), sd.tensor("C", p, q)
    a, b, c, z = sd.tensor("a", q), sd.tensor("b", q), sd.tensor("c", p), sd.tensor("z", p)
    unknowns = (sd.tensor("F", q, p), sd.tensor("G", q, q), sd.tensor("H", p, q), sd.tensor("f", q), sd.tensor("g", q),
                sd.tensor("h", p))
    F, G, H, f, g, h = unknowns
    old = C @ sd.sigmoid(B @ sd.sigmoid(A @ z + a) + b) + c + z
    new = H @ sd.tanh(G @ sd.tanh(F @ z + f) + g) + h + z
    found = sd.reparameterize(old, new, unknowns)
    assert found.status == "proved"
    assert found.closed["G"] == B / 4


def test_own_identity_and_its_refusal():
    A, x, u = sd.tensor("A", 3, 2), sd.tensor("x", 2), sd.tensor("u")
    F, f = sd.tensor("F", 3, 2), sd.tensor("f", 3)
    found = sd.reparameterize(sd.sigmoid(-(A @ x)), f + 0 * f - sd.sigmoid(F @ x), (F, f),
                              using=[(sd.sigmoid(u), 1 - sd.sigmoid(-u))])
    assert found.status == "proved"
    with pytest.raises(SymderivError, match="not proved"):
        sd.reparameterize(sd.sigmoid(A @ x), sd.tanh(F @ x), F, using=[(sd.sigmoid(u), sd.tanh(u))])


@pytest.mark.parametrize("old", [lambda A, x: sd.relu(A @ x), lambda A, x: sd.tanh(A @ x) + sd.tanh(2 * (A @ x)),
                                 lambda A, x: sd.sigmoid(A @ x), lambda A, x: sd.tanh((A @ x) ** 2)])
def test_no_parameters_no_answer(old):
    A, x, F, G = sd.tensor("A", 3, 2), sd.tensor("x", 2), sd.tensor("F", 3, 2), sd.tensor("G", 3)
    with pytest.raises(SymderivError, match="no values of the unknowns"):
        sd.reparameterize(old(A, x), G * sd.tanh(F @ x), (F, G))


def test_unknown_that_does_not_occur():
    A, x, F, G = sd.tensor("A", 3, 2), sd.tensor("x", 2), sd.tensor("F", 3, 2), sd.tensor("G", 3)
    with pytest.raises(SymderivError, match="does not occur"):
        sd.reparameterize(A @ x, F @ x, (F, G))
