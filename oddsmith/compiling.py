"""Compiles the kernels of sensors beside the simulation's on a first run: each takes a core about as long."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import renderers
from sim.scenario import Scenario

__all__ = ["renderer_compiled_aside"]


@contextmanager
def renderer_compiled_aside(scenario: Scenario) -> Iterator[None]:
    """Compile the kernels of cameras, LiDARs and radars aside while the block runs, and wait for it at the end.

    Each kind has a process of its own. Nothing is done for kinds that the scenario has none of or whose kernels
    lie in the package's cache already. Should a process fail, its kernels are compiled when they are first
    called, as ever.
    """
    kinds = [kind for kind, is_there in _SIGNS.items() if not _is_compiled(*is_there)]
    wanted = [kind for kind in kinds if any(use.kind == kind for use in scenario.sensors.values())]
    spawn = get_context("spawn")
    processes = [spawn.Process(target=_compile, args=(kind,), daemon=True) for kind in wanted]
    for process in processes:
        process.start()
    try:
        yield
    except BaseException:
        for process in processes:
            process.kill()
        raise
    finally:
        for process in processes:
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


def _compile(kind: str) -> None:
    # Ctrl-C goes to all processes of a terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from renderers.warming import compile_kernels, compile_lidar, compile_radar

    {"camera": compile_kernels, "lidar": compile_lidar, "radar": compile_radar}[kind]()
