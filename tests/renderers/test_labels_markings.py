"""Road paint against lines known here: pixels taken back to the road, and asked where they lie on it."""

import cv2
import numpy as np
import pytest

from renderers.camera.sensor import Camera
from sim.fields import Chosen
from sim.scene import Light, Scene, Shape

LINES = ((0.0, 0.12, "broken", "white"), (3.5, 0.12, "solid", "white"), (-3.5, 0.15, "solid", "yellow"))
CROSSING = (24.0, 4.0, -3.0, 3.0)
ROAD = {
    "reference": ((120.0, -20.0, 0.0, 0.0, 0.0, 0.0),),
    "strips": ((-4.0, 4.0, "asphalt", 0.0),),
    "markings": LINES,
    "crosswalks": (CROSSING,),
    "lanes": ((-3.5, 0.0), (0.0, 3.5)),
}
LENSES = pytest.mark.parametrize(
    "lens",
    [{}, {"distortion": Chosen("fisheye", {"k1": 0.02, "k2": 0.0, "k3": 0.0, "k4": 0.0}), "fov": 2.2}],
    ids=["pinhole", "fisheye"],
)


@pytest.fixture
def street(record):
    def build(light=None):
        scene = Scene(("road", "thing"), light)
        scene.add("road", category="road", shape=Shape("road", (120.0, 8.0, 0.0), ROAD), labelled=False)
        scene.add("box", category="thing", shape=Shape("box", (1.0, 3.0, 1.0)), pose=(10, 2, 0, 0, 0, 0, 1))
        return record(scene)

    return build


def painted(s, d):
    """What lies at (s, d), and how far the nearest border of paint is [m]."""
    border = np.full(s.shape, np.inf)
    colour = np.zeros(s.shape, int)
    for middle, width, style, name in LINES:
        off = np.abs(np.abs(d - middle) - width / 2)
        on = np.abs(d - middle) <= width / 2
        if style == "broken":  # 3 m of every 9 m, from s = 0
            phase = np.mod(s, 9.0)
            on &= phase <= 3.0
            off = np.minimum(off, np.min([phase, np.abs(phase - 3.0), 9.0 - phase], axis=0))
        colour[on] = 2 if name == "yellow" else 1
        border = np.minimum(border, np.where(np.abs(d - middle) < width, off, np.inf))
    middle, length, right, left = CROSSING
    stripe = np.mod(d - right, 1.0)
    inside = (np.abs(s - middle) <= length / 2) & (d >= right) & (d <= left)
    colour[inside & (stripe >= 0.25) & (stripe <= 0.75)] = 1
    edges = np.min(
        [np.abs(stripe - 0.25), np.abs(stripe - 0.75), np.abs(np.abs(s - middle) - length / 2)], axis=0
    )
    near = (np.abs(s - middle) <= length / 2 + 0.2) & (d >= right - 0.2) & (d <= left + 0.2)
    return colour, np.minimum(border, np.where(near, np.minimum(edges, np.abs(np.abs(d) - 3.0)), np.inf))


def stored(values, name="markings"):
    return cv2.imdecode(np.frombuffer(values[name]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)


@LENSES
def test_every_pixel_has_the_paint_and_the_lane_of_the_place_it_sees(street, mount, lens):
    camera = Camera(street(), mount(at=(0.0, 0.2, 1.5, 0.0, 0.15, 0.03), resolution=[320, 240], **lens))
    values, out = camera.sample(0, 0.0).values, camera.gbuffer(0.0)
    found, lanes = stored(values), stored(values, "lanes")
    v, u = np.nonzero((out.semantic == 1) & (out.depth < 40))
    model = camera.model
    pixels = np.stack([u + 0.5, v + 0.5], axis=1)
    if lens:
        c = np.array(model.intrinsics.lens.coefficients)
        exact = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 500, 1e-14)
        plane = cv2.fisheye.undistortPoints(pixels[None], model.K, c, criteria=exact)[0]
    else:
        plane = (pixels - model.K[:2, 2]) / model.K[[0, 1], [0, 1]]
    T = camera.view(0.0).T_world_camera
    ray = np.concatenate([plane, np.ones((len(plane), 1))], axis=1) @ T[:3, :3].T
    place = T[:3, 3] + ray * (-T[2, 3] / ray[:, 2])[:, None]  # where it meets the road, z = 0
    colour, border = painted(place[:, 0] + 20.0, place[:, 1])
    level = np.abs(place[:, 1]) < 3.95  # off the sides of the road
    sure = (border > 2e-4) & level
    assert np.count_nonzero(sure) > 10_000
    assert min(np.count_nonzero(colour[sure] == k) for k in (1, 2)) > 60
    np.testing.assert_array_equal(found[v, u][sure], colour[sure])
    assert (found[out.semantic != 1] == 0).all()
    d = place[:, 1]
    number = np.where(np.abs(d) < 3.5, np.where(d < 0.0, 1, 2), 0)
    clear = np.min([np.abs(d - edge) for edge in (-3.5, 0.0, 3.5)], axis=0) > 1e-4
    np.testing.assert_array_equal(lanes[v, u][clear & level], number[clear & level])
    assert set(np.unique(lanes)) == {0, 1, 2}
    assert (lanes[out.semantic != 1] == 0).all()


def test_wet_and_snowy_roads_have_the_same_paint_and_lanes(street, mount):
    frames = [
        Camera(street(light), mount(at=(0, 0, 1.5, 0, 0.15, 0))).sample(0, 0.0).values
        for light in (Light(), Light(snow=1.0, visibility=90.0), Light(rain=1e-6, wetness=1.0))
    ]
    for name in ("markings", "lanes"):
        assert frames[0][name] == frames[1][name] == frames[2][name]
