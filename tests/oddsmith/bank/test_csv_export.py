"""CSV holds what the tables hold, and nothing stands where it does not belong."""

import csv
import datetime

import pandas as pd
import pytest

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.exporters import csv as plain
from oddsmith.exporters import csv_iso20022


def _read(file):
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def exported(hand_made_bank, tmp_path_factory):
    return plain.export(hand_made_bank.dataset, tmp_path_factory.mktemp("out") / "csv")


def test_the_ledger_reads_back(exported, hand_made_bank):
    rows = [row for one in hand_made_bank.episodes for row in one.rows["transactions"]]
    found = _read(exported.folder / "features" / "transactions.csv")
    assert len(found) == len(rows) == exported.counts["rows of features/transactions.csv"]
    for told, row in zip(found, rows, strict=True):
        assert told["transaction_id"] == row["transaction_id"]
        assert float(told["amount"]) == row["amount"]
        assert datetime.datetime.fromisoformat(told["time"]) == row["time"]
        assert told["posted"] == "" if row["posted"] is None else told["posted"] == told["time"]
        assert told["decline_code"] == (row["decline_code"] or "")
        assert told["counterparty_id"] == (row["counterparty_id"] or "")


def test_entries_at_a_merchant_have_its_name(exported, hand_made_bank):
    shops = {
        row["merchant_id"]: row["name"] for one in hand_made_bank.episodes for row in one.rows["merchants"]
    }
    found = _read(exported.folder / "features" / "transactions.csv")
    assert {row["merchant"] for row in found} == {"", 'BAKERY "1", BERLIN', 'CINEMA "1", BERLIN'}
    assert all(row["merchant"] == shops.get(row["counterparty_id"], "") for row in found)


def test_features_labels_and_weights_never_share_a_file(exported, hand_made_bank):
    allowed = {"features": {"key", "feature"}, "labels": {"key", "label", "meta"}, "weights": {"key", "weight"}}
    dataset = hand_made_bank.dataset
    for file in exported.folder.glob("*/*.csv"):
        roles = dataset.columns(file.stem) | {"merchant": "feature"}
        with file.open(newline="", encoding="utf-8") as stream:
            head = next(csv.reader(stream))
        assert {roles[name] for name in head} <= allowed[file.parent.name], file
    held = {
        (row["table"], row["source"]) for row in _read(exported.folder / "columns.csv") if row["role"] != "key"
    }
    assert {(table, name) for table, name in held if table != "merchants" or name == "name"} >= {
        (table, name)
        for table in dataset.tables
        for name, role in dataset.columns(table).items()
        if role != "key" and table != "merchants"
    }


def test_weights_read_back(exported):
    weights = {row["episode_id"]: row["weight"] for row in _read(exported.folder / "weights" / "episodes.csv")}
    assert list(weights.values()) == ["0.5", "0.5", ""]
    rings = _read(exported.folder / "weights" / "labels.csv")
    assert {row["ring_weight"] for row in rings} == {"1", "0.25"}
    assert exported.weights == "weights"


def test_pandas_reads_it_as_it_is(exported):
    frame = pd.read_csv(exported.folder / "features" / "transactions.csv", parse_dates=["time", "posted"])
    assert str(frame["time"].dt.tz) == "UTC"
    assert frame["amount"].sum() == pytest.approx(3 * (20 - 4.5 - 30 - 3.5 + 100 - 900 + 4.5 + 2000 - 100))


def test_iso_names_are_the_same_rows_with_a_sign_of_their_own(exported, hand_made_bank, tmp_path):
    iso = csv_iso20022.export(hand_made_bank.dataset, tmp_path / "iso")
    found = _read(iso.folder / "features" / "transactions.csv")
    rows = _read(exported.folder / "features" / "transactions.csv")
    for told, row in zip(found, rows, strict=True):
        assert told["AcctSvcrRef"] == row["transaction_id"]
        assert told["CdtDbtInd"] == ("DBIT" if row["amount"].startswith("-") else "CRDT")
        assert float(told["Amt"]) == abs(float(row["amount"]))
        assert told["MrchntCtgyCd"] == row["merchant_category"]
        assert told["balance"] == row["balance"]
    sources = {row["column"]: row["source"] for row in _read(iso.folder / "columns.csv")}
    assert sources["Amt"] == sources["CdtDbtInd"] == "amount"
    assert sources["Mrchnt.CmonNm"] == "merchants.name"


def test_pictures_are_left_out_and_lists_are_json(hand_made, tmp_path):
    plain.export(Dataset(hand_made.path), tmp_path / "csv")
    (first, *_) = _read(tmp_path / "csv" / "features" / "front.csv")
    assert "rgb" not in first
    assert first["K"].startswith("[50.0, 0.0, ")
    assert _read(tmp_path / "csv" / "labels" / "front.csv")[0]["objects"].startswith('[{"instance_id": 300')


def test_a_folder_that_holds_something_is_refused(hand_made_bank, tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(DatasetError, match="not empty"):
        plain.export(hand_made_bank.dataset, tmp_path)
