"""Users' meshes: what is read, repaired and refused, in files that are made here."""

from __future__ import annotations

import json
import struct
import sys
from hashlib import sha256

import numpy as np
import pytest
import trimesh
from trimesh.visual.material import PBRMaterial

from sim.errors import RunError
from sim.mesh_files import MAX_TRIANGLES, check_mesh, place_mesh, read_mesh


def saved(path, mesh):
    content = mesh.export(file_type=path.suffix[1:])
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def corner_sets(vertices, faces):
    """The corners of every triangle, whichever comes first."""
    return {frozenset(map(tuple, np.round(vertices[face], 6) + 0.0)) for face in faces}


@pytest.fixture
def wedge():
    """A closed mesh without symmetry: a tetrahedron."""
    points = [(0.0, 0.0, 0.0), (3.0, 0.0, 0.0), (0.0, 2.0, 0.0), (0.5, 0.4, 1.0)]
    return trimesh.Trimesh(points, [(0, 2, 1), (0, 1, 3), (1, 2, 3), (2, 0, 3)], process=False)


@pytest.mark.parametrize("suffix", ["glb", "gltf", "obj", "ply", "stl"])
def test_every_format_gives_the_same_triangles(wedge, suffix, tmp_path):
    path = tmp_path / f"wedge.{suffix}"
    if suffix == "gltf":  # complete in itself: its buffer within
        files = wedge.scene().export(file_type="gltf", embed_buffers=True)
        path.write_bytes(files["model.gltf"])
    else:
        saved(path, wedge)
    mesh = read_mesh(path)
    assert mesh.remarks == ()
    assert mesh.digest == sha256(path.read_bytes()).hexdigest()
    assert corner_sets(mesh.vertices, mesh.faces) == corner_sets(wedge.vertices, wedge.faces)
    assert trimesh.Trimesh(mesh.vertices, mesh.faces).volume == pytest.approx(wedge.volume, rel=1e-6)
    np.testing.assert_allclose(mesh.vertices.min(axis=0), (0, 0, 0), atol=1e-7)
    np.testing.assert_allclose(mesh.vertices.max(axis=0), (3, 2, 1), rtol=1e-6)


def test_axes_and_scale_put_it_on_the_ground_facing_forward(wedge, tmp_path):
    placed = place_mesh(saved(tmp_path / "w.ply", wedge), scale=0.5, up="y", forward="-z")
    # the file's -z points forward, its y up, so its left is up x forward = y x -z = -x
    assert placed.size == pytest.approx((0.5, 1.5, 1.0))
    at = np.array([0.5, 0.4, 1.0, 1.0])  # the tip
    np.testing.assert_allclose((placed.T_body_file @ at)[:3], (-0.25, 0.5, 0.2), atol=1e-6)
    assert np.linalg.det(placed.T_body_file[:3, :3]) == pytest.approx(0.125)
    assert placed.vertices[:, 2].min() == 0.0


def test_the_footprint_is_the_smallest_octagon_about_it(tmp_path):
    round_one = trimesh.creation.cylinder(radius=1.0, height=2.0, sections=360)
    placed = place_mesh(saved(tmp_path / "c.stl", round_one))
    assert placed.chamfer == pytest.approx(2.0 - np.sqrt(2.0), abs=1e-4)
    square = trimesh.creation.box(extents=(2.0, 1.0, 1.0))
    assert place_mesh(saved(tmp_path / "b.stl", square)).chamfer == pytest.approx(0.0, abs=1e-9)


def test_one_turned_inside_out_is_turned(wedge, tmp_path):
    wedge.invert()
    mesh = read_mesh(saved(tmp_path / "w.stl", wedge))
    assert mesh.remarks == ()
    assert trimesh.Trimesh(mesh.vertices, mesh.faces).volume > 0.0


def test_holes_and_quarrelling_triangles_are_seen_from_both_sides_and_told(wedge, tmp_path):
    holed = trimesh.Trimesh(wedge.vertices, wedge.faces[:3], process=False)
    mesh = read_mesh(saved(tmp_path / "holed.ply", holed))
    assert mesh.is_two_sided
    assert len(mesh.faces) == 6
    assert check_mesh(tmp_path / "holed.ply")[0].startswith("it has holes (3 edges of one triangle only)")
    faces = np.array(wedge.faces)
    faces[0] = faces[0][::-1]
    quarrel = trimesh.Trimesh(wedge.vertices, faces, process=False)
    remark = check_mesh(saved(tmp_path / "quarrel.ply", quarrel))[0]
    assert "do not agree what is outside" in remark


def test_triangles_without_area_are_left_out(wedge, tmp_path):
    flat = trimesh.Trimesh(wedge.vertices, np.vstack([wedge.faces, [(0, 1, 1)]]), process=False)
    mesh = read_mesh(saved(tmp_path / "flat.ply", flat))
    assert len(mesh.faces) == 4
    assert mesh.remarks == ()


def test_vertices_that_are_no_numbers_are_refused(wedge, tmp_path):
    points = np.array(wedge.vertices)
    points[3, 1] = np.nan
    path = saved(tmp_path / "nan.ply", trimesh.Trimesh(points, wedge.faces, process=False))
    with pytest.raises(RunError, match=r"nan\.ply has 1 of 4 vertices whose coordinates are no finite numbers"):
        read_mesh(path)


def test_a_million_triangles_are_refused_with_the_limit(tmp_path):
    n = MAX_TRIANGLES + 1
    record = struct.pack("<12fH", 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0)
    (tmp_path / "big.stl").write_bytes(b"\0" * 80 + struct.pack("<I", n) + record * n)
    with pytest.raises(RunError, match=r"big\.stl has 200001 triangles, at most 200000 are allowed: reduce it"):
        read_mesh(tmp_path / "big.stl")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("not.glb", b"this is no mesh at all", r"not\.glb cannot be read as glb"),
        ("empty.obj", b"v 0 0 0\n", r"empty\.obj (has no triangles|cannot be read)"),
        ("line.obj", b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", r"line\.obj has no triangle with an area"),
    ],
)
def test_files_that_are_none_are_refused(name, content, told, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RunError, match=told):
        read_mesh(tmp_path / name)


def test_what_lies_in_other_files_is_not_read(wedge, tmp_path):
    files = wedge.scene().export(file_type="gltf")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert "uri" in json.loads((tmp_path / "model.gltf").read_bytes())["buffers"][0]
    with pytest.raises(RunError, match=r"model\.gltf cannot be read as gltf"):
        read_mesh(tmp_path / "model.gltf")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"scale": 0.0}, "scale is 0; it is metres per unit of the file, above 0"),
        ({"scale": 100.0}, r"300 x 200 x 100 m .* millimetres take scale: 0\.001"),
        ({"scale": 0.002}, r"0\.006 x 0\.004 x 0\.002 m"),
        ({"up": "x", "forward": "-x"}, "lie along one line"),
    ],
)
def test_sizes_and_frames_that_no_thing_has_are_refused(wedge, options, told, tmp_path):
    with pytest.raises(RunError, match=told):
        place_mesh(saved(tmp_path / "w.ply", wedge), **options)


def test_a_sheet_without_thickness_is_refused(tmp_path):
    sheet = trimesh.Trimesh([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)], process=False)
    with pytest.raises(RunError, match="flat or nearly so"):
        place_mesh(saved(tmp_path / "sheet.ply", sheet))


def test_without_trimesh_it_says_how_to_get_it(wedge, tmp_path, monkeypatch):
    path = saved(tmp_path / "other.ply", trimesh.Trimesh(wedge.vertices * 1.25, wedge.faces))
    monkeypatch.setitem(sys.modules, "trimesh", None)
    with pytest.raises(RunError, match=r"reading meshes takes trimesh: pip install 'oddsmith\[assets\]'"):
        read_mesh(path)


def test_colours_and_finish_are_those_of_the_file(tmp_path):
    scene = trimesh.Scene()
    for k, (colour, rough, metal) in enumerate([((1.0, 0.0, 0.0), 0.2, 0.0), ((0.0, 0.5, 1.0), 0.8, 1.0)]):
        box = trimesh.creation.box(extents=(1, 1, 1))
        box.apply_translation((2.0 * k, 0, 0))
        material = PBRMaterial(baseColorFactor=[*colour, 1.0], roughnessFactor=rough, metallicFactor=metal)
        box.visual = trimesh.visual.TextureVisuals(material=material)
        scene.add_geometry(box, node_name=f"part_{k}")
    path = tmp_path / "two.glb"
    path.write_bytes(scene.export(file_type="glb"))
    mesh = read_mesh(path)
    is_second = mesh.vertices[mesh.faces].mean(axis=1)[:, 0] > 1.0
    assert is_second.sum() == 12
    np.testing.assert_allclose(mesh.colours[~is_second], np.tile((1.0, 0.0, 0.0), (12, 1)), atol=1 / 255)
    np.testing.assert_allclose(mesh.colours[is_second], np.tile((0.0, 0.5, 1.0), (12, 1)), atol=1 / 255)
    np.testing.assert_allclose(mesh.finish[is_second], np.tile((0.8, 1.0), (12, 1)), atol=1e-6)
