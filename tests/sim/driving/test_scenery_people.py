"""People on pavements and cars in bays: how many, where, how they walk, and who is given room."""

from __future__ import annotations

import numpy as np
import pytest

from sim.domains.driving.scenery import ActorView, parking_of
from sim.domains.driving.scenery.people import Walker, walkers
from sim.domains.driving.scenery.surroundings import surround
from sim.domains.driving.vehicles import VEHICLES
from sim.noise import Noise


def _about(road, per_100m: float, key: int = 1, **more) -> tuple[Walker, ...]:
    return walkers(road, noise=Noise(key), per_100m=per_100m, duration=8.0, **more)


def test_as_many_people_are_about_as_the_scenario_says(driving) -> None:
    road = driving.world(road={"street": {}}).road
    counts = [len(_about(road, 5.0, key)) for key in range(40)]
    pavements = 2.0 * road.length / 100.0
    spread = np.std(counts) / len(counts) ** 0.5
    assert np.mean(counts) == pytest.approx(5.0 * pavements, abs=4.0 * spread)
    assert _about(road, 0.0) == ()


def test_people_stay_on_their_pavement_and_walk_at_their_pace(driving) -> None:
    world = driving.world(road={"street": {}})
    people = _about(world.road, 20.0)
    walks = [strip for strip in world.road.strips if strip[2] == "sidewalk"]
    assert {np.sign(one.speed) for one in people} == {-1.0, 0.0, 1.0}
    for one in people:
        poses = one.poses(np.array([0.0, 3.0, 8.0]))
        assert any(right < one.d < left and height == one.z for right, left, _, height in walks)
        assert 0.0 < one.s + 8.0 * one.speed < world.road.length
        ways = np.linalg.norm(np.diff(poses[:, :2], axis=0), axis=1)
        assert ways == pytest.approx(abs(one.speed) * np.array([3.0, 5.0]), abs=1e-6)
    paces = [abs(one.speed) for one in people if one.speed]
    assert np.mean(paces) == pytest.approx(1.34, abs=0.08)


def test_people_are_bodies_whose_tracks_agree_with_their_gait(driving) -> None:
    trace = driving.run(duration=4.0, road={"street": {}}, ego={"speed": 5.0}, scenery={"people": 8.0})
    truth = trace.truth()
    seen = [body for body in truth.scene if body.name.startswith("scenery/people")]
    assert seen
    assert all(body.labelled and body.category == "person" for body in seen)
    track = next(one for one in truth.tracks if one.bodies[0].startswith("scenery/people"))
    steps = {ch.body: ch for ch in truth.channels if ch.name == "gait_phase"}
    for n, name in enumerate(track.bodies):
        way = np.linalg.norm(track.at(3.0)[n, :2] - track.at(1.0)[n, :2])
        turns = (steps[name].at(3.0) - steps[name].at(1.0)) / (2.0 * np.pi)
        assert way / turns / truth.scene[name].shape.size[2] == pytest.approx(1.45 / 1.8, rel=0.03)


def test_nobody_is_about_where_an_actor_begins_and_an_actor_changes_nobody_else(driving) -> None:
    road = driving.world(road={"street": {}}).road
    everybody = _about(road, 10.0)
    here = everybody[3].poses(np.zeros(1))[0, :2]
    rest = {one.name: one for one in _about(road, 10.0, actors=[tuple(here)])}
    assert 0 < len(rest) < len(everybody)
    assert everybody[3].name not in rest
    assert all(rest[one.name] == one for one in everybody if one.name in rest)


def test_bays_are_taken_by_their_share_with_room_for_actors(driving) -> None:
    road = driving.world(road={"street": {}}).road
    size = VEHICLES["sedan"].size
    bay = road.pose(150.0, road.places["right_parking"])
    walk = road.pose(190.0, road.places["right_sidewalk"])
    actors = [
        ActorView("waiting", "car", "vehicle", "sedan", size, *bay),
        ActorView("child", "person", "person", "child", (0.5, 0.3, 1.15), *walk),
    ]

    def parked(share: float | None) -> np.ndarray:
        things = surround(
            road, kind="urban", noise=Noise(2), density=0.6, parked=parking_of(road, actors, 0.6, share)
        )
        return np.array([(t.x, t.y) for t in things if t.shape.kind == "vehicle"]).reshape(-1, 2)

    assert len(parked(None)) == 0
    full = parked(1.0)
    assert len(full) > 0.8 * 2.0 * (road.length / 6.3)
    assert np.min(np.hypot(full[:, 0] - bay[0], full[:, 1] - bay[1])) > size[0]
    assert np.min(np.hypot(full[:, 0] - walk[0], full[:, 1] - walk[1])) > 7.0
    assert 0.3 < len(parked(0.5)) / len(full) < 0.7
