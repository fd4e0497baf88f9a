"""What there is: `list`, and `new` to begin a scenario from one of the bundled ones."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from oddsmith import catalog
from oddsmith.commands.options import Format, FormatOption
from oddsmith.commands.talk import aligned, put, put_json, say
from oddsmith.exporters import TABLE as EXPORTERS
from sim.errors import UsageError

__all__ = ["Known", "list_known", "new"]

_SCHEMA_LINE = "# yaml-language-server: $schema=scenario.schema.json"


class Known(StrEnum):
    """What can be listed."""

    SCENARIOS = "scenarios"
    DOMAINS = "domains"
    LAWS = "laws"
    SENSORS = "sensors"
    EXPORTS = "exports"


def list_known(
    what: Annotated[
        Known, typer.Argument(metavar="WHAT", help=f"One of: {', '.join(Known)}.")
    ] = Known.SCENARIOS,
    format_: FormatOption = Format.TEXT,
) -> None:
    """List the bundled scenarios, or the domains, laws, sensors or export formats there are.

    Example:  oddsmith list

    Example:  oddsmith list laws
    """
    rows = _LISTS[what]()
    if format_ is Format.JSON:
        put_json([{"name": name, "about": about} for name, about in rows])
        return
    put(aligned(rows))
    if what is Known.SCENARIOS and rows:
        say(f"next: oddsmith explain {rows[0][0]}, or oddsmith new my_scenario.yaml --like {rows[0][0]}")


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The YAML file to begin.", show_default=False)],
    like: Annotated[
        str, typer.Option("--like", metavar="NAME", help="The bundled scenario to begin from.")
    ] = "driving/cut_in",
) -> None:
    """Begin a scenario of your own as a copy of a bundled one.

    Example:  oddsmith new my_cut_in.yaml --like driving/cut_in
    """
    if file.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{file} is not the name of a YAML file; try {file}.yaml")
    if file.exists():
        raise UsageError(f"{file} is there already")
    source = catalog.find_scenario(like)
    domain = like.partition("/")[0]
    text = source.read_text("utf-8")
    text = re.sub(r"^# yaml-language-server: .*$", _SCHEMA_LINE, text, flags=re.M)
    text = re.sub(r"^scenario: .*$", f"scenario: {domain}/{_name(file)}", text, flags=re.M)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    put(str(file))
    for path in _copied_inputs(source, file.parent):
        put(str(path))
    schema = file.parent / "scenario.schema.json"
    say(f"begun from {like}; `oddsmith schema > {schema}` lets an editor complete it")
    say(f"next: oddsmith check {file}")


def _copied_inputs(source: Path, folder: Path) -> list[Path]:
    """Copy the files that a scenario reads, such as typologies, to the same places beside the new one.

    What is there already stays: it may be somebody's own.
    """
    copied = []
    for item in catalog.load_scenario(source).inputs:
        target = folder / item.path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(item.file.read_bytes())
            copied.append(target)
    return copied


def _name(file: Path) -> str:
    """Return a scenario's name for a file: letters, digits and underscores."""
    return re.sub(r"\W+", "_", file.stem.lower()).strip("_") or "mine"


def _scenarios() -> list[tuple[str, str]]:
    return [(name, catalog.about(file)) for name, file in catalog.bundled_scenarios().items()]


def _domains() -> list[tuple[str, str]]:
    from sim.domains import domain_named, domain_names

    return [(name, domain_named(name).doc) for name in domain_names()]


def _laws() -> list[tuple[str, str]]:
    from sim.laws import TABLE

    return [(name, kind.doc) for name, kind in TABLE.items()]


def _sensors() -> list[tuple[str, str]]:
    return [(name, section.doc) for name, section in catalog.sensor_sections().items()]


def _exports() -> list[tuple[str, str]]:
    return [(name, export.doc) for name, export in EXPORTERS.items()]


_LISTS = {
    Known.SCENARIOS: _scenarios,
    Known.DOMAINS: _domains,
    Known.LAWS: _laws,
    Known.SENSORS: _sensors,
    Known.EXPORTS: _exports,
}
