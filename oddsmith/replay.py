"""Makes one episode again, alone, and compares it with what the dataset holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from oddsmith.begin import check_environment, scenario_file
from oddsmith.layout import Layout
from oddsmith.observing import episode_rows, table_schemas
from oddsmith.plan import Plan, PlannedEpisode
from renderers.shards import rows_to_table, table_bytes
from sim.errors import UsageError, did_you_mean

__all__ = ["Replayed", "replay"]


@dataclass(frozen=True)
class Replayed:
    """An episode made again.

    Args:
        tables: table -> the rows it has now.
        differences: one clause per table whose stored rows are not the same, byte by byte.
    """

    episode_id: str
    shard: int
    tables: Mapping[str, pa.Table]
    differences: tuple[str, ...]

    @property
    def is_identical(self) -> bool:
        """Whether every row came out as it is stored."""
        return not self.differences


def replay(out: Path, episode_id: str) -> Replayed:
    """Record an episode of a dataset anew and compare all its rows with the stored ones.

    Args:
        out: the dataset; it may be unfinished as long as the episode's shard is there.
        episode_id: name of the episode.

    Raises:
        UsageError: the dataset has no such episode, or was made in another environment.
        DatasetError: the folder is not a dataset.
        RunError: the episode cannot be recorded.
    """
    layout = Layout(out)
    check_environment(layout)
    plan, shard, planned = _find(layout, episode_id)
    scenario = scenario_file(layout).open()
    schemas = table_schemas(scenario, plan.measures, planned.draw)
    rows: dict[str, list[Mapping[str, Any]]] = {table: [] for table in schemas}
    for table, row in episode_rows(scenario, planned, measures=plan.measures):
        rows[table].append(row)
    tables = {table: rows_to_table(schema, rows[table]) for table, schema in schemas.items()}
    differences = [
        f"the rows of {table} differ"
        for table, made in tables.items()
        if not _is_stored(layout, table, shard, episode_id, made)
    ]
    return Replayed(episode_id, shard, tables, tuple(differences))


def _find(layout: Layout, episode_id: str) -> tuple[Plan, int, PlannedEpisode]:
    if not layout.plan.is_file():
        raise UsageError(f"{layout.root} has no plan yet: `oddsmith resume {layout.root}` goes on with it")
    plan = Plan.from_bytes(layout.plan.read_bytes())
    for shard, episodes in enumerate(plan.shards):
        for planned in episodes:
            if planned.episode_id == episode_id:
                return plan, shard, planned
    near = did_you_mean(episode_id, [planned.episode_id for planned in plan.episodes])
    hint = f".  Did you mean '{near}'?" if near else ""
    raise UsageError(f"{layout.root} has no episode {episode_id!r}{hint}")


def _is_stored(layout: Layout, table: str, shard: int, episode_id: str, made: pa.Table) -> bool:
    files = sorted((layout.root / table).glob(f"{shard:05d}*.parquet"))
    if not files:
        raise UsageError(f"{layout.root}/{table} has no shard {shard} yet, which holds the episode")
    mine = pc.field("episode_id") == episode_id
    stored = pa.concat_tables(pq.read_table(file, filters=mine, partitioning=None) for file in files)
    reread = pq.read_table(pa.BufferReader(table_bytes(made)))  # Parquet renames the elements of lists
    if not stored.schema.equals(reread.schema, check_metadata=True):
        return False
    return table_bytes(stored.combine_chunks()) == table_bytes(reread.combine_chunks())
