"""What is wrong with a dataset on disk. Its readers know neither wing, so this stands beside `sim.errors`."""

from __future__ import annotations

__all__ = ["DatasetError", "MissingColumn"]


class DatasetError(Exception):
    """A folder that is not, or no longer, a dataset of ours; what is not in it; an export that cannot be made.

    Ends a command with exit code 1.
    """


class MissingColumn(DatasetError, KeyError):
    """A column that a table does not have; a KeyError too, because a frame is a mapping."""

    def __str__(self) -> str:
        return str(self.args[0])
