"""What is hunted and exported in one go: a whole dataset, or one more part of a dataset that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from oddsmith.diversity import Clusters
from oddsmith.hunt import ROLES, Hunt
from sim.samplers import Call, Settings, Weights
from sim.scenario import Scenario

__all__ = ["Before", "Order", "first_order"]


@dataclass(frozen=True)
class Before:
    """What the earlier parts of a dataset hold; nothing, for the first.

    Args:
        parts: how many there are.
        calls: all calls.
        main: calls from which rates come.
        audit: nominal calls that check them.
        groups: independent groups of calls.
        shards: shards of episodes.
        measures: names of the measures that outcomes carry.
    """

    parts: int = 0
    calls: int = 0
    main: int = 0
    audit: int = 0
    groups: int = 0
    shards: int = 0
    measures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """What to hunt and to export now.

    Args:
        seed: root seed of the dataset.
        calls: evaluations of this hunt.
        episodes: episodes to export.
        frozen: what the first hunt froze; None for the first.
        clusters: by which it told events apart; None for the first, or where it used none.
        before: what is there already.
    """

    seed: int
    calls: int
    episodes: int
    frozen: Mapping[str, Any] | None = None
    clusters: Clusters | None = None
    before: Before = field(default_factory=Before)

    @property
    def part(self) -> int:
        """The number of this part."""
        return self.before.parts

    def settings(self, scenario: Scenario) -> Settings:
        """Return what the sampler is told."""
        sampling = scenario.sampling
        cov = sampling.cov if self.frozen is None else None
        return Settings(self.seed, self.calls, sampling.audit_share, cov, self.frozen, self.part)

    def placed(self, call: Call) -> Call:
        """Return a call of this part with its number and group among those of all parts."""
        if not self.part:
            return call
        before = self.before
        return replace(call, index=call.index + before.calls, group=call.group + before.groups)

    def weighed(self, found: Hunt) -> Weights:
        """Return the weights of this part's calls among those of all parts.

        Parts are independent hunts from one frozen proposal and are combined by their shares of main calls;
        audit calls, which sum to 1 on their own, by theirs.
        """
        main = self.before.main + found.count("main")
        audit = self.before.audit + found.count("audit")
        share = np.ones(len(ROLES))
        share[ROLES.index("main")] = found.count("main") / max(main, 1)
        share[ROLES.index("audit")] = found.count("audit") / max(audit, 1)
        return Weights(found.weights.weight * share[found.role], found.weights.log_lr)


def first_order(scenario: Scenario, seed: int) -> Order:
    """Return the order that makes a scenario's dataset."""
    return Order(seed, scenario.sampling.calls, scenario.sampling.episodes)
