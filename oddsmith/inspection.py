"""What is in a dataset: its tables, its episodes, and the rates of its events with what is known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.dataset import Dataset
from oddsmith.intervals import clopper_pearson, wilson
from oddsmith.parquet_tables import count_rows, read_table

__all__ = ["EventRate", "Inspection", "TableFacts", "inspect_dataset"]

_EQUAL = 1e-9
"""Relative spread below which the weights of calls count as equal: then they are plain independent draws."""


@dataclass(frozen=True)
class TableFacts:
    """One table: how many rows and files, how large, and which columns by role."""

    name: str
    rows: int
    files: int
    bytes: int
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class EventRate:
    """How often an event occurs in the population, as far as the calls of the hunt tell.

    Args:
        calls: calls with a weight.
        hits: those in which the event occurred.
        rate: weighted share; None where no call has a weight.
        wilson: score interval, and clopper_pearson the exact one, at 95 %; None where calls are not plain
            independent draws, because then a count of hits does not tell the spread.
        largest_share: largest part that a single call has in the rate; near 1, one call makes the figure.
        episodes: exported episodes in which the event occurred.
    """

    event: str
    calls: int
    hits: int
    rate: float | None
    wilson: tuple[float, float] | None
    clopper_pearson: tuple[float, float] | None
    largest_share: float | None
    episodes: int


@dataclass(frozen=True)
class Inspection:
    """All that `oddsmith inspect` shows.

    Args:
        roles: calls per role: pilot, main, audit.
        failures: calls whose episode could not be simulated; they keep their weight and count as no event.
    """

    name: str
    about: str
    is_complete: bool
    dataset_hash: str | None
    episodes: int
    splits: Mapping[str, int]
    failures: int
    roles: Mapping[str, int]
    tables: tuple[TableFacts, ...]
    rates: tuple[EventRate, ...]
    exposure: Mapping[str, Any] | None

    def to_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def inspect_dataset(dataset: Dataset) -> Inspection:
    """Read what is in a dataset, without its images.

    Raises:
        DatasetError: a file is damaged.
    """
    manifest = dataset.manifest
    episodes = read_table(
        dataset.folder.files("episodes"),
        columns=["split", *dataset.columns_of_kind("episodes", "event")],
    )
    calls = _calls(dataset)
    exported = {event: int(np.sum(_flags(episodes, event))) for event in dataset.events}
    return Inspection(
        name=str(manifest.get("name", dataset.folder.path.name)),
        about=str(manifest.get("about", "")),
        is_complete=bool(manifest),
        dataset_hash=manifest.get("dataset_hash"),
        episodes=episodes.num_rows,
        splits=dict(sorted(Counter(episodes["split"].to_pylist()).items())),
        failures=0 if calls is None else calls.num_rows - calls["failure"].null_count,
        roles={} if calls is None else dict(sorted(Counter(calls["role"].to_pylist()).items())),
        tables=tuple(_facts(dataset, name) for name in dataset.tables),
        rates=tuple(_rate(event, calls, exported[event]) for event in dataset.events),
        exposure=manifest.get("exposure"),
    )


def _facts(dataset: Dataset, name: str) -> TableFacts:
    files = dataset.folder.files(name)
    by_role: dict[str, tuple[str, ...]] = {}
    for column, role in dataset.columns(name).items():
        by_role[role] = (*by_role.get(role, ()), column)
    return TableFacts(
        name=name,
        rows=sum(count_rows(file) for file in files),
        files=len(files),
        bytes=sum(file.stat().st_size for file in files),
        columns=by_role,
    )


def _calls(dataset: Dataset) -> Any | None:
    """Return role, weight and events of all calls, or None where a run has not got that far."""
    if "calls" not in dataset.tables:
        return None
    columns = ["role", "weight", "failure", *dataset.columns_of_kind("calls", "event")]
    return read_table(dataset.folder.files("calls"), columns=columns)


def _rate(event: str, calls: Any | None, episodes: int) -> EventRate:
    if calls is None:
        return EventRate(event, 0, 0, None, None, None, None, episodes)
    all_weights = np.array([np.nan if w is None else w for w in calls["weight"].to_pylist()], np.float64)
    known = np.isfinite(all_weights)
    weights, hit = all_weights[known], _flags(calls, event)[known]
    if not weights.size:
        return EventRate(event, 0, 0, None, None, None, None, episodes)
    n, hits = int(weights.size), int(hit.sum())
    is_plain = bool(np.ptp(weights) <= _EQUAL * weights.max())
    return EventRate(
        event=event,
        calls=n,
        hits=hits,
        rate=float(weights[hit].sum()),
        wilson=wilson(hits, n) if is_plain else None,
        clopper_pearson=clopper_pearson(hits, n) if is_plain else None,
        largest_share=float(weights[hit].max() / weights[hit].sum()) if hits else None,
        episodes=episodes,
    )


def _flags(table: Any, event: str) -> NDArray[np.bool_]:
    return np.array([bool(value) for value in table[f"event.{event}"].to_pylist()], np.bool_)
