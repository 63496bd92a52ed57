"""Dialog to mark the dose and its supplement."""

from nicegui import ui

from dashboards.console.actions import Actions
from dashboards.console.dialogs.latest_values import show_latest
from dashboards.console.fields.number_field import NumberField
from dashboards.console.fields.time_field import TimeField
from dashboards.console.fields.value_confirmation import Confirmation
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.views.session import SessionView
from dashboards.texts import decimal, marked, shown
from dashboards.texts import gettext as _

_QUESTIONS = {
    "dose": marked(
        "Mark the dose? This sets the baseline from the 10 minutes before it was given and "
        "starts the dose clock."
    ),
    "supplement": marked("Mark the supplemental dose? Latest values (no recommendation):"),
}


class DoseDialog:
    """A dialog for drug, amount and time, with what is missing before the dose."""

    def __init__(self, feed: Feed, session: str, actions: Actions) -> None:
        self._feed = feed
        self._session = session
        self._actions = actions
        self._dialog = ui.dialog()

    def ask(self, kind: str) -> None:
        """Open the dialog for a dose or a supplement."""
        view = self._feed.sessions.get(self._session)
        if view is None or not self._actions.named():
            return
        if kind == "supplement" and view.dose_ns is None:
            self._actions.refuse(_("no dose is marked; mark the dose before its supplement"))
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            self._build(kind, view)
        self._dialog.open()

    def _build(self, kind: str, view: SessionView) -> None:
        drug = view.study_drug
        title = shown(kind).capitalize()
        Text("h2", "", title if drug is None else f"{title}: {drug.name}")
        Text("p", "", _(_QUESTIONS[kind]))
        show_latest(view)
        missing = [each.text for each in view.before_dose if not each.done]
        reason = None
        if kind == "dose" and missing:
            Text("p", "", _("Missing before the dose:"))
            with box("ul", "checks missing"):
                for text in missing:
                    Text("li", "check p-medium", text)
        usual = drug and (drug.range_mg if kind == "dose" else drug.supplement_mg)
        label = (
            _("Amount")
            if not usual
            else _("Amount ({low} to {high})").format(
                low=decimal(f"{usual[0]:g}"), high=decimal(f"{usual[1]:g}")
            )
        )
        amount = NumberField(label, "mg").props("autofocus")
        at = TimeField(_("Given at"), lambda: self._feed.sessions.get(self._session))
        if kind == "dose" and missing:
            reason = ui.input(_("Reason for the dose all the same (recorded with your name)"))
            reason.props("outlined dense maxlength=500")

        def mark() -> None:
            if not (at.validate() and amount.validate()):
                return
            if drug is not None and amount.number is None:
                self._actions.refuse(_("enter the amount"))
                return
            given = amount.number
            backend = self._feed.backend
            done = self._actions.do(
                lambda name: backend.mark(
                    self._session,
                    kind,
                    "" if drug is None else drug.name,
                    name,
                    at_ns=at.at_ns,
                    amount=given,
                    reason=(reason and reason.value) or "",
                    confirmed=confirmation.covers(given),
                ),
                _("Marked: {kind}").format(kind=shown(kind)),
                unusual=lambda question: confirmation.ask(question, given),
            )
            if done:
                self._dialog.close()

        confirmation = Confirmation(mark, marked("Amount is correct: mark it"))
        for field in (amount, at, reason):
            if field is not None:
                field.on("keydown.enter", mark)
        with box("div", "answers"):
            button(_("Cancel")).on_click(self._dialog.close)
            button(_("Mark the {kind}").format(kind=shown(kind)), "act primary").on_click(mark)
