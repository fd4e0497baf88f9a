"""A radar: scattering points on the bodies that the camera shows, their images in mirrors, and a threshold."""

from pathlib import Path

from sim.kernel_cache import drop_stale_kernels

__all__: list[str] = []

_HERE = Path(__file__).parent
_SOURCES = (*_HERE.glob("*.py"), *(_HERE.parent.parent / "sim" / "raycast").glob("*.py"))
drop_stale_kernels(sorted(_SOURCES), _HERE / "__pycache__")
