"""From a probability per episode to a rate per kilometre, account-year or machine-hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ExposureRate", "rate_per_unit"]


@dataclass(frozen=True)
class ExposureRate:
    """How often an event happens in the world.

    Args:
        rate: events per unit.
        interval: of it; it holds the spread of the odds, not what is unsure about the exposure.
        unit: of exposure, as the scenario writes it ("km").
        assumed: how often episodes happen, as written ("0.085 per km").
        source: where that comes from, "" where the scenario says nothing.
    """

    rate: float
    interval: tuple[float, float] | None
    unit: str
    assumed: str
    source: str


def rate_per_unit(
    rate: float, interval: tuple[float, float] | None, exposure: Mapping[str, Any] | None
) -> ExposureRate | None:
    """Return a probability per episode as a rate; None for a scenario that says no exposure.

    Args:
        rate: probability per episode.
        interval: of it.
        exposure: as the manifest has it: rate and unit in SI, text as written, source.
    """
    if exposure is None:
        return None
    text = str(exposure["text"])
    number, is_per, unit = text.partition(" per ")
    try:
        factor = float(number) if is_per else float(exposure["rate"])
    except ValueError:
        factor, is_per = float(exposure["rate"]), ""  # a number with a unit of its own: 3 EUR per day
    if not is_per:
        unit = str(exposure["unit"]).removeprefix("1/")
    ends = None if interval is None else (interval[0] * factor, interval[1] * factor)
    return ExposureRate(rate * factor, ends, unit, text, str(exposure.get("source") or ""))
