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
        str | None, typer.Option("--sensor", help="The sensor to show; the first if not given.")
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", help="Show episodes of a dataset in which this event occurred.")
    ] = None,
    episode: Annotated[
        str | None, typer.Option("--episode", help="Show this episode of a dataset only.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, max=50, help="Rows of the picture.")] = 5,
    seed: SeedOption = 0,
    assignments: SetOption = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Draw what there is to see: of cameras a contact sheet (PNG) and a moving picture (GIF).

    Example:  oddsmith preview outputs/cut_in

    Example:  oddsmith preview driving/cut_in --out outputs/look
    """
    from oddsmith.preview import Wish, preview_dataset, preview_scenario

    if Path(what).is_dir():
        from oddsmith.dataset import Dataset

        folder = Path(what)
        made = preview_dataset(
            Dataset(folder),
            out or folder.with_name(f"{folder.resolve().name}_preview"),
            Wish(sensor, event, episode, rows),
        )
        after = f"oddsmith inspect {what}"
    else:
        from oddsmith import catalog

        overrides = overrides_of(assignments)
        scenario = catalog.load_scenario(what, overrides)
        say(f"looking for an episode of {scenario.name} (the first run compiles kernels, which takes a while)")
        target = out or Path("outputs") / f"{Path(scenario.name).name}_preview"
        made = preview_scenario(scenario, target, overrides=overrides, seed=seed, sensor=sensor, rows=rows)
        after = f"oddsmith run {what} --out outputs/{Path(scenario.name).name}"
    if format_ is Format.JSON:
        files = [str(file) for file in made.files]
        put_json({"files": files, "shown": made.shown, "note": made.note})
    else:
        put("\n".join(map(str, made.files)))
    say(f"shown: {made.note}\nnext: {after}")
