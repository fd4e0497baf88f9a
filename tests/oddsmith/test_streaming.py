"""A stream has the rows of the dataset, in their order, and ends cleanly whatever happens at either end."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from oddsmith.catalog import load_scenario
from oddsmith.dataset import Dataset
from oddsmith.generation import run
from oddsmith.streaming import chosen_table, stream
from sim.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = {
    "world.customers": "60",
    "duration": "12 d",
    "sampling.method": "nominal",
    "sampling.calls": "3",
    "sampling.episodes": "2",
}


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("fraud/mules", SMALL)


@pytest.fixture(scope="module")
def dataset(scenario, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank") / "dataset"
    run(scenario, folder, overrides=SMALL, seed=3)
    return Dataset(folder)


def _streamed(scenario, form, table=None):
    out = io.BytesIO()
    made = stream(scenario, out, form=form, table=table, overrides=SMALL, seed=3)
    assert made.is_whole
    return made, out.getvalue()


@pytest.mark.parametrize("table", ["transactions", "labels", "accounts"])
def test_an_arrow_stream_is_the_table_of_the_dataset(scenario, dataset, table):
    made, data = _streamed(scenario, "arrow", table)
    found = pa.ipc.open_stream(io.BytesIO(data)).read_all()
    kept = dataset.to_arrow(table)
    assert found.column_names == kept.column_names
    # repr tells every digit, and that a moment which never came (nan) is the same on both sides
    assert repr(found.to_pylist()) == repr(kept.to_pylist())
    assert (made.table, made.rows, made.episodes) == (table, len(found), 2)
    roles = {field.name: field.metadata[b"role"].decode() for field in found.schema}
    assert roles == dataset.columns(table)


def test_lines_of_json_are_the_same_rows_in_time_order(scenario, dataset):
    _, data = _streamed(scenario, "ndjson")
    found = [json.loads(line) for line in data.decode().splitlines()]
    rows = dataset.to_arrow("transactions").to_pylist()
    assert len(found) == len(rows) > 500
    for told, row in zip(found, rows, strict=True):
        assert told.keys() == row.keys()
        for name, value in row.items():
            shown = (
                value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
                if hasattr(value, "isoformat")
                else value
            )
            assert told[name] == shown
    for episode in {row["episode_id"] for row in found}:
        times = [row["t"] for row in found if row["episode_id"] == episode]
        assert times == sorted(times)


def test_a_table_that_is_not_there_is_named_with_those_that_are(scenario):
    with pytest.raises(UsageError, match=r"no table 'transaction' .*Did you mean 'transactions'"):
        chosen_table(scenario, "transaction")
    with pytest.raises(UsageError, match="no table 'entries'"):
        chosen_table(scenario, "entries")
    assert chosen_table(scenario, None) == "transactions"


class _Closing(io.BytesIO):
    """A pipe whose reader leaves after the first batch."""

    def write(self, data):
        if self.tell():
            raise BrokenPipeError
        return super().write(data)


def test_a_reader_that_leaves_ends_it_without_an_error(scenario):
    out = _Closing()
    made = stream(scenario, out, form="ndjson", overrides=SMALL, seed=3)
    assert not made.is_whole
    assert made.rows == out.getvalue().count(b"\n")


def _command(*arguments):
    small = [word for path, value in SMALL.items() for word in ("--set", f"{path}={value}")]
    command = [sys.executable, "-m", "oddsmith", "run", "fraud/mules", *small, "--workers", "1", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def test_ctrl_c_ends_it_after_a_whole_line():
    with _command("--stream", "ndjson", "--set", "sampling.episodes=100", "--calls", "100") as process:
        first = os.read(
            process.stdout.fileno(), 1
        )  # the pipe is full of the first batch before the signal comes
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=60)
    assert process.returncode == 130
    lines = (first + rest).decode().split("\n")
    assert lines.pop() == ""
    assert all(json.loads(line)["transaction_id"] for line in lines)
    assert f"stopped after {len(lines)} whole rows of transactions" in said.decode()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell what is resident")
def test_memory_does_not_grow_with_the_length_of_a_stream():
    """Over the last three quarters of a million entries, of which the columns alone are 150 MB."""
    size = ("--set", "world.customers=6000", "--set", "duration=100 d", "--set", "sampling.episodes=1")
    with _command("--stream", "arrow", "--table", "transactions", *size, "--calls", "1") as process:
        statm, resident, rows = Path(f"/proc/{process.pid}/statm"), {}, 0
        for batch in pa.ipc.open_stream(process.stdout):
            rows += len(batch)
            resident[rows] = int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert rows > 900_000
    early = max(size for count, size in resident.items() if count < 0.25 * rows)
    assert max(resident.values()) < early + 25.0


def test_data_goes_to_stdout_and_talk_to_stderr():
    with _command("--stream", "arrow", "--table", "rings") as process:
        data, said = process.communicate(timeout=60)
    assert process.returncode == 0
    rings = pa.ipc.open_stream(io.BytesIO(data)).read_all()
    assert f"{len(rings)} rows of rings, 2 episodes" in said.decode()


@pytest.mark.parametrize(
    "arguments", [(), ("--stream", "arrow", "--out", "x"), ("--out", "x", "--table", "rings")]
)
def test_folder_or_pipe_must_be_said(arguments):
    with _command(*arguments) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "--stream" in said.decode()
