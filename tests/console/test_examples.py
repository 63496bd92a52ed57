"""Doctests of the console's modules."""

import doctest
from types import ModuleType

import pytest

from dashboards.console import formatting, markup, number_field, time_field


@pytest.mark.parametrize("module", [formatting, markup, number_field, time_field])
def test_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
