"""Trajectories of plain drives of a scenario: natural draws, each up to the first touch or the end."""

from __future__ import annotations

import numpy as np

from oddsmith.comparison.trajectories import Trajectory
from sim.domains.base import Setup
from sim.errors import UsageError
from sim.scenario import Scenario

__all__ = ["driven"]

_EVERY = 0.1  # time between two samples [s]


def driven(scenario: Scenario, drives: int, *, seed: int = 0) -> tuple[Trajectory, ...]:
    """Return the ways of all vehicles that move in the direction of the road.

    Args:
        scenario: of the driving domain, on a road with lanes side by side.
        drives: how many.
        seed: root of their noise.

    Raises:
        UsageError: the scenario has no such road.
    """
    if scenario.domain.name != "driving":
        raise UsageError(
            f"{scenario.name}: trajectories are compared for driving, this is {scenario.domain.name}"
        )
    from sim.domains.driving import layout as c
    from sim.domains.driving.world import World

    ways = []
    for number, draw in enumerate(scenario.nominal_batch(seed, 0, drives)):
        world = World(Setup(scenario.duration, scenario.resolve(draw).world, draw.noise))
        if world.layout is not None:
            raise UsageError(f"{scenario.name}: headways and lanes are compared on a highway or a street only")
        world.clock.run(scenario.duration)
        times, rows = world.history()
        stride = max(1, round(_EVERY / world.dt))
        for row, name in enumerate(world.names):
            tail = float(world.P[row, c.TAIL])  # of what it pulls, which is a part of its length here
            is_pulled = world.P[row, c.PULLER] >= 0.0
            if world.kind(name) != "vehicle" or world.direction(name) < 0.0 or is_pulled:
                continue
            across = rows[::stride, row, c.D][:, None] - world.lanes
            lanes = np.argmin(np.abs(across), axis=1) + 1
            forward = rows[::stride, row, c.S] - 0.5 * tail
            if len(forward) > 1:
                ways.append(
                    Trajectory(
                        str(number),
                        times[::stride].copy(),
                        forward,
                        lanes,
                        float(world.P[row, c.LENGTH]) + tail,
                    )
                )
    return tuple(ways)
