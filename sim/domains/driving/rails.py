"""Vehicles on rails: both bogies stand on the middle of the lane, and nothing is steered."""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import leaf
from sim.domains.driving.roads import curvature_at, pose_at

__all__ = ["place_on_rails", "run_on_rails"]


@leaf
def place_on_rails(x: np.ndarray, p: np.ndarray, d: float, line: np.ndarray) -> None:
    """Put a body between its bogies, which stand on the rails at d, about its s.

    The body is the chord: in an arc of radius R its middle lies R - sqrt(R^2 - (b / 2)^2) inside the track.
    """
    s, side = x[c.S], p[c.DIRECTION]
    bend, half = curvature_at(line, s), 0.5 * p[c.RAIL]
    if bend != 0.0:  # along the line; the chord is as long as the bogies are apart
        half = math.asin(min(half * abs(bend) / (1.0 - bend * d), 1.0)) / abs(bend)
    fx, fy, _ = pose_at(line, s + half, d)
    rx, ry, _ = pose_at(line, s - half, d)
    px, py, heading = pose_at(line, s, d)
    mx, my = 0.5 * (fx + rx) - px, 0.5 * (fy + ry) - py
    x[c.D] = d + my * math.cos(heading) - mx * math.sin(heading)
    turned = math.atan2(fy - ry, fx - rx) - heading
    turned -= 2.0 * math.pi * math.floor(turned / (2.0 * math.pi) + 0.5)
    x[c.E] = turned if side > 0.0 else turned + math.pi


@leaf
def run_on_rails(x: np.ndarray, p: np.ndarray, q: np.ndarray, line: np.ndarray, way: float) -> None:
    """Advance a body on rails by a way along them; its speed is already that at the end."""
    d, side = q[c.D1], p[c.DIRECTION]
    bend = curvature_at(line, x[c.S])
    x[c.S] += side * way / (1.0 - bend * d)
    place_on_rails(x, p, d, line)
    bend = curvature_at(line, x[c.S])
    x[c.U] = 0.0
    x[c.R] = side * x[c.V] * bend / (1.0 - bend * d)
    x[c.AY] = x[c.V] * x[c.R]
