"""Trees, bushes, hedges and woods beside a road."""

from __future__ import annotations

import math

from sim.domains.driving.scenery.roadside import Planter, Side
from sim.scene import Shape

__all__ = ["bushes", "garden_trees", "hedge", "street_trees", "trees", "wood_across", "woods"]

_HEIGHTS = (4.0, 5.0, 6.0, 7.5, 9.0, 11.0, 13.0, 15.0, 18.0)  # of trees [m]
_CROWNS = (0.45, 0.52, 0.6, 0.68)  # width of the crown over the height
_BUSHES = ((1.2, 1.2, 0.9), (2.0, 1.4, 1.3), (2.6, 2.2, 1.7), (4.5, 2.8, 2.3))  # [m]


def _tree(planter: Planter, name: str, s: float, d: float, tall: tuple[float, float], room: float) -> None:
    """Put a tree whose crown is at most twice `room` wide; its trunk would stop a car."""
    dice = planter.dice
    seed = dice.seed(name, 12)
    height = dice.pick(name, "height", [h for h in _HEIGHTS if tall[0] <= h <= tall[1]])
    crown = min(height * _CROWNS[seed % 4], 2 * math.floor(2 * room) / 2)
    shape = Shape("tree", (crown, crown, height), {"seed": seed})
    turn = dice.between(name, "turn", -math.pi, math.pi)
    planter.stand(name, "vegetation", shape, s, d, turn=turn, solid=(0.0, 0.35, 0.35))


def street_trees(planter: Planter, side: Side) -> None:
    """A row of trees in the sidewalk; none where it is too narrow for crowns beside the lanes."""
    dice, row = planter.dice, f"trees_{side.name}"
    d = side.edge + side.sign * 0.8 if side.edge != side.lane else side.far - side.sign * 0.5
    room = abs(d - side.lane) - 0.2
    if room < 0.9 or not dice.chance(row, "there", 0.35 + 0.6 * planter.density):
        return
    spacing = dice.between(row, "spacing", 9.0, 14.0)
    for name, s in planter.row(row, spacing=spacing, presence=0.85, start=spacing / 2, jitter=0.08):
        _tree(planter, name, s, d, (5.0, 9.0), room)


def garden_trees(planter: Planter, side: Side, name: str, s: float) -> None:
    """Up to three trees in a garden."""
    for k in range(3):
        tree = f"{name}_{k}"
        if planter.dice.chance(tree, "there", 0.7):
            d = side.out(planter.dice.between(tree, "way", 3.5, 11.0))
            _tree(planter, tree, s + planter.dice.between(tree, "along", -5.0, 5.0), d, (4.0, 10.0), 3.5)


def trees(
    planter: Planter,
    side: Side,
    row: str,
    *,
    spacing: float,
    near: float,
    far: float,
    tall: tuple[float, float],
    share: float,
) -> None:
    """A loose row of trees between two distances from the road; `tall` bounds their height [m]."""
    presence = min(1.0, share * (0.4 + planter.density))
    for name, s in planter.row(f"{row}_{side.name}", spacing=spacing, presence=presence, jitter=0.8):
        way = planter.dice.between(name, "way", near, far)
        _tree(planter, name, s, side.out(way), tall, way + 0.5)


def bushes(planter: Planter, side: Side, *, spacing: float, near: float, far: float, share: float) -> None:
    """Bushes between two distances from the road."""
    dice, presence = planter.dice, min(1.0, share * (0.3 + planter.density))
    for name, s in planter.row(f"bush_{side.name}", spacing=spacing, presence=presence, jitter=0.9):
        d = side.out(dice.between(name, "way", near, far))
        size = _BUSHES[int(4 * dice.u(name, "size"))]
        shape = Shape("bush", size, {"seed": dice.seed(name)})
        planter.stand(name, "vegetation", shape, s, d, turn=dice.between(name, "turn", -0.4, 0.4))


def hedge(planter: Planter, side: Side, name: str, s: float, length: float) -> None:
    """A hedge along the edge of the sidewalk."""
    dice = planter.dice
    seed = dice.seed(name)
    shape = Shape("bush", (length, 0.8, 1.0 + 0.3 * seed), {"seed": seed})
    planter.stand(name, "vegetation", shape, s, side.out(0.7))


def woods(planter: Planter, side: Side, *, near: float, far: float) -> None:
    """Distant woods as long mounds of leaves."""
    dice = planter.dice
    for name, s in planter.row(f"woods_{side.name}", spacing=75.0, presence=0.5 + 0.5 * planter.density):
        seed = dice.seed(name)
        shape = Shape("bush", (65.0 + 15.0 * seed, 22.0, 9.0 + 2.0 * seed), {"seed": seed})
        d = side.out(dice.between(name, "way", near, far))
        planter.stand(name, "vegetation", shape, s, d)


def wood_across(planter: Planter) -> None:
    """A wood behind the far end of the road, and one behind its start unless others meet it there."""
    ends = (("ahead", planter.length + 70.0), ("behind", -70.0))
    for place, s in ends[:1] if planter.arm else ends:
        for k in range(5):
            name = f"woods_{place}_{k}"
            seed = planter.dice.seed(name)
            shape = Shape("bush", (28.0, 70.0, 10.0 + 2.0 * seed), {"seed": seed})
            planter.stand(name, "vegetation", shape, s, 60.0 * (k - 2))
