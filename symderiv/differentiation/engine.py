"""derive, vjp, hessian and hvp: from an expression to gradients in index notation and in closed form, with proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Generic, TypeVar, overload

from sympy import Basic, Expr, Le, S
from sympy.core.relational import Relational

from .. import numeric
from ..answers import HOLDS, Answer, Evaluated, Picture, written
from ..arrays.arrays import Array, Named, Tensor, as_expr, depth
from ..arrays.assumptions import assigned, declared, of_values, relation_facts, relations
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import Shape, same_shape, show_shape
from ..arrays.strict import strict
from ..arrays.symbols import open_letters
from ..arrays.walks import operators
from ..bounds import ALTERNATIVES_WORK, DERIVED_DEPTH, EACH_DERIVATION, bounded, budget, extent, spend
from ..calculus.adjoint import Adjoints, Cotangent
from ..errors import BoundExceeded, DeclarationError, IndexError_, NoRule, ShapeError
from ..functions.unknown import applications
from ..kept import makes
from ..lowering.export import export, export_affine, export_index
from ..lowering.program import LETTERS, Program
from ..matrixform.alternatives import alternatives
from ..matrixform.build import split_scalar
from ..matrixform.close import close
from ..matrixform.gathered import Gathering
from ..matrixform.members import by_member
from ..matrixform.naming import name_shared, renamed
from ..matrixform.support import supposed
from ..proof.binding import shows
from ..proof.claims import Gradient, root_of
from ..proof.disagreement import disagreement
from ..proof.equality import prove, steps_of
from ..proof.proof_record import ProofRecord
from ..proof.reading import Reading, read
from ..proof.steps import Accumulation, Chain, Closing, Proof
from ..terms.affine import Idx, affine, size_affine
from ..terms.letters import spare
from ..terms.nodes import MINUS_ONE, ONE, ZERO, Node, Sym, add, delta, ent, fresh_axes, mul, power, rename_bound
from ..terms.ranges import Facts
from ..terms.traversals import reached
from .explained import explained, names_of
from .joint import Derivations
from .long_parts import in_parts
from .notes import of_functions, remarks, rounding

Value = TypeVar("Value")
CERTIFIED = "a certificate that the independent checker accepts"


@dataclass(frozen=True)
class Form:
    """A result as it is written: in closed form, or else its entries under a name, with what is said of it and its proof."""

    spelled: Expr
    is_closed: bool
    notes: tuple[str, ...]
    proof: Proof


class Believed(Generic[Value]):
    """A field of a derivation that is read from its ``form``: as given, or what stands for it where numbers refute that."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, obj: Any, owner: type | None = None) -> Value:
        if obj is None:
            raise AttributeError(self.name)  # so that the field has no default
        return getattr(obj.form, self.name)  # type: ignore[no-any-return]

    def __set__(self, obj: Any, value: Value) -> None:
        obj.__dict__[f"_{self.name}"] = value


class Remarks(Believed[tuple[str, ...]]):
    """What is said of a result, and of one that is not proved, what could not be certified."""

    def __get__(self, obj: Any, owner: type | None = None) -> tuple[str, ...]:
        found = super().__get__(obj, owner)
        return found if obj.certified else (*found, f"not certified: {obj.uncertified}")


@dataclass(frozen=True, eq=False, repr=False)
class Derivation(Answer):
    """A derivative, how it was found, and how sure it is.

    A closed form is held against the index form in numbers when it is first asked for, and everything is held against
    derivatives of the primal when the status is: ``derive`` itself computes no numbers.

    closed      the closed form, a SymPy expression with the axes of the result (or the index form under a name, where
                no closed form fits: then ``is_closed`` is False and ``notes`` says so); what it says more than once
                stands under a name, which ``where`` explains
    spelled     the same without names for shared parts
    index       the entry at ``indices`` as a SymPy scalar expression
    shape       output axes first, then those of the variable
    where       what the names in ``closed`` stand for
    notes       sentences: why there is no closed form, which declaration would shorten it, what a gradient by a
                symmetric matrix means
    upstream    the cotangent of a vector-Jacobian product, or the direction of a Hessian-vector product
    occurs      whether the variable occurs in the expression at all
    order       1, or 2 for a Hessian
    required    what operators require of the sizes, and what was assumed
    conditions  the same, and what the result divides by, takes a root or a logarithm of: relations that must hold
    evidence    in words: what the status rests on

    Source: docs/trust.md.

    >>> x = sd.tensor("x")
    >>> print(sd.derive(x**3, x))
    dL/dx = 3*x**2
    """

    primal: Expr
    wrt: Expr
    index: Expr
    indices: tuple[Expr, ...]
    shape: Shape
    name: str
    spelled: Believed[Expr] = Believed()
    is_closed: Believed[bool] = Believed()
    notes: Believed[tuple[str, ...]] = Remarks()
    proof: Believed[Proof] = Believed()
    required: tuple[Basic, ...] = ()
    variables: tuple[Expr, ...] = ()
    upstream: Expr | None = None
    order: int = 1
    occurs: bool = True
    _cache: dict[str, Any] = field(default_factory=dict, repr=False)
    # Made by ``derive``, and not put together by hand: then its closed form is held against the index form.
    _ours: bool = field(default=False, init=False, repr=False)

    def ours(self) -> Derivation:
        """Marked as a result of ``derive``."""
        object.__setattr__(self, "_ours", True)
        return self

    @property
    def _extent(self) -> int:
        """How large what was differentiated is, more for each of those found with it: the work on it grows with these."""
        several = len(self.__dict__.get("_group", "1")) - 1
        count = getattr(self.primal, "_operators", None)
        return extent(operators(self.primal) if count is None else count, len(self.found.proof.closings), several)

    @property
    def found(self) -> Form:
        """The result as it was given."""
        given = self.__dict__
        return Form(given["_spelled"], given["_is_closed"], given["_notes"], given["_proof"])

    @cached_property
    def form(self) -> Form:
        """What was found, or the index form where numbers refute the closed form."""
        siblings: tuple[Derivation, ...] = self.__dict__.pop("_siblings", ())
        if len(siblings) > 1:
            # Those of one call are looked at together: what they share is computed once.
            for each in siblings:
                each.__dict__.pop("_siblings", None)
            closed = [each for each in siblings if each._ours and each.found.is_closed]
            for each, fine in zip(closed, numeric.unsuspected(closed), strict=True):
                if fine:
                    each.__dict__.setdefault("form", each.found)
            if "form" in self.__dict__:
                return self.found
        wrong = numeric.refutation(self) if self._ours and self.found.is_closed else None
        if wrong is None:
            return self.found
        disagreement(f"the closed form {self.found.spelled} is not the index form {self.index}: {wrong}", self.primal)
        spelled = Named(self.name.replace("/", "_"), self.indices, self.index)
        note = f"the closed form {self.found.spelled} was refuted by numbers: the result stays in index notation"
        *closings, last = self.found.proof.closings
        *claims, claim = self.found.proof.claims
        final = replace(last, closed=spelled)
        proof = replace(self.found.proof, closings=(*closings, final),
                        claims=(*claims, replace(claim, spelled=spelled, closing=final)))  # type: ignore[arg-type]
        return Form(spelled, False, (*self.found.notes, note), proof)

    @cached_property
    def conditions(self) -> tuple[Basic, ...]:
        """What operators require of the sizes, what was assumed, and what the result needs beyond the declarations, or
        what was differentiated: where it has no value it has no derivative."""
        needed = {r: None for expr in (self.spelled, self.primal) for r in numeric.needed(expr, self.required)}
        left = (r for r in needed if not numeric.follows(r, needed.keys() - {r}))
        return numeric.distinct((*self.required, *left, *numeric.relied_on(self.spelled)))

    @cached_property
    @bounded
    def closed(self) -> Expr:
        """The closed form, shared parts by name."""
        return name_shared(self.spelled, names_of(self.primal, self.upstream)) if self.is_closed else self.spelled

    @cached_property
    @bounded
    def member(self) -> tuple[tuple[Expr, ...], Expr] | None:
        """Letters in front of the result's axes, and the closed form of the member there: Σ_k of a stack of matrices.

        None where the whole is no longer than that.
        """
        last = self.proof.closings[-1]
        if not self.is_closed or self.upstream is not None or self.order > 1:
            return None
        return by_member(last.index, last.letters, self.spelled, self.primal, last.program,
                         _known(last.program))

    @cached_property
    @bounded
    def alternatives(self) -> tuple[Expr, ...]:
        """Other closed forms that are proved equal: multiplied out, or with transpositions elsewhere.

        They are looked for within a budget: what is not proved by then is left out.
        """
        found: list[Expr] = []
        try:
            with budget(ALTERNATIVES_WORK):
                for other in alternatives(self.spelled) if self.is_closed else ():
                    if prove(self.spelled, other, assuming=self.required).coincide:
                        found.append(other)
        except BoundExceeded:
            pass
        return tuple(found)

    @property
    @bounded
    def status(self) -> str:
        """"proved" where the checker accepts the certificate of this very derivative, and numbers agree."""
        return self._judged[0] if self.claimed() else "undecided"

    def claimed(self) -> bool:
        """Whether the proof is one of this very derivative: of this result, by this variable, of this expression."""
        claims = [c for c in self.proof.claims if isinstance(c, Gradient)]
        if not claims or len(claims) != self.order:
            return False
        known = declared(self.required, self.primal.free_symbols) if self.required else {}
        last, tied = claims[-1], {**known, **_independent(self.wrt)}
        shown = ((claims[0].primal, self.primal), (last.wrt, self.wrt), (last.upstream, self.upstream),
                 (last.spelled, self.spelled), (last.index, self.index),
                 *((b.primal, a.spelled) for a, b in pairwise(claims)))
        return all(a == b or (a is not None and b is not None and bool(tied) and a.xreplace(tied) == b.xreplace(tied))
                   for a, b in shown)

    @property
    def rests_on(self) -> tuple[ProofRecord, ...]:
        """The proof, if it is one of this very derivative."""
        return (self.proof,) if self.claimed() else ()

    @property
    def uncertified(self) -> str:
        """What could not be certified; derivatives of one call are certified together, or else each for itself."""
        group: Derivations | None = self.__dict__.get("_group")
        if group is None or len(group) == 1:
            return super().uncertified
        return "" if group.certified else group.uncertified_alone(self)

    @property
    def gradient(self) -> Expr | None:
        """Of a second derivative the first, which was differentiated once more."""
        orders = self._cache.get("orders")
        return None if orders is None else orders[0].spelled

    @property
    def evidence(self) -> str:
        """What the status rests on, in words; where a proof and the numbers disagree, both."""
        return self._judged[1]

    @cached_property
    def _judged(self) -> tuple[str, str]:
        status, words = self._certified
        wrong = self._doubt() if status in HOLDS else None
        if wrong is None:
            return status, words
        if status == "proved" and "no value" not in wrong:
            disagreement(f"{self.name} is proved, but {wrong}", self.primal)
        return "undecided", f"{words}, but {wrong}"

    def _doubt(self) -> str | None:
        """What numbers say against it; those of one call are looked at together."""
        group: Derivations | None = self.__dict__.get("_group")
        return numeric.doubt(self) if group is None else group.doubt(self)

    @property
    def _certified(self) -> tuple[str, str]:
        """What the checker says of a certificate; what has none is supported as far as numbers agree."""
        if not shows(self.proof):
            return "undecided", "the proof is not one of this derivative"
        return ("proved", CERTIFIED) if self.certified else ("supported", f"not certified: {self.uncertified}")

    @cached_property
    @bounded
    def where(self) -> dict[str, Expr]:
        """Name -> definition, for every name in the closed form."""
        return explained(self.closed)

    @bounded
    def latex(self) -> str:
        """The result as an equation, without dollar signs."""
        return str(written("result_latex", self))

    @bounded
    @strict
    def check(self, seed: int = 0, samples: int = 3, sizes: Mapping[str, int] | None = None) -> numeric.CheckReport:
        """Compare with derivatives of the primal, entry by entry, at several sizes: a CheckReport."""
        return numeric.check_derivation(self, seed, samples, sizes)

    @bounded
    def numpy(self) -> numeric.CompiledFunction:
        """A fast function of keyword arrays, f(W=..., x=..., y=2); labels count from 0 as in NumPy."""
        if "numpy" not in self._cache:
            self._cache["numpy"] = numeric.compile_numpy(self.spelled, self.variables)
        function: numeric.CompiledFunction = self._cache["numpy"][0]
        return function

    @bounded
    def at(self, /, **values: object) -> Evaluated:
        """The derivative at numbers for its variables: ``d.at(x=[[1, 2], [3, 4]], W=...)``.

        Lists of integers, fractions and SymPy's exact numbers give SymPy's exact arrays and numbers; floating-point
        numbers and NumPy arrays give NumPy arrays.  Labels count from 0, as in ``numpy()``.  Raises EvaluationError.
        """
        return numeric.value_at(self.spelled, self.variables, values)

    @cached_property
    @bounded
    def structure(self) -> numeric.Structure:
        """The matrix as diagonal plus low rank, products and so on: ``d.structure(z=...)`` multiplies, solves, and
        makes dense.  Raises ShapeError where the result is not a matrix."""
        return numeric.Structure(self.spelled, self.variables)

    @bounded
    def source(self, target: str = "numpy") -> str:
        """The code behind ``numpy()``; the same for another library with "jax" or "torch"."""
        return str(numeric.source_for(self.spelled, target, self.variables))

    @bounded
    def graph(self) -> Picture:
        """The computation graph with the size on every edge, and the way of the adjoints: a picture, see ``Graph``."""
        picture: Picture = written("graph_of", self)
        return picture

    @bounded
    def __str__(self) -> str:
        """Mathematics in plain text, as ``sd.parse`` reads it; ``sd.python(d)`` is the text for Python.

        A vector-Jacobian product is the gradient of a number L, of which it is said what arrives from it; of a Hessian times
        a direction both stand on the left.
        """
        name, said = self.name, ""
        if self.upstream is not None and self.order == 1:
            output, _, by = name[1:].partition("/d")
            output = self.primal.name if isinstance(self.primal, Named) else output
            loss = next(spare("LJEFQ", names_of(self.primal, self.upstream) | {output}))
            name, said = f"d{loss}/d{by}", f", where d{loss}/d{output} = {self.upstream}"
        elif self.upstream is not None:
            name = f"{name}*{self.upstream if isinstance(self.upstream, Tensor) else f'({self.upstream})'}"
        if self.member is not None:
            letters, form = self.member
            at = [*map(str, letters), *":" * (len(self.shape) - len(letters))]
            return f"{name}[{','.join(at)}] = {form}"
        if self.is_closed:
            return f"{name} = {self.closed}{said}"
        return f"{name}[{', '.join(map(str, self.indices))}] = {self.index}{said}"


Several = tuple[object, ...] | list[object]


@overload
def derive(expr: object, wrt: Array, *, assuming: Iterable[object] = ()) -> Derivation: ...
@overload
def derive(expr: object, wrt: Several, *, assuming: Iterable[object] = ()) -> Derivations: ...
@overload
def derive(expr: object, wrt: object, *, assuming: Iterable[object] = ()) -> Derivation | Derivations: ...
@makes
@bounded
def derive(expr: object, wrt: object, *, assuming: Iterable[object] = ()) -> Derivation | Derivations:
    """The derivative of an expression: the gradient of a scalar, the Jacobian (output axes first) of an array.

    ``wrt`` is a tensor, an intermediate array of the expression, or a tuple of them (one reverse pass, whose
    Derivations are a tuple and one object).  ``assuming`` are relations of sizes, such as ``k <= d``, and of the entries
    of tensors, such as ``b > 0``: they restrict the points at which numbers are looked at, and those that could be
    declared (positive, invertible, sums to one) are used as declarations are.
    Raises NoRule where a derivative is not covered, ShapeError for shapes that do not conform.
    Source: Griewank and Walther (2008), ch. 3.

    >>> W, x, y = sd.tensor("W", *sd.dims("m n")), sd.tensor("x", sd.dims("n")), sd.label("y", sd.dims("m"))
    >>> print(sd.derive(sd.cross_entropy(W @ x, y), W))
    dL/dW = (softmax(W*x) - e_y)*x.T
    """
    return _derive(in_parts(as_expr(expr), wrt), wrt, None, relations(assuming))


@overload
def vjp(expr: object, wrt: Array, upstream: object = None, *, assuming: Iterable[object] = ()) -> Derivation: ...
@overload
def vjp(expr: object, wrt: Several, upstream: object = None, *, assuming: Iterable[object] = ()) -> Derivations: ...
@overload
def vjp(expr: object, wrt: object, upstream: object = None, *, assuming: Iterable[object] = ()
        ) -> Derivation | Derivations: ...
@makes
@bounded
def vjp(expr: object, wrt: object, upstream: object = None, *, assuming: Iterable[object] = ()
        ) -> Derivation | Derivations:
    """The vector-Jacobian product Σ_a G_a ∂y_a/∂x, the gradient passed on by backpropagation.

    Raises ShapeError for another shape, and NoRule.

    ``upstream`` has the shape of the expression; without it a tensor named ``dL_dy`` is used.
    Source: Griewank and Walther (2008), ch. 3.

    >>> z, g = sd.tensor("z", sd.dims("n")), sd.tensor("g", sd.dims("n"))
    >>> print(sd.vjp(sd.tanh(z), z, upstream=g).closed)
    g.*(1 - tanh(z).^2)
    """
    primal = in_parts(as_expr(expr), wrt)
    if upstream is None:
        upstream = Tensor("dL_d" + (primal.name if isinstance(primal, Named) else "y"), shape_of(primal))
    return _pulled(primal, wrt, as_expr(upstream), relations(assuming))


def _pulled(primal: Expr, wrt: object, cotangent: Expr, assuming: tuple[Any, ...]) -> Derivation | Derivations:
    """The product of a cotangent that fits and the Jacobian of an expression as it stands."""
    shape, wanted = shape_of(cotangent), shape_of(primal)
    if not same_shape(shape, wanted):
        raise ShapeError(f"the upstream cotangent has shape {show_shape(shape)}, the output {show_shape(wanted)}",
                         where=cotangent, hint="give it the shape of the output")
    return _derive(primal, wrt, cotangent, assuming)


@makes
@bounded
def hessian(expr: object, wrt: object, *, assuming: Iterable[object] = ()) -> Derivation:
    """The Hessian of a scalar: the gradient's own program differentiated once more.

    Raises ShapeError where it is no scalar, and NoRule.
    Source: Griewank and Walther (2008), ch. 5.

    >>> n = sd.dims("n")
    >>> A, x = sd.tensor("A", n, n), sd.tensor("x", n)
    >>> print(sd.hessian(x @ A @ x, x).closed)
    A + A.T
    """
    loss = in_parts(as_expr(expr), wrt)
    if is_array(loss):
        raise ShapeError(f"a Hessian needs a scalar, not shape {show_shape(shape_of(loss))}", where=loss,
                         hint="sum it, or take sd.derive of a gradient")
    if isinstance(wrt, tuple | list):
        raise DeclarationError("a Hessian is taken with respect to one variable", hint="call sd.hessian for each")
    return _twice(loss, wrt, relations(assuming), _derive, None)


@makes
@bounded
def hvp(expr: object, wrt: object, v: object, *, assuming: Iterable[object] = ()) -> Derivation:
    """The Hessian-vector product H v, without the Hessian: the gradient's directional derivative by symmetry.

    Raises ShapeError where v is not of the shape of x, and NoRule.
    Source: Pearlmutter (1994).

    >>> n = sd.dims("n")
    >>> A, x, v = sd.tensor("A", n, n), sd.tensor("x", n), sd.tensor("v", n)
    >>> print(sd.hvp(x @ A @ x, x, v).closed)
    (A + A.T)*v
    """
    loss, direction = in_parts(as_expr(expr), wrt), as_expr(v)
    return _twice(loss, wrt, relations(assuming), _pulled, direction)


# What ties the entries of an array to each other, or to numbers.
TIES = frozenset(("symmetric", "positive_definite", "orthogonal", "diagonal", "sums_to_one", "one_hot"))


def _independent(wrt: object) -> dict[Any, Expr]:
    """A stand-in for a variable whose entries are tied: a gradient that used the tie is right where it holds and nowhere
    around, so it cannot be differentiated once more."""
    if isinstance(wrt, Tensor) and wrt.properties & TIES:
        return {wrt: Tensor(wrt.name, wrt.shape, wrt.properties - TIES)}
    return {}


def _twice(loss: Expr, wrt: Any, assumed: tuple[Any, ...], again: Callable[..., Any], by: Expr | None) -> Derivation:
    """The derivative, and that of it again: whole, or along what is given."""
    bare = _independent(wrt)
    first = derive(loss.xreplace(bare) if bare else loss, bare.get(wrt, wrt), assuming=assumed)
    second = again(first.spelled, bare.get(wrt, wrt), by, assumed)
    assert isinstance(second, Derivation)
    return _second_order(first, second, loss, {b: t for t, b in bare.items()})


def _second_order(first: Derivation, second: Derivation, loss: Expr, declared: dict[Expr, Expr]) -> Derivation:
    """Both orders as one derivation, with variables as they were declared in place of their stand-ins."""
    output = first.name.partition("/d")[0][1:]
    name = f"d2{output}/d{_variable(second.wrt)}2"
    title = name if second.upstream is None else second.found.proof.title
    # The second is held against numbers as what comes of both, the first before it was differentiated.
    before, found = first.proof, second.found
    proof = Proof(title, before.definitions + found.proof.definitions, before.accumulations + found.proof.accumulations,
                  before.closings + found.proof.closings, tuple(dict.fromkeys(first.required + second.required)),
                  outputs=before.outputs + found.proof.outputs, claims=before.claims + found.proof.claims)
    spelled, index, wrt = (e.xreplace(declared) if declared else e for e in (found.spelled, second.index, second.wrt))
    variables = (declared.get(v, v) for v in first.variables + second.variables)
    notes = tuple(dict.fromkeys(first.found.notes + found.notes))
    result = Derivation(primal=loss, wrt=wrt, spelled=spelled, is_closed=found.is_closed, notes=notes, proof=proof,
                        index=index, indices=second.indices, shape=second.shape,
                        name=name, required=proof.conditions,
                        variables=tuple(dict.fromkeys(variables)), upstream=second.upstream, order=2).ours()
    result._cache["orders"] = (first, second)
    return result


def _derive(primal: Expr, wrt: object, upstream: Expr | None, assuming: tuple[Any, ...]) -> Derivation | Derivations:
    """The derivatives, with the properties that assumptions give as if they were declared."""
    for relation in of_values(assuming):
        assigned(relation)  # an equation that no point can be made to satisfy is refused, not ignored
    known = declared(assuming, primal.free_symbols) if assuming else {}
    if not known:
        return _derivatives(primal, wrt, upstream, assuming)
    several = isinstance(wrt, tuple | list)
    targets = tuple(as_expr(w) for w in (wrt if isinstance(wrt, tuple | list) else (wrt,)))
    found = _derivatives(primal.xreplace(known), tuple(t.xreplace(known) for t in targets),
                         None if upstream is None else upstream.xreplace(known), assuming)
    back = {b: a for a, b in known.items()}
    results = tuple(replace(
        d, primal=primal, wrt=target, spelled=d.found.spelled.xreplace(back), is_closed=d.found.is_closed,
        notes=d.found.notes, proof=d.found.proof, upstream=upstream, index=d.index.xreplace(back),
        variables=tuple(v.xreplace(back) for v in d.variables), _cache={}).ours()
        for d, target in zip(found if isinstance(found, Derivations) else (found,), targets, strict=True))
    return _together(results) if several else results[0]


def _together(results: tuple[Derivation, ...]) -> Derivations:
    """The derivatives of one call, which look at numbers together."""
    group = Derivations(results)
    for d in results if len(results) > 1 else ():
        d.__dict__["_siblings"] = results
        d.__dict__["_group"] = group
    return group


def _derivatives(primal: Expr, wrt: object, upstream: Expr | None, assuming: tuple[Any, ...]) -> Derivation | Derivations:
    spend(EACH_DERIVATION)
    several = isinstance(wrt, tuple | list)
    targets = tuple(as_expr(w) for w in (wrt if isinstance(wrt, tuple | list) else (wrt,)))
    for target in targets:
        if not isinstance(target, Array):
            raise DeclarationError(f"{target} is not a tensor", where=target,
                                   hint="differentiate by a tensor, or by an array that the expression is built from")
        if getattr(target, "label_size", None) is not None:
            raise DeclarationError(f"{target} holds labels; a derivative by a label does not exist", where=target)
    for given in (primal, *targets, *(() if upstream is None else (upstream,))):
        DERIVED_DEPTH.admit(depth(given))
        if open_letters(given):
            letter = open_letters(given)[0]
            raise IndexError_(f"the index {letter} is free in {given}", where=given,
                              hint=f"define an array over it: sd.define(name, ({letter},), ...), or sum over it")
    given = read(primal, targets)
    program = Program(assuming, keep=targets)
    root = root_of(given.after)
    output = program.symbol(root)
    if root is not given.after:
        output.role = "output"
    program.conditions.update((a, None) for a in assuming)
    symbols = {t: program.symbols.get(t) for t in targets}
    reached = [s for s in symbols.values() if s is not None]

    free: tuple[Idx, ...] = ()
    if upstream is not None:
        source = program.symbol(upstream)
        adjoints = Adjoints(program, output, lambda own: ent(source, *map(affine, own)), (), _output_name(root))
    else:
        free = fresh_axes(output.shape, program.names(), LETTERS)
        adjoints = Adjoints(program, output, lambda own: mul(ONE, *(
            delta(affine(a) - affine(b)) for a, b in zip(own, free, strict=True))), free, _output_name(root))
    adjoints.run(tuple(reached))
    gathering = Gathering(together=several)
    closings = _close_named(adjoints, program, gathering)
    variables = _variables(primal, *targets, *(() if upstream is None else (upstream,)))
    # Derivatives by several variables share the steps that they have in common.
    accumulations = {c.sym: _accumulation(c) for c in adjoints.order}
    said = (*rounding(program.symbols), *of_functions(program.definitions))
    results = tuple(_assemble(given, root, t, symbols[t], adjoints, program, closings, upstream, variables,
                              accumulations, said, gathering) for t in targets)
    return _together(results) if several else results[0]


def _output_name(root: Expr) -> str:
    """A name for the output that the expression does not use already."""
    if isinstance(root, Named | Tensor) and not (isinstance(root, Named) and root.name == "L"):
        return root.name
    taken = {str(s) for s in root.free_symbols}
    return next(spare("yfuFYU" if shape_of(root) else "LJEFQ", taken))


def _close_named(adjoints: Adjoints, program: Program, gathering: Gathering) -> tuple[Closing, ...]:
    """Closed forms of the cotangents that carry a name, in the order in which they were found."""
    closings = []
    for c in adjoints.order:
        if c.named is None:
            continue
        named = c.named
        assert named.body is not None and named.letters is not None
        array = close(named.body, named.letters, _known(program), gathering)
        if array is None:
            public = Named(f"d{adjoints.name}_d{_plain(c.sym)}", tuple(map(export_index, named.letters)), export(named.body))
            named.array = public
        else:
            named.array = array
            program.symbols.setdefault(array, named)
            _known_bare(named, array, program)
            closings.append(Closing(named.body, named.letters, array, program))
    return tuple(closings)


def _known_bare(named: Sym, array: Expr, program: Program) -> None:
    """The array of a cotangent without the sizes in front, which may move outward, is read as a multiple of its name."""
    factor, rest = split_scalar(array)
    if factor != 1 and is_array(rest) and rest not in program.symbols and factor.is_nonzero and all(
            s.is_integer for s in factor.free_symbols):
        bare = program.symbols[rest] = Sym(f"{named.key}_bare", named.shape, rest, role="applied")
        bare.letters = named.letters
        bare.body = mul(power(program.scalar(factor), MINUS_ONE), ent(named, *map(affine, named.letters or ())))


def _known(program: Program) -> Facts:
    """What is assumed of the sizes, and what the operators of the primal require of them."""
    required = (c for c in program.conditions if isinstance(c, Relational))
    return (*program.facts, *(f for c in required for f in relation_facts(c)))


def _closed(body: Node, letters: tuple[Idx, ...], program: Program, gathering: Gathering) -> Expr | None:
    """The closed form; where terms are cut down to parts of their axes, for sizes that these parts fit into, as is said."""
    known = _known(program)
    found = close(body, letters, known, gathering)
    more = supposed(body, letters, known) if found is None else ()
    if more:
        found = close(body, letters, (*known, *more), gathering)
    if found is not None:
        program.conditions.update((Le(-room.const, export_affine(room - room.const)), None) for room in more)
    return found


def _variable(target: Expr) -> str:
    """What is differentiated by, as it stands below a fraction bar."""
    return str(target) if isinstance(target, Tensor | Named) else f"({target})"


def _plain(sym: Sym) -> str:
    return sym.name if sym.role in ("declared", "named") else "node" + sym.name[1:]


def _variables(*given: Expr) -> tuple[Expr, ...]:
    """What is read, sizes included, in the order of the names; of unknown functions one application each."""
    found = set().union(*(e.free_symbols for e in given), *(size.free_symbols for e in given for size in shape_of(e)))
    return (*sorted((s for s in found if isinstance(s, Expr)), key=str), *applications(*given).values())


def _assemble(given: Reading, root: Expr, target: Expr, sym: Sym | None, adjoints: Adjoints, program: Program,
              closings: tuple[Closing, ...], upstream: Expr | None, variables: tuple[Expr, ...],
              accumulations: dict[Sym, Accumulation], said: tuple[str, ...], gathering: Gathering) -> Derivation:
    notes: list[str] = []
    free = adjoints.free
    cotangent = adjoints.cotangents.get(sym) if sym is not None else None
    shape = (shape_of(root) if upstream is None else ()) + shape_of(target)
    if cotangent is None or cotangent.body is ZERO:
        if cotangent is None:
            notes.append(f"{target} does not occur in the expression: the derivative is exactly zero")
        taken = {i.key for i in free} | program.names()
        letters = (*free, *fresh_axes(map(size_affine, shape_of(target)), taken, "abcdefgh"))
        cotangent = cotangent or Cotangent(sym or Sym(str(target), ()), letters[len(free):], ZERO)
        closed: Expr = RECORDS.zeros(shape=shape) if shape else S.Zero
        index: Expr = S.Zero
        is_closed, final = True, Closing(ZERO, (*free, *cotangent.letters), closed, program)
    else:
        letters = (*free, *cotangent.letters)
        stray = cotangent.body.free - set(letters)
        if stray:
            # A letter that no sum binds would be read as another one of its name: no answer rather than a wrong one.
            raise NoRule(f"the letter {min(stray, key=str)} was left without its sum", where=root,
                         hint="a sum whose range depends on another letter: give the bound letters other names")
        index = export(rename_bound(cotangent.body, {i.key for i in letters} | program.names()))
        found = _closed(cotangent.body, letters, program, gathering)
        is_closed = found is not None
        if found is None:
            public = tuple(map(export_index, letters))
            found = Named(f"d{adjoints.name}_d{_plain(cotangent.sym)}", public, index)
            notes.append("no closed form fits: the result stays in index notation")
        final = Closing(cotangent.body, letters, found, program)
        closed = renamed(found, program.renamed)
    name = f"d{adjoints.name}/d{_variable(target)}"
    used = _used(cotangent, adjoints)
    notes += remarks((c.body for c in (*used, cotangent)), target, closed, upstream is not None)
    notes += said
    named = {u.named.body for u in used if u.named is not None}
    proof = Proof(name, tuple(program.definitions), tuple(accumulations[c.sym] for c in used),
                  (*(c for c in closings if c.index in named), final), tuple(program.conditions), outputs=(adjoints.output,),
                  claims=(Gradient(given.before, target, upstream, closed, index, final, given),))
    return Derivation(primal=given.before, wrt=target, spelled=closed, is_closed=is_closed, notes=tuple(notes),
                      proof=proof, index=index,
                      indices=tuple(map(export_index, letters)), shape=shape, name=name,
                      required=tuple(program.conditions), variables=variables, upstream=upstream,
                      occurs=sym is not None and sym in adjoints.cotangents).ours()


def _used(target: Cotangent, adjoints: Adjoints) -> list[Cotangent]:
    """The cotangents that a result depends on, those that vanish included, in the order in which they were worked out."""
    needed = set(reached([target.sym], lambda sym: adjoints.consumers.get(sym, ())))
    return [c for c in adjoints.order if c.sym in needed]


def _accumulation(c: Cotangent) -> Accumulation:
    chains = []
    for k in c.contributions:
        first, *rest = k.lines
        chains.append(Chain("chain rule", c.sym, k.consumer, c.letters, k.own, k.upstream, first.expr,
                            steps_of(first.expr, rest), k.context))
    return Accumulation(c.sym, c.letters, tuple(chains), c.body if chains else add(), c.named, c.content)
