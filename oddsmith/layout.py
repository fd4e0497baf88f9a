"""Where everything stands in a dataset folder.

While a run is unfinished, `.work/` holds what resuming needs: what was begun, the outcomes of the hunt batch by
batch, shards being written, and a receipt for every shard that is done. It disappears with the last step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CALLS", "EPISODES", "Layout", "part_name"]

CALLS = "calls"
"""Table with a row per call of the hunt."""

EPISODES = "episodes"
"""Table with a row per exported episode."""


def part_name(shard: int, part: int | None = None) -> str:
    """Return the file name of a shard, or of one part of a shard that is long."""
    return f"{shard:05d}.parquet" if part is None else f"{shard:05d}-{part:03d}.parquet"


@dataclass(frozen=True)
class Layout:
    """The paths of one dataset."""

    root: Path

    @property
    def manifest(self) -> Path:
        """What the folder holds, file by file; its presence means that the dataset is complete."""
        return self.root / "manifest.json"

    @property
    def plan(self) -> Path:
        """Which calls become episodes, with which weights, in which shards."""
        return self.root / "plan.jsonl"

    @property
    def scenario(self) -> Path:
        """The scenario as the user wrote it."""
        return self.root / "scenario.yaml"

    @property
    def inputs(self) -> Path:
        """Copies of the files the scenario reads, under their paths relative to it."""
        return self.root / "inputs"

    @property
    def card(self) -> Path:
        """The dataset card."""
        return self.root / "README.md"

    @property
    def croissant(self) -> Path:
        """The dataset's description in the Croissant vocabulary."""
        return self.root / "croissant.json"

    @property
    def exports(self) -> Path:
        """The dataset in other formats, a folder each, as the scenario asks for."""
        return self.root / "exports"

    @property
    def work(self) -> Path:
        """What an unfinished run keeps."""
        return self.root / ".work"

    @property
    def begun(self) -> Path:
        """What run was begun here: scenario hash, seed, overrides, versions."""
        return self.work / "run.json"

    @property
    def odds(self) -> Path:
        """What the hunt came to, noted when it ends: rates of the events, how they were found."""
        return self.work / "odds.json"

    @property
    def extension(self) -> Layout:
        """Where one more part of a complete dataset is made, laid out like a dataset."""
        return Layout(self.work / "extension")

    @property
    def switch(self) -> Layout:
        """Files that take the place of others when an extension is complete; there as a whole or not at all."""
        return Layout(self.work / "switch")

    @property
    def lock(self) -> Path:
        """Held by the process that works on the folder."""
        return self.work / "lock"

    @property
    def staging(self) -> Path:
        """Shards being written, one folder each."""
        return self.work / "shards"

    def batch(self, number: int) -> Path:
        """Return where the outcomes of one batch of the hunt are kept."""
        return self.work / "hunt" / f"{number:06d}.json"

    def receipt(self, job: str) -> Path:
        """Return where the receipt of a job (`calls`, `00003`) is kept."""
        return self.work / "receipts" / f"{job}.json"

    def tables(self) -> Iterator[Path]:
        """Yield all Parquet files that stand in table folders, in the order of their paths."""
        yield from sorted(
            file for file in self.root.glob("*/*.parquet") if not file.parent.name.startswith(".")
        )
