"""Random driving scenes: nobody drives through another, all stay on the road, and whoever goes first can."""

import math
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENES = 300


@pytest.fixture
def benchmark(monkeypatch):
    """Return the modules of the benchmark, which is a folder of scripts."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks" / "driving_scenes")
    import random_driving
    import scene_checks
    import scene_geometry

    return random_driving, scene_checks, scene_geometry


@pytest.mark.parametrize("part", range(6))
def test_nothing_happens_in_random_scenes_that_must_not(benchmark, part):
    random_driving, scene_checks, _ = benchmark
    each = SCENES // 6
    for seed in range(part * each, (part + 1) * each):
        faults = list(scene_checks.faults_of(scene_checks.ride(random_driving.random_scene(seed))))
        assert faults == [], f"scene {seed}"


def test_scenes_are_of_every_kind_and_follow_from_their_number(benchmark):
    random_driving, _, _ = benchmark
    scenes = [random_driving.random_scene(seed) for seed in range(60)]
    assert {scene.kind for scene in scenes} == {*random_driving.KINDS}
    assert {scene.is_calm for scene in scenes} == {True, False}
    assert {2, 8} <= {len(scene.items) for scene in scenes}
    assert [scene.data for scene in scenes] == [random_driving.random_scene(seed).data for seed in range(60)]


@pytest.mark.parametrize("what", ["overlap", "no touch", "off the road"])
def test_the_checks_find_what_is_wrong(benchmark, what):
    """A run is falsified: one is put into another, touched from afar, or put off the road."""
    random_driving, scene_checks, _ = benchmark
    calm = (s for s in map(random_driving.random_scene, range(0, 600, 6)) if s.is_calm and len(s.items) > 2)
    done = scene_checks.ride(next(calm))
    assert list(scene_checks.faults_of(done)) == []
    if what == "no touch":
        names = [item["id"] for item in done.scene.items[:2]]
        done.__dict__["contacts"] = {frozenset(names): float(done.trace.times[-1])}
    elif what == "overlap":
        done.poses[5, 0] = done.poses[5, 1]
    else:
        done.poses[5:, 0, 1] = 40.0
    assert what in {fault.what for fault in scene_checks.faults_of(done)}


@pytest.mark.parametrize(
    ("place", "depth"),
    [((3.9, 0.0, 0.0), 0.1), ((0.0, 1.5, 0.0), 0.5), ((4.1, 0.0, 0.0), -0.1), ((2.8, 0.0, math.pi / 2), 0.2)],
)
def test_depths_of_overlap_are_those_of_boxes(benchmark, place, depth):
    _, _, geometry = benchmark
    box = ((2.0, -1.0), (2.0, 1.0), (-2.0, 1.0), (-2.0, -1.0))
    found = geometry.depth_of_overlap(np.zeros((1, 3)), np.array([place]), box, box)
    assert found[0] == pytest.approx(depth, abs=1e-12)


def test_places_halfway_turn_the_shorter_way(benchmark):
    _, _, geometry = benchmark
    between = geometry.halfway(np.array([[0.0, 0.0, 3.0], [2.0, 4.0, -3.0]]))[1]
    assert between[:2] == pytest.approx([1.0, 2.0])
    assert math.cos(between[2] - math.pi) == pytest.approx(1.0)


def test_a_place_beside_an_arc_is_as_far_from_its_circle(benchmark):
    _, _, geometry = benchmark
    bend = [{"arc": {"length": "100 m", "curvature": "0.01 1/m"}}]
    angle = 0.6
    at = [100.0 + 97.0 * math.sin(angle), 100.0 - 97.0 * math.cos(angle)]
    assert geometry.beside_course(bend, np.array([at]))[0] == pytest.approx(3.0, abs=2e-3)
    assert geometry.beside_course([], np.array([[5.0, -2.0]]))[0] == -2.0
