"""What a backend does: carry tasks to where they are run, and bring back what they give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

__all__ = ["Backend", "Opener", "Task"]


class Opener(Protocol):
    """Makes what all tasks of a run share (the loaded scenario), once per process. Can be pickled."""

    def open(self) -> Any:
        """Return what tasks are given."""
        ...


class Task(Protocol):
    """A piece of work: a pure function of its own fields and of what the opener gives. Can be pickled."""

    @property
    def title(self) -> str:
        """What it is, for people: `shard 3`."""
        ...

    def run(self, shared: Any) -> Any:
        """Return the result, small enough to be sent between processes."""
        ...


class Backend(Protocol):
    """Where tasks run. Results do not depend on which backend, nor on how many workers it has."""

    def __init__(self, opener: Opener, *, workers: int) -> None:
        """Prepare; nothing is started before the first task."""
        ...

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        """Yield (position of the task, its result) as results come in.

        Raises:
            Exception: what a task raised; tasks not begun are dropped.
        """
        ...

    def stop(self) -> None:
        """End all workers at once; what they were doing is dropped."""
        ...
