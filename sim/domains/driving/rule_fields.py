"""The traffic rules that a run is judged by, as events name them."""

from __future__ import annotations

from sim.domains.base import PredicateDeclaration

__all__ = ["FAR", "RULES", "RULE_PREDICATES"]

_ONE = ("any",)
FAR = -100.0
"""Margin of a rule that has nothing to say of a body."""

RULES: dict[str, str] = {
    "runs_red_light": "a vehicle passes its stop line on red or red and amber; the margin is for how many "
    "seconds it has been red then, -100 before that and wherever a rule has nothing to say. Blue lights are "
    "exempt",
    "fails_to_yield": "a vehicle passes its stop line although somebody with priority would have to brake for "
    "it; the margin is the constant braking that keeps the other out of the place both need until it is left, "
    "less 2 m/s2, over 1 m/s2",
    "speeds": "a vehicle drives faster than the posted limit; the margin is its speed less the limit and a "
    "tolerance of 3 km/h (3 % above 100 km/h), over 1 m/s",
    "leaves_road": "a wheel of a vehicle is beyond what is paved of a highway or street; the margin is by how "
    "much, over 0.5 m",
    "drives_wrong_way": "a vehicle is in lanes for the other direction and does not overtake (with somebody "
    "within 100 m in its own lanes, over a broken line); the margin is how far its middle is in, over 0.5 m",
    "crosses_solid_line": "a vehicle reaches over a solid line between lanes of a highway or street; the "
    "margin is by how much, over 0.5 m",
}
"""Predicate of each rule -> when it holds and its margin."""

RULE_PREDICATES: dict[str, PredicateDeclaration] = {
    **{name: PredicateDeclaration(_ONE, f"{doc}; its largest so far") for name, doc in RULES.items()},
    "rule_violation": PredicateDeclaration(
        _ONE, "any of the rules is broken; the largest of their margins so far"
    ),
}
