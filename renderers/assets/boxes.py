"""The 3D box of a body: that of its shape, and around its doors while they are open."""

from __future__ import annotations

import math

import numpy as np

from renderers.assets.vehicle_doors import doors_of
from sim.geometry import Array
from sim.recording import Recording
from sim.scene import Body

__all__ = ["box_at"]


def box_at(body: Body, recording: Recording, t: float) -> tuple[Array, Array]:
    """Return (3,) the middle of a body's box in its own frame and (3,) its length, width and height at t [m].

    A door that is open belongs to the box as far as it reaches out; one that is shut changes nothing.
    """
    length, width, height = body.shape.size
    low, high = np.array([-length / 2, -width / 2, 0.0]), np.array([length / 2, width / 2, height])
    for side, hinge, reach in doors_of(body.shape):
        name = "door_left" if side > 0 else "door_right"
        angle = next(one.at(t) for one in recording.channels if (one.body, one.name) == (body.name, name))
        tip = np.array([hinge - reach * math.cos(angle), side * (width / 2 + reach * math.sin(angle))])
        low[:2], high[:2] = np.minimum(low[:2], tip), np.maximum(high[:2], tip)
    return (low + high) / 2, high - low
