"""Importance sampling with a frozen mixture: discovery, fit, freeze, then independent calls with exact ratios.

The proposal is fitted to what discovery and a subset pilot found and improved by rounds of its own draws
(cross-entropy method: Rubinstein and Kroese 2004), then frozen; each call after that weighs its likelihood
ratio against the whole mixture (balance heuristic: Veach and Guibas 1995) over the number of calls. Constraints
condition both laws: the ratio of their probabilities, estimated beforehand from parameters alone, is a factor
of every weight, and its variance is reported.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.geometry import Array
from sim.samplers.base import Population, Settings
from sim.samplers.mixture import Mixture
from sim.samplers.nominal import GROUPS
from sim.samplers.points import Answer, Request, Stream, uniforms_of
from sim.samplers.preparation import Prepared, drawn, prepare
from sim.samplers.stepwise import Course, Stepwise
from sim.weights import effective_size, largest_share, pareto_k

__all__ = ["NO_PARAMETERS", "Diagnosis", "Importance"]

NO_PARAMETERS = "there are no once-per-episode parameters for a proposal to act on"
"""Why importance sampling is no way to an event that hangs on addressed noise alone."""

_BLOCK = 2048
_DRAWS = 100_000
"""Draws, of parameters only, from which the constraints' probability under the proposal is estimated."""

_TRIAL_SHARE = 0.05
_SPARE = 1.2
"""Factor on the calls that a wanted CoV asks for, because the trial knows the variance only about."""


@dataclass(frozen=True)
class Diagnosis:
    """What a trial of a frozen proposal says; the trial's calls are used for nothing else.

    Args:
        calls: in the trial.
        hits: events among them.
        mean: of their ratios over all calls: the rate, but for the constraints.
        size: effective number of events.
        largest: the largest event's share of the total.
        tail: Pareto k of the events' ratios, None where there are too few to tell.
        variance: of one call's contribution, relative to the squared rate; inf without events.
    """

    calls: int
    hits: int
    mean: float
    size: float
    largest: float
    tail: float | None
    variance: float

    @classmethod
    def of(cls, lr: Array, is_event: np.ndarray) -> Diagnosis:
        """Return the diagnosis of likelihood ratios and events."""
        values = np.where(is_event, lr, 0.0)
        largest = largest_share(values)
        if largest is None:
            return cls(len(lr), 0, 0.0, 0.0, 1.0, None, math.inf)
        mean, hits = float(values.mean()), int(is_event.sum())
        variance = float((values / mean).var(ddof=1))  # not that of tiny values, which would come to nothing
        return cls(len(lr), hits, mean, effective_size(values), largest, pareto_k(values), variance)


@dataclass(frozen=True)
class _Share:
    """How probable the constraints are under a proposal."""

    p: float
    n: int


class Importance(Stepwise):
    """Discovery, fit, freeze, then independent weighted calls."""

    name = "importance"
    wants_running = True

    def __init__(self, population: Population, settings: Settings) -> None:
        """Begin; discovery and fit are skipped where the settings hold what an earlier hunt froze."""
        self._mixture: Mixture | None = None
        super().__init__(population, settings)

    def _hunt(self) -> Course:
        settings = self._settings
        if settings.frozen is not None:
            yield from self._weighted(Mixture.from_data(settings.frozen), self._left)
            return
        prepared = yield from prepare(self._population, seed=settings.seed, calls=self._budget)
        self._facts["discovered_modes"] = list(prepared.modes)
        if prepared.mixture is None:
            self._pilot_is_over()
            yield from self._naturally(self._nothing(prepared))
            return
        calls = None
        if settings.cov is not None:
            calls = self._calls_for(settings.cov, (yield from self._trial(prepared.mixture)))
        self._pilot_is_over()
        yield from self._weighted(prepared.mixture, min(calls or self._left, self._left))

    def _nothing(self, prepared: Prepared) -> str:
        if self._population.dimension == 0:
            return f"{NO_PARAMETERS}: see method splitting"
        return prepared.pilot.shortfall(self._target)

    def _trial(self, mixture: Mixture) -> Generator[Request, Answer, Diagnosis]:
        """Try a proposal on calls that nothing else uses."""
        n = max(round(self._budget * _TRIAL_SHARE), 50)
        stream = Stream("trial", self._settings.seed)
        z = drawn(self._population, mixture, n, stream)
        answer = yield Request(z, stream.keys(n))
        return Diagnosis.of(np.exp(mixture.log_lr(z)), answer.scores >= 0.0)

    def _calls_for(self, cov: float, trial: Diagnosis) -> int | None:
        """Return the calls that a wanted CoV takes; None if the trial cannot tell."""
        if not math.isfinite(trial.variance):
            return None
        return max(math.ceil(_SPARE * trial.variance / cov**2), GROUPS)

    def _weighted(self, mixture: Mixture, n: int) -> Course:
        """Freeze a proposal and make n calls from it."""
        self._mixture = mixture
        seed, part = self._settings.seed, self._settings.part
        proposal = self._accepted(mixture)
        about = self._conditioned(proposal)
        shift = 0.0
        if proposal is not None:
            shift = math.log(proposal.p) - math.log(about["acceptance"]["natural"]["p"])
        for start in range(0, n, _BLOCK):
            size = min(_BLOCK, n - start)
            stream = Stream("main", seed, part, start)
            z = drawn(self._population, mixture, size, stream)
            yield Request(z, stream.keys(size), "main", groups=np.arange(start, start + size) % GROUPS)
            log_lr = mixture.log_lr(z) + shift
            self._weigh(np.exp(log_lr) / n, log_lr)
        self._facts |= about | {
            "method": Importance.name,
            "components": len(mixture.parts.shares),
            "directions": mixture.frame.basis.shape[1],
            "natural_share": mixture.natural,
        }
        yield from self._audit()

    def _accepted(self, mixture: Mixture) -> _Share | None:
        if not self._population.is_conditioned:
            return None
        stream = Stream("acceptance", self._settings.seed)
        hits = 0
        for _ in range(0, _DRAWS, 10_000):
            z = mixture.draw(10_000, self._population.dimension, stream)
            hits += int(np.sum(self._population.meets_constraints(uniforms_of(z))))
        return _Share(hits / _DRAWS, _DRAWS)

    def frozen(self) -> Mapping[str, Any] | None:
        """Return the proposal."""
        return None if self._mixture is None else {"method": Importance.name, **self._mixture.to_data()}
