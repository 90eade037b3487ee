"""What a declaration says in words, in whatever order: ``an m x n matrix``, ``one-hot vector of length m``.

It is put in the order that declarations are read in, ``kind sizes properties``, so that no word is taken for a size.
"""

from __future__ import annotations

import re

from ...arrays.arrays import PROPERTIES

# How people shorten a property.  Of a positive semidefinite matrix only its symmetry is used.
_SHORT = {"spd": "positive_definite", "SPD": "positive_definite", "posdef": "positive_definite", "psd": "symmetric",
         "PSD": "symmetric", "positive[- ]semi-?definite": "symmetric", "nonsingular": "invertible",
         "non-singular": "invertible", "probability(?=[- ]vector)": "sums_to_one"}
PROPERTY = re.compile(r"\b(" + "|".join([*_SHORT, *(p.replace("_", "[-_ ]") for p in sorted(PROPERTIES, key=len)[::-1])])
                      + r")\b")
SCALARS = frozenset(["scalar", "real", "number", "constant", "float"])
# The first words of what is no array, and is read by rules of its own.
_ELSEWHERE = re.compile(r"(?:(?:random|expectation|partial|differential|variance|covariance|size)\b|probability\b"
                        r"(?![- ]vector))|.*\bfunction\b|(?:matrix|tensor) (?:logarithm|exponential|function|root)\b",
                        re.DOTALL)
_RANDOM_FIRST = re.compile(r"random\s+(?!random\b)(?=\S)")
_RANDOM = re.compile(r",?\s\brandom\b")
_WHOLE = re.compile(r"(?:an?\s+)?(?:positive\s+)?(?:(integer|index|label)\b|(?:class|category)\b(?:\s+(?:label|index)\b)?)"
                    r"\s*:?\s*(?:(?:in|from|over|of|runs over)\b)?", re.DOTALL)
_NUMBERS = {word + s for word in SCALARS for s in ("", "s")}
_KINDS = {"vector": "vector", "vectors": "vector", "matrix": "matrix", "matrices": "matrix", "tensor": "tensor",
          "tensors": "tensor", "array": "array", "arrays": "array"}
_KIND = re.compile(r"(?<![\w^])(" + "|".join(sorted(_KINDS, key=len)[::-1]) + r")(?!\w)")
_SIDE = re.compile(r"(?<!\w)(row|column)(?=[\s-]+vectors?\b)[\s-]*")
_REAL = re.compile(r"\s*(?:real|float)s?\s+(?=\S)")
_SQUARE = re.compile(r"(?<!\w)square(?!\w)")
_POSITIVE = re.compile(r"\s*>\s*0\s*\Z")
# "n-dimensional" and "length-n" say a size, as "of length n" does.
_DIMENSIONAL = re.compile(r"(?<=[\w)}])[\s-]*(?:dimensional|dim\.)(?!\w)")
_HYPHENED = re.compile(r"(?<!\w)(?:length|size|dimension)-(?=\w)")
# Words between the others.  Beside no kind of array "in", "dim" and "length" may be sizes.
_FILLER = re.compile(r"(?<!\w)(?:an|the|with|and|having|real-valued|all|shape|in(?=\s*(?:\\math|ℝ|R\b))"
                     r"|of(?:\s+(?:sizes?|lengths?|dimensions?|order))?)(?!\w)(?=\s*[^\s,])"
                     r"|(?<!\w)(?:a|real)(?=\s+(?:VECTOR|\d|\w+\s*(?:x|by|×|-)))")
_FILLER_OF_KIND = re.compile(r"(?<!\w)(?:in|dim|sizes?|lengths?|dimensions?|order)(?!\w)(?=\s*[^\s,])")
_HEADING = re.compile(r"\s*(?:(?:let|" + "|".join([*sorted(_KINDS), *sorted(_NUMBERS), "square", "row", "column"])
                      + "|" + PROPERTY.pattern + r")\s+)+(?=[^\s:=,])")


def property_of(match: re.Match[str]) -> str:
    """The property that a match of ``PROPERTY`` names."""
    short = next((p for written, p in _SHORT.items() if re.match(written + r"\b", match.string[match.start():])), None)
    return short or match.group(1).replace("-", "_").replace(" ", "_")


def in_order(said: str) -> str:
    """The words behind the colon of a declaration, as ``kind sizes properties``; unchanged where they are no array's.

    >>> in_order("an m x n matrix, symmetric")
    'matrix m x n symmetric'
    >>> in_order("one-hot vector of length m")
    'vector m one_hot'
    """
    if (plain := _RANDOM_FIRST.match(said)) is not None:
        return f"random {in_order(said[plain.end():])}"
    if _ELSEWHERE.match(said):
        return said
    if (random := _RANDOM.search(said)) is not None:
        return " ".join(["random", said[:random.start()].strip(), said[random.end():].strip()])
    whole = _WHOLE.match(said)
    if whole:
        return " ".join([whole.group(1) or "label", said[whole.end():].strip()]).strip()
    found: list[str] = []

    def noted(match: re.Match[str]) -> str:
        found.append(property_of(match))
        return " "

    rest = PROPERTY.sub(noted, said)
    if _POSITIVE.search(rest):
        rest = _POSITIVE.sub("", rest)
        found.append("positive")
    words = rest.replace(",", " ").split()
    if words and words[-1] in _NUMBERS and set(words[:-1]) <= {"a", "an", *_NUMBERS}:
        return " ".join(["scalar", *found])
    return " ".join([_sizes(_REAL.sub("", rest)), *found]).strip()


def _sizes(rest: str) -> str:
    """``kind sizes`` out of words without properties."""
    side = _SIDE.search(rest)
    kinds = _KIND.findall(rest)
    square = _SQUARE.search(rest)
    if side:
        rest = _SIDE.sub(" ", rest)
    for pattern in (_SQUARE, _DIMENSIONAL, _HYPHENED):
        rest = pattern.sub(" ", rest)
    rest = re.sub(r"[\s-]*VECTOR", " VECTOR", _KIND.sub("VECTOR", rest)) if kinds else rest
    rest = _FILLER.sub(" ", rest)
    if kinds:
        rest = _FILLER_OF_KIND.sub(" ", rest)
    sizes = " ".join(rest.replace("VECTOR", " ").split()).strip(", ")
    if square and sizes and not re.search(r"[\s,×^]|\\times", sizes):
        sizes = f"{sizes} {sizes}"
    return " ".join(filter(None, [side and side.group(1), _KINDS[kinds[0]] if kinds else "", sizes]))


def heading(left: str) -> int:
    """How many characters before a name say what it is, as in ``symmetric matrix A: n n`` and ``let x: n``."""
    found = _HEADING.match(left)
    return found.end() if found else 0
