"""What may stand under `vibration:`, `current:`, `temperature:`, `process:` and `reading:`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.fields import REQUIRED, Field, Listing, Name, Quantity, Section, Tagged, Text, Word

__all__ = ["CURRENT", "PROCESS", "READING", "TEMPERATURE", "VIBRATION"]


def _fixed(doc: str, unit: str, default: Any, least: float, most: float) -> Quantity:
    return Quantity(doc=doc, unit=unit, default=default, least=least, most=most, fixed=True)


def _drawn(doc: str, unit: str, default: Any, least: float, most: float) -> Quantity:
    return Quantity(doc=doc, unit=unit, default=default, least=least, most=most)


_LENGTH = Quantity(doc="how long one lasts", unit="s", default="10 ms", least=0.0, most=1e6)

_SENSOR_FAULTS = Tagged(
    doc="what is wrong with the sensor",
    options={
        "drift": Section(
            doc="an offset that grows",
            fields={"rate": _drawn("full scales per second", "1/s", "0.01 1/h", -1e3, 1e3)},
        ),
        "bias": Section(
            doc="an offset that is suddenly there",
            fields={"size": _drawn("share of full scale", "", 0.1, -2.0, 2.0)},
        ),
        "scale": Section(
            doc="a wrong gain", fields={"factor": _drawn("what it multiplies by", "", 0.5, -10.0, 10.0)}
        ),
        "stuck": Section(doc="the same value for ever", fields={}),
        "spikes": Section(
            doc="single samples that shoot up or down",
            fields={
                "rate": _drawn("spikes per second", "1/s", 2.0, 0.0, 1e5),
                "size": _drawn("share of full scale", "", 0.5, 0.0, 2.0),
            },
        ),
        "dropouts": Section(
            doc="stretches in which nothing comes through and zeros are written",
            fields={"rate": _drawn("dropouts per second", "1/s", 1.0, 0.0, 1e5), "length": _LENGTH},
        ),
        "bursts": Section(
            doc="stretches of strong noise",
            fields={
                "rate": _drawn("bursts per second", "1/s", 1.0, 0.0, 1e5),
                "length": _LENGTH,
                "size": _drawn("standard deviation, share of full scale", "", 0.1, 0.0, 2.0),
            },
        ),
        "swapped": Section(
            doc="the cable of another machine's sensor is plugged in",
            fields={"with": Name(doc="the machine it measures instead")},
        ),
        "skewed": Section(
            doc="a clock that runs fast", fields={"by": _drawn("relative error", "", "100 ppm", -0.1, 0.1)}
        ),
    },
)

_FAULTS = Listing(
    doc="faults of the sensor itself",
    item=Section(
        doc="one fault",
        fields={
            "at": Quantity(doc="when it begins", unit="s", default=0.0, least=0.0, most=1e10),
            "lasts": Quantity(
                doc="how long; to the end unless given", unit="s", default=1e10, least=0.0, most=1e10
            ),
        },
        choice=_SENSOR_FAULTS,
    ),
)


def _chain(bits: int, more: Mapping[str, Field]) -> Section:
    return Section(
        doc="electronics between the transducer and the file",
        fields={
            "bits": Quantity(
                doc="of the converter", unit="", default=bits, least=4, most=24, integer=True, fixed=True
            ),
            "gain": _drawn("what the signal is multiplied by; 1 is right", "", 1.0, -10.0, 10.0),
            "offset": _drawn("share of full scale that is added; 0 is right", "", 0.0, -1.0, 1.0),
            "flicker_corner": _drawn("below it 1/f noise outweighs white noise", "Hz", 0.0, 0.0, 1e5),
            **more,
        },
    )


_FAST: dict[str, Field] = {
    "order": Quantity(
        doc="poles of the Butterworth anti-alias filter",
        unit="",
        default=6,
        least=1,
        most=8,
        integer=True,
        fixed=True,
    ),
    "cutoff": _fixed("its frequency at -3 dB, as a share of the rate", "", 0.4, 0.01, 0.49),
    "jitter": _drawn("standard deviation of the moment of sampling", "s", 0.0, 0.0, 1.0),
}


def _measured(
    unit: str, *, full_scale: Any, noise: Any, bits: int, more: Mapping[str, Field]
) -> dict[str, Field]:
    return {
        "full_scale": _fixed("the largest amount that is not cut off", unit, full_scale, 1e-9, 1e12),
        "noise": _drawn("standard deviation of the electronics' white noise", unit, noise, 0.0, 1e9),
        "chain": _chain(bits, more),
        "faults": _FAULTS,
    }


def _windows(rate: Any, window: Any, every: Any) -> dict[str, Field]:
    return {
        "rate": _fixed("samples per second within a window", "Hz", rate, 1e-3, 1e6),
        "window": _fixed("how long one window is: a row of the table", "s", window, 1e-3, 1e6),
        "every": _fixed("from the start of a window to the start of the next", "s", every, 1e-3, 1e9),
    }


def _varies(doc: str, default: float) -> Quantity:
    return _drawn(f"{doc}, standard deviation of a window's, relative", "", default, 0.0, 2.0)


def windows_fault(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (key, message) for windows that overlap, hold too much or hold next to nothing."""
    if not {"window", "every", "rate"} <= given.keys():
        return []  # one of them is wrong in itself, and that has been told
    window, every, rate = (float(given[key]) for key in ("window", "every", "rate"))
    faults = []
    if window > every * (1.0 + 1e-9):
        faults.append(("window", f"windows of {window:g} s overlap where one begins every {every:g} s"))
    if not 2.0 <= window * rate <= 2.0**24:
        message = f"a window holds {window * rate:.3g} samples; it can hold from 2 to {2**24}"
        faults.append(("window", message))
    return faults


def _vibration_faults(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not {"rate", "resonance", "damping"} <= given.keys():
        return windows_fault(given)
    rate, resonance, damping = (float(given[key]) for key in ("rate", "resonance", "damping"))
    band = resonance * (1.0 + damping)
    if rate < 2.0 * band:
        message = (
            f"{rate:g} samples per second cannot show what rings up to {band:.0f} Hz: "
            f"at least {2.0 * band:.0f} Hz are needed, or a resonance below {rate / 2 / (1 + damping):.0f} Hz"
        )
        return [*windows_fault(given), ("rate", message)]
    return windows_fault(given)


def _current_faults(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    if float(given.get("rate", _LEAST_CURRENT)) < _LEAST_CURRENT:
        message = (
            f"a current needs at least {_LEAST_CURRENT:g} Hz: its fault lines reach up to three times 60 Hz"
        )
        return [*windows_fault(given), ("rate", message)]
    return windows_fault(given)


_LEAST_CURRENT = 500.0

VIBRATION = Section(
    doc="An accelerometer on a machine: bearings, gears, shafts, pumps and tools, in windows.",
    check=_vibration_faults,
    fields={
        **_windows("25.6 kHz", "1.28 s", "10 min"),
        "resonance": _fixed("frequency in which the housing rings when it is hit", "Hz", "3 kHz", 1.0, 1e6),
        "damping": _fixed("share of critical damping of that ringing", "", 0.03, 1e-3, 0.5),
        "transfer": _drawn(
            "how much of the machine's vibration arrives where it is mounted", "", 1.0, 0.0, 100.0
        ),
        "floor": _drawn("broadband vibration while the machine turns", "m/s2", 0.7, 0.0, 1e4),
        # Assumption: a fifth, for mounting, material and temperature.
        "varies": _varies("by how much its lines and the power of its noise vary without a fault", 0.2),
        **_measured("m/s2", full_scale=500.0, noise=0.02, bits=16, more=_FAST),
    },
)

CURRENT = Section(
    doc="A current clamp on one phase of a motor, in windows.",
    check=_current_faults,
    fields={
        **_windows("10 kHz", "2 s", "10 min"),
        **_measured("A", full_scale=50.0, noise=0.005, bits=16, more=_FAST),
    },
)

TEMPERATURE = Section(
    doc="Temperature of a machine: several bodies that store heat and hand it on, solved exactly.",
    check=windows_fault,
    fields={
        **_windows("1 Hz", "1 h", "1 h"),
        "node": Word(
            doc="where it is measured",
            options={
                "winding": "in the windings, which warm up in minutes",
                "frame": "on the frame",
                "bearing": "at the bearing, which is heated by its friction and the frame",
            },
            default="bearing",
            fixed=True,
        ),
        "rise": _fixed("of the windings over the air at rated load, at last", "K", 80.0, 0.1, 500.0),
        "winding_time": _fixed("in which the windings alone would warm up", "s", "10 min", 1.0, 1e6),
        "frame_time": _fixed("in which the frame gives its heat to the air", "s", "60 min", 1.0, 1e6),
        "bearing_time": _fixed("in which the bearing gives its heat to the frame", "s", "15 min", 1.0, 1e6),
        "bearing_rise": _fixed("of a good bearing over the frame at rated load", "K", 12.0, 0.0, 500.0),
        **_measured("K", full_scale=1000.0, noise=0.1, bits=24, more={}),
    },
)

PROCESS = Section(
    doc="A slow value of a machine: what a controller would log.",
    check=windows_fault,
    fields={
        **_windows("1 Hz", "1 h", "1 h"),
        "of": Word(
            doc="what is measured",
            options={
                "head": "head of a pump [m]",
                "flow": "flow of a pump [m3/s]",
                "pressure": "pressure in a pneumatic cylinder [Pa]",
                "power": "power of a spindle [W]",
                "torque": "torque of a robot's joint [N m]",
                "lag": "angle by which a robot's joint lags behind its command [rad]",
                "channel": "a channel that the world records, `named`",
            },
            fixed=True,
        ),
        "named": Text(doc="name of the recorded channel, with `of: channel`", default=""),
        # Assumption: three in a hundred, for material, product and operator.
        "varies": _varies("by how much the value varies without a fault; a recorded channel does not", 0.03),
        **_measured("", full_scale=REQUIRED, noise=0.0, bits=24, more={}),
    },
)

READING = Section(doc="What decisions in the world saw of a sensor, value by value, as it was.", fields={})
