"""Tables of layers: what a row says of its output against the layer's own description and against the row below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .erratum import Erratum
from .plain_numbers import spelled

_ROW = re.compile(r"^\W*((?:Conv|Pool|FC)-\d+)\b[\t |]")
_SIZES = re.compile(r"(\d+)\s*[×xX*]\s*(\d+)\s*[×xX*]?\s*(\d+)")
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
    for line, raw in enumerate(text.split("\n"), 1):
        match = _ROW.match(raw)
        if match is None or match[1] not in described:
            continue
        layer = described[match[1]]
        printed = [tuple(map(int, m.groups())) for m in _SIZES.finditer(re.sub(r"(?<=\d)/(?=\d)", "1", raw))]
        shapes = [shape for shape in printed if shape[0] > layer.window or shape[0] != shape[1]]
        known = known or (shapes[0] if shapes else None)  # type: ignore[assignment]
        if known is None:
            continue
        right = layer.output(known)
        if len(shapes) > 1 and shapes[-1] != right:
            yield Erratum(line, f"{match[1]}, output {_times(shapes[-1])}", _times(right), "table row",
                          f"from {_times(known)} with a window of {layer.window}, stride {layer.stride} and padding "
                          f"{layer.padding}", doubtful=_one_apart(shapes[-1], right))
        known = right


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
                first, products, positions = operations[match[1]]
                if number < products and products != positions * number:
                    yield Erratum(line, f"{match[1]} = {match[2].replace('*', '·')}", f"{products // positions}",
                                  "two modules in one comparison",
                                  f"the operations of {match[1]} in line {first} are those of a part with "
                                  f"{products // positions} parameters, these are the parameters of another")
