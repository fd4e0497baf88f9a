"""Exact values of queues and lines, to one per cent, at the speed of the compiled kernel.

Every estimate is of 40 independent runs and lies within 3.5 standard errors, which are small enough to show an
error of one per cent. Where waits are estimated, what is known of arrivals and services takes part of the
variance away (control variates: Lavenberg, Moeller and Welch 1982).
"""

import math

import numpy as np
import pytest
from scipy.sparse import lil_matrix
from scipy.sparse.linalg import spsolve

from sim.domains.factory.kernel_tables import is_plain
from sim.domains.factory.world import World

RUNS = 40


def agrees(values, exact, controls=None, *, within=0.01):
    """Return whether a mean agrees with an exact value; the controls have mean 0."""
    design = np.ones((len(values), 1))
    if controls is not None:
        design = np.hstack([design, np.reshape(controls, (len(values), -1))])
    found, *_ = np.linalg.lstsq(design, np.asarray(values), rcond=None)
    rest = np.asarray(values) - design @ found
    variance = rest @ rest / (len(values) - design.shape[1])
    error = math.sqrt(variance * np.linalg.pinv(design.T @ design)[0, 0])
    assert 3.5 * error <= within * exact, f"too coarse: {error:.3g} for {exact:.6g}"
    assert abs(found[0] - exact) <= 3.5 * error, f"{found[0]:.6g} +- {error:.2g}, not {exact:.6g}"
    return True


def runs(line, **more):
    """Return the runs of a line, which the kernel makes."""
    scenario = line.scenario
    trace = line.run(0, **more)
    assert is_plain(World(trace.world.setup)), scenario.name
    return [trace, *(line.run(index, **more) for index in range(1, RUNS))]


def queue(rate, service, *, servers=1, places=None, more=""):
    every = f"{{each: {{exponential: {{rate: {rate} Hz}}}}}}" if rate else "1.25 s"
    capacity = "" if places is None else f", capacity: {places}"
    return f"""
sources: [{{id: line, every: {every}{capacity}}}]
sinks: [{{id: done}}]
machines: [{{id: desk, count: {servers}, from: line, to: done, cycle_time: {service}}}]
warm_up: 1000 s
{more}
"""


EXPONENTIAL = "{each: {exponential: 1 s}}"
LOGNORMAL = "{each: {lognormal: [0.8824969 s, 0.5]}}"
"""Mean 1 s: median exp(-0.5^2/2)."""


@pytest.mark.parametrize(
    ("rate", "service", "servers", "exact", "seconds"),
    [
        (0.75, EXPONENTIAL, 1, 3.0, 260e3),
        (2.0, EXPONENTIAL, 3, 4 / 9, 90e3),
        (1.6, EXPONENTIAL, 2, 1.7777777778, 100e3),
        (0.8, "1 s", 1, 2.0, 180e3),
        (0.8, "{each: {uniform: [0 s, 2 s]}}", 1, 2.6666666667, 280e3),
        (0.6, LOGNORMAL, 1, 0.6 * math.exp(0.25) / 0.8, 100e3),
        (None, EXPONENTIAL, 1, 1.6927308399, 150e3),
        (0.8, EXPONENTIAL, 1, 4.0, 240e3),
        (0.8, "{each: {gamma: [2, 0.5 s]}}", 1, 3.0, 300e3),
        pytest.param(8.0, EXPONENTIAL, 10, 0.2045900754, 150e3, marks=pytest.mark.slow),
    ],
    ids=["M/M/1", "M/M/3", "M/M/2", "M/D/1", "M/U/1", "M/LN/1", "D/M/1", "M/M/1 0.8", "M/E2/1", "M/M/10"],
)
def test_mean_waits(factory, rate, service, servers, exact, seconds):
    """Erlang; Pollaczek and Khinchine, Wq = lambda E[S^2]/(2 (1 - rho)); GI/M/1."""
    found = runs(factory(queue(rate, service, servers=servers), seconds))
    desks = [f"desk_{i}" for i in range(servers)] if servers > 1 else ["desk_0"]
    load = (rate or 0.8) / servers
    controls = [
        (
            np.mean([run.measure("utilisation", (desk,)) for desk in desks]) - load,
            run.measure("rate", ("line",)) - (rate or 0.8),
        )
        for run in found
    ]
    assert agrees([run.measure("mean_wait", ("line",)) for run in found], exact, controls)


@pytest.mark.slow
def test_waits_before_a_hundred_servers(factory):
    """Erlang's 0.0216940481 at 90 of 100, to four per cent: one costs two minutes."""
    found = runs(factory(queue(90.0, EXPONENTIAL, servers=100), 14e3))
    assert agrees([run.measure("mean_wait", ("line",)) for run in found], 0.0216940481, within=0.04)


@pytest.mark.parametrize(
    ("servers", "rate", "places", "exact"),
    [
        (10, 8.0, 0, 0.1216610643),
        (1, 0.9, 3, 0.1 * 0.9**4 / (1 - 0.9**5)),
        pytest.param(100, 90.0, 0, 0.0269573805, marks=pytest.mark.slow),
    ],
    ids=["M/M/10/10", "M/M/1/4", "M/M/100/100"],
)
def test_customers_are_lost_as_erlang_says(factory, servers, rate, places, exact):
    seconds = {1: 100e3, 10: 15e3, 100: 14e3}[servers]
    found = runs(factory(queue(rate, EXPONENTIAL, servers=servers, places=places), seconds))
    lost = [run.world.arrivals["line"].lost / run.world.arrivals["line"].came for run in found]
    controls = [run.world.arrivals["line"].came / (run.end - 1000.0) - rate for run in found]
    assert agrees(lost, exact, controls)


def test_a_queue_at_a_machine_that_fails_while_it_works(factory):
    """M/G/1 of completion times (White and Christie 1958).

    E[C] = s (1 + f r), Var[C] = s^2 (1 + f r)^2 + 2 s f r^2 with f failures per time of work, repairs of r.
    """
    rate, s, f, r = 0.4, 1.0, 0.02, 5.0
    mean = s * (1.0 + f * r)
    square = mean**2 + s**2 * (1.0 + f * r) ** 2 + 2.0 * s * f * r**2
    component = "{id: part, on: desk_0, ages: operating, degrades: {lifetime: {each: {exponential: 50 s}}}, "
    more = f"components: [{component}repair: {{time: {{each: {{exponential: 5 s}}}}}}}}]"
    found = runs(factory(queue(rate, EXPONENTIAL, more=more), 300e3))
    controls = [
        (
            run.measure("utilisation", ("desk_0",)) - rate * s,
            1.0 - run.measure("availability", ("desk_0",)) - rate * s * f * r,
            run.measure("rate", ("line",)) - rate,
        )
        for run in found
    ]
    exact = rate * square / (2.0 * (1.0 - rate * mean))
    assert agrees([run.measure("mean_wait", ("line",)) for run in found], exact, controls)


def test_two_queues_in_a_row_overflow_as_they_should(factory):
    """The chance that a busy cycle of Jackson's tandem reaches 3, against the sparse solution."""
    rate, mu, most = 0.2, 0.4, 3
    world = f"""
sources: [{{id: line, every: {{each: {{exponential: {{rate: {rate} Hz}}}}}}}}]
buffers: [{{id: between}}]
sinks: [{{id: done}}]
machines:
  - {{id: one, from: line, to: between, cycle_time: {{each: {{exponential: {{rate: {mu} Hz}}}}}}}}
  - {{id: two, from: between, to: done, cycle_time: {{each: {{exponential: {{rate: {mu} Hz}}}}}}}}
"""
    reached = cycles = 0
    for run in runs(factory(world, 120e3), reads=("level", "output", "waiting", "working")):
        total = np.rint(
            run.signal("waiting", ()) + run.signal("working", ("one",)) + run.signal("working", ("two",))
        )
        starts = np.flatnonzero((total[1:] > 0) & (total[:-1] == 0)) + 1
        peaks = np.maximum.reduceat(total, starts)[:-1]
        reached, cycles = reached + int((peaks >= most).sum()), cycles + len(peaks)
    p = overflow(rate, mu, mu, most)
    error = math.sqrt(p * (1.0 - p) / cycles)
    assert 3.5 * error <= 0.01 * p
    assert abs(reached / cycles - p) <= 3.5 * error


def overflow(rate, first, second, most):
    """Return the chance that the total reaches a level before 0, from one customer at the first server."""
    states = [(i, j) for i in range(most) for j in range(most - i)]
    number = {state: k for k, state in enumerate(states)}
    matrix, right = lil_matrix((len(states), len(states))), np.zeros(len(states))
    for (i, j), k in number.items():
        moves = [(rate, (i + 1, j))]
        moves += [(first, (i - 1, j + 1))] if i else []
        moves += [(second, (i, j - 1))] if j else []
        matrix[k, k] = -sum(speed for speed, _ in moves) if i + j else 1.0
        for speed, to in moves if i + j else ():
            if sum(to) == most:
                right[k] -= speed
            else:
                matrix[k, number[to]] += speed
    return float(spsolve(matrix.tocsr(), right)[number[1, 0]])


def test_overflow_is_that_of_the_published_line():
    assert overflow(0.25, 0.375, 0.375, 20) == pytest.approx(2.6972933955e-3)


def two_machines(law, places, *, blocking, components="", count=2):
    """Return machines in a row with places between them."""
    ends = ["orders", *(f"b{i}" for i in range(count - 1)), "done"]
    buffers = ", ".join(f"{{id: b{i}, capacity: {places}}}" for i in range(count - 1))
    machines = "\n".join(
        f"  - {{id: m{i + 1}, from: {ends[i]}, to: {ends[i + 1]}, cycle_time: {{each: {law}}},\n"
        f"     blocking: {blocking}}}"
        for i in range(count)
    )
    return f"""
sources: [{{id: orders}}]
sinks: [{{id: done}}]
buffers: [{buffers}]
machines:
{machines}
{components}
warm_up: 500 s
"""


def failing(p, r):
    return "components:\n" + "\n".join(
        f"  - {{id: c{i}, on: m{i}, ages: operating, degrades: {{lifetime: {{each: {p}}}}}, "
        f"repair: {{time: {{each: {r}}}}}}}"
        for i in (1, 2)
    )


GEOMETRIC = failing("{geometric: 0.01}", "{geometric: 0.1}")
MEMORYLESS = failing("{exponential: 100 s}", "{exponential: 10 s}")


@pytest.mark.parametrize(
    ("world", "exact", "seconds"),
    [
        (two_machines("{exponential: 1 s}", 1, blocking="after_service"), 0.75, 6e3),
        (two_machines("{exponential: 1 s}", 0, blocking="after_service", count=3), 22 / 39, 8e3),
        (two_machines("{geometric: 0.9}", 1, blocking="repetitive"), 0.8571428571, 4e3),
        (two_machines("{constant: 1}", 3, blocking="before_service", components=GEOMETRIC), 0.8409361365, 45e3),
        (two_machines("{constant: 1}", 9, blocking="before_service", components=GEOMETRIC), 0.8561749307, 45e3),
        (
            two_machines("{constant: 1}", 19, blocking="before_service", components=GEOMETRIC),
            0.8705407225,
            45e3,
        ),
        (
            two_machines("{constant: 1}", 99, blocking="before_service", components=GEOMETRIC),
            0.8969371154,
            60e3,
        ),
        (
            two_machines("{exponential: 1 s}", 3, blocking="before_service", components=MEMORYLESS),
            0.6953862230,
            45e3,
        ),
        (
            two_machines("{exponential: 1 s}", 9, blocking="before_service", components=MEMORYLESS),
            0.7859211403,
            45e3,
        ),
        (
            two_machines("{exponential: 1 s}", 19, blocking="before_service", components=MEMORYLESS),
            0.8300015312,
            45e3,
        ),
    ],
    ids=[
        *("Hunt", "Hunt, three", "Bernoulli", "Buzacott 4", "Buzacott 10", "Buzacott 20", "Buzacott 100"),
        *("Gershwin 4", "Gershwin 10", "Gershwin 20"),
    ],
)
def test_rates_of_lines(factory, world, exact, seconds):
    """Hunt (1956), of three machines without places 22/39; Li and Meerkov; Gershwin and Schick; and Berman."""
    found = runs(factory(world, seconds))
    assert agrees([run.measure("rate", ("done",)) for run in found], exact)


@pytest.mark.parametrize(
    ("law", "components", "places", "throughput", "starved", "seconds"),
    [
        ("{constant: 1}", GEOMETRIC, 4, 0.8409361365, None, 120e3),
        ("{exponential: 1 s}", MEMORYLESS, 4, 0.6953862230, 0.23507515, 100e3),
        pytest.param(
            "{exponential: 1 s}", MEMORYLESS, 10, 0.7859211403, 0.13548675, 290e3, marks=pytest.mark.slow
        ),
    ],
    ids=["Buzacott 4", "Gershwin 4", "Gershwin 10"],
)
def test_levels_of_lines(factory, law, components, places, throughput, starved, seconds):
    """The part in the second machine counts as one in the buffer, which by symmetry is half full."""
    line = two_machines(law, places - 1, blocking="before_service", components=components)
    found = runs(factory(line, seconds))
    idle = [run.measure("starved", ("m2",)) for run in found]
    levels = [run.measure("mean_level", ("b0",)) + 1.0 - one for run, one in zip(found, idle, strict=True)]
    assert agrees(levels, places / 2.0)
    assert agrees([run.measure("rate", ("done",)) for run in found], throughput)
    if starved is not None:
        assert agrees(idle, starved)


def test_half_full_long_buffers(factory):
    """Buzacott's line with 20 and 100 places is half full; who waits on either side is alike, and a control."""
    for places, throughput, seconds in ((20, 0.8705407225, 200e3), (100, 0.8969371154, 400e3)):
        line = two_machines("{constant: 1}", places - 1, blocking="before_service", components=GEOMETRIC)
        found = runs(factory(line.replace("warm_up: 500 s", "warm_up: 5000 s"), seconds))
        idle = np.array([run.measure("starved", ("m2",)) for run in found])
        blocked = np.array([run.measure("blocked", ("m1",)) for run in found])
        levels = [run.measure("mean_level", ("b0",)) + 1.0 - one for run, one in zip(found, idle, strict=True)]
        assert agrees(levels, places / 2.0, idle - blocked, within=0.01 if places == 20 else 0.03)
        assert agrees([run.measure("rate", ("done",)) for run in found], throughput)


def test_long_queues_are_rare(factory):
    """P(N >= 20) = 0.75^20 = 0.00317 of an M/M/1, to eight per cent: they come in clumps."""
    found = []
    for run in runs(factory(queue(0.75, EXPONENTIAL), 1000e3), reads=("level",)):
        times, levels = run.world.stores["line"].trail
        spans = np.diff([*times, run.end])
        found.append(float((np.array(levels) >= 19) @ spans / run.end))
    assert agrees(found, 0.75**20, within=0.08)


PALM = [(5, 1, 0.8720956463), (10, 1, 0.7854176569), (10, 2, 0.8961362181)]


@pytest.mark.parametrize(("n", "crew", "availability"), PALM)
def test_machines_and_repairers(factory, n, crew, availability):
    """Palm (1947)."""
    found = runs(factory(palm(n, crew), 2200.0))
    shares = [np.mean([run.measure("availability", (f"mill_{i}",)) for i in range(n)]) for run in found]
    assert agrees(shares, availability)


def palm(n, crew):
    """Return machines that never run out of work, and a crew."""
    return f"""
sources: [{{id: orders}}]
sinks: [{{id: done}}]
machines: [{{id: mill, count: {n}, from: orders, to: done, cycle_time: 1e9 s}}]
crews: [{{id: men, size: {crew}}}]
components:
  - {{id: part, on: mill, ages: calendar, degrades: {{lifetime: {{each: {{exponential: 10 s}}}}}},
     repair: {{time: {{each: {{exponential: 1 s}}}}, crew: men}}}}
warm_up: 100 s
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "crew", "busy", "waiting", "seconds", "within"),
    [(5, 1, 0.43604782, 0.2034739454, 45e3, 0.015), (10, 1, 0.78541766, 1.3604057742, 20e3, 0.01)],
)
def test_machines_wait_for_repairers_as_palm_says(factory, n, crew, busy, waiting, seconds, within):
    """How many are down is kept by the log; how many are worked on is known exactly, and a control."""
    found = runs(factory(palm(n, crew), seconds))
    queues, controls = [], []
    for run in found:
        changes = sorted((one.t, 1 if one.kind == "failed" else -1) for one in run.occurrences)
        spans = np.diff([0.0, *(t for t, _ in changes), run.end])
        down = np.cumsum([0, *(step for _, step in changes)])
        late = np.cumsum(spans) > 100.0
        shares = np.where(late, spans, 0.0) / spans[late].sum()
        queues.append(np.maximum(down - crew, 0) @ shares)
        controls.append(np.minimum(down, crew) @ shares - busy)
    assert agrees(queues, waiting, controls, within=within)
