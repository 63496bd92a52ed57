"""``python -m tests.attack``: attack a service that it starts; print what each attack achieved.

The status is 1 if one of them succeeded. It takes about two minutes, and uses only this machine.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.attack import attacks, floods
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
    with (
        TemporaryDirectory(prefix="physiomon-attack-") as folder,
        service(Path(folder) / "service", sustain="30s") as there,
    ):
        until_measured(there)
        for attack in _ATTACKS:
            found, held = asyncio.run(attack(there))
            succeeded += not held
            what = (attack.__doc__ or "").strip()
            table.add_row(what, found, "held" if held else "BROKE")
            sys.stderr.write(f"{what} {found}\n")
    Console().print(table)
    return 1 if succeeded else 0


if __name__ == "__main__":
    sys.exit(main())
