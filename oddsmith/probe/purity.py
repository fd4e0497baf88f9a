"""P7: fraud must not have merchants, accounts or devices to itself, and who commits it must have a past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from oddsmith.probe.entities import EntityCounts, Kind
from oddsmith.probe.findings import Measured

__all__ = ["purity"]

Codes = NDArray[np.int64]

_LEAST_ROWS, _PURE = 20, 0.80
_HISTORY = 0.80
_ALONE_ROWS, _ALONE = 3, 0.20
"""An entity with fewer rows is no sign: most payees of honest people are seen once or twice."""

_LEAST_ENTITIES = 10


def purity(counts: EntityCounts, kinds: Sequence[Kind]) -> Iterator[Measured]:
    """Yield what the rows of one column of entities tell, over all rows of the table.

    Ids that never come often, as those of payments, name no entity and are left out.

    Args:
        counts: of the column.
        kinds: all positives, and each typology's.
    """
    if not len(counts.rows) or counts.rows.max() < _LEAST_ROWS:
        return
    yield _purest(counts)
    for kind in kinds:
        chosen = (counts.fraud_entity >= 0) & kind.chosen[counts.fraud_index]
        entity, where = np.unique(counts.fraud_entity[chosen], return_index=True)
        if len(entity) >= _LEAST_ENTITIES:
            yield _without_past(counts, kind, entity, counts.fraud_place[chosen][where])
            yield _alone(counts, kind, counts.fraud_entity[chosen], len(entity))


def _purest(counts: EntityCounts) -> Measured:
    """Return the largest share of positives among the rows of an entity with many."""
    from scipy.special import bdtrc

    often = counts.rows >= _LEAST_ROWS
    share = np.where(often, counts.positives / np.maximum(counts.rows, 1), 0.0)
    worst = int(share.argmax())
    hits, rows = int(counts.positives[worst]), int(counts.rows[worst])

    def chance(limit: float) -> float:
        return float(bdtrc(hits - 1, rows, limit)) if hits else 1.0

    told = counts.names.get(worst, "")
    note = f"{told}: {hits} of {rows} rows" if told and hits else f"{hits} of {rows} rows"
    return Measured("P7", "", f"{counts.name}.purity", float(share[worst]), _PURE, chance, note, unit="share")


def _without_past(counts: EntityCounts, kind: Kind, entity: Codes, first: Codes) -> Measured:
    """Return the share of entities with positives that were never seen before them, against other rows.

    Where few honest rows have a past, as with payees, that much is asked of positives too.

    Args:
        counts: of the column.
        kind: of the positives.
        entity: (e,) entities with such positives.
        first: (e,) place of the first of them.
    """
    missing = 1.0 - float((counts.first_other[entity] < first).mean())
    limit = 1.0 - _HISTORY * counts.seen_before
    return _share(counts, kind, "history", missing, limit, len(entity), "without earlier honest rows")


def _alone(counts: EntityCounts, kind: Kind, entity: Codes, entities: int) -> Measured:
    """Return the share of positive rows whose entity has no other rows, of entities with a few rows."""
    alone = (counts.rows == counts.positives) & (counts.rows >= _ALONE_ROWS)
    note = f"{len(np.unique(entity[alone[entity]]))} entities with fraud alone"
    return _share(counts, kind, "fraud_only", float(alone[entity].mean()), _ALONE, entities, note)


def _share(
    counts: EntityCounts, kind: Kind, trait: str, value: float, limit: float, entities: int, note: str
) -> Measured:
    """Return a share of entities with its chance, each entity being one throw."""
    from scipy.special import bdtrc

    def chance(at: float) -> float:
        hits = int(np.floor(value * entities))
        return float(bdtrc(hits - 1, entities, min(at, 1.0))) if hits else 1.0

    name = f"{counts.name}.{trait}"
    return Measured("P7", kind.name, name, value, limit, chance, note, shares=kind.shares, unit="share")
