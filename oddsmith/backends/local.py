"""Runs tasks in processes of this machine.

Processes are spawned, not forked: numba's threads and PyBullet do not survive a fork. Each has a pipe of its
own, so that a worker that is killed takes one task with it and no other, and a worker whose parent is gone
reads the end of its pipe and leaves. Workers ignore Ctrl-C, which a terminal sends to everyone: the parent
decides.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from oddsmith.backends.base import Opener, Task
from sim.errors import OddsmithError, RunError

__all__ = ["Local"]

_TRIES = 2
"""A task whose worker died is given to another this many times in all."""

_ONE_THREAD = (
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
"""One process per core scales better than threads inside a frame, so a worker has one thread."""


@dataclass(frozen=True)
class _Answer:
    """What came of a task."""

    result: Any = None
    fault: Exception | None = None


@dataclass
class _Worker:
    """A process, our end of its pipe, and the task it has."""

    process: SpawnProcess
    pipe: Connection
    position: int | None = None

    def take(self) -> tuple[int, _Answer | None]:
        """Return the task's position and what came of it: None where the process died."""
        position, self.position = self.position, None
        assert position is not None
        try:
            return position, self.pipe.recv()
        except (EOFError, OSError):
            return position, None


class Local:
    """A fixed number of worker processes."""

    def __init__(self, opener: Opener, *, workers: int) -> None:
        """Prepare; processes start with the first tasks."""
        self._opener, self._count = opener, workers
        self._workers: list[_Worker] = []

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        """Yield (position, result) as workers finish.

        Raises:
            RunError: a task's worker died repeatedly.
            Exception: what a task raised.
        """
        waiting = list(range(len(tasks)))[::-1]
        tries = [0] * len(tasks)
        while len(self._workers) < min(self._count, len(tasks)):
            self._workers.append(self._start())
        for worker in self._workers:
            self._give(worker, tasks, waiting)
        while busy := [worker for worker in self._workers if worker.position is not None]:
            ready = wait([worker.pipe for worker in busy])
            for worker in (worker for worker in busy if worker.pipe in ready):
                position, answer = worker.take()
                if answer is None:
                    tries[position] += 1
                    waiting.append(position)
                    if tries[position] == _TRIES:
                        self.stop()
                        raise RunError(_gave_up(worker.process, tasks[position]))
                    worker = self._replace(worker)
                elif answer.fault is not None:
                    self.stop()
                    raise answer.fault
                else:
                    yield position, answer.result
                self._give(worker, tasks, waiting)

    def stop(self) -> None:
        """Kill all workers."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join()
            worker.pipe.close()

    def _start(self) -> _Worker:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._opener), daemon=True)
        with _one_thread(), _ctrl_c_held_back():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _replace(self, dead: _Worker) -> _Worker:
        """Put a new worker in a dead one's place and return it."""
        dead.process.join()
        dead.pipe.close()
        self._workers.remove(dead)
        self._workers.append(self._start())
        return self._workers[-1]

    def _give(self, worker: _Worker, tasks: Sequence[Task], waiting: list[int]) -> None:
        """Hand the next task to an idle worker; one that has just died is noticed when its answer is read."""
        if waiting:
            worker.position = waiting.pop()
            with suppress(OSError):
                worker.pipe.send(tasks[worker.position])


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let what is started here have one thread."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Let what is started here inherit a blocked SIGINT: a worker that still imports would die of it loudly."""
    resource_tracker.ensure_running()  # or `start` does so, which ends with SIGINT unblocked
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _gave_up(process: SpawnProcess, task: Task) -> str:
    """Return what to tell of a task that no worker survives."""
    process.join()
    code = process.exitcode or 0
    why = f"was killed by signal {-code}" if code < 0 else f"left with exit code {code}"
    return f"a worker {why} {_TRIES} times at {task.title}; perhaps memory ran out: use fewer workers"


def _serve(pipe: Connection, opener: Opener) -> None:
    """Do tasks until the parent is gone; runs in the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    share = lru_cache(maxsize=1)(opener.open)
    with suppress(EOFError, OSError):
        while True:
            task = pipe.recv()
            pipe.send(_answer(task, share))


def _answer(task: Task, share: Callable[[], Any]) -> _Answer:
    """Run a task; a fault is sent as a value of a plain type, since not every exception can be pickled."""
    try:
        return _Answer(task.run(share()))
    except OddsmithError as fault:
        return _Answer(fault=RunError(str(fault)))
    except Exception:
        return _Answer(fault=RuntimeError(f"a task failed in a worker\n{traceback.format_exc()}"))
