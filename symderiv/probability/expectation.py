"""Expectation, variance and covariance, worked out by named rules from what is declared of random tensors.

E[...] is a function of one argument in the engine's expressions; the rules in moments.py take it apart until moments of
single tensors are left, and the same log as for derivatives holds the steps.  What the declarations do not
settle is refused, with the declaration that would settle it.
Source: Feller, An Introduction to Probability Theory and Its Applications I (1968), ch. IX.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Expr, latex

from ..answers import Status
from ..arrays.arrays import Named, as_expr
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import same_shape, show_shape
from ..arrays.symbols import open_letters
from ..bounds import bounded
from ..calculus.canonical import canonical
from ..calculus.expand import as_written
from ..calculus.factor import common_content
from ..calculus.rules import Rewriter, RuleContext
from ..errors import DeclarationError, ShapeError
from ..kept import makes
from ..lowering.export import export, export_index, plain_letters
from ..lowering.program import Program, relations
from ..matrixform.close import close
from ..proof.equality import prove
from ..proof.parts import CLAIMED, Finding, Part, ProofInParts, equality
from ..sequences.induction import axis_letters, entries
from ..terms.affine import Idx, constant, size_affine
from ..terms.nodes import ZERO, FunctionValue, Node, Sum, fn, mul, subterms
from .distributions import RandomTensor
from .moments import COV, GROUPS, VAR, E, entries_of, functions_of
from .randomness import MAX_ORDER, MOMENTS, Moments, law_of, randoms
from .simulation import simulated


@dataclass(frozen=True, eq=False)
class Expectation(Finding):
    """An expectation, variance or covariance.

    value   an expression in the parameters of the declared laws and in what is not random
    of      what it is taken of
    """

    value: Any = None
    of: tuple[Expr, ...] = ()
    kind: str = E

    @makes
    @bounded
    def equals(self, claim: object, *, seed: int = 0) -> Finding:
        """Decide a claim about it: proved or refuted by the value, which is proved; and simulated in the check."""
        other = as_expr(claim)
        verdict = prove(self.value, other, seed=seed, assuming=self.proof.conditions)
        text, formula = _named(self.kind, self.of)
        sign = r"\ne" if verdict.status == "refuted" else "="
        parts = ProofInParts(text, (*self.proof.parts, Part(CLAIMED, verdict.proof)), self.proof.conditions)
        status = Status.weakest((verdict.status, self.status))
        return Finding(f"{status}: {text} = {other}", f"{formula} {sign} {latex(other)}", parts, status, verdict.evidence,
                       verdict.counterexample,
                       lambda seed: simulated(self.kind, self.of, other, seed, assuming=self.proof.conditions))


@makes
@bounded
def expectation(expr: object, *, assuming: Iterable[object] = ()) -> Expectation:
    """E of an expression in random tensors, entry by entry for an array.

    ``assuming`` are relations of sizes, such as ``n >= 2``.  Raises DeclarationError where the declarations do not
    settle it, with the one that is missing.  Source: Wasserman (2004), ch. 3.

    >>> z = sd.random("z", sd.dims("n"), mean=0, var=1, iid=True)
    >>> print(sd.expectation(z @ z))
    E[z.T*z] = n
    """
    return _worked_out(E, (as_expr(expr),), assuming)


@makes
@bounded
def variance(expr: object, *, assuming: Iterable[object] = ()) -> Expectation:
    """Var[X] = E[X²] - E[X]², entry by entry for an array.  Raises DeclarationError.  Source: Wasserman (2004), section 3.3.

    >>> n = sd.dims("n")
    >>> z, w = sd.random("z", n, mean=0, var=1, iid=True), sd.tensor("w", n)
    >>> print(sd.variance(w @ z))
    Var[w.T*z] = w.T*w
    """
    return _worked_out(VAR, (as_expr(expr),), assuming)


@makes
@bounded
def covariance(one: object, other: object, *, assuming: Iterable[object] = ()) -> Expectation:
    """Cov[X, Y] = E[XY] - E[X] E[Y], entry by entry for two arrays of one shape.  Raises DeclarationError.

    Source: Wasserman (2004), section 3.3.

    >>> z = sd.random("z", sd.dims("n"), mean=0, var=1, iid=True)
    >>> print(sd.covariance(z, z))
    Cov[z, z] = ones(n)
    """
    x, y = as_expr(one), as_expr(other)
    a, b = shape_of(x), shape_of(y)
    if not same_shape(a, b):
        raise ShapeError(f"the covariance of shapes {show_shape(a)} and {show_shape(b)}", where=f"{x}, {y}",
                         hint="name two entries: cov(x[i], y[j])")
    return _worked_out(COV, (x, y), assuming)


def _worked_out(kind: str, of: tuple[Expr, ...], assuming: Iterable[object]) -> Expectation:
    assumed = relations(assuming)
    program = Program(assumed)
    program.conditions.update((a, None) for a in assumed)
    shape = shape_of(of[0])
    others = tuple(dict.fromkeys(i for e in of for i in open_letters(e)))
    free = tuple(map(program.letter, others))
    own = axis_letters(shape, {i.name for i in free})
    bodies = [entries(e, own, program) for e in of]
    _declare(program)
    start = fn(kind, *bodies)
    letters = (*free, *own)
    rewriter = Rewriter(RuleContext(program.facts, unfolds=frozenset(d for d in program.definitions if d.body is not None)))
    node = rewriter.start(start, "claim")
    for rules, words in GROUPS:
        node = rewriter.exhaust(node, rules, words)
    _require_settled(node)
    # The canonical form with what its terms share outside, unless what was there before is shorter; equal they are.
    node = min(as_written(mul(*common_content(canonical(node, program.facts)))), node, key=_length)
    index = export(plain_letters(node))
    plain = Named("mean" if kind == E else kind.lower(), tuple(map(export_index, own)), index) if own else index
    closed = close(node, own, program.facts) if not free else None
    if node is ZERO and own:
        closed = RECORDS.zeros(shape=shape)
    value, proof = plain, None
    if closed is not None and shape_of(closed) == shape:
        value = closed
        proof = equality(str(kind), start, entries(value, own, program), letters, program, GROUPS)
    if proof is None:
        value = plain
        proof = equality(str(kind), start, entries(value, own, program), letters, program, GROUPS)
    text, formula = _named(kind, of)
    given = () if proof is None else (Part("Step by step.", proof, (start, entries(value, own, program))),)
    parts = ProofInParts(text, given, () if proof is None else proof.conditions)
    return Expectation(f"{text} = {value}", f"{formula} = {latex(value)}", parts, parts.status,
                       "worked out by named rules", None,
                       lambda seed: simulated(kind, of, value, seed, assuming=assumed), value=value, of=of, kind=kind)


def _length(node: Node) -> tuple[int, int]:
    """How long a result reads: sums first."""
    return sum(isinstance(n, Sum) for n in subterms(node)), node.size


def _declare(program: Program) -> None:
    """The laws of the random tensors that the program reads, as the engine's expressions."""
    done: set[Expr] = set()
    while True:
        waiting = [a for a in program.symbols if isinstance(a, RandomTensor) and a not in done]
        if not waiting:
            return
        for array in waiting:
            done.add(array)
            letters = tuple(Idx(f"_m{k}", constant(1), size_affine(size)) for k, size in enumerate(array.shape))
            for value in array.law.parameters.values():
                if any(isinstance(s, RandomTensor) for s in value.free_symbols):
                    raise DeclarationError(f"the law of {array} depends on something random: {value}", where=array,
                                           hint="parameters of laws are not random; condition on them, or name a moment")
            found = [array.law.cumulant(order) for order in range(1, MAX_ORDER + 1)]
            MOMENTS[program.symbols[array]] = Moments(array.law, letters, tuple(
                None if value is None else entries(value, letters, program) for value in found))


def _require_settled(node: Node) -> None:
    """Refuse where an expectation is left, with the declaration that is missing."""
    left = next((n for n in subterms(node) if isinstance(n, FunctionValue) and n.name in (E, VAR, COV)), None)
    if left is None and not randoms(node):
        return
    inside = left.children[0] if left is not None else node
    read = sorted(s.name for s in randoms(inside))
    unsettled = functions_of(inside)
    single = entries_of(inside)
    if unsettled:
        hint = f"a function of {', '.join(read)} needs more than moments; symmetric=True settles the even part"
    elif single:
        law, name = law_of(single[0].sym), single[0].sym.name
        order = len(single)
        known = law.independent or all(e.idx == single[0].idx for e in single)
        missing = {1: "mean", 2: "var"}.get(order, f"law of {name}, for its moment of order {order}")
        hint = f"declare the {missing}" + ("=..." if order <= 2 else "") if known else (
            f"declare whether the entries of {name} are independent: iid=True")
    elif len(read) > 1:
        hint = f"declare whether {' and '.join(read)} are independent: independent_of=..."
    else:
        hint = "declare more of " + ", ".join(read)
    raise DeclarationError(f"the declarations do not settle E[{export_safely(inside)}]", hint=hint)


def export_safely(node: Node) -> str:
    """A node as text, in public notation where it has one."""
    try:
        text = str(export(node))
    except (TypeError, AttributeError):
        text = str(node)
    return text if len(text) <= 80 else text[:77] + "..."


def _named(kind: str, of: tuple[Expr, ...]) -> tuple[str, str]:
    """E[...] as text and in LaTeX."""
    symbol = {E: r"\mathbb{E}", VAR: r"\operatorname{Var}", COV: r"\operatorname{Cov}"}[kind]
    return (f"{kind}[{', '.join(map(str, of))}]", rf"{symbol}\left[{', '.join(str(latex(e)) for e in of)}\right]")
