"""Systems under test: a user's controller drives, sees what a perception tells it, and fails as an outcome."""

from __future__ import annotations

import importlib
import json
import math
import sys
from types import ModuleType

import numpy as np
import pytest

from oddsmith import generation
from oddsmith.catalog import load_scenario
from sim.episode import record, score
from sim.errors import RunError, ScenarioError
from sim.noise import Noise
from sim.samplers import TABLE, Settings
from sim.scenario import Scenario

BRAKE = """
class Brake:
    def step(self, observation, t):
        return -5.0 if t >= 1.0 else 0.0

def controller():
    return Brake()
"""
WATCH = """
import sys
class Watch:
    def step(self, observation, t):
        sys.modules["looks_of_a_test"].found.append((t, observation))
        return 0.0

def controller():
    return Watch()
"""
STANDING = {"id": "target", "static": "gvt", "lane": 1, "ahead": 70.0}


@pytest.fixture
def looks(monkeypatch):
    module = ModuleType("looks_of_a_test")
    module.found = []
    monkeypatch.setitem(sys.modules, "looks_of_a_test", module)
    return module.found


@pytest.fixture
def drive(driving, tmp_path):
    """Run a world whose ego is driven by some source."""

    def run(source, *, actors=(), duration=4.0, speed=15.0, noise=None, **settings):
        path = tmp_path / "system.py"
        path.write_text(source)
        ego = {"lane": 1, "speed": speed, "driver": {"python": {"file": str(path), **settings}}}
        return driving.run(duration=duration, noise=noise, road={"street": {}}, ego=ego, actors=list(actors))

    return run


def test_a_command_is_reached_at_the_next_step(drive):
    trace = drive(BRAKE, duration=5.0, jerk=1e6, rate=10.0)
    speed = trace.signal("speed", ("ego",))
    assert np.allclose(speed, np.clip(15.0 - 5.0 * (trace.times - 1.0), 0.0, 15.0), atol=1e-3)
    assert trace.signal("travelled", ("ego",))[-1] == pytest.approx(15.0 + 15.0**2 / 10.0, abs=0.01)


def test_it_is_asked_at_its_rate_and_told_where_others_are(drive, looks):
    drive(WATCH, actors=[STANDING], duration=2.0, rate=8.0)
    times = [t for t, _ in looks]
    assert np.allclose(times, np.arange(len(times)) / 8.0)
    for t, seen in looks:
        (target,) = seen.objects
        between = 0.5 * (seen.length + target.length)
        assert target.x == pytest.approx(70.0 + between - 15.0 * t, abs=1e-6)
        assert (target.y, target.vx, target.yaw) == (0.0, 0.0, 0.0)
        assert (seen.speed, seen.time, seen.desired_speed, seen.is_raining) == (15.0, t, 15.0, False)


def test_late_news_are_of_the_past(drive, looks):
    drive(WATCH, actors=[STANDING], duration=2.0, rate=10.0, perception={"latency": 0.25})
    assert [seen.objects for t, seen in looks if t < 0.25] == [()] * 3
    later = [(t, seen) for t, seen in looks if t > 0.25]
    assert all(t - seen.time == pytest.approx(0.3) for t, seen in later)
    assert later[0][1].objects[0].x - later[5][1].objects[0].x == pytest.approx(15.0 * 0.5)


def test_range_and_field_of_view_end_what_is_seen(drive, looks):
    beside = {"id": "beside", "static": "hatchback", "on": "right_parking", "ahead": 20.0}
    drive(WATCH, actors=[STANDING, beside], perception={"range": 60.0, "fov": math.radians(40.0)})
    for _, seen in looks:
        told = {one.id: one for one in seen.objects}
        for one in told.values():
            assert math.hypot(one.x, one.y) <= 60.0
            assert abs(math.atan2(one.y, one.x)) <= math.radians(20.0)
    first, last = ({one.id for one in seen.objects} for _, seen in (looks[0], looks[-1]))
    assert first == {"beside"}
    assert last == {"target"}


def test_what_stands_behind_another_is_not_seen(drive, looks):
    walker = {"id": "walker", "pedestrian": "adult", "on": "right_sidewalk", "ahead": 40.0}
    van = {"id": "van", "static": "truck", "on": "right_parking", "ahead": 28.0}
    everywhere = {"fov": 2.0 * math.pi}
    trace = drive(WATCH, actors=[walker, van], duration=4.0, perception=everywhere)
    hidden = ["walker" not in {one.id for one in seen.objects} for _, seen in looks]
    assert 0 < sum(hidden) < len(hidden)
    sight = trace.signal("sight", ("ego", "walker"))
    for (t, _), is_hidden in zip(looks, hidden, strict=True):
        assert is_hidden == (np.interp(t, trace.times, sight) <= 0.0)


def test_misses_and_errors_have_their_shares(drive, looks):
    perception = {"misses": 0.2, "position_error": 0.5, "speed_error": 0.3}
    for key in range(12):
        drive(WATCH, actors=[STANDING], rate=50.0, noise=Noise(key), perception=perception)
    told = [(t, seen.objects[0]) for t, seen in looks if seen.objects]
    start = 70.0 + 0.5 * (looks[0][1].length + told[0][1].length)
    n = len(looks)
    assert len(told) / n == pytest.approx(0.8, abs=4 * math.sqrt(0.16 / n))
    off = np.array([one.x - (start - 15.0 * t) for t, one in told])
    sides = np.array([one.y for _, one in told])
    speeds = np.array([one.vx for _, one in told])
    for values, sigma in ((off, 0.5), (sides, 0.5), (speeds, 0.3)):
        assert np.std(values) == pytest.approx(sigma, rel=4 / math.sqrt(2 * len(told)))
        assert abs(np.mean(values)) < 4 * sigma / math.sqrt(len(told))
    assert abs(np.corrcoef(off, sides)[0, 1]) < 4 / math.sqrt(len(told))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("1 / 0", "ZeroDivisionError"), ("float('nan')", "not_finite"), ("'fast'", "ValueError")],
)
def test_a_fault_of_a_controller_is_told_and_the_vehicle_rolls_on(drive, answer, reason):
    source = BRAKE.replace("return -5.0 if t >= 1.0 else 0.0", f"return -2.0 if t < 1.0 else {answer}")
    trace = drive(source, duration=6.0)
    (fault,) = [one for one in trace.occurrences if one.kind == "controller_fault"]
    assert (fault.t, fault.fields) == (1.0, {"actor": "ego", "reason": reason})
    assert trace.signal("speed", ("ego",))[-1] == pytest.approx(13.0, abs=0.4)
    assert abs(trace.signal("acceleration", ("ego",))[-1]) < 0.02


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def controller(:", "system.py: controller() failed: SyntaxError"),
        ("x = 1", "system.py has no function controller"),
        ("def controller(): return 3", "no method step"),
        ("def controller(): raise OSError('no model')", "OSError: no model"),
        ("def controller(gain): return gain", "TypeError"),
    ],
)
def test_a_file_that_makes_no_controller_stops_the_run(drive, source, words):
    with pytest.raises(RunError) as told:
        drive(source)
    assert words in str(told.value)


def test_nothing_is_left_of_earlier_episodes(drive):
    counting = """
made = []

class Counting:
    def step(self, observation, t):
        return -float(len(made))

def controller():
    made.append(1)
    return Counting()
"""
    first, second = (drive(counting).signal("speed", ("ego",)) for _ in range(2))
    assert np.array_equal(first, second)
    assert first[-1] == pytest.approx(15.0 - 4.0, abs=0.1)


def test_its_source_belongs_to_the_scenario(tmp_path):
    text = """
scenario: driving/mine
duration: 2 s
world:
  road: {street: {}}
  ego: {lane: 1, speed: 10 m/s, driver: {python: {file: mine.py}}}
event: {fault: occurs(controller_fault)}
"""
    (tmp_path / "mine.yaml").write_text(text)
    (tmp_path / "mine.py").write_text(BRAKE)
    first = load_scenario(str(tmp_path / "mine.yaml"))
    assert [item.written for item in first.inputs] == ["mine.py"]
    (tmp_path / "mine.py").write_text(BRAKE.replace("return -5.0", "return 1 / 0 * -5.0"))
    second = load_scenario(str(tmp_path / "mine.yaml"))
    assert first.hash != second.hash
    assert score(second, second.nominal(1, 0)).occurred("fault")
    (tmp_path / "mine.yaml").write_text(text.replace("mine.py", "yours.py"))
    with pytest.raises(ScenarioError, match=r"mine\.yaml:6"):
        load_scenario(str(tmp_path / "mine.yaml"))


def test_the_bundled_one_is_scored_as_it_is_recorded():
    scenario = load_scenario("driving/system_under_test")
    for draw in scenario.nominal_batch(3, 0, 6):
        outcome = score(scenario, draw)
        assert record(scenario, draw).outcome == outcome
        assert not outcome.occurred("collision")


def _hunted(scenario, method, calls):
    """Return the weighted share of collisions and the parameters of each that was met."""
    sampler, met, roles = TABLE[method](scenario, Settings(3, calls)), [], []
    while asked := sampler.ask():
        outcomes = [score(scenario, call.draw) for call in asked]
        met += [one.occurred("collision") for one in outcomes]
        roles += [(call.role, call.draw) for call in asked]
        sampler.tell(outcomes)
    weights = sampler.weights().weight
    is_main = np.array([role == "main" for role, _ in roles])
    found = [scenario.resolve(draw).parameters for (_, draw), is_hit in zip(roles, met, strict=True) if is_hit]
    return float(np.sum(weights[is_main & np.array(met)])), found


@pytest.mark.slow
def test_a_hunt_finds_the_fault_that_as_many_plain_drives_do_not():
    scenario = load_scenario("driving/system_under_test")
    share, found = _hunted(scenario, "auto", 3000)
    assert 0.0 < share < 1e-3
    assert len(found) > 300
    for one in found:
        assert one["weather"] == "rain"
        assert one["speed"] > 70 / 3.6
        assert abs(one["offset"]) > 0.35
    assert _hunted(scenario, "nominal", 3000) == (0.0, [])


def test_a_slow_step_stops_the_run_and_never_changes_a_result(drive):
    slow = BRAKE.replace("return -5.0", "import time; time.sleep(0.05); return -5.0")
    patient, quick = (
        drive(source, rate=2.0, duration=2.0).signal("speed", ("ego",)) for source in (slow, BRAKE)
    )
    assert np.array_equal(patient, quick)
    with pytest.raises(
        RunError, match=r"system\.py: a step of ego's controller took .* at t = 0 s, and patience"
    ):
        drive(slow, rate=2.0, duration=2.0, patience=0.02)


MODULE = """
scenario: driving/mine
duration: 2 s
world:
  road: {street: {}}
  ego: {lane: 1, speed: 10 m/s, driver: {python: WHOSE}}
event: {slow: "eventually(speed(ego) < 6 m/s)", fault: occurs(controller_fault)}
sampling: {method: nominal, target: slow, calls: 8, episodes: 4, event_share: 0.5}
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package with a controller that Python finds, and a scenario's file elsewhere."""
    package = tmp_path / "site" / "my_stack_of_a_test"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise OSError('a package that is found need not be run')\n")
    (package / "planner.py").write_text(BRAKE)
    monkeypatch.syspath_prepend(str(package.parent))
    importlib.invalidate_caches()
    yield package, tmp_path / "mine.yaml"
    for name in [name for name in sys.modules if name.startswith("my_stack_of_a_test")]:
        del sys.modules[name]


@pytest.mark.parametrize("whose", ["{module: NAME}", "NAME"])
def test_a_factory_of_an_installed_module_drives(installed, whose):
    package, file = installed
    file.write_text(MODULE.replace("WHOSE", whose.replace("NAME", '"my_stack_of_a_test.planner:controller"')))
    scenario = load_scenario(str(file))
    assert "my_stack_of_a_test" not in sys.modules, "check finds a module and does not run it"
    (source,) = scenario.inputs
    assert (source.written, source.file) == ("my_stack_of_a_test.planner", package / "planner.py")
    (package / "__init__.py").write_text("")
    draw = scenario.nominal(1, 0)
    outcome = score(scenario, draw)
    assert outcome.occurred("slow")
    assert not outcome.occurred("fault")
    assert record(scenario, draw).outcome == outcome
    (package / "planner.py").write_text(BRAKE + "\n# other\n")
    assert load_scenario(str(file)).hash != scenario.hash


def test_a_dataset_knows_when_an_installed_controller_has_changed(installed):
    package, file = installed
    (package / "__init__.py").write_text("")
    file.write_text(MODULE.replace("WHOSE", '"my_stack_of_a_test.planner:controller"'))
    copies = file.parent / "inputs"
    (copies / "modules").mkdir(parents=True)
    (source,) = load_scenario(str(file)).inputs
    (copies / source.path).write_bytes(source.file.read_bytes())
    again = Scenario.load(file, sensors={}, exporters=(), inputs=copies)
    assert again.hash == load_scenario(str(file)).hash
    (package / "planner.py").write_text(BRAKE + "\n# other\n")
    with pytest.raises(ScenarioError, match=r"my_stack_of_a_test\.planner is not what it was"):
        Scenario.load(file, sensors={}, exporters=(), inputs=copies)


@pytest.mark.parametrize(
    ("whose", "words"),
    [
        ('"no_such.planner:controller"', "no module 'no_such.planner' is installed"),
        ('"my_stack_of_a_test.planner"', "is not package.module:function"),
        ('{module: "sys:exit"}', "no module 'sys' is installed"),
        ("{rate: 5 Hz}", "say whose"),
        ('{module: "my_stack_of_a_test.planner:controller", file: mine.py}', "E124"),
    ],
)
def test_a_module_that_is_not_there_is_told_at_its_line(installed, whose, words):
    _, file = installed
    (file.parent / "mine.py").write_text(BRAKE)
    file.write_text(MODULE.replace("WHOSE", whose))
    with pytest.raises(ScenarioError) as told:
        load_scenario(str(file))
    assert words in str(told.value)
    assert "mine.yaml:6" in str(told.value)


def test_a_module_without_the_factory_stops_the_run_with_its_name(installed):
    package, file = installed
    (package / "__init__.py").write_text("")
    file.write_text(MODULE.replace("WHOSE", '"my_stack_of_a_test.planner:plan"'))
    scenario = load_scenario(str(file))
    with pytest.raises(RunError, match=r"my_stack_of_a_test\.planner has no function plan"):
        score(scenario, scenario.nominal(1, 0))


def test_a_file_beside_the_scenario_makes_the_same_bytes_with_more_workers(tmp_path):
    (tmp_path / "mine.py").write_text(BRAKE)
    file = tmp_path / "mine.yaml"
    file.write_text(MODULE.replace("WHOSE", "{file: mine.py}"))
    scenario = load_scenario(str(file))
    one, two = (generation.run(scenario, tmp_path / f"made_{n}", workers=n).dataset_hash for n in (1, 2))
    assert one == two
    inputs = json.loads((tmp_path / "made_2" / "manifest.json").read_text())["inputs"]
    assert [item["path"] for item in inputs] == ["mine.py"]
