"""Compiles the renderer's kernels beside the simulation's on a first run: each takes a core about as long."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import renderers
from sim.scenario import Scenario

__all__ = ["renderer_compiled_aside"]


@contextmanager
def renderer_compiled_aside(scenario: Scenario) -> Iterator[None]:
    """Compile the kernels of cameras, LiDARs and radars aside while the block runs, and wait for it at the end.

    Nothing is done where the scenario has none or the kernels lie in the package's cache already. Should
    the process fail, the kernels are compiled when they are first called, as ever.
    """
    kinds = [kind for kind, is_there in _SIGNS.items() if not _is_compiled(*is_there)]
    wanted = [kind for kind in kinds if any(use.kind == kind for use in scenario.sensors.values())]
    if not wanted:
        yield
        return
    process = get_context("spawn").Process(target=_compile, args=(wanted,), daemon=True)
    process.start()
    try:
        yield
    except BaseException:
        process.kill()
        raise
    finally:
        process.join()


_SIGNS = {
    "camera": ("raster", "shading.shade-*.nbi"),
    "lidar": ("lidar", "echoes.develop-*.nbi"),
    "radar": ("radar", "paths._met-*.nbi"),
}
"""Kind of sensor -> folder and file of its largest kernel."""


def _is_compiled(folder: str, pattern: str) -> bool:
    """Return whether the largest kernel lies beside its module; of a cache elsewhere this is not known."""
    kept = Path(renderers.__file__).parent / folder / "__pycache__"
    return any(kept.glob(pattern))


def _compile(kinds: Sequence[str]) -> None:
    # Ctrl-C goes to all processes of a terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from renderers.warming import compile_kernels, compile_lidar, compile_radar

    if "camera" in kinds:
        compile_kernels()
    if "lidar" in kinds:
        compile_lidar()
    if "radar" in kinds:
        compile_radar()
