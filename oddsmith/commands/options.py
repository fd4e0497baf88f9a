"""Arguments and options that several commands share, so that one name means one thing everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sim.errors import UsageError

__all__ = [
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
    "overrides_of",
]


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
    int, typer.Option("--workers", min=0, help="Processes to share the work among; 0 takes one per core.")
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
    overrides: dict[str, str] = {}
    for assignment in assignments or ():
        path, is_there, value = assignment.partition("=")
        if not is_there or not path.strip():
            raise UsageError(f"--set {assignment!r} is not PATH=VALUE, as in --set world.ego.speed='90 km/h'")
        overrides[path.strip()] = value.strip()
    short = {"sampling.episodes": episodes, "sampling.calls": calls, "sampling.method": method}
    return {**overrides, **{path: str(value) for path, value in short.items() if value is not None}}
