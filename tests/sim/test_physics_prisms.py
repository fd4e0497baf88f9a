"""Footprints as unions of rectangles: nothing sticks out, every edge is held; and friction that only stops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.domains.driving.vehicles import PEDESTRIANS, VEHICLES
from sim.worlds.friction import Mobility, drag
from sim.worlds.physics import PhysicsWorld, Planar
from sim.worlds.prisms import Rectangle, rectangles_in, shrunk

TRIANGLE = ((1.0, -1.0), (1.0, 1.0), (-2.0, 0.0))


def corners(rectangle: Rectangle) -> np.ndarray:
    x, y, yaw, length, width = rectangle
    u, v = np.array([math.cos(yaw), math.sin(yaw)]), np.array([-math.sin(yaw), math.cos(yaw)])
    return np.array([(x, y) + a * length / 2 * u + b * width / 2 * v for a in (-1, 1) for b in (-1, 1)])


def outside(footprint: tuple[tuple[float, float], ...], points: np.ndarray) -> float:
    """How far the farthest of some points lies outside a convex polygon."""
    ring = np.array(footprint)
    edges = np.roll(ring, -1, axis=0) - ring
    normals = np.column_stack([edges[:, 1], -edges[:, 0]]) / np.linalg.norm(edges, axis=1, keepdims=True)
    return float(np.max(np.einsum("kpi,ki->kp", points[None] - ring[:, None], normals)))


def holds(rectangle: Rectangle, point: np.ndarray) -> bool:
    x, y, yaw, length, width = rectangle
    dx, dy = point - (x, y)
    along, across = dx * math.cos(yaw) + dy * math.sin(yaw), dy * math.cos(yaw) - dx * math.sin(yaw)
    return abs(along) <= length / 2 + 1e-9 and abs(across) <= width / 2 + 1e-9


@given(st.floats(0.1, 6.0), st.floats(0.1, 2.0), st.floats(0.05, 0.9), st.floats(0.05, 0.9), st.booleans())
def test_rectangles_fill_a_footprint_to_its_rim(x: float, y: float, p: float, q: float, cut: bool) -> None:
    footprint: tuple[tuple[float, float], ...] = ((x, -y), (x, y), (-x, y), (-x, -y))
    if cut:
        a, b = (1 - p) * x, (1 - q) * y
        footprint = ((x, -b), (x, b), (a, y), (-a, y), (-x, b), (-x, -b), (-a, -y), (a, -y))
    found = rectangles_in(footprint)
    assert found is not None
    assert len(found) in ((4, 6) if cut else (1,))  # 4 where opposite cuts face each other
    ring = np.array(footprint)
    for rectangle in found:
        assert outside(footprint, corners(rectangle)) < 1e-9
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        inset = 0.0011 / max(0.0023, float(np.linalg.norm(end - start)))
        for share in np.linspace(inset, 1 - inset, 7):
            point = start + share * (end - start)
            assert any(holds(rectangle, point) for rectangle in found)


def test_all_bodies_of_the_road_are_unions_of_rectangles() -> None:
    for body in (*VEHICLES.values(), *PEDESTRIANS.values()):
        assert rectangles_in(body.footprint) is not None


def test_acute_footprints_become_hulls_that_push() -> None:
    assert rectangles_in(TRIANGLE) is None
    assert shrunk(TRIANGLE, 0.1)[0][0] == pytest.approx(0.9)
    world = PhysicsWorld(dt=1e-3)
    a = world.add(TRIANGLE, height=1.0, mass=10.0, state=Planar(0, 0, 0, 5.0))
    b = world.add(TRIANGLE, height=1.0, mass=10.0, state=Planar(2.0, 0, math.pi))
    for _ in range(20):
        world.step()
    assert world.state(a).vx == pytest.approx(2.5, abs=0.1)
    assert world.state(b).vx == pytest.approx(2.5, abs=0.1)


@given(
    st.tuples(*[st.floats(-10, 10)] * 3), st.tuples(*[st.floats(-5, 5)] * 3), st.tuples(*[st.floats(-1, 1)] * 3)
)
def test_drag_opposes_sliding_and_never_reverses_it(
    velocity: tuple[float, float, float], rate: tuple[float, float, float], arm: tuple[float, float, float]
) -> None:
    dt, mass, inertia = 1e-3, 70.0, np.array([20.0, 18.0, 2.0])
    body = Mobility(mass, (20.0, 18.0, 2.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0), velocity, rate)
    before = np.array(velocity) + np.cross(rate, arm)
    speed = math.hypot(before[0], before[1])
    pushes = [drag([(arm, load)], body, friction=1.0, dt=dt) for load in (1e-3, 1e9)]
    weak, strong = (np.array(force) for force, _ in pushes)
    for force, (_, torque) in zip((weak, strong), pushes, strict=True):
        assert np.allclose(torque, np.cross(arm, force), rtol=1e-12, atol=1e-12)
        assert force[2] == 0.0
        assert float(force[:2] @ before[:2]) <= 0.0
    assert math.hypot(*weak) <= 1e-3 * (1 + 1e-12)
    change = strong * dt / mass + np.cross(np.cross(arm, strong * dt) / inertia, arm)
    after = before + change
    # along its own direction the point just stops
    assert float(after[:2] @ before[:2]) == pytest.approx(0.0, abs=1e-9 * max(1.0, speed**2))
