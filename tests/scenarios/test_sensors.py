"""Two sensors of one signal, replaced and lost sensors, and gateways with wrong clocks."""

from dataclasses import replace

from monitor.entries import Entry, EntryKind
from tests.engine.scripted_session import START_NS
from tests.scenarios.play import OXIMETER, PATCH, STRAP, STRAP_2, Play

FAR = replace(STRAP, gateway="room1")
HIGH = "hr-150@strap/heart_rate"


def two_straps(play: Play, start: int, stop: int, bpm: int, other: int | None) -> None:
    for second in range(start, stop):
        play.at(second).beat(bpm + second % 2)
        if other is not None:
            play.beat(other + second % 2, "strap2")
        if second % 10 == 0:
            play.core(38.5)


def test_two_straps_are_evaluated_separately() -> None:
    play = Play(STRAP, STRAP_2, PATCH)
    two_straps(play, 0, 300, 70, 160)
    assert play.raised("hr-150") == [20]
    assert play.raised("combo") == [180]  # fast by one of them, and hot
    two_straps(play, 300, 400, 70, None)
    assert play.steps("hr-150", "combo") == [
        "20 hr-150 raised",
        "180 combo raised",
        "309 hr-150 suspended",
        "361 combo cleared",  # the other one sees a slow heart
    ]
    two_straps(play, 400, 700, 130, None)
    assert play.raised("combo") == [180, 585]
    assert play.standing()[0] == "hr-150@strap2/heart_rate active suspended"
    assert play.holds()


def test_oximeter_pulse_loss_is_reported_later_than_spo2_loss() -> None:
    play = Play(OXIMETER)
    for second in range(100):
        play.at(second).pulse(97, 155 + second % 2)
    assert play.raised("pr-150") == [20]
    assert play.raised("pr-131") == [60]
    play.until(500)
    assert play.raised("no-spo2") == [129]
    assert play.raised("no-spo2-long") == [159]
    assert play.raised("no-pulse") == [159]
    assert play.raised("no-pulse-long") == [399]
    assert play.holds()


def test_replacement_sensor_ends_the_alarm_of_the_first() -> None:
    play = Play(STRAP).rates(0, [160, 161] * 35)
    play.sensor("strap", "heart-rate-strap")
    play.rates(72, [70, 71] * 25)
    assert play.steps("hr-150") == ["20 hr-150 raised", "105 hr-150 latched"]


def test_replacement_sensor_that_never_connects_is_reported() -> None:
    play = Play(STRAP).rates(0, [160, 161] * 30)
    play.sensor("strap", "heart-rate-strap")
    play.until(400)
    assert play.steps("hr-150", "no-hr", "no-hr-long") == [
        "20 hr-150 raised",
        "69 hr-150 suspended",
        "69 no-hr raised",
        "119 no-hr-long raised",
    ]


def test_fever_alarm_stays_while_a_replacement_patch_settles() -> None:
    play = Play(PATCH).cores(0, 1800, 39.5)
    play.at(1800).sensor("patch", "core-patch-detail")
    for second in range(1801, 3000):
        temperature = (3950).to_bytes(2, "little")
        play.at(second).raw(
            "patch/00002101-5b1e-4347-b07c-97b514dae121", (b"\0" + temperature).hex()
        )
    assert play.steps("ct-39") == ["120 ct-39 raised"]
    assert play.standing()[0] == "ct-39@patch/core_temperature active"
    assert play.holds()


def test_acknowledged_alarm_of_a_lost_sensor_is_suspended_and_loss_raised() -> None:
    play = Play(STRAP).rates(0, [160, 161] * 60)
    play.at(120).tell(EntryKind.ACKNOWLEDGE, HIGH, by="AB")
    play.rates(121, [160, 161] * 15).until(1740)
    assert play.steps("hr-150")[:3] == [
        "20 hr-150 raised",
        "120 hr-150 acknowledged",
        "160 hr-150 suspended",
    ]
    assert f"{HIGH} acknowledged suspended" in play.standing()
    assert play.raised("no-hr") == [160]
    assert play.raised("no-hr-long") == [210]
    assert play.holds()


class Relayed(Play):
    """A strap behind a gateway whose clock differs."""

    def __init__(self) -> None:
        super().__init__(FAR)
        self.offset(0)

    def offset(self, seconds: int) -> None:
        told = {"epoch": "e1", "offset_ns": seconds * 10**9, "delay_ns": 1000}
        self.tell(EntryKind.GATEWAY, "room1", **told)

    def relayed(self, second: float, bpm: int, measured_s: float) -> None:
        """One packet with the gateway's own time."""
        entry = Entry(
            seq=len(self.entries) + 1,
            received_ns=max(START_NS + round(second * 1e9), self.entries[-1].received_ns + 1),
            kind=EntryKind.PACKET,
            source="strap/2A37",
            payload=bytes([0x06, bpm]),
            measured_ns=START_NS + round(measured_s * 1e9),
        )
        self.entries.append(entry)
        self.facts += self.engine.apply(entry)


def test_values_delayed_by_an_hour_raise_only_a_signal_loss_alarm() -> None:
    play = Relayed()
    for second in range(2, 120):
        play.relayed(second, 160 + second % 2, second - 3600)
    assert play.times_raised(technical=False) == {}
    assert play.raised("no-hr") == [10]
    assert "are delayed too much" in play.message("no-hr-long")


def test_values_with_future_times_count_as_current() -> None:
    play = Relayed()
    for second in range(2, 60):
        play.relayed(second, 160 + second % 2, second + 3600)
    assert play.raised("hr-150") == [22]
    play.offset(-3600)
    for second in range(60, 120):
        play.relayed(second, 160 + second % 2, second + 3600)
    assert play.steps("hr-150") == ["22 hr-150 raised"]
    assert play.holds()


def test_five_minutes_of_late_values_raise_only_with_current_ones() -> None:
    play = Relayed()
    for second in range(2, 60):
        play.relayed(second, 70, second)
    for number, second in enumerate(range(60, 360)):
        play.relayed(360 + number / 100, 160 + second % 2, second)
    for second in range(364, 400):
        play.relayed(second, 160 + second % 2, second)
    assert play.steps("no-hr", "no-hr-long") == [
        "69 no-hr raised",
        "119 no-hr-long raised",
        "362.93 no-hr cleared",
        "362.93 no-hr-long cleared",
    ]
    assert 380 <= play.raised("hr-150")[0] <= 385
    assert play.holds()


def test_late_values_are_evaluated_only_within_their_hold_time() -> None:
    for late_s, rules in ((9, ["hr-150"]), (11, ["no-hr", "no-hr-long"])):
        play = Relayed()
        for second in range(2, 60):
            play.relayed(second, 70, second)
        for second in range(60, 200):
            play.relayed(second, 160 + second % 2, second - late_s)
        raised = {rule: bool(play.raised(rule)) for rule in ("hr-150", "no-hr", "no-hr-long")}
        assert [rule for rule, did in raised.items() if did] == rules
        assert play.holds()
