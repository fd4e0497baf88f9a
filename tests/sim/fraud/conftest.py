"""Small banks, opened and lived."""

import shutil
from pathlib import Path
from textwrap import dedent, indent
from types import SimpleNamespace

import numpy as np
import pytest

from sim.domains.base import Setup
from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.book import Book
from sim.domains.fraud.presets import TABLE
from sim.domains.fraud.world import World
from sim.noise import Noise
from sim.wall_clock import parse_start


def _opened(customers=120, days=45, *, preset="retail_bank_eu", key=7, start="2024-02-20 00:00"):
    return Bank.open(
        Noise(key),
        preset=TABLE[preset],
        clock=parse_start(f"{start} Europe/Berlin"),
        duration=days * 86400.0,
        customers=customers,
        merchants=512,
    )


def _entries(bank, injections=(), **more):
    parts = [window.copy() for window in Book(bank, injections, **more).windows()]
    return np.concatenate(parts)


def _of(rows, customer):
    own = rows[rows[:, c.R_ACCOUNT] == customer]
    return own[np.argsort(own[:, c.R_T], kind="stable")]


@pytest.fixture(scope="session")
def banks():
    """`opened(...)` a bank, `entries(bank, injections)` in time order, `of(rows, customer)` one account's."""
    return SimpleNamespace(opened=_opened, entries=_entries, of=_of)


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
    """`written(folder, campaigns)` a scenario; its `world(scenario, draw)` before, and `played(…)` to, the end."""
    return SimpleNamespace(
        written=_written, world=_opened_world, played=_played,
        typologies=sorted(file.stem for file in (_FRAUD / "typologies").glob("*.yaml")),
    )  # fmt: skip
