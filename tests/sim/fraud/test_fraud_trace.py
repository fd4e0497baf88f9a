"""Signals of rings: at every moment what a plain look at each ring says."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.domains.fraud.rings import Ring, Roll
from sim.domains.fraud.trace import BankTrace

END = 60.0
_MOMENT = st.integers(0, 59).map(float)
_MOVE = st.tuples(_MOMENT, st.integers(1, 9999), st.booleans())
_RING = st.tuples(
    st.lists(_MOVE, max_size=6), st.lists(_MOMENT, max_size=2), st.none() | _MOMENT, st.none() | st.just("mule")
)


def _rings(drawn):
    for number, (moves, alerts, blocked, dropped) in enumerate(drawn):
        ring = Ring("mules", "mules", number, 0.0, 0.5, 1.0, dropped=dropped, alerts=alerts, blocked=blocked)
        for t, amount, out in sorted(moves):
            ring.move(t, amount, out=out)
        yield ring


def _at(t, ring):
    """Return (moved, lost, life, moved unseen, survived) of one ring at a moment."""
    done = [one for one in ring.movements if one[0] <= t]
    unseen = [one for one in done if ring.alerted is None or one[0] < ring.alerted]
    free = [one for one in done if ring.blocked is None or one[0] < ring.blocked]
    first = ring.movements[0][0] if ring.movements else 0.0
    return (
        done[-1][1] / 100.0 if done else 0.0,
        done[-1][2] if done else 0,
        done[-1][0] - first if done else 0.0,
        unseen[-1][1] / 100.0 if unseen else 0.0,
        free[-1][0] - first if free else 0.0,
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(_RING, max_size=6))
def test_signals_are_what_a_plain_look_at_each_ring_says(drawn):
    roll = Roll(rings=list(_rings(drawn)))
    setup = SimpleNamespace(duration=END, world={"campaigns": [{"id": "mules"}]})
    trace = BankTrace(SimpleNamespace(roll=roll, setup=setup, occurrences=[]))
    own = [ring for ring in roll.rings if ring.dropped is None]
    for place, t in enumerate(trace.times):
        each = np.array([_at(t, ring) for ring in own]).reshape(-1, 5)
        most = each.max(axis=0, initial=0.0)
        found = {name: trace.signal(name, ("mules",))[place] for name in ("moved", "life", "moved_unseen")}
        assert found == {"moved": most[0], "life": most[2], "moved_unseen": most[3]}
        assert trace.signal("survived", ("mules",))[place] == most[4]
        assert trace.signal("loss", ("mules",))[place] == each[:, 1].sum() / 100.0
    assert trace.measure("total_loss", ("mules",)) == trace.signal("loss", ("mules",))[-1]
