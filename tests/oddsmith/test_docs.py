"""Every block of the README and of docs/ that can run does: scenarios load, Python and commands run."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import typer

from oddsmith.catalog import load_scenario
from oddsmith.cli import app
from oddsmith.commands import TABLE
from oddsmith.dataset import Dataset
from oddsmith.generation import run

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    text: str

    def __str__(self):
        return f"{self.page}:{self.line}"


def blocks(language):
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in re.finditer(r"^```(\w+)\n(.*?)^```", text, flags=re.M | re.S):
            line = text.count("\n", 0, match.start()) + 1
            if match[1] == language:
                found.append(Block(page.name, line, match[1], match[2]))
    return found


def commands():
    return [
        (str(block), line.removeprefix("$ "))
        for block in blocks("console")
        for line in block.text.splitlines()
        if line.startswith("$ ")
    ]


@pytest.fixture
def desk(hand_made, tmp_path, monkeypatch):
    """A folder to work in, where outputs/cut_in is a dataset, and so is what other pages name."""
    (tmp_path / "outputs").mkdir()
    for name in ("cut_in", "bank", "bank_large", "bank_honest", "press", "rare", "brake"):
        (tmp_path / "outputs" / name).symlink_to(hand_made.path)
    (tmp_path / "my.parquet").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def small_banks(tmp_path_factory):
    """Two small banks with the same seed, one with many mules and one with none."""
    folder = tmp_path_factory.mktemp("banks")
    often = {"world.customers": "300", "duration": "30 d", "world.campaigns.scam.boost": "30"}
    never = often | {"world.campaigns.scam.rate": "0 per 1000 customer year"}
    for name, overrides in (("mules", often), ("honest", never)):
        asked = overrides | {"sampling.calls": "1", "sampling.episodes": "1"}
        run(load_scenario("fraud/mules", asked), folder / name, overrides=asked)
    return folder


@pytest.fixture(scope="session")
def small_plants(tmp_path_factory):
    """A few lives of a bearing, and a few of one whose monitor drifts."""
    folder = tmp_path_factory.mktemp("plants")
    few = {"sampling.method": "nominal", "sampling.calls": "8", "sampling.episodes": "8"}
    drifting = few | {"parameters.amplifier": "{choice: {good: 0.2, failing: 0.8}}"}
    for name, scenario, asked in (
        ("seizure", "factory/bearing_seizure", few),
        ("masked", "factory/sensor_drift_masks_fault", drifting),
    ):
        run(load_scenario(scenario, asked), folder / name, overrides=asked)
    return folder


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_scenarios_load_without_a_warning(block, tmp_path):
    file = tmp_path / "scenario.yaml"
    for mesh in blocks("obj"):
        (tmp_path / "cabinet.obj").write_text(mesh.text)
    file.write_text(block.text)
    scenario = load_scenario(file)
    assert scenario.warnings == ()


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_runs(block, desk, request):
    if block.page == "fraud.md":
        for bank in request.getfixturevalue("small_banks").iterdir():
            (desk / "outputs" / bank.name).symlink_to(bank)
    if block.page == "factory.md":
        for plant in request.getfixturevalue("small_plants").iterdir():
            (desk / "outputs" / plant.name).symlink_to(plant)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(block.text, str(block), "exec"), {"__name__": "docs"})


@pytest.mark.parametrize(("where", "command"), commands())
def test_commands_are_spelled_right(where, command, desk):
    for name in ("mules", "honest", "seizure", "masked", "natural_driving"):
        (desk / "outputs" / name).mkdir()
    program, name, *arguments = shlex.split(command)
    assert program == "oddsmith"
    assert name in TABLE
    group = typer.main.get_command(app)
    assert group.get_command(None, name).make_context(name, arguments).params


@pytest.mark.slow
def test_the_commands_of_the_readme_run_in_their_order(tmp_path, average_precision):
    """The hunt is made small, which the last of repeated options allows; everything else is as written.

    The export is then judged: detections rebuilt from the decoded instance images have average precision 1.
    """
    small = ["--method", "nominal", "--calls", "12", "--episodes", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    (tmp_path / "outputs").mkdir()
    for where, command in commands():
        if not where.startswith("README"):
            continue
        arguments = shlex.split(command)[1:]
        arguments += small if arguments[0] in ("run", "plan") else []
        ran = subprocess.run(
            [sys.executable, "-m", "oddsmith", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            check=False,
        )
        assert ran.returncode == 0, f"{where}: {command}\n{ran.stderr}"
    dataset = Dataset(tmp_path / "outputs" / "cut_in")
    scores = average_precision(dataset, tmp_path / "outputs" / "cut_in_coco")
    assert {split for split, _ in scores} == {episode.split for episode in dataset.episodes()}
    assert set(scores.values()) == {1.0}


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([\w/.:-]*\w)\)", page.read_text("utf-8")):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_reference_page_is_current():
    spec = spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.FILE.read_text("utf-8") == module.reference(), "run: python docs/make_reference.py"


def test_readme_names_only_commands_that_make_has():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:^|`)make (\w+)", (ROOT / "README.md").read_text("utf-8"), flags=re.M):
        assert re.search(rf"^{target}:", makefile, flags=re.M), target
