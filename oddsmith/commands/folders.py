"""Commands on a dataset folder: `inspect`, `verify`, `replay`, `export`."""

from __future__ import annotations

from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oddsmith.commands.options import FolderArgument, Format, FormatOption
from oddsmith.commands.talk import aligned, amount, put, put_json, say, size
from oddsmith.exporters import TABLE as EXPORTERS
from sim.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from oddsmith.inspection import Inspection, TableFacts

__all__ = ["export", "inspect", "replay", "verify"]


def inspect(folder: FolderArgument, format_: FormatOption = Format.TEXT) -> None:
    """Show what is in a dataset: tables, episodes, and the rate of every event.

    Example:  oddsmith inspect outputs/cut_in
    """
    from oddsmith.dataset import Dataset
    from oddsmith.inspection import inspect_dataset

    found = inspect_dataset(Dataset(folder))
    if format_ is Format.JSON:
        put_json(found.to_data())
    else:
        put(_inspection(found))
    if found.is_complete:
        to = _usual_export(found)
        exported = f"oddsmith export {folder} --to {to} --out {folder}_{to}"
        say(f"next: oddsmith odds {folder}, oddsmith preview {folder}, or {exported}")
    else:
        say(f"the run is unfinished.  next: oddsmith resume {folder}")


def _usual_export(found: Inspection) -> str:
    """Return the format most people want of such a dataset: graphs of banks, boxes of pictures, else tables."""
    if found.campaigns:
        return "graph"
    has_pictures = any("rgb" in columns for table in found.tables for columns in table.columns.values())
    return "coco" if has_pictures else "csv"


def verify(folder: FolderArgument, format_: FormatOption = Format.TEXT) -> None:
    """Check that every byte of a dataset is what its manifest says.

    Example:  oddsmith verify outputs/cut_in
    """
    from oddsmith.verification import verify as verified

    result = verified(folder)
    if format_ is Format.JSON:
        facts = {"files": result.files, "rows": result.rows, "bytes": result.bytes}
        put_json({**facts, "dataset_hash": result.dataset_hash})
    else:
        put(f"{result.files} files, {result.rows} rows, {size(result.bytes)}: all as the manifest says")
        put(f"dataset hash {result.dataset_hash}")


def replay(
    folder: FolderArgument,
    episode_id: Annotated[
        str, typer.Argument(metavar="EPISODE_ID", help="As `episodes` names it.", show_default=False)
    ],
    format_: FormatOption = Format.TEXT,
) -> None:
    """Make one episode again, alone, and compare it with what is on disk.

    Example:  oddsmith replay outputs/cut_in 0123456789abcdef
    """
    from oddsmith.replay import replay as replayed

    result = replayed(folder, episode_id)
    counts = {name: table.num_rows for name, table in result.tables.items()}
    if format_ is Format.JSON:
        facts = {"episode_id": result.episode_id, "is_identical": result.is_identical}
        put_json({**facts, "differences": result.differences, "rows": counts})
    else:
        put(aligned(list(counts.items()), header=("table", "rows")))
        for difference in result.differences:
            put(difference)
    if not result.is_identical:
        say(f"episode {episode_id} does not come out as it stands in {folder}")
        raise typer.Exit(1)
    say(f"episode {episode_id} comes out the same.  next: oddsmith preview {folder} --episode {episode_id}")


def export(
    folder: FolderArgument,
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help=f"One of: {', '.join(EXPORTERS)}.")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="A new folder for what is written.")],
    format_: FormatOption = Format.TEXT,
) -> None:
    """Write a dataset in another format; weights travel along.

    Example:  oddsmith export outputs/cut_in --to coco --out outputs/cut_in_coco
    """
    from oddsmith.dataset import Dataset

    if to not in EXPORTERS:
        near = did_you_mean(to, list(EXPORTERS))
        hint = f".  Did you mean '{near}'?" if near else ""
        raise UsageError(f"no format {to!r}; there is {', '.join(EXPORTERS)}{hint}")
    exported = EXPORTERS[to].load()(Dataset(folder), out)
    if format_ is Format.JSON:
        put_json({"folder": str(exported.folder), "entry": str(exported.entry), "counts": exported.counts})
    else:
        put(aligned([(noun, count) for noun, count in exported.counts.items()]))
    say(f"written to {out}; readers open {exported.entry}, and weights stand in {out / exported.weights}")


def _inspection(found: Inspection) -> str:
    """Return all tables of an inspection as text."""
    from oddsmith.commands.odds_text import ODDS_HEADER, odds_row

    blocks = [found.name + (f": {found.about}" if found.about else "")]
    splits = ", ".join(f"{name} {count}" for name, count in found.splits.items())
    roles = ", ".join(f"{name} {count}" for name, count in found.roles.items())
    failed = f"; {found.failures} could not be simulated" if found.failures else ""
    blocks.append(f"{found.episodes} episodes ({splits}) from calls: {roles or 'none'}{failed}")
    blocks.append(
        aligned(
            [_table_row(table) for table in found.tables], header=("table", "rows", "files", "size", "columns")
        )
    )
    if found.odds:
        rows = [odds_row(one, found.exported.get(one.event, 0)) for one in found.odds]
        blocks.append(aligned(rows, header=ODDS_HEADER))
    if found.campaigns:
        header = tuple(field.name for field in fields(found.campaigns[0]))
        counts = [(one.campaign, amount(one.expected), *astuple(one)[2:]) for one in found.campaigns]
        blocks.append(aligned(counts, header=header))
    return "\n\n".join(blocks)


def _table_row(table: TableFacts) -> tuple[object, ...]:
    columns = ", ".join(f"{len(names)} {role}" for role, names in table.columns.items())
    return table.name, table.rows, table.files, size(table.bytes), columns
