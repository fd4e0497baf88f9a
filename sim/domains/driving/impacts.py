"""What the contacts of a crash came to: one entry per blow, and the velocity change of every body."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from sim.domains.driving.bounce import closing_speed
from sim.worlds.physics import Planar, Touch, Vector

__all__ = ["Contact", "Impacts", "side_of"]

PULSE = 0.25
"""Longest blow [s]: event data recorders report delta-v over 250 ms from its start (49 CFR 563.7)."""

_PAUSE = 0.1  # time apart after which a pair's next touch is a blow of its own [s]
_CORNER = 0.05  # a point this near two faces belongs to the one that was pushed [m]


@dataclass(frozen=True)
class Contact:
    """One blow between two bodies.

    Args:
        t: first touch [s].
        a, b: names.
        point: where, in the world [m].
        normal: unit vector from a to b.
        impulse: magnitude of what b got, and a in return [N s].
        side_a, side_b: "front", "rear", "left" or "right" of each body.
        speed: at which the two closed in along the normal at first touch [m/s].
    """

    t: float
    a: str
    b: str
    point: Vector
    normal: Vector
    impulse: float
    side_a: str
    side_b: str
    speed: float


@dataclass
class _Blow:
    """A blow in the making; `a` and `b` are handles and `states` their motions just before."""

    t: float
    a: int
    b: int
    point: Vector
    normal: Vector
    states: tuple[Planar, Planar]
    last: float
    impulse: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])


@dataclass
class _Pulse:
    """The velocity change of one body since `t`."""

    t: float
    last: float
    impulse: list[float]


def side_of(
    footprint: Sequence[tuple[float, float]], state: Planar, point: Sequence[float], push: tuple[float, float]
) -> str:
    """Return which side of a body a world point lies on.

    Args:
        footprint: in the body frame [m].
        state: where the body is.
        point: world coordinates; only x and y count.
        push: world direction out of the body; decides at corners.
    """
    c, s = math.cos(state.yaw), math.sin(state.yaw)
    dx, dy = point[0] - state.x, point[1] - state.y
    x, y = c * dx + s * dy, c * dy - s * dx
    to_end = max(p[0] for p in footprint) - abs(x)
    to_flank = max(p[1] for p in footprint) - abs(y)
    if abs(to_end - to_flank) < _CORNER:
        px, py = c * push[0] + s * push[1], c * push[1] - s * push[0]
        is_end = abs(px) >= abs(py)
    else:
        is_end = to_end < to_flank
    if is_end:
        return "front" if x > 0 else "rear"
    return "left" if y > 0 else "right"


class Impacts:
    """Collects what touched, step by step."""

    def __init__(
        self,
        names: Sequence[str],
        footprints: Sequence[Sequence[tuple[float, float]]],
        masses: Sequence[float],
    ) -> None:
        """Start with nothing; the three run over handles, and a mass of 0 stands for what cannot move."""
        self._names, self._footprints, self._masses = names, footprints, masses
        self._blows: list[_Blow] = []
        self._open: dict[tuple[int, int], _Blow] = {}
        self._pulses: dict[int, _Pulse] = {}
        self._delta_v: dict[int, float] = {}

    def begin(self, t: float, touch: Touch, states: tuple[Planar, Planar]) -> None:
        """Open the blow that starts the crash, before anything has been pushed."""
        blow = _Blow(t, touch.a, touch.b, touch.point, touch.normal, states, last=t)
        self._blows.append(blow)
        self._open[min(touch.a, touch.b), max(touch.a, touch.b)] = blow
        for handle in (touch.a, touch.b):
            self._delta_v[handle] = 0.0

    def add(self, t: float, touch: Touch, states: tuple[Planar, Planar]) -> None:
        """Take in one step's touch that began at `t`; `states` are those of a and b before the step."""
        blow = self._open.get((touch.a, touch.b))
        if blow is None or t - blow.last > _PAUSE:
            blow = _Blow(t, touch.a, touch.b, touch.point, touch.normal, states, last=t)
            self._blows.append(blow)
            self._open[touch.a, touch.b] = blow
        blow.last = t
        if not any(touch.impulse):
            return
        sign = 1.0 if blow.a == touch.a else -1.0
        if not any(blow.impulse):
            blow.point = touch.point
            blow.normal = _scaled(touch.normal, sign)
        if t - blow.t <= PULSE:
            blow.impulse = [p + sign * q for p, q in zip(blow.impulse, touch.impulse, strict=True)]
        for handle, direction in ((touch.a, -1.0), (touch.b, 1.0)):
            self._strike(t, handle, _scaled(touch.impulse, direction))

    def contacts(self) -> tuple[Contact, ...]:
        """Return the blows in time order."""
        return tuple(self._contact(blow) for blow in self._blows)

    def delta_v(self) -> dict[str, float]:
        """Return the largest velocity change over one pulse of every body that was struck [m/s]."""
        return {self._names[h]: dv for h, dv in sorted(self._delta_v.items()) if self._masses[h]}

    def _strike(self, t: float, handle: int, impulse: Vector) -> None:
        if not self._masses[handle]:
            return
        pulse = self._pulses.get(handle)
        if pulse is None or t - pulse.t > PULSE or t - pulse.last > _PAUSE:
            pulse = self._pulses[handle] = _Pulse(t, t, [0.0, 0.0, 0.0])
        pulse.last = t
        pulse.impulse = [p + q for p, q in zip(pulse.impulse, impulse, strict=True)]
        change = math.hypot(*pulse.impulse) / self._masses[handle]
        self._delta_v[handle] = max(change, self._delta_v.get(handle, 0.0))

    def _contact(self, blow: _Blow) -> Contact:
        a, b = blow.states
        n = blow.normal
        return Contact(
            t=blow.t,
            a=self._names[blow.a],
            b=self._names[blow.b],
            point=blow.point,
            normal=n,
            impulse=math.hypot(*blow.impulse),
            side_a=side_of(self._footprints[blow.a], a, blow.point, (n[0], n[1])),
            side_b=side_of(self._footprints[blow.b], b, blow.point, (-n[0], -n[1])),
            speed=closing_speed(a, b, blow.point, n),
        )


def _scaled(vector: Vector, factor: float) -> Vector:
    x, y, z = vector
    return factor * x, factor * y, factor * z
