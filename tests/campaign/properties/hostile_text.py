"""Mutated text does nothing but what text may do: it is read, or refused, with little work and little memory.

Texts of the kinds that people write are cut, doubled, nested, joined and peppered with huge numbers, control characters
and words of Python, and go to ``parse``, ``declare``, ``verify``, derivatives from the command line, and ``count``.
Each case runs in a child process with limits on CPU seconds and memory, and an audit hook that sees what is run.
"""

from __future__ import annotations

import os
import random
import resource
import sys

from tests.campaign.record import Property

SECONDS, BYTES = 5, 1 << 30
GIVEN = ("W: m n; x: n; y: label m; A: n n; B: n n; c: scalar; p: n; w: n; phi: function; sigma: sigmoid; i: index n; "
         "L: function of x; X: N n")
EXPRESSIONS = [
    "x'*A*x", "softmax(W*x) - e_y", "sum_{j=1}^n W_{ij}*x_j", "Diag(p) - p*p.T", 'conv1d(x, w, mode="full")',
    "tr(A*B)./norm2(x).^2", "Sum(x[i]*w[i], (i, 1, n))", r"\mathbb{1}_{i=j} \hat{y}_k", "c^2 + 3e4*c - 0.5",
    r"\begin{cases} c & \text{if } i = j \\ 0 \end{cases}", r"\prod_{j=1}^n p_j^{w_j} \max_j x_j",
        "np.sum(x, axis=0) @ x",
    r"\nabla_x \|x - p\|_2^2", r"\left. \frac{\partial c^2}{\partial c} \right|_{c=0}", "logsumexp(W*x) + relu(c)",
    r"-\frac{1}{N}\sum_{t=1}^{N} \log \sigma(w^\top X_t)", r"\operatorname{softmax}(Wx)_{y}", "A^3 + A*A'", "kron(A,B)",
]
DECLARATIONS = [
    GIVEN, "W^{(1)}: h d; b: 1 h\nh^{(t)} = tanh(W*h^{(t-1)}) for t = 1..3; h^{(0)}: n; W: n n",
        "k < d; *: conv1d full flip",
    "f(x) = x'*x; p_i = exp(z_i)/sum_j exp(z_j); z: n", "y: C (H-k+1) 0..W; E: expectation over g; layout: denominator",
    r"x \in \mathbb{R}^{n}; A: n n symmetric; b: n positive; tolerance: 0.01",
]
LINES = [
    r"\frac{\partial L}{\partial x} = A x + A^\top x", r"p_k = \frac{e^{x_k}}{\sum_j e^{x_j}}", "c + 1 = c + 1",
        "x^T x = 0",
    r"\nabla_x x^\top A x = (A + A^\top) x \implies A = A^\top", r"z := W x",
        r"= 2 x \text{ where } x \text{ is a vector}",
    r"\begin{align} a &= b \\ &= c \end{align}", r"\newcommand{\R}{\mathbb{R}} x \in \R^n",
        r"\sum_{i=1}^n x_i = \sum_j x_j",
]
NETWORKS = [
    "input = 3, H, W\nconv1 = Conv2d(64, 7, stride=2, padding=3, bias=False)\nBatchNorm2d()\nActivation('relu')",
    "input = 784\nLinear(128)\nActivation('relu')\nLinear(10)",
    "input = 8, 16, 16\n4 * Residual(Conv2d(8, 3, padding=1), Activation('relu'))\n"
    "Parallel(Conv2d(16, 1), [MaxPool2d(3, 1, padding=1)])",
]
PIECES = [*"abcxyWAL()[]{}^_\\+-*/=.,;:|'&%$#~<>! 0123456789\n\t\"", "\\frac", "\\sum", "\\hat{", "\\mathbf{",
    "\\left(", "\\text{",
          "²", "ᵀ", "∂", "Σ", "\\nabla", "\\begin{pmatrix}", "\\end{pmatrix}", "\x00", "\x1b[31m", "\u202e", "\u0302",
          "😀", "\ufeff",
          "9" * 40, "1e999999", "10^{10^{10}}", "**10**9", "^{100000}", "10000000", "-1", "0", "1/0", "__import__('os')",
          "eval(", "lambda:", "x.__class__", "999999999 * []", "\\implies", ":=", "for t = 1..10^9", "norm(", "eye(10^9)",
          "zeros(10^6,10^6)", "\\operatorname{", "\\over", "\\\\", "\\mathbb{R}^{", "e_y", "\\partial", "n", "m",
          "inv(", "log("]


def mutated(rng: random.Random, text: str) -> str:
    """A text after a few changes."""
    for _ in range(rng.randint(0, 5)):
        text = changed(rng, text)
    return text


def changed(rng: random.Random, text: str) -> str:
    """A text after one change: of a character, of a stretch, of structure."""
    a, b = sorted(rng.randint(0, len(text)) for _ in range(2))
    return rng.choice([
        lambda: text[:a] + rng.choice(PIECES) + text[a:],
        lambda: text[:a] + text[b:],
        lambda: text[:b] + text[a:b] * rng.choice([1, 1, 2, 5, 40]) + text[b:],
        lambda: text[:a] + rng.choice(PIECES) + text[b:],
        lambda: text[:a] + "(" * (k := rng.choice([1, 3, 30, 300])) + text[a:b] + ")" * k + text[b:],
        lambda: text[b:] + text[a:b] + text[:a],
        lambda: text[:a] + rng.choice(EXPRESSIONS + LINES) + text[b:],
        lambda: text.replace(rng.choice(text or " "), rng.choice(PIECES), rng.randint(1, 3)),
        lambda: text[:a] + chr(rng.choice([rng.randint(0, 31), rng.randint(128, 0x2fff)])) + text[a:],
    ])()[:20_000]


AROUND = [r"\frac{%s}{2}", r"\frac{x}{%s}", r"\sqrt{%s}", r"\hat{%s}", r"\left(%s\right)", "(%s)", "[%s]", r"\{%s\}",
          "|%s|", r"\|%s\|_2", "x^{%s}", "x_{%s}", r"\sum_{i=1}^n %s", r"\log %s", "-%s", r"\exp(%s)", r"\text{%s}",
          r"\mathbf{%s}",
          r"\begin{pmatrix}%s\end{pmatrix}", r"\nabla_x %s", r"\frac{\partial}{\partial c} %s", "%s'", "%s^T", "%s^{-1}",
          r"\overline{%s}", r"\operatorname{%s}", r"\underbrace{%s}_{c}", r"\mathbb{E}[%s]", r"\max_i %s", r"\int %s\,dc",
          r"\prod_{j=1}^n %s", "inv(%s)", "softmax(%s)", r"\left.%s\right|_{c=0}", "sum(%s)", "tr(%s)", "diag(%s)",
          "%s .* x",
          r"\begin{cases}%s & \text{if } c > 0 \\ 0\end{cases}", "norm(%s)^2", "c + %s", "c/%s", "%s!", "2^%s", "%s*%s",
          r"\lfloor %s \rfloor", r"\binom{%s}{2}", r"\mathbb{1}\{%s\}", "%s = c", r"%s \implies c = c", "A (%s)",
          "kron(A, %s)"]
"""What may stand around a text, many times over."""
ODD_SIGNS = ["\u202e", "\u2066", "\u200f", "\u200b", "\u00ad", "\ufeff", "\x1b]0;t\x07", "\x08", "\x7f", "\x85",
             "\u2028", "\x00",
             "\ud800", "\U000e0041", "\ufffe"]


def nested(rng: random.Random, text: str) -> str:
    """Notations inside each other, as deep as a text may be."""
    shapes = rng.sample(AROUND, rng.choice([1, 1, 2, 3]))
    for k in range(rng.choice([2, 5, 20, 100, 700, 3000])):
        text = shapes[k % len(shapes)].replace("%s", text)
        if len(text) > 30_000:
            break
    return text


def numeral(rng: random.Random) -> str:
    """A number that is long, large, tiny, a tower, or in other digits."""
    k = rng.choice([5, 30, 400, 5000, 20_000])
    return rng.choice([lambda: "9" * k, lambda: "1e" + "9" * k, lambda: "0." + "0" * k + "1",
                       lambda: "1" + "/3" * min(k, 2000),
                       lambda: "2^{" * min(k, 60) + "2" + "}" * min(k, 60), lambda: "9" * min(k, 40) + "!",
                       lambda: "٣" * k,
                       lambda: "²" * k, lambda: "0x" + "f" * k, lambda: "½" * k, lambda: "1." * k, lambda: "1_000" * k,
                       lambda: r"10^{%s}" % ("9" * k), lambda: "1e-" + "9" * min(k, 400), lambda: "3i" * k])()


def name(rng: random.Random) -> str:
    """A name that is long, or made of what names are not."""
    k = rng.choice([2, 30, 1000, 30_000])
    return rng.choice([lambda: "a" * k, lambda: "x" + "'" * k, lambda: "x_" * min(k, 2000) + "1",
                       lambda: r"\mathrm{" + "ab" * k + "}",
                       lambda: "ä" * k, lambda: "x" + rng.choice(ODD_SIGNS) * k, lambda: "__class__",
                       lambda: "\u0302" * k,
                       lambda: r"x^{(" + "1" * k + ")}", lambda: "constructor", lambda: "%s" * k, lambda: "{0}" * k])()


def many(rng: random.Random) -> str:
    """Many declarations: of tensors, of definitions that double, of sizes in each other, of one name."""
    k = rng.choice([3, 30, 300, 3000])
    return rng.choice([
        lambda: "; ".join(f"a{i}: n" for i in range(k)), lambda: "; ".join(f"a{i}: n{i} m{i}" for i in range(k)),
        lambda: "c: scalar\na0 = c\n" + "\n".join(f"a{i + 1} = a{i}*a{i}" for i in range(k)),
        lambda: "x: n\na0 = x\n" + "\n".join(f"a{i + 1} = tanh(a{i}) + a{i}" for i in range(k)),
        lambda: "x: " + "(n+" * k + "n" + ")" * k, lambda: "x: n" * k, lambda: "x: " + "n " * k, lambda: "x: n; " * k,
        lambda: f"x: {numeral(rng)}", lambda: f"{name(rng)}: n", lambda: f"x: {name(rng)}",
        lambda: f"y: label {numeral(rng)}",
        lambda: "f(c) = " + "f(" * k + "c" + ")" * k, lambda: "x: n " + "positive " * k,
        lambda: f"k < {numeral(rng)}; x: k",
        lambda: "a = b; b = a; x: n",
        lambda: f"W: n n; h^{{(0)}}: n; h^{{(t)}} = W*h^{{(t-1)}} for t = 1..{numeral(rng)}"])()


def doubled(k: int) -> str:
    """A command twice."""
    return rf"\b{'x' * k}\b{'x' * k}"


def laughs(rng: random.Random) -> str:
    """Commands that stand for each other, tables, lists and lines without end."""
    k = rng.choice([3, 12, 40, 400])
    return rng.choice([
        lambda: "".join(rf"\newcommand{{\b{'x' * i}}}{{{doubled(i + 1)}}}" for i in range(min(k, 60))) + r"\b",
        lambda: r"\newcommand{\b}{\b\b}\b", lambda: r"\def\b#1{#1#1\b{#1#1}}\b{x}", lambda: "x = x\n" * k,
        lambda: "$$" * k + "x",
        lambda: r"\begin{align}" + r"x &= x \\" * k + r"\end{align}", lambda: r"\begin{itemize}" * k + "x",
        lambda: "c = " * k + "c",
        lambda: r"x = x \implies " * k + "x = x", lambda: "| x " * k + "\n|" + "---|" * k,
        lambda: "```python\n" + "x = (" * k + "\n```",
        lambda: "- " * k + "$x = x$", lambda: "Let $c > 0$. " * k + "$c = c$", lambda: r"x_1, \dots, " * k + "x_n = c",
        lambda: r"\text{" + "where x " * k + "} x = x", lambda: "<b>" * k + "$x=x$", lambda: "c" + " + c" * k + " = c"])()


def layers(rng: random.Random) -> str:
    """A network that is deep, long, wide, or of huge numbers."""
    k = rng.choice([2, 20, 300, 3000])
    return rng.choice([
        lambda: "input = 3, H, W\n" + "Residual(" * k + "Conv2d(3, 1)" + ")" * k,
        lambda: "input = 9\n" + "Linear(9)\n" * k,
        lambda: f"input = {numeral(rng)}\nLinear(2)", lambda: f"input = 4\n{numeral(rng)} * Linear(4)",
        lambda: "input = 4\n" + "9 * [" * k + "Linear(4)" + "]" * k, lambda: f"input = {', '.join(['3'] * k)}\nFlatten()",
        lambda: f"input = 3, H, W\nConv2d({numeral(rng)}, 3)", lambda: f"input = {name(rng)}\nLinear(2)",
        lambda: f"{name(rng)} = Linear(2)", lambda: "input = 4\nParallel(" + ", ".join(["Linear(4)"] * k) + ")",
        lambda: "input = " + "(H-" * k + "1" + ")" * k + ", 4\nLinear(3)",
        lambda: "input = H, W\nConv2d(2, (H, W), stride=W)"])()


LOOKALIKES = {"a": "аａ𝐚𝑎ₐᵃ", "c": "сｃ𝑐", "e": "еｅ𝑒ℯ", "i": "іｉ𝑖ıᵢⁱ", "n": "ｎ𝑛ⁿₙ", "o": "оｏο", "p": "рｐρ",
              "x": "хｘ𝑥×ₓˣ",
              "y": "уｙ𝑦γ", "A": "АＡΑ𝐀𝔸", "B": "ВＢΒ", "L": "Ｌℒ", "W": "Ｗ𝐖", "1": "１¹₁𝟏①", "2": "２²₂½", "0": "０⁰₀О",
              "-": "−–—‐­﹣",
              "*": "∗⋅·×∙＊", "'": "′″ʹ’‘´", "^": "ˆ＾", "=": "＝≡≔⩵", "(": "（⁽﹙❨", ")": "）⁾﹚❩", "/": "∕⁄／÷",
              " ": "\u00a0\u2009\u3000\u200d",
              "+": "＋⁺₊", "T": "⊤ᵀТ", ",": "，‚、", "_": "＿‿", "|": "∣‖│", "\\": "＼∖", "{": "｛", "}": "｝"}
"""What looks like a character and is another one."""
ENVIRONMENTS = ["cases", "pmatrix", "bmatrix", "align", "aligned", "array}{cc", "split", "gather", "matrix", "itemize",
                "table"]


def disguised(rng: random.Random, text: str) -> str:
    """A text in which characters are others that look alike."""
    often = rng.choice([0.02, 0.2, 1])
    return "".join(rng.choice(LOOKALIKES[c]) if c in LOOKALIKES and rng.random() < often else c for c in text)


def environments(rng: random.Random, text: str) -> str:
    """Environments inside each other, some of which end as others, or never."""
    names = [rng.choice(ENVIRONMENTS) for _ in range(rng.choice([1, 3, 20, 300]))]
    ends = [name.partition("}")[0] for name in reversed(names)]
    if rng.random() < 0.4:
        rng.shuffle(ends)
    row = rng.choice(["{} & x", "x & {}", r"{} \\ c", r"\text{{{}}} &= c", "{}"])
    middle = row.replace("{}", text).replace("{{", "{").replace("}}", "}")
    return "".join(rf"\begin{{{name}}}" for name in names) + middle + "".join(
        rng.choice(["", "& c ", r"\\ "]) + rf"\end{{{end}}}" for end in ends[:rng.choice([len(ends), len(ends),
        len(ends) // 2])])


def scripted(rng: random.Random, text: str) -> str:
    """Scripts, primes and marks without end: beside each other, and inside each other."""
    k = rng.choice([3, 20, 200, 1000, 3000])
    return rng.choice([
        lambda: text + "_i" * k, lambda: text + "_{i" * k + "}" * k, lambda: text + "^{2" * k + "}" * k,
        lambda: text + "'" * k,
        lambda: r"\overbrace{" * k + text + "}^{n}" * k, lambda: r"\underbrace{" * k + text + "}_{c}" * k,
        lambda: r"\overset{c}{" * k + text + "}" * k, lambda: text + r"^{\prime" * k + "}" * k,
        lambda: text + "^{-1}" * k,
        lambda: text + "^T" * k, lambda: "x_{" + ",".join(["i"] * k) + "}", lambda: "x_{" + "i+" * k + "1}",
        lambda: text + "[" + ":," * k + "]", lambda: "x_{1:" + "9" * k + "}", lambda: r"\substack{" * k + text + "}" * k,
        lambda: r"\tilde{" * k + text + "}" * k, lambda: text + "^{(" * k + "l" + ")}" * k, lambda: "A^{" + "9" * k + "}",
        lambda: "c^c" * k, lambda: "c^" * k + "c", lambda: r"\sum_{" + "i," * k + "j} x_i",
        lambda: f"A^{{-{k}}} + c**-{'9' * k}",
        lambda: r"\sum_i " * k + "x_i", lambda: r"\frac{" * k + text + "}{c}" * k, lambda: "!" * k + text + "!" * k])()


def mixed(rng: random.Random) -> str:
    """Declarations of every kind in one, in the order of chance, some of the same name."""
    parts = [part for each in DECLARATIONS for part in each.replace("\n", ";").split(";")]
    parts += ["x: m", "x: scalar", "W = x", "x_i = x_{i-1} + 1", "n = m", "n: size", "m = 2*n", "A = A'", "sigma: relu",
        "x: label n",
              "i: index m", "x_1 = 2", "f(x) = x", "f(f) = f", "p: n sums_to_one one_hot", "A: n m symmetric", "E: E",
              "d: size; dx: d"]
    return "\n".join(rng.sample(parts, rng.randint(1, len(parts)))) + rng.choice(["", ";;;", "\n: n", "\n=", "\nx:"])


def row(rng: random.Random, depth: int = 3) -> object:
    """What a program may hand over where a line belongs."""
    import numpy as np
    made = rng.choice([
        lambda: rng.choice(LINES), lambda: mutated(rng, rng.choice(LINES)), lambda: None, lambda: True,
        lambda: rng.randint(-9, 9),
        lambda: 1e999, lambda: float("nan"), lambda: b"x = x", lambda: np.int64(3), lambda: np.array([1.0, 2.0]),
        lambda: 3 + 2j,
        lambda: np.array(["x = x"]), lambda: {"line": rng.choice(LINES)}, lambda: object(), lambda: range(3),
        lambda: "\ud800"])
    if depth and rng.random() < 0.3:
        below = [row(rng, depth - 1) for _ in range(rng.randint(0, 3))]
        return rng.choice([below, tuple(below), {"rows": below, rng.choice(["lines", "text"]): {"a": {"b": below}}}])
    return made()


def size(rng: random.Random) -> object:
    """What stands where a size belongs."""
    from decimal import Decimal
    from fractions import Fraction

    import numpy as np
    import sympy
    return rng.choice([
        3, 0, -1, 10 ** 400, True, None, "n", "3", b"3", 2.5, 1e308, float("nan"), float("inf"), np.int64(3),
        np.uint8(2), np.float64(3),
        np.array(3), np.array([3]), np.bool_(True), np.complex128(2), np.datetime64("2020"), Decimal(3), Fraction(3),
        Fraction(1, 2),
        2 + 0j, [3], (3,), {3}, {"n": 3}, sympy.oo, sympy.nan, sympy.zoo, sympy.Rational(1, 2), sympy.Symbol("z"),
        sympy.pi,
        sympy.Matrix([[1]]), sympy.true, sympy.Symbol("k", integer=True), 2 ** sympy.Symbol("n", integer=True,
        positive=True)])


def handed_over(rng: random.Random) -> None:
    """Objects in place of texts, sizes, axes and numbers."""
    import numpy as np

    import symderiv as sd
    X = sd.tensor("X", 3, 3)
    rng.choice([
        lambda: str(sd.verify([row(rng) for _ in range(rng.randint(0, 3))], GIVEN)),
        lambda: str(sd.verify(row(rng), row(rng))),
        lambda: sd.tensor("x", size(rng), size(rng)), lambda: sd.label("y", size(rng)),
        lambda: sd.indices("i j", size(rng)),
        lambda: sd.sum(X, axis=size(rng)), lambda: str(X + size(rng)), lambda: str(size(rng) @ X),
        lambda: str(size(rng) / X),
        lambda: str(X ** size(rng)), lambda: str(X[size(rng), size(rng)]), lambda: sd.evaluate(X, X=size(rng)),
        lambda: sd.evaluate(X, X=np.full((3, 3), size(rng), dtype=object)), lambda: sd.derive(X, X).numpy()(X=size(rng)),
        lambda: sd.derive(sd.sum(X), size(rng)), lambda: sd.prove(X, size(rng)).status, lambda: sd.parse(row(rng), GIVEN),
        lambda: sd.prove(X, X, assuming=[size(rng)]).status, lambda: sd.reshape(X, (size(rng), size(rng)))])()


def strange(rng: random.Random, given: str) -> tuple[str, str]:
    """A text whose signs, environments or scripts are those of no text, and declarations."""
    text = rng.choice([*EXPRESSIONS, *LINES, "c", "x"])
    text = rng.choice([disguised, environments, scripted, scripted, lambda rng, text: disguised(rng, nested(rng,
        text))])(rng, text)
    return text[:30_000], rng.choice([given, given, mixed(rng), disguised(rng, given)])


def grown(rng: random.Random, given: str) -> tuple[str, str]:
    """A text of a kind that nobody writes, and declarations."""
    if rng.random() < 0.5:
        return strange(rng, given)
    base = rng.choice([*EXPRESSIONS, "c", "x", "A", numeral(rng), name(rng)])
    text = rng.choice([nested, nested, lambda rng, text: text + "*" + numeral(rng),
                       lambda rng, text: f"{text} + {name(rng)}",
                       lambda rng, text: laughs(rng), lambda rng, text: text + f" = {nested(rng, 'c')}"])(rng, base)
    if rng.random() < 0.4:
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice(ODD_SIGNS) * rng.choice([1, 1, 500]) + text[at:]
    return text, f"{given}\n{many(rng)}" if rng.random() < 0.3 else many(rng) if rng.random() < 0.2 else given


def tried(rng: random.Random) -> str:
    """One call with mutated text; what it was."""
    import symderiv as sd
    from symderiv.counting.description import read_description, read_sizes
    from symderiv.reader import declare, parse

    kind = rng.choice(["parse", "declare", "verify", "verify", "derive", "count"])
    given = mutated(rng, rng.choice(DECLARATIONS)) if rng.random() < 0.3 else GIVEN
    if rng.random() < 0.5:
        return made(rng, kind, given)
    try:
        if kind == "parse":
            expression = parse(mutated(rng, rng.choice(EXPRESSIONS)), given)
            str(expression), repr(expression)
        elif kind == "declare":
            declare(mutated(rng, rng.choice(DECLARATIONS)))
        elif kind == "verify":
            lines = [rng.choice(LINES) for _ in range(rng.randint(1, 3))]
            str(sd.verify(mutated(rng, "\n".join(lines)), given))
        elif kind == "derive":
            context = declare(given)
            found = sd.derive(parse(mutated(rng, rng.choice(EXPRESSIONS)), context), parse(rng.choice("xAcWw"), context))
            str(found), found.latex()
        else:
            network, sizes = read_description(mutated(rng, rng.choice(NETWORKS)))
            str(network.table(sizes or read_sizes("3 H W")))
    except sd.SymderivError as error:
        str(error)
    return kind


def made(rng: random.Random, kind: str, given: str) -> str:
    """One call with a text of a kind that nobody writes; what it was."""
    import symderiv as sd
    from symderiv.counting.description import read_description, read_sizes
    from symderiv.reader import declare, parse

    text, given = grown(rng, given)
    try:
        if rng.random() < 0.1:
            kind = "object"
            handed_over(rng)
        elif kind == "parse":
            expression = parse(text, given)
            str(expression), sd.python(expression)
        elif kind == "declare":
            declare(rng.choice([many, mixed])(rng))
        elif kind == "verify":
            report = sd.verify(text, given)
            str(report), report.latex()
        elif kind == "derive":
            context = declare(given)
            expression = parse(text, context)
            str(sd.derive(expression, parse(rng.choice("xAcw"), context))), sd.prove(expression, 2 * expression).status
        else:
            network, sizes = read_description(layers(rng))
            str(network.table(sizes or read_sizes("3 H W")))
    except sd.SymderivError as error:
        str(error)
    return f"made {kind}"


def _child(seed: int, write: int) -> None:
    """The case in a process of its own: what went wrong is written to a pipe."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES + (1 << 29), BYTES + (1 << 29)))
    ran: list[str] = []

    def heard(event: str, args: tuple[object, ...]) -> None:
        if event in ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "shutil.rmtree", "os.remove"):
            ran.append(event)

    sys.addaudithook(heard)
    try:
        tried(random.Random(seed))
        found = f"it ran {ran[0]}" if ran else ""
    except BaseException as error:
        trace, where = error.__traceback__, ""
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename
            where = f"{name.rpartition('symderiv/')[2]}:{trace.tb_lineno}" if "symderiv" in name else where
            trace = trace.tb_next
        found = f"{type(error).__name__}: {str(error)[:200]} at {where}"
    os.write(write, found.encode()[:2000] or b"-")
    os._exit(0)


def case(seed: int) -> str | None:
    import symderiv as sd
    for name in ("parse", "verify", "derive", "prove"):    # what is imported once need not be imported by every child
        getattr(sd, name)
    import symderiv.counting.description
    sd.verify(["x = x"], "x: n")    # loads what is loaded late, NumPy too

    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _child(seed, write)
    os.close(write)
    found = os.read(read, 4000).decode(errors="replace")
    os.close(read)
    os.waitpid(child, 0)
    if not found:
        return f"no end within {SECONDS} seconds of CPU"
    return None if found == "-" else found


PROPERTY = Property("hostile_text", "Mutated text raises nothing but our errors, ends soon, and runs nothing.", case,
    ci=12,
                    long=20_000)
