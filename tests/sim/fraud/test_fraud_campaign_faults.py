"""What is wrong with a typology is told at its line, in the file it stands in."""

import pytest

from oddsmith.catalog import load_scenario
from sim.errors import ScenarioError

GOOD = """\
rate: 1 per 1000 customer year
roles:
  - {role: payer, segment: student, oldest: 25}
  - {role: shop, from: merchant}
  - {role: boss, from: outside}
steps:
  - {from: payer, to: shop, amount: 10 EUR, channel: card_present}
  - {from: payer, to: boss, amount: 10 EUR}
sources: [nobody]
"""

FAULTS = [
    ("oldest: 25", "youngest: 45", 3, "nobody can play it: no customer of the segment student .* 18 to 29"),
    ("role: boss, from", "role: payer, from", 5, "the role 'payer' is there already"),
    ("{role: boss, from: outside}", "{role: cash}", 5, "'cash' stands for cash"),
    ("oldest: 25", "near: shop", 3, "must name a role before this one: there is none"),
    ("oldest: 25", "known_to: shop", 3, "must name a role before this one"),
    ("from: merchant}", "from: merchant, place: online, kind: bar}", 4, "there is no bar on the internet"),
    ("to: boss", "to: bos", 8, "no role is called 'bos', only payer, shop, boss.  Did you mean 'boss'"),
    ("to: boss, amount: 10 EUR", "to: boss", 8, "say how much: one of amount, share"),
    ("to: boss", "to: payer", 8, "chain, circle or walk"),
    ("to: boss, amount: 10 EUR", "channel: card_present, to: boss, amount: 10 EUR", 8, "neither side is one"),
    ("channel: card_present", "channel: instant", 7, "merchants are paid by card"),
    ("to: boss, amount: 10 EUR", "to: boss, of_price: 2", 8, "only merchants have prices"),
    ("to: boss, amount: 10 EUR", "amount: 10 EUR", 8, "say who receives it"),
    ("amount: 10 EUR}", "amount: 10 XYZ}", 8, "unknown unit 'XYZ'; expected an amount in EUR"),
    ("amount: 10 EUR}", "amount: 10 USD}", 8, "expected an amount in EUR, got an amount in USD"),
    ("amount: 10 EUR}", "amount: 1e12 EUR}", 8, "1e\\+09|1,?000,?000,?000|most"),
    ("sources: [nobody]", "victim: nobody", 9, "no role is called 'nobody'"),
    ("sources: [nobody]", "tells: {amount: 1.5}", 9, "at most 1|1"),
    ("sources: [nobody]", "tells: [amount]", 9, "expected names with numbers, got a list"),
    ("sources: [nobody]", "tels: {amount: 0.9}", 9, "unknown key 'tels'"),
    ("rate: 1 per 1000 customer year", "rate: 1 per day", 1, "expected"),
]  # fmt: skip


def _load(crimes, folder, text):
    file = crimes.written(folder, ["{id: mine, use: typologies/mine.yaml}"])
    (folder / "typologies" / "mine.yaml").write_text(text)
    return load_scenario(file)


def test_a_good_typology_has_no_fault(crimes, tmp_path):
    _load(crimes, tmp_path, GOOD)


@pytest.mark.parametrize(("right", "wrong", "line", "message"), FAULTS)
def test_a_fault_is_told_at_its_line(crimes, tmp_path, right, wrong, line, message):
    before, found, after = GOOD.rpartition(right)
    assert found
    with pytest.raises(ScenarioError, match=message) as caught:
        _load(crimes, tmp_path, before + wrong + after)
    places = {
        (fault.place.file.rpartition("/")[2], fault.place.line) for fault in caught.value.faults if fault.place
    }
    assert ("mine.yaml", line) in places


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (
            "to: boss, amount: 10 EUR",
            'when: "moved(mine) > 10 EUR", to: boss, amount: 10 EUR',
            "unknown key 'when'",
        ),
        ("to: boss, amount: 10 EUR", 'to: boss, amount: {signal: "moved(mine)"}', "fixed before"),
    ],
)
def test_nothing_in_a_bank_waits_for_what_happens_in_it(crimes, tmp_path, right, wrong, message):
    with pytest.raises(ScenarioError, match=message) as caught:
        _load(crimes, tmp_path, GOOD.replace(right, wrong))
    assert {fault.place.line for fault in caught.value.faults} == {8}


def test_no_event_ends_an_episode_of_a_bank(crimes, tmp_path):
    file = crimes.written(tmp_path, ["{id: mine, use: typologies/fan_in.yaml}"])
    with pytest.raises(ScenarioError, match="lasts as long as it is told to") as caught:
        load_scenario(file, overrides={"duration": "{until: many, at_most: 9 d}"})
    assert [fault.code for fault in caught.value.faults] == ["E163"]


def test_a_campaign_without_a_rate_and_a_role_without_a_step_are_told(crimes, tmp_path):
    with pytest.raises(ScenarioError, match="one of rate and rate_by_use is needed"):
        _load(crimes, tmp_path, GOOD.replace("rate: 1 per 1000 customer year\n", ""))
    with pytest.raises(ScenarioError, match="no step has the role 'boss'"):
        _load(crimes, tmp_path, GOOD.replace("  - {from: payer, to: boss, amount: 10 EUR}\n", ""))


def test_what_the_scenario_says_itself_wins(crimes, tmp_path):
    own = "rate_by_use: 1 per 1000 payment, typology: ours, tells: {amount: 0.9}"
    item = f"{{id: mine, use: typologies/fan_in.yaml, {own}}}"
    scenario = load_scenario(crimes.written(tmp_path, [item]))
    (campaign,) = scenario.resolve(scenario.nominal(1, 0)).world["campaigns"]
    assert (campaign["typology"], campaign["rate"], campaign["tells"]) == ("ours", None, {"amount": 0.9})
    assert campaign["rate_by_use"] == pytest.approx(1e-3)
    assert [role["role"] for role in campaign["roles"]] == ["collector", "source", "controller"]


def test_command_line_overrides_reach_into_used_typologies(crimes, tmp_path):
    file = crimes.written(tmp_path, ["{id: mine, use: typologies/fan_in.yaml}"])
    scenario = load_scenario(file, overrides={"world.campaigns.mine.rate": "7 per customer year"})
    (campaign,) = scenario.resolve(scenario.nominal(1, 0)).world["campaigns"]
    assert campaign["rate"] * 365.25 * 86400.0 == pytest.approx(7.0, rel=1e-3)


def test_a_crime_by_card_does_not_fit_wallets(crimes, tmp_path):
    """Hardly anybody there has a card: it would give the crime away. Without the card the typology fits."""
    file = crimes.written(tmp_path, ["{id: mine, use: typologies/mine.yaml}"])
    typology = tmp_path / "typologies" / "mine.yaml"
    typology.write_text(GOOD)
    with pytest.raises(ScenarioError, match="hardly anybody in mobile_money pays by card") as caught:
        load_scenario(file, {"world.preset": "mobile_money"})
    assert "mine.yaml:7" in str(caught.value)
    assert "steps" in str(caught.value)
    assert "mine.yaml:8" not in str(caught.value)
    typology.write_text(GOOD.replace("card_present", "mobile_money"))
    load_scenario(file, {"world.preset": "mobile_money"})
