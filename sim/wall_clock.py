"""The clock on the wall: from seconds of an episode to dates and hours where it happens.

`start:` of a scenario names a moment and a time zone. The zone's rules are those of the package `tzdata`, whose
version is fixed like that of any other, and not those of the machine, so that the same scenario gives the same
days anywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sim.errors import did_you_mean
from sim.lazy import np

if TYPE_CHECKING:
    from sim.geometry import Array

__all__ = ["DAY", "WallClock", "parse_start"]

DAY = 86400.0
"""Length of a day without a change of the clocks [s]."""

_TEXT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?:[T ](?P<time>\d\d:\d\d(?::\d\d)?))?\s*(?P<offset>Z|[+-]\d\d:\d\d)?"
    r"(?:\s+(?P<zone>[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*))?\Z"
)
_EPOCH = datetime(1970, 1, 1)
_STRIDE = 6 * 3600  # clocks are never changed twice within it [s]


@dataclass(frozen=True)
class WallClock:
    """Local time of an episode.

    Args:
        start: the moment at which the episode begins, with its time zone.
        text: how the scenario writes it.
    """

    start: datetime
    text: str

    @property
    def zone(self) -> str:
        """The name of the time zone, or its distance from UTC."""
        return getattr(self.start.tzinfo, "key", None) or self.start.strftime("%z")

    def offsets(self, until: float) -> tuple[Array, Array]:
        """Return (moments, offsets from UTC), both (K,) in seconds, of the clock from 0 until a moment.

        Each offset holds from its moment on; the first moment is 0.
        """
        return _offsets(self.start, self.zone, max(int(np.ceil(until / _STRIDE)), 1) * _STRIDE)

    def local(self, seconds: Any) -> tuple[np.ndarray, Array]:
        """Return the local day and time of day at moments of the episode.

        Args:
            seconds: (T,) moments of the episode, at least 0 [s].

        Returns:
            (T,) days since 1970-01-01 as integers, and (T,) seconds since local midnight by the clock.
        """
        t = np.asarray(seconds, np.float64)
        moments, offsets = self.offsets(float(t.max(initial=0.0)))
        naive = self.start.replace(tzinfo=None)
        midnight = naive.replace(hour=0, minute=0, second=0, microsecond=0)
        now = offsets[np.maximum(np.searchsorted(moments, t, side="right") - 1, 0)]
        since = t + (naive - midnight).total_seconds() + (now - offsets[0])
        days = np.floor(since / DAY)
        return days.astype(np.int64) + (midnight - _EPOCH).days, since - days * DAY

    def at(self, seconds: float) -> datetime:
        """Return the local date and time at one moment of the episode [s]."""
        return (self.start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(self.start.tzinfo)


@lru_cache(maxsize=64)
def _offsets(start: datetime, zone: str, until: int) -> tuple[Array, Array]:
    """Return what `WallClock.offsets` does; `zone` keeps equal moments of two zones apart in the cache."""
    began = start.astimezone(UTC)

    def offset(second: int) -> float:
        local = (began + timedelta(seconds=second)).astimezone(start.tzinfo)
        return (local.utcoffset() or timedelta()).total_seconds()

    moments, found = [0.0], [offset(0)]
    for early in range(0, until, _STRIDE):
        low, high = early, early + _STRIDE
        if offset(high) == found[-1]:
            continue
        while high - low > 1:  # the change lies in (low, high]
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == found[-1] else (low, middle)
        moments.append(float(high))
        found.append(offset(high))
    return np.array(moments), np.array(found)


def parse_start(text: str) -> WallClock:
    """Return the clock that `start:` names: "2026-03-28 22:00 Europe/Berlin", "2026-03-28T22:00+01:00".

    Raises:
        ValueError: it is no date, has no time zone, or is a moment that the clock never shows.
    """
    match = _TEXT.match(text.strip())
    if match is None:
        raise ValueError("expected a date, a time and a time zone, such as 2026-03-28 22:00 Europe/Berlin")
    try:
        naive = datetime.fromisoformat(f"{match['date']}T{match['time'] or '00:00'}")
    except ValueError as error:
        raise ValueError(f"'{match['date']} {match['time'] or ''}' is no moment: {error}") from None
    offset = None if match["offset"] is None else _offset(match["offset"])
    if match["zone"] is None:
        if offset is None:
            raise ValueError("a time zone is missing, such as Europe/Berlin, +01:00 or Z")
        return WallClock(naive.replace(tzinfo=timezone(offset)), text.strip())
    return WallClock(_in_zone(naive, _zone(match["zone"]), offset), text.strip())


def _offset(text: str) -> timedelta:
    if text == "Z":
        return timedelta()
    size = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    if size >= timedelta(hours=24):
        raise ValueError(f"'{text}' is no distance from UTC")
    return -size if text[0] == "-" else size


def _in_zone(naive: datetime, zone: tzinfo, offset: timedelta | None) -> datetime:
    """Return a local time in a zone; the offset, if written, says which of two equal times is meant."""
    found = [naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    shown = [one for one in found if one.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == naive]
    if not shown:
        raise ValueError(f"the clocks of {zone} never show {naive}: they are put forward over it")
    if offset is None:
        return shown[0]
    for one in shown:
        if one.utcoffset() == offset:
            return one
    raise ValueError(f"{zone} is not at that distance from UTC then, but at {shown[0].strftime('%z')}")


@lru_cache(maxsize=16)
def _zone(name: str) -> tzinfo:
    """Return a zone by the rules of `tzdata`."""
    from importlib.resources import files
    from zoneinfo import ZoneInfo

    package = files("tzdata")
    names = package.joinpath("zones").read_text("utf-8").split()
    if name not in names:
        near = did_you_mean(name, names)
        raise ValueError(f"there is no time zone '{name}'" + (f"; did you mean '{near}'?" if near else ""))
    with package.joinpath("zoneinfo", *name.split("/")).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)
