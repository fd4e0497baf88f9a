"""A bus at its stop: it comes to a stand at a place, in its lane or a bay, lets people on and off, and leaves.

It brakes as standing passengers bear, behind whoever is before it. From a bay it goes back into its lane when
neither it nor the one behind would have to brake hard (the safety criterion of MOBIL), with its indicator on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.domains.driving import layout as c
from sim.domains.driving.lane_choice import LATERAL, LaneChoice, lane_towards
from sim.errors import RunError

if TYPE_CHECKING:
    from sim.domains.driving.world import World
    from sim.worlds.process import Process

__all__ = ["POINTS", "serve_stop"]

POINTS = 5
"""Path points that a stop needs: into the bay and out of it."""
_TICK = 0.1
"""Time between two looks at the way that is left [s]."""
_TAPER, _STRAIGHT = 35.0, 10.0
"""Length over which it swings into the bay and out, and what it then rolls straight [m]; assumption."""
_JERK = 2.0
"""Of its braking [m/s3]."""
_HARDEST = 4.0
"""Braking behind somebody, or for a stop that comes soon [m/s2]."""
_STANDS = 0.05
"""A speed taken for standing [m/s]."""
_SAFE = {"safe_deceleration": 2.0}
"""Braking that it asks of others when it leaves [m/s2]; StVO, 20 (5): others let it out. Assumption."""


def serve_stop(world: World, name: str, settings: Mapping[str, Any], first: int) -> Process:
    """Return the process of one stop.

    Args:
        world: it drives in.
        name: of the bus.
        settings: the declared section.
        first: of the path points that are reserved for it.

    Raises:
        RunError: there is no bay beside the road, or the stop is too near to come to a stand.
    """
    row, side = world.index[name], world.direction(name)
    state, command, helm = world.X[row], world.C[row], world.helm(name)
    goal = float(state[c.S]) + side * settings["forward"]
    wish, lane = float(command[c.V_SET]), float(world.lanes[lane_towards(world, row)])
    choice = LaneChoice(world, name, {**_SAFE, "foresight": 0.0})
    helm.script_speed(0.0, jerk=_JERK, to=wish)
    if settings["place"] == "bay":
        _swing_in(world, name, goal, lane, first)
    while state[c.V] > _STANDS or (goal - state[c.S]) * side > 1.0:
        left = (goal - float(state[c.S])) * side
        need = float(state[c.V]) ** 2 / (2.0 * max(left, 0.1))
        if need > 2.0 * _HARDEST and left > 1.0:
            raise RunError(f"{name} cannot stop {settings['forward']:.0f} m on: it is too fast for that")
        wanted = -need if need >= settings["deceleration"] else _cruise(float(state[c.V]), wish)
        if left < 1.0:
            wanted = -max(need, 1.0)
        ahead = int(world.ahead[row, 0])
        wanted = min(wanted, max(choice.acceleration(row, ahead), -_HARDEST)) if ahead >= 0 else wanted
        helm.aim(wanted, jerk=_JERK * 4.0, to=0.0 if wanted < 0.0 else wish)
        yield world.clock.wait(_TICK)
    helm.aim(-1.0, jerk=_JERK, to=0.0)
    world.tell("manoeuvre", actor=name, kind="doors_open")
    yield world.clock.wait(settings["dwell"])
    world.tell("manoeuvre", actor=name, kind="leave_stop")
    if settings["place"] == "bay":
        world.indicate(name, lane, until=world.clock.now + 8.0)
        while not choice.is_safe(*choice.around(lane)):
            yield world.clock.wait(_TICK)
        here = (float(state[c.S]), float(state[c.D]))
        world.set_path(first + 3, [here, (here[0] + side * _TAPER, lane)])
        helm.follow_path(first + 3, first + 5)
        helm.want(wish)
        while (state[c.S] - here[0]) * side < _TAPER:
            yield world.clock.wait(_TICK)
        helm.shift(lane, now=world.clock.now, speed=1.0, acceleration=LATERAL)
    else:
        helm.want(wish)


def _cruise(speed: float, wish: float) -> float:
    """Return the acceleration that keeps a speed [m/s2]."""
    return min(max(0.4 * (wish - speed), -1.0), 1.0)


def _swing_in(world: World, name: str, goal: float, lane: float, first: int) -> None:
    """Let the bus follow its lane and then the swing into the bay beside it."""
    side = world.direction(name)
    strip = "right_parking" if side > 0 else "left_parking"
    if strip not in world.road.places:
        raise RunError(f"{name} has no bay to stop in: there is no parking strip beside this road")
    bay = world.road.places[strip]
    s = float(world.state(name)[c.S])
    begins = goal - side * (_TAPER + _STRAIGHT)
    if (begins - s) * side < 0.0:
        raise RunError(
            f"{name} stops {abs(goal - s):.0f} m on, but needs {_TAPER + _STRAIGHT:.0f} m into the bay"
        )
    world.set_path(first, [(s, lane), (begins, lane), (goal - side * _STRAIGHT, bay)])
    world.helm(name).follow_path(first, first + 3)
