"""Jobs to receipts: which shards are still to be made, who makes them, and how the work is stopped."""

from __future__ import annotations

import fcntl
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from oddsmith.backends import Backend
from oddsmith.disk import disk_faults
from oddsmith.layout import Layout
from oddsmith.plan import Plan
from oddsmith.receipts import Receipt
from oddsmith.tasks import ShardTask, shard_job
from sim.errors import Unfinished, UsageError

__all__ = ["Stop", "Stopped", "alone_in", "make_shards", "stop_signals"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(Unfinished):
    """A run that was told to stop and did so cleanly; `signal` is the number of the signal that said so."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.signal = number


class Stop(KeyboardInterrupt):
    """SIGINT or SIGTERM arrived. No Exception, so that nothing on the way takes it for a fault."""

    def __init__(self, number: int) -> None:
        super().__init__(number)  # SimPy makes copies of what is raised in a process, from `args`
        self.number = number


@contextmanager
def stop_signals() -> Iterator[None]:
    """Raise Stop in the body when SIGINT or SIGTERM arrives; only the first counts, the rest are ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers; a caller with threads stops by its own means
        return

    def stop(number: int, frame: FrameType | None) -> None:
        for one in _SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        raise Stop(number)

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def alone_in(layout: Layout) -> Iterator[None]:
    """Hold the folder's lock in the body.

    Raises:
        UsageError: another process works on the folder.
        RunError: the disk refuses.
    """
    with disk_faults(layout.lock):
        layout.work.mkdir(parents=True, exist_ok=True)
        lock = layout.lock.open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"another process is working on {layout.root}") from None
        yield


def make_shards(
    layout: Layout,
    plan: Plan,
    backend: Backend,
    *,
    receipts: Mapping[str, Receipt],
    report: Callable[[int], None],
    first: int = 0,
) -> list[Receipt]:
    """Make all shards that have no receipt yet.

    Args:
        layout: the dataset.
        plan: what to make.
        backend: who makes it.
        receipts: verified receipts of earlier work, by job.
        report: takes how many episodes are done, each time a shard is.
        first: number of the plan's first shard in the dataset.

    Returns:
        The receipts of all shards, in the order of their numbers.

    Raises:
        RunError: an episode, a worker or the disk failed. What has a receipt stays.
    """
    made = {n: receipts[job] for n in range(len(plan.shards)) if (job := shard_job(first + n)) in receipts}
    missing = [number for number in range(len(plan.shards)) if number not in made]
    done = sum(len(plan.shards[number]) for number in made)
    report(done)
    tasks = [ShardTask(layout.root, first + n, plan.shards[n], plan.measures) for n in missing]
    for position, receipt in backend.run(tasks):
        made[missing[position]] = receipt
        done += len(plan.shards[missing[position]])
        report(done)
    return [made[number] for number in sorted(made)]
