"""Plain lines as tables of numbers: what the compiled event kernel can run, and how it is told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.factory import kernel_layout as c
from sim.domains.factory.draws import ANY, SAME, UNIFORM, code_of, fill, place_of
from sim.domains.factory.kernel_clocks import draw_first
from sim.domains.factory.names import members
from sim.domains.factory.spells import form_of
from sim.domains.factory.stores import Sink, Source
from sim.domains.factory.wear import Lifetime
from sim.laws.source import LawSource

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["Streams", "is_plain", "tables_of"]

_READ = {
    "sources": {"id", "every", "batch", "capacity"},
    "buffers": {"id", "capacity", "initial"},
    "sinks": {"id", "counts"},
    "machines": {"id", "from", "to", "cycle_time", "blocking", "interrupted", "shaft"},
    "components": {
        *("id", "on", "ages", "degrades", "part", "fault", "spoils_by", "onset", "initial_age", "stops"),
        *("repair", "upkeep"),
    },
    "crews": {"id", "size"},
    "alarms": set(),
    "warm_up": set(),
    "window": set(),
}
"""Section -> what the kernel heeds of its items, or what makes no difference to the line."""
_ABSENT = (None, (), 0.0)
_ALONE = {"batch": 1}
"""What else may stand there: nothing, and one part at a time."""
_BLOCKING = {"after_service": c.AFTER_SERVICE, "before_service": c.BEFORE_SERVICE, "repetitive": c.REPETITIVE}
_INTERRUPTED = {"resume": c.RESUME, "restart": c.RESTART, "scrap": c.SCRAP}
_FIRST_RING = 64


def is_plain(world: World) -> bool:
    """Return whether the kernel can run a world, told by what stands in it and by what its events read.

    Plain are machines that take one part and give one part, stores without transit, arrivals, and components
    with a law of the age at failure, repaired by crews; not plain what looks at parts or at wear.
    """
    return (
        all(_is_plain_section(name, items) for name, items in world.values.items())
        and all(map(_is_plain_component, world.values["components"]))
        and all(_has_form(component.process) for component in world.components.values())
        and "wear" not in world.setup.reads
    )


def _is_plain_section(name: str, items: Any) -> bool:
    heeded = _READ.get(name)
    if heeded is None:
        return not items
    return not heeded or all(
        key in heeded or value in _ABSENT or value == _ALONE.get(key)
        for item in items
        for key, value in item.items()
    )


def _is_plain_component(item: Any) -> bool:
    return item["upkeep"].kind in ("run_to_failure", "at_age") and item["repair"]["spare"] is None


def _has_form(process: object) -> bool:
    return type(process) is Lifetime and process.form[0] != ANY


class Streams:
    """The streams of numbers of a line, a row each."""

    def __init__(self, world: World) -> None:
        self.laws: dict[int, Any] = {}
        self._noise = world.setup.noise
        self._rows: list[tuple[int, float, float, int, tuple[np.uint64, np.uint64]]] = []
        self._changes = sorted({edit.t for edit in self._noise.lineage})

    def add(self, entity: str, source: float | LawSource) -> int:
        """Return the row of the numbers that a plain value, or a law drawn at each use, gives an entity."""
        if not isinstance(source, LawSource):
            return self._add(SAME, float(source), 0.0, 0, (np.uint64(0), np.uint64(0)))
        code, a, b = code_of(source.law)
        if code == ANY:
            self.laws[len(self._rows)] = source.law
        return self._add(code, a, b, 0, place_of(entity, source.stream))

    def add_uniforms(self, entity: str, stream: str, *, used: int) -> int:
        """Return the row of uniforms of which some are used."""
        return self._add(UNIFORM, 0.0, 1.0, used, place_of(entity, stream))

    def add_spells(self, entity: str, source: float | LawSource) -> int:
        """Return the row of times: of uniforms where their rest can be drawn anew, else of their numbers."""
        if not isinstance(source, LawSource) or form_of(source)[0] in (ANY, SAME):
            return self.add(entity, source)
        return self.add_uniforms(entity, source.stream, used=0)

    def _add(self, code: int, a: float, b: float, used: int, place: tuple[np.uint64, np.uint64]) -> int:
        self._rows.append((code, a, b, used, place))
        return len(self._rows) - 1

    def arrays(self) -> tuple[Any, Any, Any, Any]:
        """Return (stream, form, place, block) with empty blocks."""
        n = len(self._rows)
        stream = np.zeros((n, c.STREAM_WIDTH), np.int64)
        form = np.empty((n, c.FORM_WIDTH))
        stream[:, c.CODE] = [row[0] for row in self._rows]
        stream[:, c.AT] = [row[3] for row in self._rows]
        form[:, c.LAW_A] = [row[1] for row in self._rows]
        form[:, c.LAW_B] = [row[2] for row in self._rows]
        form[:, c.UNTIL] = -math.inf
        place = np.array([row[4] for row in self._rows], np.uint64).reshape(n, 2)
        return stream, form, place, np.empty((n, c.BLOCK))

    def stock(self, line: c.Line, t: float, *, fresh: bool) -> float:
        """Make numbers of the laws without a compiled form, as they are if used at t.

        Args:
            line: whose blocks are filled.
            t: the moment [s].
            fresh: whether noise has changed, so that what is left of the blocks no longer holds.

        Returns:
            The moment at which the noise changes next; inf where no such law is drawn.
        """
        stream = line.stream
        for s, law in self.laws.items():
            left = stream[s, c.HELD] - stream[s, c.USED]
            if left >= c.SPARE_NUMBERS and not fresh:
                continue
            n = min(max(2 * c.LEAST_BLOCK, 2 * int(stream[s, c.HELD])), c.BLOCK)
            stream[s, c.AT] += stream[s, c.USED]
            room = np.empty(n)
            _uniforms(line, s, room, t)
            line.block[s, :n] = law.ppf(room)
            stream[s, c.USED], stream[s, c.HELD] = 0, n
        line.count[c.NEEDS] = 0
        return next((change for change in self._changes if change > t), math.inf) if self.laws else math.inf


def _uniforms(line: c.Line, s: int, room: Any, t: float) -> None:
    noise = (line.key, line.edit_keys, line.edit_entities, line.edit_times, line.edit_betas)
    fill(room, UNIFORM, 0.0, 1.0, *noise, *line.place[s], int(line.stream[s, c.AT]), t)


def tables_of(world: World, *, stop: float, flags: int) -> tuple[c.Line, Streams]:
    """Return a plain world at time 0 as tables.

    Args:
        world: just built.
        stop: the last moment at which something is done [s].
        flags: what is logged.
    """
    streams = Streams(world)
    stores = {name: i for i, name in enumerate(world.stores)}
    order = sorted(world.machines, key=lambda name: world.machines[name].rank)
    ranks = {name: i for i, name in enumerate(order)}
    arrival = _arrivals(world, stores, streams)
    machine, times = _machines(world, stores, ranks, streams)
    component, wear = _components(world, ranks, streams, machine)
    batch = int(arrival[:, c.BATCH].sum())
    store, tally = _stores(world, slack=batch + len(machine) + 2)
    line = c.Line(
        machine, times, store, tally, *_rings(world, store), arrival, *streams.arrays(), component, wear,
        np.array([int(item["size"]) for item in world.values["crews"]], np.int64),
        *_clocks(len(machine) + len(arrival) + len(component)),
        *_log(len(machine) + len(component) + batch),
        *_run(world, stop, flags, len(machine) + len(component) + batch),
        np.empty((4 * len(machine) + 8, 3), np.int64), *world.setup.noise.arrays,
    )  # fmt: skip
    _begin(world, line, arrival, streams)
    return line, streams


def _machines(world: World, stores: dict[str, int], ranks: dict[str, int], streams: Streams) -> tuple[Any, Any]:
    machine = np.zeros((len(ranks), c.MACHINE_WIDTH), np.int64)
    times = np.zeros((len(ranks), c.TIMES_WIDTH))
    times[:, c.LEFT] = math.nan
    for i, item in enumerate(world.values["machines"]):
        row = machine[ranks[item["id"]]]
        row[c.FROM], row[c.TO] = stores[item["from"]], stores[item["to"]]
        row[c.CYCLE] = streams.add(item["id"], item["cycle_time"])
        row[c.BLOCKING] = _BLOCKING[item["blocking"]]
        row[c.INTERRUPTED] = _INTERRUPTED[item["interrupted"]]
        row[c.STATE] = world.machines[item["id"]].state
        machine[i, c.STARTS] = ranks[item["id"]]
    machine[:, [c.FAILING, c.FIRST_WEAR, c.FIRST_CLOCK, c.NEXT, c.BEFORE]] = -1
    return machine, times


def _arrivals(world: World, stores: dict[str, int], streams: Streams) -> Any:
    items = [item for item in world.values["sources"] if item["every"] is not None]
    arrival = np.zeros((len(items), c.ARRIVAL_WIDTH), np.int64)
    for row, item in zip(arrival, items, strict=True):
        row[c.AT_STORE], row[c.BATCH] = stores[item["id"]], int(item["batch"])
        row[c.EVERY] = streams.add(item["id"], item["every"])
    return arrival


def _components(world: World, ranks: dict[str, int], streams: Streams, machine: Any) -> tuple[Any, Any]:
    n = len(world.components)
    component = np.zeros((n, c.COMPONENT_WIDTH), np.int64)
    wear = np.full((n, c.WEAR_WIDTH), math.inf)
    crews = {item["id"]: k for k, item in enumerate(world.values["crews"])}
    numbered = {name: i for i, name in enumerate(world.components)}
    for item in world.values["components"]:
        for name in members(item["id"], tuple(world.components)):
            i = numbered[name]
            _component(component[i], wear[i], world, name, item, streams)
            component[i, c.MACHINE] = ranks[world.components[name].machine.name]
            crew = item["repair"]["crew"]
            component[i, c.CREW] = -1 if crew is None else crews[crew]
    for i in reversed(range(n)):  # lists in the order of the scenario
        m, first = component[i, c.MACHINE], c.FIRST_CLOCK if component[i, c.IS_CLOCKED] else c.FIRST_WEAR
        component[i, c.NEXT_OF], machine[m, first] = machine[m, first], i
    return component, wear


def _component(row: Any, wear: Any, world: World, name: str, item: Any, streams: Streams) -> None:
    process = world.components[name].process
    assert isinstance(process, Lifetime)
    upkeep = item["upkeep"].settings
    row[c.IS_CLOCKED], row[c.IS_STOPPING] = item["ages"] == "calendar", item["stops"]
    row[c.PRIORITY] = int(item["repair"]["priority"])
    row[c.LIVES] = streams.add_uniforms(name, "life", used=process.drawn)
    repair, service = item["repair"]["time"], upkeep.get("time", 0.0)
    row[c.REPAIRS], row[c.SERVICES_TIME] = streams.add_spells(name, repair), streams.add_spells(name, service)
    row[c.REPAIR_LAW], wear[c.REPAIR_A], wear[c.REPAIR_B] = form_of(repair)
    row[c.SERVICE_LAW], wear[c.SERVICE_A], wear[c.SERVICE_B] = form_of(service)
    row[c.LAW], wear[c.AGE_A], wear[c.AGE_B] = process.form
    wear[c.AGE], wear[c.HOLDS_UNTIL], wear[c.RESTORES] = process.age, -math.inf, item["repair"]["restores"]
    wear[c.AT_AGE] = upkeep["age"] if item["upkeep"].kind == "at_age" else math.inf
    wear[c.AGES_SINCE] = math.nan


def _stores(world: World, *, slack: int) -> tuple[Any, Any]:
    n = len(world.stores)
    store, tally = np.zeros((n, c.STORE_WIDTH), np.int64), np.zeros((n, c.TALLY_WIDTH))
    for row, one in zip(store, world.stores.values(), strict=True):
        row[c.KIND] = c.SINK if isinstance(one, Sink) else c.ENDLESS if isinstance(one, Source) else c.BUFFER
        row[c.LEVEL], row[c.ARRIVED] = len(one.items), one.arrived
        row[c.CAPACITY] = c.NO_BOUND if math.isinf(one.capacity) else int(one.capacity)
        wanted = min(row[c.CAPACITY] + 2 * slack, max(_FIRST_RING, 2 * (row[c.LEVEL] + slack)))
        row[c.RING] = (1 << int(wanted).bit_length()) - 1 if row[c.KIND] == c.BUFFER else 0
    store[:, [c.TAKERS, c.LAST_TAKER, c.GIVERS, c.LAST_GIVER]] = -1
    store[:, c.SLACK] = slack
    store[1:, c.OFFSET] = np.cumsum(store[:-1, c.RING] + 1)
    return store, tally


def _rings(world: World, store: Any) -> tuple[Any, Any, Any]:
    size = int((store[:, c.RING] + 1).sum())
    came, born, part = np.zeros(size), np.zeros(size), np.zeros(size, np.int64)
    for row, one in zip(store, world.stores.values(), strict=True):
        part[row[c.OFFSET] : row[c.OFFSET] + len(one.items)] = [number for number, _ in one.items]
    return came, born, part


def _clocks(n: int) -> tuple[Any, Any]:
    size = max(1 << max(n - 1, 0).bit_length(), 2)
    tree = np.arange(-size, size, dtype=np.int64)
    for node in reversed(range(size)):
        tree[node] = tree[2 * node] if node else 0
    return tree, np.full(size, math.inf)


def _rows(things: int) -> int:
    """Return how many rows one event may write."""
    return c.MARGIN + 16 * things


def _log(things: int) -> tuple[Any, Any]:
    size = max(4096, 4 * _rows(things))
    return np.empty((size, c.LOG_WIDTH), np.int64), np.empty((size, 2))


def _run(world: World, stop: float, flags: int, things: int) -> tuple[Any, Any]:
    count, span = np.zeros(c.COUNT_WIDTH, np.int64), np.zeros(c.SPAN_WIDTH)
    warm_up = world.values["warm_up"]
    count[c.PARTS], count[c.FLAGS], count[c.NEXT_JOB] = len(world.parts.born), flags, -1
    count[c.ROOM] = max(4096, 4 * _rows(things)) - _rows(things)
    count[c.IS_RESET] = not 0.0 < warm_up <= stop
    span[c.STOP], span[c.WARM_UP] = stop, warm_up
    span[c.CHANGE] = span[c.CLOSES] = math.inf
    return count, span


def _begin(world: World, line: c.Line, arrival: Any, streams: Streams) -> None:
    """Fill the first blocks and set the clocks of the first arrivals."""
    line.span[c.CHANGE] = streams.stock(line, 0.0, fresh=False)
    for a in range(len(arrival)):
        draw_first(line, len(world.machines) + a, int(arrival[a, c.EVERY]))
