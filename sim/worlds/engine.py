"""The one door to PyBullet: a client per process, emptied before each use.

A rebuilt world repeats bit for bit and a restored one does not, so nothing is ever kept or restored. Emptying
a client leaves some settings of the engine as they were; every world therefore sets all that differ.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from sim.worlds.silence import Silence

__all__ = ["GRAVITY", "Engine", "emptied"]

GRAVITY = 9.80665
"""Standard gravity [m/s2]."""

Engine = tuple[Any, int]
"""The module and the number of the client, which every call takes as `physicsClientId`."""


@cache
def _client(process: int) -> Engine:
    """Return the engine and the one client of this process (`process` keys the cache across a fork)."""
    with Silence():  # the engine prints its build time on import
        import pybullet

        return pybullet, pybullet.connect(pybullet.DIRECT)


def emptied(*, dt: float, iterations: int, reach: float, recovery: float, bounces_from: float) -> Engine:
    """Return the engine with an empty world without gravity; whatever world there was is gone.

    Args:
        dt: step [s].
        iterations: of the solver, per step.
        reach: gap from which on contacts exist [m].
        recovery: share of a penetration undone per step.
        bounces_from: slower than this nothing bounces [m/s].
    """
    p, c = _client(os.getpid())
    p.resetSimulation(physicsClientId=c)
    p.setPhysicsEngineParameter(
        fixedTimeStep=dt,
        numSubSteps=0,
        numSolverIterations=iterations,
        solverResidualThreshold=0.0,
        deterministicOverlappingPairs=1,
        contactBreakingThreshold=reach,
        contactERP=recovery,
        erp=recovery,
        restitutionVelocityThreshold=bounces_from,
        physicsClientId=c,
    )
    p.setGravity(0.0, 0.0, 0.0, physicsClientId=c)
    return p, c
