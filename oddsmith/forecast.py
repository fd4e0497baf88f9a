"""What a run will cost, judged from a few draws; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

import pyarrow as pa

from oddsmith.observing import sensor_setup, table_schemas
from oddsmith.parts import first_order
from oddsmith.plan import shard_size
from renderers.observation import observe_rows
from renderers.sample import SensorSetup
from renderers.sensors import TABLE as SENSORS
from renderers.shards import rows_to_table, table_bytes
from sim.episode import record, score
from sim.recording import Recording
from sim.samplers import TABLE as SAMPLERS
from sim.scenario import Scenario

__all__ = ["Forecast", "plan"]

_DRAWS = 3
_SAMPLES = 2


@dataclass(frozen=True)
class Forecast:
    """What a run comes to.

    Args:
        frames: sensor -> samples, over all episodes.
        bytes: of all tables, about.
        hunt_seconds: one worker, about.
        render_seconds: one worker, about.
    """

    calls: int
    episodes: int
    shards: int
    frames: Mapping[str, int]
    bytes: int
    hunt_seconds: float
    render_seconds: float

    @property
    def seconds(self) -> float:
        """All of the work, for one worker."""
        return self.hunt_seconds + self.render_seconds


def plan(scenario: Scenario, *, seed: int = 0) -> Forecast:
    """Return what `run` would do and about how long it would take, measured on a few nominal draws.

    Raises:
        RunError: one of them cannot be simulated.
    """
    sampling = scenario.sampling
    calls = SAMPLERS[sampling.method](scenario, first_order(scenario, seed).settings(scenario)).planned_calls
    draws = [scenario.nominal(seed, index) for index in range(_DRAWS)]
    for draw in draws[:1]:
        score(scenario, draw)  # the first pays for compiling
        record(scenario, draw)
    began = perf_counter()
    for draw in draws:
        score(scenario, draw)
    per_call = (perf_counter() - began) / _DRAWS
    began = perf_counter()
    recordings = [record(scenario, draw) for draw in draws]
    per_episode = (perf_counter() - began) / _DRAWS
    episodes = min(sampling.episodes, calls)
    frames, size = {}, 0.0
    schemas = table_schemas(scenario, tuple(recordings[0].outcome.measures), draws[0])
    for name in scenario.sensors:
        setups = [sensor_setup(scenario, name, recording) for recording in recordings]
        each = sum(len(setup.times) for setup in setups) / _DRAWS
        seconds, weight = _one_sample(scenario, name, recordings[0], setups[0], schemas[name])
        frames[name] = round(each * episodes)
        size += each * episodes * weight
        per_episode += each * seconds
    return Forecast(
        calls=calls,
        episodes=episodes,
        shards=-(-episodes // shard_size(episodes)),
        frames=frames,
        bytes=round(size),
        hunt_seconds=per_call * calls,
        render_seconds=per_episode * episodes,
    )


def _one_sample(
    scenario: Scenario, name: str, recording: Recording, setup: SensorSetup, schema: pa.Schema
) -> tuple[float, float]:
    """Return the seconds and bytes of one sample of a sensor, compiled beforehand."""
    kind = SENSORS[scenario.sensors[name].kind]
    few = replace(setup, times=setup.times[:_SAMPLES])
    list(kind.observe(recording, replace(setup, times=setup.times[:1])))
    began = perf_counter()
    rows = list(observe_rows(kind, recording, few, episode_id="0" * 16, delay=0.0))
    seconds = perf_counter() - began
    if not rows:
        return 0.0, 0.0
    return seconds / len(rows), len(table_bytes(rows_to_table(schema, rows))) / len(rows)
