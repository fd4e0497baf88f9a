"""Crimes on cards, identities and accounts, and scams, are played as they are told."""

import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.codes import SEGMENTS


def _shape(name):
    def decorated(check):
        SHAPES[name] = check
        return check

    return decorated


SHAPES = {}


@_shape("lost_or_stolen_card")
def _(one, world, known):
    assert len(one.owners("victim")) == 1
    assert {int(row[c.R_CHANNEL]) for _, _, row, _ in one.rows} <= {c.CARD_PRESENT, c.CASH_DESK}
    assert one.rows[-1][2][c.R_T] - one.rows[0][2][c.R_T] < 2 * 86_400_000


@_shape("skimming")
def _(one, world, known):
    copied = [attack for attack in one.attacks if attack.kind == "card"]
    assert len(copied) >= 2
    shops = set()
    entries = {
        int(row[c.R_ID]) & (1 << 64) - 1: row
        for owner in one.owners("victim")
        for row in world.ledger.entries(owner)
    }
    for attack in copied:
        if attack.entry in entries:
            seen = entries[attack.entry]
            shops.add(int(seen[c.R_SHOP]))
            assert attack.terminal == int(seen[c.R_TERMINAL]) & (1 << 64) - 1
            assert attack.t == pytest.approx(seen[c.R_T] / 1000.0)
            assert attack.t < one.ring.began
    assert len(shops) == 1
    assert {int(row[c.R_ENTRY]) for _, _, row, _ in one.rows} == {c.MAGSTRIPE}


@_shape("card_not_present")
def _(one, world, known):
    assert {int(row[c.R_CHANNEL]) for _, _, row, _ in one.rows} == {c.CARD_NOT_PRESENT}
    assert len({int(row[c.R_DEVICE]) for _, _, row, _ in one.rows}) == 1


@_shape("card_testing")
def _(one, world, known):
    assert len(one.owners("victim")) >= 5
    assert len({int(row[c.R_SHOP]) for _, _, row, _ in one.rows}) == 1
    assert all(95 <= -row[c.R_AMOUNT] <= 200 for _, _, row, _ in one.rows)
    assert c.WRONG_CVV in {int(row[c.R_STATUS]) for _, _, row, _ in one.rows}


@_shape("bust_out")
def _(one, world, known):
    usual, spree = one.accepted(stage=1), one.accepted(stage=2)
    if usual and spree:
        assert spree[0][2][c.R_T] > usual[-1][2][c.R_T]


@_shape("first_party")
def _(one, world, known):
    bought = -sum(int(row[c.R_AMOUNT]) for _, _, row, _ in one.accepted(stage=1))
    disputed = [row for _, _, row, _ in one.accepted(stage=2)]
    assert sum(int(row[c.R_AMOUNT]) for row in disputed) == bought
    assert all(row[c.R_TYPE] == c.CHARGEBACK for row in disputed)


def _login_first(one, world):
    (victim,) = one.owners("victim")
    logins = [login for login in world.roll.logins if world.roll.marks[login.mark].ring is one.ring]
    orders = [row for name, _, row, _ in one.rows if name == "victim" and row[c.R_AMOUNT] < 0]
    assert [login.customer for login in logins] == [victim]
    assert all(logins[0].t <= row[c.R_T] for row in orders)
    assert {int(row[c.R_DEVICE]) & (1 << 64) - 1 for row in orders} == {logins[0].device}


@_shape("account_takeover")
def _(one, world, known):
    _login_first(one, world)


@_shape("sim_swap")
def _(one, world, known):
    _login_first(one, world)


@_shape("synthetic_identity")
def _(one, world, known):
    assert len(one.owners("identity")) >= 3
    assert len({int(row[c.R_DEVICE]) for _, _, row, _ in one.rows}) == 1
    assert {attack.kind for attack in one.attacks} == {"none", "identity"}


@_shape("merchant_collusion")
def _(one, world, known):
    assert len({int(row[c.R_SHOP]) for _, _, row, _ in one.rows}) == 1
    assert c.REFUND in {int(row[c.R_TYPE]) for _, _, row, _ in one.accepted()}


@_shape("app_purchase")
def _(one, world, known):
    assert len(one.rows) <= 3
    assert one.owners("victim")


@_shape("app_investment")
def _(one, world, known):
    assert len({to for _, to, _ in one.edges(known)}) <= 1
    assert one.owners("victim")


@_shape("app_impersonation")
def _(one, world, known):
    (victim,) = one.owners("victim")
    assert world.ledger.person(victim)[c.AGE] >= 45
    orders = [row for name, _, row, _ in one.rows if name == "victim"]
    assert orders[-1][c.R_T] - orders[0][c.R_T] < 86_400_000


@_shape("app_romance")
def _(one, world, known):
    assert len({to for _, to, _ in one.edges(known)}) <= 1


@_shape("invoice_redirection")
def _(one, world, known):
    (victim,) = one.owners("victim")
    assert SEGMENTS[int(world.ledger.person(victim)[c.SEGMENT])] == "business"


def test_every_typology_has_its_shape_checked(crimes):
    assert set(SHAPES) == set(crimes.typologies) - set(crimes.laundering)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_ring_has_the_shape_it_is_called_after(name, played, world, known):
    """Rings for which the money was there."""
    for one in played[name]:
        if not one.ring.untried:
            SHAPES[name](one, world, known)


def test_of_most_kinds_there_is_a_ring_to_check(played):
    assert sum(any(not one.ring.untried for one in played[name]) for name in SHAPES) > 0.8 * len(SHAPES)
