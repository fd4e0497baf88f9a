"""What is inside a camera: size of its picture, focal lengths, principal point, lens."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from renderers.camera.lens import PINHOLE, WIDEST, Lens

__all__ = ["Intrinsics", "lens_fault"]


@dataclass(frozen=True)
class Intrinsics:
    """Intrinsics in pixels; the picture begins at (0, 0), and the centre of its first pixel is (0.5, 0.5).

    Args:
        width: columns of the picture.
        height: rows of the picture.
        fx: focal length along the rows.
        fy: focal length along the columns.
        cx: where the optical axis meets the picture, from the left.
        cy: likewise, from the top.
        lens: its distortion.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    lens: Lens = PINHOLE

    @classmethod
    def from_fov(cls, width: int, height: int, fov: float, lens: Lens | None = None) -> Intrinsics:
        """Return the intrinsics with which the middles of the left and right borders are an angle apart.

        Args:
            width: columns of the picture.
            height: rows of the picture.
            fov: horizontal field of view through the lens, tangential distortion left out [rad].
            lens: without distortion if absent.
        """
        lens = lens or PINHOLE
        focal = 0.5 * width / lens.shifted(0.5 * fov)
        return cls(width, height, focal, focal, width / 2, height / 2, lens)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Intrinsics:
        """Return the intrinsics of a camera's settings."""
        width, height = (int(value) for value in settings["resolution"])
        lens = Lens.of(settings["distortion"])
        focal, centre = settings.get("focal"), settings.get("centre")
        if focal is None:
            out = cls.from_fov(width, height, float(settings["fov"]), lens)
            fx, fy = out.fx, out.fy
        else:
            fx, fy = (float(value) for value in focal)
        cx, cy = (width / 2, height / 2) if centre is None else (float(value) for value in centre)
        return cls(width, height, fx, fy, cx, cy, lens)

    @property
    def corner(self) -> float:
        """Distance of the farthest corner from the axis, in the plane one metre ahead."""
        return max(
            math.hypot((u - self.cx) / self.fx, (v - self.cy) / self.fy)
            for u in (0, self.width)
            for v in (0, self.height)
        )


def lens_fault(settings: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return (key, message) where the lens cannot fill the picture, None where it can.

    A fisheye's picture may be round: what lies beyond its circle stays black.
    """
    lens = Lens.of(settings["distortion"])
    farthest = math.degrees(lens.limit)
    if settings.get("focal") is None:
        half = 0.5 * float(settings["fov"])
        if half > lens.limit:
            where = (
                "the lens shows nothing" if lens.limit >= WIDEST else "the distortion folds the picture over"
            )
            return ("fov", f"{where} beyond {farthest:.1f} deg from the axis")
    corner, reached = Intrinsics.of(settings).corner, lens.shifted(lens.limit)
    if lens.kind == "brown_conrady" and corner > reached:
        return (
            "distortion",
            f"directions beyond {farthest:.1f} deg from the axis fold back into the picture: its corners lie "
            f"{corner:.3f} focal lengths from the axis, and this distortion reaches {reached:.3f}",
        )
    return None
