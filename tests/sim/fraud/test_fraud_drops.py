"""Rings that cannot be: nobody fits a role, nobody has the money, no limit allows it, the end comes first."""

import pytest

from oddsmith.catalog import load_scenario
from sim.domains.fraud.campaign_tables import campaigns_expected

_ITEM = """{{id: tried, rate: 300 per 1000 customer year, {ring}
  roles: [{{role: payer{role}}}, {{role: payee, from: {payee}}}],
  steps: [{{from: payer, to: payee, amount: {amount}, channel: {way}}}]}}"""
_SMALL = {"ring": "", "role": "", "payee": "outside", "amount": "5 EUR", "way": "payment"}


def _counts(crimes, folder, **parts):
    """Play rings of one payment; return the world and what is told of its campaign."""
    text = _ITEM.format(**{**_SMALL, **parts}).replace("\n", " ")
    scenario = load_scenario(crimes.written(folder, [text], customers=200, days=60))
    world = crimes.played(scenario, scenario.nominal(4, 0))
    (row,) = campaigns_expected(world)
    found = {name: int(row[name][0]) for name in ("realised", "dropped", "unfinished", "idle", "refused")}
    assert found["realised"] + found["dropped"] == len(world.roll.rings) > 2
    return world, found


@pytest.mark.parametrize(
    "role", [", able: 900000000 EUR", ", segment: student, open_since: 40 year", ", count: 900"]
)
def test_rings_whose_role_nobody_can_play_are_counted_and_say_which(crimes, tmp_path, role):
    world, found = _counts(crimes, tmp_path, role=role)
    assert found == {"realised": 0, "dropped": len(world.roll.rings), "unfinished": 0, "idle": 0, "refused": 0}
    assert {ring.dropped for ring in world.roll.rings} == {"payer"}
    assert not world.roll.marks


def test_a_transfer_for_which_nobody_has_the_money_is_never_tried_and_counted(crimes, tmp_path):
    world, found = _counts(crimes, tmp_path, amount="900000000 EUR")
    assert found["idle"] == found["realised"] - found["unfinished"] > 0
    assert all(ring.untried == 1 for ring in world.roll.rings if ring.is_finished)
    assert not world.roll.marks


def test_a_purchase_above_every_limit_is_a_row_that_says_refused(crimes, tmp_path):
    world, found = _counts(crimes, tmp_path, payee="merchant", amount="900000 EUR", way="card_present")
    assert found["refused"] == sum(ring.entries > 0 for ring in world.roll.rings) > 0
    assert sum(ring.refused for ring in world.roll.rings) == sum(ring.entries for ring in world.roll.rings)
    assert not any(ring.moved for ring in world.roll.rings)


def test_rings_longer_than_the_episode_are_counted(crimes, tmp_path):
    _, found = _counts(crimes, tmp_path, ring="rounds: 40, pause: 30 d,")
    assert found["unfinished"] == found["realised"] > 0
