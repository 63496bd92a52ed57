"""Dialog to report, change and withdraw an adverse event."""

from nicegui import ui

from dashboards.console.actions import Actions
from dashboards.console.events import adverse_event_text
from dashboards.console.fields.choice_buttons import ChoiceButtons
from dashboards.console.fields.time_field import TimeField
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.views.adverse_events import (
    RELATIONS,
    SEVERITIES,
    AdverseEventReport,
    AdverseEventView,
)
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _
from dashboards.texts import shown

_OTHER = "other"
_BY_TIME = ""  # the relation that the time suggests


class AdverseEventDialog:
    """A dialog for one adverse event: kind, severity, times, relation to the drug, action."""

    def __init__(self, feed: Feed, session: str, actions: Actions) -> None:
        self._feed = feed
        self._session = session
        self._actions = actions
        self._dialog = ui.dialog()

    def ask(self) -> None:
        """Open the dialog for a new event."""
        self._open(None)

    def change(self, event: AdverseEventView) -> None:
        """Open the dialog to change an event."""
        self._open(event)

    def _open(self, event: AdverseEventView | None) -> None:
        view = self._feed.sessions.get(self._session)
        if view is None or not self._actions.named():
            return
        self._dialog.clear()
        with self._dialog, box("div", "ask wide"):
            self._build(view, event)
        self._dialog.open()

    def _build(self, view: SessionView, event: AdverseEventView | None) -> None:
        known = event.report if event is not None else None
        Text("h2", "", _("Adverse event") if known is None else _("Change adverse event"))
        kinds = [*view.event_kinds, _OTHER]
        if known is not None and known.kind not in kinds:
            kinds.insert(0, known.kind)
        self._kind = ChoiceButtons(
            _("Kind"), {kind: shown(kind) for kind in kinds}, None if known is None else known.kind
        )
        self._severity = ChoiceButtons(
            _("Severity"),
            {str(key): f"{key} {shown(text)}" for key, text in SEVERITIES.items()},
            None if known is None else str(known.severity),
        )
        with box("div", "fields"):
            self._started = self._time(_("Started at"), known.started_ns if known else None, view)
            self._ended = self._time(
                _("Ended at (empty: not over)"), known.ended_ns if known else None, view
            )
            self._ended.props(remove="placeholder")
        Text("p", "quiet", _("Caused by the drug?"))
        by_time = "possible" if view.dose_ns is not None else "none"
        self._relation = ChoiceButtons(
            _("Relation to the drug"),
            {
                **(
                    {}
                    if known
                    else {_BY_TIME: _("by time ({relation})").format(relation=shown(by_time))}
                ),
                **{each: shown(each) for each in RELATIONS},
            },
            _BY_TIME if known is None else known.relation,
        )
        self._text = _line(_("Description"), known.text if known else "")
        self._action = _line(_("Action taken"), known.action if known else "")
        self._reason = None
        if event is not None:
            self._reason = _line(_("Reason for the change (recorded with your name)"), "")
            with box("ul", "steps"):
                for step in event.steps:
                    Text("li", "", adverse_event_text.step_line(step, view.zone))
        with box("div", "answers"):
            button(_("Cancel")).on_click(self._dialog.close)
            if event is not None:
                button(_("Withdraw")).on_click(lambda: self._withdraw(event))
            button(_("Save"), "act primary").on_click(lambda: self._save(event))

    def _time(self, label: str, at_ns: int | None, view: SessionView) -> TimeField:
        field = TimeField(label, lambda: self._feed.sessions.get(self._session))
        field.show(at_ns, view.zone)
        return field

    def _save(self, event: AdverseEventView | None) -> None:
        kind, severity = self._kind.value, self._severity.value
        if kind is None or severity is None:
            self._actions.refuse(_("choose a kind and a severity"))
            return
        if not (self._started.validate() and self._ended.validate()):
            return
        report = AdverseEventReport(
            kind=kind,
            severity=int(severity),
            started_ns=self._started.at_ns,
            ended_ns=self._ended.given_ns,
            relation=self._relation.value or None,
            action=self._action.value or "",
            text=self._text.value or "",
        )
        acts = self._feed.backend.adverse_events(self._session)

        def save(by: str) -> None:
            if event is None:
                acts.report(report, by)
            else:
                acts.change(event.event, report, by, (self._reason and self._reason.value) or "")

        if self._actions.do(
            save, _("Saved: {report}").format(report=adverse_event_text.name(report))
        ):
            self._dialog.close()

    def _withdraw(self, event: AdverseEventView) -> None:
        reason = (self._reason and self._reason.value) or ""
        acts = self._feed.backend.adverse_events(self._session)
        done = self._actions.do(
            lambda by: acts.withdraw(event.event, by, reason),
            _("Withdrawn: {report}").format(report=adverse_event_text.name(event.report)),
        )
        if done:
            self._dialog.close()


def _line(label: str, value: str) -> ui.input:
    return ui.input(label, value=value).props("outlined dense maxlength=500")
