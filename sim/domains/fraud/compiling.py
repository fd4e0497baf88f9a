"""How the kernels of this domain are compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numba as nb

from sim.compiled import OPTIONS
from sim.kernel_cache import drop_stale_kernels

__all__ = ["folded", "inner", "leaf", "single"]

_HERE = Path(__file__).parent
_CONSTANTS = ("categories", "layout")
_SOURCES = [one for one in _HERE.glob("*.py") if one.stem in _CONSTANTS or ".compiling" in one.read_text()]
drop_stale_kernels([*_SOURCES, *_HERE.parents[1].glob("noise*.py")], _HERE / "__pycache__")


def _compiled(**options: Any) -> Any:
    """Return a decorator that compiles a function once for all constants it may be called with.

    Numba takes a number written in a call for a type of its own, and would compile `uniform` anew for each.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        dispatcher = nb.njit(**OPTIONS, no_cfunc_wrapper=True, **options)(function)
        template = dispatcher.get_call_template

        def plain(args: Sequence[Any], kws: Mapping[str, Any]) -> Any:
            return template(
                tuple(nb.types.unliteral(one) for one in args),
                {name: nb.types.unliteral(one) for name, one in kws.items()},
            )

        dispatcher.get_call_template = plain
        return dispatcher

    return decorate


leaf = _compiled()
"""Compile a function that only reads and writes arrays it is given, and so does without Numba's runtime."""

folded = _compiled(forceinline=True)
"""The same, made part of its callers: passing a town, which is 130 words, would take longer than its work."""

inner = _compiled(forceinline=True, no_cpython_wrapper=True)
"""The same for what Python never calls, which spares the code that takes a town apart."""

single = nb.njit(inline="always")
"""Make a function part of its only caller before anything is compiled, and so compile it only once."""
