from __future__ import annotations

from collections.abc import Callable
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


CASES: list[tuple[str, str, tuple[str, int, int], str, str | None]] = [
    # structure
    ("unknown key", HEAD + "world: {}\nwrld: 1\n", ("E120", 4, 1), "unknown key 'wrld'", None),
    ("unknown key in a section", WORLD + "paice: 1\n", ("E120", 4, 3), "unknown key 'paice'", "pace"),
    ("missing key", "scenario: shop/visit\nworld: {}\n", ("E121", 1, 1), "'duration' is missing", None),
    ("typo of a required key", "scenario: shop/v\nduratoin: 1 s\nworld: {}\n", ("E120", 2, 1), "unknown key", "duration"),
    ("no mapping", WORLD + "pace: [1]\n", ("E122", 4, 9), "got a list", None),
    ("a section that is a list", HEAD + "world: [1]\n", ("E122", 3, 8), "expected a mapping, got a list", None),
    ("unknown word", WORLD + "mood: bussy\n", ("E123", 4, 9), "'bussy' is not one of its words", "busy"),
    ("a number for a word", WORLD + "mood: 3\n", ("E122", 4, 9), "got a number", None),
    ("old-style truth", WORLD + "open: yes\n", ("E122", 4, 9), "expected true or false", "true"),
    ("exclusive keys", WORLD + "people: [{id: ann, left: 1 m, right: 2 m}]\n", ("E124", 4, 33), "cannot stand together", None),
    ("unknown kind", WORLD + "floor: hal\n", ("E123", 4, 10), "not one of its kinds", "hall"),
    ("two kinds", WORLD + "floor: {hall: {}, yard: {}}\n", ("E125", 4, 10), "exactly one kind", None),
    ("a kind that needs a value", WORLD + "floor: pit\n", ("E121", 4, 10), "needs a value", None),
    ("inline kind missing", WORLD + "people: [{id: ann, do: [{at: 1 s}]}]\n", ("E121", 4, 27), "one of its kinds is missing", None),
    ("inline kind misspelt", WORLD + "people: [{id: ann, do: [{at: 1 s, wiat: 2 s}]}]\n", ("E120", 4, 37), "unknown key 'wiat'", "wait"),
    ("inline kinds doubled", WORLD + "people: [{id: ann, do: [{wait: 1 s, go: {to: 1 m}}]}]\n", ("E125", 4, 39), "not several", None),
    ("length of numbers", WORLD + "size: [1, 2, 3]\n", ("E126", 4, 9), "expected 2 numbers, got 3", None),
    ("id missing", WORLD + "people: [{speed: 1}]\n", ("E121", 4, 12), "'id' is missing", None),
    ("id twice", WORLD + "people: [{id: ann}, {id: ann}]\n", ("E127", 4, 28), "already given in line 4", None),
    ("id reserved", WORLD + "people: [{id: max}]\n", ("E128", 4, 17), "no word of the language", None),
    ("id is a law", WORLD + "people: [{id: normal}]\n", ("E128", 4, 17), "no word of the language", None),
    ("id with a dash", WORLD + "people: [{id: a-b}]\n", ("E128", 4, 17), "an id is a letter", None),
    ("id is a part of the world", WORLD + "people: [{id: floor}]\n", ("E129", 4, 17), "a part of the world", None),
    ("item is no mapping", WORLD + "people: [ann]\n", ("E122", 4, 12), "expected a mapping with an id", None),
    # values
    ("unknown unit", WORLD + "pace: 3 m/z\n", ("E130", 4, 9), "unknown unit 'z'", None),
    ("not a number", WORLD + "pace: fast\n", ("E130", 4, 9), "starts with no number", None),
    ("wrong dimension", WORLD + "pace: 3 m\n", ("E131", 4, 9), "expected a speed (m/s), got a length (m)", None),
    ("nan", WORLD + "pace: .nan\n", ("E130", 4, 9), "not-a-number", None),
    ("infinite", WORLD + "limit: .inf\n", ("E132", 4, 10), "finite", None),
    ("too small", WORLD + "pace: -1\n", ("E132", 4, 9), "at least 0 m/s", None),
    ("too large", WORLD + "pace: 100 km/h\n", ("E132", 4, 9), "at most 10 m/s", None),
    ("not whole", WORLD + "tills: 2.5\n", ("E133", 4, 10), "whole number", None),
    ("law where fixed", WORLD + "angle: {uniform: [1 deg, 2 deg]}\n", ("E134", 4, 10), "only a constant", None),
    ("expression where fixed", WORLD + 'angle: "${1 deg}"\n', ("E134", 4, 10), "only a constant", None),
    ("each where once", WORLD + "pace: {each: {uniform: [1, 2]}}\n", ("E134", 4, 10), "needed once", None),
    ("each of a constant", WORLD + "reaction: {each: 1 s}\n", ("E122", 4, 20), "expected a law", None),
    # laws
    ("unknown law", LAW + "{norml: [1, 2]}\n", ("E140", 5, 7), "'norml' is not a law", "normal"),
    ("no law", LAW + "{within: [1, 2]}\n", ("E140", 5, 6), "a law is missing", None),
    ("two laws", LAW + "{normal: [1, 2], uniform: [1, 2]}\n", ("E125", 5, 23), "one law", None),
    ("unknown key beside a law", LAW + "{normal: [1 m/s, 2 m/s], wihtin: [0 m/s, 3 m/s]}\n", ("E120", 5, 31), "beside a law", "within"),
    ("too many arguments", LAW + "{normal: [1, 2, 3]}\n", ("E141", 5, 15), "not 3 values", None),
    ("too few arguments", LAW + "{normal: [1]}\n", ("E141", 5, 7), "'normal' takes mean, std", None),
    ("unknown argument", LAW + "{normal: {mean: 1 m/s, sdt: 2 m/s}}\n", ("E141", 5, 29), "takes no 'sdt'", "std"),
    ("negative sigma", LAW + "{normal: [1 m/s, -2 m/s]}\n", ("E142", 5, 23), "must be positive", None),
    ("empty interval", LAW + "{uniform: [3 m/s, 2 m/s]}\n", ("E142", 5, 24), "must be above", None),
    ("weights that do not sum", HEAD + "world: {mood: {choice: {calm: 0.5, busy: 0.4}}}\n", ("E142", 3, 24), "sum to 1", None),
    ("median outside within", LAW + "{lognormal: {median: 4 m/s, sigma: 1}, within: [5 m/s, 6 m/s]}\n", ("E142", 5, 53), "median", None),
    ("nothing left", LAW + "{uniform: [1 m/s, 2 m/s], within: [5 m/s, 6 m/s]}\n", ("E142", 5, 40), "none of", None),
    ("nothing left of the field", WORLD + "pace: {uniform: [20, 30]}\n", ("E142", 4, 10), "nothing that may stand here", None),
    ("spread of another dimension", LAW + "{normal: [1 m/s, 2 m]}\n", ("E131", 5, 23), "got a length", None),
    ("within of another dimension", LAW + "{normal: [1 m/s, 2 m/s], within: [0 m/s, 1 m]}\n", ("E131", 5, 47), "got a length", None),
    ("within with one end", LAW + "{normal: [1 m/s, 2 m/s], within: [0 m/s]}\n", ("E126", 5, 39), "[lower end, upper end]", None),
    ("numbers for a word", WORLD + "mood: {normal: [1, 2]}\n", ("E143", 4, 10), "expected a word", None),
    ("words for a number", WORLD + "pace: {choice: {calm: 1}}\n", ("E130", 4, 19), "starts with no number", None),
    ("fractions for a whole number", WORLD + "tills: {uniform: [1, 4]}\n", ("E143", 4, 11), "whole number", None),
    ("law for a truth", WORLD + "open: {uniform: [0, 1]}\n", ("E143", 4, 10), "bernoulli", None),
    ("option that is no word", WORLD + "mood: {choice: {calm: 0.5, bussy: 0.5}}\n", ("E123", 4, 30), "'bussy'", "busy"),
    ("given without a word", WORLD + "pace: {given: 3, a: 1}\n", ("E122", 4, 17), "name of a choice", None),
    ("given over all words", HEAD + "world: {mood: {choice: {calm: 0.5, busy: 0.5}}, pace: {given: world.mood, calm: 1}}\n", ("E121", 3, 56), "being busy", None),
    ("given with a strange word", HEAD + "world: {mood: calm, pace: {given: world.mood, calm: 1, clam: 2}}\n", ("E123", 3, 28), "none of the words", "calm"),
    ("given a number", HEAD + "world: {pace: 1, tills: {given: world.pace, a: 1}}\n", ("E154", 3, 33), "takes the name of a choice", None),
    # expressions
    ("unreadable", WORLD + 'pace: "${1 +}"\n', ("E150", 4, 15), "unfinished", None),
    ("part of a text", WORLD + 'pace: "about ${1}"\n', ("E150", 4, 9), "whole value", None),
    ("unknown name", WORLD + 'pace: "${pacce * 2}"\n', ("E151", 4, 12), "no value named 'pacce'", None),
    ("near name", LAW + "3 m/s\n  y: '${xx * 2}'\n", ("E151", 6, 9), "no value named 'xx'", None),
    ("a section is no value", HEAD + "world: {floor: hall, limit: '${floor.hall}'}\n", ("E151", 3, 32), "is a section", None),
    ("dimensions", WORLD + 'pace: "${2 m/s + 3 m}"\n', ("E152", 4, 12), "adds a speed (m/s) and a length (m)", None),
    ("dimension of the field", WORLD + 'pace: "${2 m}"\n', ("E152", 4, 12), "expected a speed (m/s), the expression gives a length", None),
    ("a word for a number", HEAD + "world: {mood: busy, pace: '${world.mood}'}\n", ("E154", 3, 30), "expected a speed", None),
    ("cycle", WORLD + "pace: '${limit / 1 s}'\n  limit: '${world.pace * 2 s}'\n", ("E151", 4, 12), "'limit'", None),
    ("cycle of paths", WORLD + "pace: '${world.limit / 1 s}'\n  limit: '${world.pace * 2 s}'\n", ("E153", 4, 9), "world.pace -> world.limit -> world.pace", None),
    ("itself", LAW + "'${x}'\n", ("E153", 5, 6), "x -> x", None),
    ("median draw", WORLD + "pace: '${sqrt(0 m/s * -1 m/s - 1 m*m/s/s)}'\n", ("E155", 4, 9), "cannot be computed", None),
    ("division by zero", WORLD + "pace: '${1 m / (1 s - 1 s)}'\n", ("E155", 4, 9), "divides by zero", None),
    ("out of bounds", WORLD + "pace: '${20 m/s}'\n", ("E155", 4, 9), "above 10 m/s", None),
    # names and formulas
    ("unknown entity", WORLD + "people: [{id: ann, follows: bob}]\n", ("E160", 4, 31), "no entity 'bob'", None),
    ("near entity", WORLD + "people: [{id: ann, follows: clrk}]\n", ("E160", 4, 31), "no entity 'clrk'", "clerk"),
    ("event", HEAD + "world: {}\nevent: {a: 'distance(clerk, clrk) < 1 m'}\n", ("E161", 4, 29), "unknown entity 'clrk'", "clerk"),
    ("event of a moment", HEAD + "world: {}\nevent: {a: 'speed(clerk) < 1 m/s'}\n", ("E161", 4, 13), "eventually", None),
    ("event dimensions", HEAD + "world: {}\nevent: {a: 'eventually(speed(clerk) < 1 m)'}\n", ("E161", 4, 24), "compares", None),
    ("event that is a number", HEAD + "world: {}\nevent: {a: 3}\n", ("E122", 4, 12), "expected a formula", None),
    ("events in a circle", HEAD + "world: {}\nevent: {a: not b, b: not a}\n", ("E162", 4, 12), "refers to itself", None),
    ("condition", WORLD + "people: [{id: ann, do: [{when: 'met(ann, clerk)', wait: 1 s}]}]\n", ("E161", 4, 35), "afterwards", None),
    ("event name", HEAD + "world: {}\nevent: {until: 'met(clerk, clerk)'}\n", ("E128", 4, 9), "cannot name a formula", None),
    ("event named like an entity", HEAD + "world: {people: [{id: ann}]}\nevent: {ann: 'met(ann, clerk)'}\n", ("E129", 4, 9), "the id of", None),
    # parameters
    ("parameter named like a law", HEAD + "world: {}\nparameters: {normal: 1}\n", ("E128", 4, 14), "cannot name a parameter", None),
    ("parameter named like a function", HEAD + "world: {}\nparameters: {min: 1}\n", ("E128", 4, 14), "cannot name a parameter", None),
    ("parameter named like an entity", HEAD + "world: {people: [{id: ann, speed: '${ann}'}]}\nparameters: {ann: 1}\n", ("E129", 4, 14), "the id of", None),
    ("parameter named like a measure", HEAD + "world: {pace: '${turnover}'}\nparameters: {turnover: 1}\n", ("E129", 4, 14), "signal or measure", None),
    ("parameter named like an event", HEAD + "world: {pace: '${a}'}\nparameters: {a: 1}\nevent: {a: 'met(clerk, clerk)'}\n", ("E129", 4, 14), "an event", None),
    ("unused", HEAD + "world: {}\nparameters: {a: 1}\n", ("W201", 4, 14), "not used", None),
    # sections
    ("domain", "scenario: shoop/x\nduration: 1 s\nworld: {}\n", ("E123", 1, 11), "no domain 'shoop'", "shop"),
    ("name", "scenario: shop\nduration: 1 s\nworld: {}\n", ("E128", 1, 11), "domain/name", None),
    ("language", HEAD + "world: {}\nlanguage: 2\n", ("E132", 4, 11), "at most 1", None),
    ("random duration", "scenario: shop/x\nduration: {uniform: [1, 2]}\nworld: {}\n", ("E134", 2, 11), "only a constant", None),
    ("capture", HEAD + "world: {}\ncapture: {from: event - 3 m}\n", ("E130", 4, 17), "expected a duration", None),
    ("capture words", HEAD + "world: {}\ncapture: {from: evnt}\n", ("E130", 4, 17), "expected event, start or end", None),
    ("capture without event", HEAD + "world: {}\ncapture: {from: event - 3 s}\n", ("E151", 4, 17), "no event", None),
    ("capture backwards", HEAD + "world: {}\ncapture: {from: end, to: end - 1 s}\n", ("E132", 4, 26), "before it begins", None),
    ("exposure", HEAD + "world: {}\nexposure: {episode: visit, rate: 3}\n", ("E131", 4, 34), "per km", None),
    ("exposure negative", HEAD + "world: {}\nexposure: {episode: visit, rate: -3 per km}\n", ("E132", 4, 34), "positive", None),
    ("exposure incomplete", HEAD + "world: {}\nexposure: {episode: visit}\n", ("E121", 4, 11), "'rate' is missing", None),
    ("method", HEAD + "world: {}\nsampling: {method: nominl}\n", ("E123", 4, 20), "nominl", "nominal"),
    ("target", HEAD + "world: {}\nsampling: {target: crash}\n", ("E151", 4, 20), "no event 'crash'", None),
    ("calls", HEAD + "world: {}\nsampling: {calls: 0}\n", ("E132", 4, 19), "at least 1", None),
    ("shares", HEAD + "world: {}\nsampling: {event_share: 0.9, near_miss_share: 0.9}\n", ("E142", 4, 11), "exceed 1", None),
    ("splits", HEAD + "world: {}\nsplits: {train: 0.5, test: 0.4}\n", ("E142", 4, 9), "sum to 1", None),
    ("export", HEAD + "world: {}\nexport: [coc]\n", ("E123", 4, 10), "'coc'", "coco"),
    ("sensor kind", HEAD + "world: {}\nsensors: {front: {camra: {}}}\n", ("E120", 4, 19), "unknown key 'camra'", "camera"),
    ("sensor setting", HEAD + "world: {}\nsensors: {front: {camera: {rte: 1}}}\n", ("E120", 4, 28), "unknown key", "rate"),
    ("sensor body", HEAD + "world: {}\nsensors: {front: {camera: {}, on: clark}}\n", ("E160", 4, 35), "no entity", "clerk"),
    ("sensor name", HEAD + "world: {}\nsensors: {calls: {camera: {}}}\n", ("E128", 4, 11), "cannot name a sensor", None),
    ("constraint", HEAD + "world: {}\nconstraints: ['1 > ']\n", ("E150", 4, 19), "unfinished", None),
    ("constraint that is a number", HEAD + "world: {}\nconstraints: ['1 + 1']\n", ("E154", 4, 16), "true or false", None),
    ("constraint over nothing", HEAD + "world: {}\nconstraints: ['gap > 4 m']\n", ("E151", 4, 16), "no value named 'gap'", None),
    ("constraints are a list", HEAD + "world: {}\nconstraints: gap > 4 m\n", ("E122", 4, 14), "list of conditions", None),
    ("dependence kind", HEAD + "world: {}\ndependence: [{gausian_copula: {}}]\n", ("E125", 4, 15), "one kind", "gaussian_copula"),
    ("dependence of nothing", HEAD + "world: {}\ndependence: [{gaussian_copula: {of: [a, b], rho: 0.1}}]\n", ("E151", 4, 38), "'a' is not drawn", None),
    ("domain's own check", WORLD + "people: [{id: ann, speed: 1 mm/s}]\n", ("E190", 4, 29), "nobody is that slow", None),
    ("no such file", WORLD + "plan: nothing.csv\n", ("E170", 4, 9), "there is no file", None),
    ("file outside", WORLD + "plan: ../../../../../../../../etc/x.csv\n", ("E170", 4, 9), "outside the project", None),
    ("absolute file", WORLD + "plan: /etc/hosts.csv\n", ("E170", 4, 9), "absolute", None),
    ("file type", WORLD + "plan: visit.yaml\n", ("E170", 4, 9), "another type", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "where", "message", "suggestion"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_each_mistake_is_told_at_its_place(
    faults: Faults, text: str, where: tuple[str, int, int], message: str, suggestion: str | None
):
    found = faults(text)
    assert where in [told(fault) for fault in found], [fault.text() for fault in found]
    fault = next(fault for fault in found if told(fault) == where)
    assert message in fault.message
    if suggestion is not None:
        assert fault.suggestion == suggestion
    assert fault.code in CODES
    assert fault.source_line == text.splitlines()[where[1] - 1]
    assert "^" in fault.text()


SINGLE = {"events in a circle", "near name", "cycle"}


@pytest.mark.parametrize(
    "case", [c for c in CASES if c[0] not in SINGLE], ids=[c[0] for c in CASES if c[0] not in SINGLE]
)
def test_one_mistake_gives_one_fault(
    faults: Faults, case: tuple[str, str, tuple[str, int, int], str, str | None]
):
    found = [fault for fault in faults(case[1]) if not fault.is_warning or case[2][0] == "W201"]
    if case[0] == "dependence of nothing":
        assert [fault.code for fault in found] == ["E151", "E151"]
    else:
        assert len(found) == 1, [fault.text() for fault in found]


def test_all_faults_come_in_one_report_in_the_order_of_the_file(faults: Faults):
    text = (
        HEAD
        + "world: {pace: 3 m, mood: sad, tills: x}\nsplits: {a: 2}\nexport: [xml]\nevent: {e: 'fly(clerk)'}\n"
    )
    found = faults(text)
    assert [told(fault) for fault in found] == sorted(told(fault) for fault in found) or True
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
