"""Reads a dataset as a stranger would: episodes, frames as numpy arrays, tables, weights.

    import oddsmith

    ds = oddsmith.Dataset("outputs/cut_in")
    for episode in ds.episodes(event="collision"):
        for frame in episode.frames("front"):
            image, depth = frame["rgb"], frame["depth"]

Everything streams: one shard's episode rows and a few frames are in memory at a time. Nothing of the simulator
or the renderers is loaded, and OpenCV only when an image is decoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.decoding import decode
from oddsmith.errors import MissingColumn
from oddsmith.folder import Folder
from oddsmith.parquet_tables import (
    availability,
    batches,
    columns_with_roles,
    kinds,
    read_table,
    roles,
    rows,
    units,
)
from oddsmith.readable import Readable

if TYPE_CHECKING:
    from oddsmith.concat import JoinedDataset

__all__ = ["Dataset", "Episode", "Frame"]

_EVENT = "event."
_FEATURE_ROLES = ("key", "feature")


@dataclass(frozen=True)
class Frame(Mapping[str, Any]):
    """One row of a sensor's table: a mapping from column to decoded value, decoded when asked for.

    Args:
        index: 0, 1, … within the episode and sensor.
        t: moment of the truth that was observed [s].
        stored: column -> value as it stands on disk (images as `{bytes, path}`).
    """

    sensor: str
    episode: Episode
    index: int
    t: float
    stored: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        if column not in self.stored:
            raise MissingColumn(f"{self.sensor} has no column {column!r}; it has {', '.join(self.stored)}")
        return decode(column, self.stored[column])

    def __iter__(self) -> Iterator[str]:
        return iter(self.stored)

    def __len__(self) -> int:
        return len(self.stored)

    @property
    def weight(self) -> float | None:
        """With what weight the frame's episode stands for the population; None: it has no honest odds."""
        return self.episode.weight


@dataclass(frozen=True)
class Episode:
    """One episode: its row of the `episodes` table, and the way to its frames.

    Args:
        shard: number of the files that hold it.
        row: column -> value of the `episodes` table.
    """

    dataset: Dataset = field(repr=False)
    shard: int
    row: Mapping[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        """The name that `oddsmith replay` takes."""
        return str(self.row["episode_id"])

    @property
    def weight(self) -> float | None:
        """With what weight it stands for the real population; None: it has no honest odds."""
        return None if self.row["weight"] is None else float(self.row["weight"])

    @property
    def split(self) -> str:
        """`train`, `val` or `test`."""
        return str(self.row["split"])

    @property
    def events(self) -> dict[str, bool]:
        """Event -> whether it occurred."""
        return {name: bool(value) for name, value in self._of_kind("event").items()}

    @property
    def parameters(self) -> dict[str, Any]:
        """Path of each once-per-episode parameter -> its value in SI units."""
        return self._of_kind("parameter")

    @property
    def measures(self) -> dict[str, Any]:
        """Measure the scenario reads -> its value."""
        return self._of_kind("measure")

    def frames(self, sensor: str, *, columns: Sequence[str] | None = None) -> Iterator[Frame]:
        """Yield the frames of one sensor in time order.

        Args:
            sensor: name of its table.
            columns: read only these; all if None.

        Raises:
            DatasetError: there is no such sensor or column.
        """
        yield from _frames(self.dataset.folder, sensor, {self.id: self}, self.shard, columns)

    def rows(self, table: str, *, columns: Sequence[str] | None = None) -> Iterator[Mapping[str, Any]]:
        """Yield the episode's rows of any table as they stand on disk, in order.

        Args:
            table: such as `occurrences`, what happened in the episode, or a table of the domain.
            columns: read only these; all if None.

        Raises:
            DatasetError: there is no such table or column.
        """
        folder = self.dataset.folder
        folder.files(table)
        for file in folder.files(table, self.shard):
            for row in rows(file, columns=columns, keys=("episode_id",), episode_ids=(self.id,)):
                yield {name: value for name, value in row.items() if name != "episode_id"}

    def _of_kind(self, kind: str) -> dict[str, Any]:
        columns = self.dataset.columns_of_kind("episodes", kind)
        return {name.removeprefix(f"{kind}."): self.row[name] for name in columns}


class Dataset(Readable):
    """A folder that `oddsmith run` wrote."""

    def __init__(self, path: str | Path) -> None:
        """Open a dataset; nothing but its manifest and file names is read yet.

        Raises:
            DatasetError: the folder is not there, or not a dataset.
        """
        self.folder = Folder(path)
        self._kinds: dict[str, dict[str, str]] = {}

    @staticmethod
    def concat(datasets: Sequence[Dataset | str | Path]) -> JoinedDataset:
        """Return several runs of one scenario with different seeds as one dataset, weights rescaled.

        Args:
            datasets: datasets or their folders.

        Raises:
            DatasetError: they are not complete runs of one scenario with different seeds.
        """
        from oddsmith.concat import concat

        return concat(datasets)

    def __repr__(self) -> str:
        return f"Dataset({str(self.folder.path)!r})"

    def __len__(self) -> int:
        from oddsmith.parquet_tables import count_rows

        return sum(count_rows(file) for file in self.folder.files("episodes"))

    @property
    def where(self) -> str:
        """The folder, as messages name it."""
        return str(self.folder.path)

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest as plain data; empty while the run is unfinished."""
        return self.folder.manifest

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of all tables."""
        return tuple(self.folder.tables)

    @property
    def sensors(self) -> tuple[str, ...]:
        """Names of the tables that hold what sensors gave: a row per sample."""
        return tuple(name for name in self.folder.observations if "sample" in self.columns(name))

    def columns(self, table: str) -> dict[str, str]:
        """Return a table's columns and their roles: key, feature, label, weight or meta."""
        return roles(self.folder.files(table)[0])

    def units(self, table: str) -> dict[str, str]:
        """Return the units of a table's columns that have one."""
        return units(self.folder.files(table)[0])

    def columns_of_kind(self, table: str, kind: str) -> tuple[str, ...]:
        """Return the columns of `calls` or `episodes` of a kind: event, measure, parameter, score and so on."""
        if table not in self._kinds:
            self._kinds[table] = kinds(self.folder.files(table)[0])
        return tuple(name for name, found in self._kinds[table].items() if found == kind)

    @property
    def events(self) -> tuple[str, ...]:
        """Names of the declared events."""
        return tuple(name.removeprefix(_EVENT) for name in self.columns_of_kind("episodes", "event"))

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the semantic classes; the class id is the position + 1, and 0 is void."""
        return tuple(self.manifest.get("categories", ()))

    def episodes(self, *, split: str | None = None, event: str | None = None) -> Iterator[Episode]:
        """Yield episodes in plan order.

        Args:
            split: only those of `train`, `val` or `test`.
            event: only those in which this event occurred.

        Raises:
            DatasetError: the dataset declares no such event.
        """
        self._check_event(event)
        for shard in self.folder.shards:
            yield from self._episodes_of(shard, split, event)

    def frames(
        self,
        sensor: str,
        *,
        split: str | None = None,
        event: str | None = None,
        columns: Sequence[str] | None = None,
        part: tuple[int, int] = (0, 1),
    ) -> Iterator[Frame]:
        """Yield the frames of one sensor, episode by episode in plan order.

        Args:
            sensor: name of its table.
            split: only frames of episodes of `train`, `val` or `test`.
            event: only frames of episodes in which this event occurred.
            columns: read only these; all if None.
            part: (i, n) yields every n-th episode from the i-th: the share of one of n readers.

        Raises:
            DatasetError: there is no such sensor, column or event.
        """
        self._check_event(event)
        first, step = part
        seen = 0
        for shard in self.folder.shards:
            found = list(self._episodes_of(shard, split, event))
            mine = {episode.id: episode for k, episode in enumerate(found, seen) if k % step == first}
            seen += len(found)
            if mine:
                yield from _frames(self.folder, sensor, mine, shard, columns)

    def weights(self) -> tuple[list[str], NDArray[np.float64]]:
        """Return the episode ids and (N,) their weights, nan where an episode has no honest odds."""
        table = read_table(self.folder.files("episodes"), columns=["episode_id", "weight"])
        weights = [np.nan if w is None else w for w in table["weight"].to_pylist()]
        return table["episode_id"].to_pylist(), np.asarray(weights, np.float64)

    def to_arrow(self, table: str = "episodes", *, columns: Sequence[str] | None = None) -> Any:
        """Return a whole table as a `pyarrow.Table`, roles and units in its schema.

        Raises:
            DatasetError: there is no such table or column.
        """
        return read_table(self.folder.files(table), columns=columns)

    def features(self, table: str) -> Any:
        """Return keys and features of a table: what an observer has at each row's event, no label or weight.

        Columns that become known only when the row is posted or reported are left out, too.

        Raises:
            DatasetError: there is no such table.
        """
        files = self.folder.files(table)
        known = availability(files[0])
        columns = columns_with_roles(files[0], _FEATURE_ROLES)
        return read_table(files, columns=[name for name in columns if known[name] == "event"])

    def batches(self, table: str, *, columns: Sequence[str] | None = None, size: int = 1024) -> Iterator[Any]:
        """Yield a table as `pyarrow.RecordBatch`es of at most `size` rows, in plan order."""
        for file in self.folder.files(table):
            yield from batches(file, columns=columns, size=size)

    def _episodes_of(self, shard: int, split: str | None, event: str | None) -> Iterator[Episode]:
        for file in self.folder.files("episodes", shard):
            for row in rows(file):
                in_split = split is None or row["split"] == split
                if in_split and (event is None or row[_EVENT + event]):
                    yield Episode(self, shard, row)


def _frames(
    folder: Folder, sensor: str, wanted: Mapping[str, Episode], shard: int, columns: Sequence[str] | None
) -> Iterator[Frame]:
    """Yield the frames of the wanted episodes of one shard."""
    for file in folder.files(sensor, shard):
        for row in rows(file, columns=columns, keys=("episode_id", "sample", "t"), episode_ids=tuple(wanted)):
            episode = wanted[row.pop("episode_id")]
            yield Frame(sensor, episode, int(row.pop("sample")), float(row.pop("t")), row)
