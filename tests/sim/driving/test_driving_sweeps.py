"""What vehicles sweep over in bends: closed forms, what driven ones do, and the room that is left for them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.domains.driving import layout as c
from sim.domains.driving.maps.curves import chained
from sim.domains.driving.maps.intersection import plan_of
from sim.domains.driving.maps.network import Route
from sim.domains.driving.maps.sweeps import CLEARANCE, conflict, set_back, swept
from sim.domains.driving.off_tracking import form_of, steady_sweep
from sim.domains.driving.roads import pose_at, project
from sim.domains.driving.vehicles import VEHICLES
from sim.fields import Chosen

FORMS = {name: form_of(VEHICLES[name].row) for name in ("sedan", "van", "truck", "bus")}
CROSSROADS = {
    "arms": 4, "lanes": 1, "left_lane": False, "lane_width": 3.25, "corner": 8.0, "sidewalk": 2.5,
    "crosswalks": False, "control": Chosen("priority", {"major": "west_east"}), "surface": "dry",
    "friction": None,
}  # fmt: skip


def on_circle(radius: float) -> Route:
    """Return a route of straights and three quarters of a circle, which count as its junction."""
    round_ = 1.5 * math.pi * radius
    bend = chained((0.0, 0.0, 0.0), [(40.0, 0.0, 0.0), (round_, 1 / radius, 1 / radius), (40.0, 0.0, 0.0)])
    return Route("r", "a", "b", bend, stop=40.0, span=(40.0, 40.0 + round_))


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("radius", [8.0, 15.0, 60.0])
def test_round_a_circle_a_body_sweeps_what_the_closed_form_says(name: str, radius: float) -> None:
    found = swept(on_circle(radius), FORMS[name])
    inner, outer = steady_sweep(FORMS[name], radius)
    begin, end = on_circle(radius).span
    # once the rear axle has come to its circle, and before the front turns out of it
    settled = found.reach[(found.ways > begin + 0.45 * (end - begin)) & (found.ways < end - 10.0)]
    assert settled[:, 0].max() == pytest.approx(outer, abs=0.02)
    assert settled[:, 1].max() == pytest.approx(inner, abs=0.02)


def test_the_swept_ring_is_that_of_the_turning_circle_regulation() -> None:
    """A bus of 12 m whose outermost point goes round on 12.5 m must stay outside 5.3 m (Directive 97/27/EC)."""
    form = FORMS["bus"]
    low, high = 4.0, 12.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if middle + steady_sweep(form, middle)[1] < 12.5 else (low, middle)
    assert high - steady_sweep(form, high)[0] > 5.3


@pytest.mark.parametrize("name", ["sedan", "truck", "bus"])
@pytest.mark.parametrize("goal", ["south", "north"])
def test_a_vehicle_that_turns_stays_within_the_strip_told(driving: Any, name: str, goal: str) -> None:
    way = {"from": "west", "to": goal, "before": 30.0}
    world = driving.world(
        road={"intersection": {}},
        duration=20.0,
        ego={"vehicle": name, "speed": 6.0, "driver": "idm", "route": way},
    )
    world.clock.run(20.0)
    route = world.layout.routes[0]
    strip, rows = swept(route, FORMS[name]), world.history()[1][:, 0]
    for row in rows[(np.abs(rows[:, c.S] - sum(route.span) / 2) < 12.0)][::5]:
        px, py, heading = pose_at(route.line, row[c.S], row[c.D])
        co, si = math.cos(heading + row[c.E]), math.sin(heading + row[c.E])
        for x, y in world.corners[0]:
            s, d = project(route.line, px + x * co - y * si, py + x * si + y * co, row[c.S] + x)
            k = int(np.argmin(np.abs(strip.ways - s)))
            assert -strip.reach[k, 0] - CLEARANCE / 2 < d < strip.reach[k, 1] + CLEARANCE / 2
    assert np.abs(rows[:, c.D]).max() < 0.2


def test_who_waits_stands_back_for_a_bus_that_turns_in_beside_it(driving: Any) -> None:
    plan = plan_of(CROSSROADS, reach=100.0)
    waits, turns = plan.route("south", "north", 1), plan.route("west", "south", 1)
    assert set_back(waits, FORMS["sedan"], turns, FORMS["sedan"]) == 0.0
    back = set_back(waits, FORMS["sedan"], turns, FORMS["bus"])
    assert 3.0 < back < 8.0
    world = driving.world(
        road={"intersection": {}}, duration=14.0,
        ego={"speed": 10.0, "driver": "idm", "route": {"from": "south", "to": "north", "before": 45.0}},
        actors=[{"id": "bus", "vehicle": "bus", "speed": 7.0, "driver": "idm",
                 "route": {"from": "west", "to": "south", "before": 40.0}}],
    )  # fmt: skip
    assert world.P[0, c.BACK] == pytest.approx(back)
    world.clock.run(14.0)
    assert world.touching is None
    rows = world.history()[1][:, 0]
    standing = rows[rows[:, c.V] < 0.1]
    assert len(standing) > 0
    assert standing[:, c.S].max() + 0.5 * world.P[0, c.LENGTH] < world.P[0, c.STOP] - back


def test_conflicts_are_the_same_from_either_side() -> None:
    plan = plan_of(CROSSROADS, reach=100.0)
    a, b = plan.route("south", "west", 1), plan.route("east", "west", 1)
    one, two = conflict(a, FORMS["bus"], b, FORMS["van"]), conflict(b, FORMS["van"], a, FORMS["bus"])
    assert one is not None
    assert two is not None
    assert (*one[2:], *one[:2]) == two


@pytest.mark.parametrize("name", ["hatchback", "truck", "bus"])
@pytest.mark.parametrize(("speed", "most"), [(15.0, 0.05), (28.0, 0.15), (33.0, 0.25)])
def test_fast_bends_are_followed_within_decimetres(driving: Any, name: str, speed: float, most: float) -> None:
    bend = 2.0 / speed**2  # with 2 m/s2 to the side
    ramps = [{"clothoid": {"length": 60.0, "to": to}} for to in (bend, 0.0)]
    course = [{"line": 20.0}, ramps[0], {"arc": {"length": 80.0, "curvature": bend}}, ramps[1]]
    lasts = 300.0 / speed
    world = driving.world(
        road={"highway": {"alignment": course}}, duration=lasts,
        ego={"vehicle": name, "lane": 1, "speed": speed, "driver": {"idm": {"desired_speed": speed}}},
    )  # fmt: skip
    world.clock.run(lasts)
    rows = world.history()[1][:, 0]
    assert np.abs(rows[:, c.D] - rows[0, c.D]).max() < most
