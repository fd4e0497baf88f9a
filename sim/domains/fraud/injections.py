"""What is done to accounts from outside their owners' habits, in the order in which it was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim.domains.fraud import layout as c

__all__ = ["Injection", "Injections"]

_ROOM = 64


class Injection(NamedTuple):
    """Something done to an account from outside its owner's habits.

    Args:
        customer: number of the owner.
        t: moment [ms].
        what: (INTENT,) as kernels take it.
    """

    customer: int
    t: int
    what: tuple[int, ...]


class Injections:
    """A table of them that grows."""

    def __init__(self) -> None:
        """Begin with none."""
        self._customers = np.empty(_ROOM, np.int64)
        self._rows = np.empty((_ROOM, c.INTENT), np.int64)
        self._count = 0

    @property
    def customers(self) -> np.ndarray:
        """(n,) numbers of the owners."""
        return self._customers[: self._count]

    @property
    def rows(self) -> np.ndarray:
        """(n, INTENT) what was done."""
        return self._rows[: self._count]

    def append(self, customer: int, what: np.ndarray) -> None:
        """Add (INTENT,) what was done to a customer's account."""
        if self._count == len(self._rows):
            self._customers = np.concatenate([self._customers, np.empty_like(self._customers)])
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._customers[self._count], self._rows[self._count] = customer, what
        self._count += 1

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def __iter__(self) -> Iterator[Injection]:
        """Yield one after the other."""
        for customer, what in zip(self.customers.tolist(), self.rows, strict=True):
            row = what.tolist()
            yield Injection(customer, row[c.T], tuple(row))
