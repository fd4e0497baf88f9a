"""Touch, decided by PyBullet: convex prisms with mass, friction and restitution that push each other.

The engine's numbers never leave this file. Its client is emptied before each use (`sim.worlds.engine`).

Two kinds of moving bodies. A *planar* body (a vehicle) keeps to the ground plane: it neither rolls nor pitches,
no ground carries it, and what its tyres do comes in from outside through `push`. A *spatial* body (a person, a
cone) falls, topples and slides on the ground. Footprints become unions of boxes, whose contacts the engine
finds exactly and face by face; only those with acute corners become hulls, which touch point by point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sim.worlds.engine import GRAVITY, emptied
from sim.worlds.friction import Mobility, Sole, drag
from sim.worlds.prisms import rectangles_in, shrunk
from sim.worlds.touches import Touch, Vector, sum_of, vector

__all__ = ["GRAVITY", "PhysicsWorld", "Planar", "Touch", "Vector"]

# Contacts exist from this gap on [m]. Bullet lets a pair close a remaining gap before it pushes back, which
# would eat the restitution of fast impacts if the gap were its usual 2 cm.
_REACH = 1e-3
# The share of a penetration undone per step. Small, since undoing it by velocity would add energy.
_RECOVERY = 0.002
# Boxes are larger by this all around [m]: bodies that touch but for rounding overlap, and push at once.
_SKIN = 1e-5
_HULL_MARGIN = 5e-4  # half the 1 mm by which Bullet inflates hulls: so that touching ones never gape [m]
_FAR = 2e4  # half extent of the ground [m]
_LEVEL = 0.7  # z of a contact's normal from which the ground carries, instead of holding back
_STIFF = 1e7  # rotational inertia about x and y of a planar body, per kg: it does not turn about them [m2]
_PLANAR, _SPATIAL, _FIXED, _GROUND = 1, 2, 4, 8  # collision groups
_PARTNERS = {  # what each can touch: no ground carries planar bodies, and fixed ones may overlap
    _PLANAR: _PLANAR | _SPATIAL | _FIXED,
    _SPATIAL: _PLANAR | _SPATIAL | _FIXED | _GROUND,
    _FIXED: _PLANAR | _SPATIAL,
    _GROUND: _SPATIAL,
}


class Planar(NamedTuple):
    """Motion in the ground plane: position [m], heading [rad], velocity [m/s] in world axes, yaw rate."""

    x: float
    y: float
    yaw: float = 0.0
    vx: float = 0.0
    vy: float = 0.0
    yaw_rate: float = 0.0


@dataclass(frozen=True)
class _Prism:
    """The engine's number of a body and what the engine does not keep."""

    uid: int
    half_height: float
    is_planar: bool
    mass: float
    friction: float
    inertia: Vector


class PhysicsWorld:
    """A ground plane and prisms on it, stepped at a fixed rate.

    Making a new world empties the one before it: there is one client per process.
    """

    def __init__(
        self, *, dt: float, ground_friction: float = 0.0, ground_velocity: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        """Empty the client and lay the ground.

        Args:
            dt: step [s].
            ground_friction: multiplied by a spatial body's own friction, it is their Coulomb coefficient.
            ground_velocity: of the ground under spatial bodies: a belt [m/s].
        """
        self._dt, self._ground_velocity = dt, ground_velocity
        self._p, self._c = emptied(dt=dt, iterations=50, reach=_REACH, recovery=_RECOVERY, bounces_from=0.05)
        p, c = self._p, self._c  # no gravity: weight comes by `push`; planar bodies have none
        # a slab, since a plane would carry a box at one corner per step only
        slab = p.createCollisionShape(p.GEOM_BOX, halfExtents=[_FAR, _FAR, 1.0], physicsClientId=c)
        ground = p.createMultiBody(0, slab, basePosition=[0.0, 0.0, -1.0], physicsClientId=c)
        # Bullet's friction on the ground depends on the direction of travel by a quarter: ours does not
        p.changeDynamics(ground, -1, lateralFriction=0.0, restitution=0.0, physicsClientId=c)
        p.setCollisionFilterGroupMask(ground, -1, _GROUND, _PARTNERS[_GROUND], physicsClientId=c)
        self._grounds, self._ground_friction = {ground}, ground_friction
        self._soles: dict[int, list[Sole]] = {}
        self._places: dict[int, Any] = {}
        self._twists: dict[int, Any] = {}
        self._bodies: list[_Prism] = []
        self._handles: dict[int, int] = {}

    @property
    def dt(self) -> float:
        """The length of a step [s]."""
        return self._dt

    @dt.setter
    def dt(self, dt: float) -> None:
        if dt != self._dt:
            self._dt = dt
            self._p.setTimeStep(dt, physicsClientId=self._c)

    def add(
        self,
        footprint: Sequence[tuple[float, float]],
        *,
        height: float,
        mass: float,
        state: Planar,
        friction: float = 0.0,
        restitution: float = 0.0,
        is_planar: bool = True,
        yaw_inertia: float | None = None,
    ) -> int:
        """Add a prism and return its handle.

        Args:
            footprint: convex, counter-clockwise, in the body frame whose origin is the centre of mass [m].
            height: from the ground up [m].
            mass: 0 is a body that nothing moves [kg].
            state: where it stands and how it moves.
            friction: multiplied by the other body's, it is the Coulomb coefficient of the pair.
            restitution: multiplied by the other body's, it is the coefficient of the pair.
            is_planar: whether it keeps to the ground plane.
            yaw_inertia: about the vertical through the centre [kg m2]; None for a uniform box.
        """
        p, c = self._p, self._c
        shape = self._shape(footprint, height)
        uid = p.createMultiBody(
            mass,
            shape,
            basePosition=[state.x, state.y, height / 2],
            useMaximalCoordinates=not mass,  # a fixed rigid body costs nothing per step, a multibody does
            physicsClientId=c,
        )
        p.changeDynamics(
            uid,
            -1,
            mass=mass,
            linearDamping=0.0,
            angularDamping=0.0,
            lateralFriction=friction,
            restitution=restitution,
            physicsClientId=c,
        )
        if mass:
            ix, iy, iz = p.getDynamicsInfo(uid, -1, physicsClientId=c)[2]
            inertia = [_STIFF * mass] * 2 if is_planar else [ix, iy]
            iz = iz if yaw_inertia is None else yaw_inertia
            p.changeDynamics(uid, -1, mass=mass, localInertiaDiagonal=[*inertia, iz], physicsClientId=c)
        group = (_PLANAR if is_planar else _SPATIAL) if mass else _FIXED
        p.setCollisionFilterGroupMask(uid, -1, group, _PARTNERS[group], physicsClientId=c)
        handle = len(self._bodies)
        inertia = p.getDynamicsInfo(uid, -1, physicsClientId=c)[2]
        self._bodies.append(_Prism(uid, height / 2, is_planar, mass, friction, inertia))
        self._handles[uid] = handle
        self.place(handle, state)
        return handle

    def raise_ground(self, place: Vector, size: Vector) -> None:
        """Raise a rectangle of the ground for spatial bodies; planar ones do not know what is below them.

        `place` is x and y of its middle and the heading of its length, `size` is length, width and height.
        """
        (x, y, yaw), (length, width, height) = place, size
        p, c = self._p, self._c
        # the slab reaches below the ground, so that nothing is pushed out of it downwards
        half = [length / 2, width / 2, (height + 1.0) / 2]
        slab = p.createCollisionShape(p.GEOM_BOX, halfExtents=half, physicsClientId=c)
        uid = p.createMultiBody(
            0,
            slab,
            basePosition=[x, y, (height - 1.0) / 2],
            baseOrientation=[0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2)],
            useMaximalCoordinates=True,
            physicsClientId=c,
        )
        p.changeDynamics(uid, -1, lateralFriction=0.0, restitution=0.0, physicsClientId=c)
        p.setCollisionFilterGroupMask(uid, -1, _GROUND, _PARTNERS[_GROUND], physicsClientId=c)
        self._grounds.add(uid)

    def couple(
        self,
        a: int,
        b: int,
        on_a: tuple[float, float],
        on_b: tuple[float, float],
        *,
        is_rigid: bool,
    ) -> None:
        """Hold two planar bodies together at a place of each [m]; they no longer touch each other.

        Args:
            a: handle of one.
            b: of the other.
            on_a: in the frame of a.
            on_b: in the frame of b.
            is_rigid: whether they keep the angle that they have now; else they turn about the place.
        """
        p, c = self._p, self._c
        low = min(self._bodies[a].half_height, self._bodies[b].half_height)
        here, there = ([*place, low - self._bodies[k].half_height] for k, place in ((a, on_a), (b, on_b)))
        half = 0.5 * (self.state(a).yaw - self.state(b).yaw) if is_rigid else 0.0
        p.createConstraint(
            self._bodies[a].uid, -1, self._bodies[b].uid, -1,
            p.JOINT_FIXED if is_rigid else p.JOINT_POINT2POINT, [0.0, 0.0, 0.0], here, there,
            [0.0, 0.0, 0.0, 1.0], [0.0, 0.0, math.sin(half), math.cos(half)], physicsClientId=c,
        )  # fmt: skip
        p.setCollisionFilterPair(self._bodies[a].uid, self._bodies[b].uid, -1, -1, 0, physicsClientId=c)

    def _shape(self, footprint: Sequence[tuple[float, float]], height: float) -> int:
        """Return the engine's shape of a prism about its middle."""
        p, c = self._p, self._c
        rectangles = rectangles_in(footprint)
        if rectangles is None:
            ring, z = shrunk(footprint, _HULL_MARGIN), height / 2 - _HULL_MARGIN
            vertices = [[x, y, sign * z] for x, y in ring for sign in (-1, 1)]
            return int(p.createCollisionShape(p.GEOM_MESH, vertices=vertices, physicsClientId=c))
        return int(
            p.createCollisionShapeArray(
                shapeTypes=[p.GEOM_BOX] * len(rectangles),
                halfExtents=[[a / 2 + _SKIN, b / 2 + _SKIN, height / 2] for *_, a, b in rectangles],
                collisionFramePositions=[[x, y, 0.0] for x, y, *_ in rectangles],
                collisionFrameOrientations=[
                    [0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2)] for _, _, yaw, _, _ in rectangles
                ],
                physicsClientId=c,
            )
        )

    def place(self, handle: int, state: Planar, *, z: float = 0.0) -> None:
        """Put a body upright on the ground, or at a height z above it [m], with the given planar motion."""
        body = self._bodies[handle]
        self._places.pop(handle, None)
        self._twists.pop(handle, None)
        turn = [0.0, 0.0, math.sin(state.yaw / 2), math.cos(state.yaw / 2)]
        self._p.resetBasePositionAndOrientation(
            body.uid, [state.x, state.y, z + body.half_height], turn, physicsClientId=self._c
        )
        if body.mass:
            self._p.resetBaseVelocity(
                body.uid, [state.vx, state.vy, 0.0], [0.0, 0.0, state.yaw_rate], physicsClientId=self._c
            )

    def stop(self, handle: int) -> None:
        """Take all motion out of a body where it is."""
        self._twists.pop(handle, None)
        self._p.resetBaseVelocity(self._bodies[handle].uid, [0.0] * 3, [0.0] * 3, physicsClientId=self._c)

    def set_restitution(self, handle: int, restitution: float) -> None:
        """Change how a body bounces; as in `add`."""
        self._p.changeDynamics(self._bodies[handle].uid, -1, restitution=restitution, physicsClientId=self._c)

    def push(self, handle: int, force: Vector, torque: float = 0.0) -> None:
        """Apply a force at the centre of mass [N] and a torque about the vertical [N m] for one step."""
        uid, c = self._bodies[handle].uid, self._c
        centre = self._place_of(handle)[0]
        self._p.applyExternalForce(uid, -1, force, centre, self._p.WORLD_FRAME, physicsClientId=c)
        if torque:
            self._p.applyExternalTorque(uid, -1, [0.0, 0.0, torque], self._p.WORLD_FRAME, physicsClientId=c)

    def tip(self, handle: int, torque: float) -> None:
        """Apply a torque about a body's long axis for one step, its left side upwards [N m]."""
        uid, c = self._bodies[handle].uid, self._c
        yaw = self.state(handle).yaw
        about = [torque * math.cos(yaw), torque * math.sin(yaw), 0.0]
        self._p.applyExternalTorque(uid, -1, about, self._p.WORLD_FRAME, physicsClientId=c)

    def step(self) -> list[Touch]:
        """Advance by `dt` and return what touched, ground aside, in order of handles."""
        self._drag()
        self._p.stepSimulation(physicsClientId=self._c)
        self._places.clear()
        self._twists.clear()
        touches = self._touches()
        for handle in {h for touch in touches for h in (touch.a, touch.b)}:
            if self._bodies[handle].is_planar and self._bodies[handle].mass:
                self._flatten(handle)
        return touches

    def state(self, handle: int) -> Planar:
        """Return the planar part of a body's motion."""
        (x, y, _), (_, _, qz, qw) = self._place_of(handle)
        (vx, vy, _), (_, _, yaw_rate) = self._twist_of(handle)
        return Planar(x, y, 2 * math.atan2(qz, qw), vx, vy, yaw_rate)

    def pose(self, handle: int) -> tuple[float, float, float, float, float, float, float]:
        """Return [x y z qx qy qz qw] of the point of the body that stood on the ground at first."""
        body = self._bodies[handle]
        (x, y, z), (qx, qy, qz, qw) = self._place_of(handle)
        h = body.half_height
        return (
            x - 2 * (qx * qz + qw * qy) * h,
            y - 2 * (qy * qz - qw * qx) * h,
            z - (1 - 2 * (qx * qx + qy * qy)) * h,
            qx,
            qy,
            qz,
            qw,
        )

    def speed(self, handle: int) -> tuple[float, float]:
        """Return the speed of the centre [m/s] and of the rotation [rad/s]."""
        velocity, rate = self._twist_of(handle)
        return math.hypot(*velocity), math.hypot(*rate)

    def yaw_inertia(self, handle: int) -> float:
        """Return the inertia of a body about its own vertical axis [kg m2]."""
        return float(self._bodies[handle].inertia[2])

    def nearest(self, a: int, b: int) -> tuple[Vector, Vector, float]:
        """Return the middle of the shortest link of two bodies, its unit direction from a to b, and its length.

        The length is negative where they overlap [m].
        """
        link = self.link(a, b, within=_FAR)
        if link is None:
            raise ValueError("the bodies are further apart than the ground is wide")
        return link

    def link(self, a: int, b: int, *, within: float) -> tuple[Vector, Vector, float] | None:
        """Return what `nearest` does, or None where two bodies are further apart than a distance [m]."""
        found = self._p.getClosestPoints(
            self._bodies[a].uid, self._bodies[b].uid, distance=within, physicsClientId=self._c
        )
        if not found:
            return None
        link = min(found, key=lambda points: float(points[8]))
        middle = tuple((u + v) / 2 for u, v in zip(link[5], link[6], strict=True))
        return vector(middle), vector(tuple(-n for n in link[7])), float(link[8])

    def _flatten(self, handle: int) -> None:
        """Take the vertical motion out of a planar body: the ground holds it."""
        velocity, rate = self._twist_of(handle)
        if velocity[2] or rate[0] or rate[1]:
            self.place(handle, self.state(handle))

    def _drag(self) -> None:
        """Apply Coulomb friction where the ground carried a body in the last step."""
        ux, uy = self._ground_velocity
        for handle, soles in self._soles.items():
            body, c = self._bodies[handle], self._c
            centre, turn = self._place_of(handle)
            (vx, vy, vz), rate = self._twist_of(handle)
            force, torque = drag(
                soles,
                Mobility(body.mass, body.inertia, centre, turn, (vx - ux, vy - uy, vz), rate),
                friction=self._ground_friction * body.friction,
                dt=self._dt,
            )
            self._p.applyExternalForce(body.uid, -1, force, centre, self._p.WORLD_FRAME, physicsClientId=c)
            self._p.applyExternalTorque(body.uid, -1, torque, self._p.WORLD_FRAME, physicsClientId=c)

    def _place_of(self, handle: int) -> Any:
        """Return the engine's position and rotation of a body, asked for once per step."""
        known = self._places.get(handle)
        if known is None:
            uid = self._bodies[handle].uid
            known = self._places[handle] = self._p.getBasePositionAndOrientation(uid, physicsClientId=self._c)
        return known

    def _twist_of(self, handle: int) -> Any:
        """Return the engine's velocity and rate of rotation of a body, asked for once per step."""
        known = self._twists.get(handle)
        if known is None:
            uid = self._bodies[handle].uid
            known = self._twists[handle] = self._p.getBaseVelocity(uid, physicsClientId=self._c)
        return known

    def _touches(self) -> list[Touch]:
        """Sum the contact points of the last step by pair, and keep what the ground carries."""
        pairs: dict[tuple[int, int], list[Any]] = {}
        self._soles = {}
        for point in self._p.getContactPoints(physicsClientId=self._c):
            if point[1] in self._grounds or point[2] in self._grounds:
                handle = self._handles[point[1] if point[2] in self._grounds else point[2]]
                if point[9] > 0.0 and abs(point[7][2]) > _LEVEL:
                    self._soles.setdefault(handle, []).append((point[5], point[9]))
            else:
                pair = (self._handles[point[1]], self._handles[point[2]])
                pairs.setdefault((min(pair), max(pair)), []).append(point)
        return [
            sum_of(pair, points, first=self._bodies[pair[0]].uid, dt=self._dt)
            for pair, points in sorted(pairs.items())
        ]
