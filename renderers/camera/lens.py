"""What a lens does to directions: distortion in OpenCV's terms, and how far it can be undone.

A direction is its place (x, y) in the plane one metre ahead. Both models move it to (x', y') in that plane,
from where K takes it to the picture.

| kind | coefficients | source |
|---|---|---|
| brown_conrady | k1, k2, p1, p2, k3, k4, k5, k6, as `cv2.projectPoints` takes them | Brown (1971) |
| fisheye | k1, k2, k3, k4, as `cv2.fisheye.projectPoints` takes them | Kannala and Brandt (2006) |

This module is light: `check` uses it to tell a lens that folds the picture over itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sim.fields import Chosen

__all__ = ["BROWN_CONRADY", "COEFFICIENTS", "FISHEYE", "PINHOLE", "STRAIGHT", "WIDEST", "Lens"]

STRAIGHT, BROWN_CONRADY, FISHEYE = 0, 1, 2
"""Kinds of lens, as kernels know them."""

COEFFICIENTS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "brown_conrady": ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"),
    "fisheye": ("k1", "k2", "k3", "k4"),
}
"""Names of the coefficients of every kind, in OpenCV's order."""

WIDEST = math.radians(89.0)
"""Angle from the optical axis up to which anything is seen."""

_STEPS = 8192


@dataclass(frozen=True)
class Lens:
    """A distortion.

    Args:
        kind: "none", "brown_conrady" or "fisheye".
        coefficients: as many as `COEFFICIENTS` names for the kind.
    """

    kind: str = "none"
    coefficients: tuple[float, ...] = ()

    @classmethod
    def of(cls, chosen: Chosen) -> Lens:
        """Return the lens that a scenario declares."""
        return cls(chosen.kind, tuple(float(chosen.settings[name]) for name in COEFFICIENTS[chosen.kind]))

    @property
    def number(self) -> int:
        """The kind as kernels know it."""
        return tuple(COEFFICIENTS).index(self.kind)

    def shifted(self, angle: float) -> float:
        """Return the distance from the axis, in the plane one metre ahead, at which an angle from it is seen.

        Tangential coefficients, which depend on the direction around the axis, are left out.

        Args:
            angle: from the optical axis [rad], below 90 degrees.
        """
        c = self.coefficients
        if self.kind == "fisheye":
            s = angle * angle
            return angle * (1.0 + s * (c[0] + s * (c[1] + s * (c[2] + s * c[3]))))
        r = math.tan(angle)
        if self.kind == "none":
            return r
        s = r * r
        k1, k2, _, _, k3, k4, k5, k6 = c
        below = 1.0 + s * (k4 + s * (k5 + s * k6))
        return r * (1.0 + s * (k1 + s * (k2 + s * k3))) / below if below > 0.0 else -math.inf

    @property
    def limit(self) -> float:
        """Angle from the axis up to which ever wider angles are seen ever farther out, at most `WIDEST`."""
        return _limit(self)


PINHOLE = Lens()
"""No distortion."""


@lru_cache(maxsize=64)
def _limit(lens: Lens) -> float:
    if lens.kind == "none":
        return WIDEST
    before = 0.0
    for step in range(1, _STEPS + 1):
        seen = lens.shifted(WIDEST * step / _STEPS)
        if not seen > before:
            # The farthest may lie between the last two steps, so the one before them is taken.
            return WIDEST * max(step - 2, 0) / _STEPS
        before = seen
    return WIDEST
