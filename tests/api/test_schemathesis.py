"""schemathesis with all its checks against a real service and the document that it serves."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dashboards.access.roles import Role
from tests.api.served_session import secret_of
from tests.attack.service import service, until_measured
from tests.durations import LONG, examples

_PHASES = {Role.MEDICAL: "examples,coverage,fuzzing,stateful" if LONG else "fuzzing,stateful"}
if LONG:
    _PHASES[Role.RATER] = "fuzzing"  # nearly all is refused, whatever the request contains
_ENDLESS = "/sessions/{session}/events"  # a stream has no end; tests/api/test_events.py


@pytest.mark.extended
def test_service_conforms_to_its_openapi_document(tmp_path: Path) -> None:
    with service(tmp_path / "service") as there:
        until_measured(there)
        for role, phases in _PHASES.items():
            schemathesis = subprocess.run(
                [
                    Path(sys.executable).with_name("schemathesis"),
                    "run",
                    f"{there.url}api/v1/openapi.json",
                    "--header",
                    f"Authorization: Bearer {secret_of(role)}",
                    "--exclude-path",
                    _ENDLESS,
                    "--phases",
                    phases,
                    "--max-examples",
                    str(examples(1)),
                    "--checks",
                    "all",
                    "--seed=1",
                    "--generation-deterministic",
                    "--no-color",
                ],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert schemathesis.returncode == 0, schemathesis.stdout[-10_000:]
            selected, tested = re.findall(r"(?:Selected|Tested): (\d+)", schemathesis.stdout)
            assert selected == tested
        assert "Traceback" not in there.log()
