"""Call setup from a configuration. Imports apprise, so import it only if calls are configured."""

from collections.abc import Callable, Sequence
from pathlib import Path

from alerts.accept_links import AcceptLinks, checked_secret, keep_secret
from alerts.message_content import Content
from alerts.notification_channel import ChannelError, NotificationChannel
from monitor.calls.delivery import CallSetup
from monitor.certificates import trusted
from monitor.config.calls import CallsConfig, RecipientConfig, duration
from monitor.config.run import Config
from monitor.config.secrets import from_environment
from monitor.errors import ConfigError

_SECRET = "accept.key"  # noqa: S105 - the name of a file


def call_setup(config: Config, beside: Path, now_ns: Callable[[], int]) -> CallSetup:
    """Return the channels and links of a configuration.

    Args:
        config: of the session.
        beside: folder to which its paths are relative.
        now_ns: UTC nanoseconds, against which links expire.

    Raises:
        ConfigError: a URL, the secret or `ca_file` is missing or not valid, or a URL would send to
            another computer without encryption.
    """
    channels = recipient_channels(config.recipient, config.calls, beside)
    return CallSetup(channels=channels, links=_links(config, beside, now_ns))


def recipient_channels(
    recipients: Sequence[RecipientConfig], calls: CallsConfig, beside: Path
) -> dict[str, list[NotificationChannel]]:
    """Return the channels of each recipient.

    Raises:
        ConfigError: as by `call_setup`.
    """
    ca_file = _authorities(calls, beside)
    channels: dict[str, list[NotificationChannel]] = {}
    for recipient in recipients:
        mine = channels.setdefault(recipient.id, [])
        for each in recipient.channels:
            try:
                url = each.url(recipient.id, beside)
                mine.append(
                    NotificationChannel(
                        url,
                        each.kind or "",
                        ca_file=ca_file,
                        content=Content(each.content or recipient.content),
                        allow_plain_text=each.plain_text,
                    )
                )
            except ChannelError as error:
                raise ConfigError(f"[[recipient]] {recipient.id}, channels: {error}") from None
    return channels


def _authorities(calls: CallsConfig, beside: Path) -> Path | None:
    if calls.ca_file is None:
        return None
    path = beside / calls.ca_file
    trusted(path, "[calls]")
    return path


def _links(config: Config, beside: Path, now_ns: Callable[[], int]) -> AcceptLinks | None:
    calls = config.calls
    if calls.link is None:
        return None
    if calls.secret_env is not None:
        where = f"[calls] secret_env {calls.secret_env}"
        secret = checked_secret(
            from_environment(calls.secret_env, "[calls] secret_env").get_secret_value(), where
        )
    elif calls.secret_file is not None:
        secret = keep_secret(beside / calls.secret_file)
    else:
        secret = keep_secret(beside / config.journal.directory / _SECRET)
    return AcceptLinks(secret, calls.link, duration(calls.link_valid), now_ns)
