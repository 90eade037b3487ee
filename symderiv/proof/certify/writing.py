"""The engine's expressions as the data of a statement: a table of terms, definitions, and what is declared."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from fractions import Fraction
from itertools import combinations
from types import MappingProxyType
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Symbol, floor

from ...arrays.arrays import Apply
from ...calculus.positive import WHOLE_POWER
from ...errors import SymderivError
from ...functions.of_matrices import PRODUCT, PRODUCTS
from ...terms.affine import Affine, Idx, LabelRef, Multiple
from ...terms.nodes import Add as AddNode
from ...terms.nodes import (
    Const,
    Delta,
    FunctionValue,
    IndexValue,
    IversonBracket,
    MatrixFunctionEntry,
    Node,
    Num,
    Sum,
    Sym,
    TensorEntry,
    subterms,
)
from ...terms.nodes import Mul as MulNode
from ...terms.nodes import Pow as PowNode
from .models import QUOTIENT
from .search import ADD, MUL, POW, SUM

COVARIANCE = "Cov"


class CertificateError(SymderivError):
    """A claim could not be certified; of several together, ``failed`` says which, and why."""

    failed: Mapping[Any, str] = MappingProxyType({})


class StatementWriter:
    """Collects what a statement declares while it writes terms down."""

    def __init__(self) -> None:
        self.table: list[Any] = []
        self.sizes: dict[str, None] = {}
        self.labels: dict[str, Any] = {}
        self.tensors: dict[str, Any] = {}
        self.definitions: list[Any] = []
        self.names: dict[Sym, str] = {}
        self.letters: dict[Idx, str] = {}
        self.arrays: dict[Any, Sym] = {}
        self._places: dict[Any, int] = {}
        self._taken: set[str] = set()
        # Names of arrays that are to come, which letters keep away from.
        self._arrays: set[str] = set()
        # Arrays that have names of their own, which those that are called by their operators keep away from.
        self._given: set[Sym] = set()
        self._given_names: set[str] = set()

    # ------------------------------------------------------------ names

    def reserve(self, syms: Iterable[Sym]) -> None:
        """Names of arrays and sizes first, so that letters can keep away from them."""
        syms = tuple(syms)
        self._arrays |= set(map(_plain, syms))
        given = [sym for sym in map(self.known, syms) if sym not in self._given and not isinstance(sym.array, Apply)]
        self._given.update(given)
        self._given_names.update(map(_plain, given))
        for sym in syms:
            for n in sym.shape:
                self.position(n)
            for node in subterms(sym.body) if sym.body is not None else ():
                self._reserve(node)
        self._taken |= {*self.sizes, *self.labels}

    def _reserve(self, node: Node) -> None:
        if isinstance(node, TensorEntry | MatrixFunctionEntry):
            self._reserve_positions(node.idx)
        elif isinstance(node, Delta | IversonBracket):
            self._reserve_positions((node.expr,))
        elif isinstance(node, Sum):
            self._reserve_positions(e for b in node.binders for e in (b.lo, b.hi))
        elif isinstance(node, IndexValue) and not isinstance(node.atom, Idx):
            self.atom(node.atom)

    def _reserve_positions(self, positions: Iterable[Affine]) -> None:
        for p in positions:
            for a, _ in p.terms:
                if isinstance(a, Expr):
                    self.size(a)
                elif isinstance(a, LabelRef | Multiple):
                    self.atom(a)

    def known(self, sym: Sym) -> Sym:
        """The symbol by which an array was met first: two programs have symbols of their own for it."""
        return sym if sym.array is None or sym.role == "adjoint" else self.arrays.setdefault(sym.array, sym)

    def name(self, sym: Sym) -> str:
        """A name that is no other's."""
        sym = self.known(sym)
        if sym not in self.names:
            plain = _plain(sym)
            plain = plain if plain[:1].isalpha() and len(plain) < 60 else f"v_{len(self.names)}"
            self.names[sym] = self.fresh(plain, () if sym in self._given else self._given_names)
        return self.names[sym]

    def fresh(self, plain: str, others: Container[str] = ()) -> str:
        """The name, or one like it that is not taken, nor another's own."""
        found, k = plain, 1
        while found in self._taken or found in others:
            found, k = f"{plain}_{k}", k + 1
        self._taken.add(found)
        return found

    def letter(self, idx: Idx) -> str:
        """The name of a letter; the same wherever letters of one name and range are meant."""
        if idx not in self.letters:
            plain = idx.key.replace("'", "_")
            plain = plain if plain[:1].isalpha() else f"l{plain}"
            while plain in self._taken or plain in self._arrays:
                plain += "_"
            self.letters[idx] = plain
        return self.letters[idx]

    # ------------------------------------------------------------ positions

    def position(self, p: Affine) -> Any:
        """A position as JSON."""
        terms: list[Any] = [[p.const, []]] if p.const else []
        for a, c in p.terms:
            terms += [[c * k, m] for k, m in self.atom(a)]
        if all(len(m) <= 1 and all(isinstance(a, str) for a in m) for _, m in terms):
            found: dict[str, int] = {}
            for c, m in terms:
                found[m[0] if m else ""] = found.get(m[0] if m else "", 0) + c
            return found
        return terms

    def atom(self, a: Any) -> list[Any]:
        """An atom as [coefficient, [atoms]] pairs."""
        if isinstance(a, Idx):
            return [[1, [self.letter(a)]]]
        if isinstance(a, LabelRef):
            return [[1, [self.label(a)]]]
        if isinstance(a, Multiple):
            inner = self.atom(a.inner)
            return [[c * d, [*m, *n]] for c, m in self.size(a.factor) for d, n in inner]
        return self.size(a)

    def label(self, ref: LabelRef) -> Any:
        """A label, or an entry of an array of labels."""
        name = str(ref.source) if ref.sym is None else ref.sym.key
        name = "".join(c if c.isalnum() or c == "_" else "_" for c in name)
        if ref.sym is not None and getattr(ref.sym.array, "law", None) is not None:
            raise CertificateError("the checker knows no random labels", where=ref.sym.array)
        if name not in self.labels:
            shape = [] if ref.sym is None else [self.position(n) for n in ref.sym.shape]
            self.labels[name] = {"size": self.position(ref.size), "shape": shape}
        return name if ref.sym is None else ["label", name, [self.position(p) for p in ref.idx]]

    def size(self, e: Any) -> list[Any]:
        """A size expression as [coefficient, [atoms]] pairs."""
        if isinstance(e, int | Integer):
            return [[int(e), []]]
        if isinstance(e, Symbol):
            self.sizes.setdefault(e.name)
            return [[1, [e.name]]]
        if isinstance(e, Add):
            return [pair for arg in e.args for pair in self.size(arg)]
        if isinstance(e, Mul) and all(not isinstance(a, Pow) or a.exp.is_positive for a in e.args):
            found: list[Any] = [[1, []]]
            for arg in e.args:
                found = [[c * d, [*m, *n]] for c, m in found for d, n in self.size(arg)]
            return found
        if isinstance(e, Pow) and isinstance(e.exp, Integer) and e.exp > 0:
            found = [[1, []]]
            for _ in range(int(e.exp)):
                found = [[c * d, [*m, *n]] for c, m in found for d, n in self.size(e.base)]
            return found
        if isinstance(e, floor):
            top, bottom = e.args[0].as_numer_denom()
            return [[1, [[QUOTIENT, self.size(top.expand()), self.size(bottom.expand())]]]]
        raise CertificateError(f"the size {e} has no form that the checker knows",
                               hint="use sums, products, floor divisions")

    # ------------------------------------------------------------ terms

    def term(self, node: Node) -> int:
        """A node as a row of the table, shared parts once."""
        for n in subterms(node):
            if n not in self._places:
                self._places[n] = self._row(self._term(n))
        return self._places[node]

    def _row(self, row: Any) -> int:
        self.table.append(row)
        return len(self.table) - 1

    def _term(self, n: Node) -> Any:
        place = self._places
        if isinstance(n, Num):
            return _number(n.value)
        if isinstance(n, Const):
            if str(n.fields[0]) != "pi":
                raise CertificateError(f"the checker does not know the constant {n}")
            return ["const", "pi"]
        if isinstance(n, IndexValue):
            pairs = self.atom(n.atom)
            return ["val", [[c, m] for c, m in pairs]]
        if isinstance(n, TensorEntry):
            return ["ent", self.reading(n.sym), [self.position(p) for p in n.idx]]
        if isinstance(n, MatrixFunctionEntry):
            return self._matrix(n)
        if isinstance(n, Delta | IversonBracket):
            return ["iv", "eq" if isinstance(n, Delta) else "ge", self.position(n.expr)]
        if isinstance(n, FunctionValue):
            if n.name == WHOLE_POWER:  # a power whose exponent is a whole number
                return [POW, *(place[c] for c in n.children)]
            return self._function(n.name, *(place[c] for c in n.children))
        if isinstance(n, PowNode):
            return [POW, place[n.base], place[n.exponent]]
        if isinstance(n, MulNode):
            coefficient = [] if n.coeff == 1 else [_number(n.coeff)]
            return [MUL, *coefficient, *(place[f] for f in n.factors)]
        if isinstance(n, AddNode):
            return [ADD, *(place[c] for c in n.children)]
        if isinstance(n, Sum):
            return self._sum(n)
        raise CertificateError(f"the checker has no word for {n}")

    def _function(self, name: str, *args: Any) -> Any:
        """A function; a covariance is what it is defined to be."""
        if name != COVARIANCE:
            return ["fn", name, *args]
        one, other, both = (["fn", "E", t] for t in (*args, [MUL, *args]))
        return [ADD, both, [MUL, _number(-1), one, other]]

    def _matrix(self, n: MatrixFunctionEntry) -> Any:
        """An entry of an inverse, a determinant, or a product with the factors that are left out."""
        kind = PRODUCT if n.kind in PRODUCTS else n.kind
        row = ["mat", kind, self.reading(n.sym), [self.position(p) for p in n.idx]]
        if n.kind not in PRODUCTS or len(n.idx) <= len(n.sym.shape):
            return row
        out = n.idx[len(n.sym.shape) - 1:]  # one place cannot be left out twice
        return [MUL, row, *([ADD, _number(1), [MUL, _number(-1), ["iv", "eq", self.position(i - k)]]]
                            for i, k in combinations(out, 2))]

    def _sum(self, n: Sum) -> Any:
        left = list(n.binders)
        order: list[Idx] = []
        while left:
            # A letter stands inside those that its range depends on.
            b = next(b for b in left if not (b.lo.free | b.hi.free) & set(left) - {b})
            left.remove(b)
            order.append(b)
        row: Any = self._places[n.body]
        for b in reversed(order):
            row = [SUM, self.letter(b), self.position(b.lo), self.position(b.hi), row]
        return row

    def reading(self, sym: Sym) -> str:
        """The name of an array; declared, with its definition where it has one, when it is first read."""
        sym = self.known(sym)
        if sym not in self.names:
            self.declare(sym)
        return self.names[sym]

    def declare(self, sym: Sym, into: list[Any] | None = None) -> None:
        """Enter an array into the statement, what it reads first."""
        stack = [self.known(sym)]
        while stack:
            top = stack[-1]
            if top in self.names:
                stack.pop()
                continue
            read = sorted(top.body.syms, key=lambda s: s.key) if top.body is not None else []
            waiting = [s for s in map(self.known, read) if s not in self.names]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            self._declare(top, self.definitions if into is None else into)

    def _declare(self, sym: Sym, into: list[Any]) -> None:
        if sym.body is None or sym.letters is None:
            shape = [self.position(n) for n in sym.shape]
            self.tensors[self.name(sym)] = {"shape": shape, "properties": sorted(sym.properties)}
            return
        body = self.term(sym.body)
        into.append({"name": self.name(sym), "letters": [self.letter(i) for i in sym.letters],
                     "shape": [self.position(n) for n in sym.shape], "body": body})


def _plain(sym: Sym) -> str:
    """The name of an array in letters, figures and underscores; that of its operator for what has none of its own."""
    own = sym.array.op.name if isinstance(sym.array, Apply) else sym.key
    return "".join(c if c.isalnum() or c == "_" else "_" for c in own)


def _number(x: Any) -> Any:
    x = Fraction(x)
    return ["num", x.numerator, x.denominator]
