"""What bytes may depend on besides scenario and seed: package versions and the processor."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

__all__ = ["differences", "environment"]

_PACKAGES = (
    "oddsmith",
    "numpy",
    "scipy",
    "numba",
    "llvmlite",
    "simpy",
    "pybullet",
    "opencv-python",
    "opencv-python-headless",
    "pyarrow",
    "zlib-ng",
    "pyyaml",
)
"""Packages whose code computes or encodes what is written."""


def environment() -> dict[str, Any]:
    """Return versions and processor features as plain data."""
    import numpy as np
    from llvmlite.binding import get_host_cpu_name

    simd = np.show_config(mode="dicts") or {}
    return {
        "versions": {"python": platform.python_version(), **_versions()},
        "platform": {
            "system": platform.system(),
            "machine": platform.machine(),
            "cpu": get_host_cpu_name(),
            "cpu_features": sorted(simd.get("SIMD Extensions", {}).get("found", [])),
        },
    }


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what changed between two environments, one clause each, such as `numpy 2.4.6 -> 2.5.0`."""
    found = []
    for part in ("versions", "platform"):
        for name in sorted({*then.get(part, {}), *now.get(part, {})}):
            before, after = then.get(part, {}).get(name), now.get(part, {}).get(name)
            if before != after:
                found.append(f"{name} {before} -> {after}")
    return found


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue  # one of the two OpenCV wheels is there, not both
    return found
