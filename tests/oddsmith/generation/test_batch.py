"""Signals stop the body once, locks hold, receipts tell the truth."""

from __future__ import annotations

import os
import signal
import threading

import pytest
import simpy

from oddsmith.batch import Stop, alone_in, stop_signals
from oddsmith.layout import Layout, part_name
from oddsmith.receipts import StoredFile, publish, read_receipts, sweep, verified_receipts
from renderers.shards import PartFile
from sim.errors import UsageError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_body_and_the_old_handlers_come_back(number):
    before = signal.getsignal(number)

    def body():
        os.kill(os.getpid(), number)
        threading.Event().wait(5)

    with pytest.raises(Stop) as caught, stop_signals():
        body()
    assert caught.value.number == number
    assert signal.getsignal(number) is before


def test_a_signal_in_a_process_of_simpy_is_no_fault_of_it():
    env = simpy.Environment()

    def process():
        yield env.timeout(1.0)
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(5)

    env.process(process())
    with pytest.raises(Stop) as caught, stop_signals():
        env.run()
    assert caught.value.number == signal.SIGTERM


def test_further_signals_do_not_disturb_the_tidying_up():
    tidied = []

    def body():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(5)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            tidied.append(True)

    with pytest.raises(Stop), stop_signals():
        body()
    assert tidied == [True]


def test_outside_the_main_thread_handlers_are_left_alone():
    found = []

    def body():
        with stop_signals():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGINT)]


def test_the_lock_is_held_by_one_and_given_back(tmp_path):
    layout = Layout(tmp_path)
    with alone_in(layout), pytest.raises(UsageError, match="another process"), alone_in(layout):
        raise AssertionError
    with alone_in(layout):
        pass


def part(folder, name, content=b"data"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    from hashlib import sha256

    return PartFile(path, 3, len(content), sha256(content).hexdigest())


def test_published_parts_stand_in_place_with_a_receipt(tmp_path):
    layout = Layout(tmp_path)
    one, two, only = (part(layout.staging, name) for name in ("a", "b", "c"))
    receipt = publish(layout, "00002", 2, {"front": [one, two], "episodes": [only]})
    assert [file.path for file in receipt.files] == [
        "episodes/00002.parquet",
        "front/00002-000.parquet",
        "front/00002-001.parquet",
    ]
    assert read_receipts(layout) == verified_receipts(layout) == {"00002": receipt}


def test_a_receipt_that_is_not_true_is_dropped(tmp_path):
    layout = Layout(tmp_path)
    for number in range(2):
        publish(layout, f"{number:05d}", number, {"front": [part(layout.staging, "a")]})
    (tmp_path / "front" / "00001.parquet").write_bytes(b"dato")
    assert list(verified_receipts(layout)) == ["00000"]
    assert list(read_receipts(layout)) == ["00000"]


def test_sweeping_removes_what_no_receipt_names_and_nothing_else(tmp_path):
    layout = Layout(tmp_path)
    receipt = publish(layout, "00000", 0, {"front": [part(layout.staging, "a")]})
    part(tmp_path / "front", "00001.parquet")
    part(layout.staging / "00001-77" / "front", "000.parquet")
    (tmp_path / "README.md").write_text("x")
    sweep(layout, [receipt])
    assert [file.name for file in layout.tables()] == ["00000.parquet"]
    assert not layout.staging.exists()
    assert (tmp_path / "README.md").exists()


def test_files_sort_by_path_and_parts_sort_in_order():
    names = [part_name(3), part_name(4, 0), part_name(4, 1), part_name(12)]
    assert names == sorted(names)
    files = [StoredFile(f"t/{name}", "t", 0, 0, 0, "") for name in names]
    assert sorted(reversed(files)) == files
