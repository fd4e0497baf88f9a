"""Calls made by hand: importance sampling of a Gaussian tail, groups of splitting, stored datasets."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import norm

from oddsmith.catalog import load_scenario
from oddsmith.odds import CallColumns
from sim.noise import Draw


@pytest.fixture
def importance():
    """Return what makes the calls of an importance hunt for P(Z > level)."""
    return _importance


@pytest.fixture
def splitting():
    """Return what makes the calls of a splitting hunt from the rates of its groups."""
    return _splitting


def _importance(n=4000, *, shift=3.0, level=3.0, seed=1, audit=0):
    """P(Z > level) from draws of 90 % N(shift, 1) and 10 % N(0, 1), with exact likelihood ratios."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal(n) + shift * (rng.random(n) < 0.9)
    ratio = 1.0 / (0.1 + 0.9 * np.exp(shift * z - shift**2 / 2))
    nominal = rng.standard_normal(audit)
    return CallColumns.of(
        role=["main"] * n + ["audit"] * audit,
        weight=np.concatenate([ratio / n, np.full(audit, 1.0 / max(audit, 1))]),
        log_lr=np.concatenate([np.log(ratio), np.zeros(audit)]),
        events={"far": np.concatenate([z, nominal]) > level},
    )


def _splitting(per_group, *, size=10):
    """Groups of `size` calls whose first one is the event with the whole weight of the group's rate."""
    groups = len(per_group)
    weight = np.zeros((groups, size))
    weight[:, 0] = np.asarray(per_group) / groups
    weight[:, 1:] = (1.0 / groups - weight[:, :1]) / (size - 1)
    hit = np.zeros((groups, size), bool)
    hit[:, 0] = np.asarray(per_group) > 0.0
    return CallColumns.of(
        role=["main"] * (groups * size),
        weight=weight.ravel(),
        log_lr=np.full(groups * size, np.nan),
        group=np.repeat(np.arange(groups), size),
        events={"far": hit.ravel()},
    )


LAWS = """\
scenario: driving/laws
language: 1
duration: 4 s
exposure: {episode: pass, rate: 2 per km}
parameters:
  speed: {normal: [30 m/s, 2 m/s]}
  gap: {lognormal: {median: 40 m, sigma: 0.4}}
  weather: {choice: {clear: 0.8, rain: 0.15, fog: 0.05}}
  grip:
    given: weather
    clear: {uniform: [0.8, 1]}
    rain: {normal: [0.6, 0.05]}
    fog: {normal: ["${0.5 + gap / 1000 m}", 0.1]}
DEPENDENCE
world:
  road: {highway: {lanes: 3}}
  weather: "${weather}"
  ego: {vehicle: sedan, lane: 2, speed: "${speed}"}
  actors:
    - {id: other, vehicle: sedan, lane: 2, ahead: "${gap * max(grip, 0.1)}", speed: "${speed}"}
event:
  fast: "collided(ego, other)"
  close: "collided(ego, other)"
  foggy: "collided(ego, other)"
"""
"""A scenario whose laws have closed forms. What its events say does not matter: the calls are made by hand."""

FAST, CLOSE = 36.0, 15.0
"""`fast` is speed > 36 m/s, three deviations up; `close` is gap < 15 m."""


@dataclass(frozen=True)
class Stored:
    """A dataset's folder, with what stands in it."""

    folder: Path
    columns: CallColumns
    parameters: dict


@pytest.fixture(scope="session")
def stored(tmp_path_factory):
    """Return what writes a dataset of calls of the scenario: 40 % tilted towards fast, 40 % towards close."""

    def write(n=4000, *, text=LAWS, dependence="", audit=400, groups=0):
        folder = tmp_path_factory.mktemp("stored") / "laws"
        folder.mkdir()
        (folder / "scenario.yaml").write_text(text.replace("DEPENDENCE\n", dependence))
        return _write(folder, n, audit, groups)

    return write


def _write(folder, n, audit, groups):
    scenario = load_scenario(folder / "scenario.yaml")
    rng = np.random.default_rng(5)
    names = [one.name for one in scenario.drawn]
    z = rng.standard_normal((n + audit, len(names)))
    tilts = np.zeros((3, len(names)))
    tilts[1, names.index("speed")], tilts[2, names.index("gap")] = 2.8, -2.4
    shares = np.array([0.2, 0.4, 0.4])
    z[:n] += tilts[rng.choice(3, n, p=shares)]
    ratio = 1.0 / (np.exp(z[:n] @ tilts.T - np.square(tilts).sum(axis=1) / 2) @ shares)
    u = norm.cdf(z)
    met = scenario.meets_constraints(u)
    met[n:] = True
    rows = [scenario.resolve(Draw(1, tuple(row))).parameters for row in u.tolist()]
    values = {name: [row[name] for row in rows] for name in rows[0]}
    fast, close = np.array(values["speed"]) > FAST, np.array(values["gap"]) < CLOSE
    hits = {"fast": fast, "close": close, "foggy": np.array(values["weather"]) == "fog"}
    weight = np.concatenate([np.where(met[:n], ratio / n, 0.0), np.full(audit, 1.0 / max(audit, 1))])
    accepted = scenario.acceptance(0).p
    weight[:n] /= accepted
    log_lr = np.full(n + audit, np.nan) if groups else np.concatenate([np.log(ratio), np.zeros(audit)])
    columns = CallColumns.of(
        role=["main"] * n + ["audit"] * audit,
        weight=weight,
        log_lr=log_lr,
        group=np.arange(n + audit) % (groups or 32),
        mode=[("day" if row["weather"] == "clear" else "bad") for row in rows],
        events=hits,
    )
    _write_tables(folder, scenario, columns, values)
    return Stored(folder, columns, {name: _column(column) for name, column in values.items()})


def _column(values):
    return np.array(values, object) if isinstance(values[0], str | bool) else np.array(values, float)


def _field(name, kind, role, *, of_kind="", unit=""):
    return pa.field(name, kind, metadata={"role": role, "unit": unit, "kind": of_kind})


def _write_tables(folder, scenario, columns, values):
    known = [None if np.isnan(x) else x for x in columns.log_lr]
    table = {
        _field("role", pa.string(), "meta"): columns.role.tolist(),
        _field("weight", pa.float64(), "weight"): columns.weight.tolist(),
        _field("group", pa.int32(), "meta"): columns.group.tolist(),
        _field("log_lr", pa.float64(), "weight"): known,
        _field("failure", pa.string(), "meta"): [None] * len(columns),
        _field("mode", pa.string(), "label"): columns.mode.tolist(),
    }
    for event, hit in columns.events.items():
        table[_field(f"event.{event}", pa.bool_(), "label", of_kind="event")] = hit.tolist()
    for one in scenario.parameters:
        kind = pa.float64() if one.kind == "number" else pa.string()
        field = _field(f"parameters.{one.name}", kind, "label", of_kind="parameter", unit=one.unit)
        table[field] = list(values[one.name])
    _save(folder / "calls", table)
    episode = {
        _field("episode_id", pa.string(), "key"): ["0" * 16],
        _field("split", pa.string(), "meta"): ["train"],
        _field("weight", pa.float64(), "weight"): [1e-4],
    }
    for event in columns.events:
        episode[_field(f"event.{event}", pa.bool_(), "label", of_kind="event")] = [True]
    _save(folder / "episodes", episode)
    manifest = {
        "format": 1,
        "kind": "oddsmith dataset",
        "name": scenario.name,
        "seed": 0,
        "overrides": {},
        "target": "fast",
        "scenario": {"hash": scenario.hash},
        "exposure": asdict(scenario.exposure),
        "hunt": {"method": "importance", "reason": "made by hand", "warnings": []},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _save(folder, table):
    folder.mkdir()
    arrays = [pa.array(values, field.type) for field, values in table.items()]
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(list(table))), folder / "00000.parquet")
