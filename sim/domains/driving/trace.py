"""What a driving run leaves behind: signals, measures and occurrences, and the truth for a Recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.base import Truth
from sim.domains.driving import layout as c
from sim.domains.driving.conditions import members
from sim.domains.driving.declaration import KINDS, SIDES
from sim.domains.driving.encounters import fatality_risk_in_a_car, fatality_risk_on_foot, least_lag
from sim.domains.driving.rule_fields import RULE_PREDICATES
from sim.domains.driving.rules import RuleBook
from sim.domains.driving.sensor_signals import SENSOR_SIGNALS
from sim.domains.driving.sightlines import Sightlines
from sim.domains.driving.signals import CODES
from sim.domains.driving.touch import Touch, touch_between
from sim.domains.driving.trace_signals import running_margin, trace_nearest, trace_signal
from sim.geometry import Array
from sim.recording import Occurrence

if TYPE_CHECKING:
    from sim.domains.driving.aftermath import Aftermath
    from sim.domains.driving.world import World

__all__ = ["DrivingTrace"]

_EXPOSED = 1.5
"""Time to collision below which time counts as exposed [s]."""


class DrivingTrace:
    """The trace of one driving episode, from the start to the first touch or the end.

    `times` is (T,): the grid of the world's dt, and the moment of the touch.
    """

    def __init__(self, world: World) -> None:
        """Take over what the world recorded, and follow the crash where the setup asks for it."""
        self._world = world
        self.times, self._rows = world.history()
        self._room = np.zeros_like(world.corners[:2])
        self._signals: dict[tuple[str, tuple[str, ...]], Array] = {}
        self._occurrences = list(world.occurrences)
        self._touch: Touch | None = None
        self._aftermath: Aftermath | None = None
        if world.touching is not None:
            self._touch = touch_between(world, *world.touching)
            self._occurrences.append(_contact(world.clock.now, self._touch))
            if world.setup.through_crash:
                self._follow_crash()

    def _follow_crash(self) -> None:
        from sim.domains.driving.aftermath import follow_crash

        self._aftermath = follow_crash(self._world)
        self._occurrences += self._aftermath.occurrences

    @property
    def occurrences(self) -> Sequence[Occurrence]:
        """What happened, in time order; rules are judged if the run is recorded or an event reads them."""
        setup = self._world.setup
        if setup.recorded or "rule_violation" in setup.reads:
            return self._with_rules
        return self._occurrences

    def entities(self, category: str) -> Sequence[str]:
        """Return the ids of all bodies that are vehicles, pedestrians, static, of a counted item, or any."""
        names = self._world.bodies
        if category == "any":
            return names
        if category in KINDS:
            return [name for name in names if self._world.kind(name) == category]
        return members(category, names)

    def nearest(self, category: str, to: str) -> tuple[Sequence[str], np.ndarray]:
        """Return the candidates other than `to` and (T,) the index of the nearest at every moment."""
        world = self._world
        apart = set(world.others(to))
        names = [name for name in self.entities(category) if name in apart]
        rows = np.array([world.index[name] for name in names], np.int64)
        found = np.zeros(len(self.times), np.int64)
        trace_nearest(rows, world.index[to], self._rows, world.P, world.corners, world.line, self._room, found)
        return names, found

    def signal(self, name: str, arguments: tuple[str, ...]) -> Array:
        """Return (T,) values of a declared signal."""
        if name in SENSOR_SIGNALS:
            return self._sightlines.signal(name, *arguments)
        known = self._signals.get((name, arguments))
        if known is None:
            world = self._world
            rows = [world.index[argument] for argument in arguments]
            known = np.empty(len(self.times))
            trace_signal(
                CODES[name], rows[0], rows[1] if len(rows) > 1 else -1, self._rows, world.P, world.corners,
                world.line, world.lanes, self._room, known,
            )  # fmt: skip
            self._signals[name, arguments] = known
        return known

    def predicate(self, name: str, arguments: tuple[str, ...]) -> Array:
        """Return the (T,) margin so far of `collided`, or of a rule that is broken.

        Before the touch it is minus the smallest distance so far over 1 m; if the episode's first touch is
        between the two, its last value is the closing speed at contact over 1 m/s.
        """
        if name in RULE_PREDICATES:
            return np.maximum.accumulate(self._rules.margin(name, *arguments))
        if name != "collided":
            raise KeyError(name)
        world = self._world
        a, b = arguments
        margin = np.empty(len(self.times))
        running_margin(
            world.index[a], world.index[b], self._rows, world.P, world.corners, world.line, self._room, margin,
        )  # fmt: skip
        if self._between(a, b) is not None:
            margin[:-1] = np.minimum(margin[:-1], 0.0)
            margin[-1] = self._touch.closing_speed if self._touch else 0.0
        return margin

    def measure(self, name: str, arguments: tuple[str, ...]) -> float:
        """Return the value of a declared measure."""
        return float(_MEASURES[name](self, *arguments))

    def truth(self) -> Truth:
        """Return scene, tracks and channels."""
        from sim.domains.driving.picture import build_truth

        return build_truth(self._world, self.times, self._rows, self._aftermath)

    # -- measures -----------------------------------------------------------------------------------------

    def _between(self, a: str, b: str) -> Touch | None:
        """Return the first touch if it is between these two."""
        touch = self._touch
        return touch if touch is not None and {touch.a, touch.b} == {a, b} else None

    def _impact_speed(self, a: str, b: str) -> float:
        touch = self._between(a, b)
        return touch.relative_speed if touch else 0.0

    def _first_contact_side(self, name: str) -> float:
        touch = self._touch
        if touch is None or name not in (touch.a, touch.b):
            return 0.0
        return float(SIDES.index(touch.side_a if name == touch.a else touch.side_b))

    def _max_deceleration(self, name: str) -> float:
        return max(-float(np.min(self._rows[:, self._world.index[name], c.A])), 0.0)

    def _pet(self, a: str, b: str) -> float:
        if self._between(a, b) is not None:
            return 0.0
        world = self._world
        i, j, places = world.index[a], world.index[b], np.empty((len(self.times), len(world.names), 2))
        found = least_lag(
            i, j, self.times, self._rows, places, world.P, world.corners, world.line, self._room
        )  # fmt: skip
        return float(found)

    def _time_exposed(self, a: str, b: str) -> float:
        below = self.signal("ttc", (a, b))[:-1] < _EXPOSED
        return float(np.sum(np.diff(self.times)[below]))

    def _fatality_risk(self, name: str) -> float:
        touch, is_rider = self._touch, self._world.body(name).leans
        if self._world.kind(name) == "vehicle" and not is_rider:
            return fatality_risk_in_a_car(self._delta_v(name))
        is_open = is_rider or self._world.kind(name) == "pedestrian"
        if touch is None or name not in (touch.a, touch.b) or not is_open:
            return 0.0
        return fatality_risk_on_foot(touch.relative_speed)

    def _delta_v(self, name: str) -> float:
        return self._crash.delta_v(name) if self._touch else 0.0

    def _contact_impulse(self, a: str, b: str) -> float:
        return self._crash.impulse(a, b) if self._touch else 0.0

    def _rules_broken(self, name: str) -> float:
        return float(self._rules.count(name))

    @cached_property
    def _with_rules(self) -> Sequence[Occurrence]:
        return sorted([*self._occurrences, *self._rules.broken()], key=lambda one: one.t)

    @cached_property
    def _rules(self) -> RuleBook:
        return RuleBook(self._world, self.times, self._rows)

    @cached_property
    def _sightlines(self) -> Sightlines:
        return Sightlines(self._world, self.times, self._rows, self._world.setup.eyes)

    @cached_property
    def _crash(self) -> Aftermath:
        if self._aftermath is None:
            raise ValueError("the crash was not followed; it has no measures")
        return self._aftermath


def _contact(t: float, touch: Touch) -> Occurrence:
    return Occurrence(
        t, "contact", {"a": touch.a, "b": touch.b, "side_a": touch.side_a, "side_b": touch.side_b}
    )


def _least(signal: str) -> Callable[..., float]:
    return lambda trace, *arguments: float(np.min(trace.signal(signal, arguments)))


_MEASURES: dict[str, Callable[..., float]] = {
    "min_distance": _least("distance"),
    "min_gap": _least("gap"),
    "min_ttc": _least("ttc"),
    "min_thw": _least("thw"),
    "max_drac": lambda trace, *arguments: float(np.max(trace.signal("drac", arguments))),
    "pet": DrivingTrace._pet,
    "time_exposed_ttc": DrivingTrace._time_exposed,
    "max_deceleration": DrivingTrace._max_deceleration,
    "rules_broken": DrivingTrace._rules_broken,
    "impact_speed": DrivingTrace._impact_speed,
    "first_contact_side": DrivingTrace._first_contact_side,
    "delta_v": DrivingTrace._delta_v,
    "fatality_risk": DrivingTrace._fatality_risk,
    "contact_impulse": DrivingTrace._contact_impulse,
}
