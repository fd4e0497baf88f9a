"""Riders: dressed people whose hands hold a bar and whose feet stand on pedals, pegs or a deck."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from renderers.assets.forms import Form, grid, lathe
from renderers.assets.gait import LIMBS, Frame
from renderers.assets.materials import Material
from renderers.assets.person_forms import Outfit
from renderers.assets.persons import Dressed, standing
from renderers.assets.variety import Variety
from sim.geometry import Array

__all__ = ["Hold", "Rider", "dressed_rider"]

_PALM = 0.19
"""From the elbow to the middle of the hand, as a share of the stature."""
_STEPS = 3  # in which the stature is found that gives the height


@dataclass(frozen=True)
class Hold:
    """Where a rider sits or stands, and what the limbs hold; points are (x, y, z) in the cycle's frame [m].

    Args:
        hip: (x, z) between the hip joints.
        lean: forward pitch of the trunk [rad].
        hand: middles of the left and of the right hand.
        ankles: of the left and of the right foot.
        feet: (left, right) pitch of the feet, toes down positive [rad].
    """

    hip: tuple[float, float]
    lean: float
    hand: tuple[Array, Array]
    ankles: tuple[Array, Array]
    feet: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Rider:
    """A dressed person and the joints of the straight stand."""

    forms: Dressed
    frame: Frame
    stature: float
    outfit: Outfit

    def poses(self, hold: Hold) -> Array:
        """Return (12, 4, 4) from the straight stand to the hold, in the order of `LIMBS`."""
        frame, (x, z) = self.frame, hold.hip
        trunk = _pitched(hold.lean, frame.hip, x, z)
        head = trunk @ _pitched(-0.85 * hold.lean, frame.neck, 0.0, frame.neck)
        out = [trunk, head]
        fore = _PALM * self.stature
        for side, hand in zip((1.0, -1.0), hold.hand, strict=True):
            top = np.array([0.0, side * frame.shoulder_y, frame.shoulder])
            out += _limb(
                top,
                frame.elbow,
                (trunk @ np.append(top, 1.0))[:3],
                hand,
                fore,
                np.array([-0.4, side * 0.5, -1.0]),
            )
        for side, ankle, pitch in zip((1.0, -1.0), hold.ankles, hold.feet, strict=True):
            top = np.array([0.0, side * frame.hip_y, frame.hip])
            at = np.array([x, side * frame.hip_y, z])
            shin = frame.knee - frame.ankle
            legs = _limb(top, frame.knee, at, ankle, shin, np.array([1.0, side * 0.25, 0.3]))
            foot = _pitched(pitch, frame.ankle, 0.0, 0.0)
            end = legs[1] @ np.array([0.0, side * frame.hip_y, frame.ankle, 1.0])
            foot[:3, 3] += end[:3] - np.array([0.0, side * frame.hip_y, 0.0])
            out += [*legs, foot]
        return np.stack(out)


def dressed_rider(variety: Variety, hold: Hold, *, height: float, breadth: float, helmet: str) -> Rider:
    """Return a rider whose crown reaches a height above the ground [m].

    Args:
        variety: of the rider's looks.
        hold: how the rider sits.
        height: of the top of the helmet or the hair [m].
        breadth: across the shoulders [m].
        helmet: "none", "open" as cyclists wear, or "full".
    """
    stature = 1.75
    for _ in range(_STEPS):
        head = _rider(variety, stature, breadth, helmet, only_head=True)
        stature += height - _crown(head, hold)
    return _rider(variety, stature, breadth, helmet)


def _crown(rider: Rider, hold: Hold) -> float:
    """Return the height of the highest point of the head [m]."""
    T = rider.poses(hold)[LIMBS.index("head")]
    return max(
        float((form.points @ T[2, :3]).max()) + T[2, 3] for form, _, limb in rider.forms if limb == "head"
    )


def _rider(variety: Variety, stature: float, breadth: float, helmet: str, *, only_head: bool = False) -> Rider:
    forms, frame = standing("adult", stature, breadth, variety, is_bare=True, only_head=only_head)
    tall = stature - frame.neck
    if helmet != "none":
        shell = Material("helmet", variety.choice("helmet", _HELMETS), 0.3, 0.05)
        if helmet == "full":
            forms = [one for one in forms if one[2] != "head"]
            forms.append((_full_helmet(tall).moved(z=frame.neck), shell, "head"))
            forms.append((_visor(tall).moved(z=frame.neck), VISOR, "head"))
        else:
            forms.append((_open_helmet(tall).moved(z=frame.neck), shell, "head"))
    return Rider(forms, frame, stature, Outfit.of(variety, "adult"))


_HELMETS = (
    (0.62, 0.62, 0.60), (0.02, 0.02, 0.022), (0.45, 0.03, 0.03), (0.03, 0.08, 0.35), (0.62, 0.46, 0.02),
)  # fmt: skip
VISOR = Material("visor", (0.015, 0.016, 0.02), roughness=0.08, reflectance=0.07)


def _open_helmet(tall: float) -> Form:
    """Return the shell of a cyclist's helmet above the neck at z = 0."""
    profile = np.array([[0.80, 0.0], [0.86, 0.12], [0.80, 0.45], [0.55, 0.80], [0.22, 0.97], [0.0, 1.0]])
    shell = lathe(profile * 0.5 * tall, 18)
    return shell.scaled(1.12, 0.92, 0.72).moved(-0.01, 0.0, 0.68 * tall)


def _full_helmet(tall: float) -> Form:
    """Return the shell of a motorcyclist's helmet above the neck at z = 0."""
    profile = np.array(
        [[0.0, 0.0], [0.50, 0.0], [0.62, 0.14], [0.70, 0.45], [0.70, 0.75], [0.62, 1.0], [0.42, 1.22],
         [0.18, 1.32], [0.0, 1.34]]
    )  # fmt: skip
    return lathe(profile * 0.80 * tall, 20).scaled(1.12, 0.92, 1.0).moved(0.0, 0.0, -0.02 * tall)


def _visor(tall: float) -> Form:
    """Return the dark window of a full helmet, a little before its shell."""
    angle = np.linspace(-1.05, 1.05, 11)
    rows = []
    for level, reach in ((0.42, 0.712), (0.60, 0.722), (0.78, 0.712), (0.92, 0.665)):
        r = reach * 0.80 * tall
        z = np.full(len(angle), (level * 0.80 - 0.02) * tall)
        rows.append(np.column_stack([1.12 * r * np.cos(angle), 0.92 * r * np.sin(angle), z]))
    return grid(np.stack(rows)).flipped()


def _limb(top: Array, middle: float, at: Array, goal: Array, lower: float, pole: Array) -> list[Array]:
    """Return the transforms of the two bones of a limb that hangs straight down at rest.

    Args:
        top: (3,) upper joint at rest.
        middle: height of the middle joint at rest.
        at: (3,) where the upper joint is.
        goal: (3,) where the end has to be; a limb too short points there.
        lower: length of the second bone to its end [m].
        pole: (3,) direction to which the middle joint bends.
    """
    upper = float(top[2]) - middle
    way = goal - at
    reach = min(float(np.linalg.norm(way)), 0.999 * (upper + lower))
    ahead = way / np.linalg.norm(way)
    aside = pole - (pole @ ahead) * ahead
    aside /= np.linalg.norm(aside)
    along = (reach * reach + upper * upper - lower * lower) / (2.0 * reach)
    out = math.sqrt(max(upper * upper - along * along, 0.0))
    joint = at + along * ahead + out * aside
    end = at + reach * ahead
    rest = np.array([top[0], top[1], middle])
    return [_bone(top, at, joint), _bone(rest, joint, end)]


def _bone(rest: Array, at: Array, end: Array) -> Array:
    """Return the transform that takes a bone hanging from `rest` to one from `at` towards `end`."""
    up = at - end
    up = up / np.linalg.norm(up)
    left = np.array([0.0, 1.0, 0.0]) - up[1] * up  # no limb of a rider points sideways
    left /= np.linalg.norm(left)
    a, b, c = left.tolist()
    x, y, z = up.tolist()
    out = np.eye(4)
    # The cross product spelt out: NumPy's takes ten times as long for one pair of vectors.
    out[:3, 0], out[:3, 1], out[:3, 2] = (b * z - c * y, c * x - a * z, a * y - b * x), left, up
    out[:3, 3] = at - out[:3, :3] @ rest
    return out


def _pitched(pitch: float, height: float, x: float, z: float) -> Array:
    """Return the turn by a pitch about the middle of the body at a height, which it then takes to (x, z)."""
    c, s = math.cos(pitch), math.sin(pitch)
    out = np.eye(4)
    out[0, 0], out[0, 2], out[2, 0], out[2, 2] = c, s, -s, c
    out[:3, 3] = np.array([x - s * height, 0.0, z - c * height])
    return out
