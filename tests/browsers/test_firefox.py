"""The page's main workflow in Firefox."""

import pytest

from tests.browsers.main_road import walk
from tests.servers.firefox import firefox
from tests.servers.loudspeaker import loudspeaker


@pytest.mark.asyncio
async def test_main_workflow_works_in_firefox() -> None:
    async with loudspeaker() as environment, firefox(environment) as browser:
        await browser.resize(1280, 720)
        await walk(browser)
    # Apart from the streams of a server that is gone, and of the next before it is ready.
    assert [error for error in browser.errors if "ws://" not in error] == []
