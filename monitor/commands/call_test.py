"""`physiomon call-test`: test call to everyone on duty, before the session."""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from alerts.accept_links import Ticket
from alerts.message_content import with_content
from alerts.notification_channel import NotificationChannel, Outcome
from alerts.notification_text import Message, Place, test_message
from monitor.calls.delivery import TEST_CALL, CallSetup
from monitor.calls.setup import call_setup
from monitor.commands.output import print_json, print_rows
from monitor.config.calls import RecipientConfig
from monitor.config.duty import is_on_duty, roster_of
from monitor.config.file import load_config
from monitor.errors import ConfigError

Attempt = tuple[RecipientConfig, NotificationChannel, Outcome]


def test_call(path: Path, only: str | None, *, as_json: bool) -> bool:
    """Send test calls and print each outcome; return whether all were delivered.

    Raises:
        ConfigError: the configuration or a secret cannot be used, or there is nobody to call.
    """
    config = load_config(path)
    setup = call_setup(config, path.parent, time.time_ns)
    roster = roster_of(config.recipient, config.session.zone)
    now_ns = time.time_ns()
    called = [each for each in config.recipient if is_on_duty(each, roster, now_ns)]
    if only is not None:  # named: on duty or not
        called = [each for each in config.recipient if each.id == only]
        if not called:
            known = ", ".join(each.id for each in config.recipient) or "none"
            raise ConfigError(f"{path}: no recipient '{only}'; known: {known}")
    if not config.recipient:
        raise ConfigError(f"{path}: nobody to call; add [[recipient]] and [[tier]] to it")
    if not called:
        raise ConfigError(f"{path}: nobody is on duty now; name a recipient with --to")
    who = config.session
    place = Place(participant=who.participant, site=who.site, room=who.room)
    ways = [
        (
            each,
            channel,
            with_content(test_message(place, _link(setup, each.id)), channel.content, place),
        )
        for each in called
        for channel in setup.channels[each.id]
    ]
    attempts = asyncio.run(_call(ways))
    unconfirmed = [each for each in called if each.id in setup.unconfirmed]
    if as_json:
        print_json(
            [
                {
                    "recipient": each.id,
                    "channel": channel.kind,
                    "delivered": outcome.delivered,
                    "confirmed": outcome.delivered and channel.confirms,
                    "reason": outcome.reason,
                }
                for each, channel, outcome in attempts
            ]
        )
    else:
        print_rows(
            ("", "recipient", "role", "channel", "outcome"),
            (
                (
                    "ok" if outcome.delivered else "FAIL",
                    each.name,
                    each.role,
                    channel.kind,
                    _result(channel, outcome),
                )
                for each, channel, outcome in attempts
            ),
        )
    for each in unconfirmed:
        sys.stderr.write(
            f"No channel of {each.name} confirms that a message was taken: add another one, such "
            "as mail or ntfy.\n"
        )
    return not unconfirmed and all(outcome.delivered for _, _, outcome in attempts)


def _link(setup: CallSetup, recipient: str) -> str | None:
    """Return a link that shows whether links work; it accepts nothing."""
    if setup.links is None:
        return None
    return setup.links.link(
        Ticket(session="", call=TEST_CALL, recipient=recipient, at_ns=time.time_ns())
    )


def _result(channel: NotificationChannel, outcome: Outcome) -> str:
    if not outcome.delivered:
        return outcome.reason
    return "delivered" if channel.confirms else "sent; this kind does not confirm messages"


async def _call(
    ways: Sequence[tuple[RecipientConfig, NotificationChannel, Message]],
) -> list[Attempt]:
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(channel.send(message)) for _, channel, message in ways]
    return [
        (each, channel, task.result())
        for (each, channel, _), task in zip(ways, running, strict=True)
    ]
