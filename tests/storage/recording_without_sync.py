"""Record a journal in a thread that cannot sync, beside a thread that does.

    python -m tests.storage.recording_without_sync JOURNAL

Prints the size of the WAL before and after each call of `Journal.sync`.
"""

import errno
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from monitor.entries import Entry, EntryKind
from monitor.storage.journal import Journal
from tests.deploy.syscall_filter import ALLOW, ERRNO, load

SYNCS = 12
ENTRIES = 100  # between two syncs
PAYLOAD = bytes(40_000)
SYNC_CALLS = {"fsync", "fdatasync", "sync_file_range", "msync"}


def main(path: Path) -> None:
    wal = path.with_name(f"{path.name}-wal")
    seq = 0
    with ThreadPoolExecutor(1) as thread, Journal.write(path) as journal:
        thread.submit(journal.sync).result()
        load(ALLOW, SYNC_CALLS, ERRNO | errno.EIO)  # not in the thread, which runs already
        for _ in range(SYNCS):
            for _ in range(ENTRIES):
                seq += 1
                entry = Entry(
                    seq=seq,
                    received_ns=seq,
                    kind=EntryKind.PACKET,
                    source="strap/2A37",
                    payload=PAYLOAD,
                    measured_ns=None,
                )
                journal.append(entry)
            before = wal.stat().st_size
            thread.submit(journal.sync).result()
            print(before, wal.stat().st_size)  # noqa: T201
        thread.submit(journal.close).result()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
