"""The colour of samples: sun with shadows, sky light, reflections of the sky, lamps, fog and sky itself.

It is made in passes over blocks of samples, each a loop that the compiler vectorises where it can.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.raster.bending import Bend
from renderers.raster.blocks import BLOCK, Block, block_buffers, find, line
from renderers.raster.lamplight import shed
from renderers.raster.light import FULL, Lighting, fading, gloss, mirrored, sky
from renderers.raster.runs import Runs
from renderers.raster.setup import Lattice, Triangles
from renderers.raster.shadow import N_LINES, ShadowMaps, openness, project, sunlit
from renderers.raster.surfaces import (
    BASE_B,
    BASE_G,
    BASE_R,
    BLUE,
    DEPTH,
    DIRECT,
    DX,
    DY,
    DZ,
    GLOW,
    GREEN,
    LAMP,
    MIRROR,
    NX,
    NY,
    NZ,
    OPENED,
    REACH,
    RED,
    ROUGH,
    TOWARD,
    WRAP,
    Surfaces,
    aim,
    clothe,
    collect,
    follow,
    weigh,
)  # fmt: skip
from renderers.raster.visibility import VOID
from sim.compiled import kernel

__all__ = ["Palette", "palette", "shade", "shade_rows"]

_F: Any = np.float32
_ZERO, _HALF, _ONE = _F(0.0), _F(0.5), _F(1.0)
_NEXT, _AFTER_NEXT, _THREE = np.uint64(1), np.uint64(2), np.uint64(3)
N_TEXELS = 14
"""Lines that a texture needs at most."""
_CLEAR = _F(0.2)
"""Optical thickness up to which `fading` is a series."""


class Palette(NamedTuple):
    """What a block of samples is shaded in.

    Attributes:
        block: the samples and the triangles they see.
        values: (N_LINES lines) float32.
        texels: (N_TEXELS lines) float32, for textures to work in.
    """

    block: Block
    values: NDArray[np.float32]
    texels: NDArray[np.float32]


def palette() -> Palette:
    """Return room to shade one block."""
    return Palette(
        block_buffers(), np.ones(int(line(N_LINES)), np.float32), np.ones(int(line(N_TEXELS)), np.float32)
    )


@kernel
def shade(
    samples: np.ndarray, triangles: Triangles, winner: np.ndarray, lattice: Lattice, stride: int,
    lens: Bend, T_world_camera: np.ndarray, surfaces: Surfaces, light: Lighting, shadows: ShadowMaps,
    palette: Palette, colours: np.ndarray,
) -> None:  # fmt: skip
    """Write the exposed radiance of some samples, at most `FULL`.

    Args:
        samples: (n, 2) int16 column and row of each.
        triangles: as set up.
        winner: triangle of every sample of the lattice.
        lattice: the samples.
        stride: samples per pixel along an axis; textures are filtered over a pixel.
        lens: which directions the samples look in; black where it shows nothing.
        T_world_camera: (3, 4) float64.
        surfaces: what the triangles are made of.
        light: what lights them.
        shadows: of the sun, and of the sky.
        palette: to work in.
        colours: flat (n 3) float32, written.
    """
    for first in range(0, samples.shape[0], BLOCK):
        count = min(BLOCK, samples.shape[0] - first)
        runs = collect(samples, first, count, winner, lens, palette.block)
        _shade_block(
            triangles, lattice, stride, T_world_camera, surfaces, light, shadows, runs, count, palette,
            np.uint64(3 * first), colours,
        )  # fmt: skip


@kernel
def shade_rows(
    picture: Runs, triangles: Triangles, lattice: Lattice, stride: int, lens: Bend,
    T_world_camera: np.ndarray, surfaces: Surfaces, light: Lighting, shadows: ShadowMaps, palette: Palette,
    top: int, bottom: int, colours: np.ndarray,
) -> None:  # fmt: skip
    """Write what `shade` does of the centres of all pixels in the rows top..bottom-1.

    Args:
        picture: which triangle every pixel sees.
        triangles: as set up.
        lattice: the samples.
        stride: samples per pixel along an axis.
        lens: which directions the samples look in.
        T_world_camera: (3, 4) float64.
        surfaces: what the triangles are made of.
        light: what lights them.
        shadows: of the sun, and of the sky.
        palette: to work in.
        top: first row of pixels.
        bottom: past the last.
        colours: flat (H W 3) float32, written.
    """
    for v in range(top, bottom):
        for u in range(0, picture.width, BLOCK):
            runs, count = find(picture, stride, lens, v, u, palette.block)
            follow(lens, stride, v, u, count, palette.block)
            _shade_block(
                triangles, lattice, stride, T_world_camera, surfaces, light, shadows, runs, count, palette,
                np.uint64(3 * (v * picture.width + u)), colours,
            )  # fmt: skip


@kernel
def _shade_block(
    triangles: Triangles, lattice: Lattice, stride: int, T_world_camera: np.ndarray, surfaces: Surfaces,
    light: Lighting, shadows: ShadowMaps, runs: int, count: int, palette: Palette, at: np.uint64,
    colours: np.ndarray,
) -> None:  # fmt: skip
    """Write the colours of a block that has been begun, from one place on."""
    block, values, texels = palette.block, palette.values, palette.texels
    aim(lattice, T_world_camera, count, block, values)
    weigh(triangles.planes, stride, runs, block, values)
    clothe(triangles, surfaces, _F(light.wetness), _F(light.snow), runs, block, values, texels)
    _face(light, count, values)
    _shadow(shadows, runs, block, values)
    shed(light, T_world_camera, count, values)
    _light(light, count, values)
    _shine(light, count, values)
    _expose(light, count, values, at, colours)
    _show_sky(light, runs, block, values, at, colours)


@kernel
def _face(light: Lighting, count: int, values: np.ndarray) -> None:
    """Write the cosine to the sun, and the light of the sun that arrives where nothing hides it."""
    sx, sy, sz = light.sun[0], light.sun[1], light.sun[2]
    for i in range(np.uint64(0), np.uint64(count)):
        toward = values[NX + i] * sx + values[NY + i] * sy + values[NZ + i] * sz
        values[TOWARD + i] = toward
        values[DIRECT + i] = max((toward + values[WRAP + i]) / (_ONE + values[WRAP + i]), _ZERO)


@kernel
def _shadow(shadows: ShadowMaps, runs: int, block: Block, values: np.ndarray) -> None:
    """Take away what is hidden from the sun, and write how much of the sky is seen."""
    fine, coarse, cover = shadows.fine, shadows.coarse, shadows.cover
    starts, seen = block.starts, block.seen
    project(shadows, int(starts[runs]), values)
    for r in range(runs):
        if seen[r] < 0:
            continue
        for i in range(np.uint64(starts[r]), np.uint64(starts[r + 1])):
            if values[DIRECT + i] > _ZERO:
                values[DIRECT + i] *= sunlit(fine, coarse, i, values)
            values[OPENED + i] = openness(cover, i, values)


@kernel
def _light(light: Lighting, count: int, values: np.ndarray) -> None:
    """Write the radiance of matt surfaces into RED, GREEN and BLUE."""
    s0, s1, s2 = light.sunlight[0], light.sunlight[1], light.sunlight[2]
    k0, k1, k2 = light.skylight[0], light.skylight[1], light.skylight[2]
    g0, g1, g2 = light.ground[0], light.ground[1], light.ground[2]
    l0, l1, l2 = light.lamplight[0], light.lamplight[1], light.lamplight[2]
    for i in range(np.uint64(0), np.uint64(count)):
        nz, direct, lamp, glow = values[NZ + i], values[DIRECT + i], values[LAMP + i], values[GLOW + i]
        # A wall beside something tall still sees half the sky past it.
        opened = _ONE - (_ONE - values[OPENED + i]) * (_F(0.4) + _F(0.6) * abs(nz))
        up = (_HALF + _HALF * nz) * opened
        down = opened - up
        values[OPENED + i] = opened
        arrived = direct * s0 + up * k0 + down * g0 + glow * l0
        values[RED + i] = values[RED + i] * arrived + lamp * values[BASE_R + i]
        arrived = direct * s1 + up * k1 + down * g1 + glow * l1
        values[GREEN + i] = values[GREEN + i] * arrived + lamp * values[BASE_G + i]
        arrived = direct * s2 + up * k2 + down * g2 + glow * l2
        values[BLUE + i] = values[BLUE + i] * arrived + lamp * values[BASE_B + i]


@kernel
def _shine(light: Lighting, count: int, values: np.ndarray) -> None:
    """Add what surfaces mirror: the sky, and the sun."""
    dome, haze, skylight, ground = light.sky, light.haze, light.skylight, light.ground
    s0, s1, s2 = light.sunlight[0], light.sunlight[1], light.sunlight[2]
    sx, sy, sz = light.sun[0], light.sun[1], light.sun[2]
    for n in range(count):
        i = np.uint64(n)
        mirror = values[MIRROR + i]
        if not mirror > _ZERO:
            continue
        dx, dy, dz, rough = values[DX + i], values[DY + i], values[DZ + i], values[ROUGH + i]
        nx, ny, nz = values[NX + i], values[NY + i], values[NZ + i]
        direct, toward = values[DIRECT + i], values[TOWARD + i]
        cosine = min(max(-(dx * nx + dy * ny + dz * nz), _ZERO), _ONE)
        grazing = _ONE - cosine
        grazing2 = grazing * grazing
        fresnel = mirror + (_ONE - mirror) * (_ONE - rough) * grazing2 * grazing2 * grazing
        twice = cosine + cosine
        red, green, blue = mirrored(
            dome, haze, skylight, ground, dx + twice * nx, dy + twice * ny, dz + twice * nz, rough
        )
        shine, keep = fresnel * (_F(0.25) + _F(0.75) * values[OPENED + i]), _ONE - fresnel
        red, green, blue = (
            values[RED + i] * keep + shine * red,
            values[GREEN + i] * keep + shine * green,
            values[BLUE + i] * keep + shine * blue,
        )
        if direct > _ZERO and toward > _ZERO:
            hx, hy, hz = sx - dx, sy - dy, sz - dz
            h = _ONE / _F(math.sqrt(max(hx * hx + hy * hy + hz * hz, _F(1e-12))))
            glint = gloss((nx * hx + ny * hy + nz * hz) * h, (sx * hx + sy * hy + sz * hz) * h, rough)
            glint = min(glint * mirror * direct, _F(40.0))
            red, green, blue = red + glint * s0, green + glint * s1, blue + glint * s2
        values[RED + i], values[GREEN + i], values[BLUE + i] = red, green, blue


@kernel
def _expose(light: Lighting, count: int, values: np.ndarray, at: np.uint64, colours: np.ndarray) -> None:
    """Write the colours, seen through the air."""
    extinction, exposure = _F(light.extinction), _F(light.exposure)
    h0, h1, h2 = light.haze[0], light.haze[1], light.haze[2]
    thickest = _ZERO
    for i in range(np.uint64(0), np.uint64(count)):
        t = extinction * values[DEPTH + i] * values[REACH + i]
        values[DIRECT + i] = t
        # The series of `fading`, so that this loop has no branch.
        values[TOWARD + i] = _ONE - t * (_ONE - t * (_HALF - t * (_F(1.0 / 6.0) - t * _F(1.0 / 24.0))))
    for n in range(count):
        thickest = max(thickest, values[DIRECT + np.uint64(n)])
    if thickest >= _CLEAR:
        for n in range(count):
            values[TOWARD + np.uint64(n)] = fading(values[DIRECT + np.uint64(n)])
    for i in range(np.uint64(0), np.uint64(count)):
        clear = values[TOWARD + i]
        murk = _ONE - clear
        values[RED + i] = min((values[RED + i] * clear + h0 * murk) * exposure, FULL)
        values[GREEN + i] = min((values[GREEN + i] * clear + h1 * murk) * exposure, FULL)
        values[BLUE + i] = min((values[BLUE + i] * clear + h2 * murk) * exposure, FULL)
    for i in range(np.uint64(0), np.uint64(count)):
        colours[at], colours[at + _NEXT] = values[RED + i], values[GREEN + i]
        colours[at + _AFTER_NEXT] = values[BLUE + i]
        at += _THREE


@kernel
def _show_sky(
    light: Lighting, runs: int, block: Block, values: np.ndarray, at: np.uint64, colours: np.ndarray
) -> None:
    """Write the colours of what sees the sky, and black where the lens shows nothing."""
    dome, haze, exposure = light.sky, light.haze, _F(light.exposure)
    starts, seen = block.starts, block.seen
    for r in range(runs):
        if seen[r] >= 0:
            continue
        if seen[r] == VOID:
            for n in range(at + _THREE * np.uint64(starts[r]), at + _THREE * np.uint64(starts[r + 1])):
                colours[n] = _ZERO
            continue
        for i in range(np.uint64(starts[r]), np.uint64(starts[r + 1])):
            red, green, blue = sky(dome, haze, values[DX + i], values[DY + i], values[DZ + i])
            place = at + _THREE * i
            colours[place], colours[place + _NEXT] = min(red * exposure, FULL), min(green * exposure, FULL)
            colours[place + _AFTER_NEXT] = min(blue * exposure, FULL)
