"""P11: with fraud off, the same seed must leave every row alone that fraud did not touch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.parquet_tables import batches, count_rows
from oddsmith.probe.asking import Question
from oddsmith.probe.columns import Codebook
from oddsmith.probe.findings import Measured
from oddsmith.probe.positives import truth_of
from oddsmith.probe.sample import mixed

__all__ = ["twin"]

_MOST = 200_000
_BATCH = 65_536
_UNTOUCHED = 0.90
_TOUCHED = "touched"
"""Flag of the label table: the row is there, or is as it is, because of a campaign."""


def twin(dataset: Dataset, question: Question, other: Dataset) -> Iterator[Measured]:
    """Yield what share of a twin's rows is the same here, and how many differ without being marked as touched.

    Args:
        dataset: the dataset with fraud.
        question: what is asked.
        other: the same scenario and seed with its campaigns off.

    Raises:
        DatasetError: rows have no id, or the twin has no such table.
    """
    key = question.row_id
    if key is None:
        raise DatasetError(f"rows of {question.table} have no id, so a twin's cannot be found again")
    columns = [key, *(name for name in question.features if name in other.columns(question.table))]
    theirs = _some(other, question.table, columns)
    ids = theirs[key].combine_chunks()
    ours = _wanted(dataset, question.table, columns, key, ids)
    same, differing = _compared(theirs, ours, key, columns)
    untouched = same / theirs.num_rows if theirs.num_rows else 1.0
    yield Measured(
        "P11",
        "",
        "untouched rows",
        untouched,
        _UNTOUCHED,
        lambda _: 0.0,
        f"{same:,} of {theirs.num_rows:,} rows of {other.folder.path.name} are the same",
        is_whole=True,
        unit="share",
        is_least=True,
    )
    if _TOUCHED in dataset.columns(question.label_table):
        marked = _marked(dataset, question, key)
        silent = [one for one in differing if one not in marked]
        note = f"such as {silent[0]}" if silent else ""
        share = len(silent) / max(theirs.num_rows, 1)
        yield Measured(
            "P11", "", "changed without a mark", share, 0.0, lambda _: 0.0, note, is_whole=True, unit="share"
        )


def _some(dataset: Dataset, table: str, columns: list[str]) -> Any:
    """Return at most about `_MOST` rows of a table, chosen by a hash of their place."""
    import pyarrow as pa

    files = dataset.folder.files(table)
    share = min(1.0, _MOST / max(sum(count_rows(file) for file in files), 1))
    place, kept = 0, []
    for file in files:
        for batch in batches(file, columns=columns, size=_BATCH):
            u = mixed(np.arange(place, place + batch.num_rows, dtype=np.uint64)).astype(np.float64) / 2.0**64
            kept.append(batch.filter(pa.array(u < share)))
            place += batch.num_rows
    if not kept:
        raise DatasetError(f"{dataset.folder.path} has no rows in {table}")
    return pa.Table.from_batches(kept)


def _wanted(dataset: Dataset, table: str, columns: list[str], key: str, ids: Any) -> Any:
    """Return the rows with some ids."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = [
        batch.filter(pc.is_in(batch[key], value_set=ids))
        for file in dataset.folder.files(table)
        for batch in batches(file, columns=columns, size=_BATCH)
    ]
    return pa.Table.from_batches(found)


def _compared(theirs: Any, ours: Any, key: str, columns: list[str]) -> tuple[int, list[Any]]:
    """Return how many rows are the same, and the ids of those that are there and differ."""
    import pyarrow.compute as pc

    place = pc.index_in(theirs[key], value_set=ours[key].combine_chunks())
    is_there = pc.is_valid(place)
    found = theirs.filter(is_there)
    matching = ours.take(pc.drop_null(place))
    same = np.ones(found.num_rows, np.bool_)
    for name in columns:
        same &= _equal(found[name], matching[name])
    differing = [one for one, alike in zip(found[key].to_pylist(), same, strict=True) if not alike]
    return int(same.sum()), differing


def _equal(one: Any, other: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return (n,) whether two columns agree row by row; nulls agree with nulls."""
    book = Codebook()
    first, second = (book.codes(column.combine_chunks()) for column in (one, other))
    return np.asarray(first == second)


def _marked(dataset: Dataset, question: Question, key: str) -> frozenset[Any]:
    """Return the ids of rows that are fraud or touched by it."""
    import pyarrow as pa

    found: set[Any] = set()
    for file in dataset.folder.files(question.label_table):
        for batch in batches(file, columns=[key, question.label, _TOUCHED], size=_BATCH):
            is_marked = truth_of(batch[_TOUCHED]) | truth_of(batch[question.label])
            found.update(batch[key].filter(pa.array(is_marked)).to_pylist())
    return frozenset(found)
