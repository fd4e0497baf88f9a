"""A camera inside a body is refused by name; one beside it or in its own cabin is not."""

from __future__ import annotations

import numpy as np
import pytest

from renderers.camera.sensor import observe
from sim.errors import RunError
from sim.geometry import quaternion_from_rpy
from sim.scene import Scene, Shape

TURNED = tuple(float(value) for value in quaternion_from_rpy(0.0, 0.0, 0.6))
HOUSE = Shape("building", (10.0, 14.0, 9.0), {"seed": 3, "storeys": 3})
CAR = Shape("vehicle", (4.7, 1.83, 1.44), {"style": "sedan", "paint": (0.4, 0.1, 0.1), "seed": 1})


def scene_of(shape, *, at=(8.0, 0.0, 0.0)):
    scene = Scene(("thing", "ground"))
    scene.add("thing", category="thing", shape=shape, pose=(*at, *TURNED))
    scene.add("ground", category="ground", shape=Shape("ground", (80.0, 80.0, 0.0)), labelled=False)
    return scene


@pytest.mark.parametrize(
    "shape", [Shape("box", (4.0, 4.0, 4.0)), HOUSE, Shape("sphere", (4.0, 4.0, 4.0))], ids=str
)
def test_inside_a_solid_is_refused_with_its_name(shape, record, mount):
    setup = mount(at=(8.0, 0.0, 1.5, 0.0, 0.0, 0.0))
    with pytest.raises(RunError, match=r"sensors\.front: the camera stands inside 'thing'; its `at:` must lie"):
        next(observe(record(scene_of(shape)), setup))


@pytest.mark.parametrize(
    ("shape", "eye"),
    [
        (HOUSE, (0.0, 0.0, 1.5)),
        (HOUSE, (8.0, 0.0, 14.0)),
        (Shape("box", (4.0, 4.0, 4.0)), (5.2, 0.0, 1.5)),  # within its bounding sphere, before its wall
        (Shape("tree", (5.0, 5.0, 8.0), {"seed": 2}), (8.0, 0.5, 5.0)),
        (CAR, (8.0, 0.0, 2.0)),
    ],
)
def test_beside_over_or_in_a_crown_is_no_fault(shape, eye, record, mount):
    next(observe(record(scene_of(shape)), mount(at=(*eye, 0.0, 0.0, 0.0))))


def test_in_ones_own_cabin_is_no_fault(record, mount):
    scene = Scene(("car",))
    scene.add("ego", category="car", shape=CAR)
    next(observe(record(scene), mount(on="ego", at=(0.3, 0.0, 1.1, 0.0, 0.0, 0.0))))


def test_each_of_many_places_in_a_box_is_told_right(record, mount):
    """The boundary is that of the box, turned and moved, to a centimetre."""
    scene = scene_of(Shape("box", (2.0, 3.0, 1.0)))
    c, s = np.cos(0.6), np.sin(0.6)
    for x, y, z in np.random.default_rng(5).uniform((-1.4, -2.0, 0.1), (1.4, 2.0, 1.4), (40, 3)):
        is_in = abs(x) < 1.0 and abs(y) < 1.5 and 0.0 < z < 1.0
        eye = (8.0 + c * x - s * y, s * x + c * y, z, 0.0, 0.0, 0.0)
        frames = observe(record(scene), mount(at=eye, times=()))
        if is_in:
            with pytest.raises(RunError, match="inside 'thing'"):
                next(frames)
        else:
            assert list(frames) == []
