"""Everything oddsmith tells a user when something is wrong.

OddsmithError
 ├── ScenarioError    faults in a YAML file, all of them at once
 ├── UsageError       a command or a call that cannot be carried out as asked
 ├── RunError         an episode, a shard or the disk failed while running
 └── Unfinished       a run that can be resumed

A bug of ours is a plain Python exception and never one of these. What is wrong with a dataset on disk is told
by those who read it, who know neither wing: `oddsmith.errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = [
    "Fault",
    "OddsmithError",
    "Place",
    "RunError",
    "ScenarioError",
    "Unfinished",
    "UsageError",
    "did_you_mean",
]


_WIDEST = 160
"""Characters of a source line that are shown."""


class OddsmithError(Exception):
    """The root of all errors a user can cause or mend."""


class UsageError(OddsmithError):
    """A command or call that cannot be carried out as asked (exit code 2)."""


class RunError(OddsmithError):
    """An episode, a shard or the disk failed while running (exit code 1)."""


class Unfinished(OddsmithError):
    """A run that stopped early and can be resumed (exit code 4)."""


@dataclass(frozen=True, order=True)
class Place:
    """A stretch of one source line: `line` and `column` count from 1; `end` is past the last column."""

    file: str
    line: int
    column: int
    end: int


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a scenario, told in terms of the user's file.

    `code` is stable (E101…); `path` is the dotted path of the offending field; `allowed` lists what would
    have been right; `suggestion` is the nearest of them.
    """

    code: str
    path: str
    message: str
    place: Place | None = None
    source_line: str = ""
    allowed: tuple[str, ...] = ()
    suggestion: str | None = None
    is_warning: bool = False

    def text(self) -> str:
        """Return the fault as a user reads it: place, path, message, the source line and a caret."""
        where = f"{self.place.file}:{self.place.line}:{self.place.column}" if self.place else "command line"
        lines = [f"{where}  {self.path}  [{self.code}]" if self.path else f"{where}  [{self.code}]"]
        note = f"  {'warning: ' if self.is_warning else ''}{self.message}"
        if self.allowed:
            note += f"; allowed: {', '.join(self.allowed)}"
        if self.suggestion:
            note += f".  Did you mean '{self.suggestion}'?"
        lines.append(note)
        if self.place and self.source_line:
            lines += _excerpt(self.place, self.source_line)
        return "\n".join(lines)


class ScenarioError(OddsmithError):
    """All faults of one scenario, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        count = sum(not fault.is_warning for fault in self.faults)
        body = "\n\n".join(fault.text() for fault in self.faults)
        super().__init__(f"{body}\n\n{count} fault{'s' if count != 1 else ''}")


def _excerpt(place: Place, source_line: str) -> list[str]:
    """Return a source line, of a long one the part in question, and a caret under it."""
    shown, before = source_line.rstrip("\n").replace("\t", " "), place.column - 1
    if len(shown) > _WIDEST:
        first = max(0, min(before - _WIDEST // 3, len(shown) - _WIDEST))
        end = first + _WIDEST
        shown = ("…" if first else "") + shown[first:end] + ("…" if end < len(shown) else "")
        before += bool(first) - first
    width = max(1, min(place.end - place.column, len(shown) - before))
    gutter = f"{place.line:>6} | "
    return [gutter + shown, " " * (len(gutter) - 2) + "| " + " " * before + "^" * width]


def did_you_mean(given: str, allowed: Sequence[str]) -> str | None:
    """Return the nearest of `allowed` names, or None where nothing is near."""
    near = get_close_matches(given, list(allowed), n=1, cutoff=0.6)
    return near[0] if near else None
