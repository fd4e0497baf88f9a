"""Plain data of a scenario, as far as it says anything without being resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["at", "constant", "items", "mean", "number"]


def items(world: Mapping[str, Any], section: str) -> list[Mapping[str, Any]]:
    """Return the items of a section that are any."""
    found = world.get(section) or ()
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, (list, tuple)) else []


def at(item: Mapping[str, Any], key: str) -> Any:
    """Return what stands at a path of keys with dots between them; None where nothing does."""
    value: Any = item
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def mean(data: Any) -> float | None:
    """Return the mean of a constant or a usual law in plain data [s]; None where it is not that plain."""
    if isinstance(data, Mapping) and set(data) == {"each"}:
        return mean(data["each"])
    if isinstance(data, Mapping) and set(data) == {"exponential"}:
        inner = data["exponential"]
        if not isinstance(inner, Mapping):
            return mean(inner)
        rate = constant(inner.get("rate"), "Hz")
        return 1.0 / rate if rate else mean(inner.get("mean"))
    if isinstance(data, Mapping) and len(data) == 1:
        ((law, arguments),) = data.items()
        pair = arguments if isinstance(arguments, (list, tuple)) and len(arguments) == 2 else (None, None)
        first, second = constant(pair[0], "" if law == "gamma" else "s"), constant(pair[1], "s")
        if first is None or second is None:
            return None
        means = {"uniform": (first + second) / 2.0, "gamma": first * second}
        return first if law == "normal" and first > 4.0 * second else means.get(str(law))
    value = constant(data, "s")
    return value if value is not None and value > 0.0 else None


def constant(data: Any, unit: str) -> float | None:
    """Return a plain number or quantity in SI; None where it is neither."""
    from sim.units import UnitError, parse_quantity

    if isinstance(data, bool) or not isinstance(data, (int, float, str)):
        return None
    try:
        return float(data) if not isinstance(data, str) else parse_quantity(data, unit).value
    except UnitError:
        return None


def number(value: Any, default: float = 0.0) -> float:
    """Return a plain number; the default where it is none."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else default
