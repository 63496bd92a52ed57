"""Every byte that a session sends to its database, with names and addresses in every field."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from alerts.call_fact import CallStep
from alerts.call_plan import Plan
from devices.radio import LinkState
from devices.sensor import SensorSpec
from monitor.delivery.influx import InfluxConfig
from monitor.errors import ActError
from monitor.service.outboxes import OutboxService
from monitor.sessions.session import Session
from monitor.storage.journal import Journal
from tests.calls.scripted_session import CALLS, PLAN
from tests.delivery.test_refusals import Server
from tests.durations import PATIENCE_S
from tests.engine.scripted_session import POLICY, spec
from tests.sessions.manual_clocks import Hands

ADDRESS, NAME, DEVICE = "F0:0D:CA:FE:00:01", "Lovelace", "Polar H10 8F2A"
SECRETS = (ADDRESS, ADDRESS.lower(), ADDRESS.replace(":", ""), NAME, "Smith", DEVICE, "8F2A")
KINDS = {
    *(
        "alarm",
        "baseline",
        "call",
        "gap",
        "limit",
        "link",
        "marker",
        "policy",
        "reading",
        "statistic",
        "wall-clock",
    ),
}


@asynccontextmanager
async def overheard(url: str) -> AsyncIterator[tuple[str, bytearray]]:
    """Yield the address of a proxy in front of a server, and the bytes sent by the client."""
    heard = bytearray()
    to = urlsplit(url)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(to.hostname, to.port)

        async def pump(
            source: asyncio.StreamReader, sink: asyncio.StreamWriter, copy: bytearray | None
        ) -> None:
            while data := await source.read(65_536):
                if copy is not None:
                    copy += data
                sink.write(data)
            sink.close()

        with contextlib.suppress(ConnectionError):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(pump(reader, server_writer, heard))
                tasks.create_task(pump(server_reader, writer, None))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as proxy:
        yield f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}", heard


def with_names() -> Plan:
    """Return the plan with a name in every possible field."""
    recipients = tuple(
        replace(each, name=f"Dr {NAME}", role=f"for Mrs Smith {number}")
        for number, each in enumerate(PLAN.recipients)
    )
    return replace(PLAN, recipients=recipients)


def record(session: Session, hands: Hands) -> None:
    """Record every kind of event with a name, an address or free text."""
    text = f"Mrs Smith, {ADDRESS}"
    session.link("strap", LinkState.LOST, f"{DEVICE} {ADDRESS} is gone", -60)
    session.link("strap", LinkState.CONNECTED, f"org.bluez {ADDRESS}", -55)
    for second in range(1500):
        hands.pass_s(1)
        rate = 70 + second % 3 if second < 700 else 130
        session.packet("strap", "2A37", bytes([0x16, rate, 0x00, 0x03]))
        if second == 610:
            session.actions.mark("dose", text, NAME, reason="a test")
        if second == 620:
            for kind in ("note", "supplement", "phase", "rating"):
                session.actions.mark(kind, text, NAME)
            session.actions.override("hr-low", {"at_most": 35}, NAME, text)
            session.actions.measure({"systolic": 120, "diastolic": 80}, NAME, text)
            session.report_fault("recorder-failure", on=True, reason=text)
        if second == 640:
            session.actions.rebaseline(NAME, text)
        session.derive()
    for alarm in session.engine.alarms.open():
        with contextlib.suppress(ActError):
            session.actions.acknowledge(alarm.key, NAME)
    session.calls.test_call(NAME)
    orders = session.engine.calling.escalation.notifications
    for call in list(orders):
        session.calls.called(call, "mailto", CallStep.FAILED, f"{NAME}@clinic.example refused", 0)
    session.actions.pause_audio(NAME)
    session._recorder.write()


async def test_sent_bytes_contain_no_name_address_or_free_text(tmp_path: Path) -> None:
    hands = Hands()
    sensors = (
        SensorSpec(label="strap", kind="heart-rate-strap", address=ADDRESS, name=DEVICE),
        SensorSpec(label="patch", kind="core-patch", address=ADDRESS, name=DEVICE),
    )
    whole = replace(spec(POLICY + CALLS), sensors=sensors, calls=with_names())
    session = Session.open(whole, tmp_path / f"{NAME}.journal", hands.clock())
    record(session, hands)
    server = Server()
    async with server.listening() as url, overheard(url) as (proxy, heard):
        config = InfluxConfig(url=proxy, org="clinic", bucket="b", token="t0ken")  # noqa: S106
        async with asyncio.timeout(PATIENCE_S):
            await OutboxService(session, lambda: config, random.Random(1)).drain()
        session.end(f"stopped by {NAME}")
        session.close()
    with Journal.read(session.journal.path) as journal:
        assert {row.kind for row in journal.facts()} == KINDS
        recorded = "".join(
            entry.payload.decode() for entry in journal.entries() if entry.kind != "packet"
        )
        recorded += json.dumps(list(journal.facts()))
    for secret in (ADDRESS, NAME, "Smith", DEVICE):
        assert secret in recorded
    assert len(server.taken) > 1500
    assert b"heart_rate," in heard
    for secret in SECRETS:
        assert secret.encode() not in heard
