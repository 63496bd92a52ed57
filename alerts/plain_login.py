"""Logins without encryption: which addresses would send a password or token in plain text."""

from ipaddress import ip_address

import apprise
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.common import SecureMailMode
from apprise.plugins.mqtt import NotifyMQTT


def plain_login(scheme: str, service: apprise.NotifyBase) -> str | None:
    """Return why a login is refused; None if it is encrypted, local, or there is none.

    Args:
        scheme: of the address.
        service: the address as apprise has parsed it.
    """
    if not _plain(scheme, service) or not _has_login(service) or _local(service):
        return None
    secure = service.secure_protocol
    names: tuple[str, ...] = (secure,) if isinstance(secure, str) else tuple(secure or ())
    remedy = next((f"use '{name}://'" for name in names), "use another kind of channel")
    if scheme in names:  # only mail has an option to send in plain text
        remedy = f"remove 'mode=insecure' from its '{scheme}://'"
    return (
        f"a channel of kind '{scheme}' would send its password or token without encryption; "
        f"{remedy}, or set plain_text = true for this channel"
    )


def _plain(scheme: str, service: apprise.NotifyBase) -> bool:
    if isinstance(service, NotifyEmail):  # the servers of some providers are always encrypted
        return bool(service.secure_mode == SecureMailMode.INSECURE)
    if getattr(service, "mode", None) == "cloud":  # ntfy.sh is always encrypted
        return False
    # A kind that has only a name for encryption, such as Telegram, uses it always.
    plain = service.protocol
    return scheme in ((plain,) if isinstance(plain, str) else tuple(plain or ()))


def _has_login(service: apprise.NotifyBase) -> bool:
    if isinstance(service, NotifyEmail | NotifyMQTT):  # a name alone is not a secret
        return bool(service.password)
    # Kinds have tokens under many names; apprise masks them in what it shows.
    masked = service.url(privacy=True)  # type: ignore[no-untyped-call]
    shown = service.url(privacy=False)  # type: ignore[no-untyped-call]
    return bool(
        service.user
        or service.password
        or getattr(service, "headers", None)  # such as Authorization
        or masked != shown
    )


def _local(service: apprise.NotifyBase) -> bool:
    """Return whether the server is on this computer."""
    host = service.smtp_host if isinstance(service, NotifyEmail) else service.host
    name = str(host or "").strip("[]").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
