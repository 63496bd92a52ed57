"""Failing extras of a sensor never prevent its vital signal."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError

from devices import link_errors
from devices.vendors import movesense, polar, polar_control
from tests.links.in_memory_sensor import Attribute, Break, Hang, Place, Sensor, live
from tests.links.test_link import RecordingSink

INFORMATION = ("2A29", "2A24", "2A25", "2A27", "2A26", "2A28")


def strap() -> Sensor:
    """Return a strap with all extras: battery, device information and ECG."""
    control = polar_control.CONTROL_POINT
    return Sensor(
        [
            ("180D", "2A37", ("notify",)),
            ("180D", "2A38", ("read",)),
            ("180F", "2A19", ("read", "notify")),
            *(("180A", uuid, ("read",)) for uuid in INFORMATION),
            (polar.SERVICE, control, ("write", "indicate", "read")),
            (polar.SERVICE, polar.DATA, ("notify",)),
        ],
        responses={control: (control, bytes.fromhex("F002000000"))},
    )


STREAM: list[Place] = [
    ("notify", polar_control.CONTROL_POINT),
    ("notify", polar.DATA),
    ("write", polar_control.CONTROL_POINT),
]
PLACES: list[Place] = [
    ("notify", "2A19"),
    *(("read", uuid) for uuid in ("2A38", "2A19", *INFORMATION)),
    *STREAM,
]


def errors() -> Iterator[BaseException]:
    """Yield each error that a request can raise on Linux."""
    for code in (*range(0x01, 0x14), *range(0x80, 0xA0), *range(0xFC, 0x100)):
        yield BleakGATTProtocolError(code)
    for name in link_errors._NAMES:
        yield BleakDBusError(f"org.bluez.Error.{name}", [])
    for text, _ in link_errors._DETAILS:
        yield BleakDBusError("org.bluez.Error.Failed", [text])
    for text, _ in link_errors._BLEAK_MESSAGES:
        yield BleakError(text)
    yield from (OSError(9, "Bad file descriptor"), EOFError(), AssertionError(), TimeoutError())


@pytest.mark.parametrize("stream", STREAM, ids=["responses", "data", "start"])
def test_heart_rate_arrives_despite_errors_of_extras(stream: Place) -> None:
    """Each error in all places at once; a stream stops at its first failing request."""
    failing = [place for place in PLACES if place == stream or place not in STREAM]
    for error in errors():
        sensor = strap()
        sensor.faults = dict.fromkeys(failing, error)
        sink = live(sensor, "polar-h10-ecg", 12)
        assert sensor.connections == 1, error
        assert len(sink.measured("it", "2A37")) >= 11, error
        assert {*sink.reported_states()} == {"connected"}, error
        if not isinstance(error, TimeoutError):  # after which the others are tried later
            assert all(sensor.attempts(place) for place in failing), error
            assert "no ECG: start " in sink.states[-1][3], error


def test_failed_extra_does_not_prevent_the_others() -> None:
    sensor = strap()
    sensor.faults[("read", "2A38")] = BleakGATTProtocolError(0x05)
    sensor.faults[("write", polar_control.CONTROL_POINT)] = BleakGATTProtocolError(0x03)
    sink = live(sensor, "polar-h10-ecg", 20)
    assert all(sensor.attempts(place) for place in PLACES)
    assert {"2A19", *INFORMATION} <= {uuid for _, uuid, _ in sink.packets}
    [_, (_, _, state, reason)] = sink.states
    assert state.value == "connected"
    assert reason == (
        "Heart rate strap with ECG 'it' is connected: no ECG: start was refused (0x03 write not "
        "permitted); no body sensor location: reading was refused (0x05 insufficient "
        "authentication)."
    )


@pytest.mark.parametrize("place", PLACES, ids=map(" ".join, PLACES))
def test_hanging_extra_affects_neither_values_nor_other_extras(place: Place) -> None:
    sensor = strap()
    sensor.faults[place] = Hang()
    sink = live(sensor, "polar-h10-ecg", 240)
    assert sensor.connections == 1
    assert len(sink.measured("it", "2A37")) >= 239
    assert sensor.attempts(place) <= 2  # the stop of the stream is the second one
    assert all(sensor.attempts(each) for each in PLACES if each not in STREAM)
    assert "timed out" in sink.states[-1][3]


def test_refused_extra_is_retried_with_growing_intervals() -> None:
    sensor = strap()
    place = ("read", "2A19")
    sensor.faults[place] = BleakGATTProtocolError(0x05)

    async def meanwhile(sink: RecordingSink) -> None:
        await asyncio.sleep(3 * 3600)
        times = sensor.tried[place]
        waits = [b - a for a, b in pairwise(times)]
        assert waits == pytest.approx([60, 120, 240, 480, 960, 1920, 3600], abs=2)
        assert "no battery level: reading was refused" in sink.states[-1][3]
        assert len(sink.states) == 2
        del sensor.faults[place]

    sink = live(sensor, "heart-rate-strap", 3600, meanwhile)
    assert sink.measured("it", "2A19")
    assert sink.states[-1][3] == ""
    assert sensor.attempts(("read", "2A25")) == 1


def test_extra_that_breaks_the_connection_is_not_tried_with_each_connection() -> None:
    sensor = strap()
    place = ("read", "2A25")
    sensor.faults[place] = Break()
    sink = live(sensor, "polar-h10-ecg", 4 * 3600)
    assert sensor.connections == sensor.attempts(place) + 1 <= 8
    assert len(sink.measured("it", "2A37")) > 4 * 3600 - 8 * 10
    assert "no serial number: the connection broke during its reading" in sink.states[-1][3]
    assert sensor.attempts(("read", "2A26")) == sensor.connections - 1


@pytest.mark.parametrize(
    ("kind", "attributes", "response", "reason"),
    [
        (
            "polar-h10-ecg",
            [
                (polar.SERVICE, polar_control.CONTROL_POINT, ("write", "indicate")),
                (polar.SERVICE, polar.DATA, ("notify",)),
            ],
            "F00200080000",
            "no ECG: the sensor rejects the stream (invalid sample rate)",
        ),
        (
            "polar-armband-ppi",
            [
                (polar.SERVICE, polar_control.CONTROL_POINT, ("write", "indicate")),
                (polar.SERVICE, polar.DATA, ("notify",)),
            ],
            "F002030D0000",
            "no pulse intervals: the sensor rejects the stream (in the charger)",
        ),
        (
            "polar-h10-ecg",
            [
                (polar.SERVICE, polar_control.CONTROL_POINT, ("write", "indicate")),
                (polar.SERVICE, polar.DATA, ("notify",)),
            ],
            "",
            "no ECG: the sensor does not respond to its start",
        ),
        (
            "movesense-ecg",
            [
                (movesense.SERVICE, movesense.COMMANDS, ("write",)),
                (movesense.SERVICE, movesense.DATA, ("notify",)),
            ],
            "01019401",
            "no ECG: the sensor rejects a command with status 404",
        ),
        ("movesense-ecg", [], "", "no ECG: the sensor does not offer it"),
    ],
)
def test_stream_that_cannot_start_leaves_the_heart_rate_and_is_reported(
    kind: str, attributes: list[Attribute], response: str, reason: str
) -> None:
    sensor = Sensor([("180D", "2A37", ("notify",)), *attributes])
    if response:
        answers = attributes[0][1] if kind.startswith("polar") else movesense.DATA
        sensor.responses[attributes[0][1]] = (answers, bytes.fromhex(response))
    sink = live(sensor, kind, 90)
    assert len(sink.measured("it", "2A37")) >= 89
    assert sensor.connections == 1
    assert sink.states[-1][3].endswith(f"'it' is connected: {reason}.")


def test_streamed_data_do_not_hide_a_silent_heart_rate() -> None:
    sensor = strap()
    sensor.silent_after_s = 30.0
    sensor.streams[polar.DATA] = bytes(10)
    sink = live(sensor, "polar-h10-ecg", 60)
    assert "silent" in sink.reported_states()


def test_one_characteristic_of_an_oximeter_suffices() -> None:
    for refused, sent in (("2A5F", "2A5E"), ("2A5E", "2A5F")):
        sensor = Sensor([("1822", sent, ("indicate", "notify")), ("1822", refused, ("notify",))])
        sensor.faults[("notify", refused)] = BleakGATTProtocolError(0x0E)
        sink = live(sensor, "pulse-oximeter", 10)
        assert len(sink.measured("it", sent)) >= 9
        assert "0x0E unlikely error" in sink.states[-1][3]
        assert {*sink.reported_states()} == {"connected"}


def test_refused_vital_signal_is_a_failed_connection() -> None:
    sensor = strap()
    sensor.faults[("notify", "2A37")] = BleakGATTProtocolError(0x0E)
    sink = live(sensor, "heart-rate-strap", 30)
    assert {*sink.reported_states()} == {"failed"}
    assert not sensor.attempts(("read", "2A19"))


def test_sensor_that_never_accepts_the_subscription_may_refuse_to_pair() -> None:
    sensor = strap()
    sensor.faults[("notify", "2A37")] = Hang()
    sink = live(sensor, "heart-rate-strap", 15)
    assert sink.reported_states() == ["failed"]
    assert "may require pairing and refuse it" in sink.states[0][3]


def test_battery_is_that_of_the_first_battery_service() -> None:
    sensor = Sensor(
        [
            ("180D", "2A37", ("notify",)),
            ("1812", "2A19", ("read", "notify")),
            ("180F", "2A19", ("read", "notify")),
            ("180F#2", "2A19", ("read", "notify")),
            ("1810", "2A37", ("notify",)),
        ]
    )
    sink = live(sensor, "heart-rate-strap", 30)
    assert sink.measured("it", "2A19") == [b"\x02"]  # its handle
    assert len(sink.measured("it", "2A37")) >= 29
    assert sink.states[-1][3] == ""


def test_cuff_that_leaves_during_an_extra_is_not_blamed_for_it() -> None:
    sensor = Sensor([("1810", "2A35", ("indicate",)), ("180F", "2A19", ("read",))])
    sensor.faults[("read", "2A19")] = Break()
    sink = live(sensor, "blood-pressure-cuff", 60)
    assert sensor.attempts(("read", "2A19")) == sensor.connections > 5
    assert not any("no battery level" in reason for _, _, _, reason in sink.states)
