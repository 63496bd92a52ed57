"""schemathesis against the OpenAPI schema: no server errors, no undocumented responses."""

from pathlib import Path

import pytest

from dashboards.api.application import api, attach
from monitor.sessions.console_backend import ConsoleBackend
from tests.sessions.test_session import Live


@pytest.mark.extended
@pytest.mark.no_cover
def test_responses_match_the_openapi_schema(tmp_path: Path, subtests: pytest.Subtests) -> None:
    from tests.api.openapi_cases import operations  # noqa: PLC0415 - takes seconds

    live = Live(tmp_path / "s.journal")
    live.beat(60, 120)
    application = api()
    attach(application, ConsoleBackend([live.session]), "127.0.0.1", None)
    for label, check in operations(application):
        with subtests.test(label):
            check()
    live.session.close()
