"""How far a fault stands out of one window: the label that says whether it could be diagnosed at all.

A fault may be there and show nothing: too slight, drowned in noise, too irregular, or above what the sensor
passes. Its level is the expected height of its strongest line over the floor around it, in the spectrum of the
signal or, for impacts, of its squared envelope; impacts that make no line may still show by their power or by
the kurtosis of the signal, and the best of these counts. The tests hold generated windows against the formulas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from renderers.signals.impacts import Pattern
from renderers.signals.synthesis import Resonance

__all__ = [
    "DIAGNOSABLE",
    "TOLD",
    "Finding",
    "broadband_level",
    "effect_level",
    "envelope_level",
    "finding",
    "kurtosis_level",
    "line_level",
]

DIAGNOSABLE = 12.0
"""From this level on a line counts as seen [dB]: the largest of 1,000 bins of pure noise is 8.4 dB high."""

_LEAST_PERIODS = 4.0
"""A window shorter than so many periods of a fault cannot tell its line from its neighbours."""


TOLD = 0.5
"""Of the standard deviation by which a good machine varies: 12 dB over half of it are two of them, which tell a
faulty window from a good one in 92 of 100 cases."""


@dataclass(frozen=True)
class Finding:
    """What one window can tell of one fault.

    Args:
        component: its name.
        fault: what goes wrong with it.
        severity: how far, 0 to 1.
        frequency: of the line that tells it [Hz].
        level: expected height of that line over the floor [dB]; -inf where there is none.
        diagnosable: whether a good observer could see it in this window.
    """

    component: str
    fault: str
    severity: float
    frequency: float
    level: float
    diagnosable: bool


def line_level(
    amplitude: float, *, good: float, floor: float, span: float, frequency: float, varies: float
) -> float:
    """Return how far a line stands out [dB] of the noise and of what the good machine's own line varies by.

    Args:
        amplitude: what the fault adds at its frequency, peak.
        good: peak amplitude of the machine's line at that frequency without the fault.
        floor: one-sided density of the noise there [unit^2/Hz].
        span: length of the window [s].
        frequency: of the line [Hz].
        varies: standard deviation of the good line from window to window, relative.
    """
    if amplitude <= 0.0 or frequency * span < _LEAST_PERIODS:
        return -math.inf
    usual = (TOLD * varies * good) ** 2
    return 10.0 * math.log10(amplitude**2 * span / 2.0 / (floor + usual * span / 2.0 + 1e-300))


def broadband_level(added: float, good: float, *, varies: float) -> float:
    """Return how far noise stands out [dB] of what the good machine's noise varies by.

    Args:
        added: power that the fault adds.
        good: power without it.
        varies: standard deviation of that power from window to window, relative; a hundredth at least, by which
            no one measures a machine twice the same.
    """
    if added <= 0.0:
        return -math.inf
    return 20.0 * math.log10(added / (TOLD * max(varies, 0.01) * good + 1e-300))


def effect_level(effect: float, usual: float) -> float:
    """Return how far the power of an effect stands out [dB] of the power by which a value varies anyway."""
    return 10.0 * math.log10(effect / (usual + 1e-300)) if effect > 0.0 else -math.inf


def envelope_level(
    pattern: Pattern, strength: float, resonance: Resonance, *, frequency: float, floor: float, span: float
) -> float:
    """Return how far the first line of the squared envelope stands out [dB], in the band of the resonance.

    The hits are a renewal process of pulses whose area is the energy of a hit; between its lines is what the
    scatter of their strength leaves, the noise's own envelope, and noise times signal.

    Args:
        pattern: of the hits.
        strength: their mean peak value behind the anti-alias filter.
        resonance: what rings.
        frequency: hits per second.
        floor: one-sided density of the noise in the band of the resonance [unit^2/Hz].
        span: length of the window [s].
    """
    if strength <= 0.0 or frequency <= 0.0 or frequency * span < _LEAST_PERIODS:
        return -math.inf
    area = strength**2 / (2.0 * resonance.decay)  # of |analytic signal|^2
    scatter = math.exp(4.0 * pattern.spread**2) - 1.0
    shape = 1.0 / (1.0 + (math.pi * frequency / resonance.decay) ** 2)
    slip = (math.pi * pattern.slip) ** 2
    line = area**2 * shape / (1.0 / (2.0 * frequency**2 * span) + slip / (2.0 * frequency))
    between = 2.0 * frequency * area**2 * shape * (scatter + math.tanh(0.25 * slip))
    band = resonance.frequency
    power, heard = floor * band, frequency * area
    noise = 8.0 * power**2 / band + 8.0 * power * heard / band
    return float(10.0 * np.log10(line / (between + noise) + 1e-30))


def kurtosis_level(
    pattern: Pattern, strength: float, resonance: Resonance, *, frequency: float, power: float, count: int
) -> float:
    """Return how far hits lift the kurtosis of a window [dB], over the standard error it has of normal noise.

    The fourth cumulant of hits at random is their rate times the integral of the fourth power of one. Hits that
    keep apart fill the time more evenly: with q the energy of a hit, r their rate and 2a the decay of their
    power, 3 q^2 r^2 (2a/r L/(1 - L) - 1) is added, L the Laplace transform at 2a of gamma intervals of that
    scatter.

    Args:
        pattern: of the hits.
        strength: their mean peak value behind the anti-alias filter.
        resonance: what rings.
        frequency: hits per second.
        power: of everything else in the signal.
        count: independent samples of the window.
    """
    second = frequency * strength**2 * math.exp(pattern.spread**2) / (4.0 * resonance.decay)
    fourth = frequency * strength**4 * math.exp(6.0 * pattern.spread**2) * 3.0 / (32.0 * resonance.decay)
    fourth += 3.0 * second**2 * (_crowding(2.0 * resonance.decay / frequency, pattern.slip) - 1.0)
    if fourth <= 0.0:
        return -math.inf
    return 10.0 * math.log10(fourth / (power + second) ** 2 / math.sqrt(24.0 / count))


def _crowding(decay: float, scatter: float) -> float:
    """Return the power that hits meet of others over what they would meet if these came at random.

    Args:
        decay: of the power of a hit, per mean interval.
        scatter: standard deviation of the intervals over their mean.
    """
    law = scatter * scatter
    exponent = decay if law < 1e-9 else math.log1p(decay * law) / law
    return decay / math.expm1(exponent) if exponent < 700.0 else 0.0


def finding(component: str, fault: str, severity: float, frequency: float, level: float) -> Finding:
    """Return what a window tells of a fault whose line has a level [dB]."""
    return Finding(component, fault, severity, frequency, level, level >= DIAGNOSABLE)
