"""Commands on the language: `check`, `schema`, `explain`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from oddsmith import catalog
from oddsmith.commands.options import Format, FormatOption, ScenarioArgument, SetOption, overrides_of
from oddsmith.commands.talk import aligned, amount, put, put_json, say
from sim.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["check", "explain", "schema"]


def check(
    scenario: ScenarioArgument,
    assignments: SetOption = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Check a scenario and report everything that is wrong with it at once.

    Example:  oddsmith check my_scenario.yaml
    """
    overrides = overrides_of(assignments)
    try:
        loaded = catalog.load_scenario(scenario, overrides)
    except ScenarioError as error:
        if format_ is Format.JSON:
            put_json({"is_valid": False, "faults": [_fault(fault) for fault in error.faults]})
            raise typer.Exit(2) from None
        raise
    if format_ is Format.JSON:
        put_json(
            {"is_valid": True, "hash": loaded.hash, "faults": [_fault(fault) for fault in loaded.warnings]}
        )
    else:
        put(f"{loaded.name}: {_counts(loaded)}")
        for warning in loaded.warnings:
            say(warning.text())
    out = f"outputs/{loaded.name.rpartition('/')[2]}"
    say(f"next: oddsmith explain {scenario}, or oddsmith run {scenario} --out {out}")


def _counts(scenario: Scenario) -> str:
    nouns = {
        "parameter": len(scenario.parameters),
        "event": len(scenario.events),
        "sensor": len(scenario.sensors),
        "warning": len(scenario.warnings),
    }
    return ", ".join(f"{count} {noun}{'s' if count != 1 else ''}" for noun, count in nouns.items())


def _fault(fault: Fault) -> dict[str, Any]:
    return {**asdict(fault), "text": fault.text()}


def schema() -> None:
    """Write the JSON Schema of scenarios, from which editors complete and check.

    Example:  oddsmith schema > scenario.schema.json
    """
    put_json(catalog.schema())


def explain(
    scenario: ScenarioArgument, assignments: SetOption = None, format_: FormatOption = Format.TEXT
) -> None:
    """Show every parameter of a scenario: its law, its unit, when it is drawn, where it is used.

    Example:  oddsmith explain driving/cut_in
    """
    loaded = catalog.load_scenario(scenario, overrides_of(assignments))
    rows = loaded.explain()
    if format_ is Format.JSON:
        put_json([asdict(row) for row in rows])
        return
    put(aligned([tuple(asdict(row).values()) for row in rows]))
    if loaded.constraints:
        say(_acceptance(loaded))


def _acceptance(scenario: Scenario) -> str:
    """Return how often the constraints hold, which every rate is conditional on."""
    found = scenario.acceptance(seed=0)
    bounds = f"95 %: {amount(found.low)} … {amount(found.high)}"
    share = f"constraints hold in a share {amount(found.p)} of natural draws ({bounds})"
    return f"{share}; all rates are conditional on them"
