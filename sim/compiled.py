"""How kernels that make no arrays are compiled.

References to the arrays they pass on need no counting: Numba would count them at every call of a small function
and every row of a table, one locked addition each, which takes up to half of a kernel's time (numba 0.68).
Division by zero gives inf or nan, as in NumPy, instead of a check at every division.
"""

from __future__ import annotations

from typing import Any

import numba as nb

__all__ = ["OPTIONS", "inlined", "inner", "kernel"]

OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
"""How Numba compiles them; for those that need options beside these."""
kernel = nb.njit(**OPTIONS)
"""Compiles a function that makes no arrays, nor views of some by a method."""
inlined = nb.njit(**OPTIONS, inline="always")
"""The same, put in the place of each call: for small functions with many arguments in an innermost loop."""
inner = nb.njit(**(OPTIONS | {"cache": False}), no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""The same for what only other kernels call: ways into it from Python and C, a fifth of the time of compiling,
are left out, and it is kept with its callers. A call from Python has nowhere to go and ends the process."""
