"""Rare events of factories hunted by splitting, beside what they are exactly.

python benchmarks/factory/rare.py [calls]

- Several of ten machines with three repairers are down at once within 10 s (Palm's model, all up at first): the
  exact chance is that of a birth and death process, from 4e-2 down to 2e-7.
- A component whose wear is a Wiener process fails within a day of an inspection that it passed: exact by
  quadrature of the process killed at its limit.
- One machine's repair lasts so long that nothing leaves the line for four hours: nothing exact is known; two
  hunts and a nominal sample are held against each other.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import numpy as np
from scipy.linalg import expm
from scipy.stats import norm

from oddsmith.catalog import load_scenario
from sim.episode import score
from sim.samplers import TABLE, Settings
from sim.samplers.running import coarsened
from sim.scenario import Scenario

__all__ = ["hunt", "inspected", "repairers"]

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
sources: [{id: orders}]
sinks: [{id: done}]
machines: [{id: mill, from: orders, to: done, cycle_time: 30 d}]
components:
  - {id: bearing, on: mill, ages: calendar, repair: {time: 1000 d},
     degrades: {wiener: {drift: 2.3148e-7 Hz, spread: 1.3608e-4, limit: 1, step: 1 d}}}
readings: [{id: look, of: bearing, every: 1 d}]
"""

CASCADE = """
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


def _scenario(world: str, duration: str, event: str) -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rare.yaml"
        text = f"scenario: factory/rare\nduration: {duration}\nworld:\n{indent(world, '  ')}\n"
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
            one.running["rare"] = coarsened(one.running["rare"], scenario.duration)  # as hunts store them
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
    passes: float, *, drift: float = 0.02, spread: float = 0.04, days: int = 30, points: int = 4001
) -> float:
    """Return the chance to fail within a day of an inspection that found less than a bound.

    The density of the killed process goes from day to day by its transition density, that of the images.
    """
    grid = np.linspace(-1.0, 1.0, points)
    width = grid[1] - grid[0]
    far = grid[None, :] - grid[:, None]
    image = np.exp(2.0 * drift * (1.0 - grid[:, None]) / spread**2)
    step = norm.pdf(far, drift, spread) - image * norm.pdf(grid[None, :] - 2.0 + grid[:, None], drift, spread)
    dies = norm.cdf((drift - (1.0 - grid)) / spread) + np.exp(
        2.0 * drift * (1.0 - grid) / spread**2
    ) * norm.cdf((-drift - (1.0 - grid)) / spread)
    density = np.zeros(points)
    density[np.argmin(np.abs(grid))] = 1.0 / width
    found = 0.0
    for _ in range(days):
        found += float((density * dies * (grid < passes)).sum() * width)
        density = density @ np.maximum(step, 0.0) * width
    return found


def _told(name: str, exact: float | None, hunted: Callable[[], tuple[float, float]]) -> None:
    begun = time.process_time()
    p, error = hunted()
    beside = "" if exact is None else f"   exact {exact:9.3g}   z {(p - exact) / max(error, 1e-300):5.1f}"
    print(f"{name:42s} {p:9.3g} +- {error:8.2g}{beside}   {time.process_time() - begun:5.0f} s", flush=True)


if __name__ == "__main__":
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    for most in (5, 6, 7, 8, 9, 10):
        down = _scenario(SHOP.format(), "10 s", f"eventually(machines_down >= {most})")
        _told(
            f"{most} of 10 machines down at once",
            repairers(most),
            lambda down=down: hunt(down, method="splitting", calls=calls, seed=1),
        )
    for passes in (0.85, 0.8, 0.75):
        fails = _scenario(INSPECTED, "30 d", f"eventually(wear(bearing) >= 1 and reading(look) < {passes})")
        _told(
            f"fails within a day of a reading < {passes}",
            inspected(passes),
            lambda fails=fails: hunt(fails, method="splitting", calls=calls // 2, seed=1),
        )
    stands = _scenario(CASCADE, "3 d", "eventually(line_stopped_for > 4 h)")
    for method, seed in (("splitting", 1), ("splitting", 2), ("nominal", 3)):
        _told(
            f"line stands for 4 h, {method}",
            None,
            lambda method=method, seed=seed: hunt(stands, method=method, calls=calls // 2, seed=seed),
        )
