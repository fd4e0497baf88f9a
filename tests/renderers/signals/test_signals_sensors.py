from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from renderers.observation import observe_rows, sensor_columns
from renderers.sensors import TABLE
from renderers.shards import TableWriter, table_bytes, table_schema
from renderers.signals.vibration import observe
from sim.errors import RunError
from sim.noise import Edit, Noise
from sim.recording import Channel

KINDS = ("vibration", "current", "temperature", "process")
PARTS = {
    "bearing": ("bearing", "outer_race", 0.3), "shaft": ("shaft", "imbalance", 0.2),
    "motor": ("motor", "broken_bar", 0.2), "pump": ("pump", "cavitation", 0.1),
}  # fmt: skip


@pytest.fixture
def table(plant, sensor):
    """Return the Arrow table that a sensor writes of a machine."""

    def build(kind, recording=None, **settings):
        recording = recording or plant(PARTS, duration=30_000.0)
        setup = sensor(kind, times=tuple(3600.0 * k for k in range(3)), **settings)
        schema = table_schema(setup.name, sensor_columns(TABLE[kind], setup.settings))
        rows = list(observe_rows(TABLE[kind], recording, setup, episode_id="e", delay=0.0))
        return pa.table(
            {f.name: pa.array([row[f.name] for row in rows], f.type) for f in schema}, schema=schema
        )

    return build


@pytest.mark.parametrize("kind", KINDS)
def test_signals_are_features_and_the_truth_is_not(kind, table):
    found = table(kind)
    roles = {field.name: field.metadata[b"role"].decode() for field in found.schema}
    features = {name for name, role in roles.items() if role == "feature"}
    assert features == {"signal", "rate"} | ({"scale"} if kind in ("vibration", "current") else set())
    assert {"fault", "severity", "diagnosable", "faults", "sensor_faults", "speed", "load", "true_t"} == {
        name for name, role in roles.items() if role == "label"
    }


def test_a_window_is_a_row_and_pandas_reads_it_in_one_line(plant, sensor, tmp_path):
    recording, setup = plant(PARTS, duration=30_000.0), sensor("vibration", times=(0.0, 600.0, 1200.0))
    schema = table_schema("acc", sensor_columns(TABLE["vibration"], setup.settings))
    with TableWriter(tmp_path / "acc", schema) as writer:
        for row in observe_rows(TABLE["vibration"], recording, setup, episode_id="e", delay=0.0):
            writer.add(row)
        writer.finish()
    frame = pd.read_parquet(tmp_path / "acc")
    assert frame["t"].tolist() == [0.0, 600.0, 1200.0]
    assert frame["signal"].map(len).tolist() == [32768] * 3
    rms = (frame["signal"].map(lambda s: np.std(s.astype(float))) * frame["scale"]).to_numpy()
    assert (rms > 1.0).all()
    assert frame["faults"][0][0]["component"] == "bearing"
    assert (tmp_path / "acc" / "000.parquet").stat().st_size < 3 * 32768 * 2.2


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_episode_gives_the_same_bytes(kind, table):
    assert table_bytes(table(kind)) == table_bytes(table(kind))
    if kind in ("vibration", "current"):
        assert table_bytes(table(kind)) != table_bytes(table(kind, key=6))


def test_noise_is_the_sensors_own_and_the_hits_are_the_bearings(plant, sensor, samples):
    """Two sensors of other names share what shakes the machine, and none of their own noise."""
    recording = plant({"b": ("bearing", "outer_race", 0.5)})
    quiet = partial(sensor, "vibration", floor=0.0)
    one, two = (samples(next(observe(recording, quiet(name=name))).values) for name in ("a", "b"))
    assert np.std(one - two) == pytest.approx(0.02 * np.sqrt(2), rel=0.1)
    assert np.std(one) > 50 * np.std(one - two)


def test_a_slower_sensor_hears_the_same_hits(plant, sensor, samples):
    recording = plant({"b": ("bearing", "outer_race", 0.5)})
    chain = {"cutoff": 0.2, "order": 8}
    fast, slow = (
        samples(next(observe(recording, sensor("vibration", floor=0.0, noise=0.0, chain=chain, **more))).values)
        for more in ({"rate": 51200.0}, {"rate": 25600.0})
    )
    power = [np.add.reduceat(x**2, np.arange(0, len(x), len(x) // 640)) for x in (fast, slow)]
    assert np.corrcoef(*power)[0, 1] > 0.9


def test_an_edit_of_the_past_leaves_later_windows_and_others_alone(plant, sensor):
    recording, setup = plant(PARTS), sensor("vibration", times=(0.0, 600.0))
    edited = sensor("vibration", times=(0.0, 600.0))
    object.__setattr__(edited, "noise", Noise(5, (Edit(77, "bearing", t=300.0),)))
    before, after = (list(observe(recording, one)) for one in (setup, edited))
    assert before[0].values["signal"].tolist() == after[0].values["signal"].tolist()
    assert before[1].values["signal"].tolist() != after[1].values["signal"].tolist()


def test_windows_do_not_depend_on_which_others_are_taken(plant, sensor):
    recording = plant(PARTS)
    alone = next(observe(recording, sensor("vibration", times=(1200.0,))))
    among = list(observe(recording, sensor("vibration", times=(0.0, 600.0, 1200.0))))[2]
    assert alone.values["signal"].tolist() == among.values["signal"].tolist()


def test_only_whole_windows_are_taken(plant, sensor):
    recording = plant(PARTS, duration=1000.0)
    times = (0.0, 600.0, 998.72, 999.0)
    assert [row.t for row in observe(recording, sensor("vibration", times=times))] == [0.0, 600.0, 998.72]


def test_more_bits_are_stored_as_floats(table):
    found = table("vibration", chain={"bits": 24})
    assert found.schema.field("signal").type == pa.list_(pa.float32())
    assert "scale" not in found.column_names
    coarse = table("vibration", chain={"bits": 16})
    steps = np.array(coarse["signal"][0].as_py()) * coarse["scale"][0].as_py()
    assert np.array(found["signal"][0].as_py()) == pytest.approx(steps, abs=0.0154)


def test_readings_are_replayed_and_not_drawn_again(plant, sensor):
    taken = Channel("mill", "reading", "", np.array([600.0, 1200.0, 1800.0]), np.array([1.0, 7.5, 2.0]))
    true = Channel("mill", "true_reading", "", np.array([600.0, 1800.0]), np.array([1.0, 3.0]))
    for key in (1, 2):
        rows = list(
            TABLE["reading"].observe(plant({}, more=(taken, true)), sensor("reading", name="vib", key=key))
        )
        assert [(row.t, row.values["reading"]) for row in rows] == [(600.0, 1.0), (1200.0, 7.5), (1800.0, 2.0)]
        assert rows[1].values["true_reading"] == 2.0
    bare = next(TABLE["reading"].observe(plant({}, more=(taken,)), sensor("reading")))
    assert bare.values["true_reading"] is None
    assert list(TABLE["reading"].observe(plant({}), sensor("reading"))) == []  # over before the first
    with pytest.raises(RunError, match="no 'probe' that takes any"):
        next(TABLE["reading"].observe(plant({}), sensor("reading", on="probe")))


@pytest.mark.parametrize("on", [None, "nothing"])
def test_a_sensor_must_stand_on_a_machine(on, plant, sensor):
    with pytest.raises(RunError, match="stands on a machine"):
        next(observe(plant({}), sensor("vibration", on=on)))


def test_what_the_recording_does_not_tell_is_named(plant, sensor):
    recording = plant({"b": ("bearing", "outer_race", 0.5)}, facts={"b": {"balls": None}})
    with pytest.raises(RunError, match="does not tell 'balls' of bearing 'b'"):
        next(observe(recording, sensor("vibration")))


def test_a_sensor_on_a_component_measures_its_machine(plant, sensor):
    recording = plant(PARTS)
    on_part, on_machine = (
        next(observe(recording, sensor("vibration", on=on))).values for on in ("bearing", "mill")
    )
    assert on_part["signal"].tolist() == on_machine["signal"].tolist()
