"""The topics and messages of MQTT, from the models that check them."""

from monitor.mqtt.messages import SCHEMAS
from scripts.reference.fields import descriptions, schema_table
from scripts.reference.json_schema import CODES
from scripts.reference.markdown import code, prose, sections, table

_HEAD = """# MQTT: topics and messages

All topics begin with `physiomon/{site}/{session}`. Messages are JSON objects; their JSON schemas
are in the folder `deploy/mqtt/schemas`. How to set up the broker and send a command is in
[MQTT](../mqtt.md)."""
_TIMES = """## Times

A *time* is a string in UTC with nanoseconds, such as `2026-11-29T09:30:00.000000000Z`. A key that
ends in `_ns` is an integer of nanoseconds since 1970, in UTC.

## Pseudonyms

A *pseudonym*, such as `person-0a1b2c3d`, stands for one person within a session, and is the same
as in InfluxDB."""
# Of each message: its topics, who sends it, the quality of service, and whether it is retained.
_TOPICS: dict[str, tuple[tuple[str, ...], str, int, bool]] = {
    "reading": (("/reading/{sensor}/{signal}",), "service", 0, False),
    "channel": (("/channel/{sensor}/{signal}",), "service", 1, True),
    "alarm": (
        (
            "/alarm/{rule}/{sensor}/{signal}",
            "/alarm/{rule}/{sensor}",
            "/alarm/{rule}/session/{signal}",
            "/alarm/{rule}/session",
        ),
        "service",
        1,
        True,
    ),
    "marker": (("/marker/{marker}",), "service", 1, False),
    "adverse-event": (("/adverse-event/{event}",), "service", 1, False),
    "status": (("/status", "/gateway/{id}/status"), "service, gateway", 1, True),
    "head": (("/head",), "service", 1, True),
    "command": (("/command/{user}",), "users", 1, False),
    "answer": (("/answer/{user}",), "service", 1, False),
    "packets": (("/gateway/{id}/packets",), "gateway", 1, False),
    "receipt": (("/gateway/{id}/receipt",), "service", 1, False),
}


def page() -> str:
    """Return the page.

    Raises:
        LookupError: a message has no topic here, or the other way round.
    """
    if differing := SCHEMAS.keys() ^ _TOPICS.keys():
        raise LookupError(f"the topics of {', '.join(sorted(differing))} are not known here")
    rows = [
        (
            "<br>".join(map(code, topics)),
            f"[{name}](#{name})",
            sender,
            str(qos),
            "yes" if retained else "no",
        )
        for name, (topics, sender, qos, retained) in _TOPICS.items()
    ]
    return sections(
        _HEAD,
        "## Topics",
        table(("Topic", "Message", "Sent by", "QoS", "Retained"), rows),
        "## Messages",
        *map(_message, SCHEMAS),
        CODES,
        _TIMES,
    )


def _message(name: str) -> str:
    model = SCHEMAS[name]
    schema = model.model_json_schema()
    inner = [
        sections(
            f"#### {each}",
            prose(definition["description"]),
            schema_table(definition, _attributes(name, each)),
        )
        for each, definition in schema.get("$defs", {}).items()
    ]
    return sections(
        f"### {name}",
        prose(model.__doc__),
        schema_table(schema, descriptions(model), _link),
        *inner,
    )


def _attributes(name: str, inner: str) -> dict[str, str]:
    module = __import__(SCHEMAS[name].__module__, fromlist=[inner])
    return descriptions(getattr(module, inner))


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
