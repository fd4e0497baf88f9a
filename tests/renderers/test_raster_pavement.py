"""Claims about textures in passes: they are what the texture function gives sample by sample."""

import numpy as np
import pytest

from renderers.assets.materials import Texture
from renderers.raster.blocks import BLOCK, line
from renderers.raster.growth import grow_grass, grow_leaves
from renderers.raster.pavement import pave
from renderers.raster.shading import palette
from renderers.raster.textures import texture
from renderers.raster.walls import face

F = np.float32
STEEPEST = 3.0
"""Of smooth noise within ±1, per cell of its lattice: 2 times 3/2, the cubic's."""


def doubt(reach, octaves, width=0.0):
    """Return how far passes in float32 may be from the function in float64, of a tone of 1.

    A place is known to half of float32's spacing, in cells of the lattice; what has faded does not count.

    Args:
        reach: farthest place [m].
        octaves: (amplitude, cells per metre) of the noise.
        width: least extent of a pixel [m].
    """
    shown = [(size, cells) for size, cells in octaves if 0.5 * cells * width < 1.0]
    return 4.0 * 2**-23 + sum(size * STEEPEST * np.spacing(F(reach * cells)) / 2 for size, cells in shown)


BASE = (F(0.11), F(0.10), F(0.12), F(0.9), F(0.04))
PLACES = tuple(line(n) for n in range(4))
SHOWN = tuple(line(n) for n in range(4, 9))
LEFT = tuple(line(n) for n in range(6, 9))


def street():
    """A road with a dashed, a solid and a yellow line, a crosswalk and two lanes, as `roadway` reads it."""
    lines = ((0.0, 0.12, 6.0, 3.0, 0.0), (-3.2, 0.15, 0.0, 0.0, 0.0), (3.0, 0.2, 0.0, 0.0, 1.0))
    crosswalk, lanes = (50.0, 4.0, -3.5, 3.5), (-1.75, 1.75)
    return np.array([9.0, 9.0, 17.0, 3.0, 1.0, 2.0, *np.ravel(lines), *crosswalk, *lanes], F), 2


@pytest.mark.parametrize(("wetness", "snow"), [(0.0, 0.0), (0.7, 0.0), (0.0, 0.5)])
def test_a_road_in_passes_is_the_road_sample_by_sample(wetness, snow):
    data, start = street()
    rng = np.random.default_rng(4)
    painted = 0
    for width in (0.002, 0.05, 0.3, 3.0, 20.0):
        values = np.full(int(line(32)), F(np.nan))
        u, v = rng.uniform(0, 200, BLOCK).astype(F), rng.uniform(-3.6, 3.6, BLOCK).astype(F)
        u[::4], v[1::4], v[2::4] = F(50.0), F(0.0), F(3.0)
        du, dv = (F(width) * rng.uniform(0.2, 1.0, (2, BLOCK))).astype(F)
        for at, given in zip(PLACES, (u, v, du, dv), strict=True):
            values[int(at) : int(at) + BLOCK] = given
        pave(
            data, start, BASE, F(wetness), F(snow), 3, BLOCK - 2, PLACES, SHOWN, palette().texels, values
        )  # fmt: skip
        got = np.stack([values[int(at) : int(at) + BLOCK] for at in SHOWN], axis=1)
        assert np.isnan(got[:3]).all()
        assert np.isnan(got[-2:]).all()
        for n in range(3, BLOCK - 2):
            numbers = (u[n], v[n], F(0), du[n], dv[n], F(0))
            told = texture(int(Texture.ROADWAY), *numbers, data, start, *BASE, F(wetness), F(snow))
            # Patches are darker than 1.
            bound = doubt(200.0, ((0.10, 0.6), (0.05, 1.8), (0.10, 27.0), (0.20, 90.0)), 0.2 * width) / 0.7
            np.testing.assert_allclose(got[n], told, rtol=bound)
            painted += told[3] < BASE[3] - 0.01
    assert painted > 50


@pytest.mark.parametrize(("kind", "grow"), [(Texture.LEAVES, grow_leaves), (Texture.GRASS, grow_grass)])
def test_what_grows_in_passes_is_what_grows_sample_by_sample(kind, grow):
    rng = np.random.default_rng(5)
    data, base = np.array([7.0], F), (F(0.1), F(0.2), F(0.05))
    places = tuple(line(n) for n in range(6))
    for width in (0.001, 0.05, 0.4, 9.0):
        values = np.zeros(int(line(32)), F)
        given = [*rng.uniform(-90, 90, (3, BLOCK)).astype(F), *rng.uniform(0, width, (3, BLOCK)).astype(F)]
        for at, numbers in zip(places, given, strict=True):
            values[int(at) : int(at) + BLOCK] = numbers
        grow(7, base, 0, BLOCK, places, LEFT, palette().texels, values)
        for n in range(BLOCK):
            place = (numbers[n] for numbers in given)
            told = texture(int(kind), *place, data, 0, *base, F(0.9), F(0.0), F(0.0), F(0.0))
            bound = doubt(90.0, ((0.35, 55.0), (0.30, 14.0), (0.22, 2.22)))
            np.testing.assert_allclose([values[int(at) + n] for at in LEFT], told[:3], rtol=bound)


@pytest.mark.parametrize("bricks", [0.0, 1.0])
def test_a_facade_in_passes_is_the_facade_sample_by_sample(bricks):
    # seed, bricks, bay, storey, ground floor, top, window in its bay, sill and lintel, edges, frame
    data = np.array([7.0, 5.0, bricks, 2.7, 2.9, 3.4, 14.9, 0.7, 2.0, 0.9, 2.4, 0.8, 17.0, 0.6], F)
    rng = np.random.default_rng(6)
    glazed = 0
    for width in (0.003, 0.05, 0.4, 3.0):
        values = np.zeros(int(line(32)), F)
        u, v = rng.uniform(-1, 19, BLOCK).astype(F), rng.uniform(0, 16, BLOCK).astype(F)
        du, dv = (F(width) * rng.uniform(0.2, 1.0, (2, BLOCK))).astype(F)
        for at, given in zip(PLACES, (u, v, du, dv), strict=True):
            values[int(at) : int(at) + BLOCK] = given
        face(data, 1, BASE, 0, BLOCK, PLACES, SHOWN, palette().texels, values)
        got = np.stack([values[int(at) : int(at) + BLOCK] for at in SHOWN], axis=1)
        numbers = ((u[n], v[n], F(0), du[n], dv[n], F(0)) for n in range(BLOCK))
        told = np.array([texture(int(Texture.FACADE), *at, data, 1, *BASE, F(0), F(0)) for at in numbers])
        # A stripe covers a share of a pixel, and its edge is known to half of float32's spacing below 32 m.
        bound = np.spacing(F(31.0)) / 2 / (0.2 * width) + 2 * 2**-23
        np.testing.assert_allclose(got, told, rtol=0.0, atol=bound)
        glazed += int((told[:, 4] > 0.08).sum())
    assert glazed > 40
