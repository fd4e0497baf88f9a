"""P2, P3 and P10: what small trees find must be little, and what boosted trees find must be enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.probe.areas import Area, area, effective_number, placements
from oddsmith.probe.findings import Measured
from oddsmith.probe.ranking import means_of
from oddsmith.probe.sample import Feature, Group, Sample, mixed

__all__ = ["Design", "average_precision", "learnable", "lift_limit", "recall_at", "small_trees"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_AREA_LIMIT, _PRECISION_FLOOR, _LIFT = 0.85, 0.05, 20.0
_RECALL_LIMIT, _PRECISION = 0.05, 0.9
_LEARNABLE = 0.85
_LEAST_POSITIVES = 25
"""Positives that five folds need at least; a tree grown on fewer tells nothing."""

_LEAST_CLUSTERS = 10
_MOST_OF_GROUP, _MOST_OF_ALL, _MOST_BOOSTED = 20_000, 100_000, 60_000
"""Rows that trees are grown on for a part, for all, and for boosted trees."""

_LEAF = 10
_MISSING = "oddsmith probe needs scikit-learn: pip install 'oddsmith[probe]'"


@dataclass(frozen=True)
class Design:
    """Features as a matrix for trees; words stand for their share of positives in the rows trained on."""

    features: tuple[Feature, ...]
    more: NDArray[np.float32]

    def matrix(self, train: NDArray[np.intp], rows: NDArray[np.intp], y: Flags, weight: Array) -> Array:
        """Return (m, f) numbers of some rows, learned from the training rows alone.

        Args:
            train: places of the rows trained on.
            rows: places of the rows wanted.
            y: (n,) labels of all rows.
            weight: (n,) weights of all rows.
        """
        columns = []
        for feature in self.features:
            if feature.kind == "word":
                codes = feature.values.astype(np.int64)
                columns.append(means_of(codes[train], y[train], weight[train], codes[rows]))
            else:
                columns.append(feature.values[rows].astype(np.float64))
        own = np.stack(columns, axis=1) if columns else np.zeros((len(rows), 0))
        return np.concatenate([own, self.more[rows]], axis=1)


@dataclass(frozen=True)
class _Scored:
    """Rows of a group with a score that was learned on other folds."""

    sample: Sample
    rows: NDArray[np.intp]
    y: Flags
    weight: Array
    score: Array

    def area(self, only: Flags | None = None) -> Area | None:
        """Return the area of the score, of some of the positives if wanted."""
        chosen = self.y if only is None else only & self.y
        others = ~self.y
        if not chosen.any():
            return None
        cluster = self.sample.cluster[self.rows]
        placed = placements(self.score[chosen], self.score[others], self.weight[others])
        return area(
            placed, self.score[chosen], self.weight[chosen], cluster[chosen], negatives=float(others.sum())
        )

    @property
    def positives(self) -> float:
        """Number of independent positives by their score."""
        _, code = np.unique(self.sample.cluster[self.rows][self.y], return_inverse=True)
        return effective_number(self.score[self.y], self.weight[self.y], code)

    @property
    def base(self) -> float:
        """Share of positives."""
        return float(self.weight[self.y].sum() / self.weight.sum())


def small_trees(sample: Sample) -> Iterator[Measured]:
    """Yield P2 and P3 of every group with enough positives.

    Raises:
        ImportError: scikit-learn is not installed.
    """
    design = Design(sample.features, np.zeros((len(sample), 0), np.float32))
    for group in sample.groups:
        if not _is_enough(sample, group):
            continue
        most = _MOST_OF_ALL if group.name == "" else _MOST_OF_GROUP
        yield from _of_depth_two(_cross_validated(sample, group, design, most, _tree(2)), group)
        yield from _of_depth_three(_cross_validated(sample, group, design, most, _tree(3)), group)


def learnable(sample: Sample) -> Iterator[Measured]:
    """Yield P10: what boosted trees make of all features, those of windows and the graph among them.

    Only the whole must be learnable; the parts are told by the note.

    Raises:
        ImportError: scikit-learn is not installed.
    """
    whole = sample.groups[0] if sample.groups and sample.groups[0].name == "" else None
    if whole is None or not _is_enough(sample, whole):
        return
    design = Design(sample.features, sample.windows)
    scored = _cross_validated(sample, whole, design, _MOST_BOOSTED, _boosted)
    found = scored.area()
    if found is None:
        return
    by_part = _by_part(sample, scored)
    yield Measured(
        "P10",
        "",
        "boosted trees",
        found.value,
        _LEARNABLE,
        _below(found),
        by_part,
        is_whole=True,
        is_least=True,
    )
    precision = average_precision(scored.y, scored.score, scored.weight)
    least = lift_limit(scored.base)
    yield Measured(
        "P10",
        "",
        "boosted trees.precision",
        precision,
        least,
        _precision_chance(precision, scored.positives, is_least=True),
        f"share of positives {scored.base:.2g}",
        is_whole=True,
        unit="AP",
        is_least=True,
    )


def lift_limit(base: float) -> float:
    """Return twenty times the share of positives, or half way from it to 1 where that is less."""
    return min(_LIFT * base, 0.5 * (1.0 + base))


def average_precision(y: Flags, score: Array, weight: Array) -> float:
    """Return the weighted mean precision over recalls; 0 without positives."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(y, score, sample_weight=weight)) if y.any() else 0.0


def recall_at(precision: float, y: Flags, score: Array, weight: Array) -> float:
    """Return the largest share of positives that a threshold finds at a precision or a better one."""
    order = np.argsort(-score, kind="stable")
    hits, all_of_them = np.cumsum((weight * y)[order]), np.cumsum(weight[order])
    is_end = np.append(np.diff(score[order]) != 0.0, True)
    good = is_end & (hits >= precision * all_of_them)
    return float(hits[good].max(initial=0.0) / max(hits[-1], 1e-300))


def _is_enough(sample: Sample, group: Group) -> bool:
    rows = group.positives
    clusters = len(np.unique(sample.cluster[rows]))
    folds_with_some = len(np.unique(sample.fold[rows]))
    is_there = int(rows.sum()) >= _LEAST_POSITIVES and clusters >= _LEAST_CLUSTERS and folds_with_some > 1
    return is_there and bool(sample.weight[group.negatives].any())


def _tree(depth: int) -> Callable[[Array, Flags, Array], Any]:
    """Return what grows a tree in which both classes weigh the same."""

    def fitted(x: Array, y: Flags, weight: Array) -> Any:
        try:
            from sklearn.tree import DecisionTreeClassifier
        except ImportError:
            raise ImportError(_MISSING) from None
        even = weight * np.where(y, 0.5 / weight[y].sum(), 0.5 / weight[~y].sum()) * len(y)
        tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=_LEAF, random_state=0)
        return tree.fit(x, y, sample_weight=even)

    return fitted


def _boosted(x: Array, y: Flags, weight: Array) -> Any:
    """Return boosted trees; they learn ranks and need no weights, which would make their bins slow."""
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
    except ImportError:
        raise ImportError(_MISSING) from None
    model = HistGradientBoostingClassifier(
        max_iter=80, max_leaf_nodes=15, learning_rate=0.1, early_stopping=False, random_state=0
    )
    return model.fit(x, y)


def _cross_validated(
    sample: Sample, group: Group, design: Design, most: int, fitted: Callable[[Array, Flags, Array], Any]
) -> _Scored:
    """Return scores of a group's rows, each from a model that was fitted to the other folds."""
    rows, scale = _thinned(group, most)
    y = sample.y[rows]
    weight = sample.weight[rows] * np.where(y, 1.0, scale)
    fold = sample.fold[rows]
    score = np.full(len(rows), float(weight @ y / weight.sum()))
    for part in np.unique(fold):
        is_train = fold != part
        train, test = rows[is_train], rows[~is_train]
        seen, own = y[is_train], weight[is_train]
        if not seen.any() or seen.all():
            continue
        with _one_thread():
            model = fitted(design.matrix(train, train, sample.y, sample.weight), seen, own)
            p = model.predict_proba(design.matrix(train, test, sample.y, sample.weight))[:, 1]
        score[~is_train] = p
    return _Scored(sample, rows, y, weight, score)


def _one_thread() -> Any:
    """Return a context in which scikit-learn keeps to one thread: on a busy machine more of them wait."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def _thinned(group: Group, most: int) -> tuple[NDArray[np.intp], float]:
    """Return the places of a group's rows, negatives thinned out, and what a negative's weight is raised by."""
    positives, negatives = np.flatnonzero(group.positives), np.flatnonzero(group.negatives)
    share = min(1.0, most / len(negatives))
    u = mixed(negatives.astype(np.uint64) + np.uint64(1 << 40)).astype(np.float64) / 2.0**64
    kept = negatives[u < share]
    kept = kept if len(kept) else negatives[:1]
    return np.sort(np.concatenate([positives, kept])), len(negatives) / len(kept)


def _of_depth_two(scored: _Scored, group: Group) -> Iterator[Measured]:
    found = scored.area()
    if found is None:
        return
    yield Measured(
        "P2", group.name, "tree", max(found.value, 0.5), _AREA_LIMIT, found.p_above, shares=group.shares
    )
    precision = average_precision(scored.y, scored.score, scored.weight)
    chance = _precision_chance(precision, scored.positives, is_least=False)
    limit = max(_PRECISION_FLOOR, lift_limit(scored.base))
    note = f"share of positives {scored.base:.2g}"
    yield Measured(
        "P2", group.name, "tree.precision", precision, limit, chance, note, shares=group.shares, unit="AP"
    )


def _of_depth_three(scored: _Scored, group: Group) -> Iterator[Measured]:
    """Yield the recall of a rule that is right nine times of ten; nothing where positives are the rule."""
    from scipy.special import bdtrc

    if scored.base > 0.5 * _PRECISION:
        return
    recall = recall_at(_PRECISION, scored.y, scored.score, scored.weight)
    n = scored.positives

    def chance(limit: float) -> float:
        hits = int(np.floor(recall * n))
        return float(bdtrc(hits - 1, int(max(np.floor(n), hits)), limit)) if hits else 1.0

    yield Measured(
        "P3",
        group.name,
        "depth3.recall",
        recall,
        _RECALL_LIMIT,
        chance,
        "at precision 0.9",
        shares=group.shares,
        unit="recall",
    )


def _by_part(sample: Sample, scored: _Scored) -> str:
    """Return the areas of the parts in words, the least learnable first."""
    found = []
    for group in sample.groups[1:]:
        if group.is_part:
            continue
        part = scored.area(group.positives[scored.rows])
        if part is not None:
            found.append((part.value, group.name))
    worst = ", ".join(f"{name} {value:.2f}" for value, name in sorted(found)[:4])
    return f"least: {worst}" if worst else ""


def _below(found: Area) -> Callable[[float], float]:
    """Return what tells how probable so small an area is: that of the others standing above."""
    turned = Area(1.0 - found.value, found.positives, found.negatives, found.spread)
    return lambda limit: turned.p_above(1.0 - limit)


def _precision_chance(value: float, positives: float, *, is_least: bool) -> Callable[[float], float]:
    """Return what tells how probable a mean precision is by chance where the true one is at a limit.

    Source: the logit interval of Boyd, Eng & Page (2013), taken at the limit.
    """
    from scipy.special import logit, ndtr

    def chance(limit: float) -> float:
        limit = float(np.clip(limit, 1e-9, 1.0 - 1e-9))
        spread = 1.0 / np.sqrt(max(positives, 1.0) * limit * (1.0 - limit))
        z = (logit(np.clip(value, 1e-9, 1.0 - 1e-9)) - logit(limit)) / spread
        return float(ndtr(z if is_least else -z))

    return chance
