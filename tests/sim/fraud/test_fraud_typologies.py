"""Every bundled typology plays: roles filled, rows reconcile, causes precede, shapes are as they are called."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.domains.fraud import layout as c
from sim.domains.fraud.codes import SEGMENTS

CUSTOMERS, DAYS, RINGS = 900, 150, 4.0


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


@pytest.fixture(scope="module")
def world(crimes, tmp_path_factory):
    rate = RINGS / (CUSTOMERS * DAYS / 365.25)
    campaigns = [
        f"{{id: {name}, use: typologies/{name}.yaml, rate: {rate} per customer year}}"
        for name in crimes.typologies
    ]
    file = crimes.written(tmp_path_factory.mktemp("bank"), campaigns, customers=CUSTOMERS, days=DAYS)
    scenario = load_scenario(file)
    return crimes.played(scenario, scenario.nominal(2, 0))


@pytest.fixture(scope="module")
def known(world):
    from sim.domains.fraud.records import account_identities

    return {int(one): number for number, one in enumerate(account_identities(world.bank).view(np.int64))}


@pytest.fixture(scope="module")
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
    moments = {attack.id: attack.t * 1000.0 for attack in world.roll.attacks}
    roots = set(moments)
    for customer in world.ledger.touched:
        for row in world.ledger.entries(customer):
            moments[int(row[c.R_ID]) & (1 << 64) - 1] = float(row[c.R_T])
    for rings in played.values():
        for one in rings:
            for _, _, row, cause in one.rows:
                assert cause in moments
                assert moments[cause] < row[c.R_T] or (cause in roots and moments[cause] <= row[c.R_T])


def test_money_inside_the_bank_arrives_as_it_was_sent(played):
    for rings in played.values():
        for one in rings:
            sums = defaultdict(int)
            for _, _, row, _ in one.accepted():
                if row[c.R_PAYMENT]:
                    sums[int(row[c.R_PAYMENT])] += int(row[c.R_AMOUNT])
            late = sum(total != 0 for total in sums.values())
            assert late == 0 or one.rows[-1][2][c.R_T] > (DAYS - 8) * 86_400_000


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
    amounts = [amount for _, _, amount in one.edges(known)]
    assert len({to for _, to, _ in one.edges(known)}) == 1
    assert len(amounts) < 3 or max(amounts) > amounts[0]


@_shape("app_impersonation")
def _(one, world, known):
    (victim,) = one.owners("victim")
    assert world.ledger.person(victim)[c.AGE] >= 45
    orders = [row for name, _, row, _ in one.rows if name == "victim"]
    assert orders[-1][c.R_T] - orders[0][c.R_T] < 86_400_000


@_shape("app_romance")
def _(one, world, known):
    assert len({to for _, to, _ in one.edges(known)}) == 1
    assert len(one.rows) >= 3


@_shape("invoice_redirection")
def _(one, world, known):
    (victim,) = one.owners("victim")
    assert SEGMENTS[int(world.ledger.person(victim)[c.SEGMENT])] == "business"


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
    assert set(SHAPES) == set(crimes.typologies)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_ring_has_the_shape_it_is_called_after(name, played, world, known):
    assert played[name] or name in ("trade_based", "app_romance")
    for one in played[name]:
        SHAPES[name](one, world, known)
