"""Determinants, inverses, sums and attention in one spelling: rules on array expressions (see ``arrays/rewriting.py``).

Source: Petersen and Pedersen, The Matrix Cookbook (2012), 1.2 and 3.1; Vaswani et al., Attention is all you need (2017).
"""

from __future__ import annotations

from sympy import Add, Expr, Mul, Pow, S

from ..arrays.arrays import REGULAR, Apply
from ..arrays.operator import Operator, is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from ..arrays.sign import certainly_positive
from ..arrays.sizes import is_square
from ..arrays.symmetry import is_symmetric
from ..terms.traversals import leaves
from .attention import attention
from .operator_text import is_op, split_scalar
from .pairs import rows_apart
from .written_out import added, scaled, split


@array_rule("brackets in a sum", "add", silent=True,
            opens=lambda expr, term, about: shape_of(term) == shape_of(expr) and term not in about.shared)
def flat_sum(expr: Apply, about: About) -> Expr | None:
    """a - (b - c) is a - b + c, and a + (1 + b) with a b that broadcasts; what is used elsewhere too keeps its brackets."""
    parts: list[Expr] = []
    for term in expr.args:
        number, rest = split(term) if is_array(term) else (S.One, term)
        broadcast = is_op(rest, "add") and len(rest.args) == 2 and not all(map(is_array, rest.args))
        inner = is_op(rest, "add") and number in (1, -1) and (broadcast or shape_of(rest) == shape_of(expr)) and not (
            term in about.shared or rest in about.shared)
        parts += [scaled(number, t) if is_array(t) else number * t for t in rest.args] if inner else [term]
    return added(*parts) if len(parts) > len(expr.args) else None


@array_rule("brackets in a product", "mul", silent=True, opens=lambda expr, factor, about: factor not in about.shared)
def flat_product(expr: Apply, about: About) -> Expr | None:
    """a ⊙ (b ⊙ c) is a ⊙ b ⊙ c; what is used elsewhere as well keeps its brackets."""
    if not any(RECORDS.mul.of(f) and f not in about.shared for f in expr.args):
        return None
    return RECORDS.mul(*(g for f in expr.args for g in (
        f.args if RECORDS.mul.of(f) and f not in about.shared else (f,))))


def _square_factors(product: Expr) -> list[Expr]:
    """The factors of a product of square matrices; those of products in it as well, where they are square."""
    return list(leaves(product, lambda a: is_op(a, "matmul") and all(is_square(shape_of(f)) for f in a.args)))


@array_rule("determinant of a product", "det", "logdet")
def determinant_of_product(expr: Apply, about: About) -> Expr | None:
    """det AB = det A det B for square matrices, det Aᵀ = det A, det A⁻¹ = 1/det A, and det cA = cⁿ det A for positive c."""
    (a,) = expr.args
    number, rest = split(a)
    logarithm = is_op(expr, "logdet")
    if number != 1 and certainly_positive(number):
        size = shape_of(a)[0]
        inner = expr.op(rest)
        return added(size * RECORDS.log(number), inner) if logarithm else number**size * inner
    if is_op(a, "transpose"):
        return expr.op(*a.args)
    if is_op(a, "inv"):
        return -expr.op(*a.args) if logarithm else expr.op(*a.args)**-1
    if not is_op(a, "matmul") or not all(is_square(shape_of(f)) for f in a.args):
        return None
    parts = [expr.op(f) for f in _square_factors(a)]
    if not logarithm:
        return RECORDS.mul(*parts)
    return added(*parts) if len(set(parts)) > 1 else len(parts) * parts[0]


@array_rule("inverse of a multiple", "inv")
def inverse_of_multiple(expr: Apply, about: About) -> Expr | None:
    """(cA)⁻¹ = A⁻¹/c."""
    number, rest = split(expr.args[0])
    nonzero = number.is_nonzero or certainly_positive(number)
    return scaled(1 / number, RECORDS.inv(rest)) if number != 1 and nonzero else None


@array_rule("inverse of a product", "inv")
def inverse_of_product(expr: Apply, about: About) -> Expr | None:
    """(AB)⁻¹ = B⁻¹A⁻¹ for matrices that are declared invertible."""
    (a,) = expr.args
    if not is_op(a, "matmul") or not all(is_square(shape_of(f)) for f in a.args) or not all(map(_invertible, a.args)):
        return None
    return RECORDS.matmul(*(RECORDS.inv(f.args[0]).T if is_op(f, "transpose") else RECORDS.inv(f)
                            for f in reversed(a.args)))


def _invertible(a: Expr) -> bool:
    own = a.args[0] if is_op(a, "transpose") else a
    return bool(REGULAR & getattr(own, "properties", frozenset()))


@array_rule("trace of a column times a row", "trace")
def trace_of_outer(expr: Apply, about: About) -> Expr | None:
    """tr(A x yᵀ) = yᵀ A x."""
    (a,) = expr.args
    if is_op(a, "outer"):
        x, y = a.args
        return RECORDS.matmul(y, x)
    if not is_op(a, "matmul") or len(a.args) != 2:
        return None
    for matrix, pair in (a.args, a.args[::-1]):
        if is_op(pair, "outer") and len(shape_of(matrix)) == 2:
            x, y = pair.args
            return RECORDS.matmul(y, RECORDS.matmul(matrix, x))
    return None


@array_rule("a column of ones times a row of ones", "outer")
def ones_times_ones(expr: Apply, about: About) -> Expr | None:
    """1 1ᵀ is the matrix of ones."""
    a, b = expr.args
    return RECORDS.ones(shape=(*shape_of(a), *shape_of(b))) if RECORDS.ones.of(a) and RECORDS.ones.of(b) else None


@array_rule("attention", "matmul")
def attention_by_name(expr: Apply, about: About) -> Expr | None:
    """P V for P = softmax(QKᵀ/√d), taken of each row, d being the number of columns of Q; and Pᵀ G."""
    if len(expr.args) != 2:
        return None
    weights, values = expr.args
    if is_op(weights, "matmul") and is_op(weights.args[-1], "softmax"):
        inner = attention_by_name.apply(RECORDS.matmul(weights.args[-1], values), about)
        return None if inner is None else RECORDS.matmul(*weights.args[:-1], inner)
    turned = is_op(weights, "transpose")
    own = weights.args[0] if turned else weights
    if not (is_op(own, "softmax") and isinstance(own, Apply) and own not in about.shared) or len(shape_of(values)) != 2:
        return None
    number, scores = split(own.args[0])
    if len(shape_of(scores)) != 2 or own.params.get("axis", -1) not in (1, -1) or not is_op(scores, "matmul") or (
            len(scores.args) != 2):
        return None
    queries, keys = scores.args[0], RECORDS.transpose(scores.args[1])
    if number**2 * shape_of(queries)[1] != 1 or not number.is_positive:
        return None
    if not turned:
        made: Expr = attention(queries, keys, values)
        return made
    return RECORDS.matmul(RECORDS.transpose(attention(queries, keys, keys).args[0]), values)


@array_rule("the order in a difference", "outer", silent=True)
def even_outer(expr: Apply, about: About) -> Expr | None:
    """A(x - y)(x - y)ᵀ = A(y - x)(y - x)ᵀ: of two names, that which comes later in the alphabet."""
    a, b = expr.args
    *front, last = a.args if is_op(a, "matmul") else (a,)
    if last != b or not is_op(b, "add") or len(b.args) != 2 or not all(map(is_array, b.args)):
        return None
    (plus, first), (minus, second) = map(split, b.args)
    if plus != 1 or minus != -1 or str(first) >= str(second):
        return None
    turned = added(second, scaled(S.NegativeOne, first))
    return RECORDS.outer(RECORDS.matmul(*front, turned) if front else turned, turned)


@array_rule("the order in a difference of all pairs", "pow", "abs", silent=True)
def even_pairs(expr: Apply, about: About) -> Expr | None:
    """(X[:, None] - Y)² for (Y - X[:, None])²."""
    base = expr.args[0]
    if not is_op(base, "add") or len(base.args) != 2 or not all(map(is_array, base.args)) or (
            is_op(expr, "pow") and (is_array(expr.args[1]) or not (expr.args[1] / 2).is_Integer)):
        return None
    (c, first), (d, second) = map(split, base.args)
    if (c, d) != (1, -1) or is_op(first, "stretch") or not is_op(second, "stretch"):
        return None
    return expr.op(added(second, scaled(S.NegativeOne, first)), *expr.args[1:])


@array_rule("geometric mean", "exp")
def geometric_mean(expr: Expr, about: About) -> Expr | None:
    """exp(mean(log x)) = (Πx)^(1/n) and exp(Σ log x) = Πx of a vector: where the logarithms have a value, x is positive."""
    number, reduced = expr.args[0].as_independent(Apply, as_Add=False) if not is_array(expr.args[0]) else (S.One, expr)
    if not (is_op(reduced, "mean", "sum") and isinstance(reduced, Apply) and not reduced.params and is_op(
            reduced.args[0], "log")):
        return None
    (x,) = reduced.args[0].args
    if not _positive_vector(x):
        return None
    return RECORDS.prod(x) ** (number / shape_of(x)[0] if is_op(reduced, "mean") else number)


def _positive_vector(x: Expr) -> bool:
    return len(shape_of(x)) == 1 and "positive" in getattr(x, "properties", ())


@array_rule("pairwise differences", "einsum")
def pairwise(expr: Apply, about: About) -> Expr | None:
    """Σ_k M_ik (x_i - x_k) = (Diag(M 1) - M) X, of the rows of X, for a symmetric M."""
    operands, _, result = expr.params["spec"].partition("->")
    words = operands.split(",")
    if len(expr.args) != 2 or sorted(map(len, words)) != [2, 3] or len(result) != 2:
        return None
    weights, differences = expr.args if len(words[0]) == 2 else expr.args[::-1]
    pair, (a, b, j) = sorted(words, key=len)
    own = result[0]
    found = rows_apart(differences)
    if found is None or set(pair) != {a, b} or result[1] != j or own not in pair:
        return None
    x, sign = found
    if not is_symmetric(weights):
        return None  # where both orders occur, the differences are shorter
    matrix = weights
    laplacian = added(RECORDS.diag(RECORDS.sum(matrix, axis=1)), scaled(S.NegativeOne, matrix))
    return scaled(sign if own == a else -sign, RECORDS.matmul(laplacian, x))


@array_rule("graph Laplacian", "add")
def laplacian(expr: Apply, about: About) -> Expr | None:
    """(M 1) ⊙ x - M x = (Diag(M 1) - M) x, and so with a plus."""
    if len(shape_of(expr)) != 1:
        return None
    for k, term in enumerate(expr.args):
        c, product = split(term) if is_array(term) else (S.One, term)
        if not (is_op(product, "matmul") and len(product.args) == 2 and len(shape_of(product.args[0])) == 2):
            continue
        matrix, x = product.args
        degrees = [RECORDS.mul(RECORDS.sum(matrix, axis=1), x), RECORDS.mul(x, RECORDS.sum(matrix, axis=1))]
        twin = next((t for t in expr.args if is_array(t) and split(t)[0] in (c, -c) and split(t)[1] in degrees), None)
        if twin is not None:
            d = split(twin)[0]
            both = added(RECORDS.diag(RECORDS.sum(matrix, axis=1)), scaled(c / d, matrix))
            rest = [t for n, t in enumerate(expr.args) if n != k and t is not twin]
            return added(*rest, scaled(d, RECORDS.matmul(both, x)))
    return None


@array_rule("pairwise differences", "sum")
def pairwise_numbers(expr: Apply, about: About) -> Expr | None:
    """Σ_j M_ij (x_i - x_j) = (Diag(M 1) - M) x for a symmetric M, and so for sums of two entries."""
    number, product = split(expr.args[0])
    if expr.params != {"axis": 1} or not RECORDS.mul.of(product) or len(product.args) != 2 or len(shape_of(product)) != 2:
        return None
    for matrix, pairs in (product.args, product.args[::-1]):
        if not (RECORDS.add.of(pairs) and len(pairs.args) == 2 and is_symmetric(matrix)):
            continue
        (c, first), (d, second) = map(split, pairs.args)
        column, row = (_column(first), _row(second)) if _column(first) is not None else (_column(second), _row(first))
        if column is not None and column == row and c in (d, -d):
            own = c if column == _column(first) else d
            degrees = added(RECORDS.diag(RECORDS.sum(matrix, axis=1)), scaled(c / d, matrix))
            return scaled(number * own, RECORDS.matmul(degrees, row))
    return None


def _column(a: Expr) -> Expr | None:
    """x for x 1ᵀ, and for x along a new axis."""
    if RECORDS.outer.of(a):
        return a.args[0] if RECORDS.ones.of(a.args[1]) else None
    return a.args[0] if RECORDS.stretch.of(a) and shape_of(a)[1:] == (1,) and len(shape_of(a.args[0])) == 1 else None


def _row(a: Expr) -> Expr | None:
    """x for 1 xᵀ, and for x where it is broadcast."""
    if RECORDS.outer.of(a):
        return a.args[1] if RECORDS.ones.of(a.args[0]) else None
    return a if len(shape_of(a)) == 1 else None


@array_rule("the product over one of its factors", "mul")
def over_a_factor(expr: Apply, about: About) -> Expr | None:
    """(Πx)^p Π_{j≠k} x_j = (Πx)^(p+1)/x_k, where no entry is 0."""
    scalar, factors = split_scalar(expr)
    powers = scalar.as_powers_dict()
    for n, f in enumerate(factors):
        if not (is_op(f, RECORDS.prod_others.name) and _positive_vector(f.args[0])):
            continue
        whole = RECORDS.prod(*f.args)
        if whole in powers:
            over = RECORDS.pow(f.args[0], S.NegativeOne)
            number = Mul(*(b**(e + 1 if b == whole else e) for b, e in powers.items()))
            return scaled(number, RECORDS.mul(*factors[:n], over, *factors[n + 1:]))
    return None


@array_rule("one determinant for a product of them", "Mul")
def determinants_together(expr: Mul, about: About) -> Expr | None:
    """det A det B = det AB for matrices of one size."""
    return _together(expr, RECORDS.det, Mul)


@array_rule("one determinant for a sum of their logarithms", "Add")
def log_determinants_together(expr: Add, about: About) -> Expr | None:
    """c log |det A| + c log |det B| = c log |det AB| for matrices of one size."""
    return _together(expr, RECORDS.logdet, Add)


def _together(expr: Expr, op: Operator, head: type[Expr]) -> Expr | None:
    """Whole powers of determinants, or multiples of their logarithms, with one exponent as those of one product."""
    groups: dict[tuple[Expr, Expr], list[Expr]] = {}
    rest: list[Expr] = []
    for part in expr.args:
        base, often = part.as_base_exp() if head is Mul else part.as_coeff_Mul()[::-1]
        if is_op(base, op.name) and (often.is_integer or head is Add):
            groups.setdefault((often, shape_of(base.args[0])[0]), []).append(base)
        else:
            rest.append(part)
    if all(len(bases) == 1 for bases in groups.values()):
        return None
    made = [(op(RECORDS.matmul(*(b.args[0] for b in bases))) if len(bases) > 1 else bases[0], often)
            for (often, _), bases in groups.items()]
    return head(*rest, *(b**often if head is Mul else often * b for b, often in made))


@array_rule("numbers together", "mul", silent=True)
def numbers_together(expr: Apply, about: About) -> Expr | None:
    """a b x as one number times x, which stands in front: powers of one base add up."""
    apart = [split(f) if is_array(f) else (f, None) for f in expr.args]
    numbers = [c for c, _ in apart if c != 1]
    if len(numbers) < 2 and all(c == 1 for c, f in apart if f is not None):
        return None
    arrays = [f for _, f in apart if f is not None]
    return scaled(Mul(*numbers), RECORDS.mul(*arrays) if len(arrays) > 1 else arrays[0])


def _power_of(a: Expr, base: Expr) -> Expr:
    """The whole number k of a = base^k; 0 for anything else."""
    power: Expr = S.One
    while is_op(a, "pow") and a.args[1].is_integer:
        power, a = power * a.args[1], a.args[0]
    return power if a == base else S.Zero


@array_rule("a factor multiplied in", "mul")
def cancelled_inside(expr: Apply, about: About) -> Expr | None:
    """s ⊙ (1 - 1/s²) = s - 1/s, where every term in the bracket is a number or a power of the factor, one below."""
    arrays = [f for f in expr.args if is_array(f)]
    if len(arrays) != 2 or not any(is_op(f, "add") for f in arrays):
        return None
    bracket, factor = arrays if is_op(arrays[0], "add") else arrays[::-1]
    terms: list[Expr] = []
    for t in bracket.args:
        number, rest = split(t) if is_array(t) else (t, None)
        if rest is None:
            terms.append(scaled(number, factor))
        elif (power := _power_of(rest, factor)).is_negative and power != -1:
            terms.append(scaled(number, RECORDS.pow(factor, power + 1)))
        else:
            return None
    if all(not is_array(t) for t in bracket.args):
        return None
    outside = Mul(*(f for f in expr.args if not is_array(f)))
    made = added(*terms)
    return scaled(outside, made) if outside != 1 else made


@array_rule("a common number in front", "matmul", silent=True)
def common_number(expr: Apply, about: About) -> Expr | None:
    """(2A - 2B) X = 2 (A - B) X."""
    first, *rest = expr.args
    if not is_op(first, "add") or not all(map(is_array, first.args)):
        return None
    numbers = [split(t)[0] for t in first.args]
    common = abs(numbers[0])
    if common == 1 or any(n not in (common, -common) for n in numbers):
        return None
    inner = added(*(scaled(n / common, split(t)[1]) for n, t in zip(numbers, first.args, strict=True)))
    return scaled(common, RECORDS.matmul(inner, *rest))


@array_rule("a symmetric matrix", "transpose", silent=True)
def own_transpose(expr: Apply, about: About) -> Expr | None:
    """Aᵀ = A."""
    return expr.args[0] if is_symmetric(expr.args[0]) else None


@array_rule("one product for two", "add")
def products_together(expr: Apply, about: About) -> Expr | None:
    """Q Kᵀ + Q Rᵀ = Q (K + R)ᵀ, A x + B x = (A + B) x, and P a - p'a = (P - p) a, with p taken off every row."""
    found: dict[tuple[int, Expr], list[tuple[Expr, Expr]]] = {}
    for term in expr.args:
        number, rest = split(term)
        if is_array(rest) and len(shape_of(rest)) == 1 and len(shape_of(expr)) == 2 and (row := _times_matrix(rest)):
            found.setdefault((1, row[1]), []).append((term, scaled(number, row[0])))
        if not RECORDS.matmul.of(rest) or rest in about.shared or (is_array(rest) and shape_of(rest) != shape_of(expr)):
            continue
        for side in (0, 1):
            kept, other = rest.args[side], rest.args[1 - side]
            if is_array(rest):
                found.setdefault((side, kept), []).append((term, scaled(number, other)))
            elif len(shape_of(expr)) == 1:
                found.setdefault((1, kept), []).append((term, scaled(number, other)))
    for (side, kept), group in found.items():
        ranks = [len(shape_of(x)) for _, x in group]
        if len(group) < 2 or (side == 1 and 2 not in ranks):
            continue
        made = _sum_of([x for _, x in group])
        beside = [t for t in expr.args if t not in [term for term, _ in group]]
        return added(*beside, RECORDS.matmul(kept, made) if side == 0 else RECORDS.matmul(made, kept))
    return None


def _times_matrix(row: Expr) -> tuple[Expr, Expr] | None:
    """(v, M) for a row v'M: of M'v, and of the sums or means of the columns of X M."""
    if RECORDS.matmul.of(row) and len(shape_of(row.args[0])) == 2:
        matrix = row.args[0]
        return row.args[1], matrix if is_symmetric(matrix) else RECORDS.transpose(matrix)
    if isinstance(row, Apply) and row.op in (RECORDS.sum, RECORDS.mean) and row.params == {"axis": 0} and (
            RECORDS.matmul.of(row.args[0])) and len(shape_of(row.args[0])) == 2:
        left, right = row.args[0].args
        return row.op(left, axis=0), right
    return None


def _sum_of(parts: list[Expr]) -> Expr:
    """The sum; of transposes, the transpose of the sum."""
    apart = [split(x) for x in parts]
    if all(RECORDS.transpose.of(x) for _, x in apart):
        return RECORDS.transpose(added(*(scaled(c, x.args[0]) for c, x in apart)))
    return added(*parts)


@array_rule("the sum of what a column times a row weighs", "sum")
def sum_of_outer(expr: Apply, about: About) -> Expr | None:
    """Σ x_i A_ij y_j = x'A y."""
    number, product = split(expr.args[0])
    pair = next((f for f in product.args if RECORDS.outer.of(f)), None) if RECORDS.mul.of(product) else None
    if pair is None or is_array(expr) or len(shape_of(product)) != 2:
        return None
    rest = [f for f in product.args if f is not pair]
    if any(shape_of(f) != shape_of(product) for f in rest):
        return None
    x, y = pair.args
    return scaled(number, RECORDS.matmul(x, RECORDS.matmul(RECORDS.mul(*rest) if len(rest) > 1 else rest[0], y)))


@array_rule("a part of the denominator", "mul", "Mul")
def whole_part(expr: Expr, about: About) -> Expr | None:
    """(a - t b)/b = a/b - t, and (s - 2 c)/(s + e) = 1 - (2 c + e)/(s + e), where that leaves fewer terms above."""
    if not any(RECORDS.pow.of(f) or isinstance(f, Pow) for f in expr.args):
        return None
    powers = [(f, *(f.args if RECORDS.pow.of(f) or isinstance(f, Pow) else (f, S.One))) for f in expr.args]
    for above, sum_, e in powers:
        if not (RECORDS.add.of(sum_) or isinstance(sum_, Add)) or is_array(e) or not e.is_Integer or e < 0 or (
                above in about.shared):
            continue
        for f, divisor, d in powers:
            if is_array(d) or d != -e or (is_array(above) and (shape_of(f) != shape_of(above) or e != 1)):
                continue
            own = _coefficients(sum_)
            c, rest = _divided(own, _coefficients(divisor))
            if len(rest) < len(own) and not any(t.is_number for t in own):
                return _with_whole(expr, (above, f), (sum_, divisor, e), (c, rest))
    return None


def _divided(own: dict[Expr, Expr], other: dict[Expr, Expr]) -> tuple[Expr, dict[Expr, Expr]]:
    """(c, own - c other) with the fewest terms; c is a number, or where there is one term below, all that stands with it."""
    if len(other) == 1:
        ((one, number),) = other.items()
        whole = {t: d * t / (one * number) for t, d in own.items() if not is_array(t) and one in Mul.make_args(t)}
        if whole:
            return Add(*whole.values()), {t: d for t, d in own.items() if t not in whole}
    best: tuple[Expr, dict[Expr, Expr]] = (S.Zero, own)
    for c in sorted({own[t] / d for t, d in other.items() if t in own}, key=lambda c: (not c.is_positive, str(c))):
        rest = {t: d for t in {**own, **other} if (d := own.get(t, S.Zero) - c * other.get(t, S.Zero)) != 0}
        if c.is_number and len(rest) < len(best[1]):
            best = c, rest
    return best


def _with_whole(expr: Expr, gone: tuple[Expr, Expr], quotient: tuple[Expr, Expr, Expr],
                whole: tuple[Expr, dict[Expr, Expr]]) -> Expr:
    """The product in which (c + rest/divisor)^e stands for (sum/divisor)^e."""
    (above, divisor, e), (c, rest) = quotient, whole
    sign = S.NegativeOne if rest and all(d.could_extract_minus_sign() for d in rest.values()) else S.One
    over = [scaled(sign * d, t) for t, d in rest.items()]
    others = [g for g in expr.args if g not in gone]
    if not is_array(above):
        return Mul(*others, Pow(Add(c, Mul(sign, Add(*over), 1 / divisor)), e))
    below = RECORDS.pow(divisor, S.NegativeOne)
    made = added(c, scaled(sign, RECORDS.mul(added(*over), below))) if over else RECORDS.ones(shape=shape_of(above))
    return RECORDS.mul(*others, made) if others else made


def _coefficients(a: Expr) -> dict[Expr, Expr]:
    """The numbers of the terms of a sum."""
    found: dict[Expr, Expr] = {}
    for t in a.args if RECORDS.add.of(a) or isinstance(a, Add) else (a,):
        c, rest = split(t) if is_array(t) else t.as_coeff_Mul()
        found[rest] = found.get(rest, S.Zero) + c
    return found


@array_rule("a column times a row beside a vector", "matmul", silent=True)
def outer_beside(expr: Apply, about: About) -> Expr | None:
    """(u vᵀ) x = (v'x) u, and x'(u vᵀ) = (x'u) v."""
    for x, pair in (expr.args, expr.args[::-1]):
        own = pair.args[0] if is_op(pair, "transpose") else pair
        if len(shape_of(x)) == 1 and is_op(own, "outer"):
            ends = own.args if (own is pair) is (pair is expr.args[1]) else own.args[::-1]
            return scaled(RECORDS.matmul(ends[0], x), ends[1])
    return None


@array_rule("divisors apart", "pow", silent=True)
def divisors_apart(expr: Apply, about: About) -> Expr | None:
    """1/a ⊙ 1/b for 1/(a ⊙ b)."""
    base, e = expr.args
    apart = is_op(base, "mul") and not is_array(e) and e.is_Integer and e < 0 and base not in about.shared
    return RECORDS.mul(*(RECORDS.pow(f, e) if is_array(f) else f**e for f in base.args)) if apart else None


ONE_SPELLING = (whole_part, outer_beside, divisors_apart, flat_sum, flat_product, ones_times_ones, determinant_of_product,
                inverse_of_multiple, inverse_of_product, trace_of_outer, attention_by_name, even_outer, geometric_mean,
                own_transpose, products_together, sum_of_outer)

SHORTER_SPELLING = (products_together, even_outer, even_pairs, pairwise, pairwise_numbers, laplacian, over_a_factor,
                    numbers_together, common_number, cancelled_inside, determinants_together, log_determinants_together,
                    own_transpose, sum_of_outer)
"""Those that a result is looked at with as well."""
