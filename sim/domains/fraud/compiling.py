"""How the kernels of this domain are compiled."""

from __future__ import annotations

from pathlib import Path

import numba as nb

from sim.kernel_cache import drop_stale_kernels

__all__ = ["folded", "leaf"]

_HERE = Path(__file__).parent
_CONSTANTS = ("categories", "layout")
_SOURCES = [one for one in _HERE.glob("*.py") if one.stem in _CONSTANTS or ".compiling" in one.read_text()]
drop_stale_kernels([*_SOURCES, *_HERE.parents[1].glob("noise*.py")], _HERE / "__pycache__")

leaf = nb.njit(cache=True, nogil=True, _nrt=False, error_model="numpy")
"""Compile a function that only reads and writes arrays it is given, and so does without Numba's runtime."""

folded = nb.njit(cache=True, nogil=True, _nrt=False, error_model="numpy", forceinline=True)
"""The same, made part of its callers: passing a town, which is 130 words, would take longer than its work."""
