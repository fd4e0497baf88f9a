"""Numbers, log and clocks of the compiled event kernel."""

from __future__ import annotations

import numpy as np

from sim.domains.factory import kernel_layout as c
from sim.domains.factory.compiling import inlined, leaf
from sim.domains.factory.draws import ANY, SAME, fill
from sim.domains.factory.kernel_layout import Line

__all__ = ["draw", "draw_first", "earliest", "next_change", "refill", "schedule", "write"]


@leaf
def refill(line: Line, s: int, t: float) -> None:
    """Make the next numbers of a stream with a compiled law, as they are if used at t."""
    stream, form = line.stream, line.form
    stream[s, c.AT] += stream[s, c.USED]
    n = min(max(c.LEAST_BLOCK, 2 * stream[s, c.HELD]), c.BLOCK)
    stream[s, c.USED], stream[s, c.HELD] = 0, n
    entity = line.place[s, c.ENTITY]
    fill(
        line.block[s, :n], stream[s, c.CODE], form[s, c.LAW_A], form[s, c.LAW_B], line.key, line.edit_keys,
        line.edit_entities, line.edit_times, line.edit_betas, line.place[s, c.WHERE], entity,
        stream[s, c.AT], t,
    )  # fmt: skip
    form[s, c.UNTIL] = next_change(line, s, t)


@leaf
def next_change(line: Line, s: int, t: float) -> float:
    """Return the first moment after t from which the numbers of a stream are others, inf if there is none."""
    until, entity = np.inf, line.place[s, c.ENTITY]
    for i in range(line.edit_times.shape[0]):
        is_own = line.edit_entities[i] == np.uint64(0) or line.edit_entities[i] == entity
        if is_own and line.edit_times[i] > t:
            until = min(until, line.edit_times[i])
    return until


@inlined
def draw(line: Line, s: int, t: float) -> float:
    """Return the next number of a stream, used at t; moments never go back."""
    value = line.form[s, c.LAW_A]
    code = line.stream[s, c.CODE]
    if code != SAME:
        used = line.stream[s, c.USED]
        if code != ANY and (used >= line.stream[s, c.HELD] or t >= line.form[s, c.UNTIL]):
            refill(line, s, t)
            used = 0
        line.stream[s, c.USED] = used + 1
        value = line.block[s, used]
        if code == ANY and used + 1 + c.SPARE_NUMBERS > line.stream[s, c.HELD]:
            line.count[c.NEEDS] = 1
    return value


@inlined
def write(line: Line, kind: int, who: int, value: int, t: float, more: float) -> None:
    """Write a row of the log."""
    row = line.count[c.LOGGED]
    line.count[c.LOGGED] = row + 1
    line.log[row, 0], line.log[row, 1], line.log[row, 2] = kind, who, value
    line.log_times[row, 0], line.log_times[row, 1] = t, more


@inlined
def schedule(line: Line, clock: int, t: float) -> None:
    """Set a clock to a moment, inf for never, and play its matches of the tournament again.

    Among clocks due at one moment the one with the lower number wins.
    """
    when, tree = line.when, line.tree
    when[clock] = t
    node = (clock + when.shape[0]) >> 1
    while node >= 1:
        left, right = tree[2 * node], tree[2 * node + 1]
        tree[node] = left if when[left] <= when[right] else right
        node >>= 1


@leaf
def draw_first(line: Line, clock: int, s: int) -> None:
    """Set a clock to the first number of a stream."""
    schedule(line, clock, draw(line, s, 0.0))


@leaf
def earliest(line: Line) -> None:
    """Find the job of maintenance that is due next: by moment, then rank, then the order of being planned."""
    component, wear = line.component, line.wear
    best = -1
    for i in range(component.shape[0]):
        if component[i, c.JOB] == c.NO_JOB or component[i, c.JOB] == c.QUEUED:
            continue
        if best < 0 or _is_before(line, i, best):
            best = i
    line.count[c.NEXT_JOB] = best
    line.span[c.CLOSES] = wear[best, c.JOB_AT] if best >= 0 else np.inf


@inlined
def _is_before(line: Line, i: int, j: int) -> bool:
    component, wear = line.component, line.wear
    if wear[i, c.JOB_AT] != wear[j, c.JOB_AT]:
        return bool(wear[i, c.JOB_AT] < wear[j, c.JOB_AT])
    first, second = component[i, c.JOB] == c.ASKED, component[j, c.JOB] == c.ASKED
    if first != second:
        return bool(first)
    return bool(component[i, c.TURN] < component[j, c.TURN])
