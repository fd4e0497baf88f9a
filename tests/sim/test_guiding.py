"""Belts and plates against Coulomb's friction."""

import math
from itertools import pairwise

import numpy as np
import pytest

from sim.worlds.engine import GRAVITY
from sim.worlds.guiding import DOUBT, Guide, is_sure, jams, margin, pass_by
from sim.worlds.physics import PhysicsWorld, Planar

BOX = [(-0.04, -0.03), (0.04, -0.03), (0.04, 0.03), (-0.04, 0.03)]


def guide(angle: float, *, belt_friction: float = 0.6, mass: float = 0.4) -> Guide:
    return Guide(math.radians(angle), 0.4, 0.3, belt_friction, (0.06, 0.05, 0.05), mass)


def slide_on_belt(
    *, speed: float, friction: float, slope: float = 0.0, start: float = 0.0, time: float
) -> np.ndarray:
    """Return (n, 2) x and speed of a box on a belt, every 10 ms; a slope tilts gravity against x."""
    world = PhysicsWorld(dt=1e-3, ground_friction=friction, ground_velocity=(speed, 0.0))
    box = world.add(BOX, height=0.05, mass=0.5, state=Planar(0, 0, vx=start), friction=1.0, is_planar=False)
    weight = 0.5 * GRAVITY
    rows = []
    for k in range(round(time * 1000)):
        world.push(box, (-weight * math.sin(slope), 0.0, -weight * math.cos(slope)))
        world.step()
        if k % 10 == 9:
            state = world.state(box)
            rows.append((state.x, state.vx))
    return np.array(rows)


@pytest.mark.parametrize("friction", [0.2, 0.6])
def test_a_part_put_on_a_belt_slips_for_the_stopping_distance(friction):
    """It comes to the belt's speed with mu g, and lags behind by v^2 / (2 mu g)."""
    rows = slide_on_belt(speed=0.8, friction=friction, time=0.8)
    speeds = rows[:, 1]
    gaining = (speeds > 0.1) & (speeds < 0.7)
    assert np.diff(speeds[gaining]).mean() / 0.01 == pytest.approx(friction * GRAVITY, rel=0.03)
    assert speeds[-1] == pytest.approx(0.8, abs=1e-3)
    assert 0.8 * 0.8 - rows[-1, 0] == pytest.approx(0.8**2 / (2 * friction * GRAVITY), rel=0.04)


@pytest.mark.parametrize("friction", [0.3, 0.5])
def test_a_part_slides_back_on_a_steep_belt_where_tan_exceeds_mu(friction):
    for factor, slides in ((0.97, False), (1.05, True)):
        slope = math.atan(friction * factor)
        rows = slide_on_belt(speed=0.5, friction=friction, slope=slope, start=0.5, time=1.0)
        if slides:
            pull = GRAVITY * (math.sin(slope) - friction * math.cos(slope))
            assert rows[-1, 1] == pytest.approx(0.5 - pull, abs=0.03)
        else:
            assert rows[-1, 1] == pytest.approx(0.5, abs=0.02)  # it creeps by 2 cm/s at most


@pytest.mark.parametrize(("angle", "yaw"), [(48.0, 0.3), (60.0, 0.0), (75.0, -0.4)])
def test_a_part_jams_where_mu_exceeds_the_cotangent(angle, yaw):
    bound = 1.0 / math.tan(math.radians(angle))
    assert not pass_by(guide(angle), bound * (1 - 1.5 * DOUBT), yaw=yaw).is_jammed
    assert pass_by(guide(angle), bound * (1 + 1.5 * DOUBT), yaw=yaw).is_jammed


@pytest.mark.parametrize("more", [{"belt_friction": 0.3}, {"mass": 3.0}])
def test_neither_belt_nor_mass_matter(more):
    bound = 1.0 / math.tan(math.radians(60.0))
    assert [pass_by(guide(60.0, **more), bound * f, yaw=0.0).is_jammed for f in (0.94, 1.06)] == [False, True]


def test_what_does_not_jam_slides_along_at_the_speed_of_balance():
    """v (cos(angle) - mu sin(angle)), along the plate."""
    one, friction = guide(60.0), 0.35
    seen = pass_by(one, friction, yaw=0.0)
    along = seen.poses[:, 0] * math.cos(one.angle) + seen.poses[:, 1] * math.sin(one.angle)
    speed = (along[-1] - along[-26]) / 0.5
    assert speed == pytest.approx(0.3 * (math.cos(one.angle) - friction * math.sin(one.angle)), rel=0.03)


def test_the_closed_form_decides_where_it_is_sure_and_contacts_elsewhere():
    one = guide(60.0)
    bound = 1.0 / math.tan(one.angle)
    assert margin(one, bound) == pytest.approx(0.0)
    assert [is_sure(one, bound * f) for f in (0.9, 1.0, 1.1)] == [True, False, True]
    assert [jams(one, bound * f, yaw=0.0) for f in (0.9, 1.1)] == [False, True]
    assert jams(one, bound, yaw=0.2) == pass_by(one, bound, yaw=0.2).is_jammed


def test_a_passage_repeats_bit_for_bit():
    runs = [pass_by(guide(55.0), 0.6, yaw=0.1) for _ in range(2)]
    for a, b in pairwise(runs):
        assert np.array_equal(a.poses, b.poses)
