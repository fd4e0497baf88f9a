"""A hand that grips, carries and sets down a part in PyBullet: it holds by friction or suction, or it does not.

The arm follows its path through motors of its joints, so that it gives a little; the hand's force is a force,
so that a part slips or comes off when that is too small. Contacts are Coulomb's.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.geometry import Array
from sim.worlds.arms import FINGER_TRAVEL, PAD
from sim.worlds.carrying import Carriage, joint_path
from sim.worlds.engine import GRAVITY, emptied

__all__ = ["LONGEST", "STEP", "Carried", "Grip", "carry", "room"]

STEP = 2e-3
"""Step of the engine [s]."""
LONGEST = 30.0
"""No carriage is followed for longer [s]."""
_ROW = 5  # steps between two rows of what is kept
_SEAL = 2e-3  # gap over which a cup still sucks [m]
_FIRM = 1e4  # force of a finger that keeps its place [N]
_CLOSING = 0.2  # speed of the fingers [m/s], as the Panda's hand allows
_TABLE = 0.6  # friction of parts on the table


@dataclass(frozen=True)
class Grip:
    """What one carriage is done with.

    Args:
        force: of each finger, or of the suction [N].
        friction: between part and pads, or part and lip.
        mass: of the part [kg].
        size: of the part, a box; y is along the way it is carried, z up [m].
    """

    force: float
    friction: float
    mass: float
    size: tuple[float, float, float]


@dataclass(frozen=True)
class Carried:
    """What was seen of a carriage, in the frame of the robot's base; rows are 10 ms apart.

    Args:
        times: (T,) from the beginning [s].
        part: (T, 7) pose of the middle of the part.
        joints: (T, 7) angles [rad].
        torques: (T, 7) of the motors [N m].
        opening: (T,) distance of the pads, or 0 for a cup [m].
        load: (T,) sum of the normal forces of the hand on the part [N].
        slip: largest way of the part against the hand, from when it closed to when it opened or lost it [m].
        lost: moment at which the hand lost it; inf if it was held until it opened [s].
    """

    times: Array
    part: Array
    joints: Array
    torques: Array
    opening: Array
    load: Array
    slip: float
    lost: float

    @property
    def is_held(self) -> bool:
        """Whether the hand still had the part when it opened."""
        return self.lost == np.inf


def room(grip: Grip, *, has_fingers: bool) -> float:
    """Return how far a part can slip and still be touched [m]."""
    return (PAD[2] + grip.size[2]) / 2 if has_fingers else 0.5 * min(grip.size[:2])


def carry(carriage: Carriage, grip: Grip, *, after: float | None = 0.0) -> Carried:
    """Carry a part, in a world made for it.

    Args:
        carriage: the way.
        grip: hand and part.
        after: how long what is going on is followed beyond the end of the motion [s]; None to cease as soon as
            it is known whether the part is held.

    Raises:
        ArithmeticError: out of reach, or longer than `LONGEST`.
    """
    if carriage.time + (after or 0.0) > LONGEST:
        raise ArithmeticError(f"a carriage is followed for {LONGEST:g} s at most")
    cell = _Cell(carriage, grip)
    end = carriage.begins("open") if after is None else carriage.time + after
    for k in range(round(end / STEP)):
        cell.step(k)
        if after is None and cell.has_lost:
            break
    return cell.carried()


class _Cell:
    """The world of one carriage: a table, a robot, a part."""

    def __init__(self, carriage: Carriage, grip: Grip) -> None:
        self._carriage, self._grip = carriage, grip
        self._path = joint_path(carriage, round(carriage.time / STEP))
        self._p, self._c = emptied(dt=STEP, iterations=30, reach=1e-3, recovery=0.1, bounces_from=0.05)
        p, c = self._p, self._c
        p.setGravity(0.0, 0.0, -GRAVITY, physicsClientId=c)
        slab = p.createCollisionShape(p.GEOM_BOX, halfExtents=[3.0, 3.0, 0.5], physicsClientId=c)
        table = p.createMultiBody(0, slab, basePosition=[0.0, 0.0, -0.5], physicsClientId=c)
        p.changeDynamics(table, -1, lateralFriction=_TABLE, physicsClientId=c)
        self._load_robot()
        self._add_part()
        self._rows: list[tuple[Any, ...]] = []
        self._held: Array | None = None
        self._slip, self._lost = 0.0, float("inf")
        self._load = 0.0
        self._keep(0.0)

    def _load_robot(self) -> None:
        p, c, arm = self._p, self._c, self._carriage.robot
        handle, file = tempfile.mkstemp(suffix=".urdf")
        try:
            with os.fdopen(handle, "w") as stream:
                stream.write(arm.description)
            flags = p.URDF_USE_INERTIA_FROM_FILE | p.URDF_MAINTAIN_LINK_ORDER
            self._robot = p.loadURDF(file, useFixedBase=True, flags=flags, physicsClientId=c)
        finally:
            os.unlink(file)
        numbers = {
            p.getJointInfo(self._robot, i, physicsClientId=c)[1].decode(): i
            for i in range(p.getNumJoints(self._robot, physicsClientId=c))
        }
        self._turning = [numbers[joint.name] for joint in arm.joints if joint.turns]
        self._efforts = [joint.effort for joint in arm.joints if joint.turns]
        self._fingers = [numbers[f"panda_finger_joint{k}"] for k in (1, 2)] if arm.has_fingers else []
        self._touching = self._fingers or [numbers["cup_joint"]]
        for i in range(-1, len(numbers)):
            p.changeDynamics(
                self._robot, i, linearDamping=0.0, angularDamping=0.0, jointDamping=0.0, physicsClientId=c
            )
        for i in self._touching:
            p.changeDynamics(self._robot, i, lateralFriction=1.0, physicsClientId=c)
        for i, q in zip(self._turning, self._path[0], strict=True):
            p.resetJointState(self._robot, i, q, physicsClientId=c)
        for i in self._fingers:
            p.resetJointState(self._robot, i, FINGER_TRAVEL, physicsClientId=c)

    def _add_part(self) -> None:
        p, c, grip = self._p, self._c, self._grip
        half = [side / 2 for side in grip.size]
        shape = p.createCollisionShape(p.GEOM_BOX, halfExtents=half, physicsClientId=c)
        x, y, _ = self._carriage.pick
        self._part = p.createMultiBody(grip.mass, shape, basePosition=[x, y, half[2]], physicsClientId=c)
        p.changeDynamics(
            self._part,
            -1,
            lateralFriction=grip.friction,
            restitution=0.0,
            linearDamping=0.0,
            angularDamping=0.0,
            physicsClientId=c,
        )

    def step(self, k: int) -> None:
        """Go on by a step, the k-th."""
        t = (k + 1) * STEP
        self._follow(k)
        closes, opens = self._carriage.begins("close"), self._carriage.begins("open")
        if self._fingers:
            self._close_fingers(t, closes <= t < opens)
        elif closes <= t < opens:
            self._suck()
        self._p.stepSimulation(physicsClientId=self._c)
        self._load = self._loads()
        if self._carriage.ends("close") <= t < opens:
            self._watch(t)
        if (k + 1) % _ROW == 0:
            self._keep(t)

    def _follow(self, k: int) -> None:
        last = len(self._path) - 1
        now, then = self._path[min(k + 1, last)], self._path[min(k, last)]
        self._p.setJointMotorControlArray(
            self._robot,
            self._turning,
            self._p.POSITION_CONTROL,
            targetPositions=now.tolist(),
            targetVelocities=((now - then) / STEP).tolist(),
            forces=self._efforts,
            positionGains=[0.3] * len(self._turning),
            velocityGains=[1.0] * len(self._turning),
            physicsClientId=self._c,
        )

    def _close_fingers(self, t: float, is_closing: bool) -> None:
        """Drive the fingers: one rack moves both; where they meet the part, one stays and one presses."""
        p, half = self._p, self._grip.size[0] / 2
        aim = half if is_closing else FINGER_TRAVEL
        first, second = self._fingers
        self._drive(first, aim)
        if not is_closing:
            self._drive(second, aim)
            return
        p.setJointMotorControl2(
            self._robot,
            second,
            p.VELOCITY_CONTROL,
            targetVelocity=-_CLOSING,
            force=self._grip.force,
            physicsClientId=self._c,
        )

    def _drive(self, finger: int, aim: float) -> None:
        self._p.setJointMotorControl2(
            self._robot,
            finger,
            self._p.POSITION_CONTROL,
            targetPosition=aim,
            force=_FIRM,
            positionGain=0.1,
            velocityGain=1.0,
            maxVelocity=_CLOSING,
            physicsClientId=self._c,
        )

    def _suck(self) -> None:
        """Draw part and cup together while the gap between them is small."""
        p, c = self._p, self._c
        near = p.getClosestPoints(self._robot, self._part, _SEAL, self._touching[0], -1, physicsClientId=c)
        if not near:
            return
        cup = p.getLinkState(self._robot, self._touching[0], physicsClientId=c)
        axis = np.array(p.getMatrixFromQuaternion(cup[5])).reshape(3, 3)[:, 2]
        pull = (-self._grip.force * axis).tolist()
        at = p.getBasePositionAndOrientation(self._part, physicsClientId=c)[0]
        p.applyExternalForce(self._part, -1, pull, at, p.WORLD_FRAME, physicsClientId=c)
        against = [-force for force in pull]
        p.applyExternalForce(self._robot, self._touching[0], against, at, p.WORLD_FRAME, physicsClientId=c)

    def _loads(self) -> float:
        points = self._p.getContactPoints(self._robot, self._part, physicsClientId=self._c)
        return float(sum(point[9] for point in points))

    def _watch(self, t: float) -> None:
        """Keep how far the part has slipped, and when it was lost."""
        if self._lost < t:
            return
        offset = self._offset()
        if self._held is None:
            self._held = offset
        self._slip = max(self._slip, float(np.linalg.norm(offset - self._held)))
        if self._slip > room(self._grip, has_fingers=bool(self._fingers)):
            self._lost = t

    @property
    def has_lost(self) -> bool:
        """Whether the hand has lost the part."""
        return self._lost < np.inf

    def _offset(self) -> Array:
        """Return where the part is as seen from the hand [m]."""
        link = self._p.getLinkState(
            self._robot, self._touching[0], computeForwardKinematics=True, physicsClientId=self._c
        )
        part = self._p.getBasePositionAndOrientation(self._part, physicsClientId=self._c)[0]
        return np.asarray(np.subtract(part, link[4]), np.float64)

    def _keep(self, t: float) -> None:
        p, c = self._p, self._c
        at, turn = p.getBasePositionAndOrientation(self._part, physicsClientId=c)
        states = p.getJointStates(self._robot, self._turning, physicsClientId=c)
        fingers = p.getJointStates(self._robot, self._fingers, physicsClientId=c) if self._fingers else ()
        self._rows.append(
            (
                t,
                (*at, *turn),
                [state[0] for state in states],
                [state[3] for state in states],
                sum(state[0] for state in fingers),
                self._load,
            )
        )

    def carried(self) -> Carried:
        """Return what was seen."""
        columns: Sequence[Array] = [np.array(column) for column in zip(*self._rows, strict=True)]
        times, part, joints, torques, opening, load = columns
        return Carried(times, part, joints, torques, opening, load, self._slip, self._lost)
