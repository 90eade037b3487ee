"""A person's own book: a folder to begin with, a title page, languages, styles, readers, a page that follows the text."""

import ast
import json
import re
import socket
import tomllib
from dataclasses import replace
from importlib import resources
from textwrap import dedent

import pytest

import symderiv as sd
from symderiv.calculus.fold import FOLD
from symderiv.calculus.rules import RULES
from symderiv.cli import main
from symderiv.differentiation.engine import Derivation
from symderiv.errors import DeclarationError, OutputError
from symderiv.referee.hand_back import KINDS
from symderiv.render import mathml
from symderiv.render.document import preamble
from symderiv.render.look import Look, fixed_words, languages
from symderiv.render.proof_lines import _OF_MATRICES, _PLAIN
from symderiv.suite import cache, watching
from symderiv.suite.book import arranged, chapters, chosen, results_of, write_book, written_out
from symderiv.suite.book_commands import for_readers, look_of
from symderiv.suite.collect import Item, item_sources
from symderiv.suite.run import unjudged
from symderiv.suite.values import compare_values
from symderiv.suite.watching import Watch, serve_watch
from symderiv.suite.worked import value_of

SHEET = '''
    """First sheet."""
    import symderiv as sd
    m = sd.dims("m")
    z = sd.tensor("z", m)

    @sd.derivation("The gradient of a square", question="1.1", points=3)
    def square():
        """Which gradient has the sum of squares?  See :ref:`other.moved`."""
        return sd.derive(sd.sum(z ** 2), z)

    @sd.identity("One and one", question="1.2a", points=1.5)
    def moved():
        """What is one and one?"""
        return 1 + 1, 2
'''


@pytest.fixture
def sheet(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "sheet"
    folder.mkdir()
    (folder / "first.py").write_text(dedent(SHEET))
    return folder


def written(sheet, look, only=""):
    return written_out(chosen(results_of(sheet), only), look, [])


def test_a_new_folder_is_a_book_of_every_kind_of_item(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert main(["new", str(tmp_path / "mine")]) == 0
    assert main(["check", str(tmp_path / "mine"), "--json"]) == 0
    items = json.loads(capsys.readouterr().out.partition("\n{")[2].join(("{", "")))["items"]
    assert {item["status"] for item in items} == {"proved", "refuted"} and all(item["points"] for item in items)
    assert main(["new", str(tmp_path / "mine")]) == 2  # nothing is overwritten


def test_what_a_new_folder_is_called_is_said_when_it_is_begun(tmp_path):
    assert main(["new", str(tmp_path / "blatt"), "--title", 'Blatt "1" \\ B', "--author", "Ä", "--language", "de"]) == 0
    look = look_of(tmp_path / "blatt")
    assert (look.title, look.author, look.course, look.language) == ('Blatt "1" \\ B', "Ä", "", "de")
    assert main(["new", str(tmp_path / "other"), "--language", "xx"]) == 2 and not (tmp_path / "other").exists()


@pytest.mark.parametrize("language", languages())
def test_a_new_folder_is_in_one_language(language, tmp_path):
    told, english = (tomllib.loads(resources.files("symderiv.render").joinpath("languages", f"{each}.toml").read_text(
        encoding="utf-8"))["begun"] for each in (language, "en"))
    assert main(["new", str(tmp_path / "new"), "--language", language]) == 0
    files = "".join((tmp_path / "new" / name).read_text(encoding="utf-8") for name in ("book.toml", "sheet.py"))
    assert told.keys() == english.keys() and all(files.count(each) == 1 for each in told.values())
    ast.parse((tmp_path / "new" / "sheet.py").read_text(encoding="utf-8"))
    asked = re.findall(r'"""(.*?)"""|@sd\.\w+\(r?"([^"]*)"', files)
    assert len(asked) == 11 and (language == "en" or all(
        text in told.values() or f'"""{text}"""' in told.values() for pair in asked for text in pair if text))


def test_title_page_and_style_come_from_the_folder_and_options_come_first(sheet):
    (sheet / "book.toml").write_text('title = "Sheet 3"\nauthor = "A. Student"\ncourse = "Course 7"\npreamble = "own.tex"\n')
    (sheet / "own.tex").write_text("% my own preamble")
    look = look_of(sheet, title="Sheet 4", columns=None)
    assert (look.title, look.author, look.course) == ("Sheet 4", "A. Student", "Course 7")
    tex, page = written(sheet, look)
    for text in (r"\title{Sheet 4}", r"\author{A. Student}", r"\date{Course 7}", "% my own preamble"):
        assert text in tex
    assert "<p>A. Student</p>" in page
    two = written(sheet, Look(columns=2))[0]
    assert r"\documentclass[10pt,twocolumn]{article}" in two and r"\contentsincolumns" in two.partition(r"\maketitle")[2]
    assert written(sheet, Look(documentclass=r"\documentclass{memoir}"))[0].startswith(r"\documentclass{memoir}")


@pytest.mark.parametrize(("text", "hint"), [("colour = 3", "colour"), ('language = "xx"', "xx"), ("columns = 5", "columns"),
                                            ("title = 3", "title"), ("title =", "TOML")])
def test_settings_that_are_none_are_refused_by_name(sheet, text, hint):
    (sheet / "book.toml").write_text(text)
    with pytest.raises(DeclarationError, match=hint):
        look_of(sheet)


def test_every_language_has_every_fixed_word():
    assert {"en", "de", "fr", "es", "th"} <= set(languages())
    for language in languages():
        assert fixed_words(language).keys() == fixed_words("en").keys()


def test_every_phrase_has_the_same_holes_in_the_same_order():
    for language in languages():
        for english, other in fixed_words(language).items():
            assert re.findall("[$#…%]", english) == re.findall("[$#…%]", other), (language, english)


@pytest.mark.parametrize("language", sorted(set(languages()) - {"en"}))
def test_every_reason_of_a_proof_and_every_slip_has_words(language):
    reasons = {_PLAIN.get(name, name) for name in {*RULES, *(rule.name for rule in FOLD)}} | set(_OF_MATRICES.values())
    for word in {*KINDS, *(each for each in reasons - {"no rule"} if "=" not in each)}:
        look = Look(language=language)
        assert word in fixed_words(language) or look.said(f"<p>{word}</p>") != f"<p>{word}</p>", word


def told_of_lines():
    """The messages of the referee's verdicts that are written out in its source, with x for what is put into them."""
    def written(node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value.replace("{}", "$x$")
        parts = node.values if isinstance(node, ast.JoinedStr) else ()
        return "".join(part.value if isinstance(part, ast.Constant) else "$x$" for part in parts)

    for file in resources.files("symderiv.referee").iterdir():
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8")))) if file.name.endswith(".py") else []
        calls = [node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) == "Judgement"]
        yield from (written(call.args[1]) for call in calls if len(call.args) > 1)
        yield from (written(node.value) for node in nodes if isinstance(node, ast.Assign) and isinstance(
            node.targets[0], ast.Name) and node.targets[0].id.isupper())


def test_every_message_of_a_verdict_has_words():
    sentences = {text for text in told_of_lines() if re.match(r"(?:it|true|no|an?|the|imposed|at) [a-z$]", text)}
    sentences -= {"at which the gradient"}  # parts of others
    look = Look(language="de")
    assert len(sentences) > 40
    left = [text for text in sorted(sentences) if look.said(f"<p>{text}</p>") == f"<p>{text}</p>"]
    assert not left, "put them into symderiv/render/languages/*.toml"


EVERYTHING = '''
    import symderiv as sd
    m, n = sd.dims("m n")
    W, x, y = sd.tensor("W", m, n), sd.tensor("x", n), sd.label("y", m)

    @sd.derivation("A")
    def a():
        return [sd.derive(sd.cross_entropy(W @ x, y), W), (sd.sum(2 * x), 2 * sd.sum(x))]

    @sd.identity("C", expect="refuted")
    def c():
        return sd.sum(x ** 2), sd.sum(x) ** 2

    @sd.derivation("D")
    def d():
        return [sd.steps([r"\\sigma(a) = 1/(1 + e^{-a})"], "a: scalar; sigma: sigmoid"),
                sd.misprint("D", sd.verify(["L = x'*x", "dL/dx = x"], "x: n")), sd.misprint("E", sd.errata("2 * 3 = 7"))]
'''


def test_nothing_of_ours_is_left_in_english_in_another_language(sheet):
    """Of a language whose words have no letters, what letters are left are a person's, or mathematics."""
    (sheet / "first.py").write_text(dedent(EVERYTHING))
    masked = {english: re.sub(r"[^\W\d_]+", "·", english) for english in fixed_words("en")}
    tex, page = written(sheet, Look(words=masked))
    page = re.sub(r"(?s)<(math|code|button|svg|style|title)\b.*?</\1>|<[^<>]*>", "|", page.partition("<script>")[0])
    tex = re.sub(r"(?<!\\)\$[^$]*\$|\\\w+", "|", tex.partition(r"\maketitle")[2])
    for text in (page, tex):
        assert "·" in text and not re.findall(r"(?<![\w{])[A-Za-z][a-z]+(?: [a-z]{2,})+", text)


def test_fixed_words_are_in_the_language_and_a_persons_words_stay(sheet):
    tex, page = written(sheet, Look(language="de"))
    assert "{Beweis}" in tex and "{Es sei}" in tex and "Beweis, Schritt für Schritt" in page
    assert '<html lang="de">' in page and ">bewiesen<" in page
    assert "Which gradient has the sum of squares?" in page and "proved" not in tex.replace("proved}", "")
    thai, page = written(sheet, Look(language="th"))
    assert "พิสูจน์แล้ว" in page and "พิสูจน์แล้ว" in thai and r"\IfFontExistsTF{Garuda}" in thai and "[U+0E" not in thai


def test_counterexamples_are_told_in_the_language():
    words = r"\textbf{Counterexample.} For $x = 2$, $y = 1$: left $1$, right $\left(3\right)$ at entry 1."
    told = Look(language="de").said("x\n" + words)
    assert told.endswith(r"\textbf{Gegenbeispiel.} Für $x = 2$, $y = 1$: links $1$, rechts $\left(3\right)$ im Eintrag 1.")


def test_letters_of_every_script_stand_on_a_page_and_in_tex_where_it_has_them(sheet):
    more = '''return 1 + 1, 2

    @sd.identity("ค่า")
    def words():
        """ค่าเฉลี่ย \\u202e"""
        return sd.steps([("1 + 1", ""), ("= 2", "ตัดกัน")])'''
    (sheet / "first.py").write_text(dedent(SHEET.replace("return 1 + 1, 2", more)), encoding="utf-8")
    tex, page = written(sheet, Look(language="th"))
    assert "ค่าเฉลี่ย [U+202E]" in page and "ตัดกัน" in page and "[U+0E" not in re.sub(r'data-latex="[^"]*"', "", page)
    assert "ตัดกัน" in tex and "ตัดกัน" not in written(sheet, Look())[0]


def test_a_colon_behind_a_persons_words_is_set_as_the_language_sets_it():
    look = Look(language="fr")
    assert look.said("<p>La moyenne est: <math>1</math></p>") == "<p>La moyenne est : <math>1</math></p>"
    assert look.said("x\nLa moyenne est: $1$\n") == "x\nLa moyenne est : $1$\n" and look.mark(":") == " :"


def test_in_two_columns_the_status_of_an_item_stands_before_its_words(sheet):
    assert r"\sffamily[#1]" in preamble(Look(columns=2)) and r"\sffamily[#1]" not in preamble(Look())
    assert r"\renewcommand{\status}[1]{}" in preamble(for_readers(Look(columns=2), "students"))


def test_a_persons_class_has_two_columns_too():
    assert preamble(Look(documentclass=r"\documentclass[11pt]{scrartcl}", columns=2)).startswith(
        r"\documentclass[11pt,twocolumn]{scrartcl}")
    assert preamble(Look(documentclass=r"\documentclass{report}", columns=2)).startswith(
        r"\documentclass[twocolumn]{report}")


@pytest.mark.parametrize(("language", "one", "two"), [("fr", "1 prouvé", "2 prouvés"), ("es", "1 refutado", "2 refutados"),
                                                      ("de", "1 bewiesen", "2 bewiesen"), ("en", "1 proved", "2 proved")])
def test_what_is_counted_agrees_in_number(language, one, two):
    word = "refuted" if language == "es" else "proved"
    assert [Look(language=language).counted(number, word) for number in (1, 2)] == [one, two]


def test_reasons_and_the_working_of_rows_are_told_in_the_language():
    told = Look(language="de").said("\\chainline{a}{= b}{derivative of tanh, sum rule}\n"
                                    "\\item \\texttt{A}: height and width $3 = 3$; parameters $2$.")
    assert "{Ableitung von tanh, Summenregel}" in told and "A}: Höhe und Breite $3 = 3$; Parameter $2$." in told


@pytest.mark.parametrize(("written", "told"), [
    (r"\paragraph{Base, $t = 1$ for $h$.}", r"\paragraph{Induktionsanfang, $t = 1$ für $h$.}"),
    ("<p><strong>From </strong><math>a</math><strong> to </strong><math>b</math><strong>, the gradients at </strong>"
     "<math>c</math><strong> being given.</strong>  Let <math>L</math> be a function of <math>h</math> with <math>g</math>."
     "</p>",
     "<p><strong>Von </strong><math>a</math><strong> nach </strong><math>b</math><strong>, wobei die Gradienten bei "
     "</strong><math>c</math><strong> gegeben sind.</strong>  Es sei <math>L</math> eine Funktion von <math>h</math> mit "
     "<math>g</math>.</p>"),
    (r"\heading{\status{widerlegt}Misprint: solution 3}", r"\heading{\status{widerlegt}Druckfehler: solution 3}"),
    ("Here $w$ and $x$ are independent, $p \\neq 0$. The right side:",
     "Hier gilt: $w$ und $x$ sind unabhängig, $p \\neq 0$. Die rechte Seite:"),
    ("Part 2, through $v_2$:", "Teil 2, über $v_2$:"),
    ("Here $w$ and $x$ are small.", "Here $w$ and $x$ are small."),
], ids=["base", "step", "misprint", "supposed", "part", "of_a_person"])
def test_headings_and_what_is_supposed_are_told_in_the_language(written, told):
    assert Look(language="de").said(f"x\n{written}\ny") == f"x\n{told}\ny"


def test_where_no_tex_has_the_letters_the_pdf_has_english_words_and_says_so(sheet, tmp_path, monkeypatch):
    def without_letters(source):
        if "fontspec" in source:
            raise OutputError(r"TeX could not typeset the document: Font \TU/lmr/m/n/10 not loadable", hint="look")
        return b"%PDF", ""

    monkeypatch.setattr("symderiv.suite.book.typeset", without_letters)
    book = write_book(results_of(sheet), tmp_path / "out", Look(language="th"))
    assert book.message == ("the fixed words of book.pdf are English, those of book.tex are not: they need LuaTeX and a "
                            "font with their letters\n  on Debian: apt-get install texlive-luatex fonts-thai-tlwg")
    assert (tmp_path / "out" / "book.pdf").read_bytes() == b"%PDF"


def test_what_tex_cannot_set_is_a_fault_and_an_older_pdf_stays(sheet, tmp_path, monkeypatch):
    def failing(source):
        raise OutputError("TeX could not typeset the document")

    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "book.pdf").write_bytes(b"%PDF")
    monkeypatch.setattr("symderiv.suite.book.typeset", failing)
    book = write_book(results_of(sheet), tmp_path / "out")
    assert "could not typeset" in book.faults[0] and "earlier run" in book.message
    assert [file.name for file in book.files] == ["book.tex", "index.html"]


def test_students_see_questions_with_points_and_no_answers(sheet):
    tex, page = written(sheet, for_readers(Look(), "students"))
    for text in (tex, page):
        assert "Which gradient has the sum of squares?" in text and "Question 1.1 (3 points)" in text
        assert "The gradient of a square" not in text and "2 z" not in text and "2z" not in text
    assert "(1.5 points)" in written(sheet, for_readers(Look(), "key"))[0]
    with pytest.raises(DeclarationError):
        for_readers(Look(), "nobody")


def test_students_get_the_data_and_not_what_belongs_to_the_answer(sheet):
    (sheet / "first.py").write_text((sheet / "first.py").read_text() + dedent('''
        @sd.derivation("A sum", question="1.3")
        def total(numbers=(3, 5)):
            """What is the sum of x, as in :ref:`square`?

            Three and five make eight.
            """
            return [sd.data({"x": list(numbers)}), ("It is", sum(numbers), sd.worked(3) + 5)]
    '''))
    every = results_of(sheet)
    tex, page = written_out(chosen(every, "1.3"), for_readers(Look(), "students"), unknown := [], every)
    assert "What is the sum of x" in tex and r"= \begin{pmatrix} 3 & 5" in tex and not unknown
    assert "as in The gradient of a square" in tex
    assert "as in The gradient of a square" in page
    assert "Three and five" not in tex + page
    assert "What is one" not in written_out(every, replace(for_readers(Look(), "students"), key_only="first"), [])[0]


def test_answers_at_the_end_stand_behind_all_questions(sheet):
    sections = arranged(chapters(results_of(sheet)), Look(answers="end"))
    assert [section.number for section in sections] == ["1", "2"] and sections[1].title == "Answers: First sheet"
    names = [part.name for section in sections for part in section.parts]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("only", "found"), [
    ("1", ["square", "moved"]), ("1.2", ["moved"]), ("square", ["square"]), ("first", ["square", "moved"])])
def test_a_part_is_chosen_by_its_question_its_name_or_its_file(sheet, only, found):
    assert [result.name for result in chosen(results_of(sheet), only)] == found
    with pytest.raises(DeclarationError):
        chosen(results_of(sheet), "1.3")


def test_a_reference_survives_that_its_item_moves_to_another_file(sheet, tmp_path):
    book = write_book(results_of(sheet), tmp_path / "out", pdf=False)
    assert not book.message  # :ref:`other.moved` finds the one item of this name
    assert r"\itemref{first.moved}" in (tmp_path / "out" / "book.tex").read_text()
    assert 'href="#first.moved">1.2</a>' in (tmp_path / "out" / "index.html").read_text()
    every, unknown = results_of(sheet), []
    assert r"\itemref{first.moved}" in written_out(every, Look(answers="end"), unknown)[0]
    square = next(result for result in every if result.name == "square")
    assert r"\itemref{first.moved}" not in written_out([square], Look(), unknown, every)[0]
    assert not unknown


def test_watching_runs_only_the_items_whose_text_has_changed(sheet, monkeypatch):
    monkeypatch.setattr(watching, "SOON", 60.0)
    watch = Watch(sheet, Look)
    assert watch.refresh() == 2 and "What is one and one?" in watch.page()
    assert watch.refresh() is None
    (sheet / "first.py").write_text(dedent(SHEET).replace("What is one and one?", "How much is it?"))
    assert watch.refresh() == 1 and "How much is it?" in watch.page() and watch.version == 3
    (sheet / "first.py").write_text(dedent(SHEET).replace('"z", m', '"x", m'))
    assert watch.refresh() == 2
    (sheet / "book.toml").write_text('title = "Another"')
    assert watch.refresh() == 0 and "connect-src 'self'" in watch.page()


def test_what_takes_long_is_shown_as_it_is_asked_and_as_it_is_derived_before_it_is_checked(sheet, monkeypatch):
    watch, pages = Watch(sheet, Look), []
    assert watch.refresh() == 2 and Watch(sheet, Look).refresh() == 0  # what an earlier watch worked out is kept
    monkeypatch.setattr(watching, "SOON", 0.0)
    monkeypatch.setattr(watch, "_write", lambda: (Watch._write(watch), pages.append(watch.html)))
    (sheet / "first.py").write_text(dedent(SHEET).replace("What is one and one?", "How much is it?"))
    assert watch.refresh() == 1
    asked, *derived, settled = pages
    assert "How much is it?" in asked and '<div class="before">' in asked
    assert all('badge being">being checked<' in page for page in pages[:-1]) and "being checked" not in settled
    assert derived and all("How much is it?" in page and '<div class="before">' not in page for page in (*derived, settled))


def test_what_is_not_checked_yet_says_nothing_of_how_sure_it_is(monkeypatch):
    x = sd.tensor("x", sd.dims("n"))
    monkeypatch.setattr(Derivation, "certificate", lambda self: pytest.fail("it was certified"))
    given = lambda: [sd.derive(x @ x, x), ("a sum", x + x, 2 * x), sd.misprint("line 1", 2, 3)]  # noqa: E731
    shown = unjudged(Item("one", "One", "", 0, function=given))
    assert "2" in shown.html and "badge" not in shown.html and "How it was checked" not in shown.html
    assert unjudged(Item("none", "None", "", 0, function=lambda: object())) is None


def test_the_text_around_items_is_told_from_theirs():
    around, own, lines = item_sources(dedent(SHEET))
    assert list(own) == ["square", "moved"] and "sd.dims" in around and "derive" not in around
    assert item_sources("def broken(") == ("def broken(", {}, {})
    assert [dedent(SHEET).splitlines()[lines[name] - 1][0] for name in own] == ["@", "@"]


def test_reasons_are_in_the_language_with_their_mathematics():
    look = Look(language="de")
    for source in (r"\chainline{a}{b}{the sum over $k$ only keeps $k=i$, multiplied out}",
                   '<div class="why">the sum over <math>k</math> only keeps <math>k=i</math>, multiplied out</div>'):
        told = look.said(source)
        assert "von der Summe" in told and "ausmultipliziert" in told and "k=i" in told and "keeps" not in told
    assert look.said("Let $L$ be a function of $u$ with $x = G$.") == "Es sei $L$ eine Funktion von $u$ mit $x = G$."
    for line in ("Given is $a +\nb$ and $c$.", "The method, for", "<p>The method, for</p>", r"Costs \$5 and $x$."):
        assert look.said(line) == line
    assert look.said("She said that a constant factor stays.") == "She said that a constant factor stays."


def test_watching_needs_a_free_port_and_writes_no_files(tmp_path, capsys):
    with socket.socket() as taken, pytest.raises(OutputError, match="in use"):
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        serve_watch(Watch(tmp_path, Look), taken.getsockname()[1])
    with pytest.raises(OutputError, match="0-65535"):
        serve_watch(Watch(tmp_path, Look), 99_999)
    with pytest.raises(SystemExit):
        main(["book", str(tmp_path), "--watch", "-o", str(tmp_path)])
    assert "-o has no sense" in capsys.readouterr().err


def test_a_row_of_sums_that_is_too_wide_stands_upright():
    sums = [sd.worked([1, 2, 3]) @ sd.worked([k, 0, 1]) for k in range(6)]
    assert compare_values([value_of(each) for each in sums], sums).latex().count(r"\\") == 5
    assert compare_values([value_of(each) for each in sums], sums).latex().endswith(r"\end{pmatrix}^\top")


def test_files_that_were_not_written_are_not_read_again(sheet, monkeypatch):
    watch = Watch(sheet, Look)
    assert watch.refresh() == 2
    monkeypatch.setattr(watching, "files_of", lambda path: pytest.fail("the files were read"))
    assert watch.refresh() is None


def test_formulas_that_were_converted_are_known_to_later_runs(sheet, monkeypatch):
    monkeypatch.setattr(mathml, "_LEARNT", {})
    results_of(sheet)
    known = dict(mathml._LEARNT)
    assert known and all(told.startswith("<math") for told in known.values())
    monkeypatch.setattr(mathml, "_LEARNT", {})
    cache.learn_formulas()
    assert known == mathml._LEARNT
