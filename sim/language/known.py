"""What is known of a plan before an episode is drawn."""

from __future__ import annotations

from typing import Any

from sim.fields import Chosen
from sim.language.plan import Constant, Fixed, Group, Leaf, Pick, Plan

__all__ = ["UNTOLD", "constant_of"]

UNTOLD = object()
"""Stands for what is not known before an episode is drawn."""


def constant_of(plan: Plan) -> Any:
    """Return what a part is if no episode can change it: a value, numbers, a kind with its settings."""
    if isinstance(plan, Leaf):
        return plan.source.value if isinstance(plan.source, Constant) else UNTOLD
    if isinstance(plan, Fixed):
        return plan.value if isinstance(plan.value, tuple) else UNTOLD
    if isinstance(plan, Group):
        told = {key: constant_of(entry) for key, entry in plan.entries.items()}
        return UNTOLD if UNTOLD in told.values() else told
    if isinstance(plan, Pick):
        settings = constant_of(plan.settings)
        return UNTOLD if settings is UNTOLD else Chosen(plan.kind, settings)
    return UNTOLD
