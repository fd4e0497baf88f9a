"""Splitting with fixed levels: many dimensions and event-driven noise, unbiased whatever the levels.

A pilot chooses levels and step sizes, which are then frozen. G independent groups start from natural draws; of
the states above the next level some are drawn as seeds, each grows a chain of moves that leave the conditional
law invariant, and so on to the event. The product of the shares that passed is an unbiased estimate of the
probability (Del Moral 2004, unnormalised Feynman-Kac measures), and the states of all shells, each weighted
with the product so far over N, tile the whole population: their weights sum to 1. States are not independent:
intervals are taken over groups, and calls that share an ancestor share their `root_id`.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError
from sim.geometry import Array
from sim.noise import hash64
from sim.samplers.base import Population, Settings
from sim.samplers.pilot import Pilot, explore, sweep
from sim.samplers.points import Answer, Request, Stream, nominal_points
from sim.samplers.stepwise import Course, Stepwise
from sim.samplers.swarm import Schedule, Swarm, joined

__all__ = ["Climbed", "Frozen", "Splitting", "climb", "frozen_from"]

_GROUPS = 20
_LEAST_SIZE = 20
_LONGEST = 10
_CORRELATION = 3.0
"""By how much the chains' correlation raises the variance over that of independent states, about; measured."""

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Frozen:
    """What a pilot leaves behind: all that the groups run on.

    Args:
        levels: increasing, the last one 0.
        scales: per level, the size of each kind of move.
        lengths: per level, the states of each chain, its seed included.
        schedule: which move is made when.
        size: states per group and level, about.
        groups: independent groups.
    """

    levels: tuple[float, ...]
    scales: tuple[Mapping[str, float], ...]
    lengths: tuple[int, ...]
    schedule: Schedule
    size: int
    groups: int

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "splitting",
            "levels": list(self.levels),
            "scales": [dict(one) for one in self.scales],
            "lengths": list(self.lengths),
            "cycle": list(self.schedule.cycle),
            "noise_levels": self.schedule.noise_levels,
            "size": self.size,
            "groups": self.groups,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, calls: int) -> Frozen:
        """Return what `to_data` described, with as many groups of that size as some calls pay for.

        Where they pay for too few, groups are smaller, and at last fewer.

        Raises:
            UsageError: they do not pay for one group.
        """
        lengths = tuple(data["lengths"])
        affordable = int(calls / _GROUPS / _cost(lengths))
        size = min(data["size"], max(affordable, *lengths, _LONGEST))
        groups = int(calls / (size * _cost(lengths)))
        if groups == 0:
            least = math.ceil(size * _cost(lengths))
            raise UsageError(f"{calls} calls do not pay for a group of splitting: give it {least} at least")
        return cls(
            tuple(data["levels"]),
            tuple(data["scales"]),
            lengths,
            Schedule(tuple(data["cycle"]), data["noise_levels"]),
            size,
            groups,
        )


def frozen_from(pilot: Pilot, *, calls: int, cov: float | None = None) -> Frozen | None:
    """Freeze what a pilot found; None if the calls do not pay for the smallest groups.

    Args:
        pilot: one that reached the event.
        calls: what the groups may spend.
        cov: wanted coefficient of variation of the rate, which may make the groups smaller.
    """
    lengths = tuple(min(max(round(1.0 / share), 2), _LONGEST) for share in pilot.fractions)
    size = calls / _GROUPS / _cost(lengths)
    if size < _LEAST_SIZE:
        return None
    if cov is not None:
        variance = _CORRELATION * sum((1.0 - share) / share for share in pilot.fractions)
        size = min(size, variance / cov**2 / _GROUPS)
    return Frozen(pilot.levels, pilot.scales, lengths, pilot.schedule, max(int(size), _LEAST_SIZE), _GROUPS)


def _cost(lengths: tuple[int, ...]) -> float:
    """Return the calls per state and group: those of the first level, and the moves on each but the last."""
    return 1.0 + sum(1.0 - 1.0 / length for length in lengths[:-1])


@dataclass(frozen=True, eq=False)
class Climbed:
    """What the groups came to.

    Args:
        weight: (n,) of all calls; 0 for proposals that were not accepted.
        passed: (G,) each group's estimate of the probability.
        shares: per level, the mean share that passed in the groups that came so far.
    """

    weight: Array
    passed: Array
    shares: tuple[float, ...]


@dataclass
class _Tiles:
    """The shells of the population, each state with its weight."""

    calls: list[Indices]
    weights: list[Array]

    def add(self, swarm: Swarm, weights: Array) -> None:
        self.calls.append(swarm.calls)
        self.weights.append(weights[swarm.groups])

    def by_call(self, first: int, count: int, groups: int) -> Array:
        """Return (count,) weights of the calls from `first` on; states that share a call add up."""
        found = np.zeros(count)
        np.add.at(found, np.concatenate(self.calls) - first, np.concatenate(self.weights) / groups)
        return found


def climb(
    population: Population, frozen: Frozen, *, seed: int, part: int
) -> Generator[Request, Answer, Climbed]:
    """Run all groups side by side, level by level, and weigh every call.

    Args:
        population: whose rare event is looked for.
        frozen: levels, moves and sizes.
        seed: names the randomness.
        part: numbers the continuations of one hunt.
    """
    count, size = frozen.groups, frozen.size
    nominal = nominal_points(population, hash64("splitting", seed, part), 0, count * size).by_score
    request = replace(nominal, role="main", groups=np.repeat(np.arange(count), size))
    swarm = Swarm.of(request, (yield request))
    first, asked = int(swarm.calls[0]), len(request)
    tiles = _Tiles([], [])
    passed = np.ones(count)
    shares = []
    for k, level in enumerate(frozen.levels):
        here = np.bincount(swarm.groups, minlength=count)
        is_above = swarm.scores >= level
        alive = np.bincount(swarm.groups[is_above], minlength=count)
        tiles.add(swarm.take(np.flatnonzero(~is_above)), passed / np.maximum(here, 1))
        shares.append(float(alive.sum() / max(here.sum(), 1)))
        passed = passed * alive / np.maximum(here, 1)
        above = swarm.take(np.flatnonzero(is_above))
        if level == 0.0 or not len(above):
            tiles.add(above, passed / np.maximum(alive, 1))
            break
        length = frozen.lengths[k]
        chain = [above.take(_seeds(above.groups, alive, size // length, Stream("seeds", seed, part, k)))]
        for turn in range(1, length):
            move = frozen.schedule.move(k, turn - 1)
            state, calls, _ = yield from sweep(
                chain[-1],
                move,
                level=level,
                scale=frozen.scales[k][move],
                population=population,
                stream=Stream("climb", seed, part, k, turn),
                role="main",
            )
            chain.append(state)
            asked += calls
        swarm = joined(chain)
    return Climbed(tiles.by_call(first, asked, count), passed, tuple(shares))


def _seeds(groups: Indices, alive: Indices, wanted: int, stream: Stream) -> Indices:
    """Return, for each group that is alive, `wanted` of its states: a systematic sample in random order."""
    chosen = []
    for group in np.flatnonzero(alive):
        members = np.flatnonzero(groups == group)
        order = members[stream.order(len(members))]
        points = (np.arange(wanted) + float(stream.uniforms(1)[0])) * (len(members) / wanted)
        chosen.append(order[np.minimum(points.astype(np.intp), len(members) - 1)])
    return np.concatenate(chosen)


class Splitting(Stepwise):
    """A pilot, then frozen levels for independent groups."""

    name = "splitting"
    wants_running = True

    def __init__(self, population: Population, settings: Settings) -> None:
        """Begin; the pilot is skipped where the settings hold what an earlier hunt froze."""
        self._frozen: Frozen | None = None
        super().__init__(population, settings)

    def _hunt(self) -> Course:
        settings = self._settings
        if settings.frozen is not None:
            yield from self._groups(Frozen.from_data(settings.frozen, calls=self._left))
        else:
            yield from self._climb()

    def _climb(self) -> Course:
        """Send a pilot ahead and split on what it found."""
        size = max(min(500, self._budget // 40), 50)
        seed = self._settings.seed
        pilot = yield from explore(self._population, seed=seed, size=size, most=self._budget // 2)
        yield from self._split(pilot)

    def _split(self, pilot: Pilot) -> Course:
        """Freeze what a pilot found and spend what is left; on natural draws if it found no way."""
        self._pilot_is_over()
        frozen = self._frozen_by(pilot)
        if frozen is not None:
            yield from self._groups(frozen)
        else:
            yield from self._naturally(self._hindrance(pilot))

    def _hindrance(self, pilot: Pilot) -> str:
        """Return why a pilot left nothing to run on."""
        if pilot.events is None:
            return pilot.shortfall(self._target)
        return f"{self._left} calls do not pay for {_GROUPS} groups on {len(pilot.levels)} levels"

    def _frozen_by(self, pilot: Pilot) -> Frozen | None:
        """Return what to run on; None if the pilot did not reach the event or the calls left do not do."""
        if pilot.events is None:
            return None
        return frozen_from(pilot, calls=self._left, cov=self._settings.cov)

    def _groups(self, frozen: Frozen) -> Course:
        self._frozen = frozen
        climbed = yield from climb(self._population, frozen, seed=self._settings.seed, part=self._settings.part)
        self._weigh(climbed.weight)
        self._facts |= {
            "method": Splitting.name,
            "levels": list(frozen.levels),
            "fractions": list(climbed.shares),
            "steps": [dict(one) for one in frozen.scales],
            "cycle": list(frozen.schedule.cycle),
            "groups": frozen.groups,
            "zero_groups": int(np.sum(climbed.passed == 0.0)),
        } | self._conditioned(None)
        yield from self._audit()

    def frozen(self) -> Mapping[str, Any] | None:
        """Return levels and step sizes."""
        return None if self._frozen is None else self._frozen.to_data()
