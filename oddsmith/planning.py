"""From the finished hunt to the plan: choose the calls that become episodes and write the table of calls."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice
from typing import Any

from oddsmith.backends import Backend
from oddsmith.calls import ScoredCall
from oddsmith.disk import disk_faults, json_bytes, write_file
from oddsmith.diversity import Clusters, clustered
from oddsmith.hunt import Hopeless, Hunt, hunt
from oddsmith.index_tables import call_row, calls_schema
from oddsmith.intervals import clopper_pearson
from oddsmith.layout import CALLS, Layout
from oddsmith.parts import Order
from oddsmith.plan import Plan, make_plan
from oddsmith.progress import Listener, Progress
from oddsmith.rates import Rates
from oddsmith.receipts import Receipt, publish
from oddsmith.selection import Kind, Selected, select
from renderers.shards import TableWriter, rows_to_table
from sim.errors import RunError
from sim.samplers import TABLE as SAMPLERS
from sim.samplers import Call, CallWeight, Role, Sampler
from sim.scenario import Sampling, Scenario

__all__ = ["exposure_of", "planned", "shares"]

_FEW = 20
"""Calls below which equal scores mean nothing."""

_ROWS = 1024
"""Rows of the table of calls that are made at a time: a few megabytes."""


def planned(
    layout: Layout,
    scenario: Scenario,
    backend: Backend,
    order: Order,
    *,
    receipts: Mapping[str, Receipt],
    listen: Listener,
) -> tuple[Plan, Receipt]:
    """Return the plan of an order and the receipt of its table of calls, made now if they are not there yet.

    Raises:
        Hopeless: the hunt cannot be carried out, or found nothing to export.
        RunError: the disk refused.
    """
    if layout.plan.is_file() and CALLS in receipts:
        return Plan.from_bytes(layout.plan.read_bytes()), receipts[CALLS]
    sampler = _sampler(scenario, order)
    found = _hunted(layout, scenario, backend, sampler, listen)
    found, clusters = clustered(found, scenario, order.clusters)
    found = replace(
        found,
        weights=order.weighed(found),
        measures=tuple(sorted({*found.measures, *order.before.measures})),
    )
    chosen = _chosen(scenario, found, sampler.exports, order)
    listen(Progress("select", len(chosen), len(chosen), "episodes"))
    calls, receipt = _write_calls(layout, scenario, found, chosen, order, _notes(sampler, found, clusters))
    plan = make_plan(
        [(one, calls[one.call], float(found.score[one.call])) for one in chosen],
        scenario_hash=scenario.hash,
        seed=order.seed,
        calls=len(found),
        measures=found.measures,
        method=str(sampler.about().get("method", scenario.sampling.method)),
        splits=scenario.splits,
        part=order.part,
    )
    with disk_faults(layout.root):
        write_file(layout.plan, plan.to_bytes())
    return plan, receipt


def shares(sampling: Sampling) -> dict[Kind, float]:
    """Return the wanted share of episodes per kind of stratum; what event and near miss leave is the rest's."""
    event, near_miss = sampling.event_share, sampling.near_miss_share
    return {"event": event, "near_miss": near_miss, "rest": max(0.0, 1.0 - event - near_miss)}


def _sampler(scenario: Scenario, order: Order) -> Sampler:
    try:
        return SAMPLERS[scenario.sampling.method](scenario, order.settings(scenario))
    except RunError as fault:
        raise Hopeless(str(fault)) from fault


def _hunted(layout: Layout, scenario: Scenario, backend: Backend, sampler: Sampler, listen: Listener) -> Hunt:
    is_plain = scenario.sampling.method in ("nominal", "event")

    def report(done: int, events: int, role: Role) -> None:
        rate = events / done if is_plain else None
        listen(Progress("hunt", done, sampler.planned_calls, "calls", events, phase=role, rate=rate))

    listen(Progress("hunt", 0, sampler.planned_calls, "calls"))
    return hunt(sampler, backend, layout, target=scenario.target, report=report)


def _notes(sampler: Sampler, found: Hunt, clusters: Clusters | None) -> dict[str, Any]:
    """Return how the hunt was made, for the manifest."""
    about = dict(sampler.about())
    if warning := _constant(found):
        about["warnings"] = [*about.get("warnings", ()), warning]
    return {
        "hunt": about,
        "frozen": sampler.frozen(),
        "clusters": clusters and clusters.to_data(),
        "part": {"calls": len(found), "main": found.count("main"), "audit": found.count("audit")},
    }


def _constant(found: Hunt) -> str:
    """Return a warning where all scores are one and the same, "" where they are not."""
    scores = found.score[~found.failed]
    if len(scores) < _FEW or scores.min() != scores.max():
        return ""
    return (
        f"every episode scored {scores[0]:g} for the target: such a score tells no search where to look,"
        " and perhaps the event can never occur as it is written"
    )


def _chosen(scenario: Scenario, found: Hunt, exports: str, order: Order) -> list[Selected]:
    candidates = found.candidates(exports)
    if not len(candidates):
        raise Hopeless(_why_nothing(scenario, found))
    return select(candidates, episodes=order.episodes, shares=shares(scenario.sampling), seed=order.seed)


def _why_nothing(scenario: Scenario, found: Hunt) -> str:
    if found.failed.all():
        first = next(found.scored()).failure
        return f"all {len(found)} calls failed, so there is nothing to export; the first because {first}"
    return (
        f"none of {len(found)} calls came to {scenario.target}, so there is nothing to export:"
        " ask for more --calls, or for --method nominal"
    )


def _write_calls(
    layout: Layout,
    scenario: Scenario,
    found: Hunt,
    chosen: Sequence[Selected],
    order: Order,
    notes: Mapping[str, Any],
) -> tuple[dict[int, Call], Receipt]:
    """Write the table of calls and what the hunt came to.

    Returns:
        The chosen calls by their numbers in this hunt, as they stand in the table, and the table's receipt.
    """
    if scenario.under_boost:
        notes = {**notes, "hunt": {**notes["hunt"], "under_boost": dict(scenario.under_boost)}}
    wanted = {one.call for one in chosen}
    calls: dict[int, Call] = {}
    rates = Rates(tuple(scenario.events))
    schema = calls_schema(scenario, found.measures)
    parameters = [parameter.name for parameter in scenario.parameters]
    staging = layout.staging / CALLS
    table = _numbered(found, order)
    with disk_faults(layout.root):
        try:
            with TableWriter(staging, schema) as writer:
                while some := list(islice(table, _ROWS)):
                    rows = []
                    for number, one, weight, stratum in some:
                        rates.add(one, weight)
                        rows.append(_row(found, order, one, weight, stratum, parameters))
                        if number in wanted:
                            calls[number] = one.call
                    writer.add(rows_to_table(schema, rows))
                summary = rates.summary(notes["hunt"], exposure_of(scenario))
                note = {**summary, **_conditions(scenario, order.seed, notes["hunt"]), **notes}
                write_file(layout.odds, json_bytes(note))
                receipt = publish(layout, CALLS, order.part, {CALLS: writer.finish()})
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return calls, receipt


def _numbered(found: Hunt, order: Order) -> Iterator[tuple[int, ScoredCall, CallWeight, str]]:
    """Yield all calls: number in this hunt, the call as it stands in the table, weight, name of its stratum."""
    names = [stratum.name for stratum in found.strata]
    calls = zip(found.scored(), found.weights, found.stratum.tolist(), strict=True)
    for number, (scored, weight, place) in enumerate(calls):
        one = replace(scored, call=order.placed(scored.call)) if order.part else scored
        yield number, one, weight, names[place]


def _row(
    found: Hunt,
    order: Order,
    one: ScoredCall,
    weight: CallWeight,
    stratum: str,
    parameters: Sequence[str],
) -> dict[str, Any]:
    return call_row(
        one,
        weight,
        part=order.part,
        stratum=stratum,
        measures=found.measures,
        parameters=parameters,
        seed=order.seed,
    )


def exposure_of(scenario: Scenario) -> dict[str, Any] | None:
    """Return how often episodes occur in the world, as plain data."""
    return asdict(scenario.exposure) if scenario.exposure else None


def _conditions(scenario: Scenario, seed: int, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return how probable the constraints are: every rate is one under the condition that they hold."""
    if not scenario.constraints:
        return {"constraints": None}
    if about.get("acceptance"):
        p, n = about["acceptance"]["natural"]["p"], about["acceptance"]["natural"]["n"]
        return {"constraints": {"p": p, "interval": list(clopper_pearson(round(p * n), n)), "draws": n}}
    found = scenario.acceptance(seed)
    return {"constraints": {"p": found.p, "interval": [found.low, found.high], "draws": found.n}}
