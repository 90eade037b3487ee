"""Derivatives by several variables as one answer: one proof, one compiled function, shared parts named once.

What several of them read is named in the order in which backpropagation finds it: delta_1 is what the last layer is told,
delta_2 what it passes on.  Source: Griewank and Walther, Evaluating Derivatives (2008), ch. 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from sympy import Expr

from .. import numeric
from ..answers import Answer, Certifiable, Status, written
from ..arrays.arrays import Named, subexpressions
from ..arrays.strict import strict
from ..bounds import bounded
from ..matrixform.naming import name_jointly
from ..proof.reading import read
from ..proof.steps import Proof
from .explained import explained, names_of

# How a search ends for which there is too much to do; how many of these there are until the rest is not begun, and why.
TOO_MUCH, DEAR = "too much work", 2
UNTRIED = f"not tried, since {DEAR} of those nearer the result took {TOO_MUCH}"


class Derivations(tuple[Any, ...], Answer):
    """Derivatives of one expression by several variables: a tuple of them, and one object.

    closed      their closed forms, what they share under names; ``where`` explains these, each after those it needs
    proof       one proof of them all
    status      that of the weakest of them
    conditions, notes, variables   those of all of them, each once
    """

    @property
    def primal(self) -> Expr:
        """What was differentiated."""
        primal: Expr = self[0].primal
        return primal

    @property
    def variables(self) -> tuple[Expr, ...]:
        """What a function of them may be given."""
        found: tuple[Expr, ...] = self[0].variables
        return found

    @cached_property
    @bounded  # so that what they share is looked at once
    def conditions(self) -> tuple[Any, ...]:
        """What must hold for one of them or another."""
        return tuple(dict.fromkeys(c for d in self for c in d.conditions))

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What is said of one of them or another."""
        return tuple(dict.fromkeys(note for d in self for note in d.notes))

    @cached_property
    @bounded
    def closed(self) -> tuple[Expr, ...]:
        """The closed forms, shared parts by name."""
        return named_together(self.primal, self[0].upstream, [d.spelled for d in self], self._order)

    @cached_property
    def _order(self) -> list[int]:
        """That in which backpropagation finds them: last what is found through most others."""
        return sorted(range(len(self)), key=lambda k: len(self[k].found.proof.accumulations))

    @cached_property
    @bounded
    def where(self) -> dict[str, Expr]:
        """Name -> definition, for every name in the closed forms, after those that it needs."""
        return {name: body for name, body in explained(*self.closed).items() if name not in self._results}

    @cached_property
    def _results(self) -> set[str]:
        """Names under which a result stands that has no closed form."""
        return {c.name for d, c in zip(self, self.closed, strict=True) if not d.is_closed and isinstance(c, Named)}

    @cached_property
    def proof(self) -> Proof:
        """One proof of them all: every step once."""
        proofs = [self[k].proof for k in self._order]

        def joined(name: str) -> tuple[Any, ...]:
            found = {id(each): each for p in proofs for each in getattr(p, name)}
            return tuple(found.values())

        title = f"{proofs[0].title.partition('/d')[0]}/d({', '.join(str(d.wrt) for d in self)})"
        return Proof(title, joined("definitions"),
                     joined("accumulations"), joined("closings"), self.conditions, outputs=joined("outputs"),
                     claims=joined("claims"))

    @property
    def rests_on(self) -> tuple[Any, ...]:
        """Their one proof, in which all cotangents stand once."""
        return (self.proof,) if all(d.claimed() for d in self) else ()

    @property
    @bounded
    def status(self) -> str:
        """That of the weakest of them."""
        return Status.weakest(d.status for d in self)

    def uncertified_alone(self, derivation: Any) -> str:
        """Why one of them has no certificate, where all together have none; nothing where it has one.

        Where it is known which of them have none, the others have one together.  Else they are tried as backpropagation
        finds them: behind some that took too much work, the others would too.
        """
        if self._failed:
            why = self._failed.get(_claimed(derivation))
            return why or ("" if self._rest.certified else self._rest.uncertified_alone(derivation))
        for k in self._order:
            if k not in self._tried:
                dear = sum(words.endswith(TOO_MUCH) for words in self._tried.values())
                self._tried[k] = _alone(self[k]) if dear < DEAR else UNTRIED
            if self[k] is derivation:
                return self._tried[k]
        raise ValueError("this derivative is none of these")

    @property
    def _failed(self) -> dict[Any, str]:
        """Variable -> why the derivative by it could not be certified, as far as that is known."""
        return dict(self.__dict__.get("_failed_by", {}))

    @cached_property
    def _rest(self) -> Derivations:
        """Those that nothing is known against."""
        return Derivations(d for d in self if _claimed(d) not in self._failed)

    @cached_property
    def _tried(self) -> dict[int, str]:
        return {}

    def doubt(self, derivation: Any) -> str | None:
        """What numbers say against one of them, in words; None where they agree."""
        return next(words for d, words in zip(self, self._doubts, strict=True) if d is derivation)

    @cached_property
    def _doubts(self) -> list[str | None]:
        return numeric.doubts(self, self.closed)

    @property
    def evidence(self) -> str:
        """What that of the weakest rests on."""
        return str(min(self, key=lambda d: Status(d.status).rank).evidence)

    @bounded
    @strict
    def check(self, seed: int = 0, **options: Any) -> Any:
        """Compare all of them with derivatives of the primal: one CheckReport."""
        return numeric.check_together(self, seed=seed, **options)

    @bounded
    def numpy(self) -> Any:
        """One fast function of keyword arrays that gives them all, as a tuple; what they share is computed once."""
        return self._function

    @cached_property
    def _function(self) -> Any:
        return numeric.compile_together([d.spelled for d in self], self.variables)

    @bounded
    def source(self, target: str = "numpy") -> str:
        """The code behind ``numpy()``; the same for another library with "jax" or "torch"."""
        return str(numeric.source_for(numeric.together(d.spelled for d in self), target, self.variables))

    @bounded
    def at(self, /, **values: Any) -> tuple[Any, ...]:
        """All of them at numbers for their variables, as ``Derivation.at`` gives each."""
        return tuple(d.at(**values) for d in self)

    @bounded
    def latex(self) -> str:
        """The results as aligned equations, without dollar signs: what they share first."""
        return str(written("result_latex", self))

    @bounded
    def graph(self) -> Any:
        """One computation graph with the ways of all adjoints, see ``Graph``."""
        return written("graph_of", *self)

    @bounded
    def __str__(self) -> str:
        """One equation a line: what is shared first, each name before what reads it."""
        return "\n".join([*(f"{name} = {body}" for name, body in self.where.items()), *self.equations])

    @property
    def equations(self) -> tuple[str, ...]:
        """One line of text for each, with the names that they share."""
        return tuple(f"{d.name} = {c}" if d.is_closed and d.member is None else str(d)
                     for d, c in zip(self, self.closed, strict=True))

    def __repr__(self) -> str:
        return f"<Derivations {'; '.join(str(self).splitlines())}>"


def _alone(derivation: Certifiable) -> str:
    """What is said of a derivative by itself, whatever is said of those that it was found with."""
    found: str = Certifiable.uncertified.__get__(derivation)
    return found


def _claimed(derivation: Any) -> Any:
    """The variable, as it stands in what is claimed."""
    return derivation.proof.claims[-1].wrt


def named_together(primal: Expr, upstream: Expr | None, spelled: Sequence[Expr],
                   order: Sequence[int] | None = None, taken: Iterable[str] = ()) -> tuple[Expr, ...]:
    """Closed forms of derivatives of one expression, what they share under names.

    ``order`` is that in which backpropagation finds them, if it is another one; what is ``taken`` is no name for a part.
    """
    order = range(len(spelled)) if order is None else order
    forward = {*subexpressions(primal), *subexpressions(read(primal).after)}
    named = name_jointly([spelled[k] for k in order], {*names_of(primal, upstream), *taken}, forward)
    found = dict(zip(order, named, strict=True))
    return tuple(found[k] for k in range(len(spelled)))
