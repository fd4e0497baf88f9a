"""Keeps Numba from going on with kernels compiled before a source they are made of changed.

Numba's disk cache looks only at the file of the function it loads; what it inlined or called from other files
may have changed since. So every folder of kernels keeps a stamp of all sources its kernels may be made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["drop_stale_kernels"]


def drop_stale_kernels(sources: Sequence[Path], cache: Path) -> None:
    """Remove the compiled kernels of a folder if any source they may be made of has changed.

    To be called before the first kernel of the folder is imported.

    Args:
        sources: files the kernels may be made of.
        cache: the folder's `__pycache__`; one that cannot be written is not where its kernels are kept.
    """
    states = ((source.name, source.stat().st_mtime_ns, source.stat().st_size) for source in sources)
    stamp = str(sorted(states))
    kept = cache / "kernels.stamp"
    with suppress(OSError):
        if kept.exists() and kept.read_text() == stamp:
            return
        for compiled in (*cache.glob("*.nbi"), *cache.glob("*.nbc")):
            compiled.unlink(missing_ok=True)
        cache.mkdir(exist_ok=True)
        kept.write_text(stamp)
