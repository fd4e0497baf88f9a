"""The samplers: name -> kind. Adding one is a class with `ask`, `tell`, `weights` and a line here."""

from __future__ import annotations

from sim.samplers.base import Call, CallWeight, Population, Role, Sampler, Settings, Weights
from sim.samplers.kind import SamplerKind
from sim.samplers.running import coarsened

__all__ = [
    "TABLE",
    "Call",
    "CallWeight",
    "Population",
    "Role",
    "Sampler",
    "SamplerKind",
    "Settings",
    "Weights",
    "coarsened",
]

TABLE: dict[str, SamplerKind] = {
    "nominal": SamplerKind(
        doc="n independent draws of the natural law, weight 1/n each.",
        home="sim.samplers.nominal:Nominal",
    ),
    "event": SamplerKind(
        doc="Rejection sampling: nominal draws of which only the target event is exported.",
        home="sim.samplers.nominal:EventOnly",
    ),
    "importance": SamplerKind(
        doc="A mixture fitted to the event's modes, frozen; every call weighs its likelihood ratio.",
        home="sim.samplers.importance:Importance",
    ),
    "splitting": SamplerKind(
        doc="Fixed levels towards the event, climbed by independent groups of moving episodes.",
        home="sim.samplers.splitting:Splitting",
    ),
    "auto": SamplerKind(
        doc="Importance sampling if a trial says that it works, else splitting; says why.",
        home="sim.samplers.auto:Auto",
    ),
    "coverage": SamplerKind(
        doc="Every combination of a few choices, every stratum of the rest; no odds.",
        home="sim.samplers.coverage:Coverage",
    ),
}
