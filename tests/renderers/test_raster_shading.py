"""The picture against light computed here: radiances, shadows, fog, edges, noise."""

import numpy as np
import pytest

import renderers.camera.forms as forms_module
from renderers.assets.mesh import Mesh
from renderers.camera.lighting import darkness, lighting, sun_direction
from renderers.raster.resolve import blend, finish, normal_table
from sim.geometry import quaternion_from_rpy
from sim.scene import Light, Scene, Shape

DAY = Light(sun_elevation=0.8, sun_azimuth=2.2, cloud=0.0, visibility=1e6)


def matte(albedo, roughness=0.9, reflectance=0.0, emission=0.0, lamp=0, wrap=0.0):
    return np.array([[*albedo, roughness, reflectance, emission, lamp, 0, 0, wrap]], np.float32)


def plate(normal_axis, albedo=(0.5, 0.3, 0.1), size=40.0, **material):
    """A square seen from where its normal points: axis 2 is a floor, axis 0 a wall that faces -x."""
    u, v = {2: ((1, 0, 0), (0, 1, 0)), 0: ((0, 0, 1), (0, 1, 0))}[normal_axis]
    u, v = np.array(u) * size, np.array(v) * size
    points = np.array([-u - v, u - v, u + v, -u + v], np.float32)
    normal = np.cross(u, v) / size**2
    return Mesh(
        points,
        np.tile(normal, (4, 1)).astype(np.float32),
        np.array([[0, 1, 2], [0, 2, 3]], np.int32),
        np.zeros(2, np.int32),
        np.zeros(4, np.int32),
        points,
        matte(albedo, **material),
        np.zeros(0, np.float32),
    )


def display(light, radiance, exposure=None):
    """The tone curve as the lighting table documents it."""
    table, exposed = light.tone, np.asarray(radiance) * (light.exposure if exposure is None else exposure)
    return table[(np.sqrt(exposed / 16) * (len(table) - 1)).astype(int)]


@pytest.fixture
def show(look, monkeypatch):
    """Return the picture of hand-made meshes, and its lighting."""

    def build(*things, light=DAY, at=(0.0, 0.0, 1.5, 0.0, 0.0, 0.0), **settings):
        meshes = {name: mesh for name, mesh, _ in things}
        monkeypatch.setattr(forms_module, "mesh_for", lambda shape: meshes[shape.kind])
        monkeypatch.setattr(forms_module, "_cache", forms_module.FormCache(1 << 26))
        scene = Scene(("thing",), light)
        for name, _, pose in things:
            size = tuple(float(side) for side in np.subtract(*meshes[name].bounds()[::-1]))
            scene.add(name, category="thing", shape=Shape(name, size), pose=pose)
        camera = look(scene, at=at, **settings)
        gbuffer = camera.gbuffer(0.0)
        return camera.picture(0, 0.0).astype(int), camera._lighting, gbuffer

    return build


AHEAD = (10.0, 0.0, 0.0, 0, 0, 0, 1)
HERE = (0.0, 0.0, 0.0, 0, 0, 0, 1)


def test_a_matte_floor_has_the_radiance_of_sun_and_sky(show):
    picture, light, _ = show(("floor", plate(2), HERE), at=(0, 0, 1.5, 0, 0.6, 0))
    sun = light.sunlight.astype(float) * sun_direction(DAY)[2]
    expected = display(light, np.array([0.5, 0.3, 0.1]) * (sun + light.skylight))
    np.testing.assert_allclose(picture[60, 80], expected, atol=1.0)


def test_a_wall_away_from_the_sun_has_half_of_sky_and_half_of_ground(show):
    away = Light(sun_elevation=0.5, sun_azimuth=0.1, cloud=0.0, visibility=1e6)
    picture, light, _ = show(("wall", plate(0), AHEAD), light=away)
    expected = display(light, np.array([0.5, 0.3, 0.1]) * (light.skylight + light.ground) / 2)
    np.testing.assert_allclose(picture[60, 80], expected, atol=1.0)


def test_fog_fades_by_the_range_along_the_ray(show):
    """Koschmieder: contrast with the horizon is 5 % at the meteorological optical range."""
    fog = Light(sun_elevation=0.8, sun_azimuth=2.2, cloud=0.0, visibility=40.0)
    picture, light, gbuffer = show(("wall", plate(0), AHEAD), light=fog)
    clear, _, _ = show(("wall", plate(0), AHEAD))
    sun = light.sunlight * max(-sun_direction(fog)[0], 0.0)
    bare = np.array([0.5, 0.3, 0.1]) * (sun + (light.skylight + light.ground) / 2)
    for u, v in ((80, 60), (3, 60), (150, 20)):
        x, y = (u + 0.5 - 80) / (80 / np.tan(np.radians(35))), (v + 0.5 - 60) / (80 / np.tan(np.radians(35)))
        distance = gbuffer.depth[v, u] * np.sqrt(1 + x * x + y * y)
        share = 0.05 ** (distance / 40.0)
        np.testing.assert_allclose(
            picture[v, u], display(light, bare * share + light.haze * (1 - share)), atol=1.5
        )
    assert np.abs(clear[60, 80] - picture[60, 80]).max() > 5


def test_a_lamp_shines_only_when_it_is_on(show, record, mount, monkeypatch):
    dark = plate(0, albedo=(0.5, 0.02, 0.02), emission=4.0, lamp=1)
    picture, _, _ = show(("wall", dark, AHEAD))
    from renderers.camera.sensor import Camera
    from sim.recording import Channel

    scene = Scene(("thing",), DAY)
    scene.add("wall", category="thing", shape=Shape("wall", (1.0, 1.0, 1.0)), pose=AHEAD)
    times = np.array([0.0, 10.0])
    on = Camera(record(scene, channels=(Channel("wall", "brake_lights", "", times, times * 0 + 1),)), mount())
    on.gbuffer(0.0)
    lit = on.picture(0, 0.0).astype(int)
    assert lit[60, 80, 0] > picture[60, 80, 0] + 60


def box_mesh(length, width, height, **material):
    """A box on the ground, flat-shaded."""
    corners = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            n, t = np.zeros(3), np.zeros(3)
            n[axis], t[(axis + 1) % 3] = sign, 1.0
            b = np.cross(n, t)
            corners += [((n + s * t + q * b), n) for s, q in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    points = np.array(
        [(p * [length / 2, width / 2, height / 2] + [0, 0, height / 2]) for p, _ in corners], np.float32
    )
    faces = np.array([[4 * k, 4 * k + a, 4 * k + a + 1] for k in range(6) for a in (1, 2)], np.int32)
    return Mesh(
        points,
        np.array([n for _, n in corners], np.float32),
        faces,
        np.zeros(12, np.int32),
        np.zeros(24, np.int32),
        points,
        matte((0.5, 0.5, 0.5), **material),
        np.zeros(0, np.float32),
    )


@pytest.mark.parametrize("azimuth", [0.4, 2.0, 3.6, 5.2])
@pytest.mark.parametrize("elevation", [0.35, 0.9])
def test_shadows_fall_where_geometry_says(show, azimuth, elevation):
    """A post and a floor seen from above: a point is in shadow where its way to the sun meets the post."""
    light = Light(sun_elevation=elevation, sun_azimuth=azimuth, cloud=0.0, visibility=1e6)
    height, eye = 6.0, np.array([0.0, 0.0, 30.0])
    picture, found, gbuffer = show(
        ("floor", plate(2), HERE),
        ("post", box_mesh(0.6, 0.6, height), HERE),
        light=light,
        at=(*eye, 0.0, np.pi / 2, 0.0),
        fov=0.35,
        resolution=[200, 160],
    )
    shadowed = display(found, np.array([0.5, 0.3, 0.1]) * found.skylight)
    sunny = display(found, np.array([0.5, 0.3, 0.1]) * (found.skylight + found.sunlight * np.sin(elevation)))
    sun = sun_direction(light)
    focal = 100 / np.tan(0.175)
    v, u = np.nonzero(gbuffer.instance == 1)
    # The camera looks down: image right is world -y, image down is world -x.
    x, y = -(v + 0.5 - 80) / focal * 30, -(u + 0.5 - 100) / focal * 30
    z = np.linspace(0.0, height + 0.4, 500)
    along = np.stack([x[:, None] + z / sun[2] * sun[0], y[:, None] + z / sun[2] * sun[1]])
    offset = np.abs(along).max(axis=0)
    is_hidden = ((offset < 0.15) & (z < height - 0.4)).any(axis=1)
    is_clear = ~(offset < 0.5).any(axis=1)
    # At the foot of the post pixels mix with its top, and the slack of the comparison lets light in.
    is_hidden &= np.maximum(np.abs(x), np.abs(y)) > 0.65
    colour = picture[v, u][:, 0]
    assert np.count_nonzero(is_hidden) > 100
    np.testing.assert_allclose(colour[is_hidden], shadowed[0], atol=2)
    np.testing.assert_allclose(colour[is_clear], sunny[0], atol=2)


def test_the_ground_under_a_body_is_dim_without_any_sun(show):
    overcast = Light(cloud=1.0, visibility=1e6)
    lifted = (8.0, 0.0, 0.25, 0, 0, 0, 1)
    picture, _, gbuffer = show(
        ("floor", plate(2), HERE),
        ("car", box_mesh(4.0, 2.0, 1.3), lifted),
        light=overcast,
        at=(0, 0, 0.6, 0, 0.05, 0),
    )
    floor = gbuffer.instance == 1
    below = floor & (gbuffer.depth > 6.2) & (gbuffer.depth < 7.5)
    below[:, :70] = below[:, 90:] = False
    beside = floor & (gbuffer.depth > 6.2) & (gbuffer.depth < 7.5)
    beside[:, 20:] = False
    assert picture[below][:, 0].mean() < 0.75 * picture[beside][:, 0].mean()


def test_edges_are_smoothed_in_the_picture_and_sharp_in_the_labels(show):
    turned = (6.0, 0.0, 1.5, *(float(c) for c in quaternion_from_rpy(0.35, 0.0, 0.0)))
    picture, _, gbuffer = show(("wall", plate(0, size=1.0), turned))
    blue, edge = picture[..., 2], gbuffer.instance == 1
    wall = np.median(blue[edge])
    between = (blue > wall + 15) & (blue < blue[40:80, :20].min() - 15)
    assert np.count_nonzero(between) > 20
    other = np.zeros_like(edge)
    for axis in (0, 1):
        for step in (-1, 1):
            other |= np.roll(edge, step, axis) != edge
    assert not (between & ~other).any()


def test_a_half_covered_pixel_is_half_way(show):
    """A wall whose edge runs through pixel centres column 80: that column mixes wall and sky by the filter."""
    wall = plate(0, size=10.0)
    shifted = (10.0, -10.0, 0.0, 0, 0, 0, 1)  # covers y from -20 to 0: the right half of the picture
    picture, light, _ = show(("wall", wall, shifted), resolution=[161, 120])
    row = picture[90, :, 1].astype(float)
    left, right = row[70], row[90]
    assert left != right
    # Column 80 is centred on the edge: its left samples see the sky, its centre and right ones the wall.
    # Light is mixed, not levels: the tone curve, turned around, tells how much light a level was.
    curve = light.tone.astype(float)
    steps = np.flatnonzero(np.diff(curve, prepend=-1.0) > 0.0)
    amount = 16.0 * (np.interp([left, right], curve[steps], steps) / (len(curve) - 1)) ** 2
    assert row[80] == pytest.approx(display(light, 0.25 * amount[0] + 0.75 * amount[1], 1.0), abs=1.5)
    assert row[79] == pytest.approx(left, abs=1.0)
    assert row[81] == pytest.approx(right, abs=1.0)


def test_blend_moves_pixels_by_the_weights_of_a_tent():
    centres = np.random.default_rng(0).uniform(0, 255, (4, 5, 3)).astype(np.float32)
    rows, columns = np.mgrid[0:7, 0:9]
    between = (rows % 2 == 1) | (columns % 2 == 1)
    samples = np.stack([columns[between], rows[between]], 1).astype(np.int16)
    colours = np.random.default_rng(1).uniform(0, 255, (len(samples), 3)).astype(np.float32)
    picture = centres.copy()
    blend(samples, colours, centres, picture)
    lattice = np.zeros((7, 9, 3))
    lattice[::2, ::2] = centres
    lattice[samples[:, 1], samples[:, 0]] = colours
    for v in range(4):
        for u in range(5):
            total, weight = np.zeros(3), 0.0
            for dv in (-1, 0, 1):
                for du in (-1, 0, 1):
                    w = (2 - abs(dv)) * (2 - abs(du)) / 16
                    i, j = 2 * v + dv, 2 * u + du
                    inside = 0 <= i < 7 and 0 <= j < 9
                    total += w * (lattice[i, j] if inside else centres[v, u])
                    weight += w
            assert weight == 1.0
            np.testing.assert_allclose(picture[v, u], total, atol=1e-4)


def test_noise_has_the_stated_spread_in_every_channel_and_is_white():
    picture = np.full((200, 301, 3), 120.0, np.float32)
    out = np.empty(picture.shape, np.uint8)
    finish(picture, np.uint64(77), 6.0, normal_table(), 0, 200, out)
    error = out.astype(float) - 120.0
    n = 200 * 301
    spread = np.sqrt(36 + 1 / 12)
    for c in range(3):
        assert abs(error[..., c].mean()) < 5 * spread / np.sqrt(n)
        assert abs(error[..., c].std() / spread - 1) < 5 / np.sqrt(2 * n)
    for a, b in ((error[:, 1:], error[:, :-1]), (error[1:], error[:-1])):
        assert abs(np.mean(a * b)) / 36 < 5 / np.sqrt(3 * n)
    for a, b in ((0, 1), (1, 2), (0, 2)):
        assert abs(np.mean(error[..., a] * error[..., b])) / 36 < 5 / np.sqrt(n)


def test_without_noise_levels_are_rounded():
    picture = np.array([[[0.4, 0.6, 254.7], [300.0, -5.0, 127.5]]], np.float32)
    out = np.empty((1, 2, 3), np.uint8)
    finish(picture, np.uint64(1), 0.0, normal_table(), 0, 1, out)
    assert out.tolist() == [[[0, 1, 255], [255, 0, 128]]]


def test_more_exposure_is_brighter_and_a_stop_is_a_factor_of_two():
    one, two = lighting(DAY, 1, 0.0), lighting(DAY, 1, 1.0)
    assert two.exposure == pytest.approx(2 * one.exposure)


def test_drivers_switch_their_lights_on_when_it_is_dark_or_foggy():
    assert darkness(DAY) == 0.0
    assert darkness(Light(sun_elevation=0.0)) == 1.0
    assert darkness(Light(visibility=300.0)) == 1.0


def test_clouds_come_from_their_seed_alone():
    cloudy = Light(cloud=0.5)
    a, b, c = lighting(cloudy, 1, 0.0).sky, lighting(cloudy, 2, 0.0).sky, lighting(cloudy, 1, 0.5).sky
    assert not np.array_equal(a, b)
    np.testing.assert_array_equal(a, c)
