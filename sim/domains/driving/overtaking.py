"""Overtaking over the oncoming lane of a two-way road: whether the gap is enough, the pass, and giving it up.

A driver that is held up plans the whole manoeuvre: accelerate to the speed it wants, pass to a time gap before
the one it overtakes (or the one before that, where there is no room between), and go back. It goes if, when it
is back, whoever comes towards it is still a margin of time away; where it sees nobody it counts on somebody
just beyond its sight. On the way it looks again, and falls back behind if the margin has shrunk too far and it
is not yet abreast of whom it overtakes.

Source: AASHTO (2011), A Policy on Geometric Design of Highways and Streets, 3.2.4 (passing sight distance after
Glennon and NCHRP Report 605): 12 mph faster than the one passed, 1 s of clearance to oncoming traffic and of
headway where one goes back, 1 s of reaction before a pass is given up at 3.4 m/s².
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.lane_choice import LATERAL, LaneChoice, lane_towards
from sim.domains.driving.right_of_way import time_to_cover
from sim.geometry import Array

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["overtake"]

_PERIOD = 0.25
"""Time between two looks of whoever wants to overtake, or does [s]."""
_REACTION = 1.0
"""From seeing that it will not do to braking [s]; AASHTO 2011."""
_FALLING_BACK = 11.2 * 0.3048
"""Braking of who gives up [m/s2]; AASHTO 2011: 11.2 ft/s2."""
_CLEARANCE = 1.0
"""Time to oncoming traffic below which a pass is given up [s]; AASHTO 2011."""
_SHRINKS = 0.5
"""By how much less than its own margin a bolder driver lets it become [s]; assumption."""
_HELD_UP = 4.0
"""Time gap from which one feels held up by the one ahead [s]; HCM 2010 counts followers below 3 s."""
_MOST = 3
"""How many one passes in one go."""
_SLOWER = 5.0
"""How much slower than the one passed one becomes to fall behind it [m/s]; assumption."""
_SWINGING_OUT = 2.5
"""Time in which one is still behind the one ahead while going out [s]."""
_NEAR, _BEHIND = 150.0, 80.0
"""Nobody may use the lane for overtaking so near ahead, or so near behind [m]."""
_EASING = 2.0
"""Braking with which one comes down to who is before the one passed [m/s2]; IDM's comfortable."""
_STANDSTILL = 3.0
"""Least way between two with which one goes back behind or before the other [m]; assumption."""
_SQUEEZED = 0.3
"""Share of its usual gap with which one goes back before another in need; assumption."""
_CREEPS = 1.0
"""Faster by no more than this one does not get past [m/s]."""
_SETTLED = 0.4
_JERK = 4.0
"""Of the acceleration to pass [m/s3]."""


@dataclass(frozen=True)
class _Pass:
    """A pass that is planned or under way.

    Args:
        target: row of the last body that is passed.
        fastest: speed that is wanted in it [m/s].
        home: way across of the own lane [m].
    """

    target: int
    fastest: float
    home: float


def overtake(world: World, name: str, settings: Mapping[str, Any]) -> Process:
    """Return the process by which a driver overtakes, by the settings of a driver that has `overtaking`."""
    driver = _Overtaker(world, name, settings)
    yield world.clock.wait(max(world.setup.noise.uniform(name, "overtaking", 0, 0.0), 1e-3) * _PERIOD)
    while world.commands(name)[c.MODE] != c.CARRIED:
        planned = driver.plan()
        if planned is not None:
            yield from driver.perform(planned)
        yield world.clock.wait(_PERIOD)


class _Overtaker:
    """One driver on a two-way road."""

    def __init__(self, world: World, name: str, settings: Mapping[str, Any]) -> None:
        self._world, self._name, self._settings = world, name, settings["overtaking"]
        self._row, self._side = world.index[name], int(world.direction(name))
        self._lateral, self._over = settings["lateral_speed"], settings["over_limit"]
        self._choice = LaneChoice(world, name, settings)
        lanes = np.array(world.road.lane_centres)
        oncoming = lanes[np.array(world.road.directions) == -self._side]
        own = lanes[np.array(world.road.directions) == self._side]
        # the innermost lanes of both directions
        self._out = float(oncoming[np.argmin(np.abs(oncoming))]) if len(oncoming) else math.nan
        self._inner = float(own[np.argmin(np.abs(own))])

    # -- deciding -------------------------------------------------------------------------------------------

    def plan(self) -> _Pass | None:
        """Return a pass that can begin now, None where there is nothing to pass or no gap for it."""
        world, row = self._world, self._row
        command, state = world.C[row], world.X[row]
        if math.isnan(self._out) or world.road.has_solid_centre or command[c.MODE] != c.IDM:
            return None
        home = float(world.lanes[lane_towards(world, row)])
        if home != self._inner or abs(state[c.D] - home) > _SETTLED:
            return None
        fastest = min(float(command[c.V_SET]), world.road.limit_at(float(state[c.S])) + self._over)
        found = self._whom(home, fastest)
        if found is None or not self._is_free():
            return None
        planned = _Pass(found, fastest, home)
        needs, has = self._time_needed(planned)
        return planned if has - needs >= self._settings["margin"] else None

    def _whom(self, home: float, fastest: float) -> int | None:
        """Return the last of those to pass: the first with room before it; None if it is not worth it."""
        world, row = self._world, self._row
        column = self._column(home)
        if not column:
            return None
        speed, lead = float(world.X[row, c.V]), column[0]
        gap = self._way_to(lead) - 0.5 * self._length(row, lead)
        closing = speed - self._along(lead)
        if gap > _HELD_UP * max(speed, 5.0):
            return None
        swing = closing * _SWINGING_OUT + 0.5 * self._settings["acceleration"] * _SWINGING_OUT**2
        if gap < swing + 1.0:
            return None
        room = world.P[row, c.LENGTH] + world.P[row, c.TAIL]
        for number, one in enumerate(column[:_MOST]):
            if self._along(one) > fastest - self._settings["faster"]:
                return None
            if number + 1 == len(column):
                return one
            after = column[number + 1]
            between = self._way_to(after) - self._way_to(one) - 0.5 * self._length(one, after)
            slowing = max(fastest - self._along(after), 0.0) ** 2 / (2.0 * _EASING)
            needs = room + (self._settings["return_gap"] + 1.0) * fastest + slowing
            if between - world.P[after, c.TAIL] >= needs:
                return one
        return None

    def _column(self, home: float) -> list[int]:
        """Return the rows of those ahead in the own lane who do not come towards it, the nearest first."""
        world, row = self._world, self._row
        X, P = world.X, world.P
        kinds = (P[:, c.KIND] == c.VEHICLE) | (P[:, c.KIND] == c.STATIC)
        reach = 0.5 * (P[row, c.WIDTH] + P[:, c.WIDTH])
        way = (X[:, c.S] - X[row, c.S]) * self._side
        there = kinds & (np.abs(X[:, c.D] - home) < reach) & (way > 0.0) & (self._speeds() > -0.5)
        rows = np.flatnonzero(there)
        return [int(one) for one in rows[np.argsort(way[rows], kind="stable")]]

    def _is_free(self) -> bool:
        """Return whether nobody overtakes here already, ahead or from behind."""
        world, row = self._world, self._row
        way = (world.X[:, c.S] - world.X[row, c.S]) * self._side
        goal = np.minimum(np.abs(world.C[:, c.D1] - self._out), np.abs(world.X[:, c.D] - self._out))
        near = (world.P[:, c.KIND] == c.VEHICLE) & (way > -_BEHIND) & (way < _NEAR) & (goal < 1.5)
        near &= self._speeds() > -0.5
        near[row] = False
        return not bool(np.any(near))

    def _time_needed(self, planned: _Pass) -> tuple[float, float]:
        """Return the time until one is back, and that until one would meet who comes [s]."""
        world, row = self._world, self._row
        speed, other = float(world.X[row, c.V]), max(self._along(planned.target), 0.0)
        way, fastest = max(self._left(planned), 0.0), max(planned.fastest, speed)
        if way > 0.0 and fastest - other < _CREEPS:
            return math.inf, 0.0
        passing = time_to_cover(way, speed - other, self._settings["acceleration"], fastest - other)
        if speed < other:
            passing += 2.0 * (other - speed) / self._settings["acceleration"]
        needs = passing + self._going_back(planned)
        covered = way + other * passing + fastest * (needs - passing)
        gap, oncoming = self._oncoming(fastest)
        met = gap - covered - oncoming * needs
        return needs, needs + met / (fastest + oncoming)

    def _oncoming(self, usual: float) -> tuple[float, float]:
        """Return the clear way to whoever comes towards one, as it is judged [m], and the speed [m/s]."""
        world, row, sight = self._world, self._row, self._settings["sight"]
        speeds = self._speeds()
        way = (world.X[:, c.S] - world.X[row, c.S]) * self._side
        kinds = (world.P[:, c.KIND] == c.VEHICLE) | (world.P[:, c.KIND] == c.STATIC)
        comes = kinds & (world.P[:, c.DIRECTION] == -self._side) & (way > 0.0)
        comes &= (speeds < -0.5) | (np.abs(world.X[:, c.D] - self._out) < 2.0)
        rows = np.flatnonzero(comes)
        if len(rows) == 0:
            return sight, usual
        nearest = int(rows[np.argmin(way[rows])])
        gap = float(way[nearest]) - 0.5 * self._length(row, nearest)
        if gap > sight:
            return sight, usual
        z = world.setup.noise.normal(self._name, "judged gap", nearest, 0.0)
        return gap * math.exp(self._settings["misjudges"] * z), max(-float(speeds[nearest]), 0.0)

    # -- doing ----------------------------------------------------------------------------------------------

    def perform(self, planned: _Pass) -> Process:
        """Return the process of a pass, until it is back in its lane before or behind."""
        world, helm = self._world, self._world.helm(self._name)
        world.tell("manoeuvre", actor=self._name, kind="overtake")
        helm.take()
        helm.drive(self._settings["acceleration"], jerk=_JERK, fastest=planned.fastest)
        self._shift(self._out)
        while self._left(planned) > 0.0 or not self._fits(planned.home):
            if (
                self._left(planned, share=_SQUEEZED) <= 0.0
                and self._is_short(planned)
                and self._clears(planned)
            ):
                break
            yield world.clock.wait(_PERIOD)
            if world.commands(self._name)[c.MODE] != c.COMMANDED:
                break
            self._pace(planned)
            yield from self._let_cross(planned)
            if self._must_give_up(planned):
                yield world.clock.wait(_REACTION)
                if self._is_behind(planned):
                    yield from self._fall_back(planned)
                    break
        for _ in range(math.ceil(0.75 * self._shift(planned.home) / _PERIOD)):
            self._pace(planned)
            yield world.clock.wait(_PERIOD)
        helm.leave()

    def _let_cross(self, planned: _Pass) -> Process:
        """Return the process of braking for whoever walks in its way, as it would in its own lane."""
        world, helm = self._world, self._world.helm(self._name)
        on_foot = (c.PEDESTRIAN, c.ANIMAL)
        while (found := int(world.ahead[self._row, 0])) >= 0 and world.P[found, c.KIND] in on_foot:
            if world.commands(self._name)[c.MODE] == c.COMMANDED:
                helm.leave()
            yield world.clock.wait(_PERIOD)
        if world.commands(self._name)[c.MODE] != c.COMMANDED:
            helm.take()
            helm.drive(self._settings["acceleration"], jerk=_JERK, fastest=planned.fastest)

    def _pace(self, planned: _Pass) -> None:
        """Go on to the speed wanted, or come down to whoever is next in the own lane."""
        wish, hardest = self._settings["acceleration"], _FALLING_BACK
        lead, _ = self._choice.around(planned.home)
        if lead >= 0 and lead != planned.target and self._way_to(planned.target) < 0.0:
            wish = min(wish, max(self._choice.acceleration(self._row, lead), -hardest))
        elif lead == planned.target and self._world.commands(self._name)[c.D1] == planned.home:
            wish = min(wish, max(self._choice.acceleration(self._row, lead), -2.0 * hardest))
        self._world.helm(self._name).drive(wish, jerk=2.0 * _JERK, fastest=planned.fastest)

    def _clears(self, planned: _Pass) -> bool:
        """Return whether there is just room in the own lane between whom it passes and the next."""
        lead, _ = self._choice.around(planned.home)
        if lead < 0:
            return True
        gap = self._way_to(lead) - 0.5 * self._length(self._row, lead)
        closing = max(float(self._world.X[self._row, c.V]) - self._along(lead), 0.0)
        return gap - closing * closing / (4.0 * _FALLING_BACK) > _STANDSTILL

    def _must_give_up(self, planned: _Pass) -> bool:
        """Return whether it should fall back: time is short, and going on would be nearer yet."""
        if not self._is_behind(planned) or not self._is_short(planned):
            return False
        world, row = self._world, self._row
        speed, other = float(world.X[row, c.V]), max(self._along(planned.target), 0.0)
        gap, oncoming = self._oncoming(planned.fastest)
        # relative to whom it passes: on for the reaction, braking to somewhat slower, then back behind
        closing = speed - other
        back = 0.5 * self._length(row, planned.target) + _STANDSTILL - self._way_to(planned.target)
        braking = max((closing + _SLOWER) / _FALLING_BACK, 0.0)
        forward = closing * _REACTION + (closing * closing - _SLOWER * _SLOWER) / (2.0 * _FALLING_BACK)
        lasts = _REACTION + braking + max(forward + back, 0.0) / _SLOWER + self._going_back(planned)
        behind = gap - (other * lasts - max(back, 0.0)) - oncoming * lasts
        needs, has = self._time_needed(planned)
        before = (has - needs) * (max(planned.fastest, speed) + oncoming)
        return not before > behind

    def _is_short(self, planned: _Pass) -> bool:
        needs, has = self._time_needed(planned)
        return not has - needs >= min(_CLEARANCE, self._settings["margin"] - _SHRINKS)

    def _going_back(self, planned: _Pass) -> float:
        """Return how long the lane change back takes [s]."""
        return abs(self._out - planned.home) / self._lateral + self._lateral / LATERAL

    def _is_behind(self, planned: _Pass) -> bool:
        return self._way_to(planned.target) > 0.0

    def _fall_back(self, planned: _Pass) -> Process:
        """Return the process of giving up: brake until there is room behind."""
        world = self._world
        world.tell("manoeuvre", actor=self._name, kind="give_up_overtaking")
        while not self._fits(planned.home):
            beside = [one for one in self._column(planned.home) if self._way_to(one) < 60.0]
            slow = max(min([self._along(one) for one in beside], default=0.0) - _SLOWER, 2.0)
            world.helm(self._name).drive_down(_FALLING_BACK, jerk=2.0 * _JERK, to=slow)
            yield world.clock.wait(_PERIOD)

    def _fits(self, home: float) -> bool:
        """Return whether there is room in the own lane beside where it is now."""
        lead, follower = self._choice.around(home)
        return self._choice.is_safe(lead, follower)

    def _shift(self, d: float) -> float:
        return self._world.shift_lane(self._name, d, speed=self._lateral, acceleration=LATERAL)

    # -- seeing ---------------------------------------------------------------------------------------------

    def _speeds(self) -> Array:
        """Return (N,) speeds along the road in the own direction."""
        X = self._world.X
        return np.asarray((X[:, c.V] * np.cos(X[:, c.E]) - X[:, c.U] * np.sin(X[:, c.E])) * self._side)

    def _along(self, row: int) -> float:
        return float(self._speeds()[row])

    def _way_to(self, row: int) -> float:
        """Return the way from one's middle to another's, ahead positive [m]."""
        return float((self._world.X[row, c.S] - self._world.X[self._row, c.S]) * self._side)

    def _length(self, row: int, other: int) -> float:
        return float(self._world.P[row, c.LENGTH] + self._world.P[other, c.LENGTH])

    def _left(self, planned: _Pass, *, share: float = 1.0) -> float:
        """Return by how much it has yet to gain on whom it passes before it goes back [m].

        `share` is that of its usual gap with which it goes back.
        """
        other, tail = max(self._along(planned.target), 0.0), float(self._world.P[self._row, c.TAIL])
        reach = 0.5 * self._length(self._row, planned.target) + tail
        return (
            self._way_to(planned.target)
            + reach
            + max(share * self._settings["return_gap"] * other, _STANDSTILL)
        )
