"""Contractions (einsum) in one form: identities gone, chains as matrix products, letters and operands in a fixed order.

Rules on array expressions (see ``arrays/rewriting.py``).
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Mul, S

from ..arrays.arrays import Apply
from ..arrays.operator import is_array, shape_of
from ..arrays.registry import RECORDS
from ..arrays.rewriting import About, array_rule
from ..layers.products import LETTERS, Operands, in_order, of_operands, operands_of
from ..layers.reductions import reduced_axes
from ..layers.written_out import added, of_term, scaled, split
from .build import diag, hadamard, is_op, matmul, outer, plus, sum_axes, transpose
from .shortening import shorter


def contraction(parts: Operands, out: str) -> Expr:
    """The contraction in its normal form."""
    number, parts = _flat(parts, out)
    total, parts = _summed_alone(_together(_without_identities(parts, out)), out)
    number, parts = Mul(number, total), _chains(parts, out)
    return scaled(number, _written(*in_order(parts, out)))


def _written(parts: Operands, out: str) -> Expr:
    """As a transpose or an outer product where it is one."""
    words = [word for _, word in parts]
    if words == [out]:
        return parts[0][0]
    if words == [out[::-1]] and len(out) == 2:
        return transpose(parts[0][0])
    if len(parts) == 1 and sorted(words[0]) == sorted(out):
        return RECORDS.permute(parts[0][0], axes=tuple(words[0].index(c) for c in out))
    if not words:
        return S.One
    if len(out) == 2 and sorted(map(len, words)) == [1, 2] and set("".join(words)) == set(out):
        (v, c), (x, word) = sorted(zip((x for x, _ in parts), words, strict=True), key=lambda p: len(p[1]))
        matrix = x if word == out else transpose(x)
        return matmul(diag(v), matrix) if c == out[0] else matmul(matrix, diag(v))
    if sorted(words) == sorted(out) and len(out) == 2:
        return outer(*(x for c in out for x, word in parts if word == c))
    return of_operands(parts, out)


def _flat(parts: Operands, out: str) -> tuple[Expr, Operands]:
    """Numbers in front, and contractions and transposes among the operands taken apart."""
    number: Expr = S.One
    flat: Operands = []
    used = set(out) | {c for _, word in parts for c in word}
    stack = parts[::-1]
    while stack:
        x, word = stack.pop()
        c, rest = split(x)
        number = Mul(number, c)
        if is_op(rest, RECORDS.transpose) and len(word) == 2:
            stack.append((rest.args[0], word[::-1]))
        elif is_op(rest, RECORDS.einsum) and isinstance(rest, Apply):
            inner, own = operands_of(rest)
            fresh = iter(c for c in LETTERS if c not in used)
            names = dict(zip(own, word, strict=True))
            for letter in dict.fromkeys("".join(w for _, w in inner)):
                if letter not in names:
                    names[letter] = next(fresh, "")
                    used.add(names[letter])
            if "" in names.values():
                flat.append((rest, word))
            else:
                stack += [(y, "".join(names[c] for c in w)) for y, w in inner]
        else:
            flat.append((rest, word))
    return number, flat


def _without_identities(parts: Operands, out: str) -> Operands:
    """Σ_j I_ij x_j = x_i."""
    for k, (x, word) in enumerate(parts):
        if is_op(x, RECORDS.eye) and len(parts) > 1:
            gone = next((c for c in word if c not in out), None)
            if gone is not None:
                kept = word[0] if word[1] == gone else word[1]
                rest = [(y, w.replace(gone, kept)) for n, (y, w) in enumerate(parts) if n != k]
                if all(len(set(w)) == len(w) or len(rest) == 1 for _, w in rest) and any(kept in w for _, w in rest):
                    return _without_identities(rest, out)
    return parts


def _together(parts: Operands) -> Operands:
    """What is read at the same letters, matrices perhaps turned, as one entrywise product."""
    found: dict[str, list[Expr]] = {}
    for x, word in parts:
        turned = len(word) == 2 and word not in found and word[::-1] in found
        found.setdefault(word[::-1] if turned else word, []).append(transpose(x) if turned else x)
    return [(hadamard(own) if len(own) > 1 else own[0], word) for word, own in found.items()]


def _summed_alone(parts: Operands, out: str) -> tuple[Expr, Operands]:
    """What is summed along letters that nothing else reads, and the numbers among it."""
    words = [word for _, word in parts]
    number: Expr = S.One
    kept: Operands = []
    for x, word in parts:
        alone = [c for c in word if c not in out and sum(c in w for w in words) == 1]
        if alone and len(set(word)) == len(word) and len(parts) > 1:
            axes = tuple(word.index(c) for c in alone)
            x = sum_axes(x, axes[0]) if len(axes) == 1 and len(word) <= 2 else RECORDS.sum(
                x, axis=axes if len(axes) < len(word) else None)
            word = "".join(c for c in word if c not in alone)
        number, kept = (number, [*kept, (x, word)]) if word else (Mul(number, x), kept)
    return number, kept


def _chains(parts: Operands, out: str) -> Operands:
    """Σ_k A_ik B_kj as the matrix A B, where k is read nowhere else."""
    often: dict[str, list[int]] = {}
    for n, (_, word) in enumerate(parts):
        for c in word:
            often.setdefault(c, []).append(n)
    for c, at in often.items():
        if c in out or len(at) != 2 or at[0] == at[1]:
            continue
        (a, left), (b, right) = parts[at[0]], parts[at[1]]
        if len(left) > 2 or len(right) > 2 or len(left + right) < 3 or set(left) == set(right):
            continue
        rest = [p for n, p in enumerate(parts) if n not in at]
        if not rest and set(left + right) - {c} != set(out):
            continue
        a = transpose(a) if len(left) == 2 and left[0] == c else a
        b = transpose(b) if len(right) == 2 and right[1] == c else b
        first, second = left.replace(c, ""), right.replace(c, "")
        made = (matmul(a, b), first + second) if first else (matmul(transpose(b), a), second)
        return _chains([*rest, made], out)
    return parts


@shorter("one form of a contraction", RECORDS.einsum)
def one_contraction(expr: Apply, about: About) -> Expr | None:
    """Σ_l I_kl A_lk = Σ_k A_kk, and Σ_k A_ik B_kj is A B."""
    return contraction(*operands_of(expr))


@shorter("a contraction of each term", RECORDS.einsum)
def of_each_term(expr: Apply, about: About) -> Expr | None:
    """Σ_jk A_ij (B_jk - C_jk) D_kl multiplied out."""
    parts, out = operands_of(expr)
    for n, (x, word) in enumerate(parts):
        number, rest = split(x)
        if is_op(rest, RECORDS.add) and all(is_array(t) and shape_of(t) == shape_of(rest) for t in rest.args):
            each = [contraction([*parts[:n], (t, word), *parts[n + 1:]], out) for t in rest.args]
            return scaled(number, added(*sorted(each, key=of_term)))
    return None


@array_rule("pairwise differences", RECORDS.einsum.name)
def pairwise(expr: Apply, about: About) -> Expr | None:
    """Σ_k R_ki (x_kj - y_ij) = (RᵀX - Diag(Rᵀ1) Y)_ij, the terms of three axes as the matrices that they are made of;
    Σ_k G_ik (x_jk - y_ik) = (G Xᵀ - (G ⊙ Y) 1 1ᵀ)_ij."""
    parts, out = operands_of(expr)
    for n, (x, word) in enumerate(parts):
        number, rest = split(x)
        if not (is_op(rest, RECORDS.add) and len(word) == 3 and all(map(is_array, rest.args))):
            continue
        found = [_own_letters(split(t)[1], word) for t in rest.args]
        if None in found or any(len(w) > 2 and not _of_matrices(y, w) for k, (y, w) in enumerate(parts) if k != n):
            continue
        beside = set("".join(w for k, (_, w) in enumerate(parts) if k != n))
        if all(set(word) - set(own[1]) <= beside | set(out) for own in found if own is not None):
            sizes = dict(zip(word, shape_of(rest), strict=True))
            each = [scaled(number * split(t)[0], _broadcast([*parts[:n], own, *parts[n + 1:]], out, sizes))
                    for t, own in zip(rest.args, found, strict=True) if own is not None]
            return plus(each) if all(map(is_array, each)) else None
    return None


def _of_matrices(x: Expr, word: str) -> bool:
    """Whether an operand is a sum of terms that broadcast as matrices: the next that is multiplied out."""
    rest = split(x)[1]
    return is_op(rest, RECORDS.add) and all(is_array(t) and _own_letters(split(t)[1], word) for t in rest.args)


def _broadcast(parts: Operands, out: str, sizes: dict[str, Expr]) -> Expr:
    """The contraction, alike along a letter of a matrix that no operand reads."""
    alike = [c for c in out if not any(c in word for _, word in parts)]
    made = contraction(parts, "".join(c for c in out if c not in alike))
    if not alike or len(out) != 2:
        return made
    ones = RECORDS.ones(shape=(sizes[alike[0]],))
    return outer(ones, made) if out[0] in alike else outer(made, ones)


def _own_letters(t: Expr, word: str) -> tuple[Expr, str] | None:
    """A term that broadcasts as a matrix, and the letters that it is read at; None for what has all axes."""
    rank = len(shape_of(t))
    if is_op(t, RECORDS.stretch) and isinstance(t, Apply):
        (x,), axes = t.args, t.params["axes"]
        gone = [k for k in range(rank) if k not in axes]
        fits = all(shape_of(t)[k] == 1 for k in gone) and shape_of(x) == tuple(shape_of(t)[k] for k in axes)
        return (x, "".join(word[len(word) - rank + k] for k in axes)) if fits else None
    return (t, word[len(word) - rank:]) if rank < len(word) and 1 not in shape_of(t) else None


@shorter("sums of rows and of columns", RECORDS.add, more=0)
def both_sums(expr: Apply, about: About) -> Expr | None:
    """A 1 + Aᵀ1 = (A + Aᵀ) 1."""
    for t in expr.args:
        c, rest = split(t) if is_array(t) else (S.One, t)
        if is_op(rest, RECORDS.sum) and isinstance(rest, Apply) and rest.params == {"axis": 0} and len(
                shape_of(rest.args[0])) == 2:
            twin = scaled(c, RECORDS.sum(rest.args[0], axis=1))
            if twin in expr.args:
                both = RECORDS.sum(plus([rest.args[0], transpose(rest.args[0])]), axis=1)
                return added(*(s for s in expr.args if s not in (t, twin)), scaled(c, both))
    return None


@shorter("a sum as a contraction", RECORDS.sum)
def summed_contraction(expr: Apply, about: About) -> Expr | None:
    """Σ_k C_kj einsum_ijk as one contraction."""
    (x,) = expr.args
    number, rest = split(x)
    factors: list[Any] = list(rest.args) if is_op(rest, RECORDS.mul) else [rest]
    rank = len(shape_of(rest))
    if expr.params.get("keepdims") or not any(is_op(f, RECORDS.einsum) for f in factors) or any(
            1 in shape_of(f) or len(shape_of(f)) > rank for f in factors):
        return None
    axes = reduced_axes(expr.params.get("axis"), rank, None)
    parts = [(f, LETTERS[rank - len(shape_of(f)):rank]) for f in factors]
    if not any(len(word) == rank for _, word in parts):
        return None
    made = contraction(parts, "".join(LETTERS[n] for n in range(rank) if n not in axes))
    return scaled(number, made)


CONTRACTED = (one_contraction, of_each_term, summed_contraction, both_sums)
