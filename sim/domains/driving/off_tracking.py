"""What a vehicle sweeps over on its way: in bends more than its own width.

The middle of a body follows its line and its rear axle cuts the corner, so that its heading lags that of the
line and its front swings out. On a circle of radius R, with the rear axle l behind the middle, that axle runs
on the radius sqrt(R^2 - l^2); all else follows from where it lies before and beside that axle.

Source: Jindra (1963), Off-tracking of tractor-trailer combinations, Automobile Engineer 53; the steady state is
that of the Western Highway Institute (1970), Offtracking characteristics of trucks and truck combinations.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.compiling import leaf
from sim.domains.driving.roads import pose_at, project
from sim.geometry import Array

__all__ = ["Form", "form_of", "outline", "overlap_of", "steady_sweep", "swept_along"]

Form = tuple[float, float, float, float, float]
"""Length, width, way from the middle back to the rear axle, what is cut off corners along and across [m]."""

_SIDE = 1.0  # between the points of a body's sides [m]


def form_of(p: np.ndarray) -> Form:
    """Return the form of a body from its row of parameters; one on rails lies along its line in the middle."""
    rear = 0.0 if p[c.RAIL] > 0.0 else float(p[c.REAR])
    return (
        float(p[c.LENGTH]), float(p[c.WIDTH]), rear, float(p[c.CHAMFER_X]), float(p[c.CHAMFER_Y])
    )  # fmt: skip


def steady_sweep(form: Form, radius: float) -> tuple[float, float]:
    """Return how far a body reaches inwards and outwards from a circle its middle goes round for long [m].

    Args:
        form: of the body; corners that are cut off count as corners.
        radius: of the circle [m].
    """
    length, width, rear, cut_x, cut_y = form
    axle = math.sqrt(radius * radius - rear * rear)
    front = [(rear + length / 2, width / 2 - cut_y), (rear + length / 2 - cut_x, width / 2)]
    back = [(rear - length / 2, width / 2 - cut_y), (rear - length / 2 + cut_x, width / 2)]
    outer = max(math.hypot(ahead, axle + aside) for ahead, aside in front + back)
    return radius - (axle - width / 2), outer - radius


def outline(form: Form) -> Array:
    """Return (M, 2) points of the sides and corners of a body."""
    length, width, _, cut_x, cut_y = form
    x = np.linspace(cut_x - length / 2, length / 2 - cut_x, max(2, math.ceil(length / _SIDE) + 1))
    ends = [(end, width / 2 - cut_y) for end in (length / 2, -length / 2)]
    half = [*((float(at), width / 2) for at in x), *ends]
    return np.array([(px, side * py) for side in (1.0, -1.0) for px, py in half])


@leaf
def swept_along(
    line: np.ndarray, ways: np.ndarray, points: np.ndarray, rear: float, run_up: float, step: float,
    places: np.ndarray, reach: np.ndarray,
) -> None:  # fmt: skip
    """Drive the middle of a body along the ways of a line, and note how far its points reach beside each."""
    n, first = ways.shape[0], ways[0]
    before = int(run_up / step)
    yaw = pose_at(line, first - run_up, 0.0)[2]
    heading = yaw
    for k in range(-before, n + before):
        s = first + k * step
        x, y, now = pose_at(line, s, 0.0)
        # the rear axle is drawn along: its heading follows that of the line, by Heun's rule
        lag = math.sin(heading - yaw) / rear
        yaw += 0.5 * step * (lag + math.sin(now - yaw - step * lag) / rear)
        heading = now
        if 0 <= k < n:
            places[k, 0], places[k, 1], places[k, 2] = x, y, now
            places[k, 3], places[k, 4] = math.cos(now), math.sin(now)
        co, si = math.cos(yaw), math.sin(yaw)
        for m in range(points.shape[0]):
            px, py = points[m, 0], points[m, 1]
            at, d = project(line, x + px * co - py * si, y + px * si + py * co, s + px)
            row = math.floor((at - first) / step)
            for beside in range(max(row, 0), min(row + 2, n)):
                reach[beside, 0] = max(reach[beside, 0], -d)
                reach[beside, 1] = max(reach[beside, 1], d)


@leaf
def overlap_of(
    places: np.ndarray, reach: np.ndarray, flags: np.ndarray, others: np.ndarray, their_reach: np.ndarray,
    their_flags: np.ndarray, clearance: float,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Return the first and last row of either strip that comes within a clearance of the other; -1 for none.

    Args:
        places: (N, 5) x, y, heading, and its cosine and sine, of the middle of one strip.
        reach: (N, 2) of that strip to its right and left [m].
        flags: (N, 2) where it is wider than its body, and where it is inside the junction.
        others: (M, 5) of the other strip, as its reach and flags are.
        their_reach: (M, 2).
        their_flags: (M, 2).
        clearance: [m].
    """
    first, last, low, high = places.shape[0], -1, others.shape[0], -1
    for i in range(places.shape[0]):
        for j in range(others.shape[0]):
            dx, dy = others[j, 0] - places[i, 0], others[j, 1] - places[i, 1]
            if not (flags[i, 0] or their_flags[j, 0] or (flags[i, 1] and their_flags[j, 1])):
                continue
            towards = reach[i, 1] if dy * places[i, 3] > dx * places[i, 4] else reach[i, 0]
            back = their_reach[j, 0] if dy * others[j, 3] > dx * others[j, 4] else their_reach[j, 1]
            near = towards + back + clearance
            if dx * dx + dy * dy < near * near:
                first, last = min(first, i), max(last, i)
                low, high = min(low, j), max(high, j)
    return first, last, low, high
