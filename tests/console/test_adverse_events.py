"""Adverse events on the session page: one walk through the dialog and the list."""

from dataclasses import replace
from datetime import UTC

import pytest
from playwright.async_api import Page, expect

from tests.console.conftest import Console
from tests.console.fake_backend import MINUTE_NS, NOW_NS, SESSION
from tests.console.test_session_page import look, sign

pytestmark = pytest.mark.asyncio(loop_scope="session")

# NOW_NS is 08:00:00 UTC.
HERE = replace(SESSION, zone=UTC, event_kinds=("nausea", "chest pain"))


@pytest.fixture
def page(session_page: Page) -> Page:
    return session_page


@pytest.mark.extended
async def test_adverse_event_is_reported_changed_ended_and_withdrawn(
    page: Page, console: Console
) -> None:
    await look(page, console, HERE)
    await sign(page)
    await page.locator("h1").click()  # keys are inactive in a field
    await page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("choose a kind and a severity")).to_be_visible()
    await dialog.get_by_role("button", name="chest pain").click()
    await dialog.get_by_role("button", name="2 moderate").click()
    await dialog.get_by_label("Started at").fill("7.45")
    await dialog.get_by_label("Action taken").fill("rest")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_be_hidden()  # it fades
    events = page.get_by_role("list", name="Adverse events")
    await expect(events.get_by_role("listitem")).to_have_text(
        "chest pain, moderate; since 07:45, 15 min; relation to the drug: none; action: rest"
        "OverChange"
    )
    (event,) = console.backend.views["S-1"].adverse_events
    assert event.report.started_ns == NOW_NS - 15 * MINUTE_NS

    await events.get_by_role("button", name="Change: chest pain").click()
    await expect(dialog).to_contain_text("chest pain, moderate reported by MK")
    await dialog.get_by_role("button", name="3 severe").click()
    await dialog.get_by_role("button", name="possible").click()
    await dialog.get_by_label("Reason for the change").fill("radiates")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_be_hidden()
    await expect(events).to_contain_text("chest pain, severe; since 07:45")
    await events.get_by_role("button", name="Over: chest pain").click()
    await expect(events).to_contain_text("07:45 to 08:00")
    await expect(events.get_by_role("button", name="Over: chest pain")).to_be_hidden()
    log = page.locator(".events")
    await expect(log).to_contain_text("Adverse event: 08:00:00 chest pain, severe changed by MK")

    await events.get_by_role("button", name="Change: chest pain").click()
    await expect(dialog.get_by_label("Ended at")).to_have_value("08:00")
    await dialog.get_by_label("Reason for the change").fill("another room")
    await dialog.get_by_role("button", name="Withdraw").click()
    await expect(events.locator("s")).to_contain_text("chest pain, severe")
    await expect(events).to_contain_text("withdrawn by MK: another room")
    assert [act[0] for act in console.backend.acts] == [
        "reported_event",
        "changed_event",
        "ended_event",
        "withdrawn_event",
    ]
