"""Typologies are in euros and hold in every bank; a scenario's own amounts are in its bank's currency."""

import pytest

from oddsmith.catalog import load_scenario
from sim.domains.fraud import layout as c
from sim.domains.fraud.presets import TABLE
from sim.errors import ScenarioError

TYPOLOGY = """\
rate: 1 per customer year
roles: [{role: payer, able: 20 EUR}, {role: boss, from: outside}]
steps:
  - {from: payer, to: boss, amount: {each: {choice: {10 EUR: 0.5, 3e1 EUR: 0.5}}}}
  - {from: payer, to: boss, amount: {each: {lognormal: {median: 700.5 EUR, sigma: 0.5}}}}
sources: [nobody]
"""
OTHERS = [name for name, preset in TABLE.items() if preset.currency != "EUR"]


def _campaign(crimes, folder, preset, text=TYPOLOGY, **overrides):
    file = crimes.written(folder, ["{id: mine, use: typologies/mine.yaml}"])
    (folder / "typologies" / "mine.yaml").write_text(text)
    scenario = load_scenario(file, overrides={"world.preset": preset, **overrides})
    (campaign,) = scenario.resolve(scenario.nominal(1, 0)).world["campaigns"]
    return campaign


@pytest.mark.parametrize("preset", ["retail_bank_eu", *OTHERS])
def test_amounts_of_a_typology_are_at_the_price_level_of_the_bank(crimes, tmp_path, preset):
    level, currency = TABLE[preset].price_level, TABLE[preset].currency
    campaign = _campaign(crimes, tmp_path, preset)
    own = TYPOLOGY
    for euros in ("700.5", "20", "10", "3e1"):
        own = own.replace(f"{euros} EUR", f"{float(euros) * level} {currency}")
    assert campaign["steps"] == _campaign(crimes, tmp_path, preset, own)["steps"]
    assert campaign["roles"][0]["able"] == 20.0 * level


def test_what_the_command_line_says_is_in_the_currency_of_the_bank(crimes, tmp_path):
    changed = {"world.campaigns.mine.roles": "[{role: payer, able: 35 KES}, {role: boss, from: outside}]"}
    assert _campaign(crimes, tmp_path, "mobile_money", **changed)["roles"][0]["able"] == 35.0


def test_amounts_of_the_scenario_itself_must_be_in_the_currency_of_its_bank(crimes, tmp_path):
    item = "{id: mine, use: typologies/fan_in.yaml, roles: [{role: collector, able: 100 EUR}]}"
    file = crimes.written(tmp_path, [item])
    with pytest.raises(ScenarioError, match="expected an amount in USD, got an amount in EUR") as caught:
        load_scenario(file, overrides={"world.preset": "retail_bank_us"})
    assert any(fault.place.line == 7 for fault in caught.value.faults)


@pytest.mark.parametrize("unknown", ["XYZ", "USD"])
def test_another_currency_in_a_typology_is_told_at_its_line(crimes, tmp_path, unknown):
    with pytest.raises(ScenarioError, match=f"{unknown}") as caught:
        _campaign(crimes, tmp_path, "mobile_money", TYPOLOGY.replace("700.5 EUR", f"700.5 {unknown}"))
    assert [fault.place.line for fault in caught.value.faults] == [5]


def test_a_currency_that_no_bank_has_is_no_preset(crimes, tmp_path):
    file = crimes.written(tmp_path, ["{id: mine, use: typologies/fan_in.yaml}"])
    with pytest.raises(ScenarioError, match="retail_bank_us") as caught:
        load_scenario(file, overrides={"world.preset": "retail_bank_uk"})
    assert len(caught.value.faults) == 1


def _cash(world):
    """What each ring of the cuckoos pays in: it depends on nothing but its own draws."""
    return [
        ring.moved / 100.0 / world.bank.preset.price_level for ring in world.roll.rings if "cuckoo" in ring.name
    ]


def test_every_typology_plays_in_other_banks_with_sums_that_mean_the_same_there(crimes, tmp_path):
    """Cash comes in notes, of which no bank has larger ones than of 20 at its prices: within 5 % of the sum."""
    rate = 5.0 / (500 * 90 / 365.25)
    campaigns = {
        name: f"{{id: {name}, use: typologies/{name}.yaml, rate: {rate} per customer year}}"
        for name in crimes.typologies
    }
    crimes.written(tmp_path, campaigns.values())
    by_card = {
        name for name in campaigns if "channel: card_" in (tmp_path / "typologies" / f"{name}.yaml").read_text()
    }
    without_cards = [one for name, one in campaigns.items() if name not in by_card]
    found = {}
    for preset in ("retail_bank_eu", "retail_bank_us", "mobile_money"):
        fitting = without_cards if preset == "mobile_money" else campaigns.values()
        file = crimes.written(tmp_path, fitting, customers=500, days=90)
        scenario = load_scenario(file, overrides={"world.preset": preset})
        world = crimes.played(scenario, scenario.nominal(1, 0))
        assert {ring.campaign for ring in world.roll.rings} > {"app_romance", "structuring"}
        found[preset] = _cash(world)
    assert len(found["retail_bank_eu"]) > 1
    for sums in found.values():
        assert sums == pytest.approx(found["retail_bank_eu"], rel=0.05)


def test_structuring_stays_below_what_the_law_of_its_country_has_reported(crimes, tmp_path):
    file = crimes.written(
        tmp_path, ["{id: mine, use: typologies/structuring.yaml, rate: 100 per 1000 customer year}"]
    )
    for preset in ("retail_bank_eu", "retail_bank_us"):
        scenario = load_scenario(file, overrides={"world.preset": preset})
        world = crimes.played(scenario, scenario.nominal(1, 0))
        paid_in = [
            int(row[c.R_AMOUNT]) / 100.0
            for customer in world.ledger.touched for row in world.ledger.entries(customer)
            if row[c.R_MARK] >= 0 and row[c.R_TYPE] == c.DEPOSIT
        ]  # fmt: skip
        assert len(paid_in) > 10
        assert all(7_000.0 <= amount <= 9_800.0 for amount in paid_in)


def test_where_people_pay_by_telephone_so_do_crimes(crimes, tmp_path):
    """Instant payments and those as people pay: the share of the preset, within 4.5 standard errors."""
    typology = TYPOLOGY.replace(
        "boss, amount: {each: {choice", "boss, channel: instant, amount: {each: {choice"
    )
    file = crimes.written(tmp_path, ["{id: mine, use: typologies/mine.yaml}"])
    (tmp_path / "typologies" / "mine.yaml").write_text(typology)
    scenario = load_scenario(file, overrides={"world.preset": "mobile_money"})
    world = crimes.played(scenario, scenario.nominal(1, 0))
    paid = [
        int(row[c.R_CHANNEL])
        for customer in world.ledger.touched
        for row in world.ledger.entries(customer)
        if row[c.R_MARK] >= 0 and world.roll.marks[int(row[c.R_MARK])].stage == 1
    ]
    share = TABLE["mobile_money"].phone
    assert len(paid) > 30
    assert set(paid) <= {c.MOBILE, c.INSTANT}
    found = paid.count(c.MOBILE) / len(paid)
    assert abs(found - share) < 4.5 * (share * (1.0 - share) / len(paid)) ** 0.5
