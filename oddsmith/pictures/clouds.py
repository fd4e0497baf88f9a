"""What a LiDAR saw: its cloud from above, and laid over the picture that a camera took at the same moment."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.clouds import Turns, lidars, point_cloud, untwisted
from oddsmith.colouring import colour_of
from oddsmith.dataset import Dataset, Episode, Frame
from oddsmith.errors import DatasetError
from oddsmith.pictures.base import Previewed, Wish, chosen, one_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["before_event", "can_show", "draw", "file_in", "footprint"]

_SIDE = 45.0
"""How far a cloud is shown from above [m]."""
_MOST = 4
_PAPER = "#16181c"
_INK = "#e8e8e8"
_AIR = "#ff5fd2"
_BEFORE_EVENT = 0.5
"""How long before an event a frame is shown [s]."""


def can_show(dataset: Dataset) -> bool:
    """Return whether the dataset has a LiDAR."""
    return bool(lidars(dataset))


def file_in(out: Path) -> Path:
    """Return where the picture goes."""
    return out / "clouds.png"


def draw(dataset: Dataset, out: Path, wish: Wish) -> Previewed:
    """Draw one turn of each of some episodes, from above and over a camera's picture.

    Raises:
        DatasetError: there is no such LiDAR, event or episode, or nothing to show.
    """
    from oddsmith.pictures.figures import figure_of, save

    sensor = one_of("lidar", lidars(dataset), wish.sensor, str(dataset.folder.path))
    episodes, note = chosen(dataset, wish, min(wish.rows, _MOST))
    camera = next((name for name in dataset.sensors if {"rgb", "K"} <= set(dataset.columns(name))), None)
    target = wish.event or dataset.manifest.get("target")
    figure = figure_of(14.0, 6.2 * len(episodes))
    figure.set_facecolor(_PAPER)
    panels = figure.subplots(len(episodes), 2, squeeze=False, gridspec_kw={"width_ratios": [1.0, 1.25]})
    for (above, over), episode in zip(panels, episodes, strict=True):
        turn = before_event(episode, sensor, target)
        points = point_cloud(turn)
        _from_above(above, turn, points)
        above.set_title(f"{sensor}, {episode.id}, t = {turn.t:.2f} s, {len(points)} echoes", color=_INK)
        picture = None if camera is None else _picture_beside(episode, camera, turn)
        if picture is None:
            _panorama(over, turn)
        else:
            _over(over, picture, turn, points)
    return Previewed((save(figure, file_in(out)),), tuple(episode.id for episode in episodes), note)


def before_event(episode: Episode, sensor: str, target: str | None) -> Frame:
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


def _picture_beside(episode: Episode, camera: str, turn: Frame) -> Frame | None:
    """Return the camera's frame at the turn's moment."""
    return Turns(camera).beside(turn)


def _colours(points: NDArray[np.void]) -> NDArray[Any]:
    """Return (N, 3) colours: bodies by their id, what floats in the air apart, the rest by intensity."""
    tone = 0.45 + 0.55 * np.sqrt(np.clip(points["intensity"], 0.0, 1.0))
    colours = np.stack([0.62 * tone, 0.72 * tone, 0.80 * tone], axis=1)
    for instance in np.unique(points["instance"]):
        if instance:
            colours[points["instance"] == instance] = np.array(colour_of(int(instance))) / 255.0
    colours[points["semantic"] == 0] = [int(_AIR[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
    return colours


def _from_above(axes: Axes, turn: Frame, points: NDArray[np.void]) -> None:
    """Draw the cloud with x up and y to the left, and the boxes of bodies that it met."""
    axes.set_facecolor("#000000")
    axes.scatter(-points["y"], points["x"], s=1.3, c=_colours(points), linewidths=0, rasterized=True)
    for entry in turn["objects"]:
        if entry["points"]:
            corners = footprint(entry["box3d"])
            colour = np.array(colour_of(entry["instance_id"])) / 255.0
            axes.plot(-corners[:, 1], corners[:, 0], color=colour, lw=1.0)
            if np.all(np.abs(corners) < _SIDE):
                text = f"{entry['category']} {entry['points']}"
                axes.annotate(text, (-corners[0, 1], corners[0, 0]), color=colour, fontsize=7)
    axes.plot([0.0], [0.0], marker="^", color=_INK, ms=7)
    axes.set(xlim=(-_SIDE, _SIDE), ylim=(-_SIDE, _SIDE), aspect="equal")
    axes.tick_params(colors=_INK, labelsize=7)


def footprint(box: Any) -> NDArray[np.float64]:
    """Return (5, 2) the closed outline of a box from above."""
    from scipy.spatial.transform import Rotation

    signs = np.array([[1, 1, 0], [1, -1, 0], [-1, -1, 0], [-1, 1, 0], [1, 1, 0]])
    corners = Rotation.from_quat(box["rotation"]).apply(signs * np.array(box["size"]) / 2)
    return np.asarray((corners + box["center"])[:, :2])


def _over(axes: Axes, picture: Frame, turn: Frame, points: NDArray[np.void]) -> None:
    """Draw the points over the picture, coloured by range."""
    image = picture["rgb"]
    T = np.linalg.inv(picture["T_world_camera"]) @ turn["T_world_lidar"]
    at = untwisted(turn, points) @ T[:3, :3].T + T[:3, 3]
    u, v, w = picture["K"] @ at.T
    with np.errstate(divide="ignore", invalid="ignore"):
        u, v = u / w, v / w
    height, width = image.shape[:2]
    is_in = (w > 0.1) & (u >= 0) & (u < width) & (v >= 0) & (v < height)
    axes.imshow(image, extent=(0, width, height, 0))
    axes.scatter(
        u[is_in],
        v[is_in],
        s=3.0,
        c=np.log(points["range"][is_in]),
        cmap="turbo_r",
        linewidths=0,
        rasterized=True,
    )
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_title(f"over {picture.sensor}'s picture, by range", color=_INK)
    axes.set_axis_off()


def _panorama(axes: Axes, turn: Frame) -> None:
    """Draw the intensities as stored: a row per beam, a column per firing."""
    axes.imshow(turn["intensity"], aspect="auto", cmap="gray", vmax=100)
    axes.set_title("intensity of every beam", color=_INK)
    axes.set_axis_off()
