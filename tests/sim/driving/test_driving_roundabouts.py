"""Roundabouts: where the ways run, who yields, and that nobody touches or leaves the asphalt."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Outline

from sim.domains.driving import layout as c
from sim.domains.driving.maps.curves import along, sampled
from sim.domains.driving.maps.roundabout import Ring, encounter, ring_of
from sim.errors import RunError
from sim.noise import Noise

ARMS = ("south", "east", "north", "west")
WAYS = [(a, b) for a in ARMS for b in ARMS if a != b]
USUAL = {"arms": 4, "lane_width": 3.5, "diameter": 34.0, "ring": 7.0, "corner": 10.0, "island": 2.0,
         "sidewalk": 2.5, "surface": "dry", "friction": None}  # fmt: skip


def plan(**changed: Any) -> Ring:
    return ring_of({**USUAL, **changed}, reach=100.0)


def route(origin: str, goal: str, before: float | None = None, **more: Any) -> dict[str, Any]:
    return {"from": origin, "to": goal, **({} if before is None else {"before": before}), **more}


SIZES = st.tuples(
    st.sampled_from([3, 4]), st.floats(2.75, 4.0), st.floats(30.0, 60.0), st.floats(5.5, 9.0),
    st.floats(6.0, 20.0), st.floats(1.0, 3.0),
)  # fmt: skip


@given(SIZES)
@settings(max_examples=8, deadline=None)
def test_ways_lead_smoothly_round_the_island_on_the_asphalt(sizes: Any) -> None:
    names = ("arms", "lane_width", "diameter", "ring", "corner", "island")
    ring = plan(**dict(zip(names, sizes, strict=True)))
    asphalt, island = Outline(ring.surfaces[0][2]), ring.outer - ring.ring
    for origin, goal in ((a, b) for a, b in WAYS if a in ring.arms and b in ring.arms):
        way = ring.route(origin, goal, 1)
        assert way.segments[0][1:3] == pytest.approx(ring.place(origin, 100.0, ring.across)[:2])
        for before, after in itertools.pairwise(way.segments):
            assert along(before, before[0])[:2] == pytest.approx(after[1:3], abs=1e-6)
            assert math.cos(along(before, before[0])[2] - after[3]) == pytest.approx(1.0)
            assert before[5] == pytest.approx(after[4], abs=1e-9)
        assert along(way.segments[-1], way.segments[-1][0])[2] == pytest.approx(way.segments[-1][3])
        _, places = sampled(way.line, *way.span, 0.5)
        for x, y, heading in places:
            for d in (-1.0, 1.0):  # of a car and what its driver strays
                at = (x - d * math.sin(heading), y + d * math.cos(heading))
                inside = asphalt.contains_point(at)
                on_arm = max(abs(at[0]), abs(at[1])) > ring.mouth - 0.01
                assert inside or on_arm, (origin, goal, at)
                assert math.hypot(*at) > island
        assert way.sharpest < 0.25  # a car turns at 0.2/m; trucks take longer


def test_who_enters_yields_to_those_who_pass_before_it_and_to_nobody_else() -> None:
    ring = plan()
    own = ring.route("south", "north", 1)
    expected = {("west", "south"): False, ("west", "east"): True, ("west", "north"): True,
                ("north", "east"): True, ("north", "south"): False, ("north", "west"): False,
                ("east", "south"): False, ("east", "north"): False, ("east", "west"): False,
                ("south", "east"): False}  # fmt: skip
    for (a, b), yields in expected.items():
        other = ring.route(a, b, 1)
        found = encounter(ring, own, other)
        assert (found is not None) == yields, (a, b)
        if found is not None:
            here, there = (
                sampled(own.line, found[1], found[1] + 0.01, 1.0)[1],
                sampled(other.line, found[3], found[3] + 0.01, 1.0)[1],
            )
            assert here[0] == pytest.approx(there[0], abs=1e-6)


def test_a_circulating_car_goes_on_and_an_entering_one_waits_for_it(driving: Any) -> None:
    world = driving.world(
        road={"roundabout": {}}, duration=14.0,
        ego={"speed": 8.0, "driver": "idm", "route": route("south", "north", 30.0)},
        actors=[{"id": "first", "vehicle": "sedan", "speed": 8.0, "driver": "idm",
                 "route": route("west", "east", 12.0)}],
    )  # fmt: skip
    world.clock.run(14.0)
    _, rows = world.history()
    assert world.touching is None
    stop, length = world.P[0, c.STOP], world.P[0, c.LENGTH]
    entered = np.argmax(rows[:, 0, c.S] + length / 2 > stop)
    assert entered > 0
    passed = encounter(world.layout.ring, *world.layout.routes)[3]
    assert rows[entered, 1, c.S] > passed - 6.0  # the other is about to leave the place
    assert rows[:, 1, c.A].min() > -2.6  # and braked for its bends alone
    assert rows[-1, 0, c.V] > 5.0


def test_four_who_arrive_together_do_not_wait_for_ever(driving: Any) -> None:
    names = dict(zip(ARMS, ("ego", "b", "c", "d"), strict=True))
    items = [{"id": names[arm], "vehicle": "hatchback", "speed": 8.0, "driver": "idm",
              "route": route(arm, ARMS[(k + 2) % 4], 25.0)} for k, arm in enumerate(ARMS)]  # fmt: skip
    ego = {key: value for key, value in items[0].items() if key != "id"}
    world = driving.world(road={"roundabout": {}}, duration=25.0, ego=ego, actors=items[1:])
    world.clock.run(25.0)
    assert world.touching is None
    for name in names.values():
        row = world.index[name]
        assert world.X[row, c.S] > world.layout.routes[row].span[1], name


CARS = st.lists(
    st.tuples(
        st.sampled_from(WAYS), st.floats(6.0, 90.0), st.floats(4.0, 14.0), st.sampled_from(["idm", "human"])
    ),
    min_size=2,
    max_size=9,
)


@pytest.mark.parametrize("arms", [3, 4])
@given(cars=CARS, seed=st.integers(0, 2**20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_touches_or_leaves_its_lane_where_all_keep_the_rules(
    driving: Any, arms: int, cars: Any, seed: int
) -> None:
    items: list[dict[str, Any]] = []
    taken: dict[str, list[float]] = {}
    for k, ((a, b), before, speed, driver) in enumerate(cars):
        if (arms == 3 and "north" in (a, b)) or any(abs(before - one) < 30.0 for one in taken.get(a, [])):
            continue
        taken.setdefault(a, []).append(before)
        able = min(speed, math.sqrt(2.0 * 2.5 * before))
        items.append({"id": f"car_{k}", "vehicle": "hatchback", "speed": able, "driver": driver,
                      "route": route(a, b, before)})  # fmt: skip
    if not items:
        return
    ego = {key: value for key, value in items[0].items() if key != "id"}
    world = driving.world(
        road={"roundabout": {"arms": arms}},
        duration=25.0,
        dt=0.02,
        ego=ego,
        actors=items[1:],
        noise=Noise(seed),
    )
    world.clock.run(25.0)
    assert world.touching is None
    _, rows = world.history()
    aside = np.abs(rows[:, :, c.D]).max(axis=0)
    exact = [item["driver"] == "idm" for item in items]
    assert np.all(aside[exact] < 0.4)
    assert np.all(aside < 1.75)  # who wanders has its middle in its lane


@given(before=st.floats(8.0, 50.0), speed=st.floats(4.0, 12.0), other=st.floats(5.0, 60.0),
       fast=st.floats(5.0, 12.0),
       ways=st.sampled_from([(("south", "north"), ("west", "east")), (("south", "east"), ("north", "east")),
                             (("east", "west"), ("south", "west"))]))  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_goes_round_hardly_has_to_brake_for_who_enters(
    driving: Any, before: float, speed: float, other: float, fast: float, ways: Any
) -> None:
    own, theirs = ways
    first = {"id": "first", "vehicle": "sedan", "speed": min(fast, math.sqrt(3.0 * other)), "driver": "idm",
             "route": route(*theirs, other)}  # fmt: skip
    ego = {"speed": min(speed, math.sqrt(3.0 * before)), "driver": "idm", "route": route(*own, before)}
    both = driving.world(road={"roundabout": {}}, duration=18.0, dt=0.02, ego=ego, actors=[first])
    away = {**ego, "route": route(*own, 290.0)}
    alone = driving.world(road={"roundabout": {}}, duration=18.0, dt=0.02, ego=away, actors=[first])
    for world in (both, alone):
        world.clock.run(18.0)
    assert both.touching is None
    inside = both.history()[1][:, 1, c.S] > both.P[1, c.STOP]
    harder = both.history()[1][inside, 1, c.A].min() - min(alone.history()[1][:, 1, c.A].min(), 0.0)
    assert harder > -1.5


def test_only_who_heeds_the_rules_lets_the_other_pass_first(driving: Any) -> None:
    first = {}
    for rules in ("keeps", "heedless"):
        world = driving.world(
            road={"roundabout": {}}, duration=12.0,
            ego={"speed": 6.0, "driver": "constant", "route": route("west", "east", 8.0)},
            actors=[{"id": "entering", "vehicle": "van", "speed": 6.0, "driver": "idm",
                     "route": route("south", "north", 14.0, rules=rules)}],
        )  # fmt: skip
        world.clock.run(12.0)
        place = encounter(world.layout.ring, *reversed(world.layout.routes))
        assert place is not None
        _, rows = world.history()
        first[rules] = np.argmax(rows[:, 0, c.S] > place[3]) < np.argmax(rows[:, 1, c.S] > place[1])
        if rules == "keeps":
            assert world.touching is None
    assert first == {"keeps": True, "heedless": False}


def test_a_way_that_is_not_there_is_told(driving: Any) -> None:
    with pytest.raises(RunError, match="no arm north"):
        driving.world(road={"roundabout": {"arms": 3}}, duration=1.0, ego={"route": route("south", "north")})
    with pytest.raises(RunError, match="lane 2 is not there"):
        driving.world(road={"roundabout": {}}, duration=1.0, ego={"route": route("south", "north"), "lane": 2})
