"""From a configuration to who may come in; what cannot be used is told before a session begins."""

import ssl
from pathlib import Path

from dashboards.access.accounts import read_accounts
from dashboards.access.authenticator import AccessSettings, Tls
from dashboards.access.login_sessions import Lifetime
from monitor.config.console import ConsoleConfig
from monitor.errors import ConfigError


def access_settings(config: ConsoleConfig, beside: Path) -> AccessSettings:
    """Return who may come in.

    Args:
        config: as read.
        beside: folder of its file, where relative paths begin.

    Raises:
        AccountsError: the accounts are missing or damaged.
        ConfigError: there are none, or certificate and key cannot be used.
    """
    accounts = None
    if config.accounts is not None:
        accounts = beside / config.accounts
        if not read_accounts(accounts):
            raise ConfigError(f"{accounts} holds no account: physiomon user add NAME --role ROLE")
    tls = None
    if config.certificate is not None and config.key is not None:
        tls = _tls(beside / config.certificate, beside / config.key)
    return AccessSettings(
        accounts=accounts,
        tls=tls,
        behind_proxy=config.behind_proxy,
        names=frozenset(config.names),
        lifetime=Lifetime(60.0 * config.idle_minutes, 3600.0 * config.login_hours),
    )


def _tls(certificate: Path, key: Path) -> Tls:
    for name, path in (("certificate", certificate), ("key", key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise ConfigError(f"[console] {name}: cannot read {path}: {error.strerror}") from None
    try:
        # A password would be asked for at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: b"-")
    except ssl.SSLError as error:
        raise ConfigError(
            f"[console] {certificate} and {key} are no certificate and its key in PEM without a "
            f"password ({error.reason or 'cannot be read'})"
        ) from None
    return Tls(certificate, key)
