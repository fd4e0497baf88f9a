"""The schema beside the bundled scenarios, from which editors complete, is the one the declarations give."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIOS = Path(__file__).parents[2] / "scenarios"
BUNDLED = sorted(SCENARIOS.glob("*/*.yaml"))  # deeper stand the pieces they use


def test_the_shipped_schema_is_current():
    printed = subprocess.run(
        [sys.executable, "-m", "oddsmith", "schema"], capture_output=True, check=True
    ).stdout
    shipped = json.loads((SCENARIOS / "scenario.schema.json").read_text("utf-8"))
    assert shipped == json.loads(printed), "run: oddsmith schema > scenarios/scenario.schema.json"


@pytest.mark.parametrize("file", BUNDLED, ids=lambda file: file.stem)
def test_every_bundled_scenario_names_the_schema_beside_it(file):
    first = file.read_text("utf-8").splitlines()[0]
    prefix = "# yaml-language-server: $schema="
    assert first.startswith(prefix)
    assert (file.parent / first.removeprefix(prefix)).resolve() == SCENARIOS / "scenario.schema.json"
