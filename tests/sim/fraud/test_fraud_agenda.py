"""The agenda: what it plays is what SimPy plays, in the same order, at the same moments, to the last byte."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oddsmith.catalog import load_scenario
from sim.domains.fraud import world as worlds
from sim.domains.fraud.agenda import Agenda
from sim.noise import Edit
from sim.worlds.process import Clock

END = 4.0
SCENARIO = Path(__file__).parents[3] / "scenarios" / "fraud" / "retail_bank_eu.yaml"


class _Still:
    """A kernel in which nothing ever happens."""

    def advance(self, until):
        return until, (), False

    def arm(self, watch, *, armed):
        raise AssertionError(watch, armed)


def simpy_clock():
    return Clock(_Still())


waits = st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0, 1.1, 5.0])
plans = st.recursive(
    st.tuples(st.sampled_from(["wait", "until"]), waits),
    lambda inner: st.tuples(
        st.sampled_from(["start", "together", "after"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)


def played(clock, plan):
    """Return (moment, step) of all that happens; moments repeat, so that the order of ties counts."""
    told = []

    def process(one, name):
        told.append((clock.now, "begins", name))
        kind, what = one
        if kind in ("wait", "until"):
            yield getattr(clock, kind)(what)
        elif kind == "after":
            for k, part in enumerate(what):
                yield from process(part, (*name, k))
        elif kind == "start":
            for k, part in enumerate(what):
                clock.start(process(part, (*name, k)))
        else:
            yield clock.together([process(part, (*name, k)) for k, part in enumerate(what)])
        told.append((clock.now, "ends", name))

    for number, one in enumerate(plan):
        clock.start(process(one, (number,)))
    clock.run(END)
    return told, clock.now


@settings(max_examples=150, deadline=None)
@given(st.lists(plans, max_size=4))
def test_processes_go_on_as_in_simpy(plan):
    assert played(Agenda(), plan) == played(simpy_clock(), plan)


def _traces(world):
    """Return all that rings, controls and customers did, in the order it was noted."""
    return SimpleNamespace(
        rings=world.roll.rings,
        marks=[
            (one.ring.name, one.role, one.stage, one.sequence, one.cause, one.victim)
            for one in world.roll.marks
        ],
        attacks=[(one.ring.name, one.id, one.t, one.entry) for one in world.roll.attacks],
        logins=world.roll.logins,
        occurrences=world.occurrences,
        reports=world.reports.made,
        suspicions=world.ledger.suspicions,
    )


def test_all_crimes_of_a_bank_are_played_as_in_simpy(crimes, monkeypatch):
    bank = load_scenario(
        SCENARIO, overrides={"world.customers": "600", "duration": "40 d", "world.controls": "{}"}
    )
    for draw in (bank.nominal(3, 0), bank.nominal(3, 1).edited(Edit(77, None, 9e5, 0.4))):
        own = crimes.played(bank, draw)
        with monkeypatch.context() as patched:
            patched.setattr(worlds, "Agenda", simpy_clock)
            theirs = crimes.played(bank, draw)
        assert isinstance(theirs.clock, Clock)
        assert len(own.roll.marks) > 100
        assert vars(_traces(own)) == vars(_traces(theirs))
        np.testing.assert_array_equal(own.ledger.injections.customers, theirs.ledger.injections.customers)
        np.testing.assert_array_equal(own.ledger.injections.rows, theirs.ledger.injections.rows)
