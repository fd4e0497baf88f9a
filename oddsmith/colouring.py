"""Label arrays as pictures for people: depth, instances, classes, normals and flow in colour."""

from __future__ import annotations

from collections.abc import Sequence
from colorsys import hsv_to_rgb
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "colour_of",
    "coloured_classes",
    "coloured_depth",
    "coloured_flow",
    "coloured_instances",
    "coloured_normals",
]

Picture = NDArray[np.uint8]

_GOLDEN = 0.6180339887498949
_VOID = (70, 130, 180)
_BACKGROUND_DIM = 0.6

# The Cityscapes palette (Cordts et al. 2016), which people who label streets read at a glance.
_CLASS_COLOURS = {
    "road": (128, 64, 128),
    "sidewalk": (244, 35, 232),
    "building": (70, 70, 70),
    "wall": (102, 102, 156),
    "fence": (190, 153, 153),
    "guard rail": (180, 165, 180),
    "pole": (153, 153, 153),
    "traffic light": (250, 170, 30),
    "traffic sign": (220, 220, 0),
    "vegetation": (107, 142, 35),
    "terrain": (152, 251, 152),
    "person": (220, 20, 60),
    "rider": (255, 0, 0),
    "car": (0, 0, 142),
    "truck": (0, 0, 70),
    "bus": (0, 60, 100),
    "motorcycle": (0, 0, 230),
    "bicycle": (119, 11, 32),
    "trailer": (0, 0, 110),
    "tram": (0, 80, 100),
    "static": (111, 74, 0),
    "dynamic": (170, 120, 50),
}


def colour_of(instance_id: int) -> tuple[int, int, int]:
    """Return the colour of an instance: far from its neighbours', and the same in every picture."""
    r, g, b = hsv_to_rgb(instance_id * _GOLDEN % 1.0, 0.75, 1.0)
    return round(255 * r), round(255 * g), round(255 * b)


def coloured_depth(
    depth: NDArray[np.floating[Any]], *, nearest: float = 2.0, farthest: float = 150.0
) -> Picture:
    """Return depth on a logarithmic scale from red (near) to blue (far); nothing is black.

    Args:
        depth: (H, W) metres, nan where there is none.
        nearest: depth that is shown reddest [m].
        farthest: depth that is shown bluest [m].
    """
    from matplotlib import colormaps

    seen = np.isfinite(depth)
    metres = np.clip(np.where(seen, depth, farthest), nearest, farthest)
    share = 1.0 - np.log(metres / nearest) / np.log(farthest / nearest)
    picture = (255 * colormaps["turbo"](0.08 + 0.84 * share)[..., :3]).astype(np.uint8)
    picture[~seen] = 0
    return picture


def coloured_instances(instances: NDArray[np.integer[Any]], rgb: Picture) -> Picture:
    """Return every instance in its colour over the dimmed picture.

    Args:
        instances: (H, W) ids, 0 for background.
        rgb: (H, W, 3).
    """
    shade = rgb.mean(axis=-1, keepdims=True)
    ids, place = np.unique(instances, return_inverse=True)
    palette = np.array([colour_of(int(i)) if i else (0, 0, 0) for i in ids], np.float64)
    is_instance = (instances != 0)[..., None]
    mixed = np.where(
        is_instance, 0.62 * palette[place].reshape(rgb.shape) + 0.38 * shade, _BACKGROUND_DIM * shade
    )
    return np.asarray(mixed, np.uint8)


def coloured_classes(classes: NDArray[np.integer[Any]], names: Sequence[str]) -> Picture:
    """Return classes in the colours people know from street datasets.

    Args:
        classes: (H, W) class ids, 0 for void.
        names: of class 1, 2, …
    """
    palette = [_VOID, *(_CLASS_COLOURS.get(name, colour_of(k)) for k, name in enumerate(names, start=1))]
    missing = int(classes.max(initial=0)) + 1 - len(palette)
    palette += [colour_of(k) for k in range(len(palette), len(palette) + missing)]
    return np.asarray(palette, np.uint8)[classes]


def coloured_normals(normals: NDArray[np.floating[Any]]) -> Picture:
    """Return normals as the usual blue-ish normal map; nothing is black.

    Args:
        normals: (H, W, 3) unit vectors in the camera frame (x right, y down, z forward), nan where none.
    """
    towards_viewer = normals * np.array([1.0, -1.0, -1.0])
    return np.asarray(np.nan_to_num(127.5 * (towards_viewer + 1.0), nan=0.0), np.uint8)


def coloured_flow(flow: NDArray[np.floating[Any]]) -> Picture:
    """Return flow with direction as hue and speed as saturation; unknown is black.

    Args:
        flow: (H, W, 2) pixels to the right and down, nan where unknown.
    """
    from matplotlib.colors import hsv_to_rgb as to_rgb

    known = np.isfinite(flow).all(axis=-1)
    u, v = np.moveaxis(np.where(known[..., None], flow, 0.0), -1, 0)
    speed = np.hypot(u, v)
    top = np.quantile(speed[known], 0.98) if known.any() else 1.0
    hue = (np.arctan2(v, u) / (2 * np.pi)) % 1.0
    colour = to_rgb(np.stack([hue, np.clip(speed / max(top, 1e-9), 0, 1), known.astype(float)], axis=-1))
    return np.asarray(255 * colour, np.uint8)
