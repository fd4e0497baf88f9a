"""A toy domain that is found the way an installed one is, here and in spawned workers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOY = Path(__file__).parent / "toy"
ROOT = Path(__file__).parents[3]

SCENARIO = """\
scenario: toy/roll
language: 1
about: A ball that sometimes rolls far.
duration: 2 s
parameters:
  speed: {normal: [2 m/s, 0.5 m/s]}
  ground: {choice: {grass: 0.7, ice: 0.3}}
constraints: ["speed > 0.5 m/s"]
world:
  speed: "${speed}"
  pause: 0 s
  mishap: 0.0
sensors:
  wheel: {odometry: {rate: 10 Hz}, on: ball}
capture: {from: event - 1 s, to: event + 0.5 s}
event:
  far: "eventually(way(ball) > 5 m)"
  fast: "eventually(speed(ball) > 2.6 m/s)"
modes:
  sprint: "top_speed(ball) > 3 m/s"
  stroll: "top_speed(ball) <= 3 m/s"
sampling: {method: nominal, target: far, calls: 600, episodes: 40}
"""


_RUN = """
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
def run_code():
    """Return a function that gives the text of a program that makes a dataset and tells its progress."""

    def write(scenario: Path, out: Path, *, workers: int = 1) -> str:
        return _RUN.format(scenario=str(scenario), out=str(out), workers=workers)

    return write


@pytest.fixture(autouse=True)
def toy_is_installed(monkeypatch):
    monkeypatch.syspath_prepend(str(TOY))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TOY), str(ROOT)]))


@pytest.fixture
def scenario_file(tmp_path):
    """Return a function that writes the toy scenario, with some of its text replaced, and gives its path."""

    def write(*replacements: tuple[str, str], name: str = "roll.yaml") -> Path:
        text = SCENARIO
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def python():
    """Return a function that runs a Python file with the toy domain, in a session of its own."""
    started = []

    def start(script: Path) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
