"""What piles leave behind: a signal, measures and rows of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.domains.factory.piling import Pile
from sim.domains.factory.stepping import stepwise
from sim.geometry import Array

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["crooked", "pile_margin", "piles_of", "toppled", "turned_away"]

_HOW = {False: "margin", True: "contacts"}
_AWAY = ("fallen", "left over")


def pile_margin(world: World, times: Array, name: str) -> Array:
    """Return (T,) the least margin of the last pile of a machine; inf before the first."""
    piles = world.pilings[name].piles if name in world.pilings else []
    return stepwise(times, [0.0, *(one.t for one in piles)], [math.inf, *(one.margin for one in piles)])


def toppled(world: World, name: str) -> int:
    """Return how many piles of a machine have toppled since the end of the warm-up."""
    return sum(pile.has_toppled for pile in _since(world, name))


def crooked(world: World, name: str) -> int:
    """Return how many parts of a machine's piles stand but lie askew, since the end of the warm-up."""
    piles = _since(world, name)
    return sum(pile.crooked(world.pilings[name].tolerance) for pile in piles)


def turned_away(world: World, name: str) -> int:
    """Return how many parts of a machine's piles were turned away since the end of the warm-up."""
    return sum(
        max(len(pile.parts) - pile.stood.placed, 0) + sum(pile.stood.fallen) for pile in _since(world, name)
    )


def piles_of(world: World) -> list[tuple[object, ...]]:
    """Return the rows of the table `piles`, in time order."""
    rows: list[tuple[object, ...]] = []
    for name, piling in world.pilings.items():
        for number, pile in enumerate(piling.piles):
            for layer, part in enumerate(pile.parts):
                state = pile.state(layer, piling.tolerance)
                x, y = (float(value) for value in pile.offsets[layer])
                margin, how = float(pile.margins[layer]), _HOW[pile.is_played]
                rows.append(
                    (name, number, layer, part, pile.t, state in _AWAY, state, x, y, margin, how, pile.cause)
                )
    return sorted(rows, key=lambda row: (row[4], row[0], row[2]))


def _since(world: World, name: str) -> Sequence[Pile]:
    piles = world.pilings[name].piles if name in world.pilings else []
    return [pile for pile in piles if pile.t >= world.since]
