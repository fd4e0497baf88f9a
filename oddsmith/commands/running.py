"""The main job: `plan`, `run`, `resume`, `extend`."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oddsmith.commands.options import (
    CallsOption,
    EpisodesOption,
    FolderArgument,
    Format,
    FormatOption,
    MethodOption,
    QuietOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    VerboseOption,
    WorkersOption,
    chosen_scenario,
    overrides_of,
)
from oddsmith.commands.talk import aligned, duration, put, put_json, say, size
from sim.errors import UsageError

if TYPE_CHECKING:
    from oddsmith.forecast import Forecast
    from oddsmith.generation import Summary
    from sim.scenario import Scenario

__all__ = ["extend", "plan", "resume", "run"]

_LONG = 2 * 3600.0
"""Seconds of work above which `run` wants --yes."""

_LARGE = 20e9
"""Bytes above which `run` wants --yes."""

_SMALL_EPISODES, _SMALL_CALLS = 1_000, 200_000
"""Runs up to here are begun without a forecast, which would itself take some seconds."""

_COUNTED = ("calls", "episodes")

_YesOption = Annotated[
    bool, typer.Option("--yes", help="Begin even if it takes hours or fills tens of gigabytes.")
]
_MoreCallsOption = Annotated[
    int | None,
    typer.Option("--calls", min=1, help="Calls to add; as many as the scenario asks for unless given."),
]
_MoreEpisodesOption = Annotated[
    int | None, typer.Option("--episodes", min=1, help="Episodes to add; likewise.")
]
_OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FOLDER", help="Where the dataset goes; new, or begun with the same scenario."
    ),
]


class StreamForm(StrEnum):
    """How rows are written to stdout."""

    NDJSON = "ndjson"
    ARROW = "arrow"


_StreamOption = Annotated[
    StreamForm | None,
    typer.Option("--stream", help="Write one table to stdout, in time order, instead of a dataset."),
]
_TableOption = Annotated[
    str | None,
    typer.Option("--table", help="The table to stream; that of the only sensor if not given."),
]


def plan(
    scenario: ScenarioArgument,
    episodes: EpisodesOption = None,
    calls: CallsOption = None,
    method: MethodOption = None,
    seed: SeedOption = 0,
    workers: WorkersOption = 0,
    assignments: SetOption = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Say what a run would do, how long it would take and how much it would write. Writes nothing.

    Example:  oddsmith plan driving/cut_in --episodes 1000
    """
    from oddsmith import generation

    overrides = overrides_of(assignments, episodes=episodes, calls=calls, method=method)
    loaded = chosen_scenario(scenario, overrides)
    say("measuring a few episodes (the first run compiles kernels, which takes a while)")
    expected = generation.plan(loaded, seed=seed)
    if format_ is Format.JSON:
        put_json({**asdict(expected), "workers": workers, "seconds": expected.seconds / workers})
    else:
        rows = [
            ("calls", f"{expected.calls}"),
            ("episodes", f"{expected.episodes}"),
            ("shards", f"{expected.shards}"),
        ]
        rows += [(f"frames of {name}", f"{count}") for name, count in expected.frames.items()]
        rows += [
            ("hunting", duration(expected.hunt_seconds / workers)),
            ("rendering", duration(expected.render_seconds / workers)),
            ("workers", f"{workers}"),
            ("disk", size(expected.bytes)),
        ]
        put(aligned(rows))
    say(f"next: oddsmith run {scenario} --out outputs/{Path(loaded.name).name}")


def run(
    scenario: ScenarioArgument,
    out: _OutOption = None,
    episodes: EpisodesOption = None,
    calls: CallsOption = None,
    method: MethodOption = None,
    seed: SeedOption = 0,
    workers: WorkersOption = 0,
    assignments: SetOption = None,
    yes: _YesOption = False,
    stream: _StreamOption = None,
    table: _TableOption = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Make a dataset: hunt for rare cases, simulate them in full, render and label them, weigh them.

    Example:  oddsmith run driving/cut_in --out outputs/cut_in --episodes 100

    Example:  oddsmith run driving/cut_in --out outputs/wet --set parameters.surface=wet --seed 7

    Example:  oddsmith run fraud/mules --stream ndjson --calls 1 --episodes 1 | head
    """
    from oddsmith import generation
    from oddsmith.commands.progress import progress_teller

    if (out is None) == (stream is None):
        raise UsageError("say where the data goes: either --out FOLDER, or --stream ndjson or arrow")
    if table is not None and stream is None:
        raise UsageError("--table goes with --stream; a dataset has all tables")
    overrides = overrides_of(assignments, episodes=episodes, calls=calls, method=method)
    loaded = chosen_scenario(scenario, overrides, is_quiet=quiet)
    if verbose:
        say(f"{loaded.name}  {loaded.file}  hash {loaded.hash}  seed {seed}  workers {workers}")
    if not yes and (loaded.sampling.episodes > _SMALL_EPISODES or loaded.sampling.calls > _SMALL_CALLS):
        _confirm(generation.plan(loaded, seed=seed), workers)
    if out is None:
        assert stream is not None
        _stream(loaded, stream, table, overrides, seed=seed, workers=workers, is_quiet=quiet)
        return
    with progress_teller(quiet) as listen:
        summary = generation.run(loaded, out, overrides=overrides, seed=seed, workers=workers, listen=listen)
    _tell(summary, format_, is_quiet=quiet)


def _stream(
    scenario: Scenario,
    form: StreamForm,
    table: str | None,
    overrides: dict[str, str],
    *,
    seed: int,
    workers: int,
    is_quiet: bool,
) -> None:
    """Write one table to stdout; a reader that has had enough ends it without an error."""
    from oddsmith.commands.progress import progress_teller
    from oddsmith.streaming import stream

    sys.stdout.flush()
    # Not sys.stdout.buffer, which under PYTHONUNBUFFERED is raw: a signal then cuts what is being written.
    out = os.fdopen(sys.stdout.fileno(), "wb", closefd=False)
    with progress_teller(is_quiet) as listen:
        made = stream(
            scenario,
            out,
            form=form.value,
            table=table,
            overrides=overrides,
            seed=seed,
            workers=workers,
            listen=listen,
        )
    if not made.is_whole:  # nothing may be written there any more, not even when the program ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not is_quiet:
        end = "" if made.is_whole else ", as far as its reader wanted"
        say(f"{made.rows} rows of {made.table}, {made.episodes} episodes{end}")


def resume(
    folder: FolderArgument,
    workers: WorkersOption = 0,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
) -> None:
    """Go on with a run that was stopped; what is done is not done again.

    Example:  oddsmith resume outputs/cut_in
    """
    from oddsmith import generation
    from oddsmith.commands.progress import progress_teller

    with progress_teller(quiet) as listen:
        summary = generation.resume(folder, workers=workers, listen=listen)
    _tell(summary, format_, is_quiet=quiet)


def extend(
    folder: FolderArgument,
    calls: _MoreCallsOption = None,
    episodes: _MoreEpisodesOption = None,
    workers: WorkersOption = 0,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
) -> None:
    """Add calls and episodes to a dataset, from the proposal its hunt froze; rates get sharper.

    What sensors saw stays as it is; weights are shared out anew. Until all is done the old dataset stays whole.

    Example:  oddsmith extend outputs/cut_in --calls 8000 --episodes 40
    """
    from oddsmith import generation
    from oddsmith.commands.progress import progress_teller

    with progress_teller(quiet) as listen:
        summary = generation.extend(folder, calls=calls, episodes=episodes, workers=workers, listen=listen)
    _tell(summary, format_, is_quiet=quiet)


def _confirm(expected: Forecast, workers: int) -> None:
    """Ask before a long or large run; without a terminal, refuse and name --yes."""
    seconds = expected.seconds / workers
    if seconds <= _LONG and expected.bytes <= _LARGE:
        return
    told = f"this run takes about {duration(seconds)} and writes about {size(expected.bytes)}"
    if not sys.stdin.isatty():
        raise UsageError(f"{told}; begin it with --yes")
    if not typer.confirm(f"{told}; begin?", err=True):
        raise typer.Exit(2)


def _tell(summary: Summary, format_: Format, *, is_quiet: bool) -> None:
    """Write the declared exports and what was made to stdout; say where it is and what comes next."""
    from oddsmith.campaign_counts import campaign_counts, shortfall
    from oddsmith.commands.odds_text import short_line
    from oddsmith.dataset import Dataset
    from oddsmith.declared_exports import export_declared

    exports = export_declared(summary.folder)
    if format_ is Format.JSON:
        put_json({**asdict(summary), "folder": str(summary.folder), "exports": [str(path) for path in exports]})
    else:
        rows = [("calls", f"{summary.calls}"), ("episodes", f"{summary.episodes}")]
        rows += [
            (f"rows of {name}", f"{count}") for name, count in summary.tables.items() if name not in _COUNTED
        ]
        rows += [(f"odds of {name}", short_line(odds)) for name, odds in summary.odds.items()]
        put(aligned([*rows, ("dataset hash", summary.dataset_hash)]))
    if is_quiet:
        return
    if not summary.made:
        say(f"{summary.folder} was complete already; nothing was done")
    for warning in summary.warnings:
        say(f"warning: {warning}")
    if missed := shortfall(campaign_counts(Dataset(summary.folder))):
        say(f"{missed}; `oddsmith inspect` counts them by campaign")
    for path in exports:
        say(f"exported to {path}")
    folder = summary.folder
    say(f"the dataset is in {folder}\nnext: oddsmith odds {folder}, or oddsmith preview {folder}")
