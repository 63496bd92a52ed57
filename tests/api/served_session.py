"""A real session behind the API, with clients for each role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from dashboards.access.accounts import edit_accounts
from dashboards.access.authenticator import AccessSettings
from dashboards.access.roles import Role
from dashboards.access.tokens import Token, hash_of
from dashboards.api.application import api, attach
from dashboards.console.server import serve
from dashboards.texts import ENGLISH, Catalogue
from monitor.sessions.console_backend import ConsoleBackend
from tests.access.console_with_accounts import Book, write_accounts
from tests.servers.http_client import http_client
from tests.sessions.test_session import Live


def secret_of(role: Role) -> str:
    return f"secret-of-{role}"


def write_tokens(path: Path) -> Path:
    """Write a file with an account and a token for each role."""
    write_accounts(path)
    with edit_accounts(path) as known:
        for role in Role:
            name = f"prog-{role}"
            known.tokens[name] = Token(name=name, role=role, sha256=hash_of(secret_of(role)))
    return path


@dataclass
class Served:
    """A served console with its API."""

    url: str
    book: Book
    accounts: Path

    def client(self, role: Role | None = None, secret: str | None = None) -> httpx.AsyncClient:
        """Return a client; without a role it sends no token."""
        secret = secret_of(role) if role is not None else secret
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        return http_client(f"{self.url}api/v1", headers=headers)


@asynccontextmanager
async def served(live: Live, folder: Path, catalogue: Catalogue = ENGLISH) -> AsyncIterator[Served]:
    """Serve a session with accounts and tokens."""
    book, accounts = Book(), write_tokens(folder / "accounts.toml")
    settings = AccessSettings(accounts=accounts)
    backend = ConsoleBackend([live.session])
    async with serve(backend, port=0, access=settings, audit_log=book, catalogue=catalogue) as url:
        yield Served(url, book, accounts)


def local(live: Live, host: str = "127.0.0.1", **headers: str) -> httpx.AsyncClient:
    """Return a client on the computer of a console without accounts."""
    made = api()
    attach(made, ConsoleBackend([live.session]), host, None)
    transport = httpx.ASGITransport(made)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers)


def at(live: Live, path: str) -> str:
    """Return the path of a resource of the session."""
    return f"/sessions/{live.session.spec.id}/{path}"
