"""The domains: name -> "module:attribute" of its declaration. Adding one is a folder and a line here."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

from sim.domains.base import Domain

__all__ = ["TABLE", "domain_named", "domain_names"]

TABLE: dict[str, str] = {
    "driving": "sim.domains.driving.declaration:DOMAIN",
}


def _table() -> dict[str, str]:
    """Return our own domains and those of installed packages (entry points `oddsmith.domains`)."""
    third_party = {point.name: point.value for point in entry_points(group="oddsmith.domains")}
    return {**third_party, **TABLE}


def domain_names() -> list[str]:
    """Return the names of all installed domains."""
    return sorted(_table())


def domain_named(name: str) -> Domain:
    """Return a domain's declaration.

    Raises:
        KeyError: no such domain is installed.
    """
    module, _, attribute = _table()[name].partition(":")
    domain: Domain = getattr(import_module(module), attribute)
    return domain
