"""The samplers on a function of one's own: how likely is score(noise) >= 0, and which draws make it so.

The function sees (n, d) independent standard normals and gives (n,) scores. Whatever is random is made from
them: a quantity with distribution function F is F^-1(Phi(x)).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.odds.columns import CallColumns
from oddsmith.odds.estimates import Estimate as Rate
from oddsmith.odds.estimates import estimate as rate_of
from oddsmith.odds.verdicts import doubt_of, judge
from oddsmith.scored_function import TARGET, FunctionPopulation, ScoredFunction, drive
from sim.errors import RunError, UsageError, did_you_mean
from sim.geometry import Array
from sim.samplers import TABLE, Sampler, Settings

__all__ = ["METHODS", "Estimate", "estimate"]

METHODS = tuple(name for name in TABLE if name not in ("event", "coverage"))
"""Methods that give odds; the others only choose what to look at."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """The probability of score >= 0 and everything it rests on.

    Args:
        p: the estimate.
        interval: of 95 % confidence.
        cov: coefficient of variation of p; inf where no event was found.
        calls: draws the function was evaluated on, pilot and audit included.
        ess: how many equally weighted events the weighted ones are worth.
        verdict: "trust", "weak" or "upper bound only".
        weights: (calls,) share of the population each call stands for; those of events sum to p. NaN for
            calls that only tuned the search or checked the result.
        points: (calls, d) noise.
        scores: (calls,) scores; NaN where the function failed.
        hits: (calls,) whether the event occurred.
        modes: (calls,) failure mode of hits, "" where there is none.
        about: plain facts: the method and why, numbers of calls, warnings, the check by nominal draws.
    """

    p: float
    interval: tuple[float, float]
    cov: float
    calls: int
    ess: float
    verdict: str
    weights: Array
    points: Array
    scores: Array
    hits: NDArray[np.bool_]
    modes: NDArray[np.object_]
    about: Mapping[str, Any]

    def __str__(self) -> str:
        """Say it in a line."""
        low, high = self.interval
        return (
            f"p = {self.p:.3g}, 95 % interval {low:.3g} to {high:.3g}, CoV {100 * self.cov:.2g} %, "
            f"{self.calls:,} calls by {self.about['method']}: {self.verdict}"
        )


def estimate(
    score: Callable[[Array], Any],
    *,
    dimension: int,
    calls: int = 20_000,
    method: str = "auto",
    seed: int = 0,
    choices: Mapping[int, Sequence[float]] | None = None,
    modes: Callable[[Array], Sequence[Any]] | None = None,
    audit_share: float = 0.05,
    cov: float | None = None,
) -> Estimate:
    """Return the probability that `score` of standard normals is at least 0.

    Args:
        score: (n, dimension) standard normals -> (n,) scores, a margin that grows towards the event. A draw for
            which it raises or gives NaN counts as one without the event, and is reported.
        dimension: how many normals a draw has.
        calls: draws to evaluate, all included.
        method: one of `METHODS`.
        seed: the same seed gives the same result.
        choices: coordinate -> probabilities of the categories into which Phi of it is cut, in this order;
            then each category is tried.
        modes: (k, dimension) noise of events -> (k,) names of failure modes, so that each found one is told.
        audit_share: share of the calls that are plain draws which check the estimate.
        cov: wanted coefficient of variation; fewer calls are then made if the pilot says that they suffice.

    Raises:
        UsageError: an argument cannot be, or the function does not give one number per row.
        RunError: the function fails for every draw or gives the same number for all, or the event is certain.
    """
    if method not in METHODS:
        near = did_you_mean(method, METHODS)
        hint = f".  Did you mean {near!r}?" if near else ""
        raise UsageError(f"unknown method {method!r}; there are {', '.join(METHODS)}{hint}")
    shares = {at: tuple(map(float, found)) for at, found in (choices or {}).items()}
    population = FunctionPopulation(dimension, shares)
    try:
        settings = Settings(seed, calls, 0.0 if method == "nominal" else audit_share, cov)
    except ValueError as error:
        raise UsageError(str(error)) from error
    function = ScoredFunction(score, modes)
    sampler = TABLE[method](population, settings)
    drive(sampler, function)
    return _judged(function, sampler)


def _judged(function: ScoredFunction, sampler: Sampler) -> Estimate:
    """Return what a finished hunt says."""
    weights, scores, roles = sampler.weights(), function.scores, function.roles
    hits = scores >= 0.0
    known = scores[np.isfinite(scores)]
    if len(known) == len(scores) > 1 and np.ptp(known) == 0.0:
        raise RunError(f"score is {known[0]:g} for all {len(known)} draws: it does not depend on the noise")
    columns = CallColumns.of(
        role=roles,
        weight=weights.weight,
        log_lr=weights.log_lr,
        group=function.groups,
        events={TARGET: hits},
        failed=np.isnan(scores),
        mode=[name or None for name in function.mode_names],
    )
    found = rate_of(columns, TARGET)
    facts = dict(sampler.about())
    verdict = judge(found, doubt=doubt_of(facts))
    facts |= {
        "reasons": verdict.reasons,
        "audit": found.audit and asdict(found.audit),
        "modes": {one.mode: one.rate for one in found.modes},
        "failures": {
            "calls": function.failures,
            "weight": found.failed_weight,
            "first": function.first_failure,
        },
        "warnings": (*facts.get("warnings", ()), *_warnings(function, found)),
    }
    return Estimate(
        p=found.rate or 0.0,
        interval=found.interval or (0.0, 1.0 if found.upper is None else found.upper),
        cov=math.inf if found.cov is None else found.cov,
        calls=len(scores),
        ess=found.ess_events,
        verdict=verdict.word,
        weights=np.where(roles == "main", weights.weight, np.nan),
        points=function.points,
        scores=scores,
        hits=hits,
        modes=function.mode_names,
        about=facts,
    )


def _warnings(function: ScoredFunction, found: Rate) -> list[str]:
    """Return what a user may want to look at."""
    told = []
    if function.failures:
        told.append(
            f"score failed for {function.failures} draws, which stand for {found.failed_weight:.2g} of the "
            f"population and count as no event; the first because {function.first_failure}"
        )
    if found.hits == found.calls > 0:
        told.append("the event occurs in every draw: it is score >= 0, so perhaps the sign is turned")
    if not (function.scores >= 0.0).any():
        told.append("no draw came to the event: spend more calls, or see whether a milder one occurs")
    return told
