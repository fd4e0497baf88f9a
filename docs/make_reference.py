"""Writes `reference.md` from the declarations the checker itself reads: `python docs/make_reference.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from oddsmith.exporters import TABLE as EXPORTERS
from renderers.sensors import TABLE as SENSORS
from sim.domains import domain_named, domain_names
from sim.domains.base import Domain
from sim.fields import REQUIRED, Field, Figures, Flag, Listing, Numbers, Quantity, Section, Tagged, Word
from sim.language.report import CODES
from sim.language.sections import SHARED, SPECIAL
from sim.laws import TABLE as LAWS
from sim.laws.varying import TABLE as VARYING_LAWS

FILE = Path(__file__).with_name("reference.md")


def reference() -> str:
    """Return the whole page."""
    blocks = [
        "# Reference",
        "Made from the program by `python docs/make_reference.py`; a test keeps it current. How the pieces go "
        "together is told in [language.md](language.md).",
        "## Top-level keys",
        *_shared(),
        "## Laws",
        _table(("law", "arguments, in positional order", "what it is"), _laws()),
        "## Laws that vary in time",
        "They may stand where a field says that it varies.",
        _table(("law", "arguments", "what it is"), _varying_laws()),
    ]
    for name in domain_names():
        blocks += _domain(domain_named(name))
    blocks.append("## Sensors")
    for name, sensor in SENSORS.items():
        blocks += [f"### {name}", _outline(sensor.section)]
    blocks += [
        "## Export formats",
        _table(("format", "what it is"), [(n, e.doc) for n, e in EXPORTERS.items()]),
    ]
    blocks += ["## Fault codes", _table(("code", "what it stands for"), CODES.items())]
    return "\n\n".join(blocks) + "\n"


def _shared() -> Iterator[str]:
    yield _table(("key", "what it is"), SPECIAL.items())
    yield (
        "```text\n"
        + "\n".join(line for name, field in SHARED.items() for line in _lines(name, field, 0))
        + "\n```"
    )


def _laws() -> Iterator[tuple[str, ...]]:
    for name, law in LAWS.items():
        yield name, "; ".join(f"`{a.name}`: {a.doc}" for a in law.arguments), law.doc


def _varying_laws() -> Iterator[tuple[str, ...]]:
    for name, law in VARYING_LAWS.items():
        yield name, "; ".join(f"`{a.name}`: {a.doc}" for a in law.arguments), law.doc


def _domain(domain: Domain) -> Iterator[str]:
    yield f"## The domain `{domain.name}`"
    yield domain.doc
    yield "### world"
    yield _outline(domain.world)
    yield "### Signals: numbers at every moment"
    rows = [(f"{n}({', '.join(s.arguments)})", s.unit, s.doc) for n, s in domain.signals.items()]
    yield _table(("signal", "unit", "what it is"), rows)
    yield "### Measures: numbers per episode"
    rows = [(f"{n}({', '.join(m.arguments)})", m.unit, m.doc) for n, m in domain.measures.items()]
    yield _table(("measure", "unit", "what it is"), rows)
    yield "### Predicates and occurrences"
    predicates = [(f"{n}({', '.join(p.arguments)})", p.doc) for n, p in domain.predicates.items()]
    occurrences = [(f"occurs({n}, {', '.join(o.fields)})", o.doc) for n, o in domain.occurrences.items()]
    yield _table(("predicate", "what it is"), [*predicates, *occurrences])
    yield "### Classes"
    yield ", ".join(f"{k} {name}" for k, name in enumerate(domain.categories, start=1))


def _outline(section: Section) -> str:
    lines = [line for name, field in section.fields.items() for line in _lines(name, field, 0)]
    return f"{section.doc}\n\n```text\n" + "\n".join(lines) + "\n```"


def _lines(name: str, field: Field, depth: int) -> Iterator[str]:
    """Yield one line per field: its key, what it takes, its default, and what it means."""
    default = "" if field.default is REQUIRED or isinstance(field, Section) else f" = {_plain(field.default)}"
    takes = _takes(field)
    yield f"{'  ' * depth}{name}{f' [{takes}]' if takes else ''}{default}: {field.doc}"
    if isinstance(field, Section):
        for key, child in field.fields.items():
            yield from _lines(key, child, depth + 1)
        if field.choice:
            yield from _kinds(field.choice.options, depth + 1)
    elif isinstance(field, Tagged):
        yield from _kinds(field.options, depth + 1)
    elif isinstance(field, Listing):
        yield from _lines("-", field.item, depth + 1)
    elif isinstance(field, Word):
        for word, sentence in field.options.items():
            yield f"{'  ' * (depth + 1)}`{word}`: {sentence}"


def _kinds(options: Mapping[str, Field], depth: int) -> Iterator[str]:
    for kind, child in options.items():
        yield from _lines(kind, child, depth)


def _takes(field: Field) -> str:
    if isinstance(field, Quantity):
        bounds = (
            [] if field.least is None and field.most is None else [f"{_end(field.least)}..{_end(field.most)}"]
        )
        changes = [f", {word}" for word, may in (("varies", field.varying), ("signal", field.signal)) if may]
        return (" ".join([*([field.unit] if field.unit else []), *bounds]) or "number") + "".join(changes)
    alone = (field.bare or field.short) if isinstance(field, Section) else None
    if isinstance(field, Section) and alone is not None:
        return f"{_takes(field.fields[alone])}, or a mapping"
    if isinstance(field, Numbers):
        return f"{field.length} numbers"
    if isinstance(field, Figures):
        return f"names with numbers {_end(field.least)}..{_end(field.most)}"
    return "true or false" if isinstance(field, Flag) else ""


def _end(bound: float | None) -> str:
    return "" if bound is None else f"{bound:g}"


def _plain(value: object) -> str:
    if value in (None, "", ()):
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    FILE.write_text(reference(), "utf-8")
