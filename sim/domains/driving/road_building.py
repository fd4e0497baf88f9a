"""Highways and streets from their declaration: lanes, strips and markings, and what changes along them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from sim.domains.driving.ramps import RUN_OUT, Ramp, Stretch, entry_ramp, exit_ramp, extra_lane
from sim.domains.driving.roads import FRICTION, Road, along
from sim.domains.driving.work_zones import closed_stretch, signs
from sim.fields import Chosen

__all__ = ["build_road"]

_FIRST_SIGN = 40.0
"""How far before ego's start the sign of the limit stands [m]."""
_INNER = 0.75
"""Width of the paved strip inside of the lanes [m]: RAA, cross-section RQ 31."""


def build_road(chosen: Chosen, *, start: float, length: float) -> Road:
    """Return the road that the `road:` section describes.

    Args:
        chosen: the resolved section: highway or street.
        start: where ego starts along the line, from which crosswalks are measured [m].
        length: least length of the reference line [m].
    """
    settings = chosen.settings
    friction = settings["friction"] if settings["friction"] is not None else FRICTION[settings["surface"]]
    segments = _course(tuple(settings["alignment"]), start, length)
    build = _highway if chosen.kind == "highway" else _street
    return build(settings, segments, float(friction), start)


def _course(
    alignment: tuple[Chosen, ...], start: float, length: float
) -> tuple[tuple[float, float, float, float, float, float], ...]:
    """Return the segments: a straight run-up of `start`, the elements, and the last curvature going on."""
    elements, k = [(start, 0.0, 0.0)] if alignment and start > 0 else [], 0.0
    for element in alignment:
        if element.kind == "line":
            elements.append((float(element.settings), 0.0, 0.0))
        elif element.kind == "arc":
            bend = float(element.settings["curvature"])
            elements.append((float(element.settings["length"]), bend, bend))
        else:
            elements.append((float(element.settings["length"]), k, float(element.settings["to"])))
        k = elements[-1][2]
    missing = length - sum(element[0] for element in elements)
    if missing > 0:
        elements.append((missing, k, k))
    x = y = heading = 0.0
    segments = []
    for way, k0, k1 in elements:
        segments.append((way, x, y, heading, k0, k1))
        dx, dy = along(heading, k0, (k1 - k0) / way, way)
        x, y, heading = x + dx, y + dy, heading + 0.5 * (k0 + k1) * way
    return tuple(segments)


def _highway(settings: Mapping[str, Any], segments: Any, friction: float, start: float) -> Road:
    lanes, width, shoulder = int(settings["lanes"]), settings["lane_width"], settings["shoulder"]
    extra = extra_lane(settings, start)
    there = lanes + (1 if extra else 0)
    strips, markings = _carriageway(settings, there)
    edge = -there * width - shoulder
    ramps = _ramps(settings, start, -(lanes + 0.5) * width)
    outermost = min([edge, *(min(ramp.from_d, ramp.to_d) - ramp.half for ramp in ramps.values())])
    return Road(
        segments=segments,
        lane_centres=tuple(-(there - i - 0.5) * width for i in range(there)),
        directions=(1,) * there,
        lane_width=width,
        strips=strips,
        markings=markings,
        crosswalks=(),
        kerbs=(),
        places={"right_shoulder": edge + shoulder / 2, "left_shoulder": _INNER / 2},
        friction=friction,
        kind="highway",
        edges=(outermost, _INNER),
        stretches=_stretches(settings, extra, ramps, sum(one[0] for one in segments)),
        ramps=ramps,
        ramp_speed=settings["exit"]["speed"] if settings["exit"] is not None else 0.0,
        **_changesalong(settings, extra, start),
    )


def _carriageway(
    settings: Mapping[str, Any], lanes: int, *, paved: int | None = None, verge: bool = True
) -> tuple[tuple[tuple[float, float, str, float], ...], tuple[tuple[float, float, str, str], ...]]:
    """Return strips and markings of a carriageway.

    Args:
        settings: of the highway, without the extra lane.
        lanes: with it.
        paved: widths of lanes that are paved; as many as there are lanes unless given.
        verge: whether grass lies beside it.
    """
    width, shoulder, through = settings["lane_width"], settings["shoulder"], int(settings["lanes"])
    right = -lanes * width
    outer = -(paved or lanes) * width - shoulder
    markings = [(0.0, 0.30, "solid", "white"), (right, 0.30, "solid", "white")]
    markings += [(-i * width, 0.15, "broken", "white") for i in range(1, through)]
    if lanes > through:
        markings.append((-through * width, 0.30, "broken", "white"))
    strips = [
        (right, 0.0, "asphalt", 0.0),
        (0.0, _INNER, "shoulder", 0.0),
        (_INNER, _INNER + 1.5, "median", 0.0),
    ]
    if outer < right:
        strips.append((outer, right, "shoulder", 0.0))
    if verge:
        strips.append((outer - 1.5, outer, "verge", 0.0))
    return tuple(sorted(strips)), tuple(sorted(markings))


def _ramps(settings: Mapping[str, Any], start: float, d: float) -> dict[str, Ramp]:
    """Return the ramps of a highway whose extra lane has its middle at d."""
    made: dict[str, Ramp] = {}
    if settings["entry"] is not None:
        made["entry"] = entry_ramp(start + settings["entry"]["at"], d)
    if settings["exit"] is not None:
        made["exit"] = exit_ramp(start + settings["exit"]["at"] + settings["exit"]["length"], d)
    return made


def _stretches(
    settings: Mapping[str, Any],
    extra: tuple[tuple[float, float], ...],
    ramps: Mapping[str, Ramp],
    length: float,
) -> tuple[Stretch, ...]:
    """Return the cross-sections of a highway along its way: extra lanes, run-outs, and no grass under ramps."""
    if not extra:
        return ()
    lanes = int(settings["lanes"])
    cuts = {0.0, length}
    for begins, ends in extra:
        cuts |= {begins - RUN_OUT, begins, ends, ends + RUN_OUT}
    for ramp in ramps.values():
        cuts |= {ramp.begins, ramp.ends}
    ways = sorted(cut for cut in cuts if 0.0 <= cut <= length)
    made = []
    for begins, ends in pairwise(ways):
        middle = 0.5 * (begins + ends)
        verge = not any(ramp.begins < middle < ramp.ends for ramp in ramps.values())
        if any(one[0] < middle < one[1] for one in extra):
            section, there = _carriageway(settings, lanes + 1), range(lanes + 1)
        else:
            runs_out = verge and any(one[0] - RUN_OUT < middle < one[1] + RUN_OUT for one in extra)
            paved = lanes + 1 if runs_out else None
            section, there = _carriageway(settings, lanes, paved=paved, verge=verge), range(1, lanes + 1)
        made.append(Stretch(begins, ends, *section, tuple(there)))
    return tuple(made)


def _changesalong(
    settings: Mapping[str, Any], extra: tuple[tuple[float, float], ...], start: float
) -> dict[str, Any]:
    """Return where lanes of a highway are closed, and its limits and signs."""
    closed = []
    if extra:
        edges = [-np.inf, *(s for part in extra for s in part), np.inf]
        closed = [(0, begins, ends) for begins, ends in zip(edges[::2], edges[1::2], strict=True)]
    zone, width = settings["work_zone"], settings["lane_width"]
    posted = _posted(settings, start, ("right", "left"))
    if zone is None:
        return {"closed": tuple(closed), **posted}
    begins, _, ends = closed_stretch(zone, width=width, origin=start)
    outermost = 1 if extra else 0
    row = outermost if zone["side"] == "right" else int(settings["lanes"]) - 1 + outermost
    return {
        "closed": (*closed, (row, begins, ends)),
        "limits": (*posted["limits"], (begins - zone["announced"], ends, zone["limit"])),
        "signs": (*posted["signs"], *signs(zone, width=width, origin=start)),
    }


def _posted(settings: Mapping[str, Any], start: float, sides: tuple[str, ...]) -> dict[str, Any]:
    """Return the limit that holds all along a road, and the sign of it that ego comes to first."""
    limit = settings["limit"]
    if limit is None:
        return {"limits": (), "signs": ()}
    text = str(round(limit * 3.6))
    return {
        "limits": ((-np.inf, np.inf, limit),),
        "signs": tuple((start + _FIRST_SIGN, side, text) for side in sides),
    }


def _street(settings: Mapping[str, Any], segments: Any, friction: float, start: float) -> Road:
    lanes, back, width = int(settings["lanes"]), int(settings["oncoming_lanes"]), settings["lane_width"]
    parking, sidewalk, kerb = settings["parking"], settings["sidewalk"], 0.12
    right, left = -lanes * width, back * width
    far_right, far_left = right - parking, left + parking
    strips = [(right, left, "asphalt", 0.0)]
    if parking > 0:
        strips += [(far_right, right, "parking", 0.0), (left, far_left, "parking", 0.0)]
    if sidewalk > 0:
        strips += [
            (far_right - sidewalk, far_right, "sidewalk", kerb),
            (far_left, far_left + sidewalk, "sidewalk", kerb),
        ]
    markings = [(-i * width, 0.12, "broken", "white") for i in range(1, lanes)]
    markings += [(i * width, 0.12, "broken", "white") for i in range(1, back)]
    if back:
        markings.append((0.0, 0.12, settings["centre_line"], "white"))
    if parking > 0:
        markings += [(right, 0.12, "solid", "white"), (left, 0.12, "solid", "white")]
    zebra = settings["crosswalk"]
    return Road(
        segments=segments,
        lane_centres=tuple(-(lanes - i - 0.5) * width for i in range(lanes))
        + tuple((i + 0.5) * width for i in range(back)),
        directions=(1,) * lanes + (-1,) * back,
        lane_width=width,
        strips=tuple(sorted(strips)),
        markings=tuple(sorted(markings)),
        crosswalks=() if zebra is None else ((start + zebra, 4.0, right, left),),
        kerbs=((far_right, kerb, "right"), (far_left, kerb, "left")),
        places={
            "right_parking": right - parking / 2,
            "left_parking": left + parking / 2,
            "right_sidewalk": far_right - sidewalk / 2,
            "left_sidewalk": far_left + sidewalk / 2,
        },
        friction=friction,
        kind="street",
        edges=(far_right, far_left),
        **_posted(settings, start, ("right",)),
    )
