"""Runs tasks one after the other in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from oddsmith.backends.base import Opener, Task

__all__ = ["Serial"]


class Serial:
    """The backend of one worker."""

    def __init__(self, opener: Opener, *, workers: int = 1) -> None:
        """Keep the opener; this backend has one worker whatever is asked."""
        self._opener = opener

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        """Yield (position, result) in the order of the tasks."""
        for position, task in enumerate(tasks):
            yield position, task.run(self._shared)

    def stop(self) -> None:
        """Do nothing: there is nobody else."""

    @cached_property
    def _shared(self) -> Any:
        return self._opener.open()
