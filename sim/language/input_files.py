"""Input files of a scenario: relative to its folder, inside its project, hashed into it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any

from sim.errors import OddsmithError, Place
from sim.language.modules import module_of, source_of
from sim.language.report import Report

__all__ = ["MAX_INPUT_BYTES", "Input", "Inputs", "project_folder"]

MAX_INPUT_BYTES = 256 * 1024 * 1024
_MODULES = "modules"  # folder of the sources of installed modules in a dataset
_MARKERS = (".git", "pyproject.toml", ".oddsmith")


@dataclass(frozen=True)
class Input:
    """One input file.

    Args:
        path: path under which a dataset keeps it: as written, with `..` spelled `up`.
        written: path as the scenario writes it.
        file: where it is now.
        sha256: hash of its content.
        size: its length [bytes].
    """

    path: str
    written: str
    file: Path
    sha256: str
    size: int


def project_folder(folder: Path) -> Path:
    """Return the nearest folder upwards that is marked as a project, else the folder itself."""
    here = folder.resolve()
    for candidate in (here, *here.parents):
        if any((candidate / marker).exists() for marker in _MARKERS):
            return candidate
    return here


@dataclass
class Inputs:
    """The input files found so far.

    Args:
        folder: paths are relative to it.
        copies: folder of a dataset in which the inputs lie under their stored names; None for a scenario
            that lies where it was written.
        bases: name of a used file as faults show it -> its folder, seen from the scenario's; what it names is
            relative to that.
        used: those of the inputs that are used files, whose content is the scenario's own.
    """

    folder: Path
    copies: Path | None = None
    found: dict[str, Input] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def shown(self, written: str) -> str:
        """Return the path of an input as faults show it."""
        return str(self._path(written))

    def rebased(self, written: str, place: Place | None) -> str:
        """Return a path that stands at a place as seen from the scenario's folder."""
        base = self.bases.get(place.file, "") if place is not None else ""
        return posixpath.normpath(posixpath.join(base, written)) if base and written else written

    def text(self, written: str, where: str, place: Place | None, report: Report) -> str | None:
        """Return the content of an input as text, None with a fault."""
        found = self.add(written, (), where, place, report)
        if found is None:
            return None
        try:
            return found.file.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            report.add("E170", where, f"'{written}' is not a text in UTF-8", place=place)
            return None

    def add(
        self,
        written: str,
        suffixes: tuple[str, ...],
        where: str,
        place: Place | None,
        report: Report,
        *,
        is_used: bool = False,
    ) -> Input | None:
        """Return an input, hashed, or None with a fault; `is_used` for files whose content is put in."""
        problem = self._problem(written, suffixes)
        if problem is not None:
            report.add("E170", where, problem, place=place, allowed=suffixes)
            return None
        if written not in self.found:
            try:
                self.found[written] = self._read(written)
            except OSError as error:
                report.add("E170", where, f"'{written}' cannot be read: {error.strerror}", place=place)
                return None
        if is_used:
            self.used.add(written)
        return self.found[written]

    def add_module(self, text: str, where: str, place: Place | None, report: Report) -> Input | None:
        """Return the source of "package.module:function" as an input, or None with a fault.

        A dataset keeps the source; what is installed must still be that.
        """
        name = module_of(text)
        file = None if name is None else source_of(name)
        if name is None or file is None:
            problem = f"no module '{name}' is installed" if name else f"'{text}' is not package.module:function"
            report.add("E170", where, problem, place=place)
            return None
        stored, content = f"{_MODULES}/{name}.py", file.read_bytes()
        kept = None if self.copies is None else self.copies / stored
        if kept is not None and not (kept.is_file() and kept.read_bytes() == content):
            problem = f"{name} is not what it was when the dataset was begun; {stored} among its inputs is"
            report.add("E170", where, problem, place=place)
            return None
        found = Input(stored, name, file, sha256(content).hexdigest(), len(content))
        self.found[stored] = found
        return found

    def is_readable(self, found: Input, reader: str, where: str, place: Place | None, report: Report) -> bool:
        """Return whether the content of an input can be used, with a fault or with remarks.

        `reader` is the "module:function" that says so, "" where nothing is asked of the content.
        """
        if not reader:
            return True
        module, _, function = reader.partition(":")
        try:
            remarks = getattr(import_module(module), function)(found.file)
        except OddsmithError as error:
            report.add("E170", where, str(error).replace(str(found.file), found.written), place=place)
            return False
        for remark in remarks:
            report.add("W202", where, f"{found.written}: {remark}", place=place)
        return True

    def as_files(self, data: Any) -> Any:
        """Return plain data with the paths of inputs in the place of their names, so that they can be read."""
        if isinstance(data, list):
            return [self.as_files(item) for item in data]
        if not isinstance(data, dict):
            return data
        found = {key: self.as_files(value) for key, value in data.items()}
        given = self.found.get(found["file"]) if isinstance(found.get("file"), str) else None
        return found if given is None else {**found, "file": given.file}

    def _path(self, written: str) -> Path:
        return self.folder / written if self.copies is None else self.copies / _stored_name(written)

    def _problem(self, written: str, suffixes: tuple[str, ...]) -> str | None:
        shown = written if len(written) <= 80 else written[:77] + "…"
        if not written or "\0" in written or "\\" in written or len(written) > 1000:
            return f"'{shown}' is not a path; folders are separated by '/'"
        if PurePosixPath(written).is_absolute():
            return f"'{shown}' is absolute; inputs are named relative to the scenario"
        if suffixes and PurePosixPath(written).suffix not in suffixes:
            return f"'{shown}' is of another type"
        try:
            path = self._path(written).resolve()
            root = project_folder(self.folder) if self.copies is None else self.copies.resolve()
            if not path.is_relative_to(root):
                return f"'{shown}' lies outside the project, {root.name}/"
            if not path.exists():
                return f"there is no file '{shown}' beside the scenario"
            if not path.is_file():
                return f"'{shown}' is not a file"
            if path.stat().st_size > MAX_INPUT_BYTES:
                return f"'{shown}' is larger than {MAX_INPUT_BYTES // 1024**2} MiB"
        except (OSError, RuntimeError):  # RuntimeError: a loop of links
            return f"'{shown}' cannot be read"
        return None

    def _read(self, written: str) -> Input:
        path = self._path(written).resolve()
        digest = sha256()
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return Input(_stored_name(written), written, path, digest.hexdigest(), path.stat().st_size)


def _stored_name(written: str) -> str:
    return "/".join("up" if part == ".." else part for part in PurePosixPath(written).parts)
