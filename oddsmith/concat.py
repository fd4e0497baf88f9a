"""Several runs of one scenario, read as one dataset: `Dataset.concat([a, b])`.

Runs with different seeds are independent hunts of one population. They are combined by their shares of main
calls, so every weight of calls and episodes is multiplied by its run's share; weights of audit calls by the
share of audit calls. Nothing is copied: the joined dataset reads its members' folders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.dataset import Dataset, Episode, Frame
from oddsmith.errors import DatasetError
from oddsmith.readable import Readable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["JoinedDataset", "concat"]

_WEIGHED = ("calls", "episodes")


@dataclass(frozen=True)
class _Member:
    """A run: its share per role of calls, and how many groups come before its own."""

    dataset: Dataset
    seed: int
    share: Mapping[str, float]
    first_group: int


class JoinedDataset(Readable):
    """Reads several runs as one; made by `Dataset.concat`, and read as a `Dataset` is."""

    def __init__(self, members: Sequence[_Member]) -> None:
        """Keep the members, which `concat` has checked."""
        self._members = tuple(members)
        self._first = members[0].dataset

    def __repr__(self) -> str:
        return f"Dataset.concat([{', '.join(map(repr, self.members))}])"

    def __len__(self) -> int:
        return sum(len(member) for member in self.members)

    @property
    def members(self) -> tuple[Dataset, ...]:
        """The runs."""
        return tuple(member.dataset for member in self._members)

    @property
    def where(self) -> str:
        """The folders, as messages name them."""
        return ", ".join(member.where for member in self.members)

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the members' manifests have in common, and `seeds`."""
        first = self._first.manifest
        same = {
            key: value
            for key, value in first.items()
            if all(member.manifest.get(key) == value for member in self.members)
        }
        return {**same, "hunt": first.get("hunt"), "seeds": [member.seed for member in self._members]}

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of all tables."""
        return self._first.tables

    @property
    def sensors(self) -> tuple[str, ...]:
        """Names of the tables that hold what sensors gave."""
        return self._first.sensors

    @property
    def events(self) -> tuple[str, ...]:
        """Names of the declared events."""
        return self._first.events

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the semantic classes."""
        return self._first.categories

    def columns(self, table: str) -> dict[str, str]:
        """Return a table's columns and their roles; calls and episodes have a `seed` too."""
        return self._first.columns(table) | ({"seed": "meta"} if table in _WEIGHED else {})

    def units(self, table: str) -> dict[str, str]:
        """Return the units of a table's columns that have one."""
        return self._first.units(table)

    def columns_of_kind(self, table: str, kind: str) -> tuple[str, ...]:
        """Return the columns of `calls` or `episodes` of a kind: event, measure, parameter, score and so on."""
        return self._first.columns_of_kind(table, kind)

    def episodes(self, *, split: str | None = None, event: str | None = None) -> Iterator[Episode]:
        """Yield the episodes of one run after the other, as `Dataset.episodes`."""
        for member in self._members:
            for episode in member.dataset.episodes(split=split, event=event):
                yield _weighed(episode, member)

    def frames(
        self,
        sensor: str,
        *,
        split: str | None = None,
        event: str | None = None,
        columns: Sequence[str] | None = None,
        part: tuple[int, int] = (0, 1),
    ) -> Iterator[Frame]:
        """Yield the frames of one sensor, run after run, as `Dataset.frames`."""
        for member in self._members:
            episodes: dict[str, Episode] = {}
            found = member.dataset.frames(sensor, split=split, event=event, columns=columns, part=part)
            for frame in found:
                if frame.episode.id not in episodes:
                    episodes = {frame.episode.id: _weighed(frame.episode, member)}
                yield replace(frame, episode=episodes[frame.episode.id])

    def weights(self) -> tuple[list[str], NDArray[np.float64]]:
        """Return the episode ids and (N,) their weights, nan where an episode has no honest odds."""
        ids: list[str] = []
        weights = []
        for member in self._members:
            own, raw = member.dataset.weights()
            ids += own
            weights.append(raw * member.share["main"])
        return ids, np.concatenate(weights)

    def to_arrow(self, table: str = "episodes", *, columns: Sequence[str] | None = None) -> Any:
        """Return a whole table as a `pyarrow.Table`, weights rescaled, groups told apart.

        Raises:
            DatasetError: there is no such table or column.
        """
        import pyarrow as pa

        parts = [_table(member, table, columns) for member in self._members]
        return pa.concat_tables(parts, promote_options="default")

    def features(self, table: str) -> Any:
        """Return keys and features of a table: what an observer would have."""
        import pyarrow as pa

        return pa.concat_tables(member.features(table) for member in self.members)


def concat(datasets: Sequence[Dataset | str | Path]) -> JoinedDataset:
    """Return several complete runs of one scenario with different seeds as one dataset.

    Raises:
        DatasetError: there is none, one is unfinished, they are of different scenarios or formats, or two have
            the same seed and so hold the same episodes.
    """
    opened = [one if isinstance(one, Dataset) else Dataset(one) for one in datasets]
    if not opened:
        raise DatasetError("there is nothing to join: give at least one dataset")
    for one in opened:
        if not one.manifest:
            raise DatasetError(
                f"{one.folder.path} is unfinished: `oddsmith resume {one.folder.path}` goes on with it"
            )
    for one in opened[1:]:
        _check_alike(opened[0], one)
    seeds = Counter(one.manifest["seed"] for one in opened)
    if twice := [seed for seed, count in seeds.items() if count > 1]:
        raise DatasetError(
            f"two datasets have seed {twice[0]} and hold the same episodes: join runs of different seeds"
        )
    counts = [_counts(one) for one in opened]
    totals = {role: sum(count[role] for count in counts) for role in ("main", "audit")}
    members, groups = [], 0
    for one, count in zip(opened, counts, strict=True):
        share = {role: count[role] / max(total, 1) for role, total in totals.items()}
        members.append(_Member(one, int(one.manifest["seed"]), share, groups))
        groups += _groups(one)
    return JoinedDataset(members)


def _check_alike(first: Dataset, other: Dataset) -> None:
    for what, key in (("format", "format"), ("scenario", "name"), ("scenario's content", "scenario")):
        here, there = first.manifest[key], other.manifest[key]
        if isinstance(here, Mapping):
            here, there = here["hash"][:12], there["hash"][:12]
        if here != there:
            names = f"{other.folder.path} cannot be joined with {first.folder.path}"
            raise DatasetError(f"{names}: its {what} is {there}, not {here}")


def _counts(dataset: Dataset) -> dict[str, int]:
    parts = dataset.manifest["parts"]
    return {role: sum(part[role] for part in parts) for role in ("main", "audit")}


def _groups(dataset: Dataset) -> int:
    import pyarrow.compute as pc

    return 1 + int(pc.max(dataset.to_arrow("calls", columns=["group"])["group"]).as_py())


def _weighed(episode: Episode, member: _Member) -> Episode:
    row = dict(episode.row)
    row["weight"] = None if row["weight"] is None else row["weight"] * member.share["main"]
    row["group"] = row["group"] + member.first_group if "group" in row else None
    return replace(episode, row={**row, "seed": member.seed})


def _table(member: _Member, table: str, columns: Sequence[str] | None) -> pa.Table:
    """Return a member's table with its weights and groups among those of all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if table not in _WEIGHED:
        return member.dataset.to_arrow(table, columns=columns)
    asked = None if columns is None else [name for name in columns if name != "seed"]
    extra = ["role"] if asked is not None and table == "calls" and "role" not in asked else []
    found = member.dataset.to_arrow(table, columns=None if asked is None else [*asked, *extra])
    if "weight" in found.column_names:
        share = pa.scalar(member.share["main"])
        if table == "calls":
            is_audit = pc.equal(found["role"], "audit")
            share = pc.if_else(is_audit, pa.scalar(member.share["audit"]), share)
        found = _replaced(found, "weight", pc.multiply(found["weight"], share))
    if "group" in found.column_names:
        shifted = pc.add(found["group"], pa.scalar(member.first_group, pa.int32()))
        found = _replaced(found, "group", shifted)
    if columns is None or "seed" in columns:
        seed = pa.field(
            "seed", pa.uint64(), metadata={"role": "meta", "unit": "", "doc": "root seed of the run"}
        )
        found = found.append_column(seed, pa.array([member.seed] * found.num_rows, pa.uint64()))
    return found.drop_columns(extra) if extra else found


def _replaced(table: pa.Table, name: str, values: Any) -> pa.Table:
    place = table.column_names.index(name)
    return table.set_column(place, table.schema.field(place), values)
