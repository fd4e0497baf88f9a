"""Draws from the natural law: the baseline, and rejection to the event.

Every call weighs 1/n. `Nominal` exports the population; `EventOnly` exports the calls in which the target
occurred, whose weights still sum to the estimated probability of the event. The number of calls is fixed
beforehand: stopping once enough events were seen would bias the rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sim.recording import Outcome
from sim.samplers.base import Call, CallWeight, Population

__all__ = ["EventOnly", "Nominal"]

_BATCH = 256


class Nominal:
    """n independent draws of the natural law, weight 1/n each."""

    name = "nominal"
    exports: Literal["population", "events"] = "population"

    def __init__(self, population: Population, *, seed: int, calls: int) -> None:
        """Fix the number of calls.

        Raises:
            ValueError: `calls` is not positive.
        """
        if calls < 1:
            raise ValueError(f"calls must be at least 1, got {calls}")
        self.planned_calls = calls
        self._population = population
        self._seed = seed
        self._asked = 0
        self._told = 0

    def ask(self) -> Sequence[Call]:
        """Return the next batch of nominal draws."""
        start, stop = self._asked, min(self._asked + _BATCH, self.planned_calls)
        draws = self._population.nominal_batch(self._seed, start, stop) if stop > start else ()
        self._asked = stop
        return [Call(start + i, draw, root_id=start + i) for i, draw in enumerate(draws)]

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Count the outcomes; nothing is learned from them."""
        self._told += len(outcomes)
        if self._told > self._asked:
            raise ValueError(f"told {self._told} outcomes of {self._asked} calls")

    def weights(self) -> Sequence[CallWeight]:
        """Return 1/n for every call, with a likelihood ratio of 1."""
        if self._told != self.planned_calls:
            raise ValueError(f"{self._told} of {self.planned_calls} calls were told: weights are not known yet")
        return [CallWeight(1.0 / self.planned_calls, 0.0)] * self.planned_calls


class EventOnly(Nominal):
    """Rejection sampling: nominal draws of which only the target event is exported."""

    name = "event"
    exports: Literal["population", "events"] = "events"
