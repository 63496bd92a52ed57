"""Every page in every display mode, checked by axe-core for serious and critical violations."""

from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.resources import files
from itertools import cycle

import pytest
from playwright.async_api import Browser, Page, expect

from dashboards.console.views.session import RecipientView
from tests.console.conftest import Console
from tests.console.eventful_session import BAD_AFTERNOON
from tests.console.fake_backend import SESSION, TACHYCARDIA
from tests.console.unjudged_signals import SETTLING, UNJUDGED, UNSTABLE
from tests.durations import LONG
from tests.servers.chromium import close, open_context

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# Content under a dialog or a message is excluded. A display mode changes only colours. For the
# filled button of a dialog axe-core uses the backdrop as background; test_look.py computes its
# contrast.
GRAVE = """
async ([looks]) => {
  const grave = [];
  for (const [index, look] of looks.entries()) {
    document.documentElement.dataset.look = look;
    const on_top = document.querySelector(".q-dialog, dialog[open], .q-notification");
    const include = [on_top ?? document];
    const found = await axe.run({ include, exclude: [".q-dialog .act.primary"] }, {
      resultTypes: ["violations"], selectors: false,
      ...(index ? { runOnly: ["color-contrast"] } : {}),
    });
    for (const { id, impact, nodes } of found.violations) {
      if (["serious", "critical"].includes(impact))
        grave.push(...nodes.map((node) => `${look} ${id} ${node.html} ${node.failureSummary}`));
    }
  }
  return grave;
}
"""
# Colours in transition are not measured.
STILL = """
document.querySelectorAll('[class*=-enter-]').length === 0
  && document.getAnimations().every((each) => each.playState !== 'running')
"""
LOOKS = ["dark", "night", "light"]
PRIORITIES = ("high", "medium", "low", "info")
EVERY_PRIORITY = replace(
    BAD_AFTERNOON,
    channels=(
        *BAD_AFTERNOON.channels,
        replace(UNJUDGED, channel="other/heart_rate"),
        replace(SETTLING, channel="other/core_temperature"),
        UNSTABLE,
    ),
    alarms=(
        *(replace(TACHYCARDIA, key=each, priority=each) for each in PRIORITIES),
        replace(TACHYCARDIA, key="over", priority="high", state="latched", by="MK"),
        replace(TACHYCARDIA, key="gone", state="acknowledged", by="MK", suspended=True),
        *BAD_AFTERNOON.alarms[1:],
    ),
    audio_paused_s=90.0,
    recipients=(RecipientView(id="a", name="Anna", role="", on_duty=True, reached=False),),
)
SIZES = {"desktop": (1920, 1080), "phone": (390, 844)}


def looks_of(size: str) -> list[str]:
    """Return the display modes that are checked in a size.

    Colours are the same in both sizes: outside CI a phone is checked dark, a desktop otherwise.
    """
    return LOOKS if LONG else LOOKS[:1] if size == "phone" else LOOKS[1:]


async def ward(page: Page, url: str) -> AsyncIterator[str]:
    await page.goto(url)
    await expect(page.locator(".tile h2")).to_have_count(2)
    yield "ward"


async def absent(page: Page, url: str) -> AsyncIterator[str]:
    await page.goto(f"{url}session/nobody")
    await expect(page.get_by_text("Session 'nobody' is not running here.")).to_be_visible()
    yield "absent"


async def session(page: Page, url: str) -> AsyncIterator[str]:
    """Open each dialog in turn on one page: loading takes longer than checking."""
    await page.goto(f"{url}session/S-1")
    await expect(page.locator(".alarm")).to_have_count(8)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    yield "keys"
    await closed(page)
    await page.get_by_label("Your name or initials").fill("MK")
    for name in ("Dose", "Note", "Rating", "Enter measurement", "Rules"):
        await page.get_by_role("button", name=name, exact=True).click()
        await expect(page.locator(".q-dialog .ask")).to_be_visible()
        yield name
        if name == "Enter measurement":
            await page.get_by_role("textbox", name="Thermometer").fill("37,4x")
            await expect(page.get_by_text("is not a number")).to_be_visible()
            yield "unreadable"
        await closed(page)
    await page.get_by_label("Your name or initials").fill("")
    yield "session"
    await page.get_by_role("button", name="Acknowledge").first.click()
    await expect(page.locator(".q-notification")).to_be_visible()
    yield "refused"


async def closed(page: Page) -> None:
    await page.keyboard.press("Escape")
    await expect(page.locator(".q-dialog, dialog[open]")).to_have_count(0)


@pytest.mark.extended
@pytest.mark.parametrize("size", SIZES)
async def test_pages_are_accessible(browser: Browser, console: Console, size: str) -> None:
    width, height = SIZES[size]
    context = await open_context(
        browser,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",  # a flashing element has no single colour to measure
    )
    await context.add_init_script(AXE)
    page = await context.new_page()
    others = cycle(looks_of(size))  # outside CI one for each state
    seen: list[str] = []
    grave: dict[str, list[str]] = {}
    for states, sessions in ((ward, [replace(SESSION, id="S-2")]), (absent, []), (session, [])):
        console.backend.put(EVERY_PRIORITY, *sessions)
        async for name in states(page, console.url):
            await page.wait_for_function(STILL)
            seen.append(name)
            looks = LOOKS if LONG else [next(others)]
            if found := await page.evaluate(GRAVE, [looks]):
                grave[name] = found
    await close(context)
    assert len(seen) == 11
    assert not grave, "\n".join(str(each) for each in grave.items())
