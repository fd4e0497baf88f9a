"""How commands speak: talk to stderr, data to stdout as aligned text or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

__all__ = ["aligned", "amount", "duration", "put", "put_json", "say", "size"]

_GAP = "  "


def say(text: str) -> None:
    """Tell the user something that is not data."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


def put(text: str) -> None:
    """Write data."""
    print(text)


def put_json(value: Any) -> None:
    """Write data for machines."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def aligned(rows: Sequence[Sequence[object]], *, header: Sequence[str] = ()) -> str:
    """Return rows as text in columns; columns that hold only numbers are flushed right."""
    body = [[str(cell) for cell in row] for row in rows]
    lines = [list(header), *body] if header else body
    if not lines:
        return ""
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    is_number = [bool(body) and all(_is_number(row[k]) for row in body) for k in range(len(widths))]
    return "\n".join(_line(line, widths, is_number) for line in lines)


def amount(value: float) -> str:
    """Return a number with four figures, the way a table shows it."""
    return f"{value:.4g}"


def duration(seconds: float) -> str:
    """Return a length of time as people say it: 8 s, 3 min 20 s, 2 h 05 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(n_bytes: float) -> str:
    """Return a number of bytes in decimal units."""
    for unit in ("B", "kB", "MB"):
        if n_bytes < 1000:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.3g} GB"


def _line(cells: Sequence[str], widths: Sequence[int], is_number: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, is_number, strict=True)
    ]
    return _GAP.join(padded).rstrip()


def _is_number(cell: str) -> bool:
    return (
        cell in ("", "-")
        or cell.replace(".", "", 1).replace("-", "").replace("e+", "").replace("e", "").isdigit()
    )
