"""``python -m tests.attack``: attack a service that it starts; print what each attack achieved.

The status is 1 if one of them succeeded. It takes about three minutes, and uses only this machine.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.attack import attacks, floods
from tests.attack.mqtt_attacks import mqtt_floods, service_on_broker
from tests.attack.outcome import Outcome
from tests.attack.service import service, until_measured

# In their order: the first needs the only call, the last one restarts the service.
_ATTACKS = (
    attacks.idle_connections,
    attacks.partial_requests,
    attacks.revoked_token,
    attacks.logged_out,
    attacks.curious_rater,
    attacks.hidden_in_a_flood,
    attacks.many_streams,
    attacks.many_pages,
    floods.unread_answers,
    floods.huge_requests,
    floods.pipelined,
    floods.websocket_floods,
    floods.page_messages,
    floods.path_tricks,
    floods.accept_links,
    floods.many_logins,
    attacks.rewritten_journal,
    attacks.shortened_journal,
    attacks.weak_passwords,
    attacks.locked_out,
)


def main() -> int:
    """Run all attacks."""
    table = Table("attack", "result", "service")
    succeeded = 0

    def tried(words: str | None, outcome: Outcome) -> None:
        nonlocal succeeded
        found, held = outcome
        succeeded += not held
        what = (words or "").strip()
        table.add_row(what, found, "held" if held else "BROKE")
        sys.stderr.write(f"{what} {found}\n")

    with (
        TemporaryDirectory(prefix="physiomon-attack-") as folder,
        service(Path(folder) / "service", sustain="30s") as there,
    ):
        until_measured(there)
        for attack in _ATTACKS:
            tried(attack.__doc__, asyncio.run(attack(there)))
    with (
        TemporaryDirectory(prefix="physiomon-attack-") as folder,
        service_on_broker(Path(folder) / "broker") as (there, broker),
    ):
        until_measured(there)
        tried(mqtt_floods.__doc__, asyncio.run(mqtt_floods(there, broker)))
    Console().print(table)
    return 1 if succeeded else 0


if __name__ == "__main__":
    sys.exit(main())
