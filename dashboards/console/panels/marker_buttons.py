"""Buttons that set a marker, now or at an earlier time."""

from collections.abc import Callable
from functools import partial

from nicegui import ui

from dashboards.console.actions import Actions
from dashboards.console.dialogs.dose import DoseDialog
from dashboards.console.fields.time_field import TimeField
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.texts import gettext as _
from dashboards.texts import marked, shown

_LONGEST_TEXT = 500
_RATINGS = range(11)  # SUDS, Wolpe's scale in its 11-point form: 0 calm, 10 worst imaginable

_QUESTIONS = {
    "phase": marked("Which phase starts?"),
    "note": marked("Note"),
    "rating": marked(
        "Distress now (SUDS), rated by the participant: 0 = calm, 10 = worst imaginable."
    ),
}
_DOSES = ("dose", "supplement")


def marker_buttons(feed: Feed, session: str, actions: Actions) -> None:
    """Add a button for each kind of marker; each opens a dialog first."""
    doses, others = DoseDialog(feed, session, actions), _MarkerDialog(feed, session, actions)
    for kind in (*_DOSES, *_QUESTIONS):
        key = kind[0].upper()
        ask = doses.ask if kind in _DOSES else others.ask
        marker = button(shown(kind).capitalize()).on_click(partial(ask, kind))
        marker.props["aria-keyshortcuts"] = key
        with marker:
            Text("kbd", "key", key).props["aria-hidden"] = "true"


class _MarkerDialog:
    """A dialog for the details of a phase, a note or a rating."""

    def __init__(self, feed: Feed, session: str, actions: Actions) -> None:
        self._feed = feed
        self._actions = actions
        self._session = session
        self._dialog = ui.dialog()
        self._at: TimeField | None = None

    def ask(self, kind: str) -> None:
        """Open an empty dialog for a kind of marker."""
        if not self._actions.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            Text("h2", "", shown(kind).capitalize())
            Text("p", "", _(_QUESTIONS[kind]))
            label = _("Started at") if kind == "phase" else _("At")
            self._at = TimeField(label, lambda: self._feed.sessions.get(self._session))
            if kind == "rating":
                with box("div", "ratings"):
                    for rating in _RATINGS:
                        button(str(rating)).on_click(partial(self._mark, kind, str(rating)))
                self._answers(None, None)
            else:
                field = (
                    ui.textarea(_("Text")) if kind == "note" else ui.input(_("Name of the phase"))
                )
                field.props(f"outlined autofocus maxlength={_LONGEST_TEXT}").classes("field")
                self._answers(
                    _("Mark the {kind}").format(kind=shown(kind)),
                    lambda: self._mark_text(kind, field.value),
                )
                if kind == "phase":
                    field.on("keydown.enter", lambda: self._mark_text(kind, field.value))
        self._dialog.open()

    def _answers(self, text: str | None, do: Callable[[], None] | None) -> None:
        with box("div", "answers"):
            button(_("Cancel")).on_click(self._dialog.close)
            if text is not None and do is not None:
                button(text, "act primary").on_click(do)

    def _mark_text(self, kind: str, text: str | None) -> None:
        text = (text or "").strip()
        if not text:
            self._actions.refuse(_("enter the {kind}").format(kind=shown(kind)))
            return
        self._mark(kind, text)

    def _mark(self, kind: str, text: str) -> None:
        at = self._at
        if at is None or not at.validate():
            return
        backend = self._feed.backend
        done = self._actions.do(
            lambda name: backend.mark(self._session, kind, text, name, at_ns=at.at_ns),
            _("Marked: {kind} {text}").format(kind=shown(kind), text=text),
        )
        if done:
            self._dialog.close()
