"""Factories from a few lines of YAML, run again and again."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from textwrap import indent

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.domains.base import Setup
from sim.domains.factory.trace import FactoryTrace
from sim.domains.factory.world import simulate
from sim.scenario import Scenario

SOURCE = "sources: [{id: orders}]\nsinks: [{id: done}]\n"


@dataclass(frozen=True)
class Estimate:
    """Independent replications of one number."""

    values: np.ndarray

    @property
    def mean(self) -> float:
        return float(self.values.mean())

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return float(self.values.std(ddof=1) / math.sqrt(len(self.values)))

    def agrees_with(self, exact: float, *, within: float = 0.01) -> bool:
        """Return whether it is within 3.5 standard errors, small enough to catch an error of `within`."""
        assert 3.5 * self.error <= within * abs(exact), f"too coarse: {self.error:.3g} for {exact:.6g}"
        assert abs(self.mean - exact) <= 3.5 * self.error, (
            f"{self.mean:.6g} +- {self.error:.2g}, not {exact:.6g}"
        )
        return True


class Factory:
    """A scenario and its runs."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def run(
        self, index: int = 0, *, seed: int = 2026, recorded: bool = False, reads: Sequence[str] = ()
    ) -> FactoryTrace:
        draw = self.scenario.nominal(seed, index)
        setup = Setup(
            duration=self.scenario.duration,
            world=self.scenario.resolve(draw).world,
            noise=draw.noise,
            recorded=recorded,
            reads=frozenset(reads),
        )
        return simulate(setup)

    def estimates(
        self, measures: dict[str, tuple[str, ...]], n: int = 30, **more: object
    ) -> dict[str, Estimate]:
        """Return an estimate per measure, from n replications."""
        found: dict[str, list[float]] = {name: [] for name in measures}
        for index in range(n):
            trace = self.run(index, **more)  # type: ignore[arg-type]
            for name, arguments in measures.items():
                found[name].append(trace.measure(name, arguments))
        return {name: Estimate(np.array(values)) for name, values in found.items()}

    def lasting(self, duration: float) -> "Factory":
        return Factory(replace(self.scenario, duration=duration))


@pytest.fixture
def factory(tmp_path) -> Callable[..., Factory]:
    def build(world: str, duration: float = 1000.0, rest: str = "") -> Factory:
        file = tmp_path / "line.yaml"
        file.write_text(
            f"scenario: factory/line\nduration: {duration} s\nworld:\n{indent(world, '  ')}\n{rest}", "utf-8"
        )
        return Factory(load_scenario(str(file)))

    return build
