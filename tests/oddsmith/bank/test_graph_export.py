"""Graphs hold the payments that were made, each once, from who paid to who was paid."""

import csv

import numpy as np
import pyarrow.parquet as pq
import pytest

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.exporters.graph import export

PAYMENTS = [  # from, to, amount; of `_told` in the fixture
    ("ann", "bakery", 4.5),
    ("ann", "tom", 50.0),
    ("bob", "bank", 3.5),
    ("ann", "mia", 1000.0),
    ("mia", "boss", 900.0),
    ("bakery", "bob", 4.5),
    ("office", "bob", 2000.0),
]


@pytest.fixture(scope="module")
def exported(hand_made_bank, tmp_path_factory):
    return export(hand_made_bank.dataset, tmp_path_factory.mktemp("out") / "graph")


def test_edges_are_the_payments(exported, hand_made_bank):
    for one in hand_made_bank.episodes:
        folder = exported.folder / one.id
        ids = pq.read_table(folder / "nodes.parquet")["id"].to_pylist()
        edges = pq.read_table(folder / "edges.parquet").to_pylist()
        expected = [(one.of(a), b if b == "bank" else one.of(b), amount) for a, b, amount in PAYMENTS]
        assert [(ids[row["source"]], ids[row["target"]], row["amount"]) for row in edges] == expected
        assert [row["edge"] for row in edges] == list(range(len(PAYMENTS)))
        index = np.load(folder / "edge_index.npy", mmap_mode="r")
        assert index.shape == (2, len(PAYMENTS))
        assert index.dtype == np.int64
        assert index.tolist() == [[row["source"] for row in edges], [row["target"] for row in edges]]
        assert sorted(file.name for file in folder.iterdir()) == [
            "edge_index.npy", "edges.parquet", "labels", "nodes.parquet", "weights"
        ]  # fmt: skip


def test_money_that_moved_is_conserved_at_every_account(exported, hand_made_bank):
    """Sums over edges, as an adjacency matrix gives them, are sums over accepted entries of each account."""
    one = hand_made_bank.episodes[0]
    folder = exported.folder / one.id
    nodes = pq.read_table(folder / "nodes.parquet")
    edges = pq.read_table(folder / "edges.parquet")
    flow = np.zeros((len(nodes), len(nodes)))
    np.add.at(flow, tuple(np.load(folder / "edge_index.npy")), edges["amount"].to_numpy())
    net = dict(zip(nodes["id"].to_pylist(), flow.sum(axis=0) - flow.sum(axis=1), strict=True))
    for name in ("ann", "bob", "tom"):
        rows = [row for row in one.rows["transactions"] if row["account_id"] == one.of(name)]
        assert net[one.of(name)] == sum(row["amount"] for row in rows if row["status"] == "accepted")


def test_nodes_have_what_registers_say(exported, hand_made_bank):
    one = hand_made_bank.episodes[1]
    rows = pq.read_table(exported.folder / one.id / "nodes.parquet").to_pylist()
    assert [row["node"] for row in rows] == list(range(len(rows)))
    by_id = {row["id"]: row for row in rows}
    assert [row["kind"] for row in rows] == ["account"] * 4 + ["merchant"] * 2 + ["outside", "outside", "bank"]
    tom = by_id[one.of("tom")]
    assert (tom["overdraft"], tom["segment"], tom["opened"].day, tom["name"]) == (1500.0, "student", 4, None)
    assert by_id[one.of("cinema")]["name"].startswith("CINEMA")
    assert by_id[one.of("boss")]["country"] is None


def test_labels_and_weights_stand_apart_in_the_order_of_edges(exported, hand_made_bank):
    one = hand_made_bank.episodes[0]
    folder = exported.folder / one.id
    edges = pq.read_table(folder / "edges.parquet")
    labels = pq.read_table(folder / "labels" / "edges.parquet")
    weights = pq.read_table(folder / "weights" / "edges.parquet")
    truth = {"is_fraud", "typology", "ring_id", "role", "stage", "sequence", "ring_weight"}
    assert not truth & {*edges.column_names, *pq.read_schema(folder / "nodes.parquet").names}
    assert "ring_weight" not in labels.column_names
    for table in (labels, weights):
        assert table["transaction_id"].equals(edges["transaction_id"])
    assert labels["is_fraud"].to_pylist() == [False, False, False, True, True, False, False]
    assert weights["ring_weight"].to_pylist() == [1, 1, 1, 0.25, 0.25, 1, 1]
    nodes = pq.read_table(folder / "nodes.parquet")["id"].to_pylist()
    roles = pq.read_table(folder / "labels" / "nodes.parquet")["role"].to_pylist()
    told = {name: role for name, role in zip(nodes, roles, strict=True) if role is not None}
    assert told == {one.of("ann"): "victim", one.of("mia"): "mule"}


def test_episodes_and_their_weights_are_listed(exported, hand_made_bank):
    with (exported.folder / "weights.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["episode_id"] for row in rows] == [one.id for one in hand_made_bank.episodes]
    assert [row["weight"] for row in rows] == ["0.5", "0.5", ""]
    assert {(row["nodes"], row["edges"]) for row in rows} == {("9", "7")}
    assert exported.counts == {"graphs": 3, "nodes": 27, "edges": 21}


def test_a_dataset_without_payments_is_refused(hand_made, tmp_path):
    with pytest.raises(DatasetError, match="has no ledger"):
        export(Dataset(hand_made.path), tmp_path / "out")
    assert not (tmp_path / "out").exists()
