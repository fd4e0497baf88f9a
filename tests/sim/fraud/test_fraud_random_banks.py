"""Random small banks: whatever crimes, controls, sizes and currencies meet, money and truth hold.

Every example is a scenario of its own: some bundled typologies at random rates and boosts, and one of random
roles and steps, played to its tables.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oddsmith.catalog import load_scenario
from sim.episode import record, score

NONE = 0
BY_CARD = ("bust_out", "card_testing", "first_party", "merchant_collusion", "skimming", "synthetic_identity")
PRESETS = {"retail_bank_eu": "EUR", "retail_bank_us": "USD", "mobile_money": "KES"}
BUNDLED = (
    "account_takeover", "app_purchase", "bust_out", "card_testing", "cuckoo_smurfing", "cycle", "first_party",
    "funnel_account", "merchant_collusion", "mule_layers", "random_walk", "scatter_gather", "skimming",
    "structuring", "synthetic_identity", "mobile_money/agent_fraud", "mobile_money/stolen_phone",
)  # fmt: skip


@st.composite
def own_typologies(draw):
    """Return a campaign of random roles and steps in YAML, in minor amounts of any currency."""
    currency = draw(st.shared(st.sampled_from(sorted(PRESETS)), key="preset").map(PRESETS.get))
    count, ends = draw(st.integers(1, 4)), draw(st.sampled_from(["outside", "company"]))
    known = draw(st.sampled_from(["account", "person"]))
    roles = (
        f"[{{role: a, count: {count}, attack: tricked, object: {known}}}, "
        f"{{role: b, count: {draw(st.integers(1, 3))}}}, {{role: end, from: {ends}}}]"
    )
    amount = draw(st.sampled_from([3, 80, 700, 40_000, 9e6]))
    pairs = draw(st.sampled_from(["turns", "all", "any", "first", "last"]))
    decline = draw(st.sampled_from(["go_on", "stop", "lower", "next"]))
    repeat, share = draw(st.integers(1, 4)), draw(st.integers(10, 100))
    steps = (
        f"[{{from: a, channel: login, device: ring}}, "
        f"{{from: a, to: b, amount: {{each: {{lognormal: {{median: {amount:.0f} {currency}, sigma: 1}}}}}}, "
        f"pairs: {pairs}, repeat: {repeat}, on_decline: {decline}, adapt: replace, "
        f"after: {{each: {{exponential: {{mean: {draw(st.sampled_from(['5 min', '9 h', '6 d']))}}}}}}}}}, "
        f"{{from: b, to: end, share: {share} %, on_decline: lower, after: 20 min}}, "
        f"{{from: cash, to: b, amount: {amount:.0f} {currency}, channel: cash}}]"
    )
    return f"{{id: own, rate: 40 per customer year, victim: a, roles: {roles}, steps: {steps}, SCALED}}"


@st.composite
def banks(draw):
    """Return (YAML items of campaigns, overrides) of a random small bank."""
    customers, days = draw(st.integers(3, 150)), draw(st.integers(2, 45))
    rate = 8.0 / (customers * days / 365.25)
    items = [draw(own_typologies()).replace("SCALED", f"boost: {draw(st.sampled_from([1, 4]))}")]
    items[0] = items[0].replace("40 per customer year", f"{rate} per customer year")
    preset = draw(st.shared(st.sampled_from(sorted(PRESETS)), key="preset"))
    fitting = [name for name in BUNDLED if preset != "mobile_money" or name not in BY_CARD]
    for name in draw(st.lists(st.sampled_from(fitting), max_size=3, unique=True)):
        known = name.rpartition("/")[2]
        items.append(f"{{id: {known}, use: typologies/{name}.yaml, rate: {rate / 2} per customer year}}")
    changes = {
        "world.preset": preset,
        "world.customers": str(customers),
        "duration": f"{days} d",
        "world.controls": draw(
            st.sampled_from(["null", "{}", "{reports: {deceived: {share: 0.9, after: 1 d}}}"])
        ),
        "event": "{much: 'eventually(moved(own) > 100 EUR)', alerted: 'eventually(alerts(own) > 0)'}".replace(
            "EUR", PRESETS[preset]
        ),
        "sampling": "{method: nominal, target: much}",
    }
    return items, changes, draw(st.integers(0, 10**6))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("random")


def _plain(column):
    """Return a column as an array: identities as numbers, words as objects, None for none."""
    if hasattr(column, "codes"):
        return np.array([*column.words, None], object)[column.codes]
    return column.values if hasattr(column, "values") else np.asarray(column)


class Tables:
    """Whole tables of a recording; words as words."""

    def __init__(self, recording):
        self._tables = recording.tables

    def __call__(self, table, column):
        parts = [_plain(batch[column]) for batch in self._tables[table]]
        whole = np.concatenate(parts)
        return whole.view(np.uint64) if column.endswith("_id") else whole


def _balances_follow(of):
    """From each account's start: an accepted entry moves it to the cent, a refused one leaves it."""
    cents = {name: np.rint(of("entries", name) * 100.0).astype(np.int64) for name in ("amount", "balance")}
    settled = of("entries", "status") == "accepted"
    account = of("entries", "account_id")
    order = np.argsort(account, kind="stable")
    account, moved = account[order], np.where(settled, cents["amount"], 0)[order]
    balance = cents["balance"][order]
    starts = dict(
        zip(
            of("accounts", "account_id").tolist(), np.rint(of("accounts", "start_balance") * 100.0), strict=True
        )
    )
    first = np.concatenate(([True], account[1:] != account[:-1]))
    before = np.where(first, [starts[one] for one in account.tolist()], np.concatenate(([0], balance[:-1])))
    np.testing.assert_array_equal(before + moved, balance)


def _payments_conserve_money(of):
    """Both ends of a payment inside the bank: what leaves one account arrives on the other."""
    payment, amount = of("entries", "payment_id"), of("entries", "amount")
    status, t = of("entries", "status"), of("entries", "t")
    ends = {}
    for k in np.flatnonzero(payment != NONE):
        ends.setdefault(int(payment[k]), []).append(k)
    for both in (pair for pair in ends.values() if len(pair) == 2):
        out, into = sorted(both, key=lambda k: amount[k])
        assert amount[out] == -amount[into] < 0
        assert t[out] <= t[into]
        assert status[out] == "accepted"
    assert all(len(pair) <= 2 for pair in ends.values())


def _labels_refer_to_rows(of):
    entries = of("entries", "transaction_id")
    assert len(np.unique(entries)) == len(entries)
    np.testing.assert_array_equal(entries, of("labels", "transaction_id"))
    crime = of("labels", "is_fraud")
    rings, attacks = set(of("rings", "ring_id").tolist()), of("attacks", "attack_id")
    assert set(of("labels", "ring_id")[crime].tolist()) <= rings
    assert set(of("attacks", "ring_id").tolist()) <= rings
    assert not (of("labels", "ring_id")[~crime] != NONE).any()
    known = set(of("accounts", "account_id").tolist()) | {NONE}
    assert set(of("labels", "victim_id").tolist()) <= known
    assert set(of("entries", "account_id").tolist()) <= known
    rows = set(entries.tolist())
    for table in ("alerts", "reports"):
        assert set(of(table, "transaction_id").tolist()) <= rows
    assert set(of("attacks", "transaction_id").tolist()) <= rows | {NONE}
    np.testing.assert_array_equal(of("logins", "login_id"), of("login_labels", "login_id"))
    when = dict(zip(entries.tolist(), of("entries", "t").tolist(), strict=True))
    when |= dict(zip(attacks.tolist(), of("attacks", "t").tolist(), strict=True))
    effects, causes = entries[crime].tolist(), of("labels", "cause_id")[crime].tolist()
    for effect, cause in zip(effects, causes, strict=True):
        assert when[cause] <= when[effect]
    counted = np.unique(of("labels", "ring_id")[crime], return_counts=True)
    told = dict(zip(of("rings", "ring_id").tolist(), of("rings", "entries").tolist(), strict=True))
    assert dict(zip(counted[0].tolist(), counted[1].tolist(), strict=True)) == {
        r: n for r, n in told.items() if n
    }


def _all_is_counted(of):
    rings = len(of("rings", "ring_id"))
    assert of("campaigns_expected", "realised").sum() + of("campaigns_expected", "dropped").sum() == rings
    detected, t = of("labels", "t_detected"), of("entries", "t")
    known = np.isfinite(detected)
    assert (detected[known] >= t[known]).all()


@settings(max_examples=16, deadline=None, suppress_health_check=list(HealthCheck))
@given(banks())
def test_money_and_truth_hold_in_any_bank(crimes, folder, bank):
    items, changes, seed = bank
    scenario = load_scenario(crimes.written(folder, items), overrides=changes)
    draw = scenario.nominal(seed, 0)
    recording = record(scenario, draw)
    of = Tables(recording)
    _balances_follow(of)
    _payments_conserve_money(of)
    _labels_refer_to_rows(of)
    _all_is_counted(of)
    assert score(scenario, draw) == recording.outcome
