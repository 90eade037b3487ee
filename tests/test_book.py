"""The book: what is unchanged is not run again, references are numbers, nothing runs over the margin."""

import os
import re
from itertools import pairwise
from textwrap import dedent

import pytest

from symderiv.cli import main
from symderiv.errors import OutputError
from symderiv.render import files, pdf
from symderiv.render.document import document
from symderiv.render.look import Look
from symderiv.render.sections import Section
from symderiv.suite import cache
from symderiv.suite.book import results_of, write_book
from symderiv.suite.outcomes import Result

FIRST = '''
    """First chapter.

    It begins.
    """
    import symderiv as sd
    from helper import factor
    m = sd.dims("m")
    z = sd.tensor("z", m)

    @sd.derivation("The gradient of a square", question="7.1")
    def square():
        """Which one is it?  See :ref:`second.other`, :ref:`again` and :ref:`missing`."""
        return sd.derive(sd.sum(z ** 2), z)

    @sd.identity("Twice")
    def again():
        return factor * z, z + z
'''
SECOND = '''
    """Second chapter."""
    import symderiv as sd

    @sd.identity("One is one")
    def other():
        return 1, 1
'''
# Formulas and reasons as wide as a person would not write them.
LONG = "+".join(rf"\operatorname{{softmax}}\left(W_{{{k}}} x + b\right)_{{i_{k}}}" for k in range(14))
DEEP = rf"\left({LONG}\right)^{{\top}} x"
UNBREAKABLE = r"\frac{" + LONG + "}{" + LONG + "}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    sources = tmp_path / "derivations"
    sources.mkdir()
    for name, text in (("first.py", FIRST), ("second.py", SECOND), ("helper.py", "factor = 2\n")):
        (sources / name).write_text(dedent(text))
    return sources


def built(folder, **options):
    ran: list[Result] = []
    results = results_of(folder, told=lambda done, found, result: ran.append(result.name), **options)
    return results, sorted(ran)


def test_only_what_has_changed_is_run_again(folder):
    first, ran = built(folder)
    assert ran == ["again", "other", "square"] and all(r.ok for r in first)
    again, ran = built(folder)
    assert ran == [] and again == first
    assert built(folder, fresh=True)[1] == ["again", "other", "square"]
    (folder / "second.py").write_text(dedent(SECOND).replace("One is one", "1 = 1"))
    results, ran = built(folder)
    assert ran == ["other"] and results[-1].title == "1 = 1"


def test_check_runs_only_what_has_changed_and_says_so(folder, capsys):
    assert main(["check", str(folder), "-n", "1"]) == 0 and "kept" not in capsys.readouterr().out
    assert main(["check", str(folder), "-n", "1"]) == 0 and "3 of them unchanged and kept" in capsys.readouterr().out
    assert main(["check", str(folder), "-n", "1", "--fresh"]) == 0 and "kept" not in capsys.readouterr().out
    (folder / "second.py").write_text(dedent(SECOND).replace("return 1, 1", "return 1, 2"))
    assert main(["check", str(folder), "-n", "1"]) == 1 and "2 of them unchanged" in capsys.readouterr().out


def test_a_change_in_an_imported_module_a_data_file_or_the_engine_counts(folder, monkeypatch):
    file = folder / "first.py"
    keys = [cache.items_known(file)["square"].key]
    (folder / "helper.py").write_text("factor = 1 + 1\n")
    keys.append(cache.items_known(file)["square"].key)
    (folder / "numbers.csv").write_text("1, 2\n")
    keys.append(cache.items_known(file)["square"].key)
    monkeypatch.setattr(cache, "engine_digest", lambda: "another")
    keys.append(cache.items_known(file)["square"].key)
    assert len(set(keys)) == 4


def test_the_engine_is_every_room_and_its_data():
    """The digest had covered the room alone that computes it, so that results outlived the code that made them."""
    found = {str(path.relative_to(files.ROOT)) for path in files.sources()}
    assert {"__init__.py", "checker.py", "calculus/canonical.py", "render/document.py", "render/assets/page.css"} <= found
    assert any(name.startswith("render/languages/") for name in found)


def test_what_failed_is_run_again(folder):
    (folder / "second.py").write_text(dedent(SECOND).replace("return 1, 1", "return 1, 2"))
    assert built(folder)[1] == ["again", "other", "square"]
    results, ran = built(folder)
    assert ran == ["other"] and not results[-1].ok


def test_an_item_is_run_again_for_itself_for_what_it_names_and_for_what_stands_around(folder):
    text = """
        import symderiv as sd
        n = sd.dims("n")
        x = sd.tensor("x", n)

        @sd.identity("one")
        def one():
            return x + x, 2 * x

        @sd.identity("two")
        def two():
            return one()

        @sd.identity("wrong")
        def wrong():
            return x, 2 * x
        """
    for path in folder.iterdir():
        path.unlink()
    every = ["one", "two", "wrong"]
    for old, new, wanted in (("", "", every), ("", "", ["wrong"]), ("two():", "two():\n    # so", ["two", "wrong"]),
                             ("one():", "one():\n    # so", every), ("n = sd", "\nn = sd", every),
                             ("wrong():", "wrong():\n    # so", ["wrong"])):
        text = dedent(text).replace(old, new, 1)
        (folder / "only.py").write_text(text)
        results, ran = built(folder)
        assert ran == wanted and [r.name for r in results] == every and not results[-1].ok
        assert [text.splitlines()[r.line - 1] for r in results] == [f'@sd.identity("{name}")' for name in every]


def test_a_spoilt_cache_is_not_believed(folder):
    expected, _ = built(folder)
    for path in (cache.folder()).glob("*.json"):
        path.write_text('[{"name": "forged"}]')
    results, ran = built(folder)
    assert ran == ["again", "other", "square"] and [r.parts for r in results] == [r.parts for r in expected]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_an_entry_of_the_cache_is_believed_as_it_was_written_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    one, other = ([Result("f", f"title {k}", "f.py", 1, "proved", "proved", True, 0.1)] for k in (1, 2))
    known = {"f": cache.ItemKey("key", 1)}
    cache.store("one", known, one)
    (path,) = cache.folder().iterdir()
    cache.store("other", known, other)
    text = path.read_text()
    assert cache.load("one", known) == {"f": one[0]}
    assert not cache.load("one", {"f": cache.ItemKey("another", 1)})
    other_text = next(each for each in cache.folder().iterdir() if each != path).read_text()
    for spoilt in (text.replace("title 1", "title 2"), text[:-9], "", "[]", "{}", other_text):
        path.write_text(spoilt)
        assert not cache.load("one", known)
    for put in (os.mkfifo, lambda place: os.symlink("/dev/zero", place)):
        path.unlink()
        put(path)
        assert not cache.load("one", known)


def test_without_a_place_for_the_cache_the_book_is_made_all_the_same(folder, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert all(r.ok for r in built(folder)[0])


def test_references_become_numbers_and_unknown_ones_are_told(folder, tmp_path):
    book = write_book(built(folder)[0], tmp_path / "out", pdf=False)
    page = (tmp_path / "out" / "index.html").read_text()
    assert '<a class="ref" href="#second.other">2.1</a>' in page and '<a class="ref" href="#first.again">1.2</a>' in page
    assert "<code>first.missing</code>" in page and ":ref:`first.missing`" in book.message
    source = (tmp_path / "out" / "book.tex").read_text()
    assert r"\itemref{second.other}" in source and r"\label{item:second.other}" in source
    assert r"\itemref{first.missing}" not in source
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert all(target in ids for target in re.findall(r'href="#([^"]+)"', page))


def test_the_page_has_what_a_reader_operates(folder, tmp_path):
    write_book(built(folder)[0], tmp_path, pdf=False)
    page = (tmp_path / "index.html").read_text()
    for part in ('type="search"', 'name="grain"', "Copy LaTeX", "Copy Python", "<svg", 'data-grain="steps"',
                 'data-grain="rewrites"', "prefers-color-scheme: dark", "@media print", 'lang="en"', "Question 7.1",
                 "It begins.", '<a class="asked" href="#first.square">7.1</a>'):
        assert part in page
    assert "http" not in page.replace("http-equiv", "")
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1 and all(b - a <= 1 for a, b in pairwise(levels))


@pytest.mark.skipif(pdf.tex_engine() is None, reason="no TeX engine is installed")
def test_tex_runs_only_where_the_source_has_changed(folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    results = built(folder)[0]
    assert [path.name for path in write_book(results, out).files] == ["book.tex", "index.html", "book.pdf"]
    times = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    monkeypatch.setattr("symderiv.suite.book.typeset", lambda source: pytest.fail("TeX was run"))
    assert [path.name for path in write_book(results, out).files] == ["book.tex", "index.html", "book.pdf"]
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == times
    with pytest.raises(pytest.fail.Exception):
        write_book(results, out, look=Look("Another"))


@pytest.mark.skipif(pdf.tex_engine() is None, reason="no TeX engine is installed")
def test_more_pages_than_were_asked_for_are_a_fault_in_every_run(folder, tmp_path):
    results = built(folder)[0]
    for _ in range(2):
        book = write_book(results, tmp_path, look=Look(pages=1, preamble=r"\AtBeginDocument{\mbox{}\newpage}"))
        assert [path.name for path in book.files] == ["book.tex", "index.html", "book.pdf"]
        assert len(book.faults) == 1 and "at most 1" in book.faults[0]
    assert not write_book(results, tmp_path, look=Look()).faults


def test_the_log_of_tex_tells_pages_and_lines_that_are_too_wide():
    log = "Overfull \\hbox (3pt too wide)\nOverfull \\vbox\nOutput written on document.pdf (81 pages, 3 bytes).\n"
    assert pdf.faults_in(log, 80) == ["lines wider than the page: 1", "it has 81 pages; at most 80 were asked for"]
    assert pdf.faults_in(log.replace("hbox", "vbox"), 81) == pdf.faults_in("", 80) == []


def test_an_old_book_stays_where_the_new_one_cannot_be_written(folder, tmp_path, monkeypatch):
    results = built(folder)[0]
    write_book(results, tmp_path / "out", pdf=False)
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    full = OSError(28, "No space left on device")

    def refuse(*_):
        raise full

    monkeypatch.setattr("symderiv.render.files._fill", refuse)
    with pytest.raises(OutputError, match=r"No space left[^$]*make room"):
        write_book(results, tmp_path / "out", look=Look("Another"), pdf=False)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.skipif(pdf.tex_engine() is None, reason="no TeX engine is installed")
@pytest.mark.parametrize("body", [
    rf"\begin{{equation*}}y = {LONG} = z\end{{equation*}}", rf"\begin{{equation*}}y = {DEEP}\end{{equation*}}",
    rf"\begin{{equation*}}{UNBREAKABLE}\end{{equation*}}",
    rf"\begin{{align*}} \frac{{\partial L}}{{\partial W_{{ij}}}} &= {LONG} && \text{{a reason}} \\ &= {DEEP} && "
    r"\text{a reason that goes on and on until there is no room left for any of the formula} \\ &= " + UNBREAKABLE
    + r" && \text{so} \end{align*}",
    rf"\begin{{align*}} {LONG} &= a && \text{{left}} \\ b &= c \end{{align*}}",
    rf"\begin{{gather*}} {LONG} \end{{gather*}}",
    r"\begin{tabular}{llllllll}" + "aaaaaaaaaaaaaaaaaaaa & " * 7 + r"b \end{tabular}",
], ids=["sum", "bracket", "fraction", "proof", "left side", "gather", "table"])
def test_nothing_is_wider_than_the_page(body):
    _, log = pdf.typeset(document("t", (Section("s", body=body),)))
    assert "Overfull" not in log
