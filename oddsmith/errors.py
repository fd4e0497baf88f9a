"""What the reading half tells a user: it knows neither wing, so its errors stand beside `sim.errors`."""

from __future__ import annotations

__all__ = ["DatasetError"]


class DatasetError(Exception):
    """A folder that is no dataset, a table or episode that is not in it, an export that cannot be made."""
