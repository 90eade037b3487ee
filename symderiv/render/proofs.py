"""Proofs and results in LaTeX (amsmath only): definitions, chain rule, sums over deltas, closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any

from sympy import Expr, latex
from sympy import Sum as SympySum

from ..arrays.arrays import Apply, Array, Named, Tensor, latex_name, scalar_nodes
from ..arrays.operator import shape_of
from ..bounds import FORMULA, remembered, spend
from ..calculus.spelled import through_definitions
from ..differentiation.explained import explained
from ..differentiation.joint import named_together
from ..differentiation.python_layer import written
from ..errors import DeclarationError
from ..functions import FUNCTIONS
from ..functions.elementary import exp, log
from ..functions.of_matrices import ALL, DETERMINANT, INVERSE, PRODUCT, PRODUCTS, TRACE_OF_EXPONENTIAL
from ..functions.scalar_function import set_in_latex
from ..functions.unknown import is_opaque, latex_of
from ..lowering.export import export, export_index, labels_read, plain_letters
from ..matrixform.members import by_member
from ..proof.chains import Chain
from ..proof.claims import Gradient
from ..proof.steps import Accumulation, Closing, Proof
from ..terms.affine import Affine, Idx, LabelRef, Multiple, affine
from ..terms.letters import spare
from ..terms.nodes import (
    Add,
    Const,
    Delta,
    Deriv,
    FunctionValue,
    IndexValue,
    IversonBracket,
    MatrixFunctionEntry,
    Mul,
    Node,
    Num,
    Pow,
    Sum,
    Sym,
    TensorEntry,
    factors_of,
    instantiate,
    mul,
    num,
    power,
    subterms,
)
from .absorbed import absorbed, body_of, entries_of_inverses
from .by_name import by_name
from .proof_lines import _bracketed, align, broken, derivative_by, entry_latex, equality, free_letters, is_side
from .wording import in_words

if TYPE_CHECKING:
    from ..differentiation.engine import Derivation
    from ..differentiation.joint import Derivations
    from ..proof.equality import Verdict

MOMENTS = {"E": r"\mathbb{E}"}
WIDE = 150


class Names:
    """How symbols are written in one proof: declared names as they are, operators applied by a short name each."""

    def __init__(self, proof: Proof, every: bool = False) -> None:
        twice = proof.title.startswith("d2")
        self.output = proof.title.split("/")[0].removeprefix("d2" if twice else "d")
        self.labels = labels_read(d.body for d in proof.definitions if d.body is not None)
        self.again = False  # whether it is the gradient that is differentiated, once more
        self.table: dict[Sym, str] = {}
        self.shown: list[Sym] = []
        # ``every`` operator has a name of its own; else what one sum reads is written in that sum.
        self.absorbed = {} if every else absorbed(proof)
        self.outputs = frozenset(proof.outputs)
        self.itself = frozenset[Sym]() if every else entries_of_inverses(proof)
        taken = {latex_name(s.name) for d in proof.definitions for s in (d, *(d.body.syms if d.body else ())) if
                 s.role in ("declared", "named")}
        unnamed = {*self.absorbed, *self.itself}
        groups: dict[str, list[Sym]] = {}
        first: dict[Expr, Sym] = {}
        again: dict[Sym, Sym] = {}
        for sym in proof.definitions:
            # A claim is about its expressions as they were written; a derivation names every operator applied.
            named = isinstance(sym.array, Apply) and proof.accumulations and sym not in unnamed
            if sym.role == "applied" and sym.stem and proof.accumulations and sym not in unnamed:
                groups.setdefault(sym.stem, []).append(sym)
            elif sym.role == "applied" and named and isinstance(sym.array, Apply):
                if first.setdefault(sym.array, sym) is not sym:
                    again[sym] = first[sym.array]  # a second derivative reads it once more
                    continue
                groups.setdefault(sym.array.op.stem, []).append(sym)
        last = _root(proof) if self.output not in taken else None
        if last is not None:
            self.table[last] = self.output
            taken.add(self.output)
        for stem, applied in groups.items():
            members = [sym for sym in applied if sym is not last]
            for k, sym in enumerate(members, 1):
                name = stem if len(members) == 1 else f"{stem}^{{({k})}}"
                while name in taken:
                    name = rf"\hat{{{stem}}}" if name == stem else name + "'"
                taken.add(name)
                self.table[sym] = name
        self.table |= {sym: self.table[one] for sym, one in again.items() if one in self.table}
        self.gradient = self._name_of_gradient(proof.outputs[-1], taken) if twice else None
        self.upstream = _upstream(proof)
        self.root = latex_name(self.output)
        if self.upstream is not None:
            self.output = "L" if "L" not in taken else r"\ell"

    def _name_of_gradient(self, root: Sym, taken: set[str]) -> str:
        """What the proof of a second derivative calls the gradient, where it has no name yet."""
        if root.role in ("declared", "named"):
            return self.of(root)
        return self.table.setdefault(root, next(spare("gGqQ", taken)))

    def at_output(self, chain: Chain) -> bool:
        """Whether a chain differentiates the output itself, or what is written in it, so that no chain rule is applied."""
        reader = chain.consumer
        while reader in self.absorbed:
            reader = self.absorbed[reader]
        number = chain.upstream is not None and not chain.upstream.syms and not chain.upstream.free
        return number and (reader is None or reader in self.outputs)

    def of(self, sym: Sym) -> str:
        """The LaTeX name of a symbol."""
        if sym in self.table:
            return self.table[sym]
        if sym.latex:
            return str(sym.latex)
        if sym.array is not None and not isinstance(sym.array, Tensor | Named):
            return str(latex(sym.array))
        return latex_name(sym.name)


def _root(proof: Proof) -> Sym | None:
    """The operator applied whose value is differentiated: the last definition, which no other one reads.

    Before a second derivative an array with letters is the gradient, not what is differentiated.
    """
    if not proof.accumulations:
        return None
    read = {s for d in proof.definitions if d.body is not None for s in d.body.syms}
    last = [d for d in proof.definitions if d.role in ("applied", "output", "named") and d not in read and (
        not d.letters or (d in proof.outputs and not proof.title.startswith("d2")))]
    return last[0] if len(last) == 1 and isinstance(last[0].array, Apply) else None


def _put_out(proof: Proof, names: Names) -> str:
    """The name of what the upstream gradient arrives at: among the definitions, where it is one of them."""
    first = proof.all_chains[0].consumer
    return names.root if first is None else names.of(first)


def _upstream(proof: Proof) -> Sym | None:
    """The cotangent that a vector-Jacobian product starts from: what the first chain multiplies by and did not find."""
    found = {a.named for a in proof.accumulations}
    for chain in proof.all_chains[:1]:
        if isinstance(chain.upstream, TensorEntry) and chain.upstream.sym not in found:
            return chain.upstream.sym
    return None


@remembered(1024)
def _size_latex(size: Any) -> str:
    """A size in LaTeX; a proof says the same few in every line."""
    return str(latex(size))


class NodeLatex:
    """Index expressions in LaTeX."""

    def __init__(self, names: Names, adjoints: dict[Sym, Accumulation] | None = None, free: int = 0) -> None:
        self.names = names
        self.adjoints = adjoints or {}
        self.free = free
        self._written: dict[Node, tuple[str, int]] = {}

    # -------------------------------------------------------------- pieces

    def plain(self, n: Node) -> Node:
        """A line with the bound letters that a person would choose, none of them a label of the proof."""
        return plain_letters(n, self.names.labels)

    def index(self, idx: Idx) -> str:
        if len(idx.name) == 2 and idx.name[1].isdigit():  # a letter that is taken as a size, and a number: k1
            return idx.name[0] + "'" * (int(idx.name[1]) + idx.tag)
        return idx.name.lstrip("_") + "'" * idx.tag if len(idx.name) == 1 else rf"\mathit{{{idx.name}}}".replace("_", r"\_")

    def atom(self, atom: Any) -> str:
        if isinstance(atom, Idx):
            return self.index(atom)
        if isinstance(atom, LabelRef):
            name = latex(atom.source) if atom.sym is None else self.names.of(atom.sym)
            return name + (f"_{{{','.join(map(self.affine, atom.idx))}}}" if atom.idx else "")
        if isinstance(atom, Multiple):
            return f"{_size_latex(atom.factor)} {self.atom(atom.inner)}"
        return _size_latex(atom)

    def affine(self, expr: Affine) -> str:
        out = ""
        ordered = sorted(expr.terms, key=lambda item: item[1] < 0)
        for atom, c in ordered:
            sign = "-" if c < 0 else "+" if out else ""
            out += sign + ("" if abs(c) == 1 else str(abs(c))) + self.atom(atom)
        if expr.const or not out:
            out += f"{expr.const:+d}" if out else str(expr.const)
        return out

    def entry(self, sym: Sym, idx: tuple[Affine, ...]) -> str:
        if sym in self.adjoints:
            return self.cotangent(self.adjoints[sym], idx)
        name = self.names.of(sym)
        if not idx:
            return name
        if sym in self.names.itself or (
                sym not in self.names.table and sym.role == "applied" and isinstance(sym.body, FunctionValue)):
            return self(instantiate(sym, idx), 3)  # σ(z_i), and not σ(z)_i
        return f"{self.base(sym)}_{{{self.subscript(idx)}}}"

    def base(self, sym: Sym) -> str:
        """A name that a script follows.

        A subscript of the name and one of the entry would run together: (w_1)_j.  A superscript leaves room: w^1_j.
        """
        name = self.names.of(sym)
        if sym.role == "applied" and sym not in self.names.table:
            return _bracketed(name)
        if any(ch in name for ch in "_ +-") and not name.startswith(r"\left("):
            return rf"\left({name}\right)"
        return name

    def subscript(self, idx: tuple[Affine, ...]) -> str:
        """Places of an entry, with commas where one of them is more than a letter."""
        shown = [self.affine(i) for i in idx]
        return ("" if all(len(text) == 1 for text in shown) else ",").join(shown)

    def cotangent(self, acc: Accumulation, idx: tuple[Affine, ...]) -> str:
        """∂L/∂z_i where the name stands for all of it, δ where a factor was left outside."""
        own, inner = idx[:self.free], idx[self.free:]
        if acc.content is not None and acc.content is not num(1):
            subscript = self.subscript(idx)
            return rf"\delta^{{{self.names.of(acc.subject)}}}" + (f"_{{{subscript}}}" if subscript else "")
        return self.partial(own, acc.subject, inner)

    def partial(self, own: tuple[Affine, ...], sym: Sym, idx: tuple[Affine, ...]) -> str:
        names = self.names
        top = names.gradient if names.again and names.gradient else latex_name(names.output)
        top += f"_{{{self.subscript(own)}}}" if own else ""
        return rf"\frac{{\partial {top}}}{{\partial {self.entry(sym, idx)}}}"

    # -------------------------------------------------------------- nodes

    def __call__(self, n: Node, level: int = 0) -> str:
        """A node; bracketed where it binds less tightly than ``level`` (1 product, 2 power)."""
        text, own = self._once(n)
        return rf"\left({text}\right)" if own < level else text

    def _once(self, n: Node) -> tuple[str, int]:
        """A shared part is written once; its text still stands wherever it is read."""
        found = self._written.get(n)
        if found is None:
            found = self._written[n] = self._node(n)
            FORMULA.admit(len(found[0]))
        spend(1 + len(found[0]) // 400)
        return found

    def _node(self, n: Node) -> tuple[str, int]:
        return NODES[type(n)](self, n)

    def _matrix_function(self, n: MatrixFunctionEntry) -> tuple[str, int]:
        name = self.names.of(n.sym)
        if n.kind == INVERSE:
            base = self.base(n.sym)
            base = rf"\left({base}\right)" if "^" in base and not base.startswith(r"\left(") else base  # z^{(2)} inverted
            if n.lead:
                base = f"{base}_{{{','.join(map(self.affine, n.lead))}}}"
            return rf"\left({base}^{{-1}}\right)_{{{self.subscript(n.own)}}}", 3
        if n.kind == PRODUCT:
            at = f"_{{{','.join(map(self.affine, n.idx))}}}" if n.idx else ""
            return rf"\operatorname{{prod}}\left({name}\right){at}", 3
        if n.kind in PRODUCTS[1:]:
            places, axes = [self.affine(p) for p in n.idx], len(n.sym.shape) - 1
            lead, left_out = places[:axes], places[axes:]
            r = next(letter for letter in "rsqlp" if letter not in (name, *places))
            out = ", ".join(rf"{r} \ne {k}" for k in left_out)
            apart = "".join(rf"[{i} \ne {k}]" for i, k in combinations(left_out, 2))
            return rf"{apart}\textstyle\prod_{{{out}}} {self.base(n.sym)}_{{{','.join((*lead, r))}}}", 2
        if n.lead:
            name = f"{self.base(n.sym)}_{{{','.join(map(self.affine, n.lead))}}}"
        if n.kind in ALL:
            at = f"_{{{','.join(map(self.affine, n.own))}}}" if n.own else ""
            call = r"\operatorname{tr}\,\operatorname{expm}" if n.kind == TRACE_OF_EXPONENTIAL else (
                rf"\operatorname{{{n.kind}}}".replace("_", r"\_"))
            return rf"{call}\left({name}\right){at}", 3
        return (r"\det" if n.kind == DETERMINANT else r"\log\left|\det") + (
            rf"\left({name}\right)" if n.kind == DETERMINANT else rf" {name if n.lead else self.base(n.sym)}\right|"), 3

    def _sum(self, n: Sum) -> tuple[str, int]:
        coeff, factors = factors_of(n.body)
        if coeff != 1 and factors:
            return self._product(mul(num(coeff), Sum(mul(*factors), n.binders)))
        signs = "".join(self._limits(b) for b in n.binders)
        return f"{signs} {self(n.body, 1)}", 0 if isinstance(n.body, Add) else 1

    def _derivative(self, n: Deriv) -> tuple[str, int]:
        return rf"\frac{{\partial}}{{\partial {self.entry(n.sym, n.idx)}}}\left({self(n.body)}\right)", 2

    def _number(self, value: Any) -> str:
        if isinstance(value, Fraction):
            sign = "-" if value < 0 else ""
            return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
        return str(value)

    def _delta(self, n: Delta) -> str:
        """δ with the two sides that the difference was made of."""
        plus = [(a, c) for a, c in n.expr.terms if c > 0]
        minus = [(a, -c) for a, c in n.expr.terms if c < 0]
        left = Affine(tuple(plus), max(n.expr.const, 0))
        right = Affine(tuple(minus), max(-n.expr.const, 0))
        sides = self.affine(left), self.affine(right)
        return rf"\delta_{{{('' if all(len(side) == 1 for side in sides) else ',').join(sides)}}}"

    def _guard(self, expr: Affine) -> str:
        plus = Affine(tuple((a, c) for a, c in expr.terms if c > 0), max(expr.const, 0))
        minus = Affine(tuple((a, -c) for a, c in expr.terms if c < 0), max(-expr.const, 0))
        return rf"[{self.affine(minus)} \le {self.affine(plus)}]"

    def _limits(self, b: Idx) -> str:
        return rf"\sum_{{{self.index(b)}={self.affine(b.lo)}}}^{{{self.affine(b.hi)}}}"

    def _function(self, n: FunctionValue) -> tuple[str, int]:
        x = n.children[0]
        if exp.of(n):
            factors = factors_of(x)[1]
            base = next((f for f in factors if log.of(f) and len(factors) > 1), None)
            if base is not None:
                rest = mul(num(factors_of(x)[0]), *(f for f in factors if f is not base))
                return f"{self(base.children[0], 3)}^{{{self(rest)}}}", 2
            return f"e^{{{self(x)}}}", 2
        record = FUNCTIONS.get(n.name)
        if record is not None:
            return set_in_latex(record, list(map(self, n.children)), in_proofs=True), 3
        head = latex_of(n.name) if is_opaque(n.name) else MOMENTS.get(n.name, rf"\operatorname{{{n.name}}}")
        return head + r"\left(" + ", ".join(map(self, n.children)) + r"\right)", 3

    def _product(self, n: Node) -> tuple[str, int]:
        coeff, factors = factors_of(n)
        inner = [factors_of(f.body)[0] if isinstance(f, Sum) and factors_of(f.body)[1] else 1 for f in factors]
        if any(c != 1 for c in inner):
            coeff = prod([coeff, *inner])
            factors = tuple(f if c == 1 else Sum(mul(*factors_of(f.body)[1]), f.binders)  # type: ignore[attr-defined]
                            for f, c in zip(factors, inner, strict=True))
        top: list[Node] = []
        bottom: list[Node] = []
        for f in factors:
            if isinstance(f, Pow) and isinstance(f.exponent, Num) and f.exponent.value < 0:
                bottom.append(power(f.base, num(-f.exponent.value)))
            else:
                top.append(f)
        c = Fraction(coeff)
        sign = "-" if c < 0 else ""
        head = [str(abs(c.numerator))] if abs(c.numerator) != 1 or not top else []
        tail = [str(c.denominator)] if c.denominator != 1 else []
        if not bottom and len(top) == 1 and isinstance(top[0], Pow) and not sign and not head and not tail:
            return self._power(top[0]), 2
        # What stands behind a logarithm without brackets of its own would seem to belong to it.
        # What arrives from above is written before what it is multiplied by.
        top.sort(key=lambda f: (isinstance(f, Sum | Deriv), isinstance(f, FunctionValue) and log.of(f), isinstance(f, Add),
                                not (isinstance(f, TensorEntry) and f.sym in self.adjoints)))
        heavy = [f for f in top if isinstance(f, Sum | Deriv)]
        if heavy and (bottom or tail) and not any(isinstance(t, Sum) for f in bottom for t in subterms(f)):
            light = mul(num(c), *(f for f in factors if f not in heavy))
            return f"{self(light)}\\,{self._product(mul(*heavy))[0]}", 0 if sign else 1
        upper = head + [self._factor(f, k == len(top) - 1) for k, f in enumerate(top)]
        if not bottom and not tail:
            return sign + r"\,".join(upper), 1 if not sign else 0
        lower = tail + [self._factor(f, len(bottom) + len(tail) == 1) for f in bottom]
        if len(bottom) + len(tail) == 1 and bottom:
            lower = [self(bottom[0])]
        if len(upper) == 1 and len(top) == 1 and not head:
            upper = [self(top[0])]
        return sign + rf"\frac{{{' '.join(upper)}}}{{{' '.join(lower)}}}", 1 if not sign else 0

    def _factor(self, f: Node, last: bool) -> str:
        if isinstance(f, Sum) and last:
            return self(f)
        if isinstance(f, Pow) and not (isinstance(f.exponent, Num) and f.exponent.value < 0):
            return self._power(f)
        return self(f, 2)

    def _power(self, f: Pow) -> str:
        if isinstance(f.exponent, Num) and f.exponent.value == Fraction(1, 2):
            return rf"\sqrt{{{self(f.base)}}}"
        if exp.of(f.base) and isinstance(f.exponent, Num):
            return self._function(FunctionValue(exp.name, (mul(f.exponent, f.base.children[0]),)))[0]
        base = self(f.base, 3)
        if exp.of(f.base) or "_" in base or "^" in base:
            base = rf"\left({self(f.base)}\right)" if not isinstance(f.base, TensorEntry) or "^" in base else base
        return f"{base}^{{{self(f.exponent)}}}"

    def _sum_of_terms(self, n: Add) -> str:
        exponential = all(isinstance(t, Num) or exp.of(t) or (isinstance(t, Pow) and exp.of(t.base)) for t in n.children)
        terms = sorted(n.children, key=lambda t: (factors_of(t.body if isinstance(t, Deriv) else t)[0] < 0,
                                                  exponential and not isinstance(t, Num)))
        return _spaced(terms, self)


# How a node of each class is written, and how tightly it binds.
NODES: dict[type[Node], Callable[[NodeLatex, Any], tuple[str, int]]] = {
    Num: lambda write, n: (write._number(n.value), 0 if n.value < 0 else 2 if isinstance(n.value, Fraction) else 3),
    Const: lambda write, n: (str(latex(n.fields[0])), 3),
    IndexValue: lambda write, n: (write.atom(n.atom), 3),
    TensorEntry: lambda write, n: (write.entry(n.sym, n.idx), 3),
    MatrixFunctionEntry: NodeLatex._matrix_function,
    Delta: lambda write, n: (write._delta(n), 3),
    IversonBracket: lambda write, n: (write._guard(n.expr), 3),
    FunctionValue: NodeLatex._function,
    Pow: NodeLatex._product, Mul: NodeLatex._product,
    Add: lambda write, n: (write._sum_of_terms(n), 0),
    Sum: NodeLatex._sum, Deriv: NodeLatex._derivative,
}


def _spaced(terms: Iterable[Node], write: NodeLatex) -> str:
    out = ""
    for t in terms:
        text = write(t)
        if not out:
            out = text
        elif text.startswith("-"):
            out += " - " + text[1:]
        else:
            out += " + " + text
    return out


# ------------------------------------------------------------------ whole proofs

def proof_latex(proof: Proof, grain: str = "steps") -> str:
    """A proof as a LaTeX fragment.  grain: "answer", "steps" or "rewrites"."""
    if grain not in ("answer", "steps", "rewrites"):
        raise DeclarationError(f"there is no grain {grain!r}", hint='use "answer", "steps" or "rewrites"')
    names = Names(proof, grain == "rewrites")
    free = len(proof.closings[-1].letters) - len(proof.accumulations[-1].letters) if (
        proof.accumulations and proof.closings) else 0
    by_names: dict[Sym, Accumulation] = {}
    if grain == "steps" and not free and names.gradient is None:
        proof, by_names = by_name(proof, names.absorbed)
    mentioned = {s for c in proof.all_chains for n in (c.start, *(step.after for step in c.steps)) for s in n.syms}
    adjoints = {a.named: a for a in proof.accumulations if a.named in mentioned and a.named is not None}
    write = NodeLatex(names, adjoints | by_names, free)
    parts: list[str] = []
    if grain != "answer":
        if names.upstream is not None:
            root = _put_out(proof, names)
            given = names.of(names.upstream)
            own = given == rf"\frac{{\partial {names.output}}}{{\partial {root}}}"
            said = f"whose derivative ${given}$ is given" if own else (
                rf"with $\partial {names.output}/\partial {root} = {given}$")
            parts.append(f"Let ${names.output}$ be a function of ${root}$ {said}.")
        parts += _readings(proof)
        parts += _definitions(proof, write)
        for acc in proof.accumulations:
            parts += derivative_by(acc, write, grain)
            parts += _once_more(proof, acc, write)
        parts += equality(proof, write, grain)
    parts += _closed(proof, write, grain)
    if proof.conditions:
        shown = ", ".join(f"${latex(c)}$" for c in proof.conditions)
        parts.append(f"This holds for {shown}.")
    return "\n".join(parts)


def _once_more(proof: Proof, acc: Accumulation, write: NodeLatex) -> list[str]:
    """Behind the gradient in the proof of a second derivative: under which name it is differentiated once more."""
    first, names = proof.claims[0] if proof.claims else None, write.names
    if names.gradient is None or names.again or not isinstance(first, Gradient) or acc.subject.array != first.wrt:
        return []
    own = tuple(affine(i) for i in acc.letters)
    found = write.partial((), acc.subject, own)
    names.again = True
    subscript = f"_{{{write.subscript(own)}}}" if own else ""
    return [rf"So ${found} = {names.gradient}{subscript}$, which is differentiated once more."]


def _readings(proof: Proof) -> list[str]:
    """What is differentiated as it was written and as it is read, with the rules by which the two are one."""
    rows: list[tuple[str, str]] = []
    each = (claim.reading for claim in proof.claims if isinstance(claim, Gradient) and claim.reading is not None)
    for reading in {(r.before, r.after): r for r in each}.values():  # gradients of one function have one reading
        rules = dict.fromkeys(r.rule for r in reading.rewrites if not r.silent)
        if rules:
            rows += [(f"&{latex(reading.before)}", ""), (f"&= {broken(latex(reading.after))}", ", ".join(rules))]
    return ["\\paragraph{As it is read.}", align(rows)] if rows else []


def _definitions(proof: Proof, write: NodeLatex) -> list[str]:
    rows = []
    used, elsewhere = _read(proof), {*write.names.absorbed, *write.names.itself}
    for sym in proof.definitions:
        if sym not in used or sym in elsewhere or sym.letters is None:
            continue
        if sym.body is None or sym.role == "closed" or is_side(sym):
            continue
        if sym.role == "applied" and not proof.accumulations:
            continue  # The sides of a claim are spelled out in its first step.
        left = write.entry(sym, tuple(Affine(((i, 1),), 0) for i in sym.letters))
        ranges = ",\\; ".join(rf"1 \le {write.index(i)} \le {write.affine(i.hi)}" for i in sym.letters)
        right = broken(write(write.plain(body_of(sym, write.names.absorbed))))
        rows.append((f"{left} &= {right}", f"${ranges}$" if ranges else ""))
    rows = list(dict.fromkeys(rows))
    as_written = [text for sym in proof.definitions if sym in used and (text := written(sym.array)) is not None]
    if as_written:
        shown = "\n".join(f"\\begin{{equation*}}\n{text}\n\\end{{equation*}}" for text in as_written)
        return ["\\paragraph{As written.}", shown, "\\paragraph{Definitions, entry by entry.}", align(rows)]
    return ["\\paragraph{Definitions.}", align(rows)] if rows else []


def _read(proof: Proof) -> set[Sym]:
    """The definitions that the lines of a proof mention."""
    read: list[Sym] = []
    for chain in proof.all_chains:
        read += [s for s in (chain.consumer, chain.subject) if s is not None]
        for line in (chain.start, *(step.after for step in chain.steps)):
            read += line.syms
    return set(through_definitions(read))


def _closed(proof: Proof, write: NodeLatex, grain: str) -> list[str]:
    if not proof.closings:
        return []
    gradients = [c for c in proof.claims if isinstance(c, Gradient)]
    if len(gradients) > 1 and gradients[0].primal == gradients[-1].primal:
        rows = _results(gradients, write, proof.taken)
        return [*([] if grain == "answer" else ["\\paragraph{In closed form.}"]), align(rows)]
    final = proof.closings[-1]
    variable = write.names.of(proof.accumulations[-1].subject) if proof.accumulations else None
    scalar = bool(proof.accumulations) and not proof.accumulations[-1].letters
    result = f"{title_latex(proof.title, variable, scalar)} = {latex(final.closed)}"
    member = None if len(gradients) != 1 or gradients[0].upstream is not None else by_member(
        final.index, final.letters, final.closed, gradients[0].primal, final.program)
    if member is not None:
        left = title_latex(proof.title, entry_latex(gradients[0].wrt, member[0]))
        result = f"{left} = {latex(member[1])}"
    if write.names.upstream is not None:
        result = rf"\frac{{\partial {write.names.output}}}{{{result.partition('}{')[2]}"
    if _is_index(proof.closings[-1]) and proof.accumulations:
        acc = proof.accumulations[-1]
        at = tuple(affine(i) for i in acc.letters)
        heading = "\\paragraph{Entry by entry.} No closed form fits."
        result = f"{write.partial(free_letters(acc, write), acc.subject, at)} = {write(final.index)}"
        return [*([] if grain == "answer" else [heading]), "\\begin{equation*}", result, "\\end{equation*}"]
    if grain == "answer":
        return ["\\begin{equation*}", result, "\\end{equation*}"]
    return ["\\paragraph{In closed form.}", "\\begin{equation*}", result, "\\end{equation*}", *in_words(final.closed)]


def _results(gradients: list[Gradient], write: NodeLatex, taken: Iterable[str]) -> list[tuple[str, str]]:
    """Derivatives by several variables, one equation a line; what they share first, each name before what reads it."""
    first = gradients[0]
    closed = named_together(first.primal, first.upstream, [c.spelled for c in gradients], taken=taken)
    entries = {str(form) for form, claim in zip(closed, gradients, strict=True) if _is_index(claim.closing)}
    rows = [(f"{latex_name(n)} &= {latex(body)}", "") for n, body in explained(*closed).items() if n not in entries]
    output = write.names.output if write.names.upstream is not None else write.names.root
    for form, claim in zip(closed, gradients, strict=True):
        wrt, right, top = variable_latex(claim.wrt), latex(form), latex_name(output)
        if _is_index(claim.closing):
            own = claim.closing.letters[len(claim.closing.letters) - len(shape_of(claim.wrt)):]
            wrt, right = entry_latex(claim.wrt, tuple(map(export_index, own))), write(write.plain(claim.closing.index))
        rows.append((rf"\frac{{\partial {top}}}{{\partial {wrt}}} &= {right}", ""))
    return rows


def _is_index(closing: Closing) -> bool:
    """Whether a closed form is only the entries under a name."""
    return isinstance(closing.closed, Named) and closing.closed.body == export(closing.index)


def title_latex(title: str, variable: str | None = None, scalar: bool = False) -> str:
    """dL/dW as a fraction of partial derivatives; ``variable`` is W in LaTeX, where it is more than a name.

    ``scalar`` says that it is one number.
    """
    top, _, bottom = title.partition("/d")
    if not bottom:
        return latex_name(title)
    second = top.startswith("d2")
    if variable is None:
        variable = latex_name(bottom.removesuffix("2") if second else bottom)
    if second:
        squared = rf"\left({variable}\right)" if "^" in variable or "'" in variable else variable
        twice = rf"\partial {squared}^2" if scalar else rf"\partial {variable}\,\partial {squared}^{{\top}}"
        return rf"\frac{{\partial^2 {latex_name(top[2:])}}}{{{twice}}}"
    return rf"\frac{{\partial {latex_name(top[1:])}}}{{\partial {variable}}}"


def result_latex(d: Derivation | Derivations) -> str:
    """A derivation's result as an equation; a vector-Jacobian product is the gradient of a scalar of the output.

    Several as aligned equations, the names that they share first.
    """
    if isinstance(d, tuple):
        rows = [(latex_name(name), latex(body)) for name, body in d.where.items()]
        rows += [_equation(each, closed) for each, closed in zip(d, d.closed, strict=True)]
        return "\\begin{aligned}" + " \\\\\n".join(" &= ".join(row) for row in rows) + "\\end{aligned}"
    return " = ".join(_equation(d, d.closed))


def _equation(d: Derivation, closed: Expr) -> tuple[str, str]:
    """Both sides of a derivation's result."""
    if d.order == 2 and d.upstream is not None:
        return rf"{title_latex(d.name, variable_latex(d.wrt))}\,{variable_latex(d.upstream)}", latex(closed)
    names = Names(d.proof)
    top = names.output if names.upstream is not None else latex_name(d.name.partition("/d")[0][1:])
    if not d.is_closed:
        rank = 0 if d.upstream is not None else len(d.shape) - len(d.wrt.shape)
        rows = ",".join(map(latex, d.indices[:rank]))
        output = top + (f"_{{{rows}}}" if rows else "")
        right = plain_letters(d.proof.closings[-1].index)
        left = rf"\frac{{\partial {output}}}{{\partial {entry_latex(d.wrt, d.indices[rank:])}}}"
        return left, NodeLatex(names)(right)
    if d.member is not None:
        letters, form = d.member
        return rf"\frac{{\partial {top}}}{{\partial {entry_latex(d.wrt, letters)}}}", latex(form)
    if names.upstream is not None:
        left = rf"\frac{{\partial {top}}}{{\partial {variable_latex(d.wrt)}}}"
    else:
        left = title_latex(d.name, variable_latex(d.wrt), not d.wrt.shape)
    return left, latex(closed)


def variable_latex(wrt: Expr) -> str:
    """What a derivative is taken by: a name, or an intermediate expression in brackets."""
    text = str(latex(wrt))
    return text if isinstance(wrt, Tensor | Named) else rf"\left({text}\right)"


def claim_latex(v: Verdict) -> str:
    """A claim as an equation, entry by entry where a side is a definition; an unequal sign where it is refuted."""
    sign = r"\ne" if v.status == "refuted" else "="
    sides = (v.lhs, v.rhs)
    told = [side for side in sides if isinstance(side, Named) and side.letters and side.whole is None]
    letters = told[-1].letters if told else ()
    if all(isinstance(side, Array) for side in sides):
        left, right = ([entry_latex(side, letters) if letters else str(latex(side)), *_body_at(side, letters)]
                       for side in sides)
        if left[-1] == right[-1]:
            left = left[:1]
        shown = f"{' = '.join(left)} {sign} {right[-1]}"
        if len(shown) < 3 * WIDE:
            return shown
    return f"{latex(v.lhs)} {sign} {latex(v.rhs)}"


def _body_at(side: Expr, letters: tuple[Expr, ...]) -> list[str]:
    """What a definition says of its entry at these letters, unless one is taken inside; without letters, of the whole."""
    if not isinstance(side, Named):
        return []
    if not letters:
        return [] if side.whole is None else [str(latex(side.whole))]
    bound = {limit[0] for node in scalar_nodes(side.body) if isinstance(node, SympySum) for limit in node.limits}
    if bound & set(letters):
        return []
    return [str(latex(side.body.xreplace(dict(zip(side.letters, letters, strict=True)))))]
