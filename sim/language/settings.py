"""The small values a scenario holds beside its world: what is captured, exposed, sampled, observed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sim.units import UnitError, parse_quantity
from sim.views import View

__all__ = ["Capture", "Diversity", "Exposure", "Moment", "Parameter", "Sampling", "SensorUse", "parse_moment"]

Diversity = Literal["modes", "parameters", "signals", "none"]

_MOMENT = re.compile(r"\s*(?P<of>event|start|end)\s*(?:(?P<sign>[+-])\s*(?P<shift>.+?))?\s*\Z")


@dataclass(frozen=True)
class Moment:
    """A moment of an episode: `offset` seconds after the event, the start or the end."""

    of: Literal["event", "start", "end"]
    offset: float

    def at(self, event: float, end: float) -> float:
        """Return the moment [s] in an episode whose event is at `event` and which ends at `end`."""
        return {"event": event, "start": 0.0, "end": end}[self.of] + self.offset

    def __str__(self) -> str:
        if self.offset == 0.0:
            return self.of
        return f"{self.of} {'-' if self.offset < 0 else '+'} {abs(self.offset)!r} s"


def parse_moment(text: str) -> Moment:
    """Return the moment that "event - 3 s", "start" or "end - 1 s" names.

    Raises:
        ValueError: it names none.
    """
    match = _MOMENT.match(text)
    if match is None:
        raise ValueError("expected event, start or end, with seconds added or subtracted: event - 3 s")
    shift = match["shift"]
    try:
        seconds = parse_quantity(shift, "s").value if shift else 0.0
    except UnitError as error:
        raise ValueError(str(error)) from None
    if not 0.0 <= seconds < float("inf"):
        raise ValueError("expected a time after the sign, such as 3 s")
    return Moment(match["of"], -seconds if match["sign"] == "-" else seconds)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Capture:
    """Which part of an episode is observed."""

    start: Moment
    end: Moment

    def start_at(self, event: float, end: float) -> float:
        """Return where it begins [s] in an episode whose event is at `event` and which ends at `end`."""
        return self.start.at(event, end)

    def end_at(self, event: float, end: float) -> float:
        """Return where it ends [s], as `start_at`."""
        return self.end.at(event, end)


@dataclass(frozen=True)
class Exposure:
    """How often episodes occur in the world: turns a probability per episode into a rate.

    Args:
        episode: what an episode is (`cut_in`).
        rate: episodes per unit of exposure, SI.
        unit: SI unit of the rate ("1/m").
        text: the rate as written ("0.085 per km").
        source: where the rate comes from.
    """

    episode: str
    rate: float
    unit: str
    text: str
    source: str = ""


@dataclass(frozen=True)
class Sampling:
    """How rare cases are looked for.

    Args:
        method: name of the sampler.
        target: the event looked for; None for a scenario without events.
        calls: evaluations of the hunt.
        episodes: episodes to export.
        event_share: share of exported episodes in which the target occurs.
        near_miss_share: share in which another event occurs, but not the target.
        audit_share: share of the calls spent on nominal draws that check the estimate.
        cov: wanted coefficient of variation of the target's rate; None to make all calls.
        diversity: what tells one way into the event from another, so that each is exported.
    """

    method: str
    target: str | None
    calls: int
    episodes: int
    event_share: float
    near_miss_share: float
    audit_share: float
    cov: float | None
    diversity: Diversity


@dataclass(frozen=True)
class SensorUse:
    """One sensor of a scenario.

    Args:
        kind: key in the table of sensors.
        on: body that carries it; None is the world.
        rate: observations per second: one over its `every`, or else its `rate`; 0 where its kind has neither.
        delay: from the truth to the moment it is known [s].
        capture: its own window; None for the scenario's.
        view: from its resolved settings to what it sees; None where it looks nowhere.
        pair: its setting that names the other of a pair; None for kinds that have none.
    """

    kind: str
    on: str | None
    rate: float
    delay: float
    capture: Capture | None
    view: Callable[[Mapping[str, Any]], View] | None = None
    pair: str | None = None


@dataclass(frozen=True)
class Parameter:
    """One once-per-episode quantity: named under `parameters:`, or a law written where it is used.

    Args:
        name: its name, or its path (`world.actors.intruder.vehicle`).
        law: how the scenario spells its law, in SI; an expression or a constant for a derived one.
        unit: SI unit, "" for none.
        kind: what its values are.
        words: the words it can be, in order; () for others.
        index: its place in a draw's `u`; None where nothing is drawn.
        used: paths of the values, and names of the events and constraints, that depend on it directly.
        doc: what it is.
    """

    name: str
    law: str
    unit: str
    kind: Literal["number", "word", "flag"]
    words: tuple[str, ...]
    index: int | None
    used: tuple[str, ...]
    doc: str = ""
