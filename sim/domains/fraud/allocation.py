"""Memory of large arrays, which the C library gives back as soon as they are dropped.

Left to itself, glibc takes ever larger arrays from its heap once one of their size was dropped (`mallopt(3)`,
dynamic mmap threshold). A bank's are as long as there are orders or entries in a window; small things that live
longer come to lie between them, and a tenth of a long run's memory is holes.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

__all__ = ["give_large_arrays_back"]

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE = 1 << 20
"""Arrays from here on get pages of their own [bytes]; columns of a batch are smaller, and too many for that."""
_SPARE = 1 << 24
"""So much of the heap is kept for what comes next [bytes]: pages given back have to be asked for again."""


@cache
def give_large_arrays_back() -> bool:
    """Let every large array of this process have pages of its own; return whether that can be asked for."""
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not in every C library
    if mallopt is None:
        return False
    return mallopt(_M_MMAP_THRESHOLD, _LARGE) == 1 and mallopt(_M_TRIM_THRESHOLD, _SPARE) == 1
