"""`oddsmith compare`: simulated traffic beside recorded trajectories."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oddsmith.commands.options import FolderArgument, Format, FormatOption, QuietOption, SeedOption
from oddsmith.commands.talk import aligned, amount, put, put_json, say

if TYPE_CHECKING:
    from oddsmith.comparison import Counted, Difference

__all__ = ["compare"]


def compare(
    folder: FolderArgument,
    with_: Annotated[
        Path,
        typer.Option(
            "--with",
            metavar="CSV",
            help="Recorded trajectories: vehicle, t [s], forward [m], lane; perhaps recording, length [m].",
        ),
    ],
    drives: Annotated[int, typer.Option("--drives", min=1, help="Plain drives to simulate.")] = 40,
    seed: SeedOption = 0,
    plots: Annotated[bool, typer.Option("--plots", help="Draw the distribution functions.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where the plot goes; FOLDER_compared.png if not given."),
    ] = None,
    format_: FormatOption = Format.TEXT,
    quiet: QuietOption = False,
) -> None:
    """Compare the traffic of a driving scenario with recorded trajectories.

    Speeds, accelerations, headways and cut-ins of plain drives (natural draws, whatever the dataset hunted for)
    beside those in the file, each with two distances and the noise that resampling whole vehicles gives them.

    Example:  oddsmith compare outputs/natural_driving --with my.csv --plots
    """
    from oddsmith.comparison import count, differences, draw_comparison, driven, read_trajectories
    from oddsmith.reopening import reopened

    recorded = count(read_trajectories(with_))
    scenario = reopened(folder)
    simulated = count(driven(scenario, drives, seed=seed))
    found = differences(simulated, recorded, seed=seed)
    if format_ is Format.JSON:
        put_json(_data(found, simulated, recorded))
    else:
        put(_text(found, simulated, recorded))
    if plots:
        file = out or Path(f"{str(folder).rstrip('/')}_compared.png")
        title = f"{scenario.name}, {drives} drives, beside {with_.name}"
        say(f"drawn to {draw_comparison(found, simulated, recorded, file, title=title)}")
    elif not quiet:
        say(f"next: oddsmith compare {folder} --with {with_} --plots, or change the laws that differ")


def _rates(counted: Counted) -> dict[str, tuple[float, float, float]]:
    from oddsmith.comparison import rate_interval

    return {
        "lane_changes": rate_interval(counted.lane_changes, counted.metres),
        "cut_ins": rate_interval(counted.cut_ins, counted.metres),
    }


def _text(found: list[Difference], simulated: Counted, recorded: Counted) -> str:
    header = ("statistic", "unit", "simulated", "recorded", "wasserstein", "noise", "ks", "noise", "verdict")
    rows = [
        (
            one.statistic,
            one.unit,
            *(amount(value) for value in one.medians),
            *(amount(v) for v in (one.wasserstein, one.wasserstein_noise, one.ks, one.ks_noise)),
            one.verdict,
        )
        for one in found
    ]
    parts = [
        f"{len(side.metres)} vehicles, {side.metres.sum() / 1000:.4g} km {word}"
        for side, word in ((simulated, "simulated"), (recorded, "recorded"))
    ]
    rates = [
        (name, *(f"{rate:.3g} ({low:.3g} to {high:.3g})" for rate, low, high in (ours, theirs)))
        for (name, ours), theirs in zip(_rates(simulated).items(), _rates(recorded).values(), strict=True)
    ]
    medians = "medians; noise: what chance alone stays below in 95 of 100 cases"
    table = aligned(rows, header=header)
    per_km = aligned(rates, header=("per vehicle-km (95 %)", "simulated", "recorded"))
    return "\n\n".join(["\n".join(parts), f"{table}\n{medians}", per_km])


def _data(found: list[Difference], simulated: Counted, recorded: Counted) -> dict[str, Any]:
    from dataclasses import asdict

    sides = {"simulated": simulated, "recorded": recorded}
    return {
        "statistics": [asdict(one) | {"verdict": one.verdict} for one in found],
        "per_vehicle_km": {name: _rates(side) for name, side in sides.items()},
        "vehicle_km": {name: float(side.metres.sum()) / 1000.0 for name, side in sides.items()},
    }
