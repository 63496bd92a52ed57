"""The notebook of the documentation runs, and its page shows what it gives."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.notebook import PAGE, PICTURE, ROOT

_EXECUTE = "from scripts.notebook import executed, page; print(page(executed())[0], end='')"


@pytest.mark.extended
def test_page_shows_the_output_of_the_notebook() -> None:
    """In another process: what kernels warn about is no failure of this one."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _EXECUTE],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "```text" in done.stdout
    assert done.stdout == PAGE.read_text("utf-8"), "run: python -m scripts.notebook"


def test_picture_of_the_page_exists() -> None:
    picture = Path(ROOT / "docs" / PICTURE.format(1))
    assert f"({PICTURE.format(1)})" in PAGE.read_text("utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")
