"""The faults found so far: nothing stops at the first one, and the same fault is told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.errors import Fault, Place, ScenarioError, did_you_mean

__all__ = ["CODES", "Report"]

CODES: dict[str, str] = {
    "E101": "the file cannot be read: it is missing, a directory, or not permitted",
    "E102": "the file is larger than 4 MiB; move data into input files and name them",
    "E103": "the file is not text in UTF-8",
    "E104": "the file is empty",
    "E105": "the file is not well-formed YAML",
    "E106": "mappings and lists are nested more than 64 deep",
    "E107": "the file has more than 200,000 nodes after aliases are expanded",
    "E108": "YAML tags (!name) are not part of the language",
    "E109": "a key stands twice in the same mapping",
    "E110": "a key must be a plain word",
    "E111": "an integer has more than 64 digits",
    "E112": "a file holds exactly one YAML document",
    "E113": "an alias has no anchor before it, or contains itself",
    "E120": "a key that does not belong here",
    "E121": "a key that must be here is missing",
    "E122": "a value of another kind is expected here",
    "E123": "the word is not one of the allowed words",
    "E124": "two keys of which only one may stand here",
    "E125": "exactly one kind must be chosen here",
    "E126": "the list has another length",
    "E127": "two things have the same id or name",
    "E128": "the name is reserved or not a name",
    "E129": "the name is already taken by something else that could stand in the same place",
    "E130": "not a number, or not a unit",
    "E131": "a number of another dimension is expected here",
    "E132": "the number is outside its allowed range",
    "E133": "a whole number is expected here",
    "E134": "nothing random may stand here",
    "E140": "no such law",
    "E141": "the law's arguments are not the ones it takes",
    "E142": "the law is impossible with these arguments",
    "E143": "this law gives another kind of value than is expected here",
    "E144": "a value that changes during the run may not stand here",
    "E150": "the expression cannot be read",
    "E151": "the expression names something that does not exist",
    "E152": "dimensions do not fit in the expression",
    "E153": "values depend on themselves",
    "E154": "a number, a word and a truth are mixed up in the expression",
    "E155": "the expression cannot be evaluated for the scenario's median draw",
    "E160": "no such entity",
    "E161": "the event formula cannot be read",
    "E162": "events refer to themselves",
    "E163": "the event cannot end an episode",
    "E170": "the input file cannot be used",
    "E171": "files use each other in a circle, or there are too many of them",
    "E180": "no such path to set from the command line",
    "E190": "the domain sees a contradiction",
    "E191": "values that cannot stand together",
    "W201": "the parameter is not used",
    "W202": "something in the input file has no effect",
}
"""What every code stands for, in one sentence; codes are never renumbered."""


_HINTS = 200
_CANDIDATES = 5000
_WIDEST = 200


@dataclass
class Report:
    """Collects faults; `texts` holds the source lines that faults quote, by the name of their file."""

    texts: dict[str, Sequence[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _seen: set[Fault] = field(default_factory=set)

    def add(
        self,
        code: str,
        path: str,
        message: str,
        *,
        place: Place | None = None,
        allowed: Sequence[str] = (),
        given: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        """Note a fault; the suggestion is the one of `allowed` nearest to `given` unless told."""
        if given is not None and suggestion is None:
            suggestion = self.near(given, allowed)
        fault = Fault(
            code=code,
            path=path,
            message=message,
            place=place,
            source_line=self._line(place),
            allowed=tuple(allowed),
            suggestion=suggestion,
            is_warning=code.startswith("W"),
        )
        if fault not in self._seen:
            self._seen.add(fault)
            self.faults.append(fault)

    def near(self, given: str, allowed: Sequence[str]) -> str | None:
        """Return the name nearest to what was given; None once hints for all faults would take minutes."""
        is_cheap = len(self.faults) < _HINTS and len(allowed) < _CANDIDATES and len(given) < 100
        return did_you_mean(given, allowed) if is_cheap else None

    def line_at(self, place: Place | None) -> str | None:
        """Return the whole source line of a place, None where there is none."""
        lines = self.texts.get(place.file, ()) if place is not None else ()
        return lines[place.line - 1] if place is not None and 1 <= place.line <= len(lines) else None

    def _line(self, place: Place | None) -> str:
        line = self.line_at(place)
        if place is None or line is None:
            return ""
        if len(line) <= _WIDEST:
            return line
        return line[:_WIDEST] + "…" if place.column < _WIDEST else ""  # a caret far to the right helps no one

    @property
    def is_clean(self) -> bool:
        """Whether nothing but warnings was found."""
        return all(fault.is_warning for fault in self.faults)

    def sorted(self) -> tuple[Fault, ...]:
        """Return the faults in the order of the files, those of the command line first."""
        files = {name: number for number, name in enumerate(self.texts)}
        return tuple(sorted(self.faults, key=lambda fault: _position(fault, files)))

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """The warnings in the order of the file."""
        return tuple(fault for fault in self.sorted() if fault.is_warning)

    def raise_if_any(self) -> None:
        """Raise all faults together.

        Raises:
            ScenarioError: anything but warnings was found.
        """
        if not self.is_clean:
            raise ScenarioError(self.sorted())


def _position(fault: Fault, files: Mapping[str, int]) -> tuple[int, int, int, str, str]:
    place = fault.place
    if place is None:
        return (-1, 0, 0, fault.code, fault.path)
    return (files.get(place.file, 0), place.line, place.column, fault.code, fault.path)
