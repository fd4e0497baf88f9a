"""The backends: name -> "module:class". Adding one is a module with a class like `Backend`, and a line here."""

from __future__ import annotations

from importlib import import_module

from oddsmith.backends.base import Backend, Opener, Task

__all__ = ["TABLE", "Backend", "Opener", "Task", "open_backend"]

TABLE: dict[str, str] = {
    "serial": "oddsmith.backends.serial:Serial",
    "local": "oddsmith.backends.local:Local",
}


def open_backend(name: str, opener: Opener, *, workers: int) -> Backend:
    """Return a backend of the table."""
    module, _, attribute = TABLE[name].partition(":")
    kind: type[Backend] = getattr(import_module(module), attribute)
    return kind(opener, workers=workers)
