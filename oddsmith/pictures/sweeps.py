"""What a radar told: its detections from above, and by range and speed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from oddsmith.colouring import colour_of
from oddsmith.dataset import Dataset, Episode, Frame
from oddsmith.detections import SOURCES, detections, radars
from oddsmith.pictures.base import Previewed, Wish, one_of
from oddsmith.pictures.clouds import footprint
from oddsmith.pictures.ranges import INK, PAPER, draw_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["can_show", "draw", "file_in"]

_GRID = "#3a3f47"
_MARKERS = {"body": "o", "scenery": ".", "ghost": "x", "noise": "+"}
_FASTEST = 15.0
"""Speed over ground from which colours saturate [m/s]."""


def can_show(dataset: Dataset) -> bool:
    """Return whether the dataset has a radar."""
    return bool(radars(dataset))


def file_in(out: Path) -> Path:
    """Return where the picture goes."""
    return out / "sweeps.png"


def draw(dataset: Dataset, out: Path, wish: Wish) -> Previewed:
    """Draw one sweep of each of some episodes, from above and by range and speed.

    Raises:
        DatasetError: there is no such radar, event or episode, or nothing to show.
    """
    sensor = one_of("radar", radars(dataset), wish.sensor, str(dataset.folder.path))

    def row(above: Axes, beside: Axes, episode: Episode, sweep: Frame) -> None:
        points = detections(sweep)
        _from_above(above, sweep, points)
        _by_speed(beside, sweep, points)
        title = f"{sensor}, {episode.id}, t = {sweep.t:.2f} s, {len(points)} detections"
        above.set_title(title, color=INK, fontsize=10)

    return draw_rows(dataset, sensor, wish, file_in(out), width=13.0, share=1.1, row=row)


def _scattered(
    axes: Axes, across: NDArray[np.float64], up: NDArray[np.float64], points: NDArray[np.void]
) -> None:
    """Draw detections: colour by speed over ground, size by RCS, a mark by what they come from."""
    size = 12.0 + 4.0 * np.clip(points["rcs"] + 10.0, 0.0, 30.0)
    for code, source in enumerate(SOURCES):
        own = points["source"] == code
        marks = axes.scatter(
            across[own],
            up[own],
            s=size[own],
            c=points["over_ground"][own],
            cmap="coolwarm",
            vmin=-_FASTEST,
            vmax=_FASTEST,
            marker=_MARKERS[source],
            linewidths=1.0,
            label=source,
        )
        if source == "body":
            marks.set_edgecolor(INK)
    axes.set_facecolor("#000000")
    axes.tick_params(colors=INK, labelsize=7)
    axes.grid(color=_GRID, lw=0.4)


def _from_above(axes: Axes, sweep: Frame, points: NDArray[np.void]) -> None:
    """Draw the detections with x up and y to the left, and the boxes of bodies."""
    _scattered(axes, -points["y"], points["x"], points)
    reach = 1.05 * float(np.max(points["range"], initial=20.0))
    for entry in sweep["objects"]:
        corners = footprint(entry["box3d"])
        if np.any(corners[:, 0] < 0.0) or np.any(np.linalg.norm(corners, axis=1) > reach):
            continue
        colour = np.array(colour_of(entry["instance_id"])) / 255.0
        axes.plot(-corners[:, 1], corners[:, 0], color=colour, lw=1.2)
        text = f"{entry['category']} {entry['points']}"
        axes.annotate(text, (-corners[0, 1], corners[0, 0]), color=colour, fontsize=7)
    axes.plot([0.0], [0.0], marker="^", color=INK, ms=8)
    axes.set(xlim=(-0.6 * reach, 0.6 * reach), ylim=(-2.0, reach), aspect="equal")
    axes.set_xlabel("m to the right; red goes away over ground, blue comes nearer", color=INK, fontsize=8)


def _by_speed(axes: Axes, sweep: Frame, points: NDArray[np.void]) -> None:
    """Draw the detections by range and radial velocity, and where what stands still would lie."""
    _scattered(axes, points["range"], points["radial_velocity"], points)
    ahead, left, _ = sweep["velocity"]
    edges = [-(ahead * np.cos(a) + left * np.sin(a)) for a in np.radians(np.linspace(-60.0, 60.0, 25))]
    axes.axhspan(min(edges), max(edges), color="#2b4a3a", alpha=0.6, lw=0)
    axes.set_title("by range and radial velocity; the band stands still", color=INK, fontsize=10)
    axes.set_xlabel("range [m]", color=INK, fontsize=8)
    axes.set_ylabel("radial velocity [m/s]", color=INK, fontsize=8)
    axes.legend(fontsize=7, facecolor=PAPER, labelcolor=INK, loc="upper right")
