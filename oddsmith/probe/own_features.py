"""A user's own features, joined to the rows by their id, in place of the table's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.parquet_tables import batches, columns_with_roles
from oddsmith.probe.asking import Question, is_number, is_time, is_word
from oddsmith.probe.columns import Codebook, feature_of
from oddsmith.probe.findings import Measured
from oddsmith.probe.sample import Sample

__all__ = ["known_later", "own_columns", "with_own_features"]

_BATCH = 65_536
_TRUTH = ("label", "weight")


def own_columns(path: Path, question: Question) -> list[str]:
    """Return the names of the features in a user's file: all that is not a key.

    Raises:
        DatasetError: the file cannot be read, or has not the row's id.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as fault:
        raise DatasetError(f"{path} cannot be read: {fault}") from None
    if question.row_id is None:
        raise DatasetError(f"rows of {question.table} have no id, so features cannot be joined to them")
    if question.row_id not in schema.names:
        raise DatasetError(f"{path} has no column {question.row_id!r} to join its rows by")
    keys = (question.row_id, question.time, "episode_id", *question.entities)
    usable = [f.name for f in schema if is_number(f.type) or is_word(f.type) or is_time(f.type)]
    return [name for name in usable if name not in keys]


def known_later(dataset: Dataset, question: Question, names: list[str]) -> Iterator[Measured]:
    """Yield a leak for each of a user's features that is the truth, a weight, or known only later."""
    told = dict(question.late)
    for table in dict.fromkeys([question.label_table, question.table]):
        told |= dict.fromkeys(columns_with_roles(dataset.folder.files(table)[0], _TRUTH), "truth")
    for name in names:
        if name in told:
            what = "the truth" if told[name] == "truth" else f"known only at the {told[name]}"
            yield Measured("late", "", name, 1.0, 0.0, lambda _: 0.0, what, is_whole=True, unit="flag")


def with_own_features(sample: Sample, question: Question, path: Path, names: list[str]) -> Sample:
    """Return a sample with a user's features in place of the table's and of windows.

    Raises:
        DatasetError: none of the rows stands in the file.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    (key,) = [one for one in sample.keys if one.name == question.row_id]
    ids = pa.array(key.words if key.kind == "word" else np.unique(key.values).astype(np.int64))
    found: list[Any] = []
    for batch in batches(path, columns=[str(question.row_id), *names], size=_BATCH):
        wanted = pc.is_in(batch[question.row_id].cast(ids.type), value_set=ids)
        found.append(batch.filter(wanted))
    rows = pa.Table.from_batches(found) if found else None
    if rows is None or not rows.num_rows:
        raise DatasetError(f"{path} has none of the rows of {question.table}")
    book = Codebook()
    theirs = book.codes(rows[question.row_id].cast(ids.type).combine_chunks())
    ours = key.values if key.kind == "word" else np.searchsorted(ids.to_numpy(), key.values.astype(np.int64))
    own = book.codes(ids)[ours]
    place = np.full(len(book) + 1, -1, np.int64)
    place[theirs] = np.arange(len(theirs))
    taken = pa.array(place[own], mask=place[own] < 0)
    return replace(
        sample,
        features=tuple(feature_of(name, rows[name].take(taken)) for name in names),
        keys=(),
        t=None,
        windows=np.zeros((len(sample), 0), np.float32),
        window_names=(),
    )
