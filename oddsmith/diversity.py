"""Tells one way into the event from another, so that an exported set is not many copies of one crash.

Where the user named no modes, the events of a hunt are cut into clusters: of the parameters that were drawn, as
normal scores, where a parameter counts the more the further the event has moved it from its natural law; or of
what the episodes came to. Each cluster becomes a stratum of its own, and strata share the episodes evenly.
Clusters change nothing but which calls are chosen: weights stay honest whatever they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.calls import ScoredCall
from oddsmith.event_features import FeatureSpace, feature_space
from oddsmith.hunt import Hunt, relabelled
from oddsmith.selection import Stratum
from sim.geometry import Array
from sim.scenario import Scenario

__all__ = ["Clusters", "clustered"]

_LARGEST = 8
"""Clusters at most: as many as people tell apart at a glance."""

_SMALLEST = 25
"""Events per cluster at least, on average."""

_FITTED = 1_500
"""Events that clusters are found from; the others join the nearest."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of events.

    Args:
        by: "parameters" or "signals".
        features: (f,) names.
        shift: (f,) what is subtracted from a feature.
        scale: (f,) what it is then multiplied with; 0 for one that does not count.
        centres: (k, f) of the scaled features.
    """

    by: str
    features: tuple[str, ...]
    shift: Array
    scale: Array
    centres: Array

    def nearest(self, raw: Array) -> NDArray[np.int64]:
        """Return (n,) the nearest cluster of (n, f) raw features."""
        points = self.scaled(raw)
        distance = ((points[:, None, :] - self.centres[None]) ** 2).sum(axis=2)
        return np.asarray(np.argmin(distance, axis=1), np.int64)

    def scaled(self, raw: Array) -> Array:
        """Return (n, f) features as distances are taken of them; an unknown one is in the middle."""
        return np.clip(np.nan_to_num((raw - self.shift) * self.scale, posinf=4.0, neginf=-4.0), -4.0, 4.0)

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "by": self.by,
            "features": list(self.features),
            "shift": self.shift.tolist(),
            "scale": self.scale.tolist(),
            "centres": self.centres.tolist(),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Clusters:
        """Return what `to_data` described."""
        arrays = (np.asarray(data[key], float) for key in ("shift", "scale", "centres"))
        return cls(data["by"], tuple(data["features"]), *arrays)


def clustered(found: Hunt, scenario: Scenario, frozen: Clusters | None = None) -> tuple[Hunt, Clusters | None]:
    """Return a hunt whose events stand in strata of their own per way into them, as the scenario wants it.

    Args:
        found: the hunt, its strata by the scenario's modes.
        scenario: what was hunted.
        frozen: clusters of an earlier part of the hunt; None to find them now.

    Returns:
        The hunt, and the clusters; None where there are modes, no diversity is wanted, or events are too few
        to tell any apart.
    """
    by = scenario.sampling.diversity
    if by == "modes":
        return found, None
    found = _without_modes(found)
    is_event = np.array([one.kind == "event" for one in found.strata], bool)[found.stratum] & ~found.failed
    if by == "none" or not is_event.any():
        return found, None
    space = feature_space(by, scenario, found.measures)
    raw = space.of(_events(found, is_event))
    clusters = frozen or _fitted(by, space, raw[_exportable(found)[is_event]])
    return (_in_clusters(found, is_event, clusters.nearest(raw)), clusters) if clusters else (found, None)


def _exportable(found: Hunt) -> NDArray[np.bool_]:
    """Return (n,) whether a call may become an episode."""
    may = np.zeros(len(found), bool)
    may[found.candidates("population").call] = True
    return may


def _events(found: Hunt, is_event: NDArray[np.bool_]) -> Iterator[ScoredCall]:
    return (one for one, wanted in zip(found.scored(), is_event.tolist(), strict=True) if wanted)


def _without_modes(found: Hunt) -> Hunt:
    """Return the hunt in strata by kind alone."""
    kinds = tuple(dict.fromkeys(Stratum(one.kind) for one in found.strata))
    places = np.array([kinds.index(Stratum(one.kind)) for one in found.strata], np.int64)
    return relabelled(found, kinds, places[found.stratum])


def _in_clusters(found: Hunt, is_event: NDArray[np.bool_], nearest: NDArray[np.int64]) -> Hunt:
    present = np.unique(nearest)
    strata = (*found.strata, *(Stratum("event", f"cluster_{k + 1}") for k in present))
    stratum = found.stratum.copy()
    stratum[is_event] = len(found.strata) + np.searchsorted(present, nearest)
    return relabelled(found, strata, stratum)


def _fitted(by: str, space: FeatureSpace, raw: Array) -> Clusters | None:
    """Find clusters by Ward's method, the largest first.

    Source: Ward (1963), hierarchical grouping to optimize an objective function.
    """
    if len(raw) < 2 * _SMALLEST:
        return None
    from scipy.cluster.hierarchy import fcluster, linkage

    shift, scale = space.scaling(raw)
    if not scale.any():
        return None
    blank = Clusters(by, space.features, shift, scale, np.empty((0, len(scale))))
    points = blank.scaled(raw)
    few = points[np.unique(np.linspace(0, len(points) - 1, min(len(points), _FITTED)).astype(int))]
    count = min(_LARGEST, len(points) // _SMALLEST)
    label = fcluster(linkage(few, "ward"), count, "maxclust")
    sizes = {k: int((label == k).sum()) for k in np.unique(label).tolist()}
    order = sorted(sizes, key=lambda k: (-sizes[k], k))
    if len(order) < 2:
        return None
    return Clusters(by, space.features, shift, scale, np.array([few[label == k].mean(axis=0) for k in order]))
