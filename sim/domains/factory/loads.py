"""Places without a bound to which more parts come than can be worked on: told before anything is run.

Only what is certain is told: means of constants and usual laws, followed from a source through machines that
nothing stops. What a buffer with a bound, a machine that fails or an inspection lets through is not known here,
and counts as nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.domains.factory.plain_data import at, items, mean, number

__all__ = ["loads"]

_HINDRANCES = ("also_takes", "also_gives", "operators", "shift", "setup", "inspects", "handles", "stacks")
"""Keys of machines that may let fewer parts through than its cycles do."""

Item = Mapping[str, Any]


def loads(world: Item) -> Iterator[tuple[str, str]]:
    """Yield (path, message) per place whose plain means bring more than its machines can work on."""
    flow = _Flow(world)
    for section in ("sources", "buffers"):
        for item in items(world, section):
            rate, able = flow.least_rate(str(item.get("id"))), flow.able(str(item.get("id")))
            if 0.0 < able < rate < float("inf"):
                yield (
                    f"{section}.{item.get('id')}",
                    f"utilisation is {rate / able:.3g}: more parts come than its machines can work on, and the "
                    "places to wait have no bound",
                )


@dataclass
class _Flow:
    """What comes to the places of a line in the long run, as far as it is certain [1/s]."""

    world: Item
    known: dict[str, float] = field(default_factory=dict)

    def able(self, place: str) -> float:
        """Return how many parts the machines that take from a place can work on; inf if that is not plain."""
        found = 0.0
        for item in items(self.world, "machines"):
            takes = number(item.get("batch"), 1) if item.get("from") == place else 0.0
            takes += sum(number(one.get("parts"), 1) for one in _also(item) if one.get("from") == place)
            found += takes * _cycles(item) if takes else 0.0
        return found

    def least_rate(self, place: str) -> float:
        """Return how many parts come to a place at least; inf to a source that always has one."""
        if place not in self.known:
            self.known[place] = 0.0  # of a loop, nothing is certain
            self.known[place] = self._came(place)
        return self.known[place]

    def _came(self, place: str) -> float:
        for item in items(self.world, "sources"):
            if item.get("id") == place:
                if item.get("every") is None:
                    return float("inf")
                every = mean(item.get("every"))
                is_bounded = item.get("capacity") is not None or every is None
                return 0.0 if is_bounded or every is None else number(item.get("batch"), 1) / every
        for item in items(self.world, "buffers"):
            if item.get("id") == place:
                return 0.0 if item.get("capacity") is not None else self._given(place)
        return 0.0

    def _given(self, place: str) -> float:
        """Return what machines give to a place without a bound."""
        givers = [one for one in items(self.world, "machines") if one.get("to") == place]
        return sum(
            self._passed(str(source), place) for source in dict.fromkeys(one.get("from") for one in givers)
        )

    def _passed(self, source: str, place: str) -> float:
        """Return what goes from one place to another: all that comes, or all that the machines can do."""
        takers = [one for one in items(self.world, "machines") if one.get("from") == source]
        own = [one for one in takers if one.get("to") == place]
        if any(self._is_hindered(one) for one in own):
            return 0.0
        rate, able = self.least_rate(source), self.able(source)
        if rate >= able:
            return sum(number(one.get("batch"), 1) * _cycles(one) for one in own)
        return rate if len(own) == len(takers) and not self._is_shared(source) else 0.0

    def _is_shared(self, place: str) -> bool:
        return any(one.get("from") == place for item in items(self.world, "machines") for one in _also(item))

    def _is_hindered(self, item: Item) -> bool:
        """Return whether anything but parts may hold a machine up."""
        if any(item.get(key) for key in _HINDRANCES) or _cycles(item) == float("inf"):
            return True
        return any(at(one, "on") == item.get("id") for one in items(self.world, "components"))


def _also(item: Item) -> Sequence[Item]:
    return [one for one in item.get("also_takes") or () if isinstance(one, Mapping)]


def _cycles(item: Item) -> float:
    """Return how many cycles a machine, or those of a counted one, can do in a second; inf if not plain."""
    cycle, count = mean(item.get("cycle_time")), item.get("count", 1)
    if cycle is None or not isinstance(count, int):
        return float("inf")
    return count / cycle
