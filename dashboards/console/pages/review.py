"""The page on which people review past alarms, hand over, and print both."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments, ValueChangeEventArguments

from dashboards.access.roles import Right
from dashboards.console import page_frame
from dashboards.console.actions import Actions
from dashboards.console.alarms import alarm_filter, alarm_table
from dashboards.console.alarms.alarm_ecg import AlarmEcg
from dashboards.console.alarms.alarm_filter import AlarmFilter
from dashboards.console.events.handover import handover
from dashboards.console.fields.time_field import TimeField
from dashboards.console.html_elements import Text, box, button, region
from dashboards.console.live.charts import ChartRequest
from dashboards.console.live.feed import Feed
from dashboards.console.panels.sound_controls import pause_sound, sound_controls
from dashboards.console.status import status_summary
from dashboards.console.views.alarms import AlarmOccurrenceView
from dashboards.console.views.session import SessionView
from dashboards.console.views.translation import translated_occurrence
from dashboards.texts import gettext as _

_MINUTE_NS = 60 * 10**9
_HOURS = (1, 2, 4)
# Of the whole list, only what the button knows is sent.
_SEND = (
    "(event) => { const button = event.target.closest('[data-number]');"
    " if (button) emit({...button.dataset, number: +button.dataset.number}); }"
)


class ReviewPage:
    """The alarm review of one session in one browser; a `Viewer` of the feed."""

    def __init__(self, feed: Feed, view: SessionView) -> None:
        self._feed = feed
        self._id = view.id
        self._client = ui.context.client
        self._filter = AlarmFilter()
        self._alarms: list[AlarmOccurrenceView] = []
        self._key: tuple[object, ...] = ()
        self._content = "null"
        self._ecg = AlarmEcg(feed.backend)
        page_frame.add_head(styles=("review.css",), scripts=("review.js",))
        ui.page_title(status_summary.title([view]))
        replayed = view.replay is not None
        with box("div", "page review replayed" if replayed else "page review"):
            with box("header", "head"):
                back = Text("a", "act back", _("Session"))
                back.props["href"] = page_frame.session_url(view.id)
                Text(
                    "h1",
                    "",
                    _("Alarm review: {participant}").format(participant=view.participant),
                )
                with box("div", "place"):
                    Text(
                        "span",
                        "",
                        _("{site} · {room} · policy {policy}").format(
                            site=view.site, room=view.room, policy=view.policy
                        ),
                    )
                    if replayed:
                        Text("strong", "badge", _("Recording - not live"))
                actions = self._actions = Actions(feed, idle=replayed)
                if not replayed:
                    region("div", "clocks", "clocks")
                    may = actions.may(Right.ATTEND)
                    sound_controls(pause_sound(feed, view.id, actions) if may else None)
            if not replayed:
                # What happens now must not be missed over what is past.
                region("div", "person", "answer")
            self._choose(view)
            region("section", "review-summary", "panel summary", aria_label=_("Handover"))
            region("section", "review-timeline", "panel timeline", aria_label=_("Timeline"))
            listed = box("section", "panel", id="values", aria_label=_("Alarms"))
            with listed:
                region("div", "review-list", "")
            listed.on("click", self._answer, js_handler=_SEND)
        page_frame.footer()
        page_frame.register_viewer(feed, self)

    def _choose(self, view: SessionView) -> None:
        """Add the choice of the period and the filters."""
        with box("section", "choices", aria_label=_("Period and filters")):
            self._since = TimeField(_("Since"), lambda: self._feed.sessions.get(self._id))
            self._since.props["placeholder"] = _("start")
            self._since.on("blur", self._choose_time)
            self._since.on("keydown.enter", self._choose_time)
            button(_("Start")).on_click(partial(self._set_since, None))
            if view.dose_ns is not None:
                button(_("Dose")).on_click(partial(self._set_since, view.dose_ns))
            for hours in _HOURS:
                button(f"{hours} h").on_click(partial(self._set_hours, hours))
            self._select("priority", _("Priority"), alarm_filter.PRIORITIES)
            self._select("kind", _("About"), alarm_filter.KINDS)
            self._subjects = self._select("subject", _("Signal"), alarm_filter.subjects([]))
            self._select("answered", _("Response"), alarm_filter.ANSWERS)
            self._select("verdict", _("Verdict"), alarm_filter.VERDICTS)
            ui.checkbox(_("Silent and inside higher ones"), on_change=partial(self._set, "silent"))
            button(_("Print")).on("click", js_handler="() => print()")

    def _select(self, name: str, label: str, choices: Mapping[str, str]) -> ui.select:
        made = ui.select(
            {key: _(text) for key, text in choices.items()},
            value="",
            label=label,
            on_change=partial(self._set, name),
        )
        return made.props("outlined dense options-dense").classes("choice")

    def _set(self, name: str, event: ValueChangeEventArguments[Any]) -> None:
        self._filter = replace(self._filter, **{name: event.value})
        self._feed.acted()

    def _set_since(self, since_ns: int | None) -> None:
        view = self._feed.sessions.get(self._id)
        self._since.show(since_ns, None if view is None else view.zone)
        self._filter = replace(self._filter, since_ns=since_ns)
        self._feed.acted()

    def _set_hours(self, hours: int) -> None:
        view = self._feed.sessions.get(self._id)
        if view is not None:
            since_ns = _until_ns(view) - hours * 60 * _MINUTE_NS
            self._set_since(since_ns if since_ns > view.started_ns else None)

    def _choose_time(self) -> None:
        if self._since.validate():
            self._filter = replace(self._filter, since_ns=self._since.given_ns)
            self._feed.acted()

    def _answer(self, event: GenericEventArguments) -> None:
        number, verdict = event.args["number"], event.args.get("verdict")
        if not isinstance(number, int) or not 0 <= number < len(self._alarms):
            return
        alarm = self._alarms[number]
        if verdict is None:
            self._ecg.toggle(number, alarm.raised_ns)
            self._feed.acted()
            return
        reviews = self._feed.backend.alarm_reviews(self._id)
        done = (
            f"{_(alarm_filter.VERDICTS[verdict])}: {alarm.message}" if verdict else _("Withdrawn.")
        )
        self._actions.do(
            lambda by: reviews.review(alarm.key, alarm.raised_ns, verdict or None, by), done
        )

    @property
    def session(self) -> str:
        """Return the session it shows."""
        return self._id

    def arrange(self) -> None:
        """Update the choice of signals and the content; it changes with alarms and minutes."""
        if self._id in self._feed.sessions:
            self._feed.drawings.draw(self._id, self._client.id, self._arrange)

    def _arrange(self, view: SessionView) -> None:
        if view.failure:
            return  # the page shows it beside the alarms so far
        occurrences = self._feed.backend.alarm_reviews(self._id).occurrences()
        alarms = self._alarms = [translated_occurrence(each) for each in occurrences]
        states = [(each.open, each.answered_ns, each.verdict) for each in alarms]
        minute = view.now_ns // _MINUTE_NS
        ecg = self._ecg.state(view)
        key = (states, self._filter, minute, len(view.markers), view.ended, ecg)
        if key == self._key:
            return
        choices = alarm_filter.subjects(alarms)
        if choices != self._subjects.options:
            with self._client:
                self._subjects.set_options(dict(choices))
        self._content = json.dumps({"regions": self._regions(view, alarms)})
        self._key = key

    def _regions(
        self, view: SessionView, alarms: list[AlarmOccurrenceView]
    ) -> dict[str, tuple[str, str]]:
        since_ns, until_ns = self._filter.since_ns or view.started_ns, _until_ns(view)
        shown = [(n, alarm) for n, alarm in enumerate(alarms) if self._filter.passes(alarm)]
        may_review = self._actions.may(Right.ATTEND)
        return {
            "review-summary": ("panel summary", handover(view, alarms, since_ns, until_ns)),
            "review-timeline": (
                "panel timeline",
                alarm_table.timeline(view, shown, since_ns, until_ns),
            ),
            "review-list": (
                "",
                alarm_table.table(
                    view, shown, may_review=may_review, strips=self._ecg.strips(view)
                ),
            ),
        }

    def request_charts(self, request: ChartRequest) -> None:
        """Ignore the request: the page has no charts."""

    def charts(self) -> tuple[int, str]:
        """Return the summary, the timeline and the list."""
        return 0, self._content


def _until_ns(view: SessionView) -> int:
    return view.now_ns if view.replay is None else view.replay.ended_ns
