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

_M_MMAP_THRESHOLD = -3
_LARGE = 1 << 18
"""Arrays from here on get pages of their own [bytes]; twice what glibc begins with."""


@cache
def give_large_arrays_back() -> bool:
    """Let every large array of this process have pages of its own; return whether that can be asked for."""
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not in every C library
    return mallopt is not None and mallopt(_M_MMAP_THRESHOLD, _LARGE) == 1
