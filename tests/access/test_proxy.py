"""The documented nginx configuration, with a real nginx and TLS."""

import re
import ssl
from pathlib import Path

import httpx
from websockets.asyncio.client import connect

from dashboards.access.authenticator import AccessSettings
from dashboards.access.proxies import Proxies
from dashboards.access.roles import Role
from tests.access.console_with_accounts import HTML, PASSWORDS, house, log_in, write_accounts
from tests.access.test_tls import certified
from tests.durations import PATIENCE_S
from tests.servers.process import Server, free_port, program, wait_until

PAGE = Path(__file__).parents[2] / "docs" / "accounts.md"
AROUND = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 64; }}
http {{
access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{server}
}}
"""


def documented(folder: Path, port: int, console: str) -> Path:
    """Write the documented server block with the test's files and ports."""
    found = re.search(r"```nginx\n(server .*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    server = found[1].replace("listen 443", f"listen 127.0.0.1:{port}")
    server = server.replace("http://127.0.0.1:8080", console.rstrip("/"))
    server = server.replace("/etc/ssl/monitor.pem", str(folder / "cert.pem"))
    server = server.replace("/etc/ssl/monitor.key", str(folder / "key.pem"))
    path = folder / "nginx.conf"
    path.write_text(AROUND.format(folder=folder, server=server))
    return path


async def test_login_and_live_pages_behind_nginx(tmp_path: Path) -> None:
    nginx = program("nginx", "nginx-light")
    trusting = ssl.create_default_context()
    certified(tmp_path).configure_trust(trusting)
    accounts = write_accounts(tmp_path / "accounts.toml")
    port = free_port()
    outside = f"https://localhost:{port}"
    settings = AccessSettings(accounts=accounts, proxies=Proxies(["127.0.0.1"]))
    async with house(tmp_path, settings) as served:
        config = documented(tmp_path, port, served.url)
        proxy = Server([nginx, "-p", str(tmp_path), "-c", str(config)], tmp_path / "out")
        proxy.start()
        try:
            wait_until((tmp_path / "nginx.pid").exists, "nginx")
            async with httpx.AsyncClient(
                base_url=outside, verify=trusting, timeout=PATIENCE_S
            ) as client:
                client.headers["Origin"] = outside
                answer = await log_in(client, "monitor", PASSWORDS[Role.MONITOR])
                assert answer.status_code == 303
                assert "P-014" in (await client.get("session/S-1", headers=HTML)).text
                cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            async with connect(
                f"{outside.replace('https', 'wss')}/state/beats",
                ssl=trusting,
                additional_headers={"Cookie": cookies, "Origin": outside},
            ) as socket:
                assert "strap" in str(await socket.recv())
        finally:
            proxy.stop()
