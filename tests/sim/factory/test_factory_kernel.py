"""The compiled event kernel does what SimPy does: the same events at the same moments, bit for bit."""

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.domains.base import Setup
from sim.domains.factory.kernel_tables import is_plain
from sim.domains.factory.kernel_world import run_compiled
from sim.domains.factory.world import World
from sim.episode import record, score
from sim.noise import Edit

LAWS = st.sampled_from(
    [
        7.0,
        5.0,
        {"each": {"exponential": "5 s"}},
        {"each": {"uniform": [1.0, 9.0]}},
        {"each": {"lognormal": ["4 s", 0.7]}},
        {"each": {"weibull": [2.0, "6 s"]}},
        {"each": {"normal": ["5 s", "2 s"]}},
        {"each": {"gamma": [2.0, "3 s"]}},
        {"each": {"geometric": 0.2}},
        {"each": {"mixture": [[0.5, 0.5], [{"exponential": "2 s"}, 9.0]]}},
    ]
)
LIVES = st.sampled_from(
    [
        40.0,
        {"each": {"exponential": "40 s"}},
        {"each": {"weibull": [2.5, "50 s"]}},
        {"each": {"lognormal": ["30 s", 0.5]}},
        {"each": {"uniform": [10.0, 60.0]}},
        {"each": {"geometric": 0.03, "plus": -1}},
    ]
)


REPAIRS = st.sampled_from(
    [
        10.0,
        {"each": {"exponential": "10 s"}},
        {"each": {"lognormal": ["8 s", 0.6]}},
        {"each": {"uniform": [2.0, 12.0]}},
        {"each": {"gamma": [2.0, "4 s"]}},
        {"each": {"geometric": 0.1}},
    ]
)


@st.composite
def components(draw, machines):
    """Return what fails in the machines: none to two components each."""
    found = []
    for machine in machines:
        for number in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
            repair = {"time": draw(REPAIRS)}
            repair |= draw(st.sampled_from([{}, {"crew": "fitters"}, {"crew": "fitters", "priority": 2}]))
            repair |= draw(st.sampled_from([{}, {"restores": 0.5}]))
            found.append(
                {
                    "id": f"c{number}_{machine}",
                    "on": machine,
                    "ages": draw(st.sampled_from(["operating", "calendar"])),
                    "degrades": {"lifetime": draw(LIVES)},
                    "repair": repair,
                    "stops": draw(st.sampled_from([True, True, False])),
                }
                | draw(st.sampled_from([{}, {"initial_age": "25 s"}]))
                | draw(st.sampled_from([{}, {}, {"upkeep": {"at_age": {"age": "30 s", "time": "5 s"}}}]))
            )
    return found


@st.composite
def lines(draw):
    """Return the world of a random plain line: stages of one to three machines between buffers."""
    n = draw(st.integers(1, 4))
    source = {"id": "orders"} | draw(
        st.sampled_from(
            [
                {},
                {"every": {"each": {"exponential": "4 s"}}, "batch": 2, "capacity": 5},
                {"every": 5.0, "capacity": 1000},
                {"every": 3.0, "batch": 4, "capacity": 500},
            ]
        )
    )
    buffers = []
    for i in range(n - 1):
        capacity = draw(st.sampled_from([0, 1, 2, 5, 5000]))  # without a bound, too slow a line is refused
        initial = draw(st.integers(0, min(capacity, 5)))
        buffers.append({"id": f"b{i}", "initial": initial, "capacity": capacity})
    machines = []
    for i in range(n):
        for k in range(draw(st.sampled_from([1, 1, 2, 3]))):
            machines.append(
                {
                    "id": f"m{i}_{k}",
                    "from": f"b{i - 1}" if i else "orders",
                    "to": f"b{i}" if i < n - 1 else "done",
                    "cycle_time": draw(LAWS),
                    "blocking": draw(st.sampled_from(["after_service", "before_service", "repetitive"])),
                    "interrupted": draw(st.sampled_from(["resume", "restart", "scrap"])),
                }
            )
    return {
        "sources": [source],
        "buffers": buffers,
        "sinks": [{"id": "done"}],
        "machines": draw(st.permutations(machines)),
        "components": draw(components([one["id"] for one in machines])),
        "crews": [{"id": "fitters", "size": draw(st.integers(1, 2))}],
        "warm_up": draw(st.sampled_from([0.0, 50.0])),
    }


EDITS = st.lists(
    st.builds(
        Edit,
        key=st.integers(1, 2**63),
        entity=st.sampled_from([None, "m0_0", "orders", "c0_m0_0"]),
        t=st.sampled_from([0.0, 35.0, 120.0]),
        beta=st.sampled_from([1.0, 1.0, 0.4]),
    ),
    max_size=3,
)


def twins(factory, world, duration, seed, edits=(), **more):
    """Return a world run by SimPy and one run by the kernel."""
    scenario = factory(yaml.safe_dump(world, sort_keys=False), duration).scenario
    draw = scenario.nominal(seed, 0).edited(*edits)
    setup = Setup(
        duration=duration,
        world=scenario.resolve(draw).world,
        noise=draw.noise,
        reads=frozenset(("level", "output", "working")),
        **more,
    )
    by_simpy, compiled = World(setup), World(setup)
    for machine in by_simpy.machines.values():
        machine.cycles = []
    for machine in compiled.machines.values():
        machine.cycles = []
    assert is_plain(compiled)
    by_simpy.run()
    run_compiled(compiled, is_complete=True)
    return by_simpy, compiled


def stands_as(one, other):
    """Return whether two worlds stand alike to the last bit, with the same past."""
    assert one.log.occurrences == other.log.occurrences
    assert str(one.log.jobs) == str(other.log.jobs)  # told as text, for NaN is not itself
    assert one.parts.born == other.parts.born
    assert one.scrapped == other.scrapped
    assert one.agenda.now == other.agenda.now
    assert one.since == other.since
    for name, machine in one.machines.items():
        twin = other.machines[name]
        for fact in ("state", "since", "totals", "made", "halts", "trail", "cycles", "held"):
            assert getattr(machine, fact) == getattr(twin, fact), (name, fact)
    for name, store in one.stores.items():
        for fact in ("items", "reserved", "arrived", "departed", "area", "waited", "since", "level", "trail"):
            assert getattr(store, fact) == getattr(other.stores[name], fact), (name, fact)
    for name, arrivals in one.arrivals.items():
        assert (arrivals.came, arrivals.lost) == (other.arrivals[name].came, other.arrivals[name].lost)
    for name, component in one.components.items():
        for fact in ("failures", "services", "life", "is_failed", "is_busy"):
            assert getattr(component, fact) == getattr(other.components[name], fact), (name, fact)
    return True


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=lines(), seed=st.integers(0, 2**32), edits=EDITS)
def test_every_plain_line_has_the_same_log_either_way(factory, world, seed, edits):
    assert stands_as(*twins(factory, world, 300.0, seed, edits))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=lines(), seed=st.integers(0, 2**32), share=st.floats(0.1, 0.9))
def test_a_run_that_is_stopped_is_the_beginning_of_the_whole(factory, world, seed, share):
    whole, _ = twins(factory, world, 300.0, seed)
    moments = [one.t for one in whole.log.occurrences] or [150.0]
    stop_at = moments[int(share * len(moments))]
    assert stands_as(*twins(factory, world, 300.0, seed, stop_at=stop_at))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=lines(), seed=st.integers(0, 2**32), edits=EDITS)
def test_what_is_scored_by_the_kernel_is_recorded_by_simpy_with_the_same_outcome(factory, world, seed, edits):
    """Bit for bit, running maxima and measures included."""
    events = """
event:
  full: "eventually(waiting >= 4) or availability(m0_0) < 0.5"
  stopped: "eventually(line_stopped_for > 60 s) or eventually(idle_for(m0_0) > 50 s)"
  down: "eventually(machines_down >= 1) and longest_down(m0_0) > 5 s and mean_wait(done) > 1 s"
modes:
  busy: "made(m0_0) > 20 and rate(done) > 0.1 Hz"
"""
    scenario = factory(yaml.safe_dump(world, sort_keys=False), 300.0, events).scenario
    draw = scenario.nominal(seed, 0).edited(*edits)
    assert score(scenario, draw) == record(scenario, draw).outcome
