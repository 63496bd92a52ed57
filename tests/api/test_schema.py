"""schemathesis against the OpenAPI schema: no server errors, no undocumented responses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashboards.api.application import api, attach
from monitor.sessions.console_backend import ConsoleBackend
from tests.sessions.test_session import Live

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
ENDLESS = "/sessions/{session}/events"  # a stream has no end; tests/api/test_events.py

made = api()
schema = schemathesis.openapi.from_asgi("/openapi.json", made).exclude(path=ENDLESS)


@pytest.fixture(scope="module", autouse=True)
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("schema")
    live = Live(folder / "s.journal")
    live.beat(60, 120)
    attach(made, ConsoleBackend([live.session]), "127.0.0.1", None)
    yield folder
    live.session.close()


@schema.parametrize()
@settings(max_examples=30, derandomize=True)
def test_responses_match_the_openapi_schema(case: schemathesis.Case[Any]) -> None:
    if "session" in case.path_parameters and len(case.path) % 2:
        case.path_parameters["session"] = "s1"  # half of the requests name an existing session
    case.call_and_validate(checks=CHECKS)
