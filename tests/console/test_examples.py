"""Doctests of the modules of the console and its access."""

import doctest
from types import ModuleType

import pytest

from alerts import loopback
from dashboards.access import proxies, rate_limit
from dashboards.console import formatting, markup
from dashboards.console.fields import number_field, time_field


@pytest.mark.parametrize(
    "module", [formatting, loopback, markup, number_field, proxies, rate_limit, time_field]
)
def test_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
