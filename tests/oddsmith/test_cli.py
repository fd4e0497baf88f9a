import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from oddsmith.catalog import bundled_scenarios
from oddsmith.cli import app, exit_code
from oddsmith.commands import TABLE
from oddsmith.errors import DatasetError
from oddsmith.exporters import TABLE as EXPORTERS
from sim.errors import RunError, ScenarioError, Unfinished, UsageError

HEAVY = {"numpy", "numba", "pybullet", "cv2", "pyarrow", "scipy", "simpy", "matplotlib"}


def call(*arguments, cwd=None, timeout=60):
    """Run the command line in a process of its own, as a user does."""
    command = [sys.executable, "-m", "oddsmith", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=timeout, check=False)


def test_every_command_teaches_with_an_example():
    runner = CliRunner()
    for name in TABLE:
        told = runner.invoke(app, [name, "--help"], env={"COLUMNS": "200"})
        assert told.exit_code == 0, name
        assert f"oddsmith {name}" in told.output.partition("Example:")[2], name


def test_the_help_lists_all_commands():
    ran = call("--help")
    assert ran.returncode == 0
    assert ran.stderr == ""
    for name in TABLE:
        assert f" {name} " in ran.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["list"],
        ["list", "laws"],
        ["run", "--help"],
        *(["check", name] for name in bundled_scenarios()),
    ],
    ids=" ".join,
)
def test_light_commands_load_nothing_heavy(arguments, tmp_path):
    script = """
import json, sys
sys.argv = ["oddsmith", *json.loads(sys.argv[1])]
from oddsmith.cli import main
try:
    main()
except SystemExit as ended:
    assert ended.code in (0, None), ended.code
finally:
    print(json.dumps(sorted(sys.modules)), file=open("loaded.json", "w"))
"""
    command = [sys.executable, "-c", script, json.dumps(arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ran.returncode == 0, ran.stderr
    assert not set(json.loads((tmp_path / "loaded.json").read_text())) & HEAVY


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["insepct", "x"], "inspect"),
        (["list", "--fromat", "json"], "--format"),
        (["check", "driving/cutin"], "Did you mean 'driving/cut_in'?"),
        (["check", "cut_in"], "Did you mean 'driving/cut_in'?"),
        (["check", "nowhere.yaml"], "no file nowhere.yaml"),
        (["run", "driving/cut_in"], "--out"),
        (["check", "driving/cut_in", "--set", "nonsense"], "is not PATH=VALUE"),
        (["inspect", "nowhere"], "does not exist"),
    ],
)
def test_wrong_usage_is_told_with_the_nearest_right_thing(arguments, told, tmp_path):
    ran = call(*arguments, cwd=tmp_path)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert told in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr


def test_a_wrong_format_names_the_right_one(hand_made, tmp_path):
    ran = call("export", hand_made.path, "--to", "cocoa", "--out", tmp_path / "x")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Did you mean 'coco'?" in ran.stderr


def test_a_folder_that_is_no_dataset_fails_with_one_sentence(tmp_path):
    ran = call("inspect", tmp_path)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("\n") == 1
    assert "is not a dataset" in ran.stderr


def test_inspect_writes_data_to_stdout_and_talk_to_stderr(hand_made):
    ran = call("inspect", hand_made.path, "--format", "json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["episodes"] == 6
    assert found["odds"]["collision"]["hits"] == 4
    assert ran.stderr.splitlines()[-1].startswith("next: oddsmith odds")


def test_inspect_shows_the_weighted_rate(hand_made):
    ran = call("inspect", hand_made.path)
    line = next(line for line in ran.stdout.splitlines() if line.startswith("collision"))
    assert line.split()[:3] == ["collision", "2", "0.1"]
    assert line.split()[-1] == "weak"


def test_export_says_where_the_files_are(hand_made, tmp_path):
    ran = call("export", hand_made.path, "--to", "coco", "--out", tmp_path / "coco")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["images", "18", "annotations", "36"]
    assert str(tmp_path / "coco") in ran.stderr
    again = call("export", hand_made.path, "--to", "coco", "--out", tmp_path / "coco")
    assert again.returncode == 1
    assert "not empty" in again.stderr


def test_preview_of_a_dataset_writes_two_pictures(hand_made, tmp_path):
    ran = call("preview", hand_made.path, "--out", tmp_path / "look", "--format", "json")
    assert ran.returncode == 0, ran.stderr
    files = json.loads(ran.stdout)["files"]
    assert [os.path.basename(file) for file in files] == ["contact_sheet.png", "episode.gif"]
    assert all(os.path.getsize(file) > 0 for file in files)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_place_is_one_sentence(hand_made, tmp_path):
    tmp_path.chmod(0o500)
    ran = call("preview", hand_made.path, "--out", tmp_path / "look")
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1


def test_list_and_schema_give_json():
    names = [entry["name"] for entry in json.loads(call("list", "--format", "json").stdout)]
    assert "driving/cut_in" in names
    exports = json.loads(call("list", "exports", "--format", "json").stdout)
    assert [entry["name"] for entry in exports] == list(EXPORTERS)
    assert json.loads(call("schema").stdout)["type"] == "object"
    for what in ("domains", "laws", "sensors"):
        assert call("list", what).stdout.count("\n") >= 1


def test_check_reports_all_faults_as_json(tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text("scenario: driving/wrong\nlanguage: 1\nduratoin: 8 s\nwrold: {}\n")
    ran = call("check", file, "--format", "json")
    assert ran.returncode == 2
    told = json.loads(ran.stdout)
    assert told["is_valid"] is False
    assert {fault["suggestion"] for fault in told["faults"]} >= {"duration", "world"}
    plain = call("check", file)
    assert (plain.returncode, plain.stdout) == (2, "")
    assert f"{file}:3:1" in plain.stderr


def test_check_and_explain_show_a_bundled_scenario():
    checked = call("check", "driving/cut_in", "--format", "json")
    assert json.loads(checked.stdout)["is_valid"] is True
    rows = json.loads(call("explain", "driving/cut_in", "--format", "json").stdout)
    assert len(rows) >= 3
    assert "driving/cut_in" in call("check", "driving/cut_in").stdout


def test_new_copies_the_files_that_a_scenario_reads_but_none_that_is_there(tmp_path):
    mine = tmp_path / "typologies" / "cycle.yaml"
    mine.parent.mkdir()
    mine.write_bytes(
        (bundled_scenarios()["fraud/mules"].parent / "typologies" / "cycle.yaml").read_bytes() + b"# mine\n"
    )
    begun = call("new", tmp_path / "bank.yaml", "--like", "fraud/retail_bank_eu")
    assert begun.returncode == 0, begun.stderr
    assert mine.read_text().endswith("# mine\n")
    assert str(tmp_path / "typologies" / "skimming.yaml") in begun.stdout
    assert call("check", tmp_path / "bank.yaml").returncode == 0


def test_new_begins_a_scenario_that_passes_the_check(tmp_path):
    file = tmp_path / "My Cut-in.yaml"
    assert call("new", file, "--like", "driving/cut_in").returncode == 0
    assert "scenario: driving/my_cut_in\n" in file.read_text()
    assert call("check", file).returncode == 0
    assert call("new", file).returncode == 2
    assert call("new", tmp_path / "noyaml").returncode == 2


def test_doctor_finds_this_machine_fit():
    ran = call("doctor", "--format", "json")
    assert ran.returncode == 0, ran.stderr
    found = {finding["subject"]: finding for finding in json.loads(ran.stdout)}
    assert found["pybullet"]["state"] == "ok"
    assert found["opencv"]["found"].startswith("opencv-python")
    assert {"python", "processor", "disk", "torch"} <= set(found)


def test_errors_have_their_exit_codes():
    class Stopped(Unfinished):
        signal = 2

    assert exit_code(ScenarioError([])) == 2
    assert exit_code(UsageError("x")) == 2
    assert exit_code(RunError("x")) == 1
    assert exit_code(DatasetError("x")) == 1
    assert exit_code(Unfinished("x")) == 4
    assert exit_code(Stopped("x")) == 130


def test_a_reader_that_leaves_early_is_no_error_of_ours():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        ran = subprocess.run(
            [sys.executable, "-m", "oddsmith", "schema"], stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert b"Traceback" not in ran.stderr


def test_sigterm_ends_with_143():
    script = """
import time, oddsmith.cli as c
c.app = lambda: (print("ready", flush=True), time.sleep(60))
c.main()
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert process.wait(30) == 143
    process.stdout.close()
