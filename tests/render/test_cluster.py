"""Documents that go to a Dask cluster come back with the reports that they have here, whatever happens to its workers."""

import os
import signal
import socket

import pytest

from symderiv.referee.batch import referee_file
from symderiv.render.cluster import SchedulerError, referee_on

RIGHT = r"Let $x \in \mathbb{R}^n$ and $f(x) = x^\top x$. \[ \nabla f(x) = 2x \]"
WRONG = RIGHT.replace("2x", "3x")


def statuses(found):
    return [[line.status for line in each.report.lines] if each.report else each.error for each in found]


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'symderiv[dask]'")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
                                  silence_logs=50) as found:
        yield found


@pytest.fixture
def files(tmp_path):
    paths = []
    for number in range(6):
        path = tmp_path / f"{number}.tex"
        path.write_text(WRONG if number == 3 else RIGHT, encoding="utf-8")
        paths.append(str(path))
    return [*paths, str(tmp_path / "missing.tex")]


def test_reports_are_those_of_this_machine_though_a_worker_is_killed(cluster, files):
    killed = []

    def kill_one(done, found):
        if done == 2:  # the first is the file that is missing
            process = next(iter(cluster.workers.values())).process
            os.kill(process.pid, signal.SIGKILL)
            killed.append(process.pid)

    found = referee_on(cluster.scheduler_address, files, None, kill_one)
    assert killed
    assert statuses(found) == statuses([referee_file(path) for path in files])
    assert [each.exit_status for each in found] == [0, 0, 0, 1, 0, 0, 2]


def test_a_scheduler_that_does_not_answer_is_an_error(monkeypatch, files):
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'symderiv[dask]'")
    monkeypatch.setattr("symderiv.render.cluster.CONNECT", 0.5)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(SchedulerError, match="does not answer"):
            referee_on(f"tcp://127.0.0.1:{taken.getsockname()[1]}", files, None)
    with pytest.raises(SchedulerError, match="does not answer"):
        referee_on("no address", files, None)
