"""What a camera makes of colours and edges before light is counted: lens softness, white balance, saturation.

All of it acts on linear light and never on a label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["NEUTRAL", "Grading"]

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Luminance of linear RGB (ITU-R BT.709)."""
_REACH = 3.0
"""Standard deviations to which the lens' spread is followed."""


@dataclass(frozen=True)
class Grading:
    """How a camera bends colours.

    Args:
        warmth: red over blue, in stops.
        tint: green over red and blue, in stops.
        saturation: distance from grey, as a factor.
        softness: standard deviation of the spread of a point by the lens [px].
    """

    warmth: float = 0.0
    tint: float = 0.0
    saturation: float = 1.0
    softness: float = 0.0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Grading:
        """Return the grading of a `camera:` section."""
        return cls(*(float(settings[name]) for name in ("warmth", "tint", "saturation", "softness")))

    @property
    def gains(self) -> NDArray[np.float32]:
        """(3,) factors of red, green and blue, which leave the luminance of grey as it is."""
        stops = np.array(
            [0.5 * self.warmth - self.tint / 3, 2 * self.tint / 3, -0.5 * self.warmth - self.tint / 3]
        )
        factors = 2.0**stops
        return np.asarray(factors / (factors @ _LUMA), np.float32)

    def applied(self, light: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (H, W, 3) linear light as the sensor gets it; the argument itself where nothing is bent."""
        if self.softness > 0.0:
            side = 2 * int(np.ceil(_REACH * self.softness)) + 1
            light = np.asarray(
                cv2.GaussianBlur(light, (side, side), self.softness, borderType=cv2.BORDER_REPLICATE),
                np.float32,
            )
        if self.warmth or self.tint:
            light = light * self.gains
        if self.saturation != 1.0:
            # Spelt out: a matrix product's order of sums is not ours.
            grey = (light[..., 0] * _LUMA[0] + light[..., 1] * _LUMA[1] + light[..., 2] * _LUMA[2])[..., None]
            light = np.maximum(grey + np.float32(self.saturation) * (light - grey), np.float32(0.0))
        return light


NEUTRAL = Grading()
"""Of a camera that shows colours as they are."""
