"""Relations among the declarations, and what rules may use of them."""

from __future__ import annotations

import re
from dataclasses import replace

import sympy
from sympy import Expr, Symbol

from ...arrays.arrays import Tensor
from ...arrays.operator import shape_of
from ...arrays.registry import RECORDS
from ...errors import SymderivError
from ..meaning.expectations import alike
from ..meaning.laws import note_moment
from ..syntax import tree as t
from ..syntax.grammar import Parser
from ..syntax.tokens import OPERATOR, WORD, Token
from .context import Constraint, DeclaredNames, Quantity
from .declared_sizes import size_of
from .definitions import mode
from .described import PROPERTY, property_of
from .statements import DeclarationStatement


def constraint(context: DeclaredNames, statement: DeclarationStatement) -> None:
    """A relation between names; what a rule can use of it becomes a property or an assumption."""
    said = _NAMED.fullmatch(statement.text.strip())
    if said is not None:
        _has_inverse(context, said.group(1))
        return
    if _said_of_names(context, statement.text):
        return
    parser = Parser(context, statement.source, _with_membership(statement.tokens()), latex=mode(statement))
    tree = parser.whole(parser.relation)
    if not isinstance(tree, t.Relation):
        raise statement.error("this is neither a declaration nor a relation", "W: m n, or p = softmax(z), or k < d")
    if alike(tree):
        context.alike = True
        return
    if note_moment(context, tree, statement.text):
        return
    left, right = tree.sides[:2]
    if tree.signs == ("=",) and isinstance(left, t.Subscripted) and isinstance(left.base, t.Derivative) and right \
            and len({*left.positions}) == len(left.positions) and all(isinstance(p, t.Letter) for p in left.positions):
        # How the entries of a derivative are counted is no condition.
        context.laid_out.append((left, right))
        return
    context.constraints.append(Constraint(tree, statement.text))
    for left, sign, right in zip(tree.sides, tree.signs, tree.sides[1:], strict=False):
        if left is not None and right is not None:
            _use(context, statement, left, sign, right)


_NAMED = re.compile(r"(.*[*'^].*?)\s+(?:is\s+)?(?:invertible|nonsingular|non-singular|of full rank|positive[- ]definite)")
_GENERIC = "invertible"
_GRAM = re.compile(r"(\w+)\s*(?:'|\^T|\^\{T\}|\^\\top|\^\{\\top\})\s*\*?\s*(\w+)")


def _said_of_names(context: DeclaredNames, text: str) -> bool:
    """Whether a statement says a property of declared names, as ``A, B are symmetric`` does, which they then have.

    Of what is defined nothing is supposed but that it has an inverse.
    """
    said = PROPERTY.search(text)
    if said is None or text[said.end():].strip():
        return False
    names = re.sub(r"\s(?:is|are)\s*$", "", text[:said.start()])
    records = [context.by_name(name.strip()) for name in re.split(r",|\sand\s", names)]
    key = property_of(said)
    found = [record for each in records for record in each]
    if not all(records) or not all(isinstance(r, Quantity) or key == _GENERIC for r in found):
        return False
    for record in found:
        name = t.Name(record.name, record.rank or 0)
        _add_property(context, name, key)
        if not isinstance(record, Quantity):
            nonzero = t.Relation((t.Call(t.Function(RECORDS.det.name), (name,)), t.Number("0")), ("!=",))
            context.constraints.append(Constraint(nonzero, text))
    return True


def _has_inverse(context: DeclaredNames, text: str) -> None:
    """X'X is said to have an inverse: X has no more columns than rows; of others it is true in general position."""
    found = _GRAM.fullmatch(text.strip())
    for record in context.by_name(found.group(1)) if found is not None and found.group(1) == found.group(2) else ():
        if isinstance(record, Quantity) and record.rank == 2:
            rows, columns = shape_of(record.value)
            relation = sympy.Ge(rows, columns)
            if relation not in (sympy.true, sympy.false):
                context.assuming.append(relation)


def _with_membership(tokens: list[Token]) -> list[Token]:
    """``y in {-1, 1}`` as it is typed: the word is the sign, and the braces behind it are those of a set."""
    for n, token in enumerate(tokens[1:-1], 1):
        if token.kind == WORD and token.key == "in" and tokens[n + 1].key == "{":
            close = next((m for m in range(n, len(tokens)) if tokens[m].key == "}"), n)
            changed = {n: (OPERATOR, "in"), n + 1: (OPERATOR, "\\{"), close: (OPERATOR, "\\}")}
            return [replace(each, kind=changed[m][0], key=changed[m][1]) if m in changed else each
                    for m, each in enumerate(tokens)]
    return tokens


def _use(context: DeclaredNames, statement: DeclarationStatement, left: t.Tree, sign: str, right: t.Tree) -> None:
    if sign in ("<", "<="):
        left, right, sign = right, left, {"<": ">", "<=": ">="}[sign]
    name = left.base if isinstance(left, t.Subscripted) else left
    if sign == ">" and right == t.Number("0") and isinstance(name, t.Name):
        _add_property(context, name, "positive")
        return
    if sign == "=" and right == t.Number("1") and isinstance(left, t.Big) and left.adds \
            and isinstance(left.body, t.Subscripted) and isinstance(left.body.base, t.Name) and len(left.binders) == 1 \
            and left.body.positions == (t.Letter(left.binders[0].letter),):
        _add_property(context, left.body.base, "sums_to_one")
        return
    if sign in (">", ">=", "=", "!="):
        try:
            a, b = (_only_sizes(context, statement, side) for side in (left, right))
        except SymderivError:
            return
        if a is not None and b is not None:
            relation = {">": sympy.Gt, ">=": sympy.Ge, "=": sympy.Eq, "!=": sympy.Ne}[sign](a, b)
            if relation is sympy.false or relation == False:  # noqa: E712  SymPy's false compares equal to Python's
                raise statement.error(f"{statement.text} cannot hold")
            if relation != True:  # noqa: E712
                context.assuming.append(relation)


def _only_sizes(context: DeclaredNames, statement: DeclarationStatement, tree: t.Tree) -> Expr | None:
    """A side in which only declared sizes and numbers occur."""
    for node in t.walk(tree):
        if isinstance(node, t.Name):
            records = context.by_name(node.name)
            if not records or not all(isinstance(r, Quantity) and isinstance(r.value, Symbol) and r.value.is_positive
                                      and r.value.is_integer for r in records):
                return None
        elif not isinstance(node, t.Number | t.Terms | t.Factors | t.Bracket):
            return None
    return size_of(context, statement, tree)


def _add_property(context: DeclaredNames, name: t.Name, key: str) -> None:
    for record in context.by_name(name.name):
        if isinstance(record, Quantity) and isinstance(record.value, Tensor):
            old = record.value
            made = Tensor(old.name, old.shape, old.properties | {key}, old.label_size)
            context.replace(record, replace(record, value=made))
            context.values.clear()
