"""Every public callable with payloads where numbers belong, under an audit hook: a program of its own.

Prints one line for each payload that was run and each exception that is none of ours; nothing where all is well.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sympy
import sympy.parsing.sympy_parser  # so that importing it is no event

import symderiv as sd
from symderiv import counting
from symderiv.counting import description
from symderiv.errors import SymderivError

MARK = "payload_that_must_not_run"
TEXT = f"__import__('os').system('echo {MARK}')"
EVENTS = ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork")
RUN: list[str] = []
READ: list[bool] = []
"""Set where texts are read as they should be: a description is parsed, never compiled, under the same event."""


def hook(event: str, args: tuple[Any, ...]) -> None:
    """Commands at all; and sources, modules and files with the payload in them."""
    if event in EVENTS:
        RUN.append(event)
    elif event in ("compile", "import", "open") and not READ and args and args[0] is not None:
        source = args[0].decode("utf-8", "replace") if isinstance(args[0], bytes) else str(args[0])
        if MARK in source:
            RUN.append(f"{event} {source[:60]}")
    elif event == "exec" and MARK in repr(getattr(args[0], "co_consts", "")):
        RUN.append("exec")


class Text(str):
    """A text of a class of its own."""


class Converted:
    """Says that it is a text where SymPy asks."""

    def _sympy_(self) -> str:
        return TEXT


class Hostile:
    """Raises whatever it is asked for."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __index__(self) -> int:
        raise RuntimeError("index")

    def __float__(self) -> float:
        raise RuntimeError("float")


PAYLOADS: dict[str, Any] = {
    "text": TEXT,
    "list": [TEXT],
    "tuple": (TEXT, 1),
    "nested": [[1, (TEXT,)]],
    "dict": {TEXT: TEXT},
    "own text": Text(TEXT),
    "bytes": TEXT.encode(),
    "set": {TEXT},
    "converted": Converted(),
    "converted list": [Converted()],
    "hostile": Hostile(),
    "hostile list": [Hostile()],
    "array": np.array([TEXT]),
    "objects": np.array([TEXT, 1], dtype=object),
    "array of one": np.array(TEXT),
}
FOREIGN: dict[str, Any] = {
    "None": None,
    "complex": 1j,
    "nan": float("nan"),
    "inf": float("inf"),
    "true": True,
    "object": object(),
    "class": int,
    "function": len,
    "operator": sd.sqrt,
    "module": sys,
    "slice": slice(0, 2),
    "ellipsis": ...,
    "symbol": sympy.MatrixSymbol("M", 2, 2),
    "matrices": 2 * sympy.MatrixSymbol("M", 2, 2),
    "relation": sympy.Symbol("u") < 1,
    "empty": [],
    "no entries": np.array([]),
    "ragged": [[1], [1, 2]],
    "truths": np.array([True]),
    "zero": 0,
    "negative": -3,
    "half": 0.5,
    "unreal": sympy.oo,
    "i": sympy.I,
}
ARITY = ("missing", "unexpected keyword", "positional", "multiple values", "too many")

n = sd.dims("n")
x, X, c = sd.tensor("x", 3), sd.tensor("X", 3, 3), sd.tensor("c")
i, y = sd.indices("i", n), sd.label("y", 3)


def attempt(label: str, act: Callable[[], Any]) -> None:
    """Report what ran, and what was raised that is no SymderivError and no wrong number of arguments."""
    RUN.clear()
    raised = ""
    try:
        act()
    except SymderivError:
        pass
    except Exception as error:
        if not (isinstance(error, TypeError) and any(word in str(error) for word in ARITY)):
            raised = f"{type(error).__name__}: {error}"
    if RUN or raised:
        print(f"{label}: {'; '.join(RUN)} {raised}"[:300])


def places(function: Callable[..., Any], defaults: dict[str, Any]) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Every parameter of a function, with a call that puts a payload there."""
    parameters = list(inspect.signature(function).parameters.values())
    plain = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p for p in plain if p.default is p.empty]
    base = [defaults.get(p.name, X if p.name in ("W", "a", "A") else x) for p in needed]
    for k, p in enumerate(needed):
        yield p.name, lambda value, k=k: function(*base[:k], value, *base[k + 1 :])
    for p in [*plain[len(needed) :], *(p for p in parameters if p.kind is p.KEYWORD_ONLY)]:
        yield p.name, lambda value, p=p: function(*base, **{p.name: value})
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        yield "*", lambda value: function(*base, value)
        yield "*, second", lambda value: function(*base, x, value)
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        for name in ("mean", "x", "symmetric", "lr"):
            yield f"**{name}", lambda value, name=name: function(*base, **{name: value})


def public(payloads: dict[str, Any]) -> None:
    """``sd.__all__`` and the public names of counting."""
    names = {"name": "u", "names": "u v", "size": 3, "shape": (3,)}
    for name in sorted(sd.__all__):
        function = getattr(sd, name)
        if callable(function) and not isinstance(function, type):
            for place, call in places(function, names):
                for kind, value in payloads.items():
                    attempt(f"sd.{name}({place}={kind})", lambda call=call, value=value: call(value))
    sizes = dict.fromkeys(
        (
            "out_channels",
            "kernel",
            "stride",
            "groups",
            "heads",
            "d",
            "hidden",
            "vocabulary",
            "dimension",
            "scale",
            "out_features",
            "size",
            "out",
        ),
        3,
    )
    inputs = ((3,), (3, 9), (3, 9, 9))
    for name in counting.__all__:
        function = getattr(counting, name)
        if name in ("Extent", "Layer", "Row", "Table"):
            continue
        for place, call in places(function, sizes):
            for kind, value in payloads.items():
                for shape in inputs[:1] if name.startswith("solve") else inputs[1:]:

                    def made(call: Any = call, value: Any = value, shape: Any = shape) -> None:
                        layer = call(value)
                        if isinstance(layer, counting.Layer):
                            str(layer.table(shape))

                    attempt(f"counting.{name}({place}={kind})", made)


def descriptions() -> None:
    """Every parameter of every layer in the text of a network."""
    READ.append(True)
    written = (repr(TEXT), f"[{TEXT!r}]", f"({TEXT!r}, 1)", f"[[1, {TEXT!r}]]", f"-{TEXT!r}", f"{TEXT!r} * 2", TEXT)
    for name, layer in description.LAYERS.items():
        parameters = [p.name for p in inspect.signature(layer.__init__).parameters.values() if p.name != "self"]
        places = ["", *(f"{before}{parameter}=" for parameter in parameters for before in ("3, ", "3, 3, "))]
        for line in (f"{name}({place}{value})" for place in places for value in written):
            for given in ("input = 3, 9, 9", "input = 3, 9"):
                attempt(f"{given}; {line}", lambda line=line, given=given: _counted(f"{given}\n{line}"))
    for value in written:
        attempt(f"repeated {value}", lambda value=value: _counted(f"input = 9\n{value} * Linear(3)"))
        attempt(f"input {value}", lambda value=value: _counted(f"input = 3, {value}\nFlatten()"))
        attempt(f"sizes {value}", lambda value=value: description.read_sizes(value))


def _counted(text: str) -> None:
    network, shape = description.read_description(text)
    str(network.table(shape))


def operators(payloads: dict[str, Any]) -> None:
    """Arithmetic, comparisons, indexing and inherited methods of expressions."""
    from operator import add, floordiv, ge, gt, le, lt, matmul, mod, mul, pow, sub, truediv

    for name, e in {"x": x, "X": X, "c": c, "x[1]": x[1], "i": i, "y": y, "x + 1": x + 1, "p": sd.define("p", x)}.items():
        for kind, value in payloads.items():
            acts: dict[str, Callable[[Any, Any], Any]] = {f.__name__: f for f in (add, sub, mul, truediv, pow)}
            text = isinstance(value, str | bytes)
            if kind in PAYLOADS:
                acts |= {f.__name__: f for f in (lt, le, gt, ge)}
                acts |= {} if text else {f.__name__: f for f in (mod, floordiv)}
            if hasattr(e, "__getitem__"):
                acts |= {
                    "matmul": matmul,
                    "[]": lambda e, v: e[v],
                    "[:]": lambda e, v: e[v:],
                    "[::]": lambda e, v: e[::v],
                    "[,]": lambda e, v: e[v, :],
                    "[,i]": lambda e, v: e[1, v],
                }
            for act, function in acts.items():
                attempt(f"{name} {act} {kind}", lambda f=function, e=e, v=value: f(e, v))
                if not act.startswith("["):
                    attempt(f"{kind} {act} {name}", lambda f=function, e=e, v=value: f(v, e))
            for method in ("subs", "diff", "coeff", "has", "replace", "match", "limit", "series", "integrate"):
                if kind in PAYLOADS and kind not in (
                    "hostile",
                    "hostile list",
                    "converted",
                    "converted list",
                    "array",
                    "objects",
                    "array of one",
                ):
                    attempt(f"{name}.{method}({kind})", lambda e=e, m=method, v=value: getattr(e, m)(v))


def results(payloads: dict[str, Any]) -> None:
    """Methods of what public calls give."""
    d = sd.derive(sd.sum(sd.exp(x)) * c, x)
    second = sd.hessian(sd.sum(sd.exp(x)), x)
    f, v = d.numpy(), sd.prove(x + x, 2 * x)
    table = counting.Conv2d(3, 3).table((3, n, 9))
    u = sd.tensor("u", 2)
    steps = sd.sgd(u @ u, u, rate=0.1)
    series = sd.recurrence(c, c / 2, sd.indices("t", n))
    report = sd.verify([r"x + x = 2 x"], "x: n")
    calls: dict[str, Callable[[Any], Any]] = {
        "d.at": lambda p: d.at(x=p, c=1),
        "d.at of a number": lambda p: d.at(x=[1, 2, 3], c=p),
        "d.check": lambda p: d.check(seed=p),
        "f": lambda p: f(x=p, c=1.0),
        "f of a number": lambda p: f(x=[1.0, 2, 3], c=p),
        "d.source": lambda p: d.source(p),
        "d.proof.latex": lambda p: d.proof.latex(p),
        "d.structure": lambda p: second.structure(x=p),
        "evaluate": lambda p: sd.evaluate(x * c, x=p, c=1),
        "evaluate a size": lambda p: sd.evaluate(sd.ones(n), n=p),
        "evaluate a label": lambda p: sd.evaluate(sd.one_hot(y), y=p),
        "subs": lambda p: table.subs(n=p),
        "subs by name": lambda p: table.subs({p: 3} if isinstance(p, str | bytes) else p),
        "row": lambda p: table[p],
        "explain": lambda p: table.explain(p),
        "table": lambda p: counting.Conv2d(3, 3).table(p),
        "way to count": lambda p: counting.Conv2d(3, 3).table((3, 9, 9), operations=p),
        "counted beside": lambda p: counting.Conv2d(3, 3).table((3, 9, 9), also=p),
        "run": lambda p: series.run(2, c_0=p),
        "steps": lambda p: series.run(p, c_0=1),
        "claim": lambda p: series.prove(p),
        "updates": lambda p: steps.run(2, u=p),
        "symbolic": lambda p: steps.symbolic(2, u=p),
        "assumption": lambda p: sd.prove(x, x, assuming=[p]),
        "sum": lambda p: sd.Sum(x[1], (i, 1, p)),
        "verify rows": lambda p: sd.verify([[p]], "x: n"),
        "verify given": lambda p: sd.verify("x = x", p),
        "given by name": lambda p: sd.parse("x", {"x": p}) if not isinstance(p, str) else None,
        "prove tuples": lambda p: sd.prove((1, p), (p, 1)),
        "letters": lambda p: sd.define("p", (p,), x[1]),
    }
    for name, call in calls.items():
        for kind, value in payloads.items():
            attempt(f"{name} {kind}", lambda call=call, value=value: call(value))
    str(v), str(report)


def names() -> None:
    """Names are names: none of them is run, in code that is emitted neither, where they stand as identifiers."""
    READ.append(True)
    unspaced = TEXT.replace(" ", "_")  # a name of several words is no tensor's
    bad = f"a);{unspaced}#"
    t = sd.tensor(bad, 3)
    for e in (t * t, sd.tensor(f"x;{unspaced}", 3) + 1, sd.one_hot(sd.label(bad, 3))):
        attempt("name", lambda e=e: (str(e), sd.derive(sd.sum(e * x), x).numpy()))
    for word in (sympy.Symbol(TEXT, positive=True, integer=True), sd.dims(f"a{TEXT}".replace(" ", ""))):
        attempt("size", lambda word=word: sd.derive(sd.sum(sd.ones(word)) * c, c).source("jax"))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.addaudithook(hook)
    parts = {
        "public": lambda: public(PAYLOADS),
        "foreign": lambda: public(FOREIGN),
        "descriptions": descriptions,
        "operators": lambda: operators(PAYLOADS | FOREIGN),
        "results": lambda: results(PAYLOADS | FOREIGN),
        "names": names,
    }
    for part in sys.argv[1:]:
        parts[part]()
        READ.clear()
