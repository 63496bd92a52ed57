"""A console in a separate process, to be killed and frozen: ``python -m ... PORT``."""

import asyncio
import sys

from dashboards.console.server import serve
from tests.console.fake_backend import SESSION, FakeBackend


async def main(port: int) -> None:
    """Print the URL and serve until killed."""
    backend = FakeBackend()
    backend.put(SESSION)
    async with serve(backend, port=port) as url:
        print(url, flush=True)  # noqa: T201 - the parent waits for it
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
