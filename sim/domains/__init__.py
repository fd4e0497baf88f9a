"""The domains: name -> "module:attribute" of its declaration. Adding one is a folder and a line here."""

from __future__ import annotations

from importlib import import_module

from sim.domains.base import Domain

__all__ = ["TABLE", "domain_named", "domain_names"]

TABLE: dict[str, str] = {
    "driving": "sim.domains.driving.declaration:DOMAIN",
    "fraud": "sim.domains.fraud.declaration:DOMAIN",
    "factory": "sim.domains.factory.declaration:DOMAIN",
}


def _installed() -> dict[str, str]:
    """Return the domains of installed packages (entry points `oddsmith.domains`)."""
    from importlib.metadata import entry_points  # it searches every installed package, which our own need not

    return {point.name: point.value for point in entry_points(group="oddsmith.domains")}


def domain_names() -> list[str]:
    """Return the names of all installed domains."""
    return sorted({*_installed(), *TABLE})


def domain_named(name: str) -> Domain:
    """Return a domain's declaration.

    Raises:
        KeyError: no such domain is installed.
    """
    home = TABLE[name] if name in TABLE else _installed()[name]
    module, _, attribute = home.partition(":")
    domain: Domain = getattr(import_module(module), attribute)
    return domain
