"""What the declarations of sensors that measure range share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.fields import Quantity

__all__ = ["models_own", "range_faults"]


def models_own(doc: str, unit: str, least: float, most: float) -> Quantity:
    """Return a constant that the sensor's model gives unless it is written."""
    return Quantity(
        doc=f"{doc}; the model's own if absent", unit=unit, default=None, least=least, most=most, fixed=True
    )


def range_faults(settings: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return what the constants `nearest` and `range` contradict each other in: (field, what is wrong)."""
    near, far = settings.get("nearest"), settings.get("range")
    if near is None or far is None or near < far:
        return ()
    return (("nearest", f"nothing lies between nearest {near:g} m and range {far:g} m"),)
