"""Backend of the page behind a call's link: view of a call and answers to it."""

from collections.abc import Callable, Iterable, Sequence

from alerts.accept_links import AcceptLinks, LinkExpiredError, LinkForgedError
from alerts.call_fact import CallPurpose
from alerts.checklist import named_in
from alerts.incident import Occurrence
from alerts.notification_log import Notification
from alerts.notification_text import alarm_lines
from alerts.policy.rule_text import in_words
from alerts.time_format import clock, expected, until
from dashboards.console.formatting import NO_VALUE
from dashboards.console.views.calls import CalledAlarm, CalledView, CalledVital
from monitor.calls.alarm_texts import alarm_text
from monitor.calls.called_vitals import called_vitals
from monitor.calls.delivery import TEST_CALL
from monitor.errors import ActError
from monitor.sessions.isolated import Isolated
from monitor.sessions.session import Session

_MINUTE_NS = 60 * 10**9
# Instead of the values after a fault in them, which must not keep a person from accepting.
_UNSHOWN: Sequence[CalledVital] = [
    CalledVital(label="Values", value=NO_VALUE, note="cannot be shown")
]


class CallAcceptance:
    """Implements `dashboards.console.accept_backend.AcceptBackend` for this service."""

    def __init__(
        self,
        sessions: Callable[[], Iterable[Session]],
        links: AcceptLinks,
        telephone: Callable[[str], str] = lambda _: "",
    ) -> None:
        """Create a backend.

        Args:
            sessions: returns those of this service.
            links: reads the links.
            telephone: returns that of a session's room, by id; empty if not configured.
        """
        self._sessions = sessions
        self._links = links
        self._telephone = telephone

    def called(self, token: str) -> CalledView:
        """Return the call behind a link."""
        if self._links.read(token).call == TEST_CALL:
            return CalledView(where="Test call", recipient="", alarms=())
        session, notification = self._find(token)
        return self._view(session, notification)

    def opened(self, token: str) -> None:
        """Journal the first time that the link of a session's test call is opened."""
        if self._links.read(token).call == TEST_CALL:
            return
        session, notification = self._find(token)
        name = session.engine.calling.escalation.plan.name(notification.recipient)
        if notification.occurrences or session.ended or name in session.control.opened:
            return
        session.control.opened.add(name)
        session.access(name, {"event": "test-link", "role": "", "reason": "opened"})

    def accept(self, token: str, arrives_min: int | None = None) -> CalledView:
        """Accept the open alarms of a call for its recipient, who arrives in some minutes."""
        if self._links.read(token).call == TEST_CALL:
            return self.called(token)
        session, notification = self._find(token)
        name = session.engine.calling.escalation.plan.name(notification.recipient)
        minutes_ns = None if arrives_min is None else arrives_min * _MINUTE_NS
        arrives_ns = None if minutes_ns is None else session.now_ns() + minutes_ns
        if notification.purpose is CallPurpose.HANDED_ON:
            if session.engine.calling.escalation.hand_ons.waits(notification):
                session.calls.take_over(notification.call, "link", arrives_ns)
            return self._view(session, notification)
        for key, raised_ns in notification.occurrences:
            if session.engine.calling.escalation.waiting(key, raised_ns) is not None:
                session.calls.accept(
                    key,
                    name,
                    "link",
                    raised_ns=raised_ns,
                    call=notification.call,
                    arrives_ns=arrives_ns,
                )
        return self._view(session, notification)

    def decline(self, token: str) -> CalledView:
        """Decline a call for its recipient; a second time changes nothing."""
        if self._links.read(token).call == TEST_CALL:
            return self.called(token)
        session, notification = self._find(token)
        escalation = session.engine.calling.escalation
        asked = escalation.hand_ons.waits(notification)
        if asked or escalation.answers.declinable(notification.call):
            session.calls.decline(notification.call, "link")
        return self._view(session, notification)

    def hand_over(self, token: str, to: str) -> CalledView:
        """Hand the recipient's duty over to another one."""
        session, notification = self._find(token)
        plan = session.engine.calling.escalation.plan
        session.calls.hand_over(notification.recipient, to, plan.name(notification.recipient))
        return self._view(session, notification)

    def hand_on(self, token: str, to: str) -> CalledView:
        """Ask another recipient to take over what the recipient of a call has accepted."""
        session, notification = self._find(token)
        escalation = session.engine.calling.escalation
        name = escalation.plan.name(notification.recipient)
        keys = {alarm.incident.ladder: alarm.key for alarm in _accepted(session, notification)}
        if not keys:
            raise ActError("you have not accepted anything that is still open")
        for key in keys.values():
            session.calls.hand_on(key, to, name, "link")
        return self._view(session, notification)

    def _find(self, token: str) -> tuple[Session, Notification]:
        ticket = self._links.read(token)
        # The id itself is in links that earlier versions sent.
        session = next(
            (
                each
                for each in self._sessions()
                if ticket.session in (each.spec.id, self._links.pseudonym(each.spec.id))
            ),
            None,
        )
        if session is None:
            raise LinkExpiredError(
                "This session is not running here. Right after a restart, try again in a minute."
            )
        notification = session.engine.calling.escalation.notifications.get(ticket.call)
        if notification is None or (notification.recipient, notification.at_ns) != (
            ticket.recipient,
            ticket.at_ns,
        ):
            raise LinkForgedError("This link is for a call of another session.")
        return session, notification

    def _view(self, session: Session, notification: Notification) -> CalledView:
        spec, escalation = session.spec, session.engine.calling.escalation
        name, plan, duty = notification.recipient, escalation.plan, escalation.duty
        turn = duty.turns.get(name)
        until_ns = None if turn is None else turn.until_ns
        return CalledView(
            where=f"{spec.participant}, room {spec.room}, {spec.site}",
            recipient=plan.name(name),
            alarms=[_alarm(session, notification, *each) for each in notification.occurrences],
            declined=_declined(session, notification),
            others=[
                (each.id, each.name)
                for each in plan.recipients
                if each.id != name and _accepted(session, notification)
            ],
            duty=until(until_ns, session.now_ns(), spec.zone),
            stand_ins=[(each, plan.name(each)) for each in duty.stand_ins(name, plan)],
            telephone=self._telephone(spec.id),
            vitals=_vitals(session) if notification.occurrences else (),
        )


def _vitals(session: Session) -> Sequence[CalledVital]:
    view = session.view()
    if view.failure:
        return _UNSHOWN
    making = Isolated("called-vitals", session.spec.id)
    return making.result(lambda: called_vitals(view, session.trace), lambda _: _UNSHOWN)


def _declined(session: Session, notification: Notification) -> str:
    """Return the time at which a recipient declined all that is open; empty if not."""
    escalation = session.engine.calling.escalation
    found = (escalation.waiting(*occurrence) for occurrence in notification.occurrences)
    declines = [each.incident.declined_by(notification.recipient) for each in found if each]
    times = [decline.at_ns for decline in declines if decline is not None]
    return clock(max(times), session.spec.zone) if times and len(times) == len(declines) else ""


def _accepted(session: Session, notification: Notification) -> list[Occurrence]:
    """Return the alarms of a call that its recipient can hand on, the highest last."""
    escalation = session.engine.calling.escalation
    name = escalation.plan.name(notification.recipient)
    found = (escalation.find(*each) for each in notification.occurrences)
    mine = (a for a in found if a and escalation.hand_ons.accepted_by(a.key) == name)
    return sorted(mine, key=lambda alarm: alarm.rank, reverse=True)


def _alarm(session: Session, call: Notification, key: str, raised_ns: int) -> CalledAlarm:
    engine = session.engine
    escalation = engine.calling.escalation
    alarm, called = engine.alarms.find(key), escalation.find(key, raised_ns)
    if alarm is None:
        raise LinkForgedError("This link is for an unknown alarm.")
    text = alarm_text(engine, alarm, call.recipient)
    lines = alarm_lines(text, engine.dose_ns, session.spec.zone)
    if alarm.holds and alarm.head and alarm.raised_ns == raised_ns:
        above = engine.alarms.ladder(alarm)[0].rule.message
        settled = f"The condition got worse; a higher alarm covers it now: {above}."
    elif escalation.waiting(key, raised_ns) is not None:
        settled = ""
    elif called is not None and escalation.hand_ons.waits(call):
        settled = ""
        lines = [*lines, f"{called.by} has accepted it, and is responsible until you accept."]
    elif called is None or not called.stopped:
        settled, lines = "This alarm is over.", lines[:1]
    elif called.by is not None and called.accepted_ns is not None:
        zone = session.spec.zone
        at = f"{clock(called.accepted_ns, zone)}{expected(called.arrives_ns, zone)}"
        settled = f"Accepted by {called.by} at {at}."
        if (asked := escalation.hand_ons.asked(key)) is not None:
            settled += f" {escalation.plan.name(asked)} is asked to take over: no answer yet."
    else:
        settled = f"Acknowledged at the console by {alarm.acknowledged_by or 'a person'}."
    return CalledAlarm(
        priority=text.priority,
        lines=lines,
        settled=settled,
        rule="" if settled else in_words(alarm.rule),
        checklists=named_in(alarm.rule.message),
    )
