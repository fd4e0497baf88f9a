"""Finds scenarios, by path or by bundled name, and loads them with all sensors and exporters declared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oddsmith.exporters import TABLE as EXPORTERS
from renderers.sensors import TABLE as SENSORS
from sim.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from sim.fields import Section
    from sim.scenario import Scenario

__all__ = ["about", "bundled_scenarios", "find_scenario", "load_scenario", "schema", "sensor_sections"]

_SUFFIXES = (".yaml", ".yml")


def _folder() -> Path:
    """Return where the bundled scenarios stand: a checkout's own folder wins over the packaged copy."""
    package = Path(__file__).resolve().parent
    checkout = package.parent / "scenarios"
    return (
        checkout
        if (package.parent / "pyproject.toml").is_file() and checkout.is_dir()
        else package / "scenarios"
    )


def bundled_scenarios() -> dict[str, Path]:
    """Return the bundled scenarios: name (`driving/cut_in`) -> file, in the order of their names."""
    folder = _folder()
    files = sorted(folder.glob("*/*.yaml"))
    return {file.relative_to(folder).with_suffix("").as_posix(): file for file in files}


def about(file: Path) -> str:
    """Return what a scenario file says it is about, without checking the rest of it."""
    from sim.language.nodes import plain
    from sim.language.report import Report
    from sim.language.source import parse_text, read_bytes

    report = Report()
    raw = read_bytes(file, report)
    node = None if raw is None else parse_text(raw, str(file), report)
    data = {} if node is None else plain(node)
    return str(data.get("about", "")) if isinstance(data, dict) else ""


def find_scenario(path_or_name: str | Path) -> Path:
    """Return the file that a user means by a path or a bundled name.

    Raises:
        UsageError: there is neither such a file nor such a bundled scenario.
    """
    given = str(path_or_name)
    path = Path(path_or_name)
    if path.is_file():
        return path
    bundled = bundled_scenarios()
    if given in bundled:
        return bundled[given]
    if path.exists():
        return path  # the loader says what is wrong with a folder or a device
    if path.suffix in _SUFFIXES:
        raise UsageError(f"no file {given}{_near(given, _files_beside(path))}")
    names = ", ".join(bundled)
    raise UsageError(
        f"no scenario {given!r}: neither a file nor one of the bundled {names}{_near_name(given, bundled)}"
    )


def load_scenario(path_or_name: str | Path, overrides: Mapping[str, str] | None = None) -> Scenario:
    """Load and check a scenario.

    Args:
        path_or_name: path of a YAML file, or a bundled name such as `driving/cut_in`.
        overrides: dotted path -> YAML text, as `--set` gives it; checked like the file itself.

    Raises:
        UsageError: there is no such scenario.
        ScenarioError: with everything that is wrong with it.
    """
    from sim.scenario import Scenario

    file = find_scenario(path_or_name)
    return Scenario.load(file, sensors=sensor_sections(), exporters=tuple(EXPORTERS), overrides=overrides or {})


def schema() -> dict[str, Any]:
    """Return the JSON Schema of scenarios, with all domains, sensors and exporters there are."""
    from sim.domains import domain_named, domain_names
    from sim.language.schema import scenario_schema

    domains = {name: domain_named(name) for name in domain_names()}
    return scenario_schema(domains=domains, sensors=sensor_sections(), exporters=tuple(EXPORTERS))


def sensor_sections() -> dict[str, Section]:
    """Return what may stand under `sensors:`, by kind."""
    return {kind: sensor.section for kind, sensor in SENSORS.items()}


def _near(given: str, allowed: list[str]) -> str:
    near = did_you_mean(given, allowed)
    return f".  Did you mean '{near}'?" if near else ""


def _near_name(given: str, bundled: Mapping[str, Path]) -> str:
    """Return the suggestion for a bundled name; its last part alone is enough of a hint."""
    by_stem = {name.rpartition("/")[2]: name for name in bundled}
    near = did_you_mean(given, list(bundled)) or by_stem.get(did_you_mean(given, list(by_stem)) or "")
    return f".  Did you mean '{near}'?" if near else ""


def _files_beside(path: Path) -> list[str]:
    folder = path.parent
    if not folder.is_dir():
        return []
    return sorted(str(file) for file in folder.iterdir() if file.suffix in _SUFFIXES)
