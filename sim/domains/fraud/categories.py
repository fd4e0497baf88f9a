"""Kinds of merchants: what they charge, when people are there, how much of it is online.

The amounts are assumptions of ours, in euros of about 2024: no open source gives lognormal parameters by MCC
(facts and literature agree only that amounts are close to lognormal by category with atoms at round and .99
prices). Presets scale them to their currency and price level. MCC codes are those of ISO 18245.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CASH", "CATEGORIES", "HOURS", "PROFILES", "Category"]


@dataclass(frozen=True)
class Category:
    """A kind of merchant.

    Args:
        name: in plain words.
        mcc: merchant category code (ISO 18245).
        median: of an amount [EUR].
        sigma: of its logarithm.
        share: of the ad-hoc purchases of a salaried customer, before normalising.
        online: share of these that is bought online.
        whole: share of prices that are whole numbers.
        charm: share of prices that end in .99.
        hours: profile of the day, physical shops.
        refund: share of purchases that are given back.
    """

    name: str
    mcc: str
    median: float
    sigma: float
    share: float
    online: float
    whole: float
    charm: float
    hours: str
    refund: float


CATEGORIES: tuple[Category, ...] = (
    Category("cash machine", "6011", 60.0, 0.70, 6.0, 0.0, 1.0, 0.0, "shop", 0.0),
    Category("groceries", "5411", 22.0, 0.75, 25.0, 0.04, 0.02, 0.12, "shop", 0.004),
    Category("restaurant", "5812", 24.0, 0.60, 8.0, 0.02, 0.20, 0.02, "evening", 0.002),
    Category("fast food", "5814", 9.5, 0.45, 10.0, 0.15, 0.06, 0.10, "evening", 0.002),
    Category("fuel", "5541", 48.0, 0.45, 5.0, 0.0, 0.15, 0.0, "shop", 0.001),
    Category("department store", "5311", 32.0, 0.80, 4.0, 0.15, 0.04, 0.30, "shop", 0.04),
    Category("clothing", "5651", 45.0, 0.70, 3.5, 0.40, 0.05, 0.40, "shop", 0.12),
    Category("electronics", "5732", 85.0, 1.05, 1.5, 0.55, 0.06, 0.45, "shop", 0.06),
    Category("pharmacy", "5912", 14.0, 0.70, 4.0, 0.08, 0.03, 0.10, "shop", 0.01),
    Category("transit", "4111", 4.2, 0.65, 6.0, 0.30, 0.15, 0.0, "commute", 0.002),
    Category("taxi", "4121", 13.0, 0.50, 2.5, 0.70, 0.10, 0.0, "night", 0.005),
    Category("hotel", "7011", 125.0, 0.60, 0.6, 0.60, 0.15, 0.05, "evening", 0.05),
    Category("airline", "4511", 190.0, 0.75, 0.3, 0.97, 0.05, 0.10, "shop", 0.04),
    Category("digital goods", "5816", 8.0, 0.80, 4.0, 1.0, 0.10, 0.55, "shop", 0.01),
    Category("marketplace", "5399", 27.0, 0.90, 6.0, 1.0, 0.04, 0.35, "shop", 0.07),
    Category("home improvement", "5200", 38.0, 0.90, 2.0, 0.20, 0.04, 0.25, "shop", 0.04),
    Category("doctor", "8011", 45.0, 0.70, 1.2, 0.02, 0.25, 0.0, "office", 0.002),
    Category("leisure", "7997", 24.0, 0.65, 2.5, 0.25, 0.25, 0.10, "evening", 0.01),
    Category("bar", "5813", 15.0, 0.55, 2.5, 0.0, 0.20, 0.0, "night", 0.001),
    Category("jewellery", "5944", 150.0, 0.95, 0.2, 0.25, 0.15, 0.10, "shop", 0.03),
    Category("gift cards", "5947", 26.0, 0.60, 0.5, 0.35, 0.65, 0.05, "shop", 0.005),
    Category("parking", "7523", 3.8, 0.60, 3.0, 0.35, 0.20, 0.0, "commute", 0.001),
)
"""All kinds; the first are the cash machines."""

CASH = 0
"""Place of the cash machines in `CATEGORIES`."""

HOURS: dict[str, tuple[float, ...]] = {
    "shop": (1, 1, 0, 0, 0, 1, 4, 15, 35, 60, 80, 90, 95, 80, 75, 80, 95, 115, 110, 75, 35, 12, 5, 2),
    "office": (0, 0, 0, 0, 0, 0, 1, 10, 70, 100, 100, 90, 40, 50, 90, 90, 70, 30, 8, 2, 1, 0, 0, 0),
    "evening": (8, 4, 2, 1, 1, 1, 4, 12, 20, 20, 25, 60, 130, 110, 45, 35, 45, 80, 130, 150, 120, 70, 35, 15),
    "night": (90, 80, 60, 40, 25, 10, 8, 10, 10, 8, 8, 10, 14, 14, 14, 18, 25, 40, 60, 80, 95, 110, 120, 110),
    "commute": (4, 2, 1, 1, 3, 20, 70, 130, 110, 55, 45, 50, 60, 60, 60, 75, 110, 125, 80, 50, 35, 25, 18, 10),
    "online": (22, 12, 7, 4, 3, 4, 9, 20, 35, 48, 55, 60, 65, 62, 60, 60, 62, 68, 76, 90, 105, 100, 78, 45),
    "batch": (10, 30, 60, 80, 60, 30, 10, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
}
"""Weights of the hours of a day: humps at noon and 17 to 20 h, few from 1 to 5 h, later online; assumptions."""

PROFILES = tuple(HOURS)
"""Their order in kernels."""
