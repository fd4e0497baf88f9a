"""Draws from the natural law: the baseline, and rejection to the event.

Every call weighs 1/n. `Nominal` exports the population; `EventOnly` exports the calls in which the target
occurred, whose weights still sum to the estimated probability of the event. The number of calls is fixed
beforehand: stopping once enough events were seen would bias the rate.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from sim.noise import Draw, hash64
from sim.recording import Outcome
from sim.samplers.base import Call, Population, Settings, Weights

__all__ = ["GROUPS", "EventOnly", "Nominal", "Planned"]

GROUPS = 32
"""Independent calls are dealt into this many groups, over which intervals may be taken."""

_BATCH = 256


class Planned(ABC):
    """A sampler whose draws are all fixed beforehand: it asks for them in order and learns nothing."""

    name: ClassVar[str]
    exports: Literal["population", "events"] = "population"
    wants_running = False

    def __init__(self, settings: Settings) -> None:
        """Fix the number of calls."""
        self.planned_calls = settings.calls
        self._asked = self._told = 0

    @abstractmethod
    def _draws(self, start: int, stop: int) -> Sequence[Draw]:
        """Return the draws start, …, stop - 1."""

    def ask(self) -> Sequence[Call]:
        """Return the next batch of draws."""
        start, stop = self._asked, min(self._asked + _BATCH, self.planned_calls)
        draws = self._draws(start, stop) if stop > start else ()
        self._asked = stop
        return [Call(i, draw, "main", i % GROUPS, i) for i, draw in enumerate(draws, start)]

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Count the outcomes; nothing is learned from them."""
        self._told += len(outcomes)
        if self._told > self._asked:
            raise ValueError(f"told {self._told} outcomes of {self._asked} calls")

    def weights(self) -> Weights:
        """Return 1/n for every call, with a likelihood ratio of 1."""
        if self._told != self.planned_calls:
            raise ValueError(f"{self._told} of {self.planned_calls} calls were told: weights are not known yet")
        n = self.planned_calls
        return Weights(np.full(n, 1.0 / n), np.zeros(n))

    def frozen(self) -> Mapping[str, Any]:
        """Return nothing but the method: there is nothing to freeze."""
        return {"method": self.name}

    def about(self) -> Mapping[str, Any]:
        """Return the method and the number of calls."""
        return {"method": self.name, "pilot_calls": 0, "main_calls": self.planned_calls, "audit_calls": 0}


class Nominal(Planned):
    """n independent draws of the natural law, weight 1/n each."""

    name = "nominal"

    def __init__(self, population: Population, settings: Settings) -> None:
        """Fix the number of calls."""
        super().__init__(settings)
        self._population = population
        self._seed = settings.seed if settings.part == 0 else hash64("part", settings.seed, settings.part)

    def _draws(self, start: int, stop: int) -> Sequence[Draw]:
        return self._population.nominal_batch(self._seed, start, stop)


class EventOnly(Nominal):
    """Rejection sampling: nominal draws of which only the target event is exported."""

    name = "event"
    exports: Literal["population", "events"] = "events"
