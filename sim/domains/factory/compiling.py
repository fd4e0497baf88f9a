"""How the kernels of this domain are compiled: as `sim.compiled` has it, and anew where a source changed."""

from __future__ import annotations

from pathlib import Path

from sim import compiled
from sim.compiled import inlined
from sim.compiled import kernel as leaf
from sim.kernel_cache import drop_stale_kernels

__all__ = ["inlined", "leaf"]

_HERE = Path(__file__).parent
drop_stale_kernels(
    [
        *_HERE.glob("kernel*.py"),
        _HERE / "draws.py",
        Path(__file__),
        Path(compiled.__file__),
        *_HERE.parents[1].glob("noise*.py"),
    ],
    _HERE / "__pycache__",
)
