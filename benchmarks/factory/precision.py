"""Long runs of the compiled kernel against exact values that short tests show coarsely: each to one per cent.

python benchmarks/factory/precision.py [--only NAME ...] [--seed 2026]

Forty independent runs each. A row passes where its mean lies within 3.5 standard errors of what is exact and
these are at most one per cent of it. Waits have controls of known mean (load and rate of arrivals: Lavenberg,
Moeller and Welch 1982); shares of time have none and are long instead, because long queues come in clumps: 1.3
thousand million customers for P(N >= 20) of an M/M/1. Times are of the processor.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import numpy as np

from oddsmith.catalog import load_scenario
from sim.domains.base import Setup
from sim.domains.factory import kernel_layout as c
from sim.domains.factory.kernel_world import CompiledRun
from sim.domains.factory.world import World, simulate
from sim.scenario import Scenario

__all__ = ["Row", "rows"]

RUNS = 40
WARM_UP = 2000.0

QUEUE = """
sources: [{{id: line, every: {{each: {{exponential: {{rate: {rate} Hz}}}}}}{places}}}]
sinks: [{{id: done}}]
machines: [{{id: desk, count: {servers}, from: line, to: done, cycle_time: {{each: {service}}}}}]
warm_up: 2000 s
"""

SHOP = """
sources: [{{id: orders}}]
sinks: [{{id: done}}]
machines: [{{id: mill, count: {machines}, from: orders, to: done, cycle_time: 1e9 s}}]
crews: [{{id: men, size: {crew}}}]
components:
  - {{id: part, on: mill, ages: calendar, degrades: {{lifetime: {{each: {{exponential: 10 s}}}}}},
     repair: {{time: {{each: {{exponential: 1 s}}}}, crew: men}}}}
"""

Sample = tuple[float, tuple[float, ...]]
"""What one run came to, and its controls, whose mean is 0."""


@dataclass(frozen=True)
class Row:
    """One exact value.

    Args:
        exact: what it is.
        seconds: length of a run.
        world: of the line.
        sample: estimates it from one run.
    """

    name: str
    exact: float
    seconds: float
    world: str
    sample: Callable[[Setup], Sample]


def queue(
    rate: float, service: str = "{exponential: 1 s}", *, servers: int = 1, places: int | None = None
) -> str:
    """Return a queue before one or more desks."""
    room = "" if places is None else f", capacity: {places}"
    return QUEUE.format(rate=rate, service=service, servers=servers, places=room)


def erlang(servers: int, load: float) -> tuple[float, float]:
    """Return the shares of customers who are lost without a place to wait, and who wait with them."""
    lost = 1.0
    for k in range(1, servers + 1):
        lost = load * lost / (k + load * lost)
    return lost, lost / (1.0 - load / servers * (1.0 - lost))


def palm(machines: int, crew: int) -> np.ndarray:
    """Return the shares of time in which k machines are down; lives of 10, repairs of 1."""
    p = np.ones(machines + 1)
    for k in range(1, machines + 1):
        p[k] = p[k - 1] * (machines - k + 1) * 0.1 / min(k, crew)
    return np.asarray(p / p.sum())


def mean_wait(rate: float, servers: int) -> Callable[[Setup], Sample]:
    """Return what estimates the mean wait, with load and rate of arrivals as controls."""

    def sample(setup: Setup) -> Sample:
        trace = simulate(setup)
        busy = sum(trace.measure("utilisation", (f"desk_{i}",)) for i in range(servers))
        return trace.measure("mean_wait", ("line",)), (busy - rate, trace.measure("rate", ("line",)) - rate)

    return sample


def share_lost(rate: float, servers: int) -> Callable[[Setup], Sample]:
    """Return what estimates the share of customers that find no place."""

    def sample(setup: Setup) -> Sample:
        trace = simulate(setup)
        line, span = trace.world.arrivals["line"], trace.end - WARM_UP
        busy = sum(trace.measure("utilisation", (f"desk_{i}",)) for i in range(servers))
        return line.lost / line.came, (line.came / span - rate, busy - (line.came - line.lost) / span)

    return sample


def steps(setup: Setup, *, up: int, down: int | None, flags: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield what a count is and for how long, from the log of the kernel, piece by piece.

    Args:
        setup: of the run.
        up: rows by which it grows by one, or whose value it is where `down` is None.
        down: rows by which it falls by one.
        flags: what is logged.
    """
    value, since = 0, 0.0
    for rows, times in CompiledRun(World(setup), stop=setup.duration, flags=flags).chunks():
        own = (rows[:, 0] == up) | (rows[:, 0] == down)
        if not own.any():
            continue
        moments = np.concatenate(([since], times[own, 0]))
        told = rows[own, 2] if down is None else value + np.cumsum(np.where(rows[own, 0] == up, 1, -1))
        yield np.concatenate(([value], told[:-1])), np.diff(moments)
        value, since = int(told[-1]), float(moments[-1])
    yield np.array([value]), np.array([setup.duration - since])


def long_queue(most: int) -> Callable[[Setup], Sample]:
    """Return what estimates the share of time with so many customers or more at one desk."""

    def sample(setup: Setup) -> Sample:
        levels = steps(setup, up=c.HAS_LEVEL, down=None, flags=c.LEVELS)
        return sum(float(spans[n >= most - 1].sum()) for n, spans in levels) / setup.duration, ()

    return sample


def all_down(machines: int) -> Callable[[Setup], Sample]:
    """Return what estimates the share of time in which all machines are down."""

    def sample(setup: Setup) -> Sample:
        counts = steps(setup, up=c.FAILS, down=c.JOB_ENDS, flags=0)
        return sum(float(spans[n == machines].sum()) for n, spans in counts) / setup.duration, ()

    return sample


def rows() -> Iterator[Row]:
    """Yield all exact values."""
    desks = erlang(100, 90.0)
    skewed = f"{{lognormal: [{math.exp(-0.5 * math.log(5.0))} s, {math.sqrt(math.log(5.0))}]}}"  # CoV 2
    yield Row("M/M/1 0.9, Wq", 9.0, 1.5e6, queue(0.9), mean_wait(0.9, 1))
    yield Row("M/G/1 0.8 CoV 2, Wq", 10.0, 20e6, queue(0.8, skewed), mean_wait(0.8, 1))
    yield Row("M/M/10 8, Wq", erlang(10, 8.0)[1] / 2.0, 150e3, queue(8.0, servers=10), mean_wait(8.0, 10))
    yield Row("M/M/100 90, Wq", desks[1] / 10.0, 120e3, queue(90.0, servers=100), mean_wait(90.0, 100))
    yield Row("M/M/100/100 90, lost", desks[0], 10e3, queue(90.0, servers=100, places=0), share_lost(90.0, 100))
    for most, seconds in ((10, 2.8e6), (15, 11e6), (20, 44e6)):
        yield Row(f"M/M/1 0.75, P(N >= {most})", 0.75**most, seconds, queue(0.75), long_queue(most))
    exact = float(palm(5, 1)[5])
    yield Row("5 machines, 1 repairer, all down", exact, 12e6, SHOP.format(machines=5, crew=1), all_down(5))


def estimate(samples: list[Sample]) -> tuple[float, float]:
    """Return a mean and its standard error, by regression on the controls."""
    values = np.array([value for value, _ in samples])
    design = np.array([(1.0, *controls) for _, controls in samples])
    found = np.linalg.lstsq(design, values)[0]
    rest = values - design @ found
    variance = rest @ rest / (len(values) - design.shape[1])
    return float(found[0]), math.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0])


def _scenario(row: Row) -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "line.yaml"
        text = f"scenario: factory/line\nduration: {row.seconds} s\nworld:\n{indent(row.world, '  ')}"
        file.write_text(text, "utf-8")
        return load_scenario(str(file))


def _told(row: Row, seed: int) -> None:
    scenario, samples, begun = _scenario(row), [], time.process_time()
    for draw in scenario.nominal_batch(seed, 0, RUNS):
        samples.append(row.sample(Setup(row.seconds, scenario.resolve(draw).world, draw.noise)))
    mean, error = estimate(samples)
    is_fine = 3.5 * error <= 0.01 * row.exact and abs(mean - row.exact) <= 3.5 * error
    print(
        f"{row.name:36s} {mean:.6g} +- {error:.2g}   exact {row.exact:.6g}   off by"
        f" {100.0 * (mean / row.exact - 1.0):+.2f} %, z {(mean - row.exact) / error:+.1f}, catches"
        f" {350.0 * error / row.exact:.2f} %: {'pass' if is_fine else 'FAIL'}"
        f"   {time.process_time() - begun:.0f} s",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", help="parts of names")
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    for row in rows():
        if not given.only or any(part in row.name for part in given.only):
            _told(row, given.seed)
