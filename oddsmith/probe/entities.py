"""Who is in the rows: how many each entity has, how many are positive, what came before the first of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EntityCounts", "EntityTally", "Kind"]

Codes = NDArray[np.int64]

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Kind:
    """Some of all positives of a table.

    Args:
        name: "" for all, else such as "typology cycle".
        chosen: (p,) which they are.
        shares: typology -> its share of them.
    """

    name: str
    chosen: NDArray[np.bool_]
    shares: Mapping[str, float]


@dataclass(frozen=True)
class EntityCounts:
    """What was counted of one column of entities.

    Args:
        name: of the column.
        rows: (e,) rows per entity.
        positives: (e,) positive rows per entity.
        first_other: (e,) place of its first row that is not positive; a huge number if there is none.
        fraud_entity: (p,) entity of each positive row, -1 for none.
        fraud_place: (p,) place of each positive row.
        fraud_index: (p,) number of each positive row among the positives.
        names: entity -> its name, for those that are worth naming.
    """

    name: str
    rows: Codes
    positives: Codes
    first_other: Codes
    fraud_entity: Codes
    fraud_place: Codes
    fraud_index: Codes
    names: dict[int, str]

    @property
    def seen_before(self) -> float:
        """Share of the rows that are not positive whose entity had such a row before."""
        others = int((self.rows - self.positives).sum())
        met = int((self.first_other < _NEVER).sum())
        return 1.0 - met / others if others else 0.0


@dataclass
class EntityTally:
    """Counts rows of entities while they pass."""

    name: str
    rows: Codes = field(default_factory=lambda: np.zeros(0, np.int64))
    positives: Codes = field(default_factory=lambda: np.zeros(0, np.int64))
    first_other: Codes = field(default_factory=lambda: np.zeros(0, np.int64))
    found: list[tuple[Codes, Codes, Codes]] = field(default_factory=list)

    def take(self, codes: Codes, places: Codes, first: int) -> None:
        """Count rows.

        Args:
            codes: (n,) entity of each row, -1 for none.
            places: (n,) where each row stands among the positives, -1 for others.
            first: place of the first of these rows in the table.
        """
        self._make_room(int(codes.max(initial=-1)) + 1)
        is_positive, is_known = places >= 0, codes >= 0
        size = len(self.rows)
        self.rows += np.bincount(codes[is_known], minlength=size)
        self.positives += np.bincount(codes[is_known & is_positive], minlength=size)
        others = np.flatnonzero(is_known & ~is_positive)
        entity, where = np.unique(codes[others], return_index=True)
        self.first_other[entity] = np.minimum(self.first_other[entity], first + others[where])
        hits = np.flatnonzero(is_positive)
        self.found.append((codes[hits], first + hits, places[hits]))

    def counts(self, names: dict[int, str]) -> EntityCounts:
        """Return what was counted."""
        entity, place, index = (np.concatenate(parts) for parts in zip(*self.found, strict=True))
        return EntityCounts(self.name, self.rows, self.positives, self.first_other, entity, place, index, names)

    def _make_room(self, entities: int) -> None:
        more = entities - len(self.rows)
        if more > 0:
            grown: Any = max(more, len(self.rows))
            self.rows = np.concatenate([self.rows, np.zeros(grown, np.int64)])
            self.positives = np.concatenate([self.positives, np.zeros(grown, np.int64)])
            self.first_other = np.concatenate([self.first_other, np.full(grown, _NEVER)])
