"""What range sensors told before an event: a row of two dark panels for each of some episodes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from oddsmith.dataset import Dataset, Episode, Frame
from oddsmith.errors import DatasetError
from oddsmith.pictures.base import Previewed, Wish, chosen

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["INK", "PAPER", "draw_rows"]

PAPER, INK = "#16181c", "#e8e8e8"
_MOST = 4
_HEIGHT = 6.2
_BEFORE_EVENT = 0.5
"""How long before an event a frame is shown [s]."""


def draw_rows(
    dataset: Dataset, sensor: str, wish: Wish, file: Path, *, width: float, share: float,
    row: Callable[[Axes, Axes, Episode, Frame], None],
) -> Previewed:  # fmt: skip
    """Draw one frame of a sensor for each of some episodes.

    Args:
        dataset: where they are.
        sensor: its name.
        wish: what somebody wants to see.
        file: where the picture goes.
        width: of the picture [inches].
        share: how much wider the second panel is than the first.
        row: draws a frame into both.

    Raises:
        DatasetError: there is no such event or episode, or nothing to show.
    """
    from oddsmith.pictures.figures import figure_of, save

    episodes, note = chosen(dataset, wish, min(wish.rows, _MOST))
    target = wish.event or dataset.manifest.get("target")
    figure = figure_of(width, _HEIGHT * len(episodes))
    figure.set_facecolor(PAPER)
    panels = figure.subplots(len(episodes), 2, squeeze=False, gridspec_kw={"width_ratios": [1.0, share]})
    for (first, second), episode in zip(panels, episodes, strict=True):
        row(first, second, episode, _before_event(episode, sensor, target))
    return Previewed((save(figure, file),), tuple(episode.id for episode in episodes), note)


def _before_event(episode: Episode, sensor: str, target: str | None) -> Frame:
    """Return the frame of a sensor nearest to half a second before the event, or the middle one.

    Raises:
        DatasetError: it saw nothing in this episode.
    """
    times = [frame.t for frame in episode.frames(sensor, columns=())]
    if not times:
        raise DatasetError(f"{sensor} saw nothing in episode {episode.id}")
    event = None if target is None else episode.row.get(f"event_time.{target}")
    index = len(times) // 2
    if event is not None:
        index = min(range(len(times)), key=lambda k: abs(times[k] - event + _BEFORE_EVENT))
    return next(islice(episode.frames(sensor), index, None))
