"""Cheaper orders for chains of products, before they are compiled.

A matrix is applied to a vector rather than to a matrix, a rank-one or diagonal factor is never made dense to be
multiplied with, and the trace of a product is a sum of entrywise products.  Only products that nothing else reads are
taken apart.  Source: Golub and Van Loan, Matrix Computations (2013), 1.1 and 1.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice, pairwise
from typing import Any

from sympy import Expr, Integer, Mul

from ..arrays.arrays import Apply, Array, Named, Tensor, subexpressions
from ..arrays.operator import is_array, shape_of
from ..arrays.walks import depth
from ..functions.elementary import exp, log
from ..functions.network_functions import sigmoid, softplus
from ..layers.arithmetic import add, mul, power
from ..layers.constants import ones_record
from ..layers.elementwise import log_sigmoid_record, sqrt_record
from ..layers.products import diag_record, einsum_record, matmul_record, outer_record, trace_record, transpose_record
from ..layers.reductions import mean_record, sum_record
from ..layers.softmax import log_softmax_record, softmax_record
from ..layers.structure import stretch_record
from ..lowering.program import renamed_operator
from ..terms.traversals import leaves, operands_first

CANDIDATES = 12


def reassociated(expr: Expr, uses: Mapping[Expr, int]) -> Expr:
    """The same value by fewer operations; ``uses`` counts the places that read each array."""
    done: dict[Expr, Expr] = {}
    # A product whose order was changed is read once, as the one it stands for.
    single = {node for node, count in uses.items() if count <= 1}
    for node in operands_first([expr], _operands):
        done[node] = new = _cheaper(_rebuilt(node, done), single)
        if node in single:
            single.add(new)
    return done[expr]


def shared_chains(root: Expr, uses: Mapping[Expr, int]) -> Expr:
    """Products of square matrices with what several of them have in common multiplied once.

    The pair of neighbours that most products have is one factor from there on, and so on (Gage, A new algorithm for data
    compression, 1994): of C B A and B A, the second is a factor of the first.
    """
    chains = {node: chain for node in _arrays(root) if matmul_record.of(node) and len(chain := _chain(node, uses)) > 1
              and len({shape_of(f) for f in chain}) == 1 and len(set(shape_of(chain[0]))) == 1}
    inner = {inside for node in chains for inside in _inside(node, uses)}
    lists = {node: chain for node, chain in chains.items() if node not in inner}
    while True:
        pairs = Counter(pair for chain in lists.values() for pair in dict.fromkeys(pairwise(chain)))
        best = max(reversed(pairs), key=pairs.__getitem__, default=None)
        if best is None or pairs[best] < 2:
            break
        joint = matmul_record(*best)
        for chain in lists.values():
            for k in range(len(chain) - 1):
                if tuple(chain[k:k + 2]) == best:
                    chain[k:k + 2] = [joint]
    done: dict[Expr, Expr] = {}
    for node in _arrays(root):
        if node in lists:
            factors = [_replaced(f, done) for f in lists[node]]
            done[node] = reduce(matmul_record, factors)
        else:
            _replaced(node, done)
    return done.get(root, root)


def _arrays(root: Expr, known: Container[Expr] = ()) -> list[Expr]:
    """The arrays of an expression, operands first; without those that are ``known``, and what only they read."""
    return list(operands_first([root], _operands, known))


def _inside(node: Expr, uses: Mapping[Expr, int]) -> list[Expr]:
    """The products that are factors of a product and read by it alone."""
    return [a for a in node.args if matmul_record.of(a) and uses.get(a, 0) <= 1]


def _chain(node: Expr, uses: Mapping[Expr, int]) -> list[Expr]:
    """The factors of a product, through products that nothing else reads."""
    return list(leaves(node, lambda part: matmul_record.of(part) and (part is node or uses.get(part, 0) <= 1)))


def factored(parts: Sequence[Expr]) -> tuple[Expr, ...]:
    """Values that are computed together; a number in front of several stands once, on what all of them are linear in.

    The 2 of a squared error belongs to the last layer's cotangent, not to every weight's gradient.
    """
    fronts = [_front(part) for part in parts]
    numbers = {c for c, _ in fronts} - {Integer(1)}
    if len(numbers) != 1 or sum(c != 1 for c, _ in fronts) < 2:
        return tuple(parts)
    (number,) = numbers
    bare = [rest for c, rest in fronts if c != 1]
    for node in islice(_below(min(bare, key=depth)), CANDIDATES):
        if isinstance(node, Apply) and set(_degrees(bare, node)) == {1}:
            done: dict[Expr, Expr] = {node: number * node}
            return tuple(part if c == 1 else _replaced(rest, done) for part, (c, rest) in zip(parts, fronts, strict=True))
    return tuple(parts)


def _front(part: Expr) -> tuple[Expr, Expr]:
    """(number, array) of a product with a number in front, which may depend on sizes, here or in a factor."""
    if not isinstance(part, Apply) or not part.op.multilinear:
        return Integer(1), part
    first, *rest = part.args
    if rest and not is_array(first):
        varies = any(isinstance(s, Array) for s in first.free_symbols)
        return (Integer(1), part) if varies else (first, rest[0] if len(rest) == 1 else part.op(*rest))
    if not part.params:
        for k, factor in enumerate(part.args):
            number, rest = _front(factor)
            if number != 1:
                return number, Apply(part.op, (*part.args[:k], rest, *part.args[k + 1:]), part.params)
    return Integer(1), part


def _below(root: Expr) -> Iterator[Expr]:
    """The arrays of an expression, nearest first."""
    found = {root}
    for node in (queue := [root]):
        yield node
        new = dict.fromkeys(a for a in _operands(node) if a not in found)
        found.update(new)
        queue += new


def _degrees(roots: Sequence[Expr], node: Expr) -> list[int | None]:
    """In what power each of some expressions holds a part as a factor; None where it is no such factor."""
    degree: dict[Expr, int | None] = {node: 1}

    def own(expr: Expr) -> int | None:
        below = [degree[a] for a in _operands(expr)]
        if not any(below) and None not in below:
            return 0
        if None in below or not isinstance(expr, Apply):
            return None
        if expr.op.multilinear:
            return sum(d for d in below if d is not None)
        whole = add.of(expr) and len(below) == len(expr.args) and len(set(below)) == 1
        return below[0] if whole else None

    for root in roots:
        for top in _arrays(root, degree):
            degree[top] = None if any(node in subexpressions(a) for a in _hidden(top)) else own(top)
    return [degree[root] for root in roots]


def _hidden(expr: Expr) -> list[Expr]:
    """What an expression reads besides its operands."""
    if isinstance(expr, Apply) and not expr.op.composite:
        return [a for a in expr.args if not isinstance(a, Array) and a.args]
    return list(expr.args)


def _replaced(root: Expr, done: dict[Expr, Expr]) -> Expr:
    """The expression with what is ``done`` in place of its parts; what it is made of is done then as well."""
    for node in operands_first([root], _operands, done):
        done[node] = _rebuilt(node, done)
    return done[root]


def _operands(node: Expr) -> list[Expr]:
    return [a for a in node.args if isinstance(a, Array)] if isinstance(node, Apply) and not node.op.composite else []


def _rebuilt(node: Expr, done: Mapping[Expr, Expr]) -> Expr:
    if not isinstance(node, Apply) or node.op.composite:
        return node
    args = tuple(done.get(a, a) for a in node.args)
    return node if args == node.args else Apply(node.op, args, node.params)


def _plain(term: Expr) -> bool:
    """Whether a matrix is given, or the transpose of such: to add two of them costs more than to apply both."""
    return isinstance(term, Tensor) or (transpose_record.of(term) and isinstance(term.args[0], Tensor))


def _thin(term: Expr) -> bool:
    """Whether a matrix is diagonal or of rank one, perhaps with a number in front."""
    if mul.of(term) and len(term.args) == 2 and not is_array(term.args[0]):
        term = term.args[1]
    return diag_record.of(term) or outer_record.of(term)


def _cheaper(node: Expr, single: set[Expr]) -> Any:
    if matmul_record.of(node):
        left, right = node.args
        return _product(left, right, single)
    if (isinstance(node, Apply) and log.applied(node)) or add.of(node):
        return _stable(node, single)
    if mul.of(node):
        return _scaled(node, single)
    if (sum_record.of(node) or mean_record.of(node)) and mul.of(node.args[0]) and node.args[0] in single:
        return _total(node)
    if trace_record.of(node) and matmul_record.of(node.args[0]) and node.args[0] in single:
        a, b = node.args[0].args
        return sum_record(mul(a, transpose_record(b)))
    return node


def _total(node: Expr) -> Any:
    """A sum or mean of products of two arrays of one shape as einsum, which does not keep the products."""
    factors = node.args[0].args
    shape = shape_of(node.args[0])
    if len(factors) != 2 or not all(isinstance(f, Array) and f.shape == shape for f in factors) or len(shape) > 4 \
            or any(stretch_record.of(f) or outer_record.of(f) for f in factors):
        return node
    axis = node.params.get("axis")
    reduced = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    letters = "abcd"[:len(shape)]
    kept = "".join(c for n, c in enumerate(letters) if n not in reduced and n - len(shape) not in reduced)
    total = einsum_record(*factors, spec=f"{letters},{letters}->{kept}")
    if mean_record.of(node):
        total = total / Mul(*(n for n, c in zip(shape, letters, strict=True) if c not in kept))
    if node.params.get("keepdims"):
        total = stretch_record(total, shape=node.shape, axes=tuple(n for n, c in enumerate(letters) if c in kept))
    return total


def _stable(node: Expr, single: set[Expr]) -> Any:
    """log σ, log softmax, log Σ exp, log(1 + exp) and 1 - σ in forms that neither overflow nor cancel."""
    if add.of(node):
        terms = [t for t in node.args if t != 1]
        if len(node.args) == 2 and len(terms) == 1 and terms[0] in single and mul.of(terms[0]) \
                and len(terms[0].args) == 2 and terms[0].args[0] == -1 and sigmoid.applied(terms[0].args[1]) \
                and terms[0].args[1] in single:
            return sigmoid(-terms[0].args[1].args[0])
        return node
    (a,) = node.args
    if sigmoid.applied(a):
        return log_sigmoid_record(a.args[0])
    if softmax_record.of(a):
        return log_softmax_record(a.args[0], **a.params)
    if add.of(a) and len(a.args) == 2 and 1 in a.args:
        (other,) = (t for t in a.args if t != 1)
        if exp.applied(other):
            return softplus(other.args[0])
    return node


def _scaled(node: Expr, single: set[Expr]) -> Any:
    """An entrywise product: numbers and factors constant along an axis first, among themselves."""
    flat: list[Expr] = []
    for factor in node.args:
        flat += factor.args if mul.of(factor) and factor in single else [factor]
    shape = shape_of(node)
    scalars = [f for f in flat if not is_array(f)]
    groups: dict[Any, list[Expr]] = {}
    for f in flat:
        if is_array(f):
            # An array is known by the axes of the result that its own stand at, whatever the others are stretched to.
            behind = len(shape) - len(shape_of(f))
            spread = stretch_record.of(f)
            key = ("axes", *(axis + behind for axis in f.params["axes"])) if spread else (
                None if shape_of(f) == shape else ("shape", *f.shape))
            groups.setdefault(key, []).append(f.args[0] if spread else f)
    if len(groups) == 1 and None in groups and len(groups[None]) == 1 and outer_record.of(groups[None][0]) \
            and groups[None][0] in single and scalars:
        a, b = groups[None][0].args
        if ones_record.of(a):
            return outer_record(a, mul(*scalars, b))
        return outer_record(mul(*scalars, a), b)
    if set(groups) <= {None} or (len(groups) < 2 and not scalars):
        return node
    factors: list[Any] = []
    for key, members in groups.items():
        if key is None:
            factors += members
            continue
        joint = mul(*scalars, *members) if scalars or len(members) > 1 else members[0]
        scalars = []
        factors.append(stretch_record(joint, shape=shape, axes=key[1:]) if key[0] == "axes" else joint)
    return Apply(mul, (*scalars, *factors)) if len(factors) > 1 or scalars else factors[0]


def _product(a: Expr, b: Expr, single: set[Expr]) -> Any:
    """a @ b, taken apart where that saves work."""
    rank_a, rank_b = len(shape_of(a)), len(shape_of(b))
    if rank_b == 1 and rank_a == 2:
        return _applied(a, b, single)
    if rank_a == 1 and rank_b == 2:
        return _applied_left(a, b, single)
    if rank_a == rank_b == 2:
        if diag_record.of(a):
            return mul(stretch_record(a.args[0], shape=shape_of(b), axes=(0,)), b)
        if diag_record.of(b):
            return mul(a, b.args[0])
        if (half := _half(a, b)) is not None:
            return matmul_record(transpose_record(half), half)
        if matmul_record.of(a) and a in single and _thin_sum(a.args[1], single):
            return _add(_product(_product(a.args[0], t, single), b, single) for t in a.args[1].args)
        if matmul_record.of(b) and b in single and _thin_sum(b.args[0], single):
            return _add(_product(_product(a, t, single), b.args[1], single) for t in b.args[0].args)
        if _scaled_thin(a):
            return mul(a.args[0], _product(a.args[1], b, single))
        if _scaled_thin(b):
            return mul(b.args[0], _product(a, b.args[1], single))
        if outer_record.of(a):
            return outer_record(a.args[0], _product(a.args[1], b, single))
        if outer_record.of(b):
            return outer_record(_product(a, b.args[0], single), b.args[1])
    return matmul_record(a, b)


def _half(a: Expr, b: Expr) -> Any:
    """B with Xᵀ Diag(d) X = Bᵀ B, for weights that are never negative; None for other products.

    NumPy computes one triangle of a matrix times its own transpose.
    """
    if not (mul.of(a) and len(a.args) == 2 and a.args[0] == transpose_record(b)
            and len(shape_of(a.args[1])) == 1 and _nonnegative(a.args[1])):
        return None
    root = sqrt_record(a.args[1])
    return mul(stretch_record(root, shape=shape_of(b), axes=(0,)), b)


def _meant(a: Expr) -> Expr:
    """What a definition only gives a name to; anything else itself."""
    return renamed_operator(a) or a if isinstance(a, Named) else a


def _nonnegative(a: Expr) -> bool:
    """Whether every entry of a vector is certainly at least 0."""
    a = _meant(a)
    if isinstance(a, Tensor):
        return "positive" in a.properties
    if not isinstance(a, Apply):
        return bool(a.is_nonnegative)
    if a.op.sign:
        return True
    if mul.of(a):
        return all(map(_nonnegative, a.args))
    if power.of(a):
        return bool(getattr(a.args[1], "is_even", False)) or _nonnegative(a.args[0])
    if add.of(a):
        # 1 - σ and 1 - softmax are positive too.
        others = [t for t in a.args if t != 1]
        below_one = len(a.args) == 2 and len(others) == 1 and mul.of(others[0]) and others[0].args[0] == -1 \
            and len(others[0].args) == 2 and any(is_one(_meant(others[0].args[1])) for is_one in (sigmoid.applied,
            softmax_record.of))
        return below_one or all(map(_nonnegative, a.args))
    return False


def _add(terms: Iterable[Expr]) -> Any:
    return add(*terms)


def _thin_sum(a: Expr, single: set[Expr]) -> bool:
    return add.of(a) and a in single and all(map(_thin, a.args))


def _scaled_thin(a: Expr) -> bool:
    return mul.of(a) and _thin(a)


def _applied(a: Expr, v: Expr, single: set[Expr]) -> Any:
    """Matrix times vector; a sum of diagonal and rank-one matrices term by term."""
    if _thin_sum(a, single) or (add.of(a) and a in single and all(map(_plain, a.args))):
        return add(*(_applied(term, v, single) for term in a.args))
    if mul.of(a) and _thin(a):
        return mul(a.args[0], _applied(a.args[1], v, single))
    if matmul_record.of(a) and a in single:
        return _applied(a.args[0], _applied(a.args[1], v, single), single)
    if outer_record.of(a):
        return mul(matmul_record(a.args[1], v), a.args[0])
    if diag_record.of(a):
        return mul(a.args[0], v)
    return matmul_record(a, v)


def _applied_left(v: Expr, a: Expr, single: set[Expr]) -> Any:
    """Vector times matrix."""
    if matmul_record.of(a) and a in single:
        return _applied_left(_applied_left(v, a.args[0], single), a.args[1], single)
    if outer_record.of(a):
        return mul(matmul_record(v, a.args[0]), a.args[1])
    if diag_record.of(a):
        return mul(v, a.args[0])
    return matmul_record(v, a)
