"""Rays against triangles: trees of boxes over meshes, and what a ray meets first in one."""

from pathlib import Path

from sim.kernel_cache import drop_stale_kernels

__all__: list[str] = []

_HERE = Path(__file__).parent
drop_stale_kernels(sorted(_HERE.glob("*.py")), _HERE / "__pycache__")
