"""How a walker moves: feet follow the ground, legs follow the feet, arms swing against them.

Angles turn about the y axis (left), positive forward-down, as ISO 8855 pitch does. Phases are cycles: 0 is the
heel strike of a leg, 0.6 its toe-off; the right leg is half a cycle behind.

Source of the timing and foot angles: Perry (1992), "Gait analysis": stance 60 % of the cycle, heel-off at 40 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from renderers.assets.curves import smooth_curve, smooth_step
from sim.geometry import Array

__all__ = ["LIMBS", "Frame", "Gait"]

LIMBS = (
    "body", "head", "upper_arm_left", "forearm_left", "upper_arm_right", "forearm_right",
    "thigh_left", "shin_left", "foot_left", "thigh_right", "shin_right", "foot_right",
)  # fmt: skip
"""The parts of a walker in the order of `Gait.poses`."""

STANCE = 0.6
FOOT_PITCH = (
    (-0.2, 0.30), (-0.1, -0.10), (0.0, -0.26), (0.08, 0.0), (0.36, 0.0), (0.5, 0.34), (0.6, 0.75), (0.72, 0.62),
    (0.8, 0.30), (0.9, -0.10), (1.0, -0.26),
)  # fmt: skip
"""Pitch of the sole [rad]: toes up at the strike, flat, heel off, toes down in the swing."""
_PHASES = np.linspace(0.0, 1.0, 121)
_PITCHES = smooth_curve(_PHASES, FOOT_PITCH)
ARM_SWING = 0.42
ELBOW = (0.16, 0.22)
"""Bend of the elbow [rad]: always, and added as the arm swings forward."""
LEAN = 0.035
"""Forward lean of a walking trunk [rad]."""


@dataclass(frozen=True)
class Frame:
    """The joints of a standing body, in metres above the ground and to the left.

    Args:
        hip: height of the hips; `hip_y` to the side.
        knee: height of the knees.
        ankle: height of the ankles.
        shoulder: height of the shoulders; `shoulder_y` to the side.
        elbow: height of the elbows.
        neck: height at which the head turns.
        heel: x of the heel's end, negative; the ankle is at x = 0.
        ball: x of the toe over which the foot rolls off.
    """

    hip: float
    hip_y: float
    knee: float
    ankle: float
    shoulder: float
    shoulder_y: float
    elbow: float
    neck: float
    heel: float
    ball: float

    @property
    def leg(self) -> tuple[float, float]:
        """Lengths of thigh and shin [m]."""
        return self.hip - self.knee, self.knee - self.ankle


@dataclass(frozen=True)
class Gait:
    """The walk of one body.

    Args:
        frame: its joints when it stands.
        half_step: how far a foot travels before and behind the hip in stance [m].
    """

    frame: Frame
    half_step: float

    def ankle(self, phase: float, effort: float) -> tuple[float, float, float]:
        """Return (x, z, pitch) of an ankle at a phase in cycles; effort 0 stands, 1 walks."""
        p = phase % 1.0
        pitch = effort * float(np.interp(p, _PHASES, _PITCHES)) * min(1.0, 0.35 + 2.6 * self.half_step)
        if p < STANCE:
            x, lift = self.half_step * (1.0 - 2.0 * p / STANCE), 0.0
        else:
            q = (p - STANCE) / (1.0 - STANCE)
            x, lift = (
                -self.half_step * math.cos(math.pi * q),
                0.22 * self.half_step * math.sin(math.pi * q) ** 2,
            )
        pivot = self.frame.ball if pitch > 0 else self.frame.heel
        c, s = math.cos(pitch), math.sin(pitch)
        dx, dz = -pivot, self.frame.ankle
        return effort * x + pivot + c * dx + s * dz, effort * lift - s * dx + c * dz, pitch

    @cached_property
    def drop(self) -> float:
        """How far the hips ride below a straight stand so that both feet reach the ground [m]."""
        reach = 0.996 * sum(self.frame.leg)
        heights = []
        for phase in np.linspace(0.0, 1.0, 24, endpoint=False):
            x, z, _ = self.ankle(float(phase), 1.0)
            heights.append(z + math.sqrt(max(reach**2 - x**2, 0.0)))
        return max(0.0, self.frame.hip - min(heights))

    def effort(self, speed: float) -> float:
        """Return how far the walk is under way: 0 at rest, 1 from a slow walk on."""
        return float(smooth_step(abs(speed), 0.02, 0.6))

    def poses(self, phase: float, effort: float) -> Array:
        """Return (12, 4, 4) from the straight stand to the pose, in the order of `LIMBS`."""
        frame, drop = self.frame, self.drop
        trunk = _turn(LEAN * effort, 0.0, 0.0, frame.hip, 0.0, -drop)
        out = [trunk, trunk @ _turn(-LEAN * effort, 0.0, 0.0, frame.neck)]
        for side, cycle in ((1.0, phase), (-1.0, phase + 0.5)):
            swing = ARM_SWING * effort * math.cos(2 * math.pi * cycle) * min(1.0, 0.3 + 2.8 * self.half_step)
            upper = trunk @ _turn(swing, 0.0, side * frame.shoulder_y, frame.shoulder)
            bend = -effort * (ELBOW[0] + ELBOW[1] * max(0.0, -math.cos(2 * math.pi * cycle)))
            out += [upper, upper @ _turn(bend, 0.0, 0.0, frame.elbow)]
        for cycle in (phase, phase + 0.5):
            out += self._leg(cycle, effort, drop)
        return np.stack(out)

    def _leg(self, cycle: float, effort: float, drop: float) -> list[Array]:
        """Return the transforms of thigh, shin and foot: the knee bends forward as far as the ankle asks."""
        frame = self.frame
        thigh, shin = frame.leg
        x, z, pitch = self.ankle(cycle, effort)
        down = frame.hip - drop - z
        distance = min(math.hypot(x, down), 0.9999 * (thigh + shin))
        inner = math.acos((thigh**2 + distance**2 - shin**2) / (2 * thigh * distance))
        knee = math.pi - math.acos((thigh**2 + shin**2 - distance**2) / (2 * thigh * shin))
        upper = _turn(-math.atan2(x, down) - inner, 0.0, 0.0, frame.hip, 0.0, -drop)
        lower = upper @ _turn(knee, 0.0, 0.0, frame.knee)
        ankle = lower @ np.array([0.0, 0.0, frame.ankle, 1.0])
        foot = _turn(pitch, 0.0, 0.0, frame.ankle)
        foot[[0, 2], 3] += ankle[[0, 2]] - np.array([0.0, frame.ankle])
        return [upper, lower, foot]


def _turn(pitch: float, x: float, y: float, z: float, dx: float = 0.0, dz: float = 0.0) -> Array:
    """Return the turn by a pitch about a joint, then a shift."""
    c, s = math.cos(pitch), math.sin(pitch)
    out = np.eye(4)
    out[0, 0], out[0, 2], out[2, 0], out[2, 2] = c, s, -s, c
    joint = np.array([x, y, z])
    out[:3, 3] = joint - out[:3, :3] @ joint + np.array([dx, 0.0, dz])
    return out
