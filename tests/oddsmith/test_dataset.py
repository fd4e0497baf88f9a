import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError


def test_episodes_come_in_plan_order_with_their_weights(hand_made):
    dataset = Dataset(hand_made.path)
    episodes = list(dataset.episodes())
    assert tuple(episode.id for episode in episodes) == hand_made.ids
    assert tuple(episode.weight for episode in episodes) == hand_made.weights
    assert len(dataset) == 6


def test_episodes_are_filtered_by_split_and_event(hand_made):
    dataset = Dataset(hand_made.path)
    in_train = [i for i, split in zip(hand_made.ids, hand_made.splits, strict=True) if split == "train"]
    with_event = [i for i, hit in zip(hand_made.ids, hand_made.collided, strict=True) if hit]
    assert [episode.id for episode in dataset.episodes(split="train")] == in_train
    assert [episode.id for episode in dataset.episodes(event="collision")] == with_event
    assert [e.id for e in dataset.episodes(split="train", event="collision")] == with_event


def test_an_episode_tells_events_parameters_and_measures(hand_made):
    episode = next(Dataset(hand_made.path).episodes())
    assert episode.events == {"collision": True}
    assert episode.parameters == {"parameters.gap": 10.0, "parameters.weather": "rain"}
    assert episode.measures == {"delta_v": 3.5}
    assert episode.split == "train"


def test_an_episode_has_its_rows_of_any_table(hand_made):
    dataset = Dataset(hand_made.path)
    for episode, collided in zip(dataset.episodes(), hand_made.collided, strict=True):
        found = [(row["t"], row["kind"], row["field.a"]) for row in episode.rows("occurrences")]
        assert found == [(1.5, "manoeuvre", None), (2.2, "contact", "ego")][: 1 + collided]
    assert list(episode.rows("occurrences", columns=["kind"])) == [{"kind": "manoeuvre"}]
    assert [row["sample"] for row in episode.rows("front", columns=["sample"])] == [0, 1, 2]
    assert dataset.sensors == ("front",)
    with pytest.raises(DatasetError, match="no table 'contacts'"):
        next(episode.rows("contacts"))


def test_frames_decode_to_the_arrays_that_were_stored(hand_made):
    dataset = Dataset(hand_made.path)
    seen = []
    for frame in dataset.frames("front"):
        truth = hand_made.truth[frame.episode.id, frame.index]
        seen.append((frame.episode.id, frame.index))
        for column in ("rgb", "instance", "semantic", "depth", "flow"):
            np.testing.assert_array_equal(frame[column], truth[column], err_msg=column)
        assert frame["rgb"].dtype == np.uint8
        assert frame["instance"].dtype == np.uint16
        assert frame["K"].shape == (3, 3)
        assert frame["T_world_camera"].shape == (4, 4)
        assert frame.t == pytest.approx(2.0 + 0.1 * frame.index)
    assert seen == list(hand_made.truth)


def test_frames_of_one_episode_cross_part_files(hand_made):
    episode = Dataset(hand_made.path).episode(hand_made.ids[4])
    frames = list(episode.frames("front", columns=["instance"]))
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert list(frames[0]) == ["instance"]
    assert all(frame.weight == hand_made.weights[4] for frame in frames)


@pytest.mark.parametrize("readers", [2, 3, 7])
def test_parts_of_several_readers_tile_the_dataset(hand_made, readers):
    dataset = Dataset(hand_made.path)
    shares = [
        [(frame.episode.id, frame.index) for frame in dataset.frames("front", columns=(), part=(i, readers))]
        for i in range(readers)
    ]
    together = [key for share in shares for key in share]
    assert len(together) == len(set(together))
    assert set(together) == set(hand_made.truth)


def test_a_frame_is_a_mapping_that_names_its_columns(hand_made):
    frame = next(Dataset(hand_made.path).frames("front", columns=["instance", "K"]))
    assert "depth" not in frame
    assert frame.get("depth") is None
    assert dict(frame).keys() == {"instance", "K"}
    with pytest.raises(DatasetError, match="front has no column 'depth'; it has instance, K"):
        frame["depth"]


def test_features_hold_no_label_weight_or_truth(hand_made):
    features = Dataset(hand_made.path).features("front")
    assert features.column_names == ["episode_id", "sample", "t", "rgb", "K"]


def test_features_hold_nothing_that_becomes_known_later(hand_made, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(hand_made.path, copy, ignore=shutil.ignore_patterns("front"))
    late = pa.field("booked", pa.float64(), metadata={"role": "feature", "available": "posting"})
    now = pa.field("amount", pa.float64(), metadata={"role": "feature"})
    (copy / "ledger").mkdir()
    rows = pa.table([[1.0], [2.0]], schema=pa.schema([late, now]))
    pq.write_table(rows, copy / "ledger" / "00000.parquet")
    (copy / "manifest.json").unlink()
    assert Dataset(copy).features("ledger").column_names == ["amount"]


def test_weights_are_nan_where_an_episode_has_no_odds(hand_made):
    ids, weights = Dataset(hand_made.path).weights()
    assert tuple(ids) == hand_made.ids
    np.testing.assert_array_equal(weights, [0.25, 0.125, 0.125, 0.125, 0.375, np.nan])


def test_tables_keep_units_and_roles(hand_made):
    dataset = Dataset(hand_made.path)
    assert dataset.units("episodes")["parameters.gap"] == "m"
    assert dataset.columns("front")["depth"] == "label"
    assert dataset.to_arrow().num_rows == 6
    frame = dataset.to_pandas("calls", columns=["call", "weight"])
    assert frame.shape == (50, 2)
    assert sum(batch.num_rows for batch in dataset.batches("front", columns=["t"], size=5)) == 18


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda ds: list(ds.frames("rear")), "no table 'rear'; it has calls, episodes, front"),
        (lambda ds: list(ds.frames("front", columns=["depht"])), "no column 'depht'"),
        (lambda ds: list(ds.episodes(event="crash")), "no event 'crash'; it has collision"),
        (lambda ds: ds.episode("ffff"), "no episode 'ffff'"),
        (lambda ds: ds.to_arrow("episodes", columns=["nope"]), "no column 'nope'"),
    ],
)
def test_what_is_not_there_is_named(hand_made, act, told):
    with pytest.raises(DatasetError, match=told):
        act(Dataset(hand_made.path))


def test_a_folder_that_is_no_dataset_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="is not a folder"):
        Dataset(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="has no episodes"):
        Dataset(tmp_path)


def test_a_run_that_was_only_begun_names_resume(tmp_path):
    (tmp_path / ".work").mkdir()
    (tmp_path / ".work" / "run.json").write_text("{}")
    with pytest.raises(DatasetError, match=r"no episodes yet: `oddsmith resume .*` goes on"):
        Dataset(tmp_path)


def test_a_damaged_file_is_named(hand_made, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(hand_made.path, broken)
    (broken / "front" / "00000.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(DatasetError, match=r"00000\.parquet"):
        list(Dataset(broken).frames("front"))


def test_files_the_manifest_does_not_list_are_not_read(hand_made, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(hand_made.path, copy)
    shutil.copy(copy / "episodes" / "00000.parquet", copy / "episodes" / "00009.parquet")
    assert len(Dataset(copy)) == 6
    (copy / "manifest.json").unlink()
    assert len(Dataset(copy)) == 9


def test_torch_says_how_to_get_it(hand_made, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "oddsmith.torch_stream", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'oddsmith\[torch\]'"):
        Dataset(hand_made.path).torch("front")


def test_reading_loads_neither_wing(hand_made):
    script = """
import json, sys
import oddsmith
dataset = oddsmith.Dataset(sys.argv[1])
for frame in dataset.frames("front", event="collision"):
    frame["rgb"], frame["depth"], frame["objects"]
dataset.weights(), dataset.to_arrow()
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, str(hand_made.path)], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(ran.stdout))
    assert not loaded & {"sim", "renderers", "numba", "pybullet", "simpy", "scipy"}
    assert {"oddsmith", "cv2", "pyarrow"} <= loaded


def test_opening_reads_no_pictures(hand_made, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(hand_made.path, copy)
    for file in (copy / "front").iterdir():
        file.write_bytes(b"")
    assert len(list(Dataset(copy).episodes())) == 6


def test_the_path_may_be_text(hand_made):
    assert repr(Dataset(str(hand_made.path))) == f"Dataset({str(Path(hand_made.path))!r})"
