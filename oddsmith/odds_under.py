"""`odds --under`: the calls of a hunt, weighed for another natural law.

The parameters of every call are known, so its weight under another law is its weight times the ratio of the
two densities. That needs no further call, as long as the calls reach where the other law puts its mass; where
they do not, the answer is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.odds import CallColumns, EventOdds, boosted, odds_of_calls
from oddsmith.reopening import reopened, reopened_with
from sim.errors import OddsmithError, UsageError
from sim.language.densities import log_ratio
from sim.scenario import Scenario
from sim.weights import effective_size

__all__ = ["TooWeak", "Under", "differences", "odds_under"]

_LEAST_EVENTS = 20.0
_LEAST_GROUPS = 5.0
_TOTAL_OFF = 0.2
"""Distance of the sum of weights from 1 above which the calls miss part of the other law."""

_ANEW = "hunt anew with --set instead"


class TooWeak(OddsmithError):
    """The stored calls cannot answer for another law (exit code 3)."""


@dataclass(frozen=True)
class Under:
    """The odds under another law.

    Args:
        overrides: path -> the other law, as given.
        changed: parameters whose law differs.
        total_weight: sum of the weights under the other law, 1 if the calls reach all of it.
        constraints: P(constraints) under the other law / under the one the calls were made with; 1 without any.
        ess_events: event -> how many equal weights the events' weights are worth now.
        events: the odds, of events that the calls are strong enough for.
        refused: event -> why there is no answer for it.
    """

    overrides: Mapping[str, str]
    changed: tuple[str, ...]
    total_weight: float
    constraints: float
    ess_events: Mapping[str, float]
    events: tuple[EventOdds, ...]
    refused: Mapping[str, str]

    def to_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "under": dict(self.overrides),
            "changed": list(self.changed),
            "total_weight": self.total_weight,
            "constraints_ratio": self.constraints,
            "events": {one.event: one.to_data() for one in self.events},
            "refused": dict(self.refused),
        }


def odds_under(
    folder: Path,
    overrides: Mapping[str, str],
    columns: CallColumns,
    parameters: Mapping[str, NDArray[Any]],
    *,
    events: tuple[str, ...],
    conditioning: float = 0.0,
    doubt: str = "",
    exposure: Mapping[str, Any] | None = None,
    under_boost: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
) -> Under:
    """Return the odds of a dataset's events under another natural law.

    Args:
        folder: the dataset.
        overrides: path of a drawn quantity, or of a number in its law -> YAML text.
        columns: its calls.
        parameters: parameter -> (n,) its values in the calls.
        events: whose odds are asked.
        conditioning: relative variance of the constraints' probability in the calls' weights.
        doubt: what the sampler holds against these weights; "" for nothing.
        exposure: of the scenario.
        under_boost: event without odds -> what it speaks of that is more frequent there than in the world.
        seed: of the draws that estimate the constraints' probability under both laws.

    Raises:
        UsageError: an override changes something else than the law of a once-per-episode quantity.
        ScenarioError: with everything that is wrong with the overrides.
        TooWeak: the calls cannot answer, or no event has odds.
    """
    without = _without_odds(events, under_boost or {})
    events = tuple(event for event in events if event not in without)
    if not events:
        raise TooWeak("\n".join(without.values()))
    old, new = reopened(folder), reopened_with(folder, overrides)
    _refuse_other_draws(old, new)
    main = columns.arm("main")
    is_main = (columns.role == "main") & np.isfinite(columns.weight)
    known = {name: values[is_main] for name, values in parameters.items()}
    ratio, changed = _ratio(old, new, known, ~main.failed)
    accepted, variance = _accepted(old, new, seed)
    weight = main.weight * ratio / accepted
    total = math.fsum(weight.tolist())
    if not abs(total - 1.0) <= _TOTAL_OFF:
        raise TooWeak(
            f"the calls do not reach what the other law of {', '.join(changed)} makes likely: their weights sum"
            f" to {total:.3g} under it, not to 1: {_ANEW}"
        )
    moved = main.weighing(weight)
    worth = {event: _worth(moved, event) for event in events}
    reasons = {event: _why_thin(moved, event, worth[event], changed) for event in events}
    refused = without | {event: reason for event, reason in reasons.items() if reason is not None}
    answered = [event for event in events if event not in refused]
    if not answered:
        raise TooWeak("\n".join(refused.values()))
    odds = odds_of_calls(
        moved, conditioning=conditioning + variance, doubt=doubt, exposure=exposure, events=answered
    )
    return Under(overrides, changed, total, accepted, worth, odds, refused)


def _without_odds(events: tuple[str, ...], under_boost: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return event -> why it has no odds under any law, for those that speak of what is boosted."""
    verdicts = {event: boosted(under_boost[event]) for event in events if event in under_boost}
    return {
        event: f"{event} has no odds under any law: {one.reasons[0]}; {one.advice[0]}"
        for event, one in verdicts.items()
    }


def _refuse_other_draws(old: Scenario, new: Scenario) -> None:
    """Refuse to go from one set of random quantities to another."""
    before, after = ({one.name for one in scenario.drawn} for scenario in (old, new))
    if gone := sorted(before - after):
        raise UsageError(
            f"--under puts one law in the place of another, but {', '.join(gone)} would be fixed: {_ANEW}"
        )
    if new_ones := sorted(after - before):
        raise UsageError(
            f"--under puts one law in the place of another, but {', '.join(new_ones)} was fixed when the calls"
            f" were made: {_ANEW}"
        )


def _ratio(
    old: Scenario, new: Scenario, known: Mapping[str, NDArray[Any]], usable: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return (n,) new / old density of the calls and what changed; 1 where an episode failed.

    Raises:
        UsageError: something else than laws changed, nothing did, or a density has no closed form.
    """
    values = {one.name: known[one.name][usable] for one in old.drawn}
    before, after = old.densities(values), new.densities(values)
    places = {leaf.where: name for name, leaf in before.leaves.items()}
    changed: dict[str, None] = {}
    for path in differences(old.to_dict(), new.to_dict()):
        place = next((where for where in places if path == where or path.startswith(where + ".")), None)
        if place is None and not path.startswith("dependence"):
            raise UsageError(
                f"--under changes {path}, which is no law that is drawn once per episode, so stored calls"
                f" cannot be weighed for it. These are: {', '.join(before.leaves)}"
            )
        changed[places[place] if place is not None else "dependence"] = None
    if not changed:
        raise UsageError("--under changes nothing: these are the laws the calls were made with")
    try:
        logs = log_ratio(after, before, [name for name in changed if name != "dependence"])
    except ValueError as error:
        raise UsageError(f"--under: {error}") from None
    ratio = np.ones(len(usable))
    ratio[usable] = np.exp(logs)
    return ratio, tuple(changed)


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yield the dotted paths at which two scenarios as plain data differ; items of lists go by their id."""
    if isinstance(old, list) and isinstance(new, list):
        old, new = _by_id(old), _by_id(new)
    if not (isinstance(old, dict) and isinstance(new, dict)):
        if old != new:
            yield path
        return
    for key in dict.fromkeys([*old, *new]):
        inner = f"{path}.{key}" if path else str(key)
        yield from differences(old.get(key), new.get(key), inner)


def _by_id(items: list[Any]) -> dict[str, Any]:
    return {
        str(item["id"]) if isinstance(item, dict) and "id" in item else str(i): item
        for i, item in enumerate(items)
    }


def _accepted(old: Scenario, new: Scenario, seed: int) -> tuple[float, float]:
    """Return P(constraints) new / old and its relative variance."""
    if not old.is_conditioned:
        return 1.0, 0.0
    before, after = old.acceptance(seed), new.acceptance(seed)
    if not before.p * after.p > 0.0:
        raise TooWeak(
            "the constraints are met too rarely under one of the two laws to weigh calls for the other"
        )
    variance = sum((1.0 - one.p) / (one.p * one.n) for one in (before, after))
    return after.p / before.p, variance


def _worth(main: CallColumns, event: str) -> float:
    """Return how many equal weights the events' weights are worth: of calls, or of groups where they depend."""
    terms = np.where(main.events[event], main.weight, 0.0)
    if main.is_independent:
        return effective_size(terms)
    return effective_size(main.per_group(terms))


def _why_thin(main: CallColumns, event: str, size: float, changed: tuple[str, ...]) -> str | None:
    """Return why the calls are too weak for an event under the other law; None if they are not."""
    least, what = (_LEAST_EVENTS, "independent events") if main.is_independent else (_LEAST_GROUPS, "groups")
    if not main.events[event].any():
        return f"no call came to {event}, so nothing can be said of it under another law: {_ANEW}"
    if size >= least:
        return None
    return (
        f"under the other law of {', '.join(changed)} the calls that came to {event} are worth"
        f" {size:.1f} {what} only, fewer than {least:.0f}: {_ANEW}"
    )
