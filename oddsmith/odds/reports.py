"""The odds of a dataset: every event's estimate with its verdict, and how the hunt went.

One implementation serves the manifest, `oddsmith inspect` and `oddsmith odds`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from oddsmith.errors import DatasetError
from oddsmith.odds.columns import CallColumns, read_calls
from oddsmith.odds.estimates import Estimate, estimate
from oddsmith.odds.exposures import ExposureRate, rate_per_unit
from oddsmith.odds.verdicts import Verdict, boosted, doubt_of, judge

if TYPE_CHECKING:
    from oddsmith.dataset import Dataset

__all__ = [
    "EventOdds",
    "OddsReport",
    "conditioning_of",
    "failures_of",
    "odds_of_calls",
    "odds_of_dataset",
    "plain",
    "summary_of",
]


@dataclass(frozen=True)
class EventOdds:
    """One event: what the calls say, how far to trust it, and what it comes to in the world."""

    estimate: Estimate
    verdict: Verdict
    exposure: ExposureRate | None

    @property
    def event(self) -> str:
        """Name of the event."""
        return self.estimate.event

    def to_data(self) -> dict[str, Any]:
        """Return plain data, flat but for intervals, modes, audit and exposure."""
        exposure = None if self.exposure is None else plain(asdict(self.exposure))
        verdict = {"verdict": self.verdict.word, "reasons": self.verdict.reasons, "advice": self.verdict.advice}
        found: dict[str, Any] = plain(asdict(self.estimate) | verdict)
        return {name: value for name, value in found.items() if name != "event"} | {"exposure": exposure}


@dataclass(frozen=True)
class OddsReport:
    """The odds of one dataset.

    Args:
        name: of the scenario; target: event that was hunted for.
        hunt: facts of the sampler: method, reason, levels, warnings; empty where the run kept none.
        arms: role -> calls.
        constraints: probability of the constraints with its interval; None without any.
        failures: calls that could not be simulated, and what they weigh.
        events: one entry per event.
    """

    name: str
    target: str | None
    hunt: Mapping[str, Any]
    arms: Mapping[str, int]
    constraints: Mapping[str, Any] | None
    failures: Mapping[str, float]
    events: tuple[EventOdds, ...]

    def to_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "name": self.name,
            "target": self.target,
            "hunt": dict(self.hunt),
            "calls": dict(self.arms),
            "constraints": self.constraints,
            "failures": dict(self.failures),
            "events": {one.event: one.to_data() for one in self.events},
        }


def odds_of_calls(
    columns: CallColumns,
    *,
    conditioning: float = 0.0,
    doubt: str = "",
    exposure: Mapping[str, Any] | None = None,
    events: Sequence[str] | None = None,
    under_boost: Mapping[str, Sequence[str]] | None = None,
) -> tuple[EventOdds, ...]:
    """Return the odds of events from the calls of a hunt.

    Args:
        columns: all calls.
        conditioning: relative variance of the probability of the constraints, as the sampler tells it.
        doubt: what the sampler holds against its weights; "" for nothing.
        exposure: of the scenario, as in the manifest.
        events: names; None for all.
        under_boost: event without odds -> what it speaks of that is more frequent there than in the world.
    """
    found = []
    for event in columns.events if events is None else events:
        if under_boost and event in under_boost:
            seen = estimate(columns.without_weights(), event)
            found.append(EventOdds(seen, boosted(under_boost[event]), None))
            continue
        one = estimate(columns, event, conditioning=conditioning)
        per_unit = None if one.rate is None else rate_per_unit(one.rate, one.interval, exposure)
        if one.rate is None and one.upper is not None:
            per_unit = rate_per_unit(one.upper, None, exposure)
        found.append(EventOdds(one, judge(one, conditioning=conditioning, doubt=doubt), per_unit))
    return tuple(found)


def summary_of(
    columns: CallColumns, *, hunt: Mapping[str, Any] | None = None, exposure: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what a manifest keeps: `odds` per event and `failures`, as plain data.

    Args:
        columns: all calls.
        hunt: facts of the sampler.
        exposure: of the scenario.
    """
    facts = hunt or {}
    odds = odds_of_calls(
        columns,
        conditioning=conditioning_of(facts),
        doubt=doubt_of(facts),
        exposure=exposure,
        under_boost=facts.get("under_boost"),
    )
    return {"odds": {one.event: one.to_data() for one in odds}, "failures": failures_of(columns)}


def failures_of(columns: CallColumns) -> dict[str, Any]:
    """Return how many weighted calls could not be simulated, and what the main ones weigh."""
    main = columns.arm("main")
    weighted = len(main.role[main.failed]) + int(columns.arm("audit").failed.sum())
    return {"calls": weighted, "weight": math.fsum(main.weight[main.failed].tolist())}


def odds_of_dataset(dataset: Dataset, *, events: Sequence[str] | None = None) -> OddsReport:
    """Return the odds of a dataset from its calls and its manifest.

    Args:
        dataset: it may be unfinished, once its calls are written.
        events: names; None for all.

    Raises:
        DatasetError: it has no calls yet, a file is damaged, or an event is not declared.
    """
    columns = read_calls(dataset)
    if columns is None:
        raise DatasetError(f"{dataset.folder.path} has no calls yet, so it has no odds")
    for event in events or ():
        if event not in columns.events:
            raise DatasetError(
                f"{dataset.folder.path} declares no event {event!r}; it has {', '.join(columns.events)}"
            )
    manifest = dataset.manifest
    hunt = manifest.get("hunt") or {}
    odds = odds_of_calls(
        columns,
        conditioning=conditioning_of(hunt),
        doubt=doubt_of(hunt),
        exposure=manifest.get("exposure"),
        events=events,
        under_boost=hunt.get("under_boost"),
    )
    return OddsReport(
        name=str(manifest.get("name", dataset.folder.path.name)),
        target=manifest.get("target"),
        hunt=hunt,
        arms={role: int((columns.role == role).sum()) for role in ("pilot", "main", "audit")},
        constraints=manifest.get("constraints"),
        failures=failures_of(columns),
        events=tuple(sorted(odds, key=lambda one: one.event != manifest.get("target"))),
    )


def conditioning_of(hunt: Mapping[str, Any]) -> float:
    """Return the relative variance that the constraints add to every rate."""
    return float(hunt.get("conditioning_relative_variance") or 0.0)


def plain(value: Any) -> Any:
    """Return tuples as lists, all the way down."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value
