"""`oddsmith doctor`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from oddsmith.commands.options import Format, FormatOption
from oddsmith.commands.talk import aligned, put, put_json, say

__all__ = ["doctor"]


def doctor(
    out: Annotated[Path, typer.Option("--out", help="Where datasets would be written.")] = Path("outputs"),
    format_: FormatOption = Format.TEXT,
) -> None:
    """Look at this machine: versions, OpenCV, PyBullet, disk, extras.

    Example:  oddsmith doctor
    """
    from oddsmith.doctor import examine

    findings = examine(out)
    if format_ is Format.JSON:
        put_json([asdict(finding) for finding in findings])
    else:
        put(aligned([(f.state, f.subject, f.found, f.remedy) for f in findings]))
    faults = [finding.subject for finding in findings if finding.state == "fault"]
    if faults:
        say(f"oddsmith cannot work here yet: {', '.join(faults)}")
        raise typer.Exit(1)
    say("oddsmith can work here.  next: oddsmith run driving/cut_in --out outputs/cut_in")
