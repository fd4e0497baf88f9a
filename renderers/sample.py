"""What a sensor gives: columns it declares once, and samples that fill them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sim.geometry import Array
from sim.noise import Noise

__all__ = ["Availability", "Column", "Role", "Sample", "Samples", "SensorSetup"]

Role = Literal["key", "feature", "label", "weight", "meta"]
Availability = Literal["event", "posting", "report"]


@dataclass(frozen=True)
class Column:
    """One column of a sensor's table.

    Args:
        type: the pyarrow DataType of the column.
        role: key, feature (what an observer gets), label (the truth), weight or meta.
        unit: SI unit, "" for none.
        available: when the observer knows it: at the row's own "event", or only at its "posting" or "report".
    """

    name: str
    type: Any
    role: Role
    doc: str
    unit: str = ""
    available: Availability = "event"


@dataclass(frozen=True)
class Sample:
    """One observation: a camera frame, a scan, a row of a trace.

    Args:
        index: 0, 1, … within the episode and sensor.
        t: moment of the truth that is observed [s].
        values: column name -> value, one for each declared column beyond the keys
            (`episode_id`, `sample`, `t`), which the writer adds.
    """

    index: int
    t: float
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Samples:
    """Many observations at once, for sensors that give rows by the million.

    Args:
        index: number of the first, within the episode and sensor.
        t: (n,) moments of the truth that is observed [s].
        values: column name -> (n,) numbers, strings, `Words` or `Identities`, as in a Sample.
    """

    index: int
    t: Array
    values: Mapping[str, Any]


@dataclass(frozen=True)
class SensorSetup:
    """One sensor of a scenario, resolved for one episode.

    Args:
        name: the user's name for it; also the table's name and the entity of its noise.
        kind: key of the sensor table.
        on: name of the body that carries it; None is the world.
        T_body_sensor: (4, 4) mounting pose, frame ISO 8855 (x forward, y left, z up).
        settings: resolved plain values of the kind's section.
        times: (n,) moments to observe [s].
        noise: addressed noise of the episode.
        T_sensor_other: (4, 4) mounting pose of the other of a pair in this sensor's mounting frame; None where
            the settings name none.
    """

    name: str
    kind: str
    on: str | None
    T_body_sensor: Array
    settings: Mapping[str, Any]
    times: Array
    noise: Noise
    T_sensor_other: Array | None = None
