"""From a Recording to the rows of a sensor's table: when it looks, what is kept beside what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from renderers.columns import arrow_array, plain_array, repeated
from renderers.sample import Column, Samples, SensorSetup
from renderers.sensors import SensorKind
from sim.geometry import Array, matrix_from_pose, quaternion_from_rpy
from sim.recording import Recording

__all__ = ["KEYS", "mounting", "observe_rows", "sample_times", "sensor_columns"]

KEYS = (
    Column("episode_id", pa.string(), "key", "episode this row belongs to"),
    Column("sample", pa.int32(), "key", "0, 1, … within the episode"),
    Column("t", pa.float64(), "key", "moment the sample is there: what it shows, plus the sensor's delay", "s"),
)
"""The columns that every sensor's table begins with."""

_ROUNDING = 1e-9
"""Grid points this close to the edge of a window [in ticks] lie inside it."""


def sensor_columns(kind: SensorKind, settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return all columns of a sensor's table: the keys and what the kind declares.

    Raises:
        ValueError: the kind declares a column that is a key already.
    """
    own = kind.columns(settings)
    taken = {key.name for key in KEYS} & {column.name for column in own}
    if taken:
        raise ValueError(f"a sensor declares the key columns {sorted(taken)}")
    return (*KEYS, *own)


def sample_times(window: tuple[float, float], rate: float) -> Array:
    """Return (n,) the multiples of 1/rate inside a window, ends included [s].

    The grid is the same for every episode and sensor, whatever the window, so that sensors of one rate share
    their moments.

    Args:
        window: first and last moment [s].
        rate: samples per second [Hz]; 0 for a sensor that has no clock, whose moments are its own affair.
    """
    if rate == 0:
        return np.empty(0)
    first = int(np.ceil(window[0] * rate - _ROUNDING))
    last = int(np.floor(window[1] * rate + _ROUNDING))
    return np.arange(first, last + 1, dtype=np.float64) / rate


def mounting(at: tuple[float, float, float, float, float, float]) -> Array:
    """Return (4, 4) T_body_sensor of a mounting (x, y, z [m], roll, pitch, yaw [rad]), frame ISO 8855."""
    return matrix_from_pose(np.concatenate([at[:3], quaternion_from_rpy(*at[3:])]))


def observe_rows(
    kind: SensorKind, recording: Recording, setup: SensorSetup, *, episode_id: str, delay: float
) -> Iterator[dict[str, Any] | pa.Table]:
    """Yield one row per sample, or a table per `Samples`, in time order, holding no more than one of them.

    Args:
        kind: the kind of sensor.
        recording: the truth.
        setup: the sensor, resolved for this episode.
        episode_id: name of the episode in all tables.
        delay: from what is observed to when the sample is there [s].
    """
    for sample in kind.observe(recording, setup):
        if isinstance(sample, Samples):
            yield _table(sensor_columns(kind, setup.settings), sample, episode_id=episode_id, delay=delay)
            continue
        keys = {"episode_id": episode_id, "sample": sample.index, "t": sample.t + delay}
        yield keys | dict(sample.values)


def _table(columns: tuple[Column, ...], samples: Samples, *, episode_id: str, delay: float) -> pa.Table:
    count = len(samples.t)
    numbers = np.arange(samples.index, samples.index + count, dtype=np.int32)
    keys = [
        repeated(episode_id, count),
        plain_array(numbers),
        plain_array(np.asarray(samples.t, np.float64) + delay),
    ]
    own = [arrow_array(samples.values[column.name], column.type) for column in columns[len(keys) :]]
    return pa.Table.from_arrays([*keys, *own], names=[column.name for column in columns])
