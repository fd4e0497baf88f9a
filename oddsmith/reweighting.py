"""Writes the tables of calls and episodes anew with other weights, when more calls share the population."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from oddsmith.index_tables import calls_schema, episodes_schema
from oddsmith.layout import CALLS, EPISODES, Layout
from oddsmith.parquet_tables import rows
from oddsmith.plan import Plan
from oddsmith.receipts import StoredFile, publish
from oddsmith.tasks import shard_job
from renderers.shards import TableWriter
from sim.scenario import Scenario

__all__ = ["reweighted_calls", "reweighted_episodes"]


def reweighted_calls(
    layout: Layout,
    out: Layout,
    scenario: Scenario,
    measures: Sequence[str],
    share: Mapping[str, float],
    files: Sequence[StoredFile],
) -> list[StoredFile]:
    """Write a dataset's calls into another folder, each weight times the share of its role.

    Args:
        layout: the dataset.
        out: where they go.
        scenario: what was hunted.
        measures: names of all measures; one that the old table lacks is null.
        share: role -> factor.
        files: of the dataset.

    Returns:
        The files written.
    """

    def scaled(row: dict[str, Any]) -> dict[str, Any]:
        return row | {"weight": _times(row["weight"], share.get(row["role"], 1.0))}

    return _rewritten(layout, out, CALLS, calls_schema(scenario, measures), scaled, files)


def reweighted_episodes(
    layout: Layout, out: Layout, scenario: Scenario, plan: Plan, files: Sequence[StoredFile]
) -> list[StoredFile]:
    """Write a dataset's episodes into another folder, with the weights of a plan."""
    weights = {episode.episode_id: episode.weight for episode in plan.episodes}

    def weighed(row: dict[str, Any]) -> dict[str, Any]:
        return row | {"weight": weights[row["episode_id"]]}

    return _rewritten(layout, out, EPISODES, episodes_schema(scenario, plan.measures), weighed, files)


def _rewritten(
    layout: Layout, out: Layout, table: str, schema: Any, change: Any, files: Sequence[StoredFile]
) -> list[StoredFile]:
    written: list[StoredFile] = []
    own = sorted(file for file in files if file.table == table)
    for shard in sorted({file.shard for file in own}):
        staging = out.staging / f"{table}-{shard_job(shard)}"
        blank = dict.fromkeys(schema.names)
        with TableWriter(staging, schema) as writer:
            for row in _rows(layout, (file for file in own if file.shard == shard)):
                writer.add(blank | change(row))
            receipt = publish(out, f"{table}-{shard_job(shard)}", shard, {table: writer.finish()})
        written += receipt.files
    return written


def _rows(layout: Layout, files: Iterable[StoredFile]) -> Iterator[dict[str, Any]]:
    for file in files:
        yield from rows(layout.root / file.path)


def _times(weight: float | None, factor: float) -> float | None:
    return None if weight is None else weight * factor
