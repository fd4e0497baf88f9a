"""The positive rows as the label table tells them: names, weights, and which belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.dataset import Dataset
from oddsmith.parquet_tables import batches
from oddsmith.probe.asking import Question, is_word
from oddsmith.probe.columns import numbers_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Positives", "joined", "read_positives", "truth_of"]

_BATCH = 65_536
_MARK = "\x1f"
"""Stands between the parts of a key; no id holds it."""


@dataclass(frozen=True)
class Positives:
    """All positive rows of the label table.

    Args:
        rows: how many there are.
        names: their keys as one word each, None where the table holds its labels itself.
        told: column -> (rows,) words of what tells them apart, and of what they belong to; null: nothing.
        weight: (rows,) product of the label table's weights.
    """

    rows: int
    names: Any
    told: dict[str, Any]
    weight: NDArray[np.float64]

    def places(self, batch: pa.RecordBatch, question: Question, *, first: int) -> NDArray[np.int64]:
        """Return (n,) where each row of a batch stands among the positives, -1 for the others.

        Args:
            batch: rows of the table.
            question: what is asked.
            first: positives that came before, for a table that holds its labels itself.
        """
        import pyarrow.compute as pc

        if self.names is None:
            found = truth_of(batch[question.label])
            return np.where(found, first + np.cumsum(found) - 1, -1)
        places = pc.index_in(joined(batch, question.keys), value_set=self.names)
        return np.asarray(pc.fill_null(places, -1).to_numpy(zero_copy_only=False), np.int64)


def read_positives(dataset: Dataset, question: Question) -> Positives:
    """Read the positive rows of the label table, batch by batch.

    Raises:
        DatasetError: a file is damaged.
    """
    import pyarrow as pa

    own = dataset.columns(question.label_table)
    told = [*question.kinds_of_positives, *([question.cluster] if question.cluster else [])]
    weights = [name for name, role in own.items() if role == "weight"]
    is_apart = question.label_table != question.table
    columns = list(dict.fromkeys([*question.keys, question.label, *told, *weights, *_episode(own)]))
    found = []
    for file in dataset.folder.files(question.label_table):
        for batch in batches(file, columns=columns, size=_BATCH):
            found.append(batch.filter(pa.array(truth_of(batch[question.label]))))
    table = pa.Table.from_batches(found) if found else None
    if table is None or not table.num_rows:
        return Positives(0, None, {}, np.zeros(0))
    weight = np.ones(table.num_rows)
    if question.label_table != "episodes":
        for name in weights:
            weight *= np.nan_to_num(numbers_of(table[name]), nan=1.0)
    words = {name: table[name].cast(pa.string()) for name in told}
    if question.cluster and _episode(own) and question.cluster in words:
        words[question.cluster] = _together(table["episode_id"], words[question.cluster])
    names = joined(table, question.keys).combine_chunks() if is_apart else None
    return Positives(table.num_rows, names, words, weight)


def truth_of(column: Any) -> NDArray[np.bool_]:
    """Return (n,) whether a label is set: true, not 0, or a word."""
    import pyarrow.compute as pc

    if is_word(column.type):
        return np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False), np.bool_)
    return np.nan_to_num(numbers_of(column)) != 0.0


def joined(rows: Any, keys: tuple[str, ...]) -> Any:
    """Return the keys of rows as one word each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [rows[key].cast(pa.string()) for key in keys]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, _MARK)


def _episode(columns: dict[str, str]) -> list[str]:
    return ["episode_id"] if "episode_id" in columns else []


def _together(episodes: Any, words: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(episodes.cast(pa.string()), words, _MARK)
