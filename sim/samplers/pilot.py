"""The pilot of splitting: adaptive subset simulation, which chooses levels and step sizes and is thrown away.

Its own estimate is biased by a few per cent, for the levels are quantiles of the very states they are applied
to (Au and Beck 2001; Cérou et al. 2012); nothing of it but levels and step sizes, and the states as material
for fitting a proposal, is used.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field, replace

import numpy as np

from sim.errors import RunError
from sim.geometry import Array
from sim.samplers.base import Population, Role
from sim.samplers.points import Answer, Request, Stream, nominal_points
from sim.samplers.swarm import MOVES, Schedule, Swarm, joined, propose, schedule_of

__all__ = ["LEVEL_SHARE", "Pilot", "explore", "sweep"]

LEVEL_SHARE = 0.1
"""Share of states that a level lets through, about."""

_LEAST_SURVIVORS = 10
_MOST_LEVELS = 60
_FIRST_TRY = 0.6
"""Share of a pilot's calls after which it is clear that redraws of the future do not arrive."""
_ACCEPTANCE = 0.35
"""Roberts, Gelman and Gilks (1997) for one dimension; Papaioannou et al. (2015) for subset simulation."""


@dataclass(frozen=True, eq=False)
class Pilot:
    """What a pilot found.

    Args:
        levels: increasing, the last one 0 if the event was reached.
        scales: per level, the size of each kind of move.
        fractions: share of states each level let through.
        schedule: the moves.
        shells: the states below each next level, and last those at the end.
        calls: how many were made.
    """

    levels: tuple[float, ...]
    scales: tuple[dict[str, float], ...]
    fractions: tuple[float, ...]
    schedule: Schedule
    shells: tuple[Swarm, ...]
    calls: int

    @property
    def events(self) -> Swarm | None:
        """The states in which the event occurs; None if it was not reached."""
        return self.shells[-1] if self.levels and self.levels[-1] == 0.0 else None

    def shortfall(self, target: str) -> str:
        """Return how far it came, for a pilot that did not reach the event."""
        best = max(float(shell.scores.max()) for shell in self.shells if len(shell))
        if best >= 0.0:
            return f"the pilot ran out of calls on its way to {target}"
        return f"no pilot episode came nearer to {target} than a score of {best:.3g}"


@dataclass
class _Tuner:
    """Step sizes, steered towards the wanted acceptance (Robbins and Monro 1951)."""

    scales: dict[str, float] = field(default_factory=lambda: dict.fromkeys(MOVES, 0.6) | {"block": 0.3})

    def learn(self, move: str, rate: float, turn: int) -> None:
        if move in ("pcn", "block", "noise"):
            step = math.exp((rate - _ACCEPTANCE) / math.sqrt(turn))
            least = 0.02 if move != "block" else 1e-3
            self.scales[move] = min(max(self.scales[move] * step, least), 1.0 if move != "block" else 0.7)


def explore(
    population: Population, *, seed: int, size: int, most: int, refresh: bool = False
) -> Generator[Request, Answer, Pilot]:
    """Climb from the natural law to the event; again, by small steps of noise, where redraws alone did not do.

    A future that is redrawn from the moment on at which a level was reached leads nowhere if levels are mostly
    reached too late for what is still missing; to move past and future alike then takes longer, but arrives.

    Args:
        population: whose rare event is looked for.
        seed: names the randomness.
        size: states per level.
        most: calls it may make; the climb ends before a level that would take more.
        refresh: whether the states of the event are spread by chains of their own at the end.

    Raises:
        RunError: all scores are one number.
    """
    first = nominal_points(population, seed, 0, size).by_score
    swarm = Swarm.of(first, (yield first))
    calls = len(first)
    if not np.isfinite(swarm.scores).any():
        raise RunError(f"none of {size} pilot episodes could be simulated, or every score is -inf")
    if np.all(swarm.scores >= 0.0):
        raise RunError(
            f"{population.target} occurs in each of {size} natural episodes: it is not rare but certain"
        )
    is_noisy, spent = yield from _is_noisy(population, swarm, seed)
    has_curves = any(curve is not None for curve in swarm.curves)
    sweeps = round(1 / LEVEL_SHARE) - 1
    schedule = schedule_of(population, is_noisy=is_noisy, has_curves=has_curves, sweeps=sweeps)
    calls, is_bare = calls + spent, schedule.cycle == ("suffix",)
    climb = _Climb(population, size, refresh)
    enough = round(_FIRST_TRY * most) if is_bare else most
    pilot = yield from climb.run(swarm, schedule, ("pilot", seed), calls=calls, most=enough)
    if is_bare and pilot.events is None:
        other = schedule_of(population, is_noisy=is_noisy, has_curves=False, sweeps=sweeps)
        again = yield from climb.run(swarm, other, ("pilot again", seed), calls=pilot.calls, most=most)
        return again if again.events is not None else replace(pilot, calls=again.calls)
    return pilot


@dataclass(frozen=True)
class _Climb:
    """How a pilot climbs, whatever its moves; the arguments are those of `explore`."""

    population: Population
    size: int
    refresh: bool

    def run(
        self, swarm: Swarm, schedule: Schedule, name: tuple[str, int], *, calls: int, most: int
    ) -> Generator[Request, Answer, Pilot]:
        """Climb with the moves of a schedule, by randomness of a name, `calls` having been made before."""
        tuner = _Tuner()
        levels: list[float] = []
        scales: list[dict[str, float]] = []
        fractions: list[float] = []
        shells: list[Swarm] = []
        while len(levels) < _MOST_LEVELS and schedule.cycle:
            level = _next_level(swarm.scores, levels[-1] if levels else -math.inf)
            if level is None:
                break
            above = np.flatnonzero(swarm.scores >= level)
            length = max(2, math.ceil(self.size / len(above)))
            is_dear = calls + len(above) * (length - 1) > most
            if is_dear and level < 0.0:
                break
            shells.append(swarm.take(np.flatnonzero(swarm.scores < level)))
            fractions.append(len(above) / len(swarm))
            levels.append(level)
            seeds = swarm.take(above)
            if level == 0.0 and (is_dear or not self.refresh):
                scales.append(dict(tuner.scales))
                shells.append(seeds)
                break
            chain = [seeds]
            for turn in range(1, length):
                move = schedule.move(len(levels) - 1, turn - 1)
                stream = Stream(*name, len(levels), turn)
                states, asked, taken = yield from sweep(
                    chain[-1],
                    move,
                    level=level,
                    scale=tuner.scales[move],
                    population=self.population,
                    stream=stream,
                )
                chain.append(states)
                calls += asked
                tuner.learn(move, taken, turn)
            scales.append(dict(tuner.scales))
            swarm = joined(chain)
            if len(swarm) > 2 * self.size:  # few survivors grow long chains: enough of them is enough
                swarm = swarm.take(np.arange(len(swarm) - 2 * self.size, len(swarm)))
            if level == 0.0:
                shells.append(swarm)
                break
        if not levels or levels[-1] != 0.0:
            shells.append(swarm)
        return Pilot(tuple(levels), tuple(scales), tuple(fractions), schedule, tuple(shells), calls)


def sweep(
    swarm: Swarm,
    move: str,
    *,
    level: float,
    scale: float,
    population: Population,
    stream: Stream,
    role: Role = "pilot",
) -> Generator[Request, Answer, tuple[Swarm, int, float]]:
    """Make one move of all states; return them, the calls it took and the share accepted."""
    request, index = propose(
        swarm, move, level=level, scale=scale, population=population, stream=stream, role=role
    )
    answer = yield request
    kept = np.flatnonzero(answer.scores >= level)
    moved = Swarm.of(request, answer).take(kept)
    return swarm.updated(index[kept], moved), len(request), len(kept) / max(len(swarm), 1)


def _is_noisy(population: Population, swarm: Swarm, seed: int) -> Generator[Request, Answer, tuple[bool, int]]:
    """Ask whether other noise under the same u gives other scores."""
    if not population.entities:
        return population.dimension == 0, 0
    best = np.argsort(-swarm.scores, kind="stable")[:32]
    again = Request(swarm.z[best], Stream("other noise", seed).keys(len(best)))
    answer = yield again
    return bool(np.any(answer.scores != swarm.scores[best])), len(again)


def _next_level(scores: Array, current: float) -> float | None:
    """Return the next level: one of the scores, or 0; None if no score is above the current level.

    Where scores are tied, a level between two values would let through what stands at the upper one anyway;
    so the value is taken whose share is nearest to the wanted one, in the logarithm.
    """
    n = len(scores)
    if np.count_nonzero(scores >= 0.0) >= LEVEL_SHARE * n:
        return 0.0
    values, counts = np.unique(scores, return_counts=True)
    shares = np.cumsum(counts[::-1])[::-1] / n
    fits = (values > current) & (shares < 1.0) & np.isfinite(values) & (values < 0.0)
    if (scores >= 0.0).any():
        values = np.append(values, 0.0)
        shares = np.append(shares, np.mean(scores >= 0.0))
        fits = np.append(fits, True)
    if not fits.any():
        return None
    enough = fits & (shares * n >= _LEAST_SURVIVORS)
    if enough.any():
        fits = enough
    miss = np.where(fits, np.abs(np.log(shares / LEVEL_SHARE)), np.inf)
    return float(values[int(np.argmin(miss))])
