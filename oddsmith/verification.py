"""Checks a dataset on disk against its manifest, byte by byte, without running anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oddsmith.disk import file_hash
from oddsmith.errors import DatasetError
from oddsmith.layout import Layout
from oddsmith.manifest import dataset_hash, read_manifest
from sim.errors import Unfinished

__all__ = ["Verified", "verify"]


@dataclass(frozen=True)
class Verified:
    """A dataset whose every byte is as the manifest says."""

    files: int
    rows: int
    bytes: int
    dataset_hash: str


def verify(out: Path, *, report: Callable[[int, int], None] | None = None) -> Verified:
    """Compare every file with the manifest.

    Args:
        out: the dataset.
        report: takes (files checked, files in all).

    Raises:
        Unfinished: the dataset is not complete yet.
        DatasetError: naming every file that is missing, differs, or stands in a table without being listed.
    """
    layout = Layout(out)
    manifest = _manifest(layout)
    expected = {entry["path"]: entry["sha256"] for entry in manifest["files"]} | manifest["documents"]
    faults = []
    for checked, (path, wanted) in enumerate(sorted(expected.items()), 1):
        fault = _fault(layout.root / path, wanted)
        if fault:
            faults.append(f"{path} {fault}")
        if report:
            report(checked, len(expected))
    listed = {entry["path"] for entry in manifest["files"]}
    tables = set(manifest["tables"])
    for file in layout.tables():
        path = file.relative_to(layout.root).as_posix()
        if file.parent.name in tables and path not in listed:
            faults.append(f"{path} is not listed")
    hashed = dataset_hash({e["path"]: e["sha256"] for e in manifest["files"]}, manifest["plan_hash"])
    if hashed != manifest["dataset_hash"]:
        faults.append("manifest.json contradicts itself: the dataset hash is not that of the files it lists")
    if faults:
        raise DatasetError(f"{layout.root} is not what its manifest says: " + "; ".join(faults))
    return Verified(
        len(expected),
        sum(entry["rows"] for entry in manifest["files"]),
        sum(entry["bytes"] for entry in manifest["files"]),
        hashed,
    )


def _manifest(layout: Layout) -> dict[str, Any]:
    if not layout.manifest.is_file() or layout.switch.root.is_dir():
        if layout.begun.is_file() or layout.switch.root.is_dir():
            raise Unfinished(f"{layout.root} is unfinished: `oddsmith resume {layout.root}` goes on with it")
        raise DatasetError(f"{layout.root} is not a dataset: it has no manifest.json")
    try:
        return read_manifest(layout)
    except (UnicodeDecodeError, json.JSONDecodeError) as fault:
        raise DatasetError(f"{layout.manifest} cannot be read: {fault}") from None


def _fault(path: Path, wanted: str) -> str:
    """Return what is wrong with a file, "" if nothing."""
    if not path.is_file():
        return "is missing"
    try:
        return "" if file_hash(path) == wanted else "differs"
    except OSError as fault:
        return f"cannot be read ({fault.strerror})"
