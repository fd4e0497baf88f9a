"""Scenery: what stands where, under which id, and what does not change when something else does."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache

import numpy as np
import pytest

from sim.domains.driving.declaration import CATEGORIES
from sim.domains.driving.road_building import build_road
from sim.domains.driving.roads import Road
from sim.domains.driving.scenery import ActorView, build, obstacles
from sim.domains.driving.scenery.paint import paint_of
from sim.fields import Chosen
from sim.noise import Draw, Edit, Noise
from sim.scene import Body, Scene

STREET = {
    "friction": None, "surface": "dry", "alignment": (), "lanes": 1, "oncoming_lanes": 1, "lane_width": 3.25,
    "parking": 2.0, "sidewalk": 2.5, "crosswalk": 60.0, "centre_line": "broken", "limit": None,
}  # fmt: skip
HIGHWAY = {
    "friction": None, "surface": "dry", "alignment": (), "lanes": 3, "lane_width": 3.75, "shoulder": 3.0,
    "work_zone": None, "entry": None, "exit": None, "limit": None,
}  # fmt: skip
BEND = (
    Chosen("arc", {"length": 250.0, "curvature": 1 / 70.0}),
    Chosen("clothoid", {"length": 60.0, "to": -0.01}),
)

ROADS = {
    "street": (Chosen("street", STREET), "urban"),
    "bent street": (Chosen("street", {**STREET, "alignment": BEND}), "urban"),
    "country road": (Chosen("street", {**STREET, "parking": 0.0, "sidewalk": 0.0, "crosswalk": None}), "rural"),
    "highway": (Chosen("highway", HIGHWAY), "highway"),
    "bent highway": (
        Chosen("highway", {**HIGHWAY, "alignment": (Chosen("arc", {"length": 300.0, "curvature": -1 / 400}),)}),
        "highway",
    ),
}  # fmt: skip
EGO = ActorView("ego", "car", "vehicle", "sedan", (4.71, 1.83, 1.44), 40.0, -1.6, 0.0)
LEAD = ActorView("lead", "truck", "vehicle", "truck", (8.5, 2.5, 3.5), 80.0, -1.6, 0.0)
CHILD = ActorView("child", "person", "person", "child", (0.28, 0.298, 1.154), 90.0, -6.0, 1.5, z=0.12)


@cache
def road_of(kind: str) -> Road:
    return build_road(ROADS[kind][0], start=40.0, length=400.0)


def scene_of(kind: str, *actors: ActorView, noise: Noise | None = None, density: float = 0.6) -> Scene:
    scene = Scene(CATEGORIES)
    build(
        scene,
        road=road_of(kind),
        actors=actors,
        surroundings=ROADS[kind][1],
        noise=noise or Noise(11),
        density=density,
    )
    return scene


def yaw_of(body: Body) -> float:
    return 2 * math.atan2(body.pose[5], body.pose[6])


def footprint(body: Body) -> np.ndarray:
    """Points all around the ground a body takes: for trees and lamps that of trunk and post."""
    length, width, _ = body.shape.size
    offset = 0.0
    if body.shape.kind == "tree":
        length = width = 0.35
    elif body.shape.kind == "lamp":
        offset, length, width = -length / 2 + 0.1, 0.2, 0.2
    across = np.linspace(-0.5, 0.5, 9)
    rim = np.concatenate([np.column_stack([np.full(9, s), across]) for s in (-0.5, 0.5)])
    local = np.concatenate([rim, rim[:, ::-1]]) * (length, width) + (offset, 0.0)
    c, s = math.cos(yaw_of(body)), math.sin(yaw_of(body))
    return np.asarray(local @ np.array([[c, s], [-s, c]]) + body.pose[:2])


@cache
def carriageways(kind: str) -> list[tuple[float, float]]:
    """(d_right, d_left) of the pavement, the other carriageway of a highway included."""
    road = scene_of(kind)["road"]
    return [strip[:2] for strip in road.shape.details["strips"]]  # type: ignore[attr-defined]  # plain values


def is_on_road(kind: str, points: np.ndarray) -> np.ndarray:
    """Whether points lie on the pavement, by the nearest of densely sampled places of the reference line."""
    poses = line_of(kind)
    apart = points[:, None] - poses[:, :2]
    nearest = np.argmin(np.sum(apart**2, axis=2), axis=1)
    heading, offset = poses[nearest, 2], apart[np.arange(len(points)), nearest]
    along = offset[:, 0] * np.cos(heading) + offset[:, 1] * np.sin(heading)
    d = offset[:, 1] * np.cos(heading) - offset[:, 0] * np.sin(heading)
    inside = [(right < d) & (d < left) for right, left in carriageways(kind)]
    return np.asarray((np.abs(along) < 1.0) & np.any(inside, axis=0))


@cache
def line_of(kind: str) -> np.ndarray:
    road = road_of(kind)
    return np.array([road.pose(float(s), 0.0) for s in np.arange(0.0, road.length, 0.5)])


@pytest.mark.parametrize("kind", ROADS)
def test_nothing_stands_on_the_carriageway(kind: str) -> None:
    scene = scene_of(kind, EGO, CHILD)
    things = [body for body in scene if body.name.startswith("scenery/")]
    assert len(things) > 100
    for body in things:
        points = np.array(body.shape.details["path"]) if body.shape.kind == "guard_rail" else footprint(body)
        assert not is_on_road(kind, points).any(), body


def test_parked_cars_stand_in_the_parking_strip() -> None:
    scene = scene_of("bent street", EGO)
    parked = [body for body in scene if body.name.startswith("scenery/parked")]
    assert len(parked) > 20
    road = road_of("bent street")
    for body in parked:
        assert body.labelled
        _, d = road.place(body.pose[0], body.pose[1], 200.0 if body.pose[0] > 0 else 300.0)
        assert 3.25 < abs(d) < 5.25 or abs(d) > 20  # projected onto a turn further on
    styles = {body.shape.details["style"] for body in parked}
    assert len(styles) >= 3


@pytest.mark.parametrize("kind", ROADS)
def test_ids_follow_birth_and_actors_come_before_scenery(kind: str) -> None:
    scene = scene_of(kind, EGO, LEAD)
    assert [body.instance_id for body in scene] == list(range(1, len(scene) + 1))
    names = [body.name for body in scene]
    assert names[:2] == ["ground", "road"]
    first = next(k for k, name in enumerate(names) if name.startswith("scenery/"))
    assert names[first - 2 : first] == ["ego", "lead"]
    assert {body.category for body in scene} <= set(CATEGORIES)
    assert not scene["road"].labelled
    assert scene["ego"].labelled


@pytest.mark.parametrize("kind", ROADS)
def test_the_same_noise_builds_the_same_scene(kind: str) -> None:
    assert list(scene_of(kind, EGO)) == list(scene_of(kind, EGO))
    assert list(scene_of(kind, EGO)) != list(scene_of(kind, EGO, noise=Noise(12)))


def without_ids(scene: Scene) -> dict[str, tuple[object, ...]]:
    return {b.name: (b.category, b.shape, b.pose, b.labelled) for b in scene}


@pytest.mark.parametrize("kind", ROADS)
def test_another_actor_leaves_every_other_body_alone(kind: str) -> None:
    before, after = scene_of(kind, EGO), scene_of(kind, EGO, LEAD)
    assert before["ego"] == after["ego"]
    rest = without_ids(after)
    rest.pop("lead")
    assert rest == without_ids(before)


def test_pedestrians_clear_the_kerb_of_cars_for_show_and_nothing_else() -> None:
    before, after = without_ids(scene_of("street", EGO)), without_ids(scene_of("street", EGO, CHILD))
    gone = set(before) - set(after)
    assert gone
    assert all(name.startswith("scenery/parked") for name in gone)
    assert all(after[name] == before[name] for name in set(before) - gone)


def test_a_parked_actor_has_the_parking_strip_to_itself() -> None:
    parked = ActorView("parked", "car", "vehicle", "suv", (4.65, 1.88, 1.68), 70.0, -4.25, 0.0)
    names = [body.name for body in scene_of("street", EGO, parked)]
    assert not any(name.startswith("scenery/parked") for name in names)


def test_an_actors_redraw_changes_only_its_looks() -> None:
    draw = Draw(5, ())
    before = without_ids(scene_of("street", EGO, LEAD, noise=draw.noise))
    edited = draw.edited(Edit(key=77, entity="lead"))
    after = without_ids(scene_of("street", EGO, LEAD, noise=edited.noise))
    assert {name for name in before if before[name] != after[name]} == {"lead"}


def test_density_thins_scenery_without_moving_what_stays() -> None:
    thin, thick = (without_ids(scene_of("street", EGO, density=d)) for d in (0.1, 0.9))
    assert len(thin) < len(thick)
    parked = [name for name in thin if "parked" in name or "lamp" in name]
    assert all(thin[name] == thick[name] for name in parked)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("street", {"building": 40, "lamp": 20, "vehicle": 40, "sign": 4}),
        ("country road", {"tree": 50, "bush": 40, "cylinder": 20}),
        ("highway", {"guard_rail": 20, "tree": 100, "bush": 60, "sign": 2}),
    ],
)
def test_there_is_enough_to_recognise_the_place(kind: str, expected: dict[str, int]) -> None:
    counts = Counter(body.shape.kind for body in scene_of(kind, EGO))
    for shape, least in expected.items():
        assert counts[shape] >= least, counts


def test_semantic_strips_have_bodies_of_their_own() -> None:
    street, highway = scene_of("street"), scene_of("highway")
    kinds = {name: {s[2] for s in street[name].shape.details["strips"]} for name in ("road", "sidewalk")}  # type: ignore[attr-defined]  # plain values
    assert kinds == {"road": {"asphalt", "parking"}, "sidewalk": {"sidewalk"}}
    assert street["sidewalk"].category == "sidewalk"
    assert highway["verge"].category == "terrain"
    lanes = [s for s in highway["road"].shape.details["strips"] if s[2] == "asphalt"]  # type: ignore[attr-defined]
    assert len(lanes) == 2, "the other carriageway is there too"


def test_obstacles_are_what_stands_near_and_is_hard() -> None:
    road = road_of("highway")
    near = obstacles(road, "highway", Noise(11), parked=None, centre=(200.0, -5.0), reach=60.0)
    assert near == obstacles(road, "highway", Noise(11), parked=None, centre=(200.0, -5.0), reach=60.0)
    assert all(body.kind == "fixed" for body in near)
    assert any("rail" in body.name for body in near)
    for body in near:
        half = max(x for x, _ in body.footprint)
        assert math.hypot(body.state.x - 200.0, body.state.y + 5.0) <= 60.0 + half
    assert len(near) < len(
        obstacles(road, "highway", Noise(11), parked=None, centre=(200.0, -5.0), reach=300.0)
    )


def test_rails_of_obstacles_cover_the_drawn_path() -> None:
    road = road_of("bent highway")
    parts = [
        o
        for o in obstacles(road, "highway", Noise(3), parked=None, centre=(0, 0), reach=1e4)
        if "rail_right" in o.name
    ]
    total = sum(2 * max(x for x, _ in part.footprint) for part in parts)
    d = min(strip[0] for strip in road.strips) + 0.9
    length = sum(math.dist(road.pose(s, d)[:2], road.pose(s + 1.0, d)[:2]) for s in range(int(road.length)))
    assert total == pytest.approx(length, rel=0.01)


def test_paints_follow_the_published_shares() -> None:
    u = (np.arange(10_000) + 0.5) / 10_000
    paints = Counter(paint_of("sedan", float(x)) for x in u)
    brightest, darkest = max(paints, key=sum), min(paints, key=sum)
    assert paints[brightest] / 10_000 == pytest.approx(0.34, abs=0.001)
    assert paints[darkest] / 10_000 == pytest.approx(0.21, abs=0.001)
    grey = sum(n for (r, g, b), n in paints.items() if max(r, g, b) - min(r, g, b) < 0.03 and r > 0.05)
    assert grey / 10_000 == pytest.approx(0.34 + 0.19 + 0.08, abs=0.002)
    assert all(0 <= c <= 1 for paint in paints for c in paint)
    assert paint_of("truck", 0.999999) != paint_of("truck", 0.0)
