"""What the reading half tells a user: it knows neither wing, so its errors stand beside `sim.errors`."""

from __future__ import annotations

__all__ = ["DatasetError", "MissingColumn"]


class DatasetError(Exception):
    """A folder that is no dataset, a table or episode that is not in it, an export that cannot be made."""


class MissingColumn(DatasetError, KeyError):
    """A column that a table does not have; a KeyError too, because a frame is a mapping."""

    def __str__(self) -> str:
        return str(self.args[0])
