"""Elementwise sums, products and powers with NumPy's broadcasting.

The scalars of a product are one coefficient in front.  With scalar operands alone
the result is SymPy's own.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr, Integer, Mul, Pow, S, fraction

from ..arrays.arrays import Apply, Tensor, entry, in_braces
from ..arrays.named_sizes import dims
from ..arrays.operator import ADD, ATOM, FUNC, MUL, POW, Operator, Writer, is_array, operator, register, shape_of
from ..arrays.sizes import Shape, broadcast_shapes
from ..arrays.symmetry import entry_by_entry, is_symmetric, transposes
from ..functions.network_functions import where_defined
from .operator_text import conforming, is_op, negated, negative, split_scalar
from .record import Args, NormalisingOperator, Params, Shown


def _broadcast(joint: str, args: Args) -> Shape:
    return broadcast_shapes([shape_of(a) for a in args], Shown(joint, args))


# ------------------------------------------------------------------ sums

def _build_sum(op: Operator, args: Args, params: Params) -> Expr:
    if not any(map(is_array, args)):
        return Add(*args)
    # Nested sums and products stay as they were built: an array that is used twice must stay one array.
    flat = list(args)
    scalar = Add(*(t for t in flat if not is_array(t)))
    terms: list[Expr] = []
    for term in flat:
        if is_array(term):
            terms.append(term)
        elif scalar != 0:
            terms.append(scalar)
            scalar = S.Zero
    if len(terms) == 1 and is_array(terms[0]):
        return terms[0]
    return Apply(op, tuple(terms))


def _sum_text(write: Writer, args: Args, params: Params) -> str:
    parts: list[str] = []
    written = [t for a in conforming(args, _broadcast("+", args), write, True) for t in (
        sorted(a.args, key=lambda t: (negative(t), str(t))) if isinstance(a, Add) else (a,))]
    for n, term in enumerate(sorted(written, key=negative) if negative(written[0]) else written):
        minus = negative(term)
        # The sign is written here; what follows it must not be a sum itself.
        body = write(negated(term), ADD) if minus else write(term)
        if n and not minus and body.startswith("-"):  # a sum inside that begins with a sign
            minus, body = True, body[1:].lstrip()
        parts.append(("-" if minus else "") + body if n == 0 else (" - " if minus else " + ") + body)
    return "".join(parts)


SIDE_BY_SIDE = 64
"""Operands of one operation in code: what parses code, and passes over it, goes one level deeper for each."""


def _in_groups(sources: tuple[str, ...], join: Callable[[tuple[str, ...]], str]) -> str:
    """Operands joined, those of a long operation group by group."""
    while len(sources) > SIDE_BY_SIDE:
        sources = tuple(join(sources[k:k + SIDE_BY_SIDE]) for k in range(0, len(sources), SIDE_BY_SIDE))
    return join(sources)


def _sum_source(sources: tuple[str, ...]) -> str:
    text = f"({sources[0]})"
    for s in sources[1:]:
        text += f" - {s.removeprefix('(-1) * ')}" if s.startswith("(-1) * (") and s.endswith(")") else f" + ({s})"
    return text


def _symmetric_sum(args: Args, shape: Shape) -> bool:
    """Symmetric terms, and others beside their transposes, as often; a number adds to every entry."""
    arrays = [t for t in args if is_array(t)]
    rest = [t for t in arrays if not is_symmetric(t)]
    return all(shape_of(t) == shape for t in arrays) and all(
        sum(u == t for u in rest) == sum(transposes(t, u) for u in rest) for t in rest)


add = register(NormalisingOperator(
    name="add", symmetric=_symmetric_sum, called=False, batched="entries", stem="r", named="r", build=_build_sum,
    precedence=ADD, text=_sum_text, latex=_sum_text,
    shape=lambda args, params: _broadcast("+", args),
    definition=lambda out, args, params: Add(*(entry(a, out) for a in args)),
    numpy=lambda sources, params, shapes: _in_groups(sources, _sum_source),
    example=lambda: Tensor("A", (dims("m"), dims("n"))) + Tensor("b", (dims("n"),))))


# ------------------------------------------------------------------ products

def _build_product(op: Operator, args: Args, params: Params) -> Expr:
    if not any(map(is_array, args)):
        return Mul(*args)
    flat: list[Expr] = []
    for arg in args:
        coefficient, factors = split_scalar(arg)
        if is_array(arg) and coefficient != 1:
            flat += [coefficient, factors[0] if len(factors) == 1 else Apply(op, factors)]
        else:
            flat.append(arg)
    scalar = Mul(*(f for f in flat if not is_array(f)))
    factors = tuple(f for f in flat if is_array(f))
    scalar, factors = _products_of_the_others(scalar, factors)
    if scalar != 1:
        return Apply(op, (scalar, *factors))
    return factors[0] if len(factors) == 1 else Apply(op, factors)


def _product_of(entries: list[Expr]) -> Expr:
    """A product; 0 has a value only where what stands beside it has one."""
    if S.Zero not in entries:
        return Mul(*entries)
    beside = Mul(*(e for e in entries if e != 0))
    return S.Zero if beside.is_number else where_defined(S.Zero, beside)


def _products_of_the_others(scalar: Expr, factors: Args) -> tuple[Expr, Args]:
    """prod(x)/x is the product of the other entries, which has a value where an entry is 0 as well."""
    found = list(factors)
    for n, f in enumerate(factors):
        if is_op(f, "pow") and f.args[1] == -1 and len(f.shape) == 1:
            whole = operator("prod")(f.args[0])
            power = scalar.as_powers_dict().get(whole, S.Zero)
            if power.is_Integer and power >= 1:
                scalar, found[n] = scalar / whole, operator("prod_others")(f.args[0])
    return scalar, tuple(found)


def _quotient_parts(factors: Args) -> tuple[list[Expr], list[Expr]]:
    """Factors above and below the line; what stands below is written with positive exponent."""
    above, below = [], []
    for f in factors:
        if is_op(f, "pow") and not is_array(f.args[1]) and f.args[1].as_coeff_Mul()[0].is_negative:
            assert isinstance(f, Apply)
            exponent = -f.args[1]
            below.append(f.args[0] if exponent == 1 else Apply(f.op, (f.args[0], exponent)))
        else:
            above.append(f)
    return above, below


def _coefficient(write: Writer, scalar: Expr) -> str:
    """A scalar in front; a matrix product that happens to be a number gets brackets."""
    return write(scalar, MUL if is_op(scalar, "matmul") else ADD)


def _factors(write: Writer, args: Args) -> tuple[Expr, Args]:
    """The coefficient and the arrays of a product, these as a formula can say them."""
    scalar, factors = split_scalar(Apply(mul, args))
    return scalar, conforming(factors, _broadcast(".*", args), write, False)


def _product_text(write: Writer, args: Args, params: Params) -> str:
    scalar, factors = _factors(write, args)
    sign = "-" if scalar.as_coeff_Mul()[0].is_negative else ""
    top, bottom = fraction(-scalar if sign else scalar, exact=True)
    above, below = _quotient_parts(factors)
    level = MUL if len(above) + len(below) > 1 else ADD
    text = ".*".join(write(f, level) for f in above) or "1"
    text += "".join("./" + write(f, MUL) for f in below)
    if top != 1:
        text = f"{_coefficient(write, top)}*{text}" if above else _coefficient(write, top) + text[1:]
    if bottom != 1:
        text += "/" + write(bottom, MUL)
    return sign + text


def _product_latex(write: Writer, args: Args, params: Params) -> str:
    scalar, factors = _factors(write, args)
    sign = "-" if scalar.as_coeff_Mul()[0].is_negative else ""
    scalar = -scalar if sign else scalar
    above, below = _quotient_parts(factors)
    level = MUL if len(above) + len(below) > 1 else ADD
    text = r" \odot ".join(write(f, level) for f in above) or "1"
    text += "".join(r" \oslash " + write(f, MUL) for f in below)
    if scalar != 1:
        number = _coefficient(write, scalar)
        between = r" \cdot " if number[-1:].isdigit() and text[:1].isdigit() else " "
        text = number + between + text if above else number + text[1:]
    return sign + text


mul = register(NormalisingOperator(
    name="mul", symmetric=entry_by_entry, called=False, batched="entries", multilinear=True, keeps_sign=2,
    build=_build_product, precedence=MUL, text=_product_text,
    latex=_product_latex,
    shape=lambda args, params: _broadcast(".*", args),
    definition=lambda out, args, params: _product_of([entry(a, out) for a in args]),
    numpy=lambda sources, params, shapes: _in_groups(sources, lambda some: " * ".join(f"({s})" for s in some)),
    example=lambda: 2 * Tensor("a", (dims("n"),)) * Tensor("b", (dims("n"),))))


# ------------------------------------------------------------------ powers

def _build_power(op: Operator, args: Args, params: Params) -> Expr:
    base, exponent = args
    if not (is_array(base) or is_array(exponent)):
        return Pow(base, exponent)
    if exponent == 1:
        return base
    if _below(exponent) and isinstance(base, Apply) and base.op is op and base.args[1].is_Integer and base.args[1] > 0:
        return Apply(op, (base.args[0], base.args[1] * exponent))  # 1/x² is x⁻²
    return Apply(op, args)


def _below(exponent: Expr) -> bool:
    """Whether a power stands below a fraction bar: that to a negative whole number."""
    return not is_array(exponent) and bool(exponent.is_Integer and exponent < 0)


def _power_text(write: Writer, args: Args, params: Params) -> str:
    base, exponent = args
    if _below(exponent):
        return "1./" + write(base if exponent == -1 else Apply(power, (base, -exponent)), MUL)
    # A mark behind the exponent would be read as one behind the power.
    return f"{write(base, POW)}.^{write(exponent, FUNC if is_op(exponent, 'transpose') else POW)}"


def _power_latex(write: Writer, args: Args, params: Params) -> str:
    base, exponent = args
    if _below(exponent):
        return r"1 \oslash " + write(base if exponent == -1 else Apply(power, (base, -exponent)), MUL)
    written = write(base, ATOM) if is_op(base, "inv", "transpose") else in_braces(write(base, POW))
    if written == "e":  # a name, not the base of the exponential
        written = r"\left(e\right)"
    return rf"{written}^{{\odot {write(exponent)}}}"


def _power_source(sources: tuple[str, ...], params: Params, shapes: tuple[Shape, ...]) -> str:
    base, exponent = sources
    if exponent == "-1":
        return f"1 / ({base})"
    return f"np.square({base})" if exponent == "2" else f"({base}) ** ({exponent})"


power = register(NormalisingOperator(
    name="pow", symmetric=entry_by_entry, called=False, batched="entries", stem="q", plain=True, domain=True,
    build=_build_power,
    precedence=lambda args, params: MUL if _below(args[1]) else POW,
    text=_power_text, latex=_power_latex,
    shape=lambda args, params: _broadcast(".^", args),
    definition=lambda out, args, params: Pow(entry(args[0], out), entry(args[1], out)),
    numpy=_power_source,
    example=lambda: Tensor("x", (dims("n"),)) ** Integer(2)))
