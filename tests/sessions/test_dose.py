"""The dose: missing checks before it, its amount and its supplement."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.errors import UnusualError
from monitor.analysis.replay import verify
from monitor.core import channel
from monitor.errors import ActError
from monitor.sessions.session import Session
from monitor.statistics.windows import Window
from monitor.storage.journal import Journal
from tests.engine.scripted_session import POLICY, spec
from tests.sessions.manual_clocks import Hands
from tests.sessions.test_session import Live

STUDY = (
    POLICY.replace(
        'reviewed_by = ""',
        'settling = { core_temperature = "15min" }\n[dose]\ndrug = "MDMA"\n'
        "range_mg = [75, 125]\nsupplement_mg = [37.5, 62.5]",
        1,
    )
    + """
[[rule]]
id = "ct-1"
signal = "core_temperature"
at_least = "baseline + 1.0"
priority = "low"
message = "Core temperature 1 degree above baseline"
source = "test"

[[rule]]
id = "bp-before"
signal = "systolic"
due = "2 before dose"
priority = "low"
message = "Measure twice before the dose"
source = "test"
"""
)


class Ward(Live):
    """A session of a study with a drug, before the dose."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hands = Hands()
        self.session = Session.open(spec(STUDY), path, self.hands.clock())

    def both(self, seconds: int) -> None:
        """Send a heart rate each second, and a core temperature every ten."""
        for second in range(seconds):
            if second % 10 == 0:
                mantissa = (3690 + second // 10 % 2).to_bytes(3, "little")
                self.session.packet("patch", "2A1C", b"\x04" + mantissa + b"\xfe\x02")
            self.beat(1, 70)

    def pending(self) -> list[str]:
        return [each.text for each in self.session.view().before_dose if not each.done]


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    ward = Ward(tmp_path / "s.journal")
    yield ward
    ward.session.close()


def test_missing_checks_are_shown_and_the_dose_needs_a_reason(ward: Ward) -> None:
    assert ward.pending()[:2] == [
        "Baseline of heart rate: no valid value yet",
        "Baseline of core temperature: no valid value yet",
    ]
    ward.both(200)
    assert "Baseline of heart rate: 3 of 5 min valid" in ward.pending()
    ward.both(400)
    ward.session.actions.measure({"systolic": 120.0}, "AB", "nurse")
    missing = [
        "Baseline of core temperature: settling, 9 of 15 min",
        "Systolic blood pressure: 1 of 2 measurements",
    ]
    assert ward.pending() == missing
    with pytest.raises(ActError, match=r"settling, 9 of 15 min; Systolic .* Give a reason"):
        ward.session.actions.mark("dose", "MDMA", "AB", amount=100)
    assert ward.session.engine.dose_ns is None
    ward.session.actions.mark("dose", "MDMA", "AB", amount=100, reason="already swallowed")
    assert ward.pending() == []
    (marker,) = ward.session.view().markers
    assert list(marker.missing) == missing
    assert (marker.reason, marker.amount) == ("already swallowed", "100 mg")
    ward.close()
    with Journal.read(ward.path) as recorded:
        assert verify(recorded).difference is None


def test_dose_after_all_checks_needs_no_reason(ward: Ward) -> None:
    ward.both(1300)
    for _ in range(2):
        ward.wait(1)
        ward.session.actions.measure({"systolic": 120.0}, "AB", "nurse")
    assert ward.pending() == []
    ward.session.actions.mark("dose", "MDMA", "AB", amount=100)
    (marker,) = ward.session.view().markers
    assert (marker.missing, marker.reason) == ((), "")


def test_amount_outside_the_study_range_needs_confirmation(ward: Ward) -> None:
    mark = ward.session.actions.mark
    with pytest.raises(ActError, match="mark the dose before its supplement"):
        mark("supplement", "", "AB", amount=50)
    with pytest.raises(UnusualError, match="1000 mg is outside the 75 to 125 mg"):
        mark("dose", "", "AB", amount=1, unit="g", reason="a test")
    mark("dose", "", "AB", amount=150, reason="a test", confirmed=True)
    with pytest.raises(UnusualError, match=r"100 mg is outside the 37\.5 to 62\.5 mg"):
        mark("supplement", "", "AB", amount=100)
    mark("supplement", "", "AB", amount=50)
    assert [each.amount for each in ward.session.view().markers] == ["150 mg", "50 mg"]


def test_progress_of_a_baseline_reads_its_values_once(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.both(120)
    made = []

    class Counted(Window):
        def __init__(self, *arguments: int) -> None:
            made.append(arguments)
            super().__init__(*arguments)

    monkeypatch.setattr(channel, "Window", Counted)
    ward.wait(6.0)  # until they are computed again
    made.clear()
    pending = ward.pending()
    assert any("min valid" in each or "settling" in each for each in pending)
    assert len(made) == 2  # heart rate and core temperature
    ward.pending()
    assert len(made) == 2
