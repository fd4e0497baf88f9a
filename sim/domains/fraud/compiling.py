"""How the kernels of this domain are compiled."""

from __future__ import annotations

from pathlib import Path

import numba as nb

from sim.kernel_cache import drop_stale_kernels

__all__ = ["inlined", "leaf"]

_HERE = Path(__file__).parent
drop_stale_kernels([*_HERE.glob("*.py"), *_HERE.parents[1].glob("noise*.py")], _HERE / "__pycache__")

leaf = nb.njit(cache=True, nogil=True, _nrt=False, error_model="numpy")
"""Compile a function that only reads and writes arrays it is given, and so does without Numba's runtime."""

inlined = nb.njit(cache=True, nogil=True, _nrt=False, error_model="numpy", inline="always")
"""The same, copied into its caller: for the few lines that every draw goes through."""
