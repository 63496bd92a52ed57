"""The examples in the decoders' docstrings run."""

import doctest
from types import ModuleType

import pytest

from devices import clock_fit, decoders, ecg, printable_text
from devices.gatt import (
    blood_pressure,
    date_time,
    device_information,
    flags,
    heart_rate,
    ieee11073,
    length,
    oximeter,
    thermometer,
)
from devices.vendors import core, movesense, oximetry, polar_control

VENDORS = [core, oximetry, polar_control]
GATT = [
    blood_pressure,
    date_time,
    device_information,
    flags,
    heart_rate,
    ieee11073,
    length,
    oximeter,
]


@pytest.mark.parametrize(
    "module", [decoders, clock_fit, ecg, printable_text, *GATT, thermometer, *VENDORS, movesense]
)
def test_examples_in_docstrings(module: ModuleType) -> None:
    failed, attempted = doctest.testmod(module)
    assert attempted > 0
    assert failed == 0
