"""How a rate answers to the laws: d log p / d log theta of every law's parameters, from the calls there are.

A guessed sigma is often a larger error than sampling. The score-function estimator needs no further call:
d p / d theta = E[1(event) d log f / d theta], weighted as the rate itself is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.odds import CallColumns
from sim.language.knobs import Knob, knobs_of, score_of
from sim.scenario import Scenario
from sim.weights import effective_size

__all__ = ["TURN", "Elasticities", "Elasticity", "elasticities"]

TURN = 0.1
"""By how much a parameter is turned in the sentences: a tenth of itself, or of a standard deviation."""

_CLEAR = 0.99865
"""Probability up to three standard deviations of a normal."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Elasticity:
    """How the rate of an event answers to one number of one law.

    Args:
        parameter: the quantity with the law.
        argument: the number: "sigma", "fog" of a choice, "rho" of a dependence.
        value: what it is, in SI.
        unit: SI unit of it, "" for none.
        scale: what slope and effect are per: "relative" (of the number itself), "deviations" (of the law's
            standard deviation), "correlation".
        slope: d log p / d log theta; per standard deviation, or per unit of correlation.
        error: standard error of the slope.
        degrees: of freedom of the error: effective number of calls (or groups) with the event, less one.
        effect: relative change of the rate when the number grows by `TURN` of its scale: exp(TURN slope) - 1.
    """

    parameter: str
    argument: str
    value: float
    unit: str
    scale: str
    slope: float
    error: float
    degrees: float
    effect: float

    @property
    def is_clear(self) -> bool:
        """Whether the slope is further from 0 than three standard errors of a normal: many are looked at."""
        from scipy.special import stdtrit

        return abs(self.slope) > float(stdtrit(self.degrees, _CLEAR)) * self.error


@dataclass(frozen=True)
class Elasticities:
    """All of one event, the strongest first.

    Args:
        without: numbers of which there is no derivative, because turning them moves the ends of a support.
    """

    event: str
    found: tuple[Elasticity, ...]
    without: tuple[str, ...]


def elasticities(
    scenario: Scenario, columns: CallColumns, parameters: Mapping[str, NDArray[Any]], event: str
) -> Elasticities | None:
    """Return how the rate of an event answers to the laws; None where no main call came to it.

    Args:
        scenario: with the laws that the calls were weighed under.
        columns: all calls.
        parameters: parameter -> (n,) its values in the calls.
        event: its name.
    """
    drawn = [one.name for one in scenario.drawn]
    kept = _usable(columns, parameters, drawn)
    calls = columns.where(kept)
    terms = np.where(calls.events[event], calls.weight, 0.0)
    if not terms.sum() > 0.0 or not drawn:
        return None
    rows = kept if scenario.is_conditioned else kept.copy()
    if not scenario.is_conditioned:
        rows[kept] = terms > 0.0  # the score's mean is 0 exactly: only events matter
    selected = columns.where(rows)
    density = scenario.densities({name: parameters[name][rows] for name in drawn})
    weight = selected.weight
    hits = np.where(selected.events[event], weight, 0.0)
    base = weight if scenario.is_conditioned else None
    n_units = len(columns.arm("main")) if columns.arm("main").is_independent else 0
    worth = effective_size(hits if n_units else selected.per_group(hits))
    degrees = max(worth - 1.0, 1.0)
    units = {one.name: one.unit for one in scenario.parameters}
    found, without = [], []
    for knob in knobs_of(density):
        score = score_of(knob, density)
        if score is None:
            without.append(f"{knob.parameter} {knob.argument}")
            continue
        slope, error = _slope(score, hits, base, selected.group, n_units)
        found.append(_told(knob, units[knob.parameter] if knob.has_unit else "", slope, error, degrees))
    found.sort(key=lambda one: (-abs(one.slope), one.parameter, one.argument))
    return Elasticities(event, tuple(found), tuple(without))


def _usable(
    columns: CallColumns, parameters: Mapping[str, NDArray[Any]], drawn: list[str]
) -> NDArray[np.bool_]:
    """Return which calls are main calls with a weight whose parameters are all known."""
    kept = (columns.role == "main") & (columns.weight > 0.0)
    for name in drawn:
        values = parameters[name]
        if values.dtype == object:
            kept &= np.array([value is not None for value in values], bool)
        else:
            kept &= np.isfinite(values)
    return kept


def _slope(
    score: Floats, hits: Floats, base: Floats | None, group: NDArray[np.int64], n_units: int
) -> tuple[float, float]:
    """Return d log p and its standard error.

    Args:
        score: (n,) d log f.
        hits: (n,) weights of events, 0 for others.
        base: (n,) weights of all, for a population conditioned on constraints, whose score has a mean of its
            own; None where that mean is 0.
        group: (n,) independent groups.
        n_units: number of independent calls; 0 where only groups are independent.
    """
    rate = float(hits.sum())
    inside = float(hits @ score) / rate
    parts = hits * (score - inside) / rate
    outside = 0.0
    if base is not None:
        total = float(base.sum())
        outside = float(base @ score) / total
        parts = parts - base * (score - outside) / total
    if n_units:
        squares, units = float(parts @ parts), n_units
    else:
        _, place = np.unique(group, return_inverse=True)
        per_group = np.bincount(place, weights=parts)
        squares, units = float(per_group @ per_group), len(per_group)
    error = math.sqrt(squares * units / (units - 1)) if units > 1 else math.inf
    return inside - outside, error


def _told(knob: Knob, unit: str, slope: float, error: float, degrees: float) -> Elasticity:
    effect = math.expm1(min(TURN * slope, 50.0))
    return Elasticity(
        knob.parameter, knob.argument, knob.value, unit, knob.scale, slope, error, degrees, effect
    )
