"""Signals of sensors that events and modes may read."""

from __future__ import annotations

from sim.domains.base import SignalDeclaration

__all__ = ["SENSOR_SIGNALS"]

_SEEN = ("sensor", "any")

SENSOR_SIGNALS: dict[str, SignalDeclaration] = {
    "visible": SignalDeclaration(
        _SEEN,
        "",
        0.1,
        "share of a body's box that a sensor has in view with no other body, house or wall before it",
    ),
    "in_fov": SignalDeclaration(_SEEN, "", 0.1, "share of a body's box that lies in a sensor's view"),
    "range": SignalDeclaration(_SEEN, "m", 1.0, "distance from a sensor to the middle of a body's box"),
}
