"""Simulated traffic beside recorded: what is counted, how far apart it is, what noise alone would do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from oddsmith.catalog import load_scenario
from oddsmith.comparison import (
    Trajectory,
    count,
    differences,
    draw_comparison,
    driven,
    rate_interval,
    read_trajectories,
)
from oddsmith.comparison.distances import distances
from sim.errors import RunError, UsageError

TIMES = np.arange(0.0, 20.01, 0.1)


def vehicle(
    start: float, speed: float, lanes: int | np.ndarray = 1, *, length: float = 4.0, of: str = ""
) -> Trajectory:
    where = np.broadcast_to(np.asarray(lanes, np.int64), TIMES.shape)
    return Trajectory(of, TIMES, start + speed * TIMES, where, length)


def traffic(seed: int, *, speed: float = 30.0, gap: float = 50.0) -> tuple[Trajectory, ...]:
    rng, found = np.random.default_rng(seed), []
    for recording in range(8):
        at = 0.0
        for _ in range(5):
            found.append(vehicle(at, speed + rng.normal(0, 1.5), of=str(recording)))
            at -= 4.0 + gap * rng.lognormal(0.0, 0.3)
    return tuple(found)


def written(path: Path, ways: tuple[Trajectory, ...]) -> Path:
    lines = ["recording,vehicle,t,forward,lane,length"]
    for k, way in enumerate(ways):
        rows = zip(way.times.tolist(), way.forward.tolist(), way.lanes.tolist(), strict=True)
        lines += [f"{way.recording},{k},{t!r},{x!r},{lane},{way.length}" for t, x, lane in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_headways_speeds_and_accelerations_are_those_of_the_motion() -> None:
    ahead = Trajectory("", TIMES, 100.0 + 20.0 * TIMES + 0.25 * TIMES**2, np.ones(len(TIMES), np.int64), 6.0)
    counted = count((vehicle(0.0, 20.0), ahead, vehicle(50.0, 20.0, 2), vehicle(30.0, 20.0, of="another")))
    assert np.allclose(counted.samples["speed"][0], 20.0)
    assert np.allclose(counted.samples["acceleration"][1], 0.5)
    looks = np.arange(0.5, 19.6, 0.5)
    gap = 100.0 + 0.25 * looks**2 - 5.0
    assert np.allclose(counted.samples["headway"][0], (gap / 20.0)[gap <= 200.0])
    assert [len(one) for one in counted.samples["headway"][1:]] == [0, 0, 0]
    assert counted.metres[0] == pytest.approx(400.0)


def test_a_cut_in_is_a_lane_change_before_somebody_who_follows() -> None:
    lanes = np.where(TIMES < 10.0, 2, 1)
    cutter, follower = vehicle(40.0, 20.0, lanes), vehicle(0.0, 22.0)
    counted = count((cutter, follower))
    gap = 40.0 - 2.0 * 10.0 - 4.0
    assert counted.lane_changes.tolist() == [1, 0]
    assert counted.cut_ins.tolist() == [1, 0]
    assert counted.samples["cut_in_gap"][0] == pytest.approx([gap])
    assert counted.samples["cut_in_ttc"][0] == pytest.approx([gap / 2.0])
    alone = count((cutter, vehicle(-400.0, 20.0)))
    assert (alone.lane_changes.sum(), alone.cut_ins.sum()) == (1, 0)


def test_the_distances_are_those_of_scipy() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 1, 300), rng.normal(0.4, 1.3, 170).round(1)
    found = distances(a, b)
    assert found == pytest.approx((stats.wasserstein_distance(a, b), stats.ks_2samp(a, b).statistic))


def test_equal_traffic_is_alike_and_other_traffic_is_not() -> None:
    ours = count(traffic(1))
    told = [
        {one.statistic: one.verdict for one in differences(ours, count(traffic(seed)))} for seed in range(2, 8)
    ]
    # steady traffic: no acceleration at all, no lane changes
    assert all(one["cut_in_gap"] == one["cut_in_ttc"] == "too few" for one in told)
    for statistic in ("speed", "headway"):
        assert sum(one[statistic] == "different" for one in told) <= 1
    other = {one.statistic: one for one in differences(ours, count(traffic(30, speed=33.0, gap=80.0)))}
    assert other["speed"].verdict == other["headway"].verdict == "different"
    assert other["speed"].wasserstein == pytest.approx(3.0, abs=0.8)


def test_the_rate_s_interval_covers() -> None:
    rng, inside = np.random.default_rng(5), 0
    for k in range(60):
        counts = rng.poisson(0.3, 200)
        rate, low, high = rate_interval(counts, np.full(200, 500.0), seed=k)
        assert low <= rate <= high
        inside += low <= 0.6 <= high
    assert inside >= 50  # of 57 expected


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    ways = traffic(4)
    again = read_trajectories(written(tmp_path / "mine.csv", ways))
    assert len(again) == len(ways)
    for one, other in zip(ways, again, strict=True):
        assert (one.recording, one.length) == (other.recording, other.length)
        assert np.array_equal(one.forward, other.forward)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t,forward\n", "mine.csv:1: expected the columns vehicle"),
        ("vehicle,t,forward,lane\n1,0,0,1\n1,0,5,1\n", "mine.csv:3: t of vehicle 1 does not grow"),
        ("vehicle,t,forward,lane\n1,0,zero,1\n", "mine.csv:2: forward is no finite number: 'zero'"),
        ("vehicle,t,forward,lane\n1,0,0,1.5\n", "mine.csv:2: lane is no whole number: 1.5"),
        ("vehicle,t,forward,lane,length\n1,0,0,1,-4\n", "mine.csv:2: length is not positive"),
        ("vehicle,t,forward,lane\n1,0,0\n", "mine.csv:2: expected 4 cells, found 3"),
        ("vehicle,t,forward,lane\n1,0,0,1\n", "mine.csv: no vehicle has two samples"),
    ],
)
def test_a_fault_in_a_file_is_told_at_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(RunError) as told:
        read_trajectories(path)
    assert words in str(told.value)


def test_drives_of_the_preset_are_alike_to_themselves_and_drawn(tmp_path: Path) -> None:
    scenario = load_scenario("driving/natural_driving")
    ours, theirs = (count(driven(scenario, 3, seed=seed)) for seed in (1, 2))
    found = differences(ours, theirs)
    assert {one.statistic: one.verdict for one in found}["headway"] == "alike"
    # not so speed and acceleration: vehicles of a drive share its pace, and three drives have three
    assert np.array_equal(ours.metres, count(driven(scenario, 3, seed=1)).metres)
    picture = draw_comparison(found, ours, theirs, tmp_path / "plots" / "compared.png", title="itself")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_only_driving_beside_lanes_is_compared() -> None:
    with pytest.raises(UsageError, match="a highway or a street only"):
        driven(load_scenario("driving/left_turn_across_path"), 1)
    with pytest.raises(UsageError, match="trajectories are compared for driving"):
        driven(load_scenario("fraud/mule_chain"), 1)
