"""A session with many alarms and faults, for pictures."""

from dataclasses import replace

from dashboards.console.views.alarms import AlarmEventView
from dashboards.console.views.session import MarkerView, SessionView
from tests.console.fake_backend import (
    CORE,
    DOSE_NS,
    HEART_RATE,
    MINUTE_NS,
    NOW_NS,
    PILL,
    SESSION,
    STRAP,
    TACHYCARDIA,
    raised,
)

FEVER = replace(
    TACHYCARDIA,
    key="ct-38@pill/core_temperature",
    rule="ct-38",
    subject="pill/core_temperature",
    message="Core temperature above 38.0: confirm with a thermometer",
    priority="low",
    state="acknowledged",
    since_ns=NOW_NS - 22 * MINUTE_NS,
    value=38.1,
    limit=38.0,
    unit="Cel",
    by="MK",
)
LOST_PATCH = replace(
    TACHYCARDIA,
    key="patch-lost@patch/skin_temperature",
    rule="patch-lost",
    subject="patch/skin_temperature",
    message="No skin temperature for 5 min: the sensor is out of reach",
    priority="low",
    technical=True,
    since_ns=NOW_NS - 7 * MINUTE_NS,
    value=None,
    limit=None,
)
BAD_AFTERNOON: SessionView = replace(
    SESSION,
    dose_ns=DOSE_NS,
    channels=(
        replace(HEART_RATE, value=134.0, priority="medium", change=14.0),
        replace(CORE, value=38.12, priority="low", change=0.12),
        replace(
            CORE,
            channel="patch/skin_temperature",
            label="Skin temperature",
            value=31.4,
            age_s=437.0,
            stale=True,
            change=None,
        ),
        replace(
            CORE,
            channel="room/ambient_temperature",
            label="Room temperature",
            value=21.9,
            age_s=12.0,
            change=0.0,
        ),
    ),
    alarms=(TACHYCARDIA, LOST_PATCH, FEVER),
    sensors=(
        STRAP,
        replace(PILL, battery=17.0),
        replace(
            STRAP,
            label="patch",
            kind="Health thermometer",
            state="lost",
            reason="Not heard for 7 min; looking for it again every 30 s.",
            battery=None,
            rssi=-91,
            packets=612,
            gaps=4,
            age_s=437.0,
        ),
        replace(STRAP, label="room", kind="Govee H5075", battery=100.0, rssi=-70, age_s=12.0),
    ),
    markers=(
        MarkerView(at_ns=NOW_NS - 110 * MINUTE_NS, kind="phase", text="preparation", by="MK"),
        MarkerView(at_ns=DOSE_NS, kind="dose", text="", by="MK"),
        MarkerView(at_ns=NOW_NS - 40 * MINUTE_NS, kind="rating", text="6", by="AR"),
        MarkerView(at_ns=NOW_NS - 12 * MINUTE_NS, kind="supplement", text="", by="MK"),
        MarkerView(
            at_ns=NOW_NS - 5 * MINUTE_NS, kind="note", text="sat up, asked for water", by="AR"
        ),
    ),
    history=(
        raised(TACHYCARDIA, NOW_NS - 4 * MINUTE_NS),
        raised(LOST_PATCH, NOW_NS - 7 * MINUTE_NS),
        AlarmEventView(
            at_ns=NOW_NS - 19 * MINUTE_NS,
            key=FEVER.key,
            message=FEVER.message,
            priority="low",
            step="acknowledged",
            by="MK",
        ),
        raised(FEVER, NOW_NS - 22 * MINUTE_NS),
        replace(raised(TACHYCARDIA, NOW_NS - 51 * MINUTE_NS), step="cleared"),
        raised(TACHYCARDIA, NOW_NS - 58 * MINUTE_NS),
    ),
    notices=("InfluxDB is away since 13:40; 4,212 readings wait in the outbox.",),
)
