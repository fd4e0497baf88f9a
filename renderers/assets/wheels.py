"""Wheels: a tyre, a rim with spokes that shows its turning, and where they stand."""

from __future__ import annotations

import math

import numpy as np

from renderers.assets.forms import Form, disc, grid, lathe, merge
from renderers.assets.materials import RUBBER, UNDERBODY, Material
from renderers.assets.mesh import Channels
from sim.geometry import Array, quaternion_from_rpy, rotation_from_quaternion

__all__ = ["wheel_forms", "wheel_poses"]

N_AROUND = 16
ALLOY = Material("alloy", (0.42, 0.43, 0.45), roughness=0.4, reflectance=0.2)

TYRE = ((0.95, -0.50), (1.0, -0.36), (1.0, 0.36), (0.94, 0.50), (0.70, 0.47))
"""(radius, height over the middle plane) as fractions of wheel radius and tyre width, inside to outside."""
FLANGE = ((0.70, 0.47), (0.655, 0.30))


def wheel_forms(radius: float, width: float, n_spokes: int) -> list[tuple[Form, Material]]:
    """Return the forms of a left wheel about its centre, its axis along y."""
    scale = np.array([radius, width])
    dish = np.array(FLANGE[-1]) * scale
    angle = np.arange(N_AROUND) * 2 * np.pi / N_AROUND
    floor = np.column_stack(
        [dish[0] * np.cos(angle), dish[0] * np.sin(angle), np.full(N_AROUND, dish[1] * 0.6)]
    )
    forms = [
        (lathe(np.array(TYRE) * scale, N_AROUND), RUBBER),
        (lathe(np.array(FLANGE) * scale, N_AROUND), ALLOY),
        (disc(floor), UNDERBODY),
        (merge([_spoke(radius, width, k * 2 * math.pi / n_spokes) for k in range(n_spokes)]), ALLOY),
        (_hub(radius, width), ALLOY),
    ]
    return [(form.turned(roll=-math.pi / 2), material) for form, material in forms]


def _spoke(radius: float, width: float, angle: float) -> Form:
    """Return one spoke from hub to flange: a ridge, wider at the hub."""
    across, top, low = np.array([1.0, 0.0, -1.0]), 0.41 * width, 0.24 * width
    rows = []
    for r, half, drop in ((0.12, 0.085, 0.0), (0.68, 0.055, 0.05)):
        z = np.array([low, top - drop * width, low])
        rows.append(np.column_stack([np.full(3, r * radius), across * half * radius, z]))
    return grid(np.stack(rows)).flipped().turned(yaw=angle)


def _hub(radius: float, width: float) -> Form:
    angle = np.arange(8) * 2 * np.pi / 8
    r, z = 0.16 * radius, 0.42 * width
    return disc(np.column_stack([r * np.cos(angle), r * np.sin(angle), np.full(8, z)]))


def wheel_poses(centres: Array, steered: Array, channels: Channels) -> Array:
    """Return (1 + W, 4, 4) T_body_part of the body and its wheels.

    Args:
        centres: (W, 3) wheel centres [m].
        steered: (W,) whether a wheel turns with the steering.
        channels: `wheel_angle` [rad], growing as the vehicle rolls forward; `steer_angle` [rad], positive left.
    """
    out = np.broadcast_to(np.eye(4), (1 + len(centres), 4, 4)).copy()
    spin, steer = channels.get("wheel_angle", 0.0), channels.get("steer_angle", 0.0)
    R = rotation_from_quaternion(
        quaternion_from_rpy(0.0, math.fmod(spin, 2 * math.pi), np.where(steered, steer, 0.0))
    )
    out[1:, :3, :3] = R
    out[1:, :3, 3] = centres - np.einsum("wij,wj->wi", R, centres)
    return out
