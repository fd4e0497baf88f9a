"""A hunt on a ledger against closed forms: one ring moves very much; there are many rings."""

import math

import numpy as np
import pytest
from scipy.stats import norm, poisson

from oddsmith import generation
from oddsmith.catalog import load_scenario

CUSTOMERS, DAYS, RATE = 300, 60, 10.0
MEDIAN, SEASON, SPREAD, LARGE, MANY = 6000.0, 0.25, 0.6, 20_000.0, 2
SCENARIO = f"""\
scenario: fraud/exact
start: 2025-01-06 00:00 Europe/Berlin
duration: {DAYS} d
parameters:
  usual: {{lognormal: {{median: {MEDIAN} EUR, sigma: {SEASON}}}}}
world:
  customers: {CUSTOMERS}
  campaigns:
    - id: gift
      rate: {RATE} per 1000 customer year
      roles: [{{role: sender, from: outside}}, {{role: mule}}]
      steps:
        - {{from: sender, to: mule, channel: instant, written: exact,
            amount: {{each: {{lognormal: {{median: "${{usual}}", sigma: {SPREAD}}}}}}}}}
sensors: {{transactions: {{ledger: {{}}}}}}
event:
  large: "eventually(moved(gift) > {LARGE} EUR)"
  many: "eventually(rings(gift) > {MANY + 0.5})"
sampling: {{method: splitting, target: large, calls: 1500, episodes: 1}}
"""


def _truth():
    """P(a ring moves more than LARGE), over the season's median; P(more rings than MANY), Poisson."""
    mean = RATE / 1000.0 * CUSTOMERS * DAYS / 365.25
    z = np.linspace(-8.0, 8.0, 4001)
    weight = norm.pdf(z) / norm.pdf(z).sum()
    beyond = norm.sf((math.log(LARGE / MEDIAN) - SEASON * z) / SPREAD)
    return {"large": float(weight @ (1.0 - np.exp(-mean * beyond))), "many": float(poisson.sf(MANY, mean))}


@pytest.fixture(scope="module", params=["splitting", "nominal"])
def hunted(request, tmp_path_factory):
    """Return the odds that a hunt came to."""
    folder = tmp_path_factory.mktemp("exact")
    (folder / "exact.yaml").write_text(SCENARIO)
    scenario = load_scenario(folder / "exact.yaml", {"sampling.method": request.param})
    return generation.run(scenario, folder / "made", seed=6).odds


@pytest.mark.parametrize("event", ["large", "many"])
def test_the_interval_of_a_hunt_holds_the_exact_value(hunted, event):
    truth = _truth()[event]
    low, high = hunted[event]["interval"]
    assert low < truth < high
    # splitting sees an event that it does not climb to in some of its groups only, and says so
    if event == "large" or hunted[event]["verdict"] == "trust":
        assert high < 30.0 * truth
