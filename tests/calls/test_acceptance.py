"""Links in calls: their validity, their page, and acceptance."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer
from structlog.testing import capture_logs

from alerts.accept_links import (
    AcceptLinks,
    LinkExpiredError,
    LinkForgedError,
    SecretError,
    Ticket,
    keep_secret,
)
from alerts.call_fact import CallStep
from alerts.time_format import minute
from dashboards.console.alarms.text import called
from dashboards.console.pages.accept import AcceptRateLimit, add_accept_page
from dashboards.console.panels.calls import recipient_state
from dashboards.console.server import serve
from monitor.calls.acceptance import CallAcceptance
from monitor.calls.delivery import ticket
from monitor.sessions.console_backend import ConsoleBackend
from tests.calls.scripted_session import CALLS
from tests.calls.served_session import RECORDER, Live
from tests.engine.scripted_session import POLICY

SECRET = "s" * 40
TICKET = Ticket(session="P07", call=3, recipient="anna", at_ns=5)


def links(now_ns: Callable[[], int] = lambda: 10**18, secret: str = SECRET) -> AcceptLinks:
    return AcceptLinks(secret, "https://calls.example.org/", 3600, now_ns)


def token(link: str) -> str:
    return link.rpartition("/")[2]


class TestLinks:
    def test_link_is_read_back_until_it_expires(self) -> None:
        now = [10**18]
        made = links(lambda: now[0])
        link = made.link(TICKET)
        assert link.startswith("https://calls.example.org/accept/")
        assert len(link) < 160
        now[0] += 3600 * 10**9
        assert made.read(token(link)) == TICKET
        now[0] += 2 * 10**9
        with pytest.raises(LinkExpiredError, match="has expired"):
            made.read(token(link))

    def test_link_of_another_secret_or_purpose_is_forged(self) -> None:
        with pytest.raises(LinkForgedError):
            links().read(token(links(secret="t" * 40).link(TICKET)))
        other = URLSafeTimedSerializer(SECRET, salt="something else").dumps(["P07", 3, "anna", 5])
        with pytest.raises(LinkForgedError):
            links().read(str(other))

    @given(st.integers(0, 200), st.characters(codec="ascii"))
    def test_altered_link_is_refused(self, place: int, letter: str) -> None:
        good = token(links().link(TICKET))
        place %= len(good) - 1  # the very last bits of base64 may be padding
        changed = good[:place] + letter + good[place + 1 :]
        if changed != good:
            with pytest.raises((LinkForgedError, LinkExpiredError)):
                links().read(changed)

    @given(st.text(max_size=600))
    def test_arbitrary_text_is_a_forged_link(self, text: str) -> None:
        with pytest.raises(LinkForgedError):
            links().read(text)

    def test_secret_is_created_once_and_readable_only_by_its_owner(self, tmp_path: Path) -> None:
        path = tmp_path / "journals" / "accept.key"
        secret = keep_secret(path)
        assert len(secret) >= 40
        assert path.stat().st_mode & 0o777 == 0o600
        assert keep_secret(path) == secret
        path.chmod(0o644)
        with pytest.raises(SecretError, match="chmod 600"):
            keep_secret(path)
        path.chmod(0o600)
        path.write_text("short")
        with pytest.raises(SecretError, match="shorter than 32"):
            keep_secret(path)
        with pytest.raises(SecretError, match="cannot use the secret in"):
            keep_secret(tmp_path)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(tmp_path / "s.journal", {})
    yield live
    live.close()


@asynccontextmanager
async def client(live: Live) -> AsyncIterator[httpx.AsyncClient]:
    application = FastAPI()
    add_accept_page(application)
    application.state.accept_backend = CallAcceptance(
        lambda: [live.session], live.links, {"s1": "+41 44 123 45 67"}.__getitem__
    )
    application.state.accept_rate_limit = AcceptRateLimit(lambda: live.hands.monotonic_ns / 1e9)
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield http


def path_of(live: Live, call: int) -> str:
    notification = live.session.engine.calling.escalation.notifications[call]
    return f"/accept/{token(live.links.link(ticket('s1', notification)))}"


async def test_opening_the_link_changes_nothing_and_the_button_accepts(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    async with client(live) as http:
        before = live.session.journal.last_seq
        for method in ("GET", "HEAD", "GET"):
            page = await http.request(method, path_of(live, 1))
            assert page.status_code == 200
        assert live.session.journal.last_seq == before
        assert "P01, room 1, here" in page.text
        assert "*** HIGH: The recording cannot be written" in page.text
        assert "You are Anna Amsler" in page.text
        done = await http.post(path_of(live, 1))
        assert done.status_code == 200
        assert "Accepted by Anna Amsler at" in done.text
        alarm = next(each for each in live.session.view().alarms if each.key == RECORDER)
        assert alarm.state == "active"  # the room must still respond
        assert alarm.call is not None
        assert alarm.call.by == "Anna Amsler"
        so_far = len(live.session.engine.calling.escalation.notifications)
        live.wait(900)
        assert len(live.session.engine.calling.escalation.notifications) == so_far
        for method in ("GET", "POST"):
            again = await http.request(method, path_of(live, 1))
            assert again.status_code == 410
            assert "Accepted by Anna Amsler" in again.text
        assert sum(entry.kind == "accept" for entry in live.session.journal.entries()) == 1


@pytest.mark.parametrize(
    ("fault", "event"),
    [
        ("monitor.calls.acceptance.called_vitals", "called-vitals.failed"),
        ("monitor.sessions.session.session_view", "view.failed"),
    ],
)
async def test_fault_in_the_values_keeps_nobody_from_accepting(
    live: Live, monkeypatch: pytest.MonkeyPatch, fault: str, event: str
) -> None:
    live.raise_high()
    live.wait(3)
    monkeypatch.setattr(fault, lambda *_: 1 / 0)
    async with client(live) as http:
        with capture_logs() as logs:
            page = await http.get(path_of(live, 1))
        assert page.status_code == 200
        assert "*** HIGH: The recording cannot be written" in page.text
        assert '<dt>Values</dt><dd class="now">--</dd>' in page.text
        assert "cannot be shown" in page.text
        assert [each["event"] for each in logs] == [event]
        assert "Accepted by Anna Amsler at" in (await http.post(path_of(live, 1))).text


async def test_second_acceptance_shows_the_first(live: Live) -> None:
    live.raise_high()
    live.wait(70)
    async with client(live) as http:
        await http.post(path_of(live, 1))
        second = await http.post(path_of(live, 2))
    assert second.status_code == 410
    assert "Accepted by Anna Amsler" in second.text


async def test_link_of_an_ended_or_acknowledged_alarm_reports_its_state(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    live.session.actions.acknowledge(RECORDER, "M <b>K")
    async with client(live) as http:
        page = await http.get(path_of(live, 1))
        assert page.status_code == 410
        assert "Acknowledged at the console by M &lt;b&gt;K" in page.text
        live.session.report_fault("recorder-failure", on=False, reason="")
        live.wait(3)
        assert "This alarm is over" in (await http.get(path_of(live, 1))).text
        live.raise_high()
        live.wait(3)  # another occurrence: the old link is not for it
        old = await http.post(path_of(live, 1))
        assert old.status_code == 410
        assert not live.session.engine.calling.escalation.occurrences[RECORDER].stopped


async def test_forged_and_expired_links_are_refused_with_a_page(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    path = path_of(live, 1)
    async with client(live) as http:
        for forged in (path[:-2] + "xx", "/accept/x", "/accept/" + "y" * 2000):
            page = await http.post(forged)
            assert page.status_code == 403
            assert "is not valid" in page.text
        other = live.links.link(Ticket(session="s9", call=1, recipient="anna", at_ns=1))
        assert (await http.post(f"/accept/{token(other)}")).status_code == 410
        other = live.links.link(Ticket(session="s1", call=1, recipient="anna", at_ns=1))
        assert (await http.post(f"/accept/{token(other)}")).status_code == 403
        live.hands.pass_s(4000)
        assert (await http.post(path)).status_code == 410
    assert not any(entry.kind == "accept" for entry in live.session.journal.entries())


async def test_flood_of_forged_links_does_not_block_recipients(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    async with client(live) as http:
        told = [(await http.get(f"/accept/{number}")).status_code for number in range(40)]
        assert told.count(429) == 10
        assert (await http.post(path_of(live, 1))).status_code == 200


async def test_rate_limit_of_page_views_does_not_prevent_acceptance(live: Live) -> None:
    """Mail scanners may open a link many times."""
    live.raise_high()
    live.wait(3)
    async with client(live) as http:
        looks = [(await http.get(path_of(live, 1))).status_code for _ in range(40)]
        assert looks.count(429) == 10
        assert (await http.post(path_of(live, 1))).status_code == 200
        posts = [(await http.post(path_of(live, 1))).status_code for _ in range(40)]
        assert posts.count(429) == 11


async def test_link_of_a_test_call_command_works_without_a_session(live: Live) -> None:
    link = live.links.link(Ticket(session="", call=0, recipient="anna", at_ns=1))
    async with client(live) as http:
        for method in ("GET", "POST"):
            page = await http.request(method, f"/accept/{token(link)}")
            assert page.status_code == 200
            assert "this link works" in page.text


async def test_page_loads_no_resources_and_runs_no_scripts(live: Live) -> None:
    live.session.calls.test_call("MK")
    live.session.calls.called(1, "json", CallStep.DELIVERED, "", 0)
    async with client(live) as http:
        for method in ("HEAD", "GET", "GET"):
            page = await http.request(method, path_of(live, 1))
    assert page.status_code == 200
    assert "this link works" in page.text
    # Opening it is recorded once, also in the checklist.
    opened = [each for each in live.session.journal.entries() if each.kind == "access"]
    assert [(each.source, each.body()["event"]) for each in opened] == [
        ("Anna Amsler", "test-link")
    ]
    (calls,) = (each for each in live.session.control.checklist() if each.item == "calls")
    assert "Link opened by Anna Amsler." in calls.found
    assert "<form" not in page.text
    assert not re.search(r"<script|src=|href=\"(?!tel:)|https?://", page.text)
    rules = page.headers["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "unsafe" not in rules
    assert page.headers["cache-control"] == "no-store"


async def test_console_serves_the_acceptance_page(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    accept_backend = CallAcceptance(lambda: [live.session], live.links)
    async with (
        serve(ConsoleBackend([live.session]), port=0, accept_backend=accept_backend) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        assert (await http.get(path_of(live, 1))).status_code == 200
        assert (await http.post(path_of(live, 1))).status_code == 200
        assert (await http.get("/accept/x")).status_code == 403
    async with serve(ConsoleBackend([live.session]), port=0) as url, httpx.AsyncClient() as http:
        assert (await http.get(f"{url}accept/x")).status_code == 404


async def test_earlier_link_accepts_an_alarm_that_has_returned(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    live.session.calls.called(1, "json", CallStep.DELIVERED, "", 0)
    live.session.report_fault("recorder-failure", on=False, reason="")
    live.wait(5)
    live.raise_high()
    live.wait(3)
    async with client(live) as http:
        done = await http.post(path_of(live, 1))
        assert done.status_code == 200
        assert "Accepted by Anna Amsler at" in done.text
    assert live.session.engine.calling.escalation.waiting(RECORDER) is None


async def test_physician_reads_the_message_for_physicians(tmp_path: Path) -> None:
    both = 'cannot be written: call the physician"\nphysician_message = "come to the room"'
    policy = (POLICY + CALLS).replace('cannot be written"', both)
    live = Live(tmp_path / "s.journal", {}, policy=policy)
    live.raise_high()
    live.wait(64)
    called = live.session.engine.calling.escalation.notifications
    pages = {}
    async with client(live) as http:
        for number in (1, 2, 3):
            pages[called[number].recipient] = (await http.get(path_of(live, number))).text
    live.close()
    assert "cannot be written: call the physician" in pages["anna"]
    assert "come to the room" not in pages["anna"]
    assert "come to the room" in pages["chris"]
    assert "call the physician" not in pages["chris"]


async def test_page_shows_the_rule_and_its_checklist_to_a_physician(tmp_path: Path) -> None:
    advice = "cannot be written: call the physician, go through the Hunter criteria"
    policy = (POLICY + CALLS).replace("cannot be written", advice)
    live = Live(tmp_path / "s.journal", {}, policy=policy)
    live.raise_high()
    live.wait(64)
    called = live.session.engine.calling.escalation.notifications
    pages = {}
    async with client(live) as http:
        for number in (1, 2, 3):
            pages[called[number].recipient] = (await http.get(path_of(live, number))).text
    live.close()
    assert "cannot be written: call the physician, go through the" in pages["anna"]  # a monitor
    assert "call the physician" not in pages["chris"]
    assert "cannot be written: go through the Hunter criteria" in pages["chris"]
    assert "Raises a high alarm" in pages["chris"]
    for page in pages.values():
        assert '<a class="tel" href="tel:+41441234567">' in page
        assert "<summary>Hunter criteria for serotonin toxicity</summary>" in page
        assert "<li>Spontaneous clonus</li>" in page
        assert "doi:10.1093/qjmed/hcg109" in page


async def test_decline_calls_the_next_person_and_is_journaled(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    live.session.calls.called(1, "json", CallStep.DELIVERED, "", 0)
    async with client(live) as http:
        path = path_of(live, 1)
        before = live.session.journal.last_seq
        for method in ("GET", "HEAD"):
            await http.request(method, f"{path}?answer=decline")
        assert live.session.journal.last_seq == before
        page = await http.post(f"{path}?answer=decline")
        assert page.status_code == 200
        assert "You declined at" in page.text
        assert "I cannot" not in page.text
        assert (await http.post(f"{path}?answer=decline")).status_code == 200
        live.wait(3)
        notifications = live.session.engine.calling.escalation.notifications
        assert [each.recipient for each in notifications.values()] == ["anna", "ben", "chris"]
        (alarm,) = (each for each in live.session.view().alarms if each.key == RECORDER)
        assert alarm.call is not None
        assert ("Anna Amsler", "declined") in alarm.call.recipients
        assert [each.answer for each in live.session.view().recipients] == ["declined", "", ""]
        entries = [each for each in live.session.journal.entries() if each.kind == "decline"]
        assert [(each.source, each.body()) for each in entries] == [
            ("1", {"recipient": "anna", "by": "Anna Amsler", "via": "link"})
        ]
        after_all = await http.post(f"{path}?answer=accept")
        assert "Accepted by Anna Amsler at" in after_all.text


async def test_duty_is_handed_over_through_the_link_of_any_call(live: Live) -> None:
    live.session.calls.test_call("MK")  # Anna is alone in her tier, Ben is not
    ben, before = path_of(live, 2), live.session.journal.last_seq
    async with client(live) as http:
        page = await http.get(f"{ben}?answer=duty-chris")
        assert "You are on duty: hand over" in page.text
        assert "To Chris Cathomas" in page.text
        assert "hand over" not in (await http.get(path_of(live, 1))).text
        assert (await http.post(f"{path_of(live, 1)}?answer=duty-ben")).status_code == 409
        kinds = [each.kind for each in live.session.journal.entries() if each.seq > before]
        assert kinds == ["access", "access"]  # both have opened their links
        live.session.calls.duty("chris", "MK", on=False)
        done = await http.post(f"{ben}?answer=duty-chris")
        assert "Your duty is handed over" in done.text
        assert "You are on duty" not in done.text
        again = await http.post(f"{ben}?answer=duty-chris")
        assert "Nothing was changed: Ben Berger is not on duty" in again.text
    assert live.session.engine.calling.escalation.on_duty == {"anna", "chris"}


async def test_acceptance_has_the_chosen_time_of_arrival(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    async with client(live) as http:
        page = await http.get(path_of(live, 1))
        for minutes in (5, 10, 20):
            assert f"I am coming: {minutes} min" in page.text
        for unknown in ("7", "-5", "x"):
            assert (await http.post(f"{path_of(live, 1)}?answer={unknown}")).status_code == 400
        assert live.session.engine.calling.escalation.waiting(RECORDER) is not None
        done = await http.post(f"{path_of(live, 1)}?answer=10")
        expected = f"expected {minute(live.session.now_ns() + 600 * 10**9, None)}"
        assert done.status_code == 200
        assert expected in done.text
    (alarm,) = (each for each in live.session.view().alarms if each.key == RECORDER)
    assert expected in called(alarm, None)
    anna = live.session.view().recipients[0]
    assert recipient_state(anna, 0, None) == f"on duty, accepted, {expected}"
    (entry,) = (each for each in live.session.journal.entries() if each.kind == "accept")
    assert entry.body()["arrives_ns"] == anna.arrives_ns


async def test_api_shows_who_accepted_and_the_time_of_arrival(live: Live) -> None:
    live.raise_high()
    live.wait(3)
    accept_backend = CallAcceptance(lambda: [live.session], live.links)
    async with (
        serve(ConsoleBackend([live.session]), port=0, accept_backend=accept_backend) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        alarms = "/api/v1/sessions/s1/alarms"
        (before,) = (each for each in (await http.get(alarms)).json() if each["key"] == RECORDER)
        assert (before["accepted_by"], before["arrives_ns"], before["arrives"]) == (None,) * 3
        await http.post(f"{path_of(live, 1)}?answer=5")
        (after,) = (each for each in (await http.get(alarms)).json() if each["key"] == RECORDER)
    assert after["accepted_by"] == "Anna Amsler"
    assert int(after["arrives_ns"]) == live.session.now_ns() + 300 * 10**9
    assert after["arrives"].endswith("Z")
