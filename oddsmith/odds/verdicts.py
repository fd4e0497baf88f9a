"""Whether an estimate can be trusted, with the reasons in plain words and what to do about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from oddsmith.odds.estimates import Audit, Estimate
from sim.weights import pareto_limit

__all__ = ["LIMITS", "Limits", "Verdict", "boosted", "doubt_of", "judge"]

Word = Literal["trust", "weak", "upper bound only", "unknown"]

_BEYOND = 10.0
"""A coefficient of variation above which its size says nothing more."""


@dataclass(frozen=True)
class Limits:
    """From where on an estimate is weak.

    Args:
        cov: coefficient of variation above this.
        ess_events: independent events that weights are worth, below this.
        degrees: degrees of freedom of the estimated variance, below this.
        share: part of a single call in the rate, above this.
        group_share: part of a single group, above this.
        zero_groups: share of groups without the event, above this.
        total: distance of the sum of weights from 1, in standard errors, above this.
        agreement: p-value of the audit, below this.
        failed: weight of calls that failed, as a share of the rate, above this.
        constraints: squared CoV that the probability of the constraints adds, above this.

    Source: shares, ESS and Pareto k as in DESIGN section 6; CoV and the others by convention.
    """

    cov: float = 0.3
    ess_events: float = 50.0
    degrees: float = 4.0
    share: float = 0.1
    group_share: float = 0.4
    zero_groups: float = 0.25
    total: float = 4.0
    agreement: float = 0.01
    failed: float = 0.1
    constraints: float = 0.02


LIMITS = Limits()


@dataclass(frozen=True)
class Verdict:
    """How far an estimate goes.

    Args:
        word: "trust", "weak", "upper bound only" (no main call hit, nominal draws bound the rate) or "unknown".
        reasons: what speaks against it, a sentence each; for "trust", what speaks for it.
        advice: what to try, a sentence each.
    """

    word: Word
    reasons: tuple[str, ...]
    advice: tuple[str, ...]


def boosted(what: Sequence[str]) -> Verdict:
    """Return the verdict on an event that speaks of what the scenario makes more frequent than it is.

    Args:
        what: names of that.
    """
    names = ", ".join(what)
    reason = f"{names}: boosted, so this is an event of a world with more of it than there is; it has no weight"
    return Verdict("unknown", (reason,), ("for its odds, hunt with boost: 1; sums over instances keep theirs",))


def doubt_of(hunt: Mapping[str, Any]) -> str:
    """Return what a sampler holds against its weights, "" for nothing.

    Args:
        hunt: the sampler's facts, `about()`.
    """
    return str(hunt.get("doubt") or "")


def judge(found: Estimate, *, conditioning: float = 0.0, doubt: str = "", limits: Limits = LIMITS) -> Verdict:
    """Return the verdict on an estimate.

    Args:
        found: the estimate.
        conditioning: relative variance of the probability of the constraints.
        doubt: what the sampler itself holds against its weights, as a sentence; "" for nothing.
        limits: from where on an estimate is weak.
    """
    if found.rate is None:
        return _without_hits(found)
    doubts = list(_doubts(found, conditioning, limits))
    if doubt:
        doubts.insert(0, (doubt, "give the hunt more --calls"))
    if doubts:
        return Verdict(
            "weak", tuple(reason for reason, _ in doubts), tuple(dict.fromkeys(what for _, what in doubts))
        )
    return Verdict("trust", _merits(found), ())


def _doubts(found: Estimate, conditioning: float, limits: Limits) -> Iterator[tuple[str, str]]:
    """Yield what speaks against an estimate, each with what to try."""
    yield from _thin(found, limits)
    yield from _heavy(found, limits)
    yield from _contradicted(found, limits)
    if found.failed_weight > limits.failed * (found.rate or 0.0):
        yield (
            f"episodes that could not be simulated weigh {found.failed_weight:.2g}, and count as no event",
            "look at the column `failure` of calls/ and mend what fails",
        )
    if conditioning > limits.constraints:
        yield (
            f"the probability of the constraints is known with a CoV of {conditioning**0.5:.0%} only",
            "let the laws say what the constraints ask, so that fewer draws are rejected",
        )


def _thin(found: Estimate, limits: Limits) -> Iterator[tuple[str, str]]:
    """Yield whether there are too few events."""
    more = "give the hunt more --calls"
    if found.cov is None:
        yield "all weights belong to one group, so nothing tells the spread", more
    elif found.cov > limits.cov:
        seen = f"{found.cov:.0%}" if found.cov <= _BEYOND else f"above {_BEYOND:.0%}"
        yield f"its coefficient of variation is {seen}, more than {limits.cov:.0%}", more
    if found.spread == "calls" and found.ess_events < limits.ess_events:
        reason = (
            f"its events are worth {found.ess_events:.0f} independent ones, fewer than {limits.ess_events:.0f}"
        )
        yield reason, more
    if found.groups and found.zero_groups > limits.zero_groups * found.groups:
        yield f"{found.zero_groups} of {found.groups} groups never saw the event", more


def _heavy(found: Estimate, limits: Limits) -> Iterator[tuple[str, str]]:
    """Yield whether a few weights carry the rate."""
    more, other = "give the hunt more --calls", "try --method splitting"
    share = found.largest_share or 0.0
    if found.spread == "calls" and share > limits.share:
        yield f"a single call makes {share:.0%} of the rate", other
    elif found.spread == "calls" and found.degrees is not None and found.degrees < limits.degrees:
        yield "a few calls make most of its variance, so the spread itself is hardly known", more
    if found.spread == "groups" and share > limits.group_share:
        yield f"a single group makes {share:.0%} of the rate", more
    if found.pareto_k is not None and found.pareto_k > pareto_limit(found.hits):
        limit = pareto_limit(found.hits)
        yield (
            f"the weights of its events have a heavy tail: Pareto k is {found.pareto_k:.2f}, above {limit:.2f}",
            other,
        )


def _contradicted(found: Estimate, limits: Limits) -> Iterator[tuple[str, str]]:
    """Yield whether something else known contradicts the rate."""
    off = abs(found.total_weight - 1.0)
    if off > limits.total * found.total_error + 1e-9:
        yield (
            f"the weights sum to {found.total_weight:.4g}, not to 1: the search does not cover the population",
            "try --method splitting, or --method nominal",
        )
    audit = found.audit
    if audit is not None and audit.p_value is not None and audit.p_value < limits.agreement:
        yield (
            f"nominal draws contradict it: {audit.hits} of {audit.calls} came to the event, where the rate"
            f" lets {audit.calls * (found.rate or 0.0):.3g} be expected (p = {audit.p_value:.1g})",
            "part of the event may never have been found: try --method splitting, or more --calls",
        )


def _merits(found: Estimate) -> tuple[str, ...]:
    what = {
        "count": f"{found.hits} events among {found.calls} plain draws",
        "calls": f"events worth {found.ess_events:.0f} independent ones, none above"
        f" {found.largest_share or 0.0:.1%} of the rate",
        "groups": f"{found.groups - found.zero_groups} of {found.groups} independent groups saw the event",
    }
    merits = [what.get(found.spread, "")]
    audit = found.audit
    if audit is not None and audit.p_value is not None:
        merits.append(f"{audit.calls} nominal draws do not contradict it")
    return tuple(merits)


def _without_hits(found: Estimate) -> Verdict:
    seen: Audit | None = found.audit
    if seen is not None and seen.hits:
        reason = f"the search found no event, but {seen.hits} of {seen.calls} nominal draws came to it"
        return Verdict("weak", (reason,), ("the search misses the event: try --method nominal or splitting",))
    if not found.calls and found.upper is None:
        reason = "no call has a weight: this search shows cases, not how often they happen"
        return Verdict("unknown", (reason,), ("for rates, hunt with --method auto",))
    advice = (
        "hunt with --method auto, which looks for the event" if seen is None else "give the hunt more --calls",
        "loosen the event, or aim at a milder one with sampling.target, and see whether it occurs",
        "check with `oddsmith preview --event` and `explain` that the event can happen at all",
    )
    if found.upper is None:
        reason = "no call came to the event, and without nominal draws there is not even a bound"
        return Verdict("unknown", (reason,), ("set sampling.audit_share, which makes nominal draws", *advice))
    nominal = seen.calls if seen is not None else found.calls
    return Verdict("upper bound only", (f"none of {nominal} nominal draws came to the event",), advice)
