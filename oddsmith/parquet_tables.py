"""The few things done with one Parquet file: rows, batches, roles and units of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oddsmith.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "availability",
    "batches",
    "columns_with_roles",
    "count_rows",
    "kinds",
    "read_table",
    "roles",
    "rows",
    "units",
]

_ROWS_AT_ONCE = 16
"""Rows of one batch of frames: a few megabytes with every label."""


def count_rows(file: Path) -> int:
    """Return the number of rows, read from the footer alone."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(file).num_rows)


def roles(file: Path) -> dict[str, str]:
    """Return column -> role (key, feature, label, weight or meta)."""
    return _metadata(file, b"role")


def availability(file: Path) -> dict[str, str]:
    """Return column -> when an observer knows it: at the row's own "event", or at its "posting" or "report"."""
    return {name: when or "event" for name, when in _metadata(file, b"available").items()}


def units(file: Path) -> dict[str, str]:
    """Return column -> unit, for the columns that have one."""
    return {name: unit for name, unit in _metadata(file, b"unit").items() if unit}


def kinds(file: Path) -> dict[str, str]:
    """Return column -> kind: score, event, event_time, peak_time, measure, parameter, or "" for others."""
    return _metadata(file, b"kind")


def columns_with_roles(file: Path, wanted: Sequence[str]) -> list[str]:
    """Return the columns whose role is one of those wanted."""
    return [name for name, role in roles(file).items() if role in wanted]


def batches(file: Path, *, columns: Sequence[str] | None = None, size: int) -> Iterator[pa.RecordBatch]:
    """Yield a file as record batches of at most `size` rows.

    Raises:
        DatasetError: the file has not all of the columns, or is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file, pre_buffer=False) as opened:
            _check_columns(file, opened.schema_arrow.names, columns)
            yield from opened.iter_batches(
                batch_size=size, columns=None if columns is None else list(columns), use_threads=False
            )
    except (pa.ArrowInvalid, OSError) as fault:
        raise DatasetError(f"{file} cannot be read: {fault}") from None


def rows(
    file: Path,
    *,
    columns: Sequence[str] | None = None,
    keys: Sequence[str] = (),
    episode_ids: Sequence[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield rows as plain dictionaries, a few in memory at a time.

    Args:
        file: the Parquet file.
        columns: read only these (and the keys); all if None.
        keys: columns that are always read.
        episode_ids: only rows of these episodes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = None if columns is None else list(dict.fromkeys([*keys, *columns]))
    wanted = None if episode_ids is None else pa.array(episode_ids, pa.string())
    for batch in batches(file, columns=asked, size=_ROWS_AT_ONCE):
        kept = batch if wanted is None else batch.filter(pc.is_in(batch["episode_id"], value_set=wanted))
        yield from kept.to_pylist()


def read_table(files: Sequence[Path], *, columns: Sequence[str] | None = None) -> pa.Table:
    """Return some files of one table as one table.

    Raises:
        DatasetError: the table has not all of the columns, or a file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        for file in files:
            _check_columns(file, pq.read_schema(file).names, columns)
        asked = None if columns is None else list(columns)
        return pa.concat_tables([pq.ParquetFile(file).read(columns=asked) for file in files])
    except (pa.ArrowInvalid, OSError) as fault:
        raise DatasetError(f"{files[0].parent} cannot be read: {fault}") from None


def _metadata(file: Path, key: bytes) -> dict[str, str]:
    import pyarrow.parquet as pq

    schema = pq.read_schema(file)
    return {column.name: (column.metadata or {}).get(key, b"").decode() for column in schema}


def _check_columns(file: Path, present: Sequence[str], asked: Sequence[str] | None) -> None:
    missing = [name for name in asked or () if name not in present]
    if missing:
        raise DatasetError(f"{file.parent.name} has no column {missing[0]!r}; it has {', '.join(present)}")
