"""Which events speak of what a scenario makes more frequent than it is; these have no odds."""

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from oddsmith.odds import CallColumns
from oddsmith.odds.reports import odds_of_calls

SMALL = {
    "world.customers": "200",
    "duration": "20 d",
    "sampling": "{method: nominal, target: own, calls: 4, episodes: 1}",
}
CAMPAIGN = (
    "{{id: {name}, rate: 1 per 1000 customer year, boost: {boost}, "
    "roles: [{{role: a}}, {{role: b, from: outside}}], steps: [{{from: a, to: b, amount: 10 EUR}}]}}"
)


def _scenario(boost, event):
    one, two = CAMPAIGN.format(name="one", boost=boost), CAMPAIGN.format(name="two", boost=1)
    events = "{own: 'eventually(moved(two) > 5000 EUR)', asked: '" + event + "'}"
    return load_scenario("fraud/mules", SMALL | {"world.campaigns": f"[{one}, {two}]", "event": events})


@pytest.mark.parametrize(
    ("event", "speaks"),
    [
        ("eventually(loss(one) > 100 EUR)", True),
        ("total_loss(one) > 100 EUR", True),
        ("own and eventually(rings(one) > 2)", True),
        ("occurs(ring_began, campaign = one)", True),
        ("count(ring_began) >= 3", True),
        ("eventually(loss(two) > 100 EUR)", False),
        ("not own", False),
        ("occurs(ring_began, campaign = two)", False),
    ],
)
def test_an_event_is_under_a_boost_if_it_speaks_of_it(event, speaks):
    assert _scenario(20, event).under_boost == ({"asked": ("one",)} if speaks else {})
    assert _scenario(1, event).under_boost == {}


def test_a_boosted_event_has_no_odds_though_it_was_seen():
    columns = CallColumns.of(
        role=["main"] * 4, weight=[0.25] * 4,
        events={"own": [True, False, False, True], "asked": [True, True, True, True]},
    )  # fmt: skip
    own, asked = odds_of_calls(columns, under_boost={"asked": ["one"]})
    assert own.estimate.rate == 0.5
    assert asked.estimate.rate is asked.estimate.upper is None
    assert asked.verdict.word == "unknown"
    assert "one: boosted" in asked.verdict.reasons[0]
    assert np.isfinite(columns.weight).all()
