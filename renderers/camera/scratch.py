"""Room for placed vertices and set-up triangles that grows with need and is used again."""

from __future__ import annotations

import numpy as np

from renderers.camera.stage import Placed
from renderers.raster.setup import Triangles, triangle_buffers
from sim.geometry import Array

__all__ = ["Scratch"]


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
