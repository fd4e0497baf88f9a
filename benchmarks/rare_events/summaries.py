"""What many hunts on one problem with one method came to, against the exact probability."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from hunts import Result

__all__ = ["Summary", "summarise", "table"]


@dataclass(frozen=True)
class Summary:
    """One row of the comparison.

    Args:
        calls: mean number of calls.
        mean: mean of the estimates.
        bias: mean / p - 1.
        z: the bias in standard errors of the mean.
        rmse: relative root mean squared error.
        cost: work-normalised: mean calls times relative mean squared error.
        crude: the same of crude Monte Carlo, (1 - p) / p.
        covered: share of 95 % intervals that hold p, those called weak included; NaN where there is none.
        intervals: how many there are.
        stated: share of all hunts whose interval, or upper bound where nothing was found, holds p. To leave out
            those that found nothing would be to ask only those that were lucky.
        widths: verdict -> median of (high - low) / p.
        verdicts: verdict -> share.
        trusted: share of intervals that hold p among those called "trust"; NaN where none is.
        engines: what did the work -> share.
        modes: mean number of failure modes found.
        seconds: mean time of a hunt.
    """

    problem: str
    method: str
    p: float
    repetitions: int
    calls: float
    mean: float
    bias: float
    z: float
    rmse: float
    cost: float
    crude: float
    covered: float
    intervals: int
    stated: float
    widths: dict[str, float]
    verdicts: dict[str, float]
    trusted: float
    engines: dict[str, float]
    modes: float
    seconds: float


def summarise(problem: str, method: str, *, p: float, results: Sequence[Result]) -> Summary:
    """Return the summary of at least one result."""
    n = len(results)
    found = np.array([one.p for one in results])
    calls = float(np.mean([one.calls for one in results]))
    spread = float(found.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    rmse = math.sqrt(float(np.mean((found / p - 1.0) ** 2)))
    two_sided = [one for one in results if one.p > 0.0]
    shares = Counter(one.verdict for one in results)
    return Summary(
        problem=problem,
        method=method,
        p=p,
        repetitions=n,
        calls=calls,
        mean=float(found.mean()),
        bias=float(found.mean()) / p - 1.0,
        z=(float(found.mean()) - p) / spread if spread > 0.0 else -math.inf if not found.any() else math.nan,
        rmse=rmse,
        cost=calls * rmse**2,
        crude=(1.0 - p) / p,
        covered=_holding(two_sided, p),
        intervals=len(two_sided),
        stated=_holding(results, p),
        widths={
            word: median((one.high - one.low) / p for one in results if one.verdict == word)
            for word in sorted(shares)
        },
        verdicts={word: shares[word] / n for word in sorted(shares)},
        trusted=_holding([one for one in results if one.verdict == "trust"], p),
        engines={word: k / n for word, k in sorted(Counter(one.engine for one in results).items())},
        modes=float(np.mean([len(one.modes) for one in results])),
        seconds=float(np.mean([one.seconds for one in results])),
    )


def _holding(results: Sequence[Result], p: float) -> float:
    """Return the share of intervals that hold p."""
    return sum(one.low <= p <= one.high for one in results) / len(results) if results else math.nan


def table(rows: Sequence[Summary]) -> str:
    """Return the rows as text."""
    head = (
        f"{'problem':18} {'method':11} {'R':>4} {'calls':>7} {'bias':>7} {'z':>6} {'rmse':>6} {'cost':>9} "
        f"{'crude':>8} {'cover':>6} {'width':>6} {'trust':>6} {'t.cov':>6} {'modes':>5} {'s':>6}  engines"
    )
    return "\n".join([head, *map(_line, rows)])


def _line(row: Summary) -> str:
    engines = " ".join(f"{name} {share:.0%}" for name, share in row.engines.items() if name != row.method)
    trust = row.verdicts.get("trust", 0.0)
    width = row.widths.get("trust", row.widths.get("weak", math.nan))
    return (
        f"{row.problem:18} {row.method:11} {row.repetitions:4} {row.calls:7.0f} {row.bias:+7.1%} {row.z:6.1f} "
        f"{row.rmse:6.2f} {row.cost:9.1f} {row.crude:8.2g} {row.covered:6.1%} {width:6.2f} "
        f"{trust:6.0%} {row.trusted:6.1%} {row.modes:5.2f} {row.seconds:6.2f}  {engines}"
    )
