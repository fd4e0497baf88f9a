"""Where a road runs: points beside a reference line of lines, arcs and clothoids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.geometry import Array

__all__ = ["Course", "sampled"]

Segment = tuple[float, float, float, float, float, float]
"""(length, x, y, heading, curvature at its start, at its end)."""

SAGITTA = 0.0008
"""How far a chord may leave its curve [m], so that what lies on a road is within 1 mm of its place."""
LONGEST = 40.0
"""Longest piece of a straight [m]."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)


@dataclass(frozen=True)
class Course:
    """A reference line at some of its stations.

    Args:
        s: (N,) way along [m].
        xy: (N, 2) positions [m].
        heading: (N,) [rad].
    """

    s: Array
    xy: Array
    heading: Array

    def beside(self, d: float) -> Array:
        """Return (N, 2) the points d [m] to the left of the line."""
        return self.xy + d * np.column_stack([-np.sin(self.heading), np.cos(self.heading)])


def sampled(segments: Sequence[Segment], *, reach: float) -> Course:
    """Return the line at stations close enough for a road that reaches `reach` [m] to both sides."""
    s, xy, heading, begin = [], [], [], 0.0
    for k, segment in enumerate(segments):
        t = np.linspace(0.0, segment[0], _pieces(segment, reach) + 1)
        t = t if k == len(segments) - 1 else t[:-1]
        s.append(begin + t)
        xy.append(_positions(segment, t))
        heading.append(_heading(segment, t))
        begin += segment[0]
    return Course(np.concatenate(s), np.concatenate(xy), np.concatenate(heading))


def _pieces(segment: Segment, reach: float) -> int:
    """Return into how many pieces a segment must be cut: chord² · curvature / 8 is the sagitta."""
    length, *_, k0, k1 = segment
    bend = max(abs(k0), abs(k1))
    if bend < 1e-9:
        return max(1, int(np.ceil(length / LONGEST)))
    radius = 1.0 / bend + reach
    chord = min(np.sqrt(8.0 * SAGITTA * radius) * (1.0 / bend) / radius, LONGEST)
    return max(1, int(np.ceil(length / chord)))


def _heading(segment: Segment, t: Array) -> Array:
    length, _, _, heading, k0, k1 = segment
    return np.asarray(heading + k0 * t + 0.5 * (k1 - k0) / length * t * t)


def _positions(segment: Segment, t: Array) -> Array:
    """Return (N, 2) positions: five-point Gauss-Legendre on every piece of the clothoid."""
    steps = np.diff(t, prepend=0.0)
    nodes = (t - steps)[:, None] + steps[:, None] * (_NODES + 1.0) / 2.0
    angle = _heading(segment, nodes)
    weight = steps[:, None] / 2.0 * _WEIGHTS
    moved = np.stack(
        [np.cumsum((weight * np.cos(angle)).sum(1)), np.cumsum((weight * np.sin(angle)).sum(1))], 1
    )
    return np.asarray(moved + np.array([segment[1], segment[2]]))
