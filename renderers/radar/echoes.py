"""What comes back to a radar at one moment: the direct echoes of all scatterers, and those by way of a mirror.

A wave that reaches a body by way of an upright flat surface comes back as from behind it. With p the scatterer,
p' its mirror image and s the radar, there are three such ways (Kamann et al. 2018, "Automotive radar multipath
propagation in uncertain environments"):

| way | range | from | power mirrored |
|---|---|---|---|
| mirror there and back | d' | p' | share^2 |
| mirror back | half of d + d' | p' | share |
| mirror there | half of d + d' | p | share |

d leads from s to p and d' from s to p'. The rate is that of the length, with the image's own velocity. Waves
that are mirrored more often are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.camera.stage import Stage
from renderers.radar.models import Model
from renderers.radar.paths import Posed
from renderers.radar.reflectivity import MIRRORS
from renderers.radar.scatterers import Points, Scatterers
from sim.geometry import Array

__all__ = ["BODY", "GHOST", "NOISE", "SCENERY", "SOURCES", "Echoes", "Radar", "echoes_of"]

SOURCES = ("noise", "scenery", "body", "ghost")
"""What a detection comes from, by its number."""
NOISE, SCENERY, BODY, GHOST = range(len(SOURCES))

_TOLERANCE = 0.15
"""A scatterer is free where nothing is met more than this before it [m]; its mesh is posed to float32."""
_FAN = 0.5
"""How far apart the rays are that look for mirrors [deg]."""
_MOST_MIRRORS = 24
_UPRIGHT = 0.8
"""Vertical part of the normal up to which a surface mirrors to the side: guard rails are profiled."""


@dataclass(frozen=True, eq=False)
class Radar:
    """A radar at one moment.

    Args:
        model: its figures.
        T: (4, 4) its pose in the frame of what stands still.
        velocity: (3,) in the world [m/s].
        loss: of power in the air, one way [1/m].
        nearest: nearest range told [m].
    """

    model: Model
    T: Array
    velocity: Array
    loss: float
    nearest: float

    @property
    def origin(self) -> Array:
        """(3,) where it is [m]."""
        return np.asarray(self.T[:3, 3])

    def angles(self, at: Array) -> tuple[Array, Array, Array]:
        """Return (n,) range [m], azimuth to the left and elevation [rad] of (n, 3) places."""
        here = (at - self.origin) @ self.T[:3, :3]
        ranges = np.linalg.norm(here, axis=1)
        azimuth = np.arctan2(here[:, 1], here[:, 0])
        return ranges, azimuth, np.arcsin(here[:, 2] / np.maximum(ranges, 1e-9))

    def rates(self, at: Array, velocity: Array) -> Array:
        """Return (n,) how fast (n, 3) places that move at (n, 3) velocities go away [m/s]."""
        way = at - self.origin
        way = way / np.maximum(np.linalg.norm(way, axis=1), 1e-9)[:, None]
        return np.asarray(np.einsum("ni,ni->n", way, velocity - self.velocity))

    def sees(self, ranges: Array, azimuth: Array, elevation: Array) -> NDArray[np.bool_]:
        """Return (n,) whether a direction lies in the view, and a range in what is told."""
        model = self.model
        in_view = (np.abs(azimuth) < 0.5 * model.fov) & (np.abs(elevation) < model.height)
        return np.asarray(in_view & (ranges > self.nearest) & (ranges < model.range))


@dataclass(frozen=True, eq=False)
class Echoes:
    """Single echoes, before cells and threshold.

    Args:
        range: (n,) [m].
        azimuth: (n,) to the left [rad].
        elevation: (n,) [rad].
        rate: (n,) of range; negative for what comes nearer [m/s].
        snr: (n,) mean power over that of noise.
        body: (n,) stage number.
        source: (n,) place in `SOURCES`.
    """

    range: Array
    azimuth: Array
    elevation: Array
    rate: Array
    snr: Array
    body: NDArray[np.int64]
    source: NDArray[np.int64]


def echoes_of(
    radar: Radar, scatterers: Scatterers, posed: Posed, stage: Stage, t: float, *, ghosts: bool
) -> Echoes:
    """Return all echoes of one moment.

    Args:
        radar: where it is and what it can do.
        scatterers: of the episode.
        posed: everything, at t.
        stage: the bodies.
        t: moment [s].
        ghosts: whether there are mirrors.
    """
    points = scatterers.at(t)
    found = [_direct(radar, scatterers, posed, stage, points, t)]
    if ghosts:
        labelled = np.array([body.labelled for body in stage.bodies])[points.body]
        for mirror in _mirrors(radar, posed, stage, points):
            found += _mirrored(radar, scatterers, posed, mirror, points.only(labelled), t)
    return Echoes(
        *(
            np.concatenate([getattr(one, name) for one in found])
            for name in ("range", "azimuth", "elevation", "rate", "snr", "body", "source")
        )
    )


def _direct(
    radar: Radar, scatterers: Scatterers, posed: Posed, stage: Stage, points: Points, t: float
) -> Echoes:
    points = points.only(_of_bodies(points, radar.sees(*radar.angles(points.at))))
    free, points = _free(posed, points, radar.origin)
    section = scatterers.sections(points, radar.origin, t)
    ranges, azimuth, elevation = radar.angles(points.at)
    snr = section * radar.model.per_area(ranges, azimuth, elevation, radar.loss)
    labelled = np.array([body.labelled for body in stage.bodies])[points.body]
    source = np.where(labelled, BODY, SCENERY)
    rate = radar.rates(points.at, points.velocity)
    chosen = free & radar.sees(ranges, azimuth, elevation)
    return _kept(Echoes(ranges, azimuth, elevation, rate, snr, points.body, source), chosen)


def _of_bodies(points: Points, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which points are of bodies of which something is seen: the rest has its part in their RCS, too."""
    return np.asarray(np.isin(points.body, np.unique(points.body[seen])))


def _free(posed: Posed, points: Points, origin: Array) -> tuple[NDArray[np.bool_], Points]:
    """Return which points nobody hides from a place, and all that their own body does not hide.

    What is hidden by another body keeps its part in the body's RCS, so that half a car sends back half.
    """
    way = origin - points.at
    points = points.only(np.einsum("ni,ni->n", way, points.normal) > 0.0)
    distance, body, _ = posed.met(np.broadcast_to(origin, points.at.shape), points.at)
    is_free = distance > np.linalg.norm(points.at - origin, axis=1) - _TOLERANCE
    is_own = (body == points.body) & ~is_free
    return is_free[~is_own], points.only(~is_own)


def _kept(echoes: Echoes, chosen: NDArray[np.bool_]) -> Echoes:
    return Echoes(*(value[chosen] for value in vars(echoes).values()))


@dataclass(frozen=True, eq=False)
class _Mirror:
    """An upright plane: a (3,) point of it, its (3,) normal towards the radar, its (3,) velocity [m/s]."""

    body: int
    at: Array
    normal: Array
    velocity: Array
    share: float

    def image(self, at: Array) -> Array:
        """Return (n, 3) mirrored places."""
        return np.asarray(at - 2.0 * ((at - self.at) @ self.normal)[:, None] * self.normal)

    def image_velocity(self, velocity: Array) -> Array:
        """Return the (n, 3) velocities of images of what moves, for a mirror that moves without turning."""
        return np.asarray(velocity - 2.0 * ((velocity - self.velocity) @ self.normal)[:, None] * self.normal)


def _mirrors(radar: Radar, posed: Posed, stage: Stage, points: Points) -> list[_Mirror]:
    """Return the upright planes that level rays meet, the nearest first."""
    half = np.degrees(0.5 * radar.model.fov)
    angles = np.radians(np.arange(-half, half + _FAN / 2, _FAN))
    level = np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=1) @ radar.T[:3, :3].T
    distance, body, normal = posed.met(
        np.broadcast_to(radar.origin, level.shape), radar.origin + level * radar.model.range
    )
    found: dict[tuple[int, int, int], tuple[float, _Mirror]] = {}
    for n in np.flatnonzero(body >= 0):
        one = stage.bodies[body[n]]
        if one.category not in MIRRORS or abs(normal[n, 2]) > _UPRIGHT:
            continue
        out = np.array([normal[n, 0], normal[n, 1], 0.0])
        out /= np.linalg.norm(out)
        out *= -1.0 if out @ level[n] > 0.0 else 1.0
        at = radar.origin + level[n] * distance[n]
        # Rays that meet one side of one body see one plane: within 5 deg, and half a metre.
        key = (
            int(body[n]),
            round(float(np.degrees(np.arctan2(out[1], out[0]))) / 5.0),
            round(float(out @ at) / 0.5),
        )
        if key not in found or distance[n] < found[key][0]:
            own = points.velocity[points.body == body[n]]
            velocity = own.mean(axis=0) if len(own) else np.zeros(3)
            found[key] = (float(distance[n]), _Mirror(int(body[n]), at, out, velocity, MIRRORS[one.category]))
    nearest = sorted(found.items(), key=lambda item: (item[1][0], item[0]))
    return [mirror for _, (_, mirror) in nearest[:_MOST_MIRRORS]]


def _mirrored(
    radar: Radar, scatterers: Scatterers, posed: Posed, mirror: _Mirror, points: Points, t: float
) -> list[Echoes]:
    """Return the echoes by way of one mirror."""
    before = (points.at - mirror.at) @ mirror.normal > 0.0
    image = mirror.image(points.at)
    seen = before & (points.body != mirror.body) & radar.sees(*radar.angles(image))
    if not seen.any():
        return []
    source = mirror.image(radar.origin[None])[0]
    facing = np.einsum("ni,ni->n", source - points.at, points.normal) > 0.0
    wanted = _of_bodies(points, seen) & facing
    seen, points = seen[wanted], points.only(wanted)
    section = scatterers.sections(points, source, t)
    image = mirror.image(points.at)
    # The point of the mirror on the way: it must be there, and nothing before it, nor between it and the point.
    off, far = (radar.origin - mirror.at) @ mirror.normal, (points.at - mirror.at) @ mirror.normal
    bounce = radar.origin + (image - radar.origin) * (off / (off + far))[:, None]
    first, body, _ = posed.met(np.broadcast_to(radar.origin, image.shape), image)
    is_there = (
        seen & (body == mirror.body) & (np.abs(first - np.linalg.norm(bounce - radar.origin, axis=1)) < 0.5)
    )
    way = points.at - bounce
    length = np.linalg.norm(way, axis=1)
    start = bounce + way * np.minimum(0.5 / np.maximum(length, 1e-9), 0.5)[:, None]
    onward, _, _ = posed.met(start, points.at)
    is_there &= onward > np.linalg.norm(points.at - start, axis=1) - _TOLERANCE
    return _three_ways(radar, mirror, points, image, section, is_there)


def _three_ways(
    radar: Radar, mirror: _Mirror, points: Points, image: Array, section: Array, chosen: NDArray[np.bool_]
) -> list[Echoes]:
    model, ghost = radar.model, np.full(len(section), GHOST)
    direct, mirrored = radar.angles(points.at), radar.angles(image)
    rates = radar.rates(points.at, points.velocity), radar.rates(image, mirror.image_velocity(points.velocity))
    power = [section * model.per_area(*angles, radar.loss) for angles in (direct, mirrored)]
    twice = Echoes(*mirrored, rates[1], power[1] * mirror.share**2, points.body, ghost)
    half, rate = 0.5 * (direct[0] + mirrored[0]), 0.5 * (rates[0] + rates[1])
    once = np.sqrt(power[0] * power[1]) * mirror.share
    ways = [Echoes(half, angles[1], angles[2], rate, once, points.body, ghost) for angles in (mirrored, direct)]
    is_seen = chosen & radar.sees(*direct)
    return [_kept(twice, chosen), *(_kept(one, is_seen) for one in ways)]
