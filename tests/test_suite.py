"""Files of derivations are found, run and reported, also by pytest; a broken one does not stop the others."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import symderiv as sd
from symderiv.suite.collect import collect, collect_file, files_of, has_items
from symderiv.suite.pool import run_files
from symderiv.suite.run import run

ROOT = Path(__file__).resolve().parent.parent
SOFTMAX = '''
    """Softmax and cross-entropy.

    From a lecture.
    """
    import symderiv as sd

    m, n = sd.dims("m n")
    W, x, z = sd.tensor("W", m, n), sd.tensor("x", n), sd.tensor("z", m)
    y = sd.label("y", m)
    print("noise")

    @sd.derivation("$\\\\partial L/\\\\partial W$ is (softmax(Wx) - e_y)x'")
    def weight_gradient():
        """What is the gradient by `W`?"""
        return sd.derive(sd.cross_entropy(W @ x, y), W)

    @sd.identity("tanh z = 2σ(2z) - 1")
    def tanh_by_sigmoid():
        return sd.tanh(z), 2 * sd.sigmoid(2 * z) - 1

    @sd.identity("both of two identities")
    def both():
        return [(sd.sigmoid(-z), 1 - sd.sigmoid(z)), sd.prove(z + z, 2 * z)]

    @sd.identity("tanh z = sigma z, which is false", expect="refuted")
    def falsehood():
        return sd.prove(sd.tanh(z), sd.sigmoid(z))

    def helper():
        return 1
'''
WRONG = '''
    import symderiv as sd
    z = sd.tensor("z", sd.dims("m"))

    @sd.identity("a slip")
    def slip():
        return sd.tanh(z), 2 * sd.sigmoid(2 * z) + 1

    @sd.identity("it raises")
    def raises():
        raise ValueError("on purpose")

    @sd.identity("it returns nothing")
    def nothing():
        pass
'''


@pytest.fixture
def folder(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    write("softmax.py", SOFTMAX)
    write("deep/wrong.py", WRONG)
    write("broken.py", 'import symderiv as sd\n@sd.identity("x")\ndef f(): return 1 +\n')
    write("exits.py", 'import sys\nimport symderiv as sd\nsys.exit(3)\n@sd.identity("x")\ndef f(): pass\n')
    write("test_own.py", SOFTMAX)
    write("helper.py", "raise RuntimeError('not a file of derivations: must not be run')\n")
    write("_hidden.py", SOFTMAX)
    return tmp_path


def test_items_are_found_in_order_and_broken_files_are_items_too(folder):
    items = collect(folder)
    assert [(Path(i.file).name, i.name, bool(i.failure)) for i in items] == [
        ("broken.py", "broken", True), ("wrong.py", "slip", False), ("wrong.py", "raises", False),
        ("wrong.py", "nothing", False), ("exits.py", "exits", True), ("softmax.py", "weight_gradient", False),
        ("softmax.py", "tanh_by_sigmoid", False), ("softmax.py", "both", False), ("softmax.py", "falsehood", False)]
    item = items[5]
    assert item.chapter == "Softmax and cross-entropy"
    assert item.question == "What is the gradient by `W`?"
    assert item.kind == "derivation"


def test_statuses_and_errors(folder):
    results = {r.name: r for r in map(run, collect(folder))}
    assert {name: (r.status, r.ok) for name, r in results.items()} == {
        "broken": ("error", False), "exits": ("error", False), "slip": ("refuted", False), "raises": ("error", False),
        "nothing": ("error", False), "weight_gradient": ("proved", True), "tanh_by_sigmoid": ("proved", True),
        "both": ("proved", True), "falsehood": ("refuted", True)}
    assert "line 3" in results["broken"].error and "SyntaxError" in results["broken"].error
    assert "ValueError: on purpose" in results["raises"].error and "line 11" in results["raises"].error
    assert "expected proved, found refuted" in results["slip"].error
    assert len(results["both"].parts) == 2


def test_an_item_that_expects_a_falsehood_fails_where_it_is_true(tmp_path):
    (tmp_path / "a.py").write_text('import symderiv as sd\nz = sd.tensor("z", 3)\n'
                                   '@sd.identity("z = z", expect="refuted")\ndef f(): return z, 1 * z\n')
    result = run(collect(tmp_path)[0])
    assert (result.status, result.ok) == ("proved", False)


def test_workers_give_the_same_results(folder):
    alone, together = ({file: [(r.name, r.status, r.error) for r in results]
                        for file, results in run_files(files_of(folder), workers).items()} for workers in (1, 3))
    assert alone == together


def test_an_item_that_kills_its_process_is_an_error_and_the_others_still_run(folder):
    (folder / "deadly.py").write_text('import os\nimport symderiv as sd\n@sd.identity("x")\ndef dies(): os._exit(7)\n')
    results = {r.name: r.status for each in run_files(files_of(folder), 2).values() for r in each}
    assert {"dies": "error", "both": "proved", "tanh_by_sigmoid": "proved"}.items() <= results.items()


ENDLESS = """
    import symderiv as sd

    @sd.identity("it never ends")
    def endless():
        while True:
            try:
                sum(range(10**6))
            except Exception:
                pass

    @sd.identity("it ends")
    def ends():
        return 1, 1
"""


def test_an_endless_item_is_stopped_and_the_line_is_named(tmp_path):
    (tmp_path / "a.py").write_text(dedent(ENDLESS))
    result, other = (run(item, seconds=0.3) for item in collect(tmp_path))
    assert result.status == "error" and "did not finish within 0.3 seconds" in result.error and "line " in result.error
    assert other.ok


def test_an_endless_file_is_reported_and_the_others_still_run(tmp_path):
    (tmp_path / "a.py").write_text('import symderiv as sd\nwhile True: pass\n@sd.identity("x")\ndef f(): return 1, 1\n')
    (tmp_path / "b.py").write_text(dedent(ENDLESS))
    told = []
    found = run_files(files_of(tmp_path), workers=2, seconds=1.5, told=lambda done, of, result: told.append(result.name))
    statuses = {result.name: result.status for results in found.values() for result in results}
    assert statuses == {"a": "error", "endless": "error", "ends": "proved"}
    assert sorted(told) == ["a", "endless", "ends"]
    assert "line 2: did not finish" in found[tmp_path / "a.py"][0].error


def test_what_cannot_be_interrupted_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("symderiv.workers.GRACE", 0.3)
    (tmp_path / "a.py").write_text('import signal\nimport symderiv as sd\n@sd.identity("deaf")\ndef deaf():\n'
                                   "    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    while True: pass\n")
    (found,) = run_files(files_of(tmp_path), seconds=0.3).values()
    assert found[0].status == "error" and "did not finish" in found[0].error


def test_many_items_that_kill_their_processes_cost_no_other_item(tmp_path):
    kill = "\n".join(f'@sd.identity("dies {k}")\ndef dies_{k}(): os.kill(os.getpid(), 9)\n'
                     f'@sd.identity("lives {k}")\ndef lives_{k}(): return {k}, {k}\n' for k in range(8))
    (tmp_path / "a.py").write_text(f"import os\nimport symderiv as sd\n{kill}")
    for workers in (1, 3):
        (results,) = run_files(files_of(tmp_path), workers).values()
        assert len(results) == 16
        assert all(r.status == ("proved" if r.name.startswith("lives") else "error") for r in results)
        assert all("ended without an answer" in r.error for r in results if r.name.startswith("dies"))


def test_the_number_of_a_question_and_the_introduction_are_kept(tmp_path):
    (tmp_path / "a.py").write_text('"""Title.\n\nFirst words.\n\nMore.\n"""\nimport symderiv as sd\n'
                                   '@sd.identity("x", question="002.2.3")\ndef f(): return 1, 1\n')
    (item,) = collect(tmp_path)
    assert (item.reference, item.chapter, item.introduction) == ("002.2.3", "Title", "First words.\n\nMore.")
    assert run(item).to_json()["question"] == "002.2.3"


def test_two_items_of_one_name_are_not_silently_one(tmp_path):
    (tmp_path / "a.py").write_text('import symderiv as sd\nz = sd.tensor("z", 3)\n@sd.identity("one")\n'
                                   'def f(): return z, z\n@sd.identity("two")\ndef f(): return z, z\n')
    first, second = collect(tmp_path)
    assert not first.failure and "rename" in second.failure


def test_what_a_decorator_refuses():
    for bad in (lambda: sd.identity(""), lambda: sd.identity(3), lambda: sd.identity("x", expect="maybe"),
                lambda: sd.derivation("x")(lambda a: a)):
        with pytest.raises(sd.SymderivError) as caught:
            bad()
        assert caught.value.hint


def test_a_place_without_items_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(sd.SymderivError):
            collect(path)
    (tmp_path / "a.txt").write_text("not Python")
    assert collect_file(tmp_path / "a.txt")[0].failure


@pytest.mark.parametrize(("text", "seems"), [
    ("import symderiv as sd\n@sd.identity('x')\ndef f(): ...", True),
    ("from symderiv import identity\n@identity('x')\ndef f(): ...", True),
    ("import symderiv\n\n@ symderiv . derivation ('x')\ndef f(): ...", True),
    ("from symderiv import derivation as d\n@d('x')\ndef f(): ...", True),
    ("try:\n    import symderiv\nexcept ImportError:\n    raise\n@symderiv.identity('x')\ndef f(): ...", True),
    ("from symderiv import *\n@identity('x')\ndef f(): ...", True),
    ("def g():\n    import symderiv as sd\n@sd.identity('x')\ndef f(): ...", False),
    ("# import symderiv as sd\n@sd.identity('x')\ndef f(): ...", False),
    ('"""\nimport symderiv as sd\n"""\nimport other as sd\n@sd.identity("x")\ndef f(): ...', False),
    ("import symderiv_other as sd\n@sd.identity('x')\ndef f(): ...", False),
    ("import symderiv, np\n@np.identity('x')\ndef f(): ...", False),
    ('import symderiv as sd\ntext = """\n@sd.identity(1)\n"""', False),
    ("symderiv = 1\n@identity('x')\ndef f(): ...", False),
    ("\x00 import symderiv", False),
    ("import symderiv\nnp.identity(3)", False),
    ("@identity('x')\ndef f(): ...", False),
])
def test_a_look_at_the_text_tells_files_of_derivations_apart(tmp_path, text, seems):
    (tmp_path / "a.py").write_text(text)
    assert has_items(tmp_path / "a.py") is seems


def pytest_run(*arguments, cwd):
    command = [sys.executable, "-m", "pytest", "-p", "symderiv_pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=_environment())


def _environment():
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUTF8": "1"}


def test_pytest_collects_one_item_per_statement_named_by_it(folder):
    done = pytest_run("-v", "softmax.py", "deep", cwd=folder)
    assert "softmax.py::tanh z = 2σ(2z) - 1 PASSED" in done.stdout
    assert "deep/wrong.py::a slip FAILED" in done.stdout
    assert "expected proved, found refuted" in done.stdout
    assert "4 passed" in done.stdout and "3 failed" in done.stdout


def test_pytest_runs_one_statement_by_its_name(folder):
    done = pytest_run("softmax.py::tanh z = 2σ(2z) - 1", cwd=folder)
    assert "1 passed" in done.stdout


def test_other_pytest_runs_are_left_alone(tmp_path):
    (tmp_path / "test_a.py").write_text(
        "import sys\ndef test_a(): assert not {'sympy', 'symderiv'} & set(sys.modules)\n")
    (tmp_path / "module.py").write_text("raise RuntimeError\n")
    assert "1 passed" in pytest_run(cwd=tmp_path).stdout


def test_a_file_that_changes_within_a_second_is_read_anew(tmp_path, monkeypatch):
    """Python's compiled copies are told apart by size and whole seconds."""
    file, text = tmp_path / "claims.py", "import symderiv as sd\n\n@sd.identity('one')\ndef one():\n    return 1, %d\n"
    found = []
    for number in (1, 2):
        file.write_text(text % number)
        os.utime(file, (1_000_000_000, 1_000_000_000))
        monkeypatch.setattr("symderiv.suite.collect._loaded", {})
        (item,) = collect_file(file)
        found.append(item.function())
    assert found == [(1, 1), (1, 2)] and not list(tmp_path.rglob("*.pyc"))
