"""Claims about roads: everything lies at the s and d that its details declare."""

import numpy as np
import pytest
from scipy.integrate import quad

from renderers.assets import mesh_for
from renderers.assets.materials import Column, Texture
from renderers.assets.reference_lines import sampled
from sim.scene import Shape

STREET = {
    "strips": (
        (-3.25, 3.25, "asphalt", 0.0), (-5.45, -3.25, "parking", 0.0), (3.25, 5.45, "parking", 0.0),
        (-7.95, -5.45, "sidewalk", 0.12), (5.45, 7.95, "sidewalk", 0.12),
    ),
    "markings": ((0.0, 0.12, "broken", "white"), (-3.25, 0.12, "solid", "white"),
        (3.1, 0.3, "solid", "yellow")),
    "crosswalks": ((30.0, 4.0, -3.25, 3.25),),
    "kerbs": ((-5.45, 0.12, "right"), (5.45, 0.12, "left")),
}  # fmt: skip


def joined(elements, x=0.0, y=0.0, heading=0.3):
    """Return segments that continue one another, integrated by scipy."""
    segments = []
    for length, k0, k1 in elements:
        segments.append((length, x, y, heading, k0, k1))

        def angle(t, h=heading, a=k0, b=(k1 - k0) / length):
            return h + a * t + b * t * t / 2

        x += quad(lambda t, f=angle: np.cos(f(t)), 0, length, epsabs=1e-12)[0]
        y += quad(lambda t, f=angle: np.sin(f(t)), 0, length, epsabs=1e-12)[0]
        heading = angle(length)
    return tuple(segments)


def true_point(segments, s, d):
    """Return the world point at (s, d) of a line, integrated by scipy."""
    for segment in segments:
        if s <= segment[0] + 1e-9:
            break
        s -= segment[0]
    length, x, y, heading, k0, k1 = segment

    def angle(t):
        return heading + k0 * t + (k1 - k0) / length * t * t / 2

    px = x + quad(lambda t: np.cos(angle(t)), 0, s, epsabs=1e-12)[0]
    py = y + quad(lambda t: np.sin(angle(t)), 0, s, epsabs=1e-12)[0]
    return np.array([px - d * np.sin(angle(s)), py + d * np.cos(angle(s))])


WINDING = joined([(40.0, 0.0, 0.0), (50.0, 0.0, 1 / 60), (60.0, 1 / 60, 1 / 60), (30.0, 1 / 60, -1 / 90)])


def test_sampled_lines_agree_with_quadrature():
    course = sampled(WINDING, reach=8.0)
    for k in range(0, len(course.s), 17):
        np.testing.assert_allclose(course.xy[k], true_point(WINDING, course.s[k], 0.0), atol=1e-9)


def test_every_vertex_lies_where_its_texture_coordinates_say():
    mesh = mesh_for(Shape("road", (1, 1, 1), {"reference": WINDING, **STREET}))
    is_kerb = np.zeros(len(mesh.vertices), bool)
    is_kerb[mesh.faces[mesh.materials[mesh.material, Column.TEXTURE] == Texture.KERB]] = True
    chosen = np.nonzero(~is_kerb)[0][::23]
    for k in chosen:
        s, d, height = mesh.coords[k].astype(float)
        np.testing.assert_allclose(mesh.vertices[k, :2], true_point(WINDING, s, d), atol=1e-3)
        assert mesh.vertices[k, 2] == pytest.approx(height)


def test_between_vertices_the_paint_strays_less_than_a_millimetre():
    """At the middle of every edge along the road the interpolated (s, d) is compared with the true line."""
    mesh = mesh_for(Shape("road", (1, 1, 1), {"reference": WINDING, **STREET}))
    asphalt = mesh.materials[mesh.material, Column.TEXTURE] == Texture.ROADWAY
    worst = 0.0
    for face in mesh.faces[asphalt][::31]:
        for a, b in ((0, 1), (1, 2), (2, 0)):
            s, d, _ = (mesh.coords[face[a]].astype(float) + mesh.coords[face[b]]) / 2
            here = (mesh.vertices[face[a], :2].astype(float) + mesh.vertices[face[b], :2]) / 2
            off = here - true_point(WINDING, s, d)
            if mesh.coords[face[a], 1] == mesh.coords[face[b], 1]:
                worst = max(worst, float(np.hypot(*off)))
    assert worst < 1e-3


def test_strips_end_where_they_are_declared_and_face_up():
    mesh = mesh_for(Shape("road", (1, 1, 1), {"reference": WINDING, **STREET}))
    flat = mesh.normals[:, 2] > 0.999
    d = np.unique(np.round(mesh.coords[flat, 1].astype(float), 4))
    for edge in (-7.95, -5.6, -5.45, -3.25, 3.25, 5.45, 5.6, 7.95):
        assert np.abs(d - edge).min() < 1e-3
    heights = mesh.vertices[flat & (np.abs(mesh.coords[:, 1]) > 5.7), 2]
    np.testing.assert_allclose(heights, 0.12, atol=1e-6)
    assert (mesh.normals[:, 2] > -1e-6).all()


def test_the_kerb_faces_the_road():
    mesh = mesh_for(Shape("road", (1, 1, 1), {"reference": ((50.0, 0.0, 0.0, 0.0, 0.0, 0.0),), **STREET}))
    side = (np.abs(mesh.normals[:, 1]) > 0.99) & (np.abs(np.abs(mesh.vertices[:, 1]) - 5.45) < 1e-4)
    assert side.sum() >= 8
    assert (np.sign(mesh.normals[side, 1]) == -np.sign(mesh.vertices[side, 1])).all()


def test_the_texture_gets_the_markings_as_declared():
    mesh = mesh_for(Shape("road", (1, 1, 1), {"reference": WINDING, **STREET}))
    row = mesh.materials[mesh.materials[:, Column.TEXTURE] == Texture.ROADWAY][0]
    data = mesh.data[int(row[Column.DATA]) :]
    assert [int(n) for n in data[1:4]] == [3, 1, 2]
    np.testing.assert_allclose(data[4:9], [0.0, 0.12, 9.0, 3.0, 0.0])  # 3 m of paint every 9 m
    np.testing.assert_allclose(data[9:14], [-3.25, 0.12, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(data[14:19], [3.1, 0.3, 0.0, 0.0, 1.0], rtol=1e-6)
    np.testing.assert_allclose(data[19:23], [30.0, 4.0, -3.25, 3.25])
    np.testing.assert_allclose(np.sort(data[23:25]), [-1.625, 1.55], atol=0.08)


def test_straights_are_cheap_and_curves_are_fine():
    straight = sampled(((1000.0, 0.0, 0.0, 0.0, 0.0, 0.0),), reach=10.0)
    curve = sampled(((1000.0, 0.0, 0.0, 0.0, 1 / 500, 1 / 500),), reach=10.0)
    assert np.diff(straight.s).max() == pytest.approx(40.0)
    assert 1.0 < np.diff(curve.s).max() < 4.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strips": ((0.0, 1.0, "lava", 0.0),)}, "no road strip of kind 'lava'; known: asphalt"),
        ({"markings": ((0.0, 0.1, "dotted", "white"),)}, "no marking of style 'dotted'; known: broken, solid"),
    ],
)
def test_unknown_kinds_are_answered_with_the_known_ones(change, message):
    with pytest.raises(ValueError, match=message):
        mesh_for(Shape("road", (1, 1, 1), {"reference": WINDING, **STREET, **change}))
