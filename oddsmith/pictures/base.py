"""What a kind of pictures is: whether it can show a dataset, and a function that draws it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from oddsmith.dataset import Dataset, Episode
from oddsmith.errors import DatasetError

__all__ = ["Pictures", "Previewed", "Wish", "chosen", "one_of"]


@dataclass(frozen=True)
class Wish:
    """What somebody wants to see.

    Args:
        sensor: the sensor to show; the first that can be shown if None.
        event: show episodes in which this event occurred; the scenario's target if None, and any where it
            never did.
        episode_id: show only this episode.
        rows: how many of whatever there are many of.
    """

    sensor: str | None = None
    event: str | None = None
    episode_id: str | None = None
    rows: int = 5


@dataclass(frozen=True)
class Previewed:
    """What a preview wrote, and of which episodes.

    Args:
        files: the pictures, the one to look at first in front.
        shown: the episodes.
        note: one clause about how they were chosen.
    """

    files: tuple[Path, ...]
    shown: tuple[str, ...]
    note: str


class Pictures(Protocol):
    """A module that draws one kind of pictures."""

    def can_show(self, dataset: Dataset) -> bool:
        """Return whether the dataset has what these pictures are of."""
        ...

    def draw(self, dataset: Dataset, out: Path, wish: Wish) -> Previewed:
        """Draw into a folder that is there."""
        ...


def chosen(dataset: Dataset, wish: Wish, count: int) -> tuple[list[Episode], str]:
    """Return up to `count` episodes to show and why these.

    Raises:
        DatasetError: there is no such episode or event, or none at all yet.
    """
    if wish.episode_id is not None:
        return [dataset.episode(wish.episode_id)], f"episode {wish.episode_id}"
    target = wish.event or dataset.manifest.get("target")
    if target is not None:
        found = list(islice(dataset.episodes(event=target), count))
        if found:
            return found, f"episodes with {target}"
        if wish.event is not None:
            raise DatasetError(f"{dataset.folder.path} has no episode in which {wish.event} occurred")
    found = list(islice(dataset.episodes(), count))
    if not found:
        raise DatasetError(f"{dataset.folder.path} has no episodes yet")
    return found, f"no episode with {target}: the first of all" if target else "the first episodes"


def one_of(noun: str, names: list[str], wanted: str | None, owner: str) -> str:
    """Return the wanted one of several things, or the first.

    Raises:
        DatasetError: there is none, or not the wanted one.
    """
    if not names:
        raise DatasetError(f"{owner} has no {noun}, so there is nothing to show")
    if wanted is not None and wanted not in names:
        raise DatasetError(f"{owner} has no {noun} {wanted!r}; it has {', '.join(names)}")
    return wanted or names[0]
