"""Compiles the renderer's kernels beside the simulation's on a first run: each takes a core about as long."""

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
    """Compile the camera's kernels in a process of its own while the block runs, and wait for it at the end.

    Nothing is done where the scenario has no camera or the kernels lie in the package's cache already. Should
    the process fail, the kernels are compiled when they are first called, as ever.
    """
    if _are_compiled() or all(use.kind != "camera" for use in scenario.sensors.values()):
        yield
        return
    process = get_context("spawn").Process(target=_compile, daemon=True)
    process.start()
    try:
        yield
    except BaseException:
        process.kill()
        raise
    finally:
        process.join()


def _are_compiled() -> bool:
    """Return whether the largest kernel lies beside its module; of a cache elsewhere this is not known."""
    kept = Path(renderers.__file__).parent / "raster" / "__pycache__"
    return any(kept.glob("shading.shade-*.nbi"))


def _compile() -> None:
    # Ctrl-C goes to all processes of a terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from renderers.warming import compile_kernels

    compile_kernels()
