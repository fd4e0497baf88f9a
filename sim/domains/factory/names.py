"""Ids of counted items: `mill` with a count of 3 stands for mill_0, mill_1 and mill_2."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["members"]


def members(name: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return an id itself if it is among the names, or the ids of the counted item, in order."""
    if name in names:
        return (name,)
    return tuple(one for one in names if one.startswith(f"{name}_") and one.removeprefix(f"{name}_").isdigit())
