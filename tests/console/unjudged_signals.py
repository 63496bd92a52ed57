"""Signals that are not judged, or only in part, for pictures and tests."""

from dataclasses import replace

from dashboards.console.views.channels import WaitView
from dashboards.console.views.session import SessionView
from tests.console.fake_backend import (
    CORE,
    HEART_RATE,
    MINUTE_NS,
    NOW_NS,
    PILL,
    SESSION,
    STRAP,
    TACHYCARDIA,
)

SINCE_NS = NOW_NS - 3 * MINUTE_NS
UNJUDGED = replace(
    HEART_RATE,
    stale=True,
    age_s=190.0,
    quality="no contact",
    change=None,
    state="not judged",
    unjudged_since_ns=SINCE_NS,
    reason="sensor 'strap' has no contact with the skin",
)
SETTLING_WAIT = WaitView(what="settling", until_ns=NOW_NS + 150 * 10**9, rules=("ct-low",))
BASELINE_WAIT = WaitView(what="baseline", until_ns=None, rules=("ct-rel",))
SETTLING = replace(
    CORE,
    quality="settling",
    settling_s=150.0,
    state="waiting",
    waits=(SETTLING_WAIT, BASELINE_WAIT),
)
UNSTABLE = replace(
    HEART_RATE,
    channel="oximeter/spo2",
    label="Oxygen saturation",
    unit="%",
    value=97.0,
    state="judged",
    reason="the link to sensor 'oximeter' is unstable: 30 % received in the last 5 minutes",
    heard_share=0.3,
)
ROOM = replace(
    CORE, channel="room/ambient_temperature", label="Room temperature", state="unwatched"
)
NO_HEART_RATE = replace(
    TACHYCARDIA,
    key="unjudged-heart_rate-long@strap/heart_rate",
    rule="unjudged-heart_rate-long",
    message="Heart rate is still not judged: check the sensor and the participant: "
    "sensor 'strap' has no contact with the skin",
    technical=True,
    since_ns=SINCE_NS + 50 * 10**9,
    value=None,
    limit=None,
)
UNSTABLE_LINK = replace(
    NO_HEART_RATE,
    key="unjudged-spo2@oximeter/spo2",
    rule="unjudged-spo2",
    subject="oximeter/spo2",
    message="Oxygen saturation is not judged: the link to sensor 'oximeter' is unstable: "
    "30 % received in the last 5 minutes",
    priority="low",
    since_ns=NOW_NS - 12 * MINUTE_NS,
)
HALF_BLIND: SessionView = replace(
    SESSION,
    channels=(UNJUDGED, SETTLING, UNSTABLE, ROOM),
    alarms=(NO_HEART_RATE, UNSTABLE_LINK),
    sensors=(STRAP, PILL, replace(STRAP, label="oximeter", kind="Nonin 3230", gaps=14)),
)
