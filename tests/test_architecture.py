"""The walls of the house, read from the imports: who may know whom, what stays light, how long a file gets."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("oddsmith", "sim", "renderers")
LONGEST = 400


@dataclass(frozen=True)
class Rule:
    """Under `who` nobody imports what is under `whom`, save under `except_for`; `only` is all they may have."""

    who: str
    whom: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    except_for: tuple[str, ...] = ()


READERS = (
    "clouds",
    "concat",
    "dataset",
    "decoding",
    "detections",
    "errors",
    "exporters",
    "folder",
    "inspection",
    "intervals",
    "ledgers",
    "parquet_tables",
    "pictures",
    "probe",
    "stereo",
)

RULES = (
    # The arrows between the wings.
    Rule("sim", whom=("renderers", "oddsmith")),
    Rule("renderers", whom=("oddsmith",)),
    Rule(
        "renderers",
        only=tuple(
            f"sim.{name}"
            for name in (
                "recording",
                "scene",
                "geometry",
                "noise",
                "noise_kernels",
                "compiled",
                "kernel_cache",
                "errors",
                "fields",
                "views",
                "bearings",
                "raycast",
                "mesh_files",
            )
        ),
    ),
    *(Rule(f"oddsmith.{name}", whom=("sim", "renderers")) for name in READERS),
    # What weights are worth, a sampler asks before and a report after.
    Rule("oddsmith.odds", only=("sim.weights",)),
    Rule("oddsmith.odds", whom=("renderers",)),
    Rule("sim.samplers", whom=("sim.domains",)),
    # Sensors do not know each other, nor does a sampler know a domain.
    Rule(
        "renderers.camera", whom=("renderers.odometry", "renderers.odometry_declaration", "renderers.signals")
    ),
    Rule("renderers.lidar", whom=("renderers.camera.sensor", "renderers.odometry", "renderers.signals")),
    Rule("renderers.radar", whom=("renderers.camera.sensor", "renderers.lidar.sensor", "renderers.odometry")),
    Rule("renderers.camera", whom=("renderers.lidar", "renderers.radar")),
    Rule("renderers.odometry", whom=("renderers.camera", "renderers.signals")),
    Rule("renderers.inspection", whom=("renderers.camera.sensor", "renderers.odometry", "renderers.signals")),
    Rule("renderers.signals", whom=("renderers.camera", "renderers.odometry")),
    # Engines stay in their rooms.
    Rule("", whom=("pybullet",), except_for=("sim.worlds.engine",)),
    Rule("", whom=("simpy",), except_for=("sim.worlds.process", "sim.domains")),
    Rule("", whom=("yaml",), except_for=("sim.language.source", "oddsmith.exporters")),
    Rule("", whom=("cv2",), except_for=("renderers", "oddsmith.decoding")),
    Rule("", whom=("sklearn",), except_for=("oddsmith.probe.learners",)),
    Rule("", whom=("torch",), except_for=("oddsmith.torch_stream",)),
)

LIGHT = (
    "oddsmith",
    "oddsmith.catalog",
    "oddsmith.cli",
    "oddsmith.commands.compare",
    "oddsmith.commands.folders",
    "oddsmith.commands.language",
    "oddsmith.commands.library",
    "oddsmith.commands.machine",
    "oddsmith.commands.odds",
    "oddsmith.commands.odds_text",
    "oddsmith.commands.pictures",
    "oddsmith.commands.probe",
    "oddsmith.commands.probe_text",
    "oddsmith.commands.running",
    "oddsmith.exporters",
    "renderers.sensors",
    "sim.domains.driving.declaration",
    "sim.domains.factory.declaration",
    "sim.laws",
    "sim.samplers",
    "sim.scenario",
)
"""Modules that `--help`, `check` and `list` load."""

HEAVY = (
    "numpy",
    "numba",
    "simpy",
    "pybullet",
    "cv2",
    "pyarrow",
    "scipy.stats",
    "scipy.special",
    "matplotlib",
    "PIL",
    "torch",
)


def modules() -> dict[str, Path]:
    """Return the dotted name of every module of ours and its file."""
    found = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = file
    return found


MODULES = modules()


@dataclass(frozen=True)
class Import:
    """`importer` imports `imported`; at load time unless it stands in a function or under TYPE_CHECKING."""

    importer: str
    imported: str
    line: int
    is_at_load: bool


def imports_of(name: str, file: Path) -> Iterator[Import]:
    def walk(node: ast.AST, is_at_load: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(name, alias.name, child.lineno, is_at_load)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{file}:{child.lineno}: relative import"
                for alias in child.names:
                    dotted = f"{child.module}.{alias.name}"
                    is_module = dotted in MODULES
                    yield Import(name, dotted if is_module else str(child.module), child.lineno, is_at_load)
            else:
                is_lazy = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or (
                    isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
                )
                yield from walk(child, is_at_load and not is_lazy)

    yield from walk(ast.parse(file.read_text("utf-8")), is_at_load=True)


IMPORTS = [found for name, file in MODULES.items() for found in imports_of(name, file)]


def is_under(name: str, place: str) -> bool:
    return place == "" or name == place or name.startswith(place + ".")


def breaks(rule: Rule, found: Import) -> bool:
    if not is_under(found.importer, rule.who):
        return False
    if any(is_under(found.importer, place) for place in rule.except_for):
        return False
    if rule.only:
        wing = rule.only[0].partition(".")[0]
        return is_under(found.imported, wing) and not any(is_under(found.imported, p) for p in rule.only)
    return any(is_under(found.imported, place) for place in rule.whom)


@pytest.mark.parametrize(
    "rule", RULES, ids=lambda rule: f"{rule.who or 'all'}-{'-'.join(rule.whom or rule.only)}"
)
def test_nobody_breaks_a_rule(rule):
    broken = [
        f"{found.importer}:{found.line} imports {found.imported}" for found in IMPORTS if breaks(rule, found)
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("folder", "shared"),
    [
        ("sim.domains", {"base"}),
        (
            "oddsmith.exporters",
            {
                "base",
                "coco_files",
                "delimited",
                "node_table",
                "outlines",
                "pictures",
                "radar_files",
                "rle",
                "yolo_files",
            },
        ),
    ],
)
def test_plugs_do_not_know_each_other(folder, shared):
    plugs = {name.removeprefix(folder + ".").partition(".")[0] for name in MODULES if is_under(name, folder)}
    plugs -= {folder, *shared}
    crossing = [
        f"{found.importer} imports {found.imported}"
        for found in IMPORTS
        for one in plugs
        for other in plugs - {one}
        if is_under(found.importer, f"{folder}.{one}") and is_under(found.imported, f"{folder}.{other}")
    ]
    assert crossing == []


def test_imports_run_in_no_circle():
    """Over load-time imports; importing a module also runs the faces of the packages above it."""
    edges: dict[str, set[str]] = {name: set() for name in MODULES}
    for found in IMPORTS:
        if found.is_at_load and found.imported in MODULES and found.imported != found.importer:
            edges[found.importer].add(found.imported)
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in sorted(edges[name]):
                visit(other, (*path, name))
            done.add(name)

    for name in MODULES:
        visit(name, ())


def test_light_modules_load_nothing_heavy():
    script = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted(set(json.loads(sys.argv[2])) & set(sys.modules))))
"""
    command = [sys.executable, "-c", script, json.dumps(LIGHT), json.dumps(HEAVY)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == []


@pytest.mark.parametrize("name", sorted(set(MODULES) - {"oddsmith.__main__"}))
def test_a_module_lists_what_it_shows(name):
    """There is a docstring and an `__all__`, and every name in it is defined or imported there."""
    tree = ast.parse(MODULES[name].read_text("utf-8"))
    assert ast.get_docstring(tree), f"{name} does not say what it is"
    listed = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and "__all__" in _names(node)
    ]
    if all("__future__" in ast.unparse(node) for node in tree.body[1:]):
        return  # a folder without a face
    assert len(listed) == 1, f"{name} has no __all__"
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)} | {
        target.id for node in ast.walk(tree) for target in _targets(node)
    }
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
        for alias in node.names
    }
    assert set(listed[0]) <= defined | imported


def _names(node: ast.Assign | ast.AnnAssign) -> set[str]:
    return {target.id for target in _targets(node)}


def _targets(node: ast.AST) -> list[ast.Name]:
    if isinstance(node, ast.Assign):
        return [t for target in node.targets for t in ast.walk(target) if isinstance(t, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target]
    return []


FACES = sorted(name for name, file in MODULES.items() if file.name == "__init__.py")


@pytest.mark.parametrize("name", FACES)
def test_a_face_shows_what_it_lists(name):
    """A face that only gathers shows exactly what it imports; one with a table, at least what it defines."""
    face = import_module(name)
    if not hasattr(face, "__all__"):
        return
    for shown in face.__all__:
        assert getattr(face, shown) is not None
    body = [
        n for n in ast.parse(MODULES[name].read_text("utf-8")).body[1:] if "__future__" not in ast.unparse(n)
    ]
    *others, _ = sorted(body, key=lambda node: ast.unparse(node).startswith("__all__"))
    if others and all(isinstance(node, ast.ImportFrom) for node in others):
        assert set(face.__all__) == {alias.asname or alias.name for node in others for alias in node.names}
    defined = {n.name for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name[0] != "_"}
    assert defined <= set(face.__all__)
    if hasattr(face, "__getattr__"):
        assert set(face.__all__) == {shown for shown in dir(face) if not shown.startswith("_")}


def test_a_lazy_name_is_not_the_name_of_a_module():
    face = import_module("oddsmith")
    assert not {f"oddsmith.{name}" for name in face.__all__} & set(MODULES)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        face.__getattr__("nonsense")


def test_files_stay_short():
    files = [
        *MODULES.values(),
        *sorted((ROOT / "tests").rglob("*.py")),
        *sorted((ROOT / "benchmarks").rglob("*.py")),
    ]
    long = {
        str(file.relative_to(ROOT)): n
        for file in files
        if (n := len(file.read_text("utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_test_folders_are_no_packages():
    assert list((ROOT / "tests").rglob("__init__.py")) == []
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
