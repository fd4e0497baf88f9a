"""House rows, back rows and walls beside a road."""

from __future__ import annotations

import math

from sim.domains.driving.scenery.plants import garden_trees, hedge
from sim.domains.driving.scenery.roadside import Planter, Side
from sim.scene import Shape

__all__ = ["back_row", "end_row", "farms", "house_row", "noise_barrier"]

_STOREY = 3.1  # [m]
_CONCRETE = (0.42, 0.41, 0.38)

_FRONTAGES = (9.0, 12.0, 15.0, 18.0)  # [m]
_DEPTHS = (9.0, 10.0, 11.5, 13.0)  # by seed [m]


def house_row(planter: Planter, side: Side) -> None:
    """A closed row of house fronts, with a garden here and a side street there."""
    dice, row = planter.dice, f"houses_{side.name}"
    base = 2 + int(dice.u(row, "storeys") * 3.0)
    setback = 3.0 + 3.0 * dice.u(row, "setback") if dice.chance(row, "gardens", 0.4) else 0.3
    s, k = -4.0 + 8.0 * dice.u(row, "start"), 0
    while s < planter.length:
        lot, name = dice.pick(f"{row}_{k}", "frontage", _FRONTAGES), f"{row}_{k}"
        if dice.chance(name, "there", 0.5 + 0.5 * planter.density):
            _house(planter, side, name, s + lot / 2, frontage=lot, setback=setback, storeys=base)
            if setback > 1.0:
                hedge(planter, side, f"hedge_{side.name}_{k}", s + lot / 2, lot - 1.6)
        else:
            hedge(planter, side, f"hedge_{side.name}_{k}", s + lot / 2, lot - 0.6)
            garden_trees(planter, side, f"garden_{side.name}_{k}", s + lot / 2)
        is_corner = dice.chance(name, "corner", 0.14)
        s += lot + (dice.between(name, "gap", 7.0, 11.0) if is_corner else 0.0)
        k += 1


def _house(
    planter: Planter, side: Side, name: str, s: float, *, frontage: float, setback: float, storeys: int
) -> None:
    dice = planter.dice
    floors = max(1, storeys + int(dice.u(name, "storeys") * 3.0) - 1)
    depth = _DEPTHS[dice.seed(name)]
    shape = _building(planter, name, (depth, frontage), floors)
    planter.stand_clear(
        name, "building", shape, s, side.out(setback + depth / 2), turn=-side.sign * math.pi / 2, push=6.0
    )


def _building(planter: Planter, name: str, size: tuple[float, float], floors: int) -> Shape:
    """Return a building of (depth, frontage) [m] and so many floors."""
    details = {"seed": planter.dice.seed(name), "storeys": floors}
    return Shape("building", (*size, floors * _STOREY + 1.0), details)


def back_row(planter: Planter, side: Side) -> None:
    """Taller houses of the next street, seen over the roofs and through the gaps."""
    dice = planter.dice
    for name, s in planter.row(f"back_{side.name}", spacing=32.0, presence=0.35 + 0.5 * planter.density):
        floors = 4 + int(dice.u(name, "storeys") ** 2 * 9.0)
        size = (_DEPTHS[dice.seed(name)] + 4.0, dice.pick(name, "frontage", (16.0, 22.0, 28.0)))
        shape = _building(planter, name, size, floors)
        d = side.out(dice.between(name, "setback", 34.0, 60.0))
        planter.stand_clear(name, "building", shape, s, d, turn=-side.sign * math.pi / 2, push=10.0)


def end_row(planter: Planter, *, ahead: bool) -> None:
    """Houses across the end of the street, so that the view closes."""
    dice, row = planter.dice, "ahead" if ahead else "behind"
    s, turn = (planter.length + 22.0, math.pi) if ahead else (-22.0, 0.0)
    d, k = -70.0, 0
    while d < 70.0:
        name = f"{row}_{k}"
        frontage, floors = dice.pick(name, "frontage", _FRONTAGES), 3 + int(dice.u(name, "storeys") * 3.0)
        shape = _building(planter, name, (_DEPTHS[dice.seed(name)], frontage), floors)
        planter.stand(name, "building", shape, s, d + frontage / 2, turn=turn)
        d, k = d + frontage, k + 1


def farms(planter: Planter, side: Side) -> None:
    """A farmhouse or barn in the fields now and then."""
    dice = planter.dice
    for name, s in planter.row(f"farm_{side.name}", spacing=140.0, presence=0.6 * planter.density, jitter=0.7):
        floors = 1 + int(dice.u(name, "storeys") * 2.0)
        size = (_DEPTHS[dice.seed(name)], dice.pick(name, "frontage", (12.0, 18.0, 24.0)))
        shape = _building(planter, name, size, floors)
        turn = -side.sign * math.pi / 2 + dice.between(name, "turn", -0.5, 0.5)
        planter.stand_clear(
            name, "building", shape, s, side.out(dice.between(name, "way", 22.0, 60.0)), turn=turn, push=15.0
        )


def noise_barrier(planter: Planter, side: Side) -> None:
    """A stretch of wall, on some roads."""
    dice, row = planter.dice, f"barrier_{side.name}"
    if not dice.chance(row, "there", 0.5 * planter.density):
        return
    start = dice.between(row, "start", 0.0, 0.6) * planter.length
    end = min(planter.length, start + dice.between(row, "length", 120.0, 300.0))
    height = dice.pick(row, "height", (3.0, 3.5, 4.0))
    shape = Shape("box", (5.05, 0.2, height), {"colour": _CONCRETE})
    for k in range(int((end - start) / 5.0)):
        planter.stand(f"{row}_{k}", "wall", shape, start + 5.0 * k, side.out(2.2), solid=(0.0, 5.05, 0.2))
