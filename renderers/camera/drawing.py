"""Which triangle every sample of a camera sees, and what each body covers by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from renderers.annotations import Extent, Silhouette
from renderers.assets.materials import Column
from renderers.camera.detail import level_of
from renderers.camera.model import STRIDE, CameraModel, optics
from renderers.camera.scratch import Canvas, Scratch
from renderers.camera.stage import Placed, Stage
from renderers.raster.bent import cover_bent, fill_bent
from renderers.raster.runs import Runs, list_runs, run_buffers
from renderers.raster.setup import MARGIN, Triangles, place_perspective, set_up_perspective
from renderers.raster.silhouette import cover, tally
from renderers.raster.visibility import NOTHING, fill
from sim.geometry import Array, inverse

__all__ = ["Drawing", "View"]

_CENTRED = (0.0, 0.0)


@dataclass(frozen=True)
class View:
    """What is seen from where at one moment.

    Args:
        T_world_part: (P, 4, 4) where every part is.
        T_world_camera: (4, 4).
        hidden: stage number of a body left out of the picture; -1 for none. It still throws a shadow.
        skew: by how much all directions are turned right and down, in the plane one metre ahead.
    """

    T_world_part: Array
    T_world_camera: Array
    hidden: int = -1
    skew: tuple[float, float] = _CENTRED

    @cached_property
    def T_camera_part(self) -> Array:
        """(P, 4, 4) from the frame of each part to that of the camera."""
        return np.asarray(inverse(self.T_world_camera) @ self.T_world_part)

    @cached_property
    def _T_part_camera(self) -> Array:
        return np.asarray(inverse(self.T_camera_part))

    def T_carried_to(self, other: View) -> Array:
        """Return (P, 3, 4) from this camera frame to that of another view, for points that move with a part."""
        return np.ascontiguousarray((other.T_camera_part @ self._T_part_camera)[:, :3])


class Drawing:
    """The visible triangles of one view at a time; keeps its buffers between views."""

    def __init__(
        self, stage: Stage, camera: CameraModel, *, near: float, threads: int = 1, beside: Drawing | None = None
    ) -> None:
        """Reserve the buffers.

        Args:
            stage: what there is.
            camera: its model.
            near: depth before which nothing is seen [m].
            threads: rows are cut into that many bands; the result does not depend on it.
            beside: another of the same camera, whose buffers serve this one too where nothing is kept in them.
        """
        self.stage, self.camera, self.near, self.optics = stage, camera, near, optics(camera)
        self._threads = threads
        self.lattice = camera.half_pixels()
        shape = self.lattice.height, self.lattice.width
        g = stage.geometry
        self.two_sided = np.asarray(g.materials[g.face_material, Column.WRAP] > 0.0)
        self.winner = np.empty(shape, np.int32)
        self._runs = run_buffers(camera.height, camera.width)
        self._has_runs = False
        self.placed = stage.placed(np.empty(0, np.int64), np.empty(0, np.int64))
        self._scratch = Scratch()
        self.spare: Scratch = Scratch() if beside is None else beside.spare
        self._canvas: Canvas = Canvas(camera, self.optics) if beside is None else beside._canvas
        self.view: View | None = None
        self._starts = np.zeros(1, np.int32)

    @property
    def triangles(self) -> Triangles:
        """Those that were drawn last, as `winner` counts them."""
        return self._scratch.triangles

    @property
    def count(self) -> int:
        """How many triangles those are."""
        return int(self._starts[-1])

    @property
    def runs(self) -> Runs:
        """Which of them the centres of the pixels see."""
        if not self._has_runs:
            self.in_bands(
                self.camera.height,
                lambda top, bottom: list_runs(self.winner, STRIDE, self.optics.bend, top, bottom, self._runs),
            )
            self._has_runs = True
        return self._runs

    def draw(self, view: View) -> Array:
        """Find what every sample sees and return (P, 4, 4) T_camera_part."""
        self.view, self._has_runs = view, False
        lattice, near = self.camera.half_pixels(), self.near
        right, down = view.skew
        self.lattice = lattice._replace(cx=lattice.cx + right * lattice.fx, cy=lattice.cy + down * lattice.fy)
        T_camera_part = view.T_camera_part
        self.placed = placed = self.in_view(T_camera_part, view.hidden, view.skew)
        self._scratch.make_room(placed)
        T = np.ascontiguousarray(T_camera_part[:, :3])
        g, points = self.stage.geometry, self._scratch.points
        place_perspective(
            placed.vertices, placed.parts, placed.points, g.vertices, g.vertex_part, T, self.lattice, near,
            points,
        )  # fmt: skip
        self._starts = np.empty(len(placed.bodies) + 1, np.int32)
        samples = self.optics.samples
        window = (0, lattice.width - 1, 0, lattice.height - 1) if samples is None else samples.window
        count = self._set_up(placed, points, window, self._scratch.triangles, self._starts)
        self._fill(count)
        return T_camera_part

    def in_bands(self, rows: int, work: Callable[[int, int], None]) -> None:
        """Run work(first, last) over bands that together are 0..rows."""
        if self._threads == 1:
            work(0, rows)
            return
        cuts = np.linspace(0, rows, self._threads + 1).astype(int)
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(work, cuts[:-1], cuts[1:]))

    def in_view(self, T_camera_part: Array, hidden: int, skew: tuple[float, float] = _CENTRED) -> Placed:
        """Return the bodies that may be seen, nearest first, plants far away in coarse meshes."""
        stage = self.stage
        T = T_camera_part[stage.part_start[:-1]]
        centres = np.einsum("bij,bj->bi", T[:, :3, :3], stage.centres) + T[:, :3, 3]
        x, y, z = centres.T
        seen = z + stage.radii > self.near
        for offset, half, turned in zip((x, y), self.optics.half, skew, strict=True):
            reach = half + abs(turned)  # of what is seen from the axis: no side of the view leans further
            seen &= (np.abs(offset + turned * z) - half * z) / np.hypot(1.0, reach) < stage.radii
        if hidden >= 0:
            seen[hidden] = False
        distance = np.linalg.norm(centres, axis=1) - stage.radii
        bodies = np.flatnonzero(seen)
        bodies = bodies[np.argsort(distance[bodies], kind="stable")]
        return stage.placed(bodies, level_of(distance[bodies], stage.longest_side[bodies], self.camera.focal))

    def silhouettes(self, body: NDArray[np.int32]) -> dict[int, Silhouette]:
        """Return what every labelled body covers of the view that was drawn last, by stage number.

        Only bodies are there that would be in at least one pixel with nothing in front.

        Args:
            body: (H, W) body that each pixel sees, -1 for none.
        """
        seen = np.empty((len(self.stage.bodies), 5), np.int32)
        tally(body, seen)
        found = {}
        for n, number in enumerate(self.placed.bodies.tolist()):
            if self._starts[n + 1] > self._starts[n] and self.stage.bodies[number].labelled:
                inside, whole, amodal = self._alone(n)
                if inside > 0:
                    visible, *tight = seen[number].tolist()
                    mask = self._taken(amodal)
                    found[number] = Silhouette(visible, inside, whole, _extent(tight), amodal, mask)
        return found

    def _taken(self, extent: Extent) -> NDArray[np.uint8]:
        """Return the part of the mask that lies in the image, and wipe it."""
        left, right, top, bottom = extent
        inside = self._canvas.mask[max(top, 0) : bottom + 1, max(left, 0) : right + 1]
        mask = inside.copy()
        inside.fill(0)
        return mask

    def _alone(self, n: int) -> tuple[int, int, Extent]:
        """Return the pixels a body covers inside the image and altogether, and the extent of all of them.

        Args:
            n: its position in the order in which bodies were drawn.
        """
        camera, beyond = self.camera, self.optics.beyond
        out = np.empty(6, np.int32)
        if beyond is None:
            triangles, first, last = self._reaching(n)
            cover(
                triangles, first, last, STRIDE, 1.0 / self.near, camera.width, camera.height,
                self._canvas.cover, self._canvas.mask, out,
            )  # fmt: skip
        else:
            triangles, last = self._set_up_alone(n, beyond.window)
            cover_bent(
                triangles, 0, last, 1.0 / self.near, beyond, camera.width, camera.height, self._canvas.touched,
                self._canvas.cover, self._canvas.mask, out,
            )  # fmt: skip
        inside, whole, *extent = out.tolist()
        return inside, whole, _extent(extent)

    def covered(self, n: int) -> tuple[int, Extent, NDArray[np.uint8]]:
        """Return how much of a picture of one row, a part of a larger one, a body covers by itself.

        Args:
            n: its position in the order in which bodies were drawn.

        Returns:
            Its pixels with the row continued by its own width to both sides; their extent; and (W,) uint8, 255
            where it covers a pixel of the row itself.
        """
        width = self.camera.width
        triangles, last = self._set_up_alone(n, (-STRIDE * width, 2 * STRIDE * width - 1, 0, 0))
        out = np.empty(6, np.int32)
        cover(triangles, 0, last, STRIDE, 1.0 / self.near, width, 1, self._canvas.cover, self._canvas.mask, out)
        row = self._canvas.mask[0].copy()
        self._canvas.mask.fill(0)
        return int(out[1]), _extent(out[2:].tolist()), row

    def _reaching(self, n: int) -> tuple[Triangles, int, int]:
        """Return the triangles of a body, first and past-last, even those beyond the image."""
        placed, camera = self.placed, self.camera
        own = self._scratch.points[placed.points[n] : placed.points[n + 1]]
        x, y = own[:, 3], own[:, 4]
        wide, high = self.lattice.width - 1, self.lattice.height - 1
        is_inside = x.min() >= 0.0 and x.max() <= wide and y.min() >= 0.0 and y.max() <= high
        if is_inside and own[:, 2].min() >= self.near:
            return self._scratch.triangles, int(self._starts[n]), int(self._starts[n + 1])
        w, h = STRIDE * camera.width, STRIDE * camera.height
        triangles, last = self._set_up_alone(n, (-w, 2 * w - 1, -h, 2 * h - 1))
        return triangles, 0, last

    def _set_up_alone(self, n: int, window: tuple[int, int, int, int]) -> tuple[Triangles, int]:
        one = self.placed.only(n)
        self.spare.make_room(one)
        starts = np.empty(2, np.int32)
        return self.spare.triangles, self._set_up(
            one, self._scratch.points, window, self.spare.triangles, starts
        )

    def _set_up(
        self,
        placed: Placed,
        points: Array,
        window: tuple[int, int, int, int],
        triangles: Triangles,
        starts: NDArray[np.int32],
    ) -> int:
        margin = MARGIN if self.optics.samples is None else 1.0
        return int(
            set_up_perspective(
                placed.bodies, placed.vertices, placed.faces, placed.points, self.stage.geometry.faces,
                self.two_sided, points, self.lattice, window, margin, self.near, triangles, starts,
            )
        )  # fmt: skip

    def _fill(self, count: int) -> None:
        triangles, samples, nearest = self.triangles, self.optics.samples, 1.0 / self.near
        self._canvas.depth.fill(0.0)
        self.winner.fill(NOTHING)
        if samples is None:
            self.in_bands(
                self.lattice.height,
                lambda top, bottom: fill(
                    triangles, 0, count, top, bottom, nearest, self._canvas.depth, self.winner
                ),
            )
            return
        self._canvas.seen.fill(NOTHING)
        self.in_bands(
            len(samples.bounds) - 1,
            lambda top, bottom: fill_bent(
                triangles, 0, count, top, bottom, nearest, samples, self._canvas.depth, self._canvas.seen
            ),
        )
        self.winner.ravel()[samples.order] = self._canvas.seen


def _extent(values: Sequence[int]) -> Extent:
    left, right, top, bottom = values
    return left, right, top, bottom
