"""A line of the table of samplers: what a scenario's author reads of it, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from sim.samplers.base import Population, Sampler, Settings

__all__ = ["SamplerKind"]


@dataclass(frozen=True)
class SamplerKind:
    """A sampler that is imported when a hunt begins, because a check of a scenario only asks for its name.

    Args:
        doc: one sentence.
        home: "module:class"; the class is built from a population and settings.
    """

    doc: str
    home: str

    def __call__(self, population: Population, settings: Settings) -> Sampler:
        """Import the class and return one of it, ready to be asked."""
        module, _, name = self.home.partition(":")
        sampler: Sampler = getattr(import_module(module), name)(population, settings)
        return sampler
