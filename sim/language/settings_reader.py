"""What is captured, exposed, sampled and split: checks beyond what is declared of those sections."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.errors import Place
from sim.language.nodes import MapNode
from sim.language.plan import Constant, Fixed, Group, Leaf, Plan
from sim.language.report import Report
from sim.language.scalars import Bounds, check_bounds, read_number
from sim.language.settings import Capture, Exposure, Moment, parse_moment
from sim.language.walker import ID
from sim.units import DIMENSIONLESS, UnitError, parse_quantity

if TYPE_CHECKING:
    from sim.wall_clock import WallClock

__all__ = ["SettingsReader", "read_splits"]


@dataclass(frozen=True)
class SettingsReader:
    """Reads walked sections.

    Args:
        report: takes the faults.
        places: dotted path -> place.
        events: names of the scenario's events.
        modes: names of its failure modes.
    """

    report: Report
    places: Mapping[str, Place | None]
    events: tuple[str, ...]
    modes: tuple[str, ...]

    def window(self, plan: Plan | None, where: str) -> Capture | None:
        """Return a capture window, None where there is none or with faults."""
        if not isinstance(plan, Group):
            return None
        start = self._moment(plan.entries.get("from"), f"{where}.from")
        end = self._moment(plan.entries.get("to"), f"{where}.to")
        if start is None or end is None:
            return None
        if start.of == end.of and start.offset >= end.offset:
            self._fault("E132", f"{where}.to", "the window ends before it begins")
        return Capture(start, end)

    def _moment(self, plan: Plan | None, where: str) -> Moment | None:
        if not isinstance(plan, Fixed):
            return None
        try:
            moment = parse_moment(str(plan.value))
        except ValueError as error:
            self._fault("E130", where, str(error))
            return None
        if moment.of == "event" and not self.events:
            self._fault("E151", where, "the scenario has no event to capture around")
        return moment

    def start(self, plan: Plan | None) -> WallClock | None:
        """Return the clock that `start:` names, None where there is none or with a fault."""
        if not isinstance(plan, Fixed) or plan.value is None:
            return None
        from sim.wall_clock import parse_start

        try:
            return parse_start(str(plan.value))
        except ValueError as error:
            self._fault("E130", "start", str(error))
            return None

    def exposure(self, plan: Plan | None) -> Exposure | None:
        """Return the exposure, None where there is none or with faults."""
        if not isinstance(plan, Group):
            return None
        values = {key: str(part.value) for key, part in plan.entries.items() if isinstance(part, Fixed)}
        if not {"episode", "rate"} <= set(values):
            return None
        where = "exposure.rate"
        try:
            rate = parse_quantity(values["rate"])
        except UnitError as error:
            self.report.add(
                "E130", where, error.message, place=self.places.get(where), suggestion=error.suggestion
            )
            return None
        if rate.dimension is None or rate.dimension == DIMENSIONLESS:
            self._fault("E131", where, "expected episodes per unit of exposure, such as 0.085 per km")
        elif not 0.0 < rate.value < math.inf:
            self._fault("E132", where, "must be positive and finite")
        else:
            unit = rate.dimension.symbol
            return Exposure(values["episode"], rate.value, unit, values["rate"], values.get("source", ""))
        return None

    def check_sampling(self, plan: Plan | None) -> None:
        """Note a target that is no event, and shares that exceed the whole."""
        if not isinstance(plan, Group):
            return
        target = plan.entries.get("target")
        name = target.value if isinstance(target, Fixed) else None
        if name is not None and name not in self.events:
            where = "sampling.target"
            message = f"there is no event '{str(name)[:60]}'"
            place = self.places.get(where)
            self.report.add("E151", where, message, place=place, allowed=self.events, given=str(name))
        shares = (_constant(plan.entries.get(key)) for key in ("event_share", "near_miss_share"))
        if sum(shares) > 1.0 + 1e-9:
            self._fault("E142", "sampling", "event_share and near_miss_share together exceed 1")
        diversity = plan.entries.get("diversity")
        by = diversity.entries.get("by") if isinstance(diversity, Group) else None
        if _value(by) == "modes" and not self.modes:
            self._fault(
                "E151", "sampling.diversity.by", "the scenario declares no modes to tell events apart by"
            )

    def _fault(self, code: str, where: str, message: str) -> None:
        self.report.add(code, where, message, place=self.places.get(where))


def _constant(plan: Plan | None) -> float:
    value = _value(plan)
    return float(value) if isinstance(value, int | float) else 0.0


def _value(plan: Plan | None) -> object:
    """Return the constant of a leaf, None where there is none."""
    source = plan.source if isinstance(plan, Leaf) else None
    return source.value if isinstance(source, Constant) else None


def read_splits(node: MapNode, report: Report) -> dict[str, float]:
    """Return name -> share of the splits, noting shares that are none."""
    shares: dict[str, float] = {}
    for entry in node.entries:
        where = f"splits.{entry.key}"
        if not ID.match(entry.key):
            message = f"'{entry.key[:60]}' cannot name a split"
            report.add("E128", where, message, place=entry.place)
        share = read_number(entry.value, where, DIMENSIONLESS, report)
        bounds = Bounds(0.0, 1.0)
        if share is not None and check_bounds(share, bounds, "", where, entry.value.place, report):
            shares[entry.key] = share
    if len(shares) == len(node.entries) and abs(math.fsum(shares.values()) - 1.0) > 1e-6:
        message = f"the shares must sum to 1, they sum to {math.fsum(shares.values()):.9g}"
        report.add("E142", "splits", message, place=node.place)
    return shares
