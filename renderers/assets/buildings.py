"""Town houses: walls with textured windows, doors, shops, balconies, and a flat, gabled or hipped roof."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form, box, grid, merge
from renderers.assets.materials import GLASS, STEEL, Material, Texture, matt
from renderers.assets.mesh import Mesh
from renderers.assets.variety import Variety
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["building_mesh"]

Colour = tuple[float, float, float]

PLASTERS: tuple[Colour, ...] = (
    (0.58, 0.54, 0.45), (0.62, 0.61, 0.58), (0.54, 0.44, 0.29), (0.43, 0.43, 0.42), (0.46, 0.31, 0.24),
    (0.42, 0.44, 0.37), (0.55, 0.46, 0.38), (0.37, 0.39, 0.42), (0.50, 0.48, 0.44), (0.33, 0.31, 0.29),
)  # fmt: skip
BRICKS: tuple[Colour, ...] = ((0.30, 0.105, 0.065), (0.25, 0.12, 0.085), (0.36, 0.22, 0.13))
TILES: tuple[Colour, ...] = (
    (0.28, 0.085, 0.045),
    (0.17, 0.065, 0.045),
    (0.075, 0.075, 0.08),
    (0.12, 0.09, 0.07),
)
FASCIAS: tuple[Colour, ...] = (
    (0.03, 0.03, 0.035), (0.55, 0.54, 0.52), (0.30, 0.03, 0.03), (0.03, 0.12, 0.06), (0.04, 0.09, 0.25),
    (0.50, 0.33, 0.04), (0.10, 0.06, 0.04),
)  # fmt: skip
PIPE = matt("pipe", (0.16, 0.16, 0.155), 0.6)
DOORS: tuple[Colour, ...] = ((0.10, 0.055, 0.03), (0.03, 0.07, 0.05), (0.04, 0.05, 0.10), (0.20, 0.03, 0.03))
AWNINGS: tuple[Colour, ...] = ((0.35, 0.04, 0.04), (0.05, 0.20, 0.10), (0.06, 0.12, 0.32), (0.50, 0.42, 0.25))

PLINTH = matt("plinth", (0.22, 0.215, 0.21))
TRIM = matt("trim", (0.55, 0.54, 0.51), 0.8)
FLAT_ROOF = matt("flat_roof", (0.13, 0.13, 0.13))

BAY = 2.9
"""Usual distance of windows [m]."""
EAVES = 0.35
"""How far a pitched roof stands out over the walls [m]."""
SIDE = 0.05
"""How far the side walls stand in from the plot, so that houses in a row touch only by their plinths [m]."""
PLINTH_HEIGHT = 0.45


@dataclass(frozen=True)
class _House:
    """The measures of one house, its fronts at ± half_y; the finished mesh is turned so that they face ± x."""

    half_x: float
    half_y: float
    eaves: float
    height: float
    storeys: int
    roof: str
    has_shop: bool
    variety: Variety

    @classmethod
    def of(cls, shape: Shape) -> _House:
        """Return the house of a shape: storeys below the eaves, one more under a steep roof."""
        depth, frontage, height = shape.size
        variety = Variety.of(shape)
        stated = shape.details.get("storeys")
        count = max(1, int(stated) if isinstance(stated, int | float) else round((height - 1.0) / 3.0))
        roof = variety.choice("roof", ("flat", "gable", "gable", "hip")) if count <= 5 else "flat"
        below = count if roof == "flat" or count < 3 else count - 1
        eaves = PLINTH_HEIGHT + below * min(3.3, (height - PLINTH_HEIGHT - 0.5) / count)
        eaves = height - 0.5 if roof == "flat" else min(eaves, height - 1.2)
        out = 0.14 if roof == "flat" else EAVES
        has_shop = count >= 2 and variety.uniform("shop") < 0.4
        return cls(frontage / 2 - SIDE, depth / 2 - out, eaves, height, below, roof, has_shop, variety)

    @property
    def storey(self) -> float:
        """Height of a storey [m]."""
        return (self.eaves - PLINTH_HEIGHT) / self.storeys

    def bay(self, length: float) -> float:
        """Return the distance of the windows of a wall of this length [m]."""
        return (length - 0.8) / max(1, round((length - 0.8) / (BAY * self.variety.uniform("bay", 0.9, 1.2))))


def building_mesh(shape: Shape) -> Mesh:
    """Return a house with its fronts towards +x and -x: details `seed`, `storeys` (one per 3 m if absent)."""
    depth, frontage, height = shape.size
    house = _House.of(shape)
    builder = MeshBuilder()
    _add_walls(builder, house)
    _add_street_fronts(builder, house)
    if house.roof == "flat":
        _add_flat_roof(builder, house)
    else:
        _add_pitched_roof(builder, house)
    builder.fit((frontage, depth, height))
    builder.turn(-np.pi / 2)
    builder.fit(shape.size)
    return builder.build()


def _add_walls(builder: MeshBuilder, house: _House) -> None:
    """Add the four walls, the plinth, and bands between storeys."""
    variety = house.variety
    bricks = variety.uniform("bricks") < 0.3
    colour = variety.colour("wall", variety.choice("colour", BRICKS if bricks else PLASTERS), 0.10)
    x, y = house.half_x, house.half_y
    corners = [(-x, -y), (x, -y), (x, y), (-x, y)]
    for k, (start, end) in enumerate(zip(corners, corners[1:] + corners[:1], strict=True)):
        along = 2 * (x if k % 2 == 0 else y)
        data = _facade_data(house, along, bricks, k)
        wall = Material("wall", colour, 0.92, texture=Texture.FACADE, data=data)
        builder.add(_wall(start, end, 0.0, house.eaves), wall)
    builder.add(box((-x - 0.05, -y - 0.05, 0.0), (x + 0.05, y + 0.05, PLINTH_HEIGHT)), PLINTH)
    if variety.uniform("bands") < 0.6 and house.storeys > 1:
        z = PLINTH_HEIGHT + house.storey
        builder.add(box((-x - 0.06, -y - 0.06, z - 0.10), (x + 0.06, y + 0.06, z + 0.06)), TRIM)


def _facade_data(house: _House, along: float, bricks: bool, k: int) -> tuple[float, ...]:
    """Return what `wall_textures.facade` reads, in its order."""
    variety = house.variety
    bay, storey = house.bay(along), house.storey
    wide = min(bay * 0.62, variety.uniform("window_width", 1.0, 1.5))
    sill = min(0.95, 0.33 * storey)
    lintel = min(storey - 0.35, sill + variety.uniform("window_height", 1.25, 1.65))
    ground = PLINTH_HEIGHT + (storey if house.has_shop and k % 2 == 0 else 0.0)
    left = (bay - wide) / 2
    frame = variety.choice("frame", (0.62, 0.62, 0.05, 0.30))
    seed = float(int(variety.uniform("facade", 1, 4000)) + k)
    return (seed, float(bricks), bay, storey, ground, house.eaves - 0.02, left, left + wide, sill, lintel, 0.4,
            along - 0.4, frame)  # fmt: skip


def _wall(start: tuple[float, float], end: tuple[float, float], low: float, high: float) -> Form:
    """Return an upright rectangle, outside to the right of its way; textured by (along, height)."""
    (x0, y0), (x1, y1) = start, end
    along = float(np.hypot(x1 - x0, y1 - y0))
    points = np.array([[[x0, y0, low], [x0, y0, high]], [[x1, y1, low], [x1, y1, high]]])
    coords = np.array([[0.0, low, 0.0], [0.0, high, 0.0], [along, low, 0.0], [along, high, 0.0]])
    return grid(points).textured(coords)


def _add_street_fronts(builder: MeshBuilder, house: _House) -> None:
    """Add doors, shops and balconies to both long sides."""
    variety, y = house.variety, house.half_y
    bay = house.bay(2 * house.half_x)
    n_bays = round((2 * house.half_x - 0.8) / bay)
    door = Material("door", variety.choice("door", DOORS), 0.5, 0.03)
    for side in (-1.0, 1.0):
        forms: list[tuple[Form, Material]] = []
        at = int(variety.uniform(f"door_{side}", 0, n_bays))
        middle = -house.half_x + 0.4 + (at + 0.5) * bay
        if house.has_shop:
            forms += _shop(house, bay, n_bays, at)
        forms += _entrance(middle, y, door)
        pipe = house.half_x - 0.25
        forms.append((box((pipe - 0.05, y, 0.3), (pipe + 0.05, y + 0.09, house.eaves - 0.1)), PIPE))
        if house.storeys >= 3 and variety.uniform("balconies") < 0.5:
            forms += _balconies(house, bay, n_bays)
        for form, material in forms:
            builder.add(form if side > 0 else form.turned(yaw=np.pi), material)


def _entrance(middle: float, y: float, door: Material) -> list[tuple[Form, Material]]:
    """Return a door with its frame, a step and a small canopy, on the wall at +y."""
    return [
        (box((middle - 0.72, y - 0.02, 0.0), (middle + 0.72, y + 0.08, 2.52)), TRIM),
        (box((middle - 0.54, y, 0.15), (middle + 0.54, y + 0.11, 2.32)), door),
        (box((middle - 0.36, y, 1.30), (middle + 0.36, y + 0.12, 2.10)), GLASS),
        (box((middle - 0.8, y, 0.0), (middle + 0.8, y + 0.12, 0.15)), PLINTH),
    ]


def _shop(house: _House, bay: float, n_bays: int, door_at: int) -> list[tuple[Form, Material]]:
    """Return shop windows in every bay but the door's, with awnings or a fascia."""
    y, top = house.half_y, PLINTH_HEIGHT + house.storey - 0.35
    awning = Material("awning", house.variety.choice("awning", AWNINGS), 0.9)
    forms: list[tuple[Form, Material]] = []
    sign = Material("fascia", house.variety.choice("fascia", FASCIAS), 0.6, 0.03)
    wide = house.half_x * house.variety.uniform("fascia_width", 0.55, 0.95)
    forms.append((box((-wide, y, top + 0.10), (wide, y + 0.10, top + 0.55)), sign))
    for k in range(n_bays):
        if k == door_at:
            continue
        left = -house.half_x + 0.4 + k * bay + 0.12
        right = left + bay - 0.24
        forms.append((box((left - 0.06, y - 0.02, 0.30), (right + 0.06, y + 0.055, top + 0.06)), STEEL))
        forms.append((box((left, y, 0.42), (right, y + 0.065, top)), GLASS))
        if house.variety.uniform(f"awning_{k}") < 0.55:
            forms.append((_awning(left, right, y + 0.06, top), awning))
    return forms


def _awning(left: float, right: float, y: float, top: float) -> Form:
    """Return a sloping cloth roof before a shop window, seen from above and below."""
    reach = 0.10
    profile = np.array([[y, top + 0.30], [y + reach, top - 0.02], [y + reach, top - 0.16], [y, top - 0.16]])
    sections = np.stack([np.column_stack([np.full(4, x), profile]) for x in (left, right)])
    skin = grid(np.concatenate([sections, sections[:, :1]], axis=1))
    ends = [Form(sections[k], np.array([[0, 1, 2], [0, 2, 3]])) for k in range(2)]
    return merge([_outward(skin, 1.0), ends[0], ends[1].flipped()])


def _outward(form: Form, sign: float) -> Form:
    """Return the form turned so that its surface looks away from its middle."""
    a, b, c = (form.points[form.faces[:, k]] for k in range(3))
    middle = form.points.mean(axis=0)
    out = np.einsum("fi,fi->", np.cross(b - a, c - a), (a + b + c) / 3 - middle) * sign
    return form if out > 0 else form.flipped()


def _balconies(house: _House, bay: float, n_bays: int) -> list[tuple[Form, Material]]:
    """Return slabs with parapets in one column of bays; shallow, for they stand within the building's size."""
    forms: list[tuple[Form, Material]] = []
    column = int(house.variety.uniform("balcony_at", 0, n_bays))
    left = -house.half_x + 0.4 + column * bay + 0.2
    right, y = left + bay - 0.4, house.half_y
    for storey in range(1, house.storeys):
        z = PLINTH_HEIGHT + storey * house.storey
        forms.append((box((left, y, z - 0.14), (right, y + 0.11, z)), TRIM))
        forms.append((box((left, y + 0.085, z + 0.08), (right, y + 0.11, z + 0.95)), STEEL))
    return forms


def _add_flat_roof(builder: MeshBuilder, house: _House) -> None:
    """Add cornice, parapet, the roof between, and the head of the stairs."""
    x, y, z = house.half_x, house.half_y, house.eaves
    builder.add(box((-x - 0.12, -y - 0.12, z - 0.18), (x + 0.12, y + 0.12, z + 0.05)), TRIM)
    a, b = x - 0.25, y - 0.25
    for low, high in (((-x, -y), (x, -b)), ((-x, b), (x, y)), ((-x, -b), (-a, b)), ((a, -b), (x, b))):
        builder.add(box((*low, z + 0.05), (*high, house.height)), TRIM)
    builder.add(box((-x + 0.25, -y + 0.25, z + 0.05), (x - 0.25, y - 0.25, z + 0.12)), FLAT_ROOF)


def _add_pitched_roof(builder: MeshBuilder, house: _House) -> None:
    """Add two slopes, four where the roof is hipped, with gables, eaves and a chimney; the ridge is along x."""
    variety = house.variety
    x, y, low, high = house.half_x + SIDE, house.half_y + EAVES, house.eaves, house.height
    hip = house.roof == "hip"
    inset = min(0.8 * y, 0.6 * x) if hip else 0.0
    ridge = np.array([[-x + inset, 0.0, high], [x - inset, 0.0, high]])
    seed = (float(int(variety.uniform("tiles", 1, 4000))),)
    tiles = Material("tiles", variety.colour("tile", variety.choice("tile_colour", TILES), 0.12), 0.85,
                     texture=Texture.ROOF, data=seed)  # fmt: skip
    front = np.array([[-x, -y, low], [x, -y, low]])
    for turn in (0.0, np.pi):
        builder.add(_slope(front, ridge).turned(yaw=turn), tiles)
        end = np.array([[x, -y, low], [x, y, low]])
        if hip:
            builder.add(_slope(end, ridge[[1, 1]]).turned(yaw=turn), tiles)
        else:
            gable = np.array([[house.half_x, -house.half_y, low], [house.half_x, house.half_y, low], ridge[1]])
            gable[2, 0] = house.half_x
            builder.add(Form(gable, np.array([[0, 1, 2]])).turned(yaw=turn), TRIM)
    builder.add(box((-x, -y, low - 0.14), (x, y, low)), TRIM)
    if high - low > 2.6:
        _add_dormers(builder, house, tiles)
    at = variety.uniform("chimney", -0.5, 0.5) * house.half_x
    foot = high - 0.55 * (high - low)
    builder.add(
        box((at - 0.35, 0.3, foot), (at + 0.35, 0.95, high - 0.02)), matt("chimney", (0.28, 0.12, 0.08))
    )


def _add_dormers(builder: MeshBuilder, house: _House, tiles: Material) -> None:
    """Add dormers with windows to both slopes, in every second bay."""
    bay = house.bay(2 * house.half_x)
    n_bays = round((2 * house.half_x - 0.8) / bay)
    rise = house.height - house.eaves
    y, z = 0.78 * house.half_y, house.eaves + 0.15 * rise
    top = min(z + 1.55, house.height - 0.3)
    for k in range(1, n_bays - 1, 2):
        x = -house.half_x + 0.4 + (k + 0.5) * bay
        parts = [
            (box((x - 0.75, 0.15 * house.half_y, z), (x + 0.75, y, top)), TRIM),
            (box((x - 0.85, 0.12 * house.half_y, top), (x + 0.85, y + 0.12, top + 0.10)), tiles),
            (box((x - 0.50, y - 0.1, z + 0.30), (x + 0.50, y + 0.03, top - 0.18)), GLASS),
        ]
        for form, material in parts:
            builder.add(form, material)
            builder.add(form.turned(yaw=np.pi), material)


def _slope(eaves: Array, ridge: Array) -> Form:
    """Return a roof slope; textured by (along the eaves, up the slope)."""
    points = np.stack([eaves, ridge], axis=1)
    along = eaves[1] - eaves[0]
    along /= np.linalg.norm(along)
    u = (points - eaves[0]) @ along
    foot = eaves[0] + u[..., None] * along
    coords = np.stack([u, np.linalg.norm(points - foot, axis=-1), np.zeros_like(u)], axis=-1)
    return grid(points).textured(coords.reshape(-1, 3))
