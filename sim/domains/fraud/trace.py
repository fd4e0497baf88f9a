"""What an episode of a bank leaves behind: rings over time, and all tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.base import Truth
from sim.domains.fraud.rings import Ring
from sim.geometry import Array
from sim.recording import Occurrence
from sim.scene import Scene

if TYPE_CHECKING:
    from sim.domains.fraud.world import World

__all__ = ["BankTrace"]

_MINOR = 100.0


class BankTrace:
    """The trace of one episode. `times` are the start, every movement of a ring, and the end."""

    def __init__(self, world: World) -> None:
        """Take over what the world left."""
        self._world = world
        self.rings: tuple[Ring, ...] = tuple(world.roll.rings)
        moments = {0.0, world.setup.duration}
        moments |= {t for ring in self.rings for t, _, _ in ring.movements}
        moments |= {ring.began for ring in self.rings}
        moments |= {t for ring in self.rings for t in (*ring.alerts, *ring.reports)}
        self.times: Array = np.array(sorted(t for t in moments if t <= world.setup.duration))

    @property
    def occurrences(self) -> Sequence[Occurrence]:
        """What happened, in time order."""
        return self._world.occurrences

    def entities(self, category: str) -> Sequence[str]:
        """Return the ids of the campaigns."""
        return [one["id"] for one in self._world.setup.world["campaigns"]]

    def nearest(self, category: str, to: str) -> tuple[Sequence[str], np.ndarray]:
        """Refuse: nothing of a bank is near anything."""
        raise KeyError(f"nearest({category}, {to})")

    def signal(self, name: str, arguments: tuple[str, ...]) -> Array:
        """Return (T,) values of a declared signal."""
        own = [ring for ring in self.rings if ring.campaign == arguments[0] and ring.dropped is None]
        return _SIGNALS[name](self.times, own)

    def measure(self, name: str, arguments: tuple[str, ...]) -> float:
        """Return the value of a declared measure."""
        if name != "total_loss":
            raise KeyError(name)
        return float(self.signal("loss", arguments)[-1])

    def predicate(self, name: str, arguments: tuple[str, ...]) -> Array:
        """Refuse: there are none."""
        raise KeyError(f"{name}{arguments}")

    def truth(self) -> Truth:
        """Return the tables, which are made while they are gone through."""
        from sim.domains.fraud.records import tables_of

        return Truth(Scene(("bank",)), (), (), tables_of(self._world))


def _greatest(times: Array, reached: Sequence[tuple[float, float]]) -> Array:
    """Return (T,) the greatest value that anything had reached by each moment, 0 at first."""
    moments = np.array([one[0] for one in reached])
    order = np.argsort(moments, kind="stable")
    values = np.array([0.0, *(reached[place][1] for place in order)])
    most: Array = np.maximum.accumulate(values)
    return most[np.searchsorted(moments[order], times, side="right")]


def _most_moved(times: Array, rings: Sequence[Ring]) -> Array:
    return _greatest(times, [(t, moved / _MINOR) for ring in rings for t, moved, _ in ring.movements])


def _all_lost(times: Array, rings: Sequence[Ring]) -> Array:
    lost = []
    for ring in rings:
        before = 0
        for t, _, left in ring.movements:
            lost.append((t, left - before))
            before = left
    lost.sort()
    total = np.cumsum([0, *(amount for _, amount in lost)])
    return total[np.searchsorted([t for t, _ in lost], times, side="right")] / _MINOR


def _begun(times: Array, rings: Sequence[Ring]) -> Array:
    return np.searchsorted(np.sort([ring.began for ring in rings]), times, side="right").astype(np.float64)


def _longest_life(times: Array, rings: Sequence[Ring]) -> Array:
    return _greatest(times, [(t, t - ring.movements[0][0]) for ring in rings for t, _, _ in ring.movements])


def _most_moved_unseen(times: Array, rings: Sequence[Ring]) -> Array:
    unseen = []
    for ring in rings:
        until = np.inf if ring.alerted is None else ring.alerted
        unseen += [(t, moved / _MINOR) for t, moved, _ in ring.movements if t < until]
    return _greatest(times, unseen)


def _longest_survival(times: Array, rings: Sequence[Ring]) -> Array:
    lives = []
    for ring in rings:
        until = np.inf if ring.blocked is None else ring.blocked
        lives += [(t, t - ring.movements[0][0]) for t, _, _ in ring.movements if t < until]
    return _greatest(times, lives)


def _counted(times: Array, moments: Sequence[float]) -> Array:
    return np.searchsorted(np.sort(moments), times, side="right").astype(np.float64)


def _all_alerts(times: Array, rings: Sequence[Ring]) -> Array:
    return _counted(times, [t for ring in rings for t in ring.alerts])


def _all_reports(times: Array, rings: Sequence[Ring]) -> Array:
    return _counted(times, [t for ring in rings for t in ring.reports])


_SIGNALS: dict[str, Callable[[Array, Sequence[Ring]], Array]] = {
    "moved": _most_moved,
    "loss": _all_lost,
    "rings": _begun,
    "life": _longest_life,
    "moved_unseen": _most_moved_unseen,
    "survived": _longest_survival,
    "alerts": _all_alerts,
    "reports": _all_reports,
}
