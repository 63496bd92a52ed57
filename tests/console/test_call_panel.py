"""Calls on the session page: recipients, acceptance and the test call."""

from dataclasses import replace
from datetime import UTC

import pytest
from playwright.async_api import Page, expect

from alerts.time_format import minute
from dashboards.console.alarms.text import called
from dashboards.console.panels.calls import recipient_state
from dashboards.console.views.alarms import CallView
from dashboards.console.views.session import RecipientView
from tests.console.conftest import Console
from tests.console.fake_backend import NOW_NS, SESSION, TACHYCARDIA
from tests.servers.chromium import live

ANNA = RecipientView(
    id="anna", name="Anna Amsler", role="monitor", on_duty=True, reached=True, stand_ins=("ben",)
)
BEN = RecipientView(id="ben", name="Ben Berger", role="", on_duty=False, reached=None)
CALLED = CallView(
    tier=2, recipients=(("Anna Amsler", "delivered"), ("Ben Berger", "failed")), by=None, at_ns=None
)
VIEW = replace(SESSION, alarms=(replace(TACHYCARDIA, call=CALLED),), recipients=(ANNA, BEN))


def test_alarm_shows_who_was_called_and_who_accepted() -> None:
    assert called(TACHYCARDIA, UTC) == ""
    waiting = called(VIEW.alarms[0], UTC)
    assert waiting == "Called, tier 2: Anna Amsler called, no answer yet, Ben Berger NOT REACHED."
    taken = replace(CALLED, by="Anna Amsler", at_ns=NOW_NS)
    assert called(replace(TACHYCARDIA, call=taken), UTC).startswith(
        "Call accepted by Anna Amsler at "
    )
    arrives_ns = NOW_NS + 300 * 10**9
    coming = called(replace(TACHYCARDIA, call=replace(taken, arrives_ns=arrives_ns)), UTC)
    assert f", expected {minute(arrives_ns, UTC)}." in coming
    declined = replace(CALLED, recipients=(("Anna Amsler", "declined"),))
    assert "Anna Amsler cannot come" in called(replace(TACHYCARDIA, call=declined), UTC)
    nobody = replace(CALLED, recipients=())
    assert "Not called: nobody is on duty" in called(replace(TACHYCARDIA, call=nobody), UTC)


def test_recipient_shows_duty_and_answer() -> None:
    assert recipient_state(ANNA, NOW_NS, UTC) == "on duty, last call delivered"
    assert recipient_state(BEN, NOW_NS, UTC) == "off duty"
    shift = replace(ANNA, until_ns=NOW_NS)
    assert recipient_state(shift, NOW_NS, UTC).startswith(f"on duty until {minute(NOW_NS, UTC)},")
    coming = replace(BEN, answer="accepted", arrives_ns=NOW_NS)
    assert (
        recipient_state(coming, NOW_NS, UTC)
        == f"off duty, accepted, expected {minute(NOW_NS, UTC)}"
    )
    assert recipient_state(replace(ANNA, answer="declined"), NOW_NS, UTC) == "on duty, cannot come"


@pytest.mark.asyncio(loop_scope="session")
async def test_page_shows_recipients_and_sends_a_test_call(page: Page, console: Console) -> None:
    console.backend.put(VIEW)
    await page.goto(f"{console.url}session/S-1")
    await expect(page.locator(".alarm-call")).to_contain_text("Ben Berger NOT REACHED")
    await page.get_by_label("Your name or initials").fill("MK")
    await page.get_by_role("button", name="Send test call").click()
    await expect(page.get_by_text("Test call sent.")).to_be_visible()
    await page.get_by_role("button", name="Hand over: anna").click()
    await page.get_by_role("button", name="Ben Berger").click()
    await page.get_by_role("button", name="On duty: ben").click()
    await expect(page.get_by_role("button", name="Off duty: ben")).to_be_visible()
    assert console.backend.acts == [
        ("test_call", "S-1", "MK"),
        ("hand_over", "S-1", "anna", "ben", "MK"),
        ("set_duty", "S-1", "ben", "MK", "True"),
    ]


@pytest.mark.extended
@pytest.mark.asyncio(loop_scope="session")
async def test_no_call_panel_without_recipients(page: Page, console: Console) -> None:
    console.backend.put(SESSION)
    await page.goto(f"{console.url}session/S-1")
    await expect(page.locator(".value").first).not_to_be_empty()
    await live(page)
    await expect(page.get_by_role("button", name="Send test call")).to_have_count(0)
