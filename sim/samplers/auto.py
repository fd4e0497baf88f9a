"""Importance sampling where it works, splitting where it does not, and the reason told.

A trial of the frozen proposal decides; its calls are left out of every estimate, for an estimate that is thrown
away when it looks bad is biased. The trial cannot prove that all modes were found: that is what the audit by
natural draws is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.samplers.importance import NO_PARAMETERS, Diagnosis, Importance
from sim.samplers.mixture import Mixture
from sim.samplers.pilot import Pilot
from sim.samplers.preparation import prepare
from sim.samplers.splitting import Frozen, Splitting
from sim.samplers.stepwise import Course
from sim.weights import pareto_limit

__all__ = ["Auto"]

_LEAST_SIZE = 0.02
"""Effective events per call of the trial; the main calls, some ten times as many, are then worth hundreds."""

_LEAST_REACH = 0.06
"""The same, by the ratios of the pilot's events instead of the trial's."""

_FEW = 50
"""Events of a pilot that say nothing of a proposal yet."""

_LARGEST = 0.1
"""Share of the rate that one call of a trial may have where its events are too few to tell their tail."""


class Auto(Importance, Splitting):
    """Importance first; splitting if a trial says that its weights would not do."""

    name = "auto"

    def _hunt(self) -> Course:
        settings = self._settings
        if settings.frozen is not None:
            if settings.frozen["method"] == Splitting.name:
                yield from self._groups(Frozen.from_data(settings.frozen, calls=self._left))
            else:
                yield from self._weighted(Mixture.from_data(settings.frozen), self._left)
            return
        if self._population.dimension == 0:
            self._facts["reason"] = f"splitting, because {NO_PARAMETERS}"
            yield from self._climb()
            return
        prepared = yield from prepare(self._population, seed=settings.seed, calls=self._budget)
        self._facts["discovered_modes"] = list(prepared.modes)
        if prepared.mixture is None:
            self._facts["reason"] = "splitting, because discovery left nothing to fit a proposal to"
            yield from self._split(prepared.pilot)
            return
        trial = yield from self._trial(prepared.mixture)
        fault = self._fault(trial) or self._gap(trial, prepared.mixture, prepared.pilot)
        if fault and self._frozen_by(prepared.pilot) is not None:
            self._facts["reason"] = f"splitting, because a trial of importance sampling {fault}"
            yield from self._split(prepared.pilot)
            return
        if fault:
            hindrance = self._hindrance(prepared.pilot)
            self._facts["doubt"] = f"a trial of its proposal {fault}, and splitting was no way out: {hindrance}"
        self._facts["reason"] = (
            f"importance sampling although its trial {fault}: {self._hindrance(prepared.pilot)}"
            if fault
            else f"importance sampling: its trial of {trial.calls} calls is worth {trial.size:.0f} events"
        )
        self._pilot_is_over()
        wanted = None if settings.cov is None else self._calls_for(settings.cov, trial)
        yield from self._weighted(prepared.mixture, min(wanted or self._left, self._left))

    def _fault(self, trial: Diagnosis) -> str:
        """Return what is wrong with a proposal, as the end of a sentence; "" if nothing is."""
        if trial.hits == 0:
            return f"of {trial.calls} calls saw no event"
        if trial.size < _LEAST_SIZE * trial.calls:
            return f"of {trial.calls} calls is worth only {trial.size:.0f} events"
        if trial.tail is None and trial.largest > _LARGEST:
            return f"hangs on one call for {100 * trial.largest:.0f} % of the rate"
        if trial.tail is not None and trial.tail > pareto_limit(trial.hits):
            return f"has weights with a heavy tail (Pareto k is {trial.tail:.2f})"
        return ""

    def _gap(self, trial: Diagnosis, mixture: Mixture, pilot: Pilot) -> str:
        """Return whether a proposal neglects events that a pilot found, as the end of a sentence; "" if not.

        A trial seldom sees the events that a proposal seldom makes, though they carry the largest ratios. The
        pilot's events are spread as nature spreads them, about, and over these the mean ratio is that of the
        squares over the sum of a whole hunt.
        """
        events = pilot.events
        if events is None or len(events) < _FEW:
            return ""
        reach = trial.mean / float(np.exp(mixture.log_lr(events.z)).mean())
        if reach < _LEAST_REACH:
            return f"hardly reaches where the pilot saw events (a call is worth {reach:.2g} of them)"
        return ""

    def frozen(self) -> Mapping[str, Any] | None:
        """Return the proposal, or levels and step sizes."""
        return Splitting.frozen(self) if self._frozen is not None else Importance.frozen(self)
