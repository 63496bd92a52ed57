"""A console in a separate process, to be killed and frozen: ``python -m ... PORT [PRIORITY]``."""

import asyncio
import sys
from dataclasses import replace

from dashboards.console.server import serve
from tests.console.fake_backend import SESSION, TACHYCARDIA, FakeBackend


async def main(port: int, *alarms: str) -> None:
    """Print the URL and serve until killed."""
    backend = FakeBackend()
    raised = [replace(TACHYCARDIA, key=each, priority=each) for each in alarms]
    backend.put(replace(SESSION, alarms=raised or SESSION.alarms))
    async with serve(backend, port=port) as url:
        print(url, flush=True)  # noqa: T201 - the parent waits for it
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
