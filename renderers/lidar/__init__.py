"""A spinning LiDAR: rays fired column by column from a moving body, and the echoes a receiver makes of them."""

from pathlib import Path

from sim.kernel_cache import drop_stale_kernels

__all__: list[str] = []

_HERE = Path(__file__).parent
_SOURCES = (
    *_HERE.glob("*.py"),
    *(_HERE.parent / "raster").glob("*.py"),
    *(_HERE.parent.parent / "sim" / "raycast").glob("*.py"),
)
drop_stale_kernels(sorted(_SOURCES), _HERE / "__pycache__")
