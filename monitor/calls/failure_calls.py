"""Calls about a failed engine to everyone on duty, made without the engine.

Such calls cannot be accepted. Each recipient is called until reached, or until the alarm is
acknowledged on the page.
"""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from alerts.message_content import Content, with_content
from alerts.notification_channel import NotificationChannel
from alerts.notification_text import AlarmText, Message, Place, call_message
from alerts.rule_kind import rule_kind
from monitor.core.engine_failure import EngineFailure
from monitor.sessions.session import Session

_AGAIN_S = 60.0

log = structlog.get_logger()


async def call_about_failure(
    session: Session,
    channels: Mapping[str, Sequence[NotificationChannel]],
    failure: EngineFailure,
) -> None:
    """Call everyone on duty until each is reached or the alarm is acknowledged.

    Args:
        session: whose engine has failed.
        channels: of each recipient.
        failure: of its engine.
    """
    escalation = session.engine.calling.escalation
    messages = {content: _message(session, failure, content) for content in Content}
    waiting = [name for name in channels if name in escalation.on_duty]
    while waiting and failure.by is None and not session.ended:
        async with asyncio.TaskGroup() as tasks:  # nobody waits for another's channel that hangs
            attempts = {
                name: tasks.create_task(_reached(session, name, channels[name], messages))
                for name in waiting
            }
        waiting = [name for name, attempt in attempts.items() if not attempt.result()]
        if waiting:
            await asyncio.sleep(_AGAIN_S)


async def _reached(
    session: Session,
    name: str,
    channels: Sequence[NotificationChannel],
    messages: Mapping[Content, Message],
) -> bool:
    """Try all channels of a recipient concurrently; show a notice for each that fails."""
    who = session.engine.calling.escalation.plan.name(name)

    async def attempt(channel: NotificationChannel) -> bool:
        outcome = await channel.send(messages[channel.content])
        failed = f"{who} could not be called by {channel.kind}: {outcome.reason}"
        session.notice(f"call/{name}/{channel.kind}", None if outcome.delivered else failed)
        log.info(
            "failure.call",
            session=session.spec.id,
            channel=channel.kind,
            delivered=outcome.delivered,
        )
        return outcome.delivered

    async with asyncio.TaskGroup() as tasks:
        attempts = [tasks.create_task(attempt(channel)) for channel in channels]
    return any(each.result() for each in attempts)


def _message(session: Session, failure: EngineFailure, content: Content) -> Message:
    spec = session.spec
    alarm = AlarmText(
        priority="high",
        what=failure.rule.message,
        value=None,
        limit=None,
        unit="",
        since_ns=failure.at_ns,
        kind=rule_kind(failure.rule.condition),
    )
    place = Place(
        participant=spec.participant, site=spec.site, room=spec.room, virtual=spec.virtual
    )
    message = call_message(place, [alarm], tier=1, dose_ns=None, link=None, zone=spec.zone)
    return with_content(message, content, place, [alarm], tier=1)
