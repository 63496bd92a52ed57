"""Print which Python this is, and the SHA-256 of all facts that recordings give here.

    python -m tests.platforms.facts JOURNAL ...

Imports only what requirements/gateway.lock installs.
"""

import hashlib
import json
import platform
import sys
from pathlib import Path

from monitor.core.engine import Engine
from monitor.facts import payload
from monitor.storage.journal import Journal


def digest(path: Path) -> str:
    """Return the SHA-256 of the facts of a recording."""
    engine, found = Engine(), hashlib.sha256()
    with Journal.read(path) as journal:
        for entry in journal.entries():
            for seq, fact in engine.apply(entry):
                text = f"{seq} {fact.at_ns} {fact.kind} {fact.subject} {payload(fact)}\n"
                found.update(text.encode())
    return found.hexdigest()


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "machine": platform.machine(),
                "digests": [digest(Path(each)) for each in sys.argv[1:]],
            }
        )
    )
