"""One frame: the order in which kernels turn a stage and its poses into labels and a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.annotations import Extent, Silhouette
from renderers.assets.materials import Column
from renderers.camera.detail import level_of
from renderers.camera.model import Pinhole
from renderers.camera.scratch import Scratch
from renderers.camera.shadows import ShadowPainter
from renderers.camera.stage import Placed, Stage
from renderers.raster.gbuffer import GBuffer, gbuffer_buffers, label
from renderers.raster.resolve import blend, edge_samples, finish, normal_table
from renderers.raster.setup import Triangles, place_perspective, set_up_perspective
from renderers.raster.shading import Lighting, Surfaces, shade
from renderers.raster.silhouette import cover, tally
from renderers.raster.visibility import NOTHING, fill
from sim.geometry import Array, inverse

__all__ = ["FrameRenderer", "View"]

STRIDE = 2
"""Samples per pixel along an axis; even samples are the pixel centres."""


@dataclass(frozen=True)
class View:
    """What is seen from where at one moment.

    Args:
        T_world_part: (P, 4, 4) where every part is.
        T_world_camera: (4, 4).
        hidden: stage number of a body left out of the picture; -1 for none. It still throws a shadow.
    """

    T_world_part: Array
    T_world_camera: Array
    hidden: int = -1

    @property
    def T_camera_part(self) -> Array:
        """(P, 4, 4) from the frame of each part to that of the camera."""
        return np.asarray(inverse(self.T_world_camera) @ self.T_world_part)


class FrameRenderer:
    """Renders frames of one stage with one camera; keeps its buffers between frames."""

    def __init__(
        self, stage: Stage, camera: Pinhole, is_static: NDArray[np.bool_], *, near: float, threads: int = 1
    ) -> None:
        """Reserve the buffers.

        Args:
            stage: what there is.
            camera: its intrinsics.
            is_static: (B,) bodies that never move; their shadows are kept.
            near: depth before which nothing is seen [m].
            threads: rows are cut into that many bands; the result does not depend on it.
        """
        self.stage, self.camera, self.near = stage, camera, near
        self._threads = threads
        self._lattice = camera.half_pixels()
        height, width = self._lattice.height, self._lattice.width
        g = stage.geometry
        self._two_sided = np.asarray(g.materials[g.face_material, Column.WRAP] > 0.0)
        self._scratch, self._spare = Scratch(), Scratch()
        self._depth = np.empty((height, width), np.float32)
        self._winner = np.empty((height, width), np.int32)
        rows, columns = np.mgrid[0:height:STRIDE, 0:width:STRIDE]
        self._centres = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.int16)
        self._edges = np.empty((height * width - camera.height * camera.width, 2), np.int16)
        self._table = normal_table()
        self._gbuffer = gbuffer_buffers(camera.height, camera.width)
        self._canvas = np.zeros((3 * camera.height, 3 * camera.width), np.uint8)
        self._shadows = ShadowPainter(stage, is_static, self._spare)
        self._placed = stage.placed(np.empty(0, np.int64), np.empty(0, np.int64))
        self._starts = np.zeros(1, np.int32)

    def labels(self, now: View, later: View) -> GBuffer:
        """Draw the frame and return its labels, which stay valid until the next call.

        Args:
            now: the moment of the frame.
            later: the moment of the next frame, for optical flow.
        """
        T_camera_part = now.T_camera_part
        self._draw(now, T_camera_part)
        T_next_camera = np.ascontiguousarray((later.T_camera_part @ inverse(T_camera_part))[:, :3])
        out, triangles = self._gbuffer, self._scratch.triangles
        g, stage = self.stage.geometry, self.stage
        T = np.ascontiguousarray(T_camera_part[:, :3])
        self._in_bands(
            self.camera.height,
            lambda top, bottom: label(
                triangles, self._winner, self._lattice, STRIDE, g.faces, g.normals, g.vertex_part,
                stage.part_start, T, T_next_camera, stage.instance, stage.semantic, top, bottom, out,
            ),
        )  # fmt: skip
        return out

    def silhouettes(self, gbuffer: GBuffer) -> dict[int, Silhouette]:
        """Return what every labelled body covers of the frame that `labels` drew last, by stage number.

        Only bodies are there that would be in at least one pixel with nothing in front.
        """
        seen = np.empty((len(self.stage.bodies), 5), np.int32)
        tally(gbuffer.body, seen)
        found = {}
        for n, body in enumerate(self._placed.bodies.tolist()):
            if self._starts[n + 1] > self._starts[n] and self.stage.bodies[body].labelled:
                inside, whole, amodal = self._alone(n)
                if inside > 0:
                    visible, *tight = seen[body].tolist()
                    found[body] = Silhouette(visible, inside, whole, _extent(tight), amodal)
        return found

    def _alone(self, n: int) -> tuple[int, int, Extent]:
        """Return the pixels a body covers inside the image and altogether, and the extent of all of them.

        Args:
            n: its position in the order in which bodies were drawn.
        """
        camera, placed, points = self.camera, self._placed, self._scratch.points
        triangles, first, last = self._scratch.triangles, int(self._starts[n]), int(self._starts[n + 1])
        own = points[placed.points[n] : placed.points[n + 1]]
        x, y = own[:, 3], own[:, 4]
        wide, high = self._lattice.width - 1, self._lattice.height - 1
        is_inside = x.min() >= 0.0 and x.max() <= wide and y.min() >= 0.0 and y.max() <= high
        if not is_inside or own[:, 2].min() < self.near:
            # It reaches beyond the image, and so must the triangles.
            one = placed.only(n)
            self._spare.make_room(one)
            w, h = STRIDE * camera.width, STRIDE * camera.height
            window = (-w, 2 * w - 1, -h, 2 * h - 1)
            first, last = 0, self._set_up(one, points, window, self._spare.triangles, np.empty(2, np.int32))
            triangles = self._spare.triangles
        out = np.empty(6, np.int32)
        cover(triangles, first, last, STRIDE, 1.0 / self.near, camera.width, camera.height, self._canvas, out)
        inside, whole, *extent = out.tolist()
        return inside, whole, _extent(extent)

    def picture(
        self, now: View, lamps: NDArray[np.float32], light: Lighting, *, noise_key: int, noise_sigma: float
    ) -> NDArray[np.uint8]:
        """Return the (H, W, 3) uint8 RGB picture of the frame that `labels` drew last.

        Args:
            now: the moment of the frame, as given to `labels`.
            lamps: (B, 8) brightness of lamps.
            light: what lights the scene.
            noise_key: 64 random bits of this frame.
            noise_sigma: standard deviation of the pixel noise [levels of 255].
        """
        g, camera = self.stage.geometry, self.camera
        shadows = self._shadows.paint(
            now.T_world_part, now.T_world_camera, light.sun.astype(np.float64), self._two_sided
        )
        triangles = self._scratch.triangles
        surfaces = Surfaces(
            g.faces, g.normals, g.coords, g.vertex_part, self.stage.part_start, g.face_material, g.materials,
            g.data, np.ascontiguousarray(now.T_world_part[:, :3, :3], np.float32), lamps,
        )  # fmt: skip
        T = np.ascontiguousarray(now.T_world_camera[:3])

        def colours_of(samples: NDArray[np.int16]) -> NDArray[np.float32]:
            colours = np.empty((len(samples), 3), np.float32)
            self._in_bands(
                len(samples),
                lambda first, last: shade(
                    samples[first:last], triangles, self._winner, self._lattice, STRIDE, T, surfaces, light,
                    shadows, colours[first:last],
                ),
            )  # fmt: skip
            return colours

        centres = colours_of(self._centres).reshape(camera.height, camera.width, 3)
        count = edge_samples(
            triangles,
            g.face_material,
            self._two_sided,
            self._lattice,
            self._winner,
            0,
            self._lattice.height,
            self._edges,
        )
        edges = self._edges[:count]
        picture = centres.copy()
        blend(edges, colours_of(edges), centres, picture)
        out = np.empty((camera.height, camera.width, 3), np.uint8)
        finish(picture, np.uint64(noise_key), noise_sigma, self._table, 0, camera.height, out)
        return out

    def in_view(self, T_camera_part: Array, hidden: int) -> Placed:
        """Return the bodies that may be seen, nearest first, plants far away in coarse meshes."""
        stage, camera = self.stage, self.camera
        T = T_camera_part[stage.part_start[:-1]]
        centres = np.einsum("bij,bj->bi", T[:, :3, :3], stage.centres) + T[:, :3, 3]
        x, y, z = centres.T
        half_x, half_y = camera.width / 2 / camera.focal, camera.height / 2 / camera.focal
        seen = z + stage.radii > self.near
        for offset, half in ((x, half_x), (y, half_y)):
            seen &= (np.abs(offset) - half * z) / np.hypot(1.0, half) < stage.radii
        if hidden >= 0:
            seen[hidden] = False
        distance = np.linalg.norm(centres, axis=1) - stage.radii
        bodies = np.flatnonzero(seen)
        bodies = bodies[np.argsort(distance[bodies], kind="stable")]
        return stage.placed(bodies, level_of(distance[bodies], stage.longest_side[bodies], camera.focal))

    def _draw(self, now: View, T_camera_part: Array) -> None:
        g, near, lattice = self.stage.geometry, self.near, self._lattice
        self._placed = placed = self.in_view(T_camera_part, now.hidden)
        self._scratch.make_room(placed)
        points, triangles = self._scratch.points, self._scratch.triangles
        T = np.ascontiguousarray(T_camera_part[:, :3])
        place_perspective(
            placed.vertices, placed.parts, placed.points, g.vertices, g.vertex_part, T, lattice, near, points
        )
        self._starts = np.empty(len(placed.bodies) + 1, np.int32)
        window = (0, lattice.width - 1, 0, lattice.height - 1)
        count = self._set_up(placed, points, window, triangles, self._starts)
        self._depth.fill(0.0)
        self._winner.fill(NOTHING)
        self._in_bands(
            lattice.height,
            lambda top, bottom: fill(triangles, 0, count, top, bottom, 1.0 / near, self._depth, self._winner),
        )

    def _set_up(
        self,
        placed: Placed,
        points: Array,
        window: tuple[int, int, int, int],
        triangles: Triangles,
        starts: NDArray[np.int32],
    ) -> int:
        return int(
            set_up_perspective(
                placed.bodies, placed.vertices, placed.faces, placed.points, self.stage.geometry.faces,
                self._two_sided, points, self._lattice, window, self.near, triangles, starts,
            )
        )  # fmt: skip

    def _in_bands(self, rows: int, work: Callable[[int, int], None]) -> None:
        """Run work(first, last) over bands that together are 0..rows."""
        if self._threads == 1:
            work(0, rows)
            return
        cuts = np.linspace(0, rows, self._threads + 1).astype(int)
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(work, cuts[:-1], cuts[1:]))


def _extent(values: Sequence[int]) -> Extent:
    left, right, top, bottom = values
    return left, right, top, bottom
