"""Room for placed vertices and set-up triangles that grows with need and is used again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from renderers.camera.model import CameraModel, Optics
from renderers.camera.stage import Placed
from renderers.raster.setup import Triangles, triangle_buffers
from sim.geometry import Array

__all__ = ["Canvas", "Scratch"]


class Scratch:
    """Buffers that hold what one drawing needs, and are kept for the next."""

    def __init__(self) -> None:
        """Start with no room."""
        self.points: Array = np.empty((0, 5))
        self.triangles: Triangles = triangle_buffers(0)

    def make_room(self, placed: Placed) -> None:
        """Grow so that all vertices and triangles of some bodies fit; what was in them is lost if they grow."""
        vertices = int(placed.points[-1])
        faces = int((placed.faces[:, 1] - placed.faces[:, 0]).sum())
        if vertices > len(self.points):
            self.points = np.empty((vertices * 5 // 4, 5))
        # A set-up writes a candidate before it knows that it counts, so one row more is needed.
        if faces >= len(self.triangles.face):
            self.triangles = triangle_buffers(faces * 5 // 4 + 1)


class Canvas:
    """Buffers of a camera that hold nothing after a drawing, so that several drawings can share them.

    Attributes:
        depth: what is nearest so far, of the samples as they are drawn.
        seen: (N,) triangle of each, where these are not those of the lattice.
        touched: pixels that a body covers, in and beside the picture, where they are not drawn by spans.
        cover: (3 H, 3 W) uint8, zero; the picture is its middle.
        mask: (H, W) uint8, zero.
    """

    def __init__(self, camera: CameraModel, optics: Optics) -> None:
        """Reserve them."""
        samples, beyond = optics.samples, optics.beyond
        lattice = camera.half_pixels()
        count = lattice.height * lattice.width if samples is None else len(samples.order)
        self.depth: NDArray[np.float32] = np.empty(count, np.float32)
        if samples is None:
            self.depth = self.depth.reshape(lattice.height, lattice.width)
        self.seen: NDArray[np.int32] = np.empty(0 if samples is None else count, np.int32)
        self.touched: NDArray[np.int32] = np.empty(0 if beyond is None else len(beyond.order), np.int32)
        self.cover: NDArray[np.uint8] = np.zeros((3 * camera.height, 3 * camera.width), np.uint8)
        self.mask: NDArray[np.uint8] = np.zeros((camera.height, camera.width), np.uint8)
