"""Set-points that change while the episode runs: courses that drift or jump, and signals of the present moment.

A number that a driver or a script works towards may be a plain number, a `Course` or a `Reading` of signals.
What jumps is followed exactly; what drifts, and what is read, is looked at every `TICK` and held in between,
whatever the step of the motion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import formulas as f
from sim.domains.driving.replays import replayed_top_speed
from sim.domains.driving.signals import CODES, signal_at
from sim.domains.driving.watches import resolve
from sim.fields import SignalValue
from sim.laws.varying import Course, Path

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["TICK", "Reading", "SetPoint", "course_path", "keep", "prepared", "top_speed"]

TICK = 0.1
"""How often a set-point that drifts or is read is looked at [s]."""

_WISHES = ("desired_speed", "set_speed")  # of drivers
_FOLLOWED = ("set_speed", "follow_speed")  # by manoeuvres

Put = Callable[[float], None]
"""Puts a number in force."""

_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b != 0.0 else math.nan,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {"abs": abs, "min": min, "max": max}


def keep(
    world: World, name: str, source: SetPoint, put: Put, *, still: Callable[[], bool] = lambda: True
) -> None:
    """Put a number in force now and again whenever it changes, as long as `still` says so.

    Args:
        world: the running episode.
        name: the body it is for; a course has its noise under this name.
        source: where the number comes from.
        put: takes it.
        still: whether it has not been overruled.
    """
    if isinstance(source, Course):
        world.start(_follow(world, course_path(world, name, source), put, still))
    elif isinstance(source, Reading):
        world.start(_read(world, source, put, still))
    else:
        put(source)


def prepared(world: World, settings: Any) -> Any:
    """Return a value, or a mapping of them, with signals made ready to be read, while the world is built."""
    if isinstance(settings, Mapping):
        return {key: prepared(world, value) for key, value in settings.items()}
    return Reading(world, settings) if isinstance(settings, SignalValue) else settings


def course_path(world: World, name: str, course: Course) -> Path:
    """Return how a course goes from now to the end, its profile beginning now."""
    now = world.clock.now
    count = math.ceil(max(world.setup.duration - now, 0.0) / TICK) + 2
    ticks = np.array([now + TICK * k for k in range(count)])
    return course.path(ticks, world.setup.noise, name, since=now)


def top_speed(world: World, item: Mapping[str, Any]) -> float:
    """Return the speed an actor starts with, or the highest that a course makes it drive [m/s]."""
    driver = item["driver"]
    if driver is not None and driver.kind == "replay":
        return replayed_top_speed(driver.settings)
    sources = [] if driver is None else [driver.settings.get(key) for key in _WISHES]
    sources += [step["choice"].settings for step in item["do"] if step["choice"].kind in _FOLLOWED]
    paths = [course_path(world, item["id"], one) for one in sources if isinstance(one, Course)]
    return float(max([item["speed"], *(path.values.max() for path in paths)]))


def _follow(world: World, path: Path, put: Put, still: Callable[[], bool]) -> Process:
    for moment, value in zip(path.times.tolist(), path.values.tolist(), strict=True):
        yield world.clock.until(moment)
        if not still():
            return
        put(value)


def _read(world: World, reading: Reading, put: Put, still: Callable[[], bool]) -> Process:
    while still():
        value = reading.now()
        if value is not None:
            put(value)
        yield world.clock.wait(TICK)


class Reading:
    """Signals of the present moment as one number."""

    def __init__(self, world: World, source: SignalValue) -> None:
        """Prepare the term of a signal value."""
        self._world, self._source = world, source
        self._evaluate = self._term(source.term)

    def now(self) -> float | None:
        """Return the value at this moment, kept to its bounds; None where it is undefined, as inf - inf is."""
        value = self._evaluate()
        if math.isnan(value):
            return None
        least, most = self._source.least, self._source.most
        value = value if least is None else max(value, least)
        value = value if most is None else min(value, most)
        return value if math.isfinite(value) else None

    def _term(self, term: f.Term | str) -> Callable[[], float]:
        if isinstance(term, f.Number):
            value = term.value
            return lambda: value
        if isinstance(term, f.Signal):
            return self._signal(term)
        if isinstance(term, f.Arithmetic):
            apply = _ARITHMETIC[term.op]
            left, right = self._term(term.left), self._term(term.right)
            return lambda: apply(left(), right())
        if isinstance(term, f.Call) and term.name in _FUNCTIONS:
            function, parts = _FUNCTIONS[term.name], [self._term(part) for part in term.arguments]
            return lambda: _defined(function, [part() for part in parts])
        raise TypeError(f"{term} cannot be read while the world runs")

    def _signal(self, signal: f.Signal) -> Callable[[], float]:
        world, code = self._world, CODES[signal.name]
        rows = [world.reference(argument) for argument in signal.arguments]
        first, second = rows[0], rows[1] if len(rows) > 1 else 0

        def value() -> float:
            i, j = (row if row >= 0 else _nearest(world, row) for row in (first, second))
            return float(
                signal_at(code, i, j, world.X, world.P, world.corners, world.line, world.lanes, world.room)
            )

        return value


def _nearest(world: World, reference: int) -> int:
    """Return the row of the body that a moving reference means now."""
    return int(
        resolve(
            reference, world.references, world.X, world.P, world.corners, world.line, world.ahead, world.room
        )
    )


def _defined(function: Callable[..., float], values: list[float]) -> float:
    """Return a function of numbers; that of an undefined one is undefined, unlike with `min` and `max`."""
    return math.nan if any(map(math.isnan, values)) else function(*values)


SetPoint = float | Course | Reading
"""A number of the world that may change during the run."""
