"""The command line: what it prints, what it writes, and its exit statuses."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from textwrap import dedent

import pytest

from symderiv.cli import main
from symderiv.render.pdf import tex_engine
from tests.test_suite import ROOT, SOFTMAX, WRONG

GIVEN = ["--given", "W: m n; x: n; y: label m"]
LOSS = ["derive", "cross_entropy(W*x, y)", *GIVEN]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "derivations").mkdir()
    (tmp_path / "derivations" / "softmax.py").write_text(dedent(SOFTMAX), encoding="utf-8")
    return tmp_path


@pytest.fixture
def wrong(folder):
    (folder / "derivations" / "wrong.py").write_text(dedent(WRONG), encoding="utf-8")
    return folder


def test_derive_prints_the_closed_form(capsys):
    assert main([*LOSS, "--wrt", "W"]) == 0
    out = capsys.readouterr().out
    assert "(softmax(W*x) - e_y)*x.T" in out and "proved" in out and "(m, n)" in out


def test_derive_shows_a_proof_of_the_grain_asked_for(capsys):
    sizes = []
    for grain in ("answer", "steps", "rewrites"):
        assert main([*LOSS, "--wrt", "x", "--proof", "--grain", grain]) == 0
        sizes.append(len(capsys.readouterr().out.splitlines()))
    assert sizes[0] < sizes[1] < sizes[2]


def test_solve_prints_where_the_gradient_is_zero(capsys):
    loss = ["solve", "norm(X*w - y)^2", "--given", "X: N d; w: d; y: N", "--for", "w"]
    assert main([*loss, "--proof"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("w = inv(X.T*X)*X.T*y") and "det(X.T*X)" in out and "Derivative with respect to" in out
    assert main([*loss, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == "inv(X.T*X)*X.T*y"


def test_prove_decides_an_equation_with_its_declarations(capsys):
    square = ["--given", "A: n n; B: n n"]
    assert main(["prove", "tr(A*B) = tr(B*A)", *square]) == 0
    out = capsys.readouterr().out
    assert out.startswith("proved: tr(A*B) = tr(B*A)") and "by definition" in out
    assert main(["prove", r"\sum_{i=1}^n x_i^2 = \|x\|^2", "--given", "x: n", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "proved"
    assert main(["prove", "det(A + B) = det(A) + det(B)", *square, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["status"] == "refuted" and found["counterexample"] and found["proof"] is None
    assert main(["prove", "A''*B = A*B", *square]) == 0
    assert capsys.readouterr().out.startswith("proved: A''*B = A*B\n  read as: A*B = A*B\n")
    assert main(["prove", "A = B = A", *square]) == 2
    assert "an equation LEFT = RIGHT is needed" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "hint"), [
    (["derive", "x", "--wrt", "x", "--grph", "a.svg"], "--graph"), (["prove", "x = y", "--wrt", "x"], "symderiv prove"),
    (["prov", "x"], "prove;")])
def test_what_a_command_does_not_know_is_answered_by_what_that_command_knows(words, hint, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(words)
    tried = capsys.readouterr().err.partition("try:")[2]
    assert hint in tried and ("--wrt" not in tried or "derive" in tried)


def test_derive_as_json(capsys):
    assert main([*LOSS, "--wrt", "W, x", "--json", "--check"]) == 0
    by_w, by_x = json.loads(capsys.readouterr().out)
    assert by_w["closed"] == "(softmax(W*x) - e_y)*x.T" and by_w["shape"] == ["m", "n"] and by_w["status"] == "proved"
    assert by_x["wrt"] == "x" and by_x["check"]["ok"] is True and by_x["check"]["max_error"] < 1e-6


def test_derive_writes_latex_and_html(tmp_path, capsys):
    tex, html = tmp_path / "a.tex", tmp_path / "a.html"
    assert main([*LOSS, "--wrt", "W", "--tex", str(tex), "--html", str(html)]) == 0
    assert tex.read_text().startswith(r"\documentclass") and tex.read_text().isascii()
    assert html.read_text().startswith("<!DOCTYPE html>") and '<code class="tex">' not in html.read_text()


@pytest.mark.skipif(tex_engine() is None, reason="no TeX engine is installed")
def test_derive_writes_pdf(tmp_path):
    assert main([*LOSS, "--wrt", "W", "--pdf", str(tmp_path / "a.pdf")]) == 0
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("arguments", [
    ["derive", "cross_entropy(W*q, y)", *GIVEN, "--wrt", "W"],
    ["derive", "W*W", *GIVEN, "--wrt", "W"],
    ["derive", "frobnicate(x)", *GIVEN, "--wrt", "x"],
    ["derive", "sum(x", *GIVEN, "--wrt", "x"],
    [*LOSS, "--wrt", "q"],
    [*LOSS, "--wrt", "W", "--tex", "missing/folder/a.tex"],
    ["check", "missing"],
    ["prove", "nothing_of_that_name", "derivations"],
])
def test_bad_input_is_told_on_stderr_with_a_way_out(folder, capsys, arguments):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert "symderiv: " in captured.err and captured.out == "" and "Traceback" not in captured.err


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["derive"], ["check", "-n", "0"], ["book"], ["count", ""],
                                       ["derive", "x", "--given", "x: n", "--wrt", "x", "--tex", " "]])
def test_bad_usage_exits_with_2(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "--help" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["derive", "solve", "list", "prove", "check", "book"])
def test_every_command_has_help_with_examples(capsys, command):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert f"symderiv {command}" in capsys.readouterr().out.split("examples:")[1]


def test_list_names_every_item(folder, capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert "weight_gradient" in out and "tanh z = 2σ(2z) - 1" in out and "noise" not in out
    assert main(["list", "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == [
        "weight_gradient", "tanh_by_sigmoid", "both", "falsehood"]


def test_prove_shows_the_proof_of_an_item(folder, capsys):
    for name in ("weight_gradient", "softmax.weight_gradient"):
        assert main(["prove", name]) == 0
        assert "softmax(W*x)" in capsys.readouterr().out
    assert main(["prove", "tanh z = 2σ(2z) - 1", "--html", "proof.html", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["status"] == "proved" and len(data["proofs"]) == 1
    assert (folder / "proof.html").exists()


def test_check_says_ok(folder, capsys):
    assert main(["check"]) == 0
    out = capsys.readouterr().out
    assert "4 items: 3 proved, 1 refuted in" in out and "failed" not in out


def test_check_fails_where_one_fails_and_the_others_still_run(wrong, capsys):
    assert main(["check", "-n", "2"]) == 1
    out = capsys.readouterr().out
    assert "3 failed" in out and "on purpose" in out and "3 proved" in out
    assert main(["check", "--json", "-n", "1"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False and report["counts"]["proved"] == 3
    assert [item["ok"] for item in report["items"]] == [True] * 4 + [False] * 3


def test_check_sums_up_what_each_file_has(wrong, capsys):
    assert main(["check"]) == 1
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["proved", "supported", "conditional", "undecided", "refuted", "error", "time"] in rows
    files = ("derivations/softmax.py", "derivations/wrong.py", "all")
    counts = {row[0]: row[1:7] for row in rows if row and row[0] in files and len(row) > 6}
    assert counts == {"derivations/softmax.py": ["3", ".", ".", ".", "1", "."],
                      "derivations/wrong.py": [".", ".", ".", ".", "1", "2"], "all": ["3", ".", ".", ".", "2", "2"]}


def test_an_item_that_never_ends_does_not_hold_up_the_book(folder, capsys):
    (folder / "derivations" / "endless.py").write_text(
        'import symderiv as sd\n@sd.identity("endless")\ndef f():\n    while True: pass\n')
    assert main(["book", "-o", "build", "--no-pdf", "--seconds", "1"]) == 1
    assert "did not finish within 1 seconds" in capsys.readouterr().out
    page = (folder / "build" / "index.html").read_text(encoding="utf-8")
    assert "did not finish within 1 seconds" in page and "tanh z = 2" in page
    with pytest.raises(SystemExit):
        main(["check", "--seconds", "0"])


def test_a_target_that_cannot_be_written_is_refused_before_anything_is_run(folder, capsys, monkeypatch):
    monkeypatch.setattr("symderiv.suite.book.run_files", lambda *_: pytest.fail("something was run"))
    (folder / "file").write_text("x")
    assert main(["book", "-o", "file/build"]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_derive_draws_the_computation_graph(folder, capsys):
    assert main([*LOSS, "--wrt", "W,x", "--graph", "graph.svg"]) == 0
    picture = (folder / "graph.svg").read_text(encoding="utf-8")
    assert picture.count("backward-size") >= 5 and "z (m) is computed from W (m by n), x (n)." in picture
    assert main([*LOSS, "--wrt", "W", "--graph", "graph.jpeg"]) == 2


def test_book_writes_latex_html_and_pdf(folder, capsys):
    assert main(["book", "-o", "build", "--title", "Exercises & more"]) == 0
    written = {path.name for path in (folder / "build").iterdir()}
    assert written == {"book.tex", "index.html"} | ({"book.pdf"} if tex_engine() else set())
    page = (folder / "build" / "index.html").read_text(encoding="utf-8")
    assert "Exercises &amp; more" in page and "What is the gradient by" in page and '<code class="tex">' not in page
    assert "\n\\contents\n" in (folder / "build" / "book.tex").read_text()


def test_book_without_tex_says_what_is_missing(folder, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    assert main(["book", "-o", "build"]) == 0
    assert "texlive" in capsys.readouterr().err
    assert {path.name for path in (folder / "build").iterdir()} == {"book.tex", "index.html"}


def test_book_shows_what_failed_and_exits_with_1(wrong, capsys):
    assert main(["book", "-o", "build", "--no-pdf"]) == 1
    assert "on purpose" in (wrong / "build" / "index.html").read_text(encoding="utf-8")


def test_an_old_book_survives_a_failure(folder, capsys):
    (folder / "build").mkdir()
    (folder / "build" / "book.tex").write_text("old")
    (folder / "build" / "index.html").mkdir()
    (folder / "build" / "index.html" / "in the way").write_text("x")
    status = main(["book", "-o", "build/book.tex", "--no-pdf"])
    assert status == 2 and (folder / "build" / "book.tex").read_text() == "old"


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def test_the_command_runs_as_a_module_and_survives_a_terminal_without_unicode(folder):
    command = [sys.executable, "-m", "symderiv"]
    done = subprocess.run([*command, "list"], capture_output=True, env=environment(PYTHONIOENCODING="ascii"))
    assert done.returncode == 0 and b"\\u03c3" in done.stdout
    done = subprocess.run([*command, "--version"], capture_output=True, env=environment())
    assert done.stdout.startswith(b"symderiv ")


def test_a_closed_pipe_is_not_a_crash(folder):
    done = subprocess.run(f"{sys.executable} -m symderiv list --json | head -c 1", shell=True, capture_output=True,
                          env=environment())
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk to write to")
@pytest.mark.parametrize("arguments", [
    ["--help"], ["--version"], ["list"], ["list", "--json"], [*LOSS, "--wrt", "W"], [*LOSS, "--wrt", "W", "--json"],
    ["prove", "both", "--json"], ["verify", "a.tex"], ["verify", "a.tex", "--json"], ["count", "net.txt"],
    ["check", "derivations", "--json"],
])
def test_output_that_finds_no_room_is_a_sentence_and_exit_status_2(folder, arguments, monkeypatch, capfd):
    (folder / "a.tex").write_text("x^T x = x^T x")
    (folder / "net.txt").write_text("input = 3, 32, 32\nConv2d(4, 3)\n")
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with contextlib.suppress(SystemExit):
            assert main(arguments) == 2
    said = capfd.readouterr().err
    assert "No space left" in said and "try:" in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk to write to")
@pytest.mark.parametrize("redirected", ["> /dev/full", ">&-"])
@pytest.mark.parametrize("arguments", [["--version"], [*LOSS, "--wrt", "W"]])
def test_so_does_the_process(folder, arguments, redirected):
    command = f'{sys.executable} -m symderiv "$@" {redirected}'
    done = subprocess.run(["sh", "-c", command, "sh", *arguments], capture_output=True, text=True, env=environment())
    assert done.returncode == 2 and done.stderr.count("Traceback") == 0, done.stderr
    assert re.search("No space left|is closed", done.stderr) and "try:" in done.stderr


@pytest.mark.parametrize("arguments", [
    ["-sum(log(b-A*x))", "--given", "A: m n; x: n; b: m", "--wrt", "x"], ["--wrt", "x", "-x'*x", "--given", "x: n"],
    ["--given", "x: n", "--wrt=x", "-n*sum(x)"], ["--given", "h: n", "--wrt", "h", "-h'*h"],
    ["--given", "x: n", "--wrt", "x", "--", "-x'*x"], ["--given", "o: n", "--wrt", "o", "-o'*o"],
    ["--given", "x: n", "--wrt", "x", "-(-x)'*x"], ["--given", "x: n", "--wrt", "x", r"-\frac{1}{2} x^\top x"],
    ["--given", "x: n", "--wrt", "x", "-2*sum(x)"], ["--given", "x: n", "--wrt", "x", "-.5*sum(x)"],
])
def test_a_leading_minus_is_an_expression(capsys, arguments):
    assert main(["derive", *arguments]) == 0
    assert "proved" in capsys.readouterr().out


def test_a_leading_minus_is_a_name_and_a_file_too(folder, capsys):
    assert main(["prove", "-x", "derivations"]) == 2
    assert "no item is named -x" in capsys.readouterr().err
    (folder / "-a.tex").write_text("x^T x = x^T x")
    (folder / "-net.txt").write_text("input = 3, 32, 32\nConv2d(4, 3)\n")
    assert main(["verify", "-a.tex", "--given", "x: n"]) == 0
    assert main(["count", "-net.txt"]) == 0


@pytest.mark.parametrize(("arguments", "hint"), [
    ([*LOSS, "--wrt", "W", "--profo"], "--proof"), ([*LOSS, "--wrt", "W", "--jsn"], "--json"), (["derve"], "derive"),
    (["check", "--secnds", "3"], "--seconds"), ([*LOSS, "--wrt", "W", "--htlm=a.html"], "--html"),
])
def test_an_unknown_option_or_command_suggests_a_near_one(capsys, arguments, hint):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2 and hint in capsys.readouterr().err.split("try:")[1]


def test_what_cannot_be_seen_is_shown_on_a_terminal_and_in_json(folder, capsys):
    bad = "\x1b]0;owned\x07\u202e\u2066\x9b\x7f"
    (folder / f"{bad}.tex").write_text(f"x^T x = x^T x {bad}\n\nLet {bad} be.\n")
    (folder / "derivations" / "a.py").write_text(f'import symderiv as sd\n@sd.identity("a {bad} title")\ndef f():\n'
                                                 f'    raise ValueError({bad!r})\n')
    for arguments in (["verify", f"{bad}.tex", "--given", "x: n"], ["derive", f"x+{bad}", "--given", "x: n", "--wrt", "x"],
                      ["derive", "x", "--given", f"x: n; {bad}", "--wrt", "x"], ["check"], ["list"], ["prove", "f"],
                      ["verify", f"missing{bad}.tex"], ["count", f"missing{bad}"], ["prove", f"missing{bad}"]):
        for options in ([], ["--json"]):
            main([*arguments, *options])
            out, err = capsys.readouterr()
            assert not set(bad) & (set(out + err) - {"]", "0", ";", *"owned"}), arguments
            assert not options or not out or json.loads(out)
    with pytest.raises(SystemExit):
        main(["derive", f"--{bad}"])
    assert not {"\x1b", "\u202e"} & set(capsys.readouterr().err)


@pytest.mark.skipif(sys.platform != "linux", reason="signals are sent")
@pytest.mark.parametrize("command", [["-m", "symderiv"], ["-c", "import symderiv_command as c, sys; sys.exit(c.main())"]])
def test_an_interrupt_while_importing_is_one_line_and_status_130(tmp_path, command):
    for wait in (0.15, 0.3, 0.5):
        process = subprocess.Popen([sys.executable, *command, "derive", "x'*x", "--given", "x: n", "--wrt", "x"],
                                   stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        # Before Python itself has started there is nobody to handle it; after the end, nobody to interrupt.
        if process.returncode not in (0, -signal.SIGINT) and b"Fatal Python error" not in err:
            assert (process.returncode, err) == (130, b"symderiv: interrupted\n")


@pytest.mark.skipif(sys.platform != "linux", reason="signals are sent")
def test_the_last_moments_of_a_command_are_no_time_for_an_interrupt():
    # What Python does at its end, signals given back to the system, is not waited for.
    code = "import os, sys, symderiv_command\n" \
           "class Last:\n    def __del__(self, kill=os.kill, own=os.getpid()): kill(own, 2)\n" \
           "last = Last()\nsys.argv = ['symderiv', '--version']\nsymderiv_command.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False)
    assert (done.returncode, done.stdout[:9], done.stderr) == (0, "symderiv ", "")


def test_nothing_heavy_is_imported_for_help():
    code = "import sys, symderiv.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: pass\n" \
           "print('numpy' in sys.modules, 'latex2mathml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          env=environment())
    assert done.stdout.splitlines()[-1] == "False False"


def test_a_shell_is_told_what_may_follow(monkeypatch, tmp_path):
    pytest.importorskip("argcomplete", reason="needs the extra completion")
    said = tmp_path / "said"
    asked = f"exec {sys.executable} -m symderiv 8>{said} 9>/dev/null"
    variables = {"_ARGCOMPLETE": "1", "COMP_LINE": "symderiv de", "COMP_POINT": "11", "_ARGCOMPLETE_IFS": "\n"}
    subprocess.run(["bash", "-c", asked], env={**os.environ, **variables}, check=True, timeout=300)
    assert said.read_text().strip() == "derive"


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no file without an end")
@pytest.mark.parametrize("command", [["verify", "/dev/zero"], ["count", "/dev/zero"], ["verify", "/dev/zero", "-o", "kept"]])
def test_a_file_without_an_end_is_refused(folder, command, capsys):
    assert main(command) == 2
    assert "bytes in one file" in capsys.readouterr().err
