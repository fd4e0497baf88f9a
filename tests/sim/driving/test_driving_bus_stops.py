"""Bus stops: the bus stands where and as long as it is told, others queue or pass, and nobody touches."""

from __future__ import annotations

import numpy as np
import pytest

from sim.domains.driving import layout as c
from sim.errors import RunError
from sim.noise import Noise

STREET = {"street": {"limit": 14.0, "parking": 3.0}}


def bus(speed=10.0, *, ahead=30.0, kind="idm", **stop):
    """A bus that drives at a speed and serves one stop."""
    told = {"forward": 60.0, "dwell": 8.0, **stop}
    return {
        "id": "coach", "vehicle": "bus", "lane": 1, "ahead": ahead, "speed": speed,
        "driver": {kind: {"desired_speed": speed}}, "do": [{"at": 0.0, "serve_stop": told}],
    }  # fmt: skip


def column(trace, name, quantity):
    return trace._rows[:, trace._world.index[name], quantity]


def moments(trace):
    told = [one for one in trace.occurrences if one.kind == "manoeuvre" and one.fields["actor"] == "coach"]
    return {one.fields["kind"]: one.t for one in told}


def behind(driving, *, road=STREET, overtaking=None, duration=40.0, actors=(), **stop):
    following = {"desired_speed": 13.0, "standstill_gap": 9.5, "overtaking": overtaking}
    ego = {"speed": 10.0, "driver": {"idm": following}}
    return driving.run(
        road=road, ego=ego, actors=[bus(**stop), *actors], duration=duration, dt=0.02, through_crash=True
    )


@pytest.mark.parametrize("place", ["lane", "bay"])
@pytest.mark.parametrize("speed", [7.0, 10.0, 13.0])
def test_a_bus_stands_where_it_is_told_for_as_long_as_it_is_told(driving, place, speed):
    trace = behind(driving, place=place, speed=speed, forward=90.0, dwell=8.0, ahead=60.0)
    s, d, v = (column(trace, "coach", one) for one in (c.S, c.D, c.V))
    stands = v < 0.02
    assert s[stands][0] - s[0] == pytest.approx(90.0, abs=1.0)
    assert np.ptp(s[stands]) < 0.1
    told = moments(trace)
    assert told["leave_stop"] - told["doors_open"] == pytest.approx(8.0)
    right = -3.5 - 1.5 if place == "bay" else -1.75
    assert d[stands] == pytest.approx(right, abs=0.25)
    assert v[-1] == pytest.approx(speed, abs=0.5)
    assert d[-1] == pytest.approx(-1.75, abs=0.15)


def test_it_brakes_as_standing_passengers_bear(driving):
    trace = behind(driving, forward=80.0, deceleration=1.2)
    assert np.min(column(trace, "coach", c.A)) > -1.7


def test_a_stop_that_comes_too_soon_is_one_clear_error(driving):
    with pytest.raises(RunError, match="coach cannot stop 6 m on"):
        behind(driving, forward=6.0)
    with pytest.raises(RunError, match="needs 45 m into the bay"):
        behind(driving, forward=30.0, speed=3.0, place="bay")
    with pytest.raises(RunError, match="no bay"):
        behind(driving, place="bay", road={"highway": {"lanes": 1}})


def test_behind_a_bus_in_its_lane_one_waits_or_passes_as_the_line_allows(driving):
    solid = {"street": {**STREET["street"], "centre_line": "solid"}}
    way = {"dwell": 20.0, "duration": 32.0}
    waits = behind(driving, **way)
    keeps = behind(driving, road=solid, overtaking={"faster": 3.0}, **way)
    passes = behind(driving, overtaking={"faster": 3.0, "return_gap": 0.5}, **way)
    for trace in (waits, keeps, passes):
        assert [one for one in trace.occurrences if one.kind in ("contact", "rule_violation")] == []
    lead = [
        float(column(one, "ego", c.S)[-1] - column(one, "coach", c.S)[-1]) for one in (waits, keeps, passes)
    ]
    assert lead[0] < 0.0
    assert lead[1] < 0.0
    assert lead[2] > 10.0


def test_a_bus_in_its_bay_is_passed_in_the_lane_and_lets_others_by_before_it_leaves(driving):
    trace = behind(driving, place="bay", forward=60.0, dwell=5.0, ahead=15.0)
    assert float(column(trace, "ego", c.S)[-1]) > float(column(trace, "coach", c.S)[-1])
    assert np.max(column(trace, "ego", c.D)) < -1.4
    others = [
        {"id": f"car_{k}", "vehicle": "sedan", "lane": 1, "behind": 20.0 + 30.0 * k, "speed": 12.0,
         "driver": {"idm": {"desired_speed": 12.0}}} for k in range(4)
    ]  # fmt: skip
    waits = behind(driving, place="bay", forward=60.0, dwell=5.0, ahead=15.0, actors=others)
    assert [one for one in waits.occurrences if one.kind == "contact"] == []
    hardest = min(float(np.min(column(waits, f"car_{k}", c.A))) for k in range(4))
    assert hardest > -3.0


def test_who_passes_a_bus_halts_for_somebody_who_walks_out_before_it(driving):
    walker = {
        "id": "walker", "pedestrian": "adult", "on": "right_sidewalk", "ahead": 30.0 + 60.0 + 12.0 + 8.0,
        "do": [{"at": 13.0, "cross": {"speed": 1.2}}],
    }  # fmt: skip
    passing = {"faster": 3.0, "return_gap": 0.5, "acceleration": 1.0}
    trace = behind(driving, overtaking=passing, dwell=25.0, actors=[walker])
    assert [one for one in trace.occurrences if one.kind == "contact"] == []
    assert float(column(trace, "ego", c.S)[-1]) > float(column(trace, "coach", c.S)[0]) + 60.0


def test_vehicles_never_touch_at_a_bus_stop(driving):
    """A hundred streets with a bus that stops in its lane or a bay, others behind it and towards it."""
    passes = 0
    for seed in range(100):
        dice = np.random.default_rng(seed)
        place = "bay" if dice.random() < 0.4 else "lane"
        speed, dwell = float(dice.uniform(8, 13)), float(dice.uniform(6, 20))
        free = {"faster": 3.0, "return_gap": 0.7}

        def human(wish, gap=2.0, free=free):
            return {"human": {"desired_speed": wish, "standstill_gap": gap, "overtaking": free}}

        stop = bus(
            speed, ahead=float(dice.uniform(25, 50)), kind="human", forward=90.0, dwell=dwell, place=place
        )
        actors = [stop]
        for k in range(3):
            body = {"vehicle": str(dice.choice(["sedan", "van"])), "speed": speed, "lane": 1}
            way = 20.0 + 35.0 * k + float(dice.uniform(0, 10))
            actors.append({"id": f"after_{k}", **body, "behind": way, "driver": human(12.0, 9.5)})
        for k in range(2):
            body = {"vehicle": "truck" if k else "sedan", "speed": 11.0, "lane": 2, "driver": human(11.0)}
            actors.append({"id": f"comes_{k}", **body, "ahead": float(dice.uniform(60, 120)) + 200.0 * k})
        ego = {"speed": speed, "driver": human(float(dice.uniform(11, 14)), 9.5)}
        trace = driving.run(road=STREET, ego=ego, actors=actors, duration=40.0, dt=0.02, noise=Noise(seed))
        kinds = [(one.kind, one.fields) for one in trace.occurrences]
        assert all(kind != "contact" for kind, _ in kinds), seed
        passes += sum(fields.get("kind") == "overtake" for _, fields in kinds)
    assert passes > 30
