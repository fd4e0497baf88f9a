"""Small banks, opened and lived."""

import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent
from types import SimpleNamespace

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.domains.base import Setup
from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.book import Book
from sim.domains.fraud.presets import TABLE
from sim.domains.fraud.records import account_identities
from sim.domains.fraud.world import World
from sim.noise import Noise
from sim.wall_clock import parse_start

_BY = ("owner", "stranger", "deceived", "accomplice")
CONTROLS = {
    "usual": True,
    "rules": (),
    "passes": dict(zip(_BY, (0.9, 0.05, 0.7, 0.8), strict=True)),
    "unrecognised": 0.05,
    "acquainted": 0.5,
    "investigators": {
        "after": 18_000.0,
        "spread": 1.1,
        "confirms": dict(zip(_BY, (0.3, 0.92, 0.55, 0.5), strict=True)),
        "card_renewal": 5 * 86400.0,
        "quiet": 86400.0,
    },
}
"""Controls that err often, so that small banks show what they do to honest customers."""


def _opened(customers=120, days=45, *, preset="retail_bank_eu", key=7, start="2024-02-20 00:00", controls=None):
    return Bank.open(
        Noise(key),
        preset=TABLE[preset],
        clock=parse_start(f"{start} Europe/Berlin"),
        duration=days * 86400.0,
        customers=customers,
        merchants=512,
        controls=controls,
    )


def _entries(bank, injections=None, **more):
    parts = [window.copy() for window in Book(bank, injections, **more).windows()]
    return np.concatenate(parts)


def _of(rows, customer):
    own = rows[rows[:, c.R_ACCOUNT] == customer]
    return own[np.argsort(own[:, c.R_T], kind="stable")]


@pytest.fixture(scope="session")
def banks():
    """`opened(...)` a bank, `entries(bank, injections)` in time order, `of(rows, customer)` one account's."""
    return SimpleNamespace(opened=_opened, entries=_entries, of=_of, controls=CONTROLS)


_LAUNDERING = (
    "bipartite", "cuckoo_smurfing", "cycle", "fan_in", "fan_out", "funnel_account", "gather_scatter",
    "mule_layers", "mule_recruitment", "pass_through", "random_walk", "round_trip", "scatter_gather", "stack",
    "structuring", "trade_based",
)  # fmt: skip
_FRAUD = Path(__file__).parents[3] / "scenarios" / "fraud"
_BANK = """scenario: fraud/tested
start: 2025-01-06 00:00 Europe/Berlin
duration: {days} d
world:
  customers: {customers}
  campaigns:
{campaigns}
sensors: {{transactions: {{ledger: {{}}}}}}
event: {{many: "eventually(rings({first}) > 1000)"}}
"""


def _written(folder, campaigns, *, customers=300, days=60):
    """Write a scenario with campaigns (YAML of each item) beside the bundled typologies; return its file."""
    if not (folder / "typologies").exists():
        shutil.copytree(_FRAUD / "typologies", folder / "typologies")
        (folder / ".oddsmith").touch()
    items = "".join(
        indent(dedent(one).strip(), "      ").replace("      ", "    - ", 1) + "\n" for one in campaigns
    )
    first = next(
        line.split("id:")[1].split(",")[0].strip(" {}") for line in items.splitlines() if "id:" in line
    )
    file = folder / "tested.yaml"
    file.write_text(_BANK.format(days=days, customers=customers, campaigns=items, first=first))
    return file


def _opened_world(scenario, draw):
    values = scenario.resolve(draw)
    setup = Setup(scenario.duration, values.world, draw.noise, clock=scenario.clock)
    return World(setup)


def _played(scenario, draw):
    world = _opened_world(scenario, draw)
    world.clock.run(scenario.duration)
    return world


@pytest.fixture(scope="session")
def crimes():
    """`written(folder, campaigns)` a scenario; its `world(scenario, draw)` at first, `played(…)` to its end."""
    return SimpleNamespace(
        written=_written, world=_opened_world, played=_played,
        laundering=_LAUNDERING, days=DAYS,
        typologies=sorted(file.stem for file in (_FRAUD / "typologies").glob("*.yaml")),
    )  # fmt: skip


# -- all typologies in one bank ---------------------------------------------------------------------------

CUSTOMERS, DAYS, RINGS = 900, 150, 8.0
"""With 8 rings expected of each typology, one of the thirty-one has none in one of a hundred worlds."""


@dataclass
class Played:
    """One finished ring: its rows in time order, each as (role, stage, row, cause), and its attacks."""

    ring: object
    rows: list = field(default_factory=list)
    attacks: list = field(default_factory=list)

    def accepted(self, *, sign=0, stage=0):
        return [
            one for one in self.rows
            if one[2][c.R_STATUS] == c.SETTLED and (not sign or np.sign(one[2][c.R_AMOUNT]) == sign)
            and (not stage or one[1] == stage)
        ]  # fmt: skip

    def owners(self, role):
        return {int(row[c.R_ACCOUNT]) for name, _, row, _ in self.rows if name == role}

    def edges(self, known):
        """Accepted payments as (from, to, amount); both as numbers of customers, or identities outside."""
        return [
            (int(row[c.R_ACCOUNT]), known.get(int(row[c.R_PARTY]), int(row[c.R_PARTY])), -int(row[c.R_AMOUNT]))
            for _, _, row, _ in self.accepted(sign=-1)
        ]


@pytest.fixture(scope="session")
def world(crimes, tmp_path_factory):
    rate = RINGS / (CUSTOMERS * DAYS / 365.25)
    campaigns = [
        f"{{id: {name}, use: typologies/{name}.yaml, rate: {rate} per customer year}}"
        for name in crimes.typologies
    ]
    file = crimes.written(tmp_path_factory.mktemp("bank"), campaigns, customers=CUSTOMERS, days=DAYS)
    scenario = load_scenario(file)
    return crimes.played(scenario, scenario.nominal(2, 0))


@pytest.fixture(scope="session")
def known(world):
    return {int(one): number for number, one in enumerate(account_identities(world.bank).view(np.int64))}


@pytest.fixture(scope="session")
def played(world):
    """Campaign -> its finished rings."""
    found = {id(ring): Played(ring) for ring in world.roll.rings}
    for customer in world.ledger.touched:
        rows = world.ledger.entries(customer)
        for row in rows[rows[:, c.R_MARK] >= 0]:
            mark = world.roll.marks[int(row[c.R_MARK])]
            found[id(mark.ring)].rows.append((mark.role, mark.stage, row, mark.cause))
    for attack in world.roll.attacks:
        found[id(attack.ring)].attacks.append(attack)
    by_campaign = defaultdict(list)
    for one in found.values():
        one.rows.sort(key=lambda it: (it[2][c.R_T], it[1], it[2][c.R_AMOUNT]))
        if one.ring.is_finished:
            by_campaign[one.ring.campaign].append(one)
    return by_campaign
