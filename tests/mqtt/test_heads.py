"""Signed heads over a real broker: kept there, they reveal later changes of the journal."""

import json
from pathlib import Path

import jsonschema

from monitor.commands.journal_check import verify
from monitor.storage.signing_key import SigningKey
from tests.mqtt.served_session import BASE, listening, served
from tests.mqtt.test_messages import SHIPPED
from tests.servers.mosquitto import Mosquitto


async def test_broker_retains_the_head_of_the_ended_journal(
    broker: Mosquitto, tmp_path: Path
) -> None:
    path = tmp_path / "s.journal"
    async with listening(broker.config("physiomon"), f"{BASE}/head") as there:
        async with served(broker.config("physiomon"), path) as recording:
            recording.session.heads.key = SigningKey.keep(tmp_path / "signing.key")
            recording.go_on(30)
            recording.session.heads.sign()
            first = await there.until(lambda each: bool(each.payload))
        last = await there.until(lambda each: each.body["entries"] > first.body["entries"])
    jsonschema.validate(last.body, json.loads((SHIPPED / "head.json").read_text()))
    kept = tmp_path / "head.json"
    for heard in (first, last):
        kept.write_bytes(heard.payload)
        assert verify(path, kept, tmp_path / "signing.pub", as_json=True)
