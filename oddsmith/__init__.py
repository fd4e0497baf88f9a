"""oddsmith: datasets of rare cases that keep their odds.

`load_scenario` reads and checks a YAML file, `run` makes a dataset from it, and `Dataset` reads one back as
numpy arrays, tables or a PyTorch dataset. `estimate` hunts on a function of one's own. The face is lazy: a name
is imported when it is first used, so that reading a dataset loads no simulator and `oddsmith --help` loads next
to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oddsmith.catalog import bundled_scenarios, load_scenario
    from oddsmith.dataset import Dataset, Episode, Frame
    from oddsmith.errors import DatasetError
    from oddsmith.functions import Estimate, estimate
    from oddsmith.generation import run

__all__ = [
    "Dataset",
    "DatasetError",
    "Episode",
    "Estimate",
    "Frame",
    "bundled_scenarios",
    "estimate",
    "load_scenario",
    "run",
]

__version__ = "0.1.0"

_HOMES = {
    "Dataset": "oddsmith.dataset:Dataset",
    "DatasetError": "oddsmith.errors:DatasetError",
    "Episode": "oddsmith.dataset:Episode",
    "Estimate": "oddsmith.functions:Estimate",
    "Frame": "oddsmith.dataset:Frame",
    "bundled_scenarios": "oddsmith.catalog:bundled_scenarios",
    "estimate": "oddsmith.functions:estimate",
    "load_scenario": "oddsmith.catalog:load_scenario",
    "run": "oddsmith.generation:run",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'oddsmith' has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted([*__all__, "__version__"])
