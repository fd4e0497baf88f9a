"""Systems under test: a user's controller drives a vehicle on what a simulated perception tells it.

Perception is a reading: it misses bodies that are hidden, out of range or out of the field of view, misses
others by chance, errs, and comes late; all of its chance is addressed noise. A controller that raises, or
answers with what is no finite number, is an outcome of its episode: `controller_fault` is told, and the vehicle
goes on at its speed.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from time import perf_counter
from types import CodeType
from typing import TYPE_CHECKING, Any, Protocol

from sim.domains.driving import layout as c
from sim.domains.driving.signals import CODES, signal_at
from sim.domains.driving.touch import world_state
from sim.errors import RunError

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["Controller", "Observation", "Seen", "let_drive"]

_STRONGEST = 15.0
"""Acceleration beyond which a command is cut: no vehicle does more [m/s2]."""
_FASTEST = 100.0


@dataclass(frozen=True)
class Seen:
    """A body as perceived, in the vehicle's frame: origin in its middle, x forward, y left.

    Args:
        id: the same at every look.
        category: vehicle, pedestrian or static.
        x: of its middle [m].
        y: of its middle [m].
        vx: its velocity over ground along x [m/s].
        vy: along y [m/s].
        yaw: its heading, counter-clockwise from x [rad].
        length: [m].
        width: [m].
    """

    id: str
    category: str
    x: float
    y: float
    vx: float
    vy: float
    yaw: float
    length: float
    width: float


@dataclass(frozen=True)
class Observation:
    """What a controller is told at a step: its own state as of now, others as of `time`.

    Args:
        time: moment that `objects` are of; before now by the latency [s].
        speed: own speed forward [m/s].
        acceleration: own acceleration forward [m/s2].
        yaw_rate: counter-clockwise positive [rad/s].
        length: own length [m].
        width: own width [m].
        desired_speed: the speed at the start, or what the script last asked for [m/s].
        is_raining: whether water or snow falls.
        objects: whom the perception sees, in the order of the scenario.
    """

    time: float
    speed: float
    acceleration: float
    yaw_rate: float
    length: float
    width: float
    desired_speed: float
    is_raining: bool
    objects: tuple[Seen, ...]


class Controller(Protocol):
    """What a factory returns."""

    def step(self, observation: Observation, t: float) -> float:
        """Return the acceleration to reach [m/s2], negative to brake, at moment t [s]."""
        ...


def let_drive(world: World, name: str, settings: Mapping[str, Any]) -> None:
    """Make a controller and let it drive a vehicle."""
    controller = _Factory.of(settings).make(settings["settings"])
    world.start(_drive(world, name, controller, settings))


def _drive(world: World, name: str, controller: Controller, settings: Mapping[str, Any]) -> Process:
    period, perception = 1.0 / settings["rate"], _Perception(world, name, settings["perception"])
    helm, step = world.helm(name), 0
    while True:
        now, seen = world.clock.now, perception.look(step)
        began = perf_counter()
        try:
            wish = float(controller.step(seen, now))
            fault = "" if math.isfinite(wish) else "not_finite"
        except Exception as error:  # whatever a user's code raises
            fault = type(error).__name__
        _be_quick(name, perf_counter() - began, now, settings)
        if fault:
            world.tell("controller_fault", actor=name, reason=fault)
            helm.wish(world.speed(name))
            helm.release()
            return
        helm.drive(min(max(wish, -_STRONGEST), _STRONGEST), jerk=settings["jerk"], fastest=_FASTEST)
        step += 1
        yield world.clock.until(step * period)


def _be_quick(name: str, took: float, now: float, settings: Mapping[str, Any]) -> None:
    """Stop the run for a step that took too long; no result depends on how long a step takes.

    Raises:
        RunError: it did.
    """
    if took > settings["patience"]:
        place = _Factory.of(settings).place
        raise RunError(
            f"{place}: a step of {name}'s controller took {took:.2g} s at t = {now:g} s, and patience is "
            f"{settings['patience']:g} s; make it quicker, or give driver.python.patience more"
        )


class _Perception:
    """What one vehicle sees, look by look."""

    def __init__(self, world: World, name: str, settings: Mapping[str, Any]) -> None:
        self._world, self._name, self._settings = world, name, settings
        self._seen: deque[tuple[float, tuple[Seen, ...]]] = deque()
        self._is_raining = world.setup.world["weather"] in ("rain", "snow")

    def look(self, step: int) -> Observation:
        """Return the observation of a step; steps are made in order."""
        world, now = self._world, self._world.clock.now
        row = world.index[self._name]
        self._seen.append((now, tuple(self._objects(step))))
        late = now - self._settings["latency"] + 1e-9
        while len(self._seen) > 1 and self._seen[1][0] <= late:
            self._seen.popleft()
        time, objects = self._seen[0] if self._seen[0][0] <= late else (now, ())
        state = world.X[row]
        return Observation(
            time=time,
            speed=float(state[c.V]),
            acceleration=float(state[c.A]),
            yaw_rate=float(state[c.R]),
            length=float(world.P[row, c.LENGTH]),
            width=float(world.P[row, c.WIDTH]),
            desired_speed=float(world.commands(self._name)[c.V_SET]),
            is_raining=self._is_raining,
            objects=objects,
        )

    def _objects(self, step: int) -> list[Seen]:
        world, own = self._world, world_state(self._world, self._world.index[self._name])
        found = [self._seen_from(own, other, step) for other in world.others(self._name)]
        return [one for one in found if one is not None]

    def _seen_from(self, own: tuple[float, ...], other: str, step: int) -> Seen | None:
        """Return another body as seen, None if it is not."""
        world, settings = self._world, self._settings
        row = world.index[other]
        x, y, yaw, vx, vy, _ = world_state(world, row)
        co, si = math.cos(own[2]), math.sin(own[2])
        dx, dy = x - own[0], y - own[1]
        forward, left = co * dx + si * dy, co * dy - si * dx
        if math.hypot(forward, left) > settings["range"]:
            return None
        if abs(math.atan2(left, forward)) > 0.5 * settings["fov"] or not self._is_in_sight(row):
            return None
        if settings["misses"] > 0.0 and self._uniform(f"miss {other}", step) < settings["misses"]:
            return None
        return Seen(
            id=other,
            category=world.kind(other),
            x=forward + self._error("position_error", f"x {other}", step),
            y=left + self._error("position_error", f"y {other}", step),
            vx=co * vx + si * vy + self._error("speed_error", f"vx {other}", step),
            vy=co * vy - si * vx + self._error("speed_error", f"vy {other}", step),
            yaw=math.remainder(yaw - own[2], 2.0 * math.pi),
            length=float(world.P[row, c.LENGTH]),
            width=float(world.P[row, c.WIDTH]),
        )

    def _is_in_sight(self, row: int) -> bool:
        world = self._world
        if len(world.names) < 3:
            return True
        clearance = signal_at(
            CODES["sight"], world.index[self._name], row, world.X, world.P, world.corners, world.line,
            world.lanes, world.room,
        )  # fmt: skip
        return bool(clearance > 0.0)

    def _uniform(self, what: str, step: int) -> float:
        return self._world.setup.noise.uniform(self._name, f"perception {what}", step, self._world.clock.now)

    def _error(self, key: str, what: str, step: int) -> float:
        sigma = float(self._settings[key])
        if sigma == 0.0:
            return 0.0
        noise, now = self._world.setup.noise, self._world.clock.now
        return sigma * noise.normal(self._name, f"perception {what}", step, now)


@dataclass(frozen=True)
class _Factory:
    """Where a factory stands: in a file, run anew for every episode, or in an installed module."""

    place: str
    name: str
    file: Path | None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> _Factory:
        """Return that which the settings name."""
        if settings["file"] is None:
            place, _, name = settings["module"].partition(":")
            return cls(place, name, None)
        file = Path(settings["file"])
        return cls(file.name, str(settings["factory"]), file)

    def make(self, settings: Mapping[str, float]) -> Controller:
        """Return a new controller.

        Raises:
            RunError: the code cannot be run, or has no such factory, or that makes nothing with a step.
        """
        try:
            known = self._names()
            if self.name not in known:
                raise RunError(f"{self.place} has no function {self.name}")
            made: Any = known[self.name](**settings)
        except RunError:
            raise
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise RunError(f"{self.place}: {self.name}() failed: {told}") from error
        if not callable(getattr(made, "step", None)):
            raise RunError(f"{self.place}: what {self.name}() returns has no method step(observation, t)")
        controller: Controller = made
        return controller

    def _names(self) -> Mapping[str, Any]:
        if self.file is None:
            return vars(import_module(self.place))
        # run anew, so that nothing is left of earlier episodes
        space: dict[str, Any] = {"__name__": self.file.stem, "__file__": str(self.file)}
        exec(_code(self.file.read_bytes(), str(self.file)), space)
        return space


@cache
def _code(source: bytes, name: str) -> CodeType:
    return compile(source, name, "exec")
