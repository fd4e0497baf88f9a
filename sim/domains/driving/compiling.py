"""How the kernels of this domain are compiled, and the one function all of them need."""

from __future__ import annotations

import math
from pathlib import Path

from sim.compiled import inlined
from sim.compiled import kernel as leaf
from sim.kernel_cache import drop_stale_kernels

__all__ = ["inlined", "leaf", "sine_and_cosine"]


_HERE = Path(__file__).parent
drop_stale_kernels([*_HERE.glob("*.py"), *_HERE.parents[1].glob("noise*.py")], _HERE / "__pycache__")


@leaf
def sine_and_cosine(angle: float) -> tuple[float, float]:
    """Return (sin, cos) of an angle, within 3e-16; vehicles hardly turn, and a short series is much faster."""
    if abs(angle) > 0.12:
        return math.sin(angle), math.cos(angle)
    q = angle * angle
    sine = angle * (1.0 - q / 6.0 * (1.0 - q / 20.0 * (1.0 - q / 42.0 * (1.0 - q / 72.0))))
    return sine, 1.0 - q / 2.0 * (1.0 - q / 12.0 * (1.0 - q / 30.0 * (1.0 - q / 56.0)))
