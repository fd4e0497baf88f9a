"""Wrecks that touch nothing: they skid as the engine would let them, and nobody who may be hit is left out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.domains.driving.coasting import Ground
from sim.domains.driving.crash import Crash, CrashBody, follow
from sim.domains.driving.footprints import place_polygon, polygon_distance
from sim.domains.driving.kerbs import Kerbs
from sim.domains.driving.nearness import Neighbours
from sim.domains.driving.road_building import build_road
from sim.domains.driving.skid import Chassis
from sim.domains.driving.vehicles import PEDESTRIANS, VEHICLES
from sim.fields import Chosen
from sim.worlds.physics import PhysicsWorld, Planar

HATCH, ADULT = VEHICLES["hatchback"], PEDESTRIANS["adult"]
STREET = {
    "friction": None, "surface": "dry", "alignment": (), "lanes": 1, "oncoming_lanes": 1, "lane_width": 3.5,
    "parking": 0.0, "sidewalk": 2.5, "crosswalk": None, "centre_line": "broken", "limit": None,
}  # fmt: skip
CHASSIS = Chassis(HATCH.mass, 1.2, -1.4, 0.75, 0.05, 0.6)


@pytest.mark.parametrize("aside", [0.0, -2.0])
@pytest.mark.parametrize("motion", [(14.0, 3.0, 2.5), (8.0, -6.0, -1.0), (0.5, 0.1, 0.2)])
def test_a_wreck_skids_as_the_engine_lets_it(motion: tuple[float, float, float], aside: float) -> None:
    """Over a second, on flat ground and from the lane up a kerb, with the same forces at the same steps."""
    kerbs = Kerbs(build_road(Chosen("street", STREET), start=100.0, length=400.0))
    ground, start = Ground(0.8, kerbs), Planar(150.0, aside, 0.4, *motion)
    world = PhysicsWorld(dt=1e-3)
    k = world.add(HATCH.footprint, height=1.5, mass=HATCH.mass, state=start, yaw_inertia=HATCH.yaw_inertia)
    state, way = start, 150.0
    for _ in range(1000):
        fx, fy, torque, way = ground.push(CHASSIS, state, dt=1e-3, radius=0.32, way=way)
        world.push(k, (fx, fy, 0.0), torque)
        world.step()
        state = world.state(k)
    coasted, place = ground.coast(
        CHASSIS, start, inertia=world.yaw_inertia(k), steps=1000, dt=1e-3, radius=0.32, way=150.0
    )
    assert world.yaw_inertia(k) == pytest.approx(HATCH.yaw_inertia)
    assert coasted == pytest.approx(state, abs=1e-6)
    assert place == pytest.approx(way, abs=0.02), "the engine's is that of the last step's beginning"


def test_nobody_who_comes_near_is_missed() -> None:
    """Bodies move on in straight lines: each pair that overlaps within the tick was named."""
    rng, span, met = np.random.default_rng(4), 0.01, 0
    shapes = [VEHICLES["truck"], HATCH, HATCH, ADULT, ADULT]
    room = np.zeros((2, 8, 2))
    for _ in range(400):
        places = rng.uniform(-3.5, 3.5, (5, 2)) * (2.0, 1.0)
        states = {
            k: Planar(
                *map(float, (*places[k], rng.uniform(-3, 3), *rng.uniform(-40, 40, 2), rng.uniform(-3, 3)))
            )
            for k in range(5)
        }
        states[2] = Planar(*states[2][:3])
        heights = [None, None, None, ADULT.size[2], ADULT.size[2]]
        told = Neighbours([body.footprint for body in shapes], heights, states)
        pairs = told.pairs(range(5), [0, 1, 3, 4], states, span)
        assert pairs == sorted(set(pairs))
        named = {(a, b) for a, b, _ in pairs}
        for a in range(5):
            for b in range(a + 1, 5):
                nearest = math.inf
                for t in (0.0, 0.5 * span, span):
                    for side, k in enumerate((a, b)):
                        x, y, yaw, vx, vy, rate = states[k]
                        count = len(shapes[k].footprint)
                        points = np.array(shapes[k].footprint)
                        place_polygon(points, count, x + vx * t, y + vy * t, yaw + rate * t, room[side])
                    sizes = [len(shapes[k].footprint) for k in (a, b)]
                    nearest = min(nearest, polygon_distance(room[0], sizes[0], room[1], sizes[1]))
                if nearest <= 0.0:
                    met += 1
                    assert (a, b) in named
    assert met > 300


def hit_at_rest(t_end: float, *, passer: bool) -> Crash:
    """A walker is run down; long after both lie still a second car comes along and hits the walker."""
    front = (1 - HATCH.front_share) * HATCH.wheelbase

    def car(name: str, state: Planar) -> CrashBody:
        return CrashBody(
            name, "vehicle", HATCH.footprint, HATCH.size[2], HATCH.mass, state, yaw_inertia=HATCH.yaw_inertia,
            wheelbase=HATCH.wheelbase, front_axle=front, track=HATCH.track, brake=1.0,
        )  # fmt: skip

    touching = Planar(HATCH.size[0] / 2 + ADULT.size[0] / 2, 0.2)
    walker = CrashBody("walker", "person", ADULT.footprint, ADULT.size[2], ADULT.mass, touching)
    far = car("late", Planar(80.0, 30.0, -math.pi / 2, 0.0, -8.0))
    bodies = [car("ego", Planar(0, 0, 0, 9.0)), walker, *([far] if passer else [])]

    def drive(t: float, crashed: object) -> dict[str, Planar]:
        return {"late": Planar(80.0 - 12.0 * t, 0.0, math.pi, -12.0)}

    return follow(bodies, ("ego", "walker"), drive=drive, friction=0.8, t0=0.0, t_end=t_end)


def test_who_lies_still_sleeps_and_is_woken_by_a_blow() -> None:
    alone, struck = hit_at_rest(9.0, passer=False), hit_at_rest(9.0, passer=True)
    assert alone.rest is not None
    lying = alone.poses[-1, 1]
    assert alone.times[-1] < 5.0
    hit = next(contact for contact in struck.contacts if {contact.a, contact.b} & {"late"})
    assert hit.t > alone.rest + 0.2
    before = (struck.times > alone.rest + 0.2) & (struck.times < hit.t - 0.4)  # it wakes when a car is near
    assert np.ptp(struck.poses[before, 1], axis=0).max() == 0.0, "who sleeps does not creep"
    assert struck.poses[before, 1][0] == pytest.approx(lying, abs=0.02)
    assert {hit.a, hit.b} == {"walker", "late"}
    assert struck.delta_v["walker"] > 5.0
    assert struck.poses[-1, 1, 0] < lying[0] - 2.0
