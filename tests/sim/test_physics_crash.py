"""Truth of crashes: delta-v, sides, skidding to rest, throw distances, and who takes part."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from sim.domains.driving.crash import Crash, CrashBody, Planar, follow
from sim.domains.driving.impacts import side_of
from sim.domains.driving.skid import Chassis, tyre_forces
from sim.domains.driving.vehicles import PEDESTRIANS, VEHICLES
from sim.worlds.physics import GRAVITY

HATCH, TRUCK, ADULT = VEHICLES["hatchback"], VEHICLES["truck"], PEDESTRIANS["adult"]


def car(name: str, state: Planar, style: str = "hatchback", *, brake: float = 0.0) -> CrashBody:
    body = VEHICLES[style]
    front = (1 - body.front_share) * body.wheelbase
    return CrashBody(
        name, "vehicle", body.footprint, body.size[2], body.mass, state,
        yaw_inertia=body.yaw_inertia, wheelbase=body.wheelbase, front_axle=front, track=body.track, brake=brake,
    )  # fmt: skip


def adult(name: str, state: Planar) -> CrashBody:
    return CrashBody(name, "person", ADULT.footprint, ADULT.size[2], ADULT.mass, state)


def nobody(t: float, crashed: Mapping[str, Planar]) -> dict[str, Planar]:
    return {}


def rear_end(v: float = 20.0, w: float = 5.0, *, brake: float = 0.5, t_end: float = 20.0) -> Crash:
    bodies = [
        car("ego", Planar(0, 0, 0, v), brake=brake),
        car("lead", Planar(HATCH.size[0], 0, 0, w), brake=brake),
    ]
    return follow(bodies, ("ego", "lead"), drive=nobody, friction=0.8, t0=3.0, t_end=t_end)


def test_central_delta_v_follows_momentum_and_restitution() -> None:
    crash = rear_end()
    half = 0.5 * (1 + 0.1) * 15.0  # equal masses, restitution 0.1 at 15 m/s
    assert crash.delta_v["ego"] == pytest.approx(half, rel=2e-3)
    assert crash.delta_v["lead"] == pytest.approx(half, rel=2e-3)
    first = crash.contacts[0]
    assert (first.a, first.b, first.side_a, first.side_b, first.t) == ("ego", "lead", "front", "rear", 3.0)
    assert first.impulse == pytest.approx(HATCH.mass * half, rel=2e-3)
    assert first.speed == pytest.approx(15.0)
    assert first.normal == pytest.approx((1, 0, 0), abs=1e-6)


def test_first_row_is_the_touch_and_the_wreck_comes_to_rest() -> None:
    crash = rear_end()
    assert crash.times[0] == 3.0
    assert crash.poses[0, :, 0] == pytest.approx([0.0, HATCH.size[0]])
    assert np.allclose(np.diff(crash.times), 0.01)
    assert crash.rest is not None
    assert np.abs(crash.velocities[-1]).max() < 0.05
    # the lead leaves at 13.25 m/s, and half the wheels' friction brakes it
    assert crash.poses[-1, 1, 0] - HATCH.size[0] == pytest.approx(13.25**2 / (2 * 0.4 * GRAVITY), rel=0.02)


def test_the_last_row_is_the_end_where_it_comes_first() -> None:
    crash = rear_end(t_end=3.5037)
    assert crash.rest is None
    assert crash.times[-1] == 3.5037
    assert crash.times[-2] < 3.5037


@pytest.mark.parametrize(("heading", "side"), [(0.5 * math.pi, "left"), (-0.5 * math.pi, "right")])
def test_a_broadside_hits_the_flank(heading: float, side: str) -> None:
    """The bullet drives along x into a car that stands across; its flank towards the bullet is hit."""
    target = Planar(HATCH.size[0] / 2 + HATCH.size[1] / 2, 0.3, heading)
    bodies = [car("bullet", Planar(0, 0, 0, 12.0)), car("target", target)]
    crash = follow(bodies, ("bullet", "target"), drive=nobody, friction=0.8, t0=0.0, t_end=6.0)
    assert (crash.contacts[0].side_a, crash.contacts[0].side_b) == ("front", side)
    assert crash.contacts[0].point[0] == pytest.approx(HATCH.size[0] / 2, abs=0.01)


def test_sides_at_corners_go_by_the_push() -> None:
    box = HATCH.footprint
    corner = (HATCH.size[0] / 2, HATCH.size[1] / 2)
    assert side_of(box, Planar(0, 0, 0), corner, (1, 0)) == "front"
    assert side_of(box, Planar(0, 0, 0), corner, (0, 1)) == "left"
    assert side_of(box, Planar(5, 5, math.pi), (5 + corner[0], 5.2), (1, 0)) == "rear"
    assert side_of(box, Planar(0, 0, math.pi / 2), (-corner[1], 0.4), (-1, 0)) == "left"


def test_a_heavy_partner_changes_less() -> None:
    gap = (HATCH.size[0] + TRUCK.size[0]) / 2
    bodies = [car("ego", Planar(0, 0, 0, 20.0)), car("truck", Planar(gap, 0, 0, 0.0), "truck", brake=1.0)]
    crash = follow(bodies, ("ego", "truck"), drive=nobody, friction=0.8, t0=0.0, t_end=8.0)
    assert crash.delta_v["ego"] / crash.delta_v["truck"] == pytest.approx(TRUCK.mass / HATCH.mass, rel=0.02)


@pytest.mark.parametrize("speed", [8.3, 13.9])
def test_thrown_pedestrians_stay_near_searles_bound(speed: float) -> None:
    """Searle (1983): a body projected at v and sliding at mu comes to rest within v^2 / 2 mu g of the impact.

    Our body stands when hit, so it may fly on by mu times the fall of its centre.
    """
    start = Planar(HATCH.size[0] / 2 + ADULT.size[0] / 2, 0.2)
    bodies = [car("ego", Planar(0, 0, 0, speed), brake=0.9), adult("walker", start)]
    crash = follow(bodies, ("ego", "walker"), drive=nobody, friction=0.8, t0=0.0, t_end=10.0)
    projected = speed * HATCH.mass / (HATCH.mass + ADULT.mass)
    bound = projected**2 / (2 * 0.66 * GRAVITY)
    thrown = crash.poses[-1, 1, 0] - crash.poses[0, 1, 0]
    assert 0.8 * bound < thrown < 1.1 * bound + 0.66 * 0.9
    assert crash.rest is not None
    up = 1 - 2 * np.sum(crash.poses[-1, 1, 3:5] ** 2)
    assert abs(up) < 0.3, "whoever was hit lies on the ground"
    assert crash.poses[:, 1, 2].min() > -0.05


def test_traffic_drives_as_told_until_it_is_hit() -> None:
    """One car drives past, one brakes too late: only the latter becomes part of the crash."""

    def drive(t: float, crashed: Mapping[str, Planar]) -> dict[str, Planar]:
        states = {"passer": Planar(-30 + 25 * t, 3.5, 0, 25.0)}
        if "late" not in crashed:
            states["late"] = Planar(-15 + 20 * t, 0, 0, 20.0)
        return states

    bodies = [
        car("ego", Planar(0, 0, 0, 15.0), brake=1.0),
        car("lead", Planar(HATCH.size[0], 0, 0, 0.0), brake=1.0),
        car("passer", Planar(-30, 3.5, 0, 25.0)),
        car("late", Planar(-15, 0, 0, 20.0), brake=1.0),
    ]
    crash = follow(bodies, ("ego", "lead"), drive=drive, friction=0.8, t0=0.0, t_end=3.0)
    assert crash.bodies == ("ego", "lead", "passer", "late")
    assert crash.poses[:, 2, 0] == pytest.approx(-30 + 25 * crash.times, abs=1e-9)
    assert set(crash.delta_v) == {"ego", "lead", "late"}
    second = next(contact for contact in crash.contacts if "late" in (contact.a, contact.b))
    assert {second.a, second.b} == {"ego", "late"}
    before = crash.times < second.t - 0.011
    assert crash.poses[before, 3, 0] == pytest.approx(-15 + 20 * crash.times[before], abs=1e-9)
    assert crash.velocities[-1, 3, 0] < 15.0


def test_drivers_see_the_wreck() -> None:
    seen: list[set[str]] = []

    def drive(t: float, crashed: Mapping[str, Planar]) -> dict[str, Planar]:
        seen.append(set(crashed))
        return {}

    bodies = [
        car("ego", Planar(0, 0, 0, 10.0)),
        car("lead", Planar(HATCH.size[0], 0, 0)),
        adult("far", Planar(90, 9)),
    ]
    follow(bodies, ("ego", "lead"), drive=drive, friction=0.8, t0=0.0, t_end=0.2)
    assert len(seen) == 20
    assert all(names == {"ego", "lead"} for names in seen)


def test_fixed_things_stop_a_wreck_and_stay() -> None:
    tree = CrashBody(
        "tree", "fixed", ((0.2, -0.2), (0.2, 0.2), (-0.2, 0.2), (-0.2, -0.2)), 6.0, 0.0,
        Planar(HATCH.size[0] / 2 + 6, 0),
    )  # fmt: skip
    bodies = [car("ego", Planar(0, 0, 0, 15.0)), adult("walker", Planar(HATCH.size[0] / 2 + 0.2, 0.4)), tree]
    crash = follow(bodies, ("ego", "walker"), drive=nobody, friction=0.8, t0=0.0, t_end=5.0)
    assert crash.bodies == ("ego", "walker")
    assert "tree" not in crash.delta_v
    assert any("tree" in (contact.a, contact.b) for contact in crash.contacts)
    assert crash.poses[:, 0, 0].max() < 6.02


def test_a_graze_is_still_told() -> None:
    """Bodies that touch and part exchange nothing; the contact stands all the same."""
    bodies = [car("ego", Planar(0, 0, 0, 10.0)), car("lead", Planar(HATCH.size[0], 0, 0, 12.0))]
    crash = follow(bodies, ("ego", "lead"), drive=nobody, friction=0.8, t0=0.0, t_end=0.5)
    assert (crash.contacts[0].impulse, crash.contacts[0].side_a) == (0.0, "front")
    assert crash.delta_v == {"ego": 0.0, "lead": 0.0}


def test_a_crash_repeats_bit_for_bit() -> None:
    first, _, again = rear_end(), rear_end(30.0, 1.0), rear_end()
    assert np.array_equal(first.poses, again.poses)
    assert first.contacts == again.contacts
    assert first.delta_v == again.delta_v


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="ghost"):
        follow([car("ego", Planar(0, 0, 0))], ("ego", "ghost"), drive=nobody, friction=0.8, t0=0.0, t_end=1.0)


# -- tyres ----------------------------------------------------------------------------------------------------


def chassis(brake: float = 0.0, steer: float = 0.0) -> Chassis:
    return Chassis(1500.0, 1.2, -1.4, 0.75, steer, brake)


def slide(
    c: Chassis, motion: Planar, *, friction: float = 0.8, inertia: float = 2500.0
) -> tuple[float, Planar]:
    """Integrate until the vehicle rests; return the time and the last state."""
    dt, t = 1e-3, 0.0
    while max(math.hypot(motion.vx, motion.vy), abs(motion.yaw_rate)) > 5e-3 and t < 60.0:
        fx, fy, torque = tyre_forces(c, motion, friction=friction, dt=dt)
        vx, vy = motion.vx + fx / c.mass * dt, motion.vy + fy / c.mass * dt
        rate = motion.yaw_rate + torque / inertia * dt
        motion = Planar(motion.x + vx * dt, motion.y + vy * dt, motion.yaw + rate * dt, vx, vy, rate)
        t += dt
    return t, motion


@pytest.mark.parametrize("yaw", [0.0, 0.7, math.pi / 2, 2.4])
def test_locked_wheels_stop_in_v_squared_over_two_mu_g(yaw: float) -> None:
    _, end = slide(chassis(brake=1.0), Planar(0, 0, yaw, 12.0))
    # a locked vehicle slides straight on, but its static axle loads let it turn a little
    assert math.hypot(end.x, end.y) == pytest.approx(12.0**2 / (2 * 0.8 * GRAVITY), rel=0.02)


def test_free_wheels_roll_far_but_do_not_slip_sideways() -> None:
    dt = 1e-3
    fx, fy, _ = tyre_forces(chassis(), Planar(0, 0, 0, 20.0), friction=0.8, dt=dt)
    assert fx == pytest.approx(-0.015 * 1500 * GRAVITY)
    assert fy == 0.0
    _, fy, _ = tyre_forces(chassis(), Planar(0, 0, 0, 5.0, 5.0), friction=0.8, dt=dt)
    assert fy == pytest.approx(-math.sqrt(0.8**2 - 0.015**2) * 1500 * GRAVITY, rel=1e-6)


def test_a_spin_on_locked_wheels_decays_at_the_wheels_lever() -> None:
    c, inertia, rate = chassis(brake=1.0), 2500.0, 4.0
    loads = {c.front: -c.rear / (c.front - c.rear), c.rear: c.front / (c.front - c.rear)}
    lever = sum(load * math.hypot(x, c.half_track) for x, load in loads.items())
    t, end = slide(c, Planar(0, 0, 0, 0, 0, rate), inertia=inertia)
    assert t == pytest.approx(inertia * rate / (0.8 * c.mass * GRAVITY * lever), rel=0.05)
    assert math.hypot(end.x, end.y) < 0.3


def test_tyre_forces_agree_with_a_slow_twin() -> None:
    rng = np.random.default_rng(3)
    for _ in range(300):
        c = Chassis(*rng.uniform([800, 0.8, -3, 0.6, -0.5, 0], [9000, 2, -0.8, 1.1, 0.5, 1.2]))
        motion = Planar(*rng.uniform([-9, -9, -4, -20, -20, -4], [9, 9, 4, 20, 20, 4]))
        friction = rng.uniform(0.05, 1.0)
        given = tyre_forces(c, motion, friction=friction, dt=1e-3)
        assert given == pytest.approx(twin(c, motion, friction, 1e-3), rel=1e-9, abs=1e-6)
        fastest = friction * c.mass * GRAVITY
        assert math.hypot(given[0], given[1]) <= fastest * (1 + 1e-9)


def twin(c: Chassis, m: Planar, friction: float, dt: float) -> tuple[float, float, float]:
    """The same tyres with vectors and rotation matrices."""

    def rotation(angle: float) -> np.ndarray:
        return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])

    total, torque = np.zeros(2), 0.0
    for x, angle, other in ((c.front, c.steer, c.rear), (c.rear, 0.0, c.front)):
        load = c.mass * GRAVITY * abs(other) / (c.front - c.rear) / 2
        for y in (-c.half_track, c.half_track):
            arm = rotation(m.yaw) @ (x, y)
            velocity = np.array([m.vx, m.vy]) + m.yaw_rate * np.array([-arm[1], arm[0]])
            u = rotation(m.yaw + angle).T @ velocity
            speed = float(np.linalg.norm(u))
            demand = max(c.brake * friction, min(0.015, friction))
            if demand >= friction * abs(u[0]) / speed:
                share = friction * u / speed
            else:
                bite = min(1.0, abs(u[1] / u[0]) / 0.14)
                share = np.sign(u) * (demand, math.sqrt(friction**2 - demand**2) * bite)
            fade = min(1.0, speed / (3 * friction * GRAVITY * dt))
            force = rotation(m.yaw + angle) @ (-load * fade * share)
            total += force
            torque += arm[0] * force[1] - arm[1] * force[0]
    return float(total[0]), float(total[1]), float(torque)
