"""Sensors that name another as the second of a pair: that there is one, and that the two fit."""

from __future__ import annotations

from collections.abc import Mapping

from sim.errors import Place
from sim.fields import Section
from sim.language.report import Report
from sim.language.resolution import Values
from sim.language.settings import SensorUse
from sim.views import Mounted, SeeingSection

__all__ = ["check_pairs"]


def check_pairs(
    uses: Mapping[str, SensorUse],
    kinds: Mapping[str, Section],
    values: Values,
    places: Mapping[str, Place | None],
    report: Report,
) -> None:
    """Add a fault for every sensor whose other is not there or does not fit it.

    Args:
        uses: the sensors.
        kinds: kind of sensor -> its section.
        values: of the middle of all laws; what is the same in every draw can be told by one.
        places: dotted path -> place.
        report: takes the faults.
    """
    for name, use in uses.items():
        section = kinds[use.kind]
        pair = section.pair if isinstance(section, SeeingSection) else None
        if pair is None:
            continue
        other = values.sensors[name]["settings"][pair.key]
        where = f"sensors.{name}.{use.kind}.{pair.key}"
        place = places.get(where) or places.get(f"sensors.{name}.{use.kind}")
        if other is not None and (other not in uses or uses[other].kind != use.kind or other == name):
            allowed = [one for one in uses if uses[one].kind == use.kind and one != name]
            message = f"there is no other {use.kind} '{other}'"
            report.add("E160", where, message, place=place, allowed=allowed, given=str(other))
            continue
        second = None if other is None else _mounted(other, uses, values)
        fault = pair.fault(_mounted(name, uses, values), second)
        if fault is not None:
            report.add("E191", where, fault, place=place)


def _mounted(name: str, uses: Mapping[str, SensorUse], values: Values) -> Mounted:
    mine = values.sensors[name]
    return Mounted(uses[name].on, mine["at"], mine["settings"])
