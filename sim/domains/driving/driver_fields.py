"""Who drives, and what actors are told to do: the `driver:` and `do:` parts of the driving language."""

from __future__ import annotations

from sim.domains.driving.system_fields import SYSTEM
from sim.fields import REQUIRED, Condition, Field, File, Flag, Listing, Quantity, Section, Tagged, Word

__all__ = ["DRIVER", "GRAVITY", "SCRIPT"]

GRAVITY = 9.80665
"""Standard acceleration of free fall [m/s2]."""


def _seconds(doc: str, default: object, *, each: bool = False, most: float = 600.0) -> Quantity:
    return Quantity(doc=doc, unit="s", default=default, least=0.0, most=most, each=each)


def _acceleration(doc: str, default: object, *, most: float = 12.0) -> Quantity:
    return Quantity(doc=doc, unit="m/s2", default=default, least=0.01, most=most)


def _jerk(doc: str, default: object) -> Quantity:
    return Quantity(doc=doc, unit="m/s3", default=default, least=0.1, most=1e6)


def _margin(doc: str, default: float) -> Quantity:
    return Quantity(doc=doc, unit="s", default=default, least=-10.0, most=30.0)


def _speed(doc: str, default: object) -> Quantity:
    return Quantity(doc=doc, unit="m/s", default=default, least=0.0, most=100.0)


def _wish(doc: str) -> Quantity:
    """Return a speed wanted, which may change during the run; the starting speed unless given."""
    return Quantity(
        doc=f"{doc}; the starting speed unless given", unit="m/s", default=None, least=0.0, most=100.0,
        varying=True, signal=True,
    )  # fmt: skip


def _goal(doc: str, default: object = REQUIRED) -> Quantity:
    """Return the speed a manoeuvre works towards."""
    return Quantity(doc=doc, unit="m/s", default=default, least=0.0, most=100.0, varying=True, signal=True)


def _headway(doc: str, default: float) -> Quantity:
    return Quantity(doc=doc, unit="s", default=default, least=0.0, most=600.0, varying=True, signal=True)


_FOLLOWING: dict[str, Field] = {
    "desired_speed": _wish("speed on an empty road"),
    "headway": _headway("desired time gap to the vehicle ahead", 1.5),
    "standstill_gap": Quantity(
        doc="gap kept when everything stands",
        unit="m",
        default=2.0,
        least=0.1,
        most=50.0,
        varying=True,
        signal=True,
    ),
    "acceleration": _acceleration("largest acceleration", 1.4),
    "deceleration": _acceleration("comfortable deceleration", 2.0),
}
"""Treiber, Hennecke, Helbing (2000), congested traffic states; the usual motorway values."""

_MERGING: dict[str, Field] = {
    "safe_deceleration": _acceleration("hardest braking a lane change may ask of anybody", 4.0),
    "lateral_speed": Quantity(
        doc="lateral speed of the middle part of a lane change", unit="m/s", default=1.0, least=0.1, most=5.0
    ),
    "foresight": Quantity(
        doc="how far before the end of its lane it looks for a gap in the next one; the default is assumed",
        unit="m", default=300.0, least=0.0, most=2000.0,
    ),
    "courtesy": Quantity(
        doc="probability that it makes room for somebody whose lane ends; the default is assumed",
        unit="", default=0.8, least=0.0, most=1.0,
    ),
    "over_limit": Quantity(
        doc="how much faster than a posted limit it drives", unit="m/s", default=0.0, least=-20.0, most=40.0
    ),
    "period": Quantity(doc="time between two looks at the lanes", unit="s", default=0.5, least=0.05, most=60.0),
}  # fmt: skip
"""Where lanes end; Kesting, Treiber, Helbing (2007), MOBIL: the safe deceleration of its simulations."""

_OVERTAKING = Section(
    doc="it overtakes over the lane of oncoming traffic on a street with lanes both ways, and counts on others "
    "who do to go back in time; unless given, it stays behind. Without `misjudges` and with a margin of some "
    "seconds it never meets anybody there",
    fields={
        "margin": _margin(
            "time left until it meets oncoming traffic when it is back in its lane; AASHTO 2011 designs for "
            "1 s, the default is assumed", 3.0,
        ),
        "misjudges": Quantity(
            doc="standard deviation of the logarithm of its error about how far away oncoming traffic is, "
            "drawn per oncoming vehicle",
            unit="", default=0.0, least=0.0, most=1.0,
        ),
        "faster": Quantity(
            doc="how much faster than the one ahead it must be able to drive; AASHTO 2011: 12 mph",
            unit="m/s", default=5.4, least=0.5, most=30.0,
        ),
        "acceleration": _acceleration("acceleration to pass; the default is assumed", 2.0),
        "return_gap": _seconds(
            "time gap to the one passed from which it goes back; AASHTO 2011: 1 s", 1.0, most=5.0
        ),
        "sight": Quantity(
            doc="how far it sees oncoming traffic; beyond it counts on some", unit="m", default=900.0,
            least=50.0, most=5000.0,
        ),
    },
    default=None,
)  # fmt: skip

_HUMAN: dict[str, Field] = {
    **_FOLLOWING,
    **_MERGING,
    "overtaking": _OVERTAKING,
    "reaction": _seconds(
        "delay between a surprise ahead and the response, drawn anew for every reaction; the default is the "
        "surprise brake reaction of Green (2000): about 1.25 s unexpected, long right tail",
        {"each": {"lognormal": {"median": "1.15 s", "sigma": 0.35}}},
        each=True,
        most=10.0,
    ),
    "speed_wander": Quantity(
        doc="standard deviation of the slow wandering of the held speed",
        unit="m/s",
        default=0.4,
        least=0.0,
        most=5.0,
    ),
    "lateral_wander": Quantity(
        doc="standard deviation of the weaving within the lane (0.15 to 0.25 m in on-road SDLP studies)",
        unit="m",
        default=0.2,
        least=0.0,
        most=1.0,
    ),
}

_MOBIL: dict[str, Field] = {
    **_FOLLOWING,
    **_MERGING,
    "overtaking": _OVERTAKING,
    "politeness": Quantity(
        doc="how much the gains and losses of others count, 1 as much as the own",
        unit="",
        default=0.2,
        least=0.0,
        most=1.0,
    ),
    "threshold": Quantity(
        doc="advantage a lane change must bring", unit="m/s2", default=0.1, least=0.0, most=10.0
    ),
    "right_bias": Quantity(
        doc="advantage that the lane on the right is worth; 0 where lanes are equal",
        unit="m/s2",
        default=0.3,
        least=0.0,
        most=10.0,
    ),
}
"""Kesting, Treiber, Helbing (2007), MOBIL: threshold, safe deceleration and bias of its simulations."""

_ACC_AEB: dict[str, Field] = {
    "set_speed": _wish("speed the ACC holds on an empty road"),
    "headway": _headway("time gap the ACC keeps (ISO 15622 asks for at least one of 1.5 to 2.2 s)", 1.8),
    "deceleration": _acceleration("strongest braking of the ACC (ISO 15622: at most 3.5 m/s2)", 3.5),
    "acceleration": _acceleration("strongest acceleration of the ACC (ISO 15622: at most 2.0 m/s2)", 1.5),
    "brakes_for_standing": Flag(
        doc="whether the ACC follows bodies that never moved; many radar ACCs ignore them and leave them to "
        "the AEB",
        default=False,
    ),
    "trigger_ttc": _seconds("time to collision at which the emergency brake is triggered", 1.4),
    "delay": _seconds("time from the trigger until braking begins", 0.2),
    "emergency_deceleration": _acceleration("deceleration of the emergency brake", 9.0),
    "emergency_jerk": _jerk("rate at which the emergency brake builds up", 30.0),
}

_CAREFUL: dict[str, Field] = {
    "wander": Quantity(
        doc="lateral way from the lane centre at which another's manoeuvre is perceived",
        unit="m",
        default=0.375,
        least=0.0,
        most=2.0,
    ),
    "evaluation": Quantity(
        doc="time to judge the risk after perceiving it", unit="s", default=0.4, least=0.01, most=5.0
    ),
    "critical_ttc": _seconds("time to collision up to which a cut-in is judged dangerous", 2.0),
    "reaction": _seconds("time from judging the danger to the first braking", 0.75),
    "deceleration": _acceleration("full braking, 0.774 g", 0.774 * GRAVITY),
    "jerk": _jerk("rate at which braking builds up", 12.65),
}
"""UN R157 Annex 4 Appendix 3, the competent and careful human driver."""

DRIVER = Tagged(
    doc="who decides about speed and braking",
    options={
        "constant": Section(doc="keeps the starting speed whatever happens", fields={}),
        "idm": Section(
            doc="follows by the intelligent driver model, without delay",
            fields={**_FOLLOWING, **_MERGING, "overtaking": _OVERTAKING},
        ),
        "mobil": Section(
            doc="follows by the intelligent driver model; changes lanes where MOBIL says it is safe and pays",
            fields=_MOBIL,
        ),
        "human": Section(
            doc="follows like IDM, wanders in speed and lane, and answers a surprise after a reaction time",
            fields=_HUMAN,
        ),
        "acc_aeb": Section(doc="adaptive cruise control and an automatic emergency brake", fields=_ACC_AEB),
        "r157_careful": Section(
            doc="the competent and careful driver of UN R157: keeps its speed until a danger is judged, then "
            "brakes fully",
            fields=_CAREFUL,
        ),
        "python": SYSTEM,
        "replay": File(
            doc="follows a recorded trajectory: a CSV with the columns t [s], forward [m] along the road from "
            "where it starts, and perhaps left [m]; its content belongs to the scenario's hash",
            suffixes=(".csv",),
            reader="sim.domains.driving.replay_files:check_trace",
        ),
    },
    default="constant",
)

_BRAKE = Section(
    doc="brake, whatever the driver wants",
    fields={
        "deceleration": _acceleration("deceleration reached", 6.0),
        "jerk": _jerk("rate at which it builds up", 20.0),
        "to": _goal("speed at which braking ends", 0.0),
    },
)

_ACCELERATE = Section(
    doc="accelerate, whatever the driver wants",
    fields={
        "acceleration": _acceleration("acceleration reached", 1.5),
        "jerk": _jerk("rate at which it builds up", 3.0),
        "to": _goal("speed reached and then held"),
    },
)

_CHANGE_LANE = Section(
    doc="move to another lane at a lateral speed",
    fields={
        "to": Quantity(doc="number of the lane, 1 is the rightmost", unit="", integer=True, least=1, most=12),
        "lateral_speed": Quantity(
            doc="lateral speed of the middle part", unit="m/s", default=1.0, least=0.1, most=5.0
        ),
        "lateral_acceleration": _acceleration("lateral acceleration at its ends", 1.5, most=6.0),
    },
)

_CROSS = Section(
    doc="walk straight across the road to its other side",
    fields={
        "speed": Quantity(doc="steady walking speed", unit="m/s", default="5 km/h", least=0.1, most=12.0),
        "acceleration": _acceleration("acceleration up to it", 1.5),
        "distance": Quantity(
            doc="way to walk; to beyond the far edge unless given",
            unit="m",
            default=None,
            least=0.1,
            most=200.0,
        ),
    },
)

_PATH = Section(
    doc="follow points given relative to where the actor is when this begins",
    fields={
        "points": Listing(
            doc="the points in order",
            item=Section(
                doc="a point",
                fields={
                    "forward": Quantity(doc="way along the road in the actor's direction", unit="m"),
                    "left": Quantity(doc="way to the actor's left", unit="m", default=0.0),
                },
            ),
        ),
        "speed": _speed("walking speed of a pedestrian; vehicles keep to their driver's", None),
    },
)

_SERVE_STOP = Section(
    doc="stop at a bus stop, wait while people get on and off, and go on; from a bay when there is a gap",
    fields={
        "forward": Quantity(
            doc="way along the road from where this begins to where its middle stands", unit="m", least=5.0,
            most=2000.0,
        ),
        "place": Word(
            doc="where it stands",
            options={"lane": "in its lane", "bay": "in the parking strip on its side, for the length of a bay"},
            default="lane",
            fixed=True,
        ),
        "dwell": _seconds("time with open doors; TCQSM (2013): 2.5 s per passenger and 2 to 5 s", 15.0),
        "deceleration": _acceleration("braking that standing passengers bear; the default is assumed", 1.2),
    },
)  # fmt: skip

_OPEN_DOOR = Section(
    doc="open the front door on one side, as whoever gets out does; for cars and vans, also parked ones",
    fields={
        "side": Word(
            doc="of the vehicle", options={"left": "the left", "right": "the right"}, default="left", fixed=True
        ),
        "angle": Quantity(
            doc="how far it opens; at 65 deg a car's reaches about 1.1 m out", unit="rad", default="65 deg",
            least=0.02, most=1.3,
        ),
        "time": Quantity(doc="how long that takes", unit="s", default=1.0, least=0.1, most=10.0),
    },
)  # fmt: skip

SCRIPT = Listing(
    doc="what the actor is told to do",
    item=Section(
        doc="one manoeuvre, begun at a time or when a condition first holds",
        fields={
            "at": Quantity(doc="moment it begins", unit="s", default=None, least=0.0),
            "when": Condition(doc="condition that begins it when it first holds", default=None),
        },
        choice=Tagged(
            doc="what to do",
            options={
                "change_lane": _CHANGE_LANE,
                "brake": _BRAKE,
                "accelerate": _ACCELERATE,
                "set_speed": _goal("new speed the driver wants; a profile begins when the manoeuvre does"),
                "follow_speed": _goal(
                    "speed to be driven exactly, as a recorded profile that begins when the manoeuvre does, "
                    "until another manoeuvre takes the speed"
                ),
                "stop": Section(
                    doc="brake to standstill and stay",
                    fields={"deceleration": _acceleration("deceleration", 3.0)},
                ),
                "cross": _CROSS,
                "follow_path": _PATH,
                "open_door": _OPEN_DOOR,
                "serve_stop": _SERVE_STOP,
                "take_exit": Section(
                    doc="leave by the exit of a highway as soon as its lane is there and gaps allow it; who "
                    "finds none in time stays",
                    fields={},
                ),
            },
        ),
        exclusive=(("at", "when"),),
    ),
)
