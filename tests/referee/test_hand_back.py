"""What is handed back: missing names, tables, points, results, errata; folders that are not run twice."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

import symderiv.referee
from symderiv.cli import main
from symderiv.errors import DeclarationError
from symderiv.referee import verify
from symderiv.referee.hand_back import Rubric, points, rubric
from symderiv.render.refereed import annotated, refereed_table

WRONG = r"""\section{Problem 1}
Let $x, b \in \mathbb{R}^n$.
\[ \nabla_x b^\top x = b \]
\section{Problem 2}
\[ \nabla_x x^\top x = x \]
"""
RUBRIC = """other = 2
[problems]
"Problem 1" = 5
"Problem 2" = 10
[slips]
"factor" = 3
"""


@pytest.fixture
def homework(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "homework.tex"
    path.parent.mkdir()
    path.write_text(WRONG, encoding="utf-8")
    return path


def test_what_is_missing_is_one_list_of_root_names() -> None:
    report = verify([r"\frac{\partial L}{\partial z} = \sigma(z) y_i", r"\nabla_w L = \sigma(z)"])
    assert [each.partition("  %")[0] for each in report.needed] == ["L: scalar", "z: m", "sigma: sigmoid", "y: n", "w: m"]
    assert str(report).startswith("needed: L: scalar; ")


def test_what_stands_behind_errata_is_read_unless_it_is_a_list_of_errata(tmp_path: Path,
                                                                         capsys: pytest.CaptureFixture[str]) -> None:
    one, two, out = tmp_path / "one.md", tmp_path / "two.txt", tmp_path / "e.md"
    one.write_text("Here 2·3 = 7 hold.")
    two.write_text("Here 12·12 = 124 hold.")
    main(["verify", "--errata", str(one), str(two)])
    told = capsys.readouterr().out
    assert "right: 6" in told and "right: 144" in told and one.read_text() == "Here 2·3 = 7 hold."
    for _ in range(2):
        main(["verify", str(one), "--errata", str(out)])
        assert "right: 6" in out.read_text()
    assert main(["verify", str(two), "--html", str(one)]) == 2 and one.read_text() == "Here 2·3 = 7 hold."
    assert main(["verify"]) == 2


def test_points_results_table_and_errata(tmp_path: Path, homework: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.toml").write_text(RUBRIC, encoding="utf-8")
    names = {key: str(tmp_path / key) for key in ("r.toml", "t.csv", "r.json", "e.md")}
    assert main(["verify", str(homework), "--points", names["r.toml"], "--csv", names["t.csv"], "--results", names["r.json"],
                 "--errata", names["e.md"]]) == 1
    assert "Problem 2: 7 of 10" in capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["line"], row["place"], row["status"]) for row in rows] == [("1", "3", "proved"), ("2", "5", "refuted")]
    results = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert results["score"] == 12
    assert [test["max_score"] for test in results["tests"]] == [5, 10]
    errata = (tmp_path / "e.md").read_text(encoding="utf-8")
    assert "line 5" in errata
    assert "right: $2 x$" in errata


def test_what_has_not_changed_is_not_run_again(tmp_path: Path, homework: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out")
    assert main(["verify", str(homework.parent), "-o", out]) == 1
    capsys.readouterr()
    assert main(["verify", str(homework.parent), "-o", out]) == 1
    assert "unchanged" in capsys.readouterr().out
    homework.write_text(WRONG.replace("= x ", "= 2x "), encoding="utf-8")
    assert main(["verify", str(homework.parent), "-o", out, "--shard", "1/1"]) == 0


def test_an_altered_verdict_is_not_believed(tmp_path: Path, homework: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["verify", str(homework), "-o", str(out)]) == 1
    for entry in out.iterdir():
        entry.write_text(entry.read_text().replace("refuted", "proved").replace('"exit_status": 1', '"exit_status": 0'))
    assert main(["verify", str(homework), "-o", str(out)]) == 1
    assert "unchanged" not in capsys.readouterr().out


def test_two_names_that_come_to_the_same_keep_a_verdict_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, right in (("a b.md", "2x"), ("a_b.md", "3x")):
        (tmp_path / name).write_text(f"x: n\n\n$$\\nabla_x x^T x = {right}$$\n")
    out = tmp_path / "out"
    for unchanged in (0, 2):
        assert main(["verify", *map(str, sorted(tmp_path.glob("*.md"))), "-o", str(out)]) == 1
        assert capsys.readouterr().out.count("unchanged") == unchanged
    assert len(list(out.iterdir())) == 2


def test_what_is_written_beside_the_verdicts_is_of_all_files(tmp_path: Path, homework: Path) -> None:
    table = tmp_path / "t.csv"
    for _ in range(2):
        assert main(["verify", str(homework), "-o", str(tmp_path / "out"), "--csv", str(table)]) == 1
        assert "refuted" in table.read_text()


@pytest.mark.parametrize(("arguments", "said"), [
    (["--given", "nosuchfile.txt"], "neither a file nor declarations"), (["--shard", "3/2"], "no part"),
])
def test_what_cannot_be_meant_is_said(homework: Path, capsys: pytest.CaptureFixture[str], arguments: list[str],
                                      said: str) -> None:
    assert main(["verify", str(homework), *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[problems", "[problem]\nA = 1", "[slips]\nsign = 'x'", "other = -1"])
def test_a_rubric_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DeclarationError):
        rubric(text)


def test_every_slip_that_the_search_names_may_stand_in_a_rubric() -> None:
    source = "".join((Path(symderiv.referee.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
                     for name in ("edits", "coefficients"))
    slips = set(re.findall(r"yield f?\"([^\"]+)\", ", source))
    assert len(slips) > 30
    for slip in slips:
        rubric(f"[slips]\n{json.dumps(re.sub('{[^}]*}', '2', slip), ensure_ascii=False)} = 1")


def test_a_slip_that_has_no_such_name_is_said_at_once() -> None:
    with pytest.raises(DeclarationError, match="no slip is called 'transposd'") as raised:
        rubric("[slips]\ntransposd = 1")
    assert "transposed" in raised.value.hint
    with pytest.raises(DeclarationError, match="no slip is called 'sing'"):
        rubric("[slips]\nsing = 1")  # though it stands in "missing"


def test_a_problem_without_a_line_earns_nothing_where_others_have_headings(tmp_path: Path) -> None:
    report = verify(WRONG.partition(r"\section{Problem 2}")[0])
    by = rubric('[problems]\n"Problem 1" = 5\n"Problem 10" = 3')
    assert [(name, got) for name, got, *_ in points(report, by)] == [("Problem 1", 5), ("Problem 10", 0)]


def test_a_text_without_mathematics_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("a.txt", "Just words here."), ("b.md", "Это решение, и больше ничего."), ("c.tex", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert main(["verify", *(str(tmp_path / name) for name in ("a.txt", "b.md", "c.tex"))]) == 2
    assert capsys.readouterr().err.count("no mathematics was found") == 3


def test_corrections_stand_below_the_display_and_lines_have_numbers_and_headings(tmp_path: Path, homework: Path) -> None:
    other = homework.with_name("other.tex")
    other.write_text(WRONG, encoding="utf-8")
    assert main(["verify", str(homework), "--tex", str(tmp_path / "a.tex")]) == 1
    tex = (tmp_path / "a.tex").read_text(encoding="utf-8")
    assert re.search(r"\\\]\\par\\noindent.*Line 2: .*it should be \$2 x\$\.", tex)
    assert main(["verify", str(homework), str(other), "--html", str(tmp_path / "a.html")]) == 1
    html = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert '<h3 class="heading">Problem 2</h3>' in html and "2 ✗</div>" in html
    assert "<td>Problem 2</td><td>factor 2 lost</td><td>2</td>" in html


def test_without_a_rubric_a_text_with_headings_loses_what_its_slips_cost_alone() -> None:
    text = "\\section{One}\n\\[ \\nabla_x x^\\top x = x \\]\n\\section{Two}\n\\[ \\nabla_v v^\\top A v = A v \\]\n"
    report = verify(text, "x: n\nA: n n symmetric\nv: n")
    assert [(name, got) for name, got, _, _ in points(report, Rubric())] == [("all", 8.0)]


def test_the_words_around_a_formula_in_a_sentence_and_its_correction_are_shown() -> None:
    text = ("\\documentclass{article}\n\\begin{document}\nLet $x \\in \\mathbb{R}^n$ and $f = x^\\top x$, with words."
            "\n"
            "So $\\nabla_x f = x$ here.\n\\end{document}\n")
    report = verify(text)
    shown = refereed_table(report)
    assert "with words" in shown and ">Let " in shown and "$" not in shown
    source = annotated(report)
    assert source.index("it should be $2") < source.index("\\end{document}")
    assert "1 refuted" in source[source.index("\\begin{document}"):]


def test_a_wide_line_goes_on_below_and_a_counterexample_is_mathematics():
    wide = r"\sigma(a) = \frac{1}{1 + e^{-a}} = \frac{e^{a}}{1 + e^{a}} = \frac{e^{a} + 1}{e^{a} + 1} - \frac{2}{e^{a} + 1}"
    table = verify([wide], "a: scalar; sigma: sigmoid")._repr_html_()
    assert "<wbr>" in table.partition('class="verdict"')[0] and "left <math" in table and "for <math" in table
