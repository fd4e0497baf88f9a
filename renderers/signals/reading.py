"""What decisions in the world saw of a sensor: replayed, not drawn again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from renderers.sample import Column, Sample, SensorSetup
from sim.errors import RunError
from sim.recording import Recording

__all__ = ["columns", "observe"]


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a table of readings."""
    del settings  # always the same
    number = pa.float64()
    return (
        Column("reading", number, "feature", "what the sensor said, on which decisions rested"),
        Column(
            "true_reading", number, "label", "what a perfect sensor would have said; null where not recorded"
        ),
    )


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Sample]:
    """Yield a row per reading, at the moments at which the world took them.

    Raises:
        RunError: the sensor stands on nothing that the world reads.
    """
    if setup.on is None or setup.on not in recording.scene:
        raise RunError(f"{setup.name!r} replays readings, and there is no {setup.on!r} that takes any")
    said = recording.channel(setup.on, "reading")
    if said is None:
        return  # the episode ended before the first one
    true = recording.channel(setup.on, "true_reading")
    for index, (t, value) in enumerate(zip(said.times, said.values, strict=True)):
        moment = float(t)
        yield Sample(
            index, moment, {"reading": float(value), "true_reading": None if true is None else true.at(moment)}
        )
