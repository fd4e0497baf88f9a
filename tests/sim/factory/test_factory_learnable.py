"""What a plant's data teaches: shown faults are learnt from signals; hidden ones and clocks teach nothing."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from oddsmith.catalog import load_scenario
from oddsmith.dataset import Dataset
from oddsmith.generation import run
from oddsmith.probe import asked, probe_dataset
from sim.episode import record

PLANT = """scenario: factory/plant
duration: 12 d
parameters:
  speed: {normal: [1500 rpm, 120 rpm]}
  pace: {lognormal: {median: 0.05 1/day, sigma: 0.3}}
world:
  sources: [{id: orders}]
  sinks: [{id: done}]
  machines:
    - {id: mill, from: orders, to: done, cycle_time: 4 h,
       shaft: {speed: "${speed}", load: {uniform: [0.4, 0.9]}}}
  components:
    - {id: bearing, on: mill, ages: operating, fault: outer_race, onset: 0.5, part: {bearing: {}},
       degrades: {wiener: {drift: "${pace}", spread: 1e-4, limit: 1, step: 2 h}},
       initial_age: {uniform: [0 d, 18 d]}, repair: {time: 4 h}}
  readings:
    - {id: monitor, of: bearing, every: 4 h, noise: 0.03, faults: [{from: {uniform: [2 d, 8 d]}, stuck: {}}]}
sensors:
  near: {vibration: {rate: 12.8 kHz, window: 0.32 s, every: 12 h, resonance: 3 kHz}, on: mill}
  far: {vibration: {rate: 12.8 kHz, window: 0.32 s, every: 12 h, resonance: 3 kHz,
        transfer: 2e-4, noise: 5 m/s2}, on: mill}
  loose: {vibration: {rate: 12.8 kHz, window: 0.08 s, every: 12 h, resonance: 3 kHz,
          faults: [{at: {uniform: [3 d, 9 d]}, dropouts: {rate: 50 Hz, length: 10 ms}}]}, on: mill}
event: {fails: failed(bearing)}
sampling: {method: nominal, calls: 30, episodes: 30, event_share: 0.5}
"""


@pytest.fixture(scope="module")
def plant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plant")
    (folder / "plant.yaml").write_text(PLANT, "utf-8")
    run(load_scenario(str(folder / "plant.yaml")), folder / "data", seed=4)
    return Dataset(folder / "data")


def features(signal, rate):
    """Return rms, kurtosis, crest factor and the height of the envelope's largest line, as logarithms."""
    x = signal - signal.mean()
    rms = x.std()
    spectrum = np.fft.fft(x)
    f = np.fft.fftfreq(len(x), 1.0 / rate)
    envelope = np.abs(np.fft.ifft(np.where((f > 1500) & (f < 4500), 2 * spectrum, 0)))
    lines = np.abs(np.fft.rfft(envelope - envelope.mean()))[3:160]
    numbers = [rms, np.mean(x**4) / rms**4, np.abs(x).max() / rms, lines.max() / np.median(lines)]
    return np.log(np.array(numbers))


def windows(plant, sensor):
    """Return the rows of a sensor while its machine turned, with their features."""
    rows = plant.to_pandas(sensor)
    rows = rows[rows["speed"] > 0.0].reset_index(drop=True)
    table = [
        features(np.asarray(s, float) * k, r)
        for s, k, r in zip(rows["signal"], rows["scale"], rows["rate"], strict=True)
    ]
    return rows, np.array(table)


def area(rows, x, positive):
    """Return the AUC of a logistic regression for flags, learnt on half of the episodes."""
    use = positive | (rows["severity"] == 0.0).to_numpy()
    learns = rows["episode_id"].isin(sorted(rows["episode_id"].unique())[::2]).to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(x[use & learns], positive[use & learns])
    tried = use & ~learns
    assert min(positive[tried].sum(), (~positive[tried]).sum()) >= 40
    return roc_auc_score(positive[tried], model.decision_function(x[tried]))


def test_diagnosable_faults_are_found(plant):
    rows, x = windows(plant, "near")
    assert area(rows, x, rows["diagnosable"].to_numpy(bool)) >= 0.9


def test_undiagnosable_faults_are_there_and_are_not_found(plant):
    rows, x = windows(plant, "far")
    is_hidden = (rows["severity"] > 0.0).to_numpy()
    assert not rows["diagnosable"].any()
    assert is_hidden.sum() >= 100
    assert 0.35 <= area(rows, x, is_hidden) <= 0.65


def test_neither_the_clock_nor_a_raw_column_tells(plant):
    rows, _ = windows(plant, "near")
    is_faulty = rows["diagnosable"].to_numpy(bool)
    for column in ("t", "scale", "rate", "frame"):
        if column in rows:
            told = roc_auc_score(is_faulty, rows[column].astype(float))
            assert abs(told - 0.5) <= 0.1, column
    first = np.array([abs(float(s[0])) for s in rows["signal"]])
    assert roc_auc_score(is_faulty, first) <= 0.8
    report = probe_dataset(
        plant, asked(plant, table="near", label="diagnosable"), only=("P1", "P2", "P3", "P8")
    )
    assert report.is_passed, report.leaks


def test_faults_of_sensors_are_labelled(plant):
    rows, _ = windows(plant, "loose")
    is_faulty = rows["sensor_faults"].map(len).to_numpy() > 0
    empty = np.array([np.mean(np.asarray(s) == 0) for s in rows["signal"]])
    assert roc_auc_score(is_faulty, empty) >= 0.9
    seen = plant.to_pandas("process_values")
    repeats = seen.groupby("episode_id")["value"].diff().eq(0.0)
    assert np.array_equal(repeats, seen["sensor_fault"].eq("stuck"))


@pytest.mark.parametrize(
    ("fault", "label"),
    [
        ("drift: 0 1/day", ""),
        ("bias: 0", ""),
        ("dropout: 0", ""),
        ("scale: 1", ""),
        ("bias: 0.1", "bias"),
        ("stuck: {}", "stuck"),
    ],
)
def test_a_fault_without_a_size_is_none(tmp_path, fault, label):
    file = tmp_path / "plant.yaml"
    file.write_text(
        PLANT.replace("stuck: {}", fault).replace("from: {uniform: [2 d, 8 d]}", "from: 1 d"), "utf-8"
    )
    scenario = load_scenario(str(file))
    (rows,) = record(scenario, scenario.nominal(1, 0)).tables["process_values"]
    assert set(rows["sensor_fault"][rows["t"] >= 86_400.0]) == {label}
