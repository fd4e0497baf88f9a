"""Killed, stopped or out of space at any point: nothing finished is lost, and the bytes come out the same."""

from __future__ import annotations

import errno
import os
import signal
import time

import pytest

from oddsmith import generation
from oddsmith.batch import Stopped
from oddsmith.begin import origin
from oddsmith.catalog import load_scenario
from oddsmith.disk import write_file
from oddsmith.layout import Layout
from oddsmith.receipts import read_receipts
from oddsmith.replay import replay
from oddsmith.verification import verify
from renderers import shards
from sim.errors import DatasetError, RunError, Unfinished, UsageError

SLOW = ("pause: 0 s", "pause: 0.004 s")
"""A run then takes about 3 s: long enough to be hit on the way."""

CODE = """
import sys
from pathlib import Path
from oddsmith import generation
from oddsmith.catalog import load_scenario
from sim.errors import OddsmithError

def tell(progress):
    print(progress.stage, progress.done, flush=True)

if __name__ == "__main__":
    try:
        generation.run(load_scenario({scenario!r}), Path({out!r}), workers={workers}, listen=tell)
    except OddsmithError as error:
        print(f"{{type(error).__name__}} {{getattr(error, 'signal', '')}}: {{error}}", file=sys.stderr)
        sys.exit(9)
"""


@pytest.fixture
def begun(scenario_file, tmp_path, python):
    """Return a function that starts a run in a process of its own and waits until it has told a progress."""

    def begin(stage: str, done: int, workers: int = 1):
        code = CODE.format(scenario=str(scenario_file(SLOW)), out=str(tmp_path / "out"), workers=workers)
        script = tmp_path / "run_it.py"
        script.write_text(code)  # spawned workers import the main module again, so it must be a file
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
        ("hunt", 0, 0.5, 2),
        ("hunt", 256, 0.3, 1),
        ("hunt", 600, 0.0, 2),
        ("render", 8, 0.0, 1),
        ("render", 12, 0.02, 2),
        ("render", 20, 0.03, 1),
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
        generation.run(load_scenario(scenario_file(SLOW)), out)
    with pytest.raises(Unfinished, match="oddsmith resume"):
        verify(out)
    summary = generation.resume(out, workers=2)
    assert summary.dataset_hash == undisturbed(expected, load_scenario(scenario_file(SLOW)), tmp_path)
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
    assert summary.dataset_hash == undisturbed(expected, load_scenario(scenario_file(SLOW)), tmp_path)


def test_what_has_a_receipt_is_not_made_again(scenario_file, tmp_path, monkeypatch):
    out, stopped = tmp_path / "out", []

    def stop_at_twenty(progress):
        if progress.stage == "render" and progress.done >= 20 and not stopped:
            stopped.append(progress.done)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Stopped, match="5 of 10 shards are done") as caught:
        generation.run(load_scenario(scenario_file()), out, listen=stop_at_twenty)
    assert caught.value.signal == signal.SIGINT
    stamps = {path: path.stat().st_mtime_ns for path in Layout(out).tables()}
    assert len(stamps) == 11  # calls, and two tables of five shards
    seen = []
    generation.resume(out, listen=seen.append)
    assert [progress.done for progress in seen if progress.stage == "render"][0] == 20
    assert not [progress for progress in seen if progress.stage == "hunt"]
    assert stamps == {path: path.stat().st_mtime_ns for path in stamps}


def test_a_damaged_shard_is_made_again(scenario_file, tmp_path):
    out = tmp_path / "out"

    def stop(progress):
        if progress.stage == "render" and progress.done >= 20:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Stopped):
        generation.run(load_scenario(scenario_file()), out, listen=stop)
    victim = next((out / "wheel").iterdir())
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    (out / "episodes" / "00000.parquet").unlink()
    summary = generation.resume(out)
    assert summary.dataset_hash == generation.run(load_scenario(scenario_file()), tmp_path / "b").dataset_hash


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("after", [0, 60_000, 200_000])
def test_a_refusing_disk_gives_one_sentence_and_loses_nothing_finished(
    fault, after, scenario_file, tmp_path, monkeypatch
):
    written = [0]
    plain = shards._HashedFile.write

    def write(self, data):
        if self._file is not None:
            written[0] += memoryview(data).nbytes
            if written[0] > after:
                raise OSError(fault, os.strerror(fault), "some/file")
        return plain(self, data)

    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(shards._HashedFile, "write", write)
        with pytest.raises(RunError) as caught:
            generation.run(load_scenario(scenario_file()), out)
    told = str(caught.value)
    assert told.startswith("cannot write some/file: ")
    assert told.endswith(f"`oddsmith resume {out}` goes on")
    assert "\n" not in told
    layout = Layout(out)
    known = {file.path for receipt in read_receipts(layout).values() for file in receipt.files}
    assert {file.relative_to(out).as_posix() for file in layout.tables()} == known
    assert bool(known) == (after > 0)
    summary = generation.resume(out)
    assert summary.dataset_hash == generation.run(load_scenario(scenario_file()), tmp_path / "b").dataset_hash


def test_a_real_limit_on_file_sizes_is_told_the_same_way(scenario_file, tmp_path, python):
    code = CODE.format(scenario=str(scenario_file()), out=str(tmp_path / "out"), workers=2)
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))\n"
    script = tmp_path / "run_it.py"
    script.write_text(limit + code)
    _, told = python(script).communicate(timeout=60)
    assert "the file would be larger than is allowed here" in told
    assert told.count("\n") == 1
    assert generation.resume(tmp_path / "out").episodes == 40


def test_an_output_that_cannot_be_made_is_told_in_one_sentence(scenario_file, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="cannot write .*: a part of the path is a file, not a folder"):
        generation.run(load_scenario(scenario_file()), tmp_path / "file" / "out")


def test_two_processes_do_not_work_on_one_folder(scenario_file, tmp_path):
    seen = []

    def intrude(progress):
        if progress.stage == "hunt" and not seen:
            with pytest.raises(UsageError, match="another process is working on"):
                generation.resume(tmp_path / "out")
            seen.append(progress)

    generation.run(load_scenario(scenario_file()), tmp_path / "out", listen=intrude)
    assert seen


def test_resuming_nothing_or_in_another_environment_is_refused(scenario_file, tmp_path, monkeypatch):
    with pytest.raises(DatasetError, match="no run was begun there"):
        generation.resume(tmp_path)

    def stop(progress):
        if progress.stage == "render":
            os.kill(os.getpid(), signal.SIGINT)

    out = tmp_path / "out"
    with pytest.raises(Stopped):
        generation.run(load_scenario(scenario_file()), out, listen=stop)
    now = origin(Layout(out))
    changed = {"versions": {**now["versions"], "numpy": "9.9"}, "platform": now["platform"]}
    monkeypatch.setattr("oddsmith.begin.environment", lambda: changed)
    with pytest.raises(UsageError, match=r"numpy 2\.\S+ -> 9\.9"):
        generation.resume(out)


def test_an_edited_copy_of_the_scenario_is_noticed(scenario_file, tmp_path):
    def stop(progress):
        if progress.stage == "render":
            os.kill(os.getpid(), signal.SIGINT)

    out = tmp_path / "out"
    with pytest.raises(Stopped):
        generation.run(load_scenario(scenario_file()), out, listen=stop)
    text = Layout(out).scenario.read_text()
    write_file(Layout(out).scenario, text.replace("duration: 2 s", "duration: 2.5 s").encode())
    with pytest.raises(RunError, match="was changed since the run was begun"):
        generation.resume(out)


def test_a_finished_shard_can_be_replayed_before_the_run_is_complete(scenario_file, tmp_path):
    from oddsmith.plan import Plan

    def stop(progress):
        if progress.stage == "render" and progress.done >= 4:
            os.kill(os.getpid(), signal.SIGINT)

    out = tmp_path / "out"
    with pytest.raises(Stopped):
        generation.run(load_scenario(scenario_file()), out, listen=stop)
    plan = Plan.from_bytes(Layout(out).plan.read_bytes())
    assert replay(out, plan.shards[0][1].episode_id).is_identical
    with pytest.raises(UsageError, match="has no shard 9 yet"):
        replay(out, plan.shards[9][0].episode_id)
