"""From what shakes a machine to what its sensor's analogue filter lets through: the kernel.

The signal is made at twice the sampling rate and filtered as an analogue anti-alias filter would; then every
second sample is kept. What lies above half the rate is attenuated, and only what is left of it folds back.
A window is the sum of a table over two turns of the shaft (whatever repeats with it), impulses that ring in one
resonance of the structure, and broadband noise, which may swell with the angle of the shaft.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numba as nb
import numpy as np
from scipy.signal import butter

from renderers.signals.randomness import QUANTILES, fill_normals
from sim.geometry import Array

__all__ = ["CHUNK", "OVERSAMPLING", "Excitation", "Resonance", "anti_alias", "ring_taps", "synthesise"]

OVERSAMPLING = 2
CHUNK = 256
"""Samples at the higher rate between two of which the phase of the shaft is linear (5 ms at 51.2 kHz)."""

_SECTIONS = 4
_NOISE, _JITTER = 1, 2


@dataclass(frozen=True)
class Resonance:
    """A mode of the structure that impacts excite: exp(-2 pi f z t) sin(2 pi f t).

    Args:
        frequency: f [Hz].
        damping: z, share of critical.
    """

    frequency: float
    damping: float

    @property
    def decay(self) -> float:
        """Rate at which its ringing decays [1/s]."""
        return 2.0 * math.pi * self.frequency * self.damping


@dataclass(frozen=True)
class Excitation:
    """What a window is made of, on the clock of the higher rate, whose sample 0 is `lead` samples before it.

    Args:
        turns: (C + 1,) phase of the shaft [turns] at the ends of the chunks.
        waves: (ratio, table) of every shaft, which makes `ratio` turns per turn of the machine's: (M + 1,) one
            value per step over two of its turns, M a power of two, the last equal to the first.
        swell: the same for the standard deviation of the noise; a table of (1,) where it never changes.
        hits: (H,) moments of impacts [samples], ascending.
        strengths: (H,) their peak values.
        resonance: what they ring in.
        lead: samples before the window, in which filters settle; a multiple of CHUNK.
        jitter: standard deviation of the moment of sampling [samples of the higher rate].
    """

    turns: Array
    waves: tuple[tuple[float, Array], ...]
    swell: tuple[float, Array]
    hits: Array
    strengths: Array
    resonance: Resonance
    lead: int
    jitter: float = 0.0


@lru_cache(maxsize=64)
def anti_alias(order: int, cutoff: float) -> Array:
    """Return (4, 6) second-order sections of a Butterworth low-pass at the higher rate, padded with identities.

    Args:
        order: 1 to 8 poles.
        cutoff: frequency at -3 dB, as a share of the sampling rate.
    """
    sections = np.zeros((_SECTIONS, 6))
    sections[:, [0, 3]] = 1.0
    designed = butter(order, cutoff * 2.0 / OVERSAMPLING, output="sos")
    sections[: len(designed)] = designed
    return sections


def ring_taps(resonance: Resonance, rate: float) -> tuple[float, float]:
    """Return (c1, c2) of y[n] = c1 y[n-1] + c2 y[n-2], which continues a decaying sine exactly."""
    radius = math.exp(-resonance.decay / rate)
    return 2.0 * radius * math.cos(2.0 * math.pi * resonance.frequency / rate), -radius * radius


def synthesise(excitation: Excitation, count: int, *, rate: float, sections: Array, key: Any) -> Array:
    """Return (count,) samples of a window, before the sensor's electronics.

    Args:
        excitation: what there is to hear.
        count: samples of the window, at most half of what `turns` spans after `lead`.
        rate: sampling rate [Hz].
        sections: of the anti-alias filter.
        key: of the noise.
    """
    fast = rate * OVERSAMPLING
    index, first, second = _pushes(excitation, fast)
    out = np.empty(count)
    ratios = np.array([ratio for ratio, _ in excitation.waves])
    tables = [np.empty(0), *(table for _, table in excitation.waves)]
    ends = np.cumsum([len(table) for table in tables])
    c1, c2 = ring_taps(excitation.resonance, fast)
    _synthesise(
        out, excitation.turns, ratios, ends, np.concatenate(tables), *excitation.swell, index, first, second,
        c1, c2, excitation.lead, excitation.jitter, sections, key, QUANTILES,
    )  # fmt: skip
    return out


def _pushes(excitation: Excitation, fast: float) -> tuple[np.ndarray, Array, Array]:
    """Return (index, first, second): two inputs to the recursion after each hit make it ring from there on."""
    index = np.ceil(excitation.hits).astype(np.int64)
    since = (index - excitation.hits) / fast
    decay, omega = excitation.resonance.decay, 2.0 * math.pi * excitation.resonance.frequency
    c1, _ = ring_taps(excitation.resonance, fast)

    def response(t: Array) -> Array:
        return excitation.strengths * np.exp(-decay * t) * np.sin(omega * t)

    first = response(since)
    return index, first, response(since + 1.0 / fast) - c1 * first


@nb.njit(cache=True, nogil=True)
def _synthesise(
    out: Array, turns: Array, ratios: Array, ends: np.ndarray, waves: Array, swelling: float, swell: Array,
    index: np.ndarray, first: Array, second: Array, c1: float, c2: float, lead: int, jitter: float,
    sections: Array, key: np.uint64, quantiles: Array,
) -> None:  # fmt: skip
    """Fill `out` chunk by chunk, so that everything between stays in the first cache."""
    fast = np.empty(CHUNK)
    words = np.empty(CHUNK, np.uint32)
    shifts = np.zeros(CHUNK // OVERSAMPLING)
    states = np.zeros((_SECTIONS, 2))
    y1 = y2 = carry = before = 0.0
    hit = written = chunk = 0
    while written < out.shape[0]:
        fill_normals(key, _NOISE, chunk * CHUNK // 4, quantiles, words, fast)
        here, there = turns[chunk], turns[chunk + 1]
        _scale(fast, swell, swelling * here, swelling * there)
        for w in range(ratios.shape[0]):
            _add_wave(fast, waves[ends[w] : ends[w + 1]], ratios[w] * here, ratios[w] * there)
        y1, y2, carry, hit = _add_ringing(fast, chunk * CHUNK, index, first, second, c1, c2, y1, y2, carry, hit)
        _filter(fast, sections, states)
        if chunk * CHUNK >= lead:
            kept = min(CHUNK // OVERSAMPLING, out.shape[0] - written)
            if jitter > 0.0:
                fill_normals(key, _JITTER, chunk * CHUNK // (4 * OVERSAMPLING), quantiles, words, shifts)
                for i in range(kept):
                    left = before if i == 0 else fast[2 * i - 1]
                    out[written + i] = fast[2 * i] + shifts[i] * jitter * 0.5 * (fast[2 * i + 1] - left)
            else:
                for i in range(kept):
                    out[written + i] = fast[OVERSAMPLING * i]
            written += kept
        before = fast[CHUNK - 1]
        chunk += 1


@nb.njit(cache=True, nogil=True)
def _pace(start: float, end: float, steps: int, count: int) -> tuple[float, float]:
    """Return (place, step) in a table over two turns between two phases [turns], never negative."""
    step = 0.5 * (end - start) / count * steps
    place = (0.5 * start - math.floor(0.5 * start)) * steps
    return place + steps * math.ceil(max(-step * count / steps, 0.0)), step


@nb.njit(cache=True, nogil=True)
def _scale(fast: Array, swell: Array, start: float, end: float) -> None:
    """Turn unit noise into noise of the standard deviation that belongs to the shaft's angle."""
    steps = swell.shape[0] - 1
    if steps == 0:
        for i in range(fast.shape[0]):
            fast[i] *= swell[0]
        return
    place, step = _pace(start, end, steps, fast.shape[0])
    for i in range(fast.shape[0]):
        fast[i] *= swell[int(place + step * i) & (steps - 1)]


@nb.njit(cache=True, nogil=True)
def _add_wave(fast: Array, wave: Array, start: float, end: float) -> None:
    """Add what repeats with two turns of the shaft, linear between the steps of its table."""
    steps = wave.shape[0] - 1
    begin, step = _pace(start, end, steps, fast.shape[0])
    for i in range(fast.shape[0]):
        place = begin + step * i
        cell = int(place)
        low = wave[cell & (steps - 1)]
        fast[i] += low + (place - cell) * (wave[(cell & (steps - 1)) + 1] - low)


@nb.njit(cache=True, nogil=True)
def _add_ringing(
    fast: Array, begin: int, index: np.ndarray, first: Array, second: Array, c1: float, c2: float, y1: float,
    y2: float, carry: float, hit: int,
) -> tuple[float, float, float, int]:  # fmt: skip
    """Add what hits make ring; return its last two values, a push still to come, and the next hit."""
    count = fast.shape[0]
    i = 0
    while i < count:
        push = carry
        carry = 0.0
        while hit < index.shape[0] and index[hit] <= begin + i:
            if index[hit] == begin + i:
                push += first[hit]
                carry += second[hit]
            hit += 1
        stop = count if hit >= index.shape[0] else min(count, max(index[hit] - begin, i + 1))
        if carry != 0.0:
            stop = min(stop, i + 1)
        y = c1 * y1 + (c2 * y2 + push)
        fast[i] += y
        y2 = y1
        y1 = y
        for j in range(i + 1, stop):
            y = c1 * y1 + c2 * y2
            fast[j] += y
            y2 = y1
            y1 = y
        i = stop
    return y1, y2, carry, hit


@nb.njit(cache=True, nogil=True)
def _filter(x: Array, s: Array, z: Array) -> None:
    """Run four second-order sections over `x` at once: their recursions overlap in the processor."""
    p0, p1, q0, q1 = z[0, 0], z[0, 1], z[1, 0], z[1, 1]
    r0, r1, t0, t1 = z[2, 0], z[2, 1], z[3, 0], z[3, 1]
    pa, pb, pc, pd, pe = s[0, 0], s[0, 1], s[0, 2], s[0, 4], s[0, 5]
    qa, qb, qc, qd, qe = s[1, 0], s[1, 1], s[1, 2], s[1, 4], s[1, 5]
    ra, rb, rc, rd, re = s[2, 0], s[2, 1], s[2, 2], s[2, 4], s[2, 5]
    ta, tb, tc, td, te = s[3, 0], s[3, 1], s[3, 2], s[3, 4], s[3, 5]
    for i in range(x.shape[0]):
        v = x[i]
        y = pa * v + p0
        p0 = (pb * v + p1) - pd * y
        p1 = pc * v - pe * y
        w = qa * y + q0
        q0 = (qb * y + q1) - qd * w
        q1 = qc * y - qe * w
        u = ra * w + r0
        r0 = (rb * w + r1) - rd * u
        r1 = rc * w - re * u
        o = ta * u + t0
        t0 = (tb * u + t1) - td * o
        t1 = tc * u - te * o
        x[i] = o
    z[0, 0], z[0, 1], z[1, 0], z[1, 1] = p0, p1, q0, q1
    z[2, 0], z[2, 1], z[3, 0], z[3, 1] = r0, r1, t0, t1
