"""Every error that symderiv raises on purpose, each with the offending expression and a way out."""

from __future__ import annotations

from collections.abc import Callable

from .visible import shown


class SymderivError(Exception):
    """Base of all errors: what is wrong, the sub-expression it is wrong in, and what to try.

    ``where`` and ``hint`` are kept apart from the message so that a program can read them.  A message that is given as a
    function is written when somebody reads it: many errors only say that a reading does not apply.
    Source: docs/reference.md, Results and errors.

    >>> try:
    ...     sd.dot([1, 2], [1, 2, 3])
    ... except sd.SymderivError as error:
    ...     print(type(error).__name__)
    ShapeError
    """

    def __init__(self, message: str | Callable[[], str], *, where: object = None, hint: str | None = None) -> None:
        self._said = shown(message) if isinstance(message, str) else message
        self.where = where
        self.hint = hint
        super().__init__(*([self._said] if isinstance(self._said, str) else []))

    @property
    def message(self) -> str:
        """What is wrong."""
        if not isinstance(self._said, str):
            self._said = shown(self._said())
            self.args = (self._said,)
        return self._said

    def __str__(self) -> str:
        """The text, written when somebody reads it: many errors only say that a rule does not apply."""
        lines = [self.message]
        if self.where is not None:
            lines.append(f"  in:   {self.where}")
        if self.hint:
            lines.append(f"  try:  {self.hint}")
        return shown("\n".join(lines))

    def __reduce__(self) -> tuple[object, ...]:
        self.message  # noqa: B018  written, for what is not written is a function
        return _again, (type(self), self.args, self.__dict__)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((type(self), self.message))


def _again(kind: type[SymderivError], args: tuple[object, ...], fields: dict[str, object]) -> SymderivError:
    """An error that was pickled, as it was."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


class ShapeError(SymderivError):
    """Shapes that do not conform, or an expression with the wrong number of axes."""


class IndexError_(SymderivError):
    """An index used wrongly: out of range, bound twice, or left free on one side."""


class DeclarationError(SymderivError):
    """A name that is not declared, declared twice, or declared with impossible sizes."""


class UnknownFunction(SymderivError):
    """A function for which no operator or derivative rule exists."""


class NoRule(SymderivError):
    """No derivative rule covers an expression.  Never replaced by a zero."""


class DefinitionCycle(SymderivError):
    """A definition that, directly or through others, refers to itself."""


class BoundExceeded(SymderivError):
    """The expression is larger or deeper than the bound that keeps the engine responsive."""


class ParseError(SymderivError):
    """Text that could not be read, with line, column and token."""

    def __init__(self, message: str, *, line: int = 1, column: int = 1, token: str = "",
                 where: object = None, hint: str | None = None) -> None:
        self.line, self.column, self.token = line, column, token
        super().__init__(f"line {line}, column {column}: {message}", where=where, hint=hint)


class StepRefused(SymderivError):
    """A proof is not one of what it stands beside."""


class EvaluationError(SymderivError):
    """Numbers that an expression cannot be evaluated at: missing arrays, wrong shapes, labels out of range."""


class OutputError(SymderivError):
    """A file that could not be written; whatever stood there before is untouched."""


class ToolMissing(SymderivError):
    """An optional program or package that this output needs is not installed."""


class InternalDisagreement(SymderivError):
    """A proof and the numbers contradict each other: a mistake of the engine.  Raised where tests ask for it only."""
