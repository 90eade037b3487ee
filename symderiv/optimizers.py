"""The updates of optimizers, for a given loss: written out, run exactly, their averages unrolled and corrected.

Every optimizer is a recurrence for its averages and the parameters; the gradient in it is the engine's.
Source: Polyak, Some methods of speeding up the convergence of iteration methods (1964); Nesterov (1983) in the form of
Sutskever et al., On the importance of initialization and momentum (2013); Tieleman and Hinton, RMSProp (2012); Kingma
and Ba, Adam (2015), algorithm 1 and section 3; Loshchilov and Hutter, Decoupled weight decay regularization (2019).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Float, Integer, Rational, latex, sqrt

from .arrays.arrays import Array, Tensor, as_expr
from .arrays.named_sizes import Size
from .arrays.operator import shape_of
from .arrays.registry import RECORDS
from .arrays.sizes import show_shape
from .arrays.strict import strict
from .arrays.symbols import Index, Sum
from .bounds import bounded
from .calculus.canonical import Canonical
from .calculus.contract import TIDY
from .calculus.expand import spelled_out
from .calculus.rules import Rewriter, RuleContext
from .differentiation.engine import Derivation, derive
from .errors import DeclarationError, ShapeError
from .kept import makes
from .late import np
from .lowering.export import export
from .lowering.program import Program
from .probability.distributions import random
from .probability.expectation import expectation
from .proof.parts import Finding, Part, ProofInParts
from .sequences.induction import prove_by_induction
from .sequences.recurrence import Recurrence, recurrence
from .terms.affine import constant


@dataclass(frozen=True, eq=False)
class Updates(Finding):
    """The update equations of an optimizer for one loss.

    equations   what every average and the parameters become, in the order in which they are updated; a later equation
                reads the new values of what stands before it
    gradient    the Derivation of the gradient
    recurrence  the same with old values only: ``recurrence.run(steps, ...)`` gives exact values
    """

    equations: dict[Tensor, Expr] = field(default_factory=dict)
    gradient: Derivation | None = None
    recurrence: Recurrence | None = None

    def entries(self, state: Tensor) -> tuple[Expr, ...]:
        """The equation of a number, or of a vector of known size entry by entry, multiplied out."""
        expr = self.equations[state]
        shape = shape_of(expr)
        if len(shape) > 1 or any(not size.is_number for size in shape):
            raise ShapeError(f"{state} has shape {show_shape(shape)}: entries are listed for vectors of a known size",
                             where=state)
        program = Program()
        at = [(constant(k),) for k in range(1, int(shape[0]) + 1)] if shape else []
        whole = [program.read(expr, position) for position in at] or [program.scalar(expr)]
        context = RuleContext(program.facts, unfolds=frozenset(d for d in program.definitions if d.body is not None))
        found = []
        for node in whole:
            spelled = Rewriter(context).exhaust(spelled_out(node, context), TIDY, "")
            form = Canonical()
            form.prepare(spelled)
            # A polynomial reads best multiplied out; a quotient as it was written.
            found.append(export(spelled if form.quotient(spelled).den else form.node(spelled)))
        return tuple(found)

    @bounded
    @strict
    def symbolic(self, steps: int, **starts: Any) -> list[dict[str, tuple[Expr, ...]]]:
        """The same as ``run``, entry by entry and with what has no value left as a symbol.

        Starts are lists of entries; an average starts at 0, the parameters at symbols x[1], ... unless they are given.
        """
        known: dict[Expr, Expr] = {}
        equations = {state: self.entries(state) for state in self.equations}
        for state, forms in equations.items():
            parameter = state == list(equations)[-1]
            start = starts.get(state.name, None if parameter else [0] * len(forms))
            if start is not None:
                listed = start if isinstance(start, list | tuple) else [start]
                if len(listed) != len(forms):
                    raise ShapeError(f"{state} has {len(forms)} entries, its start has {len(listed)}", where=state)
                known.update(zip(_places(state), map(number, listed), strict=True))
        rows: list[dict[str, tuple[Expr, ...]]] = []
        assert self.recurrence is not None
        for step in range(1, steps + 1):
            known[self.recurrence.letter] = Integer(step)
            for state, forms in equations.items():
                known.update(zip(_places(state), [form.xreplace(known).expand() for form in forms], strict=True))
            rows.append({state.name: tuple(known[place] for place in _places(state)) for state in equations})
        return rows

    @bounded
    @strict
    def run(self, steps: int, **values: Any) -> list[dict[str, Any]]:
        """The averages and parameters after each of the first steps, exactly for exact values.

        The start of x is given as x, or x_0; averages start at 0 unless given.
        """
        assert self.recurrence is not None
        names = [s.name for s in self.recurrence.states]
        given = {f"{k}_0" if k in names else k: v for k, v in values.items()}
        position = given.get(f"{names[-1]}_0")
        if position is None:
            raise DeclarationError(f"where does {names[-1]} start?", hint=f"give {names[-1]}=...")
        given = {**{f"{name}_0": np.zeros(np.shape(position), dtype=int) for name in names[:-1]}, **given}
        rows = self.recurrence.run(steps, **given)
        return [dict(zip(names, row, strict=True)) for row in rows]


def _updates(title: str, loss: object, x: object, averages: tuple[str, ...],
             rule: Callable[..., tuple[tuple[Any, ...], Callable[..., Any]]]) -> Updates:
    """Updates from a rule (old averages, gradient, step) -> (new averages, (new averages) -> new parameters)."""
    cost, parameter = as_expr(loss), as_expr(x)
    if shape_of(cost):
        raise ShapeError(f"the loss has shape {show_shape(shape_of(cost))}, but must be a scalar", where=cost)
    if not isinstance(parameter, Tensor):
        raise DeclarationError(f"{parameter} is not a tensor", where=parameter, hint="update a declared tensor")
    taken = {str(s) for s in cost.free_symbols} | {str(s) for n in parameter.shape for s in n.free_symbols}
    if clash := taken & {*averages, "t", "T", *(f"{a}_0" for a in averages), f"{parameter}_0"}:
        raise DeclarationError(f"{sorted(clash)[0]} has a meaning in {title}", where=cost,
                               hint="use another name in the loss")
    gradient = derive(cost, parameter)
    t = Index("t", 1, Size("T"))
    old = tuple(Tensor(name, parameter.shape) for name in averages)
    made, update = rule(old, gradient.spelled, t, parameter)
    # The parameters are shown with the new averages by name, and run with them written out.
    shown = {**dict(zip(old, made, strict=True)), parameter: update(*old)}
    starts = tuple(Tensor(f"{state.name}_0", parameter.shape) for state in (*old, parameter))
    rec = recurrence((*old, parameter), (*made, update(*made)), t, start=starts)
    text = "\n".join(f"{state} <- {expr}" for state, expr in shown.items())
    rows = r" \\ ".join(rf"{latex(state)} &\leftarrow {latex(expr)}" for state, expr in shown.items())
    return Updates(text, rf"\begin{{align*}}{rows}\end{{align*}}", gradient.proof, gradient.status,
                   "the gradient is proved; the rest is the definition of the optimizer", None,
                   lambda seed: gradient.check(seed), equations=shown, gradient=gradient, recurrence=rec)


def _places(state: Tensor) -> list[Expr]:
    """The entries of a number or a vector of known size."""
    return [state[k] for k in range(1, int(state.shape[0]) + 1)] if state.shape else [state]


def number(value: object) -> Any:
    """A hyper-parameter; a decimal number stands for the fraction that it writes."""
    expr = as_expr(value)
    return Rational(str(expr)) if isinstance(expr, Float) else expr


@makes
@bounded
def sgd(loss: object, x: object, *, rate: object, weight_decay: object = 0) -> Updates:
    """Gradient descent of a scalar loss by an x of any shape, x ← x - γ(g + λx).  Raises DeclarationError and ShapeError.

    Source: Robbins and Monro (1951).

    >>> x = sd.tensor("x", sd.dims("n"))
    >>> print(sd.sgd(x @ x, x, rate=sd.tensor("gamma")))
    x <- x - 2*gamma*x
    """
    gamma, decay = number(rate), number(weight_decay)

    def rule(old: tuple[Any, ...], g: Any, t: Any, parameter: Any) -> Any:
        return (), lambda: parameter - gamma * (g + decay * parameter if decay != 0 else g)

    return _updates("gradient descent", loss, x, (), rule)


@makes
@bounded
def momentum(loss: object, x: object, *, rate: object, friction: object, damped: bool = True, corrected: bool = False,
             nesterov: bool = False, weight_decay: object = 0) -> Updates:
    """Momentum: v ← βv + (1 - β)g and x ← x - γv; without ``damped``, v ← βv + g.

    Raises ShapeError for a loss that is no scalar.

    ``corrected`` divides v by 1 - βᵗ in the step; ``nesterov`` takes the gradient where the old velocity leads,
    x - γβv.
    Source: Polyak (1964).

    >>> import symderiv as sd
    >>> x = sd.tensor("x", 2)
    >>> u = sd.momentum(2*x[1] + 3*x[1]*x[2], x, rate=sd.tensor("gamma"), friction=0.9)
    >>> v, position = u.equations
    >>> u.entries(v)
    (9*v[1]/10 + 3*x[2]/10 + 1/5, 9*v[2]/10 + 3*x[1]/10)
    """
    gamma, beta, decay = number(rate), number(friction), number(weight_decay)
    if corrected and not damped:
        raise DeclarationError("a sum that is not an average has no bias to correct", hint="use damped=True")

    def rule(old: tuple[Any, ...], g: Any, t: Any, parameter: Any) -> Any:
        v, = old
        if nesterov:
            g = as_expr(g).xreplace({parameter: parameter - gamma * beta * v})
        pull = g + decay * parameter if decay != 0 else g
        factor = gamma / (1 - beta**t) if corrected else gamma
        return (beta * v + ((1 - beta) * pull if damped else pull),), lambda new: parameter - factor * new

    return _updates("momentum", loss, x, ("v",), rule)


@makes
@bounded
def rmsprop(loss: object, x: object, *, rate: object, decay: object, eps: object) -> Updates:
    """RMSProp: s ← ρs + (1 - ρ)g² and x ← x - γ g/(√s + ε), entry by entry.

    Raises ShapeError for a loss that is no scalar.
    Source: Tieleman and Hinton (2012).

    >>> x = sd.tensor("x", 1)
    >>> sd.rmsprop(x[1]**2, x, rate=0.5, decay=0.75, eps=0).run(1, x=[3])[0]["x"]
    array([Fraction(2, 1)], dtype=object)
    """
    gamma, rho, epsilon = number(rate), number(decay), number(eps)

    def rule(old: tuple[Any, ...], g: Any, t: Any, parameter: Any) -> Any:
        s, = old
        return (rho * s + (1 - rho) * g**2,), lambda new: parameter - gamma * g / (_root(new) + epsilon)

    return _updates("RMSProp", loss, x, ("s",), rule)


@makes
@bounded
def adam(loss: object, x: object, *, rate: object, first: object, second: object, eps: object, corrected: bool = True,
         weight_decay: object = 0) -> Updates:
    """Adam: m ← β₁m + (1 - β₁)g, s ← β₂s + (1 - β₂)g², x ← x - γ m̂/(√ŝ + ε), m̂ = m/(1 - β₁ᵗ), ŝ = s/(1 - β₂ᵗ).

    Raises ShapeError for a loss that is no scalar.

    ``weight_decay`` is decoupled: x shrinks by the factor 1 - γλ, apart from the averages.
    Source: Kingma and Ba (2015); decoupled: Loshchilov and Hutter (2019).

    >>> x = sd.tensor("x", 1)
    >>> sd.adam(x[1]**2, x, rate=0.5, first=0.9, second=0.99, eps=0).run(1, x=[3])[0]["x"]
    array([Fraction(5, 2)], dtype=object)
    """
    gamma, one, two, epsilon = number(rate), number(first), number(second), number(eps)
    decay = number(weight_decay)

    def rule(old: tuple[Any, ...], g: Any, t: Any, parameter: Any) -> Any:
        m, s = old

        def step(new_m: Any, new_s: Any) -> Any:
            kept = (1 - gamma * decay) * parameter if decay != 0 else parameter
            if not corrected:
                return kept - gamma * new_m / (_root(new_s) + epsilon)
            return kept - gamma / (1 - one**t) * new_m / (_root(new_s / (1 - two**t)) + epsilon)

        return (one * m + (1 - one) * g, two * s + (1 - two) * g**2), step

    return _updates("Adam", loss, x, ("m", "s"), rule)


def _root(value: Any) -> Any:
    return RECORDS.sqrt(value) if isinstance(value, Array) else sqrt(value)


# ------------------------------------------------------------------ averages

@makes
@bounded
def moving_average(beta: object, *, start: object = 0, name: str = "v", of: str = "g") -> Finding:
    """The exponential average v_t = βv_{t-1} + (1 - β)g_t unrolled, (1 - β) Σ β^(t-i) g_i: proved by induction.

    Raises ShapeError for a β that is no number.  Source: Kingma and Ba (2015), section 3.

    >>> sd.moving_average(sd.tensor("beta", positive=True)).status
    'proved'
    """
    kept, t = number(beta), _step()
    v, g = Tensor(name, ()), Tensor(of, (t.hi,))
    return recurrence(v, kept * v + (1 - kept) * g[t], t, start=number(start)).closed


@makes
@bounded
def bias_correction(beta: object) -> Finding:
    """Why an average that starts at 0 is divided by 1 - βᵗ.  Raises ShapeError for a β that is no number.

    With gradients of one mean μ, whatever else their distribution, E[v_t] = (1 - β) Σ_i β^(t-i) μ = (1 - βᵗ) μ: the
    unrolled form and the geometric sum by induction, the mean by linearity.
    Source: Kingma and Ba (2015), section 3.

    >>> sd.bias_correction(sd.tensor("beta", positive=True)).status
    'proved'
    """
    kept, t = number(beta), _step()
    unrolled = moving_average(kept)
    mean = Tensor("mu", ())
    g = random("g", t.hi, mean=mean)
    i = Index("i", 1, t.hi)
    weighted = (1 - kept) * Sum(kept ** (t - i) * g[i], (i, 1, t))
    expected = expectation(weighted)
    total = prove_by_induction((1 - kept) * mean * Sum(kept ** (t - i), (i, 1, t)), (1 - kept**t) * mean, t)
    same = prove_by_induction(expected.value, (1 - kept**t) * mean, t)
    found = expectation(weighted / (1 - kept**t))
    corrected = prove_by_induction(found.value, mean, t)
    steps = (("The average, unrolled.", unrolled), ("Its mean.", expected), ("The geometric sum.", total),
             ("The mean in closed form.", same), ("The corrected mean.", corrected))
    parts = tuple(Part(f"{heading} {part.heading}", part.proof) for heading, finding in steps for part in _parts(finding))
    order = ("refuted", "undecided", "supported", "proved")
    status = min((f.status for _, f in steps), key=order.index)
    formula = (rf"\mathbb{{E}}\left[v_t\right] = \left({latex(1 - kept**t)}\right)\mu, \qquad "
               rf"\mathbb{{E}}\left[\frac{{v_t}}{{{latex(1 - kept**t)}}}\right] = \mu")
    return Finding(f"{status}: E[v_t] = {(1 - kept**t) * mean}, so E[v_t/({1 - kept**t})] = {mean}", formula,
                   ProofInParts("bias correction", parts), status, "induction on t, and linearity", None,
                   lambda seed: expected.equals((1 - kept**t) * mean).check(seed))


def _parts(finding: Finding) -> tuple[Part, ...]:
    """The parts of a proof; one for a proof in one piece."""
    return finding.proof.parts if isinstance(finding.proof, ProofInParts) else (Part("", finding.proof),)


def _step() -> Index:
    return Index("t", 1, Size("T"))
