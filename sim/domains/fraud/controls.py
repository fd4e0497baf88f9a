"""The controls of an episode: rules and those who look at alerts, as kernels take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.codes import CHANNELS
from sim.domains.fraud.control_fields import ABOUT, ACTIONS, BY
from sim.domains.fraud.presets import Preset

__all__ = ["USUAL", "Controls", "controls_of"]

_MINOR = 100.0
_MS = 1000.0
_HOUR, _DAY = 3600.0, 86400.0

USUAL: Mapping[str, Mapping[str, Any]] = {
    "card_elsewhere": {"about": "card", "action": "block", "elsewhere": 2 * _HOUR},
    "card_declines": {"about": "card", "action": "block", "declined": 2, "within": 0.5 * _HOUR},
    "card_large_abroad": {"about": "card", "action": "step_up", "abroad": True, "times_usual": 25.0},
    "card_new_device": {
        "about": "card", "action": "step_up", "channel": "card_not_present", "new_device": True, "over": 120.0,
    },
    "card_large_online": {
        "about": "card", "action": "step_up", "channel": "card_not_present", "times_usual": 30.0,
    },
    "card_often": {"about": "card", "action": "alert", "more_than": 6, "within": _HOUR},
    "new_device": {
        "about": "transfer", "action": "step_up", "new_device": True, "new_payee": True, "over": 100.0,
    },
    "new_payee": {"about": "transfer", "action": "step_up", "new_payee": True, "over": 2500.0},
    "passes_on": {"about": "transfer", "passed_on": 0.8, "total": 1200.0, "within": 2 * _DAY},
    "outlier": {"about": "transfer", "times_usual": 150.0, "over": 1500.0},
    "transfers_often": {"about": "transfer", "more_than": 6, "within": 2 * _HOUR},
    "many_payers": {"about": "arrival", "more_than": 7, "within": 2 * _DAY, "total": 1500.0},
    "below_threshold": {
        "about": "deposit", "over": 6000.0, "under": 10000.0, "more_than": 1, "within": 8 * _DAY,
    },
}  # fmt: skip
"""Name -> conditions of the usual rules; amounts in EUR of the euro area, times in seconds. Assumptions."""


@dataclass(frozen=True)
class Controls:
    """Controls of an episode.

    Args:
        names: of the rules, in the order of their numbers.
        rules: (R, RULE) what they look at and do.
        desk: (DESK,) numbers of those who look at alerts.
    """

    names: tuple[str, ...]
    rules: np.ndarray
    desk: np.ndarray


def controls_of(settings: Mapping[str, Any] | None, preset: Preset) -> Controls:
    """Return the controls that a scenario's `controls:` asks for; none without that section."""
    if settings is None:
        return Controls((), np.empty((0, c.RULE)), np.zeros(c.DESK))
    rows = {str(one["id"]): _row(one, 1.0) for one in settings["rules"]}
    if settings["usual"]:
        rows |= {name: _row(one, _level(name, preset)) for name, one in USUAL.items() if name not in rows}
    return Controls(tuple(rows), np.array(list(rows.values())).reshape(-1, c.RULE), _desk(settings))


def _level(name: str, preset: Preset) -> float:
    """Return what amounts of a usual rule are multiplied with: prices, or what the law says of cash."""
    if name != "below_threshold":
        return preset.price_level
    return preset.reported / float(USUAL[name]["under"])


def _row(rule: Mapping[str, Any], level: float) -> np.ndarray:
    """Return a rule as kernels take it.

    Args:
        rule: its conditions; those that are not there hold always.
        level: what its amounts are multiplied with.
    """
    row = np.zeros(c.RULE)
    row[c.ABOUT] = list(ABOUT).index(rule["about"])
    row[c.ACTION] = list(ACTIONS).index(rule.get("action", "alert"))
    for column, key in ((c.OVER, "over"), (c.UNDER, "under"), (c.TOTAL, "total")):
        amount = rule.get(key)
        row[column] = (np.inf if key == "under" else 0.0) if amount is None else amount * level * _MINOR
    for column, key in ((c.TIMES, "times_usual"), (c.OFTEN, "more_than"), (c.PASSED_ON, "passed_on"),
                        (c.DECLINED, "declined")):  # fmt: skip
        row[column] = rule.get(key) or 0.0
    for column, key in ((c.SPAN, "within"), (c.ELSEWHERE, "elsewhere")):
        row[column] = (rule.get(key) or 0.0) * _MS
    for column, key in ((c.NEW_PAYEE, "new_payee"), (c.NEW_DEVICE, "new_device"), (c.ABROAD, "abroad")):
        row[column] = float(rule.get(key, False))
    channel = rule.get("channel", "any")
    row[c.THROUGH] = -1 if channel == "any" else CHANNELS.index(channel)
    return row


def _desk(settings: Mapping[str, Any]) -> np.ndarray:
    team = settings["investigators"]
    desk = np.zeros(c.DESK)
    desk[c.REVIEW], desk[c.SPREAD] = max(team["after"] * _MS, 1.0), team["spread"]
    for k, name in enumerate(BY):
        desk[c.CONFIRMS + k], desk[c.PASSES + k] = team["confirms"][name], settings["passes"][name]
    desk[c.RENEWAL], desk[c.QUIET] = team["card_renewal"] * _MS, team["quiet"] * _MS
    desk[c.UNRECOGNISED], desk[c.ACQUAINTED] = settings["unrecognised"], settings["acquainted"]
    return desk
