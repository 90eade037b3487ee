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
    r"\begin{cases} c & \text{if } i = j \\ 0 \end{cases}", r"\prod_{j=1}^n p_j^{w_j} \max_j x_j", "np.sum(x, axis=0) @ x",
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
    r"\frac{\partial L}{\partial x} = A x + A^\top x", r"p_k = \frac{e^{x_k}}{\sum_j e^{x_j}}", "c + 1 = c + 1", "x^T x = 0",
    r"\nabla_x x^\top A x = (A + A^\top) x \implies A = A^\top", r"z := W x", r"= 2 x \text{ where } x \text{ is a vector}",
    r"\begin{align} a &= b \\ &= c \end{align}", r"\newcommand{\R}{\mathbb{R}} x \in \R^n", r"\sum_{i=1}^n x_i = \sum_j x_j",
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


def tried(rng: random.Random) -> str:
    """One call with mutated text; what it was."""
    import symderiv as sd
    from symderiv.counting.description import read_description, read_sizes
    from symderiv.reader import declare, parse

    kind = rng.choice(["parse", "declare", "verify", "verify", "derive", "count"])
    given = mutated(rng, rng.choice(DECLARATIONS)) if rng.random() < 0.3 else GIVEN
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


PROPERTY = Property("hostile_text", "Mutated text raises nothing but our errors, ends soon, and runs nothing.", case, ci=12,
                    long=20_000)
