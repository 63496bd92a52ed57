"""A console with accounts, and its HTTP clients."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

import httpx
from argon2 import PasswordHasher

from dashboards.access.accounts import Account, edit_accounts
from dashboards.access.authenticator import AccessSettings
from dashboards.access.roles import Role
from dashboards.console.accept_backend import AcceptBackend
from dashboards.console.server import serve
from dashboards.texts import ENGLISH, Catalogue
from tests.console.fake_backend import SESSION, FakeBackend
from tests.servers.http_client import http_client

PASSWORDS: Mapping[Role, str] = MappingProxyType(
    {role: f"a long password for {role}" for role in Role}
)
HTML = {"Accept": "text/html"}


@dataclass
class Book:
    """An `AuditLog` that keeps its events."""

    events: list[tuple[str, str, str, str]] = field(default_factory=list)
    reads: list[tuple[str, str, str, bool]] = field(default_factory=list)
    fault: str | None = None

    def record(self, user: str, role: str, event: str, reason: str) -> None:
        self.events.append((user, role, event, reason))

    def record_read(
        self, session: str, user: str, role: str, resource: str, *, ended: bool
    ) -> None:
        assert role
        self.reads.append((session, user, resource, ended))

    def count_reads(self, *, everything: bool = False) -> None:
        pass

    def accounts_fault(self, sentence: str | None) -> None:
        self.fault = sentence

    def of_kind(self, event: str) -> list[tuple[str, str]]:
        """Return user and role of each event of a kind."""
        return [(user, role) for user, role, what, _ in self.events if what == event]


@dataclass
class Clock:
    """A clock that tests set."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class House:
    """A served console with its backend, clock and audit log."""

    url: str
    backend: FakeBackend
    book: Book
    clock: Clock
    accounts: Path

    @asynccontextmanager
    async def visitor(self, role: Role | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """Return an HTTP client, logged in if there is a role."""
        async with http_client(self.url, verify=False) as client:
            if role is not None:
                answer = await log_in(client, role.value, PASSWORDS[role])
                assert answer.status_code == 303, answer.text
            yield client


async def log_in(client: httpx.AsyncClient, name: str, password: str) -> httpx.Response:
    return await client.post("login", data={"name": name, "password": password})


@cache
def everybody() -> tuple[Account, ...]:
    """Return an account for each role, with the role as name and a hash that is fast to check."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return tuple(
        Account(name=role.value, role=role, hash=quick.hash(password))
        for role, password in PASSWORDS.items()
    )


def write_accounts(path: Path, *accounts: Account) -> Path:
    path.unlink(missing_ok=True)
    with edit_accounts(path) as known:
        known.accounts.update({account.name: account for account in accounts or everybody()})
    return path


@asynccontextmanager
async def house(
    folder: Path,
    settings: AccessSettings | None = None,
    accept_backend: AcceptBackend | None = None,
    port: int = 0,
    catalogue: Catalogue = ENGLISH,
) -> AsyncIterator[House]:
    """Serve a console with an account for each role."""
    accounts = write_accounts(folder / "accounts.toml")
    backend, book, clock = FakeBackend(), Book(), Clock()
    backend.put(SESSION)
    async with serve(
        backend,
        port=port,
        accept_backend=accept_backend,
        access=settings or AccessSettings(accounts=accounts),
        audit_log=book,
        now_s=clock,
        wall_s=clock,
        catalogue=catalogue,
    ) as url:
        yield House(url, backend, book, clock, accounts)
