"""Components in the compiled event kernel: ages at failure in pieces, halts of machines, repairs."""

from __future__ import annotations

import math

import numpy as np

from sim.domains.factory import kernel_layout as c
from sim.domains.factory.compiling import inlined, leaf
from sim.domains.factory.draws import ANY, SAME, survival, upper_quantile
from sim.domains.factory.kernel_clocks import draw, earliest, next_change, schedule, write
from sim.domains.factory.kernel_layout import Line
from sim.domains.factory.states import DOWN, MAINTENANCE, WORKING

__all__ = ["ahead", "begin_ageing", "do_job", "enter", "look", "next_failure", "spend", "strike"]


@leaf
def enter(line: Line, m: int, state: int, t: float) -> None:
    """Let a machine be in another state from t on."""
    machine, times = line.machine, line.times
    before = machine[m, c.STATE]
    times[m, c.TOTALS + before] += t - times[m, c.SINCE]
    times[m, c.SINCE] = t
    machine[m, c.STATE] = state
    flags = line.count[c.FLAGS]
    if flags & c.STATES or (flags & c.HALTS and (_is_halt(before) or _is_halt(state))):
        write(line, c.ENTERS, m, state, t, 0.0)


@leaf
def _is_halt(state: int) -> bool:
    return DOWN <= state <= MAINTENANCE


@leaf
def _failure(line: Line, i: int, t: float) -> float:
    """Return the age at failure, as `Lifetime._failure` does."""
    component, wear = line.component, line.wear
    if t >= wear[i, c.HOLDS_UNTIL]:
        law, a, b, age = component[i, c.LAW], wear[i, c.AGE_A], wear[i, c.AGE_B], wear[i, c.AGE]
        survived = 1.0 if age <= 0.0 else survival(law, a, b, age)
        u = draw(line, component[i, c.LIVES], t)
        wear[i, c.FAILS_AT] = max(upper_quantile(law, a, b, u * survived), age) if survived > 0.0 else age
        wear[i, c.HOLDS_UNTIL] = next_change(line, component[i, c.LIVES], t)
    return wear[i, c.FAILS_AT]


@leaf
def ahead(line: Line, i: int, span: float, t: float) -> float:
    """Return the age until it fails or its replacement is due, if that is less than `span`, else inf."""
    component, wear = line.component, line.wear
    if component[i, c.FAILED]:
        return np.inf
    left = _failure(line, i, t) - wear[i, c.AGE]
    if not left < span:
        left = np.inf
    due = max(wear[i, c.AT_AGE] - wear[i, c.AGE], 0.0)
    component[i, c.DUE] = due < min(left, span) and not component[i, c.BUSY]
    return due if component[i, c.DUE] else left


@inlined
def next_failure(line: Line, m: int, until: float, t: float) -> float:
    """Return for how long a machine works on: until a component fails, noise changes, or for `until`."""
    machine, component = line.machine, line.component
    machine[m, c.FAILING] = c.NOBODY
    i = machine[m, c.FIRST_WEAR]
    while i >= 0:
        if _is_sound(line, i, until, t):
            component[i, c.DUE] = 0
        else:
            left = ahead(line, i, until, t)
            if left < until:
                machine[m, c.FAILING], until = i, left
        i = component[i, c.NEXT_OF]
    for k in range(line.edit_times.shape[0]):
        left = line.edit_times[k] - t
        if 0.0 < left < until:
            machine[m, c.FAILING], until = c.CHANGE_OF_NOISE, left
    return until


@inlined
def _is_sound(line: Line, i: int, span: float, t: float) -> bool:
    """Return whether it is known that a component lives through a span: mostly it is, which saves a look."""
    wear = line.wear
    return bool(
        t < wear[i, c.HOLDS_UNTIL]
        and wear[i, c.FAILS_AT] - wear[i, c.AGE] >= span
        and wear[i, c.AT_AGE] - wear[i, c.AGE] >= span
        and not line.component[i, c.FAILED]
    )


@inlined
def spend(line: Line, m: int, span: float) -> None:
    """Let the components of a machine age that age while it works."""
    i = line.machine[m, c.FIRST_WEAR]
    while i >= 0:
        if not line.component[i, c.FAILED]:
            line.wear[i, c.AGE] += span
        i = line.component[i, c.NEXT_OF]


@leaf
def _age(line: Line, i: int, span: float) -> None:
    if not line.component[i, c.FAILED]:
        line.wear[i, c.AGE] += span


# -- ageing by the clock ----------------------------------------------------------------------------------


@leaf
def _clock_of(line: Line, i: int) -> int:
    return line.machine.shape[0] + line.arrival.shape[0] + i


@leaf
def _plan(line: Line, i: int, t: float) -> None:
    span = np.nextafter(next_change(line, line.component[i, c.LIVES], t) - t, np.inf)
    left = ahead(line, i, span, t)
    line.component[i, c.CERTAIN] = left < np.inf
    schedule(line, _clock_of(line, i), t + min(left, span))


@leaf
def begin_ageing(line: Line, i: int, t: float) -> None:
    """Let a component age by the clock from t on."""
    if not line.component[i, c.FAILED]:
        line.wear[i, c.AGES_SINCE] = t
        _plan(line, i, t)


@leaf
def _pause(line: Line, i: int, t: float) -> None:
    since = line.wear[i, c.AGES_SINCE]
    if not math.isnan(since):
        _age(line, i, t - since)
        line.wear[i, c.AGES_SINCE] = math.nan
        schedule(line, _clock_of(line, i), np.inf)


@leaf
def look(line: Line, i: int, t: float) -> None:
    """What a component that ages by the clock was looked ahead to has come, or it is time to look again."""
    component, wear = line.component, line.wear
    schedule(line, _clock_of(line, i), np.inf)
    _age(line, i, t - wear[i, c.AGES_SINCE])
    wear[i, c.AGES_SINCE] = t
    if not component[i, c.CERTAIN]:
        _plan(line, i, t)
        return
    strike(line, i, t)
    m = component[i, c.MACHINE]
    if not math.isnan(wear[i, c.AGES_SINCE]) and not component[i, c.FAILED] and not _is_down(line, m):
        _plan(line, i, t)


# -- failure, service, halts ------------------------------------------------------------------------------


@leaf
def _is_down(line: Line, m: int) -> bool:
    return line.machine[m, c.STOPS] > 0 or line.machine[m, c.SERVES] > 0


@leaf
def strike(line: Line, i: int, t: float) -> None:
    """Let a component fail, or its replacement be due."""
    component = line.component
    m = component[i, c.MACHINE]
    if not component[i, c.DUE]:
        component[i, c.FAILED] = 1
        component[i, c.FAILURES] += 1
        write(line, c.FAILS, i, component[i, c.LIFE], t, 0.0)
        if component[i, c.IS_STOPPING]:
            _halt(line, m, c.STOPS, t)
        _ask(line, i, c.REPAIR, t)
    elif not component[i, c.BUSY] and not component[i, c.FAILED]:
        component[i, c.BUSY] = 1
        component[i, c.SERVICES] += 1
        write(line, c.SERVED, i, component[i, c.LIFE], t, 0.0)
        _halt(line, m, c.SERVES, t)
        _ask(line, i, c.SERVICE, t)


@leaf
def _halt(line: Line, m: int, reason: int, t: float) -> None:
    """Stop a machine for a reason; further reasons add to it."""
    machine = line.machine
    was_down = _is_down(line, m)
    if not was_down:
        _leave(line, m, t)
    machine[m, reason] += 1
    if not was_down:
        i = machine[m, c.FIRST_CLOCK]
        while i >= 0:
            _pause(line, i, t)
            i = line.component[i, c.NEXT_OF]
    enter(line, m, DOWN if machine[m, c.STOPS] > 0 else MAINTENANCE, t)


@leaf
def _leave(line: Line, m: int, t: float) -> None:
    """Let a machine leave whatever it does or waits for."""
    machine, times = line.machine, line.times
    if machine[m, c.STATE] == WORKING:
        times[m, c.LEFT] = times[m, c.END] - t
        spend(line, m, t - times[m, c.BEGUN])
        schedule(line, m, np.inf)
        machine[m, c.FAILING] = c.NOBODY
    waits = machine[m, c.WAITS]
    if waits != c.NOWHERE:
        first = c.TAKERS if waits == c.FOR_PART else c.GIVERS
        s = machine[m, c.FROM] if waits == c.FOR_PART else machine[m, c.TO]
        _take_out(line, m, s, first)


@leaf
def _take_out(line: Line, m: int, s: int, first: int) -> None:
    """Take a machine out of a line of waiting ones, whose first, last and length stand side by side."""
    machine, store = line.machine, line.store
    before, after = machine[m, c.BEFORE], machine[m, c.NEXT]
    if before >= 0:
        machine[before, c.NEXT] = after
    else:
        store[s, first] = after
    if after >= 0:
        machine[after, c.BEFORE] = before
    else:
        store[s, first + 1] = before
    store[s, first + 2] -= 1
    machine[m, c.WAITS] = c.NOWHERE


# -- jobs -------------------------------------------------------------------------------------------------


@leaf
def _set_job(line: Line, i: int, stage: int, at: float) -> None:
    component = line.component
    component[i, c.JOB] = stage
    component[i, c.TURN] = line.count[c.TURNS]
    line.wear[i, c.JOB_AT] = at
    line.count[c.TURNS] += 1


@leaf
def _ask(line: Line, i: int, kind: int, t: float) -> None:
    line.component[i, c.JOB_KIND] = kind
    _set_job(line, i, c.ASKED, t)
    earliest(line)


@leaf
def _send(line: Line, k: int, t: float) -> None:
    """Let free people of a crew begin the most urgent jobs that wait; the first to ask among equals."""
    component = line.component
    while line.crew[k] > 0:
        best = -1
        for i in range(component.shape[0]):
            waits = component[i, c.JOB] == c.QUEUED and component[i, c.CREW] == k
            if waits and (best < 0 or _is_more_urgent(line, i, best)):
                best = i
        if best < 0:
            return
        line.crew[k] -= 1
        _set_job(line, best, c.SENT, t)


@leaf
def _is_more_urgent(line: Line, i: int, j: int) -> bool:
    component = line.component
    if component[i, c.PRIORITY] != component[j, c.PRIORITY]:
        return bool(component[i, c.PRIORITY] < component[j, c.PRIORITY])
    return bool(component[i, c.TICKET] < component[j, c.TICKET])


@leaf
def do_job(line: Line, i: int, t: float) -> int:
    """Go on with a job; return the machine that may work again, -1 if none."""
    component, wear = line.component, line.wear
    stage, crew, freed = component[i, c.JOB], component[i, c.CREW], -1
    if stage == c.ASKED and crew >= 0:
        component[i, c.JOB] = c.QUEUED
        component[i, c.TICKET] = line.count[c.TICKETS]
        line.count[c.TICKETS] += 1
        _send(line, crew, t)
    elif stage != c.UNDER_WAY:
        write(line, c.JOB_BEGINS, i, component[i, c.JOB_KIND], t, 0.0)
        wear[i, c.JOB_KNOWN] = 0.0
        _set_job(line, i, c.UNDER_WAY, t + _piece(line, i, t))
    elif not component[i, c.IS_LAST]:
        _set_job(line, i, c.UNDER_WAY, t + _piece(line, i, t))
    else:
        write(line, c.JOB_ENDS, i, component[i, c.JOB_KIND], t, 0.0)
        component[i, c.JOB] = c.NO_JOB
        restores = wear[i, c.RESTORES] if component[i, c.JOB_KIND] == c.REPAIR else 1.0
        _renew(line, i, wear[i, c.AGE] * (1.0 - restores), t)
        if crew >= 0:
            line.crew[crew] += 1
            _send(line, crew, t)
        if component[i, c.JOB_KIND] == c.SERVICE:
            freed = _release(line, component[i, c.MACHINE], c.SERVES, t)
        elif component[i, c.IS_STOPPING]:
            freed = _release(line, component[i, c.MACHINE], c.STOPS, t)
    earliest(line)
    return freed


@leaf
def _piece(line: Line, i: int, t: float) -> float:
    """Return how long a job goes on until it is over or noise changes, as `Spells.piece` does."""
    component, wear = line.component, line.wear
    s, law, first = component[i, c.REPAIRS], component[i, c.REPAIR_LAW], c.REPAIR_A
    if component[i, c.JOB_KIND] == c.SERVICE:
        s, law, first = component[i, c.SERVICES_TIME], component[i, c.SERVICE_LAW], c.SERVICE_A
    a, b = wear[i, first], wear[i, first + 1]
    number = draw(line, s, t)
    component[i, c.IS_LAST] = 1
    if law in (ANY, SAME):
        return float(number)
    known = wear[i, c.JOB_KNOWN]
    left = survival(law, a, b, known) if known > 0.0 else 1.0
    end = upper_quantile(law, a, b, number * left) if left > 0.0 else known
    span, until = max(end - known, 0.0), next_change(line, s, t) - t
    if span <= until:
        return span
    component[i, c.IS_LAST] = 0
    wear[i, c.JOB_KNOWN] = known + until
    return float(until)


@leaf
def _renew(line: Line, i: int, age: float, t: float) -> None:
    component, wear = line.component, line.wear
    wear[i, c.AGE], wear[i, c.FAILS_AT], wear[i, c.HOLDS_UNTIL] = age, np.inf, -np.inf
    component[i, c.FAILED] = component[i, c.BUSY] = 0
    component[i, c.LIFE] += 1
    if (
        component[i, c.IS_CLOCKED]
        and not component[i, c.IS_STOPPING]
        and not _is_down(line, component[i, c.MACHINE])
    ):
        begin_ageing(line, i, t)


@leaf
def _release(line: Line, m: int, reason: int, t: float) -> int:
    """Take a reason for a halt away; return the machine if it may go on."""
    machine = line.machine
    machine[m, reason] -= 1
    if _is_down(line, m):
        enter(line, m, DOWN if machine[m, c.STOPS] > 0 else MAINTENANCE, t)
        return -1
    i = machine[m, c.FIRST_CLOCK]
    while i >= 0:
        begin_ageing(line, i, t)
        i = line.component[i, c.NEXT_OF]
    return m
