"""Arguments and options that several commands share, so that one name means one thing everywhere."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oddsmith.commands.talk import say
from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = [
    "NOT_GOOD_ENOUGH",
    "CallsOption",
    "EpisodesOption",
    "FolderArgument",
    "Format",
    "FormatOption",
    "MethodOption",
    "QuietOption",
    "ScenarioArgument",
    "SeedOption",
    "SetOption",
    "VerboseOption",
    "WorkersOption",
    "assigned",
    "chosen_scenario",
    "overrides_of",
]

NOT_GOOD_ENOUGH = 3
"""Exit code where all was done, but the calls are too weak for the answer or the data gives its label away."""


class Format(StrEnum):
    """How data is written to stdout."""

    TEXT = "text"
    JSON = "json"


ScenarioArgument = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO", help="A YAML file, or a bundled name such as driving/cut_in.", show_default=False
    ),
]
FolderArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER", help="A dataset that `run` wrote.", exists=True, file_okay=False, show_default=False
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Override a field of the scenario; may be repeated."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How data is written to stdout.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Root of all randomness.")]
WorkersOption = Annotated[
    int,
    typer.Option(
        "--workers",
        min=0,
        help="Processes to share the work among; 0 takes one per core.",
        callback=lambda asked: asked or len(os.sched_getaffinity(0)),
    ),
]
EpisodesOption = Annotated[
    int | None,
    typer.Option("--episodes", min=1, help="Episodes to write; short for --set sampling.episodes=N."),
]
CallsOption = Annotated[
    int | None, typer.Option("--calls", min=1, help="Calls of the hunt; short for --set sampling.calls=N.")
]
MethodOption = Annotated[
    str | None, typer.Option("--method", help="How to hunt; short for --set sampling.method=NAME.")
]
QuietOption = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")]
VerboseOption = Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")]


def overrides_of(
    assignments: list[str] | None,
    *,
    episodes: int | None = None,
    calls: int | None = None,
    method: str | None = None,
) -> dict[str, str]:
    """Return `--set` assignments and the short options as path -> value; a later one wins.

    Raises:
        UsageError: an assignment is not of the form PATH=VALUE.
    """
    overrides = assigned(assignments or [], "--set", "PATH=VALUE", "world.ego.speed='90 km/h'")
    short = {"sampling.episodes": episodes, "sampling.calls": calls, "sampling.method": method}
    return {**overrides, **{path: str(value) for path, value in short.items() if value is not None}}


def assigned(given: list[str], option: str, form: str, example: str) -> dict[str, str]:
    """Return what stands on either side of the first `=` of each; a later one wins.

    Args:
        given: as typed.
        option: under which they were given.
        form: what they should look like.
        example: one that does.

    Raises:
        UsageError: one does not.
    """
    found: dict[str, str] = {}
    for one in given:
        path, is_there, value = one.partition("=")
        if not is_there or not path.strip():
            raise UsageError(f"{option} {one!r} is not {form}, as in {option} {example}")
        found[path.strip()] = value.strip()
    return found


def chosen_scenario(name: str, overrides: dict[str, str], *, is_quiet: bool = False) -> Scenario:
    """Load a scenario and tell its warnings.

    Raises:
        UsageError: there is no such scenario.
        ScenarioError: with everything that is wrong with it.
    """
    from oddsmith import catalog

    scenario = catalog.load_scenario(name, overrides)
    if not is_quiet:
        for warning in scenario.warnings:
            say(warning.text())
    return scenario
