"""Rolling shutter: the rows of a picture see the world one after the other, each at its own moment.

Every row is drawn for itself, from where the camera and all bodies are when it is read: labels are those of
the row's moment to the last pixel, and nothing is bent from one picture of one moment. Shadows alone are those
of the frame's moment. A frame costs some seconds.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from renderers.annotations import Silhouette
from renderers.assets.key_points import key_points
from renderers.camera.drawing import Drawing, View
from renderers.camera.encoding import encode_png
from renderers.camera.frame import FrameRenderer
from renderers.camera.model import CameraModel
from renderers.camera.sensor import Camera
from renderers.raster.gbuffer import GBuffer, gbuffer_buffers
from renderers.raster.shadow import ShadowMaps
from sim.geometry import Array, inverse, matrix_from_pose

__all__ = ["RollingCamera", "row_moments"]

_MIDDLE = 1
"""Row of the strip of three that is kept; the ones around it are there for its edges alone."""
_IMAGES = ("markings", "lanes")
_LOOKS = 6
"""How often the row is looked for in which a moving point is seen; each look divides the error by a hundred."""


def row_moments(t: float, readout: float, height: int, window: tuple[float, float]) -> Array:
    """Return (H,) the moment of each row: equal steps about that of the frame, within the recorded time.

    Args:
        t: moment of the frame [s].
        readout: time in which all rows are read [s].
        height: rows.
        window: first and last recorded moment [s].
    """
    shares = (np.arange(height) + 0.5) / height - 0.5
    return np.asarray(np.clip(t + readout * shares, *window))


class RollingCamera(Camera):
    """A camera whose rows are read one after the other."""

    @cached_property
    def _strip(self) -> FrameRenderer:
        strip = CameraModel(replace(self.model.intrinsics, height=2 * _MIDDLE + 1, cy=0.0))
        near = float(self._setup.settings["near"])
        return FrameRenderer(self._stage, strip, self._motion.is_static, near=near)

    @cached_property
    def _line(self) -> Drawing:
        line = CameraModel(replace(self.model.intrinsics, height=1, cy=0.0))
        return Drawing(self._stage, line, near=float(self._setup.settings["near"]))

    @cached_property
    def _kept(self) -> tuple[GBuffer, NDArray[np.float32], dict[str, NDArray[np.uint8]]]:
        """Labels, light, and the images of paint and lanes."""
        shape = self.model.height, self.model.width
        images: dict[str, NDArray[np.uint8]] = {
            name: np.zeros(shape, np.uint8) for name in _IMAGES if name in self._labels
        }
        return gbuffer_buffers(*shape), np.zeros((*shape, 3), np.float32), images

    def moments(self, t: float) -> Array:
        """Return (H,) the moment of each row of the frame at t [s]."""
        readout = float(self._setup.settings["readout"])
        return row_moments(t, readout, self.model.height, self._recording.window)

    def gbuffer(self, t: float) -> GBuffer:
        """Draw a frame and return its labels, which stay valid until the next frame; without flow."""
        labels, light, images = self._kept
        labels.flow.fill(np.nan)
        shadows, middle = self._frames.shadows(self.view(t), self._lighting), self.view(t).T_world_camera
        for v, moment in enumerate(self.moments(t)):
            view = self._looking(self._view(float(moment)), v - _MIDDLE)
            row = self._strip.labels(view, view)
            for name in ("depth", "instance", "semantic", "normals", "body"):
                getattr(labels, name)[v] = getattr(row, name)[_MIDDLE]
            for name, image in images.items():
                image[v] = (self._strip.markings() if name == "markings" else self._strip.lanes())[_MIDDLE]
            lamps = self._motion.lamps_at(float(moment), self._darkness)
            seen = self._strip.light(view, lamps, self._lighting, _carried(shadows, middle, view))
            light[v] = seen[_MIDDLE]
        return labels

    def _looking(self, view: View, first: int) -> View:
        """Return a view turned, in the plane one metre ahead, so that a row of the picture comes first."""
        inside = self.model.intrinsics
        return replace(view, skew=(0.0, (inside.cy - first) / inside.fy))

    def _exposed(self, t: float) -> NDArray[np.float32]:
        return self._kept[1]

    def _drawn(self, t: float) -> dict[str, bytes]:
        return {name: encode_png(image, name) for name, image in self._kept[2].items()}

    def _silhouettes(self, t: float, gbuffer: GBuffer) -> dict[int, Silhouette]:
        """Return what every labelled body covers, row by row.

        Rows beyond the picture, which only count for truncation, are those of its first and last moment.
        """
        height, moments = self.model.height, self.moments(t)
        found: dict[int, _Rows] = {}
        last, view = -1, self.view(t)
        for v in range(-height, 2 * height):
            own = min(max(v, 0), height - 1)
            if own != last:
                last, view = own, self._view(float(moments[own]))
            self._line.draw(self._looking(view, v))
            for n, number in enumerate(self._line.placed.bodies.tolist()):
                if self._stage.bodies[number].labelled:
                    whole, extent, row = self._line.covered(n)
                    if whole:
                        found.setdefault(number, _Rows(height, self.model.width)).add(v, whole, extent, row)
        return {
            number: rows.silhouette(gbuffer.body == number) for number, rows in found.items() if rows.inside
        }

    def _points_seen(self, body: int, t: float, places: Array) -> Array:
        """Return (N, 3) where key points are in the camera frame of the row that sees them."""
        moments, seen = self.moments(t), places.copy()
        for k in range(len(places)):
            for _ in range(_LOOKS):
                row = self.model.project(seen[k])[1]
                if not np.isfinite(row):
                    break
                at = float(np.interp(row - 0.5, np.arange(len(moments)), moments))
                seen[k] = self._place_of(body, k, at)
        return seen

    def _place_of(self, body: int, k: int, t: float) -> Array:
        """Return (3,) where a key point of a body is in the camera frame at a moment."""
        setup, own = self._setup, self._stage.bodies[body]
        points = key_points(own.shape, self._motion.channels_at(body, t))
        assert points is not None, "it had points at the frame's moment"
        T_world_camera = self._motion.camera_at(t, setup.on, setup.T_body_sensor)
        T = inverse(T_world_camera) @ matrix_from_pose(self._recording.pose_at(own.name, t))
        return np.asarray(T[:3, :3] @ points.places[k] + T[:3, 3])


def _carried(shadows: ShadowMaps, T_world_camera: Array, view: View) -> ShadowMaps:
    """Return shadows that were found from one place as seen from another."""
    T = inverse(T_world_camera) @ view.T_world_camera

    def carried(T_map_camera: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.ascontiguousarray(T_map_camera.astype(np.float64) @ T, np.float32)

    return shadows._replace(
        T_fine_camera=carried(shadows.T_fine_camera),
        T_coarse_camera=carried(shadows.T_coarse_camera),
        T_cover_camera=carried(shadows.T_cover_camera),
    )


class _Rows:
    """A silhouette that is put together from rows."""

    def __init__(self, height: int, width: int) -> None:
        self.inside, self._whole = 0, 0
        self._mask = np.zeros((height, width), np.uint8)
        self._box = [2 * width, -width, 2 * height, -height]

    def add(self, v: int, whole: int, extent: tuple[int, int, int, int], row: NDArray[np.uint8]) -> None:
        """Add what is covered of a row."""
        self._whole += whole
        left, right, top, bottom = self._box
        self._box = [min(left, extent[0]), max(right, extent[1]), min(top, v), max(bottom, v)]
        if 0 <= v < len(self._mask):
            self._mask[v] = row
            self.inside += int(np.count_nonzero(row))

    def silhouette(self, seen: NDArray[np.bool_]) -> Silhouette:
        """Return it, with the pixels in which the body is seen."""
        left, right, top, bottom = self._box
        rows, columns = np.nonzero(seen)
        tight = (0, -1, 0, -1)
        if len(rows):
            tight = (int(columns.min()), int(columns.max()), int(rows.min()), int(rows.max()))
        mask = self._mask[max(top, 0) : bottom + 1, max(left, 0) : right + 1]
        return Silhouette(len(rows), self.inside, self._whole, tight, (left, right, top, bottom), mask)
