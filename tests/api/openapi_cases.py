"""Requests that schemathesis makes from an OpenAPI schema.

schemathesis takes seconds to import and its cases as long to build: a test asks for them when it
runs, since what a module of tests does is done by every worker.
"""

from collections.abc import Callable, Iterator
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.durations import LONG, examples

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
ENDLESS = "/sessions/{session}/events"  # a stream has no end; tests/api/test_events.py


@settings(max_examples=examples(10) if LONG else 3, derandomize=True)  # beside those at all limits
def answers_as_described(case: schemathesis.Case[Any]) -> None:
    if "session" in case.path_parameters and len(case.path) % 2:
        case.path_parameters["session"] = "s1"  # half of the requests name an existing session
    case.call_and_validate(checks=CHECKS)


def operations(application: FastAPI) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each operation's label and a function that sends and checks its requests."""
    load_all_checks()
    schema = schemathesis.openapi.from_asgi("/openapi.json", application).exclude(path=ENDLESS)
    for found in get_all_tests(
        schema=schema, test_func=answers_as_described, settings=None, given_kwargs=None
    ):
        assert isinstance(found, Ok), found
        operation, check = found.ok()
        yield operation.label, check
