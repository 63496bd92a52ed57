"""Whole workflows: a session run by keyboard, and a call accepted on a phone.

A real service with virtual sensors, a browser, and a web hook that receives calls.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.durations import rest_extended
from tests.servers.process import wait_until
from tests.servers.sinks import Webhook
from tests.system.command import Running, facts, running
from tests.virtual.test_processes import sensor, shared_radio

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOM = """
[session]
site = "clinic"
room = "2"
participant = "P07"
telephone = "+41 44 123 45 67"
policy = "mdma-session"

[[sensor]]
label = "strap"
kind = "heart-rate-strap"
name = "strap one"

[radio]
virtual = "{radio}"

[console]
port = 0
"""
CALLS = """
[calls]
link = "https://phone.test"

[[recipient]]
id = "anna"
name = "Anna Meier"
channels = [{{ url_file = "hook.url" }}]

[[tier]]
recipients = ["anna"]
accept_within = "1min"
"""
MOST_TABS = 80
FOCUSED = "part => part === document.activeElement || part.contains(document.activeElement)"
LINK = re.compile(r"https://phone\.test/(accept/\S+)")


@dataclass
class Service:
    folder: Path
    url: str
    hook: Webhook
    command: Running

    def journals(self) -> list[Path]:
        return sorted((self.folder / "journals").glob("*.journal"))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with started(tmp_path) as served:
        yield served


@contextmanager
def started(folder: Path) -> Iterator[Service]:
    hook = Webhook()
    hook.start()
    (folder / "hook.url").write_text(hook.url)
    (folder / "hook.url").chmod(0o600)
    with ExitStack() as stack:
        stack.callback(hook.stop)
        radio = stack.enter_context(shared_radio())
        for name in ("strap one", "strap two"):
            stack.enter_context(sensor("heart-rate-strap", "--shared-radio", radio, "--name", name))
        (folder / "session.toml").write_text((ROOM + CALLS).format(radio=radio))
        command = stack.enter_context(running("run", "session.toml", cwd=folder))
        yield Service(folder, command.wait_for_url(), hook, command)


class Keyboard:
    """A user without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def go(self, to: Locator) -> None:
        """Press Tab until an element has the focus."""
        await expect(to).to_be_visible()
        for _ in range(MOST_TABS):
            if await to.evaluate(FOCUSED):
                return
            await self.press("Tab")
        raise AssertionError(f"{to} cannot be reached by keyboard")

    async def button(self, name: str | re.Pattern[str]) -> None:
        """Go to a button of the dialog, or of the page if there is none, and press it."""
        dialog = self.page.get_by_role("dialog")
        place = dialog if await dialog.count() else self.page
        await self.go(place.get_by_role("button", name=name, exact=True))
        await self.press("Enter")

    async def fill(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label)
        await self.go(field)
        await self.page.keyboard.type(text)

    async def opened(self, key: str, title: str, first: str = "") -> None:
        """Open a dialog by its key; its first field has the focus."""
        await self.press(key)
        dialog = self.page.get_by_role("dialog")
        await expect(dialog.locator("h2")).to_contain_text(title)
        if first:
            await expect(dialog.get_by_label(first)).to_be_focused()

    async def closed(self) -> None:
        await expect(self.page.get_by_role("dialog")).to_have_count(0)


class Monitor(Keyboard):
    """A session monitor at a page."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.heart = page.get_by_role("region", name="Heart rate")
        self.pressure = page.get_by_role("region", name="Blood pressure")
        self.to_do = page.locator('[data-region="to-do"]')
        self.log = page.locator(".log")

    async def start(self) -> None:
        """Start the session: values come, and the page asks for it."""
        await expect(self.heart.locator(".value")).to_have_text(re.compile(r"\d+"))
        await expect(self.to_do).to_contain_text("Start the session")
        await self.fill("Your name or initials", "MK")
        await self.button("Start session")
        await self.fill("Reason for starting", "rehearsal")
        await self.button("Start")
        await self.closed()
        await expect(self.page.locator(".clocks")).not_to_contain_text("not started")
        await expect(self.page.locator(".record")).to_contain_text("Baseline of heart rate")

    async def dose(self) -> None:
        """Mark the dose, which names missing measurements and asks for a reason."""
        await self.opened("d", "Dose: MDMA", "Amount")
        await expect(self.page.locator(".missing")).to_contain_text("heart rate")
        await self.page.keyboard.type("100")
        await self.press("Enter")
        await expect(self.page.get_by_text("Not saved: ")).to_be_visible()
        await self.fill("Reason for the dose", "rehearsal")
        await self.press("Enter")
        await self.closed()
        await expect(self.page.locator(".clocks")).to_contain_text("since dose")

    async def measure(self, systolic: int, diastolic: int) -> None:
        await self.opened("b", "Enter measurement", "Systolic")
        await self.page.keyboard.type(str(systolic))
        await self.fill("Diastolic", str(diastolic))
        await self.press("Enter")
        await self.closed()
        await expect(self.pressure.locator(".value")).to_have_text(f"{systolic}/{diastolic}")

    async def acknowledge(self) -> None:
        """Answer the alarm about blood pressure: it is the first stop of the Tab key."""
        alarm = self.page.locator(".alarm").filter(has_text="180 mmHg or more")
        await expect(alarm).to_contain_text("186")
        await expect(alarm).to_contain_text("Person · Systolic blood pressure, by hand")
        await expect(self.pressure).to_contain_text("again in")
        await self.page.reload()
        await expect(alarm).to_be_visible()
        await self.press("Tab")
        assert await alarm.get_by_role("button", name="Acknowledge").evaluate(FOCUSED)
        await self.press("Enter")
        await expect(alarm).to_contain_text("Acknowledged by MK")
        await expect(self.to_do).to_contain_text("measure again in")

    async def swap(self) -> None:
        """Replace the strap."""
        await self.button("Sensors")
        await self.fill("Or its advertised name", "strap two")
        await self.fill("Reason", "battery empty")
        await self.button("Use this sensor")
        await self.closed()
        await expect(self.log).to_contain_text("battery empty")
        await expect(self.page.locator(".sensor-strip")).to_contain_text("● connected")

    async def supplement(self) -> None:
        await self.opened("s", "Supplement: MDMA", "Amount")
        await self.page.keyboard.type("50")
        await self.press("Enter")
        await self.closed()

    async def adverse_event(self) -> None:
        await self.opened("e", "Adverse event")
        await self.button("nausea")
        await self.button(re.compile("^1 "))
        await self.button("Save")
        await self.closed()
        events = self.page.get_by_role("list", name="Adverse events")
        await expect(events).to_contain_text("nausea")

    async def end(self) -> None:
        """End the session before its time."""
        await self.button("End session")
        await expect(self.page.get_by_role("dialog")).to_contain_text("at least 8 h")
        await self.fill("Reason for ending", "rehearsal")
        await self.button("End session")
        await self.button("Monitoring and alarms stop now: end it")
        await self.closed()
        await expect(self.page.locator(".glance")).to_contain_text("monitoring has stopped")

    async def begin(self, participant: str) -> None:
        """Begin the session of the next participant."""
        await self.button("Next session")
        await self.button("Start the next session")
        await expect(self.page.get_by_label("Participant code")).to_be_focused()
        await self.page.keyboard.type(participant)
        await self.press("Enter")
        await expect(self.page.locator("h1")).to_have_text(participant)
        await expect(self.heart.locator(".value")).to_have_text(re.compile(r"\d+"))
        await expect(self.page.locator(".alarms")).not_to_contain_text("mmHg")


@pytest.mark.extended
async def test_whole_session_is_run_by_keyboard(service: Service, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 1280, "height": 720})
    await page.goto(service.url)
    monitor = Monitor(page)
    await monitor.start()
    await monitor.dose()
    await monitor.measure(128, 82)
    await monitor.measure(186, 104)
    await monitor.acknowledge()
    await monitor.swap()
    await monitor.supplement()
    await monitor.adverse_event()
    for happened in ("dose 100 mg", "supplement 50 mg", "acknowledged by MK", "session started"):
        await expect(monitor.log).to_contain_text(happened)
    await monitor.end()
    await monitor.begin("P08")
    await page.close()
    service.command.interrupt()
    assert len(service.journals()) == 2
    for journal in service.journals():
        assert facts("replay", "--verify", str(journal), "--json")["ok"]


@pytest.mark.parametrize("size", rest_extended([(390, 844), (320, 568)]), ids=str)
async def test_call_is_accepted_on_a_phone(
    service: Service, browser: Browser, size: tuple[int, int]
) -> None:
    async with httpx.AsyncClient(base_url=f"{service.url}api/v1/") as http:
        session = (await http.get("sessions")).json()[0]["id"]
        values = {"systolic": 186, "diastolic": 104}
        body = {"values": values, "by": "MK", "role": "nurse"}
        for _ in range(2):
            (await http.post(f"sessions/{session}/measure", json=body)).raise_for_status()
    wait_until(lambda: any("again" in text for text in service.hook.texts()), "the call")
    link = LINK.search(next(text for text in service.hook.texts() if "again" in text))
    assert link is not None
    phone = await browser.new_page(viewport={"width": size[0], "height": size[1]})
    await phone.goto(service.url + link[1])
    for shown in (
        phone.get_by_text("P07").first,
        phone.get_by_role("link", name="Phone the room: +41 44 123 45 67"),
        phone.get_by_text("Systolic pressure 180 mmHg or more again").first,
        phone.get_by_text("186/104").first,
        phone.get_by_role("button", name="Accept - I am responding"),
    ):
        box = await shown.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= size[1]
    assert await phone.evaluate("document.documentElement.scrollWidth") <= size[0]
    await phone.get_by_role("button", name="Accept - I am responding").click()
    await expect(phone.get_by_text("Accepted. Please check on the participant.")).to_be_visible()
    await phone.goto(service.url)
    await expect(phone.locator(".alarms")).to_contain_text("Anna Meier")
    await phone.close()
