"""Roads whose cross-section changes: the pieces that are drawn one after the other, and ramps beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sim.domains.driving.ramps import RUN_OUT, Ramp
from sim.domains.driving.roads import Road, curvature_at
from sim.domains.driving.scenery.roadside import CARRIAGEWAY
from sim.scene import Scene, Shape

__all__ = ["add_ramps", "pieces"]

Points = tuple[tuple[float, float], ...]
Ribbon = tuple[str, float, Points, Points]

_PITCH = 4.0  # way between the points of a ramp's edges [m]
_LINE, _LINE_AT = 0.15, 1.9  # width of a ramp's edge lines, and how far they are from its middle [m]


def pieces(road: Road) -> Iterator[tuple[str, Road]]:
    """Yield (suffix of the bodies' names, road) of the stretches of a road; lanes keep their numbers."""
    for k, one in enumerate(road.stretches):
        gone = set(range(len(road.lane_centres))) - set(one.lanes)
        yield (
            f"_{k}",
            replace(
                road, segments=_cut(road, one.begins, one.ends), strips=one.strips, markings=one.markings,
                stretches=(), ramps={}, hidden=frozenset(gone),
            ),
        )  # fmt: skip


def _cut(road: Road, begins: float, ends: float) -> tuple[tuple[float, float, float, float, float, float], ...]:
    """Return the segments of a part of the line."""
    made, s = [], 0.0
    for length, *_ in road.segments:
        low, high = max(s, begins), min(s + length, ends)
        if high - low > 1e-9:
            x, y, heading = road.pose(low, 0.0)
            inside = 1e-9 * (high - low)  # of two elements that meet, the one inside is meant
            k0, k1 = (float(curvature_at(road.line, at)) for at in (low + inside, high - inside))
            made.append((high - low, x, y, heading, k0, k1))
        s += length
    return tuple(made)


def add_ramps(scene: Scene, road: Road) -> None:
    """Add the ramps of a road and the lines by which extra lanes taper off as one body."""
    ribbons = [one for ramp in road.ramps.values() for one in _ramp(road, ramp)] + list(_tapers(road))
    points = np.array([point for one in ribbons for point in one[2]])
    length, width = points.max(axis=0) - points.min(axis=0)
    shape = Shape("junction", (float(length), float(width), 0.0), {"ribbons": tuple(ribbons)})
    scene.add("ramps", category="road", shape=shape, labelled=False)


def _ramp(road: Road, ramp: Ramp) -> Iterator[Ribbon]:
    """Yield its surface as far as the road's own does not lie there, and its edge lines."""
    begins, ends = max(ramp.paved[0], 0.0), min(ramp.paved[1], road.length)
    ways = np.linspace(begins, ends, max(int((ends - begins) / _PITCH), 2)).tolist()
    rights = [(s, ramp.middle(s) - ramp.half) for s in ways]
    lefts = [(s, min(ramp.middle(s) + ramp.half, _outer(road, s))) for s in ways]
    yield _ribbon(road, "asphalt", rights, lefts)
    for side in (-1.0, 1.0):
        line = [(s, ramp.middle(s) + side * _LINE_AT) for s in ways]
        line = [(s, d) for s, d in line if d + _LINE < _outer(road, s)]
        if len(line) > 1:
            yield _ribbon(
                road, "paint", [(s, d - _LINE / 2) for s, d in line], [(s, d + _LINE / 2) for s, d in line]
            )


def _tapers(road: Road) -> Iterator[Ribbon]:
    """Yield a line from one edge of an extra lane to the other where it ends or begins without a ramp."""
    inner = road.lane_centres[0] + road.lane_width / 2
    outer = inner - road.lane_width
    for row, begins, ends in road.closed:
        if row != 0 or 0 not in {lane for one in road.stretches for lane in one.lanes}:
            continue
        ways = []
        if np.isfinite(begins) and not any(ramp.begins == begins for ramp in road.ramps.values()):
            ways.append(((begins, outer), (begins + RUN_OUT, inner)))
        if np.isfinite(ends) and not any(ramp.ends == ends for ramp in road.ramps.values()):
            ways.append(((ends - RUN_OUT, inner), (ends, outer)))
        for (s0, d0), (s1, d1) in ways:
            places = [(s0 + k / 8 * (s1 - s0), d0 + k / 8 * (d1 - d0)) for k in range(9)]
            yield _ribbon(road, "paint", [(s, d - 0.15) for s, d in places], [(s, d + 0.15) for s, d in places])


def _outer(road: Road, s: float) -> float:
    """Return the d of the right edge of the road's own pavement at s."""
    strips = next((one.strips for one in road.stretches if one.begins <= s < one.ends), road.strips)
    return min(strip[0] for strip in strips if strip[2] in CARRIAGEWAY)


def _ribbon(
    road: Road, kind: str, rights: list[tuple[float, float]], lefts: list[tuple[float, float]]
) -> Ribbon:
    edges = (tuple(road.pose(s, d)[:2] for s, d in edge) for edge in (rights, lefts))
    right, left = edges
    return kind, 0.0, right, left
