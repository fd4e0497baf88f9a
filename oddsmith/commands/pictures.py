"""`oddsmith preview`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from oddsmith.commands.options import Format, FormatOption, SeedOption, SetOption, overrides_of
from oddsmith.commands.talk import put, put_json, say

__all__ = ["preview"]


def preview(
    what: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|SCENARIO", help="A dataset, or a scenario not yet run.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the pictures.", show_default="FOLDER_preview")
    ] = None,
    sensor: Annotated[
        str | None, typer.Option("--sensor", help="The camera to show; the first if not given.")
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", help="Show episodes of a dataset in which this event occurred.")
    ] = None,
    episode: Annotated[
        str | None, typer.Option("--episode", help="Show this episode of a dataset only.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, max=50, help="Rows of the contact sheet.")] = 5,
    seed: SeedOption = 0,
    assignments: SetOption = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Draw a contact sheet (PNG) and a moving picture (GIF).

    Example:  oddsmith preview outputs/cut_in

    Example:  oddsmith preview driving/cut_in --out outputs/look
    """
    from oddsmith.preview import preview_dataset, preview_scenario

    if Path(what).is_dir():
        from oddsmith.dataset import Dataset

        folder = Path(what)
        made = preview_dataset(
            Dataset(folder),
            out or folder.with_name(f"{folder.resolve().name}_preview"),
            sensor=sensor,
            event=event,
            episode_id=episode,
            rows=rows,
        )
        after = f"oddsmith inspect {what}"
    else:
        from oddsmith import catalog

        scenario = catalog.load_scenario(what, overrides_of(assignments))
        say(f"looking for an episode of {scenario.name} (the first run compiles kernels, which takes a while)")
        target = out or Path("outputs") / f"{Path(scenario.name).name}_preview"
        made = preview_scenario(scenario, target, seed=seed, sensor=sensor, rows=rows)
        after = f"oddsmith run {what} --out outputs/{Path(scenario.name).name}"
    if format_ is Format.JSON:
        put_json(
            {"sheet": str(made.sheet), "animation": str(made.animation), "shown": made.shown, "note": made.note}
        )
    else:
        put(f"{made.sheet}\n{made.animation}")
    say(f"shown: {made.note}\nnext: {after}")
