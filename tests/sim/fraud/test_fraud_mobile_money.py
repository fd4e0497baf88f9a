"""Mobile money: crimes go by telephone and through agents, as what honest people do there."""

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.domains.fraud import layout as c
from sim.domains.fraud.categories import CASH
from sim.domains.fraud.codes import TYPES
from sim.domains.fraud.presets import TABLE

PRESET = TABLE["mobile_money"]
OWN = ("agent_fraud", "split_deposits", "sent_by_mistake", "stolen_phone")
MINOR = 100


@pytest.fixture(scope="module")
def wallets(crimes):
    """A small bank of the bundled scenario, with more crime than there is."""
    boosts = {"agent_fraud": 150, "split_deposits": 80, "sent_by_mistake": 15, "stolen_phone": 50}
    overrides = {f"world.campaigns.{name}.boost": str(boost) for name, boost in boosts.items()}
    scenario = load_scenario("fraud/mobile_money", overrides | {"world.customers": "700"})
    return crimes.played(scenario, scenario.nominal(5, 0))


@pytest.fixture(scope="module")
def marked(wallets):
    """Campaign -> (mark, entry) of all its rings."""
    found = {}
    for customer in wallets.ledger.touched:
        for row in wallets.ledger.entries(customer):
            if row[c.R_MARK] >= 0:
                mark = wallets.roll.marks[int(row[c.R_MARK])]
                found.setdefault(mark.ring.campaign, []).append((mark, row))
    return found


def test_every_campaign_has_rings_that_moved_money(wallets, marked):
    names = {campaign["id"] for campaign in wallets.setup.world["campaigns"]}
    moved = {ring.campaign for ring in wallets.roll.rings if ring.moved}
    assert len(names) == 22
    assert set(OWN) <= moved <= names
    assert len(moved) > 0.8 * len(names)


def test_no_crime_goes_another_way_than_honest_entries(banks, marked):
    """Honest ways of each type, of a bank of its own; transfers to people go by telephone as theirs do."""
    rows = banks.entries(banks.opened(400, 40, preset="mobile_money"))
    ways = {(int(row[c.R_TYPE]), int(row[c.R_CHANNEL]), int(row[c.R_ENTRY])) for row in rows}
    crime = [row for both in marked.values() for _, row in both]
    assert {(int(row[c.R_TYPE]), int(row[c.R_CHANNEL]), int(row[c.R_ENTRY])) for row in crime} <= ways
    sent = [
        row for name, both in marked.items() for _, row in both
        if name not in OWN and row[c.R_TYPE] == c.CREDIT_TRANSFER and row[c.R_AMOUNT] < 0
    ]  # fmt: skip
    share = np.mean([row[c.R_CHANNEL] == c.MOBILE for row in sent])
    assert len(sent) > 200
    assert share == pytest.approx(
        PRESET.phone, abs=4.5 * (PRESET.phone * (1 - PRESET.phone) / len(sent)) ** 0.5
    )


def test_cash_is_in_notes_and_with_agents(marked):
    cash = [
        row for both in marked.values() for _, row in both if TYPES[row[c.R_TYPE]] in ("deposit", "withdrawal")
    ]
    assert {int(row[c.R_CHANNEL]) for row in cash if row[c.R_AMOUNT] > 0} == {c.MOBILE}
    assert all(row[c.R_AMOUNT] % (PRESET.cash_step * MINOR) == 0 for row in cash)


def test_agents_rob_those_who_were_there(wallets, marked):
    """Every theft descends from an entry of its victim at that agent, before the ring began."""
    watched = {attack.id: attack for attack in wallets.roll.attacks if attack.entry}
    thefts = marked["agent_fraud"]
    assert len(thefts) > 20
    for mark, row in thefts:
        attack = watched[mark.cause]
        (seen,) = (
            one
            for one in wallets.ledger.entries(mark.victim)
            if int(one[c.R_ID]) & (1 << 64) - 1 == attack.entry
        )
        assert seen[c.R_SHOP] == row[c.R_SHOP]
        assert wallets.bank.town.kind[row[c.R_SHOP]] == CASH
        assert seen[c.R_T] / 1000.0 == pytest.approx(attack.t)
        assert attack.t < mark.ring.began


def test_a_split_deposit_is_several_small_ones_within_an_hour(marked):
    parts = {}
    for mark, row in marked["split_deposits"]:
        parts.setdefault((mark.ring.name, int(row[c.R_ACCOUNT])), []).append(row)
    whole = [rows for rows in parts.values() if len(rows) >= 3]
    assert len(whole) > 0.9 * len(parts) > 10
    for rows in whole:
        assert max(row[c.R_T] for row in rows) - min(row[c.R_T] for row in rows) < 3_600_000
        assert all(0 < row[c.R_AMOUNT] <= 80 * PRESET.price_level * MINOR for row in rows)


def test_what_is_sent_back_by_mistake_goes_to_one_caller(marked):
    callers = {}
    for mark, row in marked["sent_by_mistake"]:
        callers.setdefault(mark.ring.name, set()).add(int(row[c.R_PARTY]))
    assert len(callers) >= 8
    assert all(len(one) == 1 for one in callers.values())


def test_a_stolen_phone_is_used_up_within_days(wallets, marked):
    spent = {}
    for mark, row in marked["stolen_phone"]:
        assert row[c.R_CHANNEL] == c.MOBILE
        spent.setdefault(mark.ring.name, []).append(row)
    assert len(spent) > 5
    for rows in spent.values():
        assert max(row[c.R_T] for row in rows) - min(row[c.R_T] for row in rows) < 2 * 86_400_000
    assert {int(row[c.R_TYPE]) for rows in spent.values() for row in rows} >= {c.WITHDRAWAL, c.CREDIT_TRANSFER}
