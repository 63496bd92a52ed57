"""The list of open alarms."""

from collections.abc import Callable, Sequence
from functools import partial

from alerts.time_format import clock
from dashboards.access.roles import Right
from dashboards.console.actions import Actions
from dashboards.console.alarms.groups import AlarmGroup, alarm_groups
from dashboards.console.alarms.text import about, alarm_facts, alarm_state, called
from dashboards.console.html_elements import Text, box, button
from dashboards.console.live.feed import Feed
from dashboards.console.panels.checklist_links import ChecklistLinks
from dashboards.console.status import status_summary
from dashboards.console.views.alarms import AlarmView, UnconfirmedView
from dashboards.console.views.session import SessionView
from dashboards.texts import gettext as _

_MINUTE_NS = 60 * 10**9
_MAX_UNCONFIRMED = 5  # shown at a time; the others follow


class AlarmList:
    """The list of open alarms. A row lives as long as its alarm, so that it keeps the focus."""

    def __init__(self, feed: Feed, view: SessionView, actions: Actions) -> None:
        self._feed = feed
        self._actions = actions
        self.touchable = actions.may(Right.ATTEND)
        self._session = view.id
        self._rows: dict[str, _Row] = {}
        self._shown: tuple[object, ...] = ()
        self.box = box("section", "panel alarms", aria_label=_("Alarms"))
        with self.box:
            Text("h2", "", _("Alarms"))
            self._none = Text("p", "quiet", _("No alarm."))
            self._list = box("ul", "alarm-list")
            if not self.touchable:  # else the focus of a button scrolls it
                self._list.props["tabindex"] = "0"
            # `alarms.js` counts the alarms below the visible ones.
            more = button("", "act alarm-more").props("tabindex=-1 aria-hidden=true")
            more.on("click", js_handler="() => physiomonAlarms.next()")
        self.show(view)

    def show(self, view: SessionView) -> None:
        """Update the list."""
        # A row changes at most once a minute unless its alarm changes.
        shown = (tuple(view.alarms), view.dose_ns, view.now_ns // _MINUTE_NS)
        if shown == self._shown:
            return
        self._shown = shown
        groups = alarm_groups(view.alarms)
        for place, group in enumerate(groups):
            row = self._rows.get(group.key)
            if row is None:
                with self._list:
                    row = self._rows[group.key] = _Row(self)
            if self._list.default_slot.children.index(row.box) != place:
                row.box.move(self._list, target_index=place)
            row.show(group, view)
        # Last: a fault above takes no row away, nor the focus of its buttons.
        for gone in self._rows.keys() - {group.key for group in groups}:
            self._rows.pop(gone).box.delete()
        self._none.visible = not groups

    def acknowledge(self, keys: Sequence[str]) -> None:
        """Acknowledge the alarms of a row for the current user."""
        self._each(keys, self._feed.backend.acknowledge, _("Acknowledged."))

    def reset(self, keys: Sequence[str]) -> None:
        """Reset the latched alarms of a row for the current user."""
        self._each(keys, self._feed.backend.reset, _("Reset."))

    def unacknowledge(self, keys: Sequence[str]) -> None:
        """Undo the acknowledgement of a row for the current user."""
        undo = partial(self._feed.backend.unacknowledge, reason="")
        self._each(keys, undo, _("Acknowledgement undone: the alarm is active again."))

    def _each(self, keys: Sequence[str], act: Callable[[str, str, str], None], done: str) -> None:
        def do(name: str) -> None:
            for key in keys:
                act(self._session, key, name)

        self._actions.do(do, done)

    def settle(self, one: UnconfirmedView, *, valid: bool) -> None:
        """Mark a measurement as valid or not for the current user."""
        backend = self._feed.backend
        self._actions.do(
            lambda name: backend.settle(self._session, one.channel, one.at_ns, name, valid=valid),
            _("Marked as valid.") if valid else _("Marked as not valid."),
        )

    def settle_none(self, unconfirmed: Sequence[UnconfirmedView]) -> None:
        """Mark measurements as not valid for the current user."""
        backend = self._feed.backend

        def settle(name: str) -> None:
            for one in unconfirmed:
                backend.settle(self._session, one.channel, one.at_ns, name, valid=False)

        self._actions.do(settle, _("All marked as not valid."))


class _Row:
    """The row of an alarm group."""

    def __init__(self, alarms: AlarmList) -> None:
        self.box = box("li")
        self._touchable = alarms.touchable
        self._group = AlarmGroup("", ())
        with self.box:
            with box("div", "alarm-head"):
                self._sign = Text("span", "sign")
                self._state = Text("div", "alarm-state")
            self._message = Text("div", "alarm-message")
            self._checklists = ChecklistLinks()
            self._facts = Text("div", "alarm-facts")
            self._about = Text("div", "about")
            self._call = Text("div", "alarm-call")
            self._unconfirmed = UnconfirmedList(alarms)
            self._inside = box("ul", "alarm-inside", aria_label=_("Lower alarms inside this one"))
            self._listed: list[str] = []
            self._acknowledge = button(_("Acknowledge")).on_click(
                lambda: alarms.acknowledge(self._group.keys("active"))
            )
            self._reset = button(_("Reset")).on_click(
                lambda: alarms.reset(self._group.keys("latched"))
            )
            for act in (self._acknowledge, self._reset):
                act.props("aria-keyshortcuts=A data-key=focus")
            # In another place than "Acknowledge": a second click must not undo the first.
            self._undo = button(_("Undo"), "act undo").on_click(
                lambda: alarms.unacknowledge(self._group.keys("acknowledged"))
            )
            fold = button("▾", "act fold").props("aria-expanded=false")
            fold.props["aria-label"] = _("Details")
            fold.on("click", js_handler="(event) => physiomonAlarms.fold(event)")

    def show(self, group: AlarmGroup, view: SessionView) -> None:
        self._group = group
        alarm = group.head
        unconfirmed = [one for each in group.alarms for one in each.unconfirmed]
        classes = ["alarm", f"p-{alarm.priority}", f"is-{alarm.state}"]
        classes.append("unacknowledged" if group.unacknowledged else "acknowledged")
        classes.append("technical" if alarm.technical else "physiological")
        if not group.unacknowledged and not unconfirmed:
            classes.append("folded")
        self.box.classes(replace=" ".join(classes))
        self._sign.text = status_summary.sign(alarm.priority)
        self._about.text = about(alarm, view)
        self._message.text = alarm.message
        self._message.props["title"] = alarm.message
        self._checklists.show(alarm.message)
        self._facts.text = alarm_facts(alarm, view)
        self._state.text = alarm_state(alarm)
        self._call.text = called(alarm, view.zone)
        self._call.visible = bool(self._call.text)
        self._unconfirmed.show(unconfirmed if self._touchable else ())
        self._show_inside(group, view)
        what = alarm.message.partition(": ")[0]  # the reason after it changes
        for act, state in (
            (self._acknowledge, "active"),
            (self._reset, "latched"),
            (self._undo, "acknowledged"),
        ):
            act.visible = self._touchable and bool(group.keys(state))
            # For screen readers, without the row.
            act.props["aria-label"] = f"{act.text}: {what}"

    def _show_inside(self, group: AlarmGroup, view: SessionView) -> None:
        head, *others = group.alarms
        inside = [*head.inside]
        for other in others:
            inside += [other, *other.inside]
        listed = [_inside(each, view) for each in inside]
        self._inside.visible = bool(listed)
        if listed == self._listed:
            return
        self._listed = listed
        self._inside.clear()
        with self._inside:
            for each, text in zip(inside, listed, strict=True):
                Text("li", f"p-{each.priority}", text)


def _inside(alarm: AlarmView, view: SessionView) -> str:
    sign = status_summary.sign(alarm.priority)
    return _("{sign} {message}, since {time}").format(
        sign=sign, message=alarm.message, time=clock(alarm.since_ns, view.zone)
    )


class UnconfirmedList:
    """An alarm's unconfirmed measurements, with buttons to mark them as valid or not."""

    def __init__(self, alarms: AlarmList) -> None:
        self._alarms = alarms
        self._shown: Sequence[UnconfirmedView] = ()
        self._list = box("ul", "settling")
        self._list.visible = False

    def show(self, unconfirmed: Sequence[UnconfirmedView]) -> None:
        """Update the list, newest first."""
        if unconfirmed == self._shown:
            return
        self._shown = unconfirmed
        self._list.visible = bool(unconfirmed)
        self._list.clear()
        with self._list:
            for one in unconfirmed[:_MAX_UNCONFIRMED]:
                self._make_row(one, alone=len(unconfirmed) == 1)
            if len(unconfirmed) > 1:
                with box("li"):
                    button(
                        _("Mark all {count} as not valid").format(count=len(unconfirmed))
                    ).on_click(partial(self._alarms.settle_none, unconfirmed))

    def _make_row(self, one: UnconfirmedView, *, alone: bool) -> None:
        with box("li"):
            if not alone:  # else the alarm message has it
                Text("span", "", one.text)
            if one.plausible:
                valid = button(_("Valid")).on_click(partial(self._alarms.settle, one, valid=True))
                valid.props["aria-label"] = _("Valid: {text}").format(text=one.text)
            wrong = button(_("Not valid")).on_click(partial(self._alarms.settle, one, valid=False))
            wrong.props["aria-label"] = _("Not valid: {text}").format(text=one.text)
