"""The LaTeX document is ASCII and compiles with a real TeX engine."""

import os
import shutil
import subprocess

import pytest

from symderiv.errors import OutputError, ToolMissing
from symderiv.render import pdf
from symderiv.render.document import document, fitted
from symderiv.render.look import Look
from symderiv.render.sections import Fold, Section, numbered

needs_tex = pytest.mark.skipif(pdf.tex_engine() is None, reason="no TeX engine is installed")
TITLE = "100 % of α_β & ∂L/∂W: «Gauß» {x} \\ ~ ^ # $x^2$ 😀"
LONG = "+".join(f"a_{{{k}}}" for k in range(60))


def sections():
    proof = r"By $a$: \begin{align*} a &= b && \text{why}\\ &= c \end{align*} and \textbf{so} on."
    item = Section(TITLE, text="Why, `x_i`?\n\nBecause $x$.", body=rf"\[{LONG}\]", status="proved",
                   folds=(Fold("Proof", proof), Fold("Every rewrite", "SECRET", printed=False)))
    return numbered((Section("Chapter", parts=(item, item)), Section("Empty")))


def test_the_document_is_ascii_and_prints_what_is_meant_for_paper():
    source = document(TITLE, sections(), preface="2 statements.", contents=True)
    assert source.isascii()
    assert "SECRET" not in source
    assert source.count(r"\status{proved}") == 2


@needs_tex
def test_the_document_compiles():
    assert pdf.compile_pdf(document(TITLE, sections(), preface="2 statements.", contents=True)).startswith(b"%PDF")


@needs_tex
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_the_text_of_the_document_is_on_the_page(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf.compile_pdf(document("Title", sections())))
    text = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "Chapter" in text and "proved" in text and "Because" in text


def test_wide_displays_are_broken_or_scaled_but_numbered_and_long_ones_are_not():
    assert r"\chainline{a}{\wbr{50}\piece{{}= b}}{so}" in fitted(r"\begin{align*}a &= b && \text{so}\end{align*}")
    assert r"\fit{\begin{aligned}a &= b & c&= d\end{aligned}}" in fitted(r"\begin{align*}a &= b & c&= d\end{align*}")
    assert r"\equationline{\piece{x}\wbr{50}\piece{{}= y}}" in fitted(r"\[x = y\]")
    for kept in (r"\begin{align*}a\tag{1}\end{align*}", r"\begin{align*}" + r"a\\" * 20 + r"\end{align*}"):
        assert fitted(kept) == kept


@needs_tex
def test_an_error_of_tex_is_told_in_its_own_words():
    with pytest.raises(OutputError, match="Undefined control sequence"):
        pdf.compile_pdf(document("t", (Section("s", body=r"\undefinedcommand"),)))


@needs_tex
def test_tex_neither_runs_commands_nor_reads_or_writes_elsewhere(tmp_path):
    (tmp_path / "secret.tex").write_text("SECRET")
    touched = tmp_path / "touched"
    body = rf"\immediate\write18{{touch {touched}}} x"
    pdf.compile_pdf(document("t", (Section("s", body=body),)))
    with pytest.raises(OutputError):
        pdf.compile_pdf(document("t", (Section("s", body=rf"\input{{{tmp_path / 'secret.tex'}}}"),)))
    with pytest.raises(OutputError):
        pdf.compile_pdf(document("t", (Section("s", body=rf"\newwrite\f\immediate\openout\f={touched}.tex x"),)))
    assert os.listdir(tmp_path) == ["secret.tex"]


@needs_tex
def test_endless_tex_is_stopped():
    with pytest.raises(OutputError, match="did not finish"):
        pdf.compile_pdf(document("t", (Section("s", body=r"\def\x{\x}\x"),)), seconds=2)


def test_without_an_engine_the_message_names_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ToolMissing, match="texlive-latex-recommended"):
        pdf.compile_pdf("x")


def test_many_equations_without_reasons_stand_side_by_side_and_what_follows_from_the_last_below():
    rows = " \\\\ ".join(f"a_{k} &= {k}" for k in range(5))
    listed = fitted(rf"\begin{{align*}}{rows} \\ &\qquad + b\end{{align*}}")
    assert listed.count(r"\eqn{") == 5 and "chain" not in listed and "align" not in listed and "+ b" in listed
    chained = fitted(rf"\begin{{align*}}{rows} \\ &= c && \text{{why}}\end{{align*}}")
    assert chained.count(r"\eqn{") == 4 and chained.count(r"\chainline{") == 2
    assert r"\eqn{" not in fitted(r"\begin{align*}a &= 1 \\ b &= 2\end{align*}")


def test_a_display_in_a_question_is_broken_like_any_other():
    wide = ", \\qquad ".join(rf"x_{k} = \begin{{pmatrix}} 1 & 2 \\ 3 & 4 \end{{pmatrix}}" for k in range(6))
    assert r"\equationline" in document("T", (Section("Q", text=f"Given is\n\n$${wide}$$"),))


def test_what_was_cut_for_a_page_is_cut_again_for_a_column():
    gates = r"\odot".join(rf" \left(g_{{{k}}}\right) " for k in range(9))
    body = fitted(rf"\begin{{equation*}}d = a + \left({gates}\right)\end{{equation*}}")
    page, column = (document("t", (Section("s", body=body),), look=Look(columns=columns)) for columns in (1, 2))
    assert body in page and body not in column
    assert column.count(r"\wbr{300}\piece{{}\odot") > 6 and column.count(r"\piece{{}+ ") == 1


@pytest.mark.parametrize("formula", ["a = b", r"\frac{" + "a" * 40 + "}{b} c"])
def test_what_a_column_has_room_for_or_cannot_be_cut_stays(formula):
    body = fitted(rf"\begin{{equation*}}{formula}\end{{equation*}}")
    assert body in document("t", (Section("s", body=body),), look=Look(columns=2))
