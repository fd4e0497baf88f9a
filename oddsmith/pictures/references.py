"""Published numbers that a bank's rhythm and amounts can be held against, by the preset they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["QUANTILES", "TABLE", "Reference"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Reference:
    """What is known of a kind of bank.

    Args:
        source: of the numbers.
        weekdays: share of entries Monday to Sunday, interest left out; () where unknown.
        month_days: share of entries by day of the month, day -> share, of the days that are known.
        amounts: operation -> amounts at `QUANTILES`.
        means: operation -> mean amount.
        payments: payments of a customer a month, as a sentence says it.
    """

    source: str
    payments: str
    weekdays: tuple[float, ...] = ()
    month_days: Mapping[int, float] = field(default_factory=dict)
    amounts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    means: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_drawn(self) -> bool:
        """Whether it has numbers that stand in the picture, and not in its heading alone."""
        return bool(self.weekdays or self.month_days or self.amounts or self.means)


_DIARY = "Atlanta Fed: 39 (diary 2022) to 70 (survey), cash in shops among them"

TABLE: Mapping[str, Reference] = {
    "retail_bank_eu": Reference(
        "ECB, payments statistics, second half of 2024: 39 EUR a card payment",
        payments=_DIARY,
        means={"card payments": 39.0},
    ),
    "retail_bank_us": Reference(
        "2010 Federal Reserve Payments Study: 108 USD a withdrawal in 2009",
        payments=_DIARY,
        means={"cash out": 108.0},
    ),
    "czech_retail_1993": Reference(
        "Berka data set (PKDD 1999): 1,229 young accounts, 49,102 entries of 1993-94",
        weekdays=(0.170, 0.143, 0.122, 0.150, 0.136, 0.134, 0.145),
        month_days={28: 0.055, 30: 0.082, 31: 0.196} | dict.fromkeys(range(5, 15), 0.042),
        amounts={
            "cash in": (400.0, 2700.0, 10921.0, 20973.0, 38656.0),
            "cash out": (300.0, 1600.0, 4000.0, 11300.0, 27000.0),
            "transfers out": (74.0, 1022.0, 2363.0, 4550.0, 8618.0),
            "transfers in": (3058.0, 3764.0, 5582.0, 11580.0, 44333.0),
        },
        payments="Berka data set: 4.5, money that comes in among them",
    ),
}
"""Preset -> what is known; presets that are not here have no open source for these numbers."""
