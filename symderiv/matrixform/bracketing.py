"""Sums of products of matrices and vectors: multiplied out, and put into the shortest brackets.

What is multiplied out is the same for every spelling, so that of the forms of one polynomial always the same is found.
Here a column has the factors of a product in front, a number those of a row, matrices and a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import gcd

from sympy import Add, Expr, Integer, Mul, Pow, S

from ..arrays.arrays import Apply, Named, Tensor, order_key
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.sizes import Shape
from ..arrays.walks import bottom_up, depth
from ..bounds import remembered
from ..layers.written_out import added, of_term, scaled, split
from ..layers.written_out import terms as terms_of
from .build import flat_product, is_op, matmul, outer, transpose
from .cost import no_longer, operations

FEW_TERMS, FEW_SUMS, FEW_NODES, FEW_BASES = 8, 12, 60, 4
"""A polynomial of no more terms is put into brackets, of no more in an expression, and in none that is larger; of more
scalars all that some terms share are taken out at once."""

Factor = tuple[Expr, bool]  # a matrix or a vector, and whether the vector is a row
Chain = tuple[Factor, ...]
Powers = tuple[tuple[Expr, Expr], ...]
Term = tuple[Expr, Powers, Chain]  # a number, powers of scalars, and the product of arrays


class TooManyTerms(Exception):
    """More terms than anybody would write."""


def is_polynomial(a: Expr) -> bool:
    """Whether a node adds or multiplies arrays of at most two axes, or numbers made of them."""
    if not is_array(a):
        return isinstance(a, Add | Mul) or is_op(a, RECORDS.matmul)
    if len(shape_of(a)) > 2 or not isinstance(a, Apply):
        return False
    if a.op is RECORDS.add:
        return all(is_array(t) and shape_of(t) == shape_of(a) for t in a.args)
    if a.op is RECORDS.mul:
        return sum(map(is_array, a.args)) == 1
    return a.op in (RECORDS.matmul, RECORDS.outer) or (a.op is RECORDS.transpose and len(shape_of(a)) == 2)


# ------------------------------------------------------------------ multiplied out

def _product(*all_terms: list[Term]) -> list[Term]:
    found: list[Term] = [(S.One, (), ())]
    for terms in all_terms:
        found = [_closed(c * d, _powers(p, q), f + g) for c, p, f in found for d, q, g in terms]
        if len(found) > 2 * FEW_TERMS:
            raise TooManyTerms
    return found


def _powers(p: Powers, q: Powers) -> Powers:
    both = dict(p)
    for base, e in q:
        both[base] = both.get(base, S.Zero) + e
    return tuple(sorted(((b, e) for b, e in both.items() if e != 0), key=lambda each: order_key(each[0])))


def _closed(number: Expr, powers: Powers, chain: Chain) -> Term:
    """The numbers that rows and columns within a product are, in front of it."""
    factors = list(chain)
    while (begin := _row_and_column(factors)) is not None:
        first, last = begin
        dot = _dot(factors[first:last + 1])
        del factors[first:last + 1]
        powers = _powers(powers, ((dot, S.One),))
    return number, powers, tuple(factors)


def _row_and_column(factors: list[Factor]) -> tuple[int, int] | None:
    first = None
    for k, (f, row) in enumerate(factors):
        if row:
            first = k
        elif first is not None and len(shape_of(f)) == 1:
            return first, k
    return None


def _dot(factors: Sequence[Factor]) -> Expr:
    """x'A y, or y'Aᵀx where that has fewer transposes, or comes first."""
    arrays = [f for f, _ in factors]
    forms = [(a, RECORDS.matmul(a[0], matmul(*a[1:]) if len(a) > 2 else a[-1])) for a in (arrays, _reversed(arrays))]
    orders = [(_order(form), operations(a[0])) for a, form in forms]
    return forms[min((0, 1), key=lambda k: (*orders[k][0][:3], orders[k][1], *orders[k][0][3:]))][1]


def _reversed(arrays: Sequence[Expr]) -> list[Expr]:
    return [transpose(f) if len(shape_of(f)) == 2 else f for f in reversed(arrays)]


def _turned(chain: Chain) -> Chain:
    return tuple((f, not row) if len(shape_of(f)) == 1 else (transpose(f), False) for f, row in reversed(chain))


def multiplied_out(a: Expr) -> list[Term]:
    """The terms of a polynomial.  Raises TooManyTerms."""
    if not is_array(a) and not is_op(a, RECORDS.matmul):
        if isinstance(a, Add):
            return [t for each in a.args for t in multiplied_out(each)]
        if isinstance(a, Mul):
            return _product(*map(multiplied_out, a.args))
        if a.is_number:
            return [(a, (), ())]
        base, e = a.as_base_exp() if isinstance(a, Pow) and a.exp.is_number else (a, S.One)
        return [(S.One, ((base, e),), ())]
    if not is_polynomial(a):
        eye = is_op(a, RECORDS.eye)
        return [(S.One, (), () if eye else ((a, False),))]
    assert isinstance(a, Apply)
    if a.op is RECORDS.add:
        return [t for each in a.args for t in multiplied_out(each)]
    if a.op is RECORDS.mul:
        return _product(*map(multiplied_out, a.args))
    if a.op is RECORDS.transpose:
        return [(c, p, _turned(chain)) for c, p, chain in multiplied_out(a.args[0])]
    parts = [multiplied_out(f) for f in a.args]
    if a.op is RECORDS.outer:
        return _product(parts[0], [(c, p, _turned(chain)) for c, p, chain in parts[1]])
    first, last = (len(shape_of(f)) for f in (a.args[0], a.args[-1]))
    if len(a.args) > 2 and 1 in map(len, map(shape_of, a.args[1:-1])):
        raise TooManyTerms
    if first == 1:
        parts[0] = [(c, p, _turned(chain)) for c, p, chain in parts[0]]
    found = _product(*parts)
    if first == 1 and last == 2:  # a vector before a matrix is a row, and what comes of it a column
        found = [(c, p, _turned(chain)) for c, p, chain in found]
    return found


def like(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Terms with one product of powers and arrays as one, in a fixed order."""
    found: dict[tuple[Powers, Chain], Expr] = {}
    for c, p, chain in terms:
        found[p, chain] = found.get((p, chain), S.Zero) + c
    return tuple(sorted(((c, *own) for own, c in found.items() if c != 0), key=_of_term))


def _of_term(term: Term) -> tuple[str, ...]:
    _, p, chain = term
    return (*(order_key(f) + "'" * row for f, row in chain), "|", *(f"{order_key(b)}^{e}" for b, e in p))


# ------------------------------------------------------------------ in brackets

def _order(a: Expr) -> tuple[int, int, int, int, bool, int, str]:
    """What of several forms the first is taken by: operations, identities before a vector, transposes as they are seen,
    exponents, a product rather than a sum."""
    exponents = identities = 0
    marks = _marks(a)
    for n in bottom_up(a, _NAMES):
        if n.args and n not in _NAMES:
            marks += sum(map(_marks, n.args))
        if is_op(n, RECORDS.eye):
            identities += len(shape_of(a)) < 2
        elif isinstance(n, Pow) and n.exp.is_Integer:
            exponents += abs(int(n.exp))
    top = isinstance(a, Add) or is_op(a, RECORDS.add)
    return operations(a), identities, marks, exponents, top, depth(a), order_key(a)


def _marks(a: Expr) -> int:
    """What a sign of transposition counts: a bracket that has one is read as easily as three names that have."""
    if not is_op(a, RECORDS.transpose):
        return 0
    return 1 if is_op(a.args[0], RECORDS.add) else 5 if is_op(a.args[0], RECORDS.matmul) else 2


def _written(terms: tuple[Term, ...], shape: Shape) -> Expr:
    """A sum without brackets; terms of one product of arrays as one, times the sum of their numbers."""
    by_chain: dict[Chain, list[Expr]] = {}
    for c, p, chain in terms:
        by_chain.setdefault(chain, []).append(Mul(c, *(b**e for b, e in p)))
    return _sum([_of_arrays(_number(numbers), chain, shape) for chain, numbers in by_chain.items()])


def _number(numbers: Sequence[Expr]) -> Expr:
    """The sum of numbers, the powers that all have in front."""
    if len(numbers) == 1:
        return numbers[0]
    powers = [n.as_powers_dict() for n in numbers]
    common = _content([n.as_coeff_Mul()[0] for n in numbers])
    for b in powers[0]:
        each = [own.get(b, S.Zero) for own in powers]
        if not b.is_number and 0 not in each and len({e.could_extract_minus_sign() for e in each}) == 1:
            common *= b ** (min(each, key=abs) if all(e.is_number for e in each) else each[0] if len(set(each)) == 1 else 0)
    return Mul(common, Add(*(n / common for n in numbers)), evaluate=common == 1)


def _of_arrays(number: Expr, chain: Chain, shape: Shape) -> Expr:
    if not shape:
        return number
    if not chain:
        return scaled(number, RECORDS.eye(size=shape[0]))
    at = next((k for k, (_, row) in enumerate(chain) if row), None)
    if at is None:
        return scaled(number, matmul(*(f for f, _ in chain)))
    left = matmul(*(f for f, _ in chain[:at]))
    right = matmul(*(f for f, _ in _turned(chain[at:])))
    return scaled(number, outer(left, right))


def _sum(parts: Sequence[Expr]) -> Expr:
    flat = [t for part in parts for t in terms_of(part)]
    return added(*sorted(flat, key=of_term)) if len(flat) > 1 else flat[0]


@remembered(4_096)
def bracketed(terms: tuple[Term, ...], shape: Shape, whole: bool = False) -> Expr:
    """The terms in the brackets that leave the fewest operations; of several such forms always the same."""
    content = _content([c for c, *_ in terms])
    if content != 1 and shape and len(terms) > 1:
        return scaled(content, bracketed(tuple((c / content, p, chain) for c, p, chain in terms), shape, whole))
    best = min(_candidates(terms, shape), key=_order)
    if len(shape) < 2:
        return best
    c, turned = split(min(_candidates(like([(c, p, _turned(chain)) for c, p, chain in terms]), shape[::-1]), key=_order))
    other = scaled(c, turned.args[0] if is_op(turned, RECORDS.transpose) else RECORDS.transpose(turned))
    if whole and operations(other) == operations(best) and _order(other)[2] + 3 > _order(best)[2]:
        return best  # a result that is a transpose is read last to first
    return min((best, other), key=_order) if _names_turned(other) < _names_turned(best) else best


def _names_turned(a: Expr) -> int:
    return sum(is_op(n, RECORDS.transpose) and not is_op(n.args[0], RECORDS.add) for n in bottom_up(a, _NAMES))


def _content(numbers: Sequence[Expr]) -> Expr:
    """The number that whole numbers have in common, with their sign where that is one."""
    if not all(c.is_Integer for c in numbers):
        return S.One
    return Integer(gcd(*map(int, numbers)) * (-1 if all(c.is_negative for c in numbers) else 1))


def _candidates(terms: tuple[Term, ...], shape: Shape) -> Iterator[Expr]:
    yield _written(terms, shape)
    if 1 < len(terms) <= FEW_TERMS:
        yield from _with_bracket(terms, shape)


def _with_bracket(terms: tuple[Term, ...], shape: Shape) -> Iterator[Expr]:
    for group, made in (*_first_shared(terms, shape), *_last_shared(terms, shape), *_scalars_shared(terms, shape)):
        rest = tuple(t for t in terms if t not in group)
        yield _sum([made, bracketed(rest, shape)]) if rest else made


def _first_shared(terms: tuple[Term, ...], shape: Shape) -> Iterator[tuple[list[Term], Expr]]:
    """A (B + C) for A B + A C."""
    for first in dict.fromkeys(chain[0] for *_, chain in terms if chain):
        group = [t for t in terms if t[2][:1] == (first,)]
        f, row = first
        if len(group) < 2 or row or not _left_with(f, [chain[1:] for *_, chain in group]):
            continue
        if len(shape_of(f)) == 2:
            inner = bracketed(like([(c, p, chain[1:]) for c, p, chain in group]), (shape_of(f)[1], *shape[1:]))
            yield group, _times(f, inner)
        elif len(shape) == 2:
            inner = bracketed(like([(c, p, _turned(chain[1:])) for c, p, chain in group]), shape[1:])
            c, rest = split(inner)
            yield group, scaled(c, outer(f, rest))


def _left_with(f: Expr, chains: Sequence[Chain]) -> bool:
    """Whether a matrix may be taken out of a sum that it is a term of, leaving I: a name may."""
    return all(chains) or isinstance(f, Tensor) or len(shape_of(f)) == 1


def _last_shared(terms: tuple[Term, ...], shape: Shape) -> Iterator[tuple[list[Term], Expr]]:
    """(A + B) C for A C + B C."""
    for last in dict.fromkeys(chain[-1] for *_, chain in terms if chain):
        group = [t for t in terms if t[2][-1:] == (last,)]
        f, row = last
        if len(group) < 2 or not _left_with(f, [chain[:-1] for *_, chain in group]):
            continue
        heads = like([(c, p, chain[:-1]) for c, p, chain in group])
        if len(shape_of(f)) == 2:
            if len(shape) == 2:
                yield group, _times(bracketed(heads, (shape[0], shape_of(f)[0])), f)
        elif row:
            c, rest = split(bracketed(heads, shape[:1]))
            yield group, scaled(c, outer(rest, f))
        elif any(chain for *_, chain in heads):  # not a number times a vector
            yield group, _times(bracketed(heads, (shape[0], shape_of(f)[0])), f)


def _times(a: Expr, b: Expr) -> Expr:
    return matmul(a, b)


def _scalars_shared(terms: tuple[Term, ...], shape: Shape) -> Iterator[tuple[list[Term], Expr]]:
    """a (X + Y) for a X + a Y, and x'(y + z) for x'y + x'z."""
    bases = dict.fromkeys(b for _, p, _ in terms for b, _ in p)
    seen: set[tuple[Term, ...]] = set()
    for base in bases:
        for below in (False, True):
            powers = {t: e for t in terms if (e := dict(t[1]).get(base, S.Zero)) != 0
                      and e.could_extract_minus_sign() is below}
            for e in dict.fromkeys(powers.values()):
                group = [t for t, d in powers.items() if d == e or (d.is_number and e.is_number and abs(d) >= abs(e))]
                if len(group) < 2 or (len(bases) > FEW_BASES and tuple(group) in seen):
                    continue
                seen.add(tuple(group))
                out = ((base, e),) if len(bases) <= FEW_BASES else _in_all(group)
                less = tuple((b, -d) for b, d in out)
                inner = bracketed(like([(c, _powers(p, less), chain) for c, p, chain in group]), shape)
                number, rest = split(inner) if shape else (S.One, inner)
                taken = [b**d for b, d in out]
                yield group, scaled(Mul(*taken, number), rest) if shape else Mul(
                    *taken, *Mul.make_args(rest), evaluate=False)
    if shape:
        return
    ends = dict.fromkeys(v for _, p, _ in terms for base, e in p if e == 1 for v in _ends(base))
    for v in ends:
        own = [(t, next((b for b, e in t[1] if e == 1 and v in _ends(b)), None)) for t in terms]
        with_it = [(t, dot) for t, dot in own if dot is not None]
        if len(with_it) > 1:
            inner = bracketed(like([(c, tuple(x for x in p if x != (dot, S.One)), _without(v, dot))
                                    for (c, p, _), dot in with_it]), shape_of(v))
            c, rest = split(inner)
            yield [t for t, _ in with_it], Mul(c, _dot([(f, False) for f in (v, *flat_product(rest))]))


def _in_all(group: Sequence[Term]) -> Powers:
    """The powers that all of some terms share, the least of each."""
    each = [dict(p) for _, p, _ in group]
    shared = [b for b in each[0] if all(b in p for p in each) and len({p[b].could_extract_minus_sign() for p in each}) == 1
              and (len({p[b] for p in each}) == 1 or all(p[b].is_number for p in each))]
    return tuple((b, min((p[b] for p in each), key=abs) if each[0][b].is_number else each[0][b]) for b in shared)


def _ends(dot: Expr) -> tuple[Expr, ...]:
    """The vectors at the ends of a number x'A y."""
    chain = flat_product(dot) if is_op(dot, RECORDS.matmul) else []
    return (chain[0], chain[-1]) if chain and len(shape_of(chain[0])) == len(shape_of(chain[-1])) == 1 else ()


def _without(v: Expr, dot: Expr) -> Chain:
    chain = flat_product(dot)
    rest = chain[1:] if chain[0] == v else _reversed(chain)[1:]
    return tuple((f, False) for f in rest)


# ------------------------------------------------------------------ in an expression

@remembered(1_024)
def in_brackets(closed: Expr) -> Expr:
    """An expression whose sums of products stand in the brackets that leave the fewest operations."""
    nodes = list(islice(bottom_up(closed, _NAMES), FEW_NODES + 1))
    if len(nodes) > FEW_NODES:
        return closed
    inside = {arg for n in nodes if is_polynomial(n) for arg in n.args if is_polynomial(arg)}
    above = {arg for n in nodes if not is_polynomial(n) for arg in n.args} | {closed}
    tops = [n for n in nodes if is_polynomial(n) and (
        n in above or n not in inside or isinstance(n, Add) or is_op(n, RECORDS.add))]
    if len(tops) > FEW_SUMS:
        return closed
    found = closed
    swap: dict[Expr, Expr] = {}
    for top in tops:
        now = top.xreplace(swap)
        for made in _other_forms(now):
            other = found.xreplace({now: made})
            if made != now and no_longer(made, now) and no_longer(other, found) and not _more_turned(other, found):
                found = other
                swap[top] = made
                break
    return found


def _more_turned(a: Expr, b: Expr) -> bool:
    """Whether a form that has as many operations as another has more transpositions: (XX)' is X'X'."""
    return operations(a) == operations(b) and _turns(a) > _turns(b)


def _turns(a: Expr) -> int:
    """The transpositions that are written, each place by itself."""
    found: dict[Expr, int] = {}
    for n in bottom_up(a, _NAMES):
        found[n] = is_op(n, RECORDS.transpose) + sum(found.get(each, 0) for each in n.args)
    return found[a]


def _other_forms(a: Expr) -> Iterator[Expr]:
    """A polynomial in brackets; a number that is no shorter in brackets, read from the end that comes first."""
    try:
        terms = like(multiplied_out(a))
    except TooManyTerms:
        terms = ()
    dots = (is_op(base, RECORDS.matmul) for _, p, _ in terms for base, _ in p)
    of_numbers = len({chain for *_, chain in terms}) == 1 and not any(dots)
    if 0 < len(terms) <= FEW_TERMS and not (of_numbers and len(terms) > 1):
        yield bracketed(terms, shape_of(a), True)
    if is_op(a, RECORDS.matmul) and not is_array(a) and _ends(a):
        yield _dot([(f, False) for f in flat_product(a)])


# ------------------------------------------------------------------ signs

MANY_DIFFERENCES = 3
"""Differences in one expression, each of which may be turned round."""
_LINEAR = (RECORDS.sum, RECORDS.mean, RECORDS.diag, RECORDS.transpose, RECORDS.flip, RECORDS.cumsum)


@remembered(1_024)
def in_signs(closed: Expr) -> Expr:
    """(x - y) f(x - y) or (y - x) f(y - x): of the signs of differences those that leave the fewest minuses."""
    nodes = list(islice(bottom_up(closed, _NAMES), FEW_NODES + 1))
    if len(nodes) > FEW_NODES:
        return closed
    products = (n for n in nodes if is_op(n, RECORDS.matmul) or is_op(n, RECORDS.mul) or isinstance(n, Mul))
    factors = {arg for n in products for arg in n.args}
    factors |= {f.args[0] for f in factors if is_op(f, RECORDS.transpose)} | {n.args[0] for n in nodes if _is_even(n)}
    own = sorted((n for n in factors if _is_difference(n)), key=order_key)
    if not 0 < len(own) <= MANY_DIFFERENCES:
        return closed
    forms = [closed]
    for k in range(1, 2 ** len(own)):
        turned = {n: _negative(n) for bit, n in enumerate(own) if k >> bit & 1}
        forms.append(_with(nodes, turned)[closed])
    return min((f for f in forms if no_longer(f, closed)), key=lambda f: (operations(f), *_minuses(f), order_key(f)))


def _is_difference(a: Expr) -> bool:
    if not isinstance(a, Add) and not is_op(a, RECORDS.add):
        return False
    return len(set(map(_is_negative, a.args))) == 2


def _negative(a: Expr) -> Expr:
    """The difference turned round, with a sign in front."""
    turned = _sum([scaled(-split(t)[0], split(t)[1]) if is_array(t) else -t for t in a.args])
    return scaled(S.NegativeOne, turned) if is_array(a) else Mul(S.NegativeOne, turned, evaluate=False)


def _with(nodes: Sequence[Expr], turned: dict[Expr, Expr]) -> dict[Expr, Expr]:
    """Every node with some differences turned round, signs in front of products."""
    found: dict[Expr, Expr] = {}
    for n in nodes:
        args = list(n.args) if n in _NAMES else [found[a] for a in n.args]
        changed = any(a is not b for a, b in zip(args, n.args, strict=True))
        made = _rebuilt(n, args) if changed else n
        found[n] = made
        if n in turned:
            found[n] = turned[n] if made is n else _negative(made)
    return found


def _rebuilt(n: Expr, args: list[Expr]) -> Expr:
    if is_op(n, RECORDS.matmul):
        return matmul(*args) if is_array(n) else _number_of(args)
    if is_op(n, RECORDS.mul):
        apart = [split(a) if is_array(a) else (a, None) for a in args]
        arrays = [f for _, f in apart if f is not None]
        return scaled(Mul(*(c for c, _ in apart)), RECORDS.mul(*arrays) if len(arrays) > 1 else arrays[0])
    if is_op(n, RECORDS.outer):
        return outer(*args)
    if is_op(n, RECORDS.add):
        return _sum(args)
    if isinstance(n, Mul):
        return Mul(*(-1 for a in args if _signed(a)), *(Mul(*a.args[1:], evaluate=False) if _signed(a) else a for a in args))
    if isinstance(n, Apply) and n.op in _LINEAR:
        c, rest = split(args[0])
        return scaled(c, n.op(rest, **n.params))
    if _is_even(n):
        return n.func(abs(split(args[0])[0]) * args[0] / split(args[0])[0], *args[1:])
    return n.func(*args)


def _is_even(n: Expr) -> bool:
    """Whether a function of a difference has no sign: (x - y)², ‖x - y‖, |x - y|."""
    return is_op(n, RECORDS.norm) or is_op(n, RECORDS.abs) or (
        is_op(n, RECORDS.pow) and not is_array(n.args[1]) and bool(n.args[1].is_even))


def _signed(a: Expr) -> bool:
    return isinstance(a, Mul) and a.args[0] is S.NegativeOne


def _number_of(args: list[Expr]) -> Expr:
    apart = [split(a) for a in args]
    return Mul(*(c for c, _ in apart), RECORDS.matmul(*(rest for _, rest in apart)))


def _minuses(a: Expr) -> tuple[int, int]:
    """How many minuses are read, those in front of a product or a bracket twice, and how many differences begin with what
    is taken off."""
    nodes = list(bottom_up(a, _NAMES))
    sums = [n for n in nodes if is_op(n, RECORDS.add) or isinstance(n, Add)]
    off = [t for n in sums for t in n.args if _is_negative(t)]
    within = {n.args[0] for n in nodes if is_op(n, RECORDS.mul)}  # the number of a product is a part of it
    in_front = {n for n in nodes if (isinstance(n, Mul) or is_op(n, RECORDS.mul)) and _is_negative(n)} - within.union(off)
    brackets = sum(is_op(rest, RECORDS.add) or any(isinstance(f, Add) for f in Mul.make_args(rest))
                   for _, rest in map(split, off))
    whole = sum(all(map(_is_negative, n.args)) for n in sums)
    return len(off) + 2 * (len(in_front) + brackets + whole), sum(
        _is_negative(max(n.args, key=_weight)) for n in sums if len(n.args) == 2 and _is_difference(n))


def _is_negative(t: Expr) -> bool:
    return bool(split(t)[0].as_coeff_Mul()[0].is_negative)


def _weight(t: Expr) -> tuple[bool, bool, int, str]:
    """What comes first in a difference: 1, a diagonal, what is no mean, what is longer."""
    rest = split(t)[1]
    first = rest.is_number or is_op(rest, RECORDS.diag) or is_op(rest, RECORDS.eye)
    mean = is_op(rest, RECORDS.mean) or is_op(rest, RECORDS.sum)
    return first, not mean, operations(rest), order_key(rest).casefold()


class _NamesLeft:
    """What is left as it is: names, and what is taken of a whole matrix, as its inverse and its determinant are."""

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Named | Tensor) or (
            isinstance(node, Apply) and node.op.domain and node.args and len(shape_of(node.args[0])) == 2)


_NAMES = _NamesLeft()
