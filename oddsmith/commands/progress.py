"""Progress of a run on stderr: bars with rates on a terminal, one plain line every ten seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from oddsmith.commands.talk import duration, say

if TYPE_CHECKING:
    from oddsmith.progress import Progress

__all__ = ["Bars", "PlainLines", "Silence", "progress_teller"]

_PLAIN_EVERY = 10.0
"""Seconds between two lines when no one watches a terminal."""

_STAGES = {
    "compile": "compiling",
    "hunt": "hunting",
    "select": "selecting",
    "render": "rendering",
    "finish": "finishing",
}


class Silence:
    """Says nothing."""

    def __call__(self, progress: Progress) -> None:
        """Take a report and say nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        return None


class PlainLines(Silence):
    """One line when a stage begins, and one every ten seconds while it lasts."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, out: Callable[[str], None] = say
    ) -> None:
        self._clock = clock
        self._out = out
        self._stage = ""
        self._began = 0.0
        self._first = 0
        self._said = 0.0

    def __call__(self, progress: Progress) -> None:
        """Take a report; say it if it is time."""
        now = self._clock()
        is_new = progress.stage != self._stage
        if is_new:
            self._stage, self._began, self._first = progress.stage, now, progress.done
        if is_new or now - self._said >= _PLAIN_EVERY:
            self._said = now
            self._out(_line(progress, now - self._began, self._first))


class Bars(Silence):
    """A live bar per stage with rate and remaining time."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._bars = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[count]}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, Any] = {}
        self._started: dict[str, tuple[float, int]] = {}

    def __call__(self, progress: Progress) -> None:
        """Take a report and move its bar."""
        now = time.monotonic()
        if progress.stage not in self._tasks:
            self._close()
            self._started[progress.stage] = (now, progress.done)
            self._tasks[progress.stage] = self._bars.add_task(
                _STAGES[progress.stage], total=progress.total, count=""
            )
        began, first = self._started[progress.stage]
        self._bars.update(
            self._tasks[progress.stage],
            completed=progress.done,
            total=progress.total,
            count=_count(progress, now - began, first),
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._bars.stop()

    def _close(self) -> None:
        """Fill the bars of stages that are over."""
        for task in self._tasks.values():
            done = self._bars.tasks[task].completed
            self._bars.update(task, total=max(done, 1), completed=max(done, 1))


def progress_teller(is_quiet: bool) -> Silence:
    """Return what tells progress: nothing, live bars on a terminal, or plain lines."""
    if is_quiet:
        return Silence()
    return Bars() if sys.stderr.isatty() else PlainLines()


def _line(progress: Progress, elapsed: float, first: int) -> str:
    return (
        f"{_STAGES[progress.stage]}: {_count(progress, elapsed, first)}{_remaining(progress, elapsed, first)}"
    )


def _count(progress: Progress, elapsed: float, first: int) -> str:
    """Return what is done, at what rate, and what was found."""
    total = "" if progress.total is None else f"/{progress.total}"
    parts = [f"{progress.done}{total} {progress.unit}"] if progress.done or progress.total else []
    rate = _rate(progress, elapsed, first)
    if rate:
        parts.append(f"{rate:.3g}/s")
    if progress.stage == "hunt" and progress.done:
        parts.append(f"{progress.events} event{'s' if progress.events != 1 else ''}")
        parts += [] if progress.rate is None else [f"rate {progress.rate:.2g}"]
        parts += [f"{progress.phase} calls"] if progress.phase in ("pilot", "audit") else []
    return ", ".join([*parts, *([progress.note] if progress.note else [])])


def _remaining(progress: Progress, elapsed: float, first: int) -> str:
    rate = _rate(progress, elapsed, first)
    if not rate or progress.total is None or progress.done >= progress.total:
        return ""
    return f", {duration((progress.total - progress.done) / rate)} left"


def _rate(progress: Progress, elapsed: float, first: int) -> float:
    """Return what is done per second since the stage began here (a resumed stage begins part done)."""
    return (progress.done - first) / elapsed if elapsed > 0.5 else 0.0
