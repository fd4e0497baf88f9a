"""Rows to Parquet: streamed, compressed, hashed while written, and flushed to the disk before they count.

A writer puts a table's rows into part files of a staging folder and never holds more than one row group. The
same rows give the same bytes. Whoever owns the job renames the parts into place when all its tables are
complete.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from renderers.encodings import writer_options
from renderers.sample import Column

__all__ = [
    "IMAGE",
    "PART_BYTES",
    "PartFile",
    "Piece",
    "TableWriter",
    "rows_to_table",
    "table_bytes",
    "table_schema",
]

FORMAT = 1
"""Version of the layout of our Parquet files."""

PART_BYTES = 256 * 2**20
"""A table's file of one shard is cut into parts of at most this many bytes."""

GROUP_BYTES = 16 * 2**20
"""Rows are kept in memory until they weigh this much, then written as one row group."""

GROUP_ROWS = 65_536
"""Or until there are this many."""

Piece: TypeAlias = Mapping[str, Any] | pa.Table
"""What is added to a table at a time: a row as column name -> value, or many rows as an Arrow table."""

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
"""An image file in a column, as Hugging Face's `datasets` stores it."""


def table_schema(table: str, columns: Sequence[Column], *, kinds: Mapping[str, str] | None = None) -> pa.Schema:
    """Return the schema of a table; role, unit and meaning stand in each field's metadata.

    So does `available`, where a column is known only after the row's own event.

    Args:
        table: its name.
        columns: in order.
        kinds: column name -> what it tells of an episode (`event`, `measure`, `parameter`…), kept as `kind`.
    """
    kinds = kinds or {}
    fields = []
    for column in columns:
        note = {"role": column.role, "unit": column.unit, "doc": column.doc}
        if column.name in kinds:
            note["kind"] = kinds[column.name]
        if column.available != "event":
            note["available"] = column.available
        fields.append(pa.field(column.name, column.type, metadata=note))
    metadata = {"oddsmith": json.dumps({"format": FORMAT, "table": table}, sort_keys=True)}
    images = {column.name: {"_type": "Image"} for column in columns if column.type == IMAGE}
    if images:
        metadata["huggingface"] = json.dumps({"info": {"features": images}}, sort_keys=True)
    return pa.schema(fields, metadata=metadata)


def rows_to_table(schema: pa.Schema, pieces: Sequence[Piece]) -> pa.Table:
    """Return rows as one Arrow table, the same whether they come one by one or many at a time.

    Raises:
        ValueError: a piece has not exactly the columns of the schema.
    """
    names = set(schema.names)
    for piece in pieces:
        found = piece.column_names if isinstance(piece, pa.Table) else piece.keys()
        if set(found) != names:
            raise ValueError(f"row has columns {sorted(found)}, the table {sorted(names)}")
    tables = [_joined(schema, list(run)) for _, run in groupby(pieces, key=type)]
    return pa.concat_tables(tables).combine_chunks() if tables else schema.empty_table()


def _joined(schema: pa.Schema, pieces: Sequence[Any]) -> pa.Table:
    """Return pieces of one type as a table."""
    if isinstance(pieces[0], pa.Table):
        return pa.concat_tables([piece.select(schema.names).cast(schema) for piece in pieces])
    return pa.table([pa.array([row[f.name] for row in pieces], f.type) for f in schema], schema=schema)


def table_bytes(table: pa.Table) -> bytes:
    """Return the Parquet file that holds just these rows: equal bytes mean equal rows, NaN included."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, **writer_options(table)) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


@dataclass(frozen=True)
class PartFile:
    """A finished file: where it is, and what a receipt says of it."""

    path: Path
    rows: int
    bytes: int
    sha256: str


class TableWriter:
    """Takes the rows of one table of one shard; a context that leaves either complete parts or nothing."""

    def __init__(
        self, folder: Path, schema: pa.Schema, *, part_bytes: int = PART_BYTES, group_bytes: int = GROUP_BYTES
    ) -> None:
        """Prepare to write into `folder`, which is made when the first part is opened."""
        self._folder, self._schema = folder, schema
        self._part_bytes, self._group_bytes = part_bytes, group_bytes
        self._pieces: list[Piece] = []
        self._rows = self._weight = 0
        self._part: _Part | None = None
        self._finished: list[PartFile] = []

    def add(self, piece: Piece) -> None:
        """Take a row, or a table of rows; a table is cut so that no row group is longer than others."""
        if not isinstance(piece, pa.Table):
            self._take(piece, 1)
            return
        start = 0
        while start < piece.num_rows:
            cut = piece.slice(start, GROUP_ROWS - self._rows)
            start += cut.num_rows
            self._take(cut, cut.num_rows)

    def _take(self, piece: Piece, rows: int) -> None:
        self._pieces.append(piece)
        self._rows += rows
        self._weight += piece.nbytes if isinstance(piece, pa.Table) else _weight(piece)
        if self._weight >= self._group_bytes or self._rows >= GROUP_ROWS:
            self._flush()

    def finish(self) -> tuple[PartFile, ...]:
        """Write what is left and return all parts, of which there is at least one, in order."""
        if self._pieces or self._part is None:
            self._flush()
        self._close_part()
        return tuple(self._finished)

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            return
        if self._part is not None:
            self._part.discard()
        for part in self._finished:
            with suppress(OSError):
                part.path.unlink()

    def _flush(self) -> None:
        if self._part is not None and self._part.size + self._weight > self._part_bytes:
            self._close_part()
        if self._part is None:
            self._folder.mkdir(parents=True, exist_ok=True)
        pieces, self._pieces, self._rows, self._weight = self._pieces, [], 0, 0
        rows = rows_to_table(self._schema, pieces)
        del pieces  # a row group is in memory once while it is encoded, not twice
        if self._part is None:
            self._part = _Part(self._folder / f"{len(self._finished):03d}.parquet", rows)
        self._part.write(rows)

    def _close_part(self) -> None:
        if self._part is not None:
            part, self._part = self._part, None
            try:
                self._finished.append(part.close())
            except BaseException:
                part.discard()
                raise


class _Part:
    """One Parquet file being written."""

    def __init__(self, path: Path, first: pa.Table) -> None:
        """Open a file for a table that begins with these rows."""
        self._file = _HashedFile(path)
        self._receipt = PartFile(path, 0, 0, "")
        try:
            self._writer = pq.ParquetWriter(self._file, first.schema, **writer_options(first))
        except BaseException:
            self._file.mute()
            path.unlink()
            raise

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._file.size

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        self._receipt = replace(self._receipt, rows=self._receipt.rows + table.num_rows)

    def close(self) -> PartFile:
        self._writer.close()
        self._file.sync()
        return replace(self._receipt, bytes=self._file.size, sha256=self._file.digest.hexdigest())

    def discard(self) -> None:
        """Drop the file; the footer that pyarrow writes on closing goes nowhere."""
        self._file.mute()
        with suppress(OSError):
            self._writer.close()
        with suppress(OSError):
            self._receipt.path.unlink()


class _HashedFile:
    """A file that knows its length and hash; Parquet is written front to back, so both grow with it."""

    closed = False

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] | None = path.open("wb")
        self.digest = sha256()
        self.size = 0

    def write(self, data: Any) -> int:
        view = memoryview(data)
        if self._file is not None:
            self._file.write(view)
            self.digest.update(view)
        self.size += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def sync(self) -> None:
        """Flush to the disk and close."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def mute(self) -> None:
        """Close without caring; later writes go nowhere."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def close(self) -> None:
        """Do nothing: pyarrow may close its sink before the bytes are on the disk."""


def _weight(value: Any) -> int:
    """Return about how many bytes a value holds; depends on nothing but the value."""
    kind = type(value)
    # By type, the commonest first: a frame's annotations hold thousands of values.
    if kind is float or kind is int:
        return 8
    if kind is bytes or kind is str:
        return len(value)
    if kind is dict:
        return sum(map(_weight, value.values()))
    if kind is list or kind is tuple:
        return sum(map(_weight, value))
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, Mapping):
        return sum(_weight(item) for item in value.values())
    return 8
