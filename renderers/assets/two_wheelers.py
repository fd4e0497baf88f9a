"""Bicycles, e-scooters and motorcycles with riders: wheels roll and steer, feet pedal, arms follow the bar."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.cycles import CYCLES, Cycle
from renderers.assets.gait import LIMBS
from renderers.assets.materials import Column, paint
from renderers.assets.mesh import Channels, Floats, Mesh
from renderers.assets.person_forms import Outfit
from renderers.assets.persons import form_of, joints_of, recoloured, transformed
from renderers.assets.riders import Hold, Rider, dressed_rider
from renderers.assets.variety import Variety
from sim.geometry import Array, inverse
from sim.scene import Shape

__all__ = ["rider_joints", "two_wheeler_mesh", "two_wheeler_poses"]

PAINTS = (
    (0.02, 0.02, 0.022), (0.40, 0.02, 0.02), (0.03, 0.10, 0.36), (0.62, 0.62, 0.60), (0.05, 0.20, 0.10),
    (0.55, 0.40, 0.02), (0.20, 0.21, 0.22),
)  # fmt: skip

_WRAPPED = {"none": 0.0, "open": 0.02, "full": 0.05}
"""How far a helmet of each kind stands off the face, as a share of the stature."""


def two_wheeler_mesh(shape: Shape) -> Mesh:
    """Return a two-wheeler and its rider: details `style` (bicycle, e_scooter, motorcycle), `seed`.

    Raises:
        ValueError: the style is unknown.
    """
    style, size, variety = _key(shape)
    built = _built(style, size, form_of(variety))
    return replace(built.mesh, materials=_recoloured(built, variety))


def _recoloured(built: _Built, variety: Variety) -> Floats:
    """Return the materials with the paint and the clothes that belong to a seed."""
    coated = paint(variety.choice("paint", PAINTS)).albedo
    materials = recoloured(built.mesh, built.rider.outfit, Outfit.of(variety, "adult")).copy()
    columns = [Column.ALBEDO_R, Column.ALBEDO_G, Column.ALBEDO_B]
    rows = (built.mesh.materials[:, columns] == np.array(built.paint, np.float32)).all(axis=1)
    materials[np.ix_(rows, columns)] = coated
    materials.flags.writeable = False
    return materials


def two_wheeler_poses(shape: Shape, channels: Channels) -> Array:
    """Return (P, 4, 4) T_body_part for the channels `wheel_angle`, `steer_angle` and `crank_angle` [rad]."""
    built = _of(shape)
    now = _machine(built.cycle, channels), built.rider.poses(_hold(built.cycle, channels))
    return np.asarray(built.fitted @ np.concatenate(now) @ built.to_rest)


def rider_joints(shape: Shape, channels: Channels) -> dict[str, tuple[Array, float]]:
    """Return the (3,) place of each joint of the rider in the body frame, and how deep it may lie [m].

    Named, and in the order, of COCO's key points. Channels as for `two_wheeler_poses`.
    """
    built = _of(shape)
    rider = built.rider
    poses = built.fitted @ rider.poses(_hold(built.cycle, channels))
    return joints_of(poses, rider.frame, rider.stature, wrapped=_WRAPPED[built.helmet])


def _of(shape: Shape) -> _Built:
    style, size, variety = _key(shape)
    return _built(style, size, form_of(variety))


def _key(shape: Shape) -> tuple[str, tuple[float, float, float], Variety]:
    style = str(shape.details.get("style", "bicycle"))
    if style not in CYCLES:
        raise ValueError(f"no two-wheeler of style {style!r}; known: {', '.join(sorted(CYCLES))}")
    return style, shape.size, Variety.of(shape)


@dataclass(frozen=True, eq=False)
class _Built:
    mesh: Mesh
    cycle: Cycle
    rider: Rider
    helmet: str
    paint: tuple[float, float, float]
    fitted: Array
    """(4, 4) from the cycle's own measures to the shape's."""
    to_rest: Array
    """(P, 4, 4) from the mesh back to where the forms were made."""


@lru_cache(maxsize=64)
def _built(style: str, size: tuple[float, float, float], variety: Variety) -> _Built:
    cycle = CYCLES[style]
    helmet = variety.choice("wears", ("open", "open", "none")) if cycle.helmet == "some" else cycle.helmet
    rest = _hold(cycle, {})
    rider = dressed_rider(variety, rest, height=size[2], breadth=cycle.breadth, helmet=helmet)
    builder = MeshBuilder()
    machine = _machine(cycle, {})
    coat = paint(variety.choice("paint", PAINTS))
    for form, material, part in cycle.forms(coat):
        builder.add(transformed(form, machine[cycle.parts.index(part)]), material, part=part)
    pose = rider.poses(rest)
    for limb, T in zip(LIMBS, pose, strict=True):
        for form, material, part in rider.forms:
            if part == limb:
                builder.add(transformed(form, T), material, part=f"rider_{limb}")
    factor, shift = builder.fit(size)
    fitted, undo = np.diag([*factor, 1.0]), np.diag([*(1 / factor), 1.0])
    fitted[:3, 3], undo[:3, 3] = shift, -shift / factor
    to_rest = inverse(np.concatenate([machine, pose])) @ undo
    return _Built(builder.build(), cycle, rider, helmet, coat.albedo, fitted, to_rest)


def _machine(cycle: Cycle, channels: Channels) -> Array:
    """Return (M, 4, 4) of frame, bar, front wheel, rear wheel and, where there are some, the cranks."""
    steer, spin = _steered(cycle, channels), math.fmod(channels.get("wheel_angle", 0.0), 2.0 * math.pi)
    front, rear = (
        _spun(spin, np.array([x, 0.0, cycle.radius])) for x in (cycle.axle, cycle.axle - cycle.wheelbase)
    )
    parts = [np.eye(4), steer, steer @ front, rear]
    if cycle.crank > 0.0:
        parts.append(_spun(channels.get("crank_angle", 0.0), np.array(cycle.bracket)))
    return np.stack(parts)


def _spun(angle: float, centre: Array) -> Array:
    """Return the turn of what is made about the origin, rolling forward, then put at a centre."""
    c, s = math.cos(angle), math.sin(angle)
    out = np.eye(4)
    out[0, 0], out[0, 2], out[2, 0], out[2, 2] = c, s, -s, c
    out[:3, 3] = centre
    return out


def _steered(cycle: Cycle, channels: Channels) -> Array:
    """Return the turn about the steering axis, which leans back."""
    angle = channels.get("steer_angle", 0.0)
    low, high = np.array(cycle.head[0]), np.array(cycle.head[1])
    axis = (high - low) / np.linalg.norm(high - low)
    K = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    out = np.eye(4)
    out[:3, :3] += math.sin(angle) * K + (1.0 - math.cos(angle)) * K @ K
    out[:3, 3] = low - out[:3, :3] @ low
    return out


def _hold(cycle: Cycle, channels: Channels) -> Hold:
    """Return how the rider sits now: hands on the turned bar, feet on pedals, pegs or the deck."""
    steer = _steered(cycle, channels)
    x, y, z = cycle.grip
    hands = tuple((steer @ np.array([x, side * y, z, 1.0]))[:3] for side in (1.0, -1.0))
    angle = channels.get("crank_angle", 0.0)
    ankles = []
    for side, foot in zip((1.0, -1.0), cycle.feet, strict=True):
        turn = angle + (0.0 if side > 0 else math.pi)
        pedal = cycle.crank * np.array([math.cos(turn), 0.0, -math.sin(turn)])
        ankles.append(np.array([foot[0], side * foot[1], foot[2]]) + pedal)
    return Hold(cycle.hip, cycle.lean, (hands[0], hands[1]), (ankles[0], ankles[1]), cycle.feet_pitch)
