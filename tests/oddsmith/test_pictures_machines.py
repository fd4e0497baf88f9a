"""Lives of a bearing as a dataset: how long they lasted, tables in one line, and the picture of one of them."""

import numpy as np
import pandas
import pytest
from PIL import Image

from oddsmith.catalog import load_scenario
from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.generation import run
from oddsmith.pictures.machine_history import TrendOf, draw_stocks, scale_of
from oddsmith.pictures.machines import can_show, signals_of
from oddsmith.pictures.spectra import envelope_spectrum, shown_of
from oddsmith.preview import Wish, preview_dataset

FEW = {
    "sampling.method": "nominal",
    "sampling.calls": "16",
    "sampling.episodes": "8",
    "duration.at_most": "32 d",
}


@pytest.fixture(scope="module")
def lives(tmp_path_factory):
    out = tmp_path_factory.mktemp("lives") / "seizure"
    run(load_scenario("factory/bearing_seizure", FEW), out, overrides=FEW, seed=11)
    return Dataset(out)


def test_lives_are_followed_and_tables_load_in_one_line(lives):
    calls = pandas.read_parquet(lives.folder.path / "calls")
    episodes = pandas.read_parquet(lives.folder.path / "episodes")
    ends = pandas.read_parquet(lives.folder.path / "lives").query("component == 'bearing'")
    for rows in (calls, episodes):
        assert rows["duration"].notna().all()
        assert np.array_equal(rows["censored"], rows["duration"] == 32 * 86_400.0)
    assert 0 < episodes["censored"].sum() < len(episodes)
    joined = ends.merge(episodes, on="episode_id")
    assert len(joined) == len(episodes)
    assert np.array_equal(joined["until"], joined["duration"])
    assert np.array_equal(joined["ends"] == "censored", joined["censored"])
    states = lives.to_pandas("machine_states")
    assert np.array_equal(
        states.groupby("episode_id")["until"].max().sort_index(),
        episodes.set_index("episode_id")["duration"].sort_index(),
    )
    assert abs(episodes["weight"].sum() - 1.0) < 1e-9
    assert lives.columns("episodes")["duration"] == "label"


def test_workers_change_no_byte(lives, tmp_path):
    out = tmp_path / "again"
    run(load_scenario("factory/bearing_seizure", FEW), out, overrides=FEW, seed=11, workers=2)
    assert Dataset(out).manifest["dataset_hash"] == lives.manifest["dataset_hash"]


def test_an_episode_is_drawn(lives, tmp_path):
    failed = next(episode for episode in lives.episodes() if not episode.row["censored"])
    made = preview_dataset(lives, tmp_path, Wish(episode_id=failed.id))
    assert made.shown == (failed.id,)
    assert [file.name for file in made.files] == ["episode.png"]
    again = preview_dataset(lives, tmp_path / "again", Wish(episode_id=failed.id))
    assert made.files[0].read_bytes() == again.files[0].read_bytes()
    with Image.open(made.files[0]) as picture:
        assert min(picture.size) > 800
        assert len(picture.convert("RGB").quantize(64).getcolors()) > 20


def test_what_is_shown_is_before_and_near_the_failure(lives):
    failed = next(episode for episode in lives.episodes() if not episode.row["censored"])
    first, *_, last = shown_of(lives, failed, "accelerometer")
    assert first.severity == 0.0
    assert last.severity > 0.7
    assert last.is_diagnosable
    f, heights = envelope_spectrum(last.signal, last.rate, last.band)
    near = (f > 20) & (f < 250)
    assert abs(f[near][np.argmax(heights[near])] - last.lines[0]) <= 2 * f[1]
    assert np.max(heights[near]) > 100 * np.max(envelope_spectrum(first.signal, first.rate, last.band)[1])


def test_what_cannot_be_shown_is_named(lives, tmp_path):
    assert can_show(lives)
    assert signals_of(lives) == ["accelerometer"]
    with pytest.raises(DatasetError, match="no signal 'microphone'; it has accelerometer"):
        preview_dataset(lives, tmp_path, Wish(sensor="microphone"))


@pytest.mark.parametrize(("span", "unit"), [(30.0, "s"), (600.0, "min"), (20_000.0, "h"), (3e5, "d")])
def test_time_is_written_in_the_unit_that_suits(span, unit):
    assert scale_of(span).name == unit


def test_stocks_are_steps_and_what_is_missing_is_marked():
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    axes.set_xlim(0.0, 10.0)
    rows = [{"spare": "motors", "t": 60.0 * t, "stock": stock} for t, stock in ((2, 1), (3, 0), (5, 1))]
    draw_stocks(axes, rows, {"motors": 2, "belts": 1}, scale_of(300.0))
    motors, belts = (patch.get_data() for patch in axes.patches)
    assert motors.values.tolist() == [2, 1, 0, 1]
    assert motors.edges.tolist() == [0.0, 2.0, 3.0, 5.0, 10.0]
    assert belts.values.tolist() == [1]
    (out, never) = (band.get_paths() for band in axes.collections)
    assert [(path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in out] == [(3.0, 5.0)]
    assert never == []


def test_temperatures_are_written_as_plants_read_them():
    frames = [{"signal": np.array([300.0, 301.0]), "true_t": 5.0}]
    trend = TrendOf.of("thermometer", frames, {"signal": "K"})
    assert trend.what == "thermometer\nmean [°C]"
    assert trend.values.tolist() == pytest.approx([27.35])
