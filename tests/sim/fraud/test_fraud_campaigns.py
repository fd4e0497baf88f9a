"""Rings begin as often as their rate says, at the hours of their law; senders try again, adapt, give up."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oddsmith.catalog import load_scenario
from sim.domains.fraud import layout as c
from sim.domains.fraud.campaign_hours import beginning, later
from sim.domains.fraud.campaigns import expected_rings
from sim.domains.fraud.categories import HOURS
from sim.noise import Noise

DAY = 86400.0


# -- how often ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("customers", [100, 1000, 10_000, 100_000])
def test_every_typology_is_as_frequent_as_its_rate_at_any_size(crimes, tmp_path, customers):
    """Poisson counts: each within 4.5, and all within 4, standard errors of rate x customers x time."""
    campaigns = [f"{{id: {name}, use: typologies/{name}.yaml, boost: 40}}" for name in crimes.typologies]
    scenario = load_scenario(crimes.written(tmp_path, campaigns, customers=customers, days=40))
    found, expected = Counter(), Counter()
    for draw in scenario.nominal_batch(3, 0, {100: 60, 1000: 12, 10_000: 2, 100_000: 1}[customers]):
        world = crimes.world(scenario, draw)
        found.update(ring.campaign for ring in world.roll.rings)
        for campaign in world.setup.world["campaigns"]:
            expected[campaign["id"]] += expected_rings(world.bank, campaign)
            assert campaign["rate"] is not None
    for name in crimes.typologies:
        assert abs(found[name] - expected[name]) < 4.5 * expected[name] ** 0.5 + 1.0, name
    assert abs(found.total() - expected.total()) < 4.0 * expected.total() ** 0.5


def test_a_rate_by_use_follows_from_the_payments_of_the_preset(crimes, banks, tmp_path):
    """2 per 10,000 payments: that many of the honest payments in the book, within 25 %."""
    item = "{id: card, use: typologies/card_not_present.yaml, rate_by_use: 2 per 10000 payment}"
    scenario = load_scenario(crimes.written(tmp_path, [item], customers=400, days=60))
    world = crimes.world(scenario, scenario.nominal(1, 0))
    (campaign,) = world.setup.world["campaigns"]
    assert campaign["rate"] is None
    rows = banks.entries(banks.opened(400, 60))
    ordered = rows[rows[:, c.R_AMOUNT] < 0]
    ordered = ordered[np.isin(ordered[:, c.R_TYPE], (c.PURCHASE, c.WITHDRAWAL, c.CREDIT_TRANSFER))]
    assert expected_rings(world.bank, campaign) == pytest.approx(2e-4 * len(ordered), rel=0.25)


# -- when --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [*HOURS, "any"])
def test_rings_begin_at_the_hours_of_their_law(banks, profile):
    """Counts by hour over 4,000 beginnings within 5 standard errors of the profile."""
    bank = banks.opened(10, 30)
    u = Noise(5)
    hours = Counter()
    for k in range(4000):
        t = beginning(
            bank, u.uniform("a", "b", 2 * k), u.uniform("a", "b", 2 * k + 1), weekdays="any", profile=profile
        )
        assert 0.0 <= t < bank.duration
        hours[int(t % DAY // 3600)] += 1
    weights = np.array(HOURS.get(profile, (1,) * 24), float)
    for hour, share in enumerate(weights / weights.sum()):
        assert abs(hours[hour] - 4000 * share) <= 5.0 * (4000 * share) ** 0.5 + 1


@pytest.mark.parametrize(("weekdays", "allowed"), [("working", {0, 1, 2, 3, 4}), ("weekend", {5, 6})])
def test_rings_begin_on_the_days_of_their_law_as_often_on_each(banks, weekdays, allowed):
    bank = banks.opened(10, 28)
    counts = Counter()
    for k in range(2000):
        t = beginning(bank, (k + 0.5) / 2000, 0.5, weekdays=weekdays, profile="office")
        counts[int(bank.days[bank.day_of(round(t * 1000)), c.WEEKDAY])] += 1
    assert set(counts) == allowed
    assert max(counts.values()) - min(counts.values()) <= 2


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 29.0 * DAY), st.floats(0.0, 5.0 * DAY), st.sampled_from(sorted(HOURS)))
def test_what_is_not_done_at_once_is_done_within_a_day_of_its_time(banks, t, gap, profile):
    bank = banks.opened(10, 40)
    moment = later(bank, t, gap, profile)
    assert max(t, t + gap - DAY) <= moment <= t + gap + DAY + 3600.0
    assert later(bank, t, gap, "any") == t + gap


@pytest.mark.parametrize("profile", ["online", "shop"])
def test_hours_of_a_chain_of_movements_are_those_of_honest_people(banks, profile):
    """After one and after six waits of a third of a day and more: within 5 standard errors of the profile."""
    bank = banks.opened(10, 60, start="2024-04-02 00:00")
    u = Noise(6)
    counts = {1: Counter(), 6: Counter()}
    for k in range(3000):
        t = beginning(
            bank, 0.2 * u.uniform("a", "b", k), u.uniform("a", "c", k), weekdays="any", profile=profile
        )
        for hop in range(1, 7):
            t = later(bank, t, DAY * (0.3 + 1.2 * u.uniform("a", "gap", 10 * k + hop)), profile)
            if hop in counts:
                counts[hop][int(t % DAY // 3600)] += 1
    weights = np.array(HOURS[profile], float)
    for found in counts.values():
        for hour, share in enumerate(weights / weights.sum()):
            assert abs(found[hour] - 3000 * share) <= 5.0 * (3000 * share) ** 0.5 + 1


# -- what senders do ---------------------------------------------------------------------------------------

_PAYS = """
{{id: tried, rate: 300 per 1000 customer year,
  roles: [{{role: payer, able: 100 EUR}}, {{role: shop, from: merchant, count: 3}}],
  steps: [{{from: payer, to: shop, amount: 90000 EUR, channel: card_present, {more}}}]}}
"""


def _rows(world, ring):
    marks = {number for number, mark in enumerate(world.roll.marks) if mark.ring is ring}
    rows = [
        row for customer in world.ledger.touched
        for row in world.ledger.entries(customer) if int(row[c.R_MARK]) in marks
    ]  # fmt: skip
    return sorted(rows, key=lambda row: int(row[c.R_T]))


def _world(crimes, tmp_path, item, **size):
    scenario = load_scenario(crimes.written(tmp_path, [item.replace("\n", " ").strip()], **size))
    world = crimes.played(scenario, scenario.nominal(4, 0))
    rings = [ring for ring in world.roll.rings if ring.is_finished]
    assert rings
    return world, rings


@pytest.mark.parametrize(
    ("more", "tries"),
    [
        ("on_decline: go_on", 3),
        ("on_decline: stop", 1),
        ("on_decline: lower, tries: 4", 12),
        ("on_decline: next", 9),
    ],
)
def test_a_refused_sender_does_what_it_is_told(crimes, tmp_path, more, tries):
    world, rings = _world(crimes, tmp_path, _PAYS.format(more=more))
    rows = _rows(world, rings[0])
    assert len(rows) == rings[0].entries == rings[0].refused == tries
    assert rings[0].moved == 0
    if "lower" in more:
        assert rows[1][c.R_AMOUNT] > rows[0][c.R_AMOUNT]


def test_amounts_grow_by_their_factor(crimes, tmp_path):
    more = "grow: 2, repeat: 4, written: exact"
    world, rings = _world(crimes, tmp_path, _PAYS.format(more=more).replace("90000 EUR", "1 EUR"))
    for ring in rings:
        amounts = {-int(row[c.R_AMOUNT]) for row in _rows(world, ring)}
        assert amounts <= {100, 200, 400, 800}
    assert any(len(_rows(world, ring)) == 12 for ring in rings)


def test_wrong_card_details_are_refused_as_such(crimes, tmp_path):
    item = _PAYS.format(more="wrong: 1").replace("90000 EUR", "2 EUR")
    world, rings = _world(crimes, tmp_path, item)
    assert {int(row[c.R_STATUS]) for ring in rings for row in _rows(world, ring)} == {c.WRONG_PIN}


def test_a_blocked_mule_is_replaced(crimes, tmp_path):
    item = """{id: chain, rate: 100 per 1000 customer year, rounds: 3, pause: 3 d, 
        roles: [{role: payer, from: outside}, {role: mule}, {role: boss, from: outside}], steps: [
        {from: payer, to: mule, amount: 500 EUR, channel: instant, adapt: replace},
        {from: mule, to: boss, share: 90 %, after: 1 h, channel: instant, adapt: replace}]}"""
    scenario = load_scenario(crimes.written(tmp_path, [item.replace("\n", " ")], customers=300, days=60))
    world = crimes.world(scenario, scenario.nominal(4, 0))
    ring = min(world.roll.rings, key=lambda one: one.began)

    def police():
        yield world.clock.until(ring.began + DAY)
        for customer in sorted({int(row[c.R_ACCOUNT]) for row in _rows(world, ring)}):
            world.ledger.block_account(customer, world.now_ms)

    world.clock.start(police())
    world.clock.run(scenario.duration)
    accounts = [int(row[c.R_ACCOUNT]) for row in _rows(world, ring)]
    assert ring.is_finished
    assert len(set(accounts)) == 2
    assert len(accounts) == 6


def test_a_mule_keeps_its_commission_for_good(crimes, tmp_path):
    """Of three rounds only one brings money: what the mule kept of it is not passed on bit by bit."""
    item = """{id: chain, rate: 100 per 1000 customer year, rounds: 3, pause: 2 d,
        roles: [{role: payer}, {role: mule}, {role: boss, from: outside}], steps: [
        {from: payer, to: mule, amount: {each: {choice: {60 EUR: 0.5, 900000 EUR: 0.5}}}, channel: instant},
        {from: mule, to: boss, share: 93 %, after: 1 h, channel: instant, written: exact}]}"""
    world, rings = _world(crimes, tmp_path, item.replace("\n", " "), customers=300, days=60)
    quiet = 0
    for ring in rings:
        rows = [row for row in _rows(world, ring) if row[c.R_STATUS] == c.SETTLED]
        brought = sum(world.roll.marks[int(row[c.R_MARK])].stage == 1 and row[c.R_AMOUNT] > 0 for row in rows)
        passed = sum(world.roll.marks[int(row[c.R_MARK])].stage == 2 for row in rows)
        assert passed <= brought
        quiet += brought < 3
    assert quiet > 0


def test_rounds_that_the_end_cuts_short_are_counted(crimes, tmp_path):
    item = """{id: slow, rate: 200 per 1000 customer year, rounds: 50, pause: 10 d,
        roles: [{role: payer}, {role: boss, from: outside}],
        steps: [{from: payer, to: boss, amount: 20 EUR}]}"""
    scenario = load_scenario(crimes.written(tmp_path, [item.replace("\n", " ")]))
    world = crimes.played(scenario, scenario.nominal(4, 0))
    from sim.domains.fraud.campaign_tables import campaigns_expected

    (batch,) = campaigns_expected(world)
    assert batch["unfinished"][0] == batch["realised"][0] == len(world.roll.rings) > 0
