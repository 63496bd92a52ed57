"""Access settings from a configuration, checked before a session begins."""

import ssl
from pathlib import Path

import structlog

from alerts.accept_links import SecretError, keep_secret
from dashboards.access.accounts import read_accounts
from dashboards.access.authenticator import AccessSettings, Tls
from dashboards.access.login_sessions import Lifetime
from dashboards.access.proxies import Proxies
from monitor.config.console import ConsoleConfig
from monitor.errors import ConfigError

log = structlog.get_logger()


def access_settings(
    config: ConsoleConfig, beside: Path, journals: Path | None = None
) -> AccessSettings:
    """Return the access settings of the console.

    Args:
        config: section of the console.
        beside: folder to which its paths are relative.
        journals: folder for the secret of device cookies; None: it is not kept.

    Raises:
        AccountsError: the accounts are missing or damaged.
        ConfigError: there are no accounts, or certificate and key cannot be used.
    """
    accounts = None
    if config.accounts is not None:
        accounts = beside / config.accounts
        if not read_accounts(accounts):
            raise ConfigError(
                f"{accounts} contains no accounts; run physiomon user add NAME --role ROLE"
            )
    tls = None
    if config.certificate is not None and config.key is not None:
        tls = _tls(beside / config.certificate, beside / config.key)
    return AccessSettings(
        accounts=accounts,
        tls=tls,
        proxies=Proxies(config.proxies),
        names=frozenset(config.names),
        second_factor_required=config.second_factor == "required",
        device_secret="" if accounts is None or journals is None else _device_secret(journals),
        lifetime=Lifetime(60.0 * config.idle_minutes, 3600.0 * config.login_hours),
    )


def _device_secret(journals: Path) -> str:
    try:
        return keep_secret(journals / "device.key")
    except SecretError as error:
        log.warning("device_cookies.forgotten", reason=str(error))
        return ""


def _tls(certificate: Path, key: Path) -> Tls:
    for name, path in (("certificate", certificate), ("key", key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise ConfigError(f"[console] {name}: cannot read {path}: {error.strerror}") from None
    try:
        # Without a password function, OpenSSL would ask at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: b"-")
    except ssl.SSLError as error:
        raise ConfigError(
            f"[console] {certificate} and {key} are not a PEM certificate and its key without a "
            f"password ({error.reason or 'cannot be read'})"
        ) from None
    return Tls(certificate, key)
