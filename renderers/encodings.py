"""How the columns of a table lie in a Parquet file: encodings that any reader knows, chosen for size and speed.

The choice depends on the schema and the first rows alone, so the same rows give the same bytes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

__all__ = ["writer_options"]

Kind: TypeAlias = Literal["blob", "nested", "text", "word", "whole", "real", "bit"]

_LOOKED_AT = 4096
"""Rows by which a column of strings is judged."""

_UNIQUE = 0.9
"""From this share of different values on, a dictionary of them takes longer than it saves."""

_NUMBERS = {"whole": "DELTA_BINARY_PACKED", "real": "BYTE_STREAM_SPLIT"}
"""Encodings of flat columns of numbers."""


def writer_options(table: pa.Table) -> dict[str, Any]:
    """Return the options of a writer for a table of which these are the first rows.

    Raw bytes are compressed already, and neither counted nor looked up. Numbers are stored as differences or
    byte by byte, which is three times as fast as looking each up in a dictionary, and smaller. Strings get a
    dictionary unless hardly any comes twice; the least and the greatest of them are noted for keys alone.
    """
    leaves = _leaves(table.schema)
    unique = {path for path, kind in leaves if kind == "text" and _is_unique(table.column(path))}
    looked_up = [path for path, kind in leaves if kind in ("nested", "word", "text") and path not in unique]
    counted = [path for path, kind in leaves if _is_counted(table.schema, path, kind) and path not in unique]
    return {
        "compression": {path: "NONE" if kind == "blob" else "ZSTD" for path, kind in leaves},
        "use_dictionary": looked_up or False,
        "column_encoding": {path: _NUMBERS[kind] for path, kind in leaves if kind in _NUMBERS} or None,
        "write_statistics": counted or False,
        "data_page_version": "1.0",
    }


def _is_unique(column: pa.ChunkedArray) -> bool:
    head = column.slice(0, _LOOKED_AT)
    return len(head) >= 64 and pc.count_distinct(head, mode="all").as_py() > _UNIQUE * len(head)


def _is_counted(schema: pa.Schema, path: str, kind: Kind) -> bool:
    """Return whether the least and greatest value of each row group are noted."""
    if kind in ("text", "word"):
        return (schema.field(path).metadata or {}).get(b"role") == b"key"
    return kind != "blob"


@lru_cache(maxsize=64)
def _leaves(schema: pa.Schema) -> tuple[tuple[str, Kind], ...]:
    """Return (path, kind) of every Parquet column under a schema; a flat column's path is its name."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_batches([], schema), sink)
    found = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    return tuple((c.path, _kind(schema, c)) for c in (found.column(i) for i in range(len(found))))


def _kind(schema: pa.Schema, column: Any) -> Kind:
    if column.physical_type == "BYTE_ARRAY" and column.logical_type.type == "NONE":
        return "blob"
    if column.path not in schema.names:
        return "nested"
    type = schema.field(column.path).type
    if pa.types.is_dictionary(type):
        return "word"
    if column.physical_type in ("INT32", "INT64"):
        return "whole"
    if column.physical_type in ("FLOAT", "DOUBLE"):
        return "real"
    if column.physical_type == "BOOLEAN":
        return "bit"
    return "text" if pa.types.is_string(type) else "nested"
