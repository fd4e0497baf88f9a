"""Driving worlds by hand: what a scenario file would give, from the declared sections and their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from sim.domains.base import Setup
from sim.domains.driving.declaration import DOMAIN
from sim.domains.driving.driver_fields import DRIVER
from sim.domains.driving.trace import DrivingTrace
from sim.domains.driving.world import World, simulate
from sim.fields import REQUIRED, Chosen, Field, Listing, Quantity, Section, Tagged
from sim.noise import Noise
from sim.units import parse_quantity


def resolve(field: Field, value: Any) -> Any:
    """Return a declared field's plain value: SI numbers, defaults filled in."""
    if value is None:
        return None
    if isinstance(field, Section):
        unknown = set(value) - set(field.fields) - {"id", "choice"}
        if field.choice is not None:
            kind = next(key for key in value if key in field.choice.options)
            choice = {"choice": Chosen(kind, resolve(field.choice.options[kind], value[kind]))}
            unknown -= {kind}
        else:
            choice = {"id": value["id"]} if "id" in value else {}
        assert not unknown, f"unknown keys {unknown}"
        return choice | {key: resolve(inner, _given(inner, value, key)) for key, inner in field.fields.items()}
    if isinstance(field, Tagged):
        kind, settings = (value, {}) if isinstance(value, str) else next(iter(value.items()))
        return Chosen(kind, resolve(field.options[kind], settings))
    if isinstance(field, Listing):
        return tuple(resolve(field.item, item) for item in value)
    if isinstance(field, Quantity) and isinstance(value, str):
        return parse_quantity(value).value
    if isinstance(field, Quantity) and isinstance(value, Mapping):
        return parse_quantity(value["each"]["lognormal"]["median"]).value
    return value


def _given(field: Field, value: Mapping[str, Any], key: str) -> Any:
    found = value.get(key, field.default)
    assert found is not REQUIRED, f"{key} is needed"
    return found


@dataclass(frozen=True)
class Driving:
    """Builds and runs driving worlds."""

    def setup(
        self, *, duration: float = 10.0, noise: Noise | None = None, through_crash: bool = False, **world: Any
    ) -> Setup:
        world.setdefault("road", {"highway": {}})
        return Setup(duration, resolve(DOMAIN.world, world), noise or Noise(7), through_crash, through_crash)

    def world(self, **arguments: Any) -> World:
        return World(self.setup(**arguments))

    def run(self, **arguments: Any) -> DrivingTrace:
        return simulate(self.setup(**arguments))

    def driver(self, kind: str, **settings: Any) -> Any:
        return {kind: settings} if settings else kind

    def driver_settings(self, kind: str) -> Mapping[str, Any]:
        return resolve(DRIVER, kind).settings


@pytest.fixture(scope="session")
def driving() -> Driving:
    return Driving()
