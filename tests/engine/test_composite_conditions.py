"""Composite rules with parts on several channels, some of which are lost."""

import pytest

from monitor.entries import EntryKind, body_bytes
from tests.engine.scripted_session import Script

SPARE = {"kind": "heart-rate-strap", "address": None, "name": None, "by": "AB", "reason": "second"}
RAISED = "10 both raised"


@pytest.mark.parametrize(
    ("patch_until_s", "spare_until_s", "suspended"),
    [
        (100, 300, ["190 both suspended"]),  # a gap of the patch, until it is lost as well
        (300, 300, []),
        (300, 200, ["209 both suspended"]),  # no channel shows the heart rate
    ],
)
def test_composite_alarm_is_suspended_when_no_channel_measures_one_part(
    patch_until_s: int, spare_until_s: int, suspended: list[str]
) -> None:
    script = Script()
    script.enter(EntryKind.SENSOR, "spare", body_bytes(SPARE))
    for second in range(1, 300):
        script.at(second)
        if second % 10 == 0 and second <= patch_until_s:
            script.core(38.5)
        if second <= 110:
            script.heart(125)
        if second < spare_until_s:
            script.raw("spare/2A37", "007D")
    script.until(300)
    assert script.alarms("both") == [RAISED, *suspended]
