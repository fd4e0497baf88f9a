"""The samplers: name -> class. Adding one is a class with `ask`, `tell`, `weights` and a line here."""

from __future__ import annotations

from sim.samplers.base import Call, CallWeight, Population, Role, Sampler
from sim.samplers.nominal import EventOnly, Nominal

__all__ = ["TABLE", "Call", "CallWeight", "Population", "Role", "Sampler"]

TABLE: dict[str, type[Nominal]] = {
    Nominal.name: Nominal,
    EventOnly.name: EventOnly,
}
