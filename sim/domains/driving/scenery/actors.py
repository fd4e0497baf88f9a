"""What scenery needs to know of those who have a part in an episode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["ActorView"]


@dataclass(frozen=True)
class ActorView:
    """What scenery needs of an actor.

    Args:
        category: semantic class.
        shape_kind: "vehicle", "two_wheeler", "person", "animal", or of a thing its name.
        style: of one that lives or drives: hatchback…, bicycle…, adult, child, deer.
        size: (length, width, height) [m].
        x, y, z, yaw: where it stands at the start [m, rad].
        doors: (side, hinge, length) of those that open: +1 for the left, places before the middle [m].
        paint: linear RGB in 0..1; None to draw it.
        asset: what a renderer reads of a user's mesh; empty for forms of ours.
    """

    name: str
    category: str
    shape_kind: str
    style: str
    size: tuple[float, float, float]
    x: float
    y: float
    yaw: float
    z: float = 0.0
    doors: tuple[tuple[float, float, float], ...] = ()
    paint: tuple[float, float, float] | None = None
    asset: Mapping[str, object] = field(default_factory=dict)
