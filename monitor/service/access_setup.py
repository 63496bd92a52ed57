"""Access settings from a configuration, checked before a session begins."""

import ssl
from pathlib import Path

import structlog

from alerts.accept_links import SecretError, keep_secret
from dashboards.access.accounts import read_accounts
from dashboards.access.authenticator import AccessSettings, Tls
from dashboards.access.login_sessions import Lifetime
from dashboards.access.oidc import OidcSettings
from dashboards.access.proxies import Proxies
from dashboards.access.roles import Role
from monitor.certificates import trusted
from monitor.config.console import ConsoleConfig
from monitor.config.oidc import OidcConfig
from monitor.config.secrets import from_file
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
        oidc=None if config.oidc is None else _oidc(config.oidc, beside),
        second_factor_required=config.second_factor == "required",
        device_secret="" if accounts is None or journals is None else _device_secret(journals),
        lifetime=Lifetime(60.0 * config.idle_minutes, 3600.0 * config.login_hours),
    )


def _oidc(config: OidcConfig, beside: Path) -> OidcSettings:
    try:
        import dashboards.access.oidc_provider  # noqa: F401, PLC0415 - loaded now, not later
    except ModuleNotFoundError:
        raise ConfigError(
            "[console.oidc] needs an optional part: pip install 'physiomon[oidc]'"
        ) from None
    secret = ""
    if config.client_secret_file is not None:
        where = "[console.oidc] client_secret_file"
        secret = from_file(beside / config.client_secret_file, where).get_secret_value()
    ca_file = None if config.ca_file is None else beside / config.ca_file
    return OidcSettings(
        name=config.name,
        issuer=config.issuer,
        client_id=config.client_id,
        client_secret=secret,
        scopes=tuple(config.scopes),
        name_claim=config.name_claim,
        role_claim=config.role_claim,
        roles={group: Role(role) for group, role in config.roles.items()},
        single_sign_on=config.single_sign_on,
        tls=trusted(ca_file, "[console.oidc]"),
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
