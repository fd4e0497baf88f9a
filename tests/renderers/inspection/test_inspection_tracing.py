"""Labels against geometry worked out by hand."""

import math

import numpy as np
import pytest

from renderers.inspection.flaws import Col, blob, flaw_at, line, rectangle, stack
from renderers.inspection.solids import cap, stand
from renderers.inspection.surfaces import BASES, BRUSHED
from renderers.inspection.tracing import Stage, Traced, busy_tiles, traced

WIDTH, HEIGHT, FIELD = 640, 480, 0.06
NO_LINES = np.empty((0, 6))


def _stage(rows, *, segments=NO_LINES, solids=(), tilt=0.0, distance=0.3):
    s, c = math.sin(tilt), math.cos(tilt)
    R = np.array([[1.0, 0.0, 0.0], [0.0, -c, s], [0.0, -s, -c]])
    focal = WIDTH * distance / FIELD
    camera = np.concatenate([[0.0, -s * distance, c * distance], R.ravel(), [focal, WIDTH / 2, HEIGHT / 2]])
    base = np.concatenate([np.zeros(2), BASES[BRUSHED]])
    flaws = stack(rows)
    busy = busy_tiles(camera, flaws, segments, WIDTH, HEIGHT)
    standing = stand(list(solids), camera[None, :3])
    return Stage(camera, BRUSHED, np.uint64(9), base, flaws, segments, standing, 0, busy)


def _seen(rows, **more) -> Traced:
    return traced(_stage(rows, **more), WIDTH, HEIGHT)


def _disc(x, y, radius, depth, *, is_bowl=False):
    row = blob(x, y, radii=(radius, radius), is_bowl=is_bowl)
    row[[Col.DEPTH, Col.ID]] = depth, 1
    return row


def test_a_pit_from_above_has_the_area_the_place_and_the_depth_it_was_given():
    radius, x, y = 4e-3, 7e-3, -5e-3
    seen = _seen([_disc(x, y, radius, 3e-4)])
    pixel = FIELD / WIDTH
    rows, cols = np.nonzero(seen.defect)
    # A circle of radius r pixels covers pi r^2 pixel centres, give or take its edge.
    assert len(rows) == pytest.approx(math.pi * (radius / pixel) ** 2, abs=2.0 * radius / pixel)
    assert cols.mean() + 0.5 == pytest.approx(WIDTH / 2 + x / pixel, abs=0.1)
    assert rows.mean() + 0.5 == pytest.approx(HEIGHT / 2 - y / pixel, abs=0.1)
    assert seen.height.min() == pytest.approx(-3e-4, rel=2e-3)
    deepest = np.unravel_index(seen.height.argmin(), seen.height.shape)
    assert seen.depth[deepest] - seen.depth[0, 0] == pytest.approx(3e-4, rel=5e-3)


def test_a_tilted_camera_sees_the_ellipse_that_projection_gives():
    tilt, radius = 0.5, 4e-3
    seen = _seen([_disc(0.0, 0.0, radius, 0.0)], tilt=tilt)
    rows, cols = np.nonzero(seen.defect)
    focal = WIDTH * 0.3 / FIELD
    # The circle's own points, projected: v = f y cos / (D + y sin) below the centre.
    up, down = (focal * math.cos(tilt) * y / (0.3 + math.sin(tilt) * y) for y in (radius, -radius))
    assert rows.min() == pytest.approx(HEIGHT / 2 - up, abs=1.0)
    assert rows.max() + 1 == pytest.approx(HEIGHT / 2 - down, abs=1.0)
    assert cols.max() - cols.min() + 1 == pytest.approx(2 * focal * radius / 0.3, abs=1.5)


def test_depth_is_measured_along_the_axis_and_grows_up_the_picture_when_tilted():
    seen = _seen([], tilt=0.4)
    assert seen.depth[HEIGHT // 2, WIDTH // 2] == pytest.approx(0.3, abs=1e-4)
    v = np.arange(HEIGHT) + 0.5
    b = (v - HEIGHT / 2) / (WIDTH * 0.3 / FIELD)
    flat = 0.3 * math.cos(0.4) / (math.cos(0.4) + b * math.sin(0.4))
    np.testing.assert_allclose(seen.depth[:, 10], flat, rtol=1e-6)


def test_what_is_seen_lies_on_the_ray_and_on_the_surface():
    stage = _stage([_disc(2e-3, 3e-3, 6e-3, 8e-4, is_bowl=True)], tilt=0.35)
    seen = traced(stage, WIDTH, HEIGHT)
    R = stage.camera[3:12].reshape(3, 3)
    v, u = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    focal = stage.camera[12]
    ray = np.stack([(u - WIDTH / 2) / focal, (v - HEIGHT / 2) / focal, np.ones_like(u)], axis=-1) @ R.T
    on_ray = stage.camera[:3] + ray * seen.depth[..., None]
    np.testing.assert_allclose(on_ray, seen.place, atol=1e-7)
    q2 = ((seen.place[..., 0] - 2e-3) ** 2 + (seen.place[..., 1] - 3e-3) ** 2) / 6e-3**2
    surface = np.where(q2 < 1.0, -8e-4 * (1.0 - q2) ** 2, 0.0)
    np.testing.assert_allclose(seen.place[..., 2], surface, atol=2e-6)


def test_a_drop_is_met_where_its_sphere_is():
    drop = cap(5e-3, 0.0, radius=2e-3, top=1.2e-3, base=0.0, material=10)
    drop[10] = 1
    seen = _seen([], solids=[drop], tilt=0.3)
    rows, cols = np.nonzero(seen.defect)
    sphere = (4e-6 + 1.44e-6) / 2.4e-3
    place = seen.place[rows, cols]
    distance = np.linalg.norm(place - [5e-3, 0.0, 1.2e-3 - sphere], axis=1)
    np.testing.assert_allclose(distance, sphere, rtol=1e-9)
    assert seen.height.max() == pytest.approx(1.2e-3, rel=1e-2)


def test_a_line_thinner_than_a_pixel_is_labelled_without_a_gap():
    segments = np.array([[-0.02, -0.011, 0.02, 0.013, 1e-6, 1e-6]])
    row = line(segments, first=0, depth=1e-5, lip=0.0)
    row[Col.ID] = 1
    seen = _seen([row], segments=segments)
    columns = np.nonzero(seen.defect.any(axis=0))[0]
    assert (np.diff(columns) == 1).all()
    assert seen.defect.sum(axis=0)[columns].max() <= 3


def test_a_groove_has_its_profile_and_its_lips():
    segments = np.array([[-0.01, 0.0, 0.01, 0.0, 4e-4, 4e-4]])
    row = line(segments, first=0, depth=1e-4, lip=1.0)
    pitch = 1e-5
    assert flaw_at(row, segments, 0.0, 0.0, pitch) == (True, pytest.approx(-1e-4), 1.0)
    _, lift, _ = flaw_at(row, segments, 0.0, 2e-4, pitch)
    assert lift == pytest.approx(-0.75e-4)
    inside, lift, _ = flaw_at(row, segments, 0.0, 5.6e-4, pitch)
    assert inside
    assert lift == pytest.approx(0.3e-4)
    assert not flaw_at(row, segments, 0.0, 7.3e-4, pitch)[0]


def test_a_ragged_blob_has_the_area_of_its_formula():
    amounts, phases = [0.2, -0.1, 0.05, 0.03], [0.3, 1.0, 2.0, 3.0]
    row = blob(0.0, 0.0, radii=(5e-3, 3e-3), angle=0.7, ragged=amounts, phases=phases)
    row[Col.ID] = 1
    seen = _seen([row])
    area = math.pi * 15e-6 * (1.0 + 0.5 * sum(a * a for a in amounts))
    assert (seen.defect > 0).sum() * (FIELD / WIDTH) ** 2 == pytest.approx(area, rel=5e-3)


def test_a_rectangle_marks_a_place_and_nothing_else():
    row = rectangle(1e-3, 2e-3, half=(2e-3, 1e-3), angle=math.pi / 2)
    assert flaw_at(row, NO_LINES, 1e-3, 3.9e-3, 1e-5) == (True, 0.0, 0.0)
    assert not flaw_at(row, NO_LINES, 2.2e-3, 2e-3, 1e-5)[0]


def test_tiles_where_no_form_is_looked_for_have_none():
    rng = np.random.default_rng(3)
    for tilt in (0.0, 0.5):
        rows = [_disc(*rng.uniform(-0.02, 0.02, 2), rng.uniform(2e-4, 4e-3), 1e-3) for _ in range(6)]
        stage = _stage(rows, tilt=tilt)
        fast = traced(stage, WIDTH, HEIGHT)
        slow = traced(stage._replace(busy=np.ones_like(stage.busy)), WIDTH, HEIGHT)
        assert stage.busy.mean() < 0.7
        for a, b in zip(fast, slow, strict=True):
            np.testing.assert_array_equal(a, b)
