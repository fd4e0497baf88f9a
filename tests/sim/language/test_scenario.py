from __future__ import annotations

import math
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from sim.errors import RunError, ScenarioError
from sim.fields import Chosen
from sim.formulas import Compare, Eventually
from sim.noise import Draw, Edit, hash64
from sim.scenario import Scenario

Load = Callable[..., Scenario]

VISIT = """\
scenario: shop/visit
about: Somebody comes.
sources: [me]
tags: [a, 1]
duration: 1 min
exposure: {episode: visit, rate: 2 per 1000 customer, source: us}
parameters:
  pace: {normal: [4 m/s, 1 m/s], within: [1 m/s, 8 m/s]}
  gap: {lognormal: {median: 40 m, sigma: 0.4}}
  mood: {choice: {calm: 0.5, busy: 0.5}}
  tiles: {given: mood, calm: red, busy: {choice: {red: 0.25, blue: 0.75}}}
  is_tall: {bernoulli: 0.25}
  half: "${pace / 2}"
  five: 5 m
dependence:
  - gaussian_copula: {of: [pace, gap], rho: 0.5}
constraints: ["gap > 30 m", "mood == busy or pace > 2 m/s"]
world:
  mood: "${mood}"
  floor: {hall: {length: "${min(gap, 60 m) + five}", tiles: "${tiles}"}}
  pace: "${half}"
  tills: {choice: {2: 0.5, 3: 0.5}}
  people:
    - id: ann
      kind: {choice: {adult: 0.5, child: 0.5}}
      tall: "${is_tall}"
      speed: "${world.pace + 0.1 m/s}"
      follows: clerk
      do:
        - {at: 2 s, go: {to: "${hall_length * 2}"}}
        - {when: "distance(ann, clerk) < 3 m", wait: {uniform: [1 s, 2 s]}}
    - id: crowd
      count: 3
      speed: {uniform: [1 m/s, 2 m/s]}
      left: "${crowd.speed * 1 s}"
      right: null
sensors:
  eye: {camera: {gain: {uniform: [1, 2]}}, on: ann, at: {z: 2 m, yaw: 90 deg}, delay: 5 ms}
  tick: {clock: {}, capture: {from: start, to: end - 1 s}}
capture: {from: event - 3 s, to: event + 0.5 s}
event:
  close: "eventually(distance(ann, clerk) < 1 m)"
  far: "not close and pace > 3 m/s"
modes:
  quiet: "mood == calm"
sampling: {calls: 500, episodes: 20, event_share: 0.5}
splits: {train: 0.9, test: 0.1}
export: [coco]
""".replace("hall_length", "world.floor.hall.length")


@pytest.fixture
def visit(load: Load) -> Scenario:
    return load(VISIT)


def test_the_small_sections_are_read(visit: Scenario):
    assert (visit.name, visit.about, visit.sources, visit.tags) == (
        "shop/visit",
        "Somebody comes.",
        ("me",),
        ("a", "1"),
    )
    assert visit.duration == 60.0
    assert visit.exposure is not None
    assert (visit.exposure.rate, visit.exposure.unit) == (0.002, "1/customer")
    assert (visit.capture.start_at(10.0, 60.0), visit.capture.end_at(10.0, 60.0)) == (7.0, 10.5)
    assert (visit.target, visit.sampling.calls, visit.sampling.near_miss_share) == ("close", 500, 0.25)
    assert visit.splits == {"train": 0.9, "test": 0.1}
    assert visit.export == ("coco",)
    assert isinstance(visit.events["close"], Eventually)
    assert visit.warnings == ()


def test_sensors_know_kind_body_rate_delay_and_window(visit: Scenario):
    eye, tick = visit.sensors["eye"], visit.sensors["tick"]
    assert (eye.kind, eye.on, eye.rate, eye.delay, eye.capture) == ("camera", "ann", 10.0, 0.005, None)
    assert (tick.kind, tick.on, tick.rate) == ("clock", None, 0.0)
    assert tick.capture is not None
    assert tick.capture.end_at(math.nan, 60.0) == 59.0


def test_a_draw_resolves_to_plain_values(visit: Scenario):
    values = visit.resolve(visit.nominal(1, 0))
    p, world = values.parameters, values.world
    assert p["half"] == p["pace"] / 2 == world["pace"]
    assert world["mood"] == p["mood"]
    assert world["floor"] == Chosen("hall", {"length": min(p["gap"], 60.0) + 5.0, "tiles": p["tiles"]})
    assert world["tills"] in (2, 3)
    assert type(world["tills"]) is int
    ann, *crowd = world["people"]
    assert (ann["id"], ann["follows"], ann["tall"]) == ("ann", "clerk", p["is_tall"])
    assert ann["speed"] == world["pace"] + 0.1
    assert ann["do"][0]["choice"].settings["to"] == 2 * world["floor"].settings["length"]
    assert ann["do"][1]["choice"].kind == "wait"
    assert isinstance(ann["do"][1]["when"], Compare)
    assert [one["id"] for one in crowd] == ["crowd_0", "crowd_1", "crowd_2"]
    assert len({one["speed"] for one in crowd}) == 3
    assert all(one["left"] == one["speed"] for one in crowd)
    assert values.sensors["eye"]["at"] == (0.0, 0.0, 2.0, 0.0, 0.0, math.pi / 2)
    assert 1.0 <= values.sensors["eye"]["settings"]["gain"] <= 2.0
    assert (world["note"], world["limit"], world["size"]) == ("", None, (3.0, 4.0))


def test_parameters_are_named_ones_and_laws_where_they_stand(visit: Scenario):
    names = [one.name for one in visit.parameters]
    assert names[:7] == ["pace", "gap", "mood", "tiles", "is_tall", "half", "five"]
    assert "world.people.ann.kind" in names
    assert "world.people.ann.do.1.wait" in names
    assert "sensors.eye.gain" not in names
    assert "sensors.eye.camera.gain" in names
    assert not any("crowd" in name for name in names)
    assert set(names) == set(visit.resolve(visit.nominal(0, 0)).parameters)
    kinds = {one.name: (one.kind, one.unit, one.words) for one in visit.parameters}
    assert kinds["pace"] == ("number", "m/s", ())
    assert kinds["half"] == ("number", "m/s", ())
    assert kinds["tiles"] == ("word", "", ("red", "blue"))
    assert kinds["is_tall"] == ("flag", "", ())
    assert [one.index for one in visit.drawn] == list(range(len(visit.drawn)))
    assert next(one for one in visit.parameters if one.name == "half").index is None


def test_a_uniform_belongs_to_its_parameter(load: Load, base: str):
    one = load(base.replace("world: {}", "world: {pace: {uniform: [1, 2]}}"))
    two = load(base.replace("world: {}", "world: {limit: {uniform: [1, 2]}, pace: {uniform: [1, 2]}}"))
    for index in range(20):
        first, second = one.nominal(5, index), two.nominal(5, index)
        assert first.key == second.key == hash64(5, index)
        assert one.resolve(first).world["pace"] == two.resolve(second).world["pace"]


def test_another_actor_leaves_the_draws_of_the_others_alone(visit: Scenario, load: Load):
    more = load(VISIT.replace("    - id: crowd", "    - {id: bob, speed: {uniform: [1, 2]}}\n    - id: crowd"))
    for index in range(10):
        before, after = visit.resolve(visit.nominal(3, index)), more.resolve(more.nominal(3, index))
        people = {one["id"]: one for one in after.world["people"]}
        assert all(people[one["id"]] == one for one in before.world["people"])


def test_entities_of_a_count_follow_the_edits_of_their_noise(visit: Scenario):
    draw = visit.nominal(1, 2)
    edited = draw.edited(Edit(key=99, entity="crowd_1"))
    speeds = [[one["speed"] for one in visit.resolve(each).world["people"][1:]] for each in (draw, edited)]
    assert [a == b for a, b in zip(*speeds, strict=True)] == [True, False, True]


def test_batches_equal_single_draws(visit: Scenario):
    batch = visit.nominal_batch(7, 10, 40)
    assert batch == [visit.nominal(7, index) for index in range(10, 40)]
    assert visit.nominal_batch(7, 0, 0) == []


def test_every_draw_meets_the_constraints(visit: Scenario):
    for draw in visit.nominal_batch(2, 0, 300):
        p = visit.resolve(draw).parameters
        assert p["gap"] > 30.0
        assert p["mood"] == "busy" or p["pace"] > 2.0


def test_acceptance_is_the_probability_of_the_constraints(load: Load, base: str):
    text = base + "parameters: {gap: {lognormal: {median: 40 m, sigma: 0.4}}}\nconstraints: ['gap > 60 m']\n"
    truth = 1.0 - NormalDist().cdf(math.log(60 / 40) / 0.4)
    found = load(text).acceptance(1, 20_000)
    assert found.n == 20_000
    assert found.low < truth < found.high
    assert abs(found.p - truth) < 5 * math.sqrt(truth * (1 - truth) / found.n)
    assert load(base).acceptance(1, 100).p == 1.0


def test_constraints_that_cannot_be_met_are_told(load: Load, base: str):
    text = base + "parameters: {gap: {uniform: [1 m, 2 m]}}\nconstraints: ['gap > 3 m']\n"
    with pytest.raises(RunError, match="gap > 3 m"):
        load(text).nominal(1, 0)


def test_arrays_and_single_draws_agree(visit: Scenario):
    """The constraints are checked on arrays, the values come one by one: both must say the same."""
    u = np.random.default_rng(1).random((200, len(visit.drawn)))
    accepted = visit.meets_constraints(u.tolist())
    for row, is_met in zip(u, accepted, strict=True):
        p = visit.resolve(Draw(1, tuple(row))).parameters
        assert is_met == (p["gap"] > 30.0 and (p["mood"] == "busy" or p["pace"] > 2.0))


def test_copulas_correlate_the_latent_normals(load: Load, base: str):
    laws = "parameters: {a: {uniform: [0 m, 1 m]}, b: {exponential: {mean: 2 m}}}\n"
    use = "dependence: [{gaussian_copula: {of: [a, b], rho: -0.7}}]\n"
    scenario = load(base + laws + use)
    draws = scenario.nominal_batch(1, 0, 2000)
    normal = NormalDist()
    pairs = [scenario.resolve(draw).parameters for draw in draws]
    z = np.array([[normal.inv_cdf(p["a"]), normal.inv_cdf(1 - math.exp(-p["b"] / 2))] for p in pairs])  # type: ignore[operator]
    assert abs(np.corrcoef(z.T)[0, 1] + 0.7) < 4 * (1 - 0.49) / math.sqrt(2000)


def test_log_prob_is_the_joint_density(load: Load, base: str):
    laws = "parameters: {a: {normal: [1 m, 2 m]}, b: {normal: [0 m, 1 m]}, c: {normal: ['${a}', 3 m]}}\n"
    scenario = load(base + laws + "dependence: [{gaussian_copula: {of: [a, b], rho: 0.6}}]\n")
    point = {"a": 1.7, "b": -0.4, "c": 2.5}
    mean, covariance = np.array([1.0, 0.0]), np.array([[4.0, 1.2], [1.2, 1.0]])
    delta = np.array([1.7, -0.4]) - mean
    joint = -0.5 * delta @ np.linalg.solve(covariance, delta) - 0.5 * math.log(
        (2 * math.pi) ** 2 * np.linalg.det(covariance)
    )
    truth = joint + math.log(NormalDist(1.7, 3.0).pdf(2.5))
    assert scenario.log_prob(point) == pytest.approx(truth, rel=1e-9)
    with pytest.raises(ValueError, match="no value for c"):
        scenario.log_prob({"a": 1.0, "b": 1.0})


def test_uniforms_of_values_resolve_to_these_values(visit: Scenario):
    for draw in visit.nominal_batch(4, 0, 50):
        values = visit.resolve(draw).parameters
        again = visit.resolve(Draw(draw.key, visit.uniforms_of(values))).parameters
        assert {name: value for name, value in again.items() if isinstance(value, str | bool)} == {
            name: value for name, value in values.items() if isinstance(value, str | bool)
        }
        for name, value in again.items():
            assert isinstance(value, str) or value == pytest.approx(values[name], rel=1e-9)
    with pytest.raises(ValueError, match="cannot be 'wild'"):
        visit.uniforms_of({**values, "mood": "wild"})


def test_laws_with_computed_arguments_follow_their_parameters(load: Load, base: str):
    text = base.replace("world: {}", "world: {limit: {uniform: ['${low}', '${low + 1 m}']}}")
    scenario = load(text + "parameters: {low: {uniform: [5 m, 9 m]}}\nconstraints: ['world.limit > 6 m']\n")
    for draw in scenario.nominal_batch(1, 0, 50):
        values = scenario.resolve(draw)
        low, limit = values.parameters["low"], values.world["limit"]
        assert low <= limit <= low + 1.0  # type: ignore[operator]
        assert limit > 6.0


def test_each_hands_the_domain_a_law_to_draw_from(load: Load, base: str):
    world = load(base).resolve(load(base).nominal(0, 0)).world
    source = world["reaction"]
    draws = [source.draw(load(base).nominal(0, 0).noise, "clerk", index, 0.0) for index in range(5)]
    assert len(set(draws)) == 5
    assert all(value > 0 for value in draws)


def test_bounds_of_a_field_truncate_its_law(load: Load, base: str):
    scenario = load(base.replace("world: {}", "world: {pace: {normal: [9.5, 3]}}"))
    values = [scenario.resolve(draw).world["pace"] for draw in scenario.nominal_batch(1, 0, 500)]
    assert min(values) >= 0.0
    assert max(values) <= 10.0
    density = scenario.log_prob({"world.pace": 9.5})
    kept = NormalDist(9.5, 3).cdf(10) - NormalDist(9.5, 3).cdf(0)
    assert density == pytest.approx(math.log(NormalDist(9.5, 3).pdf(9.5) / kept), rel=1e-9)


def test_a_computed_value_out_of_bounds_fails_its_draw_only(load: Load, base: str):
    text = (
        base.replace("world: {}", "world: {pace: '${2 * x}'}") + "parameters: {x: {uniform: [0 m/s, 6 m/s]}}\n"
    )
    scenario = load(text)
    assert scenario.resolve(Draw(0, (0.5,))).world["pace"] == 6.0
    with pytest.raises(RunError, match=r"world\.pace: is 11\.88 m/s for this draw, above 10 m/s"):
        scenario.resolve(Draw(0, (0.99,)))


def test_a_draw_of_another_scenario_is_refused(visit: Scenario):
    with pytest.raises(RunError, match="uniforms"):
        visit.resolve(Draw(0, (0.5,)))


def test_overrides_change_values_and_the_hash(load: Load, visit: Scenario):
    changed = load(
        VISIT, overrides={"ann.speed": "1.5 m/s", "gap": "{uniform: [31 m, 32 m]}", "floor.hall.tiles": "blue"}
    )
    assert changed.hash != visit.hash
    values = changed.resolve(changed.nominal(1, 0))
    assert values.world["people"][0]["speed"] == 1.5
    assert 31.0 <= values.parameters["gap"] <= 32.0  # type: ignore[operator]
    assert values.world["floor"].settings["tiles"] == "blue"


def test_overrides_fill_in_what_the_file_leaves_out(load: Load, base: str):
    found = load(
        base, overrides={"world.floor.hall.length": "12 m", "sampling.calls": "77", "world.note": "hm"}
    )
    world = found.resolve(found.nominal(0, 0)).world
    assert (world["floor"].kind, world["floor"].settings["length"], world["note"]) == ("hall", 12.0, "hm")
    assert found.sampling.calls == 77


def test_inputs_are_hashed_into_the_scenario(load: Load, base: str, tmp_path: Path):
    data = tmp_path / "gaps.csv"
    data.write_text("gap,other\n10,1\n20,2\n30,3\n")
    text = base.replace("world: {}", "world: {limit: {empirical: {file: gaps.csv, column: gap, unit: cm}}}")
    first = load(text)
    (found,) = first.inputs
    assert (found.path, found.file, found.size) == ("gaps.csv", data.resolve(), 25)
    assert {first.resolve(draw).world["limit"] for draw in first.nominal_batch(0, 0, 60)} == {0.1, 0.2, 0.3}
    copies = tmp_path / "inputs"
    copies.mkdir()
    (copies / "gaps.csv").write_bytes(data.read_bytes())
    data.unlink()
    assert load(text, inputs=copies).hash == first.hash
    (copies / "gaps.csv").write_text("gap\n10\n")
    assert load(text, inputs=copies).hash != first.hash


def test_comments_and_formatting_do_not_count_but_content_does(load: Load, base: str):
    same = "# hi\nduration: 10.0 s # ten\nscenario: 'shop/visit'\nworld:\nevent: {crash: 'met(clerk, clerk)'}\n"
    assert load(base).hash == load(same).hash
    assert load(base).hash != load(base.replace("10 s", "11 s")).hash


def test_explain_tells_law_unit_time_and_use(visit: Scenario):
    rows = {row.path: row for row in visit.explain()}
    assert rows["pace"].law == "{normal: {mean: 4 m/s, std: 1 m/s}, within: [1 m/s, 8 m/s]}"
    assert (rows["pace"].unit, rows["pace"].drawn) == ("m/s", "once per episode")
    assert rows["pace"].used == "parameters.half, constraints.1, event.far"
    assert rows["world.people.crowd.speed"].drawn == "once per entity"
    assert rows["world.reaction"].drawn == "at each use"
    assert rows["half"].drawn == "computed"
    assert rows["mood"].unit == "word"


def test_a_scenario_travels_between_processes(load: Load, base: str, tmp_path: Path):
    """By text, not by closures: what arrives is read again and must be the same."""
    file = tmp_path / "cut.yaml"
    file.write_text(
        "scenario: driving/nothing\nduration: 1 s\nworld: {road: highway, ego: {speed: {uniform: [1, 2]}}}\n"
    )
    scenario = Scenario.load(file, sensors={}, exporters=())
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy.hash == scenario.hash
    assert copy.resolve(copy.nominal(1, 1)) == scenario.resolve(scenario.nominal(1, 1))
    state = pickle.dumps(scenario)
    file.write_text(file.read_text().replace("1 s", "2 s"))
    with pytest.raises(ScenarioError, match="changed"):
        pickle.loads(state)


def test_loading_stays_light():
    code = (
        "import sys; import sim.scenario; "
        "heavy = 'numba', 'simpy', 'pybullet', 'cv2', 'pyarrow', 'scipy', 'rich'; "
        "print([module for module in heavy if module in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
