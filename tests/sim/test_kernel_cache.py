"""Compiled kernels do not outlive the sources they were made of."""

from __future__ import annotations

import os

from sim.kernel_cache import drop_stale_kernels


def test_kernels_go_when_any_source_changes_and_stay_otherwise(tmp_path):
    sources = [tmp_path / "signals.py", tmp_path / "kernel.py"]
    for source in sources:
        source.write_text("x = 1\n")
    cache = tmp_path / "__pycache__"
    drop_stale_kernels(sources, cache)
    kept = [cache / "kernel.advance-1.py311.nbi", cache / "kernel.advance-1.py311.1.nbc", cache / "kernel.pyc"]
    for file in kept:
        file.write_bytes(b"compiled")
    drop_stale_kernels(sources, cache)
    assert all(file.exists() for file in kept)
    os.utime(sources[0], (1e9, 1e9))
    drop_stale_kernels(sources, cache)
    assert [file.exists() for file in kept] == [False, False, True]
