"""What a sensor looks at, as far as the simulation has to know it: signals of sensors are computed from views.

A kind of sensor that looks somewhere declares how its settings make a `View`; it is called when an event reads
a signal of that sensor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.fields import Section

__all__ = ["Eye", "Mounted", "Pair", "SeeingSection", "View"]


@dataclass(frozen=True)
class View:
    """The directions a sensor sees, in its mounting frame (x forward, y left, z up).

    Args:
        limits: (n,) greatest angle from x at n even directions about it, from left over up [rad]; the view of a
            camera. () for a sensor whose view is between angles.
        azimuth: greatest azimuth to either side [rad], where there are no limits.
        elevation: (lowest, highest) [rad], where there are no limits.
        farthest: how far it sees [m].
    """

    limits: tuple[float, ...] = ()
    azimuth: float = math.pi
    elevation: tuple[float, float] = (-0.5 * math.pi, 0.5 * math.pi)
    farthest: float = math.inf


@dataclass(frozen=True)
class Eye:
    """A sensor of an episode as signals know it.

    Args:
        on: name of the body that carries it; None is the world.
        at: x, y, z [m], roll, pitch, yaw [rad] on that body.
        view: what it sees.
    """

    on: str | None
    at: tuple[float, ...]
    view: View


@dataclass(frozen=True)
class Mounted:
    """A sensor of an episode as the other of a pair knows it.

    Args:
        on: name of the body that carries it; None is the world.
        at: x, y, z [m], roll, pitch, yaw [rad] on that body.
        settings: its resolved settings.
    """

    on: str | None
    at: tuple[float, ...]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """How a sensor names another of its kind as the second of a pair.

    Args:
        key: of the setting with the other's name.
        fault: what keeps two sensors from being a pair, or one from having no other; None where nothing does.
    """

    key: str
    fault: Callable[[Mounted, Mounted | None], str | None]


@dataclass(frozen=True, kw_only=True)
class SeeingSection(Section):
    """What may stand under a kind of sensor that looks somewhere.

    Args:
        view: what its resolved settings make it see.
        pair: how it names the other of a pair; None for kinds that have none.
    """

    view: Callable[[Mapping[str, Any]], View]
    pair: Pair | None = None
