"""A law that is drawn anew at every use: `{each: LAW}` of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.laws.base import Law

if TYPE_CHECKING:
    from sim.noise import Noise

__all__ = ["LawSource"]


@dataclass(frozen=True)
class LawSource:
    """A law and the name of the noise stream it is drawn from.

    Args:
        law: the law of every single use.
        stream: name of the stream, the same for all entities: the path of the leaf inside its item.
    """

    law: Law
    stream: str

    def draw(self, noise: Noise, entity: str, index: int, t: float) -> float | str:
        """Return the value of an entity's use number `index`, at moment t of the episode [s]."""
        value: float | str = self.law.ppf(noise.uniform(entity, self.stream, index, t))
        return value
