"""A run goes on from what has a receipt, whatever the disk or the user did, and refuses to mix datasets."""

from __future__ import annotations

import errno
import os
import signal

import pytest

from oddsmith import generation
from oddsmith.batch import Stopped
from oddsmith.begin import origin
from oddsmith.catalog import load_scenario
from oddsmith.disk import write_file
from oddsmith.errors import DatasetError
from oddsmith.layout import Layout
from oddsmith.receipts import read_receipts
from oddsmith.replay import replay
from renderers import shards
from sim.errors import RunError, UsageError


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
    assert len(stamps) == 21  # calls, and four tables of five shards
    seen = []
    generation.resume(out, listen=seen.append)
    assert next(progress.done for progress in seen if progress.stage == "render") == 20
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


@pytest.mark.parametrize(
    ("fault", "after"), [(errno.ENOSPC, 0), (errno.EROFS, 100_000), (errno.ENOSPC, 200_000)]
)
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


def test_a_real_limit_on_file_sizes_is_told_the_same_way(scenario_file, run_code, tmp_path, python):
    code = run_code(scenario_file(), tmp_path / "out", workers=2)
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))\n"
    script = tmp_path / "run_it.py"
    script.write_text(limit + code)
    _, told = python(script).communicate(timeout=60)
    assert "the file would be larger than is allowed here" in told
    assert told.count("\n") == 1
    assert generation.resume(tmp_path / "out").episodes == 40


def test_an_output_that_cannot_be_made_is_told_in_one_sentence(scenario_file, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match=r"cannot write .*: a part of the path is a file, not a folder"):
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
