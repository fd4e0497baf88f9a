"""What a part is exposed to while it lives: load, speed, heat and whatever else varies through an episode."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.domains.factory.draws import Numbers, after
from sim.domains.factory.wear import Hazard
from sim.laws.varying.base import Course, Path
from sim.laws.weibull import Weibull
from sim.noise import Noise

__all__ = ["ExposedHazard", "Surroundings"]

_POINTS = 1000
"""Steps of an episode in which a quantity that drifts is held."""


@dataclass(eq=False)
class Surroundings:
    """How quantities go through one episode, each known once: what wears by it and what records it agree.

    Args:
        duration: of the episode [s].
        shafts: machine -> its speed, load and ambient, each a number or a course.
        paths: (machine, quantity) -> what was asked for so far.
    """

    duration: float
    noise: Noise
    shafts: Mapping[str, Mapping[str, Any]]
    paths: dict[tuple[str, str], Path] = field(default_factory=dict)

    def shaft(self, machine: str, quantity: str) -> Path:
        """Return the speed [rad/s], load or ambient [K] of a machine."""
        where = machine, quantity
        if where not in self.paths:
            self.paths[where] = self.path(self.shafts[machine][quantity], machine)
        return self.paths[where]

    def path(self, value: float | Course, entity: str) -> Path:
        """Return how a number or a course goes for an entity."""
        if not isinstance(value, Course):
            return Path(np.zeros(1), np.array([float(value)]))
        return value.path(np.linspace(0.0, self.duration, _POINTS + 1), self.noise, entity)


class ExposedHazard(Hazard):
    """A Weibull hazard times exp(sum of effect x value), with values that change while the part lives.

    A part of age a at moment t fails when the hazard it has gone through, the integral of
    h0(a) exp(sum of effect x value(t)) da over its life, reaches a number drawn from Exp(1): exact for values
    that are held between the points of their paths, as these are.
    """

    def __init__(
        self,
        law: Weibull,
        uniform: Numbers,
        covariates: Sequence[tuple[float, Numbers]],
        changes: Sequence[float],
        exposures: Sequence[tuple[float, Path]],
    ) -> None:
        """Begin new.

        Args:
            law: baseline of the age at failure [s].
            uniform: a uniform per life, and one for each change of its noise in it.
            covariates: effect and values of what is drawn anew for each new part.
            changes: moments from which the uniforms are others [s].
            exposures: effect and path of what varies in time.
        """
        times = np.unique(np.concatenate([path.times for _, path in exposures]))
        logs = sum(effect * np.asarray(path.at(times), np.float64) for effect, path in exposures)
        self._times: list[float] = times.tolist()
        self._factors: list[float] = np.exp(logs).tolist()
        self._shape, self._scale = law.shape, law.scale
        super().__init__(law, uniform, covariates, changes)

    def renew(self, age: float, t: float) -> None:
        """Begin anew at an age."""
        super().renew(age, t)
        self._gone_through, self._bears = 0.0, math.inf
        self._asked_at = t

    def ahead(self, span: float, t: float) -> float:
        """Return the age until it fails if that is less than `span`, else inf."""
        self._asked_at = t
        return super().ahead(span, t)

    def spend(self, span: float) -> None:
        """Age by a span that begins when it was last looked ahead [s]."""
        self._gone_through += self._walk(self.age + span, math.inf)[1]
        self._asked_at += span
        self.age += span

    def _failure(self, until: float, t: float) -> float:
        if t >= self._holds_until:
            self.drawn += 1
            self._bears = self._gone_through - math.log(self._uniform.next(t))
            self._holds_until = after(self._changes, t)
        return self._walk(until, max(self._bears - self._gone_through, 0.0))[0]

    def _walk(self, until: float, bears: float) -> tuple[float, float]:
        """Return (age at which as much hazard as it bears is gone through, inf if later; hazard until then)."""
        times, age, gone = self._times, self.age, 0.0
        i = max(bisect_right(times, self._asked_at) - 1, 0)
        passed = self._baseline(age)
        while age < until:
            edge = self.age + (times[i + 1] - self._asked_at) if i + 1 < len(times) else math.inf
            factor, edge = self._factors[i] * self._factor, min(edge, until)
            reached = self._baseline(edge)
            if gone + factor * (reached - passed) >= bears:
                return max(self._scale * (passed + (bears - gone) / factor) ** (1.0 / self._shape), age), bears
            gone += factor * (reached - passed)
            age, passed, i = edge, reached, i + 1
        return math.inf, gone

    def _baseline(self, age: float) -> float:
        return float((age / self._scale) ** self._shape) if age < math.inf else math.inf
