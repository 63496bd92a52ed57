"""A session with recipients, real servers behind their channels, and a manual clock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from alerts.accept_links import AcceptLinks
from alerts.call_plan import Plan
from alerts.notification_channel import NotificationChannel
from devices.sensor import SensorSpec
from monitor.calls.delivery import CallDelivery, CallSetup
from monitor.entries import EntryKind
from monitor.facts import CallFact, Fact
from monitor.sessions.session import Session
from tests.calls.scripted_session import CALLS, PLAN
from tests.durations import PATIENCE_S
from tests.engine.scripted_session import POLICY, spec
from tests.sessions.manual_clocks import Hands

HIGH = "hr-high@strap/heart_rate"
RECORDER = "recorder@session"
GATEWAY = "gateway@session"  # outlives the process
STRAP = spec().sensors[:1]


@dataclass
class Live:
    path: Path
    urls: dict[str, list[str]]
    plan: Plan = PLAN
    hands: Hands = field(default_factory=Hands)
    attempt_s: float = 10.0
    session: Session = field(init=False)
    sensors: tuple[SensorSpec, ...] = ()
    links: AcceptLinks = field(init=False)
    policy: str = POLICY + CALLS

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Start a session, or resume that of the journal."""
        clock = self.hands.clock()
        self.session = Session.open(
            # Without a sensor no signal loss is reported, and nothing else calls.
            replace(spec(self.policy), calls=self.plan, sensors=self.sensors),
            self.path,
            clock,
        )
        self.links = AcceptLinks("s" * 40, "http://127.0.0.1:1", 3600, clock.now_ns)
        self._changed = asyncio.Event()
        self.session.listeners.append(self._hear)
        channels = {
            name: [NotificationChannel(SecretStr(url), attempt_s=self.attempt_s) for url in urls]
            for name, urls in self.urls.items()
        }
        self.part = CallDelivery(self.session, CallSetup(channels=channels, links=self.links))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(self.part.run())
            yield
            task.cancel()

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, CallFact):
            self._changed.set()

    def wait(self, seconds: float) -> None:
        """Advance session time, a second at a time."""
        for _ in range(round(seconds)):
            self.hands.pass_s(1)
            self.session.derive()

    def raise_high(self, fault: str = "recorder-failure") -> None:
        self.session.report_fault(fault, on=True, reason="")
        self.session.derive()

    def outcomes(self) -> list[dict[str, Any]]:
        """Return the journaled entries about calls."""
        entries = self.session.journal.entries()
        return [entry.body() for entry in entries if entry.kind == EntryKind.CALL]

    def steps(self) -> list[str]:
        """Return the outcomes of calls, as ``recipient channel step``."""
        return [
            f"{body['recipient']} {body['channel']} {body['outcome']}" for body in self.outcomes()
        ]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for outcomes until a condition holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def die(self) -> None:
        """End as a killed process does, without further entries."""
        self.session.journal.close()

    def close(self) -> None:
        self.session.end("test")
        self.session.close()
