"""What changes along a road: the parts of the driving language for lanes that begin, end or are closed."""

from __future__ import annotations

from sim.fields import REQUIRED, Quantity, Section, Word

__all__ = ["ENTRY", "EXIT", "LIMIT", "WORK_ZONE"]


def _metres(doc: str, default: object, least: float, most: float) -> Quantity:
    return Quantity(doc=doc, unit="m", default=default, least=least, most=most, fixed=True)


def _where(doc: str) -> Quantity:
    return _metres(f"way along the road from ego's start to {doc}", REQUIRED, -90.0, 5000.0)


LIMIT = Quantity(
    doc="posted speed limit; none unless given. Drivers idm, mobil and human keep to it but for their "
    "`over_limit`, and `speeds` judges by it",
    unit="m/s", default=None, least=1.0, most=100.0, fixed=True,
)  # fmt: skip

WORK_ZONE = Section(
    doc="road works: cones lead over from the outermost lane, a barrier closes it, signs and a speed limit "
    "announce that. Drivers idm, mobil and human merge; a road of one lane cannot have one",
    fields={
        "at": _where("the first cone, where the lane begins to narrow"),
        "side": Word(
            doc="which lane is closed",
            options={"right": "the rightmost", "left": "the leftmost"},
            default="right",
            fixed=True,
        ),
        "taper": _metres(
            "length over which cones lead over; by lane width and limit as MUTCD 6C.08 has it unless given",
            None, 10.0, 500.0,
        ),
        "length": _metres("length of the closed lane behind the taper", 120.0, 10.0, 2000.0),
        "limit": Quantity(
            doc="speed limit from the first sign to the end of the road works",
            unit="m/s", default="80 km/h", least=2.0, most=60.0, fixed=True,
        ),
        "announced": _metres("how far before the first cone the first signs stand", 400.0, 20.0, 3000.0),
    },
    default=None,
)  # fmt: skip

ENTRY = Section(
    doc="an on-ramp and its acceleration lane, which is lane 1 throughout the road, the others count on; "
    "actors start on it with `on: entry_ramp`. Drivers idm, mobil and human merge from it",
    fields={
        "at": _where("the beginning of the acceleration lane"),
        "length": _metres("length of the acceleration lane; 250 m by RAA (2008)", 250.0, 20.0, 1000.0),
    },
    default=None,
)

EXIT = Section(
    doc="an off-ramp and its deceleration lane, which is lane 1 throughout the road; for drivers idm, mobil "
    "and human whom `take_exit` tells to leave",
    fields={
        "at": _where("the beginning of the deceleration lane"),
        "length": _metres("length of the deceleration lane; 250 m by RAA (2008)", 250.0, 20.0, 1000.0),
        "speed": Quantity(
            doc="speed at which drivers take the ramp",
            unit="m/s",
            default="70 km/h",
            least=2.0,
            most=60.0,
            fixed=True,
        ),
    },
    default=None,
)
