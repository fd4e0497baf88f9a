"""The samplers: name -> class. Adding one is a class with `ask`, `tell`, `weights` and a line here."""

from __future__ import annotations

from collections.abc import Callable

from sim.samplers.base import Call, CallWeight, Population, Role, Sampler, Settings, Weights
from sim.samplers.nominal import EventOnly, Nominal
from sim.samplers.running import coarsened

__all__ = [
    "TABLE",
    "Call",
    "CallWeight",
    "Population",
    "Role",
    "Sampler",
    "Settings",
    "Weights",
    "coarsened",
]

TABLE: dict[str, Callable[[Population, Settings], Sampler]] = {
    Nominal.name: Nominal,
    EventOnly.name: EventOnly,
}
