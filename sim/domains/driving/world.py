"""The driving world of one episode: built from plain values, run by the clock, left behind as a trace."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.domains.base import Setup
from sim.domains.driving import layout as c
from sim.domains.driving.attachments import body_of, couple, doors_of, hang, part_name, trailers_of
from sim.domains.driving.conditions import Programs
from sim.domains.driving.coupled import are_coupled
from sim.domains.driving.drivers import seat_driver
from sim.domains.driving.helm import Helm, Indication
from sim.domains.driving.kernel import TOUCHED, advance
from sim.domains.driving.lines import own_rows
from sim.domains.driving.manoeuvres import crossing_side, start_script
from sim.domains.driving.maps.placing import Layout, lay_out
from sim.domains.driving.on_ramps import begin_on_ramp, follow_ramp
from sim.domains.driving.rails import place_on_rails
from sim.domains.driving.right_of_way import CONFLICT_COLUMNS
from sim.domains.driving.road_building import build_road
from sim.domains.driving.roads import Road
from sim.domains.driving.setpoints import top_speed
from sim.domains.driving.sirens import heed_sirens
from sim.domains.driving.small_bodies import class_of
from sim.domains.driving.trace import DrivingTrace
from sim.domains.driving.vehicles import CORNER_LIMIT, BodyClass
from sim.domains.driving.watches import STACK
from sim.domains.driving.work_zones import road_works
from sim.errors import RunError
from sim.formulas import Call, Formula
from sim.geometry import Array
from sim.noise import address, entity_hash
from sim.recording import Occurrence
from sim.worlds.process import Clock, Process

__all__ = ["World", "simulate"]

START = 100.0
"""Where ego starts along the reference line [m]."""
_SURROUNDINGS = {"highway": "highway", "street": "urban"}
NETWORKS = ("intersection", "roundabout", "opendrive")
"""Kinds of roads on which actors follow routes."""
_VIEW = 500.0  # road ahead of where anyone gets to [m]
_ON_FOOT = ("pedestrian", "animal")


def simulate(setup: Setup) -> DrivingTrace:
    """Run one episode of the driving domain and return what it leaves behind."""
    world = World(setup)
    world.clock.run(setup.duration)
    return DrivingTrace(world)


class World:
    """The state of a running episode: who is there, the kernel's arrays, and the clock.

    It is the kernel of its clock (`advance`, `arm`) and what drivers and scripts see of the world.
    """

    def __init__(self, setup: Setup) -> None:
        """Build the world at time 0."""
        self.setup = setup
        self.clock = Clock(self)
        values = setup.world
        items = [{**values["ego"], "id": "ego"}, *values["actors"], *road_works(values["road"], origin=START)]
        top = max(top_speed(self, item) for item in items)
        trailers = trailers_of(items)
        hung = [*trailers, *doors_of(items)]
        rows = [*items, *hung]
        self.layout: Layout | None = None
        if values["road"].kind in NETWORKS:
            self.layout = lay_out(values["road"], rows, way=top * setup.duration)
            self.road: Road = self.layout.ground()
        else:
            self.road = build_road(values["road"], start=START, length=START + top * setup.duration + _VIEW)
        self.surroundings: str = values["surroundings"] or _SURROUNDINGS[self.road.kind]
        self.density: float = values["scenery"]["density"]
        self.names: tuple[str, ...] = tuple(item["id"] for item in rows)
        self.items = tuple(items)
        self.bodies = self.names[: len(items) + len(trailers)]
        self.index = {name: row for row, name in enumerate(self.names)}
        classes = [class_of(item, values["assets"]) for item in items]
        classes += [body_of(item, classes[self.index[item["puller"]]]) for item in hung]
        self.classes: tuple[BodyClass, ...] = tuple(classes)
        self.occurrences: list[Occurrence] = []
        self.indications: list[Indication] = []
        self.touching: tuple[str, str] | None = None
        self._path_points = 0
        self._on_ramp: dict[str, int] = {}
        self._programs = Programs(self.index, bodies=len(self.bodies))
        self._allocate(rows, float(values["dt"]))
        self._couple(hung)
        self._place(items)
        if hung:
            hang(self.X, self.P, self.C, self.line, range(len(items), len(rows)))
        self._address_noise()
        self._helms = {name: Helm(self.C[row], self.X[row]) for name, row in self.index.items()}
        for item in items:
            self._animate(item)
        heed_sirens(self, items)
        self._close()

    # -- what drivers and scripts see ---------------------------------------------------------------------

    def helm(self, name: str) -> Helm:
        """The commands of a body."""
        return self._helms[name]

    def commands(self, name: str) -> np.ndarray:
        """(COMMANDS,) view of a body's command row."""
        return self.C[self.index[name]]

    def state(self, name: str) -> np.ndarray:
        """(STATE,) view of a body's present state."""
        return self.X[self.index[name]]

    def kind(self, name: str) -> str:
        """Return vehicle, pedestrian, animal or static."""
        return self.classes[self.index[name]].kind

    def body(self, name: str) -> BodyClass:
        """Return the class of a body."""
        return self.classes[self.index[name]]

    def direction(self, name: str) -> float:
        """Return +1 for a body that faces along the reference line, -1 against it."""
        return float(self.P[self.index[name], c.DIRECTION])

    def speed(self, name: str) -> float:
        """Return the present speed [m/s]."""
        return float(self.X[self.index[name], c.V])

    def others(self, name: str) -> tuple[str, ...]:
        """Return the names of all other bodies and of their doors, less what this one is coupled to."""
        row = self.index[name]
        return tuple(other for other, i in self.index.items() if i != row and not are_coupled(self.P, row, i))

    def open_door(self, name: str, side: str, *, angle: float, lasts: float) -> None:
        """Begin to open a door, by so much [rad] within so long [s]."""
        door = self.commands(part_name(name, side))
        door[c.T0], door[c.COMMAND], door[c.COMMAND_JERK] = self.clock.now, angle, lasts

    def blocker(self, name: str) -> str | None:
        """Return the body a careful driver looks out for ahead."""
        row = int(self._ahead[self.index[name], 1])
        return self.names[row] if row >= 0 else None

    def can_be_hidden(self, name: str) -> bool:
        """Return whether a body may stand behind another: not a car, and not between two alone."""
        return (self.kind(name) in _ON_FOOT or self.body(name).leans) and len(self.names) > 2

    def reference(self, argument: str | Call) -> int:
        """Return the row of a body, or a negative number for one that is found anew at every moment."""
        return self._programs.reference(argument)

    @property
    def references(self) -> np.ndarray:
        """(R, 4) what negative references mean, for the kernel."""
        return self._compiled[3]

    @property
    def ahead(self) -> np.ndarray:
        """(N, 2) rows of the bodies ahead, for the kernel."""
        return self._ahead

    @property
    def room(self) -> np.ndarray:
        """Room for the kernel to work in."""
        return self._W

    def watch(self, condition: Formula) -> int:
        """Compile a condition for the kernel and return its number."""
        return self._programs.add(condition)

    def start(self, process: Process) -> None:
        """Start a decision process."""
        self.clock.start(process)

    def tell(self, happening: str, **fields: object) -> None:
        """Note that something happened now."""
        self.occurrences.append(Occurrence(self.clock.now, happening, fields))

    def drawn(self, source: Any, entity: str, index: int) -> float:
        """Return the number a plain value or a law that is drawn at each use gives now."""
        if isinstance(source, (int, float)):
            return float(source)
        return float(source.draw(self.setup.noise, entity, index, self.clock.now))

    def shift_lane(self, name: str, d: float, *, speed: float, acceleration: float) -> float:
        """Begin a lane change, indicators and all, and return how long it takes [s]."""
        now = self.clock.now
        lasts = self.helm(name).shift(d, now=now, speed=speed, acceleration=acceleration)
        self.indicate(name, d, until=now + lasts)
        return lasts

    def indicate(self, name: str, d: float, *, until: float) -> None:
        """Set the indicator from now on towards a way across."""
        side = 1.0 if d > self.state(name)[c.D] else -1.0
        self.indications.append(Indication(name, side * self.direction(name), self.clock.now, until))

    def reserve_path(self, points: int) -> int:
        """Keep room for path points and return the first."""
        self._path_points += points
        return self._path_points - points

    def set_path(self, first: int, points: list[tuple[float, float]]) -> None:
        """Fill in reserved path points (s, d)."""
        self._path[first : first + len(points)] = points

    # -- what the clock asks ------------------------------------------------------------------------------

    def arm(self, watch: int, *, armed: bool) -> None:
        """Begin or cease to look at a watch."""
        self._armed[watch] = armed

    def advance(self, until: float) -> tuple[float, tuple[int, ...], bool]:
        """Run the kernel to `until` or the first crossing."""
        t, status = advance(
            self.clock.now, until, self.dt, self._cursor, self._grid, self._stretch, self._sag, self.X, self._Y,
            self.P, self.C, self.corners, self.line, self.lanes, self._path, self._order, self._ahead, self._W,
            self._stack, self._armed, self._fired, *self._compiled, self._touch, *self.setup.noise.arrays,
            self._addresses, self._conflicts, self.timetable,
        )  # fmt: skip
        held = tuple(int(w) for w in np.flatnonzero(self._fired)) if status else ()
        if status == TOUCHED:
            a, b = int(self._touch[0]), int(self._touch[1])
            self.touching = (self.names[a], self.names[b])
            return t, held, True
        return t, held, False

    def history(self) -> tuple[Array, Array]:
        """Return (T,) times and (T, N, ROW) rows from the start to now: the grid and the last moment."""
        count, now = int(self._cursor[0]), self.clock.now
        times: Array = np.arange(count + 1, dtype=np.float64) * self.dt
        if count and now - times[count - 1] <= 1e-9:
            return times[:count], self._rows[:count]
        times[count] = now
        self._rows[count] = self.X[:, : c.ROW]
        return times, self._rows[: count + 1]

    def carry(self, name: str) -> None:
        """Take a body out of the kernel's hands: from now on its state is put in from outside."""
        self.C[self.index[name], c.MODE] = c.CARRIED

    def outlive_touch(self) -> None:
        """Let the clock run on after the first touch; nothing more is recorded, no touch looked for."""
        self.clock.over = False
        self._cursor[0] = len(self._grid)
        self._stretch = -1.0

    # -- building -----------------------------------------------------------------------------------------

    def _allocate(self, items: Sequence[Mapping[str, Any]], dt: float) -> None:
        n, self.dt = len(items), dt
        grid = math.floor(self.setup.duration / dt + 1e-9) + 1
        self._rows = np.empty((grid + 1, n, c.ROW))  # the grid, and where the run ends off it
        self._grid = self._rows[:grid]
        self.X, self._Y = np.zeros((n, c.STATE)), np.zeros((n, c.STATE))
        self.P, self.C = np.empty((n, c.PARAMETERS)), np.zeros((n, c.COMMANDS))
        self.corners = np.empty((n, CORNER_LIMIT, 2))
        for row, body in enumerate(self.classes):
            self.P[row], self.corners[row] = body.row, body.corners
        for row, (body, item) in enumerate(zip(self.classes, items, strict=True)):
            self.P[row, c.MU] = min(self.road.friction, body.rail_grip or self.road.friction)
            self.P[row, c.BLUE], self.P[row, c.HEARS] = (
                item.get("blue_lights", 0.0),
                item.get("hears_siren", 0.0),
            )
        self.line, self.lanes = self.road.line, np.array(self.road.lane_centres, np.float64)
        self._conflicts, self.timetable = np.empty((0, CONFLICT_COLUMNS)), np.empty((0, 5))
        if self.layout is not None:
            self.line = self.layout.line
            self._conflicts = self.layout.fill(self.P, items)
            self.timetable = np.array(self.layout.network.timetable, np.float64).reshape(-1, 5)
        self._order = np.arange(n)
        self._ahead = np.full((n, 2), -1)
        self._W, self._stack = np.zeros((2, CORNER_LIMIT, 2)), np.zeros(STACK)
        self._cursor, self._touch = np.zeros(1, np.int64), np.zeros(2, np.int64)
        bend = self.road.largest_curvature
        width = max(abs(self.road.edges[0]), abs(self.road.edges[1])) + 10.0
        longest = float(self.P[:, c.LENGTH].max())
        self._stretch = 1.0 if bend == 0.0 else 1.1 / max(1.0 - bend * width, 0.1)
        self._sag = bend * longest * longest

    def _couple(self, hung: Sequence[Mapping[str, Any]]) -> None:
        for item in hung:
            row, on = self.index[item["id"]], self.index[item["puller"]]
            couple(self.P, row, on, item, self.classes[on])

    def _place(self, items: list[Mapping[str, Any]]) -> None:
        """Put everyone where they start; those measured from another come after it."""
        self.X[:, c.TICK] = -2.0
        placed: set[str] = set()
        waiting = list(items)
        while waiting:
            ready = [item for item in waiting if item["id"] == "ego" or item["of"] in placed]
            if not ready:
                raise ValueError(f"places measured in a circle: {', '.join(i['id'] for i in waiting)}")
            for item in ready:
                self._place_one(item)
                placed.add(item["id"])
            waiting = [item for item in waiting if item["id"] not in placed]

    def _place_one(self, item: Mapping[str, Any]) -> None:
        row = self.index[item["id"]]
        state = self.X[row]
        strip = item.get("on")
        if self.layout is not None:
            middle, side = 0.0, 1
        elif "d" in item:
            middle, side = item["d"], 1
        elif strip == "entry_ramp":
            middle, side = self.road.lane_centre(1), 1
        elif strip is not None:
            middle, side = self.road.places[strip], -1 if strip.startswith("left") else 1
        else:
            middle, side = self.road.lane_centre(item["lane"]), self.road.directions[round(item["lane"]) - 1]
        self.P[row, c.DIRECTION] = side
        state[c.D] = middle + side * item["offset"]
        state[c.E] = 0.0 if side > 0 else math.pi
        if self.classes[row].kind in _ON_FOOT or self.classes[row].leans:
            state[c.E] = self._facing(item, state[c.D], state[c.E])
        state[c.V] = item["speed"]
        start = None if self.layout is None else self.layout.start(row, item, self._half(row))
        if "s" in item:
            start = item["s"]
        if start is None:
            start = START if item["id"] == "ego" else self._start_of(item, row)
        state[c.S] = start
        command = self.C[row]
        command[c.D0] = command[c.D1] = state[c.D]
        command[c.VY] = command[c.AYL] = 1.0
        if strip == "entry_ramp":
            self._on_ramp[item["id"]] = begin_on_ramp(self, item["id"])
        if self.P[row, c.RAIL] > 0.0:
            place_on_rails(state, self.P[row], state[c.D], own_rows(self.line, self.P[row]))

    def _facing(self, item: Mapping[str, Any], d: float, along: float) -> float:
        """Return where whoever may cross looks at first: across the road if it is to cross it."""
        if any(step["choice"].kind == "cross" for step in item["do"]):
            self.commands(item["id"])[c.ACROSS] = 1.0
            return crossing_side(d, self.road.edges) * math.pi / 2
        return along

    def _start_of(self, item: Mapping[str, Any], row: int) -> float:
        other = self.index[item["of"]]
        if self.layout is not None and not self.layout.shares_lane(row, other):
            raise RunError(
                f"{item['id']} does not begin in the lane of {item['of']}: say how far before the line"
            )
        reach = self._half(row) + self._half(other)
        if item["ahead"] is None:
            way = -item["behind"] - reach - self.P[other, c.TAIL]
        else:
            follows = self.P[row, c.DIRECTION] == self.P[other, c.DIRECTION]
            way = item["ahead"] + reach + (self.P[row, c.TAIL] if follows else 0.0)
        return float(self.X[other, c.S] + self.P[other, c.DIRECTION] * way)

    def _half(self, row: int) -> float:
        e = self.X[row, c.E]
        points = self.corners[row]
        return float(np.max(points[:, 0] * math.cos(e) - points[:, 1] * math.sin(e)))

    def _address_noise(self) -> None:
        self._addresses = np.empty((len(self.names), 3), np.uint64)
        for row, name in enumerate(self.names):
            self._addresses[row] = (
                address(name, "speed_wander"), address(name, "lateral_wander"), entity_hash(name)
            )  # fmt: skip

    def _animate(self, item: Mapping[str, Any]) -> None:
        name, kind = item["id"], self.kind(item["id"])
        if kind == "vehicle":
            seat_driver(self, name, item["driver"], item["speed"])
        elif kind in _ON_FOOT:
            row = self.commands(name)
            row[c.ACCELERATION], row[c.DECELERATION], row[c.JERK] = 1.5, 2.5, 30.0
            self.helm(name).settle(c.CRUISE, speed=item["speed"])
        start_script(self, name, item["do"])

    def _close(self) -> None:
        """Freeze what the kernel needs now that everybody has said what they watch."""
        self._compiled = self._programs.arrays()
        self._armed = np.zeros(self._programs.count, np.uint8)
        self._fired = np.zeros(self._programs.count, np.uint8)
        self._path = np.zeros((max(self._path_points, 1), 2))
        for name, first in self._on_ramp.items():
            follow_ramp(self, name, first)
