"""What the rare-event samplers promise, judged on the summaries of many hunts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from summaries import Summary

__all__ = ["COSTS", "Claim", "judge_all"]

COSTS = {
    "metaball": 13.0,
    "cutin_mixed": 18.0,
    "linear_d100_b4.5": 1200.0,
    "ar1_d100": 600.0,
    "two_mode_d50": 450.0,
    "tandem_total_20": 500.0,
}
"""Problem -> largest work-normalised cost, mean calls times relative mean squared error."""

UNBIASED_AFTER = 400
COVERAGE_AFTER = 1000
COST_AFTER = 100
TRUSTED_AT_MOST = 0.05
"""Share of hunts in which a method that fails on a problem may be picked, or called trusted, by mistake."""

PEERS = ("ot_subset", "ot_nais")


@dataclass(frozen=True)
class Claim:
    """A promise and whether it was kept: "pass", "FAIL", or "few" where there were too few repetitions."""

    text: str
    state: str
    seen: str


def judge_all(rows: Sequence[Summary]) -> list[Claim]:
    """Return all claims that the rows say something about."""
    ours = [row for row in rows if row.method not in PEERS]
    return [*_unbiased(ours), *_coverage(ours), *_costs(ours)]


def _state(is_kept: bool, repetitions: int, wanted: int) -> str:
    if repetitions < wanted:
        return "few: kept" if is_kept else "few: not kept"
    return "pass" if is_kept else "FAIL"


def _unbiased(rows: Sequence[Summary]) -> list[Claim]:
    """|z| < 3; or, where a method fails, `auto` does not pick it or the report does not say "trust"."""
    claims = []
    for row in rows:
        picked = sum(
            other.engines.get(row.method, 0.0)
            for other in rows
            if other.method == "auto" and other.problem == row.problem
        )
        trusted = row.verdicts.get("trust", 0.0)
        is_unbiased = abs(row.z) < 3.0
        is_owned_up = trusted <= TRUSTED_AT_MOST or (row.method != "auto" and picked <= TRUSTED_AT_MOST)
        claims.append(
            Claim(
                f"{row.problem}, {row.method}: |z| < 3, or not picked by auto, or not trusted",
                _state(is_unbiased or is_owned_up, row.repetitions, UNBIASED_AFTER),
                f"z {row.z:+.1f}, trusted {trusted:.0%}, picked {picked:.0%}",
            )
        )
    return claims


def _coverage(rows: Sequence[Summary]) -> list[Claim]:
    claims = []
    for method in sorted({row.method for row in rows}):
        mine = [row for row in rows if row.method == method and row.intervals]
        if method == "nominal" or not mine:
            continue  # its interval is the exact one, which never covers less
        total = sum(row.intervals for row in mine)
        pooled = sum(row.covered * row.intervals for row in mine) / total
        claims.append(
            Claim(
                f"{method}: 93 to 97 % of all intervals hold p",
                _state(0.93 <= pooled <= 0.97, total, COVERAGE_AFTER),
                f"{pooled:.1%} of {total}",
            )
        )
        for row in mine:
            widths = ", ".join(f"{word} {width:.2f}" for word, width in row.widths.items())
            claims.append(
                Claim(
                    f"{row.problem}, {method}: at least 90 % of intervals and bounds hold p",
                    _state(row.stated >= 0.90, row.repetitions, COST_AFTER),
                    f"{row.stated:.1%}, without bounds {row.covered:.1%}; median widths {widths}",
                )
            )
    return claims


def _costs(rows: Sequence[Summary]) -> list[Claim]:
    """The cost of a method counts only where it converged: relative RMSE up to 0.3 and |z| < 3."""
    claims = []
    for row in rows:
        bound = COSTS.get(row.problem, math.nan)
        if math.isnan(bound) or row.method == "nominal":
            continue
        is_kept = row.cost <= bound and row.rmse <= 0.3 and abs(row.z) < 3.0
        claims.append(
            Claim(
                f"{row.problem}, {row.method}: cost at most {bound:g}, rmse at most 0.3, |z| < 3",
                _state(is_kept, row.repetitions, COST_AFTER),
                f"cost {row.cost:.1f}, rmse {row.rmse:.2f}, z {row.z:+.1f}",
            )
        )
    return claims
