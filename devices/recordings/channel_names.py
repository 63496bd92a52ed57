"""Signals by the names and units that EDF and XDF files give to their channels. Pure.

Source: EDF+ specification, standard texts for labels (SaO2, Temp); names in published XDF files.
"""

import re

import numpy as np

from devices.recordings.recorded_file import FloatArray
from devices.signals import SIGNALS

_NAMES = {
    "hr": "heart_rate",
    "heartrate": "heart_rate",
    "heart": "heart_rate",
    "rr": "rr_interval",
    "rri": "rr_interval",
    "ibi": "rr_interval",
    "rr intervals": "rr_interval",
    "pulse": "pulse_rate",
    "pr": "pulse_rate",
    "sao2": "spo2",
    "sao2 finger": "spo2",
    "oxygen saturation": "spo2",
    "temp core": "core_temperature",
    "core temp": "core_temperature",
    "temp rectal": "core_temperature",
    "temp skin": "skin_temperature",
    "skin temp": "skin_temperature",
    "temp room": "ambient_temperature",
    "temp ambient": "ambient_temperature",
    "ambient temp": "ambient_temperature",
    "room temperature": "ambient_temperature",
}
_UNITS = {
    "/min": {"", "/min", "1/min", "bpm", "beats/min", "beats per minute"},
    "Cel": {"", "cel", "c", "degc", "deg c", "°c", "celsius", "degrees celsius"},
    "%": {"", "%", "percent"},
    "ms": {"ms", "msec", "milliseconds"},
}
_SECONDS = {"s", "sec", "seconds"}
_LONGEST_LABEL = 16  # of EDF
_LEAST_NAME = 6  # no two signals begin with the same six letters
READ = frozenset(
    {
        *("heart_rate", "rr_interval", "core_temperature", "skin_temperature"),
        *("ambient_temperature", "pulse_rate", "spo2"),
    }
)


def signal_of(label: str) -> str | None:
    """Return the signal that a channel's label names, or None.

    >>> signal_of("strap/heart_rate"), signal_of("Temp skin"), signal_of("ECG II")
    ('heart_rate', 'skin_temperature', None)
    """
    words = re.sub(r"[^a-z0-9]+", " ", label.rpartition("/")[2].lower()).strip()
    name = _NAMES.get(words, words.replace(" ", "_"))
    if name in READ:
        return name
    # EDF cuts labels, of which a blank at the end is stripped: 'patch/core_tempe'.
    if len(label) < _LONGEST_LABEL - 1 or len(name) < _LEAST_NAME:
        return None
    return next((each for each in READ if each.startswith(name)), None)


def converted(name: str, unit: str, values: FloatArray) -> FloatArray | None:
    """Return values in the unit of the signal, or None if the unit is another one."""
    unit = unit.strip().lower()
    own = SIGNALS[name].unit
    if own == "ms" and unit in _SECONDS:
        return np.asarray(values * 1000, dtype=np.float64)
    return values if unit in _UNITS[own] else None
