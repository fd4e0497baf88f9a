"""What stands on signs besides words and numbers: somebody digging, lanes that end, the end of all limits.

Outlines are (y, z) about the middle of a sign that faces +x: who reads it has +y on the right.
"""

from __future__ import annotations

import numpy as np

from renderers.assets.forms import rounded_rectangle
from sim.geometry import Array

__all__ = ["bars_of_end", "digger", "ending_lanes", "stroke"]


def stroke(start: tuple[float, float], end: tuple[float, float], width: float) -> Array:
    """Return a straight bar from one place to another, counter-clockwise."""
    a, b = np.array(start), np.array(end)
    along = (b - a) / np.linalg.norm(b - a)
    side = 0.5 * width * np.array([-along[1], along[0]])
    return np.array([a - side, b - side, b + side, a + side])


def digger(size: float) -> list[Array]:
    """Return somebody with a shovel before a heap (StVO sign 123), about `size` from the middle to its top."""
    angle = np.arange(10) * 2.0 * np.pi / 10
    head = size * (0.15 * np.column_stack([np.cos(angle), np.sin(angle)]) + (0.16, 0.62))
    heap = size * np.array([[-0.95, -0.75], [-0.2, -0.75], [-0.58, -0.28]])
    limbs = [
        ((0.22, 0.45), (0.46, -0.12), 0.26),
        ((0.46, -0.10), (0.20, -0.75), 0.17),
        ((0.46, -0.10), (0.70, -0.75), 0.17),
        ((0.22, 0.36), (-0.08, 0.02), 0.12),
        ((0.30, 0.20), (-0.38, -0.42), 0.08),
    ]
    return [
        head,
        heap,
        *(stroke(tuple(size * np.array(a)), tuple(size * np.array(b)), size * w) for a, b, w in limbs),
    ]


def ending_lanes(size: float, side: float) -> list[Array]:
    """Return arrows of two lanes of which the right one ends (StVO sign 531), for side -1 the left one."""
    goes, ends = -0.42 * side * size, 0.42 * side * size
    width = 0.16 * size
    tip = size * np.array([[-0.27, 0.45], [0.27, 0.45], [0.0, 0.83]]) + np.array([goes, 0.0])
    return [
        stroke((goes, -0.8 * size), (goes, 0.5 * size), width),
        tip,
        stroke((ends, -0.8 * size), (ends, -0.15 * size), width),
        rounded_rectangle(0.62 * size, 0.15 * size, 0.01) + np.array([ends, -0.1 * size]),
    ]


def bars_of_end(radius: float) -> list[Array]:
    """Return the slanted bars that end all limits (StVO sign 282)."""
    return [
        stroke((-0.6 * radius + shift, -0.62 * radius), (0.6 * radius + shift, 0.62 * radius), 0.06 * radius)
        for shift in (-0.24 * radius, -0.12 * radius, 0.0, 0.12 * radius, 0.24 * radius)
    ]
