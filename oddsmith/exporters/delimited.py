"""Tables as CSV files, whatever is in them: what is seen, what is true and what it weighs in separate folders.

    features/transactions.csv      what an observer gets: keys and features
    labels/labels.csv              what is true: keys, labels, and columns about how the data was made
    weights/labels.csv             what it stands for: keys and weights
    columns.csv                    every column of every file: its name in the dataset, role, unit, meaning

A table stands in each folder for which it has columns; rows are joined by their keys. What is known only when
something is reported stands with the labels. Lists and structures are JSON; raw bytes, such as pictures, are
left out. Everything is written as it is read, some thousand rows at a time.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oddsmith.dataset import Dataset
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.parquet_tables import batches, read_table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Spelling", "write_tables"]

_FOLDERS = {"features": ("feature",), "labels": ("label", "meta"), "weights": ("weight",)}
_ROWS = 65_536
_PARTY, _MERCHANTS, _MERCHANT, _NAME = "counterparty_id", "merchants", "merchant_id", "name"
_TOLD = ("file", "column", "table", "source", "role", "unit", "available", "meaning")


@dataclass(frozen=True)
class Spelling:
    """How columns are called.

    Args:
        names: column of the dataset -> its name in the file; others keep theirs.
        indicator: name of a column that says DBIT or CRDT, amounts then having no sign; "" for signed amounts.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    indicator: str = ""

    def of(self, column: str) -> str:
        """Return the name of a column in the files."""
        return self.names.get(column, column)


def write_tables(dataset: Dataset, folder: Path, spelling: Spelling) -> Exported:
    """Write all tables of a dataset as CSV.

    Raises:
        DatasetError: the folder is not empty, or a file is damaged.
    """
    fresh_folder(folder)
    counts: dict[str, int] = {}
    entry = folder / "columns.csv"
    with entry.open("w", newline="", encoding="utf-8") as told:
        columns = csv.writer(told)
        columns.writerow(_TOLD)
        for place in _FOLDERS:
            for table in dataset.tables:
                wanted = _columns(dataset, table, place)
                if not wanted:
                    continue
                file = folder / place / f"{table}.csv"
                file.parent.mkdir(exist_ok=True)
                fields, rows = _write(dataset, table, wanted, file, spelling)
                counts[f"rows of {file.relative_to(folder)}"] = rows
                columns.writerows([file.relative_to(folder).as_posix(), *one] for one in fields)
    return Exported(folder, counts, entry, weights="weights")


def _columns(dataset: Dataset, table: str, place: str) -> list[str]:
    """Return the columns of a table that stand in one of the folders, its keys in front; not keys alone."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    keys, found = [], []
    for one in pq.read_schema(dataset.folder.files(table)[0]):
        note = {key.decode(): value.decode() for key, value in (one.metadata or {}).items()}
        role = "label" if note.get("available") == "report" else note.get("role", "meta")
        if role == "key":
            keys.append(one.name)
        elif role in _FOLDERS[place] and not _is_raw(one.type, pa):
            found.append(one.name)
    return [*keys, *found] if found else []


def _is_raw(type: pa.DataType, pa: Any) -> bool:
    if pa.types.is_struct(type):
        return any(_is_raw(one.type, pa) for one in type)
    return bool(pa.types.is_binary(type) or pa.types.is_large_binary(type))


def _write(
    dataset: Dataset, table: str, wanted: Sequence[str], file: Path, spelling: Spelling
) -> tuple[list[list[str]], int]:
    """Write some columns of a table; return what is told of each column of the file, and the number of rows."""
    from pyarrow import csv as arrow_csv

    writer, rows, told = None, 0, list[list[str]]()
    try:
        for batch, merchants in _batches(dataset, table, wanted):
            fields = list(_fields(batch, merchants, spelling))
            plain = _record([name for name, _, _ in fields], [values for _, values, _ in fields])
            if writer is None:
                told = [_told(table, name, source, batch) for name, _, source in fields]
                writer = arrow_csv.CSVWriter(str(file), plain.schema)
            writer.write_batch(plain)
            rows += batch.num_rows
    finally:
        if writer is not None:
            writer.close()
    if writer is None:  # a table without rows has a head all the same
        file.write_text(",".join(f'"{spelling.of(name)}"' for name in wanted) + "\n", "utf-8")
    return told, rows


def _batches(
    dataset: Dataset, table: str, wanted: Sequence[str]
) -> Iterator[tuple[pa.RecordBatch, Mapping[str, Any]]]:
    """Yield the rows of a table, and the merchants of their shard where a column refers to them."""
    is_known = _PARTY in wanted and _MERCHANTS in dataset.tables
    for shard in sorted(dataset.folder.tables[table]):
        merchants: Mapping[str, Any] = {}
        if is_known:
            files = dataset.folder.files(_MERCHANTS, shard)
            found = read_table(files, columns=[_MERCHANT, _NAME]).combine_chunks()
            merchants = {name: found[name].combine_chunks() for name in (_MERCHANT, _NAME)}
        for file in dataset.folder.files(table, shard):
            for batch in batches(file, columns=wanted, size=_ROWS):
                yield batch, merchants


def _fields(
    batch: pa.RecordBatch, merchants: Mapping[str, Any], spelling: Spelling
) -> Iterator[tuple[str, pa.Array, str]]:
    """Yield (name, values as CSV has them, column of the dataset) for every column of a file."""
    import pyarrow.compute as pc

    for name in batch.schema.names:
        values = batch[name]
        if name == "amount" and spelling.indicator:
            yield spelling.indicator, pc.if_else(pc.less(values, 0.0), "DBIT", "CRDT"), name
            values = pc.abs(values)
        yield spelling.of(name), _plain(values), name
        if name == _PARTY and merchants:
            place = pc.index_in(values, value_set=merchants[_MERCHANT])
            yield spelling.of("merchant"), merchants[_NAME].take(place), f"{_MERCHANTS}.{_NAME}"


def _plain(values: pa.Array) -> pa.Array:
    """Return a column as CSV can hold it: moments as ISO 8601 has them, lists and structures as JSON."""
    import pyarrow as pa
    import pyarrow.compute as pc

    type = values.type
    if pa.types.is_dictionary(type):
        return values.cast(pa.string())
    if pa.types.is_timestamp(type):
        # A moment without zone is written five times as fast as one with it.
        plain = values.cast(pa.timestamp(type.unit)) if type.tz == "UTC" else values
        told = pc.replace_substring(plain.cast(pa.string()), " ", "T", max_replacements=1)
        return pc.binary_join_element_wise(told, "Z", "") if type.tz == "UTC" else told
    if pa.types.is_nested(type):
        told = [None if one is None else json.dumps(one, default=str) for one in values.to_pylist()]
        return pa.array(told, pa.string())
    return values


def _record(names: list[str], arrays: list[Any]) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.RecordBatch.from_arrays(arrays, names=names)


def _told(table: str, name: str, source: str, batch: pa.RecordBatch) -> list[str]:
    """Return what is told of a column."""
    if source not in batch.schema.names:
        return [name, table, source, "feature", "", "event", "the merchant's name on statements"]
    note = {key.decode(): text.decode() for key, text in (batch.schema.field(source).metadata or {}).items()}
    return [
        name, table, source, note.get("role", "meta"), note.get("unit", ""), note.get("available", "event"),
        note.get("doc", ""),
    ]  # fmt: skip
