"""Features of windows and of the graph: what a fraud team would compute from a row's past.

Rows are followed in time order, and for every entity of a row (payer, payee, card…) decayed counts and sums are
kept per window, so memory grows with entities and never with rows. A row's features are those just before it:

- `NAME.since`, `NAME.count_W`, `NAME.sum_W`: time since its last row, rows and money in about the last W;
- `NAME.ratio`: the row's amount against the entity's mean so far (of logs);
- `NAME.partners`: with how many different others it has met;
- `NAME+OTHER.met`, `.since`: how often and when this pair was seen before.

Where two columns name the same kind of entity (payer and payee are both accounts), an entity's rows in either
role count apart, and both are features: money that came in an hour before it goes out.

Source of decayed windows: exponentially weighted counts as in Whitrow et al. (2009), transaction aggregation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numba as nb
import numpy as np
from numpy.typing import NDArray

__all__ = ["Past", "feature_names", "window_names", "windows_of"]

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

_DAY = 86_400.0
_LEAST_SPAN = 3.0 * _DAY
_NATURAL = ((3600.0, "1h"), (_DAY, "1d"), (14.0 * _DAY, "14d"))
_SHARES = ((0.001, "short"), (0.03, "middle"), (0.5, "long"))

_WINDOWS = 3
_LAST, _COUNT, _SUM = 0, 1, 1 + _WINDOWS
_N, _MEAN, _PARTNERS = 1 + 2 * _WINDOWS, 2 + 2 * _WINDOWS, 3 + 2 * _WINDOWS
_STATE = 4 + 2 * _WINDOWS
"""Numbers kept of one entity in one role: last moment, counts, sums, rows, mean log amount, partners."""
_SEEN = 3 + 2 * _WINDOWS
"""Features of one entity in one role."""

_PAIR_SLOTS = 1 << 20
"""Pairs that are remembered; a pair that lands where another stood takes its place."""


def windows_of(span: float) -> tuple[tuple[float, str], ...]:
    """Return (length [s], name) of the windows for rows that span some seconds."""
    if span >= _LEAST_SPAN:
        return _NATURAL
    return tuple((max(share * span, 1e-9), name) for share, name in _SHARES)


def window_names(windows: Sequence[tuple[float, str]]) -> list[str]:
    """Return the names of an entity's features in one role."""
    counts = [f"count_{name}" for _, name in windows]
    return ["since", *counts, *(f"sum_{name}" for _, name in windows), "ratio", "partners"]


def feature_names(
    entities: Sequence[str], domains: Sequence[int], windows: Sequence[tuple[float, str]]
) -> tuple[str, ...]:
    """Return the names of all features, in the order that `Past.follow` gives them."""
    own = window_names(windows)
    names = []
    for c, entity in enumerate(entities):
        for r, role in enumerate(entities):
            if domains[c] == domains[r]:
                told = entity if c == r else f"{entity} as {role}"
                names += [f"{told}.{one}" for one in own]
    for other in entities[1:]:
        names += [f"{entities[0]}+{other}.met", f"{entities[0]}+{other}.since"]
    return tuple(names)


class Past:
    """What is remembered of the rows so far; grows with the number of entities."""

    def __init__(self, domains: Sequence[int], windows: Sequence[tuple[float, str]]) -> None:
        """Remember nothing yet.

        Args:
            domains: which kind of entity each column names; columns of one kind share codes.
            windows: (length [s], name) of each.
        """
        self._domains = np.array(domains, np.int64)
        self._lengths = np.array([length for length, _ in windows])
        self._states = [np.zeros((0, _STATE)) for _ in domains]
        pairs = max(len(domains) - 1, 0)
        self._pair_keys = np.zeros((pairs, _PAIR_SLOTS), np.uint64)
        self._pair_counts = np.zeros((pairs, _PAIR_SLOTS), np.float32)
        self._pair_last = np.zeros((pairs, _PAIR_SLOTS))
        same = int((self._domains[:, None] == self._domains[None, :]).sum())
        self._width = same * _SEEN + 2 * pairs

    def follow(self, t: Array, amount: Array, codes: Codes) -> NDArray[np.float32]:
        """Return (n, f) features of rows in time order, and remember the rows.

        Args:
            t: (n,) moments [s].
            amount: (n,) what is summed; nan counts as 0.
            codes: (n, c) code of each row's entity per column; -1 for none.
        """
        out = np.full((len(t), self._width), np.nan, np.float32)
        if not len(self._domains):
            return out
        for c, domain in enumerate(self._domains):
            self._make_room(c, int(codes[:, self._domains == domain].max(initial=-1)) + 1)
        _follow(
            tuple(self._states),
            (self._pair_keys, self._pair_counts, self._pair_last),
            self._domains,
            t,
            np.abs(np.nan_to_num(amount)),
            np.ascontiguousarray(codes),
            self._lengths,
            out,
        )
        return out

    def _make_room(self, c: int, entities: int) -> None:
        have = len(self._states[c])
        if entities > have:
            larger = np.zeros((max(entities, 2 * have, 1024), _STATE))
            larger[:have] = self._states[c]
            self._states[c] = larger


@nb.njit(cache=True, nogil=True)
def _follow(states, pairs, domains, t, size, codes, lengths, out):  # type: ignore[no-untyped-def]
    """Write each row's features before its entities' states take the row in."""
    keys, counts, last = pairs
    columns = codes.shape[1]
    for i in range(codes.shape[0]):
        k = 0
        for c in range(columns):
            for r in range(columns):
                if domains[c] == domains[r]:
                    if codes[i, c] >= 0:
                        _tell(states[r][codes[i, c]], t[i], size[i], lengths, out[i, k : k + _SEEN])
                    k += _SEEN
        for other in range(1, columns):
            a, b = codes[i, 0], codes[i, other]
            if a >= 0 and b >= 0:
                key = _mixed(np.uint64(a) << np.uint64(32) ^ np.uint64(b))
                slot = key & np.uint64(_PAIR_SLOTS - 1)
                is_known = keys[other - 1, slot] == key
                if not is_known:
                    keys[other - 1, slot] = key
                    counts[other - 1, slot] = 0.0
                    states[other][b, _PARTNERS] += 1.0
                    if other == 1:
                        states[0][a, _PARTNERS] += 1.0
                out[i, k] = counts[other - 1, slot]
                out[i, k + 1] = t[i] - last[other - 1, slot] if is_known else np.nan
                counts[other - 1, slot] += 1.0
                last[other - 1, slot] = t[i]
            k += 2
        for r in range(columns):
            if codes[i, r] >= 0:
                _take(states[r][codes[i, r]], t[i], size[i], lengths)


@nb.njit(cache=True, nogil=True)
def _tell(state, t, size, lengths, out):  # type: ignore[no-untyped-def]
    """Write the features of one entity in one role."""
    is_new = state[_N] == 0.0
    gap = max(t - state[_LAST], 0.0)
    out[0] = np.nan if is_new else gap
    for w in range(_WINDOWS):
        kept = 0.0 if is_new else np.exp(-gap / lengths[w])
        out[1 + w] = state[_COUNT + w] * kept
        out[1 + _WINDOWS + w] = state[_SUM + w] * kept
    out[1 + 2 * _WINDOWS] = np.nan if is_new else np.log1p(size) - state[_MEAN]
    out[2 + 2 * _WINDOWS] = state[_PARTNERS]


@nb.njit(cache=True, nogil=True)
def _take(state, t, size, lengths):  # type: ignore[no-untyped-def]
    """Take a row into the state of one entity in one role."""
    gap = max(t - state[_LAST], 0.0)
    for w in range(_WINDOWS):
        kept = 0.0 if state[_N] == 0.0 else np.exp(-gap / lengths[w])
        state[_COUNT + w] = state[_COUNT + w] * kept + 1.0
        state[_SUM + w] = state[_SUM + w] * kept + size
    state[_N] += 1.0
    state[_MEAN] += (np.log1p(size) - state[_MEAN]) / state[_N]
    state[_LAST] = max(t, state[_LAST]) if state[_N] > 1.0 else t


@nb.njit(cache=True, nogil=True)
def _mixed(z):  # type: ignore[no-untyped-def]
    """Return evenly spread bits of a number, never 0 (SplitMix64, Steele et al. 2014)."""
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) | np.uint64(1) << np.uint64(63)
