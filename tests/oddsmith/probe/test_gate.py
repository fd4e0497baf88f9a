"""The gate around its probes: tells, a user's own features, other sizes, twins, what it reports."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.probe import Tells, asked, probe_dataset
from oddsmith.probe.findings import Measured, judged
from oddsmith.probe.telling import declared_tells


def ran(folder, *only, **options):
    dataset = Dataset(folder)
    return probe_dataset(dataset, asked(dataset), only=only, **options)


def larger_in_takeovers(bank):
    is_one = bank.labels["typology"] == "takeover"
    bank.ledger["amount"] = np.where(is_one, bank.ledger["amount"] * 12.0, bank.ledger["amount"])


# -- tells -------------------------------------------------------------------------------------------------


def test_a_declared_tell_passes_and_is_shown_as_told(bank, probed):
    made = bank(3)
    larger_in_takeovers(made)
    made.tells = [("takeover", "amount", 0.99)]
    report = probed(made, "P1")
    assert report.is_passed
    (told,) = [one for one in report.findings if one.verdict == "told"]
    assert (told.group, told.name, told.limit) == ("typology takeover", "amount", 0.99)


def test_a_leak_beyond_its_tell_is_one(bank, probed):
    made = bank(3)
    larger_in_takeovers(made)
    made.tells = [("takeover", "amount", 0.85)]
    assert [(one.name, one.group) for one in probed(made, "P1").leaks] == [("amount", "typology takeover")]


def test_a_tell_of_one_typology_excuses_no_other(bank, probed):
    made = bank(3)
    larger_in_takeovers(made)
    made.tells = [("fan_in", "amount", 0.99)]
    assert [one.group for one in probed(made, "P1").leaks] == ["typology takeover"]


@pytest.mark.parametrize(
    ("feature", "told"), [("amuont", ["amuont (did you mean amount?)"]), ("hour", []), ("tree", [])]
)
def test_a_tell_of_what_no_probe_measures_is_said(bank, probed, feature, told):
    made = bank(3)
    made.tells = [("takeover", feature, 0.9), ("takeover", "amount", 0.9)]
    notes = [one for one in probed(made).notes if one.startswith("tells of")]
    assert [one.rpartition(": ")[2] for one in notes] == told


def test_the_limit_of_a_mixture_is_that_of_its_parts_by_shares():
    tells = Tells({("a", "amount"): 0.96, ("b", "amount"): 0.7, ("", "hour"): 0.9, ("a", "hour"): 0.95})
    shares = {"a": 0.25, "b": 0.5, "": 0.25}
    assert tells.limit("amount", 0.8, shares) == pytest.approx(0.25 * 0.96 + 0.75 * 0.8)
    assert tells.limit("hour", 0.65, {}) == 0.95
    assert tells.limit("hour", 0.65, shares) == pytest.approx(0.25 * 0.95 + 0.75 * 0.9)
    assert tells.limit("tree", 0.85, shares) == pytest.approx(0.25 * 0.96 + 0.75 * 0.85)
    assert tells.limit("country", 0.8, shares) == pytest.approx(0.8)


def test_the_median_of_columns_may_be_what_is_declared_of_them():
    def measured(parts):
        return Measured("P1", "", "median", 0.7, 0.6, lambda limit: 0.0, shares={"a": 1.0}, parts=parts)

    tells = Tells({("a", "x"): 0.75, ("a", "y"): 0.9})
    assert [f.limit for f in judged([measured(("x", "y", "z")), measured(("x", "z", "w"))], tells)] == [
        0.75,
        0.6,
    ]


def test_tells_are_found_in_the_resolved_scenario(bank, written, tmp_path):
    made = bank(3, rows=500)
    campaigns = {
        "mules": {"typology": "fan_in", "tells": {"amount": 0.9, "hour": 0.7}, "rate": 1.0},
        "takeover": {"tells": {"device": 1}},
        "others": [{"id": "refund", "tells": {"amount.roundness": 0.75}}],
    }
    made.manifest = {"scenario": {"resolved": {"world": {"campaigns": campaigns}}}}
    found = declared_tells(Dataset(written(tmp_path, made)))
    assert found.highest == {
        ("fan_in", "amount"): 0.9,
        ("fan_in", "hour"): 0.7,
        ("takeover", "device"): 1.0,
        ("refund", "amount.roundness"): 0.75,
    }


# -- a user's own features ---------------------------------------------------------------------------------


@pytest.fixture
def own(bank, written, tmp_path):
    """A clean bank that has a column known only at its posting; what writes features for it; its folder."""
    made = bank(5, rows=4000, rings=40)
    made.ledger["posted"] = made.ledger["time"] + 86_400.0
    made.late = {"posted": "posting"}
    folder = written(tmp_path, made)

    def write(columns, *, rows=None):
        order = made.rng.permutation(len(made.fraud))[:rows]
        ids = {"transaction_id": pa.array(made.ledger["transaction_id"][order])}
        pq.write_table(pa.table(ids | {k: v[order] for k, v in columns.items()}), tmp_path / "my.parquet")
        return tmp_path / "my.parquet"

    return made, write, folder


def test_features_of_a_users_own_are_probed_in_place_of_the_tables(own):
    made, write, folder = own
    noise = made.rng.normal(size=len(made.fraud))
    report = ran(folder, features=write({"my_score": noise + 4.0 * made.fraud, "my_noise": noise}))
    assert {one.name for one in report.of_probe("P1") if one.group == ""} == {"my_score", "my_noise"}
    assert {(one.probe, one.name) for one in report.leaks if one.probe == "P1"} == {("P1", "my_score")}
    assert {one.probe for one in report.findings} <= {"late", "P1", "P2", "P3", "P4", "P6"}


@pytest.mark.parametrize(
    ("name", "note"),
    [("posted", "known only at the posting"), ("typology", "the truth"), ("ring_id", "the truth")],
)
def test_a_feature_that_is_known_only_later_is_a_leak_whatever_it_holds(own, name, note):
    made, write, folder = own
    report = ran(folder, "late", features=write({name: made.rng.normal(size=len(made.fraud))}))
    assert [(one.probe, one.name, one.note) for one in report.leaks] == [("late", name, note)]


def test_a_column_known_only_later_is_no_feature_and_said_so(own):
    _, _, folder = own
    report = ran(folder, "P1")
    assert "posted" not in {one.name for one in report.findings}
    assert "known only later, so no features: posted (posting)" in report.notes


def test_rows_without_own_features_count_as_null(own):
    made, write, folder = own
    report = ran(folder, "P6", features=write({"x": np.ones(len(made.fraud))}, rows=2000))
    assert {one.name for one in report.findings} == {"x.null"}
    assert report.is_passed


def test_files_that_cannot_be_joined_are_refused(own, tmp_path):
    _, _, folder = own
    pq.write_table(pa.table({"x": [1.0]}), tmp_path / "no_key.parquet")
    with pytest.raises(DatasetError, match="no column 'transaction_id' to join"):
        ran(folder, features=tmp_path / "no_key.parquet")
    pq.write_table(pa.table({"transaction_id": ["nobody"], "x": [1.0]}), tmp_path / "strangers.parquet")
    with pytest.raises(DatasetError, match="has none of the rows of transactions"):
        ran(folder, features=tmp_path / "strangers.parquet")
    (tmp_path / "text.parquet").write_text("no parquet")
    with pytest.raises(DatasetError, match="cannot be read"):
        ran(folder, features=tmp_path / "text.parquet")


# -- other sizes and twins ---------------------------------------------------------------------------------


def test_a_rate_that_falls_with_size_is_found(bank, written, tmp_path):
    """The Handbook's fault: as many rings whatever the number of customers."""
    small = written(tmp_path, bank(1, rows=4000, rings=60), name="small")
    large = written(tmp_path, bank(2, rows=40_000, rings=60), name="large")
    (leak,) = ran(small, "P9", scales=[Dataset(large)]).leaks
    assert (leak.probe, leak.name) == ("P9", "campaigns per row")
    assert leak.value == pytest.approx(10.0, rel=1e-6)
    assert leak.note == "60 in 4,000 rows; 60 in 40,000 of large"
    grown = written(tmp_path, bank(2, rows=40_000, rings=600), name="grown")
    assert ran(small, "P9", scales=[Dataset(grown)]).is_passed


def test_campaigns_are_held_against_what_their_intensity_asks_for(bank, written, tmp_path):
    folder = written(tmp_path, bank(1, rows=1000))
    columns = {
        "typology": ["cycle", "stack"],
        "expected": [100.0, 100.0],
        "realised": [95, 30],
        "dropped": [9, 10],
    }
    (folder / "campaigns_expected").mkdir()
    pq.write_table(pa.table(columns), folder / "campaigns_expected" / "00000.parquet")
    report = ran(folder, "P9")
    assert [(one.group, one.note) for one in report.leaks] == [
        ("typology stack", "40 campaigns, expected 100.0; 10 dropped")
    ]


def test_a_twin_that_differs_where_no_campaign_touched_is_found(bank, written, tmp_path):
    """The twin has the honest rows; here, some of them are changed in silence, others are marked."""
    made = bank(1, rows=4000, rings=30)
    twin = bank(1, rows=4000, rings=30)
    twin.where(~twin.fraud)
    honest = np.flatnonzero(~made.fraud)
    touched = np.zeros(len(made.fraud), bool)
    touched[honest[:100]] = True
    made.labels["touched"] = touched
    made.ledger["balance_after"][touched] -= 50.0
    other = Dataset(written(tmp_path, twin, name="twin"))
    report = ran(written(tmp_path, made, name="with_fraud"), "P11", twin_of=other)
    assert report.is_passed
    same, silent = report.findings
    assert same.value == pytest.approx(1 - 100 / 4000)
    assert silent.value == 0.0
    made.ledger["country"][honest[200:250]] = "ES"
    report = ran(written(tmp_path, made, name="silent"), "P11", twin_of=other)
    (leak,) = report.leaks
    assert (leak.probe, leak.name) == ("P11", "changed without a mark")
    assert leak.value == pytest.approx(50 / 4000)
    gone = bank(9, rows=4000, rings=30)
    (leak,) = [
        f for f in ran(written(tmp_path, gone), "P11", twin_of=other).leaks if f.name == "untouched rows"
    ]
    assert leak.value == 0.0


# -- the report --------------------------------------------------------------------------------------------


def test_a_report_is_plain_data_and_the_same_each_time(bank, written, tmp_path):
    folder = written(tmp_path, bank(3, rows=4000))
    first, second = (json.dumps(ran(folder).to_data(), sort_keys=True) for _ in range(2))
    assert first == second
    data = json.loads(first)
    assert data["label"] == "labels.is_fraud"
    assert data["share_of_positives"] == pytest.approx(480 / 4480)
    assert data["is_passed"] is (not data["leaks"])


def test_images_alone_cannot_be_probed(hand_made):
    dataset = Dataset(hand_made.path)
    question = asked(dataset, table="front", label="episodes.event.collision")
    with pytest.raises(DatasetError, match="front has no features that can be probed: rgb, K are neither"):
        probe_dataset(dataset, question)


def test_an_unknown_probe_is_refused(bank, written, tmp_path):
    with pytest.raises(DatasetError, match="there is no probe 'P12'; there are P1, P2"):
        ran(written(tmp_path, bank(3, rows=500)), "P12")
