"""Failure and repair against closed forms: availability, crews as queues, age replacement, spares."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from sim.domains.base import Setup
from sim.domains.factory.world import simulate
from sim.laws import from_data
from sim.noise import Edit


def shop(machines: int, *, life: str, repair: str, more: str = "", extra: str = "") -> str:
    """Machines that never run out of work, each with one component."""
    return f"""
sources: [{{id: orders}}]
sinks: [{{id: done}}]
machines:
  - {{id: mill, count: {machines}, from: orders, to: done, cycle_time: 1e9 s}}
components:
  - {{id: part, on: mill, ages: calendar, degrades: {{lifetime: {life}}},
     repair: {{time: {repair}{more}}}{extra}}}
"""


def down_counts(trace, *, since: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of machines that were down and for how long each, from a moment on."""
    changes = sorted((one.t, 1 if one.kind == "failed" else -1) for one in trace.occurrences)
    times = np.clip([0.0, *(t for t, _ in changes), trace.end], since, None)
    return np.cumsum([0, *(step for _, step in changes)]), np.diff(times)


def palm(n: int, crew: int, ratio: float) -> np.ndarray:
    """Return P(k machines are down), p_k proportional to p_(k-1) (n - k + 1) ratio / min(k, crew)."""
    p = np.ones(n + 1)
    for k in range(1, n + 1):
        p[k] = p[k - 1] * (n - k + 1) * ratio / min(k, crew)
    return p / p.sum()


@pytest.mark.parametrize(
    ("n", "crew", "availability", "waiting"),
    [
        (5, 1, 0.8720956463, 0.2034739454),
        (10, 1, 0.7854176569, 1.3604057742),
        (10, 2, 0.8961362181, 0.1425016005),
    ],
)
def test_machines_and_repairers_are_palms_model(factory, n, crew, availability, waiting):
    world = shop(n, life="{each: {exponential: 10 s}}", repair="{each: {exponential: 1 s}}", more=", crew: men")
    line = factory(world + f"crews: [{{id: men, size: {crew}}}]\n", 3000.0)
    exact = palm(n, crew, 0.1)
    up, queue, states = [], [], []
    for index in range(30):
        down, spans = down_counts(line.run(index), since=100.0)
        up.append(1.0 - np.dot(down, spans) / spans.sum() / n)
        queue.append(np.dot(np.maximum(down - crew, 0), spans) / spans.sum())
        states.append(np.bincount(down, spans, minlength=n + 1) / spans.sum())
    assert 1.0 - np.dot(exact, np.arange(n + 1)) / n == pytest.approx(availability, abs=1e-9)
    for found, expected in ((up, availability), (queue, waiting)):
        error = np.std(found, ddof=1) / math.sqrt(len(found))
        assert abs(np.mean(found) - expected) <= 3.5 * error
    assert 3.5 * np.std(up, ddof=1) / math.sqrt(len(up)) < 0.01 * availability
    for k in range(3):
        each = np.array(states)[:, k]
        assert abs(each.mean() - exact[k]) <= 3.5 * each.std(ddof=1) / math.sqrt(len(each))


@pytest.mark.parametrize(
    ("life", "repair", "exact"),
    [
        ("{each: {exponential: 100 s}}", "{each: {exponential: 5 s}}", 100.0 / 105.0),
        ("{each: {lognormal: [80 s, 0.6]}}", "{each: {uniform: [1 s, 9 s]}}", None),
        ("{each: {weibull: [2.5, 950 s]}}", "50 s", None),
    ],
)
def test_availability_is_that_of_the_means_whatever_the_laws(factory, life, repair, exact):
    if exact is None:
        means = {"{each: {lognormal: [80 s, 0.6]}}": from_data({"lognormal": [80.0, 0.6]}).mean}
        up = means.get(life, from_data({"weibull": [2.5, 950.0]}).mean)
        exact = up / (up + (5.0 if "uniform" in repair else 50.0))
    line = factory(shop(5, life=life, repair=repair), 100_000.0 if "950" in life else 10_000.0)
    runs = [line.run(index) for index in range(30)]
    found = [np.mean([run.measure("availability", (f"mill_{i}",)) for i in range(5)]) for run in runs]
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert 3.5 * error < 0.01 * exact
    assert abs(np.mean(found) - exact) <= 3.5 * error


def test_availability_at_a_moment(factory):
    """A(t) = mu/(l + mu) + l/(l + mu) exp(-(l + mu) t), l = 1/100, mu = 1/5."""
    line = factory(shop(300, life="{each: {exponential: 100 s}}", repair="{each: {exponential: 5 s}}"), 20.001)
    moments = {1.0: 0.9909802022, 5.0: 0.9690446547, 20.0: 0.9530950275}
    up = {t: 0 for t in moments}
    for index in range(36):
        down, spans = down_counts(line.run(index))
        ends = np.cumsum(spans)
        for t in moments:
            up[t] += 300 - int(down[np.searchsorted(ends, t, side="right")])
    for t, exact in moments.items():
        share = up[t] / 10_800
        assert abs(share - exact) <= 3.5 * math.sqrt(exact * (1.0 - exact) / 10_800)


def test_lives_and_repairs_that_are_drawn_anew_under_way_keep_their_laws(factory):
    """With noise that changes thrice: first failures, and the repairs after them, against their laws."""
    life, repair = {"weibull": [2.5, 20.0]}, {"lognormal": [8.0, 0.5]}
    scenario = factory(shop(300, life=f"{{each: {life}}}", repair=f"{{each: {repair}}}"), 400.0).scenario
    begun, ended, failed = [], [], []
    for index in range(4):
        edits = (Edit(10 * index + i + 1, t=t) for i, t in enumerate((9.0, 16.0, 24.0)))
        draw = scenario.nominal(1, index).edited(*edits)
        setup = Setup(400.0, scenario.resolve(draw).world, draw.noise)
        jobs = simulate(setup).world.log.jobs
        first = [job for job in jobs if job.life == 0]
        assert len(first) == 300
        failed += [job.asked for job in first]
        begun += [job.begun for job in first]
        ended += [job.ended for job in first]
    assert stats.kstest(failed, from_data(life).cdf).pvalue > 1e-3
    assert stats.kstest(np.array(ended) - np.array(begun), from_data(repair).cdf).pvalue > 1e-3
    apart = stats.spearmanr(failed, np.array(ended) - np.array(begun))
    assert abs(apart.statistic) < 3.5 / math.sqrt(len(failed))


def test_age_replacement_costs_what_the_renewal_theorem_says(factory):
    """Weibull(2.5, 1000), cp 1, cf 10, replaced at 354.574: cost rate 0.00475 (Barlow and Hunter 1960)."""
    best, law = 354.574413, from_data({"weibull": [2.5, 1000.0]})
    mean, _ = integrate.quad(law.sf, 0.0, best)
    p = float(law.cdf(best))
    assert (p, (10.0 * p + 1.0 - p) / mean) == (pytest.approx(0.07212960), pytest.approx(0.0047505468))
    line = factory(
        shop(
            50,
            life="{each: {weibull: [2.5, 1000 s]}}",
            repair="0 s",
            extra=f", upkeep: {{at_age: {{age: {best} s, time: 0 s}}}}",
        ),
        20_000.0,
    )
    rates, shares = [], []
    for index in range(30):
        trace = line.run(index)
        failures = sum(one.failures for one in trace.world.components.values())
        services = sum(one.services for one in trace.world.components.values())
        rates.append((10.0 * failures + services) / 50 / 20_000.0)
        shares.append(failures / (failures + services))
    for found, exact, edge in ((rates, (10.0 * p + 1.0 - p) / mean, best / 20_000.0), (shares, p, 0.0)):
        error = np.std(found, ddof=1) / math.sqrt(len(found))
        assert abs(np.mean(found) - exact) <= 3.5 * error + edge * exact  # the last life is cut


def test_an_operating_component_ages_only_while_its_machine_works(factory):
    world = """
sources: [{id: orders, every: 10 s}]
sinks: [{id: done}]
machines: [{id: mill, from: orders, to: done, cycle_time: 4 s}]
components: [{id: part, on: mill, ages: AGES, degrades: {lifetime: 100 s}, repair: {time: 1 s}}]
"""
    operating = factory(world.replace("AGES", "operating"), 1000.0).run()
    calendar = factory(world.replace("AGES", "calendar"), 1000.0).run()
    first = {name: next(one.t for one in trace.occurrences if one.kind == "failed")
             for name, trace in (("operating", operating), ("calendar", calendar))}  # fmt: skip
    assert first == {
        "operating": 260.0,
        "calendar": 100.0,
    }  # 25 cycles of 4 s; at the start of the next, it fails


@pytest.mark.parametrize(
    ("rule", "made", "scrapped"),
    [
        ("resume", [8.0, 16.0], []),  # 5 + 1 + 2, then 3 + 1 + 4 of work and repair
        ("restart", [], []),  # 7 s are never worked in one go before the next failure
        ("scrap", [], [6.0, 12.0]),
    ],
)
def test_what_becomes_of_an_interrupted_part(factory, rule, made, scrapped):
    world = f"""
sources: [{{id: orders}}]
sinks: [{{id: done}}]
machines: [{{id: mill, from: orders, to: done, cycle_time: 7 s, interrupted: {rule}}}]
components: [{{id: part, on: mill, ages: operating, degrades: {{lifetime: 5 s}}, repair: {{time: 1 s}}}}]
"""
    world_after = factory(world, 17.0).run(recorded=True).world
    assert [ended for _, ended, _, _ in world_after.machines["mill"].cycles] == made
    assert [t for _, t in world_after.scrapped] == scrapped


def test_a_crew_takes_the_most_urgent_job_first(factory):
    world = """
sources: [{id: orders}]
sinks: [{id: done}]
machines: [{id: mill, count: 3, from: orders, to: done, cycle_time: 1e9 s}]
components:
  - {id: a, on: mill_0, ages: calendar, degrades: {lifetime: 1 s}, repair: {time: 10 s, crew: men, priority: 5}}
  - {id: b, on: mill_1, ages: calendar, degrades: {lifetime: 2 s}, repair: {time: 10 s, crew: men, priority: 4}}
  - {id: c, on: mill_2, ages: calendar, degrades: {lifetime: 3 s}, repair: {time: 10 s, crew: men, priority: 1}}
crews: [{id: men, size: 1}]
"""
    jobs = factory(world, 40.0).run().world.log.jobs[:3]
    assert {job.component: job.begun for job in jobs} == {"a": 1.0, "b": 21.0, "c": 11.0}


def test_a_repair_waits_for_its_spare_part(factory):
    world = """
sources: [{id: orders}]
sinks: [{id: done}]
machines: [{id: mill, from: orders, to: done, cycle_time: 1e9 s}]
components:
  - {id: a, on: mill, ages: calendar, degrades: {lifetime: 10 s}, repair: {time: 1 s, spare: box}}
spares: [{id: box, stock: 1, reorder_at: 0, lot: 1, lead_time: 50 s}]
"""
    trace = factory(world, 150.0).run()
    # the first takes the last box at 10 s, which orders one for 60 s; the second, at 21 s, waits for that and
    # has one ordered for 71 s, just when the third failure needs it
    assert [(job.asked, job.begun) for job in trace.world.log.jobs[:3]] == [
        (10.0, 10.0),
        (21.0, 60.0),
        (71.0, 71.0),
    ]
    assert [one.t for one in trace.occurrences if one.kind == "out_of_stock"][:2] == [10.0, 60.0]


def test_spares_that_are_ordered_one_by_one_are_a_chain_of_orders(factory):
    """Six machines, two spares (Sherbrooke 2004): k on order, born at min(6, 8 - k)/10, delivered at k/4.

    Who fails takes a spare at once where there is one; with k orders, k - 2 machines or none stand without.
    """
    machines, stock, life, lead = 6, 2, 10.0, 4.0
    delivery = f"{{each: {{exponential: {lead} s}}}}"
    spares = f"spares: [{{id: motors, stock: {stock}, reorder_at: 1, lead_time: {delivery}}}]\n"
    world = shop(machines, life=f"{{each: {{exponential: {life} s}}}}", repair="0 s", more=", spare: motors")
    line = factory(world + spares + "warm_up: 100 s\n", 1100.0)
    p = np.ones(machines + stock + 1)
    for k in range(1, len(p)):
        p[k] = p[k - 1] * min(machines, machines + stock - k + 1) / life * lead / k
    exact = 1.0 - np.dot(p, np.maximum(np.arange(len(p)) - stock, 0)) / p.sum() / machines
    found = [
        np.mean([run.measure("availability", (f"mill_{i}",)) for i in range(machines)])
        for run in map(line.run, range(30))
    ]
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert 3.5 * error < 0.01 * exact
    assert abs(np.mean(found) - exact) <= 3.5 * error
