"""How many lines a second does the reader turn into trees?  Displays of several kinds, each with names of its own."""

from __future__ import annotations

import statistics
import time

from symderiv.reader import declare
from symderiv.reader.syntax.lines import parse_line

from .measure import Figure

DECLARED = (r"z, y, x: n; W: m n; b: m; A: n n; t: label n; sigma: sigmoid; p = softmax(z); W^{(1)}, W^{(2)}: n n; "
            r"L: function of z; c: scalar; \hat x: n; mu: scalar; epsilon: scalar")
LINES = (
    r"\frac{\partial p_i}{\partial z_j} = p_i\left(\delta_{ij} - p_j\right)",
    r"\nabla_z L = \operatorname{diag}(p)\nabla_p L - p p^\top \nabla_p L",
    r"= -\sum_{i=1}^{n} y_i \frac{1}{p_i}\frac{\partial p_i}{\partial z_k} = p_k \sum_i y_i - y_k",
    r"\sigma(W^{(2)}\sigma(W^{(1)}x)) \odot \left(1 - \sigma(W^{(2)}\sigma(W^{(1)}x))\right)",
    r"\begin{cases} p_i(1 - p_i) & \text{if } i = j \\ -p_i p_j & \text{otherwise} \end{cases}",
    r"\frac{1}{\sqrt{\sigma(c)^2 + \epsilon}}\Big(x_i - \mu - \hat{x}_i \frac{1}{n}\sum_{j=1}^n x_j \hat{x}_j\Big)",
    r"-\log\frac{e^{z_t}}{\sum_{k} e^{z_k}} = -z_t + \log\sum_{k}\exp(z_k), \quad \text{by definition}",
    r"d(x^\top A x) = dx^\top A x + x^\top A\,dx",
)


def figures(repetitions: int = 7, rounds: int = 20) -> list[Figure]:
    """The rate over all lines, the median of repetitions."""
    context = declare(DECLARED)
    rates = []
    for _ in range(repetitions):
        start = time.process_time()
        for _ in range(rounds):
            for line in LINES:
                parse_line(line, context)
        rates.append(rounds * len(LINES) / (time.process_time() - start))
    rate = statistics.median(rates)
    return [Figure("lines read a second", f"{rate:,.0f}", "≥ 1,000", rate >= 1000)]
