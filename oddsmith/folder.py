"""A dataset on disk: its manifest, its tables, and which files belong together.

A table is a folder of Parquet files named after their shard (`00003.parquet`) or, where a shard's table is
long, its parts (`00003-000.parquet`). Files of one shard number, over all tables, hold the same episodes.
Only what the manifest lists is read once there is one; a folder without is a run that has not finished.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from oddsmith.errors import DatasetError
from oddsmith.layout import CALLS, EPISODES, Layout

__all__ = ["Folder"]

_SHARD_FILE = re.compile(r"(\d{5})(-\d{3})?\.parquet")


class Folder:
    """The files of one dataset."""

    def __init__(self, path: str | Path) -> None:
        """Open a folder.

        Raises:
            DatasetError: it is not there, or not a dataset.
        """
        self.path = Path(path)
        if not self.path.is_dir():
            raise DatasetError(f"{self.path} is not a folder")
        if EPISODES not in self.tables:
            raise DatasetError(self._why_empty())

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest as plain data; empty while a run is unfinished."""
        file = Layout(self.path).manifest
        if not file.is_file():
            return {}
        try:
            found: dict[str, Any] = json.loads(file.read_text("utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError) as fault:
            raise DatasetError(f"{file} cannot be read: {fault}") from None
        return found

    @cached_property
    def tables(self) -> Mapping[str, Mapping[int, tuple[Path, ...]]]:
        """Table name -> shard number -> its files in order."""
        tables: dict[str, dict[int, tuple[Path, ...]]] = {}
        for file in Layout(self.path).tables():
            match = _SHARD_FILE.fullmatch(file.name)
            if match and self._is_listed(file):
                shards = tables.setdefault(file.parent.name, {})
                shards[int(match[1])] = (*shards.get(int(match[1]), ()), file)
        return tables

    @property
    def observations(self) -> tuple[str, ...]:
        """Names of the tables that hold what sensors gave and what else was recorded of episodes."""
        return tuple(name for name in self.tables if name not in (CALLS, EPISODES))

    @property
    def shards(self) -> tuple[int, ...]:
        """Numbers of the shards with episodes, in plan order."""
        return tuple(self.tables[EPISODES])

    def files(self, table: str, shard: int | None = None) -> tuple[Path, ...]:
        """Return the files of a table, or of one shard of it, in order.

        Raises:
            DatasetError: there is no such table.
        """
        if table not in self.tables:
            raise DatasetError(f"{self.path} has no table {table!r}; it has {', '.join(self.tables)}")
        shards = self.tables[table]
        if shard is not None:
            return shards.get(shard, ())
        return tuple(file for number in sorted(shards) for file in shards[number])

    def _why_empty(self) -> str:
        if Layout(self.path).begun.is_file():
            return f"{self.path} has no episodes yet: `oddsmith resume {self.path}` goes on with it"
        makes_one = f"`oddsmith run SCENARIO --out {self.path}` makes one"
        return f"{self.path} is not a dataset: it has no episodes; {makes_one}"

    @cached_property
    def _listed(self) -> frozenset[str]:
        return frozenset(entry["path"] for entry in self.manifest.get("files", ()))

    def _is_listed(self, file: Path) -> bool:
        return not self._listed or file.relative_to(self.path).as_posix() in self._listed
