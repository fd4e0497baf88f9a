"""How the kernels of inspection pictures are compiled.

They take arrays and make none, so references to arrays need no counting: Numba would count them at every call
and every row of a table, one locked addition each, which took half of the time of a picture.
"""

from __future__ import annotations

import numba as nb

__all__ = ["inlined", "kernel"]

kernel = nb.njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
"""Compiles a function that makes no arrays."""
inlined = nb.njit(cache=True, nogil=True, error_model="numpy", inline="always", _nrt=False)
"""The same, put in the place of each call."""
