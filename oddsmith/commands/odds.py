"""`oddsmith odds`: how often events happen, how well that is known, and how it answers to the laws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oddsmith.commands.options import (
    NOT_GOOD_ENOUGH,
    FolderArgument,
    Format,
    FormatOption,
    QuietOption,
    assigned,
)
from oddsmith.commands.talk import put, put_json, say
from sim.errors import OddsmithError

if TYPE_CHECKING:
    from oddsmith.dataset import Dataset
    from oddsmith.elasticities import Elasticities
    from oddsmith.odds import CallColumns, OddsReport

__all__ = ["odds"]


def odds(
    folder: FolderArgument,
    event: Annotated[str | None, typer.Option("--event", help="Only of this event.")] = None,
    under: Annotated[
        list[str] | None,
        typer.Option(
            "--under",
            metavar="PATH=LAW",
            help="Weigh the stored calls for another law of a drawn quantity; may be repeated.",
        ),
    ] = None,
    plots: Annotated[bool, typer.Option("--plots", help="Draw weights, levels and where events lie.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Where plots go; FOLDER_odds if not given.")
    ] = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
) -> None:
    """Show how often events happen in the real population, and how far that can be trusted.

    Example:  oddsmith odds outputs/cut_in

    Example:  oddsmith odds outputs/cut_in --under world.ego.speed='{normal: [110 km/h, 8 km/h]}'
    """
    from oddsmith.commands.odds_text import elasticities_text, report_text
    from oddsmith.dataset import Dataset
    from oddsmith.odds import odds_of_dataset, read_calls

    dataset = Dataset(folder)
    report = odds_of_dataset(dataset, events=None if event is None else [event])
    columns = read_calls(dataset)
    assert columns is not None  # the report would have refused
    if under:
        _tell_under(dataset, report, columns, under, format_)
        return
    answers = _answers(dataset, report, columns, event, is_quiet=quiet)
    if format_ is Format.JSON:
        put_json(report.to_data() | {"elasticities": _data(answers)})
    else:
        words = {one.event: one.verdict.word for one in report.events}
        told = [] if answers is None else [elasticities_text(answers, verdict=words[answers.event])]
        put("\n\n".join([report_text(report), *told]))
    if plots:
        _draw(dataset, report, columns, out or Path(f"{str(folder).rstrip('/')}_odds"), is_quiet=quiet)
    elif not quiet:
        say(f"next: oddsmith odds {folder} --plots, or --under PATH=LAW for another natural law")


def _answers(
    dataset: Dataset, report: OddsReport, columns: CallColumns, event: str | None, *, is_quiet: bool
) -> Elasticities | None:
    """Return the elasticities of one event; None, said, where it has no odds or the scenario is gone."""
    from oddsmith.elasticities import elasticities
    from oddsmith.odds import read_parameters
    from oddsmith.reopening import reopened

    wanted = event or report.target
    if wanted is None or not dataset.columns_of_kind("calls", "parameter"):
        return None
    if wanted in (report.hunt.get("under_boost") or {}):
        if not is_quiet:
            say(f"no elasticities: {wanted} speaks of what is boosted, so it has no rate that could answer")
        return None
    try:
        scenario = reopened(dataset.folder.path)
    except (OddsmithError, OSError) as error:
        if not is_quiet:
            say(f"no elasticities: {error}")
        return None
    return elasticities(scenario, columns, read_parameters(dataset), wanted)


def _tell_under(
    dataset: Dataset, report: OddsReport, columns: CallColumns, under: list[str], format_: Format
) -> None:
    """Write the odds under other laws, or say why the calls cannot tell and end with exit code 3."""
    from oddsmith.commands.odds_text import under_text
    from oddsmith.odds import conditioning_of, doubt_of, read_parameters
    from oddsmith.odds_under import TooWeak, odds_under

    manifest = dataset.manifest
    try:
        found = odds_under(
            dataset.folder.path,
            assigned(under, "--under", "PATH=LAW", "gap='{normal: [30 m, 5 m]}'"),
            columns,
            read_parameters(dataset),
            events=tuple(one.event for one in report.events),
            conditioning=conditioning_of(report.hunt),
            doubt=doubt_of(report.hunt),
            exposure=manifest.get("exposure"),
            under_boost=report.hunt.get("under_boost"),
            seed=int(manifest.get("seed", 0)),
        )
    except TooWeak as fault:
        say(str(fault))
        raise typer.Exit(NOT_GOOD_ENOUGH) from None
    if format_ is Format.JSON:
        put_json(found.to_data())
    else:
        put(under_text(found, {one.event: one for one in report.events}))


def _data(answers: Elasticities | None) -> Any:
    from dataclasses import asdict

    return None if answers is None else asdict(answers)


def _draw(dataset: Dataset, report: OddsReport, columns: CallColumns, out: Path, *, is_quiet: bool) -> None:
    from oddsmith.odds import read_parameters
    from oddsmith.odds.plots import draw_odds

    units = {name.removeprefix("parameters."): unit for name, unit in dataset.units("calls").items()}
    written = draw_odds(report, columns, read_parameters(dataset), out, units=units)
    if not is_quiet:
        for path in written:
            say(f"drawn to {path}")
