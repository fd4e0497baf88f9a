"""Drivers: what they notice, how long they take, and what they then command.

Each driver sets its control law once and starts the processes that make its decisions. All waiting is for
moments the kernel finds: a watched condition, or a delay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import formulas as f
from sim.domains.driving import layout as c
from sim.domains.driving.conditions import above, below, both
from sim.domains.driving.lane_choice import choose_lanes
from sim.domains.driving.merging import mind_lanes
from sim.domains.driving.overtaking import overtake
from sim.domains.driving.replays import follow_trace
from sim.domains.driving.setpoints import SetPoint, keep, prepared
from sim.domains.driving.systems import let_drive
from sim.fields import Chosen

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["TABLE", "seat_driver"]

_DRIVER_JERK = 15.0  # rate of pedal changes in normal driving [m/s3]
_HARDEST = 8.0  # strongest braking of ordinary drivers, further limited by the road [m/s2]
_TIPPING = 5.5  # of riders: a bicycle pitches over its front wheel at 0.56 g (Wilson, Bicycling Science) [m/s2]
_SURPRISE = 0.5  # braking wanted beyond the comfortable before it counts as a surprise [m/s2]
_NEEDED = 2.0  # constant braking needed for a slow body ahead before a careful driver acts [m/s2]
_CLEAR = 30.0  # time to collision from which an emergency brake lets go: a stand, or a miss [s]
_STAND = 0.5  # a speed an emergency brake takes for standing [m/s]
_QUICKEST = 0.01  # least reaction time, so that time passes between two decisions [s]
_TRUSTS = 2.5  # time to meeting until which one counts on an overtaker to go back; assumption [s]
_CAREFUL_HEADWAY = 2.0  # time gap of UN R157's initial conditions [s]


def seat_driver(world: World, name: str, chosen: Chosen, speed: float) -> None:
    """Set the control law of a vehicle and start its driver's decisions."""
    row = world.commands(name)
    hardest = _TIPPING if world.body(name).leans else _HARDEST
    row[c.ACCELERATION], row[c.DECELERATION], row[c.BRAKING], row[c.JERK] = 1.5, 3.0, hardest, _DRIVER_JERK
    row[c.HEADWAY], row[c.STANDSTILL] = 1.5, 2.0
    world.helm(name).settle(c.CRUISE, speed=speed)
    TABLE[chosen.kind](world, name, prepared(world, chosen.settings), speed)


def _constant(world: World, name: str, settings: Mapping[str, Any], speed: float) -> None:
    """Keep the starting speed; the control law does."""


def _idm(world: World, name: str, settings: Mapping[str, Any], speed: float) -> None:
    row = world.commands(name)
    row[c.ACCELERATION], row[c.DECELERATION] = settings["acceleration"], settings["deceleration"]
    row[c.LEADING] = 1.0
    _keep_gap(world, name, c.HEADWAY, settings["headway"])
    _keep_gap(world, name, c.STANDSTILL, settings["standstill_gap"])
    world.helm(name).settle(c.IDM, speed=speed)
    _keep_speed(world, name, settings["desired_speed"])
    if world.layout is not None:
        fastest = world.road.limit_at(0.0) + settings["over_limit"]
        row[c.LIMIT] = fastest if fastest < math.inf else 0.0
    elif world.road.closed or world.road.limits:
        world.start(mind_lanes(world, name, settings))
    if settings["overtaking"] is not None and world.layout is None:
        row[c.TRUST] = _TRUSTS
        world.start(overtake(world, name, settings))


def _keep_gap(world: World, name: str, column: int, source: SetPoint) -> None:
    row = world.commands(name)

    def put(value: float) -> None:
        row[column] = value

    keep(world, name, source, put)


def _keep_speed(world: World, name: str, source: SetPoint | None) -> None:
    """Let the driver want a speed, from the start on and until a script says otherwise."""
    if source is not None:
        helm = world.helm(name)
        keep(world, name, source, helm.wish, still=helm.task())


def _mobil(world: World, name: str, settings: Mapping[str, Any], speed: float) -> None:
    _idm(world, name, settings, speed)
    world.start(choose_lanes(world, name, settings))


def _human(world: World, name: str, settings: Mapping[str, Any], speed: float) -> None:
    _idm(world, name, settings, speed)
    row = world.commands(name)
    row[c.SIGMA_V], row[c.SIGMA_D] = settings["speed_wander"], settings["lateral_wander"]
    needed = f.Signal("required_deceleration", (name, _ahead(name)))
    beyond = f.Arithmetic("+", needed, f.Signal("acceleration", (name,)))
    surprise = world.watch(f.Compare(">=", beyond, f.Number(settings["deceleration"] + _SURPRISE), 1.0))
    calm = world.watch(f.Compare("<=", needed, f.Number(0.5 * settings["deceleration"]), 1.0))
    world.start(_respond(world, name, settings["reaction"], surprise, calm))


def _respond(world: World, name: str, reaction: Any, surprise: int, calm: int) -> Process:
    """Hold the pedals from a surprise on until the reaction time is over, then follow attentively."""
    helm, count = world.helm(name), 0
    while True:
        yield world.clock.when(surprise)
        world.tell("reaction", actor=name)
        helm.hold()
        yield world.clock.wait(max(world.drawn(reaction, name, count), _QUICKEST))
        helm.release()
        count += 1
        yield world.clock.when(calm)


def _acc_aeb(world: World, name: str, settings: Mapping[str, Any], speed: float) -> None:
    row = world.commands(name)
    row[c.LEADING] = 1.0
    _keep_gap(world, name, c.HEADWAY, settings["headway"])
    row[c.ACCELERATION], row[c.DECELERATION] = settings["acceleration"], settings["deceleration"]
    row[c.STANDING] = float(settings["brakes_for_standing"])
    world.helm(name).settle(c.ACC, speed=speed)
    _keep_speed(world, name, settings["set_speed"])
    brake = _EmergencyBrake(world, name, settings)
    for other in world.others(name):
        world.start(brake.guard(other))


class _EmergencyBrake:
    """An AEB: triggered by the time to collision with anything in sight, it brakes after its delay."""

    def __init__(self, world: World, name: str, settings: Mapping[str, Any]) -> None:
        self._world, self._name, self._settings = world, name, settings
        self._busy = False

    def guard(self, other: str) -> Process:
        """Return the process that watches one other body."""
        pair = (self._name, other)
        near = below("ttc", pair, self._settings["trigger_ttc"])
        hidden = self._world.can_be_hidden(other)
        trigger = self._world.watch(both(near, above("sight", pair, 0.0)) if hidden else near)
        clear = self._world.watch(above("ttc", pair, _CLEAR))
        return self._guard(trigger, clear)

    def _guard(self, trigger: int, clear: int) -> Process:
        world, settings = self._world, self._settings
        helm = world.helm(self._name)
        while True:
            yield world.clock.when(trigger)
            if not self._busy:
                self._busy = True
                world.tell("reaction", actor=self._name)
                yield world.clock.wait(settings["delay"])
                helm.brake(settings["emergency_deceleration"], jerk=settings["emergency_jerk"])
                world.tell("emergency_braking", actor=self._name)
                yield world.clock.when(clear)
                if world.speed(self._name) < _STAND:
                    return  # at a stand the brake stays on; going on is up to a person
                world.commands(self._name)[c.STANDING] = 1.0
                helm.release()
                self._busy = False
            yield world.clock.when(clear)


def _careful(world: World, name: str, settings: Mapping[str, Any], speed: float) -> None:
    row = world.commands(name)
    row[c.LEADING], row[c.WATCHING] = 1.0, settings["wander"]
    row[c.ACCELERATION], row[c.DECELERATION] = 1.4, 2.0
    driver = _CarefulDriver(world, name, settings)
    for other in world.others(name):
        if world.kind(other) == "vehicle":
            world.start(driver.mind_neighbour(other))
        elif world.kind(other) in ("pedestrian", "animal"):
            world.start(driver.mind_pedestrian(other))
    world.start(driver.mind_braking())
    world.start(driver.mind_blocker())


class _CarefulDriver:
    """UN R157 Annex 4 Appendix 3: perceives, judges for 0.4 s, reacts after 0.75 s, brakes to 0.774 g.

    A cut-in is perceived 0.375 m off the lane's middle and dangerous up to a critical time to collision; a
    leader is dangerous when it brakes with 5 m/s2 or more. A slow or standing body ahead is perceived when
    nothing that keeps its lane is before it, and acted on where it needs constant braking of 2 m/s2 (our
    reading: the regulation fixes the initial gap instead).
    """

    def __init__(self, world: World, name: str, settings: Mapping[str, Any]) -> None:
        self._world, self._name, self._settings = world, name, settings
        self._busy = False
        self._merging: set[str] = set()

    def mind_neighbour(self, other: str) -> Process:
        """Return the process that minds a cut-in by one vehicle."""
        world, settings = self._world, self._settings
        leaving = above("leaving", (other, self._name), settings["wander"])
        inside = f.AnyOf((leaving, above("overlap", (self._name, other), 0.0)))
        perceived = world.watch(leaving)
        dangerous = world.watch(both(inside, self._soon(other)))
        return self._mind(perceived, dangerous, self._clear(other), merging=other)

    def mind_pedestrian(self, other: str) -> Process:
        """Return the process that minds a pedestrian who walks into the way, once in sight."""
        pair = (self._name, other)
        near = below("ttc", pair, self._settings["critical_ttc"])
        seen = self._world.watch(both(near, above("sight", pair, 0.0)))
        return self._mind(seen, seen, self._clear(other))

    def mind_braking(self) -> Process:
        """Return the process that minds a leader who brakes hard."""
        ahead = _ahead(self._name)
        braking = self._world.watch(below("acceleration", (ahead,), -5.0))
        closing = self._world.watch(above("closing_speed", (self._name, ahead), 0.0))
        return self._mind(braking, closing, self._clear(ahead))

    def mind_blocker(self) -> Process:
        """Return the process that minds a slow or standing body in the lane, uncovered or in the open.

        A body that has merged is left to `mind_neighbour`, whose judgement is the regulation's.
        """
        pair = (self._name, f.Call("blocker", (self._name,)))
        needed = self._world.watch(above("drac", pair, _NEEDED))
        return self._mind(needed, needed, self._clear(pair[1]), leave_merging=True)

    def _soon(self, other: str) -> f.Formula:
        """Return the condition gap <= critical time x closing speed, with the other ahead."""
        pair = (self._name, other)
        way = f.Arithmetic("*", f.Number(self._settings["critical_ttc"]), f.Signal("closing_speed", pair))
        near = f.Compare(">=", f.Arithmetic("-", way, f.Signal("gap", pair)), f.Number(0.0), 1.0)
        return both(near, above("closing_speed", pair, 1e-3))

    def _clear(self, other: str | f.Call) -> int:
        return self._world.watch(below("closing_speed", (self._name, other), 0.0))

    def _mind(
        self, perceived: int, dangerous: int, clear: int, *, merging: str = "", leave_merging: bool = False
    ) -> Process:
        world, settings = self._world, self._settings
        while True:
            yield world.clock.when(perceived)
            if merging:
                self._merging.add(merging)
            yield world.clock.wait(settings["evaluation"])
            yield world.clock.when(dangerous)
            if not self._busy and not (leave_merging and world.blocker(self._name) in self._merging):
                yield from self._react(clear)

    def _react(self, clear: int) -> Process:
        world, settings, helm = self._world, self._settings, self._world.helm(self._name)
        self._busy = True
        world.tell("reaction", actor=self._name)
        yield world.clock.wait(settings["reaction"])
        helm.brake(settings["deceleration"], jerk=settings["jerk"])
        world.tell("emergency_braking", actor=self._name)
        yield world.clock.when(clear)
        helm.follow(headway=_CAREFUL_HEADWAY, braking=settings["deceleration"])
        self._busy = False


def _system(world: World, name: str, settings: Mapping[str, Any], speed: float) -> None:
    let_drive(world, name, settings)


def _replay(world: World, name: str, path: Path, speed: float) -> None:
    follow_trace(world, name, path)


def _ahead(name: str) -> f.Call:
    return f.Call("ahead", (name,))


TABLE: dict[str, Callable[[World, str, Any, float], None]] = {
    "constant": _constant,
    "idm": _idm,
    "mobil": _mobil,
    "human": _human,
    "acc_aeb": _acc_aeb,
    "r157_careful": _careful,
    "python": _system,
    "replay": _replay,
}
"""Kind of driver -> what seats it."""
