"""Wear as a noisy path: Brownian motion with drift, and the gamma process. Crossings are exact in law.

Between two points of its grid a path is a bridge. Whether and when a Brownian bridge touches the limit has a
closed law, so no crossing is missed; a gamma bridge is halved, again and again, until the crossing is known
to a thousandth of a step.
"""

from __future__ import annotations

import math
from abc import abstractmethod

from scipy.special import betaincinv

from sim.domains.factory.draws import Numbers
from sim.domains.factory.wear import Process

__all__ = ["GammaProcess", "Wiener"]

_HALVINGS = 10


class _Path(Process):
    """A path known at multiples of a step, as far as it has been looked at, and the age at which it crosses."""

    def __init__(self, *, limit: float, step: float) -> None:
        super().__init__()
        self._step = step
        self._limit = limit
        self._points = [0.0]
        self._first = 0.0
        self._fails_at = math.inf

    def horizon(self, t: float) -> float:
        """Return a step of the age [s]."""
        return self._step

    def renew(self, age: float, t: float) -> None:
        """Begin anew; where some of the age stays, at the wear the path had then."""
        kept = 0.0 if age <= 0.0 else self.level_at(age) * self._limit
        self.age = self._first = age
        self._points = [min(kept, self._limit)]
        self._fails_at = math.inf

    def level_at(self, age: float) -> float:
        """Return the share of the limit, linear between points and from the last of them to the crossing."""
        place = (age - self._first) / self._step
        if age >= self._fails_at:
            return 1.0
        i = min(int(place), len(self._points) - 1)
        low = self._points[i]
        if self._fails_at < math.inf and i >= len(self._points) - 2:
            share = (place - i) * self._step / (self._fails_at - self._first - i * self._step)
            return (low + share * (self._limit - low)) / self._limit
        high = self._points[min(i + 1, len(self._points) - 1)]
        return (low + (place - i) * (high - low)) / self._limit

    def _failure(self, until: float, t: float) -> float:
        while self._fails_at == math.inf and self._first + (len(self._points) - 1) * self._step < until:
            crossing = self._extend(self._points[-1], t)
            if crossing is not None:
                self._fails_at = self._first + (len(self._points) - 2) * self._step + crossing
        return self._fails_at

    @abstractmethod
    def _extend(self, level: float, t: float) -> float | None:
        """Append the next point; return the age within the step at which the limit is crossed, if it is."""


class Wiener(_Path):
    """Brownian motion with drift; its first crossing of a limit has the inverse Gaussian law."""

    def __init__(
        self,
        increments: Numbers,
        touches: Numbers,
        shapes: Numbers,
        *,
        drift: float,
        spread: float,
        limit: float,
        step: float,
    ) -> None:
        """Begin at 0.

        Args:
            increments: a normal per step.
            touches: two uniforms for a step: does the bridge touch, and where.
            shapes: a normal for where it touches.
            drift: per age [1/s].
            spread: standard deviation after 1 s.
            limit: wear at which it fails.
            step: of the age [s].
        """
        super().__init__(limit=limit, step=step)
        self._increments, self._touches, self._shapes = increments, touches, shapes
        self._mean, self._variance = drift * step, spread * spread * step

    def _extend(self, level: float, t: float) -> float | None:
        end = level + self._mean + math.sqrt(self._variance) * self._increments.next(t)
        self._points.append(end)
        below, above = self._limit - level, end - self._limit
        if above < 0.0 and self._touches.next(t) >= math.exp(2.0 * below * above / self._variance):
            return None
        return self._step * _touch(
            below / abs(above) if above else math.inf,
            below * below / self._variance,
            self._shapes.next(t),
            self._touches.next(t),
        )


def _touch(mean: float, shape: float, normal: float, uniform: float) -> float:
    """Return the share of a step at which a Brownian bridge that crosses a limit first touches it.

    With a the way to the limit at its beginning and b that at its end, share / (1 - share) is inverse Gaussian
    with mean a/|b| and shape a^2/variance; drawn as by Michael, Schucany and Haas (1976).
    """
    if shape <= 0.0:
        return 0.0
    if math.isinf(mean):  # the bridge ends on the limit: a Levy law
        odds = shape / (normal * normal) if normal else math.inf
    else:
        y = mean * normal * normal / (2.0 * shape)
        small = mean / (1.0 + y + math.sqrt(y * (y + 2.0)))
        odds = small if uniform <= mean / (mean + small) else mean * mean / small
    return 1.0 if math.isinf(odds) else odds / (1.0 + odds)


class GammaProcess(_Path):
    """Wear that only grows: independent increments with gamma laws of one scale.

    Source: van Noortwijk (2009), A survey of the application of gamma processes in maintenance.
    """

    def __init__(self, increments: Numbers, halves: Numbers, *, rate: float, limit: float, step: float) -> None:
        """Begin at 0.

        Args:
            increments: growth in a step, per step.
            halves: uniforms for how a step's growth is shared by its halves.
            rate: shape per age [1/s].
            limit: wear at which it fails.
            step: of the age [s].
        """
        super().__init__(limit=limit, step=step)
        self._increments, self._halves, self._shape = increments, halves, rate * step

    def _extend(self, level: float, t: float) -> float | None:
        grown = self._increments.next(t)
        self._points.append(level + grown)
        if level + grown < self._limit:
            return None
        place, width, shape = 0.0, self._step, self._shape
        for _ in range(_HALVINGS):
            width, shape = width / 2.0, shape / 2.0
            first = grown * float(betaincinv(shape, shape, self._halves.next(t)))
            if level + first >= self._limit:
                grown = first
            else:
                level, grown, place = level + first, grown - first, place + width
        return place + width
