"""Passes over rows of places against the same worked out place by place, and grids against looking at all."""

import math

import numpy as np
import pytest

from renderers.inspection.flaws import Col, flaw_at, line
from renderers.inspection.grain import bumps, cell, grains, lattice
from renderers.inspection.lighting import lighten, places_for, shadowing
from renderers.inspection.lights import lamps_of
from renderers.inspection.scene import cell_of, place_part
from renderers.inspection.solids import _meet, box, cap, cylinder, first_hit, is_shaded, stand
from renderers.inspection.tracing import traced
from sim.fields import Chosen
from sim.noise import Noise

KEY = np.uint32(123456)


def _hash(i, j):
    """The hash in Python's own whole numbers."""
    most = 0xFFFFFFFF
    h = ((i & most) * 0x9E3779B1 & most) ^ ((j & most) * 0x85EBCA77 & most) ^ int(KEY)
    h = (h ^ (h >> 16)) * 0x7FEB352D & most
    h = (h ^ (h >> 15)) * 0x846CA68B & most
    h ^= h >> 16
    return (h - 2**32 if h >= 2**31 else h) / 2**31


def test_numbers_of_cells_are_even_and_those_of_the_hash():
    for i, j in [(0, 0), (3, -7), (-123456, 99)]:
        assert cell(i, j, KEY) == _hash(i, j)
    values = np.array([cell(i, j, KEY) for i in range(-60, 60) for j in range(-60, 60)])
    n = len(values)
    assert abs(values.mean()) < 4 / math.sqrt(3 * n)
    assert abs((values**2).mean() - 1 / 3) < 4 * math.sqrt(4 / 45 / n)
    square = values.reshape(120, 120)
    for a, b in ((square[1:], square[:-1]), (square[:, 1:], square[:, :-1])):
        assert abs((a * b).mean()) < 4 / 3 / math.sqrt(a.size)
    assert lattice(np.uint64(9), 1) != lattice(np.uint64(9), 2)


def test_grain_along_a_row_is_what_it_is_at_each_place():
    rng = np.random.default_rng(4)
    x, y = rng.uniform(-0.03, 0.03, (2, 300))
    out, gx, gy = np.empty((3, 300))
    grains(x, y, (2e-3, 5e-4), KEY, out)
    bumps(x, y, 1.3e-3, 0.7, KEY, gx, gy)
    c, s, e = math.cos(0.7), math.sin(0.7), 1e-9

    def smooth(u, v, ease):
        i, j = math.floor(u), math.floor(v)
        a, b = ease(u - i), ease(v - j)
        low = _hash(i, j) * (1 - a) + _hash(i + 1, j) * a
        return low * (1 - b) + (_hash(i, j + 1) * (1 - a) + _hash(i + 1, j + 1) * a) * b

    def bump(p, q):
        return smooth(
            (c * p + s * q) / 1.3e-3, (c * q - s * p) / 1.3e-3, lambda f: f**3 * (f * (6 * f - 15) + 10)
        )

    for k in range(300):
        assert out[k] == pytest.approx(
            smooth(x[k] / 2e-3, y[k] / 5e-4, lambda f: f * f * (3 - 2 * f)), abs=1e-12
        )
        slope = (bump(x[k] + e, y[k]) - bump(x[k] - e, y[k])) / (2 * e) * 1.3e-3
        assert gx[k] == pytest.approx(slope, abs=1e-4)
        assert gy[k] == pytest.approx(
            (bump(x[k], y[k] + e) - bump(x[k], y[k] - e)) / (2 * e) * 1.3e-3, abs=1e-4
        )


def _crowd(rng):
    rows = []
    for _ in range(40):
        x, y = rng.uniform(-0.02, 0.02, 2)
        top = rng.uniform(3e-4, 5e-3)
        kind = rng.integers(3)
        if kind == 0:
            half = tuple(rng.uniform(3e-4, 3e-3, 2))
            rows.append(box(x, y, angle=rng.uniform(-3, 3), half=half, top=top, material=5))
        elif kind == 1:
            rows.append(cylinder(x, y, radius=rng.uniform(5e-4, 3e-3), top=top, low=0.3 * top, material=9))
        else:
            rows.append(cap(x, y, radius=rng.uniform(5e-4, 2e-3), top=min(top, 1.5e-3), base=0.0, material=10))
    return rows


def test_grids_find_the_solids_that_looking_at_all_finds():
    rng = np.random.default_rng(7)
    views = np.array([[0.0, -0.12, 0.28], [0.15, 0.05, 0.11], [-0.02, 0.3, 0.03]])
    solids = stand(_crowd(rng), views)
    n = np.zeros(6)
    hits = shadows = 0
    for _ in range(4000):
        x, y = rng.uniform(-0.022, 0.022, 2)
        d = np.array([x, y, 0.0]) - views[0]
        found, t = first_hit(solids, x, y, views[0], *d, 1.0, n)
        all_t = [_meet(row, *views[0], *d, n) for row in solids.rows]
        assert t == min(1.0, *all_t)
        assert found == (int(np.argmin(all_t)) if min(all_t) < 1.0 else -1)
        hits += found >= 0
        place = views[0] + t * d + [0.0, 0.0, 1e-7]
        for view in (1, 2):
            toward = views[view] - place
            slow = any(_meet(row, *place, *toward, n) < 1.0 for row in solids.rows if place[2] < row[7])
            assert is_shaded(solids, view, *place, n) == slow
            shadows += slow
    assert hits > 400
    assert shadows > 400


def test_a_far_segment_of_a_line_is_passed_over_without_a_trace():
    rng = np.random.default_rng(2)
    segments = np.concatenate([rng.uniform(-5e-3, 5e-3, (30, 4)), rng.uniform(1e-5, 3e-4, (30, 2))], axis=1)
    row = line(segments, first=0, depth=1e-4, lip=1.0)
    pitch = 1e-4
    for x, y in rng.uniform(-5e-3, 5e-3, (1500, 2)):
        best, half = 1e9, 0.0
        for ax, ay, bx, by, a, b in segments:
            s = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2), 0, 1)
            far, wide = math.hypot(x - ax - s * (bx - ax), y - ay - s * (by - ay)), a + s * (b - a)
            if far - wide < best - half:
                best, half = far, wide
        inside, lift, _ = flaw_at(row, segments, x, y, pitch)
        assert inside == (best <= max(1.8 * half, 0.5 * pitch))
        wide = max(half, 0.7 * pitch)
        q, deep = best / wide, row[Col.DEPTH] * half / wide
        slow = (
            -deep * (1 - q * q) if q < 1 else 0.3 * deep * math.sin(math.pi * (q - 1) / 0.8) if q < 1.8 else 0
        )
        assert lift == pytest.approx(slow, abs=1e-15)


@pytest.mark.parametrize(
    "light",
    [
        Chosen("ring", {"diameter": 0.14, "height": 0.16, "diffusion": 0.8}),
        Chosen("dome", {"height": 0.2, "hole": 0.03}),
    ],
)
def test_light_along_a_row_is_what_the_formulas_say_at_each_place(light):
    rng = np.random.default_rng(5)
    lamps = lamps_of(light)
    solids = stand([], np.concatenate([[[0.0, 0.0, 0.3]], shadowing(lamps)]))
    p, n = places_for(200), 200
    for a, low, high in (
        (p.x, -0.03, 0.03),
        (p.y, -0.02, 0.02),
        (p.z, 0, 1e-3),
        (p.dx, -0.1, 0.1),
        (p.dy, -0.1, 0.1),
    ):
        a[:] = rng.uniform(low, high, n)
    p.dz[:], p.glow[:] = -1.0, 0.02
    p.material[:] = rng.uniform(0.02, 0.6, p.material.shape)
    normal = rng.normal(0, 0.25, (n, 3)) + np.array([0.0, 0.0, 1.0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    p.nx[:], p.ny[:], p.nz[:] = normal.T
    lighten(solids, lamps, p, n, np.empty(6))
    for i in range(n):
        place, v = np.array([p.x[i], p.y[i], p.z[i]]), -np.array([p.dx[i], p.dy[i], p.dz[i]])
        v /= np.linalg.norm(v)
        m = normal[i]
        facing = max(m @ v, 1e-3)
        r = 2 * facing * m - v
        scattered, mirrored = lamps.ambient + lamps.dome, lamps.ambient
        if r[2] <= 0.05:
            scattered *= 0.6
        else:
            far = (lamps.level - place[2]) / r[2]
            q, wide = (place + far * r)[:2], 2 * far * p.material[8:, i]
            if lamps.dome:
                off, spread = np.linalg.norm(q - lamps.hole[:2]), math.sqrt((wide @ wide) / 2) + 1e-4
                hole = 0.5 * (1 + math.erf((lamps.hole[2] - off) / (math.sqrt(2) * spread)))
                mirrored += lamps.dome * (0.8 + 0.4 * min(off / 2 / lamps.level, 1)) * (1 - 0.85 * hole)
            for patch in lamps.patches:
                to, s = patch[:3] - place, 0.5 / (wide**2 + patch[4] ** 2)
                scattered += patch[3] / math.pi * max(m @ to, 0) * to[2] / (to @ to) ** 2
                lobe = max(1 - ((q - patch[:2]) ** 2 @ s) / 16, 0) ** 16
                mirrored += patch[3] / math.pi * lobe * math.sqrt(s[0] * s[1])
        grazing = 0.5 * (1 - facing) ** 5
        mirror = p.material[5:8, i] + (1 - p.material[5:8, i]) * grazing
        expected = p.material[2:5, i] * scattered + mirror * mirrored + 0.02
        np.testing.assert_allclose(p.colour[:, i], expected, rtol=1e-6)


def test_pixels_that_are_not_wanted_change_none_that_are(hand):
    cell = cell_of(hand.settings(surface="board"))
    scene = place_part(cell, hand.part("misplaced", 6e-4), Noise(5))
    wanted = np.zeros((120, 160), np.uint8)
    wanted[30:80, 50:90] = 1
    some, whole = traced(scene.stage, 160, 120, wanted=wanted), traced(scene.stage, 160, 120)
    for a, b in zip(some, whole, strict=True):
        np.testing.assert_array_equal(a[wanted > 0], b[wanted > 0])
