"""Rare events of factories hunted for, beside what they are exactly.

python benchmarks/factory/rare.py [calls] [--methods splitting auto] [--only down inspected bare jump …]

- down: several of ten machines with three repairers are down at once within 10 s (Palm's model, all up at
  first): the chance is that of a birth and death process, from 0.63 down to 1.9e-7.
- inspected: a component whose wear is a Wiener process fails within a day of an inspection that it passed:
  exact by quadrature of the process killed at its limit.
- jump: the same of a gamma process, whose law on each day is known.
- cascade: a repair lasts so long that the buffer behind it runs empty and nothing leaves for four hours: exact
  by the equation of a Markov chain that is killed when it has not left anything for so long.
- stop: the same of a line of three machines with other laws. Nothing exact is known; hunts and a nominal sample
  are held against each other.

How fast a component wears is a parameter. Where there is none (bare), splitting redraws all noise from some
moment on, which does not find jumps within a day: it would have to reach a level early in a day, while most
reach it at its end. Its pilot then climbs again by moving all noise a little, as where there are parameters.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import indent

import numpy as np
from scipy.linalg import expm
from scipy.stats import gamma, norm

from oddsmith.catalog import load_scenario
from sim.episode import score
from sim.samplers import TABLE, Settings
from sim.samplers.running import coarsened
from sim.scenario import Scenario

__all__ = ["hunt", "inspected", "jumped", "repairers", "standstill"]

SHOP = """
sources: [{{id: orders}}]
sinks: [{{id: done}}]
machines: [{{id: mill, count: 10, from: orders, to: done, cycle_time: 1e9 s}}]
crews: [{{id: men, size: 3}}]
components:
  - {{id: part, on: mill, ages: calendar, degrades: {{lifetime: {{each: {{exponential: 10 s}}}}}},
     repair: {{time: {{each: {{exponential: 1 s}}}}, crew: men}}}}
"""

INSPECTED = """
sources: [{{id: orders}}]
sinks: [{{id: done}}]
machines: [{{id: mill, from: orders, to: done, cycle_time: 30 d}}]
components:
  - {{id: bearing, on: mill, ages: calendar, repair: {{time: 1000 d}}, degrades: {law}}}
readings: [{{id: look, of: bearing, every: 1 d}}]
"""
PACE = "parameters: {pace: {normal: [1 1/day, 0.05 1/day], within: [0.5 1/day, 1.5 1/day]}}\n"
CREEPS = '{wiener: {drift: "${0.1 * pace}", spread: 1.7010345e-4, limit: 1, step: 1 d}}'
"""0.1 a day, give or take 0.05; the pace itself by a twentieth."""
STEADY = "{wiener: {drift: 0.1 1/day, spread: 1.7010345e-4, limit: 1, step: 1 d}}"
JUMPS = '{gamma: {rate: "${pace}", scale: 0.05, limit: 1, step: 1 d}}'
"""0.05 a day, give or take as much."""

CASCADE = """
sources: [{{id: coils}}]
buffers: [{{id: between, capacity: 20}}]
sinks: [{{id: shipping}}]
machines:
  - {{id: press, from: coils, to: between, cycle_time: {{each: {{exponential: 2 min}}}}}}
  - {{id: paint, from: between, to: shipping, cycle_time: {{each: {{exponential: 2 min}}}}}}
components:
  - {{id: die, on: press, ages: operating, degrades: {{lifetime: {{each: {{exponential: 40 h}}}}}},
     repair: {{time: {{each: {{exponential: {minutes} min}}}}}}}}
"""

STOP = """
sources: [{id: coils}]
buffers: [{id: a, capacity: 15}, {id: b, capacity: 20}]
sinks: [{id: shipping}]
machines:
  - {id: press, from: coils, to: a, cycle_time: {each: {normal: [86 s, 7 s]}}}
  - {id: welder, from: a, to: b, cycle_time: {each: {normal: [90 s, 5 s]}}}
  - {id: paint, from: b, to: shipping, cycle_time: {each: {normal: [87 s, 3 s]}}}
crews: [{id: fitters, size: 1}]
components:
  - {id: gripper, on: welder, ages: operating, degrades: {lifetime: {each: {weibull: [1.6, 60 h]}}},
     repair: {time: {each: {lognormal: [40 min, 0.5]}}, crew: fitters}}
  - {id: die, on: press, ages: operating, degrades: {lifetime: {each: {weibull: [2.5, 90 h]}}},
     repair: {time: {each: {lognormal: [50 min, 0.5]}}, crew: fitters}}
"""


def _scenario(world: str, duration: str, event: str, parameters: str = "") -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rare.yaml"
        text = f"scenario: factory/rare\nduration: {duration}\n{parameters}world:\n{indent(world, '  ')}\n"
        file.write_text(f'{text}event: {{rare: "{event}"}}\n', "utf-8")
        return load_scenario(str(file))


def hunt(scenario: Scenario, *, method: str, calls: int, seed: int) -> tuple[float, float]:
    """Return the estimate of a hunt and its standard error, over groups."""
    sampler = TABLE[method](scenario, Settings(seed, calls))
    groups, happened, is_main = [], [], []
    while asked := sampler.ask():
        told = [score(scenario, call.draw) for call in asked]
        groups += [call.group for call in asked if call.role == "main"]
        is_main += [call.role == "main" for call in asked]
        happened += [one.scores["rare"] >= 0.0 for one in told]
        for one in told if sampler.wants_running else ():
            curve = coarsened(one.running["rare"], scenario.duration)  # as hunts store them
            assert isinstance(one.running, dict)
            one.running["rare"] = curve
        sampler.tell(told)
    main = np.array(is_main)
    weight = sampler.weights().weight[main] * np.array(happened)[main]
    count = max(groups) + 1
    by_group = np.bincount(groups, weight, minlength=count) * count
    return float(by_group.mean()), float(by_group.std(ddof=1) / math.sqrt(count))


def repairers(most: int, *, machines: int = 10, crew: int = 3, stop: float = 10.0) -> float:
    """Return the chance that so many machines are down at once by `stop`, none being so at time 0."""
    rates = np.zeros((machines + 1, machines + 1))
    for k in range(machines + 1):
        if k < machines:
            rates[k, k + 1] = (machines - k) / 10.0
        if k:
            rates[k, k - 1] = float(min(k, crew))
        rates[k, k] = -rates[k].sum()
    rates[most:] = 0.0
    return float(expm(rates * stop)[0, most:].sum())


def inspected(
    passes: float, pace: float = 1.0, *, spread: float = 0.05, days: int = 10, points: int = 2001
) -> float:
    """Return the chance to fail within a day of an inspection that found less than a bound.

    The density of the killed process goes from day to day by its transition density, that of the images.
    """
    drift, grid = 0.1 * pace, np.linspace(-1.0, 1.0, points)
    width = grid[1] - grid[0]
    far, left = grid[None, :] - grid[:, None], 1.0 - grid
    mirrored = 2.0 * drift * left / spread**2  # logarithm of the image's strength
    image = mirrored[:, None] + norm.logpdf(grid[None, :] - 2.0 + grid[:, None], drift, spread)
    step = norm.pdf(far, drift, spread) - np.exp(image)
    dies = norm.cdf((drift - left) / spread) + np.exp(mirrored + norm.logcdf((-drift - left) / spread))
    density = np.zeros(points)
    density[np.argmin(np.abs(grid))] = 1.0 / width
    found = 0.0
    for _ in range(days):
        found += float((density * dies * (grid < passes)).sum() * width)
        density = density @ np.maximum(step, 0.0) * width
    return found


def jumped(passes: float, shape: float = 1.0, *, scale: float = 0.05, days: int = 10) -> float:
    """Return the same chance of a gamma process, which never falls."""
    found = float(gamma.sf(1.0, shape, scale=scale))  # on the first day, before any inspection
    for day in range(1, days):
        level = gamma.ppf((np.arange(20_000) + 0.5) / 20_000 * gamma.cdf(passes, shape * day, scale=scale),
                          shape * day, scale=scale)  # fmt: skip
        dies = gamma.sf(1.0 - level, shape, scale=scale)
        found += float(gamma.cdf(passes, shape * day, scale=scale) * dies.mean())
    return found


def standstill(
    mean_repair: float, *, places: int = 20, cycle: float = 120.0, life: float = 144e3,
    bound: float = 4 * 3600.0, stop: float = 86400.0, lag: int = 400,
) -> float:  # fmt: skip
    """Return the chance that nothing leaves a line of two machines for `bound` seconds, before `stop`.

    All times are exponential; the first machine alone fails, while it works. Let g(t) be the law of the state
    where no such time has passed yet, D1 the rates of leaving and D0 all others. Who left anything a bound ago
    and nothing since is taken out: g' = g (D0 + D1) - g(t - bound) D1 exp(D0 bound).

    Args:
        mean_repair: [s].
        places: of the buffer between the machines.
        cycle: mean of either machine [s].
        life: mean time of work to a failure [s].
        bound: of the standstill [s].
        stop: end of the episode [s].
        lag: steps of integration to a bound.
    """
    full = places + 2  # parts made and not begun to leave: the buffer's, the second machine's, a blocked one
    inner, leaving = np.zeros((2, 2 * full + 2, 2 * full + 2))  # state 2 k: k parts; 2 k + 1: and it is down
    for k in range(full):
        inner[2 * k, 2 * k + 2] = 1.0 / cycle
        inner[2 * k, 2 * k + 1] = 1.0 / life
        inner[2 * k + 1, 2 * k] = 1.0 / mean_repair
    for state in range(2, 2 * full + 1):
        leaving[state, state - 2] = 1.0 / cycle
    inner -= np.diag((inner + leaving).sum(axis=1))
    step = bound / lag
    whole, gone = expm((inner + leaving) * step), expm(inner * bound)
    law = [np.eye(1, len(inner))[0]]
    lost = 0.0
    for i in range(round(stop / step)):
        law.append(law[i] @ whole)
        if i + 1 == lag:  # nothing has left since the beginning
            taken = law[0] @ gone
        elif i >= lag:
            taken = 0.5 * step * (law[i - lag] @ leaving @ gone @ whole + law[i + 1 - lag] @ leaving @ gone)
        else:
            continue
        law[-1] = law[-1] - taken
        lost += float(taken.sum())
    return lost


@dataclass(frozen=True)
class Rung:
    """One event.

    Args:
        family: names its kind.
        share: of the calls that it is given.
        exact: its chance; None where that is not known.
    """

    family: str
    name: str
    share: float
    exact: float | None
    scenario: Scenario


def rungs() -> Iterator[Rung]:
    """Yield all events."""
    for most in range(3, 11):
        event = f"eventually(machines_down >= {most})"
        name, shop = f"{most} of 10 machines down at once", SHOP.format()
        yield Rung("down", name, 1.0, repairers(most), _scenario(shop, "10 s", event))
    for passes in (0.8, 0.75, 0.7, 0.65):
        event = f"eventually(wear(bearing) >= 1 and reading(look) < {passes})"
        name = f"fails within a day of a reading < {passes}"
        worn, torn = INSPECTED.format(law=CREEPS), INSPECTED.format(law=JUMPS)
        yield Rung(
            "inspected",
            name,
            0.5,
            _over_paces(partial(inspected, passes)),
            _scenario(worn, "10 d", event, PACE),
        )
        if passes in (0.7, 0.65):
            bare = INSPECTED.format(law=STEADY)
            yield Rung("bare", f"{name}, bare", 0.5, inspected(passes), _scenario(bare, "10 d", event))
        if passes in (0.8, 0.7):
            exact = _over_paces(partial(jumped, passes - 0.15))
            event = f"eventually(wear(bearing) >= 1 and reading(look) < {passes - 0.15:g})"
            name = f"a jump within a day of one < {passes - 0.15:g}"
            yield Rung("jump", name, 0.5, exact, _scenario(torn, "10 d", event, PACE))
    for minutes in (40, 25, 18):
        event = "eventually(line_stopped_for > 4 h)"
        name = f"cascade for 4 h, repairs of {minutes} min"
        line = CASCADE.format(minutes=minutes)
        yield Rung("cascade", name, 0.5, standstill(60.0 * minutes), _scenario(line, "24 h", event))
    stands = _scenario(STOP, "3 d", "eventually(line_stopped_for > 4 h)")
    yield Rung("stop", "line stands for 4 h", 0.5, None, stands)


def _over_paces(chance: Callable[[float], float]) -> float:
    """Return the mean over the law of the pace, by Gauss and Hermite."""
    low, middle, high = (chance(1.0 + 0.05 * z) for z in (-math.sqrt(3.0), 0.0, math.sqrt(3.0)))
    return (low + 4.0 * middle + high) / 6.0


def _told(rung: Rung, method: str, calls: int, seed: int) -> None:
    begun = time.process_time()
    p, error = hunt(rung.scenario, method=method, calls=round(rung.share * calls), seed=seed)
    beside = ""
    if rung.exact is not None:
        z = f"z {(p - rung.exact) / error:5.1f}" if error > 0.0 else "never seen"
        beside = f"   exact {rung.exact:9.3g}   {z:10s}"
    taken = time.process_time() - begun
    print(f"{rung.name:36s} {method:9s} {p:9.3g} +- {error:8.2g}{beside}   {taken:5.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calls", type=int, nargs="?", default=20_000)
    parser.add_argument("--methods", nargs="+", default=["splitting", "auto"])
    parser.add_argument("--only", nargs="+", help="families")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for rung in rungs():
        if given.only and rung.family not in given.only:
            continue
        for number, method in enumerate(given.methods if rung.exact else [*given.methods, "nominal"]):
            _told(rung, method, given.calls, given.seed + number)


if __name__ == "__main__":
    main()
