"""The scenario language: YAML to a checked, compiled document.

`source` reads text into nodes with places; `walker` checks nodes against what domains, sensors and sections
declare; `graph` ties values together; `resolution` turns a draw into the values of an episode. What others use
of it is `sim.scenario`.
"""

from __future__ import annotations

__all__: list[str] = []
