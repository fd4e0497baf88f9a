"""The leakage gate: runs every probe over a dataset and says whether anything gives the label away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.probe.asking import Question
from oddsmith.probe.findings import DOC, Finding, Measured, Tells, judged
from oddsmith.probe.formats import formats
from oddsmith.probe.identifiers import identifiers
from oddsmith.probe.identities import identities
from oddsmith.probe.learners import learnable, small_trees
from oddsmith.probe.own_features import known_later, own_columns, with_own_features
from oddsmith.probe.purity import purity
from oddsmith.probe.reading import Reading, read
from oddsmith.probe.rhythm import rhythm
from oddsmith.probe.scales import expected_campaigns, other_scales
from oddsmith.probe.singles import single_columns
from oddsmith.probe.telling import declared_tells
from oddsmith.probe.twins import twin

__all__ = ["ProbeReport", "probe_dataset"]

MOST_ROWS = 200_000


@dataclass(frozen=True)
class ProbeReport:
    """What the probes found.

    Args:
        findings: every number with its verdict, probe by probe.
        rows: of the table, and
        positives: among them.
        looked_at: rows of the sample.
        base: share of positives in the population.
        notes: what could not be looked at, and why.
    """

    question: Question
    findings: tuple[Finding, ...]
    rows: int
    positives: int
    looked_at: int
    base: float
    notes: tuple[str, ...]

    @property
    def leaks(self) -> tuple[Finding, ...]:
        """What is beyond its limit by more than chance."""
        return tuple(one for one in self.findings if one.verdict == "leak")

    @property
    def is_passed(self) -> bool:
        """Whether there are no leaks."""
        return not self.leaks

    def of_probe(self, probe: str) -> tuple[Finding, ...]:
        """Return the findings of one probe."""
        return tuple(one for one in self.findings if one.probe == probe)

    def to_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "table": self.question.table,
            "label": f"{self.question.label_table}.{self.question.label}",
            "rows": self.rows,
            "positives": self.positives,
            "looked_at": self.looked_at,
            "share_of_positives": self.base,
            "is_passed": self.is_passed,
            "leaks": [one.to_data() for one in self.leaks],
            "findings": [one.to_data() for one in self.findings],
            "notes": list(self.notes),
        }


def probe_dataset(
    dataset: Dataset,
    question: Question,
    *,
    features: Path | None = None,
    tells: Tells | None = None,
    scales: Sequence[Dataset] = (),
    twin_of: Dataset | None = None,
    most: int = MOST_ROWS,
    only: Collection[str] = (),
    report: Callable[[str], None] | None = None,
) -> ProbeReport:
    """Run every probe that can be run.

    Args:
        dataset: the dataset.
        question: what is probed for what.
        features: a user's own features by row id; they stand in for the table's, and what only the dataset
            itself can be at fault for (ids, entities, time, scale) is not looked at then.
        tells: declared tells; those of the dataset if not given.
        scales: runs of other sizes.
        twin_of: the same run with fraud off.
        most: rows to look at, about.
        only: the probes to run, such as P1; all if empty.
        report: takes the name of each probe as it begins.

    Raises:
        DatasetError: a table or file is not what it should be, has no positives or no features, or there is no
            such probe.
        ImportError: scikit-learn is not installed.
    """
    for name in only:
        if name not in DOC:
            raise DatasetError(f"there is no probe {name!r}; there are {', '.join(DOC)}")
    if features is None and not question.features:
        others = f": {', '.join(question.skipped)} are neither numbers nor words" if question.skipped else ""
        raise DatasetError(f"{question.table} has no features that can be probed{others}")
    reading = read(dataset, question, most=most)
    if features is None:
        probes = _of_dataset(dataset, question, reading, scales, twin_of)
    else:
        probes = _of_features(dataset, question, reading, features)
    measured: list[Measured] = []
    for names, run in probes:
        wanted = [name for name in names if not only or name in only]
        if wanted and report:
            report(", ".join(wanted))
        if wanted:
            measured += [one for one in run() if one.probe in wanted]
    known = declared_tells(dataset) if tells is None else tells
    sample = reading.sample
    return ProbeReport(
        question,
        tuple(judged(measured, known)),
        sample.rows,
        sample.total_positives,
        len(sample),
        sample.base,
        (
            *_notes(question, reading, measured, only, is_own=features is not None),
            *_idle_tells(known, measured, only),
        ),
    )


_Probe = tuple[tuple[str, ...], Callable[[], Iterator[Measured]]]


def _of_dataset(
    dataset: Dataset,
    question: Question,
    reading: Reading,
    scales: Sequence[Dataset],
    twin_of: Dataset | None,
) -> Iterator[_Probe]:
    sample = reading.sample
    yield ("P1",), lambda: single_columns(sample)
    yield ("P2", "P3"), lambda: small_trees(sample)
    yield ("P4",), lambda: identities(sample)
    yield ("P5",), lambda: identifiers(reading)
    yield ("P6",), lambda: formats(sample)
    yield ("P7",), lambda: (one for counts in reading.entities for one in purity(counts, reading.kinds))
    yield ("P8",), lambda: rhythm(sample)
    yield ("P9",), lambda: expected_campaigns(dataset)
    if scales:
        yield ("P9",), lambda: other_scales(dataset, question, scales)
    yield ("P10",), lambda: learnable(sample)
    if twin_of is not None:
        yield ("P11",), lambda: twin(dataset, question, twin_of)


def _of_features(dataset: Dataset, question: Question, reading: Reading, path: Path) -> Iterator[_Probe]:
    names = own_columns(path, question)
    sample = with_own_features(reading.sample, question, path, names)
    yield ("late",), lambda: known_later(dataset, question, names)
    yield ("P1",), lambda: single_columns(sample)
    yield ("P2", "P3"), lambda: small_trees(sample)
    yield ("P4",), lambda: identities(sample)
    yield ("P6",), lambda: formats(sample)


def _notes(
    question: Question,
    reading: Reading,
    measured: Sequence[Measured],
    only: Collection[str],
    *,
    is_own: bool,
) -> Iterator[str]:
    """Yield what was not looked at and why, a sentence each."""
    sample = reading.sample
    if sample.too_few:
        yield f"too few positives to tell anything: {', '.join(sample.too_few)}"
    if is_own:
        return
    if question.skipped:
        yield f"neither numbers nor words, so not looked at: {', '.join(question.skipped)}"
    if question.late:
        late = ", ".join(f"{name} ({when})" for name, when in question.late.items())
        yield f"known only later, so no features: {late}"
    if question.time is not None and not reading.is_in_time_order:
        yield "rows are not in time order, so windows are only roughly right"
    probes = {one.probe for one in measured}
    if "P10" in probes and not sample.window_names:
        yield "no moment or no entities among the keys, so no windows: P10 has the columns alone"
    if not only and "P9" not in probes:
        yield "P9 takes runs of other sizes: --scale FOLDER"
    if not only and "P11" not in probes:
        yield "P11 takes the same run with fraud off: --twin FOLDER"


def _idle_tells(known: Tells, measured: Sequence[Measured], only: Collection[str]) -> Iterator[str]:
    """Yield which tells excuse nothing, as no probe measures what they name: a slip of the pen, mostly."""
    names = {one.name for one in measured} | {part for one in measured for part in one.parts}
    idle = sorted({feature for _, feature in known.highest} - names)
    if only or not idle:
        return
    near = {feature: get_close_matches(feature, sorted(names), n=1) for feature in idle}
    told = ", ".join(f"{one} (did you mean {near[one][0]}?)" if near[one] else one for one in idle)
    yield f"tells of what no probe measured, so that they excuse nothing: {told}"
