"""What may stand under `handles:` and `stacks:` of a machine and `guide:` of a conveyor: what touches parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.fields import REQUIRED, Field, Flag, Name, Numbers, Quantity, Section, Word

__all__ = ["GUIDE", "HANDLES", "STACKS"]


def _plain(doc: str, unit: str, default: object, least: float, most: float) -> Quantity:
    return Quantity(doc=doc, unit=unit, default=default, least=least, most=most, fixed=True)


def _drawn(doc: str, unit: str, least: float, most: float) -> Quantity:
    return Quantity(doc=doc, unit=unit, default=REQUIRED, least=least, most=most, each=True)


def _size(doc: str) -> Numbers:
    return Numbers(doc=doc, unit="m", length=3, least=0.01, most=0.3, default=[0.04, 0.05, 0.05])


def _wear(what: str) -> dict[str, Field]:
    return {
        "by": Name(doc=f"component whose wear {what}; it may stand on any machine", default=None),
        "loses": Quantity(
            doc=f"share by which it {what} at wear 1", unit="", default=0.0, least=0.0, most=10.0, fixed=True
        ),
    }


def _hands(values: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return what is impossible about a hand."""
    if values.get("loses", 0.0) > 1.0:
        return [("loses", "a hand cannot lose more than all of its force")]
    return []


HANDLES = Section(
    doc="a robot that picks each part and places it, at the end of the cycle; what it drops is turned away",
    default=None,
    check=_hands,
    fields={
        "robot": Word(
            doc="which robot",
            options={
                "panda": "Franka Panda; its two fingers hold by friction",
                "iiwa": "KUKA LBR iiwa; a vacuum cup holds by suction",
            },
            default="panda",
            fixed=True,
        ),
        "time": _plain("from the beginning of the reach to the return", "s", 3.0, 2.5, 20.0),
        "lift": _plain("how high it lifts", "m", 0.2, 0.05, 0.3),
        "across": _plain("how far it carries", "m", 0.5, 0.1, 0.7),
        "size": _size("of a part, a box: across the fingers, along the way it is carried, height"),
        "mass": _drawn("of each part", "kg", 1e-3, 10.0),
        "friction": _drawn("between each part and the hand", "", 0.02, 2.0),
        "force": Quantity(
            doc="of each finger, or of the suction, when nothing is worn", unit="N", least=0.1, most=500.0
        ),
        **_wear("takes force away"),
        "drops_to": Name(doc="where dropped parts go: a buffer for rework, or a sink for scrap"),
        "clearing": Quantity(
            doc="time for which the machine stops after a drop, until the part is cleared away",
            unit="s",
            default=0.0,
            least=0.0,
            most=1e7,
            each=True,
        ),
    },
)


GUIDE = Section(
    doc="a plate at the end of the conveyor that turns parts aside; a part that jams there stops the rest",
    default=None,
    fields={
        "angle": _plain("between the way of the belt and the plate", "rad", "50 deg", 0.785, 1.4),
        "length": _plain("of the plate", "m", 0.4, 0.1, 2.0),
        "speed": _plain("of the belt", "m/s", 0.3, 0.02, 2.0),
        "belt_friction": _plain("between parts and belt", "", 0.6, 0.1, 2.0),
        "size": _size("of a part, a box: along the belt, across, height"),
        "mass": _plain("of a part", "kg", 0.5, 0.01, 50.0),
        "friction": _drawn("between each part and the plate, when it is as good as new", "", 0.0, 2.0),
        "yaw": Quantity(
            doc="by how much each part is turned when it comes",
            unit="rad",
            default=0.0,
            least=-0.7,
            most=0.7,
            each=True,
        ),
        **_wear("adds to the friction"),
        "clearing": _drawn("time it takes to clear a jam, once somebody is there", "s", 0.0, 1e7),
        "crew": Name(doc="who clears it; nobody is needed unless given", default=None),
        "cleans": Flag(
            doc="whether whoever clears a jam also cleans the plate: what wears it (`by`) is replaced then, "
            "which takes the time of its upkeep",
            default=False,
            fixed=True,
        ),
    },
)


STACKS = Section(
    doc="a hand that sets the parts of a batch down on one another, one a second, at the end of the cycle; "
    "what falls, and what finds no place any more, is turned away",
    default=None,
    fields={
        "size": _size("of a part, a box: length, width, height"),
        "mass": _plain("of a part", "kg", 0.5, 0.01, 50.0),
        "friction": _plain("of parts on one another", "", 0.5, 0.05, 2.0),
        "offset": Quantity(
            doc="by how much each part lies off the axis of the pile, drawn along and across",
            unit="m",
            least=-0.3,
            most=0.3,
            each=True,
        ),
        "tolerance": _plain(
            "offset from the part below up to which a part lies straight", "m", "5 mm", 0.0, 0.3
        ),
        **_wear("adds to the offsets"),
        "falls_to": Name(doc="where parts go that are turned away: a buffer for rework, or a sink for scrap"),
        "clearing": Quantity(
            doc="time for which the machine stops after a fall, until the parts are cleared away",
            unit="s",
            default=0.0,
            least=0.0,
            most=1e7,
            each=True,
        ),
    },
)
