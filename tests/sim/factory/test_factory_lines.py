"""Lines against closed forms: two machines and a buffer, with and without failures, blocking in every way."""

import numpy as np
import pytest

from sim.domains.factory.states import BLOCKED, STARVED


def two_machines(
    first: str,
    second: str,
    places: int,
    *,
    blocking: str = "after_service",
    components: str = "",
    more: str = "",
) -> str:
    return f"""
sources: [{{id: orders}}]
sinks: [{{id: done}}]
buffers: [{{id: between, capacity: {places}}}]
machines:
  - {{id: m1, from: orders, to: between, cycle_time: {{each: {first}}}, blocking: {blocking}}}
  - {{id: m2, from: between, to: done, cycle_time: {{each: {second}}}}}
{components}
warm_up: 500 s
{more}
"""


def failing(p: str, r: str) -> str:
    return "components:\n" + "\n".join(
        f"  - {{id: c{i}, on: m{i}, ages: operating, degrades: {{lifetime: {{each: {p}}}}}, "
        f"repair: {{time: {{each: {r}}}}}}}"
        for i in (1, 2)
    )


@pytest.mark.parametrize(
    ("rates", "places", "exact"),
    [
        ((1.0, 1.0), 0, 0.6666666667),
        ((1.0, 1.0), 1, 0.75),
        ((1.0, 1.0), 5, 0.875),
        ((1.0, 1.0), 10, 0.9230769231),
        ((1.0, 1.2), 5, 0.9393905776),
        ((1.0, 0.8), 5, 0.7596811950),
    ],
)
def test_exponential_machines_that_block_after_service(factory, rates, places, exact):
    """States 0 … places + 2: mu2 (1 - (1 - r)/(1 - r^(places + 3))), r = mu1/mu2 (Hunt 1956)."""
    first, second = (f"{{exponential: {1.0 / rate} s}}" for rate in rates)
    line = factory(two_machines(first, second, places), 6500.0)
    assert line.estimates({"rate": ("done",)}, 40)["rate"].agrees_with(exact)


@pytest.mark.parametrize(("chance", "places", "exact"), [(0.9, 1, 0.8181818182), (0.9, 2, 0.8571428571)])
def test_bernoulli_machines_repeat_a_cycle_whose_part_finds_no_place(factory, chance, places, exact):
    """PR = p2 (1 - Q), Q = (1 - p)/(N + 1 - p); the second machine holds one of the N (Li and Meerkov 2009)."""
    law = f"{{geometric: {chance}}}"
    line = factory(two_machines(law, law, places - 1, blocking="repetitive"), 6500.0)
    assert line.estimates({"rate": ("done",)}, 40)["rate"].agrees_with(exact)


@pytest.mark.parametrize(
    ("places", "exact"), [(4, 0.8409361365), pytest.param(10, 0.8561749307, marks=pytest.mark.slow)]
)
def test_deterministic_machines_with_geometric_failures(factory, places, exact):
    """Buzacott's line in the convention of Gershwin and Schick (1983): failures only while working."""
    components = failing("{geometric: 0.01}", "{geometric: 0.1}")
    line = factory(
        two_machines(
            "{constant: 1}", "{constant: 1}", places - 1, blocking="before_service", components=components
        ),
        10500.0,
    )
    found = line.estimates({"rate": ("done",)}, 30)["rate"]
    assert found.agrees_with(exact, within=0.03)


@pytest.mark.parametrize(
    ("places", "exact", "waits"),
    [
        (4, 0.6953862230, 0.23507515),
        pytest.param(10, 0.7859211403, 0.13548675, marks=pytest.mark.slow),
    ],
)
def test_exponential_machines_that_fail_while_they_work(factory, places, exact, waits):
    """Gershwin and Berman (1981)."""
    components = failing("{exponential: 100 s}", "{exponential: 10 s}")
    line = factory(
        two_machines(
            "{exponential: 1 s}",
            "{exponential: 1 s}",
            places - 1,
            blocking="before_service",
            components=components,
        ),
        10500.0,
    )
    found = line.estimates({"rate": ("done",), "starved": ("m2",), "blocked": ("m1",)}, 30)
    assert found["rate"].agrees_with(exact, within=0.03)
    assert found["starved"].agrees_with(waits, within=0.12)
    assert found["blocked"].agrees_with(waits, within=0.12)


def test_failures_by_the_clock_give_another_rate_than_failures_while_working(factory):
    components = failing("{exponential: 100 s}", "{exponential: 10 s}")
    lines = [
        factory(
            two_machines(
                "{exponential: 1 s}", "{exponential: 1 s}", 3, blocking="before_service", components=one
            ),
            10500.0,
        ).estimates({"rate": ("done",)}, 10)["rate"]
        for one in (components, components.replace("operating", "calendar"))
    ]
    less = lines[0].values - lines[1].values  # with the same noise
    assert less.mean() > 5.0 * less.std(ddof=1) / np.sqrt(len(less))


def test_a_deterministic_line_makes_a_part_a_cycle(factory):
    line = factory(two_machines("{constant: 2}", "{constant: 2}", 3).replace("500 s", "0 s"), 1000.0)
    trace = line.run()
    assert (
        trace.measure("made", ("m2",)) == 498
    )  # the first two seconds fill the line, the last part is due at the end
    assert trace.world.machines["m1"].time_in(BLOCKED, trace.end) == 0.0
    assert trace.world.machines["m2"].time_in(STARVED, trace.end) == 2.0


def test_the_rows_of_one_machine_do_not_move_when_another_is_added(factory):
    """Noise has addresses: a third machine behind an infinite buffer changes nothing before it."""
    base = two_machines("{exponential: 1 s}", "{exponential: 1.5 s}", 5)
    longer = (
        base.replace("m2, from: between, to: done", "m2, from: between, to: last")
        .replace("capacity: 5}]", "capacity: 5}, {id: last}]")
        .replace("warm_up", "  - {id: m3, from: last, to: done, cycle_time: 1 s}\nwarm_up")
    )
    short, long = factory(base).run(recorded=True), factory(longer).run(recorded=True)
    for name in ("m1", "m2"):
        assert short.world.machines[name].cycles == long.world.machines[name].cycles
    assert np.array_equal(short.world.machines["m2"].trail[0], long.world.machines["m2"].trail[0])
