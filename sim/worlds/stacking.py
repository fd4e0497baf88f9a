"""Parts that are set down on one another: a pile that stands, or one that topples because they lie askew.

A pile of equal boxes stands if, above each face where two of them meet, the common centre of mass of all that
is higher lies over that face. `margins` says by how much, after each part that is set down, as a share of half
a side: below 0 the pile topples. Where it is not well above, PyBullet decides, and says which parts fall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.compiled import kernel
from sim.geometry import Array
from sim.worlds.engine import GRAVITY, emptied

__all__ = ["DOUBT", "PACE", "Piled", "Stood", "Wares", "is_sure", "margins", "pile_up", "stand"]

DOUBT = 0.05
"""By so much the margin may be wrong; tests hold it against the physics."""
PACE = 1.0
"""Time from one part that is set down to the next [s]."""

_STEP = 2e-3  # of the engine [s]
_ROW = 10  # steps between two rows of what is kept
_GAP = 2e-4  # height from which a part is let go over its place [m]
_MOVED = 0.25  # of its height: a part whose middle is further away than that from where it was put has fallen


@dataclass(frozen=True)
class Wares:
    """The parts of a pile, equal boxes.

    Args:
        size: length, width, height [m].
        mass: of each [kg].
        friction: of parts on one another.
    """

    size: tuple[float, float, float]
    mass: float
    friction: float


@dataclass(frozen=True)
class Stood:
    """What became of a pile.

    Args:
        placed: how many parts were set down before it was seen to topple, or all.
        fallen: per part that was set down, whether it fell.
    """

    placed: int
    fallen: tuple[bool, ...]


@dataclass(frozen=True)
class Piled:
    """A pile as it was seen; rows 20 ms apart, from the moment the first part is let go.

    Args:
        times: (T,) [s].
        poses: (T, n, 7) of the middles of the parts, the table's top at z = 0; NaN for a part not yet let go.
        stood: what became of it.
    """

    times: Array
    poses: Array
    stood: Stood


def margins(wares: Wares, offsets: Array) -> Array:
    """Return (n,) the least margin over all faces after each part is set down; 1 for the first.

    Args:
        wares: the parts.
        offsets: (n, 2) of the parts' middles from the axis of the pile [m].
    """
    found = np.empty(len(offsets))
    _margins(np.ascontiguousarray(offsets, np.float64), wares.size[0] / 2, wares.size[1] / 2, found)
    return found


@kernel
def _margins(offsets: Array, half_x: float, half_y: float, found: Array) -> None:
    """Write the margin after each part; what is above a face is summed up from the top."""
    for top in range(offsets.shape[0]):
        least = 1.0
        x = y = 0.0
        for face in range(top - 1, -1, -1):
            x += offsets[face + 1, 0]
            y += offsets[face + 1, 1]
            for part in (face, face + 1):
                least = min(least, 1.0 - abs(x / (top - face) - offsets[part, 0]) / half_x)
                least = min(least, 1.0 - abs(y / (top - face) - offsets[part, 1]) / half_y)
        found[top] = least


def is_sure(known: Array) -> bool:
    """Return whether the closed form says beyond doubt that a pile of these `margins` stands."""
    return bool(known.min() > DOUBT)


def stand(wares: Wares, offsets: Array, known: Array) -> Stood:
    """Return what becomes of a pile; one that may topple is played: parts take others along."""
    if is_sure(known):
        return Stood(len(offsets), (False,) * len(offsets))
    return pile_up(wares, offsets, after=0.0).stood


def pile_up(wares: Wares, offsets: Array, *, after: float) -> Piled:
    """Set parts down one after the other until one falls, in a world made for it.

    Args:
        wares: the parts.
        offsets: (n, 2) of the parts' middles from the axis of the pile [m].
        after: how long what is going on is followed beyond the time of the last part [s].
    """
    table = _Table(wares, offsets)
    times, poses = [], []
    for k in range(round((len(offsets) * PACE + after) / _STEP)):
        if k % round(PACE / _STEP) == 0:
            table.put_next()
        table.step()
        if k % _ROW == 0:
            times.append(k * _STEP)
            poses.append(table.poses())
    fallen = table.fallen()
    return Piled(np.array(times), np.array(poses), Stood(len(fallen), fallen))


class _Table:
    """The world of one pile."""

    def __init__(self, wares: Wares, offsets: Array) -> None:
        self._wares, self._height = wares, wares.size[2]
        self._places = np.column_stack([offsets, self._height * (np.arange(len(offsets)) + 0.5)])
        self._p, self._c = emptied(dt=_STEP, iterations=60, reach=1e-3, recovery=0.1, bounces_from=0.05)
        p, c = self._p, self._c
        p.setGravity(0.0, 0.0, -GRAVITY, physicsClientId=c)
        slab = p.createCollisionShape(p.GEOM_BOX, halfExtents=[3.0, 3.0, 0.5], physicsClientId=c)
        table = p.createMultiBody(0, slab, basePosition=[0.0, 0.0, -0.5], physicsClientId=c)
        p.changeDynamics(table, -1, lateralFriction=1.0, restitution=0.0, physicsClientId=c)
        half = [side / 2 for side in wares.size]
        self._shape = p.createCollisionShape(p.GEOM_BOX, halfExtents=half, physicsClientId=c)
        self._bodies: list[int] = []

    def put_next(self) -> None:
        """Let the next part go over its place, unless there is none or something has fallen."""
        if len(self._bodies) == len(self._places) or any(self.fallen()):
            return
        x, y, z = self._places[len(self._bodies)].tolist()
        p, c = self._p, self._c
        body = p.createMultiBody(
            self._wares.mass, self._shape, basePosition=[x, y, z + _GAP], physicsClientId=c
        )
        p.changeDynamics(
            body,
            -1,
            lateralFriction=self._wares.friction**0.5,  # the engine multiplies those of two that touch
            restitution=0.0,
            linearDamping=0.0,
            angularDamping=0.0,
            physicsClientId=c,
        )
        self._bodies.append(body)

    def step(self) -> None:
        """Go on by a step."""
        self._p.stepSimulation(physicsClientId=self._c)

    def poses(self) -> Array:
        """Return (n, 7) the poses of the middles of the parts; NaN for those that have not been let go."""
        found = np.full((len(self._places), 7), np.nan)
        for row, body in zip(found, self._bodies, strict=False):
            at, turn = self._p.getBasePositionAndOrientation(body, physicsClientId=self._c)
            row[:] = *at, *turn
        return found

    def fallen(self) -> tuple[bool, ...]:
        """Return for each part that was let go whether it has left its place."""
        n = len(self._bodies)
        way = np.linalg.norm(self.poses()[:n, :3] - self._places[:n], axis=1)
        return tuple((way > _MOVED * self._height).tolist())
