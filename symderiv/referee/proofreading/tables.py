"""Tables of layers: what a row says of its output against the layer's own description and against the row below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod

from .erratum import Erratum
from .plain_numbers import spelled

_ROW = re.compile(r"^\W*((?:Conv|Pool|FC)-\d+)\b[\t |]")
_SIZES = re.compile(r"(\d+)\s*[×xX*]\s*(\d+)(?:\s*[×xX*]\s*|\s+)(\d+)")
_LAYER = re.compile(r"((?:Conv|Pool)-\d+) Layer\s+(?:(\d+) filters of size|max-pooling of size)\s+\$?(\d+)\D+?(\d+)\$?\s*,"
                    r"\s*stride (\d+),\s*(?:padding (\d+)|no padding)")


@dataclass(frozen=True)
class Described:
    """A layer in words: filters (0 for a pool), the side of its window, stride and padding."""

    filters: int
    window: int
    stride: int
    padding: int

    def output(self, shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """Height, width and channels after it."""
        height, width = ((n + 2 * self.padding - self.window) // self.stride + 1 for n in shape[:2])
        return height, width, self.filters or shape[2]


def wrong_rows(text: str) -> Iterator[Erratum]:
    """Rows whose output is not what the description makes of their input; each counted from the last row that is right."""
    described = {m[1]: Described(int(m[2] or 0), int(m[3]), int(m[5]), int(m[6] or 0)) for m in _LAYER.finditer(text)}
    known: tuple[int, int, int] | None = None
    above: tuple[str, int, tuple[int, ...]] | None = None
    rows = [(line, raw, match) for line, raw in enumerate(text.split("\n"), 1) if (match := _ROW.match(raw))]
    for number, (line, raw, match) in enumerate(rows):
        layer = described.get(match[1])
        printed = [tuple(map(int, m.groups())) for m in _SIZES.finditer(re.sub(r"(?<=[\d×])/(?=\d)", "1", raw))]
        kernels = layer.window if layer else 7
        shapes = [shape for shape in printed if shape[0] > kernels or shape[0] != shape[1]]
        if layer is None:
            above = (match[1], line, shapes[-1]) if len(shapes) > 1 else None
            continue
        if shapes and known is None and above is not None and above[2] != shapes[0]:
            yield Erratum(above[1], f"{above[0]}, output {_times(above[2])}", _times(shapes[0]), "table row",
                          f"the row below reads {_times(shapes[0])}, and what follows agrees with it", doubtful=True)
        if len(shapes) > 1 and known is not None and shapes[0] not in (known, above and above[2]):
            yield Erratum(line, f"{match[1]}, input {_times(shapes[0])}", _times(known), "table row",
                          f"the row above puts out {_times(known)}", doubtful=_one_apart(shapes[0], known))
        known = known or (shapes[0] if shapes else None)  # type: ignore[assignment]
        if known is None:
            continue
        right = layer.output(known)
        if len(shapes) > 1 and shapes[-1] != right:
            wrong = Erratum(line, f"{match[1]}, output {_times(shapes[-1])}", _times(right), "table row",
                            f"from {_times(known)} with a window of {layer.window}, stride {layer.stride} and padding "
                            f"{layer.padding}", doubtful=_one_apart(shapes[-1], right))
            below = rows[number + 1:number + 2]
            yield _read_below(wrong, below[0][1][below[0][2].end():] if below else "", right)
        above = (match[1], line, shapes[-1]) if len(shapes) > 1 else None
        known = right


def unlike_rows(text: str) -> Iterator[Erratum]:
    """The one row of a table of layers whose output is not what the row below reads, where every other row's is."""
    rows: list[tuple[int, str, list[tuple[int, ...]]]] = []
    for line, raw in enumerate((*text.split("\n"), ""), 1):
        match = _ROW.match(raw)
        if match:
            shapes = [tuple(map(int, m.groups())) for cell in re.split(r"[\t|]", raw) for m in _SIZES.finditer(cell)]
            rows.append((line, match[1], [shape for shape in shapes if shape[0] > 7 or shape[0] != shape[1]]))
            continue
        pairs = [(above, below) for above, below in pairwise(rows) if len(above[2]) == len(below[2]) == 2]
        odd = [(above, below) for above, below in pairs if above[2][1] != below[2][0]]
        if len(odd) == 1 and len(pairs) > 2 and not _LAYER.search(text):
            (last, name, shapes), below = odd[0]
            yield Erratum(last, f"{name}, output {_times(shapes[1])}", _times(below[2][0]), "table row",
                          f"the row below reads {_times(below[2][0])}", doubtful=_one_apart(shapes[1], below[2][0]))
        rows = []


_FIRST = re.compile(r"\W*(\d+(?:\s*\*\s*\d+)*)")


def _read_below(wrong: Erratum, below: str, right: tuple[int, ...]) -> Erratum:
    """An output that is wrong; in doubt where the row below begins with what is right, as it is or unwrapped."""
    first = _FIRST.match(spelled(below))
    sizes = tuple(int(size) for size in first[1].split("*")) if first else ()
    if prod(sizes) != prod(right):
        return wrong
    goes_on = f"{prod(sizes):,}, which is {_times(right)}" if sizes != right else _times(right)
    return replace(wrong, why=f"{wrong.why}; the row below goes on with {goes_on}", doubtful=True)


_NUMBERS = {"stride": r"\b(?:stride|s)\s*=?\s*(\d+)", "padding": r"\b(?:padding|pad|p)\s*=?\s*(\d+)"}
_COLUMNS = {"input": r"input", "output": r"output", "kernel": r"kernel|filter|window", "stride": r"stride",
            "padding": r"padd?", "parameters": r"param|weights"}


_RULE = re.compile(r"\s*\\(?:hline|toprule|midrule|cline\{[-\d]*\})\s*")
_JOINS = re.compile(r"concat|add|sum|merge|residual|skip|branch", re.IGNORECASE)
# What has other parameters than one kernel a filter.
_OTHERWISE = re.compile(r"pool|depth|group|separab|norm|\bbn\b|shared|\blayer norm", re.IGNORECASE)


def wrong_cells(text: str) -> Iterator[Erratum]:
    """Rows of a table with columns for kernel and output whose output, parameters or next input do not come out."""
    columns: dict[str, int] = {}
    above: tuple[int, ...] | None = None
    meant: tuple[int, ...] | None = None
    before: set[tuple[int, ...]] = set()
    wrong: tuple[Erratum, tuple[int, ...]] | None = None
    for line, raw in enumerate((*text.split("\n"), ""), 1):
        cells = _cells(raw)
        if wrong is not None and not _RULE.fullmatch(raw):
            within = len(columns) and len(cells) > max(columns.values()) and "input" in columns
            yield _read_below(wrong[0], cells[columns["input"]] if within else "", wrong[1])
        if len(cells) < 3:
            if not _RULE.fullmatch(raw):
                columns, above, meant, before, wrong = {}, None, None, set(), None
            continue
        if not columns:
            columns = {name: k for name, words in _COLUMNS.items() for k, cell in enumerate(cells)
                       if re.search(words, cell, re.IGNORECASE)}
            columns = columns if "output" in columns and len(columns) > 1 else {}
            continue
        if len(cells) <= max(columns.values()) or re.fullmatch(r"[-:\s]*", cells[0]):
            continue
        shapes = {name: tuple(map(int, m.groups())) if name in columns and (m := _SIZES.fullmatch(
            spelled(cells[columns[name]]).strip("$() "))) else None for name in ("input", "output")}
        given, printed = shapes["input"], shapes["output"]
        before |= {wrong[1]} if wrong else set()
        apart = given is not None and before and given not in before and not _JOINS.search(cells[0])
        if given and above and len(given) == len(above) and (apart or _pooled_otherwise(cells[0], given, printed, above)):
            yield Erratum(line, f"{cells[0]}, input {_times(given)}", _times(above), "table row",
                          f"the row above puts out {_times(above)}")
        if "input" not in columns and not _JOINS.search(cells[0]):
            given = above  # one layer after the other
        above, wrong, instead, meant = printed, None, meant, None
        before |= {shape for shape in shapes.values() if shape}
        if given and printed and not re.search(r"transpos|deconv|upsamp|dilat", raw, re.IGNORECASE):
            found = list(_row_of_numbers(line, cells, columns, given, printed))
            if found and instead and "input" not in columns:  # the row above is wrong: what is right may have been read
                found = list(_row_of_numbers(line, cells, columns, instead, printed))
            for each, right in found:
                if right:
                    wrong, meant = (each, right), right
                else:
                    yield each


def _pooled_otherwise(layer: str, given: tuple[int, ...], printed: tuple[int, ...] | None, above: tuple[int, ...]) -> bool:
    """Whether a pool puts out as many channels as the row above, and is said to read another number of them."""
    unlike = [k for k, (x, y) in enumerate(zip(given, above, strict=True)) if x != y]
    return len(unlike) == 1 and printed is not None and printed[unlike[0]] == above[unlike[0]] and (
        re.search("pool", layer, re.IGNORECASE) is not None)


def _cells(row: str) -> list[str]:
    """The cells of a row of Markdown or of a tabular."""
    if "&" in row and (ended := re.fullmatch(r"\s*(.*?)\s*\\\\(?:\s*\\[a-z]+)*\s*", row)):
        return [cell.strip().replace("\\times", "×").replace("$", "") for cell in ended[1].split("&")]
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _row_of_numbers(line: int, cells: list[str], columns: dict[str, int], given: tuple[int, ...],
                    printed: tuple[int, ...]) -> Iterator[tuple[Erratum, tuple[int, ...]]]:
    """What a row says wrong of its output, with the right one, and of its parameters, where all that they follow from is
    said."""
    kernel = re.search(r"(\d+)\s*[×xX*]\s*(\d+)", spelled(cells[columns.get("kernel", 0)]))
    first = given[1] == given[2] or given[0] < min(given[1:])  # channels stand first
    channels, sides = (given[0], given[1:]) if first else (given[2], given[:2])
    filters, made = (printed[0], printed[1:]) if first else (printed[2], printed[:2])
    numbers = {}
    for name, words in _NUMBERS.items():
        own = cells[columns[name]] if name in columns else ""
        match = re.fullmatch(r"\d+", own) or re.search(words, " ".join(cells), re.IGNORECASE)
        numbers[name] = int(match[match.lastindex or 0]) if match else None
    stride, padding = numbers["stride"], numbers["padding"]
    if kernel is None:
        return
    window = int(kernel[1]), int(kernel[2])
    if padding is None and window == (stride, stride) and re.search("pool", cells[0], re.IGNORECASE):
        padding = 0
    if stride and padding is not None:
        right = tuple((n + 2 * padding - f) // stride + 1 for n, f in zip(sides, window, strict=True))
        if right != tuple(made):
            whole = (filters, *right) if first else (*right, filters)
            yield Erratum(line, f"{cells[0]}, output {_times(printed)}", _times(whole), "table row",
                          f"from {_times(given)} with a window of {window[0]}, stride {stride} and padding {padding}",
                          doubtful=_one_apart(printed, whole)), whole
    counted = re.fullmatch(r"\$?(\d+)\$?", spelled(cells[columns["parameters"]])) if "parameters" in columns else None
    weights = filters * channels * window[0] * window[1]
    if counted and int(counted[1]) not in (0, weights, weights + filters) and not _OTHERWISE.search(" ".join(cells)):
        kernels = f"{filters} kernels of {channels}·{window[0]}·{window[1]} entries; {weights + filters:,} with biases"
        yield Erratum(line, f"{cells[0]}, {int(counted[1]):,} parameters", f"{weights:,}", "table row", kernels), ()


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _one_apart(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether the printed sizes differ in one digit of one size."""
    unlike = [(str(x), str(y)) for x, y in zip(a, b, strict=True) if x != y]
    if len(unlike) != 1:
        return False
    x, y = unlike[0]
    return (len(x) == len(y) and sum(p != q for p, q in zip(x, y, strict=True)) == 1) or (
        abs(len(x) - len(y)) == 1 and any(max(x, y, key=len)[:k] + max(x, y, key=len)[k + 1:] == min(x, y, key=len)
                                          for k in range(max(len(x), len(y)))))


def two_modules(text: str) -> Iterator[Erratum]:
    """One label for the operations and for the parameters of a part, which cannot be of the same part.

    At every position a part takes as many multiplications as it has parameters, so the positions are the quotient of both.
    """
    operations: dict[str, tuple[int, int, int]] = {}
    for line, raw in enumerate(text.split("\n"), 1):
        for match in re.finditer(r"\b([A-Z])\s*=\s*((?:\d+\s*\*\s*)+\d+)", spelled(raw).replace("$", " ")):
            factors = [int(f) for f in re.findall(r"\d+", match[2])]
            number = 1
            for factor in factors:
                number *= factor
            if len(factors) > 2 and factors[0] == factors[1] and match[1] not in operations and factors[0] > 16 and (
                    factors[0] != factors[-1]):
                operations.setdefault(match[1], (line, number, factors[0] * factors[1]))
            elif match[1] in operations and operations[match[1]][0] < line:
                _, products, positions = operations[match[1]]
                if number < products and products != positions * number:
                    yield Erratum(line, f"{match[1]} = {match[2].replace('*', '·')}", f"{products // positions}",
                                  "two modules in one comparison",
                                  f"the operations of {match[1]} further up are those of a part with "
                                  f"{products // positions} parameters, these are the parameters of another")
