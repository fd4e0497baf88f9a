"""What machines sound like and what measures it: vibration, current and slow values, and the sensor chain."""

from pathlib import Path

from sim import noise, noise_kernels
from sim.kernel_cache import drop_stale_kernels

__all__: list[str] = []

_HERE = Path(__file__).parent
_BORROWED = [Path(noise.__file__), Path(noise_kernels.__file__)]
drop_stale_kernels([*sorted(_HERE.rglob("*.py")), *_BORROWED], _HERE / "__pycache__")
