"""MOBIL: it changes where its formula says, never unsafely, and nobody touches in random traffic."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.domains.driving.control import idm_acceleration
from sim.domains.driving.small_bodies import TWO_WHEELERS
from sim.domains.driving.vehicles import VEHICLES
from sim.noise import Noise

DESIRED, HEADWAY, STANDSTILL, A, B = 33.0, 1.5, 2.0, 1.4, 2.0
LENGTH = 4.71  # of a sedan


def idm(speed, gap, closing, desired=DESIRED):
    wish = STANDSTILL + max(0.0, speed * HEADWAY + speed * closing / (2.0 * math.sqrt(A * B)))
    return A * (1.0 - (speed / desired) ** 4 - (wish / gap) ** 2)


def car(name, lane, ahead, speed, **settings):
    place = {"ahead": ahead} if ahead >= 0.0 else {"behind": -ahead}
    driver = {"mobil": {"desired_speed": DESIRED, **settings}} if settings else "constant"
    return {"id": name, "vehicle": "sedan", "lane": lane, "speed": speed, "driver": driver, **place}


def changes(trace, name="ego"):
    return [o.t for o in trace.occurrences if o.kind == "manoeuvre" and o.fields["actor"] == name]


@pytest.mark.parametrize("follower_gap", [8.0, 14.0, 20.0, 28.0, 40.0])
@pytest.mark.parametrize("politeness", [0.0, 0.5])
def test_one_decision_is_the_formula(driving, follower_gap, politeness):
    v, lead_gap, left_gap, fast = 25.0, 25.0, 90.0, 28.0
    ego = {"vehicle": "sedan", "lane": 1, "speed": v, "driver": {"mobil": {
        "desired_speed": DESIRED, "politeness": politeness, "period": 0.05, "right_bias": 0.0}}}  # fmt: skip
    others = [
        car("slow", 1, lead_gap, v - 5.0),
        car("far", 2, left_gap, fast),
        {**car("behind", 2, -follower_gap, fast), "driver": {"idm": {"desired_speed": DESIRED}}},
    ]
    world = {"road": {"highway": {"lanes": 2}}, "ego": ego, "actors": others}
    own = idm(v, left_gap, v - fast) - idm(v, lead_gap, 5.0)
    imposed = idm(fast, follower_gap, fast - v)
    before = idm(fast, follower_gap + LENGTH + left_gap, 0.0)
    wants = imposed >= -4.0 and own + politeness * (imposed - before) > 0.1
    assert bool(changes(driving.run(duration=0.06, **world))) == wants


def test_it_passes_a_slow_car_and_returns_to_the_right(driving):
    ego = {"vehicle": "sedan", "lane": 1, "speed": 30.0, "driver": {"mobil": {"desired_speed": DESIRED}}}
    trace = driving.run(duration=40.0, road={"highway": {"lanes": 2}}, ego=ego,
                        actors=[car("slow", 1, 60.0, 22.0)])  # fmt: skip
    lanes = trace.signal("lane", ("ego",))
    assert lanes[0] == lanes[-1] == 1.0
    assert lanes.max() == 2.0
    assert trace.signal("gap", ("ego", "slow"))[-1] > 50.0
    assert len(changes(trace)) == 2


def test_on_a_street_nobody_changes_into_oncoming_traffic(driving):
    ego = {"vehicle": "sedan", "lane": 1, "speed": 15.0, "driver": {"mobil": {"desired_speed": 15.0}}}
    trace = driving.run(duration=15.0, road={"street": {}}, ego=ego, actors=[car("slow", 1, 30.0, 5.0)])
    assert changes(trace) == []
    assert trace.signal("lane", ("ego",)).max() == 1.0


@pytest.mark.parametrize("seed", range(12))
def test_no_change_asks_for_more_than_the_safe_deceleration_and_nobody_touches(driving, seed):
    rng = np.random.default_rng(seed)
    actors = []
    for lane in (1, 2, 3):
        place = float(rng.uniform(5.0, 25.0)) if lane == 2 else float(rng.uniform(-20.0, 0.0))
        for k in range(6):
            speed = float(rng.uniform(20.0, 33.0))
            wish = float(rng.uniform(22.0, 38.0))
            one = car(f"c{lane}{k}", lane, place, speed, politeness=float(rng.uniform(0.0, 0.6)))
            one["driver"]["mobil"]["desired_speed"] = wish
            one["vehicle"] = str(rng.choice(["sedan", "van", "motorcycle", "truck"]))
            actors.append(one)
            place += float(rng.uniform(45.0, 80.0))
    ego = {"vehicle": "sedan", "lane": 2, "speed": 26.0, "driver": {"mobil": {"desired_speed": 34.0}}}
    trace = driving.run(duration=40.0, noise=Noise(seed), dt=0.02, ego=ego, actors=actors)
    assert trace.times[-1] == pytest.approx(40.0)
    assert not [o for o in trace.occurrences if o.kind == "contact"]
    moved = [(o.t, str(o.fields["actor"])) for o in trace.occurrences if o.kind == "manoeuvre"]
    assert moved
    wishes = {"ego": 34.0, **{one["id"]: one["driver"]["mobil"]["desired_speed"] for one in actors}}
    classes = {**VEHICLES, **TWO_WHEELERS}
    sizes = {"ego": classes["sedan"].size} | {one["id"]: classes[one["vehicle"]].size for one in actors}
    starts = {"ego": 0.0} | {one["id"]: _start(one, sizes[one["id"]][0]) for one in actors}
    for t, name in moved:
        assert _imposed(trace, t, name, starts, sizes, wishes) >= -4.0 - 0.05


def _start(one, length):
    """Return the way of a car's middle ahead of the ego's at the start."""
    half = 0.5 * (length + LENGTH)
    return one["ahead"] + half if "ahead" in one else -one["behind"] - half


def _imposed(trace, t, name, starts, sizes, wishes):
    """Return the IDM acceleration of who is next behind in the lane that `name` begins to move to at t."""
    now = int(np.searchsorted(trace.times, t - 1e-9))
    later = int(np.argmin(np.abs(trace.times - (t + 4.5))))  # 3.5 m at 1 m/s, and the ramps
    goal = trace.signal("lane", (name,))[later]
    place = {other: start + trace.signal("travelled", (other,))[now] for other, start in starts.items()}
    speed = {other: trace.signal("speed", (other,))[now] for other in starts}
    behind = [
        other
        for other in starts
        if place[other] < place[name]
        and abs(_across(trace, other, now) - 3.5 * goal) < _reach(sizes, name, other)
    ]
    if not behind:
        return 0.0
    follower = max(behind, key=place.__getitem__)
    gap = place[name] - place[follower] - 0.5 * (sizes[name][0] + sizes[follower][0])
    return idm(speed[follower], gap, speed[follower] - speed[name], wishes[follower])


def _across(trace, name, now):
    """Return the way across the road in units in which lane k has its middle at 3.5 k."""
    return 3.5 * trace.signal("lane", (name,))[now] + trace.signal("lateral_offset", (name,))[now]


def _reach(sizes, name, other):
    """Return how near two middles are, across, when one is in the way of the other."""
    return 0.5 * (sizes[name][1] + sizes[other][1])


def test_the_kernel_and_the_formula_agree():
    for speed, gap, closing in ((25.0, 30.0, 4.0), (10.0, 8.0, -2.0), (30.0, 200.0, 0.0)):
        known = idm_acceleration(speed, DESIRED, gap, closing, HEADWAY, STANDSTILL, A, B)
        assert known == pytest.approx(idm(speed, gap, closing), rel=1e-12)
