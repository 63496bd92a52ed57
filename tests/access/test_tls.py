"""Addresses and TLS of the console, and their checks in `doctor`."""

import datetime
import ssl
import tomllib
from pathlib import Path

import httpx
import pytest
import trustme
from pydantic import ValidationError

from alerts.accept_links import LinkForgedError
from dashboards.access.authenticator import AccessSettings, Tls
from dashboards.access.proxies import Proxies
from dashboards.access.roles import Role
from dashboards.console.views.calls import CalledView
from monitor.commands.doctor_access import access_findings
from monitor.config.console import ConsoleConfig
from monitor.errors import ConfigError
from monitor.service.access_setup import access_settings
from tests.access.console_with_accounts import HTML, PASSWORDS, house, log_in, write_accounts
from tests.durations import PATIENCE_S

LATER = datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


class OneLink:
    """A backend with one link, of a test call."""

    def called(self, token: str) -> CalledView:
        if token != "good":
            raise LinkForgedError("This link is not one of ours.")
        return CalledView(where="P-014", recipient="on call", alarms=())

    def opened(self, token: str) -> None:
        self.called(token)

    def accept(self, token: str, arrives_min: int | None = None) -> CalledView:
        assert arrives_min is None
        return self.called(token)

    def decline(self, token: str) -> CalledView:
        return self.called(token)

    def hand_on(self, token: str, to: str) -> CalledView:
        return self.called(f"{token}{to}")

    def hand_over(self, token: str, to: str) -> CalledView:
        return self.called(f"{token}{to}")


def certified(folder: Path, ends: datetime.datetime = LATER) -> trustme.CA:
    """Write certificate and key of localhost to a folder."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1", not_after=ends)
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    for part in issued.cert_chain_pems:
        part.write_to_path(str(folder / "cert.pem"), append=True)
    return authority


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('host = "0.0.0.0"', "which requires 'accounts', and either"),
        ('host = "192.0.2.1"\naccounts = "a.toml"', "which requires 'accounts', and either"),
        ('host = "::"\nproxies = ["127.0.0.1"]', "which requires 'accounts', and either"),
        ('host = "::"\ncertificate = "c"\nkey = "k"', "which requires 'accounts', and either"),
        ('certificate = "c"', "'certificate' and 'key' must be set together"),
        ('names = ["a b"]', "names"),
        ("idle_minutes = 0", "idle_minutes"),
        ('host = "0.0.0.0"\naccounts = "a"\nproxies = ["127.0.0.1"]', ""),
        ('host = "::"\naccounts = "a"\ncertificate = "c"\nkey = "k"', ""),
        ('host = "localhost"', ""),
        ('proxies = ["proxy.example.org"]', "does not appear to be an IPv4 or IPv6 network"),
    ],
)
def test_remote_access_needs_accounts_and_tls(text: str, said: str) -> None:
    section = tomllib.loads(text)
    if not said:
        ConsoleConfig.model_validate(section)
        return
    with pytest.raises(ValidationError, match=said) as error:
        ConsoleConfig.model_validate(section)
    assert error.value.error_count() == 1


async def test_console_serves_tls(tmp_path: Path) -> None:
    authority = certified(tmp_path)
    settings = AccessSettings(
        accounts=write_accounts(tmp_path / "accounts.toml"),
        tls=Tls(tmp_path / "cert.pem", tmp_path / "key.pem"),
    )
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with (
        house(tmp_path, settings) as served,
        httpx.AsyncClient(base_url=served.url, verify=trusting, timeout=PATIENCE_S) as client,
    ):
        assert served.url.startswith("https://")
        await log_in(client, "monitor", PASSWORDS[Role.MONITOR])
        page = await client.get("session/S-1", headers=HTML)
        assert "P-014" in page.text
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        plain = served.url.replace("https", "http")
        for origin, status in ((plain, 403), (served.url, 303)):  # of a page that came by HTTP
            headers = {"Origin": origin.rstrip("/")}
            assert (await client.post("logout", headers=headers)).status_code == status
        with pytest.raises(httpx.HTTPError):
            await httpx.AsyncClient().get(plain)


async def test_call_link_needs_no_login_and_no_known_host(tmp_path: Path) -> None:
    async with house(tmp_path, accept_backend=OneLink()) as served, served.visitor() as client:
        for headers in ({}, {"Host": "calls.example.org", "Origin": "null"}):
            for method in ("GET", "POST"):
                answer = await client.request(method, "accept/good", headers=headers)
                assert "Test successful" in answer.text
        assert (await client.get("accept/forged")).status_code == 403


def account(number: int) -> Role:
    """Return one account after the other: none is tried as often as is allowed for an account.

    An unknown name would cost a hash of full strength, in a thread that waits for idle processors.
    """
    return list(Role)[number % len(Role)]


async def test_attempts_behind_a_proxy_are_counted_by_client(tmp_path: Path) -> None:
    accounts = write_accounts(tmp_path / "accounts.toml")
    settings = AccessSettings(accounts=accounts, proxies=Proxies(["127.0.0.1"]))
    async with house(tmp_path, settings) as served, served.visitor() as client:
        for number in range(11):
            # Clients can forge the addresses before the last one.
            client.headers["X-Forwarded-For"] = f"192.0.2.{number}, 198.51.100.1"
            last = await log_in(client, account(number), "x")
        assert last.status_code == 429
        client.headers["X-Forwarded-For"] = "198.51.100.2"
        assert (await log_in(client, account(0), "x")).status_code == 403


async def test_forwarded_address_from_a_non_proxy_is_ignored(tmp_path: Path) -> None:
    accounts = write_accounts(tmp_path / "accounts.toml")
    settings = AccessSettings(accounts=accounts, proxies=Proxies(["192.0.2.1"]))
    async with house(tmp_path, settings) as served, served.visitor() as client:
        for number in range(11):
            client.headers["X-Forwarded-For"] = f"198.51.100.{number}"
            last = await log_in(client, account(number), "x")
        assert last.status_code == 429


async def test_forwarded_header_is_ignored_without_a_proxy(tmp_path: Path) -> None:
    async with house(tmp_path) as served, served.visitor() as client:
        for number in range(11):
            client.headers["X-Forwarded-For"] = f"192.0.2.{number}"
            last = await log_in(client, account(number), "x")
        assert last.status_code == 429


def test_unusable_files_are_reported_in_one_sentence(tmp_path: Path) -> None:
    certified(tmp_path)
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "none.toml").write_text("")
    for section, said in (
        ({"certificate": "cert.pem", "key": "none.pem"}, "key: cannot read"),
        ({"certificate": "empty.pem", "key": "key.pem"}, "not a PEM certificate and its key"),
        ({"certificate": "key.pem", "key": "cert.pem"}, "not a PEM certificate and its key"),
        ({"accounts": "none.toml"}, "contains no accounts"),
    ):
        with pytest.raises(ConfigError) as error:
            access_settings(ConsoleConfig.model_validate(section), tmp_path)
        assert said in str(error.value)
        assert "\n" not in str(error.value)


def test_doctor_reports_accounts_and_certificate_expiry(tmp_path: Path) -> None:
    assert [finding.ok for finding in access_findings(ConsoleConfig(), tmp_path)] == [True]
    accounts = write_accounts(tmp_path / "accounts.toml")
    config = ConsoleConfig(accounts="accounts.toml", certificate="cert.pem", key="key.pem")
    certified(tmp_path)
    login, certificate = access_findings(config, tmp_path)
    assert login.ok
    assert login.found == "1 admin, 1 medical, 1 metrics, 1 monitor, 1 rater, 1 researcher"
    assert (certificate.ok, certificate.found) == (True, "expires on 2099-01-01")
    accounts.chmod(0o644)
    (tmp_path / "cert.pem").unlink()
    certified(tmp_path, LONG_AGO)
    login, certificate = access_findings(config, tmp_path)
    assert "chmod 600" in login.advice
    assert (certificate.ok, certificate.found) == (False, "EXPIRED on 2020-01-01")
    accounts.unlink()
    (missing,) = access_findings(config, tmp_path)
    assert not missing.ok
    assert "does not exist" in missing.found
