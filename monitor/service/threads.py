"""Threads for everything that blocks: disks, name resolution, libraries without asyncio."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

_MOST = 512  # started when needed; four parts of twenty sessions may each wait for several names


def allow_waiting_threads() -> None:
    """Let the running event loop use as many threads as may wait at the same time.

    asyncio's own limit is four more than there are processors. Without a name server each lookup
    holds one of them for 20 s, and then nobody would flush the journal to the disk.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_MOST, "waiting"))
