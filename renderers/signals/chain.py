"""The electronics between a transducer and the file: gain, offset, noise, saturation and quantisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np

from renderers.signals.randomness import QUANTILES, add_flicker, fill_normals, flicker_filter, flicker_start
from sim.geometry import Array

__all__ = ["Chain", "chain_from", "digitise", "electronics", "quantisation_step"]

_WHITE, _FLICKER, _START = 3, 4, 5
_BLOCK = 1024


@dataclass(frozen=True)
class Chain:
    """A measuring chain; amounts are in the unit of the signal.

    Args:
        full_scale: largest amount that is not cut off.
        bits: of the converter, whose 2^bits steps span plus and minus full scale.
        noise: standard deviation of the white noise of the electronics.
        flicker_corner: frequency below which noise of power 1/f outweighs the white noise [Hz]; 0 for none.
        gain: what the signal is multiplied by; 1 is right.
        offset: what is added; 0 is right.
        order: poles of the anti-alias filter.
        cutoff: its frequency at -3 dB, as a share of the sampling rate.
        jitter: standard deviation of the moment of sampling [s].
    """

    full_scale: float
    bits: int = 16
    noise: float = 0.0
    flicker_corner: float = 0.0
    gain: float = 1.0
    offset: float = 0.0
    order: int = 6
    cutoff: float = 0.4
    jitter: float = 0.0

    def density(self, frequency: float, rate: float) -> float:
        """Return the one-sided density of electronic and quantisation noise [unit^2/Hz]."""
        white = self.noise**2 * 2.0 / rate
        flicker = white * self.flicker_corner / max(frequency, 1e-9)
        return white + flicker + quantisation_step(self) ** 2 / 12.0 * 2.0 / rate


def chain_from(settings: Mapping[str, Any]) -> Chain:
    """Return the chain of a sensor's settings."""
    given = settings["chain"]
    return Chain(
        full_scale=float(settings["full_scale"]),
        bits=int(given["bits"]),
        noise=float(settings["noise"]),
        flicker_corner=float(given["flicker_corner"]),
        gain=float(given["gain"]),
        offset=float(given["offset"]) * float(settings["full_scale"]),
        order=int(given.get("order", 6)),
        cutoff=float(given.get("cutoff", 0.4)),
        jitter=float(given.get("jitter", 0.0)),
    )


def quantisation_step(chain: Chain) -> float:
    """Return the height of one step of the converter."""
    return 2.0 * chain.full_scale / 2.0**chain.bits


def electronics(signal: Array, chain: Chain, *, rate: float, key: Any) -> None:
    """Apply gain and offset and add the noise of the electronics, in place.

    The 1/f noise of a window is stationary: it begins as if it had gone on for ever, and rises down to half a
    cycle per window.

    Args:
        signal: (N,) samples behind the anti-alias filter.
        chain: the sensor's.
        rate: samples per second [Hz].
        key: of the noise of this window.
    """
    poles = weights = states = np.empty(0)
    if chain.noise > 0.0 and chain.flicker_corner > 0.0:
        poles, weights = flicker_filter(rate, 0.5 * rate / len(signal))
        weights = weights * chain.noise * np.sqrt(2.0 / rate * chain.flicker_corner)
        states = flicker_start(poles, key, _START)
    _electronics(signal, chain.gain, chain.offset, chain.noise, poles, weights, states, key, QUANTILES)


@nb.njit(cache=True, nogil=True)
def _electronics(
    signal: Array, gain: float, offset: float, noise: float, poles: Array, weights: Array, states: Array,
    key: np.uint64, quantiles: Array,
) -> None:  # fmt: skip
    fresh = np.empty(_BLOCK)
    words = np.empty(_BLOCK, np.uint32)
    for begin in range(0, signal.shape[0], _BLOCK):
        part = signal[begin : begin + _BLOCK]
        for i in range(part.shape[0]):
            part[i] = gain * part[i] + offset
        if noise > 0.0:
            fill_normals(key, _WHITE, begin // 4, quantiles, words, fresh)
            for i in range(part.shape[0]):
                part[i] += noise * fresh[i]
        if poles.shape[0] > 0:
            fill_normals(key, _FLICKER, begin // 4, quantiles, words, fresh)
            add_flicker(fresh[: part.shape[0]], poles, weights, states, part)


def digitise(signal: Array, chain: Chain) -> np.ndarray:
    """Return (N,) whole steps of the converter: int16 up to 16 bits, else int32; cut off at full scale."""
    counts = np.empty(len(signal), np.int16 if chain.bits <= 16 else np.int32)
    most = 2.0 ** (chain.bits - 1)
    _digitise(signal, 1.0 / quantisation_step(chain), -most, most - 1.0, counts)
    return counts


@nb.njit(cache=True, nogil=True)
def _digitise(signal: Array, per_step: float, least: float, most: float, counts: np.ndarray) -> None:
    for i in range(signal.shape[0]):
        counts[i] = min(max(np.rint(signal[i] * per_step), least), most)
