"""Entries and their labels come together, whatever files they stand in."""

import shutil

import pytest

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.ledgers import labelled_entries, ledgers_of


def test_a_ledger_is_known_by_its_columns(hand_made_bank, hand_made):
    assert ledgers_of(hand_made_bank.dataset) == ["transactions"]
    assert ledgers_of(Dataset(hand_made.path)) == []


def test_every_entry_comes_once_with_its_own_labels_and_episode(hand_made_bank):
    dataset, found = hand_made_bank.dataset, []
    for shard in dataset.folder.shards:
        for episode, entries, labels in labelled_entries(
            dataset, "transactions", shard=shard, columns=["amount"], labels=["role"]
        ):
            assert set(entries["episode_id"].to_pylist()) == {episode}
            found += list(zip(entries.to_pylist(), labels.to_pylist(), strict=True))
    rows = [row for one in hand_made_bank.episodes for row in one.rows["transactions"]]
    roles = [row["role"] for one in hand_made_bank.episodes for row in one.rows["labels"]]
    assert [(e["transaction_id"], e["amount"]) for e, _ in found] == [
        (row["transaction_id"], row["amount"]) for row in rows
    ]
    assert [label["transaction_id"] for _, label in found] == [row["transaction_id"] for row in rows]
    assert [label["role"] for _, label in found] == roles


def test_labels_of_other_entries_are_refused(hand_made_bank, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(hand_made_bank.dataset.folder.path, copy)
    first, second = (copy / "labels" / f"00000-00{k}.parquet" for k in (0, 1))
    second.unlink()
    with pytest.raises(DatasetError, match="more entries in transactions than in labels"):
        list(labelled_entries(Dataset(copy), "transactions", shard=0))
    shutil.copy(copy / "labels" / "00001-001.parquet", first)
    with pytest.raises(DatasetError, match="not in the order of transactions"):
        list(labelled_entries(Dataset(copy), "transactions", shard=0))
