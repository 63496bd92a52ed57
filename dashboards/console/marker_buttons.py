"""Buttons that set a marker, now or at an earlier time."""

from collections.abc import Callable
from functools import partial

from nicegui import ui

from dashboards.console import status_summary
from dashboards.console.actions import Actions
from dashboards.console.formatting import number
from dashboards.console.html_elements import Text, box, button
from dashboards.console.number_field import NumberField
from dashboards.console.page_feed import Feed
from dashboards.console.time_field import TimeField
from devices.units import symbol

_LONGEST_TEXT = 500
_RATINGS = range(11)  # SUDS, Wolpe's scale in its 11-point form: 0 calm, 10 worst imaginable

_QUESTIONS = {
    "dose": "Mark the dose? This sets the baseline from the 10 minutes before it was given and "
    "starts the dose clock.",
    "supplement": "Mark the supplemental dose? Latest values (no recommendation):",
    "phase": "Which phase starts?",
    "note": "Note",
    "rating": "Distress now (SUDS), rated by the participant: 0 = calm, 10 = worst imaginable.",
}


_WITH_AMOUNT = ("dose", "supplement")
_WHEN = {"dose": "Given at", "supplement": "Given at", "phase": "Started at"}


def marker_buttons(feed: Feed, session: str, actions: Actions) -> None:
    """Add a button for each kind of marker; each opens a dialog first."""
    dialog = _MarkerDialog(feed, session, actions)
    for kind in _QUESTIONS:
        key = kind[0].upper()
        marker = button(kind.capitalize()).on_click(partial(dialog.ask, kind))
        marker.props["aria-keyshortcuts"] = key
        with marker:
            Text("kbd", "key", key).props["aria-hidden"] = "true"


class _MarkerDialog:
    """A dialog for the details of a marker, with confirmation."""

    def __init__(self, feed: Feed, session: str, actions: Actions) -> None:
        self._feed = feed
        self._actions = actions
        self._session = session
        self._dialog = ui.dialog()
        self._at: TimeField | None = None
        self._amount: NumberField | None = None

    def ask(self, kind: str) -> None:
        """Open an empty dialog for a kind of marker."""
        if not self._actions.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", kind.capitalize())
            Text("p", "", _QUESTIONS[kind])
            self._amount = NumberField("Amount", "mg") if kind in _WITH_AMOUNT else None
            self._at = TimeField(
                _WHEN.get(kind, "At"), lambda: self._feed.sessions.get(self._session)
            )
            match kind:
                case "dose" | "supplement":
                    self._show_latest()
                    self._answers(f"Mark the {kind}", lambda: self._mark(kind, ""))
                case "rating":
                    with box("div", "ratings"):
                        for rating in _RATINGS:
                            button(str(rating)).on_click(partial(self._mark, kind, str(rating)))
                    self._answers(None, None)
                case _:
                    field = ui.textarea("Text") if kind == "note" else ui.input("Name of the phase")
                    field.props(f"outlined autofocus maxlength={_LONGEST_TEXT}").classes("field")
                    self._answers(f"Mark the {kind}", lambda: self._mark_text(kind, field.value))
                    if kind == "phase":
                        field.on("keydown.enter", lambda: self._mark_text(kind, field.value))
        self._dialog.open()

    def _show_latest(self) -> None:
        """Show the latest values without a recommendation: the decision is the clinician's."""
        view = self._feed.sessions.get(self._session)
        if view is None:
            return
        with box("ul", "last-look"):
            for channel in view.channels:
                value = f"{number(channel.value, channel.decimals)} {symbol(channel.unit)}"
                Text("li", "", f"{channel.label} {value}{' - NOT LIVE' if channel.stale else ''}")
            for alarm in view.alarms:
                sign = status_summary.SIGNS[alarm.priority]
                Text("li", f"p-{alarm.priority}", f"{sign}: {alarm.message} ({alarm.state})")

    def _answers(self, text: str | None, do: Callable[[], None] | None) -> None:
        with box("div", "answers"):
            button("Cancel").on_click(self._dialog.close)
            if text is not None and do is not None:
                button(text, "act primary").on_click(do)

    def _mark_text(self, kind: str, text: str | None) -> None:
        text = (text or "").strip()
        if not text:
            ui.notify(f"Not saved: enter the {kind}.", type="warning")
            return
        self._mark(kind, text)

    def _mark(self, kind: str, text: str) -> None:
        at, amount = self._at, self._amount
        if at is None or not at.validate() or not (amount is None or amount.validate()):
            return
        backend = self._feed.backend
        done = self._actions.do(
            lambda name: backend.mark(
                self._session,
                kind,
                text,
                name,
                at_ns=at.at_ns,
                amount=None if amount is None else amount.number,
            ),
            f"Marked: {kind} {text}",
        )
        if done:
            self._dialog.close()
