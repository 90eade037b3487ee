"""What of the proofs of an item goes on paper, where nothing folds: no step twice, of very long ones the results."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from .document import fitted, side_by_side
from .line_breaks import glyphs
from .prose_tree import AlignedRow, chain_rows, split_top
from .sections import Fold, Section

MOST_ROWS = 28
"""A proof of many derivatives with more lines, about a page, is shortened."""
HALF_PAGE = 330.0
"""A proof of one derivative that is higher, in points, is shortened."""
LINE = 79.0
"""How many letters are about as wide as a line."""
REPEATED = "From the lines above:"
SHORTENED = r"\emph{Of each derivative the result alone; the page for a browser has the lines between.}"
ABRIDGED = r"\emph{Some lines between are left out; the page for a browser has them.}"
_BLOCKS = re.compile(r"(?=\\paragraph\{)")
_DEFINITIONS = re.compile(r"\\paragraph\{Definitions[^}]*\}\s*\\begin\{align\*\}(.*)\\end\{align\*\}", re.DOTALL)
_DEFINED = re.compile(r"\\paragraph\{Definitions[^}]*\}\s*\\begin\{align\*\}(.*?)\\end\{align\*\}", re.DOTALL)
_WHERE = re.compile(r"\n\nwhere\n\n\\begin\{align\*\}\n(.*?)\n\\end\{align\*\}", re.DOTALL)
_DERIVATIVE = r"\paragraph{Derivative with respect to"
_OF_A_DERIVATIVE = re.compile(r"\\paragraph\{Derivative with respect to \$.*?\$\.\}\n?")
_SUPPOSED = re.compile(r"(?m)(?:^|(?<=\. ))Here .*$")
_NEXT_CHAIN = re.compile(r"\s*\\end\{align\*\}\s*\\begin\{align\*\}\s*")
_CLOSED = r"\paragraph{In closed form.}"
_UPSTREAM = "Let $"
_STEPS = "\\paragraph{Step by step.}\n"
_CHAIN = re.compile(r"\\begin\{align\*\}(.*?)\\end\{align\*\}", re.DOTALL)


def on_paper(section: Section) -> Section:
    """An item with what is printed of its proofs written out."""
    return _told_once(section, _ToldSoFar())


@dataclass
class _ToldSoFar:
    """The definitions by their left sides, and the derivatives and suppositions, that were printed for an item."""

    definitions: dict[str, str] = field(default_factory=dict)
    derivatives: set[str] = field(default_factory=set)
    result: str = ""

    def forget(self) -> None:
        self.definitions.clear()
        self.derivatives.clear()


def _told_once(section: Section, said: _ToldSoFar) -> Section:
    if (where := _WHERE.search(section.body)) and _defined(where[1]) <= _defined(
            "\n".join(block[1] for fold in section.folds if fold.printed for block in _DEFINED.finditer(fold.body))):
        section = replace(section, body=section.body.replace(where[0], "").strip())
    said.result = _bare(section.body)
    folds = tuple(_printed(fold, said) if fold.printed and fold.grain == "steps" else fold for fold in section.folds)
    return replace(section, folds=folds, parts=tuple(_told_once(part, said) for part in section.parts))


def _printed(fold: Fold, said: _ToldSoFar) -> Fold:
    blocks = [unit for block in map(str.strip, _BLOCKS.split(fold.body)) if block for unit in _units(block)]
    kept = [new for block in blocks if (new := _new_of(block, said))]
    kept = [block for k, block in enumerate(kept) if not _ends_in(block, kept[:k], said)]
    if not kept:
        return replace(fold, printed=False)  # All of it stands above.
    notes = [REPEATED] if any(b.startswith(_DERIVATIVE) and b not in kept for b in blocks) else []
    shorter = _on_half_a_page(kept) if _of_one_derivative(kept) else kept
    if shorter != kept:
        kept, notes = shorter, [*notes, ABRIDGED]
    elif sum(len(chain_rows(body)) or body.count(r"\\") + 1 for block in kept for body in _CHAIN.findall(block)) > MOST_ROWS:
        kept, notes = [_beside(block) for block in _shortened(kept)], [*notes, SHORTENED]
    return replace(fold, paper=fitted("\n".join(filter(None, (" ".join(notes), _flowing(kept))))))


def _flowing(blocks: list[str]) -> str:
    """Blocks of a proof as they stand in a text: definitions beside each other, derivatives without a heading each."""
    shown = (_OF_A_DERIVATIVE.sub("", _DEFINITIONS.sub(_side_by_side, block)).removeprefix(_STEPS) for block in blocks)
    return _NEXT_CHAIN.sub(lambda _: " \\\\\n", "\n".join(shown))


def _side_by_side(block: re.Match[str]) -> str:
    """Definitions as equations of a line, each range once behind all that have it."""
    rows = chain_rows(block[1])
    if not rows or not block[0].startswith(r"\paragraph{Definitions.}"):
        return block[0]
    return side_by_side(rows, "Let")


def _units(block: str) -> list[str]:
    """A block of a proof; what follows definitions apart from them."""
    if (found := _DEFINED.match(block)) and found.end() < len(block):
        return [found[0], block[found.end():].strip()]
    return [block]


def _new_of(block: str, said: _ToldSoFar) -> str:
    """What a block of a proof says that was not said before."""
    if _says_the_result(block, said):
        return ""
    if found := _DEFINITIONS.fullmatch(block):
        rows = [row.strip() for row in split_top(found[1], r"\\") if row.strip()]
        by_name = {row.partition("&=")[0].strip(): row for row in rows}
        # A name that means something else now makes other lines of what looks the same.
        if any(said.definitions.get(name, row) != row for name, row in by_name.items()):
            said.forget()
        new = [row for name, row in by_name.items() if name not in said.definitions]
        said.definitions.update(by_name)
        if len(by_name) < len(rows) or len(new) == len(rows):
            return block
        return block[:found.start(1)] + "\n" + " \\\\\n".join(new) + "\n\\end{align*}" if new else ""
    if block.startswith((_DERIVATIVE, _UPSTREAM)):
        if block in said.derivatives:
            return ""
        said.derivatives.add(block)
    return block


def _says_the_result(block: str, said: _ToldSoFar) -> bool:
    """Whether the end of a proof only has the equations that the proof is of."""
    return block.startswith(_CLOSED) and all(
        _bare(row) in said.result for body in _CHAIN.findall(block) or [block.removeprefix(_CLOSED)]
        for row in split_top(body, r"\\"))


def _ends_in(block: str, before: list[str], said: _ToldSoFar) -> bool:
    """Whether the end of a proof says what the derivatives before it have come to, or what a proof of one is of."""
    if not block.startswith(_CLOSED):
        return False
    rows = [_bare(row) for body in _CHAIN.findall(block) or [block.removeprefix(_CLOSED)] for row in split_top(body, r"\\")]
    found = {_bare(left + last.right) for each in before if each.startswith(_DERIVATIVE)
             for body in _CHAIN.findall(each) for left, last in _ends(chain_rows(body))}
    return all(row in found for row in rows) or (
        _of_one_derivative([*before, block]) and all(f"{row.partition('=')[0]}=" in said.result for row in rows))


def _bare(latex: str) -> str:
    """LaTeX without spaces, alignment, and the display that it stands in."""
    return re.sub(r"\s|&|\\[,;]|\\(?:begin|end)\{\w+\*?\}", "", latex)


def _defined(rows: str) -> set[str]:
    """The left sides of definitions, whatever letters they are written with."""
    return {re.sub(r"_\{[a-z,]*\}$", "", row.partition("&=")[0].strip()).strip("{}") for row in split_top(rows, r"\\")
            if row.strip()}


def _of_one_derivative(blocks: list[str]) -> bool:
    """Whether a proof goes from the output back to one variable, or to a few, and is of nothing else."""
    return any(block.startswith(_DERIVATIVE) for block in blocks) and all(
        block.startswith((_DERIVATIVE, _UPSTREAM, _CLOSED, *_BEFORE_DERIVATIVES)) for block in blocks)


def _on_half_a_page(blocks: list[str]) -> list[str]:
    """The blocks of a proof as long as half a page has room for them; else of each derivative how it begins and what it
    comes to; or of those before the last one what they come to."""
    last = max(k for k, block in enumerate(blocks) if block.startswith(_DERIVATIVE))
    for shorter in (blocks, [_by_ends(block) for block in blocks],
                    [*_shortened(blocks[:last]), *map(_by_ends, blocks[last:])]):
        if _height(shorter) <= HALF_PAGE:
            return shorter
    return shorter


def _by_ends(block: str) -> str:
    """A derivative with the first line and the last alone, which has the reasons of those between."""
    if not block.startswith(_DERIVATIVE):
        return block

    def rewritten(match: re.Match[str]) -> str:
        groups: list[list[AlignedRow]] = []
        for row in chain_rows(match[1]):
            groups += [[]] if row.left or not groups else []
            groups[-1].append(row)
        ends = [row for first, *rest in groups for row in (first, *([replace(rest[-1], words=", ".join(
            dict.fromkeys(row.words for row in rest if row.words)))] if rest else []))]
        return _aligned(rf"{row.left} & {row.right}" + (rf" && \text{{{row.words}}}" if row.words else "") for row in ends)

    return _CHAIN.sub(lambda match: rewritten(match) if chain_rows(match[1]) else match[0], block)


def _height(blocks: list[str]) -> float:
    """About how high blocks are in print, in points."""
    height = room = 0.0
    for block in blocks:
        alone = not block.startswith((r"\paragraph{Definitions.}", _RESULTS))
        height += 17 * (block.startswith(r"\paragraph") and not block.startswith((_DERIVATIVE, r"\paragraph{Definitions.}")))
        for row in (row for body in _CHAIN.findall(block) for row in chain_rows(body)):
            width, why = glyphs(row.left) + glyphs(row.right), 0.75 * len(row.words)
            if width + why < room and not (alone and row.left):
                room -= width + why
                continue
            lines = max(1.0, (width + 8) // LINE + 1)
            height += lines * (next(high for sign, high in _HIGH.items() if sign in row.left + row.right))
            room = LINE - width - 8 - why
    return height


_HIGH = {r"\sqrt": 48, r"\sum": 34, r"\frac": 27, "": 17}
_RESULTS = r"\paragraph{Derivatives, each from those before it.}"
_BEFORE_DERIVATIVES = tuple(rf"\paragraph{{{name}.}}" for name in ("Definitions", "As it is read", "Entry by entry"))


def _aligned(rows: Iterable[str]) -> str:
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _shortened(blocks: list[str]) -> list[str]:
    """Blocks with the results of derivatives alone, those after each other in one alignment, and what they suppose."""
    result: list[str] = []
    rows: list[str] = []
    supposed: dict[str, None] = {}
    for block in [*blocks, ""]:
        chains = [chain_rows(body) for body in _CHAIN.findall(block)]
        if block.startswith(_DERIVATIVE) and chains and all(chains):
            rows += [f"{left} & {last.right}"
                     for chain in chains for left, last in _ends(chain) if not left.startswith("P_{")]  # a part of a sum
            supposed |= dict.fromkeys(_SUPPOSED.findall(block))
            continue
        if rows:
            result.append("\n".join((_RESULTS, _aligned(_by_those_before(rows)), *supposed)))
            rows, supposed = [], {}
        result.append(block)
    return result[:-1]


def _beside(block: str) -> str:
    """Results and closed forms as equations of a line, however few they are."""
    if not block.startswith((_RESULTS, _CLOSED)):
        return block
    rows = [chain_rows(body) for body in _CHAIN.findall(block)]
    return _CHAIN.sub(lambda match: side_by_side(chain_rows(match[1])), block) if all(rows) and not any(
        row.words or not row.left for each in rows for row in each) else block


FACTORS = 3
"""A product of so many factors that is a derivative above is written as that derivative."""
_MARKS = re.compile(r"\\left\b|\\right\b|\\.|[{}]| [+-] ")
_OVER = re.compile(r"(\\sum_\{(\w)=1\}\^\{\w+\} )?(.*)", re.DOTALL)
_AT = re.compile(r"_\{(\w)\}\}\Z")


def _by_those_before(rows: list[str]) -> list[str]:
    """Results in which the factors that a derivative above has come to are that derivative; none with two values."""
    told: dict[str, str] = {}
    known: list[tuple[str, list[str]]] = []
    for row in rows:
        left, _, right = row.partition(" & = ")
        terms = _apart(right, " + ")
        if left not in told:
            told[left] = " + ".join(_through_known(term, known) for term in terms)
        factors = _apart(right, r"\,")
        if len(terms) == 1 and len(factors) >= FACTORS and _AT.search(left) and r"\sum" not in right:
            known.append((left, factors))
    return [f"{left} & = {right}" for left, right in told.items()]


def _through_known(term: str, known: list[tuple[str, list[str]]]) -> str:
    """A term with the factors of a known derivative as that derivative, at the letter that the term is summed over."""
    found = _OVER.fullmatch(term)
    assert found is not None
    factors = _apart(found[3], r"\,")
    for left, parts in sorted(known, key=lambda each: -len(each[1])):
        at = _AT.search(left)
        assert at is not None
        here, *same = (text.replace(f"_{{{at[1]}}}", f"_{{{found[2] or at[1]}}}") for text in (left, *parts))
        if not Counter(same) - Counter(factors):
            place = min(map(factors.index, same))
            for each in same:
                factors.remove(each)
            return (found[1] or "") + r"\,".join((*factors[:place], here, *factors[place:]))
    return term


def _apart(text: str, mark: str) -> list[str]:
    """The parts between marks that stand in no group and no brackets; all of a sum where factors are asked for."""
    parts, depth, start = [], 0, 0
    for found in _MARKS.finditer(text):
        token = found[0]
        if depth == 0 and token == mark:
            parts.append(text[start:found.start()])
            start = found.end()
        elif depth == 0 and token in (" + ", " - "):
            return [text]
        depth += (token in (r"\left", "{")) - (token in (r"\right", "}"))
    return [*parts, text[start:]]


def _ends(chain: tuple[AlignedRow, ...]) -> Iterator[tuple[str, AlignedRow]]:
    """What each left side of a chain comes to in its last row."""
    left = ""
    for row, behind in zip(chain, [*chain[1:], None], strict=True):
        left = row.left or left
        if behind is None or behind.left:
            yield left, row
