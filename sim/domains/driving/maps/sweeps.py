"""The strips that vehicles sweep over about their routes through a junction, and where those of two meet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sim.domains.driving.maps.network import Route
from sim.domains.driving.off_tracking import Form, outline, overlap_of, swept_along
from sim.geometry import Array

__all__ = ["CLEARANCE", "Sweep", "conflict", "set_back", "swept"]

CLEARANCE = 0.35
"""Room between the strips of two vehicles; middles stray from their lines by no more in a turn [m]."""
_STEP = 0.25  # between the points at which strips are known [m]
_MARGIN = 15.0  # before and behind the junction up to which strips are looked at [m]; a bus is 12 m long
_RUN_UP = 5.0  # straight before that, on which a body lies along its line [m]
_SWINGS = 0.1  # by which a strip is wider than its body where it swings out [m]
_BEFORE = 0.3  # from where somebody halts to what is swept [m]


@dataclass(frozen=True, eq=False)
class Sweep:
    """The strip that a body sweeps over about a route, around its junction.

    Args:
        ways: (N,) along the route [m].
        places: (N, 5) x, y and heading of the line there, and the heading's cosine and sine.
        reach: (N, 2) of the strip to the right and to the left of the line [m].
        flags: (N, 2) where it is wider than the body, and where it is inside the junction.
    """

    ways: Array
    places: Array
    reach: Array
    flags: np.ndarray


@lru_cache(maxsize=1024)
def swept(route: Route, form: Form) -> Sweep:
    """Return the strip a body of a form sweeps over on a route."""
    first, last = route.span[0] - _MARGIN, route.span[1] + _MARGIN
    ways: Array = first + _STEP * np.arange(math.ceil((last - first) / _STEP) + 1, dtype=np.float64)
    places, reach = np.empty((len(ways), 5)), np.full((len(ways), 2), form[1] / 2)
    swept_along(route.line, ways, outline(form), max(form[2], _STEP), _RUN_UP, _STEP, places, reach)
    swings = reach.max(axis=1) > form[1] / 2 + _SWINGS
    inside = (ways >= route.span[0]) & (ways <= route.span[1])
    return Sweep(ways, places, reach, np.stack([swings, inside], axis=1))


@lru_cache(maxsize=16384)
def conflict(a: Route, form_a: Form, b: Route, form_b: Form) -> tuple[float, float, float, float] | None:
    """Return (first, last way of a, first, last way of b) at which the strips of two bodies meet.

    None where they keep apart, or begin in the same lane, so that one follows the other. Before and behind the
    junction only what swings out of its lane counts.
    """
    if a.origin == b.origin or a.span[0] == a.span[1] or b.span[0] == b.span[1]:
        return None
    one, two = swept(a, form_a), swept(b, form_b)
    i, k, j, m = overlap_of(one.places, one.reach, one.flags, two.places, two.reach, two.flags, CLEARANCE)
    if k < 0:
        return None
    return float(one.ways[i]), float(one.ways[k]), float(two.ways[j]), float(two.ways[m])


def set_back(route: Route, form: Form, other: Route, their_form: Form) -> float:
    """Return how far before its stop line a body has to stand, so that another sweeps by before it [m]."""
    ways = conflict(route, form, other, their_form)
    return 0.0 if ways is None else max(route.stop - ways[0] + _BEFORE, 0.0)
