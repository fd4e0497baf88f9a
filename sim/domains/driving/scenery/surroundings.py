"""Streets, country roads and highways as one sees them: what stands beside the road, and how densely."""

from __future__ import annotations

from collections.abc import Callable

from sim.domains.driving.scenery.furniture import (
    Parking,
    crosswalk_signs,
    delineators,
    direction_boards,
    fence,
    parked_cars,
    power_line,
    road_signs,
    signs,
    street_furniture,
    street_lamps,
)
from sim.domains.driving.scenery.houses import back_row, end_row, farms, house_row, noise_barrier
from sim.domains.driving.scenery.plants import (
    bushes,
    street_trees,
    trees,
    wood_across,
    woods,
)
from sim.domains.driving.scenery.roadside import Placed, Planter, RoadView
from sim.noise import Noise

__all__ = ["SURROUNDINGS", "opposite_strips", "surround"]

Strips = tuple[tuple[float, float, str, float], ...]


def surround(
    road: RoadView, *, kind: str, noise: Noise, density: float, parked: Parking | None, arm: str = ""
) -> tuple[Placed, ...]:
    """Return everything that stands beside a road.

    Args:
        road: the road.
        kind: "urban", "rural" or "highway".
        noise: every thing draws under its own name, so none depends on another.
        density: 0 is bare, 1 is crowded.
        parked: how the parking strips are taken; None for bare ones.
        arm: name of the road where it begins at a junction with others.
    """
    more = opposite_strips(road) if kind == "highway" else ()
    planter = Planter(road, noise, density, more_strips=more, arm=arm)
    SURROUNDINGS[kind](planter)
    if parked is not None:
        parked_cars(planter, parked)
    return tuple(planter.placed)


def opposite_strips(road: RoadView) -> Strips:
    """Return the strips of a highway's other carriageway, which mirrors ours beyond the median; () if none."""
    medians = [strip for strip in road.strips if strip[2] == "median"]
    lanes = [strip for strip in road.strips if strip[2] == "asphalt"]
    if not medians:
        return ()
    inner = max(strip[1] for strip in medians)
    width = max(strip[1] for strip in lanes) - min(strip[0] for strip in lanes)
    lane, outer = inner + 0.75, inner + 0.75 + width
    return (
        (inner, lane, "shoulder", 0.0),
        (lane, outer, "asphalt", 0.0),
        (outer, outer + 2.5, "shoulder", 0.0),
        (outer + 2.5, outer + 4.0, "verge", 0.0),
    )


def _urban(planter: Planter) -> None:
    for side in planter.sides:
        house_row(planter, side)
        back_row(planter, side)
        street_trees(planter, side)
        street_lamps(planter, side)
        street_furniture(planter, side)
    signs(planter, planter.sides[0], texts=("30", "50", "parking"), spacing=70.0)
    crosswalk_signs(planter)
    end_row(planter, ahead=True)
    if not planter.arm:
        end_row(planter, ahead=False)


def _rural(planter: Planter) -> None:
    for side in planter.sides:
        delineators(planter, side)
        trees(planter, side, "alley", spacing=11.0, near=2.5, far=4.0, tall=(8.0, 15.0), share=0.35)
        trees(planter, side, "field", spacing=16.0, near=9.0, far=60.0, tall=(6.0, 14.0), share=0.7)
        bushes(planter, side, spacing=7.0, near=2.0, far=6.0, share=0.45)
        fence(planter, side)
        farms(planter, side)
        woods(planter, side, near=90.0, far=150.0)
    power_line(planter, planter.sides[1])
    signs(planter, planter.sides[0], texts=("100", "warning", "70"), spacing=180.0)
    wood_across(planter)


def _highway(planter: Planter) -> None:
    right, left = planter.sides
    verge = 0.9
    planter.rail("rail_right", right.out(-verge))
    planter.rail("rail_left", left.out(-verge))
    medians = [strip for strip in planter.road.strips if strip[2] == "median"]
    for _, (d_right, d_left, _, _) in enumerate(medians[:1]):
        planter.rail("rail_median_near", d_right + 0.3)
        planter.rail("rail_median_far", d_left - 0.3)
    for side in planter.sides:
        delineators(planter, side)
        noise_barrier(planter, side)
        bushes(planter, side, spacing=6.0, near=4.5, far=10.0, share=0.8)
        trees(planter, side, "edge", spacing=8.0, near=10.0, far=18.0, tall=(7.0, 16.0), share=0.9)
        trees(planter, side, "wood", spacing=8.0, near=18.0, far=32.0, tall=(10.0, 19.0), share=0.8)
        woods(planter, side, near=80.0, far=160.0)
    if planter.road.signs:
        road_signs(planter)
    else:
        signs(planter, right, texts=("120", "100", "130"), spacing=210.0)
    direction_boards(planter, right)
    wood_across(planter)


SURROUNDINGS: dict[str, Callable[[Planter], None]] = {
    "urban": _urban,
    "rural": _rural,
    "highway": _highway,
}
