"""Hands against Coulomb's friction and Newton's laws, and the closed forms against hands in PyBullet."""

import math

import numpy as np
import pytest

from sim.worlds.arms import ARMS, arm_named
from sim.worlds.carrying import PEAK, Carriage, joint_path
from sim.worlds.engine import GRAVITY
from sim.worlds.grasping import LONGEST, STEP, Grip, carry, room
from sim.worlds.physics import PhysicsWorld, Planar
from sim.worlds.slipping import DOUBT, is_sure, margin, needed_force, slide

SIZE = (0.04, 0.05, 0.05)
FRICTION, MASS = 0.6, 0.5


def carriage(arm: str = "panda", *, time: float = 3.0, lift: float = 0.2) -> Carriage:
    z = SIZE[2] / 2 if arm == "panda" else SIZE[2]
    return Carriage(arm, (0.5, -0.25, z), (0.5, 0.25, z), lift, time)


def grip(force: float, *, friction: float = FRICTION, mass: float = MASS) -> Grip:
    return Grip(force, friction, mass, SIZE)


# -- arms and ways ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ARMS)
def test_the_arm_brings_its_hand_where_the_way_leads_within_its_limits(name):
    for lift, across, time in ((0.3, 0.7, 4.0), (0.05, 0.1, 4.0)):
        way = Carriage(name, (0.5, -across / 2, 0.03), (0.5, across / 2, 0.03), lift, time)
        path = joint_path(way, 40)
        limits = np.array([joint.limits for joint in way.robot.joints if joint.turns])
        assert np.all((path >= limits[:, 0]) & (path <= limits[:, 1]))
        for k, q in enumerate(path):
            np.testing.assert_allclose(way.robot.frames(q)[-1], way.frame(time * k / 40), atol=1e-7)


def test_a_place_out_of_reach_is_an_error():
    with pytest.raises(ArithmeticError, match="does not reach"):
        joint_path(Carriage("panda", (1.5, 0.0, 0.0), (1.5, 0.1, 0.0), 0.1, 3.0), 10)


def test_frames_are_those_of_the_engine():
    import pybullet as p

    way = carriage()
    carry(way, grip(20.0), after=None)  # leaves the robot where it opens
    body = next(i for i in range(p.getNumBodies()) if p.getNumJoints(i) > 6)
    for number in range(p.getNumJoints(body)):
        p.resetJointState(body, number, 0.02)
    q = np.array(way.robot.rest)
    for number, angle in enumerate(q):
        p.resetJointState(body, number, angle)
    names = {p.getJointInfo(body, i)[12].decode(): i for i in range(p.getNumJoints(body))}
    link = p.getLinkState(body, names["panda_hand"], computeForwardKinematics=True)
    np.testing.assert_allclose(link[4], way.robot.frames(q)[-2][:3, 3], atol=1e-6)


def test_the_way_is_smooth_and_its_peaks_are_those_of_the_quintic():
    way = carriage()
    times = np.linspace(0.0, way.time, 30001)
    z = np.array([way.position(t)[2] for t in times])
    numeric = np.gradient(np.gradient(z, times), times)
    exact = np.array([way.acceleration(t)[2] for t in times])
    assert np.abs(numeric - exact)[5:-5].max() < 0.02 * np.abs(exact).max()
    lifts = (times > way.begins("lift")) & (times < way.ends("lift"))
    assert exact[lifts].max() == pytest.approx(way.peaks[0], rel=1e-5)
    assert way.peaks[0] == pytest.approx(PEAK * 0.2 / (0.15 * 3.0) ** 2)


# -- fingers ----------------------------------------------------------------------------------------------


def test_force_needed_is_that_of_the_textbook():
    """m (g + a) / (2 mu), where the lift is the hardest: in a way that hardly goes across."""
    way = Carriage("panda", (0.5, -0.05, 0.025), (0.5, 0.05, 0.025), 0.25, 3.0)
    assert needed_force(way, grip(1.0)) == pytest.approx(
        MASS * (GRAVITY + way.peaks[0]) / (2 * FRICTION), rel=1e-4
    )
    assert margin(way, grip(2.0 * needed_force(way, grip(1.0)))) == pytest.approx(1.0)


@pytest.mark.parametrize(("friction", "mass"), [(0.3, 0.2), (0.9, 1.5)])
def test_fingers_hold_from_the_needed_force_on_and_not_below(friction, mass):
    """Slowly, so that a force too small has time to show."""
    way = carriage(time=5.0)
    force = needed_force(way, grip(1.0, friction=friction, mass=mass))
    firm = carry(way, grip(1.03 * force, friction=friction, mass=mass), after=None)
    assert firm.is_held
    assert firm.slip < 5e-4
    weak = carry(way, grip(0.8 * force, friction=friction, mass=mass), after=None)
    assert not weak.is_held
    assert weak.slip > room(grip(1.0), has_fingers=True)


def test_pads_press_with_their_force_and_a_slipping_part_obeys_newton():
    """While it slips upwards-held it gains 2 mu F / m - g, whatever the hand does."""
    way = carriage()
    force = 0.8 * needed_force(way, grip(1.0))
    seen = carry(way, grip(force), after=None)
    slips = (seen.times > way.begins("lift") + 0.09) & (seen.times < way.begins("lift") + 0.2)
    z = np.polyfit(seen.times[slips], seen.part[slips, 2], 2)
    assert 2 * z[0] == pytest.approx(2 * FRICTION * force / MASS - GRAVITY, abs=0.1)
    assert np.median(seen.load[slips]) == pytest.approx(2 * force, rel=0.01)


def test_a_lost_part_falls_and_comes_to_rest_on_the_table():
    way = carriage()
    seen = carry(way, grip(0.5 * needed_force(way, grip(1.0))), after=1.0)
    assert not seen.is_held
    assert way.begins("lift") < seen.lost < way.ends("carry")
    assert np.abs(np.diff(seen.part[-20:, :3], axis=0)).max() < 1e-4
    assert 0.015 < seen.part[-1, 2] < 0.035


def test_a_firm_hand_brings_the_part_to_its_place():
    way = carriage()
    seen = carry(way, grip(20.0), after=0.5)
    assert seen.is_held
    np.testing.assert_allclose(seen.part[-1, :3], (0.5, 0.25, 0.025), atol=2e-3)
    assert np.abs(seen.joints[-1] - seen.joints[0]).max() < 0.03  # the wrist is at the end of its torque
    limit = np.array([joint.effort for joint in way.robot.joints if joint.turns])
    assert np.all(np.abs(seen.torques) <= limit + 1e-6)


# -- the cup ----------------------------------------------------------------------------------------------


def test_a_cup_loses_what_is_heavier_than_its_suction_and_carries_what_is_not():
    way = carriage("iiwa", time=5.0)
    needed = needed_force(way, grip(1.0))
    assert not carry(way, grip(0.9 * MASS * GRAVITY), after=None).is_held
    assert carry(way, grip(1.1 * needed), after=None).is_held
    assert needed > MASS * (GRAVITY + way.peaks[0])


# -- closed forms against contacts --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ARMS)
def test_where_the_closed_form_is_sure_contacts_agree(name):
    """Around the force at which a part is just lost, where they are most likely not to."""
    rng = np.random.default_rng(11)
    way, checked = carriage(name), 0
    doubt = DOUBT["fingers" if name == "panda" else "cup"]
    for _ in range(7):
        friction, mass = rng.uniform(0.3, 0.9), rng.uniform(0.1, 2.0)
        high = needed_force(way, grip(1.0, friction=friction, mass=mass))
        low = 0.3 * high
        for _ in range(12):
            middle = math.sqrt(low * high)
            held = slide(way, grip(middle, friction=friction, mass=mass)).is_held
            low, high = (low, middle) if held else (middle, high)
        assert not is_sure(way, grip(high, friction=friction, mass=mass))
        for factor in (1.0 - 1.3 * doubt, 1.0 + 1.3 * doubt):
            hand = grip(high * factor, friction=friction, mass=mass)
            if is_sure(way, hand):
                checked += 1
                assert carry(way, hand, after=None).is_held == slide(way, hand).is_held
    assert checked >= 12


def test_the_closed_form_tells_how_far_a_part_slips():
    way = carriage()
    force = needed_force(way, grip(1.0))
    for factor in (0.95, 0.9, 0.86):
        seen = carry(way, grip(factor * force), after=None)
        assert seen.is_held
        assert slide(way, grip(factor * force)).slip == pytest.approx(seen.slip, abs=1.5e-3)


# -- bytes ------------------------------------------------------------------------------------------------


def test_a_carriage_repeats_bit_for_bit_whatever_world_was_there_before():
    way, hand = carriage(time=2.5), grip(6.0)
    first = carry(way, hand)
    world = PhysicsWorld(dt=1e-3, ground_friction=0.5)
    world.add([(-1, -1), (1, -1), (1, 1), (-1, 1)], height=1.0, mass=100.0, state=Planar(0, 0, vx=3.0))
    for _ in range(50):
        world.step()
    second = carry(way, hand)
    for name in ("times", "part", "joints", "torques", "opening", "load"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
    assert (first.slip, first.lost) == (second.slip, second.lost)


def test_what_is_cut_short_is_the_same_as_far_as_it_goes():
    way, hand = carriage(), grip(0.85 * needed_force(carriage(), grip(1.0)))
    whole, short = carry(way, hand, after=0.2), carry(way, hand, after=None)
    assert (whole.slip, whole.lost) == (short.slip, short.lost)
    assert np.array_equal(whole.part[: len(short.part)], short.part)


def test_steps_are_bounded():
    with pytest.raises(ArithmeticError, match="at most"):
        carry(carriage(time=20.0), grip(10.0), after=LONGEST)
    assert carriage(time=20.0).time / STEP <= 10_000


def test_an_unknown_arm_is_an_error():
    with pytest.raises(KeyError):
        arm_named("arm")
