"""What a run tells while it works. There is no clock in it: whoever listens makes rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Listener", "Progress", "Stage", "silence"]

Stage = Literal["compile", "hunt", "select", "render", "finish"]


@dataclass(frozen=True)
class Progress:
    """How far a stage has come.

    Args:
        stage: compile (kernels, on the first run), hunt, select, render, finish.
        done: units done; the first report of a stage counts what an earlier run left.
        total: units in all; None where that is not known.
        unit: what is counted: "calls" or "episodes", "" where nothing is.
        events: target events found so far, while hunting.
        phase: role of the calls being made, while hunting: pilot, main or audit.
        rate: share of calls with the event so far, where that estimates its probability.
        note: one clause for people.
    """

    stage: Stage
    done: int = 0
    total: int | None = None
    unit: str = ""
    events: int = 0
    note: str = ""
    phase: str = ""
    rate: float | None = None


Listener = Callable[[Progress], None]
"""Called in the process and thread that called `run`, between pieces of work."""


def silence(progress: Progress) -> None:
    """Take no notice."""
