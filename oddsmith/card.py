"""The dataset card: a README for people, whose head tells Hugging Face's `datasets` where the tables are."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

__all__ = ["dataset_card"]

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

_ROLES = """\
Every column has a role, kept in the Parquet field metadata beside its unit: **key** joins tables, **feature**
is what an observer would get, **label** is the truth, **weight** is what the row stands for, **meta** says how
it was made. Sensor tables hold keys, features and the labels of their own frames, never weights. `occurrences`,
if there are any, tells what happened in each episode and when."""

_ENCODINGS = """\
Images are `{bytes, path}` structs. Depth: 16-bit PNG in 1/256 m, or 32-bit TIFF in m, as its unit says; 0 is
none. Instance: 16-bit PNG, 0 is background; the id is that of the body all through its episode. Semantic:
8-bit PNG, 0 is void. Flow: KITTI 16-bit PNG. Normals: octahedral 16-bit PNG in the camera's frame. Camera: x
right, y down, z forward; world: z up; vehicles ISO 8855; `T_a_b` maps points of frame b to frame a. SI units
throughout."""


def dataset_card(
    *,
    name: str,
    about: str,
    sources: tuple[str, ...],
    tables: Mapping[str, int],
    sensors: Collection[str],
    columns: Mapping[str, int],
    rates: Mapping[str, Any],
    strata: Mapping[str, int],
) -> str:
    """Return the card as Markdown with YAML front matter.

    Args:
        name: of the scenario.
        about: its description.
        sources: where its numbers come from.
        tables: table -> rows.
        sensors: names of the tables that hold what sensors gave; the first is what readers open by default.
        columns: table -> number of columns.
        rates: odds of the events and failures, as `Rates.summary` gives them.
        strata: stratum -> episodes.
    """
    main = next((table for table in tables if table in sensors), "episodes")
    blocks = [
        f"# {name}",
        about,
        "Synthetic episodes of rare cases. Each keeps its odds: `weight` in `episodes` is the share of the"
        " natural population that the episode stands for: weighted sums over episodes estimate natural rates.",
        "## Odds\n\n" + _odds_table(rates),
        "## Episodes\n\n"
        + _markdown(["stratum", "episodes"], [[k, str(n)] for k, n in sorted(strata.items())]),
        "## Tables\n\n"
        + _markdown(
            ["table", "rows", "columns"], [[f"`{t}/`", str(n), str(columns[t])] for t, n in tables.items()]
        ),
        _ROLES,
        "## Conventions\n\n" + _ENCODINGS,
        "## Use\n\n" + _use(main),
    ]
    if sources:
        blocks.append("## Sources\n\n" + "\n".join(f"- {source}" for source in sources))
    return _front_matter(name, tables, main) + "\n\n".join(block for block in blocks if block) + "\n"


def _front_matter(name: str, tables: Mapping[str, int], main: str) -> str:
    """Return the YAML head; JSON strings are YAML strings."""
    size = next((label for limit, label in _SIZES if sum(tables.values()) < limit), "n>1M")
    lines = ["---", f"pretty_name: {json.dumps(name)}", "tags:", "- synthetic", "- rare-events", "- simulation"]
    lines += ["size_categories:", f"- {size}", "configs:"]
    for table in tables:
        lines += [f"- config_name: {json.dumps(table)}", f"  data_files: {json.dumps(f'{table}/*.parquet')}"]
        if table == main:
            lines.append("  default: true")
    return "\n".join([*lines, "---", "", ""])


def _odds_table(rates: Mapping[str, Any]) -> str:
    rows = []
    for event, found in rates["odds"].items():
        interval = "{:.3g} to {:.3g}".format(*found["interval"]) if found["interval"] else ""
        counts = [str(found["calls"]), str(found["hits"])]
        rows.append([event, *counts, _probability(found), interval, found["verdict"]])
    head = ["event", "calls", "seen", "probability per episode", "95 % interval", "verdict"]
    table = _markdown(head, rows)
    failed = rates["failures"]
    if failed["calls"]:
        table += f"\n\n{failed['calls']} calls (weight {failed['weight']:.3g}) could not be simulated."
    return table


def _probability(found: Mapping[str, Any]) -> str:
    if found["rate"] is not None:
        return f"{found['rate']:.4g}"
    return "unknown" if found["upper"] is None else f"below {found['upper']:.3g}"


def _use(main: str) -> str:
    return f"""\
```python
import oddsmith

dataset = oddsmith.Dataset(".")
for episode in dataset.episodes():
    print(episode.id, episode.weight)
```

The tables are plain Parquet: `pandas.read_parquet("{main}")`, DuckDB, Polars, Spark and `datasets` read
them."""


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
