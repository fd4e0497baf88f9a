"""What is read of a dataset: joins, samples that stand for all rows, weights, groups, episodes."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.probe import asked
from oddsmith.probe.reading import read


def reading(folder, most=200_000, **question):
    dataset = Dataset(folder)
    return read(dataset, asked(dataset, **question), most=most)


def field(name, kind, role):
    return pa.field(name, kind, metadata={"role": role})


def write(folder, table, columns):
    """Write a table: name -> (values, role)."""
    arrays = [pa.array(values) for values, _ in columns.values()]
    fields = [field(name, a.type, role) for a, (name, (_, role)) in zip(arrays, columns.items(), strict=True)]
    (folder / table).mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(arrays, schema=pa.schema(fields)), folder / table / "00000.parquet")


def test_labels_are_joined_by_id_whatever_their_order_and_absent_rows_are_honest(bank, written, tmp_path):
    made = bank(1, rows=2000, rings=10)
    truth = dict(zip(made.ledger["transaction_id"], made.fraud, strict=True))
    chosen = np.flatnonzero(made.fraud | (np.arange(len(made.fraud)) % 3 == 0))
    order = made.rng.permutation(chosen)
    made.labels = {name: values[order] for name, values in made.labels.items()}
    sample = reading(written(tmp_path, made)).sample
    (ids,) = [key for key in sample.keys if key.name == "transaction_id"]
    told = np.array([truth[ids.words[code]] for code in ids.values])
    np.testing.assert_array_equal(sample.y, told)
    assert sample.total_positives == told.sum() == 80
    assert sample.base == pytest.approx(80 / 2080)


def test_a_sample_stands_for_all_rows(bank, written, tmp_path):
    """Means of a sample of a tenth, by its weights, are those of all rows within z = 4."""
    made = bank(2, rows=30_000, rings=200)
    sample = reading(written(tmp_path, made), most=4000).sample
    n = len(made.fraud)
    assert len(sample) == pytest.approx(4000, abs=4 * np.sqrt(4000))
    assert sample.weight.sum() == pytest.approx(n, rel=4 / np.sqrt(2400))
    assert sample.base == pytest.approx(made.fraud.mean(), rel=4 / np.sqrt(1500))
    (amount,) = [f for f in sample.features if f.name == "amount"]
    honest = np.log(made.ledger["amount"][~made.fraud])
    found = np.average(np.log(amount.values[~sample.y]), weights=sample.weight[~sample.y])
    assert found == pytest.approx(honest.mean(), abs=4 * honest.std() / np.sqrt((~sample.y).sum()))


def test_the_same_rows_are_looked_at_again(bank, written, tmp_path):
    folder = written(tmp_path, bank(2, rows=10_000))
    first, second = (reading(folder, most=2000).sample for _ in range(2))
    np.testing.assert_array_equal(first.position, second.position)


def test_windows_are_of_all_rows_not_of_the_sample(bank, written, tmp_path):
    folder = written(tmp_path, bank(4, rows=10_000))
    whole, part = reading(folder).sample, reading(folder, most=2000).sample
    assert len(part) < len(whole) / 3
    np.testing.assert_array_equal(part.windows, whole.windows[np.isin(whole.position, part.position)])


def test_payer_and_payee_are_of_one_kind_and_terminals_of_another(bank, written, tmp_path):
    made = bank(4, rows=3000)
    made.ledger["terminal"] = np.array([f"t{k}" for k in made.rng.integers(0, 50, len(made.fraud))], object)
    names = reading(written(tmp_path, made)).sample.window_names
    assert "counterparty as account.sum_1d" in names
    assert "terminal.count_1h" in names
    assert not [name for name in names if "terminal as" in name]


def test_weights_of_rings_count(bank, written, tmp_path):
    made = bank(5, rows=2000, rings=20)
    made.labels["ring_weight"] = np.where(made.labels["typology"] == "takeover", 0.1, 1.0)
    sample = reading(written(tmp_path, made)).sample
    is_light = sample.y & (sample.typology == sample.typologies.index("takeover"))
    np.testing.assert_allclose(sample.weight[is_light], 0.1)
    assert sample.base == pytest.approx((80 + 8) / (2000 + 88))
    assert sample.groups[0].shares == pytest.approx({"fan_in": 80 / 88, "takeover": 8 / 88, "": 0.0})


def test_rings_are_never_cut_by_folds(bank, written, tmp_path):
    sample = reading(written(tmp_path, bank(6, rows=2000))).sample
    for ring in np.unique(sample.cluster[sample.y]):
        assert len(np.unique(sample.fold[sample.cluster == ring])) == 1
    assert len(np.unique(sample.fold)) == 5


def test_entities_are_counted_over_all_rows(bank, written, tmp_path):
    made = bank(8, rows=9000, rings=40)
    found = reading(written(tmp_path, made), most=1000)
    (counts,) = [one for one in found.entities if one.name == "account"]
    own = made.ledger["account"]
    names, rows = np.unique(own.astype(str), return_counts=True)
    assert sorted(counts.rows[counts.rows > 0]) == sorted(rows)
    assert counts.positives.sum() == made.fraud.sum()
    honest = own[~made.fraud]
    assert counts.seen_before == pytest.approx(1 - len(set(honest)) / len(honest))
    worst = max(names, key=lambda name: made.fraud[own == name].sum())
    assert made.fraud[own == worst].sum() == counts.positives.max()


@pytest.fixture
def press(tmp_path):
    """A machine's features in 40 episodes, of which 12 fail; labels stand in `episodes`."""
    rng = np.random.default_rng(0)
    ids = [f"{k:016x}" for k in range(40)]
    fails = np.arange(40) < 12
    write(
        tmp_path,
        "episodes",
        {
            "episode_id": (ids, "key"),
            "split": (["train"] * 40, "meta"),
            "weight": (np.where(fails, 0.01, 0.03), "weight"),
            "event.failure": (fails, "label"),
        },
    )
    write(
        tmp_path,
        "vibration",
        {
            "episode_id": (np.repeat(ids, 50), "key"),
            "t": (np.tile(np.arange(50.0), 40), "key"),
            "machine": (np.tile(["m1", "m2"], 1000), "key"),
            "rms": (rng.normal(size=2000) + np.repeat(fails, 50) * 3.0, "feature"),
            "tool": (rng.choice(["a", "b"], 2000), "feature"),
            "spectrum": ([[1.0, 2.0]] * 2000, "feature"),
        },
    )
    return tmp_path


def test_labels_of_episodes_make_episodes_the_clusters_and_their_weights_count(press):
    found = reading(press, table="vibration", label="episodes.event.failure", by=["tool"])
    sample = found.sample
    assert sample.y.sum() == 600
    assert len(np.unique(sample.cluster)) == 40
    assert sample.base == pytest.approx(12 * 0.01 / (12 * 0.01 + 28 * 0.03))
    assert [group.name for group in sample.groups] == ["", "tool a", "tool b"]
    assert [feature.name for feature in sample.features] == ["rms", "tool"]
    assert found.is_in_time_order
    assert any(name.startswith("machine.count") for name in sample.window_names)


def test_a_label_in_the_table_itself_needs_no_join(tmp_path):
    write(tmp_path, "episodes", {"episode_id": (["e"], "key"), "weight": ([1.0], "weight")})
    y = np.arange(300) % 7 == 0
    columns = {"part": ([f"p{k}" for k in range(300)], "key"), "x": (np.arange(300.0), "feature")}
    write(tmp_path, "parts", {**columns, "is_bad": (y, "label"), "kind": (np.where(y, "crack", None), "label")})
    dataset = Dataset(tmp_path)
    with pytest.raises(
        DatasetError, match=r"parts is probed for is not clear; --label takes one of: parts\.is_bad"
    ):
        asked(dataset)
    question = asked(dataset, label="is_bad", by=["kind"])
    sample = read(dataset, question, most=10_000).sample
    np.testing.assert_array_equal(sample.y, y)
    assert [group.name for group in sample.groups] == ["", "kind crack"]
    assert question.features == ("x",)


def test_questions_that_cannot_be_answered_are_refused(bank, written, tmp_path, press):
    dataset = Dataset(written(tmp_path / "other", bank(1, rows=500, rings=5)))
    with pytest.raises(DatasetError, match="transactions has no column 'when'"):
        asked(dataset, time="when")
    with pytest.raises(DatasetError, match="neither transactions nor labels has a column 'kind'"):
        asked(dataset, by=["kind"])
    with pytest.raises(DatasetError, match="no table 'truth'"):
        asked(dataset, label="truth.is_fraud")
    made = bank(1, rows=500, rings=5)
    made.labels["is_fraud"] = np.zeros(540, bool)
    honest = written(tmp_path / "third", made)
    with pytest.raises(DatasetError, match="no row of labels is positive"):
        reading(honest)
    (press / "sound").mkdir()
    pq.write_table(pq.read_table(press / "vibration" / "00000.parquet"), press / "sound" / "00000.parquet")
    with pytest.raises(DatasetError, match="several tables that could be probed: sound, vibration; name one"):
        asked(Dataset(press))
