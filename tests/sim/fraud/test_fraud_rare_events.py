"""The rare events of bundled banks: what a ring moves before its first alert, and how long a chain survives."""

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.domains.base import Setup
from sim.domains.fraud import layout as c
from sim.domains.fraud.records import tables_of
from sim.domains.fraud.trace import BankTrace
from sim.domains.fraud.world import World

SIZE = {"world.customers": "300", "world.campaigns.mules.boost": "60", "duration": "70 d"}


@pytest.fixture(scope="module")
def worlds():
    """Chains of mules under a bank's rules; every movement of such a ring is a customer's debit."""
    scenario = load_scenario("fraud/mule_chain", overrides=SIZE)
    made = []
    for index in range(3):
        draw = scenario.nominal(2, index)
        values = scenario.resolve(draw).world
        world = World(Setup(scenario.duration, values, draw.noise, clock=scenario.clock))
        world.clock.run(scenario.duration)
        world.close()
        made.append(world)
    return made


@pytest.mark.parametrize(
    ("name", "event", "signal", "limit"),
    [
        ("fraud/large_ring", "unseen", "moved_unseen", 50_000.0),
        ("fraud/mule_chain", "long_lived", "survived", 30 * 86_400.0),
    ],
)
def test_bundled_banks_are_hunted_for_what_controls_miss(name, event, signal, limit):
    scenario = load_scenario(name)
    assert scenario.target == event
    compared = scenario.events[event].body
    assert (compared.left.name, compared.op, compared.right.value) == (signal, ">", limit)
    world = scenario.resolve(scenario.nominal(0, 0)).world
    assert world["controls"] is not None
    assert all(one["boost"] == 1.0 for one in world["campaigns"])


def _debits(world, ring):
    """Accepted debits of a ring as (moment [s], minor units)."""
    found = []
    for customer in ring.accounts:
        rows = world.ledger.entries(customer)
        mine = [row[c.R_MARK] >= 0 and world.roll.marks[int(row[c.R_MARK])].ring is ring for row in rows]
        rows = rows[np.array(mine, bool)]
        rows = rows[(rows[:, c.R_STATUS] == c.SETTLED) & (rows[:, c.R_AMOUNT] < 0)]
        found += [(row[c.R_T] / 1000.0, -int(row[c.R_AMOUNT])) for row in rows]
    return sorted(found)


def _last(world, ring, signal):
    """What a signal comes to where a ring is the only one."""
    trace = BankTrace(world)
    trace.rings = (ring,)
    return trace.signal(signal, ("mules",))[-1]


def _entries_of(world, ring):
    return {
        int(row[c.R_ID]) & (1 << 64) - 1
        for customer in ring.accounts for row in world.ledger.entries(customer)
        if row[c.R_MARK] >= 0 and world.roll.marks[int(row[c.R_MARK])].ring is ring
    }  # fmt: skip


def test_what_moved_unseen_is_what_the_ledger_shows_before_the_first_row_of_the_alerts(worlds):
    is_cut = 0
    for world in worlds:
        (alerts,) = tables_of(world)["alerts"]
        when = dict(zip(alerts["transaction_id"].values.view(np.uint64).tolist(), alerts["t"], strict=True))
        for ring in (one for one in world.roll.rings if one.dropped is None):
            until = min((when[one] for one in _entries_of(world, ring) if one in when), default=np.inf)
            debits = _debits(world, ring)
            before = sum(amount for t, amount in debits if t < until)
            is_cut += before < sum(amount for _, amount in debits)
            assert _last(world, ring, "moved_unseen") == pytest.approx(before / 100.0)
    assert is_cut > 0


def test_a_chain_survives_from_its_first_debit_to_its_last_before_a_block(worlds):
    is_cut = 0
    for world in worlds:
        for ring in (one for one in world.roll.rings if one.dropped is None and one.movements):
            debits = _debits(world, ring)
            spans = [
                max(span[0], first) / 1000.0
                for customer, first in ring.accounts.items()
                for span in world.ledger.blocks(customer)
                if span[1] - span[0] > 1 and span[1] > first and span[0] < world.bank.end
            ]
            until = min(spans, default=np.inf)
            moments = [t for t, _ in debits if t < until]
            is_cut += len(moments) < len(debits)
            lived = max(moments) - min(moments) if moments else 0.0
            assert _last(world, ring, "survived") == pytest.approx(lived, abs=0.01)
    assert is_cut > 0
