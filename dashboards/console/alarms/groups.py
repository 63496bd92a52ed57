"""Groups of open alarms as the page shows and counts them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboards.console.status.status_summary import RANK, unacknowledged
from dashboards.console.views.alarms import AlarmView

_PRESSURES = ("session/systolic", "session/diastolic", "session/mean_arterial")


@dataclass(frozen=True, slots=True)
class AlarmGroup:
    """Alarms that are shown as one row: those on blood pressure, or a single one.

    Attributes:
        key: identifies the group while it lasts.
        alarms: most urgent first.
    """

    key: str
    alarms: Sequence[AlarmView]

    @property
    def head(self) -> AlarmView:
        """Return the alarm that represents the group."""
        return self.alarms[0]

    @property
    def unacknowledged(self) -> bool:
        """Return whether an alarm of it has not been acknowledged."""
        return any(map(unacknowledged, self.alarms))

    def keys(self, state: str) -> list[str]:
        """Return the keys of its alarms in a state."""
        return [alarm.key for alarm in self.alarms if alarm.state == state]


def alarm_groups(alarms: Iterable[AlarmView]) -> list[AlarmGroup]:
    """Return the groups: the highest first, then those that are not acknowledged.

    A cuff measures both pressures at once, so their alarms are one row with the most severe shown.
    """
    found: dict[str, list[AlarmView]] = {}
    for alarm in alarms:
        found.setdefault("bp" if alarm.subject in _PRESSURES else alarm.key, []).append(alarm)
    groups = [AlarmGroup(key, sorted(each, key=_order)) for key, each in found.items()]
    return sorted(groups, key=lambda group: (-RANK[group.head.priority], not group.unacknowledged))


def _order(alarm: AlarmView) -> tuple[int, bool, bool]:
    return -RANK[alarm.priority], alarm.state == "latched", not unacknowledged(alarm)
