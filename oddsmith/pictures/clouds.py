"""What a LiDAR saw: its cloud from above, and laid over the picture that a camera took at the same moment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.clouds import Turns, lidars, point_cloud, untwisted
from oddsmith.colouring import colour_of
from oddsmith.dataset import Dataset, Episode, Frame
from oddsmith.pictures.base import Previewed, Wish, one_of
from oddsmith.pictures.ranges import INK, draw_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["can_show", "draw", "file_in", "footprint"]

_SIDE = 45.0
"""How far a cloud is shown from above [m]."""
_AIR = "#ff5fd2"


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
    sensor = one_of("lidar", lidars(dataset), wish.sensor, str(dataset.folder.path))
    camera = next((name for name in dataset.sensors if {"rgb", "K"} <= set(dataset.columns(name))), None)

    def row(above: Axes, over: Axes, episode: Episode, turn: Frame) -> None:
        points = point_cloud(turn)
        _from_above(above, turn, points)
        above.set_title(f"{sensor}, {episode.id}, t = {turn.t:.2f} s, {len(points)} echoes", color=INK)
        picture = None if camera is None else _picture_beside(episode, camera, turn)
        if picture is None:
            _panorama(over, turn)
        else:
            _over(over, picture, turn, points)

    return draw_rows(dataset, sensor, wish, file_in(out), width=14.0, share=1.25, row=row)


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
    axes.plot([0.0], [0.0], marker="^", color=INK, ms=7)
    axes.set(xlim=(-_SIDE, _SIDE), ylim=(-_SIDE, _SIDE), aspect="equal")
    axes.tick_params(colors=INK, labelsize=7)


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
    axes.set_title(f"over {picture.sensor}'s picture, by range", color=INK)
    axes.set_axis_off()


def _panorama(axes: Axes, turn: Frame) -> None:
    """Draw the intensities as stored: a row per beam, a column per firing."""
    axes.imshow(turn["intensity"], aspect="auto", cmap="gray", vmax=100)
    axes.set_title("intensity of every beam", color=INK)
    axes.set_axis_off()
