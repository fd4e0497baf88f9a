"""NumPy, imported at its first use.

Importing it takes as long as all of ours together, and a help text or a check of a scenario needs none of it.
Modules that such commands load take `np` from here and keep to the standard library where no array comes in.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = ["np"]


class _Lazy(ModuleType):
    """A module that is imported when the first of its names is asked for; each name is looked up once."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self.__name__), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import numpy as np
else:
    np = _Lazy("numpy")
