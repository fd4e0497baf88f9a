"""Kerbs: wheels climb them as circles climb edges, people fall on them, and the work is that of lifting."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.domains.driving.crash import Crash, CrashBody, Planar, follow
from sim.domains.driving.kerbs import Kerbs, climb
from sim.domains.driving.road_building import build_road
from sim.domains.driving.roads import Road
from sim.domains.driving.skid import Chassis
from sim.domains.driving.vehicles import PEDESTRIANS, VEHICLES
from sim.fields import Chosen
from sim.geometry import pose_from_planar
from sim.worlds.physics import GRAVITY

HATCH, ADULT = VEHICLES["hatchback"], PEDESTRIANS["adult"]
STREET = {
    "friction": None, "surface": "dry", "alignment": (), "lanes": 1, "oncoming_lanes": 1, "lane_width": 3.5,
    "parking": 0.0, "sidewalk": 2.5, "crosswalk": None, "centre_line": "broken", "limit": None,
}  # fmt: skip
KERB, HEIGHT, RADIUS = -3.5, 0.12, 0.32  # the right kerb: the sidewalk lies from -6 to -3.5
CHASSIS = Chassis(HATCH.mass, 1.2, -1.4, 0.75, 0.0, 0.0)


def street(**more: object) -> Road:
    return build_road(Chosen("street", {**STREET, **more}), start=100.0, length=400.0)


def nobody(t: float, crashed: Mapping[str, Planar]) -> dict[str, Planar]:
    return {}


@settings(max_examples=60, deadline=None)
@given(st.floats(-0.5, 0.3), st.floats(0.02, 0.15), st.floats(0.2, 0.5))
def test_a_climbing_wheel_touches_the_edge_or_the_ground(way: float, height: float, radius: float) -> None:
    rise, slope = climb(way, height, radius)
    to_edge = math.hypot(min(way, 0.0), rise + radius - height)
    assert 0.0 <= rise <= height + 1e-12
    assert to_edge >= radius - 1e-12, "the tread does not reach into the kerb"
    assert rise == 0.0 or rise == pytest.approx(height) or to_edge == pytest.approx(radius)
    ahead, behind = (climb(way + sign * 1e-6, height, radius)[0] for sign in (1, -1))
    if 0.0 < behind < ahead < height:
        assert slope == pytest.approx((ahead - behind) / 2e-6, rel=1e-3, abs=1e-6)


def test_the_work_of_a_kerb_is_the_lifting_of_the_load() -> None:
    kerbs = Kerbs(street())
    way, work = np.linspace(-2.0, -9.0, 70_001), 0.0
    highest = 0.0
    for y in way:
        _, fy, _, _ = kerbs.push(CHASSIS, Planar(150.0, float(y), 0.3), radius=RADIUS, guess=150.0)
        work += fy * (way[0] - way[1])
        highest = max(highest, work)
    assert highest == pytest.approx(HATCH.mass * GRAVITY * HEIGHT, rel=2e-3)
    assert work == pytest.approx(0.0, abs=2.0), "beyond the sidewalk it is down again"


def test_wheels_stand_on_the_ground() -> None:
    """The plane of a lifted vehicle's wheels is off each by a quarter of the twist under them, no more."""
    kerbs = Kerbs(street())
    rng = np.random.default_rng(2)
    x, y = np.full(200, 150.0), rng.uniform(-8.0, -1.0, 200)
    yaw = rng.uniform(-math.pi, math.pi, 200)
    poses = kerbs.lift(CHASSIS, pose_from_planar(x, y, yaw), radius=RADIUS)
    for pose, angle in zip(poses, yaw, strict=True):
        qx, qy, qz, qw = pose[3:]
        ground, plane = [], []
        for px, py in ((1.2, -0.75), (1.2, 0.75), (-1.4, -0.75), (-1.4, 0.75)):
            world_y = pose[1] + math.sin(angle) * px + math.cos(angle) * py
            ground.append(climb(min(KERB - world_y, world_y - KERB + 2.5), HEIGHT, RADIUS)[0])
            plane.append(pose[2] + 2 * (qx * qz - qw * qy) * px + 2 * (qy * qz + qw * qx) * py)
        twist = abs(ground[0] - ground[1] - ground[2] + ground[3])
        assert np.abs(np.subtract(plane, ground)).max() == pytest.approx(twist / 4, abs=1e-3)
    flat = kerbs.lift(CHASSIS, pose_from_planar(x, np.full(200, -1.75), np.zeros(200)), radius=RADIUS)
    assert np.array_equal(flat, pose_from_planar(x, np.full(200, -1.75), np.zeros(200)))


def slide_to_kerb(speed: float) -> Crash:
    """A car without brakes is pushed gently and rolls straight at the kerb."""
    front = (1 - HATCH.front_share) * HATCH.wheelbase
    ego = CrashBody(
        "ego", "vehicle", HATCH.footprint, HATCH.size[2], HATCH.mass,
        Planar(200.0, 0.0, -math.pi / 2, 0.0, -speed),
        yaw_inertia=HATCH.yaw_inertia, wheelbase=HATCH.wheelbase, front_axle=front, track=HATCH.track,
    )  # fmt: skip
    post = CrashBody(
        "post", "fixed", ((0.1, -0.1), (0.1, 0.1), (-0.1, 0.1), (-0.1, -0.1)), 1.0, 0.0, Planar(220, 0)
    )
    return follow(
        [ego, post], ("ego", "post"), drive=nobody, friction=0.9, t0=0.0, t_end=4.0, kerbs=Kerbs(street())
    )


def test_a_slow_car_is_held_by_the_kerb_and_a_fast_one_is_not() -> None:
    front = (1 - HATCH.front_share) * HATCH.wheelbase
    slow, fast = slide_to_kerb(0.6), slide_to_kerb(5.0)
    # half the weight must be lifted: v^2 / 2 = (share of the front axle) g h at the least
    assert 0.6**2 / 2 < HATCH.front_share * GRAVITY * HEIGHT < 5.0**2 / 2
    assert (slow.poses[:, 0, 1] - front).min() > KERB
    assert (fast.poses[:, 0, 1] - front).min() < KERB
    assert fast.poses[:, 0, 2].max() > 0.05
    assert np.ptp(slow.poses[:, 0, 2]) < 0.05


def thrown_onto_the_sidewalk(road: Road, at: float) -> Crash:
    x, y, heading = road.pose(at, -1.75)
    aim = heading - 0.5
    state = Planar(x, y, aim, 12 * math.cos(aim), 12 * math.sin(aim))
    reach = HATCH.size[0] / 2 + ADULT.size[0] / 2
    front = (1 - HATCH.front_share) * HATCH.wheelbase
    bodies = [
        CrashBody(
            "ego", "vehicle", HATCH.footprint, HATCH.size[2], HATCH.mass, state,
            yaw_inertia=HATCH.yaw_inertia, wheelbase=HATCH.wheelbase, front_axle=front, track=HATCH.track,
            brake=0.9,
        ),
        CrashBody(
            "walker", "person", ADULT.footprint, ADULT.size[2], ADULT.mass,
            Planar(x + reach * math.cos(aim), y + reach * math.sin(aim), aim),
        ),
    ]  # fmt: skip
    return follow(
        bodies, ("ego", "walker"), drive=nobody, friction=0.9, t0=0.0, t_end=9.0, kerbs=Kerbs(road), reach=60.0
    )


@pytest.mark.parametrize("bend", [0.0, 1 / 80.0])
def test_who_is_thrown_onto_a_sidewalk_lies_on_it(bend: float) -> None:
    arc = () if bend == 0.0 else (Chosen("arc", {"length": 300.0, "curvature": bend}),)
    road = street(alignment=arc, sidewalk=8.0)
    crash = thrown_onto_the_sidewalk(road, 120.0)
    assert crash.rest is not None
    kerbs, end = Kerbs(road), crash.poses[-1, 1]
    # the pose is that of a point at the feet; a lying body's axis is half its thickness above the ground
    lowest = lowest_corner(end)
    assert kerbs.height(end[0], end[1]) == HEIGHT
    assert lowest == pytest.approx(HEIGHT, abs=0.01)
    again = thrown_onto_the_sidewalk(road, 120.0)
    assert np.array_equal(crash.poses, again.poses)
    assert crash.contacts == again.contacts


def lowest_corner(pose: np.ndarray) -> float:
    """Height of the lowest corner of the adult's prism."""
    qx, qy, qz, qw = pose[3:]
    up = (2 * (qx * qz - qw * qy), 2 * (qy * qz + qw * qx), 1 - 2 * (qx * qx + qy * qy))
    return min(
        float(pose[2] + up[0] * px + up[1] * py + up[2] * z)
        for px, py in ADULT.footprint
        for z in (0.0, ADULT.size[2])
    )


def test_roads_without_raised_strips_have_no_kerbs() -> None:
    highway = build_road(
        Chosen("highway", {"friction": None, "surface": "dry", "alignment": (), "lanes": 2, "lane_width": 3.5,
                           "shoulder": 2.5, "limit": None, "work_zone": None, "entry": None, "exit": None}),
        start=0.0, length=300.0,
    )  # fmt: skip
    kerbs = Kerbs(highway)
    assert not kerbs
    assert kerbs.height(10.0, -4.0) == 0.0
    assert kerbs.slabs(10.0, 0.0, 50.0) == []


@pytest.mark.parametrize("bend", [0.0, -1 / 60.0])
def test_slabs_cover_the_raised_strips_and_nothing_of_the_lanes(bend: float) -> None:
    arc = () if bend == 0.0 else (Chosen("arc", {"length": 400.0, "curvature": bend}),)
    road = street(alignment=arc)
    kerbs = Kerbs(road)
    slabs = kerbs.slabs(*road.pose(150.0, 0.0)[:2], 60.0)

    def covered(x: float, y: float) -> bool:
        for cx, cy, yaw, length, width, _ in slabs:
            c, s = math.cos(yaw), math.sin(yaw)
            u, v = c * (x - cx) + s * (y - cy), c * (y - cy) - s * (x - cx)
            if abs(u) <= length / 2 and abs(v) <= width / 2:
                return True
        return False

    for s in np.linspace(95.0, 205.0, 111):
        assert covered(*road.pose(float(s), -4.8)[:2])
        assert covered(*road.pose(float(s), 4.8)[:2])
        assert not covered(*road.pose(float(s), -3.2)[:2])
        assert not covered(*road.pose(float(s), 3.2)[:2])
