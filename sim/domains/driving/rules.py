"""Which traffic rules are broken, by whom and when: judged over the recorded rows of a run.

Every rule is a margin over time that is negative while the rule is kept and 0 or more while it is broken, so
that an event on it has a graded score. Only vehicles with a driver are judged. What stands in the way of a
judgement is left out rather than guessed: lines and edges on roads that meet, limits where none is posted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.off_tracking import form_of
from sim.domains.driving.right_of_way import RED, RED_AMBER, signal_state
from sim.domains.driving.rule_fields import FAR, RULES
from sim.geometry import Array
from sim.recording import Occurrence

if TYPE_CHECKING:
    from sim.domains.driving.world import World

__all__ = ["RuleBook"]

_TOLERANCE, _SHARE = 3.0 / 3.6, 0.03
"""What is taken off a measured speed: 3 km/h, above 100 km/h 3 % (PTB-A 12.01, error limits)."""
_HINDERED = 2.0
"""Braking asked of whoever has priority from which it is hindered [m/s2]: IDM's comfortable braking; StVO,
paragraph 8 (2), says `substantially hindered`. Assumption."""
_INSIDE = 12.0
"""Braking that stands for "none would do": the other is in the place that is entered [m/s2]."""
_DEEP = 0.5
"""Way beyond an edge or a line that counts as one unit [m]."""
_OVERTAKES = 100.0
"""Who is in an oncoming lane overtakes if somebody is this near in its own, ahead or behind [m]; assumption."""
_BLOCKS = 0.3
"""How far a body reaches into a lane to be overtaken there [m]."""
_MOVES = 0.5
"""A speed taken for moving [m/s]."""
_PAVED = ("asphalt", "shoulder", "parking", "bus_bay")


class RuleBook:
    """The rules of the road over one run.

    Args:
        world: that has run.
        times: (T,) of the rows [s].
        rows: (T, N, ROW) recorded state.
    """

    def __init__(self, world: World, times: Array, rows: Array) -> None:
        """Take over a run; nothing is judged before it is asked for."""
        self._world, self._times, self._rows = world, times, rows
        self._known: dict[tuple[str, str], Array] = {}
        self._conflicts: dict[int, list[tuple[float, ...]]] = {}

    def margin(self, rule: str, name: str) -> Array:
        """Return the (T,) margin by which a body breaks a rule; FAR where the rule does not speak of it."""
        if (rule, name) not in self._known:
            if rule == "rule_violation":
                margins = [self.margin(one, name) for one in RULES]
                self._known[rule, name] = np.max(margins, axis=0)
            else:
                self._known[rule, name] = np.maximum(self._judge(rule, name), FAR)
        return self._known[rule, name]

    def broken(self) -> list[Occurrence]:
        """Return when anybody begins to break a rule, each rule once per body, in time order."""
        found = []
        for name in self._world.bodies:
            for rule in RULES:
                held = np.flatnonzero(self.margin(rule, name) >= 0.0)
                if len(held):
                    t = float(self._times[held[0]])
                    found.append(Occurrence(t, "rule_violation", {"actor": name, "rule": rule}))
        return sorted(found, key=lambda one: one.t)

    def count(self, name: str) -> int:
        """Return how many rules a body breaks."""
        return sum(bool(np.any(self.margin(rule, name) >= 0.0)) for rule in RULES)

    def _judge(self, rule: str, name: str) -> Array:
        world, row = self._world, self._world.index[name]
        drives = world.kind(name) == "vehicle" and world.P[row, c.PULLER] < 0.0
        if not drives or world.C[row, c.ACROSS] > 0.0:
            return np.full(len(self._times), -np.inf)
        return _JUDGES[rule](self, row)

    # -- at signals and junctions ---------------------------------------------------------------------------

    def _enters(self, row: int) -> int | None:
        """Return the first row of time at which a body is past the stop line that it began before."""
        stop = self._world.P[row, c.STOP]
        past = self._front(row) > stop
        return None if past[0] or not past[-1] else int(np.argmax(past))

    def _front(self, row: int) -> Array:
        x = self._rows[:, row]
        return np.asarray(x[:, c.S] + _reach_along(x, self._world.P[row]))

    def _red_light(self, row: int) -> Array:
        """Return how long the signal has been red at the moment the stop line is passed [s], from then on."""
        world, out = self._world, np.full(len(self._times), -np.inf)
        if world.layout is None:
            return out
        signal, k = int(world.P[row, c.SIGNAL]), self._enters(row)
        if k is None or signal < 0 or world.P[row, c.BLUE] > 0.0:
            return out
        cycle, shift, _, _, red = world.timetable[signal]
        now = (self._times[k] + shift) % cycle
        state = signal_state(world.timetable[signal], float(self._times[k]))
        out[k:] = (now - red) % cycle if state in (RED, RED_AMBER) else -((red - now) % cycle)
        return out

    def _right_of_way(self, row: int) -> Array:
        """Return the braking asked of those with priority beyond what hinders them, from the stop line on."""
        out = np.full(len(self._times), -_HINDERED if self._world.layout is not None else -np.inf)
        k = self._enters(row) if self._world.layout is not None else None
        if k is None or self._world.P[row, c.BLUE] > 0.0:
            return out
        for conflict in self._yields_to(row):
            out[k:] = np.maximum(out[k:], self._asked(row, conflict, k) - _HINDERED)
        return out

    def _yields_to(self, row: int) -> list[tuple[float, ...]]:
        layout = self._world.layout
        if layout is None:
            return []
        if row not in self._conflicts:
            forms = [form_of(p) for p in self._world.P]
            rows = layout.conflicts(row, self._world.items, forms)
            self._conflicts[row] = [one for one in rows if one[5] > 0.0]
        return self._conflicts[row]

    def _asked(self, row: int, conflict: tuple[float, ...], k: int) -> float:
        """Return the constant braking that keeps whoever has priority out until the place is left [m/s2].

        Args:
            row: of who has to yield.
            conflict: as in the table of conflicts.
            k: row of time at which it passes its stop line.
        """
        world, other = self._world, int(conflict[0])
        x, p = self._rows[:, row], world.P[row]
        y, q = self._rows[:, other], world.P[other]
        speed, tail = float(y[k, c.V]), 0.5 * q[c.LENGTH] + q[c.TAIL]
        if y[k, c.S] - tail > conflict[4] or self._is_held(other, k):
            return 0.0
        there, left = self._front(row) > conflict[1], x[:, c.S] - 0.5 * p[c.LENGTH] - p[c.TAIL] > conflict[2]
        if not np.any(there & (y[:, c.S] - tail <= conflict[4])):
            return 0.0  # it lets the other go first
        room = conflict[3] - y[k, c.S] - 0.5 * q[c.LENGTH]
        if room <= 0.0:  # where both go on in one lane, it follows
            return _INSIDE if conflict[6] == 0.0 else 0.0
        if left[-1]:
            lasts = float(self._times[int(np.argmax(left))] - self._times[k])
        else:
            rest = conflict[2] + 0.5 * p[c.LENGTH] + p[c.TAIL] - x[-1, c.S]
            lasts = float(self._times[-1] - self._times[k] + rest / max(x[-1, c.V], 1.0))
        if speed * lasts <= room:
            return 0.0
        if 2.0 * room >= speed * lasts:
            return min(2.0 * (speed * lasts - room) / lasts**2, _INSIDE)
        return min(speed * speed / (2.0 * room), _INSIDE)

    def _is_held(self, row: int, k: int) -> bool:
        """Return whether a body has no way at a moment: its signal is red, or it stands before its line."""
        world = self._world
        if self._front(row)[k] > world.P[row, c.STOP]:
            return False
        signal = int(world.P[row, c.SIGNAL])
        state = signal_state(world.timetable[signal], float(self._times[k])) if signal >= 0 else -1
        return state in (RED, RED_AMBER) or bool(self._rows[k, row, c.V] < _MOVES)

    # -- along the road -------------------------------------------------------------------------------------

    def _speeding(self, row: int) -> Array:
        """Return the speed above the limit and the tolerance [m/s]."""
        x, limit = self._rows[:, row], np.full(len(self._times), np.inf)
        for begins, ends, fastest in self._world.road.limits:
            inside = (x[:, c.S] >= begins) & (x[:, c.S] < ends)
            limit[inside] = np.minimum(limit[inside], fastest)
        return np.asarray(x[:, c.V] - limit - np.maximum(_TOLERANCE, _SHARE * x[:, c.V]))

    def _off_road(self, row: int) -> Array:
        """Return how far a wheel is beyond the paved road, over half a metre; corners may swing over a kerb."""
        road, x = self._world.road, self._rows[:, row]
        if not road.strips:
            return np.full(len(x), -np.inf)
        half, s, d = _wheels_across(x, self._world.P[row]), x[:, c.S], x[:, c.D]
        beyond = np.full(len(x), -np.inf)
        sections = [(one.begins, one.ends, one.strips) for one in road.stretches]
        for begins, ends, strips in sections or [(-math.inf, math.inf, road.strips)]:
            right = min(one[0] for one in strips if one[2] in _PAVED)
            left = max(one[1] for one in strips if one[2] in _PAVED)
            inside = (s >= begins) & (s < ends)
            beyond[inside] = np.maximum(right - d + half, d + half - left)[inside]
        for ramp in road.ramps.values():
            inside = (s >= ramp.paved[0]) & (s <= ramp.paved[1])
            aside = np.abs(d - np.array([ramp.middle(float(one)) for one in s])) + half - ramp.half
            beyond[inside] = np.minimum(beyond, aside)[inside]
        return beyond / _DEEP

    def _wrong_way(self, row: int) -> Array:
        """Return how far the middle of a body that moves is in oncoming lanes, overtaking apart, over 0.5 m."""
        road, x, p = self._world.road, self._rows[:, row], self._world.P[row]
        if not road.directions:
            return np.full(len(x), -np.inf)
        along = x[:, c.V] * np.cos(x[:, c.E])
        side = np.where(along == 0.0, p[c.DIRECTION], np.sign(along))
        depth = np.where(np.isin(side, road.directions), x[:, c.D] * side / _DEEP, np.abs(along))
        depth = np.where(np.abs(along) < _MOVES, -np.inf, depth)
        if np.any(depth >= 0.0) and not road.has_solid_centre:
            depth[(depth >= 0.0) & self._overtakes(row, side)] = -1e-9
        return depth

    def _overtakes(self, row: int, side: Array) -> np.ndarray:
        """Return at which rows somebody who does not come towards a body is beside it in its own lanes."""
        world, x = self._world, self._rows[:, row]
        edges = [edge for lane in world.road.lanes for edge in lane]
        found = np.zeros(len(x), bool)
        for other in range(len(world.names)):
            if other == row or world.P[other, c.KIND] not in (c.VEHICLE, c.STATIC):
                continue
            y = self._rows[:, other]
            half = _reach_across(y, world.P[other])
            outer = np.where(side > 0.0, min(edges), -max(edges))
            own = y[:, c.D] * side
            inside = (own < 0.0) & (own + half > outer + _BLOCKS)
            goes = y[:, c.V] * np.cos(y[:, c.E]) * side > -_MOVES
            found |= inside & goes & (np.abs(y[:, c.S] - x[:, c.S]) < _OVERTAKES)
        return found

    def _solid_line(self, row: int) -> Array:
        """Return how far a body that moves reaches over a solid line between lanes, over 0.5 m."""
        road, x = self._world.road, self._rows[:, row]
        half, s, d = _reach_across(x, self._world.P[row]), x[:, c.S], x[:, c.D]
        over = np.full(len(x), -np.inf)
        if not road.lane_centres:
            return over
        low, high = min(road.lane_centres), max(road.lane_centres)
        sections = [(one.begins, one.ends, one.markings) for one in road.stretches]
        for begins, ends, markings in sections or [(-math.inf, math.inf, road.markings)]:
            inside = (s >= begins) & (s < ends) & (x[:, c.V] > _MOVES)
            for at, width, style, _ in markings:
                if style == "solid" and low < at < high:
                    over[inside] = np.maximum(over, half - np.abs(d - at) - 0.5 * width)[inside]
        return over / _DEEP


def _reach_along(x: Array, p: Array) -> Array:
    """Return (T,) how far a footprint reaches along the road, as `half_length` does for one row."""
    si, co = np.abs(np.sin(x[:, c.E])), np.abs(np.cos(x[:, c.E]))
    a, b = 0.5 * p[c.LENGTH], 0.5 * p[c.WIDTH]
    return np.asarray(np.maximum(a * co + (b - p[c.CHAMFER_Y]) * si, (a - p[c.CHAMFER_X]) * co + b * si))


def _wheels_across(x: Array, p: Array) -> Array:
    """Return (T,) how far the wheels are across the road from the middle."""
    si, co = np.abs(np.sin(x[:, c.E])), np.abs(np.cos(x[:, c.E]))
    return np.asarray(max(p[c.FRONT], p[c.REAR]) * si + 0.5 * p[c.WIDTH] * co)


def _reach_across(x: Array, p: Array) -> Array:
    """Return (T,) how far a footprint reaches across the road, as `half_width` does for one row."""
    si, co = np.abs(np.sin(x[:, c.E])), np.abs(np.cos(x[:, c.E]))
    a, b = 0.5 * p[c.LENGTH], 0.5 * p[c.WIDTH]
    return np.asarray(np.maximum(a * si + (b - p[c.CHAMFER_Y]) * co, (a - p[c.CHAMFER_X]) * si + b * co))


_JUDGES: dict[str, Callable[[RuleBook, int], Array]] = {
    "runs_red_light": RuleBook._red_light,
    "fails_to_yield": RuleBook._right_of_way,
    "speeds": RuleBook._speeding,
    "leaves_road": RuleBook._off_road,
    "drives_wrong_way": RuleBook._wrong_way,
    "crosses_solid_line": RuleBook._solid_line,
}
"""Rule -> its judge."""
