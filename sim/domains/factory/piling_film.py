"""Piles for the Recording: those that toppled, the most askew and those left in doubt, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.domains.factory.cell_film import FILMS, STEEL_BLUE, TABLE, Way, rotated_up, shown
from sim.domains.factory.piling import Pile, Piling
from sim.geometry import Array
from sim.recording import PoseTrack
from sim.scene import Scene, Shape
from sim.worlds.stacking import PACE, Piled, pile_up

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["add_piles"]

_AFTER = 2.0  # time for which a pile is seen after its cycle [s]
_COMES, _FROM = 0.6, 0.35  # time in which a part is lowered to its place, and from what height [s, m]


def add_piles(world: World, scene: Scene, places: dict[str, float], end: float) -> list[PoseTrack]:
    """Add filmed parts of piles to a scene; return how they move.

    Args:
        world: at the end.
        scene: with the machines in it.
        places: machine -> x in the hall [m].
        end: of the episode [s].
    """
    tracks = []
    for name, piling in world.pilings.items():
        for pile in _filmed(piling):
            film = pile_up(piling.wares, pile.offsets, after=_AFTER)
            for layer in range(pile.stood.placed):
                tracks.append(shown(*_way(scene, name, piling, places[name], pile, film, layer), end))
    return tracks


def _filmed(piling: Piling) -> list[Pile]:
    """Return the piles that are filmed, in time order."""
    piles = piling.piles
    nearest = sorted(range(len(piles)), key=lambda i: piles[i].margin)[:1]
    toppled = [i for i, pile in enumerate(piles) if pile.has_toppled]
    doubtful = [i for i, pile in enumerate(piles) if pile.is_played]
    chosen = list(dict.fromkeys([*toppled[: FILMS - 1], *nearest, *doubtful]))
    return [piles[i] for i in sorted(chosen[:FILMS])]


def _way(scene: Scene, name: str, piling: Piling, x: float, pile: Pile, film: Piled, layer: int) -> Way:
    """Return the way of one part: lowered to its place, then as it stands or falls."""
    body, size = f"{name}.part_{pile.parts[layer]}", piling.wares.size
    scene.add(
        body, category="part", shape=Shape("box", size, {"colour": STEEL_BLUE}), pose=(0, 0, -50.0, 0, 0, 0, 1)
    )
    begun = pile.t - piling.high * PACE
    let_go = int(np.flatnonzero(np.isfinite(film.poses[:, layer, 0]))[0])
    falls = film.poses[let_go:, layer]
    down = np.linspace(0.0, 1.0, 16)[:-1]
    coming = np.repeat(falls[:1], len(down), axis=0)
    coming[:, 2] += _FROM * (1.0 - down) ** 2
    times = begun + np.concatenate([film.times[let_go] - _COMES * (1.0 - down), film.times[let_go:]])
    return body, times, _on_table(np.concatenate([coming, falls]), x, size[2])


def _on_table(poses: Array, x: float, height: float) -> Array:
    """Return poses of the undersides of parts in the hall, from those of their middles over a table."""
    found = poses.copy()
    found[:, :3] += np.array([x, 0.0, TABLE]) - rotated_up(poses[:, 3:], height / 2)
    return found
