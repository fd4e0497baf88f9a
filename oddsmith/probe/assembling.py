"""Puts the rows that were kept together into a sample: groups, clusters, weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.probe.asking import Question
from oddsmith.probe.columns import Codebook, feature_of
from oddsmith.probe.positives import Positives
from oddsmith.probe.sample import Sample

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Kept", "assembled"]

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

_MOST_VALUES = 64
"""A column with more values tells no groups apart."""


@dataclass(frozen=True)
class Kept:
    """Rows of one batch that were kept.

    Args:
        rows: the rows.
        places: (n,) where each stands among the positives, -1 for others.
        position: (n,) where each stands in the table.
        episode: (n,) code of its episode.
        t: (n,) its moment [s].
        windows: (n, f) its features of windows.
    """

    rows: pa.RecordBatch
    places: Codes
    position: Codes
    episode: Codes
    t: Array | None
    windows: NDArray[np.float32]


def assembled(
    dataset: Dataset,
    question: Question,
    positives: Positives,
    kept: Sequence[Kept],
    *,
    episodes: Codebook,
    chances: tuple[float, float],
    totals: tuple[int, int],
    window_names: tuple[str, ...],
) -> Sample:
    """Return the sample.

    Args:
        dataset: the dataset.
        question: what is asked.
        positives: all positive rows.
        kept: what was kept of each batch.
        episodes: codes of the episodes.
        chances: probability with which a positive row was kept, and another.
        totals: rows of the table, and positive ones.
        window_names: of the features of windows.

    Raises:
        DatasetError: no row is positive, or every one is.
    """
    import pyarrow as pa

    rows = pa.Table.from_batches([one.rows for one in kept])
    places, position, episode = (
        np.concatenate([getattr(one, name) for one in kept]) for name in ("places", "position", "episode")
    )
    y = places >= 0
    if y.all() or not y.any():
        told = f"{'every' if y.all() else 'no'} row of {question.table}"
        raise DatasetError(f"{told} is positive by {question.label_table}.{question.label}")
    told_apart = {name: _looked_up(words, places) for name, words in positives.told.items()}
    typology, typologies = told_apart.get("typology", (np.full(len(y), -1, np.int64), ()))
    weight = np.where(y, positives.weight[np.maximum(places, 0)] / chances[0], 1.0 / chances[1])
    moments = [one.t for one in kept if one.t is not None]
    named = dict.fromkeys([question.row_id, *question.entities])
    return Sample(
        rows=totals[0],
        total_positives=totals[1],
        features=tuple(feature_of(name, rows[name]) for name in question.features),
        keys=tuple(feature_of(name, rows[name]) for name in named if name is not None),
        y=y,
        weight=weight * _episode_weights(dataset, episodes)[episode],
        cluster=_clusters(question, told_apart, y, position, episode),
        position=position,
        t=np.concatenate(moments) if moments else None,
        typology=typology,
        typologies=typologies,
        groups_of=_groups_of(question, rows, told_apart),
        windows=np.concatenate([one.windows for one in kept]),
        window_names=window_names,
        row_id=question.row_id,
    )


def _looked_up(words: Any, places: Codes) -> tuple[Codes, tuple[str, ...]]:
    """Return (n,) codes of what positives are told by, -1 for others, and the words they stand for."""
    found = feature_of("", words)
    return np.where(places >= 0, found.values[np.maximum(places, 0)], -1), found.words


def _episode_weights(dataset: Dataset, episodes: Codebook) -> Array:
    """Return the weight of each episode by its code, 1 where it has none; (1,) ones without episodes."""
    ids, weights = dataset.weights()
    known = dict(zip(ids, weights.tolist(), strict=True))
    found = np.array([known.get(one, np.nan) for one in episodes.values()] or [1.0])
    return np.ones(len(found)) if np.isnan(found).any() else found


def _clusters(
    question: Question, told: dict[str, tuple[Codes, tuple[str, ...]]], y: Any, position: Codes, episode: Codes
) -> Codes:
    """Return (n,) what a row belongs to: its episode where labels are per episode, else its ring, or itself."""
    if question.is_per_episode:
        return episode
    if question.cluster is None or question.cluster not in told:
        return position
    ring = told[question.cluster][0]
    return np.where(y & (ring >= 0), -1 - ring, position)


def _groups_of(
    question: Question, rows: Any, told: dict[str, tuple[Codes, tuple[str, ...]]]
) -> tuple[tuple[str, Codes, tuple[str, ...], str], ...]:
    """Return what tells groups apart.

    Raises:
        DatasetError: a column that was asked for has too many values.
    """
    found = []
    for name in question.kinds_of_positives:
        found.append((name, *told[name], "positives"))
    for name in question.kinds_of_rows:
        feature = feature_of(name, rows[name])
        if feature.kind == "word":
            codes, words = feature.values, feature.words
        else:
            values, codes = np.unique(feature.values, return_inverse=True)
            words = tuple(f"{value:g}" for value in values)
        found.append((name, codes.astype(np.int64), words, "rows"))
    for name, _, words, _ in found:
        if len(words) > _MOST_VALUES:
            raise DatasetError(f"--by {name} has {len(words)} values; groups take at most {_MOST_VALUES}")
    return tuple(found)
