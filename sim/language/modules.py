"""The source of an installed module, found without running any of it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["module_of", "source_of"]

_NAMED = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*)")


def module_of(text: str) -> str | None:
    """Return the module of "package.module:function", None where the text is no such thing."""
    found = _NAMED.fullmatch(text)
    return found[1] if found else None


def source_of(name: str) -> Path | None:
    """Return the Python file of an installed module, None where there is none.

    The packages around it are not imported, as `importlib.util.find_spec` would.
    """
    parts, places, spec = name.split("."), None, None
    for count in range(1, len(parts) + 1):
        finders = (finder.find_spec(".".join(parts[:count]), places, None) for finder in sys.meta_path)
        spec = next((found for found in finders if found is not None), None)
        if spec is None:
            return None
        places = spec.submodule_search_locations
    origin = None if spec is None else spec.origin
    return Path(origin) if origin and origin.endswith(".py") and Path(origin).is_file() else None
