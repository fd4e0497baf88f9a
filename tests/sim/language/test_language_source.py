from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import Fault, Place, ScenarioError
from sim.language.nodes import MapNode, ScalarNode, node_of, plain
from sim.language.report import Report
from sim.language.source import parse_text, read_bytes
from sim.scenario import Scenario

Faults = Callable[..., tuple[Fault, ...]]


def read(text: str) -> object:
    report = Report()
    node = parse_text(text.encode(), "f.yaml", report)
    assert node is not None, report.faults
    assert report.is_clean
    return plain(node)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-6", 1e-6),
        ("1E5", 1e5),
        ("+.5", 0.5),
        ("1.", 1.0),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("-3", -3),
        ("true", True),
        ("False", False),
        ("on", "on"),
        ("no", "no"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("2026-11-22", "2026-11-22"),
        ("~", None),
        ("null", None),
        (".inf", math.inf),
        ("-.inf", -math.inf),
        ("'5'", "5"),
        ('"true"', "true"),
        ("100 km/h", "100 km/h"),
        ("<<", "<<"),
    ],
)
def test_scalars_follow_the_yaml_1_2_core_schema(text: str, value: object):
    found = read(f"a: {text}")
    assert found == {"a": value}
    assert type(found["a"]) is type(value)  # type: ignore[index]


def test_keys_are_texts_whatever_they_look_like():
    assert read("{on: 1, 2: 2, 2.5: 3, true: 4}") == {"on": 1, "2": 2, "2.5": 3, "true": 4}


def test_keys_and_values_know_their_place():
    node = parse_text(b"a: 1\nb:\n  - {c: 'dd'}\n", "f.yaml", Report())
    assert isinstance(node, MapNode)
    key, value = node.by_key["a"].place, node.by_key["a"].value.place
    assert (key.line, key.column, key.end) == (1, 1, 2)  # type: ignore[union-attr]
    assert (value.line, value.column, value.end) == (1, 4, 5)  # type: ignore[union-attr]
    inner = node.by_key["b"].value.items[0].by_key["c"].value.place  # type: ignore[union-attr]
    assert (inner.line, inner.column, inner.end) == (3, 9, 13)


def test_columns_count_characters_not_bytes():
    node = parse_text("größe: äö  # ü\nb: x".encode(), "f.yaml", Report())
    assert isinstance(node, MapNode)
    place = node.by_key["größe"].value.place
    assert place is not None
    assert (place.column, place.end) == (8, 10)


def test_anchors_and_aliases_stand_for_the_same_content():
    assert read("a: &x [1, 2]\nb: *x\nc: {d: *x}") == {"a": [1, 2], "b": [1, 2], "c": {"d": [1, 2]}}


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")))
)
documents = st.dictionaries(
    st.text(st.characters(categories=("Ll",)), min_size=1, max_size=5),
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
        max_leaves=6,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40)
@given(documents)
def test_json_is_read_back(data: dict[str, object]):
    assert read(json.dumps(data, ensure_ascii=False)) == data


@settings(max_examples=40)
@given(documents)
def test_a_node_of_plain_data_is_that_data(data: dict[str, object]):
    assert plain(node_of(data)) == data


# -- files that are no scenario ----------------------------------------------------------------------------


def fault_of(raw: bytes) -> Fault:
    report = Report()
    assert parse_text(raw, "f.yaml", report) is None
    (fault,) = report.faults
    return fault


def bomb(levels: int) -> bytes:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        (b"", "E104", 1),
        (b"# nothing\n", "E104", 1),
        (b"---\n", "E104", 1),
        (b"\x00\x01\x02\xff", "E103", 1),
        (b"a: 1\nb: \xff\xfe", "E103", 2),
        ("a: ü".encode("utf-16"), "E103", 1),
        (b"a: [1, 2\nb: 3", "E105", 2),
        (b"a: \x07", "E105", 1),
        (b"a: 1\n\tb: 2", "E105", 2),
        (b"a: {b: 1}}", "E105", 1),
        (b"[" * 100_000, "E106", 1),
        (b"{a: " * 100_000, "E106", 1),
        (b"- " * 100_000, "E106", 1),
        (bomb(9), "E107", 6),
        (b"a: [" + b"1," * 200_001 + b"1]", "E107", 1),
        (b"a: !!python/object:os.system x", "E108", 1),
        (b"a: 1\nb: !mine {}", "E108", 2),
        (b"a: " + b"7" * 65, "E111", 1),
        (b"a: " + b"7" * 10_000, "E111", 1),
        (b"--- {a: 1}\n--- {b: 2}\n", "E112", 2),
        (b"a: *nothing", "E113", 1),
        (b"a: &a [*a]", "E113", 1),
    ],
)
def test_text_that_cannot_be_read_is_one_clear_fault(raw: bytes, code: str, line: int):
    fault = fault_of(raw)
    assert (fault.code, fault.place.line) == (code, line)  # type: ignore[union-attr]
    assert len(fault.text().splitlines()[1]) < 200


def test_duplicate_keys_name_both_lines(faults: Faults, base: str):
    (fault,) = faults(base + "duration: 3 s\n")
    assert fault.code == "E109"
    assert "lines 2 and 6" in fault.message
    assert fault.place is not None
    assert (fault.place.line, fault.place.column) == (6, 1)


def test_keys_that_are_no_words_are_faults(faults: Faults, base: str):
    assert [fault.code for fault in faults(base + "? [1, 2]\n: 3\n")] == ["E110"]


@pytest.mark.parametrize(("make", "code"), [("missing", "E101"), ("folder", "E101"), ("large", "E102")])
def test_paths_that_hold_no_scenario_are_one_clear_fault(tmp_path: Path, make: str, code: str):
    path = tmp_path / "it.yaml"
    if make == "folder":
        path.mkdir()
    if make == "large":
        path.write_bytes(b"a: 1\n" * 2_000_000)
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path, sensors={}, exporters=())
    (fault,) = caught.value.faults
    assert fault.code == code
    assert fault.place is not None
    assert fault.place.file == str(path)


def test_a_path_that_cannot_be_is_a_fault():
    report = Report()
    assert read_bytes(Path("a\0b"), report) is None
    assert report.faults[0].code == "E101"


def test_a_scalar_document_is_no_scenario(faults: Faults):
    assert [fault.code for fault in faults("just text")] == ["E122"]
    assert [fault.code for fault in faults("[1, 2]")] == ["E122"]


def test_nodes_from_the_command_line_have_no_place():
    node = parse_text(b"{a: 1}", "", Report())
    assert isinstance(node, MapNode)
    assert node.place is None
    assert node.get("a") == ScalarNode(1)


@pytest.mark.parametrize("text", ["a: 1\n\tb: 2\n", "a:\n\tb: 2\n", "a:\n  b: 1\n \tc: 2\n"])
def test_a_tab_is_called_a_tab(text):
    report = Report()
    assert parse_text(text.encode(), "x.yaml", report) is None
    (fault,) = report.faults
    assert "tab" in fault.message
    assert "spaces" in fault.message


@given(st.integers(0, 3000), st.integers(1, 40))
def test_of_a_long_line_the_part_in_question_is_shown(before, width):
    line = "." * before + "x" * width + "." * 500
    fault = Fault("E120", "a", "wrong", Place("f.yaml", 7, before + 1, before + 1 + width), line)
    shown, carets = fault.text().splitlines()[-2:]
    assert len(shown) < 200
    assert [c for c, caret in zip(shown, carets.ljust(len(shown)), strict=False) if caret == "^"] == [
        "x"
    ] * width
