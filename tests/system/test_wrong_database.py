"""A real `physiomon run` with a wrong database address that is corrected later."""

import contextlib
import json
from pathlib import Path

from monitor.errors import JournalError
from monitor.storage.journal import Journal
from tests.servers.influx import DATABASE, ORG, Influx
from tests.servers.process import free_port, wait_until
from tests.system.command import running

CONFIG = """
[session]
id = "s1"
site = "here"
participant = "P07"
policy = "demo"

[influx]
url = "{url}"
org = "{org}"
bucket = "{bucket}"

[journal]
directory = "."

[console]
port = 0

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
"""


def delivery_alarm(journal: Path) -> list[str]:
    """Return the steps of the delivery alarm."""
    with contextlib.suppress(JournalError), Journal.read(journal) as recorded:
        bodies = [json.loads(row.payload) for row in recorded.facts_of_kind("alarm")]
        return [body["step"] for body in bodies if body["rule"] == "delivery"]
    return []


def test_wrong_database_address_is_reported_and_facts_are_delivered_later(
    influx: Influx, tmp_path: Path
) -> None:
    file, journal = tmp_path / "c.toml", tmp_path / "s1.journal"

    def database(url: str) -> None:
        file.write_text(CONFIG.format(url=url, org=ORG, bucket=DATABASE))

    database(f"http://127.0.0.1:{free_port()}")
    with running("run", str(file)) as service:
        service.wait_for_url()
        wait_until(lambda: delivery_alarm(journal) == ["raised"], "the failure is an alarm")
        assert "journal check" in service.interrupt()
    assert influx.count("links", "connected") == 0
    database(influx.url)
    with running("run", str(file)) as service:
        service.wait_for_url()
        wait_until(lambda: influx.count("alarms", "step") > 1, "everything is delivered")
        assert "journal check" in service.interrupt()
    with Journal.read(journal) as recorded:
        links = sum(1 for _ in recorded.facts_of_kind("link"))
        assert recorded.dead_letters() == {}
    assert delivery_alarm(journal) == ["raised", "cleared"]
    assert influx.count("links", "connected") == links > 0
