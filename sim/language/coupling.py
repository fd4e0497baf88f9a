"""`dependence:` and `constraints:`: what holds between parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.errors import Place
from sim.expressions import ExpressionError, Reference, references
from sim.language.graph import Graph
from sim.language.kinds import TruthKind
from sim.language.nodes import ListNode, MapNode, Node, ScalarNode, kind_of
from sim.language.plan import Computed, Leaf
from sim.language.report import Report
from sim.language.scalars import note_expression_error, parse_into, read_number
from sim.laws.base import LawError
from sim.laws.dependence import GaussianCopula
from sim.units import DIMENSIONLESS

__all__ = ["Constraint", "read_constraints", "read_dependence"]


@dataclass(frozen=True)
class Constraint:
    """A condition on parameters that every draw fulfils."""

    text: str
    condition: Computed
    needs: tuple[str, ...]


def read_constraints(node: Node | None, graph: Graph, report: Report) -> tuple[Constraint, ...]:
    """Return the constraints that make sense."""
    if _is_absent(node):
        return ()
    if not isinstance(node, ListNode):
        assert node is not None
        message = f"expected a list of conditions, got {kind_of(node)}"
        report.add("E122", "constraints", message, place=node.place)
        return ()
    found = (_constraint(item, f"constraints.{i}", graph, report) for i, item in enumerate(node.items))
    return tuple(one for one in found if one is not None)


def _constraint(node: Node, where: str, graph: Graph, report: Report) -> Constraint | None:
    text = node.value if isinstance(node, ScalarNode) else None
    if not isinstance(text, str):
        report.add("E122", where, f"expected a condition, got {kind_of(node)}", place=node.place)
        return None
    condition = parse_into(text, node.place, where, report)
    if condition is None:
        return None
    graph.settle(condition)
    needs = []
    for reference in references(condition.tree):
        leaf = _found(reference, condition, where, graph, report)
        if leaf is None:
            return None
        needs.append(leaf.path)
        graph.users.setdefault(leaf.path, []).append(where)
    kind = graph.kind(condition, where)
    if kind is not None and not isinstance(kind, TruthKind):
        message = f"a constraint is true or false, this is {kind}"
        report.add("E154", where, message, place=condition.place)
        return None
    return None if kind is None else Constraint(text.strip(), condition, tuple(dict.fromkeys(needs)))


def _found(reference: Reference, computed: Computed, where: str, graph: Graph, report: Report) -> Leaf | None:
    try:
        return graph.find(reference)
    except ExpressionError as error:
        note_expression_error(error, computed.text, computed.place, where, report)
        return None


def read_dependence(node: Node | None, drawn: Mapping[str, Leaf], report: Report) -> tuple[GaussianCopula, ...]:
    """Return the copulas among once-per-episode parameters, each parameter in one of them at most."""
    if _is_absent(node):
        return ()
    if not isinstance(node, ListNode):
        assert node is not None
        report.add("E122", "dependence", f"expected a list, got {kind_of(node)}", place=node.place)
        return ()
    taken: dict[str, str] = {}
    copulas = (_copula(item, f"dependence.{i}", drawn, taken, report) for i, item in enumerate(node.items))
    return tuple(copula for copula in copulas if copula is not None)


def _copula(
    node: Node, where: str, drawn: Mapping[str, Leaf], taken: dict[str, str], report: Report
) -> GaussianCopula | None:
    if not isinstance(node, MapNode) or node.keys != ("gaussian_copula",):
        wrong = node.entries[0] if isinstance(node, MapNode) and node.entries else None
        place = wrong.place if wrong else node.place
        given = wrong.key if wrong else None
        message = "one kind of dependence stands here"
        report.add("E125", where, message, place=place, allowed=("gaussian_copula",), given=given)
        return None
    body = node.entries[0].value
    path = f"{where}.gaussian_copula"
    if not isinstance(body, MapNode):
        report.add("E122", path, f"expected of and rho, got {kind_of(body)}", place=body.place)
        return None
    if not _keys_fit(body, path, report):
        return None
    names = _members(body.get("of"), f"{path}.of", drawn, taken, report)
    rows = _correlation(body, path, len(names or ()), report)
    if names is None or rows is None:
        return None
    try:
        return GaussianCopula(names, rows)
    except LawError as error:
        at = body.by_key["of" if error.argument == "of" else body.keys[-1]].value.place
        report.add("E142", path, error.message, place=at)
        return None


def _keys_fit(body: MapNode, path: str, report: Report) -> bool:
    allowed = ("of", "rho", "correlation")
    is_good = True
    for entry in body.entries:
        if entry.key not in allowed:
            report.add(
                "E120", path, f"unknown key '{entry.key}'", place=entry.place, allowed=allowed, given=entry.key
            )
            is_good = False
    if is_good and ("of" not in body.by_key or ("rho" in body.by_key) == ("correlation" in body.by_key)):
        message = "'of' and either 'rho' or 'correlation' are needed"
        report.add("E121", path, message, place=body.place)
        is_good = False
    return is_good


def _members(
    node: Node | None, where: str, drawn: Mapping[str, Leaf], taken: dict[str, str], report: Report
) -> tuple[str, ...] | None:
    if not isinstance(node, ListNode):
        report.add("E122", where, "expected a list of parameters", place=node.place if node else None)
        return None
    names: list[str] = []
    is_good = True
    for item in node.items:
        name = item.value if isinstance(item, ScalarNode) else None
        problem: str | None = None
        if not isinstance(name, str) or name not in drawn:
            problem = f"'{name}' is not drawn once per episode" if isinstance(name, str) else "expected a name"
        elif name in taken:
            problem = f"'{name}' already stands in {taken[name]}"
        if problem is not None:
            near = report.near(str(name), tuple(drawn))
            report.add("E151", where, problem, place=item.place, suggestion=near)
            is_good = False
        elif isinstance(name, str):
            taken[name] = where
            names.append(name)
    return tuple(names) if is_good else None


def _correlation(body: MapNode, path: str, size: int, report: Report) -> tuple[tuple[float, ...], ...] | None:
    rho = body.get("rho")
    if rho is not None:
        number = read_number(rho, f"{path}.rho", DIMENSIONLESS, report)
        if number is None or not _is_correlation(number, size, f"{path}.rho", rho.place, report):
            return None
        return tuple(tuple(1.0 if i == j else number for j in range(size)) for i in range(size))
    matrix = body.get("correlation")
    rows = matrix.items if isinstance(matrix, ListNode) else ()
    found: list[tuple[float, ...]] = []
    for row in rows:
        items = row.items if isinstance(row, ListNode) else ()
        numbers = [read_number(item, f"{path}.correlation", DIMENSIONLESS, report) for item in items]
        found.append(tuple(number for number in numbers if number is not None))
    if size and (len(found) != size or any(len(row) != size for row in found)):
        message = f"expected {size} rows of {size} numbers"
        report.add("E126", f"{path}.correlation", message, place=matrix.place if matrix else None)
        return None
    return tuple(found)


def _is_correlation(rho: float, size: int, where: str, place: Place | None, report: Report) -> bool:
    least = -1.0 / max(size - 1, 1)
    if least < rho < 1.0:
        return True
    message = f"must lie between {least:g} and 1, ends excluded: the correlation is not positive definite"
    report.add("E142", where, message, place=place)
    return False


def _is_absent(node: Node | None) -> bool:
    return node is None or (isinstance(node, ScalarNode) and node.value is None)
