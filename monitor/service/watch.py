"""Watch of another physiomon: its health is asked for, and people are called if it is not well.

For sites without internet, where no `[heartbeat]` can be heard. Only the network between the two
and a channel of the calls need to work.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import tzinfo
from http import HTTPStatus

import aiohttp
import structlog
from pydantic import BaseModel, Field, ValidationError

from alerts.notification_channel import NotificationChannel
from alerts.notification_text import FOOT, Message, Urgency
from alerts.time_format import clock, span
from monitor.config.watch import WatchConfig
from monitor.errors import OutputError
from monitor.service.watch_state import Answer, WatchCall, WatchState

PART = "watch"
ANSWER_WITHIN_S = 5.0
_LARGEST = 65_536
_AGAIN_S = 60.0  # until a recipient who was not reached is called again

log = structlog.get_logger()


class _Body(BaseModel):
    """Answer of `/healthz`."""

    well: bool
    reason: str = Field(max_length=500)
    running: int = Field(ge=0)
    advanced_ns: int


class Watcher:
    """Watch of one physiomon.

    Args:
        config: of the other physiomon.
        tls: authorities to trust.
        channels: of each recipient.
        on_duty: returns the recipients to call; if there are none, all are called.
        zone: of the times in messages.
        report: called with a sentence when a problem begins, and with None when it is over.
    """

    def __init__(
        self,
        config: WatchConfig,
        tls: ssl.SSLContext,
        channels: Mapping[str, Sequence[NotificationChannel]],
        on_duty: Callable[[], Collection[str]],
        zone: tzinfo | None,
        report: Callable[[str | None], None],
    ) -> None:
        self._config = config
        self._tls = tls
        self._channels = channels
        self._on_duty = on_duty
        self._zone = zone
        self._report = report
        self._state = WatchState(config.after_s)
        self._calling: asyncio.Task[None] | None = None
        self._called: set[str] = set()
        self._unheard: str | None = None

    async def run(self) -> None:
        """Ask and call until cancelled."""
        loop = asyncio.get_running_loop()
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                began_s = loop.time()
                problem = None
                try:
                    call = self._state.answer(
                        began_s, await ask_health(client, self._config.url, self._tls)
                    )
                except OutputError as error:
                    problem = str(error)
                    call = self._state.silent(began_s, problem)
                if call is not None:
                    if self._calling is not None:
                        self._calling.cancel()
                    self._calling = tasks.create_task(self._call(call), name="watch/call")
                self._show(problem, call)
                await asyncio.sleep(max(0.0, began_s + self._config.every_s - loop.time()))

    def _show(self, problem: str | None, call: WatchCall | None) -> None:
        if call is not None and call.problem is not None:
            log.error("watch.problem", monitor=self._config.name, problem=call.problem)
            self._report(f"{self._config.name} {call.problem}: look at the people there")
        elif call is not None:
            log.info("watch.over", monitor=self._config.name)
            self._report(None)
        elif problem is not None and problem != self._unheard:
            log.warning("watch.unheard", monitor=self._config.name, problem=problem)
        self._unheard = problem

    async def _call(self, call: WatchCall) -> None:
        """Call everyone on duty, each until one of their channels has taken the message."""
        message = watch_message(self._config.name, call, time.time_ns(), self._zone)
        waiting = set(self._on_duty()) & set(self._channels) or set(self._channels)
        if call.problem is None:
            # Those who were called are informed, on duty or not.
            waiting, self._called = self._called, set()
        else:
            self._called |= waiting
        while waiting:
            async with asyncio.TaskGroup() as tasks:  # nobody waits for another's channel
                attempts = {
                    name: tasks.create_task(self._reached(name, message)) for name in waiting
                }
            waiting = {name for name, attempt in attempts.items() if not attempt.result()}
            if waiting:
                await asyncio.sleep(_AGAIN_S)

    async def _reached(self, name: str, message: Message) -> bool:
        async def attempt(channel: NotificationChannel) -> bool:
            outcome = await channel.send(message)
            log.info(
                "watch.call",
                channel=channel.kind,
                delivered=outcome.delivered,
                reason=outcome.reason,
            )
            return outcome.delivered

        async with asyncio.TaskGroup() as tasks:
            attempts = [tasks.create_task(attempt(each)) for each in self._channels[name]]
        return any(each.result() for each in attempts)


async def ask_health(client: aiohttp.ClientSession, url: str, tls: ssl.SSLContext) -> Answer:
    """Ask a physiomon for its health.

    Args:
        client: with a timeout.
        url: of its console.
        tls: authorities to trust.

    Raises:
        OutputError: there is no usable answer; the message is the end of a sentence.
    """
    try:
        # Redirects lead to a login page or a proxy, which are not the monitor.
        async with client.get(
            f"{url.rstrip('/')}/healthz", ssl=tls, allow_redirects=False
        ) as response:
            if response.status != HTTPStatus.OK:
                raise OutputError(f"answers with HTTP {response.status}")
            body = _Body.model_validate_json(await response.content.read(_LARGEST))
    except TimeoutError:
        raise OutputError("does not answer") from None
    except ValidationError:
        raise OutputError("gives an answer that is not that of a physiomon") from None
    except (aiohttp.ClientError, OSError) as error:
        raise OutputError(f"cannot be reached ({type(error).__name__})") from None
    reason = None if body.well else " ".join(body.reason.split()) or "it is not well"
    return Answer(reason=reason, running=body.running, advanced_ns=body.advanced_ns)


def watch_message(name: str, call: WatchCall, now_ns: int, zone: tzinfo | None) -> Message:
    """Return the message about another monitor.

    Args:
        name: of that monitor.
        call: that is due.
        now_ns: UTC time of the call.
        zone: of the time in the message.
    """
    since = clock(now_ns - round(call.lasted_s * 1e9), zone)
    if call.problem is None:
        body = f"{name} is well again. It was not from {since} on, for {span(call.lasted_s)}."
        title = f"OVER {name} is well again"
        return Message(title, f"{body}\n\n{FOOT}", Urgency.QUIET, None, f"watch {name}")
    parts = [
        f"*** HIGH: {name} {call.problem}",
        f"since {since}",
        "Nobody may be monitored there: go and look at the people first, then at the monitor.",
        "Sent by a second physiomon, which repeats it until the monitor is well again.",
        FOOT,
    ]
    title = f"HIGH {name} {call.problem}"
    return Message(title, "\n\n".join(parts), Urgency.HIGH, None, f"watch {name}")
