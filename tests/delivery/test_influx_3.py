"""Retention and refused lines of InfluxDB 3: missing information blocks nothing."""

import json
from collections.abc import Mapping

import pytest

from monitor.delivery.influx_3 import Answer, Influx3

EDGE_NS = 1_800_000_000 * 10**9
HOUR = json.dumps([{"retention_period_ns": 3600 * 10**9}]).encode()
DATE = {"Date": "Fri, 15 Jan 2027 09:00:00 GMT"}  # an hour after the edge
LINES = b"m value=1 %d\nm value=1 %d\nm value=1" % (EDGE_NS - 1, EDGE_NS + 5 * 10**9)


class Server:
    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.now_s = 100.0
        self.influx = Influx3(self.request, "it's", lambda: self.now_s)

    async def request(
        self, method: str, path: str, query: Mapping[str, str], _body: bytes | None
    ) -> Answer:
        self.asked.append(f"{method} {path} {query['db']}")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_age_of_lines_is_measured_with_the_server_clock() -> None:
    server = Server(Answer(200, DATE, HOUR), Answer(200, DATE, b"[{}]"))
    assert list(await server.influx.outdated(LINES)) == [0]
    server.now_s += 6
    assert list(await server.influx.outdated(LINES)) == [0, 1]
    server.now_s += 600
    assert await server.influx.outdated(LINES) == {}  # now without a retention
    assert server.asked == ["GET /api/v3/query_sql _internal"] * 2


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {}, HOUR),
        Answer(200, DATE, b"<html>"),
        Answer(200, DATE, b'[{"retention_period_ns": "soon"}]'),
        Answer(403, DATE, HOUR),
        TimeoutError(),
        ConnectionResetError(),
    ],
)
async def test_every_line_is_delivered_if_the_retention_is_unknown(
    answer: Answer | Exception,
) -> None:
    server = Server(answer, Answer(200, DATE, HOUR))
    assert await server.influx.outdated(LINES) == {}
    assert await server.influx.outdated(LINES) == {}
    assert len(server.asked) == 1
    server.now_s += 600
    assert list(await server.influx.outdated(LINES)) != []


async def test_server_of_another_version_is_asked_once() -> None:
    server = Server(Answer(404, {}, b"404 page not found"))
    assert await server.influx.outdated(LINES) == {}
    server.now_s += 6_000
    assert await server.influx.outdated(LINES) == {}
    assert await server.influx.listed(LINES) is None
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "listed"),
    [
        (Answer(400, {}, b'{"data": [{"line_number": 2, "error_message": "odd"}, 5]}'), {1: "odd"}),
        (Answer(400, {}, b'{"error": "no list"}'), None),
        (Answer(500, {}, b""), None),
        (TimeoutError(), None),
    ],
)
async def test_refused_lines_are_those_listed_by_the_server(
    answer: Answer | Exception, listed: dict[int, str] | None
) -> None:
    assert await Server(answer).influx.listed(LINES) == listed
