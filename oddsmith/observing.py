"""One planned episode to the rows of all its tables: record, let every sensor look, and tell what happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from oddsmith.index_tables import episode_row, episodes_schema
from oddsmith.layout import EPISODES
from oddsmith.plan import PlannedEpisode
from oddsmith.recorded import (
    OCCURRENCES,
    occurrence_rows,
    recorded_schemas,
    recorded_table,
    recorded_tables,
)
from renderers.observation import mounting, observe_rows, sample_times, sensor_columns
from renderers.sample import SensorSetup
from renderers.sensors import TABLE as SENSORS
from renderers.shards import Piece, table_schema
from sim.episode import capture_window, record
from sim.errors import RunError
from sim.geometry import inverse
from sim.noise import Draw
from sim.recording import Recording
from sim.scenario import Scenario

__all__ = ["episode_rows", "sensor_setup", "table_rows", "table_schemas"]


def table_schemas(scenario: Scenario, measures: Sequence[str], draw: Draw) -> dict[str, pa.Schema]:
    """Return the schemas of all tables that are written episode by episode.

    Args:
        scenario: what is recorded.
        measures: names of the measures that stand in the table of episodes.
        draw: any of the scenario's; a sensor's columns must not depend on which.
    """
    settings = scenario.resolve(draw).sensors
    schemas = {EPISODES: episodes_schema(scenario, measures)}
    for name, use in scenario.sensors.items():
        schemas[name] = table_schema(name, sensor_columns(SENSORS[use.kind], settings[name]["settings"]))
    return schemas | recorded_schemas(scenario.domain)


def episode_rows(
    scenario: Scenario, planned: PlannedEpisode, *, measures: Sequence[str]
) -> Iterator[tuple[str, Piece]]:
    """Yield (table, rows) for everything an episode adds to the dataset: a row, or a batch, at a time.

    Args:
        scenario: what is recorded.
        planned: the episode.
        measures: names of the measures that stand in the table of episodes.

    Raises:
        RunError: the episode failed, or came to something else than when it was hunted.
    """
    recording = record(scenario, planned.draw)
    _check_same(scenario, planned, recording)
    yield EPISODES, episode_row(planned, recording.outcome, recording.parameters, measures=measures)
    for name in scenario.sensors:
        for row in _seen(scenario, name, recording, planned.episode_id):
            yield name, row
    for happened in occurrence_rows(scenario.domain, recording, episode_id=planned.episode_id):
        yield OCCURRENCES, happened
    yield from recorded_tables(scenario.domain, recording, episode_id=planned.episode_id)


def table_rows(scenario: Scenario, planned: PlannedEpisode, table: str) -> Iterator[Piece]:
    """Yield what an episode adds to one table, a sensor's or the domain's, without making the others.

    Raises:
        RunError: as `episode_rows`.
    """
    recording = record(scenario, planned.draw)
    _check_same(scenario, planned, recording)
    if table in scenario.sensors:
        yield from _seen(scenario, table, recording, planned.episode_id)
    else:
        yield from recorded_table(scenario.domain, recording, table, episode_id=planned.episode_id)


def _seen(scenario: Scenario, name: str, recording: Recording, episode_id: str) -> Iterator[Piece]:
    """Yield what a sensor gives of an episode."""
    use = scenario.sensors[name]
    setup = sensor_setup(scenario, name, recording)
    yield from observe_rows(SENSORS[use.kind], recording, setup, episode_id=episode_id, delay=use.delay)


def sensor_setup(scenario: Scenario, name: str, recording: Recording) -> SensorSetup:
    """Return a sensor of the scenario as it stands in one episode."""
    use = scenario.sensors[name]
    sensors = scenario.resolve(recording.draw).sensors
    values = sensors[name]
    T_body_sensor = mounting(values["at"])
    other = None if use.pair is None else values["settings"][use.pair]
    return SensorSetup(
        name=name,
        kind=use.kind,
        on=use.on,
        T_body_sensor=T_body_sensor,
        settings=values["settings"],
        times=sample_times(capture_window(scenario, name, recording), use.rate),
        noise=recording.draw.noise,
        T_sensor_other=None if other is None else inverse(T_body_sensor) @ mounting(sensors[other]["at"]),
    )


def _check_same(scenario: Scenario, planned: PlannedEpisode, recording: Recording) -> None:
    target = scenario.target
    if target is not None and recording.outcome.scores[target] != planned.score:
        raise RunError(
            f"episode {planned.episode_id} scored {planned.score!r} for {target} in the hunt and "
            f"{recording.outcome.scores[target]!r} when recorded: its weight would not be its own"
        )
