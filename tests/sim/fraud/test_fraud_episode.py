"""An episode of a bank: score and record agree, untouched rows stay, labels say what rings did."""

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.episode import record, score
from sim.errors import ScenarioError
from sim.noise import Edit

SMALL = {"world.customers": "200", "duration": "40 d"}


@pytest.fixture(scope="module")
def scenario():
    return load_scenario(
        "fraud/mules", overrides={**SMALL, "world.campaigns.scam.rate": "500 per 1000 customer year"}
    )


@pytest.fixture(scope="module")
def recording(scenario):
    return record(scenario, scenario.nominal(1, 0))


def _whole(recording, table):
    batches = list(recording.tables[table])
    return {
        name: np.concatenate([_plain(batch[name]) for batch in batches]) for name in batches[0]
    }  # fmt: skip


def _plain(column):
    for inner in ("values", "codes"):
        if hasattr(column, inner):
            return getattr(column, inner)
    return np.asarray(column)


def test_score_and_record_come_to_the_same(scenario):
    for index in range(6):
        draw = scenario.nominal(5, index)
        for changed in (
            draw,
            draw.edited(Edit(9, t=10 * 86400.0)),
            draw.edited(Edit(4, entity="scam"), Edit(5, beta=0.3)),
        ):
            assert score(scenario, changed) == record(scenario, changed).outcome


def test_every_label_belongs_to_the_entry_at_its_place(recording):
    entries, labels = _whole(recording, "entries"), _whole(recording, "labels")
    np.testing.assert_array_equal(entries["transaction_id"], labels["transaction_id"])
    assert labels["is_fraud"].sum() == sum(_whole(recording, "rings")["entries"])


def test_causes_precede_their_effects(recording):
    entries, labels = _whole(recording, "entries"), _whole(recording, "labels")
    when = dict(zip(entries["transaction_id"].view(np.uint64).tolist(), entries["t"].tolist(), strict=True))
    attacks = _whole(recording, "attacks")
    when |= dict(zip(attacks["attack_id"].view(np.uint64).tolist(), attacks["t"].tolist(), strict=True))
    crime = labels["is_fraud"]
    assert crime.sum() > 10
    effects = labels["transaction_id"].view(np.uint64)[crime].tolist()
    for effect, cause in zip(effects, labels["cause_id"].view(np.uint64)[crime].tolist(), strict=True):
        assert when[cause] < when[effect] or cause in attacks["attack_id"]
        assert when[cause] <= when[effect]


def test_without_the_crime_everybody_it_did_not_touch_stays_the_same(scenario, recording):
    """Common random numbers: the twin without campaigns differs only on the accounts of rings."""
    twin = load_scenario("fraud/mules", overrides={**SMALL, "world.campaigns.scam.rate": "0 per customer year"})
    honest = _whole(record(twin, scenario.nominal(1, 0)), "entries")
    crime, labels = _whole(recording, "entries"), _whole(recording, "labels")
    touched = np.unique(crime["account_id"][labels["is_fraud"]])
    left, right = (~np.isin(one["account_id"], touched) for one in (honest, crime))
    for column in ("transaction_id", "t", "amount", "balance", "status"):
        np.testing.assert_array_equal(honest[column][left], crime[column][right])
    assert not np.isin(honest["transaction_id"], crime["transaction_id"][labels["is_fraud"]]).any()


@pytest.mark.parametrize("customers", [100, 1000])
def test_rings_are_as_many_as_the_rate_says_at_any_size(customers):
    """Poisson counts over 60 episodes: within 4 standard errors of rate x customers x time."""
    rate = 20.0 / customers
    changes = {
        "world.customers": str(customers),
        "duration": "36.525 d",
        "world.campaigns.scam.rate": f"{rate} per customer year",
        "event": "{many: eventually(rings(scam) > 3)}",
        "sampling": "{method: nominal, target: many}",
    }
    scenario = load_scenario("fraud/mules", overrides=changes)
    found = sum(len(record(scenario, draw).occurrences) for draw in scenario.nominal_batch(2, 0, 60))
    mean = 60 * 20.0 * 0.1
    assert abs(found - mean) < 4 * mean**0.5


def test_a_role_that_nobody_can_play_is_counted_and_told(scenario):
    empty = load_scenario(
        "fraud/mules",
        overrides={
            "world.customers": "1",
            "duration": "30 d",
            "world.campaigns.scam.rate": "60 per customer year",
        },
    )
    recording = record(empty, empty.nominal(1, 0))
    dropped = [one for one in recording.occurrences if one.kind == "ring_dropped"]
    assert dropped
    assert len(dropped) == len(recording.occurrences)
    assert all(role is not None for batch in recording.tables["rings"] for role in batch["dropped"])


@pytest.mark.parametrize("start", ["null", "2025-03-03"])
def test_a_bank_needs_a_start_with_a_time_zone(start):
    with pytest.raises(ScenarioError, match="time zone"):
        load_scenario("fraud/mules", overrides={"start": start})


def test_amounts_are_in_the_currency_of_the_preset():
    with pytest.raises(ScenarioError, match="expected an amount in USD, got an amount in EUR"):
        load_scenario("fraud/mules", overrides={"world.preset": "retail_bank_us"})


def test_a_step_without_its_role_is_a_fault_at_its_place():
    with pytest.raises(ScenarioError, match="no role is called 'mule', only victim"):
        load_scenario("fraud/mules", overrides={"world.campaigns.scam.roles": "[{role: victim}]"})
