"""`oddsmith probe` at the command line: exit codes, what is printed, the picture."""

import json
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner

from oddsmith.cli import app, exit_code
from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.probe import asked, probe_dataset
from oddsmith.probe.picture import draw_probe
from sim.errors import UsageError


@pytest.fixture
def folders(bank, written, tmp_path):
    """A clean bank and one whose fraud empties accounts."""
    leaky = bank(2, rows=4000)
    leaky.ledger["amount"] = np.where(leaky.fraud, leaky.ledger["balance_before"], leaky.ledger["amount"])
    return written(tmp_path, bank(1, rows=4000), name="clean"), written(tmp_path, leaky, name="leaky")


def ran(*arguments):
    return CliRunner().invoke(app, ["probe", *map(str, arguments)])


CHEAP = ("--only", "P1", "--only", "P4", "-q")


def test_a_clean_set_ends_with_0_and_a_leak_with_3(folders):
    clean, leaky = folders
    passed, failed = ran(clean, *CHEAP), ran(leaky, *CHEAP)
    assert (passed.exit_code, failed.exit_code) == (0, 3)
    assert "passed: nothing gives the label away" in passed.stdout
    assert "  amount = balance_before: precision 1.000" in failed.stdout
    assert "try: fraud obeys an equation that honest rows do not" in failed.stdout


def test_the_table_has_a_row_per_probe_that_fits_the_page(folders):
    lines = ran(folders[0], *CHEAP).stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("P")] == ["P1", "P4"]
    assert not [line for line in lines if "…" in line and not line.startswith("P4")]
    assert max(map(len, lines)) <= 112


def test_all_shows_every_number(folders):
    report = probe_dataset(Dataset(folders[0]), asked(Dataset(folders[0])), only=("P1",))
    shown = ran(folders[0], "--only", "P1", "--all", "-q").stdout
    assert len([line for line in shown.splitlines() if line.startswith("P1")]) == len(report.findings) + 1


def test_json_is_the_report(folders):
    data = json.loads(ran(folders[1], *CHEAP, "--format", "json").stdout)
    assert data["is_passed"] is False
    assert {"P1", "P4"} >= {one["probe"] for one in data["leaks"]}


def test_a_tell_of_the_command_line_lets_a_feature_pass(folders):
    only = ("--only", "P4", "-q")
    assert ran(folders[1], *only).exit_code == 3
    assert ran(folders[1], *only, "--tell", "amount = balance_before=1").exit_code == 0
    assert ran(folders[1], *only, "--tell", "fan_in:amount = balance_before=1").exit_code == 3
    assert isinstance(ran(folders[1], *only, "--tell", "amount=much").exception, UsageError)


def test_files_folders_and_a_picture_are_taken(folders, tmp_path):
    clean, leaky = folders
    ids = pq.read_table(leaky / "transactions" / "00000.parquet", columns=["transaction_id", "amount"])
    pq.write_table(ids.rename_columns(["transaction_id", "is_fraud"]), tmp_path / "my.parquet")
    own = ran(leaky, "--features", tmp_path / "my.parquet", "--only", "late", "-q")
    assert own.exit_code == 3
    assert "is_fraud: flag 1.000, limit ≤ 0 (the truth)" in own.stdout
    picture = tmp_path / "probe.png"
    more = ("--only", "P9", "--only", "P11", "--only", "P1", "-q", "--rows", 3000, "--plot", picture)
    both = ran(clean, "--scale", leaky, "--twin", clean, *more)
    assert both.exit_code == 0
    assert [line.split()[0] for line in both.stdout.splitlines() if line.startswith("P")] == ["P1", "P9", "P11"]
    assert picture.stat().st_size > 10_000


def test_without_scikit_learn_it_says_how_to_get_it(folders, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.tree", None)
    missing = ran(folders[0], "--only", "P2", "-q").exception
    assert isinstance(missing, UsageError)
    assert str(missing) == "oddsmith probe needs scikit-learn: pip install 'oddsmith[probe]'"


def test_faults_of_the_user_are_told_with_their_code(folders):
    wrong = ran(folders[0], "--by", "kind").exception
    assert isinstance(wrong, DatasetError)
    assert exit_code(wrong) == 1
    assert exit_code(ran(folders[0], "--tell", "amount").exception) == 2


def test_the_picture_shows_bars_in_the_colours_of_their_verdicts(folders, tmp_path):
    dataset = Dataset(folders[1])
    report = probe_dataset(dataset, asked(dataset), only=("P1", "P5"))
    image = np.asarray(Image.open(draw_probe(report, tmp_path / "new" / "probe.png")).convert("RGB")).astype(
        int
    )
    red = (np.abs(image - [0xD7, 0x67, 0x74]).max(axis=2) < 12).sum()
    grey = (np.abs(image - [0xA9, 0xB3, 0xBD]).max(axis=2) < 12).sum()
    assert red > 2000
    assert grey > 2000
