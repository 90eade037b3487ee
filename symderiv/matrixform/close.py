"""From index form back to matrices, by a walk over the graph of index letters.

Letters are the vertices; a matrix is an edge, a vector a pendant.  Parallel edges merge into a Hadamard product, dead
ends collapse into matrix times vector (or a sum), letters of degree two into matrix products, and what remains between
the free letters is the closed form.  None means that there is none: the caller keeps the index form and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from sympy import Add as SympyAdd
from sympy import Expr, Integer, S
from sympy import Mul as SympyMul
from sympy import Pow as SympyPow

from ..arrays.arrays import Apply, Named, order_key
from ..arrays.operator import OPERATORS, is_array, operator
from ..arrays.registry import RECORDS
from ..calculus.factor import common_content, separable_content
from ..calculus.fold import Binding, match
from ..errors import SymderivError
from ..functions.elementary import exp, log
from ..functions.of_matrices import EXPONENTIAL_SLOPES
from ..functions.unknown import is_opaque
from ..layers.products import in_order, of_operands, operands_of
from ..layers.windows import SPATIAL
from ..lowering.export import export, export_affine, export_label, export_sym, function_class
from ..terms.affine import Affine, Idx, LabelRef, affine, constant
from ..terms.nodes import (
    Add,
    Const,
    Delta,
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
    delta,
    ent,
    factors_of,
    fresh_letter,
    guard,
    instantiate,
    letters_read,
    mul,
    num,
    power,
    replace,
    substitute,
    subterms,
    total,
)
from ..terms.ranges import Facts
from .build import (
    broadcasts,
    diag,
    hadamard,
    is_op,
    lifted,
    matmul,
    means,
    ones,
    outer,
    plus,
    reshape,
    scale,
    split_scalar,
    sum_axes,
    transpose,
    transpositions,
    without_axes,
)
from .compact import compact
from .cost import least
from .distribution import distributed
from .gathered import Gathering
from .mixed_radix import at_one_letter, first_digit, letter_in_digits, reads_blocks, reshaped_reads, split
from .reshaping import with_joined_axes
from .support import StridedRead, SupportBlock, block, filled, part_of, restricted, spread_of, turned_round
from .window_sums import Operand, close_windows, components, overlap, overlap_add

Letters = tuple[Idx, ...]


MAX_PASSES = 4


class NoClosedForm(Exception):
    """The expression fits no closed form; carries the part that does not."""


@dataclass(frozen=True)
class LabelledArray:
    """An array whose axes are named by distinct letters."""

    array: Expr
    letters: Letters


@dataclass
class FoundPieces:
    """What a product is made of: arrays over letters, entries that slide, letters that meet, letters moved by steps."""

    pieces: list[LabelledArray]
    shifted: list[TensorEntry] = field(default_factory=list)
    meetings: list[Affine] = field(default_factory=list)
    spreads: list[StridedRead] = field(default_factory=list)


def close(node: Node, letters: Letters, facts: Facts = (), gathering: Gathering | None = None) -> Expr | None:
    """The closed form with axes in the order of ``letters``, or None where there is none; several share a ``gathering``."""
    gathering = gathering or Gathering()
    single = gathering.stand_ins.shallow(sums_of_one(without_working_names(node)))
    apart = distributed(single)
    forms = (_closed(n, letters, facts, gathering) for n in dict.fromkeys((single, apart)))
    found = [form for form in forms if form is not None]
    whole = single if found else over_whole_ranges(single)
    if whole is not single:
        found = [form for form in (_closed(whole, letters, facts, gathering),) if form is not None]
    return gathering.stand_ins.written_out(least(found)) if found else None


def plainly_closed(node: Node, letters: Letters, facts: Facts = ()) -> Expr | None:
    """A closed form as it is found, which nobody is to read."""
    try:
        return Closer(facts).array(with_joined_axes(sums_of_one(without_working_names(node))), letters)
    except NoClosedForm:
        return None


def without_working_names(node: Node) -> Node:
    """The node with what is computed at free letters, as X[i, :] - X[j, :] is, written out: its name is nobody's."""
    while True:
        swap: dict[Node, Node] = {n: instantiate(n.sym, n.idx) for n in subterms(node) if isinstance(n, TensorEntry)
                                  and n.sym.role == "applied" and isinstance(n.sym.array, Named)
                                  and n.sym.letters is not None and _plain(n)}
        if not swap:
            return node
        node = replace(node, swap)


def _closed(node: Node, letters: Letters, facts: Facts, gathering: Gathering | None) -> Expr | None:
    try:
        return compact(Closer(facts).array(with_joined_axes(node), letters), gathering)
    except NoClosedForm:
        return None


def sums_of_one(node: Node) -> Node:
    """The node with sums over one number written as their term."""
    while True:
        single = next((n for n in subterms(node) if isinstance(n, Sum) and any(b.lo is b.hi for b in n.binders)), None)
        if single is None:
            return node
        fixed = {b: b.lo for b in single.binders if b.lo is b.hi}
        node = replace(node, {single: total(substitute(single.body, fixed), [b for b in single.binders if b not in fixed])})


def over_whole_ranges(node: Node) -> Node:
    """The node with Σ_{j=1..i} f written Σ_j [j ≤ i] f over all that the letter i goes through, and so for Σ_{j=i..n}."""
    swap: dict[Node, Node] = {}
    for n in subterms(node):
        if not isinstance(n, Sum) or len(n.binders) != 1:
            continue
        (b,) = n.binders
        lo, hi = b.lo.single, b.hi.single
        end = hi if isinstance(hi, Idx) and b.lo is constant(1) else lo if isinstance(lo, Idx) and b.hi is lo.hi else None
        if end is None or end.lo is not constant(1) or end.hi.free:
            continue
        whole = fresh_letter(b.key, constant(1), end.hi, letters_read(n.body, end) - {b.key})
        room = affine(end) - affine(whole)
        swap[n] = total(mul(guard(room if end is hi else -room), substitute(n.body, {b: affine(whole)})), [whole])
    return replace(node, swap) if swap else node


class Closer:
    """One conversion; memoises what it has closed."""

    def __init__(self, facts: Facts = ()) -> None:
        self.facts = facts
        self._memo: dict[tuple[Node, Letters], Expr] = {}
        self._on_blocks: dict[Node, int] = {}

    # ---------------------------------------------------------------- whole

    def array(self, node: Node, want: Letters) -> Expr:
        """The node as an array over exactly these letters, broadcast where it lacks one."""
        key = (node, want)
        found = self._memo.get(key)
        if found is None:
            piece = self.piece(node, want)
            found = self._memo[key] = self.arrange(piece, want)
        return found

    def arrange(self, piece: LabelledArray, want: Letters) -> Expr:
        """Axes of a piece brought into the wanted order, missing ones filled by ones."""
        a, have = piece.array, piece.letters
        if have == want:
            return a
        if not have:
            return scale(a, ones(tuple(export_affine(i.hi) for i in want)))
        if set(have) < set(want) and (len(want) > 2 or all(i.hi is constant(1) for i in want if i not in have)):
            own = tuple(i for i in want if i in have)
            factor, rest = split_scalar(self.arrange(piece, own))
            if is_op(rest, RECORDS.take) and isinstance(rest, Apply) and [
                    p is None for p in rest.params["index"]] == [i in have for i in want] and all(
                    size == 1 for size, i in zip(rest.args[0].shape, want, strict=True) if i not in have):
                return scale(factor, rest.args[0])
            return scale(factor, RECORDS.stretch(rest, shape=tuple(export_affine(i.hi) for i in want),
                                      axes=tuple(want.index(i) for i in own)))
        if len(want) == 2:
            if have == (want[1], want[0]):
                return transpose(a)
            if have == (want[0],):
                return outer(a, ones((export_affine(want[1].hi),)))
            if have == (want[1],):
                return outer(ones((export_affine(want[0].hi),)), a)
        if set(have) == set(want):
            factor, rest = split_scalar(a)
            if is_op(rest, RECORDS.einsum):
                return einsum_of([piece], want).array
            return scale(factor, RECORDS.permute(rest, axes=tuple(map(have.index, want))))
        raise NoClosedForm(f"axes {have} cannot be arranged as {want}")

    def piece(self, node: Node, want: Letters) -> LabelledArray:
        """The node as an array over its own letters, in the order in which its entries read them."""
        letters = natural_order(node, tuple(i for i in want if i in node.free))
        if len(letters) != len(node.free):
            raise NoClosedForm(f"{node} has letters beyond {want}")
        if isinstance(node, TensorEntry):
            return self.entry(node) if _plain(node) else self.product(node, letters)
        if isinstance(node, MatrixFunctionEntry):
            matrix = operator(node.kind)(export_sym(node.sym))
            # Further positions are along the last axis.
            own = node.sym.shape
            shape = (*own, *own[-1:] * max(len(node.idx) - len(own), 0))[:len(node.idx)]
            return self.read(node, matrix, node.idx, shape) if node.idx else LabelledArray(matrix, ())
        if isinstance(node, Num | Const) or (isinstance(node, IndexValue) and not node.free):
            return LabelledArray(export(node), ())
        if isinstance(node, Delta | IversonBracket):
            return self.product(node, letters)
        if isinstance(node, FunctionValue):
            return self.function(node, letters)
        if isinstance(node, Pow):
            return self.product(node, letters) if isinstance(node.base, Sum) else self.power(node, letters)
        if isinstance(node, Add):
            return self.addition(node, letters)
        if isinstance(node, Mul | Sum):
            return self.product(node, letters)
        raise NoClosedForm(f"{node}")

    # ---------------------------------------------------------------- leaves

    def entry(self, node: TensorEntry) -> LabelledArray:
        """An entry at plain letters is the array itself; fixed positions are taken, repeated letters a diagonal."""
        return self.read(node, export_sym(node.sym), node.idx, node.sym.shape)

    def read(self, node: Node, base: Expr, idx: tuple[Affine, ...], shape: tuple[Affine, ...]) -> LabelledArray:
        """An array read at positions."""
        letters: list[Idx] = []
        taken: list[Expr | None] = []
        named = next((n for n, p in enumerate(idx) if isinstance(p.single, LabelRef) and p.free), None)
        if named is not None:
            return self.named_by_label(node, base, idx, shape, named)
        for axis, (position, size) in enumerate(zip(idx, shape, strict=True)):
            moving = [a for a, _ in position.terms if isinstance(a, Idx)]
            if len(moving) == 1 and position.free == {moving[0]}:
                part = part_of(base, axis, position, moving[0], size, self.facts)
                if part is None:
                    raise NoClosedForm(f"{position} may lie outside the axis it reads in {node}")
                base = part
                letters.append(moving[0])
                taken.append(None)
            elif not position.free:
                taken.append(export_affine(position))
            else:
                raise NoClosedForm(f"{node} has a computed index")
        if any(t is not None for t in taken):
            base = self.taken(base, taken)
        if len(set(letters)) < len(letters):
            if len(letters) == 2:
                return LabelledArray(RECORDS.diag(base), (letters[0],))
            raise NoClosedForm(f"{node} repeats a letter")
        return LabelledArray(base, tuple(letters))

    def named_by_label(self, node: Node, base: Expr, idx: tuple[Affine, ...], shape: tuple[Affine, ...],
                       axis: int) -> LabelledArray:
        """The entry of each row that its label names, or the rows of a matrix that labels name."""
        label = idx[axis].single
        assert isinstance(label, LabelRef) and label.sym is not None
        own = tuple(p.single for p in label.idx)
        rest = [n for n in range(len(idx)) if n != axis]
        others = tuple(idx[n].single for n in rest)
        letters = tuple(i for i in (*own, *others) if isinstance(i, Idx))
        plain = len(letters) == len(own) + len(others) and all(
            isinstance(i, Idx) and i.lo is constant(1) and i.hi is n
            for i, n in zip((*own, *others), (*label.sym.shape, *(shape[n] for n in rest)), strict=True))
        if plain and label.size is shape[axis] and len(set(own)) == len(own):
            if others == own:
                last = base if axis == len(idx) - 1 else RECORDS.permute(base, axes=(*rest, axis))
                return LabelledArray(RECORDS.pick(last, export_sym(label.sym)), letters[:len(own)])
            if len(idx) == 2 and not set(own) & set(others):
                return LabelledArray(RECORDS.embedding(base if axis == 0 else transpose(base), export_sym(label.sym)),
                                     letters)
        raise NoClosedForm(f"{node} is read where a label says")

    def taken(self, base: Expr, positions: list[Expr | None]) -> Expr:
        """The array with some axes read at fixed positions; a position that may leave its axis has no closed form."""
        if isinstance(base, Apply) and base.op.members and None not in positions and (
                len(positions) == len(base.args[0].shape) - 2):
            return base.op(self.taken(base.args[0], [*positions, None, None]))  # det Σ_k
        plain = without_axes(base, [n for n, p in enumerate(positions) if p == 1])
        if plain is not None and all(p is None or p == 1 for p in positions):
            return plain
        try:
            part: Expr = base[tuple(slice(None) if p is None else p for p in positions)]
        except SymderivError as error:
            raise NoClosedForm(error.message) from error
        return part

    def delta(self, node: Delta) -> LabelledArray:
        """δ(i, j) is the identity, δ(i, y) the one-hot vector e_y."""
        step = spread_of(node.expr)
        if step is not None:
            return LabelledArray(step.moved(RECORDS.eye(size=export_affine(step.place.hi)), 0), (step.out, step.place))
        idx = [a for a, c in node.expr.terms if isinstance(a, Idx) and abs(c) == 1]
        if idx:
            i = idx[0]
            c = node.expr.coeff(i)
            target = (node.expr - affine(i).scaled(c)).scaled(-c)
            size = export_affine(i.hi)
            label = target.single
            if isinstance(label, LabelRef) and i.lo is constant(1) and label.size is i.hi:
                inner = tuple(p.single for p in label.idx)
                if label.sym is None:
                    return LabelledArray(RECORDS.one_hot(export_label(label), size=size), (i,))
                if all(isinstance(j, Idx) and j.lo is constant(1) and j.hi is n
                       for j, n in zip(inner, label.sym.shape, strict=True)) and len(set(inner)) == len(inner):
                    plain = tuple(j for j in inner if isinstance(j, Idx))
                    return LabelledArray(RECORDS.one_hot(export_sym(label.sym), size=size), (*plain, i))
            if target.is_const and i.lo is constant(1):
                return LabelledArray(RECORDS.one_hot(Integer(target.const), size=size), (i,))
        raise NoClosedForm(f"{node}")

    # ---------------------------------------------------------------- entrywise

    def function(self, node: FunctionValue, letters: Letters) -> LabelledArray:
        """A function applied entrywise; log Σ exp is logsumexp."""
        if log.of(node):
            found = self.log_sum_exp(node.children[0], letters)
            if found is not None:
                return found
        if not letters:
            return LabelledArray(function_class(node.name)(*(self.array(c, ()) for c in node.children)), ())
        if node.name not in OPERATORS and not is_opaque(node.name):
            raise NoClosedForm(f"no operator is named {node.name}")
        # A number beside arrays stays one, as the order of a derivative does.
        varies = any(c.free for c in node.children)
        operands = (self.array(c, letters if c.free or not varies else ()) for c in node.children)
        return LabelledArray(operator(node.name)(*operands), letters)

    def log_sum_exp(self, inner: Node, letters: Letters) -> LabelledArray | None:
        """log Σ_k exp f_k."""
        if not (isinstance(inner, Sum) and len(inner.binders) == 1 and isinstance(inner.body, FunctionValue)
                and exp.of(inner.body) and len(letters) <= 1):
            return None
        k = inner.binders[0]
        f = inner.body.children[0]
        if k not in f.free or k.lo is not constant(1):
            return None
        return LabelledArray(RECORDS.logsumexp(self.array(f, (*letters, k)), axis=-1), letters)

    def power(self, node: Pow, letters: Letters) -> LabelledArray:
        """An entrywise power."""
        if node.exponent.free:
            operands = []
            for part in (node.base, node.exponent):
                own = tuple(i for i in letters if i in part.free)
                operands.append(lifted(self.array(part, own), [letters.index(i) for i in own], len(letters)))
            full = any(len(part.free) == len(letters) for part in (node.base, node.exponent))
            return LabelledArray(RECORDS.pow(operands[0] if full else self.array(node.base, letters), operands[1]), letters)
        own = tuple(i for i in letters if i in node.base.free)
        base, exponent = self.array(node.base, own), self.array(node.exponent, ())
        return LabelledArray(hadamard([RECORDS.pow(base, exponent)]) if is_array(base) else SympyPow(base, exponent), own)

    def addition(self, node: Add, letters: Letters) -> LabelledArray:
        """A sum of arrays over the union of their letters; common scalars in front."""
        turned = turned_round(node)
        if turned is not node:
            return self.piece(turned, letters)
        content, rest = separable_content(node)
        if content.free:
            return self.product(mul(content, rest), letters)
        if isinstance(content, Num) and content.value < 0:
            content, rest = Num(1), node  # a sign alone is not worth a bracket
        children = rest.children if isinstance(rest, Add) else (rest,)
        # Beside I or Diag, a row that all rows share is written 1 vᵀ: I - v would be misread.
        diagonal = len(letters) == 2 and any(
            isinstance(f, Delta) and f.free >= set(letters) for t in children for f in factors_of(t)[1])
        partial = not diagonal and len(letters) > 1 and any(len(t.free) < len(letters) for t in children)
        terms: list[Expr] = []
        for term in children:
            own = tuple(i for i in letters if i in term.free)
            terms.append(self.lifted(term, own, letters) if partial and own else self.array(term, letters if own else ()))
        total = plus(terms) if any(map(is_array, terms)) else SympyAdd(*terms)
        if letters and not is_array(total):
            return LabelledArray(SympyMul(self.array(content, ()), total), ())
        return LabelledArray(scale(self.array(content, ()), total), letters)

    def lifted(self, term: Node, own: Letters, letters: Letters) -> Expr:
        """One of several terms that broadcast against each other: rows and columns are scaled entrywise."""
        piece = self.product(term, own, True) if isinstance(term, Mul | Sum) else self.piece(term, own)
        return lifted(self.arrange(piece, own), [letters.index(i) for i in own], len(letters))

    # ---------------------------------------------------------------- products and sums

    def product(self, node: Node, letters: Letters, entrywise: bool = False) -> LabelledArray:
        """Σ over bound letters of a product; where positions are written in digits, of reshaped arrays."""
        try:
            return self.walk(reshaped_reads(node) if reads_blocks(node) else node, letters, entrywise)
        except NoClosedForm:
            found = self.in_digits(node, letters) or self.summed(node, letters)
            if found is None:
                raise
            return found

    def summed(self, node: Node, letters: Letters) -> LabelledArray | None:
        """Σ_i Σ_j w_j x_(i + j - 1) as the sum of an array over i, whose entries are the sums over j; None where no letter
        leaves such an array."""
        if letters or not isinstance(node, Sum) or len(node.binders) != 2:
            return None
        for i in node.binders:
            (j,) = (b for b in node.binders if b is not i)
            if i.lo is constant(1) and not i.hi.free and i not in j.lo.free | j.hi.free:
                with suppress(NoClosedForm):
                    return LabelledArray(RECORDS.sum(self.array(total(node.body, (j,)), (i,))), ())
        return None

    def in_digits(self, node: Node, letters: Letters) -> LabelledArray | None:
        """The product over letters for digits, or for what the digits stand for; None where nothing is in digits."""
        fresh, taken = f"d{len(self._on_blocks)}", letters_read(node, *letters)
        for lead, last in permutations(letters, 2):
            whole = fresh_letter(fresh, constant(1), lead.hi.times(export_affine(last.hi)), taken)
            if {lead, last} <= node.free and lead not in (apart := at_one_letter(node, lead, last, whole)).free:
                rest = [i for i in letters if i not in (lead, last)]
                at = sum(i is not last for i in letters[:letters.index(lead)])
                array = self.array(apart, (*rest[:at], whole, *rest[at:]))
                order = (*rest[:at], lead, last, *rest[at:])
                return LabelledArray(reshape(array, tuple(export_affine(i.hi) for i in order)), order)
        parted = letter_in_digits(node, letters, fresh)
        if parted is not None:
            letter, own, apart = parted
            return self.joined(apart, letters, letter, own)
        apart = reshaped_reads(node)
        if apart is not node:
            return self.product(apart, letters)
        body, bound = (node.body, node.binders) if isinstance(node, Sum) else (node, ())
        digit = first_digit(factors_of(body)[1], fresh)
        if digit is None:
            return None
        self._on_blocks[node] = MAX_PASSES + 1
        body = split(body, digit, self.facts)
        if digit.letter in bound:
            return self.product(total(body, [digit.last if b is digit.letter else b for b in bound]), letters)
        lead = digit.lead
        if lead in letters:
            lead = fresh_letter(f"{fresh}q", constant(1), digit.lead.hi, taken | letters_read(body, digit.last))
            body = mul(body, delta(affine(lead) - affine(digit.lead)))
        return self.joined(total(body, [b for b in bound if b is not lead]), letters, digit.letter, (lead, digit.last))

    def joined(self, node: Node, letters: Letters, letter: Idx, own: Letters) -> LabelledArray:
        """The node with letters for the digits of one letter, closed, and these axes made one."""
        at = letters.index(letter)
        array = self.array(node, (*letters[:at], *own, *letters[at + 1:]))
        return LabelledArray(reshape(array, tuple(export_affine(i.hi) for i in letters)), letters)

    def walk(self, node: Node, letters: Letters, entrywise: bool = False) -> LabelledArray:
        """Σ over bound letters of a product: the walk over the graph.

        ``entrywise`` says how rows and columns are scaled: by broadcasting, and not by a diagonal matrix.
        """
        body, bound = (node.body, node.binders) if isinstance(node, Sum) else (node, ())
        for b in bound:
            if b.lo.free or b.hi.free:
                raise NoClosedForm(f"the range of {b} depends on another letter")
        blocks = self.blocks(node, letters)
        if blocks:
            return self.on_blocks(node, letters, blocks)
        sliding = sliding_letters(body)
        if bound and isinstance(body, Add) and sliding:
            # What slides is read off a product; a sum of several is closed term by term.
            content, rest = common_content(body)
            if not content.free:
                return LabelledArray(plus([self.array(total(t, bound), letters) for t in body.children]), letters)
            body = mul(content, rest)
        coeff, factors = factors_of(body)
        everywhere = (*letters, *bound)
        factors, bound = self.running(factors, bound, everywhere)
        factors, bound = self.along_a_direction(factors, bound, everywhere)
        found = self.taken_apart(self.gathered(factors, everywhere, sliding), body, bound, everywhere)
        pieces, used = self.moved(found, bound, letters, everywhere)
        return self.eliminated(export(Num(coeff)), pieces, [b for b in bound if b not in used], letters, entrywise)

    def taken_apart(self, factors: tuple[Node, ...], body: Node, bound: Letters, everywhere: Letters) -> FoundPieces:
        """The factors as arrays over letters, those that slide and meet apart."""
        sliding = sliding_letters(body)
        factors, soft = self.softmaxes(factors, everywhere)
        found = FoundPieces(list(soft))
        for f in factors:
            if isinstance(f, TensorEntry) and any(_shifted(p) and p.free & sliding for p in f.idx):
                found.shifted.append(f)
            elif isinstance(f, Delta):
                self.meeting(f, bound, found)
            elif isinstance(f, IversonBracket) and (triangle := _triangle(f)) is not None:
                found.pieces.append(triangle)
            elif isinstance(f, TensorEntry):
                found.pieces.append(self.entry(f))
            elif f is body and isinstance(f, IversonBracket):
                raise NoClosedForm(f"{f} alone is no array that has a name")
            elif isinstance(f, Sum) or (isinstance(f, Pow) and isinstance(f.base, Sum)):
                found.pieces.append(self.closed_sum(f, natural_order(body, tuple(i for i in everywhere if i in f.free))))
            else:
                found.pieces.append(self.piece(f, tuple(i for i in everywhere if i in f.free)))
        return found

    def meeting(self, f: Delta, bound: Letters, found: FoundPieces) -> None:
        """A delta: of three letters, of two of which one is moved by steps, or the identity."""
        if _letters_of(f) > 2:
            found.meetings.append(f.expr)
            return
        if all(isinstance(a, Idx) and a.lo is a.hi is constant(1) for a, _ in f.expr.terms):
            return  # the one position of an axis of size 1
        step = spread_of(f.expr)
        if step is None or step.place not in bound or step.plain:
            found.pieces.append(self.delta(f))
            return
        twin = next((s for s in found.spreads if s.place is step.place), None)
        if twin is None:
            found.spreads.append(step)
        elif (twin.stride, twin.turned) == (step.stride, step.turned):
            # Two letters at one place are one letter.
            found.pieces.append(self.piece(delta(affine(twin.out) - affine(step.out)), (twin.out, step.out)))
        else:
            raise NoClosedForm(f"{step.place} is at two places")

    def moved(self, found: FoundPieces, bound: Letters, letters: Letters, everywhere: Letters) -> tuple[
            list[LabelledArray], set[Idx]]:
        """What slides as convolutions, what is moved by steps with zeros between; and the letters that are summed by it."""
        pieces, used = found.pieces, set[Idx]()
        if found.shifted or found.meetings:
            sliding = self.windows(found.shifted, pieces, bound, letters, found.meetings)
            if sliding is None and found.meetings:
                raise NoClosedForm(f"{found.meetings[0]} ties three letters together")
            pieces, used = sliding or ([*pieces, *map(self.entry, found.shifted)], used)
        for spread in found.spreads:
            if spread.place in used:
                raise NoClosedForm(f"{spread.place} is summed besides where it says a place")
            pieces = self.spread(spread, pieces, everywhere)
            used.add(spread.place)
        return [LabelledArray(hadamard([p.array]) if is_array(p.array) else p.array, p.letters) for p in pieces], used

    def eliminated(self, scalar: Expr, pieces: list[LabelledArray], bound: list[Idx], letters: Letters,
                   entrywise: bool) -> LabelledArray:
        """The pieces multiplied and summed over the letters that are bound."""
        scalar = SympyMul(scalar, *(p.array for p in pieces if not p.letters and not _sums(p.array)))
        pieces = [p for p in pieces if p.letters or _sums(p.array)]
        apart = [split_scalar(p.array) for p in pieces]
        scalar, arrays = means(SympyMul(scalar, *(c for c, _ in apart)), [a for _, a in apart], entrywise)
        pieces = [LabelledArray(a, p.letters) for a, p in zip(arrays, pieces, strict=True)]
        scalars = [p.array for p in pieces if not p.letters]
        graph = IndexGraph([p for p in pieces if p.letters], self, letters)
        for b in bound:
            if not any(b in p.letters for p in graph.pieces):
                raise NoClosedForm(f"{b} is summed but not read")
        for b in graph.elimination_order(bound):
            extra = graph.eliminate(b)
            if extra is not None:
                scalars.append(extra)
        result = graph.finish(letters, entrywise)
        averaged = [s for s in scalars if _sums(s)]
        plain, totals = means(SympyMul(scalar, *(s for s in scalars if s not in averaged)), averaged)
        scalar = SympyMul(plain, *totals)
        if result is None:
            return LabelledArray(scalar, ())
        scalar, (array,) = means(scalar, [result.array])
        return LabelledArray(scale(scalar, array), result.letters)

    def blocks(self, node: Node, letters: Letters) -> tuple[SupportBlock, ...]:
        """The letters, free and bound, in whose whole range the node has zeros at an end."""
        if self._on_blocks.get(node, 0) > MAX_PASSES:
            return ()
        body, bound = (node.body, node.binders) if isinstance(node, Sum) else (node, ())
        found = (block(body, i, self.facts) for i in (*letters, *bound))
        return tuple(b for b in found if b is not None)

    def on_blocks(self, node: Node, letters: Letters, blocks: Sequence[SupportBlock]) -> LabelledArray:
        """The node closed where it can differ from 0, with zeros around."""
        inner = restricted(node, blocks, self.facts)
        # What is cut off along one letter may leave less of another one.
        self._on_blocks[inner] = self._on_blocks.get(node, 0) + 1
        whole = {b.part: b for b in blocks if b.whole in letters}
        parts = {b.whole: b.part for b in whole.values()}
        piece = self.piece(inner, tuple(parts.get(i, i) for i in letters))
        missing = tuple(i for i in whole if i not in piece.letters)
        if missing:
            own = (*piece.letters, *missing)
            piece = LabelledArray(self.arrange(piece, own), own)
        zero = constant(0)
        widths = [(whole[i].before, whole[i].after) if i in whole else (zero, zero) for i in piece.letters]
        return LabelledArray(filled(piece.array, widths), tuple(whole[i].whole if i in whole else i for i in piece.letters))

    def spread(self, step: StridedRead, pieces: list[LabelledArray], everywhere: Letters) -> list[LabelledArray]:
        """What is read at a place, moved to every s-th position, zeros between."""
        members = [p for p in pieces if step.place in p.letters] or [
            LabelledArray(ones((export_affine(step.place.hi),)), (step.place,))]
        own = tuple(i for i in everywhere if any(i in p.letters for p in members))
        if step.out in own:
            raise NoClosedForm(f"{step.out} is read besides {step.place}")
        if len(members) == 1:
            joined = members[0]
        elif all(len(p.letters) == len(own) for p in members):
            joined = LabelledArray(hadamard([self.arrange(p, own) for p in members]), own)
        else:
            joined = einsum_of(members, own)
        axis = joined.letters.index(step.place)
        result = tuple(step.out if i is step.place else i for i in joined.letters)
        return [*(p for p in pieces if p not in members), LabelledArray(step.moved(joined.array, axis), result)]

    def closed_sum(self, f: Node, everywhere: Letters) -> LabelledArray:
        """A sum inside a product, perhaps to a power, closed on its own."""
        own = tuple(i for i in everywhere if i in f.free)
        if isinstance(f, Pow):
            inner = self.product(f.base, own)
            exponent = self.array(f.exponent, ())
            if not inner.letters:
                return LabelledArray(SympyPow(inner.array, exponent), ())
            return LabelledArray(RECORDS.pow(inner.array, exponent), inner.letters)
        return self.product(f, own)

    def softmaxes(self, factors: tuple[Node, ...], everywhere: Letters) -> tuple[tuple[Node, ...], list[LabelledArray]]:
        """exp f_i / Σ_k exp f_k, wherever it stands in the product, is softmax(f)_i."""
        rest = list(factors)
        found: list[LabelledArray] = []
        for inverse in factors:
            if not (isinstance(inverse, Pow) and isinstance(inverse.exponent, Num) and inverse.exponent.value < 0
                    and isinstance(inverse.base, Sum) and len(inverse.base.binders) == 1):
                continue
            total, k = inverse.base, inverse.base.binders[0]
            g = total.body
            if not (isinstance(g, FunctionValue) and exp.of(g) and k in g.free and k.lo is constant(1)):
                continue
            budget = -inverse.exponent.value
            for f in factors:
                base, power_ = (f.base, f.exponent) if isinstance(f, Pow) else (f, Num(1))
                if not (isinstance(base, FunctionValue) and exp.of(base) and isinstance(power_, Num)
                        and isinstance(power_.value, int) and 0 < power_.value <= budget):
                    continue
                binding: Binding = {}
                if not match(g, base, frozenset((k,)), binding) or k not in binding:
                    continue
                piece = self.softmax_piece(g.children[0], k, binding[k], everywhere)
                if piece is None:
                    continue
                rest.remove(f)
                found += [piece] * int(power_.value)
                budget -= power_.value
            if budget != -inverse.exponent.value:
                rest.remove(inverse)
                if budget:
                    rest.append(power(total, num(-budget)))
        return tuple(rest), found

    def softmax_piece(self, f: Node, k: Idx, at: Affine, everywhere: Letters) -> LabelledArray | None:
        """softmax over letter k of f, read at position ``at``."""
        own = tuple(i for i in everywhere if i in f.free and i is not k)
        if len(own) > 1:
            return None
        array = RECORDS.softmax(self.array(f, (*own, k)), axis=-1)
        i = at.single
        if isinstance(i, Idx) and i.lo is k.lo and i.hi is k.hi and i not in own:
            return LabelledArray(array, (*own, i))
        if not at.free:
            keys: tuple[Any, ...] = (slice(None),) * len(own) + (export_affine(at),)
            return LabelledArray(array[keys], own)
        return None

    def running(self, factors: tuple[Node, ...], bound: Letters, everywhere: Letters) -> tuple[tuple[Node, ...], Letters]:
        """Factors in which Σ_j [j <= i] v_j has become an entry of the running sum of v, or of v from its end."""
        for f in factors:
            j = _from_the_end(f, bound)
            if j is not None:
                turned_letter = {j: j.hi + 1 - affine(j)}
                return self.running(tuple(substitute(g, turned_letter) for g in factors), bound, everywhere)
            meeting = _before(f, bound)
            if meeting is None:
                continue
            j, i, upwards = meeting
            members = [g for g in factors if g is not f and j in g.free]
            own = tuple(k for k in everywhere if any(k in g.free for g in members))
            if not members or i in own or len(own) > 2 or any(isinstance(g, Delta | IversonBracket) for g in members):
                continue
            array, axis = self.array(mul(*members), own), own.index(j)
            turned = array if upwards else RECORDS.flip(array, axis=axis)
            array = RECORDS.cumsum(turned, axis=axis)
            array = array if upwards else RECORDS.flip(array, axis=axis)
            sym = Sym(order_key(array), tuple(k.hi for k in own), array, role="closed")
            entry = ent(sym, *(affine(i if k is j else k) for k in own))
            rest = (*(g for g in factors if g is not f and g not in members), entry)
            return self.running(rest, tuple(b for b in bound if b is not j), everywhere)
        return factors, bound

    def along_a_direction(self, factors: tuple[Node, ...], bound: Letters, everywhere: Letters) -> tuple[
            tuple[Node, ...], Letters]:
        """Factors in which the derivatives of e^A, summed against a matrix, have become the one along that matrix."""
        for f in factors:
            if not (isinstance(f, MatrixFunctionEntry) and f.kind == EXPONENTIAL_SLOPES):
                continue
            i, p, q, j = f.idx
            for own, left, turned in (((i.single, j.single), (p, q), True), ((p.single, q.single), (i, j), False)):
                summed = tuple(b for b in own if isinstance(b, Idx))
                members = [g for g in factors if g is not f and not g.free.isdisjoint(summed)]
                if len(set(summed)) < 2 or not set(summed) <= set(bound) or any(not g.free <= set(summed) for g in members):
                    continue
                matrix = export_sym(f.sym)
                array = RECORDS.expm_frechet(transpose(matrix) if turned else matrix, self.array(mul(*members), summed))
                entry = ent(Sym(order_key(array), f.sym.shape, array, role="closed"), *left)
                rest = (*(g for g in factors if g is not f and g not in members), entry)
                return self.along_a_direction(rest, tuple(b for b in bound if b not in summed), everywhere)
        return factors, bound

    def gathered(self, factors: tuple[Node, ...], everywhere: Letters, sliding: frozenset[Idx]) -> tuple[Node, ...]:
        """Factors that read computed positions only together, such as f'(a[i - j + 1]), become one array read there.

        A range condition 1 <= position <= size is the zero extension of that array; without one, an entry must see to
        it that the product is 0 outside.
        """
        guards = [f for f in factors if isinstance(f, IversonBracket)]
        reading = {f: frozenset(p for p in _positions(f) if p.free & sliding and p.free <= f.free)
                   for f in factors if not isinstance(f, IversonBracket | Delta)}
        held: dict[Affine, tuple[Affine, tuple[Node, ...]]] = {}
        for f in reading:
            held |= spans(f, sliding) if isinstance(f, Sum) and not reading[f] and not guards else {}
        if not guards and not held and not any(p for f, p in reading.items() if not isinstance(f, TensorEntry)):
            return factors
        read = frozenset().union(*reading.values())
        for n, low in enumerate(guards):
            for high in guards[n + 1:]:
                size = low.expr + high.expr + 1
                if not size.free:
                    ends = [g.expr + 1 for g in (low, high)]
                    # Of two directions, that in which the letter of the result runs.
                    first = next((i for i in everywhere if i in ends[0].free), None)
                    ends.sort(key=lambda p: p not in read and first is not None and p.coeff(first) < 0)
                    held[next((p for p in ends if p in read), ends[0])] = size, (low, high)
        rest = list(factors)
        for together in components([p for p in reading.values() if p] + [frozenset((p,)) for p in held]):
            members = [f for f in reading if reading[f] & together or (
                isinstance(f, Sum) and any(p.free <= f.free for p in together & held.keys()))]
            if not held.keys() & together and all(isinstance(f, TensorEntry) for f in members):
                continue
            array = self.read_at(members, sorted(together, key=lambda p: p.key), held, everywhere)
            if array is None:
                continue
            used = {g for p in together if p in held for g in held[p][1]}
            rest = [f for f in rest if f not in members and f not in used] + [array]
        return tuple(rest)

    def read_at(self, members: list[Node], positions: Sequence[Affine],
                held: Mapping[Affine, tuple[Affine, tuple[Node, ...]]], everywhere: Letters) -> TensorEntry | None:
        """The product of the members as an entry of one array at these positions, or None."""
        fresh: dict[Affine, Idx] = {}
        axes = [(e, p, n) for f in members for e in subterms(f) if isinstance(e, TensorEntry)
                for p, n in zip(e.idx, e.sym.shape, strict=True)]
        multiplying = [e for f in members for e in factors_of(f.body if isinstance(f, Sum) else f)[1]
                       if isinstance(e, TensorEntry)]
        for count, position in enumerate(positions):
            sizes = {n for _, p, n in axes if p is position} | ({held[position][0]} if position in held else set())
            if len(sizes) != 1 or not (position in held or any(position in e.idx for e in multiplying)):
                return None
            taken = letters_read(*members, *everywhere, *fresh.values())
            fresh[position] = fresh_letter(f"s{count}", constant(1), sizes.pop(), taken)
        swap: dict[Node, Node] = {e: ent(e.sym, *(affine(fresh[p]) if p in fresh else p for p in e.idx)) for e, _, _ in axes}
        body = mul(*(replace(f, swap) for f in members))
        for position, letter in fresh.items():
            # What sums read where their own letters move with the position moves with the new letter.
            for moving in sorted(position.free & body.free, key=lambda i: i.key):
                c = position.coeff(moving)
                rest = position - affine(moving).scaled(c)
                moved = substitute(body, {moving: (affine(letter) - rest).scaled(c)}) if abs(c) == 1 else body
                if not moved.free & position.free:
                    body = moved
                    break
        letters = tuple(i for i in everywhere if i in body.free) + tuple(fresh.values())
        if any(i.lo is not constant(1) for i in letters):
            return None
        own = natural_order(body, letters)
        array = self.array(body, own)
        at = {i: p for p, i in fresh.items()}
        sym = Sym(order_key(array), tuple(i.hi for i in own), array, role="closed")
        return ent(sym, *(at.get(i, affine(i)) for i in own))

    def operand(self, e: TensorEntry) -> Operand:
        """An entry without the axes that it reads at one place."""
        taken = [None if p.free else export_affine(p) for p in e.idx]
        base = export_sym(e.sym)
        kept = [n for n, p in enumerate(taken) if p is None]
        array = base if len(kept) == len(taken) else self.taken(base, taken)
        return Operand(array, tuple(e.idx[n] for n in kept), tuple(e.sym.shape[n] for n in kept))

    def apart(self, e: TensorEntry, pieces: list[LabelledArray], bound: Letters) -> tuple[list[TensorEntry],
                                                                                          list[LabelledArray], Letters]:
        """A summed letter that moves an entry by steps along two axes, as two letters that the identity ties."""
        for b in bound:
            places = [n for n, p in enumerate(e.idx) if b in p.free]
            stepping = len(places) == 2 and all(e.idx[n].slope(b) not in (1, -1) for n in places)
            if stepping and not any(b in p.letters for p in pieces) and b.lo is constant(1):
                other = fresh_letter(b.name, b.lo, b.hi, letters_read(e, *bound, *(i for p in pieces for i in p.letters)))
                idx = [p.substitute({b: affine(other)}) if n == places[1] else p for n, p in enumerate(e.idx)]
                tie = LabelledArray(RECORDS.eye(size=export_affine(b.hi)), (b, other))
                return [ent(e.sym, *idx)], [*pieces, tie], (*bound, other)
        return [e], pieces, bound

    def windows(self, shifted: list[TensorEntry], pieces: list[LabelledArray], bound: Letters, letters: Letters,
                meetings: Sequence[Affine]) -> tuple[list[LabelledArray], set[Idx]] | None:
        """Two arrays that slide along each other, with what else is read at the summed letters of one of them.

        ``meetings`` are affine expressions in three letters that are 0 where the product counts.
        """
        if len(shifted) == 1:
            shifted, pieces, bound = self.apart(shifted[0], pieces, bound)
        turned = [_reversed(e) for e in shifted]
        pieces = [*pieces, *(p for p in turned if p is not None)]
        operands = [self.operand(e) for e, p in zip(shifted, turned, strict=True) if p is None]
        moving = components([p.free for x in operands for p in x.idx if _shifted(p)] + [m.free for m in meetings])
        sliding = frozenset(bound).intersection(frozenset().union(*moving))
        rest = [p for p in pieces if not sliding.intersection(p.letters)]
        for moved in components(sliding.intersection(p.letters) for p in pieces if p not in rest):
            members = [p for p in pieces if moved.intersection(p.letters)]
            own = max((p.letters for p in members), key=len)
            if any(not set(p.letters) <= set(own) for p in members):
                own = tuple(dict.fromkeys(i for p in members for i in p.letters))
            # What scales this operand along letters that are summed belongs to it.
            scales = [p for p in rest if set(p.letters) < set(own) and not set(p.letters).isdisjoint(bound)]
            rest = [p for p in rest if p not in scales]
            if any(p.letters == own for p in members) and (scales or len(members) > 1):
                array = hadamard([lifted(self.arrange(p, tuple(i for i in own if i in p.letters)),
                                         [n for n, i in enumerate(own) if i in p.letters], len(own))
                                  for p in (*members, *scales)])
            elif len(members) == 1:
                array = members[0].array
            elif all(len(p.letters) == len(own) for p in members):
                array = hadamard([self.arrange(p, own) for p in members])
            else:
                array = einsum_of(members, own).array
            operands.append(Operand(array, tuple(map(affine, own)), tuple(i.hi for i in own)))
        if len(operands) == 1:
            lone = tuple(i for i in bound if i in sliding)  # summed alone: a window of ones
            operands.append(Operand(ones(tuple(export_affine(i.hi) for i in lone)), tuple(map(affine, lone)),
                                    tuple(i.hi for i in lone)))
        if len(operands) != 2:
            return None if meetings else self.overlaps(shifted, pieces, bound, letters)
        a, b = operands
        read = {i for i in bound if any(i in p.letters for p in rest)}
        met = a.free.union(b.free, *moving)
        summed = tuple(i for i in bound if i in met and i not in read)
        result = tuple(i for i in (*letters, *bound) if i in met and i not in summed)
        array = close_windows(a, b, meetings, summed, result, self.facts)
        if array is None:
            return None if meetings else self.overlaps(shifted, pieces, bound, letters)
        return [*rest, LabelledArray(array, result)], set(summed)

    def overlaps(self, shifted: list[TensorEntry], pieces: list[LabelledArray], bound: Letters, letters: Letters) -> tuple[
            list[LabelledArray], set[Idx]] | None:
        """Windows added up where they overlap: both the window and the place in it move with the summed letter."""
        fresh: dict[Affine, Idx] = {}
        members: list[LabelledArray] = []
        taken = letters_read(*shifted, *bound, *letters, *(i for p in pieces for i in p.letters))
        for e in shifted:
            own: list[Idx] = []
            for position, size in zip(e.idx, e.sym.shape, strict=True):
                letter = position.single
                if _shifted(position):
                    if position not in fresh:
                        fresh[position] = fresh_letter(f"s{len(fresh)}", constant(1), size,
                                                       taken | letters_read(*fresh.values()))
                    letter = fresh[position]
                if not isinstance(letter, Idx) or letter.lo is not constant(1) or letter.hi is not size or letter in own:
                    return None
                own.append(letter)
            members.append(LabelledArray(export_sym(e.sym), tuple(own)))
        moving = frozenset(bound).intersection(frozenset().union(*(p.free for p in fresh)))
        members += [p for p in pieces if moving.intersection(p.letters)]
        rest = [p for p in pieces if not moving.intersection(p.letters)]
        slides = [overlap(p, j, bound, self.facts) for p, j in fresh.items()]
        found = sorted((s for s in slides if s is not None), key=lambda s: letters.index(s.out) if s.out in letters else 0)
        if len(found) < len(slides) or len(found) not in SPATIAL or any(s.tiles for s in found):
            return None
        if {s.window for s in found} != moving or not all(s.out in letters for s in found):
            return None
        inner = moving.union(fresh.values())
        read = {i for p in members for i in p.letters} - inner
        lead = tuple(i for i in (*letters, *bound) if i in read and (i in letters or any(i in p.letters for p in rest)))
        if any(s.out in lead for s in found):
            return None
        order = (*lead, *(s.window for s in found), *(s.place for s in found))
        if all(set(p.letters) == set(order) for p in members):
            array = hadamard([self.arrange(p, order) for p in members])
        else:
            array = einsum_of(members, order).array
        result = (*lead, *(s.out for s in found))
        used = moving.union(read.difference(lead)).intersection(bound)
        return [*rest, LabelledArray(overlap_add(array, found), result)], set(used)


class IndexGraph:
    """Pieces over letters; bound letters are eliminated one by one."""

    def __init__(self, pieces: list[LabelledArray], closer: Closer, free: Letters) -> None:
        self.pieces = pieces
        self.closer = closer
        self.free = free

    def vectors(self, b: Idx) -> list[LabelledArray]:
        """Pendants at a letter."""
        return [p for p in self.pieces if p.letters == (b,)]

    def edges(self, b: Idx) -> list[LabelledArray]:
        """Arrays with further axes at a letter."""
        return [p for p in self.pieces if b in p.letters and len(p.letters) > 1]

    def merge_parallel(self) -> None:
        """Matrices between the same two letters become their Hadamard product."""
        groups: dict[frozenset[Idx], list[LabelledArray]] = {}
        rest: list[LabelledArray] = []
        for p in self.pieces:
            if len(p.letters) < 2 or is_op(p.array, RECORDS.eye):
                rest.append(p)
            else:
                groups.setdefault(frozenset(p.letters), []).append(p)
        for members in groups.values():
            if len(members) == 1:
                rest += members
                continue
            # The orientation that most of them have; a tie goes to the order of the result's axes.
            orders = [p.letters for p in members]
            order = max(orders, key=lambda o: (orders.count(o), o[0] in self.free and (
                o[1] not in self.free or self.free.index(o[0]) < self.free.index(o[1]))))
            rest.append(LabelledArray(hadamard([self.closer.arrange(p, order) for p in members]), order))
        self.pieces = rest

    def elimination_order(self, bound: list[Idx]) -> Iterator[Idx]:
        """Dead ends first, then letters of degree two: recomputed as the graph shrinks."""
        pending = list(bound)
        while pending:
            self.merge_parallel()
            # Of equals, the letter that a matrix has last goes first: A x, not Aᵀ x.
            pending.sort(key=lambda b: (len(self.edges(b)), len(self.vectors(b)) == 0,
                                        sum(e.letters[0] is b for e in self.edges(b)), b.key))
            yield pending.pop(0)

    def eliminate(self, b: Idx) -> Expr | None:
        """Sum over one letter; a scalar that splits off is returned."""
        self.merge_parallel()
        vectors, edges = self.vectors(b), self.edges(b)
        rest = [p for p in self.pieces if p not in vectors and p not in edges]
        if any(len(e.letters) > 2 for e in edges) or len(edges) > 2:
            self._einsum(b, vectors + edges, rest)
            return None
        v = [p.array for p in vectors]
        if not edges:
            self.pieces = rest
            return dot_of(v)
        if len(edges) == 1:
            (m,) = edges
            a = m.letters[0] if m.letters[1] is b else m.letters[1]
            matrix = self.closer.arrange(m, (a, b))
            if v:
                new = matmul(matrix, hadamard(v))
            elif m.letters[1] is b:
                new = sum_axes(m.array, 1)
            else:
                new = sum_axes(m.array, 0)
            self.pieces = [*rest, LabelledArray(new, (a,))]
            return None
        # A product is written from the letter that stands first among the result's axes.
        (a, m), (c, n) = sorted(((p.letters[0] if p.letters[1] is b else p.letters[1], p) for p in edges),
                                key=lambda item: (self.free.index(item[0]) if item[0] in self.free else 99,
                                                  order_key(item[1].array)))
        middle = [diag(hadamard(v))] if v else []
        product = matmul(self.closer.arrange(m, (a, b)), *middle, self.closer.arrange(n, (b, c)))
        if a is c:
            # A way from a letter back to itself is a diagonal, that of the transpose as well.
            product = RECORDS.diag(product.args[0] if is_op(product, RECORDS.transpose) else product)
        self.pieces = [*rest, LabelledArray(product, (a,) if a is c else (a, c))]
        return None

    def _einsum(self, b: Idx, touching: list[LabelledArray], rest: list[LabelledArray]) -> None:
        """A letter where three or more arrays meet: no matrix product says it, einsum does."""
        letters = tuple(dict.fromkeys(i for p in touching for i in p.letters if i is not b))
        full = max(touching, key=lambda p: len(p.letters)).letters
        if len(touching) > 1 and all(p.letters == full[len(full) - len(p.letters):] for p in touching):
            touching = [LabelledArray(hadamard([p.array for p in touching]), full)]
            letters = tuple(i for i in full if i is not b)
        if len(touching) == 1 and not is_op(touching[0].array, RECORDS.einsum):
            self.pieces = [*rest, LabelledArray(sum_axes(touching[0].array, touching[0].letters.index(b)), letters)]
            return
        self.pieces = [*rest, einsum_of(touching, letters)]

    def finish(self, want: Letters, entrywise: bool = False) -> LabelledArray | None:
        """What is left between the free letters, put together."""
        self.merge_parallel()
        if not self.pieces:
            return None
        letters = tuple(i for i in want if any(i in p.letters for p in self.pieces))
        if not letters:
            return LabelledArray(SympyMul(*(p.array for p in self.pieces)), letters)
        if len(letters) > 2 and len(self.pieces) == 1:
            return LabelledArray(self.closer.arrange(self.pieces[0], letters), letters)
        whole = [p for p in self.pieces if len(p.letters) == len(letters) > 1 and not is_op(p.array, RECORDS.eye)]
        if whole and (len(letters) > 2 or entrywise or any(broadcasts(p.array) for p in whole)):
            return self.entrywise(letters)
        if len(letters) > 2:
            return einsum_of(self.pieces, letters)
        if len(letters) == 1:
            return LabelledArray(hadamard([p.array for p in self.vectors(letters[0])]), letters)
        i, j = letters
        rows = [p.array for p in self.vectors(i)]
        columns = [p.array for p in self.vectors(j)]
        matrices = [p for p in self.pieces if len(p.letters) == 2]
        identity = [p for p in matrices if is_op(p.array, RECORDS.eye)]
        others = [self.closer.arrange(p, (i, j)) for p in matrices if p not in identity]
        if identity:
            entries = rows + columns + [RECORDS.diag(m) for m in others]
            return LabelledArray(diag(hadamard(entries)) if entries else identity[0].array, letters)
        if not others:
            if not rows or not columns:
                raise NoClosedForm("a letter is missing")
            return LabelledArray(outer(hadamard(rows), hadamard(columns)), letters)
        result = others[0]
        if rows:
            result = matmul(diag(hadamard(rows)), result)
        if columns:
            result = matmul(result, diag(hadamard(columns)))
        return LabelledArray(result, letters)


    def entrywise(self, letters: Letters) -> LabelledArray:
        """The pieces multiplied entry by entry, those with fewer axes broadcast."""
        groups: dict[Letters, list[Expr]] = {}
        for p in self.pieces:
            own = tuple(i for i in letters if i in p.letters)
            groups.setdefault(own, []).append(self.closer.arrange(p, own))
        placed = [lifted(hadamard(arrays), [letters.index(i) for i in own], len(letters)) for own, arrays in groups.items()]
        return LabelledArray(hadamard(placed), letters)


def natural_order(node: Node, letters: Letters) -> Letters:
    """The letters in the order of the axes of an entry that reads several of them, so that nothing is transposed."""
    if len(letters) < 2:
        return letters
    orders = []
    for n in subterms(node):
        if isinstance(n, TensorEntry):
            plain = tuple(a for a in (p.single for p in n.idx) if isinstance(a, Idx) and a in letters)
            if len(plain) == len(letters) == len(set(plain)):
                orders.append(plain)
    return letters if letters in orders or not orders else orders[0]


def dot_of(vectors: list[Expr]) -> Expr:
    """Σ_b of a product of vectors: a dot product, or the sum of one vector."""
    product = hadamard(vectors)
    scalar: Expr = S.One
    if is_op(product, RECORDS.mul) and not is_array(product.args[0]):
        scalar = product.args[0]
        product = product.args[1] if len(product.args) == 2 else RECORDS.mul(*product.args[1:])
    if is_op(product, RECORDS.mul):
        roots = [a.args[0] for a in product.args if is_op(a, RECORDS.pow) and a.args[1] == 2]
        below = [a for a in product.args if is_op(a, RECORDS.pow) and a.args[1] == -2]
        if roots and below and len(roots) + len(below) == len(product.args):
            # Σ u²/v² is the square of u/v.
            root = hadamard([*roots, *(RECORDS.pow(a.args[0], S.NegativeOne) for a in below)])
            return SympyMul(scalar, RECORDS.matmul(root, root))
        first, *others = sorted(product.args, key=lambda a: (not is_op(a, RECORDS.mul) and bool(a.args), order_key(a)))
        rest = others[0] if len(others) == 1 else RECORDS.mul(*others)
        return SympyMul(scalar, RECORDS.matmul(first, rest))
    if is_op(product, RECORDS.pow) and product.args[1] == 2:
        return SympyMul(scalar, RECORDS.matmul(product.args[0], product.args[0]))
    return SympyMul(scalar, sum_axes(product, None))


def _sums(a: Expr) -> bool:
    return is_op(a, RECORDS.sum) or is_op(a, RECORDS.matmul)


def _shifted(position: Affine) -> bool:
    """Whether a position is worked out from letters, and neither one of them nor a label."""
    return bool(position.free) and not isinstance(position.single, Idx | LabelRef)


def _positions(node: Node) -> frozenset[Affine]:
    """The computed positions that are read in a node."""
    return frozenset(p for e in subterms(node) if isinstance(e, TensorEntry) for p in e.idx if _shifted(p))


def sliding_letters(node: Node) -> frozenset[Idx]:
    """The letters that share a position, a condition, or a meeting of three, with another one."""
    moving = [p for e in subterms(node) if isinstance(e, TensorEntry) for p in e.idx if _shifted(p)]
    moving += [d.expr for d in subterms(node) if isinstance(d, IversonBracket)
               or (isinstance(d, Delta) and _letters_of(d) > 2)]
    return frozenset().union(*(p.free for p in moving if len(p.free) > 1))


def spans(node: Sum, sliding: frozenset[Idx]) -> dict[Affine, tuple[Affine, tuple[Node, ...]]]:
    """Positions, counted from 1, of what a sum is as a function of letters that move together, with their number.

    Σ_p G[q - p] u[p] is 0 but where q - p lies on the axis of G for one of the p.
    """
    found: dict[Affine, tuple[Affine, tuple[Node, ...]]] = {}
    for e in factors_of(node.body)[1]:
        for position, size in zip(e.idx, e.sym.shape, strict=True) if isinstance(e, TensorEntry) else ():
            own = [b for b in node.binders if b in position.free]
            moving = sum((affine(i).scaled(position.coeff(i)) for i in position.free - set(own)), constant(0))
            least = most = position - moving
            for b in own:
                c = position.coeff(b)
                least, most = (x.substitute({b: end}) for x, end in zip(
                    (least, most), (b.lo, b.hi) if c > 0 else (b.hi, b.lo), strict=True))
            if own and len(moving.free) > 1 and moving.free <= sliding and not least.free and not most.free:
                # 1 <= moving + (least..most) <= size
                found[moving + most] = size + most - least, ()
    return found


def _triangle(f: IversonBracket) -> LabelledArray | None:
    """[j <= i + k] of two letters over whole axes, as a triangle of ones; None for any other condition."""
    letters = [a for a, _ in f.expr.terms if isinstance(a, Idx)]
    if len(letters) != 2 or any(i.lo is not constant(1) for i in letters):
        return None
    i, j = letters
    rest = f.expr - affine(i).scaled(f.expr.coeff(i)) - affine(j).scaled(f.expr.coeff(j))
    if (f.expr.coeff(i), f.expr.coeff(j)) not in ((1, -1), (-1, 1)) or rest.free:
        return None
    rows, columns = (i, j) if f.expr.coeff(i) == 1 else (j, i)
    whole = ones((export_affine(rows.hi), export_affine(columns.hi)))
    return LabelledArray(RECORDS.tril(whole, k=export_affine(rest)), (rows, columns))


def _before(node: Node, bound: Letters) -> tuple[Idx, Idx, bool] | None:
    """(j, i, True) for [j <= i] and (j, i, False) for [j >= i], with j summed and both over one range."""
    if not isinstance(node, IversonBracket) or node.expr.const != 0:
        return None
    letters = [a for a, _ in node.expr.terms if isinstance(a, Idx) and a.lo is constant(1)]
    if len(letters) != 2 or len(node.expr.terms) != 2:
        return None
    j, i = letters if letters[0] in bound else letters[::-1]
    if j not in bound or i in bound or j.hi is not i.hi or {node.expr.coeff(i), node.expr.coeff(j)} != {1, -1}:
        return None
    return j, i, node.expr.coeff(j) < 0


def _from_the_end(node: Node, bound: Letters) -> Idx | None:
    """j for [i + j >= n + 1] and [i + j <= n + 1], with j summed and both over one range: n + 1 - j runs as i does."""
    if not isinstance(node, IversonBracket):
        return None
    letters = [a for a, _ in node.expr.terms if isinstance(a, Idx)]
    if len(letters) != 2 or letters[0].hi is not letters[1].hi or any(i.lo is not constant(1) for i in letters):
        return None
    j, i = letters if letters[0] in bound else letters[::-1]
    c = node.expr.coeff(j)
    fits = j in bound and i not in bound and c in (1, -1) and node.expr is (affine(i) + affine(j) - j.hi - 1).scaled(c)
    return j if fits else None


def _letters_of(node: Delta) -> int:
    return sum(isinstance(a, Idx) for a, _ in node.expr.terms)


def _plain(e: TensorEntry) -> bool:
    """Whether every axis is read at one place, or at a letter over its whole length."""
    return all(not p.free or (isinstance(p.single, Idx) and p.single.lo is constant(1) and p.single.hi is n)
               for p, n in zip(e.idx, e.sym.shape, strict=True))


def _reversed(e: TensorEntry) -> LabelledArray | None:
    """w[k + 1 - i] is flip(w)[i], along every axis so read; the other axes are read at plain letters."""
    letters: list[Idx] = []
    axes: list[int] = []
    for axis, (position, size) in enumerate(zip(e.idx, e.sym.shape, strict=True)):
        found = [a for a, _ in position.terms if isinstance(a, Idx)]
        if len(found) != 1 or found[0].hi is not size or found[0].lo is not constant(1):
            return None
        if position is size + 1 - affine(found[0]):
            axes.append(axis)
        elif position.single is not found[0]:
            return None
        letters.append(found[0])
    if len(set(letters)) < len(letters):
        return None
    array = export_sym(e.sym)
    return LabelledArray(RECORDS.flip(array) if len(letters) == 1 else RECORDS.flip(array, axis=tuple(axes)), tuple(letters))


def einsum_of(pieces: list[LabelledArray], output: Letters) -> LabelledArray:
    """The product of pieces summed down to the output letters; an einsum among them is written out with them."""
    if len(set(output)) < len(output):
        raise NoClosedForm(f"a letter occurs twice among {output}")
    scalar: Expr = S.One
    flat: list[tuple[Expr, tuple[object, ...]]] = []
    for n, p in enumerate(pieces):
        c, array = split_scalar(p.array)
        scalar = SympyMul(scalar, c)
        if is_op(array, RECORDS.einsum) and isinstance(array, Apply):
            operands, inner = operands_of(array)
            names: dict[str, object] = dict(zip(inner, p.letters, strict=True))
            for operand, own in operands:
                flat.append((operand, tuple(names.setdefault(ch, (n, ch)) for ch in own)))
        else:
            turned = transpose(array) if len(p.letters) == 2 else array
            shorter = len(p.letters) == 2 and transpositions(turned) < transpositions(array)
            flat.append((turned, p.letters[::-1]) if shorter else (array, p.letters))
    letters: dict[object, str] = {}
    for key in (*output, *(i for _, own in flat for i in own)):
        letters.setdefault(key, "ijklmnopqrstuvwxyzabcdefgh"[len(letters)])
    parts = [(a, "".join(letters[i] for i in own)) for a, own in flat]
    return LabelledArray(scale(scalar, of_operands(*in_order(parts, "".join(letters[i] for i in output)))), output)
