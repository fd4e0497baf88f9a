"""Lamps, signs, posts, fences and parked cars beside a road."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.domains.driving.scenery.paint import paint_of
from sim.domains.driving.scenery.roadside import Planter, Side
from sim.domains.driving.vehicles import VEHICLES
from sim.scene import Shape

__all__ = [
    "Parking",
    "crosswalk_signs",
    "delineators",
    "direction_boards",
    "fence",
    "parked_cars",
    "power_line",
    "road_signs",
    "signs",
    "street_furniture",
    "street_lamps",
]

_WHITE, _GREY, _DARK = (0.75, 0.75, 0.73), (0.28, 0.28, 0.27), (0.03, 0.035, 0.04)
_WOOD = (0.16, 0.10, 0.06)


def _style(u: float) -> str:
    """Return a parked car's style, in shares estimated from a European street."""
    shares = (("hatchback", 0.36), ("sedan", 0.14), ("suv", 0.44), ("van", 0.06))
    for style, share in shares:
        if u < share:
            return style
        u -= share
    return shares[-1][0]


def _stock_car(k: int, n: int) -> Shape:
    """Return the k-th of n cars that together show styles and paints in their shares."""
    style = _style((k + 0.5) / n)
    # the golden ratio spreads paints evenly within each style
    details = {"style": style, "paint": paint_of(style, (0.5 + 0.6180339887 * k) % 1.0), "seed": k % 4}
    return Shape("vehicle", VEHICLES[style].size, details)


_FLEET = tuple(_stock_car(k, 32) for k in range(32))


def _post(
    planter: Planter,
    name: str,
    s: float,
    d: float,
    *,
    width: float,
    height: float,
    paint: object,
    is_solid: bool = False,
) -> None:
    shape = Shape("cylinder", (width, width, height), {"colour": paint})
    planter.stand(name, "pole", shape, s, d, solid=(0.0, width, width) if is_solid else None)


def street_lamps(planter: Planter, side: Side) -> None:
    """Lamps whose posts stand behind the kerb, left and right in turn."""
    dice = planter.dice
    spacing = dice.between("lamps", "spacing", 24.0, 32.0)
    height, arm = dice.pick("lamps", "height", (6.0, 7.0, 8.0)), dice.pick("lamps", "arm", (1.2, 1.6))
    start = spacing / 4 if side.name == "right" else 3 * spacing / 4
    shape = Shape("lamp", (arm, 0.3, height))
    d = side.edge + side.sign * (0.45 - arm / 2)
    for name, s in planter.row(f"lamp_{side.name}", spacing=spacing, presence=1.0, start=start, jitter=0.0):
        planter.stand(
            name,
            "pole",
            shape,
            s,
            d,
            turn=-side.sign * math.pi / 2,
            z=side.walk or 0.0,
            solid=(-arm / 2 + 0.1, 0.2, 0.2),
        )


def street_furniture(planter: Planter, side: Side) -> None:
    """Bins and bollards behind the kerb."""
    if side.walk is None:
        return
    dice = planter.dice
    for name, s in planter.row(f"bollard_{side.name}", spacing=17.0, presence=0.4 * planter.density):
        is_bin = dice.chance(name, "bin", 0.4)
        size = (0.42, 0.42, 0.95) if is_bin else (0.12, 0.12, 0.9)
        paint = _DARK if dice.chance(name, "dark", 0.6) else _GREY
        shape = Shape("cylinder", size, {"colour": paint})
        d = side.edge + side.sign * 0.55
        planter.stand(name, "static" if is_bin else "pole", shape, s, d, z=side.walk)


def signs(planter: Planter, side: Side, *, texts: tuple[str, ...], spacing: float) -> None:
    """Small signs that face the traffic of our direction."""
    dice = planter.dice
    for name, s in planter.row(f"sign_{side.name}", spacing=spacing, presence=0.9, start=25.0, jitter=0.4):
        text = texts[int(dice.u(name, "text") * len(texts))]
        d = side.edge + side.sign * (0.55 if side.walk is not None else 1.9)
        shape = Shape("sign", (0.1, 0.65, 2.7), {"text": text})
        planter.stand(name, "traffic sign", shape, s, d, turn=math.pi, z=side.walk or 0.0)


def crosswalk_signs(planter: Planter) -> None:
    """Signs on both sides of every crosswalk, each facing the traffic that meets it first."""
    for k, (s, length, _, _) in enumerate(planter.road.crosswalks):
        for side in planter.sides:
            facing = math.pi if side.name == "right" else 0.0
            place = s + side.sign * (length / 2 + 0.6)
            shape = Shape("sign", (0.1, 0.65, 2.8), {"text": "crosswalk"})
            name, d = f"crosswalk_sign_{side.name}_{k}", side.edge + side.sign * 0.5
            planter.stand(name, "traffic sign", shape, place, d, turn=facing, z=side.walk or 0.0)


def road_signs(planter: Planter) -> None:
    """The signs that belong to the road, on both sides of its lanes and facing who drives along it."""
    medians = [strip for strip in planter.road.strips if strip[2] == "median"]
    for k, (s, side, text) in enumerate(planter.road.signs):
        edge = planter.sides[0].edge if side == "right" else planter.sides[1].edge
        d = edge + math.copysign(1.9, edge)
        if side == "left" and medians:  # it stands between the carriageways
            d = 0.5 * (medians[0][0] + medians[0][1])
        planter.put(f"road_sign_{k}", "traffic sign", Shape("sign", (0.1, 1.0, 3.2), {"text": text}), s, d)


def direction_boards(planter: Planter, side: Side) -> None:
    """The large boards that announce an exit."""
    for name, s in planter.row(f"board_{side.name}", spacing=260.0, presence=0.85, start=150.0, jitter=0.3):
        exits = 1 + int(planter.dice.u(name, "text") * 9.0)
        shape = Shape("sign", (0.3, 4.8, 6.2), {"text": f"A {exits}", "colour": "blue"})
        planter.stand(name, "traffic sign", shape, s, side.out(3.2), turn=math.pi)


def delineators(planter: Planter, side: Side) -> None:
    """White posts every 50 m, as along German roads outside towns (HLB, 1 m high)."""
    for name, s in planter.row(f"delineator_{side.name}", spacing=50.0, presence=1.0, start=12.0, jitter=0.0):
        _post(planter, name, s, side.edge + side.sign * 0.5, width=0.12, height=1.0, paint=_WHITE)


def fence(planter: Planter, side: Side) -> None:
    """Posts of a pasture's fence with two rails, along a stretch."""
    dice, row = planter.dice, f"fence_{side.name}"
    start = dice.u(row, "start") * planter.length * 0.6
    bays = int(dice.between(row, "length", 60.0, 200.0) * planter.density / 3.0)
    for k in range(bays):
        s = start + 3.0 * k
        if s > planter.length:
            return
        _post(planter, f"{row}_post_{k}", s, side.out(7.5), width=0.12, height=1.25, paint=_WOOD)
        for height in (0.55, 1.05):
            shape = Shape("box", (3.05, 0.04, 0.12), {"colour": _WOOD})
            planter.stand(f"{row}_rail_{k}_{height}", "fence", shape, s + 1.5, side.out(7.5), z=height)


def power_line(planter: Planter, side: Side) -> None:
    """Wooden poles, on most country roads."""
    if planter.dice.chance("power", "there", 0.4 + 0.5 * planter.density):
        for name, s in planter.row("power", spacing=45.0, presence=1.0, start=20.0, jitter=0.05):
            _post(planter, name, s, side.out(6.0), width=0.28, height=8.5, paint=_WOOD, is_solid=True)


@dataclass(frozen=True)
class Parking:
    """How the parking strips are taken.

    Args:
        share: of the bays that are.
        clear: (x, y, reach) of places near which nobody parks [m].
    """

    share: float
    clear: tuple[tuple[float, float, float], ...] = ()

    def is_free(self, x: float, y: float) -> bool:
        """Return whether a car may stand at a place."""
        return all(math.hypot(x - at_x, y - at_y) >= reach for at_x, at_y, reach in self.clear)


def parked_cars(planter: Planter, parking: Parking) -> None:
    """Cars that stand parallel in the parking strips, clear of crosswalks."""
    dice = planter.dice
    strips = [strip for strip in planter.road.strips if strip[2] == "parking"]
    for d_right, d_left, _, _ in strips:
        middle = (d_right + d_left) / 2
        side = "right" if middle < 0 else "left"
        for name, s in planter.row(
            f"parked_{side}", spacing=6.3, presence=parking.share, start=4.0, jitter=0.06
        ):
            if any(abs(s - at) < length / 2 + 8.0 for at, length, _, _ in planter.road.crosswalks):
                continue
            shape = _FLEET[dice.seed(name, len(_FLEET))]
            turn = (0.0 if side == "right" else math.pi) + dice.between(name, "turn", -0.03, 0.03)
            d = middle + dice.between(name, "across", -0.12, 0.12)
            if not parking.is_free(*planter.road.pose(s, d)[:2]):
                continue
            planter.park(name, shape, s, d, turn=turn)
