"""The page of driving cases is made from its tables, which name every bundled driving scenario."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from oddsmith.catalog import bundled_scenarios

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def coverage():
    spec = spec_from_file_location("make_coverage", ROOT / "docs" / "make_coverage.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_made_from_its_tables(coverage):
    assert coverage.FILE.read_text("utf-8") == coverage.page(), "run: python docs/make_coverage.py"


def test_the_tables_name_the_bundled_scenarios_all_and_none_besides(coverage):
    bundled = {name.partition("/")[2] for name in bundled_scenarios() if name.startswith("driving/")}
    assert coverage.named() == bundled, "put it into docs/make_coverage.py"


def test_the_lists_are_whole(coverage):
    # 37 entries whose crashes add up to those of the report, in thousands: 5,942 less what rounding leaves
    assert list(coverage.NHTSA) == [str(k) for k in range(1, 38)]
    crashes = [int(text.rpartition("|")[2]) for text, _ in coverage.NHTSA.values()]
    assert sum(crashes) == 5942
    assert len(coverage.R157) == 14  # cut-ins, avoidable and not, are one
    assert len(coverage.NCAP) == 21
