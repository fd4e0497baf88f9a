"""Weights of boosted rings are exact for sums over rings, against closed forms; for others they are not."""

import math

import numpy as np
import pytest

from oddsmith.catalog import load_scenario

RATE, CUSTOMERS, DAYS = 30.0, 200, 30
NATURAL = RATE / 1000.0 * CUSTOMERS * DAYS / 365.25
"""Rings of the natural bank in an episode, about 0.49."""
BOOST, EPISODES = 40.0, 12
LOW, HIGH = 100.0, 300.0
GIFT = f"""
{{id: gift, rate: {RATE} per 1000 customer year, boost: {BOOST},
  roles: [{{role: sender, from: outside}}, {{role: mule}}],
  steps: [{{from: sender, to: mule, amount: {{each: {{uniform: [{LOW} EUR, {HIGH} EUR]}}}}, written: exact,
           channel: instant}}]}}
"""


@pytest.fixture(scope="module")
def rings(crimes, tmp_path_factory):
    """Rings of some boosted banks that their end does not cut short, as (weight, moved, mark), by episode."""
    item = GIFT.replace("\n", " ").strip()
    file = crimes.written(tmp_path_factory.mktemp("boosted"), [item], customers=CUSTOMERS, days=DAYS)
    scenario = load_scenario(file)
    worlds = [crimes.played(scenario, scenario.nominal(8, index)) for index in range(EPISODES)]
    return [
        np.array([(ring.weight, ring.moved / 100.0, ring.mark) for ring in world.roll.rings])
        for world in worlds
    ]


def test_the_number_of_rings_is_right_in_the_mean(rings):
    """A weighted count has mean rate x customers x time and variance mean / boost in each episode."""
    counts = [one[:, 0].sum() for one in rings]
    error = math.sqrt(NATURAL / BOOST / EPISODES)
    assert abs(np.mean(counts) - NATURAL) < 4.0 * error
    assert error < 0.1 * NATURAL


def test_money_is_right_in_the_mean_and_its_spread_is_that_of_a_boosted_bank(rings):
    """A compound Poisson sum: mean n E[X], variance n E[X^2] / boost, X uniform."""
    moved = [(one[:, 0] * one[:, 1]).sum() for one in rings]
    mean, square = (LOW + HIGH) / 2.0, (LOW**2 + LOW * HIGH + HIGH**2) / 3.0
    error = math.sqrt(NATURAL * square / BOOST / EPISODES)
    assert abs(np.mean(moved) - NATURAL * mean) < 4.0 * error + 0.01 * NATURAL * mean


def test_rings_below_their_mark_are_those_of_the_natural_bank(rings):
    """Thinning by the mark leaves a Poisson number with the natural mean."""
    natural = sum((one[:, 2] < 1.0 / BOOST).sum() for one in rings)
    expected = NATURAL * EPISODES
    assert abs(natural - expected) < 4.5 * math.sqrt(expected) + 1.0


def test_whether_there_is_a_ring_at_all_is_no_sum(rings):
    """The boosted bank always has one; the natural one in 1 - exp(-n), about two episodes of five."""
    assert all(len(one) for one in rings)
    assert 1.0 - math.exp(-NATURAL) < 0.5
