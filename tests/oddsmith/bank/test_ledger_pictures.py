"""Pictures of a bank show the payments that were made, and count every entry once."""

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from oddsmith.errors import DatasetError
from oddsmith.ledgers import labelled_entries
from oddsmith.pictures.base import Wish
from oddsmith.pictures.crime_timeline import draw_timeline, largest_campaign
from oddsmith.pictures.crimes import Crime, crimes_of, payments_of
from oddsmith.pictures.references import TABLE as REFERENCES
from oddsmith.pictures.rhythm import Rhythm, quantiles_of
from oddsmith.pictures.ring_diagrams import diagram_of, varied
from oddsmith.preview import preview_dataset


@pytest.fixture(scope="module")
def crime(hand_made_bank):
    one = hand_made_bank.episodes[0]
    labels = {row["transaction_id"]: row for row in one.rows["labels"]}
    rows = [row | labels[row["transaction_id"]] for row in one.rows["transactions"]]
    (found,) = crimes_of(hand_made_bank.dataset.episode(one.id), [row for row in rows if row["is_fraud"]])
    return found


def test_a_payment_between_accounts_here_is_one(crime, hand_made_bank):
    of = hand_made_bank.episodes[0].of
    paid = [(one.source, one.target, one.amount) for one in payments_of(crime.entries)]
    assert paid == [(of("ann"), of("mia"), 1000.0), (of("mia"), of("boss"), 900.0)]


def test_what_arrives_without_having_been_sent_here_is_a_payment_from_outside():
    arrived = {"t": 1.0, "account_id": "a", "counterparty_id": "x", "amount": 5.0, "payment_id": "p"}
    (one,) = payments_of([arrived])
    assert (one.source, one.target) == ("x", "a")


def _ring(*payments, kind="cycle", name="0"):
    rows = [
        {
            "t": float(k),
            "account_id": a,
            "counterparty_id": b,
            "amount": -10.0,
            "role": a.upper(),
            "payment_id": None,
        }
        for k, (a, b) in enumerate(payments)
    ]
    return Crime({"typology": kind, "ring_id": name, "campaign": kind, "began": 0.0}, rows)


def test_money_goes_from_left_to_right_and_back_in_a_cycle():
    diagram = diagram_of(_ring("ab", "bc", "ca"))
    assert diagram.column == {"a": 0, "b": 1, "c": 2}
    assert [arrow.first for arrow in diagram.arrows.values()] == [1, 2, 3]
    assert diagram.span == 2.0


def test_those_who_pay_one_account_stand_abreast():
    assert diagram_of(_ring("ax", "bx", "cx", kind="fan-in")).column == {"a": 0, "b": 0, "c": 0, "x": 1}


def test_parts_are_roles_or_outside(crime, hand_made_bank):
    of = hand_made_bank.episodes[0].of
    assert diagram_of(crime).part == {of("ann"): "victim", of("mia"): "mule", of("boss"): "outside"}


def test_a_customer_here_who_got_nothing_is_not_taken_for_somebody_outside():
    ring = _ring("ab")
    ring.entries[0]["status"] = "declined"
    assert diagram_of(ring).part["b"] == "outside"
    ring.here = frozenset("b")
    assert diagram_of(ring).part["b"] == "customer, got nothing"


@pytest.mark.parametrize("how", [{"channel": "cash"}, {"channel": "mobile_money", "type": "deposit"}])
def test_cash_is_nobody_outside(how):
    ring = _ring("ab")
    ring.entries[0].update(counterparty_id=None, **how)
    assert diagram_of(ring).part == {"a": "A", "cash": "cash"}


def test_rings_of_as_many_entries_stand_by_the_money_they_moved(hand_made_bank):
    one = hand_made_bank.episodes[0]
    episode = hand_made_bank.dataset.episode(one.id)
    labels = {row["transaction_id"]: row for row in one.rows["labels"]}
    rows = [row | labels[row["transaction_id"]] for row in one.rows["transactions"]]
    stolen = [row for row in rows if row["is_fraud"]]
    other = [{**row, "ring_id": one.of("stillborn")} for row in stolen]
    found = crimes_of(episode, [*other, *stolen])
    assert [crime.ring["moved"] for crime in found] == [1900.0, 0.0]
    assert {one.of("ann"), one.of("mia")} <= found[0].here
    assert one.of("boss") not in found[0].here


def test_what_the_bank_took_for_fraud_is_marked_once_and_nan_is_never():
    ring = _ring("ab", "ab", "bc")
    ring.entries[1]["t_detected"], ring.entries[2]["t_detected"] = 5.0, float("nan")
    assert [arrow.detected for arrow in diagram_of(ring).arrows.values()] == [1, 0]


def test_repeated_payments_are_one_arrow_and_refused_ones_no_money():
    ring = _ring("ab", "ab", "ab")
    ring.entries[1]["status"] = "declined"
    (arrow,) = diagram_of(ring).arrows.values()
    assert (arrow.count, arrow.refused, arrow.amount) == (3, 1, 20.0)


def test_every_kind_of_crime_is_shown_before_one_is_shown_twice():
    crimes = [_ring("ab", kind=kind, name=str(k)) for k, kind in enumerate("aaabc")]
    assert [one.ring["ring_id"] for one in varied(crimes, 4)] == ["0", "3", "4", "1"]


def test_the_campaign_with_most_rings_is_shown_as_it_began():
    crimes = [
        _ring("ab", "bc", "cd", kind="large"),
        *(_ring("ab", kind="often", name=str(k)) for k in range(2)),
    ]
    crimes[1].ring["began"] = 5.0
    name, own = largest_campaign(crimes)
    assert name == "often"
    assert [one.ring["ring_id"] for one in own] == ["1", "0"]


def test_the_rhythm_counts_every_accepted_entry_in_the_time_of_the_bank(hand_made_bank):
    dataset, utc, berlin = hand_made_bank.dataset, Rhythm("UTC"), Rhythm("Europe/Berlin")
    for rhythm in (utc, berlin):
        for _, entries, labels in labelled_entries(dataset, "transactions", shard=1):
            rhythm.add(entries, np.array(labels["is_fraud"]))
    rows = [row for row in hand_made_bank.episodes[2].rows["transactions"] if row["status"] == "accepted"]
    assert utc.entries == utc.weekdays.sum() == utc.month_days.sum() == utc.hours.sum() == len(rows)
    assert utc.weekdays[1].tolist() == [0, 0, 3, 0, 0, 0, 0]  # the third of March 2025 was a Monday
    assert utc.month_days[0, 2] == sum(
        row["time"].day == 3 and row["amount"] not in (-1000, 1000) for row in rows
    )
    np.testing.assert_array_equal(berlin.hours, np.roll(utc.hours, 1, axis=1))
    assert utc.paid == sum(row["amount"] < 0 for row in rows)
    assert utc.amounts["card payments"].sum() == 1
    assert utc.crimes.sum() == 2


def test_by_telephone_the_type_says_what_an_entry_is():
    kinds = {"purchase": -5, "withdrawal": -70, "deposit": 80, "credit_transfer": -900, "refund": 5}
    entries = pa.RecordBatch.from_pydict(
        {
            "time": pa.array([0] * len(kinds), pa.timestamp("ms", "UTC")),
            "t": [0.0] * len(kinds),
            "amount": [float(amount) for amount in kinds.values()],
            "type": list(kinds),
            "channel": ["mobile_money"] * len(kinds),
        }
    )
    rhythm = Rhythm("UTC")
    rhythm.add(entries, np.zeros(len(kinds), np.bool_))
    assert {name: counts.sum() for name, counts in rhythm.amounts.items()} == {
        "card payments": 1, "cash out": 1, "cash in": 1, "transfers out": 1, "transfers in": 0,
    }  # fmt: skip
    assert (rhythm.sums["cash out"], rhythm.sums["transfers out"]) == (70.0, 900.0)


def test_quantiles_lie_in_bins_that_hold_something():
    """Eleven amounts between 1,000 and 10,000: no quantile is below, however few they are."""
    counts = np.zeros(96, np.int64)
    counts[60:71] = 1
    found = quantiles_of(counts)
    assert found[0] >= 10.0**3
    assert found[-1] <= 10.0 ** (71 / 12 - 2)
    assert found[2] == pytest.approx(10.0 ** (65.5 / 12 - 2))


def test_a_timeline_marks_when_a_crime_became_known(tmp_path):
    told = [_ring("ab", "bc"), _ring("ab", "bc")]
    told[1].entries[1]["t_detected"] = 86_400.0
    drawn = [
        draw_timeline([one], tmp_path / f"{k}.png", heading="x", currency="EUR", days=2.0).read_bytes()
        for k, one in enumerate(told)
    ]
    assert drawn[0] != drawn[1]


def test_three_pictures_are_drawn_of_one_episode(hand_made_bank, tmp_path):
    one = hand_made_bank.episodes[1]
    made = preview_dataset(hand_made_bank.dataset, tmp_path, Wish(episode_id=one.id))
    assert [file.name for file in made.files] == ["rings.png", "timeline.png", "rhythm.png"]
    assert made.shown == (one.id,)
    for file in made.files:
        with Image.open(file) as image:
            assert image.size[0] > 1000
    again = preview_dataset(hand_made_bank.dataset, tmp_path / "again", Wish(episode_id=one.id))
    assert [file.read_bytes() for file in again.files] == [file.read_bytes() for file in made.files]


def test_a_ledger_that_is_not_there_is_named(hand_made_bank, tmp_path):
    with pytest.raises(DatasetError, match="no ledger 'books'; it has transactions"):
        preview_dataset(hand_made_bank.dataset, tmp_path, Wish(sensor="books"))


def test_references_are_shares():
    for known in REFERENCES.values():
        assert not known.weekdays or sum(known.weekdays) == pytest.approx(1.0, abs=0.005)
        assert sum(known.month_days.values()) < 1.0
        assert all(list(row) == sorted(row) for row in known.amounts.values())
