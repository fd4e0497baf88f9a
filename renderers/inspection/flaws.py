"""Forms on a surface: lines, blobs and rectangles that change its height, its colour or both.

A form is a row of numbers, `Col` names them; lines have segments in a second table. Kernels read both; what is
inside a form, how far it lifts the surface and how strongly it colours it follow from the row alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from sim.compiled import kernel
from sim.geometry import Array

__all__ = [
    "BLOB",
    "BOWL",
    "LINE",
    "RECTANGLE",
    "Col",
    "area_of",
    "blob",
    "flaw_at",
    "line",
    "rectangle",
    "stack",
]

LINE, BLOB, BOWL, RECTANGLE = 0, 1, 2, 3
"""Types of forms: grooves along segments; a paraboloid with a ragged edge; a smooth bowl; a rectangle."""

LIP = 1.8
"""A groove's lips reach this many times as far as its walls."""


class Col(IntEnum):
    """Columns of a form's row; lengths in metres."""

    TYPE = 0
    X = 1
    Y = 2
    COS = 3
    SIN = 4
    AX = 5
    AY = 6
    A2 = 7  # amplitudes of the edge's second to fifth harmonic
    P2 = 11  # and their phases
    DEPTH = 15  # how far the surface lies deeper at the bottom; negative for what stands out
    LIP = 16  # 1 where the walls of a groove were thrown up, else 0
    FIRST = 17  # segments
    LAST = 18
    LEFT = 19
    RIGHT = 20
    LOWER = 21
    UPPER = 22
    RED = 23
    GREEN = 24
    BLUE = 25
    OPACITY = 26
    SOFT = 27  # share of the radius over which the colour fades
    RIM = 28  # how much stronger the colour is at the edge, as where a drop has dried
    ROUGH = 29  # what is added to the surface's roughness
    REPLACES = 30  # 1: another material; 0: the surface's own, with its colour multiplied
    GLOW = 31  # light it sends by itself: what is mirrored in it
    ID = 32
    IS_NEGATIVE = 33
    WIDTH = 34


def stack(rows: Sequence[Array]) -> Array:
    """Return (N, WIDTH) rows of forms."""
    return np.array(rows, np.float64).reshape(-1, Col.WIDTH)


def _row(kind: int, x: float, y: float, angle: float) -> Array:
    row = np.zeros(Col.WIDTH)
    row[[Col.TYPE, Col.X, Col.Y, Col.COS, Col.SIN]] = kind, x, y, math.cos(angle), math.sin(angle)
    row[Col.RED : Col.BLUE + 1] = 1.0
    return row


def blob(
    x: float,
    y: float,
    *,
    radii: tuple[float, float],
    angle: float = 0.0,
    ragged: Sequence[float] = (0.0, 0.0, 0.0, 0.0),
    phases: Sequence[float] = (0.0, 0.0, 0.0, 0.0),
    is_bowl: bool = False,
) -> Array:
    """Return a row of a round form.

    Args:
        x: of its middle [m].
        y: of its middle [m].
        radii: half lengths of its axes [m].
        angle: of the first axis [rad].
        ragged: amplitudes of the second to fifth harmonic of its edge, of the radius.
        phases: of these [rad].
        is_bowl: whether its profile is (1 - q^2)^2, smooth at the edge, rather than 1 - q^2.
    """
    row = _row(BOWL if is_bowl else BLOB, x, y, angle)
    row[[Col.AX, Col.AY]] = radii
    row[Col.A2 : Col.A2 + 4], row[Col.P2 : Col.P2 + 4] = ragged, phases
    reach = max(radii) * (1.0 + float(np.sum(np.abs(ragged))))
    row[Col.LEFT : Col.UPPER + 1] = x - reach, x + reach, y - reach, y + reach
    return row


def rectangle(x: float, y: float, *, half: tuple[float, float], angle: float) -> Array:
    """Return a row of a rectangle of half lengths [m] that marks a place and changes nothing."""
    row = _row(RECTANGLE, x, y, angle)
    row[[Col.AX, Col.AY]] = half
    reach = math.hypot(*half)
    row[Col.LEFT : Col.UPPER + 1] = x - reach, x + reach, y - reach, y + reach
    return row


def line(segments: Array, *, first: int, depth: float, lip: float) -> Array:
    """Return a row of a line.

    Args:
        segments: (S, 6) ends x, y, x, y and half widths at both [m].
        first: where they stand in the table of all segments.
        depth: of the groove [m].
        lip: 1 with lips, 0 without.
    """
    middle = segments[len(segments) // 2]
    row = _row(LINE, float(middle[0]), float(middle[1]), 0.0)
    row[[Col.DEPTH, Col.LIP, Col.FIRST, Col.LAST]] = depth, lip, first, first + len(segments)
    xs, ys = segments[:, [0, 2]], segments[:, [1, 3]]
    reach = LIP * float(segments[:, 4:].max())
    row[Col.LEFT : Col.UPPER + 1] = xs.min() - reach, xs.max() + reach, ys.min() - reach, ys.max() + reach
    return row


def area_of(row: Array, segments: Array) -> float:
    """Return the area of a form [m2]; of a line, where it crosses or joins itself is counted twice."""
    if row[Col.TYPE] == LINE:
        own = segments[int(row[Col.FIRST]) : int(row[Col.LAST])]
        lengths = np.hypot(own[:, 2] - own[:, 0], own[:, 3] - own[:, 1])
        reach = LIP if row[Col.LIP] > 0.0 else 1.0
        return float(np.sum(lengths * (own[:, 4] + own[:, 5])) * reach)
    if row[Col.TYPE] == RECTANGLE:
        return float(4.0 * row[Col.AX] * row[Col.AY])
    ragged = row[Col.A2 : Col.A2 + 4]
    return float(math.pi * row[Col.AX] * row[Col.AY] * (1.0 + 0.5 * np.sum(ragged**2)))


@kernel
def _near(row: np.ndarray, segments: np.ndarray, x: float, y: float, pitch: float) -> tuple[float, float]:
    """Return the distance to the nearest segment of a line and its half width there [m], far off if too far."""
    best, width = 1e9, 0.0
    for k in range(int(row[17]), int(row[18])):
        ax, ay = segments[k, 0], segments[k, 1]
        ex, ey = segments[k, 2] - ax, segments[k, 3] - ay
        long = ex * ex + ey * ey
        # Farther from its beginning than it and what it can change are long: (a + b)^2 <= 2 (a^2 + b^2).
        reach = 1.8 * max(segments[k, 4], segments[k, 5]) + 2.0 * pitch
        if (x - ax) * (x - ax) + (y - ay) * (y - ay) > 2.0 * (long + reach * reach):
            continue
        s = ((x - ax) * ex + (y - ay) * ey) / long if long > 0.0 else 0.0
        s = min(max(s, 0.0), 1.0)
        dx, dy = x - ax - s * ex, y - ay - s * ey
        half = segments[k, 4] + s * (segments[k, 5] - segments[k, 4])
        distance = math.sqrt(dx * dx + dy * dy)
        if distance - half < best - width:
            best, width = distance, half
    return best, width


@kernel
def _round(row: np.ndarray, x: float, y: float) -> float:
    """Return the distance from the middle of a round form in radii: 1 at its edge."""
    dx, dy = x - row[1], y - row[2]
    a, b = (dx * row[3] + dy * row[4]) / row[5], (dy * row[3] - dx * row[4]) / row[6]
    r = math.sqrt(a * a + b * b)
    if r == 0.0:
        return 0.0
    edge = 1.0
    if row[7] != 0.0 or row[8] != 0.0 or row[9] != 0.0 or row[10] != 0.0:
        angle = math.atan2(b, a)
        for k in range(4):
            edge += row[7 + k] * math.cos((k + 2) * angle + row[11 + k])
    return r / edge


@kernel
def flaw_at(
    row: np.ndarray, segments: np.ndarray, x: float, y: float, pitch: float
) -> tuple[bool, float, float]:
    """Return whether a place is in a form, how much higher it lies for it [m], and how strongly coloured it is.

    Args:
        row: of the form.
        segments: of all lines.
        x: place [m].
        y: place [m].
        pitch: width of a pixel there [m]: a thinner line is labelled that wide, and colours by its share.
    """
    if x < row[19] - pitch or x > row[20] + pitch or y < row[21] - pitch or y > row[22] + pitch:
        return False, 0.0, 0.0
    if row[0] == 3.0:
        dx, dy = x - row[1], y - row[2]
        a, b = dx * row[3] + dy * row[4], dy * row[3] - dx * row[4]
        return abs(a) <= row[5] and abs(b) <= row[6], 0.0, 0.0
    if row[0] == 0.0:
        distance, half = _near(row, segments, x, y, pitch)
        if half == 0.0 and distance == 1e9:
            return False, 0.0, 0.0
        cover = min(distance + 0.5 * pitch, half) - max(distance - 0.5 * pitch, -half)
        weight = min(max(cover / pitch, 0.0), 1.0)
        wide = max(half, 0.7 * pitch)  # what is thinner than a pixel is as steep on average as this
        q = distance / wide
        deep = row[15] * half / wide
        lift = 0.0
        if q < 1.0:
            lift = -deep * (1.0 - q * q)
        elif row[16] > 0.0 and q < 1.8:
            lift = 0.3 * row[16] * deep * math.sin(math.pi * (q - 1.0) / 0.8)
        reach = half * (1.8 if row[16] > 0.0 else 1.0)
        return distance <= max(reach, 0.5 * pitch), lift, weight
    q = _round(row, x, y)
    if q >= 1.0:
        return False, 0.0, 0.0
    inner = 1.0 - q * q
    lift = -row[15] * (inner * inner if row[0] == 2.0 else inner)
    soft = row[27]
    weight = min((1.0 - q) / soft, 1.0) if soft > 0.0 else 1.0
    weight = weight * weight * (3.0 - 2.0 * weight)
    return True, lift, weight * (1.0 + row[28] * math.exp(-(((q - 0.88) / 0.07) ** 2)))
