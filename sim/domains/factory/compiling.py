"""How the kernels of this domain are compiled."""

from __future__ import annotations

from pathlib import Path

import numba as nb

from sim.kernel_cache import drop_stale_kernels

__all__ = ["inlined", "leaf"]

_HERE = Path(__file__).parent
drop_stale_kernels(
    [*_HERE.glob("kernel*.py"), _HERE / "draws.py", Path(__file__), *_HERE.parents[1].glob("noise*.py")],
    _HERE / "__pycache__",
)

leaf = nb.njit(cache=True, nogil=True, _nrt=False, error_model="numpy")
"""Compile a function that only reads and writes arrays it is given: it cannot allocate."""

inlined = nb.njit(cache=True, nogil=True, _nrt=False, error_model="numpy", inline="always")
"""The same, copied into its caller: for what is done in the innermost loop."""
