"""Times of repairs and services: drawn at their beginning, and the rest drawn anew when noise changes.

The rest of a time that has come so far has a law of its own. It is drawn from that at every moment from which
the noise is other: how long a repair still takes decides whether the next machine fails before it ends, and
splitting asks just that again and again.
"""

from __future__ import annotations

from sim.domains.factory.draws import (
    ANY,
    SAME,
    after,
    changes_of,
    code_of,
    numbers,
    survival,
    uniforms,
    upper_quantile,
)
from sim.laws.source import LawSource
from sim.noise import Noise

__all__ = ["Spells", "form_of"]


def form_of(source: float | LawSource) -> tuple[int, float, float]:
    """Return the compiled form of a time; with ANY or SAME it is drawn once and then stays."""
    return code_of(source.law) if isinstance(source, LawSource) else (SAME, float(source), 0.0)


class Spells:
    """Times of one kind, one after the other."""

    def __init__(self, noise: Noise, entity: str, source: float | LawSource) -> None:
        self._form = form_of(source)
        self._is_whole = self._form[0] in (ANY, SAME)
        self._changes = changes_of(noise, entity)
        if isinstance(source, LawSource) and not self._is_whole:
            self._numbers = uniforms(noise, entity, source.stream)
        else:
            self._numbers = numbers(noise, entity, source)
        self._known = 0.0

    def begin(self) -> None:
        """Begin a new time."""
        self._known = 0.0

    def piece(self, t: float) -> tuple[float, bool]:
        """Return for how long it goes on from t, until it is over or noise changes [s]; is it over then?"""
        if self._is_whole:
            return self._numbers.next(t), True
        left = survival(*self._form, self._known) if self._known > 0.0 else 1.0
        number = self._numbers.next(t)
        end = upper_quantile(*self._form, number * left) if left > 0.0 else self._known
        span, until = max(end - self._known, 0.0), after(self._changes, t) - t
        if span <= until:
            return span, True
        self._known += until
        return until, False
