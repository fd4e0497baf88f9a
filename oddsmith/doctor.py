"""Looks at the machine: versions, which OpenCV, what is missing, and how to mend it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

__all__ = ["Finding", "examine"]

_CORE = (
    "numpy",
    "scipy",
    "numba",
    "simpy",
    "pyarrow",
    "pyyaml",
    "typer",
    "rich",
    "matplotlib",
    "pillow",
    "zlib-ng",
)
_EXTRAS = {"torch": "torch", "scikit-learn": "probe", "pandas": "dev", "pycocotools": "dev"}
_PROBE_SECONDS = 60.0
_LEAST_FREE = 5_000_000_000
"""Free bytes below which a run of a thousand episodes may not fit."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Args:
        state: ok; absent (optional and not there); warning; fault (oddsmith cannot work).
        remedy: what to do about it, "" where nothing is needed.
    """

    subject: str
    state: Literal["ok", "absent", "warning", "fault"]
    found: str
    remedy: str = ""


def examine(folder: Path) -> list[Finding]:
    """Return all findings about this machine.

    Args:
        folder: where datasets would be written.
    """
    return [
        _python(),
        _processor(),
        *(_package(name) for name in _CORE),
        _pybullet(),
        _opencv(),
        _disk(folder),
        *(_extra(name, extra) for name, extra in _EXTRAS.items()),
    ]


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info[:2] == (3, 11):
        return Finding("python", "ok", found)
    return Finding(
        "python", "warning", found, "pybullet has wheels for Python 3.11 only; elsewhere it builds for minutes"
    )


def _processor() -> Finding:
    cores = len(os.sched_getaffinity(0))
    return Finding("processor", "ok", f"{_processor_name()}, {cores} core{'s' if cores != 1 else ''} usable")


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _package(name: str) -> Finding:
    try:
        return Finding(name, "ok", version(name))
    except PackageNotFoundError:
        return Finding(name, "fault", "not installed", f"pip install {name}")


def _extra(name: str, extra: str) -> Finding:
    try:
        return Finding(name, "ok", f"{version(name)} (optional)")
    except PackageNotFoundError:
        return Finding(name, "absent", "not installed (optional)", f"pip install 'oddsmith[{extra}]'")


def _pybullet() -> Finding:
    if find_spec("pybullet") is None:
        return Finding("pybullet", "fault", "not installed", "pip install pybullet, on Python 3.11")
    failure = _import_failure("pybullet")
    if failure:
        return Finding("pybullet", "fault", failure, "pip install --force-reinstall pybullet")
    return Finding("pybullet", "ok", version("pybullet"))


def _opencv() -> Finding:
    """Say which OpenCV is there: the plain one needs libGL, the headless one does not, both clash."""
    names = ("opencv-python", "opencv-python-headless")
    found = [f"{name} {_version(name)}" for name in names if _version(name)]
    if not found:
        return Finding("opencv", "fault", "not installed", "pip install opencv-python-headless")
    failure = _import_failure("cv2")
    if failure and "libGL" in failure:
        remedy = "pip uninstall opencv-python && pip install opencv-python-headless, or install libGL"
        return Finding("opencv", "fault", f"{found[0]}, but this machine has no libGL", remedy)
    if failure:
        return Finding(
            "opencv", "fault", f"{found[0]}: {failure}", "pip install --force-reinstall opencv-python-headless"
        )
    if len(found) > 1:
        return Finding(
            "opencv", "warning", " and ".join(found), "they overwrite each other: uninstall one of them"
        )
    return Finding("opencv", "ok", found[0])


def _disk(folder: Path) -> Finding:
    existing = next(place for place in (folder, *folder.resolve().parents) if place.exists())
    free = shutil.disk_usage(existing).free
    found = f"{free / 1e9:.1f} GB free at {folder}"
    if not os.access(existing, os.W_OK):
        return Finding("disk", "warning", f"{existing} cannot be written to", "write elsewhere with --out")
    if free < _LEAST_FREE:
        return Finding("disk", "warning", found, "free some space; `oddsmith plan` says what a run needs")
    return Finding("disk", "ok", found)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _import_failure(module: str) -> str:
    """Import a module in another process and return the last line of what went wrong, or ""."""
    command: Sequence[str] = (sys.executable, "-c", f"import {module}")
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"importing it took more than {_PROBE_SECONDS:.0f} s"
    if ran.returncode == 0:
        return ""
    lines = ran.stderr.strip().splitlines()
    return lines[-1] if lines else f"importing it ended with code {ran.returncode}"
