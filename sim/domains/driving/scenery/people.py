"""People who are about in a street: they stand or walk along the pavements and have no part in what happens.

They are bodies like any other to sensors and labels. Nobody reacts to them, they react to nobody, and they stop
no wreck.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.domains.driving.scenery.roadside import Dice, Planter, RoadView, Side
from sim.domains.driving.vehicles import PEDESTRIANS
from sim.geometry import Array, pose_from_planar
from sim.noise import Noise
from sim.recording import Channel, PoseTrack
from sim.scene import Shape

__all__ = ["LOOKS", "Walker", "gaits", "walked", "walkers"]

LOOKS = 1200
"""Seeds of people: bodies repeat, clothes hardly ever do."""
_SITE = 4.0
"""Way along which at most one party is about [m]."""
_PARTIES = ((0.72, 1), (0.24, 2), (0.04, 3))
"""Share of parties of one, two and three. Assumption, after Moussaid et al. (2010): twos lead larger groups."""
_PER_PARTY = sum(share * count for share, count in _PARTIES)
_STANDING, _CHILDREN = 0.25, 0.15
"""Shares of parties that stand and of people who are children. Assumptions."""
_PACE = (1.34, 0.26)
"""Mean and standard deviation of walking speeds [m/s]. Source: Weidmann (1993)."""
_STATURES = {"adult": (1.58, 1.64, 1.70, 1.75, 1.80, 1.86), "child": (1.02, 1.15, 1.28, 1.42)}
"""Of people in the order of their seeds, adults of both sexes and children of 4 to 11 years [m]."""
_KERB, _WALL, _BESIDE = 1.0, 0.45, 0.65
"""Least distances from the kerb, where posts stand, from houses, and between two abreast [m]."""
_STEP = 0.5
"""Time between poses of one who walks [s]."""
_ROOM = 5.0
"""Nobody is about so near to where an actor begins [m]."""


@dataclass(frozen=True)
class Walker:
    """Somebody on a pavement.

    Args:
        name: of the body.
        age: "adult" or "child".
        shape: what is seen.
        road: along which.
        s, d, z: where at the start: along and across the road, and the height of the pavement [m].
        turn: heading relative to the road's [rad].
        speed: along the road, against it where negative; 0 for one who stands [m/s].
    """

    name: str
    age: str
    shape: Shape
    road: RoadView
    s: float
    d: float
    z: float
    turn: float
    speed: float

    def poses(self, times: Array) -> Array:
        """Return (T, 7) poses at some moments [s]."""
        places = np.array([self.road.pose(self.s + self.speed * float(t), self.d) for t in times])
        out = pose_from_planar(places[:, 0], places[:, 1], places[:, 2] + self.turn)
        out[:, 2] = self.z
        return out


def walkers(
    road: RoadView,
    *,
    noise: Noise,
    per_100m: float,
    duration: float,
    arm: str = "",
    actors: Sequence[tuple[float, float]] = (),
) -> tuple[Walker, ...]:
    """Return who is about on the pavements of a road, evenly at random.

    Args:
        road: the road.
        noise: of the episode; everybody draws under their own name.
        per_100m: how many on 100 m of each pavement, on average.
        duration: of the episode; nobody walks on whose pavement ends before [s].
        arm: name of the road where it begins at a junction with others.
        actors: (x, y) of actors at the start, who are given room [m].
    """
    if per_100m <= 0.0:
        return ()
    planter = Planter(road, noise, 0.0, arm=arm)
    share = min(1.0, per_100m / _PER_PARTY * _SITE / 100.0)
    found: list[Walker] = []
    for side in planter.sides:
        if side.walk is None:
            continue
        for name, s in planter.row(f"people_{side.name}", spacing=_SITE, presence=share, jitter=0.6):
            found += _party(planter, side, side.walk, name, s, duration)
    places = np.array(actors, np.float64).reshape(-1, 2)
    return tuple(walker for walker in found if _is_free(walker, places))


def walked(people: Sequence[Walker], end: float) -> Iterator[PoseTrack]:
    """Yield the track, up to a moment [s], of those who walk, if anybody does."""
    moving = [walker for walker in people if walker.speed]
    if moving:
        times = np.linspace(0.0, end, math.ceil(end / _STEP) + 1)
        poses = np.stack([walker.poses(times) for walker in moving], axis=1)
        yield PoseTrack(tuple(walker.name for walker in moving), times, poses)


def gaits(people: Sequence[Walker], end: float, strides: Mapping[str, float]) -> Iterator[Channel]:
    """Yield speed and phase of the gait of those who walk, up to a moment [s].

    Args:
        people: on the pavements.
        end: of the episode.
        strides: way of one gait cycle of an adult and of a child of usual height [m].
    """
    times = np.array([0.0, end])
    for walker in people:
        if walker.speed:
            pace = abs(walker.speed)
            stride = strides[walker.age] * walker.shape.size[2] / PEDESTRIANS[walker.age].size[2]
            yield Channel(walker.name, "speed", "m/s", times, np.full(2, pace))
            yield Channel(walker.name, "gait_phase", "rad", times, 2.0 * math.pi * pace * times / stride)


def _is_free(walker: Walker, places: Array) -> bool:
    x, y, _ = walker.road.pose(walker.s, walker.d)
    return not np.any(np.hypot(places[:, 0] - x, places[:, 1] - y) < _ROOM)


def _party(
    planter: Planter, side: Side, height: float, name: str, s: float, duration: float
) -> Iterator[Walker]:
    """Yield some who are together: they walk abreast, or stand about."""
    dice, sign = planter.dice, side.sign
    u, count = dice.u(name, "party"), 1
    for share, number in _PARTIES:
        count = number
        if u < share:
            break
        u -= share
    inner, outer = sign * side.edge + _KERB, sign * side.far - _WALL - _BESIDE * (count - 1)
    if outer < inner:
        inner, outer, count = sign * side.edge + 0.7, max(sign * side.far - 0.35, sign * side.edge + 0.7), 1
    first = dice.between(name, "across", inner, outer)
    speed = _speed(planter, name, s, duration)
    for k in range(count):
        one = f"{name}_{k}"
        age = "child" if k and dice.chance(one, "child", _CHILDREN * count) else "adult"
        turn = (0.0 if speed > 0.0 else math.pi) if speed else dice.between(one, "turn", -math.pi, math.pi)
        stray = dice.between(one, "along", -0.2, 0.2)
        yield Walker(
            f"scenery/{dice.prefix}{one}", age, _shape(dice, one, age), planter.road, s + stray,
            sign * (first + _BESIDE * k), height, turn, speed,
        )  # fmt: skip


def _speed(planter: Planter, name: str, s: float, duration: float) -> float:
    """Return how fast a party walks along the road; 0 where it stands, or would leave its pavement."""
    dice, (mean, spread) = planter.dice, _PACE
    if dice.chance(name, "stands", _STANDING):
        return 0.0
    # The sum of three even draws is about normal, with a standard deviation of a half.
    draw = sum(dice.u(name, f"pace {k}") for k in range(3)) - 1.5
    speed = mean + 2.0 * spread * draw
    way = speed if dice.chance(name, "ahead", 0.5) else -speed
    return way if 2.0 < s + way * duration < planter.length - 2.0 else 0.0


def _shape(dice: Dice, name: str, age: str) -> Shape:
    """Return a person: whose look repeats is as tall again."""
    look = dice.seed(name, LOOKS)
    statures = _STATURES[age]
    height = statures[look % len(statures)]
    length, width, tall = PEDESTRIANS[age].size
    size = (round(length * height / tall, 3), round(width * height / tall, 3), height)
    return Shape("person", size, {"age": age, "seed": look})
