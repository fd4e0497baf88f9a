"""Reports, chargebacks, twins and logins of an episode with crime and controls."""

import numpy as np
import pytest
from scipy import stats

from oddsmith.catalog import load_scenario
from sim.domains.base import Setup
from sim.domains.fraud import layout as c
from sim.domains.fraud.book import Book
from sim.domains.fraud.draws import ENTITIES, identity
from sim.domains.fraud.records import tables_of
from sim.domains.fraud.world import World
from sim.episode import record, score
from sim.noise import Edit

RATES = {"world.campaigns.scam.rate": "700 per 1000 customer year"}
SMALL = {
    "world.customers": "400",
    "duration": "60 d",
    "world.controls": "{reports: {deceived: {share: 0.9, after: 2 d}, inquiry: 4 h}}",
    "event": "{large: 'eventually(moved_unseen(scam) > 5000 EUR)', alive: 'eventually(survived(scam) > 20 h)', "
    "seen: 'eventually(alerts(scam) > 3)', told: 'eventually(reports(scam) > 3)'}",
    "sampling": "{method: nominal, target: large, calls: 8, episodes: 2}",
}
CARDS = {
    "world.campaigns.scam.rate": "2500 per 1000 customer year",
    "world.campaigns.scam.roles": "[{role: victim}, {role: shop, from: merchant}]",
    "world.campaigns.scam.steps": "[{from: victim, to: shop, amount: {each: {lognormal: {median: 80 EUR, "
    "sigma: 0.5}}}, channel: card_not_present, device: ring, repeat: 3, every: 5 min}]",
    "world.campaigns.scam.typology": "card not present",
    "world.controls": "{reports: {stranger: {share: 1.0, after: 2 d, spread: 0.6}, charged_back: 0.8, "
    "chargeback_after: 6 d}}",
}


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("fraud/mules", overrides=SMALL | RATES)


def _world(scenario, draw):
    world = World(Setup(scenario.duration, scenario.resolve(draw).world, draw.noise, clock=scenario.clock))
    world.clock.run(scenario.duration)
    world.close()
    return world


def _plain(column):
    for inner in ("values", "codes"):
        if hasattr(column, inner):
            return getattr(column, inner)
    return np.asarray(column)


def _whole(tables, name):
    batches = list(tables[name])
    return {key: np.concatenate([_plain(batch[key]) for batch in batches]) for key in batches[0]}


@pytest.fixture(scope="module")
def cards():
    scenario = load_scenario("fraud/mules", overrides=SMALL | CARDS)
    world = _world(scenario, scenario.nominal(3, 0))
    return world, tables_of(world)


def test_score_and_record_come_to_the_same_with_controls(scenario):
    for index in range(4):
        draw = scenario.nominal(5, index)
        for changed in (draw, draw.edited(Edit(9, t=10 * 86400.0)), draw.edited(Edit(5, entity="reports"))):
            assert score(scenario, changed) == record(scenario, changed).outcome


def test_what_the_ledger_lived_is_in_the_book(scenario):
    world = _world(scenario, scenario.nominal(2, 0))
    rows = np.concatenate([window.copy() for window in Book(world.bank, world.ledger.injections).windows()])
    for customer in world.ledger.touched:
        world.ledger.advance(customer, world.bank.end)
        own = rows[rows[:, c.R_ACCOUNT] == customer]
        own = own[np.argsort(own[:, c.R_T], kind="stable")]
        np.testing.assert_array_equal(world.ledger.entries(customer), own)


def test_chargebacks_bring_back_what_was_taken_to_the_cent(cards):
    _, tables = cards
    entries, reports = _whole(tables, "entries"), _whole(tables, "reports")
    amount = dict(zip(entries["transaction_id"].tolist(), entries["amount"].tolist(), strict=True))
    account = dict(zip(entries["transaction_id"].tolist(), entries["account_id"].tolist(), strict=True))
    back = reports["chargeback_id"] != 0
    assert back.sum() > 20
    as_signed = reports["transaction_id"].view(np.int64), reports["chargeback_id"].view(np.int64)
    for entry, given, owner in zip(
        as_signed[0][back], as_signed[1][back], reports["account_id"][back], strict=True
    ):
        assert amount[given] == -amount[entry]
        assert account[given] == account[entry] == owner
    labels = _whole(tables, "labels")
    assert labels["chargeback"].sum() == back.sum()


def test_causes_precede_effects(cards):
    _, tables = cards
    entries, reports, alerts, labels = (
        _whole(tables, name) for name in ("entries", "reports", "alerts", "labels")
    )
    when = dict(zip(entries["transaction_id"].view(np.uint64).tolist(), entries["t"].tolist(), strict=True))
    assert all(when[one] < t for one, t in zip(reports["transaction_id"].tolist(), reports["t"], strict=True))
    assert np.all(~(reports["t_charged_back"] <= reports["t"]))
    assert all(when[one] < t for one, t in zip(alerts["transaction_id"].tolist(), alerts["t"], strict=True))
    assert np.all(~(alerts["t_decided"] <= alerts["t"]))
    assert np.all(~(labels["t_detected"] <= entries["t"]))
    assert np.all(~(labels["t_reported"] < labels["t_detected"]))
    known = ~np.isnan(labels["t_detected"])
    assert np.all(labels["verdict"][known] == 0)
    assert np.any(labels["verdict"] == 1)


def test_reports_come_after_a_lognormal_time(cards):
    """Kolmogorov and Smirnov's test, over entries old enough to be reported before the end."""
    _, tables = cards
    labels, entries = _whole(tables, "labels"), _whole(tables, "entries")
    old = labels["is_fraud"] & (entries["status"] == 0) & (entries["t"] < (60 - 25) * 86400.0)
    old &= entries["amount"] < 0
    waited = (labels["t_reported"] - entries["t"])[old]
    assert len(waited) > 100
    assert not np.isnan(waited).any()
    assert stats.kstest(waited, stats.lognorm(0.6, scale=2 * 86400.0).cdf).pvalue > 1e-3


def test_the_card_is_blocked_once_its_owner_reported(cards):
    _, tables = cards
    reports, entries = _whole(tables, "reports"), _whole(tables, "entries")
    refused = 0
    for owner, t in zip(reports["account_id"].tolist(), reports["t"].tolist(), strict=True):
        own = (entries["account_id"] == owner) & np.isin(
            entries["channel"], (c.CARD_PRESENT, c.CARD_NOT_PRESENT)
        )
        own &= (entries["t"] > t) & (entries["t"] < t + 4.9 * 86400.0) & (entries["amount"] < 0)
        assert np.all(entries["status"][own] == 1)
        refused += own.sum()
    assert refused > 20


def test_payees_are_frozen_after_an_inquiry(scenario):
    worlds = [_world(scenario, scenario.nominal(11, index)) for index in range(3)]
    reports = sum(len(world.reports.made) for world in worlds)
    blocked = [
        ring for world in worlds for ring in world.roll.rings if ring.blocked is not None and ring.reports
    ]
    assert reports > 20
    assert len(blocked) > 5
    assert all(ring.accounts for ring in blocked)


# -- twins ------------------------------------------------------------------------------------------------


def test_a_world_without_the_crime_has_every_untouched_entry():
    """Common random numbers: what is not marked as touched is the same without campaigns, in all columns."""
    overrides = SMALL | {
        "world.customers": "1500",
        "duration": "45 d",
        "world.controls": "{unrecognised: 0.02}",
    }
    crime = load_scenario("fraud/mules", overrides=overrides)
    honest = load_scenario(
        "fraud/mules", overrides=overrides | {"world.campaigns.scam.rate": "0 per customer year"}
    )
    world, twin = (_world(one, one.nominal(4, 0)) for one in (crime, honest))
    assert world.ledger.suspicions
    tables, without = tables_of(world), tables_of(twin)
    labels = _whole(tables, "labels")
    mine, other = _whole(tables, "entries"), _whole(without, "entries")
    same = ~labels["touched"]
    assert 0.9 < same.mean() < 1.0
    assert np.all(labels["touched"][labels["is_fraud"]])
    assert not _whole(without, "labels")["touched"].any()
    common = np.isin(other["transaction_id"], mine["transaction_id"][same])
    for column in mine:
        np.testing.assert_array_equal(mine[column][same], other[column][common], err_msg=column)


# -- logins -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sessions(scenario):
    world = _world(scenario, scenario.nominal(6, 0))
    tables = tables_of(world)
    return world, _whole(tables, "logins"), _whole(tables, "login_labels"), _whole(tables, "entries")


def test_logins_come_in_the_order_of_time_with_ids_and_labels_of_their_own(sessions):
    _, logins, labels, _ = sessions
    assert np.all(np.diff(logins["t"]) >= 0)
    assert len(np.unique(logins["login_id"])) == len(logins["t"])
    np.testing.assert_array_equal(logins["login_id"], labels["login_id"])
    assert 5 < labels["is_fraud"].sum() < 0.05 * len(logins["t"])
    assert 0.01 < np.mean(logins["result"] == 1) < 0.05


def test_who_orders_something_online_has_logged_in_on_that_device(sessions):
    world, logins, _, entries = sessions
    ordered = np.isin(entries["channel"], (c.TRANSFER, c.INSTANT)) & (entries["amount"] < 0)
    ordered &= np.isin(entries["entry"], (c.APP - 1, c.ONLINE_BANKING - 1)) & (entries["t"] > 600)
    known, key = world.bank.customers, world.bank.town.noise[0]
    savings = [np.uint64(identity(key, ENTITIES["company"], 1_000_000 + i)) for i in range(known)]
    ordered &= ~np.isin(entries["counterparty_id"].view(np.uint64), savings) & (
        entries["type"] == c.CREDIT_TRANSFER
    )
    checked, missing = 0, 0
    times, devices = logins["t"], logins["device_id"].view(np.int64)
    by_device = {device: times[devices == device] for device in np.unique(devices)}
    for t, device in zip(entries["t"][ordered], entries["device_id"][ordered].view(np.int64), strict=True):
        before = by_device.get(device, np.empty(0))
        checked += 1
        missing += not np.any((before < t) & (before > t - 300.0))
    assert checked > 300
    assert missing == 0
