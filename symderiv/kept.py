"""Results that are pickled and copied as the call that made them.

Reading one back makes the call again: the proof is found and certified anew, so that no file can claim what is not so.
A result is never changed, so a copy is the result itself; two are equal that come from the same call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from importlib import import_module
from typing import Any, Self, TypeVar

from .errors import DeclarationError

Made = TypeVar("Made", bound=Callable[..., Any])


class MadeBy:
    """A call by the name of its function, and the way to one result in what it gives: positions, and attributes."""

    __slots__ = ("args", "function", "options", "way")

    def __init__(self, function: str, args: tuple[Any, ...], options: dict[str, Any], way: tuple[Any, ...] = ()) -> None:
        self.function, self.args, self.options, self.way = function, args, options, way

    def further(self, step: object) -> MadeBy:
        """The same call, one step further."""
        return MadeBy(self.function, self.args, self.options, (*self.way, step))

    def fields(self) -> tuple[Any, ...]:
        """What tells it apart."""
        return self.function, self.way, self.args, self.options

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MadeBy) and bool(self.fields() == other.fields())

    def __hash__(self) -> int:
        return hash((self.function, self.way, len(self.args), tuple(self.options)))

    def __reduce__(self) -> tuple[Any, ...]:
        return MadeBy, (self.function, self.args, self.options, self.way)

    def again(self) -> Any:
        """What it gives."""
        found = _made(MadeBy(self.function, self.args, self.options))
        for step in self.way:
            found = getattr(found, step) if isinstance(step, str) else found[step]
        return found


@lru_cache(maxsize=8)
def _made(call: MadeBy) -> Any:
    """The call, made once for several results of it that are read back together."""
    module, _, name = call.function.partition(":")
    if module.partition(".")[0] != __package__:
        raise DeclarationError(f"{call.function} is no function of symderiv's")
    function: Any = import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    if not getattr(function, "makes_kept", False):
        raise DeclarationError(f"{call.function} makes no results that are kept")
    return function(*call.args, **call.options)


def read_back(call: MadeBy) -> Any:
    """The result of a call, made again.  Raises what the call raises."""
    return call.again()


class Unchanging:
    """What is never changed: a copy of it is the thing itself."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


class Kept(Unchanging):
    """A result that knows the call that made it."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        call = _call_of(self)
        if call is None:
            raise DeclarationError(f"this {type(self).__name__} was put together by hand, so it cannot be pickled",
                                   hint="pickle what sd.derive, sd.prove and their like return")
        return read_back, (call,)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        call = _call_of(self)
        return type(self) is type(other) and call is not None and call == _call_of(other)

    def __hash__(self) -> int:
        call = _call_of(self)
        return object.__hash__(self) if call is None else hash((type(self), call))


def _call_of(result: object) -> MadeBy | None:
    found = getattr(result, "__dict__", {}).get("_call")
    return found if isinstance(found, MadeBy) else None


def makes(function: Made) -> Made:
    """Decorator of functions and methods that return results: each will know its call."""
    name = f"{function.__module__}:{function.__qualname__}"

    @wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        args = tuple(tuple(a) if isinstance(a, Iterator) else a for a in args)
        options = {key: tuple(a) if isinstance(a, Iterator) else a for key, a in options.items()}
        result = function(*args, **options)
        _note(result, MadeBy(name, args, options))
        return result

    called.makes_kept = True  # type: ignore[attr-defined]
    return called  # type: ignore[return-value]


def _note(result: object, call: MadeBy) -> None:
    if isinstance(result, tuple):
        for position, each in enumerate(result):
            _note(each, call.further(position))
    if isinstance(result, Kept) and _call_of(result) is None:
        result.__dict__["_call"] = call
        # As it was given: asking for a derivation's proof would look at numbers.
        _note(result.__dict__.get("proof", result.__dict__.get("_proof")), call.further("proof"))
