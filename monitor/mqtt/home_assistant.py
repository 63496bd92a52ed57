"""MQTT discovery for Home Assistant: entities for the topics of a session. Pure.

Source: home-assistant.io/integrations/mqtt, "MQTT Discovery" and "Binary sensor".
"""

import json
from collections.abc import Iterator
from urllib.parse import quote

from alerts.deadline_queue import SESSION
from alerts.policy.conditions import All, Compare, Condition, FaultCondition, MeasurementDue
from alerts.policy.rules import Policy
from devices.decoders import KINDS
from devices.signals import SIGNALS
from monitor.core.manual_vitals import SIGNALS_BY_HAND
from monitor.core.session_spec import SessionSpec
from monitor.core.spot_rules import subject_of
from monitor.core.unconfirmed import UNCONFIRMED, VIOLATING
from monitor.mqtt.broker import Publication
from monitor.mqtt.topics import base_of
from monitor.version import VERSION

_UNITS = {"/min": "bpm", "Cel": "°C", "mm[Hg]": "mmHg"}
_CLASSES = {"Cel": "temperature", "%": None}


def discovery(spec: SessionSpec, policy: Policy) -> Iterator[Publication]:
    """Yield the discovery messages of a session's values and alarms."""
    base = base_of(spec.site, spec.id)
    about: dict[str, object] = {
        "availability": [
            {
                "topic": f"{base}/status",
                "value_template": "{{ 'online' if value_json.state == 'online' else 'offline' }}",
                "payload_available": "online",
                "payload_not_available": "offline",
            }
        ],
        "device": {
            "identifiers": [f"physiomon-{spec.site}-{spec.id}"],
            "name": f"physiomon {spec.id}",
            "sw_version": VERSION,
        },
        "origin": {"name": "physiomon", "sw_version": VERSION},
    }
    yield _config(
        "binary_sensor", spec, "monitoring", _monitoring(base) | {"device": about["device"]}
    )
    for sensor in spec.sensors:
        for name in KINDS[sensor.kind].signals:
            signal = SIGNALS[name]
            value: dict[str, object] = {
                "name": f"{sensor.label} {signal.label.lower()}",
                "state_topic": f"{base}/reading/{sensor.label}/{name}",
                # Only values of good quality are shown.
                "value_template": "{{ value_json.value if value_json.quality == 0 else None }}",
                "unit_of_measurement": _UNITS.get(signal.unit, signal.unit),
                "state_class": "measurement",
                "expire_after": max(10, round(signal.hold_s)),
            }
            if signal.trend:  # whether it is judged; if not, why and from which time on
                value["json_attributes_topic"] = f"{base}/channel/{sensor.label}/{name}"
            if _CLASSES.get(signal.unit) is not None:
                value["device_class"] = _CLASSES[signal.unit]
            yield _config("sensor", spec, f"{sensor.label}-{name}", value | about)
            spot = KINDS[sensor.kind].is_spot(name)
            for rule in policy.rules:
                if rule.enabled and _on_channel(rule.condition, name, spot=spot):
                    yield _alarm(spec, base, rule.id, rule.message, f"{sensor.label}/{name}", about)
    for rule in policy.rules:
        if rule.enabled and (subject := _on_session(rule.condition)) is not None:
            yield _alarm(spec, base, rule.id, rule.message, subject, about)


def _on_channel(condition: Condition, signal: str, *, spot: bool) -> bool:
    """Return whether a condition raises alarms on a sensor's channel of a signal."""
    match condition:
        case FaultCondition(name=name):
            return spot and name in (UNCONFIRMED, VIOLATING)
        case MeasurementDue() | All():
            return False
        case _:
            return condition.signal == signal and not spot


def _on_session(condition: Condition) -> str | None:
    """Return the subject of a condition's alarms if it is not a channel."""
    match condition:
        case MeasurementDue() | All():
            return SESSION
        case FaultCondition(name=name):
            return None if name in (UNCONFIRMED, VIOLATING) else SESSION
        case Compare(signal=signal) if signal in SIGNALS_BY_HAND:
            return subject_of(signal)
        case _:
            return None


def _alarm(
    spec: SessionSpec, base: str, rule: str, message: str, subject: str, about: dict[str, object]
) -> Publication:
    sensor = subject.partition("/")[0]
    alarm: dict[str, object] = {
        "name": message if sensor == SESSION else f"{message} ({sensor})",
        "state_topic": f"{base}/alarm/{rule}/{subject}",
        "value_template": "{{ 'ON' if value else 'OFF' }}",  # an empty payload: the alarm is over
        # Attributes include `head`, the covering alarm, which is empty if there is none.
        "json_attributes_topic": f"{base}/alarm/{rule}/{subject}",
        "json_attributes_template": "{{ value if value else '{}' }}",
        "device_class": "problem",
    }
    return _config("binary_sensor", spec, f"{rule}-{subject}", alarm | about)


def _monitoring(base: str) -> dict[str, object]:
    """Return the entity that shows whether the session is monitored; it is always available."""
    return {
        "name": "Monitoring",
        "state_topic": f"{base}/status",
        "value_template": "{{ 'ON' if value_json.state == 'online' else 'OFF' }}",
        "json_attributes_topic": f"{base}/status",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
    }


def _config(component: str, spec: SessionSpec, name: str, body: dict[str, object]) -> Publication:
    # Home Assistant takes only ASCII letters, digits, '-' and '_' in ids and topics.
    full = f"{quote(spec.site, safe='')}-{spec.id}-{name}"
    clean = "".join(c if (c.isascii() and c.isalnum()) or c in "-_" else "_" for c in full)
    body = body | {"unique_id": f"physiomon-{clean}"}
    return Publication(
        topic=f"homeassistant/{component}/physiomon-{clean}/config",
        payload=json.dumps(body, ensure_ascii=False).encode(),
        retain=True,
    )
