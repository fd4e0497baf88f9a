"""From the scene's `Light` to numbers for shading: sun, sky with clouds, haze, exposure and tone curve.

Radiances are relative: a white wall that faces the noon sun through clear air has about 1.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from renderers.raster.light import Lighting
from sim.geometry import Array
from sim.noise import address, uniforms
from sim.scene import Light

__all__ = ["darkness", "lighting", "sun_direction"]

_SKY_SIZE = 384
_OPTICAL_DEPTH = np.array([0.09, 0.15, 0.29])
"""Of the clear vertical atmosphere for red, green, blue: Rayleigh 0.04, 0.10, 0.23 and thin haze."""
_ZENITH = np.array([0.10, 0.19, 0.39])
_HORIZON = np.array([0.50, 0.60, 0.74])
"""Radiance of a clear sky at noon."""
_CONTRAST = 2.996
"""-ln 0.05: the meteorological optical range is where contrast has fallen to 5 % (WMO No. 8)."""
_WALLS = np.array([0.16, 0.145, 0.125])
"""Share of the light on the ground that comes back from houses and trees around: it fills shadows, warmly."""
_LAMPLIGHT = np.array([1.0, 0.83, 0.62])
"""Colour of lamps at night, between LED and sodium, as a camera that is balanced between them sees it."""
_KEY, _BURNT, _SLOPE = 2.2, 2.4, 1.15
"""Exposure before the tone curve, the radiance after it from which on all is white, and contrast."""
_MID = 0.18
"""Display luminance of mid grey, which contrast leaves as it is."""
_DARKEST = 0.02
"""Least white that exposure is made for: by night, the ground under a street lamp."""
_GROUND_ALBEDO = np.array([0.16, 0.155, 0.14])


def sun_direction(light: Light) -> Array:
    """Return the (3,) unit vector towards the sun in the world frame."""
    flat = math.cos(light.sun_elevation)
    return np.array(
        [
            flat * math.cos(light.sun_azimuth),
            flat * math.sin(light.sun_azimuth),
            math.sin(light.sun_elevation),
        ]
    )


def darkness(light: Light) -> float:
    """Return how far drivers have switched their lights on: low sun, rain or fog, 0..1."""
    low = np.interp(math.degrees(light.sun_elevation), [2.0, 8.0], [1.0, 0.0])
    murky = np.interp(light.visibility, [600.0, 2000.0], [1.0, 0.0])
    return float(max(low, murky, 1.0 if light.rain > 0.0 else 0.0))


@lru_cache(maxsize=8)
def lighting(light: Light, seed: int, exposure: float, contrast: float = 1.0) -> Lighting:
    """Return the lighting of a scene.

    Args:
        light: sun, cloud, visibility, rain, wetness, snow.
        seed: picks the clouds.
        exposure: compensation in stops.
        contrast: slope of the tone curve about mid grey, as a factor.
    """
    sun = sun_direction(light)
    day = _daylight(light.sun_elevation)
    sunlight = _sun_colour(light.sun_elevation) * (1.0 - light.cloud) ** 0.6 * day
    if light.cloud > 0.95:
        sunlight *= (1.0 - light.cloud) / 0.05
    radiance, haze = _sky(light, sun, seed, day)
    skylight = _mean_over_hemisphere(radiance)
    skylight = skylight + _WALLS * (skylight + sunlight * max(sun[2], 0.0))
    ground_albedo = _GROUND_ALBEDO + (0.7 - _GROUND_ALBEDO) * light.snow
    ground = ground_albedo * (skylight + sunlight * max(sun[2], 0.0))
    white = float(np.mean(skylight + sunlight * max(sun[2], 0.35)))
    gain = 1.0 / max(white, _DARKEST) * 2.0**exposure
    return Lighting(
        sun.astype(np.float32),
        sunlight.astype(np.float32),
        radiance.astype(np.float32),
        skylight.astype(np.float32),
        ground.astype(np.float32),
        haze.astype(np.float32),
        _CONTRAST / light.visibility,
        light.wetness,
        light.snow,
        gain,
        _tone_curve(contrast),
        np.zeros((0, 7), np.float32),
        _LAMPLIGHT.astype(np.float32),
    )


def _daylight(elevation: float) -> float:
    """Return how bright the sky is relative to noon; dusk fades over 12 degrees below the horizon."""
    degrees = math.degrees(elevation)
    return float(
        np.interp(degrees, [-12.0, -8.0, -4.0, 0.0, 10.0, 40.0], [0.0006, 0.006, 0.03, 0.15, 0.5, 1.0])
    )


def _sun_colour(elevation: float) -> Array:
    """Return the transmitted sunlight, by the air mass of Kasten and Young (1989)."""
    degrees = math.degrees(elevation)
    if degrees <= 0.0:
        return np.zeros(3)
    mass = 1.0 / (math.sin(elevation) + 0.50572 * (degrees + 6.07995) ** -1.6364)
    return 1.1 * np.exp(-_OPTICAL_DEPTH * mass)


def _sky(light: Light, sun: Array, seed: int, day: float) -> tuple[Array, Array]:
    """Return the (S, S, 3) radiance of the upper hemisphere and the (3,) radiance of haze at the horizon."""
    # In float32, which is what is kept of it: half the time, and a street's sky is made for every episode.
    side = np.linspace(-1.0, 1.0, _SKY_SIZE, dtype=np.float32)
    u, v = np.meshgrid(side, side)
    square = np.minimum(u * u + v * v, 1.0)
    z = (1.0 - square) / (1.0 + square)
    x, y = u * (1.0 + z), v * (1.0 + z)
    low = _single(_sunset(light.sun_elevation))
    height = np.sqrt(np.clip(z, 0.0, 1.0))[..., None]
    clear = (_single(_HORIZON) * low * (1.0 - height) + _single(_ZENITH) * height) * day
    to_x, to_y, to_z = sun.tolist()
    facing = np.clip(x * to_x + y * to_y + z * to_z, -1.0, 1.0)[..., None]
    glow = 0.30 * np.exp((facing - 1.0) * 9.0) + 1.5 * np.exp((facing - 1.0) * 220.0)
    disc = 14.0 * np.clip((facing - 0.99985) / 0.00010, 0.0, 1.0)
    strength = _single(_sun_colour(light.sun_elevation) * (1.0 - light.cloud) ** 0.6)
    clear = clear + (glow + disc) * strength
    grey = _single(np.array([0.50, 0.52, 0.55]) * day) * (0.75 + 0.25 * z[..., None])
    cover, shade = _clouds(x, y, np.maximum(z, 0.02), light.cloud, seed)
    lit = (grey * (0.55 + 0.45 * shade) + strength * (0.35 + 0.45 * facing**2) * shade * 0.6) * low
    sky = clear + (lit - clear) * cover
    overcast = min(max((light.cloud - 0.7) / 0.3, 0.0), 1.0)
    sky = sky + (grey * (0.86 + 0.16 * shade) - sky) * overcast
    haze = (_HORIZON * low * day) * (1.0 - overcast) + np.array([0.46, 0.48, 0.50]) * day * overcast
    fog = 1.0 - np.exp(-_CONTRAST * 300.0 / light.visibility)
    haze = haze + (np.array([0.50, 0.51, 0.52]) * day - haze) * fog
    # The way through a layer of haze about 600 m deep grows towards the horizon.
    thickness = np.exp(-_CONTRAST / light.visibility * 600.0 / np.maximum(z, 0.01))[..., None]
    return _single(haze) + (sky - _single(haze)) * thickness, haze


def _single(values: Array) -> NDArray[np.float32]:
    return values.astype(np.float32)


def _sunset(elevation: float) -> Array:
    """Return the tint of horizon and clouds when the sun is low."""
    warmth = float(np.interp(math.degrees(elevation), [0.0, 18.0], [1.0, 0.0]))
    return np.array([1.0 + 0.55 * warmth, 1.0 + 0.05 * warmth, 1.0 - 0.32 * warmth])


def _clouds(x: Array, y: Array, z: Array, cloud: float, seed: int) -> tuple[Array, Array]:
    """Return (S, S, 1) cover 0..1 and brightness 0..1 of fair-weather clouds on a plane overhead."""
    px, py = 1.6 * x / (z + 0.12), 1.6 * y / (z + 0.12)
    noise, weight = np.zeros_like(x), 0.0
    for octave in range(5):
        grid = uniforms(np.uint64(seed), address("sky", f"clouds {octave}"), np.arange(4096)).reshape(64, 64)
        noise += _value_noise(grid, px * 2.0**octave, py * 2.0**octave) * 0.55**octave
        weight += 0.55**octave
    noise /= weight
    edge = float(np.quantile(noise, 1.0 - min(max(cloud, 0.0), 0.99))) if cloud > 0.0 else 2.0
    cover = np.clip((noise - edge + 0.04) / 0.14, 0.0, 1.0) ** 1.2
    shade = np.clip(1.15 - (noise - edge) * 1.8, 0.35, 1.0)
    return cover[..., None], shade[..., None]


def _value_noise(grid: Array, x: Array, y: Array) -> Array:
    low_x, low_y = np.floor(x), np.floor(y)
    fx, fy = x - low_x, y - low_y
    fx, fy = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy)
    n, flat = grid.shape[0], grid.astype(x.dtype).ravel()
    j, row = low_x.astype(np.int64) % n, low_y.astype(np.int64) % n
    q, row, below = (j + 1) % n, row * n, (row + 1) % n * n
    a, b, c, d = flat[row + j], flat[row + q], flat[below + j], flat[below + q]
    top = a + (b - a) * fx
    return np.asarray(top + (c + (d - c) * fx - top) * fy)


def _mean_over_hemisphere(radiance: Array) -> Array:
    """Return the radiance of a white ground under the sky: its cosine-weighted mean."""
    side = np.linspace(-1.0, 1.0, radiance.shape[0])
    u, v = np.meshgrid(side, side)
    square = u * u + v * v
    z = (1.0 - square) / (1.0 + square)
    # A cell of the map spans 4 / (1 + u^2 + v^2)^2 of solid angle.
    weight = np.where(square < 1.0, z * 4.0 / (1.0 + square) ** 2, 0.0)
    bright = np.minimum(radiance, 3.0)  # the disc of the sun is counted as sunlight
    return np.asarray((bright * weight[..., None]).sum(axis=(0, 1)) / weight.sum())


@lru_cache(maxsize=8)
def _tone_curve(contrast: float) -> NDArray[np.float32]:
    """Return display levels 0..255 at exposed radiance (i / 4095)^2 * 16.

    Source: Reinhard et al. (2002), eq. 4, with everything white from `_BURNT` times the exposed white on; then
    the sRGB transfer function. Cameras of cars expose for the road and lift shadows rather than crush them.
    """
    x = np.linspace(0.0, 1.0, 4096) ** 2 * 16.0 * _KEY
    y = np.clip(x * (1.0 + x / _BURNT**2) / (1.0 + x), 0.0, 1.0) ** _SLOPE
    if contrast != 1.0:
        y = np.clip(_MID * (y / _MID) ** contrast, 0.0, 1.0)
    display = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)
    return (255.0 * display).astype(np.float32)
