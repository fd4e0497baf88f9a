"""Items of lists take their fields from files of their own."""

import json

import pytest

from oddsmith.catalog import load_scenario, schema
from sim.errors import ScenarioError

SCENARIO = """\
scenario: fraud/tested
start: 2025-01-06 00:00 Europe/Berlin
duration: 30 d
world:
  campaigns:
    - {item}
sensors: {{transactions: {{ledger: {{}}}}}}
event: {{many: "eventually(rings(mine) > 3)"}}
"""
ITEM = """\
rate: 1 per customer year
roles: [{role: payer}, {role: boss, from: outside}]
steps: [{from: payer, to: boss, amount: 10 EUR}]
tells: {amount: 0.9}
"""


def _load(folder, item, **files):
    (folder / ".oddsmith").touch()
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    file = folder / "tested.yaml"
    file.write_text(SCENARIO.format(item=item))
    return load_scenario(file)


def _campaign(scenario):
    (found,) = scenario.resolve(scenario.nominal(1, 0)).world["campaigns"]
    return found


def test_an_item_has_the_fields_of_its_file_and_its_own_win(tmp_path):
    plain = _campaign(_load(tmp_path, "{id: mine, use: crime.yaml}", crime=ITEM))
    changed = _campaign(
        _load(tmp_path, "{id: mine, use: crime.yaml, boost: 3, tells: {hour: 0.7}}", crime=ITEM)
    )
    assert plain["boost"] == 1.0
    assert changed["boost"] == 3.0
    assert changed["rate"] == plain["rate"]
    assert changed["tells"] == {"hour": 0.7}
    assert plain["steps"] == changed["steps"]


def test_a_scenario_says_the_same_with_a_file_as_without(tmp_path):
    split = _load(tmp_path, "{id: mine, use: crime.yaml}", crime=ITEM)
    whole = _load(tmp_path, "{id: mine, " + ", ".join(ITEM.strip().splitlines()) + "}")
    assert split.hash == whole.hash


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{id: mine, use: nowhere.yaml}", "there is no file 'nowhere.yaml' beside the scenario"),
        ("{id: mine, use: ../up.yaml}", "lies outside the project"),
        ("{id: mine, use: [a, b]}", "expected the path of a file, got a list"),
        ("{id: mine, use: crime.txt}", "of another type"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_fault_at_the_item(tmp_path, item, message):
    with pytest.raises(ScenarioError, match=message) as caught:
        _load(tmp_path, item)
    assert caught.value.faults[0].place.line == 6


def test_a_file_that_is_a_list_is_a_fault_in_the_file(tmp_path):
    with pytest.raises(ScenarioError, match="a mapping with its fields, this is a list") as caught:
        _load(tmp_path, "{id: mine, use: crime.yaml}", crime="- 1\n")
    assert caught.value.faults[0].place.file.endswith("crime.yaml")


def test_the_schema_lets_items_use_files():
    text = json.dumps(schema())
    assert '"use": {"type": "string"' in text
