"""Declared relations as what the points have to respect."""

from __future__ import annotations

from sympy import Expr

from ..arrays.arrays import Tensor
from ..arrays.assumptions import of_values, relations
from ..arrays.operator import shape_of
from ..arrays.registry import RECORDS
from ..bounds import decimal
from ..errors import SymderivError
from ..numeric.evaluate import Variables
from ..reader.declare.context import DeclaredNames
from ..reader.syntax import tree as t
from ..reader.syntax.tokens import SourceText
from .interpretations import Way
from .line_claims import Claim, typed
from .samples import SampleConstraint, Setting

KINDS = {"=": "zero", "==": "zero", "!=": "nonzero", ">": "positive", ">=": "not negative", "<": "positive",
         "<=": "not negative"}


def setting_of(context: DeclaredNames) -> Setting:
    """What all points respect: the declared constraints that are not about sizes alone, and what is assumed of values."""
    found = [SampleConstraint(_difference(*sides), KINDS[c.rel_op]) for c in of_values(relations(context.assuming))
             for sides in [c.args[::-1] if c.rel_op in ("<", "<=") else c.args]]
    choices: dict[str, tuple[float, ...]] = {}
    for declared in context.constraints:
        tree = declared.tree
        if not isinstance(tree, t.Relation):
            continue
        for left, sign, right in zip(tree.sides, tree.signs, tree.sides[1:], strict=False):
            if left is None or right is None:
                continue
            values = _choice(right) if sign == "in" else None
            if values is not None:
                name = _tensor(context, left)
                if name is not None:
                    choices[name] = values
                continue
            made = constraint(context, left, sign, right)
            if made is not None and made not in found:
                found.append(made)
    return Setting(tuple(found), choices)


def constraint(context: DeclaredNames, left: t.Tree, sign: str, right: t.Tree, *,
               sizes: bool = False) -> SampleConstraint | None:
    """A relation between quantities, or with ``sizes`` between sizes, as a constraint; None where it says none."""
    if sign not in KINDS:
        return None
    if sign in ("<", "<="):
        left, right = right, left
    for way in (Way(), Way(layout="numerator"), Way(chain=True), Way(entries=True)):
        try:
            each = typed(Claim(left, "=", right), context, SourceText(""), way)
        except SymderivError:
            continue
        expr = _difference(each.left, each.right)
        if not _reads_tensors(expr) and not (sizes and Variables([expr]).sizes):
            return None
        return SampleConstraint(expr, KINDS[sign])
    return None


def _difference(left: Expr, right: Expr) -> Expr:
    if not (shape_of(left) or shape_of(right)):
        return left - right
    if right == 0:
        return left
    return RECORDS.add(left, RECORDS.mul(-1, right))


def _reads_tensors(expr: Expr) -> bool:
    return any(isinstance(s, Tensor) and s.label_size is None for s in expr.free_symbols)


def _choice(tree: t.Tree) -> tuple[float, ...] | None:
    """The numbers of a set written out, such as {-1, 1}."""
    items = tree.items if isinstance(tree, t.Sequence) else (tree.body,) if isinstance(tree, t.Bracket) else None
    if items is None:
        return None
    values = []
    for item in items:
        sign = 1
        while isinstance(item, t.Terms) and len(item.terms) == 1:
            sign *= item.signs[0]
            item = item.terms[0]
        if not isinstance(item, t.Number):
            return None
        values.append(sign * float(decimal(item.text)))
    return tuple(values)


def _tensor(context: DeclaredNames, tree: t.Tree) -> str | None:
    """The tensor that a name or its entry reads."""
    base = tree.base if isinstance(tree, t.Subscripted) else tree
    if isinstance(base, t.Name):
        for record in context.by_name(base.name):
            value = getattr(record, "value", None)
            if isinstance(value, Tensor):
                return value.name
    return None
