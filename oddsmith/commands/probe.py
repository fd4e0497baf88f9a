"""`oddsmith probe`: whether anything that an observer sees gives the label away."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oddsmith.commands.options import NOT_GOOD_ENOUGH, FolderArgument, Format, FormatOption, QuietOption
from oddsmith.commands.talk import put, put_json, say
from sim.errors import UsageError

if TYPE_CHECKING:
    from oddsmith.dataset import Dataset
    from oddsmith.probe import ProbeReport, Tells

__all__ = ["probe"]


def probe(
    folder: FolderArgument,
    table: Annotated[
        str | None,
        typer.Option(
            "--table", help="Table of observations; `transactions` where there is one.", metavar="NAME"
        ),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            "--label",
            metavar="[TABLE.]COLUMN",
            help="What must not be given away: flag, number or word; `labels.is_fraud` where there is one.",
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="COLUMN",
            help="Also look at each of its values apart; `typology` and `channel` where there are any.",
        ),
    ] = None,
    time: Annotated[
        str | None, typer.Option("--time", metavar="COLUMN", help="Key with the moment of a row.")
    ] = None,
    entity: Annotated[
        list[str] | None,
        typer.Option(
            "--entity", metavar="COLUMN", help="Who or what took part, beside the keys; may be repeated."
        ),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(
            "--features",
            metavar="FILE",
            help="Probe your own features instead: Parquet, a row per id.",
            exists=True,
        ),
    ] = None,
    tell: Annotated[
        list[str] | None,
        typer.Option(
            "--tell",
            metavar="[TYPOLOGY:]FEATURE=HIGHEST",
            help="Let a feature show so much; adds to what the dataset declares.",
        ),
    ] = None,
    scale: Annotated[
        list[Path] | None,
        typer.Option(
            "--scale", metavar="FOLDER", help="A run of another size, for P9; may be repeated.", exists=True
        ),
    ] = None,
    twin: Annotated[
        Path | None,
        typer.Option("--twin", metavar="FOLDER", help="The same run with fraud off, for P11.", exists=True),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="PROBE", help="Run only P1, or P4…; may be repeated.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1000, help="Rows to look at, about.")] = 200_000,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw every column against its limit, as PNG.")
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Show every number, not the nearest of each probe.")
    ] = False,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
) -> None:
    """Look for whatever gives the label away: columns, small trees, equations, ids, formats, entities, time.

    A generator that leaks trains models that fail outside. Each probe has a limit; a number beyond it by more
    than chance is a leak unless it was declared as a tell. Exit code 3 where there is one.

    Example:  oddsmith probe outputs/bank

    Example:  oddsmith probe outputs/bank --features my.parquet

    Example:  oddsmith probe outputs/press --table vibration --label episodes.event.failure --by machine
    """
    from oddsmith.dataset import Dataset
    from oddsmith.probe import asked, probe_dataset

    dataset = Dataset(folder)
    question = asked(dataset, table=table, label=label, by=by or (), time=time, entities=entity or ())
    try:
        report = probe_dataset(
            dataset,
            question,
            features=features,
            tells=_tells(dataset, tell or []),
            scales=[Dataset(other) for other in scale or []],
            twin_of=None if twin is None else Dataset(twin),
            most=rows,
            only=only or (),
            report=None if quiet else lambda name: say(f"{name} …"),
        )
    except ImportError as missing:
        raise UsageError(str(missing)) from None
    _tell(report, format_, is_all=all_)
    if plot is not None:
        _draw(report, plot, is_quiet=quiet)
    elif not quiet:
        say(f"next: oddsmith probe {folder} --plot probe.png, or --all for every number")
    if not report.is_passed:
        raise typer.Exit(NOT_GOOD_ENOUGH)


def _tells(dataset: Dataset, given: list[str]) -> Tells:
    """Return what the dataset and the user let features show.

    Raises:
        UsageError: a tell has no number.
    """
    from oddsmith.probe.telling import declared_tells

    more = {}
    for one in given:
        name, _, highest = one.rpartition("=")
        typology, _, feature = name.strip().rpartition(":")
        try:
            more[typology, feature] = float(highest)
        except ValueError:
            form = "[TYPOLOGY:]FEATURE=HIGHEST, as in --tell takeover:amount=0.9"
            raise UsageError(f"--tell {one!r} is not {form}") from None
    return declared_tells(dataset).with_more(more)


def _tell(report: ProbeReport, format_: Format, *, is_all: bool) -> None:
    from oddsmith.commands.probe_text import all_text, probe_text

    if format_ is Format.JSON:
        put_json(report.to_data())
        return
    is_colourful = sys.stdout.isatty()
    if is_all:
        put(all_text(report, is_colourful=is_colourful))
    put(probe_text(report, is_colourful=is_colourful))


def _draw(report: ProbeReport, file: Path, *, is_quiet: bool) -> None:
    from oddsmith.probe.picture import draw_probe

    draw_probe(report, file)
    if not is_quiet:
        say(f"drawn to {file}")
