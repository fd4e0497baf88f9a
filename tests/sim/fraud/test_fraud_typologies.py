"""Every bundled typology plays: roles filled, rows reconcile, causes precede; laundering has its shapes."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.codes import SEGMENTS


def test_there_are_at_least_twenty_four_and_each_names_its_sources(crimes, world):
    assert len(crimes.typologies) >= 24
    for campaign in world.setup.world["campaigns"]:
        assert campaign["sources"], campaign["id"]
        assert campaign["about"], campaign["id"]


def test_every_typology_fills_its_roles_and_comes_to_its_end(crimes, world, played):
    dropped = Counter(ring.campaign for ring in world.roll.rings if ring.dropped is not None)
    began = Counter(ring.campaign for ring in world.roll.rings if ring.dropped is None)
    for name in crimes.typologies:
        assert began[name] > 0, (name, dropped[name])
        assert sum(ring.entries for ring in world.roll.rings if ring.campaign == name) > 0, name
    assert sum(dropped.values()) <= 0.1 * sum(began.values())
    assert set(crimes.typologies) - {"trade_based", "app_romance"} <= set(played)


def test_balances_follow_from_entries_and_no_account_goes_below_its_overdraft_by_crime(world):
    for customer in world.ledger.touched[:200]:
        rows = world.ledger.entries(customer)
        moved = np.where(rows[:, c.R_STATUS] == c.SETTLED, rows[:, c.R_AMOUNT], 0)
        start = int(world.ledger.person(customer)[c.START])
        np.testing.assert_array_equal(rows[:, c.R_BALANCE], start + np.cumsum(moved))
        crime = (rows[:, c.R_MARK] >= 0) & (moved < 0)
        assert np.all(rows[crime, c.R_BALANCE] >= -world.ledger.person(customer)[c.OVERDRAFT])


def test_causes_precede_effects_up_to_an_attack(world, played):
    moments = {attack.id: round(attack.t * 1000.0) for attack in world.roll.attacks}
    roots = set(moments)
    for customer in world.ledger.touched:
        for row in world.ledger.entries(customer):
            moments[int(row[c.R_ID]) & (1 << 64) - 1] = float(row[c.R_T])
    for rings in played.values():
        for one in rings:
            for _, _, row, cause in one.rows:
                assert cause in moments
                assert moments[cause] < row[c.R_T] or (cause in roots and moments[cause] <= row[c.R_T])


def test_money_inside_the_bank_arrives_as_it_was_sent(crimes, played):
    for rings in played.values():
        for one in rings:
            sums = defaultdict(int)
            for _, _, row, _ in one.accepted():
                if row[c.R_PAYMENT]:
                    sums[int(row[c.R_PAYMENT])] += int(row[c.R_AMOUNT])
            late = sum(total != 0 for total in sums.values())
            assert late == 0 or one.rows[-1][2][c.R_T] > (crimes.days - 8) * 86_400_000


def test_fraud_amounts_are_written_as_people_write_them(played):
    """Whole amounts among transfers are about as frequent as among honest people (62 %)."""
    amounts = [
        -int(row[c.R_AMOUNT])
        for name in ("cycle", "fan_out", "mule_layers", "stack", "scatter_gather", "app_romance")
        for one in played[name] for _, _, row, _ in one.accepted(sign=-1)
    ]  # fmt: skip
    share = np.mean([amount % 100 == 0 for amount in amounts])
    assert abs(share - 0.63) < 4 * (0.63 * 0.37 / len(amounts)) ** 0.5


# -- shapes ------------------------------------------------------------------------------------------------


def _shape(name):
    def decorated(check):
        SHAPES[name] = check
        return check

    return decorated


SHAPES = {}


@_shape("fan_in")
def _(one, world, known):
    (collector,) = one.owners("collector")
    payers = {int(row[c.R_PARTY]) for _, _, row, _ in one.accepted(sign=1, stage=1)}
    assert 2 <= len(payers) <= 17
    assert {sender for sender, _, _ in one.edges(known)} <= {collector}


@_shape("fan_out")
def _(one, world, known):
    edges = one.edges(known)
    assert len({sender for sender, _, _ in edges}) == 1
    assert 1 < len({to for _, to, _ in edges}) <= 17


@_shape("cycle")
def _(one, world, known):
    edges = one.edges(known)
    nodes = {node for sender, to, _ in edges for node in (sender, to)}
    after = {sender: to for sender, to, _ in edges}
    (head,) = one.owners("head")
    if len(edges) < len(nodes) or len(nodes) < 2:  # a payment was refused: the cycle never closed
        return
    assert len(edges) == len(nodes)
    at, seen = after[head], [head]
    while at != head:
        seen.append(at)
        at = after[at]
    assert set(seen) == nodes
    assert 2 <= len(nodes) <= 12


@_shape("bipartite")
def _(one, world, known):
    edges = one.edges(known)
    senders, receivers = {edge[0] for edge in edges}, {edge[1] for edge in edges}
    assert not senders & receivers
    assert len(edges) + one.ring.refused >= len(senders) * len(receivers)
    assert len({edge[:2] for edge in edges}) == len(edges)


@_shape("stack")
def _(one, world, known):
    layers = [one.owners(role) for role in ("upper", "middle", "lower")]
    assert all(2 <= len(layer) <= 3 for layer in layers)
    place = {node: k for k, layer in enumerate(layers) for node in layer}
    steps = {(place[sender], place[to]) for sender, to, _ in one.edges(known)}
    assert steps <= {(0, 1), (1, 2)}
    if not one.ring.refused:
        assert len(one.edges(known)) == sum(len(a) * len(b) for a, b in pairwise(layers))


@_shape("random_walk")
def _(one, world, known):
    edges = one.edges(known)
    for (_, to, _), (sender, _, _) in pairwise(edges):
        assert to == sender
    assert all(sender != to for sender, to, _ in edges)


@_shape("scatter_gather")
def _(one, world, known):
    (source,), (target,) = one.owners("source"), one.owners("target")
    out = {to for sender, to, _ in one.edges(known) if sender == source}
    back = {sender for sender, to, _ in one.edges(known) if to == target}
    assert back <= out
    assert len(out) >= 2


@_shape("gather_scatter")
def _(one, world, known):
    (hub,) = one.owners("hub")
    assert {sender for sender, _, _ in one.edges(known)} == {hub}
    assert (
        len({int(row[c.R_PARTY]) for name, _, row, _ in one.rows if name == "hub" and row[c.R_AMOUNT] > 0}) >= 2
    )
    assert len({to for _, to, _ in one.edges(known)}) >= 2


@_shape("structuring")
def _(one, world, known):
    deposits = [row for _, _, row, _ in one.accepted(sign=1, stage=1)]
    assert all(row[c.R_TYPE] == c.DEPOSIT and 700_000 <= row[c.R_AMOUNT] <= 980_000 for row in deposits)
    assert min(Counter(int(row[c.R_ACCOUNT]) for row in deposits).values()) >= 3


@_shape("pass_through")
def _(one, world, known):
    coming = sum(int(row[c.R_AMOUNT]) for _, _, row, _ in one.accepted(sign=1))
    going = sum(amount for _, _, amount in one.edges(known))
    assert going < coming
    arrivals = [row[c.R_T] for _, _, row, _ in one.accepted(sign=1)]
    for _, _, row, _ in one.accepted(sign=-1):
        assert min(abs(row[c.R_T] - t) for t in arrivals) <= 72 * 3_600_000


@_shape("mule_layers")
def _(one, world, known):
    roles = [one.owners(role) for role in ("victim", "first_mule", "second_mule")]
    levels = {node: k for k, group in enumerate(roles) for node in group}
    for sender, to, _ in one.edges(known):
        assert levels.get(to, 3) == levels[sender] + 1


@_shape("funnel_account")
def _(one, world, known):
    assert len(one.owners("funnel")) == 1
    kinds = {int(row[c.R_TYPE]) for _, _, row, _ in one.accepted()}
    assert kinds <= {c.DEPOSIT, c.WITHDRAWAL}
    assert c.DEPOSIT in kinds


@_shape("cuckoo_smurfing")
def _(one, world, known):
    deposits = [row for _, _, row, _ in one.accepted(sign=1)]
    assert 2 <= len(deposits) <= 10
    assert all(row[c.R_AMOUNT] < 1_000_000 for row in deposits)


@_shape("trade_based")
def _(one, world, known):
    (importer,) = one.owners("importer")
    assert SEGMENTS[int(world.ledger.person(importer)[c.SEGMENT])] == "business"


@_shape("round_trip")
def _(one, world, known):
    out = sum(amount for _, _, amount in one.edges(known))
    back = sum(int(row[c.R_AMOUNT]) for _, _, row, _ in one.accepted(sign=1))
    assert 0.94 * out < back < out


@_shape("mule_recruitment")
def _(one, world, known):
    (mule,) = one.owners("mule")
    person = world.ledger.person(mule)
    assert SEGMENTS[int(person[c.SEGMENT])] == "student"
    assert person[c.AGE] <= 25
    assert sum(amount for _, _, amount in one.edges(known)) < sum(
        int(row[c.R_AMOUNT]) for _, _, row, _ in one.accepted(sign=1)
    )


def test_every_typology_has_its_shape_checked(crimes):
    assert set(SHAPES) == set(crimes.laundering)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_ring_has_the_shape_it_is_called_after(name, played, world, known):
    """Rings of which every payment could be made."""
    for one in played[name]:
        if not one.ring.untried and not one.ring.refused:
            SHAPES[name](one, world, known)


def test_of_most_kinds_there_is_a_ring_to_check(played):
    whole = [
        name for name in SHAPES if any(not one.ring.untried and not one.ring.refused for one in played[name])
    ]
    assert len(whole) > 0.6 * len(SHAPES)
