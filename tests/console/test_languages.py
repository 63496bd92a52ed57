"""Languages of the pages: no text of a page stays English, and German works."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from dashboards.console.server import serve
from dashboards.console.views.alarms import AlarmOccurrenceView
from dashboards.console.views.session import RecipientView, SessionView
from tests.console.conftest import Console
from tests.console.fake_backend import MINUTE_NS, NOW_NS, WAITING, FakeBackend
from tests.console.pictures import VIEW, WARD
from tests.console.pseudo_language import bracketed, pseudo, untranslated
from tests.console.test_layout import BUSY
from tests.console.test_session_control import UNSTARTED

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What the views of these tests contain: codes, names, notes, ids of rules, and messages that are in
# no shipped policy.
DATA = "|".join(
    (
        r"[a-z]+/[a-z_0-9]+",  # a channel
        r"Blood pressure due(?:: measure twice .* at rest)?",
        r"No skin temperature for 5 min(?:: the sensor is out of reach)?",
        r"Core temperature above 38\.0: confirm with a thermometer",
        r"Heart rate 131 or more|Heart rate above 110",
        r"InfluxDB is away since 13:40; 4,212 readings wait in the outbox",
        r"Not heard for 7 min; looking for it again every 30 s",
        r"Clock not synchronised: switch it on",
        r"Play the test sound, and confirm that it is heard|Valid so far: heart rate 30 %",
        r"It sends valid values; battery 80 %|body movement, and has no contact with the skin",
        r"proposal of this test|preparation|sat up, asked for water",
        r"A participant with a very long code 0123456789",
        r"The room at the end of the corridor on the second floor",
        r"Polar H10|CORE 2|Health thermometer|Govee H5075",
        r"mdma-session|demo|Anna Amsler|Ben Berger|study physician",
        r"\b(?:S-\d|P-0\d\d|Basel|Room \d|strap|pill|patch|room|oxi|MK|AR|AB|anna|ben|hr-\d+)\b",
        r"\b(?:high|medium|low|info|bp|rolling)\b",  # ids of rules
    )
)
RULES = ".rule p, .check"  # rules in words stay in the language of the policy
CALLED = RecipientView(
    id="anna", name="Anna Amsler", role="study physician", on_duty=True, reached=None
)
ALL = replace(
    VIEW,
    recipients=(CALLED, replace(CALLED, id="ben", name="Ben Berger", on_duty=False, reached=False)),
    scheduled=BUSY.scheduled,
    overrides=BUSY.overrides,
    preflight=(),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served() -> AsyncIterator[Console]:
    backend = FakeBackend()
    async with serve(backend, port=0, catalogue=pseudo()) as url:
        yield Console(backend, url)


@pytest.mark.extended
@pytest.mark.parametrize("view", [ALL, BUSY, UNSTARTED, replace(ALL, ended=True)])
async def test_the_page_of_a_session_is_translated(
    console: Console, new_page: Page, view: SessionView
) -> None:
    console.backend.put(view)
    await new_page.set_viewport_size({"width": 1440, "height": 1200})
    await new_page.goto(f"{console.url}session/S-1")
    await expect(new_page.locator(".plot").first).to_be_attached()
    await new_page.keyboard.press("?")
    await expect(new_page.locator("dialog")).to_be_visible()
    assert await untranslated(new_page, DATA) == []


async def press(page: Page, name: str) -> None:
    text = re.escape(bracketed(name))
    await page.get_by_role("button", name=re.compile(f"^{text}", re.IGNORECASE)).first.click()


@pytest.mark.extended
@pytest.mark.parametrize(
    "name",
    [
        "dose",
        "supplement",
        "phase",
        "note",
        "rating",
        "Adverse event",
        "Fluid",
        "Enter measurement",
        "Undo or correct",
        "Sensors",
        "Rules",
        "End session",
    ],
)
async def test_each_dialog_is_translated(console: Console, new_page: Page, name: str) -> None:
    console.backend.put(ALL)
    await new_page.goto(f"{console.url}session/S-1")
    await new_page.get_by_label(bracketed("Your name or initials")).fill("MK")
    await press(new_page, name)
    await expect(new_page.locator(".q-dialog .ask")).to_be_visible()
    assert await untranslated(new_page, DATA, RULES) == []
    if name == "Rules":
        await press(new_page, "Change")
        await expect(new_page.locator(".ask .fields")).to_be_visible()
        assert await untranslated(new_page, DATA, ".ask > p, .check") == []


@pytest.mark.extended
async def test_refusals_are_translated(console: Console, new_page: Page) -> None:
    console.backend.put(ALL)
    await new_page.goto(f"{console.url}session/S-1")
    await press(new_page, "Acknowledge")
    await expect(new_page.get_by_text(bracketed("enter your name or initials"))).to_be_visible()
    assert await untranslated(new_page, DATA) == []
    console.backend.refusal = "this alarm is not active any more; there is nothing to acknowledge"
    await new_page.get_by_label(bracketed("Your name or initials")).fill("MK")
    await press(new_page, "Acknowledge")
    await expect(new_page.get_by_text(bracketed("there is nothing to acknowledge"))).to_be_visible()
    assert await untranslated(new_page, DATA) == []


@pytest.mark.extended
async def test_the_ward_is_translated(console: Console, new_page: Page) -> None:
    console.backend.places = (
        replace(
            WAITING,
            room="Room 5",
            session="S-5",
            participant="P-018",
            last="Session S-5 was ended by MK on 2026-11-30 at 14:05.",
        ),
    )
    console.backend.put(*WARD)
    await new_page.goto(f"{console.url}ward")
    await expect(new_page.locator(".tile h2").nth(4)).to_be_attached()
    assert await untranslated(new_page, DATA) == []
    await new_page.get_by_label(bracketed("Your name or initials")).fill("MK")
    for name in ("Start the next session", "Start a session"):
        await press(new_page, name)
        await expect(new_page.locator(".q-dialog .ask")).to_be_visible()
        assert await untranslated(new_page, DATA) == []
        await new_page.keyboard.press("Escape")
        await expect(new_page.locator(".q-dialog .ask")).to_have_count(0)
    console.backend.places = ()
    console.backend.put()
    await expect(new_page.get_by_text(bracketed("No session is running."))).to_be_visible()
    assert await untranslated(new_page, DATA) == []


@pytest.mark.extended
async def test_the_review_is_translated(console: Console, new_page: Page) -> None:
    past = AlarmOccurrenceView(
        key="t@strap/heart_rate",
        subject="strap/heart_rate",
        message="Heart rate 131 /min or more: call the physician",
        priority="medium",
        technical=False,
        raised_ns=NOW_NS - 30 * MINUTE_NS,
        announced_ns=NOW_NS - 30 * MINUTE_NS,
        over_ns=NOW_NS - 20 * MINUTE_NS,
        open=False,
        value=132.0,
        extreme=140.0,
        limit=131.0,
        unit="/min",
        answered_ns=NOW_NS - 29 * MINUTE_NS,
        answered_by="MK",
        verdict="useful",
        reviewed_by="MK",
    )
    lost = replace(
        past, key="s@strap", subject="strap", technical=True, answered_ns=None, open=True
    )
    console.backend.past = (past, replace(lost, verdict="", reviewed_by=""))
    console.backend.put(ALL)
    await new_page.goto(f"{console.url}review/S-1")
    await expect(new_page.locator(".review-table tbody tr")).to_have_count(2)
    assert await untranslated(new_page, DATA) == []


@pytest.mark.extended
async def test_checklists_and_absent_sessions_are_translated(
    console: Console, new_page: Page
) -> None:
    await new_page.goto(f"{console.url}checklist/hunter")
    source = r"Source.*|\bDunkley.*"
    assert [
        each for each in await untranslated(new_page, DATA) if not re.search(source, each)
    ] == []
    await new_page.goto(f"{console.url}session/none")
    await expect(new_page.locator("[data-absent]")).to_be_visible()
    assert await untranslated(new_page, rf"{DATA}|none") == []
