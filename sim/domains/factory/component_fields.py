"""What may stand under `components:` and `readings:` of a factory: what wears, who keeps it, what sees it."""

from __future__ import annotations

from sim.defects import DEFECTS
from sim.domains.factory.parts import PART
from sim.fields import REQUIRED, Field, Flag, Listing, Name, Quantity, Section, Tagged, Text, Word

__all__ = ["COMPONENT", "FAULTS", "READING", "span", "whole"]

FAULTS: dict[str, str] = {
    "none": "nothing that shows in a signal",
    "outer_race": "spall on the outer race of a rolling bearing",
    "inner_race": "spall on the inner race of a rolling bearing",
    "ball": "spall on a rolling element",
    "cage": "broken cage of a rolling bearing",
    "gear_crack": "crack at the root of a gear's tooth",
    "gear_wear": "wear of all teeth of a gear",
    "imbalance": "mass off the axis",
    "misalignment": "shafts that do not meet in one line",
    "looseness": "loose foot or bearing seat",
    "broken_bar": "broken rotor bar of an induction motor",
    "eccentricity": "rotor off the middle of its stator",
    "winding": "winding that heats up",
    "cavitation": "cavitation of a pump",
    "leak": "leak of a pneumatic or vacuum line",
    "tool_wear": "flank wear of a cutting tool",
    "friction": "friction of a joint or guide",
    "backlash": "play of a joint or gear",
}
"""What goes wrong in a component -> what it is; signal sensors make what belongs to it."""


def span(doc: str, default: object = 0.0, **more: bool) -> Quantity:
    """Return a field for a time that may be drawn at each use, unless `fixed`."""
    each = not more.get("fixed", False)
    return Quantity(doc=doc, unit="s", least=0.0, most=1e10, each=each, default=default, **more)


def whole(doc: str, default: object = REQUIRED, *, least: float = 0.0, most: float = 1e6) -> Quantity:
    """Return a field for a count that never varies."""
    return Quantity(doc=doc, unit="", integer=True, default=default, least=least, most=most, fixed=True)


def _amount(doc: str, default: object = REQUIRED, *, each: bool = False) -> Quantity:
    return Quantity(doc=doc, unit="", default=default, least=0.0, most=1e12, each=each)


def _share(doc: str, default: object = REQUIRED) -> Quantity:
    return Quantity(doc=doc, unit="", default=default, least=0.0, most=1.0)


_RATE = "1/s"

_STEP = Quantity(
    doc="age between two points at which the wear is known; what happens between them is exact all the same",
    unit="s",
    least=1e-3,
    most=1e9,
    fixed=True,
)

DEGRADES = Tagged(
    doc="how it wears; the age counts as `ages` says",
    options={
        "lifetime": Quantity(
            doc="age at failure, drawn anew for each new part; nothing shows before",
            unit="s",
            least=0.0,
            most=1e12,
            each=True,
        ),
        "hazard": Section(
            doc="Weibull hazard times exp(sum of effect x value) of covariates (Cox 1972)",
            fields={
                "shape": Quantity(doc="shape of the baseline", unit="", least=0.05, most=50.0),
                "scale": Quantity(doc="scale of the baseline", unit="s", least=1e-6, most=1e12),
                "covariates": Listing(
                    doc="what makes it fail sooner",
                    item=Section(
                        doc="a covariate, such as load, temperature or lubrication",
                        fields={
                            "effect": Quantity(
                                doc="log of the hazard ratio per unit", unit="", least=-50, most=50
                            ),
                            "value": Quantity(
                                doc="its value, drawn anew for each new part, or varying while it lives; "
                                "with `of`, the value of that quantity at which it makes no difference",
                                unit="",
                                least=-1e3,
                                most=1e3,
                                each=True,
                                varying=True,
                                default=0.0,
                            ),
                            "of": Word(
                                doc="the quantity of its machine that makes it fail sooner, as it is then",
                                options={
                                    "nothing": "none: `value` alone",
                                    "load": "share of the rated load",
                                    "speed": "speed of the shaft [rad/s]",
                                    "ambient": "temperature around [K]",
                                },
                                fixed=True,
                                default="nothing",
                            ),
                        },
                    ),
                ),
            },
        ),
        "wiener": Section(
            doc="Brownian motion with drift; the first crossing of the limit is exact (Brownian bridge)",
            fields={
                "drift": Quantity(doc="wear per age", unit=_RATE, least=0.0, most=1e6),
                "spread": Quantity(
                    doc="standard deviation after an age of 1 s; it grows with the root of the age",
                    unit="",
                    least=1e-12,
                    most=1e6,
                ),
                "limit": _amount("wear at which it fails", 1.0),
                "step": _STEP,
            },
        ),
        "gamma": Section(
            doc="gamma process: wear that only grows, in jumps (van Noortwijk 2009)",
            fields={
                "rate": Quantity(doc="shape per age", unit=_RATE, least=1e-12, most=1e6),
                "scale": _amount("scale of the increments"),
                "limit": _amount("wear at which it fails", 1.0),
                "step": _STEP,
            },
        ),
        "paris": Section(
            doc="crack growth da/dN = C (Y S sqrt(pi a))^m (Paris and Erdogan 1963)",
            fields={
                "coefficient": _amount(
                    "C, for m per cycle and MPa sqrt(m); drawn for each new part", each=True
                ),
                "exponent": Quantity(doc="m", unit="", default=3.0, least=2.01, most=10.0),
                "geometry": Quantity(doc="Y", unit="", default=1.12, least=0.1, most=10.0),
                "stress": Quantity(doc="stress range S", unit="Pa", least=1.0, most=1e11),
                "initial": Quantity(doc="crack at first", unit="m", least=1e-9, most=1.0, each=True),
                "critical": Quantity(doc="crack at which it breaks", unit="m", least=1e-9, most=10.0),
                "frequency": Quantity(doc="load cycles per age", unit="Hz", least=1e-9, most=1e6),
            },
        ),
        "taylor": Section(
            doc="tool wear, V T^n = C (Taylor 1907): linear flank wear to its limit at age T",
            fields={
                "speed": Quantity(doc="cutting speed V", unit="m/s", least=1e-3, most=100.0),
                "exponent": Quantity(doc="n", unit="", default=0.25, least=0.02, most=1.0),
                "constant": Quantity(
                    doc="C, the speed that gives a life of one minute; drawn for each new tool",
                    unit="m/s",
                    least=1e-3,
                    most=1000.0,
                    each=True,
                ),
            },
        ),
        "stages": Listing(
            doc="states it goes through one after the other (a Markov chain where they are exponential); "
            "it fails at the end of the last",
            item=span("age spent in the state"),
        ),
    },
)

_REPAIR = Section(
    doc="what is done when it has failed",
    fields={
        "time": span("time the repair takes", REQUIRED),
        "crew": Name(doc="who repairs; nobody is needed unless given", default=None),
        "spare": Name(doc="the spare part it takes", default=None),
        "restores": _share("how much of the age is taken away; 1 is as good as new (Kijima II)", 1.0),
        "priority": whole("the crew takes the smallest number first", 0),
    },
)

UPKEEP = Tagged(
    doc="when it is replaced before it fails",
    options={
        "run_to_failure": Section(doc="never", fields={}),
        "at_age": Section(
            doc="at an age since the last replacement",
            fields={"age": span("the age", REQUIRED, fixed=True), "time": span("time the replacement takes")},
        ),
        "on_reading": Section(
            doc="when a reading is above a bound: a wrong reading is believed",
            fields={
                "reading": Name(doc="which"),
                "above": _amount("the bound"),
                "times": whole("readings in a row that must be above", 1, least=1.0, most=1000.0),
                "time": span("time the replacement takes"),
            },
        ),
        "opportunistic": Section(
            doc="when its machine is stopped anyway",
            fields={
                "above": _share("wear from which it is replaced then"),
                "time": span("time the replacement takes"),
            },
        ),
    },
)

COMPONENT = Section(
    doc="a part of a machine that wears and fails; on a counted machine, one on each",
    fields={
        "on": Name(doc="its machine"),
        "ages": Word(
            doc="when its age counts",
            options={
                "operating": "while the machine works: failures are operation-dependent",
                "calendar": "whenever the machine is not down: failures are time-dependent",
            },
            fixed=True,
        ),
        "degrades": DEGRADES,
        "part": PART,
        "fault": Word(doc="what goes wrong in it", options=FAULTS, default="none", fixed=True),
        "spoils_by": Word(
            doc="the defect that its wear leaves on parts, where the machine's quality depends on wear",
            options={"any": "what the machine's `defects` give", **DEFECTS},
            default="any",
            fixed=True,
        ),
        "onset": _share("wear from which the fault shows in signals", 0.0),
        "initial_age": span("age at the start; drawn once", 0.0),
        "stops": Flag(doc="whether its failure stops the machine", default=True, fixed=True),
        "repair": _REPAIR,
        "upkeep": Tagged(doc=UPKEEP.doc, options=UPKEEP.options, default="run_to_failure"),
    },
)

_SENSOR_FAULT: dict[str, Field] = {
    "from": Quantity(doc="moment it begins", unit="s", least=0.0, most=1e10),
    "to": Quantity(doc="moment it ends; never unless given", unit="s", default=None, least=0.0, most=1e10),
}

READING = Section(
    doc="a number that decisions see: a component's wear through an imperfect sensor",
    fields={
        "of": Name(doc="the component"),
        "every": span("time between two readings", REQUIRED, fixed=True),
        "gain": Quantity(doc="reading per wear", unit="", default=1.0, least=-1e6, most=1e6),
        "offset": Quantity(doc="reading of a new part", unit="", default=0.0, least=-1e6, most=1e6),
        "noise": _amount("standard deviation of each reading", 0.0),
        "faults": Listing(
            doc="what goes wrong in the sensor",
            item=Section(
                doc="a fault of the sensor",
                fields=_SENSOR_FAULT,
                choice=Tagged(
                    doc="kind of fault",
                    options={
                        "drift": Quantity(doc="growing error per time", unit=_RATE, least=-1e6, most=1e6),
                        "bias": Quantity(doc="constant error", unit="", least=-1e6, most=1e6),
                        "stuck": Section(doc="it keeps what it said last", fields={}),
                        "dropout": _share("share of readings that are missing"),
                        "scale": Quantity(doc="factor on what it says", unit="", least=-1e3, most=1e3),
                    },
                ),
            ),
        ),
        "label": Text(doc="what it measures, for people", default=""),
    },
)
