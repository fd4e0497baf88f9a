"""Claims about every asset: its box, its triangles, its seed."""

import numpy as np
import pytest

from renderers.assets import TABLE, mesh_for, pose_parts
from renderers.assets.materials import N_COLUMNS, Column
from sim.scene import Shape
from sim.worlds.arms import arm_named

CURVE = ((30.0, 0.0, 0.0, 0.1, 0.0, 0.02), (40.0, 29.8, 6.1, 0.4, 0.02, 0.02))
ROAD = {
    "reference": CURVE,
    "strips": ((-3.5, 3.5, "asphalt", 0.0), (3.5, 6.0, "sidewalk", 0.12), (-5.0, -3.5, "verge", 0.0)),
    "markings": ((0.0, 0.12, "broken", "white"), (3.2, 0.15, "solid", "yellow")),
    "crosswalks": ((12.0, 4.0, -3.5, 3.5),),
    "kerbs": ((3.5, 0.12, "left"),),
}
JUNCTION = {
    "surfaces": (
        ("asphalt", 0.0, ((15.0, -5.0), (15.0, 5.0), (5.0, 5.0), (5.0, 15.0), (-15.0, 15.0), (-15.0, -5.0))),
        ("sidewalk", 0.12, ((5.0, 5.0), (15.0, 5.0), (15.0, 7.5), (7.5, 7.5), (7.5, 15.0), (5.0, 15.0))),
    ),
    "ribbons": (
        ("asphalt", 0.0, ((20.0, 0.0), (30.0, 1.0)), ((20.0, 3.0), (30.0, 4.5))),
        ("sidewalk", 0.12, ((20.0, 3.0), (30.0, 4.5)), ((20.0, 5.0), (30.0, 6.0))),
        ("paint", 0.0, ((20.0, 2.9), (30.0, 4.4)), ((20.0, 3.0), (30.0, 4.5))),
    ),
    "paint": (((14.0, -4.0), (14.5, -4.0), (14.5, 0.0), (14.0, 0.0)),),
}


def robot(name):
    arm = arm_named(name)
    joints = tuple((joint.turns, tuple(joint.origin.ravel().tolist())) for joint in arm.joints)
    return Shape("robot", (0.9, 0.3, 0.9), {"joints": joints, "rest": arm.rest, "fingers": arm.has_fingers})


L_SHAPE = ((0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (1.0, 1.0), (1.0, 2.0), (0.0, 2.0))
SHAPES = {
    "hatchback": Shape("vehicle", (4.358, 1.815, 1.46), {"style": "hatchback", "seed": 1}),
    "sedan": Shape("vehicle", (4.71, 1.83, 1.44), {"style": "sedan", "seed": 2, "paint": (0.1, 0.2, 0.3)}),
    "suv": Shape("vehicle", (4.65, 1.88, 1.68), {"style": "suv", "seed": 3}),
    "van": Shape("vehicle", (5.93, 2.02, 2.5), {"style": "van", "seed": 4}),
    "truck": Shape("vehicle", (8.5, 2.5, 3.5), {"style": "truck", "seed": 5}),
    "bus": Shape("vehicle", (12.0, 2.55, 3.1), {"style": "bus", "seed": 6}),
    "adult": Shape("person", (0.75, 0.5, 1.8), {"age": "adult", "seed": 7}),
    "narrow adult": Shape("person", (0.4, 0.5, 1.8), {"age": "adult", "seed": 8}),
    "child": Shape("person", (0.28, 0.298, 1.154), {"age": "child", "seed": 9}),
    "bicycle": Shape("two_wheeler", (1.8, 0.6, 1.8), {"style": "bicycle", "seed": 16}),
    "e-scooter": Shape("two_wheeler", (1.2, 0.52, 1.95), {"style": "e_scooter", "seed": 17}),
    "motorcycle": Shape("two_wheeler", (2.08, 0.8, 1.62), {"style": "motorcycle", "seed": 18}),
    "deer": Shape("animal", (1.75, 0.46, 1.6), {"style": "deer", "seed": 19}),
    "reflector": Shape("corner_reflector", (0.3 / 3**0.5, 0.3 * 2**0.5, 0.62), {}),
    "pallet": Shape("pallet", (1.2, 0.8, 0.144), {"seed": 20}),
    "tyre": Shape("tyre", (0.632, 0.632, 0.205), {}),
    "house": Shape("building", (11.0, 15.0, 10.3), {"seed": 10, "storeys": 3}),
    "tower": Shape("building", (14.0, 22.0, 28.9), {"seed": 11, "storeys": 9}),
    "tree": Shape("tree", (4.0, 4.5, 7.0), {"seed": 12}),
    "bush": Shape("bush", (2.0, 1.4, 1.2), {"seed": 13}),
    "hedge": Shape("bush", (12.0, 0.8, 1.5), {"seed": 14}),
    "wood": Shape("bush", (80.0, 22.0, 14.0), {"seed": 15}),
    "lamp": Shape("lamp", (1.5, 0.3, 7.0), {}),
    "stop": Shape("sign", (0.1, 0.65, 2.7), {"text": "stop"}),
    "limit": Shape("sign", (0.1, 0.65, 2.7), {"text": "50"}),
    "crosswalk": Shape("sign", (0.1, 0.65, 2.8), {"text": "crosswalk"}),
    "warning": Shape("sign", (0.1, 0.65, 2.7), {"text": "warning"}),
    "board": Shape("sign", (0.3, 4.8, 6.2), {"text": "A 3", "colour": "blue"}),
    "road works": Shape("sign", (0.1, 1.0, 3.2), {"text": "road works"}),
    "lane ends": Shape("sign", (0.1, 1.0, 3.2), {"text": "right lane ends"}),
    "end": Shape("sign", (0.1, 1.0, 3.2), {"text": "end"}),
    "barricade": Shape("barricade", (0.8, 2.5, 1.1), {}),
    "cone": Shape("cone", (0.4, 0.4, 0.75), {}),
    "box": Shape("box", (0.6, 0.5, 0.4), {}),
    "sphere": Shape("sphere", (0.5, 0.5, 0.5), {}),
    "cylinder": Shape("cylinder", (0.3, 0.3, 1.0), {"colour": (0.5, 0.1, 0.1)}),
    "prism": Shape("prism", (2.0, 2.0, 1.0), {"footprint": L_SHAPE}),
    "ground": Shape("ground", (100.0, 80.0, 0.0), {"material": "soil"}),
    "road": Shape("road", (70.0, 11.0, 0.12), ROAD),
    "junction": Shape("junction", (30.0, 30.0, 0.12), JUNCTION),
    "lights": Shape("traffic_light", (0.45, 0.30, 3.3), {}),
    "arrow": Shape("traffic_light", (0.45, 0.30, 3.3), {"arrow": "left"}),
    "panda": robot("panda"),
    "iiwa": robot("iiwa"),
    "machine": Shape("machine", (2.0, 1.5, 1.8), {}),
    "component": Shape("component", (0.1, 0.1, 0.1), {"machine": "mill", "fault": "leak"}),
    "sensor": Shape("sensor", (0.05, 0.05, 0.05), {"component": "pump", "colour": (0.1, 0.1, 0.1)}),
    "rail": Shape("guard_rail", (20.0, 0.3, 0.75), {"path": ((0.0, 0.0), (10.0, 0.5), (20.0, 2.0))}),
}
IN_WORLD = {"prism", "road", "junction", "rail", "panda", "iiwa"}
"""Told in coordinates of their own, not by a box about the origin."""
BUDGET = {
    "vehicle": 4000,
    "person": 2500,
    "two_wheeler": 5500,
    "animal": 2500,
    "tree": 1500,
    "building": 1000,
    "bush": 1500,
    "cone": 250,
    "sign": 800,
    "road": 4000,
    "robot": 16_000,
}

every = pytest.mark.parametrize("name", SHAPES)


def corners(mesh):
    return mesh.vertices[mesh.faces].astype(np.float64)


def volume(mesh):
    a, b, c = np.moveaxis(corners(mesh), 1, 0)
    return np.einsum("fi,fi->", a, np.cross(b, c)) / 6


def edges_without_partner(mesh):
    """Return how many directed edges, between welded points, lack their opposite."""
    _, welded = np.unique(np.round(mesh.vertices * 1e4).astype(int), axis=0, return_inverse=True)
    faces = welded.ravel()[mesh.faces]
    directed = {}
    for face in faces:
        for a, b in zip(face, np.roll(face, -1), strict=True):
            directed[a, b] = directed.get((a, b), 0) + 1
    return sum(abs(n - directed.get((b, a), 0)) for (a, b), n in directed.items())


def test_every_kind_of_shape_is_tried():
    users_own = "mesh"  # of a file: see test_user_meshes
    assert {shape.kind for shape in SHAPES.values()} == set(TABLE) - {users_own}


@every
def test_the_box_of_the_rest_pose_is_the_size(name):
    shape = SHAPES[name]
    low, high = mesh_for(shape).bounds()
    if name == "ground":
        assert low[2] == high[2] < 0
        low[2] = high[2] = 0.0
    np.testing.assert_allclose(high - low, shape.size if name not in IN_WORLD else high - low, atol=1e-3)
    if name not in IN_WORLD:
        np.testing.assert_allclose(low, [-shape.size[0] / 2, -shape.size[1] / 2, 0.0], atol=1e-3)


@every
def test_arrays_fit_together(name):
    mesh = mesh_for(SHAPES[name])
    n_vertices, n_faces = len(mesh.vertices), len(mesh.faces)
    assert mesh.normals.shape == mesh.coords.shape == mesh.vertices.shape == (n_vertices, 3)
    assert mesh.material.shape == (n_faces,)
    assert mesh.part.shape == (n_vertices,)
    assert mesh.materials.shape[1] == N_COLUMNS
    assert mesh.faces.max() == n_vertices - 1
    assert mesh.material.max() < len(mesh.materials)
    assert np.array_equal(np.unique(mesh.part), np.arange(mesh.n_parts))
    starts = mesh.materials[:, Column.DATA]
    assert ((starts >= 0) & (starts <= len(mesh.data))).all()
    for array in (mesh.vertices, mesh.normals, mesh.coords, mesh.materials, mesh.data):
        assert array.dtype == np.float32
        assert array.flags.c_contiguous
        assert not array.flags.writeable
        assert np.isfinite(array).all()


@every
def test_faces_are_not_degenerate_and_keep_to_one_part(name):
    mesh = mesh_for(SHAPES[name])
    a, b, c = np.moveaxis(corners(mesh), 1, 0)
    assert np.linalg.norm(np.cross(b - a, c - a), axis=1).min() > 1e-9
    assert (np.ptp(mesh.part[mesh.faces], axis=1) == 0).all()


@every
def test_normals_are_unit_and_on_the_side_of_the_winding(name):
    mesh = mesh_for(SHAPES[name])
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-5)
    a, b, c = np.moveaxis(corners(mesh), 1, 0)
    flat = np.cross(b - a, c - a)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    along = np.einsum("fki,fi->fk", mesh.normals[mesh.faces], flat)
    solid = mesh.materials[mesh.material, Column.WRAP] == 0.0  # leaves are lit as a mass, not by their faces
    assert along[solid].min(initial=1.0) > 0.0


@every
def test_the_same_shape_gives_the_same_mesh(name):
    first, again = mesh_for(SHAPES[name]), mesh_for(Shape(**vars(SHAPES[name])))
    for field in ("vertices", "normals", "faces", "material", "part", "coords", "materials", "data"):
        assert np.array_equal(getattr(first, field), getattr(again, field)), field


@pytest.mark.parametrize("name", [name for name in SHAPES if "seed" in SHAPES[name].details])
def test_another_seed_gives_another_mesh(name):
    shape = SHAPES[name]
    seen = set()
    for seed in range(100, 106):
        mesh = mesh_for(
            Shape(shape.kind, shape.size, {**shape.details, "seed": seed, "paint": (0.1, 0.1, 0.1)})
        )
        seen.add((mesh.vertices.tobytes(), mesh.materials.tobytes()))
    assert len(seen) == 6


@every
def test_triangles_stay_within_the_budget(name):
    shape = SHAPES[name]
    assert len(mesh_for(shape).faces) <= BUDGET.get(shape.kind, 1000)


@pytest.mark.parametrize(
    ("name", "expected", "tolerance"),
    [
        ("box", 0.6 * 0.5 * 0.4, 1e-6),
        ("prism", 3.0, 1e-6),
        ("sphere", np.pi / 6 * 0.5**3, 0.03),
        ("cylinder", np.pi / 4 * 0.3**2, 0.01),
    ],
)
def test_solids_are_closed_and_have_their_volume(name, expected, tolerance):
    mesh = mesh_for(SHAPES[name])
    assert volume(mesh) == pytest.approx(expected, rel=tolerance)
    assert edges_without_partner(mesh) == 0


@pytest.mark.parametrize("name", ["hatchback", "sedan", "suv", "van", "bus", "truck"])
def test_vehicles_fill_a_plausible_share_of_their_box(name):
    """A skin turned inside out would have a negative volume, one half turned an implausible one."""
    shape = SHAPES[name]
    assert 0.45 < volume(mesh_for(shape)) / np.prod(shape.size) < 0.9


def test_a_person_has_the_volume_of_a_person():
    """75 kg at about 985 kg/m³ is 0.076 m³; clothes add, and limbs overlap at their joints.

    The one of this seed wears trousers and no bag.
    """
    assert 0.07 < volume(mesh_for(Shape("person", (0.75, 0.5, 1.8), {"age": "adult", "seed": 3}))) < 0.14


def test_people_of_one_body_wear_what_is_their_own():
    """Seeds a dozen apart have one body; the cut of clothes, skin and hair is that body's, colours are not."""
    size, meshes = (0.75, 0.5, 1.8), []
    for seed in (3, 15, 27):
        meshes.append(mesh_for(Shape("person", size, {"age": "adult", "seed": seed})))
    first, *others = meshes
    for other in others:
        assert np.array_equal(first.vertices, other.vertices)
        assert not np.array_equal(first.materials, other.materials)
    assert not np.array_equal(others[0].materials, others[1].materials)


def test_rigid_shapes_have_one_part_that_stays():
    assert np.array_equal(pose_parts(SHAPES["box"], {"speed": 3.0}), np.eye(4)[None])


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (Shape("rocket", (1, 1, 1)), "no mesh for shape kind 'rocket'; known: animal, ba"),
        (Shape("vehicle", (4, 2, 1), {"style": "tank"}), "no vehicle of style 'tank'; known: ambulance"),
        (Shape("person", (1, 1, 1), {"age": "old"}), "no person of age 'old'; known: adult, child"),
        (Shape("ground", (1, 1, 0), {"material": "lava"}), "no ground of 'lava'; known: concrete"),
    ],
)
def test_unknown_names_are_answered_with_the_known_ones(shape, message):
    with pytest.raises(ValueError, match=message):
        mesh_for(shape)
