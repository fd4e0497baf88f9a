"""The ask/tell seam: fixed budgets, known weights, and refusal to guess."""

import pytest

from sim.noise import Draw
from sim.recording import Outcome
from sim.samplers import TABLE, Settings

MISS = Outcome({"crash": -1.0}, {}, {}, {})


class Numbered:
    def nominal_batch(self, seed, start, stop):
        return [Draw(seed * 1_000_000 + i, (i / 1e6,)) for i in range(start, stop)]


def hunt(name, calls, seed=3):
    sampler = TABLE[name](Numbered(), Settings(seed, calls))
    asked = []
    while batch := sampler.ask():
        asked.extend(batch)
        sampler.tell([MISS] * len(batch))
    return sampler, asked


@pytest.mark.parametrize("name", sorted(TABLE))
@pytest.mark.parametrize("calls", [1, 255, 256, 600])
def test_every_sampler_asks_its_budget_and_weighs_every_call(name, calls):
    sampler, asked = hunt(name, calls)
    assert [call.index for call in asked] == list(range(calls))
    assert sampler.planned_calls == calls
    weights = [w.weight for w in sampler.weights()]
    assert len(weights) == calls
    assert sum(weights) == pytest.approx(1.0, abs=1e-12)


def test_nominal_calls_are_the_population_whatever_the_batch():
    _, asked = hunt("nominal", 600)
    assert [call.draw for call in asked] == Numbered().nominal_batch(3, 0, 600)
    assert len({call.root_id for call in asked}) == 600


def test_weights_are_not_given_before_the_hunt_is_over():
    sampler = TABLE["nominal"](Numbered(), Settings(1, 10))
    sampler.ask()
    with pytest.raises(ValueError, match="0 of 10"):
        sampler.weights()


def test_an_empty_budget_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Settings(1, 0)


def test_only_rejection_leaves_the_population_out():
    assert [hunt(name, 1)[0].exports for name in ("nominal", "event")] == ["population", "events"]
