"""Killed or told to stop at any point: nothing finished is lost, and the bytes come out the same."""

from __future__ import annotations

import os
import signal
import time

import pytest

from oddsmith import generation
from oddsmith.catalog import load_scenario
from oddsmith.layout import Layout
from oddsmith.receipts import read_receipts
from oddsmith.verification import verify
from sim.errors import Unfinished

SLOW = (("pause: 0 s", "pause: 0.003 s"), ("calls: 600", "calls: 300"))
"""A run then takes about a second: long enough to be hit on the way."""


@pytest.fixture
def begun(scenario_file, run_code, tmp_path, python):
    """Return a function that starts a run in a process of its own and waits until it has told a progress."""

    def begin(stage: str, done: int, workers: int = 1):
        script = tmp_path / "run_it.py"  # spawned workers import the main module again: it must be a file
        script.write_text(run_code(scenario_file(*SLOW), tmp_path / "out", workers=workers))
        process = python(script)
        for line in process.stdout:
            name, count = line.split()
            if name == stage and int(count) >= done:
                return process
        raise AssertionError(process.stderr.read())

    return begin


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What an undisturbed run gives, by scenario text."""
    return {}


def undisturbed(expected, scenario, tmp_path):
    if scenario.hash not in expected:
        expected[scenario.hash] = generation.run(scenario, tmp_path / "undisturbed").dataset_hash
    return expected[scenario.hash]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "done", "wait", "workers"),
    [
        ("compile", 0, 0.0, 1),
        ("hunt", 0, 0.3, 1),
        ("hunt", 256, 0.05, 1),
        ("hunt", 300, 0.0, 1),
        ("render", 8, 0.0, 2),
        ("render", 12, 0.01, 1),
        ("render", 20, 0.02, 1),
    ],
)
def test_a_killed_run_resumes_to_the_same_bytes(
    stage, done, wait, workers, begun, expected, scenario_file, tmp_path
):
    process = begun(stage, done, workers)
    time.sleep(wait)
    process.kill()
    process.wait()
    out = tmp_path / "out"
    with pytest.raises(Unfinished, match="oddsmith resume"):
        generation.run(load_scenario(scenario_file(*SLOW)), out)
    with pytest.raises(Unfinished, match="oddsmith resume"):
        verify(out)
    summary = generation.resume(out)
    assert summary.dataset_hash == undisturbed(expected, load_scenario(scenario_file(*SLOW)), tmp_path)
    assert verify(out).dataset_hash == summary.dataset_hash
    assert not Layout(out).work.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "done", "number", "workers"),
    [("hunt", 256, signal.SIGINT, 2), ("render", 8, signal.SIGINT, 1), ("render", 8, signal.SIGTERM, 2)],
)
def test_a_stopped_run_drops_the_shard_it_is_at_and_says_how_to_go_on(
    stage, done, number, workers, begun, expected, scenario_file, tmp_path
):
    process = begun(stage, done, workers)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 9
    assert told.startswith(f"Stopped {int(number)}: stopped; ")
    out = tmp_path / "out"
    assert f"`oddsmith resume {out}`" in told
    assert told.count("\n") == 1
    layout = Layout(out)
    assert not layout.staging.exists()
    known = {file.path for receipt in read_receipts(layout).values() for file in receipt.files}
    assert {file.relative_to(out).as_posix() for file in layout.tables()} == known
    assert not list(out.rglob("*.tmp"))
    summary = generation.resume(out)
    assert summary.dataset_hash == undisturbed(expected, load_scenario(scenario_file(*SLOW)), tmp_path)
