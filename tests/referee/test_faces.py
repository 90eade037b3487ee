"""The referee from a command line, a notebook, a web page and an annotated source."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

import symderiv as sd
from symderiv.cli import main
from symderiv.render.refereed import annotated, page, refereed_table

HOMEWORK = r"""% given: X: n d; y: n; w: d
% lambda: scalar
% J = norm(y - X*w)^2 + lambda*w'*w
\documentclass{article}
\usepackage{amsmath}
\newcommand{\Xt}{X^\top}
\begin{document}
Ridge regression, <b>by hand</b>:
\begin{align}
\nabla_w J &= -2\Xt(y - Xw) + 2\lambda w \\
  &= -2\Xt y + \Xt X w + 2\lambda w. \label{wrong}
\end{align}
\end{document}
"""
RIGHT = r"""% given: a, b: scalar
$$ (a+b)^2 = a^2 + 2ab + b^2 $$
"""


@pytest.fixture
def homework(tmp_path: Path) -> Path:
    path = tmp_path / "homework.tex"
    path.write_text(HOMEWORK, encoding="utf-8")
    return path


def test_exit_status_tells_right_wrong_and_not_understood(tmp_path: Path, homework: Path,
                                                          capsys: pytest.CaptureFixture[str]) -> None:
    right, unread = tmp_path / "right.md", tmp_path / "unread.md"
    right.write_text(RIGHT, encoding="utf-8")
    unread.write_text(r"$$ q = \frac{1}{ $$", encoding="utf-8")
    assert main(["verify", str(right)]) == 0
    assert main(["verify", str(homework)]) == 1
    assert main(["verify", str(unread)]) == 2
    out = capsys.readouterr().out
    assert "line 2 is the first wrong one" in out
    assert "✗" in out


def test_declarations_may_be_given_as_text_or_as_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare, given = tmp_path / "bare.txt", tmp_path / "given.txt"
    bare.write_text(r"\nabla_x (x^\top A x) = (A + A^\top) x" + "\n", encoding="utf-8")
    given.write_text("A: n n\nx: n\n", encoding="utf-8")
    assert main(["verify", str(bare), "--given", str(given)]) == 0
    assert main(["verify", str(bare), "--given", "A: n n; x: n"]) == 0
    capsys.readouterr()
    # Without them its lines say enough; where they do not, what is needed is told.
    assert main(["verify", str(bare)]) == 0
    assert "A: n n  (read off its lines)" in capsys.readouterr().out
    bare.write_text("P(A|B) = P(B|A) P(A) / P(B)\n", encoding="utf-8")
    assert main(["verify", str(bare)]) == 2
    capsys.readouterr()


def test_many_files_go_on_past_a_bad_one_and_slips_are_counted(tmp_path: Path, homework: Path,
                                                               capsys: pytest.CaptureFixture[str]) -> None:
    binary, empty = tmp_path / "binary.tex", tmp_path / "empty.tex"
    binary.write_bytes(b"\x00\x01\x02")
    empty.write_text("   \n", encoding="utf-8")
    files = [str(binary), str(homework), str(empty), str(tmp_path / "missing.tex")]
    assert main(["verify", *files, "--json", "-n", "2"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [each["error"] is None for each in found["files"]] == [False, True, False, False]
    assert found["files"][1]["first_wrong"] == 1
    assert found["diagnoses"] == {"factor 2 lost": 1}


def test_the_annotated_source_is_the_persons_own_text(homework: Path, tmp_path: Path,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    out, web = tmp_path / "out.tex", tmp_path / "out.html"
    assert main(["verify", str(homework), "--tex", str(out), "--html", str(web)]) == 1
    capsys.readouterr()
    text = out.read_text(encoding="utf-8")
    assert "Ridge regression" in text
    assert r"\usepackage{xcolor}" in text
    assert "refuted: factor 2 lost" in text
    assert text.index("factor 2 lost", text.index("document")) > text.index(r"\Xt X w")
    html = web.read_text(encoding="utf-8")
    assert "&lt;b&gt;by hand&lt;/b&gt;" in html
    assert "<b>by hand" not in html


def test_lines_without_a_document_are_written_as_one() -> None:
    report = sd.verify([r"a^2 - b^2 = (a-b)^2", r"\foo"], "a, b: scalar")
    text = annotated(report)
    assert text.startswith(r"\documentclass")
    assert text.isascii()
    assert text.count(r"\begin{minipage}") == 2


def test_a_notebook_shows_a_table_with_marks() -> None:
    report = sd.verify([r"a^2 - b^2 = (a-b)(a+b)", r"= (a-b)^2"], "a, b: scalar")
    shown = report._repr_html_()
    assert shown == refereed_table(report)
    assert shown.count("✓") == 1 and shown.count("✗") == 1
    assert "<math" in shown
    assert str(report).splitlines()[0].startswith("✓")
    assert "refuted" in repr(report)


def test_the_web_page_fetches_nothing() -> None:
    report = sd.verify([r"a = \text{<script>alert(1)</script>}"], "a: scalar")
    html = page([("<name>", report)])
    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "").replace("http://www.w3.org/1998/Math/MathML", "")


def test_json_has_counterexamples_as_plain_data() -> None:
    report = sd.verify([r"x^\top x = \sum_i x_i"], "x: n")
    data = json.loads(json.dumps(report.to_json()))
    assert data["first_wrong"] == 0
    assert set(data["lines"][0]["counterexample"]) == {"sizes", "arrays", "entry", "left", "right"}


def test_commands_that_double_each_other_are_written_out_only_as_far_as_they_stay_readable():
    names = ["\\b" + "x" * i for i in range(40)]
    bomb = "".join(rf"\newcommand{{{a}}}{{{b}{b}}}" for a, b in pairwise(names))
    for text in (bomb + r"\b", r"\newcommand{\b}[1]{" + "#1" * 10_000 + r"} \b{" + "x" * 10_000 + "} = x"):
        report = sd.verify(text, "x: n")
        assert len(report.latex()) + len(page([("a", report)])) < 10 ** 6


def test_own_commands_with_arguments_are_typeset():
    text = r"""\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}} \newcommand{\lr}[2][p]{#1_{#2}}
% given: x: n; L = x'*x; p = softmax(x)
\[ \pd{L}{x_j} = 2 x_j \]
\[ \pd{\lr{i}}{x_j} = \lr[p]{i} (\delta_{ij} - p_j) \]
"""
    report = sd.verify(text)
    assert [line.status for line in report.lines] == ["proved", "proved"]
    page = report._repr_html_()
    assert "mfrac" in page and "pd" not in page and "lr" not in page.replace("clr", "")
