"""Vehicles with trailers, doors and blue lamps: forms that fit their boxes, parts that move."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from renderers.assets import mesh_for, pose_parts
from renderers.assets.boxes import box_at
from renderers.assets.materials import Column, Lamp
from sim.geometry import pose_from_planar
from sim.recording import Channel
from sim.scene import Scene, Shape

SIZES = {
    "tractor": (6.1, 2.5, 3.7), "semi_trailer": (13.6, 2.55, 4.0), "caravan": (6.3, 2.3, 2.6),
    "box_trailer": (3.4, 1.5, 1.05), "tram": (14.0, 2.5, 3.06), "ambulance": (5.93, 2.02, 2.75),
}  # fmt: skip
DOOR = ("left", 1.0, 1.01, 1.22)


@pytest.mark.parametrize("style", SIZES)
def test_new_vehicles_fill_their_boxes(style):
    mesh = mesh_for(Shape("vehicle", SIZES[style], {"style": style, "seed": 3}))
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    half = np.array(SIZES[style]) / 2
    assert low == pytest.approx([-half[0], -half[1], 0.0], abs=1e-4)
    assert high == pytest.approx([half[0], half[1], 2 * half[2]], abs=1e-4)


def test_a_semi_trailer_stands_on_three_axles_behind_its_kingpin():
    mesh = mesh_for(Shape("vehicle", SIZES["semi_trailer"], {"style": "semi_trailer"}))
    assert [part for part in mesh.parts if part.startswith("wheel")] == [f"wheel_{k}" for k in range(6)]
    middles = [mesh.vertices[mesh.part == mesh.parts.index(f"wheel_{k}")][:, 0].mean() for k in range(6)]
    assert np.mean(middles) == pytest.approx(-2.5, abs=0.02)  # 7.7 m behind the kingpin at 5.2


def test_only_an_ambulance_has_blue_lamps_left_and_right():
    mesh = mesh_for(Shape("vehicle", SIZES["ambulance"], {"style": "ambulance"}))
    for lamp, side in ((Lamp.BLUE_LEFT, 1.0), (Lamp.BLUE_RIGHT, -1.0)):
        rows = np.flatnonzero(mesh.materials[:, Column.LAMP] == lamp)
        faces = mesh.faces[np.isin(mesh.material, rows)]
        assert len(faces) > 0
        assert np.all(side * mesh.vertices[faces][..., 1] > 0.0)


def _with_door(angle):
    shape = Shape("vehicle", (4.71, 1.83, 1.44), {"style": "sedan", "doors": (DOOR[1:],)})
    return shape, pose_parts(shape, {"door_left": angle})


def test_a_door_swings_about_its_front_edge():
    shape, poses = _with_door(math.radians(65.0))
    mesh = mesh_for(shape)
    leaf = mesh.vertices[mesh.part == mesh.parts.index("door_left")]
    shut, moved = leaf, leaf @ poses[-1][:3, :3].T + poses[-1][:3, 3]
    assert len(poses) == len(mesh.parts)
    assert np.ptp(shut[:, 0]) == pytest.approx(1.22, abs=0.03)
    assert moved[:, 1].max() == pytest.approx(0.915 + 1.22 * math.sin(math.radians(65.0)), abs=0.06)
    assert np.array_equal(_with_door(0.0)[1][-1], np.eye(4))
    plain = Shape("vehicle", (4.71, 1.83, 1.44), {"style": "sedan"})
    assert len(pose_parts(plain, {})) == len(mesh_for(plain).parts) == len(mesh.parts) - 1


@pytest.mark.parametrize("angle", [0.0, 1.1])
def test_the_box_of_a_car_holds_its_open_door(angle):
    shape, poses = _with_door(angle)
    scene = Scene(("car",))
    body = scene.add("car", category="car", shape=shape, pose=tuple(pose_from_planar(0.0, 0.0, 0.0)))
    times = np.array([0.0, 1.0])
    channel = Channel("car", "door_left", "rad", times, np.full(2, angle))
    recording = SimpleNamespace(channels=(channel,))
    middle, size = box_at(body, recording, 0.5)
    leaf = mesh_for(shape).vertices[mesh_for(shape).part == len(poses) - 1]
    moved = leaf @ poses[-1][:3, :3].T + poses[-1][:3, 3]
    assert np.all(np.abs(moved - middle) < size / 2 + 0.05)
    if angle == 0.0:
        assert np.array_equal(size, shape.size)
        assert np.array_equal(middle, [0.0, 0.0, 0.72])
    else:
        assert size[1] == pytest.approx(1.83 + 1.22 * math.sin(angle))
