"""What a LiDAR's echoes are like: the law of intensity, detection, range noise, edges, panes and weather."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from renderers.lidar.air import air_of
from renderers.lidar.echoes import SIGNAL_NOISE
from renderers.lidar.models import MODELS, model_of
from sim.fields import Chosen
from sim.scene import Light, Scene, Shape

Z = 4.5
"""Standard deviations a statistic may be off."""

CLEAR = Light(visibility=1e9)
"""Haze of 20 km is seen by a sensor of a reach of 1000 m."""
GREY = 0.4
WALL = Shape("box", (1.0, 120.0, 40.0), {"colour": (GREY, GREY, GREY)})


def facing(distance, *, colour=GREY, light=CLEAR):
    """Return a scene with a wall whose front is at x = distance."""
    scene = Scene(("wall",), light)
    shape = Shape("box", (1.0, 120.0, 40.0), {"colour": (colour,) * 3})
    scene.add("wall", category="wall", shape=shape, pose=(distance + 0.5, 0, -20, 0, 0, 0, 1))
    return scene


def glint(cosine, rough, mirror):
    """Return GGX with F / 4 cos, straight back (Walter et al. 2007), as part of a white board."""
    a2 = rough**4
    return mirror * a2 / (4 * np.maximum(cosine, 0.1) * (cosine**2 * (a2 - 1) + 1) ** 2)


def facets(cosine, rough):
    """Return Oren and Nayar's factor where light comes back to where it came from: A cos + B sin^2."""
    s2 = (0.5 * rough**2) ** 2
    return (1 - 0.5 * s2 / (s2 + 0.33)) * cosine + 0.45 * s2 / (s2 + 0.09) * (1 - cosine**2)


def test_intensity_is_reflectance_times_the_cosine_of_incidence(turn):
    _, points = turn(facing(15.0), columns=1440)
    cosine = points["x"] / points["range"]
    assert cosine.min() < 0.3
    expected = GREY * facets(cosine, 0.7) + glint(cosine, 0.7, 0.03)
    np.testing.assert_allclose(points["intensity"], expected, atol=0.0052)


@pytest.mark.parametrize("distance", [10.0, 25.0, 40.0])
def test_fog_takes_light_by_beer_and_lambert(turn, distance):
    """At the visibility a twentieth is left one way."""
    light = Light(visibility=150.0)
    _, points = turn(facing(distance, light=light), columns=2880, model=Chosen("elevations", (0.0,)))
    wall = points[(points["instance"] == 1) & (points["x"] > 0.98 * points["range"])]
    assert len(wall) > 60
    ratio = wall["intensity"] / (GREY * facets(1.0, 0.7) + glint(1.0, 0.7, 0.03))
    expected = np.exp(-2.0 * math.log(20.0) / 150.0 * wall["range"])
    # Intensities are told in hundredths.
    assert np.mean(ratio) == pytest.approx(np.mean(expected), rel=0.03, abs=0.006)


def test_nine_in_ten_beams_see_a_tenth_at_the_sensors_reach(turn):
    seen = 0
    columns = 8000
    _, points = turn(facing(49.9, colour=0.1), columns=columns, reach=50.0, model=Chosen("elevations", (0.0,)))
    # Within 2 degrees of head on: 2 in 360 of all columns on each side.
    ahead = np.abs(np.arctan2(points["y"], points["x"])) < np.radians(2.0)
    seen = np.count_nonzero(ahead)
    count = columns * 4 // 360
    signal = (0.1 * facets(1.0, 0.7) + glint(1.0, 0.7, 0.03)) / 0.1 * (50.0 / 49.9) ** 2
    share = norm.cdf((signal - 1.0) / SIGNAL_NOISE + norm.ppf(0.9))
    assert abs(seen / count - share) < Z * math.sqrt(share * (1 - share) / count) + 1 / count


def test_a_dark_wall_far_away_drops_out(turn):
    lost = [len(turn(facing(60.0, colour=colour), reach=50.0)[1]) for colour in (0.6, 0.01)]
    assert lost[0] > 100
    assert lost[1] < 5


def test_range_noise_is_what_it_is_said_to_be(turn):
    sigma = 0.05
    _, points = turn(facing(20.0), columns=7200, noise=sigma)
    error = points["range"].astype(float) - 20.0 * points["range"] / points["x"]
    n = len(error)
    assert n > 2000
    assert abs(error.mean()) < Z * sigma / math.sqrt(n)
    assert abs(error.std() / math.hypot(sigma, 1 / 256 / math.sqrt(12)) - 1.0) < Z / math.sqrt(2 * n)


def edge(shift):
    """Return a pole before a wall."""
    scene = Scene(("pole", "wall"), CLEAR)
    scene.add("pole", category="pole", shape=Shape("box", (0.3, 0.3, 10.0)), pose=(10.0, shift, -5, 0, 0, 0, 1))
    scene.add("wall", category="wall", shape=WALL, pose=(30.5, 0, -20, 0, 0, 0, 1))
    return scene


def test_a_beam_at_an_edge_has_two_echoes(turn):
    settings = {"divergence": 0.004, "columns": 1800, "model": Chosen("elevations", (0.0,))}
    both = np.zeros(2, int)
    for k in range(12):
        _, points = turn(edge(0.02 * k), echoes="dual", **settings)
        first = {p["column"]: p for p in points[points["echo"] == 0]}
        for second in points[points["echo"] == 1]:
            near, far = sorted((first[second["column"]], second), key=lambda p: p["range"])
            assert (near["instance"], far["instance"]) == (1, 2)
            assert near["x"] == pytest.approx(9.85, abs=0.05)
            assert far["x"] == pytest.approx(30.0, abs=0.05)
            both += 1
    assert both[0] >= 6


def test_last_and_strongest_differ_where_there_are_two(turn):
    settings = {"divergence": 0.004, "columns": 1800, "model": Chosen("elevations", (0.0,))}
    pole = np.zeros(3, int)
    for k in range(8):
        for n, own in enumerate(({"echoes": "last"}, {"echoes": "strongest"}, {"divergence": 0.0})):
            _, points = turn(edge(0.03 * k), **{**settings, **own})
            pole[n] += np.count_nonzero(points["instance"] == 1)
    assert pole[0] < pole[1] - 3
    # A part of a beam on the pole outshines the rest on the wall: light falls off with the square.
    assert pole[2] <= pole[1] < 1.25 * pole[2]


def test_what_is_behind_a_pane_is_seen_through_it(turn):
    """Some beams that enter a car's windows come back from within it, where a cloud of paint alone has none."""
    scene = Scene(("car",), CLEAR)
    scene.add("car", category="car", shape=Shape("vehicle", (4.5, 1.8, 1.5), {"style": "sedan", "seed": 3}))
    model = Chosen("elevations", tuple(np.radians(np.linspace(-8.0, 2.0, 40))))
    settings = {"model": model, "columns": 3600, "at": (7.0, 0.0, 1.2, 0.0, 0.0, math.pi)}
    _, first = turn(scene, **settings)
    _, last = turn(scene, echoes="last", **settings)
    assert len(first) == len(last) > 500
    assert np.count_nonzero(last["range"] > first["range"] + 1.0) > 20


def test_wet_asphalt_is_lost_earlier_than_dry(turn):
    counts = []
    for light in (CLEAR, Light(visibility=1e9, wetness=0.9)):
        scene = Scene(("ground",), light)
        shape = Shape("ground", (180.0, 180.0, 0.0), {"material": "concrete"})
        scene.add("ground", category="ground", shape=shape, labelled=False)
        model = Chosen("elevations", tuple(np.radians(np.linspace(-6.0, -1.2, 20))))
        counts.append(len(turn(scene, model=model, reach=50.0)[1]))
    assert counts[1] < 0.8 * counts[0]


def sky(light):
    """Return an empty scene: all echoes come from the air."""
    scene = Scene(("thing",), light)
    scene.add("thing", category="thing", shape=Shape("box", (1.0, 1.0, 1.0)), pose=(0, 0, -90, 0, 0, 0, 1))
    return scene


@pytest.mark.parametrize(
    "light",
    [Light(rain=30e-3 / 3600, visibility=1500.0), Light(snow=0.8, visibility=500.0)],
    ids=["rain", "snow"],
)
def test_drops_and_flakes_come_as_often_as_their_law_says(turn, light):
    settings = {"columns": 7200, "reach": None, "range": None, "nearest": 0.9, "model": Chosen("vlp16", {})}
    _, points = turn(sky(light), divergence=None, **settings)
    air = air_of(light, MODELS["vlp16"], 0.9)
    count = 16 * 7200
    least, most = (1.0 - math.exp(-share * air.crowd[-1]) for share in (0.9, 1.0))
    share = len(points) / count
    slack = Z * math.sqrt(most / count)
    assert least - slack < share < most + slack
    assert np.all((points["instance"] == 0) & (points["semantic"] == 0))
    assert points["range"].min() > 0.9 - 6 * 0.03
    assert points["range"].max() < 30.0


def test_thick_fog_echoes_near_the_sensor_and_clear_air_does_not(turn):
    settings = {"reach": 50.0, "nearest": 0.9}
    _, thick = turn(sky(Light(visibility=60.0)), **settings)
    _, clear = turn(sky(CLEAR), **settings)
    assert len(clear) == 0
    assert len(thick) > 0.2 * 5 * 360
    assert np.quantile(thick["range"], 0.9) < 15.0


def test_no_drop_is_seen_behind_a_wall(turn):
    light = Light(rain=30e-3 / 3600, visibility=1500.0)
    _, points = turn(facing(1.5, light=light), columns=3600, reach=50.0, divergence=0.003)
    assert np.all(points["x"][np.abs(points["y"]) < points["x"]] < 1.6)
    assert np.count_nonzero((points["instance"] == 0) & (points["x"] < 0)) > 20


def test_own_figures_take_the_place_of_the_models():
    settings = {"model": Chosen("vlp16", {}), "range": 60.0, "reach": None, "noise": 0.0, "divergence": None}
    model = model_of(settings)
    assert (model.range, model.reach, model.noise, model.divergence) == (60.0, 50.0, 0.0, 3.0e-3)
