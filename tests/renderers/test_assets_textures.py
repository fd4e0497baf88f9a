"""Claims about textures: compiled and slow twins agree, and what is filtered is the mean of what is fine."""

import numpy as np
import pytest

from renderers.assets import mesh_for
from renderers.assets.materials import Column, Texture
from renderers.raster import patterns
from renderers.raster.ground_textures import weathered
from renderers.raster.textures import texture
from sim.noise import hash64, uniforms
from sim.scene import Shape

F = np.float32
GREY = (F(0.1), F(0.1), F(0.1), F(0.9), F(0.0))
SEED = np.array([5, 0.5, 0.5], F)


def street(markings=(), crosswalks=(), kind="asphalt"):
    """Return (data, start) of a roadway texture."""
    details = {
        "reference": ((200.0, 0.0, 0.0, 0.0, 0.0, 0.0),),
        "strips": ((-3.5, 3.5, kind, 0.0),),
        "markings": markings,
        "crosswalks": crosswalks,
    }
    mesh = mesh_for(Shape("road", (1, 1, 1), details))
    row = mesh.materials[mesh.materials[:, Column.TEXTURE] == Texture.ROADWAY][0]
    return mesh.data, int(row[Column.DATA])


def sample(kind, u, v, *, w=0.0, du=0.0, dv=0.0, data=SEED, start=0, base=GREY, wetness=0.0, snow=0.0):
    numbers = (F(u), F(v), F(w), F(du), F(dv), F(0.0))
    return np.array(texture(int(kind), *numbers, data, start, *base, F(wetness), F(snow)))


def slow_lattice(u, v, seed):
    table = np.floor(uniforms(hash64("lattice"), 0, np.arange(128 * 128)) * 256).reshape(128, 128) / 255
    i, j = int(np.floor(u)), int(np.floor(v))
    a, b = u - i, v - j
    a, b = 3 * a**2 - 2 * a**3, 3 * b**2 - 2 * b**3
    p = [[table[(j + 91 * seed + y) % 128, (i + 37 * seed + x) % 128] for x in (0, 1)] for y in (0, 1)]
    return np.array([1 - b, b]) @ np.array(p) @ np.array([1 - a, a])


def slow_hash(i, j, seed):
    with np.errstate(over="ignore"):
        h = np.array([i * 374761393 + j * 668265263 + seed * 2246822519]).astype(np.uint64).astype(np.uint32)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x7FEB352D)
        h = (h ^ (h >> np.uint32(15))) * np.uint32(0x846CA68B)
    return float((h ^ (h >> np.uint32(16)))[0]) / 2**32


def slow_dashes(x, period, low, high, width, n=20001):
    points = x + (np.arange(n) + 0.5) / n * width - width / 2
    return np.mean((points - low) % period < high - low)


def test_noise_and_hash_agree_with_their_slow_twins():
    rng = np.random.default_rng(1)
    for u, v in rng.uniform(-300.0, 300.0, (200, 2)):
        assert patterns.lattice_noise(u, v, 3) == pytest.approx(slow_lattice(u, v, 3), abs=1e-12)
        i, j = int(u), int(v)
        assert patterns.hashed(i, j, 7) == pytest.approx(slow_hash(i, j, 7), abs=1e-15)


def test_stripes_agree_with_brute_force_at_any_width():
    rng = np.random.default_rng(2)
    for x, width in zip(rng.uniform(-40, 40, 60), 10 ** rng.uniform(-2, 1.7, 60), strict=True):
        assert patterns.dashes(x, 3.0, 0.4, 1.5, width) == pytest.approx(
            slow_dashes(x, 3.0, 0.4, 1.5, width), abs=2e-4
        )
        inside = np.mean(np.abs(x + (np.arange(5000) / 5000 - 0.5) * width) < 1.0)
        assert patterns.covered(x, -1.0, 1.0, width) == pytest.approx(inside, abs=5e-4)


def test_hashed_cells_are_uniform():
    values = np.array([patterns.hashed(i, j, 3) for i in range(60) for j in range(60)])
    assert values.mean() == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / 3600))
    counts = np.histogram(values, 20, (0, 1))[0]
    assert ((counts - 180) ** 2 / 180).sum() < 45.3  # chi-square, 19 degrees of freedom, 99.9 %


def test_noise_averages_to_one_half():
    rng = np.random.default_rng(4)
    values = [patterns.lattice_noise(u, v, 1) for u, v in rng.uniform(0.0, 128.0, (20_000, 2))]
    assert np.mean(values) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("d", [0.0, -3.25, 1.7])
def test_paint_lies_at_its_d_to_the_millimetre(d):
    """Crossing the line in half-millimetre steps, both edges are found where they are declared."""
    data, start = street(markings=((d, 0.12, "solid", "white"),))
    across = np.arange(d - 0.1, d + 0.1, 0.0005)
    red = np.array(
        [sample(Texture.ROADWAY, 20.0, v, dv=0.0005, du=0.0005, data=data, start=start)[0] for v in across]
    )
    painted = across[red > 0.25]
    assert painted.min() == pytest.approx(d - 0.06, abs=1e-3)
    assert painted.max() == pytest.approx(d + 0.06, abs=1e-3)


def test_broken_lines_paint_three_metres_in_nine():
    data, start = street(markings=((0.0, 0.12, "broken", "white"),))
    along = np.arange(0.0, 36.0, 0.02)
    red = np.array(
        [sample(Texture.ROADWAY, s, 0.0, du=0.02, dv=0.01, data=data, start=start)[0] for s in along]
    )
    is_painted = red > 0.25
    assert is_painted.mean() == pytest.approx(1 / 3, abs=0.01)
    assert is_painted[: int(2.9 / 0.02)].all()
    assert not is_painted[int(3.1 / 0.02) : int(8.9 / 0.02)].any()


def test_a_crosswalk_has_half_metre_stripes_along_the_road():
    data, start = street(crosswalks=((30.0, 4.0, -3.5, 3.5),))
    across = np.arange(-3.5, 3.5, 0.013)
    red = np.array(
        [sample(Texture.ROADWAY, 30.5, v, du=0.01, dv=0.01, data=data, start=start)[0] for v in across]
    )
    assert (red > 0.25).mean() == pytest.approx(0.5, abs=0.03)
    assert np.abs(np.diff((red > 0.25).astype(int))).sum() == 14
    before = sample(Texture.ROADWAY, 27.9, 0.0, du=0.01, dv=0.01, data=data, start=start)[0]
    assert before < 0.2


KINDS = [kind for kind in Texture if kind not in (Texture.PLAIN, Texture.PLATE)]


def numbers_of(kind):
    if kind == Texture.ROADWAY:
        return street(markings=((0.3, 0.12, "broken", "white"),))
    if kind in (Texture.FACADE, Texture.MASONRY):
        return np.array([5, 1, 3, 3, 0.4, 9.4, 0.8, 2.2, 0.9, 2.3, 0.4, 12.4, 0.6], F), 0
    return SEED, 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_wide_pixel_shows_about_the_mean_of_its_narrow_ones(kind):
    """One pixel of 2.4 m against a raster of fine ones: same colour within a sixth."""
    data, start = numbers_of(kind)
    for u, v in ((6.0, 0.0), (5.0, 4.4)):
        points = (np.arange(40) + 0.5) / 40 * 2.4 - 1.2
        fine = np.mean(
            [
                sample(kind, u + a, v + b, du=0.06, dv=0.06, data=data, start=start)[:3]
                for a in points
                for b in points
            ],
            axis=0,
        )
        wide = sample(kind, u, v, du=2.4, dv=2.4, data=data, start=start)[:3]
        np.testing.assert_allclose(wide, fine, rtol=0.17, atol=0.006)


@pytest.mark.parametrize("kind", KINDS)
def test_far_away_neighbouring_pixels_agree(kind):
    """Nothing sparkles: at fifty metres per pixel the pattern is gone."""
    data, start = numbers_of(kind)
    far = [sample(kind, u, 1.0, du=50.0, dv=50.0, data=data, start=start) for u in np.arange(0.0, 4.0, 0.37)]
    assert np.ptp([colour[:3] for colour in far], axis=0).max() < 0.03


@pytest.mark.parametrize("kind", [*KINDS, Texture.PLATE])
@pytest.mark.parametrize("width", [0.001, 0.3, 30.0])
def test_albedo_and_roughness_stay_physical(kind, width):
    data, start = numbers_of(kind)
    rng = np.random.default_rng(6)
    for u, v in rng.uniform(-30.0, 30.0, (60, 2)):
        for wetness, snow in ((0.0, 0.0), (0.8, 0.0), (0.0, 0.7)):
            r, g, b, rough, refl = sample(
                kind, u, v, w=1.0, du=width, dv=width, data=data, start=start, wetness=wetness, snow=snow
            )
            assert min(r, g, b) >= 0.0
            assert max(r, g, b) < 1.0
            assert 0.0 < rough <= 1.0
            assert 0.0 <= refl < 0.2


def test_water_darkens_and_smooths_the_road_and_leaves_a_dry_one_alone():
    data, start = street()
    dry = np.array([sample(Texture.ROADWAY, s, 1.0, du=0.3, dv=0.3, data=data, start=start) for s in range(40)])
    wet = np.array(
        [
            sample(Texture.ROADWAY, s, 1.0, du=0.3, dv=0.3, data=data, start=start, wetness=0.8)
            for s in range(40)
        ]
    )
    assert wet[:, 0].mean() < 0.7 * dry[:, 0].mean()
    assert wet[:, 3].mean() < 0.5
    assert (wet[:, 4] >= 0.02 - 1e-6).all()
    assert weathered(1.0, 2.0, 0.1, 0.3, 0.2, 0.1, 0.9, 0.0, 1.0, 0.0, 0.0, 0.0) == (0.3, 0.2, 0.1, 0.9, 0.0)


def test_snow_covers_the_ground_but_wheels_clear_their_tracks():
    data, start = street(markings=((0.0, 0.12, "solid", "white"), (3.5, 0.12, "solid", "white")))
    lane_middle, wheel_track = 1.75, 1.0
    white = [
        np.mean(
            [
                sample(Texture.ROADWAY, s, d, du=0.2, dv=0.2, data=data, start=start, snow=0.8)[0]
                for s in range(60)
            ]
        )
        for d in (lane_middle, wheel_track)
    ]
    assert white[0] > 0.6
    assert white[1] < 0.6 * white[0]


def test_windows_are_smooth_dark_glass_in_a_rough_wall():
    data, start = numbers_of(Texture.FACADE)
    base = (F(0.5), F(0.45), F(0.4), F(0.92), F(0.0))
    pane = sample(Texture.FACADE, 0.4 + 1.15, 0.4 + 1.5, du=0.01, dv=0.01, data=data, start=start, base=base)
    wall = sample(Texture.FACADE, 0.4 + 0.3, 0.4 + 1.5, du=0.01, dv=0.01, data=data, start=start, base=base)
    assert pane[3] < 0.1 < 0.8 < wall[3]
    assert pane[4] > 0.05 > wall[4]
    assert pane[0] < 0.5 * wall[0]
