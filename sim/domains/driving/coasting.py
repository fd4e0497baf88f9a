"""What the ground does to a wreck: tyres and kerbs push it, and while it touches nothing that is all."""

from __future__ import annotations

import numpy as np

from sim.domains.driving.compiling import leaf
from sim.domains.driving.kerbs import Kerbs, kerb_push
from sim.domains.driving.skid import Chassis, four_tyres
from sim.worlds.physics import Planar

__all__ = ["Ground"]


@leaf
def _push(
    x: float, y: float, yaw: float, vx: float, vy: float, rate: float, mass: float, front: float, rear: float,
    half_track: float, steer: float, brake: float, friction: float, dt: float, radius: float, s: float,
    line: np.ndarray, strips: np.ndarray, wheels: np.ndarray,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return force in world axes, yaw torque and s; the last five arguments are read where there are kerbs."""
    fx, fy, torque = four_tyres(
        x, y, yaw, vx, vy, rate, mass, front, rear, half_track, steer, brake, friction, dt
    )
    if strips.shape[0] == 0:
        return fx, fy, torque, s
    kx, ky, turn, s = kerb_push(x, y, yaw, mass, front, rear, half_track, radius, s, line, strips, wheels)
    return fx + kx, fy + ky, torque + turn, s


@leaf
def _coast(
    steps: int, inertia: float, x: float, y: float, yaw: float, vx: float, vy: float, rate: float, mass: float,
    front: float, rear: float, half_track: float, steer: float, brake: float, friction: float, dt: float,
    radius: float, s: float, line: np.ndarray, strips: np.ndarray, wheels: np.ndarray,
) -> tuple[float, float, float, float, float, float, float]:  # fmt: skip
    """Return the motion after some steps, and s: velocities first, then places, as the engine does it."""
    for _ in range(steps):
        fx, fy, torque, s = _push(
            x, y, yaw, vx, vy, rate, mass, front, rear, half_track, steer, brake, friction, dt, radius, s, line,
            strips, wheels,
        )  # fmt: skip
        vx += fx / mass * dt
        vy += fy / mass * dt
        rate += torque / inertia * dt
        x += vx * dt
        y += vy * dt
        yaw += rate * dt
    return x, y, yaw, vx, vy, rate, s


class Ground:
    """The ground of one crash."""

    def __init__(self, friction: float, kerbs: Kerbs | None) -> None:
        """Lay it.

        Args:
            friction: of tyres on the surface.
            kerbs: raised ground; None where all is flat.
        """
        self._friction, self._wheels = friction, np.zeros((4, 3))
        self._line = kerbs.line if kerbs else np.zeros((1, 6))
        self._strips = kerbs.strips if kerbs else np.zeros((0, 3))

    def push(
        self, chassis: Chassis, motion: Planar, *, dt: float, radius: float, way: float
    ) -> tuple[float, float, float, float]:
        """Return force [N] in world axes and yaw torque [N m] on a vehicle, and its s.

        Args:
            chassis: wheels, brakes and weight.
            motion: of the centre of mass.
            dt: step for which the forces will hold [s].
            radius: of the wheels [m].
            way: guess of its s [m].
        """
        fx, fy, torque, s = _push(
            *motion, *chassis, self._friction, dt, radius, way, self._line, self._strips, self._wheels
        )
        return fx, fy, torque, s

    def coast(
        self,
        chassis: Chassis,
        motion: Planar,
        *,
        inertia: float,
        steps: int,
        dt: float,
        radius: float,
        way: float,
    ) -> tuple[Planar, float]:
        """Return the motion of a vehicle that touches nothing after some steps, and its s.

        Args:
            chassis: wheels, brakes and weight.
            motion: of the centre of mass.
            inertia: about the vertical [kg m2].
            steps: how many.
            dt: of a step [s].
            radius: of the wheels [m].
            way: guess of its s [m].
        """
        *after, s = _coast(
            steps, inertia, *motion, *chassis, self._friction, dt, radius, way, self._line, self._strips,
            self._wheels,
        )  # fmt: skip
        return Planar(*after), s
