"""Points of a refused batch that are set aside, and the requests that this takes."""

from collections.abc import Callable, Container

import pytest

from monitor.delivery.bisection import BatchSender, Line
from monitor.delivery.errors import (
    MisconfiguredError,
    RejectedError,
    TooLargeError,
    UnavailableError,
)
from monitor.delivery.line_protocol import probe_line

Judge = Callable[[list[bytes]], Exception | None]
PAST_AND_FUTURE = {*range(1, 6), *range(15, 41)}
LATE = "something about a Retention that nobody has worded before (HTTP 400)"


class Destination:
    """Stores accepted batches; a batch with a refused point is refused as a whole."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.taken: set[bytes] = set()
        self.requests = 0
        self.sender = BatchSender(self.deliver, probe_line)

    async def deliver(self, lines: bytes) -> None:
        self.requests += 1
        found = lines.split(b"\n")
        if error := self.judge(found):
            raise error
        self.taken |= set(found)


def points(count: int) -> list[Line]:
    return [(number, b"m value=1 %d" % number) for number in range(1, count + 1)]


def is_probe(found: list[bytes]) -> bool:
    return found == [probe_line()]


def refusing(*texts: str, reason: str = "no", among: Container[int] = range(1 << 30)) -> Judge:
    """Refuse batches with one of the texts, or with a time among some."""

    def judge(found: list[bytes]) -> Exception | None:
        if is_probe(found):
            return None
        text = b"\n".join(found).decode()
        times = (int(line.rpartition(b" ")[2]) for line in found)
        if texts and not any(each in text for each in texts):
            return None
        return RejectedError(reason) if any(time in among for time in times) else None

    return judge


async def test_refused_probe_means_a_misconfigured_server() -> None:
    destination = Destination(lambda _found: RejectedError("invalid database"))
    with pytest.raises(MisconfiguredError, match=r"refuses every fact \(invalid database\)"):
        await destination.sender.send(points(5_000))
    assert destination.requests < 20
    destination.judge = lambda _found: None
    assert await destination.sender.send(points(5_000)) == []
    assert len(destination.taken) == 5_000


async def test_accepted_probe_means_the_facts_are_rejected() -> None:
    destination = Destination(refusing(reason="field type conflict"))
    assert await destination.sender.send(points(40)) == [
        (number, "field type conflict") for number in range(1, 41)
    ]


async def test_fact_is_rejected_without_a_probe_if_another_is_accepted() -> None:
    """MQTT has no probe."""
    destination = Destination(
        lambda found: RejectedError("no") if b"m value=1 1" in found else None
    )
    destination.sender = BatchSender(destination.deliver)
    assert await destination.sender.send(points(2)) == [(1, "no")]
    with pytest.raises(MisconfiguredError, match=r"refuses every fact \(no\)"):
        await destination.sender.send(points(1))
    destination.judge = lambda _found: RejectedError("no")
    with pytest.raises(MisconfiguredError):
        await destination.sender.send(points(5_000))
    assert destination.requests < 400
    destination.judge = lambda _found: None
    assert await destination.sender.send(points(5_000)) == []


async def test_outdated_points_are_found_in_few_requests() -> None:
    edge = 10_700
    destination = Destination(refusing(reason=LATE, among=range(edge)))
    found = points(15_000)
    refused = [
        letter
        for began in range(0, 15_000, 5_000)
        for letter in await destination.sender.send(found[began : began + 5_000])
    ]
    assert refused == [(number, LATE) for number in range(1, edge)]
    assert destination.taken == {line for _, line in found[edge - 1 :]} | {probe_line()}
    assert destination.requests < 150


@pytest.mark.parametrize(
    ("judge", "bad"),
    [
        (refusing(reason=LATE, among=range(40, 41)), {40}),
        (refusing(reason=LATE, among=range(1, 41, 39)), {1, 40}),
        (refusing(reason=f"{LATE} Upper Bound", among=PAST_AND_FUTURE), PAST_AND_FUTURE),
    ],
    ids=["the newest", "both ends", "past and future"],
)
async def test_retention_message_rejects_only_the_outdated_points(
    judge: Judge, bad: set[int]
) -> None:
    destination = Destination(judge)
    assert {fact for fact, _ in await destination.sender.send(points(40))} == bad


async def test_word_retention_in_a_point_is_not_a_retention_error() -> None:
    lines = [(fact, line.replace(b"m ", b"m,rule=retention ")) for fact, line in points(40)]
    bad = {1, 21, 40}  # would be tried first
    told = "cannot parse 'm,rule=retention'"
    destination = Destination(
        lambda found: (
            RejectedError(told)
            if not is_probe(found) and any(line in found for fact, line in lines if fact in bad)
            else None
        )
    )
    assert {fact for fact, _ in await destination.sender.send(lines)} == bad


async def test_lines_named_by_the_server_are_rejected_if_it_accepts_the_rest() -> None:
    bad = {3: "conflict", 7: "malformed", 99: "no such line"}

    def judge(found: list[bytes]) -> Exception | None:
        return RejectedError("some lines", bad) if len(found) == 40 else None

    destination = Destination(judge)
    assert await destination.sender.send(points(40)) == [(4, "conflict"), (8, "malformed")]
    assert destination.requests == 3  # the batch, a probe, the rest


async def test_batch_that_makes_the_server_fail_is_divided() -> None:
    """InfluxDB 2.0 says 500 for points outside the retention."""

    def judge(found: list[bytes]) -> Exception | None:
        bad = b"m value=1 17" in found
        return UnavailableError("HTTP 500: partial write", has_message=True) if bad else None

    destination = Destination(judge)
    with pytest.raises(UnavailableError, match="partial write"):
        await destination.sender.send(points(40))
    refused = await destination.sender.send(points(40), divide_failures=True)
    assert refused == [(17, "HTTP 500: partial write")]
    assert len(destination.taken - {probe_line()}) == 39


@pytest.mark.parametrize(
    "error",
    [
        UnavailableError("did not answer within 10 s"),
        UnavailableError("busy", 5.0, has_message=True),
        MisconfiguredError("no bucket"),
    ],
)
async def test_outage_rejects_no_point(error: UnavailableError) -> None:
    destination = Destination(lambda found: None if is_probe(found) else error)
    with pytest.raises(UnavailableError):
        await destination.sender.send(points(40), divide_failures=True)
    assert destination.sender._refused == {}


async def test_bisection_continues_after_an_interruption() -> None:
    refuse = refusing("m value=1 5\n", "m value=1 5")
    asked: list[int] = []

    def judge(found: list[bytes]) -> Exception | None:
        asked.append(len(found))
        return UnavailableError("away") if 5 < len(asked) < 9 else refuse(found)

    destination = Destination(judge)
    refused: list[tuple[int, str]] = []
    for _ in range(10):
        try:
            refused = await destination.sender.send(points(8))
            break
        except UnavailableError:
            continue
    assert refused == [(5, "no")]
    assert asked[-1] == 7  # the rest at once
    assert len(destination.taken - {probe_line()}) == 7


async def test_single_point_that_is_too_large_is_set_aside() -> None:
    def judge(found: list[bytes]) -> Exception | None:
        large = len(found) > 4 or b"m value=1 6" in found
        return TooLargeError("HTTP 413: too large") if large else None

    destination = Destination(judge)
    assert await destination.sender.send(points(40)) == [(6, "HTTP 413: too large")]
