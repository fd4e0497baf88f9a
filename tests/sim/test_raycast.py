"""Rays against trees of triangles: brute force, closed forms and an independent caster agree on every hit."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sim.raycast.fan import Fans, Work, slopes_of, sweep
from sim.raycast.nearest import MISS, cast
from sim.raycast.tree import DEPTH, build_tree, planted


def soup(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a random mesh of small, large, thin and degenerate triangles."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(-20.0, 20.0, (count, 1, 3))
    corners = centres + rng.normal(size=(count, 3, 3)) * rng.choice([0.05, 0.5, 8.0], (count, 1, 1))
    corners[::50, 2] = corners[::50, 1]
    corners[1::50] = np.round(corners[1::50])
    return corners.reshape(-1, 3).astype(np.float32), np.arange(3 * count).reshape(-1, 3)


def brute(vertices, faces, origins, directions):
    """Return distances and faces by Moeller and Trumbore against every triangle, in NumPy."""
    a, b, c = np.moveaxis(vertices.astype(np.float64)[faces], 1, 0)
    # The tree keeps edges as float32 differences.
    ab, ac = (np.float64(np.float32(np.float32(p) - np.float32(a))) for p in (b, c))
    best, which = np.full(len(origins), np.inf), np.full(len(origins), MISS)
    for n, (o, d) in enumerate(zip(origins, directions, strict=True)):
        p = np.cross(d, ac)
        det = np.einsum("ij,ij->i", ab, p)
        with np.errstate(divide="ignore", invalid="ignore"):
            s = o - a
            u = np.einsum("ij,ij->i", s, p) / det
            q = np.cross(s, ab)
            v = q @ d / det
            t = np.einsum("ij,ij->i", ac, q) / det
            t[~((det != 0.0) & (u >= -1e-12) & (v >= -1e-12) & (u + v <= 1.0 + 1e-12) & (t > 0.0))] = np.inf
        if np.isfinite(t.min()):
            best[n], which[n] = t.min(), t.argmin()
    return best, which


def rays(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    origins, directions = rng.uniform(-25.0, 25.0, (count, 3)), rng.normal(size=(count, 3))
    directions[:9] = np.eye(3)[[0, 1, 2] * 3] * [[1], [1], [1], [-1], [-1], [-1], [1e-3], [5], [1e3]]
    return origins, directions


@pytest.mark.parametrize("count", [1, 3, 4, 5, 700])
def test_the_tree_meets_what_brute_force_meets(count):
    vertices, faces = soup(count, count)
    origins, directions = rays(1, 400)
    distances, met = cast(build_tree(vertices, faces), origins, directions)
    expected, which = brute(vertices, faces, origins, directions)
    np.testing.assert_array_equal(met, which)
    np.testing.assert_allclose(distances, expected, rtol=1e-9)


def test_many_equal_triangles_make_no_endless_tree():
    vertices = np.array([[5.0, -1.0, -1.0], [5.0, 1.0, -1.0], [5.0, 0.0, 1.0]])
    tree = build_tree(vertices, np.tile([0, 1, 2], (5000, 1)))
    distances, met = cast(tree, np.zeros((1, 3)), np.array([[1.0, 0.0, 0.0]]))
    assert distances[0] == 5.0
    assert 0 <= met[0] < 5000


@pytest.mark.parametrize(
    ("vertices", "faces", "message"),
    [
        (np.zeros((3, 3)), np.zeros((0, 3), int), "takes 1 to"),
        (np.full((3, 3), np.nan), np.array([[0, 1, 2]]), "finite positions"),
    ],
)
def test_a_mesh_of_nothing_or_of_no_numbers_is_refused(vertices, faces, message):
    with pytest.raises(ValueError, match=message):
        build_tree(vertices, faces)


def test_a_limit_ends_rays():
    tree = build_tree(np.array([[5.0, -9, -9], [5, 9, -9], [5, 0, 9]]), np.array([[0, 1, 2]]))
    distances, met = cast(tree, np.zeros((1, 3)), np.array([[1.0, 0, 0]]), limit=4.9)
    assert (distances[0], met[0]) == (np.inf, MISS)


def fans_of(origins, axes):
    """Return fans whose axes h, n, u are the columns of (F, 3, 3) matrices."""
    h, n, u = (np.ascontiguousarray(axes[:, :, k]) for k in range(3))
    return Fans(np.ascontiguousarray(origins, np.float64), n, h, u)


def swept(tree, root, fans, slopes, limit=np.inf):
    """Return (F, R) depths and places of the triangles that fans meet."""
    shape = (len(fans.origin), len(slopes.values))
    depth, met = np.full(shape, limit), np.full(shape, MISS, np.int64)
    room = Work(np.empty((DEPTH, 3), np.int64), np.empty(DEPTH), np.empty(shape[1]))
    sweep(tree.boxes, tree.children, tree.corners, root, fans, shape[0], slopes, depth, met, 0, room)
    return depth, met


def fan(tree, root, origin, R, slopes, limit=np.inf):
    """Return (depth, place of the triangle) of one fan."""
    depth, met = swept(tree, root, fans_of([origin], R[None]), slopes, limit)
    return depth[0], met[0]


def turned(seed: int) -> np.ndarray:
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


def test_a_fan_meets_what_its_rays_meet():
    vertices, faces = soup(8, 900)
    tree = build_tree(vertices, faces)
    elevations = np.sort(np.random.default_rng(3).uniform(-1.4, 1.4, 40))
    slopes = slopes_of(elevations)
    hits = 0
    for seed in range(60):
        R, origin = turned(seed), np.random.default_rng(seed).uniform(-22.0, 22.0, 3)
        directions = R[:, 0] + slopes.values[:, None] * R[:, 2]
        expected, which = cast(tree, np.tile(origin, (40, 1)), directions)
        depth, met = fan(tree, 0, origin, R, slopes)
        np.testing.assert_allclose(depth, expected, rtol=1e-9)
        np.testing.assert_array_equal(np.where(met == MISS, MISS, tree.order[met]), which)
        hits += np.sum(which != MISS)
    assert hits > 1000


def test_fans_side_by_side_meet_what_each_meets_alone():
    """However far they stand apart and turn, and whatever is nearer in one of them."""
    vertices, faces = soup(8, 900)
    tree = build_tree(vertices, faces)
    slopes = slopes_of(np.sort(np.random.default_rng(3).uniform(-1.2, 1.2, 33)))
    hits = 0
    for seed, spread in enumerate((0.0, 0.002, 0.02, 0.3, 2.0) * 4):
        rng = np.random.default_rng(seed)
        turns = Rotation.from_rotvec(rng.normal(size=(7, 3)) * spread).as_matrix()
        fans = fans_of(rng.uniform(-22.0, 22.0, 3) + spread * rng.normal(size=(7, 3)), turns @ turned(seed))
        depth, met = swept(tree, 0, fans, slopes)
        for k in range(7):
            alone, which = swept(tree, 0, Fans(*(values[k : k + 1] for values in fans)), slopes)
            np.testing.assert_array_equal(depth[k], alone[0])
            np.testing.assert_array_equal(met[k], which[0])
        hits += np.sum(met != MISS)
    assert hits > 1000


def test_of_coplanar_triangles_fans_meet_the_first_of_the_tree():
    vertices = np.array([[5.0, -1.0, -1.0], [5.0, 1.0, -1.0], [5.0, 0.0, 1.0]])
    tree = build_tree(vertices, np.tile([0, 1, 2], (500, 1)))
    _, met = fan(tree, 0, np.zeros(3), np.eye(3), slopes_of(np.array([-0.1, 0.0, 0.1])))
    np.testing.assert_array_equal(met, 0)


def test_a_forest_keeps_its_trees_apart():
    meshes = [soup(seed, 60 + seed) for seed in range(3)]
    trees = [build_tree(*mesh) for mesh in meshes]
    labels = [1000 * k + np.arange(len(faces)) for k, (_, faces) in enumerate(meshes)]
    owners = [np.full(len(faces), k) for k, (_, faces) in enumerate(meshes)]
    forest = planted(trees, labels, owners)
    slopes = slopes_of(np.linspace(-0.6, 0.6, 21))
    seen = 0
    for k, tree in enumerate(trees):
        for seed in range(20):
            R, origin = turned(seed), np.random.default_rng(seed).uniform(-15, 15, 3)
            alone, own = fan(tree, 0, origin, R, slopes)
            together, met = fan(forest, forest.roots[k], origin, R, slopes)
            np.testing.assert_array_equal(alone, together)
            is_met = own != MISS
            assert np.all(forest.owners[met[is_met]] == k)
            np.testing.assert_array_equal(forest.labels[met[is_met]], 1000 * k + tree.order[own[is_met]])
            seen += is_met.sum()
    assert seen > 200


@pytest.mark.parametrize("elevations", [[], [0.2, 0.1], [1.6], [np.nan]])
def test_a_fan_without_order_is_refused(elevations):
    with pytest.raises(ValueError, match="ascending elevations"):
        slopes_of(np.array(elevations))


def test_embree_agrees_on_every_hit():
    """Embree traces in float32: it may differ by its rounding, and on rays through an edge."""
    rtcore = pytest.importorskip("embreex.rtcore_scene")
    from embreex.mesh_construction import TriangleMesh

    vertices, faces = soup(21, 3000)
    origins, directions = rays(5, 20_000)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    scene = rtcore.EmbreeScene(robust=True)
    TriangleMesh(scene, vertices, faces.astype(np.int32))
    result = scene.run(origins.astype(np.float32), directions.astype(np.float32), output=True)
    theirs = np.where(result["primID"] < len(faces), result["primID"], MISS).astype(np.int64)
    ours_t, ours = cast(build_tree(vertices, faces), origins, directions)
    assert np.mean(ours == theirs) > 0.999
    same = (ours == theirs) & (ours != MISS)
    np.testing.assert_allclose(ours_t[same], result["tfar"][same], rtol=1e-3, atol=1e-3)
    assert np.quantile(np.abs(ours_t - result["tfar"])[same], 0.99) < 2e-5
