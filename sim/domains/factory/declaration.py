"""The factory domain as its scenarios see it: what may stand under `world:` and what events may speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.defects import DEFECTS
from sim.domains.base import (
    Domain,
    EntityDeclaration,
    MeasureDeclaration,
    OccurrenceDeclaration,
    PredicateDeclaration,
    SignalDeclaration,
)
from sim.domains.factory.checks import check
from sim.domains.factory.tables import TABLES
from sim.domains.factory.world_fields import WORLD

__all__ = ["CATEGORIES", "DOMAIN", "KINDS", "MEASURES", "SIGNALS"]

CATEGORIES = (
    "floor",
    "machine",
    "component",
    "sensor",
    "store",
    "conveyor",
    "robot",
    "part",
    "defect",
    "person",
    *DEFECTS,
)
"""Semantic classes of factory scenes."""

KINDS = ("machine", "component", "reading", "store", "sink", "alarm")
"""Kinds of entities, by which events select them."""

_SECTIONS = {
    "machines": "machine",
    "components": "component",
    "readings": "reading",
    "alarms": "alarm",
    "sources": "store",
    "buffers": "store",
    "sinks": "sink",
    "crews": "crew",
    "pools": "pool",
    "spares": "spare",
    "shifts": "shift",
}
"""Section of the world -> kind of its entities."""

_MACHINE, _COMPONENT, _READING, _STORE, _SINK, _ALARM = ((kind,) for kind in KINDS)

SIGNALS: dict[str, SignalDeclaration] = {
    "machines_down": SignalDeclaration((), "", 1.0, "how many machines have failed and are not repaired"),
    "down": SignalDeclaration(_MACHINE, "", 1.0, "1 while a machine has failed, else 0"),
    "down_for": SignalDeclaration(_MACHINE, "s", 3600.0, "how long a machine has been down; 0 while it is not"),
    "working": SignalDeclaration(_MACHINE, "", 1.0, "1 while a machine works, else 0"),
    "idle_for": SignalDeclaration(
        _MACHINE, "s", 3600.0, "how long a machine has not worked, whatever the reason"
    ),
    "level": SignalDeclaration(_STORE, "", 1.0, "parts in a buffer"),
    "waiting": SignalDeclaration((), "", 1.0, "parts in all buffers"),
    "output": SignalDeclaration(_SINK, "", 1.0, "parts that have left so far"),
    "throughput": SignalDeclaration(_SINK, "1/s", 0.01, "parts that left within the world's window, per time"),
    "line_stopped_for": SignalDeclaration((), "s", 3600.0, "time since a product left last"),
    "wear": SignalDeclaration(_COMPONENT, "", 0.1, "true wear of a component, from 0 to 1 at failure"),
    "broken": SignalDeclaration(_COMPONENT, "", 1.0, "1 from the failure of a component to its repair, else 0"),
    "reading": SignalDeclaration(_READING, "", 0.1, "what a reading said last"),
    "grip_margin": SignalDeclaration(
        _MACHINE,
        "",
        0.1,
        "share by which a hand's force was larger than its last carriage needed; below 0 it slips",
    ),
    "guide_margin": SignalDeclaration(
        _STORE,
        "",
        0.1,
        "cotangent of a plate's angle less the friction of the last part on it; below 0 it jams",
    ),
    "pile_margin": SignalDeclaration(
        _MACHINE,
        "",
        0.1,
        "least margin of a machine's last pile, as a share of half a side; below 0 it toppled",
    ),
    "jammed_for": SignalDeclaration(
        _STORE, "s", 3600.0, "how long a conveyor has been jammed; 0 while it is not"
    ),
    "alarming": SignalDeclaration(_ALARM, "", 1.0, "1 while an alarm is raised, else 0"),
    "standing_alarms": SignalDeclaration((), "", 1.0, "how many alarms are raised and not cleared"),
    "alarms_in_10_min": SignalDeclaration(
        (),
        "",
        1.0,
        "alarms raised within the last ten minutes; more than ten are a flood",
        "ANSI/ISA-18.2-2016; EEMUA 191 (2013)",
    ),
}

MEASURES: dict[str, MeasureDeclaration] = {
    "availability": MeasureDeclaration(_MACHINE, "", 0.1, "share of the planned time in which it is not down"),
    "utilisation": MeasureDeclaration(_MACHINE, "", 0.1, "share of the time in which it works"),
    "starved": MeasureDeclaration(_MACHINE, "", 0.1, "share of the time in which it waits for parts"),
    "blocked": MeasureDeclaration(_MACHINE, "", 0.1, "share of the time in which it waits for a place"),
    "made": MeasureDeclaration(_MACHINE, "", 1.0, "cycles it has finished"),
    "oee": MeasureDeclaration(_MACHINE, "", 0.1, "overall equipment effectiveness"),
    "dropped": MeasureDeclaration(_MACHINE, "", 1.0, "parts that its robot has dropped", grows=True),
    "least_grip_margin": MeasureDeclaration(_MACHINE, "", 0.1, "smallest `grip_margin` of the episode"),
    "toppled": MeasureDeclaration(_MACHINE, "", 1.0, "piles that have toppled", grows=True),
    "crooked": MeasureDeclaration(_MACHINE, "", 1.0, "parts of piles that stand but lie askew", grows=True),
    "jams": MeasureDeclaration(_STORE, "", 1.0, "parts that have jammed at its plate", grows=True),
    "longest_jam": MeasureDeclaration(
        _STORE, "s", 3600.0, "longest time for which it was jammed without a break", grows=True
    ),
    "longest_down": MeasureDeclaration(
        _MACHINE, "s", 3600.0, "longest time it was down without a break", grows=True
    ),
    "rate": MeasureDeclaration(("any",), "1/s", 0.01, "parts that came to a buffer or a sink, per time"),
    "mean_level": MeasureDeclaration(_STORE, "", 1.0, "mean number of parts in a buffer"),
    "mean_wait": MeasureDeclaration(("any",), "s", 60.0, "mean time in a buffer; for a sink, in the factory"),
    "milling_failures": MeasureDeclaration(_MACHINE, "", 1.0, "rows of `milling` in which the machine failed"),
    "lost": MeasureDeclaration(_STORE, "", 1.0, "parts that found no place at a source", grows=True),
    "raised": MeasureDeclaration(_ALARM, "", 1.0, "how often an alarm is raised", grows=True),
    "stood_longest": MeasureDeclaration(
        _ALARM, "s", 3600.0, "longest time for which an alarm stood without a break", grows=True
    ),
    "floods": MeasureDeclaration(
        (),
        "",
        1.0,
        "floods: from the first of more than ten alarms in ten minutes to fewer than five",
        grows=True,
    ),
    "failures": MeasureDeclaration(_COMPONENT, "", 1.0, "failures of a component", grows=True),
    "services": MeasureDeclaration(
        _COMPONENT, "", 1.0, "replacements of a component before it failed", grows=True
    ),
}

_PREDICATES = {
    "failed": PredicateDeclaration(
        _COMPONENT, "a component fails: -1 until it does for the first time, then 0"
    ),
}

_BOTH: Mapping[str, str] = {"component": "entity", "machine": "entity"}

_OCCURRENCES = {
    "failed": OccurrenceDeclaration(_BOTH, "a component fails"),
    "repaired": OccurrenceDeclaration(_BOTH, "a repair ends"),
    "serviced": OccurrenceDeclaration(_BOTH, "a replacement before failure ends"),
    "alarm": OccurrenceDeclaration({"alarm": "entity"}, "an alarm is raised"),
    "dropped": OccurrenceDeclaration({"machine": "entity"}, "a robot notices that it has dropped a part"),
    "toppled": OccurrenceDeclaration({"machine": "entity"}, "a pile topples"),
    "jammed": OccurrenceDeclaration({"store": "entity"}, "a part jams at the plate of a conveyor"),
    "cleared": OccurrenceDeclaration({"store": "entity"}, "a jam is cleared"),
    "out_of_stock": OccurrenceDeclaration({"spare": "entity"}, "the last spare part is taken"),
}


def _entities(world: Mapping[str, Any]) -> list[EntityDeclaration]:
    """Return all named items, counted ones as single entities where the count is a plain number."""
    counts = {str(item.get("id")): item.get("count") for _, item in _items(world)}
    found = []
    for kind, item in _items(world):
        name = str(item.get("id", ""))
        count = item.get("count", _count_of(item, kind, world, counts))
        if isinstance(count, int) and not isinstance(count, bool):
            found += [EntityDeclaration(f"{name}_{i}", kind) for i in range(count)]
            if kind in ("component", "reading", "alarm"):
                found.append(EntityDeclaration(name, f"{kind}s"))  # the set of them, which fields may name
        else:
            found.append(EntityDeclaration(name, kind))
    return found


def _count_of(item: Mapping[str, Any], kind: str, world: Mapping[str, Any], counts: Mapping[str, Any]) -> Any:
    """Return how many of an item there are for the machines it stands on; None where that is not said."""
    named: Any = item
    seen = set()
    while isinstance(named, Mapping) and str(named.get("id")) not in seen:
        seen.add(str(named.get("id")))
        when = named.get("when")
        inner = next(iter(when.values()), None) if isinstance(when, Mapping) else None
        on = str(inner.get("of")) if isinstance(inner, Mapping) else str(named.get("on", named.get("of", "")))
        if counts.get(on) is not None or kind not in ("reading", "alarm"):
            return counts.get(on)
        named = next((one for _, one in _items(world) if one.get("id") == on), None)
    return None


def _items(world: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for section, kind in _SECTIONS.items():
        items = world.get(section) or ()
        for item in items if isinstance(items, (list, tuple)) else ():
            if isinstance(item, Mapping):
                yield kind, item


DOMAIN = Domain(
    name="factory",
    doc="A production line whose machines wear, fail and are repaired.",
    world=WORLD,
    categories=CATEGORIES,
    signals=SIGNALS,
    measures=MEASURES,
    predicates=_PREDICATES,
    occurrences=_OCCURRENCES,
    entities=_entities,
    check=check,
    simulate="sim.domains.factory.world:simulate",
    tables=TABLES,
    can_end_early=True,
    # The n-th cycle of a machine comes when parts, repairs and parameters let it: what is drawn for it is used
    # at moments that they shift, so a redraw of the future is sound only while no parameter moves as well.
    is_clocked=False,
)
