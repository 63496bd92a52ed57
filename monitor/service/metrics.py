"""Metrics of the service itself, for Prometheus: what could fail in it, nothing about people.

Labels are site, room, and names of the configuration (sensors, destinations). No metric is a value
of a sensor, and none has a label of a participant or a person.

Source: OpenMetrics 1.0 (prometheus.io/docs/specs/om/open_metrics_spec).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary, WeakSet

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from alerts.call_fact import CallFact
from monitor.facts import Fact
from monitor.service.session_metrics import FAMILIES, PLACE, UNWELL, Row, session_rows
from monitor.sessions.isolated import Isolated
from monitor.sessions.session import Session
from monitor.version import VERSION

PART: Final = "metrics"
_LATENCIES_S = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_LOOK_EVERY_S = 0.5


class ServiceMetrics:
    """Metrics of a service and its sessions.

    Args:
        sessions: returns the sessions of the service.
        failures: returns the reasons of sessions that should run and do not.
    """

    def __init__(
        self,
        sessions: Callable[[], Iterable[Session]],
        failures: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._sessions = sessions
        self._failures = failures
        self._calls: Counter[tuple[str, ...]] = Counter()
        self._heard: WeakSet[Session] = WeakSet()
        self._measuring: WeakKeyDictionary[Session, Isolated] = WeakKeyDictionary()
        self._latency = Histogram(
            "physiomon_event_loop_latency_seconds",
            "Delay of a timer of the event loop, in which alarms are judged.",
            buckets=_LATENCIES_S,
            registry=None,
        )

    async def run(self) -> None:
        """Measure the latency of the event loop, and count calls, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            for session in self._sessions():
                if session not in self._heard:
                    self._heard.add(session)
                    session.listeners.append(partial(self._hear, session))
            began_s = loop.time()
            await asyncio.sleep(_LOOK_EVERY_S)
            self._latency.observe(max(0.0, loop.time() - began_s - _LOOK_EVERY_S))

    async def text(self) -> bytes:
        """Return the metrics in the OpenMetrics text format.

        The event loop is never held for longer than one session takes, about a millisecond.
        """
        families = await self._families()
        return await asyncio.to_thread(_encoded, [*families, *self._latency.collect()])

    async def _families(self) -> list[Metric]:
        running = [each for each in self._sessions() if not each.ended]
        calls = CounterMetricFamily(
            "physiomon_calls", "Steps of calls since the start.", labels=(*PLACE, "step")
        )
        for step, number in sorted(self._calls.items()):
            calls.add_metric(step, number)
        families = {name: family.made(name) for name, family in FAMILIES.items()}
        for place, session in _placed(running):
            for name, labels, value in self._rows(session):
                families[name].add_metric((*place, *labels), value)
            await asyncio.sleep(0)
        return [
            InfoMetricFamily("physiomon", "Version of physiomon.", {"version": VERSION}),
            GaugeMetricFamily("physiomon_sessions", "Running sessions.", len(running)),
            GaugeMetricFamily(
                "physiomon_sessions_not_started",
                "Sessions that could not be started, or not yet: their rooms are not monitored.",
                len(self._failures()),
            ),
            calls,
            *families.values(),
        ]

    def _rows(self, session: Session) -> Sequence[Row]:
        """Return the metrics of a session; a fault in them makes it unwell, and no other."""
        measuring = self._measuring.setdefault(session, Isolated("metrics", session.spec.id))
        return measuring.result(lambda: [*session_rows(session)], lambda _: [UNWELL])

    def _hear(self, session: Session, fact: Fact) -> None:
        if isinstance(fact, CallFact):
            self._calls[session.spec.site, session.spec.room, str(fact.step)] += 1


def _placed(sessions: Sequence[Session]) -> Iterator[tuple[tuple[str, str], Session]]:
    """Yield each session with its site and room; sessions in one room are numbered."""
    used: Counter[tuple[str, str]] = Counter()
    for session in sessions:
        place = session.spec.site, session.spec.room
        used[place] += 1
        number = used[place]
        yield (place[0], place[1] if number == 1 else f"{place[1]} ({number})"), session


def _encoded(families: Sequence[Metric]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Families(families))
    return bytes(generate_latest(registry))  # type: ignore[no-untyped-call]


class _Families(Collector):
    """Families as the library's encoder wants them."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        """Return them."""
        return self._families
