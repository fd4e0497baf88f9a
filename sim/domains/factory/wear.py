"""How components wear: a life that ends at an age, stages, closed curves. Paths with noise are `wear_paths`.

A process knows its age and looks ahead: does it fail within the next span of ageing? It draws noise only as
far as it looks, so that a number is stamped with the moment at which it begins to matter, and a redraw from
then on changes the future alone.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from sim.domains.factory.draws import ANY, Numbers, after, code_of, survival, upper_quantile

__all__ = ["Crack", "Hazard", "Lifetime", "Process", "Stages", "ToolWear"]


class Process(ABC):
    """The wear of one component, from new to failed.

    `age` is what it has aged since it was new [s]; a repair that restores a share takes that share of it away.
    """

    def __init__(self) -> None:
        self.age = 0.0

    def ahead(self, span: float, t: float) -> float:
        """Return the age until it fails if that is less than `span`, else inf.

        Args:
            span: ageing to come [s].
            t: moment of the episode at which it is asked [s].
        """
        left = self._failure(self.age + span, t) - self.age
        return left if left < span else math.inf

    def horizon(self, t: float) -> float:
        """Return the span of ageing from moment t on that it is worth to look ahead at once [s]."""
        return math.inf

    def spend(self, span: float) -> None:
        """Age by a span [s]."""
        self.age += span

    @property
    def level(self) -> float:
        """Wear now, from 0 for new to 1 for failed."""
        return min(max(self.level_at(self.age), 0.0), 1.0)

    @abstractmethod
    def renew(self, age: float, t: float) -> None:
        """Begin anew at an age [s], as part of a repair at moment t [s]."""

    @abstractmethod
    def level_at(self, age: float) -> float:
        """Return the wear at an age that has been looked at."""

    @abstractmethod
    def _failure(self, until: float, t: float) -> float:
        """Return the age at failure if it is known to lie before `until`, else inf or something later."""


class Lifetime(Process):
    """A law of the age at failure, drawn with the first look, and anew whenever its noise changes.

    Then it is drawn from what the law leaves to a part of that age: the past stays, and the future is as it
    would be for any part that has come so far. Splitting lives on that, for a rare event is mostly made of
    lives that end within the one repair they must not end in.
    """

    def __init__(self, law: Any, uniform: Numbers, changes: Sequence[float] = ()) -> None:
        """Begin new.

        Args:
            law: of the age at failure [s].
            uniform: a uniform per draw.
            changes: moments from which the uniforms are others [s].
        """
        super().__init__()
        self._law = law
        self.form = code_of(law)
        self.drawn = 0
        self._uniform, self._changes = uniform, changes
        self.renew(0.0, 0.0)

    def renew(self, age: float, t: float) -> None:
        """Begin anew at an age."""
        self.age = age
        self._fails_at, self._holds_until = math.inf, -math.inf

    def level_at(self, age: float) -> float:
        """Return 0: nothing shows before it fails."""
        return 0.0

    def horizon(self, t: float) -> float:
        """Return the time until its noise changes [s]; a failure at that very moment still comes."""
        return math.nextafter(after(self._changes, t) - t, math.inf)

    def _failure(self, until: float, t: float) -> float:
        if t >= self._holds_until:
            self.drawn += 1
            survived = 1.0 if self.age <= 0.0 else self._sf(self.age)
            u = self._uniform.next(t)
            self._fails_at = max(self._isf(u * survived), self.age) if survived > 0.0 else self.age
            self._holds_until = after(self._changes, t)
        return self._fails_at

    def _sf(self, age: float) -> float:
        return survival(*self.form, age) if self.form[0] != ANY else float(self._law.sf(age))

    def _isf(self, q: float) -> float:
        return upper_quantile(*self.form, q) if self.form[0] != ANY else float(self._law.isf(q))


class Hazard(Lifetime):
    """A law whose hazard is multiplied by exp(sum of effect x value): S(t) becomes S(t)^factor (Cox 1972)."""

    def __init__(
        self,
        law: Any,
        uniform: Numbers,
        covariates: Sequence[tuple[float, Numbers]],
        changes: Sequence[float] = (),
    ) -> None:
        """Begin new; every new part draws its covariates."""
        self._covariates = covariates
        super().__init__(law, uniform, changes)

    def renew(self, age: float, t: float) -> None:
        """Begin anew at an age, under new covariates."""
        self._factor = math.exp(sum(effect * value.next(t) for effect, value in self._covariates))
        super().renew(age, t)

    def _sf(self, age: float) -> float:
        return float(super()._sf(age) ** self._factor)

    def _isf(self, q: float) -> float:
        return super()._isf(float(q ** (1.0 / self._factor)))


class Stages(Process):
    """States one after the other; with exponential times, a Markov chain whose life has a phase-type law."""

    def __init__(self, times: Sequence[Numbers]) -> None:
        """Begin in the first."""
        super().__init__()
        self._times = times
        self.renew(0.0, 0.0)

    def renew(self, age: float, t: float) -> None:
        """Begin anew: where some of the age stays, in the stage that had begun by then."""
        kept = [end for end in getattr(self, "_ends", []) if end <= age]
        self.age = age
        self._ends: list[float] = kept

    def level_at(self, age: float) -> float:
        """Return the share of the stages that are over."""
        return sum(end <= age for end in self._ends) / len(self._times)

    def _failure(self, until: float, t: float) -> float:
        ends = self._ends
        while len(ends) < len(self._times) and (not ends or ends[-1] < until):
            began = max(ends[-1] if ends else 0.0, 0.0)
            ends.append(max(began + self._times[len(ends)].next(t), self.age))
        return ends[-1] if len(ends) == len(self._times) else math.inf


class _Curve(Process):
    """Wear that follows a curve, known once the part is."""

    def __init__(self) -> None:
        super().__init__()
        self.life = math.inf
        self.renew(0.0, 0.0)

    def _failure(self, until: float, t: float) -> float:
        return self.life


class Crack(_Curve):
    """A crack under cyclic load, da/dN = C (Y S sqrt(pi a))^m, in closed form for m other than 2.

    N(a) = (a0^(1-m/2) - a^(1-m/2)) / ((m/2 - 1) C (Y S sqrt(pi))^m).

    Source: Paris and Erdogan (1963).
    """

    def __init__(
        self, coefficient: Numbers, initial: Numbers, *, exponent: float, stress: float, critical: float,
        frequency: float,
    ) -> None:  # fmt: skip
        """Begin with a crack of the initial length.

        Args:
            coefficient: C of each new part, for m per cycle and MPa sqrt(m).
            initial: a0 of each new part [m].
            exponent: m.
            stress: geometry factor times stress range [MPa].
            critical: length at which it breaks [m].
            frequency: cycles per age [Hz].
        """
        self._coefficient, self._initial = coefficient, initial
        self._power = 1.0 - exponent / 2.0
        self._stress = (stress * math.sqrt(math.pi)) ** exponent
        self._critical, self._frequency = critical, frequency
        super().__init__()

    def renew(self, age: float, t: float) -> None:
        """Begin anew."""
        self.age = age
        self._start = min(self._initial.next(t), self._critical)
        per_cycle = self._coefficient.next(t) * self._stress
        self._speed = -self._power * per_cycle * self._frequency
        self.life = self._until(self._critical)

    def length(self, age: float) -> float:
        """Return the length of the crack at an age [m]."""
        inside = self._start**self._power - self._speed * age
        return float(inside ** (1.0 / self._power)) if inside > 0.0 else self._critical

    def level_at(self, age: float) -> float:
        """Return how far the crack has come from its initial to its critical length."""
        width = self._critical - self._start
        return (min(self.length(age), self._critical) - self._start) / width if width > 0.0 else 1.0

    def _until(self, length: float) -> float:
        return float((self._start**self._power - length**self._power) / self._speed)


class ToolWear(_Curve):
    """Flank wear of a tool that lives T minutes with V T^n = C; wear grows evenly to its limit.

    Source: Taylor (1907), On the art of cutting metals.
    """

    def __init__(self, constant: Numbers, *, speed: float, exponent: float) -> None:
        """Begin with a sharp tool.

        Args:
            constant: C of each new tool [m/s].
            speed: V [m/s].
            exponent: n.
        """
        self._constant, self._speed, self._exponent = constant, speed, exponent
        super().__init__()

    def renew(self, age: float, t: float) -> None:
        """Begin with a new tool."""
        self.age = age
        self.life = 60.0 * (self._constant.next(t) / self._speed) ** (1.0 / self._exponent)

    def level_at(self, age: float) -> float:
        """Return the share of the wear limit."""
        return age / self.life
