"""`make audit` reports packages that it could not check."""

import json
import sys
from pathlib import Path

import pytest

from scripts.audit import main

_CLEAN = {"name": "one", "version": "1.0", "vulns": []}
_BAD = {"name": "two", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
_SKIPPED = {"name": "three", "skip_reason": "not found on PyPI"}


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ([_CLEAN], 0, "no known vulnerability in 1 packages"),
        ([_CLEAN, _BAD], 1, "requirements.lock: two 2.0: PYSEC-1, fixed in 2.1"),
        ([_CLEAN, _SKIPPED], 2, "no advisories of 1 packages, such as three"),
        ([_BAD, _SKIPPED], 1, "no advisories of 1 packages, such as three"),
        (None, 2, "the service with the advisories cannot be reached"),
    ],
)
def test_packages_skipped_by_pip_audit_are_not_passed(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    answer: list[object] | None,
    status: int,
    words: str,
) -> None:
    program = tmp_path / "pip_audit.py"
    text = "" if answer is None else json.dumps({"dependencies": answer, "fixes": []})
    program.write_text(f"print({text!r})")
    assert main((sys.executable, str(program))) == status
    printed = capsys.readouterr()
    assert words in printed.out + printed.err
