"""Reads the rows to look at in one pass, as a stranger would: labels joined, weights and windows at hand.

All positives are kept as long as they are not very many, and so large a share of the other rows that the
sample fits; a row's weight is one over the probability with which it was kept, times the weights of its episode
and of its ring. What needs all rows (windows, the graph, how many rows each entity has) is reckoned while they
pass, so no more than a batch and one entry per entity is ever in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.parquet_tables import batches, count_rows
from oddsmith.probe.asking import Question
from oddsmith.probe.assembling import Kept, assembled
from oddsmith.probe.columns import Codebook, feature_of, numbers_of, seconds_of
from oddsmith.probe.entities import EntityCounts, EntityTally, Kind
from oddsmith.probe.positives import Positives, read_positives
from oddsmith.probe.sample import Sample, mixed
from oddsmith.probe.ties import Ties, TieTally
from oddsmith.probe.windows import Past, feature_names, windows_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Reading", "read"]

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

_BATCH = 65_536
_MOST_POSITIVES = 50_000
_FOLLOWED = 4
"""Columns of entities that windows follow."""

_SHARED = 0.1
"""Share of the entities of one column or the other that both have, from which on both name one kind."""

_NAMED = 5
"""Entities per column that are told by name."""

_AMOUNTS = ("amount", "value")


@dataclass(frozen=True)
class Reading:
    """A sample, and what was counted over all rows.

    Args:
        kinds: all positives, and each typology's.
        is_in_time_order: whether the rows of each episode are.
        is_sampled: whether some rows were left out.
    """

    sample: Sample
    entities: tuple[EntityCounts, ...]
    kinds: tuple[Kind, ...]
    ties: Ties
    is_in_time_order: bool
    is_sampled: bool


def read(dataset: Dataset, question: Question, *, most: int) -> Reading:
    """Read a sample of at most about `most` rows.

    Raises:
        DatasetError: no row is positive or every one is, or a file is damaged.
    """
    positives = read_positives(dataset, question)
    rows = sum(count_rows(file) for file in dataset.folder.files(question.table))
    if not positives.rows:
        raise DatasetError(f"no row of {question.label_table} is positive by {question.label}")
    over = _Pass(dataset, question, positives, rows, most)
    for batch in _all_batches(dataset, question):
        over.take(batch)
    return over.finished(dataset)


def _all_batches(dataset: Dataset, question: Question) -> Iterator[pa.RecordBatch]:
    own = dataset.columns(question.table)
    columns = [name for name, role in own.items() if role == "key"]
    columns += [*question.keys, *question.entities, *question.features, *question.kinds_of_rows]
    if question.table == question.label_table:
        columns.append(question.label)
    for file in dataset.folder.files(question.table):
        yield from batches(file, columns=list(dict.fromkeys(columns)), size=_BATCH)


class _Pass:
    """One pass over the rows of a table."""

    def __init__(
        self, dataset: Dataset, question: Question, positives: Positives, rows: int, most: int
    ) -> None:
        self._question, self._positives, self._rows = question, positives, rows
        self._chances = _chances(question, positives.rows, rows, most)
        self._episodes = Codebook()
        self._tallies = [EntityTally(name) for name in question.entities]
        self._books: dict[int, Codebook] = {}
        self._domains: tuple[int, ...] = ()
        self._windows = windows_of(_span(dataset, question))
        self._past: Past | None = None
        self._amount = next((name for name in _AMOUNTS if name in question.features), None)
        self._place = self._found = 0
        self._kept: list[Kept] = []
        self._ties = TieTally()

    def take(self, batch: pa.RecordBatch) -> None:
        """Count a batch, follow it, and keep a sample of its rows."""
        places = self._positives.places(batch, self._question, first=self._found)
        episode = self._episode_codes(batch)
        t = None if self._question.time is None else seconds_of(batch[self._question.time])
        codes = self._entity_codes(batch, episode)
        for c, tally in enumerate(self._tallies):
            tally.take(codes[:, c], places, self._place)
        windows = self._followed(batch, t, codes)
        if t is not None:
            self._ties.take(t, episode, places >= 0)
        kept = self._chosen(places)
        self._kept.append(
            Kept(
                batch.filter(_arrow(kept)),
                places[kept],
                self._place + np.flatnonzero(kept),
                episode[kept],
                None if t is None else t[kept],
                windows[kept],
            )
        )
        self._place += len(places)
        self._found += int((places >= 0).sum())

    def finished(self, dataset: Dataset) -> Reading:
        """Return the sample and what was counted."""
        question = self._question
        sample = assembled(
            dataset,
            question,
            self._positives,
            self._kept,
            episodes=self._episodes,
            chances=self._chances,
            totals=(self._rows, self._found),
            window_names=feature_names(question.entities[:_FOLLOWED], self._domains, self._windows)
            if self._past is not None
            else (),
        )
        counts = tuple(tally.counts(self._names(c, tally)) for c, tally in enumerate(self._tallies))
        is_sampled = min(self._chances) < 1.0
        kinds = tuple(_kinds(self._positives, sample))
        return Reading(sample, counts, kinds, self._ties.ties, self._ties.is_in_order, is_sampled)

    def _episode_codes(self, batch: pa.RecordBatch) -> Codes:
        if "episode_id" not in batch.schema.names:
            return np.zeros(batch.num_rows, np.int64)
        return self._episodes.codes(batch["episode_id"])

    def _entity_codes(self, batch: pa.RecordBatch, episode: Codes) -> Codes:
        """Return (n, c) codes; columns that name the same kind of entity share them."""
        names = self._question.entities
        if not self._domains and names:
            self._domains = _domains([batch[name] for name in names])
            self._books = {domain: Codebook() for domain in self._domains}
        columns = [
            self._books[domain].codes(batch[name], episode)
            for name, domain in zip(names, self._domains, strict=True)
        ]
        return np.stack(columns, axis=1) if columns else np.zeros((batch.num_rows, 0), np.int64)

    def _followed(self, batch: pa.RecordBatch, t: Array | None, codes: Codes) -> NDArray[np.float32]:
        if t is None or not codes.shape[1]:
            return np.zeros((batch.num_rows, 0), np.float32)
        if self._past is None:
            self._past = Past(self._domains[:_FOLLOWED], self._windows)
        amount = np.ones(len(t)) if self._amount is None else numbers_of(batch[self._amount])
        return self._past.follow(np.nan_to_num(t), amount, codes[:, :_FOLLOWED])

    def _chosen(self, places: Codes) -> NDArray[np.bool_]:
        """Return (n,) which rows are kept: by a hash of their place, so that the same rows always are."""
        position = np.arange(self._place, self._place + len(places), dtype=np.uint64)
        u = mixed(position).astype(np.float64) / 2.0**64
        return u < np.where(places >= 0, self._chances[0], self._chances[1])

    def _names(self, c: int, tally: EntityTally) -> dict[int, str]:
        """Return the names of the entities with the most positives."""
        most = np.argsort(-tally.positives, kind="stable")[:_NAMED]
        wanted = {int(code) for code in most if tally.positives[code] > 0}
        return self._books[self._domains[c]].names(wanted)


def _kinds(positives: Positives, sample: Sample) -> Iterator[Kind]:
    """Yield all positives, and those of each typology, by their number among the positives."""
    whole = next((group.shares for group in sample.groups if group.name == ""), {})
    yield Kind("", np.ones(positives.rows, np.bool_), whole)
    if "typology" in positives.told:
        told = feature_of("typology", positives.told["typology"])
        for code, word in enumerate(told.words):
            yield Kind(f"typology {word}", told.values == code, {word: 1.0})


def _chances(question: Question, positives: int, rows: int, most: int) -> tuple[float, float]:
    """Return with what probability a positive row is kept, and another."""
    if question.is_per_episode:
        return min(1.0, most / rows), min(1.0, most / rows)
    kept = min(positives, _MOST_POSITIVES, max(most // 2, 1))
    return kept / positives, min(1.0, (most - kept) / max(rows - positives, 1))


def _span(dataset: Dataset, question: Question) -> float:
    """Return how many seconds the rows of a table span, from the statistics in its footers."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if question.time is None:
        return 0.0
    ends: list[Any] = []
    for file in dataset.folder.files(question.table):
        footer = pq.read_metadata(file)
        column = footer.schema.to_arrow_schema().get_field_index(question.time)
        for k in range(footer.num_row_groups):
            found = footer.row_group(k).column(column).statistics
            ends += [found.min, found.max] if found is not None and found.has_min_max else []
    if not ends:
        return 0.0
    seconds = seconds_of(pa.array(ends))
    return float(seconds.max() - seconds.min())


def _domains(columns: list[Any]) -> tuple[int, ...]:
    """Return for each column the first one that names the same kind of entity."""
    import pyarrow.compute as pc

    found: list[int] = []
    for k, column in enumerate(columns):
        own = pc.unique(column).drop_null()
        same = k
        for first in sorted(set(found)):
            other = columns[first]
            if other.type == column.type and len(own):
                shared = pc.is_in(own, value_set=pc.unique(other).drop_null())
                if pc.sum(shared).as_py() >= _SHARED * min(len(own), len(pc.unique(other))):
                    same = first
                    break
        found.append(same)
    return tuple(found)


def _arrow(flags: NDArray[np.bool_]) -> Any:
    import pyarrow as pa

    return pa.array(flags)
