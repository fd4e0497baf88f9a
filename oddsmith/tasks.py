"""What workers do: score a few calls, write one shard. Pure functions of the scenario and the draws."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from oddsmith.calls import ScoredCall
from oddsmith.catalog import sensor_sections
from oddsmith.disk import disk_faults
from oddsmith.exporters import TABLE as EXPORTERS
from oddsmith.layout import Layout
from oddsmith.observing import episode_rows, table_schemas
from oddsmith.plan import PlannedEpisode
from oddsmith.receipts import Receipt, publish
from renderers.shards import TableWriter
from sim.episode import score
from sim.errors import RunError
from sim.recording import Outcome
from sim.samplers import Call, coarsened
from sim.scenario import Scenario

__all__ = ["ScenarioFile", "ScoreTask", "ShardTask", "shard_job"]


def shard_job(shard: int) -> str:
    """Return the name of the job that makes a shard."""
    return f"{shard:05d}"


@dataclass(frozen=True)
class ScenarioFile:
    """How a process gets the scenario of a run.

    Args:
        path: the dataset's own copy.
        inputs: folder with its copies of the files the scenario reads.
        overrides: as the user gave them.
        hash: of what must come out.
    """

    path: Path
    inputs: Path
    overrides: Mapping[str, str]
    hash: str

    def open(self) -> Scenario:
        """Load the scenario.

        Raises:
            RunError: it is not what the run was begun with.
        """
        scenario = Scenario.load(
            self.path,
            sensors=sensor_sections(),
            exporters=tuple(EXPORTERS),
            overrides=self.overrides,
            inputs=self.inputs,
        )
        if scenario.hash != self.hash:
            raise RunError(f"{self.path} was changed since the run was begun: start again in a new folder")
        return scenario


@dataclass(frozen=True)
class ScoreTask:
    """Evaluates some calls of the hunt.

    Args:
        running: event whose running maximum is kept, coarsened; None to keep none.
    """

    calls: tuple[Call, ...]
    running: str | None = None

    @property
    def title(self) -> str:
        """Which calls, for people."""
        return f"calls {self.calls[0].index} to {self.calls[-1].index}"

    def run(self, scenario: Scenario) -> list[ScoredCall]:
        """Return what the calls came to, in their order."""
        return [_scored(scenario, call, self.running) for call in self.calls]


@dataclass(frozen=True)
class ShardTask:
    """Records the episodes of one shard and writes its files.

    Args:
        root: the dataset's folder.
        shard: its number.
        episodes: in stored order.
        measures: names of the measures that stand in the table of episodes.
    """

    root: Path
    shard: int
    episodes: tuple[PlannedEpisode, ...]
    measures: tuple[str, ...]

    @property
    def title(self) -> str:
        """Which shard, for people."""
        return f"shard {self.shard}"

    def run(self, scenario: Scenario) -> Receipt:
        """Write the shard and return its receipt.

        Raises:
            RunError: an episode or the disk failed; nothing of the shard is left.
        """
        layout = Layout(self.root)
        staging = layout.staging / f"{shard_job(self.shard)}-{os.getpid()}"
        schemas = table_schemas(scenario, self.measures, self.episodes[0].draw)
        try:
            with ExitStack() as stack:
                writers = {
                    table: stack.enter_context(TableWriter(staging / table, schema))
                    for table, schema in schemas.items()
                }
                for episode in self.episodes:
                    for table, row in episode_rows(scenario, episode, measures=self.measures):
                        with disk_faults(self.root / table):
                            writers[table].add(row)
                with disk_faults(self.root):
                    parts = {table: writer.finish() for table, writer in writers.items()}
                    return publish(layout, shard_job(self.shard), self.shard, parts)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _scored(scenario: Scenario, call: Call, running: str | None) -> ScoredCall:
    """Score a call; one that cannot be simulated is kept as such, for dropping it would bend every rate.

    The curves of running maxima stay behind, for they are a hundred times the rest; a sampler that redraws the
    end of episodes gets its target's in short.
    """
    parameters: Mapping[str, float | str | bool] = {}
    try:
        values = scenario.resolve(call.draw)
        parameters = values.parameters
        outcome = score(scenario, call.draw, values=values)
        kept = outcome.running.get(running) if running is not None else None
        short = (
            {running: coarsened(kept, scenario.duration)} if kept is not None and running is not None else {}
        )
        return ScoredCall(call, replace(outcome, running=short), parameters)
    except RunError as fault:
        never = dict.fromkeys(scenario.events, float("-inf"))
        unknown = dict.fromkeys(scenario.events, float("nan"))
        lasted = None if scenario.until is None else float("nan")
        return ScoredCall(call, Outcome(never, unknown, unknown, {}, duration=lasted), parameters, str(fault))
