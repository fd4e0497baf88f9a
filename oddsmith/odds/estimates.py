"""The rate of one event with everything known of its quality, from the columns of the calls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from oddsmith.intervals import (
    Moments,
    clopper_pearson,
    group_interval,
    mean_interval,
    upper_bound,
    widened,
)
from oddsmith.odds.columns import CallColumns
from sim.weights import effective_size, largest_share, pareto_k

__all__ = ["Audit", "Estimate", "ModeRate", "Weighted", "estimate", "weighted_rate"]

Floats = NDArray[np.float64]
Spread = Literal["count", "calls", "groups", "none"]

_TILED = 1e-9
"""Distance from 1 up to which the weights of groups tile the population."""


@dataclass(frozen=True)
class Weighted:
    """A rate with its interval and spread.

    Args:
        rate: weighted share of the population.
        interval: at 95 %; None where nothing was found or the calls have no spread to tell one from.
        cov: standard error / rate; None where nothing was found.
        spread: what the interval rests on: "count" of plain draws, independent "calls", independent "groups".
        degrees: of freedom that the estimated variance is worth; None for counts.
    """

    rate: float
    interval: tuple[float, float] | None
    cov: float | None
    spread: Spread
    degrees: float | None = None


@dataclass(frozen=True)
class ModeRate:
    """How often an event happens in one failure mode; "" is the mode of those that fit none."""

    mode: str
    hits: int
    rate: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Audit:
    """What the nominal draws say, which know nothing of the search.

    Args:
        calls: nominal draws.
        hits: those in which the event occurred.
        rate: share of hits.
        interval: exact, at 95 %.
        p_value: how probable a number of hits at least as far off would be if the estimate were right; None
            where there is no estimate to compare.
    """

    calls: int
    hits: int
    rate: float
    interval: tuple[float, float]
    p_value: float | None


@dataclass(frozen=True)
class Estimate:
    """What the calls say about one event.

    Args:
        event: its name.
        calls: main calls: those that have a weight and make the rate.
        all_calls: calls spent in all: pilot, main and audit.
        hits: main calls in which it occurred and whose weight is not 0.
        rate: probability per episode; None where nothing can be said but `upper`.
        interval: of it, at 95 %.
        upper: exact upper bound at 95 % from nominal draws alone, where no main call hit; None otherwise, and
            where there are no nominal draws.
        cov: coefficient of variation of the rate, the constraints' included.
        spread: what the interval rests on: "count" of plain draws, "calls", "groups", or "none".
        degrees: of freedom that the estimated variance is worth, by the kurtosis of its terms; None for counts.
        monte_carlo_calls: nominal draws that would give the same CoV, (1 - p) / (p CoV^2).
        gain: `monte_carlo_calls` / `all_calls`.
        ess_events: how many independent events would be as precise: (sum w)^2 / sum w^2 over events for
            independent calls, (1 - p) / CoV^2 over groups.
        ess_population: (sum w)^2 / sum w^2 over all main calls.
        largest_share: largest part a single call (or group, where calls depend on each other) has in the rate.
        pareto_k: shape of the tail of the events' weights; None for groups, plain draws, or few events.
        groups: independent groups; zero_groups: those without the event. 0 where calls are independent.
        total_weight: sum of all main weights, 1 if all is well.
        total_error: standard error of it; 0 where it is 1 by construction.
        failed_weight: share of the population whose episodes could not be simulated.
        modes: rate per failure mode, most frequent first.
        audit: what the nominal draws say; None without any.
    """

    event: str
    calls: int
    all_calls: int
    hits: int
    rate: float | None
    interval: tuple[float, float] | None
    upper: float | None
    cov: float | None
    spread: Spread
    degrees: float | None
    monte_carlo_calls: float | None
    gain: float | None
    ess_events: float
    ess_population: float
    largest_share: float | None
    pareto_k: float | None
    groups: int
    zero_groups: int
    total_weight: float
    total_error: float
    failed_weight: float
    modes: tuple[ModeRate, ...]
    audit: Audit | None


def estimate(columns: CallColumns, event: str, *, conditioning: float = 0.0) -> Estimate:
    """Return the rate of an event from all calls of a hunt.

    Args:
        columns: the calls.
        event: name of the event.
        conditioning: relative variance of the estimated probability of the constraints, by which all weights
            were divided.

    Raises:
        KeyError: there is no such event.
    """
    main, audit = columns.arm("main"), columns.arm("audit")
    hit = main.events[event] & (main.weight > 0.0)
    terms = np.where(hit, main.weight, 0.0)
    found = weighted_rate(main, terms, conditioning=conditioning)
    group_terms = np.empty(0) if main.is_independent else main.per_group(terms)
    is_found = found.rate > 0.0
    nominal = audit if len(audit) else main if main.is_plain else None
    needed = (1.0 - found.rate) / (found.rate * found.cov**2) if found.cov and found.rate < 1.0 else None
    return Estimate(
        event=event,
        calls=len(main),
        all_calls=len(columns),
        hits=int(hit.sum()),
        rate=found.rate if is_found else None,
        interval=found.interval,
        upper=_upper(nominal, event) if not is_found else None,
        cov=found.cov,
        spread=found.spread if len(main) else "none",
        degrees=found.degrees,
        monte_carlo_calls=needed,
        gain=None if needed is None else needed / len(columns),
        ess_events=_events_worth(main, found, terms[hit]),
        ess_population=effective_size(main.weight),
        largest_share=_largest(terms, group_terms),
        pareto_k=pareto_k(terms[hit]) if main.is_independent and not main.is_plain else None,
        groups=len(group_terms),
        zero_groups=int((group_terms == 0.0).sum()),
        total_weight=math.fsum(main.weight.tolist()),
        total_error=_total_error(main),
        failed_weight=math.fsum(main.weight[main.failed].tolist()),
        modes=_modes(main, hit, conditioning),
        audit=_audited(audit, event, found if is_found else None) if len(audit) else None,
    )


def weighted_rate(main: CallColumns, terms: Floats, *, conditioning: float = 0.0) -> Weighted:
    """Return the sum of (n,) weights of hits, 0 elsewhere, with an interval fit for how the calls were drawn.

    Args:
        main: the main calls.
        terms: weight of the calls that count, 0 for the others.
        conditioning: relative variance of a factor all weights share.
    """
    n, rate = len(main), math.fsum(terms.tolist())
    if not rate > 0.0:
        return Weighted(0.0, None, None, "none")
    degrees = None
    if main.is_plain:
        interval, cov = _counted(int((terms > 0.0).sum()), n)
        spread: Spread = "count"
    else:
        spread = "calls" if main.is_independent else "groups"
        units = n if spread == "calls" else len(np.unique(main.group))
        values = terms[terms > 0.0] * n if spread == "calls" else _group_values(main, terms, rate)
        if units < 2:
            return Weighted(rate, None, None, "none")
        moments = Moments.of(values, units)
        degrees = float(moments.degrees)
        if spread == "groups":
            low, high, cov = group_interval(values)
        else:
            low, high = mean_interval(moments)
            cov = float(moments.standard_error) / rate
        interval = (low, high)
    low, high = widened(interval, rate, conditioning)
    return Weighted(rate, (low, min(high, max(1.0, rate))), math.sqrt(cov**2 + conditioning), spread, degrees)


def _counted(hits: int, calls: int) -> tuple[tuple[float, float], float]:
    return clopper_pearson(hits, calls), math.sqrt((calls - hits) / (calls * hits))


def _group_values(main: CallColumns, terms: Floats, rate: float) -> Floats:
    """Return (G,) values whose mean is the rate and whose spread is that of the groups' own rates.

    Groups of one hunt have the same weight, and their values are the rates. Those of hunts that were joined may
    not; their spread is then taken of what each adds to the rate beyond its weight's share of it.
    """
    parts, shares = main.per_group(terms), main.per_group(main.weight)
    if abs(math.fsum(shares.tolist()) - 1.0) > _TILED:
        return parts * len(parts)  # weighed for another law: no group's weight is known beforehand
    return rate + len(parts) * (parts - shares * rate)


def _upper(nominal: CallColumns | None, event: str) -> float | None:
    """Return the bound from nominal draws, unless one of them hit."""
    if nominal is None or nominal.events[event].any():
        return None
    return upper_bound(len(nominal))


def _events_worth(main: CallColumns, found: Weighted, weights: Floats) -> float:
    if main.is_independent:
        return effective_size(weights)
    return (1.0 - min(found.rate, 1.0)) / found.cov**2 if found.cov else 0.0


def _largest(terms: Floats, group_terms: Floats) -> float | None:
    return largest_share(group_terms if len(group_terms) else terms) if len(terms) else None


def _total_error(main: CallColumns) -> float:
    """Return the standard error of the sum of weights; 0 where it is 1 by construction."""
    if main.is_plain or not len(main):
        return 0.0
    parts = main.weight if main.is_independent else main.per_group(main.weight)
    return float(np.std(parts, ddof=1)) * math.sqrt(len(parts)) if len(parts) > 1 else 0.0


def _modes(main: CallColumns, hit: NDArray[np.bool_], conditioning: float) -> tuple[ModeRate, ...]:
    """Return the rate of each mode in which the event occurs; none where no call has a mode."""
    if not any(main.mode[hit]):
        return ()
    names = np.asarray([str(mode or "") for mode in main.mode], object)
    found = []
    for name in sorted(set(names[hit])):
        terms = np.where(hit & (names == name), main.weight, 0.0)
        rate = weighted_rate(main, terms, conditioning=conditioning)
        found.append(ModeRate(name, int((terms > 0.0).sum()), rate.rate, rate.interval))
    return tuple(sorted(found, key=lambda one: (-one.rate, one.mode)))


def _audited(audit: CallColumns, event: str, found: Weighted | None) -> Audit:
    hits, n = int(audit.events[event].sum()), len(audit)
    p_value = None if found is None or found.cov is None else _surprise(hits, n, found.rate, found.cov)
    return Audit(n, hits, hits / n, clopper_pearson(hits, n), p_value)


def _surprise(hits: int, draws: int, rate: float, cov: float) -> float:
    """Return the two-sided p-value of a number of hits, the rate being known with a CoV only.

    The hits of a gamma-distributed rate are negative binomial. For frequent events that is wider than the
    binomial's own spread, so the test then errs towards agreement.
    """
    from scipy.special import bdtr, bdtrc, betainc

    if cov < 1e-6:
        below, above = float(bdtr(hits, draws, rate)), float(bdtrc(hits - 1, draws, rate)) if hits else 1.0
    else:
        shape = 1.0 / cov**2
        keep = shape / (shape + draws * rate)
        below = float(betainc(shape, hits + 1.0, keep))
        above = 1.0 - float(betainc(shape, hits, keep)) if hits else 1.0
    return min(1.0, 2.0 * min(below, above))
