"""Populations in memory whose rare event has an exactly known probability, and hunts on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.noise import Draw, address, hash64, uniforms
from sim.recording import Outcome
from sim.samplers import TABLE, Sampler, Settings, coarsened
from sim.samplers.points import Answer, Request, scores_of

TARGET = "event"


def noise_of(draws: Sequence[Draw], entities: Sequence[str], times: Any) -> np.ndarray:
    """Return (n, m) normals, number j that of `entities[j]` at index j, used at `times[..., j]`.

    A slow twin of the compiled reader: edits one after the other, each applied to what was there before.
    """
    n, m = len(draws), len(entities)
    times = np.broadcast_to(np.asarray(times, float), (n, m))
    places = np.array([address(entity, "x") for entity in entities], np.uint64)
    index = np.arange(m, dtype=np.uint64)

    def at(keys: list[int]) -> np.ndarray:
        return scores_of(uniforms(np.array(keys, np.uint64)[:, None], places, index))

    z = at([draw.key for draw in draws])
    for k in range(max((len(draw.lineage) for draw in draws), default=0)):
        rows = [i for i, draw in enumerate(draws) if len(draw.lineage) > k]
        edits = [draws[i].lineage[k] for i in rows]
        beta = np.array([edit.beta for edit in edits])[:, None]
        is_meant = np.array([[edit.entity in (None, name) for name in entities] for edit in edits])
        is_meant &= times[rows] >= np.array([edit.t for edit in edits])[:, None]
        z[rows] = np.where(
            is_meant, np.sqrt(1.0 - beta**2) * z[rows] + beta * at([e.key for e in edits]), z[rows]
        )
    return z


@dataclass(frozen=True)
class Share:
    """A counted probability."""

    p: float
    n: int


@dataclass(frozen=True, eq=False)
class World:
    """A population and the score of its draws.

    Args:
        score: (n, d) normal scores of u and the n draws -> (n,) scores, or those and their running maxima.
        p: exact probability of score >= 0, given the constraints.
        allowed: (n, d) normal scores -> whether they meet the constraints; None where there are none.
        conditioned: (n, d) uniforms -> those of the natural law under the constraints.
        modes: (n, d) normal scores -> names.
    """

    score: Callable[[np.ndarray, Sequence[Draw]], Any]
    p: float
    dimension: int = 1
    choices: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    allowed: Callable[[np.ndarray], np.ndarray] | None = None
    conditioned: Callable[[np.ndarray], np.ndarray] | None = None
    entities: tuple[str, ...] = ()
    is_clocked: bool = True
    modes: Callable[[np.ndarray], Sequence[str]] | None = None
    target: str | None = TARGET

    # -- the population ------------------------------------------------------------------------------------

    @property
    def is_conditioned(self) -> bool:
        return self.allowed is not None

    def nominal_batch(self, seed: int, start: int, stop: int) -> list[Draw]:
        keys = np.array([hash64(seed, i) for i in range(start, stop)], np.uint64)
        places = np.array([address("u", str(j)) for j in range(self.dimension)], np.uint64)
        u = uniforms(keys[:, None], places[None, :], 0)
        u = u if self.conditioned is None else self.conditioned(u)
        return [Draw(key, tuple(row)) for key, row in zip(keys.tolist(), u.tolist(), strict=True)]

    def meets_constraints(self, u: np.ndarray) -> np.ndarray:
        return np.ones(len(u), bool) if self.allowed is None else self.allowed(scores_of(u))

    def acceptance(self, seed: int, n: int = 100_000) -> Share:
        u = uniforms(hash64("share", seed), np.arange(self.dimension)[None, :], np.arange(n)[:, None])
        return Share(float(np.mean(self.meets_constraints(u))), n)

    # -- its episodes --------------------------------------------------------------------------------------

    def told(self, draws: Sequence[Draw]) -> tuple[np.ndarray, list[str], list[Any]]:
        x = scores_of(np.array([draw.u for draw in draws], float).reshape(len(draws), self.dimension))
        found = self.score(x, draws)
        scores, curves = found if isinstance(found, tuple) else (found, [None] * len(draws))
        modes = [""] * len(draws) if self.modes is None else list(self.modes(x))
        return np.asarray(scores, float), modes, curves

    def answer(self, request: Request) -> Answer:
        scores, modes, curves = self.told(request.made())
        return Answer(scores, modes, curves, np.empty(0, np.intp))

    def outcomes(self, draws: Sequence[Draw]) -> list[Outcome]:
        unknown = {TARGET: math.nan}
        return [
            Outcome({TARGET: score}, unknown, unknown, {}, mode, {} if curve is None else {TARGET: curve})
            for score, mode, curve in zip(*self.told(draws), strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Hunted:
    """What a hunt asked and was told, a row per call."""

    sampler: Sampler
    draws: list[Draw]
    role: np.ndarray
    group: np.ndarray
    root: np.ndarray
    score: np.ndarray

    @property
    def weight(self) -> np.ndarray:
        return self.sampler.weights().weight

    @property
    def is_main(self) -> np.ndarray:
        return self.role == "main"

    @property
    def x(self) -> np.ndarray:
        """Normal scores of the main calls."""
        return scores_of(np.array([d.u for d, main in zip(self.draws, self.is_main, strict=True) if main]))

    @property
    def contributions(self) -> np.ndarray:
        """Per main call, weight times event, times the number of main calls: their mean is the rate."""
        main = self.is_main
        return self.weight[main] * (self.score[main] >= 0.0) * main.sum()

    @property
    def rate(self) -> float:
        return float(self.contributions.mean())

    @property
    def by_group(self) -> np.ndarray:
        """Each group's own estimate of the rate."""
        groups = self.group[self.is_main]
        return np.bincount(groups, self.contributions) / len(groups) * (groups.max() + 1)


def hunted(world: World, method: str, calls: int, *, seed: int = 1, **settings: Any) -> Hunted:
    """Make a whole hunt on arrays."""
    sampler = TABLE[method](world, Settings(seed, calls, **settings))
    draws: list[Draw] = []
    rows: list[tuple[np.ndarray, ...]] = []

    def evaluate(request: Request) -> Answer:
        n, first = len(request), len(draws)
        draws.extend(request.made())
        answer = world.answer(request)
        groups = np.zeros(n, np.intp) if request.groups is None else request.groups
        roots = first + np.arange(n) if request.roots is None else request.roots
        rows.append((np.full(n, request.role), groups, roots, answer.scores))
        return answer

    sampler.run(evaluate)
    return Hunted(sampler, draws, *(np.concatenate(column) for column in zip(*rows, strict=True)))


def hunted_by_asking(world: World, method: str, calls: int, *, seed: int = 1, **settings: Any) -> Hunted:
    """Make a whole hunt by `ask` and `tell`."""
    sampler = TABLE[method](world, Settings(seed, calls, **settings))
    asked: list[Any] = []
    scores: list[float] = []
    while batch := sampler.ask():
        asked += batch
        outcomes = world.outcomes([call.draw for call in batch])
        scores += [one.scores[TARGET] for one in outcomes]
        sampler.tell(outcomes)
    assert [call.index for call in asked] == list(range(len(asked)))
    columns = zip(*[(call.role, call.group, call.root_id) for call in asked], strict=True)
    return Hunted(sampler, [call.draw for call in asked], *map(np.array, columns), np.array(scores))


# -- walks: scores that are running maxima of addressed noise ----------------------------------------------


def walk_chance(steps: int, level: int, up: float = 0.5) -> float:
    """Return the probability that a walk of steps +1 and -1 reaches a level, by dynamic programming."""
    law = {0: 1.0}
    reached = 0.0
    for _ in range(steps):
        following: dict[int, float] = {}
        for at, mass in law.items():
            for step, chance in ((1, up), (-1, 1.0 - up)):
                following[at + step] = following.get(at + step, 0.0) + mass * chance
        reached += following.pop(level, 0.0)
        law = following
    return reached


def walked(steps: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, list[Any]]:
    """Return the highest place of each walk, and as what function of time it was reached, coarsened."""
    best = np.maximum(np.maximum.accumulate(np.cumsum(steps, axis=1), axis=1), 0)
    times = np.broadcast_to(times, best.shape)
    grows = np.diff(best, axis=1, prepend=0) > 0
    curves = [
        coarsened(((0.0, *t[up].tolist()), (0.0, *high[up].tolist())), 1.0)
        for t, high, up in zip(times, best, grows, strict=True)
    ]
    return best[:, -1].astype(float), curves


def walk_world(level: int, steps: int = 24) -> World:
    """Return a walk that is nothing but addressed noise: whole scores, no parameters."""
    times = np.arange(steps) / steps

    def score(x: np.ndarray, draws: Sequence[Draw]) -> Any:
        z = noise_of(draws, ["walker"] * steps, times)
        best, curves = walked(np.where(z > 0.0, 1, -1), times)
        return best - level, [(t, tuple(v - level for v in high)) for t, high in curves]

    return World(score, walk_chance(steps, level), dimension=0, entities=("walker", "nobody"))


UPS, SHARES = (0.45, 0.6), (0.9, 0.1)


def drift_world(level: int, steps: int = 16) -> World:
    """Return a walk whose chance to go up is drawn; every number is used at its own moment."""
    times = np.arange(steps) / steps

    def score(x: np.ndarray, draws: Sequence[Draw]) -> Any:
        up = np.where(stats.norm.cdf(x[:, 0]) > SHARES[0], UPS[1], UPS[0])
        z = noise_of(draws, ["walker"] * steps, times)
        best, curves = walked(np.where(z < stats.norm.ppf(up)[:, None], 1, -1), times)
        return best - level, [(t, tuple(v - level for v in high)) for t, high in curves]

    p = sum(share * walk_chance(steps, level, up) for share, up in zip(SHARES, UPS, strict=True))
    return World(score, p, choices={0: SHARES}, entities=("walker",))


PACES, PACE_SHARES = (8, 14, 24), (0.5, 0.4, 0.1)


def pace_world(level: int) -> World:
    """Return a walk whose pace is drawn: how many steps it makes, and when, hangs on the parameter."""
    most = max(PACES)

    def score(x: np.ndarray, draws: Sequence[Draw]) -> Any:
        which = np.searchsorted(np.cumsum(PACE_SHARES)[:-1], stats.norm.cdf(x[:, 0]))
        pace = np.array(PACES)[which][:, None]
        times = np.arange(most) / pace
        z = noise_of(draws, ["walker"] * most, times)
        best, curves = walked(np.where(times < 1.0, np.where(z > 0.0, 1, -1), 0), times)
        return best - level, [(t, tuple(v - level for v in high)) for t, high in curves]

    p = sum(share * walk_chance(pace, level) for share, pace in zip(PACE_SHARES, PACES, strict=True))
    return World(score, p, choices={0: PACE_SHARES}, entities=("walker",), is_clocked=False)


# -- scores of parameters ----------------------------------------------------------------------------------

THOUSANDTH = 3.090232306167813
"""What one of a thousand standard normals exceeds."""

LIMITS = np.array([4.0, 3.5, 2.5])
THIRDS = (0.7, 0.25, 0.05)


def _mixed(x: np.ndarray, draws: Sequence[Draw]) -> np.ndarray:
    which = np.searchsorted(np.cumsum(THIRDS)[:-1], stats.norm.cdf(x[:, 1]))
    return x[:, 0] - LIMITS[which]


def _gap(x: np.ndarray, draws: Sequence[Draw]) -> np.ndarray:
    is_low = stats.norm.cdf(x[:, 1]) <= 0.5
    return np.where(is_low, x[:, 0] - 3.5, -x[:, 0] - 3.2)


def _beyond(least: float, score: Callable[[np.ndarray, Sequence[Draw]], Any], p: float) -> World:
    """Return a population in which the first of two coordinates is constrained to be large."""

    def conditioned(u: np.ndarray) -> np.ndarray:
        beyond = stats.norm.sf(least)
        return np.column_stack([np.minimum(1.0 - beyond * (1.0 - u[:, 0]), 1.0 - 2.0**-53), u[:, 1:]])

    return World(score, p, dimension=2, allowed=lambda x: x[:, 0] > least, conditioned=conditioned)


def _summed(x: np.ndarray, draws: Sequence[Draw]) -> np.ndarray:
    z = noise_of(draws, ["front", "rear"], 0.0)
    return (x[:, 0] + z.sum(axis=1)) / math.sqrt(3.0) - 3.5


def _signs(x: np.ndarray) -> list[str]:
    return ["right" if one else "left" for one in x[:, 0] > 0.0]


Phi = stats.norm.cdf
WORLDS: dict[str, World] = {
    "two tails": World(lambda x, _: np.abs(x[:, 0]) - 3.5, 2.0 * Phi(-3.5), modes=_signs),
    "half-spaces": World(
        lambda x, _: np.maximum(x[:, 0] - 3.2, x[:, 1] - 3.4), 1.0 - Phi(3.2) * Phi(3.4), dimension=3
    ),
    "mixed": World(_mixed, float(np.dot(THIRDS, Phi(-LIMITS))), dimension=2, choices={1: THIRDS}),
    "impossible category": World(
        _gap, 0.5 * (Phi(-3.5) + Phi(-3.2)), dimension=2, choices={1: (0.5, 0.0, 0.5, 0.0)}
    ),
    "category alone": World(
        lambda x, _: np.where(Phi(x[:, 0]) > 0.999, 0.0, -1.0), 0.001, choices={0: (0.9, 0.099, 0.001)}
    ),
    "conditioned": _beyond(1.0, lambda x, _: x[:, 0] - 3.5, Phi(-3.5) / Phi(-1.0)),
    "narrow": _beyond(THOUSANDTH, lambda x, _: x[:, 1] - 3.0, Phi(-3.0)),
    "failures": World(
        lambda x, _: np.sum(x > 1.6448536269514722, axis=1) - 6.0,
        float(stats.binom.sf(5, 12, 0.05)),
        dimension=12,
    ),
    "noise": World(_summed, Phi(-3.5), entities=("front", "rear")),
    "walk": walk_world(14),
    "drift": drift_world(10),
    "pace": pace_world(12),
    "far plane": World(lambda x, _: x.sum(axis=1) / math.sqrt(60.0) - 4.0, Phi(-4.0), dimension=60),
    "shell": World(lambda x, _: (x * x).sum(axis=1) - 105.0, float(stats.chi2.sf(105.0, 60)), dimension=60),
}
"""By name; the first eight have no addressed noise."""


def driven(course: Generator[Request, Answer, Any], world: World) -> Any:
    """Run a course on a population and return what it returns."""
    first = 0
    try:
        request = next(course)
        while True:
            calls = np.arange(first, first + len(request))
            first += len(request)
            request = course.send(replace(world.answer(request), calls=calls))
    except StopIteration as stop:
        return stop.value


@pytest.fixture(scope="session")
def worlds() -> dict[str, World]:
    return WORLDS


@pytest.fixture(scope="session")
def world_of() -> type[World]:
    return World


@pytest.fixture(scope="session")
def drive() -> Callable[..., Any]:
    return driven


@pytest.fixture(scope="session")
def chance() -> Callable[..., float]:
    return walk_chance


@pytest.fixture(scope="session")
def twin() -> Callable[..., np.ndarray]:
    return noise_of


@pytest.fixture(scope="session")
def hunt() -> Callable[..., Hunted]:
    return hunted


@pytest.fixture(scope="session")
def hunt_by_asking() -> Callable[..., Hunted]:
    return hunted_by_asking
