"""Exact values of queues and lines, to one per cent, at the speed of the compiled kernel.

Every estimate is of 40 independent runs and lies within 3.5 standard errors, which are small enough to show an
error of one per cent. Where waits are estimated, what is known of arrivals and services takes part of the
variance away (control variates: Lavenberg, Moeller and Welch 1982).
"""

import math
import re

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
        (0.8, "{each: {gamma: [2, 0.5 s]}}", 1, 3.0, 230e3),
        pytest.param(8.0, EXPONENTIAL, 10, 0.2045900754, 150e3, marks=pytest.mark.slow),
    ],
    ids=[
        "M/M/1",
        "M/M/3",
        "M/M/2",
        "M/D/1",
        "M/U/1",
        "M/LN/1",
        "D/M/1",
        "M/M/1 0.8",
        "M/E2/1",
        "M/M/10",
    ],
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
    lengths = [run.measure("mean_level", ("line",)) for run in found]
    assert agrees(lengths, (rate or 0.8) * exact, controls)  # Little


@pytest.mark.slow
def test_waits_before_a_hundred_servers(factory):
    """Erlang's 0.0216940481 at 90 of 100, to four per cent: one costs a minute."""
    found = runs(factory(queue(90.0, EXPONENTIAL, servers=100), 7e3))
    waits = [run.measure("mean_wait", ("line",)) for run in found]
    controls = [(busy(run, 100) - 90.0, run.measure("rate", ("line",)) - 90.0) for run in found]
    assert agrees(waits, 0.0216940481, controls, within=0.04)


def busy(run, servers):
    """Return how many servers work, in the mean."""
    return sum(run.measure("utilisation", (f"desk_{i}",)) for i in range(servers))


@pytest.mark.parametrize(
    ("servers", "rate", "places", "exact", "seconds"),
    [
        (10, 8.0, 0, 0.1216610643, 10e3),
        (1, 0.9, 3, 0.1 * 0.9**4 / (1 - 0.9**5), 60e3),
        pytest.param(100, 90.0, 0, 0.0269573805, 8e3, marks=pytest.mark.slow),
    ],
    ids=["M/M/10/10", "M/M/1/4", "M/M/100/100"],
)
def test_customers_are_lost_as_erlang_says(factory, servers, rate, places, exact, seconds):
    """Controls: how many come, and how long those are served who are (Little)."""
    lost, controls = [], []
    for run in runs(factory(queue(rate, EXPONENTIAL, servers=servers, places=places), seconds)):
        line, span = run.world.arrivals["line"], run.end - 1000.0
        lost.append(line.lost / line.came)
        controls.append((line.came / span - rate, busy(run, servers) - (line.came - line.lost) / span))
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


def mirrored(line):
    """Return a line in which the two machines have changed places, with all their luck."""
    return re.sub(r"\b([mc])([12])\b", lambda name: name[1] + "21"[int(name[2]) - 1], line)


@pytest.mark.parametrize(
    ("law", "components", "places", "throughput", "idle", "seconds"),
    [
        ("{constant: 1}", GEOMETRIC, 4, 0.8409361365, None, 10e3),
        ("{constant: 1}", GEOMETRIC, 20, 0.8705407225, None, 10e3),
        ("{constant: 1}", GEOMETRIC, 100, 0.8969371154, None, 60e3),
        ("{exponential: 1 s}", MEMORYLESS, 4, 0.6953862230, 0.23507515, 20e3),
        ("{exponential: 1 s}", MEMORYLESS, 10, 0.7859211403, 0.13548675, 80e3),
    ],
    ids=["Buzacott 4", "Buzacott 20", "Buzacott 100", "Gershwin 4", "Gershwin 10"],
)
def test_levels_of_lines(factory, law, components, places, throughput, idle, seconds):
    """The part in the second machine counts as one in the buffer, which by symmetry is half full.

    What fills the buffer of one line empties that of its mirror image: pairs of the two vary little (antithetic
    variates: Hammersley and Morton 1956). The first machine is blocked as often as the second is starved.
    """
    line = two_machines(law, places - 1, blocking="before_service", components=components)
    line = line.replace("warm_up: 500 s", f"warm_up: {max(500, 50 * places)} s")
    pairs = zip(runs(factory(line, seconds)), runs(factory(mirrored(line), seconds)), strict=True)
    levels, rates, waits = [], [], []
    for pair in pairs:
        starved = [run.measure("starved", (second,)) for run, second in zip(pair, ("m2", "m1"), strict=True)]
        blocked = [run.measure("blocked", (first,)) for run, first in zip(pair, ("m1", "m2"), strict=True)]
        levels.append(np.mean([run.measure("mean_level", ("b0",)) for run in pair]) + 1.0 - np.mean(starved))
        rates.append(np.mean([run.measure("rate", ("done",)) for run in pair]))
        waits.append(np.mean([starved, blocked]))
    assert agrees(levels, places / 2.0)
    assert agrees(rates, throughput)
    if idle is not None:
        assert agrees(waits, idle)


def test_long_queues_are_rare(factory):
    """P(N >= n) = 0.75^n of an M/M/1; 20 come in clumps, to eight per cent, shorter queues being controls."""
    found = []
    for run in runs(factory(queue(0.75, EXPONENTIAL), 500e3), reads=("level",)):
        times, levels = (np.array(column) for column in run.world.stores["line"].trail)
        shares = np.bincount(levels, np.diff(times, append=run.end)) / run.end
        found.append([shares[n - 1 :].sum() for n in (5, 10, 15, 20)])
    shares, exact = np.array(found), 0.75 ** np.array([5, 10, 15, 20])
    for n, within in ((0, 0.01), (1, 0.025), (2, 0.06)):
        assert agrees(shares[:, n], exact[n], within=within)
    assert agrees(shares[:, 3], exact[3], shares[:, :3] - exact[:3], within=0.08)


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


@pytest.mark.parametrize(
    ("n", "busy", "waiting", "seconds"),
    [(5, 0.43604782, 0.2034739454, 4e3), (10, 0.78541766, 1.3604057742, 2e3)],
)
def test_machines_wait_for_a_repairer_as_palm_says(factory, n, busy, waiting, seconds):
    """Who is down and not worked on waits.

    Controls: how much a repairer works is known, and failures and repairs come at their rates, whoever is up.
    """
    queues, controls = [], []
    for run in runs(factory(palm(n, 1), seconds)):
        span = run.end - 100.0
        up = sum(run.measure("availability", (f"mill_{i}",)) for i in range(n))
        times = np.array([(job.begun, job.ended) for job in run.world.log.jobs])
        ended = np.count_nonzero((times[:, 1] > 100.0) & (times[:, 1] <= run.end))
        times = np.clip(np.where(np.isnan(times), run.end, times), 100.0, run.end)
        worked = (times[:, 1] - times[:, 0]).sum() / span
        failures = sum(run.measure("failures", (f"part_{i}",)) for i in range(n))
        queues.append(n - up - worked)
        controls.append((worked - busy, failures / span - up / 10.0, ended / span - worked))
    assert agrees(queues, waiting, controls)
