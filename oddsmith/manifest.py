"""The manifest: what a dataset holds, file by file, and everything needed to make it again. No clock in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import pyarrow as pa

from oddsmith.disk import file_hash, json_bytes
from oddsmith.layout import Layout
from oddsmith.plan import Plan
from oddsmith.receipts import StoredFile
from sim.scenario import Scenario

__all__ = ["FORMAT", "build_manifest", "dataset_hash", "read_manifest"]

FORMAT = 1
"""Version of the folder's layout and of this file."""


def build_manifest(
    layout: Layout,
    scenario: Scenario,
    plan: Plan,
    files: Sequence[StoredFile],
    *,
    begun: Mapping[str, Any],
    rates: Mapping[str, Any],
    schemas: Mapping[str, pa.Schema],
) -> dict[str, Any]:
    """Return the manifest as plain data.

    Args:
        layout: the dataset, whose tables and documents stand on disk.
        scenario: what it was made from.
        plan: what was made.
        files: all Parquet files.
        begun: overrides and environment, as noted when the run began.
        rates: what the hunt came to: odds of the events, failures, constraints, how it was made and frozen.
        schemas: table -> its schema.
    """
    strata: dict[str, int] = {}
    for episode in plan.episodes:
        strata[episode.stratum] = strata.get(episode.stratum, 0) + 1
    return {
        "format": FORMAT,
        "kind": "oddsmith dataset",
        "name": scenario.name,
        "about": scenario.about,
        "sources": list(scenario.sources),
        "tags": list(scenario.tags),
        "scenario": {"hash": scenario.hash, "resolved": scenario.to_dict()},
        "seed": plan.seed,
        "overrides": dict(begun["overrides"]),
        "inputs": [{"path": item.path, "sha256": item.sha256} for item in scenario.inputs],
        "versions": begun["versions"],
        "platform": begun["platform"],
        "plan_hash": plan.hash,
        "dataset_hash": dataset_hash({file.path: file.sha256 for file in files}, plan.hash),
        "events": list(scenario.events),
        "modes": list(scenario.modes),
        "target": scenario.target,
        "splits": dict(scenario.splits),
        "export": list(scenario.export),
        "exposure": asdict(scenario.exposure) if scenario.exposure else None,
        "categories": list(scenario.domain.categories),
        "sensors": {
            name: {"kind": use.kind, "on": use.on, "rate": use.rate, "delay": use.delay}
            for name, use in scenario.sensors.items()
        },
        "tables": _tables(files, schemas),
        "files": [asdict(file) for file in sorted(files)],
        "documents": _documents(layout),
        "counts": {
            "calls": plan.calls,
            "episodes": sum(strata.values()),
            "strata": dict(sorted(strata.items())),
        },
        **rates,
    }


def read_manifest(layout: Layout) -> dict[str, Any]:
    """Return the manifest of a complete dataset as plain data."""
    found: dict[str, Any] = json.loads(layout.manifest.read_bytes())
    return found


def dataset_hash(files: Mapping[str, str], plan_hash: str) -> str:
    """Return the hash of a dataset: of its plan, and of the paths and contents of its Parquet files.

    Args:
        files: path -> SHA-256 of the content.
        plan_hash: SHA-256 of the plan.
    """
    return sha256(json_bytes({"plan": plan_hash, "files": dict(files)})).hexdigest()


def _tables(files: Sequence[StoredFile], schemas: Mapping[str, pa.Schema]) -> dict[str, Any]:
    return {
        name: {
            "rows": sum(file.rows for file in files if file.table == name),
            "columns": [_column(field) for field in schema],
        }
        for name, schema in schemas.items()
    }


def _column(field: Any) -> dict[str, str]:
    notes = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    return {"name": field.name, "type": str(field.type), **notes}


def _documents(layout: Layout) -> dict[str, str]:
    """Return path -> SHA-256 of every file beside the tables."""
    files = [layout.plan, layout.scenario, layout.card, layout.croissant]
    files += sorted(file for file in layout.inputs.rglob("*") if file.is_file())
    return {file.relative_to(layout.root).as_posix(): file_hash(file) for file in files}
