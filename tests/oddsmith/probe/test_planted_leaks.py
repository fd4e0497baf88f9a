"""Each leak that a generator was ever caught with, planted alone, is found with its number and column."""

import numpy as np
import pytest

DAY = 86_400.0


def leaks(report):
    return {(one.probe, one.name) for one in report.leaks}


def amount_is_larger(bank):
    bank.ledger["amount"] = np.where(bank.fraud, bank.ledger["amount"] * 12.0, bank.ledger["amount"])


def word_of_its_own(bank):
    bank.ledger["entry"] = np.where(bank.fraud, "api", bank.rng.choice(["pin", "chip", "tap"], len(bank.fraud)))


def code_of_its_own(bank):
    """A code from the middle of the range: its rank says nothing."""
    codes = bank.rng.integers(5000, 5100, len(bank.fraud))
    bank.ledger["mcc"] = np.where(bank.fraud, 5050, codes)


def band_of_amounts(bank):
    amounts = np.round(bank.rng.uniform(30.0, 33.0, len(bank.fraud)), 2)
    bank.ledger["amount"] = np.where(bank.fraud, amounts, bank.ledger["amount"])


def narrow_band_of_amounts(bank):
    amounts = np.round(bank.rng.uniform(30.0, 30.2, len(bank.fraud)), 2)
    bank.ledger["amount"] = np.where(bank.fraud, amounts, bank.ledger["amount"])


def whole_balance_is_taken(bank):
    """PaySim: every fraud empties the account."""
    bank.ledger["amount"] = np.where(bank.fraud, bank.ledger["balance_before"], bank.ledger["amount"])


def balance_stays(bank):
    """Balances of fraud alone reconcile with the amount."""
    noise = np.where(bank.fraud, 0.0, bank.rng.normal(0.0, 20.0, len(bank.fraud)))
    bank.ledger["balance_after"] = np.round(bank.ledger["balance_after"] + noise, 2)


def id_has_a_prefix(bank):
    ids = bank.ledger["transaction_id"]
    heads = np.where(bank.fraud, "F", "A")
    renamed(bank, np.array([head + word[1:] for head, word in zip(heads, ids, strict=True)], object))


def ids_in_a_row(bank):
    """All fraud in one run of ids in the middle of the range, as numbers."""
    n, hits = len(bank.fraud), int(bank.fraud.sum())
    numbers = np.empty(n, np.int64)
    middle = n // 2
    numbers[bank.fraud] = middle + np.arange(hits)
    numbers[~bank.fraud] = bank.rng.permutation(np.setdiff1d(np.arange(n), numbers[bank.fraud]))
    renamed(bank, numbers)


def ids_that_grow(bank):
    """Fraud is numbered after everything else."""
    numbers = np.empty(len(bank.fraud), np.int64)
    numbers[np.argsort(bank.fraud, kind="stable")] = np.arange(len(bank.fraud))
    renamed(bank, numbers)


def ids_repeat(bank):
    ids = bank.ledger["transaction_id"].copy()
    ids[1::6] = ids[: len(ids[1::6])]
    bank.ledger["transaction_id"] = ids


def renamed(bank, ids):
    bank.ledger["transaction_id"] = bank.labels["transaction_id"] = ids


def mules_have_a_prefix(bank):
    ids = bank.ledger["counterparty"]
    bank.ledger["counterparty"] = np.where(bank.fraud, np.array(["C" + word[1:] for word in ids], object), ids)


def rows_at_the_end(bank):
    """Fraud is appended to the honest rows."""
    bank.in_order(np.argsort(bank.fraud, kind="stable"))


def last_of_the_moment(bank):
    """Moments are whole hours; within one, fraud is written last."""
    bank.ledger["time"] = np.floor(bank.ledger["time"] / 3600.0) * 3600.0
    bank.in_order(np.lexsort((bank.fraud, bank.ledger["time"])))


def whole_amounts(bank):
    bank.ledger["amount"] = np.where(bank.fraud, np.ceil(bank.ledger["amount"]), bank.ledger["amount"])


def nothing_known(bank):
    """finforge: fraud comes without the columns of the persona."""
    bank.ledger["segment"] = np.where(bank.fraud, None, "student").astype(object)


def longer_names(bank):
    """Sparkov: names begin with fraud_."""
    words = np.array([f"shop {k}" for k in bank.rng.integers(100, 1000, len(bank.fraud))], object)
    bank.ledger["merchant"] = np.where(bank.fraud, "fraud_" + words, words)


def whole_seconds(bank):
    bank.ledger["time"] = np.where(bank.fraud, np.floor(bank.ledger["time"]), bank.ledger["time"])


def merchants_of_its_own(bank):
    own = np.array([f"{k:08x}" for k in bank.rng.integers(0, 2**31, 4)], object)
    honest = bank.rng.choice(bank.ledger["counterparty"][:500], len(bank.fraud))
    bank.ledger["terminal"] = np.where(bank.fraud, bank.rng.choice(own, len(bank.fraud)), honest)


def accounts_without_past(bank):
    """Every ring pays into an account that nobody had before, and nobody uses later."""
    rings = bank.labels["ring_id"]
    fresh = {ring: f"{k:016x}" for ring, k in zip(sorted(set(rings[bank.fraud])), new(bank, 60), strict=True)}
    payees = np.array([fresh.get(ring, "") for ring in rings], object)
    bank.ledger["counterparty"] = np.where(bank.fraud, payees, bank.ledger["counterparty"])


def new(bank, n):
    return bank.rng.integers(0, 2**62, n)


def no_fraud_in_a_month(bank):
    """TabFormer: calendar months with honest rows alone."""
    is_second = (bank.ledger["time"] > 30 * DAY) & (bank.ledger["time"] < 62 * DAY)
    bank.where(~(is_second & bank.fraud))


def fraud_at_night(bank):
    t = bank.ledger["time"]
    night = np.floor(t / DAY) * DAY + 3 * 3600.0 + bank.rng.uniform(0.0, 3600.0, len(t))
    bank.ledger["time"] = np.where(bank.fraud, night, t)
    bank.in_order(np.argsort(bank.ledger["time"], kind="stable"))


def label_is_noise(bank):
    order = bank.rng.permutation(len(bank.fraud))
    for name in ("is_fraud", "typology"):
        bank.labels[name] = bank.labels[name][order]
    bank.labels["ring_id"] = np.full(len(order), None, object)


PLANTED = [
    (amount_is_larger, "P1", "amount"),
    (word_of_its_own, "P1", "entry"),
    (code_of_its_own, "P1", "mcc"),
    (band_of_amounts, "P2", "tree"),
    (narrow_band_of_amounts, "P3", "depth3.recall"),
    (whole_balance_is_taken, "P4", "amount = balance_before"),
    (balance_stays, "P4", "balance_before = amount + balance_after"),
    (id_has_a_prefix, "P5", "transaction_id.prefix"),
    (ids_in_a_row, "P5", "transaction_id.runs"),
    (ids_that_grow, "P5", "transaction_id.order"),
    (ids_repeat, "P5", "transaction_id.repeats"),
    (mules_have_a_prefix, "P5", "counterparty.prefix"),
    (rows_at_the_end, "P5", "row order"),
    (last_of_the_moment, "P5", "order within a moment"),
    (whole_amounts, "P6", "amount.decimals"),
    (nothing_known, "P6", "segment.null"),
    (longer_names, "P6", "merchant.length"),
    (whole_seconds, "P6", "moment.decimals"),
    (merchants_of_its_own, "P7", "terminal.purity"),
    (accounts_without_past, "P7", "counterparty.history"),
    (accounts_without_past, "P7", "counterparty.fraud_only"),
    (no_fraud_in_a_month, "P8", "month"),
    (fraud_at_night, "P8", "hour"),
    (label_is_noise, "P10", "boosted trees"),
]


@pytest.mark.parametrize(
    ("plant", "probe", "name"), PLANTED, ids=[f"{probe}-{p.__name__}" for p, probe, _ in PLANTED]
)
def test_a_planted_leak_is_found_and_named(bank, probed, plant, probe, name):
    planted = bank(7)
    plant(planted)
    report = probed(planted, probe)
    assert (probe, name) in leaks(report)
    assert not report.is_passed


def test_the_same_bank_without_a_leak_passes_every_probe(bank, probed):
    report = probed(bank(7))
    assert report.is_passed, leaks(report)
    assert {one.probe for one in report.findings} == {"P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P10"}


def test_a_leak_of_one_typology_is_told_with_its_name(bank, probed):
    """Half of the fraud is hidden well, so that no column is beyond its limit over all rows."""
    planted = bank(3)
    is_one = planted.labels["typology"] == "takeover"
    planted.ledger["amount"] = np.where(is_one, planted.ledger["amount"] * 12.0, planted.ledger["amount"])
    found = {(one.group, one.name) for one in probed(planted, "P1").leaks}
    assert found == {("typology takeover", "amount")}


def test_a_typology_is_held_against_the_channels_it_uses(bank, probed):
    """All fraud is by transfer, as fan-ins are; over all rows that shows, of the typology it says nothing."""
    found = {one.group: one.value for one in probed(bank(3), "P1").findings if one.name == "channel"}
    assert found[""] > 0.7
    assert found["typology fan_in"] == found["typology takeover"] == 0.5


def test_few_rings_raise_no_alarm_however_clear(bank, probed):
    """Three rings of eight rows, all amounts high: a chance that nobody could rule out."""
    planted = bank(2, rings=3)
    amount_is_larger(planted)
    report = probed(planted, "P1", "P5", "P6", "P8")
    assert report.is_passed, leaks(report)
    assert next(one for one in report.findings if one.name == "amount").value > 0.9


def test_a_handful_of_positives_is_left_out_and_said(bank, probed):
    planted = bank(2, rings=40)
    typology = planted.labels["typology"]
    typology[np.flatnonzero(planted.fraud)[:4]] = "rare"
    report = probed(planted, "P1")
    assert "too few positives to tell anything: typology rare" in report.notes
    assert "typology rare" not in {one.group for one in report.findings}
