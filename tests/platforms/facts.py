"""Print which Python this is, and the digests of the facts that recordings give here.

    python -m tests.platforms.facts JOURNAL ...

Imports only what requirements/gateway.lock installs.
"""

import json
import platform
import sys
from pathlib import Path

from monitor.storage.journal import Journal
from tests.replay.fact_digests import digest


def of_journal(path: Path) -> str:
    """Return the digest of a recording."""
    with Journal.read(path) as journal:
        return digest(journal.entries())


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "machine": platform.machine(),
                "digests": [of_journal(Path(each)) for each in sys.argv[1:]],
            }
        )
    )
