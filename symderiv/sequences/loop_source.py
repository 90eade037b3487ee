"""The loops of a backward recurrence as Python text: the functions of one step, and what calls them step by step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sympy import Expr, Symbol

from ..arrays.arrays import Tensor
from ..layers.record import python
from ..numeric.compiled import closed_expression, words_of
from ..terms.letters import unused
from .step_rows import step_name

LOSS = "'loss'"


def source_of(loop: Any) -> str:
    """Text that defines ``gradients``, a function of arrays by name as ``loop`` itself is one."""
    return _LoopText(loop).written()


class _LoopText:
    def __init__(self, loop: Any) -> None:
        self.loop, rec = loop, loop.rec
        self.words = words_of(loop.declared)
        self.asked: dict[str, None] = {}
        self.steps = self._sized(rec.letter.hi)
        # What the text itself makes up has no name of what is given.
        self.taken = {*map(self._word, self.words), *self.words}
        self.own = [self._word(s.name) for s in rec.states]
        self.k, self.found, self.value, self.slopes, self.total, self.kept = map(
            self._spare, ("k", "found", "value", "slopes", "loss", "at_loss"))
        self.trace = [self._spare(f"{word}_at") for word in self.own]
        self.delta = [self._spare(f"delta_{word}") for word in self.own]
        self.gradient = {tensor: self._spare(f"d_{self._word(tensor.name)}") for tensor in loop.tensors}
        self.imports: dict[str, None] = {}
        self.functions: dict[str, None] = {}

    def _word(self, name: str) -> str:
        return re.sub(r"\W", "_", self.words.get(name, name))

    def _spare(self, stem: str) -> str:
        return unused(stem, self.taken, "_")

    def written(self) -> str:
        """Imports, functions, and the loops; sizes are read off arrays where one has such an axis."""
        body = list(self._loops())
        sizes = [f"{word} = {found}" for word in self.asked if (found := self._axis(word)) is not None]
        read = [n for n, s in self.loop.declared.tensors.items() if s not in self.loop.rec.states and n != "steps"]
        given = [*map(self._word, sorted(read)), *sorted(w for w in self.asked if self._axis(w) is None),
                 *sorted(self.loop.declared.functions)]
        lines = [f"def gradients({', '.join(dict.fromkeys(given))}):", *(f"    {line}" for line in (*sizes, *body))]
        return "\n\n\n".join(["\n".join(self.imports), *self.functions, "\n".join(lines)]) + "\n"

    def _axis(self, word: str) -> str | None:
        """Where an array says what a size is."""
        for name, tensor in self.loop.declared.tensors.items():
            for axis, size in enumerate(tensor.shape):
                if isinstance(size, Symbol) and str(size) == word and tensor not in self.loop.rec.states and name != "steps":
                    return f"{self._word(name)}.shape[{axis}]"
        return None

    def _sized(self, size: Expr) -> str:
        self.asked |= dict.fromkeys(map(str, size.free_symbols))
        return python(size)

    def _called(self, stem: str, piece: Any, place: Mapping[str, str]) -> str:
        """A call of the function of some expressions, which stands in the text from here on."""
        label = self._spare(stem)
        *above, own = piece.function.source.rstrip().split("\n\n\n")
        self.imports |= dict.fromkeys(line for line in above[0].splitlines() if line) if above else {}
        self.functions |= dict.fromkeys(above[1:])
        self.functions[own.replace("def compiled(", f"def {label}(", 1)] = None
        names = {word: name for name, word in words_of(closed_expression(piece.function.recipe[0])[1]).items()}
        found = re.search(r"def compiled\((.*)\):", own)
        assert found is not None
        arguments = []
        for word in filter(None, found[1].split(", ")):
            name = names.get(word, word)
            if name not in place and name not in self.words:
                name = name.removeprefix("size ")
            if name not in place and name not in self.loop.declared.tensors:
                self.asked |= dict.fromkeys([name] if name not in self.loop.declared.functions else [])
            arguments.append(f"{word}={place.get(name, self._word(name))}")
        return f"{label}({', '.join(arguments)})"

    def _states(self, offset: str, step: str) -> dict[str, str]:
        return {step_name(s.name, step): f"{trace}[{offset}]"
                for s, trace in zip(self.loop.rec.states, self.trace, strict=True)}

    def _rows(self, offset: str, step: str) -> dict[str, str]:
        return {step_name(s.name, step): f"{self._word(s.name)}[{offset}]" for s in self.loop.rows}

    def _loops(self) -> Iterator[str]:
        loop, rec, t, k = self.loop, self.loop.rec, str(self.loop.letter), self.k
        for state, start, trace in zip(rec.states, rec.starts, self.trace, strict=True):
            shape = "".join(f"{self._sized(size)}, " for size in state.shape)
            begun = self._word(start.name) if isinstance(start, Tensor) else f"np.full(({shape}), {float(start)})"
            yield f"{trace} = [{begun}]"
        yield f"{self.total}, {self.kept} = 0.0, []"
        yield f"for {k} in range({self.steps}):"
        place = {**self._states(k, f"{t}-1"), **self._states(f"{k} + 1", t), **self._rows(k, t)}
        for key in loop.order:
            yield f"    {self.trace[key]}.append({self._called(f'next_{self.own[key]}', loop.forward[key], place)}[0])"
        ahead = "" if loop.last else "    "
        at_loss = {**self._states("-1", loop.when), **self._rows("-1" if loop.last else k, loop.when)}
        yield f"{ahead}{self.value}, *{self.slopes} = {self._called('loss_of_step', loop.loss, at_loss)}"
        yield f"{ahead}{self.total} += {self.value}"
        yield f"{ahead}{self.kept}.append({self.slopes})"
        for tensor, gradient in self.gradient.items():
            yield f"{gradient} = np.zeros_like({self._word(tensor.name)}, dtype=float)"
        for delta, trace in zip(self.delta, self.trace, strict=True):
            yield f"{delta} = np.zeros_like({trace}[-1], dtype=float)"
        yield f"for {k} in reversed(range({self.steps})):"
        yield from (f"    {line}" for line in self._backward(place))
        for start, delta in zip(rec.starts, self.delta, strict=True):
            if isinstance(start, Tensor):
                yield f"{self.gradient[start]} += {delta}"
        found = (f"{tensor.name!r}: {gradient}" for tensor, gradient in self.gradient.items())
        yield f"return {{{', '.join([f'{LOSS}: {self.total}', *found])}}}"

    def _backward(self, place: Mapping[str, str]) -> Iterator[str]:
        loop = self.loop
        inner = "    " if loop.last else ""
        if loop.last:
            yield f"if {self.k} == {self.steps} - 1:"
        yield f"{inner}{self.slopes} = {self.kept}.pop()"
        for number, key in enumerate(loop.local):
            yield f"{inner}{self.delta[key]} = {self.delta[key]} + {self.slopes}[{number}]"
        for number, tensor in enumerate(loop.direct, len(loop.local)):
            yield f"{inner}{self._place(tensor)} += {self.slopes}[{number}]"
        place = {**place, **{u.name: delta for u, delta in zip(loop.this.upstream, self.delta, strict=True)}}
        for key in reversed(loop.order):
            if loop.within[key] is not None:
                reaching = self._called(f"within_{self.own[key]}", loop.within[key], place)
                yield f"{self.delta[key]} = {self.delta[key]} + {reaching}[0]"
        if loop.back.function is not None:
            yield f"{self.found} = {self._called('back', loop.back, place)}"
        for number, tensor in enumerate(loop.collected, len(loop.carried)):
            yield f"{self._place(tensor)} += {self.found}[{number}]"
        for key, delta in enumerate(self.delta):
            passed = f"{self.found}[{[*loop.carried].index(key)}]" if key in loop.carried else f"np.zeros_like({delta})"
            yield f"{delta} = {passed}"

    def _place(self, tensor: Tensor) -> str:
        """Where its gradient is, or the part of it that belongs to the step."""
        return self.gradient[tensor] + (f"[{self.k}:{self.k} + 1]" if tensor in self.loop.rows else "")
