"""A machine that piles up its batches: one that stands, lies askew, or topples and is cleared away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from sim.domains.factory.agenda import Agenda
from sim.domains.factory.cell import Worn, clear_away
from sim.domains.factory.draws import Numbers
from sim.domains.factory.log import Log
from sim.domains.factory.machines import Machine, Outcome
from sim.domains.factory.stores import Store
from sim.geometry import Array
from sim.worlds.stacking import Stood, Wares, is_sure, margins, stand

__all__ = ["Laws", "Pile", "Piling", "wares_of"]

_DECIDED = 1e-6
"""Margin of a pile for which contacts decided against the closed form."""


@dataclass
class Pile:
    """One pile.

    Args:
        t: when the cycle ended [s].
        parts: from below, as the machine gives them on.
        offsets: (n, 2) of their middles from the axis of the pile [m].
        margins: (n,) after each part, as `sim.worlds.stacking.margins`.
        stood: what became of it.
        is_played: whether contacts decided.
        cause: hidden fault that added to the offsets.
    """

    t: float
    parts: list[int]
    offsets: Array
    margins: Array
    stood: Stood
    is_played: bool
    cause: str

    @property
    def has_toppled(self) -> bool:
        """Whether a part has fallen."""
        return any(self.stood.fallen)

    @property
    def margin(self) -> float:
        """The least of the margins; where contacts decided, with the sign that they gave it."""
        least = float(self.margins.min())
        if not self.is_played:
            return least
        return min(least, -_DECIDED) if self.has_toppled else max(least, _DECIDED)

    def crooked(self, tolerance: float) -> int:
        """Return how many parts stand but lie askew."""
        n = self.stood.placed
        steps = np.abs(np.diff(self.offsets[:n], axis=0, prepend=np.zeros((1, 2)))).max(axis=1)
        return int(((steps > tolerance) & ~np.array(self.stood.fallen)).sum())

    def state(self, layer: int, tolerance: float) -> str:
        """Return what became of a part: it stands, is crooked, has fallen, or has not been set down."""
        if layer >= self.stood.placed:
            return "left over"
        if self.stood.fallen[layer]:
            return "fallen"
        below = self.offsets[layer - 1] if layer else np.zeros(2)
        return "crooked" if np.abs(self.offsets[layer] - below).max() > tolerance else "straight"


class Laws(NamedTuple):
    """What is drawn: for each part, along and across, and for each fall."""

    offset: Numbers
    clearing: Numbers


def wares_of(values: Mapping[str, Any]) -> Wares:
    """Return the parts of a pile, from the settings of `stacks:`."""
    x, y, z = (float(side) for side in values["size"])
    return Wares((x, y, z), float(values["mass"]), float(values["friction"]))


class Piling:
    """The piles of one machine: an outcome of its cycles, after any other.

    Args:
        values: settings of `stacks:`.
        high: parts of a pile.
        inner: what else becomes of a part, told first.
        falls_to: where parts go that are turned away.
    """

    def __init__(
        self,
        machine: Machine,
        agenda: Agenda,
        log: Log,
        *,
        values: Mapping[str, Any],
        high: int,
        laws: Laws,
        worn: Worn,
        inner: Outcome | None,
        falls_to: Store,
    ) -> None:
        self.machine, self.wares, self.high = machine, wares_of(values), high
        self.tolerance = float(values["tolerance"])
        self.piles: list[Pile] = []
        self._agenda, self._log = agenda, log
        self._laws, self._worn, self._inner, self._falls_to = laws, worn, inner, falls_to

    def __call__(self, machine: Machine, part: int, now: float) -> Store:
        """Return where a part goes; the machine asks for each part of a batch in turn."""
        to = machine.gives[0][0] if self._inner is None else self._inner(machine, part, now)
        if not self.piles or len(self.piles[-1].parts) == self.high:
            self._pile_up(now)
        pile = self.piles[-1]
        layer, stood = len(pile.parts), pile.stood
        pile.parts.append(part)
        return to if layer < stood.placed and not stood.fallen[layer] else self._falls_to

    def _pile_up(self, now: float) -> None:
        draw, more = self._laws.offset, 1.0 + self._worn.share(now)
        offsets = more * np.array([[draw.next(now), draw.next(now)] for _ in range(self.high)])
        known = margins(self.wares, offsets)
        stood, is_played = stand(self.wares, offsets, known), not is_sure(known)
        pile = Pile(now, [], offsets, known, stood, is_played, self._worn.cause(now))
        self.piles.append(pile)
        if pile.has_toppled:
            self._log.tell(now, "toppled", machine=self.machine.name)
            clear_away(self.machine, self._agenda, self._laws.clearing.next(now))
