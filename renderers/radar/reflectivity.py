"""How much bodies send back at 77 GHz: radar cross sections by class and aspect, and what mirrors.

A body's RCS has peaks where it turns one of its four sides to the radar, and a level between. The numbers are
assumptions of the orders that the literature is remembered for; none was read off a table there, and nothing
was fitted. Who wants to check them will find measurements in

- Fortuny-Guasch and Chareau (2013), JRC EUR 25762, for persons and dummies (here about -8 dBsm from all sides,
  children 3 dB less), and Yamada, Tanaka and Nishikawa (2005), "Radar cross section for pedestrian in 76 GHz
  band";
- Belgiovane and Chen (2017), "Bicycles and human riders backscattering at 77 GHz", for cyclists (some dB above
  persons from the side);
- Lee, Kang, Kim and Lee (2016), "Radar cross section measurement with 77 GHz automotive FMCW radar", and
  Matsunami, Nakamura and Kajiwara (2012), "RCS measurements for vehicles and pedestrian at 26 and 79 GHz", for
  cars (10 dBsm and more here, trucks 20, with flashing sides; motorcycles and animals between, by their size).

Scenery has an RCS per square metre that faces the radar: metal about its area, masonry and leaves far less. All
are assumptions. The ground is left out: its -30 dB per square metre is heard within some 10 m only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from renderers.assets.calibration import reflector_edge
from renderers.radar.models import WAVELENGTH
from sim.geometry import Array
from sim.scene import Body

__all__ = ["MIRRORS", "PATTERNS", "SCENERY", "Pattern", "body_area", "corner_reflector", "pattern_of"]

_WIDTH = math.radians(15.0)
"""From a peak to where it has fallen to 1/e [rad]. Assumption."""
_CHILD = 3.0
"""How much less a child sends back than an adult [dB]."""


@dataclass(frozen=True)
class Pattern:
    """Radar cross sections of a body by aspect, each [dBsm]."""

    front: float
    rear: float
    side: float
    between: float

    def area(self, aspect: float) -> float:
        """Return the RCS [m2].

        Args:
            aspect: direction of the radar from the body, counter-clockwise from its front [rad].
        """
        level = self.between
        for at, peak in ((0.0, self.front), (math.pi, self.rear), (0.5, self.side), (-0.5, self.side)):
            centre = at * math.pi if abs(at) == 0.5 else at
            off = math.remainder(aspect - centre, 2.0 * math.pi) / _WIDTH
            level += (peak - self.between) * math.exp(-off * off)
        return float(10.0 ** (0.1 * level))


PATTERNS: Mapping[str, Pattern] = {
    "car": Pattern(12.0, 12.0, 20.0, 5.0),
    "van": Pattern(14.0, 14.0, 24.0, 7.0),
    "truck": Pattern(20.0, 20.0, 28.0, 12.0),
    "bus": Pattern(20.0, 20.0, 30.0, 12.0),
    "trailer": Pattern(18.0, 20.0, 28.0, 12.0),
    "tram": Pattern(20.0, 20.0, 30.0, 12.0),
    "motorcycle": Pattern(2.0, 2.0, 8.0, -1.0),
    "bicycle": Pattern(-4.0, -4.0, 2.0, -5.0),
    "rider": Pattern(-6.0, -6.0, -4.0, -7.0),
    "person": Pattern(-8.0, -8.0, -8.0, -8.0),
    "animal": Pattern(-5.0, -5.0, 0.0, -6.0),
}
"""Of labelled bodies by category."""
_OTHER = Pattern(-10.0, -10.0, -10.0, -10.0)
"""Of any other labelled body: cones, pallets, tyres. Assumption."""

SCENERY: Mapping[str, float] = {
    "building": 10.0**-1.2,
    "wall": 10.0**-1.2,
    "fence": 10.0**-1.2,
    "guard rail": 1.0,
    "pole": 1.0,
    "traffic light": 1.0,
    "traffic sign": 10.0**0.8,
    "static": 10.0**-1.0,
    "vegetation": 10.0**-1.8,
}
"""RCS of what is not labelled, per area that faces the radar, by category; others send nothing back."""

MIRRORS: Mapping[str, float] = {
    "guard rail": 0.3,
    "building": 0.15,
    "wall": 0.15,
    "truck": 0.3,
    "bus": 0.3,
    "trailer": 0.3,
    "tram": 0.3,
    "car": 0.2,
}
"""Share of the power that upright sides mirror, by category. Masonry as concrete of permittivity 5 head on
(Fresnel); metal sides are not flat, and lose most. Assumptions."""


def pattern_of(body: Body) -> Pattern:
    """Return how a labelled body sends back."""
    pattern = PATTERNS.get(body.category, _OTHER)
    if body.shape.kind == "person" and body.shape.details.get("age") == "child":
        levels = (pattern.front, pattern.rear, pattern.side, pattern.between)
        return Pattern(*(level - _CHILD for level in levels))
    return pattern


def corner_reflector(edge: float) -> float:
    """Return the RCS of a triangular trihedral along its axis [m2].

    Args:
        edge: of the three plates, from the apex [m].

    Source: Knott, Shaeffer and Tuley (2004), Radar Cross Section: 4 pi a^4 / (3 lambda^2).
    """
    return 4.0 * math.pi * edge**4 / (3.0 * WAVELENGTH**2)


def body_area(body: Body, seen_from: Array) -> float:
    """Return the RCS of a labelled body [m2].

    Args:
        body: whose.
        seen_from: (3,) where the radar is, in the body's frame [m].
    """
    aspect = math.atan2(float(seen_from[1]), float(seen_from[0]))
    if body.shape.kind == "corner_reflector":
        # About the width of its lobe, 40 deg to where half is left; from behind there is nothing.
        return corner_reflector(reflector_edge(body.shape)) * max(math.cos(aspect), 0.0) ** 4
    return pattern_of(body).area(aspect)
