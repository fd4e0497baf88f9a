"""Intersections: what signals show, who goes first, and how vehicles follow their routes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.domains.driving import layout as c
from sim.domains.driving.maps.curves import along
from sim.domains.driving.maps.intersection import Plan, movement, plan_of
from sim.domains.driving.maps.network import Route
from sim.domains.driving.maps.sweeps import CLEARANCE, conflict
from sim.domains.driving.off_tracking import form_of
from sim.domains.driving.right_of_way import AMBER, GREEN, RED, RED_AMBER, signal_state, time_to_cover
from sim.domains.driving.vehicles import VEHICLES
from sim.errors import RunError
from sim.fields import Chosen
from sim.noise import Noise

ARMS = ("south", "east", "north", "west")
WAYS = [(a, b) for a in ARMS for b in ARMS if a != b]
CAR, BUS = (form_of(VEHICLES[name].row) for name in ("sedan", "bus"))


def route(origin: str, goal: str, before: float | None = None, **more: Any) -> dict[str, Any]:
    return {"from": origin, "to": goal, **({} if before is None else {"before": before}), **more}


def settings_of(*, control: Chosen, lanes: int = 1, left_lane: bool = False) -> dict[str, Any]:
    return {
        "arms": 4, "lanes": lanes, "left_lane": left_lane, "lane_width": 3.25, "corner": 8.0, "sidewalk": 2.5,
        "crosswalks": False, "limit": None, "control": control, "surface": "dry", "friction": None,
    }  # fmt: skip


def signals(left: str = "permissive", shift: float = 0.0, green: float = 25.0) -> Chosen:
    times = {
        "green": green,
        "cross_green": 20.0,
        "left_green": 8.0,
        "amber": 3.0,
        "all_red": 2.0,
        "shift": shift,
    }
    return Chosen("signals", {**times, "left": left})


def routes(plan: Plan) -> list[Route]:
    return [plan.route(a, b, lane) for a, b in WAYS for lane in range(1, plan.lanes + 1)]


@given(
    st.sampled_from(["permissive", "protected"]), st.floats(0.0, 100.0), st.floats(5.0, 60.0), st.integers(1, 3)
)
@settings(max_examples=30, deadline=None)
def test_conflicting_greens_never_show_together(left: str, shift: float, green: float, lanes: int) -> None:
    chosen = settings_of(control=signals(left, shift, green), lanes=lanes, left_lane=left == "protected")
    plan = plan_of(chosen, reach=100.0)
    table = [np.array(row) for row in plan.network(chosen).timetable]
    ways = routes(plan)
    times = np.arange(0.0, table[0][0], 0.25)
    state = [[signal_state(row, float(t)) for t in times] for row in table]
    for a, b in itertools.combinations(ways, 2):
        both = [{x, y} <= {GREEN, AMBER} for x, y in zip(state[a.signal], state[b.signal], strict=True)]
        # of two who swing out to each other, one lets the other pass
        if conflict(a, BUS, b, BUS) is not None and any(both):
            assert a.goes_before(b) or b.goes_before(a), (a.name, b.name)
        if conflict(a, CAR, b, CAR) is None:
            continue
        # a permissive left turn shares its green with oncoming traffic alone, to which it yields
        lefts = [r for r in (a, b) if movement(*r.name.split("/")[0].split(">")) == "left"]
        if left == "permissive" and lefts and a.signal == b.signal:
            assert a.goes_before(b) or b.goes_before(a)
        else:
            assert not any(both), (a.name, b.name)


def test_a_signal_goes_from_green_over_amber_to_red_and_over_red_and_amber_back() -> None:
    row = np.array([60.0, 0.0, 10.0, 30.0, 33.0])
    assert [signal_state(row, t) for t in (5.0, 9.5, 10.0, 29.9, 30.0, 33.0, 59.0, 70.0)] == [
        RED, RED_AMBER, GREEN, GREEN, AMBER, RED, RED, GREEN,
    ]  # fmt: skip


@given(st.floats(0.1, 200.0), st.floats(0.0, 20.0), st.floats(0.1, 4.0), st.floats(1.0, 25.0))
@settings(deadline=None)
def test_the_time_to_cover_a_way_covers_it(way: float, v: float, a: float, fastest: float) -> None:
    t = time_to_cover(way, v, a, fastest)
    top = max(v, fastest)
    spell = min((top - v) / a, t)
    assert v * spell + 0.5 * a * spell * spell + top * (t - spell) == pytest.approx(way, rel=1e-6, abs=1e-6)


def test_left_turns_of_cars_pass_each_other_and_crossing_ways_conflict() -> None:
    plan = plan_of(settings_of(control=Chosen("priority", {"major": "west_east"})), reach=100.0)
    way = {(a, b): plan.route(a, b, 1) for a, b in WAYS}
    left = way["south", "west"]
    assert conflict(left, CAR, way["north", "east"], CAR) is None
    assert conflict(left, BUS, way["north", "east"], BUS) is not None  # their fronts swing out to each other
    assert conflict(way["south", "north"], BUS, way["north", "south"], BUS) is None
    assert conflict(way["south", "east"], BUS, way["west", "north"], CAR) is None
    for other in (("west", "east"), ("east", "west"), ("north", "south"), ("north", "west")):
        assert conflict(left, CAR, way[other], CAR) is not None
    a, b = way["south", "north"], way["west", "east"]
    first, last, *_ = conflict(a, CAR, b, BUS) or (0.0, 0.0)
    middle = a.span[0] + plan.mouth - plan.inner  # where the middles of the two lanes cross
    apart = (CAR[1] + BUS[1]) / 2 + CLEARANCE
    assert first == pytest.approx(middle - apart, abs=0.3)
    assert last == pytest.approx(middle + apart, abs=0.3)


@pytest.mark.parametrize(("origin", "goal"), WAYS)
@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("left_lane", [False, True])
def test_routes_lead_from_lane_to_lane_without_a_gap(
    origin: str, goal: str, lanes: int, left_lane: bool
) -> None:
    chosen = settings_of(control=Chosen("priority", {"major": "west_east"}), lanes=lanes, left_lane=left_lane)
    plan = plan_of(chosen, reach=100.0)
    way = plan.route(origin, goal, lanes)

    for before, after in itertools.pairwise(way.segments):
        assert along(before, before[0])[:2] == pytest.approx(after[1:3], abs=1e-6)
        assert np.cos(along(before, before[0])[2] - after[3]) == pytest.approx(1.0)
        assert before[5] == pytest.approx(after[4])


def test_whoever_turns_takes_the_bend_at_its_comfort_and_keeps_to_its_lane(driving: Any) -> None:
    world = driving.world(
        road={"intersection": {}}, duration=20.0,
        ego={"speed": 12.0, "driver": "idm", "route": route("west", "north", 60.0, cornering=2.0)},
    )  # fmt: skip
    world.clock.run(20.0)
    _, rows = world.history()
    ego, way = rows[:, 0], world.layout.routes[0]
    inside = (ego[:, c.S] > way.span[0]) & (ego[:, c.S] < way.span[1])
    assert inside.any()
    assert np.abs(ego[:, c.D]).max() < 0.35
    assert np.abs(ego[inside, c.AY]).max() < 2.6
    assert ego[-1, c.V] > 8.0
    heading = world.layout.routes[0].segments[-1][3]
    assert heading == pytest.approx(np.pi / 2)


def test_a_red_light_stops_every_driver_that_heeds_it_before_its_line(driving: Any) -> None:
    red = {"intersection": {"control": {"signals": {"green": 60.0, "cross_green": 60.0, "shift": 64.0}}}}
    for kind in ("idm", "human", "acc_aeb", "r157_careful"):
        world = driving.world(
            road=red, duration=12.0, ego={"speed": 14.0, "driver": kind, "route": route("south", "north", 60.0)}
        )
        world.clock.run(12.0)
        state = world.state("ego")
        front = state[c.S] + world.P[0, c.LENGTH] / 2
        assert 0.0 < world.P[0, c.STOP] - front < 2.5, kind
        assert state[c.V] < 0.3
    for more in ({"driver": "constant"}, {"driver": "idm", "rules": "heedless"}):
        way = route("south", "north", 60.0, **({"rules": more["rules"]} if "rules" in more else {}))
        world = driving.world(
            road=red, duration=8.0, ego={"speed": 14.0, "driver": more["driver"], "route": way}
        )
        world.clock.run(8.0)
        assert world.state("ego")[c.V] > 12.0


def test_an_amber_light_is_run_only_by_who_cannot_stop_with_ease(driving: Any) -> None:
    # green ends 1 s after the start; at 14 m/s a stop with 3.5 m/s2 takes 28 m
    amber = {"intersection": {"control": {"signals": {"green": 25.0, "shift": 24.0}}}}
    for before, stops in ((14.0 + 20.0, False), (14.0 + 40.0, True)):
        world = driving.world(
            road=amber,
            duration=9.0,
            ego={"speed": 14.0, "driver": "idm", "route": route("south", "north", before)},
        )
        world.clock.run(9.0)
        assert (world.state("ego")[c.V] < 1.0) == stops


def test_a_driver_follows_whom_it_meets_in_its_exit_lane(driving: Any) -> None:
    world = driving.world(
        road={"intersection": {}}, duration=25.0,
        ego={"speed": 13.0, "driver": "idm", "route": route("west", "east", 120.0)},
        actors=[{"id": "slow", "vehicle": "sedan", "speed": 4.0, "driver": "idm",
                 "route": route("south", "east", -8.0)}],
    )  # fmt: skip
    world.X[1, c.V] = 4.0
    world.commands("slow")[c.V_SET] = 4.0
    world.clock.run(25.0)
    assert world.touching is None
    assert world.blocker("ego") == "slow"
    assert world.speed("ego") == pytest.approx(4.0, abs=0.6)


CARS = st.lists(
    st.tuples(
        st.sampled_from(WAYS), st.floats(6.0, 90.0), st.floats(4.0, 15.0), st.sampled_from(["idm", "human"])
    ),
    min_size=2,
    max_size=8,
)


def scene(cars: Any, control: Any, seed: int) -> dict[str, Any]:
    """Return a world with nobody closer behind another at the start than a comfortable stop allows."""
    taken: dict[str, list[float]] = {}
    items = []
    for k, ((a, b), before, speed, driver) in enumerate(cars):
        if any(abs(before - other) < 30.0 for other in taken.get(a, [])):
            continue
        taken.setdefault(a, []).append(before)
        # from there it can still stop, so that nobody is thrown into the junction at the start
        able = min(speed, np.sqrt(2.0 * 2.5 * before))
        items.append({"id": f"car_{k}", "vehicle": "hatchback", "speed": float(able), "driver": driver,
                      "route": route(a, b, before)})  # fmt: skip
    ego = {**items[0], "vehicle": "sedan"}
    del ego["id"]
    return {
        "road": {"intersection": {"control": control}},
        "ego": ego,
        "actors": items[1:],
        "noise": Noise(seed),
    }


@pytest.mark.parametrize("control", ["priority", {"signals": {"green": 12.0, "cross_green": 12.0}}])
@given(cars=CARS, seed=st.integers(0, 2**20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_touches_where_all_keep_the_rules(driving: Any, control: Any, cars: Any, seed: int) -> None:
    world = driving.world(duration=25.0, dt=0.02, **scene(cars, control, seed))
    world.clock.run(25.0)
    assert world.touching is None


@given(
    before=st.floats(10.0, 60.0), speed=st.floats(5.0, 14.0), other=st.floats(20.0, 120.0),
    fast=st.floats(6.0, 15.0), goal=st.sampled_from(["north", "west", "east"]),
)  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_has_priority_hardly_has_to_brake(
    driving: Any, before: float, speed: float, other: float, fast: float, goal: str
) -> None:
    able = min(speed, float(np.sqrt(2.0 * 3.0 * before)))
    world = driving.world(
        road={"intersection": {}}, duration=20.0, dt=0.02,
        ego={"speed": able, "driver": {"idm": {"desired_speed": 14.0}}, "route": route("south", goal, before)},
        actors=[{"id": "first", "vehicle": "sedan", "speed": fast, "driver": "idm",
                 "route": route("west", "east", other)}],
    )  # fmt: skip
    world.clock.run(20.0)
    _, rows = world.history()
    assert world.touching is None
    assert rows[:, 1, c.A].min() > -2.0


def test_a_route_that_is_not_there_is_told(driving: Any) -> None:
    with pytest.raises(RunError, match=r"ego starts .* m before its route begins"):
        driving.world(road={"intersection": {}}, duration=1.0, ego={"route": route("south", "north", 900.0)})
    with pytest.raises(RunError, match="goes back to the south it comes from"):
        driving.world(road={"intersection": {}}, duration=1.0, ego={"route": route("south", "south")})
    with pytest.raises(RunError, match="no arm north"):
        driving.world(road={"intersection": {"arms": 3}}, duration=1.0, ego={"route": route("south", "north")})


def test_queues_on_one_route_are_the_same_as_on_a_street(driving: Any) -> None:
    """A leader and a follower on the way to a junction far ahead drive to the bit as on a straight road."""
    follower = {"speed": 15.0, "driver": "idm"}
    leader = {"id": "lead", "vehicle": "sedan", "speed": 10.0, "driver": "idm", "ahead": 20.0}
    street = driving.world(
        road={"street": {}}, duration=8.0, ego={**follower, "lane": 1}, actors=[{**leader, "lane": 1}]
    )
    arm = driving.world(
        road={"intersection": {"control": "priority"}}, duration=8.0,
        ego={**follower, "route": route("west", "east", 250.0)},
        actors=[{**leader, "route": route("west", "east")}],
    )  # fmt: skip
    for world in (street, arm):
        world.clock.run(8.0)
    on_street, on_arm = street.history()[1], arm.history()[1]
    assert on_arm[:, :, c.V] == pytest.approx(on_street[:, :, c.V], abs=1e-9)
    gaps = [rows[:, 1, c.S] - rows[:, 0, c.S] for rows in (on_street, on_arm)]
    assert gaps[0] == pytest.approx(gaps[1], abs=1e-8)
