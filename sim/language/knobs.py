"""The numbers in laws that could be turned: each with the law that turning it a little would make.

Wanted for elasticities: how a rate answers to a law's parameter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from sim.geometry import Array
from sim.language.densities import Densities
from sim.language.law_builder import build_law, is_constant
from sim.language.plan import Given, LawSpec, Source
from sim.laws.base import LawError
from sim.laws.dependence import GaussianCopula
from sim.laws.table import TABLE

__all__ = ["Knob", "knobs_of", "score_of"]

_NUDGE = 1e-4
"""Step of the numerical derivative, in units of the knob's step."""

_BY_NUMBER = ("choice", "mixture")
"""Laws each of whose weights is a knob; of a histogram's there are too many to tell of each."""


class _SupportMoves(ValueError):
    """Turning the knob moves an end of the support, where densities have no derivative, or is not possible."""


@dataclass(frozen=True)
class Knob:
    """One number of one law, or one correlation.

    Args:
        parameter: the drawn parameter; of a copula, those it couples, joined by " and ".
        argument: which number: "sigma", "fog" of a choice, "clear.sigma" of a `given`, "rho". A weight that is
            turned leaves the sum of weights as it is: the others give way in proportion.
        value: what it is, in SI.
        step: what turning it by one unit adds: its own value, or the law's standard deviation.
        scale: "relative", "deviations" (of the law, where the value may be 0 or of either sign), or
            "correlation" (from -1 to 1).
        path: where it stands in the source.
        has_unit: whether it is a quantity in the unit of the parameter.
    """

    parameter: str
    argument: str
    value: float
    step: float
    scale: Literal["relative", "deviations", "correlation"]
    path: tuple[str | int, ...]
    has_unit: bool = False


def knobs_of(densities: Densities) -> tuple[Knob, ...]:
    """Return all knobs of a scenario's once-per-episode laws and of its copulas, in the order of the file."""
    found = []
    for name, leaf in densities.leaves.items():
        assert leaf.source is not None
        found += [
            knob
            for path, value, spec in _numbers(leaf.source, ())
            if (knob := _knob(name, path, value, spec)) is not None
        ]
    for copula, _ in densities.resolution.copulas:
        found += list(_correlations(copula))
    return tuple(found)


def score_of(knob: Knob, densities: Densities) -> Array | None:
    """Return (n,) derivatives of the joint log density by the knob, per step of it.

    None where there is none: turning it moves the support, makes the law impossible, or acts on a discrete
    parameter of a copula.
    """
    try:
        up, down = (_density(knob, densities, sign * _NUDGE * knob.step) for sign in (1.0, -1.0))
    except (LawError, ValueError):
        return None
    with np.errstate(invalid="ignore"):
        score = (up - down) / (2.0 * _NUDGE)
    return score if np.isfinite(score).all() else None


# -- finding knobs -----------------------------------------------------------------------------------------


def _numbers(
    source: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], float, LawSpec]]:
    """Yield the place and value of every number in a source, with the innermost law it stands in."""
    if isinstance(source, Given):
        for word, branch in source.branches.items():
            yield from _numbers(branch, (*path, word))
    if not isinstance(source, LawSpec):
        return
    for name, argument in source.arguments.items():
        for key, value in _parts(name, argument):
            if isinstance(value, LawSpec):
                yield from _numbers(value, (*path, *key))
            elif isinstance(value, float | int) and (len(key) == 1 or source.name in _BY_NUMBER):
                yield (*path, *key), float(value), source
    for name in ("times", "plus"):
        value = getattr(source, name)
        if isinstance(value, float | int):
            yield (*path, name), float(value), source


def _parts(name: str, argument: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(argument, Mapping):
        yield from (((name, key), value) for key, value in argument.items())
    elif isinstance(argument, tuple):
        yield from (((name, i), value) for i, value in enumerate(argument))
    elif argument is not None:
        yield (name,), argument


def _knob(parameter: str, path: tuple[str | int, ...], value: float, spec: LawSpec) -> Knob | None:
    """Return the knob of a number; None where it has no scale to be turned by."""
    label = ".".join(str(part) for part in path if part != "options")
    declared = TABLE[spec.name].argument(str(path[-1]))
    has_unit = path[-1] == "plus" or (declared is not None and declared.kind in ("value", "spread"))
    if _is_location(spec, path):
        step = _deviation(spec)
        return Knob(parameter, label, value, step, "deviations", path, has_unit) if step else None
    return Knob(parameter, label, value, value, "relative", path, has_unit) if value > 0.0 else None


def _is_location(spec: LawSpec, path: tuple[str | int, ...]) -> bool:
    """Return whether a number places the law where its values may have either sign."""
    if path[-1] == "plus":
        return True
    declared = TABLE[spec.name].argument(str(path[-1]))
    if declared is None or declared.kind != "value" or not is_constant(spec):
        return False
    law = build_law(replace(spec, within=None, least=None, most=None))
    return bool(law.low < 0.0)


def _deviation(spec: LawSpec) -> float:
    """Return the standard deviation of a law without its truncation; 0 where that is not known."""
    if not is_constant(spec):
        return 0.0
    variance = build_law(replace(spec, within=None, least=None, most=None)).variance
    return math.sqrt(variance) if 0.0 < variance < math.inf else 0.0


def _correlations(copula: GaussianCopula) -> Iterator[Knob]:
    """Yield one knob for a common correlation, or one per pair."""
    d = len(copula.of)
    pairs = [(i, j) for i in range(d) for j in range(i)]
    values = [copula.correlation[i][j] for i, j in pairs]
    if len(set(values)) == 1:
        yield Knob(" and ".join(copula.of), "rho", values[0], 1.0, "correlation", copula.of)
        return
    for (i, j), value in zip(pairs, values, strict=True):
        name = f"{copula.of[j]} and {copula.of[i]}"
        yield Knob(name, "rho", value, 1.0, "correlation", (*copula.of, i, j))


# -- turning them ------------------------------------------------------------------------------------------


def _density(knob: Knob, densities: Densities, by: float) -> Array:
    """Return (n,) the part of the joint log density that a knob has a hand in, the knob turned."""
    if knob.scale == "correlation":
        return _turned_copula(knob, densities, by)
    own = densities.leaves[knob.parameter].source
    assert isinstance(own, Source)
    source = _turned(own, knob.path, knob.value + by)
    if densities.supports(knob.parameter) != densities.supports(knob.parameter, source):
        raise _SupportMoves
    total = densities.log_prob(knob.parameter, source)
    for copula in densities.copulas_of(knob.parameter):
        total = total + densities.log_copula(copula, {knob.parameter: source})
    return total


def _turned(source: Any, path: tuple[str | int, ...], value: float) -> Any:
    """Return a source with the number at the end of a path replaced."""
    if not path:
        return value
    head, *rest = path
    after = tuple(rest)
    if isinstance(source, Given):
        branches = {**source.branches, str(head): _turned(source.branches[str(head)], after, value)}
        return replace(source, branches=branches)
    if isinstance(source, LawSpec):
        if head in ("times", "plus"):
            return replace(source, times=value) if head == "times" else replace(source, plus=value)
        turned = _turned(source.arguments[str(head)], after, value)
        return replace(source, arguments={**source.arguments, str(head): turned})
    if isinstance(source, Mapping):
        return dict(zip(source, _shared(list(source.values()), list(source).index(head), value), strict=True))
    assert isinstance(head, int)
    if after:
        return (*source[:head], _turned(source[head], after, value), *source[head + 1 :])
    return _shared(source, head, value)


def _shared(weights: Sequence[float], k: int, value: float) -> tuple[float, ...]:
    """Return weights with one replaced and the others scaled, so that the sum stays."""
    others = math.fsum(weights) - weights[k]
    if not others > 0.0:
        raise _SupportMoves  # the only option cannot become more probable
    scale = (others + weights[k] - value) / others
    return tuple(value if i == k else weight * scale for i, weight in enumerate(weights))


def _turned_copula(knob: Knob, densities: Densities, by: float) -> Array:
    names = tuple(part for part in knob.path if isinstance(part, str))
    places = [part for part in knob.path if isinstance(part, int)]
    copula = next(one for one, _ in densities.resolution.copulas if one.of == names)
    d = len(names)
    chosen = [tuple(places)] if places else [(i, j) for i in range(d) for j in range(i)]
    matrix = np.array(copula.correlation)
    for i, j in chosen:
        matrix[i, j] = matrix[j, i] = matrix[i, j] + by
    return densities.log_copula(GaussianCopula(names, tuple(map(tuple, matrix.tolist()))))
