"""The last step: the card, the Croissant description and the manifest of a dataset whose tables are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from oddsmith.card import dataset_card
from oddsmith.croissant import croissant
from oddsmith.disk import json_bytes, write_file
from oddsmith.layout import CALLS, EPISODES, Layout
from oddsmith.manifest import build_manifest
from oddsmith.plan import Plan
from oddsmith.receipts import StoredFile
from sim.scenario import Scenario

__all__ = ["describe", "part_note"]


def describe(
    layout: Layout,
    scenario: Scenario,
    made: Plan,
    files: Sequence[StoredFile],
    *,
    begun: Mapping[str, Any],
    results: Mapping[str, Any],
    roots: Sequence[Path] = (),
) -> None:
    """Write the documents of a dataset, the manifest last.

    Args:
        layout: where they go; the plan stands there already.
        scenario: what the dataset was made from.
        made: its plan.
        files: all of its Parquet files.
        begun: overrides and environment, as noted when the run began.
        results: what the hunt came to, as planning noted it.
        roots: folders in which files may stand while they are not yet in their place.
    """
    names = sorted({file.table for file in files}, key=lambda table: (table not in (CALLS, EPISODES), table))
    first = {table: min(file.path for file in files if file.table == table) for table in names}
    homes = (layout.root, *roots)
    schemas = {
        table: pq.read_schema(next(home / path for home in homes if (home / path).is_file()))
        for table, path in first.items()
    }
    strata: dict[str, int] = {}
    for episode in made.episodes:
        strata[episode.stratum] = strata.get(episode.stratum, 0) + 1
    card = dataset_card(
        name=scenario.name,
        about=scenario.about,
        sources=scenario.sources,
        tables={table: sum(file.rows for file in files if file.table == table) for table in names},
        sensors=tuple(scenario.sensors),
        columns={table: len(schema) for table, schema in schemas.items()},
        rates=results,
        strata=strata,
    )
    write_file(layout.card, card.encode())
    description = croissant(name=scenario.name, about=scenario.about, files=files, schemas=schemas)
    write_file(layout.croissant, json_bytes(description))
    manifest = build_manifest(layout, scenario, made, files, begun=begun, rates=results, schemas=schemas)
    write_file(layout.manifest, json_bytes(manifest))


def part_note(counts: Mapping[str, int], plan: Plan, first_shard: int) -> dict[str, int]:
    """Return what the manifest tells of one part of a dataset.

    Args:
        counts: calls in all, main and audit.
        plan: of the part.
        first_shard: number of its first shard.
    """
    episodes = sum(len(shard) for shard in plan.shards)
    return {**counts, "episodes": episodes, "shards": len(plan.shards), "first_shard": first_shard}
