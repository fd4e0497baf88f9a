"""Auto: importance sampling where it works, splitting where it does not, and why."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from sim.samplers import auto
from sim.samplers.auto import Auto
from sim.samplers.base import Settings
from sim.samplers.importance import Diagnosis
from sim.samplers.mixture import Frame, Gaussians, Mixture


def test_two_modes_in_the_plane_are_a_matter_for_importance(world_of, worlds, hunt):
    world = world_of(
        worlds["two tails"].score, worlds["two tails"].p, dimension=2, modes=worlds["two tails"].modes
    )
    found = hunt(world, "auto", 4000, audit_share=0.05)
    about = found.sampler.about()
    assert about["method"] == "importance"
    assert about["reason"].startswith("importance sampling: its trial of 190 calls is worth")
    assert about["discovered_modes"] == ["left", "right"]
    assert found.sampler.frozen()["method"] == "importance"
    assert found.rate == pytest.approx(world.p, rel=0.25)


@pytest.mark.parametrize(("name", "scatter"), [("shell", 0.0), ("noise", 0.27)])
def test_what_no_proposal_fits_is_a_matter_for_splitting(worlds, hunt, name, scatter):
    found = hunt(worlds[name], "auto", 8000)
    about = found.sampler.about()
    assert about["method"] == "splitting"
    assert about["reason"].startswith("splitting, because a trial of importance sampling of 400 calls")
    assert found.sampler.frozen()["method"] == "splitting"
    assert about["groups"] == 20
    # where the mean of skewed groups is low, so is the error they tell: `scatter` is that of 38 hunts
    estimates, p = found.by_group, worlds[name].p
    assert abs(estimates.mean() - p) < max(4.0 * estimates.std(ddof=1) / np.sqrt(20), 2.5 * scatter * p)


def test_the_trial_is_no_part_of_the_estimate(worlds, hunt):
    found = hunt(worlds["mixed"], "auto", 3000)
    assert np.isnan(found.weight[~found.is_main]).all()
    assert found.weight[found.is_main].sum() == pytest.approx(1.0, abs=0.25)


def test_addressed_noise_alone_goes_to_splitting(worlds, hunt):
    found = hunt(worlds["walk"], "auto", 3000, seed=5)
    about = found.sampler.about()
    assert about["method"] == "splitting"
    assert about["reason"].startswith("splitting, because there are no once-per-episode parameters")
    alone = hunt(worlds["walk"], "splitting", 3000, seed=5).sampler.about()
    assert about["pilot_calls"] == alone["pilot_calls"]


def test_where_splitting_cannot_be_paid_for_importance_is_used_with_a_caveat(worlds, hunt):
    about = hunt(worlds["shell"], "auto", 1000).sampler.about()
    assert about["method"] == "importance"
    assert "importance sampling although its trial" in about["reason"]
    assert "do not pay for 20 groups" in about["reason"]
    assert "do not pay for 20 groups" in about["doubt"]
    assert about["doubt"].startswith("a trial of its proposal ")


def test_a_sampler_that_its_trial_did_not_fault_has_no_doubt(worlds, hunt):
    assert "doubt" not in hunt(worlds["mixed"], "auto", 3000).sampler.about()


@pytest.mark.parametrize("name", ["mixed", "shell"])
def test_a_continuation_uses_the_engine_that_was_chosen(worlds, hunt, name):
    first = hunt(worlds[name], "auto", 6000)
    more = hunt(worlds[name], "auto", 2000, frozen=first.sampler.frozen(), part=1)
    assert more.is_main.all()
    assert more.sampler.about()["method"] == first.sampler.about()["method"]


def diagnosis(calls=1000, hits=300, mean=1e-4, size=200.0, largest=0.02, tail=0.3):
    return Diagnosis(calls, hits, mean, size, largest, tail, 1.0)


@dataclass
class Seen:
    """The events of a pilot."""

    z: np.ndarray

    def __len__(self):
        return len(self.z)


@pytest.mark.parametrize(
    ("trial", "fault"),
    [
        (diagnosis(), ""),
        (diagnosis(hits=0, size=0.0), "of 1000 calls saw no event"),
        (diagnosis(size=19.0), "of 1000 calls is worth only 19 events"),
        (diagnosis(hits=20, size=20.0, largest=0.3, tail=None), "hangs on one call for 30 % of the rate"),
        (diagnosis(largest=0.3), ""),
        (diagnosis(tail=0.65), "has weights with a heavy tail (Pareto k is 0.65)"),
        (diagnosis(hits=1000, tail=0.65), ""),
        (diagnosis(calls=200, size=40.0), ""),
    ],
)
def test_a_trial_is_judged_by_its_events_their_worth_and_their_tail(worlds, trial, fault):
    assert Auto(worlds["mixed"], Settings(1, 1000))._fault(trial) == fault


def test_a_proposal_is_judged_where_the_pilot_saw_events_too(worlds):
    """Events lie evenly at +3 and -3: a proposal at +3 alone leaves half of them to ratios near 1 / natural."""
    place = np.repeat([3.0, -3.0], 40)
    pilot = SimpleNamespace(events=Seen(place[:, None]))
    sampler = Auto(worlds["mixed"], Settings(1, 1000))
    here = Gaussians(np.ones(1), np.array([[3.0]]), np.array([[[0.01]]]), ())
    both = Gaussians(np.full(2, 0.5), np.array([[3.0], [-3.0]]), np.full((2, 1, 1), 0.01), ())
    trial = diagnosis(mean=1e-3)
    frame = Frame.of(1, {})
    assert sampler._gap(trial, Mixture(frame, both, 0.1), pilot) == ""
    # half the events have the ratio 1 / 0.1, so a call is worth 1e-3 / 5
    assert "a call is worth 0.0002 of them" in sampler._gap(trial, Mixture(frame, here, 0.1), pilot)
    pilot.events = Seen(place[20:60, None])
    assert sampler._gap(trial, Mixture(frame, here, 0.1), pilot) == ""


def test_a_gap_sends_the_hunt_to_splitting(worlds, hunt, monkeypatch):
    monkeypatch.setattr(auto, "_LEAST_REACH", 1e9)
    about = hunt(worlds["mixed"], "auto", 8000).sampler.about()
    assert about["method"] == "splitting"
    assert "hardly reaches where the pilot saw events" in about["reason"]
