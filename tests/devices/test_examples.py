"""The examples in the decoders' docstrings run."""

import doctest
from types import ModuleType

import pytest

from devices import catalog
from devices.gatt import date_time, device_information, heart_rate, ieee11073, thermometer


@pytest.mark.parametrize(
    "module", [catalog, date_time, device_information, heart_rate, ieee11073, thermometer]
)
def test_examples_say_what_happens(module: ModuleType) -> None:
    failed, attempted = doctest.testmod(module)
    assert attempted > 0
    assert failed == 0
