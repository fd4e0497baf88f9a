"""Which parts an inspection camera looks at, and what the recording tells of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import RunError
from sim.recording import Recording, Words

__all__ = ["SeenPart", "seen_parts"]


@dataclass(frozen=True)
class SeenPart:
    """A part at the moment it is looked at.

    Args:
        number: of the part within the episode.
        t: moment [s].
        passed: what the station that looks at it says.
        kind: of its defect, empty for none.
        size: of its defect, as its kind means it [m].
        cause: component#life that left it, empty for chance or none.
        wear: of that component then; NaN without one.
    """

    number: int
    t: float
    passed: bool
    kind: str
    size: float
    cause: str
    wear: float


def seen_parts(recording: Recording, machine: str | None, *, one_in: int) -> Iterator[SeenPart]:
    """Yield the parts that a machine inspects, in time order.

    Args:
        recording: its table `quality` has a row per inspected part.
        machine: where the camera stands.
        one_in: only every so manieth of them.

    Raises:
        RunError: there is no such machine, or nothing is inspected in this world.
    """
    if machine is None or machine not in recording.scene:
        raise RunError(f"an inspection camera stands on a machine that inspects, got {machine!r}")
    if "quality" not in recording.tables:
        raise RunError("an inspection camera needs a world that inspects parts, such as a factory")
    seen = 0
    for batch in recording.tables["quality"]:
        columns = {name: _plain(values) for name, values in batch.items()}
        for i in np.flatnonzero(np.asarray(columns["machine"]) == machine):
            seen += 1
            if (seen - 1) % one_in == 0:
                yield _part(recording, {name: values[i] for name, values in columns.items()})


def _part(recording: Recording, row: dict[str, Any]) -> SeenPart:
    is_bad, t, cause = bool(row["is_spoilt"]), float(row["t"]), str(row["cause"])
    wear = recording.channel(cause.rpartition("#")[0], "wear") if cause else None
    return SeenPart(
        number=int(row["part"]),
        t=t,
        passed=bool(row["passed"]),
        kind=str(row["defect"]) if is_bad else "",
        size=float(row["severity"]) if is_bad else 0.0,
        cause=cause,
        wear=float("nan") if wear is None else wear.at(t),
    )


def _plain(values: Any) -> np.ndarray:
    if isinstance(values, Words):
        return np.array([*values.words, ""], object)[values.codes]
    return np.asarray(values)
