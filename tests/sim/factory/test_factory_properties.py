"""What holds in every line: parts are conserved, states fill the clock, levels are waiting times."""

from collections import Counter

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.domains.factory.states import STATES
from sim.domains.factory.stores import Sink, Source

LAWS = st.sampled_from(
    [
        7.0,
        {"each": {"exponential": "5 s"}},
        {"each": {"uniform": [1.0, 9.0]}},
        {"each": {"lognormal": ["4 s", 0.7]}},
    ]
)


@st.composite
def lines(draw):
    """Return the world of a random line of one to four machines, with everything that may stand in it."""
    n = draw(st.integers(1, 4))
    source = {"id": "orders"} | draw(
        st.sampled_from([{}, {"every": {"each": {"exponential": "6 s"}}, "batch": 2, "capacity": 5}])
    )
    buffers = [
        {"id": f"b{i}", "capacity": draw(st.integers(3, 8)), "initial": draw(st.integers(0, 3))}
        | draw(st.sampled_from([{}, {"transit": 4.0}]))
        for i in range(n - 1)
    ]
    machines, components = [], []
    for i in range(n):
        batch = draw(st.integers(1, 3))
        machine = {
            "id": f"m{i}",
            "from": f"b{i - 1}" if i else "orders",
            "to": f"b{i}" if i < n - 1 else "done",
            "cycle_time": draw(LAWS),
            "batch": batch,
            "blocking": draw(st.sampled_from(["after_service", "before_service"])),
            "interrupted": draw(st.sampled_from(["resume", "restart", "scrap"])),
        }
        machine |= draw(st.sampled_from([{}, {"operators": "men"}, {"shift": "day"}]))
        machine |= draw(st.sampled_from([{}, {"setup": {"time": "3 s", "every": 4}}]))
        machine |= draw(st.sampled_from([{}, {"also_takes": [{"from": "boxes", "parts": 2}]}]))
        machine |= draw(st.sampled_from([{}, {"also_gives": [{"to": "waste", "parts": 1}]}]))
        machine |= draw(st.sampled_from([{}, {"quality": {"defect_rate": 0.2, "severity": "1 mm"}}]))
        machine |= draw(st.sampled_from([{}, {"inspects": {"detects": 0.9, "rejects_to": "waste"}}]))
        machines.append(machine)
        if draw(st.booleans()):
            components.append(
                {
                    "id": f"c{i}",
                    "on": f"m{i}",
                    "ages": draw(st.sampled_from(["operating", "calendar"])),
                    "degrades": {"lifetime": {"each": {"exponential": "40 s"}}},
                    "repair": {"time": {"each": {"exponential": "10 s"}}, "crew": "fitters"},
                }
                | draw(st.sampled_from([{}, {"upkeep": {"at_age": {"age": "30 s", "time": "5 s"}}}]))
            )
    boxes = (
        {"id": "boxes", "every": "4 s", "capacity": 6} if any("also_takes" in one for one in machines) else None
    )
    return {
        "sources": [source, *([boxes] if boxes else [])],
        "buffers": buffers,
        "sinks": [{"id": "done"}, {"id": "waste", "counts": "scrap"}],
        "machines": machines,
        "components": components,
        "crews": [{"id": "fitters", "size": 1}],
        "pools": [{"id": "men", "size": 1}],
        "shifts": [{"id": "day", "hours": "200 s", "breaks": [{"after": "50 s", "lasts": "20 s"}]}],
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=lines(), seed=st.integers(0, 2**32))
def test_every_line_keeps_its_books(factory, world, seed):
    trace = factory(yaml.safe_dump(world, sort_keys=False), 400.0).run(seed=seed, recorded=True)
    run, end = trace.world, trace.end
    assert end == 400.0

    # every part that was born is somewhere, once
    places = Counter()
    places["left"] = sum(store.total for store in run.stores.values() if isinstance(store, Sink))
    places["waits"] = sum(len(store.items) for store in run.stores.values())
    places["held"] = sum(machine.held for machine in run.machines.values())
    places["thrown away"] = len(run.scrapped)
    places["built in"] = sum(len(taken) for machine in run.machines.values() for *_, taken in machine.cycles)
    assert sum(places.values()) == len(run.parts.born)

    for machine in run.machines.values():
        times = [machine.time_in(state, end) for state in range(len(STATES))]
        assert sum(times) == pytest.approx(end)
        assert min(times) >= 0.0
        assert machine.made == len(machine.cycles)

    for store in run.stores.values():
        if isinstance(store, Sink | Source):
            continue
        assert 0 <= len(store.items) <= store.capacity
        assert store.reserved >= 0
        area = store.area + store.level * (end - store.since)
        waits = store.waited + sum(end - came for _, came in store.items)
        assert area == pytest.approx(waits)  # Little (1961)
        assert store.arrived - store.departed == len(store.items)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=lines(), seed=st.integers(0, 2**32))
def test_what_is_recorded_changes_nothing(factory, world, seed):
    line = factory(yaml.safe_dump(world, sort_keys=False), 300.0)
    plain = line.run(seed=seed)
    full = line.run(seed=seed, recorded=True, reads=("level", "wear", "throughput"))
    assert plain.occurrences == full.occurrences
    for name in plain.world.machines:
        assert plain.world.machines[name].totals == full.world.machines[name].totals
        assert plain.world.machines[name].made == full.world.machines[name].made


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=lines(), seed=st.integers(0, 2**32))
def test_the_identity_of_oee_holds_to_the_last_count(factory, world, seed):
    trace = factory(yaml.safe_dump(world, sort_keys=False), 300.0).run(seed=seed, recorded=True)
    (rows,) = trace.truth().tables["oee"]
    product = rows["availability"] * rows["performance"] * rows["quality"]
    assert np.allclose(product, rows["oee"], rtol=1e-12, atol=0.0)
    assert np.allclose(rows["good"] * rows["ideal_cycle"], rows["oee"] * rows["planned"], rtol=1e-12)
    assert np.all(rows["good"] <= rows["made"])
