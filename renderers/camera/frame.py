"""One frame: the order in which kernels turn a stage and its poses into labels and a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from renderers.annotations import Silhouette
from renderers.camera.drawing import Drawing, View
from renderers.camera.lamps import glare, lit_by
from renderers.camera.model import STRIDE, CameraModel
from renderers.camera.shadows import ShadowPainter
from renderers.camera.stage import Stage
from renderers.raster.blocks import BLOCK, block_buffers
from renderers.raster.developing import Fall, Photosites, develop
from renderers.raster.gbuffer import GBuffer, gbuffer_buffers, label
from renderers.raster.lanes import lane_table, number_lanes
from renderers.raster.light import Lighting
from renderers.raster.marking import mark
from renderers.raster.passage import fate, flow_back
from renderers.raster.resolve import blend, edge_samples, name_surfaces, normal_table
from renderers.raster.shading import palette, shade, shade_rows
from renderers.raster.shadow import ShadowMaps
from renderers.raster.surfaces import Surfaces

__all__ = ["Film", "FrameRenderer"]


@dataclass(frozen=True)
class Film:
    """What becomes of the light that reaches the sensor.

    Args:
        vignetting: share of the light lost in the farthest corner.
        photosites: what counts the light.
        noise: standard deviation of noise added to the picture [levels of 255].
    """

    vignetting: float
    photosites: Photosites
    noise: float


class FrameRenderer:
    """Renders frames of one stage with one camera; keeps its buffers between frames."""

    def __init__(
        self,
        stage: Stage,
        camera: CameraModel,
        is_static: NDArray[np.bool_],
        *,
        near: float,
        threads: int = 1,
        looks_ahead: bool = False,
    ) -> None:
        """Reserve the buffers.

        Args:
            stage: what there is.
            camera: its model.
            is_static: (B,) bodies that never move; their shadows are kept.
            near: depth before which nothing is seen [m].
            threads: rows are cut into that many bands; the result does not depend on it.
            looks_ahead: whether `fates` will be asked for.
        """
        self.stage, self.camera = stage, camera
        self._drawing = Drawing(stage, camera, near=near, threads=threads)
        self._next = self._drawing
        if looks_ahead:
            self._next = Drawing(stage, camera, near=near, threads=threads, beside=self._drawing)
        height, width = self._drawing.winner.shape
        self._edges = np.empty((height * width - camera.height * camera.width, 2), np.int16)
        self._table = normal_table()
        self._lanes: tuple[NDArray[np.int32], NDArray[np.float64]] | None = None
        self._gbuffer = gbuffer_buffers(camera.height, camera.width)
        self._shadows = ShadowPainter(stage, is_static, self._drawing.spare)

    def labels(self, now: View, later: View) -> GBuffer:
        """Draw the frame and return its labels, which stay valid until the next call.

        Args:
            now: the moment of the frame.
            later: the moment of the next frame, for optical flow.
        """
        if self._next.view is now:
            # The next frame was drawn to tell what it hides.
            self._drawing, self._next = self._next, self._drawing
        else:
            self._drawing.draw(now)
        drawing, g, stage = self._drawing, self.stage.geometry, self.stage
        T_camera_part = now.T_camera_part
        T_next_camera = now.T_carried_to(later)
        out, triangles, bend = self._gbuffer, drawing.triangles, drawing.optics.bend
        T = np.ascontiguousarray(T_camera_part[:, :3])
        flat, runs = out.flat(), drawing.runs
        drawing.in_bands(
            self.camera.height,
            lambda top, bottom: label(
                triangles, runs, drawing.lattice, STRIDE, g.faces, g.normals, g.vertex_part, stage.part_start,
                T, T_next_camera, stage.instance, stage.semantic, bend, top, bottom, block_buffers(), flat,
            ),
        )  # fmt: skip
        return out

    def flow_back(self, now: View, before: View) -> NDArray[np.float32]:
        """Return (H, W, 2) how far from its pixel each point of the frame was a frame ago [px].

        Args:
            now: the moment of the frame.
            before: that of the frame before.
        """
        drawing, g = self._drawing, self.stage.geometry
        T = now.T_carried_to(before)
        out = np.empty((self.camera.height, self.camera.width, 2), np.float32)
        flat, runs = out.reshape(-1), drawing.runs
        drawing.in_bands(
            self.camera.height,
            lambda top, bottom: flow_back(
                drawing.triangles, runs, drawing.lattice, STRIDE, g.faces, g.vertex_part,
                self.stage.part_start, T, drawing.optics.bend, top, bottom, block_buffers(), flat,
            ),
        )  # fmt: skip
        return out

    def markings(self) -> NDArray[np.uint8]:
        """Return (H, W) the road paint in the frame that `labels` drew."""
        drawing, g = self._drawing, self.stage.geometry
        out, runs = np.empty((self.camera.height, self.camera.width), np.uint8), drawing.runs
        drawing.in_bands(
            self.camera.height,
            lambda top, bottom: mark(
                drawing.triangles, runs, STRIDE, g.faces, g.coords, g.face_material, g.materials,
                g.data, drawing.optics.bend, top, bottom, block_buffers(), out,
            ),
        )  # fmt: skip
        return out

    def lanes(self) -> NDArray[np.uint8]:
        """Return (H, W) the lane in the frame that `labels` drew."""
        if self._lanes is None:
            self._lanes = lane_table([body.shape for body in self.stage.bodies])
        drawing, g, (starts, edges) = self._drawing, self.stage.geometry, self._lanes
        out, runs = np.empty((self.camera.height, self.camera.width), np.uint8), drawing.runs
        drawing.in_bands(
            self.camera.height,
            lambda top, bottom: number_lanes(
                drawing.triangles, runs, STRIDE, g.faces, g.coords, g.face_material, g.materials,
                starts, edges, drawing.optics.bend, top, bottom, block_buffers(), out,
            ),
        )  # fmt: skip
        return out

    def fates(self, now: View, later: View) -> NDArray[np.uint8]:
        """Return (H, W) whether the next frame shows each point of the frame that `labels` drew.

        Args:
            now: the moment of the frame.
            later: that of the next frame, which is drawn.
        """
        drawing, g = self._drawing, self.stage.geometry
        self._next.draw(later)
        T = now.T_carried_to(later)
        out, runs = np.empty((self.camera.height, self.camera.width), np.uint8), drawing.runs
        ahead = self._next
        drawing.in_bands(
            self.camera.height,
            lambda top, bottom: fate(
                drawing.triangles, runs, drawing.lattice, STRIDE, g.faces, g.vertex_part,
                self.stage.part_start, T, drawing.optics.bend, ahead.triangles, ahead.winner, top, bottom,
                block_buffers(), out,
            ),
        )  # fmt: skip
        return out

    def silhouettes(self, gbuffer: GBuffer) -> dict[int, Silhouette]:
        """Return what every labelled body covers of the frame that `labels` drew last, by stage number."""
        return self._drawing.silhouettes(gbuffer.body)

    def shadows(self, view: View, lighting: Lighting) -> ShadowMaps:
        """Return the shadows in a view, which stay valid until the next call."""
        sun = lighting.sun.astype(np.float64)
        return self._shadows.paint(view.T_world_part, view.T_world_camera, sun, self._drawing.two_sided)

    def light(
        self,
        view: View,
        lamps: NDArray[np.float32],
        lighting: Lighting,
        shadows: ShadowMaps | None = None,
    ) -> NDArray[np.float32]:
        """Return (H, W, 3) exposed radiance of the view that was drawn last.

        Args:
            view: that view.
            lamps: (B, L) brightness of lamps.
            lighting: what lights the scene.
            shadows: those of the view, found here if absent.
        """
        g, camera, drawing = self.stage.geometry, self.camera, self._drawing
        shadows = self.shadows(view, lighting) if shadows is None else shadows
        lighting = lit_by(lighting, self.stage, view.T_world_part, view.T_world_camera, lamps)
        lamps = lamps * np.float32(glare(lighting))
        triangles, bend = drawing.triangles, drawing.optics.bend
        surfaces = Surfaces(
            g.faces, g.normals, g.coords, g.vertex_part, self.stage.part_start, g.face_material, g.materials,
            g.data, np.ascontiguousarray(view.T_world_part[:, :3, :3], np.float32), lamps,
        )  # fmt: skip
        T = np.ascontiguousarray(view.T_world_camera[:3])

        runs, centres = drawing.runs, np.empty((camera.height, camera.width, 3), np.float32)
        flat = centres.reshape(-1)
        drawing.in_bands(
            camera.height,
            lambda top, bottom: shade_rows(
                runs, triangles, drawing.lattice, STRIDE, bend, T, surfaces, lighting, shadows, palette(),
                top, bottom, flat,
            ),
        )  # fmt: skip
        surface = np.empty(drawing.count, np.int32)
        name_surfaces(triangles, drawing.count, g.face_material, len(g.materials), drawing.two_sided, surface)
        count = edge_samples(
            triangles, surface, drawing.lattice, bend, drawing.winner, 0, len(drawing.winner), self._edges
        )
        edges, colours = self._edges[:count], np.empty((count, 3), np.float32)
        drawing.in_bands(
            -(-count // BLOCK),
            lambda first, last: shade(
                edges[BLOCK * first : BLOCK * last], triangles, drawing.winner, drawing.lattice, STRIDE, bend,
                T, surfaces, lighting, shadows, palette(), colours[BLOCK * first : BLOCK * last].reshape(-1),
            ),
        )  # fmt: skip
        picture = centres.copy()
        blend(edges, colours, centres, picture)
        return picture

    def mean_light(
        self, shots: Iterable[tuple[View, NDArray[np.float32]]], lighting: Lighting
    ) -> NDArray[np.float32]:
        """Return (H, W, 3) exposed radiance, the mean over views that are drawn one after the other.

        What `labels` drew is lost.

        Args:
            shots: views, each with its lamps.
            lighting: what lights the scene.
        """
        total, count = np.zeros((self.camera.height, self.camera.width, 3), np.float32), 0
        for view, lamps in shots:
            self._drawing.draw(view)
            total += self.light(view, lamps, lighting)
            count += 1
        return total / np.float32(count)

    def developed(
        self, light: NDArray[np.float32], lighting: Lighting, film: Film, *, key: int
    ) -> NDArray[np.uint8]:
        """Return the (H, W, 3) uint8 RGB picture that light makes on the sensor.

        Args:
            light: (H, W, 3) exposed radiance.
            lighting: has the tone curve.
            film: what becomes of the light.
            key: 64 random bits of this frame.
        """
        inside = self.camera.intrinsics
        corner = float(
            np.hypot(max(inside.cx, inside.width - inside.cx), max(inside.cy, inside.height - inside.cy))
        )
        fall = Fall(film.vignetting, inside.cx, inside.cy, corner)
        out = np.empty(light.shape, np.uint8)
        develop(
            light,
            lighting.tone,
            fall,
            film.photosites,
            np.uint64(key),
            film.noise,
            self._table,
            0,
            len(out),
            out,
        )
        return out
