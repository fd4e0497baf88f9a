"""Traffic rules: hand-built scenes in which each is kept and broken, and by whom."""

from __future__ import annotations

import numpy as np
import pytest

from sim.domains.driving import layout as c
from sim.domains.driving.rule_fields import FAR, RULES
from sim.noise import Noise

STREET = {"street": {"parking": 0.0, "sidewalk": 0.0}}
SIGNALS = {"intersection": {"control": {"signals": {"green": 20.0, "cross_green": 20.0, "amber": 3.0}}}}


def margin(trace, rule, name="ego"):
    return float(trace.predicate(rule, (name,))[-1])


def broken(trace, name="ego"):
    return [
        one.fields["rule"]
        for one in trace.occurrences
        if one.kind == "rule_violation" and one.fields["actor"] == name
    ]


def crossing(driving, *, shift, speed=14.0, rules="keeps", driver="constant", **ego):
    """A vehicle 28 m before the line of the south arm, which is green for 20 s from time -shift on."""
    control = {"signals": {"green": 20.0, "cross_green": 20.0, "amber": 3.0, "all_red": 2.0, "shift": shift}}
    road = {"intersection": {"control": control}}
    route = {"from": "south", "to": "north", "before": 28.0, "rules": rules}
    return driving.run(
        road=road,
        ego={"speed": speed, "driver": driver, "route": route, **ego},
        actors=[],
        duration=4.0,
        through_crash=True,
    )


@pytest.mark.parametrize(("shift", "expected"), [(22.0, 1.0), (20.5, -0.5), (25.0, 4.0), (10.0, -11.0)])
def test_passing_the_line_is_judged_by_the_time_since_red(driving, shift, expected):
    """28 m at 14 m/s take 2 s; with a shift of 22 s amber began at 20 s, and red comes 1 s into the run."""
    trace = crossing(driving, shift=shift)
    assert margin(trace, "runs_red_light") == pytest.approx(expected, abs=0.011)
    assert ("runs_red_light" in broken(trace)) == (expected >= 0.0)


def test_who_heeds_a_red_light_never_breaks_it_and_the_heedless_does(driving):
    keeps = crossing(driving, shift=25.0, driver={"idm": {"desired_speed": 14.0}})
    heedless = crossing(driving, shift=25.0, driver={"idm": {"desired_speed": 14.0}}, rules="heedless")
    assert margin(keeps, "runs_red_light") == FAR
    assert margin(heedless, "runs_red_light") > 3.0
    assert broken(heedless) == ["runs_red_light"]


def test_blue_lights_may_pass_red(driving):
    trace = crossing(driving, shift=25.0, vehicle="ambulance", blue_lights=True)
    assert broken(trace) == []


def yielding(driving, *, way, rules="takes_way"):
    """Ego crosses a priority road at 8 m/s; another on it is `way` before its own line, at 14 m/s."""
    cruise = {"speed": 8.0, "driver": {"idm": {"desired_speed": 8.0}}}
    ego = {**cruise, "route": {"from": "south", "to": "north", "before": 8.0, "rules": rules}}
    route = {"from": "west", "to": "east", "before": way}
    other = {"id": "other", "vehicle": "sedan", "speed": 14.0, "driver": "constant", "route": route}
    return driving.run(
        road={"intersection": {}}, ego=ego, actors=[other], duration=8.0, through_crash=True
    )  # fmt: skip


def test_cutting_off_who_has_priority_fails_to_yield_and_a_large_gap_does_not(driving):
    near, far = yielding(driving, way=25.0), yielding(driving, way=150.0)
    assert broken(near) == ["fails_to_yield"]
    assert margin(far, "fails_to_yield") == -2.0
    assert broken(yielding(driving, way=25.0, rules="keeps")) == []
    assert broken(near, "other") == []


def test_who_goes_behind_the_other_yields(driving):
    assert margin(yielding(driving, way=5.0), "fails_to_yield") == -2.0


def test_the_braking_asked_is_that_of_a_closed_form(driving):
    """Ego needs T from its line until it is through; from D before the place at v, 2 (v T - D) / T² does."""
    trace = yielding(driving, way=30.0)
    x, y = trace._rows[:, 0], trace._rows[:, 1]
    half = 0.5 * trace._world.P[0, c.LENGTH]
    conflict = next(iter(trace._rules._yields_to(0)))
    enters = int(np.argmax(x[:, 0] + half > trace._world.P[0, c.STOP]))
    leaves = int(np.argmax(x[:, 0] - half > conflict[2]))
    T, D = trace.times[leaves] - trace.times[enters], conflict[3] - y[enters, 0] - half
    assert 0 < D < 14.0 * T < 2 * D
    assert margin(trace, "fails_to_yield") == pytest.approx(2.0 * (14.0 * T - D) / T**2 - 2.0)


@pytest.mark.parametrize(("speed", "is_broken"), [(50.0, False), (52.9, False), (53.1, True), (70.0, True)])
def test_speeding_begins_beyond_the_tolerance(driving, speed, is_broken):
    trace = driving.run(
        road={"street": {"limit": 50 / 3.6}},
        ego={"speed": speed / 3.6},
        actors=[],
        duration=2.0,
        through_crash=True,
    )
    assert margin(trace, "speeds") == pytest.approx((speed - 53.0) / 3.6)
    assert broken(trace) == (["speeds"] if is_broken else [])
    assert trace.measure("rules_broken", ("ego",)) == float(is_broken)


def test_who_begins_before_the_road_has_passed_no_line(driving):
    behind = {"id": "behind", "vehicle": "sedan", "lane": 1, "behind": 110.0, "speed": 20.0}
    trace = driving.run(ego={"speed": 20.0}, actors=[behind], duration=2.0, through_crash=True)
    assert broken(trace, "behind") == []


def test_drivers_keep_to_a_posted_limit_but_for_what_they_add(driving):
    ego = {"speed": 13.0, "driver": {"idm": {"desired_speed": 20.0}}}
    fast = {"speed": 13.0, "driver": {"idm": {"desired_speed": 20.0, "over_limit": 4.0}}}
    road = {"street": {"limit": 14.0}}
    assert broken(driving.run(road=road, ego=ego, actors=[], duration=15.0, through_crash=True)) == []
    assert broken(driving.run(road=road, ego=fast, actors=[], duration=15.0, through_crash=True)) == ["speeds"]


def swerve(driving, left, road, forward=30.0, **more):
    ego = {"speed": 12.0, "do": [{"at": 0.5, "follow_path": {"points": [{"forward": forward, "left": left}]}}]}
    return driving.run(road=road, ego=ego, duration=6.0, through_crash=True, **{"actors": [], **more})


def test_leaving_the_pavement_is_measured_from_its_edge(driving):
    """The lane is 3.5 m wide and ends the pavement; half a sedan of 1.83 m is 0.835 m inside of that."""
    assert broken(swerve(driving, -0.6, STREET)) == []
    trace = swerve(driving, -1.5, STREET)
    assert broken(trace) == ["leaves_road"]
    assert margin(trace, "leaves_road") == pytest.approx((1.5 - (1.75 - 0.915)) / 0.5, abs=0.3)


def test_the_hard_shoulder_and_a_parking_bay_are_paved(driving):
    assert "leaves_road" not in broken(swerve(driving, -2.0, {"highway": {"lanes": 1}}))
    assert "leaves_road" not in broken(swerve(driving, -1.5, {"street": {}}))


def test_the_oncoming_lane_is_for_overtaking_only(driving):
    slow = {"id": "slow", "vehicle": "truck", "lane": 1, "ahead": 20.0, "speed": 10.0}
    alone = swerve(driving, 3.5, STREET, forward=40.0)
    overtakes = swerve(driving, 3.5, STREET, forward=40.0, actors=[slow])
    assert broken(alone) == ["drives_wrong_way"]
    assert broken(overtakes) == []
    parked = {"id": "parked", "static": "van", "lane": 1, "ahead": 60.0}
    assert broken(swerve(driving, 3.5, STREET, forward=40.0, actors=[parked])) == []
    oncoming = {"id": "slow", "vehicle": "truck", "lane": 2, "ahead": 120.0, "offset": -3.5, "speed": 5.0}
    assert broken(swerve(driving, 3.5, STREET, forward=40.0, actors=[oncoming])) == ["drives_wrong_way"]


def test_a_solid_line_is_not_to_be_crossed_even_to_overtake(driving):
    solid = {"street": {"parking": 0.0, "sidewalk": 0.0, "centre_line": "solid"}}
    slow = {"id": "slow", "vehicle": "truck", "lane": 1, "ahead": 20.0, "speed": 10.0}
    trace = swerve(driving, 3.5, solid, forward=40.0, actors=[slow])
    assert broken(trace) == ["crosses_solid_line", "drives_wrong_way"]
    kept = swerve(driving, 0.5, solid, forward=40.0, actors=[slow])
    assert broken(kept) == []
    assert margin(kept, "crosses_solid_line") == pytest.approx((0.915 + 0.5 - 1.75 - 0.06) / 0.5, abs=0.1)


def test_the_whole_is_the_worst_of_the_parts_and_only_drivers_are_judged(driving):
    walker = {
        "id": "walker",
        "pedestrian": "adult",
        "on": "right_sidewalk",
        "ahead": 60.0,
        "do": [{"at": 0.0, "cross": {}}],
    }
    trace = driving.run(
        road={"street": {"limit": 10.0}},
        ego={"speed": 15.0, "trailer": "caravan"},
        actors=[walker],
        duration=2.0,
    )
    parts = [trace.predicate(rule, ("ego",)) for rule in RULES]
    assert np.array_equal(trace.predicate("rule_violation", ("ego",)), np.max(parts, axis=0))
    assert margin(trace, "rule_violation", "walker") == margin(trace, "rule_violation", "ego_trailer") == FAR


def test_violations_are_judged_only_where_they_are_read(driving):
    ego = {"speed": 20.0}
    road = {"street": {"limit": 10.0}}
    assert broken(driving.run(road=road, ego=ego, actors=[], duration=1.0)) == []
    assert broken(driving.run(road=road, ego=ego, actors=[], duration=1.0, through_crash=True)) == ["speeds"]


def test_rule_abiding_drivers_break_no_rule_at_junctions(driving):
    """Sixty draws of four arms with priority or signals, everybody human and keeping to the rules."""
    dice = np.random.default_rng(4)
    arms = ("south", "east", "north", "west")
    for episode in range(60):
        actors = []
        for k, arm in enumerate(arms):
            goal = arms[(k + int(dice.integers(1, 4))) % 4]
            speed = float(dice.uniform(7.0, 13.0))
            body = {
                "vehicle": str(dice.choice(["sedan", "van", "truck"])), "speed": speed,
                "driver": {"human": {"desired_speed": speed + 1.0}},
                "route": {"from": arm, "to": goal, "before": float(dice.uniform(25.0, 60.0))},
            }  # fmt: skip
            actors.append({"id": f"from_{arm}", **body})
        ego = {key: value for key, value in actors.pop(0).items() if key != "id"}
        road = {"intersection": {"limit": 14.0, **(SIGNALS["intersection"] if episode % 2 else {})}}
        trace = driving.run(
            road=road, ego=ego, actors=actors, duration=14.0, noise=Noise(episode), through_crash=True
        )
        assert [one for one in trace.occurrences if one.kind == "rule_violation"] == [], episode
