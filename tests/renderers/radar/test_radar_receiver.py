"""Cells, threshold and noise against their laws."""

import math

import numpy as np
import pytest
from scipy.stats import ncx2

from oddsmith import load_scenario
from oddsmith.catalog import bundled_scenarios
from renderers.radar.echoes import BODY, Echoes, Radar
from renderers.radar.models import MODELS, model_of
from renderers.radar.receiver import Cell, false_alarms, heard, merged
from sim.errors import ScenarioError
from sim.noise import Noise

NEAR = MODELS["near"]
RADAR = Radar(NEAR, np.eye(4), np.zeros(3), 0.0, 0.2)
SWEEPS = 4000


def share_seen(steady, fluctuating):
    """Return how often a cell is told, over independent sweeps."""
    cell = Cell(30.0, 0.1, 0.0, -3.0, steady, fluctuating, 0, BODY)
    noise = Noise(5)
    return np.mean(
        [len(heard([cell], RADAR, noise, ("car",), sensor="front", index=k, t=0.1 * k)) for k in range(SWEEPS)]
    )


def agrees(share, p):
    return abs(share - p) < 4.0 * math.sqrt(p * (1.0 - p) / SWEEPS)


@pytest.mark.parametrize("decibels", [8.0, 13.0, 21.0])
def test_fluctuating_targets_are_seen_as_swerling_has_it(decibels):
    snr = 10.0 ** (0.1 * decibels)
    assert agrees(share_seen(0.0, snr), 1e-7 ** (1.0 / (1.0 + snr)))


@pytest.mark.parametrize("decibels", [10.0, 12.0, 14.0])
def test_steady_targets_are_seen_as_marcum_has_it(decibels):
    snr = 10.0 ** (0.1 * decibels)
    # Twice the power is noncentral chi-square with two degrees of freedom.
    assert agrees(share_seen(snr, 0.0), ncx2.sf(2.0 * NEAR.threshold, 2, 2.0 * snr))


def test_reach_is_where_nine_in_ten_see_a_car():
    per_area = NEAR.per_area(np.array([NEAR.reach]), np.zeros(1), np.zeros(1), 0.0)[0]
    assert NEAR.false_alarm ** (1.0 / (1.0 + 10.0 * per_area)) == pytest.approx(0.9)


def test_false_alarms_are_as_many_as_the_cells_make_them():
    model = model_of({"model": "near", "false_alarm": 1e-6})
    found = [false_alarms(model, 0.2, Noise(5), sensor="front", index=k, t=0.1 * k) for k in range(400)]
    mean = 1e-6 * (70.0 / 0.39) * (2.0 * math.sin(math.radians(60.0)) / math.radians(3.2)) * (600.0 / 0.43)
    counts = np.array([len(one) for one in found])
    assert abs(counts.mean() - mean) < 4.0 * math.sqrt(mean / 400)
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=4.0 * math.sqrt(2.0 / 400))
    alarms = [one for sweep in found for one in sweep]
    assert min(one.power for one in alarms) > model.threshold
    assert np.mean([one.power - model.threshold for one in alarms]) == pytest.approx(1.0, abs=0.1)
    assert all(0.2 < one.range < 70.0 and abs(one.azimuth) < math.radians(60.0) for one in alarms)
    half = np.sin([one.azimuth for one in alarms]) / math.sin(math.radians(60.0))
    assert abs(half.mean()) < 4.0 / math.sqrt(3.0 * len(alarms))


def cells_of(*places, body=(0, 1)):
    """Return the cells of echoes at (range, azimuth, rate)."""
    ranges, azimuth, rate = (np.array(values, np.float64) for values in zip(*places, strict=True))
    count = len(places)
    echoes = Echoes(
        ranges,
        azimuth,
        np.zeros(count),
        rate,
        100.0 - np.arange(count),
        np.array(body[:count]),
        np.full(count, BODY),
    )
    return merged(echoes, np.array([False, True, False]), NEAR)


@pytest.mark.parametrize(
    ("other", "count"),
    [
        ((30.38, 0.1, -3.0), 1),
        ((30.40, 0.1, -3.0), 2),
        ((30.0, math.asin(math.sin(0.1) + 0.99 * math.radians(3.2)), -3.0), 1),
        ((30.0, math.asin(math.sin(0.1) + 1.01 * math.radians(3.2)), -3.0), 2),
        ((30.0, 0.1, -3.0 + 0.42 / 3.6), 1),
        ((30.0, 0.1, -3.0 + 0.44 / 3.6), 2),
    ],
)
def test_two_within_a_cell_are_one(other, count):
    assert len(cells_of((30.0, 0.1, -3.0), other)) == count


def test_what_merges_has_the_mean_by_power_and_the_name_of_the_strongest():
    (cell,) = cells_of((30.0, 0.1, -3.0), (30.2, 0.1, -3.0))
    assert cell.range == pytest.approx((100.0 * 30.0 + 99.0 * 30.2) / 199.0)
    assert (cell.steady, cell.fluctuating, cell.body) == (pytest.approx(99.0), pytest.approx(100.0), 0)


def test_three_in_a_row_are_two_where_the_strongest_stands_at_an_end():
    assert len(cells_of((30.0, 0.1, -3.0), (30.3, 0.1, -3.0), (30.6, 0.1, -3.0), body=(0, 1, 2))) == 2


def test_errors_shrink_with_the_power():
    noise = Noise(5)
    for snr in (100.0, 1000.0):
        cell = Cell(30.0, 0.1, 0.0, -3.0, snr, 0.0, 0, BODY)
        found = [
            heard([cell], RADAR, noise, ("car",), sensor="front", index=k, t=0.1 * k)[0] for k in range(1000)
        ]
        for error, size in (
            ([one.range - 30.0 for one in found], 0.39),
            ([math.sin(one.azimuth) - math.sin(0.1) for one in found], math.radians(3.2)),
            ([one.rate + 3.0 for one in found], 0.43 / 3.6),
        ):
            expected = size / math.sqrt(2.0 * snr)
            assert np.std(error) == pytest.approx(expected, rel=0.1)
            assert abs(np.mean(error)) < 4.0 * expected / math.sqrt(1000)


def test_bodies_fluctuate_by_themselves():
    cells = [Cell(20.0 + k, 0.0, 0.0, 0.0, 0.0, 50.0, k, BODY) for k in range(6)]
    names = tuple("abcdef")
    all_of_them = heard(cells, RADAR, Noise(5), names, sensor="front", index=3, t=0.3)
    without_first = heard(cells[1:], RADAR, Noise(5), names, sensor="front", index=3, t=0.3)
    assert [one for one in all_of_them if one.cell.body > 0] == without_first
    assert len(without_first) > 0


def test_what_is_wrong_with_a_section_is_told(tmp_path):
    text = bundled_scenarios()["driving/stopped_lead"].read_text("utf-8")
    wrong = "{model: mid, rate: 0 Hz, nearest: 40 m, range: 30 m, false_alarm: 2}"
    file = tmp_path / "stopped_lead.yaml"
    file.write_text(text.replace("sensors:\n", f"sensors:\n  bumper: {{radar: {wrong}, on: ego}}\n"), "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    paths = {fault.path.rpartition(".")[2]: fault.message for fault in caught.value.faults}
    assert set(paths) >= {"model", "rate", "false_alarm"}
