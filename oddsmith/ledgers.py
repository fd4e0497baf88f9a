"""Reads the ledger of a bank together with what is true of its entries, a batch at a time.

A ledger is any sensor's table with an account, the other end and an amount; `labels` has a row for each of its
entries, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.parquet_tables import batches

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EPISODE", "LABELS", "LEDGER_COLUMNS", "TRANSACTION", "labelled_entries", "ledgers_of"]

EPISODE, TRANSACTION = "episode_id", "transaction_id"
"""Keys of an entry."""

LEDGER_COLUMNS = (EPISODE, TRANSACTION, "t", "account_id", "counterparty_id", "amount")
"""Columns that make a table a ledger."""

LABELS = "labels"
"""Table with a row per entry that tells what is true of it."""

_ROWS = 65_536
"""Entries that are read at a time: some tens of megabytes with all columns."""


def ledgers_of(dataset: Dataset) -> list[str]:
    """Return the names of the tables that are ledgers."""
    return [name for name in dataset.sensors if set(LEDGER_COLUMNS) <= set(dataset.columns(name))]


def labelled_entries(
    dataset: Dataset,
    ledger: str,
    *,
    shard: int,
    columns: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
) -> Iterator[tuple[str, pa.RecordBatch, pa.RecordBatch]]:
    """Yield (episode, entries, labels of the same entries), in stored order, never more than one episode's.

    Args:
        dataset: of a bank.
        ledger: its ledger.
        shard: which.
        columns: of the ledger, beside the keys; all if None.
        labels: of the labels, likewise.

    Raises:
        DatasetError: there are no labels, or they are not those of the entries.
    """
    keys = (EPISODE, TRANSACTION)
    seen = _stream(dataset.folder.files(ledger, shard), columns, keys)
    true = _stream(dataset.folder.files(LABELS, shard), labels, keys)
    told: pa.RecordBatch | None = None
    for entries in seen:
        start = 0
        while start < entries.num_rows:
            if told is None or not told.num_rows:
                told = next(true, None)
                if told is None:
                    raise DatasetError(f"{dataset.folder.path} has more entries in {ledger} than in {LABELS}")
            count = min(told.num_rows, _same(entries[EPISODE], start))
            some, of_them = entries.slice(start, count), told.slice(0, count)
            if any(not some[key].equals(of_them[key]) for key in keys):
                raise DatasetError(f"{dataset.folder.path}: {LABELS} are not in the order of {ledger}")
            yield str(some[EPISODE][0].as_py()), some, of_them
            start, told = start + count, told.slice(count)


def _stream(
    files: Sequence[Path], columns: Sequence[str] | None, keys: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    asked = None if columns is None else list(dict.fromkeys([*keys, *columns]))
    for file in files:
        yield from batches(file, columns=asked, size=_ROWS)


def _same(episodes: pa.Array, start: int) -> int:
    """Return how many entries from a position on are of the same episode."""
    import pyarrow.compute as pc

    rest = episodes.slice(start)
    if rest[0].equals(rest[len(rest) - 1]):
        return len(rest)
    return int(pc.index(pc.equal(rest, rest[0]), False).as_py())
