"""How much work a call may do: every bound with its number and its reason, and the counter that ends what goes beyond.

Work is counted, never clocked, so that a loaded machine gives the answer of an idle one.  A unit is about ten
microseconds: one node of the engine, one operator applied, a few hundred characters copied.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import _CacheInfo, _lru_cache_wrapper, lru_cache, update_wrapper, wraps
from itertools import count
from threading import Lock
from traceback import walk_stack
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from sympy.core.cache import clear_cache

from .errors import BoundExceeded


@dataclass(frozen=True)
class Bound:
    """What is counted, how much of it is allowed, why no more, and what to do beyond."""

    what: str
    limit: int
    why: str
    way_out: str

    def admit(self, amount: int, where: object = None) -> None:
        """Raises BoundExceeded where there is more than allowed."""
        if amount > self.limit:
            raise self.exceeded(where)

    def exceeded(self, where: object = None) -> BoundExceeded:
        """The error, for who has found out in another way."""
        number = f"{self.limit:,}".replace(",", " ")
        return BoundExceeded(f"more than {number} {self.what}: {self.why}", where=where, hint=self.way_out)


DIGITS = Bound("digits in a number", 3_600, "every step would copy them, and Python prints no more than 4300",
               "write it with a letter")
WORK = Bound("steps of work in one call", 200_000, "it would take seconds, or never end",
             "name parts by sd.define, or work on a part")
PROVING_WORK = Bound("steps of multiplying out two sides", 50_000, "numbers are looked at afterwards",
                     "name parts of them by sd.define")
# More for each level of a large network, whose work grows with its depth and with the number of its operators.
LEVEL_WORK = 250
# So many levels more for each operator.
EACH_OPERATOR = 2
# So many levels more for every further variable, or result, of one call.
EACH_OF_SEVERAL = 48
# And so many for every closed form that a proof holds against its index form.
EACH_CLOSING = 64
# By one variable a network takes so many at the most, of which 64 layers with their proof need two thirds: one tower of
# hundreds of operators ends, as any call, after seconds.
MOST_LEVELS = 240
# What has a known total is a softmax, a standardized row or the like: none takes half of this.
LEMMA_WORK = Bound("steps of working out one total", 16_000, "most totals are no numbers", "name parts by sd.define")
NUMBERS_WORK = Bound("steps of comparing two sides in numbers", 90_000, "more points would take seconds",
                     "name parts by sd.define")
# So many characters are copied in one step.
COPIED = 400
# What each of these costs besides the nodes and operators that are counted one by one.
EACH_DERIVATION = 700
EACH_SIGN_READ = 8
EACH_STRETCH_READ = 40
LINE_WORK = Bound("steps of work on one line", 200_000, "the other lines are waiting", "split the line, or name parts of it")
LINE_LEAST = Bound("steps of work on one line", 3_000, LINE_WORK.why, LINE_WORK.way_out)
REPAIR_WORK = Bound("steps of work on what a wrong line should be", 80_000, "the other lines are waiting",
                    "shorten the line")
EXCUSE_WORK = Bound("steps of work on what else a wrong line may mean", 100_000, "the other lines are waiting",
                    "shorten the line")
BRANCHES_WORK = Bound("steps of work on where an equation holds", 60_000, "the other lines are waiting",
                      "declare it as a constraint")
# The first wrong line of a text may take all of it, each further one half of what is left, and what every wrong line adds
# to it as long as there is something to be added.
EXPLAINED_WORK = Bound("steps of work on why the lines of one text are wrong", 120_000, "nobody waits for more",
                       "mend the first wrong lines, and ask again")
EXPLAINED_EACH, EXPLAINED_LATER = 8_000, 1_200_000
# A text may take this, and for each of its lines twice what those of hand derivations take on the average.
TEXT_WORK = Bound("steps of work on one text", 600_000, "it would take seconds, or never end", "split the text")
ROW_WORK = Bound("steps of work for each line of a text", 20_000, "a long text may take longer", "split the text")
WHOLE_WORK = Bound("steps of work on one text", 10_000_000, "it would take minutes", "split the text")
ROWS = Bound("rows in one text", 2_000, "each is compared with those above it", "split the text")
SIZE_TERMS = Bound("terms in a size, multiplied out", 300, "sizes are compared by multiplying them out",
                   "give the size a name of its own")
DEPTH = Bound("operators one inside the other", 2_500, "nothing reads an expression so deep", "name parts by sd.define")
DERIVED_DEPTH = Bound("operators one inside the other in what is differentiated", 1_000,
                      "each costs some hundred steps", "derive a part by the chain rule, with sd.vjp for the rest")
SCALAR_DEPTH = Bound("functions and brackets one inside the other", 120, "SymPy prints and compares a tree by recursion",
                     "name parts by sd.define")
WRITTEN_OUT = Bound("functions, brackets and numbers in one scalar, written out", 30_000,
                    "SymPy walks what is shared once for every place where it stands", "name parts by sd.define")
CONDITIONS = Bound("conditions one inside the other", 3, "each is written out for both of its values",
                   "name the inner ones by sd.define")
TERMS = Bound("terms when multiplied out", 20_000, "they would all be formed", "leave the product as it is")
ALTERNATIVES_WORK = Bound("steps of work on other closed forms", 60_000, "they are extras", "prove the form that you want")
REWRITES = Bound("rewrites of one expression by rules on arrays", 2_000, "a form that long is read by nobody",
                 "name parts by sd.define")
FORMULA = Bound("characters in one formula", 1_000_000, "nobody reads a formula so long", "name parts by sd.define")
ENTRIES = Bound("numbers in one array", 10_000_000, "they would not fit in the memory that a call may take",
                "take smaller sizes")
FILE = Bound("bytes in one file", 10_000_000, "nobody reads a text so long, and a device has no end", "split it")
NAMES = Bound("declared names", 4_000, "every line is read with all of them", "declare only what the text uses")


class Met:
    """What a call was charged for once, what it remembers, and the most steps that it foresaw for anything."""

    __slots__ = ("foreseen", "memory", "things")

    def __init__(self) -> None:
        self.things: set[Hashable] = set()
        self.memory: dict[Any, Any] = {}
        self.foreseen = 0


class Budget:
    """The steps that are left to one call; what is spent in a budget inside another is spent in both.

    ``beside`` is the budget of what goes beyond the answer, as why it is so, if the call has one: the answer's own steps
    are not spent on it.  ``later`` is what may still be added to it, a little with every use.  ``worn`` are the parts of
    the whole call that took all that they might.
    """

    __slots__ = ("beside", "bound", "later", "left", "met", "worn")

    def __init__(self, bound: Bound, left: int, beside: Budget | None = None, later: int = 0) -> None:
        self.bound, self.left, self.beside, self.later = bound, left, beside, later
        self.worn: set[object] = set()
        self.met = Met()

    @property
    def exhausted(self) -> bool:
        """Whether more was asked for than there was."""
        return self.left < 0


P = ParamSpec("P")
R = TypeVar("R")
REMEMBERED = 5_000
FORGOTTEN_BY_SYMPY = 512
"""After so many calls SymPy forgets what it has kept: of some hundred functions the last thousand answers each, many of
which are asked but once in a dozen calls, so that a process would grow for ten thousand calls."""
_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)
_CALLS = count()


class _Keeping(Protocol):
    """What keeps answers from one call to the next."""

    def cache_info(self) -> _CacheInfo: ...

    def cache_clear(self) -> None: ...


_REMEMBERED: list[_Keeping] = []


def remembered(most: int) -> Callable[[Callable[..., R]], _lru_cache_wrapper[R]]:
    """Decorator of small things that need not be found again: the last ``most`` answers of a function are kept.

    Who asks pays for none of them, found or remembered: else what a call may do would hang on what was asked before it.

    All of them are forgotten before a call, one in sixteen, where there are more than ``REMEMBERED`` in all: each holds an
    expression with what that is made of, so that a process that makes thousands of calls would grow by a few kilobytes
    with each.
    """
    def keeps(function: Callable[..., R]) -> _lru_cache_wrapper[R]:
        _REMEMBERED.append(kept := lru_cache(most)(apart(function)))
        return kept
    return keeps


def forgotten(owners: Iterable[Any]) -> None:
    """What modules and classes have kept by ``lru_cache`` is forgotten with the rest."""
    _REMEMBERED.extend(each for owner in owners for each in vars(owner).values() if isinstance(each, _lru_cache_wrapper))


def _forget() -> None:
    number = next(_CALLS)
    if number % 16 == 0 and sum(each.cache_info().currsize for each in _REMEMBERED) > REMEMBERED:
        for each in _REMEMBERED:
            each.cache_clear()
    if number % FORGOTTEN_BY_SYMPY == FORGOTTEN_BY_SYMPY - 1:
        clear_cache()


def apart(function: Callable[P, R]) -> Callable[P, R]:
    """The same within a budget of its own, which its caller does not pay."""
    @wraps(function)
    def called(*args: P.args, **options: P.kwargs) -> R:
        if _CURRENT.get() is None:
            return function(*args, **options)
        token = _CURRENT.set(Budget(WORK, WORK.limit))
        try:
            return function(*args, **options)
        finally:
            _CURRENT.reset(token)
    return called


def of_the_call(make: Callable[[], R]) -> Callable[[], R]:
    """What a call remembers, and forgets when it ends: such as a set, or a dictionary."""
    def own() -> R:
        current = _CURRENT.get()
        if current is None:
            return make()
        memory: dict[Any, R] = current.met.memory
        if own not in memory:
            memory[own] = make()
        return memory[own]
    return own


def first(thing: Hashable) -> bool:
    """Whether this call has not met something yet, for what costs more then than later."""
    current = _CURRENT.get()
    if current is None or thing in current.met.things:
        return False
    current.met.things.add(thing)
    return True


def foresee(steps: int) -> bool:
    """Whether the budget of the call reaches for so many steps; always, where they are not counted."""
    current = _CURRENT.get()
    if current is None:
        return True
    current.met.foreseen = max(current.met.foreseen, steps)
    return steps <= current.left


def steps_left() -> int:
    """How many steps the call may still spend; without end, where they are not counted."""
    current = _CURRENT.get()
    return sys.maxsize if current is None else current.left


class Recounted(Generic[R]):
    """A function whose answers are kept with the work that they took: ``recounted`` makes it."""

    def __init__(self, function: Callable[..., R], most: int) -> None:
        self._function, self._most = function, most
        self._known: dict[tuple[Any, ...], tuple[R, int, int]] = {}
        self._hits = self._misses = 0
        update_wrapper(self, function)

    def __call__(self, *args: Any) -> R:
        current, known = _CURRENT.get(), self._known.get(args)
        if current is None:
            return self._function(*args) if known is None else known[0]
        met, this = current.met.things, (self, args)
        if known is not None and (this in met or sum(known[1:]) < current.left):
            self._hits += 1
            if this not in met:
                met.add(this)
                spend(known[1])
            return known[0]
        if this in met:  # paid, and forgotten since
            return apart(self._found)(args)
        found = self._found(args)
        if current.left > 0:  # else it might be another one where more is left
            met.add(this)
        return found

    def _found(self, args: tuple[Any, ...]) -> R:
        """Found now, and kept; what the call met before costs what it costs in any other call."""
        self._misses += 1
        current = _CURRENT.get()
        assert current is not None
        before, met = current.left, current.met
        own = current.met = Met()
        try:
            found = self._function(*args)
        finally:
            current.met = met
        if current.left > 0:
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[args] = found, before - current.left, own.foreseen
        return found

    def cache_info(self) -> _CacheInfo:
        """How many answers are kept, how many were found, and how often one of them was asked for again."""
        return _CacheInfo(self._hits, self._misses, self._most, len(self._known))

    def cache_clear(self) -> None:
        """Forgets them, and how often they were asked for."""
        self._known.clear()
        self._hits = self._misses = 0


def recounted(most: int) -> Callable[[Callable[..., R]], Recounted[R]]:
    """Decorator of what takes long to find: ``most`` answers are kept.

    A call pays for each once, whether it is found or was known before, so that no answer hangs on what was asked before;
    what does not come to its end is found anew.
    """
    def keeps(function: Callable[..., R]) -> Recounted[R]:
        _REMEMBERED.append(kept := Recounted(function, most))
        return kept
    return keeps


def spend(steps: int = 1) -> None:
    """Count steps of work.  Raises BoundExceeded where the budget of the call does not reach; without one, only counts."""
    budget = _CURRENT.get()
    if budget is not None:
        budget.left -= steps
        if budget.left < 0:
            raise budget.bound.exceeded()


@contextmanager
def budget(bound: Bound, most: int | None = None, beside: Bound | None = None) -> Iterator[Budget]:
    """A budget for what is done inside.  An outer one is never exceeded by an inner one, and pays for it.

    ``beside`` bounds what ``explaining`` spends, which this budget does not pay; where not given, the outer one's holds.
    """
    outer = _CURRENT.get()
    if outer is None:
        _forget()
    inner = Budget(bound if most is None else replace(bound, limit=most), bound.limit if most is None else most)
    if outer is not None and outer.left < inner.left:
        inner = Budget(outer.bound, max(outer.left, 0))
    if outer is not None:
        inner.worn, inner.met = outer.worn, outer.met
    if beside is not None:
        inner.beside = Budget(beside, beside.limit, later=EXPLAINED_LATER)
        inner.beside.met = inner.met
    elif outer is not None:
        inner.beside = outer.beside
    allowed = inner.left
    token = _CURRENT.set(inner)
    try:
        yield inner
    finally:
        _CURRENT.reset(token)
        if outer is not None:
            outer.left -= allowed - max(inner.left, 0)


@contextmanager
def explaining() -> Iterator[Budget | None]:
    """What is done inside goes beyond the answer: it is paid by what the call has beside, and never by answers that wait.

    The first may take all of that, each further one half of what is left or what it adds: None where that is too little for
    anything.
    """
    current = _CURRENT.get()
    own = current.beside if current is not None else None
    if current is None or own is None:
        yield current
        return
    first, added = own.left == own.bound.limit, min(EXPLAINED_EACH, own.later)
    if not first:
        own.left, own.later = max(own.left, 0) + added, own.later - added
    if own.left < own.bound.limit // 100:
        yield None
        return
    token = _CURRENT.set(own)
    try:
        with budget(own.bound, own.left if first else max(own.left // 2, added)) as part:
            yield part
    finally:
        _CURRENT.reset(token)



@contextmanager
def wearing(bound: Bound, least: Bound, part: object) -> Iterator[Budget]:
    """A budget for one part of a call of many: half as much for every other part that took all that it might.

    So a text of ordinary lines has all that they need, and one of lines that never end takes as much as a few of them.
    """
    outer = _CURRENT.get()
    times = len(outer.worn - {part}) if outer is not None else 0
    most = max(bound.limit >> times, least.limit)
    why = f"{times} other{'s' * (times > 1)} took all that there is for one" if times else bound.why
    with budget(replace(bound, why=why), most) as own:
        try:
            yield own
        finally:
            if own.exhausted:
                own.worn.add(part)


def within(bound: Bound, action: Callable[[], R]) -> R | None:
    """What an action finds with a budget of its own; None where that does not reach."""
    try:
        with budget(bound) as own:
            found = action()
            return None if own.exhausted else found
    except BoundExceeded:
        return None


def _levels(value: object) -> int:
    """How large an expression of ours is, or what a result is about; more for each of several variables or results.

    0 for anything else, which is not asked.
    """
    if isinstance(value, tuple | list):
        return max(map(_levels, value), default=0) + EACH_OF_SEVERAL * max(len(value) - 1, 0)
    ours = type(value).__module__.startswith(f"{__package__}.")
    found = getattr(value, "_extent", 0) if ours else 0
    return found if isinstance(found, int) else 0


def extent(operators: int, closings: int = 0, several: int = 0) -> int:
    """The levels of what has so many operators and closed forms, and so many variables or results beside the first."""
    return min(EACH_OPERATOR * operators + EACH_CLOSING * closings, MOST_LEVELS) + EACH_OF_SEVERAL * several


OBJECTS = 20_000


@contextmanager
def rarely_searched() -> Iterator[None]:
    """Unreachable circles of objects are looked for after more new ones than Python would wait for.

    Expressions hold no circles, and to look through all of them took a fifth of the time.
    """
    before = gc.get_threshold()
    rarer = 0 < before[0] < OBJECTS
    if rarer:
        gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        if rarer:
            gc.set_threshold(*before)


def bounded(function: Callable[P, R]) -> Callable[P, R]:
    """A public call that ends: its work is counted, and what is too deep or too large for Python is BoundExceeded.

    An answer that was put together although the budget ran out on the way is not given.
    """
    @wraps(function)
    def called(*args: P.args, **options: P.kwargs) -> R:
        if _CURRENT.get() is not None:
            return function(*args, **options)
        deepest = max(map(_levels, (*args, *options.values())), default=0)
        with rarely_searched(), ended(), as_deep(), budget(WORK, WORK.limit + LEVEL_WORK * deepest) as own:
            result = function(*args, **options)
            if own.exhausted:
                raise own.bound.exceeded()
            return result
    return called


LEVELS = 2_500
_LIMITS: list[int] = []
_COUNTED = Lock()
_DEEP: ContextVar[bool] = ContextVar("deep", default=False)


@contextmanager
def as_deep() -> Iterator[None]:
    """A call may go ``LEVELS`` levels deep by recursion, however deep who calls stands and whatever limit Python was given:
    else answers would depend on either.  The limit is one for all threads; the last call that ends puts the old one back.
    """
    if _DEEP.get() or sys.platform == "emscripten":
        yield
        return
    depth = sum(1 for _ in walk_stack(None)) + LEVELS
    with _COUNTED:
        _LIMITS.append(sys.getrecursionlimit())
        sys.setrecursionlimit(depth if len(_LIMITS) == 1 else max(_LIMITS[-1], depth))
    token = _DEEP.set(True)
    try:
        yield
    finally:
        _DEEP.reset(token)
        with _COUNTED:
            first = _LIMITS[0]
            _LIMITS.pop()
            if not _LIMITS:
                sys.setrecursionlimit(first)


@contextmanager
def deeper(levels: int) -> Iterator[None]:
    """Python may go so many levels deeper by recursion, for what has a bound of its own; in a browser it may not."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + levels * (sys.platform != "emscripten"))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@contextmanager
def ended() -> Iterator[None]:
    """What Python itself cannot do any more is said in our words."""
    try:
        yield
    except RecursionError:
        raise BoundExceeded("the expression is nested too deeply", hint="name parts of it by sd.define") from None
    except MemoryError:
        raise BoundExceeded("the numbers do not fit into memory", hint="take smaller sizes") from None


def admit_number(value: Any) -> None:
    """Refuses whole numbers and fractions with more digits than allowed."""
    bits = max(int(value.numerator).bit_length(), int(value.denominator).bit_length())
    DIGITS.admit(bits * 1_000 // 3_322)


def decimal(text: str) -> Fraction:
    """The exact value of a decimal such as 0.5, .5 or 3e-4.  Refuses an exponent that stands for too many digits."""
    mantissa, _, exponent = text.lower().partition("e")
    digits = exponent.lstrip("+-").lstrip("0")
    DIGITS.admit(len(mantissa) + (int(digits or "0") if len(digits) < 9 else 10 ** 9), text[:40])
    return Fraction(text)


def admit_power(base: Any, exponent: Any, where: object = None) -> None:
    """Refuses a power of exact numbers before it is formed."""
    bits = max(int(base.numerator).bit_length(), int(base.denominator).bit_length()) if abs(base) != 1 and base else 0
    DIGITS.admit(int(bits * abs(exponent)) * 1_000 // 3_322, where)
