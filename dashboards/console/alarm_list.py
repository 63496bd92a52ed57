"""The list of open alarms."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import partial

from alerts.time_format import announced, clock, expected
from dashboards.access.roles import Right
from dashboards.console import status_summary
from dashboards.console.actions import Actions
from dashboards.console.formatting import duration, quantity, stopwatch
from dashboards.console.html_elements import Text, box, button
from dashboards.console.page_feed import Feed
from dashboards.console.views.alarms import AlarmView, UnconfirmedView
from dashboards.console.views.session import SessionView

_MINUTE_NS = 60 * 10**9
_MAX_UNCONFIRMED = 5  # shown at a time; the others follow
_STEPS = {
    "ordered": "is being called",
    "delivered": "called, no answer yet",
    "failed": "NOT REACHED",
    "skipped": "not called",
    "accepted": "accepted",
    "declined": "cannot come",
}


class AlarmList:
    """The list of open alarms. A row lives as long as its alarm, so that it keeps the focus."""

    def __init__(self, feed: Feed, view: SessionView, actions: Actions) -> None:
        self._feed = feed
        self._actions = actions
        self.touchable = actions.may(Right.ATTEND)
        self._session = view.id
        self._rows: dict[str, _Row] = {}
        self._shown: tuple[object, ...] = ()
        with box("section", "panel alarms", aria_label="Alarms"):
            Text("h2", "", "Alarms")
            self._none = Text("p", "quiet", "No alarm.")
            self._list = box("ul", "alarm-list")
        self.show(view)

    def show(self, view: SessionView) -> None:
        """Update the list."""
        # A row changes at most once a minute unless its alarm changes.
        shown = (tuple(view.alarms), view.dose_ns, view.now_ns // _MINUTE_NS)
        if shown == self._shown:
            return
        self._shown = shown
        keys = [alarm.key for alarm in view.alarms]
        for gone in self._rows.keys() - set(keys):
            self._rows.pop(gone).box.delete()
        for place, alarm in enumerate(view.alarms):
            row = self._rows.get(alarm.key)
            if row is None:
                with self._list:
                    row = self._rows[alarm.key] = _Row(self, alarm)
            if self._list.default_slot.children.index(row.box) != place:
                row.box.move(self._list, target_index=place)
            row.show(alarm, view)
        self._none.visible = not keys

    def acknowledge(self, key: str) -> None:
        """Acknowledge an alarm for the current user."""
        backend = self._feed.backend
        self._actions.do(
            lambda name: backend.acknowledge(self._session, key, name), "Acknowledged."
        )

    def settle(self, one: UnconfirmedView, *, valid: bool) -> None:
        """Mark a measurement as valid or not for the current user."""
        backend = self._feed.backend
        self._actions.do(
            lambda name: backend.settle(self._session, one.channel, one.at_ns, name, valid=valid),
            "Marked as valid." if valid else "Marked as not valid.",
        )

    def settle_none(self, unconfirmed: Sequence[UnconfirmedView]) -> None:
        """Mark measurements as not valid for the current user."""
        backend = self._feed.backend

        def settle(name: str) -> None:
            for one in unconfirmed:
                backend.settle(self._session, one.channel, one.at_ns, name, valid=False)

        self._actions.do(settle, "All marked as not valid.")

    def unacknowledge(self, key: str) -> None:
        """Undo an acknowledgement for the current user."""
        backend = self._feed.backend
        self._actions.do(
            lambda name: backend.unacknowledge(self._session, key, name, ""),
            "Acknowledgement undone: the alarm is active again.",
        )

    def reset(self, key: str) -> None:
        """Reset a latched alarm for the current user."""
        backend = self._feed.backend
        self._actions.do(lambda name: backend.reset(self._session, key, name), "Reset.")


class _Row:
    """The row of one alarm."""

    def __init__(self, alarms: AlarmList, alarm: AlarmView) -> None:
        key = alarm.key
        self.box = box("li")
        self._touchable = alarms.touchable
        with self.box:
            with box("div", "alarm-head"):
                self._sign = Text("span", "sign")
                self._about = Text("span", "about")
            self._message = Text("div", "alarm-message")
            self._facts = Text("div", "alarm-facts")
            self._state = Text("div", "alarm-state")
            self._call = Text("div", "alarm-call")
            self._unconfirmed = UnconfirmedList(alarms)
            self._inside = box("ul", "alarm-inside", aria_label="Lower alarms inside this one")
            self._listed: list[str] = []
            self._acknowledge = button("Acknowledge").on_click(lambda: alarms.acknowledge(key))
            self._reset = button("Reset").on_click(lambda: alarms.reset(key))
            for act in (self._acknowledge, self._reset):
                what = alarm.message.partition(": ")[0]  # the reason after it changes
                act.props["aria-label"] = (
                    f"{act.text}: {what}"  # for screen readers, without the row
                )
                act.props("aria-keyshortcuts=A data-key=focus")
            # In another place than "Acknowledge": a second click must not undo the first.
            self._undo = button("Undo", "act undo").on_click(lambda: alarms.unacknowledge(key))
            self._undo.props["aria-label"] = f"Undo: {alarm.message}"

    def show(self, alarm: AlarmView, view: SessionView) -> None:
        classes = ["alarm", f"p-{alarm.priority}", f"is-{alarm.state}"]
        classes.append("unacknowledged" if status_summary.unacknowledged(alarm) else "acknowledged")
        classes.append("technical" if alarm.technical else "physiological")
        self.box.classes(replace=" ".join(classes))
        self._sign.text = status_summary.SIGNS[alarm.priority]
        about = "Equipment" if alarm.technical else "Person"
        self._about.text = f"{'Protocol' if alarm.procedure else about} · {alarm.subject}"
        self._message.text = alarm.message
        self._facts.text = _facts(alarm, view)
        self._state.text = alarm_state(alarm)
        self._call.text = called(alarm, view.zone)
        self._call.visible = bool(self._call.text)
        self._unconfirmed.show(alarm.unconfirmed if self._touchable else ())
        self._show_inside(alarm, view)
        self._acknowledge.visible = self._touchable and alarm.state == "active"
        self._reset.visible = self._touchable and alarm.state == "latched"
        self._undo.visible = self._touchable and alarm.state == "acknowledged"

    def _show_inside(self, alarm: AlarmView, view: SessionView) -> None:
        listed = [_inside(each, view) for each in alarm.inside]
        self._inside.visible = bool(listed)
        if listed == self._listed:
            return
        self._listed = listed
        self._inside.clear()
        with self._inside:
            for each, text in zip(alarm.inside, listed, strict=True):
                Text("li", f"p-{each.priority}", text)


def _inside(alarm: AlarmView, view: SessionView) -> str:
    sign = status_summary.SIGNS[alarm.priority]
    return f"{sign} {alarm.message}, since {clock(alarm.since_ns, view.zone)}"


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
                    button(f"Mark all {len(unconfirmed)} as not valid").on_click(
                        partial(self._alarms.settle_none, unconfirmed)
                    )

    def _make_row(self, one: UnconfirmedView, *, alone: bool) -> None:
        with box("li"):
            if not alone:  # else the alarm message has it
                Text("span", "", one.text)
            if one.plausible:
                valid = button("Valid").on_click(partial(self._alarms.settle, one, valid=True))
                valid.props["aria-label"] = f"Valid: {one.text}"
            wrong = button("Not valid").on_click(partial(self._alarms.settle, one, valid=False))
            wrong.props["aria-label"] = f"Not valid: {one.text}"


def _facts(alarm: AlarmView, view: SessionView) -> str:
    parts = []
    if alarm.value is not None:
        parts.append(f"{quantity(alarm.value, alarm.unit)}{_value_age(alarm, view)}")
    if alarm.limit is not None:
        parts.append(f"limit {quantity(alarm.limit, alarm.unit)}")
    minutes = max(0, view.now_ns - alarm.since_ns) // _MINUTE_NS
    lasts = f" ({duration(60 * minutes)})" if minutes else ""
    late = "" if alarm.announced_ns is None else announced(alarm.announced_ns, view.zone)
    parts.append(f"since {clock(alarm.since_ns, view.zone)}{lasts}{late}")
    if view.dose_ns is not None and alarm.since_ns >= view.dose_ns:
        parts.append(f"dose +{stopwatch((alarm.since_ns - view.dose_ns) / 1e9)[:-3]}")
    return " · ".join(parts)


def _value_age(alarm: AlarmView, view: SessionView) -> str:
    """Return the age of the value of a suspended alarm."""
    if not alarm.suspended or alarm.seen_ns is None:
        return ""
    return f" {duration((view.now_ns - alarm.seen_ns) / 1e9)} ago"


def called(alarm: AlarmView, zone: tzinfo | None) -> str:
    """Return who was called about an alarm and who accepted; empty without a call."""
    call = alarm.call
    if call is None:
        return ""
    steps = ", ".join(f"{name} {_STEPS[step]}" for name, step in call.recipients)
    if call.by is not None and call.at_ns is not None:
        rest = f" Called: {steps}." if steps else ""
        at = f"{clock(call.at_ns, zone)}{expected(call.arrives_ns, zone)}"
        return f"Call accepted by {call.by} at {at}.{rest}"
    if not steps:
        return (
            ""
            if alarm.state == "acknowledged"
            else "Not called: nobody is on duty, or the call is not due yet."
        )
    return f"Called, tier {call.tier}: {steps}."


def alarm_state(alarm: AlarmView) -> str:
    """Return who acknowledged an alarm, and whether it can be judged now."""
    match alarm.state:
        case "acknowledged":
            state = f"Acknowledged by {alarm.by}"
        case "latched":
            state = "Condition over - reset to clear"
            state += f", acknowledged by {alarm.by}" if alarm.by else ""
        case _ if alarm.call is not None and alarm.call.by is not None:
            state = "Not acknowledged in the room"
        case _:
            state = "Not acknowledged"
    if not alarm.suspended:
        return state
    if alarm.spot:
        return f"{state}. Not measured for an hour: cannot be judged now."
    return f"{state}. Sensor lost: cannot be judged now."
