"""Selection of past alarms for the review. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboards.console.views.alarms import AlarmOccurrenceView
from dashboards.texts import gettext as _
from dashboards.texts import marked, shown
from devices.signals import SIGNALS

PRIORITIES = {
    "": marked("All priorities"),
    "high": marked("High"),
    "medium": marked("Medium"),
    "low": marked("Low"),
}
KINDS = {
    "": marked("Person and equipment"),
    "person": marked("Person"),
    "equipment": marked("Equipment"),
}
ANSWERS = {
    "": marked("Acknowledged or not"),
    "yes": marked("Acknowledged"),
    "no": marked("Not acknowledged"),
}
VERDICTS = {
    "": marked("Any verdict"),
    "open": marked("Not reviewed"),
    "useful": marked("Useful"),
    "false": marked("False"),
    "artefact": marked("Artefact"),
}
ALL_SUBJECTS = marked("All signals")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFilter:
    """A choice from each table above; an empty one shows all.

    Attributes:
        subject: name of a signal or sensor, see `subject_name`.
        silent: show silent notices and alarms inside higher ones too.
        since_ns: alarms that ended before are not shown; None: since the start.
    """

    priority: str = ""
    kind: str = ""
    answered: str = ""
    verdict: str = ""
    subject: str = ""
    silent: bool = False
    since_ns: int | None = None

    def passes(self, alarm: AlarmOccurrenceView) -> bool:
        """Return whether an alarm is shown."""
        return (
            self.priority in ("", alarm.priority)
            and self.kind in ("", "equipment" if alarm.technical else "person")
            and self.answered in ("", "no" if alarm.answered_ns is None else "yes")
            and self.verdict in ("", alarm.verdict or "open")
            and self.subject in ("", subject_name(alarm.subject))
            and (self.silent or announced(alarm))
            and (self.since_ns is None or alarm.over_ns >= self.since_ns)
        )


def announced(alarm: AlarmOccurrenceView) -> bool:
    """Return whether an alarm was announced: neither silent nor inside a higher one."""
    return alarm.priority != "info" and not alarm.inside


def subject_name(subject: str) -> str:
    """Return what an alarm is about, for people.

    >>> subject_name("strap/heart_rate"), subject_name("strap"), subject_name("session")
    ('Heart rate', 'Sensor strap', 'Session')
    """
    sensor, signal = (*subject.split("/", 1), "")[:2]
    if signal in SIGNALS:
        return shown(SIGNALS[signal].label)
    return _("Session") if sensor == "session" else _("Sensor {sensor}").format(sensor=sensor)


def subjects(alarms: Iterable[AlarmOccurrenceView]) -> Mapping[str, str]:
    """Return the choices of the filter by subject."""
    names = sorted({subject_name(each.subject) for each in alarms})
    return {"": _(ALL_SUBJECTS)} | {name: name for name in names}
