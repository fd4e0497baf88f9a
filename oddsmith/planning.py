"""From the finished hunt to the plan: choose the calls that become episodes and write the table of calls."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from oddsmith.backends import Backend
from oddsmith.disk import disk_faults, json_bytes, write_file
from oddsmith.hunt import Hunt, hunt
from oddsmith.index_tables import call_row, calls_schema
from oddsmith.layout import CALLS, Layout
from oddsmith.plan import Plan, make_plan
from oddsmith.progress import Listener, Progress
from oddsmith.rates import Rates
from oddsmith.receipts import Receipt, publish
from oddsmith.selection import Kind, Selected, select
from renderers.shards import TableWriter
from sim.errors import RunError
from sim.samplers import TABLE as SAMPLERS
from sim.samplers import Call, Settings
from sim.scenario import Sampling, Scenario

__all__ = ["planned", "shares"]


def planned(
    layout: Layout,
    scenario: Scenario,
    backend: Backend,
    *,
    receipts: Mapping[str, Receipt],
    seed: int,
    listen: Listener,
) -> tuple[Plan, Receipt]:
    """Return the plan of a dataset and the receipt of its table of calls, made now if they are not there yet.

    Raises:
        RunError: the hunt failed, found nothing to export, or the disk refused.
    """
    if layout.plan.is_file() and CALLS in receipts:
        return Plan.from_bytes(layout.plan.read_bytes()), receipts[CALLS]
    sampler = SAMPLERS[scenario.sampling.method](scenario, Settings(seed, scenario.sampling.calls))
    total = sampler.planned_calls
    listen(Progress("hunt", 0, total, "calls"))
    found = hunt(
        sampler,
        backend,
        layout,
        target=scenario.target,
        report=lambda done, events: listen(Progress("hunt", done, total, "calls", events)),
    )
    chosen = _chosen(scenario, found, sampler.exports, seed)
    listen(Progress("select", len(chosen), len(chosen), "episodes"))
    calls, receipt = _write_calls(layout, scenario, found, chosen, seed)
    plan = make_plan(
        [(one, calls[one.call], found.scores[one.call]) for one in chosen],
        scenario_hash=scenario.hash,
        seed=seed,
        calls=len(found.scores),
        measures=found.measures,
        method=scenario.sampling.method,
        splits=scenario.splits,
    )
    with disk_faults(layout.root):
        write_file(layout.plan, plan.to_bytes())
    return plan, receipt


def shares(sampling: Sampling) -> dict[Kind, float]:
    """Return the wanted share of episodes per kind of stratum; what event and near miss leave is the rest's."""
    event, near_miss = sampling.event_share, sampling.near_miss_share
    return {"event": event, "near_miss": near_miss, "rest": max(0.0, 1.0 - event - near_miss)}


def _chosen(scenario: Scenario, found: Hunt, exports: str, seed: int) -> list[Selected]:
    candidates = found.candidates(exports)
    if not candidates:
        raise RunError(
            f"none of {len(found.scores)} calls came to {scenario.target}, so there is nothing to export:"
            " ask for more --calls, or for --method nominal in a new folder"
        )
    return select(candidates, episodes=scenario.sampling.episodes, shares=shares(scenario.sampling), seed=seed)


def _write_calls(
    layout: Layout, scenario: Scenario, found: Hunt, chosen: Sequence[Selected], seed: int
) -> tuple[dict[int, Call], Receipt]:
    """Write the table of calls and the events' rates; return the chosen calls and the table's receipt."""
    wanted = {one.call for one in chosen}
    calls: dict[int, Call] = {}
    rates = Rates(tuple(scenario.events))
    names = [parameter.name for parameter in scenario.parameters]
    staging = layout.staging / CALLS
    with disk_faults(layout.root):
        try:
            with TableWriter(staging, calls_schema(scenario, found.measures)) as writer:
                for one, weight, stratum in zip(found.scored(), found.weights, found.strata, strict=True):
                    rates.add(one, weight)
                    row = call_row(
                        one,
                        weight,
                        stratum=stratum.name,
                        measures=found.measures,
                        parameters=names,
                        seed=seed,
                    )
                    writer.add(row)
                    if one.call.index in wanted:
                        calls[one.call.index] = one.call
                write_file(layout.odds, json_bytes(rates.summary() | _conditions(scenario, seed)))
                receipt = publish(layout, CALLS, 0, {CALLS: writer.finish()})
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return calls, receipt


def _conditions(scenario: Scenario, seed: int) -> dict[str, Any]:
    """Return how probable the constraints are: every rate is one under the condition that they hold."""
    if not scenario.constraints:
        return {"constraints": None}
    found = scenario.acceptance(seed)
    return {"constraints": {"p": found.p, "interval": [found.low, found.high], "draws": found.n}}
