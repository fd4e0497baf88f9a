"""Tasks come back whole from wherever they ran, and a dying worker costs one try of one task."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from oddsmith.backends import TABLE, open_backend
from sim.errors import RunError, UsageError

_PARTS = """
import os, signal
from dataclasses import dataclass
from pathlib import Path
from sim.errors import UsageError

@dataclass(frozen=True)
class Ten:
    folder: str
    def open(self):
        return 10

@dataclass(frozen=True)
class Times:
    number: int
    title = "the task"
    def run(self, shared):
        return self.number * shared

@dataclass(frozen=True)
class DieOnce:
    mark: str
    title = "the task"
    def run(self, shared):
        if not Path(self.mark).exists():
            Path(self.mark).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "alive"

@dataclass(frozen=True)
class Die:
    title = "the task"
    def run(self, shared):
        os.kill(os.getpid(), signal.SIGKILL)

@dataclass(frozen=True)
class Refuse:
    title = "the task"
    def run(self, shared):
        raise UsageError("not like this")

@dataclass(frozen=True)
class Threads:
    title = "the task"
    def run(self, shared):
        return os.environ["NUMBA_NUM_THREADS"]
"""


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    (folder / "backend_parts.py").write_text(_PARTS)
    sys.path.insert(0, str(folder))
    import backend_parts

    yield backend_parts
    sys.path.remove(str(folder))


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_backend_gives_every_result_with_its_position(name, parts):
    backend = open_backend(name, parts.Ten(""), workers=2)
    try:
        for count in (7, 1):  # a backend serves several rounds
            results = dict(backend.run([parts.Times(i) for i in range(count)]))
            assert results == {i: 10 * i for i in range(count)}
        assert list(backend.run([])) == []
    finally:
        backend.stop()


def test_a_killed_worker_costs_one_try_of_one_task(parts, tmp_path):
    backend = open_backend("local", parts.Ten(""), workers=2)
    try:
        tasks = [parts.Times(1), parts.DieOnce(str(tmp_path / "mark")), parts.Times(2)]
        assert dict(backend.run(tasks)) == {0: 10, 1: "alive", 2: 20}
    finally:
        backend.stop()


def test_a_task_that_always_kills_its_worker_is_given_up_in_one_sentence(parts):
    backend = open_backend("local", parts.Ten(""), workers=1)
    with pytest.raises(RunError, match="killed by signal 9 2 times at the task"):
        list(backend.run([parts.Die()]))


def test_what_a_task_raises_reaches_the_parent(parts):
    backend = open_backend("local", parts.Ten(""), workers=1)
    with pytest.raises(RunError, match="not like this"):
        list(backend.run([parts.Refuse()]))
    serial = open_backend("serial", parts.Ten(""), workers=1)
    with pytest.raises(UsageError, match="not like this"):
        list(serial.run([parts.Refuse()]))


def test_workers_have_one_thread_and_the_parent_keeps_its_own(parts, monkeypatch):
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    backend = open_backend("local", parts.Ten(""), workers=1)
    try:
        assert dict(backend.run([parts.Threads()])) == {0: "1"}
        assert "NUMBA_NUM_THREADS" not in os.environ
    finally:
        backend.stop()


def test_workers_ignore_the_terminals_ctrl_c(parts, tmp_path):
    backend = open_backend("local", parts.Ten(""), workers=1)
    try:
        list(backend.run([parts.Times(1)]))
        os.kill(backend._workers[0].process.pid, signal.SIGINT)
        assert dict(backend.run([parts.Times(3)])) == {0: 30}
    finally:
        backend.stop()


def test_a_worker_that_just_begins_ignores_it_too(parts, capfd):
    backend = open_backend("local", parts.Ten(""), workers=1)
    try:
        backend._workers.append(backend._start())
        os.kill(backend._workers[0].process.pid, signal.SIGINT)
        assert dict(backend.run([parts.Times(3)])) == {0: 30}
    finally:
        backend.stop()
    assert capfd.readouterr().err == ""
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_stopping_leaves_no_process_behind(parts):
    backend = open_backend("local", parts.Ten(""), workers=2)
    list(backend.run([parts.Times(i) for i in range(4)]))
    pids = [worker.process.pid for worker in backend._workers]
    backend.stop()
    assert len(pids) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
