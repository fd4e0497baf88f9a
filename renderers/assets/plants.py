"""Trees, bushes and hedges: trunks, knobbly crowns, and loose leaves that fray their outline."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form, grid, lathe, sphere, tube
from renderers.assets.materials import Material, Texture, tabled
from renderers.assets.mesh import Mesh
from renderers.assets.variety import Variety
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["bush_mesh", "tree_mesh"]

N_FORMS = 12
"""Different forms of each kind of tree or bush; a thousand trees share them, stretched and coloured."""
WRAP = 0.55
"""How far light wraps round a crown: leaves let about half of it through."""
GREENS = (
    (0.050, 0.092, 0.034),
    (0.064, 0.104, 0.036),
    (0.042, 0.076, 0.032),
    (0.080, 0.112, 0.040),
    (0.088, 0.088, 0.040),
)
"""Of crowns, in which leaves shade each other. Green leaves reflect about 5 % of blue and red light and 10 to
15 % of green (Gates et al. 1965, Applied Optics 4), so they are less green than one thinks."""
NEEDLES = (0.028, 0.048, 0.027)
BARKS = ((0.11, 0.085, 0.062), (0.16, 0.14, 0.12), (0.075, 0.055, 0.04))


def tree_mesh(shape: Shape) -> Mesh:
    """Return a tree: round, oval or spreading broadleaf, or a conifer, as its `seed` has it.

    Its form is one of `N_FORMS`, stretched to its size; its colours are its own.
    """
    variety = Variety.of(shape)
    kind = variety.choice("kind", ("round", "oval", "spreading", "round", "oval", "conifer"))
    form = _tree_form(kind, int(variety.uniform("form", 0, N_FORMS)))
    leaf = _needle_material(variety) if kind == "conifer" else _leaf_material(variety)
    return form.stretched(shape.size, *tabled((_bark_material(variety), leaf)))


@lru_cache(maxsize=4 * N_FORMS)
def _tree_form(kind: str, number: int) -> Mesh:
    variety = Variety(number, f"tree form {kind}")
    builder = MeshBuilder(crease=np.radians(75.0))
    if kind == "conifer":
        _add_conifer(builder, (4.0, 4.0, 9.0), variety)
    else:
        _add_broadleaf(builder, (5.0, 5.0, 8.0), kind, variety)
    return builder.build()


def bush_mesh(shape: Shape) -> Mesh:
    """Return a bush; a hedge where the shape is long and narrow, a wood where it is large: `seed`."""
    variety = Variety.of(shape)
    length, width, height = shape.size
    is_hedge = width < 1.6 and length > 2.5 * width
    cell = 2.2 * height if is_hedge else max(0.85 * height, 0.7 * width if width < 4 else 0.0)
    nx, ny = (max(1, min(9, round(extent / cell))) for extent in (length, width))
    form = _bush_form(nx, ny, is_hedge, int(variety.uniform("form", 0, N_FORMS)))
    return form.stretched(shape.size, *tabled((_leaf_material(variety),)))


@lru_cache(maxsize=8 * N_FORMS)
def _bush_form(nx: int, ny: int, is_hedge: bool, number: int) -> Mesh:
    """Return nx by ny mounds of about one metre; a hedge's are boxy and of one height."""
    variety = Variety(number, f"bush form {nx} {ny} {is_hedge}")
    builder = MeshBuilder(crease=np.radians(75.0))
    power, around = (5.0 if is_hedge else 2.4), (11 if nx * ny == 1 else 7)
    halves, middles = [], []
    for k in range(nx * ny):
        i, j = k % nx, k // nx
        tall = 1.0 if is_hedge or k == 0 else variety.uniform(f"tall_{k}", 0.72, 1.0)
        middles.append([i + 0.5 - nx / 2, j + 0.5 - ny / 2, 0.42 * tall])
        halves.append([0.66, 0.66, 0.58 * tall])
        blob = _blob(
            np.array(middles[-1]),
            np.array(halves[-1]),
            variety,
            f"blob_{k}",
            n_around=around,
            n_up=4,
            power=power,
        )
        builder.add(blob, LEAVES)
    n_leaves = min(150, 40 + 20 * nx * ny)
    builder.add(
        _loose_leaves(np.array(middles), np.array(halves), variety, "leaves", n_leaves, power=power), LEAVES
    )
    return builder.build()


BARK = Material("bark", BARKS[0], 0.95, texture=Texture.BARK, data=(0.0,))
LEAVES = Material("leaves", GREENS[0], 0.9, texture=Texture.LEAVES, data=(0.0,), wrap=WRAP)
"""Stand in the forms for what each tree is given: bark is row 0, leaves are row 1."""


def _needle_material(variety: Variety) -> Material:
    colour = variety.colour("needle", NEEDLES, 0.2)
    return Material("needles", colour, 0.95, texture=Texture.LEAVES, data=(37.0,), wrap=0.35)


def _leaf_material(variety: Variety) -> Material:
    colour = variety.colour("leaf", variety.choice("green", GREENS), 0.15)
    return Material(
        "leaves",
        colour,
        0.9,
        texture=Texture.LEAVES,
        data=(float(int(variety.uniform("leaf_seed", 1, 4000))),),
        wrap=WRAP,
    )


def _bark_material(variety: Variety) -> Material:
    colour = variety.colour("bark", variety.choice("bark_colour", BARKS), 0.15)
    return Material(
        "bark", colour, 0.95, texture=Texture.BARK, data=(float(int(variety.uniform("bark_seed", 1, 4000))),)
    )


CROWNS = {"round": (0.27, 0.92, 0.62), "oval": (0.22, 0.70, 0.85), "spreading": (0.32, 1.0, 0.48)}
"""Kind -> (foot of the crown as a share of the height, width of a blob cluster, its height)."""


def _add_broadleaf(builder: MeshBuilder, size: tuple[float, float, float], kind: str, variety: Variety) -> None:
    length, width, height = size
    foot, broad, tall = CROWNS[kind]
    foot *= variety.uniform("foot", 0.85, 1.15)
    crown = np.array([0.5 * length, 0.5 * width, 0.5 * (1 - foot) * height])
    middle = np.array([0.0, 0.0, height - crown[2]])
    thick = 0.022 * height * variety.uniform("trunk", 0.8, 1.25)
    lean = variety.array("lean", (2,), -0.03, 0.03) * height
    path = np.array(
        [[0, 0, 0], [0, 0, 0.12 * height], [*(lean * 0.6), foot * height * 1.1], [*lean, middle[2]]]
    )
    builder.add(tube(path, thick * np.array([1.5, 1.0, 0.8, 0.45]), 7), BARK)
    centres, halves = _clusters(middle, crown, broad, tall, variety)
    for k, (centre, half) in enumerate(zip(centres, halves, strict=True)):
        if k % 3 == 2:
            branch = np.array([path[2], 0.3 * path[2] + 0.7 * centre])
            builder.add(tube(branch, thick * np.array([0.5, 0.2]), 4), BARK)
        builder.add(_blob(centre, half, variety, f"blob_{k}", n_around=6, n_up=4), LEAVES)
    builder.add(_loose_leaves(centres, halves, variety, "leaves", 250), LEAVES)


def _clusters(middle: Array, crown: Array, broad: float, tall: float, variety: Variety) -> tuple[Array, Array]:
    """Return (B, 3) middles and half sizes of the crown's blobs: a core, and boughs spread evenly round it."""
    n = 7 + int(variety.uniform("clusters", 0, 2.999))
    k = np.arange(n) + 0.5
    z = 1.0 - 1.75 * k / n  # the underside of a crown is open
    turn = k * np.pi * (3.0 - np.sqrt(5.0)) + variety.array("angle", (n,), -0.5, 0.5)
    reach = variety.array("reach", (n,), 0.36, 0.60)
    flat = np.sqrt(1.0 - z * z)
    centres = np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1) * reach[:, None]
    halves = np.stack([variety.array(f"half_{axis}", (n,), 0.34, 0.56) for axis in range(3)], axis=1)
    centres = np.concatenate([[[0.0, 0.0, 0.05]], centres])
    halves = np.concatenate([[[0.60, 0.60, 0.62]], halves])
    scale = np.array([broad, broad, 1.0])
    return middle + centres * crown * scale, halves * crown * np.array([broad, broad, 0.55 + 0.5 * tall])


def _blob(
    middle: Array,
    half: Array,
    variety: Variety,
    name: str,
    *,
    n_around: int = 8,
    n_up: int = 5,
    power: float = 2.0,
) -> Form:
    """Return a knobbly superellipsoid, lit as the smooth one would be: a mass of leaves, not facets."""
    form = sphere(1.0, n_around=n_around, n_up=n_up)
    directions = form.points / np.linalg.norm(form.points, ord=power, axis=1, keepdims=True)
    poles = np.abs(form.points[:, 2]) > 0.999
    bumps = variety.array(name, (len(directions),), 0.80, 1.10)
    bumps[poles] = np.where(directions[poles, 2] > 0, 1.0, 0.8)
    normals = form.points / half
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Form(middle + directions * bumps[:, None] * half, form.faces, None, normals)


def _loose_leaves(
    middles: Array, halves: Array, variety: Variety, name: str, n: int, *, power: float = 2.0
) -> Form:
    """Return n triangles about the blobs' surfaces, any way round, lit like the blob they stand on."""
    which = (variety.array(f"{name}_which", (n,)) * len(middles)).astype(np.int64)
    z = variety.array(f"{name}_z", (n,), -0.85, 1.0)
    turn = variety.array(f"{name}_turn", (n,), 0.0, 2 * np.pi)
    r = np.sqrt(1 - z * z)
    directions = np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1)
    surface = directions / np.linalg.norm(directions, ord=power, axis=1, keepdims=True)
    at = middles[which] + surface * halves[which] * variety.array(f"{name}_out", (n, 1), 0.82, 1.02)
    scale = 0.36 * float(np.mean(halves)) ** 0.6 * variety.array(f"{name}_size", (n, 1, 1), 0.5, 1.0)
    corners = variety.array(f"{name}_corners", (n, 3, 3), -1.0, 1.0)
    corners -= corners.mean(axis=1, keepdims=True)
    corners /= np.maximum(np.linalg.norm(corners, axis=2, keepdims=True), 0.3)
    # Seen from outside, so that a leaf is lit as the mass behind it.
    out = np.einsum(
        "ni,ni->n", np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), directions
    )
    corners[out < 0.0] = corners[out < 0.0][:, ::-1]
    points = at[:, None] + corners * scale
    normals = directions / halves[which]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Form(points.reshape(-1, 3), np.arange(3 * n).reshape(n, 3), None, np.repeat(normals, 3, axis=0))


def _add_conifer(builder: MeshBuilder, size: tuple[float, float, float], variety: Variety) -> None:
    """Add a spruce: a trunk and tiers of drooping boughs with ragged edges."""
    length, width, height = size
    trunk = np.array([[1.3, 0.0], [1.0, 0.1], [0.3, 0.9]]) * [0.018 * height, height]
    builder.add(lathe(trunk, 7), BARK)
    n_tiers, n = 7, 12
    low = height * variety.uniform("low", 0.06, 0.14)
    for k in range(n_tiers):
        share = k / (n_tiers - 1)
        foot = low + (height - low) * share * 0.90
        reach = 0.5 * (1.0 - 0.93 * share)
        top = min(height, foot + (height - low) * (0.30 - 0.16 * share))
        builder.add(_tier(foot, top, reach * np.array([length, width]), variety, f"tier_{k}", n), LEAVES)


def _tier(foot: float, top: float, reach: Array, variety: Variety, name: str, n: int) -> Form:
    """Return one ragged cone with its underside."""
    angle = np.arange(n) * 2 * np.pi / n + variety.uniform(name, 0, 1)
    ragged = np.where(np.arange(n) % 2 == 0, 1.0, 0.72) * variety.array(f"{name}_ragged", (n,), 0.86, 1.0)
    rows = []
    for r, z in (
        (0.05, foot + 0.25 * (top - foot)),
        (1.0, foot),
        (0.45, foot + 0.45 * (top - foot)),
        (0.0, top),
    ):
        rag = ragged if r == 1.0 else 1.0
        droop = (1.0 - ragged) * 0.3 * (top - foot) if r == 1.0 else 0.0
        rows.append(
            np.column_stack(
                [r * rag * reach[0] * np.cos(angle), r * rag * reach[1] * np.sin(angle), z + droop + 0 * angle]
            )
        )
    return grid(np.stack(rows), wrap=True).flipped()
