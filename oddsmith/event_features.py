"""What events are compared by: the parameters that were drawn, or what the episodes came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from oddsmith.calls import ScoredCall
from sim.geometry import Array
from sim.scenario import Scenario

__all__ = ["FeatureSpace", "ParameterSpace", "SignalSpace", "feature_space"]

_NOTICEABLE = 0.1
"""Divergence from the natural law [nat] at which a parameter counts half."""


class FeatureSpace(Protocol):
    """Features of calls, and how they are made comparable."""

    @property
    def features(self) -> tuple[str, ...]:
        """The features' names."""
        ...

    def of(self, calls: Iterable[ScoredCall]) -> Array:
        """Return (n, f) features of n calls, nan where one is unknown."""
        ...

    def scaling(self, raw: Array) -> tuple[Array, Array]:
        """Return what to subtract from (n, f) features, and what to multiply them with then; (f,) each."""
        ...


def feature_space(by: str, scenario: Scenario, measures: tuple[str, ...]) -> FeatureSpace:
    """Return the space for `diversity: {by: parameters}` or `{by: signals}`."""
    if by == "parameters":
        names = tuple(parameter.name for parameter in scenario.drawn)
        return ParameterSpace(names, dict(scenario.choices))
    return SignalSpace(tuple(scenario.events), scenario.target or "", measures)


@dataclass(frozen=True)
class ParameterSpace:
    """Normal scores of a draw's `u`; a choice has an indicator per category instead.

    Args:
        names: of the drawn parameters, in the order of `u`.
        choices: place in `u` -> probabilities of its categories.
    """

    names: tuple[str, ...]
    choices: dict[int, tuple[float, ...]]

    @property
    def features(self) -> tuple[str, ...]:
        """A name per number, `name=k` for category k of a choice."""
        return tuple(
            f"{name}={k}" if i in self.choices else name
            for i, name in enumerate(self.names)
            for k in range(len(self.choices.get(i, (1.0,))))
        )

    def of(self, calls: Iterable[ScoredCall]) -> Array:
        """Return (n, f) features."""
        from scipy.special import ndtri

        drawn = [one.call.draw.u for one in calls]
        u = np.array(drawn, np.float64).reshape(len(drawn), len(self.names))  # of which there may be none
        columns = []
        for i in range(len(self.names)):
            if i in self.choices:
                category = np.searchsorted(np.cumsum(self.choices[i])[:-1], u[:, i], side="right")
                columns += [(category == k).astype(float) for k in range(len(self.choices[i]))]
            else:
                columns.append(ndtri(u[:, i]))
        return np.column_stack(columns) if columns else np.empty((len(u), 0))

    def scaling(self, raw: Array) -> tuple[Array, Array]:
        """Let a parameter count the more, the further the event has moved it from its natural law.

        Measured by the Kullback-Leibler divergence, less what chance alone gives.
        """
        scales: list[float] = []
        for i in range(len(self.names)):
            column = raw[:, len(scales)]
            if i in self.choices:
                natural = np.array(self.choices[i])
                seen = raw[:, len(scales) : len(scales) + len(natural)].mean(axis=0)
                is_seen = seen > 0.0
                divergence = float((seen[is_seen] * np.log(seen[is_seen] / natural[is_seen])).sum())
                scales += [_relevance(divergence, len(raw))] * len(natural)
            else:
                variance = max(float(column.var()), 1e-6)
                divergence = 0.5 * (float(column.mean()) ** 2 + variance - 1.0 - float(np.log(variance)))
                scales.append(_relevance(divergence, len(raw)))
        return np.zeros(len(scales)), np.array(scales)


@dataclass(frozen=True)
class SignalSpace:
    """Scores of all events, the moment of the target, and all measures.

    Args:
        events: names of the events.
        target: the one that is looked for.
        measures: names of the measures.
    """

    events: tuple[str, ...]
    target: str
    measures: tuple[str, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """Names as in the tables of calls and episodes."""
        scores = tuple(f"score.{event}" for event in self.events)
        return (*scores, f"event_time.{self.target}", *(f"measure.{name}" for name in self.measures))

    def of(self, calls: Iterable[ScoredCall]) -> Array:
        """Return (n, f) features."""
        rows = []
        for one in calls:
            outcome = one.outcome
            values = [outcome.scores[event] for event in self.events]
            values += [outcome.event_times[self.target]]
            rows.append(values + [outcome.measures.get(name, np.nan) for name in self.measures])
        return np.array(rows, np.float64).reshape(-1, len(self.features))

    def scaling(self, raw: Array) -> tuple[Array, Array]:
        """Let every number that varies count the same, by its spread between quartiles."""
        finite = np.where(np.isfinite(raw), raw, np.nan)
        known = ~np.isnan(finite).all(axis=0)
        shift, scale = np.zeros(raw.shape[1]), np.zeros(raw.shape[1])
        low, shift[known], high = np.nanpercentile(finite[:, known], [25, 50, 75], axis=0)
        spread = np.maximum((high - low) / 1.349, 0.1 * np.nanstd(finite[:, known], axis=0))
        scale[known] = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0.0)
        return shift, scale


def _relevance(divergence: float, n: int) -> float:
    """Return how much a parameter counts, in [0, 1)."""
    beyond_chance = max(divergence - 2.0 / n, 0.0)
    return beyond_chance / (beyond_chance + _NOTICEABLE)
