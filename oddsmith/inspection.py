"""What is in a dataset: its tables, its episodes, and the rates of its events with what is known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from oddsmith.campaign_counts import CampaignCount, campaign_counts
from oddsmith.dataset import Dataset
from oddsmith.odds import EventOdds, odds_of_dataset, read_calls
from oddsmith.parquet_tables import count_rows, read_table

__all__ = ["Inspection", "TableFacts", "inspect_dataset"]


@dataclass(frozen=True)
class TableFacts:
    """One table: how many rows and files, how large, and which columns by role."""

    name: str
    rows: int
    files: int
    bytes: int
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Inspection:
    """All that `oddsmith inspect` shows.

    Args:
        failures: calls whose episode could not be simulated; they keep their weight and count as no event.
        roles: calls per role: pilot, main, audit.
        exported: event -> exported episodes in which it occurred.
        odds: per event, as `oddsmith odds` tells in full; none where a run has not weighed its calls.
        campaigns: crimes of a bank, and what became of them; none where there is no bank.
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
    exported: Mapping[str, int]
    odds: tuple[EventOdds, ...]
    campaigns: tuple[CampaignCount, ...]

    def to_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        tables = [asdict(table) for table in self.tables]
        odds = {one.event: one.to_data() for one in self.odds}
        return found | {"tables": tables, "odds": odds, "campaigns": [asdict(one) for one in self.campaigns]}


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
    calls = read_calls(dataset)
    return Inspection(
        name=str(manifest.get("name", dataset.folder.path.name)),
        about=str(manifest.get("about", "")),
        is_complete=bool(manifest),
        dataset_hash=manifest.get("dataset_hash"),
        episodes=episodes.num_rows,
        splits=dict(sorted(Counter(episodes["split"].to_pylist()).items())),
        failures=0 if calls is None else int(calls.failed.sum()),
        roles={} if calls is None else dict(sorted(Counter(calls.role.tolist()).items())),
        tables=tuple(_facts(dataset, name) for name in dataset.tables),
        exported={event: sum(map(bool, episodes[f"event.{event}"].to_pylist())) for event in dataset.events},
        odds=() if calls is None else odds_of_dataset(dataset).events,
        campaigns=campaign_counts(dataset),
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
