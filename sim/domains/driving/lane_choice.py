"""Whether to change lanes: MOBIL over the IDM, looked at anew at regular moments.

Source: Kesting, Treiber, Helbing (2007), General lane-changing model MOBIL for car-following models; with the
bias towards the right lane of its section on European rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.control import idm_acceleration
from sim.domains.driving.extents import along_speed
from sim.domains.driving.signals import gap_between

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["LATERAL", "LaneChoice", "choose_lanes", "lane_towards"]

_REACH = 250.0
"""How far along the road others are looked for [m]."""
LATERAL = 1.5
"""Acceleration at the ends of a lane change [m/s2]."""


def choose_lanes(world: World, name: str, settings: Mapping[str, Any]) -> Process:
    """Return the process that decides about lanes for one vehicle.

    Everyone looks at an own, addressed phase of the period, so that two do not decide at the same moment.
    """
    choice = LaneChoice(world, name, settings)
    phase = world.setup.noise.uniform(name, "lane choice", 0, 0.0)
    yield world.clock.wait(max(phase, 1e-3) * settings["period"])
    while world.commands(name)[c.MODE] != c.CARRIED:
        goal = choice.goal()
        if goal is not None:
            world.tell("manoeuvre", actor=name, kind="change_lane")
            lasts = world.shift_lane(name, goal, speed=settings["lateral_speed"], acceleration=LATERAL)
            yield world.clock.wait(lasts)
        yield world.clock.wait(settings["period"])


def lane_towards(world: World, row: int) -> int:
    """Return the lane, from 0, that a body is in or changes to."""
    return int(np.argmin(np.abs(world.lanes - world.C[row, c.D1])))


class LaneChoice:
    """The lanes beside one vehicle, weighed."""

    def __init__(self, world: World, name: str, settings: Mapping[str, Any]) -> None:
        self._world, self._row, self._settings = world, world.index[name], settings
        self._side = int(world.direction(name))
        hangs_on = world.P[:, c.PULLER].astype(np.int64)
        self._train = np.flatnonzero((hangs_on == self._row) | (np.arange(len(hangs_on)) == self._row))
        trailers = [row for row in self._train if world.C[row, c.MODE] == c.TOWED]
        self._last = int(trailers[0]) if trailers else self._row
        self._mover = np.where(hangs_on < 0, np.arange(len(hangs_on)), hangs_on)

    def goal(self) -> float | None:
        """Return the middle of the lane to change to; None to stay."""
        world, row = self._world, self._row
        here, s = lane_towards(world, row), float(world.X[row, c.S])
        foresight = self._settings["foresight"]
        if world.road.room_ahead(here, s) < foresight or world.C[row, c.EXITS] > 0.0:
            return None  # it has to change: see `merging`
        best, gain = None, 0.0
        # lanes count from the right of the road's first direction, so the left of oncoming traffic is down
        for lane, leftwards in ((here - self._side, -1.0), (here + self._side, 1.0)):
            if 0 <= lane < len(world.lanes) and world.road.directions[lane] == self._side:
                if world.road.room_ahead(lane, s) < foresight:
                    continue
                more = self._advantage(float(world.lanes[here]), float(world.lanes[lane]))
                more -= self._settings["threshold"] + leftwards * self._settings["right_bias"]
                if more > gain:
                    best, gain = float(world.lanes[lane]), more
        return best

    def _advantage(self, old: float, new: float) -> float:
        """Return what a change gains, others counted by politeness [m/s2]; -inf where it is not safe."""
        row, polite = self._row, self._settings["politeness"]
        lead, follower = self.around(new)
        if not self.is_safe(lead, follower):
            return -np.inf
        old_lead, old_follower = self.around(old)
        own, imposed = self.acceleration(row, lead), self.acceleration(follower, self._last)
        others = imposed - self.acceleration(follower, lead)
        others += self.acceleration(old_follower, old_lead) - self.acceleration(old_follower, self._last)
        return own - self.acceleration(row, old_lead) + polite * others

    def is_safe(self, lead: int, follower: int) -> bool:
        """Return whether neither it nor the one behind would have to brake too hard between these two."""
        limit = -self._settings["safe_deceleration"]
        if self.acceleration(follower, self._last) < limit or self._is_beside(lead, follower):
            return False
        return self.acceleration(self._row, lead) >= limit

    def others(self, *, ahead: bool) -> np.ndarray:
        """Return the rows of vehicles within reach that are ahead of it, or behind, less its trailer."""
        world = self._world
        way = (world.X[:, c.S] - world.X[self._row, c.S]) * self._side
        near = (np.abs(way) < _REACH) & (world.P[:, c.KIND] == c.VEHICLE) & ((way >= 0.0) == ahead)
        near[self._train] = False
        return np.flatnonzero(near)

    def around(self, d: float) -> tuple[int, int]:
        """Return the rows of who is next ahead and behind in a lane, or moves there; -1 for nobody."""
        world, row = self._world, self._row
        X, C, P = world.X, world.C, world.P
        reach = 0.5 * (P[row, c.WIDTH] + P[:, c.WIDTH])
        goal = C[self._mover, c.D1]
        low, high = np.minimum(X[:, c.D], goal), np.maximum(X[:, c.D], goal)
        way = (X[:, c.S] - X[row, c.S]) * self._side
        inside = (low - reach < d) & (d < high + reach) & (np.abs(way) < _REACH)
        inside[self._train] = False
        ahead, behind = (
            np.where(inside & (way >= 0.0), way, np.inf),
            np.where(inside & (way < 0.0), -way, np.inf),
        )
        lead, follower = int(np.argmin(ahead)), int(np.argmin(behind))
        return lead if np.isfinite(ahead[lead]) else -1, follower if np.isfinite(behind[follower]) else -1

    def _is_beside(self, *others: int) -> bool:
        return any(
            gap_between(self._world.X, self._world.P, self._world.line, row, other) <= 0.0
            for other in others
            if other >= 0
            for row in self._train
        )

    def acceleration(self, row: int, lead: int) -> float:
        """Return what one does behind a leader by the IDM with its own settings; 0 where there is nobody."""
        if row < 0:
            return 0.0
        world = self._world
        X, q = world.X, world.C[row]
        speed, gap, closing = float(X[row, c.V]), np.inf, 0.0
        if lead >= 0:
            gap = gap_between(X, world.P, world.line, row, lead)
            closing = speed - along_speed(X[lead]) * self._side
        return float(
            idm_acceleration(
                speed,
                min(q[c.V_SET], q[c.LIMIT]) if q[c.LIMIT] > 0.0 else q[c.V_SET],
                gap,
                closing,
                q[c.HEADWAY],
                q[c.STANDSTILL],
                q[c.ACCELERATION],
                q[c.DECELERATION],
            )
        )
