"""The running world: exact times, addressed noise, conditions, touches and what a trace says of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim import formulas as f
from sim.domains.driving.declaration import DOMAIN
from sim.domains.driving.sensor_signals import SENSOR_SIGNALS
from sim.domains.driving.signals import CODES
from sim.noise import Edit, Noise

HUMAN = {"id": "other", "vehicle": "suv", "lane": 2, "ahead": 40.0, "speed": 25.0, "driver": "human"}


def standing(ahead: float, **more):
    return {"id": "wall", "static": "gvt", "lane": 2, "ahead": ahead, **more}


def signal_below(name: str, bound: float, *arguments: str) -> f.Compare:
    return f.Compare("<", f.Signal(name, arguments), f.Number(bound), 1.0)


def braking_when(condition) -> dict:
    return {"when": condition, "brake": {"deceleration": 8.0, "jerk": 1e6}}


def test_bodies_touch_when_the_gap_is_used_up(driving):
    trace = driving.run(duration=9.0, ego={"lane": 2, "speed": 17.0}, actors=[standing(50.123)])
    assert trace.times[-1] == pytest.approx(50.123 / 17.0, abs=1e-9)
    assert trace.signal("distance", ("ego", "wall"))[-1] == pytest.approx(0.0, abs=1e-9)
    assert trace.signal("gap", ("ego", "wall"))[-1] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("dt", [0.01, 0.007, 0.02])
def test_the_grid_is_regular_and_the_touch_is_the_last_row(driving, dt):
    trace = driving.run(duration=9.0, dt=dt, ego={"lane": 2, "speed": 17.0}, actors=[standing(50.123)])
    assert trace.times[:-1] == pytest.approx(np.arange(len(trace.times) - 1) * dt)
    assert 0.0 < trace.times[-1] - trace.times[-2] <= dt
    whole = driving.run(duration=1.0, dt=dt, ego={"lane": 2, "speed": 17.0})
    assert whole.times[-1] == pytest.approx(1.0)


def test_touching_has_sides_speed_and_a_graded_margin(driving):
    trace = driving.run(
        duration=9.0,
        ego={"lane": 2, "speed": 20.0},
        actors=[
            {"id": "slow", "vehicle": "van", "lane": 2, "ahead": 20.0, "speed": 12.0},
            standing(900.0),
        ],
    )
    contact = next(o for o in trace.occurrences if o.kind == "contact")
    assert contact.fields == {"a": "ego", "b": "slow", "side_a": "front", "side_b": "rear"}
    assert trace.measure("impact_speed", ("slow", "ego")) == pytest.approx(8.0)
    assert trace.measure("first_contact_side", ("slow",)) == 3.0
    assert trace.measure("first_contact_side", ("wall",)) == 0.0
    margin = trace.predicate("collided", ("ego", "slow"))
    assert margin[-1] == pytest.approx(8.0)
    assert np.all(np.diff(margin) >= 0.0)
    assert margin[0] == pytest.approx(-20.0)
    assert trace.predicate("collided", ("ego", "wall"))[-1] < -100.0


def test_a_child_that_runs_into_the_side_touches_the_side(driving):
    trace = driving.run(
        duration=9.0,
        road={"street": {}},
        ego={"speed": 8.0},
        actors=[
            {
                "id": "child", "pedestrian": "child", "on": "right_sidewalk", "ahead": 30.0,
                "do": [{"at": 1.3, "cross": {"speed": 2.0}}],
            }
        ],
    )  # fmt: skip
    contact = next(o for o in trace.occurrences if o.kind == "contact")
    assert (contact.fields["side_a"], contact.fields["side_b"]) == ("right", "front")


def test_signals_agree_with_their_formulas(driving):
    trace = driving.run(
        duration=4.0,
        ego={"lane": 2, "speed": 24.0, "do": [{"at": 1.0, "brake": {"deceleration": 3.0}}]},
        actors=[{"id": "lead", "vehicle": "sedan", "lane": 2, "ahead": 60.0, "speed": 14.0}],
    )
    gap, closing = (trace.signal(name, ("ego", "lead")) for name in ("gap", "closing_speed"))
    speed = trace.signal("speed", ("ego",))
    assert closing == pytest.approx(speed - 14.0)
    closes = closing > 0
    assert trace.signal("ttc", ("ego", "lead"))[closes] == pytest.approx((gap / closing)[closes], rel=1e-9)
    assert trace.signal("distance", ("ego", "lead")) == pytest.approx(gap)
    assert trace.signal("thw", ("ego", "lead")) == pytest.approx(gap / speed)
    assert trace.signal("drac", ("lead", "ego")) == pytest.approx(np.maximum(closing, 0) ** 2 / (2 * gap))
    assert gap == pytest.approx(
        60.0 - np.concatenate([[0], np.cumsum(closing[1:] + closing[:-1]) * 0.005]), abs=1e-4
    )
    assert trace.measure("min_gap", ("ego", "lead")) == np.min(gap)
    assert trace.measure("max_deceleration", ("ego",)) == pytest.approx(3.0)


def test_required_deceleration_adds_the_braking_of_the_leader(driving):
    trace = driving.run(
        duration=1.5,
        ego={"lane": 2, "speed": 20.0},
        actors=[{"id": "lead", "vehicle": "sedan", "lane": 2, "ahead": 40.0, "speed": 20.0,
                 "do": [{"at": 0.0, "brake": {"deceleration": 5.0, "jerk": 1e6}}]}],
    )  # fmt: skip
    needed = trace.signal("required_deceleration", ("ego", "lead"))[5:]
    assert needed == pytest.approx(trace.signal("drac", ("ego", "lead"))[5:] + 5.0)


def test_every_declared_signal_and_measure_is_computed(driving):
    trace = driving.run(duration=2.0, ego={"lane": 2, "speed": 20.0}, actors=[HUMAN])
    own = {name: one for name, one in DOMAIN.signals.items() if name not in SENSOR_SIGNALS}
    assert set(own) <= set(CODES)
    for name, declared in own.items():
        values = trace.signal(name, ("ego", "other")[: len(declared.arguments)])
        assert values.shape == trace.times.shape
        assert not np.any(np.isnan(values))
    for name, measure in DOMAIN.measures.items():
        assert not math.isnan(trace.measure(name, ("ego", "other")[: len(measure.arguments)]))


@pytest.mark.parametrize("bound", [30.0, 12.345])
def test_a_condition_is_met_at_its_moment(driving, bound):
    trace = driving.run(
        duration=6.0,
        dt=0.02,
        ego={"lane": 2, "speed": 10.0, "do": [braking_when(signal_below("gap", bound, "ego", "wall"))]},
        actors=[standing(50.0)],
    )
    begun = next(o.t for o in trace.occurrences if o.kind == "manoeuvre")
    assert begun == pytest.approx((50.0 - bound) / 10.0, abs=1e-9)
    assert trace.signal("gap", ("ego", "wall"))[-1] == pytest.approx(bound - 100.0 / 16.0, abs=1e-3)


def test_conditions_combine_like_margins(driving):
    gap, speed = f.Signal("gap", ("ego", "wall")), f.Signal("speed", ("ego",))
    time_left = f.Arithmetic("/", gap, speed)
    nearest = f.Signal("distance", ("ego", f.Call("nearest", ("static", "ego"))))
    condition = f.AllOf(
        (
            f.Not(f.Compare(">", time_left, f.Number(2.0), 1.0)),
            f.AnyOf((f.Compare(">", f.Number(0.0), speed, 1.0), f.Compare("<", nearest, f.Number(15.0), 2.0))),
            f.Compare("<", f.Call("abs", (f.Arithmetic("-", gap, f.Number(10.0)),)), f.Number(4.0), 1.0),
        )
    )
    trace = driving.run(
        duration=6.0, ego={"lane": 2, "speed": 10.0, "do": [braking_when(condition)]}, actors=[standing(50.0)]
    )
    assert next(o.t for o in trace.occurrences if o.kind == "manoeuvre") == pytest.approx(3.6, abs=1e-9)


def test_another_actor_changes_nobody_elses_noise(driving):
    alone = driving.run(duration=8.0, ego={"lane": 2, "speed": 25.0, "driver": "human"}, actors=[HUMAN])
    extra = [
        {"id": "first", "vehicle": "truck", "lane": 1, "behind": 150.0, "speed": 20.0, "driver": "human"},
        HUMAN,
    ]
    joined = driving.run(duration=8.0, ego={"lane": 2, "speed": 25.0, "driver": "human"}, actors=extra)
    for name in ("ego", "other"):
        for signal in ("travelled", "lateral_offset", "acceleration", "yaw_rate"):
            assert np.array_equal(alone.signal(signal, (name,)), joined.signal(signal, (name,)))


def test_a_run_is_a_pure_function_of_its_setup(driving):
    runs = [
        driving.run(
            duration=6.0, ego={"lane": 2, "speed": 26.0, "driver": "human"}, actors=[HUMAN], noise=noise
        )
        for noise in (Noise(3), Noise(3), Noise(4))
    ]
    first, again, other = (run.signal("lateral_offset", ("other",)) for run in runs)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_edit_changes_only_what_comes_after_it(driving):
    def offsets(*edits):
        trace = driving.run(duration=6.0, ego={"lane": 1, "speed": 20.0}, actors=[HUMAN], noise=Noise(3, edits))
        return trace.times, trace.signal("lateral_offset", ("other",))

    times, plain = offsets()
    _, late = offsets(Edit(99, "other", t=3.0))
    _, elsewhere = offsets(Edit(99, "ego", t=0.0))
    assert np.array_equal(plain[times <= 3.0], late[times <= 3.0])
    assert not np.array_equal(plain, late)
    assert np.array_equal(plain, elsewhere)


def test_wandering_has_its_declared_spread(driving):
    actors = [
        {**HUMAN, "id": f"car_{k}", "lane": 1 + k % 3, "ahead": 300.0 + 400.0 * (k // 3), "driver": "human"}
        for k in range(60)
    ]
    trace = driving.run(duration=30.0, dt=0.02, ego={"lane": 2, "speed": 20.0}, actors=actors)
    ends = np.array([trace.signal("lateral_offset", (a["id"],))[-1] for a in actors])
    # 0.2 m wished for, smoothed a little by the car; 60 independent ends give 9 % standard error
    assert 0.12 < np.std(ends) < 0.25
    assert abs(np.mean(ends)) < 3 * 0.2 / math.sqrt(60)


def test_a_surprised_human_holds_still_for_the_reaction_time(driving):
    quiet = {"reaction": 1.3, "speed_wander": 0.0, "lateral_wander": 0.0, "headway": 1.0}
    trace = driving.run(
        duration=8.0,
        ego={"lane": 2, "speed": 25.0, "driver": {"human": quiet}},
        actors=[{"id": "lead", "vehicle": "sedan", "lane": 2, "ahead": 40.0, "speed": 25.0,
                 "do": [{"at": 2.0, "brake": {"deceleration": 6.0, "jerk": 50.0}}]}],
    )  # fmt: skip
    noticed = next(o.t for o in trace.occurrences if o.kind == "reaction")
    assert 2.0 < noticed < 2.2
    braking = trace.signal("acceleration", ("ego",))
    held = (trace.times > noticed + 0.02) & (trace.times < noticed + 1.29)
    assert np.ptp(braking[held]) < 1e-9
    assert np.min(braking[trace.times > noticed + 1.4]) < -5.0


def test_who_steps_out_from_behind_a_car_is_hidden_until_then(driving):
    trace = driving.run(
        duration=5.0,
        road={"street": {}},
        ego={"vehicle": "hatchback", "speed": 8.0},
        actors=[
            {"id": "child", "pedestrian": "child", "on": "right_sidewalk", "offset": 0.9, "ahead": 45.0,
             "do": [{"at": 1.0, "cross": {"speed": 1.4}}]},
            {"id": "parked", "static": "van", "on": "right_parking", "of": "child", "behind": 1.0},
        ],
    )  # fmt: skip
    sight = trace.signal("sight", ("ego", "child"))
    assert sight[50] < 0.0
    seen = trace.times[np.argmax(sight > 0.0)]
    assert 1.5 < seen < 4.0
    assert np.all(sight[trace.times > seen + 0.3] > 0.0)


def test_nearest_is_the_smallest_distance(driving):
    trace = driving.run(
        duration=6.0,
        ego={"lane": 2, "speed": 25.0},
        actors=[
            {"id": "left", "vehicle": "sedan", "lane": 3, "ahead": 30.0, "speed": 15.0},
            {"id": "right", "vehicle": "sedan", "lane": 1, "ahead": 70.0, "speed": 15.0},
        ],
    )
    names, index = trace.nearest("vehicle", "ego")
    assert list(names) == ["left", "right"]
    table = np.stack([trace.signal("distance", (name, "ego")) for name in names])
    assert np.array_equal(index, np.argmin(table, axis=0))
    assert {0, 1} == set(index)


def test_oncoming_traffic_drives_towards_and_keeps_its_side(driving):
    trace = driving.run(
        duration=6.0,
        road={"street": {}},
        ego={"speed": 12.0},
        actors=[
            {"id": "oncoming", "vehicle": "bus", "lane": 2, "ahead": 60.0, "speed": 10.0, "driver": "human"}
        ],
    )
    assert trace.signal("closing_speed", ("ego", "oncoming"))[10] == pytest.approx(22.0, abs=0.2)
    assert np.max(np.abs(trace.signal("lateral_offset", ("oncoming",)))) < 0.5
    assert trace.signal("speed", ("oncoming",))[-1] == pytest.approx(10.0, abs=1.5)
    assert not trace.occurrences


def test_the_world_after_the_touch_tells_delta_v_and_truth(driving):
    setup = dict(
        duration=8.0,
        ego={"lane": 2, "speed": 20.0},
        actors=[
            {"id": "slow", "vehicle": "sedan", "lane": 2, "ahead": 20.0, "speed": 8.0},
            {"id": "late", "vehicle": "sedan", "lane": 2, "behind": 60.0, "speed": 20.0, "driver": "idm"},
        ],
    )
    short, full = driving.run(**setup), driving.run(**setup, through_crash=True)
    assert np.array_equal(short.times, full.times)
    assert np.array_equal(short.signal("speed", ("late",)), full.signal("speed", ("late",)))
    # equal masses, little restitution: each takes about half of 12 m/s and a bit
    assert 6.0 <= full.measure("delta_v", ("ego",)) < 8.0
    assert full.measure("delta_v", ("ego",)) == pytest.approx(full.measure("delta_v", ("slow",)), rel=0.05)
    truth = full.truth()
    assert truth.tracks[0].bodies == ("ego", "slow", "late")
    assert {"ego", "slow", "late"} <= {body.name for body in truth.scene}
    behind = truth.tracks[0].poses[:, 2, 0]
    assert truth.tracks[0].times[-1] == pytest.approx(8.0)
    assert np.max(np.diff(behind)) <= 20.0 * 0.01 + 1e-6
    with pytest.raises(ValueError, match="not followed"):
        short.measure("delta_v", ("ego",))


def test_tracks_and_channels_tell_the_same_motion(driving):
    trace = driving.run(
        duration=4.0,
        through_crash=True,
        ego={"lane": 2, "speed": 20.0, "do": [{"at": 0.5, "change_lane": {"to": 3}}]},
        actors=[HUMAN],
    )
    truth = trace.truth()
    track = truth.tracks[0]
    moved = np.hypot(*np.diff(track.poses[:, 0, :2], axis=0).T)
    assert np.sum(moved) == pytest.approx(trace.signal("travelled", ("ego",))[-1], rel=1e-3)
    channels = {(ch.body, ch.name): ch for ch in truth.channels}
    blinking = channels["ego", "indicator_left"].values
    assert {0.0, 1.0} == set(blinking)
    assert np.all(blinking[truth.tracks[0].times < 0.5] == 0.0)
    assert np.max(channels["ego", "wheel_angle"].values) == pytest.approx(80.0 / 0.32, rel=0.01)


def test_the_members_of_a_counted_item_can_be_selected(driving):
    walkers = [
        {"id": f"walker_{k}", "pedestrian": "adult", "on": "right_sidewalk", "ahead": 20.0 + 10.0 * k}
        for k in range(3)
    ]
    nearest = f.Signal("distance", ("ego", f.Call("nearest", ("walker", "ego"))))
    trace = driving.run(
        duration=5.0,
        road={"street": {}},
        ego={"speed": 8.0, "do": [braking_when(f.Compare("<", nearest, f.Number(6.0), 1.0))]},
        actors=[{"id": "parked", "static": "van", "on": "left_parking", "ahead": 5.0}, *walkers],
    )
    assert trace.entities("walker") == ("walker_0", "walker_1", "walker_2")
    assert trace.entities("pedestrian") == list(trace.entities("walker"))
    begun = next(o.t for o in trace.occurrences if o.kind == "manoeuvre")
    assert np.interp(begun, trace.times, trace.signal("distance", ("ego", "walker_0"))) == pytest.approx(
        6.0, abs=1e-4
    )
