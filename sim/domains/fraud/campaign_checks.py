"""What is wrong with a campaign beyond its single values: roles nobody fills, steps that cannot be gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.domains.fraud.campaign_fields import CASH
from sim.domains.fraud.categories import CATEGORIES
from sim.domains.fraud.presets import Preset
from sim.errors import did_you_mean

__all__ = ["campaign_faults"]

Fault = tuple[str, str]
"""Path from the campaign, and message."""

_SEGMENTS = ("student", "salaried", "pensioner", "self_employed", "business")
_REFERENCES = ("near", "visited", "known_to")
_CARDS = ("card_present", "card_not_present")
_MOSTLY = 0.5
"""From this share of payments by telephone on, a crime by card is told by its card."""
_AMONG = ("chain", "circle", "walk")
_HOW_MUCH = ("amount", "share", "of_available", "of_income", "of_reported", "of_price")


def campaign_faults(campaign: Mapping[str, Any], preset: Preset) -> Iterator[Fault]:
    """Yield (path, message) for everything in a campaign that cannot be, given its data as the file has it."""
    if campaign.get("rate") is None and campaign.get("rate_by_use") is None:
        yield "", "say how often: one of rate and rate_by_use is needed"
    roles = [role for role in campaign.get("roles") or () if isinstance(role, Mapping)]
    steps = [step for step in campaign.get("steps") or () if isinstance(step, Mapping)]
    if not roles:
        yield "roles", "a campaign needs roles"
    if not steps:
        yield "steps", "a campaign needs steps"
    known = {str(role.get("role")): role for role in roles}
    for number, role in enumerate(roles):
        earlier = [str(one.get("role")) for one in roles[:number]]
        for path, message in _role_faults(role, earlier, known, preset):
            yield f"roles.{number}{path}", message
    for number, step in enumerate(steps):
        for path, message in (*_step_faults(step, known), *_card_faults(step, preset)):
            yield f"steps.{number}{path}", message
    yield from _unused(roles, steps)
    victim = campaign.get("victim")
    if victim is not None and str(victim) not in known:
        yield "victim", _nobody(victim, known)


def _nobody(name: object, known: Mapping[str, Any] | Sequence[str]) -> str:
    if not known:
        return f"no role is called '{name}'"
    near = did_you_mean(str(name), list(known))
    hint = f".  Did you mean '{near}'?" if near else ""
    return f"no role is called '{name}', only {', '.join(known)}{hint}"


def _origin(role: Mapping[str, Any]) -> str:
    return str(role.get("from", "customer"))


# -- roles -------------------------------------------------------------------------------------------------


def _role_faults(
    role: Mapping[str, Any], earlier: Sequence[str], known: Mapping[str, Mapping[str, Any]], preset: Preset
) -> Iterator[Fault]:
    name = str(role.get("role"))
    if name == CASH:
        yield ".role", f"'{CASH}' stands for cash; a role needs another name"
    if name in earlier:
        yield ".role", f"the role '{name}' is there already"
    for key in _REFERENCES:
        if role.get(key) is not None and str(role[key]) not in earlier:
            yield f".{key}", f"it must name a role before this one: {', '.join(earlier) or 'there is none'}"
    if role.get("visited") is not None and str(role["visited"]) in known:
        if _origin(known[str(role["visited"])]) != "merchant":
            yield ".visited", f"'{role['visited']}' is no merchant"
        if _origin(role) != "customer":
            yield ".visited", "only customers visit merchants"
    if role.get("known_to") is not None and _origin(role) != "outside":
        yield ".known_to", "only somebody from outside is known to a customer"
    yield from _age_faults(role, preset)
    kind = str(role.get("kind", "any")).replace("_", " ")
    if role.get("place") == "online" and any(one.name == kind and one.online == 0.0 for one in CATEGORIES):
        yield ".place", f"there is no {kind} on the internet"


def _age_faults(role: Mapping[str, Any], preset: Preset) -> Iterator[Fault]:
    """Yield a fault where no customer of the segment has such an age."""
    youngest, oldest = role.get("youngest"), role.get("oldest")
    if not all(one is None or isinstance(one, int | float) for one in (youngest, oldest)):
        return
    low, high = float(youngest or 0.0), float(oldest if oldest is not None else 200.0)
    segment = str(role.get("segment", "any"))
    ages = [
        habits.ages for name, habits in zip(_SEGMENTS, preset.habits, strict=True) if segment in ("any", name)
    ]
    if low > high or not any(low <= most and high >= least for least, most in ages):
        whom = "customer" if segment == "any" else f"customer of the segment {segment}"
        span = ", ".join(f"{least} to {most}" for least, most in ages)
        key = "youngest" if youngest is not None else "oldest"
        yield f".{key}", f"nobody can play it: no {whom} of {preset.name} is of that age, but {span} years"


# -- steps -------------------------------------------------------------------------------------------------


def _step_faults(step: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    missing = False
    for side in ("from", "to"):
        name = step.get(side)
        if name is not None and str(name) != CASH and str(name) not in known:
            missing = True
            yield f".{side}", _nobody(name, known)
    if missing or step.get("from") is None:
        return
    sender, receiver = (_side(step.get(side), known) for side in ("from", "to"))
    channel = str(step.get("channel", "instant"))
    if channel == "login":
        if sender != "customer":
            yield ".from", "one logs in to the account of a customer"
        return
    if receiver is None:
        yield "", "say who receives it: 'to' is missing"
        return
    yield from _way_faults(sender, receiver, channel)
    among = str(step.get("pairs", "turns")) in _AMONG
    if among != (step.get("from") == step.get("to")):
        need = "one role among itself" if among else "chain, circle or walk, if a role pays itself"
        yield ".pairs", f"who pays whom: it needs {need}"
    if all(step.get(key) is None for key in _HOW_MUCH):
        yield "", f"say how much: one of {', '.join(_HOW_MUCH)} is needed"
    if step.get("of_price") is not None and "merchant" not in (sender, receiver):
        yield ".of_price", "only merchants have prices"


def _way_faults(sender: str | None, receiver: str | None, channel: str) -> Iterator[Fault]:
    """Yield faults of a way that money cannot go."""
    sides = (sender, receiver)
    if "customer" not in sides and (CASH in sides or "merchant" in sides):
        yield ".from", "neither side is a customer of this bank, so that nothing would be seen of it"
    if "merchant" in sides and channel not in (*_CARDS, "mobile_money", "cash"):
        yield ".channel", "merchants are paid by card, mobile money or, at a cash machine, in cash"
    if channel in _CARDS and "merchant" not in sides:
        yield ".channel", "a card is used at a merchant, and neither side is one"
    if channel == "cash" and not {CASH, "merchant"} & set(sides):
        yield ".channel", f"cash goes from or to '{CASH}', or from a cash machine"


def _card_faults(step: Mapping[str, Any], preset: Preset) -> Iterator[Fault]:
    """Yield a fault where a crime by card would stand alone, as hardly anybody has one."""
    if preset.phone > _MOSTLY and step.get("channel") in _CARDS:
        told = f"hardly anybody in {preset.name} pays by card, so that the card alone would give the crime away"
        yield ".channel", f"{told}; take mobile_money, or a crime of fraud/mobile_money"


def _side(name: object, known: Mapping[str, Mapping[str, Any]]) -> str | None:
    if name is None:
        return None
    return CASH if str(name) == CASH else _origin(known[str(name)])


def _unused(roles: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Yield a fault per role that no step and no other role names."""
    used = {str(step.get(side)) for step in steps for side in ("from", "to")}
    used |= {str(role.get(key)) for role in roles for key in _REFERENCES}
    for number, role in enumerate(roles):
        if str(role.get("role")) not in used and steps:
            yield f"roles.{number}.role", f"no step has the role '{role.get('role')}'"
