"""P7: fraud must not have merchants, accounts or devices to itself, and who commits it must have a past."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from oddsmith.probe.entities import EntityCounts
from oddsmith.probe.findings import Measured

__all__ = ["purity"]

Flags = NDArray[np.bool_]

_LEAST_ROWS, _PURE = 20, 0.80
_HISTORY = 0.80
_ALONE_ROWS, _ALONE = 3, 0.20
"""An entity with fewer rows is no sign: most payees of honest people are seen once or twice."""

_LEAST_ENTITIES = 10


def purity(counts: EntityCounts) -> Iterator[Measured]:
    """Yield what the rows of one column of entities tell, over all rows of the table."""
    known = counts.fraud_entity >= 0
    if not known.any():
        return
    yield _purest(counts)
    yield from _without_past(counts)
    yield from _alone(counts)


def _purest(counts: EntityCounts) -> Measured:
    """Return the largest share of positives among the rows of an entity with many."""
    from scipy.special import bdtrc

    often = counts.rows >= _LEAST_ROWS
    share = np.where(often, counts.positives / np.maximum(counts.rows, 1), 0.0)
    worst = int(share.argmax()) if len(share) else 0
    hits, rows = int(counts.positives[worst]), int(counts.rows[worst])

    def chance(limit: float) -> float:
        return float(bdtrc(hits - 1, rows, limit)) if hits else 1.0

    told = counts.names.get(worst, "")
    note = f"{told}: {hits} of {rows} rows" if told and hits else f"{hits} of {rows} rows"
    return Measured("P7", "", f"{counts.name}.purity", float(share[worst]), _PURE, chance, note, unit="share")


def _without_past(counts: EntityCounts) -> Iterator[Measured]:
    """Yield the share of entities with positives that were never seen before them, against other rows.

    Where few honest rows have a past, as with payees, that much is asked of positives too.
    """
    entity, first = _first_positive(counts)
    if len(entity) < _LEAST_ENTITIES:
        return
    has_past = counts.first_other[entity] < first
    missing = 1.0 - float(has_past.mean())
    limit = 1.0 - _HISTORY * counts.seen_before
    yield _share(counts, "history", missing, limit, len(entity), "without earlier honest rows")


def _alone(counts: EntityCounts) -> Iterator[Measured]:
    """Yield the share of positive rows whose entity has no other rows, of entities with a few rows."""
    known = counts.fraud_entity[counts.fraud_entity >= 0]
    alone = (counts.rows == counts.positives) & (counts.rows >= _ALONE_ROWS)
    entities = len(np.unique(known))
    if entities < _LEAST_ENTITIES:
        return
    share = float(alone[known].mean())
    yield _share(counts, "fraud_only", share, _ALONE, entities, f"{int(alone.sum())} entities with fraud alone")


def _share(counts: EntityCounts, trait: str, value: float, limit: float, entities: int, note: str) -> Measured:
    """Return a share of entities with its chance, each entity being one throw."""
    from scipy.special import bdtrc

    def chance(at: float) -> float:
        hits = int(np.floor(value * entities))
        return float(bdtrc(hits - 1, entities, min(at, 1.0))) if hits else 1.0

    return Measured("P7", "", f"{counts.name}.{trait}", value, limit, chance, note, unit="share")


def _first_positive(counts: EntityCounts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the entities with positives and the place of the first positive row of each."""
    known = counts.fraud_entity >= 0
    entity, where = np.unique(counts.fraud_entity[known], return_index=True)
    return entity, counts.fraud_place[known][where]
