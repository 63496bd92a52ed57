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

_QUESTIONS = {
    "dose": "Mark the dose? This sets the baseline from the 10 minutes before it was given and "
    "starts the dose clock.",
    "supplement": "Mark the supplemental dose? Latest values (no recommendation):",
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
            self._actions.refuse("no dose is marked; mark the dose before its supplement")
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask"):
            self._build(kind, view)
        self._dialog.open()

    def _build(self, kind: str, view: SessionView) -> None:
        drug = view.study_drug
        Text("h2", "", kind.capitalize() if drug is None else f"{kind.capitalize()}: {drug.name}")
        Text("p", "", _QUESTIONS[kind])
        show_latest(view)
        missing = [each.text for each in view.before_dose if not each.done]
        reason = None
        if kind == "dose" and missing:
            Text("p", "", "Missing before the dose:")
            with box("ul", "checks missing"):
                for text in missing:
                    Text("li", "check p-medium", text)
        usual = drug and (drug.range_mg if kind == "dose" else drug.supplement_mg)
        label = "Amount" if not usual else f"Amount ({usual[0]:g} to {usual[1]:g})"
        amount = NumberField(label, "mg").props("autofocus")
        at = TimeField("Given at", lambda: self._feed.sessions.get(self._session))
        if kind == "dose" and missing:
            reason = ui.input("Reason for the dose all the same (recorded with your name)")
            reason.props("outlined dense maxlength=500")

        def mark() -> None:
            if not (at.validate() and amount.validate()):
                return
            if drug is not None and amount.number is None:
                self._actions.refuse("enter the amount")
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
                f"Marked: {kind}",
                unusual=lambda question: confirmation.ask(question, given),
            )
            if done:
                self._dialog.close()

        confirmation = Confirmation(mark, "Amount is correct: mark it")
        for field in (amount, at, reason):
            if field is not None:
                field.on("keydown.enter", mark)
        with box("div", "answers"):
            button("Cancel").on_click(self._dialog.close)
            button(f"Mark the {kind}", "act primary").on_click(mark)
