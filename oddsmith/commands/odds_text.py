"""The odds as people read them: a block per event, a table of elasticities, what changed under another law."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from oddsmith.commands.talk import aligned, amount

if TYPE_CHECKING:
    from oddsmith.elasticities import Elasticities, Elasticity
    from oddsmith.odds import Estimate, EventOdds, OddsReport
    from oddsmith.odds_under import Under

__all__ = [
    "ODDS_HEADER",
    "elasticities_text",
    "event_text",
    "odds_row",
    "report_text",
    "short_line",
    "under_text",
]

ODDS_HEADER = ("event", "episodes", "probability per episode", "95 %", "CoV", "in the world", "verdict")

_SHOWN = 8
"""Elasticities that the text shows; JSON has all."""

_BEYOND = 10.0
"""A coefficient of variation above which its size says nothing more."""

_NOTHING = 1e-9
"""Lower ends of intervals below this part of the upper ones say nothing."""


def report_text(report: OddsReport) -> str:
    """Return the head of a report and a block per event."""
    return "\n\n".join([_head(report), *(event_text(one) for one in report.events)])


def event_text(odds: EventOdds) -> str:
    """Return everything known of one event as lines of a label and a fact."""
    found, verdict = odds.estimate, odds.verdict
    rows = [*_rate_rows(odds), *_support_rows(found), *_check_rows(found), *_mode_rows(found)]
    rows += _told_rows("why", verdict.reasons) + _told_rows("try", verdict.advice)
    body = aligned([("  " + label, fact) for label, fact in rows])
    return f"{odds.event}: {verdict.word}\n{body}"


def odds_row(odds: EventOdds, exported: int) -> tuple[str, ...]:
    """Return the odds of an event as a row under `ODDS_HEADER`.

    Args:
        odds: of the event.
        exported: episodes of the dataset in which it occurred.
    """
    found, at = odds.estimate, odds.exposure
    world = "" if at is None else f"{amount(at.rate)} per {at.unit}"
    if found.rate is None:
        rate = "unknown" if found.upper is None else f"below {amount(found.upper)}"
        return odds.event, f"{exported}", rate, "", "", world and f"below {world}", odds.verdict.word
    low, high = found.interval or (None, None)
    interval = "" if low is None or high is None else _span(low, high)
    cov = "" if found.cov is None else _percent(found.cov)
    return odds.event, f"{exported}", amount(found.rate), interval, cov, world, odds.verdict.word


def short_line(odds: Mapping[str, Any]) -> str:
    """Return the odds of an event, as a manifest has them, in one line."""
    if odds["rate"] is None:
        if odds["upper"] is not None:
            return f"below {amount(odds['upper'])} per episode (95 %): no nominal draw came to it"
        return "unknown: no call has a weight" if not odds["calls"] else "unknown: no call came to it"
    return (
        f"{amount(odds['rate'])} per episode{_interval(odds['interval'])},"
        f" {odds['hits']} of {odds['calls']} calls: {odds['verdict']}"
    )


def elasticities_text(found: Elasticities, *, verdict: str) -> str:
    """Return how the rate answers to the laws: the clear answers, the strongest first, and a sentence on it.

    Args:
        found: the answers.
        verdict: on the rate itself.
    """
    if not found.found:
        return f"no law has a number that the rate of {found.event} could be a smooth function of"
    clear = [one for one in found.found if one.is_clear]
    lines = [f"What if the laws are not quite right?  How the rate of {found.event} answers, to first order:"]
    if clear:
        rows = [_elasticity_row(one) for one in clear[:_SHOWN]]
        table = aligned(rows, header=("law", "its", "is", "turned by", "changes the rate by", "d log p"))
        lines += ["  " + line for line in table.splitlines()]
        lines.append(f"  {_sentence(clear[0], found.event)}")
        if verdict != "trust":
            lines.append(f"  The rate itself is {verdict}, and so is this.")
    rest = len(found.found) - len(clear[:_SHOWN])
    if rest:
        lines.append(f"  {rest} more numbers matter less, or it cannot be told (--format json has all)")
    if found.without:
        names = ", ".join(found.without[:3]) + (", …" if len(found.without) > 3 else "")
        lines.append(f"  not told of {len(found.without)} that are ends of a range: {names}")
    return "\n".join(lines)


def under_text(under: Under, before: Mapping[str, EventOdds]) -> str:
    """Return the odds under another law beside those under the laws of the scenario.

    Args:
        under: the odds under the other law.
        before: event -> its odds as they were.
    """
    laws = ", ".join(f"{path} = {law}" for path, law in under.overrides.items())
    rows = []
    for one in under.events:
        now, then = one.estimate, before[one.event].estimate
        change = "" if not now.rate or not then.rate else f"{now.rate / then.rate:.3g} times"
        rows.append(
            (
                one.event,
                "none found" if then.rate is None else amount(then.rate),
                "none found" if now.rate is None else amount(now.rate) + _interval(now.interval),
                change,
                f"{under.ess_events[one.event]:.0f}",
                one.verdict.word,
            )
        )
    lines = [f"under {laws}", ""]
    header = ("event", "rate as made", "rate under it", "change", "ESS", "verdict")
    lines += [aligned(rows, header=header), "", f"weights under it sum to {under.total_weight:.3f}"]
    for one in under.events:
        lines += [f"{one.event}: {reason}" for reason in one.verdict.reasons if one.verdict.word != "trust"]
    lines += [f"no answer for {event}: {reason}" for event, reason in under.refused.items()]
    return "\n".join(lines)


def _head(report: OddsReport) -> str:
    arms = ", ".join(f"{count} {role}" for role, count in report.arms.items() if count)
    lines = [f"{report.name}: {sum(report.arms.values())} calls ({arms})"]
    method, reason = report.hunt.get("method"), str(report.hunt.get("reason") or "")
    reason = reason.removeprefix(f"{method} sampling: ").removeprefix(f"{method}: ")
    if method:
        lines.append(f"method {method}" if not reason else f"method {method}: {reason}")
    if report.constraints:
        low, high = report.constraints["interval"]
        chance = f"{report.constraints['p']:.6g} (95 %: {low:.6g} … {high:.6g})"
        lines.append(f"given the constraints, which hold with probability {chance}")
    if report.failures["calls"]:
        lines.append(
            f"{report.failures['calls']} calls could not be simulated; they weigh"
            f" {amount(report.failures['weight'])} and count as no event"
        )
    lines += [str(warning) for warning in report.hunt.get("warnings", ())]
    return "\n".join(lines)


def _rate_rows(odds: EventOdds) -> Iterator[tuple[str, str]]:
    found = odds.estimate
    if found.rate is None:
        if found.upper is not None:
            yield "probability per episode", f"below {amount(found.upper)} (95 %)"
            if odds.exposure is not None:
                yield f"per {odds.exposure.unit}", f"below {amount(odds.exposure.rate)}"
        return
    cov = "" if found.cov is None else f", CoV {_percent(found.cov)}"
    yield "probability per episode", f"{amount(found.rate)}{_interval(found.interval)}{cov}"
    if found.rate < 0.1:
        yield "that is", f"one in {_about(1.0 / found.rate)} episodes"
    if odds.exposure is not None:
        at = odds.exposure
        source = at.source or "assumed"
        yield f"per {at.unit}", f"{amount(at.rate)}{_interval(at.interval)}, at {at.assumed} ({source})"


def _support_rows(found: Estimate) -> Iterator[tuple[str, str]]:
    if found.calls:
        yield "seen in", f"{_round(found.hits)} of {_round(found.calls)} main calls"
    if found.monte_carlo_calls is not None and found.gain is not None:
        yield (
            "plain Monte Carlo",
            f"would need about {_about(found.monte_carlo_calls)} calls for this CoV; this hunt made"
            f" {_round(found.all_calls)} ({_times(found.gain)})",
        )
    if found.hits and found.spread in ("calls", "groups"):
        yield (
            "worth",
            f"{_round(found.ess_events)} independent events; the population is worth"
            f" {_round(found.ess_population)} plain draws",
        )
    if found.spread == "groups":
        share = found.largest_share or 0.0
        yield (
            "groups",
            f"{found.groups}, of which {found.zero_groups} saw no event; the largest has {_percent(share)}",
        )
    elif found.spread == "calls":
        tail = (
            "" if found.pareto_k is None else f"; tail of the weights: Pareto k {max(found.pareto_k, 0.0):.2f}"
        )
        yield "largest weight", f"{_percent(found.largest_share or 0.0)} of the rate{tail}"


def _check_rows(found: Estimate) -> Iterator[tuple[str, str]]:
    if found.calls and found.spread in ("calls", "groups"):
        error = f" ± {found.total_error:.2g}" if found.total_error > 1e-9 else ""
        yield "weights sum to", f"{found.total_weight:.4g}{error}"
    audit = found.audit
    if audit is None:
        return
    seen = f"{audit.hits} of {_round(audit.calls)} nominal draws came to it"
    if audit.p_value is None or found.rate is None:
        yield "audit", f"{seen}{_interval(audit.interval) if audit.hits else ''}"
    else:
        expected = amount(found.rate * audit.calls)
        yield "audit", f"{seen}, {expected} expected (p = {audit.p_value:.2g})"


def _mode_rows(found: Estimate) -> Iterator[tuple[str, str]]:
    for one in found.modes:
        share = one.rate / found.rate if found.rate else 0.0
        name = one.mode or "no mode"
        yield f"mode {name}", f"{amount(one.rate)}{_interval(one.interval)}, {_percent(share)} of all"


def _told_rows(label: str, sentences: Sequence[str]) -> list[tuple[str, str]]:
    return [(label if i == 0 else "", sentence) for i, sentence in enumerate(sentences)]


def _elasticity_row(one: Elasticity) -> tuple[str, ...]:
    by = {"relative": "+10 %", "deviations": "+0.1 std", "correlation": "+0.1"}[one.scale]
    value = f"{amount(one.value)} {one.unit}".rstrip()
    return (
        one.parameter,
        one.argument,
        value,
        by,
        _change(one.effect),
        f"{one.slope:+.3g} ± {one.error:.2g}",
    )


def _sentence(one: Elasticity, event: str) -> str:
    what = {
        "relative": f"a 10 % larger {one.argument} of {one.parameter}",
        "deviations": f"{one.argument} of {one.parameter} larger by a tenth of its standard deviation",
        "correlation": f"a correlation of {one.parameter} larger by 0.1",
    }[one.scale]
    return f"{what} changes the rate of {event} by {_change(one.effect)}."


def _interval(bounds: Sequence[float] | None) -> str:
    return "" if bounds is None else f" (95 %: {_span(*bounds)})"


def _span(low: float, high: float) -> str:
    """Return an interval; where its lower end is next to nothing, that there is only an upper one."""
    return f"up to {amount(high)}" if low < _NOTHING * high else f"{amount(low)} … {amount(high)}"


def _percent(share: float) -> str:
    if share > _BEYOND:
        return f"above {100 * _BEYOND:,.0f} %"
    return f"{100 * share:.2g} %" if share < 0.0995 else f"{100 * share:.0f} %"


def _change(effect: float) -> str:
    percent = 100.0 * effect
    return f"{percent:+.0f} %" if abs(percent) >= 10.0 else f"{percent:+.2g} %"


def _times(gain: float) -> str:
    return f"{gain:.3g} times fewer" if gain >= 1.0 else f"{1.0 / gain:.3g} times more"


def _about(count: float) -> str:
    """Return an estimated count to three figures."""
    return _round(float(f"{count:.3g}")) if count < 1e9 else f"{count:.3g}"


def _round(count: float) -> str:
    """Return a count with commas where it is long, with a figure behind the point where it is short."""
    return f"{round(count):,}" if count >= 10 or count == int(count) else f"{count:.1f}"
