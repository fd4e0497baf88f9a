"""How vehicles move and drivers follow, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from sim.domains.driving.control import idm_acceleration, lateral_profile
from sim.domains.driving.dynamics import longitudinal

G = 9.80665
KMH = 1 / 3.6


def lead(**more):
    return {"id": "lead", "vehicle": "sedan", "lane": 2, **more}


@given(st.floats(0, 40), st.floats(-9, 4), st.floats(-9, 4), st.floats(1, 50), st.floats(1e-4, 0.02))
@settings(max_examples=300, deadline=None)
def test_a_step_is_the_integral_of_a_ramped_acceleration(v0, a0, wish, jerk, h):
    way, v1, a1 = longitudinal(v0, a0, wish, jerk, h)
    t = np.linspace(0.0, h, 20001)
    a = a0 + np.clip(wish - a0, -jerk * t, jerk * t)
    v = np.concatenate([[v0], v0 + np.cumsum(0.5 * (a[1:] + a[:-1]) * np.diff(t))])
    if np.min(v) > 1e-6:
        assert (way, v1, a1) == pytest.approx((np.trapezoid(v, t), v[-1], a[-1]), abs=1e-8)
    elif v1 == 0.0:
        assert (a1, 0.0 <= way <= v0 * h + 1e-3) == (max(a1, 0.0), True)


@given(st.floats(0, 40), st.floats(10, 40), st.floats(0.5, 200), st.floats(-15, 15))
@settings(deadline=None)
def test_the_intelligent_driver_model_is_its_formula(v, v0, gap, closing):
    wish = 2.0 + max(0.0, v * 1.5 + v * closing / (2 * math.sqrt(1.4 * 2.0)))
    expected = 1.4 * (1 - (v / v0) ** 4 - (wish / gap) ** 2)
    assert idm_acceleration(v, v0, gap, closing, 1.5, 2.0, 1.4, 2.0) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("v", [10.0, 20.0, 25.0])
def test_followers_settle_at_the_equilibrium_gap(driving, v):
    desired = 33.0
    trace = driving.run(
        duration=180.0,
        ego={"lane": 2, "speed": v, "driver": {"idm": {"desired_speed": desired}}},
        actors=[lead(ahead=2.0 * v, speed=v)],
    )
    expected = (2.0 + 1.5 * v) / math.sqrt(1 - (v / desired) ** 4)
    assert trace.signal("gap", ("ego", "lead"))[-1] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("v_kmh", [10, 20, 30, 40, 50, 60, 80])
@pytest.mark.parametrize("trigger", [0.7, 1.4])
def test_an_emergency_brake_hits_at_the_closed_form_speed(driving, v_kmh, trigger):
    # CCRs: impact speed sqrt(v^2 - 2 a (d - v t)), d the distance at the trigger, t the delay
    v, a, delay = v_kmh * KMH, 8.0, 0.25
    brake = {"trigger_ttc": trigger, "delay": delay, "emergency_deceleration": a, "emergency_jerk": 1e6}
    trace = driving.run(
        duration=12.0,
        ego={"vehicle": "hatchback", "lane": 2, "speed": v, "driver": {"acc_aeb": brake}},
        actors=[{"id": "target", "static": "gvt", "lane": 2, "ahead": 4.0 * v}],
    )
    distance = v * trigger
    square = v * v - 2 * a * (distance - v * delay)
    assert trace.measure("impact_speed", ("ego", "target")) == pytest.approx(
        math.sqrt(max(square, 0.0)), abs=0.02
    )
    if square < 0:
        stopped = distance - v * delay - v * v / (2 * a)
        assert trace.measure("min_gap", ("ego", "target")) == pytest.approx(stopped, abs=0.01)


@pytest.mark.parametrize(("surface", "friction"), [("dry", 0.9), ("wet", 0.6), ("snow", 0.3), ("ice", 0.12)])
def test_braking_reaches_what_the_surface_gives_and_no_more(driving, surface, friction):
    trace = driving.run(
        duration=8.0,
        road={"highway": {"surface": surface}},
        ego={"lane": 2, "speed": 30.0, "do": [{"at": 1.0, "brake": {"deceleration": 11.0}}]},
    )
    assert trace.measure("max_deceleration", ("ego",)) == pytest.approx(friction * G, rel=1e-9)


@pytest.mark.parametrize("surface", ["dry", "wet", "ice"])
def test_forces_stay_inside_the_friction_circle(driving, surface):
    swerve = {"to": 1, "lateral_speed": 3.0, "lateral_acceleration": 6.0}
    trace = driving.run(
        duration=6.0,
        road={"highway": {"surface": surface}},
        ego={
            "lane": 2, "speed": 25.0,
            "do": [{"at": 0.5, "change_lane": swerve}, {"at": 1.2, "brake": {"deceleration": 9.0}}],
        },
    )  # fmt: skip
    limit = {"dry": 0.9, "wet": 0.6, "ice": 0.12}[surface] * G
    total = np.hypot(trace.signal("acceleration", ("ego",)), trace.signal("lateral_acceleration", ("ego",)))
    # the lateral part is the mean of a step, the longitudinal one its end: they differ by a step of jerk
    assert np.max(total) <= limit + 20.0 * 0.01
    assert np.max(total) >= 0.9 * min(limit, 3.0)


@given(st.floats(0.2, 5.0), st.floats(0.5, 6.0), st.floats(-8.0, 8.0))
@settings(deadline=None)
def test_a_lateral_move_arrives_with_bounded_speed_and_acceleration(speed, acceleration, way):
    t = np.linspace(0.0, 120.0, 24001)
    rows = np.array([lateral_profile(x, 1.0, 2.0, 2.0 + way, speed, acceleration) for x in t])
    assert rows[-1] == pytest.approx([2.0 + way, 0.0, 0.0])
    assert np.max(np.abs(rows[:, 1])) <= speed + 1e-9
    assert np.max(np.abs(rows[:, 2])) <= acceleration + 1e-9
    assert np.max(np.abs(np.diff(rows[:, 0]) - rows[:-1, 1] * 0.005)) <= 0.5 * acceleration * 0.005**2 + 1e-9


def test_a_lane_change_takes_its_time_and_keeps_its_speed(driving):
    trace = driving.run(
        duration=12.0,
        ego={"lane": 2, "speed": 30.0, "do": [{"at": 1.0, "change_lane": {"to": 3, "lateral_speed": 1.0}}]},
    )
    lateral = trace.signal("lateral_speed", ("ego",))
    assert np.max(lateral) == pytest.approx(1.0, abs=0.1)
    assert trace.signal("lane", ("ego",))[-1] == 3.0
    assert trace.signal("lateral_offset", ("ego",))[-1] == pytest.approx(0.0, abs=0.02)
    # 3.5 m at 1 m/s, ramps of 1/1.5 s on either side; the car lags its course a little
    moving = trace.times[(lateral > 0.02)]
    assert moving[-1] - moving[0] == pytest.approx(3.5 + 1 / 1.5, abs=0.9)


@pytest.mark.parametrize("v", [3.0, 15.0, 30.0])
def test_curves_are_followed_with_their_lateral_acceleration(driving, v):
    bend = 1 / 300
    trace = driving.run(
        duration=30.0,
        road={"highway": {"alignment": [{"clothoid": {"length": 60.0, "to": bend}}]}},
        ego={"lane": 2, "speed": v},
    )
    at_lane = bend / (1 + 5.25 * bend)  # lane 2 lies outside the reference line
    assert trace.signal("lateral_acceleration", ("ego",))[-1] == pytest.approx(v * v * at_lane, rel=0.01)
    assert abs(trace.signal("lateral_offset", ("ego",))[-1]) < 0.03
    assert trace.signal("yaw_rate", ("ego",))[-1] == pytest.approx(v * at_lane, rel=0.01)


def test_the_bicycle_is_the_textbook_one(driving):
    # a lane change, its recorded steering fed to the linear single-track model solved by scipy
    from sim.domains.driving.vehicles import VEHICLES

    v, car = 25.0, VEHICLES["sedan"]
    change = {"to": 3, "lateral_speed": 1.2}
    world = driving.world(
        duration=5.0, dt=0.001, ego={"lane": 2, "speed": v, "do": [{"at": 0.5, "change_lane": change}]}
    )
    world.clock.run(5.0)
    times, rows = world.history()
    front = (1 - car.front_share) * car.wheelbase
    rear = car.wheelbase - front
    cf, cr = car.grip[0] * car.front_share * 9.81, car.grip[1] * (1 - car.front_share) * 9.81

    def slope(t, state):
        u, r = state
        steer = np.interp(t, times, rows[:, 0, 7])
        ff, fr = -cf * ((u + front * r) / v - steer), -cr * (u - rear * r) / v
        return [ff + fr - v * r, (front * ff - rear * fr) * car.mass / car.yaw_inertia]

    solved = solve_ivp(slope, (0.0, 5.0), [0.0, 0.0], t_eval=times, rtol=1e-8, atol=1e-10, max_step=0.01)
    assert np.max(np.abs(rows[:, 0, 4])) > 0.05
    assert np.max(np.abs(rows[:, 0, 4] - solved.y[0])) < 5e-4
    assert np.max(np.abs(rows[:, 0, 5] - solved.y[1])) < 5e-4


def test_a_finer_step_hardly_changes_what_happens(driving):
    def outcome(dt):
        trace = driving.run(
            duration=10.0,
            dt=dt,
            ego={"lane": 2, "speed": 27.0, "driver": {"human": {"reaction": 1.2, "headway": 1.0}}},
            actors=[lead(ahead=25.0, speed=27.0, do=[{"at": 2.0, "brake": {"deceleration": 7.0}}])],
        )
        return trace.measure("min_gap", ("ego", "lead")), trace.measure("max_deceleration", ("ego",))

    fine = outcome(0.001)
    errors = [np.abs(np.subtract(outcome(dt), fine)) for dt in (0.01, 0.005)]
    assert np.all(errors[0] < (0.10, 0.15))
    assert np.all(errors[1] < 0.75 * errors[0] + 1e-3)


def test_pedestrians_walk_straight_across_and_stop(driving):
    trace = driving.run(
        duration=15.0,
        road={"street": {}},
        ego={"speed": 0.0},
        actors=[
            {
                "id": "child", "pedestrian": "child", "on": "right_sidewalk", "ahead": 30.0,
                "do": [{"at": 1.0, "cross": {"speed": 1.4}}],
            }
        ],
    )  # fmt: skip
    # from the middle of the sidewalk, 1.25 m beyond the kerb, to 1 m beyond the other kerb
    assert trace.signal("travelled", ("child",))[-1] == pytest.approx(1.25 + 11.4 + 1.0, abs=1e-6)
    assert trace.signal("speed", ("child",))[-1] == 0.0
    assert np.max(trace.signal("speed", ("child",))) == pytest.approx(1.4, abs=5e-3)
    assert trace.signal("heading", ("child",)) == pytest.approx(math.pi / 2)


def test_a_path_is_followed_through_its_points(driving):
    points = [{"forward": 40.0, "left": 2.0}, {"forward": 80.0, "left": -1.0}, {"forward": 120.0, "left": 0.0}]
    world = driving.world(
        duration=12.0, ego={"lane": 2, "speed": 15.0, "do": [{"at": 0.0, "follow_path": {"points": points}}]}
    )
    world.clock.run(12.0)
    _, rows = world.history()
    for point in points:
        d = np.interp(100.0 + point["forward"], rows[:, 0, 0], rows[:, 0, 1])
        assert d == pytest.approx(-5.25 + point["left"], abs=0.25)
