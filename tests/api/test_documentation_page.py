"""Examples and paths of docs/api.md."""

import asyncio
import re
from pathlib import Path

import pytest

from dashboards.access.roles import Role
from dashboards.api.application import ROUTERS
from tests.api.served_session import secret_of, served
from tests.sessions.test_session import Live, live
from tests.system.command import physiomon

__all__ = ["live"]

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


async def test_python_example_reads_all_readings(
    live: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live.beat(90, 70)
    live.session._recorder.write()
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    async with served(live, tmp_path) as house:
        code = example.replace("http://127.0.0.1:8080/", house.url)
        code = code.replace("physiomon-...", secret_of(Role.RESEARCHER))
        assert code.count(house.url) == 1
        await asyncio.to_thread(exec, code, {})
    assert f"{live.session.spec.id} 90 readings" in capsys.readouterr().out


def test_documented_paths_are_routes() -> None:
    known = {route.path.rpartition("/")[2] for router in ROUTERS for route in router.routes}  # type: ignore[attr-defined]
    named = set(re.findall(r"/sessions/S-1/([a-z-]+)", PAGE))
    named |= set(re.findall(r"`/([a-z-]+)[?`]", PAGE)) - {"api"}
    acts = re.search(r"^`acknowledge`.*?:", PAGE, re.DOTALL | re.MULTILINE)
    assert acts is not None
    named |= set(re.findall(r"`([a-z-]+)`", acts[0]))
    assert len(named) > 20
    assert named <= known


def test_token_is_shown_once_and_stored_as_a_hash(tmp_path: Path) -> None:
    made = physiomon(
        "token", "add", "x-1", "--role", "researcher", "--expires", "30d", cwd=tmp_path
    )
    secret = made.stdout.strip()
    assert secret.startswith("physiomon-")
    kept = (tmp_path / "accounts.toml").read_text()
    assert secret not in kept
    assert (tmp_path / "accounts.toml").stat().st_mode & 0o777 == 0o600
    assert "x-1" in physiomon("token", "list", cwd=tmp_path).stdout
    physiomon("token", "remove", "x-1", cwd=tmp_path)
    assert "x-1" not in (tmp_path / "accounts.toml").read_text()
