"""Checks of logins and TLS by `physiomon doctor`."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dashboards.access.oidc import OidcSettings, ProviderUnavailable
from dashboards.console.formatting import count
from devices.errors import PhysiomonError
from monitor.commands.doctor_finding import Finding
from monitor.config.console import ConsoleConfig

if TYPE_CHECKING:
    from dashboards.access.accounts import Account

_RENEW_DAYS = 14.0  # time to renew the certificate


def access_findings(console: ConsoleConfig, beside: Path) -> Iterator[Finding]:
    """Yield what can be said of logins and TLS."""
    from dashboards.access.accounts import read_accounts  # noqa: PLC0415 - slow to load
    from monitor.service.access_setup import access_settings  # noqa: PLC0415 - slow to load

    try:
        settings = access_settings(console, beside)
    except PhysiomonError as error:
        yield Finding("login", ok=False, found=str(error), advice="see docs/accounts.md")
        return
    if settings.accounts is None:
        yield Finding("login", ok=True, found="no accounts: anyone on this machine has access")
    else:
        accounts = read_accounts(settings.accounts).values()
        roles = Counter(str(each.role) for each in accounts)
        found = (
            ", ".join(f"{number} {role}" for role, number in sorted(roles.items())) or "no accounts"
        )
        shut = settings.accounts.stat().st_mode & 0o027 == 0  # its group may be the service's
        advice = (
            "" if shut else f"other users can read the accounts file: chmod 600 {settings.accounts}"
        )
        yield Finding("login", ok=shut, found=found, advice=advice)
        if settings.second_factor_required:
            yield _second_factor([each for each in accounts if each.role.acts])
    if settings.oidc is not None:
        yield asyncio.run(_provider(settings.oidc))
    if settings.tls is not None:
        yield _certificate(settings.tls.certificate)


def _second_factor(accounts: Sequence["Account"]) -> Finding:
    number = sum(each.totp is not None for each in accounts)
    return Finding(
        "second factor",
        ok=True,
        found=f"set up by {number} of {count(len(accounts), 'account')} of roles that act",
    )


async def _provider(settings: OidcSettings) -> Finding:
    from dashboards.access.oidc_provider import OidcProvider  # noqa: PLC0415 - of an extra

    provider = OidcProvider(settings, time.monotonic, time.time)  # noqa: TID251 - not a clock here
    try:
        await provider.check()
    except ProviderUnavailable as error:
        advice = "check issuer, ca_file and the network; accounts can log in meanwhile"
        return Finding(settings.name, ok=False, found=str(error), advice=advice)
    return Finding(settings.name, ok=True, found=f"{settings.issuer} answers")


def _certificate(path: Path) -> Finding:
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 - slow to load

    ends = load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    days = (ends.timestamp() - time.time_ns() / 1e9) / 86400
    return Finding(
        "certificate",
        ok=days > _RENEW_DAYS,
        found=f"{'expires' if days > 0 else 'EXPIRED'} on {ends:%Y-%m-%d}",
        advice="" if days > _RENEW_DAYS else "renew it and restart the service",
    )
