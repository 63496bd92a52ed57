"""The page's main road in Firefox."""

import pytest

from tests.browsers.main_road import walk
from tests.servers.firefox import firefox
from tests.servers.loudspeaker import loudspeaker


@pytest.mark.asyncio
async def test_main_road_in_firefox() -> None:
    async with loudspeaker() as environment, firefox(environment) as browser:
        await browser.resize(1280, 720)
        await walk(browser)
