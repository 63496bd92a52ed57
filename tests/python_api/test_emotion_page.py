"""The example of docs/emotion.md runs, and its names are those of the results."""

import re
from pathlib import Path

import pytest

from tests.reports.full_session import full, save

PAGE = Path(__file__).parents[2] / "docs" / "emotion.md"


@pytest.mark.extended
def test_the_example_runs(tmp_path: Path) -> None:
    text = PAGE.read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, object] = {"path": save(full(), tmp_path / "s.journal")}
    exec(compile(example, str(PAGE), "exec"), names)  # noqa: S102 - an example of ours
    lags, around, aligned = (names[each] for each in ("lags", "around", "aligned"))
    columns = {*aligned.columns[:3], *around.columns, *lags.columns, *lags.attrs}  # type: ignore[attr-defined]
    for name in columns:
        assert f"`{name}`" in text
