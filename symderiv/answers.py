"""What calls answer with: how sure it is, under which conditions, by which proof, and how all this is shown.

An answer knows none of its writers.  They are registered here by name, and the module that registers them is loaded when
something is first written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypedDict

from .errors import SymderivError
from .kept import Kept
from .late import late

if TYPE_CHECKING:
    from numpy import generic
    from numpy.typing import NDArray
    from sympy import Expr, NDimArray

Evaluated: TypeAlias = "complex | Expr | NDimArray | NDArray[generic]"
"""What evaluating gives: a number, or an array, NumPy's or SymPy's exact ones."""


class Picture(Protocol):
    """A drawing, as text that stands for itself."""

    def svg(self, document: bool = True) -> str:
        """As SVG, with its XML declaration or as a part of a page."""

    def picture(self) -> str:
        """As a LaTeX picture."""


DOOR = "render.writers"
"""The module that registers the writers."""
_WRITERS: dict[str, Callable[[str], Any]] = {}


class Status(StrEnum):
    """How sure a claim is, from bad to good.  Its members are the words themselves, in text and in comparisons."""

    refuted = "refuted"
    undecided = "undecided"
    conditional = "conditional"
    supported = "supported"
    proved = "proved"

    __repr__ = str.__repr__

    @property
    def rank(self) -> int:
        """Its place in the order, from 0."""
        return list(Status).index(self)

    @classmethod
    def weakest(cls, statuses: Iterable[str], default: str = proved) -> Status:
        """As sure as the weakest link."""
        return min((cls(s) for s in statuses), key=lambda s: s.rank, default=cls(default))


HOLDS = (Status.proved, Status.supported)
"""What is said to hold outright."""


def register(package: str, table: Mapping[str, Sequence[str]]) -> None:
    """Add writers: which module of the package has which of them."""
    find = late(package, table)
    _WRITERS.update({name: find for names in table.values() for name in names})


def written(name: str, *given: Any, **options: Any) -> Any:
    """What the writer of a name makes of a subject."""
    if name not in _WRITERS:
        import_module(f"{__package__}.{DOOR}")
    return _WRITERS[name](name)(*given, **options)


OUTSIDE_MATHEMATICS = (r"\paragraph", *(rf"\begin{{{name}}}" for name in ("align*", "flushleft", "tabular", "verbatim")))


class ShowsItself:
    """What shows itself in a notebook: as HTML that needs no network, and as LaTeX for what is exported."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return str(written("notebook_cell", self))

    def _repr_latex_(self) -> str:
        latex = getattr(self, "latex", None)
        said = f"\\begin{{verbatim}}\n{self}\n\\end{{verbatim}}" if latex is None else str(latex())
        return said if said.startswith(OUTSIDE_MATHEMATICS) else f"$\\displaystyle {said}$"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_(), "text/latex": self._repr_latex_()}


class Certificate(TypedDict):
    """A certificate as data for JSON: what is claimed, the steps that prove it, and what binds the two."""

    version: int
    statement: dict[str, object]
    steps: dict[str, object]
    digest: str


class Certifiable(Kept):
    """What claims something, and may have a certificate of exactly that."""

    __slots__ = ()

    @property
    def rests_on(self) -> tuple[object, ...]:
        """What has to be certified for it; nothing where there is no proof of what it says."""
        proof = getattr(self, "proof", None)
        return () if proof is None else (proof,)

    def certificate(self) -> Certificate:
        """A proof as data, in the axioms of ``symderiv/checker.py``, which has accepted it.

        Raises SymderivError where there is none, with the equation that could not be certified.
        """
        known: Certificate | None = self.__dict__.get("_certificate")
        if known is None:
            known = self.__dict__["_certificate"] = written("certificate", self)
        return known

    @property
    def certified(self) -> bool:
        """Whether the checker accepts a certificate."""
        return not self.uncertified

    @property
    def uncertified(self) -> str:
        """What could not be certified, in words; nothing where the checker accepts a certificate."""
        known: str | None = self.__dict__.get("_uncertified")
        if known is None:
            try:
                self.certificate()
                known = ""
            except SymderivError as why:
                known = str(why).removeprefix("not certified: ").splitlines()[0]
                self.__dict__["_failed_by"] = getattr(why, "failed", {})
            self.__dict__["_uncertified"] = known
        return known


class Answer(Certifiable, ShowsItself):
    """Base of results: pickled as the call that made them, shown in notebooks, written as documents with their proof.

    Each has ``latex()``, and as far as it claims something ``status``, ``conditions``, ``proof`` and ``evidence``.
    """

    __slots__ = ()

    def latex(self) -> str:
        """What it says in LaTeX, without dollar signs."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'; '.join(str(self).splitlines())}>"

    def to_tex(self, path: str | PathLike[str]) -> Path:
        """Write a LaTeX document with the result and its proof."""
        return Path(written("write_tex", self, path))

    def to_pdf(self, path: str | PathLike[str]) -> Path:
        """The same as PDF; needs a TeX engine."""
        return Path(written("write_pdf", self, path))

    def to_html(self, path: str | PathLike[str]) -> Path:
        """The same as a self-contained page."""
        return Path(written("write_html", self, path))
