"""The leakage gate: whether anything that an observer sees gives a label away that it should not.

`probe_dataset` runs P1 to P11 over a table of observations and says, for every number, whether it is beyond its
limit by more than chance. `docs/probe.md` tells what each probe looks for.
"""

from __future__ import annotations

from oddsmith.probe.asking import Question, asked
from oddsmith.probe.findings import Finding, Tells
from oddsmith.probe.gate import ProbeReport, probe_dataset

__all__ = ["Finding", "ProbeReport", "Question", "Tells", "asked", "probe_dataset"]
