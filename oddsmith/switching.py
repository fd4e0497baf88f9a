"""Lets the files of a complete extension take their places in its dataset."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from oddsmith.disk import sync_folder
from oddsmith.layout import Layout
from oddsmith.manifest import read_manifest

__all__ = ["switch"]


def switch(layout: Layout) -> None:
    """Let the files that an extension has made take their places, the manifest last.

    Whatever has moved already is where it belongs, so that this can be done again after an interruption.
    """
    ready = layout.switch
    if ready.manifest.is_file():
        manifest = json.loads(ready.manifest.read_bytes())
        for entry in manifest["files"]:
            _move(entry["path"], (ready.root, layout.extension.root), layout.root)
        for path in manifest["documents"]:
            _move(path, (ready.root,), layout.root)
        _sync(layout, manifest)
        ready.manifest.replace(layout.manifest)
    _sweep_unlisted(layout)
    for name in read_manifest(layout)["export"]:  # made from the old weights
        shutil.rmtree(layout.exports / name, ignore_errors=True)
    shutil.rmtree(layout.work, ignore_errors=True)


def _move(path: str, homes: tuple[Path, ...], root: Path) -> None:
    for home in homes:
        if (home / path).is_file():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).replace(root / path)
            return


def _sync(layout: Layout, manifest: dict[str, Any]) -> None:
    for folder in sorted({(layout.root / entry["path"]).parent for entry in manifest["files"]}):
        sync_folder(folder)
    sync_folder(layout.root)


def _sweep_unlisted(layout: Layout) -> None:
    """Remove files of our tables that the manifest does not list: a table may have become fewer files."""
    manifest = read_manifest(layout)
    listed = {entry["path"] for entry in manifest["files"]}
    for file in list(layout.tables()):
        path = file.relative_to(layout.root).as_posix()
        if file.parent.name in manifest["tables"] and path not in listed:
            file.unlink()
