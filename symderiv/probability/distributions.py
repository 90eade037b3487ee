"""Random tensors: what is declared of their distribution, and the cumulants that follow from it.

Nothing is assumed that is not declared: entries are independent of each other only where ``iid`` or ``independent`` says
so, tensors only where ``independent_of`` does, and moments beyond the variance are known only for a named law.
Source: McCullagh, Tensor Methods in Statistics (1987), ch. 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import Any

from sympy import Expr, Integer

from ..arrays.arrays import Tensor, as_expr, latex_name
from ..arrays.operator import shape_of
from ..arrays.sizes import as_shape, as_size, same_shape, show_shape
from ..errors import DeclarationError, ShapeError

LAWS = {"normal": ("mean", "var"), "uniform": ("low", "high"), "bernoulli": ("p",), "rademacher": (), "labels": ("labels",),
        "": ("mean", "var")}
CONTINUOUS = ("normal", "uniform")


@dataclass(frozen=True, eq=False)
class Law:
    """The distribution of a random tensor, as far as it is declared.

    name         "normal", "uniform", "bernoulli", "rademacher", "labels", or "" where only moments are given
    parameters   those of the law, scalars or arrays of the tensor's shape
    independent  whether the entries are independent of each other
    symmetric    whether the tensor has the distribution of its negative;  continuous  whether no value has positive mass
    others       tensors that it is independent of, taken together
    """

    name: str
    parameters: dict[str, Expr]
    independent: bool = False
    symmetric: bool = False
    continuous: bool = False
    others: tuple[Tensor, ...] = ()

    def raw_moment(self, order: int) -> Expr | None:
        """E[z^k] of an entry, where the law is named by its raw moments."""
        if self.name == "bernoulli":
            return self.parameters["p"]
        if self.name == "rademacher":
            return Integer(1 - order % 2)
        if self.name == "uniform":
            a, b = self.parameters["low"], self.parameters["high"]
            # (b^{k+1} - a^{k+1}) / ((k + 1)(b - a)), divided out.
            return sum((a**j * b**(order - j) for j in range(order + 1)), Integer(0)) / (order + 1)
        return None

    def moments(self, highest: int = 4) -> list[Expr]:
        """E[z^k] of an entry for k = 1, 2, ... as far as the declarations give them."""
        found: list[Expr] = []
        for order in range(1, highest + 1):
            known = [c for k in range(1, order + 1) if (c := self.cumulant(k)) is not None]
            if len(known) < order:
                break
            lower = [Integer(1), *found]
            found.append(sum((comb(order - 1, k - 1) * c * lower[order - k] for k, c in enumerate(known, 1)), Integer(0)))
        return found

    @cached_property
    def _cumulants(self) -> dict[int, Expr | None]:
        return {}

    def cumulant(self, order: int) -> Expr | None:
        """The cumulant of an entry: 1 the mean, 2 the variance; None where nothing declared gives it."""
        if order not in self._cumulants:
            self._cumulants[order] = self._cumulant(order)
        return self._cumulants[order]

    def _cumulant(self, order: int) -> Expr | None:
        if self.name in ("", "normal"):
            given = self.parameters.get(("mean", "var")[order - 1]) if order <= 2 else None
            if given is not None or order <= 2:
                return given
            odd = self.symmetric and order % 2
            return Integer(0) if self.name == "normal" or odd else None
        total = self.raw_moment(order)
        if total is None:
            return None
        for k in range(1, order):
            one, other = self.cumulant(k), self.raw_moment(order - k)
            assert one is not None and other is not None
            total = total - comb(order - 1, k - 1) * one * other
        return total


class RandomTensor(Tensor):
    """A tensor whose entries are random variables; in expressions it is a tensor like any other."""

    __slots__ = ("law",)
    law: Law

    def __new__(cls, name: str, shape: tuple[Expr, ...], law: Law, label_size: Expr | None = None) -> RandomTensor:
        obj: Any = Tensor.__new__(cls, name, shape, frozenset(), label_size)
        obj.law = law
        # By what their parameters are, not only how they print: sigma may be declared positive in one of two laws.
        given = sorted((k, str(v), *sorted(str(getattr(s, "_content", s)) for s in v.free_symbols))
                       for k, v in law.parameters.items())
        obj._content = (*obj._content, "random", law.name, str(given), str((
            law.independent, law.symmetric, law.continuous, sorted(str(getattr(t, "_content", t)) for t in law.others))))
        return obj  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        return RandomTensor, (self.name, self.shape, self.law, self.label_size)

    def _latex(self, printer: Any) -> str:
        return latex_name(self.name)


def random(name: str, *sizes: object, law: str = "", iid: bool = False, independent: bool = False,
           symmetric: bool = False, continuous: bool = False, independent_of: object = (), **parameters: object) -> Expr:
    """Declare a random tensor; without sizes, one random number.

    ``law`` is "normal" (mean=0, var=1), "uniform" (low=0, high=1), "bernoulli" (p), "rademacher" or "labels" (labels=N,
    uniform over 1..N); without a law, ``mean=`` and ``var=`` say what is known.  ``iid`` declares the entries
    independent and equally distributed; ``independent`` the first alone, with a mean and variance for each entry.
    ``independent_of`` is a random tensor or a tuple of them, taken together.  ``symmetric`` says that the tensor has
    the distribution of its negative, ``continuous`` that no value has positive probability.

    >>> import symderiv as sd
    >>> n = sd.dims("n")
    >>> w = sd.random("w", n, mean=0, var=sd.tensor("sigma")**2, iid=True)
    >>> x = sd.random("x", n, mean=0, var=1, iid=True, independent_of=w)
    >>> print(sd.variance(w @ x).value)
    n*sigma**2

    Raises DeclarationError.  Source: docs/conventions.md, Random names.
    """
    if law not in LAWS:
        raise DeclarationError(f"there is no law {law!r}", hint="one of " + ", ".join(filter(None, LAWS)))
    unknown = set(parameters) - set(LAWS[law])
    if unknown:
        raise DeclarationError(f"{name} has no {sorted(unknown)[0]}", hint=f"a {law or 'random'} tensor takes "
                               + (", ".join(LAWS[law]) or "no parameters"))
    shape = as_shape(sizes)
    if law == "labels":
        if "labels" not in parameters:
            raise DeclarationError(f"{name}: from how many labels?", hint='random("I", law="labels", labels=N)')
        if not shape:
            raise DeclarationError(f"{name}: random labels are an array", hint='random("I", 1, law="labels", labels=N)')
        chosen = Law(law, {}, iid or independent, others=_others(independent_of))
        return RandomTensor(name, shape, chosen, as_size(parameters["labels"]))
    defaults = {"normal": {"mean": 0, "var": 1}, "uniform": {"low": 0, "high": 1}}.get(law, {})
    given = {key: as_expr(value) for key, value in {**defaults, **parameters}.items()}
    if law == "bernoulli" and "p" not in given:
        raise DeclarationError(f"{name}: with which probability is it 1?", hint="p=...")
    for key, value in given.items():
        own = shape_of(value)
        if own and (iid or not same_shape(own, shape)):
            what = "entries of one distribution have one" if iid else f"the tensor has shape {show_shape(shape)}, its"
            raise ShapeError(f"{what} {key}, not one of shape {show_shape(own)}", where=value)
        if value.is_number and key == "var" and value.is_negative:
            raise DeclarationError(f"the variance of {name} is {value}", hint="a variance is not negative")
        if value.is_number and key == "p" and not 0 <= value <= 1:
            raise DeclarationError(f"{value} is not a probability")
    centred = law == "rademacher" or (law == "normal" and given["mean"] == 0) or (
        law == "uniform" and (given["low"] + given["high"]).expand() == 0)
    held = iid or independent or not shape
    if symmetric and given.get("mean", Integer(0)) != 0:
        raise DeclarationError(f"{name} has the mean {given['mean']}: it is not distributed as its negative")
    if symmetric and law in ("", "normal"):
        given.setdefault("mean", Integer(0))
    return RandomTensor(name, shape, Law(law, given, held, symmetric or (centred and held), continuous or law in CONTINUOUS,
                                         _others(independent_of)))


def _others(given: object) -> tuple[Tensor, ...]:
    listed = given if isinstance(given, tuple | list | set) else (given,)
    for each in listed:
        if not isinstance(each, RandomTensor):
            raise DeclarationError(f"{each} is not random: everything is independent of it", where=each)
    return tuple(listed)
