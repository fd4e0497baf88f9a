import numpy as np
import pytest

from renderers.signals import process_models as models
from renderers.signals.machine import machine_named
from renderers.signals.process import observe
from renderers.signals.process_models import MODELS
from sim.errors import RunError
from sim.recording import Channel


@pytest.fixture
def value(plant):
    """Return (T,) values of a model on a machine with one part."""

    def find(of, fault, severity, times=(0.0,), **more):
        kind, _, model = MODELS[of]
        machine = machine_named(plant({"x": (kind, fault, severity)}, **more), "mill")
        return model(machine.parts[0], machine, np.asarray(times, float))

    return find


def test_affinity_laws(value):
    slow, fast = (value("head", "", 0.0, hertz=h)[0] for h in (12.5, 25.0))
    assert fast == pytest.approx(4 * slow)
    slow, fast = (value("flow", "", 0.0, hertz=h)[0] for h in (12.5, 25.0))
    assert fast == pytest.approx(2 * slow)


def test_rated_speed_and_load_give_rated_head_and_flow(value):
    assert value("head", "", 0.0, hertz=25.0)[0] == pytest.approx(30.0)
    assert value("flow", "", 0.0, hertz=25.0)[0] == pytest.approx(0.02)


def test_the_curve_of_a_pump_falls_with_the_square_of_its_flow(value):
    heads = [value("head", "", 0.0, hertz=25.0, load=load)[0] for load in (0.0, 0.5, 1.0)]
    assert heads[0] - heads[1] == pytest.approx((heads[0] - heads[2]) / 4)


def test_developed_cavitation_costs_three_percent_of_the_head(value):
    good, bad = (value("head", "cavitation", s, hertz=25.0)[0] for s in (0.0, 1.0))
    assert bad == pytest.approx(0.97 * good)


def test_a_cylinder_fills_exponentially(value):
    times = np.array([0.0, 0.15, 0.45, 1.9])
    expected = 6e5 * (1 - np.exp(-times / 0.15))
    assert value("pressure", "leak", 0.0, times) == pytest.approx(expected, rel=1e-9)
    assert value("pressure", "leak", 0.0, times + 4.0) == pytest.approx(expected, rel=1e-9)
    assert value("pressure", "leak", 0.0, [2.0 + 0.15]) == pytest.approx(6e5 * np.exp(-1.0), rel=1e-3)


def test_a_leak_lowers_pressure_and_time_constant_by_the_same_share(value):
    share = 1 - models.LEAKED
    assert value("pressure", "leak", 1.0, [1.99]) == pytest.approx(6e5 * share, rel=1e-3)
    assert value("pressure", "leak", 1.0, [0.15 * share])[0] == pytest.approx(6e5 * share * (1 - np.exp(-1)))


def test_stiction_opens_late(value):
    late = models.LATE * 2.0
    assert value("pressure", "stiction", 1.0, [0.9 * late])[0] == 0.0
    assert value("pressure", "stiction", 1.0, [late + 0.15])[0] == pytest.approx(6e5 * (1 - np.exp(-1)))


def test_spindle_power_is_linear_in_wear(value):
    powers = [value("power", "tool_wear", s)[0] for s in (0.0, 0.5, 1.0)]
    assert powers[0] == pytest.approx(3000.0)
    assert powers[1] - powers[0] == pytest.approx((powers[2] - powers[0]) / 2)


def test_a_joint_has_coulomb_viscous_and_stribeck_friction(value):
    """At top speed inertia needs nothing; just off the turn, friction is larger than a little later."""
    top = value("torque", "friction", 0.0, [0.0])[0]
    assert top == pytest.approx(20.0 * (1 + models.VISCOUS), rel=1e-6)
    assert value("torque", "friction", 1.0, [0.0])[0] == pytest.approx(2 * top)
    t_slow, t_tenth = (2.0 / np.pi * np.arccos(r) for r in (0.001, 0.3))

    def friction(t):
        return value("torque", "friction", 0.0, [t])[0] + 1.5 * 0.5 * (np.pi / 2) ** 2 * np.sin(np.pi / 2 * t)

    assert friction(t_slow) == pytest.approx(20.0 * (1 + models.STRIBECK + 0.001 * models.VISCOUS), rel=1e-3)
    assert friction(t_tenth) < friction(t_slow)


def test_backlash_lags_half_the_play_and_changes_side_at_the_turn(value):
    lags = value("lag", "backlash", 0.5, [0.0, 0.9, 1.1, 2.9, 3.1])
    assert lags == pytest.approx((0.5 + models.GOOD_PLAY) * models.PLAY / 2 * np.array([1, 1, -1, -1, 1]))


def test_recorded_channels_are_observed_as_they_are(plant, sensor, samples):
    tank = Channel("mill", "level", "m", np.array([0.0, 1e6]), np.array([1.0, 11.0]))
    setup = sensor("process", of="channel", named="level", chain={"bits": 24})
    x = samples(next(observe(plant({}, more=(tank,)), setup)).values)
    assert x == pytest.approx(1.0 + 1e-5 * np.arange(3600), abs=2e-5)


def test_what_is_not_there_is_told(plant, sensor):
    with pytest.raises(RunError, match="no channel 'level'"):
        next(observe(plant({}), sensor("process", of="channel", named="level")))
    with pytest.raises(RunError, match="has no pump"):
        next(observe(plant({}), sensor("process", of="head")))


def test_effects_of_several_faults_of_one_part_add_up(plant, sensor, samples):
    parts = {"a": ("pump", "cavitation", 1.0), "b": ("pump", "impeller_wear", 0.5)}
    setup = sensor("process", chain={"bits": 24})
    x = samples(next(observe(plant(parts, hertz=25.0), setup)).values)
    assert x[0] == pytest.approx(30.0 - 30 * 0.03 - (30 - models_head(0.5)), rel=1e-3)


def models_head(severity):
    worn = 1 - models.WORN_IMPELLER * severity
    return 30.0 * ((1 + models.GRAVITY_SHARE) - models.GRAVITY_SHARE * worn**2) * worn


@pytest.mark.parametrize(
    ("of", "fault", "full_scale"),
    [("head", "impeller_wear", 100.0), ("pressure", "leak", 1e6), ("power", "tool_wear", 1e4),
     ("torque", "friction", 200.0), ("lag", "backlash", 0.1)],
)  # fmt: skip
def test_a_strong_effect_is_diagnosable_and_a_slight_one_is_not(of, fault, full_scale, plant, sensor):
    for severity, expected in ((1e-4, False), (1.0, True)):
        recording = plant({"x": (MODELS[of][0], fault, severity)}, hertz=25.0)
        setup = sensor("process", of=of, full_scale=full_scale, noise=1e-4 * full_scale, varies=0.03)
        row = next(observe(recording, setup)).values
        assert row["diagnosable"] is expected, row["faults"]
