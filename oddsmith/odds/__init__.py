"""The odds: how often events happen in the population, how well that is known, and whether to trust it.

Knows neither wing: it reads the calls of a dataset as a stranger would, or takes them as columns.
`odds_of_dataset` makes the report, `estimate` the figures of one event, `judge` the verdict on them.
"""

from oddsmith.odds.columns import CallColumns, columns_of, read_calls, read_parameters
from oddsmith.odds.estimates import Audit, Estimate, ModeRate, Weighted, estimate, weighted_rate
from oddsmith.odds.exposures import ExposureRate, rate_per_unit
from oddsmith.odds.reports import (
    EventOdds,
    OddsReport,
    conditioning_of,
    failures_of,
    odds_of_calls,
    odds_of_dataset,
    summary_of,
)
from oddsmith.odds.verdicts import LIMITS, Limits, Verdict, boosted, doubt_of, judge

__all__ = [
    "LIMITS",
    "Audit",
    "CallColumns",
    "Estimate",
    "EventOdds",
    "ExposureRate",
    "Limits",
    "ModeRate",
    "OddsReport",
    "Verdict",
    "Weighted",
    "boosted",
    "columns_of",
    "conditioning_of",
    "doubt_of",
    "estimate",
    "failures_of",
    "judge",
    "odds_of_calls",
    "odds_of_dataset",
    "rate_per_unit",
    "read_calls",
    "read_parameters",
    "summary_of",
    "weighted_rate",
]
