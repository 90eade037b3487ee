"""A task that exits, forks, hangs, floods or forges loses only itself, and nothing it does passes for an answer."""

import json
import os
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from textwrap import dedent

import pytest

from symderiv import interrupts, workers
from symderiv.cli import main
from symderiv.workers import Lost, Pool, Standing, answer_of

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")

# What an item may do, instead of stating anything, before it returns (1, 1), which is true.
HARM = {
    "exits": "os._exit(0)",
    "leaves": "sys.exit(0)",
    "raises_exit": "raise SystemExit",
    "interrupts": "raise KeyboardInterrupt",
    "kills": "os.kill(os.getpid(), signal.SIGKILL)",
    "overflows": "f = lambda n: f(n + 1) + 1; sys.setrecursionlimit(10**9); threading.stack_size(0); f(0)",
    "forks_and_exits": "os.fork() and os._exit(0)",
    "forks_and_sleeps": "os.fork() and os._exit(0); time.sleep(100)",
    "writes": "[os.write(fd, b'\\x80\\x04K\\x01.' * 20) for fd in range(3, 40) if writable(fd)]",
    "closes": "os.closerange(0, 64)",
    "closes_and_hangs": "os.closerange(0, 64); time.sleep(100)",
    "spoils": "sd.prove = None; sys.modules.clear()",
    "hangs": "signal.signal(signal.SIGALRM, signal.SIG_IGN); time.sleep(100)",
}
# What costs an item nothing.
HARMLESS = {
    "forks": "os.fork()",
    "forks_twice": "os.fork(); os.fork()",
    "begins_a_thread": "threading.Thread(target=time.sleep, args=(100,)).start()",
    "floods": "print('x' * 10**7); sys.stderr.write('y' * 10**7)",
    "prints_escapes": "print('\\x1b]0;owned\\x07\\u202e')",
    "moves": "os.chdir('/'); os.environ.clear(); sys.path.clear()",
    "handles": "signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)",
    "plain": "pass",
}
HEAD = """
    import os, signal, sys, threading, time
    import symderiv as sd

    def writable(fd):
        try:
            return os.write(fd, b"") == 0
        except OSError:
            return False
"""


@pytest.fixture
def harmful(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("symderiv.workers.GRACE", 0.5)
    items = "".join(f'\n@sd.identity("{name}")\ndef {name}():\n    {body}\n    return 1, 1\n'
                    for name, body in (HARM | HARMLESS).items())
    folder = tmp_path / "derivations"
    folder.mkdir()
    (folder / "harm.py").write_text(dedent(HEAD) + items)
    (folder / "exits_at_once.py").write_text("import os\nimport symderiv as sd\nos._exit(0)\n@sd.identity('x')\n"
                                             "def f(): return 1, 1\n")
    return folder


def settled(items):
    return {item["name"]: item["status"] for item in items}


def test_under_check_an_item_loses_only_itself(harmful, capfd):
    assert main(["check", str(harmful), "--json", "-n", "3", "--seconds", "2.5"]) == 1
    out, err = capfd.readouterr()
    report = json.loads(out)
    wanted = dict.fromkeys(HARM, "error") | dict.fromkeys(HARMLESS, "proved") | {"exits_at_once": "error"}
    assert settled(report["items"]) == wanted
    assert "\x1b" not in err and "[U+001B]" in err and len(err) < 500_000
    assert {item["name"]: item["error"] for item in report["items"]}["kills"].count("SIGKILL") == 1


def test_under_pytest_an_item_loses_only_itself_and_the_run_is_not_green(tmp_path):
    some = {name: (HARM | HARMLESS)[name] for name in ("exits", "forks_and_exits", "interrupts", "kills", "moves", "forks")}
    items = "".join(f'\n@sd.identity("{name}")\ndef {name}():\n    {body}\n    return 1, 1\n' for name, body in some.items())
    (tmp_path / "harm.py").write_text(dedent(HEAD) + items)
    (tmp_path / "exits_at_once.py").write_text("import os\nimport symderiv as sd\n@sd.identity('x')\ndef f(): return 1, 1\n"
                                               "os._exit(0)\n")
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "symderiv_pytest", "-p", "no:cacheprovider", "-q"],
                          cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    assert done.returncode == 1 and "2 passed" in done.stdout and "5 failed" in done.stdout, done.stdout


@pytest.mark.parametrize("name", ["exits", "closes"])
def test_prove_and_list_never_end_green_where_the_process_is_ended(harmful, name, capfd):
    assert main(["prove", name, str(harmful / "harm.py")]) in (1, 2)
    assert "symderiv: " in capfd.readouterr().err
    assert main(["list", str(harmful / "exits_at_once.py")]) == 1


def test_a_book_holds_what_is_left(harmful, tmp_path, capfd):
    assert main(["book", str(harmful / "exits_at_once.py"), "-o", str(tmp_path / "out"), "--no-pdf"]) == 1
    assert "ended without an answer" in (tmp_path / "out" / "index.html").read_text()


def forged(nonce_length):
    import gc
    from multiprocessing.connection import Connection

    for each in gc.get_objects():
        if isinstance(each, Connection):
            os.write(each.fileno(), b"0" * nonce_length + (5).to_bytes(8) + b"K\x01.00")
    os._exit(0)


def test_an_answer_that_does_not_carry_its_task_is_not_taken():
    assert isinstance(answer_of(forged, 32, seconds=20), Lost)


def test_what_is_promised_and_never_sent_does_not_hold_up_the_others():
    pool = Pool(2, 1, grace=1)
    pool.submit("long", time.sleep, 60)
    for key in range(4):
        pool.submit(key, abs, -key)
    found = dict(pool.results())
    assert [found[key] for key in range(4)] == [0, 1, 2, 3] and isinstance(found["long"], Lost)


def test_a_pool_that_is_left_early_leaves_no_process_behind():
    pool = Pool(2)
    for key in range(4):
        pool.submit(key, abs, -key)
    results = pool.results()
    next(results)
    processes = [running.process for running in pool.busy]
    results.close()
    assert processes and all(process._popen.returncode is not None for process in processes if hasattr(process, "_popen"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_ends_the_workers_in_one_line(tmp_path, number, status):
    marker = f"{tmp_path}/started"
    (tmp_path / "a.py").write_text("import os, time\nimport symderiv as sd\n@sd.identity('x')\ndef f():\n"
                                   f"    open({marker!r} + str(os.getpid()), 'w').close()\n    time.sleep(100)\n")
    process = subprocess.Popen([sys.executable, "-m", "symderiv", "check", "a.py"], cwd=tmp_path, stderr=subprocess.PIPE,
                               stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
                               # In the background of a shell interrupts are ignored, and would stay so.
                               preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    until = time.monotonic() + 60
    while not (started := list(tmp_path.glob("started*"))) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == status and err.decode().count("\n") == 1 and err.startswith(b"symderiv: ") and not out
    worker = int(started[0].name.removeprefix("started"))
    while Path(f"/proc/{worker}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text().split()[2]


def test_an_interrupt_while_a_process_begins_finds_it_among_those_that_are_ended(monkeypatch):
    pool, seen = Pool(1), []
    begin = workers._Running

    def interrupted(*arguments):
        running = begin(*arguments)
        signal.raise_signal(signal.SIGINT)
        return running

    monkeypatch.setattr(workers, "_Running", interrupted)
    monkeypatch.setattr(interrupts, "_waiting", [])
    monkeypatch.setattr(interrupts.os, "_exit", lambda status: seen.append(status))
    monkeypatch.setattr(pool, "end", lambda: seen.append(len(pool.busy)))
    before = signal.signal(signal.SIGINT, interrupts._leave)
    try:
        pool.submit("one", abs, -1)
        assert dict(pool.results()) == {"one": 1} and seen == [1, 130, 0]
    finally:
        signal.signal(signal.SIGINT, before)


def _told(what):
    """What a process has been told so far; it may end by it, or not come back."""
    TOLD.append(what)
    if what == "die":
        os._exit(3)
    if what == "hang":
        time.sleep(60)
    if what == "raise":
        raise ValueError("no")
    return list(TOLD)


TOLD = []


def test_a_kept_process_remembers_and_another_begins_where_it_is_lost():
    kept = Standing(_told, 1.5, get_context("fork"), 4 << 30)
    try:
        assert (kept.ask("a"), kept.ask("b")) == (["a"], ["a", "b"])
        assert "ValueError" in str(kept.ask("raise")) and kept.ask("c")[-2:] == ["raise", "c"]
        assert "status 3" in str(kept.ask("die")) and kept.ask("d") == ["d"]
        assert "did not finish" in str(kept.ask("hang")) and kept.ask("e") == ["e"]
    finally:
        kept.end()
    assert kept.process is None and TOLD == []


def test_what_is_begun_while_interrupts_are_ignored_knows_nothing_of_one():
    ask = [sys.executable, "-c", "import signal; print(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)"]
    before = signal.getsignal(signal.SIGINT)
    with interrupts.ignored():
        assert subprocess.run(ask, capture_output=True, text=True).stdout == "True\n"
    assert signal.getsignal(signal.SIGINT) is before
