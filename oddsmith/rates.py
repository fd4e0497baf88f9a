"""What the calls say about the events' rates: the odds summary of the manifest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from oddsmith.calls import ScoredCall
from oddsmith.intervals import clopper_pearson
from sim.samplers import CallWeight

__all__ = ["Rates"]


@dataclass
class Rates:
    """Sums over the calls of a hunt, taken one at a time. Pilot calls carry no weight and do not count."""

    events: Sequence[str]
    _weights: list[float] = field(default_factory=list)
    _hits: dict[str, list[float]] = field(default_factory=dict)
    _failed: list[float] = field(default_factory=list)

    def add(self, scored: ScoredCall, weight: CallWeight) -> None:
        """Take a call. One that failed counts as one in which nothing happened, and is reported beside."""
        if weight.weight is None:
            return
        self._weights.append(weight.weight)
        if scored.failure is not None:
            self._failed.append(weight.weight)
            return
        for event in self.events:
            if scored.outcome.occurred(event):
                self._hits.setdefault(event, []).append(weight.weight)

    def summary(self) -> dict[str, Any]:
        """Return plain data: per event calls, hits, rate per episode and its exact 95 % interval.

        The interval is null where the calls' weights differ. `failures` are the calls without outcome.
        """
        return {
            "odds": {event: self._event(self._hits.get(event, [])) for event in self.events},
            "failures": {"calls": len(self._failed), "weight": math.fsum(self._failed)},
        }

    def _event(self, hits: Sequence[float]) -> dict[str, Any]:
        calls = len(self._weights)
        is_even = calls > 0 and min(self._weights) == max(self._weights)
        interval = list(clopper_pearson(len(hits), calls)) if is_even else None
        return {"calls": calls, "hits": len(hits), "rate": math.fsum(hits), "interval": interval}
