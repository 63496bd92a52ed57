"""Layout of the session page on several screen sizes: no overlaps, no overflow."""

from dataclasses import replace

import pytest
from playwright.async_api import Browser, expect

from tests.console.conftest import Console
from tests.console.eventful_session import BAD_AFTERNOON
from tests.console.fake_backend import SESSION
from tests.console.test_session_control import UNSTARTED
from tests.console.unjudged_signals import HALF_BLIND
from tests.durations import combinations

pytestmark = pytest.mark.asyncio(loop_scope="package")

SCREENS = [(375, 667), (390, 844), (768, 1024), (899, 700), (901, 700), (1280, 800), (1920, 1080)]
VIEWS = {
    "calm": SESSION,
    "afternoon": BAD_AFTERNOON,
    "half blind": HALF_BLIND,
    "before the start": UNSTARTED,
    "everything": replace(BAD_AFTERNOON, preflight=UNSTARTED.preflight),
}
OVERLAPS = """
() => {
  const parts = [...document.querySelectorAll(".page > *")].filter((part) => part.offsetHeight);
  const boxes = parts.map((part) => [part.className, part.getBoundingClientRect()]);
  const found = [];
  for (const [index, [name, a]] of boxes.entries())
    for (const [other, b] of boxes.slice(index + 1))
      if (a.left < b.right - 1 && b.left < a.right - 1
          && a.top < b.bottom - 1 && b.top < a.bottom - 1
          && ![name, other].some((each) => each.includes("foot") || each.includes("settings")))
        found.push(`${name} overlaps ${other}`);
  for (const part of parts)
    if (part.scrollHeight > part.clientHeight + 2 && getComputedStyle(part).overflowY === "visible")
      found.push(`${part.className} is too high for its area`);
  const wide = document.documentElement.scrollWidth - innerWidth;
  return wide > 0 ? [...found, `${wide} px too wide`] : found;
}
"""


@pytest.mark.parametrize(("size", "name"), combinations(SCREENS, [*VIEWS]))
async def test_page_areas_do_not_overlap(
    browser: Browser, console: Console, size: tuple[int, int], name: str
) -> None:
    view = VIEWS[name]
    console.backend.put(view)
    page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
    await page.goto(f"{console.url}session/{view.id}")
    await expect(page.locator(".value").first).not_to_be_empty()
    await expect(page.locator(".alarm")).to_have_count(len(view.alarms))
    found = await page.evaluate(OVERLAPS)
    await page.close()
    assert found == []
