"""Queues against closed forms: one or several servers, any service law, limited places."""

import math

import numpy as np
import pytest


def queue(every: str, service: str, *, servers: int = 1, capacity: int | None = None) -> str:
    places = "" if capacity is None else f", capacity: {capacity}"
    return f"""
sources: [{{id: line, every: {{each: {every}}}{places}}}]
sinks: [{{id: done}}]
machines: [{{id: desk, count: {servers}, from: line, to: done, cycle_time: {service}}}]
warm_up: 200 s
"""


def close(values: list[float], exact: float, within: float) -> bool:
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    assert 3.5 * error <= within * exact, f"too coarse: {error:.3g} for {exact:.6g}"
    assert abs(np.mean(values) - exact) <= 3.5 * error, f"{np.mean(values):.6g} +- {error:.2g}, not {exact:.6g}"
    return True


@pytest.mark.parametrize(
    ("every", "service", "servers", "exact", "within"),
    [
        ("{exponential: {rate: 0.75 Hz}}", "{each: {exponential: 1 s}}", 1, 3.0, 0.12),
        ("{exponential: {rate: 2 Hz}}", "{each: {exponential: 1 s}}", 3, 4 / 9, 0.12),
        ("{exponential: {rate: 1.6 Hz}}", "{each: {exponential: 1 s}}", 2, 1.7777777778, 0.15),
        ("{exponential: {rate: 8 Hz}}", "{each: {exponential: 1 s}}", 10, 0.2045900754, 0.12),
        ("{exponential: {rate: 0.8 Hz}}", "1 s", 1, 2.0, 0.1),
        ("{exponential: {rate: 0.8 Hz}}", "{each: {gamma: [2, 0.5 s]}}", 1, 3.0, 0.12),
        ("{exponential: {rate: 0.8 Hz}}", "{each: {uniform: [0 s, 2 s]}}", 1, 2.6666666667, 0.12),
        ("{constant: 1.25}", "{each: {exponential: 1 s}}", 1, 1.6927308399, 0.1),
    ],
    ids=["M/M/1", "M/M/3", "M/M/2", "M/M/10", "M/D/1", "M/E2/1", "M/U/1", "D/M/1"],
)
def test_mean_waits(factory, every, service, servers, exact, within):
    """Erlang, Pollaczek and Khinchine, and GI/M/1."""
    line = factory(queue(every, service, servers=servers), 8000.0)
    assert close([line.run(i).measure("mean_wait", ("line",)) for i in range(40)], exact, within)


def test_the_level_is_the_rate_times_the_wait(factory):
    """Kleinrock (1975): Lq = 2.25 and Wq = 3 at a load of 0.75; Little's law binds them in every run."""
    line = factory(queue("{exponential: {rate: 0.75 Hz}}", "{each: {exponential: 1 s}}"), 8000.0)
    runs = [line.run(i) for i in range(40)]
    assert close([run.measure("mean_level", ("line",)) for run in runs], 2.25, 0.12)
    assert close([run.measure("utilisation", ("desk_0",)) for run in runs], 0.75, 0.01)


def test_customers_are_lost_as_erlang_says(factory):
    """M/M/10/10 at a load of 8 loses 0.1216610643 of them; M/M/1/4 at 0.9: (1 - r) r^4/(1 - r^5)."""
    for servers, rate, capacity, exact in (
        (10, 8.0, 0, 0.1216610643),
        (1, 0.9, 3, 0.1 * 0.9**4 / (1 - 0.9**5)),
    ):
        world = queue(
            f"{{exponential: {{rate: {rate} Hz}}}}",
            "{each: {exponential: 1 s}}",
            servers=servers,
            capacity=capacity,
        )
        line = factory(world, 4000.0 if servers == 10 else 12_000.0)
        runs = [line.run(i).world.arrivals["line"] for i in range(30)]
        assert close([one.lost / one.came for one in runs], exact, 0.05)


def test_long_queues_are_as_rare_as_they_should_be(factory):
    """The share of time with 20 or more in an M/M/1 at 0.75 is 0.75^20 = 0.00317."""
    line = factory(queue("{exponential: {rate: 0.75 Hz}}", "{each: {exponential: 1 s}}"), 20_000.0)
    found = []
    for i in range(40):
        run = line.run(i, reads=("level",))
        times, levels = run.world.stores["line"].trail
        spans = np.diff([*times, run.end])
        found.append(float(np.dot(np.array(levels) >= 19, spans) / run.end))
    assert close(found, 0.75**20, 0.8)
