"""What can be heard of a machine: kinds of parts, and the facts that shape their signals.

The settings go into the recording as they are, and whoever observes a machine reads them there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.bearings import Bearing, fault_orders
from sim.fields import Quantity, Section, Tagged

__all__ = ["PART", "geometry_faults"]

_RATIO = Quantity(
    doc="turns of the part per turn of the machine's shaft",
    unit="",
    default=1.0,
    least=1e-4,
    most=1e4,
    fixed=True,
)


def geometry_faults(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (key, message) for what is impossible in the facts of a bearing that are known, in SI."""
    known = {key: float(part[key]) for key in _GEOMETRY if key in part}
    if len(known) < len(_GEOMETRY):
        return []
    balls, ball, pitch, angle = known.values()
    try:
        fault_orders(Bearing(int(balls), ball, pitch, angle))
    except ValueError as error:
        return [("balls" if balls < 3 else "ball_diameter", str(error))]
    return []


_GEOMETRY = ("balls", "ball_diameter", "pitch_diameter", "contact_angle")


def _fact(doc: str, unit: str, default: Any, least: float, most: float) -> Quantity:
    return Quantity(doc=doc, unit=unit, default=default, least=least, most=most, fixed=True)


def _number_of(doc: str, default: int, most: int) -> Quantity:
    return Quantity(doc=doc, unit="", default=default, least=1.0, most=most, integer=True, fixed=True)


def _part(doc: str, facts: Mapping[str, Quantity]) -> Section:
    return Section(doc=doc, fields={"ratio": _RATIO, **facts})


_BEARING = Section(
    doc="a rolling bearing with a standing outer ring; a 6205 by default",
    check=geometry_faults,
    fields={
        "ratio": _RATIO,
        "balls": _number_of("rolling elements in one row", 9, 200),
        "ball_diameter": _fact("diameter of a rolling element", "m", "7.94004 mm", 0.0, 1.0),
        "pitch_diameter": _fact("diameter of the circle of their centres", "m", "39.0398 mm", 0.0, 10.0),
        "contact_angle": _fact("angle of contact", "rad", 0.0, 0.0, 1.57),
        "slip": _fact("spread of the time between two hits, relative", "", 0.005, 0.0, 1.0),
        "creep": _fact("by how much the cage turns faster than it would without slip", "", 0.003, -0.05, 0.05),
    },
)

_GEAR = _part(
    "a pair of gears; the one that turns with the shaft is meant",
    {
        "teeth": _number_of("teeth of the gear", 23, 500),
        "mate_teeth": _number_of("teeth of its mate", 71, 2000),
    },
)

_MOTOR = _part(
    "an induction motor with a cage",
    {
        "pole_pairs": _number_of("pairs of poles", 2, 50),
        "bars": _number_of("bars of the cage", 28, 500),
        "rated_slip": _fact("slip at rated load", "", 0.03, 1e-4, 0.3),
        "rated_current": _fact("current at rated load, root mean square", "A", 10.0, 1e-3, 1e5),
    },
)

_PUMP = _part(
    "a centrifugal pump",
    {
        "vanes": _number_of("vanes of the impeller", 6, 50),
        "rated_speed": _fact("speed of rotation at which the rated values hold", "rad/s", "1500 rpm", 0.1, 1e4),
        "rated_head": _fact("head at rated speed and flow", "m", 30.0, 0.1, 5e3),
        "rated_flow": _fact("flow at rated speed and load 1", "m3/s", 0.02, 1e-6, 100.0),
    },
)

_PNEUMATICS = _part(
    "a cylinder that is filled and emptied over and over",
    {
        "supply_pressure": _fact("gauge pressure of the supply", "Pa", "6 bar", 1e3, 1e8),
        "time_constant": _fact("of filling", "s", 0.15, 1e-3, 1e3),
        "period": _fact("from one stroke to the next", "s", 4.0, 1e-2, 1e5),
    },
)

_TOOL = _part(
    "a milling cutter",
    {
        "teeth": _number_of("cutting edges", 4, 100),
        "rated_power": _fact("spindle power of a sharp tool at load 1", "W", 3000.0, 1.0, 1e6),
    },
)

_JOINT = _part(
    "a joint of a robot that swings to and fro",
    {
        "rated_torque": _fact("friction of the healthy joint", "N*m", 20.0, 1e-3, 1e5),
        "inertia": _fact("inertia that it moves", "kg*m2", 1.5, 0.0, 1e6),
        "swing": _fact("angle from one side to the other", "rad", 1.0, 1e-3, 10.0),
        "period": _fact("of one swing to and fro", "s", 4.0, 1e-2, 1e5),
    },
)

PART = Tagged(
    doc="what the component is to those who hear it",
    default=None,
    options={
        "bearing": _BEARING,
        "gear": _GEAR,
        "shaft": _part("a shaft with its coupling", {}),
        "motor": _MOTOR,
        "pump": _PUMP,
        "pneumatics": _PNEUMATICS,
        "tool": _TOOL,
        "joint": _JOINT,
    },
)
"""What may stand under a component's `part:`."""
