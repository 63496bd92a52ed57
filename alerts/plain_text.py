"""Notifications without encryption: which addresses would send in plain text."""

import apprise
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.common import SecureMailMode

from alerts.loopback import loopback


def plain_text(scheme: str, service: apprise.NotifyBase) -> str | None:
    """Return why an address is refused; None if it is encrypted or of this computer.

    Args:
        scheme: of the address.
        service: the address as apprise has parsed it.
    """
    if not _plain(scheme, service) or _local(service):
        return None
    secure = service.secure_protocol
    names: tuple[str, ...] = (secure,) if isinstance(secure, str) else tuple(secure or ())
    remedy = next((f"use '{name}://'" for name in names), "use another kind of channel")
    if scheme in names:  # only mail has an option to send in plain text
        remedy = f"remove 'mode=insecure' from its '{scheme}://'"
    return (
        f"a channel of kind '{scheme}' would send to another computer without encryption; "
        f"{remedy}, or set plain_text = true if nobody else can listen"
    )


def _plain(scheme: str, service: apprise.NotifyBase) -> bool:
    if isinstance(service, NotifyEmail):  # the servers of some providers are always encrypted
        return bool(service.secure_mode == SecureMailMode.INSECURE)
    if getattr(service, "mode", None) == "cloud":  # ntfy.sh is always encrypted
        return False
    # A kind that has only a name for encryption, such as Telegram, uses it always.
    plain = service.protocol
    return scheme in ((plain,) if isinstance(plain, str) else tuple(plain or ()))


def _local(service: apprise.NotifyBase) -> bool:
    """Return whether the server is on this computer; a kind without a host, such as syslog, is."""
    host = service.smtp_host if isinstance(service, NotifyEmail) else service.host
    return not host or loopback(str(host))
