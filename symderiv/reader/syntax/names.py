"""Scripts behind a sign, and the longest declared name that the text at a place spells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from ..declare.context import Declared, DeclaredNames, LetterDeclared, Pattern, arity, numbered
from .spellings import VARIANTS
from .tokens import NUMBER, OPERATOR, STOP, STRUCTURE, WORD, SourceText, Token

OPENING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "lfloor": "rfloor", "lceil": "rceil", "langle": "rangle"}
CLOSING = frozenset(OPENING.values())
# More names that begin alike are looked up by the sign below them.
FEW = 8


@dataclass(frozen=True)
class Scripts:
    """What stands below and above a sign, with the position behind it and a token to put in its place, if it was cut."""

    subs: tuple[tuple[Token, ...], ...] = ()
    sup: tuple[Token, ...] = ()
    primes: int = 0
    next: int = 0
    rest: Token | None = None

    @property
    def empty(self) -> bool:
        return not (self.subs or self.sup or self.primes)


def matching(tokens: Sequence[Token], at: int) -> int | None:
    """Position of the bracket that closes the one at ``at``; None if nothing does."""
    depth: list[str] = []
    for position in range(at, len(tokens)):
        key = tokens[position].key if tokens[position].kind == OPERATOR else ""
        if key in OPENING:
            depth.append(OPENING[key])
        elif key in CLOSING:
            if not depth or depth[-1] != key:
                return None
            depth.pop()
            if not depth:
                return position
    return None


def split_items(tokens: Sequence[Token], sign: str = ",") -> tuple[tuple[Token, ...], ...]:
    """Tokens cut at a sign that stands outside all brackets."""
    items: list[tuple[Token, ...]] = []
    depth, start = 0, 0
    for position, token in enumerate(tokens):
        if token.kind != OPERATOR:
            continue
        if token.key in OPENING:
            depth += 1
        elif token.key in CLOSING:
            depth -= 1
        elif token.key == sign and depth == 0:
            items.append(tuple(tokens[start:position]))
            start = position + 1
    items.append(tuple(tokens[start:]))
    return tuple(items)


def split_at(tokens: Sequence[Token], ends: Callable[[Token], bool]) -> list[list[Token]]:
    """Tokens cut wherever one of them ends a part, brackets or not."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if ends(token):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def divider(tokens: Sequence[Token]) -> int | None:
    """The place of the one bar outside inner brackets that parts arguments, as in p(y | x); None where bars are pairs."""
    depth, found = 0, list[int]()
    for place, token in enumerate(tokens):
        if token.kind != OPERATOR:
            continue
        depth += (token.key in OPENING) - (token.key in CLOSING)
        if depth == 0 and token.key in ("|", "||"):
            found.append(place)
    inner = len(found) == 1 and 0 < found[0] < len(tokens) - 1
    return found[0] if inner and tokens[found[0] + 1].key != "_" else None


def cut(token: Token, length: int) -> tuple[Token, Token]:
    """A word or number cut into two tokens."""
    first, rest = token.key[:length], token.key[length:]
    kinds = [NUMBER if part.isdecimal() else token.kind for part in (first, rest)]
    return (replace(token, kind=kinds[0], key=first, end=token.start + length),
            replace(token, kind=kinds[1], key=rest, start=token.start + length, spaced=False, wide=False))


def at_letters(inside: Sequence[Token]) -> list[Token]:
    """The letters in brackets that hold nothing else, as in π(a|s) or Q(s', a'); none where something else stands there."""
    items, place = list[Token](), 0
    while place < len(inside):
        token = inside[place]
        if token.kind != WORD or len(token.key) != 1 or token.accents:
            return []
        place += 1
        if place < len(inside) and inside[place].key in ("'", "''"):
            token = replace(token, key=token.key + inside[place].key, end=inside[place].end)
            place += 1
        items.append(token)
        if place == len(inside):
            return items
        if inside[place].key not in (",", "|", "mid", ";"):
            return []
        place += 1
    return []


def directional(tokens: Sequence[Token], at: int) -> tuple[int, int, int, int] | None:
    """Where f(X) starts and ends, the order, and where [H] ends, in Df(X)[H]; None where this is something else."""
    token, order = tokens[at], 1
    if token.kind != WORD or token.key[0] != "D" or token.upright or token.accents:
        return None
    place = at + 1
    if len(token.key) == 1 and tokens[place].key == "^":
        close = matching(tokens, place + 1) if tokens[place + 1].key == "{" else place + 1
        number = tokens[(close or 0) - (close != place + 1)]
        if close is None or number.kind != NUMBER or not number.key.isdecimal():
            return None
        order, place = int(number.key), close + 1
    body = place if len(token.key) == 1 else at
    called = place + 1 if body == place else place
    if body == place and tokens[body].kind not in (WORD, STRUCTURE):
        return None
    end = matching(tokens, called) if called < len(tokens) and tokens[called].key == "(" else None
    last = matching(tokens, end + 1) if end is not None and end + 1 < len(tokens) and tokens[end + 1].key == "[" else None
    return None if end is None or last is None else (body, end + 1, order, last)


def order_in_letters(above: str, below: str) -> int:
    """The order of d2L/dw2, whose digits stand beside the letters; 1 for any other pair of words."""
    said = re.fullmatch(r"d([2-9])[A-Za-z]\w*", above)
    return int(said[1]) if said and re.fullmatch(rf"d\w*[A-Za-z]{said[1]}", below) else 1


def mixed_order(tokens: Sequence[Token], slash: int, above: str) -> int:
    """The order of d2L/dw_j dw_k, where as many differentials follow the slash as the digit says; 1 for all else."""
    said = re.fullmatch(r"d([2-9])[A-Za-z]\w*", above)
    behind = takewhile(lambda x: x.kind in (WORD, NUMBER) or x.key in ("_", "^", "{", "}"), tokens[slash + 1:])
    differentials = [x for x in behind if x.kind == WORD and len(x.key) > 1 and x.key[0] == "d"] if said else []
    return int(said[1]) if said and len(differentials) == int(said[1]) else 1


def script_content(tokens: Sequence[Token], at: int, source: SourceText, latex: bool) \
        -> Iterator[tuple[tuple[Token, ...], int, Token | None]]:
    """(tokens, position behind, rest of a cut token) of the script at ``at``: the likeliest reading first."""
    token = tokens[at]
    if token.kind == OPERATOR and token.key in ("{", "("):
        close = matching(tokens, at)
        if close is None:
            raise source.error("this bracket is not closed", token.start, token.end)
        if token.key == "{":
            inside = tuple(tokens[at + 1:close])
            # {{2}} and {2} are the same script.
            while len(inside) > 1 and inside[0].key == "{" and matching(inside, 0) == len(inside) - 1:
                inside = inside[1:-1]
            yield inside, close + 1, None
        else:
            yield tuple(tokens[at:close + 1]), close + 1, None
        return
    plain = not (latex and source.latex)
    # In plain text x_ij has two letters below, but a^Tb is a product.
    whole = not latex or (plain and tokens[at - 1].key == "_")
    if token.kind == OPERATOR and token.key in ("-", "+") and plain and tokens[min(at + 1, len(tokens) - 1)].kind in (
            NUMBER, WORD):
        yield (token, tokens[at + 1]), at + 2, None
        return
    if not whole and token.kind in (WORD, NUMBER) and len(token.key) > 1 and not token.upright and not token.accents:
        first, rest = cut(token, 1)
        yield (first,), at, rest
        yield (token,), at + 1, None
        return
    if token.kind == STOP:
        raise source.error("a script is missing", token.start)
    if token.kind == OPERATOR and token.key == "+":
        yield (token,), at + 1, None
        return
    following = tokens[min(at + 1, len(tokens) - 1)]
    if not latex and token.kind == NUMBER and following.kind == WORD and following.start == token.end:
        # W_1j in plain text: the script is the whole run of digits and letters.
        yield (token, following), at + 2, None
        return
    yield (token,), at + 1, None


def read_scripts(tokens: Sequence[Token], at: int, source: SourceText, latex: bool) -> list[Scripts]:
    """The ways to read the scripts at a position; more than one only where LaTeX cuts a word that may be one name."""
    done: list[Scripts] = []
    open_: list[Scripts] = [Scripts(next=at)]
    while open_:
        now = open_.pop(0)
        if now.rest is not None:
            done.append(now)
            continue
        token = tokens[min(now.next, len(tokens) - 1)]
        if token.kind != OPERATOR:
            done.append(now)
        elif token.key in ("'", "''") and not now.sup:
            if now.subs and not (latex and source.latex):
                done.append(now)  # In plain text x_i' is the transpose of x_i.
            else:
                open_.append(replace(now, primes=now.primes + len(token.key), next=now.next + 1))
        elif token.key == "_" and not now.subs:
            for content, stop, rest in script_content(tokens, now.next + 1, source, latex):
                open_.append(replace(now, subs=_at_its_letter(split_items(content)), next=stop, rest=rest))
        elif token.key == "^" and not now.sup:
            for content, stop, rest in script_content(tokens, now.next + 1, source, latex):
                if content and all(x.key in ("'", "''") for x in content):
                    primes = now.primes + sum(len(x.key) for x in content)
                    open_.append(replace(now, primes=primes, next=stop, rest=rest))
                else:
                    open_.append(replace(now, sup=content, next=stop, rest=rest))
        elif token.key == "{" and tokens[now.next + 1].key in ("_", "^") and latex:
            # \theta{_k}: braces around the script with its sign.
            close = matching(tokens, now.next)
            if close is None:
                done.append(now)
                continue
            inner = read_scripts([*tokens[now.next + 1:close], tokens[-1]], 0, source, latex)[-1]
            if inner.rest is not None or inner.next != close - now.next - 1:
                done.append(now)
            else:
                open_.append(replace(now, subs=now.subs or inner.subs, sup=now.sup or inner.sup, next=close + 1))
        else:
            done.append(now)
    return done


def _at_its_letter(items: tuple[tuple[Token, ...], ...]) -> tuple[tuple[Token, ...], ...]:
    """The two positions of p_{i y_i}, whose comma is left out; other items as they are."""
    if len(items) != 1 or sum(x.kind == WORD for x in items[0]) not in (2, 3):
        return items
    first, *behind = items[0]
    if first.kind == WORD and len(first.key) == 2 and not first.upright:
        first, *more = cut(first, 1)
        behind = [*more, *behind]
    keys = [x.key for x in behind if x.key not in ("{", "}")]
    return ((first,), tuple(behind)) if first.kind == WORD and len(first.key) == 1 and len(keys) == 3 \
        and keys[1:] == ["_", first.key] and len(keys[0]) == 1 and keys[0].isalpha() else items


@dataclass(frozen=True)
class Match:
    """A declared name found in the text, and the scripts that are not part of it."""

    declared: Declared
    scripts: Scripts
    filled: tuple[Token, ...] = ()


def scripted_letters(context: DeclaredNames, tokens: Sequence[Token]) -> set[str]:
    """Index letters with a script of their own, as c_o in K_{c_o, c_i, u, v}: declared, summed over, or one of several."""
    found = set(context.scripted)
    open_: list[list[int]] = []     # of every bracket that is open, its place and those of its own commas
    for place, token in enumerate(tokens):
        if token.kind != OPERATOR:
            continue
        if token.key in OPENING:
            open_.append([place])
        elif token.key == "," and open_:
            open_[-1].append(place)
        elif token.key in CLOSING and open_:
            if OPENING[tokens[open_[-1][0]].key] != token.key:
                open_.clear()
                continue
            cuts = open_.pop()
            below, before = tokens[cuts[0] - 1], tokens[cuts[0] - 2]
            if tokens[cuts[0]].key != "{" or cuts[0] < 1 or below.kind != OPERATOR or below.key != "_":
                continue
            summed = cuts[0] > 1 and before.kind == STRUCTURE and before.key not in ("nabla", "partial")
            for start, stop in pairwise((*cuts, place)) if len(cuts) > 1 or summed else ():
                name = _letter_spelled(context, tokens[start + 1:min(stop, start + 7)])
                if name is not None and name[1] == stop - start - 1:
                    found.add(name[0])
    return found


def _letter_spelled(context: DeclaredNames, tokens: Sequence[Token]) -> tuple[str, int] | None:
    """(c_o, how many tokens spell it) where a single letter with a word below stands, which no declared array explains."""
    if len(tokens) < 3 or tokens[0].kind != WORD or len(tokens[0].key) != 1 or tokens[1].key != "_":
        return None
    braced = tokens[2].key == "{"
    if braced and (len(tokens) < 5 or tokens[4].key != "}"):
        return None
    below = tokens[3] if braced else tokens[2]
    pattern = Pattern((tokens[0].key,), ((below.key,),))
    if below.kind != WORD or any(
            not isinstance(d, LetterDeclared) and (d.pattern == pattern or (not d.pattern.subs and arity(d)))
            for d in context.starting(tokens[0].key)):
        return None
    return pattern.text, 5 if braced else 3


def with_scripted_letters(context: DeclaredNames, tokens: Sequence[Token], names: set[str] | None = None) -> list[Token]:
    """Tokens with every such letter as one word, wherever it stands below a sign."""
    names = scripted_letters(context, tokens) if names is None else names
    if not names:
        return list(tokens)
    made: list[Token] = []
    depth: list[bool] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.kind == OPERATOR and token.key in OPENING:
            depth.append((bool(made) and made[-1].key == "_") or token.key == "[" or bool(depth and depth[-1]))
        elif token.kind == OPERATOR and token.key in CLOSING and depth:
            depth.pop()
        spelled = _letter_spelled(context, tokens[place:place + 5]) if depth and depth[-1] else None
        if spelled is not None and spelled[0] in names:
            last = tokens[place + spelled[1] - 1]
            made.append(replace(token, key=spelled[0], end=last.end, upright=True))
            place += spelled[1]
            continue
        made.append(token)
        place += 1
    return made


def _agree(wanted: Sequence[str], keys: Sequence[str], hole: str) -> bool:
    return len(wanted) == len(keys) and all(w in (hole, k) for w, k in zip(wanted, keys, strict=True))


def _keys(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(t.key for t in tokens)


def _without_arrow(context: DeclaredNames, token: Token) -> list[Declared]:
    """Names without the arrow or line that says vector, where none is declared with it."""
    if token.accents and all(a in ("vec", "underline") for a in token.accents):
        return context.starting(token.key[:len(token.key) - sum(map(len, token.accents))])
    return []


def find(context: DeclaredNames, tokens: Sequence[Token], at: int, source: SourceText, latex: bool) -> Match | None:
    """The longest declared name at a position.  Where scripts leave a choice, the one whose indices fit is taken."""
    candidates = context.starting(tokens[at].key) or _without_arrow(context, tokens[at])
    other = numbered_otherwise(context, tokens, at, source, latex)
    if not candidates:
        return other
    best: tuple[tuple[int, ...], Match] | None = None
    cache: dict[int, list[Scripts]] = {}
    if len(candidates) > FEW:
        cache[1] = read_scripts(tokens, at + 1, source, latex)
        candidates = context.possible(candidates[0].pattern.base[0],
                                      [s.subs[0][0].key for s in cache[1] if s.subs and s.subs[0]])
    for declared in candidates:
        pattern = declared.pattern
        length = len(pattern.base)
        inside: tuple[Token, ...] = ()
        if length > 1:
            keys = _keys(tokens[at + 1:at + length])
            # A name such as P(O = w) has a letter among its signs.
            if keys != pattern.base[1:] and (pattern.hole is None or not _agree(pattern.base[1:], keys, pattern.hole)):
                continue
            if pattern.hole is not None and pattern.hole in pattern.base:
                inside = (tokens[at + pattern.base.index(pattern.hole)],)
        if length not in cache:
            cache[length] = read_scripts(tokens, at + length, source, latex)
        for choice, scripts in enumerate(cache[length]):
            matched = match_scripts(pattern, scripts)
            if matched is None:
                continue
            remaining, filled = matched[0], matched[1] or inside
            used = length + len(pattern.subs) + len(pattern.sups) + pattern.primes
            wanted = len(expand_count(remaining.subs)) or _bracketed(tokens, remaining.next, latex)
            fits = -abs(arity(declared) - wanted)
            fonts = int(tokens[at].font == pattern.font)
            exact = int(pattern.base[0] == tokens[at].key)
            score = (used, -choice, exact, int(pattern.hole is None), fonts, fits)
            if best is None or score > best[0]:
                best = score, Match(declared, remaining, filled)
    # Who has a name for it means that by x_1, and no entry of x.
    return other if best is None or (other is not None and best[0][0] == 1) else best[1]


def numbered_otherwise(context: DeclaredNames, tokens: Sequence[Token], at: int, source: SourceText,
                        latex: bool) -> Match | None:
    """W_1 or W^{(1)} where W1 is declared, and the other way round."""
    token, behind = tokens[at], tokens[min(at + 1, len(tokens) - 1)]
    whole = numbered(token.key) if token.key[-1:].isdecimal() else None
    if whole is not None:
        declared = context.spelled_otherwise(*whole)
        return None if declared is None else Match(declared, read_scripts(tokens, at + 1, source, latex)[0])
    if behind.key not in ("_", "^") or not any(x.kind == NUMBER for x in tokens[at + 2:at + 5]):
        return None
    for scripts in read_scripts(tokens, at + 1, source, latex):
        below, sup = scripts.subs[:1], _keys(scripts.sup)
        if len(below) == 1 and len(below[0]) == 1 and below[0][0].kind == NUMBER and sup[:1] not in (("(",), ("[",)):
            number, rest = below[0][0].key, replace(scripts, subs=scripts.subs[1:])
        elif not below and len(sup) >= 3 and sup[0] in ("(", "[") and sup[1].isdecimal() and sup[2] == OPENING[sup[0]]:
            number, rest = sup[1], replace(scripts, sup=scripts.sup[3:])
        else:
            continue
        declared = context.spelled_otherwise(token.key, number)
        if declared is not None:
            return Match(declared, rest)
    return None


def _bracketed(tokens: Sequence[Token], at: int, latex: bool) -> int:
    """How many positions stand in square brackets here."""
    close = matching(tokens, at) if tokens[min(at, len(tokens) - 1)].key == "[" else None
    if close is None or (latex and not any(x.key == ":" for x in tokens[at + 1:close])):
        return 0
    return len(split_items(tokens[at + 1:close]))


def expand_count(items: Sequence[Sequence[Token]]) -> list[str]:
    """Roughly how many positions the items of a subscript are: letters that stand together count one by one."""
    count: list[str] = []
    for item in items:
        if all(t.kind in (WORD, NUMBER) for t in item):
            for t in item:
                count.extend(t.key if t.kind == WORD and not t.upright and not t.accents else [t.key])
        else:
            count.append("")
    return count


def match_scripts(pattern: Pattern, scripts: Scripts) -> tuple[Scripts, tuple[Token, ...]] | None:
    """The scripts that are left when those of the pattern are taken away, and what fills its hole; None if they differ."""
    filled: tuple[Token, ...] = ()
    if pattern.primes > scripts.primes or len(pattern.subs) > len(scripts.subs):
        return None
    for wanted, item in zip(pattern.subs, scripts.subs, strict=False):
        if pattern.hole is not None and wanted == (pattern.hole,):
            filled = item
        elif not same_keys(wanted, _keys(item)):
            return None
    sup = scripts.sup
    if pattern.sups == ("-",) and len(sup) > 1:
        return None  # P^{-1} is no P^- to the first
    if pattern.sups:
        if pattern.hole is not None and pattern.hole in pattern.sups:
            found = _fill(pattern.sups, pattern.hole, sup)
            if found is None:
                return None
            filled, sup = found
        elif not same_keys(pattern.sups, _keys(sup[:len(pattern.sups)])):
            return None
        else:
            sup = sup[len(pattern.sups):]
            if sup and sup[0].key in ("+", "-"):
                return None  # z^{l+1} is no z^l to the first
    return replace(scripts, subs=scripts.subs[len(pattern.subs):], sup=sup, primes=scripts.primes - pattern.primes), filled


def same_keys(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether keys agree, variants of Greek letters taken as equal."""
    return len(a) == len(b) and all(x == y or VARIANTS.get(x) == y for x, y in zip(a, b, strict=True))


def _fill(wanted: Sequence[str], hole: str, sup: tuple[Token, ...]) -> tuple[tuple[Token, ...], tuple[Token, ...]] | None:
    """(what stands in the place of the hole, what follows the pattern), as (t) against (k - 1) T."""
    place = list(wanted).index(hole)
    before, after = wanted[:place], wanted[place + 1:]
    if tuple(_keys(sup[:place])) != tuple(before):
        return None
    if not after:
        return (sup[place:], ()) if len(sup) > place else None
    for stop in range(place + 1, len(sup) - len(after) + 1):
        if _keys(sup[stop:stop + len(after)]) == tuple(after):
            return sup[place:stop], sup[stop + len(after):]
    return None
