from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.errors import Fault
from sim.language.report import CODES

Faults = Callable[..., tuple[Fault, ...]]

HEAD = "scenario: shop/visit\nduration: 10 s\n"
WORLD = HEAD + "world:\n  "
LAW = HEAD + "world: {pace: '${x}'}\nparameters:\n  x: "


def told(fault: Fault) -> tuple[str, int, int]:
    assert fault.place is not None, fault
    return fault.code, fault.place.line, fault.place.column


def test_a_good_file_has_no_fault(faults: Faults, base: str):
    assert faults(base) == ()


@dataclass(frozen=True)
class Mistake:
    name: str
    text: str
    where: tuple[str, int, int]
    message: str
    suggestion: str | None


def mistakes() -> list[Mistake]:
    """Return the blocks of `mistakes.txt`."""
    blocks = (Path(__file__).parent / "mistakes.txt").read_text("utf-8").split("\n=== ")[1:]
    found = []
    for block in blocks:
        head, _, text = block.partition("\n")
        name, place, message, suggestion = (part.strip() for part in (head + " ").split(" | "))
        code, _, position = place.partition(" ")
        line, _, column = position.partition(":")
        where = (code, int(line), int(column))
        found.append(Mistake(name, text.rstrip("\n") + "\n", where, message, suggestion or None))
    return found


MISTAKES = {mistake.name: mistake for mistake in mistakes()}
TOLD_TWICE = {"events in a circle": 2, "dependence of nothing": 2}
"""Mistakes of two things at once, each of which is told."""


def test_there_are_many_mistakes():
    assert len(MISTAKES) == len(mistakes()) > 100


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_told_once_at_its_place(faults: Faults, name: str):
    mistake = MISTAKES[name]
    found = faults(mistake.text)
    assert mistake.where in [told(fault) for fault in found], [fault.text() for fault in found]
    fault = next(fault for fault in found if told(fault) == mistake.where)
    assert mistake.message in fault.message
    if mistake.suggestion is not None:
        assert fault.suggestion == mistake.suggestion
    assert fault.code in CODES
    assert fault.source_line == mistake.text.splitlines()[mistake.where[1] - 1]
    assert "^" in fault.text()
    assert len(found) == TOLD_TWICE.get(name, 1), [fault.text() for fault in found]


def test_all_faults_come_in_one_report_in_the_order_of_the_file(faults: Faults):
    text = (
        HEAD
        + "world: {pace: 3 m, mood: sad, tills: x}\nsplits: {a: 2}\nexport: [xml]\nevent: {e: 'fly(clerk)'}\n"
    )
    found = faults(text)
    lines = [fault.place.line for fault in found if fault.place]
    assert lines == sorted(lines)
    assert [fault.code for fault in found] == ["E131", "E123", "E130", "E132", "E123", "E161"]


def test_a_fault_shows_the_line_and_a_caret(faults: Faults):
    (fault,) = faults(WORLD + "mood: bussy\n")
    lines = fault.text().splitlines()
    assert lines[0].endswith("visit.yaml:4:9  world.mood  [E123]")
    assert lines[1] == "  'bussy' is not one of its words; allowed: calm, busy, wild.  Did you mean 'busy'?"
    assert lines[2] == "     4 |   mood: bussy"
    assert lines[3] == "       |         ^^^^^"


def test_a_missing_and_a_misspelt_key_are_one_fault(faults: Faults):
    (fault,) = faults("scenario: shop/x\ndurration: 1 s\nworld: {}\n")
    assert fault.suggestion == "duration"


def test_input_files_stay_inside_the_project(faults: Faults, tmp_path: Path):
    (tmp_path / ".oddsmith").touch()
    outside = tmp_path.parent / f"{tmp_path.name}_outside.csv"
    outside.write_text("a\n1\n")
    (tmp_path / "link.csv").symlink_to(outside)
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "folder.csv").mkdir()
    expected = {"link.csv": "outside", "loop.csv": "cannot be read", "folder.csv": "not a file"}
    for name, message in expected.items():
        (fault,) = faults(WORLD + f"plan: {name}\n")
        assert (fault.code, message in fault.message) == ("E170", True), fault.message


def test_copulas_must_be_positive_definite(faults: Faults):
    def of(body: str) -> list[str]:
        laws = "parameters: {a: {normal: [1 m/s, 1 m/s]}, b: {uniform: [1, 2]}, c: {uniform: [1, 2]}}\n"
        use = "world: {pace: '${a * b * c}'}\n"
        return [f.code for f in faults(HEAD + use + laws + f"dependence: [{{gaussian_copula: {body}}}]\n")]

    assert of("{of: [a, b], rho: 0.9}") == []
    assert of("{of: [a, b], rho: 1.0}") == ["E142"]
    assert of("{of: [a, b, c], rho: -0.6}") == ["E142"]
    assert of("{of: [a, b, c], correlation: [[1, 0.9, 0], [0.9, 1, 0.9], [0, 0.9, 1]]}") == ["E142"]
    assert of("{of: [a, b], correlation: [[1, 0.5], [0.4, 1]]}") == ["E142"]
    assert of("{of: [a, b], correlation: [[1, 0.5]]}") == ["E126"]
    assert of("{of: [a, b]}") == ["E121"]
    assert of("{of: [a], rho: 0.1}") == ["E142"]
    assert of("{of: [a, b], rho: 0.1, hro: 2}") == ["E120"]


def test_faults_of_the_command_line_say_so(faults: Faults, base: str):
    (fault,) = faults(base, overrides={"world.pace": "3 m"})
    assert fault.code == "E131"
    assert fault.place is None
    assert fault.text().startswith("command line  world.pace  [E131]")


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("nothing.here", "1", "E180"),
        ("world.pce", "1", "E120"),
        ("world..pace", "1", "E180"),
        ("", "1", "E180"),
        ("world.pace.deep", "1", "E140"),
        ("world.pace", "[1, 2", "E105"),
        ("world.pace", "!!str 3", "E108"),
        ("world.people.ann.speed", "1", "E122"),
        ("sampling.calls", "0", "E132"),
        ("duration", "1 m", "E131"),
    ],
)
def test_overrides_go_through_the_same_checks(faults: Faults, base: str, path: str, value: str, code: str):
    found = faults(base, overrides={path: value})
    assert [fault.code for fault in found] == [code]
    assert found[0].place is None
