"""From a path to a checked, compiled document: what `Scenario.load` does."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from sim.domains.base import Domain
from sim.errors import RunError
from sim.fields import Section
from sim.language.document import Document, read_document
from sim.language.input_files import Inputs
from sim.language.item_files import has_item_files, with_item_files
from sim.language.kinds import NumberKind, TruthKind, WordKind
from sim.language.law_builder import build_law, is_constant
from sim.language.nodes import MapNode
from sim.language.overrides import apply_overrides
from sim.language.pairs import check_pairs
from sim.language.plan import (
    Constant,
    Fixed,
    Group,
    Later,
    LawSpec,
    Leaf,
    Pick,
    Plan,
    Row,
)
from sim.language.printing import canonical, source_data
from sim.language.recipes import DrawFailed
from sim.language.report import Report
from sim.language.resolution import Resolution, Values, resolution_of
from sim.language.rigs import has_rigs, with_rigs
from sim.language.sections import SHARED
from sim.language.settings import Capture, Diversity, Parameter, Sampling, SensorUse
from sim.language.source import parse_text, read_bytes

__all__ = ["Loaded", "law_text", "load"]


@dataclass(frozen=True, eq=False)
class Loaded:
    """A document without faults, compiled, with what a Scenario tells of it."""

    document: Document
    resolution: Resolution
    text: bytes
    about: str
    sources: tuple[str, ...]
    tags: tuple[str, ...]
    start: str | None
    duration: float
    parameters: tuple[Parameter, ...]
    sensors: Mapping[str, SensorUse]
    capture: Capture
    sampling: Sampling
    content: dict[str, Any]
    data: dict[str, Any]
    hash: str
    request: tuple[Any, ...]


def load(
    path: Path,
    *,
    sensors: Mapping[str, Section],
    exporters: Collection[str],
    overrides: Mapping[str, str],
    copies: Path | None,
    domains: Mapping[str, Domain] | None,
) -> Loaded:
    """Read, check and compile a scenario; the arguments are those of `Scenario.load`.

    Raises:
        ScenarioError: with everything that is wrong.
    """
    report = Report()
    raw = read_bytes(path, report)
    root = parse_text(raw, str(path), report) if raw is not None else None
    if raw is None or root is None:
        report.raise_if_any()
        raise AssertionError("a file that cannot be read leaves a fault")
    inputs = Inputs(path.parent, copies)
    first = {name: text for name, text in overrides.items() if name == "use"}
    root = apply_overrides(root, first, report)
    if isinstance(root, MapNode) and "use" in root.by_key:
        from sim.language.includes import with_used

        root = with_used(root, inputs, report, sensors=sensors, domains=domains)
        report.raise_if_any()  # what a file that cannot be used should have held would be missing
    rest = {name: text for name, text in overrides.items() if name != "use"}
    if has_rigs(root):
        root = with_rigs(root, inputs, report, sensors=sensors)
        report.raise_if_any()  # as above
    if has_item_files(root):
        overruled = apply_overrides(root, rest, Report())  # its faults are told below, where files are in
        root = with_item_files(root, inputs, report, overruled=overruled, domains=domains)
        report.raise_if_any()
    root = apply_overrides(root, rest, report)
    document = read_document(root, inputs, report, sensors=sensors, exporters=exporters, domains=domains)
    report.raise_if_any()
    resolution, middle = _compiled(document)
    uses = {name: _sensor(name, group, document, sensors) for name, group in document.sensors.items()}
    check_pairs(uses, sensors, middle, document.walker.places, report)
    report.raise_if_any()
    content = _content(document, full=True)
    digest = _hash(content, inputs)
    return Loaded(
        document=document,
        resolution=resolution,
        text=raw,
        about=_text(document, "about") or "",
        sources=_texts(document, "sources"),
        tags=_texts(document, "tags"),
        start=_text(document, "start"),
        duration=_duration(document.shared["duration"]),
        parameters=_parameters(document, resolution),
        sensors=uses,
        capture=_capture(document),
        sampling=_sampling(document),
        content=content,
        data=_content(document, full=False),
        hash=digest,
        request=(path, dict(sensors), tuple(exporters), dict(overrides), copies, domains, digest),
    )


class _Middle:
    """The middle of every law of every counted entity."""

    def uniform(self, entity: str, stream: str, /) -> float:
        return 0.5


def _compiled(document: Document) -> tuple[Resolution, Values]:
    """Return the compiled document, and its values in the middle of every law, which show that it can be."""
    report = document.report
    try:
        resolution = resolution_of(document)
        middle = resolution.values((0.5,) * len(resolution.names), _Middle())
    except DrawFailed as error:
        report.add("E155", error.leaf.where, error.message, place=error.leaf.place)
        report.raise_if_any()
        raise RunError("unreachable: the report holds a fault") from error
    return resolution, middle


# -- settings ----------------------------------------------------------------------------------------------


def _text(document: Document, key: str) -> str | None:
    plan = document.shared.get(key)
    return plan.value if isinstance(plan, Fixed) else None


def _texts(document: Document, key: str) -> tuple[str, ...]:
    plan = document.shared.get(key)
    items = plan.items if isinstance(plan, Row) else ()
    return tuple(str(item.value) for item in items if isinstance(item, Fixed))


def _number(plan: Plan | None) -> float:
    assert isinstance(plan, Leaf)
    assert isinstance(plan.source, Constant)
    value = plan.source.value
    assert isinstance(value, int | float)
    return value


def _duration(plan: Plan) -> float:
    return float(_number(plan.entries["at_most"] if isinstance(plan, Group) else plan))


def _word(plan: Plan | None) -> str:
    assert isinstance(plan, Leaf)
    assert isinstance(plan.source, Constant)
    return str(plan.source.value)


def _capture(document: Document) -> Capture:
    assert document.capture is not None
    return document.capture


def _sampling(document: Document) -> Sampling:
    group = document.shared["sampling"]
    assert isinstance(group, Group)
    parts = group.entries
    target = parts["target"]
    named = target.value if isinstance(target, Fixed) else None
    method = _word(parts["method"])
    return Sampling(
        method=method,
        target=named if named is not None else next(iter(document.events), None),
        calls=int(_number(parts["calls"])),
        episodes=int(_number(parts["episodes"])),
        event_share=_number(parts["event_share"]),
        near_miss_share=_number(parts["near_miss_share"]),
        audit_share=_audit_share(parts["audit_share"], method),
        cov=_number(parts["cov"]) if isinstance(parts["cov"], Leaf) else None,
        diversity=_diversity(parts["diversity"], document),
    )


def _audit_share(plan: Plan | None, method: str) -> float:
    """Return the share of audit calls: what draws nominally or estimates nothing has nothing to check."""
    if method in ("nominal", "event", "coverage"):
        return 0.0
    return _number(plan) if isinstance(plan, Leaf) else 0.05


def _diversity(plan: Plan | None, document: Document) -> Diversity:
    by = plan.entries["by"] if isinstance(plan, Group) else None
    if isinstance(by, Leaf):
        return _word(by)  # type: ignore[return-value]  # the declaration lists the same words
    return "modes" if document.modes else "parameters"


def _sensor(name: str, group: Group, document: Document, kinds: Mapping[str, Section]) -> SensorUse:
    chosen, on = group.entries["choice"], group.entries["on"]
    assert isinstance(chosen, Pick)
    assert isinstance(on, Fixed)
    own = chosen.settings.entries if isinstance(chosen.settings, Group) else {}
    rate, every = own.get("rate"), own.get("every")
    looks = 1.0 / _number(every) if every is not None else _number(rate) if rate is not None else 0.0
    return SensorUse(
        kind=chosen.kind,
        on=on.value.value if isinstance(on.value, Later) else None,
        rate=looks,
        delay=_number(group.entries["delay"]),
        capture=document.captures[name],
        view=getattr(kinds[chosen.kind], "view", None),
        pair=pair.key if (pair := getattr(kinds[chosen.kind], "pair", None)) is not None else None,
    )


# -- parameters --------------------------------------------------------------------------------------------


def _parameters(document: Document, resolution: Resolution) -> tuple[Parameter, ...]:
    assert document.graph is not None
    places = {name: i for i, name in enumerate(resolution.names)}
    return tuple(
        Parameter(
            name=name,
            law=law_text(leaf),
            unit=leaf.symbol,
            kind=_kind(leaf),
            words=leaf.words,
            index=places.get(name),
            used=tuple(document.graph.users.get(name, ())) or _stands(leaf),
            doc=leaf.doc,
        )
        for name, leaf in document.columns.items()
    )


def _stands(leaf: Leaf) -> tuple[str, ...]:
    return (leaf.where,) if leaf.path == leaf.where else ()


def _kind(leaf: Leaf) -> Any:
    if isinstance(leaf.kind, WordKind):
        return "word"
    return "flag" if isinstance(leaf.kind, TruthKind) else "number"


def law_text(leaf: Leaf) -> str:
    """Return how a scenario spells a leaf's source, on one line, to six digits."""
    dimension = leaf.kind.dimension if isinstance(leaf.kind, NumberKind) else None
    text = "" if leaf.source is None else _flow(source_data(leaf.source, dimension))
    return text + _cut(leaf)


def _cut(leaf: Leaf) -> str:
    """Return what the bounds of the field do to a law, "" where it lies inside them anyway."""
    spec = leaf.source
    if not isinstance(spec, LawSpec) or not is_constant(spec) or spec.least is spec.most is None:
        return ""
    free, kept = build_law(replace(spec, least=None, most=None)), build_law(spec)
    if (free.low, free.high) == (kept.low, kept.high):
        return ""
    return f", kept within [{kept.low:.6g}, {kept.high:.6g}] {leaf.unit}".rstrip()


def _flow(data: Any) -> str:
    if isinstance(data, dict):
        return "{" + ", ".join(f"{key}: {_flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_flow, data)) + "]"
    if isinstance(data, bool) or data is None:
        return {True: "true", False: "false", None: "null"}[data]
    if isinstance(data, int | float):
        return f"{data:.6g}"
    number, _, unit = str(data).partition(" ")
    try:
        return f"{float(number):.6g} {unit}"
    except ValueError:
        return str(data)


# -- content -----------------------------------------------------------------------------------------------


def _content(document: Document, *, full: bool) -> dict[str, Any]:
    """Return the document as plain data; without `full`, what the file leaves out is left out."""
    content: dict[str, Any] = {}
    for key in SHARED:
        plan = document.shared.get(key)
        value = canonical(plan, full=full) if plan is not None else None
        if value not in (None, "", [], {}):
            content[key] = value
    named = {leaf.path: canonical(leaf) for leaf in document.walker.leaves.values() if leaf.path != leaf.where}
    assert document.world is not None
    rest: dict[str, Any] = {
        "parameters": named,
        "dependence": [copula.to_data() for copula in document.copulas],
        "constraints": [one.text for one in document.constraints],
        "world": canonical(document.world, full=full),
        "sensors": {name: canonical(group, full=full) for name, group in document.sensors.items()},
        "event": document.texts.get("event", {}),
        "modes": document.texts.get("modes", {}),
        "splits": document.splits,
        "export": list(document.export),
    }
    return content | {key: value for key, value in rest.items() if value or key == "world"}


def _hash(content: Mapping[str, Any], inputs: Inputs) -> str:
    # what used files say is content, in which their comments do not count
    files = {name: inputs.found[name].sha256 for name in sorted(set(inputs.found) - inputs.used)}
    whole = {"content": content, "inputs": files}
    return sha256(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
