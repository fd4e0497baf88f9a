"""Where lanes end: who leaves one takes a gap that is accepted, who drives beside it lets somebody in.

A driver knows posted limits and, within its foresight, ends of lanes. Where its own ends, it changes to the
next one as soon as neither it nor the one it would be before had to brake harder than the safe deceleration of
MOBIL; until then it falls in behind the one ahead there, and stops before the end if it must. Where the lane
beside ends, a driver lets in the one ahead there if it is courteous, and in any case whoever has begun to
change. One makes room for one at a time, so that two lanes close like a zip.

Source: Hidas (2005), Modelling vehicle interactions in microscopic simulation of merging and weaving; safety
criterion of Kesting, Treiber, Helbing (2007).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.lane_choice import LATERAL, LaneChoice, lane_towards

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["mind_lanes"]

_EASY = 1.0
"""Deceleration with which a driver comes down to a limit it sees ahead [m/s2]."""
_SETTLED = 0.4
"""A vehicle this near to where its lane change leads is in its lane [m]."""
_SWING = 12.0
"""How far before the end of its lane one stops: from there one can still swing out into the next [m]."""
_CHANGING = 5.0
"""Time before the end of the extra lane from which on nobody changes to it any more [s]."""
_BLINKING = 3.0
"""Time for which one sets the indicator while waiting for a gap, again and again [s]."""


def mind_lanes(world: World, name: str, settings: Mapping[str, Any]) -> Process:
    """Return the process by which a driver heeds limits and ends of lanes, looked at every `period`."""
    merger = _Merger(world, name, settings)
    yield world.clock.wait(max(world.setup.noise.uniform(name, "merging", 0, 0.0), 1e-3) * settings["period"])
    while world.commands(name)[c.MODE] != c.CARRIED:
        merger.look()
        yield world.clock.wait(settings["period"])


class _Merger:
    """One driver on a road whose lanes are not open throughout."""

    def __init__(self, world: World, name: str, settings: Mapping[str, Any]) -> None:
        self._world, self._name, self._settings = world, name, settings
        self._row = world.index[name]
        self._choice = LaneChoice(world, name, settings)
        self._blinks_until = 0.0
        world.commands(name)[c.FORESIGHT] = settings["foresight"]

    def look(self) -> None:
        """Set the limit, the end of the lane and whom to mind from what is there now."""
        world, command, state = self._world, self._world.commands(self._name), self._world.state(self._name)
        s = float(state[c.S])
        command[c.LIMIT] = _limit(world, s, float(state[c.V]), self._settings["over_limit"])
        lane = lane_towards(world, self._row)
        end = world.road.end_ahead(lane, s)
        leaves = command[c.EXITS] > 0.0 and lane == 0
        command[c.END] = end - _SWING if np.isfinite(end) and not leaves else 0.0
        command[c.MINDED] = 0.0
        room = world.road.room_ahead(lane, s)
        is_leaving = command[c.EXITS] > 0.0 and command[c.PATH1] > command[c.PATH0]
        if not is_leaving and (abs(state[c.D] - command[c.D1]) > _SETTLED or room == 0.0):
            return  # on its way to the lane
        if command[c.EXITS] > 0.0 and self._exit(lane, s):
            return
        if room < self._settings["foresight"]:
            self._leave(lane, s)
        else:
            command[c.MINDED] = 1.0 + self._let_in(lane, s)

    def _exit(self, lane: int, s: float) -> bool:
        """Make for the extra lane, and slow down in it for the ramp; return whether it can still leave."""
        world, command = self._world, self._world.commands(self._name)
        road, ramp = world.road, world.road.ramps["exit"]
        if command[c.PATH1] > command[c.PATH0]:
            command[c.LIMIT] = np.sqrt(road.ramp_speed**2 + 2.0 * _EASY * max(ramp.begins - s, 0.0))
            return True
        if s >= ramp.begins:
            return False
        its_lane = road.end_ahead(0, s) == ramp.begins and road.room_ahead(0, s) > 0.0
        in_time = ramp.begins - s > _CHANGING * world.speed(self._name)
        if lane == 0 and its_lane:
            first = int(command[c.EXITS]) - 1
            places = [(s, ramp.from_d), (ramp.begins, ramp.from_d), (ramp.ends, ramp.to_d)]
            world.set_path(first, places)
            world.helm(self._name).follow_path(first, first + len(places))
        elif lane > 1 or (lane == 1 and its_lane and in_time):
            self._change(lane - 1)
        return lane > 0 or its_lane

    def _leave(self, lane: int, s: float) -> None:
        """Make for the neighbouring lane that goes on furthest."""
        world, road = self._world, self._world.road
        beside = [k for k in (lane - 1, lane + 1) if 0 <= k < len(world.lanes)]
        rooms = {k: road.room_ahead(k, s) for k in beside if road.directions[k] == road.directions[lane]}
        goal = max(rooms, key=lambda k: rooms[k], default=lane)
        if rooms.get(goal, 0.0) <= road.room_ahead(lane, s):
            return
        self._change(goal)

    def _change(self, goal: int) -> None:
        """Change to a lane beside if the gap there is accepted, else wait for one."""
        world = self._world
        d = float(world.lanes[goal])
        lead, follower = self._choice.around(d)
        if self._choice.is_safe(lead, follower):
            world.tell("manoeuvre", actor=self._name, kind="merge")
            world.shift_lane(self._name, d, speed=self._settings["lateral_speed"], acceleration=LATERAL)
            return
        world.commands(self._name)[c.MINDED] = 1.0 + lead
        if world.clock.now >= self._blinks_until:
            self._blinks_until = world.clock.now + _BLINKING
            world.indicate(self._name, d, until=self._blinks_until)

    def _let_in(self, lane: int, s: float) -> int:
        """Return the row of whom to make room for in one's lane, -1 for nobody."""
        world = self._world
        lead, _ = self._choice.around(float(world.lanes[lane]))
        best, way = -1, np.inf
        for row in self._choice.others(ahead=True):
            there = (world.X[row, c.S] - s) * world.P[row, c.DIRECTION]
            comes = world.P[row, c.DIRECTION] != world.P[self._row, c.DIRECTION]
            if there >= way or row == lead or comes or not self._wants(row, lane):
                continue
            if lead >= 0 and there > (world.X[lead, c.S] - s) * world.P[row, c.DIRECTION]:
                continue
            best, way = row, there
        return best

    def _wants(self, row: int, lane: int) -> bool:
        """Return whether somebody moves into one's lane, or waits to and is let in."""
        world = self._world
        its = lane_towards(world, row)
        if its == lane:
            return abs(float(world.X[row, c.D]) - float(world.lanes[lane])) > _SETTLED
        if abs(its - lane) != 1 or world.C[row, c.FORESIGHT] == 0.0:
            return False
        if world.road.room_ahead(its, float(world.X[row, c.S])) >= world.C[row, c.FORESIGHT]:
            return False
        return world.setup.noise.uniform(self._name, "courtesy", row, 0.0) < self._settings["courtesy"]


def _limit(world: World, s: float, speed: float, over: float) -> float:
    """Return how fast a driver drives for posted limits, here and where it comes to; 0 for any speed."""
    fastest = world.road.limit_at(s) + over
    for begins, _, limit in world.road.limits:
        if begins > s and speed > limit + over:
            fastest = min(fastest, np.sqrt((limit + over) ** 2 + 2.0 * _EASY * (begins - s)))
    return float(fastest) if np.isfinite(fastest) else 0.0
