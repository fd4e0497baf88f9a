"""Several numbers at one place: lists of a fixed length, and mappings from free names to numbers."""

from __future__ import annotations

from sim.fields import Figures, Numbers
from sim.language.nodes import ListNode, MapNode, Node, ScalarNode, kind_of
from sim.language.plan import Fixed
from sim.language.report import Report
from sim.language.scalars import Bounds, check_bounds, read_number
from sim.units import DIMENSIONLESS, unit

__all__ = ["read_figures", "read_numbers"]


def read_numbers(declared: Numbers, node: Node, where: str, report: Report) -> Fixed | None:
    """Return a list of numbers, None with faults where it is wrong."""
    if not isinstance(node, ListNode) or len(node.items) != declared.length:
        given = f"{len(node.items)}" if isinstance(node, ListNode) else kind_of(node)
        report.add("E126", where, f"expected {declared.length} numbers, got {given}", place=node.place)
        return None
    bounds = Bounds(declared.least, declared.most, declared.integer)
    dimension = unit(declared.unit).dimension
    values: list[float] = []
    for item in node.items:
        number = read_number(item, where, dimension, report)
        if number is not None and check_bounds(number, bounds, declared.unit, where, item.place, report):
            values.append(int(number) if declared.integer else number)
    return Fixed(tuple(values), list(values)) if len(values) == declared.length else None


def read_figures(declared: Figures, node: Node, where: str, report: Report) -> Fixed | None:
    """Return a mapping from names to numbers, None with faults where it is wrong."""
    if isinstance(node, ScalarNode) and node.value is None:
        return Fixed({}, {})
    if not isinstance(node, MapNode):
        report.add("E122", where, f"expected names with numbers, got {kind_of(node)}", place=node.place)
        return None
    bounds = Bounds(declared.least, declared.most)
    values: dict[str, float] = {}
    for entry in node.entries:
        path = f"{where}.{entry.key}"
        number = read_number(entry.value, path, DIMENSIONLESS, report)
        if number is not None and check_bounds(number, bounds, "", path, entry.value.place, report):
            values[entry.key] = number
    return Fixed(values, dict(values)) if len(values) == len(node.entries) else None
