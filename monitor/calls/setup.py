"""Call setup from a configuration. Imports apprise, so import it only if calls are configured."""

from collections.abc import Callable
from pathlib import Path

from alerts.accept_links import AcceptLinks, checked_secret, keep_secret
from alerts.notification_channel import ChannelError, NotificationChannel
from monitor.calls.delivery import CallSetup
from monitor.config.calls import duration, from_environment
from monitor.config.run import Config
from monitor.errors import ConfigError

_SECRET = "accept.key"  # noqa: S105 - the name of a file


def call_setup(config: Config, beside: Path, now_ns: Callable[[], int]) -> CallSetup:
    """Return the channels and links of a configuration.

    Args:
        config: of the session.
        beside: folder to which its paths are relative.
        now_ns: UTC nanoseconds, against which links expire.

    Raises:
        ConfigError: a URL or the secret is missing or not valid.
    """
    channels: dict[str, list[NotificationChannel]] = {}
    for recipient in config.recipient:
        mine = channels.setdefault(recipient.id, [])
        for each in recipient.channels:
            try:
                mine.append(NotificationChannel(each.url(recipient.id, beside), each.kind or ""))
            except ChannelError as error:
                raise ConfigError(f"[[recipient]] {recipient.id}, channels: {error}") from None
    return CallSetup(channels=channels, links=_links(config, beside, now_ns))


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
