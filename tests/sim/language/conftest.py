"""A small domain and a loader, so that the language is tested without any real domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sim.domains.base import (
    Domain,
    EntityDeclaration,
    MeasureDeclaration,
    OccurrenceDeclaration,
    PredicateDeclaration,
    SignalDeclaration,
)
from sim.errors import Fault, ScenarioError
from sim.fields import (
    Condition,
    File,
    Flag,
    Listing,
    Name,
    Numbers,
    Quantity,
    Section,
    Tagged,
    Text,
    Word,
)
from sim.scenario import Scenario

KINDS = {"adult": "grown up", "child": "not yet"}

PERSON = Section(
    doc="someone who walks",
    fields={
        "kind": Word(doc="age", options=KINDS, default="adult"),
        "pulse": Quantity(doc="heart rate", unit="Hz", default=1.2, least=0.5, most=4.0, varying=True),
        "speed": Quantity(doc="walking speed", unit="m/s", default=1.0, least=0.0, most=5.0),
        "tall": Flag(doc="whether tall", default=False),
        "follows": Name(doc="whom", default=None),
        "left": Quantity(doc="place", unit="m", default=None),
        "right": Quantity(doc="place", unit="m", default=None),
        "do": Listing(
            doc="what to do",
            item=Section(
                doc="one act",
                fields={
                    "at": Quantity(doc="moment", unit="s", default=None, least=0.0),
                    "when": Condition(doc="condition", default=None),
                },
                choice=Tagged(
                    doc="what",
                    options={
                        "go": Section(
                            doc="walk",
                            fields={
                                "to": Quantity(doc="goal", unit="m"),
                                "fast": Flag(doc="hurry", default=False),
                            },
                        ),
                        "wait": Quantity(doc="stand still", unit="s", least=0.0),
                    },
                ),
                exclusive=(("at", "when"),),
            ),
        ),
    },
    exclusive=(("left", "right"),),
)

WORLD = Section(
    doc="a shop",
    fields={
        "mood": Word(doc="mood", options={"calm": "quiet", "busy": "full", "wild": "too full"}, default="calm"),
        "open": Flag(doc="whether open", default=True),
        "pace": Quantity(doc="pace", unit="m/s", default="2 m/s", least=0.0, most=10.0),
        "drift": Quantity(
            doc="speed of the queue", unit="m/s", default=1.0, least=0.0, most=10.0, varying=True, signal=True
        ),
        "queue": Word(doc="the queue", options={"few": "few", "many": "many"}, default="few", varying=True),
        "limit": Quantity(doc="a limit", unit="m", default=None),
        "reaction": Quantity(
            doc="reaction",
            unit="s",
            default={"each": {"lognormal": {"median": "1 s", "sigma": 0.3}}},
            least=0.0,
            each=True,
        ),
        "tills": Quantity(doc="tills", unit="", integer=True, default=2, least=1, most=8),
        "angle": Quantity(doc="angle", unit="rad", default="10 deg", fixed=True),
        "temperature": Quantity(doc="temperature", unit="K", default="20 degC"),
        "floor": Tagged(
            doc="floor",
            options={
                "hall": Section(
                    doc="a hall",
                    fields={
                        "length": Quantity(doc="length", unit="m", default="10 m", least=1.0),
                        "tiles": Word(doc="tiles", options={"red": "red", "blue": "blue"}, default="red"),
                    },
                ),
                "yard": Section(doc="a yard", fields={}),
                "pit": Quantity(doc="depth", unit="m", least=0.0),
            },
            default="yard",
        ),
        "size": Numbers(doc="size", unit="m", length=2, default=[3, 4], least=1.0),
        "note": Text(doc="a note", default=""),
        "plan": File(doc="a plan", suffixes=(".csv",), default=None),
        "people": Listing(doc="people", item=PERSON, named=True),
    },
)


def _entities(world: Mapping[str, Any]) -> list[EntityDeclaration]:
    found = [EntityDeclaration("clerk", "person")]
    for item in world.get("people") or ():
        count = item.get("count")
        names = [f"{item['id']}_{i}" for i in range(count)] if isinstance(count, int) else [item["id"]]
        found += [EntityDeclaration(name, "person") for name in names]
    return found


def _check(world: Mapping[str, Any]) -> list[tuple[str, str]]:
    people = world.get("people") or ()
    return [
        (f"people.{item['id']}.speed", "nobody is that slow")
        for item in people
        if item.get("speed") == "1 mm/s"
    ]


SHOP = Domain(
    name="shop",
    doc="A shop with people in it.",
    world=WORLD,
    categories=("person",),
    signals={
        "distance": SignalDeclaration(("person", "person"), "m", 1.0, "distance"),
        "speed": SignalDeclaration(("person",), "m/s", 1.0, "speed"),
        "closing_speed": SignalDeclaration(("person", "person"), "m/s", 1.0, "closing speed"),
        "noise_level": SignalDeclaration((), "dB", 1.0, "noise"),
    },
    measures={
        "min_distance": MeasureDeclaration(("person", "person"), "m", 1.0, "smallest distance"),
        "turnover": MeasureDeclaration((), "EUR", 10.0, "money taken"),
    },
    predicates={"met": PredicateDeclaration(("person", "person"), "they met")},
    occurrences={"sale": OccurrenceDeclaration({"by": "entity", "price": "EUR"}, "something is sold")},
    entities=_entities,
    check=_check,
    simulate="nowhere:nothing",
)

CAMERA = Section(
    doc="a camera",
    fields={
        "rate": Quantity(doc="rate", unit="Hz", default=10.0, least=0.1, fixed=True),
        "gain": Quantity(doc="gain", unit="", default=1.0, least=0.0),
    },
)
CLOCK = Section(doc="a clock", fields={})

BASE = """\
scenario: shop/visit
duration: 10 s
world: {}
event:
  crash: "met(clerk, clerk)"
"""


def load_file(path: Path, **more: Any) -> Scenario:
    return Scenario.load(
        path, sensors={"camera": CAMERA, "clock": CLOCK}, exporters=("coco",), domains={"shop": SHOP}, **more
    )


@pytest.fixture
def shop() -> Domain:
    return SHOP


@pytest.fixture
def sensors() -> dict[str, Section]:
    return {"camera": CAMERA, "clock": CLOCK}


@pytest.fixture
def base() -> str:
    return BASE


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Scenario]:
    """Return a function that loads a scenario's text."""

    def load_text(text: str | bytes, **more: Any) -> Scenario:
        file = tmp_path / "visit.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_file(file, **more)

    return load_text


@pytest.fixture
def faults(load: Callable[..., Scenario]) -> Callable[..., tuple[Fault, ...]]:
    """Return a function that gives the faults of a scenario's text, warnings too; () for a good one."""

    def faults_of(text: str | bytes, **more: Any) -> tuple[Fault, ...]:
        try:
            return load(text, **more).warnings
        except ScenarioError as error:
            return error.faults

    return faults_of
