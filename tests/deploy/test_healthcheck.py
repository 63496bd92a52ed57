"""The health check of physiomon's container, against consoles as they can be configured."""

import asyncio
import sys
from pathlib import Path

import pytest
import trustme

from dashboards.access.authenticator import AccessSettings, Tls
from tests.access.console_with_accounts import house, write_accounts
from tests.deploy.test_compose import SERVICES
from tests.servers.process import free_port

TLS = 'certificate = "cert.pem"\nkey = "key.pem"\n'


async def check(folder: Path, console: str) -> tuple[int | None, str]:
    """Run the check with a `[console]` section; return its status and output."""
    config = folder / "session.toml"
    config.write_text(console)
    _, _, option, code = SERVICES["physiomon"]["healthcheck"]["test"]
    code = code.replace("/etc/physiomon/session.toml", str(config))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        option,
        code,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode()


@pytest.mark.parametrize("host", ["", 'host = "0.0.0.0"\n', 'host = "localhost"\n'])
@pytest.mark.parametrize("tls", ["", TLS], ids=["http", "https"])
async def test_console_with_accounts_is_healthy(tmp_path: Path, tls: str, host: str) -> None:
    issued = trustme.CA().issue_cert("monitor.example.org")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    settings = AccessSettings(
        accounts=write_accounts(tmp_path / "accounts.toml"),
        tls=Tls(tmp_path / "cert.pem", tmp_path / "key.pem") if tls else None,
    )
    port = free_port()
    async with house(tmp_path, settings, port=port):
        assert await check(tmp_path, f"[console]\nport = {port}\n{tls}{host}") == (0, "")


async def test_console_that_does_not_answer_is_unhealthy(tmp_path: Path) -> None:
    status, printed = await check(tmp_path, f"[console]\nport = {free_port()}")
    assert status == 1
    assert "ConnectionRefusedError" in printed


async def test_another_server_on_the_port_is_unhealthy(tmp_path: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await check(tmp_path, f"[console]\nport = {port}") == (1, "/healthz answers 404\n")
