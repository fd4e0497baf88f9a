"""What only the factory can see in a scenario: lines without a source, names of the wrong kind of thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.domains.factory.loads import loads
from sim.domains.factory.plain_data import at, constant, items, mean, number

__all__ = ["check"]

_KINDS = {
    "sources": "a source",
    "buffers": "a buffer",
    "sinks": "a sink",
    "machines": "a machine",
    "components": "a component",
    "readings": "a reading",
    "alarms": "an alarm",
    "crews": "a crew",
    "pools": "a pool",
    "spares": "a spare part",
    "shifts": "a shift",
}

_REFERENCES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("machines", "from", ("sources", "buffers")),
    ("machines", "to", ("buffers", "sinks")),
    ("machines", "operators", ("pools",)),
    ("machines", "shift", ("shifts",)),
    ("machines", "inspects.rejects_to", ("buffers", "sinks")),
    ("machines", "handles.by", ("components",)),
    ("machines", "handles.drops_to", ("buffers", "sinks")),
    ("machines", "stacks.by", ("components",)),
    ("machines", "stacks.falls_to", ("buffers", "sinks")),
    ("buffers", "guide.by", ("components",)),
    ("buffers", "guide.crew", ("crews",)),
    ("components", "on", ("machines",)),
    ("components", "repair.crew", ("crews",)),
    ("components", "repair.spare", ("spares",)),
    ("components", "upkeep.on_reading.reading", ("readings",)),
    ("readings", "of", ("components",)),
    ("crews", "shift", ("shifts",)),
    ("alarms", "when.reading.of", ("readings",)),
    ("alarms", "when.level.of", ("sources", "buffers")),
    ("alarms", "when.state.of", ("machines",)),
    ("alarms", "when.alarm.of", ("alarms",)),
)
"""(section, key of its items, sections that may be named there)."""

_TURNED_AWAY = ("inspects.rejects_to", "handles.drops_to", "stacks.falls_to")
"""Keys of machines by which parts go elsewhere."""

_WIDEST = 0.078
"""Part that fits between the fingers of the Panda, with a little to spare [m]."""

Fault = tuple[str, str]


def check(world: Mapping[str, Any]) -> list[Fault]:
    """Return (path, message) for every fault."""
    faults = list(_references(world))
    if faults:
        return faults
    return [*_flow(world), *_blocking(world), *_touch(world), *_wear(world), *_alarms(world), *loads(world)]


def _references(world: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault per name that means another kind of thing than is needed there."""
    kind_of = {str(item.get("id")): section for section in _KINDS for item in items(world, section)}

    def wrong(path: str, name: Any, allowed: tuple[str, ...]) -> Iterator[Fault]:
        section = kind_of.get(name) if isinstance(name, str) else None
        if section is not None and section not in allowed:
            wanted = " or ".join(_KINDS[one] for one in allowed)
            yield path, f"'{name}' is {_KINDS[section]}; {wanted} is meant here"

    for section, key, allowed in _REFERENCES:
        for item in items(world, section):
            yield from wrong(f"{section}.{item.get('id')}.{key}", at(item, key), allowed)
    for item in items(world, "machines"):
        for key, end, allowed in (
            ("also_takes", "from", ("sources", "buffers")),
            ("also_gives", "to", ("buffers", "sinks")),
        ):
            for i, one in enumerate(item.get(key) or ()):
                yield from wrong(f"machines.{item.get('id')}.{key}.{i}.{end}", at(one, end), allowed)


def _flow(world: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield faults of the flow: nothing to work on, places that are never filled or never emptied."""
    machines = items(world, "machines")
    if not machines:
        yield "", "a factory needs a machine"
        return
    if not items(world, "sources") and not any(number(one.get("initial")) for one in items(world, "buffers")):
        yield "machines", "the line has no source: nothing ever comes to its machines"
    taken = {name for item in machines for name in _ends(item, "from", "also_takes")}
    given = {name for item in machines for name in _ends(item, "to", "also_gives")}
    given |= {str(at(item, key)) for item in machines for key in _TURNED_AWAY}
    for item in items(world, "sources"):
        if item.get("id") not in taken:
            yield f"sources.{item.get('id')}", "no machine takes parts from here"
    for item in items(world, "buffers"):
        if item.get("id") not in given and not number(item.get("initial")):
            yield (
                f"buffers.{item.get('id')}",
                "no machine gives parts to this buffer, and none are in it at first",
            )
        if item.get("id") not in taken:
            yield f"buffers.{item.get('id')}", "no machine takes parts from this buffer"
        if number(item.get("initial")) > number(item.get("capacity"), 1e18):
            yield f"buffers.{item.get('id')}.initial", "more parts than places"
        if item.get("transit") is not None and item.get("capacity") == 0:
            yield f"buffers.{item.get('id')}.capacity", "a conveyor has room for a part at least"


def _ends(item: Mapping[str, Any], main: str, also: str) -> set[str]:
    others = item.get(also) or ()
    return {str(item.get(main)), *(str(one.get(main)) for one in others if isinstance(one, Mapping))}


def _blocking(world: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield faults of machines that could never begin, or whose rule of blocking means nothing."""
    capacity = {str(one.get("id")): one.get("capacity") for one in items(world, "buffers")}
    for item in items(world, "machines"):
        path = f"machines.{item.get('id')}"
        needs = [(str(item.get("from")), number(item.get("batch"), 1))]
        needs += [(str(one.get("from")), number(one.get("parts"), 1)) for one in item.get("also_takes") or ()]
        for name, count in needs:
            room = capacity.get(name)
            if isinstance(room, int) and count > max(room, 1 if len(needs) == 1 else 0):
                yield path, f"it needs {count:g} parts at once from '{name}', which has places for {room}"
        if item.get("blocking") == "repetitive" and (item.get("also_gives") or item.get("inspects")):
            yield f"{path}.blocking", "a repeated cycle gives to one place alone"


def _touch(world: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield faults of robots, piles and plates."""
    yield from _stacks(world)
    for item in items(world, "machines"):
        hand, path = item.get("handles"), f"machines.{item.get('id')}"
        if not isinstance(hand, Mapping):
            continue
        if number(item.get("batch"), 1) != 1 or item.get("also_gives"):
            yield f"{path}.handles", "a hand carries one part at a time"
        if item.get("count") is not None and hand.get("by") is not None:
            yield f"{path}.handles.by", "robots of a counted machine cannot share a component that wears"
        cycle, time = mean(item.get("cycle_time")), mean(hand.get("time", "3 s"))
        if cycle is not None and time is not None and cycle < time:
            yield f"{path}.cycle_time", f"the robot needs {time:g} s of each cycle"
        size = hand.get("size")
        width = constant(size[0], "m") if isinstance(size, (list, tuple)) and size else None
        if width is not None and width > _WIDEST and hand.get("robot", "panda") == "panda":
            yield f"{path}.handles.size", f"{width * 1e3:g} mm does not fit between fingers that open to 80 mm"
    for item in items(world, "buffers"):
        if item.get("guide") is not None and item.get("transit") is None:
            yield (
                f"buffers.{item.get('id')}.guide",
                "a plate stands at the end of a conveyor: give its `transit`",
            )


def _stacks(world: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield faults of piles."""
    for item in items(world, "machines"):
        if not isinstance(item.get("stacks"), Mapping):
            continue
        path, high, cycle = (
            f"machines.{item.get('id')}",
            number(item.get("batch"), 1),
            mean(item.get("cycle_time")),
        )
        if high < 2:
            yield f"{path}.stacks", "a pile is of two parts or more: give the machine a `batch`"
        if item.get("handles") is not None or item.get("also_gives"):
            yield f"{path}.stacks", "a machine that piles up does nothing else with its parts"
        if cycle is not None and cycle < high:
            yield f"{path}.cycle_time", f"piling up takes {high:g} s of each cycle, a second for each part"


def _wear(world: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield faults of components."""
    pairs = {str(one.get("id")): str(one.get("of")) for one in items(world, "readings")}
    for item in items(world, "components"):
        path = f"components.{item.get('id')}"
        named = at(item, "upkeep.on_reading.reading")
        if named in pairs and pairs[named] != item.get("id"):
            yield f"{path}.upkeep.on_reading.reading", f"'{named}' reads '{pairs[named]}', another component"
        if at(item, "degrades.stages") == []:
            yield f"{path}.degrades.stages", "at least one state is needed"


def _alarms(world: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield faults of alarms: bounds that are none or two, and alarms that bring one another."""
    unbounded = {str(one.get("id")) for one in items(world, "sources") if one.get("every") is None}
    roots = {str(one.get("id")): at(one, "when.alarm.of") for one in items(world, "alarms")}
    for item in items(world, "alarms"):
        name = str(item.get("id"))
        for kind in ("reading", "level"):
            path, settings = f"alarms.{name}.when.{kind}", at(item, f"when.{kind}")
            if isinstance(settings, Mapping) and (settings.get("above") is None) == (
                settings.get("below") is None
            ):
                yield path, "give either the bound that it is raised above, or the one below"
        if at(item, "when.level.of") in unbounded:
            yield f"alarms.{name}.when.level.of", "this source always has a part: there is no level to tell of"
        root, seen = roots[name], [name]
        while root in roots and root not in seen:
            seen.append(root)
            root = roots[root]
        if root == name:
            yield (
                f"alarms.{name}.when.alarm.of",
                "it would bring itself: " + " brings ".join([name, *reversed(seen)]),
            )
