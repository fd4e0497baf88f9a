"""Datasets from samplers that tune, weigh unevenly and audit: what they say is what stands on disk."""

from __future__ import annotations

import json
import math
import os
import signal
import tracemalloc

import numpy as np
import pyarrow.parquet as pq
import pytest

from oddsmith import generation
from oddsmith.batch import Stopped
from oddsmith.calls import ScoredCall, pack, unpack
from oddsmith.catalog import load_scenario
from oddsmith.hunt import hunt
from oddsmith.layout import Layout
from oddsmith.verification import verify
from sim.errors import RunError
from sim.noise import Draw
from sim.recording import Outcome
from sim.samplers import TABLE, Call, Weights

FEWER = (("calls: 600", "calls: 300"), ("episodes: 40", "episodes: 20"))
FEW = {"sampling.calls": "300", "sampling.episodes": "20"}


@pytest.fixture
def searched(monkeypatch, scenario_file, tmp_path):
    """Return a function that makes a dataset with the search of `toysampler`, audited."""
    from toysampler import Audited

    def make(*replacements, name="out", workers=1, listen=lambda progress: None, resume=False, few=FEW):
        monkeypatch.setitem(TABLE, "nominal", Audited)
        if resume:
            return generation.resume(tmp_path / name, workers=workers, listen=listen)
        scenario = load_scenario(scenario_file(*replacements), few)
        return generation.run(scenario, tmp_path / name, overrides=few, workers=workers, listen=listen)

    return make


def table(summary, name):
    return pq.read_table(summary.folder / name).to_pylist()


def manifest(summary):
    return json.loads((summary.folder / "manifest.json").read_text())


def test_the_tables_say_what_the_sampler_said(searched):
    summary = searched()
    calls = table(summary, "calls")
    roles = [call["role"] for call in calls]
    assert (roles.count("pilot"), roles.count("main"), roles.count("audit")) == (96, 174, 30)
    assert all(call["weight"] is None for call in calls if call["role"] == "pilot")
    assert [call["group"] for call in calls] == [i % 8 for i in range(300)]
    assert math.fsum(c["weight"] for c in calls if c["role"] == "audit") == pytest.approx(1.0, rel=1e-12)
    assert any(call["weight"] == 0.0 for call in calls)
    for call in calls:
        if call["role"] == "main" and call["weight"]:
            assert call["weight"] == pytest.approx(math.exp(call["log_lr"]) / 174, rel=1e-12)
    found = manifest(summary)
    assert found["hunt"] == {"method": "tilted", "pilot_calls": 96, "main_calls": 174, "audit_calls": 30}
    assert found["frozen"].keys() == {"method", "shift"}
    assert found["parts"] == [
        {"calls": 300, "main": 174, "audit": 30, "episodes": 20, "shards": 5, "first_shard": 0}
    ]


def test_only_main_calls_that_stand_for_something_are_exported_and_strata_keep_their_totals(searched):
    summary = searched()
    calls = {call["call"]: call for call in table(summary, "calls")}
    episodes = table(summary, "episodes")
    assert {episode["method"] for episode in episodes} == {"tilted"}
    for episode in episodes:
        call = calls[episode["call"]]
        assert call["role"] == "main"
        assert call["weight"] > 0.0
        assert episode["weight"] == pytest.approx(call["weight"] / episode["inclusion"], rel=1e-12)
    for stratum in {call["stratum"] for call in calls.values() if call["role"] == "main"}:
        before = math.fsum(
            c["weight"] for c in calls.values() if (c["role"], c["stratum"]) == ("main", stratum)
        )
        after = math.fsum(one["weight"] for one in episodes if one["stratum"] == stratum)
        assert after == pytest.approx(before, rel=1e-12)


def test_rates_come_from_main_calls_alone(searched):
    summary = searched()
    calls = table(summary, "calls")
    for event in ("far", "fast"):
        main = math.fsum(c["weight"] for c in calls if c["role"] == "main" and c[f"event.{event}"])
        assert summary.odds[event]["rate"] == pytest.approx(main, rel=1e-12)


def test_families_never_straddle_splits(searched):
    episodes = table(searched(few={"sampling.calls": "300", "sampling.episodes": "120"}), "episodes")
    families = {}
    for episode in episodes:
        families.setdefault(episode["root_id"], set()).add(episode["split"])
    assert len(families) < len(episodes)
    assert all(len(splits) == 1 for splits in families.values())


def test_one_and_three_workers_find_the_same(searched):
    assert searched(name="one").dataset_hash == searched(name="three", workers=3).dataset_hash


@pytest.mark.parametrize("done", [64, 96, 224])
def test_a_search_that_was_stopped_goes_on_to_the_same_bytes(searched, done):
    expected = searched(name="whole").dataset_hash

    def stop(progress):
        if progress.stage == "hunt" and progress.done >= done:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Stopped, match="batches of the hunt are kept"):
        searched(name="stopped", listen=stop)
    seen = []
    summary = searched(name="stopped", listen=seen.append, resume=True)
    assert summary.dataset_hash == expected
    assert verify(summary.folder).dataset_hash == expected
    assert not Layout(summary.folder).work.exists()


@pytest.mark.parametrize(("done", "workers"), [(64, 1), (160, 2)])
def test_a_search_that_was_killed_goes_on_to_the_same_bytes(
    searched, scenario_file, run_code, python, tmp_path, done, workers
):
    slow = ("pause: 0 s", "pause: 0.002 s")
    code = run_code(scenario_file(slow, *FEWER), tmp_path / "killed", workers=workers)
    script = tmp_path / "run_it.py"
    install = "import toysampler\ntoysampler.install()\n"
    script.write_text(install + code)
    process = python(script)
    for line in process.stdout:
        stage, count = line.split()
        if stage == "hunt" and int(count) >= done:
            break
    process.kill()
    process.wait()
    batches = list(Layout(tmp_path / "killed").batch(0).parent.glob("*.json"))
    assert 0 < len(batches) < 6
    killed = searched(name="killed", resume=True)
    assert killed.dataset_hash == searched(slow, *FEWER, name="whole", few={}).dataset_hash


def test_running_maxima_reach_the_sampler_and_stay_nowhere(searched, tmp_path):
    seen = []

    def look(progress):
        batch = Layout(tmp_path / "out").batch(0)
        if progress.stage == "hunt" and batch.is_file() and not seen:
            seen.extend(unpack(batch.read_bytes()))

    summary = searched(listen=look)
    assert all(set(one.outcome.running) == {"far"} for one in seen)
    for one in seen:
        times, values = one.outcome.running["far"]
        assert len(times) == len(values) <= 64
        assert values[-1] == one.outcome.scores["far"]
    assert not any("running" in name for name in pq.read_schema(summary.folder / "calls/00000.parquet").names)


# -- what cannot be searched -------------------------------------------------------------------------------


def test_what_the_sampler_cannot_work_with_is_told_and_nothing_is_left(monkeypatch, scenario_file, tmp_path):
    class Gloomy(Design):
        def tell(self, outcomes):
            raise RunError("every episode scored the same: there is nothing to search by")

    monkeypatch.setitem(TABLE, "nominal", Gloomy)
    with pytest.raises(RunError, match=r"^every episode scored the same: there is nothing to search by$"):
        generation.run(load_scenario(scenario_file()), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_too_few_calls_are_told_and_more_work_in_the_same_folder(searched, tmp_path):
    with pytest.raises(RunError, match="90 calls are too few: the pilot alone takes 96"):
        searched(few={"sampling.calls": "90"})
    assert not (tmp_path / "out").exists()
    assert searched(few={"sampling.calls": "200"}).calls == 200


def test_constraints_that_nothing_meets_are_told_and_nothing_is_left(searched, tmp_path):
    with pytest.raises(RunError, match="the constraints were not met in 10000 attempts") as caught:
        searched(('"speed > 0.5 m/s"', '"speed > 3 m/s", "speed < 2 m/s"'))
    assert "resume" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_other_things_survives_a_hopeless_run(searched, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(RunError, match=r"all of the first \d+ episodes failed"):
        searched(("mishap: 0.0", "mishap: 1.0"))
    assert not (tmp_path / "out").exists()


# -- designs without odds ----------------------------------------------------------------------------------


class Design:
    """Draws that are no sample of anything."""

    name = "design"
    exports = "population"
    wants_running = False

    def __init__(self, population, settings):
        self.planned_calls = settings.calls
        self._draws = list(population.nominal_batch(settings.seed, 0, settings.calls))

    def ask(self):
        draws, self._draws = self._draws, []
        return [Call(i, draw) for i, draw in enumerate(draws)]

    def tell(self, outcomes):
        pass

    def weights(self):
        nothing = np.full(self.planned_calls, np.nan)
        return Weights(nothing, nothing)

    def frozen(self):
        return None

    def about(self):
        return {"method": self.name}


def test_a_design_without_odds_is_exported_with_null_weights(monkeypatch, scenario_file, tmp_path):
    monkeypatch.setitem(TABLE, "nominal", Design)
    summary = generation.run(load_scenario(scenario_file()), tmp_path / "out")
    episodes = table(summary, "episodes")
    assert len(episodes) == 40
    assert {episode["weight"] for episode in episodes} == {None}
    assert sum(episode["event.far"] for episode in episodes) == 20
    assert all(0.0 < episode["inclusion"] <= 1.0 for episode in episodes)
    assert verify(summary.folder)


# -- memory ------------------------------------------------------------------------------------------------


class Cheap:
    """A sampler of n empty calls, and the backend that answers them at once."""

    wants_running = False

    def __init__(self, n):
        self.n, self.asked = n, 0

    def ask(self):
        start, self.asked = self.asked, min(self.asked + 512, self.n)
        return [Call(i, Draw(i, (0.5,))) for i in range(start, self.asked)]

    def tell(self, outcomes):
        pass

    def weights(self):
        return Weights(np.full(self.n, 1.0 / self.n), np.zeros(self.n))

    def run(self, tasks):
        for position, task in enumerate(tasks):
            yield position, [ScoredCall(call, _outcome(call.index), {"gap": 1.0}) for call in task.calls]


def _outcome(index):
    return Outcome({"e": index % 5 - 4.0}, {"e": 0.1}, {"e": 0.1}, {"m(a)": 1.0})


def test_a_call_of_the_hunt_costs_few_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr("oddsmith.hunt.write_file", _write_plainly)
    cheap = Cheap(6_000)
    tracemalloc.start()
    found = hunt(cheap, cheap, Layout(tmp_path), target="e", report=lambda *told: None)
    candidates = found.candidates("population")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(candidates) == cheap.n
    assert peak < 2_500_000 + 100 * cheap.n


def _write_plainly(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def test_packing_keeps_running_maxima_to_the_last_bit():
    outcome = Outcome({"e": 0.1}, {"e": 0.3}, {"e": 0.3}, {}, "", {"e": ((0.1, 1 / 3), (-math.inf, 0.1))})
    scored = [ScoredCall(Call(0, Draw(2**64 - 1, (1 / 3,))), outcome, {"gap": 0.1 + 0.2})]
    assert unpack(pack(scored)) == scored
