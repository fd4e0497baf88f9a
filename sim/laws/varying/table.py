"""The table of laws that vary in time: one line per family, in the order in which help lists them."""

from __future__ import annotations

from sim.laws.varying import calendar, markov, ou, profile
from sim.laws.varying.base import VaryingKind

__all__ = ["TABLE"]

TABLE: dict[str, VaryingKind] = {
    "ou": ou.KIND,
    "markov": markov.KIND,
    "profile": profile.KIND,
    "calendar": calendar.KIND,
}
"""Name in a scenario -> family."""
