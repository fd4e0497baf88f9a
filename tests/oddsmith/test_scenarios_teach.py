"""Bundled factories with signals: simple features find what is diagnosable, and little of what is not."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from oddsmith.catalog import load_scenario
from oddsmith.observing import sensor_setup
from renderers.sensors import TABLE
from sim.episode import record

CASES = {
    "bearing_seizure accelerometer": (16, 6),
    "gearbox_tooth_crack accelerometer": (12, 24),
    "pump_cavitation accelerometer": (24, 30),
    "sensor_drift_masks_fault accelerometer": (12, 20),
    "tool_breakage accelerometer": (32, 24),
    "tool_breakage spindle": (32, 24),
}
"""Scenario and sensor -> episodes, and windows of each."""


def features(row):
    """Return level, power, kurtosis, crest factor and power in eight bands, as logarithms but for the level."""
    x = np.asarray(row["signal"], float) * row.get("scale", 1.0)
    level, x = x.mean(), x - x.mean()
    rms = x.std() + 1e-9
    power = np.abs(np.fft.rfft(x * np.hanning(len(x))))[1:] ** 2
    bands = [band.mean() + 1e-12 for band in np.array_split(power, 8)]
    shape = [rms, (np.mean(x**4) + 1e-36) / rms**4, (np.abs(x).max() + 1e-9) / rms]
    return np.array([level, *np.log([*shape, *bands])])


@pytest.fixture(scope="module", params=CASES)
def windows(request):
    """Windows of a sensor while its machine turned: features, labels, moments and first samples."""
    name, sensor = request.param.split()
    scenario = load_scenario(f"scenarios/factory/{name}.yaml")
    episodes, most = CASES[request.param]
    rows = []
    for index in range(episodes):
        recording = record(scenario, scenario.nominal(11, index))
        setup = sensor_setup(scenario, sensor, recording)
        chosen = np.unique(np.linspace(0, len(setup.times) - 1, min(most, len(setup.times))).astype(int))
        own = replace(setup, times=setup.times[chosen])
        for sample in TABLE[scenario.sensors[sensor].kind].observe(recording, own):
            row = sample.values
            if row["speed"] > 0.0:
                first = abs(float(row["signal"][0]))
                rows.append((index, sample.t, first, row["severity"], row["diagnosable"], features(row)))
    episode, t, first, severity, shown, x = (np.array(column) for column in zip(*rows, strict=True))
    return sensor, episode, t, first, severity, shown.astype(bool), x


def test_simple_features_find_what_is_diagnosable_and_hardly_what_is_not(windows):
    _, episode, _, _, severity, shown, x = windows
    good, learns = severity == 0.0, episode % 2 == 0
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    use = (good | shown) & learns
    model.fit(x[use], shown[use])
    told, tried = model.decision_function(x), ~learns
    assert min((good & tried).sum(), (shown & tried).sum()) >= 12
    use = (good | shown) & tried
    found = roc_auc_score(shown[use], told[use])
    assert found >= 0.9
    hidden = (severity > 0.0) & ~shown
    if (hidden & tried).sum() >= 12:
        use = (good | hidden) & tried
        missed = roc_auc_score(hidden[use], told[use])
        assert missed <= 0.85
        assert missed <= found - 0.1


def test_neither_the_clock_nor_a_raw_sample_tells(windows):
    sensor, _, t, first, severity, shown, _ = windows
    use = (severity == 0.0) | shown
    assert roc_auc_score(shown[use], t[use]) < 0.88  # what runs until it fails does wear with time
    if sensor == "accelerometer":  # a sample of a spindle's power is the symptom itself
        assert roc_auc_score(shown[use], first[use]) < 0.85
