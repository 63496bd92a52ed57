"""The list of adverse events, open ones first; one touch ends an open one."""

from functools import partial

from dashboards.access.roles import Right
from dashboards.console.actions import Actions
from dashboards.console.dialogs.adverse_event import AdverseEventDialog
from dashboards.console.events import adverse_event_text
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.views.adverse_events import AdverseEventView
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _

_MINUTE_NS = 60 * 10**9


class AdverseEventList:
    """The adverse events of a session; hidden while there are none."""

    def __init__(self, feed: Feed, view: SessionView, actions: Actions) -> None:
        self._feed = feed
        self._session = view.id
        self._actions = actions
        self._dialog = AdverseEventDialog(feed, view.id, actions)
        self._shown: tuple[object, ...] = ()
        self._box = box("div", "")
        with self._box:
            Text("h2", "", _("Adverse events"))
            self._list = box("ul", "adverse-events", aria_label=_("Adverse events"))
        self.show(view)

    def show(self, view: SessionView) -> None:
        """Update the list; it changes at most once a minute unless an event does."""
        shown = (tuple(view.adverse_events), view.dose_ns, view.now_ns // _MINUTE_NS)
        if shown == self._shown:
            return
        self._shown = shown
        self._box.set_visibility(bool(view.adverse_events))
        self._list.clear()
        with self._list:
            for event in view.adverse_events:
                self._row(event, view)

    def _row(self, event: AdverseEventView, view: SessionView) -> None:
        text = adverse_event_text.summary(event, view.now_ns, view.zone)
        with box("li", f"adverse-event{' open' if event.open else ''}"):
            if event.withdrawn:
                last = event.steps[-1]
                with box("p"):
                    Text("s", "", text)
                    Text(
                        "span",
                        "",
                        _(" withdrawn by {by}: {reason}").format(by=last.by, reason=last.reason),
                    )
                return
            Text("p", "", text)
            if not self._actions.may(Right.ATTEND):
                return
            name = adverse_event_text.name(event.report)
            if event.open:
                ended = button(_("Over")).on_click(partial(self._end, event))
                ended.props["aria-label"] = _("Over: {name}").format(name=name)
            change = button(_("Change")).on_click(partial(self._dialog.change, event))
            change.props["aria-label"] = _("Change: {name}").format(name=name)

    def _end(self, event: AdverseEventView) -> None:
        acts = self._feed.backend.adverse_events(self._session)
        self._actions.do(
            lambda by: acts.end(event.event, by),
            _("Over: {report}").format(report=adverse_event_text.name(event.report)),
        )
