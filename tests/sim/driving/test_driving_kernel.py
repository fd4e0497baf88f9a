"""Compiled short cuts against slow twins: sweep and prune, leaders, wandering, series, extents."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import sine_and_cosine
from sim.domains.driving.control import wander
from sim.domains.driving.dynamics import look_around
from sim.domains.driving.kernel import closest_pair
from sim.domains.driving.roads import pose_at
from sim.domains.driving.signals import half_length, half_width, prism_distance
from sim.domains.driving.vehicles import STATICS, VEHICLES
from sim.noise import Edit, Noise, address, entity_hash


@given(st.floats(-4.0, 4.0))
@settings(deadline=None)
def test_sine_and_cosine_are_what_they_say(angle):
    assert sine_and_cosine(angle) == pytest.approx((math.sin(angle), math.cos(angle)), abs=3e-16)


@given(st.sampled_from([*VEHICLES.values(), STATICS["cone"]]), st.floats(-math.pi, math.pi))
@settings(deadline=None)
def test_extents_are_those_of_the_footprint(body, yaw):
    state = np.zeros(c.STATE)
    state[c.E] = yaw
    turned = np.array(body.footprint) @ np.array(
        [[math.cos(yaw), math.sin(yaw)], [-math.sin(yaw), math.cos(yaw)]]
    )
    assert half_length(state, body.row) == pytest.approx(np.max(turned[:, 0]), abs=1e-12)
    assert half_width(state, body.row) == pytest.approx(np.max(turned[:, 1]), abs=1e-12)


def crowd(driving, seed: int, curved: bool):
    """A world with bodies strewn at random over a short stretch, some turned."""
    bends = [{"clothoid": {"length": 80.0, "to": 1 / 120}}]
    actors = [
        {
            "id": f"b{k}",
            ("static" if k % 4 == 0 else "vehicle"): "sedan",
            "lane": 1 + k % 3,
            "ahead": 10.0 + 40.0 * k,
        }
        for k in range(14)
    ]
    world = driving.world(
        duration=1.0, road={"highway": {"alignment": bends if curved else []}}, ego={"lane": 2, "speed": 10.0},
        actors=actors,
    )  # fmt: skip
    noise = np.random.default_rng(seed)
    world.X[:, c.S] = 150.0 + noise.uniform(0.0, 60.0, len(world.X))
    world.X[:, c.D] = noise.uniform(-11.0, 1.0, len(world.X))
    world.X[:, c.E] = noise.choice([0.0, 0.05, -0.2, 0.9, 1.6], len(world.X))
    return world


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("curved", [False, True])
def test_sweep_and_prune_finds_the_closest_pair(driving, seed, curved):
    world = crowd(driving, seed, curved)
    look_around(world.X, world.P, world.C, world.line, world._order, world.lanes, world._ahead)
    room, touch = np.zeros_like(world.corners[:2]), np.zeros(2, np.int64)
    found = -closest_pair(
        world.X,
        world.P,
        world.C,
        world.corners,
        world.line,
        world._order,
        world._stretch,
        world._sag,
        room,
        touch,
    )
    slow = {
        (i, j): prism_distance(world.X, world.P, world.corners, world.line, i, j, room)
        for i in range(len(world.X))
        for j in range(i + 1, len(world.X))
        if not world.P[i, c.KIND] == world.P[j, c.KIND] == c.STATIC
    }
    least = min(slow.values())
    # beyond touching range pairs may be left out
    assert found == pytest.approx(least, abs=1e-12) if least <= 0.0 else found >= least - 1e-12
    if least <= 0.0:
        assert tuple(touch) == min(slow, key=lambda pair: slow[pair])


@pytest.mark.parametrize("seed", range(20))
def test_the_body_ahead_is_the_nearest_in_the_way(driving, seed):
    world = crowd(driving, seed, False)
    world.X[:, c.E] = 0.0
    world.C[:, c.LEADING] = 1.0
    world.C[:, c.D0] = world.C[:, c.D1] = world.X[:, c.D]
    look_around(world.X, world.P, world.C, world.line, world._order, world.lanes, world._ahead)
    s, d, width = world.X[:, c.S], world.X[:, c.D], world.P[:, c.WIDTH]
    for i in range(len(s)):
        ahead = [j for j in range(len(s)) if s[j] > s[i] and abs(d[i] - d[j]) < (width[i] + width[j]) / 2]
        expected = min(ahead, key=lambda j: s[j]) if ahead else -1
        assert world._ahead[i, 0] == expected


def slow_wander(noise: Noise, entity: str, stream: str, sigma: float, ticks: int) -> list[float]:
    """The sequence of a driver's wandering, drawn through the noise one address at a time."""
    keep = math.exp(-c.WANDER_TICK / c.WANDER_TIME)
    values = [sigma * noise.normal(entity, stream, 0, 0.0)]
    for tick in range(ticks):
        fresh = sigma * noise.normal(entity, stream, tick + 1, tick * c.WANDER_TICK)
        values.append(keep * values[-1] + math.sqrt(1.0 - keep * keep) * fresh)
    return values


@pytest.mark.parametrize("edits", [(), (Edit(5, "car", t=1.0),), (Edit(6, t=0.5, beta=0.4),)])
def test_wandering_is_the_addressed_sequence(edits):
    noise = Noise(11, edits)
    state, commands = np.zeros((1, c.STATE)), np.zeros((1, c.COMMANDS))
    state[0, c.TICK] = -2.0
    commands[0, c.SIGMA_V], commands[0, c.SIGMA_D] = 0.4, 0.2
    names = np.array(
        [[address("car", "speed_wander"), address("car", "lateral_wander"), entity_hash("car")]], np.uint64
    )
    speed, lateral = (
        slow_wander(noise, "car", stream, sigma, 20)
        for stream, sigma in (("speed_wander", 0.4), ("lateral_wander", 0.2))
    )
    for step in range(150):
        wander(0, step * 0.01, state, commands, *noise.arrays, names)
        tick = int(state[0, c.TICK])
        assert tick == step // 10
        assert state[0, c.WV0 : c.WD1 + 1] == pytest.approx(
            [speed[tick], speed[tick + 1], lateral[tick], lateral[tick + 1]], rel=1e-12
        )


@settings(max_examples=30, deadline=None)
@given(st.floats(2.0, 60.0), st.floats(5.0, 35.0))
def test_a_touch_between_grid_times_is_located_exactly(driving, gap, speed):
    trace = driving.run(
        duration=15.0,
        dt=0.02,
        ego={"lane": 2, "speed": speed},
        actors=[{"id": "wall", "static": "box", "lane": 2, "ahead": gap}],
    )
    assert trace.times[-1] == pytest.approx(gap / speed, abs=1e-9)


def test_the_world_pose_of_a_straight_road_is_the_place_itself(driving):
    line = driving.world(ego={"speed": 1.0}).line
    assert pose_at(line, 123.4, -5.6) == (123.4, -5.6, 0.0)
