"""What may stand under `world:` in a factory scenario."""

from __future__ import annotations

from sim.defects import DEFECTS
from sim.domains.factory.alarm_fields import ALARM
from sim.domains.factory.cell_fields import GUIDE, HANDLES, STACKS
from sim.domains.factory.component_fields import COMPONENT, READING, span, whole
from sim.domains.factory.milling_fields import MILLING
from sim.fields import REQUIRED, Field, Listing, Name, Quantity, Section, Word

__all__ = ["WORLD"]

_TO = "a buffer or a sink"


def _probability(doc: str, default: float) -> Quantity:
    return Quantity(doc=doc, unit="", default=default, least=0.0, most=1.0)


SOURCE = Section(
    doc="where parts come from",
    fields={
        "every": span("time between two arrivals; without it there is always a part", None),
        "batch": whole("parts that arrive together", 1, least=1.0),
        "capacity": whole("places to wait; a part that finds none is lost. No bound unless given", None),
    },
)

BUFFER = Section(
    doc="where parts wait between machines",
    fields={
        "capacity": whole("places; no bound unless given, 0 hands parts over directly", None),
        "initial": whole("parts in it at the start", 0),
        "transit": Quantity(
            doc="time from one end to the other: a conveyor, on which parts queue up at the end",
            unit="s",
            default=0.0,
            least=0.0,
            most=1e7,
        ),
        "guide": GUIDE,
    },
)


def _size(doc: str, default: float | None) -> Quantity:
    return Quantity(doc=doc, unit="m", default=default, least=0.0, most=1.0, each=True)


def _kind(doc: str) -> Section:
    return Section(
        doc=doc,
        fields={
            "share": Quantity(
                doc="its share of the parts spoilt by chance, against those of the others",
                unit="",
                default=1.0,
                least=0.0,
                most=1e6,
            ),
            "severity": _size("its size; that of all defects unless given", None),
        },
        default=None,
    )


_QUALITY = Section(
    doc="how parts are spoilt",
    fields={
        "defect_rate": _probability("share of parts spoilt by a machine as good as new", 0.0),
        "per_wear": Quantity(
            doc="what the largest wear of its components adds, at wear 1",
            unit="",
            default=0.0,
            least=0.0,
            most=1.0,
        ),
        "severity": _size("size of a defect, as its kind means it", 0.0),
        "size_per_wear": Quantity(
            doc="by how many times of itself a defect is larger at wear 1",
            unit="",
            default=0.0,
            least=0.0,
            most=100.0,
        ),
        "defects": Section(
            doc="kinds of defects; scratches alone unless given",
            fields={kind: _kind(doc) for kind, doc in DEFECTS.items()},
        ),
    },
    default=None,
)

_INSPECTION = Section(
    doc="looks at parts and turns bad ones away",
    fields={
        "detects": _probability("share of spoilt parts that it finds", 1.0),
        "false_alarms": _probability("share of good parts that it turns away", 0.0),
        "rejects_to": Name(doc="where they go: a buffer for rework, or a sink for scrap"),
        "mends": _probability("share of spoilt parts that are good after going through it (rework)", 0.0),
    },
    default=None,
)

_SHAFT: dict[str, Field] = {
    "speed": Quantity(
        doc="speed of the shaft while it works",
        unit="rad/s",
        default="1500 rpm",
        least=0.0,
        most=1e4,
        varying=True,
    ),
    "load": Quantity(
        doc="share of the rated load while it works", unit="", default=0.6, least=0.0, most=2.0, varying=True
    ),
    "ambient": Quantity(
        doc="temperature around", unit="K", default="22 degC", least=200.0, most=500.0, varying=True
    ),
}

MACHINE = Section(
    doc="a machine: it takes parts, works on them for a cycle, and gives them on",
    fields={
        "from": Name(doc="the source or buffer it takes parts from"),
        "to": Name(doc=f"where finished parts go: {_TO}"),
        "cycle_time": span("time it works on a part, or a batch", REQUIRED),
        "batch": whole("parts worked on together", 1, least=1.0, most=10_000.0),
        "also_takes": Listing(
            doc="assembly: what it takes besides; the first part goes on, these become part of it",
            item=Section(
                doc="parts from another place",
                fields={"from": Name(doc="a source or buffer"), "parts": whole("how many", 1, least=1.0)},
            ),
        ),
        "also_gives": Listing(
            doc="disassembly: what it gives besides, as new parts",
            item=Section(
                doc="parts for another place",
                fields={"to": Name(doc=_TO), "parts": whole("how many", 1, least=1.0)},
            ),
        ),
        "blocking": Word(
            doc="what happens where the place it gives to is full",
            options={
                "after_service": "a finished part waits in the machine",
                "before_service": "it does not begin until there is a free place",
                "repetitive": "it works on the part for another cycle",
            },
            default="after_service",
            fixed=True,
        ),
        "interrupted": Word(
            doc="what becomes of a part when a failure interrupts the work",
            options={
                "resume": "the work goes on where it stopped",
                "restart": "the work begins anew",
                "scrap": "the part is thrown away",
            },
            default="resume",
            fixed=True,
        ),
        "setup": Section(
            doc="what it needs after a number of cycles",
            fields={
                "time": span("time it takes", REQUIRED),
                "every": whole("cycles between two", least=1.0),
            },
            default=None,
        ),
        "operators": Name(
            doc="a pool of people or vehicles, of whom one is needed while it works", default=None
        ),
        "shift": Name(doc="when it works; always unless given", default=None),
        "quality": _QUALITY,
        "inspects": _INSPECTION,
        "milling": MILLING,
        "handles": HANDLES,
        "stacks": STACKS,
        "shaft": Section(doc="what turns in it, for signals", fields=_SHAFT),
    },
)

SHIFT = Section(
    doc="hours of work: repeated patterns of days, from the start of the episode",
    fields={
        "from": Quantity(
            doc="time of day it begins", unit="s", default=0.0, least=0.0, most=86400.0, fixed=True
        ),
        "hours": Quantity(doc="how long it lasts", unit="s", least=1.0, most=86400.0, fixed=True),
        "breaks": Listing(
            doc="pauses, in order",
            item=Section(
                doc="a pause",
                fields={
                    "after": Quantity(
                        doc="time since its beginning", unit="s", least=0.0, most=86400.0, fixed=True
                    ),
                    "lasts": Quantity(doc="how long", unit="s", least=1.0, most=86400.0, fixed=True),
                },
            ),
        ),
        "days": whole("days of work at the beginning of each week of 7", 7, least=1.0, most=7.0),
    },
)

WORLD = Section(
    doc="the factory world",
    fields={
        "sources": Listing(doc="where parts come from", item=SOURCE, named=True),
        "buffers": Listing(doc="where parts wait", item=BUFFER, named=True),
        "sinks": Listing(
            doc="where parts leave",
            item=Section(
                doc="a way out",
                fields={
                    "counts": Word(
                        doc="what leaves there",
                        options={"product": "parts that are sold", "scrap": "parts that are thrown away"},
                        default="product",
                        fixed=True,
                    )
                },
            ),
            named=True,
        ),
        "machines": Listing(doc="what works on parts", item=MACHINE, named=True),
        "components": Listing(doc="what wears and fails in the machines", item=COMPONENT, named=True),
        "readings": Listing(doc="what decisions see of the wear", item=READING, named=True),
        "alarms": Listing(doc="what people are told", item=ALARM, named=True),
        "crews": Listing(
            doc="who repairs",
            item=Section(
                doc="a crew",
                fields={
                    "size": whole("jobs it can do at once", 1, least=1.0),
                    "shift": Name(doc="when it begins jobs; always unless given", default=None),
                },
            ),
            named=True,
        ),
        "pools": Listing(
            doc="people or vehicles that machines need while they work",
            item=Section(doc="a pool", fields={"size": whole("how many", 1, least=1.0)}),
            named=True,
        ),
        "spares": Listing(
            doc="spare parts in stock",
            item=Section(
                doc="a kind of spare part",
                fields={
                    "stock": whole("how many there are at the start", 1),
                    "reorder_at": whole("stock at which more are ordered", 0),
                    "lot": whole("how many are ordered", 1, least=1.0),
                    "lead_time": span("time from the order to the delivery", REQUIRED),
                },
            ),
            named=True,
        ),
        "shifts": Listing(doc="hours of work", item=SHIFT, named=True),
        "warm_up": Quantity(
            doc="time before measures begin to count", unit="s", default=0.0, least=0.0, most=1e10, fixed=True
        ),
        "window": Quantity(
            doc="time over which `throughput` looks back",
            unit="s",
            default="1 h",
            least=1e-3,
            most=1e9,
            fixed=True,
        ),
    },
)
