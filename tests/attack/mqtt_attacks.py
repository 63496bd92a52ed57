"""Attacks over MQTT, by known users of the broker: a screen, a panel and a gateway."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count, cycle
from pathlib import Path

from aiomqtt import MqttError

from monitor.delivery.errors import UnavailableError
from monitor.mqtt.broker import MqttConfig, connected
from tests.attack.outcome import FEW_LINES, Outcome, late_words, latency, over
from tests.attack.service import SESSION, Service, service
from tests.servers.mosquitto import PASSWORD, SITE, Mosquitto
from tests.servers.process import wait_until

_BASE = f"physiomon/{SITE}/{SESSION}"
_FLOOD_S = 20.0
_LATEST_S = 60.0  # of a call: 30 s of the rule, and the start of the flood
_PAUSE_S = 0.002

_CONFIG = """
[mqtt]
host = "127.0.0.1"
port = {port}
user = "physiomon"
password_file = "{folder}/mqtt.password"
ca_file = "{folder}/ca.pem"
commands = [{{ name = "panel", role = "nurse", may = ["marker", "pause"] }}]

[[gateway]]
id = "room1"

[[sensor]]
label = "roomstrap"
kind = "heart-rate-strap"
gateway = "room1"
"""
_GARBAGE = (
    b"",
    b"\xff" * 200_000,
    b"[" * 100_000,
    b'{"entries": [' + b"{}," * 50_000 + b"{}]}",
    json.dumps({"id": "x" * 200_000}).encode(),
    "\u202e\x1b[2J\n".encode() * 1000,
    b"9" * 5000,
)


@contextmanager
def service_on_broker(folder: Path) -> Iterator[tuple[Service, Mosquitto]]:
    """Run a service on a broker with the shipped configuration and access rights."""
    folder.mkdir()
    broker = Mosquitto(folder)
    broker.start()
    (folder / "mqtt.password").write_text(PASSWORD)
    (folder / "mqtt.password").chmod(0o600)
    more = _CONFIG.format(port=broker.port, folder=folder)
    try:
        with service(folder / "service", sustain="30s", more=more) as there:
            yield there, broker
    finally:
        broker.stop()


async def mqtt_floods(there: Service, broker: Mosquitto) -> Outcome:
    """Send garbage, giant, retained and forged messages, and 1,000 commands, over MQTT."""
    sent = count()
    # aiomqtt reports connections that the broker closes in callbacks of the loop as well.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    lines, size = len(there.log().splitlines()), there.journal.stat().st_size
    calls, began = len(there.hook.posts), time.monotonic()
    async with latency(there) as late, asyncio.TaskGroup() as tasks:
        for user in ("screen", "panel", "gateway-room1"):
            tasks.create_task(_flood(broker.config(user), user, sent))
        came = partial(wait_until, lambda: len(there.hook.posts) > calls, "a call", _LATEST_S)
        await asyncio.to_thread(came)
        waited = time.monotonic() - began
    await asyncio.sleep(1.0)
    failed = [body for _, body in there.entries("call") if '"failed"' in body]
    lines = len(there.log().splitlines()) - lines
    grown = (there.journal.stat().st_size - size) / 1e6
    commands = len(there.entries("command"))
    forged = [source for source, _ in there.entries("packet") if "forged" in source]
    held = (
        not (failed or forged)
        and lines < FEW_LINES
        and commands < FEW_LINES
        and grown < 2
        and not over(late)
    )
    return Outcome(
        f"{next(sent)} messages: a call after {waited:.0f} s, {len(failed)} failed calls, "
        f"{commands} commands in the journal (+{grown:.1f} MB), {lines} lines of log; "
        f"{late_words(late)}",
        held,
    )


async def _flood(config: MqttConfig, user: str, sent: "count[int]") -> None:
    """Send for a while; the broker may close the connection in between."""
    topics = cycle(
        (
            f"{_BASE}/command/{user}",
            f"{_BASE}/command/panel",
            f"{_BASE}/command/{user}/x",
            f"{_BASE}/gateway/room1/packets",
            f"{_BASE}/gateway/room1/receipt",
            f"{_BASE}/alarm/hr-high/strap",
            f"{_BASE}/status",
            f"{_BASE}/answer/{user}",
            "$SYS/x",
            "physiomon/" + "x/" * 200,
        )
    )
    bodies = cycle([*_GARBAGE, *(_command(number) for number in range(20)), *_packets()])
    until = time.monotonic() + _FLOOD_S
    while time.monotonic() < until:
        with suppress(UnavailableError, MqttError, TimeoutError):
            async with connected(config, "") as client:
                while time.monotonic() < until:
                    number = next(sent)
                    body = _command(number) if number % 3 else next(bodies)
                    topic = next(topics) if number % 2 else f"{_BASE}/command/{user}"
                    if number % 500 == 0:
                        body = b"x" * 1_000_000  # for which the broker closes the connection
                    async with asyncio.timeout(1):  # aiomqtt misses some ends of connections
                        await client.publish(topic, body, qos=0, retain=number % 7 == 0)
                    await asyncio.sleep(_PAUSE_S)


def _command(number: int) -> bytes:
    body = {
        "id": f"c{number}",
        "kind": "marker",
        "marker": "note",
        "text": "x" * 400,
        "by": "AB",
        "sent_ns": time.time_ns(),
    }
    return json.dumps(body).encode()


def _packets() -> Iterator[bytes]:
    """Yield messages of a gateway: data of another's sensor, other signals, impossible times."""
    now_ns = time.time_ns()
    for sensor, characteristic, at_ns in (
        ("strap", "2A37", now_ns),
        ("forged", "2A37", now_ns),
        ("roomstrap", "2A5F", now_ns),
        ("roomstrap", "2A37", 1),
        ("roomstrap", "2A37", 2**62),
    ):
        entry = {"sensor": sensor, "characteristic": characteristic, "payload": "063c"}
        yield json.dumps(
            {
                "epoch": "f" * 16,
                "after_ns": 0,
                "left": 0,
                "sent_ns": now_ns,
                "offset_ns": 2**61,
                "delay_ns": 0,
                "entries": [{**entry, "at_ns": at_ns + number} for number in range(200)],
            }
        ).encode()
