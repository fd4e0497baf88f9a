"""Whether crime is as frequent at every size of a bank, in all and by channel.

    python benchmarks/fraud/scale.py
    python benchmarks/fraud/scale.py --sizes 100 1000 --scenario fraud/mules

A bundled bank without boosts is played at several sizes, as many episodes of each as give about as many rings.
Only those whom rings touch are lived. Rings that began, those dropped included, must be Poisson with the rate
that the typologies ask for; entries of crime by channel and customer-year must agree between sizes, with the
error of whole rings, whose entries go together. Exits with 1 where one is further off than four standard
errors.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from oddsmith.catalog import load_scenario
from sim.domains.base import Setup
from sim.domains.fraud import layout as c
from sim.domains.fraud.campaigns import expected_rings
from sim.domains.fraud.codes import CHANNELS
from sim.domains.fraud.world import World
from sim.scenario import Scenario

FAR = 4.0
"""Standard errors beyond which a rate is taken for another."""
RINGS = 600
"""Rings to expect at each size, about."""


@dataclass
class Size:
    """What was found at one size.

    Args:
        customers: of each episode.
        years: customer-years of all episodes.
        expected: rings that rates ask for.
        began: rings that began.
        dropped: rings for which somebody was missing.
        channels: channel -> entries of each ring that has any in it.
    """

    customers: int
    years: float = 0.0
    expected: float = 0.0
    began: int = 0
    dropped: int = 0
    channels: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def rate(self, channel: str) -> tuple[float, float]:
        """Return entries per 1,000 customer-years and their standard error: rings are Poisson, entries not."""
        counts = np.array(self.channels.get(channel, ()), np.float64)
        scale = 1000.0 / self.years
        return float(counts.sum()) * scale, float(np.sqrt(np.square(counts).sum())) * scale


def scenario_at(name: str, customers: int) -> Scenario:
    """Return a bundled bank of a size, without boosts."""
    plain = load_scenario(name)
    campaigns = plain.resolve(plain.nominal(0, 0)).world["campaigns"]
    natural = {f"world.campaigns.{one['id']}.boost": "1" for one in campaigns}
    return load_scenario(name, overrides={"world.customers": str(customers), **natural})


def add_episode(found: Size, scenario: Scenario, index: int) -> None:
    """Play an episode and count what crimes did."""
    draw = scenario.nominal(1, index)
    world = World(Setup(scenario.duration, scenario.resolve(draw).world, draw.noise, clock=scenario.clock))
    for campaign in world.setup.world["campaigns"]:
        found.expected += expected_rings(world.bank, campaign)
    world.clock.run(scenario.duration)
    found.years += found.customers * scenario.duration / (365.25 * 86400.0)
    found.began += len(world.roll.rings)
    found.dropped += sum(ring.dropped is not None for ring in world.roll.rings)
    entries: dict[str, Counter[tuple[str, int]]] = defaultdict(Counter)
    for customer in world.ledger.touched:
        rows = world.ledger.entries(customer)
        for row in rows[rows[:, c.R_MARK] >= 0]:
            ring = world.roll.marks[int(row[c.R_MARK])].ring
            entries[CHANNELS[int(row[c.R_CHANNEL])]][(ring.campaign, ring.number)] += 1
    for channel, rings in entries.items():
        found.channels[channel] += list(rings.values())


def played(name: str, customers: int, rings: int) -> Size:
    """Return what happens in enough episodes of a size."""
    found, scenario, index = Size(customers), scenario_at(name, customers), 0
    while found.expected < rings:
        add_episode(found, scenario, index)
        index += 1
    return found


def judged(sizes: list[Size]) -> bool:
    """Print rings and channels of all sizes; return whether all agree."""
    agree = True
    print("| customers | customer-years | rings expected | began | dropped | off by, standard errors |")
    print("| --- | --- | --- | --- | --- | --- |")
    for one in sizes:
        off = (one.began - one.expected) / one.expected**0.5
        agree &= abs(off) <= FAR
        print(
            f"| {one.customers:,} | {one.years:,.0f} | {one.expected:.1f} | {one.began} | {one.dropped} |"
            f" {off:+.1f} |"
        )
    print(
        f"\n| channel | {' | '.join(f'{one.customers:,}' for one in sizes)} | farthest apart, standard errors |"
    )
    print(f"| --- |{' --- |' * (len(sizes) + 1)}")
    for channel in sorted({name for one in sizes for name in one.channels}):
        rates = [one.rate(channel) for one in sizes]
        far = max(
            abs(a - b) / max((da**2 + db**2) ** 0.5, 1e-12) for a, da in rates for b, db in rates
        )  # fmt: skip
        agree &= far <= FAR
        cells = " | ".join(f"{rate:.2f} ± {error:.2f}" for rate, error in rates)
        print(f"| {channel} | {cells} | {far:.1f} |")
    return agree


def main() -> int:
    """Play, print two tables in Markdown, and return 1 where a rate depends on the size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="fraud/retail_bank_eu", help="a bundled bank")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000, 100_000], help="customers")
    parser.add_argument("--rings", type=int, default=RINGS, help="rings to expect at each size")
    given = parser.parse_args()
    sizes = []
    for customers in given.sizes:
        sizes.append(played(given.scenario, customers, given.rings))
        print(f"{customers:,} customers done", file=sys.stderr, flush=True)
    return int(not judged(sizes))


if __name__ == "__main__":
    sys.exit(main())
