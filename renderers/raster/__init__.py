"""The compiled kernels of the software renderer."""

from pathlib import Path

from sim.kernel_cache import drop_stale_kernels

__all__: list[str] = []

_HERE = Path(__file__).parent
drop_stale_kernels(sorted(_HERE.parent.rglob("*.py")), _HERE / "__pycache__")
