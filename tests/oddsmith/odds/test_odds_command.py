"""`oddsmith odds` as people and scripts use it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def kept(stored):
    return stored(4000)


def call(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "oddsmith", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        check=False,
    )


def test_the_report_reads_as_one(kept):
    ran = call("odds", kept.folder)
    assert ran.returncode == 0, ran.stderr
    blocks = ran.stdout.split("\n\n")
    assert blocks[0].startswith(
        "driving/laws: 4400 calls (4000 main, 400 audit)\nmethod importance: made by hand"
    )
    assert blocks[1].startswith("fast: trust\n")
    assert "probability per episode" in blocks[1]
    assert "at 2 per km (assumed)" in blocks[1]
    assert "mode day" in blocks[1]
    assert [block.partition(":")[0] for block in blocks[1:4]] == ["fast", "close", "foggy"]
    assert "How the rate of fast answers" in blocks[4]
    assert "a 10 % larger std of speed changes the rate of fast by" in blocks[4]
    assert ran.stderr.startswith("next: oddsmith odds")


def test_json_holds_every_figure(kept):
    ran = call("odds", kept.folder, "--format", "json", "--event", "close", "-q")
    assert (ran.returncode, ran.stderr) == (0, "")
    found = json.loads(ran.stdout)
    assert list(found["events"]) == ["close"]
    close = found["events"]["close"]
    assert close["interval"][0] < close["rate"] < close["interval"][1]
    assert close["verdict"] == "trust"
    assert close["audit"]["calls"] == 400
    assert found["elasticities"]["event"] == "close"
    assert {"parameter", "argument", "slope", "error", "effect"} <= set(found["elasticities"]["found"][0])


def test_another_law_is_told_beside_the_first(kept):
    law = "speed={normal: [32 m/s, 2 m/s]}"
    ran = call("odds", kept.folder, "--event", "fast", "--under", law)
    assert ran.returncode == 0, ran.stderr
    assert "rate under it" in ran.stdout
    ran = call("odds", kept.folder, "--event", "fast", "--under", law, "--format", "json")
    found = json.loads(ran.stdout)
    assert found["changed"] == ["speed"]
    assert found["events"]["fast"]["rate"] == pytest.approx(0.0228, rel=0.2)


def test_an_answer_that_the_calls_cannot_give_ends_with_3(kept):
    ran = call("odds", kept.folder, "--under", "gap={lognormal: {median: 300 m, sigma: 0.1}}")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "hunt anew with --set" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--under", "gap"], 2, "is not PATH=LAW"),
        (["--under", "duration=9 s"], 2, "no law that is drawn once per episode"),
        (["--event", "crash"], 1, "declares no event 'crash'; it has fast, close, foggy"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(kept, arguments, code, told):
    ran = call("odds", kept.folder, *arguments)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_scenario_that_was_changed_has_odds_but_no_elasticities(kept, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(kept.folder, copy)
    file = copy / "scenario.yaml"
    file.write_text(file.read_text().replace("sigma: 0.4", "sigma: 0.5"))
    ran = call("odds", copy)
    assert ran.returncode == 0, ran.stderr
    assert "no elasticities: " in ran.stderr
    assert "fast: trust" in ran.stdout


def test_an_event_of_what_is_boosted_has_no_odds_anywhere(kept, tmp_path):
    folder = tmp_path / "boosted"
    shutil.copytree(kept.folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    hunt = {**(manifest.get("hunt") or {}), "under_boost": {"fast": ["rings"]}}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "hunt": hunt}))
    ran = call("odds", folder, "--plots", "--out", tmp_path / "drawn")
    assert ran.returncode == 0, ran.stderr
    assert "fast: unknown" in ran.stdout
    assert "rings: boosted" in ran.stdout
    assert "How the rate of" not in ran.stdout
    assert "no elasticities: fast speaks of what is boosted" in ran.stderr
    assert not list((tmp_path / "drawn").glob("fast_*"))
    assert list((tmp_path / "drawn").glob("close_*"))
    refused = call("odds", folder, "--event", "fast", "--under", "speed={normal: [32 m/s, 2 m/s]}")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "fast has no odds under any law: rings: boosted" in refused.stderr
    both = call("odds", folder, "--under", "speed={normal: [32 m/s, 2 m/s]}")
    assert both.returncode == 0, both.stderr
    assert "no answer for fast: fast has no odds" in both.stdout


def test_plots_are_drawn_where_they_are_wanted(kept, tmp_path):
    ran = call("odds", kept.folder, "--plots", "--out", tmp_path / "plots")
    assert ran.returncode == 0, ran.stderr
    drawn = sorted(file.name for file in (tmp_path / "plots").iterdir())
    assert drawn == [
        f"{event}_{what}.png" for event in ("close", "fast", "foggy") for what in ("weights", "where")
    ]
    for name in drawn:
        pixels = np.asarray(Image.open(tmp_path / "plots" / name).convert("L"))
        assert pixels.min() < 80
        assert pixels.mean() > 200
