"""Checks of a running service: its health and its metrics, in sentences."""

import asyncio
import os
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp
from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from alerts.call_fact import CallStep
from alerts.loopback import loopback
from alerts.time_format import span
from dashboards.console.formatting import count
from monitor.commands.doctor_finding import Finding
from monitor.core.judgement import Judged
from monitor.errors import OutputError
from monitor.service.watch import ANSWER_WITHIN_S, ask_health

TOKEN_ENV = "PHYSIOMON_API_TOKEN"  # noqa: S105 - the name of a variable
_LATE_S = 10.0  # the engine advances at least once per second
_DELIVERED_WITHIN_S = 60.0
_SLOW_S = 0.1
_SLOW_SHARE = 0.01
_GOOD_LINKS = ("connected", "waiting")

Labels = Mapping[str, str]


def live_findings(url: str) -> list[Finding]:
    """Return the results of all checks of the service whose console has this URL."""
    return asyncio.run(_ask(url))


async def _ask(url: str) -> list[Finding]:
    tls = ssl.create_default_context()
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        try:
            answer = await ask_health(client, url, tls)
        except OutputError as error:
            advice = "check the URL, and that the service is running"
            return [Finding("service", ok=False, found=f"{url} {error}", advice=advice)]
        ok = answer.reason is None
        found = f"answers, with {count(answer.running, 'running session')}"
        service = Finding(
            "service",
            ok=ok,
            found=found if ok else f"{found}: {answer.reason}",
            advice="" if ok else "look at the participants first, then at the console",
        )
        token = os.environ.get(TOKEN_ENV, "").strip()
        if token and (refused := _refusal(url)) is not None:
            return [service, refused]
        try:
            families = await _metrics(client, url, tls, token)
        except OutputError as error:
            advice = f"set {TOKEN_ENV} to a token with the role metrics; see docs/metrics.md"
            return [service, Finding("metrics", ok=False, found=str(error), advice=advice)]
    return [service, *metric_findings(families)]


def _refusal(url: str) -> Finding | None:
    """Return why a token is not sent to a service, or None."""
    parts = urlsplit(url)
    if parts.scheme == "https" or loopback(parts.hostname or ""):
        return None
    return Finding(
        "metrics",
        ok=False,
        found=f"the token of {TOKEN_ENV} would be sent to another computer without encryption",
        advice="use https://, or run doctor on the computer of the service",
    )


async def _metrics(
    client: aiohttp.ClientSession, url: str, tls: ssl.SSLContext, token: str
) -> list[Metric]:
    """Return the metrics of a service.

    Raises:
        OutputError: it does not give them.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with client.get(
            f"{url.rstrip('/')}/metrics", ssl=tls, headers=headers, allow_redirects=False
        ) as response:
            if response.status != HTTPStatus.OK:
                raise OutputError(f"/metrics answers with HTTP {response.status}")
            text = await response.text("utf-8")
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise OutputError(f"/metrics cannot be read ({type(error).__name__})") from None
    try:
        return list(text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
    except (ValueError, KeyError):
        raise OutputError("/metrics is not in the OpenMetrics format") from None


def metric_findings(families: Iterable[Metric]) -> Iterator[Finding]:
    """Yield what the metrics of a service show. Pure."""
    samples: dict[str, list[Sample]] = {}
    for family in families:
        for sample in family.samples:
            samples.setdefault(sample.name, []).append(sample)

    def found(
        name: str, least: float, words: str, keep: Callable[[Labels], bool] = lambda _: True
    ) -> list[str]:
        """Return a sentence for each sample of at least a value."""
        return [
            words.format(number=f"{each.value:g}", age=span(each.value), **each.labels)
            for each in samples.get(f"physiomon_{name}", ())
            if each.value >= least and keep(each.labels)
        ]

    yield _finding(
        "evaluation",
        found("engine_lag_seconds", _LATE_S, "the rules of room {room} were evaluated {age} ago"),
        "look at the participants; restart the service",
    )
    yield _finding(
        "links",
        found(
            "link",
            1,
            "{sensor} of room {room} is {state}",
            lambda labels: labels["state"] not in _GOOD_LINKS,
        ),
        "check that the sensor is worn, charged and near",
    )
    yield _finding(
        "channels",
        found(
            "channels",
            1,
            "{number} in room {room} not judged",
            lambda labels: labels["state"] == Judged.NOT_JUDGED,
        ),
        "the console shows why",
    )
    yield _finding(
        "deliveries",
        found(
            "backlog_age_seconds",
            _DELIVERED_WITHIN_S,
            "{destination} has not received data of room {room} for {age}",
        ),
        "check the server, the token and the network; nothing is lost",
    )
    yield _finding(
        "alarms",
        found("unacknowledged_alarms", 1, "{number} {kind} of priority {priority} in room {room}"),
        "acknowledge them on the console",
    )
    yield _finding(
        "calls",
        found(
            "calls_total",
            1,
            "failed through one channel about room {room}: {number}",
            lambda labels: labels["step"] == CallStep.FAILED,
        ),
        "run physiomon call-test",
    )
    yield _finding("event loop", _slow(samples), "check the load of the computer")


def _slow(samples: dict[str, list[Sample]]) -> list[str]:
    name = "physiomon_event_loop_latency_seconds"
    total = sum(each.value for each in samples.get(f"{name}_count", ()))
    in_time = sum(
        each.value
        for each in samples.get(f"{name}_bucket", ())
        if each.labels["le"] == f"{_SLOW_S:g}"
    )
    late = total - in_time
    if not total or late / total <= _SLOW_SHARE:
        return []
    return [f"{late / total:.0%} of its timers are late by more than {_SLOW_S:g} s"]


def _finding(what: str, problems: list[str], advice: str) -> Finding:
    if problems:
        return Finding(what, ok=False, found="; ".join(problems), advice=advice)
    return Finding(what, ok=True, found="nothing wrong")
