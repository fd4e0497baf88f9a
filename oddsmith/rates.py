"""Gathers the calls of a hunt as columns, one call at a time, for the odds summary of the manifest."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from oddsmith.calls import ScoredCall
from oddsmith.odds import CallColumns, summary_of
from sim.samplers import CallWeight

__all__ = ["Rates"]

_ROLES = ("pilot", "main", "audit")


class Rates:
    """The columns of all calls, some thirty bytes each."""

    def __init__(self, events: Sequence[str]) -> None:
        """Begin without calls.

        Args:
            events: names of all events.
        """
        self._role = array("b")
        self._weight = array("d")
        self._log_lr = array("d")
        self._group = array("l")
        self._failed = array("b")
        self._mode = array("i")
        self._modes: dict[str | None, int] = {}
        self._hits = {event: array("b") for event in events}

    def add(self, scored: ScoredCall, weight: CallWeight) -> None:
        """Take a call. One that failed counts as one in which nothing happened, and is reported beside."""
        is_failed = scored.failure is not None
        self._role.append(_ROLES.index(scored.call.role))
        self._weight.append(_number(weight.weight))
        self._log_lr.append(_number(weight.log_lr))
        self._group.append(scored.call.group)
        self._failed.append(is_failed)
        mode = None if is_failed else scored.outcome.mode
        self._mode.append(self._modes.setdefault(mode, len(self._modes)))
        for event, hits in self._hits.items():
            hits.append(not is_failed and scored.outcome.occurred(event))

    def columns(self) -> CallColumns:
        """Return the calls taken so far."""
        modes = np.asarray([*self._modes, None], object)
        return CallColumns.of(
            role=np.asarray(_ROLES, object)[np.asarray(self._role, np.int64)],
            weight=np.asarray(self._weight),
            log_lr=np.asarray(self._log_lr),
            group=np.asarray(self._group, np.int64),
            failed=np.asarray(self._failed, bool),
            mode=modes[np.asarray(self._mode, np.int64)],
            events={event: np.asarray(hits, bool) for event, hits in self._hits.items()},
        )

    def summary(
        self, hunt: Mapping[str, Any] | None = None, exposure: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return plain data: `odds` per event, and `failures`, the calls without outcome.

        Args:
            hunt: facts of the sampler, `about()`.
            exposure: of the scenario, as plain data.
        """
        return summary_of(self.columns(), hunt=hunt, exposure=exposure)


def _number(value: float | None) -> float:
    return np.nan if value is None else value
