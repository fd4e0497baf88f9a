"""Which parameters of an episode make the event: how far their law given the event is from the natural one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.odds.columns import CallColumns
from sim.weights import effective_size

__all__ = ["Shift", "shifts_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shift:
    """One parameter, in the population and in the events.

    Args:
        name: of the parameter.
        values: (n,) in the main calls: floats, or words.
        population: (n,) weights that stand for the population, sum 1.
        events: (n,) weights of the events, sum 1.
        distance: largest difference of the two distribution functions; total variation, for words. From 0 to 1.
    """

    name: str
    values: NDArray[Any]
    population: Floats
    events: Floats
    distance: float

    @property
    def is_clear(self) -> bool:
        """Whether the distance is larger than chance makes it in samples of these effective sizes, at 5 %.

        Source: Smirnov's asymptotic critical value of the two-sample test.
        """
        sizes = effective_size(self.population), effective_size(self.events)
        return self.distance > 1.358 * math.sqrt(sum(1.0 / size for size in sizes))

    @property
    def is_numeric(self) -> bool:
        """Whether the values are numbers."""
        return self.values.dtype != object

    def quantile(self, share: float, *, of_events: bool = False) -> float:
        """Return a weighted quantile of a parameter that is a number."""
        order = np.argsort(self.values, kind="stable")
        summed = np.cumsum((self.events if of_events else self.population)[order])
        place = int(np.searchsorted(summed, share * summed[-1]))
        return float(self.values[order][min(place, len(order) - 1)])


def shifts_of(columns: CallColumns, parameters: Mapping[str, NDArray[Any]], event: str) -> tuple[Shift, ...]:
    """Return all parameters, the most shifted first; none where no main call came to the event.

    Args:
        columns: all calls.
        parameters: parameter -> (n,) its values in the calls.
        event: its name.
    """
    kept = (columns.role == "main") & (columns.weight > 0.0) & ~columns.failed
    calls = columns.where(kept)
    terms = np.where(calls.events[event], calls.weight, 0.0)
    if not terms.sum() > 0.0:
        return ()
    found = []
    for name, column in parameters.items():
        values = column[kept]
        if values.dtype == object:
            values = np.array([str(value) for value in values], object)
        population, events = calls.weight / calls.weight.sum(), terms / terms.sum()
        if len(np.unique(values)) > 1:
            found.append(Shift(name, values, population, events, _distance(values, population, events)))
    return tuple(sorted(found, key=lambda one: (-one.distance, one.name)))


def _distance(values: NDArray[Any], population: Floats, events: Floats) -> float:
    distinct, place = np.unique(values, return_inverse=True)
    gap = np.bincount(place, events - population, len(distinct))
    if values.dtype == object:
        return 0.5 * float(np.abs(gap).sum())
    return float(np.abs(np.cumsum(gap)).max())
